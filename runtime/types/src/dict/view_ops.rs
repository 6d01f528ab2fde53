//! Set operations of keys and items views.

use krait_object::iterators::pair;
use krait_object::prelude::*;
use krait_object::set::{PySet, as_any_set};

use super::views::{as_set_like_view, is_set_like_view, items_contain};
use crate::common::not_implemented;
use crate::set::{difference_update, exact_any_set, symmetric_difference_update, update};

fn is_keys(vm: &Vm, view: Ref<'_>) -> bool {
    view.ty(vm).is_subtype(vm.types.dict_keys)
}

/// `item in view`, the view being either kind.
fn contains(vm: &Vm, view: Ref<'_>, item: Ref<'_>) -> PyResult<bool> {
    let Some(v) = as_set_like_view(vm, view) else { return vm.contains(view, item) };
    if is_keys(vm, view) { v.dict.contains(vm, item) } else { items_contain(vm, &v.dict, item) }
}

/// `set(o)`, keys of a plain dict without hashing again.
fn to_set(vm: &Vm, o: Ref<'_>) -> PyResult<Py<PySet>> {
    let set = PySet::new(vm);
    match as_set_like_view(vm, o) {
        Some(v) if is_keys(vm, o) && v.dict.r().is_exact::<PyDict>(vm) => {
            set.merge_dict(vm, &v.dict)?;
        }
        _ => update(vm, &set, o)?,
    }
    Ok(set)
}

fn all_in(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
    let it = vm.iter(a)?;
    while let Some(x) = vm.iter_next(it.r())? {
        if !vm.contains(b, x.r())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Comparison as sets.
pub fn compare(vm: &Vm, a: Ref<'_>, b: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
    if as_any_set(vm, b).is_none() && !is_set_like_view(vm, b) {
        return not_implemented();
    }
    let (m, n) = (vm.len(a)?, vm.len(b)?);
    let r = match op {
        CmpOp::Eq => m == n && all_in(vm, a, b)?,
        CmpOp::Ne => !(m == n && all_in(vm, a, b)?),
        CmpOp::Lt => m < n && all_in(vm, a, b)?,
        CmpOp::Le => m <= n && all_in(vm, a, b)?,
        CmpOp::Gt => m > n && all_in(vm, b, a)?,
        CmpOp::Ge => m >= n && all_in(vm, b, a)?,
    };
    Ok(Obj::bool(r))
}

/// `view.isdisjoint(other)`.
pub fn is_disjoint(vm: &Vm, view: Ref<'_>, other: Ref<'_>) -> PyResult<bool> {
    if view.ptr_eq(other) {
        return Ok(vm.len(view)? == 0);
    }
    let (mut test, mut walk) = (view, other);
    if (exact_any_set(vm, other) || is_set_like_view(vm, other)) && vm.len(other)? > vm.len(view)? {
        (test, walk) = (other, view);
    }
    let it = vm.iter(walk)?;
    while let Some(x) = vm.iter_next(it.r())? {
        if vm.contains(test, x.r())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `a - b`; either may be the view.
pub fn difference(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    let set = to_set(vm, a)?;
    difference_update(vm, &set, b)?;
    Ok(set.into_obj())
}

/// `a & b`; either may be the view.
pub fn intersection(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    let (mut view, mut other) = if is_set_like_view(vm, a) { (a, b) } else { (b, a) };
    let len = vm.len(view)?;
    if other.is_exact::<PySet>(vm) && len <= vm.len(other)? {
        return vm.call_method_str(other, "intersection", &[view]);
    }
    if is_set_like_view(vm, other) && vm.len(other)? > len {
        (view, other) = (other, view);
    }
    let set = PySet::new(vm);
    let it = vm.iter(other)?;
    while let Some(x) = vm.iter_next(it.r())? {
        if contains(vm, view, x.r())? {
            set.add(vm, x.r())?;
        }
    }
    Ok(set.into_obj())
}

/// `a | b`; either may be the view.
pub fn union(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    let set = to_set(vm, a)?;
    update(vm, &set, b)?;
    Ok(set.into_obj())
}

/// `a ^ b`; either may be the view.
pub fn symmetric_difference(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    let items = |o: Ref<'_>| std::ptr::eq(o.ty(vm), vm.types.dict_items);
    if items(a)
        && items(b)
        && let (Some(x), Some(y)) = (as_set_like_view(vm, a), as_set_like_view(vm, b))
    {
        return items_symmetric_difference(vm, &x.dict, &y.dict);
    }
    let set = to_set(vm, a)?;
    symmetric_difference_update(vm, &set, b)?;
    Ok(set.into_obj())
}

/// Of two items views. Values that both dicts share need not be hashable.
fn items_symmetric_difference(vm: &Vm, a: &PyDict, b: &PyDict) -> PyResult<Obj> {
    let rest = a.copy(vm)?;
    let set = PySet::new(vm);
    let mut pos = 0;
    while let Some((k, hash, y)) = b.next_hashed(&mut pos) {
        let x = rest.get_hashed(vm, k.r(), hash)?;
        if let Some(x) = x {
            drop(rest.remove_hashed(vm, k.r(), hash)?);
            if vm.eq(x.r(), y.r())? {
                continue;
            }
            let item = pair(vm, k.clone(), x);
            set.add(vm, item.r())?;
        }
        let item = pair(vm, k, y);
        set.add(vm, item.r())?;
    }
    let mut pos = 0;
    while let Some((k, x)) = rest.next_entry(&mut pos) {
        let item = pair(vm, k, x);
        set.add(vm, item.r())?;
    }
    Ok(set.into_obj())
}
