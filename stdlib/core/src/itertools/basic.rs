//! `accumulate`, `batched`, `chain`, `cycle`, `pairwise`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::iterators::reuse_pair;
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

use crate::util::{class_getitem, instance, no_header, peek_obj};

#[repr(C)]
#[derive(Trace)]
pub struct PyAccumulate {
    header: Header,
    it: Obj,
    func: Option<Obj>,
    total: Cell<Option<Obj>>,
    initial: Cell<Option<Obj>>,
}

/// Return series of accumulated sums (or other binary function results).
#[pyclass(layout = PyAccumulate, name = "accumulate", module = "itertools", own, flags(BASETYPE))]
pub mod accumulate {
    use super::*;

    #[pynew("accumulate(iterable, func=None, *, initial=None)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>, func: Option<Ref<'_>>, initial: Option<Ref<'_>>) -> PyResult<Obj> {
        let payload = PyAccumulate {
            header: no_header(),
            it: vm.iter(iterable)?,
            func: func.map(|f| f.to_obj()),
            total: Cell::new(None),
            initial: Cell::new(initial.map(|i| i.to_obj())),
        };
        instance(vm, cls, payload)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyAccumulate) -> PyResult<Option<Obj>> {
        if let Some(first) = zelf.initial.take() {
            drop(zelf.total.replace(Some(first.clone())));
            return Ok(Some(first));
        }
        let Some(v) = vm.iter_next(zelf.it.r())? else { return Ok(None) };
        let Some(total) = peek_obj(&zelf.total) else {
            drop(zelf.total.replace(Some(v.clone())));
            return Ok(Some(v));
        };
        let sum = match &zelf.func {
            Some(f) => vm.call(f.r(), &[total.r(), v.r()])?,
            None => match (total.value().as_int(), v.value().as_int()) {
                (Some(a), Some(b)) => vm.int_i64(a + b),
                _ => vm.binary(BinOp::Add, total.r(), v.r())?,
            },
        };
        drop(zelf.total.replace(Some(sum.clone())));
        Ok(Some(sum))
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyBatched {
    header: Header,
    it: Cell<Option<Obj>>,
    #[trace(skip)]
    size: usize,
    #[trace(skip)]
    strict: bool,
}

/// Batch data into tuples of length n. The last batch may be shorter than n.
///
/// Loops over the input iterable and accumulates data into tuples
/// up to size n.  The input is consumed lazily, just enough to
/// fill a batch.  The result is yielded as soon as a batch is full
/// or when the input iterable is exhausted.
///
///     >>> for batch in batched('ABCDEFG', 3):
///     ...     print(batch)
///     ...
///     ('A', 'B', 'C')
///     ('D', 'E', 'F')
///     ('G',)
///
/// If "strict" is True, raises a ValueError if the final batch is shorter
/// than n.
#[pyclass(layout = PyBatched, name = "batched", module = "itertools", own, flags(BASETYPE))]
pub mod batched {
    use super::*;

    #[pynew("batched(iterable, n, *, strict=False)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>, n: isize, strict: bool) -> PyResult<Obj> {
        if n < 1 {
            return Err(vm.value_error("n must be at least one"));
        }
        let it = Cell::new(Some(vm.iter(iterable)?));
        instance(vm, cls, PyBatched { header: no_header(), it, size: n as usize, strict })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyBatched) -> PyResult<Option<Obj>> {
        let Some(it) = peek_obj(&zelf.it) else { return Ok(None) };
        let mut items = Vec::with_capacity(zelf.size.min(64));
        while items.len() < zelf.size {
            match vm.iter_next(it.r()) {
                Ok(Some(v)) => items.push(v),
                Ok(None) => {
                    drop(zelf.it.take());
                    if items.is_empty() {
                        return Ok(None);
                    }
                    if zelf.strict {
                        return Err(vm.value_error("batched(): incomplete batch"));
                    }
                    break;
                }
                Err(e) => {
                    drop(zelf.it.take());
                    return Err(e);
                }
            }
        }
        Ok(Some(vm.tuple(items)))
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyChain {
    header: Header,
    /// The iterator over the iterables; taken when exhausted.
    source: Cell<Option<Obj>>,
    active: Cell<Option<Obj>>,
}

/// Return a chain object whose .__next__() method returns elements from the
/// first iterable until it is exhausted, then elements from the next
/// iterable, until all of the iterables are exhausted.
#[pyclass(layout = PyChain, name = "chain", module = "itertools", own, flags(BASETYPE))]
pub mod chain {
    use super::*;

    fn over(vm: &Vm, cls: &PyType, source: Obj) -> PyResult<Obj> {
        instance(vm, cls, PyChain { header: no_header(), source: Cell::new(Some(source)), active: Cell::new(None) })
    }
    #[pynew("chain(*iterables)")]
    fn new(vm: &Vm, cls: &PyType, iterables: &[Ref<'_>]) -> PyResult<Obj> {
        let t = PyTuple::from_refs(vm, iterables);
        let source = vm.iter(t.r())?;
        over(vm, cls, source)
    }
    /// Alternative chain() constructor taking a single iterable argument that evaluates lazily.
    #[pyclassmethod("from_iterable(cls, iterable, /)")]
    fn from_iterable(vm: &Vm, cls: &PyType, iterable: Ref<'_>) -> PyResult<Obj> {
        let source = vm.iter(iterable)?;
        over(vm, cls, source)
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, object)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyChain) -> PyResult<Option<Obj>> {
        loop {
            let active = match peek_obj(&zelf.active) {
                Some(a) => a,
                None => {
                    let Some(source) = peek_obj(&zelf.source) else { return Ok(None) };
                    let found = match vm.iter_next(source.r()) {
                        Ok(Some(iterable)) => vm.iter(iterable.r()),
                        Ok(None) => {
                            drop(zelf.source.take());
                            return Ok(None);
                        }
                        Err(e) => Err(e),
                    };
                    match found {
                        Ok(it) => {
                            drop(zelf.active.replace(Some(it.clone())));
                            it
                        }
                        Err(e) => {
                            drop(zelf.source.take());
                            return Err(e);
                        }
                    }
                }
            };
            if let Some(v) = vm.iter_next(active.r())? {
                return Ok(Some(v));
            }
            drop(zelf.active.take());
        }
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyCycle {
    header: Header,
    /// Taken when the first pass is over.
    it: Cell<Option<Obj>>,
    saved: Py<PyList>,
    #[trace(skip)]
    index: Cell<usize>,
}

/// Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.
#[pyclass(layout = PyCycle, name = "cycle", module = "itertools", own, flags(BASETYPE))]
pub mod cycle {
    use super::*;

    #[pynew("cycle(iterable, /)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>) -> PyResult<Obj> {
        let it = Cell::new(Some(vm.iter(iterable)?));
        instance(vm, cls, PyCycle { header: no_header(), it, saved: PyList::empty(vm), index: Cell::new(0) })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyCycle) -> PyResult<Option<Obj>> {
        if let Some(it) = peek_obj(&zelf.it) {
            if let Some(v) = vm.iter_next(it.r())? {
                zelf.saved.push(vm, v.clone())?;
                return Ok(Some(v));
            }
            drop(zelf.it.take());
        }
        let i = zelf.index.get();
        let n = zelf.saved.len();
        if n == 0 {
            return Ok(None);
        }
        zelf.index.set(if i + 1 >= n { 0 } else { i + 1 });
        Ok(zelf.saved.get(i.min(n - 1)))
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyPairwise {
    header: Header,
    it: Cell<Option<Obj>>,
    old: Cell<Option<Obj>>,
    result: Cell<Option<Py<PyTuple>>>,
}

/// Return an iterator of overlapping pairs taken from the input iterator.
///
///     s -> (s0,s1), (s1,s2), (s2, s3), ...
#[pyclass(layout = PyPairwise, name = "pairwise", module = "itertools", own, flags(BASETYPE))]
pub mod pairwise {
    use super::*;

    #[pynew("pairwise(iterable, /)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>) -> PyResult<Obj> {
        let it = Cell::new(Some(vm.iter(iterable)?));
        instance(vm, cls, PyPairwise { header: no_header(), it, old: Cell::new(None), result: Cell::new(None) })
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    fn finish(zelf: &PyPairwise) {
        drop(zelf.it.take());
        drop(zelf.old.take());
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyPairwise) -> PyResult<Option<Obj>> {
        let Some(mut it) = peek_obj(&zelf.it) else { return Ok(None) };
        let old = match peek_obj(&zelf.old) {
            Some(o) => o,
            None => match vm.iter_next(it.r()) {
                Ok(Some(first)) => {
                    drop(zelf.old.replace(Some(first.clone())));
                    match peek_obj(&zelf.it) {
                        Some(again) => it = again,
                        None => {
                            drop(zelf.old.take());
                            return Ok(None);
                        }
                    }
                    first
                }
                r => {
                    drop(zelf.it.take());
                    return r;
                }
            },
        };
        match vm.iter_next(it.r()) {
            Ok(Some(new)) => {
                drop(zelf.old.replace(Some(new.clone())));
                Ok(Some(reuse_pair(vm, &zelf.result, old, new).into_obj()))
            }
            r => {
                finish(zelf);
                r
            }
        }
    }
}
