//! What `sys.stderr` is until the real streams are made: text straight to the descriptor.

use krait_macros::{Trace, pyclass};
use krait_object::function::{alloc_exact, no_header};
use krait_object::prelude::*;

use crate::sys::text::fs_encode;

/// The early `sys.stderr`.
#[repr(C)]
#[derive(Trace)]
pub struct PyStderrPrinter {
    header: Header,
}

impl PyStderrPrinter {
    /// A printer on descriptor 2.
    pub fn new(vm: &Vm) -> Obj {
        // SAFETY: the type has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, Self::type_of(vm), PyStderrPrinter { header: no_header() }) }.into_obj()
    }
}

#[pyclass(layout = PyStderrPrinter, name = "stderrprinter", own, no_gc)]
pub mod stderrprinter {
    use super::*;

    #[slot(repr)]
    fn repr(_zelf: &PyStderrPrinter) -> &'static str {
        "<stderrprinter(fd=2)>"
    }
    #[pymethod("write(self, string, /)")]
    fn write(zelf: &PyStderrPrinter, string: &PyStr) -> usize {
        let _ = zelf;
        let bytes = fs_encode(string);
        krait_object::stderr_write!("{}", String::from_utf8_lossy(&bytes));
        string.len()
    }
    #[pymethod("flush(self)")]
    fn flush(zelf: &PyStderrPrinter) {
        let _ = zelf;
    }
    #[pymethod("close(self)")]
    fn close(zelf: &PyStderrPrinter) {
        let _ = zelf;
    }
    #[pymethod("fileno(self)")]
    fn fileno(zelf: &PyStderrPrinter) -> i32 {
        let _ = zelf;
        2
    }
    #[pymethod("isatty(self)")]
    fn isatty(zelf: &PyStderrPrinter) -> bool {
        let _ = zelf;
        // SAFETY: asks about a descriptor, no memory involved.
        unsafe { libc::isatty(2) == 1 }
    }
    #[getter]
    fn closed(_zelf: &PyStderrPrinter) -> bool {
        false
    }
    #[getter]
    fn encoding(vm: &Vm, _zelf: &PyStderrPrinter) -> Obj {
        vm.none().to_obj()
    }
    #[getter]
    fn mode(_zelf: &PyStderrPrinter) -> &'static str {
        "w"
    }
}
