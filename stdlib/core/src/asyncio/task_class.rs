//! The class `Task`.

use krait_macros::pyclass;
use krait_object::exception::peek;
use krait_object::prelude::*;

use super::future::cancel_other;
use super::future_class::not_deleted;
use super::state::Library;
use super::task::{NewTask, PyTask, name_text};
use crate::util::{class_getitem, instance};

/// A coroutine wrapped in a Future.
#[pyclass(layout = PyTask, name = "Task", module = "_asyncio", own, attrs, weakref, mutable, flags(BASETYPE), base = crate::asyncio::future_class::future)]
pub mod task {
    use super::*;

    #[pynew("Task(*args, **kwargs)", raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        instance(vm, cls, PyTask::blank())
    }
    #[pyinit("Task(coro, *, loop=None, name=None, context=None, eager_start=False)")]
    fn init(
        vm: &Vm,
        zelf: &PyTask,
        coro: Ref<'_>,
        event_loop: Option<Ref<'_>>,
        name: Option<Ref<'_>>,
        context: Option<Ref<'_>>,
        eager_start: bool,
    ) -> PyResult<()> {
        zelf.init(vm, NewTask { coro, event_loop, name, context, eager_start })
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTask) -> PyResult<Obj> {
        drop(zelf.future.loop_or_error(vm)?);
        vm.call1(Library::of(vm).task_repr(vm)?.r(), zelf.r())
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: &PyTask) {
        zelf.report_destroyed(vm);
    }
    /// Request that this task cancel itself.
    ///
    /// This arranges for a CancelledError to be thrown into the
    /// wrapped coroutine on the next cycle through the event loop.
    /// The coroutine then has a chance to clean up or even deny
    /// the request using try/except/finally.
    ///
    /// Unlike Future.cancel, this does not guarantee that the
    /// task will be cancelled: the exception might be caught and
    /// acted upon, delaying cancellation of the task or preventing
    /// cancellation completely.  The task may also return a value or
    /// raise a different exception.
    ///
    /// Immediately after this method is called, Task.cancelled() will
    /// not return True (unless the task was already cancelled).  A
    /// task will be marked as cancelled when the wrapped coroutine
    /// terminates with a CancelledError exception (even if cancel()
    /// was not called).
    ///
    /// This also increases the task's count of cancellation requests.
    #[pymethod("cancel(self, msg=None)")]
    fn cancel(vm: &Vm, zelf: &PyTask, msg: Option<Ref<'_>>) -> PyResult<bool> {
        zelf.future.log_traceback.set(false);
        if !zelf.future.is_pending() {
            return Ok(false);
        }
        zelf.cancel_requests.set(zelf.cancel_requests.get().saturating_add(1));
        let msg = msg.map(|m| m.to_obj());
        if let Some(waiter) = peek(&zelf.waiter)
            && cancel_other(vm, waiter.r(), msg.clone())?
        {
            return Ok(true);
        }
        zelf.must_cancel.set(true);
        drop(zelf.future.cancel_message.replace(msg));
        Ok(true)
    }
    /// Return the count of the task's cancellation requests.
    ///
    /// This count is incremented when .cancel() is called
    /// and may be decremented using .uncancel().
    #[pymethod]
    fn cancelling(zelf: &PyTask) -> i32 {
        zelf.cancel_requests.get()
    }
    /// Decrement the task's count of cancellation requests.
    ///
    /// This should be used by tasks that catch CancelledError
    /// and wish to continue indefinitely until they are cancelled again.
    ///
    /// Returns the remaining number of cancellation requests.
    #[pymethod]
    fn uncancel(zelf: &PyTask) -> i32 {
        let n = zelf.cancel_requests.get();
        if n > 0 {
            zelf.cancel_requests.set(n - 1);
            if n == 1 {
                zelf.must_cancel.set(false);
            }
        }
        zelf.cancel_requests.get()
    }
    /// Return the list of stack frames for this task's coroutine.
    ///
    /// If the coroutine is not done, this returns the stack where it is
    /// suspended.  If the coroutine has completed successfully or was
    /// cancelled, this returns an empty list.  If the coroutine was
    /// terminated by an exception, this returns the list of traceback
    /// frames.
    ///
    /// The frames are always ordered from oldest to newest.
    ///
    /// The optional limit gives the maximum number of frames to
    /// return; by default all available frames are returned.  Its
    /// meaning differs depending on whether a stack or a traceback is
    /// returned: the newest frames of a stack are returned, but the
    /// oldest frames of a traceback are returned.  (This matches the
    /// behavior of the traceback module.)
    ///
    /// For reasons beyond our control, only one stack frame is
    /// returned for a suspended coroutine.
    #[pymethod("get_stack(self, *, limit=None)")]
    fn get_stack(vm: &Vm, zelf: &PyTask, limit: Option<Ref<'_>>) -> PyResult<Obj> {
        let limit = limit.unwrap_or(vm.none());
        vm.call(Library::of(vm).get_stack(vm)?.r(), &[zelf.r(), limit])
    }
    /// Print the stack or traceback for this task's coroutine.
    ///
    /// This produces output similar to that of the traceback module,
    /// for the frames retrieved by get_stack().  The limit argument
    /// is passed to get_stack().  The file argument is an I/O stream
    /// to which the output is written; by default output is written
    /// to sys.stderr.
    #[pymethod("print_stack(self, *, limit=None, file=None)")]
    fn print_stack(vm: &Vm, zelf: &PyTask, limit: Option<Ref<'_>>, file: Option<Ref<'_>>) -> PyResult<Obj> {
        let (limit, file) = (limit.unwrap_or(vm.none()), file.unwrap_or(vm.none()));
        vm.call(Library::of(vm).print_stack(vm)?.r(), &[zelf.r(), limit, file])
    }
    #[pymethod("set_result(self, result, /)")]
    fn set_result(vm: &Vm, _zelf: &PyTask, _result: Ref<'_>) -> PyResult<()> {
        Err(vm.runtime_error("Task does not support set_result operation"))
    }
    #[pymethod("set_exception(self, exception, /)")]
    fn set_exception(vm: &Vm, _zelf: &PyTask, _exception: Ref<'_>) -> PyResult<()> {
        Err(vm.runtime_error("Task does not support set_exception operation"))
    }
    /// Create the CancelledError to raise if the Task is cancelled.
    ///
    /// This should only be called once when handling a cancellation since
    /// it erases the context exception value.
    #[pymethod("_make_cancelled_error(self)")]
    fn make_cancelled_error(vm: &Vm, zelf: &PyTask) -> PyResult<Obj> {
        Ok(zelf.future.cancelled_error(vm)?.into_obj())
    }
    #[pymethod]
    fn get_coro(zelf: &PyTask) -> Option<Obj> {
        peek(&zelf.coro)
    }
    #[pymethod]
    fn get_context(zelf: &PyTask) -> Option<Obj> {
        peek(&zelf.context)
    }
    #[pymethod]
    fn get_name(vm: &Vm, zelf: &PyTask) -> PyResult<Option<Obj>> {
        let Some(name) = peek(&zelf.name) else { return Ok(None) };
        if name.r().is_instance_of::<PyStr>(vm) {
            return Ok(Some(name));
        }
        let text = vm.str(&format!("Task-{}", vm.repr_text(name.r())?));
        drop(zelf.name.replace(Some(text.clone())));
        Ok(Some(text))
    }
    #[pymethod("set_name(self, value, /)")]
    fn set_name(vm: &Vm, zelf: &PyTask, value: Ref<'_>) -> PyResult<()> {
        let name = name_text(vm, value)?;
        drop(zelf.name.replace(Some(name)));
        Ok(())
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, item)
    }
    #[getter("_log_destroy_pending")]
    fn log_destroy_pending(zelf: &PyTask) -> bool {
        zelf.log_destroy_pending.get()
    }
    #[setter("_log_destroy_pending")]
    fn set_log_destroy_pending(vm: &Vm, zelf: &PyTask, value: Option<Ref<'_>>) -> PyResult<()> {
        let value = not_deleted(vm, value)?;
        zelf.log_destroy_pending.set(vm.is_true(value)?);
        Ok(())
    }
    #[getter("_must_cancel")]
    fn must_cancel(zelf: &PyTask) -> bool {
        zelf.must_cancel.get()
    }
    #[getter("_coro")]
    fn coro(zelf: &PyTask) -> Option<Obj> {
        peek(&zelf.coro)
    }
    #[getter("_fut_waiter")]
    fn waiter(zelf: &PyTask) -> Option<Obj> {
        peek(&zelf.waiter)
    }
}
