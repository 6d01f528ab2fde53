//! `set_iterator`.

use krait_macros::pyclass;
use krait_object::iterators::PySetIter;
use krait_object::prelude::*;
use krait_object::set::as_any_set;

use crate::common::{peek_obj, reduce_iter};

#[pyclass("set_iterator", layout = PySetIter, table = set_iterator, flags(DISALLOW_INSTANTIATION))]
pub mod set_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PySetIter) -> PyResult<Option<Obj>> {
        zelf.next(vm)
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(vm: &Vm, zelf: &PySetIter) -> usize {
        let len = peek_obj(&zelf.set).and_then(|s| as_any_set(vm, s.r()).map(|s| s.len()));
        if len == Some(zelf.used.get()) { zelf.len.get() } else { 0 }
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PySetIter) -> PyResult<Obj> {
        let saved = (peek_obj(&zelf.set), zelf.used.get(), zelf.pos.get(), zelf.len.get());
        let mut items = Vec::new();
        let result = loop {
            match zelf.next(vm) {
                Ok(Some(v)) => items.push(v),
                Ok(None) => break Ok(()),
                Err(e) => break Err(e),
            }
        };
        drop(zelf.set.replace(saved.0));
        zelf.used.set(saved.1);
        zelf.pos.set(saved.2);
        zelf.len.set(saved.3);
        result?;
        reduce_iter(vm, || (vm.list(items), None))
    }
}
