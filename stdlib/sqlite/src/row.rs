//! `sqlite3.Row`: a row that is read by index or by column name.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, no_header};

use crate::cursor::PyCursor;

/// A row.
#[repr(C)]
#[derive(Trace)]
pub struct PyRow {
    header: Header,
    data: Obj,
    description: Obj,
}

impl PyRow {
    fn items<'a>(&'a self, vm: &Vm) -> &'a [Obj] {
        self.data.r().downcast::<PyTuple>(vm).map_or(&[], PyTuple::as_slice)
    }
    fn names(&self, vm: &Vm) -> Vec<Obj> {
        let columns = self.description.r().downcast::<PyTuple>(vm).map_or(&[][..], PyTuple::as_slice);
        columns.iter().filter_map(|c| c.r().downcast::<PyTuple>(vm)?.get(0).cloned()).collect()
    }
}

#[pyclass(layout = PyRow, name = "Row", module = "sqlite3", own, doc = "", flags(BASETYPE))]
pub mod row {
    use super::*;

    #[pynew("Row(cursor, data, /)")]
    fn new(vm: &Vm, cls: &PyType, cursor: &PyCursor, data: &PyTuple) -> PyResult<Obj> {
        let description = cursor.description();
        instance(vm, cls, PyRow { header: no_header(), data: data.to_obj(), description })
    }
    /// Returns the keys of the row.
    #[pymethod("keys(self, /)")]
    fn keys(vm: &Vm, zelf: &PyRow) -> Vec<Obj> {
        zelf.names(vm)
    }
    #[slot(mp_length, sq_length)]
    fn len(vm: &Vm, zelf: &PyRow) -> usize {
        zelf.items(vm).len()
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyRow, key: Ref<'_>) -> PyResult<Obj> {
        if let Some(name) = key.downcast::<PyStr>(vm) {
            let wanted = name.to_string_lossy();
            for (i, column) in zelf.names(vm).iter().enumerate() {
                let same = column.r().downcast::<PyStr>(vm).is_some_and(|c| c.to_string_lossy().eq_ignore_ascii_case(&wanted));
                if same && let Some(v) = zelf.items(vm).get(i) {
                    return Ok(v.clone());
                }
            }
            return Err(vm.index_error(format!("No item with key {}", &*vm.repr_text(key)?)));
        }
        if vm.has_index(key) || key.is_instance_of::<krait_object::slice::PySlice>(vm) {
            return vm.getitem(zelf.data.r(), key);
        }
        Err(vm.index_error("Index must be int or string"))
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyRow, i: isize) -> PyResult<Obj> {
        vm.sequence_item(zelf.data.r(), i)
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyRow) -> PyResult<Obj> {
        vm.iter(zelf.data.r())
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyRow) -> PyResult<i64> {
        let h = vm.hash(zelf.description.r())? ^ vm.hash(zelf.data.r())?;
        Ok(krait_object::hash::fix(h))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyRow, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(other) = other.downcast::<PyRow>(vm) else { return Ok(vm.not_implemented()) };
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return Ok(vm.not_implemented());
        }
        let same = vm.eq(zelf.description.r(), other.description.r())? && vm.eq(zelf.data.r(), other.data.r())?;
        Ok(Obj::bool(same == (op == CmpOp::Eq)))
    }
}
