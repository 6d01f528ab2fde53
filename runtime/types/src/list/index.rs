//! Subscription of lists: items, slices, and assignment to both.
//!
//! Positions are computed before the list is looked at, and its length is read again after every
//! call that may run Python code (`__index__`, iteration of the assigned value).

use krait_object::prelude::*;
use krait_object::protocol::SliceIndices;
use krait_object::slice::PySlice;

use crate::common::{sequence_fast, vec_for};

/// `list[key]`.
#[inline]
pub fn subscript(vm: &Vm, list: &PyList, key: Ref<'_>) -> PyResult<Obj> {
    if let Some(i) = key.value().as_int() {
        let at = if i < 0 { i.wrapping_add(list.len() as i64) } else { i };
        if let Some(v) = list.get(at as usize) {
            return Ok(v);
        }
        return Err(vm.index_error("list index out of range"));
    }
    subscript_slow(vm, list, key)
}

#[inline(never)]
fn subscript_slow(vm: &Vm, list: &PyList, key: Ref<'_>) -> PyResult<Obj> {
    if let Some(s) = key.downcast_exact::<PySlice>(vm) {
        let (start, stop, step) = s.unpack(vm)?;
        let at = SliceIndices::adjust(start, stop, step, list.len());
        return slice(vm, list, at);
    }
    let i = position(vm, list, key)?;
    i.and_then(|i| list.get(i)).ok_or_else(|| vm.index_error("list index out of range"))
}

/// The position an index object means; `None` if before the start.
fn position(vm: &Vm, list: &PyList, key: Ref<'_>) -> PyResult<Option<usize>> {
    if !vm.has_index(key) {
        let text = format!("list indices must be integers or slices, not {}", key.ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    let i = vm.index_isize(key, vm.types.index_error)?;
    let i = if i < 0 { i + list.len() as isize } else { i };
    Ok(usize::try_from(i).ok())
}

/// The selected items as a new list.
pub fn slice(vm: &Vm, list: &PyList, at: SliceIndices) -> PyResult<Obj> {
    let mut out = vec_for(vm, at.count)?;
    // SAFETY: cloning items runs no Python code.
    let items = unsafe { list.as_slice() };
    if at.step == 1 {
        out.extend_from_slice(&items[at.start as usize..at.start as usize + at.count]);
    } else {
        out.extend(at.iter().map(|i| items[i].clone()));
    }
    Ok(vm.list(out))
}

/// `list[key] = value` and `del list[key]`.
#[inline]
pub fn ass_subscript(vm: &Vm, list: &PyList, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    if let Some(s) = key.downcast_exact::<PySlice>(vm) {
        return ass_slice(vm, list, s, value);
    }
    let i = position(vm, list, key)?;
    ass_item(vm, list, i, value)
}

/// Assigns to or deletes the item at a position.
pub fn ass_item(vm: &Vm, list: &PyList, i: Option<usize>, value: Option<Ref<'_>>) -> PyResult<()> {
    let done = match (i, value) {
        (None, _) => None,
        (Some(i), Some(v)) => list.set(i, v.to_obj()).ok(),
        (Some(i), None) => list.remove(i),
    };
    match done {
        Some(old) => {
            drop(old);
            if value.is_none() { list.shrink(vm) } else { Ok(()) }
        }
        None => Err(vm.index_error("list assignment index out of range")),
    }
}

fn ass_slice(vm: &Vm, list: &PyList, s: &PySlice, value: Option<Ref<'_>>) -> PyResult<()> {
    let (start, stop, step) = s.unpack(vm)?;
    ass_range(vm, list, start, stop, step, value)
}

/// As `list[start:stop:step] = value`, or deletion, with the ends as [`PySlice::unpack`] gives them.
pub fn ass_range(vm: &Vm, list: &PyList, start: isize, stop: isize, step: isize, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(value) = value else {
        let at = SliceIndices::adjust(start, stop, step, list.len());
        drop(delete_slice(vm, list, at)?);
        return Ok(());
    };
    let new = sequence_fast(vm, value, "must assign iterable to extended slice")?;
    if step == 1 {
        let at = SliceIndices::adjust(start, stop, step, list.len());
        let from = at.start as usize;
        drop(list.splice(from, from + at.count, new));
        return Ok(());
    }
    let at = SliceIndices::adjust(start, stop, step, list.len());
    if new.len() != at.count {
        return Err(vm.value_error(format!("attempt to assign sequence of size {} to extended slice of size {}", new.len(), at.count)));
    }
    let mut old = vec_for(vm, at.count)?;
    for (i, v) in at.iter().zip(new) {
        match list.set(i, v) {
            Ok(o) | Err(o) => old.push(o),
        }
    }
    drop(old);
    Ok(())
}

/// Takes the selected items out.
fn delete_slice(vm: &Vm, list: &PyList, at: SliceIndices) -> PyResult<Vec<Obj>> {
    if at.count == 0 {
        return Ok(Vec::new());
    }
    if at.step == 1 {
        let from = at.start as usize;
        let removed = list.splice(from, from + at.count, Vec::new());
        list.shrink(vm)?;
        return Ok(removed);
    }
    // Walk upwards, whichever way the slice goes.
    let (first, step) =
        if at.step < 0 { (at.start + at.step * (at.count as isize - 1), at.step.unsigned_abs()) } else { (at.start, at.step as usize) };
    let mut removed = vec_for(vm, at.count)?;
    let all = list.take();
    let mut kept = Vec::with_capacity(all.len() - at.count);
    let mut next = first as usize;
    for (i, item) in all.into_iter().enumerate() {
        if i == next && removed.len() < at.count {
            removed.push(item);
            next = next.saturating_add(step);
        } else {
            kept.push(item);
        }
    }
    list.install(kept);
    Ok(removed)
}
