//! Decimal numbers: sign, exponent and coefficient, or an infinity, or a NaN with a payload.

use std::cmp::Ordering;

use super::coeff::Coeff;
use super::context::{Ctx, INVALID_OPERATION, Status};
use super::limbs;

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    Finite,
    Infinite,
    QuietNan,
    SignalingNan,
}

/// A decimal number.
#[derive(Clone, Debug)]
pub struct Dec {
    pub neg: bool,
    pub kind: Kind,
    /// Of finite numbers; 0 otherwise.
    pub exp: i64,
    /// Of finite numbers; the payload of NaNs; 0 for infinities.
    pub coeff: Coeff,
}

impl Dec {
    #[inline(always)]
    pub fn finite(neg: bool, coeff: Coeff, exp: i64) -> Dec {
        Dec { neg, kind: Kind::Finite, exp, coeff }
    }
    pub fn zero(neg: bool, exp: i64) -> Dec {
        Dec::finite(neg, Coeff::ZERO, exp)
    }
    pub fn inf(neg: bool) -> Dec {
        Dec { neg, kind: Kind::Infinite, exp: 0, coeff: Coeff::ZERO }
    }
    pub fn nan(neg: bool, payload: Coeff) -> Dec {
        Dec { neg, kind: Kind::QuietNan, exp: 0, coeff: payload }
    }
    pub fn int(i: i64) -> Dec {
        Dec::finite(i < 0, Coeff::from_u64(i.unsigned_abs()), 0)
    }
    #[inline(always)]
    pub fn is_finite(&self) -> bool {
        self.kind == Kind::Finite
    }
    #[inline(always)]
    pub fn is_inf(&self) -> bool {
        self.kind == Kind::Infinite
    }
    #[inline(always)]
    pub fn is_nan(&self) -> bool {
        self.kind >= Kind::QuietNan
    }
    #[inline(always)]
    pub fn is_snan(&self) -> bool {
        self.kind == Kind::SignalingNan
    }
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        self.is_finite() && self.coeff.is_zero()
    }
    #[inline(always)]
    pub fn digits(&self) -> i64 {
        self.coeff.digits()
    }
    /// The exponent of the first digit.
    #[inline(always)]
    pub fn adjusted(&self) -> i64 {
        self.exp + self.digits() - 1
    }
    /// A finite number without a fraction?
    pub fn is_integer(&self) -> bool {
        self.is_finite() && (self.exp >= 0 || self.coeff.is_zero() || self.coeff.trailing_zeros() >= -self.exp)
    }
    /// Is this integer odd?
    pub fn is_odd_integer(&self) -> bool {
        match self.exp {
            0 => self.coeff.is_odd(),
            e if e > 0 => false,
            e => self.coeff.shift_right(-e).0.is_odd(),
        }
    }
    #[must_use]
    pub fn with_sign(mut self, neg: bool) -> Dec {
        self.neg = neg;
        self
    }
    /// As an integer with exponent 0, if it is one that fits.
    pub fn to_i64(&self) -> Option<i64> {
        if !self.is_integer() || self.adjusted() > 19 && !self.coeff.is_zero() {
            return None;
        }
        if self.coeff.is_zero() {
            return Some(0);
        }
        let c = match self.exp {
            e if e > 0 => self.coeff.shift_left(e).ok()?,
            e => self.coeff.shift_right(-e).0,
        };
        let x = c.as_u128()? as i128;
        i64::try_from(if self.neg { -x } else { x }).ok()
    }

    /// Cuts a NaN's payload to what fits the precision.
    pub fn fit_payload(&mut self, ctx: &Ctx) {
        let room = ctx.prec - ctx.clamp as i64;
        if self.coeff.digits() > room {
            self.coeff = self.coeff.low_digits(room);
        }
    }
    /// This NaN as the quiet result of an operation.
    fn quieted(&self, ctx: &Ctx) -> Dec {
        let mut r = Dec::nan(self.neg, self.coeff.clone());
        r.fit_payload(ctx);
        r
    }
    /// The result if the operand is a NaN.
    #[inline]
    pub fn check_nan(&self, ctx: &Ctx, st: &mut Status) -> Option<Dec> {
        if !self.is_nan() {
            return None;
        }
        if self.is_snan() {
            *st |= INVALID_OPERATION;
        }
        Some(self.quieted(ctx))
    }
    /// The result if an operand is a NaN: a signaling one goes first.
    #[inline]
    pub fn check_nans(&self, other: &Dec, ctx: &Ctx, st: &mut Status) -> Option<Dec> {
        if !self.is_nan() && !other.is_nan() {
            return None;
        }
        let chosen = if self.is_snan() {
            self
        } else if other.is_snan() {
            other
        } else if self.is_nan() {
            self
        } else {
            other
        };
        if chosen.is_snan() {
            *st |= INVALID_OPERATION;
        }
        Some(chosen.quieted(ctx))
    }

    /// Comparison of finite or infinite magnitudes.
    pub fn compare_abs(&self, other: &Dec) -> Ordering {
        match (self.is_inf(), other.is_inf()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            _ => {}
        }
        match (self.coeff.is_zero(), other.coeff.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            _ => {}
        }
        if self.exp == other.exp {
            return self.coeff.compare(&other.coeff);
        }
        self.adjusted().cmp(&other.adjusted()).then_with(|| compare_aligned(self, other))
    }
    /// Comparison of values; neither is NaN.
    pub fn compare(&self, other: &Dec) -> Ordering {
        let sign = |d: &Dec| if d.is_zero() { 0 } else { 1 - 2 * d.neg as i32 };
        let (a, b) = (sign(self), sign(other));
        if a != b {
            return a.cmp(&b);
        }
        match a {
            0 => Ordering::Equal,
            1 => self.compare_abs(other),
            _ => other.compare_abs(self),
        }
    }
}

impl PartialOrd for Kind {
    #[inline(always)]
    fn partial_cmp(&self, other: &Kind) -> Option<Ordering> {
        Some((*self as u8).cmp(&(*other as u8)))
    }
}

/// Magnitudes with the same adjusted exponent, different exponents: the digits from the top.
fn compare_aligned(a: &Dec, b: &Dec) -> Ordering {
    if a.exp < b.exp {
        return compare_aligned(b, a).reverse();
    }
    // The difference of exponents is one of digit counts, so this needs no more than `b` has.
    match a.coeff.shift_left(a.exp - b.exp) {
        Ok(c) => c.compare(&b.coeff),
        Err(limbs::NoMemory) => Ordering::Equal,
    }
}
