//! `sendmsg` and `recvmsg` with ancillary data.

use krait_object::buffer::{Buffer, flags as buf_flags};
use krait_object::prelude::*;

use super::addr::{self, Addr};
use super::core::PySocket;

/// Bytes a control message with `n` bytes of data takes; `None` if absurd.
pub fn cmsg_space(n: usize) -> Option<usize> {
    if n > i32::MAX as usize {
        return None;
    }
    // SAFETY: arithmetic only.
    Some(unsafe { libc::CMSG_SPACE(n as u32) } as usize)
}

pub fn cmsg_len(n: usize) -> Option<usize> {
    if n > i32::MAX as usize {
        return None;
    }
    // SAFETY: arithmetic only.
    Some(unsafe { libc::CMSG_LEN(n as u32) } as usize)
}

/// Memory for control messages, aligned for their headers.
struct Control(Vec<u64>);

impl Control {
    fn new(n: usize) -> Control {
        Control(vec![0; n.div_ceil(8)])
    }
    fn ptr(&mut self) -> *mut libc::c_void {
        self.0.as_mut_ptr().cast()
    }
}

fn iovecs(held: &[Buffer]) -> Vec<libc::iovec> {
    held.iter().map(|b| libc::iovec { iov_base: b.info().ptr.cast(), iov_len: b.len() }).collect()
}

fn collect(vm: &Vm, o: Ref<'_>, what: &str) -> PyResult<Vec<Obj>> {
    match vm.collect(o) {
        Ok(v) => Ok(v),
        Err(e) => {
            drop(vm.catch(e, vm.types.type_error)?);
            Err(vm.type_error(what))
        }
    }
}

/// `socket.sendmsg`.
pub fn send(vm: &Vm, s: &PySocket, buffers: Ref<'_>, anc: Option<Ref<'_>>, flags: i32, to: Option<Ref<'_>>) -> PyResult<isize> {
    let mut held = Vec::new();
    for o in collect(vm, buffers, "sendmsg() argument 1 must be an iterable")? {
        held.push(Buffer::simple(vm, o.r())?);
    }
    let mut messages = Vec::new();
    if let Some(anc) = anc {
        for item in collect(vm, anc, "sendmsg() argument 2 must be an iterable")? {
            let parts = match item.r().downcast::<PyTuple>(vm) {
                Some(t) if t.len() == 3 => t.as_slice().to_vec(),
                Some(t) => {
                    return Err(vm.type_error(format!("[sendmsg() ancillary data items]() takes exactly 3 arguments ({} given)", t.len())));
                }
                None => {
                    return Err(vm.type_error(format!(
                        "[sendmsg() ancillary data items]() argument must be 3-item sequence, not {}",
                        item.r().ty(vm).tp_name()
                    )));
                }
            };
            let level = krait_object::convert::c_int(vm, parts[0].r())?;
            let kind = krait_object::convert::c_int(vm, parts[1].r())?;
            let data = krait_object::buffer::with_bytes(vm, parts[2].r(), <[u8]>::to_vec)?;
            messages.push((level, kind, data));
        }
    }
    let address = match to {
        Some(o) => {
            let a = s.address(vm, o, "sendmsg")?;
            vm.audit("socket.sendmsg", &[s.r(), o])?;
            Some(a)
        }
        None => {
            vm.audit("socket.sendmsg", &[s.r(), vm.none()])?;
            None
        }
    };
    let mut space = 0;
    for m in &messages {
        match cmsg_space(m.2.len()) {
            Some(n) => space += n,
            None => return Err(vm.os_error_msg("ancillary data item too large")),
        }
    }
    let mut control = Control::new(space);
    let mut iov = iovecs(&held);
    // SAFETY: all-zero is a valid `msghdr`; everything it points to lives through the call, and
    // the control block has exactly the space its messages take.
    unsafe {
        let mut h: libc::msghdr = std::mem::zeroed();
        h.msg_iov = iov.as_mut_ptr();
        h.msg_iovlen = iov.len() as _;
        if let Some(a) = &address {
            h.msg_name = a.ptr() as *mut libc::c_void;
            h.msg_namelen = a.len;
        }
        if space > 0 {
            h.msg_control = control.ptr();
            h.msg_controllen = space as _;
            let mut c = libc::CMSG_FIRSTHDR(&h);
            for (level, kind, data) in &messages {
                if c.is_null() {
                    return Err(vm.runtime_error("unexpected NULL result from CMSG_FIRSTHDR"));
                }
                (*c).cmsg_level = *level;
                (*c).cmsg_type = *kind;
                (*c).cmsg_len = cmsg_len(data.len()).unwrap_or(0) as _;
                std::ptr::copy_nonoverlapping(data.as_ptr(), libc::CMSG_DATA(c), data.len());
                c = libc::CMSG_NXTHDR(&h, c);
            }
        }
        let p = &raw const h;
        s.call(vm, true, |fd| libc::sendmsg(fd, p, flags))
    }
}

