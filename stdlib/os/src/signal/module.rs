//! Functions and constants of `_signal`.

use std::cell::OnceCell;

use krait_macros::pymodule;
use krait_object::error::Raised;
use krait_object::native::NativeFacts;
use krait_object::prelude::*;

use super::delivery::{Handlers, NSIG};
use crate::util::errno;

#[derive(Default)]
struct ItimerError(OnceCell<Obj>);

/// `signal.itimer_error`.
fn itimer_error(vm: &Vm) -> PyResult<Obj> {
    let state = vm.interp.state::<ItimerError>();
    if let Some(t) = state.0.get() {
        return Ok(t.clone());
    }
    let dict = PyDict::new(vm);
    dict.set_str(vm, vm.names().__module__, vm.str("signal"))?;
    let bases = vm.tuple(vec![vm.types.os_error.to_obj()]);
    let t = vm.call(vm.types.r#type.r(), &[vm.str("itimer_error").r(), bases.r(), dict.r()])?;
    let _ = state.0.set(t.clone());
    Ok(t)
}

fn raise_itimer(vm: &Vm, e: i32) -> Raised {
    let text = std::io::Error::from_raw_os_error(e).to_string();
    let text = text.split(" (os error").next().unwrap_or(&text).to_owned();
    match itimer_error(vm) {
        Ok(t) => match t.r().downcast::<PyType>(vm) {
            Some(t) => vm.raise_with(t, vec![vm.int(e), vm.str(&text)]),
            None => vm.os_error(e),
        },
        Err(r) => r,
    }
}

fn default_int(vm: &Vm, _: Ref<'_>, args: &[Ref<'_>]) -> PyResult<Obj> {
    krait_object::unpack::check_positional(vm, "default_int_handler", args.len(), 2, 2)?;
    krait_object::convert::c_int(vm, args[0])?;
    Err(vm.raise_with(vm.types.keyboard_interrupt, vec![]))
}

static DEFAULT_INT: MethodDef = MethodDef {
    name: "default_int_handler",
    func: NativeFn::Fast(default_int),
    binding: Binding::Normal,
    doc: Some(
        "default_int_handler($module, signalnum, frame, /)\n--\n\n\
         The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt.",
    ),
    facts: NativeFacts::WORST,
    coexist: false,
};

/// `signal.default_int_handler`, the same object every time.
pub fn default_int_handler_function(vm: &Vm) -> Obj {
    let state = vm.interp.state::<Handlers>();
    state
        .default_int
        .get_or_init(|| {
            let module = Some(vm.str("_signal"));
            krait_object::function::PyBuiltinFunction::new(vm, &DEFAULT_INT, None, module).into_obj()
        })
        .clone()
}

fn signal_number(vm: &Vm, n: i32) -> PyResult<usize> {
    if (1..NSIG as i32).contains(&n) { Ok(n as usize) } else { Err(vm.value_error("signal number out of range")) }
}

fn to_timeval(vm: &Vm, o: Ref<'_>) -> PyResult<libc::timeval> {
    let ns = crate::timeval::nanos_from(vm, o, crate::timeval::Round::Ceiling)?;
    Ok(crate::timeval::to_timeval(ns))
}

fn itimer_to_python(vm: &Vm, t: &libc::itimerval) -> Obj {
    let f = |t: &libc::timeval| vm.float(t.tv_sec as f64 + t.tv_usec as f64 / 1e6);
    vm.tuple(vec![f(&t.it_value), f(&t.it_interval)])
}

