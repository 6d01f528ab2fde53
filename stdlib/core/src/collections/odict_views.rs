//! `odict_keys`, `odict_values`, `odict_items`: the views of dicts with iterators of their own.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_types::dict::PyDictView;

use super::odict::PyODict;
use super::odict_iter::{PyODictIter, What};
use crate::util::make;

macro_rules! odict_view {
    ($layout:ident, $class:ident, $name:tt, $base:ident, $what:expr) => {
        #[repr(C)]
        #[derive(Trace)]
        pub struct $layout {
            view: PyDictView,
        }

        impl $layout {
            pub fn create(vm: &Vm, d: &PyDict) -> Obj {
                make(vm, $layout { view: PyDictView::payload(d) }).into_obj()
            }
            fn iterate(&self, vm: &Vm, reverse: bool) -> PyResult<Obj> {
                match self.view.dict.r().downcast::<PyODict>(vm) {
                    Some(od) => Ok(PyODictIter::create(vm, od, $what, reverse)),
                    None => Err(vm.type_error("the view is not of an OrderedDict")),
                }
            }
        }

        #[pyclass(layout = $layout, name = $name, own, base = $base, unhashable, flags(DISALLOW_INSTANTIATION))]
        pub mod $class {
            use super::*;

            #[slot(iter)]
            fn iter(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                zelf.iterate(vm, false)
            }
            #[pymethod]
            fn __reversed__(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                zelf.iterate(vm, true)
            }
        }
    };
}

odict_view!(PyODictKeys, odict_keys, "odict_keys", dict_keys, What::Keys);
odict_view!(PyODictItems, odict_items, "odict_items", dict_items, What::Items);
odict_view!(PyODictValues, odict_values, "odict_values", dict_values, What::Values);
