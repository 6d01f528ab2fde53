//! Substrings, concatenation, repetition.

use super::new::{alloc_or_unwind, copy_units};
use super::{PyStr, StrData, StrWriter};
use crate::error::PyResult;
use crate::obj::{Layout, Py};
use crate::vm::Vm;

impl PyStr {
    /// The code points from `start` to `end` (clamped) as an exact str. Shares what it can.
    #[inline]
    pub fn substring(&self, vm: &Vm, start: usize, end: usize) -> Py<PyStr> {
        let end = end.min(self.len());
        if start >= end {
            return PyStr::empty(vm).to_py();
        }
        if end - start == 1 {
            return PyStr::from_char(vm, self.char_at(start));
        }
        if end - start == self.len() {
            return self.to_exact(vm);
        }
        self.substring_copy(vm, start, end)
    }
    /// A fresh copy of a part; the range is in order and in bounds.
    pub fn substring_copy(&self, vm: &Vm, start: usize, end: usize) -> Py<PyStr> {
        match self.data().slice(start, end) {
            StrData::Ascii(d) => {
                let out = alloc_or_unwind(vm, 0, d.len());
                // SAFETY: the data was allocated and nobody else sees it.
                unsafe { copy_units(d, out.data_ptr() as *mut u8, 1) };
                out
            }
            StrData::Latin1(d) => PyStr::from_units(vm, d),
            StrData::Ucs2(d) => PyStr::from_units(vm, d),
            StrData::Ucs4(d) => PyStr::from_units(vm, d),
        }
    }
    /// The code points at `start`, `start + step`, ... (`n` of them, all in range).
    pub fn step_slice(&self, vm: &Vm, start: usize, step: isize, n: usize) -> Py<PyStr> {
        let mut out = super::StrBuilder::with_capacity(n);
        let d = self.data();
        for k in 0..n {
            out.push(d.at((start as isize + k as isize * step) as usize));
        }
        out.finish(vm)
    }
    /// `self + other`. Fails with MemoryError.
    pub fn concat(&self, vm: &Vm, other: &PyStr) -> PyResult<Py<PyStr>> {
        if self.is_empty() {
            return Ok(other.to_exact(vm));
        }
        if other.is_empty() {
            return Ok(self.to_exact(vm));
        }
        // Lengths are far below overflow.
        let mut w = StrWriter::new(vm, self.len() + other.len(), self.form_max().max(other.form_max()))?;
        w.push_str(self);
        w.push_str(other);
        Ok(w.finish(vm))
    }
    /// `self * n`. Fails with MemoryError.
    pub fn repeat(&self, vm: &Vm, n: isize) -> PyResult<Py<PyStr>> {
        if n <= 0 || self.is_empty() {
            return Ok(PyStr::empty(vm).to_py());
        }
        if n == 1 {
            return Ok(self.to_exact(vm));
        }
        let Some(total) = self.len().checked_mul(n as usize) else { return Err(vm.memory_error()) };
        let mut w = StrWriter::new(vm, total, self.form_max())?;
        if self.len() == 1 {
            w.fill(self.char_at(0), total);
        } else {
            w.push_str(self);
            while w.written() < total {
                w.repeat_front(w.written().min(total - w.written()));
            }
        }
        Ok(w.finish(vm))
    }
}
