//! The class `Context`.

use krait_macros::pyclass;
use krait_object::lookup::{generic_getattr, generic_setattr};
use krait_object::prelude::*;

use super::context::{PyDecContext, Settings};
use super::decimal::{PyDecimal, pair};
use super::from_object;
use super::operand::{Binary, Unary, expect, new_decimal, run};
use super::signals;
use crate::num::decimal::{Dec, Kind};
use crate::num::{add, compare, divide, logical, power, product, quantize, text, transcendental};

fn unary(vm: &Vm, c: &PyDecContext, x: Ref<'_>, f: Unary) -> PyResult<Obj> {
    let x = expect(vm, x)?;
    run(vm, c, |ctx, st| f(&x, ctx, st))
}

fn binary(vm: &Vm, c: &PyDecContext, x: Ref<'_>, y: Ref<'_>, f: Binary) -> PyResult<Obj> {
    let (x, y) = (expect(vm, x)?, expect(vm, y)?);
    run(vm, c, |ctx, st| f(&x, &y, ctx, st))
}

fn decimal_arg(vm: &Vm, x: Ref<'_>) -> PyResult<()> {
    if x.is_instance_of::<PyDecimal>(vm) { Ok(()) } else { Err(vm.type_error("argument must be a Decimal")) }
}

fn undeletable(vm: &Vm) -> Raised {
    vm.attribute_error_msg("context attributes cannot be deleted")
}

/// The context affects almost all operations and controls rounding,
/// Over/Underflow, raising of exceptions and much more.  A new context
/// can be constructed as follows:
///
///     >>> c = Context(prec=28, Emin=-425000000, Emax=425000000,
///     ...             rounding=ROUND_HALF_EVEN, capitals=1, clamp=1,
///     ...             traps=[InvalidOperation, DivisionByZero, Overflow],
///     ...             flags=[])
///     >>>
#[pyclass(layout = PyDecContext, name = "Context", module = "decimal", own, flags(BASETYPE))]
pub mod context {
    use super::*;

