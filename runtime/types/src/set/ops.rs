//! The algebra of sets. Elements are visited in the order CPython visits them, so that results
//! have the same order.

use krait_object::prelude::*;
use krait_object::set::{PySet, as_any_set, hash_element};

/// Is the object exactly a `set` or `frozenset`?
pub fn exact_any_set(vm: &Vm, o: Ref<'_>) -> bool {
    let ty = o.ty(vm);
    std::ptr::eq(ty, vm.types.set) || std::ptr::eq(ty, vm.types.frozenset)
}

/// `set` or `frozenset`, whichever the object's type derives from.
pub fn base_type<'v>(vm: &'v Vm, s: &PySet) -> &'v PyType {
    let ty = s.r().ty(vm);
    if std::ptr::eq(ty, vm.types.frozenset) || ty.derives_from_base(vm.types.frozenset) { vm.types.frozenset } else { vm.types.set }
}

/// A new empty set of a type, as an object and its storage.
pub struct NewSet(Obj);

impl NewSet {
    pub fn new(vm: &Vm, ty: &PyType) -> PyResult<NewSet> {
        PySet::new_subtype(vm, ty).map(NewSet)
    }
    pub fn set(&self) -> &PySet {
        // SAFETY: made by `new_subtype`, or a copy of a set.
        unsafe { self.0.r().downcast_unchecked() }
    }
    pub fn into_obj(self) -> Obj {
        self.0
    }
}

/// A copy as plain `set` or `frozenset`.
pub fn plain_copy(vm: &Vm, s: &PySet) -> PyResult<NewSet> {
    s.copy(vm, base_type(vm, s)).map(NewSet)
}

/// Calls `f` with every item of an iterable, reading sets and dicts directly.
fn each(vm: &Vm, other: Ref<'_>, mut f: impl FnMut(Ref<'_>, i64) -> PyResult<bool>) -> PyResult<()> {
    if let Some(o) = as_any_set(vm, other) {
        let mut pos = 0;
        while let Some((k, hash)) = o.next_entry(&mut pos) {
            if !f(k.r(), hash)? {
                break;
            }
        }
        return Ok(());
    }
    let it = vm.iter(other)?;
    while let Some(k) = vm.iter_next(it.r())? {
        let hash = hash_element(vm, k.r())?;
        if !f(k.r(), hash)? {
            break;
        }
    }
    Ok(())
}

