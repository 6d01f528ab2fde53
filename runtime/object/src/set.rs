//! `set` and `frozenset` objects: one layout, CPython's table.
//!
//! Open addressing with short linear runs before each jump, dummies for deleted elements, and
//! CPython's growth rules, so that sets iterate in CPython's order. Tables of eight slots are
//! inside the object.
//!
//! Lookups may run `__eq__` methods, which may change the set: `epoch` counts replacements of the
//! table; after any such call the lookup checks it and the slot's key, and starts over if either
//! changed. References that leave the table are dropped only after the table is consistent.
//!
//! Invariants: the number of slots is a power of two; `fill` counts slots that are not free, `used`
//! those that hold an element; at least one slot is free.

mod merge;
mod table;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use crate::error::PyResult;
use crate::gc::Visitor;
use crate::header::{Header, alloc_raw, free_raw};
use crate::obj::{Layout, Obj, Py, Ref};
use crate::ty::{PyType, TypeFlags};
use crate::value::Value;
use crate::vm::Vm;
use table::{MIN_SLOTS, Slot};

/// A set or frozenset object.
#[repr(C)]
pub struct PySet {
    header: Header,
    fill: Cell<usize>,
    used: Cell<usize>,
    mask: Cell<usize>,
    /// The inline slots, or a block of `mask + 1` of our own.
    table: Cell<*mut Slot>,
    /// Of a frozenset; -1 until computed.
    hash: Cell<i64>,
    /// Where `pop` looks next.
    finger: Cell<usize>,
    epoch: Cell<usize>,
    small: [Slot; MIN_SLOTS],
}

// SAFETY: `PySet` is repr(C) and begins with a header; `set` and its subtypes have this layout.
// Frozensets have it too but are no instances of `set`: see `as_any_set`.
unsafe impl Layout for PySet {
    #[inline(always)]
    fn type_of(vm: &Vm) -> &PyType {
        vm.types.set
    }
}

/// A frozenset object: a [`PySet`] that is never changed once shared.
#[repr(transparent)]
pub struct PyFrozenSet(PySet);

// SAFETY: the same layout under its own type.
unsafe impl Layout for PyFrozenSet {
    #[inline(always)]
    fn type_of(vm: &Vm) -> &PyType {
        vm.types.frozenset
    }
}

impl std::ops::Deref for PyFrozenSet {
    type Target = PySet;
    fn deref(&self) -> &PySet {
        &self.0
    }
}

/// The storage of a set or frozenset (or of a subtype's instance).
#[inline]
pub fn as_any_set<'a>(vm: &Vm, o: Ref<'a>) -> Option<&'a PySet> {
    match o.downcast::<PySet>(vm) {
        Some(s) => Some(s),
        None => o.downcast::<PyFrozenSet>(vm).map(|f| &f.0),
    }
}

impl PySet {
    /// An empty set.
    pub fn new(vm: &Vm) -> Py<PySet> {
        // SAFETY: just made with this layout.
        unsafe { Self::alloc(vm, vm.types.set).downcast_unchecked() }
    }
    /// An empty frozenset, to be filled before it is shared.
    pub fn new_frozen(vm: &Vm) -> Py<PyFrozenSet> {
        // SAFETY: just made with this layout.
        unsafe { Self::alloc(vm, vm.types.frozenset).downcast_unchecked() }
    }
    /// An empty instance of `ty`: `set`, `frozenset` or a subtype.
    pub fn new_subtype(vm: &Vm, ty: &PyType) -> PyResult<Obj> {
        if std::ptr::eq(ty, vm.types.set) || std::ptr::eq(ty, vm.types.frozenset) {
            return Ok(Self::alloc(vm, ty));
        }
        // SAFETY: a fresh object laid out as `PySet`.
        crate::instance::alloc_var_instance(vm, ty, 0, |p| unsafe { Self::init(p) })
    }
    fn alloc(vm: &Vm, ty: &PyType) -> Obj {
        let Some(p) = alloc_raw(ty, size_of::<PySet>()) else { crate::memory::out_of_memory() };
        // SAFETY: fresh memory of the right size; we own the one reference.
        unsafe {
            Self::init(p.as_ptr());
            crate::gc::track(vm, p.as_ref());
            Obj::from_value(Value::from_ptr(p.as_ptr()))
        }
    }
    /// # Safety
    /// `p` is fresh memory laid out as `PySet` with a valid header.
    unsafe fn init(p: *mut Header) {
        // SAFETY: by contract. Objects never move, so the set may point into itself.
        unsafe {
            let s = p as *mut PySet;
            (*s).fill = Cell::new(0);
            (*s).used = Cell::new(0);
            (*s).mask = Cell::new(MIN_SLOTS - 1);
            (*s).table = Cell::new((&raw mut (*s).small) as *mut Slot);
            (*s).hash = Cell::new(-1);
            (*s).finger = Cell::new(0);
            (*s).epoch = Cell::new(0);
            for i in 0..MIN_SLOTS {
                (&raw mut (*s).small[i]).write(Slot::free());
            }
        }
    }

