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

/// The BytesWarning that `-b` asks for.
pub fn warn_of_text(vm: &krait_object::vm::Vm, text: &str) -> krait_object::error::PyResult<()> {
    if vm.interp.bytes_warning.get() { vm.warn(vm.types.bytes_warning, text, 1) } else { Ok(()) }
}
