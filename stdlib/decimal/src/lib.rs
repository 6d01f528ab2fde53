//! `_decimal`: decimal arithmetic.
//!
//! `num` is the arithmetic and knows nothing of Python; `py` makes it a module.
//!
//! *Invariant:* arithmetic reports conditions in a status word and never raises; whoever called it
//! hands the word to the context, which decides.

pub mod num;
pub mod py;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&py::decimal_module::DEF]
}
