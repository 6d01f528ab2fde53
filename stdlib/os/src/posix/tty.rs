//! Terminals.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_types::structseq::StructSeqDef;

/// `os.terminal_size`.
pub static TERMINAL_SIZE: StructSeqDef = StructSeqDef {
    module: "os",
    name: "terminal_size",
    doc: Some("A tuple of (columns, lines) for holding terminal window size"),
    fields: &[("columns", "width of the terminal window in characters"), ("lines", "height of the terminal window in characters")],
    n_in_sequence: 2,
    complete: None,
};

fn c_string(vm: &Vm, p: *const libc::c_char) -> PyResult<Obj> {
    // SAFETY: the caller passes a null-terminated string.
    crate::util::fs_str(vm, unsafe { std::ffi::CStr::from_ptr(p) }.to_bytes())
}

#[pymodule("posix")]
pub mod part {
    use super::{TERMINAL_SIZE, c_string};
    use crate::util::{check, errno};
    use krait_object::convert::FdArg;
    use krait_object::prelude::*;

    #[pyattr("terminal_size")]
    fn terminal_size(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &TERMINAL_SIZE)?.to_obj())
    }
    /// Return the size of the terminal window as (columns, lines).
    ///
    /// The optional argument fd (default standard output) specifies
    /// which file descriptor should be queried.
    ///
    /// If the file descriptor is not connected to a terminal, an OSError
    /// is thrown.
    ///
    /// This function will only be defined if an implementation is
    /// available for this system.
    ///
    /// shutil.get_terminal_size is the high-level function which should
    /// normally be used, os.get_terminal_size is the low-level implementation.
    #[pyfunction("get_terminal_size(fd=<unrepresentable>, /)")]
    fn get_terminal_size(vm: &Vm, fd: Option<i32>) -> PyResult<Obj> {
        // SAFETY: the result has room.
        let w = unsafe {
            let mut w: libc::winsize = std::mem::zeroed();
            check(vm, libc::ioctl(fd.unwrap_or(1), libc::TIOCGWINSZ, &mut w))?;
            w
        };
        krait_types::structseq::make(vm, &TERMINAL_SIZE, vec![vm.int(w.ws_col), vm.int(w.ws_row)])
    }
    /// Return the name of the terminal device connected to 'fd'.
    ///
    ///   fd
    ///     Integer file descriptor handle.
    #[pyfunction("ttyname(fd, /)")]
    fn ttyname(vm: &Vm, fd: i32) -> PyResult<Obj> {
        let mut buf = [0 as libc::c_char; 256];
        // SAFETY: the buffer has room for its length.
        let r = unsafe { libc::ttyname_r(fd, buf.as_mut_ptr(), buf.len()) };
        if r != 0 {
            return Err(vm.os_error(r));
        }
        c_string(vm, buf.as_ptr())
    }
    /// Return the name of the controlling terminal for this process.
    #[pyfunction]
    fn ctermid(vm: &Vm) -> Obj {
        vm.str("/dev/tty")
    }
    /// Open a pseudo-terminal.
    ///
    /// Return a tuple of (master_fd, slave_fd) containing open file descriptors
    /// for both the master and slave ends.
    #[pyfunction]
    fn openpty(vm: &Vm) -> PyResult<(i32, i32)> {
        let (mut a, mut b) = (-1, -1);
        // SAFETY: room for two descriptors; the rest is optional.
        let r = unsafe { libc::openpty(&mut a, &mut b, std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut()) };
        check(vm, r)?;
        super::super::fdops::set_inheritable_fd(vm, a, false)?;
        super::super::fdops::set_inheritable_fd(vm, b, false)?;
        Ok((a, b))
    }
    /// Prepare the tty of which fd is a file descriptor for a new login session.
    ///
    /// Make the calling process a session leader; make the tty the
    /// controlling tty, the stdin, the stdout, and the stderr of the
    /// calling process; close fd.
    #[pyfunction("login_tty(fd, /)")]
    fn login_tty(vm: &Vm, fd: FdArg) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::login_tty(fd.0) }).map(drop)
    }
    /// Open and return a file descriptor for a master pseudo-terminal device.
    ///
    /// Performs a posix_openpt() C function call. The oflag argument is used to
    /// set file status flags and file access modes as specified in the manual page
    /// of posix_openpt() of your system.
    #[pyfunction("posix_openpt(oflag, /)")]
    fn posix_openpt(vm: &Vm, oflag: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::posix_openpt(oflag | libc::O_CLOEXEC) })
    }
    /// Grant access to the slave pseudo-terminal device.
    ///
    ///   fd
    ///     File descriptor of a master pseudo-terminal device.
    ///
    /// Performs a grantpt() C function call.
    #[pyfunction("grantpt(fd, /)")]
    fn grantpt(vm: &Vm, fd: FdArg) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::grantpt(fd.0) }).map(drop)
    }
    /// Unlock a pseudo-terminal master/slave pair.
    ///
    ///   fd
    ///     File descriptor of a master pseudo-terminal device.
    ///
    /// Performs an unlockpt() C function call.
    #[pyfunction("unlockpt(fd, /)")]
    fn unlockpt(vm: &Vm, fd: FdArg) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::unlockpt(fd.0) }).map(drop)
    }
    /// Return the name of the slave pseudo-terminal device.
    ///
    ///   fd
    ///     File descriptor of a master pseudo-terminal device.
    ///
    /// If the ptsname_r() C function is available, it is called;
    /// otherwise, performs a ptsname() C function call.
    #[pyfunction("ptsname(fd, /)")]
    fn ptsname(vm: &Vm, fd: FdArg) -> PyResult<Obj> {
        let mut buf = [0 as libc::c_char; 256];
        // SAFETY: the buffer has room for its length.
        let r = unsafe { libc::ptsname_r(fd.0, buf.as_mut_ptr(), buf.len()) };
        if r != 0 {
            return Err(vm.os_error(if r < 0 { errno() } else { r }));
        }
        c_string(vm, buf.as_ptr())
    }
    /// Return the process group associated with the terminal specified by fd.
    #[pyfunction("tcgetpgrp(fd, /)")]
    fn tcgetpgrp(vm: &Vm, fd: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::tcgetpgrp(fd) })
    }
    /// Set the process group associated with the terminal specified by fd.
    #[pyfunction("tcsetpgrp(fd, pgid, /)")]
    fn tcsetpgrp(vm: &Vm, fd: i32, pgid: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::tcsetpgrp(fd, pgid) }).map(drop)
    }
}
