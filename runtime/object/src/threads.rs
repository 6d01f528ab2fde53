//! The threads of an interpreter: registry, asynchronous requests, `fork`.
//!
//! The registry's own mutexes are leaves: nothing else is locked and no Python runs under them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::PyResult;
use crate::gil::GilFreeze;
use crate::obj::{Obj, Py};
use crate::vm::{Interp, Vm, breaker};

/// A call that another thread wants the main thread to make.
pub type PendingCall = Box<dyn FnOnce(&Vm) -> PyResult<()> + Send>;

/// How to make and end the state of a thread; installed by the crate that runs bytecode.
#[derive(Copy, Clone)]
pub struct ThreadHooks {
    /// On a new OS thread: makes its `Vm`, installs it and takes the GIL. `None` without memory.
    pub enter: fn(&'static Interp) -> Option<&'static Vm>,
    /// Clears the state, gives the GIL up for good and frees the `Vm`.
    pub leave: fn(&'static Vm),
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct VmPtr(*const Vm);

// SAFETY: followed only to the atomic eval breaker while the thread is registered, or with the
// GIL held.
unsafe impl Send for VmPtr {}

/// State about all threads of an interpreter.
#[derive(Default)]
pub struct Threads {
    all: Mutex<Vec<VmPtr>>,
    pending: Mutex<VecDeque<PendingCall>>,
    hooks: Cell<Option<ThreadHooks>>,
    /// Runs the Python handlers of signals that arrived; set by `_signal`.
    pub run_signals: Cell<Option<fn(&Vm) -> PyResult<()>>>,
    /// Run in a forked child, after the locks are in order; see [`on_fork_child`].
    fork_child: RefCell<Vec<fn(&Vm)>>,
    /// Exceptions to raise in threads, by thread id.
    async_exc: RefCell<Vec<(u64, Obj)>>,
    /// Called with the GIL when a thread ends, before its state is freed.
    at_exit: RefCell<Vec<fn(&Vm)>>,
}

/// The eval breaker of the main thread, for signal handlers. Signals belong to the process, so
/// this is the one thing that cannot hang off an interpreter.
static SIGNAL_BREAKER: AtomicPtr<AtomicU32> = AtomicPtr::new(std::ptr::null_mut());

/// Asks the main thread to run signal handlers. Async-signal-safe.
pub fn signal_arrived() {
    let p = SIGNAL_BREAKER.load(Ordering::Acquire);
    // SAFETY: null or the breaker of the main thread's state, which is never freed.
    if let Some(b) = unsafe { p.as_ref() } {
        b.fetch_or(breaker::SIGNALS, Ordering::Relaxed);
    }
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Threads {
    pub fn set_hooks(&self, hooks: ThreadHooks) {
        self.hooks.set(Some(hooks));
    }
    /// How to start threads; `None` where the embedder allows none.
    pub fn hooks(&self) -> Option<ThreadHooks> {
        self.hooks.get()
    }
    /// Adds a thread. The main thread's state must never be freed.
    pub fn register(&self, vm: &Vm) {
        lock(&self.all).push(VmPtr(vm));
        if vm.is_main.get() {
            let breaker: *const AtomicU32 = &vm.eval_breaker;
            SIGNAL_BREAKER.store(breaker as *mut AtomicU32, Ordering::Release);
        }
    }
    pub fn unregister(&self, vm: &Vm) {
        lock(&self.all).retain(|p| *p != VmPtr(vm));
    }
    /// Calls `f` with every thread's state. The caller holds the GIL; `f` runs no Python code.
    pub fn for_each(&self, mut f: impl FnMut(&Vm)) {
        for p in lock(&self.all).iter() {
            // SAFETY: registered states are alive, and no thread unregisters without the mutex.
            f(unsafe { &*p.0 });
        }
    }
    pub fn count(&self) -> usize {
        lock(&self.all).len()
    }
    /// Sets bits of the eval breaker of every thread, or of the main one only.
    pub fn request(&self, bits: u32, main_only: bool) {
        self.for_each(|vm| {
            if !main_only || vm.is_main.get() {
                vm.eval_breaker.fetch_or(bits, Ordering::Relaxed);
            }
        });
    }
    /// Has the main thread make a call soon. Needs no GIL.
    pub fn add_pending_call(&self, call: PendingCall) {
        lock(&self.pending).push_back(call);
        self.request(breaker::PENDING_CALLS, true);
    }
    /// Makes the pending calls. An error stops; the rest stays queued.
    pub fn run_pending_calls(&self, vm: &Vm) -> PyResult<()> {
        vm.eval_breaker.fetch_and(!breaker::PENDING_CALLS, Ordering::Relaxed);
        loop {
            let next = lock(&self.pending).pop_front();
            let Some(call) = next else { return Ok(()) };
            if let Err(e) = call(vm) {
                if !lock(&self.pending).is_empty() {
                    vm.eval_breaker.fetch_or(breaker::PENDING_CALLS, Ordering::Relaxed);
                }
                return Err(e);
            }
        }
    }
    /// Has the thread raise an exception (a class or instance) at its next safepoint; `None` takes
    /// the request back. Returns the number of threads with that id.
    pub fn set_async_exc(&self, thread_id: u64, exc: Option<Obj>) -> usize {
        let old: Vec<(u64, Obj)> = {
            let mut all = self.async_exc.borrow_mut();
            let (gone, kept) = all.drain(..).partition(|(id, _)| *id == thread_id);
            *all = kept;
            gone
        };
        drop(old);
        let mut found = 0;
        let wanted = exc.is_some();
        self.for_each(|vm| {
            if vm.thread_id.get() == thread_id {
                found += 1;
                if wanted {
                    vm.eval_breaker.fetch_or(breaker::ASYNC_EXC, Ordering::Relaxed);
                }
            }
        });
        if let (Some(e), true) = (exc, found > 0) {
            self.async_exc.borrow_mut().push((thread_id, e));
        }
        found
    }
    /// The exception another thread asked this one to raise.
    pub fn take_async_exc(&self, vm: &Vm) -> Option<Obj> {
        vm.eval_breaker.fetch_and(!breaker::ASYNC_EXC, Ordering::Relaxed);
        let id = vm.thread_id.get();
        let mut all = self.async_exc.borrow_mut();
        let i = all.iter().position(|(t, _)| *t == id)?;
        Some(all.remove(i).1)
    }
    /// Registers a function that drops per-thread data when a thread ends.
    pub fn on_thread_exit(&self, f: fn(&Vm)) {
        let mut all = self.at_exit.borrow_mut();
        if !all.iter().any(|g| std::ptr::fn_addr_eq(*g, f)) {
            all.push(f);
        }
    }
    /// Runs what [`on_thread_exit`](Self::on_thread_exit) registered.
    pub fn run_thread_exit(&self, vm: &Vm) {
        let all = self.at_exit.borrow().clone();
        for f in all {
            f(vm);
        }
    }
}

/// Registers a function that puts native state in order in forked children (locks held by
/// threads that are gone, caches of process ids).
pub fn on_fork_child(vm: &Vm, f: fn(&Vm)) {
    let mut all = vm.interp.threads.fork_child.borrow_mut();
    if !all.iter().any(|g| std::ptr::fn_addr_eq(*g, f)) {
        all.push(f);
    }
}

/// Locks held over a `fork`. Take it right before the system call, with the GIL held; then drop
/// it in the parent and call [`child`](Self::child) in the child.
pub struct ForkGuard<'a> {
    gil: GilFreeze<'a>,
    all: MutexGuard<'a, Vec<VmPtr>>,
    pending: MutexGuard<'a, VecDeque<PendingCall>>,
}

impl<'a> ForkGuard<'a> {
    pub fn new(vm: &'a Vm) -> ForkGuard<'a> {
        let t = &vm.interp.threads;
        ForkGuard { all: lock(&t.all), pending: lock(&t.pending), gil: vm.interp.gil.freeze() }
    }
    /// In the child: only the calling thread is left, and it is the main thread now. The states of
    /// the others are leaked: objects they refer to may never be destroyed.
    pub fn child(mut self, vm: &Vm) {
        vm.is_main.set(true);
        self.all.retain(|p| *p == VmPtr(vm));
        self.pending.clear();
        self.gil.keep_only(vm);
        let breaker: *const AtomicU32 = &vm.eval_breaker;
        SIGNAL_BREAKER.store(breaker as *mut AtomicU32, Ordering::Release);
        drop(self);
        let hooks = vm.interp.threads.fork_child.borrow().clone();
        for f in hooks {
            f(vm);
        }
    }
}

/// Raises the exception another thread asked for, if any.
pub fn raise_async(vm: &Vm) -> PyResult<()> {
    let Some(exc) = vm.interp.threads.take_async_exc(vm) else { return Ok(()) };
    if crate::exception::is_exception_class(vm, exc.r()) {
        let made = vm.call0(exc.r())?;
        return raise_object(vm, made);
    }
    raise_object(vm, exc)
}

fn raise_object(vm: &Vm, exc: Obj) -> PyResult<()> {
    match exc.downcast::<crate::exception::PyBaseException>(vm) {
        Ok(e) => {
            let e: Py<crate::exception::PyBaseException> = e;
            Err(vm.raise(e))
        }
        Err(o) => Err(vm.type_error(format!("exceptions must derive from BaseException, not {}", o.r().ty(vm).tp_name()))),
    }
}

/// The lowest address the calling thread's stack may be used down to: its end plus room for
/// native code that does not check.
pub fn stack_limit() -> usize {
    const MARGIN: usize = 256 << 10;
    const UNKNOWN: usize = 1 << 20;
    let here = crate::vm::stack_pointer();
    // SAFETY: plain queries about the calling thread; the attributes are destroyed after use.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &raw mut attr) != 0 {
            return here.saturating_sub(UNKNOWN - MARGIN);
        }
        let (mut base, mut size) = (std::ptr::null_mut(), 0usize);
        let r = libc::pthread_attr_getstack(&raw const attr, &raw mut base, &raw mut size);
        libc::pthread_attr_destroy(&raw mut attr);
        if r != 0 || size == 0 {
            return here.saturating_sub(UNKNOWN - MARGIN);
        }
        // An unlimited stack is not usable to its nominal end.
        let usable = (here - base as usize).min(64 << 20);
        here - usable + MARGIN.min(usable / 2)
    }
}

/// The id of the calling thread, as `_thread.get_ident()` gives it.
pub fn current_thread_id() -> u64 {
    // SAFETY: a plain query.
    unsafe { libc::pthread_self() as u64 }
}
