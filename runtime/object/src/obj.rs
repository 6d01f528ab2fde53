//! Owning and borrowed references to Python objects.
//!
//! [`Obj`] owns one reference and gives it back when dropped. [`Ref`] borrows: whoever made it
//! guarantees that something else keeps the object alive for `'a`. [`Py<T>`] is an `Obj` whose
//! layout is known; `&T` is the matching borrow, since objects never move.
//!
//! Invariant for borrows out of mutable containers: never hold a `Ref` into a list, dict, cell or
//! attribute across anything that may run Python code. The containers' safe accessors therefore
//! return `Obj`.

use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::ops::Deref;
use std::ptr::NonNull;

use crate::header::{Header, decref, incref};
use crate::ty::PyType;
use crate::value::Value;
use crate::vm::Vm;

/// An owned reference.
#[repr(transparent)]
pub struct Obj(NonZeroU64, PhantomData<*const ()>);

/// A borrowed reference.
#[derive(Copy, Clone)]
#[repr(transparent)]
pub struct Ref<'a>(NonZeroU64, PhantomData<&'a ()>, PhantomData<*const ()>);

/// An owned reference to an object laid out as `T`.
#[repr(transparent)]
pub struct Py<T: Layout>(NonNull<T>);

/// A Rust struct that heap objects of some Python type (and its subtypes) begin with.
///
/// # Safety
/// The struct is `#[repr(C)]` and its first field is a [`Header`]; every object whose type is
/// `Self::type_of(vm)` or derives from it begins with a valid `Self`.
pub unsafe trait Layout: Sized + 'static {
    /// The Python type.
    fn type_of(vm: &Vm) -> &PyType;

    /// This object as a borrowed reference.
    #[inline(always)]
    fn r(&self) -> Ref<'_> {
        // SAFETY: `self` begins with a header of a live object.
        unsafe { Ref::from_value_unchecked(Value::from_ptr(self)) }
    }
    /// A new owned reference to this object.
    #[inline(always)]
    fn to_obj(&self) -> Obj {
        self.r().to_obj()
    }
    /// A new owned, typed reference to this object.
    #[inline(always)]
    fn to_py(&self) -> Py<Self> {
        // SAFETY: the object is live; the count is incremented for the new owner.
        unsafe {
            incref(self as *const Self as *const Header);
            Py(NonNull::from(self))
        }
    }
    /// The object's header.
    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: `Self` begins with a header.
        unsafe { &*(self as *const Self as *const Header) }
    }
}

impl Drop for Obj {
    #[inline(always)]
    fn drop(&mut self) {
        let v = self.value();
        if v.is_heap_or_unbound() {
            // SAFETY: an `Obj` is never unbound, so this is a live object we own a reference to.
            unsafe { decref(v.header_ptr()) }
        }
    }
}

impl Clone for Obj {
    #[inline(always)]
    fn clone(&self) -> Obj {
        self.r().to_obj()
    }
}

