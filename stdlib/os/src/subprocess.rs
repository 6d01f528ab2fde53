//! The `_posixsubprocess` module: `fork` and `exec` without Python code in between.
//!
//! What the child needs is prepared before the fork. Between fork and exec the child only makes
//! async-signal-safe calls, unless the caller asks for `preexec_fn`.

use std::ffi::CString;

use krait_macros::pymodule;
use krait_object::convert::{ArgCx, ArgName, FromArg};
use krait_object::prelude::*;

use crate::posix::args::{Gid, Uid};
use crate::posix::process::{StringArray, after_fork_child, after_fork_parent, before_fork, warn_about_threads};
use crate::util::errno;

/// Everything the child does, in plain data.
struct Plan {
    args: Option<StringArray>,
    executables: Vec<CString>,
    env: Option<StringArray>,
    cwd: Option<CString>,
    pass_fds: Vec<i32>,
    close_fds: bool,
    p2cread: i32,
    p2cwrite: i32,
    c2pread: i32,
    c2pwrite: i32,
    errread: i32,
    errwrite: i32,
    errpipe_read: i32,
    errpipe_write: i32,
    restore_signals: bool,
    setsid: bool,
    pgid: i32,
    gid: Option<u32>,
    groups: Option<Vec<libc::gid_t>>,
    uid: Option<u32>,
    umask: i32,
}

/// Why the child could not start the program.
enum Failure {
    Errno(i32, &'static [u8]),
    Preexec,
}

fn inheritable(fd: i32) -> Result<(), Failure> {
    // SAFETY: plain system calls.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFD);
        if flags < 0 || libc::fcntl(fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC) < 0 {
            return Err(Failure::Errno(errno(), b""));
        }
    }
    Ok(())
}

fn ok(r: i32) -> Result<i32, Failure> {
    if r < 0 { Err(Failure::Errno(errno(), b"")) } else { Ok(r) }
}

impl Plan {
    /// Puts the child's pipes where they belong.
    fn arrange_fds(&self) -> Result<(), Failure> {
        // SAFETY: plain system calls on the child's own descriptors.
        unsafe {
            for fd in &self.pass_fds {
                if *fd != self.errpipe_write {
                    inheritable(*fd)?;
                }
            }
            for fd in [self.p2cwrite, self.c2pread, self.errread] {
                if fd >= 0 {
                    libc::close(fd);
                }
            }
            libc::close(self.errpipe_read);
            // Low numbers that would be overwritten move out of the way.
            let mut c2pwrite = self.c2pwrite;
            if c2pwrite == 0 {
                c2pwrite = ok(libc::dup(c2pwrite))?;
            }
            let mut errwrite = self.errwrite;
            while errwrite == 0 || errwrite == 1 {
                errwrite = ok(libc::dup(errwrite))?;
            }
            for (fd, target) in [(self.p2cread, 0), (c2pwrite, 1), (errwrite, 2)] {
                if fd == target {
                    inheritable(fd)?;
                } else if fd >= 0 {
                    ok(libc::dup2(fd, target))?;
                }
            }
            Ok(())
        }
    }
    fn close_others(&self) {
        // `pass_fds` is sorted and holds the error pipe.
        let mut low = 3;
        for fd in &self.pass_fds {
            if *fd >= low {
                crate::posix::fdops::close_range(low, *fd - 1);
                low = *fd + 1;
            }
        }
        crate::posix::fdops::close_range(low, i32::MAX);
    }
    /// What the child does; returns only on failure.
    fn run(&self, preexec: Option<&mut dyn FnMut() -> Result<(), Failure>>) -> Failure {
        match self.try_run(preexec) {
            Ok(never) => never,
            Err(f) => f,
        }
    }
    fn try_run(&self, preexec: Option<&mut dyn FnMut() -> Result<(), Failure>>) -> Result<Failure, Failure> {
        self.arrange_fds()?;
        // SAFETY: plain system calls with null-terminated strings.
        unsafe {
            if let Some(dir) = &self.cwd
                && libc::chdir(dir.as_ptr()) < 0
            {
                return Err(Failure::Errno(errno(), b"noexec:chdir"));
            }
            if self.umask >= 0 {
                libc::umask(self.umask as libc::mode_t);
            }
            if self.restore_signals {
                for n in [libc::SIGPIPE, libc::SIGXFSZ] {
                    libc::signal(n, libc::SIG_DFL);
                }
            }
            if self.setsid {
                ok(libc::setsid())?;
            }
            if self.pgid >= 0 {
                ok(libc::setpgid(0, self.pgid))?;
            }
            if let Some(g) = &self.groups {
                ok(libc::setgroups(g.len(), g.as_ptr()))?;
            }
            if let Some(g) = self.gid {
                ok(libc::setregid(g, g))?;
            }
            if let Some(u) = self.uid {
                ok(libc::setreuid(u, u))?;
            }
            if let Some(f) = preexec {
                f()?;
            }
            if self.close_fds {
                self.close_others();
            }
            let mut saved = 0;
            let null = [std::ptr::null()];
            let argv = self.args.as_ref().map_or(null.as_ptr(), |a| a.as_ptr());
            for path in &self.executables {
                match &self.env {
                    Some(e) => libc::execve(path.as_ptr(), argv, e.as_ptr()),
                    None => libc::execv(path.as_ptr(), argv),
                };
                let e = errno();
                if e != libc::ENOENT && e != libc::ENOTDIR && saved == 0 {
                    saved = e;
                }
            }
            Err(Failure::Errno(if saved != 0 { saved } else { errno() }, b""))
        }
    }
}

