//! The `faulthandler` module: tracebacks from signal handlers and from a watchdog thread.
//!
//! A traceback is written with nothing but reads of frames and `write`, so that it works in a
//! process that is broken. Frames of the calling thread are consistent at any instruction. Other
//! threads are shown only while this thread holds the GIL, or when the main thread does not react
//! to a request because it is blocked.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use krait_macros::pymodule;
use krait_object::exec::Frame;
use krait_object::prelude::*;
use krait_object::str::StrData;

use crate::util::errno;

/// Frames of one thread that are shown at most.
const MAX_FRAMES: usize = 100;

/// Collects output in a fixed buffer.
struct Out {
    fd: i32,
    buf: [u8; 512],
    n: usize,
}

impl Out {
    fn new(fd: i32) -> Out {
        Out { fd, buf: [0; 512], n: 0 }
    }
    fn flush(&mut self) {
        let mut at = 0;
        while at < self.n {
            // SAFETY: the bytes are ours.
            let r = unsafe { libc::write(self.fd, self.buf[at..].as_ptr().cast(), self.n - at) };
            if r <= 0 {
                break;
            }
            at += r as usize;
        }
        self.n = 0;
    }
    fn byte(&mut self, b: u8) {
        if self.n == self.buf.len() {
            self.flush();
        }
        self.buf[self.n] = b;
        self.n += 1;
    }
    fn text(&mut self, s: &str) {
        s.bytes().for_each(|b| self.byte(b));
    }
    fn number(&mut self, v: u64, base: u64, width: usize) {
        let mut digits = [0u8; 20];
        let mut i = digits.len();
        let mut v = v;
        while i > 0 && (v > 0 || digits.len() - i < width.max(1)) {
            i -= 1;
            digits[i] = b"0123456789abcdef"[(v % base) as usize];
            v /= base;
        }
        digits[i..].iter().for_each(|b| self.byte(*b));
    }
    /// A Python string, escaped beyond ASCII and cut after 500 characters.
    fn python_text(&mut self, s: &PyStr) {
        let cut = s.len() > 500;
        let n = s.len().min(500);
        match s.data() {
            StrData::Ascii(d) => d[..n].iter().for_each(|b| self.byte(*b)),
            data => {
                for i in 0..n {
                    match data.at(i) {
                        c @ 0x20..=0x7e => self.byte(c as u8),
                        c @ 0..=0xff => {
                            self.text("\\x");
                            self.number(c.into(), 16, 2);
                        }
                        c @ 0x100..=0xffff => {
                            self.text("\\u");
                            self.number(c.into(), 16, 4);
                        }
                        c => {
                            self.text("\\U");
                            self.number(c.into(), 16, 8);
                        }
                    }
                }
            }
        }
        if cut {
            self.text("...");
        }
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Writes the frames of one thread, innermost first.
fn write_frames(out: &mut Out, vm: &Vm) {
    let mut f = vm.exec.top.get();
    if f.is_null() {
        out.text("  <no Python frame>\n");
        return;
    }
    let mut n = 0;
    while !f.is_null() {
        if n >= MAX_FRAMES {
            out.text("  ...\n");
            return;
        }
        n += 1;
        // SAFETY: frames on the chain and their code are alive while the thread does not run on.
        let frame: &Frame = unsafe { &*f };
        // SAFETY: as above.
        if let Some(code) = unsafe { frame.code.get().as_ref() } {
            out.text("  File \"");
            out.python_text(&code.filename());
            out.text("\", line ");
            let word = code.offset_of(frame.pc.get()).saturating_sub(1);
            match code.unit.line(word as usize) {
                Some(l) => out.number(l.into(), 10, 1),
                None => out.text("???"),
            }
            out.text(" in ");
            out.python_text(&code.name);
            out.text("\n");
        }
        f = frame.back.get();
    }
}

fn write_thread(out: &mut Out, vm: &Vm, current: bool) {
    out.text(if current { "Current thread 0x" } else { "Thread 0x" });
    out.number(vm.thread_id.get(), 16, 16);
    out.text(" (most recent call first):\n");
    write_frames(out, vm);
}

/// Writes the calling thread's frames only, without a heading for others.
fn write_stack(fd: i32, vm: &Vm) {
    let mut out = Out::new(fd);
    out.text("Stack (most recent call first):\n");
    write_frames(&mut out, vm);
}

/// Writes all threads. The GIL is held.
fn write_all(fd: i32, vm: &Vm) {
    let mut out = Out::new(fd);
    let mut first = true;
    vm.interp.threads.for_each(|t| {
        if !first {
            out.text("\n");
        }
        first = false;
        write_thread(&mut out, t, std::ptr::eq(t, vm));
    });
}

/// What is done from C handlers, where nothing may be locked.
fn write_from_handler(fd: i32, all: bool) {
    let Some(vm) = krait_object::vm::current_vm() else {
        Out::new(fd).text("<no Python thread>\n");
        return;
    };
    if all {
        let mut out = Out::new(fd);
        write_thread(&mut out, vm, true);
    } else {
        write_stack(fd, vm);
    }
}

/// Signals that mean the process is broken.
const FATAL: [(i32, &str); 5] = [
    (libc::SIGBUS, "Bus error"),
    (libc::SIGILL, "Illegal instruction"),
    (libc::SIGFPE, "Floating-point exception"),
    (libc::SIGABRT, "Aborted"),
    (libc::SIGSEGV, "Segmentation fault"),
];

static ENABLED: AtomicBool = AtomicBool::new(false);
static FATAL_FD: AtomicI32 = AtomicI32::new(-1);
static FATAL_ALL: AtomicBool = AtomicBool::new(true);
/// The dispositions that were in force before `enable`, in the order of [`FATAL`].
static FATAL_OLD: [AtomicPtr<libc::sigaction>; 5] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 5];

extern "C" fn on_fatal(n: i32) {
    let e = errno();
    if let Some(i) = FATAL.iter().position(|f| f.0 == n) {
        let old = FATAL_OLD[i].load(Ordering::Relaxed);
        // The old disposition comes back first: a second fault must not come here again.
        if !old.is_null() {
            // SAFETY: a saved disposition that is never freed.
            unsafe { libc::sigaction(n, old, std::ptr::null_mut()) };
        }
        let fd = FATAL_FD.load(Ordering::Relaxed);
        {
            let mut out = Out::new(fd);
            out.text("Fatal Python error: ");
            out.text(FATAL[i].1);
            out.text("\n\n");
        }
        write_from_handler(fd, FATAL_ALL.load(Ordering::Relaxed));
    }
    // SAFETY: this thread's error number; then the signal has its old effect.
    unsafe {
        *libc::__errno_location() = e;
        libc::raise(n);
    }
}

/// Streams that handlers write to, kept open.
#[derive(Default)]
struct Kept {
    fatal: RefCell<Option<Obj>>,
    user: RefCell<Vec<(i32, Obj)>>,
    later: RefCell<Option<Obj>>,
}

fn enable(vm: &Vm, fd: i32, all: bool) -> PyResult<()> {
    FATAL_FD.store(fd, Ordering::Relaxed);
    FATAL_ALL.store(all, Ordering::Relaxed);
    if ENABLED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    for (i, (n, _)) in FATAL.iter().enumerate() {
        // SAFETY: all-zero is a valid `sigaction`; the handler only reads memory and writes.
        unsafe {
            let mut new: libc::sigaction = std::mem::zeroed();
            let mut old: libc::sigaction = std::mem::zeroed();
            libc::sigemptyset(&mut new.sa_mask);
            new.sa_sigaction = on_fatal as *const () as usize;
            new.sa_flags = libc::SA_NODEFER | libc::SA_ONSTACK;
            if libc::sigaction(*n, &new, &mut old) < 0 {
                return Err(vm.os_error(errno()));
            }
            FATAL_OLD[i].store(Box::into_raw(Box::new(old)), Ordering::Relaxed);
        }
    }
    Ok(())
}

fn disable() -> bool {
    if !ENABLED.swap(false, Ordering::Relaxed) {
        return false;
    }
    for (i, (n, _)) in FATAL.iter().enumerate() {
        let old = FATAL_OLD[i].swap(std::ptr::null_mut(), Ordering::Relaxed);
        if !old.is_null() {
            // SAFETY: a saved disposition. It is leaked: a handler may be reading it.
            unsafe { libc::sigaction(*n, old, std::ptr::null_mut()) };
        }
    }
    true
}

/// A signal registered by the user; packed so that a handler can read it at once.
struct User {
    fd: AtomicI32,
    all: AtomicBool,
    chain: AtomicBool,
    old: AtomicPtr<libc::sigaction>,
}

static USERS: [User; 65] = [const {
    User { fd: AtomicI32::new(-1), all: AtomicBool::new(false), chain: AtomicBool::new(false), old: AtomicPtr::new(std::ptr::null_mut()) }
}; 65];

extern "C" fn on_user(n: i32) {
    let e = errno();
    if let Some(u) = USERS.get(n as usize) {
        let fd = u.fd.load(Ordering::Relaxed);
        if fd >= 0 {
            write_from_handler(fd, u.all.load(Ordering::Relaxed));
        }
        let old = u.old.load(Ordering::Relaxed);
        if u.chain.load(Ordering::Relaxed) && !old.is_null() {
            // SAFETY: a saved disposition that is never freed; ours comes back after the old
            // handler ran.
            unsafe {
                let mut ours: libc::sigaction = std::mem::zeroed();
                libc::sigaction(n, old, &mut ours);
                *libc::__errno_location() = e;
                libc::raise(n);
                libc::sigaction(n, &ours, std::ptr::null_mut());
            }
        }
    }
    // SAFETY: this thread's error number.
    unsafe { *libc::__errno_location() = e };
}

fn check_signal(vm: &Vm, n: i32) -> PyResult<usize> {
    if FATAL.iter().any(|f| f.0 == n) {
        return Err(vm.runtime_error(format!("signal {n} cannot be registered, use enable() instead")));
    }
    if !(1..65).contains(&n) {
        return Err(vm.value_error("signal number out of range"));
    }
    Ok(n as usize)
}

fn register(vm: &Vm, n: i32, fd: i32, all: bool, chain: bool) -> PyResult<()> {
    let u = &USERS[check_signal(vm, n)?];
    let fresh = u.fd.load(Ordering::Relaxed) < 0;
    u.all.store(all, Ordering::Relaxed);
    u.chain.store(chain, Ordering::Relaxed);
    u.fd.store(fd, Ordering::Relaxed);
    // SAFETY: as for `enable`.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigemptyset(&mut new.sa_mask);
        new.sa_sigaction = on_user as *const () as usize;
        new.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK | if chain { libc::SA_NODEFER } else { 0 };
        if libc::sigaction(n, &new, &mut old) < 0 {
            u.fd.store(-1, Ordering::Relaxed);
            return Err(vm.os_error(errno()));
        }
        if fresh {
            u.old.store(Box::into_raw(Box::new(old)), Ordering::Relaxed);
        }
    }
    Ok(())
}

