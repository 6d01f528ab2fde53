//! What the module uses of the library's Python side, and the running loop and task of a thread.

use std::cell::{Cell, OnceCell};

use krait_object::exception::peek;
use krait_object::prelude::*;

/// Attributes of Python modules, looked up on first use: `asyncio` itself imports this module.
#[derive(Default)]
pub struct Library {
    cancelled_error: OnceCell<Obj>,
    invalid_state: OnceCell<Obj>,
    future_repr: OnceCell<Obj>,
    task_repr: OnceCell<Obj>,
    get_stack: OnceCell<Obj>,
    print_stack: OnceCell<Obj>,
    is_coroutine: OnceCell<Obj>,
    policy: OnceCell<Obj>,
    extract_stack: OnceCell<Obj>,
    weak_set: OnceCell<Obj>,
    eager_set: OnceCell<Obj>,
    names: OnceCell<Names>,
    /// The number of the latest unnamed task.
    pub task_number: Cell<u64>,
}

/// Interned strings.
pub struct Names {
    pub call_soon: &'static PyStr,
    pub get_debug: &'static PyStr,
    pub is_running: &'static PyStr,
    pub cancel: &'static PyStr,
    pub add_done_callback: &'static PyStr,
    pub blocking: &'static PyStr,
    pub get_loop: &'static PyStr,
    pub loop_: &'static PyStr,
    pub result: &'static PyStr,
    pub done: &'static PyStr,
    pub call_exception_handler: &'static PyStr,
    /// `("context",)`, names of keyword arguments.
    pub context: Py<PyTuple>,
    /// `("msg",)`.
    pub msg: Py<PyTuple>,
}

fn lookup<'a>(vm: &Vm, cell: &'a OnceCell<Obj>, module: &str, name: &str) -> PyResult<&'a Obj> {
    if let Some(o) = cell.get() {
        return Ok(o);
    }
    let module = (vm.interp.hooks().import)(vm, module)?;
    let o = vm.getattr_str(module.r(), name)?;
    Ok(cell.get_or_init(|| o))
}

fn class<'a>(vm: &Vm, cell: &'a OnceCell<Obj>, name: &str) -> PyResult<&'a PyType> {
    match lookup(vm, cell, "asyncio.exceptions", name)?.r().downcast::<PyType>(vm) {
        Some(t) => Ok(t),
        None => Err(vm.type_error(format!("asyncio.exceptions.{name} is not a class"))),
    }
}

impl Library {
    pub fn of(vm: &Vm) -> &'static Library {
        vm.interp.state()
    }
    pub fn names(&self, vm: &Vm) -> &Names {
        self.names.get_or_init(|| {
            let keyword = |n: &str| PyTuple::new(vm, vec![vm.intern(n).into_obj()]);
            Names {
                call_soon: vm.intern_static("call_soon"),
                get_debug: vm.intern_static("get_debug"),
                is_running: vm.intern_static("is_running"),
                cancel: vm.intern_static("cancel"),
                add_done_callback: vm.intern_static("add_done_callback"),
                blocking: vm.intern_static("_asyncio_future_blocking"),
                get_loop: vm.intern_static("get_loop"),
                loop_: vm.intern_static("_loop"),
                result: vm.intern_static("result"),
                done: vm.intern_static("done"),
                call_exception_handler: vm.intern_static("call_exception_handler"),
                context: keyword("context"),
                msg: keyword("msg"),
            }
        })
    }
    pub fn cancelled_error(&self, vm: &Vm) -> PyResult<&PyType> {
        class(vm, &self.cancelled_error, "CancelledError")
    }
    /// Raises InvalidStateError.
    pub fn invalid_state(&self, vm: &Vm, text: &str) -> Raised {
        match class(vm, &self.invalid_state, "InvalidStateError") {
            Ok(t) => vm.raise_msg(t, text),
            Err(e) => e,
        }
    }
    pub fn future_repr(&self, vm: &Vm) -> PyResult<&Obj> {
        lookup(vm, &self.future_repr, "asyncio.base_futures", "_future_repr")
    }
    pub fn task_repr(&self, vm: &Vm) -> PyResult<&Obj> {
        lookup(vm, &self.task_repr, "asyncio.base_tasks", "_task_repr")
    }
    pub fn get_stack(&self, vm: &Vm) -> PyResult<&Obj> {
        lookup(vm, &self.get_stack, "asyncio.base_tasks", "_task_get_stack")
    }
    pub fn print_stack(&self, vm: &Vm) -> PyResult<&Obj> {
        lookup(vm, &self.print_stack, "asyncio.base_tasks", "_task_print_stack")
    }
    pub fn is_coroutine(&self, vm: &Vm) -> PyResult<&Obj> {
        lookup(vm, &self.is_coroutine, "asyncio.coroutines", "iscoroutine")
    }
    /// `traceback.extract_stack`.
    pub fn extract_stack(&self, vm: &Vm) -> PyResult<&Obj> {
        lookup(vm, &self.extract_stack, "traceback", "extract_stack")
    }
    /// The weak set of the tasks that are not ours.
    pub fn foreign_tasks(&self, vm: &Vm) -> PyResult<&Obj> {
        if let Some(s) = self.weak_set.get() {
            return Ok(s);
        }
        let module = (vm.interp.hooks().import)(vm, "weakref")?;
        let s = vm.call0(vm.getattr_str(module.r(), "WeakSet")?.r())?;
        Ok(self.weak_set.get_or_init(|| s))
    }
    /// The set of foreign tasks that are in their eager first step.
    pub fn eager_tasks(&self, vm: &Vm) -> &Obj {
        self.eager_set.get_or_init(|| krait_object::set::PySet::new(vm).into_obj())
    }
}

