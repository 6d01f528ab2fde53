//! The six iterators over dicts.

use krait_macros::pyclass;
use krait_object::iterators::{PyDictIter, peek_py, reuse_pair};
use krait_object::prelude::*;

use crate::common::reduce_iter;

/// How many items are left, 0 once the dict changed.
fn length_hint(it: &PyDictIter) -> usize {
    match peek_py(&it.dict) {
        Some(d) if d.len() == it.used.get() => it.len.get(),
        _ => 0,
    }
}

/// `(iter, ([remaining items],))`; the iterator itself stays where it is.
fn reduce(vm: &Vm, it: &PyDictIter) -> PyResult<Obj> {
    let saved = (it.pos.get(), it.len.get(), it.used.get());
    let dict = peek_py(&it.dict);
    let mut items = Vec::new();
    let next = it.r().ty(vm).slots.iternext.get();
    let result = loop {
        match next.map(|f| f(vm, it.r())) {
            Some(Ok(Some(v))) => items.push(v),
            Some(Err(e)) => break Err(e),
            Some(Ok(None)) | None => break Ok(()),
        }
    };
    it.pos.set(saved.0);
    it.len.set(saved.1);
    it.used.set(saved.2);
    drop(it.dict.replace(dict));
    result?;
    reduce_iter(vm, || (vm.list(items), None))
}

macro_rules! iterator {
    ($name:ident, $text:literal, |$vm:ident, $it:ident| $next:expr) => {
        #[pyclass($text, layout = PyDictIter, table = $name, flags(DISALLOW_INSTANTIATION))]
        pub mod $name {
            use super::*;

            #[slot(iter)]
            fn iter(zelf: Ref<'_>) -> Obj {
                zelf.to_obj()
            }
            #[slot(iternext)]
            fn next($vm: &Vm, $it: &PyDictIter) -> PyResult<Option<Obj>> {
                $next
            }
            /// Private method returning an estimate of len(list(it)).
            #[pymethod]
            fn __length_hint__(zelf: &PyDictIter) -> usize {
                length_hint(zelf)
            }
            /// Return state information for pickling.
            #[pymethod]
            fn __reduce__(vm: &Vm, zelf: &PyDictIter) -> PyResult<Obj> {
                reduce(vm, zelf)
            }
        }
    };
}

iterator!(dict_keyiterator, "dict_keyiterator", |vm, it| it.next_key(vm));
iterator!(dict_valueiterator, "dict_valueiterator", |vm, it| it.next_value(vm));
iterator!(dict_itemiterator, "dict_itemiterator", |vm, it| it.next_item(vm));
iterator!(dict_reversekeyiterator, "dict_reversekeyiterator", |vm, it| Ok(it.prev_entry(vm)?.map(|e| e.0)));
iterator!(dict_reversevalueiterator, "dict_reversevalueiterator", |vm, it| Ok(it.prev_entry(vm)?.map(|e| e.1)));
iterator!(dict_reverseitemiterator, "dict_reverseitemiterator", |vm, it| {
    Ok(it.prev_entry(vm)?.map(|(k, v)| reuse_pair(vm, &it.pair, k, v).into_obj()))
});
