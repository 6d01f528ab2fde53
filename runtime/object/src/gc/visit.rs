//! Showing references to the collector.

use std::cell::{Cell, OnceCell, RefCell, UnsafeCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::marker::PhantomData;

use crate::header::Header;
use crate::obj::{Layout, Obj, Py};
use crate::value::Value;

/// Receives each reference an object owns.
pub struct Visitor<'a> {
    /// Header flags an object must have to be of interest.
    need: u32,
    call: unsafe fn(*mut (), *const Header),
    data: *mut (),
    _borrow: PhantomData<&'a mut ()>,
}

impl<'a> Visitor<'a> {
    /// A visitor that calls `call(data, object)` for objects with all flags of `need`.
    #[inline(always)]
    pub(super) fn new<T>(need: u32, call: unsafe fn(*mut (), *const Header), data: &'a mut T) -> Visitor<'a> {
        Visitor { need, call, data: data as *mut T as *mut (), _borrow: PhantomData }
    }
    /// Shows a word: heap objects count, immediates and unbound ones do not.
    #[inline(always)]
    pub fn visit(&mut self, v: Value) {
        if v.is_heap() {
            let p = v.header_ptr();
            // SAFETY: the object being traversed owns a reference to `p`; `call` fits `data`.
            unsafe {
                if (*p).flags() & self.need == self.need {
                    (self.call)(self.data, p);
                }
            }
        }
    }
    #[inline(always)]
    pub fn visit_obj(&mut self, o: &Obj) {
        self.visit(o.value());
    }
    #[inline(always)]
    pub fn visit_opt(&mut self, o: &Option<Obj>) {
        if let Some(o) = o {
            self.visit(o.value());
        }
    }
    #[inline(always)]
    pub fn visit_py<T: Layout>(&mut self, p: &Py<T>) {
        self.visit(Value::from_ptr(p.as_ptr()));
    }
}

/// Something that owns references.
///
/// `trace` shows each owned reference exactly once for each count it stands for. It runs no Python
/// code, so it may look into cells. What cannot be looked at (a `RefCell` being changed further up
/// the stack) is left out, which only keeps objects alive.
pub trait Trace {
    fn trace(&self, v: &mut Visitor<'_>);
    /// Drops the references that can be dropped through a shared borrow, to break cycles.
    fn unlink(&self) {}
}

impl Trace for Obj {
    #[inline(always)]
    fn trace(&self, v: &mut Visitor<'_>) {
        v.visit(self.value());
    }
}

impl<T: Layout> Trace for Py<T> {
    #[inline(always)]
    fn trace(&self, v: &mut Visitor<'_>) {
        v.visit_py(self);
    }
}

impl<T: Trace> Trace for Option<T> {
    #[inline(always)]
    fn trace(&self, v: &mut Visitor<'_>) {
        if let Some(x) = self {
            x.trace(v);
        }
    }
    fn unlink(&self) {
        if let Some(x) = self {
            x.unlink();
        }
    }
}

impl<T: Trace + ?Sized> Trace for Box<T> {
    fn trace(&self, v: &mut Visitor<'_>) {
        (**self).trace(v);
    }
    fn unlink(&self) {
        (**self).unlink();
    }
}

impl<T: Trace> Trace for [T] {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.iter().for_each(|x| x.trace(v));
    }
    fn unlink(&self) {
        self.iter().for_each(Trace::unlink);
    }
}

impl<T: Trace, const N: usize> Trace for [T; N] {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.as_slice().trace(v);
    }
    fn unlink(&self) {
        self.as_slice().unlink();
    }
}

macro_rules! trace_each {
    ($($ty:ident)*) => {
        $(impl<T: Trace> Trace for $ty<T> {
            fn trace(&self, v: &mut Visitor<'_>) {
                self.iter().for_each(|x| x.trace(v));
            }
            fn unlink(&self) {
                self.iter().for_each(Trace::unlink);
            }
        })*
    };
}
trace_each!(Vec VecDeque);

macro_rules! trace_map {
    ($($ty:ty, [$($p:tt)*];)*) => {
        $(impl<K: Trace, T: Trace, $($p)*> Trace for $ty {
            fn trace(&self, v: &mut Visitor<'_>) {
                for (k, x) in self {
                    k.trace(v);
                    x.trace(v);
                }
            }
            fn unlink(&self) {
                for (k, x) in self {
                    k.unlink();
                    x.unlink();
                }
            }
        })*
    };
}
trace_map! {
    HashMap<K, T, S>, [S];
    BTreeMap<K, T>, [];
}

