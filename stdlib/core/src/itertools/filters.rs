//! `compress`, `dropwhile`, `takewhile`, `filterfalse`, `starmap`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use crate::util::{instance, no_header};

#[repr(C)]
#[derive(Trace)]
pub struct PyCompress {
    header: Header,
    data: Obj,
    selectors: Obj,
}

/// Return data elements corresponding to true selector elements.
///
/// Forms a shorter iterator from selected data elements using the selectors to
/// choose the data elements.
#[pyclass(layout = PyCompress, name = "compress", module = "itertools", own, flags(BASETYPE))]
pub mod compress {
    use super::*;

    #[pynew("compress(data, selectors)")]
    fn new(vm: &Vm, cls: &PyType, data: Ref<'_>, selectors: Ref<'_>) -> PyResult<Obj> {
        let data = vm.iter(data)?;
        let selectors = vm.iter(selectors)?;
        instance(vm, cls, PyCompress { header: no_header(), data, selectors })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyCompress) -> PyResult<Option<Obj>> {
        loop {
            let Some(v) = vm.iter_next(zelf.data.r())? else { return Ok(None) };
            let Some(s) = vm.iter_next(zelf.selectors.r())? else { return Ok(None) };
            if vm.is_true(s.r())? {
                return Ok(Some(v));
            }
        }
    }
}

/// A function, an iterator, and whether the turning point has been reached.
#[repr(C)]
#[derive(Trace)]
pub struct PyDropWhile {
    header: Header,
    func: Obj,
    it: Obj,
    #[trace(skip)]
    done: Cell<bool>,
}

/// Drop items from the iterable while predicate(item) is true.
///
/// Afterwards, return every element until the iterable is exhausted.
#[pyclass(layout = PyDropWhile, name = "dropwhile", module = "itertools", own, flags(BASETYPE))]
pub mod dropwhile {
    use super::*;

    #[pynew("dropwhile(predicate, iterable, /)")]
    fn new(vm: &Vm, cls: &PyType, predicate: Ref<'_>, iterable: Ref<'_>) -> PyResult<Obj> {
        let it = vm.iter(iterable)?;
        instance(vm, cls, PyDropWhile { header: no_header(), func: predicate.to_obj(), it, done: Cell::new(false) })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyDropWhile) -> PyResult<Option<Obj>> {
        loop {
            let Some(v) = vm.iter_next(zelf.it.r())? else { return Ok(None) };
            if zelf.done.get() {
                return Ok(Some(v));
            }
            let r = vm.call1(zelf.func.r(), v.r())?;
            if !vm.is_true(r.r())? {
                zelf.done.set(true);
                return Ok(Some(v));
            }
        }
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyTakeWhile {
    header: Header,
    func: Obj,
    it: Obj,
    #[trace(skip)]
    done: Cell<bool>,
}

/// Return successive entries from an iterable as long as the predicate evaluates to true for each entry.
#[pyclass(layout = PyTakeWhile, name = "takewhile", module = "itertools", own, flags(BASETYPE))]
pub mod takewhile {
    use super::*;

    #[pynew("takewhile(predicate, iterable, /)")]
    fn new(vm: &Vm, cls: &PyType, predicate: Ref<'_>, iterable: Ref<'_>) -> PyResult<Obj> {
        let it = vm.iter(iterable)?;
        instance(vm, cls, PyTakeWhile { header: no_header(), func: predicate.to_obj(), it, done: Cell::new(false) })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyTakeWhile) -> PyResult<Option<Obj>> {
        if zelf.done.get() {
            return Ok(None);
        }
        let Some(v) = vm.iter_next(zelf.it.r())? else { return Ok(None) };
        let r = vm.call1(zelf.func.r(), v.r())?;
        if vm.is_true(r.r())? {
            return Ok(Some(v));
        }
        zelf.done.set(true);
        Ok(None)
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyFilterFalse {
    header: Header,
    /// `None`: the item's own truth.
    func: Option<Obj>,
    it: Obj,
}

/// Return those items of iterable for which function(item) is false.
///
/// If function is None, return the items that are false.
#[pyclass(layout = PyFilterFalse, name = "filterfalse", module = "itertools", own, flags(BASETYPE))]
pub mod filterfalse {
    use super::*;

    #[pynew("filterfalse(function, iterable, /)")]
    fn new(vm: &Vm, cls: &PyType, function: Ref<'_>, iterable: Ref<'_>) -> PyResult<Obj> {
        let it = vm.iter(iterable)?;
        let plain = function.is_none() || function.ptr_eq(vm.types.bool.r());
        let func = if plain { None } else { Some(function.to_obj()) };
        instance(vm, cls, PyFilterFalse { header: no_header(), func, it })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyFilterFalse) -> PyResult<Option<Obj>> {
        loop {
            let Some(v) = vm.iter_next(zelf.it.r())? else { return Ok(None) };
            let keep = match &zelf.func {
                None => !vm.is_true(v.r())?,
                Some(f) => {
                    let r = vm.call1(f.r(), v.r())?;
                    !vm.is_true(r.r())?
                }
            };
            if keep {
                return Ok(Some(v));
            }
        }
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyStarMap {
    header: Header,
    func: Obj,
    it: Obj,
}

/// Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.
#[pyclass(layout = PyStarMap, name = "starmap", module = "itertools", own, flags(BASETYPE))]
pub mod starmap {
    use super::*;

    #[pynew("starmap(function, iterable, /)")]
    fn new(vm: &Vm, cls: &PyType, function: Ref<'_>, iterable: Ref<'_>) -> PyResult<Obj> {
        let it = vm.iter(iterable)?;
        instance(vm, cls, PyStarMap { header: no_header(), func: function.to_obj(), it })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyStarMap) -> PyResult<Option<Obj>> {
        let Some(args) = vm.iter_next(zelf.it.r())? else { return Ok(None) };
        let args = vm.to_tuple(args.r())?;
        vm.call(zelf.func.r(), args.as_refs()).map(Some)
    }
}
