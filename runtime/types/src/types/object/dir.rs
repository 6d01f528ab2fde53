//! `object.__dir__` and `type.__dir__`.

use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::instance::attrs_of;
use krait_object::obj::{Layout, Obj, Py, Ref};
use krait_object::tuple::PyTuple;
use krait_object::ty::PyType;
use krait_object::typedef::descr::PyGetSet;
use krait_object::vm::Vm;

use super::dict_getset;

/// Adds the names of a class and its bases.
fn merge_class(vm: &Vm, names: &PyDict, class: Ref<'_>) -> PyResult<()> {
    vm.check_stack(" in dir()")?;
    let n = vm.names();
    if let Some(dict) = vm.getattr_opt(class, n.__dict__)? {
        if let Some(d) = dict.r().downcast::<PyDict>(vm) {
            names.update(vm, d)?;
        } else if let Some(d) = class.downcast::<PyType>(vm).and_then(|t| t.dict_ref()) {
            names.update(vm, &d.to_py())?;
        } else {
            for key in vm.mapping_list(dict.r(), "keys")? {
                names.set(vm, key.r(), vm.none())?;
            }
        }
    }
    let bases = vm.getattr_opt(class, n.__bases__)?;
    if let Some(bases) = bases.and_then(|b| b.downcast::<PyTuple>(vm).ok()) {
        for b in bases.as_slice() {
            merge_class(vm, names, b.r())?;
        }
    }
    Ok(())
}

/// The names in a class and its bases.
pub fn class_dict_keys(vm: &Vm, class: Ref<'_>) -> PyResult<Obj> {
    let names = PyDict::new(vm);
    merge_class(vm, &names, class)?;
    Ok(vm.list(names.keys_vec()))
}

/// Is `__dict__` of the type the plain view of attribute storage? Then it need not be made.
fn has_plain_dict(vm: &Vm, ty: &PyType) -> bool {
    ty.lookup(vm, vm.names().__dict__)
        .is_some_and(|d| d.r().downcast_exact::<PyGetSet>(vm).is_some_and(|g| std::ptr::eq(g.def, &dict_getset::DICT)))
}

pub(super) fn object_dir(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    let n = vm.names();
    let names: Py<PyDict> = PyDict::new(vm);
    match attrs_of(obj) {
        Some(attrs) if has_plain_dict(vm, obj.ty(vm)) => {
            for (k, _) in attrs.items(vm) {
                names.set(vm, k.r(), vm.none())?;
            }
        }
        _ => {
            if let Some(d) = vm.getattr_opt(obj, n.__dict__)?.and_then(|d| d.downcast::<PyDict>(vm).ok()) {
                names.update(vm, &d)?;
            }
        }
    }
    if let Some(class) = vm.getattr_opt(obj, n.__class__)? {
        merge_class(vm, &names, class.r())?;
    }
    Ok(vm.list(names.keys_vec()))
}
