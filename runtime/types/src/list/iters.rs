//! `list_iterator` and `list_reverseiterator`.

use krait_macros::pyclass;
use krait_object::iterators::{PyListIter, PyListRevIter, peek_py};
use krait_object::prelude::*;

use crate::common::{reduce_iter, state_index};

#[pyclass("list_iterator", layout = PyListIter, table = list_iterator, flags(DISALLOW_INSTANTIATION))]
pub mod list_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(zelf: &PyListIter) -> Option<Obj> {
        zelf.next()
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(zelf: &PyListIter) -> usize {
        peek_py(&zelf.list).map_or(0, |l| l.len().saturating_sub(zelf.index.get()))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyListIter) -> PyResult<Obj> {
        reduce_iter(vm, || match peek_py(&zelf.list) {
            Some(l) => (l.into_obj(), Some(zelf.index.get())),
            None => (vm.list(vec![]), None),
        })
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyListIter, object: Ref<'_>) -> PyResult<()> {
        let i = state_index(vm, object)?;
        if let Some(l) = peek_py(&zelf.list) {
            zelf.index.set((i.max(0) as usize).min(l.len()));
        }
        Ok(())
    }
}

#[pyclass("list_reverseiterator", layout = PyListRevIter, table = list_reverseiterator, flags(DISALLOW_INSTANTIATION))]
pub mod list_reverseiterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(zelf: &PyListRevIter) -> Option<Obj> {
        zelf.next()
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(zelf: &PyListRevIter) -> usize {
        let len = (zelf.index.get() + 1) as usize;
        peek_py(&zelf.list).map_or(0, |l| if l.len() < len { 0 } else { len })
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyListRevIter) -> PyResult<Obj> {
        let f = crate::common::builtin(vm, "reversed")?;
        Ok(match peek_py(&zelf.list) {
            Some(l) => vm.tuple(vec![f, vm.tuple(vec![l.into_obj()]), vm.int_i64(zelf.index.get() as i64)]),
            None => vm.tuple(vec![f, vm.tuple(vec![vm.list(vec![])])]),
        })
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyListRevIter, object: Ref<'_>) -> PyResult<()> {
        let i = state_index(vm, object)?;
        if let Some(l) = peek_py(&zelf.list) {
            zelf.index.set(i.clamp(-1, l.len() as isize - 1));
        }
        Ok(())
    }
}
