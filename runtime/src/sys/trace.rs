//! Trace and profile functions of threads. What calls them is `tracing.rs`.

use std::cell::RefCell;
use std::collections::HashMap;

use krait_macros::pymodule;
use krait_object::prelude::*;

/// The functions set in one thread.
#[derive(Default, Clone)]
pub struct ThreadTracing {
    pub trace: Option<Obj>,
    pub profile: Option<Obj>,
}

/// The functions of all threads, by thread id.
#[derive(Default)]
pub struct TracingState {
    threads: RefCell<HashMap<u64, ThreadTracing>>,
}

/// The functions set in a thread.
pub fn of_thread(vm: &Vm, thread: u64) -> ThreadTracing {
    vm.interp.state::<TracingState>().threads.borrow().get(&thread).cloned().unwrap_or_default()
}

/// Changes the functions of a thread and tells the interpreter.
#[must_use = "dropping the old function may run Python code"]
fn change(vm: &Vm, of: &Vm, f: impl FnOnce(&mut ThreadTracing) -> Option<Obj>) -> Option<Obj> {
    let state = vm.interp.state::<TracingState>();
    let (old, now) = {
        let mut threads = state.threads.borrow_mut();
        let entry = threads.entry(of.thread_id.get()).or_default();
        (f(entry), entry.clone())
    };
    crate::tracing::functions_changed(of, &now);
    old
}

/// Sets or removes the trace function of a thread; returns the old one.
pub fn set_trace(vm: &Vm, of: &Vm, f: Option<Obj>) -> Option<Obj> {
    change(vm, of, |t| std::mem::replace(&mut t.trace, f))
}

/// Sets or removes the profile function of a thread; returns the old one.
pub fn set_profile(vm: &Vm, of: &Vm, f: Option<Obj>) -> Option<Obj> {
    change(vm, of, |t| std::mem::replace(&mut t.profile, f))
}

/// Changes all threads. The old functions go once no thread is being looked at any more.
fn change_all(vm: &Vm, set: impl Fn(&Vm, &Vm) -> Option<Obj>) {
    let mut old = Vec::new();
    vm.interp.threads.for_each(|t| old.extend(set(vm, t)));
    drop(old);
}

/// Forgets a thread that ended.
pub fn forget_thread(vm: &Vm) {
    let old = vm.interp.state::<TracingState>().threads.borrow_mut().remove(&vm.thread_id.get());
    drop(old);
}

fn function(f: Ref<'_>) -> Option<Obj> {
    (!f.is_none()).then(|| f.to_obj())
}

#[pymodule(name = "sys")]
pub mod part {
    use super::*;

    /// Set the global debug tracing function.
    ///
    /// It will be called on each function call.  See the debugger chapter
    /// in the library manual.
    #[pyfunction("settrace(function, /)")]
    fn settrace(vm: &Vm, f: Ref<'_>) -> PyResult<()> {
        vm.audit("sys.settrace", &[])?;
        drop(set_trace(vm, vm, function(f)));
        Ok(())
    }
    /// Return the global debug tracing function set with sys.settrace.
    ///
    /// See the debugger chapter in the library manual.
    #[pyfunction("gettrace()")]
    fn gettrace(vm: &Vm) -> Option<Obj> {
        of_thread(vm, vm.thread_id.get()).trace
    }
    /// Set the profiling function.
    ///
    /// It will be called on each function call and return.  See the profiler
    /// chapter in the library manual.
    #[pyfunction("setprofile(function, /)")]
    fn setprofile(vm: &Vm, f: Ref<'_>) -> PyResult<()> {
        vm.audit("sys.setprofile", &[])?;
        drop(set_profile(vm, vm, function(f)));
        Ok(())
    }
    /// Return the profiling function set with sys.setprofile.
    ///
    /// See the profiler chapter in the library manual.
    #[pyfunction("getprofile()")]
    fn getprofile(vm: &Vm) -> Option<Obj> {
        of_thread(vm, vm.thread_id.get()).profile
    }
    /// Set the global debug tracing function in all running threads belonging to the current interpreter.
    ///
    /// It will be called on each function call. See the debugger chapter
    /// in the library manual.
    #[pyfunction("_settraceallthreads(function, /)")]
    fn settraceallthreads(vm: &Vm, f: Ref<'_>) {
        change_all(vm, |vm, t| set_trace(vm, t, function(f)));
    }
    /// Set the profiling function in all running threads belonging to the current interpreter.
    ///
    /// It will be called on each function call and return.  See the profiler
    /// chapter in the library manual.
    #[pyfunction("_setprofileallthreads(function, /)")]
    fn setprofileallthreads(vm: &Vm, f: Ref<'_>) {
        change_all(vm, |vm, t| set_profile(vm, t, function(f)));
    }
    /// Call func(*args), while tracing is enabled.
    ///
    /// The tracing state is saved, and restored afterwards.  This is intended
    /// to be called from a debugger from a checkpoint, to recursively debug
    /// some other code.
    #[pyfunction("call_tracing(func, args, /)")]
    fn call_tracing(vm: &Vm, func: Ref<'_>, args: &PyTuple) -> PyResult<Obj> {
        crate::tracing::call_traced(vm, func, args)
    }
}