impl Obj {
    /// # Safety
    /// `v` is bound, and the caller hands over one reference.
    #[inline(always)]
    pub unsafe fn from_value(v: Value) -> Obj {
        debug_assert!(v.0 != 0);
        // SAFETY: bound words are not zero.
        Obj(unsafe { NonZeroU64::new_unchecked(v.0) }, PhantomData)
    }
    /// As [`from_value`](Self::from_value), `None` for unbound.
    ///
    /// # Safety
    /// The caller hands over the reference `v` holds, if any.
    #[inline(always)]
    pub unsafe fn from_value_opt(v: Value) -> Option<Obj> {
        NonZeroU64::new(v.0).map(|b| Obj(b, PhantomData))
    }
    /// An immediate integer known to fit 63 bits.
    #[inline(always)]
    pub fn small(i: i64) -> Obj {
        // SAFETY: immediates own nothing.
        unsafe { Obj::from_value(Value::int_fitting(i)) }
    }
    #[inline(always)]
    pub fn none() -> Obj {
        crate::singletons::none().to_obj()
    }
    #[inline(always)]
    pub fn bool(b: bool) -> Obj {
        crate::singletons::bool(b).to_obj()
    }
    /// The raw word (still owned by `self`).
    #[inline(always)]
    pub fn value(&self) -> Value {
        Value(self.0.get())
    }
    /// Gives up ownership.
    #[inline(always)]
    pub fn into_value(self) -> Value {
        let v = self.value();
        std::mem::forget(self);
        v
    }
    /// Borrows.
    #[inline(always)]
    pub fn r(&self) -> Ref<'_> {
        Ref(self.0, PhantomData, PhantomData)
    }
    /// As a typed owner if the object is a `T` (or a subtype).
    pub fn downcast<T: Layout>(self, vm: &Vm) -> Result<Py<T>, Obj> {
        if self.r().is_instance_of::<T>(vm) {
            // SAFETY: just checked.
            Ok(unsafe { self.downcast_unchecked() })
        } else {
            Err(self)
        }
    }
    /// # Safety
    /// The object is a `T`.
    #[inline(always)]
    pub unsafe fn downcast_unchecked<T: Layout>(self) -> Py<T> {
        let p = self.into_value().header_ptr() as *mut T;
        // SAFETY: heap pointers are not null; the reference moves over.
        Py(unsafe { NonNull::new_unchecked(p) })
    }
    #[inline(always)]
    pub fn is(&self, other: Ref<'_>) -> bool {
        self.r().is(other)
    }
}

/// Views a slice of owned references as borrowed ones.
#[inline(always)]
pub fn refs(objs: &[Obj]) -> &[Ref<'_>] {
    // SAFETY: both are transparent wrappers of the same word, and the borrow keeps the owners.
    unsafe { &*(objs as *const [Obj] as *const [Ref<'_>]) }
}

impl<'a> Ref<'a> {
    /// # Safety
    /// `v` is bound and its object outlives `'a`.
    #[inline(always)]
    pub unsafe fn from_value_unchecked(v: Value) -> Ref<'a> {
        debug_assert!(v.0 != 0);
        // SAFETY: bound words are not zero.
        Ref(unsafe { NonZeroU64::new_unchecked(v.0) }, PhantomData, PhantomData)
    }
    /// # Safety
    /// The object of `v`, if bound, outlives `'a`.
    #[inline(always)]
    pub unsafe fn from_value_opt(v: Value) -> Option<Ref<'a>> {
        NonZeroU64::new(v.0).map(|b| Ref(b, PhantomData, PhantomData))
    }
    #[inline(always)]
    pub fn value(self) -> Value {
        Value(self.0.get())
    }
    #[inline(always)]
    pub fn to_obj(self) -> Obj {
        let v = self.value();
        if v.is_heap_or_unbound() {
            // SAFETY: a `Ref` is never unbound and its object is live.
            unsafe { incref(v.header_ptr()) }
        }
        Obj(self.0, PhantomData)
    }
    /// The object's type.
    #[inline(always)]
    pub fn ty(self, vm: &Vm) -> &'a PyType {
        let v = self.value();
        let p: *const PyType = if v.is_int() {
            vm.types.int
        } else if v.is_flonum() {
            vm.types.float
        } else {
            // SAFETY: a live heap object.
            unsafe { (*v.header_ptr()).ty.get() }
        };
        // SAFETY: the object keeps its type alive. A type whose last instance changes its class
        // is only freed by the collector, which keeps types until no native code runs.
        unsafe { &*p }
    }
    /// The header of a heap object; `None` for immediates.
    #[inline(always)]
    pub fn header(self) -> Option<&'a Header> {
        let v = self.value();
        if v.is_heap_or_unbound() {
            // SAFETY: a `Ref` is never unbound and its object is live for `'a`.
            Some(unsafe { &*v.header_ptr() })
        } else {
            None
        }
    }
    /// Python's `is`: numbers compare by value.
    #[inline(always)]
    pub fn is(self, other: Ref<'_>) -> bool {
        self.0 == other.0 || (self.header().is_some() && other.header().is_some() && crate::int::same_number(self, other))
    }
    /// Same word: same object or same immediate.
    #[inline(always)]
    pub fn ptr_eq(self, other: Ref<'_>) -> bool {
        self.0 == other.0
    }
    #[inline(always)]
    pub fn is_none(self) -> bool {
        self.ptr_eq(crate::singletons::none())
    }
    /// Is the type exactly `T`'s?
    #[inline(always)]
    pub fn is_exact<T: Layout>(self, vm: &Vm) -> bool {
        std::ptr::eq(self.ty(vm), T::type_of(vm))
    }
    /// Is the type `T`'s or derived from it?
    #[inline(always)]
    pub fn is_instance_of<T: Layout>(self, vm: &Vm) -> bool {
        self.header().is_some_and(|h| {
            let want: *const PyType = T::type_of(vm);
            let ty = h.ty();
            std::ptr::eq(ty, want) || ty.derives_from_base(want)
        })
    }
    /// The layout, if the object is a `T` or of a subtype. (Immediate ints and floats have none:
    /// see [`crate::int::IntRef`] and [`crate::float::float_value`].)
    #[inline(always)]
    pub fn downcast<T: Layout>(self, vm: &Vm) -> Option<&'a T> {
        // SAFETY: just checked.
        if self.is_instance_of::<T>(vm) { Some(unsafe { self.downcast_unchecked() }) } else { None }
    }
    /// The layout, if the object's type is exactly `T`'s.
    #[inline(always)]
    pub fn downcast_exact<T: Layout>(self, vm: &Vm) -> Option<&'a T> {
        // SAFETY: just checked. A type object of a layout type is never an immediate's.
        if self.header().is_some() && self.is_exact::<T>(vm) { Some(unsafe { self.downcast_unchecked() }) } else { None }
    }
    /// # Safety
    /// The object is a heap object laid out as `T`.
    #[inline(always)]
    pub unsafe fn downcast_unchecked<T: Layout>(self) -> &'a T {
        // SAFETY: by contract.
        unsafe { &*(self.value().header_ptr() as *const T) }
    }
}

