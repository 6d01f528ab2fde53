//! The `termios` module.

use std::cell::OnceCell;

use krait_macros::pymodule;
use krait_object::error::Raised;
use krait_object::prelude::*;

use crate::util::errno;

#[derive(Default)]
struct TermiosError(OnceCell<Obj>);

/// `termios.error`.
fn error_type(vm: &Vm) -> PyResult<Obj> {
    let state = vm.interp.state::<TermiosError>();
    if let Some(t) = state.0.get() {
        return Ok(t.clone());
    }
    let dict = PyDict::new(vm);
    dict.set_str(vm, vm.names().__module__, vm.str("termios"))?;
    let bases = vm.tuple(vec![vm.types.exception.to_obj()]);
    let t = vm.call(vm.types.r#type.r(), &[vm.str("error").r(), bases.r(), dict.r()])?;
    let _ = state.0.set(t.clone());
    Ok(t)
}

/// Raises `termios.error(errno, text)`.
fn raise(vm: &Vm, e: i32) -> Raised {
    let text = std::io::Error::from_raw_os_error(e).to_string();
    let text = text.split(" (os error").next().unwrap_or_default().to_owned();
    match error_type(vm) {
        Ok(t) => match t.r().downcast::<PyType>(vm) {
            Some(t) => vm.raise_with(t, vec![vm.int(e), vm.str(&text)]),
            None => vm.os_error(e),
        },
        Err(r) => r,
    }
}

fn run(vm: &Vm, f: impl Fn() -> i32) -> PyResult<()> {
    let (r, e) = vm.allow_threads(|| (f(), errno()));
    if r < 0 { Err(raise(vm, e)) } else { Ok(()) }
}

fn getattr(vm: &Vm, fd: i32) -> PyResult<libc::termios> {
    // SAFETY: all-zero is a valid `termios`; the result has room.
    unsafe {
        let mut t: libc::termios = std::mem::zeroed();
        if libc::tcgetattr(fd, &mut t) < 0 { Err(raise(vm, errno())) } else { Ok(t) }
    }
}

fn to_python(vm: &Vm, t: &libc::termios) -> Obj {
    let raw = t.c_lflag & libc::ICANON == 0;
    let cc =
        t.c_cc.iter().enumerate().map(|(i, c)| if raw && (i == libc::VMIN || i == libc::VTIME) { vm.int(*c) } else { vm.bytes(&[*c]) });
    let cc = vm.list(cc.collect());
    // SAFETY: reads speeds of a filled record.
    let (i, o) = unsafe { (libc::cfgetispeed(t), libc::cfgetospeed(t)) };
    vm.list(vec![vm.int(t.c_iflag), vm.int(t.c_oflag), vm.int(t.c_cflag), vm.int(t.c_lflag), vm.int(i), vm.int(o), cc])
}

fn setattr(vm: &Vm, fd: i32, when: i32, attributes: Ref<'_>) -> PyResult<()> {
    const BAD: &str = "tcsetattr, arg 3: must be 7 element list";
    let Some(list) = attributes.downcast::<PyList>(vm).filter(|l| l.len() == 7) else { return Err(vm.type_error(BAD)) };
    let items = list.to_vec();
    let mut t = getattr(vm, fd)?;
    let num = |i: usize| -> PyResult<u32> { Ok(krait_object::convert::c_long(vm, items[i].r())? as u32) };
    (t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag) = (num(0)?, num(1)?, num(2)?, num(3)?);
    let (i, o) = (num(4)?, num(5)?);
    let n = t.c_cc.len();
    let Some(cc) = items[6].r().downcast::<PyList>(vm).filter(|l| l.len() == n) else {
        return Err(vm.type_error(format!("tcsetattr: attributes[6] must be {n} element list")));
    };
    for (slot, item) in t.c_cc.iter_mut().zip(cc.to_vec()) {
        if let Some(b) = item.r().downcast::<krait_object::bytes::PyBytes>(vm).filter(|b| b.len() == 1) {
            *slot = b.as_slice()[0];
        } else if item.r().as_int(vm).is_some() {
            *slot = krait_object::convert::c_long(vm, item.r())? as u8;
        } else {
            return Err(vm.type_error("tcsetattr: elements of attributes must be characters or integers"));
        }
    }
    // SAFETY: the record is filled.
    unsafe {
        if libc::cfsetispeed(&mut t, i) < 0 || libc::cfsetospeed(&mut t, o) < 0 {
            return Err(raise(vm, errno()));
        }
    }
    // SAFETY: the record lives through the call.
    run(vm, || unsafe { libc::tcsetattr(fd, when, &t) })
}

/// This module provides an interface to the Posix calls for tty I/O control.
///
/// For a complete description of these calls, see the Posix or Unix manual
/// pages. It is only available for those Unix versions that support Posix
/// termios style tty I/O control (and then only if configured at installation
/// time).
///
/// All functions in this module take a file descriptor fd as their first
/// argument. This can be an integer file descriptor, such as returned by
/// sys.stdin.fileno(), or a file object, such as sys.stdin itself.
#[pymodule("termios")]
pub mod termios_module {
    use super::{raise, run};
    use crate::util::errno;
    use krait_object::convert::FdArg;
    use krait_object::prelude::*;

    #[pyattr("error")]
    fn error(vm: &Vm) -> PyResult<Obj> {
        super::error_type(vm)
    }
    /// Get the tty attributes for file descriptor fd.
    ///
    /// Returns a list [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]
    /// where cc is a list of the tty special characters (each a string of
    /// length 1, except the items with indices VMIN and VTIME, which are
    /// integers when these fields are defined).  The interpretation of the
    /// flags and the speeds as well as the indexing in the cc array must be
    /// done using the symbolic constants defined in this module.
    #[pyfunction("tcgetattr(fd, /)")]
    fn tcgetattr(vm: &Vm, fd: FdArg) -> PyResult<Obj> {
        Ok(super::to_python(vm, &super::getattr(vm, fd.0)?))
    }
    /// Set the tty attributes for file descriptor fd.
    ///
    /// The attributes to be set are taken from the attributes argument, which
    /// is a list like the one returned by tcgetattr(). The when argument
    /// determines when the attributes are changed: termios.TCSANOW to
    /// change immediately, termios.TCSADRAIN to change after transmitting all
    /// queued output, or termios.TCSAFLUSH to change after transmitting all
    /// queued output and discarding all queued input.
    #[pyfunction("tcsetattr(fd, when, attributes, /)")]
    fn tcsetattr(vm: &Vm, fd: FdArg, when: i32, attributes: Ref<'_>) -> PyResult<()> {
        super::setattr(vm, fd.0, when, attributes)
    }
    /// Send a break on file descriptor fd.
    ///
    /// A zero duration sends a break for 0.25-0.5 seconds; a nonzero duration
    /// has a system dependent meaning.
    #[pyfunction("tcsendbreak(fd, duration, /)")]
    fn tcsendbreak(vm: &Vm, fd: FdArg, duration: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        run(vm, || unsafe { libc::tcsendbreak(fd.0, duration) })
    }
    /// Wait until all output written to file descriptor fd has been transmitted.
    #[pyfunction("tcdrain(fd, /)")]
    fn tcdrain(vm: &Vm, fd: FdArg) -> PyResult<()> {
        // SAFETY: a plain system call.
        run(vm, || unsafe { libc::tcdrain(fd.0) })
    }
    /// Discard queued data on file descriptor fd.
    ///
    /// The queue selector specifies which queue: termios.TCIFLUSH for the input
    /// queue, termios.TCOFLUSH for the output queue, or termios.TCIOFLUSH for
    /// both queues.
    #[pyfunction("tcflush(fd, queue, /)")]
    fn tcflush(vm: &Vm, fd: FdArg, queue: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        run(vm, || unsafe { libc::tcflush(fd.0, queue) })
    }
    /// Suspend or resume input or output on file descriptor fd.
    ///
    /// The action argument can be termios.TCOOFF to suspend output,
    /// termios.TCOON to restart output, termios.TCIOFF to suspend input,
    /// or termios.TCION to restart input.
    #[pyfunction("tcflow(fd, action, /)")]
    fn tcflow(vm: &Vm, fd: FdArg, action: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        run(vm, || unsafe { libc::tcflow(fd.0, action) })
    }
    /// Get the tty winsize for file descriptor fd.
    ///
    /// Returns a tuple (ws_row, ws_col).
    #[pyfunction("tcgetwinsize(fd, /)")]
    fn tcgetwinsize(vm: &Vm, fd: FdArg) -> PyResult<(u16, u16)> {
        // SAFETY: the result has room.
        unsafe {
            let mut w: libc::winsize = std::mem::zeroed();
            if libc::ioctl(fd.0, libc::TIOCGWINSZ, &mut w) < 0 {
                return Err(raise(vm, errno()));
            }
            Ok((w.ws_row, w.ws_col))
        }
    }
    /// Set the tty winsize for file descriptor fd.
    ///
    /// The winsize to be set is taken from the winsize argument, which
    /// is a two-item tuple (ws_row, ws_col) like the one returned by tcgetwinsize().
    #[pyfunction("tcsetwinsize(fd, winsize, /)")]
    fn tcsetwinsize(vm: &Vm, fd: FdArg, winsize: Ref<'_>) -> PyResult<()> {
        if !vm.is_sequence(winsize) || vm.len(winsize)? != 2 {
            return Err(vm.type_error("tcsetwinsize, arg 2: must be a two-item sequence"));
        }
        let items = vm.collect(winsize)?;
        let mut sizes = [0u16; 2];
        for (slot, item) in sizes.iter_mut().zip(&items) {
            let v = krait_object::convert::c_long(vm, item.r())?;
            *slot = u16::try_from(v).map_err(|_| vm.overflow_error("winsize value(s) out of range."))?;
        }
        // SAFETY: reads and writes a record that lives through the calls.
        unsafe {
            let mut w: libc::winsize = std::mem::zeroed();
            if libc::ioctl(fd.0, libc::TIOCGWINSZ, &mut w) < 0 {
                return Err(raise(vm, errno()));
            }
            (w.ws_row, w.ws_col) = (sizes[0], sizes[1]);
            if libc::ioctl(fd.0, libc::TIOCSWINSZ, &w) < 0 { Err(raise(vm, errno())) } else { Ok(()) }
        }
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(vm, module, super::super::tables::TERMIOS)
    }
}