/// Tells the parent through the pipe, in the form `subprocess` parses.
fn report(fd: i32, f: Failure) {
    let mut buf = [0u8; 96];
    let mut n = 0;
    let mut put = |b: &[u8]| {
        for c in b {
            if n < buf.len() {
                buf[n] = *c;
                n += 1;
            }
        }
    };
    match f {
        Failure::Errno(e, msg) if e != 0 => {
            put(b"OSError:");
            let mut hex = [0u8; 8];
            let mut i = hex.len();
            let mut v = e as u32;
            while v > 0 && i > 0 {
                i -= 1;
                hex[i] = b"0123456789ABCDEF"[(v & 15) as usize];
                v >>= 4;
            }
            put(&hex[i..]);
            put(b":");
            put(msg);
        }
        Failure::Errno(_, _) => put(b"SubprocessError:0:"),
        Failure::Preexec => put(b"SubprocessError:0:Exception occurred in preexec_fn."),
    }
    // SAFETY: the bytes live through the call.
    unsafe { libc::write(fd, buf.as_ptr().cast(), n) };
}

fn bytes_list(vm: &Vm, o: Ref<'_>, what: &str) -> PyResult<Vec<CString>> {
    let mut out = Vec::new();
    for item in vm.collect(o)? {
        let b = krait_object::convert::fs_encode(vm, item.r())?;
        out.push(CString::new(b).map_err(|_| vm.value_error(format!("embedded null byte{what}")))?);
    }
    Ok(out)
}

fn pass_fds(vm: &Vm, o: Ref<'_>) -> PyResult<Vec<i32>> {
    let mut out: Vec<i32> = Vec::new();
    let Some(t) = o.downcast::<PyTuple>(vm) else { return Err(vm.type_error("fork_exec() argument 4 must be tuple")) };
    for item in t.as_slice() {
        let fd = item.r().as_int(vm).and_then(|i| i.to_i64()).and_then(|i| i32::try_from(i).ok());
        match fd {
            Some(fd) if fd >= 0 && out.last().is_none_or(|l| *l < fd) => out.push(fd),
            _ => return Err(vm.value_error("bad value(s) in fds_to_keep")),
        }
    }
    Ok(out)
}

fn optional_id<'a, T: FromArg<'a>>(vm: &Vm, o: Ref<'a>) -> PyResult<Option<T>> {
    let cx = ArgCx { func: "fork_exec", param: "id", which: ArgName::Only };
    if o.is_none() { Ok(None) } else { T::from_arg(vm, o, &cx).map(Some) }
}

