//! `zip_longest`.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use crate::util::{instance, no_header};

#[repr(C)]
#[derive(Trace)]
pub struct PyZipLongest {
    header: Header,
    /// `None` once exhausted.
    iters: RefCell<Vec<Option<Obj>>>,
    fill: Obj,
    #[trace(skip)]
    active: Cell<usize>,
}

/// Return a zip_longest object whose .__next__() method returns a tuple where
/// the i-th element comes from the i-th iterable argument.  The .__next__()
/// method continues until the longest iterable in the argument sequence
/// is exhausted and then it raises StopIteration.  When the shorter iterables
/// are exhausted, the fillvalue is substituted in their place.  The fillvalue
/// defaults to None or can be specified by a keyword argument.
///
#[pyclass(layout = PyZipLongest, name = "zip_longest", module = "itertools", own, flags(BASETYPE))]
pub mod zip_longest {
    use super::*;

    #[pynew("zip_longest(*iterables, fillvalue=None)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let fill = args.kw(vm, "fillvalue");
        if args.kw_values().len() > usize::from(fill.is_some()) {
            return Err(vm.type_error("zip_longest() got an unexpected keyword argument"));
        }
        let mut iters = Vec::with_capacity(args.npos());
        for a in args.pos() {
            iters.push(Some(vm.iter(*a)?));
        }
        let payload = PyZipLongest {
            header: no_header(),
            active: Cell::new(iters.len()),
            iters: RefCell::new(iters),
            fill: fill.map_or_else(Obj::none, |f| f.to_obj()),
        };
        instance(vm, cls, payload)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyZipLongest) -> PyResult<Option<Obj>> {
        let n = zelf.iters.borrow().len();
        if n == 0 || zelf.active.get() == 0 {
            return Ok(None);
        }
        let mut row = Vec::with_capacity(n);
        for i in 0..n {
            let it = zelf.iters.borrow().get(i).cloned().flatten();
            let Some(it) = it else {
                row.push(zelf.fill.clone());
                continue;
            };
            match vm.iter_next(it.r()) {
                Ok(Some(v)) => row.push(v),
                Ok(None) => {
                    let left = zelf.active.get().saturating_sub(1);
                    zelf.active.set(left);
                    if left == 0 {
                        return Ok(None);
                    }
                    let gone = zelf.iters.borrow_mut().get_mut(i).and_then(Option::take);
                    drop(gone);
                    row.push(zelf.fill.clone());
                }
                Err(e) => {
                    zelf.active.set(0);
                    return Err(e);
                }
            }
        }
        Ok(Some(vm.tuple(row)))
    }
}
