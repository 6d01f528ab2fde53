//! `map`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::function::no_header;
use krait_object::prelude::*;
use krait_object::table_layout;

use super::parallel::step;
use crate::common::{new_instance, only_strict};

/// A `map` object.
#[repr(C)]
#[derive(Trace)]
pub struct PyMap {
    header: Header,
    func: Obj,
    /// Tuple of the iterators.
    iters: Py<PyTuple>,
    #[trace(skip)]
    strict: Cell<bool>,
}
table_layout!(PyMap => map);

/// Make an iterator that computes the function using arguments from
/// each of the iterables.  Stops when the shortest iterable is exhausted.
///
/// If strict is true and one of the arguments is exhausted before the others,
/// raise a ValueError.
#[pyclass("map", layout = PyMap, table = map, flags(BASETYPE))]
pub mod map {
    use super::*;

    #[pynew("map(function, iterable, /, *iterables, strict=False)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let strict = only_strict(vm, "map", &args)?;
        let [func, rest @ ..] = args.pos() else {
            return Err(vm.type_error("map() must have at least two arguments."));
        };
        if rest.is_empty() {
            return Err(vm.type_error("map() must have at least two arguments."));
        }
        let mut iters = Vec::with_capacity(rest.len());
        for a in rest {
            iters.push(vm.iter(*a)?);
        }
        let iters = PyTuple::new(vm, iters);
        let payload = PyMap { header: no_header(), func: func.to_obj(), iters, strict: Cell::new(strict) };
        // SAFETY: `map` has this layout.
        unsafe { new_instance(vm, cls, payload) }
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyMap) -> PyResult<Option<Obj>> {
        vm.check_stack("")?;
        if let [it] = zelf.iters.as_slice() {
            return match vm.iter_next(it.r())? {
                Some(v) => vm.call1(zelf.func.r(), v.r()).map(Some),
                None => Ok(None),
            };
        }
        match step(vm, "map", zelf.iters.as_slice(), zelf.strict.get())? {
            Some(batch) => vm.call(zelf.func.r(), batch.as_refs()).map(Some),
            None => Ok(None),
        }
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyMap) -> Obj {
        let args = std::iter::once(&zelf.func).chain(zelf.iters.as_slice()).cloned().collect();
        let mut parts = vec![zelf.r().ty(vm).to_obj(), vm.tuple(args)];
        if zelf.strict.get() {
            parts.push(Obj::bool(true));
        }
        vm.tuple(parts)
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyMap, object: Ref<'_>) -> PyResult<()> {
        zelf.strict.set(vm.is_true(object)?);
        Ok(())
    }
}
