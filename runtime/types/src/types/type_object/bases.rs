//! Bases of classes: metaclass, layout, MRO, and assignment to `__bases__`.

use krait_object::error::PyResult;
use krait_object::limbo::park;
use krait_object::lookup::type_modified;
use krait_object::obj::{Layout, Obj, Py, Ref};
use krait_object::tuple::PyTuple;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::typedef::{self, add_subclass, remove_subclass};
use krait_object::vm::Vm;

use super::getset::check_set;
use crate::types::object::compatible_for_assignment;
use crate::types::slots::lookup::Method;
use crate::types::slots::update::update_all_slots;

/// The most derived of `metatype` and the bases' metatypes.
pub fn calculate_metaclass<'a>(vm: &Vm, metatype: &'a PyType, bases: &'a [Obj]) -> PyResult<&'a PyType> {
    let mut winner = metatype;
    for b in bases {
        let t = b.r().ty(vm);
        if winner.is_subtype(t) {
            continue;
        }
        if !t.is_subtype(winner) {
            return Err(vm.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            ));
        }
        winner = t;
    }
    Ok(winner)
}

/// The furthest base with the same fixed layout.
fn solid_base<'a>(vm: &Vm, ty: &'a PyType) -> &'a PyType {
    let mut t = ty;
    let mut solid = ty;
    while let Some(b) = t.base_type() {
        if b.basicsize.get() != t.basicsize.get() || b.itemsize.get() != t.itemsize.get() {
            return solid;
        }
        t = b;
        solid = b;
    }
    let _ = vm;
    solid
}

/// The base whose layout a class with these bases extends.
pub fn best_base<'a>(vm: &Vm, bases: &'a [Obj]) -> PyResult<&'a PyType> {
    let mut best: Option<(&PyType, &PyType)> = None;
    for b in bases {
        let Some(base) = b.r().downcast::<PyType>(vm) else { return Err(vm.type_error("bases must be types")) };
        if !base.has_flag(TypeFlags::BASETYPE) {
            return Err(vm.type_error(format!("type '{}' is not an acceptable base type", base.tp_name())));
        }
        let candidate = solid_base(vm, base);
        best = match best {
            None => Some((candidate, base)),
            Some((winner, chosen)) if winner.is_subtype(candidate) => Some((winner, chosen)),
            Some((winner, _)) if candidate.is_subtype(winner) => Some((candidate, base)),
            Some(_) => return Err(vm.type_error("multiple bases have instance lay-out conflict")),
        };
    }
    match best {
        Some((_, base)) => Ok(base),
        None => Ok(vm.types.object),
    }
}

/// Computes the MRO, through `mro()` if a metatype overrides it.
pub(super) fn compute_mro(vm: &Vm, ty: &PyType) -> PyResult<Py<PyTuple>> {
    let Some(bases) = ty.bases_ref().map(Layout::to_py) else { return Ok(PyTuple::new(vm, vec![ty.to_obj()])) };
    let meta = ty.r().ty(vm);
    if std::ptr::eq(meta, vm.types.r#type) || !overrides_mro(vm, meta) {
        return Ok(PyTuple::new(vm, typedef::mro::c3(vm, ty, &bases)?));
    }
    ty.set_flag(TypeFlags::UNVERSIONED);
    let name = vm.names().mro;
    let Some(m) = Method::find(vm, ty.r(), name)? else { return Err(super::getset::missing(vm, name)) };
    let r = m.call(vm, ty.r(), &[])?;
    let mro = vm.to_tuple(r.r())?;
    let solid = solid_base(vm, ty);
    for o in mro.as_slice() {
        let Some(base) = o.r().downcast::<PyType>(vm) else {
            let got = o.r().ty(vm).tp_name();
            return Err(vm.type_error(format!("mro() returned a non-class ('{got}')")));
        };
        if !solid.is_subtype(solid_base(vm, base)) {
            let got = base.tp_name();
            return Err(vm.type_error(format!("mro() returned base with unsuitable layout ('{got}')")));
        }
    }
    Ok(mro)
}

fn overrides_mro(vm: &Vm, meta: &PyType) -> bool {
    let name = vm.names().mro;
    match (meta.lookup(vm, name), vm.types.r#type.lookup(vm, name)) {
        (Some(a), Some(b)) => !a.r().ptr_eq(b.r()),
        _ => true,
    }
}

/// A type with the MRO it was given and the one it had.
struct MroChange {
    ty: Py<PyType>,
    new: Py<PyTuple>,
    old: Option<Py<PyTuple>>,
}

