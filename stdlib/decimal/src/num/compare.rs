//! Comparisons as operations, total order, minimum and maximum, neighbours, classes.

use std::cmp::Ordering;

use super::add;
use super::coeff::Coeff;
use super::context::{CLAMPED, Ctx, INEXACT, INVALID_OPERATION, OVERFLOW, ROUNDED, Round, SUBNORMAL, Status, UNDERFLOW};
use super::decimal::{Dec, Kind};

fn sign_of(o: Ordering) -> Dec {
    Dec::int(o as i64)
}

/// -1, 0 or 1; NaN if an operand is.
pub fn compare(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    match a.check_nans(b, ctx, st) {
        Some(r) => r,
        None => sign_of(a.compare(b)),
    }
}

/// As [`compare`], but quiet NaNs signal too.
pub fn compare_signal(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    match a.check_nans(b, ctx, st) {
        Some(r) => {
            *st |= INVALID_OPERATION;
            r
        }
        None => sign_of(a.compare(b)),
    }
}

/// The total order of magnitudes.
pub fn total_abs(a: &Dec, b: &Dec) -> Ordering {
    let rank = |k: Kind| match k {
        Kind::Finite => 0,
        Kind::Infinite => 1,
        Kind::SignalingNan => 2,
        Kind::QuietNan => 3,
    };
    if !a.is_finite() || !b.is_finite() {
        let by_kind = rank(a.kind).cmp(&rank(b.kind));
        return by_kind.then_with(|| a.coeff.compare(&b.coeff));
    }
    a.compare_abs(b).then_with(|| a.exp.cmp(&b.exp))
}

/// The total order.
pub fn total(a: &Dec, b: &Dec) -> Ordering {
    match (a.neg, b.neg) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => total_abs(a, b),
        (true, true) => total_abs(b, a),
    }
}

pub fn compare_total(a: &Dec, b: &Dec) -> Dec {
    sign_of(total(a, b))
}
pub fn compare_total_mag(a: &Dec, b: &Dec) -> Dec {
    sign_of(total_abs(a, b))
}

/// Picks the larger (`Greater`) or smaller operand; a number wins over a quiet NaN.
fn pick(a: &Dec, b: &Dec, want: Ordering, mag: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    if a.kind == Kind::QuietNan && !b.is_nan() {
        return b.clone().finalize(ctx, st);
    }
    if b.kind == Kind::QuietNan && !a.is_nan() {
        return a.clone().finalize(ctx, st);
    }
    if let Some(r) = a.check_nans(b, ctx, st) {
        return r;
    }
    let by_size = if mag { a.compare_abs(b) } else { a.compare(b) };
    let order = by_size.then_with(|| if mag && a.compare(b) != Ordering::Equal { a.compare(b) } else { total(a, b) });
    let chosen = if order == want || order == Ordering::Equal && want == Ordering::Greater { a } else { b };
    chosen.clone().finalize(ctx, st)
}

pub fn max(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    pick(a, b, Ordering::Greater, false, ctx, st)
}
pub fn min(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    pick(a, b, Ordering::Less, false, ctx, st)
}
pub fn max_mag(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    pick(a, b, Ordering::Greater, true, ctx, st)
}
pub fn min_mag(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    pick(a, b, Ordering::Less, true, ctx, st)
}

/// The largest number below `a`.
pub fn next_minus(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    neighbour(a, true, ctx, st)
}

/// The smallest number above `a`.
pub fn next_plus(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    neighbour(a, false, ctx, st)
}

fn neighbour(a: &Dec, down: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nan(ctx, st) {
        return r;
    }
    if a.is_inf() {
        return if a.neg == down { a.clone() } else { Dec::largest(a.neg, ctx, st) };
    }
    let work = Ctx { round: if down { Round::Floor } else { Round::Ceiling }, ..*ctx };
    let mut quiet = 0;
    let rounded = a.clone().finalize(&work, &mut quiet);
    let r = if quiet & (INEXACT | super::context::ERRORS) != 0 {
        rounded
    } else {
        // Less than the smallest step, so rounding takes it to the next number.
        let tiny = Dec::finite(down, Coeff::ONE, super::context::MIN_ETINY - 1);
        add::add(a, &tiny, &work, &mut quiet)
    };
    *st |= quiet & super::context::ERRORS;
    r
}

/// The number next to `a` in the direction of `b`.
pub fn next_toward(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nans(b, ctx, st) {
        return r;
    }
    let order = a.compare(b);
    if order == Ordering::Equal {
        return a.clone().with_sign(b.neg);
    }
    let r = neighbour(a, order == Ordering::Greater, ctx, st);
    if r.is_inf() {
        *st |= OVERFLOW | ROUNDED | INEXACT;
    } else if r.is_finite() && r.adjusted() < ctx.emin {
        *st |= UNDERFLOW | SUBNORMAL | ROUNDED | INEXACT;
        if r.coeff.is_zero() {
            *st |= CLAMPED;
        }
    }
    r
}

/// Not zero, finite, below the smallest normal number?
pub fn is_subnormal(a: &Dec, ctx: &Ctx) -> bool {
    a.is_finite() && !a.coeff.is_zero() && a.adjusted() < ctx.emin
}

pub fn is_normal(a: &Dec, ctx: &Ctx) -> bool {
    a.is_finite() && !a.coeff.is_zero() && a.adjusted() >= ctx.emin
}

pub fn class(a: &Dec, ctx: &Ctx) -> &'static str {
    match a.kind {
        Kind::SignalingNan => "sNaN",
        Kind::QuietNan => "NaN",
        Kind::Infinite => {
            if a.neg {
                "-Infinity"
            } else {
                "+Infinity"
            }
        }
        Kind::Finite if a.coeff.is_zero() => {
            if a.neg {
                "-Zero"
            } else {
                "+Zero"
            }
        }
        Kind::Finite if is_subnormal(a, ctx) => {
            if a.neg {
                "-Subnormal"
            } else {
                "+Subnormal"
            }
        }
        Kind::Finite => {
            if a.neg {
                "-Normal"
            } else {
                "+Normal"
            }
        }
    }
}

/// The same exponent, or both infinite, or both NaN?
pub fn same_quantum(a: &Dec, b: &Dec) -> bool {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => a.exp == b.exp,
        (false, false) => a.is_nan() == b.is_nan(),
        _ => false,
    }
}
