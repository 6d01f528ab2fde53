//! Weak references.
//!
//! Objects have no room for a weakref list. The interpreter's table maps an object's address to
//! the first of its weakrefs, which are linked with each other; a header flag says whether there
//! are any. The order is CPython's: the shared plain `ref` first, then the shared proxy, then all
//! others with the youngest first. Callbacks run in that order.
//!
//! Invariants: a weakref whose `referent` is not null is in the list of that object; the flag is
//! set exactly while the table has a list. Weakrefs own nothing but their callback. An object with
//! a count of zero is dying and counts as dead.

use std::cell::{Cell, RefCell};

use crate::address_map::AddressMap;
use crate::error::PyResult;
use crate::gc::{Trace, Visitor};
use crate::header::{FLAG_WEAKREFS, Header, free_raw};
use crate::obj::{Layout, Obj, Py, Ref};
use crate::table_layout;
use crate::ty::{PyType, TypeFlags};
use crate::value::Value;
use crate::vm::Vm;

/// A weak reference or proxy.
#[repr(C)]
pub struct PyWeakref {
    header: Header,
    referent: Cell<*const Header>,
    callback: Cell<Option<Obj>>,
    /// The referent's hash once asked for, else -1.
    pub hash: Cell<i64>,
    prev: Cell<*const PyWeakref>,
    next: Cell<*const PyWeakref>,
}
table_layout!(PyWeakref => weakref);

/// First weakref of each object that has any.
#[derive(Default)]
pub struct WeakrefTable {
    first: RefCell<AddressMap<usize, *const PyWeakref>>,
}

impl WeakrefTable {
    fn get(&self, h: *const Header) -> *const PyWeakref {
        self.first.borrow().get(&(h as usize)).copied().unwrap_or(std::ptr::null())
    }
    /// Sets the first weakref of an object; null removes the list.
    fn set(&self, h: &Header, w: *const PyWeakref) {
        let mut map = self.first.borrow_mut();
        if w.is_null() {
            map.remove(&(h as *const Header as usize));
            h.clear_flag(FLAG_WEAKREFS);
        } else {
            map.insert(h as *const Header as usize, w);
            h.set_flag(FLAG_WEAKREFS);
        }
    }
}

/// The weakrefs of an object, in order. The caller must not change the list meanwhile.
fn list(vm: &Vm, h: &Header) -> impl Iterator<Item = &'static PyWeakref> + use<> {
    let mut w = if h.flags() & FLAG_WEAKREFS == 0 { std::ptr::null() } else { vm.interp.weakrefs.get(h) };
    std::iter::from_fn(move || {
        // SAFETY: listed weakrefs are allocated: they leave the list before their memory is freed.
        let r = unsafe { w.as_ref::<'static>() }?;
        w = r.next.get();
        Some(r)
    })
}

/// Whether the object's type is one of the two proxies.
fn is_proxy_type(vm: &Vm, ty: &PyType) -> bool {
    std::ptr::eq(ty, vm.types.weakproxy) || std::ptr::eq(ty, vm.types.weakcallableproxy)
}

/// The weakref structure of a `weakref.ref` (or subtype) or proxy.
pub fn as_any_weakref<'a>(vm: &Vm, o: Ref<'a>) -> Option<&'a PyWeakref> {
    if let Some(w) = o.downcast::<PyWeakref>(vm) {
        return Some(w);
    }
    // SAFETY: both proxy types have this layout and cannot be subclassed.
    is_proxy_type(vm, o.ty(vm)).then(|| unsafe { o.downcast_unchecked() })
}

/// The shared `ref` and the shared proxy of an object: exact types without callback.
fn shared(vm: &Vm, h: &Header) -> (Option<&'static PyWeakref>, Option<&'static PyWeakref>) {
    let mut all = list(vm, h).peekable();
    let plain = |w: &PyWeakref| !w.has_callback();
    let first = all.next_if(|w| plain(w) && std::ptr::eq(w.header.ty(), vm.types.weakref));
    let second = all.next_if(|w| plain(w) && is_proxy_type(vm, w.header.ty()));
    (first, second)
}

