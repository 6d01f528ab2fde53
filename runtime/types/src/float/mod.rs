//! `float`.

mod arith;
mod construct;
mod hex;
mod object;
mod parse;
mod round;

use krait_object::ty::TypeDef;

pub use arith::{float_divmod, float_floordiv, float_mod, float_pow, float_truediv};
pub use construct::number_float;
pub use object::integer_ratio;
pub use parse::parse_float;
pub use round::{float_to_int, round_digits};

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&object::float::DEF];
