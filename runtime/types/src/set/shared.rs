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