/// A weak reference of type `ty` (`ref`, a subtype, or a proxy type) to `obj`. Without callback,
/// the exact types share one object. `None` as callback is no callback.
pub fn new_weakref(vm: &Vm, ty: &PyType, obj: Ref<'_>, callback: Option<Obj>) -> PyResult<Py<PyWeakref>> {
    let h = match obj.header() {
        Some(h) if h.ty().has_flag(TypeFlags::WEAKREF) => h,
        _ => return Err(vm.type_error(format!("cannot create weak reference to '{}' object", obj.ty(vm).tp_name()))),
    };
    let callback = callback.filter(|c| !c.r().is_none());
    let exact = std::ptr::eq(ty, vm.types.weakref);
    let proxy = is_proxy_type(vm, ty);
    if callback.is_none() {
        let (r, p) = shared(vm, h);
        let reuse = if exact { r } else { p.filter(|_| proxy) };
        if let Some(w) = reuse
            && w.header.refcount() != 0
        {
            return Ok(w.to_py());
        }
    }
    let plain = callback.is_none();
    let new = crate::instance::alloc_var_instance(vm, ty, 0, |p| {
        // SAFETY: a fresh object laid out as `PyWeakref`.
        unsafe {
            let w = p as *mut PyWeakref;
            (&raw mut (*w).referent).write(Cell::new(h));
            (&raw mut (*w).callback).write(Cell::new(callback));
            (&raw mut (*w).hash).write(Cell::new(-1));
            (&raw mut (*w).prev).write(Cell::new(std::ptr::null()));
            (&raw mut (*w).next).write(Cell::new(std::ptr::null()));
        }
    })?;
    // SAFETY: just made with this layout.
    let new: Py<PyWeakref> = unsafe { new.downcast_unchecked() };
    let (r, p) = shared(vm, h);
    let after = match (plain && exact, plain && proxy) {
        (true, _) => None,
        (_, true) => r,
        _ => p.or(r),
    };
    insert(vm, h, &new, after);
    Ok(new)
}

/// Links a new weakref behind `after`, or first.
fn insert(vm: &Vm, h: &Header, new: &PyWeakref, after: Option<&PyWeakref>) {
    let next = match after {
        Some(a) => {
            new.prev.set(a);
            a.next.replace(new)
        }
        None => {
            let first = if h.flags() & FLAG_WEAKREFS == 0 { std::ptr::null() } else { vm.interp.weakrefs.get(h) };
            vm.interp.weakrefs.set(h, new);
            first
        }
    };
    new.next.set(next);
    // SAFETY: listed weakrefs are allocated.
    if let Some(n) = unsafe { next.as_ref() } {
        n.prev.set(new);
    }
}

impl PyWeakref {
    /// The referent, if it is alive.
    #[inline]
    pub fn upgrade(&self) -> Option<Obj> {
        let p = self.referent.get();
        // SAFETY: `referent` is null unless the object is still allocated.
        if p.is_null() || unsafe { (*p).refcount() } == 0 {
            return None;
        }
        // SAFETY: alive by the check.
        Some(unsafe { Ref::from_value_unchecked(Value::from_ptr(p)) }.to_obj())
    }
    #[inline]
    pub fn is_dead(&self) -> bool {
        let p = self.referent.get();
        // SAFETY: as in `upgrade`.
        p.is_null() || unsafe { (*p).refcount() } == 0
    }
    fn has_callback(&self) -> bool {
        // SAFETY: only peeked at.
        unsafe { (*self.callback.as_ptr()).is_some() }
    }
    /// `__callback__`.
    pub fn callback(&self) -> Option<Obj> {
        // SAFETY: only cloned; the cell keeps its content meanwhile.
        unsafe { (*self.callback.as_ptr()).clone() }
    }
    /// Forgets the referent.
    fn detach(&self, vm: &Vm) {
        let p = self.referent.replace(std::ptr::null());
        // SAFETY: `referent` is null unless the object is still allocated.
        let Some(h) = (unsafe { p.as_ref() }) else { return };
        let (prev, next) = (self.prev.replace(std::ptr::null()), self.next.replace(std::ptr::null()));
        // SAFETY: listed weakrefs are allocated.
        unsafe {
            if let Some(n) = next.as_ref() {
                n.prev.set(prev);
            }
            match prev.as_ref() {
                Some(p) => p.next.set(next),
                None => vm.interp.weakrefs.set(h, next),
            }
        }
    }
}

/// Number of weakrefs and proxies to an object.
pub fn count(vm: &Vm, obj: Ref<'_>) -> usize {
    obj.header().map_or(0, |h| list(vm, h).filter(|w| w.header.refcount() != 0).count())
}

/// The weakrefs and proxies to an object, in order.
pub fn all(vm: &Vm, obj: Ref<'_>) -> Vec<Obj> {
    obj.header().map_or_else(Vec::new, |h| list(vm, h).filter(|w| w.header.refcount() != 0).map(|w| w.to_obj()).collect())
}

