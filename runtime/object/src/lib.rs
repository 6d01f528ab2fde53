//! The object model: tagged values, reference counting and the cycle collector, type objects and
//! their slots, the layouts of built-in objects, and the protocols (attribute access, calls,
//! arithmetic, iteration) that all native code goes through.
//!
//! Invariant: nothing here knows how bytecode runs or what Python-visible methods a type has; the
//! crates above plug themselves in through type slots and [`vm::Hooks`].

// The macros name this crate from outside.
extern crate self as krait_object;

pub mod address_map;
pub mod args;
pub mod buffer;
pub mod bytearray;
pub mod bytes;
pub mod code;
pub mod complex;
pub mod convert;
pub mod dict;
pub mod error;
mod error_hooks;
pub mod exception;
pub mod exception_layouts;
pub mod exec;
pub mod finalize;
pub mod float;
pub mod frame_obj;
pub mod function;
pub mod gc;
pub mod generator;
pub mod gil;
pub mod hash;
pub mod header;
pub mod instance;
pub mod int;
pub mod intern;
pub mod iterators;
pub mod layouts;
pub mod limbo;
pub mod list;
pub mod lookup;
pub mod memory;
pub mod module;
pub mod native;
pub mod obj;
pub mod protocol;
pub mod range;
pub mod set;
pub mod shape;
pub mod singletons;
pub mod slice;
pub mod slots;
pub mod str;
pub mod suggest;
pub mod terminal;
#[cfg(test)]
mod testing;
pub mod text_iters;
pub mod threads;
pub mod traceback;
pub mod tuple;
pub mod ty;
pub mod typedef;
pub mod union_type;
pub mod unpack;
pub mod value;
pub mod vm;
pub mod weakref;

pub use obj::{Layout, Obj, Py, Ref};
pub use value::Value;

/// What nearly every file of native code needs.
pub mod prelude {
    pub use crate::args::Args;
    pub use crate::convert::*;
    pub use crate::dict::PyDict;
    pub use crate::error::{PyResult, Raised};
    pub use crate::float::PyFloat;
    pub use crate::gc::{Trace, Visitor};
    pub use crate::header::Header;
    pub use crate::int::{IntRef, PyInt};
    pub use crate::list::PyList;
    pub use crate::module::PyModule;
    pub use crate::native::{Binding, GetSetDef, MemberDef, MethodDef, ModuleDef, NativeFacts, NativeFn};
    pub use crate::obj::{Layout, Obj, Py, Ref, refs};
    pub use crate::slots::{CmpOp, SendResult};
    pub use crate::str::PyStr;
    pub use crate::tuple::PyTuple;
    pub use crate::ty::{PyType, TypeDef, TypeFlags};
    pub use crate::value::Value;
    pub use crate::vm::Vm;
}

/// Implements [`Layout`] for a struct whose type lives in the type table.
#[macro_export]
macro_rules! table_layout {
    ($($layout:ty => $field:ident),* $(,)?) => {
        $(
            // SAFETY: the struct is repr(C) and begins with a header; `krait-types` makes the
            // table's type with this layout.
            unsafe impl $crate::obj::Layout for $layout {
                #[inline(always)]
                fn type_of(vm: &$crate::vm::Vm) -> &$crate::ty::PyType {
                    vm.types.$field
                }
            }
        )*
    };
}
