//! Layouts of the built-in exceptions that have fields of their own.
//!
//! Invariant: memory of zeros is a valid payload of every one of them (all fields unset), so
//! allocation needs no initialisation beyond `args`.

use std::cell::Cell;

use crate::exception::PyBaseException;
use crate::gc::{Trace, Visitor};
use crate::obj::{Layout, Obj};

/// Declares layouts: object fields (unset until assigned), then plain data.
macro_rules! exception_layouts {
    ($(
        $(#[$doc:meta])*
        $name:ident => $ty:ident { $($field:ident),* $(; $($plain:ident : $pt:ty),*)? }
    )*) => {
        $(
            $(#[$doc])*
            #[repr(C)]
            pub struct $name {
                pub base: PyBaseException,
                $(pub $field: Cell<Option<Obj>>,)*
                $($(pub $plain: Cell<$pt>,)*)?
            }
            crate::table_layout!($name => $ty);
            impl Trace for $name {
                fn trace(&self, v: &mut Visitor<'_>) {
                    self.base.trace_base(v);
                    $(self.$field.trace(v);)*
                }
                fn unlink(&self) {
                    self.base.clear_base();
                    $(drop(self.$field.take());)*
                }
            }
        )*
    };
}

exception_layouts! {
    /// `StopIteration`.
    PyStopIteration => stop_iteration { value }
    /// `SystemExit`.
    PySystemExit => system_exit { code }
    /// `ImportError` and `ModuleNotFoundError`.
    PyImportError => import_error { msg, name, path, name_from }
    /// `AttributeError`.
    PyAttributeError => attribute_error { obj, name }
    /// `NameError` and `UnboundLocalError`.
    PyNameError => name_error { name }
    /// `OSError` and its subclasses. `written` is `characters_written`, if `has_written`.
    PyOSError => os_error { errno, strerror, filename, filename2; written: isize, has_written: bool }
    /// `SyntaxError` and its subclasses.
    PySyntaxError => syntax_error {
        msg, filename, lineno, offset, text, end_lineno, end_offset, print_file_and_line, metadata
    }
    /// `UnicodeEncodeError`, `UnicodeDecodeError` and `UnicodeTranslateError`.
    PyUnicodeError => unicode_error { encoding, object, reason; start: isize, end: isize }
    /// `BaseExceptionGroup`. `exceptions` is a tuple; `shown` the repr of the sequence it came
    /// from, unless that was a list or tuple.
    PyBaseExceptionGroup => base_exception_group { message, exceptions, shown }
}

impl Trace for PyBaseException {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.trace_base(v);
    }
    fn unlink(&self) {
        self.clear_base();
    }
}

/// Every exception type's instances begin with this.
impl PyBaseException {
    /// The exception as one of the layouts above, if it is of that type.
    pub fn as_layout<T: Layout>(&self, vm: &crate::vm::Vm) -> Option<&T> {
        self.r().downcast::<T>(vm)
    }
}
