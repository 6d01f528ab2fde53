//! `_bisect`.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// Item `i` of the sequence.
#[inline(always)]
fn item(vm: &Vm, a: Ref<'_>, i: isize) -> PyResult<Obj> {
    if let Some(l) = a.downcast_exact::<PyList>(vm)
        && let Some(v) = l.get(i as usize)
    {
        return Ok(v);
    }
    vm.sequence_item(a, i)
}

/// First position in `lo..hi` where `x` may be inserted: behind its equals, or before them.
fn search(vm: &Vm, a: Ref<'_>, x: Ref<'_>, lo: isize, hi: Option<Ref<'_>>, key: Option<Ref<'_>>, right: bool) -> PyResult<isize> {
    if lo < 0 {
        return Err(vm.value_error("lo must be non-negative"));
    }
    let hi = match hi {
        Some(h) => match vm.index_isize(h, vm.types.overflow_error)? {
            -1 => vm.len(a)? as isize,
            h => h,
        },
        None => vm.len(a)? as isize,
    };
    let (mut lo, mut hi) = (lo, hi);
    while lo < hi {
        let mid = ((lo as usize + hi as usize) / 2) as isize;
        let mut v = item(vm, a, mid)?;
        if let Some(k) = key {
            v = vm.call1(k, v.r())?;
        }
        let left_half = if right { vm.lt(x, v.r())? } else { !vm.lt(v.r(), x)? };
        if left_half {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    Ok(lo)
}

fn insert(vm: &Vm, a: Ref<'_>, x: Ref<'_>, lo: isize, hi: Option<Ref<'_>>, key: Option<Ref<'_>>, right: bool) -> PyResult<()> {
    let at = match key {
        Some(k) => {
            let kx = vm.call1(k, x)?;
            search(vm, a, kx.r(), lo, hi, key, right)?
        }
        None => search(vm, a, x, lo, hi, None, right)?,
    };
    if let Some(l) = a.downcast_exact::<PyList>(vm) {
        return l.insert(vm, at as usize, x.to_obj());
    }
    drop(vm.call_method_str(a, "insert", &[vm.int_i64(at as i64).r(), x])?);
    Ok(())
}

/// Bisection algorithms.
///
/// This module provides support for maintaining a list in sorted order without
/// having to sort the list after each insertion. For long lists of items with
/// expensive comparison operations, this can be an improvement over the more
/// common approach.
///
#[pymodule(name = "_bisect")]
pub mod bisect {
    use super::*;

    /// Return the index where to insert item x in list a, assuming a is sorted.
    ///
    /// The return value i is such that all e in a[:i] have e <= x, and all e in
    /// a[i:] have e > x.  So if x already appears in the list, a.insert(i, x) will
    /// insert just after the rightmost x already there.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the
    /// slice of a to be searched.
    ///
    /// A custom key function can be supplied to customize the sort order.
    #[pyfunction("bisect_right(a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_right(vm: &Vm, a: Ref<'_>, x: Ref<'_>, lo: isize, hi: Option<Ref<'_>>, key: Option<Ref<'_>>) -> PyResult<isize> {
        search(vm, a, x, lo, hi, key, true)
    }
    /// Insert item x in list a, and keep it sorted assuming a is sorted.
    ///
    /// If x is already in a, insert it to the right of the rightmost x.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the
    /// slice of a to be searched.
    ///
    /// A custom key function can be supplied to customize the sort order.
    #[pyfunction("insort_right(a, x, lo=0, hi=None, *, key=None)")]
    fn insort_right(vm: &Vm, a: Ref<'_>, x: Ref<'_>, lo: isize, hi: Option<Ref<'_>>, key: Option<Ref<'_>>) -> PyResult<()> {
        insert(vm, a, x, lo, hi, key, true)
    }
    /// Return the index where to insert item x in list a, assuming a is sorted.
    ///
    /// The return value i is such that all e in a[:i] have e < x, and all e in
    /// a[i:] have e >= x.  So if x already appears in the list, a.insert(i, x) will
    /// insert just before the leftmost x already there.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the
    /// slice of a to be searched.
    ///
    /// A custom key function can be supplied to customize the sort order.
    #[pyfunction("bisect_left(a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_left(vm: &Vm, a: Ref<'_>, x: Ref<'_>, lo: isize, hi: Option<Ref<'_>>, key: Option<Ref<'_>>) -> PyResult<isize> {
        search(vm, a, x, lo, hi, key, false)
    }
    /// Insert item x in list a, and keep it sorted assuming a is sorted.
    ///
    /// If x is already in a, insert it to the left of the leftmost x.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the
    /// slice of a to be searched.
    ///
    /// A custom key function can be supplied to customize the sort order.
    #[pyfunction("insort_left(a, x, lo=0, hi=None, *, key=None)")]
    fn insort_left(vm: &Vm, a: Ref<'_>, x: Ref<'_>, lo: isize, hi: Option<Ref<'_>>, key: Option<Ref<'_>>) -> PyResult<()> {
        insert(vm, a, x, lo, hi, key, false)
    }
}