fn same_tuple(a: Option<&PyTuple>, b: Option<&PyTuple>) -> bool {
    a.map(std::ptr::from_ref) == b.map(std::ptr::from_ref)
}

/// Recomputes the MROs of a type and its subclasses. The old ones are recorded for undoing.
fn update_mros(vm: &Vm, ty: &PyType, undo: &mut Vec<MroChange>) -> PyResult<()> {
    vm.check_stack(" while updating the MRO")?;
    let before = ty.mro_ref().map(Layout::to_py);
    let mro = compute_mro(vm, ty)?;
    if !same_tuple(ty.mro_ref(), before.as_deref()) {
        // `mro()` assigned to `__bases__` itself, which updated this type and its subclasses.
        return Ok(());
    }
    type_modified(vm, ty);
    undo.push(MroChange { ty: ty.to_py(), new: mro.clone(), old: ty.mro.replace(Some(mro)) });
    for sub in typedef::subclasses(ty) {
        update_mros(vm, &sub, undo)?;
    }
    Ok(())
}

fn check_new_bases(vm: &Vm, ty: &PyType, bases: &PyTuple) -> PyResult<()> {
    for b in bases.as_slice() {
        let Some(base) = b.r().downcast::<PyType>(vm) else {
            let (class, got) = (ty.tp_name(), b.r().ty(vm).tp_name());
            return Err(vm.type_error(format!("{class}.__bases__ must be tuple of classes, not '{got}'")));
        };
        if base.is_subtype(ty) || base.derives_from_base(ty) {
            return Err(vm.type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    Ok(())
}

/// Takes the type out of the subclass lists of former bases, which hold it by address: a dying
/// type only leaves the lists of the bases it has then.
fn unlink_former(vm: &Vm, ty: &PyType, former: Option<&PyTuple>) {
    let now = ty.bases_ref().map_or(&[][..], PyTuple::as_slice);
    for b in former.map_or(&[][..], PyTuple::as_slice) {
        if now.iter().any(|n| n.r().ptr_eq(b.r())) {
            continue;
        }
        if let Some(b) = b.r().downcast::<PyType>(vm) {
            remove_subclass(b, ty);
        }
    }
}

/// `cls.__bases__ = bases`.
pub(super) fn set_bases(vm: &Vm, ty: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
    let value = check_set(vm, ty, value, "__bases__")?;
    let class = ty.tp_name();
    let Some(bases) = value.downcast::<PyTuple>(vm).map(Layout::to_py) else {
        return Err(vm.type_error(format!("can only assign tuple to {class}.__bases__, not {}", value.ty(vm).tp_name())));
    };
    if bases.is_empty() {
        return Err(vm.type_error(format!("can only assign non-empty tuple to {class}.__bases__, not ()")));
    }
    check_new_bases(vm, ty, &bases)?;
    let new_base = best_base(vm, bases.as_slice())?;
    if let Some(old) = ty.base_type() {
        compatible_for_assignment(vm, old, new_base, "__bases__")?;
    }
    let old_base = ty.base.replace(new_base);
    let old_bases = ty.bases.replace(Some(bases.clone()));
    let mut undo = Vec::new();
    if let Err(e) = update_mros(vm, ty, &mut undo) {
        for change in undo.into_iter().rev() {
            // What a nested assignment set later stays.
            if same_tuple(change.ty.mro_ref(), Some(&change.new)) {
                type_modified(vm, &change.ty);
                park(vm, change.ty.mro.replace(change.old));
            } else {
                park(vm, change.old);
            }
        }
        if same_tuple(ty.bases_ref(), Some(&bases)) {
            ty.base.set(old_base);
            park(vm, ty.bases.replace(old_bases));
            unlink_former(vm, ty, Some(&bases));
        } else {
            unlink_former(vm, ty, old_bases.as_deref());
            park(vm, old_bases);
        }
        return Err(e);
    }
    if !same_tuple(ty.bases_ref(), Some(&bases)) {
        // A nested assignment replaced the bases and linked the type with them.
        unlink_former(vm, ty, old_bases.as_deref());
        park(vm, old_bases);
        for change in undo {
            park(vm, change.old);
        }
        return Ok(());
    }
    unlink_former(vm, ty, old_bases.as_deref());
    for b in bases.as_slice() {
        if let Some(b) = b.r().downcast::<PyType>(vm) {
            remove_subclass(b, ty);
            add_subclass(b, ty);
        }
    }
    park(vm, old_bases);
    for change in undo {
        park(vm, change.old);
    }
    type_modified(vm, ty);
    update_all_slots(vm, ty);
    Ok(())
}
