//! Facts about the system and the process: names, configuration, load, random bytes.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

/// `os.uname_result`.
pub static UNAME_RESULT: StructSeqDef = StructSeqDef {
    module: "posix",
    name: "uname_result",
    doc: Some(
        "uname_result: Result from os.uname().\n\n\
         This object may be accessed either as a tuple of\n  \
         (sysname, nodename, release, version, machine),\n\
         or via the attributes sysname, nodename, release, version, and machine.\n\n\
         See os.uname for more information.",
    ),
    fields: &[
        ("sysname", "operating system name"),
        ("nodename", "name of machine on network (implementation-defined)"),
        ("release", "operating system release"),
        ("version", "operating system version"),
        ("machine", "hardware identifier"),
    ],
    n_in_sequence: 5,
    complete: None,
};

fn uname(vm: &Vm) -> PyResult<Obj> {
    // SAFETY: all-zero is a valid `utsname`, and the call fills it with null-terminated strings.
    let u = unsafe {
        let mut u: libc::utsname = std::mem::zeroed();
        crate::util::check(vm, libc::uname(&mut u))?;
        u
    };
    let mut v = Vec::new();
    for field in [&u.sysname, &u.nodename, &u.release, &u.version, &u.machine] {
        let bytes: Vec<u8> = field.iter().map(|c| *c as u8).take_while(|c| *c != 0).collect();
        v.push(crate::util::fs_str(vm, &bytes)?);
    }
    make(vm, &UNAME_RESULT, v)
}

/// A configuration name: an int, or a str in the table.
fn conf_name(vm: &Vm, name: Ref<'_>, table: &[(&'static str, i64)]) -> PyResult<i32> {
    if name.as_int(vm).is_some() {
        return krait_object::convert::c_int(vm, name);
    }
    let Some(s) = name.downcast::<PyStr>(vm) else {
        if vm.has_index(name) {
            return krait_object::convert::c_int(vm, name);
        }
        return Err(vm.type_error("configuration names must be strings or integers"));
    };
    match table.iter().find(|(n, _)| s.eq_str(n)) {
        Some((_, v)) => Ok(*v as i32),
        None => Err(vm.value_error("unrecognized configuration name")),
    }
}

/// Fills a buffer with random bytes from the kernel.
pub fn random_bytes(vm: &Vm, buf: &mut [u8]) -> PyResult<()> {
    let mut done = 0;
    while done < buf.len() {
        let (p, n) = (buf[done..].as_mut_ptr() as usize, buf.len() - done);
        // SAFETY: the buffer is ours and holds `n` more bytes.
        let got = crate::util::syscall(vm, || unsafe { libc::getrandom(p as *mut libc::c_void, n, 0) })?;
        done += got as usize;
    }
    Ok(())
}

#[pymodule("posix")]
pub mod part {
    use super::super::args::Device;
    use super::super::consts::{CONFSTR, PATHCONF, SYSCONF};
    use super::{UNAME_RESULT, conf_name};
    use crate::util::{check, errno};
    use krait_object::convert::{FdArg, FsPathArg, PathOrFd};
    use krait_object::prelude::*;

