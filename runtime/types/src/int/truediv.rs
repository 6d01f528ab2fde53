//! Conversions between integers and doubles: correctly rounded true division, exact comparison.

use std::cmp::Ordering;

use dashu_int::ops::{DivRem, UnsignedAbs};
use dashu_int::{IBig, UBig};
use krait_object::error::PyResult;
use krait_object::int::IntRef;
use krait_object::vm::Vm;

use super::arith::{big, bit_length};

/// Integers up to here are doubles.
const EXACT: i64 = 1 << 53;
const MINUS_EXACT: i64 = -EXACT;

/// `m * 2**e` as the nearest double, ties to even; infinite on overflow. With 64 or more
/// significant bits in `m`, its lowest bit may stand for everything cut off below.
pub fn compose(m: u128, e: i64) -> f64 {
    if m == 0 {
        return 0.0;
    }
    let bits = i64::from(u128::BITS - m.leading_zeros());
    let top = bits + e;
    if top > 1024 {
        return f64::INFINITY;
    }
    // Bits a double has for this magnitude: fewer below the normal range.
    let precision = (top + 1074).min(53);
    if precision < 0 {
        return 0.0;
    }
    let drop = bits - precision;
    if drop <= 0 {
        return scale(m as f64, e);
    }
    let (mut q, rest, half) = if drop >= 128 { (0, m, 1u128 << 127) } else { (m >> drop, m & ((1u128 << drop) - 1), 1u128 << (drop - 1)) };
    if rest > half || (rest == half && q & 1 != 0) {
        q += 1;
    }
    scale(q as f64, e + drop)
}

/// `x * 2**e` where the result is a double or overflows.
fn scale(mut x: f64, mut e: i64) -> f64 {
    const UP: f64 = f64::from_bits(0x7fe0_0000_0000_0000);
    const DOWN: f64 = f64::from_bits(0x0010_0000_0000_0000);
    while e > 1023 {
        x *= UP;
        e -= 1023;
    }
    while e < -1022 {
        x *= DOWN;
        e += 1022;
    }
    x * f64::from_bits(((e + 1023) as u64) << 52)
}

