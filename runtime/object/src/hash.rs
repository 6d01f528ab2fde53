//! Hash functions, equal to CPython's value for value.
//!
//! Numbers hash modulo the Mersenne prime 2^61 - 1, so that equal numbers of different types have
//! equal hashes. Strings and bytes use SipHash-1-3 under the interpreter's secret. No hash is -1:
//! that value means "not computed" wherever hashes are cached.

use dashu_int::{IBig, Sign};

/// The prime modulus of numeric hashes.
pub const MODULUS: u64 = (1 << BITS) - 1;
/// Exponent of [`MODULUS`].
pub const BITS: u32 = 61;
/// `hash(float('inf'))`.
pub const INF: i64 = 314_159;
/// Multiplier of the imaginary part of a complex number.
pub const IMAG: u64 = 1_000_003;

/// Replaces the reserved value -1.
#[inline(always)]
pub fn fix(h: i64) -> i64 {
    if h == -1 { -2 } else { h }
}

/// Hash of an integer.
#[inline(always)]
pub fn hash_i64(i: i64) -> i64 {
    let m = i.unsigned_abs();
    let r = if m < MODULUS { m } else { m % MODULUS } as i64;
    fix(if i < 0 { -r } else { r })
}

/// Hash of a big integer.
pub fn hash_bigint(i: &IBig) -> i64 {
    let (sign, words) = i.as_sign_words();
    let mut r: u64 = 0;
    for &w in words.iter().rev() {
        // 2^64 is 8 modulo 2^61 - 1.
        r = ((u128::from(r) * 8 + u128::from(w)) % u128::from(MODULUS)) as u64;
    }
    let r = r as i64;
    fix(if sign == Sign::Negative { -r } else { r })
}

/// Hash of a double. A NaN hashes to `nan_hash`, which the caller derives from its identity.
pub fn hash_f64(f: f64, nan_hash: i64) -> i64 {
    if !f.is_finite() {
        return if f.is_nan() {
            nan_hash
        } else if f > 0.0 {
            INF
        } else {
            -INF
        };
    }
    if f == 0.0 {
        return 0;
    }
    let bits = f.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    // |f| = m * 2^e.
    let (m, e) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    // Multiplying by a power of two modulo 2^61 - 1 rotates the 61 bits.
    let e = e.rem_euclid(BITS as i32) as u32;
    let r = ((m << e) & MODULUS) | if e == 0 { 0 } else { m >> (BITS - e) };
    let r = if r == MODULUS { 0 } else { r } as i64;
    fix(if f < 0.0 { -r } else { r })
}

/// Hash of a complex number.
pub fn hash_complex(re: f64, im: f64, nan_hash: i64) -> i64 {
    let (a, b) = (hash_f64(re, nan_hash) as u64, hash_f64(im, nan_hash) as u64);
    fix(a.wrapping_add(b.wrapping_mul(IMAG)) as i64)
}

/// Hash by identity.
#[inline(always)]
pub fn hash_pointer<T>(p: *const T) -> i64 {
    // The low bits of addresses are mostly zero.
    fix((p as u64).rotate_right(4) as i64)
}

/// Hash of the bytes of a str, bytes or memoryview under the interpreter's secret.
#[inline]
pub fn hash_bytes(secret: (u64, u64), data: &[u8]) -> i64 {
    if data.is_empty() { 0 } else { fix(siphash13(secret.0, secret.1, data) as i64) }
}

/// The SipHash key that `PYTHONHASHSEED=seed` selects.
pub fn secret_from_seed(seed: u32) -> (u64, u64) {
    if seed == 0 {
        return (0, 0);
    }
    let mut x = seed;
    let mut buf = [0u8; 16];
    for b in &mut buf {
        x = x.wrapping_mul(214_013).wrapping_add(2_531_011);
        *b = (x >> 16) as u8;
    }
    secret_from_bytes(buf)
}

/// The SipHash key made of 16 random bytes.
pub fn secret_from_bytes(buf: [u8; 16]) -> (u64, u64) {
    let n = u128::from_le_bytes(buf);
    (n as u64, (n >> 64) as u64)
}

/// SipHash with one compression and three finalisation rounds.
#[inline]
pub fn siphash13(k0: u64, k1: u64, data: &[u8]) -> u64 {
    let mut v0 = k0 ^ 0x736f_6d65_7073_6575;
    let mut v1 = k1 ^ 0x646f_7261_6e64_6f6d;
    let mut v2 = k0 ^ 0x6c79_6765_6e65_7261;
    let mut v3 = k1 ^ 0x7465_6462_7974_6573;
    macro_rules! round {
        () => {
            v0 = v0.wrapping_add(v1);
            v2 = v2.wrapping_add(v3);
            v1 = v1.rotate_left(13) ^ v0;
            v3 = v3.rotate_left(16) ^ v2;
            v0 = v0.rotate_left(32);
            v2 = v2.wrapping_add(v1);
            v0 = v0.wrapping_add(v3);
            v1 = v1.rotate_left(17) ^ v2;
            v3 = v3.rotate_left(21) ^ v0;
            v2 = v2.rotate_left(32);
        };
    }
    let (words, rest) = data.as_chunks::<8>();
    for w in words {
        let m = u64::from_le_bytes(*w);
        v3 ^= m;
        round!();
        v0 ^= m;
    }
    let mut last = (data.len() as u64) << 56;
    for (i, b) in rest.iter().enumerate() {
        last |= u64::from(*b) << (8 * i);
    }
    v3 ^= last;
    round!();
    v0 ^= last;
    v2 ^= 0xff;
    round!();
    round!();
    round!();
    (v0 ^ v1) ^ (v2 ^ v3)
}

