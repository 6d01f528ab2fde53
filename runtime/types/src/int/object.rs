//! The `int` type.

use krait_macros::pyclass;
use krait_object::hash::{hash_bigint, hash_i64};
use krait_object::prelude::*;

use super::arith::{
    bit_count, bit_length, int_abs, int_add, int_and, int_divmod, int_floordiv, int_invert, int_lshift, int_mod, int_mul, int_neg, int_or,
    int_plain, int_rshift, int_sub, int_xor, round_to_pow10,
};
use super::bytes::is_little;
use super::construct::construct;
use super::pow::{int_pow, int_pow_mod};
use super::text::int_repr;
use super::truediv::int_truediv;

/// The value of a method's bound object, which is an int.
#[inline]
pub(super) fn value<'a>(vm: &Vm, zelf: Ref<'a>) -> IntRef<'a> {
    zelf.as_int(vm).unwrap_or(IntRef::Small(0))
}

/// The bound object itself if it is an exact int, else its value.
fn plain(vm: &Vm, zelf: Ref<'_>) -> Obj {
    if zelf.is_exact_int(vm) { zelf.to_obj() } else { int_plain(vm, value(vm, zelf)) }
}

/// Runs a binary operation if both operands are ints.
#[inline(always)]
fn both(vm: &Vm, a: Ref<'_>, b: Ref<'_>, f: impl FnOnce(IntRef<'_>, IntRef<'_>) -> PyResult<Obj>) -> PyResult<Obj> {
    match (a.as_int(vm), b.as_int(vm)) {
        (Some(x), Some(y)) => f(x, y),
        _ => Ok(vm.not_implemented()),
    }
}

/// `pow(a, b, c)` of ints, `c` None when absent; NotImplemented for other types.
pub fn power(vm: &Vm, a: Ref<'_>, b: Ref<'_>, c: Ref<'_>) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (a.as_int(vm), b.as_int(vm)) else { return Ok(vm.not_implemented()) };
    if !c.is_none() {
        return match c.as_int(vm) {
            Some(z) => int_pow_mod(vm, x, y, z),
            None => Ok(vm.not_implemented()),
        };
    }
    if y.is_negative() {
        let (x, y) = (vm.int_to_f64(x)?, vm.int_to_f64(y)?);
        return crate::float::float_pow(vm, x, y);
    }
    int_pow(vm, x, y)
}

/// int([x]) -> integer
/// int(x, base=10) -> integer
///
/// Convert a number or string to an integer, or return 0 if no arguments
/// are given.  If x is a number, return x.__int__().  For floating-point
/// numbers, this truncates towards zero.
///
/// If x is not a number or if base is given, then x must be a string,
/// bytes, or bytearray instance representing an integer literal in the
/// given base.  The literal can be preceded by '+' or '-' and be surrounded
/// by whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.
/// Base 0 means to interpret the base from the string as an integer literal.
/// >>> int('0b100', base=0)
/// 4
#[pyclass("int", layout = PyInt, table = int, no_gc, nosig, flags(BASETYPE, INT_SUBCLASS, MATCH_SELF))]
pub mod int {
    use super::*;

