//! `_tuplegetter`: the descriptor behind the fields of named tuples.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use crate::util::{get_obj, instance, no_header};

#[repr(C)]
#[derive(Trace)]
pub struct PyTupleGetter {
    header: Header,
    #[trace(skip)]
    index: isize,
    doc: Cell<Obj>,
}

#[pyclass(layout = PyTupleGetter, name = "_tuplegetter", module = "collections", own)]
pub mod tuplegetter {
    use super::*;

    #[pynew("_tuplegetter(index, doc, /)")]
    fn new(vm: &Vm, cls: &PyType, index: isize, doc: Ref<'_>) -> PyResult<Obj> {
        instance(vm, cls, PyTupleGetter { header: no_header(), index, doc: Cell::new(doc.to_obj()) })
    }
    #[slot(descr_get)]
    fn descr_get(vm: &Vm, zelf: &PyTupleGetter, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(obj) = obj else { return Ok(zelf.to_obj()) };
        let Some(t) = obj.downcast::<PyTuple>(vm) else {
            if obj.is_none() {
                return Ok(zelf.to_obj());
            }
            return Err(vm.type_error(format!(
                "descriptor for index '{}' for tuple subclasses doesn't apply to '{}' object",
                zelf.index,
                obj.ty(vm).tp_name()
            )));
        };
        match usize::try_from(zelf.index).ok().and_then(|i| t.get(i)) {
            Some(v) => Ok(v.clone()),
            None => Err(vm.index_error("tuple index out of range")),
        }
    }
    #[slot(descr_set)]
    fn descr_set(vm: &Vm, _zelf: &PyTupleGetter, _obj: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        let verb = if value.is_some() { "set" } else { "delete" };
        Err(vm.attribute_error_msg(format!("can't {verb} attribute")))
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTupleGetter) -> PyResult<String> {
        let doc = vm.repr_text(get_obj(&zelf.doc).r())?;
        Ok(format!("{}({}, {doc})", crate::util::short_name(vm, zelf.r()), zelf.index))
    }
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyTupleGetter) -> Obj {
        let args = vm.tuple(vec![vm.int_i64(zelf.index as i64), get_obj(&zelf.doc)]);
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), args])
    }
    #[member("__doc__")]
    fn doc(zelf: &PyTupleGetter) -> Obj {
        get_obj(&zelf.doc)
    }
    #[member_setter("__doc__")]
    fn set_doc(zelf: &PyTupleGetter, value: Option<Ref<'_>>) {
        drop(zelf.doc.replace(value.map_or_else(Obj::none, |v| v.to_obj())));
    }
}
