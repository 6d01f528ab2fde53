//! Object header, reference counts, allocation and deallocation.
//!
//! A heap object starts like CPython 3.14's `PyObject`: reference count, then type pointer. The
//! sign bit of the 32-bit count marks an immortal object; a count that would reach it saturates
//! into immortality. Types with the `GC` flag have a [`GcHead`] right before the header.
//!
//! Deep structures are freed without recursing: [`release`] nests at most [`MAX_NEST`] deep, then
//! queues what is left for the outermost call.

use std::alloc::Layout as MemLayout;
use std::cell::Cell;
use std::ptr::NonNull;

use crate::ty::{PyType, TypeFlags};
use crate::vm::{Vm, current_vm};

/// What every heap object begins with.
#[repr(C)]
pub struct Header {
    pub(crate) rc: Cell<u32>,
    pub(crate) flags: Cell<u32>,
    pub(crate) ty: Cell<*const PyType>,
}

/// Reference count of immortal objects.
pub const IMMORTAL: u32 = 0xC000_0000;

/// The object is in a collector generation list.
pub const FLAG_TRACKED: u32 = 1;
/// Weak references to the object exist in the interpreter's table.
pub const FLAG_WEAKREFS: u32 = 2;
/// `__del__` has run.
pub const FLAG_FINALIZED: u32 = 4;
/// Being deallocated; its count is held up while finalisers run.
pub const FLAG_DYING: u32 = 8;
/// First of two bits free for the collector's own marks.
pub const FLAG_GC_MARK: u32 = 16;
/// See [`FLAG_GC_MARK`].
pub const FLAG_GC_MARK2: u32 = 32;
/// First bit free for the object's own type.
pub const FLAG_TYPE_SHIFT: u32 = 16;

/// Links of a collector-tracked object, placed right before its header.
#[repr(C)]
pub struct GcHead {
    pub prev: Cell<*const GcHead>,
    pub next: Cell<*const GcHead>,
}

impl Header {
    /// A header for a static immortal object; the type is filled in at start-up.
    pub const fn immortal() -> Header {
        Header { rc: Cell::new(IMMORTAL), flags: Cell::new(0), ty: Cell::new(std::ptr::null()) }
    }

    #[inline(always)]
    pub fn incref(&self) {
        let rc = self.rc.get();
        if (rc as i32) >= 0 {
            self.rc.set(rc + 1);
        }
    }

    /// The object's type.
    #[inline(always)]
    pub fn ty(&self) -> &PyType {
        // SAFETY: `ty` is set before the header is reachable and the object owns a reference to
        // its type.
        unsafe { &*self.ty.get() }
    }

    pub fn refcount(&self) -> u32 {
        self.rc.get()
    }
    pub fn is_immortal(&self) -> bool {
        (self.rc.get() as i32) < 0
    }
    pub fn make_immortal(&self) {
        self.rc.set(IMMORTAL);
    }
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        self.flags.get()
    }
    #[inline(always)]
    pub fn set_flag(&self, f: u32) {
        self.flags.set(self.flags.get() | f);
    }
    #[inline(always)]
    pub fn clear_flag(&self, f: u32) {
        self.flags.set(self.flags.get() & !f);
    }
    /// The collector links.
    ///
    /// # Safety
    /// The object's type must have the `GC` flag.
    #[inline(always)]
    pub unsafe fn gc_head(&self) -> *const GcHead {
        // SAFETY: the caller guarantees the links are there.
        unsafe { (self as *const Header as *const GcHead).sub(1) }
    }
}

/// Increments the count of the object at `p`.
///
/// # Safety
/// `p` points to a live object.
#[inline(always)]
pub unsafe fn incref(p: *const Header) {
    // SAFETY: by contract.
    unsafe { (*p).incref() }
}

/// Decrements the count of the object at `p`; frees it at zero.
///
/// # Safety
/// `p` points to a live object and the caller owns one reference, which is gone afterwards.
#[inline(always)]
pub unsafe fn decref(p: *const Header) {
    // SAFETY: by contract.
    unsafe {
        let rc = (*p).rc.get();
        if (rc as i32) < 0 {
            return;
        }
        (*p).rc.set(rc - 1);
        if rc == 1 {
            release(p);
        }
    }
}

/// How deep deallocation may nest before the rest is queued.
pub const MAX_NEST: u32 = 50;

