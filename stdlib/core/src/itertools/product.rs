//! `product`.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::result::ResultTuple;
use crate::util::{instance, no_header};

#[repr(C)]
#[derive(Trace)]
pub struct PyProduct {
    header: Header,
    pools: Vec<Py<PyTuple>>,
    #[trace(skip)]
    indices: RefCell<Vec<usize>>,
    result: ResultTuple,
    #[trace(skip)]
    stopped: Cell<bool>,
}

/// Cartesian product of input iterables.  Equivalent to nested for-loops.
///
/// For example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).
/// The leftmost iterators are in the outermost for-loop, so the output tuples
/// cycle in a manner similar to an odometer (with the rightmost element changing
/// on every iteration).
///
/// To compute the product of an iterable with itself, specify the number
/// of repetitions with the optional repeat keyword argument. For example,
/// product(A, repeat=4) means the same as product(A, A, A, A).
///
/// product('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)
/// product((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...
#[pyclass(layout = PyProduct, name = "product", module = "itertools", own, flags(BASETYPE))]
pub mod product {
    use super::*;

    #[pynew("product(*iterables, repeat=1)")]
    fn new(vm: &Vm, cls: &PyType, iterables: &[Ref<'_>], repeat: isize) -> PyResult<Obj> {
        if repeat < 0 {
            return Err(vm.value_error("repeat argument cannot be negative"));
        }
        let repeat = repeat as usize;
        let n = if repeat == 0 { 0 } else { iterables.len() };
        let Some(total) = n.checked_mul(repeat).filter(|t| *t <= isize::MAX as usize / 8) else {
            return Err(vm.overflow_error("repeat argument too large"));
        };
        let (mut pools, mut indices) = (Vec::new(), Vec::new());
        if pools.try_reserve_exact(total).is_err() || indices.try_reserve_exact(total).is_err() {
            return Err(vm.memory_error());
        }
        for it in &iterables[..n] {
            pools.push(vm.to_tuple(*it)?);
        }
        for i in n..total {
            let p: &Py<PyTuple> = &pools[i - n];
            pools.push(p.clone());
        }
        indices.resize(total, 0);
        let payload = PyProduct {
            header: no_header(),
            pools,
            indices: RefCell::new(indices),
            result: ResultTuple::default(),
            stopped: Cell::new(false),
        };
        instance(vm, cls, payload)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    /// Turns the odometer; the first position that changed, or `None` at the end.
    fn advance(zelf: &PyProduct) -> Option<usize> {
        let mut ix = zelf.indices.borrow_mut();
        for i in (0..ix.len()).rev() {
            ix[i] += 1;
            if ix[i] < zelf.pools[i].len() {
                return Some(i);
            }
            ix[i] = 0;
        }
        None
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyProduct) -> PyResult<Option<Obj>> {
        if zelf.stopped.get() {
            return Ok(None);
        }
        if !zelf.result.is_started() {
            if zelf.pools.iter().any(|p| p.is_empty()) {
                zelf.stopped.set(true);
                return Ok(None);
            }
            let first = PyTuple::new(vm, zelf.pools.iter().map(|p| p.as_slice()[0].clone()).collect());
            zelf.result.start(&first);
            return Ok(Some(first.into_obj()));
        }
        let Some(from) = advance(zelf) else {
            zelf.stopped.set(true);
            zelf.result.reset();
            return Ok(None);
        };
        // Items are only cloned; dropping old ones may run code that steps this iterator, so the
        // indices are not borrowed meanwhile.
        let item = |i: usize| {
            let at = zelf.indices.borrow()[i];
            zelf.pools[i].as_slice()[at].clone()
        };
        Ok(Some(zelf.result.next(vm, from, item)))
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyProduct) -> usize {
        size_of::<PyProduct>() + zelf.pools.len() * 2 * size_of::<usize>()
    }
}
