//! `set`, `frozenset` and their iterator.

mod class;
mod frozen;
mod iter;
mod ops;
mod shared;

use krait_object::prelude::*;

pub use ops::{difference_update, exact_any_set, symmetric_difference_update, update};

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&class::set::DEF, &frozen::frozenset::DEF, &iter::set_iterator::DEF];
