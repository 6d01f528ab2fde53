//! Socket addresses as Python objects and back.

use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use super::errors::raise_gai;
use crate::util::errno;

/// A C socket address and its length.
#[derive(Clone, Copy)]
pub struct Addr {
    pub storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

impl Addr {
    pub fn empty() -> Addr {
        // SAFETY: all-zero is a valid address record.
        Addr { storage: unsafe { std::mem::zeroed() }, len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }
    pub fn ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }
    pub fn mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }
    /// Room for a record of the kernel's to be written.
    fn of<T>(value: T) -> Addr {
        let mut a = Addr::empty();
        debug_assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>());
        // SAFETY: the storage is large and aligned enough for every address record.
        unsafe { (&raw mut a.storage).cast::<T>().write(value) };
        a.len = size_of::<T>() as libc::socklen_t;
        a
    }
    fn view<T: Copy>(&self) -> T {
        // SAFETY: as for `of`; all bytes are initialised.
        unsafe { (&raw const self.storage).cast::<T>().read() }
    }
}

/// A host name argument as the resolver wants it.
pub fn host_name(vm: &Vm, o: Ref<'_>, what: &str) -> PyResult<Vec<u8>> {
    let name = if let Some(s) = o.downcast::<PyStr>(vm) {
        match s.as_ascii() {
            Some(a) => a.as_bytes().to_vec(),
            None => (vm.interp.hooks().encode)(vm, s, "idna", "strict")?,
        }
    } else if let Some(b) = o.downcast::<PyBytes>(vm) {
        b.as_slice().to_vec()
    } else if o.ty(vm).is_subtype(vm.types.bytearray) {
        krait_object::buffer::with_bytes(vm, o, <[u8]>::to_vec)?
    } else {
        return Err(vm.type_error(format!("{what}str, bytes or bytearray expected, not {}", o.ty(vm).tp_name())));
    };
    if name.contains(&0) {
        return Err(vm.type_error(format!("{what}host name must not contain null character")));
    }
    Ok(name)
}

/// The first address of a host in a family.
pub fn resolve(vm: &Vm, name: &[u8], family: i32) -> PyResult<Addr> {
    let text = std::str::from_utf8(name).unwrap_or_default();
    if name.is_empty() || text == "<broadcast>" {
        if text == "<broadcast>" {
            if family != libc::AF_INET && family != libc::AF_UNSPEC {
                return Err(vm.os_error_msg("address family mismatched"));
            }
            return Ok(inet(std::net::Ipv4Addr::BROADCAST, 0));
        }
        if family == libc::AF_INET6 {
            return Ok(inet6(std::net::Ipv6Addr::UNSPECIFIED, 0, 0, 0));
        }
        if family == libc::AF_INET {
            return Ok(inet(std::net::Ipv4Addr::UNSPECIFIED, 0));
        }
    }
    if (family == libc::AF_INET || family == libc::AF_UNSPEC)
        && let Ok(a) = text.parse::<std::net::Ipv4Addr>()
    {
        return Ok(inet(a, 0));
    }
    if (family == libc::AF_INET6 || family == libc::AF_UNSPEC)
        && let Ok(a) = text.parse::<std::net::Ipv6Addr>()
    {
        return Ok(inet6(a, 0, 0, 0));
    }
    let c = std::ffi::CString::new(name).unwrap_or_default();
    // SAFETY: all-zero hints are valid; the result is freed below.
    let (code, e, found) = vm.allow_threads(|| unsafe {
        let mut hints: libc::addrinfo = std::mem::zeroed();
        hints.ai_family = family;
        if name.is_empty() {
            hints.ai_socktype = libc::SOCK_DGRAM;
            hints.ai_flags = libc::AI_PASSIVE;
        }
        let mut list = std::ptr::null_mut();
        let (node, service) = if name.is_empty() { (std::ptr::null(), c"0".as_ptr()) } else { (c.as_ptr(), std::ptr::null()) };
        let code = libc::getaddrinfo(node, service, &hints, &mut list);
        let e = errno();
        let mut found = Addr::empty();
        if code == 0 {
            let len = (*list).ai_addrlen as usize;
            std::ptr::copy_nonoverlapping((*list).ai_addr as *const u8, found.mut_ptr() as *mut u8, len);
            found.len = len as libc::socklen_t;
            libc::freeaddrinfo(list);
        }
        (code, e, found)
    });
    if code != 0 { Err(raise_gai(vm, code, e)) } else { Ok(found) }
}

