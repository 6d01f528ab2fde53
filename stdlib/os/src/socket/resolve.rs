//! Names and numbers: hosts, services, protocols, interfaces.

use std::ffi::{CStr, CString};

use krait_object::prelude::*;

use super::addr::{self, Addr};
use super::errors::{raise_gai, raise_host};
use crate::util::errno;

fn c_name(vm: &Vm, s: &str) -> PyResult<CString> {
    CString::new(s).map_err(|_| vm.value_error("embedded null character"))
}

fn text(vm: &Vm, p: *const libc::c_char) -> PyResult<Obj> {
    // SAFETY: null-terminated and copied at once.
    crate::util::fs_str(vm, unsafe { CStr::from_ptr(p) }.to_bytes())
}

/// The port or service argument of `getaddrinfo`.
fn service(vm: &Vm, o: Ref<'_>) -> PyResult<Option<CString>> {
    if o.is_none() {
        return Ok(None);
    }
    if o.as_int(vm).is_some() {
        let n = krait_object::convert::c_long(vm, o)?;
        return c_name(vm, &n.to_string()).map(Some);
    }
    if let Some(s) = o.downcast::<PyStr>(vm) {
        return c_name(vm, s.to_utf8(vm)?).map(Some);
    }
    if let Some(b) = o.downcast::<krait_object::bytes::PyBytes>(vm) {
        return CString::new(b.as_slice()).map(Some).map_err(|_| vm.value_error("embedded null byte"));
    }
    Err(vm.os_error_msg("Int or String expected"))
}

/// `socket.getaddrinfo`.
pub fn getaddrinfo(vm: &Vm, host: Ref<'_>, port: Ref<'_>, family: i32, kind: i32, proto: i32, flags: i32) -> PyResult<Obj> {
    let node = if host.is_none() {
        None
    } else if let Some(s) = host.downcast::<PyStr>(vm) {
        let b = match s.as_ascii() {
            Some(a) => a.as_bytes().to_vec(),
            None => (vm.interp.hooks().encode)(vm, s, "idna", "strict")?,
        };
        Some(CString::new(b).map_err(|_| vm.value_error("embedded null character"))?)
    } else if let Some(b) = host.downcast::<krait_object::bytes::PyBytes>(vm) {
        Some(CString::new(b.as_slice()).map_err(|_| vm.value_error("embedded null byte"))?)
    } else {
        return Err(vm.type_error("getaddrinfo() argument 1 must be string or None"));
    };
    let service = service(vm, port)?;
    let args = [host.to_obj(), port.to_obj(), vm.int(family), vm.int(kind), vm.int(proto), vm.int(flags)];
    vm.audit("socket.getaddrinfo", krait_object::obj::refs(&args))?;
    let ptr = |c: &Option<CString>| c.as_ref().map_or(std::ptr::null(), |c| c.as_ptr());
    // SAFETY: all-zero hints are valid; names are null-terminated or null; the list is copied and
    // freed.
    let (code, e, found) = vm.allow_threads(|| unsafe {
        let mut hints: libc::addrinfo = std::mem::zeroed();
        (hints.ai_family, hints.ai_socktype, hints.ai_protocol, hints.ai_flags) = (family, kind, proto, flags);
        let mut list = std::ptr::null_mut();
        let code = libc::getaddrinfo(ptr(&node), ptr(&service), &hints, &mut list);
        let e = errno();
        let mut found = Vec::new();
        if code == 0 {
            let mut p = list;
            while let Some(a) = p.as_ref() {
                let mut addr = Addr::empty();
                let len = (a.ai_addrlen as usize).min(size_of::<libc::sockaddr_storage>());
                std::ptr::copy_nonoverlapping(a.ai_addr as *const u8, addr.mut_ptr() as *mut u8, len);
                addr.len = len as libc::socklen_t;
                let canon = (!a.ai_canonname.is_null()).then(|| CStr::from_ptr(a.ai_canonname).to_bytes().to_vec());
                found.push((a.ai_family, a.ai_socktype, a.ai_protocol, canon, addr));
                p = a.ai_next;
            }
            libc::freeaddrinfo(list);
        }
        (code, e, found)
    });
    if code != 0 {
        return Err(raise_gai(vm, code, e));
    }
    let mut out = Vec::with_capacity(found.len());
    for (family, kind, proto, canon, a) in found {
        let name = crate::util::fs_str(vm, &canon.unwrap_or_default())?;
        out.push(vm.tuple(vec![vm.int(family), vm.int(kind), vm.int(proto), name, addr::to_python(vm, &a)?]));
    }
    Ok(vm.list(out))
}

