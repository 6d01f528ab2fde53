//! Bytearray objects: CPython's layout (size, capacity, block, start of the data, exports).
//!
//! Invariants: `bytes..bytes+alloc` is a block of the global allocator (dangling if `alloc` is 0);
//! `start..start+len` lies in it, all of it initialised. While `exports` is not zero nothing moves
//! and the length stays.

use std::cell::Cell;

use crate::error::PyResult;
use crate::header::Header;
use crate::obj::{Layout, Obj, Py};
use crate::table_layout;
use crate::ty::PyType;
use crate::vm::Vm;

/// A bytearray.
#[repr(C)]
pub struct PyByteArray {
    header: Header,
    len: Cell<isize>,
    alloc: Cell<isize>,
    bytes: Cell<*mut u8>,
    start: Cell<*mut u8>,
    exports: Cell<isize>,
}
table_layout!(PyByteArray => bytearray);

/// The largest size.
const MAX_LEN: usize = isize::MAX as usize - 64;

impl PyByteArray {
    /// An instance of `ty` (`bytearray` or a subtype) holding `data`.
    pub fn new(vm: &Vm, ty: &PyType, data: Vec<u8>) -> PyResult<Obj> {
        let obj = crate::instance::alloc_instance(vm, ty, 0)?;
        // SAFETY: a fresh object laid out as `PyByteArray`, all zero.
        let b = unsafe { obj.r().downcast_unchecked::<PyByteArray>() };
        b.bytes.set(std::ptr::dangling_mut());
        b.start.set(std::ptr::dangling_mut());
        b.install(data);
        Ok(obj)
    }
    /// An exact bytearray.
    pub fn from_vec(vm: &Vm, data: Vec<u8>) -> PyResult<Py<PyByteArray>> {
        let obj = Self::new(vm, vm.types.bytearray, data)?;
        // SAFETY: just made with this layout.
        Ok(unsafe { obj.downcast_unchecked() })
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get() as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Size of the block.
    pub fn capacity(&self) -> usize {
        self.alloc.get() as usize
    }
    /// Start of the data.
    pub fn data_ptr(&self) -> *mut u8 {
        self.start.get()
    }
    /// The bytes. The slice must not be held across anything that may run Python code or change
    /// the bytearray.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `len` initialised bytes; by the rule above nothing changes them meanwhile.
        unsafe { std::slice::from_raw_parts(self.start.get(), self.len()) }
    }
    /// Calls `f` with the bytes, writable. `f` must not run Python code.
    pub fn with_mut<T>(&self, f: impl FnOnce(&mut [u8]) -> T) -> T {
        // SAFETY: `len` initialised bytes; `f` does nothing else with the object.
        f(unsafe { std::slice::from_raw_parts_mut(self.start.get(), self.len()) })
    }
    #[inline]
    pub fn get(&self, i: usize) -> Option<u8> {
        self.as_slice().get(i).copied()
    }
    /// Stores a byte; false if out of range.
    #[inline]
    pub fn set(&self, i: usize, b: u8) -> bool {
        self.with_mut(|d| d.get_mut(i).map(|slot| *slot = b).is_some())
    }
    /// Fails with BufferError while buffers are exported.
    #[inline]
    pub fn check_resizable(&self, vm: &Vm) -> PyResult<()> {
        if self.exports.get() > 0 {
            return Err(vm.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }
    pub fn add_export(&self) {
        self.exports.set(self.exports.get() + 1);
    }
    pub fn drop_export(&self) {
        self.exports.set(self.exports.get() - 1);
    }
    /// Takes the block out, leaving the bytearray empty. The data starts at the front.
    fn take(&self) -> Vec<u8> {
        let (len, cap) = (self.len(), self.capacity());
        let (bytes, start) = (self.bytes.get(), self.start.get());
        self.len.set(0);
        self.alloc.set(0);
        self.bytes.set(std::ptr::dangling_mut());
        self.start.set(std::ptr::dangling_mut());
        if cap == 0 {
            return Vec::new();
        }
        // SAFETY: the data lies in the block, which came from a `Vec` with this capacity.
        unsafe {
            std::ptr::copy(start, bytes, len);
            Vec::from_raw_parts(bytes, len, cap)
        }
    }
    /// Replaces the whole content, which must not be exported.
    fn install(&self, data: Vec<u8>) {
        drop(self.take());
        let mut data = std::mem::ManuallyDrop::new(data);
        self.len.set(data.len() as isize);
        self.alloc.set(data.capacity() as isize);
        self.bytes.set(data.as_mut_ptr());
        self.start.set(data.as_mut_ptr());
    }
    /// Replaces the whole content.
    pub fn replace_all(&self, vm: &Vm, data: Vec<u8>) -> PyResult<()> {
        self.check_resizable(vm)?;
        self.install(data);
        Ok(())
    }
    /// Changes the length; new bytes are zero.
    pub fn resize(&self, vm: &Vm, n: usize) -> PyResult<()> {
        if n == self.len() {
            return Ok(());
        }
        self.check_resizable(vm)?;
        let mut v = self.take();
        let room = if n > MAX_LEN { false } else { n <= v.len() || v.try_reserve(n - v.len()).is_ok() };
        if room {
            v.resize(n, 0);
            if v.capacity() > 64 && n < v.capacity() / 2 {
                v.shrink_to(n + n / 8);
            }
        }
        self.install(v);
        if room { Ok(()) } else { Err(vm.memory_error()) }
    }
    /// Appends a byte.
    #[inline]
    pub fn push(&self, vm: &Vm, b: u8) -> PyResult<()> {
        self.check_resizable(vm)?;
        let used = self.start.get() as usize - self.bytes.get() as usize + self.len();
        if used < self.capacity() {
            // SAFETY: there is room behind the data.
            unsafe { self.start.get().add(self.len()).write(b) };
            self.len.set(self.len.get() + 1);
            return Ok(());
        }
        self.splice(vm, self.len(), self.len(), &[b])
    }
    /// Replaces bytes `from..to` by `with`, which must not be the bytearray's own memory.
    pub fn splice(&self, vm: &Vm, from: usize, to: usize, with: &[u8]) -> PyResult<()> {
        let n = self.len();
        let (from, to) = (from.min(n), to.min(n).max(from.min(n)));
        if with.len() == to - from {
            self.with_mut(|d| d[from..to].copy_from_slice(with));
            return Ok(());
        }
        self.check_resizable(vm)?;
        if from == 0 && with.is_empty() && to < n {
            // Dropping the front only moves the start.
            // SAFETY: `to` is within the data.
            self.start.set(unsafe { self.start.get().add(to) });
            self.len.set((n - to) as isize);
            return Ok(());
        }
        let mut v = self.take();
        let more = with.len().saturating_sub(to - from);
        let room = v.len() + more <= MAX_LEN && v.try_reserve(more).is_ok();
        if room {
            v.splice(from..to, with.iter().copied());
        }
        self.install(v);
        if room { Ok(()) } else { Err(vm.memory_error()) }
    }
}

impl Drop for PyByteArray {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// `bytearray_iterator`.
#[repr(C)]
pub struct PyByteArrayIter {
    header: Header,
    /// Taken when exhausted.
    pub data: Cell<Option<Py<PyByteArray>>>,
    /// Position of the next byte.
    pub index: Cell<usize>,
}
table_layout!(PyByteArrayIter => bytearray_iterator);

impl PyByteArrayIter {
    pub fn new(vm: &Vm, b: &PyByteArray) -> Obj {
        let it = PyByteArrayIter { header: crate::function::no_header(), data: Cell::new(Some(b.to_py())), index: Cell::new(0) };
        // SAFETY: the type has this layout and cannot be subclassed.
        unsafe { crate::function::alloc_exact(vm, vm.types.bytearray_iterator, it) }.into_obj()
    }
    /// The next byte.
    #[inline]
    pub fn step(&self) -> Option<Obj> {
        // SAFETY: the cell is not changed while the borrow lives.
        let b = unsafe { (*self.data.as_ptr()).as_deref() }?;
        let i = self.index.get();
        if let Some(byte) = b.get(i) {
            self.index.set(i + 1);
            return Some(Obj::small(byte.into()));
        }
        drop(self.data.take());
        None
    }
}
