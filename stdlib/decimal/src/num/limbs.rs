//! Natural numbers in base 10^19: little-endian limbs without leading zeros, zero is empty.
//!
//! A decimal base makes rounding, shifting by digits and printing linear. 10^19 is the largest
//! power of ten below 2^64 and has its top bit set, so dividing by it needs a multiplication with
//! a constant reciprocal and no normalisation.

use std::cmp::Ordering;

use dashu_int::UBig;
use smallvec::SmallVec;

/// Limbs of intermediate results. Products and quotients of default precision stay on the stack.
pub type Limbs = SmallVec<[u64; 6]>;

/// Decimal digits of a limb.
pub const DIGITS: usize = 19;
/// The base.
pub const BASE: u64 = 10_000_000_000_000_000_000;

/// Memory is exhausted, or the result would be absurdly long.
#[derive(Debug, PartialEq, Eq)]
pub struct NoMemory;

/// Powers of ten that fit a limb.
pub const POW10: [u64; 20] = {
    let mut t = [1u64; 20];
    let mut i = 1;
    while i < 20 {
        t[i] = t[i - 1] * 10;
        i += 1;
    }
    t
};

/// `floor((2^128 - 1) / BASE) - 2^64`, the reciprocal of Möller and Granlund's division.
const RECIPROCAL: u64 = (u128::MAX / BASE as u128 - (1 << 64)) as u64;

/// Quotient and remainder of a product by the base. The quotient must fit, i.e. `x < BASE * 2^64`.
#[inline(always)]
pub fn split(x: u128) -> (u64, u64) {
    let (u1, u0) = ((x >> 64) as u64, x as u64);
    debug_assert!(u1 < BASE);
    let q = (RECIPROCAL as u128 * u1 as u128).wrapping_add(x);
    let mut q1 = ((q >> 64) as u64).wrapping_add(1);
    let mut r = u0.wrapping_sub(q1.wrapping_mul(BASE));
    if r > q as u64 {
        q1 = q1.wrapping_sub(1);
        r = r.wrapping_add(BASE);
    }
    if r >= BASE {
        q1 = q1.wrapping_add(1);
        r -= BASE;
    }
    (q1, r)
}

/// Decimal digits of `x`; one for zero.
#[inline(always)]
pub fn word_digits(x: u64) -> usize {
    let bits = 64 - (x | 1).leading_zeros() as usize;
    let t = (bits * 1233) >> 12;
    // `t` is the count or one less: the digits of 2^(bits-1) - 1 and 2^bits - 1 differ by one.
    if t < 20 && x >= POW10[t] { t + 1 } else { t.max(1) }
}

/// Drops leading zeros.
#[inline]
pub fn trim(v: &mut Limbs) {
    while v.last() == Some(&0) {
        v.pop();
    }
}

/// Without leading zeros.
#[inline]
pub fn trimmed(mut v: &[u64]) -> &[u64] {
    while let [rest @ .., 0] = v {
        v = rest;
    }
    v
}

/// The limbs of a machine integer.
pub fn from_u128(x: u128) -> Limbs {
    let mut v = Limbs::new();
    if x < BASE as u128 {
        if x != 0 {
            v.push(x as u64);
        }
        return v;
    }
    let (mut hi, mut lo) = (x / BASE as u128, (x % BASE as u128) as u64);
    loop {
        v.push(lo);
        if hi == 0 {
            return v;
        }
        (hi, lo) = (hi / BASE as u128, (hi % BASE as u128) as u64);
    }
}

/// A zeroed buffer of `n` limbs.
pub fn zeros(n: usize) -> Result<Limbs, NoMemory> {
    let mut v = reserve(n)?;
    v.resize(n, 0);
    Ok(v)
}

fn reserve(n: usize) -> Result<Limbs, NoMemory> {
    let mut v = Limbs::new();
    match v.try_reserve_exact(n) {
        Ok(()) => Ok(v),
        Err(_) => Err(NoMemory),
    }
}

/// Decimal digits of a number; one for zero.
#[inline]
pub fn digits(v: &[u64]) -> usize {
    match v {
        [] => 1,
        [low @ .., top] => low.len() * DIGITS + word_digits(*top),
    }
}

