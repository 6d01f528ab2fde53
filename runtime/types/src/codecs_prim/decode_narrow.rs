//! Decoders of byte-oriented encodings.

use std::borrow::Cow;

use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::errors::DecodeErrors;

/// Decodes Latin-1.
pub fn decode_latin1(vm: &Vm, data: &[u8]) -> Py<PyStr> {
    PyStr::from_latin1(vm, data)
}

/// Decodes ASCII.
pub fn decode_ascii(vm: &Vm, data: &[u8], errors: &mut dyn DecodeErrors) -> PyResult<Py<PyStr>> {
    if data.is_ascii() {
        // SAFETY: just checked.
        return Ok(unsafe { PyStr::from_ascii_unchecked(vm, data) });
    }
    let mut input = Cow::Borrowed(data);
    let mut out = StrBuilder::with_capacity(data.len());
    let mut i = 0;
    while i < input.len() {
        if input[i] < 0x80 {
            out.push(input[i].into());
            i += 1;
            continue;
        }
        let fix = errors.fix(vm, "ascii", &input, i, i + 1, "ordinal not in range(128)")?;
        out.push_pystr(&fix.text);
        i = fix.resume;
        if let Some(new) = fix.input {
            input = Cow::Owned(new);
        }
    }
    Ok(out.finish(vm))
}

/// What is wrong at the start of malformed UTF-8: length of the bad part and the reason. `None` if
/// the data ends within a character that may yet become valid.
fn malformed(d: &[u8]) -> Option<(usize, &'static str)> {
    const START: &str = "invalid start byte";
    const NEXT: &str = "invalid continuation byte";
    let Some(&first) = d.first() else { return Some((0, START)) };
    let (need, low, high) = match first {
        0xc2..=0xdf => (2, 0x80, 0xbf),
        0xe0 => (3, 0xa0, 0xbf),
        0xed => (3, 0x80, 0x9f),
        0xe1..=0xef => (3, 0x80, 0xbf),
        0xf0 => (4, 0x90, 0xbf),
        0xf4 => (4, 0x80, 0x8f),
        0xf1..=0xf3 => (4, 0x80, 0xbf),
        _ => return Some((1, START)),
    };
    for i in 1..need {
        let &b = d.get(i)?;
        let ok = if i == 1 { (low..=high).contains(&b) } else { (0x80..=0xbf).contains(&b) };
        if !ok {
            return Some((i, NEXT));
        }
    }
    None
}

/// Decodes UTF-8. Unless `last`, an unfinished character at the end is left for later; the second
/// result counts the bytes consumed.
pub fn decode_utf8(vm: &Vm, data: &[u8], errors: &mut dyn DecodeErrors, last: bool) -> PyResult<(Py<PyStr>, usize)> {
    let valid = match std::str::from_utf8(data) {
        Ok(s) => return Ok((PyStr::new(vm, s), data.len())),
        Err(e) => e.valid_up_to(),
    };
    let mut input = Cow::Borrowed(data);
    let mut out = StrBuilder::with_capacity(data.len());
    let (mut i, mut good) = (0, valid);
    loop {
        // SAFETY: `good` bytes from `i` on were found valid.
        out.push_str(unsafe { std::str::from_utf8_unchecked(&input[i..i + good]) });
        i += good;
        if i >= input.len() {
            break;
        }
        let (len, reason) = match malformed(&input[i..]) {
            Some(bad) => bad,
            None if !last => break,
            None => (input.len() - i, "unexpected end of data"),
        };
        let fix = errors.fix(vm, "utf-8", &input, i, i + len, reason)?;
        out.push_pystr(&fix.text);
        i = fix.resume;
        if let Some(new) = fix.input {
            input = Cow::Owned(new);
        }
        i = i.min(input.len());
        good = match std::str::from_utf8(&input[i..]) {
            Ok(s) => s.len(),
            Err(e) => e.valid_up_to(),
        };
    }
    Ok((out.finish(vm), i))
}
