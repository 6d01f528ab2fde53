//! `dict`, its views and their iterators.

mod class;
mod iters;
mod update;
mod view_ops;
mod views;

use krait_object::prelude::*;

pub use class::subscript;
pub use update::{equal, merge_mapping, update};
pub use views::{PyDictView, is_set_like_view};

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[
    &class::dict::DEF,
    &views::dict_keys::DEF,
    &views::dict_values::DEF,
    &views::dict_items::DEF,
    &iters::dict_keyiterator::DEF,
    &iters::dict_valueiterator::DEF,
    &iters::dict_itemiterator::DEF,
    &iters::dict_reversekeyiterator::DEF,
    &iters::dict_reversevalueiterator::DEF,
    &iters::dict_reverseitemiterator::DEF,
];
