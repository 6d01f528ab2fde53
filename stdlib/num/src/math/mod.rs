//! `math`: functions of C's mathematics library and of integers.

mod floats;
mod integers;
mod sums;

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

use floats::{Log, checked};

/// Plain functions compiled code may call.
mod pure {
    pub fn copysign(x: f64, y: f64) -> f64 {
        x.copysign(y)
    }
    pub fn atan2(y: f64, x: f64) -> f64 {
        y.atan2(x)
    }
    pub fn fmod(x: f64, y: f64) -> f64 {
        x % y
    }
    pub fn degrees(x: f64) -> f64 {
        x * (180.0 / std::f64::consts::PI)
    }
    pub fn radians(x: f64) -> f64 {
        x * (std::f64::consts::PI / 180.0)
    }
    pub fn erf(x: f64) -> f64 {
        pymath::math::erf(x).unwrap_or(f64::NAN)
    }
    pub fn erfc(x: f64) -> f64 {
        pymath::math::erfc(x).unwrap_or(f64::NAN)
    }
    pub fn asinh(x: f64) -> f64 {
        pymath::math::asinh(x).unwrap_or(f64::NAN)
    }
}

/// This module provides access to the mathematical functions
/// defined by the C standard.
#[pymodule(name = "math")]
pub mod math {
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

