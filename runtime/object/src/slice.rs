//! Slice objects.

use crate::error::PyResult;
use crate::function::{alloc_untracked, no_header};
use crate::gc::{Trace, Visitor};
use crate::header::Header;
use crate::obj::{Obj, Py};
use crate::protocol::SliceIndices;
use crate::table_layout;
use crate::tuple::may_be_tracked;
use crate::vm::Vm;

/// A slice.
#[repr(C)]
pub struct PySlice {
    pub header: Header,
    pub start: Obj,
    pub stop: Obj,
    pub step: Obj,
}
table_layout!(PySlice => slice);

impl PySlice {
    /// `slice(start, stop, step)`.
    pub fn new(vm: &Vm, start: Obj, stop: Obj, step: Obj) -> Py<PySlice> {
        // Most slices hold numbers only and need no watching.
        let watch = [&start, &stop, &step].into_iter().any(|o| may_be_tracked(o.r()));
        // SAFETY: `slice` has this layout and cannot be subclassed.
        unsafe {
            let s = alloc_untracked(vm.types.slice, PySlice { header: no_header(), start, stop, step });
            if watch {
                crate::gc::track(vm, &s.header);
            }
            s
        }
    }
    /// The three fields as machine integers, clamped, with defaults for `None`
    /// (`PySlice_Unpack`). The step is never zero, nor the least integer.
    pub fn unpack(&self, vm: &Vm) -> PyResult<(isize, isize, isize)> {
        let step = if self.step.r().is_none() {
            1
        } else {
            let step = slice_index(vm, &self.step)?;
            if step == 0 {
                return Err(vm.value_error("slice step cannot be zero"));
            }
            step.max(-isize::MAX)
        };
        let start = if self.start.r().is_none() { if step < 0 { isize::MAX } else { 0 } } else { slice_index(vm, &self.start)? };
        let stop = if self.stop.r().is_none() { if step < 0 { isize::MIN } else { isize::MAX } } else { slice_index(vm, &self.stop)? };
        Ok((start, stop, step))
    }
    /// The positions the slice selects in a sequence of `len` items. Prefer
    /// [`unpack`](Self::unpack) and [`SliceIndices::adjust`] where the length may change while
    /// `__index__` runs.
    pub fn indices(&self, vm: &Vm, len: usize) -> PyResult<SliceIndices> {
        let (start, stop, step) = self.unpack(vm)?;
        Ok(SliceIndices::adjust(start, stop, step, len))
    }
}

/// A slice field as a machine integer, saturating.
fn slice_index(vm: &Vm, o: &Obj) -> PyResult<isize> {
    if !vm.has_index(o.r()) {
        return Err(vm.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    vm.index_clamped(o.r())
}

impl Trace for PySlice {
    fn trace(&self, v: &mut Visitor<'_>) {
        v.visit(self.start.value());
        v.visit(self.stop.value());
        v.visit(self.step.value());
    }
}
