//! Integers: immediate up to 63 bits, else heap objects around a big integer.
//!
//! Invariant: an exact `int` whose value fits 63 bits is always immediate, so equal exact ints
//! below that size have equal words. `bool` and other subclasses are always heap objects.

use dashu_int::IBig;

use crate::error::PyResult;
use crate::header::{Header, alloc_raw};
use crate::obj::{Obj, Ref};
use crate::table_layout;
use crate::ty::{PyType, TypeFlags};
use crate::value::Value;
use crate::vm::Vm;

/// A heap integer.
#[repr(C)]
pub struct PyInt {
    header: Header,
    value: IBig,
}
table_layout!(PyInt => int);

/// The value of an int object of either form.
#[derive(Copy, Clone, Debug)]
pub enum IntRef<'a> {
    Small(i64),
    Big(&'a IBig),
}

impl PyInt {
    pub(crate) const fn immortal(value: IBig) -> PyInt {
        PyInt { header: Header::immortal(), value }
    }
    pub(crate) fn header_ref(&self) -> &Header {
        &self.header
    }
    pub fn value(&self) -> &IBig {
        &self.value
    }
    /// A heap int of a subtype of `int`.
    pub fn new_subtype(vm: &Vm, ty: &PyType, value: IBig) -> PyResult<Obj> {
        let obj = crate::instance::alloc_instance(vm, ty, 0)?;
        // SAFETY: a fresh object laid out as `PyInt`; the field is uninitialised.
        unsafe { (&raw mut (*(obj.value().header_ptr() as *mut PyInt)).value).write(value) };
        Ok(obj)
    }
}

impl<'a> IntRef<'a> {
    /// The machine integer, if it fits.
    #[inline]
    pub fn to_i64(self) -> Option<i64> {
        match self {
            IntRef::Small(i) => Some(i),
            IntRef::Big(b) => i64::try_from(b).ok(),
        }
    }
    pub fn to_big(self) -> IBig {
        match self {
            IntRef::Small(i) => IBig::from(i),
            IntRef::Big(b) => b.clone(),
        }
    }
    pub fn is_zero(self) -> bool {
        match self {
            IntRef::Small(i) => i == 0,
            IntRef::Big(b) => b.is_zero(),
        }
    }
    pub fn is_negative(self) -> bool {
        match self {
            IntRef::Small(i) => i < 0,
            IntRef::Big(b) => *b < IBig::ZERO,
        }
    }
}

impl<'a> Ref<'a> {
    /// The value if the object is an int (bool and other subtypes included).
    #[inline]
    pub fn as_int(self, vm: &Vm) -> Option<IntRef<'a>> {
        if let Some(i) = self.value().as_int() {
            return Some(IntRef::Small(i));
        }
        let h = self.header()?;
        if !h.ty().has_flag(crate::ty::TypeFlags::INT_SUBCLASS) {
            return None;
        }
        let _ = vm;
        // SAFETY: subtypes of int are laid out as `PyInt`.
        let v = unsafe { &self.downcast_unchecked::<PyInt>().value };
        Some(match i64::try_from(v) {
            Ok(i) => IntRef::Small(i),
            Err(_) => IntRef::Big(v),
        })
    }
    /// Is the type exactly `int`?
    #[inline]
    pub fn is_exact_int(self, vm: &Vm) -> bool {
        std::ptr::eq(self.ty(vm), vm.types.int)
    }
}

impl Vm {
    /// An int object.
    #[inline]
    pub fn int(&self, i: impl Into<i128>) -> Obj {
        let i: i128 = i.into();
        match i64::try_from(i).ok().and_then(Value::small_int) {
            // SAFETY: immediates own nothing.
            Some(v) => unsafe { Obj::from_value(v) },
            None => self.int_heap(IBig::from(i)),
        }
    }
    /// An int object from a machine integer.
    #[inline(always)]
    pub fn int_i64(&self, i: i64) -> Obj {
        match Value::small_int(i) {
            // SAFETY: immediates own nothing.
            Some(v) => unsafe { Obj::from_value(v) },
            None => self.int_heap(IBig::from(i)),
        }
    }
    pub fn int_usize(&self, i: usize) -> Obj {
        self.int(i as i128)
    }
    /// An int object from a big integer.
    pub fn int_big(&self, i: IBig) -> Obj {
        match i64::try_from(&i).ok().and_then(Value::small_int) {
            // SAFETY: immediates own nothing.
            Some(v) => unsafe { Obj::from_value(v) },
            None => self.int_heap(i),
        }
    }
    #[cold]
    fn int_heap(&self, value: IBig) -> Obj {
        let Some(p) = alloc_raw(self.types.int, size_of::<PyInt>()) else { crate::memory::out_of_memory() };
        // SAFETY: fresh memory of the right size.
        unsafe {
            (&raw mut (*(p.as_ptr() as *mut PyInt)).value).write(value);
            Obj::from_value(Value::from_ptr(p.as_ptr()))
        }
    }
}

/// Are two heap objects exact ints, floats or complexes of the same value? (`is` on numbers.)
#[cold]
pub fn same_number(a: Ref<'_>, b: Ref<'_>) -> bool {
    let (Some(x), Some(y)) = (a.header(), b.header()) else { return false };
    // Numbers hold no references and are no text, which the flags tell soonest.
    let other = TypeFlags(TypeFlags::GC.0 | TypeFlags::STR_SUBCLASS.0 | TypeFlags::BYTES_SUBCLASS.0);
    if !std::ptr::eq(x.ty(), y.ty()) || x.ty().has_flag(other) {
        return false;
    }
    let Some(vm) = crate::vm::current_vm() else { return false };
    if std::ptr::eq(x.ty(), vm.types.int) {
        // SAFETY: exact heap ints.
        unsafe { a.downcast_unchecked::<PyInt>().value == b.downcast_unchecked::<PyInt>().value }
    } else if std::ptr::eq(x.ty(), vm.types.float) {
        // SAFETY: exact heap floats.
        unsafe {
            let (p, q) = (a.downcast_unchecked::<crate::float::PyFloat>(), b.downcast_unchecked::<crate::float::PyFloat>());
            p.value().to_bits() == q.value().to_bits() && !p.value().is_nan()
        }
    } else {
        false
    }
}

impl<'a> IntRef<'a> {
    /// `<0`, `0`, `>0` comparison of two ints.
    #[expect(clippy::should_implement_trait, reason = "an order without `Eq`, which would have to agree with Python's")]
    pub fn cmp(self, other: IntRef<'_>) -> std::cmp::Ordering {
        match (self, other) {
            (IntRef::Small(a), IntRef::Small(b)) => a.cmp(&b),
            (a, b) => a.to_big().cmp(&b.to_big()),
        }
    }
}
