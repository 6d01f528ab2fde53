//! Products and fused products.

use super::add::add;
use super::coeff::Coeff;
use super::context::{Ctx, INVALID_OPERATION, Status};
use super::decimal::Dec;
use super::limbs::NoMemory;
use super::multiply;
use crate::try_mem;

/// `a * b` of coefficients.
#[inline]
pub fn mul_coeff(a: &Coeff, b: &Coeff) -> Result<Coeff, NoMemory> {
    if let (Some(x), Some(y)) = (a.as_u64(), b.as_u64()) {
        return Ok(Coeff::from_u128(x as u128 * y as u128));
    }
    Ok(Coeff::from_limbs(multiply::mul(&a.view(), &b.view())?))
}

/// The unrounded product.
#[inline]
pub fn mul_exact(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    let neg = a.neg ^ b.neg;
    if a.is_finite() && b.is_finite() {
        let c = try_mem!(st, mul_coeff(&a.coeff, &b.coeff));
        return Dec::finite(neg, c, a.exp + b.exp);
    }
    mul_special(a, b, neg, ctx, st)
}

#[cold]
fn mul_special(a: &Dec, b: &Dec, neg: bool, ctx: &Ctx, st: &mut Status) -> Dec {
    if let Some(r) = a.check_nans(b, ctx, st) {
        return r;
    }
    if a.is_zero() || b.is_zero() {
        return Ctx::invalid(st, INVALID_OPERATION);
    }
    Dec::inf(neg)
}

/// `a * b`.
#[inline]
pub fn mul(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    mul_exact(a, b, ctx, st).finalize(ctx, st)
}

/// `a * b + c` with one rounding.
pub fn fma(a: &Dec, b: &Dec, c: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    let mut work = 0;
    let p = mul_exact(a, b, ctx, &mut work);
    let r = if work & INVALID_OPERATION == 0 { add(&p, c, ctx, &mut work) } else { p };
    *st |= work;
    r
}
