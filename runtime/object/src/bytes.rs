//! Bytes objects: CPython's layout (size, cached hash, data, NUL).

use std::cell::Cell;

use crate::error::PyResult;
use crate::header::{Header, alloc_raw, free_raw};
use crate::obj::{Obj, Py};
use crate::table_layout;
use crate::ty::{PyType, TypeFlags};
use crate::vm::Vm;

/// A bytes object; `len` bytes and a NUL follow the struct.
#[repr(C)]
pub struct PyBytes {
    header: Header,
    len: Cell<isize>,
    /// -1 until computed.
    pub hash: Cell<isize>,
    data: [u8; 0],
}
table_layout!(PyBytes => bytes);

impl PyBytes {
    pub fn new(vm: &Vm, data: &[u8]) -> Py<PyBytes> {
        match Self::try_new(vm, data.len(), |b| b.copy_from_slice(data)) {
            Ok(b) => b,
            Err(_) => crate::memory::out_of_memory(),
        }
    }
    /// A bytes object of `n` zero bytes that `fill` writes; MemoryError if it cannot be had.
    pub fn try_new(vm: &Vm, n: usize, fill: impl FnOnce(&mut [u8])) -> PyResult<Py<PyBytes>> {
        if n > isize::MAX as usize - 64 {
            return Err(vm.memory_error());
        }
        let Some(p) = alloc_raw(vm.types.bytes, size_of::<PyBytes>() + n + 1) else { return Err(vm.memory_error()) };
        // SAFETY: fresh memory of the right size; we own the one reference.
        unsafe {
            let b = p.as_ptr() as *mut PyBytes;
            (*b).len = Cell::new(n as isize);
            (*b).hash = Cell::new(-1);
            let data = (&raw mut (*b).data) as *mut u8;
            std::ptr::write_bytes(data, 0, n + 1);
            fill(std::slice::from_raw_parts_mut(data, n));
            Ok(Py::from_ptr(b))
        }
    }
    /// An instance of a subtype of `bytes`.
    pub fn new_subtype(vm: &Vm, ty: &PyType, data: &[u8]) -> PyResult<Obj> {
        if std::ptr::eq(ty, vm.types.bytes) {
            return Ok(Self::new(vm, data).into_obj());
        }
        crate::instance::alloc_var_instance(vm, ty, data.len() + 1, |p| {
            // SAFETY: a fresh bytes object with room for the data and a NUL.
            unsafe {
                let b = p as *mut PyBytes;
                (*b).len = Cell::new(data.len() as isize);
                (*b).hash = Cell::new(-1);
                let dst = (&raw mut (*b).data) as *mut u8;
                std::ptr::copy_nonoverlapping(data.as_ptr(), dst, data.len());
                dst.add(data.len()).write(0);
            }
        })
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get() as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `len` bytes follow the struct and never change.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr(), self.len()) }
    }
}

/// The dealloc function of bytes and subtypes.
///
/// # Safety
/// `p` is a dead bytes object.
pub unsafe fn dealloc_bytes(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract.
    unsafe {
        let ty = &*(*p).ty.get();
        let n = (*(p as *const PyBytes)).len() + 1;
        let size = crate::instance::instance_size(ty, p, n);
        crate::instance::drop_attrs(vm, ty, p, n);
        free_raw(p, size, ty.has_flag(TypeFlags::GC));
    }
}

impl Vm {
    /// A bytes object.
    pub fn bytes(&self, data: &[u8]) -> Obj {
        PyBytes::new(self, data).into_obj()
    }
}
