//! Items, positions and slices of ranges.

use dashu_int::IBig;
use krait_object::prelude::*;
use krait_object::range::{PyRange, PyRangeIter};
use krait_object::slice::PySlice;

use super::PyLongRangeIter;

/// The values of a range as big integers.
pub struct Items {
    pub start: IBig,
    pub stop: IBig,
    pub step: IBig,
    pub len: IBig,
}

impl Items {
    pub fn of(r: &PyRange) -> Items {
        match &r.big {
            Some(b) => Items { start: b.start.clone(), stop: b.stop.clone(), step: b.step.clone(), len: b.len.clone() },
            None => Items { start: r.start.into(), stop: r.stop.into(), step: r.step.into(), len: r.len.into() },
        }
    }
    /// The value at a position, which need not be in the range.
    pub fn at(&self, i: &IBig) -> IBig {
        &self.start + i * &self.step
    }
}

/// Is the object an `int` or `bool`, whose membership is arithmetic?
pub fn plain_int(vm: &Vm, o: Ref<'_>) -> bool {
    o.is_exact_int(vm) || std::ptr::eq(o.ty(vm), vm.types.bool)
}

/// The position of an integer in the range.
pub fn position(vm: &Vm, r: &PyRange, o: Ref<'_>) -> Option<IBig> {
    let v = o.as_int(vm)?;
    if r.big.is_none() {
        let v = v.to_i64()?;
        let inside = if r.step > 0 { r.start <= v && v < r.stop } else { r.stop < v && v <= r.start };
        if !inside {
            return None;
        }
        let diff = i128::from(v) - i128::from(r.start);
        let step = i128::from(r.step);
        return if diff % step == 0 { Some(IBig::from(diff / step)) } else { None };
    }
    let (items, v) = (Items::of(r), v.to_big());
    let inside = if items.step > IBig::ZERO { items.start <= v && v < items.stop } else { items.stop < v && v <= items.start };
    if !inside {
        return None;
    }
    let diff = v - &items.start;
    if (&diff % &items.step).is_zero() { Some(diff / &items.step) } else { None }
}

/// The item at a position, `None` if out of range.
pub fn item(vm: &Vm, r: &PyRange, i: &IBig) -> Option<Obj> {
    let items = Items::of(r);
    if *i < IBig::ZERO || *i >= items.len { None } else { Some(vm.int_big(items.at(i))) }
}

/// `range[key]`.
pub fn subscript(vm: &Vm, r: &PyRange, key: Ref<'_>) -> PyResult<Obj> {
    if let (Some(i), None) = (key.value().as_int(), &r.big) {
        let at = if i < 0 { i.wrapping_add(r.len) } else { i };
        if at < 0 || at >= r.len {
            return Err(vm.index_error("range object index out of range"));
        }
        return Ok(vm.int_i64(r.start.wrapping_add(at.wrapping_mul(r.step))));
    }
    if let Some(s) = key.downcast_exact::<PySlice>(vm) {
        return slice(vm, r, s);
    }
    if !vm.has_index(key) {
        let text = format!("range indices must be integers or slices, not {}", key.ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    let i = vm.index(key)?;
    let mut i = i.r().as_int(vm).map_or(IBig::ZERO, IntRef::to_big);
    if i < IBig::ZERO {
        i += Items::of(r).len;
    }
    item(vm, r, &i).ok_or_else(|| vm.index_error("range object index out of range"))
}

fn slice(vm: &Vm, r: &PyRange, s: &PySlice) -> PyResult<Obj> {
    let items = Items::of(r);
    let (start, stop, step) = crate::slice::long_indices(vm, s, &items.len)?;
    let new_step = step * &items.step;
    Ok(PyRange::from_big(vm, items.at(&start), items.at(&stop), new_step).into_obj())
}

/// `reversed(range)`.
pub fn reversed(vm: &Vm, r: &PyRange) -> Obj {
    if r.big.is_none() {
        let last = r.start.wrapping_add(r.len.wrapping_sub(1).wrapping_mul(r.step));
        if let Some(back) = r.step.checked_neg() {
            return PyRangeIter::new(vm, last, back, r.len).into_obj();
        }
    }
    let items = Items::of(r);
    let last = items.at(&(&items.len - IBig::ONE));
    PyLongRangeIter::create(vm, last, -items.step, items.len)
}

/// Do two ranges hold the same items?
pub fn same(vm: &Vm, a: &PyRange, b: &PyRange) -> bool {
    let _ = vm;
    if std::ptr::eq(a, b) {
        return true;
    }
    let (a, b) = (Items::of(a), Items::of(b));
    if a.len != b.len {
        return false;
    }
    if a.len.is_zero() {
        return true;
    }
    a.start == b.start && (a.len == IBig::ONE || a.step == b.step)
}
