//! Layouts of the iterators over str, bytes and bytearray, with their step functions.

use std::cell::Cell;

use crate::bytes::PyBytes;
use crate::function::{alloc_exact, no_header};
use crate::header::Header;
use crate::obj::{Layout, Obj, Py};
use crate::str::PyStr;
use crate::table_layout;
use crate::vm::Vm;

/// `str_iterator` and `str_ascii_iterator`, which differ only in their type.
#[repr(C)]
pub struct PyStrIter {
    header: Header,
    /// Taken when exhausted.
    pub text: Cell<Option<Py<PyStr>>>,
    /// Position of the next character.
    pub index: Cell<usize>,
}
table_layout!(PyStrIter => str_iterator);

impl PyStrIter {
    pub fn new(vm: &Vm, s: &PyStr) -> Obj {
        let ty = if s.is_ascii() { vm.types.str_ascii_iterator } else { vm.types.str_iterator };
        let it = PyStrIter { header: no_header(), text: Cell::new(Some(s.to_py())), index: Cell::new(0) };
        // SAFETY: both types have this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, ty, it) }.into_obj()
    }
    /// The next character.
    #[inline]
    pub fn step(&self, vm: &Vm) -> Option<Obj> {
        // SAFETY: the cell is not changed while the borrow lives.
        let s = unsafe { (*self.text.as_ptr()).as_deref() }?;
        let i = self.index.get();
        if i < s.len() {
            self.index.set(i + 1);
            return Some(PyStr::from_char(vm, s.char_at(i)).into_obj());
        }
        drop(self.text.take());
        None
    }
}

/// `bytes_iterator`.
#[repr(C)]
pub struct PyBytesIter {
    header: Header,
    /// Taken when exhausted.
    pub data: Cell<Option<Py<PyBytes>>>,
    /// Position of the next byte.
    pub index: Cell<usize>,
}
table_layout!(PyBytesIter => bytes_iterator);

impl PyBytesIter {
    pub fn new(vm: &Vm, b: &PyBytes) -> Obj {
        let it = PyBytesIter { header: no_header(), data: Cell::new(Some(b.to_py())), index: Cell::new(0) };
        // SAFETY: the type has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.bytes_iterator, it) }.into_obj()
    }
    /// The next byte.
    #[inline]
    pub fn step(&self) -> Option<Obj> {
        // SAFETY: the cell is not changed while the borrow lives.
        let b = unsafe { (*self.data.as_ptr()).as_deref() }?;
        let i = self.index.get();
        if let Some(byte) = b.as_slice().get(i) {
            self.index.set(i + 1);
            return Some(Obj::small((*byte).into()));
        }
        drop(self.data.take());
        None
    }
}
