//! Coefficients: a machine integer up to 38 digits, limbs beyond.
//!
//! Invariant: a coefficient below 10^38 is always small, so equal coefficients have equal forms.

use std::cmp::Ordering;
use std::ops::Deref;

use super::limbs::{self, BASE, DIGITS, Limbs, NoMemory, POW10, Tail, split, word_digits, word_trailing_zeros};

/// Digits that always fit the small form.
pub const SMALL_DIGITS: usize = 38;

/// Powers of ten that fit 128 bits.
const WIDE_POW10: [u128; 39] = {
    let mut t = [1u128; 39];
    let mut i = 1;
    while i < 39 {
        t[i] = t[i - 1] * 10;
        i += 1;
    }
    t
};

/// `10^n` for `n <= 38`.
#[inline(always)]
pub fn pow10(n: usize) -> u128 {
    WIDE_POW10[n]
}

/// A natural number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coeff {
    /// Low and high word: objects are aligned to eight bytes, which `u128` would not stand.
    Small(u64, u64),
    Big(Box<[u64]>),
}

/// The limbs of a coefficient, wherever they are.
pub enum View<'a> {
    Small([u64; 2], usize),
    Big(&'a [u64]),
}

impl Deref for View<'_> {
    type Target = [u64];
    #[inline]
    fn deref(&self) -> &[u64] {
        match self {
            View::Small(w, n) => &w[..*n],
            View::Big(b) => b,
        }
    }
}

impl Coeff {
    pub const ZERO: Coeff = Coeff::Small(0, 0);
    pub const ONE: Coeff = Coeff::Small(1, 0);

