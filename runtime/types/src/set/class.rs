//! The `set` type.

use krait_object::prelude::*;
use krait_object::set::{PySet, as_any_set, clear_set, dealloc_set};

use super::ops;
use super::shared::set_class;
use crate::common::not_implemented;

set_class! {
    /// Build an unordered collection of unique elements.
    set, ("set", layout = PySet, table = set, dealloc = dealloc_set, weakref, unhashable, flags(BASETYPE, MATCH_SELF)), {
    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        PySet::new_subtype(vm, cls)
    }
    // Unlike other constructors, this one takes no keywords for subclasses either.
    #[pyinit("set(iterable=(), /)", raw)]
    fn init(vm: &Vm, zelf: &PySet, args: Args<'_>) -> PyResult<()> {
        krait_object::unpack::no_keywords(vm, "set", &args)?;
        krait_object::unpack::check_positional(vm, &zelf.r().ty(vm).tp_name(), args.npos(), 0, 1)?;
        zelf.clear();
        args.pos().first().map_or(Ok(()), |it| ops::update(vm, zelf, *it))
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
}
