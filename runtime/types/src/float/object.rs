//! The `float` type.

use dashu_int::IBig;
use krait_macros::pyclass;
use krait_object::float::PyFloat;
use krait_object::hash::{hash_f64, hash_pointer};
use krait_object::prelude::*;

use super::arith::{float_divmod, float_floordiv, float_mod, float_pow, float_truediv};
use super::construct::construct;
use super::hex::{HexError, from_hex, to_hex};
use super::round::{float_to_int, round_digits};
use crate::format::digits;
use crate::int::cmp_int_float;

/// The value of a method's bound object, which is a float.
#[inline]
fn value(vm: &Vm, zelf: Ref<'_>) -> f64 {
    zelf.as_float(vm).unwrap_or(0.0)
}

/// The bound object itself if it is an exact float, else its value.
fn plain(vm: &Vm, zelf: Ref<'_>) -> Obj {
    if zelf.is_exact_float(vm) { zelf.to_obj() } else { vm.float(value(vm, zelf)) }
}

/// An operand of arithmetic: a float or an int.
#[inline(always)]
fn operand(vm: &Vm, o: Ref<'_>) -> PyResult<Option<f64>> {
    if let Some(f) = o.as_float(vm) {
        return Ok(Some(f));
    }
    match o.as_int(vm) {
        Some(i) => vm.int_to_f64(i).map(Some),
        None => Ok(None),
    }
}

/// Runs a binary operation if both operands are floats or ints.
#[inline(always)]
fn both<T: krait_object::convert::IntoPy>(vm: &Vm, a: Ref<'_>, b: Ref<'_>, f: impl FnOnce(f64, f64) -> PyResult<T>) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (operand(vm, a)?, operand(vm, b)?) else { return Ok(vm.not_implemented()) };
    krait_object::convert::IntoPyResult::into_py_result(f(x, y), vm)
}

/// How the float `a` orders against another number; `Ok(None)` if it is none.
fn order(vm: &Vm, a: f64, b: Ref<'_>) -> Option<Option<std::cmp::Ordering>> {
    if let Some(y) = b.as_float(vm) {
        return Some(a.partial_cmp(&y));
    }
    b.as_int(vm).map(|i| cmp_int_float(i, a).map(std::cmp::Ordering::reverse))
}

/// Numerator and denominator of a finite double, in lowest terms.
pub fn integer_ratio(f: f64) -> (IBig, IBig) {
    if f == 0.0 {
        return (IBig::ZERO, IBig::ONE);
    }
    let bits = f.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i64;
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let (m, e) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    let zeros = m.trailing_zeros();
    let (m, e) = (IBig::from(if f < 0.0 { -(m >> zeros) } else { m >> zeros }), e + i64::from(zeros));
    if e >= 0 { (m << e as usize, IBig::ONE) } else { (m, IBig::ONE << (-e) as usize) }
}

fn float_hash(vm: &Vm, zelf: Ref<'_>) -> i64 {
    let nan_hash = zelf.header().map_or(0, |h| hash_pointer(h));
    hash_f64(value(vm, zelf), nan_hash)
}

/// Convert a string or number to a floating-point number, if possible.
#[pyclass("float", layout = PyFloat, table = float, no_gc, flags(BASETYPE, MATCH_SELF))]
pub mod float {
    use super::*;

