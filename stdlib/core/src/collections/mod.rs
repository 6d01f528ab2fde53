//! `_collections`.

mod count;
mod defaultdict;
mod deque;
mod deque_iter;
mod odict;
mod odict_iter;
mod odict_views;
mod tuplegetter;

use krait_macros::pymodule;
use krait_object::prelude::*;

/// High performance data structures.
/// - deque:        ordered collection accessible from endpoints only
/// - defaultdict:  dict subclass with a default value factory
///
#[pymodule(name = "_collections", classes = [
    deque::deque, defaultdict::defaultdict, odict::odict, deque_iter::deque_iterator,
    deque_iter::deque_reverse_iterator, tuplegetter::tuplegetter
])]
pub mod collections {
    use super::*;

    /// Count elements in the iterable, updating the mapping
    #[pyfunction("_count_elements(mapping, iterable, /)", name = "_count_elements")]
    fn count_elements(vm: &Vm, mapping: Ref<'_>, iterable: Ref<'_>) -> PyResult<()> {
        count::count_elements(vm, mapping, iterable)
    }
}
