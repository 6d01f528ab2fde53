//! Case conversion and case tests of strings.

use krait_object::prelude::*;
use krait_object::str::{StrBuilder, StrData};

use crate::unicode::{self, CAPITAL_SIGMA, flag};

/// An ASCII string changed byte by byte.
fn ascii(vm: &Vm, d: &[u8], f: impl FnOnce(&mut [u8])) -> Py<PyStr> {
    let mut v = d.to_vec();
    f(&mut v);
    // SAFETY: the callers change letters to letters.
    unsafe { PyStr::from_ascii_unchecked(vm, &v) }
}

/// Appends the lower case of the character at `i`.
fn push_lower(out: &mut StrBuilder, s: StrData<'_>, i: usize) {
    let c = s.at(i);
    if c == CAPITAL_SIGMA {
        out.push(unicode::lower_sigma(i, s.len(), |j| s.at(j)));
    } else {
        unicode::to_lower(c).iter().for_each(|c| out.push(c));
    }
}

pub fn lower(vm: &Vm, s: &PyStr) -> Py<PyStr> {
    if let StrData::Ascii(d) = s.data() {
        return ascii(vm, d, <[u8]>::make_ascii_lowercase);
    }
    let mut out = StrBuilder::with_capacity(s.len());
    (0..s.len()).for_each(|i| push_lower(&mut out, s.data(), i));
    out.finish(vm)
}

pub fn upper(vm: &Vm, s: &PyStr) -> Py<PyStr> {
    if let StrData::Ascii(d) = s.data() {
        return ascii(vm, d, <[u8]>::make_ascii_uppercase);
    }
    let mut out = StrBuilder::with_capacity(s.len());
    s.chars().for_each(|c| unicode::to_upper(c).iter().for_each(|c| out.push(c)));
    out.finish(vm)
}

pub fn casefold(vm: &Vm, s: &PyStr) -> Py<PyStr> {
    if let StrData::Ascii(d) = s.data() {
        return ascii(vm, d, <[u8]>::make_ascii_lowercase);
    }
    let mut out = StrBuilder::with_capacity(s.len());
    s.chars().for_each(|c| unicode::to_fold(c).iter().for_each(|c| out.push(c)));
    out.finish(vm)
}

pub fn capitalize(vm: &Vm, s: &PyStr) -> Py<PyStr> {
    if let StrData::Ascii(d) = s.data() {
        return ascii(vm, d, |v| {
            v.make_ascii_lowercase();
            if let Some(first) = v.first_mut() {
                first.make_ascii_uppercase();
            }
        });
    }
    let mut out = StrBuilder::with_capacity(s.len());
    unicode::to_title(s.char_at(0)).iter().for_each(|c| out.push(c));
    (1..s.len()).for_each(|i| push_lower(&mut out, s.data(), i));
    out.finish(vm)
}

pub fn title(vm: &Vm, s: &PyStr) -> Py<PyStr> {
    let mut out = StrBuilder::with_capacity(s.len());
    let mut after_cased = false;
    for (i, c) in s.chars().enumerate() {
        if after_cased {
            push_lower(&mut out, s.data(), i);
        } else {
            unicode::to_title(c).iter().for_each(|c| out.push(c));
        }
        after_cased = unicode::has(c, flag::CASED);
    }
    out.finish(vm)
}

pub fn swapcase(vm: &Vm, s: &PyStr) -> Py<PyStr> {
    let mut out = StrBuilder::with_capacity(s.len());
    for (i, c) in s.chars().enumerate() {
        if unicode::has(c, flag::UPPER) {
            push_lower(&mut out, s.data(), i);
        } else if unicode::has(c, flag::LOWER) {
            unicode::to_upper(c).iter().for_each(|c| out.push(c));
        } else {
            out.push(c);
        }
    }
    out.finish(vm)
}

/// Is there a cased character, and none of the `other` cases?
fn only(s: &PyStr, wanted: u16, other: u16) -> bool {
    let mut seen = false;
    for c in s.chars() {
        let f = unicode::record(c).flags;
        if f & other != 0 {
            return false;
        }
        seen |= f & wanted != 0;
    }
    seen
}

pub fn is_lower(s: &PyStr) -> bool {
    only(s, flag::LOWER, flag::UPPER | flag::TITLE)
}

pub fn is_upper(s: &PyStr) -> bool {
    only(s, flag::UPPER, flag::LOWER | flag::TITLE)
}

pub fn is_title(s: &PyStr) -> bool {
    let (mut seen, mut after_cased) = (false, false);
    for c in s.chars() {
        let f = unicode::record(c).flags;
        if f & (flag::UPPER | flag::TITLE) != 0 {
            if after_cased {
                return false;
            }
            (seen, after_cased) = (true, true);
        } else if f & flag::LOWER != 0 {
            if !after_cased {
                return false;
            }
            seen = true;
        } else {
            after_cased = false;
        }
    }
    seen
}

/// Is the string not empty and does every character have one of the properties?
pub fn all(s: &PyStr, flags: u16) -> bool {
    !s.is_empty() && s.chars().all(|c| unicode::has(c, flags))
}

pub fn is_space(s: &PyStr) -> bool {
    !s.is_empty() && s.chars().all(unicode::is_space)
}

pub fn is_printable(s: &PyStr) -> bool {
    s.chars().all(unicode::is_printable)
}

/// Is the string a valid identifier? (Keywords are.)
pub fn is_identifier(s: &PyStr) -> bool {
    let mut chars = s.chars();
    match chars.next() {
        Some(c) if c == '_' as u32 || unicode::is_xid_start(c) => chars.all(unicode::is_xid_continue),
        _ => false,
    }
}
