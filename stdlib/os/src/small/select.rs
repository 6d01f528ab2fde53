//! The `select` module: `select` and `poll`; `epoll` has its own file.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::convert::{ArgCx, ArgName, FdArg, FromArg};
use krait_object::prelude::*;

use crate::timeval::{Deadline, Round, nanos_from, to_millis, to_timeval};
use crate::util::errno;

/// The descriptor of an int or of an object with `fileno()`.
pub fn fd_of(vm: &Vm, o: Ref<'_>) -> PyResult<i32> {
    let cx = ArgCx { func: "select", param: "fd", which: ArgName::Only };
    FdArg::from_arg(vm, o, &cx).map(|f| f.0)
}

/// Objects with their descriptors, and the C set of them.
struct Watched {
    items: Vec<(Obj, i32)>,
    set: libc::fd_set,
}

impl Watched {
    fn read(vm: &Vm, seq: Ref<'_>) -> PyResult<Watched> {
        let objects = match vm.collect(seq) {
            Ok(v) => v,
            Err(e) => {
                drop(vm.catch(e, vm.types.type_error)?);
                return Err(vm.type_error("arguments 1-3 must be sequences"));
            }
        };
        // SAFETY: `FD_ZERO` fills the set.
        let mut set = unsafe {
            let mut s: libc::fd_set = std::mem::zeroed();
            libc::FD_ZERO(&mut s);
            s
        };
        let mut items = Vec::with_capacity(objects.len());
        for o in objects {
            let fd = fd_of(vm, o.r())?;
            if fd < 0 || fd as usize >= libc::FD_SETSIZE {
                return Err(vm.value_error("filedescriptor out of range in select()"));
            }
            // SAFETY: the number is in range.
            unsafe { libc::FD_SET(fd, &mut set) };
            items.push((o, fd));
        }
        Ok(Watched { items, set })
    }
    fn ready(self, vm: &Vm, set: &libc::fd_set) -> Obj {
        // SAFETY: the numbers are in range.
        let hit = self.items.into_iter().filter(|(_, fd)| unsafe { libc::FD_ISSET(*fd, set) });
        vm.list(hit.map(|(o, _)| o).collect())
    }
}

fn select(vm: &Vm, r: Ref<'_>, w: Ref<'_>, x: Ref<'_>, timeout: Option<Ref<'_>>) -> PyResult<Obj> {
    let ns = match timeout.filter(|t| !t.is_none()) {
        None => None,
        Some(t) => {
            if t.as_float(vm).is_none() && !vm.has_index(t) {
                return Err(vm.type_error("timeout must be a float or None"));
            }
            let ns = nanos_from(vm, t, Round::Up)?;
            if ns < 0 {
                return Err(vm.value_error("timeout must be non-negative"));
            }
            Some(ns)
        }
    };
    let all = [Watched::read(vm, r)?, Watched::read(vm, w)?, Watched::read(vm, x)?];
    let most = all.iter().flat_map(|l| l.items.iter().map(|i| i.1)).max().unwrap_or(-1) + 1;
    let deadline = Deadline::after(ns);
    let (mut a, mut b, mut c);
    loop {
        (a, b, c) = (all[0].set, all[1].set, all[2].set);
        let mut tv = deadline.left().map(to_timeval);
        let (p, q, s) = (&raw mut a as usize, &raw mut b as usize, &raw mut c as usize);
        let t = tv.as_mut().map_or(std::ptr::null_mut(), |t| t as *mut libc::timeval) as usize;
        let (n, e) = vm.allow_threads(|| {
            // SAFETY: the sets and the time live through the call.
            let n = unsafe { libc::select(most, p as *mut _, q as *mut _, s as *mut _, t as *mut libc::timeval) };
            (n, errno())
        });
        if n >= 0 {
            if n == 0 {
                return Ok(vm.tuple(vec![vm.list(vec![]), vm.list(vec![]), vm.list(vec![])]));
            }
            break;
        }
        if e != libc::EINTR {
            return Err(vm.os_error(e));
        }
        vm.poll()?;
        if deadline.passed() {
            return Ok(vm.tuple(vec![vm.list(vec![]), vm.list(vec![]), vm.list(vec![])]));
        }
    }
    let [x1, x2, x3] = all;
    Ok(vm.tuple(vec![x1.ready(vm, &a), x2.ready(vm, &b), x3.ready(vm, &c)]))
}