pub fn inet(a: std::net::Ipv4Addr, port: u16) -> Addr {
    // SAFETY: all-zero is a valid record.
    let mut s: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    s.sin_family = libc::AF_INET as libc::sa_family_t;
    s.sin_port = port.to_be();
    s.sin_addr.s_addr = u32::from_ne_bytes(a.octets());
    Addr::of(s)
}

pub fn inet6(a: std::net::Ipv6Addr, port: u16, flow: u32, scope: u32) -> Addr {
    // SAFETY: all-zero is a valid record.
    let mut s: libc::sockaddr_in6 = unsafe { std::mem::zeroed() };
    s.sin6_family = libc::AF_INET6 as libc::sa_family_t;
    s.sin6_port = port.to_be();
    s.sin6_flowinfo = flow.to_be();
    s.sin6_scope_id = scope;
    s.sin6_addr.s6_addr = a.octets();
    Addr::of(s)
}

/// A port number, whose range is checked last as in CPython.
fn port(vm: &Vm, o: Ref<'_>, caller: &str) -> PyResult<u16> {
    let p = krait_object::convert::c_int(vm, o)?;
    u16::try_from(p).map_err(|_| vm.overflow_error(format!("{caller}(): port must be 0-65535.")))
}

fn tuple_of<'a>(vm: &Vm, o: Ref<'a>, caller: &str, family: &str) -> PyResult<&'a [Obj]> {
    match o.downcast::<PyTuple>(vm) {
        Some(t) => Ok(t.as_slice()),
        None => Err(vm.type_error(format!("{caller}(): {family} address must be tuple, not {}", o.ty(vm).tp_name()))),
    }
}

/// An address argument for a socket of the given family.
pub fn from_python(vm: &Vm, family: i32, o: Ref<'_>, caller: &str) -> PyResult<Addr> {
    match family {
        libc::AF_INET => {
            let [host, p] = tuple_of(vm, o, caller, "AF_INET")? else {
                return Err(vm.type_error("AF_INET address must be a pair (host, port)"));
            };
            let name = host_name(vm, host.r(), "")?;
            let p = {
                // The number's type is checked before the name is looked up, its range after.
                krait_object::convert::c_int(vm, p.r())?;
                p
            };
            let mut s: libc::sockaddr_in = resolve(vm, &name, libc::AF_INET)?.view();
            s.sin_port = port(vm, p.r(), caller)?.to_be();
            Ok(Addr::of(s))
        }
        libc::AF_INET6 => {
            let t = tuple_of(vm, o, caller, "AF_INET6")?;
            if !(2..=4).contains(&t.len()) {
                return Err(vm.type_error("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"));
            }
            let name = host_name(vm, t[0].r(), "")?;
            let number = |i: usize| -> PyResult<u32> {
                match t.get(i) {
                    Some(o) => Ok(krait_object::convert::c_long(vm, o.r())? as u32),
                    None => Ok(0),
                }
            };
            let (flow, scope) = (number(2)?, number(3)?);
            let mut s: libc::sockaddr_in6 = resolve(vm, &name, libc::AF_INET6)?.view();
            s.sin6_port = port(vm, t[1].r(), caller)?.to_be();
            if flow > 0xf_ffff {
                return Err(vm.overflow_error(format!("{caller}(): flowinfo must be 0-1048575.")));
            }
            s.sin6_flowinfo = flow.to_be();
            if scope != 0 {
                s.sin6_scope_id = scope;
            }
            Ok(Addr::of(s))
        }
        libc::AF_UNIX => unix(vm, o),
        libc::AF_NETLINK => {
            let [pid, groups] = tuple_of(vm, o, caller, "AF_NETLINK")? else {
                return Err(vm.type_error("AF_NETLINK address must be a pair (pid, groups)"));
            };
            // SAFETY: all-zero is a valid record.
            let mut s: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
            s.nl_family = libc::AF_NETLINK as libc::sa_family_t;
            s.nl_pid = krait_object::convert::c_long(vm, pid.r())? as u32;
            s.nl_groups = krait_object::convert::c_long(vm, groups.r())? as u32;
            Ok(Addr::of(s))
        }
        libc::AF_VSOCK => {
            let [cid, p] = tuple_of(vm, o, caller, "AF_VSOCK")? else {
                return Err(vm.type_error(format!("{caller}(): AF_VSOCK address must be a pair (CID, port)")));
            };
            // SAFETY: all-zero is a valid record.
            let mut s: libc::sockaddr_vm = unsafe { std::mem::zeroed() };
            s.svm_family = libc::AF_VSOCK as libc::sa_family_t;
            s.svm_cid = krait_object::convert::c_long(vm, cid.r())? as u32;
            s.svm_port = krait_object::convert::c_long(vm, p.r())? as u32;
            Ok(Addr::of(s))
        }
        _ => Err(vm.os_error_msg(format!("{caller}(): bad family"))),
    }
}