/// The loop the calling thread runs.
#[inline]
pub fn running_loop(vm: &Vm) -> Option<Obj> {
    peek(&vm.running_loop)
}

/// The running loop, or what the event loop policy gives.
pub fn event_loop(vm: &Vm) -> PyResult<Obj> {
    if let Some(l) = running_loop(vm) {
        return Ok(l);
    }
    let get_policy = lookup(vm, &Library::of(vm).policy, "asyncio.events", "_get_event_loop_policy")?;
    let policy = vm.call0(get_policy.r())?;
    vm.call_method_str(policy.r(), "get_event_loop", &[])
}

fn check_loop(vm: &Vm, loop_: Ref<'_>) -> PyResult<()> {
    if running_loop(vm).is_some_and(|l| l.r().ptr_eq(loop_)) {
        return Ok(());
    }
    Err(vm.runtime_error(format!("loop {} is not the running loop", vm.repr_text(loop_)?)))
}

/// `task` begins a step.
pub fn enter_task(vm: &Vm, loop_: Ref<'_>, task: Ref<'_>) -> PyResult<()> {
    check_loop(vm, loop_)?;
    if let Some(other) = peek(&vm.running_task) {
        let text =
            format!("Cannot enter into task {} while another task {} is being executed.", vm.repr_text(task)?, vm.repr_text(other.r())?);
        return Err(vm.runtime_error(text));
    }
    vm.running_task.set(Some(task.to_obj()));
    Ok(())
}

/// `task` ends a step.
pub fn leave_task(vm: &Vm, loop_: Ref<'_>, task: Ref<'_>) -> PyResult<()> {
    check_loop(vm, loop_)?;
    let running = peek(&vm.running_task);
    if !running.as_ref().is_some_and(|t| t.r().ptr_eq(task)) {
        let other = running.unwrap_or_else(Obj::none);
        let text = format!("Invalid attempt to leave task {} while task {} is entered.", vm.repr_text(task)?, vm.repr_text(other.r())?);
        return Err(vm.runtime_error(text));
    }
    drop(vm.running_task.take());
    Ok(())
}

/// Makes `task` (or None) the running task. The one before, or None.
pub fn swap_task(vm: &Vm, loop_: Ref<'_>, task: Ref<'_>) -> PyResult<Obj> {
    check_loop(vm, loop_)?;
    let new = (!task.is_none()).then(|| task.to_obj());
    Ok(vm.running_task.replace(new).unwrap_or_else(Obj::none))
}

/// The task that runs in `loop_`, in whatever thread.
pub fn current_task(vm: &Vm, loop_: Ref<'_>) -> Obj {
    let mut found = None;
    vm.interp.threads.for_each(|t| {
        if found.is_none() && peek(&t.running_loop).is_some_and(|l| l.r().ptr_eq(loop_)) {
            found = peek(&t.running_task);
        }
    });
    found.unwrap_or_else(Obj::none)
}

/// A forked child runs no loop.
pub fn after_fork(vm: &Vm) {
    drop(vm.running_loop.take());
    drop(vm.running_task.take());
}
