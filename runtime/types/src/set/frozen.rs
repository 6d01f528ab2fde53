//! The `frozenset` type.

use krait_macros::pyclass;
use krait_object::gc::Visitor;
use krait_object::prelude::*;
use krait_object::set::{PyFrozenSet, PySet, dealloc_set, traverse_set};

use super::{ops, shared};

/// Build an immutable unordered collection of unique elements.
#[pyclass(
    "frozenset", layout = PySet, table = frozenset, dealloc = dealloc_set, weakref, flags(BASETYPE, MATCH_SELF)
)]
pub mod frozenset {
    use super::*;

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

    /// x.__contains__(y) <==> y in x.
    #[pymethod(coexist)]
    fn __contains__(vm: &Vm, zelf: &PySet, object: Ref<'_>) -> PyResult<bool> {
        shared::contains(vm, zelf, object)
    }
    /// Return a new set with elements in the set that are not in the others.
    #[pymethod("difference(*others)")]
    fn difference(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<Obj> {
        Ok(ops::difference_of(vm, zelf, others)?.into_obj())
    }
    /// Return a new set with elements common to the set and all others.
    #[pymethod("intersection(*others)")]
    fn intersection(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<Obj> {
        Ok(ops::intersection_of(vm, zelf, others)?.into_obj())
    }
    /// Return True if two sets have a null intersection.
    #[pymethod]
    fn isdisjoint(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<bool> {
        ops::is_disjoint(vm, zelf, other)
    }
    /// Report whether another set contains this set.
    #[pymethod]
    fn issubset(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<bool> {
        ops::is_subset_of(vm, zelf, other)
    }
    /// Report whether this set contains another set.
    #[pymethod]
    fn issuperset(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<bool> {
        ops::is_superset_of(vm, zelf, other)
    }
    /// Return a new set with elements in either the set or other but not both.
    #[pymethod]
    fn symmetric_difference(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<Obj> {
        Ok(ops::symmetric_difference(vm, zelf, other)?.into_obj())
    }
    /// Return a new set with elements from the set and all others.
    #[pymethod("union(*others)")]
    fn union(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<Obj> {
        shared::union(vm, zelf, others)
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PySet) -> PyResult<Obj> {
        shared::reduce(vm, zelf)
    }
    /// S.__sizeof__() -> size of S in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PySet) -> usize {
        zelf.size_in_bytes()
    }
    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(vm: &Vm, cls: Ref<'_>, object: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls, object)
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PySet) -> PyResult<Obj> {
        shared::repr(vm, zelf)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PySet, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        shared::richcompare(vm, zelf, other, op)
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PySet) -> Obj {
        shared::iter(vm, zelf)
    }
    #[slot(sq_length)]
    fn len(zelf: &PySet) -> usize {
        zelf.len()
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PySet, key: Ref<'_>) -> PyResult<bool> {
        shared::contains(vm, zelf, key)
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        shared::nb_or(vm, a, b)
    }
    #[slot(nb_and)]
    fn and(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        shared::nb_and(vm, a, b)
    }
    #[slot(nb_subtract)]
    fn sub(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        shared::nb_sub(vm, a, b)
    }
    #[slot(nb_xor)]
    fn xor(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        shared::nb_xor(vm, a, b)
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes sets.
        unsafe { traverse_set(p, v) }
    }
}
