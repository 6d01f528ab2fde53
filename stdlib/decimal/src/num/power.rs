//! Powers, and powers modulo a number.

use std::cmp::Ordering;

use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use dashu_int::ops::BitTest;

use super::coeff::Coeff;
use super::context::{CLAMPED, Ctx, ERRORS, INEXACT, INVALID_OPERATION, MALLOC_ERROR, MAX_EMAX, ROUNDED, Round, Status};
use super::decimal::Dec;
use super::limbs;
use super::{add, divide, product, transcendental};
use crate::try_mem;

/// Beyond the limits of any context.
const HUGE_EXP: i64 = 2 * MAX_EMAX + 3;

/// `base ** exp`.
pub fn pow(base: &Dec, exp: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = base.check_nans(exp, ctx, st) {
        return r;
    }
    let integral = exp.is_integer();
    let neg = integral && base.neg && exp.is_odd_integer();
    if base.is_zero() {
        if exp.is_zero() {
            return Ctx::invalid(st, INVALID_OPERATION);
        }
        return if exp.neg { Dec::inf(neg) } else { Dec::zero(neg, 0) };
    }
    if base.neg && (!integral || exp.is_inf()) {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    let one = Dec::int(1);
    if exp.is_inf() {
        let order = base.compare(&one);
        if order == Ordering::Equal {
            *st |= INEXACT | ROUNDED;
            return padded_one(neg, ctx.prec - 1, st);
        }
        return if (order == Ordering::Less) != exp.neg { Dec::zero(neg, 0) } else { Dec::inf(neg) };
    }
    if exp.is_zero() {
        return Dec::finite(neg, Coeff::ONE, 0);
    }
    if base.is_inf() {
        return if exp.neg { Dec::zero(neg, 0) } else { Dec::inf(neg) };
    }
    if base.compare_abs(&one) == Ordering::Equal {
        return power_of_one(base, exp, integral, neg, ctx, st);
    }
    if let Some(r) = beyond_limits(base, exp, neg, ctx, st) {
        return r;
    }
    if integral {
        return integral_power(base, exp, neg, ctx, st);
    }
    let r = real_power(base, exp, ctx, st);
    if r.is_finite() && r.compare(&one) == Ordering::Equal {
        return padded_one(false, ctx.prec - 1, st).finalize(ctx, st);
    }
    r.finalize(ctx, st)
}

/// 1 with `places` zeros behind the point.
fn padded_one(neg: bool, places: i64, st: &mut Status) -> Dec {
    let c = try_mem!(st, Coeff::ONE.shift_left(places));
    Dec::finite(neg, c, -places)
}

/// `1.000 ** 3` is `1.000000000`.
fn power_of_one(base: &Dec, exp: &Dec, integral: bool, neg: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    if !integral {
        *st |= INEXACT | ROUNDED;
        return padded_one(neg, ctx.prec - 1, st);
    }
    if exp.neg {
        return Dec::finite(neg, Coeff::ONE, 0);
    }
    let mut work = 0;
    let places = product::mul(exp, &Dec::int(-base.exp), ctx, &mut work);
    if work & ERRORS != 0 {
        *st |= work & ERRORS;
        return places;
    }
    let places = if places.neg { 0 } else { places.to_i64().unwrap_or(i64::MAX) };
    if places > ctx.prec - 1 {
        *st |= ROUNDED;
    }
    padded_one(neg, places.min(ctx.prec - 1), st)
}

/// Digits of an exponent.
fn exponent_digits(e: i64) -> i64 {
    limbs::word_digits(e.unsigned_abs()) as i64
}

/// A lower bound of the exponent of `|log10 |x||`.
fn log_size(x: &Dec) -> i64 {
    let t = x.adjusted();
    if t > 0 {
        return exponent_digits(t) - 1;
    }
    if t < -1 {
        return exponent_digits(t + 1) - 1;
    }
    let gap = add::sub(&x.clone().with_sign(false), &Dec::int(1), &Ctx::MAX, &mut 0);
    if t == 0 { gap.adjusted() - 2 } else { gap.adjusted() - 1 }
}

/// The result, if it surely overflows or underflows.
fn beyond_limits(base: &Dec, exp: &Dec, neg: bool, ctx: &Ctx, st: &mut Status) -> Option<Dec> {
    let size = log_size(base) + exp.adjusted();
    let grows = (base.adjusted() < 0) == exp.neg;
    let (limit, e) = if grows { (exponent_digits(ctx.emax), HUGE_EXP) } else { (exponent_digits(ctx.etiny()), ctx.etiny() - 1) };
    (limit < size).then(|| Dec::finite(neg, Coeff::ONE, e).finalize(ctx, st))
}

fn integral_power(base: &Dec, exp: &Dec, neg: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    let extra = exp.digits().saturating_add(exp.exp).saturating_add(2);
    let mut work = Ctx { prec: ctx.prec.saturating_add(extra), round: Round::HalfEven, clamp: false, ..*ctx };
    let mut b = base.clone();
    if exp.neg {
        work.prec += 1;
        let mut s = 0;
        b = divide::div(&Dec::int(1), base, &work, &mut s);
        *st |= s;
        if s & ERRORS != 0 {
            return b;
        }
    }
    let n = match exp.exp {
        e if e >= 0 => limbs::to_binary(&try_mem!(st, exp.coeff.shift_left(e)).view()),
        e => limbs::to_binary(&exp.coeff.shift_right(-e).0.view()),
    };
    let mut r = repeated(&b, &n, &work, st).with_sign(neg);
    if r.is_inf() {
        r = Dec::finite(neg, Coeff::ONE, HUGE_EXP);
    }
    r.finalize(ctx, st)
}

/// Squares and multiplies, from the exponent's top bit.
fn repeated(base: &Dec, n: &UBig, ctx: &Ctx, st: &mut Status) -> Dec {
    let mut work = 0;
    let mut r = base.clone();
    for i in (0..n.bit_len() - 1).rev() {
        r = product::mul(&r, &r, ctx, &mut work);
        if n.bit(i) {
            r = product::mul(&r, base, ctx, &mut work);
        }
        if !r.is_finite() || r.coeff.is_zero() && work & CLAMPED != 0 {
            break;
        }
    }
    *st |= work;
    r
}

/// `e ** (exp ln base)` with digits to spare.
fn real_power(base: &Dec, exp: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    let work = Ctx { prec: ctx.prec.max(base.digits()).saturating_add(23), ..Ctx::MAX };
    let mut s = 0;
    let log = transcendental::ln(base, &work, &mut s);
    let product = product::mul(&log, exp, &work, &mut s);
    let r = transcendental::exp(&product, &work, &mut s);
    *st |= INEXACT | ROUNDED | s & MALLOC_ERROR;
    if r.is_inf() { Dec::finite(false, Coeff::ONE, HUGE_EXP) } else { r }
}

/// `base ** exp % modulus` of integers.
pub fn pow_mod(base: &Dec, exp: &Dec, modulus: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    let all = [base, exp, modulus];
    for nan in all.into_iter().filter(|d| d.is_snan()).chain(all.into_iter().filter(|d| d.is_nan())) {
        if let Some(r) = nan.check_nan(ctx, st) {
            return r;
        }
    }
    let fits = |m: &Dec| !m.coeff.is_zero() && m.digits() + m.exp <= ctx.prec;
    if !all.iter().all(|d| d.is_integer()) || !fits(modulus) {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    let neg = base.neg && exp.is_odd_integer();
    if exp.coeff.is_zero() {
        if base.coeff.is_zero() {
            return Ctx::invalid(st, INVALID_OPERATION);
        }
        let unit = modulus.compare_abs(&Dec::int(1)) == Ordering::Equal;
        return Dec::int(i64::from(!unit));
    }
    if exp.neg {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    if base.coeff.is_zero() {
        return Dec::zero(neg, 0);
    }
    let whole = |d: &Dec| -> Result<(UBig, u64), limbs::NoMemory> {
        let c = if d.exp < 0 { d.coeff.shift_right(-d.exp).0 } else { d.coeff.clone() };
        Ok((limbs::to_binary(&c.view()), d.exp.max(0) as u64))
    };
    let m = try_mem!(st, modulus.coeff.shift_left(modulus.exp.max(0)));
    let m = if modulus.exp < 0 { m.shift_right(-modulus.exp).0 } else { m };
    if m.is_one() {
        return Dec::zero(neg, 0);
    }
    let ring = ConstDivisor::new(limbs::to_binary(&m.view()));
    let (b, tens) = try_mem!(st, whole(base));
    let (e, exp_tens) = try_mem!(st, whole(exp));
    let b = ring.reduce(b) * ring.reduce(10u8).pow(&UBig::from(tens));
    let mut r = b.pow(&e);
    let ten = UBig::from(10u8);
    for _ in 0..exp_tens {
        r = r.pow(&ten);
    }
    Dec::finite(neg, Coeff::from_limbs(limbs::from_binary(&r.residue())), 0)
}