    /// Number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.used.get() == 0
    }
    /// Bytes of the set and its table, for `sys.getsizeof`.
    pub fn size_in_bytes(&self) -> usize {
        let table = if self.is_small() { 0 } else { (self.mask.get() + 1) * size_of::<Slot>() };
        size_of::<PySet>() + table
    }

    /// Adds an element; false if it was there. Unhashable ones raise TypeError.
    #[inline]
    pub fn add(&self, vm: &Vm, key: Ref<'_>) -> PyResult<bool> {
        let hash = hash_element(vm, key)?;
        self.add_hashed(vm, key, hash)
    }
    /// Is the element present?
    #[inline]
    pub fn contains(&self, vm: &Vm, key: Ref<'_>) -> PyResult<bool> {
        let hash = hash_element(vm, key)?;
        self.contains_hashed(vm, key, hash)
    }
    /// Removes an element; false if it was not there.
    pub fn discard(&self, vm: &Vm, key: Ref<'_>) -> PyResult<bool> {
        let hash = hash_element(vm, key)?;
        self.discard_hashed(vm, key, hash)
    }
    /// The next element from slot `pos` on and its hash; `pos` is moved behind it. Positions stay
    /// meaningful when the set changes.
    #[inline]
    pub fn next_entry(&self, pos: &mut usize) -> Option<(Obj, i64)> {
        let mut i = *pos;
        while i <= self.mask.get() {
            let s = self.slot(i);
            i += 1;
            if s.is_element() {
                *pos = i;
                // SAFETY: elements are bound and held by the table.
                return Some((unsafe { Ref::from_value_unchecked(s.key.get()) }.to_obj(), s.hash.get()));
            }
        }
        *pos = i;
        None
    }
    /// All elements in order.
    pub fn to_vec(&self) -> Vec<Obj> {
        let (mut pos, mut out) = (0, Vec::with_capacity(self.len()));
        while let Some((k, _)) = self.next_entry(&mut pos) {
            out.push(k);
        }
        out
    }
    /// The hash of a frozenset, which does not depend on the order. Kept once computed.
    pub fn frozen_hash(&self) -> i64 {
        let known = self.hash.get();
        if known != -1 {
            return known;
        }
        let h = self.compute_hash();
        self.hash.set(h);
        h
    }
    /// The hash if [`frozen_hash`](Self::frozen_hash) has computed it.
    pub fn known_hash(&self) -> Option<i64> {
        Some(self.hash.get()).filter(|h| *h != -1)
    }
    /// The order-independent hash of the elements, computed anew (for `set` keys looked up in
    /// other sets).
    pub fn compute_hash(&self) -> i64 {
        fn shuffle(h: u64) -> u64 {
            ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167)
        }
        let mut h: u64 = 0;
        let mut pos = 0;
        while pos <= self.mask.get() {
            let s = self.slot(pos);
            if s.is_element() {
                h ^= shuffle(s.hash.get() as u64);
            }
            pos += 1;
        }
        h ^= (self.used.get() as u64 + 1).wrapping_mul(1_927_868_237);
        h ^= (h >> 11) ^ (h >> 25);
        h = h.wrapping_mul(69_069).wrapping_add(907_133_923);
        if h == u64::MAX { 590_923_713 } else { h as i64 }
    }
}

/// The hash of a prospective element. An unhashable one raises TypeError in the words of sets.
#[inline]
pub fn hash_element(vm: &Vm, key: Ref<'_>) -> PyResult<i64> {
    vm.hash(key).map_err(|e| crate::dict::unhashable(vm, e, key, "a set element"))
}

impl Drop for PySet {
    fn drop(&mut self) {
        self.release_table();
    }
}

/// The dealloc function of sets, frozensets and subtypes.
///
/// # Safety
/// `p` is a dead set object.
pub unsafe fn dealloc_set(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract; nothing reads the object afterwards.
    unsafe {
        let ty = &*(*p).ty.get();
        std::ptr::drop_in_place(p as *mut PySet);
        let size = crate::instance::instance_size(ty, p, 0);
        crate::instance::drop_attrs(vm, ty, p, 0);
        free_raw(p, size, ty.has_flag(TypeFlags::GC));
    }
}

/// The traverse function of sets, frozensets and subtypes.
///
/// # Safety
/// `p` is a set object.
pub unsafe fn traverse_set(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: by contract; the visitor runs no Python code.
    unsafe {
        let s = &*(p as *const PySet);
        for i in 0..=s.mask.get() {
            let slot = s.slot(i);
            if slot.is_element() {
                v.visit(slot.key.get());
            }
        }
        crate::instance::traverse_attrs(p, 0, v);
    }
}

/// The clear function of sets and subtypes.
///
/// # Safety
/// `p` is a set object.
pub unsafe fn clear_set(_vm: &Vm, p: *const Header) {
    // SAFETY: by contract.
    unsafe {
        (*(p as *const PySet)).clear();
        crate::instance::clear_attrs(p, 0);
    }
}