macro_rules! trace_tuple {
    ($($name:ident)*) => {
        impl<$($name: Trace),*> Trace for ($($name,)*) {
            #[allow(non_snake_case, reason = "the type parameters name the fields")]
            fn trace(&self, v: &mut Visitor<'_>) {
                let ($($name,)*) = self;
                $($name.trace(v);)*
            }
            #[allow(non_snake_case, reason = "the type parameters name the fields")]
            fn unlink(&self) {
                let ($($name,)*) = self;
                $($name.unlink();)*
            }
        }
    };
}
trace_tuple!(A);
trace_tuple!(A B);
trace_tuple!(A B C);
trace_tuple!(A B C D);
trace_tuple!(A B C D E);

/// Cells are looked into without being taken.
impl<T: Trace> Trace for Cell<Option<T>> {
    #[inline(always)]
    fn trace(&self, v: &mut Visitor<'_>) {
        // SAFETY: nothing writes to the cell while it is traced: no Python code runs and visitors
        // do not touch it.
        unsafe { (*self.as_ptr()).trace(v) };
    }
    fn unlink(&self) {
        drop(self.take());
    }
}

impl<T: Trace> Trace for Cell<Vec<T>> {
    fn trace(&self, v: &mut Visitor<'_>) {
        // SAFETY: as above.
        unsafe { (*self.as_ptr()).trace(v) };
    }
    fn unlink(&self) {
        drop(self.take());
    }
}

impl Trace for Cell<Obj> {
    #[inline(always)]
    fn trace(&self, v: &mut Visitor<'_>) {
        // SAFETY: as above.
        unsafe { (*self.as_ptr()).trace(v) };
    }
}

impl<T: Layout> Trace for Cell<Py<T>> {
    #[inline(always)]
    fn trace(&self, v: &mut Visitor<'_>) {
        // SAFETY: as above.
        unsafe { (*self.as_ptr()).trace(v) };
    }
}

impl Trace for Cell<Value> {
    #[inline(always)]
    fn trace(&self, v: &mut Visitor<'_>) {
        v.visit(self.get());
    }
}

impl<T: Trace> Trace for UnsafeCell<T> {
    #[inline(always)]
    fn trace(&self, v: &mut Visitor<'_>) {
        // SAFETY: writers hold no exclusive borrow across anything that may collect.
        unsafe { (*self.get()).trace(v) };
    }
}

impl<T: Trace> Trace for OnceCell<T> {
    fn trace(&self, v: &mut Visitor<'_>) {
        if let Some(x) = self.get() {
            x.trace(v);
        }
    }
    fn unlink(&self) {
        if let Some(x) = self.get() {
            x.unlink();
        }
    }
}

macro_rules! trace_ref_cell {
    ($([$($p:tt)*] $ty:ty;)*) => {
        $(impl<$($p)*> Trace for RefCell<$ty> {
            fn trace(&self, v: &mut Visitor<'_>) {
                if let Ok(x) = self.try_borrow() {
                    x.trace(v);
                }
            }
            fn unlink(&self) {
                // The content is dropped after the borrow has ended.
                let content = self.try_borrow_mut().ok().map(|mut x| std::mem::take(&mut *x));
                drop(content);
            }
        })*
    };
}
trace_ref_cell! {
    [T: Trace] Vec<T>;
    [T: Trace] VecDeque<T>;
    [T: Trace] Option<T>;
    [K: Trace, T: Trace, S: Default] HashMap<K, T, S>;
    [K: Trace, T: Trace] BTreeMap<K, T>;
}

impl Trace for RefCell<Obj> {
    fn trace(&self, v: &mut Visitor<'_>) {
        if let Ok(x) = self.try_borrow() {
            x.trace(v);
        }
    }
}

macro_rules! nothing_to_trace {
    ($($ty:ty)*) => {
        $(
            impl Trace for $ty {
                #[inline(always)]
                fn trace(&self, _: &mut Visitor<'_>) {}
            }
            impl Trace for Cell<$ty> {
                #[inline(always)]
                fn trace(&self, _: &mut Visitor<'_>) {}
            }
        )*
    };
}
nothing_to_trace!(() bool char u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 String &'static str);

impl<T> Trace for *const T {
    #[inline(always)]
    fn trace(&self, _: &mut Visitor<'_>) {}
}
impl<T> Trace for PhantomData<T> {
    #[inline(always)]
    fn trace(&self, _: &mut Visitor<'_>) {}
}
