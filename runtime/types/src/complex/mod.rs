//! `complex`.

mod arith;
mod construct;
mod object;
mod parse;

use krait_object::ty::TypeDef;

pub use arith::{complex_pow, complex_product, complex_quotient};
pub use construct::{number_complex, to_complex};
pub use parse::parse_complex;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&object::complex::DEF];
