//! UTF-7 (RFC 2152).

use krait_object::prelude::*;

use super::errors::Decoder;

fn from_base64(b: u8) -> Option<u32> {
    Some(
        match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        }
        .into(),
    )
}

fn to_base64(n: u32) -> u8 {
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(n & 63) as usize]
}

/// May the character be written as itself when decoding?
fn decodes_direct(b: u8) -> bool {
    b < 128 && b != b'+'
}

/// Characters the encoder writes as themselves. Set O is included, backslash and tilde are not.
fn encodes_direct(c: u32) -> bool {
    match u8::try_from(c) {
        Ok(b) => match b {
            b'\\' | b'~' | b'+' => false,
            b'\t' | b'\n' | b'\r' | b' ' => true,
            0x21..=0x7e => true,
            _ => false,
        },
        Err(_) => false,
    }
}

/// Decodes; stops before an unfinished shift sequence unless `last`.
pub fn decode(vm: &Vm, data: &[u8], errors: &str, last: bool) -> PyResult<(Py<PyStr>, usize)> {
    let mut d = Decoder::new(vm, "utf7", data, errors);
    let mut pos = 0;
    let mut in_shift = false;
    // Start of the shift sequence, in input and in output.
    let (mut shift_at, mut shift_out) = (0, 0);
    let (mut bits, mut nbits) = (0u32, 0);
    let mut high: Option<u32> = None;
    while let Some(&b) = d.data().get(pos) {
        if in_shift {
            if let Some(v) = from_base64(b) {
                bits = bits << 6 | v;
                nbits += 6;
                pos += 1;
                if nbits >= 16 {
                    let unit = bits >> (nbits - 16) & 0xffff;
                    nbits -= 16;
                    bits &= (1 << nbits) - 1;
                    if let Some(h) = high.take() {
                        if (0xdc00..0xe000).contains(&unit) {
                            d.out.push(0x10000 + ((h & 0x3ff) << 10 | unit & 0x3ff));
                            continue;
                        }
                        d.out.push(h);
                    }
                    if (0xd800..0xdc00).contains(&unit) {
                        high = Some(unit);
                    } else {
                        d.out.push(unit);
                    }
                }
                continue;
            }
            in_shift = false;
            if nbits > 0 {
                let reason = if nbits >= 6 {
                    Some("partial character in shift sequence")
                } else if bits != 0 {
                    Some("non-zero padding bits in shift sequence")
                } else {
                    None
                };
                if let Some(reason) = reason {
                    high = None;
                    pos = d.error(shift_at, pos + 1, reason)?;
                    continue;
                }
            }
            if let Some(h) = high.take()
                && decodes_direct(b)
            {
                d.out.push(h);
            }
            if b == b'-' {
                pos += 1;
            } else if !decodes_direct(b) && b != b'+' {
                pos = d.error(shift_at, pos + 1, "unexpected special character")?;
            }
            continue;
        }
        if b == b'+' {
            shift_at = pos;
            pos += 1;
            match d.data().get(pos).copied() {
                Some(b'-') => {
                    pos += 1;
                    d.out.push(b'+'.into());
                }
                Some(c) if from_base64(c).is_none() => {
                    pos = d.error(shift_at, pos + 1, "ill-formed sequence")?;
                }
                _ => {
                    in_shift = true;
                    high = None;
                    shift_out = d.out.len();
                    (bits, nbits) = (0, 0);
                }
            }
            continue;
        }
        if decodes_direct(b) {
            pos += 1;
            d.out.push(b.into());
        } else {
            pos = d.error(pos, pos + 1, "unexpected special character")?;
        }
    }
    if in_shift && last {
        let trouble = high.is_some() || nbits >= 6 || (nbits > 0 && bits != 0) || pos >= d.data().len();
        if trouble && (high.is_some() || nbits >= 6 || bits != 0 || nbits > 0 || d.out.len() == shift_out) {
            let end = d.data().len();
            let next = d.error(shift_at, end, "unterminated shift sequence")?;
            if next < d.data().len() {
                let rest = d.data()[next..].to_vec();
                let (tail, _) = decode(vm, &rest, errors, true)?;
                d.out.push_pystr(&tail);
            }
            pos = d.data().len();
        }
    }
    if in_shift && !last {
        pos = shift_at;
        d.out.truncate(shift_out);
    }
    Ok((d.finish(), pos))
}

/// Encodes; UTF-7 can say everything, lone surrogates included.
pub fn encode(s: &PyStr) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len() * 2);
    let mut in_shift = false;
    let (mut bits, mut nbits) = (0u64, 0u32);
    for c in s.chars() {
        if in_shift && encodes_direct(c) {
            if nbits > 0 {
                out.push(to_base64((bits << (6 - nbits)) as u32));
                (bits, nbits) = (0, 0);
            }
            in_shift = false;
            if from_base64(c as u8).is_some() || c == u32::from(b'-') {
                out.push(b'-');
            }
            out.push(c as u8);
            continue;
        }
        if !in_shift {
            if c == u32::from(b'+') {
                out.extend_from_slice(b"+-");
                continue;
            }
            if encodes_direct(c) {
                out.push(c as u8);
                continue;
            }
            out.push(b'+');
            in_shift = true;
        }
        let mut unit = |u: u32| {
            bits = bits << 16 | u64::from(u);
            nbits += 16;
            while nbits >= 6 {
                nbits -= 6;
                out.push(to_base64((bits >> nbits) as u32));
            }
            bits &= (1 << nbits) - 1;
        };
        if c >= 0x10000 {
            unit(0xd800 | (c - 0x10000) >> 10);
            unit(0xdc00 | (c - 0x10000) & 0x3ff);
        } else {
            unit(c);
        }
    }
    if nbits > 0 {
        out.push(to_base64((bits << (6 - nbits)) as u32));
    }
    if in_shift {
        out.push(b'-');
    }
    out
}