/// What `recvmsg` gave besides the data.
struct Received {
    n: usize,
    anc: Obj,
    flags: i32,
    address: Obj,
}

fn receive_raw(vm: &Vm, s: &PySocket, iov: &mut [libc::iovec], anc: isize, flags: i32, func: &str) -> PyResult<Received> {
    if anc < 0 || anc > i32::MAX as isize {
        return Err(vm.value_error(format!("invalid ancillary data buffer length in {func}()")));
    }
    let mut control = Control::new(anc as usize);
    let mut a = Addr::empty();
    // SAFETY: all-zero is a valid `msghdr`; everything it points to has the stated room and
    // lives through the call.
    unsafe {
        let mut h: libc::msghdr = std::mem::zeroed();
        let p = &raw mut h;
        let (iovp, iovn) = (iov.as_mut_ptr(), iov.len());
        let (namep, ctlp) = (a.mut_ptr(), control.ptr());
        let n = s.call(vm, false, |fd| {
            (*p).msg_name = namep.cast();
            (*p).msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            (*p).msg_iov = iovp;
            (*p).msg_iovlen = iovn as _;
            (*p).msg_control = if anc > 0 { ctlp } else { std::ptr::null_mut() };
            (*p).msg_controllen = anc as _;
            libc::recvmsg(fd, p, flags)
        })?;
        a.len = h.msg_namelen;
        let mut list = Vec::new();
        let end = h.msg_control as usize + h.msg_controllen as usize;
        let mut c = if h.msg_controllen > 0 { libc::CMSG_FIRSTHDR(&h) } else { std::ptr::null_mut() };
        while !c.is_null() {
            let data = libc::CMSG_DATA(c);
            let head = data as usize - c as usize;
            // A truncated message ends with the buffer.
            let len = ((*c).cmsg_len as usize).saturating_sub(head).min(end.saturating_sub(data as usize));
            let bytes = std::slice::from_raw_parts(data, len);
            list.push(vm.tuple(vec![vm.int((*c).cmsg_level), vm.int((*c).cmsg_type), vm.bytes(bytes)]));
            c = libc::CMSG_NXTHDR(&h, c);
        }
        let address = addr::to_python(vm, &a)?;
        Ok(Received { n: n as usize, anc: vm.list(list), flags: h.msg_flags, address })
    }
}

/// `socket.recvmsg`.
pub fn receive(vm: &Vm, s: &PySocket, size: isize, anc: isize, flags: i32) -> PyResult<Obj> {
    if size < 0 {
        return Err(vm.value_error("negative buffer size in recvmsg()"));
    }
    let mut buf: Vec<u8> = Vec::new();
    if buf.try_reserve_exact(size as usize).is_err() {
        return Err(vm.memory_error());
    }
    let mut iov = [libc::iovec { iov_base: buf.as_mut_ptr().cast(), iov_len: size as usize }];
    let r = receive_raw(vm, s, &mut iov, anc, flags, "recvmsg")?;
    // SAFETY: the kernel filled `n` bytes.
    unsafe { buf.set_len(r.n) };
    Ok(vm.tuple(vec![vm.bytes(&buf), r.anc, vm.int(r.flags), r.address]))
}

/// `socket.recvmsg_into`.
pub fn receive_into(vm: &Vm, s: &PySocket, buffers: Ref<'_>, anc: isize, flags: i32) -> PyResult<Obj> {
    let mut held = Vec::new();
    for o in collect(vm, buffers, "recvmsg_into() argument 1 must be an iterable")? {
        let b = Buffer::get(vm, o.r(), buf_flags::WRITABLE)?;
        if b.info().readonly {
            return Err(vm.type_error("recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers"));
        }
        held.push(b);
    }
    let mut iov = iovecs(&held);
    let r = receive_raw(vm, s, &mut iov, anc, flags, "recvmsg_into")?;
    Ok(vm.tuple(vec![vm.int_usize(r.n), r.anc, vm.int(r.flags), r.address]))
}
