//! The tagged 64-bit word that holds every Python value.
//!
//! | bits | meaning |
//! | --- | --- |
//! | `...1` | 63-bit integer |
//! | `..10` | immediate double ("flonum"): magnitudes of about 1e-77..1e77, and 0.0 |
//! | `.000` | pointer to a heap object, never null |
//! | `0` | unbound |
//!
//! A flonum is the double's bits rotated left by 3, with its top exponent bits folded away; it
//! exists exactly for doubles whose exponent starts `011` or `100`. Every other double lives on
//! the heap. The encoding is a function of the value: equal bits, equal word.

use crate::header::Header;

/// A raw word without ownership. Containers and registers store these; code outside the object
/// model uses [`Obj`](crate::Obj) and [`Ref`](crate::Ref).
#[derive(Copy, Clone, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(pub u64);

/// Largest integer held immediately.
pub const MAX_SMALL: i64 = (1 << 62) - 1;
/// Smallest integer held immediately.
pub const MIN_SMALL: i64 = -(1 << 62);

const FLONUM_ZERO: u64 = 0x8000_0000_0000_0002;

impl Value {
    /// The unbound register or empty slot.
    pub const UNBOUND: Value = Value(0);

    /// An immediate integer, if `i` fits 63 bits.
    #[inline(always)]
    pub fn small_int(i: i64) -> Option<Value> {
        let v = Value((i as u64) << 1 | 1);
        if v.int_unchecked() == i { Some(v) } else { None }
    }

    /// An immediate integer known to fit.
    #[inline(always)]
    pub const fn int_fitting(i: i64) -> Value {
        debug_assert!(i >= MIN_SMALL && i <= MAX_SMALL);
        Value((i as u64) << 1 | 1)
    }

    /// An immediate double, if `f` has that encoding.
    #[inline(always)]
    pub fn flonum(f: f64) -> Option<Value> {
        let d = f.to_bits();
        let top = (d >> 60) & 7;
        // 0x3000... would collide with the word for 0.0.
        if (top == 3 || top == 4) && d != 0x3000_0000_0000_0000 {
            Some(Value((d.rotate_left(3) & !3) | 2))
        } else if d == 0 {
            Some(Value(FLONUM_ZERO))
        } else {
            None
        }
    }

    #[inline(always)]
    pub fn is_unbound(self) -> bool {
        self.0 == 0
    }
    #[inline(always)]
    pub fn is_int(self) -> bool {
        self.0 & 1 != 0
    }
    #[inline(always)]
    pub fn is_flonum(self) -> bool {
        self.0 & 3 == 2
    }
    /// A heap pointer or unbound.
    #[inline(always)]
    pub fn is_heap_or_unbound(self) -> bool {
        self.0 & 3 == 0
    }
    #[inline(always)]
    pub fn is_heap(self) -> bool {
        self.0 & 3 == 0 && self.0 != 0
    }

    /// The integer of an immediate (meaningless for other words).
    #[inline(always)]
    pub const fn int_unchecked(self) -> i64 {
        (self.0 as i64) >> 1
    }
    #[inline(always)]
    pub fn as_int(self) -> Option<i64> {
        if self.is_int() { Some(self.int_unchecked()) } else { None }
    }

    /// The double of a flonum (meaningless for other words).
    #[inline(always)]
    pub fn flonum_unchecked(self) -> f64 {
        if self.0 == FLONUM_ZERO {
            return 0.0;
        }
        let top = self.0 >> 63;
        f64::from_bits(((2 - top) | (self.0 & !3)).rotate_right(3))
    }
    #[inline(always)]
    pub fn as_flonum(self) -> Option<f64> {
        if self.is_flonum() { Some(self.flonum_unchecked()) } else { None }
    }

    /// The heap header (meaningful when [`is_heap`](Self::is_heap)).
    #[inline(always)]
    pub fn header_ptr(self) -> *mut Header {
        self.0 as *mut Header
    }
    #[inline(always)]
    pub fn from_ptr<T>(p: *const T) -> Value {
        Value(p as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flonums_round_trip() {
        for f in [0.0, 1.0, -1.0, 0.1, 1e70, -1e-70, 3.5, f64::from_bits(0x3000_0000_0000_0001)] {
            let v = Value::flonum(f).expect("immediate");
            assert!(v.is_flonum() && !v.is_int() && !v.is_heap());
            assert_eq!(v.flonum_unchecked().to_bits(), f.to_bits());
        }
        for f in [-0.0, 1e300, 5e-324, f64::NAN, f64::INFINITY, f64::from_bits(0x3000_0000_0000_0000)] {
            assert!(Value::flonum(f).is_none());
        }
    }

    #[test]
    fn ints_round_trip() {
        for i in [0, 1, -1, MAX_SMALL, MIN_SMALL] {
            assert_eq!(Value::small_int(i).and_then(Value::as_int), Some(i));
        }
        assert!(Value::small_int(MAX_SMALL + 1).is_none());
        assert!(Value::small_int(MIN_SMALL - 1).is_none());
    }
}
