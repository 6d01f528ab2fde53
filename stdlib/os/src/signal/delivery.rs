//! From the C handler to the Python handler.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use krait_object::prelude::*;

use crate::util::errno;

/// One more than the largest signal number.
pub const NSIG: usize = 65;

/// Signals that arrived and have not been handled.
static TRIPPED: [AtomicBool; NSIG] = [const { AtomicBool::new(false) }; NSIG];
static ANY_TRIPPED: AtomicBool = AtomicBool::new(false);
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static WARN_ON_FULL: AtomicBool = AtomicBool::new(true);
/// The error of a failed write to the wakeup descriptor, to be reported at the next safepoint.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

/// What `signal.getsignal` gives for each signal; `None` for handlers not installed by Python.
#[derive(Default)]
pub struct Handlers {
    pub funcs: RefCell<Vec<Option<Obj>>>,
    /// `signal.default_int_handler`.
    pub default_int: std::cell::OnceCell<Obj>,
}

impl Handlers {
    pub fn get(&self, n: usize) -> Option<Obj> {
        self.funcs.borrow().get(n).cloned().flatten()
    }
    pub fn replace(&self, n: usize, f: Option<Obj>) -> Option<Obj> {
        let mut all = self.funcs.borrow_mut();
        if all.len() < NSIG {
            all.resize(NSIG, None);
        }
        std::mem::replace(&mut all[n], f)
    }
}

/// Notes a signal. Async-signal-safe.
pub fn trip(n: i32) {
    if let Some(t) = TRIPPED.get(n as usize) {
        t.store(true, Ordering::Relaxed);
    }
    ANY_TRIPPED.store(true, Ordering::Release);
    krait_object::threads::signal_arrived();
    let fd = WAKEUP_FD.load(Ordering::Relaxed);
    if fd >= 0 {
        let byte = n as u8;
        // SAFETY: one byte that lives through the call; `write` is async-signal-safe.
        let r = unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
        if r < 0 {
            let e = errno();
            let full = e == libc::EAGAIN || e == libc::EWOULDBLOCK;
            if !full || WARN_ON_FULL.load(Ordering::Relaxed) {
                WAKEUP_ERROR.store(e, Ordering::Relaxed);
                krait_object::threads::signal_arrived();
            }
        }
    }
}

/// The C handler.
extern "C" fn handler(n: i32) {
    let e = errno();
    trip(n);
    // SAFETY: this thread's error number, restored for the interrupted code.
    unsafe { *libc::__errno_location() = e };
}

/// Installs a C handler: ours, or one of the two special ones. The old one comes back.
pub fn install(n: i32, action: usize) -> Result<usize, i32> {
    // SAFETY: all-zero is a valid `sigaction`; the handler is async-signal-safe.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigemptyset(&mut new.sa_mask);
        new.sa_sigaction = action;
        new.sa_flags = libc::SA_ONSTACK;
        if libc::sigaction(n, &new, &mut old) < 0 { Err(errno()) } else { Ok(old.sa_sigaction) }
    }
}

/// The address of our C handler.
pub fn our_handler() -> usize {
    handler as *const () as usize
}

/// Sets the wakeup descriptor; the old one comes back.
pub fn set_wakeup(fd: i32, warn: bool) -> i32 {
    WARN_ON_FULL.store(warn, Ordering::Relaxed);
    WAKEUP_FD.swap(fd, Ordering::Relaxed)
}

/// The running Python frame, or None.
fn current_frame(vm: &Vm) -> Obj {
    let frame = vm.interp.sysdict.get().map(|sys| {
        let name = vm.intern("_getframe");
        match sys.get_str(vm, &name)? {
            Some(f) => vm.call0(f.r()),
            None => Ok(Obj::none()),
        }
    });
    match frame {
        Some(Ok(f)) => f,
        Some(Err(e)) => {
            drop(vm.take_raised(e));
            Obj::none()
        }
        None => Obj::none(),
    }
}

/// Runs the Python handlers of signals that arrived. Only the main thread does; the first error
/// ends the round, what is left runs at the next safepoint.
pub fn run_pending_signals(vm: &Vm) -> PyResult<()> {
    if !vm.is_main.get() {
        return Ok(());
    }
    let e = WAKEUP_ERROR.swap(0, Ordering::Relaxed);
    if e != 0 {
        let token = vm.os_error(e);
        vm.unraisable(token, "Exception ignored when trying to write to the signal wakeup fd", None);
    }
    if !ANY_TRIPPED.swap(false, Ordering::Acquire) {
        return Ok(());
    }
    let handlers = vm.interp.state::<Handlers>();
    let frame = current_frame(vm);
    for (n, tripped) in TRIPPED.iter().enumerate().skip(1) {
        if !tripped.swap(false, Ordering::Relaxed) {
            continue;
        }
        let Some(f) = handlers.get(n) else { continue };
        if !vm.is_callable(f.r()) {
            continue;
        }
        if let Err(e) = vm.call(f.r(), &[vm.int_usize(n).r(), frame.r()]) {
            if TRIPPED.iter().any(|t| t.load(Ordering::Relaxed)) {
                ANY_TRIPPED.store(true, Ordering::Release);
                krait_object::threads::signal_arrived();
            }
            return Err(e);
        }
    }
    Ok(())
}

/// Forgets what arrived, in a forked child.
fn after_fork(_: &Vm) {
    ANY_TRIPPED.store(false, Ordering::Relaxed);
    TRIPPED.iter().for_each(|t| t.store(false, Ordering::Relaxed));
}

/// Makes signals known to the interpreter: notes the handlers in force, and makes Ctrl-C raise
/// KeyboardInterrupt and SIGPIPE fail the write.
pub fn init(vm: &Vm, handle_sigint: bool) {
    if vm.interp.threads.run_signals.get().is_some() {
        return;
    }
    vm.interp.threads.run_signals.set(Some(run_pending_signals));
    krait_object::threads::on_fork_child(vm, after_fork);
    for n in [libc::SIGPIPE, libc::SIGXFSZ] {
        let _ = install(n, libc::SIG_IGN);
    }
    let handlers = vm.interp.state::<Handlers>();
    for n in 1..NSIG {
        // SAFETY: only reads the present action.
        let action = unsafe {
            let mut old: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(n as i32, std::ptr::null(), &mut old) < 0 { None } else { Some(old.sa_sigaction) }
        };
        let f = match action {
            Some(libc::SIG_DFL) => Some(vm.int(0)),
            Some(libc::SIG_IGN) => Some(vm.int(1)),
            _ => None,
        };
        drop(handlers.replace(n, f));
    }
    let is_default = handlers.get(libc::SIGINT as usize).is_some_and(|f| f.r().as_int(vm).is_some_and(|i| i.is_zero()));
    if handle_sigint && is_default {
        let f = super::module::default_int_handler_function(vm);
        drop(handlers.replace(libc::SIGINT as usize, Some(f)));
        let _ = install(libc::SIGINT, our_handler());
    }
}