    #[pynew("float(x=0, /)")]
    fn new(vm: &Vm, cls: &PyType, x: OptArg<Ref<'_>>) -> PyResult<Obj> {
        construct(vm, cls, x.given())
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: Ref<'_>) -> Py<PyStr> {
        PyStr::from_ascii(vm, &digits::repr(value(vm, zelf)))
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: Ref<'_>) -> i64 {
        float_hash(vm, zelf)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: Ref<'_>, other: Ref<'_>, op: CmpOp) -> Obj {
        match order(vm, value(vm, zelf), other) {
            None => vm.not_implemented(),
            Some(Some(o)) => Obj::bool(op.eval(o)),
            Some(None) => Obj::bool(op == CmpOp::Ne),
        }
    }
    #[slot(nb_bool)]
    fn truth(vm: &Vm, zelf: Ref<'_>) -> bool {
        value(vm, zelf) != 0.0
    }
    #[slot(nb_add)]
    fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(x + y))
    }
    #[slot(nb_subtract)]
    fn subtract(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(x - y))
    }
    #[slot(nb_multiply)]
    fn multiply(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(x * y))
    }
    #[slot(nb_true_divide)]
    fn true_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| float_truediv(vm, x, y))
    }
    #[slot(nb_floor_divide)]
    fn floor_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| float_floordiv(vm, x, y))
    }
    #[slot(nb_remainder)]
    fn remainder(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| float_mod(vm, x, y))
    }
    #[slot(nb_divmod)]
    fn divmod(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| float_divmod(vm, x, y))
    }
    #[slot(nb_power)]
    fn pow(vm: &Vm, a: Ref<'_>, b: Ref<'_>, c: Ref<'_>) -> PyResult<Obj> {
        if !c.is_none() {
            return Err(vm.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
        }
        both(vm, a, b, |x, y| float_pow(vm, x, y))
    }
    #[slot(nb_negative)]
    fn negative(vm: &Vm, zelf: Ref<'_>) -> f64 {
        -value(vm, zelf)
    }
    #[slot(nb_absolute)]
    fn absolute(vm: &Vm, zelf: Ref<'_>) -> f64 {
        value(vm, zelf).abs()
    }
    #[slot(nb_positive, nb_float)]
    fn itself(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    #[slot(nb_int)]
    fn int(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        float_to_int(vm, value(vm, zelf))
    }

    /// Convert real number to a floating-point number.
    #[pyclassmethod]
    fn from_number(vm: &Vm, cls: &PyType, number: Ref<'_>) -> PyResult<Obj> {
        let exact = std::ptr::eq(cls, vm.types.float);
        if exact && number.is_exact_float(vm) {
            return Ok(number.to_obj());
        }
        let x = vm.float(vm.to_f64(number)?);
        if exact { Ok(x) } else { vm.call1(cls.r(), x.r()) }
    }
    /// Create a floating-point number from a hexadecimal string.
    ///
    /// >>> float.fromhex('0x1.ffffp10')
    /// 2047.984375
    /// >>> float.fromhex('-0x1p-1074')
    /// -5e-324
    #[pyclassmethod]
    fn fromhex(vm: &Vm, cls: &PyType, string: Ref<'_>) -> PyResult<Obj> {
        let Some(s) = string.downcast::<PyStr>(vm) else {
            return Err(vm.type_error("bad argument type for built-in operation"));
        };
        let x = match from_hex(s.to_utf8(vm)?.as_bytes()) {
            Ok(x) => vm.float(x),
            Err(HexError::Malformed) => return Err(vm.value_error("invalid hexadecimal floating-point string")),
            Err(HexError::TooLarge) => {
                return Err(vm.overflow_error("hexadecimal value too large to represent as a float"));
            }
        };
        if std::ptr::eq(cls, vm.types.float) { Ok(x) } else { vm.call1(cls.r(), x.r()) }
    }
    /// Return a hexadecimal representation of a floating-point number.
    ///
    /// >>> (-0.1).hex()
    /// '-0x1.999999999999ap-4'
    /// >>> 3.14159.hex()
    /// '0x1.921f9f01b866ep+1'
    #[pymethod]
    fn hex(vm: &Vm, zelf: Ref<'_>) -> String {
        to_hex(value(vm, zelf))
    }
    /// Return self, the complex conjugate of any float.
    #[pymethod]
    fn conjugate(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    /// Return True if the float is an integer.
    #[pymethod]
    fn is_integer(vm: &Vm, zelf: Ref<'_>) -> bool {
        let f = value(vm, zelf);
        f.is_finite() && f.floor() == f
    }
    /// Return a pair of integers, whose ratio is exactly equal to the original float.
    ///
    /// The ratio is in lowest terms and has a positive denominator.  Raise
    /// OverflowError on infinities and a ValueError on NaNs.
    ///
    /// >>> (10.0).as_integer_ratio()
    /// (10, 1)
    /// >>> (0.0).as_integer_ratio()
    /// (0, 1)
    /// >>> (-.25).as_integer_ratio()
    /// (-1, 4)
    #[pymethod]
    fn as_integer_ratio(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        let f = value(vm, zelf);
        if f.is_infinite() {
            return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
        }
        if f.is_nan() {
            return Err(vm.value_error("cannot convert NaN to integer ratio"));
        }
        let (n, d) = integer_ratio(f);
        Ok(vm.tuple(vec![vm.int_big(n), vm.int_big(d)]))
    }
    /// Return the Integral closest to x between 0 and x.
    #[pymethod]
    fn __trunc__(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        float_to_int(vm, value(vm, zelf))
    }
    /// Return the floor as an Integral.
    #[pymethod]
    fn __floor__(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        float_to_int(vm, value(vm, zelf).floor())
    }
    /// Return the ceiling as an Integral.
    #[pymethod]
    fn __ceil__(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        float_to_int(vm, value(vm, zelf).ceil())
    }
    /// Return the Integral closest to x, rounding half toward even.
    ///
    /// When an argument is passed, work like built-in round(x, ndigits).
    #[pymethod("__round__(self, ndigits=None, /)")]
    fn __round__(vm: &Vm, zelf: Ref<'_>, ndigits: Option<Ref<'_>>) -> PyResult<Obj> {
        let f = value(vm, zelf);
        let Some(ndigits) = ndigits else { return float_to_int(vm, f.round_ties_even()) };
        let n = vm.index_clamped(ndigits)?;
        if !f.is_finite() {
            return Ok(vm.float(f));
        }
        let r = round_digits(f, n);
        if r.is_infinite() { Err(vm.overflow_error("rounded value too large to represent")) } else { Ok(vm.float(r)) }
    }
    #[pymethod]
    fn __getnewargs__(vm: &Vm, zelf: Ref<'_>) -> Obj {
        vm.tuple(vec![vm.float(value(vm, zelf))])
    }
    /// Formats the float according to format_spec.
    #[pymethod]
    fn __format__(vm: &Vm, zelf: Ref<'_>, format_spec: &PyStr) -> PyResult<Obj> {
        crate::format::format_float(vm, zelf, format_spec)
    }
    /// You probably don't want to use this function.
    ///
    ///   typestr
    ///     Must be 'double' or 'float'.
    ///
    /// It exists mainly to be used in Python's test suite.
    ///
    /// This function returns whichever of 'unknown', 'IEEE, big-endian' or 'IEEE,
    /// little-endian' best describes the format of floating-point numbers used by the
    /// C type named by typestr.
    #[pyclassmethod]
    fn __getformat__(vm: &Vm, _cls: &PyType, typestr: &str) -> PyResult<&'static str> {
        if !matches!(typestr, "double" | "float") {
            return Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'"));
        }
        Ok(if cfg!(target_endian = "little") { "IEEE, little-endian" } else { "IEEE, big-endian" })
    }
    /// the real part of a complex number
    #[getter]
    fn real(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    /// the imaginary part of a complex number
    #[getter]
    fn imag(_zelf: Ref<'_>) -> f64 {
        0.0
    }
}
