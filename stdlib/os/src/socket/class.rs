//! The `socket` class.

use krait_macros::pyclass;
use krait_object::error::Raised;
use krait_object::prelude::*;

use super::addr::Addr;
use super::core::PySocket;
use crate::util::errno;

/// `socket.__init__`.
fn init(vm: &Vm, s: &PySocket, family: i32, kind: i32, proto: i32, fileno: Ref<'_>) -> PyResult<()> {
    let (mut family, mut kind, mut proto) = (family, kind, proto);
    let shown = [vm.int(family), vm.int(kind), vm.int(proto)];
    vm.audit("socket.__new__", &[s.r(), shown[0].r(), shown[1].r(), shown[2].r()])?;
    if fileno.is_none() {
        if family == -1 {
            family = libc::AF_INET;
        }
        if kind == -1 {
            kind = libc::SOCK_STREAM;
        }
        if proto == -1 {
            proto = 0;
        }
        // SAFETY: a plain system call.
        let (fd, e) = vm.allow_threads(|| unsafe { (libc::socket(family, kind | libc::SOCK_CLOEXEC, proto), errno()) });
        if fd < 0 {
            return Err(vm.os_error(e));
        }
        if let Err(e) = s.adopt(vm, fd, family, kind, proto) {
            s.fd.set(-1);
            // SAFETY: opened just now.
            unsafe { libc::close(fd) };
            return Err(e);
        }
        return Ok(());
    }
    if fileno.as_float(vm).is_some() {
        return Err(vm.type_error("integer argument expected, got float"));
    }
    let fd = krait_object::convert::c_int(vm, fileno)?;
    if fd < 0 {
        return Err(vm.value_error("negative file descriptor"));
    }
    let mut a = Addr::empty();
    // SAFETY: the result has room.
    if unsafe { libc::getsockname(fd, a.mut_ptr(), &mut a.len) } < 0 {
        let e = errno();
        if family == -1 || e == libc::EBADF || e == libc::ENOTSOCK {
            return Err(vm.os_error(e));
        }
    } else if family == -1 {
        family = a.storage.ss_family.into();
    }
    let option = |name: i32| PySocket::int_option(fd, libc::SOL_SOCKET, name).map_err(|e| vm.os_error(e));
    if kind == -1 {
        kind = option(libc::SO_TYPE)?;
    }
    if proto == -1 {
        proto = option(libc::SO_PROTOCOL)?;
    }
    s.adopt(vm, fd, family, kind, proto)
}

fn accept(vm: &Vm, s: &PySocket) -> PyResult<Obj> {
    let mut a = Addr::empty();
    let p = &raw mut a;
    // SAFETY: the result has room and outlives the call.
    let fd = s.call(vm, false, |fd| unsafe {
        (*p).len = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        libc::accept4(fd, (*p).mut_ptr(), &mut (*p).len, libc::SOCK_CLOEXEC)
    })?;
    let name = super::addr::to_python(vm, &a);
    match name {
        Ok(n) => Ok(vm.tuple(vec![vm.int(fd), n])),
        Err(e) => {
            // SAFETY: accepted just now.
            unsafe { libc::close(fd) };
            Err(e)
        }
    }
}