fn unregister(vm: &Vm, n: i32) -> PyResult<bool> {
    let u = &USERS[check_signal(vm, n)?];
    if u.fd.swap(-1, Ordering::Relaxed) < 0 {
        return Ok(false);
    }
    let old = u.old.swap(std::ptr::null_mut(), Ordering::Relaxed);
    if !old.is_null() {
        // SAFETY: a saved disposition, leaked as in `disable`.
        unsafe { libc::sigaction(n, old, std::ptr::null_mut()) };
    }
    Ok(true)
}

/// The watchdog of `dump_traceback_later`: its number while it is wanted.
static WATCHDOG: AtomicUsize = AtomicUsize::new(0);
static NEXT_WATCHDOG: AtomicUsize = AtomicUsize::new(1);
static CANCEL: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

#[derive(Clone, Copy)]
struct VmAddress(*const Vm);
// SAFETY: the main thread's state is never freed; the watchdog reads it only as the module's
// documentation says.
unsafe impl Send for VmAddress {}

/// What the watchdog needs of the interpreter.
struct Target {
    interp: &'static krait_object::vm::Interp,
    main: VmAddress,
}
// SAFETY: `add_pending_call` needs no GIL; the rest is only compared.
unsafe impl Send for Target {}

fn watch(id: usize, target: Target, timeout: Duration, repeat: bool, exit: bool, fd: i32, header: String) {
    loop {
        let Ok(guard) = CANCEL.0.lock() else { return };
        let wanted = || WATCHDOG.load(Ordering::Relaxed) == id;
        let Ok((guard, result)) = CANCEL.1.wait_timeout_while(guard, timeout, |()| wanted()) else { return };
        drop(guard);
        if !wanted() || !result.timed_out() {
            return;
        }
        Out::new(fd).text(&header);
        dump_from_outside(&target, fd);
        if exit {
            // SAFETY: ends the process, as the caller asked.
            unsafe { libc::_exit(1) };
        }
        if !repeat {
            return;
        }
    }
}

