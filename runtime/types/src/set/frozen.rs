//! The `frozenset` type.

use krait_object::prelude::*;
use krait_object::set::{PyFrozenSet, PySet, dealloc_set};

use super::ops;
use super::shared::set_class;

set_class! {
    /// Build an immutable unordered collection of unique elements.
    frozenset, ("frozenset", layout = PySet, table = frozenset, dealloc = dealloc_set, weakref, flags(BASETYPE, MATCH_SELF)), {
    #[pynew("frozenset(iterable=(), /)")]
    fn new(vm: &Vm, cls: &PyType, iterable: OptArg<Ref<'_>>) -> PyResult<Obj> {
        if let Some(it) = iterable.given()
            && std::ptr::eq(cls, vm.types.frozenset)
            && it.is_exact::<PyFrozenSet>(vm)
        {
            return Ok(it.to_obj());
        }
        let new = ops::NewSet::new(vm, cls)?;
        if let Some(it) = iterable.given() {
            ops::update(vm, new.set(), it)?;
        }
        Ok(new.into_obj())
    }
    /// Return a shallow copy of a set.
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PySet) -> PyResult<Obj> {
        if zelf.r().is_exact::<PyFrozenSet>(vm) { Ok(zelf.to_obj()) } else { Ok(ops::plain_copy(vm, zelf)?.into_obj()) }
    }
    #[slot(hash)]
    fn hash(zelf: &PySet) -> i64 {
        zelf.frozen_hash()
    }
    }
}
