//! The class `Decimal`.

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_stdlib_core::util::no_header;

use super::context::{PyDecContext, rounding};
use super::current::current;
use super::operand::{Binary, Comparable, Unary, comparable, context_arg, expect, new_decimal, operand, operator, order, run};
use super::{format, from_object, to_python};
use crate::num::coeff::Coeff;
use crate::num::context::{Ctx, INVALID_OPERATION, Round};
use crate::num::decimal::{Dec, Kind};
use crate::num::{add, compare, convert, divide, logical, power, product, quantize, text, transcendental};

#[repr(C)]
pub struct PyDecimal {
    header: Header,
    /// -1 until it is computed.
    hash: Cell<i64>,
    pub dec: Dec,
}

impl PyDecimal {
    #[inline(always)]
    pub fn payload(dec: Dec) -> PyDecimal {
        PyDecimal { header: no_header(), hash: Cell::new(-1), dec }
    }
}

fn unary(vm: &Vm, d: &PyDecimal, context: Option<Ref<'_>>, f: Unary) -> PyResult<Obj> {
    let c = context_arg(vm, context)?;
    run(vm, &c, |ctx, st| f(&d.dec, ctx, st))
}

fn binary(vm: &Vm, d: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>, f: Binary) -> PyResult<Obj> {
    let c = context_arg(vm, context)?;
    let other = expect(vm, other)?;
    run(vm, &c, |ctx, st| f(&d.dec, &other, ctx, st))
}

/// A rounding argument: None is the context's mode.
fn round_arg(vm: &Vm, round: Option<Ref<'_>>, c: &PyDecContext) -> PyResult<Round> {
    match round {
        Some(r) => rounding(vm, r),
        None => Ok(c.ctx.get().round),
    }
}

fn integral(vm: &Vm, d: &PyDecimal, rounding: Option<Ref<'_>>, context: Option<Ref<'_>>, f: Unary) -> PyResult<Obj> {
    let c = context_arg(vm, context)?;
    let round = round_arg(vm, rounding, &c)?;
    run(vm, &c, |ctx, st| f(&d.dec, &Ctx { round, ..*ctx }, st))
}

/// `divmod` as a tuple.
pub fn pair(vm: &Vm, c: &PyDecContext, a: &Dec, b: &Dec) -> PyResult<Obj> {
    let mut st = 0;
    let (q, r) = divide::div_mod(a, b, &c.ctx.get(), &mut st);
    c.signal(vm, st)?;
    Ok(vm.tuple(vec![new_decimal(vm, q), new_decimal(vm, r)]))
}

/// Construct a new Decimal object. 'value' can be an integer, string, tuple,
/// or another Decimal object. If no value is given, return Decimal('0'). The
/// context does not affect the conversion and is only passed to determine if
/// the InvalidOperation trap is active.
#[pyclass(layout = PyDecimal, name = "Decimal", module = "decimal", own, no_gc, flags(BASETYPE))]
pub mod decimal {
    use super::*;

