//! `int` and `bool`.
//!
//! The `int_*` functions work on [`IntRef`] values; the interpreter's slow paths and other native
//! code call them directly.

mod arith;
mod bool;
mod bytes;
mod construct;
mod object;
mod parse;
mod pow;
mod text;
mod truediv;

use krait_object::ty::TypeDef;

pub use arith::{
    big, bit_count, bit_length, check_room, divmod_big, int_abs, int_add, int_and, int_divmod, int_floordiv, int_invert, int_lshift,
    int_mod, int_mul, int_neg, int_or, int_plain, int_rshift, int_sub, int_xor, is_odd, round_to_pow10,
};
pub use bytes::{from_bytes, to_bytes};
pub use construct::number_long;
pub use parse::{ParseError, ascii_number, digit_limit, int_from_str, int_from_text, parse_int, trim};
pub use pow::{int_pow, int_pow_mod};
pub use text::{decimal, decimal_digits, int_repr, magnitude_digits, to_base};
pub use truediv::{cmp_int_float, compose, f64_to_big, int_truediv};

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&object::int::DEF, &bool::boolean::DEF];
