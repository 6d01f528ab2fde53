//! Products and quotients of limb vectors: schoolbook methods for short operands, Karatsuba's
//! multiplication and the recursive division of Burnikel and Ziegler for long ones.

use std::cmp::Ordering;

use super::limbs::{self, BASE, Limbs, NoMemory, split, trim, trimmed, zeros};
use super::ntt;

/// From this length of the shorter operand on, Karatsuba's method pays.
const KARATSUBA: usize = 24;
/// From this length of the shorter operand on, number-theoretic transforms pay.
const TRANSFORM: usize = 900;
/// From this length of divisor and quotient on, recursive division pays.
const RECURSIVE: usize = 60;

/// `a * b`.
pub fn mul(a: &[u64], b: &[u64]) -> Result<Limbs, NoMemory> {
    if a.is_empty() || b.is_empty() {
        return Ok(Limbs::new());
    }
    let mut r = zeros(a.len() + b.len())?;
    mul_into(&mut r, a, b)?;
    trim(&mut r);
    Ok(r)
}

/// `r = a * b` where `r` is zero and `a.len() + b.len()` long.
fn mul_into(r: &mut [u64], a: &[u64], b: &[u64]) -> Result<(), NoMemory> {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if b.len() < KARATSUBA {
        schoolbook(r, a, b);
        return Ok(());
    }
    if b.len() >= TRANSFORM && ntt::fits(a.len() + b.len()) && a.len() < 4 * b.len() {
        return ntt::mul_into(r, a, b);
    }
    if a.len() >= 2 * b.len() {
        // Pieces as long as `b`.
        for (i, piece) in a.chunks(b.len()).enumerate() {
            let piece = trimmed(piece);
            if !piece.is_empty() {
                let p = mul(piece, b)?;
                limbs::add_assign(&mut r[i * b.len()..], &p);
            }
        }
        return Ok(());
    }
    karatsuba(r, a, b)
}

fn schoolbook(r: &mut [u64], a: &[u64], b: &[u64]) {
    for (i, y) in b.iter().enumerate() {
        let mut carry = 0;
        for (x, out) in a.iter().zip(&mut r[i..]) {
            (carry, *out) = split(*x as u128 * *y as u128 + *out as u128 + carry as u128);
        }
        r[i + a.len()] = carry;
    }
}

/// `(a1 B + a0)(b1 B + b0)` with three products.
fn karatsuba(r: &mut [u64], a: &[u64], b: &[u64]) -> Result<(), NoMemory> {
    let half = a.len().div_ceil(2);
    if b.len() <= half {
        let (a0, a1) = a.split_at(half);
        let low = mul(trimmed(a0), b)?;
        let high = mul(trimmed(a1), b)?;
        r[..low.len()].copy_from_slice(&low);
        limbs::add_assign(&mut r[half..], &high);
        return Ok(());
    }
    let (a0, a1) = a.split_at(half);
    let (b0, b1) = b.split_at(half);
    let (a0, b0) = (trimmed(a0), trimmed(b0));
    let low = mul(a0, b0)?;
    let high = mul(a1, b1)?;
    let mut middle = mul(&limbs::add(a0, a1), &limbs::add(b0, b1))?;
    limbs::sub_assign(&mut middle, &low);
    limbs::sub_assign(&mut middle, &high);
    r[..low.len()].copy_from_slice(&low);
    r[2 * half..2 * half + high.len()].copy_from_slice(&high);
    limbs::add_assign(&mut r[half..], trimmed(&middle));
    Ok(())
}

/// Quotient and remainder; the divisor is not zero.
pub fn div_rem(a: &[u64], b: &[u64]) -> Result<(Limbs, Limbs), NoMemory> {
    if limbs::cmp(a, b) == Ordering::Less {
        return Ok((Limbs::new(), Limbs::from_slice(a)));
    }
    if let [d] = b {
        let mut q = Limbs::from_slice(a);
        let rem = limbs::div_word(&mut q, *d);
        trim(&mut q);
        return Ok((q, limbs::from_u128(rem.into())));
    }
    // A divisor whose top limb is at least half the base makes quotient estimates good.
    let scale = BASE / (b[b.len() - 1] + 1);
    let mut divisor = Limbs::from_slice(b);
    limbs::mul_word(&mut divisor, scale);
    let mut rest = zeros(a.len() + 1)?;
    rest[..a.len()].copy_from_slice(a);
    rest[a.len()] = limbs::mul_word(&mut rest[..a.len()], scale);
    let mut q = divide_normalised(&mut rest, &divisor)?;
    trim(&mut q);
    trim(&mut rest);
    limbs::div_word(&mut rest, scale);
    trim(&mut rest);
    Ok((q, rest))
}

/// Quotient of `a` by a normalised `b`; `a` becomes the remainder. The limbs of `a` above the
/// length of `b` are below `b`'s top ones.
fn divide_normalised(a: &mut Limbs, b: &[u64]) -> Result<Limbs, NoMemory> {
    let n = b.len();
    let m = a.len() - n;
    if n < RECURSIVE || m < RECURSIVE {
        let mut q = zeros(m)?;
        basecase(a, b, &mut q);
        return Ok(q);
    }
    // Quotient blocks of `n` limbs, from the top.
    let mut q = zeros(m)?;
    let mut at = m;
    while at > 0 {
        let k = if at.is_multiple_of(n) { n } else { at % n };
        at -= k;
        // The piece of `a` this block divides: `k + n` limbs.
        let part = recursive(&mut a[at..at + k + n], b, k)?;
        q[at..at + part.len()].copy_from_slice(&part);
    }
    Ok(q)
}