    #[pynew("int(x, base)", raw, nosig)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        construct(vm, cls, args)
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: Ref<'_>) -> PyResult<Py<PyStr>> {
        int_repr(vm, value(vm, zelf))
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: Ref<'_>) -> i64 {
        match value(vm, zelf) {
            IntRef::Small(i) => hash_i64(i),
            IntRef::Big(b) => hash_bigint(b),
        }
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: Ref<'_>, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        match (zelf.as_int(vm), other.as_int(vm)) {
            (Some(a), Some(b)) => Ok(Obj::bool(op.eval(a.cmp(b)))),
            _ => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_bool)]
    fn truth(vm: &Vm, zelf: Ref<'_>) -> bool {
        !value(vm, zelf).is_zero()
    }

    #[slot(nb_add)]
    fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(int_add(vm, x, y)))
    }
    #[slot(nb_subtract)]
    fn subtract(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(int_sub(vm, x, y)))
    }
    #[slot(nb_multiply)]
    fn multiply(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| int_mul(vm, x, y))
    }
    #[slot(nb_floor_divide)]
    fn floor_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| int_floordiv(vm, x, y))
    }
    #[slot(nb_remainder)]
    fn remainder(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| int_mod(vm, x, y))
    }
    #[slot(nb_divmod)]
    fn divmod(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| {
            let (q, r) = int_divmod(vm, x, y)?;
            Ok(vm.tuple(vec![q, r]))
        })
    }
    #[slot(nb_true_divide)]
    fn true_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(vm.float(int_truediv(vm, x, y)?)))
    }
    #[slot(nb_power)]
    fn pow(vm: &Vm, a: Ref<'_>, b: Ref<'_>, c: Ref<'_>) -> PyResult<Obj> {
        power(vm, a, b, c)
    }
    #[slot(nb_lshift)]
    fn lshift(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| int_lshift(vm, x, y))
    }
    #[slot(nb_rshift)]
    fn rshift(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| int_rshift(vm, x, y))
    }
    #[slot(nb_and)]
    fn and(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(int_and(vm, x, y)))
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(int_or(vm, x, y)))
    }
    #[slot(nb_xor)]
    fn xor(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| Ok(int_xor(vm, x, y)))
    }
    #[slot(nb_negative)]
    fn negative(vm: &Vm, zelf: Ref<'_>) -> Obj {
        int_neg(vm, value(vm, zelf))
    }
    #[slot(nb_absolute)]
    fn absolute(vm: &Vm, zelf: Ref<'_>) -> Obj {
        int_abs(vm, value(vm, zelf))
    }
    #[slot(nb_invert)]
    fn invert(vm: &Vm, zelf: Ref<'_>) -> Obj {
        int_invert(vm, value(vm, zelf))
    }
    #[slot(nb_positive, nb_int, nb_index)]
    fn itself(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    #[slot(nb_float)]
    fn float(vm: &Vm, zelf: Ref<'_>) -> PyResult<f64> {
        vm.int_to_f64(value(vm, zelf))
    }

    /// Returns self, the complex conjugate of any int.
    #[pymethod]
    fn conjugate(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    /// Number of bits necessary to represent self in binary.
    ///
    /// >>> bin(37)
    /// '0b100101'
    /// >>> (37).bit_length()
    /// 6
    #[pymethod("bit_length(self)", name = "bit_length", pure, quiet)]
    fn bit_length_(vm: &Vm, zelf: Ref<'_>) -> usize {
        bit_length(value(vm, zelf))
    }
    /// Number of ones in the binary representation of the absolute value of self.
    ///
    /// Also known as the population count.
    ///
    /// >>> bin(13)
    /// '0b1101'
    /// >>> (13).bit_count()
    /// 3
    #[pymethod("bit_count(self)", name = "bit_count", pure, quiet)]
    fn bit_count_(vm: &Vm, zelf: Ref<'_>) -> usize {
        bit_count(value(vm, zelf))
    }
    /// Return an array of bytes representing an integer.
    ///
    ///   length
    ///     Length of bytes object to use.  An OverflowError is raised if the
    ///     integer is not representable with the given number of bytes.  Default
    ///     is length 1.
    ///   byteorder
    ///     The byte order used to represent the integer.  If byteorder is 'big',
    ///     the most significant byte is at the beginning of the byte array.  If
    ///     byteorder is 'little', the most significant byte is at the end of the
    ///     byte array.  To request the native byte order of the host system, use
    ///     sys.byteorder as the byte order value.  Default is to use 'big'.
    ///   signed
    ///     Determines whether two's complement is used to represent the integer.
    ///     If signed is False and a negative integer is given, an OverflowError
    ///     is raised.
    #[pymethod("to_bytes(self, length=1, byteorder='big', *, signed=False)", quiet)]
    fn to_bytes(vm: &Vm, zelf: Ref<'_>, length: isize, byteorder: String, signed: bool) -> PyResult<Vec<u8>> {
        let little = is_little(vm, &byteorder)?;
        let Ok(length) = usize::try_from(length) else {
            return Err(vm.value_error("length argument must be non-negative"));
        };
        super::super::bytes::to_bytes(vm, value(vm, zelf), length, little, signed)
    }
    /// Return the integer represented by the given array of bytes.
    ///
    ///   bytes
    ///     Holds the array of bytes to convert.  The argument must either
    ///     support the buffer protocol or be an iterable object producing bytes.
    ///     Bytes and bytearray are examples of built-in objects that support the
    ///     buffer protocol.
    ///   byteorder
    ///     The byte order used to represent the integer.  If byteorder is 'big',
    ///     the most significant byte is at the beginning of the byte array.  If
    ///     byteorder is 'little', the most significant byte is at the end of the
    ///     byte array.  To request the native byte order of the host system, use
    ///     sys.byteorder as the byte order value.  Default is to use 'big'.
    ///   signed
    ///     Indicates whether two's complement is used to represent the integer.
    #[pyclassmethod("from_bytes(cls, bytes, byteorder='big', *, signed=False)")]
    fn from_bytes(vm: &Vm, cls: &PyType, bytes: Ref<'_>, byteorder: String, signed: bool) -> PyResult<Obj> {
        let little = is_little(vm, &byteorder)?;
        let data = crate::bytes::object_bytes(vm, bytes)?;
        let value = vm.int_big(super::super::bytes::from_bytes(&data, little, signed));
        if std::ptr::eq(cls, vm.types.int) { Ok(value) } else { vm.call1(cls.r(), value.r()) }
    }
    /// Return a pair of integers, whose ratio is equal to the original int.
    ///
    /// The ratio is in lowest terms and has a positive denominator.
    ///
    /// >>> (10).as_integer_ratio()
    /// (10, 1)
    /// >>> (-10).as_integer_ratio()
    /// (-10, 1)
    /// >>> (0).as_integer_ratio()
    /// (0, 1)
    #[pymethod]
    fn as_integer_ratio(vm: &Vm, zelf: Ref<'_>) -> Obj {
        vm.tuple(vec![plain(vm, zelf), Obj::small(1)])
    }
    /// Returns True. Exists for duck type compatibility with float.is_integer.
    #[pymethod]
    fn is_integer(_zelf: Ref<'_>) -> bool {
        true
    }
    /// Truncating an Integral returns itself.
    #[pymethod]
    fn __trunc__(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    /// Flooring an Integral returns itself.
    #[pymethod]
    fn __floor__(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    /// Ceiling of an Integral returns itself.
    #[pymethod]
    fn __ceil__(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    /// Rounding an Integral returns itself.
    ///
    /// Rounding with an ndigits argument also returns an integer.
    #[pymethod("__round__(self, ndigits=None, /)")]
    fn __round__(vm: &Vm, zelf: Ref<'_>, ndigits: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(ndigits) = ndigits else { return Ok(plain(vm, zelf)) };
        let ndigits = vm.index(ndigits)?;
        match value(vm, ndigits.r()) {
            n if !n.is_negative() => Ok(plain(vm, zelf)),
            n => Ok(round_to_pow10(vm, value(vm, zelf), n.to_i64().map_or(u64::MAX, i64::unsigned_abs))),
        }
    }
    #[pymethod]
    fn __getnewargs__(vm: &Vm, zelf: Ref<'_>) -> Obj {
        vm.tuple(vec![int_plain(vm, value(vm, zelf))])
    }
    /// Convert to a string according to format_spec.
    #[pymethod]
    fn __format__(vm: &Vm, zelf: Ref<'_>, format_spec: &PyStr) -> PyResult<Obj> {
        crate::format::format_int(vm, zelf, format_spec)
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(vm: &Vm, zelf: Ref<'_>) -> usize {
        // CPython's 30-bit digits.
        24 + 4 * bit_length(value(vm, zelf)).div_ceil(30).max(1)
    }
    /// the real part of a complex number
    #[getter]
    fn real(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    /// the imaginary part of a complex number
    #[getter]
    fn imag(_zelf: Ref<'_>) -> Obj {
        Obj::small(0)
    }
    /// the numerator of a rational number in lowest terms
    #[getter]
    fn numerator(vm: &Vm, zelf: Ref<'_>) -> Obj {
        plain(vm, zelf)
    }
    /// the denominator of a rational number in lowest terms
    #[getter]
    fn denominator(_zelf: Ref<'_>) -> Obj {
        Obj::small(1)
    }
}
