//! `count` and `repeat`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

use crate::util::{get_obj, instance, no_header};

#[repr(C)]
#[derive(Trace)]
pub struct PyCount {
    header: Header,
    current: Cell<Obj>,
    step: Obj,
}

fn is_number(vm: &Vm, o: Ref<'_>) -> bool {
    let s = &o.ty(vm).slots;
    o.value().is_int()
        || o.value().is_flonum()
        || s.nb_index.get().is_some()
        || s.nb_int.get().is_some()
        || s.nb_float.get().is_some()
        || o.ty(vm).is_subtype(vm.types.complex)
}

/// Return a count object whose .__next__() method returns consecutive values.
///
/// Equivalent to:
///     def count(firstval=0, step=1):
///         x = firstval
///         while 1:
///             yield x
///             x += step
#[pyclass(layout = PyCount, name = "count", module = "itertools", own, flags(BASETYPE))]
pub mod count {
    use super::*;

    #[pynew("count(start=0, step=1)")]
    fn new(vm: &Vm, cls: &PyType, start: Obj, step: Obj) -> PyResult<Obj> {
        if !is_number(vm, start.r()) || !is_number(vm, step.r()) {
            return Err(vm.type_error("a number is required"));
        }
        instance(vm, cls, PyCount { header: no_header(), current: Cell::new(start), step })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyCount) -> PyResult<Option<Obj>> {
        let now = get_obj(&zelf.current);
        let next = match (now.value().as_int(), zelf.step.value().as_int()) {
            (Some(a), Some(b)) => vm.int_i64(a + b),
            _ => vm.binary(BinOp::Add, now.r(), zelf.step.r())?,
        };
        drop(zelf.current.replace(next));
        Ok(Some(now))
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyCount) -> PyResult<String> {
        let now = vm.repr_text(get_obj(&zelf.current).r())?;
        let name = crate::util::short_name(vm, zelf.r());
        if zelf.step.value().as_int() == Some(1) {
            return Ok(format!("{name}({now})"));
        }
        Ok(format!("{name}({now}, {})", vm.repr_text(zelf.step.r())?))
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyRepeat {
    header: Header,
    object: Obj,
    /// Negative: forever.
    #[trace(skip)]
    left: Cell<isize>,
}

/// repeat(object [,times]) -> create an iterator which returns the object
/// for the specified number of times.  If not specified, returns the object
/// endlessly.
#[pyclass(layout = PyRepeat, name = "repeat", module = "itertools", own, nosig, flags(BASETYPE))]
pub mod repeat {
    use super::*;

    #[pynew("repeat(object, times=<unrepresentable>)")]
    fn new(vm: &Vm, cls: &PyType, object: Ref<'_>, times: OptArg<isize>) -> PyResult<Obj> {
        let left = times.given().map_or(-1, |n| n.max(0));
        instance(vm, cls, PyRepeat { header: no_header(), object: object.to_obj(), left: Cell::new(left) })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(zelf: &PyRepeat) -> Option<Obj> {
        match zelf.left.get() {
            0 => return None,
            n if n > 0 => zelf.left.set(n - 1),
            _ => {}
        }
        Some(zelf.object.clone())
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyRepeat) -> PyResult<String> {
        let name = crate::util::short_name(vm, zelf.r());
        let object = vm.repr_text(zelf.object.r())?;
        Ok(match zelf.left.get() {
            n if n < 0 => format!("{name}({object})"),
            n => format!("{name}({object}, {n})"),
        })
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(vm: &Vm, zelf: &PyRepeat) -> PyResult<isize> {
        match zelf.left.get() {
            n if n < 0 => Err(vm.type_error("len() of unsized object")),
            n => Ok(n),
        }
    }
}
