//! The buffer protocol in Python: `__buffer__` and `__release_buffer__`.
//!
//! A buffer asked of an object whose class defines `__buffer__` is the buffer of the memoryview
//! that method returns; the outer buffer info owns it. The other way round, `x.__buffer__(flags)`
//! of a native type is a memoryview over an [`Exporter`], which enters exactly the slot that was
//! named, whatever subclasses override.

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::buffer::{Buffer, BufferInfo};
use krait_object::error::PyResult;
use krait_object::function::{alloc_exact, no_header};
use krait_object::gc::{Trace, Visitor};
use krait_object::header::Header;
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::slots::{GetBufferFn, ReleaseBufferFn};
use krait_object::vm::Vm;

use super::lookup::{call_maybe, call_method};
use crate::memoryview::PyMemoryView;
use crate::types::descriptors::wrapper::PySlotWrapper;

/// What the `internal` word of a buffer made by [`slot_getbuffer`] points to.
struct Inner {
    view: Obj,
    buffer: Buffer,
}

pub(super) fn slot_getbuffer(vm: &Vm, a: Ref<'_>, flags: u32) -> PyResult<BufferInfo> {
    let arg = vm.int_i64(i64::from(flags));
    let view = call_method(vm, a, vm.names().__buffer__, &[arg.r()])?;
    if !view.r().ty(vm).is_subtype(vm.types.memoryview) {
        return Err(vm.type_error("__buffer__ returned non-memoryview object"));
    }
    let buffer = Buffer::get(vm, view.r(), flags)?;
    let i = buffer.info();
    let info = BufferInfo {
        ptr: i.ptr,
        len: i.len,
        readonly: i.readonly,
        itemsize: i.itemsize,
        format: i.format.clone(),
        shape: i.shape.clone(),
        strides: i.strides.clone(),
        suboffsets: i.suboffsets.clone(),
        internal: Cell::new(0),
    };
    info.internal.set(Box::into_raw(Box::new(Inner { view, buffer })) as usize);
    Ok(info)
}

pub(super) fn slot_releasebuffer(vm: &Vm, a: Ref<'_>, info: &BufferInfo) {
    let by_python = a.ty(vm).slots.getbuffer.get().is_some_and(|f| std::ptr::fn_addr_eq(f, slot_getbuffer as GetBufferFn));
    if !by_python {
        // Only `__release_buffer__` is overridden: the native buffer must be given back all the
        // same.
        if let Some(f) = krait_object::typedef::native_ancestor(a.ty(vm)).slots.releasebuffer.get() {
            f(vm, a, info);
        }
        return;
    }
    let p = info.internal.replace(0);
    if p == 0 {
        return;
    }
    // SAFETY: made by `slot_getbuffer`, given back once: the word was just cleared.
    let inner = unsafe { Box::from_raw(p as *mut Inner) };
    let name = vm.names().__release_buffer__;
    let native = a.ty(vm).lookup(vm, name).is_some_and(|f| f.r().is_exact::<PySlotWrapper>(vm));
    if !native {
        // The view can be released now.
        drop(inner.buffer);
        // Releasing must not lose an exception that is already on its way.
        let pending = vm.pending.take();
        if let Err(e) = call_maybe(vm, a, name, &[inner.view.r()]) {
            vm.unraisable(e, "Exception ignored in", Some(a));
        }
        if let Some(p) = pending {
            let _ = vm.raise_as_is(p);
        }
    }
}

/// `x.__release_buffer__(view)` of a native type.
pub(super) fn release_view(vm: &Vm, obj: Ref<'_>, view: Ref<'_>) -> PyResult<Obj> {
    let Some(view) = view.downcast::<PyMemoryView>(vm) else {
        return Err(vm.type_error("expected a memoryview object"));
    };
    let Some(owner) = view.owner() else { return Ok(Obj::none()) };
    let exporter = owner.r().downcast::<Exporter>(vm).map_or(owner.r(), |e| e.obj.r());
    if !exporter.ptr_eq(obj) {
        return Err(vm.value_error("memoryview's buffer is not this object"));
    }
    view.release(vm)?;
    Ok(Obj::none())
}

/// An object that exports another object's native buffer.
#[repr(C)]
pub struct Exporter {
    header: Header,
    obj: Obj,
    get: GetBufferFn,
    release: Option<ReleaseBufferFn>,
    flags: u32,
}

impl Trace for Exporter {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.obj.trace(v);
    }
}

#[pyclass("_buffer_wrapper", layout = Exporter, own, flags(DISALLOW_INSTANTIATION))]
mod exporter {
    use super::*;

    #[slot(getbuffer)]
    fn getbuffer(vm: &Vm, zelf: &Exporter, _flags: u32) -> PyResult<BufferInfo> {
        (zelf.get)(vm, zelf.obj.r(), zelf.flags)
    }

    #[slot(releasebuffer)]
    fn releasebuffer(vm: &Vm, zelf: &Exporter, info: &BufferInfo) {
        if let Some(f) = zelf.release {
            f(vm, zelf.obj.r(), info);
        }
    }
}

/// The memoryview that a native `__buffer__(flags)` returns.
pub(super) fn native_buffer(vm: &Vm, get: GetBufferFn, obj: Ref<'_>, flags: u32) -> PyResult<Obj> {
    let release = krait_object::typedef::native_ancestor(obj.ty(vm)).slots.releasebuffer.get();
    let payload = Exporter { header: no_header(), obj: obj.to_obj(), get, release, flags };
    // SAFETY: the class has this layout.
    let e = unsafe { alloc_exact(vm, Exporter::type_of(vm), payload) };
    vm.call(vm.types.memoryview.r(), &[e.r()])
}
