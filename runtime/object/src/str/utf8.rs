//! UTF-8 views of strings.

use super::{Compact, PyStr, StrBuilder};
use crate::error::PyResult;
use crate::obj::{Layout, Obj, Py};
use crate::vm::Vm;

#[inline]
fn is_surrogate(c: u32) -> bool {
    c & 0xffff_f800 == 0xd800
}

/// Appends the generalised UTF-8 form of a code point (surrogates get three bytes).
fn push_wtf8(out: &mut Vec<u8>, c: u32) {
    match c {
        0..=0x7f => out.push(c as u8),
        0x80..=0x7ff => out.extend_from_slice(&[0xc0 | (c >> 6) as u8, 0x80 | (c & 0x3f) as u8]),
        0x800..=0xffff => {
            out.extend_from_slice(&[0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]);
        }
        _ => out.extend_from_slice(&[
            0xf0 | (c >> 18) as u8,
            0x80 | (c >> 12 & 0x3f) as u8,
            0x80 | (c >> 6 & 0x3f) as u8,
            0x80 | (c & 0x3f) as u8,
        ]),
    }
}

/// Frees the cached copy.
pub(super) fn free_cache(c: &Compact) {
    let p = c.utf8.replace(std::ptr::null_mut());
    if !p.is_null() {
        let n = c.utf8_len.get() as usize + 1;
        // SAFETY: the cache came from a boxed slice of this length.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(p, n)) });
    }
}

impl PyStr {
    /// The text as UTF-8, made once and kept; `None` if the string holds surrogates.
    pub fn as_utf8(&self) -> Option<&str> {
        let Some(c) = self.compact() else { return self.as_ascii() };
        if c.utf8.get().is_null() {
            let mut text = Vec::with_capacity(self.len() * 2 + 1);
            for ch in self.chars() {
                if is_surrogate(ch) {
                    return None;
                }
                push_wtf8(&mut text, ch);
            }
            c.utf8_len.set(text.len() as isize);
            text.push(0);
            c.utf8.set(Box::into_raw(text.into_boxed_slice()) as *mut u8);
        }
        // SAFETY: the cache holds `utf8_len` bytes of valid UTF-8 and lives as long as the object.
        unsafe { Some(std::str::from_utf8_unchecked(std::slice::from_raw_parts(c.utf8.get(), c.utf8_len.get() as usize))) }
    }
    /// As [`as_utf8`](Self::as_utf8); surrogates raise UnicodeEncodeError.
    pub fn to_utf8(&self, vm: &Vm) -> PyResult<&str> {
        match self.as_utf8() {
            Some(s) => Ok(s),
            None => Err(self.surrogates_not_allowed(vm)),
        }
    }
    #[cold]
    fn surrogates_not_allowed(&self, vm: &Vm) -> crate::error::Raised {
        let start = self.chars().position(is_surrogate).unwrap_or(0);
        let run = self.chars().skip(start).take_while(|c| is_surrogate(*c)).count();
        let args = vec![
            vm.str("utf-8"),
            self.to_obj(),
            Obj::small(start as i64),
            Obj::small((start + run) as i64),
            vm.str("surrogates not allowed"),
        ];
        vm.raise_with(vm.types.unicode_encode_error, args)
    }
    /// The text; surrogates become U+FFFD.
    pub fn to_string_lossy(&self) -> String {
        match self.as_ascii() {
            Some(s) => s.to_owned(),
            None => self.chars().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect(),
        }
    }
    /// UTF-8 in which surrogates are encoded like other code points (`surrogatepass`).
    pub fn to_wtf8(&self) -> Vec<u8> {
        match self.as_ascii() {
            Some(s) => s.as_bytes().to_vec(),
            None => {
                let mut out = Vec::with_capacity(self.len() * 2);
                self.chars().for_each(|c| push_wtf8(&mut out, c));
                out
            }
        }
    }
    /// Reads UTF-8 in which surrogates may be encoded; `None` if malformed.
    pub fn from_wtf8(vm: &Vm, data: &[u8]) -> Option<Py<PyStr>> {
        if let Ok(s) = std::str::from_utf8(data) {
            return Some(PyStr::new(vm, s));
        }
        let mut out = StrBuilder::with_capacity(data.len());
        let mut rest = data;
        while !rest.is_empty() {
            let good = match std::str::from_utf8(rest) {
                Ok(s) => s.len(),
                Err(e) => e.valid_up_to(),
            };
            let (text, tail) = rest.split_at(good);
            // SAFETY: just validated.
            out.push_str(unsafe { std::str::from_utf8_unchecked(text) });
            rest = match tail {
                [] => tail,
                [0xed, b @ 0xa0..=0xbf, c @ 0x80..=0xbf, tail @ ..] => {
                    out.push(0xd000 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f));
                    tail
                }
                _ => return None,
            };
        }
        Some(out.finish(vm))
    }
}
