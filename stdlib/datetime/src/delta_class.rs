//! `timedelta`: the class.

use dashu_int::IBig;
use krait_macros::pyclass;
use krait_object::hash::hash_tuple;
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

use crate::delta::{self, PyDelta, Sum};

/// An integer operand.
fn int_operand(vm: &Vm, o: Ref<'_>) -> Option<IBig> {
    o.as_int(vm).map(IntRef::to_big)
}

fn multiply_float(vm: &Vm, d: &PyDelta, by: Ref<'_>, f: f64) -> PyResult<Obj> {
    let (n, m) = delta::ratio_of(vm, by, f)?;
    let us = delta::divide_nearest(vm, &(IBig::from(d.total_us()) * n), &m)?;
    delta::from_big_us(vm, None, &us)
}

fn multiply(vm: &Vm, d: &PyDelta, by: Ref<'_>) -> PyResult<Obj> {
    if let Some(n) = by.as_int(vm) {
        return match n.to_i64().and_then(|n| d.total_us().checked_mul(n.into())) {
            Some(us) => delta::from_us(vm, None, us),
            None => delta::from_big_us(vm, None, &(IBig::from(d.total_us()) * n.to_big())),
        };
    }
    match by.as_float(vm) {
        Some(f) => multiply_float(vm, d, by, f),
        None => Ok(vm.not_implemented()),
    }
}

/// The whole-number quotient and remainder of two.
fn divide(vm: &Vm, a: &PyDelta, b: &PyDelta) -> PyResult<(i128, i128)> {
    let (a, b) = (a.total_us(), b.total_us());
    if b == 0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    let (q, r) = (a / b, a % b);
    Ok(if r != 0 && (r < 0) != (b < 0) { (q - 1, r + b) } else { (q, r) })
}

/// Both operands, if they are timedeltas.
fn both<'a>(vm: &Vm, a: Ref<'a>, b: Ref<'a>) -> Option<(&'a PyDelta, &'a PyDelta)> {
    Some((a.downcast::<PyDelta>(vm)?, b.downcast::<PyDelta>(vm)?))
}

/// The hash of equal timedeltas.
pub fn hash(d: &PyDelta) -> i64 {
    if d.hash.get() == -1 {
        d.hash.set(hash_tuple([d.days, d.seconds, d.us].map(|p| krait_object::hash::hash_i64(p.into()))));
    }
    d.hash.get()
}

/// Difference between two datetime values.
///
/// timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)
///
/// All arguments are optional and default to 0.
/// Arguments may be integers or floats, and may be positive or negative.
#[pyclass(layout = PyDelta, name = "timedelta", module = "datetime", own, no_gc, nosig, flags(BASETYPE))]
pub mod timedelta {
    use super::*;

