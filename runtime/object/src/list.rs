//! List objects: CPython's layout (size, item pointer, capacity).
//!
//! Invariants: `len <= cap`; the first `len` items are bound. `items` comes from the global
//! allocator with capacity `cap` (dangling when `cap` is 0). Safe accessors hand out owned
//! references, since anything that runs Python code may change the list.

use std::alloc::{Layout as MemLayout, alloc, dealloc, realloc};
use std::cell::Cell;

use crate::error::PyResult;
use crate::header::{Header, alloc_raw};
use crate::obj::{Obj, Py, Ref};
use crate::table_layout;
use crate::ty::PyType;
use crate::value::Value;
use crate::vm::Vm;

/// A list.
#[repr(C)]
pub struct PyList {
    header: Header,
    pub(crate) len: Cell<isize>,
    pub(crate) items: Cell<*mut Value>,
    cap: Cell<isize>,
}
table_layout!(PyList => list);

impl PyList {
    /// A list owning `items`.
    pub fn new(vm: &Vm, items: Vec<Obj>) -> Py<PyList> {
        let list = Self::empty(vm);
        list.install(items);
        list
    }
    /// An empty list.
    #[inline]
    pub fn empty(vm: &Vm) -> Py<PyList> {
        let Some(p) = alloc_raw(vm.types.list, size_of::<PyList>()) else { crate::memory::out_of_memory() };
        // SAFETY: fresh memory of the right size; we own the one reference.
        unsafe {
            let l = p.as_ptr() as *mut PyList;
            (*l).len = Cell::new(0);
            (*l).items = Cell::new(std::ptr::dangling_mut());
            (*l).cap = Cell::new(0);
            crate::gc::track(vm, &(*l).header);
            Py::from_ptr(l)
        }
    }
    /// A list that takes over the references at `src`.
    ///
    /// # Safety
    /// `src..src+n` are bound values whose ownership moves to the list.
    #[inline]
    pub unsafe fn from_moved(vm: &Vm, src: *const Value, n: usize) -> PyResult<Py<PyList>> {
        let list = Self::empty(vm);
        list.reserve_exact(vm, n)?;
        // SAFETY: `n` slots were reserved.
        unsafe { std::ptr::copy_nonoverlapping(src, list.items.get(), n) };
        list.len.set(n as isize);
        Ok(list)
    }
    /// A fresh instance of a subtype, empty.
    pub fn new_subtype(vm: &Vm, ty: &PyType) -> PyResult<Obj> {
        let obj = crate::instance::alloc_instance(vm, ty, 0)?;
        // SAFETY: a fresh object laid out as `PyList`.
        let l = unsafe { obj.r().downcast_unchecked::<PyList>() };
        l.items.set(std::ptr::dangling_mut());
        Ok(obj)
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get() as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub fn capacity(&self) -> usize {
        self.cap.get() as usize
    }
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Obj> {
        if i < self.len() {
            // SAFETY: in range; the list keeps the item alive while it is cloned.
            Some(unsafe { Ref::from_value_unchecked(*self.items.get().add(i)) }.to_obj())
        } else {
            None
        }
    }
    /// Raw storage, for the interpreter and compiled code.
    #[inline(always)]
    pub fn items_ptr(&self) -> *mut Value {
        self.items.get()
    }
    /// The items borrowed.
    ///
    /// # Safety
    /// Nothing may run Python code or change the list while the borrow lives.
    #[inline(always)]
    pub unsafe fn as_slice(&self) -> &[Obj] {
        // SAFETY: `len` bound items; the caller keeps the list unchanged.
        unsafe { std::slice::from_raw_parts(self.items.get() as *const Obj, self.len()) }
    }
    /// Replaces an item and returns the old one; the new one comes back if out of range.
    #[inline]
    pub fn set(&self, i: usize, v: Obj) -> Result<Obj, Obj> {
        if i >= self.len() {
            return Err(v);
        }
        // SAFETY: in range; the slot's reference moves out, ours moves in.
        unsafe {
            let p = self.items.get().add(i);
            let old = p.read();
            p.write(v.into_value());
            Ok(Obj::from_value(old))
        }
    }
    /// Appends.
    #[inline(always)]
    pub fn push(&self, vm: &Vm, v: Obj) -> PyResult<()> {
        let n = self.len.get();
        if n == self.cap.get() {
            self.grow(vm, n as usize + 1)?;
        }
        // SAFETY: capacity exceeds `n`.
        unsafe { self.items.get().add(n as usize).write(v.into_value()) };
        self.len.set(n + 1);
        Ok(())
    }
    /// Removes the last item.
    #[inline]
    pub fn pop(&self) -> Option<Obj> {
        let n = self.len.get();
        if n == 0 {
            return None;
        }
        self.len.set(n - 1);
        // SAFETY: the slot was in range; its reference moves out.
        Some(unsafe { Obj::from_value(self.items.get().add(n as usize - 1).read()) })
    }
    /// Inserts before position `i` (clamped to the length).
    pub fn insert(&self, vm: &Vm, i: usize, v: Obj) -> PyResult<()> {
        let n = self.len();
        let i = i.min(n);
        if n == self.capacity() {
            self.grow(vm, n + 1)?;
        }
        // SAFETY: capacity exceeds `n`; the tail moves up by one.
        unsafe {
            let p = self.items.get().add(i);
            std::ptr::copy(p, p.add(1), n - i);
            p.write(v.into_value());
        }
        self.len.set(n as isize + 1);
        Ok(())
    }
    /// Removes and returns the item at `i`.
    pub fn remove(&self, i: usize) -> Option<Obj> {
        let n = self.len();
        if i >= n {
            return None;
        }
        // SAFETY: in range; the tail moves down by one.
        unsafe {
            let p = self.items.get().add(i);
            let v = p.read();
            std::ptr::copy(p.add(1), p, n - i - 1);
            self.len.set(n as isize - 1);
            Some(Obj::from_value(v))
        }
    }
    /// Takes all items out, leaving the list empty.
    pub fn take(&self) -> Vec<Obj> {
        let (p, n, cap) = (self.items.get(), self.len(), self.capacity());
        self.items.set(std::ptr::dangling_mut());
        self.len.set(0);
        self.cap.set(0);
        if cap == 0 {
            return Vec::new();
        }
        // SAFETY: the storage came from the global allocator with this capacity, as `Vec`'s does.
        unsafe { Vec::from_raw_parts(p as *mut Obj, n, cap) }
    }
    /// Empties the list, releasing the last item first as CPython does.
    pub fn clear(&self) {
        let mut items = self.take();
        while let Some(item) = items.pop() {
            drop(item);
        }
    }
    /// Replaces the whole content; returns what was there.
    pub fn install(&self, items: Vec<Obj>) -> Vec<Obj> {
        let old = self.take();
        let mut items = std::mem::ManuallyDrop::new(items);
        if items.capacity() != 0 {
            self.items.set(items.as_mut_ptr() as *mut Value);
            self.cap.set(items.capacity() as isize);
            self.len.set(items.len() as isize);
        }
        old
    }
    /// New references to all items.
    pub fn to_vec(&self) -> Vec<Obj> {
        // SAFETY: cloning runs no Python code.
        unsafe { self.as_slice() }.to_vec()
    }
    /// Replaces items `start..end` (clamped) by `with`; returns the removed ones.
    pub fn splice(&self, start: usize, end: usize, mut with: Vec<Obj>) -> Vec<Obj> {
        let n = self.len();
        if start <= end && end <= n && end - start == with.len() {
            // SAFETY: in range; swapping runs no Python code.
            unsafe { std::ptr::swap_nonoverlapping(self.items.get().add(start), with.as_mut_ptr().cast::<Value>(), with.len()) };
            return with;
        }
        let mut all = self.take();
        let start = start.min(all.len());
        let end = end.clamp(start, all.len());
        let removed: Vec<Obj> = all.splice(start..end, with).collect();
        self.install(all);
        removed
    }
    /// Appends all of `items`.
    pub fn extend(&self, vm: &Vm, items: impl ExactSizeIterator<Item = Obj>) -> PyResult<()> {
        let need = self.len() + items.len();
        if self.capacity() == 0 && need > 0 {
            // A list that begins with many items seldom grows: it gets what it needs, evenly.
            self.set_capacity(vm, (need + 1) & !1)?;
        } else if need > self.capacity() {
            self.grow(vm, need)?;
        }
        for item in items {
            self.push(vm, item)?;
        }
        Ok(())
    }
    /// Room for exactly `n` items in an empty list.
    pub fn reserve_exact(&self, vm: &Vm, n: usize) -> PyResult<()> {
        if n > self.capacity() { self.set_capacity(vm, n) } else { Ok(()) }
    }
    /// CPython's growth: about an eighth extra.
    #[cold]
    #[inline(never)]
    fn grow(&self, vm: &Vm, need: usize) -> PyResult<()> {
        let new = (need + (need >> 3) + 6) & !3;
        self.set_capacity(vm, new)
    }
    /// Gives unused capacity back after shrinking.
    pub fn shrink(&self, vm: &Vm) -> PyResult<()> {
        let (n, cap) = (self.len(), self.capacity());
        if n < cap / 2 && cap > 16 { self.set_capacity(vm, (n + (n >> 3) + 6) & !3) } else { Ok(()) }
    }
    fn set_capacity(&self, vm: &Vm, new: usize) -> PyResult<()> {
        if new > isize::MAX as usize / 8 {
            return Err(vm.memory_error());
        }
        let old = self.capacity();
        debug_assert!(new >= self.len() && new > 0);
        // SAFETY: sizes are checked above; the old block has capacity `old`.
        let p = unsafe {
            let layout = MemLayout::array::<Value>(new).unwrap_unchecked();
            if old == 0 {
                alloc(layout)
            } else {
                realloc(self.items.get() as *mut u8, MemLayout::array::<Value>(old).unwrap_unchecked(), new * 8)
            }
        };
        if p.is_null() {
            return Err(vm.memory_error());
        }
        self.items.set(p as *mut Value);
        self.cap.set(new as isize);
        Ok(())
    }
}

impl Drop for PyList {
    fn drop(&mut self) {
        let (p, n, cap) = (self.items.get(), self.len(), self.capacity());
        self.len.set(0);
        if cap != 0 {
            // SAFETY: the items are ours; the block came from the global allocator.
            unsafe {
                for i in (0..n).rev() {
                    drop(Obj::from_value(p.add(i).read()));
                }
                dealloc(p as *mut u8, MemLayout::array::<Value>(cap).unwrap_unchecked());
            }
        }
    }
}

/// The traverse function of lists and their subtypes.
///
/// # Safety
/// `p` is a list.
pub unsafe fn traverse_list(p: *const Header, v: &mut crate::gc::Visitor<'_>) {
    // SAFETY: by contract; the visitor runs no Python code.
    unsafe {
        for o in (*(p as *const PyList)).as_slice() {
            v.visit(o.value());
        }
        crate::instance::traverse_attrs(p, 0, v);
    }
}

/// The clear function of lists.
///
/// # Safety
/// `p` is a list.
pub unsafe fn clear_list(_vm: &Vm, p: *const Header) {
    // SAFETY: by contract.
    unsafe { (*(p as *const PyList)).clear() }
}

impl Vm {
    /// A list object owning `items`.
    pub fn list(&self, items: Vec<Obj>) -> Obj {
        PyList::new(self, items).into_obj()
    }
}
