//! `Context`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::var::PyContextVar;
use crate::util::{make, no_header, with_cell};

thread_local! {
    static GENERATION: Cell<u64> = const { Cell::new(0) };
}

/// Changes whenever a variable of the calling thread's context may have got another value, so
/// that values can be cached.
#[inline(always)]
pub fn generation() -> u64 {
    GENERATION.get()
}

fn bump() {
    GENERATION.set(GENERATION.get().wrapping_add(1));
}

#[repr(C)]
#[derive(Trace)]
pub struct PyContext {
    header: Header,
    vars: Cell<Py<PyDict>>,
    /// The context to go back to when `run` ends.
    previous: Cell<Option<Obj>>,
    #[trace(skip)]
    entered: Cell<bool>,
}

impl PyContext {
    fn with_vars(vm: &Vm, vars: Py<PyDict>) -> Py<PyContext> {
        let payload = PyContext { header: no_header(), vars: Cell::new(vars), previous: Cell::new(None), entered: Cell::new(false) };
        make(vm, payload)
    }
    /// The calling thread's context; made on first use.
    pub fn current(vm: &Vm) -> Py<PyContext> {
        match Self::current_opt(vm) {
            Some(c) => c,
            None => {
                let c = Self::with_vars(vm, PyDict::new(vm));
                c.entered.set(true);
                bump();
                drop(vm.context.replace(Some(c.clone().into_obj())));
                c
            }
        }
    }
    /// The calling thread's context, if it has one.
    #[inline]
    pub fn current_opt(vm: &Vm) -> Option<Py<PyContext>> {
        // SAFETY: only contexts are stored there.
        with_cell(&vm.context, |c| c.as_ref().map(|o| unsafe { o.clone().downcast_unchecked() }))
    }
    pub fn copy(&self, vm: &Vm) -> Py<PyContext> {
        Self::with_vars(vm, self.vars())
    }
    #[inline]
    fn vars(&self) -> Py<PyDict> {
        with_cell(&self.vars, Py::clone)
    }
    /// A variable's value.
    #[inline]
    pub fn get(&self, vm: &Vm, var: &PyContextVar) -> PyResult<Option<Obj>> {
        self.vars().get_hashed(vm, var.r(), var.hash)
    }
    /// The dict, made this context's own.
    fn own_vars(&self, vm: &Vm) -> PyResult<Py<PyDict>> {
        let d = self.vars();
        // The cell and `d`.
        if Layout::header(&*d).refcount() == 2 {
            return Ok(d);
        }
        let copy = d.copy(vm)?;
        drop(self.vars.replace(copy.clone()));
        Ok(copy)
    }
    pub fn set(&self, vm: &Vm, var: &PyContextVar, value: Obj) -> PyResult<()> {
        bump();
        self.own_vars(vm)?.set_hashed(vm, var.r(), var.hash, value)
    }
    pub fn remove(&self, vm: &Vm, var: &PyContextVar) -> PyResult<()> {
        bump();
        match self.own_vars(vm)?.remove_hashed(vm, var.r(), var.hash)? {
            Some(old) => {
                drop(old);
                Ok(())
            }
            None => Err(vm.raise_with(vm.types.lookup_error, vec![var.to_obj()])),
        }
    }
    /// Runs `f` with this as the thread's context.
    pub fn run_in<T>(&self, vm: &Vm, f: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
        let keep = self.to_py();
        keep.enter(vm)?;
        let r = f();
        keep.leave(vm);
        r
    }
    fn enter(&self, vm: &Vm) -> PyResult<()> {
        if self.entered.get() {
            let text = format!("cannot enter context: {} is already entered", vm.repr_text(self.r())?);
            return Err(vm.runtime_error(text));
        }
        self.entered.set(true);
        bump();
        let before = vm.context.replace(Some(self.to_obj()));
        drop(self.previous.replace(before));
        Ok(())
    }
    fn leave(&self, vm: &Vm) {
        self.entered.set(false);
        bump();
        let mine = vm.context.replace(self.previous.take());
        drop(mine);
    }
}

fn expect_var<'a>(vm: &Vm, key: Ref<'a>) -> PyResult<&'a PyContextVar> {
    match key.downcast::<PyContextVar>(vm) {
        Some(v) => Ok(v),
        None => Err(vm.type_error(format!("a ContextVar key was expected, got {}", vm.repr_text(key)?))),
    }
}

#[pyclass(layout = PyContext, name = "Context", module = "_contextvars", own, weakref, unhashable)]
pub mod context {
    use super::*;

    #[pynew("Context()", raw)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if !args.is_empty() {
            return Err(vm.type_error("Context() does not accept any arguments"));
        }
        Ok(PyContext::with_vars(vm, PyDict::new(vm)).into_obj())
    }
    #[pymethod("run(callable, /, *args, **kwargs)", raw, nosig)]
    fn run(vm: &Vm, zelf: &PyContext, args: Args<'_>) -> PyResult<Obj> {
        let [f, ..] = args.pos() else {
            return Err(vm.type_error("run() missing 1 required positional argument"));
        };
        zelf.run_in(vm, || vm.call_args(*f, args.skip_first()))
    }
    /// Return a shallow copy of the context object.
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PyContext) -> Obj {
        zelf.copy(vm).into_obj()
    }
    /// Return the value for `key` if `key` has the value in the context object.
    ///
    /// If `key` does not exist, return `default`. If `default` is not given,
    /// return None.
    #[pymethod("get(self, key, default=None, /)")]
    fn get(vm: &Vm, zelf: &PyContext, key: Ref<'_>, default: Obj) -> PyResult<Obj> {
        Ok(zelf.get(vm, expect_var(vm, key)?)?.unwrap_or(default))
    }
    /// Return a list of all variables in the context object.
    #[pymethod]
    fn keys(vm: &Vm, zelf: &PyContext) -> PyResult<Obj> {
        let keys = vm.call_method(zelf.vars().r(), vm.names().keys, &[])?;
        vm.iter(keys.r())
    }
    /// Return a list of all variables' values in the context object.
    #[pymethod]
    fn values(vm: &Vm, zelf: &PyContext) -> PyResult<Obj> {
        let values = vm.call_method_str(zelf.vars().r(), "values", &[])?;
        vm.iter(values.r())
    }
    /// Return all variables and their values in the context object.
    ///
    /// The result is returned as a list of 2-tuples (variable, value).
    #[pymethod]
    fn items(vm: &Vm, zelf: &PyContext) -> PyResult<Obj> {
        let items = vm.call_method(zelf.vars().r(), vm.names().items, &[])?;
        vm.iter(items.r())
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyContext, key: Ref<'_>) -> PyResult<Obj> {
        match zelf.get(vm, expect_var(vm, key)?)? {
            Some(v) => Ok(v),
            None => Err(vm.key_error(key)),
        }
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PyContext, key: Ref<'_>) -> PyResult<bool> {
        Ok(zelf.get(vm, expect_var(vm, key)?)?.is_some())
    }
    #[slot(mp_length)]
    fn len(zelf: &PyContext) -> usize {
        zelf.vars().len()
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyContext) -> PyResult<Obj> {
        vm.iter(zelf.vars().r())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyContext, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(o) = other.downcast_exact::<PyContext>(vm).filter(|_| matches!(op, CmpOp::Eq | CmpOp::Ne)) else {
            return Ok(vm.not_implemented());
        };
        let equal = krait_types::dict::equal(vm, &zelf.vars(), &o.vars())?;
        Ok(Obj::bool(equal == (op == CmpOp::Eq)))
    }
}
