//! `reversed`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::function::no_header;
use krait_object::prelude::*;
use krait_object::table_layout;

use crate::common::{new_instance, peek_obj, state_index};

/// A `reversed` object over a sequence without `__reversed__`.
#[repr(C)]
#[derive(Trace)]
pub struct PyReversed {
    header: Header,
    /// Taken when exhausted.
    seq: Cell<Option<Obj>>,
    #[trace(skip)]
    index: Cell<isize>,
}
table_layout!(PyReversed => reversed);

/// Return a reverse iterator over the values of the given sequence.
#[pyclass("reversed", layout = PyReversed, table = reversed, flags(BASETYPE))]
pub mod reversed {
    use super::*;

    #[pynew("reversed(sequence, /)")]
    fn new(vm: &Vm, cls: &PyType, sequence: Ref<'_>) -> PyResult<Obj> {
        let not_reversible = || vm.type_error(format!("'{}' object is not reversible", sequence.ty(vm).tp_name()));
        match vm.lookup_special(sequence, vm.names().__reversed__)? {
            Some(m) if m.r().is_none() => return Err(not_reversible()),
            Some(m) => return vm.call0(m.r()),
            None => {}
        }
        if !vm.is_sequence(sequence) {
            return Err(not_reversible());
        }
        let index = Cell::new(vm.len(sequence)? as isize - 1);
        let payload = PyReversed { header: no_header(), seq: Cell::new(Some(sequence.to_obj())), index };
        // SAFETY: `reversed` has this layout.
        unsafe { new_instance(vm, cls, payload) }
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyReversed) -> PyResult<Option<Obj>> {
        let i = zelf.index.get();
        let mut result = Ok(None);
        if let (true, Some(seq)) = (i >= 0, peek_obj(&zelf.seq)) {
            match vm.sequence_item(seq.r(), i) {
                Ok(v) => {
                    zelf.index.set(i - 1);
                    return Ok(Some(v));
                }
                Err(e) if vm.raised_is(vm.types.index_error) || vm.raised_is(vm.types.stop_iteration) => {
                    drop(vm.take_raised(e));
                }
                Err(e) => result = Err(e),
            }
        }
        zelf.index.set(-1);
        drop(zelf.seq.take());
        result
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(vm: &Vm, zelf: &PyReversed) -> PyResult<usize> {
        let Some(seq) = peek_obj(&zelf.seq) else { return Ok(0) };
        let len = vm.len(seq.r())?;
        let left = (zelf.index.get() + 1) as usize;
        Ok(if len < left { 0 } else { left })
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyReversed) -> Obj {
        let cls = zelf.r().ty(vm).to_obj();
        match peek_obj(&zelf.seq) {
            Some(seq) => vm.tuple(vec![cls, vm.tuple(vec![seq]), vm.int_i64(zelf.index.get() as i64)]),
            None => vm.tuple(vec![cls, vm.tuple(vec![vm.tuple(vec![])])]),
        }
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyReversed, object: Ref<'_>) -> PyResult<()> {
        let i = state_index(vm, object)?;
        if let Some(seq) = peek_obj(&zelf.seq) {
            let len = vm.len(seq.r())? as isize;
            zelf.index.set(i.clamp(-1, len - 1));
        }
        Ok(())
    }
}
