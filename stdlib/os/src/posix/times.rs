//! File times and process times.

use krait_macros::pymodule;
use krait_object::convert::PathOrFd;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

use super::args::{DirFd, target_error};
use crate::timeval::{Round, timespec_from};
use crate::util::errno;

/// `os.times_result`.
pub static TIMES_RESULT: StructSeqDef = StructSeqDef {
    module: "posix",
    name: "times_result",
    doc: Some(
        "times_result: Result from os.times().\n\n\
         This object may be accessed either as a tuple of\n  \
         (user, system, children_user, children_system, elapsed),\n\
         or via the attributes user, system, children_user, children_system,\n\
         and elapsed.\n\n\
         See os.times for more information.",
    ),
    fields: &[
        ("user", "user time"),
        ("system", "system time"),
        ("children_user", "user time of children"),
        ("children_system", "system time of children"),
        ("elapsed", "elapsed time since an arbitrary point in the past"),
    ],
    n_in_sequence: 5,
    complete: None,
};

fn times(vm: &Vm) -> PyResult<Obj> {
    // SAFETY: all-zero is a valid `tms`; plain system calls.
    let (t, elapsed, ticks) = unsafe {
        let mut t: libc::tms = std::mem::zeroed();
        let e = libc::times(&mut t);
        if e == -1 {
            return Err(vm.os_error(errno()));
        }
        (t, e, libc::sysconf(libc::_SC_CLK_TCK) as f64)
    };
    let v = [t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime, elapsed];
    make(vm, &TIMES_RESULT, v.iter().map(|c| vm.float(*c as f64 / ticks)).collect())
}

/// Two items of a tuple.
fn pair<'a>(vm: &Vm, o: Ref<'a>) -> Option<(&'a Obj, &'a Obj)> {
    match o.downcast_exact::<PyTuple>(vm)?.as_slice() {
        [a, b] => Some((a, b)),
        _ => None,
    }
}

/// A number of nanoseconds as a timespec.
fn split_ns(vm: &Vm, o: Ref<'_>) -> PyResult<libc::timespec> {
    let billion = vm.int(1_000_000_000);
    let dm = vm.binary(krait_object::protocol::number::BinOp::DivMod, o, billion.r())?;
    let Some((s, ns)) = dm.r().downcast::<PyTuple>(vm).and_then(|t| t.as_slice().first_chunk::<2>()).map(|[a, b]| (a, b)) else {
        let (a, b) = (o.ty(vm).tp_name(), dm.r().ty(vm).tp_name());
        return Err(vm.type_error(format!("{a}.__divmod__() must return a 2-tuple, not {b}")));
    };
    let tv_sec = krait_object::convert::c_long(vm, s.r())?;
    let tv_nsec = krait_object::convert::c_long(vm, ns.r())?;
    Ok(libc::timespec { tv_sec, tv_nsec })
}

fn utime(vm: &Vm, target: PathOrFd, times: Option<Ref<'_>>, ns: Option<Ref<'_>>, dir: DirFd, follow: bool) -> PyResult<()> {
    let times = times.filter(|t| !t.is_none());
    if times.is_some() && ns.is_some() {
        return Err(vm.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let spec = if let Some(t) = times {
        let Some((a, b)) = pair(vm, t) else {
            return Err(vm.type_error("utime: 'times' must be either a tuple of two ints or None"));
        };
        Some([timespec_from(vm, a.r(), Round::Floor)?, timespec_from(vm, b.r(), Round::Floor)?])
    } else if let Some(n) = ns {
        let Some((a, b)) = pair(vm, n) else {
            return Err(vm.type_error("utime: 'ns' must be a tuple of two ints"));
        };
        Some([split_ns(vm, a.r())?, split_ns(vm, b.r())?])
    } else {
        None
    };
    let shown = match &target {
        PathOrFd::Path(p) => p.obj.clone(),
        PathOrFd::Fd(fd) => vm.int(*fd),
    };
    let dir_shown = super::args::audit_fd(vm, dir);
    vm.audit("os.utime", &[shown.r(), times.unwrap_or(vm.none()), ns.unwrap_or(vm.none()), dir_shown.r()])?;
    let p = spec.as_ref().map_or(std::ptr::null(), |s| s.as_ptr()) as usize;
    let (r, e) = match &target {
        PathOrFd::Fd(fd) => {
            if dir.is_given() {
                return Err(vm.value_error("utime: can't specify dir_fd without matching path"));
            }
            if !follow {
                return Err(vm.value_error("utime: cannot use fd and follow_symlinks together"));
            }
            // SAFETY: the times live through the call.
            vm.allow_threads(|| (unsafe { libc::futimens(*fd, p as *const libc::timespec) }, errno()))
        }
        PathOrFd::Path(path) => {
            let c = path.to_cstring();
            let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            vm.allow_threads(|| {
                // SAFETY: the times live through the call; the path is null-terminated.
                (unsafe { libc::utimensat(dir.0, c.as_ptr(), p as *const libc::timespec, flags) }, errno())
            })
        }
    };
    if r < 0 { Err(target_error(vm, e, &target)) } else { Ok(()) }
}

#[pymodule("posix")]
pub mod part {
    use super::super::args::DirFd;
    use super::TIMES_RESULT;
    use krait_object::convert::PathOrFd;
    use krait_object::prelude::*;

    #[pyattr("times_result")]
    fn times_result(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &TIMES_RESULT)?.to_obj())
    }
    /// Return a collection containing process timing information.
    ///
    /// The object returned behaves like a named tuple with these fields:
    ///   (utime, stime, cutime, cstime, elapsed_time)
    /// All fields are floating-point numbers.
    #[pyfunction]
    fn times(vm: &Vm) -> PyResult<Obj> {
        super::times(vm)
    }
    /// Set the access and modified time of path.
    ///
    /// path may always be specified as a string.
    /// On some platforms, path may also be specified as an open file descriptor.
    ///   If this functionality is unavailable, using it raises an exception.
    ///
    /// If times is not None, it must be a tuple (atime, mtime);
    ///     atime and mtime should be expressed as float seconds since the epoch.
    /// If ns is specified, it must be a tuple (atime_ns, mtime_ns);
    ///     atime_ns and mtime_ns should be expressed as integer nanoseconds
    ///     since the epoch.
    /// If times is None and ns is unspecified, utime uses the current time.
    /// Specifying tuples for both times and ns is an error.
    #[pyfunction("utime(path, times=None, *, ns=..., dir_fd=None, follow_symlinks=True)")]
    fn utime(vm: &Vm, path: PathOrFd, times: Option<Ref<'_>>, ns: OptArg<Ref<'_>>, dir_fd: DirFd, follow_symlinks: bool) -> PyResult<()> {
        super::utime(vm, path, times, ns.0, dir_fd, follow_symlinks)
    }
}
