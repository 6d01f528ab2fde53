//! `range_iterator` and `longrange_iterator`.

use std::cell::RefCell;

use dashu_int::IBig;
use krait_macros::pyclass;
use krait_object::function::{alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::range::{PyRange, PyRangeIter};
use krait_object::table_layout;

use crate::common::builtin;

/// The iterator of a range beyond machine integers.
#[repr(C)]
pub struct PyLongRangeIter {
    header: Header,
    state: RefCell<LongState>,
    step: IBig,
}
table_layout!(PyLongRangeIter => longrange_iterator);

/// The item to come and how many are left.
struct LongState {
    next: IBig,
    len: IBig,
}

impl PyLongRangeIter {
    pub fn create(vm: &Vm, next: IBig, step: IBig, len: IBig) -> Obj {
        let payload = PyLongRangeIter { header: no_header(), state: RefCell::new(LongState { next, len }), step };
        // SAFETY: `longrange_iterator` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.longrange_iterator, payload) }.into_obj()
    }
}

/// `(iter, (range(start, stop, step),), None)`.
fn reduce(vm: &Vm, start: IBig, step: &IBig, len: &IBig) -> PyResult<Obj> {
    let stop = &start + step * len;
    let range = PyRange::from_big(vm, start, stop, step.clone()).into_obj();
    let f = builtin(vm, "iter")?;
    Ok(vm.tuple(vec![f, vm.tuple(vec![range]), Obj::none()]))
}

#[pyclass("range_iterator", layout = PyRangeIter, table = range_iterator, flags(DISALLOW_INSTANTIATION), no_gc)]
pub mod range_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyRangeIter) -> Option<Obj> {
        zelf.next(vm)
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(zelf: &PyRangeIter) -> i64 {
        zelf.len.get()
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyRangeIter) -> PyResult<Obj> {
        reduce(vm, IBig::from(zelf.next.get()), &IBig::from(zelf.step), &IBig::from(zelf.len.get()))
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyRangeIter, object: Ref<'_>) -> PyResult<()> {
        let skip = krait_object::convert::c_long(vm, object)?.clamp(0, zelf.len.get());
        zelf.next.set(zelf.next.get().wrapping_add(skip.wrapping_mul(zelf.step)));
        zelf.len.set(zelf.len.get() - skip);
        Ok(())
    }
}

#[pyclass("longrange_iterator", layout = PyLongRangeIter, table = longrange_iterator, flags(DISALLOW_INSTANTIATION), no_gc)]
pub mod longrange_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyLongRangeIter) -> Option<Obj> {
        let mut s = zelf.state.borrow_mut();
        if s.len <= IBig::ZERO {
            return None;
        }
        s.len -= IBig::ONE;
        let next = &s.next + &zelf.step;
        Some(vm.int_big(std::mem::replace(&mut s.next, next)))
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(zelf: &PyLongRangeIter) -> IBig {
        zelf.state.borrow().len.clone()
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyLongRangeIter) -> PyResult<Obj> {
        let (next, len) = {
            let s = zelf.state.borrow();
            (s.next.clone(), s.len.clone())
        };
        reduce(vm, next, &zelf.step, &len)
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyLongRangeIter, object: Ref<'_>) -> PyResult<()> {
        let Some(skip) = object.as_int(vm).map(IntRef::to_big) else {
            return Err(vm.type_error(format!("state must be an int, not {}", object.ty(vm).tp_name())));
        };
        let mut s = zelf.state.borrow_mut();
        let skip = skip.max(IBig::ZERO).min(s.len.clone());
        s.next = &s.next + &skip * &zelf.step;
        s.len -= skip;
        Ok(())
    }
}
