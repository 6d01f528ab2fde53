//! Socket objects: state, timeouts, the loop around every blocking call.

use std::cell::{Cell, OnceCell};

use krait_macros::Trace;
use krait_object::error::Raised;
use krait_object::prelude::*;

use super::addr::{self, Addr};
use crate::timeval::{Deadline, Round, nanos_from, to_millis};
use crate::util::errno;

/// A socket; its descriptor is -1 once closed.
#[repr(C)]
#[derive(Trace)]
pub struct PySocket {
    pub header: Header,
    #[trace(skip)]
    pub fd: Cell<i32>,
    #[trace(skip)]
    pub family: Cell<i32>,
    #[trace(skip)]
    pub kind: Cell<i32>,
    #[trace(skip)]
    pub proto: Cell<i32>,
    /// Nanoseconds; `None` blocks, zero never waits.
    #[trace(skip)]
    pub timeout: Cell<Option<i64>>,
}

#[derive(Default)]
struct Defaults {
    timeout: Cell<Option<i64>>,
    _once: OnceCell<()>,
}

/// `socket.getdefaulttimeout`.
pub fn default_timeout(vm: &Vm) -> Option<i64> {
    vm.interp.state::<Defaults>().timeout.get()
}
pub fn set_default_timeout(vm: &Vm, t: Option<i64>) {
    vm.interp.state::<Defaults>().timeout.set(t);
}

/// A timeout argument.
pub fn timeout_from(vm: &Vm, o: Ref<'_>) -> PyResult<Option<i64>> {
    if o.is_none() {
        return Ok(None);
    }
    let ns = nanos_from(vm, o, Round::Up)?;
    if ns < 0 {
        return Err(vm.value_error("Timeout value out of range"));
    }
    if to_millis(ns) > i32::MAX.into() {
        return Err(vm.overflow_error("timeout doesn't fit into C timeval"));
    }
    Ok(Some(ns))
}

pub fn timeout_to(vm: &Vm, t: Option<i64>) -> Obj {
    match t {
        None => Obj::none(),
        Some(ns) => vm.float(if ns % 1_000_000_000 == 0 { (ns / 1_000_000_000) as f64 } else { ns as f64 / 1e9 }),
    }
}

#[cold]
pub fn timed_out(vm: &Vm) -> Raised {
    vm.raise_msg(vm.types.timeout_error, "timed out")
}

/// Makes a descriptor blocking or not.
pub fn set_blocking(vm: &Vm, fd: i32, blocking: bool) -> PyResult<()> {
    let mut no = i32::from(!blocking);
    // SAFETY: the flag lives through the call.
    let (r, e) = vm.allow_threads(|| (unsafe { libc::ioctl(fd, libc::FIONBIO, &raw mut no) }, errno()));
    if r < 0 { Err(vm.os_error(e)) } else { Ok(()) }
}

