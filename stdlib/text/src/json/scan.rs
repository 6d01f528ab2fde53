//! Strings and numbers of JSON documents.

use krait_object::prelude::*;
use krait_object::str::{StrBuilder, StrData};

/// Raises `json.JSONDecodeError(msg, s, pos)`.
#[cold]
pub fn decode_error(vm: &Vm, msg: &str, s: &PyStr, pos: usize) -> Raised {
    let make = || -> PyResult<Obj> {
        let module = (vm.interp.hooks().import)(vm, "json.decoder")?;
        let cls = vm.getattr_str(module.r(), "JSONDecodeError")?;
        vm.call(cls.r(), &[vm.str(msg).r(), s.r(), vm.int_usize(pos).r()])
    };
    match make() {
        Ok(exc) => match exc.downcast::<krait_object::exception::PyBaseException>(vm) {
            Ok(e) => vm.raise(e),
            Err(_) => vm.type_error("exceptions must derive from BaseException"),
        },
        Err(e) => e,
    }
}

/// First quote, backslash or (if `strict`) control character at or after `from`.
fn find_special(d: StrData<'_>, from: usize, strict: bool) -> Option<usize> {
    fn find<T: Copy + Into<u32>>(d: &[T], strict: bool) -> Option<usize> {
        d.iter().position(|c| {
            let c: u32 = (*c).into();
            c == 0x22 || c == 0x5c || (strict && c < 0x20)
        })
    }
    let i = match d {
        StrData::Ascii(d) | StrData::Latin1(d) => find(&d[from..], strict),
        StrData::Ucs2(d) => find(&d[from..], strict),
        StrData::Ucs4(d) => find(&d[from..], strict),
    };
    i.map(|i| i + from)
}

/// Four hexadecimal digits at `at`.
fn hex4(d: StrData<'_>, at: usize) -> Option<u32> {
    let mut v = 0;
    for i in at..at + 4 {
        v = v << 4 | char::from_u32(d.at(i))?.to_digit(16)?;
    }
    Some(v)
}

/// Reads a string whose first character is at `end`; also where the text after it begins.
pub fn string(vm: &Vm, s: &PyStr, mut end: usize, strict: bool) -> PyResult<(Py<PyStr>, usize)> {
    let d = s.data();
    let len = d.len();
    let begin = end.wrapping_sub(1);
    let begin = if begin == usize::MAX { 0 } else { begin };
    let unterminated = || decode_error(vm, "Unterminated string starting at", s, begin);
    let mut out: Option<StrBuilder> = None;
    loop {
        let Some(next) = find_special(d, end, strict) else { return Err(unterminated()) };
        let c = d.at(next);
        if c < 0x20 {
            return Err(decode_error(vm, "Invalid control character at", s, next));
        }
        if c == 0x22 {
            let text = match out {
                None => s.substring(vm, end, next),
                Some(mut b) => {
                    b.push_range(s, end, next);
                    b.finish(vm)
                }
            };
            return Ok((text, next + 1));
        }
        let b = out.get_or_insert_default();
        b.push_range(s, end, next);
        let next = next + 1;
        if next == len {
            return Err(unterminated());
        }
        let c = match d.at(next) {
            0x75 => {
                let (c, after) = unicode_escape(vm, s, d, next + 1)?;
                end = after;
                c
            }
            c => {
                end = next + 1;
                match char::from_u32(c) {
                    Some('"') => 0x22,
                    Some('\\') => 0x5c,
                    Some('/') => 0x2f,
                    Some('b') => 8,
                    Some('f') => 12,
                    Some('n') => 10,
                    Some('r') => 13,
                    Some('t') => 9,
                    _ => return Err(decode_error(vm, "Invalid \\escape", s, end - 2)),
                }
            }
        };
        b.push(c);
    }
}

/// What follows `\u` at `next`, surrogate pairs joined.
fn unicode_escape(vm: &Vm, s: &PyStr, d: StrData<'_>, next: usize) -> PyResult<(u32, usize)> {
    let len = d.len();
    let bad = |at: usize| decode_error(vm, "Invalid \\uXXXX escape", s, at);
    let end = next + 4;
    if end >= len {
        return Err(bad(next - 1));
    }
    let Some(c) = hex4(d, next) else { return Err(bad(end - 5)) };
    if (0xd800..0xdc00).contains(&c) && end + 6 < len && d.at(end) == 0x5c && d.at(end + 1) == 0x75 {
        let Some(low) = hex4(d, end + 2) else { return Err(bad(end + 1)) };
        if (0xdc00..0xe000).contains(&low) {
            return Ok((0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00)), end + 6));
        }
    }
    Ok((c, end))
}

/// The end of a number that begins at `start`, and whether it has a fraction or an exponent.
pub fn number(d: StrData<'_>, start: usize) -> Option<(usize, bool)> {
    let len = d.len();
    let digit = |i: usize| i < len && (0x30..=0x39).contains(&d.at(i));
    let is = |i: usize, c: u8| i < len && d.at(i) == u32::from(c);
    let mut i = start;
    if is(i, b'-') {
        i += 1;
    }
    if is(i, b'0') {
        i += 1;
    } else if digit(i) {
        while digit(i) {
            i += 1;
        }
    } else {
        return None;
    }
    let mut float = false;
    if is(i, b'.') && digit(i + 1) {
        float = true;
        i += 2;
        while digit(i) {
            i += 1;
        }
    }
    if is(i, b'e') || is(i, b'E') {
        let mut j = i + 1;
        if is(j, b'+') || is(j, b'-') {
            j += 1;
        }
        if digit(j) {
            while digit(j) {
                j += 1;
            }
            float = true;
            i = j;
        }
    }
    Some((i, float))
}
