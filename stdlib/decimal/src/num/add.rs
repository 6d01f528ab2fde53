//! Sums and differences.

use std::cmp::Ordering;

use super::coeff::{Coeff, SMALL_DIGITS, pow10};
use super::context::{Ctx, INVALID_OPERATION, Round, Status};
use super::decimal::Dec;
use super::limbs;
use crate::try_mem;

/// `a + b`.
#[inline]
pub fn add(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    add_signed(a, b, b.neg, ctx, st)
}

/// `a - b`.
#[inline]
pub fn sub(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    add_signed(a, b, !b.neg, ctx, st)
}

/// `a + b` with the sign given for `b`.
#[inline]
fn add_signed(a: &Dec, b: &Dec, b_neg: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = add_small(a, b, b_neg, ctx) {
        return r.finalize(ctx, st);
    }
    if !a.is_finite() || !b.is_finite() {
        return special(a, b, b_neg, ctx, st);
    }
    exact_or_rounded(a, b, b_neg, ctx, st).finalize(ctx, st)
}

/// The exact sum, if everything fits machine integers.
#[inline]
fn add_small(a: &Dec, b: &Dec, b_neg: bool, ctx: &Ctx) -> Option<Dec> {
    let (mut x, mut y) = (a.coeff.as_u128()?, b.coeff.as_u128()?);
    if !a.is_finite() || !b.is_finite() {
        return None;
    }
    let exp = a.exp.min(b.exp);
    if a.exp != b.exp {
        let gap = (a.exp - b.exp).unsigned_abs() as usize;
        let (wide, digits) = if a.exp > b.exp { (&mut x, a.digits()) } else { (&mut y, b.digits()) };
        if gap + digits as usize > SMALL_DIGITS {
            return None;
        }
        *wide *= pow10(gap);
    }
    if a.neg == b_neg {
        return Some(Dec::finite(a.neg, Coeff::from_u128(x + y), exp));
    }
    Some(match x.cmp(&y) {
        Ordering::Greater => Dec::finite(a.neg, Coeff::from_u128(x - y), exp),
        Ordering::Less => Dec::finite(b_neg, Coeff::from_u128(y - x), exp),
        Ordering::Equal => Dec::zero(ctx.round == Round::Floor, exp),
    })
}

#[cold]
fn special(a: &Dec, b: &Dec, b_neg: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nans(b, ctx, st) {
        return r;
    }
    match (a.is_inf(), b.is_inf()) {
        (true, true) if a.neg != b_neg => Ctx::invalid(st, INVALID_OPERATION),
        (true, _) => Dec::inf(a.neg),
        _ => Dec::inf(b_neg),
    }
}

/// The sum of finite numbers, exact unless one is too small to matter: then it is replaced by
/// something that rounds the same and keeps the operation short.
fn exact_or_rounded(a: &Dec, b: &Dec, b_neg: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    let (big, big_neg, small, small_neg) = if a.exp >= b.exp { (a, a.neg, b, b_neg) } else { (b, b_neg, a, a.neg) };
    let (mut small_coeff, mut small_exp) = (&small.coeff, small.exp);
    if !big.coeff.is_zero() && big.exp != small.exp {
        let digits = big.digits();
        let below = big.exp - 1 + (digits - ctx.prec - 1).min(0);
        if small.adjusted() < below {
            small_coeff = if small.coeff.is_zero() { &Coeff::ZERO } else { &Coeff::ONE };
            small_exp = below;
        }
    }
    let wide = try_mem!(st, big.coeff.shift_left(big.exp - small_exp));
    let (x, y) = (wide.view(), small_coeff.view());
    if big_neg == small_neg {
        return Dec::finite(big_neg, Coeff::from_limbs(limbs::add(&x, &y)), small_exp);
    }
    match limbs::cmp(&x, &y) {
        Ordering::Greater => Dec::finite(big_neg, Coeff::from_limbs(limbs::sub(&x, &y)), small_exp),
        Ordering::Less => Dec::finite(small_neg, Coeff::from_limbs(limbs::sub(&y, &x)), small_exp),
        Ordering::Equal => Dec::zero(ctx.round == Round::Floor, small_exp),
    }
}

/// `+a`: rounds; minus zero becomes zero unless rounding to minus infinity.
pub fn plus(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    signed(a, a.neg, ctx, st)
}

/// `-a`, likewise.
pub fn minus(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    signed(a, !a.neg, ctx, st)
}

/// `|a|`, rounded.
pub fn abs(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if a.neg { minus(a, ctx, st) } else { plus(a, ctx, st) }
}

fn signed(a: &Dec, neg: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nan(ctx, st) {
        return r;
    }
    let neg = neg && (!a.is_zero() || ctx.round == Round::Floor);
    a.clone().with_sign(neg).finalize(ctx, st)
}
