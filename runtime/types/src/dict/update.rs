//! Filling dicts from mappings, pairs and keyword arguments.

use krait_object::dict::Merge;
use krait_object::prelude::*;
use krait_object::set::as_any_set;

use crate::set::exact_any_set;

/// Does the object iterate as plain dicts do, so that its storage may be read directly?
fn plain_iteration(vm: &Vm, o: Ref<'_>) -> bool {
    match (o.ty(vm).slots.iter.get(), vm.types.dict.slots.iter.get()) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        _ => false,
    }
}

/// `dict.update(other)`.
pub fn update(vm: &Vm, d: &PyDict, other: Ref<'_>) -> PyResult<()> {
    if let Some(o) = other.downcast_exact::<PyDict>(vm) {
        return d.merge(vm, o, Merge::Override);
    }
    match vm.getattr_opt(other, vm.names().keys)? {
        Some(_) => merge_mapping(vm, d, other, Merge::Override),
        None => merge_pairs(vm, d, other),
    }
}

/// Adds the items of a mapping: a dict, or anything with `keys()` and `__getitem__`.
pub fn merge_mapping(vm: &Vm, d: &PyDict, other: Ref<'_>, mode: Merge) -> PyResult<()> {
    if let Some(o) = other.downcast::<PyDict>(vm)
        && plain_iteration(vm, other)
    {
        return d.merge(vm, o, mode);
    }
    let keys = vm.call_method(other, vm.names().keys, &[])?;
    let it = vm.iter(keys.r())?;
    while let Some(key) = vm.iter_next(it.r())? {
        if mode != Merge::Override && d.contains(vm, key.r())? {
            if mode == Merge::Unique {
                return Err(vm.key_error(key.r()));
            }
            continue;
        }
        let value = vm.getitem(other, key.r())?;
        d.set_owned(vm, key, value)?;
    }
    Ok(())
}

/// Adds key-value pairs.
pub fn merge_pairs(vm: &Vm, d: &PyDict, pairs: Ref<'_>) -> PyResult<()> {
    let it = vm.iter(pairs)?;
    let mut i = 0usize;
    while let Some(item) = vm.iter_next(it.r())? {
        if let Some([k, v]) = item.r().downcast_exact::<PyTuple>(vm).map(PyTuple::as_slice) {
            d.set(vm, k.r(), v.r())?;
            i += 1;
            continue;
        }
        let pair = match crate::common::sequence_fast(vm, item.r(), "object is not iterable") {
            Ok(p) => p,
            Err(e) => return Err(note_element(vm, e, i)),
        };
        let [k, v] = pair.as_slice() else {
            let text = format!("dictionary update sequence element #{i} has length {}; 2 is required", pair.len());
            return Err(vm.value_error(text));
        };
        d.set(vm, k.r(), v.r())?;
        i += 1;
    }
    Ok(())
}

/// Adds a note on which element was no pair to a TypeError.
#[cold]
fn note_element(vm: &Vm, e: krait_object::error::Raised, i: usize) -> krait_object::error::Raised {
    if !vm.raised_is(vm.types.type_error) {
        return e;
    }
    let exc = vm.take_raised(e);
    let note = vm.text(format!("Cannot convert dictionary update sequence element #{i} to a sequence"));
    match vm.call_method_str(exc.r(), "add_note", &[note.r()]) {
        Ok(_) => vm.raise_as_is(exc),
        Err(e) => e,
    }
}

/// The work of `dict()` and `dict.update()`: at most one positional argument, then keywords.
pub fn update_from_args(vm: &Vm, name: &str, d: &PyDict, args: Args<'_>) -> PyResult<()> {
    krait_object::unpack::check_positional(vm, name, args.npos(), 0, 1)?;
    if let [other] = args.pos() {
        update(vm, d, *other)?;
    }
    for (k, v) in args.kwargs() {
        d.set_str(vm, k, v.to_obj())?;
    }
    Ok(())
}

/// `dict == dict`.
pub fn equal(vm: &Vm, a: &PyDict, b: &PyDict) -> PyResult<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    let mut pos = 0;
    while let Some((k, hash, x)) = a.next_hashed(&mut pos) {
        let Some(y) = b.get_hashed(vm, k.r(), hash)? else { return Ok(false) };
        if !crate::common::fast_eq(vm, x.r(), y.r())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `dict.fromkeys(iterable, value)` on `cls`.
pub fn from_keys(vm: &Vm, cls: &PyType, iterable: Ref<'_>, value: Ref<'_>) -> PyResult<Obj> {
    let new = vm.call0(cls.r())?;
    if let Some(d) = new.r().downcast_exact::<PyDict>(vm) {
        if let Some(src) = iterable.downcast_exact::<PyDict>(vm) {
            let mut pos = 0;
            while let Some((k, hash, _)) = src.next_hashed(&mut pos) {
                d.set_hashed(vm, k.r(), hash, value.to_obj())?;
            }
            return Ok(new);
        }
        if let Some(src) = as_any_set(vm, iterable).filter(|_| exact_any_set(vm, iterable)) {
            let mut pos = 0;
            while let Some((k, hash)) = src.next_entry(&mut pos) {
                d.set_hashed(vm, k.r(), hash, value.to_obj())?;
            }
            return Ok(new);
        }
        let it = vm.iter(iterable)?;
        while let Some(k) = vm.iter_next(it.r())? {
            d.set(vm, k.r(), value)?;
        }
        return Ok(new);
    }
    let it = vm.iter(iterable)?;
    while let Some(k) = vm.iter_next(it.r())? {
        vm.setitem(new.r(), k.r(), value)?;
    }
    Ok(new)
}