/// Calls a weakref's callback; errors cannot be raised and are reported.
pub fn run_callback(vm: &Vm, w: &PyWeakref, callback: &Obj) {
    if let Err(e) = vm.call(callback.r(), &[w.r()]) {
        let text = "Exception ignored while calling weakref callback";
        let (context, e) = crate::finalize::context_with(vm, e, callback.r(), text);
        vm.unraisable(e, &context, None);
    }
}

/// Kills all weakrefs to a dying object, then runs their callbacks.
pub(crate) fn clear_weakrefs(vm: &Vm, h: &Header) {
    let mut due: Vec<(Py<PyWeakref>, Obj)> = Vec::new();
    while let Some(w) = list(vm, h).next() {
        w.detach(vm);
        if w.header.refcount() != 0
            && let Some(c) = w.callback.take()
        {
            due.push((w.to_py(), c));
        }
    }
    if due.is_empty() {
        return;
    }
    let pending = vm.pending.take();
    for (w, c) in due {
        run_callback(vm, &w, &c);
    }
    drop(vm.pending.replace(pending));
}

/// For the collector: kills the weakrefs to `h` that have callbacks. Those for which `alive` holds
/// are added to `due`; the others are garbage and keep their callback.
pub(crate) fn clear_with_callbacks(vm: &Vm, h: &Header, alive: impl Fn(&PyWeakref) -> bool, due: &mut Vec<(Py<PyWeakref>, Obj)>) {
    let with_callback: Vec<&PyWeakref> = list(vm, h).filter(|w| w.has_callback()).collect();
    for w in with_callback {
        w.detach(vm);
        if w.header.refcount() != 0
            && alive(w)
            && let Some(c) = w.callback.take()
        {
            due.push((w.to_py(), c));
        }
    }
}

/// For the collector: kills all weakrefs to `h`; callbacks stay where they are and never run.
pub(crate) fn clear_silently(vm: &Vm, h: &Header) {
    while let Some(w) = list(vm, h).next() {
        w.detach(vm);
    }
}

impl Trace for PyWeakref {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.callback.trace(v);
    }
}

/// The dealloc function of weakrefs and proxies.
///
/// # Safety
/// `p` is a dead weakref object.
pub unsafe fn dealloc_weakref(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract; nothing reads the object afterwards.
    unsafe {
        let ty = &*(*p).ty.get();
        let w = &*(p as *const PyWeakref);
        w.detach(vm);
        drop(w.callback.take());
        let size = crate::instance::instance_size(ty, p, 0);
        crate::instance::drop_attrs(vm, ty, p, 0);
        free_raw(p, size, ty.has_flag(TypeFlags::GC));
    }
}

/// The traverse function of weakrefs and proxies.
///
/// # Safety
/// `p` is a weakref object.
pub unsafe fn traverse_weakref(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: by contract.
    unsafe {
        (*(p as *const PyWeakref)).trace(v);
        crate::instance::traverse_attrs(p, 0, v);
    }
}

/// The clear function of weakrefs and proxies: the referent is forgotten with the callback.
///
/// # Safety
/// `p` is a weakref object.
pub unsafe fn clear_weakref(vm: &Vm, p: *const Header) {
    // SAFETY: by contract.
    unsafe {
        let w = &*(p as *const PyWeakref);
        w.detach(vm);
        drop(w.callback.take());
        crate::instance::clear_attrs(p, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn plain_refs_are_shared_and_die_with_their_object() {
        testing::with_vm(|vm| {
            let set = crate::set::PySet::new(vm);
            let a = new_weakref(vm, vm.types.weakref, set.r(), None).expect("made");
            let b = new_weakref(vm, vm.types.weakref, set.r(), None).expect("made");
            assert!(std::ptr::eq(&*a, &*b));
            let p = new_weakref(vm, vm.types.weakproxy, set.r(), None).expect("made");
            assert_eq!(count(vm, set.r()), 2);
            assert!(a.upgrade().is_some_and(|o| o.r().ptr_eq(set.r())));
            drop((b, p));
            assert_eq!(count(vm, set.r()), 1);
            drop(set);
            assert!(a.upgrade().is_none() && a.is_dead());
            assert!(vm.interp.weakrefs.first.borrow().is_empty());
        });
    }

    #[test]
    fn immediates_have_none() {
        testing::with_vm(|vm| {
            assert_eq!(count(vm, Obj::small(3).r()), 0);
        });
    }
}
