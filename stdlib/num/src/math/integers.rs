//! Integer functions of `math`: factorials, binomials, common divisors.

use dashu_int::ops::{Gcd, SquareRoot, UnsignedAbs};
use dashu_int::{IBig, UBig};
use krait_object::prelude::*;

/// Greatest common divisor of two ints.
pub fn gcd(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> Obj {
    match (a, b) {
        (IntRef::Small(a), IntRef::Small(b)) => vm.int(i128::from(gcd_u64(a.unsigned_abs(), b.unsigned_abs()))),
        _ => {
            let (a, b) = (a.to_big().unsigned_abs(), b.to_big().unsigned_abs());
            if a.is_zero() {
                return vm.int_big(b.into());
            }
            if b.is_zero() {
                return vm.int_big(a.into());
            }
            vm.int_big(IBig::from(a.gcd(b)))
        }
    }
}

fn gcd_u64(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let shift = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if a > b {
            std::mem::swap(&mut a, &mut b);
        }
        b -= a;
    }
    a << shift
}

/// Least common multiple of two ints.
pub fn lcm(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> PyResult<Obj> {
    if a.is_zero() || b.is_zero() {
        return Ok(Obj::small(0));
    }
    let g = gcd(vm, a, b);
    let g = g.r().as_int(vm).unwrap_or(IntRef::Small(1));
    let q = krait_types::int::int_floordiv(vm, a, g)?;
    let q = q.r().as_int(vm).unwrap_or(IntRef::Small(0));
    let m = krait_types::int::int_mul(vm, q, b)?;
    let m = m.r().as_int(vm).unwrap_or(IntRef::Small(0));
    Ok(krait_types::int::int_abs(vm, m))
}

/// The integer part of the square root.
pub fn isqrt(vm: &Vm, n: IntRef<'_>) -> PyResult<Obj> {
    if n.is_negative() {
        return Err(vm.value_error("isqrt() argument must be nonnegative"));
    }
    Ok(match n {
        IntRef::Small(i) => vm.int_i64(i.isqrt()),
        IntRef::Big(b) => vm.int_big(IBig::from(b.unsigned_abs().sqrt())),
    })
}

/// `lo * (lo + step) * ... < end`, by halves so that factors stay of similar size.
fn product(vm: &Vm, lo: u64, n: u64, step: u64) -> PyResult<UBig> {
    if n <= 8 {
        let mut small: u128 = 1;
        let mut big: Option<UBig> = None;
        for i in 0..n {
            let f = lo + i * step;
            match small.checked_mul(u128::from(f)) {
                Some(p) => small = p,
                None => {
                    let b = big.take().unwrap_or(UBig::ONE) * UBig::from(small);
                    big = Some(b);
                    small = u128::from(f);
                }
            }
        }
        let small = UBig::from(small);
        return Ok(match big {
            Some(b) => b * small,
            None => small,
        });
    }
    let half = n / 2;
    let left = product(vm, lo, half, step)?;
    let right = product(vm, lo + half * step, n - half, step)?;
    if n > 256 {
        vm.poll()?;
    }
    Ok(left * right)
}

/// `n!`.
pub fn factorial(vm: &Vm, x: IntRef<'_>) -> PyResult<Obj> {
    let n = match x.to_i64() {
        Some(n) if n < 0 => return Err(vm.value_error("factorial() not defined for negative values")),
        Some(n) => n as u64,
        None if x.is_negative() => return Err(vm.value_error("factorial() not defined for negative values")),
        None => {
            return Err(vm.overflow_error(format!("factorial() argument should not exceed {}", i64::MAX)));
        }
    };
    if n <= 33 {
        let p: u128 = (1..=u128::from(n)).product();
        return Ok(vm.int_big(IBig::from(p)));
    }
    check_size(vm, u128::from(n), n)?;
    // The odd parts: the product over j of the odd numbers up to n >> j.
    let mut result = UBig::ONE;
    let mut inner = UBig::ONE;
    let mut lower = 3u64;
    for j in (0..u64::BITS - n.leading_zeros()).rev() {
        let top = n >> j;
        if top < 3 {
            continue;
        }
        let upper = (top + 1) | 1;
        inner *= product(vm, lower, (upper - lower) / 2, 2)?;
        result *= &inner;
        lower = upper;
        vm.poll()?;
    }
    Ok(vm.int_big(IBig::from(result << (n - u64::from(n.count_ones())) as usize)))
}

/// MemoryError for products of more bits than memory could hold.
fn check_size(vm: &Vm, value: u128, factors: u64) -> PyResult<()> {
    let bits = u128::from(128 - value.leading_zeros()) * u128::from(factors);
    krait_types::int::check_room(vm, bits)
}

fn falling(vm: &Vm, n: IntRef<'_>, k: u64) -> PyResult<UBig> {
    match n.to_i64() {
        Some(n) => {
            let n = n as u64;
            check_size(vm, u128::from(n), k)?;
            product(vm, n - k + 1, k, 1)
        }
        None => {
            let n = n.to_big().unsigned_abs();
            krait_types::int::check_room(vm, n.bit_len_u128() * u128::from(k))?;
            falling_big(vm, &n, k)
        }
    }
}

trait BitLen {
    fn bit_len_u128(&self) -> u128;
}
impl BitLen for UBig {
    fn bit_len_u128(&self) -> u128 {
        dashu_int::ops::BitTest::bit_len(self) as u128
    }
}

/// `n * (n - 1) * ...`, `k` factors.
fn falling_big(vm: &Vm, n: &UBig, k: u64) -> PyResult<UBig> {
    if k == 0 {
        return Ok(UBig::ONE);
    }
    if k == 1 {
        return Ok(n.clone());
    }
    vm.poll()?;
    let half = k / 2;
    let rest = n - UBig::from(half);
    Ok(falling_big(vm, n, half)? * falling_big(vm, &rest, k - half)?)
}

/// Number of `k`-permutations of `n` things; all of them if `k` is not given.
pub fn perm(vm: &Vm, n: IntRef<'_>, k: IntRef<'_>) -> PyResult<Obj> {
    if n.is_negative() {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    if n.cmp(k).is_lt() {
        return Ok(Obj::small(0));
    }
    let Some(k) = k.to_i64() else {
        return Err(vm.overflow_error(format!("k must not exceed {}", i64::MAX)));
    };
    Ok(vm.int_big(IBig::from(falling(vm, n, k as u64)?)))
}

/// Number of `k`-subsets of `n` things.
pub fn comb(vm: &Vm, n: IntRef<'_>, k: IntRef<'_>) -> PyResult<Obj> {
    if n.is_negative() {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    if n.cmp(k).is_lt() {
        return Ok(Obj::small(0));
    }
    let rest = krait_types::int::int_sub(vm, n, k);
    let rest = rest.r().as_int(vm).unwrap_or(IntRef::Small(0));
    let k = if rest.cmp(k).is_lt() { rest } else { k };
    let Some(k) = k.to_i64() else {
        return Err(vm.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    let k = k as u64;
    if let Some(r) = n.to_i64().and_then(|n| small_comb(n as u64, k)) {
        return Ok(vm.int(i128::from(r)));
    }
    // Roughly the size of the result.
    let bits = match n.to_i64() {
        Some(n) => u128::from(64 - (n as u64 / k.max(1)).leading_zeros() + 2) * u128::from(k),
        None => n.to_big().unsigned_abs().bit_len_u128() * u128::from(k),
    };
    krait_types::int::check_room(vm, bits)?;
    Ok(vm.int_big(IBig::from(comb_big(vm, &n.to_big().unsigned_abs(), k)?)))
}

/// The binomial by running products if every step fits the machine.
fn small_comb(n: u64, k: u64) -> Option<u64> {
    if k > 64 {
        return None;
    }
    let mut r: u128 = 1;
    for i in 0..k {
        r = r.checked_mul(u128::from(n - i))? / u128::from(i + 1);
    }
    u64::try_from(r).ok()
}

/// `C(n, k) = C(n, j) * C(n - j, k - j) / C(k, j)`.
fn comb_big(vm: &Vm, n: &UBig, k: u64) -> PyResult<UBig> {
    if k == 0 {
        return Ok(UBig::ONE);
    }
    if k == 1 {
        return Ok(n.clone());
    }
    if let Some(r) = u64::try_from(n).ok().and_then(|n| small_comb(n, k)) {
        return Ok(UBig::from(r));
    }
    vm.poll()?;
    let j = k / 2;
    let a = comb_big(vm, n, j)?;
    let b = comb_big(vm, &(n - UBig::from(j)), k - j)?;
    let c = comb_big(vm, &UBig::from(k), j)?;
    Ok(a * b / c)
}
