//! `unicode_escape` and `raw_unicode_escape`.

use krait_object::prelude::*;

use super::errors::{Decoder, backslash};
use super::escape::{Invalid, octal, simple, warn_invalid};

/// Reads up to `want` hex digits; the count found and their value.
fn hex(data: &[u8], at: usize, want: usize) -> (usize, u32) {
    let digits = data[at.min(data.len())..].iter().take(want).map_while(|b| char::from(*b).to_digit(16));
    let n = digits.clone().count();
    (n, digits.fold(0u32, |v, d| v.wrapping_mul(16) | d))
}

/// Decodes `unicode_escape`; stops before an unfinished escape unless `last`.
pub fn decode(vm: &Vm, data: &[u8], errors: &str, last: bool) -> PyResult<(Py<PyStr>, usize)> {
    let mut d = Decoder::new(vm, "unicodeescape", data, errors);
    let mut invalid: Option<Invalid> = None;
    let mut pos = 0;
    while let Some(&b) = d.data().get(pos) {
        if b != b'\\' {
            d.out.push(b.into());
            pos += 1;
            continue;
        }
        let start = pos;
        let len = d.data().len();
        let Some(&c) = d.data().get(pos + 1) else {
            if !last {
                break;
            }
            pos = d.error(start, len, "\\ at end of string")?;
            continue;
        };
        pos += 2;
        let (want, reason) = match c {
            b'\n' => continue,
            b'0'..=b'7' => {
                let (v, n) = octal(d.data(), pos - 1);
                if !last && pos - 1 + n == len && n < 3 {
                    pos = start;
                    break;
                }
                pos += n - 1;
                if v > 0o377 {
                    invalid = invalid.or(Some(Invalid::Octal(v)));
                }
                d.out.push(v);
                continue;
            }
            b'x' => (2, "truncated \\xXX escape"),
            b'u' => (4, "truncated \\uXXXX escape"),
            b'U' => (8, "truncated \\UXXXXXXXX escape"),
            b'N' => match named(vm, &mut d, start, last)? {
                Some(next) => {
                    pos = next;
                    continue;
                }
                None => {
                    pos = start;
                    break;
                }
            },
            _ => {
                match simple(c) {
                    Some(v) => d.out.push(v.into()),
                    None => {
                        invalid = invalid.or(Some(Invalid::Char(c)));
                        d.out.push(b'\\'.into());
                        d.out.push(c.into());
                    }
                }
                continue;
            }
        };
        let (n, v) = hex(d.data(), pos, want);
        if n < want {
            if !last && pos + n == len {
                pos = start;
                break;
            }
            pos = d.error(start, pos + n, reason)?;
        } else if v > 0x10_ffff {
            pos = d.error(start, pos + n, "illegal Unicode character")?;
        } else {
            d.out.push(v);
            pos += n;
        }
    }
    if let Some(inv) = invalid {
        warn_invalid(vm, inv)?;
    }
    Ok((d.finish(), pos))
}

/// `\N{name}` at `start`; `None` if more input is needed.
fn named(vm: &Vm, d: &mut Decoder<'_, '_>, start: usize, last: bool) -> PyResult<Option<usize>> {
    const MALFORMED: &str = "malformed \\N character escape";
    let len = d.data().len();
    let open = start + 2;
    if open >= len && !last {
        return Ok(None);
    }
    if d.data().get(open) != Some(&b'{') {
        return d.error(start, open.min(len), MALFORMED).map(Some);
    }
    let Some(n) = d.data()[open + 1..].iter().position(|b| *b == b'}') else {
        if !last {
            return Ok(None);
        }
        return d.error(start, len, MALFORMED).map(Some);
    };
    let close = open + 1 + n;
    if n == 0 {
        return d.error(start, close + 1, MALFORMED).map(Some);
    }
    let name = PyStr::from_latin1(vm, &d.data()[open + 1..close]).into_obj();
    let module = (vm.interp.hooks().import)(vm, "unicodedata")?;
    let lookup = vm.getattr_str(module.r(), "lookup")?;
    match vm.call1(lookup.r(), name.r()) {
        Ok(s) => {
            match s.r().downcast::<PyStr>(vm) {
                Some(s) if s.len() == 1 => d.out.push(s.char_at(0)),
                _ => return d.error(start, close + 1, "unknown Unicode character name").map(Some),
            }
            Ok(Some(close + 1))
        }
        Err(e) => {
            drop(vm.catch(e, vm.types.key_error)?);
            d.error(start, close + 1, "unknown Unicode character name").map(Some)
        }
    }
}

/// Encodes `unicode_escape`.
pub fn encode(s: &PyStr) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for c in s.chars() {
        match c {
            0x5c => out.extend_from_slice(b"\\\\"),
            0x20..=0x7e => out.push(c as u8),
            9 => out.extend_from_slice(b"\\t"),
            10 => out.extend_from_slice(b"\\n"),
            13 => out.extend_from_slice(b"\\r"),
            _ => out.extend_from_slice(backslash(c).as_bytes()),
        }
    }
    out
}

/// Encodes `raw_unicode_escape`: only characters beyond Latin-1 are escaped.
pub fn encode_raw(s: &PyStr) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for c in s.chars() {
        if c < 256 {
            out.push(c as u8);
        } else {
            out.extend_from_slice(backslash(c).as_bytes());
        }
    }
    out
}

/// Decodes `raw_unicode_escape`.
pub fn decode_raw(vm: &Vm, data: &[u8], errors: &str, last: bool) -> PyResult<(Py<PyStr>, usize)> {
    let mut d = Decoder::new(vm, "rawunicodeescape", data, errors);
    let mut pos = 0;
    while let Some(&b) = d.data().get(pos) {
        let len = d.data().len();
        if b != b'\\' || (pos + 1 >= len && last) {
            d.out.push(b.into());
            pos += 1;
            continue;
        }
        let Some(&c) = d.data().get(pos + 1) else { break };
        let (want, reason) = match c {
            b'u' => (4, "truncated \\uXXXX escape"),
            b'U' => (8, "truncated \\UXXXXXXXX escape"),
            _ => {
                d.out.push(b'\\'.into());
                d.out.push(c.into());
                pos += 2;
                continue;
            }
        };
        let (n, v) = hex(d.data(), pos + 2, want);
        let end = pos + 2 + n;
        if n < want {
            if !last && end == len {
                break;
            }
            pos = d.error(pos, end, reason)?;
        } else if v > 0x10_ffff {
            pos = d.error(pos, end, "\\Uxxxxxxxx out of range")?;
        } else {
            d.out.push(v);
            pos = end;
        }
    }
    Ok((d.finish(), pos))
}
