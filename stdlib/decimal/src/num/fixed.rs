//! Binary fixed-point evaluation of exponential and logarithm.
//!
//! A number with `w` fraction bits is an integer scaled by `2^w`. Errors are given in units of
//! the last bit.

use std::cell::RefCell;

use dashu_int::ops::BitTest;
use dashu_int::{IBig, UBig};

/// `10^n`.
pub fn ten_to(n: usize) -> UBig {
    UBig::from(5u8).pow(n) << n
}

/// `e^x` for `|x| < 4`, within 2 units.
///
/// The argument is halved `k` times, the Taylor series summed, the sum squared `k` times. Squaring
/// doubles errors, hence the extra bits.
pub fn exp(x: &IBig, w: usize) -> IBig {
    let k = w.isqrt();
    let extra = k + 24;
    let p = w + extra;
    let r = (x << extra) >> k;
    let mut sum = (IBig::ONE << p) + &r;
    let mut term = r.clone();
    for n in 2u64.. {
        term = ((term * &r) >> p) / n;
        if term.is_zero() {
            break;
        }
        sum += &term;
    }
    for _ in 0..k {
        sum = IBig::from(sum.sqr() >> p);
    }
    sum >> extra
}

/// `ln m` for `m`, with `w` bits, between 0.3 and 3.3; within 16 units.
///
/// Halley's iteration `y + 2 (m - e^y) / (m + e^y)` triples the good bits; it starts from a
/// double, and each step works with the bits it can make good.
pub fn ln(m: &IBig, w: usize) -> IBig {
    let mut widths = vec![w];
    while let Some(&last) = widths.last() {
        if last <= 140 {
            break;
        }
        widths.push(last / 3 + 10);
    }
    let start = i64::try_from(&(m >> w.saturating_sub(60))).map_or(1.0, |i| i as f64);
    let guess = (start / 2f64.powi(w.min(60) as i32)).ln();
    let mut bits = 60;
    let mut y = IBig::from((guess * 2f64.powi(60)) as i64);
    for wi in widths.into_iter().rev() {
        y = if wi >= bits { y << (wi - bits) } else { y >> (bits - wi) };
        bits = wi;
        let mi = m >> (w - wi);
        let e = exp(&y, wi);
        y += ((&mi - &e) << (wi + 1)) / (mi + e);
    }
    y
}

thread_local! {
    /// The widest `ln 10` so far.
    static LN10: RefCell<(usize, IBig)> = const { RefCell::new((0, IBig::ZERO)) };
}

/// `ln 10` within 2 units.
pub fn ln10(w: usize) -> IBig {
    LN10.with_borrow_mut(|(have, value)| {
        if *have < w {
            // Room for somewhat wider requests.
            let bits = w + w / 8 + 64;
            *value = compute_ln10(bits);
            *have = bits;
        }
        &*value >> (*have - w)
    })
}

/// `46 artanh(1/31) + 34 artanh(1/49) + 20 artanh(1/161)`.
fn compute_ln10(w: usize) -> IBig {
    let p = w + 16;
    let sum =
        artanh_inverse(31, p) * UBig::from(46u8) + artanh_inverse(49, p) * UBig::from(34u8) + artanh_inverse(161, p) * UBig::from(20u8);
    IBig::from(sum >> 16)
}

/// `artanh(1/n)`, summed by halves.
fn artanh_inverse(n: u32, w: usize) -> UBig {
    let terms = w / (2 * n.ilog2() as usize) + 2;
    let square = UBig::from(n * n);
    let (b, q, t) = halves(0, terms, &square);
    (t << w) / (b * q * UBig::from(n))
}

/// The terms `a..b` of `sum 1 / ((2k + 1) m^k)` as `t / (b q)`.
fn halves(a: usize, b: usize, m: &UBig) -> (UBig, UBig, UBig) {
    if b - a == 1 {
        let q = if a == 0 { UBig::ONE } else { m.clone() };
        return (UBig::from(2 * a + 1), q, UBig::ONE);
    }
    let mid = (a + b) / 2;
    let (b1, q1, t1) = halves(a, mid, m);
    let (b2, q2, t2) = halves(mid, b, m);
    let t = t1 * &b2 * &q2 + &b1 * t2;
    (b1 * b2, q1 * q2, t)
}

/// Bits of the magnitude.
pub fn bit_len(x: &IBig) -> usize {
    x.bit_len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_and_inverses() {
        let w = 400;
        let t = ln10(w);
        // exp(ln 10 / 2)^2 = 10
        let e = exp(&(&t >> 1), w);
        let back = (&e * &e) >> w;
        let off = back - (IBig::from(10) << w);
        assert!(bit_len(&off) < 10, "{off}");
        let y = ln(&(IBig::from(2) << w), w);
        let off = exp(&y, w) - (IBig::from(2) << w);
        assert!(bit_len(&off) < 8, "{off}");
    }
}
