//! Integer arithmetic on values: machine words first, big integers when those overflow.

use std::borrow::Cow;

use dashu_int::IBig;
use dashu_int::ops::{BitTest, DivRem};
use krait_object::error::PyResult;
use krait_object::int::IntRef;
use krait_object::obj::Obj;
use krait_object::vm::Vm;

/// Results with more bits are refused as out of memory without trying.
const MAX_BITS: u128 = 1 << 38;
/// From this size on, a trial allocation comes first.
const PROBE_BITS: u128 = 1 << 31;

/// The value as a big integer, borrowed if it is one.
#[inline]
pub fn big(i: IntRef<'_>) -> Cow<'_, IBig> {
    match i {
        IntRef::Small(i) => Cow::Owned(IBig::from(i)),
        IntRef::Big(b) => Cow::Borrowed(b),
    }
}

/// Number of bits of the magnitude.
pub fn bit_length(i: IntRef<'_>) -> usize {
    match i {
        IntRef::Small(i) => (u64::BITS - i.unsigned_abs().leading_zeros()) as usize,
        IntRef::Big(b) => magnitude_bits(b),
    }
}

fn magnitude_bits(b: &IBig) -> usize {
    let (_, words) = b.as_sign_words();
    match words.last() {
        Some(top) => words.len() * dashu_int::Word::BITS as usize - top.leading_zeros() as usize,
        None => 0,
    }
}

/// Fails with MemoryError if a number of that many bits cannot be had.
pub fn check_room(vm: &Vm, bits: u128) -> PyResult<()> {
    if bits < PROBE_BITS {
        return Ok(());
    }
    // Twice the size: operations need scratch space.
    if bits > MAX_BITS || Vec::<u8>::new().try_reserve_exact((bits / 4) as usize).is_err() {
        return Err(vm.memory_error());
    }
    Ok(())
}

/// `a + b`.
#[inline]
pub fn int_add(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> Obj {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && let Some(r) = x.checked_add(y)
    {
        return vm.int_i64(r);
    }
    vm.int_big(&*big(a) + &*big(b))
}

/// `a - b`.
#[inline]
pub fn int_sub(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> Obj {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && let Some(r) = x.checked_sub(y)
    {
        return vm.int_i64(r);
    }
    vm.int_big(&*big(a) - &*big(b))
}

/// `a * b`.
#[inline]
pub fn int_mul(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> PyResult<Obj> {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b) {
        if let Some(r) = x.checked_mul(y) {
            return Ok(vm.int_i64(r));
        }
        return Ok(vm.int_big(IBig::from(i128::from(x) * i128::from(y))));
    }
    check_room(vm, bit_length(a) as u128 + bit_length(b) as u128)?;
    Ok(vm.int_big(&*big(a) * &*big(b)))
}

fn zero_division(vm: &Vm) -> krait_object::error::Raised {
    vm.zero_division_error("division by zero")
}

/// Floor quotient and remainder of machine integers; `None` on overflow.
#[inline]
fn divmod_i64(x: i64, y: i64) -> Option<(i64, i64)> {
    let q = x.checked_div(y)?;
    let r = x - q * y;
    // The remainder takes the divisor's sign.
    Some(if r != 0 && (r ^ y) < 0 { (q - 1, r + y) } else { (q, r) })
}

/// Floor quotient and remainder; `b` is not zero.
pub fn divmod_big(a: &IBig, b: &IBig) -> (IBig, IBig) {
    let (q, r) = a.div_rem(b);
    if !r.is_zero() && (r < IBig::ZERO) != (*b < IBig::ZERO) { (q - IBig::ONE, r + b) } else { (q, r) }
}

/// `a // b`.
#[inline]
pub fn int_floordiv(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> PyResult<Obj> {
    if b.is_zero() {
        return Err(zero_division(vm));
    }
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && let Some((q, _)) = divmod_i64(x, y)
    {
        return Ok(vm.int_i64(q));
    }
    Ok(vm.int_big(divmod_big(&big(a), &big(b)).0))
}

/// `a % b`.
#[inline]
pub fn int_mod(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> PyResult<Obj> {
    if b.is_zero() {
        return Err(zero_division(vm));
    }
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && let Some((_, r)) = divmod_i64(x, y)
    {
        return Ok(vm.int_i64(r));
    }
    Ok(vm.int_big(divmod_big(&big(a), &big(b)).1))
}

/// `divmod(a, b)` as two objects.
pub fn int_divmod(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> PyResult<(Obj, Obj)> {
    if b.is_zero() {
        return Err(zero_division(vm));
    }
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && let Some((q, r)) = divmod_i64(x, y)
    {
        return Ok((vm.int_i64(q), vm.int_i64(r)));
    }
    let (q, r) = divmod_big(&big(a), &big(b));
    Ok((vm.int_big(q), vm.int_big(r)))
}

/// `-a`.
#[inline]
pub fn int_neg(vm: &Vm, a: IntRef<'_>) -> Obj {
    match a {
        IntRef::Small(i) => match i.checked_neg() {
            Some(n) => vm.int_i64(n),
            None => vm.int_big(-IBig::from(i)),
        },
        IntRef::Big(b) => vm.int_big(-b),
    }
}

/// `abs(a)`.
pub fn int_abs(vm: &Vm, a: IntRef<'_>) -> Obj {
    if a.is_negative() { int_neg(vm, a) } else { int_plain(vm, a) }
}

/// The value as an exact int.
#[inline]
pub fn int_plain(vm: &Vm, a: IntRef<'_>) -> Obj {
    match a {
        IntRef::Small(i) => vm.int_i64(i),
        IntRef::Big(b) => vm.int_big(b.clone()),
    }
}

/// `~a`.
pub fn int_invert(vm: &Vm, a: IntRef<'_>) -> Obj {
    match a {
        IntRef::Small(i) => vm.int_i64(!i),
        IntRef::Big(b) => vm.int_big(-b - IBig::ONE),
    }
}

/// `a & b`.
#[inline]
pub fn int_and(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> Obj {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => vm.int_i64(x & y),
        _ => vm.int_big(&*big(a) & &*big(b)),
    }
}

/// `a | b`.
#[inline]
pub fn int_or(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> Obj {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => vm.int_i64(x | y),
        _ => vm.int_big(&*big(a) | &*big(b)),
    }
}

/// `a ^ b`.
#[inline]
pub fn int_xor(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> Obj {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => vm.int_i64(x ^ y),
        _ => vm.int_big(&*big(a) ^ &*big(b)),
    }
}

/// `a << b`.
#[inline]
pub fn int_lshift(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> PyResult<Obj> {
    if let (IntRef::Small(x), IntRef::Small(n @ 0..=62)) = (a, b) {
        let r = x << n;
        if r >> n == x {
            return Ok(vm.int_i64(r));
        }
    }
    if b.is_negative() {
        return Err(vm.value_error("negative shift count"));
    }
    if a.is_zero() {
        return Ok(Obj::small(0));
    }
    let Some(n) = b.to_i64() else {
        return Err(vm.overflow_error("too many digits in integer"));
    };
    check_room(vm, bit_length(a) as u128 + n as u128)?;
    Ok(vm.int_big(&*big(a) << n as usize))
}

/// `a >> b`, rounding down.
#[inline]
pub fn int_rshift(vm: &Vm, a: IntRef<'_>, b: IntRef<'_>) -> PyResult<Obj> {
    if b.is_negative() {
        return Err(vm.value_error("negative shift count"));
    }
    let n = b.to_i64().unwrap_or(i64::MAX) as usize;
    Ok(match a {
        IntRef::Small(x) => vm.int_i64(x >> n.min(63)),
        IntRef::Big(x) if n >= magnitude_bits(x) => Obj::small(if a.is_negative() { -1 } else { 0 }),
        IntRef::Big(x) => vm.int_big(x >> n),
    })
}

/// Number of ones of the magnitude.
pub fn bit_count(a: IntRef<'_>) -> usize {
    match a {
        IntRef::Small(i) => i.unsigned_abs().count_ones() as usize,
        IntRef::Big(b) => b.as_sign_words().1.iter().map(|w| w.count_ones() as usize).sum(),
    }
}

/// Is the lowest bit set?
pub fn is_odd(a: IntRef<'_>) -> bool {
    match a {
        IntRef::Small(i) => i & 1 != 0,
        IntRef::Big(b) => b.bit(0),
    }
}

/// `a` rounded to a multiple of `10 ** k`, ties to even.
pub fn round_to_pow10(vm: &Vm, a: IntRef<'_>, k: u64) -> Obj {
    // 10**k exceeds twice the number: it rounds to zero.
    if k as f64 * 3.32 > bit_length(a) as f64 + 8.0 {
        return Obj::small(0);
    }
    let n = IBig::from(10).pow(k as usize);
    let a = big(a);
    let (q, r) = divmod_big(&a, &n);
    let twice = &r << 1;
    let up = twice > n || (twice == n && q.bit(0));
    let base = &*a - r;
    vm.int_big(if up { base + n } else { base })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_division() {
        for (a, b) in [(7, 2), (-7, 2), (7, -2), (-7, -2), (6, 3), (-6, 3), (0, 5), (1, i64::MAX), (i64::MIN, 2)] {
            let (q, r) = divmod_i64(a, b).expect("no overflow");
            assert_eq!(i128::from(q) * i128::from(b) + i128::from(r), i128::from(a));
            assert!(r == 0 || (r < 0) == (b < 0));
            assert!(r.unsigned_abs() < b.unsigned_abs());
            let (bq, br) = divmod_big(&IBig::from(a), &IBig::from(b));
            assert_eq!((bq, br), (IBig::from(q), IBig::from(r)));
        }
        assert_eq!(divmod_i64(i64::MIN, -1), None);
    }

    #[test]
    fn two_complement_operators() {
        let m = IBig::from(-1) << 100usize;
        assert_eq!(&m >> 99usize, IBig::from(-2));
        assert_eq!((&m - IBig::ONE) >> 100usize, IBig::from(-2));
        assert_eq!(&m & IBig::from(255), IBig::ZERO);
        assert_eq!(&m | IBig::from(1), &m + IBig::ONE);
        assert_eq!(&m ^ &m, IBig::ZERO);
        assert_eq!(magnitude_bits(&m), 101);
    }
}
