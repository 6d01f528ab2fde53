//! Iterators over other iterables: `enumerate`, `zip`, `map`, `filter`, `reversed`, and those that
//! `iter()` makes of sequences and callables.

mod enumerate;
mod filter;
mod generic;
mod map;
mod parallel;
mod reversed;
mod zip;

use krait_object::prelude::*;

pub use enumerate::PyEnumerate;
pub use filter::PyFilter;
pub use generic::PyCallIter;
pub use map::PyMap;
pub use reversed::PyReversed;
pub use zip::PyZip;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[
    &enumerate::enumerate::DEF,
    &zip::zip::DEF,
    &map::map::DEF,
    &filter::filter::DEF,
    &reversed::reversed::DEF,
    &generic::iterator::DEF,
    &generic::callable_iterator::DEF,
];
