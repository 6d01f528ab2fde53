//! `str` and its iterators.

mod build;
mod case;
mod construct;
mod iter;
mod object;
mod repr;
mod search;
mod split;

use krait_object::ty::TypeDef;

pub use build::{join, join_items, replace};
pub use case::is_identifier;
pub use construct::decode_object;
pub use object::{str_concat, str_item, str_repeat, str_slice, str_subscript};
pub use repr::str_repr;
pub use search::bounds;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&object::string::DEF, &iter::str_iterator::DEF, &iter::str_ascii_iterator::DEF];
