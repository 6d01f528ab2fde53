//! Encoding and decoding text by codec name, as `str.encode` and `bytes.decode` do it.

use krait_object::bytes::PyBytes;
use krait_object::error::Raised;
use krait_object::prelude::*;

use super::{registry, single, utf8, utf16, utf32};

/// Encodings that need no codec lookup.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Direct {
    Utf8,
    Ascii,
    Latin1,
    Utf16(i32),
    Utf32(i32),
}

impl Direct {
    /// By any of the usual spellings.
    pub fn of(name: &str) -> Option<Direct> {
        if name == "utf-8" {
            return Some(Direct::Utf8);
        }
        if name.len() > 12 {
            return None;
        }
        let mut buf = [0u8; 12];
        for (b, c) in buf.iter_mut().zip(name.bytes()) {
            *b = if c == b'_' || c == b' ' { b'-' } else { c.to_ascii_lowercase() };
        }
        Some(match &buf[..name.len()] {
            b"utf-8" | b"utf8" | b"u8" => Direct::Utf8,
            b"ascii" | b"us-ascii" | b"646" => Direct::Ascii,
            b"latin-1" | b"latin1" | b"iso-8859-1" | b"iso8859-1" | b"l1" | b"8859" | b"cp819" | b"latin" => Direct::Latin1,
            b"utf-16" | b"utf16" | b"u16" => Direct::Utf16(0),
            b"utf-16-le" | b"utf-16le" | b"utf16-le" => Direct::Utf16(-1),
            b"utf-16-be" | b"utf-16be" | b"utf16-be" => Direct::Utf16(1),
            b"utf-32" | b"utf32" | b"u32" => Direct::Utf32(0),
            b"utf-32-le" | b"utf-32le" | b"utf32-le" => Direct::Utf32(-1),
            b"utf-32-be" | b"utf-32be" | b"utf32-be" => Direct::Utf32(1),
            _ => return None,
        })
    }
    pub fn encode(self, vm: &Vm, s: &PyStr, errors: &str) -> PyResult<Vec<u8>> {
        match self {
            Direct::Utf8 => utf8::encode(vm, s, errors),
            Direct::Ascii => single::encode_ascii(vm, s, errors),
            Direct::Latin1 => single::encode_latin1(vm, s, errors),
            Direct::Utf16(order) => utf16::encode(vm, s, errors, order),
            Direct::Utf32(order) => utf32::encode(vm, s, errors, order),
        }
    }
    pub fn decode(self, vm: &Vm, data: &[u8], errors: &str) -> PyResult<Py<PyStr>> {
        match self {
            Direct::Utf8 => utf8::decode(vm, data, errors, true).map(|r| r.0),
            Direct::Ascii => single::decode_ascii(vm, data, errors),
            Direct::Latin1 => Ok(PyStr::from_latin1(vm, data)),
            Direct::Utf16(order) => utf16::decode(vm, data, errors, order, true).map(|r| r.0),
            Direct::Utf32(order) => utf32::decode(vm, data, errors, order, true).map(|r| r.0),
        }
    }
}

/// Adds the note that tells which codec failed.
#[cold]
fn add_note(vm: &Vm, token: Raised, operation: &str, encoding: &str) -> Raised {
    let exc = vm.take_raised(token);
    let note = vm.str(&format!("{operation} with '{encoding}' codec failed"));
    match vm.call_method(exc.r(), vm.names().add_note, &[note.r()]) {
        Ok(_) => vm.raise_as_is(exc),
        Err(e) => {
            drop(vm.take_raised(e));
            vm.raise_as_is(exc)
        }
    }
}

/// Calls an encoder or decoder and takes its result apart.
fn run(vm: &Vm, f: &Obj, input: Ref<'_>, errors: Option<&str>, encoding: &str, operation: &str, bad: &str) -> PyResult<Obj> {
    let result = match errors {
        Some(e) => vm.call(f.r(), &[input, vm.str(e).r()]),
        None => vm.call1(f.r(), input),
    };
    let result = result.map_err(|e| add_note(vm, e, operation, encoding))?;
    match result.r().downcast::<PyTuple>(vm).map(|t| t.as_slice()) {
        Some([out, _]) => Ok(out.clone()),
        _ => Err(vm.type_error(bad)),
    }
}

const BAD_ENCODER: &str = "encoder must return a tuple (object, integer)";
const BAD_DECODER: &str = "decoder must return a tuple (object,integer)";

/// `codecs.encode`.
pub fn encode_object(vm: &Vm, o: Ref<'_>, encoding: &str, errors: Option<&str>) -> PyResult<Obj> {
    let codec = registry::lookup(vm, encoding)?;
    let f = registry::codec_function(vm, &codec, 0)?;
    run(vm, &f, o, errors, encoding, "encoding", BAD_ENCODER)
}

/// `codecs.decode`.
pub fn decode_object(vm: &Vm, o: Ref<'_>, encoding: &str, errors: Option<&str>) -> PyResult<Obj> {
    let codec = registry::lookup(vm, encoding)?;
    let f = registry::codec_function(vm, &codec, 1)?;
    run(vm, &f, o, errors, encoding, "decoding", BAD_DECODER)
}

/// `str.encode`: serves `Hooks::encode`.
pub fn encode_hook(vm: &Vm, s: &PyStr, encoding: &str, errors: &str) -> PyResult<Vec<u8>> {
    if let Some(d) = Direct::of(encoding) {
        return d.encode(vm, s, errors);
    }
    let codec = registry::lookup_text(vm, encoding, "codecs.encode()")?;
    let f = registry::codec_function(vm, &codec, 0)?;
    let out = run(vm, &f, s.r(), Some(errors), encoding, "encoding", BAD_ENCODER)?;
    if let Some(b) = out.r().downcast::<PyBytes>(vm) {
        return Ok(b.as_slice().to_vec());
    }
    if out.r().ty(vm).is_subtype(vm.types.bytearray) {
        let msg = format!("encoder {encoding} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types");
        vm.warn(vm.types.runtime_warning, &msg, 1)?;
        return krait_object::buffer::with_bytes(vm, out.r(), <[u8]>::to_vec);
    }
    Err(vm.type_error(format!(
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        out.r().ty(vm).tp_name()
    )))
}

/// `bytes.decode`: serves `Hooks::decode`.
pub fn decode_hook(vm: &Vm, data: &[u8], encoding: &str, errors: &str) -> PyResult<Obj> {
    if let Some(d) = Direct::of(encoding) {
        return d.decode(vm, data, errors).map(Py::into_obj);
    }
    let codec = registry::lookup_text(vm, encoding, "codecs.decode()")?;
    let f = registry::codec_function(vm, &codec, 1)?;
    let input = vm.bytes(data);
    let out = run(vm, &f, input.r(), Some(errors), encoding, "decoding", BAD_DECODER)?;
    if out.r().is_instance_of::<PyStr>(vm) {
        return Ok(out);
    }
    Err(vm.type_error(format!(
        "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
        out.r().ty(vm).tp_name()
    )))
}
