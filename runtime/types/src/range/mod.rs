//! `range` and its iterators.

mod index;
mod iters;

use dashu_int::IBig;
use krait_macros::pyclass;
use krait_object::hash::TupleHasher;
use krait_object::prelude::*;
use krait_object::range::PyRange;

use crate::common::not_implemented;
pub use index::{Items, subscript};
pub use iters::PyLongRangeIter;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&range::DEF, &iters::range_iterator::DEF, &iters::longrange_iterator::DEF];

/// `iter(range)`.
pub fn iter_range(vm: &Vm, r: &PyRange) -> Obj {
    match &r.big {
        // Ranges whose end could overflow use big numbers, as `type(iter(r))` shows.
        None if r.len != 0 && r.stop.checked_add(r.step - r.step.signum()).is_none() => {
            PyLongRangeIter::create(vm, r.start.into(), r.step.into(), r.len.into())
        }
        None => krait_object::range::PyRangeIter::new(vm, r.start, r.step, r.len).into_obj(),
        Some(b) => PyLongRangeIter::create(vm, b.start.clone(), b.step.clone(), b.len.clone()),
    }
}

/// range(stop) -> range object
/// range(start, stop[, step]) -> range object
///
/// Return an object that produces a sequence of integers from start (inclusive)
/// to stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.
/// start defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.
/// These are exactly the valid indices for a list of 4 elements.
/// When step is given, it specifies the increment (or decrement).
#[pyclass("range", layout = PyRange, table = range, flags(SEQUENCE), no_gc, nosig)]
pub mod range {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        krait_object::unpack::no_keywords(vm, "range", &args)?;
        let args = args.pos();
        match args {
            [stop] => {
                if let Some(stop) = stop.value().as_int() {
                    return Ok(PyRange::new(vm, 0, stop, 1).into_obj());
                }
                make(vm, vm.int_i64(0), vm.index(*stop)?, vm.int_i64(1))
            }
            [start, stop] => make(vm, vm.index(*start)?, vm.index(*stop)?, vm.int_i64(1)),
            [start, stop, step] => {
                let (start, stop, step) = (vm.index(*start)?, vm.index(*stop)?, vm.index(*step)?);
                make(vm, start, stop, step)
            }
            _ => Err(krait_object::unpack::wrong_positional(vm, "range", args.len(), 1, 3)),
        }
    }
    fn make(vm: &Vm, start: Obj, stop: Obj, step: Obj) -> PyResult<Obj> {
        let int = |o: &Obj| -> IBig { o.r().as_int(vm).map_or(IBig::ZERO, IntRef::to_big) };
        if let (Some(a), Some(b), Some(c)) = (start.value().as_int(), stop.value().as_int(), step.value().as_int()) {
            if c == 0 {
                return Err(vm.value_error("range() arg 3 must not be zero"));
            }
            return Ok(PyRange::new(vm, a, b, c).into_obj());
        }
        let step = int(&step);
        if step.is_zero() {
            return Err(vm.value_error("range() arg 3 must not be zero"));
        }
        Ok(PyRange::from_big(vm, int(&start), int(&stop), step).into_obj())
    }
    #[member]
    fn start(vm: &Vm, zelf: &PyRange) -> Obj {
        zelf.start_obj(vm)
    }
    #[member]
    fn stop(vm: &Vm, zelf: &PyRange) -> Obj {
        zelf.stop_obj(vm)
    }
    #[member]
    fn step(vm: &Vm, zelf: &PyRange) -> Obj {
        zelf.step_obj(vm)
    }
    /// rangeobject.count(value) -> integer -- return number of occurrences of value
    #[pymethod]
    fn count(vm: &Vm, zelf: &PyRange, object: Ref<'_>) -> PyResult<usize> {
        if index::plain_int(vm, object) {
            return Ok(usize::from(index::position(vm, zelf, object).is_some()));
        }
        let it = iter_range(vm, zelf);
        let mut n = 0;
        while let Some(v) = vm.iter_next(it.r())? {
            n += usize::from(vm.eq(v.r(), object)?);
        }
        Ok(n)
    }
    /// rangeobject.index(value) -> integer -- return index of value.
    /// Raise ValueError if the value is not present.
    #[pymethod]
    fn index(vm: &Vm, zelf: &PyRange, object: Ref<'_>) -> PyResult<Obj> {
        if index::plain_int(vm, object) {
            return match index::position(vm, zelf, object) {
                Some(i) => Ok(vm.int_big(i)),
                None => Err(vm.value_error(format!("{} is not in range", vm.repr_text(object)?))),
            };
        }
        let it = iter_range(vm, zelf);
        let mut n = 0i64;
        while let Some(v) = vm.iter_next(it.r())? {
            if vm.eq(v.r(), object)? {
                return Ok(vm.int_i64(n));
            }
            n += 1;
        }
        Err(vm.value_error("sequence.index(x): x not in sequence"))
    }
    /// Return a reverse iterator.
    #[pymethod]
    fn __reversed__(vm: &Vm, zelf: &PyRange) -> Obj {
        index::reversed(vm, zelf)
    }
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyRange) -> Obj {
        let args = vm.tuple(vec![zelf.start_obj(vm), zelf.stop_obj(vm), zelf.step_obj(vm)]);
        vm.tuple(vec![vm.types.range.to_obj(), args])
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyRange) -> PyResult<Obj> {
        let start = vm.repr_text(zelf.start_obj(vm).r())?;
        let stop = vm.repr_text(zelf.stop_obj(vm).r())?;
        let step = zelf.step_obj(vm);
        if step.value().as_int() == Some(1) {
            return Ok(vm.text(format!("range({start}, {stop})")));
        }
        let step = vm.repr_text(step.r())?;
        Ok(vm.text(format!("range({start}, {stop}, {step})")))
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyRange) -> PyResult<i64> {
        let len = zelf.len_obj(vm);
        let none = vm.hash(vm.none())?;
        let (mut start, mut step) = (none, none);
        if len.value().as_int() != Some(0) {
            start = vm.hash(zelf.start_obj(vm).r())?;
            if len.value().as_int() != Some(1) {
                step = vm.hash(zelf.step_obj(vm).r())?;
            }
        }
        let mut h = TupleHasher::new();
        for part in [vm.hash(len.r())?, start, step] {
            h.push(part);
        }
        Ok(h.finish())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyRange, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(other) = other.downcast::<PyRange>(vm) else { return not_implemented() };
        match op {
            CmpOp::Eq => Ok(Obj::bool(index::same(vm, zelf, other))),
            CmpOp::Ne => Ok(Obj::bool(!index::same(vm, zelf, other))),
            _ => not_implemented(),
        }
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyRange) -> Obj {
        iter_range(vm, zelf)
    }
    #[slot(nb_bool)]
    fn is_true(zelf: &PyRange) -> bool {
        zelf.big.as_ref().map_or(zelf.len != 0, |b| !b.len.is_zero())
    }
    #[slot(sq_length, mp_length)]
    fn len(vm: &Vm, zelf: &PyRange) -> PyResult<usize> {
        match &zelf.big {
            None => Ok(zelf.len as usize),
            Some(b) => match isize::try_from(&b.len) {
                Ok(n) => Ok(n as usize),
                Err(_) => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
            },
        }
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyRange, i: isize) -> PyResult<Obj> {
        index::item(vm, zelf, &IBig::from(i)).ok_or_else(|| vm.index_error("range object index out of range"))
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PyRange, object: Ref<'_>) -> PyResult<bool> {
        if index::plain_int(vm, object) {
            return Ok(index::position(vm, zelf, object).is_some());
        }
        let it = iter_range(vm, zelf);
        while let Some(v) = vm.iter_next(it.r())? {
            if vm.eq(v.r(), object)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyRange, key: Ref<'_>) -> PyResult<Obj> {
        subscript(vm, zelf, key)
    }
}
