//! Tuple objects: CPython 3.14's layout (size, cached hash, items).
//!
//! Invariant: all items are bound once the tuple is reachable.

use std::cell::Cell;

use crate::error::PyResult;
use crate::header::{Header, alloc_raw, free_raw};
use crate::obj::{Obj, Py, Ref};
use crate::table_layout;
use crate::ty::{PyType, TypeFlags};
use crate::value::Value;
use crate::vm::Vm;

/// A tuple; `len` items follow the struct.
#[repr(C)]
pub struct PyTuple {
    header: Header,
    pub(crate) len: Cell<isize>,
    /// -1 until computed.
    pub hash: Cell<isize>,
    pub(crate) items: [Value; 0],
}
table_layout!(PyTuple => tuple);

impl PyTuple {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get() as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The items. Tuples are immutable, so the borrow is good while the tuple lives.
    #[inline(always)]
    pub fn as_slice(&self) -> &[Obj] {
        // SAFETY: `len` bound items follow the struct; `Obj` is a transparent word.
        unsafe { std::slice::from_raw_parts(self.items.as_ptr() as *const Obj, self.len()) }
    }
    #[inline(always)]
    pub fn as_refs(&self) -> &[Ref<'_>] {
        crate::obj::refs(self.as_slice())
    }
    #[inline]
    pub fn get(&self, i: usize) -> Option<&Obj> {
        self.as_slice().get(i)
    }
    /// Pointer to the first item, for compiled code and the interpreter.
    #[inline(always)]
    pub fn items_ptr(&self) -> *const Value {
        self.items.as_ptr()
    }
    /// A tuple owning `items`. The empty one is shared.
    pub fn new(vm: &Vm, items: Vec<Obj>) -> Py<PyTuple> {
        Self::from_iter_exact(vm, items.len(), items.into_iter())
    }
    /// A tuple of new references.
    pub fn from_refs(vm: &Vm, items: &[Ref<'_>]) -> Py<PyTuple> {
        Self::from_iter_exact(vm, items.len(), items.iter().map(|r| r.to_obj()))
    }
    /// A tuple of the first `n` items of an iterator that has at least `n`.
    pub fn from_iter_exact(vm: &Vm, n: usize, mut items: impl Iterator<Item = Obj>) -> Py<PyTuple> {
        if n == 0
            && let Some(e) = vm.interp.empty_tuple.get()
        {
            // SAFETY: the shared empty tuple is a tuple.
            return unsafe { e.clone().downcast_unchecked() };
        }
        let t = Self::alloc(vm, vm.types.tuple, n);
        for i in 0..n {
            let Some(item) = items.next() else { unreachable!("iterator shorter than promised") };
            // SAFETY: `i < n` and the slot is uninitialised; nobody else sees the tuple yet.
            unsafe { (t.items.as_ptr() as *mut Value).add(i).write(item.into_value()) };
        }
        Self::finish(vm, &t);
        if n == 0 {
            let _ = vm.interp.empty_tuple.set(t.clone().into_obj());
        }
        t
    }
    /// A tuple that takes over the references at `src`.
    ///
    /// # Safety
    /// `src..src+n` are bound values whose ownership moves to the tuple.
    #[inline]
    pub unsafe fn from_moved(vm: &Vm, src: *const Value, n: usize) -> Py<PyTuple> {
        if n == 0 {
            return Self::new(vm, Vec::new());
        }
        let t = Self::alloc(vm, vm.types.tuple, n);
        // SAFETY: `n` slots were allocated.
        unsafe { std::ptr::copy_nonoverlapping(src, t.items.as_ptr() as *mut Value, n) };
        Self::finish(vm, &t);
        t
    }
    /// An instance of a subtype of `tuple` (or `tuple` itself).
    pub fn new_subtype(vm: &Vm, ty: &PyType, items: Vec<Obj>) -> PyResult<Obj> {
        if std::ptr::eq(ty, vm.types.tuple) {
            return Ok(Self::new(vm, items).into_obj());
        }
        let n = items.len();
        let obj = crate::instance::alloc_var_instance(vm, ty, n, |p| {
            // SAFETY: a fresh tuple with room for `n` items.
            unsafe {
                let t = &*(p as *const PyTuple);
                t.len.set(n as isize);
                t.hash.set(-1);
                for (i, item) in items.into_iter().enumerate() {
                    (t.items.as_ptr() as *mut Value).add(i).write(item.into_value());
                }
            }
        })?;
        Ok(obj)
    }
    /// Hides the items from `n` on.
    ///
    /// # Safety
    /// The tuple is fresh and unshared, `n` is at most its length, and its type's dealloc and
    /// traverse functions know about the hidden items.
    pub unsafe fn set_visible_len(&self, n: usize) {
        debug_assert!(n <= self.len());
        self.len.set(n as isize);
    }
    /// An untracked tuple with room for `n` items, all still uninitialised.
    #[inline]
    fn alloc(_vm: &Vm, ty: &PyType, n: usize) -> Py<PyTuple> {
        let size = size_of::<PyTuple>() + n * 8;
        let Some(p) = alloc_raw(ty, size) else { crate::memory::out_of_memory() };
        // SAFETY: fresh memory of the right size; we own the one reference.
        unsafe {
            let t = p.as_ptr() as *mut PyTuple;
            (*t).len = Cell::new(n as isize);
            (*t).hash = Cell::new(-1);
            Py::from_ptr(t)
        }
    }
    /// Tracks the tuple unless it can never be part of a cycle.
    #[inline]
    fn finish(vm: &Vm, t: &PyTuple) {
        if t.as_slice().iter().any(|o| may_be_tracked(o.r())) {
            crate::gc::track(vm, &t.header);
        }
    }
}

/// Could the object take part in a reference cycle?
#[inline(always)]
pub fn may_be_tracked(o: Ref<'_>) -> bool {
    o.header().is_some_and(|h| h.ty().has_flag(TypeFlags::GC))
}

/// The dealloc function of tuples and their subtypes.
///
/// # Safety
/// `p` is a dead tuple.
pub unsafe fn dealloc_tuple(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract.
    unsafe {
        let ty = &*(*p).ty.get();
        let t = &*(p as *const PyTuple);
        let n = t.len();
        let items = t.items.as_ptr() as *mut Value;
        for i in 0..n {
            drop(Obj::from_value_opt(items.add(i).read()));
        }
        let size = crate::instance::instance_size(ty, p, n);
        crate::instance::drop_attrs(vm, ty, p, n);
        free_raw(p, size, true);
    }
}

/// The traverse function of tuples and their subtypes.
///
/// # Safety
/// `p` is a tuple.
pub unsafe fn traverse_tuple(p: *const Header, v: &mut crate::gc::Visitor<'_>) {
    // SAFETY: by contract.
    unsafe {
        for o in (*(p as *const PyTuple)).as_slice() {
            v.visit(o.value());
        }
        let n = (*(p as *const PyTuple)).len();
        crate::instance::traverse_attrs(p, n, v);
    }
}

impl Vm {
    /// A tuple object owning `items`.
    pub fn tuple(&self, items: Vec<Obj>) -> Obj {
        PyTuple::new(self, items).into_obj()
    }
}