/// `k <= n` quotient limbs of `a`, `n + k` long, by `b`, `n` long; `a` becomes the remainder.
fn recursive(a: &mut [u64], b: &[u64], k: usize) -> Result<Limbs, NoMemory> {
    let n = b.len();
    if k < RECURSIVE {
        let mut q = zeros(k)?;
        basecase(a, b, &mut q);
        return Ok(q);
    }
    if k < n {
        // Only the top limbs of the divisor matter much: divide by them, then correct.
        let drop = n - k;
        let mut q = recursive_or_saturate(&mut a[drop..], &b[drop..], k)?;
        // The remainder so far is in `a`; subtract `q * (low limbs of b)`.
        let p = mul(trimmed(&q), trimmed(&b[..drop]))?;
        let mut negative = limbs::sub_assign(a, &p);
        while negative {
            limbs::sub_assign(&mut q, &[1]);
            negative = !limbs::add_assign(a, b);
        }
        return Ok(q);
    }
    // Two halves of the quotient.
    let lower = k / 2;
    let upper = k - lower;
    let high = recursive(&mut a[lower..], b, upper)?;
    let low = recursive(&mut a[..lower + n], b, lower)?;
    let mut q = low;
    q.resize(lower, 0);
    q.extend_from_slice(&high);
    Ok(q)
}

/// As [`recursive`] where the quotient by a shortened divisor may just not fit `k` limbs: then it
/// is all nines, and the remainder may exceed the divisor's length by its top limb.
fn recursive_or_saturate(a: &mut [u64], b: &[u64], k: usize) -> Result<Limbs, NoMemory> {
    if limbs::cmp(trimmed(&a[k..]), trimmed(b)) == Ordering::Less {
        return recursive(a, b, k);
    }
    // a - (B^k - 1) b = a - B^k b + b.
    let mut q = zeros(k)?;
    q.fill(BASE - 1);
    let borrow = limbs::sub_assign(&mut a[k..], b);
    debug_assert!(!borrow);
    let carry = limbs::add_assign(a, b);
    debug_assert!(!carry);
    Ok(q)
}

/// Knuth's algorithm D.
fn basecase(a: &mut [u64], b: &[u64], q: &mut [u64]) {
    let n = b.len();
    let (top, next) = (b[n - 1], if n > 1 { b[n - 2] } else { 0 });
    for j in (0..q.len()).rev() {
        let high = a[j + n] as u128 * BASE as u128 + a[j + n - 1] as u128;
        let mut est = (high / top as u128).min(BASE as u128 - 1);
        let mut rem = high - est * top as u128;
        let below = if n > 1 { a[j + n - 2] } else { 0 };
        while rem < BASE as u128 && est * next as u128 > rem * BASE as u128 + below as u128 {
            est -= 1;
            rem += top as u128;
        }
        if mul_sub(&mut a[j..=j + n], b, est as u64) {
            est -= 1;
            limbs::add_assign(&mut a[j..=j + n], b);
        }
        q[j] = est as u64;
    }
}

/// `a -= b * m`; whether it went negative (modulo the length of `a`, one more than `b`'s).
fn mul_sub(a: &mut [u64], b: &[u64], m: u64) -> bool {
    let mut carry = 0;
    for (x, y) in a.iter_mut().zip(b) {
        let (hi, lo) = split(*y as u128 * m as u128 + carry as u128);
        carry = hi;
        if *x >= lo {
            *x -= lo;
        } else {
            *x = x.wrapping_sub(lo).wrapping_add(BASE);
            carry += 1;
        }
    }
    let top = &mut a[b.len()];
    if *top >= carry {
        *top -= carry;
        false
    } else {
        *top = top.wrapping_sub(carry).wrapping_add(BASE);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reproducible stream of limbs, with many extreme ones.
    fn random(state: &mut u64, n: usize) -> Limbs {
        let mut v = Limbs::new();
        for _ in 0..n {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            v.push(match *state % 7 {
                0 => 0,
                1 => BASE - 1,
                _ => *state % BASE,
            });
        }
        v.push(*state % (BASE - 1) + 1);
        v
    }

    #[test]
    fn products_of_all_lengths() {
        let mut s = 0x9e37_79b9_7f4a_7c15;
        for (n, m) in [(1, 1), (5, 3), (30, 25), (60, 60), (100, 31), (300, 299), (700, 90), (1500, 1400), (2500, 1000)] {
            let (a, b) = (random(&mut s, n), random(&mut s, m));
            let r = mul(&a, &b).unwrap_or_default();
            assert_eq!(limbs::to_binary(&r), limbs::to_binary(&a) * limbs::to_binary(&b), "{n} {m}");
        }
    }

    #[test]
    fn quotients_of_all_lengths() {
        let mut s = 0x1234_5678_9abc_def1;
        for round in 0..40 {
            for (n, m) in [(1, 1), (5, 3), (30, 2), (130, 61), (200, 150), (400, 65), (300, 290), (1000, 333)] {
                if round > 3 && n > 150 {
                    continue;
                }
                let (a, b) = (random(&mut s, n), random(&mut s, m));
                let (q, r) = div_rem(&a, &b).unwrap_or_default();
                assert!(limbs::cmp(&r, &b) == Ordering::Less, "{n} {m}");
                let back = limbs::add(&mul(&q, &b).unwrap_or_default(), &r);
                assert_eq!(back[..], a[..], "{n} {m}");
            }
        }
    }
}