    #[pynew("Decimal(value=\"0\", context=None)")]
    fn new(vm: &Vm, cls: &PyType, value: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        let c = context_arg(vm, context)?;
        from_object::exact(vm, cls, value, &c)
    }
    /// Class method that converts a float to a decimal number, exactly.
    /// Since 0.1 is not exactly representable in binary floating point,
    /// Decimal.from_float(0.1) is not the same as Decimal('0.1').
    ///
    ///     >>> Decimal.from_float(0.1)
    ///     Decimal('0.1000000000000000055511151231257827021181583404541015625')
    ///     >>> Decimal.from_float(float('nan'))
    ///     Decimal('NaN')
    ///     >>> Decimal.from_float(float('inf'))
    ///     Decimal('Infinity')
    ///     >>> Decimal.from_float(float('-inf'))
    ///     Decimal('-Infinity')
    #[pyclassmethod("from_float(cls, f, /)")]
    fn from_float(vm: &Vm, cls: &PyType, f: Ref<'_>) -> PyResult<Obj> {
        match from_object::int_or_float(vm, f) {
            Some(dec) => from_object::by_calling(vm, cls, dec),
            None => Err(vm.type_error("argument must be int or float")),
        }
    }
    /// Class method that converts a real number to a decimal number, exactly.
    ///
    ///     >>> Decimal.from_number(314)              # int
    ///     Decimal('314')
    ///     >>> Decimal.from_number(0.1)              # float
    ///     Decimal('0.1000000000000000055511151231257827021181583404541015625')
    ///     >>> Decimal.from_number(Decimal('3.14'))  # another decimal instance
    ///     Decimal('3.14')
    #[pyclassmethod("from_number(cls, number, /)")]
    fn from_number(vm: &Vm, cls: &PyType, number: Ref<'_>) -> PyResult<Obj> {
        let known = number.is_instance_of::<PyDecimal>(vm) || from_object::int_or_float(vm, number).is_some();
        if !known {
            return Err(super::super::operand::unsupported(vm, number));
        }
        let c = current(vm)?;
        let d = from_object::exact(vm, PyDecimal::type_of(vm), number, &c)?;
        if std::ptr::eq(cls, PyDecimal::type_of(vm)) { Ok(d) } else { vm.call1(cls.r(), d.r()) }
    }

