//! `cmath`: functions of complex numbers.

use krait_macros::pymodule;
use krait_object::prelude::*;
use num_complex::Complex64;
use pymath::cmath as c;

/// A complex argument: anything `complex()` takes but str.
pub struct ComplexArg(Complex64);

impl<'a> FromArg<'a> for ComplexArg {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        let (re, im) = krait_types::complex::to_complex(vm, arg)?;
        Ok(ComplexArg(Complex64::new(re, im)))
    }
}

fn error(vm: &Vm, e: pymath::Error) -> Raised {
    match e {
        pymath::Error::EDOM => vm.value_error("math domain error"),
        _ => vm.overflow_error("math range error"),
    }
}

fn result(vm: &Vm, r: Result<Complex64, pymath::Error>) -> PyResult<Obj> {
    match r {
        Ok(z) => Ok(vm.complex(z.re, z.im)),
        Err(e) => Err(error(vm, e)),
    }
}

/// This module provides access to mathematical functions for complex
/// numbers.
#[pymodule(name = "cmath")]
pub mod cmath_module {
    use super::*;

    #[pyattr(name = "pi")]
    const PI: f64 = std::f64::consts::PI;
    #[pyattr(name = "e")]
    const E: f64 = std::f64::consts::E;
    #[pyattr(name = "tau")]
    const TAU: f64 = std::f64::consts::TAU;
    #[pyattr(name = "inf")]
    const INF: f64 = f64::INFINITY;
    #[pyattr(name = "nan")]
    const NAN: f64 = f64::NAN;
    #[pyattr]
    fn infj(vm: &Vm) -> Obj {
        vm.complex(0.0, f64::INFINITY)
    }
    #[pyattr]
    fn nanj(vm: &Vm) -> Obj {
        vm.complex(0.0, f64::NAN)
    }

