//! `_asyncio`: futures and tasks, and which loop and task run.

mod future;
mod future_class;
mod iter;
mod registry;
mod state;
mod task;
mod task_class;

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::set::PySet;

use future::{PyFuture, loop_of};
use registry::Ring;
use state::Library;
use task::PyTask;

fn call_on_set(vm: &Vm, set: &Obj, method: &str, task: Ref<'_>) -> PyResult<()> {
    vm.call_method_str(set.r(), method, &[task]).map(drop)
}

/// Accelerator module for asyncio
#[pymodule(name = "_asyncio", classes = [future_class::future, task_class::task])]
pub mod asyncio {
    use super::*;

    /// Return the running event loop or None.
    ///
    /// This is a low-level function intended to be used by event loops.
    /// This function is thread-specific.
    #[pyfunction("_get_running_loop()")]
    fn _get_running_loop(vm: &Vm) -> Option<Obj> {
        state::running_loop(vm)
    }
    /// Set the running event loop.
    ///
    /// This is a low-level function intended to be used by event loops.
    /// This function is thread-specific.
    #[pyfunction("_set_running_loop(loop, /)")]
    fn _set_running_loop(vm: &Vm, event_loop: Option<Ref<'_>>) {
        drop(vm.running_loop.replace(event_loop.map(|l| l.to_obj())));
    }
    /// Return an asyncio event loop.
    ///
    /// When called from a coroutine or a callback (e.g. scheduled with
    /// call_soon or similar API), this function will always return the
    /// running event loop.
    ///
    /// If there is no running event loop set, the function will return
    /// the result of `get_event_loop_policy().get_event_loop()` call.
    #[pyfunction("get_event_loop()")]
    fn get_event_loop(vm: &Vm) -> PyResult<Obj> {
        state::event_loop(vm)
    }
    /// Return the running event loop.  Raise a RuntimeError if there is none.
    ///
    /// This function is thread-specific.
    #[pyfunction("get_running_loop()")]
    fn get_running_loop(vm: &Vm) -> PyResult<Obj> {
        state::running_loop(vm).ok_or_else(|| vm.runtime_error("no running event loop"))
    }
    /// Register a new task in asyncio as executed by loop.
    ///
    /// Returns None.
    #[pyfunction("_register_task(task)")]
    fn _register_task(vm: &Vm, task: Ref<'_>) -> PyResult<()> {
        match task.downcast::<PyTask>(vm) {
            Some(t) => {
                task::register(vm, t);
                Ok(())
            }
            None => call_on_set(vm, Library::of(vm).foreign_tasks(vm)?, "add", task),
        }
    }
    /// Register a new task in asyncio as executed by loop.
    ///
    /// Returns None.
    #[pyfunction("_register_eager_task(task)")]
    fn _register_eager_task(vm: &Vm, task: Ref<'_>) -> PyResult<()> {
        match task.downcast::<PyTask>(vm) {
            Some(t) => {
                task::register(vm, t);
                Ok(())
            }
            None => call_on_set(vm, Library::of(vm).eager_tasks(vm), "add", task),
        }
    }
    /// Unregister a task.
    ///
    /// Returns None.
    #[pyfunction("_unregister_task(task)")]
    fn _unregister_task(vm: &Vm, task: Ref<'_>) -> PyResult<()> {
        match task.downcast::<PyTask>(vm) {
            Some(t) => {
                t.link.remove();
                Ok(())
            }
            None => call_on_set(vm, Library::of(vm).foreign_tasks(vm)?, "discard", task),
        }
    }
    /// Unregister a task.
    ///
    /// Returns None.
    #[pyfunction("_unregister_eager_task(task)")]
    fn _unregister_eager_task(vm: &Vm, task: Ref<'_>) -> PyResult<()> {
        match task.downcast::<PyTask>(vm) {
            Some(t) => {
                t.link.remove();
                Ok(())
            }
            None => call_on_set(vm, Library::of(vm).eager_tasks(vm), "discard", task),
        }
    }
    /// Enter into task execution or resume suspended task.
    ///
    /// Task belongs to loop.
    ///
    /// Returns None.
    #[pyfunction("_enter_task(loop, task)")]
    fn _enter_task(vm: &Vm, event_loop: Ref<'_>, task: Ref<'_>) -> PyResult<()> {
        state::enter_task(vm, event_loop, task)
    }
    /// Leave task execution or suspend a task.
    ///
    /// Task belongs to loop.
    ///
    /// Returns None.
    #[pyfunction("_leave_task(loop, task)")]
    fn _leave_task(vm: &Vm, event_loop: Ref<'_>, task: Ref<'_>) -> PyResult<()> {
        state::leave_task(vm, event_loop, task)
    }
    /// Temporarily swap in the supplied task and return the original one (or None).
    ///
    /// This is intended for use during eager coroutine execution.
    #[pyfunction("_swap_current_task(loop, task)")]
    fn _swap_current_task(vm: &Vm, event_loop: Ref<'_>, task: Ref<'_>) -> PyResult<Obj> {
        state::swap_task(vm, event_loop, task)
    }
    /// Return a currently executed task.
    #[pyfunction("current_task(loop=None)")]
    fn current_task(vm: &Vm, event_loop: Option<Ref<'_>>) -> PyResult<Obj> {
        let running;
        let event_loop = match event_loop {
            Some(l) => l,
            None => {
                running = get_running_loop(vm)?;
                running.r()
            }
        };
        Ok(state::current_task(vm, event_loop))
    }
    /// Return a set of all tasks for the loop.
    #[pyfunction("all_tasks(loop=None)")]
    fn all_tasks(vm: &Vm, event_loop: Option<Ref<'_>>) -> PyResult<Obj> {
        let event_loop = match event_loop {
            Some(l) => l.to_obj(),
            None => get_running_loop(vm)?,
        };
        let lib = Library::of(vm);
        let mut found = vm.collect(lib.eager_tasks(vm).r())?;
        vm.interp.state::<Ring>().for_each(|t| found.push(t.to_obj()));
        found.extend(vm.collect(lib.foreign_tasks(vm)?.r())?);
        let out = PySet::new(vm);
        for t in found {
            let done = match t.r().downcast::<PyTask>(vm) {
                Some(own) => !own.future.is_pending(),
                None => {
                    let done = vm.call_method(t.r(), lib.names(vm).done, &[])?;
                    vm.is_true(done.r())?
                }
            };
            if !done && loop_of(vm, t.r())?.r().ptr_eq(event_loop.r()) {
                out.add(vm, t.r())?;
            }
        }
        Ok(out.into_obj())
    }
    /// Record that `fut` is awaited on by `waiter`.
    #[pyfunction("future_add_to_awaited_by(fut, waiter, /)")]
    fn future_add_to_awaited_by(vm: &Vm, fut: Ref<'_>, waiter: Ref<'_>) -> PyResult<()> {
        match (fut.downcast::<PyFuture>(vm), waiter.downcast::<PyFuture>(vm)) {
            (Some(f), Some(w)) => f.add_awaited_by(vm, w.r()),
            _ => Ok(()),
        }
    }
    #[pyfunction("future_discard_from_awaited_by(fut, waiter, /)")]
    fn future_discard_from_awaited_by(vm: &Vm, fut: Ref<'_>, waiter: Ref<'_>) -> PyResult<()> {
        match (fut.downcast::<PyFuture>(vm), waiter.downcast::<PyFuture>(vm)) {
            (Some(f), Some(w)) => f.discard_awaited_by(vm, w.r()),
            _ => Ok(()),
        }
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        krait_object::threads::on_fork_child(vm, state::after_fork);
        let lib = Library::of(vm);
        let tasks = lib.foreign_tasks(vm)?.clone();
        module.add(vm, "_scheduled_tasks", tasks)?;
        module.add(vm, "_eager_tasks", lib.eager_tasks(vm).clone())
    }
}
