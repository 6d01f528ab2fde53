//! Functions only Linux has: extended attributes, memfd, eventfd, timerfd, pidfd.

use krait_macros::pymodule;
use krait_object::convert::PathOrFd;
use krait_object::prelude::*;

use super::args::target_error;
use crate::timeval::{Round, nanos_from, to_timespec};
use crate::util::errno;

/// Runs one of the three forms of an extended attribute call.
fn xattr<T>(
    vm: &Vm,
    func: &str,
    target: &PathOrFd,
    follow: bool,
    call: impl Fn(Option<*const libc::c_char>, i32, bool) -> isize,
    done: impl FnOnce(isize) -> T,
) -> PyResult<Result<T, i32>> {
    let (r, e) = match target {
        PathOrFd::Path(p) => {
            let c = p.to_cstring();
            vm.allow_threads(|| (call(Some(c.as_ptr()), -1, follow), errno()))
        }
        PathOrFd::Fd(fd) => {
            if !follow {
                return Err(vm.value_error(format!("{func}: cannot use fd and follow_symlinks together")));
            }
            vm.allow_threads(|| (call(None, *fd, true), errno()))
        }
    };
    Ok(if r < 0 { Err(e) } else { Ok(done(r)) })
}

fn shown(vm: &Vm, t: &PathOrFd) -> Obj {
    match t {
        PathOrFd::Path(p) => p.obj.clone(),
        PathOrFd::Fd(fd) => vm.int(*fd),
    }
}

/// Calls again with a larger buffer while the result does not fit.
fn growing(
    vm: &Vm,
    func: &str,
    target: &PathOrFd,
    follow: bool,
    call: impl Fn(Option<*const libc::c_char>, i32, bool, *mut libc::c_void, usize) -> isize,
) -> PyResult<Vec<u8>> {
    for size in [256usize, 65536] {
        let mut buf = vec![0u8; size];
        let p = buf.as_mut_ptr() as usize;
        match xattr(vm, func, target, follow, |c, fd, f| call(c, fd, f, p as *mut libc::c_void, size), |n| n)? {
            Ok(n) => {
                buf.truncate(n as usize);
                return Ok(buf);
            }
            Err(libc::ERANGE) if size < 65536 => {}
            Err(e) => return Err(target_error(vm, e, target)),
        }
    }
    Err(vm.os_error(libc::ERANGE))
}

fn timer_result(vm: &Vm, t: &libc::itimerspec, ns: bool) -> Obj {
    let one = |t: &libc::timespec| {
        if ns {
            vm.int(i128::from(t.tv_sec) * 1_000_000_000 + i128::from(t.tv_nsec))
        } else {
            vm.float(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9)
        }
    };
    vm.tuple(vec![one(&t.it_value), one(&t.it_interval)])
}

fn settime(vm: &Vm, fd: i32, flags: i32, initial: i64, interval: i64, ns: bool) -> PyResult<Obj> {
    let new = libc::itimerspec { it_interval: to_timespec(interval), it_value: to_timespec(initial) };
    // SAFETY: all-zero is a valid `itimerspec`; both live through the call.
    unsafe {
        let mut old: libc::itimerspec = std::mem::zeroed();
        crate::util::check(vm, libc::timerfd_settime(fd, flags, &new, &mut old))?;
        Ok(timer_result(vm, &old, ns))
    }
}

fn gettime(vm: &Vm, fd: i32, ns: bool) -> PyResult<Obj> {
    // SAFETY: all-zero is a valid `itimerspec`; it lives through the call.
    unsafe {
        let mut t: libc::itimerspec = std::mem::zeroed();
        crate::util::check(vm, libc::timerfd_gettime(fd, &mut t))?;
        Ok(timer_result(vm, &t, ns))
    }
}

fn seconds(vm: &Vm, o: Option<Ref<'_>>) -> PyResult<i64> {
    match o {
        Some(o) => nanos_from(vm, o, Round::Floor),
        None => Ok(0),
    }
}

#[pymodule("posix")]
pub mod part {
    use super::{growing, seconds, shown, xattr};
    use crate::util::{check, syscall};
    use krait_object::convert::{BufferArg, FdArg, FsPathArg, PathOrFd};
    use krait_object::prelude::*;

