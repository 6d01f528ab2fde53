//! `array.arrayiterator`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::object::PyArray;
use crate::util::{builtin, make, no_header, peek_py, with_cell};

#[repr(C)]
#[derive(Trace)]
pub struct PyArrayIter {
    header: Header,
    /// Taken when exhausted.
    array: Cell<Option<Py<PyArray>>>,
    #[trace(skip)]
    index: Cell<usize>,
}

impl PyArrayIter {
    pub fn create(vm: &Vm, a: &PyArray) -> Obj {
        make(vm, PyArrayIter { header: no_header(), array: Cell::new(Some(a.to_py())), index: Cell::new(0) }).into_obj()
    }
}

#[pyclass(layout = PyArrayIter, name = "arrayiterator", module = "array", own, flags(DISALLOW_INSTANTIATION))]
pub mod array_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyArrayIter) -> Option<Obj> {
        let i = zelf.index.get();
        let v = with_cell(&zelf.array, |a| a.as_ref().and_then(|a| a.get(vm, i)));
        match v {
            Some(v) => {
                zelf.index.set(i + 1);
                Some(v)
            }
            None => {
                drop(zelf.array.take());
                None
            }
        }
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyArrayIter) -> PyResult<Obj> {
        let iter = builtin(vm, "iter")?;
        match peek_py(&zelf.array) {
            Some(a) => Ok(vm.tuple(vec![iter, vm.tuple(vec![a.into_obj()]), vm.int_usize(zelf.index.get())])),
            None => Ok(vm.tuple(vec![iter, vm.tuple(vec![vm.tuple(vec![])])])),
        }
    }
    /// Set state information for unpickling.
    #[pymethod("__setstate__(self, state, /)")]
    fn __setstate__(vm: &Vm, zelf: &PyArrayIter, state: Ref<'_>) -> PyResult<()> {
        let i = c_ssize_t(vm, state)?;
        let n = peek_py(&zelf.array).map_or(0, |a| a.len());
        zelf.index.set((i.max(0) as usize).min(n));
        Ok(())
    }
}
