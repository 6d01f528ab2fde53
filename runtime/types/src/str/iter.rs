//! `str_iterator` and `str_ascii_iterator`.

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_object::text_iters::PyStrIter;

use crate::common::{reduce_iter, state_index};

/// The text, still held while the iterator is not exhausted.
fn text(it: &PyStrIter) -> Option<Py<PyStr>> {
    let s = it.text.take();
    it.text.set(s.clone());
    s
}

fn length_hint(it: &PyStrIter) -> usize {
    text(it).map_or(0, |s| s.len().saturating_sub(it.index.get()))
}

fn reduce(vm: &Vm, it: &PyStrIter) -> PyResult<Obj> {
    reduce_iter(vm, || match text(it) {
        Some(s) => (s.into_obj(), Some(it.index.get())),
        None => (PyStr::empty(vm).to_obj(), None),
    })
}

fn setstate(vm: &Vm, it: &PyStrIter, state: Ref<'_>) -> PyResult<()> {
    let i = state_index(vm, state)?;
    if let Some(s) = text(it) {
        it.index.set((i.max(0) as usize).min(s.len()));
    }
    Ok(())
}

macro_rules! str_iter {
    ($module:ident, $name:literal) => {
        #[pyclass($name, layout = PyStrIter, table = $module, no_gc)]
        pub mod $module {
            use super::*;

            #[slot(iter)]
            fn iter(zelf: &PyStrIter) -> Obj {
                zelf.to_obj()
            }
            #[slot(iternext)]
            fn next(vm: &Vm, zelf: &PyStrIter) -> Option<Obj> {
                zelf.step(vm)
            }
            /// Private method returning an estimate of len(list(it)).
            #[pymethod]
            fn __length_hint__(zelf: &PyStrIter) -> usize {
                length_hint(zelf)
            }
            /// Return state information for pickling.
            #[pymethod]
            fn __reduce__(vm: &Vm, zelf: &PyStrIter) -> PyResult<Obj> {
                reduce(vm, zelf)
            }
            /// Set state information for unpickling.
            #[pymethod]
            fn __setstate__(vm: &Vm, zelf: &PyStrIter, state: Ref<'_>) -> PyResult<()> {
                setstate(vm, zelf, state)
            }
        }
    };
}
str_iter!(str_iterator, "str_iterator");
str_iter!(str_ascii_iterator, "str_ascii_iterator");