/// `socket.getnameinfo`.
pub fn getnameinfo(vm: &Vm, sockaddr: Ref<'_>, flags: i32) -> PyResult<Obj> {
    let Some(t) = sockaddr.downcast::<PyTuple>(vm) else {
        return Err(vm.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let t = t.as_slice();
    if !(2..=4).contains(&t.len()) {
        return Err(vm.type_error("getnameinfo(): illegal sockaddr argument"));
    }
    let Some(host) = t[0].r().downcast::<PyStr>(vm) else {
        return Err(vm.type_error("getnameinfo(): illegal sockaddr argument"));
    };
    let port = krait_object::convert::c_int(vm, t[1].r())?;
    let number = |i: usize| t.get(i).map_or(Ok(0), |o| krait_object::convert::c_long(vm, o.r()).map(|n| n as u32));
    let (flow, scope) = (number(2)?, number(3)?);
    if flow > 0xf_ffff {
        return Err(vm.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
    }
    vm.audit("socket.getnameinfo", &[sockaddr])?;
    let node = c_name(vm, host.to_utf8(vm)?)?;
    let service = c_name(vm, &port.to_string())?;
    // SAFETY: all-zero hints are valid; the list is copied from and freed.
    let (code, e, found) = vm.allow_threads(|| unsafe {
        let mut hints: libc::addrinfo = std::mem::zeroed();
        hints.ai_socktype = libc::SOCK_DGRAM;
        hints.ai_flags = libc::AI_NUMERICHOST;
        let mut list = std::ptr::null_mut();
        let code = libc::getaddrinfo(node.as_ptr(), service.as_ptr(), &hints, &mut list);
        let e = errno();
        if code != 0 {
            return (code, e, None);
        }
        let many = !(*list).ai_next.is_null();
        let mut a = Addr::empty();
        let len = ((*list).ai_addrlen as usize).min(size_of::<libc::sockaddr_storage>());
        std::ptr::copy_nonoverlapping((*list).ai_addr as *const u8, a.mut_ptr() as *mut u8, len);
        a.len = len as libc::socklen_t;
        let family = (*list).ai_family;
        libc::freeaddrinfo(list);
        (0, 0, Some((a, family, many)))
    });
    let Some((mut a, family, many)) = found else { return Err(raise_gai(vm, code, e)) };
    if many {
        return Err(vm.os_error_msg("sockaddr resolved to multiple addresses"));
    }
    if family == libc::AF_INET {
        if t.len() != 2 {
            return Err(vm.os_error_msg("IPv4 sockaddr must be 2 tuple"));
        }
    } else if family == libc::AF_INET6 {
        // SAFETY: the storage holds a record of this family.
        unsafe {
            let s = a.mut_ptr() as *mut libc::sockaddr_in6;
            (*s).sin6_flowinfo = flow.to_be();
            (*s).sin6_scope_id = scope;
        }
    }
    let (mut h, mut s) = ([0 as libc::c_char; 1025], [0 as libc::c_char; 32]);
    let (hp, sp) = (h.as_mut_ptr() as usize, s.as_mut_ptr() as usize);
    // SAFETY: address and buffers live through the call.
    let (code, e) = vm.allow_threads(|| unsafe {
        let r = libc::getnameinfo(a.ptr(), a.len, hp as *mut _, 1025, sp as *mut _, 32, flags);
        (r, errno())
    });
    if code != 0 {
        return Err(raise_gai(vm, code, e));
    }
    Ok(vm.tuple(vec![text(vm, h.as_ptr())?, text(vm, s.as_ptr())?]))
}

/// `socket.gethostbyname`.
pub fn host_by_name(vm: &Vm, host: Ref<'_>) -> PyResult<Obj> {
    let name = addr::host_name(vm, host, "")?;
    vm.audit("socket.gethostbyname", &[host])?;
    let a = addr::resolve(vm, &name, libc::AF_INET)?;
    addr::numeric_host(vm, &a)
}

/// A host database entry as `(name, aliases, addresses)`.
fn host_entry(vm: &Vm, h: *const libc::hostent) -> PyResult<Obj> {
    // SAFETY: a filled entry with null-terminated arrays, read with the GIL held.
    unsafe {
        let Some(h) = h.as_ref() else { return Err(raise_host(vm, h_errno())) };
        let mut aliases = Vec::new();
        let mut p = h.h_aliases;
        while !p.is_null() && !(*p).is_null() {
            aliases.push(text(vm, *p)?);
            p = p.add(1);
        }
        let mut addresses = Vec::new();
        let mut p = h.h_addr_list;
        while !p.is_null() && !(*p).is_null() {
            let raw = std::slice::from_raw_parts(*p as *const u8, h.h_length as usize);
            let shown = match raw.len() {
                4 => std::net::Ipv4Addr::new(raw[0], raw[1], raw[2], raw[3]).to_string(),
                16 => raw.first_chunk::<16>().map(|b| std::net::Ipv6Addr::from(*b).to_string()).unwrap_or_default(),
                _ => return Err(vm.os_error_msg("unsupported address family")),
            };
            addresses.push(vm.str(&shown));
            p = p.add(1);
        }
        Ok(vm.tuple(vec![text(vm, h.h_name)?, vm.list(aliases), vm.list(addresses)]))
    }
}

unsafe extern "C" {
    fn gethostbyname(name: *const libc::c_char) -> *const libc::hostent;
    fn gethostbyaddr(addr: *const libc::c_void, len: libc::socklen_t, family: libc::c_int) -> *const libc::hostent;
    fn __h_errno_location() -> *mut libc::c_int;
}

fn h_errno() -> i32 {
    // SAFETY: this thread's error number.
    unsafe { *__h_errno_location() }
}

/// `socket.gethostbyname_ex`.
pub fn host_by_name_ex(vm: &Vm, host: Ref<'_>) -> PyResult<Obj> {
    let name = addr::host_name(vm, host, "")?;
    vm.audit("socket.gethostbyname", &[host])?;
    addr::resolve(vm, &name, libc::AF_INET)?;
    let c = CString::new(name).unwrap_or_default();
    // SAFETY: null-terminated; the entry is read before the GIL is given up.
    host_entry(vm, unsafe { gethostbyname(c.as_ptr()) })
}

/// `socket.gethostbyaddr`.
pub fn by_address(vm: &Vm, host: Ref<'_>) -> PyResult<Obj> {
    let name = addr::host_name(vm, host, "")?;
    vm.audit("socket.gethostbyaddr", &[host])?;
    let a = addr::resolve(vm, &name, libc::AF_UNSPEC)?;
    // SAFETY: the storage holds a record of its family; the entry is read before the GIL is
    // given up.
    unsafe {
        match i32::from(a.storage.ss_family) {
            libc::AF_INET => {
                let s = a.ptr() as *const libc::sockaddr_in;
                host_entry(vm, gethostbyaddr((&raw const (*s).sin_addr).cast(), 4, libc::AF_INET))
            }
            libc::AF_INET6 => {
                let s = a.ptr() as *const libc::sockaddr_in6;
                host_entry(vm, gethostbyaddr((&raw const (*s).sin6_addr).cast(), 16, libc::AF_INET6))
            }
            _ => Err(vm.os_error_msg("unsupported address family")),
        }
    }
}

/// `socket.getservbyname`.
pub fn service_port(vm: &Vm, name: &str, proto: Option<&str>) -> PyResult<u16> {
    let shown = proto.map_or_else(Obj::none, |p| vm.str(p));
    vm.audit("socket.getservbyname", &[vm.str(name).r(), shown.r()])?;
    let n = c_name(vm, name)?;
    let p = proto.map(|p| c_name(vm, p)).transpose()?;
    // SAFETY: null-terminated or null; the entry is read at once with the GIL held.
    unsafe {
        let s = libc::getservbyname(n.as_ptr(), p.as_ref().map_or(std::ptr::null(), |p| p.as_ptr()));
        match s.as_ref() {
            Some(s) => Ok(u16::from_be(s.s_port as u16)),
            None => Err(vm.os_error_msg("service/proto not found")),
        }
    }
}

/// `socket.getservbyport`.
pub fn service_name(vm: &Vm, port: i32, proto: Option<&str>) -> PyResult<Obj> {
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error("getservbyport: port must be 0-65535."));
    };
    let shown = proto.map_or_else(Obj::none, |p| vm.str(p));
    vm.audit("socket.getservbyport", &[vm.int(port).r(), shown.r()])?;
    let p = proto.map(|p| c_name(vm, p)).transpose()?;
    // SAFETY: as for `service_port`.
    unsafe {
        let s = libc::getservbyport(port.to_be().into(), p.as_ref().map_or(std::ptr::null(), |p| p.as_ptr()));
        match s.as_ref() {
            Some(s) => text(vm, s.s_name),
            None => Err(vm.os_error_msg("port/proto not found")),
        }
    }
}

/// `socket.getprotobyname`.
pub fn protocol(vm: &Vm, name: &str) -> PyResult<i32> {
    let n = c_name(vm, name)?;
    // SAFETY: as for `service_port`.
    match unsafe { libc::getprotobyname(n.as_ptr()).as_ref() } {
        Some(p) => Ok(p.p_proto),
        None => Err(vm.os_error_msg("protocol not found")),
    }
}

/// `socket.gethostname`.
pub fn hostname(vm: &Vm) -> PyResult<Obj> {
    vm.audit("socket.gethostname", &[])?;
    let mut buf = [0u8; 1024];
    // SAFETY: the buffer has room for its length.
    let r = unsafe { libc::gethostname(buf.as_mut_ptr().cast(), buf.len() - 1) };
    if r < 0 {
        return Err(vm.os_error(errno()));
    }
    let n = buf.iter().position(|b| *b == 0).unwrap_or(buf.len());
    crate::util::fs_str(vm, &buf[..n])
}

/// `socket.if_nameindex`.
pub fn interfaces(vm: &Vm) -> PyResult<Obj> {
    let mut out = Vec::new();
    // SAFETY: an array that ends with a zero index; freed below.
    unsafe {
        let list = libc::if_nameindex();
        if list.is_null() {
            return Err(vm.os_error(errno()));
        }
        let mut p = list;
        while (*p).if_index != 0 && !(*p).if_name.is_null() {
            match text(vm, (*p).if_name) {
                Ok(name) => out.push(vm.tuple(vec![vm.int((*p).if_index), name])),
                Err(e) => {
                    libc::if_freenameindex(list);
                    return Err(e);
                }
            }
            p = p.add(1);
        }
        libc::if_freenameindex(list);
    }
    Ok(vm.list(out))
}

/// `socket.if_nametoindex`.
pub fn interface_index(vm: &Vm, name: Ref<'_>) -> PyResult<u32> {
    let p = krait_object::convert::fs_path(vm, name)?;
    let b = krait_object::convert::fs_encode(vm, p.r())?;
    let c = CString::new(b).map_err(|_| vm.value_error("embedded null byte"))?;
    // SAFETY: null-terminated.
    match unsafe { libc::if_nametoindex(c.as_ptr()) } {
        0 => Err(vm.os_error_msg("no interface with this name")),
        i => Ok(i),
    }
}

/// `socket.if_indextoname`.
pub fn interface_name(vm: &Vm, index: u32) -> PyResult<Obj> {
    let mut buf = [0 as libc::c_char; libc::IF_NAMESIZE + 1];
    // SAFETY: the buffer has room.
    if unsafe { libc::if_indextoname(index, buf.as_mut_ptr()) }.is_null() {
        return Err(vm.os_error(errno()));
    }
    text(vm, buf.as_ptr())
}
