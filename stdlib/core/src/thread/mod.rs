//! `_thread`.

mod excepthook;
mod handle;
mod local;
mod lock;
mod sem;
mod start;
mod wait;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::threads::current_thread_id;
use krait_types::structseq::struct_type;

pub use sem::Semaphore;
pub use wait::{Timeout, duration, seconds_arg, take};

use handle::{NonDaemons, PyThreadHandle, Shared};
use lock::PyLock;
use start::StartState;

/// This module provides primitive operations to write multi-threaded programs.
/// The 'threading' module provides a more convenient interface.
#[pymodule(name = "_thread", classes = [lock::lock, lock::rlock, local::local, handle::thread_handle])]
pub mod thread {
    use super::*;

    #[pyattr]
    const TIMEOUT_MAX: f64 = wait::TIMEOUT_MAX;

    /// Start a new thread and return its identifier.
    ///
    /// The thread will call the function with positional arguments from the
    /// tuple args and keyword arguments taken from the optional dictionary
    /// kwargs.  The thread exits when the function returns; the return value
    /// is ignored.  The thread will also exit when the function raises an
    /// unhandled exception; a stack trace will be printed unless the exception
    /// is SystemExit.
    #[pyfunction("start_new_thread(function, args, kwargs=<unrepresentable>, /)")]
    fn start_new_thread(vm: &Vm, function: Ref<'_>, args: Ref<'_>, kwargs: OptArg<Ref<'_>>) -> PyResult<u64> {
        if !vm.is_callable(function) {
            return Err(vm.type_error("first arg must be callable"));
        }
        let Some(args) = args.downcast::<PyTuple>(vm) else {
            return Err(vm.type_error("2nd arg must be a tuple"));
        };
        let kwargs = match kwargs.given() {
            None => None,
            Some(k) => match k.downcast::<PyDict>(vm) {
                Some(d) => Some(d.copy(vm)?),
                None => return Err(vm.type_error("optional 3rd arg must be a dictionary")),
            },
        };
        vm.audit("_thread.start_new_thread", &[function, args.r(), vm.none()])?;
        let shared = Shared::new();
        start::start(vm, function, vm.to_tuple(args.r())?, kwargs, shared.clone())?;
        Ok(shared.ident.load(Ordering::Acquire))
    }
    /// An obsolete synonym of start_new_thread().
    #[pyfunction("start_new(function, args, kwargs=<unrepresentable>, /)")]
    fn start_new(vm: &Vm, function: Ref<'_>, args: Ref<'_>, kwargs: OptArg<Ref<'_>>) -> PyResult<u64> {
        start_new_thread(vm, function, args, kwargs)
    }
    /// *For internal use only*: start a new thread.
    ///
    /// Like start_new_thread(), this starts a new thread calling the given function.
    /// Unlike start_new_thread(), this returns a handle object with methods to join
    /// or detach the given thread.
    /// This function is not for third-party code, please use the
    /// `threading` module instead. During finalization the runtime will not wait for
    /// the thread to exit if daemon is True. If handle is provided it must be a
    /// newly created thread._ThreadHandle instance.
    #[pyfunction("start_joinable_thread(function, handle=None, daemon=True)")]
    fn start_joinable_thread(vm: &Vm, function: Ref<'_>, handle: Option<Ref<'_>>, daemon: bool) -> PyResult<Obj> {
        if !vm.is_callable(function) {
            return Err(vm.type_error("thread function must be callable"));
        }
        let handle = match handle {
            None => PyThreadHandle::create(vm, Shared::new()),
            Some(h) => match h.downcast_exact::<PyThreadHandle>(vm) {
                Some(t) if t.used.replace(true) => return Err(vm.runtime_error("thread already started")),
                Some(t) => t.to_obj(),
                None => return Err(vm.type_error("'handle' must be a _ThreadHandle")),
            },
        };
        vm.audit("_thread.start_joinable_thread", &[function, Obj::bool(daemon).r(), handle.r()])?;
        let Some(h) = handle.r().downcast::<PyThreadHandle>(vm) else { return Ok(handle) };
        let shared = h.shared.clone();
        if !daemon {
            let mut all = vm.interp.state::<NonDaemons>().0.borrow_mut();
            all.retain(|s| !s.is_done());
            all.push(shared.clone());
        }
        let started = start::start(vm, function, PyTuple::new(vm, Vec::new()), None, shared.clone());
        if let Err(e) = started {
            h.used.set(false);
            vm.interp.state::<NonDaemons>().0.borrow_mut().retain(|s| !Arc::ptr_eq(s, &shared));
            return Err(e);
        }
        Ok(handle)
    }
    /// Return True if daemon threads are allowed in the current interpreter,
    /// and False otherwise.
    ///
    #[pyfunction("daemon_threads_allowed()")]
    fn daemon_threads_allowed() -> bool {
        true
    }
    /// Create a new lock object. See help(type(threading.Lock())) for
    /// information about locks.
    #[pyfunction("allocate_lock()")]
    fn allocate_lock(vm: &Vm) -> Obj {
        PyLock::create(vm)
    }
    /// An obsolete synonym of allocate_lock().
    #[pyfunction("allocate()")]
    fn allocate(vm: &Vm) -> Obj {
        PyLock::create(vm)
    }
    /// This is synonymous to ``raise SystemExit''.  It will cause the current
    /// thread to exit silently unless the exception is caught.
    #[pyfunction("exit()")]
    fn exit(vm: &Vm) -> PyResult<()> {
        Err(vm.raise_with(vm.types.system_exit, vec![]))
    }
    /// An obsolete synonym of exit().
    #[pyfunction("exit_thread()")]
    fn exit_thread(vm: &Vm) -> PyResult<()> {
        exit(vm)
    }
    /// Simulate the arrival of the given signal in the main thread,
    /// where the corresponding signal handler will be executed.
    /// If *signum* is omitted, SIGINT is assumed.
    /// A subthread can use this function to interrupt the main thread.
    ///
    /// Note: the default signal handler for SIGINT raises ``KeyboardInterrupt``.
    #[pyfunction("interrupt_main(signum=<unrepresentable>, /)")]
    fn interrupt_main(vm: &Vm, signum: OptArg<i32>) -> PyResult<()> {
        let signum = signum.unwrap_or(libc::SIGINT);
        if !(1..65).contains(&signum) {
            return Err(vm.value_error("signal number out of range"));
        }
        let mut main = 0;
        vm.interp.threads.for_each(|t| {
            if t.is_main.get() {
                main = t.thread_id.get();
            }
        });
        // SAFETY: plain queries; the main thread runs as long as the process does.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            let known = libc::sigaction(signum, std::ptr::null(), &raw mut action) == 0;
            // As in CPython, nothing happens without a handler.
            if known && action.sa_sigaction != libc::SIG_DFL && action.sa_sigaction != libc::SIG_IGN && main != 0 {
                libc::pthread_kill(main as libc::pthread_t, signum);
            }
        }
        vm.poll()
    }
    /// Return a non-zero integer that uniquely identifies the current thread
    /// amongst other threads that exist simultaneously.
    /// This may be used to identify per-thread resources.
    /// Even though on some platforms threads identities may appear to be
    /// allocated consecutive numbers starting at 1, this behavior should not
    /// be relied upon, and the number should be seen purely as a magic cookie.
    /// A thread's identity may be reused for another thread after it exits.
    #[pyfunction("get_ident()")]
    fn get_ident() -> u64 {
        current_thread_id()
    }
    /// Return a non-negative integer identifying the thread as reported
    /// by the OS (kernel). This may be used to uniquely identify a
    /// particular thread within a system.
    #[pyfunction("get_native_id()")]
    fn get_native_id() -> i64 {
        // SAFETY: a plain query.
        unsafe { libc::syscall(libc::SYS_gettid) }
    }
    /// Return the number of currently running Python threads, excluding
    /// the main thread. The returned number comprises all threads created
    /// through `start_new_thread()` as well as `threading.Thread`, and not
    /// yet finished.
    ///
    /// This function is meant for internal and specialized purposes only.
    /// In most applications `threading.enumerate()` should be used instead.
    #[pyfunction("_count()", name = "_count")]
    fn count(vm: &Vm) -> usize {
        vm.interp.state::<StartState>().running.load(Ordering::Relaxed)
    }
    /// Return the thread stack size used when creating new threads.  The
    /// optional size argument specifies the stack size (in bytes) to be used
    /// for subsequently created threads, and must be 0 (use platform or
    /// configured default) or a positive integer value of at least 32,768 (32k).
    /// If changing the thread stack size is unsupported, a ThreadError
    /// exception is raised.  If the specified size is invalid, a ValueError
    /// exception is raised, and the stack size is unmodified.  32k bytes
    ///  currently the minimum supported stack size value to guarantee
    /// sufficient stack space for the interpreter itself.
    ///
    /// Note that some platforms may have particular restrictions on values for
    /// the stack size, such as requiring a minimum stack size larger than 32 KiB or
    /// requiring allocation in multiples of the system memory page size
    /// - platform documentation should be referred to for more information
    /// (4 KiB pages are common; using multiples of 4096 for the stack size is
    /// the suggested approach in the absence of more specific information).
    #[pyfunction("stack_size(size=0, /)")]
    fn stack_size(vm: &Vm, size: isize) -> PyResult<usize> {
        if size < 0 {
            return Err(vm.value_error("size must be 0 or a positive value"));
        }
        if size > 0 && size < 32768 {
            return Err(vm.value_error(format!("size not valid: {size} bytes")));
        }
        Ok(vm.interp.state::<StartState>().stack_size.swap(size as usize, Ordering::Relaxed))
    }
    /// Handle uncaught Thread.run() exception.
    #[pyfunction("_excepthook(args, /)", name = "_excepthook")]
    fn excepthook(vm: &Vm, args: Ref<'_>) -> PyResult<()> {
        excepthook::excepthook(vm, args)
    }
    /// Internal only. Make a thread handle for threads not spawned
    /// by the _thread or threading module.
    #[pyfunction("_make_thread_handle(ident, /)", name = "_make_thread_handle")]
    fn make_thread_handle(vm: &Vm, ident: Ref<'_>) -> PyResult<Obj> {
        if ident.as_int(vm).is_none() {
            return Err(vm.type_error("ident must be an integer"));
        }
        let ident = ident.as_int(vm).and_then(|i| u64::try_from(i.to_big()).ok());
        let Some(ident) = ident else {
            return Err(vm.overflow_error("Python int too large to convert to C unsigned long"));
        };
        let shared = Shared::new();
        shared.ident.store(ident, Ordering::Release);
        shared.started.store(true, Ordering::Release);
        Ok(PyThreadHandle::create(vm, shared))
    }
    /// Internal only. Return a non-zero integer that uniquely identifies the main thread
    /// of the main interpreter.
    #[pyfunction("_get_main_thread_ident()", name = "_get_main_thread_ident")]
    fn get_main_thread_ident(vm: &Vm) -> u64 {
        let mut main = vm.thread_id.get();
        vm.interp.threads.for_each(|t| {
            if t.is_main.get() {
                main = t.thread_id.get();
            }
        });
        main
    }
    /// Return True if the current interpreter is the main Python interpreter.
    #[pyfunction("_is_main_interpreter()", name = "_is_main_interpreter")]
    fn is_main_interpreter() -> bool {
        true
    }
    /// Wait for all non-daemon threads (other than the calling thread) to stop.
    #[pyfunction("_shutdown()", name = "_shutdown")]
    fn shutdown(vm: &Vm) -> PyResult<()> {
        let me = current_thread_id();
        loop {
            let next = {
                let all = vm.interp.state::<NonDaemons>().0.borrow();
                all.iter().find(|s| !s.is_done() && s.ident.load(Ordering::Acquire) != me).cloned()
            };
            let Some(s) = next else { return Ok(()) };
            if let Err(e) = s.wait(vm, wait::Timeout::Forever) {
                vm.unraisable(e, "Exception ignored on threading shutdown", None);
                return Ok(());
            }
        }
    }
    /// Set the name of the current thread.
    #[pyfunction("set_name(name)")]
    fn set_name(name: &PyStr) {
        // Linux keeps 15 bytes.
        let mut text: Vec<u8> = name.to_string_lossy().into_bytes();
        text.truncate(15);
        text.push(0);
        // SAFETY: a NUL-terminated name for the calling thread.
        unsafe {
            libc::pthread_setname_np(libc::pthread_self(), text.as_ptr().cast());
        }
    }

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        module.add(vm, "error", vm.types.runtime_error.to_obj())?;
        module.add(vm, "LockType", PyLock::type_of(vm).to_obj())?;
        module.add(vm, "_ExceptHookArgs", struct_type(vm, &excepthook::EXCEPT_HOOK_ARGS)?.to_obj())?;
        krait_object::threads::on_fork_child(vm, after_fork);
        Ok(())
    }
}

/// In a forked child the other threads are gone.
fn after_fork(vm: &Vm) {
    vm.interp.state::<StartState>().running.store(0, Ordering::Relaxed);
    let me = current_thread_id();
    let all = std::mem::take(&mut *vm.interp.state::<NonDaemons>().0.borrow_mut());
    for s in all {
        if s.ident.load(Ordering::Acquire) != me {
            s.finish();
        }
    }
}
