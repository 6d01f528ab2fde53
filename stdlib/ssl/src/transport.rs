//! What carries the encrypted bytes: a socket, or a pair of memory queues.

use std::time::{Duration, Instant};

use krait_object::prelude::*;

use crate::bio::PyMemoryBio;
use crate::errors::{self, Kind};

/// The way to the peer.
pub enum Transport {
    /// A weak reference to the socket object, which owns the connection.
    Socket(Obj),
    Memory {
        incoming: Py<PyMemoryBio>,
        outgoing: Py<PyMemoryBio>,
    },
}

/// How long an operation on a socket may take, and how messages call it.
pub struct Limit {
    end: Option<Instant>,
    blocking: bool,
    what: &'static str,
}

/// What came of sending or receiving.
pub enum Outcome {
    Done(usize),
    /// The peer has closed its side.
    End,
    /// The operation would have to wait, and may not.
    Wait,
}

impl Transport {
    /// A transport over a socket object.
    pub fn socket(vm: &Vm, sock: Ref<'_>) -> PyResult<Transport> {
        let module = (vm.interp.hooks().import)(vm, "_weakref")?;
        Ok(Transport::Socket(vm.call_method_str(module.r(), "ref", &[sock])?))
    }
    pub fn is_memory(&self) -> bool {
        matches!(self, Transport::Memory { .. })
    }
    /// The socket object.
    pub fn socket_object(&self, vm: &Vm) -> PyResult<Obj> {
        let Transport::Socket(weak) = self else { return Ok(Obj::none()) };
        let sock = vm.call0(weak.r())?;
        if sock.r().is_none() {
            return Err(errors::plain(vm, Kind::Ssl, "Underlying socket connection gone"));
        }
        Ok(sock)
    }
    /// The limit of an operation that starts now.
    pub fn limit(&self, vm: &Vm, what: &'static str) -> PyResult<Limit> {
        if self.is_memory() {
            return Ok(Limit { end: None, blocking: false, what });
        }
        let timeout = vm.call_method_str(self.socket_object(vm)?.r(), "gettimeout", &[])?;
        if timeout.r().is_none() {
            return Ok(Limit { end: None, blocking: true, what });
        }
        let seconds = vm.to_f64(timeout.r())?.clamp(0.0, 1e9);
        Ok(Limit { end: Some(Instant::now() + Duration::from_secs_f64(seconds)), blocking: seconds > 0.0, what })
    }
    fn fd(&self, vm: &Vm) -> PyResult<i32> {
        let fd = vm.call_method_str(self.socket_object(vm)?.r(), "fileno", &[])?;
        match c_int(vm, fd.r())? {
            -1 => Err(errors::plain(vm, Kind::Ssl, "Underlying socket has been closed.")),
            fd => Ok(fd),
        }
    }
    /// Takes bytes from the peer.
    pub fn receive(&self, vm: &Vm, buf: &mut [u8], limit: &Limit) -> PyResult<Outcome> {
        if let Transport::Memory { incoming, .. } = self {
            let got = incoming.take(buf.len());
            buf[..got.len()].copy_from_slice(&got);
            return Ok(match got.len() {
                0 if incoming.has_ended() => Outcome::End,
                0 => Outcome::Wait,
                n => Outcome::Done(n),
            });
        }
        let fd = self.fd(vm)?;
        let (ptr, len) = (buf.as_mut_ptr() as usize, buf.len());
        limit.repeat(vm, fd, libc::POLLIN, || {
            // SAFETY: the buffer lives through the call and has the length given.
            unsafe { libc::recv(fd, ptr as *mut _, len, 0) }
        })
    }
    /// Gives bytes to the peer.
    pub fn send(&self, vm: &Vm, data: &[u8], limit: &Limit) -> PyResult<Outcome> {
        if let Transport::Memory { outgoing, .. } = self {
            outgoing.put(data);
            return Ok(Outcome::Done(data.len()));
        }
        let fd = self.fd(vm)?;
        let (ptr, len) = (data.as_ptr() as usize, data.len());
        limit.repeat(vm, fd, libc::POLLOUT, || {
            // SAFETY: the data lives through the call and has the length given.
            unsafe { libc::send(fd, ptr as *const _, len, libc::MSG_NOSIGNAL) }
        })
    }
}

impl Limit {
    /// Calls until it works, the time is over or the peer is gone; signal handlers run meanwhile.
    fn repeat(&self, vm: &Vm, fd: i32, events: i16, call: impl Fn() -> isize) -> PyResult<Outcome> {
        loop {
            let (n, errno) = vm.allow_threads(|| {
                let n = call();
                (n, std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
            });
            match (n, errno) {
                (0, _) => return Ok(Outcome::End),
                (1.., _) => return Ok(Outcome::Done(n as usize)),
                (_, libc::EINTR) => vm.poll()?,
                (_, libc::EAGAIN) if self.blocking => self.wait(vm, fd, events)?,
                (_, libc::EAGAIN) => return Ok(Outcome::Wait),
                (_, e) => return Err(vm.os_error(e)),
            }
        }
    }
    fn wait(&self, vm: &Vm, fd: i32, events: i16) -> PyResult<()> {
        loop {
            let left = self.end.map(|e| e.saturating_duration_since(Instant::now()));
            if left.is_some_and(|l| l.is_zero()) {
                return Err(vm.raise_msg(vm.types.timeout_error, &format!("The {} operation timed out", self.what)));
            }
            let ms = left.map_or(-1, |l| i32::try_from(l.as_millis() + 1).unwrap_or(i32::MAX));
            let mut p = libc::pollfd { fd, events, revents: 0 };
            // SAFETY: one entry, which lives through the call.
            let n = vm.allow_threads(|| unsafe { libc::poll(&mut p, 1, ms) });
            if n > 0 {
                return Ok(());
            }
            vm.poll()?;
        }
    }
}
