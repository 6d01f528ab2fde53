//! `obj.__class__`: reading, and assignment between classes of the same layout.

use krait_object::error::PyResult;
use krait_object::instance::set_class as change_class;
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::ty::{PyType, TypeFlags};
use krait_object::typedef::descr::{MemberKind, PyMember};
use krait_object::vm::Vm;

pub(super) fn get_class(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    Ok(obj.ty(vm).to_obj())
}

pub(super) fn set_class(vm: &Vm, obj: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("can't delete __class__ attribute")) };
    let Some(new) = value.downcast::<PyType>(vm) else {
        let got = value.ty(vm).tp_name();
        return Err(vm.type_error(format!("__class__ must be set to a class, not '{got}' object")));
    };
    if vm.interp.auditing.get() {
        let name = vm.str("__class__");
        vm.audit("object.__setattr__", &[obj, name.r(), value])?;
    }
    let old = obj.ty(vm);
    let modules = new.is_subtype(vm.types.module) && old.is_subtype(vm.types.module);
    if !modules && (new.has_flag(TypeFlags::IMMUTABLE) || old.has_flag(TypeFlags::IMMUTABLE)) {
        return Err(vm.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    compatible_for_assignment(vm, old, new, "__class__")?;
    change_class(vm, obj, new)
}

/// Flags that change the memory layout of instances.
const LAYOUT_FLAGS: u64 = TypeFlags::ATTRS.0 | TypeFlags::WEAKREF.0 | TypeFlags::GC.0;

fn same_size(a: &PyType, b: &PyType) -> bool {
    a.basicsize.get() == b.basicsize.get() && a.itemsize.get() == b.itemsize.get() && (a.flags.get() ^ b.flags.get()) & LAYOUT_FLAGS == 0
}

/// The furthest base whose instances look the same.
fn layout_root(ty: &PyType) -> &PyType {
    let mut t = ty;
    while let Some(base) = t.base_type().filter(|b| same_size(t, b)) {
        t = base;
    }
    t
}

/// Names and offsets of the `__slots__` a class adds.
fn added_slots(vm: &Vm, ty: &PyType) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let (Some(dict), true) = (ty.dict_ref(), ty.nslots.get() > 0) else { return out };
    let mut pos = 0;
    while let Some(v) = dict.next_value(&mut pos) {
        let Some(m) = v.r().downcast_exact::<PyMember>(vm) else { continue };
        let (MemberKind::Slot { offset } | MemberKind::ShiftedSlot { offset }) = m.kind else { continue };
        if std::ptr::eq(m.objclass.as_ptr(), ty) {
            out.push((offset, m.name.to_string_lossy()));
        }
    }
    out.sort();
    out
}

fn same_slots_added(vm: &Vm, a: &PyType, b: &PyType) -> bool {
    same_size(a, b) && a.nslots.get() == b.nslots.get() && added_slots(vm, a) == added_slots(vm, b)
}

/// Fails unless instances of `old` can become instances of `new` (or `old` can be replaced by
/// `new` as a base).
pub fn compatible_for_assignment(vm: &Vm, old: &PyType, new: &PyType, attr: &str) -> PyResult<()> {
    let mismatch = |what: &str| Err(vm.type_error(format!("{attr} assignment: '{}' {what} '{}'", new.tp_name(), old.tp_name())));
    if !std::ptr::fn_addr_eq(old.dealloc.get(), new.dealloc.get()) {
        return mismatch("deallocator differs from");
    }
    let (a, b) = (layout_root(new), layout_root(old));
    let same_base = match (a.base_type(), b.base_type()) {
        (Some(x), Some(y)) => std::ptr::eq(x, y),
        (None, None) => true,
        _ => false,
    };
    if std::ptr::eq(a, b) || (same_base && same_slots_added(vm, a, b)) {
        return Ok(());
    }
    mismatch("object layout differs from")
}
