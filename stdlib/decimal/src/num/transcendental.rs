//! Exponential, logarithms and square root, correctly rounded (half to even).

use std::cmp::Ordering;

use dashu_int::ops::{DivRemEuclid, SquareRoot};
use dashu_int::{IBig, UBig};

use super::coeff::Coeff;
use super::context::{Ctx, INEXACT, INVALID_OPERATION, MAX_EMAX, ROUNDED, Round, SUBNORMAL, Status, UNDERFLOW};
use super::decimal::Dec;
use super::limbs::{self, NoMemory};
use super::round::no_memory;
use super::{fixed, product};

/// Rounds an irrational number to the context. `approx(p)` gives it to about `p` digits, wrong by
/// fewer than 4 units of its last place. The precision grows until both ends of that interval
/// round to the same number.
fn correctly_rounded(ctx: &Ctx, st: &mut Status, mut approx: impl FnMut(i64) -> Dec) -> Dec {
    if !plausible(ctx.prec) {
        return no_memory(st);
    }
    let ctx = Ctx { round: Round::HalfEven, ..*ctx };
    let mut p = ctx.prec + 4;
    loop {
        let v = approx(p);
        let bound = limbs::from_u128(4);
        let low = Dec::finite(v.neg, Coeff::from_limbs(limbs::sub(&v.coeff.view(), &bound)), v.exp);
        let high = Dec::finite(v.neg, Coeff::from_limbs(limbs::add(&v.coeff.view(), &bound)), v.exp);
        let (mut s, mut unused) = (0, 0);
        let (low, high) = (low.finalize(&ctx, &mut unused), high.finalize(&ctx, &mut s));
        if low.kind == high.kind && low.exp == high.exp && low.coeff == high.coeff {
            *st |= s | INEXACT | ROUNDED | if s & SUBNORMAL != 0 { UNDERFLOW } else { 0 };
            return high;
        }
        p += p / 2;
    }
}

/// Could a result of this precision fit memory, with what computing it takes?
fn plausible(prec: i64) -> bool {
    match usize::try_from(prec).ok().and_then(|p| p.checked_mul(16)) {
        Some(bytes) => prec < 1 << 20 || Vec::<u8>::new().try_reserve_exact(bytes).is_ok(),
        None => false,
    }
}

/// Fraction bits for `digits` decimal places.
fn bits_for(digits: i64) -> usize {
    (digits.max(0) as usize) * 3322 / 1000 + 24
}

fn binary(c: &Coeff) -> UBig {
    limbs::to_binary(&c.view())
}

/// `e^a`.
pub fn exp(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nan(ctx, st) {
        return r;
    }
    if a.is_inf() {
        return if a.neg { Dec::zero(false, 0) } else { a.clone() };
    }
    if a.coeff.is_zero() {
        return Dec::int(1);
    }
    let adjusted = a.adjusted();
    if adjusted > 18 {
        // Far beyond the limits of any context.
        let exp = if a.neg { -4 * MAX_EMAX } else { 4 * MAX_EMAX };
        return Dec::finite(false, Coeff::ONE, exp).finalize(&Ctx { round: Round::HalfEven, ..*ctx }, st);
    }
    if adjusted < -(ctx.prec + 2) {
        // 1 and something that does not show.
        let digits = match Coeff::ONE.shift_left(ctx.prec - 1) {
            Ok(c) => c,
            Err(NoMemory) => return no_memory(st),
        };
        *st |= INEXACT | ROUNDED;
        return Dec::finite(false, digits, 1 - ctx.prec).finalize(ctx, st);
    }
    correctly_rounded(ctx, st, |p| {
        let w = bits_for(p + 1) + if adjusted >= 0 { 70 } else { 0 };
        let x = IBig::from(binary(&a.coeff)) << w;
        let x = if a.exp >= 0 { x * fixed::ten_to(a.exp as usize) } else { x / fixed::ten_to(a.exp.unsigned_abs() as usize) };
        let x = if a.neg { -x } else { x };
        let (tens, rest) = x.div_rem_euclid(&fixed::ln10(w));
        let e = fixed::exp(&IBig::from(rest), w);
        let n = (e * fixed::ten_to(p as usize - 1)) >> w;
        let tens = i64::try_from(&tens).unwrap_or(i64::MAX / 4);
        Dec::finite(false, from_binary(n), tens - (p - 1))
    })
}

fn from_binary(n: IBig) -> Coeff {
    Coeff::from_limbs(limbs::from_binary(&n.into_parts().1))
}

/// A number as `m * 10^shift` with `m` between 0.316 and 3.17, and `m` as a fraction of a power
/// of ten.
struct Reduced {
    coeff: UBig,
    /// `m = coeff / 10^scale`.
    scale: usize,
    shift: i64,
    /// `|m - 1|` is at least `10^-zeros`.
    zeros: i64,
}

impl Reduced {
    fn new(a: &Dec) -> Reduced {
        let digits = a.digits();
        let adjusted = a.adjusted();
        let top = a.coeff.shift_right(digits - 3).0.as_u64().unwrap_or(0);
        let top = if digits < 3 { top * 10u64.pow(3 - digits as u32) } else { top };
        let (scale, shift) = if top >= 316 { (digits, adjusted + 1) } else { (digits - 1, adjusted) };
        let zeros = match limbs::power_of_ten(scale as usize) {
            Ok(one) => {
                let c = a.coeff.view();
                let gap = if limbs::cmp(&c, &one) == Ordering::Less { limbs::sub(&one, &c) } else { limbs::sub(&c, &one) };
                scale - limbs::digits(&gap) as i64 + 1
            }
            Err(NoMemory) => 0,
        };
        Reduced { coeff: binary(&a.coeff), scale: scale as usize, shift, zeros }
    }
    /// `ln m` with `w` bits.
    fn ln(&self, w: usize) -> IBig {
        let m = (IBig::from(self.coeff.clone()) << w) / fixed::ten_to(self.scale);
        fixed::ln(&m, w)
    }
    /// Leading zeros of the logarithm's fraction.
    fn leading(&self) -> i64 {
        if self.shift == 0 { self.zeros } else { 0 }
    }
}

