//! Operations on numbers whose digits are zeros and ones.

use super::coeff::Coeff;
use super::context::{Ctx, INVALID_OPERATION, Status};
use super::decimal::Dec;

/// The digits, lowest first, if the operand is logical.
fn bits(a: &Dec) -> Option<Vec<u8>> {
    if !a.is_finite() || a.neg || a.exp != 0 {
        return None;
    }
    let mut text = Vec::new();
    a.coeff.push_ascii(&mut text);
    text.reverse();
    text.iter().all(|c| matches!(c, b'0' | b'1')).then_some(text)
}

fn number(mut digits: Vec<u8>) -> Dec {
    digits.reverse();
    Dec::finite(false, Coeff::from_ascii(&digits), 0)
}

fn combine(a: &Dec, b: &Dec, op: fn(u8, u8) -> u8, ctx: &Ctx, st: &mut Status) -> Dec {
    let (Some(x), Some(y)) = (bits(a), bits(b)) else { return Ctx::invalid(st, INVALID_OPERATION) };
    let n = x.len().max(y.len()).min(usize::try_from(ctx.prec).unwrap_or(usize::MAX));
    let digit = |v: &[u8], i: usize| v.get(i).map_or(0, |c| c - b'0');
    number((0..n).map(|i| op(digit(&x, i), digit(&y, i)) + b'0').collect())
}

pub fn and(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    combine(a, b, |x, y| x & y, ctx, st)
}
pub fn or(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    combine(a, b, |x, y| x | y, ctx, st)
}
pub fn xor(a: &Dec, b: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    combine(a, b, |x, y| x ^ y, ctx, st)
}

/// Every digit of the precision inverted.
pub fn invert(a: &Dec, ctx: &Ctx, st: &mut Status) -> Dec {
    let Some(x) = bits(a) else { return Ctx::invalid(st, INVALID_OPERATION) };
    let mut out = Vec::new();
    let n = usize::try_from(ctx.prec).unwrap_or(usize::MAX);
    if out.try_reserve_exact(n).is_err() {
        return super::round::no_memory(st);
    }
    out.extend((0..n).map(|i| if x.get(i) == Some(&b'1') { b'0' } else { b'1' }));
    number(out)
}