fn setsockopt(vm: &Vm, s: &PySocket, args: &[Ref<'_>]) -> PyResult<()> {
    let n = args.len();
    if !(3..=4).contains(&n) {
        return Err(vm.type_error(format!("setsockopt() takes exactly 3 arguments ({n} given)")));
    }
    let level = krait_object::convert::c_int(vm, args[0])?;
    let name = krait_object::convert::c_int(vm, args[1])?;
    let fd = s.fd.get();
    let done = |r: i32| if r < 0 { Err(vm.os_error(errno())) } else { Ok(()) };
    if n == 4 {
        if !args[2].is_none() {
            return Err(vm.type_error(format!("setsockopt() argument 3 must be None, not {}", args[2].ty(vm).tp_name())));
        }
        let len = krait_object::convert::c_long(vm, args[3])? as libc::socklen_t;
        // SAFETY: a null value with a length, for options that take it so.
        return done(unsafe { libc::setsockopt(fd, level, name, std::ptr::null(), len) });
    }
    if args[2].as_int(vm).is_some() {
        let v = krait_object::convert::c_int(vm, args[2])?;
        // SAFETY: the value lives through the call.
        return done(unsafe { libc::setsockopt(fd, level, name, (&raw const v).cast(), size_of::<i32>() as libc::socklen_t) });
    }
    let b = krait_object::buffer::Buffer::simple(vm, args[2])?;
    // SAFETY: the buffer is held.
    done(unsafe { libc::setsockopt(fd, level, name, b.info().ptr.cast(), b.len() as libc::socklen_t) })
}

/// Receives into fresh bytes; with an address if asked for.
fn receive(vm: &Vm, s: &PySocket, n: isize, flags: i32, func: &str, from: bool) -> PyResult<(Obj, Obj)> {
    if n < 0 {
        return Err(vm.value_error(format!("negative buffersize in {func}")));
    }
    let mut buf: Vec<u8> = Vec::new();
    if buf.try_reserve_exact(n as usize).is_err() {
        return Err(vm.memory_error());
    }
    let p = buf.as_mut_ptr() as usize;
    let (got, name) = receive_raw(vm, s, p, n as usize, flags, from)?;
    // SAFETY: the kernel filled `got` bytes.
    unsafe { buf.set_len(got) };
    Ok((vm.bytes(&buf), name))
}

/// `p..p+n` is writable memory that stays in place.
fn receive_raw(vm: &Vm, s: &PySocket, p: usize, n: usize, flags: i32, from: bool) -> PyResult<(usize, Obj)> {
    let mut a = Addr::empty();
    let at = &raw mut a;
    // SAFETY: both results have room and outlive the call.
    let got = s.call(vm, false, |fd| unsafe {
        if from {
            (*at).len = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            libc::recvfrom(fd, p as *mut libc::c_void, n, flags, (*at).mut_ptr(), &mut (*at).len)
        } else {
            libc::recv(fd, p as *mut libc::c_void, n, flags)
        }
    })?;
    let name = if from { super::addr::to_python(vm, &a)? } else { Obj::none() };
    Ok((got as usize, name))
}

fn receive_into(vm: &Vm, s: &PySocket, o: Ref<'_>, n: isize, flags: i32, func: &str, from: bool) -> PyResult<(usize, Obj)> {
    let cx = krait_object::convert::ArgCx {
        func: if from { "recvfrom_into" } else { "recv_into" },
        param: "buffer",
        which: krait_object::convert::ArgName::Pos(1),
    };
    let b = <krait_object::convert::WritableBufferArg as krait_object::convert::FromArg>::from_arg(vm, o, &cx)?.0;
    if n < 0 {
        return Err(vm.value_error(format!("negative buffersize in {func}")));
    }
    let n = if n == 0 { b.len() } else { n as usize };
    if n > b.len() {
        let what = if from { "nbytes is greater than the length of the buffer" } else { "buffer too small for requested bytes" };
        return Err(vm.value_error(what));
    }
    receive_raw(vm, s, b.info().ptr as usize, n, flags, from)
}

fn sendall(vm: &Vm, s: &PySocket, data: &krait_object::buffer::Buffer, flags: i32) -> PyResult<()> {
    let deadline = crate::timeval::Deadline::after(s.timeout.get());
    let (p, n) = (data.info().ptr as usize, data.len());
    let mut done = 0;
    loop {
        // SAFETY: the buffer is held.
        let sent = s.call_until(vm, true, &deadline, |fd| unsafe { libc::send(fd, (p + done) as *const libc::c_void, n - done, flags) })?;
        done += sent as usize;
        if done >= n {
            return Ok(());
        }
        vm.poll()?;
    }
}

fn wrong_count(vm: &Vm, n: usize) -> Raised {
    vm.type_error(format!("sendto() takes 2 or 3 arguments ({n} given)"))
}

/// socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object
/// socket(family=-1, type=-1, proto=-1, fileno=None) -> socket object
///
/// Open a socket of the given type.  The family argument specifies the
/// address family; it defaults to AF_INET.  The type argument specifies
/// whether this is a stream (SOCK_STREAM, this is the default)
/// or datagram (SOCK_DGRAM) socket.  The protocol argument defaults to 0,
/// specifying the default protocol.  Keyword arguments are accepted.
/// The socket is created as non-inheritable.
///
/// When a fileno is passed in, family, type and proto are auto-detected,
/// unless they are explicitly set.
///
/// A socket object represents one endpoint of a network connection.
#[pyclass("socket", module = "_socket", layout = PySocket, own, flags(BASETYPE))]
pub mod socket_class {
    use super::super::core::{PySocket, set_blocking, timeout_from, timeout_to};
    use super::super::messages;
    use super::{receive, receive_into, wrong_count};
    use crate::util::errno;
    use krait_object::convert::BufferArg;
    use krait_object::prelude::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Py<PySocket>> {
        crate::util::alloc_sub(vm, cls, PySocket::fresh())
    }
    #[pyinit("socket(family=-1, type=-1, proto=-1, fileno=None)")]
    fn init(vm: &Vm, zelf: &PySocket, family: i32, kind: i32, proto: i32, fileno: Ref<'_>) -> PyResult<()> {
        super::init(vm, zelf, family, kind, proto, fileno)
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: &PySocket) {
        if zelf.fd.get() < 0 {
            return;
        }
        let pending = vm.pending.take();
        let warned = vm.repr_text(zelf.r()).and_then(|r| vm.warn_source(vm.types.resource_warning, &format!("unclosed {r}"), zelf.r()));
        if let Err(e) = warned {
            if vm.raised_is(vm.types.warning) {
                vm.unraisable(e, "", Some(zelf.r()));
            } else {
                drop(vm.take_raised(e));
            }
        }
        if let Err(e) = zelf.close(vm) {
            drop(vm.take_raised(e));
        }
        vm.pending.set(pending);
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PySocket) -> Obj {
        vm.str(&format!(
            "<socket object, fd={}, family={}, type={}, proto={}>",
            zelf.fd.get(),
            zelf.family.get(),
            zelf.kind.get(),
            zelf.proto.get()
        ))
    }
    /// _accept() -> (integer, address info)
    ///
    /// Wait for an incoming connection.  Return a new socket file descriptor
    /// representing the connection, and the address of the client.
    /// For IP sockets, the address info is a pair (hostaddr, port).
    #[pymethod(nosig)]
    fn _accept(vm: &Vm, zelf: &PySocket) -> PyResult<Obj> {
        super::accept(vm, zelf)
    }
    /// bind(address)
    ///
    /// Bind the socket to a local address.  For IP sockets, the address is a
    /// pair (host, port); the host must refer to the local host. For raw packet
    /// sockets the address is a tuple (ifname, proto [,pkttype [,hatype [,addr]]])
    #[pymethod("bind(object, /)", nosig)]
    fn bind(vm: &Vm, zelf: &PySocket, object: Ref<'_>) -> PyResult<()> {
        let a = zelf.address(vm, object, "bind")?;
        vm.audit("socket.bind", &[zelf.r(), object])?;
        let fd = zelf.fd.get();
        // SAFETY: the address lives through the call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::bind(fd, a.ptr(), a.len) }, errno()));
        if r < 0 { Err(vm.os_error(e)) } else { Ok(()) }
    }
    /// close()
    ///
    /// Close the socket.  It cannot be used after this call.
    #[pymethod(nosig)]
    fn close(vm: &Vm, zelf: &PySocket) -> PyResult<()> {
        zelf.close(vm)
    }
    /// connect(address)
    ///
    /// Connect the socket to a remote address.  For IP sockets, the address
    /// is a pair (host, port).
    #[pymethod("connect(object, /)", nosig)]
    fn connect(vm: &Vm, zelf: &PySocket, object: Ref<'_>) -> PyResult<()> {
        let a = zelf.address(vm, object, "connect")?;
        vm.audit("socket.connect", &[zelf.r(), object])?;
        zelf.connect(vm, &a)?.map_err(|e| vm.os_error(e))
    }
    /// connect_ex(address) -> errno
    ///
    /// This is like connect(address), but returns an error code (the errno value)
    /// instead of raising an exception when an error occurs.
    #[pymethod("connect_ex(object, /)", nosig)]
    fn connect_ex(vm: &Vm, zelf: &PySocket, object: Ref<'_>) -> PyResult<i32> {
        let a = zelf.address(vm, object, "connect_ex")?;
        vm.audit("socket.connect", &[zelf.r(), object])?;
        match zelf.connect(vm, &a) {
            Ok(r) => Ok(r.err().unwrap_or(0)),
            Err(e) => {
                drop(vm.catch(e, vm.types.timeout_error)?);
                Ok(libc::EWOULDBLOCK)
            }
        }
    }
    /// detach()
    ///
    /// Close the socket object without closing the underlying file descriptor.
    /// The object cannot be used after this call, but the file descriptor
    /// can be reused for other purposes.  The file descriptor is returned.
    #[pymethod(nosig)]
    fn detach(zelf: &PySocket) -> i32 {
        zelf.fd.replace(-1)
    }
    /// fileno() -> integer
    ///
    /// Return the integer file descriptor of the socket.
    #[pymethod(nosig)]
    fn fileno(zelf: &PySocket) -> i32 {
        zelf.fd.get()
    }
    /// getpeername() -> address info
    ///
    /// Return the address of the remote endpoint.  For IP sockets, the address
    /// info is a pair (hostaddr, port).
    #[pymethod(nosig)]
    fn getpeername(vm: &Vm, zelf: &PySocket) -> PyResult<Obj> {
        zelf.name_by(vm, libc::getpeername)
    }
    /// getsockname() -> address info
    ///
    /// Return the address of the local endpoint. The format depends on the
    /// address family. For IPv4 sockets, the address info is a pair
    /// (hostaddr, port). For IPv6 sockets, the address info is a 4-tuple
    /// (hostaddr, port, flowinfo, scope_id).
    #[pymethod(nosig)]
    fn getsockname(vm: &Vm, zelf: &PySocket) -> PyResult<Obj> {
        zelf.name_by(vm, libc::getsockname)
    }
    /// getsockopt(level, option[, buffersize]) -> value
    ///
    /// Get a socket option.  See the Unix manual for level and option.
    /// If a nonzero buffersize argument is given, the return value is a
    /// string of that length; otherwise it is an integer.
    #[pymethod("getsockopt(level, option, buffersize=0, /)", nosig)]
    fn getsockopt(vm: &Vm, zelf: &PySocket, level: i32, option: i32, buffersize: i32) -> PyResult<Obj> {
        let fd = zelf.fd.get();
        if buffersize == 0 {
            return PySocket::int_option(fd, level, option).map(|v| vm.int(v)).map_err(|e| vm.os_error(e));
        }
        if !(0..=1024).contains(&buffersize) {
            return Err(vm.os_error_msg("getsockopt buflen out of range"));
        }
        let mut buf = vec![0u8; buffersize as usize];
        let mut len = buffersize as libc::socklen_t;
        // SAFETY: the buffer has room for its length.
        if unsafe { libc::getsockopt(fd, level, option, buf.as_mut_ptr().cast(), &mut len) } < 0 {
            return Err(vm.os_error(errno()));
        }
        Ok(vm.bytes(&buf[..len as usize]))
    }
    /// setsockopt(level, option, value: int)
    /// setsockopt(level, option, value: buffer)
    /// setsockopt(level, option, None, optlen: int)
    ///
    /// Set a socket option.  See the Unix manual for level and option.
    /// The value argument can either be an integer, a string buffer, or
    /// None, optlen.
    #[pymethod("setsockopt(*args)", nosig)]
    fn setsockopt(vm: &Vm, zelf: &PySocket, args: &[Ref<'_>]) -> PyResult<()> {
        super::setsockopt(vm, zelf, args)
    }
    /// listen([backlog])
    ///
    /// Enable a server to accept connections.  If backlog is specified, it must be
    /// at least 0 (if it is lower, it is set to 0); it specifies the number of
    /// unaccepted connections that the system will allow before refusing new
    /// connections. If not specified, a default reasonable value is chosen.
    #[pymethod("listen(backlog=128, /)", nosig)]
    fn listen(vm: &Vm, zelf: &PySocket, backlog: i32) -> PyResult<()> {
        let fd = zelf.fd.get();
        // SAFETY: a plain system call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::listen(fd, backlog.max(0)) }, errno()));
        if r < 0 { Err(vm.os_error(e)) } else { Ok(()) }
    }
    /// recv(buffersize[, flags]) -> data
    ///
    /// Receive up to buffersize bytes from the socket.  For the optional flags
    /// argument, see the Unix manual.  When no data is available, block until
    /// at least one byte is available or until the remote end is closed.  When
    /// the remote end is closed and all data is read, return the empty string.
    #[pymethod("recv(bufsize, flags=0, /)", nosig)]
    fn recv(vm: &Vm, zelf: &PySocket, bufsize: isize, flags: i32) -> PyResult<Obj> {
        receive(vm, zelf, bufsize, flags, "recv", false).map(|r| r.0)
    }
    /// recvfrom(buffersize[, flags]) -> (data, address info)
    ///
    /// Like recv(buffersize, flags) but also return the sender's address info.
    #[pymethod("recvfrom(bufsize, flags=0, /)", nosig)]
    fn recvfrom(vm: &Vm, zelf: &PySocket, bufsize: isize, flags: i32) -> PyResult<(Obj, Obj)> {
        receive(vm, zelf, bufsize, flags, "recvfrom", true)
    }
    /// recv_into(buffer, [nbytes[, flags]]) -> nbytes_read
    ///
    /// A version of recv() that stores its data into a buffer rather than creating
    /// a new string.  Receive up to buffersize bytes from the socket.  If buffersize
    /// is not specified (or 0), receive up to the size available in the given buffer.
    ///
    /// See recv() for documentation about the flags.
    #[pymethod("recv_into(buffer, nbytes=0, flags=0)", nosig)]
    fn recv_into(vm: &Vm, zelf: &PySocket, buffer: Ref<'_>, nbytes: isize, flags: i32) -> PyResult<usize> {
        receive_into(vm, zelf, buffer, nbytes, flags, "recv_into", false).map(|r| r.0)
    }
    /// recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)
    ///
    /// Like recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info.
    #[pymethod("recvfrom_into(buffer, nbytes=0, flags=0)", nosig)]
    fn recvfrom_into(vm: &Vm, zelf: &PySocket, buffer: Ref<'_>, nbytes: isize, flags: i32) -> PyResult<(usize, Obj)> {
        receive_into(vm, zelf, buffer, nbytes, flags, "recvfrom_into", true)
    }
    /// send(data[, flags]) -> count
    ///
    /// Send a data string to the socket.  For the optional flags
    /// argument, see the Unix manual.  Return the number of bytes
    /// sent; this may be less than len(data) if the network is busy.
    #[pymethod("send(data, flags=0, /)", nosig)]
    fn send(vm: &Vm, zelf: &PySocket, data: BufferArg, flags: i32) -> PyResult<isize> {
        let (p, n) = (data.info().ptr as usize, data.len());
        // SAFETY: the buffer is held.
        zelf.call(vm, true, |fd| unsafe { libc::send(fd, p as *const libc::c_void, n, flags) })
    }
    /// sendall(data[, flags])
    ///
    /// Send a data string to the socket.  For the optional flags
    /// argument, see the Unix manual.  This calls send() repeatedly
    /// until all data is sent.  If an error occurs, it's impossible
    /// to tell how much data has been sent.
    #[pymethod("sendall(data, flags=0, /)", nosig)]
    fn sendall(vm: &Vm, zelf: &PySocket, data: BufferArg, flags: i32) -> PyResult<()> {
        super::sendall(vm, zelf, &data.0, flags)
    }
    /// sendto(data[, flags], address) -> count
    ///
    /// Like send(data, flags) but allows specifying the destination address.
    /// For IP sockets, the address is a pair (hostaddr, port).
    #[pymethod("sendto(*args)", nosig)]
    fn sendto(vm: &Vm, zelf: &PySocket, args: &[Ref<'_>]) -> PyResult<isize> {
        let (data, flags, to) = match args {
            [d, a] => (*d, 0, *a),
            [d, f, a] => (*d, krait_object::convert::c_int(vm, *f)?, *a),
            _ => return Err(wrong_count(vm, args.len())),
        };
        let b = krait_object::buffer::Buffer::simple(vm, data)?;
        let a = zelf.address(vm, to, "sendto")?;
        vm.audit("socket.sendto", &[zelf.r(), to])?;
        let (p, n) = (b.info().ptr as usize, b.len());
        // SAFETY: the buffer is held; the address lives through the call.
        zelf.call(vm, true, |fd| unsafe { libc::sendto(fd, p as *const libc::c_void, n, flags, a.ptr(), a.len) })
    }
    /// sendmsg(buffers[, ancdata[, flags[, address]]]) -> count
    ///
    /// Send normal and ancillary data to the socket, gathering the
    /// non-ancillary data from a series of buffers and concatenating it into
    /// a single message.
    #[pymethod("sendmsg(buffers, ancdata=(), flags=0, address=None, /)", nosig)]
    fn sendmsg(
        vm: &Vm,
        zelf: &PySocket,
        buffers: Ref<'_>,
        ancdata: OptArg<Ref<'_>>,
        flags: i32,
        address: Option<Ref<'_>>,
    ) -> PyResult<isize> {
        messages::send(vm, zelf, buffers, ancdata.0, flags, address)
    }
    /// recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)
    ///
    /// Receive normal data (up to bufsize bytes) and ancillary data from the
    /// socket.
    #[pymethod("recvmsg(bufsize, ancbufsize=0, flags=0, /)", nosig)]
    fn recvmsg(vm: &Vm, zelf: &PySocket, bufsize: isize, ancbufsize: isize, flags: i32) -> PyResult<Obj> {
        messages::receive(vm, zelf, bufsize, ancbufsize, flags)
    }
    /// recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)
    ///
    /// Receive normal data and ancillary data from the socket, scattering the
    /// non-ancillary data into a series of buffers.
    #[pymethod("recvmsg_into(buffers, ancbufsize=0, flags=0, /)", nosig)]
    fn recvmsg_into(vm: &Vm, zelf: &PySocket, buffers: Ref<'_>, ancbufsize: isize, flags: i32) -> PyResult<Obj> {
        messages::receive_into(vm, zelf, buffers, ancbufsize, flags)
    }
    /// setblocking(flag)
    ///
    /// Set the socket to blocking (flag is true) or non-blocking (false).
    /// setblocking(True) is equivalent to settimeout(None);
    /// setblocking(False) is equivalent to settimeout(0.0).
    #[pymethod("setblocking(flag, /)", nosig)]
    fn setblocking(vm: &Vm, zelf: &PySocket, flag: bool) -> PyResult<()> {
        zelf.timeout.set(if flag { None } else { Some(0) });
        set_blocking(vm, zelf.fd.get(), flag)
    }
    /// getblocking()
    ///
    /// Returns True if socket is in blocking mode, or False if it
    /// is in non-blocking mode.
    #[pymethod(nosig)]
    fn getblocking(zelf: &PySocket) -> bool {
        zelf.timeout.get() != Some(0)
    }
    /// settimeout(timeout)
    ///
    /// Set a timeout on socket operations.  'timeout' can be a float,
    /// giving in seconds, or None.  Setting a timeout of None disables
    /// the timeout feature and is equivalent to setblocking(1).
    /// Setting a timeout of zero is the same as setblocking(0).
    #[pymethod("settimeout(timeout, /)", nosig)]
    fn settimeout(vm: &Vm, zelf: &PySocket, timeout: Ref<'_>) -> PyResult<()> {
        let t = timeout_from(vm, timeout)?;
        zelf.timeout.set(t);
        set_blocking(vm, zelf.fd.get(), t.is_none())
    }
    /// gettimeout() -> timeout
    ///
    /// Returns the timeout in seconds (float) associated with socket
    /// operations. A timeout of None indicates that timeouts on socket
    /// operations are disabled.
    #[pymethod(nosig)]
    fn gettimeout(vm: &Vm, zelf: &PySocket) -> Obj {
        timeout_to(vm, zelf.timeout.get())
    }
    /// shutdown(flag)
    ///
    /// Shut down the reading side of the socket (flag == SHUT_RD), the writing side
    /// of the socket (flag == SHUT_WR), or both ends (flag == SHUT_RDWR).
    #[pymethod("shutdown(flag, /)", nosig)]
    fn shutdown(vm: &Vm, zelf: &PySocket, flag: i32) -> PyResult<()> {
        let fd = zelf.fd.get();
        // SAFETY: a plain system call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::shutdown(fd, flag) }, errno()));
        if r < 0 { Err(vm.os_error(e)) } else { Ok(()) }
    }
    /// the socket family
    #[member]
    fn family(zelf: &PySocket) -> i32 {
        zelf.family.get()
    }
    /// the socket type
    #[member("type")]
    fn kind(zelf: &PySocket) -> i32 {
        zelf.kind.get()
    }
    /// the socket protocol
    #[member]
    fn proto(zelf: &PySocket) -> i32 {
        zelf.proto.get()
    }
    /// the socket timeout
    #[getter]
    fn timeout(vm: &Vm, zelf: &PySocket) -> Obj {
        timeout_to(vm, zelf.timeout.get())
    }
}
