//! What `set` and `frozenset` do alike.

use krait_object::iterators::PySetIter;
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;
use krait_object::set::{PySet, as_any_set};
use krait_object::str::StrBuilder;

use super::ops::*;
use crate::common::not_implemented;

pub fn iter(vm: &Vm, s: &PySet) -> Obj {
    PySetIter::new(vm, s.to_obj(), s).into_obj()
}

pub fn repr(vm: &Vm, s: &PySet) -> PyResult<Obj> {
    let name = s.r().ty(vm).name_lossy();
    let Some(_guard) = repr_enter(vm, s.r()) else { return Ok(vm.text(format!("{name}(...)"))) };
    if s.is_empty() {
        return Ok(vm.text(format!("{name}()")));
    }
    let items = vm.list(s.to_vec());
    let text = vm.repr(items.r())?;
    let mut out = StrBuilder::new();
    let bare = s.r().is_exact::<PySet>(vm);
    if !bare {
        out.push_str(&name);
        out.push_str("(");
    }
    out.push_str("{");
    out.push_range(&text, 1, text.len() - 1);
    out.push_str(if bare { "}" } else { "})" });
    Ok(out.finish(vm).into_obj())
}

pub fn richcompare(vm: &Vm, a: &PySet, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
    match as_any_set(vm, other) {
        Some(b) => compare(vm, a, b, op).map(Obj::bool),
        None => not_implemented(),
    }
}

pub fn contains(vm: &Vm, s: &PySet, key: Ref<'_>) -> PyResult<bool> {
    with_key_hash(vm, key, |h| s.contains_hashed(vm, key, h))
}

pub fn union(vm: &Vm, s: &PySet, others: &[Ref<'_>]) -> PyResult<Obj> {
    let result = plain_copy(vm, s)?;
    for o in others {
        if !s.r().ptr_eq(*o) {
            update(vm, result.set(), *o)?;
        }
    }
    Ok(result.into_obj())
}

/// Both operands as sets, or `None` for NotImplemented.
fn both<'a>(vm: &Vm, a: Ref<'a>, b: Ref<'a>) -> Option<(&'a PySet, &'a PySet)> {
    Some((as_any_set(vm, a)?, as_any_set(vm, b)?))
}

pub fn nb_or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    match both(vm, a, b) {
        Some((x, _)) => union(vm, x, &[b]),
        None => not_implemented(),
    }
}
pub fn nb_and(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    match both(vm, a, b) {
        Some((x, _)) => Ok(intersection(vm, x, b)?.into_obj()),
        None => not_implemented(),
    }
}
pub fn nb_sub(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    match both(vm, a, b) {
        Some((x, _)) => Ok(difference(vm, x, b)?.into_obj()),
        None => not_implemented(),
    }
}
pub fn nb_xor(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    match both(vm, a, b) {
        Some((x, _)) => Ok(symmetric_difference(vm, x, b)?.into_obj()),
        None => not_implemented(),
    }
}

pub fn reduce(vm: &Vm, s: &PySet) -> PyResult<Obj> {
    let state = vm.call_method(s.r(), vm.names().__getstate__, &[])?;
    let args = vm.tuple(vec![vm.list(s.to_vec())]);
    Ok(vm.tuple(vec![s.r().ty(vm).to_obj(), args, state]))
}

/// Declares a set type: the methods both types share and the given further items.
macro_rules! set_class {
    ($(#[$doc:meta])* $module:ident, ($($options:tt)*), { $($more:tt)* }) => {
        $(#[$doc])*
        #[krait_macros::pyclass($($options)*)]
        pub mod $module {
            use super::*;
            $($more)*

            /// x.__contains__(y) <==> y in x.
            #[pymethod(coexist)]
            fn __contains__(vm: &Vm, zelf: &PySet, object: Ref<'_>) -> PyResult<bool> {
                $crate::set::shared::contains(vm, zelf, object)
            }
            /// Return a new set with elements in the set that are not in the others.
            #[pymethod("difference(*others)")]
            fn difference(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<Obj> {
                Ok($crate::set::ops::difference_of(vm, zelf, others)?.into_obj())
            }
            /// Return a new set with elements common to the set and all others.
            #[pymethod("intersection(*others)")]
            fn intersection(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<Obj> {
                Ok($crate::set::ops::intersection_of(vm, zelf, others)?.into_obj())
            }
            /// Return True if two sets have a null intersection.
            #[pymethod]
            fn isdisjoint(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<bool> {
                $crate::set::ops::is_disjoint(vm, zelf, other)
            }
            /// Report whether another set contains this set.
            #[pymethod]
            fn issubset(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<bool> {
                $crate::set::ops::is_subset_of(vm, zelf, other)
            }
            /// Report whether this set contains another set.
            #[pymethod]
            fn issuperset(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<bool> {
                $crate::set::ops::is_superset_of(vm, zelf, other)
            }
            /// Return a new set with elements in either the set or other but not both.
            #[pymethod]
            fn symmetric_difference(vm: &Vm, zelf: &PySet, other: Ref<'_>) -> PyResult<Obj> {
                Ok($crate::set::ops::symmetric_difference(vm, zelf, other)?.into_obj())
            }
            /// Return a new set with elements from the set and all others.
            #[pymethod("union(*others)")]
            fn union(vm: &Vm, zelf: &PySet, others: &[Ref<'_>]) -> PyResult<Obj> {
                $crate::set::shared::union(vm, zelf, others)
            }
            /// Return state information for pickling.
            #[pymethod]
            fn __reduce__(vm: &Vm, zelf: &PySet) -> PyResult<Obj> {
                $crate::set::shared::reduce(vm, zelf)
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
                $crate::set::shared::repr(vm, zelf)
            }
            #[slot(richcompare)]
            fn richcompare(vm: &Vm, zelf: &PySet, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
                $crate::set::shared::richcompare(vm, zelf, other, op)
            }
            #[slot(iter)]
            fn iter(vm: &Vm, zelf: &PySet) -> Obj {
                $crate::set::shared::iter(vm, zelf)
            }
            #[slot(sq_length)]
            fn len(zelf: &PySet) -> usize {
                zelf.len()
            }
            #[slot(sq_contains)]
            fn contains(vm: &Vm, zelf: &PySet, key: Ref<'_>) -> PyResult<bool> {
                $crate::set::shared::contains(vm, zelf, key)
            }
            #[slot(nb_or)]
            fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                $crate::set::shared::nb_or(vm, a, b)
            }
            #[slot(nb_and)]
            fn and(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                $crate::set::shared::nb_and(vm, a, b)
            }
            #[slot(nb_subtract)]
            fn sub(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                $crate::set::shared::nb_sub(vm, a, b)
            }
            #[slot(nb_xor)]
            fn xor(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                $crate::set::shared::nb_xor(vm, a, b)
            }
            #[slot(traverse)]
            unsafe fn traverse(p: *const Header, v: &mut krait_object::gc::Visitor<'_>) {
                // SAFETY: the collector passes sets.
                unsafe { krait_object::set::traverse_set(p, v) }
            }
        }
    };
}
pub(crate) use set_class;
