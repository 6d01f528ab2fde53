//! The class `Future`.

use krait_macros::pyclass;
use krait_object::exception::peek;
use krait_object::prelude::*;

use super::future::{PyFuture, State};
use super::iter::PyFutureIter;
use super::state::Library;
use crate::util::{class_getitem, instance};

fn or_none(cell: &std::cell::Cell<Option<Obj>>) -> Obj {
    peek(cell).unwrap_or_else(Obj::none)
}

/// The value for an attribute that cannot be deleted.
pub fn not_deleted<'a>(vm: &Vm, value: Option<Ref<'a>>) -> PyResult<Ref<'a>> {
    value.ok_or_else(|| vm.attribute_error_msg("cannot delete attribute"))
}

/// This class is *almost* compatible with concurrent.futures.Future.
///
///     Differences:
///
///     - result() and exception() do not take a timeout argument and
///       raise an exception when the future isn't done yet.
///
///     - Callbacks registered with add_done_callback() are always called
///       via the event loop's call_soon_threadsafe().
///
///     - This class is not compatible with the wait() and as_completed()
///       methods in the concurrent.futures package.
#[pyclass(layout = PyFuture, name = "Future", module = "_asyncio", own, attrs, weakref, mutable, flags(BASETYPE))]
pub mod future {
    use super::*;

