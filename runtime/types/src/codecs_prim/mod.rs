//! The codecs everything else builds on: UTF-8, UTF-16, UTF-32, Latin-1 and ASCII, with error
//! handlers as callbacks.

mod decode_narrow;
mod decode_wide;
mod encode;
mod errors;
mod handlers;

use krait_object::prelude::*;

pub use decode_narrow::{decode_ascii, decode_latin1, decode_utf8};
pub use decode_wide::{ByteOrder, decode_utf16, decode_utf32};
pub use encode::{encode_ascii, encode_latin1, encode_utf8, encode_utf16, encode_utf32};
pub use errors::{DecodeErrors, DecodeFix, EncodeErrors, EncodeFix, decode_error, encode_error};
pub use handlers::{Builtin, HandlerName};

/// A codec handled here.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Known {
    Utf8,
    Latin1,
    Ascii,
}

/// The codec a name stands for, if it is one of the three that need no codec registry.
pub fn known(name: &str) -> Option<Known> {
    let mut buf = [0u8; 12];
    let mut n = 0;
    for c in name.bytes() {
        let slot = buf.get_mut(n)?;
        *slot = if c == b'_' { b'-' } else { c.to_ascii_lowercase() };
        n += 1;
    }
    match &buf[..n] {
        b"utf-8" | b"utf8" => Some(Known::Utf8),
        b"latin-1" | b"latin1" | b"iso-8859-1" | b"iso8859-1" => Some(Known::Latin1),
        b"ascii" | b"us-ascii" => Some(Known::Ascii),
        _ => None,
    }
}

/// `s.encode(encoding, errors)`.
pub fn encode(vm: &Vm, s: &PyStr, encoding: &str, errors: &str) -> PyResult<Vec<u8>> {
    match (known(encoding), HandlerName::of(errors)) {
        (Some(codec), HandlerName::Builtin(mut h)) => match codec {
            Known::Utf8 => encode_utf8(vm, s, &mut h),
            Known::Latin1 => encode_latin1(vm, s, &mut h),
            Known::Ascii => encode_ascii(vm, s, &mut h),
        },
        _ => (vm.interp.hooks().encode)(vm, s, encoding, errors),
    }
}

/// In development mode, fails if the error handler does not exist: the codecs ask for it only when
/// they meet an error.
fn check_errors(vm: &Vm, errors: &str) -> PyResult<()> {
    if !vm.interp.dev_mode.get() || matches!(HandlerName::of(errors), HandlerName::Builtin(_)) {
        return Ok(());
    }
    (vm.interp.hooks().lookup_error)(vm, errors).map(drop)
}

/// [`encode`] for calls from Python, with the checks of the development mode.
pub fn encode_checked(vm: &Vm, s: &PyStr, encoding: &str, errors: &str) -> PyResult<Vec<u8>> {
    check_errors(vm, errors)?;
    encode(vm, s, encoding, errors)
}

/// [`decode`] for calls from Python, with the checks of the development mode.
pub fn decode_checked(vm: &Vm, data: &[u8], encoding: &str, errors: &str) -> PyResult<Obj> {
    check_errors(vm, errors)?;
    if data.is_empty() && !vm.interp.dev_mode.get() {
        return Ok(PyStr::empty(vm).to_obj());
    }
    decode(vm, data, encoding, errors)
}

/// `data.decode(encoding, errors)`.
pub fn decode(vm: &Vm, data: &[u8], encoding: &str, errors: &str) -> PyResult<Obj> {
    match (known(encoding), HandlerName::of(errors)) {
        (Some(codec), HandlerName::Builtin(mut h)) => match codec {
            Known::Utf8 => Ok(decode_utf8(vm, data, &mut h, true)?.0.into_obj()),
            Known::Latin1 => Ok(decode_latin1(vm, data).into_obj()),
            Known::Ascii => Ok(decode_ascii(vm, data, &mut h)?.into_obj()),
        },
        _ => (vm.interp.hooks().decode)(vm, data, encoding, errors),
    }
}