/// Combines the hashes of a tuple's items, in order.
pub struct TupleHasher {
    acc: u64,
    len: u64,
}

const XX1: u64 = 11_400_714_785_074_694_791;
const XX2: u64 = 14_029_467_366_897_019_727;
const XX5: u64 = 2_870_177_450_012_600_261;

impl TupleHasher {
    #[inline]
    pub fn new() -> TupleHasher {
        TupleHasher { acc: XX5, len: 0 }
    }
    #[inline]
    pub fn push(&mut self, h: i64) {
        self.acc = self.acc.wrapping_add((h as u64).wrapping_mul(XX2)).rotate_left(31).wrapping_mul(XX1);
        self.len += 1;
    }
    #[inline]
    pub fn finish(self) -> i64 {
        let h = self.acc.wrapping_add(self.len ^ (XX5 ^ 3_527_539));
        if h == u64::MAX { 1_546_275_796 } else { h as i64 }
    }
    /// As [`finish`](Self::finish) without the number of items: the hash of slices.
    #[inline]
    pub fn finish_bare(self) -> i64 {
        if self.acc == u64::MAX { 1_546_275_796 } else { self.acc as i64 }
    }
}

impl Default for TupleHasher {
    fn default() -> Self {
        TupleHasher::new()
    }
}

/// Combines the hashes of items as a tuple of them would hash.
pub fn hash_tuple(items: impl IntoIterator<Item = i64>) -> i64 {
    let mut h = TupleHasher::new();
    for i in items {
        h.push(i);
    }
    h.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected values were printed by CPython 3.13.

    #[test]
    fn integers() {
        for (i, h) in [
            (0, 0),
            (1, 1),
            (-1, -2),
            (-2, -2),
            (2_305_843_009_213_693_951, 0),
            (2_305_843_009_213_693_952, 1),
            (-2_305_843_009_213_693_951, 0),
            (i64::MAX, 3),
            (i64::MIN, -4),
        ] {
            assert_eq!(hash_i64(i), h, "{i}");
            assert_eq!(hash_bigint(&IBig::from(i)), h, "{i}");
        }
        assert_eq!(hash_bigint(&IBig::from(10).pow(30)), BIG_10_30);
        assert_eq!(hash_bigint(&-IBig::from(10).pow(30)), -BIG_10_30);
    }

    #[test]
    fn doubles() {
        for (f, h) in [
            (0.0, 0),
            (-0.0, 0),
            (1.0, 1),
            (-1.0, -2),
            (0.5, 1_152_921_504_606_846_976),
            (1.5, 1_152_921_504_606_846_977),
            (0.1, 230_584_300_921_369_408),
            (-3.75, -1_729_382_256_910_270_467),
            (1e300, F_1E300),
            (5e-324, F_TINY),
            (f64::INFINITY, 314_159),
            (f64::NEG_INFINITY, -314_159),
        ] {
            assert_eq!(hash_f64(f, 7), h, "{f}");
        }
        assert_eq!(hash_f64(f64::NAN, 7), 7);
        assert_eq!(hash_complex(1.0, 2.0, 0), 2_000_007);
    }

    #[test]
    fn byte_strings() {
        for (seed, text, h) in STRINGS {
            assert_eq!(hash_bytes(secret_from_seed(seed), text.as_bytes()), h, "{seed} {text}");
        }
    }

    #[test]
    fn tuples() {
        for (items, h) in TUPLES {
            assert_eq!(hash_tuple(items.iter().map(|i| hash_i64(*i))), *h, "{items:?}");
        }
    }
    const BIG_10_30: i64 = 465258685558744706;
    const F_1E300: i64 = 1224995262755759164;
    const F_TINY: i64 = 16777216;
    const STRINGS: [(u32, &str, i64); 18] = [
        (0, "", 0),
        (0, "a", 4644417185603328019),
        (0, "abc", -4594863902769663758),
        (0, "abcdefg", 7904145750247929094),
        (0, "abcdefgh", 4574395652268504554),
        (0, "hello world, hello", 6321610311974674607),
        (1, "", 0),
        (1, "a", -3012895188637184397),
        (1, "abc", -4667308735975688587),
        (1, "abcdefg", 3226643804905820176),
        (1, "abcdefgh", -202642195356325900),
        (1, "hello world, hello", -4010781771400733362),
        (42, "", 0),
        (42, "a", -123207753977932514),
        (42, "abc", 3869580338025362921),
        (42, "abcdefg", 1375323160596907757),
        (42, "abcdefgh", -5457871895989710762),
        (42, "hello world, hello", 6337082396787517172),
    ];
    const TUPLES: &[(&[i64], i64)] = &[
        (&[], 5740354900026072187),
        (&[1], -6644214454873602895),
        (&[1, 2, 3], 529344067295497451),
        (&[-1, 0, 1152921504606846976], -204765373112495502),
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], -2040549277248155741),
    ];
}