fn fork_exec(vm: &Vm, a: &[Ref<'_>]) -> PyResult<i32> {
    krait_object::unpack::check_positional(vm, "fork_exec", a.len(), 22, 22)?;
    let int = |i: usize| krait_object::convert::c_int(vm, a[i]);
    let preexec = a[21];
    if !preexec.is_none() && vm.interp.finalizing.get() {
        return Err(vm.raise_msg(vm.types.python_finalization_error, "preexec_fn not supported at interpreter shutdown"));
    }
    let args = if a[0].is_none() {
        None
    } else {
        if !vm.is_sequence(a[0]) {
            return Err(vm.type_error("argv must be a tuple"));
        }
        Some(StringArray::new(bytes_list(vm, a[0], "")?))
    };
    let close_fds = vm.is_true(a[2])?;
    let keep = pass_fds(vm, a[3])?;
    let errpipe_write = int(13)?;
    if close_fds && errpipe_write < 3 {
        return Err(vm.value_error("errpipe_write must be >= 3"));
    }
    let groups = if a[18].is_none() {
        None
    } else {
        let mut ids = Vec::new();
        for g in vm.collect(a[18])? {
            if let Some(Gid(g)) = optional_id::<Gid>(vm, g.r())? {
                ids.push(g);
            }
        }
        Some(ids)
    };
    let cwd = if a[4].is_none() {
        None
    } else {
        let p = krait_object::convert::fs_path(vm, a[4])?;
        let b = krait_object::convert::fs_encode(vm, p.r())?;
        Some(CString::new(b).map_err(|_| vm.value_error("embedded null byte"))?)
    };
    let env = if a[5].is_none() { None } else { Some(StringArray::new(bytes_list(vm, a[5], "")?)) };
    let plan = Plan {
        args,
        executables: bytes_list(vm, a[1], "")?,
        env,
        cwd,
        pass_fds: keep,
        close_fds,
        p2cread: int(6)?,
        p2cwrite: int(7)?,
        c2pread: int(8)?,
        c2pwrite: int(9)?,
        errread: int(10)?,
        errwrite: int(11)?,
        errpipe_read: int(12)?,
        errpipe_write,
        restore_signals: vm.is_true(a[14])?,
        setsid: vm.is_true(a[15])?,
        pgid: int(16)?,
        gid: optional_id::<Gid>(vm, a[17])?.map(|g| g.0),
        groups,
        uid: optional_id::<Uid>(vm, a[19])?.map(|u| u.0),
        umask: int(20)?,
    };
    let with_python = !preexec.is_none();
    if with_python {
        before_fork(vm);
    }
    // Signals wait until the child has its own dispositions.
    let mut old = std::mem::MaybeUninit::uninit();
    // SAFETY: both sets are filled before use.
    unsafe {
        let mut all = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, old.as_mut_ptr());
    }
    let guard = krait_object::threads::ForkGuard::new(vm);
    // SAFETY: the child makes only safe calls until it execs or exits, except for `preexec_fn`.
    let pid = unsafe { libc::fork() };
    let e = errno();
    if pid == 0 {
        // SAFETY: the mask was saved.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, old.as_ptr(), std::ptr::null_mut()) };
        let failure = if with_python {
            guard.child(vm);
            after_fork_child(vm);
            let mut call = || match vm.call0(preexec) {
                Ok(_) => Ok(()),
                Err(e) => {
                    drop(vm.take_raised(e));
                    Err(Failure::Preexec)
                }
            };
            plan.run(Some(&mut call))
        } else {
            plan.run(None)
        };
        report(plan.errpipe_write, failure);
        // SAFETY: ends the child.
        unsafe { libc::_exit(255) };
    }
    drop(guard);
    // SAFETY: the mask was saved.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, old.as_ptr(), std::ptr::null_mut()) };
    if with_python {
        after_fork_parent(vm);
        if pid > 0 {
            warn_about_threads(vm, "fork");
        }
    }
    if pid < 0 { Err(vm.os_error(e)) } else { Ok(pid) }
}

/// A POSIX helper for the subprocess module.
#[pymodule("_posixsubprocess")]
pub mod posixsubprocess_module {
    use krait_object::prelude::*;

    /// Spawn a fresh new child process.
    ///
    /// Fork a child process, close parent file descriptors as appropriate in the
    /// child and duplicate the few that are needed before calling exec() in the
    /// child process.
    ///
    /// If close_fds is True, close file descriptors 3 and higher, except those listed
    /// in the sorted tuple pass_fds.
    ///
    /// The preexec_fn, if supplied, will be called immediately before closing file
    /// descriptors and exec.
    ///
    /// WARNING: preexec_fn is NOT SAFE if your application uses threads.
    ///          It may trigger infrequent, difficult to debug deadlocks.
    ///
    /// If an error occurs in the child process before the exec, it is
    /// serialized and written to the errpipe_write fd per subprocess.py.
    ///
    /// Returns: the child process's PID.
    ///
    /// Raises: Only on an error in the parent process.
    #[pyfunction("fork_exec(*args)", nosig)]
    fn fork_exec(vm: &Vm, args: &[Ref<'_>]) -> PyResult<i32> {
        super::fork_exec(vm, args)
    }
}