pub fn cmp(a: &[u64], b: &[u64]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// `a + b + carry` of limbs: the sum's limb and the carry.
#[inline(always)]
fn add_word(a: u64, b: u64, carry: bool) -> (u64, bool) {
    // Avoids sums beyond 2^64: subtracts from what is missing to the base.
    let gap = BASE - b - carry as u64;
    if a >= gap { (a - gap, true) } else { (a + b + carry as u64, false) }
}

#[inline(always)]
fn sub_word(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let b = b + borrow as u64;
    if a >= b { (a - b, false) } else { (a.wrapping_sub(b).wrapping_add(BASE), true) }
}

/// `a += b`, `a` at least as long; the carry out is returned.
pub fn add_assign(a: &mut [u64], b: &[u64]) -> bool {
    let mut carry = false;
    let (low, high) = a.split_at_mut(b.len());
    for (x, y) in low.iter_mut().zip(b) {
        (*x, carry) = add_word(*x, *y, carry);
    }
    for x in high {
        if !carry {
            break;
        }
        (*x, carry) = add_word(*x, 0, carry);
    }
    carry
}

/// `a -= b`, `a` at least as long; the borrow out is returned.
pub fn sub_assign(a: &mut [u64], b: &[u64]) -> bool {
    let mut borrow = false;
    let (low, high) = a.split_at_mut(b.len());
    for (x, y) in low.iter_mut().zip(b) {
        (*x, borrow) = sub_word(*x, *y, borrow);
    }
    for x in high {
        if !borrow {
            break;
        }
        (*x, borrow) = sub_word(*x, 0, borrow);
    }
    borrow
}

pub fn add(a: &[u64], b: &[u64]) -> Limbs {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut r = Limbs::from_slice(a);
    if add_assign(&mut r, b) {
        r.push(1);
    }
    r
}

/// `a - b` for `a >= b`.
pub fn sub(a: &[u64], b: &[u64]) -> Limbs {
    let mut r = Limbs::from_slice(a);
    let borrow = sub_assign(&mut r, b);
    debug_assert!(!borrow);
    trim(&mut r);
    r
}

/// `a *= m` in place; the limb carried out is returned.
pub fn mul_word(a: &mut [u64], m: u64) -> u64 {
    let mut carry = 0;
    for x in a {
        (carry, *x) = split(*x as u128 * m as u128 + carry as u128);
    }
    carry
}

/// `a /= d` in place; the remainder is returned.
pub fn div_word(a: &mut [u64], d: u64) -> u64 {
    let mut rem = 0u64;
    for x in a.iter_mut().rev() {
        if rem == 0 {
            (*x, rem) = (*x / d, *x % d);
        } else {
            let n = rem as u128 * BASE as u128 + *x as u128;
            let q = (n / d as u128) as u64;
            rem = (n as u64).wrapping_sub(q.wrapping_mul(d));
            *x = q;
        }
    }
    rem
}

/// `v * 10^n`.
pub fn shift_left(v: &[u64], n: usize) -> Result<Limbs, NoMemory> {
    if v.is_empty() {
        return Ok(Limbs::new());
    }
    let (whole, part) = (n / DIGITS, n % DIGITS);
    let mut r = reserve(v.len() + whole + 1)?;
    r.resize(whole, 0);
    r.extend_from_slice(v);
    if part != 0 {
        let carry = mul_word(&mut r[whole..], POW10[part]);
        if carry != 0 {
            r.push(carry);
        }
    }
    Ok(r)
}

/// What a cut-off tail amounts to, in terms of the last place kept.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tail {
    Zero,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Tail {
    /// From the first digit cut off and whether anything but zeros follows.
    pub fn of(digit: u64, more: bool) -> Tail {
        match (digit, more) {
            (0, false) => Tail::Zero,
            (0..=4, _) => Tail::BelowHalf,
            (5, false) => Tail::Half,
            _ => Tail::AboveHalf,
        }
    }
}

/// `floor(v / 10^n)` and the tail cut off.
pub fn shift_right(v: &[u64], n: usize) -> (Limbs, Tail) {
    if n == 0 {
        return (Limbs::from_slice(v), Tail::Zero);
    }
    let tail = tail(v, n);
    let (whole, part) = (n / DIGITS, n % DIGITS);
    if whole >= v.len() {
        return (Limbs::new(), tail);
    }
    let mut r = Limbs::from_slice(&v[whole..]);
    if part != 0 {
        let (d, up) = (POW10[part], POW10[DIGITS - part]);
        let mut above = 0;
        for x in r.iter_mut().rev() {
            let (q, rem) = (*x / d, *x % d);
            *x = q + above * up;
            above = rem;
        }
        trim(&mut r);
    }
    (r, tail)
}

/// The last `n > 0` digits of `v` as a tail.
fn tail(v: &[u64], n: usize) -> Tail {
    let first = n - 1;
    let (whole, part) = (first / DIGITS, first % DIGITS);
    let Some(&limb) = v.get(whole) else {
        return if v.is_empty() { Tail::Zero } else { Tail::BelowHalf };
    };
    let (above, below) = (limb / POW10[part], limb % POW10[part]);
    let more = below != 0 || v[..whole].iter().any(|x| *x != 0);
    Tail::of(above % 10, more)
}

/// `v mod 10^n`.
pub fn low_digits(v: &[u64], n: usize) -> Limbs {
    let (whole, part) = (n / DIGITS, n % DIGITS);
    if whole >= v.len() {
        return Limbs::from_slice(v);
    }
    let mut r = Limbs::from_slice(&v[..whole]);
    if part != 0 {
        r.push(v[whole] % POW10[part]);
    }
    trim(&mut r);
    r
}

/// Number of zeros `v` ends in; none for zero.
pub fn trailing_zeros(v: &[u64]) -> usize {
    let Some(i) = v.iter().position(|x| *x != 0) else { return 0 };
    i * DIGITS + word_trailing_zeros(v[i])
}

/// Number of zeros a number other than zero ends in.
pub fn word_trailing_zeros(mut x: u64) -> usize {
    let mut n = 0;
    for step in [16, 8, 4, 2, 1] {
        if x.is_multiple_of(POW10[step]) {
            x /= POW10[step];
            n += step;
        }
    }
    n
}

/// `10^n`.
pub fn power_of_ten(n: usize) -> Result<Limbs, NoMemory> {
    shift_left(&[1], n)
}

/// `10^n - 1`.
pub fn nines(n: usize) -> Result<Limbs, NoMemory> {
    let (whole, part) = (n / DIGITS, n % DIGITS);
    let mut r = reserve(whole + 1)?;
    r.resize(whole, BASE - 1);
    if part != 0 {
        r.push(POW10[part] - 1);
    }
    Ok(r)
}

/// The number written with ASCII digits.
pub fn from_ascii(text: &[u8]) -> Limbs {
    let mut r = Limbs::with_capacity(text.len() / DIGITS + 1);
    for chunk in text.rchunks(DIGITS) {
        r.push(chunk.iter().fold(0, |x, c| x * 10 + u64::from(c - b'0')));
    }
    trim(&mut r);
    r
}

/// Appends the digits of a limb, without leading zeros.
pub fn push_word(out: &mut Vec<u8>, x: u64) {
    let n = word_digits(x);
    push_padded(out, x, n);
}

/// Appends the last `n <= 19` digits of `x`.
pub fn push_padded(out: &mut Vec<u8>, mut x: u64, n: usize) {
    const PAIRS: [[u8; 2]; 100] = {
        let mut t = [[b'0'; 2]; 100];
        let mut i = 0;
        while i < 100 {
            t[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
            i += 1;
        }
        t
    };
    let mut buf = [b'0'; 20];
    let mut at = 20;
    while x >= 100 {
        at -= 2;
        buf[at..at + 2].copy_from_slice(&PAIRS[(x % 100) as usize]);
        x /= 100;
    }
    at -= 2;
    buf[at..at + 2].copy_from_slice(&PAIRS[x as usize]);
    out.extend_from_slice(&buf[20 - n..]);
}

/// Appends the digits; `0` for zero.
pub fn push_ascii(out: &mut Vec<u8>, v: &[u64]) {
    match v {
        [] => out.push(b'0'),
        [low @ .., top] => {
            out.reserve(digits(v));
            push_word(out, *top);
            for x in low.iter().rev() {
                push_padded(out, *x, DIGITS);
            }
        }
    }
}

/// Below this many limbs, conversion between bases is quadratic.
const CONVERT_SIMPLE: usize = 40;

/// The same number as a binary integer.
pub fn to_binary(v: &[u64]) -> UBig {
    if v.len() <= 2 {
        let hi = v.get(1).copied().unwrap_or(0) as u128;
        return UBig::from(hi * BASE as u128 + v.first().copied().unwrap_or(0) as u128);
    }
    if v.len() > CONVERT_SIMPLE {
        let half = v.len() / 2;
        let (low, high) = v.split_at(half);
        let scale = UBig::from(5u8).pow(half * DIGITS) << (half * DIGITS);
        return to_binary(high) * scale + to_binary(trimmed(low));
    }
    let mut words: Vec<u64> = Vec::with_capacity(v.len());
    for x in v.iter().rev() {
        let mut carry = *x as u128;
        for w in &mut words {
            carry += *w as u128 * BASE as u128;
            *w = carry as u64;
            carry >>= 64;
        }
        if carry != 0 {
            words.push(carry as u64);
        }
    }
    UBig::from_words(&words)
}

/// The same number in this base.
pub fn from_binary(x: &UBig) -> Limbs {
    let words = x.as_words();
    if words.len() <= 2 {
        return from_u128(words.iter().rev().fold(0, |a, w| a << 64 | *w as u128));
    }
    if words.len() > CONVERT_SIMPLE {
        // About half of the decimal digits.
        let half = words.len() * 64 * 1233 / 4096 / DIGITS / 2;
        let scale = UBig::from(5u8).pow(half * DIGITS) << (half * DIGITS);
        let (high, low) = dashu_int::ops::DivRem::div_rem(x, &scale);
        let (high, low) = (from_binary(&high), from_binary(&low));
        let mut r = low;
        r.resize(half, 0);
        r.extend_from_slice(&high);
        trim(&mut r);
        return r;
    }
    let mut words = words.to_vec();
    let mut r = Limbs::new();
    while !words.is_empty() {
        let mut rem = 0u64;
        for w in words.iter_mut().rev() {
            let (q, m) = split((rem as u128) << 64 | *w as u128);
            *w = q;
            rem = m;
        }
        r.push(rem);
        while words.last() == Some(&0) {
            words.pop();
        }
    }
    r
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(v: &[u64]) -> String {
        let mut out = Vec::new();
        push_ascii(&mut out, v);
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn splitting_by_the_base() {
        for x in [0, 1, BASE as u128 - 1, BASE as u128, u64::MAX as u128, BASE as u128 * BASE as u128 - 1, 12345 << 100] {
            let (q, r) = split(x);
            assert_eq!((q as u128, r as u128), (x / BASE as u128, x % BASE as u128));
        }
    }

    #[test]
    fn digit_counts() {
        assert_eq!(word_digits(0), 1);
        for (i, &power) in POW10.iter().enumerate().take(20) {
            assert_eq!(word_digits(power), i + 1);
            assert_eq!(word_digits(power - 1), i.max(1));
        }
        assert_eq!(word_digits(u64::MAX), 20);
    }

    #[test]
    fn shifts() {
        let v = from_ascii(b"123456789012345678901234567890123456789012345678905");
        assert_eq!(
            text(&shift_left(&v, 25).unwrap_or_default()),
            "123456789012345678901234567890123456789012345678905".to_owned() + &"0".repeat(25)
        );
        let (r, t) = shift_right(&v, 1);
        assert_eq!((text(&r).as_str(), t), ("12345678901234567890123456789012345678901234567890", Tail::Half));
        let (r, t) = shift_right(&v, 2);
        assert_eq!((text(&r).as_str(), t), ("1234567890123456789012345678901234567890123456789", Tail::BelowHalf));
        let (r, t) = shift_right(&v, 51);
        assert_eq!((r.len(), t), (0, Tail::BelowHalf));
        let (r, t) = shift_right(&v, 500);
        assert_eq!((r.len(), t), (0, Tail::BelowHalf));
        assert_eq!(text(&low_digits(&v, 22)), "123456789012345678905");
        assert_eq!(trailing_zeros(&from_ascii(b"12300000000000000000000000000000")), 29);
    }

    #[test]
    fn bases() {
        let mut x = UBig::from(7u8);
        for _ in 0..11 {
            x = &x * &x + UBig::from(12345u32);
            let v = from_binary(&x);
            assert_eq!(text(&v), x.to_string());
            assert_eq!(to_binary(&v), x);
        }
    }
}
