//! `combinations`, `combinations_with_replacement`, `permutations`.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::check_r;
use super::result::ResultTuple;
use crate::util::{instance, no_header};

/// A choice of `indices.len()` items of a pool.
#[repr(C)]
#[derive(Trace)]
pub struct PyCombinations {
    header: Header,
    pool: Py<PyTuple>,
    #[trace(skip)]
    indices: RefCell<Vec<usize>>,
    result: ResultTuple,
    #[trace(skip)]
    stopped: Cell<bool>,
}

#[repr(C)]
#[derive(Trace)]
pub struct PyReplacing {
    base: PyCombinations,
}

impl PyCombinations {
    fn over(vm: &Vm, pool: Py<PyTuple>, indices: impl ExactSizeIterator<Item = usize>, stopped: bool) -> PyResult<Self> {
        let mut ix = Vec::new();
        if !stopped {
            if ix.try_reserve_exact(indices.len()).is_err() {
                return Err(vm.memory_error());
            }
            ix.extend(indices);
        }
        Ok(PyCombinations {
            header: no_header(),
            pool,
            indices: RefCell::new(ix),
            result: ResultTuple::default(),
            stopped: Cell::new(stopped),
        })
    }
    fn item(&self, i: usize) -> Obj {
        let at = self.indices.borrow()[i];
        self.pool.as_slice()[at].clone()
    }
    /// The next result, `advance` giving the first position that changed.
    #[inline]
    fn step(&self, vm: &Vm, advance: impl FnOnce(&mut [usize], usize) -> Option<usize>) -> Option<Obj> {
        if self.stopped.get() {
            return None;
        }
        if !self.result.is_started() {
            let r = self.indices.borrow().len();
            let first = PyTuple::new(vm, (0..r).map(|i| self.item(i)).collect());
            self.result.start(&first);
            return Some(first.into_obj());
        }
        let from = advance(&mut self.indices.borrow_mut(), self.pool.len());
        match from {
            Some(from) => Some(self.result.next(vm, from, |i| self.item(i))),
            None => {
                self.stopped.set(true);
                self.result.reset();
                None
            }
        }
    }
    fn size(&self) -> usize {
        size_of::<PyCombinations>() + self.indices.borrow().len() * size_of::<usize>()
    }
}

/// Return successive r-length combinations of elements in the iterable.
///
/// combinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)
#[pyclass(layout = PyCombinations, name = "combinations", module = "itertools", own, flags(BASETYPE))]
pub mod combinations {
    use super::*;

    #[pynew("combinations(iterable, r)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>, r: isize) -> PyResult<Obj> {
        let pool = vm.to_tuple(iterable)?;
        let r = check_r(vm, r)?;
        let stopped = r > pool.len();
        instance(vm, cls, PyCombinations::over(vm, pool, 0..r, stopped)?)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyCombinations) -> Option<Obj> {
        zelf.step(vm, |ix, n| {
            let r = ix.len();
            let i = (0..r).rev().find(|&i| ix[i] != i + n - r)?;
            ix[i] += 1;
            for j in i + 1..r {
                ix[j] = ix[j - 1] + 1;
            }
            Some(i)
        })
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyCombinations) -> usize {
        zelf.size()
    }
}

/// Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.
///
/// combinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')
#[pyclass(layout = PyReplacing, name = "combinations_with_replacement", module = "itertools", own, flags(BASETYPE))]
pub mod combinations_with_replacement {
    use super::*;

    #[pynew("combinations_with_replacement(iterable, r)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>, r: isize) -> PyResult<Obj> {
        let pool = vm.to_tuple(iterable)?;
        let r = check_r(vm, r)?;
        let stopped = pool.is_empty() && r > 0;
        if r > isize::MAX as usize / 8 {
            return Err(vm.memory_error());
        }
        let base = PyCombinations::over(vm, pool, std::iter::repeat_n(0, r), stopped)?;
        instance(vm, cls, PyReplacing { base })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyReplacing) -> Option<Obj> {
        zelf.base.step(vm, |ix, n| {
            let i = (0..ix.len()).rev().find(|&i| ix[i] + 1 != n)?;
            let to = ix[i] + 1;
            ix[i..].fill(to);
            Some(i)
        })
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyReplacing) -> usize {
        zelf.base.size()
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyPermutations {
    header: Header,
    pool: Py<PyTuple>,
    #[trace(skip)]
    indices: RefCell<Vec<usize>>,
    #[trace(skip)]
    cycles: RefCell<Vec<usize>>,
    result: ResultTuple,
    #[trace(skip)]
    stopped: Cell<bool>,
}

/// Return successive r-length permutations of elements in the iterable.
///
/// permutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)
#[pyclass(layout = PyPermutations, name = "permutations", module = "itertools", own, flags(BASETYPE))]
pub mod permutations {
    use super::*;

    #[pynew("permutations(iterable, r=None)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>, r: Option<Ref<'_>>) -> PyResult<Obj> {
        let pool = vm.to_tuple(iterable)?;
        let n = pool.len();
        let r = match r {
            None => n,
            Some(r) if r.as_int(vm).is_none() => return Err(vm.type_error("Expected int as r")),
            Some(r) => check_r(vm, c_ssize_t(vm, r)?)?,
        };
        let stopped = r > n;
        let payload = PyPermutations {
            header: no_header(),
            pool,
            indices: RefCell::new((0..n).collect()),
            cycles: RefCell::new(if stopped { Vec::new() } else { (0..r).map(|i| n - i).collect() }),
            result: ResultTuple::default(),
            stopped: Cell::new(stopped),
        };
        instance(vm, cls, payload)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    fn advance(zelf: &PyPermutations) -> Option<usize> {
        let (mut ix, mut cycles) = (zelf.indices.borrow_mut(), zelf.cycles.borrow_mut());
        let n = ix.len();
        for i in (0..cycles.len()).rev() {
            cycles[i] -= 1;
            if cycles[i] == 0 {
                ix[i..].rotate_left(1);
                cycles[i] = n - i;
            } else {
                let j = n - cycles[i];
                ix.swap(i, j);
                return Some(i);
            }
        }
        None
    }
    fn item(zelf: &PyPermutations, i: usize) -> Obj {
        let at = zelf.indices.borrow()[i];
        zelf.pool.as_slice()[at].clone()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyPermutations) -> Option<Obj> {
        if zelf.stopped.get() {
            return None;
        }
        if !zelf.result.is_started() {
            let r = zelf.cycles.borrow().len();
            let first = PyTuple::new(vm, (0..r).map(|i| item(zelf, i)).collect());
            zelf.result.start(&first);
            return Some(first.into_obj());
        }
        match advance(zelf) {
            Some(from) => Some(zelf.result.next(vm, from, |i| item(zelf, i))),
            None => {
                zelf.stopped.set(true);
                zelf.result.reset();
                None
            }
        }
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyPermutations) -> usize {
        size_of::<PyPermutations>() + (zelf.indices.borrow().len() + zelf.cycles.borrow().len()) * size_of::<usize>()
    }
}
