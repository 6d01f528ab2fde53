//! Encoders.

use krait_object::prelude::*;
use krait_object::str::StrData;

use super::decode_wide::ByteOrder;
use super::errors::{EncodeErrors, EncodeFix, encode_error};

/// What a particular encoding does with code points.
trait Encoding {
    /// The name in errors.
    fn name(&self) -> &str;
    fn reason(&self) -> &str;
    fn holds(&self, c: u32) -> bool;
    fn push(&self, c: u32, out: &mut Vec<u8>);
    /// Bytes a handler gives must be a multiple of this long.
    fn unit(&self) -> usize {
        1
    }
}

/// Encodes everything, calling the handler for runs that the encoding does not hold.
fn run(vm: &Vm, s: &PyStr, enc: &dyn Encoding, errors: &mut dyn EncodeErrors, mut out: Vec<u8>) -> PyResult<Vec<u8>> {
    let n = s.len();
    let mut i = 0;
    while i < n {
        let c = s.char_at(i);
        if enc.holds(c) {
            enc.push(c, &mut out);
            i += 1;
            continue;
        }
        let end = (i + 1..n).find(|j| enc.holds(s.char_at(*j))).unwrap_or(n);
        i = match errors.fix(vm, enc.name(), s, i, end, enc.reason())? {
            EncodeFix::Bytes(b, resume) => {
                if b.len() % enc.unit() != 0 {
                    return Err(encode_error(vm, enc.name(), s, i, end, enc.reason()));
                }
                out.extend_from_slice(&b);
                resume
            }
            EncodeFix::Text(t, resume) => {
                for c in t.chars() {
                    if !enc.holds(c) {
                        return Err(encode_error(vm, enc.name(), s, i, end, enc.reason()));
                    }
                    enc.push(c, &mut out);
                }
                resume
            }
        };
    }
    Ok(out)
}

struct Narrow {
    name: &'static str,
    reason: &'static str,
    limit: u32,
}

impl Encoding for Narrow {
    fn name(&self) -> &str {
        self.name
    }
    fn reason(&self) -> &str {
        self.reason
    }
    fn holds(&self, c: u32) -> bool {
        c < self.limit
    }
    fn push(&self, c: u32, out: &mut Vec<u8>) {
        out.push(c as u8);
    }
}

/// Encodes as ASCII.
pub fn encode_ascii(vm: &Vm, s: &PyStr, errors: &mut dyn EncodeErrors) -> PyResult<Vec<u8>> {
    if let StrData::Ascii(d) = s.data() {
        return Ok(d.to_vec());
    }
    let enc = Narrow { name: "ascii", reason: "ordinal not in range(128)", limit: 128 };
    run(vm, s, &enc, errors, Vec::with_capacity(s.len()))
}

/// Encodes as Latin-1.
pub fn encode_latin1(vm: &Vm, s: &PyStr, errors: &mut dyn EncodeErrors) -> PyResult<Vec<u8>> {
    if let StrData::Ascii(d) | StrData::Latin1(d) = s.data() {
        return Ok(d.to_vec());
    }
    let enc = Narrow { name: "latin-1", reason: "ordinal not in range(256)", limit: 256 };
    run(vm, s, &enc, errors, Vec::with_capacity(s.len()))
}

fn is_surrogate(c: u32) -> bool {
    c & 0xffff_f800 == 0xd800
}

struct Utf8;

impl Encoding for Utf8 {
    fn name(&self) -> &str {
        "utf-8"
    }
    fn reason(&self) -> &str {
        "surrogates not allowed"
    }
    fn holds(&self, c: u32) -> bool {
        !is_surrogate(c)
    }
    fn push(&self, c: u32, out: &mut Vec<u8>) {
        let mut buf = [0; 4];
        out.extend_from_slice(char::from_u32(c).unwrap_or('\u{fffd}').encode_utf8(&mut buf).as_bytes());
    }
}