/// Waits for one of a set with a C function that fills in information.
fn wait_info(vm: &Vm, set: Ref<'_>, timeout: Option<i64>) -> PyResult<Obj> {
    let set = crate::posix::spawn::signal_set(vm, set)?;
    let deadline = crate::timeval::Deadline::after(timeout);
    loop {
        // SAFETY: all-zero is a valid `siginfo_t`; everything lives through the call.
        let (r, e, info) = vm.allow_threads(|| unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            let r = match deadline.left() {
                None => libc::sigwaitinfo(&set, &mut info),
                Some(ns) => libc::sigtimedwait(&set, &mut info, &crate::timeval::to_timespec(ns)),
            };
            (r, errno(), info)
        });
        if r >= 0 {
            return super::sets::info_to_python(vm, &info);
        }
        match e {
            libc::EINTR => vm.poll()?,
            libc::EAGAIN => return Ok(Obj::none()),
            e => return Err(vm.os_error(e)),
        }
        if deadline.passed() {
            return Ok(Obj::none());
        }
    }
}

/// This module provides mechanisms to use signal handlers in Python.
///
/// Functions:
///
/// alarm() -- cause SIGALRM after a specified time [Unix only]
/// setitimer() -- cause a signal (described below) after a specified
///                float time and the timer may restart then [Unix only]
/// getitimer() -- get current value of timer [Unix only]
/// signal() -- set the action for a given signal
/// getsignal() -- get the signal action for a given signal
/// pause() -- wait until a signal arrives [Unix only]
/// default_int_handler() -- default SIGINT handler
///
/// signal constants:
/// SIG_DFL -- used to refer to the system default handler
/// SIG_IGN -- used to ignore the signal
/// NSIG -- number of defined signals
/// SIGINT, SIGTERM, etc. -- signal numbers
///
/// itimer constants:
/// ITIMER_REAL -- decrements in real time, and delivers SIGALRM upon
///                expiration
/// ITIMER_VIRTUAL -- decrements only when the process is executing,
///                and delivers SIGVTALRM upon expiration
/// ITIMER_PROF -- decrements both when the process is executing and
///                when the system is executing on behalf of the process.
///                Coupled with ITIMER_VIRTUAL, this timer is usually
///                used to profile the time spent by the application
///                in user and kernel space. SIGPROF is delivered upon
///                expiration.
///
///
/// *** IMPORTANT NOTICE ***
/// A signal handler function is called with two arguments:
/// the first is the signal number, the second is the interrupted stack frame.
#[pymodule("_signal")]
pub mod signal_module {
    use super::super::delivery::{self, Handlers, NSIG};
    use super::super::sets;
    use super::{itimer_to_python, raise_itimer, signal_number, to_timeval, wait_info};
    use crate::posix::spawn::signal_set;
    use crate::util::{check, errno};
    use krait_object::prelude::*;

