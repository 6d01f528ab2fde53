//! The `set` type.

use krait_macros::pyclass;
use krait_object::gc::Visitor;
use krait_object::prelude::*;
use krait_object::set::{PySet, as_any_set, clear_set, dealloc_set, traverse_set};

use super::{ops, shared};
use crate::common::not_implemented;

/// Build an unordered collection of unique elements.
#[pyclass("set", layout = PySet, table = set, dealloc = dealloc_set, weakref, unhashable, flags(BASETYPE, MATCH_SELF))]
pub mod set {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        PySet::new_subtype(vm, cls)
    }
    #[pyinit("set(iterable=(), /)")]
    fn init(vm: &Vm, zelf: &PySet, iterable: OptArg<Ref<'_>>) -> PyResult<()> {
        zelf.clear();
        match iterable.given() {
            Some(it) => ops::update(vm, zelf, it),
            None => Ok(()),
        }
    }

    /// Add an element to a set.
    ///
    /// This has no effect if the element is already present.
    #[pymethod]
    fn add(vm: &Vm, zelf: &PySet, object: Ref<'_>) -> PyResult<()> {
        zelf.add(vm, object).map(|_| ())
    }
    /// Remove all elements from this set.
    #[pymethod]
    fn clear(zelf: &PySet) {
        zelf.clear();
    }
    /// Return a shallow copy of a set.
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PySet) -> PyResult<Obj> {
        Ok(ops::plain_copy(vm, zelf)?.into_obj())
    }
    /// Remove an element from a set if it is a member.
    ///
    /// Unlike set.remove(), the discard() method does not raise
    /// an exception when an element is missing from the set.
    #[pymethod]
    fn discard(vm: &Vm, zelf: &PySet, object: Ref<'_>) -> PyResult<()> {
        ops::with_key_hash(vm, object, |h| zelf.discard_hashed(vm, object, h)).map(|_| ())
    }
    /// Remove an element from a set; it must be a member.
    ///
    /// If the element is not a member, raise a KeyError.
    #[pymethod]
    fn remove(vm: &Vm, zelf: &PySet, object: Ref<'_>) -> PyResult<()> {
        let found = ops::with_key_hash(vm, object, |h| zelf.discard_hashed(vm, object, h))?;
        if found { Ok(()) } else { Err(vm.key_error(object)) }
    }
    /// Remove and return an arbitrary set element.
    ///
    /// Raises KeyError if the set is empty.
    #[pymethod]
    fn pop(vm: &Vm, zelf: &PySet) -> PyResult<Obj> {
        zelf.pop().ok_or_else(|| vm.key_error(vm.str("pop from an empty set").r()))
    }
    /// Update the set, adding elements from all others.
    #[pymethod("update(*others)")]
    fn update(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<()> {
        others.iter().try_for_each(|o| ops::update(vm, zelf, *o))
    }
    /// Update the set, removing elements found in others.
    #[pymethod("difference_update(*others)")]
    fn difference_update(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<()> {
        others.iter().try_for_each(|o| ops::difference_update(vm, zelf, *o))
    }
    /// Update the set, keeping only elements found in it and all others.
    #[pymethod("intersection_update(*others)")]
    fn intersection_update(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<()> {
        let new = ops::intersection_of(vm, zelf, others)?;
        zelf.swap_contents(new.set());
        Ok(())
    }
    /// Update the set, keeping only elements found in either set, but not in both.
    #[pymethod]
    fn symmetric_difference_update(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<()> {
        ops::symmetric_difference_update(vm, zelf, other)
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
    #[slot(nb_inplace_or)]
    fn ior(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<Obj> {
        if as_any_set(vm, other).is_none() {
            return not_implemented();
        }
        ops::update(vm, zelf, other)?;
        Ok(zelf.to_obj())
    }
    #[slot(nb_inplace_and)]
    fn iand(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<Obj> {
        if as_any_set(vm, other).is_none() {
            return not_implemented();
        }
        intersection_update(vm, zelf, &[other])?;
        Ok(zelf.to_obj())
    }
    #[slot(nb_inplace_subtract)]
    fn isub(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<Obj> {
        if as_any_set(vm, other).is_none() {
            return not_implemented();
        }
        ops::difference_update(vm, zelf, other)?;
        Ok(zelf.to_obj())
    }
    #[slot(nb_inplace_xor)]
    fn ixor(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<Obj> {
        if as_any_set(vm, other).is_none() {
            return not_implemented();
        }
        ops::symmetric_difference_update(vm, zelf, other)?;
        Ok(zelf.to_obj())
    }
    #[slot(clear)]
    unsafe fn clear_refs(vm: &Vm, p: *const Header) {
        // SAFETY: the collector passes sets.
        unsafe { clear_set(vm, p) }
    }
}
