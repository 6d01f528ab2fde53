//! Conversions from and to integers and doubles, and the hash.

use dashu_int::ops::UnsignedAbs;
use dashu_int::{IBig, UBig};

use super::coeff::Coeff;
use super::context::Round;
use super::decimal::Dec;
use super::limbs::{self, NoMemory};
use super::quantize::to_integer;

/// The integer as a number.
pub fn from_big(i: &IBig) -> Dec {
    let neg = *i < IBig::ZERO;
    Dec::finite(neg, Coeff::from_limbs(limbs::from_binary(&i.unsigned_abs())), 0)
}

/// A coefficient as a binary integer.
pub fn coeff_to_big(c: &Coeff) -> UBig {
    limbs::to_binary(&c.view())
}

fn signed(neg: bool, mag: UBig) -> IBig {
    let i = IBig::from(mag);
    if neg { -i } else { i }
}

/// A finite number rounded to an integer.
pub fn to_big(d: &Dec, round: Round) -> Result<IBig, NoMemory> {
    let d = to_integer(d, round);
    Ok(signed(d.neg, coeff_to_big(&d.coeff.shift_left(d.exp)?)))
}

/// A finite double, exactly.
pub fn from_f64(x: f64) -> Dec {
    let bits = x.to_bits();
    let neg = bits >> 63 != 0;
    let biased = (bits >> 52 & 0x7ff) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let (mut m, mut e) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    if m == 0 {
        return Dec::zero(neg, 0);
    }
    let even = m.trailing_zeros() as i64;
    m >>= even;
    e += even;
    let mag = if e >= 0 { UBig::from(m) << e as usize } else { UBig::from(m) * UBig::from(5u8).pow(e.unsigned_abs() as usize) };
    Dec::finite(neg, Coeff::from_limbs(limbs::from_binary(&mag)), e.min(0))
}

/// The nearest double of a finite number.
pub fn to_f64(d: &Dec) -> f64 {
    // Both exact, so the quotient or product is rounded once.
    if let (Some(c), -22..=22) = (d.coeff.as_u64().filter(|c| *c < 1 << 53), d.exp) {
        let scale = limbs::POW10[(d.exp.unsigned_abs() as usize).min(19)] as f64
            * limbs::POW10[(d.exp.unsigned_abs() as usize).saturating_sub(19)] as f64;
        let x = if d.exp < 0 { c as f64 / scale } else { c as f64 * scale };
        return if d.neg { -x } else { x };
    }
    super::text::to_sci(d, true).parse().unwrap_or(f64::NAN)
}

/// Numerator and denominator in lowest terms of a finite number.
pub fn to_ratio(d: &Dec) -> Result<(IBig, IBig), NoMemory> {
    if d.coeff.is_zero() {
        return Ok((IBig::ZERO, IBig::ONE));
    }
    if d.exp >= 0 {
        return Ok((signed(d.neg, coeff_to_big(&d.coeff.shift_left(d.exp)?)), IBig::ONE));
    }
    // Common factors are powers of two and five.
    let n = d.exp.unsigned_abs() as usize;
    limbs::power_of_ten(n)?;
    let mut num = coeff_to_big(&d.coeff);
    let twos = num.trailing_zeros().unwrap_or(0).min(n);
    num >>= twos;
    let mut fives = n;
    let five = UBig::from(5u8);
    while fives > 0 && (&num % &five).is_zero() {
        num /= &five;
        fives -= 1;
    }
    Ok((signed(d.neg, num), IBig::from(five.pow(fives) << (n - twos))))
}

/// Numeric hashes are modulo this prime.
const P: u64 = (1 << 61) - 1;

fn mul_mod(a: u64, b: u64) -> u64 {
    let x = a as u128 * b as u128;
    let r = (x as u64 & P) + (x >> 61) as u64;
    if r >= P { r - P } else { r }
}

fn pow_mod(mut a: u64, mut e: u64) -> u64 {
    let mut r = 1;
    while e != 0 {
        if e & 1 == 1 {
            r = mul_mod(r, a);
        }
        a = mul_mod(a, a);
        e >>= 1;
    }
    r
}

/// The hash of a finite number, equal to that of equal ints, floats and fractions.
pub fn hash(d: &Dec) -> i64 {
    let base = limbs::BASE % P;
    let c = d.coeff.view().iter().rev().fold(0, |h, x| (mul_mod(h, base) + x % P) % P);
    // 10 has the order P - 1 or a divisor of it.
    let e = d.exp.unsigned_abs() % (P - 1);
    let scale = if d.exp >= 0 { pow_mod(10, e) } else { pow_mod(pow_mod(10, P - 2), e) };
    let h = mul_mod(c, scale) as i64;
    match if d.neg { -h } else { h } {
        -1 => -2,
        h => h,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles() {
        for x in [0.5, 0.1, 1e300, 5e-324, -2.0f64.powi(60), 123456.789, f64::MAX] {
            assert_eq!(to_f64(&from_f64(x)).to_bits(), x.to_bits());
        }
    }
}