fn unix(vm: &Vm, o: Ref<'_>) -> PyResult<Addr> {
    let path = match o.downcast::<PyStr>(vm) {
        Some(s) => krait_object::convert::fs_encode(vm, s.r())?,
        None => krait_object::buffer::with_bytes(vm, o, <[u8]>::to_vec)?,
    };
    // SAFETY: all-zero is a valid record.
    let mut s: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    s.sun_family = libc::AF_UNIX as libc::sa_family_t;
    let abstract_ = path.first() == Some(&0);
    let room = s.sun_path.len();
    if (abstract_ && path.len() > room) || (!abstract_ && path.len() >= room) {
        return Err(vm.os_error_msg("AF_UNIX path too long"));
    }
    for (dst, b) in s.sun_path.iter_mut().zip(&path) {
        *dst = *b as libc::c_char;
    }
    let mut a = Addr::of(s);
    let base = std::mem::offset_of!(libc::sockaddr_un, sun_path);
    a.len = (base + path.len() + usize::from(!abstract_)) as libc::socklen_t;
    Ok(a)
}

/// The numeric text of an IPv4 or IPv6 address, with its zone.
pub fn numeric_host(vm: &Vm, a: &Addr) -> PyResult<Obj> {
    if i32::from(a.storage.ss_family) == libc::AF_INET {
        let s: libc::sockaddr_in = a.view();
        let ip = std::net::Ipv4Addr::from(s.sin_addr.s_addr.to_ne_bytes());
        return Ok(vm.str(&ip.to_string()));
    }
    let mut buf = [0 as libc::c_char; 1025];
    // SAFETY: address and buffer live through the call.
    let code =
        unsafe { libc::getnameinfo(a.ptr(), a.len, buf.as_mut_ptr(), buf.len() as _, std::ptr::null_mut(), 0, libc::NI_NUMERICHOST) };
    if code != 0 {
        return Err(raise_gai(vm, code, errno()));
    }
    // SAFETY: null-terminated.
    Ok(vm.str(&unsafe { std::ffi::CStr::from_ptr(buf.as_ptr()) }.to_string_lossy()))
}

/// An address as Python shows it.
pub fn to_python(vm: &Vm, a: &Addr) -> PyResult<Obj> {
    if a.len == 0 {
        return Ok(Obj::none());
    }
    match i32::from(a.storage.ss_family) {
        libc::AF_INET => {
            let s: libc::sockaddr_in = a.view();
            Ok(vm.tuple(vec![numeric_host(vm, a)?, vm.int(u16::from_be(s.sin_port))]))
        }
        libc::AF_INET6 => {
            let s: libc::sockaddr_in6 = a.view();
            Ok(vm.tuple(vec![
                numeric_host(vm, a)?,
                vm.int(u16::from_be(s.sin6_port)),
                vm.int(u32::from_be(s.sin6_flowinfo)),
                vm.int(s.sin6_scope_id),
            ]))
        }
        libc::AF_UNIX => {
            let s: libc::sockaddr_un = a.view();
            let base = std::mem::offset_of!(libc::sockaddr_un, sun_path);
            let n = (a.len as usize).saturating_sub(base).min(s.sun_path.len());
            let bytes: Vec<u8> = s.sun_path[..n].iter().map(|c| *c as u8).collect();
            if bytes.first() == Some(&0) {
                return Ok(vm.bytes(&bytes));
            }
            let end = bytes.iter().position(|b| *b == 0).unwrap_or(n);
            crate::util::fs_str(vm, &bytes[..end])
        }
        libc::AF_NETLINK => {
            let s: libc::sockaddr_nl = a.view();
            Ok(vm.tuple(vec![vm.int(s.nl_pid), vm.int(s.nl_groups)]))
        }
        libc::AF_VSOCK => {
            let s: libc::sockaddr_vm = a.view();
            Ok(vm.tuple(vec![vm.int(s.svm_cid), vm.int(s.svm_port)]))
        }
        family => {
            let n = (a.len as usize).saturating_sub(2).min(size_of::<libc::sockaddr_storage>() - 2);
            // SAFETY: `n` bytes follow the family in the storage.
            let bytes = unsafe { std::slice::from_raw_parts((a.ptr() as *const u8).add(2), n) };
            Ok(vm.tuple(vec![vm.int(family), vm.bytes(bytes)]))
        }
    }
}
