//! The `fcntl` module.

use krait_macros::pymodule;
use krait_object::buffer::{Buffer, flags, has_buffer};
use krait_object::prelude::*;

use crate::util::{errno, retry};

/// Buffers up to this size go through memory of our own.
const SMALL: usize = 1024;

/// A str or bytes-like argument copied into a buffer with room for the kernel.
fn copied(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Vec<u8>>> {
    if let Some(s) = o.downcast::<PyStr>(vm) {
        return Ok(Some(s.to_utf8(vm)?.as_bytes().to_vec()));
    }
    if has_buffer(vm, o) {
        return krait_object::buffer::with_bytes(vm, o, <[u8]>::to_vec).map(Some);
    }
    Ok(None)
}

/// An int argument, taken as its low bits.
fn int_arg(vm: &Vm, o: Ref<'_>) -> PyResult<i64> {
    let i = vm.index(o)?;
    let Some(v) = i.r().as_int(vm) else { return Err(vm.type_error("an integer is required")) };
    Ok(match v.to_i64() {
        Some(i) => i,
        None => {
            let low = &v.to_big() & &dashu_int::IBig::from(u64::MAX);
            u64::try_from(&low).unwrap_or(0) as i64
        }
    })
}

fn fcntl(vm: &Vm, fd: i32, cmd: i32, arg: Option<Ref<'_>>) -> PyResult<Obj> {
    let zero = vm.int(0);
    let arg = arg.unwrap_or(zero.r());
    vm.audit("fcntl.fcntl", &[vm.int(fd).r(), vm.int(cmd).r(), arg])?;
    if let Some(data) = copied(vm, arg)? {
        if data.len() > SMALL {
            return Err(vm.value_error("fcntl argument 3 is too long"));
        }
        let n = data.len();
        let mut buf = [0u8; SMALL + 8];
        buf[..n].copy_from_slice(&data);
        let p = buf.as_mut_ptr() as usize;
        // SAFETY: the buffer has room for what the commands fill in.
        return match retry(vm, || unsafe { libc::fcntl(fd, cmd, p as *mut libc::c_void) })? {
            Ok(_) => Ok(vm.bytes(&buf[..n])),
            Err(e) => Err(vm.os_error(e)),
        };
    }
    let arg = int_arg(vm, arg)? as i32;
    // SAFETY: commands that take a number; as in CPython, the caller picks a fitting one.
    match retry(vm, || unsafe { libc::fcntl(fd, cmd, arg) })? {
        Ok(r) => Ok(vm.int(r)),
        Err(e) => Err(vm.os_error(e)),
    }
}

fn ioctl(vm: &Vm, fd: i32, request: u64, arg: Option<Ref<'_>>, mutate: bool) -> PyResult<Obj> {
    let zero = vm.int(0);
    let arg = arg.unwrap_or(zero.r());
    vm.audit("fcntl.ioctl", &[vm.int(fd).r(), vm.int(request).r(), arg])?;
    let request = request as libc::c_ulong;
    let writable = mutate && !arg.is_instance_of::<PyStr>(vm) && has_buffer(vm, arg);
    if writable {
        match Buffer::get(vm, arg, flags::WRITABLE) {
            Ok(mut b) if !b.info().readonly => return ioctl_in_place(vm, fd, request, &mut b),
            Ok(_) => {}
            Err(e) => drop(vm.take_raised(e)),
        }
    }
    if let Some(data) = copied(vm, arg)? {
        if data.len() > SMALL {
            return Err(vm.value_error("ioctl argument 3 is too long"));
        }
        let n = data.len();
        let mut buf = [0u8; SMALL + 8];
        buf[..n].copy_from_slice(&data);
        let p = buf.as_mut_ptr() as usize;
        // SAFETY: the buffer has room for what the requests of this size fill in.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::ioctl(fd, request, p as *mut libc::c_void) }, errno()));
        return if r < 0 { Err(vm.os_error(e)) } else { Ok(vm.bytes(&buf[..n])) };
    }
    let arg = int_arg(vm, arg)?;
    // SAFETY: requests that take a number; as in CPython, the caller picks a fitting one.
    let (r, e) = vm.allow_threads(|| (unsafe { libc::ioctl(fd, request, arg) }, errno()));
    if r < 0 { Err(vm.os_error(e)) } else { Ok(vm.int(r)) }
}

/// Has the kernel change the caller's buffer; small ones go through a larger copy.
fn ioctl_in_place(vm: &Vm, fd: i32, request: libc::c_ulong, b: &mut Buffer) -> PyResult<Obj> {
    let n = b.len();
    if n <= SMALL {
        let mut buf = [0u8; SMALL + 8];
        buf[..n].copy_from_slice(b.as_slice());
        let p = buf.as_mut_ptr() as usize;
        // SAFETY: the buffer has room.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::ioctl(fd, request, p as *mut libc::c_void) }, errno()));
        b.as_mut_slice().copy_from_slice(&buf[..n]);
        return if r < 0 { Err(vm.os_error(e)) } else { Ok(vm.int(r)) };
    }
    let p = b.info().ptr as usize;
    // SAFETY: the buffer is held.
    let (r, e) = vm.allow_threads(|| (unsafe { libc::ioctl(fd, request, p as *mut libc::c_void) }, errno()));
    if r < 0 { Err(vm.os_error(e)) } else { Ok(vm.int(r)) }
}

fn lockf(vm: &Vm, fd: i32, cmd: i32, len: Option<Ref<'_>>, start: Option<Ref<'_>>, whence: i32) -> PyResult<()> {
    let zero = vm.int(0);
    let (len_o, start_o) = (len.unwrap_or(zero.r()), start.unwrap_or(zero.r()));
    let args = [vm.int(fd), vm.int(cmd), len_o.to_obj(), start_o.to_obj(), vm.int(whence)];
    vm.audit("fcntl.lockf", krait_object::obj::refs(&args))?;
    // SAFETY: all-zero is a valid `flock`.
    let mut l: libc::flock = unsafe { std::mem::zeroed() };
    l.l_type = if cmd == libc::LOCK_UN {
        libc::F_UNLCK as _
    } else if cmd & libc::LOCK_SH != 0 {
        libc::F_RDLCK as _
    } else if cmd & libc::LOCK_EX != 0 {
        libc::F_WRLCK as _
    } else {
        return Err(vm.value_error("unrecognized lockf argument"));
    };
    l.l_start = krait_object::convert::c_long(vm, start_o)?;
    l.l_len = krait_object::convert::c_long(vm, len_o)?;
    l.l_whence = whence as _;
    let op = if cmd & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
    // SAFETY: the lock lives through the call.
    match retry(vm, || unsafe { libc::fcntl(fd, op, &l) })? {
        Ok(_) => Ok(()),
        Err(e) => Err(vm.os_error(e)),
    }
}

/// This module performs file control and I/O control on file
/// descriptors.  It is an interface to the fcntl() and ioctl() Unix
/// routines.  File descriptors can be obtained with the fileno() method of
/// a file or socket object.
#[pymodule("fcntl")]
pub mod fcntl_module {
    use crate::util::syscall;
    use krait_object::convert::FdArg;
    use krait_object::prelude::*;

    /// Perform the operation `cmd` on file descriptor fd.
    ///
    /// The values used for `cmd` are operating system dependent, and are available
    /// as constants in the fcntl module, using the same names as used in
    /// the relevant C header files.  The argument arg is optional, and
    /// defaults to 0; it may be an int or a string.  If arg is given as a string,
    /// the return value of fcntl is a string of that length, containing the
    /// resulting value put in the arg buffer by the operating system.  The length
    /// of the arg string is not allowed to exceed 1024 bytes.  If the arg given
    /// is an integer or if none is specified, the result value is an integer
    /// corresponding to the return value of the fcntl call in the C code.
    #[pyfunction("fcntl(fd, cmd, arg=0, /)")]
    fn fcntl(vm: &Vm, fd: FdArg, cmd: i32, arg: OptArg<Ref<'_>>) -> PyResult<Obj> {
        super::fcntl(vm, fd.0, cmd, arg.0)
    }
    /// Perform the operation request on file descriptor fd.
    #[pyfunction("ioctl(fd, request, arg=0, mutate_flag=True, /)")]
    fn ioctl(vm: &Vm, fd: FdArg, request: Ref<'_>, arg: OptArg<Ref<'_>>, mutate_flag: bool) -> PyResult<Obj> {
        let request = super::int_arg(vm, request)? as u64;
        super::ioctl(vm, fd.0, request, arg.0, mutate_flag)
    }
    /// Perform the lock operation `operation` on file descriptor `fd`.
    ///
    /// See the Unix manual page for flock(2) for details (On some systems, this
    /// function is emulated using fcntl()).
    #[pyfunction("flock(fd, operation, /)")]
    fn flock(vm: &Vm, fd: FdArg, operation: i32) -> PyResult<()> {
        vm.audit("fcntl.flock", &[vm.int(fd.0).r(), vm.int(operation).r()])?;
        // SAFETY: a plain system call.
        syscall(vm, || unsafe { libc::flock(fd.0, operation) }).map(drop)
    }
    /// A wrapper around the fcntl() locking calls.
    ///
    /// `fd` is the file descriptor of the file to lock or unlock, and operation is one
    /// of the following values:
    ///
    ///     LOCK_UN - unlock
    ///     LOCK_SH - acquire a shared lock
    ///     LOCK_EX - acquire an exclusive lock
    ///
    /// When operation is LOCK_SH or LOCK_EX, it can also be bitwise ORed with
    /// LOCK_NB to avoid blocking on lock acquisition.  If LOCK_NB is used and the
    /// lock cannot be acquired, an OSError will be raised and the exception will
    /// have an errno attribute set to EACCES or EAGAIN (depending on the operating
    /// system -- for portability, check for either value).
    ///
    /// `len` is the number of bytes to lock, with the default meaning to lock to
    /// EOF.  `start` is the byte offset, relative to `whence`, to that the lock
    /// starts.  `whence` is as with fileobj.seek(), specifically:
    ///
    ///     0 - relative to the start of the file (SEEK_SET)
    ///     1 - relative to the current buffer position (SEEK_CUR)
    ///     2 - relative to the end of the file (SEEK_END)
    #[pyfunction("lockf(fd, cmd, len=0, start=0, whence=0, /)")]
    fn lockf(vm: &Vm, fd: FdArg, cmd: i32, len: OptArg<Ref<'_>>, start: OptArg<Ref<'_>>, whence: i32) -> PyResult<()> {
        super::lockf(vm, fd.0, cmd, len.0, start.0, whence)
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(vm, module, super::super::tables::FCNTL)
    }
}
