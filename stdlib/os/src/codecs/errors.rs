//! What a codec does when it meets input it cannot convert.
//!
//! [`Decoder`] and [`Encoder`] carry the input, the output so far and the error policy. Well-known
//! policies are carried out natively; others call the registered Python handler, which may even
//! replace the input. Codecs therefore address the input by position and re-read it after errors.

use krait_object::bytes::PyBytes;
use krait_object::error::Raised;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::registry;

/// The well-known error handlers.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Policy {
    Strict,
    Ignore,
    Replace,
    XmlCharRef,
    Backslash,
    NameReplace,
    SurrogateEscape,
    SurrogatePass,
    /// Whatever is registered under the name.
    Other,
}

impl Policy {
    pub fn of(name: &str) -> Policy {
        match name {
            "strict" => Policy::Strict,
            "ignore" => Policy::Ignore,
            "replace" => Policy::Replace,
            "xmlcharrefreplace" => Policy::XmlCharRef,
            "backslashreplace" => Policy::Backslash,
            "namereplace" => Policy::NameReplace,
            "surrogateescape" => Policy::SurrogateEscape,
            "surrogatepass" => Policy::SurrogatePass,
            _ => Policy::Other,
        }
    }
}

enum Input<'d> {
    Borrowed(&'d [u8]),
    /// A handler put another bytes object in the exception.
    Replaced(Py<PyBytes>),
}

/// A decoding in progress.
pub struct Decoder<'v, 'd> {
    pub vm: &'v Vm,
    pub encoding: &'d str,
    errors: &'d str,
    pub policy: Policy,
    input: Input<'d>,
    pub out: StrBuilder,
    exc: Option<Obj>,
}

/// What stands in for characters that cannot be encoded.
pub enum Replacement {
    Text(Py<PyStr>),
    Bytes(Vec<u8>),
}

impl<'v, 'd> Decoder<'v, 'd> {
    pub fn new(vm: &'v Vm, encoding: &'d str, data: &'d [u8], errors: &'d str) -> Decoder<'v, 'd> {
        let out = StrBuilder::with_capacity(data.len());
        Decoder { vm, encoding, errors, policy: Policy::of(errors), input: Input::Borrowed(data), out, exc: None }
    }
    /// The bytes being decoded.
    pub fn data(&self) -> &[u8] {
        match &self.input {
            Input::Borrowed(d) => d,
            Input::Replaced(b) => b.as_slice(),
        }
    }
    pub fn finish(self) -> Py<PyStr> {
        self.out.finish(self.vm)
    }
    /// The exception for bytes `start..end`, made once and updated.
    fn exception(&mut self, start: usize, end: usize, reason: &str) -> PyResult<Obj> {
        let vm = self.vm;
        if let Some(e) = &self.exc {
            set_position(vm, e.r(), start, end, reason)?;
            return Ok(e.clone());
        }
        let args = [vm.str(self.encoding), vm.bytes(self.data()), vm.int_usize(start), vm.int_usize(end), vm.str(reason)];
        let e = vm.call(vm.types.unicode_decode_error.r(), krait_object::obj::refs(&args))?;
        self.exc = Some(e.clone());
        Ok(e)
    }
    #[cold]
    pub fn raise(&mut self, start: usize, end: usize, reason: &str) -> Raised {
        match self.exception(start, end, reason) {
            Ok(e) => raise_object(self.vm, e),
            Err(r) => r,
        }
    }
    /// Handles undecodable bytes `start..end`; the position to go on at.
    #[cold]
    pub fn error(&mut self, start: usize, end: usize, reason: &str) -> PyResult<usize> {
        match self.policy {
            Policy::Strict => Err(self.raise(start, end, reason)),
            Policy::Ignore => Ok(end),
            Policy::Replace => {
                self.out.push(0xfffd);
                Ok(end)
            }
            Policy::Backslash => {
                for i in start..end {
                    let b = self.data()[i];
                    self.out.push_str(&format!("\\x{b:02x}"));
                }
                Ok(end)
            }
            Policy::SurrogateEscape => {
                let run = self.data()[start..end].iter().take(4).take_while(|b| **b >= 128).count();
                if run == 0 {
                    return Err(self.raise(start, end, reason));
                }
                for i in start..start + run {
                    let b = self.data()[i];
                    self.out.push(0xdc00 + u32::from(b));
                }
                Ok(start + run)
            }
            Policy::SurrogatePass => match surrogate_bytes(self.encoding, &self.data()[start..]) {
                Some((c, n)) => {
                    self.out.push(c);
                    Ok(start + n)
                }
                None => Err(self.raise(start, end, reason)),
            },
            Policy::XmlCharRef | Policy::NameReplace | Policy::Other => self.call_handler(start, end, reason),
        }
    }
    fn call_handler(&mut self, start: usize, end: usize, reason: &str) -> PyResult<usize> {
        let vm = self.vm;
        let handler = registry::lookup_error(vm, self.errors)?;
        let exc = self.exception(start, end, reason)?;
        let result = vm.call1(handler.r(), exc.r())?;
        const WHAT: &str = "decoding error handler must return (str, int) tuple";
        let (text, pos) = split_result(vm, result.r(), WHAT)?;
        let Some(text) = text.r().downcast::<PyStr>(vm) else { return Err(vm.type_error(WHAT)) };
        let object = vm.getattr(exc.r(), vm.names().object)?;
        let Ok(object) = object.downcast::<PyBytes>(vm) else {
            return Err(vm.type_error("object attribute must be bytes"));
        };
        if object.as_slice().as_ptr() != self.data().as_ptr() {
            self.input = Input::Replaced(object);
        }
        let pos = resolve_position(vm, pos.r(), self.data().len(), WHAT)?;
        self.out.push_pystr(text);
        Ok(pos)
    }
}

