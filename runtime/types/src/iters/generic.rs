//! What `iter(sequence)` and `iter(callable, sentinel)` make.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::function::{alloc_exact, no_header};
use krait_object::gc::Visitor;
use krait_object::prelude::*;
use krait_object::protocol::PySeqIter;
use krait_object::table_layout;

use crate::common::{builtin, peek_obj, reduce_iter, state_index};

/// The iterator that calls a function until it gives the sentinel.
#[repr(C)]
#[derive(Trace)]
pub struct PyCallIter {
    header: Header,
    /// Both are taken when exhausted.
    callable: Cell<Option<Obj>>,
    sentinel: Cell<Option<Obj>>,
}
table_layout!(PyCallIter => callable_iterator);

impl PyCallIter {
    /// `iter(callable, sentinel)`.
    pub fn create(vm: &Vm, callable: Obj, sentinel: Obj) -> Obj {
        let payload = PyCallIter { header: no_header(), callable: Cell::new(Some(callable)), sentinel: Cell::new(Some(sentinel)) };
        // SAFETY: `callable_iterator` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.callable_iterator, payload) }.into_obj()
    }
    fn finish(&self) {
        drop(self.callable.take());
        drop(self.sentinel.take());
    }
}

#[pyclass("iterator", layout = PySeqIter, table = seq_iterator, flags(DISALLOW_INSTANTIATION))]
pub mod iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PySeqIter) -> PyResult<Option<Obj>> {
        let Some(seq) = peek_obj(&zelf.seq) else { return Ok(None) };
        let i = zelf.index.get();
        if i == isize::MAX {
            return Err(vm.overflow_error("iter index too large"));
        }
        match vm.sequence_item(seq.r(), i) {
            Ok(v) => {
                zelf.index.set(i + 1);
                Ok(Some(v))
            }
            Err(e) if vm.raised_is(vm.types.index_error) || vm.raised_is(vm.types.stop_iteration) => {
                drop(vm.take_raised(e));
                drop(zelf.seq.take());
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(vm: &Vm, zelf: &PySeqIter) -> PyResult<Obj> {
        let Some(seq) = peek_obj(&zelf.seq) else { return Ok(vm.int_i64(0)) };
        let slots = &seq.r().ty(vm).slots;
        if slots.sq_length.get().or(slots.mp_length.get()).is_none() {
            return Ok(vm.not_implemented());
        }
        let len = vm.len(seq.r())? as isize;
        Ok(vm.int_i64((len - zelf.index.get()).max(0) as i64))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PySeqIter) -> PyResult<Obj> {
        reduce_iter(vm, || match peek_obj(&zelf.seq) {
            Some(seq) => (seq, Some(zelf.index.get() as usize)),
            None => (vm.tuple(vec![]), None),
        })
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PySeqIter, object: Ref<'_>) -> PyResult<()> {
        let i = state_index(vm, object)?;
        if peek_obj(&zelf.seq).is_some() {
            zelf.index.set(i.max(0));
        }
        Ok(())
    }
    #[slot(traverse)]
    fn traverse(zelf: &PySeqIter, v: &mut Visitor<'_>) {
        krait_object::gc::Trace::trace(&zelf.seq, v);
    }
    #[slot(clear)]
    fn clear(zelf: &PySeqIter) {
        drop(zelf.seq.take());
    }
}

#[pyclass("callable_iterator", layout = PyCallIter, table = callable_iterator, flags(DISALLOW_INSTANTIATION))]
pub mod callable_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyCallIter) -> PyResult<Option<Obj>> {
        let Some(f) = peek_obj(&zelf.callable) else { return Ok(None) };
        match vm.call0(f.r()) {
            Ok(v) => {
                // The call may have exhausted the iterator.
                let Some(sentinel) = peek_obj(&zelf.sentinel) else { return Ok(None) };
                if vm.eq(sentinel.r(), v.r())? {
                    zelf.finish();
                    return Ok(None);
                }
                Ok(Some(v))
            }
            Err(e) => {
                drop(vm.catch(e, vm.types.stop_iteration)?);
                zelf.finish();
                Ok(None)
            }
        }
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyCallIter) -> PyResult<Obj> {
        let iter = builtin(vm, "iter")?;
        let args = match (peek_obj(&zelf.callable), peek_obj(&zelf.sentinel)) {
            (Some(f), Some(s)) => vec![f, s],
            _ => vec![vm.tuple(vec![])],
        };
        Ok(vm.tuple(vec![iter, vm.tuple(args)]))
    }
}
