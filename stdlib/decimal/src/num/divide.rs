//! Quotients and remainders.

use std::cmp::Ordering;

use super::coeff::{Coeff, SMALL_DIGITS};
use super::context::{CLAMPED, Ctx, DIVISION_BY_ZERO, DIVISION_IMPOSSIBLE, DIVISION_UNDEFINED, INVALID_OPERATION, MAX_PREC, Status};
use super::decimal::Dec;
use super::limbs::NoMemory;
use super::multiply;
use super::round::no_memory;
use crate::try_mem;

/// Quotient and remainder of coefficients; the divisor is not zero.
pub fn div_rem_coeff(a: &Coeff, b: &Coeff) -> Result<(Coeff, Coeff), NoMemory> {
    if let (Some(x), Some(y)) = (a.as_u128(), b.as_u128()) {
        return Ok(if y >> 64 == 0 {
            let (q, r) = super::coeff::div_rem_word(x, y as u64);
            (Coeff::from_u128(q), Coeff::from_u64(r))
        } else {
            (Coeff::from_u128(x / y), Coeff::from_u128(x % y))
        });
    }
    let (q, r) = multiply::div_rem(&a.view(), &b.view())?;
    Ok((Coeff::from_limbs(q), Coeff::from_limbs(r)))
}

/// `a / b`.
pub fn div(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    let neg = a.neg ^ b.neg;
    if !a.is_finite() || !b.is_finite() {
        if let Some(r) = a.check_nans(b, ctx, st) {
            return r;
        }
        if !a.is_inf() {
            *st |= CLAMPED;
            return Dec::zero(neg, ctx.etiny());
        }
        return if b.is_inf() { Ctx::invalid(st, INVALID_OPERATION) } else { Dec::inf(neg) };
    }
    if b.coeff.is_zero() {
        if a.coeff.is_zero() {
            return Ctx::invalid(st, DIVISION_UNDEFINED);
        }
        *st |= DIVISION_BY_ZERO;
        return Dec::inf(neg);
    }
    if a.coeff.is_zero() {
        return Dec::zero(neg, a.exp - b.exp).finalize(ctx, st);
    }
    match quotient(a, b, neg, ctx.prec) {
        Ok(q) => q.finalize(ctx, st),
        // No room for the digits of this precision, but the quotient may be short.
        Err(NoMemory) => match short_exact_quotient(a, b, neg, ctx) {
            Some(q) => q.finalize(ctx, st),
            None => no_memory(st),
        },
    }
}

/// The quotient with one digit more than `prec`, odd if it is not exact. An exact one has its
/// exponent as near to the ideal one as possible.
fn quotient(a: &Dec, b: &Dec, neg: bool, prec: i64) -> Result<Dec, NoMemory> {
    let ideal = a.exp - b.exp;
    let shift = b.digits() - a.digits() + prec + 1;
    let (q, rem) = if shift > 0 {
        // Often the quotient is exact without all the digits.
        if a.digits() <= SMALL_DIGITS as i64 && b.digits() <= a.digits() {
            let (q, rem) = div_rem_coeff(&a.coeff, &b.coeff)?;
            if rem.is_zero() {
                return Ok(Dec::finite(neg, q, ideal));
            }
        }
        div_rem_coeff(&a.coeff.shift_left(shift)?, &b.coeff)?
    } else {
        div_rem_coeff(&a.coeff, &b.coeff.shift_left(-shift)?)?
    };
    let exp = ideal - shift;
    if !rem.is_zero() {
        let q = if matches!(q.last_digit(), 0 | 5) { q.increment() } else { q };
        return Ok(Dec::finite(neg, q, exp));
    }
    let cut = if shift > 0 { q.trailing_zeros().min(shift) } else { 0 };
    Ok(Dec::finite(neg, q.shift_right(cut).0, exp + cut))
}

/// A quotient that ends is no longer than the dividend and four times the divisor: each of the
/// divisor's digits holds fewer than four factors of two.
fn short_exact_quotient(a: &Dec, b: &Dec, neg: bool, ctx: &Ctx) -> Option<Dec> {
    let prec = a.digits().checked_add(b.digits().checked_mul(4)?)?;
    if prec >= ctx.prec || ctx.prec < MAX_PREC / 1_000_000 {
        return None;
    }
    let q = quotient(a, b, neg, prec).ok()?;
    // Exact if multiplying gives the dividend back.
    let mut st = 0;
    let back = super::product::mul_exact(&q, b, ctx, &mut st);
    (st == 0 && back.compare_abs(a) == Ordering::Equal).then_some(q)
}

