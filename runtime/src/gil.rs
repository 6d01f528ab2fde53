//! Threads and safepoints of the interpreter.
//!
//! Life of the main thread (see `lifecycle.rs`): make the `Vm`, set `is_main`, call
//! [`init_main`], which registers it and takes the GIL; at the end call [`stop_other_threads`]
//! before objects are torn down. [`hooks`] gives the functions for
//! [`Hooks`](krait_object::vm::Hooks). Other threads are started by `_thread` through
//! [`ThreadHooks`](krait_object::threads::ThreadHooks), which [`init_main`] installs.
//!
//! Around `fork`: `let guard = krait_object::threads::ForkGuard::new(vm)`, then the system call,
//! then `guard.child(vm)` in the child and `drop(guard)` in the parent, then Python's
//! `register_at_fork` callbacks.

use std::sync::atomic::Ordering;

use krait_object::error::PyResult;
use krait_object::gc;
use krait_object::limbo;
use krait_object::threads::{ThreadHooks, current_thread_id, raise_async, stack_limit};
use krait_object::vm::{Interp, Vm, breaker};

use crate::interp::frames;

/// Registers the main thread and gives it the GIL. Its frames and registers are set up here too.
/// False without memory.
pub fn init_main(vm: &'static Vm) -> bool {
    vm.is_main.set(true);
    let t = &vm.interp.threads;
    t.set_hooks(ThreadHooks { enter, leave });
    if !attach(vm) {
        return false;
    }
    vm.interp.gil.acquire(vm);
    true
}

/// Sets up the calling thread's stacks, makes `vm` its state and registers it.
fn attach(vm: &'static Vm) -> bool {
    if !frames::init_thread(vm) {
        return false;
    }
    vm.stack_limit.set(stack_limit());
    vm.thread_id.set(current_thread_id());
    vm.install();
    vm.interp.threads.register(vm);
    true
}

/// Makes a state for the calling OS thread and takes the GIL.
fn enter(interp: &'static Interp) -> Option<&'static Vm> {
    let vm: &'static Vm = Box::leak(Box::new(Vm::new(interp)));
    if !attach(vm) {
        // SAFETY: leaked right above and not registered.
        drop(unsafe { Box::from_raw(vm as *const Vm as *mut Vm) });
        return None;
    }
    interp.gil.acquire(vm);
    crate::interp::events::set_bits(vm, crate::tracing::monitor_bit(vm));
    crate::compiler::init_thread(vm);
    Some(vm)
}

/// Ends the calling thread's state.
fn leave(vm: &'static Vm) {
    drop(vm.pending.take());
    drop(vm.handled.take());
    drop(vm.context.take());
    drop(vm.running_task.take());
    drop(vm.running_loop.take());
    vm.interp.threads.run_thread_exit(vm);
    crate::sys::trace::forget_thread(vm);
    crate::generators::async_generator::AsyncGenHooks::forget(vm);
    drop(vm.interp.threads.take_async_exc(vm));
    // Unregistered with the GIL held: others may be walking the states.
    vm.interp.threads.unregister(vm);
    vm.interp.gil.release(vm);
    vm.uninstall();
    frames::free_thread(vm);
    // SAFETY: leaked by `enter`; the thread is no longer registered and holds no lock, so nothing
    // refers to the state.
    drop(unsafe { Box::from_raw(vm as *const Vm as *mut Vm) });
}

/// From here on other threads stop for good when they next ask for the GIL.
pub fn stop_other_threads(vm: &Vm) {
    vm.interp.gil.stop_others();
}

/// [`Hooks::gil_release`](krait_object::vm::Hooks).
pub fn release(vm: &Vm) {
    vm.interp.gil.release(vm);
}

/// [`Hooks::gil_acquire`](krait_object::vm::Hooks).
pub fn acquire(vm: &Vm) {
    vm.interp.gil.acquire(vm);
}

/// [`Hooks::safepoint`](krait_object::vm::Hooks): does what the eval breaker asks for.
#[cold]
pub fn safepoint(vm: &Vm) -> PyResult<()> {
    let bits = vm.eval_breaker.load(Ordering::Relaxed);
    if bits & breaker::GIL_DROP != 0 {
        vm.interp.gil.yield_to_others(vm);
    }
    if bits & breaker::INVALIDATED != 0 {
        // Compiled code was left to come here; its trees know that they are invalid.
        vm.eval_breaker.fetch_and(!breaker::INVALIDATED, Ordering::Relaxed);
    }
    if bits & breaker::SIGNALS != 0 {
        run_signals(vm)?;
    }
    if bits & breaker::GC != 0 {
        gc::collect_if_due(vm);
    }
    if bits & breaker::PENDING_CALLS != 0 {
        vm.interp.threads.run_pending_calls(vm)?;
    }
    if bits & breaker::ASYNC_EXC != 0 {
        raise_async(vm)?;
    }
    Ok(())
}

/// [`safepoint`] between two instructions. After a collection, what awaited a quiet moment is freed.
#[cold]
pub fn loop_safepoint(vm: &Vm) -> PyResult<()> {
    let collects = vm.eval_breaker.load(Ordering::Relaxed) & breaker::GC != 0;
    let r = safepoint(vm);
    if collects && limbo::is_quiet(vm) {
        limbo::release(vm);
    }
    r
}

/// The bit is taken off first: a signal that arrives while handlers run sets it again.
fn run_signals(vm: &Vm) -> PyResult<()> {
    vm.eval_breaker.fetch_and(!breaker::SIGNALS, Ordering::Relaxed);
    match vm.interp.threads.run_signals.get() {
        Some(run) => run(vm),
        None => Ok(()),
    }
}