    #[slot(nb_add)]
    fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        operator(vm, a, b, add::add)
    }
    #[slot(nb_subtract)]
    fn subtract(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        operator(vm, a, b, add::sub)
    }
    #[slot(nb_multiply)]
    fn multiply(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        operator(vm, a, b, product::mul)
    }
    #[slot(nb_true_divide)]
    fn true_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        operator(vm, a, b, divide::div)
    }
    #[slot(nb_floor_divide)]
    fn floor_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        operator(vm, a, b, divide::div_int)
    }
    #[slot(nb_remainder)]
    fn remainder(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        operator(vm, a, b, divide::rem)
    }
    #[slot(nb_divmod)]
    fn divmod(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let (Some(x), Some(y)) = (operand(vm, a), operand(vm, b)) else { return Ok(vm.not_implemented()) };
        let c = current(vm)?;
        pair(vm, &c, &x, &y)
    }
    #[slot(nb_power)]
    fn pow(vm: &Vm, a: Ref<'_>, b: Ref<'_>, m: Ref<'_>) -> PyResult<Obj> {
        if m.is_none() {
            return operator(vm, a, b, power::pow);
        }
        match operand(vm, m) {
            Some(m) => operator(vm, a, b, |a, b, ctx, st| power::pow_mod(a, b, &m, ctx, st)),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_negative)]
    fn negative(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        unary(vm, zelf, None, add::minus)
    }
    #[slot(nb_positive)]
    fn positive(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        unary(vm, zelf, None, add::plus)
    }
    #[slot(nb_absolute)]
    fn absolute(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        unary(vm, zelf, None, add::abs)
    }
    #[slot(nb_bool)]
    fn truth(zelf: &PyDecimal) -> bool {
        !zelf.dec.is_zero()
    }
    #[slot(nb_int)]
    fn int(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        to_python::int(vm, &zelf.dec, Round::Down)
    }
    #[slot(nb_float)]
    fn float(vm: &Vm, zelf: &PyDecimal) -> PyResult<f64> {
        to_python::float(vm, &zelf.dec)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let c = current(vm)?;
        let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
        let Comparable::Pair(a, b) = comparable(vm, &zelf.dec, other, equality, &c)? else {
            return Ok(vm.not_implemented());
        };
        if let Some(o) = order(&a, &b) {
            return Ok(Obj::bool(op.eval(o)));
        }
        if !equality || a.is_snan() || b.is_snan() {
            c.signal(vm, INVALID_OPERATION)?;
        }
        Ok(Obj::bool(op == CmpOp::Ne))
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyDecimal) -> PyResult<i64> {
        if zelf.hash.get() == -1 {
            zelf.hash.set(match zelf.dec.kind {
                Kind::Finite => convert::hash(&zelf.dec),
                Kind::Infinite => {
                    if zelf.dec.neg {
                        -314_159
                    } else {
                        314_159
                    }
                }
                Kind::QuietNan => krait_object::hash::hash_pointer(zelf),
                Kind::SignalingNan => return Err(vm.type_error("Cannot hash a signaling NaN value")),
            });
        }
        Ok(zelf.hash.get())
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDecimal) -> PyResult<String> {
        let c = current(vm)?;
        Ok(format!("Decimal('{}')", text::to_sci(&zelf.dec, c.capitals.get())))
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        let c = current(vm)?;
        Ok(PyStr::from_ascii(vm, &text::to_sci(&zelf.dec, c.capitals.get())).into_obj())
    }

    #[getter]
    fn real(zelf: &PyDecimal) -> Obj {
        zelf.to_obj()
    }
    #[getter]
    fn imag(vm: &Vm, _zelf: &PyDecimal) -> Obj {
        new_decimal(vm, Dec::zero(false, 0))
    }
    #[pymethod]
    fn __ceil__(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        to_python::int(vm, &zelf.dec, Round::Ceiling)
    }
    #[pymethod]
    fn __floor__(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        to_python::int(vm, &zelf.dec, Round::Floor)
    }
    #[pymethod]
    fn __trunc__(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        to_python::int(vm, &zelf.dec, Round::Down)
    }
    #[pymethod]
    fn __complex__(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        Ok(vm.complex(to_python::float(vm, &zelf.dec)?, 0.0))
    }
    #[pymethod]
    fn __copy__(zelf: &PyDecimal) -> Obj {
        zelf.to_obj()
    }
    #[pymethod("__deepcopy__(self, object, /)")]
    fn __deepcopy__(zelf: &PyDecimal, _memo: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        let c = current(vm)?;
        let text = vm.str(&text::to_sci(&zelf.dec, c.capitals.get()));
        Ok(vm.tuple(vec![zelf.r().ty(vm).to_obj(), vm.tuple(vec![text])]))
    }
    #[pymethod]
    fn __sizeof__(zelf: &PyDecimal) -> usize {
        size_of::<PyDecimal>() + 8 * zelf.dec.coeff.heap_limbs()
    }
    #[pymethod("__format__(self, fmt, override=None, /)", nosig)]
    fn __format__(vm: &Vm, zelf: &PyDecimal, fmt: Ref<'_>, replaced: Option<Ref<'_>>) -> PyResult<Obj> {
        format::format_decimal(vm, zelf, fmt, replaced)
    }
    #[pymethod("__round__(self, ndigits=None, /)", nosig)]
    fn __round__(vm: &Vm, zelf: &PyDecimal, ndigits: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(n) = ndigits else {
            return to_python::int(vm, &zelf.dec, Round::HalfEven);
        };
        let n = match n.as_int(vm) {
            None => return Err(vm.type_error("optional arg must be an integer")),
            Some(n) => match n.to_i64() {
                Some(n) => n,
                None => return Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
            },
        };
        let unit = Dec::finite(false, Coeff::ONE, n.checked_neg().unwrap_or(i64::MAX));
        let c = current(vm)?;
        run(vm, &c, |ctx, st| quantize::quantize(&zelf.dec, &unit, ctx, st))
    }

    /// Return the value of the (natural) exponential function e**x at the given
    /// number.  The function always uses the ROUND_HALF_EVEN mode and the result
    /// is correctly rounded.
    #[pymethod("exp(self, context=None)")]
    fn exp(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, transcendental::exp)
    }
    /// Return the natural (base e) logarithm of the operand. The function always
    /// uses the ROUND_HALF_EVEN mode and the result is correctly rounded.
    #[pymethod("ln(self, context=None)")]
    fn ln(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, transcendental::ln)
    }
    /// Return the base ten logarithm of the operand. The function always uses the
    /// ROUND_HALF_EVEN mode and the result is correctly rounded.
    #[pymethod("log10(self, context=None)")]
    fn log10(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, transcendental::log10)
    }
    /// For a non-zero number, return the adjusted exponent of the operand as a
    /// Decimal instance.  If the operand is a zero, then Decimal('-Infinity') is
    /// returned and the DivisionByZero condition is raised. If the operand is
    /// an infinity then Decimal('Infinity') is returned.
    #[pymethod("logb(self, context=None)")]
    fn logb(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, quantize::logb)
    }
    /// Invert all its digits.
    ///
    /// The self must be logical number.
    #[pymethod("logical_invert(self, context=None)")]
    fn logical_invert(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, logical::invert)
    }
    /// Return the largest number representable in the given context (or in the
    /// current default context if no context is given) that is smaller than the
    /// given operand.
    #[pymethod("next_minus(self, context=None)")]
    fn next_minus(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, compare::next_minus)
    }
    /// Return the smallest number representable in the given context (or in the
    /// current default context if no context is given) that is larger than the
    /// given operand.
    #[pymethod("next_plus(self, context=None)")]
    fn next_plus(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, compare::next_plus)
    }
    /// Normalize the number by stripping the rightmost trailing zeros and
    /// converting any result equal to Decimal('0') to Decimal('0e0').  Used
    /// for producing canonical values for members of an equivalence class.
    /// For example, Decimal('32.100') and Decimal('0.321000e+2') both normalize
    /// to the equivalent value Decimal('32.1').
    #[pymethod("normalize(self, context=None)")]
    fn normalize(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, quantize::reduce)
    }
    /// Return the square root of the argument to full precision. The result is
    /// correctly rounded using the ROUND_HALF_EVEN rounding mode.
    #[pymethod("sqrt(self, context=None)")]
    fn sqrt(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<Obj> {
        unary(vm, zelf, context, transcendental::sqrt)
    }
    /// Compare self to other.  Return a decimal value:
    ///
    ///     a or b is a NaN ==> Decimal('NaN')
    ///     a < b           ==> Decimal('-1')
    ///     a == b          ==> Decimal('0')
    ///     a > b           ==> Decimal('1')
    #[pymethod("compare(self, other, context=None)")]
    fn compare(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, compare::compare)
    }
    /// Identical to compare, except that all NaNs signal.
    #[pymethod("compare_signal(self, other, context=None)")]
    fn compare_signal(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, compare::compare_signal)
    }
    /// Applies an 'and' operation between self and other's digits.
    ///
    /// Both self and other must be logical numbers.
    #[pymethod("logical_and(self, other, context=None)")]
    fn logical_and(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, logical::and)
    }
    /// Applies an 'or' operation between self and other's digits.
    ///
    /// Both self and other must be logical numbers.
    #[pymethod("logical_or(self, other, context=None)")]
    fn logical_or(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, logical::or)
    }
    /// Applies an 'xor' operation between self and other's digits.
    ///
    /// Both self and other must be logical numbers.
    #[pymethod("logical_xor(self, other, context=None)")]
    fn logical_xor(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, logical::xor)
    }
    /// Maximum of self and other.  If one operand is a quiet NaN and the other is
    /// numeric, the numeric operand is returned.
    #[pymethod("max(self, other, context=None)")]
    fn max(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, compare::max)
    }
    /// Similar to the max() method, but the comparison is done using the absolute
    /// values of the operands.
    #[pymethod("max_mag(self, other, context=None)")]
    fn max_mag(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, compare::max_mag)
    }
    /// Minimum of self and other. If one operand is a quiet NaN and the other is
    /// numeric, the numeric operand is returned.
    #[pymethod("min(self, other, context=None)")]
    fn min(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, compare::min)
    }
    /// Similar to the min() method, but the comparison is done using the absolute
    /// values of the operands.
    #[pymethod("min_mag(self, other, context=None)")]
    fn min_mag(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, compare::min_mag)
    }
    /// If the two operands are unequal, return the number closest to the first
    /// operand in the direction of the second operand.  If both operands are
    /// numerically equal, return a copy of the first operand with the sign set
    /// to be the same as the sign of the second operand.
    #[pymethod("next_toward(self, other, context=None)")]
    fn next_toward(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, compare::next_toward)
    }
    /// Return the remainder from dividing self by other.  This differs from
    /// self % other in that the sign of the remainder is chosen so as to minimize
    /// its absolute value. More precisely, the return value is self - n * other
    /// where n is the integer nearest to the exact value of self / other, and
    /// if two integers are equally near then the even one is chosen.
    ///
    /// If the result is zero then its sign will be the sign of self.
    #[pymethod("remainder_near(self, other, context=None)")]
    fn remainder_near(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, divide::rem_near)
    }
    /// Return the result of rotating the digits of the first operand by an amount
    /// specified by the second operand.  The second operand must be an integer in
    /// the range -precision through precision. The absolute value of the second
    /// operand gives the number of places to rotate. If the second operand is
    /// positive then rotation is to the left; otherwise rotation is to the right.
    /// The coefficient of the first operand is padded on the left with zeros to
    /// length precision if necessary. The sign and exponent of the first operand are
    /// unchanged.
    #[pymethod("rotate(self, other, context=None)")]
    fn rotate(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, quantize::rotate)
    }
    /// Return the first operand with the exponent adjusted the second.  Equivalently,
    /// return the first operand multiplied by 10**other. The second operand must be
    /// an integer.
    #[pymethod("scaleb(self, other, context=None)")]
    fn scaleb(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, quantize::scaleb)
    }
    /// Return the result of shifting the digits of the first operand by an amount
    /// specified by the second operand.  The second operand must be an integer in
    /// the range -precision through precision. The absolute value of the second
    /// operand gives the number of places to shift. If the second operand is
    /// positive, then the shift is to the left; otherwise the shift is to the
    /// right. Digits shifted into the coefficient are zeros. The sign and exponent
    /// of the first operand are unchanged.
    #[pymethod("shift(self, other, context=None)")]
    fn shift(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        binary(vm, zelf, other, context, quantize::shift)
    }
    /// Compare two operands using their abstract representation rather than
    /// their numerical value.  Similar to the compare() method, but the result
    /// gives a total ordering on Decimal instances.  Two Decimal instances with
    /// the same numeric value but different representations compare unequal
    /// in this ordering:
    ///
    ///     >>> Decimal('12.0').compare_total(Decimal('12'))
    ///     Decimal('-1')
    ///
    /// Quiet and signaling NaNs are also included in the total ordering. The result
    /// of this function is Decimal('0') if both operands have the same representation,
    /// Decimal('-1') if the first operand is lower in the total order than the second,
    /// and Decimal('1') if the first operand is higher in the total order than the
    /// second operand. See the specification for details of the total order.
    ///
    /// This operation is unaffected by context and is quiet: no flags are changed
    /// and no rounding is performed. As an exception, the C version may raise
    /// InvalidOperation if the second operand cannot be converted exactly.
    #[pymethod("compare_total(self, other, context=None)")]
    fn compare_total(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        context_arg(vm, context)?;
        Ok(new_decimal(vm, compare::compare_total(&zelf.dec, &*expect(vm, other)?)))
    }
    /// Compare two operands using their abstract representation rather than their
    /// value as in compare_total(), but ignoring the sign of each operand.
    ///
    /// x.compare_total_mag(y) is equivalent to x.copy_abs().compare_total(y.copy_abs()).
    ///
    /// This operation is unaffected by context and is quiet: no flags are changed
    /// and no rounding is performed. As an exception, the C version may raise
    /// InvalidOperation if the second operand cannot be converted exactly.
    #[pymethod("compare_total_mag(self, other, context=None)")]
    fn compare_total_mag(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        context_arg(vm, context)?;
        Ok(new_decimal(vm, compare::compare_total_mag(&zelf.dec, &*expect(vm, other)?)))
    }
    /// Return a copy of the first operand with the sign set to be the same as the
    /// sign of the second operand. For example:
    ///
    ///     >>> Decimal('2.3').copy_sign(Decimal('-1.5'))
    ///     Decimal('-2.3')
    ///
    /// This operation is unaffected by context and is quiet: no flags are changed
    /// and no rounding is performed. As an exception, the C version may raise
    /// InvalidOperation if the second operand cannot be converted exactly.
    #[pymethod("copy_sign(self, other, context=None)")]
    fn copy_sign(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        context_arg(vm, context)?;
        let other = expect(vm, other)?;
        Ok(new_decimal(vm, zelf.dec.clone().with_sign(other.neg)))
    }
    /// Test whether self and other have the same exponent or whether both are NaN.
    ///
    /// This operation is unaffected by context and is quiet: no flags are changed
    /// and no rounding is performed. As an exception, the C version may raise
    /// InvalidOperation if the second operand cannot be converted exactly.
    #[pymethod("same_quantum(self, other, context=None)")]
    fn same_quantum(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<bool> {
        context_arg(vm, context)?;
        Ok(compare::same_quantum(&zelf.dec, &*expect(vm, other)?))
    }
    /// Fused multiply-add.  Return self*other+third with no rounding of the
    /// intermediate product self*other.
    ///
    ///     >>> Decimal(2).fma(3, 5)
    ///     Decimal('11')
    #[pymethod("fma(self, other, third, context=None)")]
    fn fma(vm: &Vm, zelf: &PyDecimal, other: Ref<'_>, third: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        let c = context_arg(vm, context)?;
        let (x, y) = (expect(vm, other)?, expect(vm, third)?);
        run(vm, &c, |ctx, st| product::fma(&zelf.dec, &x, &y, ctx, st))
    }
    /// Return a value equal to the first operand after rounding and having the
    /// exponent of the second operand.
    ///
    ///     >>> Decimal('1.41421356').quantize(Decimal('1.000'))
    ///     Decimal('1.414')
    ///
    /// Unlike other operations, if the length of the coefficient after the quantize
    /// operation would be greater than precision, then an InvalidOperation is signaled.
    /// This guarantees that, unless there is an error condition, the quantized exponent
    /// is always equal to that of the right-hand operand.
    ///
    /// Also unlike other operations, quantize never signals Underflow, even if the
    /// result is subnormal and inexact.
    ///
    /// If the exponent of the second operand is larger than that of the first, then
    /// rounding may be necessary. In this case, the rounding mode is determined by the
    /// rounding argument if given, else by the given context argument; if neither
    /// argument is given, the rounding mode of the current thread's context is used.
    #[pymethod("quantize(self, exp, rounding=None, context=None)")]
    fn quantize(vm: &Vm, zelf: &PyDecimal, exp: Ref<'_>, rounding: Option<Ref<'_>>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        let c = context_arg(vm, context)?;
        let round = round_arg(vm, rounding, &c)?;
        let exp = expect(vm, exp)?;
        run(vm, &c, |ctx, st| quantize::quantize(&zelf.dec, &exp, &Ctx { round, ..*ctx }, st))
    }
    /// Identical to the to_integral_value() method.  The to_integral() name has been
    /// kept for compatibility with older versions.
    #[pymethod("to_integral(self, rounding=None, context=None)")]
    fn to_integral(vm: &Vm, zelf: &PyDecimal, rounding: Option<Ref<'_>>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        integral(vm, zelf, rounding, context, quantize::to_integral)
    }
    /// Round to the nearest integer without signaling Inexact or Rounded.  The
    /// rounding mode is determined by the rounding parameter if given, else by
    /// the given context. If neither parameter is given, then the rounding mode
    /// of the current default context is used.
    #[pymethod("to_integral_value(self, rounding=None, context=None)")]
    fn to_integral_value(vm: &Vm, zelf: &PyDecimal, rounding: Option<Ref<'_>>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        integral(vm, zelf, rounding, context, quantize::to_integral)
    }
    /// Round to the nearest integer, signaling Inexact or Rounded as appropriate if
    /// rounding occurs.  The rounding mode is determined by the rounding parameter
    /// if given, else by the given context. If neither parameter is given, then the
    /// rounding mode of the current default context is used.
    #[pymethod("to_integral_exact(self, rounding=None, context=None)")]
    fn to_integral_exact(vm: &Vm, zelf: &PyDecimal, rounding: Option<Ref<'_>>, context: Option<Ref<'_>>) -> PyResult<Obj> {
        integral(vm, zelf, rounding, context, quantize::to_integral_exact)
    }
    /// Return True if the argument is a normal finite non-zero number with an
    /// adjusted exponent greater than or equal to Emin. Return False if the
    /// argument is zero, subnormal, infinite or a NaN.
    #[pymethod("is_normal(self, context=None)")]
    fn is_normal(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<bool> {
        let c = context_arg(vm, context)?;
        Ok(compare::is_normal(&zelf.dec, &c.ctx.get()))
    }
    /// Return True if the argument is subnormal, and False otherwise. A number is
    /// subnormal if it is non-zero, finite, and has an adjusted exponent less
    /// than Emin.
    #[pymethod("is_subnormal(self, context=None)")]
    fn is_subnormal(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<bool> {
        let c = context_arg(vm, context)?;
        Ok(compare::is_subnormal(&zelf.dec, &c.ctx.get()))
    }
    /// Return a string describing the class of the operand.  The returned value
    /// is one of the following ten strings:
    ///
    ///     * '-Infinity', indicating that the operand is negative infinity.
    ///     * '-Normal', indicating that the operand is a negative normal number.
    ///     * '-Subnormal', indicating that the operand is negative and subnormal.
    ///     * '-Zero', indicating that the operand is a negative zero.
    ///     * '+Zero', indicating that the operand is a positive zero.
    ///     * '+Subnormal', indicating that the operand is positive and subnormal.
    ///     * '+Normal', indicating that the operand is a positive normal number.
    ///     * '+Infinity', indicating that the operand is positive infinity.
    ///     * 'NaN', indicating that the operand is a quiet NaN (Not a Number).
    ///     * 'sNaN', indicating that the operand is a signaling NaN.
    #[pymethod("number_class(self, context=None)")]
    fn number_class(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<&'static str> {
        let c = context_arg(vm, context)?;
        Ok(compare::class(&zelf.dec, &c.ctx.get()))
    }
    /// Convert to an engineering-type string.  Engineering notation has an exponent
    /// which is a multiple of 3, so there are up to 3 digits left of the decimal
    /// place. For example, Decimal('123E+1') is converted to Decimal('1.23E+3').
    ///
    /// The value of context.capitals determines whether the exponent sign is lower
    /// or upper case. Otherwise, the context does not affect the operation.
    #[pymethod("to_eng_string(self, context=None)")]
    fn to_eng_string(vm: &Vm, zelf: &PyDecimal, context: Option<Ref<'_>>) -> PyResult<String> {
        let c = context_arg(vm, context)?;
        Ok(text::to_eng(&zelf.dec, c.capitals.get()))
    }
    /// Return the adjusted exponent of the number.  Defined as exp + digits - 1.
    #[pymethod]
    fn adjusted(zelf: &PyDecimal) -> i64 {
        if zelf.dec.is_finite() { zelf.dec.adjusted() } else { 0 }
    }
    /// Decimal.as_integer_ratio() -> (int, int)
    ///
    /// Return a pair of integers, whose ratio is exactly equal to the original
    /// Decimal and with a positive denominator. The ratio is in lowest terms.
    /// Raise OverflowError on infinities and a ValueError on NaNs.
    #[pymethod]
    fn as_integer_ratio(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        to_python::ratio(vm, &zelf.dec)
    }
    /// Return a tuple representation of the number.
    #[pymethod]
    fn as_tuple(vm: &Vm, zelf: &PyDecimal) -> PyResult<Obj> {
        to_python::tuple(vm, &zelf.dec)
    }
    /// Return the canonical encoding of the argument.  Currently, the encoding
    /// of a Decimal instance is always canonical, so this operation returns its
    /// argument unchanged.
    #[pymethod]
    fn canonical(zelf: &PyDecimal) -> Obj {
        zelf.to_obj()
    }
    /// Return self.
    #[pymethod]
    fn conjugate(zelf: &PyDecimal) -> Obj {
        zelf.to_obj()
    }
    /// Return the absolute value of the argument.  This operation is unaffected by
    /// context and is quiet: no flags are changed and no rounding is performed.
    #[pymethod]
    fn copy_abs(vm: &Vm, zelf: &PyDecimal) -> Obj {
        new_decimal(vm, zelf.dec.clone().with_sign(false))
    }
    /// Return the negation of the argument.  This operation is unaffected by context
    /// and is quiet: no flags are changed and no rounding is performed.
    #[pymethod]
    fn copy_negate(vm: &Vm, zelf: &PyDecimal) -> Obj {
        new_decimal(vm, zelf.dec.clone().with_sign(!zelf.dec.neg))
    }
    /// Return True if the argument is canonical and False otherwise.  Currently,
    /// a Decimal instance is always canonical, so this operation always returns
    /// True.
    #[pymethod]
    fn is_canonical(_zelf: &PyDecimal) -> bool {
        true
    }
    /// Return True if the argument is a finite number, and False if the argument
    /// is infinite or a NaN.
    #[pymethod]
    fn is_finite(zelf: &PyDecimal) -> bool {
        zelf.dec.is_finite()
    }
    /// Return True if the argument is either positive or negative infinity and
    /// False otherwise.
    #[pymethod]
    fn is_infinite(zelf: &PyDecimal) -> bool {
        zelf.dec.is_inf()
    }
    /// Return True if the argument is a (quiet or signaling) NaN and False
    /// otherwise.
    #[pymethod]
    fn is_nan(zelf: &PyDecimal) -> bool {
        zelf.dec.is_nan()
    }
    /// Return True if the argument is a quiet NaN, and False otherwise.
    #[pymethod]
    fn is_qnan(zelf: &PyDecimal) -> bool {
        zelf.dec.kind == Kind::QuietNan
    }
    /// Return True if the argument has a negative sign and False otherwise.
    /// Note that both zeros and NaNs can carry signs.
    #[pymethod]
    fn is_signed(zelf: &PyDecimal) -> bool {
        zelf.dec.neg
    }
    /// Return True if the argument is a signaling NaN and False otherwise.
    #[pymethod]
    fn is_snan(zelf: &PyDecimal) -> bool {
        zelf.dec.is_snan()
    }
    /// Return True if the argument is a (positive or negative) zero and False
    /// otherwise.
    #[pymethod]
    fn is_zero(zelf: &PyDecimal) -> bool {
        zelf.dec.is_zero()
    }
    /// Return Decimal(10), the radix (base) in which the Decimal class does
    /// all its arithmetic. Included for compatibility with the specification.
    #[pymethod]
    fn radix(vm: &Vm, _zelf: &PyDecimal) -> Obj {
        new_decimal(vm, Dec::int(10))
    }
}