impl<'a> From<&'a Obj> for Ref<'a> {
    #[inline(always)]
    fn from(o: &'a Obj) -> Ref<'a> {
        o.r()
    }
}

impl<T: Layout> Py<T> {
    /// # Safety
    /// `p` is a live `T`, and the caller hands over one reference.
    #[inline(always)]
    pub unsafe fn from_ptr(p: *const T) -> Py<T> {
        // SAFETY: live objects are not null.
        Py(unsafe { NonNull::new_unchecked(p as *mut T) })
    }
    #[inline(always)]
    pub fn into_obj(self) -> Obj {
        let v = Value::from_ptr(self.0.as_ptr());
        std::mem::forget(self);
        // SAFETY: the reference moves over.
        unsafe { Obj::from_value(v) }
    }
    #[inline(always)]
    pub fn as_ptr(&self) -> *const T {
        self.0.as_ptr()
    }
    /// Gives up ownership.
    #[inline(always)]
    pub fn into_ptr(self) -> *const T {
        let p = self.0.as_ptr();
        std::mem::forget(self);
        p
    }
}

impl<T: Layout> Deref for Py<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: we own a reference, so the object is live.
        unsafe { self.0.as_ref() }
    }
}

impl<T: Layout + std::fmt::Display> std::fmt::Display for Py<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Layout> Drop for Py<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: we own a reference.
        unsafe { decref(self.0.as_ptr() as *const Header) }
    }
}

impl<T: Layout> Clone for Py<T> {
    #[inline(always)]
    fn clone(&self) -> Py<T> {
        (**self).to_py()
    }
}

impl<T: Layout> From<Py<T>> for Obj {
    #[inline(always)]
    fn from(p: Py<T>) -> Obj {
        p.into_obj()
    }
}
