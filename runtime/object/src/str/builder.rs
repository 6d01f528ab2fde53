//! A growing string whose form widens as needed.
//!
//! Growing never fails where it happens: a builder that found no memory drops what it has, takes
//! nothing more, and [`StrBuilder::finish`] reports it. Scripts choose sizes (`'%*d' % (n, 1)`),
//! so each place that appends would have to check otherwise.

use super::find::Unit;
use super::{PyStr, StrData};
use crate::error::PyResult;
use crate::memory::out_of_memory;
use crate::obj::Py;
use crate::vm::Vm;

enum Buf {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
    /// Memory ran out.
    Lost,
}

/// Collects code points; [`finish`](Self::finish) makes the str.
pub struct StrBuilder {
    buf: Buf,
}

impl Default for StrBuilder {
    fn default() -> Self {
        StrBuilder::new()
    }
}

impl StrBuilder {
    pub fn new() -> StrBuilder {
        StrBuilder { buf: Buf::One(Vec::new()) }
    }
    /// With room for `n` narrow characters.
    pub fn with_capacity(n: usize) -> StrBuilder {
        let mut v = Vec::new();
        StrBuilder { buf: if v.try_reserve_exact(n).is_ok() { Buf::One(v) } else { Buf::Lost } }
    }
    pub fn len(&self) -> usize {
        match &self.buf {
            Buf::One(v) => v.len(),
            Buf::Two(v) => v.len(),
            Buf::Four(v) => v.len(),
            Buf::Lost => 0,
        }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Makes room for `n` more, or fails with MemoryError.
    pub fn try_reserve(&mut self, vm: &Vm, n: usize) -> PyResult<()> {
        if self.room(n) { Ok(()) } else { Err(vm.memory_error()) }
    }
    /// Makes room for `n` more; the builder is lost if there is no memory.
    #[inline]
    fn room(&mut self, n: usize) -> bool {
        let ok = match &mut self.buf {
            Buf::One(v) => v.try_reserve(n).is_ok(),
            Buf::Two(v) => v.try_reserve(n).is_ok(),
            Buf::Four(v) => v.try_reserve(n).is_ok(),
            Buf::Lost => false,
        };
        if !ok {
            self.buf = Buf::Lost;
        }
        ok
    }
    /// Appends a code point.
    #[inline]
    pub fn push(&mut self, c: u32) {
        match &mut self.buf {
            Buf::One(v) if c <= 0xff && v.len() < v.capacity() => v.push(c as u8),
            Buf::Two(v) if c <= 0xffff && v.len() < v.capacity() => v.push(c as u16),
            Buf::Four(v) if v.len() < v.capacity() => v.push(c),
            _ => self.push_slowly(c),
        }
    }
    /// Appends to a builder that has to widen or grow first.
    #[cold]
    fn push_slowly(&mut self, c: u32) {
        self.widen(c);
        if self.room(1) {
            self.push(c);
        }
    }
    /// Appends a Rust character.
    #[inline]
    pub fn push_char(&mut self, c: char) {
        self.push(c.into());
    }
    /// Appends `c` `n` times.
    pub fn push_n(&mut self, c: u32, n: usize) {
        self.widen(c);
        if !self.room(n) {
            return;
        }
        match &mut self.buf {
            Buf::One(v) => v.resize(v.len() + n, c as u8),
            Buf::Two(v) => v.resize(v.len() + n, c as u16),
            Buf::Four(v) => v.resize(v.len() + n, c),
            Buf::Lost => {}
        }
    }
    /// Appends text.
    pub fn push_str(&mut self, s: &str) {
        if !self.room(s.len()) {
            return;
        }
        match &mut self.buf {
            Buf::One(v) if s.is_ascii() => v.extend_from_slice(s.as_bytes()),
            _ => s.chars().for_each(|c| self.push(c.into())),
        }
    }
    /// Appends a Python string.
    pub fn push_pystr(&mut self, s: &PyStr) {
        self.push_data(s.data());
    }
    /// Appends the code points of `s` from `start` to `end`.
    pub fn push_range(&mut self, s: &PyStr, start: usize, end: usize) {
        self.push_data(s.data().slice(start, end));
    }
    /// Appends data of any form.
    pub fn push_data(&mut self, d: StrData<'_>) {
        match d {
            StrData::Ascii(d) | StrData::Latin1(d) => self.extend(d),
            // A part of a wide string may itself be narrow.
            StrData::Ucs2(d) => {
                self.widen(super::find::max_bits(d));
                self.extend(d);
            }
            StrData::Ucs4(d) => {
                self.widen(super::find::max_bits(d));
                self.extend(d);
            }
        }
    }
    /// Appends units that the present form holds.
    fn extend<T: Unit>(&mut self, d: &[T]) {
        if !self.room(d.len()) {
            return;
        }
        match &mut self.buf {
            Buf::One(v) => v.extend(d.iter().map(|c| (*c).into() as u8)),
            Buf::Two(v) => v.extend(d.iter().map(|c| (*c).into() as u16)),
            Buf::Four(v) => v.extend(d.iter().map(|c| (*c).into())),
            Buf::Lost => {}
        }
    }
    /// Makes the form hold `max`.
    fn widen(&mut self, max: u32) {
        let (len, cap) = match &self.buf {
            Buf::One(v) if max > 0xff => (v.len(), v.capacity()),
            Buf::Two(v) if max > 0xffff => (v.len(), v.capacity()),
            _ => return,
        };
        let cap = cap.max(len + 8);
        let wide = match &self.buf {
            Buf::One(v) if max <= 0xffff => widened(v, cap).map(Buf::Two),
            Buf::One(v) => widened(v, cap).map(Buf::Four),
            Buf::Two(v) => widened(v, cap).map(Buf::Four),
            Buf::Four(_) | Buf::Lost => return,
        };
        self.buf = wide.unwrap_or(Buf::Lost);
    }
    /// Removes and returns the last code point. The form stays as it is.
    pub fn pop(&mut self) -> Option<u32> {
        match &mut self.buf {
            Buf::One(v) => v.pop().map(u32::from),
            Buf::Two(v) => v.pop().map(u32::from),
            Buf::Four(v) => v.pop(),
            Buf::Lost => None,
        }
    }
    /// Shortens to `n` code points.
    pub fn truncate(&mut self, n: usize) {
        match &mut self.buf {
            Buf::One(v) => v.truncate(n),
            Buf::Two(v) => v.truncate(n),
            Buf::Four(v) => v.truncate(n),
            Buf::Lost => {}
        }
    }
    /// The string, in its narrowest form; MemoryError (by unwinding) if it could not be had.
    pub fn finish(self, vm: &Vm) -> Py<PyStr> {
        match self.buf {
            Buf::One(v) => PyStr::from_units(vm, &v),
            Buf::Two(v) => PyStr::from_units(vm, &v),
            Buf::Four(v) => PyStr::from_units(vm, &v),
            Buf::Lost => out_of_memory(),
        }
    }
}

/// The units in a wider form, with room for `cap`; `None` if there is no memory.
fn widened<T: Copy, W: From<T>>(v: &[T], cap: usize) -> Option<Vec<W>> {
    let mut w = Vec::new();
    w.try_reserve_exact(cap).ok()?;
    w.extend(v.iter().map(|c| W::from(*c)));
    Some(w)
}

impl std::fmt::Write for StrBuilder {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        self.push_str(s);
        Ok(())
    }
    fn write_char(&mut self, c: char) -> std::fmt::Result {
        self.push(c.into());
        Ok(())
    }
}
