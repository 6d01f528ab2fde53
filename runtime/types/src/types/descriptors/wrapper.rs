//! `wrapper_descriptor` and `method-wrapper`: native slots as special methods.

use krait_macros::{Trace, pyclass};
use krait_object::function::{alloc_exact, no_header};
use krait_object::hash;
use krait_object::prelude::*;
use krait_object::table_layout;

use crate::types::slots::rows::{SlotFn, SlotRow};
use crate::types::slots::wrap::call_wrapped;

/// A native slot in a type's dict.
#[repr(C)]
pub struct PySlotWrapper {
    header: Header,
    pub row: &'static SlotRow,
    pub func: SlotFn,
    pub objclass: &'static PyType,
}
table_layout!(PySlotWrapper => wrapper_descriptor);

/// A slot wrapper bound to an instance.
#[repr(C)]
#[derive(Trace)]
pub struct PyMethodWrapper {
    header: Header,
    pub descr: Py<PySlotWrapper>,
    pub self_: Obj,
}
table_layout!(PyMethodWrapper => method_wrapper);

impl PySlotWrapper {
    pub fn new(vm: &Vm, row: &'static SlotRow, func: SlotFn, objclass: &'static PyType) -> Py<PySlotWrapper> {
        let payload = PySlotWrapper { header: no_header(), row, func, objclass };
        // SAFETY: `wrapper_descriptor` has this layout.
        unsafe { alloc_exact(vm, vm.types.wrapper_descriptor, payload) }
    }
    /// Binds to an instance that has been checked.
    pub fn bind(&self, vm: &Vm, obj: Ref<'_>) -> Obj {
        let payload = PyMethodWrapper { header: no_header(), descr: self.to_py(), self_: obj.to_obj() };
        // SAFETY: `method-wrapper` has this layout.
        unsafe { alloc_exact(vm, vm.types.method_wrapper, payload) }.into_obj()
    }
}

#[pyclass("wrapper_descriptor", layout = PySlotWrapper, table = wrapper_descriptor, no_gc, flags(METHOD_DESCRIPTOR, DISALLOW_INSTANTIATION))]
pub mod wrapper_descriptor {
    use super::*;

    #[slot(repr)]
    fn repr(zelf: &PySlotWrapper) -> String {
        format!("<slot wrapper '{}' of '{}' objects>", zelf.row.name, zelf.objclass.tp_name())
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PySlotWrapper, args: Args<'_>) -> PyResult<Obj> {
        let name = zelf.row.name;
        let Some(&obj) = args.pos().first() else {
            let class = zelf.objclass.tp_name();
            return Err(vm.type_error(format!("descriptor '{name}' of '{class}' object needs an argument")));
        };
        if !obj.ty(vm).is_subtype(zelf.objclass) {
            return Err(vm.type_error(format!(
                "descriptor '{name}' requires a '{}' object but received a '{}'",
                zelf.objclass.tp_name(),
                obj.ty(vm).tp_name()
            )));
        }
        call_wrapped(vm, zelf.row, zelf.func, obj, args.skip_first())
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PySlotWrapper, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(obj) = obj else { return Ok(zelf.to_obj()) };
        super::super::check(vm, zelf.row.name, zelf.objclass, obj)?;
        Ok(zelf.bind(vm, obj))
    }

    #[member("__objclass__")]
    fn objclass(zelf: &PySlotWrapper) -> Obj {
        zelf.objclass.to_obj()
    }

    #[member("__name__")]
    fn name(zelf: &PySlotWrapper) -> &'static str {
        zelf.row.name
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PySlotWrapper) -> Obj {
        super::super::doc_obj(vm, Some(zelf.row.doc))
    }

    #[getter("__qualname__")]
    fn qualname(vm: &Vm, zelf: &PySlotWrapper) -> PyResult<String> {
        super::super::qualname(vm, zelf.objclass, zelf.row.name)
    }

    #[getter("__text_signature__")]
    fn text_signature(vm: &Vm, zelf: &PySlotWrapper) -> Obj {
        super::super::signature_obj(vm, Some(zelf.row.doc))
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(vm: &Vm, zelf: &PySlotWrapper) -> PyResult<Obj> {
        super::super::reduce_getattr(vm, zelf.objclass.r(), vm.str(zelf.row.name))
    }
}

#[pyclass("method-wrapper", layout = PyMethodWrapper, table = method_wrapper, flags(DISALLOW_INSTANTIATION))]
pub mod method_wrapper {
    use super::*;

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyMethodWrapper) -> String {
        format!("<method-wrapper '{}' of {} object at {:#x}>", zelf.descr.row.name, zelf.self_.r().ty(vm).tp_name(), zelf.self_.value().0)
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyMethodWrapper, args: Args<'_>) -> PyResult<Obj> {
        call_wrapped(vm, zelf.descr.row, zelf.descr.func, zelf.self_.r(), args)
    }

    #[slot(hash)]
    fn hash(zelf: &PyMethodWrapper) -> i64 {
        let (a, b) = (zelf.self_.value().0 as *const u8, zelf.descr.as_ptr());
        hash::fix(hash::hash_pointer(a) ^ hash::hash_pointer(b))
    }

    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyMethodWrapper, other: Ref<'_>, op: CmpOp) -> Obj {
        let same = other
            .downcast_exact::<PyMethodWrapper>(vm)
            .map(|o| std::ptr::eq(o.descr.as_ptr(), zelf.descr.as_ptr()) && o.self_.is(zelf.self_.r()));
        match (op, same) {
            (CmpOp::Eq, Some(s)) => Obj::bool(s),
            (CmpOp::Ne, Some(s)) => Obj::bool(!s),
            _ => vm.not_implemented(),
        }
    }

    #[member("__self__")]
    fn self_(zelf: &PyMethodWrapper) -> Obj {
        zelf.self_.clone()
    }

    #[getter("__objclass__")]
    fn objclass(zelf: &PyMethodWrapper) -> Obj {
        zelf.descr.objclass.to_obj()
    }

    #[getter("__name__")]
    fn name(zelf: &PyMethodWrapper) -> &'static str {
        zelf.descr.row.name
    }

    #[getter("__qualname__")]
    fn qualname(vm: &Vm, zelf: &PyMethodWrapper) -> PyResult<String> {
        super::super::qualname(vm, zelf.descr.objclass, zelf.descr.row.name)
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyMethodWrapper) -> Obj {
        super::super::doc_obj(vm, Some(zelf.descr.row.doc))
    }

    #[getter("__text_signature__")]
    fn text_signature(vm: &Vm, zelf: &PyMethodWrapper) -> Obj {
        super::super::signature_obj(vm, Some(zelf.descr.row.doc))
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(vm: &Vm, zelf: &PyMethodWrapper) -> PyResult<Obj> {
        super::super::reduce_getattr(vm, zelf.self_.r(), vm.str(zelf.descr.row.name))
    }
}