/// A polling object.
#[repr(C)]
#[derive(Trace)]
pub struct PyPoll {
    pub header: Header,
    #[trace(skip)]
    fds: RefCell<Vec<libc::pollfd>>,
    #[trace(skip)]
    running: Cell<bool>,
}

/// An event mask.
fn mask(vm: &Vm, o: Ref<'_>) -> PyResult<i16> {
    let v = krait_object::convert::c_long(vm, o)?;
    if v < 0 {
        return Err(vm.value_error("value must be positive"));
    }
    match u16::try_from(v) {
        Ok(m) => Ok(m as i16),
        Err(_) => Err(vm.overflow_error("Python int too large for C unsigned short")),
    }
}

#[pyclass("poll", module = "select", layout = PyPoll, own, flags(DISALLOW_INSTANTIATION))]
pub mod poll_class {
    use super::{Deadline, PyPoll, Round, errno, fd_of, mask, to_millis};
    use krait_object::prelude::*;

    /// Register a file descriptor with the polling object.
    ///
    ///   fd
    ///     either an integer, or an object with a fileno() method returning an int
    ///   eventmask
    ///     an optional bitmask describing the type of events to check for
    #[pymethod("register(fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)")]
    fn register(vm: &Vm, zelf: &PyPoll, fd: Ref<'_>, eventmask: OptArg<Ref<'_>>) -> PyResult<()> {
        let fd = fd_of(vm, fd)?;
        let events = match eventmask.0 {
            Some(m) => mask(vm, m)?,
            None => libc::POLLIN | libc::POLLPRI | libc::POLLOUT,
        };
        let mut all = zelf.fds.borrow_mut();
        match all.iter_mut().find(|p| p.fd == fd) {
            Some(p) => p.events = events,
            None => all.push(libc::pollfd { fd, events, revents: 0 }),
        }
        Ok(())
    }
    /// Modify an already registered file descriptor.
    ///
    ///   fd
    ///     either an integer, or an object with a fileno() method returning
    ///     an int
    ///   eventmask
    ///     a bitmask describing the type of events to check for
    #[pymethod("modify(fd, eventmask, /)")]
    fn modify(vm: &Vm, zelf: &PyPoll, fd: Ref<'_>, eventmask: Ref<'_>) -> PyResult<()> {
        let fd = fd_of(vm, fd)?;
        let events = mask(vm, eventmask)?;
        match zelf.fds.borrow_mut().iter_mut().find(|p| p.fd == fd) {
            Some(p) => {
                p.events = events;
                Ok(())
            }
            None => Err(vm.os_error(libc::ENOENT)),
        }
    }
    /// Remove a file descriptor being tracked by the polling object.
    #[pymethod("unregister(fd, /)")]
    fn unregister(vm: &Vm, zelf: &PyPoll, fd: Ref<'_>) -> PyResult<()> {
        let fd = fd_of(vm, fd)?;
        let found = {
            let mut all = zelf.fds.borrow_mut();
            let i = all.iter().position(|p| p.fd == fd);
            i.map(|i| all.remove(i))
        };
        if found.is_none() { Err(vm.key_error(vm.int(fd).r())) } else { Ok(()) }
    }
    /// Polls the set of registered file descriptors.
    ///
    ///   timeout
    ///     The maximum time to wait in milliseconds, or else None (or a negative
    ///     value) to wait indefinitely.
    ///
    /// Returns a list containing any descriptors that have events or errors to
    /// report, as a list of (fd, event) 2-tuples.
    #[pymethod("poll(timeout=None, /)")]
    fn poll(vm: &Vm, zelf: &PyPoll, timeout: Option<Ref<'_>>) -> PyResult<Obj> {
        let ns = match timeout {
            None => None,
            Some(t) => {
                let ms = match t.as_float(vm) {
                    Some(f) if f.is_nan() => return Err(vm.value_error("Invalid value NaN (not a number)")),
                    Some(f) => Round::Up.apply(f * 1e6),
                    None => {
                        if !vm.has_index(t) {
                            return Err(vm.type_error("timeout must be an integer or None"));
                        }
                        vm.index_isize(t, vm.types.overflow_error)? as f64 * 1e6
                    }
                };
                if ms / 1e6 > f64::from(i32::MAX) {
                    return Err(vm.overflow_error("timeout is too large"));
                }
                if ms < 0.0 { None } else { Some(ms as i64) }
            }
        };
        if zelf.running.replace(true) {
            return Err(vm.runtime_error("concurrent poll() invocation"));
        }
        let r = wait(vm, zelf, ns);
        zelf.running.set(false);
        let fds = r?;
        let hits = fds.iter().filter(|p| p.revents != 0);
        Ok(vm.list(hits.map(|p| vm.tuple(vec![vm.int(p.fd), vm.int(p.revents as u16)])).collect()))
    }
    fn wait(vm: &Vm, zelf: &PyPoll, ns: Option<i64>) -> PyResult<Vec<libc::pollfd>> {
        let mut fds = zelf.fds.borrow().clone();
        let deadline = Deadline::after(ns);
        loop {
            let ms = deadline.left().map_or(-1, to_millis).min(i32::MAX.into()) as i32;
            let (p, n) = (fds.as_mut_ptr() as usize, fds.len());
            // SAFETY: the array lives through the call and holds `n` records.
            let (r, e) = vm.allow_threads(|| (unsafe { libc::poll(p as *mut libc::pollfd, n as libc::nfds_t, ms) }, errno()));
            if r > 0 {
                return Ok(fds);
            }
            if r == 0 {
                return Ok(Vec::new());
            }
            if e != libc::EINTR {
                return Err(vm.os_error(e));
            }
            vm.poll()?;
            if deadline.passed() {
                return Ok(Vec::new());
            }
        }
    }
}

