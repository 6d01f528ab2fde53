//! `bytearray`.

mod object;

use krait_object::ty::TypeDef;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&object::bytearray::DEF, &object::bytearray_iterator::DEF];
