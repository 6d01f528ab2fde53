//! `filter`.

use krait_macros::{Trace, pyclass};
use krait_object::function::no_header;
use krait_object::prelude::*;
use krait_object::table_layout;

use crate::common::new_instance;

/// A `filter` object.
#[repr(C)]
#[derive(Trace)]
pub struct PyFilter {
    header: Header,
    func: Obj,
    iter: Obj,
}
table_layout!(PyFilter => filter);

/// Return an iterator yielding those items of iterable for which function(item)
/// is true. If function is None, return the items that are true.
#[pyclass("filter", layout = PyFilter, table = filter, flags(BASETYPE))]
pub mod filter {
    use super::*;

    #[pynew("filter(function, iterable, /)")]
    fn new(vm: &Vm, cls: &PyType, function: Ref<'_>, iterable: Ref<'_>) -> PyResult<Obj> {
        let iter = vm.iter(iterable)?;
        let payload = PyFilter { header: no_header(), func: function.to_obj(), iter };
        // SAFETY: `filter` has this layout.
        unsafe { new_instance(vm, cls, payload) }
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyFilter) -> PyResult<Option<Obj>> {
        vm.check_stack("")?;
        let by_truth = zelf.func.r().is_none() || zelf.func.r().ptr_eq(vm.types.bool.r());
        while let Some(v) = vm.iter_next(zelf.iter.r())? {
            let good = if by_truth {
                vm.is_true(v.r())?
            } else {
                let r = vm.call1(zelf.func.r(), v.r())?;
                vm.is_true(r.r())?
            };
            if good {
                return Ok(Some(v));
            }
            vm.poll()?;
        }
        Ok(None)
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyFilter) -> Obj {
        let args = vm.tuple(vec![zelf.func.clone(), zelf.iter.clone()]);
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), args])
    }
}
