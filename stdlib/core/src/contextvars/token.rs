//! `Token`: undoes a `ContextVar.set`.

use std::cell::{Cell, OnceCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::context::PyContext;
use super::var::PyContextVar;
use crate::util::{class_getitem, make, no_header};

/// `Token.MISSING`.
#[repr(C)]
pub struct PyMissing {
    header: Header,
}

#[pyclass(layout = PyMissing, name = "Token.MISSING", own, no_gc, flags(DISALLOW_INSTANTIATION))]
pub mod missing_type {
    use super::*;

    #[slot(repr)]
    fn repr(_zelf: &PyMissing) -> String {
        "<Token.MISSING>".to_owned()
    }
}

#[derive(Default)]
struct MissingCell(OnceCell<Obj>);

fn missing(vm: &Vm) -> Obj {
    let cell = &vm.interp.state::<MissingCell>().0;
    cell.get_or_init(|| make(vm, PyMissing { header: no_header() }).into_obj()).clone()
}

#[repr(C)]
#[derive(Trace)]
pub struct PyToken {
    header: Header,
    context: Py<PyContext>,
    var: Py<PyContextVar>,
    old: Option<Obj>,
    #[trace(skip)]
    used: Cell<bool>,
}

impl PyToken {
    pub fn create(vm: &Vm, context: Py<PyContext>, var: &PyContextVar, old: Option<Obj>) -> Obj {
        make(vm, PyToken { header: no_header(), context, var: var.to_py(), old, used: Cell::new(false) }).into_obj()
    }
    pub fn reset(&self, vm: &Vm, var: &PyContextVar) -> PyResult<()> {
        if self.used.get() {
            let text = format!("{} has already been used once", vm.repr_text(self.r())?);
            return Err(vm.runtime_error(text));
        }
        if !self.var.r().ptr_eq(var.r()) {
            let text = format!("{} was created by a different ContextVar", vm.repr_text(self.r())?);
            return Err(vm.value_error(text));
        }
        let current = PyContext::current(vm);
        if !current.r().ptr_eq(self.context.r()) {
            let text = format!("{} was created in a different Context", vm.repr_text(self.r())?);
            return Err(vm.value_error(text));
        }
        self.used.set(true);
        match &self.old {
            Some(v) => current.set(vm, var, v.clone()),
            None => current.remove(vm, var),
        }
    }
}

#[pyclass(layout = PyToken, name = "Token", module = "_contextvars", own, unhashable)]
pub mod token {
    use super::*;

    #[pynew("Token()", raw)]
    fn new(vm: &Vm, _cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        Err(vm.runtime_error("Tokens can only be created by ContextVars"))
    }
    #[classattr("MISSING")]
    fn missing_attr(vm: &Vm) -> Obj {
        missing(vm)
    }
    #[getter]
    fn var(zelf: &PyToken) -> Obj {
        zelf.var.to_obj()
    }
    #[getter]
    fn old_value(vm: &Vm, zelf: &PyToken) -> Obj {
        zelf.old.clone().unwrap_or_else(|| missing(vm))
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, object)
    }
    /// Enter into Token context manager.
    #[pymethod]
    fn __enter__(zelf: &PyToken) -> Obj {
        zelf.to_obj()
    }
    /// Exit from Token context manager, restore the linked ContextVar.
    #[pymethod("__exit__(self, type, value, traceback, /)")]
    fn __exit__(vm: &Vm, zelf: &PyToken, _type: Ref<'_>, _value: Ref<'_>, _tb: Ref<'_>) -> PyResult<()> {
        zelf.reset(vm, &zelf.var)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyToken) -> PyResult<Obj> {
        let mut out = StrBuilder::new();
        out.push_str(if zelf.used.get() { "<Token used var=" } else { "<Token var=" });
        out.push_pystr(&*vm.repr(zelf.var.r())?);
        out.push_str(&format!(" at {:#x}>", zelf.r().value().0));
        Ok(out.finish(vm).into_obj())
    }
}