    #[pyattr("uname_result")]
    fn uname_result(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &UNAME_RESULT)?.to_obj())
    }
    /// Return an object identifying the current operating system.
    ///
    /// The object behaves like a named tuple with the following fields:
    ///   (sysname, nodename, release, version, machine)
    #[pyfunction]
    fn uname(vm: &Vm) -> PyResult<Obj> {
        super::uname(vm)
    }
    /// Return an integer-valued system configuration variable.
    #[pyfunction("sysconf(name, /)")]
    fn sysconf(vm: &Vm, name: Ref<'_>) -> PyResult<i64> {
        let n = conf_name(vm, name, SYSCONF)?;
        // SAFETY: plain system calls; -1 without an error number means "no limit".
        unsafe {
            *libc::__errno_location() = 0;
            let r = libc::sysconf(n);
            if r == -1 && errno() != 0 { Err(vm.os_error(errno())) } else { Ok(r) }
        }
    }
    /// Return a string-valued system configuration variable.
    #[pyfunction("confstr(name, /)")]
    fn confstr(vm: &Vm, name: Ref<'_>) -> PyResult<Obj> {
        let n = conf_name(vm, name, CONFSTR)?;
        let mut buf = vec![0u8; 1024];
        loop {
            // SAFETY: the buffer has room for its length.
            let (len, e) = unsafe {
                *libc::__errno_location() = 0;
                (libc::confstr(n, buf.as_mut_ptr() as *mut libc::c_char, buf.len()), errno())
            };
            if len == 0 {
                return if e != 0 { Err(vm.os_error(e)) } else { Ok(Obj::none()) };
            }
            if len <= buf.len() {
                return crate::util::fs_str(vm, &buf[..len - 1]);
            }
            buf.resize(len, 0);
        }
    }
    /// Return the configuration limit name for the file or directory path.
    ///
    /// If there is no limit, return -1.
    /// On some platforms, path may also be specified as an open file descriptor.
    ///   If this functionality is unavailable, using it raises an exception.
    #[pyfunction("pathconf(path, name)")]
    fn pathconf(vm: &Vm, path: PathOrFd, name: Ref<'_>) -> PyResult<i64> {
        let n = conf_name(vm, name, PATHCONF)?;
        // SAFETY: plain system calls; the path is null-terminated.
        let (r, e) = unsafe {
            *libc::__errno_location() = 0;
            let r = match &path {
                PathOrFd::Path(p) => libc::pathconf(p.to_cstring().as_ptr(), n),
                PathOrFd::Fd(fd) => libc::fpathconf(*fd, n),
            };
            (r, errno())
        };
        if r == -1 && e != 0 {
            return Err(if e == libc::EINVAL { vm.os_error(e) } else { super::super::args::target_error(vm, e, &path) });
        }
        Ok(r)
    }
    /// Return the configuration limit name for the file descriptor fd.
    ///
    /// If there is no limit, return -1.
    #[pyfunction("fpathconf(fd, name, /)")]
    fn fpathconf(vm: &Vm, fd: FdArg, name: Ref<'_>) -> PyResult<i64> {
        let n = conf_name(vm, name, PATHCONF)?;
        // SAFETY: as for `sysconf`.
        unsafe {
            *libc::__errno_location() = 0;
            let r = libc::fpathconf(fd.0, n);
            if r == -1 && errno() != 0 { Err(vm.os_error(errno())) } else { Ok(r) }
        }
    }
    /// Return average recent system load information.
    ///
    /// Return the number of processes in the system run queue averaged over
    /// the last 1, 5, and 15 minutes as a tuple of three floats.
    /// Raises OSError if the load average was unobtainable.
    #[pyfunction]
    fn getloadavg(vm: &Vm) -> PyResult<(f64, f64, f64)> {
        let mut v = [0.0; 3];
        // SAFETY: room for three numbers.
        if unsafe { libc::getloadavg(v.as_mut_ptr(), 3) } != 3 {
            return Err(vm.os_error_msg("Load averages are unobtainable"));
        }
        Ok((v[0], v[1], v[2]))
    }
    /// Return a bytes object containing random bytes suitable for cryptographic use.
    #[pyfunction("urandom(size, /)")]
    fn urandom(vm: &Vm, size: isize) -> PyResult<Obj> {
        if size < 0 {
            return Err(vm.value_error("negative argument not allowed"));
        }
        let mut buf = Vec::new();
        if buf.try_reserve_exact(size as usize).is_err() {
            return Err(vm.memory_error());
        }
        buf.resize(size as usize, 0);
        super::random_bytes(vm, &mut buf)?;
        Ok(vm.bytes(&buf))
    }
    /// Obtain a series of random bytes.
    #[pyfunction("getrandom(size, flags=0)")]
    fn getrandom(vm: &Vm, size: isize, flags: i32) -> PyResult<Obj> {
        if size < 0 {
            return Err(vm.os_error(libc::EINVAL));
        }
        let mut buf = Vec::new();
        if buf.try_reserve_exact(size as usize).is_err() {
            return Err(vm.memory_error());
        }
        buf.resize(size as usize, 0u8);
        let (p, n) = (buf.as_mut_ptr() as usize, buf.len());
        // SAFETY: the buffer is ours and holds `n` bytes.
        let got = crate::util::syscall(vm, || unsafe { libc::getrandom(p as *mut libc::c_void, n, flags as u32) })?;
        Ok(vm.bytes(&buf[..got as usize]))
    }
    /// Translate an error code to a message string.
    #[pyfunction("strerror(code, /)")]
    fn strerror(vm: &Vm, code: i32) -> PyResult<Obj> {
        // SAFETY: the result is null-terminated and copied at once; the GIL keeps other users out.
        let text = unsafe { std::ffi::CStr::from_ptr(libc::strerror(code)) }.to_bytes().to_vec();
        crate::util::fs_str(vm, &text)
    }
    /// Set the current numeric umask and return the previous umask.
    #[pyfunction("umask(mask, /)")]
    fn umask(mask: i32) -> u32 {
        // SAFETY: a plain system call that cannot fail.
        unsafe { libc::umask(mask as libc::mode_t) }
    }
    /// Extracts a raw device major number from a raw device number.
    #[pyfunction("major(device, /)")]
    fn major(device: Device) -> i64 {
        part_of(libc::major(device.0 as libc::dev_t) as u32)
    }
    /// Extracts a raw device minor number from a raw device number.
    #[pyfunction("minor(device, /)")]
    fn minor(device: Device) -> i64 {
        part_of(libc::minor(device.0 as libc::dev_t) as u32)
    }
    /// All bits set means none.
    fn part_of(n: u32) -> i64 {
        if n == u32::MAX { -1 } else { n.into() }
    }
    /// Composes a raw device number from the major and minor device numbers.
    #[pyfunction("makedev(major, minor, /)")]
    fn makedev(vm: &Vm, major: Ref<'_>, minor: Ref<'_>) -> PyResult<i128> {
        let part = |o: Ref<'_>| -> PyResult<u32> {
            let i = krait_object::convert::c_long(vm, o)?;
            if i == -1 {
                Ok(u32::MAX)
            } else {
                u32::try_from(i).map_err(|_| vm.overflow_error("Python int too large to convert to C unsigned int"))
            }
        };
        let (a, b) = (part(major)?, part(minor)?);
        let d = libc::makedev(a as _, b as _) as u64;
        Ok(if d == u64::MAX { -1 } else { d.into() })
    }
    /// Execute the command in a subshell.
    #[pyfunction("system(command)")]
    fn system(vm: &Vm, command: FsPathArg) -> PyResult<i32> {
        vm.audit("os.system", &[vm.bytes(&command.bytes).r()])?;
        let c = command.to_cstring();
        // SAFETY: the command is null-terminated.
        Ok(vm.allow_threads(|| unsafe { libc::system(c.as_ptr()) }))
    }
    /// Exit to the system with specified status, without normal exit processing.
    #[pyfunction("_exit(status)")]
    fn _exit(status: i32) -> Obj {
        // SAFETY: ends the process.
        unsafe { libc::_exit(status) }
    }
    /// Abort the interpreter immediately.
    ///
    /// This function 'dumps core' or otherwise fails in the hardest way possible
    /// on the hosting operating system.  This function never returns.
    #[pyfunction]
    fn abort() -> Obj {
        std::process::abort()
    }
    /// Set the current thread's namespaces.
    #[pyfunction("setns(fd, nstype=0)")]
    fn setns(vm: &Vm, fd: FdArg, nstype: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setns(fd.0, nstype) }).map(drop)
    }
    /// Disassociate parts of a process (or thread) execution context.
    ///
    ///   flags
    ///     Namespaces to be unshared.
    #[pyfunction("unshare(flags)")]
    fn unshare(vm: &Vm, flags: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::unshare(flags) }).map(drop)
    }
    #[pyfunction]
    fn _inputhook() -> bool {
        false
    }
    #[pyfunction]
    fn _is_inputhook_installed() -> bool {
        false
    }
    fn names(vm: &Vm, table: &[(&'static str, i64)]) -> PyResult<Obj> {
        let d = PyDict::new(vm);
        for (n, v) in table {
            d.set_str(vm, &vm.intern(n), vm.int_i64(*v))?;
        }
        Ok(d.into_obj())
    }
    #[pyattr("sysconf_names")]
    fn sysconf_names(vm: &Vm) -> PyResult<Obj> {
        names(vm, SYSCONF)
    }
    #[pyattr("confstr_names")]
    fn confstr_names(vm: &Vm) -> PyResult<Obj> {
        names(vm, CONFSTR)
    }
    #[pyattr("pathconf_names")]
    fn pathconf_names(vm: &Vm) -> PyResult<Obj> {
        names(vm, PATHCONF)
    }
}
