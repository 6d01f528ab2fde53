//! Raising and catching Python exceptions in Rust.
//!
//! The exception in flight lives in the thread's `Vm`; [`Raised`] is a zero-size token that says
//! it is there. `PyResult<Obj>` is therefore one word, zero meaning "raised", which is also what
//! compiled code tests. Whoever swallows an error must call [`Vm::take_raised`], which hands out
//! the exception and leaves none pending.

use crate::exception::PyBaseException;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::ty::PyType;
use crate::vm::Vm;

/// An exception is pending in the `Vm`.
#[must_use = "the pending exception must be propagated or taken"]
#[derive(Debug)]
pub struct Raised(());

/// The result of anything that may raise.
pub type PyResult<T = Obj> = Result<T, Raised>;

macro_rules! raisers {
    ($($name:ident => $ty:ident;)*) => {
        impl Vm {
            $(
                #[doc = concat!("Raises the exception type `", stringify!($ty), "` with a message.")]
                #[cold]
                #[inline(never)]
                pub fn $name(&self, msg: impl AsRef<str>) -> Raised {
                    self.raise_msg(self.types.$ty, msg.as_ref())
                }
            )*
        }
    };
}
raisers! {
    type_error => type_error; value_error => value_error; index_error => index_error;
    runtime_error => runtime_error; system_error => system_error; attribute_error_msg => attribute_error;
    overflow_error => overflow_error; zero_division_error => zero_division_error;
    buffer_error => buffer_error; name_error_msg => name_error; import_error_msg => import_error;
    assertion_error => assertion_error; eof_error => eof_error; lookup_error => lookup_error;
    unbound_local_error_msg => unbound_local_error; not_implemented_error => not_implemented_error;
    os_error_msg => os_error; reference_error => reference_error; recursion_error => recursion_error;
}

impl Vm {
    /// Makes `exc` the pending exception. Its `__context__` becomes the exception being handled.
    #[cold]
    pub fn raise(&self, exc: Py<PyBaseException>) -> Raised {
        crate::exception::set_context(self, &exc);
        self.raise_as_is(exc)
    }
    /// Makes `exc` pending without touching its context.
    pub fn raise_as_is(&self, exc: Py<PyBaseException>) -> Raised {
        drop(self.pending.replace(Some(exc)));
        Raised(())
    }
    /// The token for an exception some callee left pending.
    pub fn raised_pending(&self) -> Raised {
        debug_assert!(self.has_pending());
        Raised(())
    }
    /// Is an exception pending?
    #[inline(always)]
    pub fn has_pending(&self) -> bool {
        // SAFETY: the cell is only peeked at; `Option<Py>` is one word.
        unsafe { (*self.pending.as_ptr()).is_some() }
    }
    /// The pending exception, which is pending no longer.
    pub fn take_raised(&self, _token: Raised) -> Py<PyBaseException> {
        match self.pending.take() {
            Some(e) => e,
            // Unreachable while tokens are only made beside a pending exception.
            None => crate::exception::new_exception_msg(self, self.types.system_error, "error return without exception set"),
        }
    }
    /// Does the pending exception match the type? (It stays pending.)
    pub fn raised_is(&self, ty: &PyType) -> bool {
        // SAFETY: the cell is only peeked at and `is_subtype` runs no Python code.
        unsafe { (*self.pending.as_ptr()).as_ref().is_some_and(|e| e.r().ty(self).is_subtype(ty)) }
    }
    /// Swallows the pending exception if it matches, else passes the token on.
    pub fn catch(&self, token: Raised, ty: &PyType) -> PyResult<Py<PyBaseException>> {
        if self.raised_is(ty) { Ok(self.take_raised(token)) } else { Err(token) }
    }
    /// Raises `ty(msg)`.
    #[cold]
    #[inline(never)]
    pub fn raise_msg(&self, ty: &PyType, msg: &str) -> Raised {
        let exc = crate::exception::new_exception_msg(self, ty, msg);
        self.raise(exc)
    }
    /// Raises `ty(*args)`.
    #[cold]
    pub fn raise_with(&self, ty: &PyType, args: Vec<Obj>) -> Raised {
        match crate::exception::new_exception(self, ty, args) {
            Ok(exc) => self.raise(exc),
            Err(r) => r,
        }
    }
    /// Raises `KeyError(key)`.
    #[cold]
    pub fn key_error(&self, key: Ref<'_>) -> Raised {
        self.raise_with(self.types.key_error, vec![key.to_obj()])
    }
    /// Raises `StopIteration(value)`.
    #[cold]
    pub fn stop_iteration(&self, value: Obj) -> Raised {
        let args = if value.r().is_none() { vec![] } else { vec![value] };
        self.raise_with(self.types.stop_iteration, args)
    }
    /// Raises `MemoryError()`.
    #[cold]
    pub fn memory_error(&self) -> Raised {
        self.raise_with(self.types.memory_error, vec![])
    }
    /// Raises AttributeError for a missing attribute, with `name` and `obj` set.
    #[cold]
    pub fn no_attribute(&self, obj: Ref<'_>, name: &crate::str::PyStr) -> Raised {
        crate::exception::raise_no_attribute(self, obj, name)
    }
    /// Reports an exception nobody can catch through `sys.unraisablehook`.
    #[cold]
    pub fn unraisable(&self, token: Raised, context: &str, obj: Option<Ref<'_>>) {
        let exc = self.take_raised(token);
        (self.interp.hooks().unraisable)(self, exc, context, obj);
    }
    /// Raises an OSError (or its subclass) for an errno.
    #[cold]
    pub fn os_error(&self, errno: i32) -> Raised {
        crate::exception::raise_errno(self, errno, None, None)
    }
    /// As [`os_error`](Self::os_error), with the file name the failed call was about.
    #[cold]
    pub fn os_error_path(&self, errno: i32, path: Ref<'_>) -> Raised {
        crate::exception::raise_errno(self, errno, Some(path), None)
    }
    /// As [`os_error_path`](Self::os_error_path), with two file names.
    #[cold]
    pub fn os_error_path2(&self, errno: i32, path: Ref<'_>, path2: Ref<'_>) -> Raised {
        crate::exception::raise_errno(self, errno, Some(path), Some(path2))
    }
}
