//! Slot functions of attribute access and descriptors.

use krait_object::error::PyResult;
use krait_object::lookup::{generic_getattr, generic_getattr_opt};
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::slots::GetAttrFn;
use krait_object::str::PyStr;
use krait_object::vm::Vm;

use super::lookup::{Method, call_method, missing};
use super::rows::SlotFn;
use crate::types::descriptors::wrapper::PySlotWrapper;

/// Is the method found for `__getattribute__` the one of `object`?
fn is_generic(vm: &Vm, func: Ref<'_>) -> bool {
    func.downcast_exact::<PySlotWrapper>(vm)
        .is_some_and(|w| matches!(w.func, SlotFn::GetAttrFn(f) if std::ptr::fn_addr_eq(f, generic_getattr as GetAttrFn)))
}

/// Do attributes of the type's instances that exist come from `object.__getattribute__`, a
/// `__getattr__` being asked only for others?
pub fn only_adds_getattr(vm: &Vm, ty: &krait_object::ty::PyType) -> bool {
    ty.slots.getattro.get().is_some_and(|f| std::ptr::fn_addr_eq(f, slot_getattr_hook as GetAttrFn))
        && ty.lookup(vm, vm.names().__getattribute__).is_some_and(|f| is_generic(vm, f.r()))
}

/// `__getattribute__` as the class defines it, then `__getattr__` if that raised AttributeError.
#[inline(never)]
pub(super) fn slot_getattr_hook(vm: &Vm, obj: Ref<'_>, name: &PyStr) -> PyResult<Obj> {
    let n = vm.names();
    let ty = obj.ty(vm);
    let getattribute = ty.lookup(vm, n.__getattribute__);
    let hook = ty.lookup(vm, n.__getattr__);
    let found = match &getattribute {
        Some(f) if !is_generic(vm, f.r()) => call_method(vm, obj, n.__getattribute__, &[name.r()]).map(Some),
        _ => generic_getattr_opt(vm, obj, name),
    };
    if hook.is_none() {
        return match found? {
            Some(v) => Ok(v),
            None => Err(vm.no_attribute(obj, name)),
        };
    }
    match found {
        Ok(Some(v)) => return Ok(v),
        Ok(None) => {}
        Err(e) => drop(vm.catch(e, vm.types.attribute_error)?),
    }
    call_method(vm, obj, n.__getattr__, &[name.r()])
}

pub(super) fn slot_setattro(vm: &Vm, obj: Ref<'_>, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
    let n = vm.names();
    match value {
        Some(v) => call_method(vm, obj, n.__setattr__, &[name.r(), v])?,
        None => call_method(vm, obj, n.__delattr__, &[name.r()])?,
    };
    Ok(())
}

pub(super) fn slot_descr_get(vm: &Vm, descr: Ref<'_>, obj: Option<Ref<'_>>, owner: Option<Ref<'_>>) -> PyResult<Obj> {
    let Some(get) = descr.ty(vm).lookup(vm, vm.names().__get__) else { return Ok(descr.to_obj()) };
    vm.call(get.r(), &[descr, obj.unwrap_or(vm.none()), owner.unwrap_or(vm.none())])
}

pub(super) fn slot_descr_set(vm: &Vm, descr: Ref<'_>, obj: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let n = vm.names();
    let name = if value.is_some() { n.__set__ } else { n.__delete__ };
    let Some(m) = Method::find(vm, descr, name)? else { return Err(missing(vm, name)) };
    match value {
        Some(v) => m.call(vm, descr, &[obj, v])?,
        None => m.call(vm, descr, &[obj])?,
    };
    Ok(())
}
