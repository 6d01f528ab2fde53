//! The error handlers that need no registry.

use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::errors::{DecodeErrors, DecodeFix, EncodeErrors, EncodeFix, decode_error, encode_error};

/// A standard error handler.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Builtin {
    Strict,
    Ignore,
    Replace,
    SurrogateEscape,
    SurrogatePass,
    BackslashReplace,
    XmlCharRefReplace,
}

/// The name of an error handler.
pub enum HandlerName<'a> {
    Builtin(Builtin),
    /// To be looked up in the registry.
    Other(&'a str),
}

impl HandlerName<'_> {
    pub fn of(name: &str) -> HandlerName<'_> {
        HandlerName::Builtin(match name {
            "strict" => Builtin::Strict,
            "ignore" => Builtin::Ignore,
            "replace" => Builtin::Replace,
            "surrogateescape" => Builtin::SurrogateEscape,
            "surrogatepass" => Builtin::SurrogatePass,
            "backslashreplace" => Builtin::BackslashReplace,
            "xmlcharrefreplace" => Builtin::XmlCharRefReplace,
            _ => return HandlerName::Other(name),
        })
    }
}

/// The form of the multi-byte codecs for `surrogatepass`: bytes of a unit and byte order.
enum Wide {
    Utf8,
    Utf16 { big: bool },
    Utf32 { big: bool },
}

fn wide(encoding: &str) -> Option<Wide> {
    let big_native = cfg!(target_endian = "big");
    Some(match encoding.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" => Wide::Utf8,
        "utf-16" | "utf16" => Wide::Utf16 { big: big_native },
        "utf-16-le" | "utf-16le" => Wide::Utf16 { big: false },
        "utf-16-be" | "utf-16be" => Wide::Utf16 { big: true },
        "utf-32" | "utf32" => Wide::Utf32 { big: big_native },
        "utf-32-le" | "utf-32le" => Wide::Utf32 { big: false },
        "utf-32-be" | "utf-32be" => Wide::Utf32 { big: true },
        _ => return None,
    })
}

fn is_surrogate(c: u32) -> bool {
    c & 0xffff_f800 == 0xd800
}

/// A surrogate at the start of the data in the codec's form, and its length.
fn surrogate_at(form: &Wide, d: &[u8]) -> Option<(u32, usize)> {
    let found = match form {
        Wide::Utf8 => match d {
            [0xed, b @ 0xa0..=0xbf, c @ 0x80..=0xbf, ..] => Some((0xd000 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f), 3)),
            _ => None,
        },
        Wide::Utf16 { big } => d.first_chunk::<2>().map(|u| (if *big { u16::from_be_bytes(*u) } else { u16::from_le_bytes(*u) }.into(), 2)),
        Wide::Utf32 { big } => d.first_chunk::<4>().map(|u| (if *big { u32::from_be_bytes(*u) } else { u32::from_le_bytes(*u) }, 4)),
    };
    found.filter(|(c, _)| is_surrogate(*c))
}

/// A surrogate in the codec's form.
fn push_surrogate(form: &Wide, c: u32, out: &mut Vec<u8>) {
    match form {
        Wide::Utf8 => out.extend([0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]),
        Wide::Utf16 { big: true } => out.extend((c as u16).to_be_bytes()),
        Wide::Utf16 { big: false } => out.extend((c as u16).to_le_bytes()),
        Wide::Utf32 { big: true } => out.extend(c.to_be_bytes()),
        Wide::Utf32 { big: false } => out.extend(c.to_le_bytes()),
    }
}

impl DecodeErrors for Builtin {
    fn fix(&mut self, vm: &Vm, encoding: &str, data: &[u8], start: usize, end: usize, reason: &str) -> PyResult<DecodeFix> {
        let strict = || Err(decode_error(vm, encoding, data, start, end, reason));
        let fix = |text: Py<PyStr>, resume: usize| Ok(DecodeFix { text, resume, input: None });
        match self {
            Builtin::Strict => strict(),
            Builtin::Ignore => fix(PyStr::empty(vm).to_py(), end),
            Builtin::Replace => fix(PyStr::from_char(vm, 0xfffd), end),
            Builtin::BackslashReplace => {
                let text: String = data[start..end].iter().map(|b| format!("\\x{b:02x}")).collect();
                fix(PyStr::from_ascii(vm, &text), end)
            }
            Builtin::SurrogateEscape => {
                let high: Vec<u32> = data[start..end].iter().take(4).take_while(|b| **b >= 0x80).map(|b| 0xdc00 + u32::from(*b)).collect();
                if high.is_empty() {
                    return strict();
                }
                let n = high.len();
                fix(PyStr::from_code_points(vm, &high), start + n)
            }
            Builtin::SurrogatePass => match wide(encoding).and_then(|w| surrogate_at(&w, &data[start..])) {
                Some((c, n)) => fix(PyStr::from_char(vm, c), start + n),
                None => strict(),
            },
            Builtin::XmlCharRefReplace => {
                let msg = "don't know how to handle UnicodeDecodeError in error callback";
                Err(vm.type_error(msg))
            }
        }
    }
}

impl EncodeErrors for Builtin {
    fn fix(&mut self, vm: &Vm, encoding: &str, text: &PyStr, start: usize, end: usize, reason: &str) -> PyResult<EncodeFix> {
        let strict = |at: usize, end: usize| Err(encode_error(vm, encoding, text, at, end, reason));
        let chars = || (start..end).map(|i| text.char_at(i));
        match self {
            Builtin::Strict => strict(start, end),
            Builtin::Ignore => Ok(EncodeFix::Bytes(Vec::new(), end)),
            Builtin::Replace => {
                let mut out = StrBuilder::new();
                out.push_n('?' as u32, end - start);
                Ok(EncodeFix::Text(out.finish(vm), end))
            }
            Builtin::BackslashReplace => {
                let text: String = chars()
                    .map(|c| match c {
                        0..=0xff => format!("\\x{c:02x}"),
                        0x100..=0xffff => format!("\\u{c:04x}"),
                        _ => format!("\\U{c:08x}"),
                    })
                    .collect();
                Ok(EncodeFix::Text(PyStr::from_ascii(vm, &text), end))
            }
            Builtin::XmlCharRefReplace => {
                let text: String = chars().map(|c| format!("&#{c};")).collect();
                Ok(EncodeFix::Text(PyStr::from_ascii(vm, &text), end))
            }
            Builtin::SurrogateEscape => {
                let bytes: Option<Vec<u8>> =
                    chars().map(|c| if (0xdc80..=0xdcff).contains(&c) { Some((c - 0xdc00) as u8) } else { None }).collect();
                match bytes {
                    Some(b) => Ok(EncodeFix::Bytes(b, end)),
                    None => strict(start, end),
                }
            }
            Builtin::SurrogatePass => {
                let Some(form) = wide(encoding) else { return strict(start, end) };
                if !chars().all(is_surrogate) {
                    return strict(start, end);
                }
                let mut out = Vec::new();
                chars().for_each(|c| push_surrogate(&form, c, &mut out));
                Ok(EncodeFix::Bytes(out, end))
            }
        }
    }
}