/// Encodes as UTF-8.
pub fn encode_utf8(vm: &Vm, s: &PyStr, errors: &mut dyn EncodeErrors) -> PyResult<Vec<u8>> {
    if let StrData::Ascii(d) = s.data() {
        return Ok(d.to_vec());
    }
    // Usual text has no surrogates.
    if let Some(bytes) = plain_utf8(s) {
        return Ok(bytes);
    }
    run(vm, s, &Utf8, errors, Vec::with_capacity(s.len() * 2))
}

/// The UTF-8 form; `None` if there are surrogates.
fn plain_utf8(s: &PyStr) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(s.len() * 2);
    for c in s.chars() {
        match c {
            0..=0x7f => out.push(c as u8),
            0x80..=0x7ff => out.extend([0xc0 | (c >> 6) as u8, 0x80 | (c & 0x3f) as u8]),
            _ if is_surrogate(c) => return None,
            0x800..=0xffff => out.extend([0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]),
            _ => out.extend([0xf0 | (c >> 18) as u8, 0x80 | (c >> 12 & 0x3f) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]),
        }
    }
    Some(out)
}

struct Utf16 {
    big: bool,
    name: &'static str,
}

impl Encoding for Utf16 {
    fn name(&self) -> &str {
        self.name
    }
    fn reason(&self) -> &str {
        "surrogates not allowed"
    }
    fn holds(&self, c: u32) -> bool {
        !is_surrogate(c)
    }
    fn push(&self, c: u32, out: &mut Vec<u8>) {
        let mut unit = |u: u16| out.extend_from_slice(&if self.big { u.to_be_bytes() } else { u.to_le_bytes() });
        if c >= 0x1_0000 {
            let c = c - 0x1_0000;
            unit(0xd800 | (c >> 10) as u16);
            unit(0xdc00 | (c & 0x3ff) as u16);
        } else {
            unit(c as u16);
        }
    }
    fn unit(&self) -> usize {
        2
    }
}

const NATIVE_BIG: bool = cfg!(target_endian = "big");

/// Encodes as UTF-16, after a byte order mark if the order is the machine's by default.
pub fn encode_utf16(vm: &Vm, s: &PyStr, order: ByteOrder, errors: &mut dyn EncodeErrors) -> PyResult<Vec<u8>> {
    let (big, name) = match order {
        ByteOrder::Native => (NATIVE_BIG, "utf-16"),
        ByteOrder::Little => (false, "utf-16-le"),
        ByteOrder::Big => (true, "utf-16-be"),
    };
    let enc = Utf16 { big, name };
    let mut out = Vec::with_capacity(s.len() * 2 + 2);
    if order == ByteOrder::Native {
        enc.push(0xfeff, &mut out);
    }
    run(vm, s, &enc, errors, out)
}

struct Utf32 {
    big: bool,
    name: &'static str,
}

impl Encoding for Utf32 {
    fn name(&self) -> &str {
        self.name
    }
    fn reason(&self) -> &str {
        "surrogates not allowed"
    }
    fn holds(&self, c: u32) -> bool {
        !is_surrogate(c)
    }
    fn push(&self, c: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&if self.big { c.to_be_bytes() } else { c.to_le_bytes() });
    }
    fn unit(&self) -> usize {
        4
    }
}

/// Encodes as UTF-32, after a byte order mark if the order is the machine's by default.
pub fn encode_utf32(vm: &Vm, s: &PyStr, order: ByteOrder, errors: &mut dyn EncodeErrors) -> PyResult<Vec<u8>> {
    let (big, name) = match order {
        ByteOrder::Native => (NATIVE_BIG, "utf-32"),
        ByteOrder::Little => (false, "utf-32-le"),
        ByteOrder::Big => (true, "utf-32-be"),
    };
    let enc = Utf32 { big, name };
    let mut out = Vec::with_capacity(s.len() * 4 + 4);
    if order == ByteOrder::Native {
        enc.push(0xfeff, &mut out);
    }
    run(vm, s, &enc, errors, out)
}