/// Has the main thread write all tracebacks; if it does not react, its frames stand still and
/// are read from here.
fn dump_from_outside(target: &Target, fd: i32) {
    let done = Arc::new(AtomicBool::new(false));
    let flag = done.clone();
    target.interp.threads.add_pending_call(Box::new(move |vm| {
        if !flag.swap(true, Ordering::SeqCst) {
            write_all(fd, vm);
        }
        Ok(())
    }));
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(2));
        if done.load(Ordering::SeqCst) {
            // The writer set the flag first; it is given time to finish.
            std::thread::sleep(Duration::from_millis(20));
            return;
        }
    }
    if !done.swap(true, Ordering::SeqCst) {
        let main = target.main;
        // SAFETY: never freed; the thread is blocked outside the interpreter.
        let vm = unsafe { &*main.0 };
        let mut out = Out::new(fd);
        write_thread(&mut out, vm, false);
    }
}

fn later_header(ns: i64) -> String {
    let us = ns / 1000;
    let (s, us) = (us / 1_000_000, us % 1_000_000);
    let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
    if us != 0 { format!("Timeout ({h}:{m:02}:{s:02}.{us:06})!\n") } else { format!("Timeout ({h}:{m:02}:{s:02})!\n") }
}

/// The descriptor of a file argument, and the object to keep.
fn file_arg(vm: &Vm, file: Option<Ref<'_>>) -> PyResult<(i32, Option<Obj>)> {
    let file = match file.filter(|f| !f.is_none()) {
        Some(f) => f.to_obj(),
        None => {
            let sys = vm.interp.sysdict.get();
            let err = match sys {
                Some(d) => d.get_str(vm, vm.names().stderr)?,
                None => None,
            };
            match err {
                None => return Err(vm.runtime_error("unable to get sys.stderr")),
                Some(f) if f.r().is_none() => return Err(vm.runtime_error("sys.stderr is None")),
                Some(f) => f,
            }
        }
    };
    if file.r().as_int(vm).is_some() {
        let fd = krait_object::convert::c_int(vm, file.r())?;
        if fd < 0 {
            return Err(vm.value_error("file is not a valid file descripter"));
        }
        return Ok((fd, None));
    }
    let fd = vm.call_method_str(file.r(), "fileno", &[])?;
    let n = fd.r().as_int(vm).and_then(|i| i.to_i64()).and_then(|i| i32::try_from(i).ok()).filter(|n| *n >= 0);
    let Some(n) = n else { return Err(vm.runtime_error("file.fileno() is not a valid file descriptor")) };
    if let Err(e) = vm.call_method(file.r(), vm.names().flush, &[]) {
        drop(vm.take_raised(e));
    }
    Ok((n, Some(file)))
}

