//! Decoders of UTF-16 and UTF-32.

use std::borrow::Cow;

use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::errors::DecodeErrors;

/// Order of the bytes of a unit.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ByteOrder {
    /// By the byte order mark, else the machine's.
    Native,
    Little,
    Big,
}

/// Decides the order; the second result is the length of a byte order mark to skip.
fn order_of(data: &[u8], order: ByteOrder, little_mark: &[u8], big_mark: &[u8]) -> (bool, usize) {
    match order {
        ByteOrder::Little => (false, 0),
        ByteOrder::Big => (true, 0),
        ByteOrder::Native if data.starts_with(little_mark) => (false, little_mark.len()),
        ByteOrder::Native if data.starts_with(big_mark) => (true, big_mark.len()),
        ByteOrder::Native => (cfg!(target_endian = "big"), 0),
    }
}

/// What decoding gave.
pub struct Decoded {
    pub text: Py<PyStr>,
    /// Bytes consumed.
    pub consumed: usize,
    /// The order in force at the end.
    pub order: ByteOrder,
}

/// Decodes UTF-16. Unless `last`, unfinished units at the end are left for later.
pub fn decode_utf16(vm: &Vm, data: &[u8], order: ByteOrder, errors: &mut dyn DecodeErrors, last: bool) -> PyResult<Decoded> {
    let (big, skip) = order_of(data, order, &[0xff, 0xfe], &[0xfe, 0xff]);
    let name = match order {
        ByteOrder::Native => "utf-16",
        ByteOrder::Little => "utf-16-le",
        ByteOrder::Big => "utf-16-be",
    };
    let unit = |d: &[u8], i: usize| -> Option<u32> {
        let u = [*d.get(i)?, *d.get(i + 1)?];
        Some(if big { u16::from_be_bytes(u) } else { u16::from_le_bytes(u) }.into())
    };
    let mut input = Cow::Borrowed(data);
    let mut out = StrBuilder::with_capacity(data.len() / 2);
    let mut i = skip;
    while i < input.len() {
        let (len, reason) = match unit(&input, i) {
            None if last => (input.len() - i, "truncated data"),
            None => break,
            Some(u) if u & 0xf800 != 0xd800 => {
                out.push(u);
                i += 2;
                continue;
            }
            Some(u) if u & 0xfc00 == 0xdc00 => (2, "illegal encoding"),
            Some(u) => match unit(&input, i + 2) {
                Some(v) if v & 0xfc00 == 0xdc00 => {
                    out.push(0x1_0000 + ((u & 0x3ff) << 10 | (v & 0x3ff)));
                    i += 4;
                    continue;
                }
                Some(_) => (2, "illegal UTF-16 surrogate"),
                None if last => (input.len() - i, "unexpected end of data"),
                None => break,
            },
        };
        let fix = errors.fix(vm, name, &input, i, i + len, reason)?;
        out.push_pystr(&fix.text);
        i = fix.resume;
        if let Some(new) = fix.input {
            input = Cow::Owned(new);
        }
    }
    Ok(Decoded { text: out.finish(vm), consumed: i.min(input.len()), order: found(order, big, data.len() >= 2) })
}

/// The order that a following chunk is to be decoded with.
fn found(order: ByteOrder, big: bool, seen: bool) -> ByteOrder {
    match order {
        ByteOrder::Native if !seen => ByteOrder::Native,
        _ if big => ByteOrder::Big,
        _ => ByteOrder::Little,
    }
}

/// Decodes UTF-32. Unless `last`, an unfinished unit at the end is left for later.
pub fn decode_utf32(vm: &Vm, data: &[u8], order: ByteOrder, errors: &mut dyn DecodeErrors, last: bool) -> PyResult<Decoded> {
    let (big, skip) = order_of(data, order, &[0xff, 0xfe, 0, 0], &[0, 0, 0xfe, 0xff]);
    let name = match order {
        ByteOrder::Native => "utf-32",
        ByteOrder::Little => "utf-32-le",
        ByteOrder::Big => "utf-32-be",
    };
    let mut input = Cow::Borrowed(data);
    let mut out = StrBuilder::with_capacity(data.len() / 4);
    let mut i = skip;
    while i < input.len() {
        let unit = input[i..].first_chunk::<4>().map(|u| if big { u32::from_be_bytes(*u) } else { u32::from_le_bytes(*u) });
        let (len, reason) = match unit {
            None if last => (input.len() - i, "truncated data"),
            None => break,
            Some(c) if c & 0xffff_f800 == 0xd800 => (4, "code point in surrogate code point range(0xd800, 0xe000)"),
            Some(c) if c >= 0x11_0000 => (4, "code point not in range(0x110000)"),
            Some(c) => {
                out.push(c);
                i += 4;
                continue;
            }
        };
        let fix = errors.fix(vm, name, &input, i, i + len, reason)?;
        out.push_pystr(&fix.text);
        i = fix.resume;
        if let Some(new) = fix.input {
            input = Cow::Owned(new);
        }
    }
    Ok(Decoded { text: out.finish(vm), consumed: i.min(input.len()), order: found(order, big, data.len() >= 4) })
}
