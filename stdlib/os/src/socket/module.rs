//! Functions and constants of `_socket`.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// A 32-bit number of `htonl` and `ntohl`.
fn u32_arg(vm: &Vm, o: Ref<'_>) -> PyResult<u32> {
    let Some(i) = o.as_int(vm) else {
        return Err(vm.type_error(format!("expected int, {} found", o.ty(vm).tp_name())));
    };
    if i.is_negative() {
        return Err(vm.overflow_error("can't convert negative value to unsigned int"));
    }
    match i.to_i64().map(u32::try_from) {
        Some(Ok(v)) => Ok(v),
        _ => Err(vm.overflow_error("int larger than 32 bits")),
    }
}

/// A 16-bit number of `htons` and `ntohs`.
fn u16_arg(vm: &Vm, o: Ref<'_>, func: &str) -> PyResult<u16> {
    let i = krait_object::convert::c_int(vm, o)?;
    if i < 0 {
        return Err(vm.overflow_error(format!("{func}: can't convert negative Python int to C 16-bit unsigned integer")));
    }
    u16::try_from(i).map_err(|_| vm.overflow_error(format!("{func}: Python int too large to convert to C 16-bit unsigned integer")))
}

/// Implementation module for socket operations.
///
/// See the socket module for documentation.
#[pymodule("_socket", classes(crate::socket::class::socket_class))]
pub mod socket_module {
    use super::super::class::socket_class;
    use super::super::core::{PySocket, default_timeout, set_default_timeout, timeout_from, timeout_to};
    use super::super::{errors, messages, resolve};
    use super::{u16_arg, u32_arg};
    use crate::util::{check, errno};
    use krait_object::convert::BufferArg;
    use krait_object::prelude::*;

    #[pyattr("error")]
    fn error(vm: &Vm) -> Obj {
        vm.types.os_error.to_obj()
    }
    #[pyattr("timeout")]
    fn timeout(vm: &Vm) -> Obj {
        vm.types.timeout_error.to_obj()
    }
    #[pyattr("gaierror")]
    fn gaierror(vm: &Vm) -> PyResult<Obj> {
        errors::gaierror(vm)
    }
    #[pyattr("herror")]
    fn herror(vm: &Vm) -> PyResult<Obj> {
        errors::herror(vm)
    }
    #[pyattr("SocketType")]
    fn socket_type(vm: &Vm) -> Obj {
        vm.native_type(&socket_class::DEF).to_obj()
    }
    #[pyattr("has_ipv6")]
    const HAS_IPV6: bool = true;