/// The fixed-point number `x` as about `p` decimal digits.
fn to_decimal(x: IBig, w: usize, p: i64) -> Dec {
    let size = (fixed::bit_len(&x) as i64 - w as i64) * 30103 / 100_000;
    let places = (p - size).max(0) as usize;
    let (sign, mag) = x.into_parts();
    let n = (mag * fixed::ten_to(places)) >> w;
    let neg = sign == dashu_int::Sign::Negative;
    Dec::finite(neg, Coeff::from_limbs(limbs::from_binary(&n)), -(places as i64))
}

/// What logarithms give for NaN, infinities, zeros and negative numbers.
fn log_special(a: &Dec, ctx: &Ctx, st: &mut Status) -> Option<Dec> {
    if let Some(r) = a.check_nan(ctx, st) {
        return Some(r);
    }
    if a.is_zero() {
        return Some(Dec::inf(true));
    }
    if a.neg {
        return Some(Ctx::invalid(st, INVALID_OPERATION));
    }
    a.is_inf().then(|| Dec::inf(false))
}

fn is_power_of_ten(a: &Dec) -> bool {
    a.coeff.trailing_zeros() == a.digits() - 1 && a.coeff.shift_right(a.digits() - 1).0.is_one()
}

/// The natural logarithm.
pub fn ln(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = log_special(a, ctx, st) {
        return r;
    }
    if is_power_of_ten(a) && a.adjusted() == 0 {
        return Dec::zero(false, 0);
    }
    let x = Reduced::new(a);
    correctly_rounded(ctx, st, |p| {
        let w = bits_for(p + x.leading() + 1) + 70;
        let l = x.ln(w) + ((fixed::ln10(w + 64) * IBig::from(x.shift)) >> 64);
        to_decimal(l, w, p)
    })
}

/// The decimal logarithm.
pub fn log10(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = log_special(a, ctx, st) {
        return r;
    }
    if is_power_of_ten(a) {
        return Dec::int(a.adjusted()).finalize(&Ctx { round: Round::HalfEven, ..*ctx }, st);
    }
    let x = Reduced::new(a);
    correctly_rounded(ctx, st, |p| {
        let w = bits_for(p + x.leading() + 1) + 16;
        let l = (x.ln(w) << w) / fixed::ln10(w) + (IBig::from(x.shift) << w);
        to_decimal(l, w, p)
    })
}

/// The square root.
pub fn sqrt(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nan(ctx, st) {
        return r;
    }
    let ctx = &Ctx { round: Round::HalfEven, ..*ctx };
    let exp = a.exp >> 1;
    if a.is_zero() {
        return Dec::zero(a.neg, exp).finalize(ctx, st);
    }
    if a.neg {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    if a.is_inf() {
        return a.clone();
    }
    let r = match root(a, exp, ctx.prec + 1) {
        Ok(r) => r,
        // No room for the digits of this precision, but the root may be short.
        Err(NoMemory) => match short_root(a, exp) {
            Some(r) => r,
            None => return no_memory(st),
        },
    };
    r.finalize(ctx, st)
}

/// The root to `prec` digits, odd if it is not exact.
fn root(a: &Dec, mut exp: i64, prec: i64) -> Result<Dec, NoMemory> {
    let odd = a.exp & 1;
    let length = (a.digits() + odd + 1) >> 1;
    let shift = prec - length;
    let (c, mut exact) = if shift >= 0 {
        (a.coeff.shift_left(odd + 2 * shift)?, true)
    } else {
        let (c, tail) = a.coeff.shift_left(odd)?.shift_right(-2 * shift);
        (c, tail == limbs::Tail::Zero)
    };
    exp -= shift;
    let (n, square) = int_root(&c)?;
    exact &= square;
    if !exact {
        let n = if matches!(n.last_digit(), 0 | 5) { n.increment() } else { n };
        return Ok(Dec::finite(false, n, exp));
    }
    // Exact: back to the ideal exponent.
    let n = if shift >= 0 { n.shift_right(shift).0 } else { n.shift_left(-shift)? };
    Ok(Dec::finite(false, n, exp + shift))
}

/// `floor(sqrt(c))` and whether that is the root.
fn int_root(c: &Coeff) -> Result<(Coeff, bool), NoMemory> {
    if let Some(x) = c.as_u128() {
        let n = x.isqrt();
        return Ok((Coeff::from_u128(n), n * n == x));
    }
    let n = Coeff::from_limbs(limbs::from_binary(&binary(c).sqrt()));
    let square = product::mul_coeff(&n, &n)?;
    let exact = square == *c;
    Ok((n, exact))
}

/// The root of a perfect square.
fn short_root(a: &Dec, exp: i64) -> Option<Dec> {
    let (n, exact) = int_root(&a.coeff.shift_left(a.exp & 1).ok()?).ok()?;
    exact.then(|| Dec::finite(false, n, exp))
}