/// This module supports asynchronous I/O on multiple file descriptors.
///
/// *** IMPORTANT NOTICE ***
/// On Windows, only sockets are supported; on Unix, all file descriptors.
#[pymodule("select", classes(crate::small::epoll::epoll_class))]
pub mod select_module {
    use std::cell::{Cell, RefCell};

    use super::PyPoll;
    use krait_object::prelude::*;

    #[pyattr("error")]
    fn error(vm: &Vm) -> Obj {
        vm.types.os_error.to_obj()
    }
    /// Wait until one or more file descriptors are ready for some kind of I/O.
    ///
    /// The first three arguments are iterables of file descriptors to be waited for:
    /// rlist -- wait until ready for reading
    /// wlist -- wait until ready for writing
    /// xlist -- wait for an "exceptional condition"
    /// If only one kind of condition is required, pass [] for the other lists.
    ///
    /// A file descriptor is either a socket or file object, or a small integer
    /// gotten from a fileno() method call on one of those.
    ///
    /// The optional 4th argument specifies a timeout in seconds; it may be
    /// a floating-point number to specify fractions of seconds.  If it is absent
    /// or None, the call will never time out.
    ///
    /// The return value is a tuple of three lists corresponding to the first three
    /// arguments; each contains the subset of the corresponding file descriptors
    /// that are ready.
    ///
    /// *** IMPORTANT NOTICE ***
    /// On Windows, only sockets are supported; on Unix, all file
    /// descriptors can be used.
    #[pyfunction("select(rlist, wlist, xlist, timeout=None, /)")]
    fn select(vm: &Vm, rlist: Ref<'_>, wlist: Ref<'_>, xlist: Ref<'_>, timeout: Option<Ref<'_>>) -> PyResult<Obj> {
        super::select(vm, rlist, wlist, xlist, timeout)
    }
    /// Returns a polling object.
    ///
    /// This object supports registering and unregistering file descriptors, and then
    /// polling them for I/O events.
    #[pyfunction]
    fn poll(vm: &Vm) -> PyResult<Obj> {
        let p = PyPoll { header: crate::util::no_header(), fds: RefCell::default(), running: Cell::new(false) };
        crate::util::alloc_native(vm, p)
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(vm, module, super::super::tables::SELECT)
    }
}
