//! `__annotations__` and `__annotate__` of classes: evaluated when asked for (PEP 649).

use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::ty::{PyType, TypeFlags};
use krait_object::vm::Vm;

use super::getset::{missing, own, remove_own, set_own};

fn bound(vm: &Vm, ty: &PyType, value: Obj) -> PyResult<Obj> {
    match value.r().ty(vm).slots.descr_get.get() {
        Some(get) => get(vm, value.r(), None, Some(ty.r())),
        None => Ok(value),
    }
}

fn check_heap(vm: &Vm, ty: &PyType, name: &str) -> PyResult<()> {
    if ty.has_flag(TypeFlags::HEAP) {
        return Ok(());
    }
    Err(vm.attribute_error_msg(format!("type object '{}' has no attribute '{name}'", ty.tp_name())))
}

fn check_mutable(vm: &Vm, ty: &PyType, name: &str) -> PyResult<()> {
    if !ty.has_flag(TypeFlags::IMMUTABLE) {
        return Ok(());
    }
    Err(vm.type_error(format!("cannot set '{name}' attribute of immutable type '{}'", ty.tp_name())))
}

pub(super) fn get(vm: &Vm, ty: &PyType) -> PyResult<Obj> {
    let n = vm.names();
    check_heap(vm, ty, "__annotations__")?;
    let mut found = own(vm, ty, n.__annotations__)?;
    if found.is_none() {
        found = own(vm, ty, n.__annotations_cache__)?;
    }
    if let Some(a) = found {
        return bound(vm, ty, a);
    }
    let annotate = vm.getattr(ty.r(), n.__annotate__)?;
    let annotations = if vm.is_callable(annotate.r()) {
        let format = vm.int_i64(1);
        let a = vm.call1(annotate.r(), format.r())?;
        if a.r().downcast::<PyDict>(vm).is_none() {
            let got = a.r().ty(vm).tp_name();
            return Err(vm.type_error(format!("__annotate__ returned non-dict of type '{got}'")));
        }
        a
    } else {
        PyDict::new(vm).into_obj()
    };
    set_own(vm, ty, n.__annotations_cache__, annotations.clone())?;
    Ok(annotations)
}

pub(super) fn set(vm: &Vm, ty: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
    let n = vm.names();
    check_mutable(vm, ty, "__annotations__")?;
    match value {
        Some(v) => {
            let plain = own(vm, ty, n.__annotations__)?.is_some();
            let name = if plain { n.__annotations__ } else { n.__annotations_cache__ };
            set_own(vm, ty, name, v.to_obj())?;
        }
        None => {
            if !remove_own(vm, ty, n.__annotations__)? && !remove_own(vm, ty, n.__annotations_cache__)? {
                return Err(missing(vm, n.__annotations__));
            }
        }
    }
    remove_own(vm, ty, n.__annotate_func__)?;
    remove_own(vm, ty, n.__annotate__).map(drop)
}

pub(super) fn get_annotate(vm: &Vm, ty: &PyType) -> PyResult<Obj> {
    let n = vm.names();
    check_heap(vm, ty, "__annotate__")?;
    // A function of that name in the class body comes before the compiler's.
    let mut found = own(vm, ty, n.__annotate__)?;
    if found.is_none() {
        found = own(vm, ty, n.__annotate_func__)?;
    }
    match found {
        Some(f) => bound(vm, ty, f),
        None => {
            set_own(vm, ty, n.__annotate_func__, Obj::none())?;
            Ok(Obj::none())
        }
    }
}

pub(super) fn set_annotate(vm: &Vm, ty: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
    let n = vm.names();
    let Some(value) = value else { return Err(vm.type_error("cannot delete __annotate__ attribute")) };
    check_mutable(vm, ty, "__annotate__")?;
    if !value.is_none() && !vm.is_callable(value) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    let plain = own(vm, ty, n.__annotate__)?.is_some();
    set_own(vm, ty, if plain { n.__annotate__ } else { n.__annotate_func__ }, value.to_obj())?;
    if !value.is_none() {
        remove_own(vm, ty, n.__annotations_cache__)?;
    }
    Ok(())
}