    /// Return the arc cosine of z.
    #[pyfunction("acos(z, /)", pure)]
    fn acos(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::acos(z.0))
    }
    /// Return the inverse hyperbolic cosine of z.
    #[pyfunction("acosh(z, /)", pure)]
    fn acosh(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::acosh(z.0))
    }
    /// Return the arc sine of z.
    #[pyfunction("asin(z, /)", pure)]
    fn asin(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::asin(z.0))
    }
    /// Return the inverse hyperbolic sine of z.
    #[pyfunction("asinh(z, /)", pure)]
    fn asinh(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::asinh(z.0))
    }
    /// Return the arc tangent of z.
    #[pyfunction("atan(z, /)", pure)]
    fn atan(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::atan(z.0))
    }
    /// Return the inverse hyperbolic tangent of z.
    #[pyfunction("atanh(z, /)", pure)]
    fn atanh(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::atanh(z.0))
    }
    /// Return the cosine of z.
    #[pyfunction("cos(z, /)", pure)]
    fn cos(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::cos(z.0))
    }
    /// Return the hyperbolic cosine of z.
    #[pyfunction("cosh(z, /)", pure)]
    fn cosh(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::cosh(z.0))
    }
    /// Return the exponential value e**z.
    #[pyfunction("exp(z, /)", pure)]
    fn exp(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::exp(z.0))
    }
    /// Determine whether two complex numbers are close in value.
    ///
    ///   rel_tol
    ///     maximum difference for being considered "close", relative to the
    ///     magnitude of the input values
    ///   abs_tol
    ///     maximum difference for being considered "close", regardless of the
    ///     magnitude of the input values
    ///
    /// Return True if a is close in value to b, and False otherwise.
    #[pyfunction("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(vm: &Vm, a: ComplexArg, b: ComplexArg, rel_tol: f64, abs_tol: f64) -> PyResult<bool> {
        if rel_tol < 0.0 || abs_tol < 0.0 {
            return Err(vm.value_error("tolerances must be non-negative"));
        }
        let (a, b) = (a.0, b.0);
        if a == b {
            return Ok(true);
        }
        if a.re.is_infinite() || a.im.is_infinite() || b.re.is_infinite() || b.im.is_infinite() {
            return Ok(false);
        }
        let abs = |z: Complex64| z.re.hypot(z.im);
        let diff = abs(a - b);
        Ok(diff <= rel_tol * abs(b) || diff <= rel_tol * abs(a) || diff <= abs_tol)
    }
    /// Return True if both the real and imaginary parts of z are finite, else False.
    #[pyfunction("isfinite(z, /)", pure)]
    fn isfinite(z: ComplexArg) -> bool {
        z.0.re.is_finite() && z.0.im.is_finite()
    }
    /// Checks if the real or imaginary part of z is infinite.
    #[pyfunction("isinf(z, /)", pure)]
    fn isinf(z: ComplexArg) -> bool {
        z.0.re.is_infinite() || z.0.im.is_infinite()
    }
    /// Checks if the real or imaginary part of z not a number (NaN).
    #[pyfunction("isnan(z, /)", pure)]
    fn isnan(z: ComplexArg) -> bool {
        z.0.re.is_nan() || z.0.im.is_nan()
    }
    /// log(z[, base]) -> the logarithm of z to the given base.
    ///
    /// If the base is not specified, returns the natural logarithm (base e) of z.
    #[pyfunction("log(z, base=<unrepresentable>, /)", nosig)]
    fn log(vm: &Vm, z: ComplexArg, base: OptArg<ComplexArg>) -> PyResult<Obj> {
        let num = c::log(z.0, None).map_err(|e| error(vm, e))?;
        let Some(base) = base.given() else { return Ok(vm.complex(num.re, num.im)) };
        let den = c::log(base.0, None).map_err(|e| error(vm, e))?;
        match krait_types::complex::complex_quotient((num.re, num.im), (den.re, den.im)) {
            Some((re, im)) => Ok(vm.complex(re, im)),
            None => Err(error(vm, pymath::Error::EDOM)),
        }
    }
    /// Return the base-10 logarithm of z.
    #[pyfunction("log10(z, /)", pure)]
    fn log10(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::log10(z.0))
    }
    /// Return argument, also known as the phase angle, of a complex.
    #[pyfunction("phase(z, /)", pure)]
    fn phase(vm: &Vm, z: ComplexArg) -> PyResult<f64> {
        c::phase(z.0).map_err(|e| error(vm, e))
    }
    /// Convert a complex from rectangular coordinates to polar coordinates.
    ///
    /// r is the distance from 0 and phi the phase angle.
    #[pyfunction("polar(z, /)", pure)]
    fn polar(vm: &Vm, z: ComplexArg) -> PyResult<(f64, f64)> {
        c::polar(z.0).map_err(|e| error(vm, e))
    }
    /// Convert from polar coordinates to rectangular coordinates.
    #[pyfunction("rect(r, phi, /)", pure)]
    fn rect(vm: &Vm, r: f64, phi: f64) -> PyResult<Obj> {
        result(vm, c::rect(r, phi))
    }
    /// Return the sine of z.
    #[pyfunction("sin(z, /)", pure)]
    fn sin(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::sin(z.0))
    }
    /// Return the hyperbolic sine of z.
    #[pyfunction("sinh(z, /)", pure)]
    fn sinh(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::sinh(z.0))
    }
    /// Return the square root of z.
    #[pyfunction("sqrt(z, /)", pure)]
    fn sqrt(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::sqrt(z.0))
    }
    /// Return the tangent of z.
    #[pyfunction("tan(z, /)", pure)]
    fn tan(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::tan(z.0))
    }
    /// Return the hyperbolic tangent of z.
    #[pyfunction("tanh(z, /)", pure)]
    fn tanh(vm: &Vm, z: ComplexArg) -> PyResult<Obj> {
        result(vm, c::tanh(z.0))
    }
}