impl PySocket {
    pub fn fresh() -> PySocket {
        PySocket {
            header: crate::util::no_header(),
            fd: Cell::new(-1),
            family: Cell::new(0),
            kind: Cell::new(0),
            proto: Cell::new(0),
            timeout: Cell::new(None),
        }
    }
    /// Waits until the socket is ready. `Ok(false)` if time ran out.
    fn wait(&self, vm: &Vm, write: bool, connect: bool, deadline: &Deadline) -> PyResult<bool> {
        let fd = self.fd.get();
        if fd < 0 {
            return Ok(true);
        }
        let events = if connect {
            libc::POLLOUT | libc::POLLERR
        } else if write {
            libc::POLLOUT
        } else {
            libc::POLLIN
        };
        let mut p = libc::pollfd { fd, events, revents: 0 };
        let at = &raw mut p as usize;
        let ms = deadline.left().map_or(-1, to_millis).min(i32::MAX.into()) as i32;
        // SAFETY: the record lives through the call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::poll(at as *mut libc::pollfd, 1, ms) }, errno()));
        match r {
            0 => Ok(false),
            r if r > 0 => Ok(true),
            _ if e == libc::EINTR => {
                vm.poll()?;
                Ok(true)
            }
            _ => Err(vm.os_error(e)),
        }
    }
    /// Runs a call until it succeeds, fails, or time runs out. The call returns -1 on failure.
    pub fn call<T: Copy + PartialEq + From<i8>>(&self, vm: &Vm, write: bool, f: impl FnMut(i32) -> T) -> PyResult<T> {
        let deadline = Deadline::after(self.timeout.get());
        self.call_until(vm, write, &deadline, f)
    }
    pub fn call_until<T: Copy + PartialEq + From<i8>>(
        &self,
        vm: &Vm,
        write: bool,
        deadline: &Deadline,
        mut f: impl FnMut(i32) -> T,
    ) -> PyResult<T> {
        let timed = self.timeout.get().is_some_and(|t| t > 0);
        loop {
            if timed && (deadline.passed() || !self.wait(vm, write, false, deadline)?) {
                return Err(timed_out(vm));
            }
            let fd = self.fd.get();
            let (r, e) = vm.allow_threads(|| {
                let r = f(fd);
                (r, errno())
            });
            if r != T::from(-1) {
                return Ok(r);
            }
            match e {
                libc::EINTR => vm.poll()?,
                e if timed && (e == libc::EAGAIN || e == libc::EWOULDBLOCK) => {}
                e => return Err(vm.os_error(e)),
            }
        }
    }
    /// Connects; `Ok(Err(errno))` is a failure of the call.
    pub fn connect(&self, vm: &Vm, a: &Addr) -> PyResult<Result<(), i32>> {
        let fd = self.fd.get();
        // SAFETY: the address lives through the call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::connect(fd, a.ptr(), a.len) }, errno()));
        if r == 0 {
            return Ok(Ok(()));
        }
        let wait = match e {
            libc::EINTR => {
                vm.poll()?;
                self.timeout.get() != Some(0)
            }
            libc::EINPROGRESS => self.timeout.get().is_some_and(|t| t > 0),
            _ => false,
        };
        if !wait {
            return Ok(Err(e));
        }
        let deadline = Deadline::after(self.timeout.get());
        loop {
            if deadline.passed() || !self.wait(vm, true, true, &deadline)? {
                return Err(timed_out(vm));
            }
            let mut err = 0i32;
            let mut len = size_of::<i32>() as libc::socklen_t;
            // SAFETY: the result has room.
            let r = unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_ERROR, (&raw mut err).cast(), &mut len) };
            if r < 0 {
                return Ok(Err(errno()));
            }
            match err {
                0 | libc::EISCONN => {
                    // Ready may also mean interrupted: then the peer is not known yet.
                    let mut peer = Addr::empty();
                    // SAFETY: the result has room.
                    if unsafe { libc::getpeername(fd, peer.mut_ptr(), &mut peer.len) } == 0 {
                        return Ok(Ok(()));
                    }
                    if errno() != libc::ENOTCONN {
                        return Ok(Ok(()));
                    }
                }
                libc::EINPROGRESS | libc::EALREADY | libc::EWOULDBLOCK | libc::EINTR => {}
                e => return Ok(Err(e)),
            }
        }
    }
    pub fn address(&self, vm: &Vm, o: Ref<'_>, caller: &str) -> PyResult<Addr> {
        addr::from_python(vm, self.family.get(), o, caller)
    }
    /// The address that a call of the `getsockname` kind gives.
    pub fn name_by(&self, vm: &Vm, f: unsafe extern "C" fn(i32, *mut libc::sockaddr, *mut libc::socklen_t) -> i32) -> PyResult<Obj> {
        let mut a = Addr::empty();
        let fd = self.fd.get();
        // SAFETY: the result has room.
        let (r, e) = vm.allow_threads(|| (unsafe { f(fd, a.mut_ptr(), &mut a.len) }, errno()));
        if r < 0 { Err(vm.os_error(e)) } else { addr::to_python(vm, &a) }
    }
    pub fn close(&self, vm: &Vm) -> PyResult<()> {
        let fd = self.fd.replace(-1);
        if fd < 0 {
            return Ok(());
        }
        // SAFETY: the descriptor is ours and forgotten.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::close(fd) }, errno()));
        // A reset by the peer is no failure to close.
        if r < 0 && e != libc::ECONNRESET { Err(vm.os_error(e)) } else { Ok(()) }
    }
    /// Takes over a descriptor.
    pub fn adopt(&self, vm: &Vm, fd: i32, family: i32, kind: i32, proto: i32) -> PyResult<()> {
        self.fd.set(fd);
        self.family.set(family);
        self.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
        self.proto.set(proto);
        if kind & libc::SOCK_NONBLOCK != 0 {
            self.timeout.set(Some(0));
            return Ok(());
        }
        let t = default_timeout(vm);
        self.timeout.set(t);
        if t.is_some() {
            set_blocking(vm, fd, false)?;
        }
        Ok(())
    }
    /// Asks the kernel for one integer option.
    pub fn int_option(fd: i32, level: i32, name: i32) -> Result<i32, i32> {
        let mut v = 0i32;
        let mut len = size_of::<i32>() as libc::socklen_t;
        // SAFETY: the result has room.
        let r = unsafe { libc::getsockopt(fd, level, name, (&raw mut v).cast(), &mut len) };
        if r < 0 { Err(errno()) } else { Ok(v) }
    }
}
