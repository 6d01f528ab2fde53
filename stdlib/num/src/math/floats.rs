//! Functions of `math` on doubles: which results are errors, and the logarithms of big ints.

use krait_object::prelude::*;
use krait_types::int::bit_length;

/// `ValueError("math domain error")`.
#[cold]
pub fn domain(vm: &Vm) -> Raised {
    vm.value_error("math domain error")
}

/// `OverflowError("math range error")`.
#[cold]
pub fn range(vm: &Vm) -> Raised {
    vm.overflow_error("math range error")
}

/// The domain error of a function that says what it expected.
#[cold]
fn expected(vm: &Vm, x: f64, what: &str) -> Raised {
    match vm.repr_text(vm.float(x).r()) {
        Ok(text) => vm.value_error(format!("expected {what}, got {text}")),
        Err(e) => e,
    }
}

/// A function that is an error where the result is NaN of a number or infinite of a finite one.
/// `what` is what it expects; infinite results are overflow if `overflows`.
#[inline]
pub fn checked(vm: &Vm, x: f64, r: f64, overflows: bool, what: Option<&str>) -> PyResult<f64> {
    if r.is_finite() {
        return Ok(r);
    }
    if r.is_infinite() && x.is_finite() && overflows {
        return Err(range(vm));
    }
    if (r.is_nan() && !x.is_nan()) || (r.is_infinite() && x.is_finite()) {
        return Err(match what {
            Some(w) => expected(vm, x, w),
            None => domain(vm),
        });
    }
    Ok(r)
}

/// The result of a gamma function.
pub fn gamma_result(vm: &Vm, x: f64, r: Result<f64, pymath::Error>) -> PyResult<f64> {
    match r {
        Ok(v) => Ok(v),
        Err(pymath::Error::EDOM) => Err(expected(vm, x, "a noninteger or positive integer")),
        Err(_) => Err(range(vm)),
    }
}

/// A function without special cases of its own that may raise.
pub fn plain(vm: &Vm, r: Result<f64, pymath::Error>) -> PyResult<f64> {
    match r {
        Ok(v) => Ok(v),
        Err(pymath::Error::EDOM) => Err(domain(vm)),
        Err(_) => Err(range(vm)),
    }
}

/// A kind of logarithm; NaN below zero, infinite at zero.
#[derive(Copy, Clone)]
pub enum Log {
    Natural,
    Two,
    Ten,
}

impl Log {
    fn of(self, x: f64) -> f64 {
        match self {
            Log::Natural => x.ln(),
            Log::Two => x.log2(),
            Log::Ten => x.log10(),
        }
    }
    /// The logarithm of a number, which may be an int of any size.
    pub fn eval(self, vm: &Vm, x: Ref<'_>) -> PyResult<f64> {
        if let Some(i) = x.as_int(vm) {
            if i.is_zero() || i.is_negative() {
                return Err(vm.value_error("expected a positive input"));
            }
            return Ok(self.of_int(i));
        }
        let x = vm.to_f64(x)?;
        checked(vm, x, self.of(x), false, Some("a positive input"))
    }
    fn of_int(self, i: IntRef<'_>) -> f64 {
        match i {
            IntRef::Small(i) => self.of(i as f64),
            IntRef::Big(b) => {
                let x = b.to_f64().value();
                if x.is_finite() {
                    return self.of(x);
                }
                let bits = bit_length(i);
                let top: dashu_int::IBig = b >> (bits - 64);
                // At most 64 bits remain; scale them into [0.5, 1).
                let m = krait_types::int::compose(u128::try_from(top).unwrap_or(u128::MAX), -64);
                self.of(2.0).mul_add(bits as f64, self.of(m))
            }
        }
    }
}

/// `pow` with C99's special cases.
pub fn power(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
    let r = x.powf(y);
    if r.is_finite() || !x.is_finite() || !y.is_finite() {
        return Ok(r);
    }
    if r.is_nan() || x == 0.0 { Err(domain(vm)) } else { Err(range(vm)) }
}

/// `x * 2**i` for an int of any size.
pub fn ldexp(vm: &Vm, x: f64, i: IntRef<'_>) -> PyResult<f64> {
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    let e = match i.to_i64() {
        Some(e) => e.clamp(-100_000, 100_000),
        None if i.is_negative() => -100_000,
        None => 100_000,
    };
    let (m, e0) = pymath::math::frexp(x);
    // The mantissa as a 53-bit integer.
    let m53 = (m.abs() * 9_007_199_254_740_992.0) as u128;
    let r = krait_types::int::compose(m53, e + i64::from(e0) - 53);
    if r.is_infinite() { Err(range(vm)) } else { Ok(r.copysign(x)) }
}

/// `floor`, `ceil` or `trunc` of an object: its special method, else its value as a float.
pub fn rounded(vm: &Vm, x: Ref<'_>, name: &PyStr, f: fn(f64) -> f64) -> PyResult<Obj> {
    if x.is_exact_float(vm) {
        let v = x.as_float(vm).unwrap_or(0.0);
        return krait_types::float::float_to_int(vm, f(v));
    }
    if x.is_exact_int(vm) {
        return Ok(x.to_obj());
    }
    if let Some(r) = vm.call_special(x, name, &[])? {
        return Ok(r);
    }
    let v = vm.to_f64(x)?;
    krait_types::float::float_to_int(vm, f(v))
}
