//! `tee`: iterators over shared blocks of items read ahead.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use crate::util::{instance, make, no_header, peek_py, with_cell};

/// Items of a block.
const BLOCK: usize = 57;

/// A block of items and the iterator that gives more.
#[repr(C)]
#[derive(Trace)]
pub struct PyTeeData {
    header: Header,
    it: Obj,
    values: RefCell<Vec<Obj>>,
    next: Cell<Option<Py<PyTeeData>>>,
    #[trace(skip)]
    running: Cell<bool>,
}

impl PyTeeData {
    fn create(vm: &Vm, it: Obj) -> Py<PyTeeData> {
        make(vm, PyTeeData { header: no_header(), it, values: RefCell::default(), next: Cell::new(None), running: Cell::new(false) })
    }
    fn get(&self, vm: &Vm, i: usize) -> PyResult<Option<Obj>> {
        if let Some(v) = self.values.borrow().get(i) {
            return Ok(Some(v.clone()));
        }
        if self.running.replace(true) {
            return Err(vm.runtime_error("cannot re-enter the tee iterator"));
        }
        let r = vm.iter_next(self.it.r());
        self.running.set(false);
        let v = r?;
        if let Some(v) = &v {
            self.values.borrow_mut().push(v.clone());
        }
        Ok(v)
    }
    /// The block after this one.
    fn follow(&self, vm: &Vm) -> Py<PyTeeData> {
        if let Some(n) = peek_py(&self.next) {
            return n;
        }
        let n = Self::create(vm, self.it.clone());
        drop(self.next.replace(Some(n.clone())));
        n
    }
}

/// teedataobject(iterable, values, next, /)
/// --
///
/// Data container common to multiple tee objects.
#[pyclass(layout = PyTeeData, name = "_tee_dataobject", module = "itertools", own, nosig, flags(DISALLOW_INSTANTIATION))]
pub mod tee_data {
    use super::*;
}

#[repr(C)]
#[derive(Trace)]
pub struct PyTee {
    header: Header,
    data: Cell<Py<PyTeeData>>,
    #[trace(skip)]
    index: Cell<usize>,
}

impl PyTee {
    fn payload(data: Py<PyTeeData>, index: usize) -> PyTee {
        PyTee { header: no_header(), data: Cell::new(data), index: Cell::new(index) }
    }
    fn duplicate(&self, vm: &Vm) -> Obj {
        make(vm, Self::payload(with_cell(&self.data, Py::clone), self.index.get())).into_obj()
    }
}

/// The first of several iterators over `iterable`. A tee is copied rather than wrapped.
fn from_iterable(vm: &Vm, cls: &PyType, iterable: Ref<'_>) -> PyResult<Obj> {
    let it = vm.iter(iterable)?;
    match it.r().downcast::<PyTee>(vm) {
        Some(t) => Ok(t.duplicate(vm)),
        None => instance(vm, cls, PyTee::payload(PyTeeData::create(vm, it), 0)),
    }
}

/// `itertools.tee`.
pub fn tee(vm: &Vm, iterable: Ref<'_>, n: isize) -> PyResult<Obj> {
    if n < 0 {
        return Err(vm.value_error("n must be >= 0"));
    }
    let mut all = krait_types::common::vec_for(vm, n as usize)?;
    if n > 0 {
        all.push(from_iterable(vm, PyTee::type_of(vm), iterable)?);
        for i in 1..n as usize {
            let prev: &Obj = &all[i - 1];
            // SAFETY: made right above.
            let copy = unsafe { prev.r().downcast_unchecked::<PyTee>() }.duplicate(vm);
            all.push(copy);
        }
    }
    Ok(vm.tuple(all))
}

/// Iterator wrapped to make it copyable.
#[pyclass(layout = PyTee, name = "_tee", module = "itertools", own, weakref)]
pub mod tee_object {
    use super::*;

    #[pynew("_tee(iterable, /)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>) -> PyResult<Obj> {
        from_iterable(vm, cls, iterable)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyTee) -> PyResult<Option<Obj>> {
        if zelf.index.get() >= BLOCK {
            let next = with_cell(&zelf.data, Py::clone).follow(vm);
            zelf.index.set(0);
            drop(zelf.data.replace(next));
        }
        let data = with_cell(&zelf.data, Py::clone);
        let v = data.get(vm, zelf.index.get())?;
        if v.is_some() {
            zelf.index.set(zelf.index.get() + 1);
        }
        Ok(v)
    }
    /// Returns an independent iterator.
    #[pymethod]
    fn __copy__(vm: &Vm, zelf: &PyTee) -> Obj {
        zelf.duplicate(vm)
    }
}