/// faulthandler module.
#[pymodule("faulthandler")]
pub mod faulthandler_module {
    use super::*;

    /// Dump the traceback of the current thread, or of all threads if all_threads is True, into file.
    #[pyfunction("dump_traceback(file=sys.stderr, all_threads=True)")]
    fn dump_traceback(vm: &Vm, file: Option<Ref<'_>>, all_threads: bool) -> PyResult<()> {
        let (fd, _keep) = file_arg(vm, file)?;
        if all_threads {
            write_all(fd, vm);
        } else {
            write_stack(fd, vm);
        }
        Ok(())
    }
    /// Dump the C stack of the current thread.
    #[pyfunction("dump_c_stack(file=sys.stderr)")]
    fn dump_c_stack(vm: &Vm, file: Option<Ref<'_>>) -> PyResult<()> {
        let (fd, _keep) = file_arg(vm, file)?;
        let mut out = Out::new(fd);
        out.text("Current thread's C stack trace (most recent call first):\n  <cannot get C stack on this system>\n");
        Ok(())
    }
    /// Enable the fault handler.
    #[pyfunction("enable(file=sys.stderr, all_threads=True, c_stack=True)")]
    fn enable(vm: &Vm, file: Option<Ref<'_>>, all_threads: bool, _c_stack: bool) -> PyResult<()> {
        let (fd, keep) = file_arg(vm, file)?;
        let old = vm.interp.state::<Kept>().fatal.replace(keep);
        let r = super::enable(vm, fd, all_threads);
        drop(old);
        r
    }
    /// Disable the fault handler.
    #[pyfunction]
    fn disable(vm: &Vm) -> bool {
        let was = super::disable();
        let old = vm.interp.state::<Kept>().fatal.take();
        drop(old);
        was
    }
    /// Check if the handler is enabled.
    #[pyfunction]
    fn is_enabled() -> bool {
        ENABLED.load(Ordering::Relaxed)
    }
    /// Register a handler for the signal 'signum': dump the traceback of the current thread, or of all threads if all_threads is True, into file.
    #[pyfunction("register(signum, file=sys.stderr, all_threads=True, chain=False)")]
    fn register(vm: &Vm, signum: i32, file: Option<Ref<'_>>, all_threads: bool, chain: bool) -> PyResult<()> {
        check_signal(vm, signum)?;
        let (fd, keep) = file_arg(vm, file)?;
        super::register(vm, signum, fd, all_threads, chain)?;
        if let Some(k) = keep {
            vm.interp.state::<Kept>().user.borrow_mut().push((signum, k));
        }
        Ok(())
    }
    /// Unregister the handler of the signal 'signum' registered by register().
    #[pyfunction("unregister(signum, /)")]
    fn unregister(vm: &Vm, signum: i32) -> PyResult<bool> {
        let r = super::unregister(vm, signum)?;
        let gone: Vec<(i32, Obj)> = {
            let mut all = vm.interp.state::<Kept>().user.borrow_mut();
            let (gone, kept) = all.drain(..).partition(|(n, _)| *n == signum);
            *all = kept;
            gone
        };
        drop(gone);
        Ok(r)
    }
    /// Dump the traceback of all threads in timeout seconds,
    /// or each timeout seconds if repeat is True. If exit is True, call _exit(1) which is not safe.
    #[pyfunction("dump_traceback_later(timeout, repeat=False, file=sys.stderr, exit=False)")]
    fn dump_traceback_later(vm: &Vm, timeout: Ref<'_>, repeat: bool, file: Option<Ref<'_>>, exit: bool) -> PyResult<()> {
        let ns = crate::timeval::nanos_from(vm, timeout, crate::timeval::Round::HalfEven)?;
        if ns < 1000 {
            return Err(vm.value_error("timeout must be greater than 0"));
        }
        let (fd, keep) = file_arg(vm, file)?;
        stop_watchdog();
        let old = vm.interp.state::<Kept>().later.replace(keep);
        drop(old);
        let mut main: *const Vm = vm;
        vm.interp.threads.for_each(|t| {
            if t.is_main.get() {
                main = t;
            }
        });
        let id = NEXT_WATCHDOG.fetch_add(1, Ordering::Relaxed);
        WATCHDOG.store(id, Ordering::Relaxed);
        let target = Target { interp: vm.interp, main: VmAddress(main) };
        let header = later_header(ns);
        let started = std::thread::Builder::new().name("faulthandler".into()).spawn(move || {
            watch(id, target, Duration::from_nanos(ns as u64), repeat, exit, fd, header);
        });
        match started {
            Ok(_) => Ok(()),
            Err(_) => Err(vm.runtime_error("unable to start watchdog thread")),
        }
    }
    fn stop_watchdog() {
        let guard = CANCEL.0.lock();
        WATCHDOG.store(0, Ordering::Relaxed);
        CANCEL.1.notify_all();
        drop(guard);
    }
    /// Cancel the previous call to dump_traceback_later().
    #[pyfunction]
    fn cancel_dump_traceback_later(vm: &Vm) {
        stop_watchdog();
        let old = vm.interp.state::<Kept>().later.take();
        drop(old);
    }
    fn raise(n: i32) {
        // SAFETY: a plain library call; the signal's effect is what the caller wants.
        unsafe { libc::raise(n) };
    }
    /// Read from NULL, raise a SIGSEGV or SIGBUS signal depending on the platform.
    #[pyfunction]
    fn _read_null() {
        raise(libc::SIGSEGV);
    }
    /// Raise a SIGSEGV signal.
    #[pyfunction("_sigsegv(release_gil=False, /)")]
    fn _sigsegv(vm: &Vm, release_gil: bool) {
        if release_gil {
            vm.allow_threads(|| raise(libc::SIGSEGV));
        } else {
            raise(libc::SIGSEGV);
        }
    }
    /// Raise a SIGABRT signal.
    #[pyfunction]
    fn _sigabrt() {
        std::process::abort();
    }
    /// Raise a SIGFPE signal.
    #[pyfunction]
    fn _sigfpe() {
        raise(libc::SIGFPE);
    }
}
