//! `bytes` and what it shares with `bytearray`.

pub(crate) mod args;
mod construct;
pub(crate) mod methods;
pub(crate) mod new;
mod object;
pub(crate) mod ops;

use krait_object::ty::TypeDef;

pub use args::from_hex;
pub use construct::{buffer_bytes, byte_value, bytes_from_object, call_dunder_bytes, iterable_bytes, object_bytes};
pub use object::bytes_subscript;
pub use ops::{hex, repr};

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&object::bytes::DEF, &object::bytes_iterator::DEF];