    /// Return the value of extended attribute attribute on path.
    ///
    /// path may be either a string, a path-like object, or an open file descriptor.
    /// If follow_symlinks is False, and the last element of the path is a symbolic
    ///   link, getxattr will examine the symbolic link itself instead of the file
    ///   the link points to.
    #[pyfunction("getxattr(path, attribute, *, follow_symlinks=True)")]
    fn getxattr(vm: &Vm, path: PathOrFd, attribute: FsPathArg, follow_symlinks: bool) -> PyResult<Obj> {
        vm.audit("os.getxattr", &[shown(vm, &path).r(), attribute.obj.r()])?;
        let name = attribute.to_cstring();
        let n = name.as_ptr() as usize;
        // SAFETY: names and paths are null-terminated; the buffer has room.
        let data = growing(vm, "getxattr", &path, follow_symlinks, |c, fd, follow, p, size| unsafe {
            let n = n as *const libc::c_char;
            match c {
                Some(c) if follow => libc::getxattr(c, n, p, size),
                Some(c) => libc::lgetxattr(c, n, p, size),
                None => libc::fgetxattr(fd, n, p, size),
            }
        })?;
        drop(name);
        Ok(vm.bytes(&data))
    }
    /// Set extended attribute attribute on path to value.
    ///
    /// path may be either a string, a path-like object,  or an open file descriptor.
    /// If follow_symlinks is False, and the last element of the path is a symbolic
    ///   link, setxattr will modify the symbolic link itself instead of the file
    ///   the link points to.
    #[pyfunction("setxattr(path, attribute, value, flags=0, *, follow_symlinks=True)")]
    fn setxattr(vm: &Vm, path: PathOrFd, attribute: FsPathArg, value: BufferArg, flags: i32, follow_symlinks: bool) -> PyResult<()> {
        let args = [shown(vm, &path), attribute.obj.clone(), vm.bytes(value.as_slice()), vm.int(flags)];
        vm.audit("os.setxattr", krait_object::obj::refs(&args))?;
        let name = attribute.to_cstring();
        let (n, v, len) = (name.as_ptr() as usize, value.info().ptr as usize, value.len());
        // SAFETY: names and paths are null-terminated; the value is held.
        let r = xattr(
            vm,
            "setxattr",
            &path,
            follow_symlinks,
            |c, fd, follow| unsafe {
                let (n, v) = (n as *const libc::c_char, v as *const libc::c_void);
                (match c {
                    Some(c) if follow => libc::setxattr(c, n, v, len, flags),
                    Some(c) => libc::lsetxattr(c, n, v, len, flags),
                    None => libc::fsetxattr(fd, n, v, len, flags),
                }) as isize
            },
            drop,
        )?;
        drop(name);
        r.map_err(|e| super::target_error(vm, e, &path))
    }
    /// Remove extended attribute attribute on path.
    ///
    /// path may be either a string, a path-like object, or an open file descriptor.
    /// If follow_symlinks is False, and the last element of the path is a symbolic
    ///   link, removexattr will modify the symbolic link itself instead of the file
    ///   the link points to.
    #[pyfunction("removexattr(path, attribute, *, follow_symlinks=True)")]
    fn removexattr(vm: &Vm, path: PathOrFd, attribute: FsPathArg, follow_symlinks: bool) -> PyResult<()> {
        vm.audit("os.removexattr", &[shown(vm, &path).r(), attribute.obj.r()])?;
        let name = attribute.to_cstring();
        let n = name.as_ptr() as usize;
        // SAFETY: names and paths are null-terminated.
        let r = xattr(
            vm,
            "removexattr",
            &path,
            follow_symlinks,
            |c, fd, follow| unsafe {
                let n = n as *const libc::c_char;
                (match c {
                    Some(c) if follow => libc::removexattr(c, n),
                    Some(c) => libc::lremovexattr(c, n),
                    None => libc::fremovexattr(fd, n),
                }) as isize
            },
            drop,
        )?;
        drop(name);
        r.map_err(|e| super::target_error(vm, e, &path))
    }
    /// Return a list of extended attributes on path.
    ///
    /// path may be either None, a string, a path-like object, or an open file descriptor.
    /// if path is None, listxattr will examine the current directory.
    /// If follow_symlinks is False, and the last element of the path is a symbolic
    ///   link, listxattr will examine the symbolic link itself instead of the file
    ///   the link points to.
    #[pyfunction("listxattr(path=None, *, follow_symlinks=True)")]
    fn listxattr(vm: &Vm, path: Option<PathOrFd>, follow_symlinks: bool) -> PyResult<Obj> {
        let path = match path {
            Some(p) => p,
            None => match FsPathArg::get(vm, vm.intern(".").r(), "listxattr", "path")? {
                Some(p) => PathOrFd::Path(p),
                None => return Ok(vm.list(vec![])),
            },
        };
        vm.audit("os.listxattr", &[shown(vm, &path).r()])?;
        // SAFETY: paths are null-terminated; the buffer has room.
        let data = growing(vm, "listxattr", &path, follow_symlinks, |c, fd, follow, p, size| unsafe {
            let p = p as *mut libc::c_char;
            match c {
                Some(c) if follow => libc::listxattr(c, p, size),
                Some(c) => libc::llistxattr(c, p, size),
                None => libc::flistxattr(fd, p, size),
            }
        })?;
        let names = data.split(|b| *b == 0).filter(|n| !n.is_empty());
        Ok(vm.list(names.map(|n| crate::util::fs_str(vm, n)).collect::<PyResult<Vec<Obj>>>()?))
    }
    #[pyfunction("memfd_create(name, flags=MFD_CLOEXEC)")]
    fn memfd_create(vm: &Vm, name: FsPathArg, flags: OptArg<u32>) -> PyResult<i32> {
        let c = name.to_cstring();
        // SAFETY: the name is null-terminated.
        check(vm, unsafe { libc::memfd_create(c.as_ptr(), flags.0.unwrap_or(libc::MFD_CLOEXEC)) })
    }
    /// Creates and returns an event notification file descriptor.
    #[pyfunction("eventfd(initval, flags=EFD_CLOEXEC)")]
    fn eventfd(vm: &Vm, initval: u32, flags: OptArg<i32>) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::eventfd(initval, flags.0.unwrap_or(libc::EFD_CLOEXEC)) })
    }
    /// Read eventfd value
    #[pyfunction("eventfd_read(fd)")]
    fn eventfd_read(vm: &Vm, fd: FdArg) -> PyResult<u64> {
        let mut v: u64 = 0;
        let p = &raw mut v as usize;
        // SAFETY: the result has room and outlives the call.
        syscall(vm, || unsafe { libc::eventfd_read(fd.0, p as *mut libc::eventfd_t) })?;
        Ok(v)
    }
    /// Write eventfd value.
    #[pyfunction("eventfd_write(fd, value)")]
    fn eventfd_write(vm: &Vm, fd: FdArg, value: u64) -> PyResult<()> {
        // SAFETY: a plain system call.
        syscall(vm, || unsafe { libc::eventfd_write(fd.0, value) }).map(drop)
    }
    /// Create and return a timer file descriptor.
    ///
    ///   clockid
    ///     A valid clock ID constant as timer file descriptor.
    ///
    ///     time.CLOCK_REALTIME
    ///     time.CLOCK_MONOTONIC
    ///     time.CLOCK_BOOTTIME
    ///   flags
    ///     0 or a bit mask of os.TFD_NONBLOCK or os.TFD_CLOEXEC.
    #[pyfunction("timerfd_create(clockid, /, *, flags=0)")]
    fn timerfd_create(vm: &Vm, clockid: i32, flags: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::timerfd_create(clockid, flags | libc::TFD_CLOEXEC) })
    }
    /// Alter a timer file descriptor's internal timer in seconds.
    #[pyfunction("timerfd_settime(fd, /, *, flags=0, initial=0.0, interval=0.0)")]
    fn timerfd_settime(vm: &Vm, fd: FdArg, flags: i32, initial: OptArg<Ref<'_>>, interval: OptArg<Ref<'_>>) -> PyResult<Obj> {
        super::settime(vm, fd.0, flags, seconds(vm, initial.0)?, seconds(vm, interval.0)?, false)
    }
    /// Alter a timer file descriptor's internal timer in nanoseconds.
    #[pyfunction("timerfd_settime_ns(fd, /, *, flags=0, initial=0, interval=0)")]
    fn timerfd_settime_ns(vm: &Vm, fd: FdArg, flags: i32, initial: i64, interval: i64) -> PyResult<Obj> {
        super::settime(vm, fd.0, flags, initial, interval, true)
    }
    /// Return a tuple of a timer file descriptor's (interval, next expiration) in float seconds.
    #[pyfunction("timerfd_gettime(fd, /)")]
    fn timerfd_gettime(vm: &Vm, fd: FdArg) -> PyResult<Obj> {
        super::gettime(vm, fd.0, false)
    }
    /// Return a tuple of a timer file descriptor's (interval, next expiration) in nanoseconds.
    #[pyfunction("timerfd_gettime_ns(fd, /)")]
    fn timerfd_gettime_ns(vm: &Vm, fd: FdArg) -> PyResult<Obj> {
        super::gettime(vm, fd.0, true)
    }
    /// Return a file descriptor referring to the process *pid*.
    ///
    /// The descriptor can be used to perform process management without races and
    /// signals.
    #[pyfunction("pidfd_open(pid, flags=0)")]
    fn pidfd_open(vm: &Vm, pid: i32, flags: u32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) } as i32)
    }
}
