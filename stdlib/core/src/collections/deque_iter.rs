//! Iterators over deques.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::deque::PyDeque;
use crate::util::{instance, make, no_header};

macro_rules! deque_iterator {
    ($layout:ident, $class:ident, $name:tt, |$len:ident, $i:ident| $at:expr) => {
        #[repr(C)]
        #[derive(Trace)]
        pub struct $layout {
            header: Header,
            deque: Py<PyDeque>,
            #[trace(skip)]
            index: Cell<usize>,
            #[trace(skip)]
            left: Cell<usize>,
            #[trace(skip)]
            changes: Cell<u64>,
        }

        impl $layout {
            fn payload(d: &PyDeque, index: usize) -> $layout {
                let index = index.min(d.len());
                $layout {
                    header: no_header(),
                    deque: d.to_py(),
                    index: Cell::new(index),
                    left: Cell::new(d.len() - index),
                    changes: Cell::new(d.changes()),
                }
            }
            /// An iterator that has given out `index` items already.
            pub fn create(vm: &Vm, d: &PyDeque, index: usize) -> Obj {
                make(vm, Self::payload(d, index)).into_obj()
            }
        }

        #[pyclass(layout = $layout, name = $name, module = "collections", own)]
        pub mod $class {
            use super::*;

            #[pynew(raw)]
            fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
                krait_object::unpack::no_keywords(vm, $name, &args)?;
                krait_object::unpack::check_positional(vm, $name, args.npos(), 1, 2)?;
                let Some(d) = args.pos()[0].downcast::<PyDeque>(vm) else {
                    let got = args.pos()[0].ty(vm).tp_name();
                    return Err(vm.type_error(format!("{}() argument 1 must be collections.deque, not {got}", $name)));
                };
                let index = match args.pos().get(1) {
                    Some(i) => c_ssize_t(vm, *i)?.max(0) as usize,
                    None => 0,
                };
                instance(vm, cls, $layout::payload(d, index))
            }
            #[slot(iter)]
            fn iter(zelf: Ref<'_>) -> Obj {
                zelf.to_obj()
            }
            #[slot(iternext)]
            fn next(vm: &Vm, zelf: &$layout) -> PyResult<Option<Obj>> {
                if zelf.deque.changes() != zelf.changes.get() {
                    zelf.left.set(0);
                    return Err(vm.runtime_error("deque mutated during iteration"));
                }
                let left = zelf.left.get();
                if left == 0 {
                    return Ok(None);
                }
                let ($len, $i) = (zelf.deque.len(), zelf.index.get());
                zelf.left.set(left - 1);
                zelf.index.set($i + 1);
                Ok(zelf.deque.get($at))
            }
            /// Private method returning an estimate of len(list(it)).
            #[pymethod]
            fn __length_hint__(zelf: &$layout) -> usize {
                zelf.left.get()
            }
            /// Return state information for pickling.
            #[pymethod]
            fn __reduce__(vm: &Vm, zelf: &$layout) -> Obj {
                let index = zelf.deque.len().saturating_sub(zelf.left.get());
                let args = vm.tuple(vec![zelf.deque.clone().into_obj(), vm.int_usize(index)]);
                vm.tuple(vec![zelf.r().ty(vm).to_obj(), args])
            }
        }
    };
}

deque_iterator!(PyDequeIter, deque_iterator, "_deque_iterator", |_len, i| i);
deque_iterator!(PyDequeRevIter, deque_reverse_iterator, "_deque_reverse_iterator", |len, i| len.wrapping_sub(i + 1));