/// `s.update(other)`.
pub fn update(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<()> {
    if let Some(o) = as_any_set(vm, other) {
        return s.merge(vm, o);
    }
    if let Some(d) = other.downcast_exact::<PyDict>(vm) {
        return s.merge_dict(vm, d);
    }
    let it = vm.iter(other)?;
    while let Some(k) = vm.iter_next(it.r())? {
        s.add(vm, k.r())?;
    }
    Ok(())
}

/// The elements of `s` that are in `other`.
pub fn intersection(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<NewSet> {
    if s.r().ptr_eq(other) {
        return plain_copy(vm, s);
    }
    let result = NewSet::new(vm, base_type(vm, s))?;
    let (mut walk, mut test) = (other, s);
    if let Some(o) = as_any_set(vm, other)
        && o.len() > s.len()
    {
        (walk, test) = (s.r(), o);
    }
    each(vm, walk, |k, hash| {
        if test.contains_hashed(vm, k, hash)? {
            result.set().add_hashed(vm, k, hash)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

/// `s.intersection(*others)`.
pub fn intersection_of(vm: &Vm, s: &PySet, others: &[Ref<'_>]) -> PyResult<NewSet> {
    let Some((first, rest)) = others.split_first() else { return plain_copy(vm, s) };
    let mut result = intersection(vm, s, *first)?;
    for o in rest {
        result = intersection(vm, result.set(), *o)?;
    }
    Ok(result)
}

/// `s.difference_update(other)`.
pub fn difference_update(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<()> {
    if s.r().ptr_eq(other) {
        s.clear();
        return Ok(());
    }
    // A much larger set is cut down to what matters first.
    let mut small = None;
    if let Some(o) = as_any_set(vm, other)
        && o.len() >> 3 > s.len()
    {
        small = Some(intersection(vm, s, other)?.into_obj());
    }
    let other = small.as_ref().map_or(other, Obj::r);
    each(vm, other, |k, hash| s.discard_hashed(vm, k, hash).map(|_| true))?;
    s.compact_after_discards(vm)
}

/// The elements of `s` that are not in `other`.
pub fn difference(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<NewSet> {
    let (set, dict) = (as_any_set(vm, other), other.downcast_exact::<PyDict>(vm));
    let size = match (set, dict) {
        (Some(o), _) => o.len(),
        (_, Some(d)) => d.len(),
        _ => usize::MAX,
    };
    if s.len() >> 2 > size || size == usize::MAX {
        let result = plain_copy(vm, s)?;
        difference_update(vm, result.set(), other)?;
        return Ok(result);
    }
    let result = NewSet::new(vm, base_type(vm, s))?;
    let mut pos = 0;
    while let Some((k, hash)) = s.next_entry(&mut pos) {
        let found = match (set, dict) {
            (Some(o), _) => o.contains_hashed(vm, k.r(), hash)?,
            (_, Some(d)) => d.contains_hashed(vm, k.r(), hash)?,
            _ => false,
        };
        if !found {
            result.set().add_hashed(vm, k.r(), hash)?;
        }
    }
    Ok(result)
}

/// `s.difference(*others)`.
pub fn difference_of(vm: &Vm, s: &PySet, others: &[Ref<'_>]) -> PyResult<NewSet> {
    let Some((first, rest)) = others.split_first() else { return plain_copy(vm, s) };
    let result = difference(vm, s, *first)?;
    for o in rest {
        difference_update(vm, result.set(), *o)?;
    }
    Ok(result)
}

/// `s.symmetric_difference_update(other)`.
pub fn symmetric_difference_update(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<()> {
    if s.r().ptr_eq(other) {
        s.clear();
        return Ok(());
    }
    let toggle = |k: Ref<'_>, hash: i64| -> PyResult<bool> {
        if !s.discard_hashed(vm, k, hash)? {
            s.add_hashed(vm, k, hash)?;
        }
        Ok(true)
    };
    if let Some(d) = other.downcast_exact::<PyDict>(vm) {
        let mut pos = 0;
        while let Some((k, hash, _)) = d.next_hashed(&mut pos) {
            toggle(k.r(), hash)?;
        }
        return Ok(());
    }
    if as_any_set(vm, other).is_some() {
        return each(vm, other, toggle);
    }
    // Items of an iterable may repeat: only what is left of them as a set counts.
    let once = NewSet::new(vm, base_type(vm, s))?;
    update(vm, once.set(), other)?;
    each(vm, once.set().r(), toggle)
}

/// `s.symmetric_difference(other)`.
pub fn symmetric_difference(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<NewSet> {
    let result = NewSet::new(vm, base_type(vm, s))?;
    update(vm, result.set(), other)?;
    symmetric_difference_update(vm, result.set(), s.r())?;
    Ok(result)
}

/// Do the two have no element in common?
pub fn is_disjoint(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<bool> {
    if s.r().ptr_eq(other) {
        return Ok(s.is_empty());
    }
    let (mut walk, mut test) = (other, s);
    if let Some(o) = as_any_set(vm, other)
        && o.len() > s.len()
    {
        (walk, test) = (s.r(), o);
    }
    let mut disjoint = true;
    each(vm, walk, |k, hash| {
        disjoint = !test.contains_hashed(vm, k, hash)?;
        Ok(disjoint)
    })?;
    Ok(disjoint)
}

/// Is every element of `a` in `b`?
pub fn is_subset(vm: &Vm, a: &PySet, b: &PySet) -> PyResult<bool> {
    if a.len() > b.len() {
        return Ok(false);
    }
    let mut pos = 0;
    while let Some((k, hash)) = a.next_entry(&mut pos) {
        if !b.contains_hashed(vm, k.r(), hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `s.issubset(other)`.
pub fn is_subset_of(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<bool> {
    match as_any_set(vm, other) {
        Some(o) => is_subset(vm, s, o),
        None => Ok(intersection(vm, s, other)?.set().len() == s.len()),
    }
}

/// `s.issuperset(other)`.
pub fn is_superset_of(vm: &Vm, s: &PySet, other: Ref<'_>) -> PyResult<bool> {
    if let Some(o) = as_any_set(vm, other) {
        return is_subset(vm, o, s);
    }
    let mut all = true;
    each(vm, other, |k, hash| {
        all = s.contains_hashed(vm, k, hash)?;
        Ok(all)
    })?;
    Ok(all)
}

/// Comparison of sets of either type.
pub fn compare(vm: &Vm, a: &PySet, b: &PySet, op: CmpOp) -> PyResult<bool> {
    let equal = |a: &PySet, b: &PySet| -> PyResult<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        if let (Some(x), Some(y)) = (a.known_hash(), b.known_hash())
            && x != y
        {
            return Ok(false);
        }
        is_subset(vm, a, b)
    };
    match op {
        CmpOp::Eq => equal(a, b),
        CmpOp::Ne => Ok(!equal(a, b)?),
        CmpOp::Le => is_subset(vm, a, b),
        CmpOp::Ge => is_subset(vm, b, a),
        CmpOp::Lt => Ok(a.len() < b.len() && is_subset(vm, a, b)?),
        CmpOp::Gt => Ok(a.len() > b.len() && is_subset(vm, b, a)?),
    }
}

/// Runs `f` with the element's hash. A `set` is unhashable but is looked up as the frozenset of
/// its elements.
pub fn with_key_hash<T>(vm: &Vm, key: Ref<'_>, f: impl FnOnce(i64) -> PyResult<T>) -> PyResult<T> {
    match hash_element(vm, key) {
        Ok(h) => f(h),
        Err(e) => {
            let Some(s) = key.downcast::<PySet>(vm) else { return Err(e) };
            drop(vm.catch(e, vm.types.type_error)?);
            f(s.compute_hash())
        }
    }
}
