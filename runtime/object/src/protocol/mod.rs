//! The operations of Python on objects, as methods of [`Vm`](crate::vm::Vm): what `PyObject_*`,
//! `PyNumber_*`, `PySequence_*` and `PyIter_*` are in CPython.

mod attr;
mod call;
mod compare;
mod iter;
pub mod mapping;
pub mod number;
pub mod repr_guard;
mod sequence;
mod text;

pub use iter::VmIter;
pub use mapping::SliceIndices;

use std::cell::Cell;

use crate::error::PyResult;
use crate::header::Header;
use crate::obj::{Layout, Obj, Ref};
use crate::vm::Vm;

/// The iterator over an object that only has `__getitem__`.
#[repr(C)]
pub struct PySeqIter {
    header: Header,
    /// Taken when exhausted.
    pub seq: Cell<Option<Obj>>,
    pub index: Cell<isize>,
}
crate::table_layout!(PySeqIter => seq_iterator);

/// `iter(o)` through the sequence protocol.
pub fn sequence_iterator(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let payload = PySeqIter { header: crate::function::no_header(), seq: Cell::new(Some(o.to_obj())), index: Cell::new(0) };
    // SAFETY: the `iterator` type has this layout.
    Ok(unsafe { crate::function::alloc_exact(vm, PySeqIter::type_of(vm), payload) }.into_obj())
}

/// `types.GenericAlias(origin, args)`.
pub fn generic_alias(vm: &Vm, origin: Ref<'_>, args: Ref<'_>) -> PyResult<Obj> {
    vm.call(vm.types.generic_alias.r(), &[origin, args])
}
