//! Counting for `collections.Counter`.

use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

/// Adds one to the count of each item of `iterable`.
pub fn count_elements(vm: &Vm, mapping: Ref<'_>, iterable: Ref<'_>) -> PyResult<()> {
    let it = vm.iter(iterable)?;
    match mapping.downcast::<PyDict>(vm).filter(|_| behaves_as_dict(vm, mapping)) {
        Some(d) => count_in_dict(vm, d, it.r()),
        None => count_in_mapping(vm, mapping, it.r()),
    }
}

/// Are `get` and `__setitem__` those of `dict`?
fn behaves_as_dict(vm: &Vm, mapping: Ref<'_>) -> bool {
    let (ty, dict) = (mapping.ty(vm), vm.types.dict);
    let names = vm.names();
    [names.get, names.__setitem__].into_iter().all(|name| match (ty.lookup(vm, name), dict.lookup(vm, name)) {
        (Some(a), Some(b)) => a.is(b.r()),
        _ => false,
    })
}

fn plus_one(vm: &Vm, old: Ref<'_>) -> PyResult<Obj> {
    match old.value().as_int() {
        Some(i) => Ok(vm.int_i64(i + 1)),
        None => vm.binary(BinOp::Add, old, Obj::small(1).r()),
    }
}

fn count_in_dict(vm: &Vm, d: &PyDict, it: Ref<'_>) -> PyResult<()> {
    while let Some(key) = vm.iter_next(it)? {
        if let (Some(s), true) = (key.r().as_exact_str(vm), d.has_str_keys())
            && let Some(i) = d.lookup_index_str(vm, s)
        {
            // SAFETY: the index was found right now and nothing ran since.
            let old = unsafe { Ref::from_value_unchecked(d.entry_value(i)) }.to_obj();
            if old.value().is_int() {
                let new = plus_one(vm, old.r())?;
                // SAFETY: adding one to an immediate integer runs no other code.
                drop(unsafe { d.replace_entry_value(vm, i, new) });
                continue;
            }
        }
        let hash = krait_object::dict::hash_key(vm, key.r())?;
        let new = match d.get_hashed(vm, key.r(), hash)? {
            Some(old) => plus_one(vm, old.r())?,
            None => Obj::small(1),
        };
        d.set_hashed(vm, key.r(), hash, new)?;
    }
    Ok(())
}

fn count_in_mapping(vm: &Vm, mapping: Ref<'_>, it: Ref<'_>) -> PyResult<()> {
    let get = vm.getattr(mapping, vm.names().get)?;
    let zero = Obj::small(0);
    while let Some(key) = vm.iter_next(it)? {
        let old = vm.call(get.r(), &[key.r(), zero.r()])?;
        let new = plus_one(vm, old.r())?;
        vm.setitem(mapping, key.r(), new.r())?;
    }
    Ok(())
}