/// The surrogate that `data` starts with in the given UTF, and its length.
pub fn surrogate_bytes(encoding: &str, data: &[u8]) -> Option<(u32, usize)> {
    let utf = StandardUtf::of(encoding)?;
    let b = |i: usize| u32::from(data[i]);
    let (c, n) = match utf {
        StandardUtf::Utf8 => match data {
            [x @ 0xe0..=0xef, y @ 0x80..=0xbf, z @ 0x80..=0xbf, ..] => {
                (u32::from(x & 15) << 12 | u32::from(y & 63) << 6 | u32::from(z & 63), 3)
            }
            _ => return None,
        },
        StandardUtf::Utf16Le if data.len() >= 2 => (b(0) | b(1) << 8, 2),
        StandardUtf::Utf16Be if data.len() >= 2 => (b(1) | b(0) << 8, 2),
        StandardUtf::Utf32Le if data.len() >= 4 => (b(0) | b(1) << 8 | b(2) << 16 | b(3) << 24, 4),
        StandardUtf::Utf32Be if data.len() >= 4 => (b(3) | b(2) << 8 | b(1) << 16 | b(0) << 24, 4),
        _ => return None,
    };
    is_surrogate(c).then_some((c, n))
}

/// Encodes a surrogate as if it were a character.
pub fn push_surrogate(utf: StandardUtf, c: u32, out: &mut Vec<u8>) {
    match utf {
        StandardUtf::Utf8 => out.extend([0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 63) as u8, 0x80 | (c & 63) as u8]),
        StandardUtf::Utf16Le => out.extend((c as u16).to_le_bytes()),
        StandardUtf::Utf16Be => out.extend((c as u16).to_be_bytes()),
        StandardUtf::Utf32Le => out.extend(c.to_le_bytes()),
        StandardUtf::Utf32Be => out.extend(c.to_be_bytes()),
    }
}

#[inline]
pub fn is_surrogate(c: u32) -> bool {
    (0xd800..0xe000).contains(&c)
}

/// The encodings `surrogatepass` works for.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum StandardUtf {
    Utf8,
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
}

impl StandardUtf {
    /// By the name in an exception: `utf-8`, `utf8`, `UTF_16_LE`, ...
    pub fn of(name: &str) -> Option<StandardUtf> {
        let lower = name.to_ascii_lowercase().replace('_', "-");
        if lower == "cp-utf8" || lower == "cp65001" {
            return Some(StandardUtf::Utf8);
        }
        let rest = lower.strip_prefix("utf")?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let native_le = cfg!(target_endian = "little");
        let order = |tail: &str| match tail.strip_prefix('-').unwrap_or(tail) {
            "" => Some(native_le),
            "le" => Some(true),
            "be" => Some(false),
            _ => None,
        };
        if rest == "8" {
            return Some(StandardUtf::Utf8);
        }
        if let Some(tail) = rest.strip_prefix("16") {
            return Some(if order(tail)? { StandardUtf::Utf16Le } else { StandardUtf::Utf16Be });
        }
        let tail = rest.strip_prefix("32")?;
        Some(if order(tail)? { StandardUtf::Utf32Le } else { StandardUtf::Utf32Be })
    }
}

fn set_position(vm: &Vm, exc: Ref<'_>, start: usize, end: usize, reason: &str) -> PyResult<()> {
    let n = vm.names();
    vm.setattr(exc, n.start, vm.int_usize(start).r())?;
    vm.setattr(exc, n.end, vm.int_usize(end).r())?;
    let name = vm.intern("reason");
    vm.setattr(exc, &name, vm.str(reason).r())
}

fn raise_object(vm: &Vm, exc: Obj) -> Raised {
    match exc.downcast::<krait_object::exception::PyBaseException>(vm) {
        Ok(e) => vm.raise(e),
        Err(_) => vm.type_error("exceptions must derive from BaseException"),
    }
}

