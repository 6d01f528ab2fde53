//! `zip`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::function::no_header;
use krait_object::iterators::reuse_pair;
use krait_object::prelude::*;
use krait_object::table_layout;

use super::parallel::{check_strict, step};
use crate::common::{new_instance, only_strict};

/// A `zip` object.
#[repr(C)]
#[derive(Trace)]
pub struct PyZip {
    header: Header,
    /// Tuple of the iterators.
    iters: Py<PyTuple>,
    pair: Cell<Option<Py<PyTuple>>>,
    #[trace(skip)]
    strict: Cell<bool>,
}
table_layout!(PyZip => zip);

impl PyZip {
    /// The usual case of two iterators reuses the pair.
    #[inline(always)]
    fn next_pair(&self, vm: &Vm, a: &Obj, b: &Obj) -> PyResult<Option<Obj>> {
        let x = vm.iter_next(a.r())?;
        let y = match x {
            Some(_) => vm.iter_next(b.r())?,
            None => None,
        };
        match (x, y) {
            (Some(x), Some(y)) => Ok(Some(reuse_pair(vm, &self.pair, x, y).into_obj())),
            (x, _) => {
                if self.strict.get() {
                    check_strict(vm, "zip", self.iters.as_slice(), usize::from(x.is_some()))?;
                }
                Ok(None)
            }
        }
    }
}

/// The zip object yields n-length tuples, where n is the number of iterables
/// passed as positional arguments to zip().  The i-th element in every tuple
/// comes from the i-th iterable argument to zip().  This continues until the
/// shortest argument is exhausted.
///
/// If strict is true and one of the arguments is exhausted before the others,
/// raise a ValueError.
///
///    >>> list(zip('abcdefg', range(3), range(4)))
///    [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]
#[pyclass("zip", layout = PyZip, table = zip, flags(BASETYPE))]
pub mod zip {
    use super::*;

    #[pynew("zip(*iterables, strict=False)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let strict = only_strict(vm, "zip", &args)?;
        let mut iters = Vec::with_capacity(args.npos());
        for a in args.pos() {
            iters.push(vm.iter(*a)?);
        }
        let iters = PyTuple::new(vm, iters);
        let payload = PyZip { header: no_header(), iters, pair: Cell::new(None), strict: Cell::new(strict) };
        // SAFETY: `zip` has this layout.
        unsafe { new_instance(vm, cls, payload) }
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyZip) -> PyResult<Option<Obj>> {
        vm.check_stack("")?;
        match zelf.iters.as_slice() {
            [a, b] => zelf.next_pair(vm, a, b),
            [] => Ok(None),
            iters => {
                let batch = step(vm, "zip", iters, zelf.strict.get())?;
                Ok(batch.map(|b| PyTuple::from_iter_exact(vm, iters.len(), b.into_items()).into_obj()))
            }
        }
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyZip) -> Obj {
        let mut parts = vec![zelf.r().ty(vm).to_obj(), zelf.iters.clone().into_obj()];
        if zelf.strict.get() {
            parts.push(Obj::bool(true));
        }
        vm.tuple(parts)
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyZip, object: Ref<'_>) -> PyResult<()> {
        zelf.strict.set(vm.is_true(object)?);
        Ok(())
    }
}