    #[pynew(
        "__new__(days=<unrepresentable>, seconds=<unrepresentable>, microseconds=<unrepresentable>, milliseconds=<unrepresentable>, minutes=<unrepresentable>, hours=<unrepresentable>, weeks=<unrepresentable>)"
    )]
    fn new(
        vm: &Vm,
        cls: &PyType,
        days: OptArg<Ref<'_>>,
        seconds: OptArg<Ref<'_>>,
        microseconds: OptArg<Ref<'_>>,
        milliseconds: OptArg<Ref<'_>>,
        minutes: OptArg<Ref<'_>>,
        hours: OptArg<Ref<'_>>,
        weeks: OptArg<Ref<'_>>,
    ) -> PyResult<Obj> {
        let mut sum = Sum::default();
        sum.add(vm, "microseconds", microseconds.given(), 1)?;
        sum.add(vm, "milliseconds", milliseconds.given(), 1000)?;
        sum.add(vm, "seconds", seconds.given(), 1_000_000)?;
        sum.add(vm, "minutes", minutes.given(), 60_000_000)?;
        sum.add(vm, "hours", hours.given(), 3_600_000_000)?;
        sum.add(vm, "days", days.given(), 86_400_000_000)?;
        sum.add(vm, "weeks", weeks.given(), 604_800_000_000)?;
        sum.finish(vm, cls)
    }
    /// Number of days.
    #[member]
    fn days(zelf: &PyDelta) -> i32 {
        zelf.days
    }
    /// Number of seconds (>= 0 and less than 1 day).
    #[member]
    fn seconds(zelf: &PyDelta) -> i32 {
        zelf.seconds
    }
    /// Number of microseconds (>= 0 and less than 1 second).
    #[member]
    fn microseconds(zelf: &PyDelta) -> i32 {
        zelf.us
    }
    /// Total seconds in the duration.
    #[pymethod(nosig)]
    fn total_seconds(vm: &Vm, zelf: &PyDelta) -> PyResult<Obj> {
        zelf.total_seconds(vm)
    }
    /// __reduce__() -> (cls, state)
    #[pymethod(nosig)]
    fn __reduce__(vm: &Vm, zelf: &PyDelta) -> Obj {
        let state = [zelf.days, zelf.seconds, zelf.us].map(|p| Obj::small(p.into())).to_vec();
        let state = vm.tuple(state);
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), state])
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDelta) -> String {
        let parts: Vec<String> = [("days", zelf.days), ("seconds", zelf.seconds), ("microseconds", zelf.us)]
            .iter()
            .filter(|(_, v)| *v != 0)
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let args = if parts.is_empty() { "0".to_owned() } else { parts.join(", ") };
        format!("{}({args})", zelf.r().ty(vm).tp_name())
    }
    #[slot(str)]
    fn str(zelf: &PyDelta) -> String {
        let mut out = String::new();
        if zelf.days != 0 {
            out += &format!("{} day{}, ", zelf.days, if zelf.days.abs() == 1 { "" } else { "s" });
        }
        let (m, s) = (zelf.seconds / 60, zelf.seconds % 60);
        out += &format!("{}:{:02}:{:02}", m / 60, m % 60, s);
        if zelf.us != 0 {
            out += &format!(".{:06}", zelf.us);
        }
        out
    }
    #[slot(hash)]
    fn hash_slot(zelf: &PyDelta) -> i64 {
        hash(zelf)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyDelta, other: Ref<'_>, op: CmpOp) -> Obj {
        match other.downcast::<PyDelta>(vm) {
            Some(other) => Obj::bool(op.eval(zelf.parts().cmp(&other.parts()))),
            None => vm.not_implemented(),
        }
    }
    #[slot(nb_bool)]
    fn bool(zelf: &PyDelta) -> bool {
        !zelf.is_zero()
    }
    #[slot(nb_add)]
    fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        match both(vm, a, b) {
            Some((a, b)) => delta::add(vm, a, b, 1).map(Py::into_obj),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_subtract)]
    fn subtract(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        match both(vm, a, b) {
            Some((a, b)) => delta::add(vm, a, b, -1).map(Py::into_obj),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_negative)]
    fn negative(vm: &Vm, zelf: &PyDelta) -> PyResult<Obj> {
        let part = |v: i32| -i64::from(v);
        delta::from_parts(vm, part(zelf.days), part(zelf.seconds), part(zelf.us)).map(Py::into_obj)
    }
    #[slot(nb_positive)]
    fn positive(vm: &Vm, zelf: &PyDelta) -> PyResult<Obj> {
        delta::from_parts(vm, zelf.days.into(), zelf.seconds.into(), zelf.us.into()).map(Py::into_obj)
    }
    #[slot(nb_absolute)]
    fn absolute(vm: &Vm, zelf: &PyDelta) -> PyResult<Obj> {
        if zelf.days < 0 { negative(vm, zelf) } else { positive(vm, zelf) }
    }
    #[slot(nb_multiply)]
    fn multiply_slot(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        match (a.downcast::<PyDelta>(vm), b.downcast::<PyDelta>(vm)) {
            (Some(d), _) => multiply(vm, d, b),
            (None, Some(d)) => multiply(vm, d, a),
            (None, None) => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_true_divide)]
    fn true_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let Some(a) = a.downcast::<PyDelta>(vm) else { return Ok(vm.not_implemented()) };
        if let Some(b) = b.downcast::<PyDelta>(vm) {
            let (a, b) = (vm.int(a.total_us()), vm.int(b.total_us()));
            return vm.binary(BinOp::TrueDiv, a.r(), b.r());
        }
        if let Some(n) = int_operand(vm, b) {
            return delta::from_big_us(vm, None, &delta::divide_nearest(vm, &IBig::from(a.total_us()), &n)?);
        }
        match b.as_float(vm) {
            Some(f) => {
                let (n, m) = delta::ratio_of(vm, b, f)?;
                delta::from_big_us(vm, None, &delta::divide_nearest(vm, &(IBig::from(a.total_us()) * m), &n)?)
            }
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_floor_divide)]
    fn floor_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if let Some((a, b)) = both(vm, a, b) {
            return Ok(vm.int(divide(vm, a, b)?.0));
        }
        match (a.downcast::<PyDelta>(vm), int_operand(vm, b)) {
            (Some(a), Some(n)) => delta::from_big_us(vm, None, &delta::divide_floor(vm, &IBig::from(a.total_us()), &n)?),
            _ => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_remainder)]
    fn remainder(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        match both(vm, a, b) {
            Some((a, b)) => delta::from_us(vm, None, divide(vm, a, b)?.1),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_divmod)]
    fn divmod(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let Some((a, b)) = both(vm, a, b) else { return Ok(vm.not_implemented()) };
        let (q, r) = divide(vm, a, b)?;
        let r = delta::from_us(vm, None, r)?;
        Ok(vm.tuple(vec![vm.int(q), r]))
    }
}
