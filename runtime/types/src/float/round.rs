//! `round()` of floats and their conversion to integers.

use krait_object::error::PyResult;
use krait_object::obj::Obj;
use krait_object::vm::Vm;

use crate::int::f64_to_big;

/// The int of a float without fraction.
pub fn float_to_int(vm: &Vm, f: f64) -> PyResult<Obj> {
    if f.abs() < 4e18 {
        return Ok(vm.int_i64(f as i64));
    }
    if f.is_nan() {
        return Err(vm.value_error("cannot convert float NaN to integer"));
    }
    if f.is_infinite() {
        return Err(vm.overflow_error("cannot convert float infinity to integer"));
    }
    Ok(vm.int_big(f64_to_big(f)))
}

/// `round(x, n)` of a finite number; infinite on overflow. The exact value decides, ties go to
/// the even digit.
pub fn round_digits(x: f64, n: isize) -> f64 {
    // Beyond these, the number has no such digits, or is less than half a unit.
    if n > 323 {
        return x;
    }
    if n < -308 {
        return 0.0 * x;
    }
    if n >= 0 {
        let n = n as usize;
        return format!("{x:.n$}").parse().unwrap_or(x);
    }
    let text = format!("{:e}", x.abs());
    let exp: isize = text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let unit = -n;
    let magnitude = match exp - unit {
        p if p >= 0 => {
            let p = p as usize;
            format!("{:.p$e}", x.abs()).parse().unwrap_or(x)
        }
        // Within a factor of ten below the unit: up if more than half of it.
        -1 if x.abs() > half_of_unit(unit) => format!("1e{unit}").parse().unwrap_or(x),
        _ => 0.0,
    };
    magnitude.copysign(x)
}

/// `5 * 10**(unit - 1)`, rounded down: a double above it exceeds the exact value too.
fn half_of_unit(unit: isize) -> f64 {
    let f: f64 = format!("5e{}", unit - 1).parse().unwrap_or(0.0);
    let exact = dashu_int::IBig::from(5) * dashu_int::IBig::from(10).pow((unit - 1) as usize);
    if f64_to_big(f) > exact { f64::from_bits(f.to_bits() - 1) } else { f }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        // Printed by CPython 3.13.
        for (x, n, r) in [
            (2.675, 2, 2.67),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (2.5, 0, 2.0),
            (1234.5, -2, 1200.0),
            (1250.0, -2, 1200.0),
            (1350.0, -2, 1400.0),
            (50.0, -2, 0.0),
            (50.1, -2, 100.0),
            (49.9, -2, 0.0),
            (150.0, -2, 200.0),
            (5.0, -1, 0.0),
            (5.5, -1, 10.0),
            (1e22, -22, 1e22),
            (5e22, -23, 0.0),
            (0.1, 20, 0.1),
            (1e308, -308, 1e308),
            (-1.5, 0, -2.0),
            (123.456, 400, 123.456),
            (4.0, -2, 0.0),
            (1e-5, 3, 0.0),
            (6e22, -23, 1e23),
        ] {
            assert_eq!(round_digits(x, n), r, "{x} {n}");
        }
        assert!(round_digits(-0.4, 0).is_sign_negative());
        assert!(round_digits(-4.0, -400).is_sign_negative());
        assert!(round_digits(f64::MAX, -308).is_infinite());
    }
}