    /// close(integer) -> None
    ///
    /// Close an integer socket file descriptor.  This is like os.close(), but for
    /// sockets; on some platforms os.close() won't work for socket file descriptors.
    #[pyfunction("close(fd, /)", nosig)]
    fn close(vm: &Vm, fd: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::close(fd) }, errno()));
        if r < 0 && e != libc::ECONNRESET { Err(vm.os_error(e)) } else { Ok(()) }
    }
    /// dup(integer) -> integer
    ///
    /// Duplicate an integer socket file descriptor.  This is like os.dup(), but for
    /// sockets; on some platforms os.dup() won't work for socket file descriptors.
    #[pyfunction("dup(fd, /)", nosig)]
    fn dup(vm: &Vm, fd: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
    }
    /// socketpair([family[, type [, proto]]]) -> (socket object, socket object)
    ///
    /// Create a pair of socket objects from the sockets returned by the platform
    /// socketpair() function.
    /// The arguments are the same as for socket() except the default family is
    /// AF_UNIX if defined on the platform; otherwise, the default is AF_INET.
    #[pyfunction("socketpair(family=1, type=1, proto=0, /)", nosig)]
    fn socketpair(vm: &Vm, family: i32, kind: i32, proto: i32) -> PyResult<Obj> {
        let mut fds = [0i32; 2];
        // SAFETY: room for two descriptors.
        check(vm, unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, fds.as_mut_ptr()) })?;
        let mut pair = Vec::new();
        for fd in fds {
            let s = crate::util::alloc_sub(vm, PySocket::type_of(vm), PySocket::fresh())?;
            s.adopt(vm, fd, family, kind, proto)?;
            pair.push(s.into_obj());
        }
        Ok(vm.tuple(pair))
    }
    /// getaddrinfo(host, port [, family, type, proto, flags])
    ///     -> list of (family, type, proto, canonname, sockaddr)
    ///
    /// Resolve host and port into addrinfo struct.
    #[pyfunction("getaddrinfo(host, port, family=0, type=0, proto=0, flags=0)", nosig)]
    fn getaddrinfo(vm: &Vm, host: Ref<'_>, port: Ref<'_>, family: i32, kind: i32, proto: i32, flags: i32) -> PyResult<Obj> {
        resolve::getaddrinfo(vm, host, port, family, kind, proto, flags)
    }
    /// getnameinfo(sockaddr, flags) --> (host, port)
    ///
    /// Get host and port for a sockaddr.
    #[pyfunction("getnameinfo(sockaddr, flags, /)", nosig)]
    fn getnameinfo(vm: &Vm, sockaddr: Ref<'_>, flags: i32) -> PyResult<Obj> {
        resolve::getnameinfo(vm, sockaddr, flags)
    }
    /// gethostbyname(host) -> address
    ///
    /// Return the IP address (a string of the form '255.255.255.255') for a host.
    #[pyfunction("gethostbyname(host, /)", nosig)]
    fn gethostbyname(vm: &Vm, host: Ref<'_>) -> PyResult<Obj> {
        resolve::host_by_name(vm, host)
    }
    /// gethostbyname_ex(host) -> (name, aliaslist, addresslist)
    ///
    /// Return the true host name, a list of aliases, and a list of IP addresses,
    /// for a host.  The host argument is a string giving a host name or IP number.
    #[pyfunction("gethostbyname_ex(host, /)", nosig)]
    fn gethostbyname_ex(vm: &Vm, host: Ref<'_>) -> PyResult<Obj> {
        resolve::host_by_name_ex(vm, host)
    }
    /// gethostbyaddr(host) -> (name, aliaslist, addresslist)
    ///
    /// Return the true host name, a list of aliases, and a list of IP addresses,
    /// for a host.  The host argument is a string giving a host name or IP number.
    #[pyfunction("gethostbyaddr(host, /)", nosig)]
    fn gethostbyaddr(vm: &Vm, host: Ref<'_>) -> PyResult<Obj> {
        resolve::by_address(vm, host)
    }
    /// gethostname() -> string
    ///
    /// Return the current host name.
    #[pyfunction(nosig)]
    fn gethostname(vm: &Vm) -> PyResult<Obj> {
        resolve::hostname(vm)
    }
    /// sethostname(name)
    ///
    /// Sets the hostname to name.
    #[pyfunction("sethostname(name, /)", nosig)]
    fn sethostname(vm: &Vm, name: Ref<'_>) -> PyResult<()> {
        let p = krait_object::convert::fs_path(vm, name)?;
        let b = krait_object::convert::fs_encode(vm, p.r())?;
        vm.audit("socket.sethostname", &[name])?;
        // SAFETY: the name lives through the call.
        check(vm, unsafe { libc::sethostname(b.as_ptr().cast(), b.len()) }).map(drop)
    }
    /// getservbyname(servicename[, protocolname]) -> integer
    ///
    /// Return a port number from a service name and protocol name.
    /// The optional protocol name, if given, should be 'tcp' or 'udp',
    /// otherwise any protocol will match.
    #[pyfunction("getservbyname(servicename, protocolname=None, /)", nosig)]
    fn getservbyname(vm: &Vm, servicename: &str, protocolname: Option<&str>) -> PyResult<u16> {
        resolve::service_port(vm, servicename, protocolname)
    }
    /// getservbyport(port[, protocolname]) -> string
    ///
    /// Return the service name from a port number and protocol name.
    /// The optional protocol name, if given, should be 'tcp' or 'udp',
    /// otherwise any protocol will match.
    #[pyfunction("getservbyport(port, protocolname=None, /)", nosig)]
    fn getservbyport(vm: &Vm, port: i32, protocolname: Option<&str>) -> PyResult<Obj> {
        resolve::service_name(vm, port, protocolname)
    }
    /// getprotobyname(name) -> integer
    ///
    /// Return the protocol number for the named protocol.  (Rarely used.)
    #[pyfunction("getprotobyname(name, /)", nosig)]
    fn getprotobyname(vm: &Vm, name: &str) -> PyResult<i32> {
        resolve::protocol(vm, name)
    }
    /// Convert a 16-bit unsigned integer from network to host byte order.
    #[pyfunction("ntohs(x, /)")]
    fn ntohs(vm: &Vm, x: Ref<'_>) -> PyResult<u16> {
        u16_arg(vm, x, "ntohs").map(u16::from_be)
    }
    /// Convert a 16-bit unsigned integer from host to network byte order.
    #[pyfunction("htons(x, /)")]
    fn htons(vm: &Vm, x: Ref<'_>) -> PyResult<u16> {
        u16_arg(vm, x, "htons").map(u16::to_be)
    }
    /// Convert a 32-bit unsigned integer from network to host byte order.
    #[pyfunction("ntohl(x, /)")]
    fn ntohl(vm: &Vm, x: Ref<'_>) -> PyResult<u32> {
        u32_arg(vm, x).map(u32::from_be)
    }
    /// Convert a 32-bit unsigned integer from host to network byte order.
    #[pyfunction("htonl(x, /)")]
    fn htonl(vm: &Vm, x: Ref<'_>) -> PyResult<u32> {
        u32_arg(vm, x).map(u32::to_be)
    }
    /// Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions.
    #[pyfunction("inet_aton(ip_addr, /)")]
    fn inet_aton(vm: &Vm, ip_addr: &str) -> PyResult<Obj> {
        unsafe extern "C" {
            fn inet_aton(text: *const libc::c_char, out: *mut libc::in_addr) -> libc::c_int;
        }
        let c = std::ffi::CString::new(ip_addr).unwrap_or_default();
        let mut a = libc::in_addr { s_addr: 0 };
        // SAFETY: null-terminated; the result has room.
        if unsafe { inet_aton(c.as_ptr(), &mut a) } == 0 {
            return Err(vm.os_error_msg("illegal IP address string passed to inet_aton"));
        }
        Ok(vm.bytes(&a.s_addr.to_ne_bytes()))
    }
    /// Convert an IP address from 32-bit packed binary format to string format.
    #[pyfunction("inet_ntoa(packed_ip, /)")]
    fn inet_ntoa(vm: &Vm, packed_ip: BufferArg) -> PyResult<Obj> {
        match packed_ip.as_slice().first_chunk::<4>() {
            Some(b) if packed_ip.len() == 4 => Ok(vm.str(&std::net::Ipv4Addr::from(*b).to_string())),
            _ => Err(vm.os_error_msg("packed IP wrong length for inet_ntoa")),
        }
    }
    /// inet_pton(af, ip) -> packed IP address string
    ///
    /// Convert an IP address from string format to a packed string suitable
    /// for use with low-level network functions.
    #[pyfunction("inet_pton(af, ip, /)", nosig)]
    fn inet_pton(vm: &Vm, af: i32, ip: &str) -> PyResult<Obj> {
        let c = std::ffi::CString::new(ip).unwrap_or_default();
        let mut buf = [0u8; 16];
        unsafe extern "C" {
            fn inet_pton(af: libc::c_int, text: *const libc::c_char, out: *mut libc::c_void) -> libc::c_int;
        }
        // SAFETY: null-terminated; the result has room for either family.
        match unsafe { inet_pton(af, c.as_ptr(), buf.as_mut_ptr().cast()) } {
            1 => Ok(vm.bytes(if af == libc::AF_INET { &buf[..4] } else { &buf })),
            0 => Err(vm.os_error_msg("illegal IP address string passed to inet_pton")),
            _ => Err(vm.os_error(errno())),
        }
    }
    /// inet_ntop(af, packed_ip) -> string formatted IP address
    ///
    /// Convert a packed IP address of the given family to string format.
    #[pyfunction("inet_ntop(af, packed_ip, /)")]
    fn inet_ntop(vm: &Vm, af: i32, packed_ip: BufferArg) -> PyResult<Obj> {
        unsafe extern "C" {
            fn inet_ntop(af: libc::c_int, src: *const libc::c_void, dst: *mut libc::c_char, n: libc::socklen_t) -> *const libc::c_char;
        }
        let want = match af {
            libc::AF_INET => 4,
            libc::AF_INET6 => 16,
            _ => return Err(vm.value_error(format!("unknown address family {af}"))),
        };
        if packed_ip.len() != want {
            return Err(vm.value_error("invalid length of packed IP address string"));
        }
        let mut buf = [0 as libc::c_char; 64];
        // SAFETY: the source has the family's length; the buffer has room.
        let p = unsafe { inet_ntop(af, packed_ip.as_slice().as_ptr().cast(), buf.as_mut_ptr(), 64) };
        if p.is_null() {
            return Err(vm.os_error(errno()));
        }
        // SAFETY: null-terminated.
        Ok(vm.str(&unsafe { std::ffi::CStr::from_ptr(p) }.to_string_lossy()))
    }
    /// getdefaulttimeout() -> timeout
    ///
    /// Returns the default timeout in seconds (float) for new socket objects.
    /// A value of None indicates that new socket objects have no timeout.
    /// When the socket module is first imported, the default is None.
    #[pyfunction(nosig)]
    fn getdefaulttimeout(vm: &Vm) -> Obj {
        timeout_to(vm, default_timeout(vm))
    }
    /// setdefaulttimeout(timeout)
    ///
    /// Set the default timeout in seconds (float) for new socket objects.
    /// A value of None indicates that new socket objects have no timeout.
    /// When the socket module is first imported, the default is None.
    #[pyfunction("setdefaulttimeout(timeout, /)", nosig)]
    fn setdefaulttimeout(vm: &Vm, timeout: Ref<'_>) -> PyResult<()> {
        let t = timeout_from(vm, timeout)?;
        set_default_timeout(vm, t);
        Ok(())
    }
    /// if_nameindex()
    ///
    /// Returns a list of network interface information (index, name) tuples.
    #[pyfunction(nosig)]
    fn if_nameindex(vm: &Vm) -> PyResult<Obj> {
        resolve::interfaces(vm)
    }
    /// Returns the interface index corresponding to the interface name if_name.
    #[pyfunction("if_nametoindex(oname, /)")]
    fn if_nametoindex(vm: &Vm, oname: Ref<'_>) -> PyResult<u32> {
        resolve::interface_index(vm, oname)
    }
    /// Returns the interface name corresponding to the interface index if_index.
    #[pyfunction("if_indextoname(if_index, /)")]
    fn if_indextoname(vm: &Vm, if_index: u32) -> PyResult<Obj> {
        resolve::interface_name(vm, if_index)
    }
    /// CMSG_LEN(length) -> control message length
    ///
    /// Return the total length, without trailing padding, of an ancillary
    /// data item with associated data of the given length.
    #[pyfunction("CMSG_LEN(length, /)", nosig)]
    fn cmsg_len(vm: &Vm, length: isize) -> PyResult<usize> {
        usize::try_from(length).ok().and_then(messages::cmsg_len).ok_or_else(|| vm.overflow_error("CMSG_LEN() argument out of range"))
    }
    /// CMSG_SPACE(length) -> buffer size
    ///
    /// Return the buffer size needed for recvmsg() to receive an ancillary
    /// data item with associated data of the given length, along with any
    /// trailing padding.
    #[pyfunction("CMSG_SPACE(length, /)", nosig)]
    fn cmsg_space(vm: &Vm, length: isize) -> PyResult<usize> {
        usize::try_from(length).ok().and_then(messages::cmsg_space).ok_or_else(|| vm.overflow_error("CMSG_SPACE() argument out of range"))
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(vm, module, crate::small::tables::SOCKET)
    }
}
