//! Float arithmetic that differs from the machine's: division, remainder, power.

use krait_object::error::{PyResult, Raised};
use krait_object::obj::Obj;
use krait_object::vm::Vm;

fn zero_division(vm: &Vm) -> Raised {
    vm.zero_division_error("division by zero")
}

/// `x / y`.
#[inline]
pub fn float_truediv(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
    if y == 0.0 { Err(zero_division(vm)) } else { Ok(x / y) }
}

#[inline]
fn rem(x: f64, y: f64) -> f64 {
    let r = x % y;
    if r == 0.0 {
        return 0f64.copysign(y);
    }
    if (y < 0.0) != (r < 0.0) { r + y } else { r }
}

#[inline]
fn div_rem(x: f64, y: f64) -> (f64, f64) {
    let mut r = x % y;
    let mut q = (x - r) / y;
    if r != 0.0 {
        if (y < 0.0) != (r < 0.0) {
            r += y;
            q -= 1.0;
        }
    } else {
        r = 0f64.copysign(y);
    }
    if q == 0.0 {
        return (0f64.copysign(x / y), r);
    }
    let floor = q.floor();
    // The quotient is off an integer by rounding only.
    (if q - floor > 0.5 { floor + 1.0 } else { floor }, r)
}

/// `x % y`.
#[inline]
pub fn float_mod(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
    if y == 0.0 { Err(zero_division(vm)) } else { Ok(rem(x, y)) }
}

/// `x // y`.
#[inline]
pub fn float_floordiv(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
    if y == 0.0 { Err(zero_division(vm)) } else { Ok(div_rem(x, y).0) }
}

/// `divmod(x, y)`.
pub fn float_divmod(vm: &Vm, x: f64, y: f64) -> PyResult<(f64, f64)> {
    if y == 0.0 { Err(zero_division(vm)) } else { Ok(div_rem(x, y)) }
}

/// What a power is.
#[derive(Debug, PartialEq)]
enum Power {
    Real(f64),
    ZeroToNegative,
    /// A negative number to a fraction.
    Complex,
    Overflow,
}

fn power(x: f64, y: f64) -> Power {
    let odd = |y: f64| (y.abs() % 2.0) == 1.0;
    if y == 0.0 || x == 1.0 {
        return Power::Real(1.0);
    }
    if x.is_nan() || y.is_nan() {
        return Power::Real(if x.is_nan() { x } else { y });
    }
    if y.is_infinite() {
        let m = x.abs();
        return Power::Real(if m == 1.0 {
            1.0
        } else if (y > 0.0) == (m > 1.0) {
            f64::INFINITY
        } else {
            0.0
        });
    }
    if x.is_infinite() {
        return Power::Real(match (y > 0.0, odd(y)) {
            (true, true) => x,
            (true, false) => x.abs(),
            (false, true) => 0f64.copysign(x),
            (false, false) => 0.0,
        });
    }
    if x == 0.0 {
        return if y < 0.0 { Power::ZeroToNegative } else { Power::Real(if odd(y) { x } else { 0.0 }) };
    }
    if x < 0.0 && y != y.floor() {
        return Power::Complex;
    }
    let magnitude = x.abs().powf(y);
    if magnitude.is_infinite() {
        return Power::Overflow;
    }
    Power::Real(if x < 0.0 && odd(y) { -magnitude } else { magnitude })
}

/// `x ** y`: a float, or a complex for negative numbers to fractions.
#[inline]
pub fn float_pow(vm: &Vm, x: f64, y: f64) -> PyResult<Obj> {
    match power(x, y) {
        Power::Real(r) => Ok(vm.float(r)),
        Power::ZeroToNegative => Err(vm.zero_division_error("zero to a negative power")),
        Power::Complex => crate::complex::complex_pow(vm, (x, 0.0), (y, 0.0)),
        Power::Overflow => Err(out_of_range(vm)),
    }
}

/// OverflowError as made from the C library's ERANGE.
#[cold]
pub fn out_of_range(vm: &Vm) -> Raised {
    vm.raise_with(vm.types.overflow_error, vec![Obj::small(34), vm.str("Numerical result out of range")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_and_rest() {
        // Printed by CPython 3.13.
        for (x, y, q, r) in [
            (7.5, 2.0, 3.0, 1.5),
            (-7.5, 2.0, -4.0, 0.5),
            (7.5, -2.0, -4.0, -0.5),
            (-7.5, -2.0, 3.0, -1.5),
            (1.0, 0.1, 9.0, 0.09999999999999995),
            (0.3, 0.1, 2.0, 0.09999999999999998),
            (5.0, f64::INFINITY, 0.0, 5.0),
            (-5.0, f64::INFINITY, -1.0, f64::INFINITY),
        ] {
            assert_eq!(div_rem(x, y), (q, r), "{x} {y}");
            assert_eq!(rem(x, y), r);
        }
        assert!(rem(4.0, -2.0).is_sign_negative() && rem(-4.0, 2.0).is_sign_positive());
        assert!(div_rem(-0.0, 2.0).0.is_sign_negative());
    }

    #[test]
    fn powers() {
        assert_eq!(power(-2.0, 3.0), Power::Real(-8.0));
        assert_eq!(power(-2.0, 0.5), Power::Complex);
        assert_eq!(power(0.0, -1.0), Power::ZeroToNegative);
        assert_eq!(power(1e308, 2.0), Power::Overflow);
        assert_eq!(power(-1.0, f64::INFINITY), Power::Real(1.0));
        assert_eq!(power(f64::NEG_INFINITY, -3.0), Power::Real(-0.0));
        assert_eq!(power(1e-300, 2.0), Power::Real(0.0));
        assert_eq!(power(f64::NAN, 0.0), Power::Real(1.0));
        assert_eq!(power(1.0, f64::NAN), Power::Real(1.0));
    }
}
