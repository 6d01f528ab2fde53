//! `getset_descriptor`: computed attributes of native types.

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_object::typedef::descr::PyGetSet;

use super::{check, doc_obj, qualname as class_qualname, reduce_getattr};

#[pyclass("getset_descriptor", layout = PyGetSet, table = getset_descriptor, flags(DISALLOW_INSTANTIATION))]
pub mod getset_descriptor {
    use super::*;

    #[slot(repr)]
    fn repr(zelf: &PyGetSet) -> String {
        format!("<attribute '{}' of '{}' objects>", zelf.def.name, zelf.objclass.tp_name())
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyGetSet, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(obj) = obj else { return Ok(zelf.to_obj()) };
        check(vm, zelf.def.name, &zelf.objclass, obj)?;
        match zelf.def.get {
            Some(f) => f(vm, obj),
            None => {
                let (name, class) = (zelf.def.name, zelf.objclass.tp_name());
                Err(vm.attribute_error_msg(format!("attribute '{name}' of '{class}' objects is not readable")))
            }
        }
    }

    #[slot(descr_set)]
    fn set(vm: &Vm, zelf: &PyGetSet, obj: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        check(vm, zelf.def.name, &zelf.objclass, obj)?;
        match zelf.def.set {
            Some(f) => f(vm, obj, value),
            None => {
                let (name, class) = (zelf.def.name, zelf.objclass.tp_name());
                Err(vm.attribute_error_msg(format!("attribute '{name}' of '{class}' objects is not writable")))
            }
        }
    }

    #[member("__objclass__")]
    fn objclass(zelf: &PyGetSet) -> Obj {
        zelf.objclass.to_obj()
    }

    #[member("__name__")]
    fn name(zelf: &PyGetSet) -> &'static str {
        zelf.def.name
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyGetSet) -> Obj {
        doc_obj(vm, zelf.def.doc)
    }

    #[getter("__qualname__")]
    fn qualname(vm: &Vm, zelf: &PyGetSet) -> PyResult<String> {
        class_qualname(vm, &zelf.objclass, zelf.def.name)
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(vm: &Vm, zelf: &PyGetSet) -> PyResult<Obj> {
        reduce_getattr(vm, zelf.objclass.r(), vm.str(zelf.def.name))
    }
}
