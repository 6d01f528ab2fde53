//! `tell`, `seek` and `truncate` of text streams.

use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use super::args::unsupported;
use super::cookie::Cookie;
use super::text::PyTextIOWrapper;

fn flush(vm: &Vm, t: &PyTextIOWrapper) -> PyResult<()> {
    vm.call_method(t.r(), vm.names().flush, &[]).map(drop)
}

/// The position as a cookie.
pub fn tell(vm: &Vm, t: &PyTextIOWrapper) -> PyResult<Obj> {
    let buffer = t.open_buffer(vm)?;
    if !t.seekable.get() {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    if !t.telling.get() {
        return Err(vm.os_error_msg("telling position disabled by next() call"));
    }
    t.write_flush(vm, &buffer)?;
    flush(vm, t)?;
    let pos = vm.call_method_str(buffer.r(), "tell", &[])?;
    let snapshot = t.snapshot.borrow().clone();
    let Some((flags, input)) = snapshot.filter(|_| t.decoder.is_present()) else { return Ok(pos) };
    let pos = krait_object::convert::c_long(vm, pos.r())?;
    let Some(input) = input.r().downcast::<PyBytes>(vm).map(|b| b.to_py()) else {
        return Err(vm.type_error("illegal decoder state"));
    };
    let start = pos - input.len() as i64;
    let skip = t.used.get();
    if skip == 0 {
        return Ok(Cookie { start: start as u64, flags: flags as i32, ..Cookie::default() }.pack(vm));
    }
    let (saved_buffer, saved_flags) = t.decoder.get_state(vm)?;
    let found = locate(vm, t, input.as_slice(), start, flags, skip);
    super::args::also(vm, found, || {
        let saved = saved_buffer.r().downcast::<PyBytes>(vm).map(|b| b.as_slice().to_vec()).unwrap_or_default();
        t.decoder.set_state(vm, &saved, saved_flags)
    })
    .map(|c| c.pack(vm))
}

/// Finds a byte position and decoder state from which decoding a little gives the characters
/// handed out so far. Uses the decoder, whose state the caller restores.
fn locate(vm: &Vm, t: &PyTextIOWrapper, input: &[u8], start: i64, flags: i64, skip: usize) -> PyResult<Cookie> {
    let errors = t.errors_text();
    let decode = |from: usize, to: usize| -> PyResult<usize> {
        let part = vm.bytes(input.get(from..to.min(input.len())).unwrap_or(&[]));
        Ok(t.decoder.decode(vm, part.r(), &errors, false)?.len())
    };
    let mut flags = flags;
    let mut skip = skip;
    // A guess from the ratio of bytes to characters, moved back until it is safe.
    let mut at = (t.ratio.get() * skip as f64) as i64;
    let mut step = 1;
    while at > 0 {
        t.decoder.set_state(vm, &[], flags)?;
        let n = decode(0, at as usize)?;
        if n <= skip {
            let (carry, f) = t.decoder.get_state(vm)?;
            let carried = vm.len(carry.r())?;
            if carried == 0 {
                flags = f;
                skip -= n;
                break;
            }
            at -= carried as i64;
            step = 1;
        } else {
            at -= step;
            step *= 2;
        }
    }
    if at <= 0 {
        at = 0;
        t.decoder.set_state(vm, &[], flags)?;
    }
    let mut c = Cookie { start: (start + at) as u64, flags: flags as i32, ..Cookie::default() };
    if skip == 0 {
        return Ok(c);
    }
    // Bytes one at a time, noting the nearest safe point before the place.
    let (mut fed, mut decoded) = (0, 0);
    let mut reached = false;
    for i in at as usize..input.len() {
        fed += 1;
        decoded += decode(i, i + 1)?;
        let (carry, f) = t.decoder.get_state(vm)?;
        if vm.len(carry.r())? == 0 && decoded <= skip {
            c.start += fed;
            skip -= decoded;
            c.flags = f as i32;
            (fed, decoded) = (0, 0);
        }
        if decoded >= skip {
            reached = true;
            break;
        }
    }
    if !reached {
        decoded += t.decoder.decode(vm, vm.bytes(b"").r(), &errors, true)?.len();
        c.need_eof = true;
        if decoded < skip {
            return Err(vm.os_error_msg("can't reconstruct logical file position"));
        }
    }
    c.feed = fed as i32;
    c.skip = skip as i32;
    Ok(c)
}

/// Goes to a cookie, or to the end.
pub fn seek(vm: &Vm, t: &PyTextIOWrapper, cookie: Ref<'_>, whence: i32) -> PyResult<Obj> {
    let buffer = t.open_buffer(vm)?;
    if !t.seekable.get() {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    let is_zero = |o: Ref<'_>| -> PyResult<bool> {
        let eq = vm.richcompare(o, Obj::small(0).r(), CmpOp::Eq)?;
        vm.is_true(eq.r())
    };
    let mut cookie = cookie.to_obj();
    match whence {
        libc::SEEK_CUR => {
            if !is_zero(cookie.r())? {
                return Err(unsupported(vm, "can't do nonzero cur-relative seeks"));
            }
            flush(vm, t)?;
            cookie = vm.call_method_str(t.r(), "tell", &[])?;
        }
        libc::SEEK_END => {
            if !is_zero(cookie.r())? {
                return Err(unsupported(vm, "can't do nonzero end-relative seeks"));
            }
            flush(vm, t)?;
            t.set_decoded(None);
            t.clear_snapshot();
            if t.decoder.is_present() {
                t.decoder.reset(vm)?;
            }
            let end = vm.call_method(buffer.r(), vm.names().seek, &[Obj::small(0).r(), Obj::small(2).r()])?;
            t.encoder.reset(vm, is_zero(end.r())?)?;
            return Ok(end);
        }
        libc::SEEK_SET => {}
        _ => return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
    let negative = vm.richcompare(cookie.r(), Obj::small(0).r(), CmpOp::Lt)?;
    if vm.is_true(negative.r())? {
        return Err(vm.value_error(format!("negative seek position {}", vm.repr_text(cookie.r())?)));
    }
    flush(vm, t)?;
    let c = Cookie::unpack(vm, cookie.r())?;
    vm.call_method(buffer.r(), vm.names().seek, &[vm.int(c.start).r()])?;
    t.set_decoded(None);
    t.clear_snapshot();
    if t.decoder.is_present() {
        if c.start == 0 && c.flags == 0 {
            t.decoder.reset(vm)?;
        } else {
            t.decoder.set_state(vm, &[], c.flags.into())?;
        }
    }
    if c.skip != 0 {
        let input = vm.call_method(buffer.r(), vm.names().read, &[vm.int(c.feed).r()])?;
        if !input.r().is_instance_of::<PyBytes>(vm) {
            let got = input.r().ty(vm).tp_name();
            return Err(vm.type_error(format!("underlying read() should have returned a bytes object, not '{got}'")));
        }
        let old = t.snapshot.borrow_mut().replace((c.flags.into(), input.clone()));
        drop(old);
        let text = t.decoder.decode(vm, input.r(), &t.errors_text(), c.need_eof)?;
        if text.len() < c.skip as usize {
            return Err(vm.os_error_msg("can't restore logical file position"));
        }
        t.set_decoded(Some(text));
        t.used.set(c.skip as usize);
    } else {
        let old = t.snapshot.borrow_mut().replace((c.flags.into(), vm.bytes(b"")));
        drop(old);
    }
    t.encoder.reset(vm, c.start == 0 && c.flags == 0)?;
    Ok(cookie)
}
