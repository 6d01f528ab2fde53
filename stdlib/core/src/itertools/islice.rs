//! `islice`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use crate::util::{instance, no_header, peek_obj};

#[repr(C)]
#[derive(Trace)]
pub struct PyISlice {
    header: Header,
    it: Cell<Option<Obj>>,
    /// Items taken so far.
    #[trace(skip)]
    count: Cell<usize>,
    /// Position of the next item to give.
    #[trace(skip)]
    next: Cell<usize>,
    #[trace(skip)]
    stop: Option<usize>,
    #[trace(skip)]
    step: usize,
}

/// An index argument; `None` for one that is no index.
fn index_arg(vm: &Vm, a: Ref<'_>) -> PyResult<Option<isize>> {
    match vm.index_isize(a, vm.types.overflow_error) {
        Ok(i) => Ok(Some(i)),
        Err(e) => {
            drop(vm.take_raised(e));
            Ok(None)
        }
    }
}

/// islice(iterable, stop) --> islice object
/// islice(iterable, start, stop[, step]) --> islice object
///
/// Return an iterator whose next() method returns selected values from an
/// iterable.  If start is specified, will skip all preceding elements;
/// otherwise, start defaults to zero.  Step defaults to one.  If
/// specified as another value, step determines how many values are
/// skipped between successive calls.  Works like a slice() on a list
/// but returns an iterator.
#[pyclass(layout = PyISlice, name = "islice", module = "itertools", own, nosig, flags(BASETYPE))]
pub mod islice {
    use super::*;

    #[pynew("islice(iterable, stop, *args)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if std::ptr::eq(cls, PyISlice::type_of(vm)) {
            krait_object::unpack::no_keywords(vm, "islice", &args)?;
        }
        let a = args.pos();
        krait_object::unpack::check_positional(vm, "islice", a.len(), 2, 4)?;
        let (start, stop, step) = match a.len() {
            2 => (None, a[1], None),
            _ => (Some(a[1]), a[2], a.get(3).copied()),
        };
        let stop = if stop.is_none() {
            None
        } else {
            match index_arg(vm, stop)? {
                None | Some(-1) => {
                    return Err(vm.value_error("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."));
                }
                Some(i) => Some(i),
            }
        };
        let start = match start.filter(|s| !s.is_none()) {
            Some(s) => index_arg(vm, s)?.unwrap_or(-1),
            None => 0,
        };
        if start < 0 || stop.is_some_and(|s| s < 0) {
            return Err(vm.value_error("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."));
        }
        let step = match step.filter(|s| !s.is_none()) {
            Some(s) => index_arg(vm, s)?.unwrap_or(-1),
            None => 1,
        };
        if step < 1 {
            return Err(vm.value_error("Step for islice() must be a positive integer or None."));
        }
        let payload = PyISlice {
            header: no_header(),
            it: Cell::new(Some(vm.iter(a[0])?)),
            count: Cell::new(0),
            next: Cell::new(start as usize),
            stop: stop.map(|s| s as usize),
            step: step as usize,
        };
        instance(vm, cls, payload)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    /// Takes items up to the next one to give.
    fn advance(vm: &Vm, zelf: &PyISlice, it: Ref<'_>) -> PyResult<Option<Obj>> {
        while zelf.count.get() < zelf.next.get() {
            if vm.iter_next(it)?.is_none() {
                return Ok(None);
            }
            zelf.count.set(zelf.count.get() + 1);
        }
        if zelf.stop.is_some_and(|s| zelf.count.get() >= s) {
            return Ok(None);
        }
        let item = vm.iter_next(it)?;
        if item.is_some() {
            zelf.count.set(zelf.count.get() + 1);
            let next = zelf.next.get().checked_add(zelf.step);
            let stop = zelf.stop.unwrap_or(usize::MAX);
            zelf.next.set(next.map_or(stop, |n| n.min(stop)));
        }
        Ok(item)
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyISlice) -> PyResult<Option<Obj>> {
        let Some(it) = peek_obj(&zelf.it) else { return Ok(None) };
        let r = advance(vm, zelf, it.r());
        if !matches!(r, Ok(Some(_))) {
            drop(zelf.it.take());
        }
        r
    }
}