/// Takes a handler's `(replacement, position)` apart.
fn split_result(vm: &Vm, result: Ref<'_>, what: &str) -> PyResult<(Obj, Obj)> {
    match result.downcast::<PyTuple>(vm).map(|t| t.as_slice()) {
        Some([a, b]) => Ok((a.clone(), b.clone())),
        _ => Err(vm.type_error(what)),
    }
}

fn resolve_position(vm: &Vm, pos: Ref<'_>, len: usize, what: &str) -> PyResult<usize> {
    let Some(i) = pos.as_int(vm) else { return Err(vm.type_error(what)) };
    let Some(i) = i.to_i64() else { return Err(vm.overflow_error("Python int too large to convert to C ssize_t")) };
    let at = if i < 0 { i + len as i64 } else { i };
    if at < 0 || at > len as i64 {
        return Err(vm.index_error(format!("position {at} from error handler out of bounds")));
    }
    Ok(at as usize)
}

/// An encoding in progress.
pub struct Encoder<'v, 's> {
    pub vm: &'v Vm,
    pub encoding: &'s str,
    errors: &'s str,
    pub policy: Policy,
    pub text: &'s PyStr,
    pub out: Vec<u8>,
    exc: Option<Obj>,
}

impl<'v, 's> Encoder<'v, 's> {
    pub fn new(vm: &'v Vm, encoding: &'s str, text: &'s PyStr, errors: &'s str) -> Encoder<'v, 's> {
        Encoder { vm, encoding, errors, policy: Policy::of(errors), text, out: Vec::with_capacity(text.len()), exc: None }
    }
    fn exception(&mut self, start: usize, end: usize, reason: &str) -> PyResult<Obj> {
        let vm = self.vm;
        if let Some(e) = &self.exc {
            set_position(vm, e.r(), start, end, reason)?;
            return Ok(e.clone());
        }
        let args = [vm.str(self.encoding), self.text.to_obj(), vm.int_usize(start), vm.int_usize(end), vm.str(reason)];
        let e = vm.call(vm.types.unicode_encode_error.r(), krait_object::obj::refs(&args))?;
        self.exc = Some(e.clone());
        Ok(e)
    }
    #[cold]
    pub fn raise(&mut self, start: usize, end: usize, reason: &str) -> Raised {
        match self.exception(start, end, reason) {
            Ok(e) => raise_object(self.vm, e),
            Err(r) => r,
        }
    }
    /// Handles characters `start..end` that cannot be encoded: what to write instead, and where
    /// to go on.
    #[cold]
    pub fn error(&mut self, start: usize, end: usize, reason: &str) -> PyResult<(Replacement, usize)> {
        let vm = self.vm;
        let chars = self.text.data().slice(start, end);
        let text = match self.policy {
            Policy::Strict => return Err(self.raise(start, end, reason)),
            Policy::Ignore => String::new(),
            Policy::Replace => "?".repeat(end - start),
            Policy::XmlCharRef => chars.chars().map(|c| format!("&#{c};")).collect(),
            Policy::Backslash => chars.chars().map(backslash).collect(),
            Policy::NameReplace => super::handlers::names_of(vm, chars.chars())?,
            Policy::SurrogateEscape => {
                let run: Vec<u8> = chars.chars().take_while(|c| (0xdc80..=0xdcff).contains(c)).map(|c| (c - 0xdc00) as u8).collect();
                if run.is_empty() {
                    return Err(self.raise(start, end, reason));
                }
                let n = run.len();
                return Ok((Replacement::Bytes(run), start + n));
            }
            Policy::SurrogatePass => {
                let Some(utf) = StandardUtf::of(self.encoding) else { return Err(self.raise(start, end, reason)) };
                let mut out = Vec::new();
                for c in chars.chars() {
                    if !is_surrogate(c) {
                        return Err(self.raise(start, end, reason));
                    }
                    push_surrogate(utf, c, &mut out);
                }
                return Ok((Replacement::Bytes(out), end));
            }
            Policy::Other => return self.call_handler(start, end, reason),
        };
        Ok((Replacement::Text(PyStr::new(vm, &text)), end))
    }
    fn call_handler(&mut self, start: usize, end: usize, reason: &str) -> PyResult<(Replacement, usize)> {
        let vm = self.vm;
        let handler = registry::lookup_error(vm, self.errors)?;
        let exc = self.exception(start, end, reason)?;
        let result = vm.call1(handler.r(), exc.r())?;
        const WHAT: &str = "encoding error handler must return (str/bytes, int) tuple";
        let (rep, pos) = split_result(vm, result.r(), WHAT)?;
        let rep = match rep.downcast::<PyStr>(vm) {
            Ok(s) => Replacement::Text(s),
            Err(o) => match o.r().downcast::<PyBytes>(vm) {
                Some(b) => Replacement::Bytes(b.as_slice().to_vec()),
                None => return Err(vm.type_error(WHAT)),
            },
        };
        Ok((rep, resolve_position(vm, pos.r(), self.text.len(), WHAT)?))
    }
}

/// `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
pub fn backslash(c: u32) -> String {
    match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}
