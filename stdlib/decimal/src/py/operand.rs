//! Operands: what operations take for a decimal number, and how their results become objects.

use std::cmp::Ordering;
use std::ops::Deref;

use krait_object::function::alloc_exact;
use krait_object::prelude::*;

use super::context::PyDecContext;
use super::current::current;
use super::decimal::PyDecimal;
use super::state::state;
use crate::num::coeff::Coeff;
use crate::num::context::{Ctx, FLOAT_OPERATION, Status};
use crate::num::decimal::Dec;
use crate::num::{convert, product};

/// A number that is borrowed from an object, or was made for the operation.
pub enum Operand<'a> {
    Borrowed(&'a Dec),
    Owned(Dec),
}

impl Deref for Operand<'_> {
    type Target = Dec;
    #[inline(always)]
    fn deref(&self) -> &Dec {
        match self {
            Operand::Borrowed(d) => d,
            Operand::Owned(d) => d,
        }
    }
}

/// An int as a number.
#[inline]
pub fn from_int(i: IntRef<'_>) -> Dec {
    match i {
        IntRef::Small(i) => Dec::finite(i < 0, Coeff::from_u64(i.unsigned_abs()), 0),
        IntRef::Big(b) => convert::from_big(b),
    }
}

/// Decimal and int operands.
#[inline]
pub fn operand<'a>(vm: &Vm, o: Ref<'a>) -> Option<Operand<'a>> {
    if let Some(d) = o.downcast::<PyDecimal>(vm) {
        return Some(Operand::Borrowed(&d.dec));
    }
    o.as_int(vm).map(|i| Operand::Owned(from_int(i)))
}

#[cold]
pub fn unsupported(vm: &Vm, o: Ref<'_>) -> Raised {
    vm.type_error(format!("conversion from {} to Decimal is not supported", o.ty(vm).tp_name()))
}

/// As [`operand`]; anything else is an error.
#[inline]
pub fn expect<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<Operand<'a>> {
    match operand(vm, o) {
        Some(d) => Ok(d),
        None => Err(unsupported(vm, o)),
    }
}

/// A new exact Decimal.
#[inline]
pub fn new_decimal(vm: &Vm, dec: Dec) -> Obj {
    // SAFETY: `PyDecimal` is the layout of its own type.
    unsafe { alloc_exact(vm, PyDecimal::type_of(vm), PyDecimal::payload(dec)) }.into_obj()
}

/// The context argument of a method: None is the current context.
#[inline]
pub fn context_arg(vm: &Vm, context: Option<Ref<'_>>) -> PyResult<Py<PyDecContext>> {
    match context {
        None => current(vm),
        Some(c) => match c.downcast::<PyDecContext>(vm) {
            Some(c) => Ok(c.to_py()),
            None => Err(vm.type_error("optional argument must be a context")),
        },
    }
}

/// An operation of one operand.
pub type Unary = fn(&Dec, &Ctx, &mut Status) -> Dec;
/// An operation of two operands.
pub type Binary = fn(&Dec, &Dec, &Ctx, &mut Status) -> Dec;

/// Runs an operation in a context and makes its result an object.
#[inline(always)]
pub fn run(vm: &Vm, c: &PyDecContext, f: impl FnOnce(&Ctx, &mut Status) -> Dec) -> PyResult<Obj> {
    let mut st = 0;
    let r = f(&c.ctx.get(), &mut st);
    c.signal(vm, st)?;
    Ok(new_decimal(vm, r))
}

/// Operators: NotImplemented for operands of other types.
#[inline(always)]
pub fn operator(vm: &Vm, a: Ref<'_>, b: Ref<'_>, f: impl FnOnce(&Dec, &Dec, &Ctx, &mut Status) -> Dec) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (operand(vm, a), operand(vm, b)) else { return Ok(vm.not_implemented()) };
    let c = current(vm)?;
    run(vm, &c, |ctx, st| f(&x, &y, ctx, st))
}

/// A machine integer as C's `Py_ssize_t`.
pub fn ssize(vm: &Vm, value: Ref<'_>) -> PyResult<i64> {
    match value.as_int(vm) {
        None => Err(vm.type_error("an integer is required")),
        Some(i) => match i.to_i64() {
            Some(i) => Ok(i),
            None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        },
    }
}

/// The operands of a comparison, brought to a form that compares.
pub enum Comparable<'a> {
    Pair(Operand<'a>, Operand<'a>),
    Unsupported,
}

/// What `v` compares to: numbers of other types exactly. Comparing with floats is noted, and
/// ordering them may be trapped.
pub fn comparable<'a>(vm: &Vm, v: &'a Dec, w: Ref<'a>, equality: bool, c: &PyDecContext) -> PyResult<Comparable<'a>> {
    if let Some(w) = operand(vm, w) {
        return Ok(Comparable::Pair(Operand::Borrowed(v), w));
    }
    let float = match w.as_complex(vm) {
        Some((re, im)) if equality && im == 0.0 => Some(re),
        Some(_) => return Ok(Comparable::Unsupported),
        None => w.as_float(vm),
    };
    if let Some(f) = float {
        if equality {
            c.flags.set(c.flags.get() | FLOAT_OPERATION);
        } else {
            c.signal(vm, FLOAT_OPERATION)?;
        }
        return Ok(Comparable::Pair(Operand::Borrowed(v), Operand::Owned(from_float(f))));
    }
    if vm.isinstance(w, state(vm)?.rational.r())? {
        return rational(vm, v, w, c);
    }
    Ok(Comparable::Unsupported)
}

/// Any double, exactly.
pub fn from_float(f: f64) -> Dec {
    if f.is_nan() {
        Dec::nan(f.is_sign_negative(), Coeff::ZERO)
    } else if f.is_infinite() {
        Dec::inf(f < 0.0)
    } else {
        convert::from_f64(f)
    }
}

/// Compares `v * denominator` with the numerator.
fn rational<'a>(vm: &Vm, v: &'a Dec, w: Ref<'a>, c: &PyDecContext) -> PyResult<Comparable<'a>> {
    let part = |name: &str| -> PyResult<Dec> {
        let n = vm.getattr_str(w, name)?;
        match n.r().as_int(vm) {
            Some(i) => Ok(from_int(i)),
            None if name == "numerator" => Err(vm.type_error("numerator must be an integer")),
            None => Err(vm.type_error(format!("{name} must be an integer"))),
        }
    };
    let numerator = part("numerator")?;
    if !v.is_finite() {
        return Ok(Comparable::Pair(Operand::Borrowed(v), Operand::Owned(numerator)));
    }
    let denominator = part("denominator")?;
    let mut st = 0;
    let scaled = product::mul_exact(v, &denominator, &Ctx::MAX, &mut st);
    c.signal(vm, st)?;
    Ok(Comparable::Pair(Operand::Owned(scaled), Operand::Owned(numerator)))
}

/// How two numbers order; `None` if one is NaN.
#[inline]
pub fn order(a: &Dec, b: &Dec) -> Option<Ordering> {
    if a.is_nan() || b.is_nan() { None } else { Some(a.compare(b)) }
}
