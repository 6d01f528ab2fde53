//! `cell`.

use krait_macros::pyclass;
use krait_object::function::PyCell;
use krait_object::prelude::*;

/// Create a new cell object.
///
///   contents
///     the contents of the cell. If not specified, the cell will be empty,
///     and
///  further attempts to access its cell_contents attribute will
///     raise a ValueError.
#[pyclass("cell", layout = PyCell, table = cell)]
pub mod cell {
    use super::*;

    #[pynew("cell([contents])")]
    fn new(vm: &Vm, _cls: &PyType, contents: Option<Ref<'_>>) -> Obj {
        PyCell::new(vm, contents.map(Ref::to_obj)).into_obj()
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyCell) -> String {
        let at = zelf.r().value().0;
        match zelf.get() {
            None => format!("<cell at {at:#x}: empty>"),
            Some(v) => format!("<cell at {at:#x}: {} object at {:#x}>", v.r().ty(vm).tp_name(), v.value().0),
        }
    }

    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyCell, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(other) = other.downcast::<PyCell>(vm) else { return Ok(vm.not_implemented()) };
        match (zelf.get(), other.get()) {
            (Some(a), Some(b)) => vm.richcompare(a.r(), b.r(), op),
            // Empty cells come first.
            (a, b) => Ok(Obj::bool(op.eval(a.is_some().cmp(&b.is_some())))),
        }
    }

    #[getter]
    fn cell_contents(vm: &Vm, zelf: &PyCell) -> PyResult<Obj> {
        zelf.get().ok_or_else(|| vm.value_error("Cell is empty"))
    }

    #[setter("cell_contents")]
    fn set_cell_contents(zelf: &PyCell, value: Option<Ref<'_>>) {
        zelf.set(value.map(Ref::to_obj));
    }
}