/// Quotient and remainder of finite numbers, both exact; the divisor is not zero.
fn div_rem_finite(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Option<(Dec, Dec)> {
    let ideal = a.exp.min(b.exp);
    let neg = a.neg ^ b.neg;
    if a.coeff.is_zero() {
        return Some((Dec::zero(neg, 0), Dec::zero(a.neg, ideal)));
    }
    let result = (|| {
        if a.compare_abs(b) == Ordering::Less {
            return Ok(Some((Dec::zero(neg, 0), Dec::finite(a.neg, a.coeff.shift_left(a.exp - ideal)?, ideal))));
        }
        if a.exp + a.digits() > b.exp + b.digits() + ctx.prec {
            return Ok(None);
        }
        let (q, r) = div_rem_coeff(&a.coeff.shift_left(a.exp - ideal)?, &b.coeff.shift_left(b.exp - ideal)?)?;
        if q.digits() > ctx.prec {
            return Ok(None);
        }
        Ok(Some((Dec::finite(neg, q, 0), Dec::finite(a.neg, r, ideal))))
    })();
    match result {
        Ok(Some(qr)) => Some(qr),
        Ok(None) => {
            *st |= DIVISION_IMPOSSIBLE;
            None
        }
        Err(NoMemory) => {
            let _ = no_memory(st);
            None
        }
    }
}

fn nan() -> Dec {
    Dec::nan(false, Coeff::ZERO)
}

/// `a // b`, truncated.
pub fn div_int(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    let neg = a.neg ^ b.neg;
    if !a.is_finite() || !b.is_finite() {
        if let Some(r) = a.check_nans(b, ctx, st) {
            return r;
        }
        return match (a.is_inf(), b.is_inf()) {
            (true, true) => Ctx::invalid(st, INVALID_OPERATION),
            (true, false) => Dec::inf(neg),
            _ => Dec::zero(neg, 0),
        };
    }
    if b.coeff.is_zero() {
        if a.coeff.is_zero() {
            return Ctx::invalid(st, DIVISION_UNDEFINED);
        }
        *st |= DIVISION_BY_ZERO;
        return Dec::inf(neg);
    }
    match div_rem_finite(a, b, ctx, st) {
        Some((q, _)) => q.finalize(ctx, st),
        None => nan(),
    }
}

/// What remainders give for operands that are not finite, or a zero divisor.
fn rem_special(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Option<Dec> {
    if !a.is_finite() || !b.is_finite() {
        if let Some(r) = a.check_nans(b, ctx, st) {
            return Some(r);
        }
        if a.is_inf() {
            return Some(Ctx::invalid(st, INVALID_OPERATION));
        }
        return Some(a.clone().finalize(ctx, st));
    }
    if b.coeff.is_zero() {
        return Some(Ctx::invalid(st, if a.coeff.is_zero() { DIVISION_UNDEFINED } else { INVALID_OPERATION }));
    }
    None
}

/// `a % b`, with the sign of `a`.
pub fn rem(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = rem_special(a, b, ctx, st) {
        return r;
    }
    match div_rem_finite(a, b, ctx, st) {
        Some((_, r)) => r.finalize(ctx, st),
        None => nan(),
    }
}

/// `divmod(a, b)`.
pub fn div_mod(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> (Dec, Dec) {
    let neg = a.neg ^ b.neg;
    if !a.is_finite() || !b.is_finite() {
        if let Some(r) = a.check_nans(b, ctx, st) {
            return (r.clone(), r);
        }
        if a.is_inf() {
            let q = if b.is_inf() { nan() } else { Dec::inf(neg) };
            return (q, Ctx::invalid(st, INVALID_OPERATION));
        }
        return (Dec::zero(neg, 0), a.clone().finalize(ctx, st));
    }
    if b.coeff.is_zero() {
        if a.coeff.is_zero() {
            return (nan(), Ctx::invalid(st, DIVISION_UNDEFINED));
        }
        *st |= DIVISION_BY_ZERO;
        return (Dec::inf(neg), Ctx::invalid(st, INVALID_OPERATION));
    }
    match div_rem_finite(a, b, ctx, st) {
        Some((q, r)) => (q.finalize(ctx, st), r.finalize(ctx, st)),
        None => (nan(), nan()),
    }
}

/// `a - n b` for the integer `n` nearest to `a / b`, the even one of two.
pub fn rem_near(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = rem_special(a, b, ctx, st) {
        return r;
    }
    if a.coeff.is_zero() {
        return Dec::zero(a.neg, a.exp.min(b.exp)).finalize(ctx, st);
    }
    let gap = a.adjusted() - b.adjusted();
    if gap < -1 {
        // Less than half of `b`.
        let c = try_mem!(st, a.coeff.shift_left((a.exp - b.exp).max(0)));
        return Dec::finite(a.neg, c, a.exp.min(b.exp)).finalize(ctx, st);
    }
    let Some((q, r)) = div_rem_finite(a, b, ctx, st) else { return nan() };
    let divisor = try_mem!(st, b.coeff.shift_left(b.exp - r.exp));
    let twice = try_mem!(st, super::product::mul_coeff(&r.coeff, &Coeff::from_u64(2)));
    let away = match twice.compare(&divisor) {
        Ordering::Greater => true,
        Ordering::Equal => q.coeff.is_odd(),
        Ordering::Less => false,
    };
    if !away {
        return r.finalize(ctx, st);
    }
    if q.coeff.increment().digits() > ctx.prec {
        return Ctx::invalid(st, DIVISION_IMPOSSIBLE);
    }
    let c = super::limbs::sub(&divisor.view(), &r.coeff.view());
    Dec::finite(!a.neg, Coeff::from_limbs(c), r.exp).finalize(ctx, st)
}
