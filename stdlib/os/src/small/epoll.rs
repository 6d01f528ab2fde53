//! `select.epoll`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::select::fd_of;
use crate::timeval::{Deadline, Round, nanos_from, to_millis};
use crate::util::{check, errno};

/// An epoll descriptor; -1 once closed.
#[repr(C)]
#[derive(Trace)]
pub struct PyEpoll {
    pub header: Header,
    #[trace(skip)]
    fd: Cell<i32>,
}

impl Drop for PyEpoll {
    fn drop(&mut self) {
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            // SAFETY: the descriptor is ours.
            unsafe { libc::close(fd) };
        }
    }
}

impl PyEpoll {
    fn open(&self, vm: &Vm) -> PyResult<i32> {
        match self.fd.get() {
            fd if fd >= 0 => Ok(fd),
            _ => Err(vm.value_error("I/O operation on closed epoll object")),
        }
    }
    fn control(&self, vm: &Vm, op: i32, fd: Ref<'_>, events: u32) -> PyResult<()> {
        let ep = self.open(vm)?;
        let fd = fd_of(vm, fd)?;
        let mut ev = libc::epoll_event { events, u64: fd as u64 };
        // SAFETY: the record lives through the call.
        check(vm, unsafe { libc::epoll_ctl(ep, op, fd, &mut ev) }).map(drop)
    }
    fn close(&self, vm: &Vm) -> PyResult<()> {
        let fd = self.fd.replace(-1);
        if fd < 0 {
            return Ok(());
        }
        // SAFETY: the descriptor is ours and forgotten.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::close(fd) }, errno()));
        if r < 0 { Err(vm.os_error(e)) } else { Ok(()) }
    }
    fn wait(&self, vm: &Vm, timeout: Option<Ref<'_>>, maxevents: i32) -> PyResult<Obj> {
        let ep = self.open(vm)?;
        let ns = match timeout.filter(|t| !t.is_none()) {
            None => None,
            Some(t) => {
                if t.as_float(vm).is_none() && !vm.has_index(t) {
                    return Err(vm.type_error("timeout must be an integer or None"));
                }
                let ns = nanos_from(vm, t, Round::Up)?;
                if to_millis(ns) > i32::MAX.into() {
                    return Err(vm.overflow_error("timeout is too large"));
                }
                Some(ns).filter(|n| *n >= 0)
            }
        };
        let most = match maxevents {
            -1 => 1023,
            n if n < 1 => return Err(vm.value_error(format!("maxevents must be greater than 0, got {n}"))),
            n => n,
        };
        let mut events: Vec<libc::epoll_event> = Vec::new();
        if events.try_reserve_exact(most as usize).is_err() {
            return Err(vm.memory_error());
        }
        let deadline = Deadline::after(ns);
        loop {
            let ms = deadline.left().map_or(-1, to_millis) as i32;
            let p = events.as_mut_ptr() as usize;
            // SAFETY: the array has room for `most` records and lives through the call.
            let (n, e) = vm.allow_threads(|| (unsafe { libc::epoll_wait(ep, p as *mut libc::epoll_event, most, ms) }, errno()));
            if n >= 0 {
                // SAFETY: the kernel filled `n` records.
                unsafe { events.set_len(n as usize) };
                break;
            }
            if e != libc::EINTR {
                return Err(vm.os_error(e));
            }
            vm.poll()?;
            if deadline.passed() {
                break;
            }
        }
        let items = events.iter().map(|ev| {
            let (fd, mask) = (ev.u64 as i32, ev.events);
            vm.tuple(vec![vm.int(fd), vm.int(mask)])
        });
        Ok(vm.list(items.collect()))
    }
}

const DEFAULT_MASK: u32 = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;

/// Returns an epolling object.
///
///   sizehint
///     The expected number of events to be registered.  It must be positive,
///     or -1 to use the default.  It is only used on older systems where
///     epoll_create1() is not available; otherwise it has no effect (though its
///     value is still checked).
///   flags
///     Deprecated and completely ignored.  However, when supplied, its value
///     must be 0 or select.EPOLL_CLOEXEC, otherwise OSError is raised.
#[pyclass("epoll", module = "select", layout = PyEpoll, own, mutable)]
pub mod epoll_class {
    use std::cell::Cell;

    use super::{DEFAULT_MASK, PyEpoll};
    use crate::util::check;
    use krait_object::prelude::*;

