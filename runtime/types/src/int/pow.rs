//! `pow()` of integers: powers, modular powers, modular inverses.

use dashu_int::ops::UnsignedAbs;
use dashu_int::{IBig, UBig, fast_div::ConstDivisor};
use krait_object::error::PyResult;
use krait_object::int::IntRef;
use krait_object::obj::Obj;
use krait_object::vm::Vm;

use super::arith::{big, bit_length, check_room, is_odd};

/// `a ** n` for `n >= 0`.
pub fn int_pow(vm: &Vm, a: IntRef<'_>, n: IntRef<'_>) -> PyResult<Obj> {
    if let (IntRef::Small(x), IntRef::Small(n)) = (a, n)
        && let Some(r) = pow_i64(x, n)
    {
        return Ok(vm.int_i64(r));
    }
    if n.is_zero() {
        return Ok(Obj::small(1));
    }
    match a {
        IntRef::Small(0) => return Ok(Obj::small(0)),
        IntRef::Small(1) => return Ok(Obj::small(1)),
        IntRef::Small(-1) => return Ok(Obj::small(if is_odd(n) { -1 } else { 1 })),
        _ => {}
    }
    let Some(n) = n.to_i64() else { return Err(vm.memory_error()) };
    // At least `bits - 1` bits for each factor.
    check_room(vm, (bit_length(a) as u128 - 1) * n as u128)?;
    Ok(vm.int_big(big(a).pow(n as usize)))
}

#[inline]
fn pow_i64(mut x: i64, n: i64) -> Option<i64> {
    let mut n = u32::try_from(n).ok()?;
    let mut r: i64 = 1;
    loop {
        if n & 1 != 0 {
            r = r.checked_mul(x)?;
        }
        n >>= 1;
        if n == 0 {
            return Some(r);
        }
        x = x.checked_mul(x)?;
    }
}

/// `pow(a, n, c)`.
pub fn int_pow_mod(vm: &Vm, a: IntRef<'_>, n: IntRef<'_>, c: IntRef<'_>) -> PyResult<Obj> {
    if c.is_zero() {
        return Err(vm.value_error("pow() 3rd argument cannot be 0"));
    }
    let negative = c.is_negative();
    let result = match (a, n, c) {
        (IntRef::Small(a), IntRef::Small(n @ 0..), IntRef::Small(c)) => {
            let m = c.unsigned_abs();
            let base = i128::from(a).rem_euclid(i128::from(m)) as u64;
            UBig::from(pow_mod_u64(base, n as u64, m))
        }
        _ => {
            let m = big(c).into_owned().unsigned_abs();
            if m.is_one() {
                return Ok(Obj::small(0));
            }
            let ring = ConstDivisor::new(m);
            let base = ring.reduce(big(a).into_owned());
            let exp = big(n).into_owned().unsigned_abs();
            if n.is_negative() {
                let Some(inverse) = base.inv() else {
                    return Err(vm.value_error("base is not invertible for the given modulus"));
                };
                inverse.pow(&exp).residue()
            } else {
                base.pow(&exp).residue()
            }
        }
    };
    let result = IBig::from(result);
    Ok(vm.int_big(if negative && !result.is_zero() { result + &*big(c) } else { result }))
}

fn pow_mod_u64(base: u64, mut n: u64, m: u64) -> u64 {
    let mul = |a: u64, b: u64| -> u64 {
        match a.checked_mul(b) {
            Some(p) => p % m,
            None => (u128::from(a) * u128::from(b) % u128::from(m)) as u64,
        }
    };
    let (mut r, mut x) = (1 % m, base);
    while n != 0 {
        if n & 1 != 0 {
            r = mul(r, x);
        }
        n >>= 1;
        if n != 0 {
            x = mul(x, x);
        }
    }
    r
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_powers() {
        assert_eq!(pow_i64(3, 4), Some(81));
        assert_eq!(pow_i64(-2, 63), Some(i64::MIN));
        assert_eq!(pow_i64(2, 63), None);
        assert_eq!(pow_i64(7, 0), Some(1));
        assert_eq!(pow_i64(2, -1), None);
        assert_eq!(pow_mod_u64(2, 1_000_000, 1_000_000_007), 235_042_059);
        assert_eq!(pow_mod_u64(5, 0, 1), 0);
    }
}
