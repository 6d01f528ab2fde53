//! A string of known length and form, written from left to right.

use super::new::{alloc, copy_units, form_of};
use super::{PyStr, StrData};
use crate::error::PyResult;
use crate::obj::{Layout, Py};
use crate::vm::Vm;

/// Fills a new string in place. The caller knows length and largest code point beforehand, as
/// `join` and `replace` do; [`StrBuilder`](super::StrBuilder) serves when it does not.
pub struct StrWriter {
    s: Py<PyStr>,
    at: usize,
}

impl StrWriter {
    /// Starts a string of `len` code points, the largest of which has the form of `max`. Fails
    /// with MemoryError.
    pub fn new(vm: &Vm, len: usize, max: u32) -> PyResult<StrWriter> {
        match alloc(vm, max, len) {
            Some(s) => Ok(StrWriter { s, at: 0 }),
            None => Err(vm.memory_error()),
        }
    }
    /// Where the next `n` code points go. Panics if they do not fit.
    #[inline(always)]
    fn claim(&mut self, n: usize) -> *mut u8 {
        assert!(n <= self.s.len() - self.at, "string writer overrun");
        // SAFETY: in range.
        let p = unsafe { (self.s.data_ptr() as *mut u8).add(self.at * self.s.kind()) };
        self.at += n;
        p
    }
    /// Appends one code point, which the form must hold.
    #[inline]
    pub fn push(&mut self, c: u32) {
        debug_assert!(c <= self.s.form_max());
        let p = self.claim(1);
        // SAFETY: room for one unit; the width fits by contract (else it is truncated).
        unsafe { copy_units(&[c], p, self.s.kind()) };
    }
    /// Appends the whole of `s`.
    #[inline]
    pub fn push_str(&mut self, s: &PyStr) {
        self.push_data(s.data());
    }
    /// Appends data that the form holds.
    #[inline]
    pub fn push_data(&mut self, d: StrData<'_>) {
        let (kind, p) = (self.s.kind(), self.claim(d.len()));
        // SAFETY: room for the units; the form holds them by contract (else they are truncated).
        unsafe {
            match d {
                StrData::Ascii(d) | StrData::Latin1(d) => copy_units(d, p, kind),
                StrData::Ucs2(d) => copy_units(d, p, kind),
                StrData::Ucs4(d) => copy_units(d, p, kind),
            }
        }
    }
    /// Appends `c` `n` times.
    pub fn fill(&mut self, c: u32, n: usize) {
        let (kind, p) = (self.s.kind(), self.claim(n));
        // SAFETY: room for the units.
        unsafe {
            match kind {
                1 => std::ptr::write_bytes(p, c as u8, n),
                2 => std::slice::from_raw_parts_mut(p as *mut std::mem::MaybeUninit<u16>, n).fill(std::mem::MaybeUninit::new(c as u16)),
                _ => std::slice::from_raw_parts_mut(p as *mut std::mem::MaybeUninit<u32>, n).fill(std::mem::MaybeUninit::new(c)),
            }
        }
    }
    /// Appends the first `n` code points written so far again, for repetition.
    pub(super) fn repeat_front(&mut self, n: usize) {
        assert!(n <= self.at);
        let bytes = n * self.s.kind();
        let p = self.claim(n);
        // SAFETY: source and destination are apart since `n <= at`.
        unsafe { std::ptr::copy_nonoverlapping(self.s.data_ptr(), p, bytes) };
    }
    /// Number of code points written.
    pub fn written(&self) -> usize {
        self.at
    }
    /// The string. Panics unless it has been filled. Single and no characters give the shared
    /// strings.
    pub fn finish(self, vm: &Vm) -> Py<PyStr> {
        assert!(self.at == self.s.len(), "string writer not filled");
        debug_assert_eq!(form_of(self.s.data().max_char()), (self.s.kind(), self.s.is_ascii()));
        match self.s.len() {
            0 => PyStr::empty(vm).to_py(),
            1 if self.s.kind() == 1 => PyStr::latin1_char(vm, self.s.char_at(0) as u8).to_py(),
            _ => self.s,
        }
    }
}