    /// Return the arc cosine (measured in radians) of x.
    ///
    /// The result is between 0 and pi.
    #[pyfunction("acos(x, /)", pure, typed = f64::acos, finite)]
    fn acos(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.acos(), false, Some("a number in range from -1 up to 1"))
    }
    /// Return the inverse hyperbolic cosine of x.
    #[pyfunction("acosh(x, /)", pure)]
    fn acosh(vm: &Vm, x: f64) -> PyResult<f64> {
        let r = pymath::math::acosh(x).unwrap_or(f64::NAN);
        checked(vm, x, r, false, Some("argument value not less than 1"))
    }
    /// Return the arc sine (measured in radians) of x.
    ///
    /// The result is between -pi/2 and pi/2.
    #[pyfunction("asin(x, /)", pure, typed = f64::asin, finite)]
    fn asin(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.asin(), false, Some("a number in range from -1 up to 1"))
    }
    /// Return the inverse hyperbolic sine of x.
    #[pyfunction("asinh(x, /)", pure, typed = pure::asinh)]
    fn asinh(x: f64) -> f64 {
        pure::asinh(x)
    }
    /// Return the arc tangent (measured in radians) of x.
    ///
    /// The result is between -pi/2 and pi/2.
    #[pyfunction("atan(x, /)", pure, typed = f64::atan)]
    fn atan(x: f64) -> f64 {
        x.atan()
    }
    /// Return the arc tangent (measured in radians) of y/x.
    ///
    /// Unlike atan(y/x), the signs of both x and y are considered.
    #[pyfunction("atan2(y, x, /)", pure, typed = pure::atan2)]
    fn atan2(y: f64, x: f64) -> f64 {
        y.atan2(x)
    }
    /// Return the inverse hyperbolic tangent of x.
    #[pyfunction("atanh(x, /)", pure)]
    fn atanh(vm: &Vm, x: f64) -> PyResult<f64> {
        let r = pymath::math::atanh(x).unwrap_or(f64::NAN);
        checked(vm, x, r, false, Some("a number between -1 and 1"))
    }
    /// Return the cube root of x.
    #[pyfunction("cbrt(x, /)", pure, typed = f64::cbrt)]
    fn cbrt(x: f64) -> f64 {
        x.cbrt()
    }
    /// Return the ceiling of x as an Integral.
    ///
    /// This is the smallest integer >= x.
    #[pyfunction("ceil(x, /)", quiet)]
    fn ceil(vm: &Vm, x: Ref<'_>) -> PyResult<Obj> {
        floats::rounded(vm, x, vm.names().__ceil__, f64::ceil)
    }
    /// Return a float with the magnitude (absolute value) of x but the sign of y.
    ///
    /// On platforms that support signed zeros, copysign(1.0, -0.0)
    /// returns -1.0.
    #[pyfunction("copysign(x, y, /)", pure, typed = pure::copysign)]
    fn copysign(x: f64, y: f64) -> f64 {
        x.copysign(y)
    }
    /// Return the cosine of x (measured in radians).
    #[pyfunction("cos(x, /)", pure, typed = f64::cos, finite)]
    fn cos(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.cos(), false, Some("a finite input"))
    }
    /// Return the hyperbolic cosine of x.
    #[pyfunction("cosh(x, /)", pure, typed = f64::cosh, finite)]
    fn cosh(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.cosh(), true, None)
    }
    /// Convert angle x from radians to degrees.
    #[pyfunction("degrees(x, /)", pure, typed = pure::degrees)]
    fn degrees(x: f64) -> f64 {
        pure::degrees(x)
    }
    /// Return the Euclidean distance between two points p and q.
    ///
    /// The points should be specified as sequences (or iterables) of
    /// coordinates.  Both inputs must have the same dimension.
    ///
    /// Roughly equivalent to:
    ///     sqrt(sum((px - qx) ** 2.0 for px, qx in zip(p, q)))
    #[pyfunction("dist(p, q, /)", quiet)]
    fn dist(vm: &Vm, p: Ref<'_>, q: Ref<'_>) -> PyResult<f64> {
        sums::dist(vm, p, q)
    }
    /// Error function at x.
    #[pyfunction("erf(x, /)", pure, typed = pure::erf)]
    fn erf(x: f64) -> f64 {
        pure::erf(x)
    }
    /// Complementary error function at x.
    #[pyfunction("erfc(x, /)", pure, typed = pure::erfc)]
    fn erfc(x: f64) -> f64 {
        pure::erfc(x)
    }
    /// Return e raised to the power of x.
    #[pyfunction("exp(x, /)", pure, typed = f64::exp, finite)]
    fn exp(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.exp(), true, None)
    }
    /// Return 2 raised to the power of x.
    #[pyfunction("exp2(x, /)", pure, typed = f64::exp2, finite)]
    fn exp2(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.exp2(), true, None)
    }
    /// Return exp(x)-1.
    ///
    /// This function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x.
    #[pyfunction("expm1(x, /)", pure, typed = f64::exp_m1, finite)]
    fn expm1(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.exp_m1(), true, None)
    }
    /// Return the absolute value of the float x.
    #[pyfunction("fabs(x, /)", pure, typed = f64::abs)]
    fn fabs(x: f64) -> f64 {
        x.abs()
    }
    /// Find n!.
    #[pyfunction("factorial(n, /)", quiet)]
    fn factorial(vm: &Vm, n: BigIntArg) -> PyResult<Obj> {
        integers::factorial(vm, n.get(vm))
    }
    /// Return the floor of x as an Integral.
    ///
    /// This is the largest integer <= x.
    #[pyfunction("floor(x, /)", quiet)]
    fn floor(vm: &Vm, x: Ref<'_>) -> PyResult<Obj> {
        floats::rounded(vm, x, vm.names().__floor__, f64::floor)
    }
    /// Fused multiply-add operation.
    ///
    /// Compute (x * y) + z with a single round.
    #[pyfunction("fma(x, y, z, /)", pure, quiet)]
    fn fma(vm: &Vm, x: f64, y: f64, z: f64) -> PyResult<f64> {
        match pymath::math::fma(x, y, z) {
            Ok(r) => Ok(r),
            Err(pymath::Error::EDOM) => Err(vm.value_error("invalid operation in fma")),
            Err(_) => Err(vm.overflow_error("overflow in fma")),
        }
    }
    /// Return fmod(x, y), according to platform C.
    ///
    /// x % y may differ.
    #[pyfunction("fmod(x, y, /)", pure, typed = pure::fmod, finite)]
    fn fmod(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
        floats::plain(vm, pymath::math::fmod(x, y))
    }
    /// Return the mantissa and exponent of x, as pair (m, e).
    ///
    /// m is a float and e is an int, such that x = m * 2.**e.
    /// If x is 0, m and e are both 0.  Else 0.5 <= abs(m) < 1.0.
    #[pyfunction("frexp(x, /)", pure, quiet)]
    fn frexp(x: f64) -> (f64, i32) {
        pymath::math::frexp(x)
    }
    /// Return an accurate floating-point sum of values in the iterable seq.
    ///
    /// Assumes IEEE-754 floating-point arithmetic.
    #[pyfunction("fsum(seq, /)", quiet)]
    fn fsum(vm: &Vm, seq: Ref<'_>) -> PyResult<f64> {
        sums::fsum(vm, seq)
    }
    /// Gamma function at x.
    #[pyfunction("gamma(x, /)", pure)]
    fn gamma(vm: &Vm, x: f64) -> PyResult<f64> {
        floats::gamma_result(vm, x, pymath::math::gamma(x))
    }
    /// Greatest Common Divisor.
    #[pyfunction("gcd(*integers)", quiet)]
    fn gcd(vm: &Vm, integers: &[Ref<'_>]) -> PyResult<Obj> {
        let mut result = Obj::small(0);
        for (n, i) in integers.iter().enumerate() {
            let x = vm.index(*i)?;
            if n > 0 && result.r().value().as_int() == Some(1) {
                continue;
            }
            let (a, b) = (result.r().as_int(vm), x.r().as_int(vm));
            let r = integers::gcd(vm, a.unwrap_or(IntRef::Small(0)), b.unwrap_or(IntRef::Small(0)));
            result = r;
        }
        Ok(result)
    }
    /// Multidimensional Euclidean distance from the origin to a point.
    ///
    /// Roughly equivalent to:
    ///     sqrt(sum(x**2 for x in coordinates))
    ///
    /// For a two dimensional point (x, y), gives the hypotenuse
    /// using the Pythagorean theorem:  sqrt(x*x + y*y).
    ///
    /// For example, the hypotenuse of a 3/4/5 right triangle is:
    ///
    ///     >>> hypot(3.0, 4.0)
    ///     5.0
    #[pyfunction("hypot(*coordinates)", quiet)]
    fn hypot(vm: &Vm, coordinates: &[Ref<'_>]) -> PyResult<f64> {
        sums::hypot(vm, coordinates)
    }
    /// Determine whether two floating-point numbers are close in value.
    ///
    ///   rel_tol
    ///     maximum difference for being considered "close", relative to the
    ///     magnitude of the input values
    ///   abs_tol
    ///     maximum difference for being considered "close", regardless of the
    ///     magnitude of the input values
    ///
    /// Return True if a is close in value to b, and False otherwise.
    ///
    /// For the values to be considered close, the difference between them
    /// must be smaller than at least one of the tolerances.
    ///
    /// -inf, inf and NaN behave similarly to the IEEE 754 Standard.  That
    /// is, NaN is not close to anything, even itself.  inf and -inf are
    /// only close to themselves.
    #[pyfunction("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)", quiet)]
    fn isclose(vm: &Vm, a: f64, b: f64, rel_tol: f64, abs_tol: f64) -> PyResult<bool> {
        if rel_tol < 0.0 || abs_tol < 0.0 {
            return Err(vm.value_error("tolerances must be non-negative"));
        }
        if a == b {
            return Ok(true);
        }
        if a.is_infinite() || b.is_infinite() {
            return Ok(false);
        }
        let diff = (b - a).abs();
        Ok(diff <= (rel_tol * b).abs() || diff <= (rel_tol * a).abs() || diff <= abs_tol)
    }
    /// Return True if x is neither an infinity nor a NaN, and False otherwise.
    #[pyfunction("isfinite(x, /)", pure, typed = f64::is_finite)]
    fn isfinite(x: f64) -> bool {
        x.is_finite()
    }
    /// Return True if x is a positive or negative infinity, and False otherwise.
    #[pyfunction("isinf(x, /)", pure, typed = f64::is_infinite)]
    fn isinf(x: f64) -> bool {
        x.is_infinite()
    }
    /// Return True if x is a NaN (not a number), and False otherwise.
    #[pyfunction("isnan(x, /)", pure, typed = f64::is_nan)]
    fn isnan(x: f64) -> bool {
        x.is_nan()
    }
    /// Return the integer part of the square root of the input.
    #[pyfunction("isqrt(n, /)", quiet)]
    fn isqrt(vm: &Vm, n: BigIntArg) -> PyResult<Obj> {
        integers::isqrt(vm, n.get(vm))
    }
    /// Least Common Multiple.
    #[pyfunction("lcm(*integers)", quiet)]
    fn lcm(vm: &Vm, integers: &[Ref<'_>]) -> PyResult<Obj> {
        let mut result = Obj::small(1);
        for i in integers {
            let x = vm.index(*i)?;
            let (a, b) = (result.r().as_int(vm), x.r().as_int(vm));
            let r = integers::lcm(vm, a.unwrap_or(IntRef::Small(0)), b.unwrap_or(IntRef::Small(0)))?;
            result = r;
        }
        Ok(result)
    }
    /// Return x * (2**i).
    ///
    /// This is essentially the inverse of frexp().
    #[pyfunction("ldexp(x, i, /)", quiet)]
    fn ldexp(vm: &Vm, x: f64, i: Ref<'_>) -> PyResult<f64> {
        let Some(i) = i.as_int(vm) else { return Err(vm.type_error("Expected an int as second argument to ldexp.")) };
        floats::ldexp(vm, x, i)
    }
    /// Natural logarithm of absolute value of Gamma function at x.
    #[pyfunction("lgamma(x, /)", pure)]
    fn lgamma(vm: &Vm, x: f64) -> PyResult<f64> {
        floats::gamma_result(vm, x, pymath::math::lgamma(x))
    }
    /// log(x, [base=math.e])
    /// Return the logarithm of x to the given base.
    ///
    /// If the base is not specified, returns the natural logarithm (base e) of x.
    #[pyfunction("log(x[, base])", nosig, typed = f64::ln as fn(f64) -> f64, finite)]
    fn log(vm: &Vm, x: Ref<'_>, base: Option<OptArg<Ref<'_>>>) -> PyResult<Obj> {
        let num = Log::Natural.eval(vm, x)?;
        let Some(base) = base.and_then(OptArg::given) else { return Ok(vm.float(num)) };
        let den = Log::Natural.eval(vm, base)?;
        vm.binary(BinOp::TrueDiv, vm.float(num).r(), vm.float(den).r())
    }
    /// Return the base 10 logarithm of x.
    #[pyfunction("log10(x, /)", typed = f64::log10 as fn(f64) -> f64, finite)]
    fn log10(vm: &Vm, x: Ref<'_>) -> PyResult<f64> {
        Log::Ten.eval(vm, x)
    }
    /// Return the natural logarithm of 1+x (base e).
    ///
    /// The result is computed in a way which is accurate for x near zero.
    #[pyfunction("log1p(x, /)", pure, typed = f64::ln_1p, finite)]
    fn log1p(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.ln_1p(), false, Some("argument value > -1"))
    }
    /// Return the base 2 logarithm of x.
    #[pyfunction("log2(x, /)", typed = f64::log2 as fn(f64) -> f64, finite)]
    fn log2(vm: &Vm, x: Ref<'_>) -> PyResult<f64> {
        Log::Two.eval(vm, x)
    }
    /// Return the fractional and integer parts of x.
    ///
    /// Both results carry the sign of x and are floats.
    #[pyfunction("modf(x, /)", pure, quiet)]
    fn modf(x: f64) -> (f64, f64) {
        pymath::math::modf(x)
    }
    /// Return the floating-point value the given number of steps after x towards y.
    ///
    /// If steps is not specified or is None, it defaults to 1.
    ///
    /// Raises a TypeError, if x or y is not a double, or if steps is not an integer.
    /// Raises ValueError if steps is negative.
    #[pyfunction("nextafter(x, y, /, *, steps=None)")]
    fn nextafter(vm: &Vm, x: f64, y: f64, steps: Option<Ref<'_>>) -> PyResult<f64> {
        let Some(steps) = steps else { return Ok(pymath::math::nextafter(x, y, None)) };
        let steps = vm.index(steps)?;
        let n = steps.r().as_int(vm).unwrap_or(IntRef::Small(0));
        if n.is_negative() {
            return Err(vm.value_error("steps must be a non-negative integer"));
        }
        // More steps than there are doubles end at `y` all the same.
        Ok(pymath::math::nextafter(x, y, Some(n.to_i64().map_or(u64::MAX, |n| n as u64))))
    }
    /// Number of ways to choose k items from n items without repetition and with order.
    ///
    /// Evaluates to n! / (n - k)! when k <= n and evaluates
    /// to zero when k > n.
    ///
    /// If k is not specified or is None, then k defaults to n
    /// and the function returns n!.
    ///
    /// Raises TypeError if either of the arguments are not integers.
    /// Raises ValueError if either of the arguments are negative.
    #[pyfunction("perm(n, k=None, /)", quiet)]
    fn perm(vm: &Vm, n: Ref<'_>, k: Option<Ref<'_>>) -> PyResult<Obj> {
        let n = vm.index(n)?;
        let n = n.r().as_int(vm).unwrap_or(IntRef::Small(0));
        let Some(k) = k else { return integers::factorial(vm, n) };
        let k = vm.index(k)?;
        integers::perm(vm, n, k.r().as_int(vm).unwrap_or(IntRef::Small(0)))
    }
    /// Number of ways to choose k items from n items without repetition and without order.
    ///
    /// Evaluates to n! / (k! * (n - k)!) when k <= n and evaluates
    /// to zero when k > n.
    ///
    /// Also called the binomial coefficient because it is equivalent
    /// to the coefficient of k-th term in polynomial expansion of the
    /// expression (1 + x)**n.
    ///
    /// Raises TypeError if either of the arguments are not integers.
    /// Raises ValueError if either of the arguments are negative.
    #[pyfunction("comb(n, k, /)", quiet)]
    fn comb(vm: &Vm, n: BigIntArg, k: BigIntArg) -> PyResult<Obj> {
        integers::comb(vm, n.get(vm), k.get(vm))
    }
    /// Return x**y (x to the power of y).
    #[pyfunction("pow(x, y, /)", pure, typed = f64::powf, finite)]
    fn pow(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
        floats::power(vm, x, y)
    }
    /// Calculate the product of all the elements in the input iterable.
    ///
    /// The default start value for the product is 1.
    ///
    /// When the iterable is empty, return the start value.  This function is
    /// intended specifically for use with numeric values and may reject
    /// non-numeric types.
    #[pyfunction("prod(iterable, /, *, start=1)", quiet)]
    fn prod(vm: &Vm, iterable: Ref<'_>, start: Ref<'_>) -> PyResult<Obj> {
        sums::prod(vm, iterable, start.to_obj())
    }
    /// Convert angle x from degrees to radians.
    #[pyfunction("radians(x, /)", pure, typed = pure::radians)]
    fn radians(x: f64) -> f64 {
        pure::radians(x)
    }
    /// Difference between x and the closest integer multiple of y.
    ///
    /// Return x - n*y where n*y is the closest integer multiple of y.
    /// In the case where x is exactly halfway between two multiples of
    /// y, the nearest even value of n is used. The result is always exact.
    #[pyfunction("remainder(x, y, /)", pure)]
    fn remainder(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
        floats::plain(vm, pymath::math::remainder(x, y))
    }
    /// Return the sine of x (measured in radians).
    #[pyfunction("sin(x, /)", pure, typed = f64::sin, finite)]
    fn sin(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.sin(), false, Some("a finite input"))
    }
    /// Return the hyperbolic sine of x.
    #[pyfunction("sinh(x, /)", pure, typed = f64::sinh, finite)]
    fn sinh(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.sinh(), true, None)
    }
    /// Return the square root of x.
    #[pyfunction("sqrt(x, /)", pure, typed = f64::sqrt, finite)]
    fn sqrt(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.sqrt(), false, Some("a nonnegative input"))
    }
    /// Return the sum of products of values from two iterables p and q.
    ///
    /// Roughly equivalent to:
    ///
    ///     sum(map(operator.mul, p, q, strict=True))
    ///
    /// For float and mixed int/float inputs, the intermediate products
    /// and sums are computed with extended precision.
    #[pyfunction("sumprod(p, q, /)")]
    fn sumprod(vm: &Vm, p: Ref<'_>, q: Ref<'_>) -> PyResult<Obj> {
        sums::sumprod(vm, p, q)
    }
    /// Return the tangent of x (measured in radians).
    #[pyfunction("tan(x, /)", pure, typed = f64::tan, finite)]
    fn tan(vm: &Vm, x: f64) -> PyResult<f64> {
        checked(vm, x, x.tan(), false, Some("a finite input"))
    }
    /// Return the hyperbolic tangent of x.
    #[pyfunction("tanh(x, /)", pure, typed = f64::tanh)]
    fn tanh(x: f64) -> f64 {
        x.tanh()
    }
    /// Truncates the Real x to the nearest Integral toward 0.
    ///
    /// Uses the __trunc__ magic method.
    #[pyfunction("trunc(x, /)", quiet)]
    fn trunc(vm: &Vm, x: Ref<'_>) -> PyResult<Obj> {
        if x.is_exact_float(vm) || x.is_exact_int(vm) {
            return floats::rounded(vm, x, vm.names().__trunc__, f64::trunc);
        }
        match vm.call_special(x, vm.names().__trunc__, &[])? {
            Some(r) => Ok(r),
            None => Err(vm.type_error(format!("type {} doesn't define __trunc__ method", x.ty(vm).tp_name()))),
        }
    }
    /// Return the value of the least significant bit of the float x.
    #[pyfunction("ulp(x, /)", pure, typed = pymath::math::ulp)]
    fn ulp(x: f64) -> f64 {
        pymath::math::ulp(x)
    }
}
