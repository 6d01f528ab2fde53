//! `list`, its iterators, and sorting.

mod class;
pub mod index;
mod iters;
mod sort;
mod timsort;

use krait_object::prelude::*;
use krait_object::range::PyRange;

pub use index::{ass_subscript, slice as list_slice, subscript};
pub use sort::{sort_items, sort_list};

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&class::list::DEF, &iters::list_iterator::DEF, &iters::list_reverseiterator::DEF];

/// `list.extend(iterable)`. What was taken before an error stays.
pub fn extend(vm: &Vm, list: &PyList, iterable: Ref<'_>) -> PyResult<()> {
    if iterable.ptr_eq(list.r()) || iterable.is_exact::<PyList>(vm) {
        // SAFETY: an exact list, or the list itself.
        let items = unsafe { iterable.downcast_unchecked::<PyList>() }.to_vec();
        return list.extend(vm, items.into_iter());
    }
    if let Some(t) = iterable.downcast_exact::<PyTuple>(vm) {
        return list.extend(vm, t.as_slice().iter().cloned());
    }
    if let Some(r) = iterable.downcast_exact::<PyRange>(vm)
        && r.big.is_none()
        && r.len <= 1 << 40
    {
        let (start, step) = (r.start, r.step);
        return list.extend(vm, (0..r.len as usize).map(|i| vm.int_i64(start.wrapping_add((i as i64).wrapping_mul(step)))));
    }
    let it = vm.iter(iterable)?;
    let hint = vm.length_hint(iterable, 8)?;
    // What claims to be too long for the memory is not even begun; a length that does not even fit
    // behind the items there are is taken for a lie.
    let total = list.len().saturating_add(hint);
    if hint > 0 && (list.is_empty() || (hint > 1 << 24 && total <= isize::MAX as usize)) {
        list.reserve_exact(vm, total)?;
    }
    extend_from_iterator(vm, list, it.r())?;
    list.shrink(vm)
}

/// Appends what is left of an iterator.
pub fn extend_from_iterator(vm: &Vm, list: &PyList, it: Ref<'_>) -> PyResult<()> {
    while let Some(v) = vm.iter_next(it)? {
        list.push(vm, v)?;
    }
    Ok(())
}
