//! UTF-32 in either byte order, with or without a byte order mark.

use krait_object::prelude::*;

use super::errors::{Decoder, Encoder, Replacement, is_surrogate};

const NATIVE_LITTLE: bool = cfg!(target_endian = "little");

/// Decodes; see [`super::utf16::decode`].
pub fn decode(vm: &Vm, data: &[u8], errors: &str, order: i32, last: bool) -> PyResult<(Py<PyStr>, usize, i32)> {
    let (mut order, mut pos) = (order, 0);
    if order == 0 && data.len() >= 4 {
        match [data[0], data[1], data[2], data[3]] {
            [0xff, 0xfe, 0, 0] => (order, pos) = (-1, 4),
            [0, 0, 0xfe, 0xff] => (order, pos) = (1, 4),
            _ => {}
        }
    }
    let little = if order == 0 { NATIVE_LITTLE } else { order < 0 };
    let mut d = Decoder::new(vm, if little { "utf-32-le" } else { "utf-32-be" }, data, errors);
    loop {
        let bytes = d.data();
        let len = bytes.len();
        if pos >= len {
            break;
        }
        let Some(unit) = bytes[pos..].first_chunk::<4>().copied() else {
            if !last {
                break;
            }
            pos = d.error(pos, len, "truncated data")?;
            continue;
        };
        let c = if little { u32::from_le_bytes(unit) } else { u32::from_be_bytes(unit) };
        if is_surrogate(c) {
            pos = d.error(pos, pos + 4, "code point in surrogate code point range(0xd800, 0xe000)")?;
        } else if c > 0x10_ffff {
            pos = d.error(pos, pos + 4, "code point not in range(0x110000)")?;
        } else {
            d.out.push(c);
            pos += 4;
        }
    }
    Ok((d.finish(), pos, order))
}

fn push(out: &mut Vec<u8>, c: u32, little: bool) {
    out.extend(if little { c.to_le_bytes() } else { c.to_be_bytes() });
}

/// Encodes; `order` 0 writes a mark and the native order.
pub fn encode(vm: &Vm, s: &PyStr, errors: &str, order: i32) -> PyResult<Vec<u8>> {
    let little = if order == 0 { NATIVE_LITTLE } else { order < 0 };
    let encoding = match order {
        0 => "utf-32",
        _ if little => "utf-32-le",
        _ => "utf-32-be",
    };
    let mut e = Encoder::new(vm, encoding, s, errors);
    e.out.reserve(s.len() * 4 + 4);
    if order == 0 {
        push(&mut e.out, 0xfeff, little);
    }
    let (data, n) = (s.data(), s.len());
    let mut pos = 0;
    while pos < n {
        let c = data.at(pos);
        if !is_surrogate(c) {
            push(&mut e.out, c, little);
            pos += 1;
            continue;
        }
        const REASON: &str = "surrogates not allowed";
        let (rep, next) = e.error(pos, pos + 1, REASON)?;
        match rep {
            Replacement::Bytes(b) if b.len() % 4 == 0 => e.out.extend(b),
            Replacement::Text(t) if t.is_ascii() => t.chars().for_each(|c| push(&mut e.out, c, little)),
            _ => return Err(e.raise(pos, pos + 1, REASON)),
        }
        pos = next;
    }
    Ok(e.out)
}