    #[pynew("Future(*args, **kwargs)", raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        instance(vm, cls, PyFuture::blank())
    }
    #[pyinit("Future(*, loop=None)")]
    fn init(vm: &Vm, zelf: &PyFuture, event_loop: Option<Ref<'_>>) -> PyResult<()> {
        zelf.init(vm, event_loop)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        drop(zelf.loop_or_error(vm)?);
        vm.call1(Library::of(vm).future_repr(vm)?.r(), zelf.r())
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        drop(zelf.loop_or_error(vm)?);
        Ok(PyFutureIter::new(vm, zelf).into_obj())
    }
    #[slot(am_await)]
    fn am_await(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        drop(zelf.loop_or_error(vm)?);
        Ok(PyFutureIter::new(vm, zelf).into_obj())
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: &PyFuture) {
        zelf.report_unretrieved(vm);
    }
    /// Return the result this future represents.
    ///
    /// If the future has been cancelled, raises CancelledError.  If the
    /// future's result isn't yet available, raises InvalidStateError.  If
    /// the future is done and has an exception set, this exception is raised.
    #[pymethod]
    fn result(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        if peek(&zelf.event_loop).is_none() {
            return Err(Library::of(vm).invalid_state(vm, "Future object is not initialized."));
        }
        zelf.take_result(vm)
    }
    /// Return the exception that was set on this future.
    ///
    /// The exception (or None if no exception was set) is returned only if
    /// the future is done.  If the future has been cancelled, raises
    /// CancelledError.  If the future isn't done yet, raises
    /// InvalidStateError.
    #[pymethod]
    fn exception(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        if peek(&zelf.event_loop).is_none() {
            return Err(Library::of(vm).invalid_state(vm, "Future object is not initialized."));
        }
        zelf.get_exception(vm)
    }
    /// Mark the future done and set its result.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    #[pymethod("set_result(self, result, /)")]
    fn set_result(vm: &Vm, zelf: &PyFuture, result: Ref<'_>) -> PyResult<()> {
        zelf.set_result(vm, result)
    }
    /// Mark the future done and set an exception.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    #[pymethod("set_exception(self, exception, /)")]
    fn set_exception(vm: &Vm, zelf: &PyFuture, exception: Ref<'_>) -> PyResult<()> {
        zelf.set_exception(vm, exception)
    }
    /// Add a callback to be run when the future becomes done.
    ///
    /// The callback is called with a single argument - the future object. If
    /// the future is already done when this is called, the callback is
    /// scheduled with call_soon.
    #[pymethod("add_done_callback(self, fn, /, *, context=<unrepresentable>)")]
    fn add_done_callback(vm: &Vm, zelf: &PyFuture, callback: Ref<'_>, context: OptArg<Ref<'_>>) -> PyResult<()> {
        zelf.add_callback(vm, callback, context.0)
    }
    /// Remove all instances of a callback from the "call when done" list.
    ///
    /// Returns the number of callbacks removed.
    #[pymethod("remove_done_callback(self, fn, /)")]
    fn remove_done_callback(vm: &Vm, zelf: &PyFuture, callback: Ref<'_>) -> PyResult<usize> {
        zelf.remove_callbacks(vm, callback)
    }
    /// Cancel the future and schedule callbacks.
    ///
    /// If the future is already done or cancelled, return False.  Otherwise,
    /// change the future's state to cancelled, schedule the callbacks and
    /// return True.
    #[pymethod("cancel(self, msg=None)")]
    fn cancel(vm: &Vm, zelf: &PyFuture, msg: Option<Ref<'_>>) -> PyResult<bool> {
        drop(zelf.loop_or_error(vm)?);
        zelf.cancel(vm, msg.map(|m| m.to_obj()))
    }
    /// Return True if the future was cancelled.
    #[pymethod]
    fn cancelled(zelf: &PyFuture) -> bool {
        zelf.state.get() == State::Cancelled
    }
    /// Return True if the future is done.
    ///
    /// Done means either that a result / exception are available, or that the
    /// future was cancelled.
    #[pymethod]
    fn done(zelf: &PyFuture) -> bool {
        peek(&zelf.event_loop).is_some() && !zelf.is_pending()
    }
    /// Return the event loop the Future is bound to.
    #[pymethod]
    fn get_loop(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        zelf.loop_or_error(vm)
    }
    /// Create the CancelledError to raise if the Future is cancelled.
    ///
    /// This should only be called once when handling a cancellation since
    /// it erases the context exception value.
    #[pymethod("_make_cancelled_error(self)")]
    fn make_cancelled_error(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        Ok(zelf.cancelled_error(vm)?.into_obj())
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, item)
    }
    #[getter("_state")]
    fn state(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        drop(zelf.loop_or_error(vm)?);
        Ok(vm.intern(zelf.state.get().name()).into_obj())
    }
    #[getter("_asyncio_future_blocking")]
    fn blocking(zelf: &PyFuture) -> bool {
        zelf.blocking.get()
    }
    #[setter("_asyncio_future_blocking")]
    fn set_blocking(vm: &Vm, zelf: &PyFuture, value: Option<Ref<'_>>) -> PyResult<()> {
        let value = not_deleted(vm, value)?;
        drop(zelf.loop_or_error(vm)?);
        zelf.blocking.set(vm.is_true(value)?);
        Ok(())
    }
    #[getter("_loop")]
    fn event_loop(zelf: &PyFuture) -> Obj {
        or_none(&zelf.event_loop)
    }
    #[getter("_callbacks")]
    fn callbacks(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        drop(zelf.loop_or_error(vm)?);
        Ok(zelf.callback_list(vm))
    }
    #[getter("_result")]
    fn get_result(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        drop(zelf.loop_or_error(vm)?);
        Ok(or_none(&zelf.result))
    }
    #[getter("_exception")]
    fn get_exception(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        drop(zelf.loop_or_error(vm)?);
        Ok(or_none(&zelf.exception))
    }
    #[getter("_log_traceback")]
    fn log_traceback(vm: &Vm, zelf: &PyFuture) -> PyResult<bool> {
        drop(zelf.loop_or_error(vm)?);
        Ok(zelf.log_traceback.get())
    }
    #[setter("_log_traceback")]
    fn set_log_traceback(vm: &Vm, zelf: &PyFuture, value: Option<Ref<'_>>) -> PyResult<()> {
        let value = not_deleted(vm, value)?;
        if vm.is_true(value)? {
            return Err(vm.value_error("_log_traceback can only be set to False"));
        }
        zelf.log_traceback.set(false);
        Ok(())
    }
    #[getter("_source_traceback")]
    fn source_traceback(zelf: &PyFuture) -> Obj {
        or_none(&zelf.source_traceback)
    }
    #[getter("_cancel_message")]
    fn cancel_message(zelf: &PyFuture) -> Obj {
        or_none(&zelf.cancel_message)
    }
    #[setter("_cancel_message")]
    fn set_cancel_message(vm: &Vm, zelf: &PyFuture, value: Option<Ref<'_>>) -> PyResult<()> {
        let value = not_deleted(vm, value)?;
        drop(zelf.cancel_message.replace(Some(value.to_obj())));
        Ok(())
    }
    #[getter("_asyncio_awaited_by")]
    fn awaited_by(vm: &Vm, zelf: &PyFuture) -> PyResult<Obj> {
        zelf.awaited_by_frozen(vm)
    }
}
