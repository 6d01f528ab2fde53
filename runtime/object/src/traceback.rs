//! Traceback objects: one link of the chain from where an exception is handled to where it was
//! raised.

use std::cell::Cell;

use crate::function::{alloc_exact, no_header};
use crate::gc::{Trace, Visitor};
use crate::header::Header;
use crate::obj::{Obj, Py};
use crate::table_layout;
use crate::vm::Vm;

/// `tb_lineno` has not been worked out yet.
pub const LINE_UNKNOWN: i32 = -1;

/// A traceback entry.
#[repr(C)]
pub struct PyTraceback {
    pub header: Header,
    /// The entry of the frame called from this one; always a traceback.
    pub next: Cell<Option<Obj>>,
    pub frame: Obj,
    /// Position of the instruction in bytes, as code objects count them.
    pub lasti: i32,
    /// [`LINE_UNKNOWN`] until asked for.
    pub lineno: Cell<i32>,
}
table_layout!(PyTraceback => traceback);

impl PyTraceback {
    /// A traceback entry in front of `next`.
    pub fn new(vm: &Vm, next: Option<Obj>, frame: Obj, lasti: i32, lineno: i32) -> Py<PyTraceback> {
        let payload = PyTraceback { header: no_header(), next: Cell::new(next), frame, lasti, lineno: Cell::new(lineno) };
        // SAFETY: `traceback` has this layout and no attributes.
        unsafe { alloc_exact(vm, vm.types.traceback, payload) }
    }
    /// `tb_next`.
    pub fn next(&self) -> Option<Obj> {
        crate::exception::peek(&self.next)
    }
}

impl Trace for PyTraceback {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.next.trace(v);
        self.frame.trace(v);
    }
    fn unlink(&self) {
        drop(self.next.take());
    }
}
