//! ASCII and Latin-1.

use krait_object::prelude::*;
use krait_object::str::StrData;

use super::errors::{Decoder, Encoder, Replacement};

/// Decodes ASCII.
pub fn decode_ascii(vm: &Vm, data: &[u8], errors: &str) -> PyResult<Py<PyStr>> {
    if data.is_ascii() {
        // SAFETY: just checked.
        return Ok(unsafe { PyStr::from_ascii_unchecked(vm, data) });
    }
    let mut d = Decoder::new(vm, "ascii", data, errors);
    let mut pos = 0;
    while let Some(&b) = d.data().get(pos) {
        if b < 128 {
            d.out.push(b.into());
            pos += 1;
        } else {
            pos = d.error(pos, pos + 1, "ordinal not in range(128)")?;
        }
    }
    Ok(d.finish())
}

pub fn encode_ascii(vm: &Vm, s: &PyStr, errors: &str) -> PyResult<Vec<u8>> {
    match s.as_ascii() {
        Some(a) => Ok(a.as_bytes().to_vec()),
        None => encode_narrow(vm, "ascii", s, errors, 128, "ordinal not in range(128)"),
    }
}

pub fn encode_latin1(vm: &Vm, s: &PyStr, errors: &str) -> PyResult<Vec<u8>> {
    match s.data() {
        StrData::Ascii(d) | StrData::Latin1(d) => Ok(d.to_vec()),
        _ => encode_narrow(vm, "latin-1", s, errors, 256, "ordinal not in range(256)"),
    }
}

#[cold]
fn encode_narrow(vm: &Vm, encoding: &str, s: &PyStr, errors: &str, limit: u32, reason: &str) -> PyResult<Vec<u8>> {
    let mut e = Encoder::new(vm, encoding, s, errors);
    let (data, n) = (s.data(), s.len());
    let mut pos = 0;
    while pos < n {
        let c = data.at(pos);
        if c < limit {
            e.out.push(c as u8);
            pos += 1;
            continue;
        }
        let end = pos + data.slice(pos, n).chars().take_while(|c| *c >= limit).count();
        let (rep, next) = e.error(pos, end, reason)?;
        match rep {
            Replacement::Bytes(b) => e.out.extend(b),
            Replacement::Text(t) => {
                if t.chars().any(|c| c >= limit) {
                    return Err(e.raise(pos, end, reason));
                }
                e.out.extend(t.chars().map(|c| c as u8));
            }
        }
        pos = next;
    }
    Ok(e.out)
}