/// Frees an object whose count reached zero: weak references, finaliser, payload, memory.
///
/// # Safety
/// The count of `p` is zero and nothing else refers to it.
#[cold]
#[inline(never)]
pub unsafe fn release(p: *const Header) {
    let Some(vm) = current_vm() else { return };
    let depth = vm.dealloc_depth.get();
    if depth >= MAX_NEST {
        // A `__del__` that makes another object of its kind would be run from the queue for ever;
        // run at once it ends at the recursion limit, as it does in CPython.
        // SAFETY: by contract.
        let waits = unsafe { !(*p).ty().has_flag(TypeFlags::HEAP) || finalize(vm, &*p) };
        if waits {
            vm.dealloc_queue.borrow_mut().push(p);
        }
        return;
    }
    vm.dealloc_depth.set(depth + 1);
    // SAFETY: by contract.
    unsafe { destroy(vm, p) };
    if depth == 0 {
        loop {
            let next = vm.dealloc_queue.borrow_mut().pop();
            let Some(q) = next else { break };
            // SAFETY: queued by `release` with a count of zero.
            unsafe { destroy(vm, q) };
        }
    }
    vm.dealloc_depth.set(depth);
}

/// Runs the finaliser of a dead object unless it ran before; false if that resurrected the object.
fn finalize(vm: &Vm, h: &Header) -> bool {
    if h.ty().has_flag(TypeFlags::FINALIZE) && h.flags() & FLAG_FINALIZED == 0 {
        h.set_flag(FLAG_FINALIZED);
        h.rc.set(1);
        crate::finalize::run_finalizer(vm, h);
        let rc = h.rc.get();
        h.rc.set(rc - 1);
        return rc == 1;
    }
    true
}

/// # Safety
/// As [`release`].
unsafe fn destroy(vm: &Vm, p: *const Header) {
    // SAFETY: `p` is valid until freed below; `free_object` is called once.
    unsafe {
        let h = &*p;
        let ty = h.ty();
        if !finalize(vm, h) {
            return;
        }
        if h.flags() & FLAG_WEAKREFS != 0 {
            h.rc.set(1);
            crate::weakref::clear_weakrefs(vm, h);
            let rc = h.rc.get();
            if rc > 1 {
                h.rc.set(rc - 1);
                return;
            }
            h.rc.set(0);
        }
        if h.flags() & FLAG_TRACKED != 0 {
            crate::gc::untrack(vm, h);
        }
        let ty_ptr = h.ty.get();
        let dealloc = ty.dealloc.get();
        dealloc(vm, p as *mut Header);
        // Heap types are referenced by their instances.
        if !(*ty_ptr).header().is_immortal() {
            decref(ty_ptr as *const Header);
        }
    }
}

/// Raw size and start of the block that holds an object.
fn block_layout(size: usize, gc: bool) -> (MemLayout, usize) {
    let pre = if gc { size_of::<GcHead>() } else { 0 };
    let total = (size + pre + 7) & !7;
    // SAFETY: the alignment is a power of two and sizes are checked by `alloc_raw`.
    (unsafe { MemLayout::from_size_align_unchecked(total, 8) }, pre)
}

/// Allocates `size` bytes for an object of type `ty` and writes its header with count 1. The rest
/// of the memory is uninitialised. `None` when memory is exhausted or the size is absurd.
#[inline]
pub fn alloc_raw(ty: &PyType, size: usize) -> Option<NonNull<Header>> {
    if size > isize::MAX as usize - 64 {
        return None;
    }
    let (layout, pre) = block_layout(size, ty.has_flag(TypeFlags::GC));
    // SAFETY: the layout's size is not zero: objects are at least a header.
    let base = unsafe { std::alloc::alloc(layout) };
    if base.is_null() {
        return None;
    }
    // SAFETY: the block holds `pre` bytes of links and then at least a header.
    unsafe {
        let h = base.add(pre) as *mut Header;
        h.write(Header { rc: Cell::new(1), flags: Cell::new(0), ty: Cell::new(ty) });
        ty.header().incref();
        Some(NonNull::new_unchecked(h))
    }
}

/// Returns the memory of a dead object.
///
/// # Safety
/// `p` came from [`alloc_raw`] with the same `size` and a type with the same `GC` flag; its
/// payload has been dropped.
#[inline]
pub unsafe fn free_raw(p: *mut Header, size: usize, gc: bool) {
    let (layout, pre) = block_layout(size, gc);
    // SAFETY: by contract this is the block `alloc_raw` returned.
    unsafe { std::alloc::dealloc((p as *mut u8).sub(pre), layout) }
}

/// Changes the size of an object's block, which may move. `None` leaves everything as it was.
///
/// # Safety
/// `p` came from [`alloc_raw`] with size `old` and the same `GC` flag; nothing else refers to the
/// object, and it is not tracked.
pub unsafe fn realloc_raw(p: *mut Header, old: usize, new: usize, gc: bool) -> Option<NonNull<Header>> {
    if new > isize::MAX as usize - 64 {
        return None;
    }
    let (layout, pre) = block_layout(old, gc);
    let (new_layout, _) = block_layout(new, gc);
    // SAFETY: by contract this is the block `alloc_raw` returned; the new size is in bounds.
    unsafe {
        let base = std::alloc::realloc((p as *mut u8).sub(pre), layout, new_layout.size());
        NonNull::new(base).map(|b| NonNull::new_unchecked(b.as_ptr().add(pre) as *mut Header))
    }
}
