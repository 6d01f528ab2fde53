//! Tasks: futures that step a coroutine.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::exception::{PyBaseException, new_exception, peek};
use krait_object::exception_layouts::PyStopIteration;
use krait_object::prelude::*;

use super::future::{PyFuture, call_soon, cancel_other, loop_of};
use super::registry::{Link, Ring};
use super::state::{Library, enter_task, leave_task, swap_task};
use crate::contextvars::PyContext;
use crate::util::{make, no_header, peek_py};

/// A task.
#[repr(C)]
#[derive(Trace)]
pub struct PyTask {
    pub future: PyFuture,
    pub coro: Cell<Option<Obj>>,
    /// A str, or the int an unnamed task is named by.
    pub name: Cell<Option<Obj>>,
    pub context: Cell<Option<Obj>>,
    /// What the coroutine waits for.
    pub waiter: Cell<Option<Obj>>,
    #[trace(skip)]
    pub must_cancel: Cell<bool>,
    #[trace(skip)]
    pub log_destroy_pending: Cell<bool>,
    #[trace(skip)]
    pub cancel_requests: Cell<i32>,
    #[trace(skip)]
    pub link: Link,
}

/// What `__init__` takes beside the loop.
pub struct NewTask<'a> {
    pub coro: Ref<'a>,
    pub event_loop: Option<Ref<'a>>,
    pub name: Option<Ref<'a>>,
    pub context: Option<Ref<'a>>,
    pub eager_start: bool,
}