/// `a / b`; OverflowError if out of range.
pub fn int_truediv(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> PyResult<f64> {
    if b.is_zero() {
        return Err(vm.zero_division_error("division by zero"));
    }
    if let (IntRef::Small(x @ MINUS_EXACT..=EXACT), IntRef::Small(y @ MINUS_EXACT..=EXACT)) = (a, b) {
        return Ok(x as f64 / y as f64);
    }
    let q = quotient(&big(a), &big(b));
    if q.is_infinite() { Err(vm.overflow_error("integer division result too large for a float")) } else { Ok(q) }
}

fn quotient(a: &IBig, b: &IBig) -> f64 {
    let negative = (*a < IBig::ZERO) != (*b < IBig::ZERO);
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    let (abits, bbits) = (bits(&a), bits(&b));
    let q = if abits == 0 {
        0.0
    } else if abits > bbits + 1025 {
        f64::INFINITY
    } else if bbits > abits + 1080 {
        0.0
    } else {
        // A quotient of 66 or 67 bits, with the remainder as a sticky bit.
        let shift = 66 - (abits as i64 - bbits as i64);
        let (n, lost) = if shift >= 0 {
            (a << shift as usize, false)
        } else {
            let cut = (-shift) as usize;
            let lost = a.trailing_zeros().is_some_and(|z| z < cut);
            (a >> cut, lost)
        };
        let (q, r) = n.div_rem(&b);
        let q = u128::try_from(q).unwrap_or(u128::MAX);
        compose(q | u128::from(lost || !r.is_zero()), -shift)
    };
    if negative { -q } else { q }
}

fn bits(n: &UBig) -> usize {
    let w = n.as_words();
    match w.last() {
        Some(top) => w.len() * dashu_int::Word::BITS as usize - top.leading_zeros() as usize,
        None => 0,
    }
}

/// The integer part of a finite double.
pub fn f64_to_big(f: f64) -> IBig {
    let f = f.trunc();
    if f.abs() < 9.2e18 {
        return IBig::from(f as i64);
    }
    let b = f.to_bits();
    let e = (b >> 52 & 0x7ff) as usize;
    let m = IBig::from((b & ((1 << 52) - 1)) | 1 << 52) << (e - 1075);
    if f < 0.0 { -m } else { m }
}

/// How an int orders against a double, exactly; `None` for NaN.
pub fn cmp_int_float(i: IntRef<'_>, f: f64) -> Option<Ordering> {
    if let IntRef::Small(i @ MINUS_EXACT..=EXACT) = i {
        return (i as f64).partial_cmp(&f);
    }
    if f.is_nan() {
        return None;
    }
    if f.is_infinite() || bit_length(i) > 1025 {
        let int_wins = !f.is_infinite();
        let negative = if int_wins { i.is_negative() } else { f > 0.0 };
        return Some(if negative { Ordering::Less } else { Ordering::Greater });
    }
    let whole = f64_to_big(f);
    Some(big(i).as_ref().cmp(&whole).then_with(|| 0.0.partial_cmp(&(f - f.trunc())).unwrap_or(Ordering::Equal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_round_correctly() {
        let p = |e: usize| IBig::from(1) << e;
        assert_eq!(quotient(&p(20000), &p(19999)), 2.0);
        assert_eq!(quotient(&IBig::from(1), &p(1074)), 5e-324);
        assert_eq!(quotient(&IBig::from(1), &p(1075)), 0.0);
        assert_eq!(quotient(&IBig::from(3), &p(1075)), 1e-323);
        assert!(quotient(&p(2000), &IBig::from(1)).is_infinite());
        assert!(quotient(&p(1024), &IBig::from(1)).is_infinite());
        assert_eq!(quotient(&(p(1024) - p(970) - IBig::ONE), &IBig::from(-1)), -f64::MAX);
        assert_eq!(quotient(&IBig::from(10).pow(30), &IBig::from(3)), 3.333_333_333_333_333e29);
        assert_eq!(quotient(&IBig::from(10).pow(100), &IBig::from(10).pow(99)), 10.0);
        assert_eq!(quotient(&IBig::from(0), &IBig::from(-5)).to_bits(), (-0.0f64).to_bits());
        assert_eq!(quotient(&(p(200) + p(147) + IBig::from(1)), &p(200)), 1.0000000000000002);
    }

    #[test]
    fn composing() {
        assert_eq!(compose(1, -1074), 5e-324);
        assert_eq!(compose(1, -1075), 0.0);
        assert_eq!(compose(3, -1075), 1e-323);
        assert_eq!(compose((1 << 54) + 1, -54), 1.0);
        assert_eq!(compose((1 << 54) + 3, -54), 1.0000000000000002);
        assert_eq!(compose(1, 1023), 2f64.powi(1023));
        assert!(compose(1, 1024).is_infinite());
        assert!(compose((1 << 54) - 1, 970).is_infinite());
    }

    #[test]
    fn comparisons() {
        use Ordering::*;
        let b = IBig::from((1i64 << 53) + 1);
        let i = IntRef::Small((1 << 53) + 1);
        assert_eq!(cmp_int_float(i, 9007199254740992.0), Some(Greater));
        assert_eq!(cmp_int_float(IntRef::Big(&b), 9007199254740994.0), Some(Less));
        assert_eq!(cmp_int_float(IntRef::Small(-3), -2.5), Some(Less));
        assert_eq!(cmp_int_float(i, f64::NAN), None);
        assert_eq!(cmp_int_float(i, f64::INFINITY), Some(Less));
        let huge = IBig::from(10).pow(400);
        assert_eq!(cmp_int_float(IntRef::Big(&huge), 1e308), Some(Greater));
        assert_eq!(cmp_int_float(IntRef::Big(&huge), f64::INFINITY), Some(Less));
        assert_eq!(cmp_int_float(IntRef::Big(&-huge), -1e308), Some(Less));
    }
}