    #[inline(always)]
    const fn small(x: u128) -> Coeff {
        Coeff::Small(x as u64, (x >> 64) as u64)
    }
    #[inline(always)]
    pub fn from_u64(x: u64) -> Coeff {
        Coeff::Small(x, 0)
    }
    #[inline(always)]
    pub fn from_u128(x: u128) -> Coeff {
        if x < pow10(SMALL_DIGITS) { Self::small(x) } else { Coeff::Big(limbs::from_u128(x).into_vec().into_boxed_slice()) }
    }
    pub fn from_limbs(v: Limbs) -> Coeff {
        match v[..] {
            [] => Coeff::ZERO,
            [a] => Coeff::from_u64(a),
            [a, b] => Self::small(b as u128 * BASE as u128 + a as u128),
            _ => Coeff::Big(v.into_vec().into_boxed_slice()),
        }
    }
    /// The value of the small form.
    #[inline(always)]
    pub fn as_u128(&self) -> Option<u128> {
        match self {
            Coeff::Small(lo, hi) => Some((*hi as u128) << 64 | *lo as u128),
            Coeff::Big(_) => None,
        }
    }
    /// The value, if it fits a word.
    #[inline(always)]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Coeff::Small(lo, 0) => Some(*lo),
            _ => None,
        }
    }
    #[inline]
    pub fn view(&self) -> View<'_> {
        match self {
            Coeff::Small(0, 0) => View::Small([0, 0], 0),
            Coeff::Small(lo, 0) if *lo < BASE => View::Small([*lo, 0], 1),
            Coeff::Small(lo, hi) => {
                let (h, l) = split((*hi as u128) << 64 | *lo as u128);
                View::Small([l, h], 2)
            }
            Coeff::Big(b) => View::Big(b),
        }
    }
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        matches!(self, Coeff::Small(0, 0))
    }
    pub fn is_one(&self) -> bool {
        matches!(self, Coeff::Small(1, 0))
    }
    /// Decimal digits; one for zero.
    #[inline]
    pub fn digits(&self) -> i64 {
        match self {
            Coeff::Small(lo, 0) => word_digits(*lo) as i64,
            Coeff::Small(lo, hi) => wide_digits((*hi as u128) << 64 | *lo as u128) as i64,
            Coeff::Big(b) => limbs::digits(b) as i64,
        }
    }
    pub fn is_odd(&self) -> bool {
        match self {
            Coeff::Small(lo, _) => lo & 1 == 1,
            // The base is even.
            Coeff::Big(b) => b[0] & 1 == 1,
        }
    }
    /// The last digit.
    pub fn last_digit(&self) -> u64 {
        match self {
            Coeff::Small(lo, 0) => lo % 10,
            Coeff::Small(lo, hi) => (((*hi as u128) << 64 | *lo as u128) % 10) as u64,
            Coeff::Big(b) => b[0] % 10,
        }
    }
    /// One more.
    pub fn increment(self) -> Coeff {
        match self.as_u128() {
            Some(x) => Coeff::from_u128(x + 1),
            None => Coeff::from_limbs(limbs::add(&self.view(), &[1])),
        }
    }
    /// `self * 10^n`.
    pub fn shift_left(&self, n: i64) -> Result<Coeff, NoMemory> {
        if n == 0 || self.is_zero() {
            return Ok(self.clone());
        }
        if let Some(x) = self.as_u128()
            && n + self.digits() <= SMALL_DIGITS as i64
        {
            return Ok(Self::small(x * pow10(n as usize)));
        }
        let n = usize::try_from(n).map_err(|_| NoMemory)?;
        Ok(Coeff::from_limbs(limbs::shift_left(&self.view(), n)?))
    }
    /// `floor(self / 10^n)`, and what was cut off.
    pub fn shift_right(&self, n: i64) -> (Coeff, Tail) {
        if n <= 0 {
            return (self.clone(), Tail::Zero);
        }
        if let Some(x) = self.as_u128() {
            return if n > SMALL_DIGITS as i64 {
                (Coeff::ZERO, if x == 0 { Tail::Zero } else { Tail::BelowHalf })
            } else {
                let (q, tail) = shift_right_wide(x, n as usize);
                (Self::small(q), tail)
            };
        }
        let (v, tail) = limbs::shift_right(&self.view(), usize::try_from(n).unwrap_or(usize::MAX));
        (Coeff::from_limbs(v), tail)
    }
    /// Zeros it ends in; none for zero.
    pub fn trailing_zeros(&self) -> i64 {
        match self {
            Coeff::Small(0, 0) => 0,
            Coeff::Small(lo, 0) => word_trailing_zeros(*lo) as i64,
            _ => limbs::trailing_zeros(&self.view()) as i64,
        }
    }
    /// The last `n` digits.
    pub fn low_digits(&self, n: i64) -> Coeff {
        Coeff::from_limbs(limbs::low_digits(&self.view(), usize::try_from(n).unwrap_or(usize::MAX)))
    }
    /// Comparison of values.
    pub fn compare(&self, other: &Coeff) -> Ordering {
        match (self.as_u128(), other.as_u128()) {
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => limbs::cmp(&self.view(), &other.view()),
        }
    }
    /// `10^n - 1`.
    pub fn nines(n: i64) -> Result<Coeff, NoMemory> {
        if n <= SMALL_DIGITS as i64 {
            return Ok(Self::small(pow10(n as usize) - 1));
        }
        Ok(Coeff::from_limbs(limbs::nines(n as usize)?))
    }
    /// Appends the ASCII digits.
    pub fn push_ascii(&self, out: &mut Vec<u8>) {
        match self {
            Coeff::Small(lo, 0) if *lo < BASE => limbs::push_word(out, *lo),
            _ => limbs::push_ascii(out, &self.view()),
        }
    }
    /// From ASCII digits.
    pub fn from_ascii(text: &[u8]) -> Coeff {
        if text.len() <= DIGITS {
            return Coeff::from_u64(text.iter().fold(0, |x, c| x * 10 + u64::from(c - b'0')));
        }
        Coeff::from_limbs(limbs::from_ascii(text))
    }
    /// Limbs that a heap form would take, for `__sizeof__`.
    pub fn heap_limbs(&self) -> usize {
        match self {
            Coeff::Small(..) => 0,
            Coeff::Big(b) => b.len(),
        }
    }
}

/// Decimal digits of `x < 10^39`.
#[inline]
pub fn wide_digits(x: u128) -> usize {
    let bits = 128 - (x | 1).leading_zeros() as usize;
    let t = (bits * 1233) >> 12;
    if x >= pow10(t.min(38)) { t + 1 } else { t.max(1) }
}

/// `x / d` and `x % d` for a divisor of one word.
#[inline(always)]
pub fn div_rem_word(x: u128, d: u64) -> (u128, u64) {
    let (hi, lo) = ((x >> 64) as u64, x as u64);
    if hi == 0 {
        return ((lo / d) as u128, lo % d);
    }
    let q = x / d as u128;
    (q, lo.wrapping_sub((q as u64).wrapping_mul(d)))
}

/// `floor(x / 10^n)` for `1 <= n <= 38`, and what was cut off.
#[inline]
pub fn shift_right_wide(x: u128, n: usize) -> (u128, Tail) {
    let unit = pow10(n);
    let (q, rem) = if n <= DIGITS {
        let (q, r) = div_rem_word(x, POW10[n]);
        (q, r as u128)
    } else {
        (x / unit, x % unit)
    };
    let tail = if rem == 0 {
        Tail::Zero
    } else {
        match rem.cmp(&(unit / 2)) {
            Ordering::Less => Tail::BelowHalf,
            Ordering::Equal => Tail::Half,
            Ordering::Greater => Tail::AboveHalf,
        }
    };
    (q, tail)
}
