//! Changing exponents: quantize, rounding to integers, normalisation, scaling.

use super::coeff::Coeff;
use super::context::{Ctx, DIVISION_BY_ZERO, INEXACT, INVALID_OPERATION, MAX_EMAX, MIN_ETINY, ROUNDED, Round, Status};
use super::decimal::Dec;
use super::limbs::Tail;
use super::round::apply;
use crate::try_mem;

/// `a` with the exponent of `b`.
pub fn quantize(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if !a.is_finite() || !b.is_finite() {
        if let Some(r) = a.check_nans(b, ctx, st) {
            return r;
        }
        return if a.is_inf() && b.is_inf() { a.clone() } else { Ctx::invalid(st, INVALID_OPERATION) };
    }
    if b.exp > ctx.emax || b.exp < ctx.etiny() {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    if a.coeff.is_zero() {
        return Dec::zero(a.neg, b.exp).finalize(ctx, st);
    }
    let gap = a.exp - b.exp;
    if a.digits() + gap > ctx.prec {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    let mut work = 0;
    let c = if gap >= 0 {
        try_mem!(st, a.coeff.shift_left(gap))
    } else {
        let (c, tail) = a.coeff.shift_right(-gap);
        work |= ROUNDED;
        if tail != Tail::Zero {
            work |= INEXACT;
        }
        apply(ctx.round, a.neg, c, tail)
    };
    let r = Dec::finite(a.neg, c, b.exp);
    if r.adjusted() > ctx.emax || r.digits() > ctx.prec {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    *st |= work;
    r.finalize(ctx, st)
}

/// `a` with exponent `exp`, whatever the context's limits.
pub fn rescale(a: &Dec, exp: i64, ctx: &Ctx, st: &mut Status) -> Dec {
    if !a.is_finite() {
        return a.check_nan(ctx, st).unwrap_or_else(|| a.clone());
    }
    if !(MIN_ETINY - 1..=MAX_EMAX + 1).contains(&exp) {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    if a.coeff.is_zero() {
        return Dec::zero(a.neg, exp);
    }
    let gap = a.exp - exp;
    if gap >= 0 {
        if a.digits() + gap > super::context::MAX_PREC + 1 {
            return Ctx::invalid(st, INVALID_OPERATION);
        }
        let c = try_mem!(st, a.coeff.shift_left(gap));
        return Dec::finite(a.neg, c, exp);
    }
    let (c, tail) = a.coeff.shift_right(-gap);
    *st |= ROUNDED;
    if tail != Tail::Zero {
        *st |= INEXACT;
    }
    Dec::finite(a.neg, apply(ctx.round, a.neg, c, tail), exp)
}

/// `a` rounded to an integer, exponents above 0 kept; without conditions.
pub fn to_integral(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    let mut quiet = 0;
    let r = to_integral_exact(a, ctx, &mut quiet);
    *st |= quiet & !(INEXACT | ROUNDED);
    r
}

/// As [`to_integral`], telling whether anything was rounded.
pub fn to_integral_exact(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if !a.is_finite() {
        return a.check_nan(ctx, st).unwrap_or_else(|| a.clone());
    }
    if a.exp >= 0 {
        return a.clone();
    }
    if a.coeff.is_zero() {
        return Dec::zero(a.neg, 0);
    }
    let (c, tail) = a.coeff.shift_right(-a.exp);
    *st |= ROUNDED;
    if tail != Tail::Zero {
        *st |= INEXACT;
    }
    Dec::finite(a.neg, apply(ctx.round, a.neg, c, tail), 0)
}

/// `floor` or `ceil` or truncation to an integer, exactly.
pub fn to_integer(a: &Dec, round: Round) -> Dec {
    to_integral_exact(a, &Ctx { round, ..Ctx::MAX }, &mut 0)
}

/// Rounded, and without trailing zeros.
pub fn reduce(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if !a.is_finite() {
        return a.check_nan(ctx, st).unwrap_or_else(|| a.clone());
    }
    let r = a.clone().finalize(ctx, st);
    if !r.is_finite() {
        return r;
    }
    if r.coeff.is_zero() {
        return Dec::zero(r.neg, 0);
    }
    let largest = if ctx.clamp { ctx.etop() } else { ctx.emax };
    let cut = r.coeff.trailing_zeros().min(largest - r.exp);
    Dec::finite(r.neg, r.coeff.shift_right(cut).0, r.exp + cut)
}

/// `a * 10^b` for an integer `b`.
pub fn scaleb(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nans(b, ctx, st) {
        return r;
    }
    let limit = 2 * (ctx.emax.saturating_add(ctx.prec));
    let n = match b.exp {
        0 if b.is_finite() => b.to_i64().filter(|n| n.abs() <= limit),
        _ => None,
    };
    let Some(n) = n else { return Ctx::invalid(st, INVALID_OPERATION) };
    if a.is_inf() {
        return a.clone();
    }
    // Beyond this, limits are passed either way; sums stay in range.
    let exp = (a.exp as i128 + n as i128).clamp(MIN_ETINY as i128 * 2, MAX_EMAX as i128 * 3) as i64;
    Dec::finite(a.neg, a.coeff.clone(), exp).finalize(ctx, st)
}

/// The exponent of the first digit, as a number.
pub fn logb(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nan(ctx, st) {
        return r;
    }
    if a.is_inf() {
        return Dec::inf(false);
    }
    if a.coeff.is_zero() {
        *st |= DIVISION_BY_ZERO;
        return Dec::inf(true);
    }
    Dec::int(a.adjusted()).finalize(ctx, st)
}

/// The digit count for shifts and rotations, if `b` is one.
fn places(b: &Dec, ctx: &Ctx) -> Option<i64> {
    if !b.is_finite() || b.exp != 0 {
        return None;
    }
    b.to_i64().filter(|n| n.abs() <= ctx.prec)
}

/// The coefficient moved by `b` digits within the precision.
pub fn shift(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nans(b, ctx, st) {
        return r;
    }
    let Some(n) = places(b, ctx) else { return Ctx::invalid(st, INVALID_OPERATION) };
    if a.is_inf() {
        return a.clone();
    }
    let c = if n >= 0 {
        let kept = a.coeff.low_digits(ctx.prec - n);
        try_mem!(st, kept.shift_left(n))
    } else {
        a.coeff.low_digits(ctx.prec).shift_right(-n).0
    };
    Dec::finite(a.neg, c, a.exp)
}

/// The coefficient rotated by `b` digits within the precision.
pub fn rotate(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nans(b, ctx, st) {
        return r;
    }
    let Some(n) = places(b, ctx) else { return Ctx::invalid(st, INVALID_OPERATION) };
    if a.is_inf() {
        return a.clone();
    }
    let left = if n >= 0 { n } else { n + ctx.prec };
    let all = a.coeff.low_digits(ctx.prec);
    let high = try_mem!(st, all.low_digits(ctx.prec - left).shift_left(left));
    let low = all.shift_right(ctx.prec - left).0;
    Dec::finite(a.neg, Coeff::from_limbs(super::limbs::add(&high.view(), &low.view())), a.exp)
}

#[cfg(test)]
mod tests {
    use super::super::context::Round;
    use super::super::parse::parse;
    use super::super::text::to_sci;
    use super::*;

    fn run(a: &str, b: &str, ctx: &Ctx, f: fn(&Dec, &Dec, &Ctx, &mut Status) -> Dec) -> (String, Status) {
        let number = |s: &str| parse(s.as_bytes(), &Ctx::MAX, &mut 0);
        let mut st = 0;
        let r = f(&number(a), &number(b), ctx, &mut st);
        (to_sci(&r, true), st)
    }

    #[test]
    fn exponents_change() {
        let ctx = Ctx { prec: 9, emax: 999, emin: -999, round: Round::HalfEven, clamp: false };
        let ok = |s: &str, st| (s.to_owned(), st);
        assert_eq!(run("2.165", "0.01", &ctx, quantize), ok("2.16", ROUNDED | INEXACT));
        assert_eq!(run("2.17", "0.0001", &ctx, quantize), ok("2.1700", 0));
        assert_eq!(run("9.9996", "0.001", &ctx, quantize), ok("10.000", ROUNDED | INEXACT));
        assert_eq!(run("999999999.6", "1", &ctx, quantize), ok("NaN", INVALID_OPERATION));
        assert_eq!(run("12345678901234567890123456789012345678901234", "1e40", &ctx, quantize), ok("1.235E+43", ROUNDED | INEXACT));
        assert_eq!(run("34028236692093846346337460743176821145.5", "1e30", &ctx, quantize), ok("3.4028237E+37", ROUNDED | INEXACT));
        assert_eq!(run("123456789", "4", &ctx, rotate), ok("567891234", 0));
        assert_eq!(run("123456789", "-2", &ctx, shift), ok("1234567", 0));
        assert_eq!(run("7.50", "-3", &ctx, scaleb), ok("0.00750", 0));
    }
}
