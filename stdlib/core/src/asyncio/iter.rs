//! The iterator behind `await future`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::exception::{PyBaseException, is_exception, is_exception_class};
use krait_object::prelude::*;
use krait_object::traceback::PyTraceback;

use super::future::PyFuture;
use crate::util::{make, no_header, peek_py};

/// Yields the future once, then ends with its result.
#[repr(C)]
#[derive(Trace)]
pub struct PyFutureIter {
    header: Header,
    future: Cell<Option<Py<PyFuture>>>,
}

impl PyFutureIter {
    pub fn new(vm: &Vm, future: &PyFuture) -> Py<PyFutureIter> {
        make(vm, PyFutureIter { header: no_header(), future: Cell::new(Some(future.to_py())) })
    }
    fn step(&self, vm: &Vm) -> PyResult<SendResult> {
        let Some(f) = peek_py(&self.future) else { return Ok(SendResult::Return(Obj::none())) };
        if f.is_pending() {
            if f.blocking.replace(true) {
                return Err(vm.runtime_error("await wasn't used with future"));
            }
            return Ok(SendResult::Yield(f.into_obj()));
        }
        drop(self.future.take());
        f.take_result(vm).map(SendResult::Return)
    }
}

/// The exception that `throw(typ, val, tb)` means.
fn throw_argument(vm: &Vm, typ: Ref<'_>, val: Option<Ref<'_>>, tb: Option<Ref<'_>>) -> PyResult<Py<PyBaseException>> {
    let tb = tb.filter(|t| !t.is_none());
    if tb.is_some_and(|t| !t.is_instance_of::<PyTraceback>(vm)) {
        return Err(vm.type_error("throw() third argument must be a traceback"));
    }
    let val = val.filter(|v| !v.is_none());
    let bad = || vm.type_error("exceptions must be classes deriving BaseException or instances of such a class");
    let made = if is_exception_class(vm, typ) {
        match val {
            None => vm.call0(typ)?,
            Some(v) if is_exception(v) && vm.isinstance(v, typ)? => v.to_obj(),
            Some(v) => match v.downcast::<PyTuple>(vm) {
                Some(t) => vm.call(typ, t.as_refs())?,
                None => vm.call1(typ, v)?,
            },
        }
    } else if is_exception(typ) {
        if val.is_some() {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        typ.to_obj()
    } else {
        return Err(bad());
    };
    let Ok(exc) = made.downcast::<PyBaseException>(vm) else { return Err(bad()) };
    if let Some(t) = tb {
        drop(exc.traceback.replace(Some(t.to_obj())));
    }
    Ok(exc)
}

#[pyclass(layout = PyFutureIter, name = "FutureIter", module = "_asyncio", own, flags(DISALLOW_INSTANTIATION))]
pub mod future_iter {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &PyFutureIter) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyFutureIter) -> PyResult<Option<Obj>> {
        match zelf.step(vm)? {
            SendResult::Yield(v) => Ok(Some(v)),
            SendResult::Return(v) if v.r().is_none() => Ok(None),
            SendResult::Return(v) => Err(vm.stop_iteration(v)),
        }
    }
    #[slot(am_send)]
    fn am_send(vm: &Vm, zelf: &PyFutureIter, _value: Ref<'_>) -> PyResult<SendResult> {
        zelf.step(vm)
    }
    // Whatever is sent is ignored.
    #[pymethod("send(self, value, /)", nosig)]
    fn send(vm: &Vm, zelf: &PyFutureIter, _value: Ref<'_>) -> PyResult {
        match zelf.step(vm)? {
            SendResult::Yield(v) => Ok(v),
            SendResult::Return(v) => Err(vm.stop_iteration(v)),
        }
    }
    #[pymethod("throw(self, typ, val=None, tb=None, /)", nosig)]
    fn throw(vm: &Vm, zelf: &PyFutureIter, typ: Ref<'_>, val: OptArg<Ref<'_>>, tb: OptArg<Ref<'_>>) -> PyResult {
        if val.0.is_some() {
            let text = "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.";
            vm.warn(vm.types.deprecation_warning, text, 1)?;
        }
        let exc = throw_argument(vm, typ, val.0, tb.0)?;
        drop(zelf.future.take());
        Err(vm.raise(exc))
    }
    #[pymethod("close(self)", nosig)]
    fn close(zelf: &PyFutureIter) {
        drop(zelf.future.take());
    }
}