    /// Set the action for the given signal.
    ///
    /// The action can be SIG_DFL, SIG_IGN, or a callable Python object.
    /// The previous action is returned.  See getsignal() for possible return values.
    ///
    /// *** IMPORTANT NOTICE ***
    /// A signal handler function is called with two arguments:
    /// the first is the signal number, the second is the interrupted stack frame.
    #[pyfunction("signal(signalnum, handler, /)")]
    fn signal(vm: &Vm, signalnum: i32, handler: Ref<'_>) -> PyResult<Obj> {
        if !vm.is_main.get() {
            return Err(vm.value_error("signal only works in main thread of the main interpreter"));
        }
        let n = signal_number(vm, signalnum)?;
        let special = if vm.is_callable(handler) && handler.as_int(vm).is_none() {
            None
        } else {
            let value = if vm.has_index(handler) { vm.index(handler)?.r().as_int(vm).and_then(|i| i.to_i64()) } else { None };
            match value {
                Some(0) => Some(libc::SIG_DFL),
                Some(1) => Some(libc::SIG_IGN),
                _ => {
                    return Err(vm.type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"));
                }
            }
        };
        vm.poll()?;
        let action = special.unwrap_or_else(delivery::our_handler);
        delivery::install(signalnum, action).map_err(|e| vm.os_error(e))?;
        let stored = match special {
            Some(s) => vm.int_usize(s),
            None => handler.to_obj(),
        };
        Ok(vm.interp.state::<Handlers>().replace(n, Some(stored)).unwrap_or_else(Obj::none))
    }
    /// Return the current action for the given signal.
    ///
    /// The return value can be:
    ///   SIG_IGN -- if the signal is being ignored
    ///   SIG_DFL -- if the default action for the signal is in effect
    ///   None    -- if an unknown handler is in effect
    ///   anything else -- the callable Python object used as a handler
    #[pyfunction("getsignal(signalnum, /)")]
    fn getsignal(vm: &Vm, signalnum: i32) -> PyResult<Obj> {
        let n = signal_number(vm, signalnum)?;
        Ok(vm.interp.state::<Handlers>().get(n).unwrap_or_else(Obj::none))
    }
    #[pyattr("default_int_handler")]
    fn default_int_handler(vm: &Vm) -> Obj {
        super::default_int_handler_function(vm)
    }
    /// Return the system description of the given signal.
    ///
    /// Returns the description of signal *signalnum*, such as "Interrupt"
    /// for :const:`SIGINT`. Returns :const:`None` if *signalnum* has no
    /// description. Raises :exc:`ValueError` if *signalnum* is invalid.
    #[pyfunction("strsignal(signalnum, /)")]
    fn strsignal(vm: &Vm, signalnum: i32) -> PyResult<Obj> {
        signal_number(vm, signalnum)?;
        // SAFETY: the result is null-terminated and copied at once; the GIL keeps other users out.
        let text = unsafe {
            *libc::__errno_location() = 0;
            let p = libc::strsignal(signalnum);
            if p.is_null() { None } else { Some(std::ffi::CStr::from_ptr(p).to_string_lossy().into_owned()) }
        };
        Ok(match text {
            Some(t) if !t.starts_with("Unknown signal") => vm.str(&t),
            _ => Obj::none(),
        })
    }
    /// Arrange for SIGALRM to arrive after the given number of seconds.
    #[pyfunction("alarm(seconds, /)")]
    fn alarm(seconds: i32) -> u32 {
        // SAFETY: a plain system call.
        unsafe { libc::alarm(seconds as u32) }
    }
    /// Wait until a signal arrives.
    #[pyfunction]
    fn pause(vm: &Vm) -> PyResult<()> {
        // SAFETY: a plain system call.
        vm.allow_threads(|| unsafe { libc::pause() });
        vm.poll()
    }
    /// Send a signal to the executing process.
    #[pyfunction("raise_signal(signalnum, /)")]
    fn raise_signal(vm: &Vm, signalnum: i32) -> PyResult<()> {
        // SAFETY: a plain library call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::raise(signalnum) }, errno()));
        if r != 0 {
            return Err(vm.os_error(e));
        }
        vm.poll()
    }
    /// Change system call restart behaviour.
    ///
    /// If flag is False, system calls will be restarted when interrupted by
    /// signal sig, else system calls will be interrupted.
    #[pyfunction("siginterrupt(signalnum, flag, /)")]
    fn siginterrupt(vm: &Vm, signalnum: i32, flag: i32) -> PyResult<()> {
        signal_number(vm, signalnum)?;
        // SAFETY: reads an action, changes one flag, writes it back.
        unsafe {
            let mut act: libc::sigaction = std::mem::zeroed();
            check(vm, libc::sigaction(signalnum, std::ptr::null(), &mut act))?;
            if flag != 0 {
                act.sa_flags &= !libc::SA_RESTART;
            } else {
                act.sa_flags |= libc::SA_RESTART;
            }
            check(vm, libc::sigaction(signalnum, &act, std::ptr::null_mut())).map(drop)
        }
    }
    /// Sets the fd to be written to (with the signal number) when a signal comes in.
    ///
    /// A library can use this to wakeup select or poll.
    /// The previous fd or -1 is returned.
    ///
    /// The fd must be non-blocking.
    #[pyfunction("set_wakeup_fd(fd, /, *, warn_on_full_buffer=True)")]
    fn set_wakeup_fd(vm: &Vm, fd: i32, warn_on_full_buffer: bool) -> PyResult<i32> {
        if !vm.is_main.get() {
            return Err(vm.value_error("set_wakeup_fd only works in main thread of the main interpreter"));
        }
        if fd >= 0 {
            // SAFETY: plain system calls.
            let flags = unsafe {
                let mut st: libc::stat = std::mem::zeroed();
                check(vm, libc::fstat(fd, &mut st))?;
                check(vm, libc::fcntl(fd, libc::F_GETFL))?
            };
            if flags & libc::O_NONBLOCK == 0 {
                return Err(vm.value_error(format!("the fd {fd} must be in non-blocking mode")));
            }
        }
        Ok(delivery::set_wakeup(fd.max(-1), warn_on_full_buffer))
    }
    /// Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).
    ///
    /// The timer will fire after value seconds and after that every interval seconds.
    /// The itimer can be cleared by setting seconds to zero.
    ///
    /// Returns old values as a tuple: (delay, interval).
    #[pyfunction("setitimer(which, seconds, interval=0.0, /)")]
    fn setitimer(vm: &Vm, which: i32, seconds: Ref<'_>, interval: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let it_value = to_timeval(vm, seconds)?;
        let it_interval = match interval.0 {
            Some(i) => to_timeval(vm, i)?,
            None => libc::timeval { tv_sec: 0, tv_usec: 0 },
        };
        let new = libc::itimerval { it_interval, it_value };
        // SAFETY: both values live through the call.
        unsafe {
            let mut old: libc::itimerval = std::mem::zeroed();
            if libc::setitimer(which as _, &new, &mut old) != 0 {
                return Err(raise_itimer(vm, errno()));
            }
            Ok(itimer_to_python(vm, &old))
        }
    }
    /// Returns current value of given itimer.
    #[pyfunction("getitimer(which, /)")]
    fn getitimer(vm: &Vm, which: i32) -> PyResult<Obj> {
        // SAFETY: the result has room.
        unsafe {
            let mut old: libc::itimerval = std::mem::zeroed();
            if libc::getitimer(which as _, &mut old) != 0 {
                return Err(raise_itimer(vm, errno()));
            }
            Ok(itimer_to_python(vm, &old))
        }
    }
    /// Fetch and/or change the signal mask of the calling thread.
    #[pyfunction("pthread_sigmask(how, mask, /)")]
    fn pthread_sigmask(vm: &Vm, how: i32, mask: Ref<'_>) -> PyResult<Obj> {
        let set = signal_set(vm, mask)?;
        let mut old = sets::empty();
        // SAFETY: both sets live through the call.
        let r = unsafe { libc::pthread_sigmask(how, &set, &mut old) };
        if r != 0 {
            return Err(vm.os_error(r));
        }
        // Signals that were unblocked have arrived by now.
        vm.poll()?;
        sets::to_python(vm, &old)
    }
    /// Send a signal to a thread.
    #[pyfunction("pthread_kill(thread_id, signalnum, /)")]
    fn pthread_kill(vm: &Vm, thread_id: u64, signalnum: i32) -> PyResult<()> {
        vm.audit("signal.pthread_kill", &[vm.int(thread_id).r(), vm.int(signalnum).r()])?;
        // SAFETY: as in CPython, the caller vouches for the thread id.
        let r = unsafe { libc::pthread_kill(thread_id as libc::pthread_t, signalnum) };
        if r != 0 {
            return Err(vm.os_error(r));
        }
        vm.poll()
    }
    /// Examine pending signals.
    ///
    /// Returns a set of signal numbers that are pending for delivery to
    /// the calling thread.
    #[pyfunction]
    fn sigpending(vm: &Vm) -> PyResult<Obj> {
        let mut set = sets::empty();
        // SAFETY: the result has room.
        check(vm, unsafe { libc::sigpending(&mut set) })?;
        sets::to_python(vm, &set)
    }
    /// Wait for a signal.
    ///
    /// Suspend execution of the calling thread until the delivery of one of the
    /// signals specified in the signal set sigset.  The function accepts the signal
    /// and returns the signal number.
    #[pyfunction("sigwait(sigset, /)")]
    fn sigwait(vm: &Vm, sigset: Ref<'_>) -> PyResult<i32> {
        let set = signal_set(vm, sigset)?;
        loop {
            let mut n = 0;
            let p = &raw mut n as usize;
            // SAFETY: set and result live through the call.
            match vm.allow_threads(|| unsafe { libc::sigwait(&set, p as *mut i32) }) {
                0 => return Ok(n),
                libc::EINTR => vm.poll()?,
                e => return Err(vm.os_error(e)),
            }
        }
    }
    /// Wait synchronously until one of the signals in *sigset* is delivered.
    ///
    /// Returns a struct_siginfo containing information about the signal.
    #[pyfunction("sigwaitinfo(sigset, /)")]
    fn sigwaitinfo(vm: &Vm, sigset: Ref<'_>) -> PyResult<Obj> {
        wait_info(vm, sigset, None)
    }
    /// Like sigwaitinfo(), but with a timeout.
    ///
    /// The timeout is specified in seconds, with floating-point numbers allowed.
    #[pyfunction("sigtimedwait(sigset, timeout, /)")]
    fn sigtimedwait(vm: &Vm, sigset: Ref<'_>, timeout: Ref<'_>) -> PyResult<Obj> {
        let ns = crate::timeval::nanos_from(vm, timeout, crate::timeval::Round::Ceiling)?;
        if ns < 0 {
            return Err(vm.value_error("timeout must be non-negative"));
        }
        wait_info(vm, sigset, Some(ns))
    }
    /// Return a set of valid signal numbers on this platform.
    ///
    /// The signal numbers returned by this function can be safely passed to
    /// functions like `pthread_kill`.
    #[pyfunction]
    fn valid_signals(vm: &Vm) -> PyResult<Obj> {
        let mut set = sets::empty();
        // SAFETY: the set is filled in place.
        unsafe { libc::sigfillset(&mut set) };
        sets::to_python(vm, &set)
    }
    /// Send a signal to a process referred to by a pid file descriptor.
    #[pyfunction("pidfd_send_signal(pidfd, signalnum, siginfo=None, flags=0, /)")]
    fn pidfd_send_signal(vm: &Vm, pidfd: i32, signalnum: i32, siginfo: Ref<'_>, flags: i32) -> PyResult<()> {
        if !siginfo.is_none() {
            return Err(vm.type_error("siginfo must be None"));
        }
        // SAFETY: a plain system call without further information.
        let r = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd, signalnum, 0usize, flags) };
        check(vm, r as i32).map(drop)
    }
    #[pyattr("ItimerError")]
    fn itimer_error(vm: &Vm) -> PyResult<Obj> {
        super::itimer_error(vm)
    }
    #[pyattr("struct_siginfo")]
    fn struct_siginfo(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &sets::STRUCT_SIGINFO)?.to_obj())
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(
            vm,
            module,
            crate::libc_consts! {
                SIGABRT SIGALRM SIGBUS SIGCHLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE
                SIGPOLL SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN
                SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIG_BLOCK SIG_SETMASK
                SIG_UNBLOCK ITIMER_REAL ITIMER_VIRTUAL ITIMER_PROF
            },
        )?;
        delivery::init(vm, true);
        let more = [
            ("SIGCLD", libc::SIGCHLD.into()),
            ("SIG_DFL", 0),
            ("SIG_IGN", 1),
            ("NSIG", NSIG as i64),
            ("SIGRTMIN", libc::SIGRTMIN().into()),
            ("SIGRTMAX", libc::SIGRTMAX().into()),
        ];
        crate::util::add_ints(vm, module, &more)
    }
}