impl PyTask {
    pub fn blank() -> PyTask {
        PyTask {
            future: PyFuture::blank(),
            coro: Cell::new(None),
            name: Cell::new(None),
            context: Cell::new(None),
            waiter: Cell::new(None),
            must_cancel: Cell::new(false),
            log_destroy_pending: Cell::new(true),
            cancel_requests: Cell::new(0),
            link: Link::new(),
        }
    }
    pub fn init(&self, vm: &Vm, new: NewTask<'_>) -> PyResult<()> {
        self.future.init(vm, new.event_loop)?;
        if !is_coroutine(vm, new.coro)? {
            self.log_destroy_pending.set(false);
            return Err(vm.type_error(format!("a coroutine was expected, got {}", vm.repr_text(new.coro)?)));
        }
        let context = match new.context {
            Some(c) => c.to_obj(),
            None => PyContext::current(vm).copy(vm).into_obj(),
        };
        drop(self.context.replace(Some(context)));
        drop(self.waiter.take());
        self.must_cancel.set(false);
        self.log_destroy_pending.set(true);
        self.cancel_requests.set(0);
        drop(self.coro.replace(Some(new.coro.to_obj())));
        let name = match new.name {
            None => {
                let n = &Library::of(vm).task_number;
                n.set(n.get() + 1);
                vm.int(n.get())
            }
            Some(n) => name_text(vm, n)?,
        };
        drop(self.name.replace(Some(name)));
        if new.eager_start {
            let loop_ = self.future.loop_or_error(vm)?;
            let running = vm.call_method(loop_.r(), Library::of(vm).names(vm).is_running, &[])?;
            if vm.is_true(running.r())? {
                return self.start_eagerly(vm, loop_.r());
            }
        }
        self.step_soon(vm, None)?;
        register(vm, self);
        Ok(())
    }
    /// The first step, at once.
    fn start_eagerly(&self, vm: &Vm, loop_: Ref<'_>) -> PyResult<()> {
        let keep = self.to_py();
        let before = swap_task(vm, loop_, keep.r())?;
        register(vm, self);
        let stepped = match peek(&self.context).map(|c| c.downcast::<PyContext>(vm)) {
            Some(Ok(context)) => context.run_in(vm, || self.advance(vm, None)),
            _ => Err(vm.type_error("an instance of Context was expected")),
        };
        // The loop is the same: a failure to go back can only follow one of the step.
        let pending = vm.pending.take();
        let back = swap_task(vm, loop_, before.r());
        if pending.is_some() {
            drop(vm.pending.replace(pending));
        }
        if !self.future.is_pending() {
            drop(self.coro.take());
        }
        stepped?;
        back.map(drop)
    }
    /// Has the loop run a step, with an exception to throw.
    fn step_soon(&self, vm: &Vm, exc: Option<Obj>) -> PyResult<()> {
        let payload = PyStep { header: no_header(), task: Cell::new(Some(self.to_py())), exc: Cell::new(exc) };
        let step = make(vm, payload);
        let loop_ = self.future.loop_or_error(vm)?;
        let context = peek(&self.context);
        call_soon(vm, loop_.r(), step.r(), None, context.as_ref().map(Obj::r))
    }
    fn fail_soon(&self, vm: &Vm, text: String) -> PyResult<()> {
        let exc = new_exception(vm, vm.types.runtime_error, vec![vm.str(&text)])?;
        self.step_soon(vm, Some(exc.into_obj()))
    }
    /// One step, as the running task.
    pub fn step(&self, vm: &Vm, exc: Option<Py<PyBaseException>>) -> PyResult<()> {
        let keep = self.to_py();
        let loop_ = self.future.loop_or_error(vm)?;
        enter_task(vm, loop_.r(), keep.r())?;
        let stepped = self.advance(vm, exc);
        let pending = vm.pending.take();
        let left = leave_task(vm, loop_.r(), keep.r());
        if pending.is_some() {
            drop(vm.pending.replace(pending));
        }
        stepped?;
        left
    }
    /// Resumes the coroutine and deals with what comes of it.
    fn advance(&self, vm: &Vm, mut exc: Option<Py<PyBaseException>>) -> PyResult<()> {
        let lib = Library::of(vm);
        if !self.future.is_pending() {
            let given = exc.map_or_else(Obj::none, Py::into_obj);
            let text = format!("__step(): already done: {} {}", vm.repr_text(self.r())?, vm.repr_text(given.r())?);
            return Err(lib.invalid_state(vm, &text));
        }
        if self.must_cancel.get() {
            let cancels = match &exc {
                Some(e) => e.r().ty(vm).is_subtype(lib.cancelled_error(vm)?),
                None => false,
            };
            if !cancels {
                exc = Some(self.future.cancelled_error(vm)?);
            }
            self.must_cancel.set(false);
        }
        drop(self.waiter.take());
        let Some(coro) = peek(&self.coro) else { return Err(vm.runtime_error("uninitialized Task object")) };
        match resume(vm, coro.r(), exc) {
            Ok(SendResult::Yield(v)) => self.wait_for(vm, v.r()),
            Ok(SendResult::Return(v)) => {
                if self.must_cancel.replace(false) {
                    let message = peek(&self.future.cancel_message);
                    return self.future.cancel(vm, message).map(drop);
                }
                self.future.set_result(vm, v.r())
            }
            Err(e) => self.failed(vm, e),
        }
    }
    /// The coroutine ended with an exception.
    fn failed(&self, vm: &Vm, raised: Raised) -> PyResult<()> {
        let exc = vm.take_raised(raised);
        let ty = exc.r().ty(vm);
        if ty.is_subtype(Library::of(vm).cancelled_error(vm)?) {
            drop(self.future.cancelled_exc.replace(Some(exc.into_obj())));
            return self.future.cancel(vm, None).map(drop);
        }
        self.future.set_exception(vm, exc.r())?;
        if ty.is_subtype(vm.types.keyboard_interrupt) || ty.is_subtype(vm.types.system_exit) {
            return Err(vm.raise_as_is(exc));
        }
        Ok(())
    }
    /// The coroutine yielded `v`.
    fn wait_for(&self, vm: &Vm, v: Ref<'_>) -> PyResult<()> {
        if v.ptr_eq(self.r()) {
            return self.fail_soon(vm, format!("Task cannot await on itself: {}", vm.repr_text(self.r())?));
        }
        if let Some(f) = exact_future(vm, v) {
            let mine = self.future.loop_or_error(vm)?;
            if !peek(&f.event_loop).is_some_and(|l| l.r().ptr_eq(mine.r())) {
                return self.other_loop(vm, v);
            }
            if !f.blocking.replace(false) {
                return self.not_awaited(vm, v);
            }
            f.add_awaited_by(vm, self.r())?;
            let wakeup = wakeup(vm, self);
            let context = peek(&self.context);
            f.add_callback(vm, wakeup.r(), context.as_ref().map(Obj::r))?;
            return self.waits(vm, v);
        }
        if v.is_none() {
            return self.step_soon(vm, None);
        }
        let names = Library::of(vm).names(vm);
        let marker = vm.getattr_opt(v, names.blocking)?.filter(|m| !m.r().is_none());
        let Some(marker) = marker else { return self.bad_yield(vm, v) };
        let blocking = vm.is_true(marker.r())?;
        let mine = self.future.loop_or_error(vm)?;
        if !loop_of(vm, v)?.r().ptr_eq(mine.r()) {
            return self.other_loop(vm, v);
        }
        if !blocking {
            return self.not_awaited(vm, v);
        }
        if let Some(f) = v.downcast::<PyFuture>(vm) {
            f.add_awaited_by(vm, self.r())?;
        }
        vm.setattr(v, names.blocking, krait_object::singletons::bool(false))?;
        let wakeup = wakeup(vm, self);
        let add = vm.getattr(v, names.add_done_callback)?;
        let context = peek(&self.context).unwrap_or_else(Obj::none);
        drop(vm.call_args(add.r(), Args::new(&[wakeup.r(), context.r()], Some(&names.context)))?);
        self.waits(vm, v)
    }
    fn waits(&self, vm: &Vm, v: Ref<'_>) -> PyResult<()> {
        drop(self.waiter.replace(Some(v.to_obj())));
        if self.must_cancel.get() && cancel_other(vm, v, peek(&self.future.cancel_message))? {
            self.must_cancel.set(false);
        }
        Ok(())
    }
    fn other_loop(&self, vm: &Vm, v: Ref<'_>) -> PyResult<()> {
        let text = format!("Task {} got Future {} attached to a different loop", vm.repr_text(self.r())?, vm.repr_text(v)?);
        self.fail_soon(vm, text)
    }
    fn not_awaited(&self, vm: &Vm, v: Ref<'_>) -> PyResult<()> {
        let text = format!("yield was used instead of yield from in task {} with {}", vm.repr_text(self.r())?, vm.repr_text(v)?);
        self.fail_soon(vm, text)
    }
    fn bad_yield(&self, vm: &Vm, v: Ref<'_>) -> PyResult<()> {
        let text = if std::ptr::eq(v.ty(vm), vm.types.generator) {
            let me = vm.repr_text(self.r())?;
            format!("yield was used instead of yield from for generator in task {me} with {}", vm.repr_text(v)?)
        } else {
            format!("Task got bad yield: {}", vm.repr_text(v)?)
        };
        self.fail_soon(vm, text)
    }
    /// What the coroutine waited for is done.
    fn wake(&self, vm: &Vm, future: Ref<'_>) -> PyResult<()> {
        if let Some(f) = future.downcast::<PyFuture>(vm) {
            f.discard_awaited_by(vm, self.r())?;
        }
        let result = match exact_future(vm, future) {
            Some(f) => f.take_result(vm),
            None => vm.call_method(future, Library::of(vm).names(vm).result, &[]),
        };
        match result {
            Ok(_) => self.step(vm, None),
            Err(e) => {
                let exc = vm.take_raised(e);
                self.step(vm, Some(exc))
            }
        }
    }
    /// Says so when an unfinished task dies.
    pub fn report_destroyed(&self, vm: &Vm) {
        if self.future.is_pending() && self.log_destroy_pending.get() && peek(&self.future.event_loop).is_some() {
            let text = vm.str("Task was destroyed but it is pending!");
            self.future.report(vm, &[("task", self.to_obj()), ("message", text)]);
        }
        self.future.report_unretrieved(vm);
    }
}