    #[pynew("Context(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)", raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        PyDecContext::from_default(vm, cls)
    }
    #[pyinit("Context(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)")]
    fn init(
        vm: &Vm,
        zelf: &PyDecContext,
        prec: Option<Ref<'_>>,
        rounding: Option<Ref<'_>>,
        emin: Option<Ref<'_>>,
        emax: Option<Ref<'_>>,
        capitals: Option<Ref<'_>>,
        clamp: Option<Ref<'_>>,
        flags: Option<Ref<'_>>,
        traps: Option<Ref<'_>>,
    ) -> PyResult<()> {
        zelf.set_all(vm, &Settings { prec, rounding, emin, emax, capitals, clamp, flags, traps })
    }
    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PyDecContext, name: &PyStr) -> PyResult<Obj> {
        if name.eq_str("flags") {
            return zelf.flags_object(vm);
        }
        if name.eq_str("traps") {
            return zelf.traps_object(vm);
        }
        generic_getattr(vm, zelf.r(), name)
    }
    #[slot(setattro)]
    fn setattro(vm: &Vm, zelf: &PyDecContext, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(v) = value else { return Err(undeletable(vm)) };
        if name.eq_str("traps") {
            let status = signals::from_object(vm, v, false)?;
            zelf.traps.set(status);
            return Ok(());
        }
        if name.eq_str("flags") {
            let status = signals::from_object(vm, v, false)?;
            zelf.flags.set(status);
            return Ok(());
        }
        generic_setattr(vm, zelf.r(), name, value)
    }
    #[getter]
    fn prec(zelf: &PyDecContext) -> i64 {
        zelf.ctx.get().prec
    }
    #[setter]
    fn set_prec(vm: &Vm, zelf: &PyDecContext, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.set_prec(vm, value.ok_or_else(|| undeletable(vm))?)
    }
    #[getter("Emin")]
    fn emin(zelf: &PyDecContext) -> i64 {
        zelf.ctx.get().emin
    }
    #[setter("Emin")]
    fn set_emin(vm: &Vm, zelf: &PyDecContext, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.set_emin(vm, value.ok_or_else(|| undeletable(vm))?)
    }
    #[getter("Emax")]
    fn emax(zelf: &PyDecContext) -> i64 {
        zelf.ctx.get().emax
    }
    #[setter("Emax")]
    fn set_emax(vm: &Vm, zelf: &PyDecContext, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.set_emax(vm, value.ok_or_else(|| undeletable(vm))?)
    }
    #[getter]
    fn capitals(zelf: &PyDecContext) -> i64 {
        zelf.capitals.get() as i64
    }
    #[setter]
    fn set_capitals(vm: &Vm, zelf: &PyDecContext, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.set_capitals(vm, value.ok_or_else(|| undeletable(vm))?)
    }
    #[getter]
    fn clamp(zelf: &PyDecContext) -> i64 {
        zelf.ctx.get().clamp as i64
    }
    #[setter]
    fn set_clamp(vm: &Vm, zelf: &PyDecContext, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.set_clamp(vm, value.ok_or_else(|| undeletable(vm))?)
    }
    #[getter]
    fn rounding(vm: &Vm, zelf: &PyDecContext) -> PyResult<Obj> {
        zelf.rounding_name(vm)
    }
    #[setter]
    fn set_rounding(vm: &Vm, zelf: &PyDecContext, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.set_rounding(vm, value.ok_or_else(|| undeletable(vm))?)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDecContext) -> PyResult<String> {
        let c = zelf.ctx.get();
        Ok(format!(
            "Context(prec={}, rounding={}, Emin={}, Emax={}, capitals={}, clamp={}, flags={}, traps={})",
            c.prec,
            vm.str_text(zelf.rounding_name(vm)?.r())?,
            c.emin,
            c.emax,
            zelf.capitals.get() as u8,
            c.clamp as u8,
            signals::names(zelf.flags.get()),
            signals::names(zelf.traps.get()),
        ))
    }
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyDecContext) -> PyResult<Obj> {
        let c = zelf.ctx.get();
        let args = vec![
            vm.int(c.prec),
            zelf.rounding_name(vm)?,
            vm.int(c.emin),
            vm.int(c.emax),
            vm.int(zelf.capitals.get() as i64),
            vm.int(c.clamp as i64),
            signals::to_list(vm, zelf.flags.get())?,
            signals::to_list(vm, zelf.traps.get())?,
        ];
        Ok(vm.tuple(vec![zelf.r().ty(vm).to_obj(), vm.tuple(args)]))
    }
    #[pymethod]
    fn __copy__(vm: &Vm, zelf: &PyDecContext) -> Py<PyDecContext> {
        zelf.duplicate(vm)
    }
    /// Return a duplicate of the context with all flags cleared.
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PyDecContext) -> Py<PyDecContext> {
        zelf.duplicate(vm)
    }
    /// Reset all flags to False.
    #[pymethod]
    fn clear_flags(zelf: &PyDecContext) {
        zelf.flags.set(0);
    }
    /// Set all traps to False.
    #[pymethod]
    fn clear_traps(zelf: &PyDecContext) {
        zelf.traps.set(0);
    }
    /// Return a value equal to Emin - prec + 1, which is the minimum exponent value
    /// for subnormal results.  When underflow occurs, the exponent is set to Etiny.
    #[pymethod(name = "Etiny")]
    fn etiny(zelf: &PyDecContext) -> i64 {
        zelf.ctx.get().etiny()
    }
    /// Return a value equal to Emax - prec + 1.  This is the maximum exponent
    /// if the _clamp field of the context is set to 1 (IEEE clamp mode).  Etop()
    /// must not be negative.
    #[pymethod(name = "Etop")]
    fn etop(zelf: &PyDecContext) -> i64 {
        zelf.ctx.get().etop()
    }
    /// Return 10.
    #[pymethod]
    fn radix(vm: &Vm, _zelf: &PyDecContext) -> Obj {
        new_decimal(vm, Dec::int(10))
    }
    #[pymethod("_apply(self, object, /)")]
    fn _apply(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, |x, ctx, st| x.clone().finalize(ctx, st))
    }
    /// Create a new Decimal instance from num, using self as the context. Unlike the
    /// Decimal constructor, this function observes the context limits.
    #[pymethod("create_decimal(self, num=\"0\", /)")]
    fn create_decimal(vm: &Vm, zelf: &PyDecContext, num: Ref<'_>) -> PyResult<Obj> {
        Ok(new_decimal(vm, from_object::rounded(vm, num, zelf)?))
    }
    /// Create a new Decimal instance from float f.  Unlike the Decimal.from_float()
    /// class method, this function observes the context limits.
    #[pymethod("create_decimal_from_float(self, f, /)")]
    fn create_decimal_from_float(vm: &Vm, zelf: &PyDecContext, f: Ref<'_>) -> PyResult<Obj> {
        match from_object::int_or_float(vm, f) {
            Some(dec) => run(vm, zelf, |ctx, st| dec.finalize(ctx, st)),
            None => Err(vm.type_error("argument must be int or float")),
        }
    }

    /// Return the absolute value of x.
    #[pymethod("abs(self, x, /)")]
    fn abs(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, add::abs)
    }
    /// Return e ** x.
    #[pymethod("exp(self, x, /)")]
    fn exp(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, transcendental::exp)
    }
    /// Return the natural (base e) logarithm of x.
    #[pymethod("ln(self, x, /)")]
    fn ln(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, transcendental::ln)
    }
    /// Return the base 10 logarithm of x.
    #[pymethod("log10(self, x, /)")]
    fn log10(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, transcendental::log10)
    }
    /// Return the exponent of the magnitude of the operand's MSD.
    #[pymethod("logb(self, x, /)")]
    fn logb(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, quantize::logb)
    }
    /// Invert all the digits in the operand.
    ///
    /// The operand must be a logical number.
    ///
    ///     >>> ExtendedContext.logical_invert(Decimal('0'))
    ///     Decimal('111111111')
    ///     >>> ExtendedContext.logical_invert(Decimal('1'))
    ///     Decimal('111111110')
    ///     >>> ExtendedContext.logical_invert(Decimal('111111111'))
    ///     Decimal('0')
    ///     >>> ExtendedContext.logical_invert(Decimal('101010101'))
    ///     Decimal('10101010')
    ///     >>> ExtendedContext.logical_invert(1101)
    ///     Decimal('111110010')
    #[pymethod("logical_invert(self, x, /)")]
    fn logical_invert(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, logical::invert)
    }
    /// Minus corresponds to the unary prefix minus operator in Python, but applies
    /// the context to the result.
    #[pymethod("minus(self, x, /)")]
    fn minus(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, add::minus)
    }
    /// Return the largest representable number smaller than x.
    #[pymethod("next_minus(self, x, /)")]
    fn next_minus(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, compare::next_minus)
    }
    /// Return the smallest representable number larger than x.
    #[pymethod("next_plus(self, x, /)")]
    fn next_plus(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, compare::next_plus)
    }
    /// Reduce x to its simplest form. Alias for reduce(x).
    #[pymethod("normalize(self, x, /)")]
    fn normalize(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, quantize::reduce)
    }
    /// Plus corresponds to the unary prefix plus operator in Python, but applies
    /// the context to the result.
    #[pymethod("plus(self, x, /)")]
    fn plus(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, add::plus)
    }
    /// Square root of a non-negative number to context precision.
    #[pymethod("sqrt(self, x, /)")]
    fn sqrt(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, transcendental::sqrt)
    }
    /// Identical to to_integral_value(x).
    #[pymethod("to_integral(self, x, /)")]
    fn to_integral(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, quantize::to_integral)
    }
    /// Round to an integer. Signal if the result is rounded or inexact.
    #[pymethod("to_integral_exact(self, x, /)")]
    fn to_integral_exact(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, quantize::to_integral_exact)
    }
    /// Round to an integer.
    #[pymethod("to_integral_value(self, x, /)")]
    fn to_integral_value(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        unary(vm, zelf, x, quantize::to_integral)
    }
    /// Return the sum of x and y.
    #[pymethod("add(self, x, y, /)")]
    fn add(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, add::add)
    }
    /// Compare x and y numerically.
    #[pymethod("compare(self, x, y, /)")]
    fn compare(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, compare::compare)
    }
    /// Compare x and y numerically.  All NaNs signal.
    #[pymethod("compare_signal(self, x, y, /)")]
    fn compare_signal(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, compare::compare_signal)
    }
    /// Return x divided by y.
    #[pymethod("divide(self, x, y, /)")]
    fn divide(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, divide::div)
    }
    /// Return x divided by y, truncated to an integer.
    #[pymethod("divide_int(self, x, y, /)")]
    fn divide_int(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, divide::div_int)
    }
    /// Applies the logical operation 'and' between each operand's digits.
    ///
    /// The operands must be both logical numbers.
    ///
    ///     >>> ExtendedContext.logical_and(Decimal('0'), Decimal('0'))
    ///     Decimal('0')
    ///     >>> ExtendedContext.logical_and(Decimal('0'), Decimal('1'))
    ///     Decimal('0')
    ///     >>> ExtendedContext.logical_and(Decimal('1'), Decimal('0'))
    ///     Decimal('0')
    ///     >>> ExtendedContext.logical_and(Decimal('1'), Decimal('1'))
    ///     Decimal('1')
    ///     >>> ExtendedContext.logical_and(Decimal('1100'), Decimal('1010'))
    ///     Decimal('1000')
    ///     >>> ExtendedContext.logical_and(Decimal('1111'), Decimal('10'))
    ///     Decimal('10')
    ///     >>> ExtendedContext.logical_and(110, 1101)
    ///     Decimal('100')
    ///     >>> ExtendedContext.logical_and(Decimal(110), 1101)
    ///     Decimal('100')
    ///     >>> ExtendedContext.logical_and(110, Decimal(1101))
    ///     Decimal('100')
    #[pymethod("logical_and(self, x, y, /)")]
    fn logical_and(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, logical::and)
    }
    /// Applies the logical operation 'or' between each operand's digits.
    ///
    /// The operands must be both logical numbers.
    ///
    ///     >>> ExtendedContext.logical_or(Decimal('0'), Decimal('0'))
    ///     Decimal('0')
    ///     >>> ExtendedContext.logical_or(Decimal('0'), Decimal('1'))
    ///     Decimal('1')
    ///     >>> ExtendedContext.logical_or(Decimal('1'), Decimal('0'))
    ///     Decimal('1')
    ///     >>> ExtendedContext.logical_or(Decimal('1'), Decimal('1'))
    ///     Decimal('1')
    ///     >>> ExtendedContext.logical_or(Decimal('1100'), Decimal('1010'))
    ///     Decimal('1110')
    ///     >>> ExtendedContext.logical_or(Decimal('1110'), Decimal('10'))
    ///     Decimal('1110')
    ///     >>> ExtendedContext.logical_or(110, 1101)
    ///     Decimal('1111')
    ///     >>> ExtendedContext.logical_or(Decimal(110), 1101)
    ///     Decimal('1111')
    ///     >>> ExtendedContext.logical_or(110, Decimal(1101))
    ///     Decimal('1111')
    #[pymethod("logical_or(self, x, y, /)")]
    fn logical_or(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, logical::or)
    }
    /// Applies the logical operation 'xor' between each operand's digits.
    ///
    /// The operands must be both logical numbers.
    ///
    ///     >>> ExtendedContext.logical_xor(Decimal('0'), Decimal('0'))
    ///     Decimal('0')
    ///     >>> ExtendedContext.logical_xor(Decimal('0'), Decimal('1'))
    ///     Decimal('1')
    ///     >>> ExtendedContext.logical_xor(Decimal('1'), Decimal('0'))
    ///     Decimal('1')
    ///     >>> ExtendedContext.logical_xor(Decimal('1'), Decimal('1'))
    ///     Decimal('0')
    ///     >>> ExtendedContext.logical_xor(Decimal('1100'), Decimal('1010'))
    ///     Decimal('110')
    ///     >>> ExtendedContext.logical_xor(Decimal('1111'), Decimal('10'))
    ///     Decimal('1101')
    ///     >>> ExtendedContext.logical_xor(110, 1101)
    ///     Decimal('1011')
    ///     >>> ExtendedContext.logical_xor(Decimal(110), 1101)
    ///     Decimal('1011')
    ///     >>> ExtendedContext.logical_xor(110, Decimal(1101))
    ///     Decimal('1011')
    #[pymethod("logical_xor(self, x, y, /)")]
    fn logical_xor(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, logical::xor)
    }
    /// Compare the values numerically and return the maximum.
    #[pymethod("max(self, x, y, /)")]
    fn max(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, compare::max)
    }
    /// Compare the values numerically with their sign ignored.
    #[pymethod("max_mag(self, x, y, /)")]
    fn max_mag(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, compare::max_mag)
    }
    /// Compare the values numerically and return the minimum.
    #[pymethod("min(self, x, y, /)")]
    fn min(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, compare::min)
    }
    /// Compare the values numerically with their sign ignored.
    #[pymethod("min_mag(self, x, y, /)")]
    fn min_mag(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, compare::min_mag)
    }
    /// Return the product of x and y.
    #[pymethod("multiply(self, x, y, /)")]
    fn multiply(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, product::mul)
    }
    /// Return the number closest to x, in the direction towards y.
    #[pymethod("next_toward(self, x, y, /)")]
    fn next_toward(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, compare::next_toward)
    }
    /// Return a value equal to x (rounded), having the exponent of y.
    #[pymethod("quantize(self, x, y, /)")]
    fn quantize(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, quantize::quantize)
    }
    /// Return the remainder from integer division.  The sign of the result,
    /// if non-zero, is the same as that of the original dividend.
    #[pymethod("remainder(self, x, y, /)")]
    fn remainder(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, divide::rem)
    }
    /// Return x - y * n, where n is the integer nearest the exact value of x / y
    /// (if the result is 0 then its sign will be the sign of x).
    #[pymethod("remainder_near(self, x, y, /)")]
    fn remainder_near(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, divide::rem_near)
    }
    /// Return a copy of x, rotated by y places.
    #[pymethod("rotate(self, x, y, /)")]
    fn rotate(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, quantize::rotate)
    }
    /// Return the first operand after adding the second value to its exp.
    #[pymethod("scaleb(self, x, y, /)")]
    fn scaleb(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, quantize::scaleb)
    }
    /// Return a copy of x, shifted by y places.
    #[pymethod("shift(self, x, y, /)")]
    fn shift(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, quantize::shift)
    }
    /// Return the difference between x and y.
    #[pymethod("subtract(self, x, y, /)")]
    fn subtract(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        binary(vm, zelf, x, y, add::sub)
    }
    /// Compare x and y using their abstract representation.
    #[pymethod("compare_total(self, x, y, /)")]
    fn compare_total(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        Ok(new_decimal(vm, compare::compare_total(&*expect(vm, x)?, &*expect(vm, y)?)))
    }
    /// Compare x and y using their abstract representation, ignoring sign.
    #[pymethod("compare_total_mag(self, x, y, /)")]
    fn compare_total_mag(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        Ok(new_decimal(vm, compare::compare_total_mag(&*expect(vm, x)?, &*expect(vm, y)?)))
    }
    /// Copy the sign from y to x.
    #[pymethod("copy_sign(self, x, y, /)")]
    fn copy_sign(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        let (x, y) = (expect(vm, x)?, expect(vm, y)?);
        Ok(new_decimal(vm, x.clone().with_sign(y.neg)))
    }
    /// Return True if the two operands have the same exponent.
    #[pymethod("same_quantum(self, x, y, /)")]
    fn same_quantum(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<bool> {
        Ok(compare::same_quantum(&*expect(vm, x)?, &*expect(vm, y)?))
    }
    /// Return quotient and remainder of the division x / y.
    #[pymethod("divmod(self, x, y, /)")]
    fn divmod(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        let (x, y) = (expect(vm, x)?, expect(vm, y)?);
        pair(vm, zelf, &x, &y)
    }
    /// Return x multiplied by y, plus z.
    #[pymethod("fma(self, x, y, z, /)")]
    fn fma(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>, y: Ref<'_>, z: Ref<'_>) -> PyResult<Obj> {
        let (x, y, z) = (expect(vm, x)?, expect(vm, y)?, expect(vm, z)?);
        run(vm, zelf, |ctx, st| product::fma(&x, &y, &z, ctx, st))
    }
    /// Compute a**b. If 'a' is negative, then 'b' must be integral. The result
    /// will be inexact unless 'a' is integral and the result is finite and can
    /// be expressed exactly in 'precision' digits.  In the Python version the
    /// result is always correctly rounded, in the C version the result is almost
    /// always correctly rounded.
    ///
    /// If modulo is given, compute (a**b) % modulo. The following restrictions
    /// hold:
    ///
    ///     * all three arguments must be integral
    ///     * 'b' must be nonnegative
    ///     * at least one of 'a' or 'b' must be nonzero
    ///     * modulo must be nonzero and less than 10**prec in absolute value
    #[pymethod("power(self, a, b, modulo=None)")]
    fn power(vm: &Vm, zelf: &PyDecContext, a: Ref<'_>, b: Ref<'_>, modulo: Option<Ref<'_>>) -> PyResult<Obj> {
        let (a, b) = (expect(vm, a)?, expect(vm, b)?);
        match modulo {
            None => run(vm, zelf, |ctx, st| power::pow(&a, &b, ctx, st)),
            Some(m) => {
                let m = expect(vm, m)?;
                run(vm, zelf, |ctx, st| power::pow_mod(&a, &b, &m, ctx, st))
            }
        }
    }
    /// Return a copy of x with the sign set to 0.
    #[pymethod("copy_abs(self, x, /)")]
    fn copy_abs(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        let x = expect(vm, x)?;
        Ok(new_decimal(vm, x.clone().with_sign(false)))
    }
    /// Return a copy of Decimal x.
    #[pymethod("copy_decimal(self, x, /)")]
    fn copy_decimal(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        if x.is_instance_of::<PyDecimal>(vm) {
            return Ok(x.to_obj());
        }
        Ok(new_decimal(vm, expect(vm, x)?.clone()))
    }
    /// Return a copy of x with the sign inverted.
    #[pymethod("copy_negate(self, x, /)")]
    fn copy_negate(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        let x = expect(vm, x)?;
        Ok(new_decimal(vm, x.clone().with_sign(!x.neg)))
    }
    /// Return True if x is finite, False otherwise.
    #[pymethod("is_finite(self, x, /)")]
    fn is_finite(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        let x = expect(vm, x)?;
        Ok(x.is_finite())
    }
    /// Return True if x is infinite, False otherwise.
    #[pymethod("is_infinite(self, x, /)")]
    fn is_infinite(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        let x = expect(vm, x)?;
        Ok(x.is_inf())
    }
    /// Return True if x is a qNaN or sNaN, False otherwise.
    #[pymethod("is_nan(self, x, /)")]
    fn is_nan(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        let x = expect(vm, x)?;
        Ok(x.is_nan())
    }
    /// Return True if x is a quiet NaN, False otherwise.
    #[pymethod("is_qnan(self, x, /)")]
    fn is_qnan(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        let x = expect(vm, x)?;
        Ok(x.kind == Kind::QuietNan)
    }
    /// Return True if x is negative, False otherwise.
    #[pymethod("is_signed(self, x, /)")]
    fn is_signed(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        let x = expect(vm, x)?;
        Ok(x.neg)
    }
    /// Return True if x is a signaling NaN, False otherwise.
    #[pymethod("is_snan(self, x, /)")]
    fn is_snan(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        let x = expect(vm, x)?;
        Ok(x.is_snan())
    }
    /// Return True if x is a zero, False otherwise.
    #[pymethod("is_zero(self, x, /)")]
    fn is_zero(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        let x = expect(vm, x)?;
        Ok(x.is_zero())
    }
    /// Return True if x is a normal number, False otherwise.
    #[pymethod("is_normal(self, x, /)")]
    fn is_normal(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        Ok(compare::is_normal(&*expect(vm, x)?, &zelf.ctx.get()))
    }
    /// Return True if x is subnormal, False otherwise.
    #[pymethod("is_subnormal(self, x, /)")]
    fn is_subnormal(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        Ok(compare::is_subnormal(&*expect(vm, x)?, &zelf.ctx.get()))
    }
    /// Return a new instance of x.
    #[pymethod("canonical(self, x, /)")]
    fn canonical(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<Obj> {
        decimal_arg(vm, x)?;
        Ok(x.to_obj())
    }
    /// Return True if x is canonical, False otherwise.
    #[pymethod("is_canonical(self, x, /)")]
    fn is_canonical(vm: &Vm, _zelf: &PyDecContext, x: Ref<'_>) -> PyResult<bool> {
        decimal_arg(vm, x)?;
        Ok(true)
    }
    /// Return an indication of the class of x.
    #[pymethod("number_class(self, x, /)")]
    fn number_class(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<&'static str> {
        Ok(compare::class(&*expect(vm, x)?, &zelf.ctx.get()))
    }
    /// Convert a number to a string, using engineering notation.
    #[pymethod("to_eng_string(self, x, /)")]
    fn to_eng_string(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<String> {
        Ok(text::to_eng(&*expect(vm, x)?, zelf.capitals.get()))
    }
    /// Convert a number to a string using scientific notation.
    #[pymethod("to_sci_string(self, x, /)")]
    fn to_sci_string(vm: &Vm, zelf: &PyDecContext, x: Ref<'_>) -> PyResult<String> {
        Ok(text::to_sci(&*expect(vm, x)?, zelf.capitals.get()))
    }
}
