//! UTF-8.

use krait_object::prelude::*;

use super::errors::{Decoder, Encoder, Replacement, is_surrogate};

/// Decodes; the number of bytes consumed is less than all of them only if `!last` and the data
/// ends within a character.
pub fn decode(vm: &Vm, data: &[u8], errors: &str, last: bool) -> PyResult<(Py<PyStr>, usize)> {
    match std::str::from_utf8(data) {
        Ok(s) => Ok((PyStr::new(vm, s), data.len())),
        Err(e) if e.error_len().is_none() && !last => {
            // SAFETY: validated up to here.
            let s = unsafe { std::str::from_utf8_unchecked(&data[..e.valid_up_to()]) };
            Ok((PyStr::new(vm, s), s.len()))
        }
        Err(_) => decode_faulty(vm, data, errors, last),
    }
}

#[cold]
fn decode_faulty(vm: &Vm, data: &[u8], errors: &str, last: bool) -> PyResult<(Py<PyStr>, usize)> {
    let mut d = Decoder::new(vm, "utf-8", data, errors);
    let mut pos = 0;
    loop {
        let rest = &d.data()[pos..];
        if rest.is_empty() {
            break;
        }
        let (good, bad) = match std::str::from_utf8(rest) {
            Ok(s) => (s.len(), None),
            Err(e) => (e.valid_up_to(), Some(e.error_len())),
        };
        // SAFETY: validated just now. The copy keeps the borrow of `d` short.
        let text = unsafe { std::str::from_utf8_unchecked(&rest[..good]) }.to_owned();
        let first = rest.get(good).copied().unwrap_or(0);
        d.out.push_str(&text);
        pos += good;
        match bad {
            None => {}
            Some(None) => {
                if !last {
                    break;
                }
                let end = d.data().len();
                pos = d.error(pos, end, "unexpected end of data")?;
            }
            Some(Some(n)) => {
                let lead = (0xc2..=0xf4).contains(&first);
                pos = d.error(pos, pos + n, if lead { "invalid continuation byte" } else { "invalid start byte" })?;
            }
        }
    }
    Ok((d.finish(), pos))
}

/// Encodes.
pub fn encode(vm: &Vm, s: &PyStr, errors: &str) -> PyResult<Vec<u8>> {
    if let Some(a) = s.as_ascii() {
        return Ok(a.as_bytes().to_vec());
    }
    let mut e = Encoder::new(vm, "utf-8", s, errors);
    let n = s.len();
    let data = s.data();
    let mut pos = 0;
    while pos < n {
        let c = data.at(pos);
        if !is_surrogate(c) {
            push_char(&mut e.out, c);
            pos += 1;
            continue;
        }
        let end = pos + data.slice(pos, n).chars().take_while(|c| is_surrogate(*c)).count();
        const REASON: &str = "surrogates not allowed";
        let (rep, next) = e.error(pos, end, REASON)?;
        match rep {
            Replacement::Bytes(b) => e.out.extend(b),
            Replacement::Text(t) => match t.as_ascii() {
                Some(a) => e.out.extend_from_slice(a.as_bytes()),
                None => return Err(e.raise(pos, end, REASON)),
            },
        }
        // The rest of a run that surrogateescape handled in part.
        pos = next;
    }
    Ok(e.out)
}

/// Appends the UTF-8 form of a code point that is no surrogate.
#[inline]
pub fn push_char(out: &mut Vec<u8>, c: u32) {
    let ch = char::from_u32(c).unwrap_or('\u{fffd}');
    out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
}
