//! `ContextVar`.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::context::PyContext;
use super::token::PyToken;
use crate::util::{class_getitem, make, no_header};

#[repr(C)]
#[derive(Trace)]
pub struct PyContextVar {
    header: Header,
    name: Py<PyStr>,
    default: Option<Obj>,
    /// Kept because every access looks the variable up in a dict.
    #[trace(skip)]
    pub hash: i64,
}

impl PyContextVar {
    pub fn create(vm: &Vm, name: Py<PyStr>, default: Option<Obj>) -> Py<PyContextVar> {
        // Any good hash will do: variables are equal to themselves only.
        let hash = (name.hash(vm).rotate_left(17) ^ vm.interp.state::<Serial>().next()) & i64::MAX;
        make(vm, PyContextVar { header: no_header(), name, default, hash })
    }
    /// The value in the calling thread's context.
    pub fn value(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        match PyContext::current_opt(vm) {
            Some(c) => c.get(vm, self),
            None => Ok(None),
        }
    }
    /// Sets the value in the calling thread's context.
    pub fn assign(&self, vm: &Vm, value: Obj) -> PyResult<()> {
        PyContext::current(vm).set(vm, self, value)
    }
}

#[pyclass(layout = PyContextVar, name = "ContextVar", module = "_contextvars", own, weakref)]
pub mod context_var {
    use super::*;

    #[pynew("ContextVar(name, *, default=<unrepresentable>)")]
    fn new(vm: &Vm, _cls: &PyType, name: Ref<'_>, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let Some(name) = name.downcast::<PyStr>(vm) else {
            return Err(vm.type_error("context variable name must be a str"));
        };
        Ok(PyContextVar::create(vm, name.to_py(), default.given().map(|d| d.to_obj())).into_obj())
    }
    #[slot(hash)]
    fn hash(zelf: &PyContextVar) -> i64 {
        zelf.hash
    }
    /// Return a value for the context variable for the current context.
    ///
    /// If there is no value for the variable in the current context, the method will:
    ///  * return the value of the default argument of the method, if provided; or
    ///  * return the default value for the context variable, if it was created
    ///    with one; or
    ///  * raise a LookupError.
    #[pymethod("get(self, default=<unrepresentable>, /)")]
    fn get(vm: &Vm, zelf: &PyContextVar, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        if let Some(v) = zelf.value(vm)? {
            return Ok(v);
        }
        match (default.given(), &zelf.default) {
            (Some(d), _) => Ok(d.to_obj()),
            (None, Some(d)) => Ok(d.clone()),
            (None, None) => Err(vm.raise_with(vm.types.lookup_error, vec![zelf.to_obj()])),
        }
    }
    /// Call to set a new value for the context variable in the current context.
    ///
    /// The required *value* argument is the new value for the context variable.
    ///
    /// Returns a Token object that can be used to restore the variable to its previous
    /// value via the `ContextVar.reset()` method.
    #[pymethod("set(self, value, /)")]
    fn set(vm: &Vm, zelf: &PyContextVar, value: Ref<'_>) -> PyResult<Obj> {
        let c = PyContext::current(vm);
        let old = c.get(vm, zelf)?;
        c.set(vm, zelf, value.to_obj())?;
        Ok(PyToken::create(vm, c, zelf, old))
    }
    /// Reset the context variable.
    ///
    /// The variable is reset to the value it had before the `ContextVar.set()` that
    /// created the token was used.
    #[pymethod("reset(self, token, /)")]
    fn reset(vm: &Vm, zelf: &PyContextVar, token: Ref<'_>) -> PyResult<()> {
        match token.downcast_exact::<PyToken>(vm) {
            Some(t) => t.reset(vm, zelf),
            None => Err(vm.type_error(format!("expected an instance of Token, got {}", vm.repr_text(token)?))),
        }
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, object)
    }
    #[member]
    fn name(zelf: &PyContextVar) -> Py<PyStr> {
        zelf.name.clone()
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyContextVar) -> PyResult<Obj> {
        let mut out = StrBuilder::new();
        out.push_str("<ContextVar name=");
        out.push_pystr(&*vm.repr(zelf.name.r())?);
        if let Some(d) = &zelf.default {
            out.push_str(" default=");
            out.push_pystr(&*vm.repr(d.r())?);
        }
        out.push_str(&format!(" at {:#x}>", zelf.r().value().0));
        Ok(out.finish(vm).into_obj())
    }
}

/// Numbers the variables, to tell those of one name apart.
#[derive(Default)]
struct Serial(std::cell::Cell<i64>);

impl Serial {
    fn next(&self) -> i64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15_u64 as i64));
        self.0.get()
    }
}
