//! `slice`.

use dashu_int::IBig;
use krait_macros::pyclass;
use krait_object::hash;
use krait_object::prelude::*;
use krait_object::slice::PySlice;

use crate::common::not_implemented;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&slice::DEF];

/// The three fields as exact integers for a sequence of `len` items (`slice.indices`).
pub fn long_indices(vm: &Vm, s: &PySlice, len: &IBig) -> PyResult<(IBig, IBig, IBig)> {
    let field = |o: &Obj| -> PyResult<Option<IBig>> {
        if o.r().is_none() {
            return Ok(None);
        }
        if !vm.has_index(o.r()) {
            return Err(vm.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        Ok(vm.index(o.r())?.r().as_int(vm).map(IntRef::to_big))
    };
    let step = field(&s.step)?.unwrap_or(IBig::ONE);
    if step.is_zero() {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let backward = step < IBig::ZERO;
    let lower = if backward { IBig::NEG_ONE } else { IBig::ZERO };
    let upper = if backward { len - IBig::ONE } else { len.clone() };
    let clamp = |v: IBig| -> IBig { if v < IBig::ZERO { (v + len).max(lower.clone()) } else { v.min(upper.clone()) } };
    let start = match field(&s.start)? {
        Some(v) => clamp(v),
        None => (if backward { &upper } else { &lower }).clone(),
    };
    let stop = match field(&s.stop)? {
        Some(v) => clamp(v),
        None => (if backward { &lower } else { &upper }).clone(),
    };
    Ok((start, stop, step))
}

/// slice(stop)
/// slice(start, stop[, step])
///
/// Create a slice object.  This is used for extended slicing (e.g. a[0:10:2]).
#[pyclass("slice", layout = PySlice, table = slice, nosig)]
pub mod slice {
    use super::*;

    #[pynew("slice(*args)", nosig)]
    fn new(vm: &Vm, _cls: &PyType, args: &[Ref<'_>]) -> PyResult<Obj> {
        krait_object::unpack::check_positional(vm, "slice", args.len(), 1, 3)?;
        let none = Obj::none;
        let (start, stop, step) = match args {
            [stop] => (none(), stop.to_obj(), none()),
            [start, stop] => (start.to_obj(), stop.to_obj(), none()),
            [start, stop, step, ..] => (start.to_obj(), stop.to_obj(), step.to_obj()),
            [] => (none(), none(), none()),
        };
        Ok(PySlice::new(vm, start, stop, step).into_obj())
    }
    #[member]
    fn start(zelf: &PySlice) -> Obj {
        zelf.start.clone()
    }
    #[member]
    fn stop(zelf: &PySlice) -> Obj {
        zelf.stop.clone()
    }
    #[member]
    fn step(zelf: &PySlice) -> Obj {
        zelf.step.clone()
    }
    /// S.indices(len) -> (start, stop, stride)
    ///
    /// Assuming a sequence of length len, calculate the start and stop
    /// indices, and the stride length of the extended slice described by
    /// S. Out of bounds indices are clipped in a manner consistent with the
    /// handling of normal slices.
    #[pymethod]
    fn indices(vm: &Vm, zelf: &PySlice, object: Ref<'_>) -> PyResult<Obj> {
        let len = vm.index(object)?;
        let len = len.r().as_int(vm).map_or(IBig::ZERO, IntRef::to_big);
        if len < IBig::ZERO {
            return Err(vm.value_error("length should not be negative"));
        }
        let (start, stop, step) = long_indices(vm, zelf, &len)?;
        Ok(vm.tuple(vec![vm.int_big(start), vm.int_big(stop), vm.int_big(step)]))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PySlice) -> Obj {
        vm.tuple(vec![vm.types.slice.to_obj(), as_tuple(vm, zelf).into_obj()])
    }
    fn as_tuple(vm: &Vm, zelf: &PySlice) -> Py<PyTuple> {
        PyTuple::new(vm, vec![zelf.start.clone(), zelf.stop.clone(), zelf.step.clone()])
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PySlice) -> PyResult<Obj> {
        let mut out = crate::common::ReprJoiner::new("slice(");
        for field in [&zelf.start, &zelf.stop, &zelf.step] {
            out.item(vm, field.r())?;
        }
        Ok(out.finish(vm, ")"))
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PySlice) -> PyResult<i64> {
        vm.check_stack(" while hashing a slice")?;
        let mut h = hash::TupleHasher::new();
        for field in [&zelf.start, &zelf.stop, &zelf.step] {
            h.push(vm.hash(field.r())?);
        }
        // Slices leave out the length that tuples mix in.
        Ok(h.finish_bare())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PySlice, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(other) = other.downcast::<PySlice>(vm) else { return not_implemented() };
        if std::ptr::eq(zelf, other) {
            return Ok(Obj::bool(matches!(op, CmpOp::Eq | CmpOp::Le | CmpOp::Ge)));
        }
        let (a, b) = (as_tuple(vm, zelf), as_tuple(vm, other));
        crate::tuple::compare_items(vm, a.as_slice(), b.as_slice(), op)
    }
}
