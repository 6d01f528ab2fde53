//! Starting threads.

use std::os::unix::thread::JoinHandleExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use krait_object::prelude::*;
use krait_object::vm::Interp;

use super::handle::Shared;

/// Stack size of new threads in bytes unless `stack_size` says otherwise.
const DEFAULT_STACK: usize = 8 << 20;

/// Number of running threads and the stack size of new ones.
#[derive(Default)]
pub struct StartState {
    pub running: AtomicUsize,
    /// 0: the default.
    pub stack_size: AtomicUsize,
}

/// What a new thread runs.
struct Boot {
    interp: &'static Interp,
    func: Obj,
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
    shared: Arc<Shared>,
}

/// Carries the references over. They are used and dropped with the GIL held only.
struct Carrier(Boot);

// SAFETY: see above; the interpreter outlives all threads.
unsafe impl Send for Carrier {}

/// Starts a thread that calls `func(*args, **kwargs)`.
pub fn start(vm: &Vm, func: Ref<'_>, args: Py<PyTuple>, kwargs: Option<Py<PyDict>>, shared: Arc<Shared>) -> PyResult<()> {
    if vm.interp.gil.is_stopping() || vm.interp.finalizing.get() {
        let ty = vm.types.python_finalization_error;
        return Err(vm.raise_msg(ty, "can't create new thread at interpreter shutdown"));
    }
    if vm.interp.threads.hooks().is_none() {
        return Err(vm.runtime_error("can't start new thread"));
    }
    let state = vm.interp.state::<StartState>();
    let size = match state.stack_size.load(Ordering::Relaxed) {
        0 => DEFAULT_STACK,
        n => n,
    };
    let boot = Boot { interp: vm.interp, func: func.to_obj(), args, kwargs, shared: shared.clone() };
    let carrier = Carrier(boot);
    shared.started.store(true, Ordering::Release);
    state.running.fetch_add(1, Ordering::Relaxed);
    let spawned = std::thread::Builder::new().stack_size(size).spawn(move || {
        let carrier = carrier;
        run(carrier.0);
    });
    match spawned {
        Ok(h) => {
            // The thread stores it too; whoever comes first, the value is the same.
            shared.ident.store(h.as_pthread_t(), Ordering::Release);
            Ok(())
        }
        Err(_) => {
            state.running.fetch_sub(1, Ordering::Relaxed);
            shared.started.store(false, Ordering::Release);
            Err(vm.runtime_error("can't start new thread"))
        }
    }
}

/// The life of a thread.
fn run(boot: Boot) {
    let (interp, shared) = (boot.interp, boot.shared.clone());
    shared.ident.store(krait_object::threads::current_thread_id(), Ordering::Release);
    let Some(hooks) = interp.threads.hooks() else { return std::mem::forget(boot) };
    let Some(vm) = (hooks.enter)(interp) else {
        // Without the GIL the references cannot be dropped.
        std::mem::forget(boot);
        return shared.finish();
    };
    let result = vm.call_ex(boot.func.r(), &boot.args, boot.kwargs.as_deref());
    match result {
        Ok(r) => drop(r),
        Err(e) => report(vm, e, boot.func.r()),
    }
    drop(boot);
    interp.state::<StartState>().running.fetch_sub(1, Ordering::Relaxed);
    (hooks.leave)(vm);
    shared.finish();
}

/// Prints the exception that ended a thread; SystemExit ends it quietly.
fn report(vm: &Vm, e: krait_object::error::Raised, func: Ref<'_>) {
    if vm.raised_is(vm.types.system_exit) {
        drop(vm.take_raised(e));
        return;
    }
    let exc = vm.take_raised(e);
    let name = match vm.repr_text(func) {
        Ok(s) => s,
        Err(inner) => {
            drop(vm.take_raised(inner));
            format!("<{} object>", func.ty(vm).tp_name())
        }
    };
    let e = vm.raise_as_is(exc);
    vm.unraisable(e, &format!("Exception ignored in thread started by {name}"), None);
}
