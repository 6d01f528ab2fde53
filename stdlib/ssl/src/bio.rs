//! `MemoryBIO`: a byte queue that stands in for a socket.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, no_header};

use crate::errors;

/// A queue of bytes.
#[repr(C)]
#[derive(Trace)]
pub struct PyMemoryBio {
    header: Header,
    #[trace(skip)]
    data: RefCell<VecDeque<u8>>,
    #[trace(skip)]
    ended: Cell<bool>,
}

impl PyMemoryBio {
    /// Takes up to `n` bytes.
    pub fn take(&self, n: usize) -> Vec<u8> {
        let mut data = self.data.borrow_mut();
        let n = n.min(data.len());
        data.drain(..n).collect()
    }
    pub fn put(&self, bytes: &[u8]) {
        self.data.borrow_mut().extend(bytes);
    }
    pub fn has_ended(&self) -> bool {
        self.ended.get()
    }
}

#[pyclass(layout = PyMemoryBio, name = "MemoryBIO", module = "_ssl", own, no_gc, doc = "", flags(BASETYPE))]
pub mod memory_bio {
    use super::*;

    #[pynew("MemoryBIO()")]
    fn new(vm: &Vm, cls: &PyType) -> PyResult<Obj> {
        instance(vm, cls, PyMemoryBio { header: no_header(), data: RefCell::default(), ended: Cell::new(false) })
    }
    /// Read up to size bytes from the memory BIO.
    ///
    /// If size is not specified, read the entire buffer.
    /// If the return value is an empty bytes instance, this means either
    /// EOF or that no data is available. Use the "eof" property to
    /// distinguish between the two.
    #[pymethod("read(self, size=-1, /)")]
    fn read(zelf: &PyMemoryBio, size: i32) -> Vec<u8> {
        zelf.take(usize::try_from(size).unwrap_or(usize::MAX))
    }
    /// Writes the bytes b into the memory BIO.
    ///
    /// Returns the number of bytes written.
    #[pymethod("write(self, b, /)")]
    fn write(vm: &Vm, zelf: &PyMemoryBio, b: BufferArg) -> PyResult<usize> {
        if zelf.ended.get() {
            return Err(errors::plain(vm, errors::Kind::Ssl, "cannot write() after write_eof()"));
        }
        zelf.put(b.as_slice());
        Ok(b.as_slice().len())
    }
    /// Write an EOF marker to the memory BIO.
    ///
    /// When all data has been read, the "eof" property will be True.
    #[pymethod("write_eof(self, /)")]
    fn write_eof(zelf: &PyMemoryBio) {
        zelf.ended.set(true);
    }
    /// The number of bytes pending in the memory BIO.
    #[getter]
    fn pending(zelf: &PyMemoryBio) -> usize {
        zelf.data.borrow().len()
    }
    /// Whether the memory BIO is at EOF.
    #[getter]
    fn eof(zelf: &PyMemoryBio) -> bool {
        zelf.ended.get() && zelf.data.borrow().is_empty()
    }
}
