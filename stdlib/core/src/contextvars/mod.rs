//! `_contextvars`.
//!
//! A context's values are in a dict that contexts share until one of them changes it, so that
//! copying a context takes no time. Programs have few context variables, and the copy on the
//! first change is one of a small table.

mod context;
mod token;
mod var;

use krait_macros::pymodule;
use krait_object::prelude::*;

pub use context::{PyContext, generation};
pub use var::PyContextVar;

/// Context Variables
#[pymodule(name = "_contextvars", classes = [context::context, var::context_var, token::token])]
pub mod contextvars {
    use super::*;

    /// Return a shallow copy of the current Context object.
    #[pyfunction("copy_context()")]
    fn copy_context(vm: &Vm) -> Obj {
        PyContext::current(vm).copy(vm).into_obj()
    }
}
