//! The buffer protocol: views of memory that objects export (PEP 3118).

use std::cell::Cell;

use crate::error::PyResult;
use crate::obj::{Layout, Obj, Ref};
use crate::vm::Vm;

/// CPython's `PyBUF_*` request flags.
pub mod flags {
    pub const SIMPLE: u32 = 0;
    pub const WRITABLE: u32 = 1;
    pub const FORMAT: u32 = 4;
    pub const ND: u32 = 8;
    pub const STRIDES: u32 = 0x10 | ND;
    pub const C_CONTIGUOUS: u32 = 0x20 | STRIDES;
    pub const F_CONTIGUOUS: u32 = 0x40 | STRIDES;
    pub const ANY_CONTIGUOUS: u32 = 0x80 | STRIDES;
    pub const INDIRECT: u32 = 0x100 | STRIDES;
    pub const FULL_RO: u32 = INDIRECT | FORMAT;
    pub const FULL: u32 = INDIRECT | WRITABLE | FORMAT;
}

/// What `getbuffer` fills in. The exporter guarantees `ptr..ptr+len` stays valid and in place
/// until its `releasebuffer` is called with this value.
pub struct BufferInfo {
    pub ptr: *mut u8,
    /// Bytes in all.
    pub len: usize,
    pub readonly: bool,
    pub itemsize: usize,
    /// struct-module format; `"B"` for bytes.
    pub format: std::borrow::Cow<'static, str>,
    pub shape: Vec<isize>,
    /// In bytes; C-contiguous if empty.
    pub strides: Vec<isize>,
    /// PIL-style indirection; none if empty.
    pub suboffsets: Vec<isize>,
    /// For the exporter's own use.
    pub internal: Cell<usize>,
}

impl BufferInfo {
    /// A one-dimensional view of unsigned bytes.
    pub fn bytes(ptr: *mut u8, len: usize, readonly: bool) -> BufferInfo {
        BufferInfo {
            ptr,
            len,
            readonly,
            itemsize: 1,
            format: "B".into(),
            shape: vec![len as isize],
            strides: vec![],
            suboffsets: vec![],
            internal: Cell::new(0),
        }
    }
}

/// A held buffer: releases itself when dropped.
pub struct Buffer {
    owner: Option<Obj>,
    info: BufferInfo,
}

impl Buffer {
    /// Asks `obj` for its buffer. TypeError if it has none, BufferError if it cannot serve.
    pub fn get(vm: &Vm, obj: Ref<'_>, flags: u32) -> PyResult<Buffer> {
        let Some(f) = obj.ty(vm).slots.getbuffer.get() else {
            return Err(vm.type_error(format!("a bytes-like object is required, not '{}'", obj.ty(vm).tp_name())));
        };
        let info = f(vm, obj, flags)?;
        Ok(Buffer { owner: Some(obj.to_obj()), info })
    }
    /// A contiguous read-only view.
    pub fn simple(vm: &Vm, obj: Ref<'_>) -> PyResult<Buffer> {
        Self::get(vm, obj, self::flags::SIMPLE)
    }
    pub fn info(&self) -> &BufferInfo {
        &self.info
    }
    pub fn owner(&self) -> Option<Ref<'_>> {
        self.owner.as_ref().map(|o| o.r())
    }
    pub fn len(&self) -> usize {
        self.info.len
    }
    pub fn is_empty(&self) -> bool {
        self.info.len == 0
    }
    /// The bytes of a contiguous buffer. Another Python thread or callback may write to the
    /// memory, so the slice must not be held across anything that runs Python code.
    pub fn as_slice(&self) -> &[u8] {
        if self.info.len == 0 {
            return &[];
        }
        // SAFETY: the exporter keeps the memory valid while the buffer is held; contents change
        // only with the GIL held by someone else, which the rule above excludes.
        unsafe { std::slice::from_raw_parts(self.info.ptr, self.info.len) }
    }
    /// The bytes of a contiguous writable buffer, under the same rule.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        if self.info.len == 0 || self.info.readonly {
            return &mut [];
        }
        // SAFETY: as for `as_slice`, and the exporter allowed writing.
        unsafe { std::slice::from_raw_parts_mut(self.info.ptr, self.info.len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let (Some(o), Some(vm)) = (self.owner.take(), crate::vm::current_vm())
            && let Some(f) = o.r().ty(vm).slots.releasebuffer.get()
        {
            f(vm, o.r(), &self.info);
        }
    }
}

/// Does the object export a buffer?
pub fn has_buffer(vm: &Vm, obj: Ref<'_>) -> bool {
    obj.ty(vm).slots.getbuffer.get().is_some()
}

/// The bytes of a bytes object or any other contiguous buffer, copied only if needed.
pub fn with_bytes<T>(vm: &Vm, obj: Ref<'_>, f: impl FnOnce(&[u8]) -> T) -> PyResult<T> {
    if let Some(b) = obj.downcast::<crate::bytes::PyBytes>(vm) {
        let keep = b.to_py();
        return Ok(f(keep.as_slice()));
    }
    let b = Buffer::simple(vm, obj)?;
    Ok(f(b.as_slice()))
}
