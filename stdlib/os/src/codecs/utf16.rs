//! UTF-16 in either byte order, with or without a byte order mark.

use krait_object::prelude::*;
use krait_object::str::StrData;

use super::errors::{Decoder, Encoder, Replacement, is_surrogate};

const NATIVE: i32 = if cfg!(target_endian = "little") { -1 } else { 1 };

/// Decodes. `order` is -1 for little endian, 1 for big endian, 0 to look for a mark. Gives the
/// text, the bytes consumed, and the byte order found.
pub fn decode(vm: &Vm, data: &[u8], errors: &str, order: i32, last: bool) -> PyResult<(Py<PyStr>, usize, i32)> {
    let (mut order, mut pos) = (order, 0);
    if order == 0 && data.len() >= 2 {
        match [data[0], data[1]] {
            [0xff, 0xfe] => (order, pos) = (-1, 2),
            [0xfe, 0xff] => (order, pos) = (1, 2),
            _ => {}
        }
    }
    let little = if order == 0 { NATIVE == -1 } else { order < 0 };
    let mut d = Decoder::new(vm, if little { "utf-16-le" } else { "utf-16-be" }, data, errors);
    loop {
        let bytes = d.data();
        let unit = |at: usize| -> Option<u32> {
            let b = [*bytes.get(at)?, *bytes.get(at + 1)?];
            Some(if little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) }.into())
        };
        let len = bytes.len();
        if pos >= len {
            break;
        }
        let Some(c) = unit(pos) else {
            if !last {
                break;
            }
            pos = d.error(pos, len, "truncated data")?;
            continue;
        };
        if !is_surrogate(c) {
            d.out.push(c);
            pos += 2;
            continue;
        }
        if c >= 0xdc00 {
            pos = d.error(pos, pos + 2, "illegal encoding")?;
            continue;
        }
        match unit(pos + 2) {
            None => {
                if !last {
                    break;
                }
                pos = d.error(pos, len, "unexpected end of data")?;
            }
            Some(low @ 0xdc00..=0xdfff) => {
                d.out.push(0x10000 + ((c & 0x3ff) << 10 | low & 0x3ff));
                pos += 4;
            }
            Some(_) => pos = d.error(pos, pos + 2, "illegal UTF-16 surrogate")?,
        }
    }
    Ok((d.finish(), pos, order))
}

fn push(out: &mut Vec<u8>, unit: u16, little: bool) {
    out.extend(if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
}

/// Encodes; `order` 0 writes a mark and the native order.
pub fn encode(vm: &Vm, s: &PyStr, errors: &str, order: i32) -> PyResult<Vec<u8>> {
    let little = if order == 0 { NATIVE == -1 } else { order < 0 };
    let encoding = match order {
        0 => "utf-16",
        _ if little => "utf-16-le",
        _ => "utf-16-be",
    };
    let mut e = Encoder::new(vm, encoding, s, errors);
    e.out.reserve(s.len() * 2 + 2);
    if order == 0 {
        push(&mut e.out, 0xfeff, little);
    }
    if let StrData::Ascii(d) | StrData::Latin1(d) = s.data() {
        d.iter().for_each(|c| push(&mut e.out, u16::from(*c), little));
        return Ok(e.out);
    }
    let (data, n) = (s.data(), s.len());
    let mut pos = 0;
    while pos < n {
        let c = data.at(pos);
        if c >= 0x10000 {
            let c = c - 0x10000;
            push(&mut e.out, 0xd800 | (c >> 10) as u16, little);
            push(&mut e.out, 0xdc00 | (c & 0x3ff) as u16, little);
            pos += 1;
            continue;
        }
        if !is_surrogate(c) {
            push(&mut e.out, c as u16, little);
            pos += 1;
            continue;
        }
        const REASON: &str = "surrogates not allowed";
        let (rep, next) = e.error(pos, pos + 1, REASON)?;
        match rep {
            Replacement::Bytes(b) if b.len() % 2 == 0 => e.out.extend(b),
            Replacement::Text(t) if t.is_ascii() => t.chars().for_each(|c| push(&mut e.out, c as u16, little)),
            _ => return Err(e.raise(pos, pos + 1, REASON)),
        }
        pos = next;
    }
    Ok(e.out)
}