    fn make(vm: &Vm, cls: &PyType, fd: i32) -> PyResult<Py<PyEpoll>> {
        crate::util::alloc_sub(vm, cls, PyEpoll { header: crate::util::no_header(), fd: Cell::new(fd) })
    }
    #[pynew("epoll(sizehint=-1, flags=0)")]
    fn new(vm: &Vm, cls: &PyType, sizehint: i32, flags: i32) -> PyResult<Py<PyEpoll>> {
        if sizehint != -1 && sizehint <= 0 {
            return Err(vm.value_error("negative sizehint"));
        }
        if flags != 0 && flags != libc::EPOLL_CLOEXEC {
            return Err(vm.os_error_msg("invalid flags"));
        }
        // SAFETY: a plain system call.
        let fd = check(vm, unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        make(vm, cls, fd)
    }
    /// Create an epoll object from a given control fd.
    #[pyclassmethod("fromfd(fd, /)")]
    fn fromfd(vm: &Vm, cls: &PyType, fd: i32) -> PyResult<Py<PyEpoll>> {
        make(vm, cls, fd)
    }
    /// Close the epoll control file descriptor.
    ///
    /// Further operations on the epoll object will raise an exception.
    #[pymethod]
    fn close(vm: &Vm, zelf: &PyEpoll) -> PyResult<()> {
        zelf.close(vm)
    }
    /// Return the epoll control file descriptor.
    #[pymethod]
    fn fileno(vm: &Vm, zelf: &PyEpoll) -> PyResult<i32> {
        zelf.open(vm)
    }
    /// True if the epoll handler is closed
    #[getter]
    fn closed(zelf: &PyEpoll) -> bool {
        zelf.fd.get() < 0
    }
    /// Registers a new fd or raises an OSError if the fd is already registered.
    ///
    ///   fd
    ///     the target file descriptor of the operation
    ///   eventmask
    ///     a bit set composed of the various EPOLL constants
    ///
    /// The epoll interface supports all file descriptors that support poll.
    #[pymethod("register(fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)")]
    fn register(vm: &Vm, zelf: &PyEpoll, fd: Ref<'_>, eventmask: OptArg<u32>) -> PyResult<()> {
        zelf.control(vm, libc::EPOLL_CTL_ADD, fd, eventmask.0.unwrap_or(DEFAULT_MASK))
    }
    /// Modify event mask for a registered file descriptor.
    ///
    ///   fd
    ///     the target file descriptor of the operation
    ///   eventmask
    ///     a bit set composed of the various EPOLL constants
    #[pymethod("modify(fd, eventmask)")]
    fn modify(vm: &Vm, zelf: &PyEpoll, fd: Ref<'_>, eventmask: u32) -> PyResult<()> {
        zelf.control(vm, libc::EPOLL_CTL_MOD, fd, eventmask)
    }
    /// Remove a registered file descriptor from the epoll object.
    ///
    ///   fd
    ///     the target file descriptor of the operation
    #[pymethod("unregister(fd)")]
    fn unregister(vm: &Vm, zelf: &PyEpoll, fd: Ref<'_>) -> PyResult<()> {
        zelf.control(vm, libc::EPOLL_CTL_DEL, fd, 0)
    }
    /// Wait for events on the epoll file descriptor.
    ///
    ///   timeout
    ///     the maximum time to wait in seconds (as float);
    ///     a timeout of None or -1 makes poll wait indefinitely
    ///   maxevents
    ///     the maximum number of events returned; -1 means no limit
    ///
    /// Returns a list containing any descriptors that have events to report,
    /// as a list of (fd, events) 2-tuples.
    #[pymethod("poll(timeout=None, maxevents=-1)")]
    fn poll(vm: &Vm, zelf: &PyEpoll, timeout: Option<Ref<'_>>, maxevents: i32) -> PyResult<Obj> {
        zelf.wait(vm, timeout, maxevents)
    }
    #[pymethod("__enter__()")]
    fn enter(vm: &Vm, zelf: &PyEpoll) -> PyResult<Obj> {
        zelf.open(vm)?;
        Ok(zelf.to_obj())
    }
    #[pymethod("__exit__(exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn exit(vm: &Vm, zelf: &PyEpoll, _t: Ref<'_>, _v: Ref<'_>, _tb: Ref<'_>) -> PyResult<()> {
        zelf.close(vm)
    }
}
