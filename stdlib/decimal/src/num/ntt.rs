//! Products of very long limb vectors by number-theoretic transforms.
//!
//! The convolution of the limbs is computed modulo three primes and put together by the Chinese
//! remainder theorem: its terms are below `n * 10^38`, far less than the product of the primes.
//! The primes are below 2^62 and `p - 1` is divisible by 2^55, so every length that fits memory
//! has a transform. Multiplications by roots use Shoup's precomputed quotients.

use super::limbs::{Limbs, NoMemory, split, zeros};

struct Prime {
    p: u64,
    /// Generates the multiplicative group.
    generator: u64,
}

const PRIMES: [Prime; 3] =
    [Prime { p: 29 << 57 | 1, generator: 3 }, Prime { p: 27 << 56 | 1, generator: 5 }, Prime { p: 69 << 55 | 1, generator: 5 }];

/// Can products of `n` limbs be computed?
pub fn fits(n: usize) -> bool {
    n < 1 << 50
}

fn mul_mod(a: u64, b: u64, p: u64) -> u64 {
    (a as u128 * b as u128 % p as u128) as u64
}

fn pow_mod(mut a: u64, mut e: u64, p: u64) -> u64 {
    let mut r = 1;
    while e != 0 {
        if e & 1 == 1 {
            r = mul_mod(r, a, p);
        }
        a = mul_mod(a, a, p);
        e >>= 1;
    }
    r
}

fn inverse(a: u64, p: u64) -> u64 {
    pow_mod(a % p, p - 2, p)
}

/// A factor with the quotient that makes multiplying by it cheap.
#[derive(Copy, Clone)]
struct Factor {
    w: u64,
    /// `floor(w * 2^64 / p)`.
    quotient: u64,
}

impl Factor {
    fn new(w: u64, p: u64) -> Factor {
        Factor { w, quotient: (((w as u128) << 64) / p as u128) as u64 }
    }
    /// `x * w mod p` for any `x`.
    #[inline(always)]
    fn times(self, x: u64, p: u64) -> u64 {
        let q = ((self.quotient as u128 * x as u128) >> 64) as u64;
        let r = x.wrapping_mul(self.w).wrapping_sub(q.wrapping_mul(p));
        if r >= p { r - p } else { r }
    }
}

/// Powers of the primitive root of order `2 * half`, the first `half` of them.
fn roots(root: u64, half: usize, p: u64) -> Result<Vec<Factor>, NoMemory> {
    let mut v = Vec::new();
    v.try_reserve_exact(half).map_err(|_| NoMemory)?;
    let step = Factor::new(root, p);
    let mut w = 1;
    for _ in 0..half {
        v.push(Factor::new(w, p));
        w = step.times(w, p);
    }
    Ok(v)
}

/// Decimation in frequency: natural order in, bit-reversed order out.
fn forward(a: &mut [u64], roots: &[Factor], p: u64) {
    let mut half = a.len() / 2;
    let mut stride = 1;
    while half > 0 {
        for block in a.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((x, y), w) in low.iter_mut().zip(high).zip(roots.iter().step_by(stride)) {
                let (s, d) = (*x + *y, *x + p - *y);
                *x = if s >= p { s - p } else { s };
                *y = w.times(d, p);
            }
        }
        half /= 2;
        stride *= 2;
    }
}

/// Decimation in time: bit-reversed order in, natural order out; `roots` are the inverses.
fn backward(a: &mut [u64], roots: &[Factor], p: u64) {
    let mut half = 1;
    while half < a.len() {
        let stride = a.len() / 2 / half;
        for block in a.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((x, y), w) in low.iter_mut().zip(high).zip(roots.iter().step_by(stride)) {
                let t = w.times(*y, p);
                let (s, d) = (*x + t, *x + p - t);
                *x = if s >= p { s - p } else { s };
                *y = if d >= p { d - p } else { d };
            }
        }
        half *= 2;
    }
}

/// The cyclic convolution of `a` and `b` modulo a prime.
fn convolve(a: &[u64], b: &[u64], n: usize, prime: &Prime) -> Result<Limbs, NoMemory> {
    let p = prime.p;
    let load = |v: &[u64]| -> Result<Limbs, NoMemory> {
        let mut r = zeros(n)?;
        for (x, y) in r.iter_mut().zip(v) {
            *x = y % p;
        }
        Ok(r)
    };
    let root = pow_mod(prime.generator, (p - 1) / n as u64, p);
    let ways = roots(root, n / 2, p)?;
    let mut fa = load(a)?;
    forward(&mut fa, &ways, p);
    if a == b {
        fa.iter_mut().for_each(|x| *x = mul_mod(*x, *x, p));
    } else {
        let mut fb = load(b)?;
        forward(&mut fb, &ways, p);
        fa.iter_mut().zip(&fb).for_each(|(x, y)| *x = mul_mod(*x, *y, p));
    }
    let ways = roots(inverse(root, p), n / 2, p)?;
    backward(&mut fa, &ways, p);
    let scale = Factor::new(inverse(n as u64, p), p);
    fa.iter_mut().for_each(|x| *x = scale.times(*x, p));
    Ok(fa)
}

/// `r = a * b`; `r` is `a.len() + b.len()` long.
pub fn mul_into(r: &mut [u64], a: &[u64], b: &[u64]) -> Result<(), NoMemory> {
    let n = (a.len() + b.len()).next_power_of_two();
    let [q1, q2, q3] = &PRIMES;
    let (c1, c2, c3) = (convolve(a, b, n, q1)?, convolve(a, b, n, q2)?, convolve(a, b, n, q3)?);
    let (p1, p2, p3) = (q1.p, q2.p, q3.p);
    let p12 = p1 as u128 * p2 as u128;
    let inv1_2 = Factor::new(inverse(p1, p2), p2);
    let inv12_3 = Factor::new(inverse((p12 % p3 as u128) as u64, p3), p3);
    let p1_3 = Factor::new(p1 % p3, p3);
    // What the lower limbs carry over, below 2^128.
    let mut carry = 0u128;
    for (i, out) in r.iter_mut().enumerate() {
        let (x1, r2, r3) = (c1[i], c2[i], c3[i]);
        let x2 = inv1_2.times(r2 + p2 - x1 % p2, p2);
        // x1 + x2 p1 modulo p3, then the third mixed-radix digit.
        let so_far = (x1 % p3 + p1_3.times(x2, p3)) % p3;
        let x3 = inv12_3.times(r3 + p3 - so_far, p3);
        // x1 + x2 p1 + x3 p1 p2 + carry in three words.
        let low = x1 as u128 + x2 as u128 * p1 as u128;
        let (mid_lo, mid_hi) = ((p12 as u64) as u128 * x3 as u128, (p12 >> 64) * x3 as u128);
        let (s, c0) = low.overflowing_add(mid_lo);
        let (s, c1) = s.overflowing_add(carry);
        let w0 = s as u64;
        let upper = (s >> 64) + mid_hi + ((c0 as u128 + c1 as u128) << 64);
        // Divide by the base, from the top word.
        let (h, m) = split(upper >> 64);
        debug_assert!(h == 0);
        let (h1, m) = split((m as u128) << 64 | upper as u64 as u128);
        let (h0, m) = split((m as u128) << 64 | w0 as u128);
        *out = m;
        carry = (h1 as u128) << 64 | h0 as u128;
    }
    Ok(())
}