/// Counts a task among the unfinished ones.
pub fn register(vm: &Vm, task: &PyTask) {
    vm.interp.state::<Ring>().add(task);
}

/// The text of a task's name.
pub fn name_text(vm: &Vm, name: Ref<'_>) -> PyResult<Obj> {
    if name.is_exact::<PyStr>(vm) {
        return Ok(name.to_obj());
    }
    Ok(vm.str_of(name)?.into_obj())
}

fn is_coroutine(vm: &Vm, o: Ref<'_>) -> PyResult<bool> {
    if std::ptr::eq(o.ty(vm), vm.types.coroutine) {
        return Ok(true);
    }
    let answer = vm.call1(Library::of(vm).is_coroutine(vm)?.r(), o)?;
    vm.is_true(answer.r())
}

/// A future or task of the very classes of this module, whose methods need no lookup.
fn exact_future<'a>(vm: &Vm, o: Ref<'a>) -> Option<&'a PyFuture> {
    if o.is_exact::<PyFuture>(vm) || o.is_exact::<PyTask>(vm) {
        // SAFETY: tasks begin with a future.
        return Some(unsafe { o.downcast_unchecked::<PyFuture>() });
    }
    None
}

/// Sends None into a coroutine, or throws into it.
fn resume(vm: &Vm, coro: Ref<'_>, exc: Option<Py<PyBaseException>>) -> PyResult<SendResult> {
    let value = match exc {
        None => match coro.ty(vm).slots.am_send.get() {
            Some(send) => return send(vm, coro, vm.none()),
            None if coro.ty(vm).slots.iternext.get().is_some() => match vm.iter_next(coro) {
                Ok(Some(v)) => return Ok(SendResult::Yield(v)),
                Ok(None) => return Ok(SendResult::Return(Obj::none())),
                Err(e) => Err(e),
            },
            None => vm.call_method(coro, vm.names().send, &[vm.none()]),
        },
        Some(e) => vm.call_method(coro, vm.names().throw, &[e.r()]),
    };
    match value {
        Ok(v) => Ok(SendResult::Yield(v)),
        Err(e) if vm.raised_is(vm.types.stop_iteration) => {
            let stop = vm.take_raised(e);
            let value = stop.as_layout::<PyStopIteration>(vm).and_then(|s| peek(&s.value));
            Ok(SendResult::Return(value.unwrap_or_else(Obj::none)))
        }
        Err(e) => Err(e),
    }
}

