//! Attributes of type objects.

use krait_object::error::PyResult;
use krait_object::lookup::{type_lookup, type_modified};
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::str::PyStr;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::vm::Vm;

use crate::types::slots::update::{is_slot_name, update_slot};

/// `cls.name`: data descriptors of the metatype, then the class's own MRO, then the metatype.
pub(super) fn getattro(vm: &Vm, ty: &PyType, name: &PyStr) -> PyResult<Obj> {
    let meta = ty.r().ty(vm);
    let meta_attr = type_lookup(vm, meta, name);
    let mut meta_get = None;
    if let Some(d) = &meta_attr {
        let dt = d.r().ty(vm);
        meta_get = dt.slots.descr_get.get();
        if let (Some(get), true) = (meta_get, dt.slots.descr_set.get().is_some()) {
            return get(vm, d.r(), Some(ty.r()), Some(meta.r()));
        }
    }
    if let Some(d) = type_lookup(vm, ty, name) {
        return match d.r().ty(vm).slots.descr_get.get() {
            Some(get) => get(vm, d.r(), None, Some(ty.r())),
            None => Ok(d),
        };
    }
    match (meta_attr, meta_get) {
        (Some(d), Some(get)) => get(vm, d.r(), Some(ty.r()), Some(meta.r())),
        (Some(d), None) => Ok(d),
        (None, _) => Err(vm.no_attribute(ty.r(), name)),
    }
}

/// `cls.name = value`, `del cls.name`.
pub(super) fn setattro(vm: &Vm, ty: &PyType, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
    if ty.has_flag(TypeFlags::IMMUTABLE) {
        let name = vm.repr_text(name.r())?;
        return Err(vm.type_error(format!("cannot set {name} attribute of immutable type '{}'", ty.tp_name())));
    }
    let name = vm.intern_str(name.to_exact(vm));
    if let Some(d) = type_lookup(vm, ty.r().ty(vm), &name)
        && let Some(set) = d.r().ty(vm).slots.descr_set.get()
    {
        return set(vm, d.r(), ty.r(), value);
    }
    let Some(dict) = ty.dict_ref().map(Layout::to_py) else { return Err(vm.no_attribute(ty.r(), &name)) };
    type_modified(vm, ty);
    match value {
        Some(v) => dict.set_str(vm, &name, v.to_obj())?,
        None if dict.remove_str(vm, &name)?.is_none() => return Err(vm.no_attribute(ty.r(), &name)),
        None => {}
    }
    if is_slot_name(vm, &name) {
        update_slot(vm, ty, &name);
    }
    Ok(())
}
