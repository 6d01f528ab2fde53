//! The layout of `typing.Union` objects, which `isinstance` looks into.

use std::cell::OnceCell;

use crate::gc::{Trace, Visitor};
use crate::header::Header;
use crate::obj::{Obj, Py};
use crate::table_layout;
use crate::tuple::PyTuple;

/// A union of types.
#[repr(C)]
pub struct PyUnion {
    pub header: Header,
    /// The members, flat and without duplicates, in order.
    pub args: Py<PyTuple>,
    /// A frozenset of the members that can be hashed.
    pub hashable: Option<Obj>,
    /// A tuple of those that cannot.
    pub unhashable: Option<Py<PyTuple>>,
    /// `__parameters__`, once asked for.
    pub parameters: OnceCell<Py<PyTuple>>,
}
table_layout!(PyUnion => union);

impl Trace for PyUnion {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.args.trace(v);
        self.hashable.trace(v);
        self.unhashable.trace(v);
        self.parameters.trace(v);
    }
}