/// A step the loop is to run.
#[repr(C)]
#[derive(Trace)]
pub struct PyStep {
    header: Header,
    task: Cell<Option<Py<PyTask>>>,
    exc: Cell<Option<Obj>>,
}

#[pyclass(layout = PyStep, name = "TaskStepMethWrapper", module = "_asyncio", own, flags(DISALLOW_INSTANTIATION))]
pub mod task_step {
    use super::*;

    #[pycall("TaskStepMethWrapper()", raw)]
    fn call(vm: &Vm, zelf: &PyStep, args: Args<'_>) -> PyResult<()> {
        if args.has_kw() {
            return Err(vm.type_error("function takes no keyword arguments"));
        }
        if !args.is_empty() {
            return Err(vm.type_error("function takes no positional arguments"));
        }
        let Some(task) = peek_py(&zelf.task) else { return Ok(()) };
        let exc = peek(&zelf.exc).and_then(|e| e.downcast::<PyBaseException>(vm).ok());
        task.step(vm, exc)
    }
    #[getter("__self__")]
    fn bound_to(zelf: &PyStep) -> Option<Obj> {
        peek_py(&zelf.task).map(Py::into_obj)
    }
}

/// What a task has called when a future is done.
#[repr(C)]
#[derive(Trace)]
pub struct PyWakeup {
    header: Header,
    task: Cell<Option<Py<PyTask>>>,
}

fn wakeup(vm: &Vm, task: &PyTask) -> Py<PyWakeup> {
    make(vm, PyWakeup { header: no_header(), task: Cell::new(Some(task.to_py())) })
}

#[pyclass(layout = PyWakeup, name = "TaskWakeupMethWrapper", module = "_asyncio", own, flags(DISALLOW_INSTANTIATION))]
pub mod task_wakeup {
    use super::*;

    #[pycall("TaskWakeupMethWrapper(future, /)")]
    fn call(vm: &Vm, zelf: &PyWakeup, future: Ref<'_>) -> PyResult<()> {
        match peek_py(&zelf.task) {
            Some(task) => task.wake(vm, future),
            None => Ok(()),
        }
    }
    #[getter("__self__")]
    fn bound_to(zelf: &PyWakeup) -> Option<Obj> {
        peek_py(&zelf.task).map(Py::into_obj)
    }
    #[getter("__name__")]
    fn name(_zelf: &PyWakeup) -> String {
        "task_wakeup".to_owned()
    }
    #[getter("__qualname__")]
    fn qualname(_zelf: &PyWakeup) -> String {
        "task_wakeup".to_owned()
    }
}
