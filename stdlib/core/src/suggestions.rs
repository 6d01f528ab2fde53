//! `_suggestions`: "Did you mean" for `traceback`.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::suggest::suggest;

#[pymodule(name = "_suggestions")]
pub mod suggestions {
    use super::*;

    /// Returns the candidate in candidates that's closest to item
    #[pyfunction("_generate_suggestions(candidates, item, /)", name = "_generate_suggestions")]
    fn generate_suggestions(vm: &Vm, candidates: Ref<'_>, item: &PyStr) -> PyResult<Option<String>> {
        let Some(list) = candidates.downcast::<PyList>(vm) else {
            return Err(vm.type_error("candidates must be a list"));
        };
        let mut names = Vec::with_capacity(list.len());
        for c in list.to_vec() {
            match c.r().downcast::<PyStr>(vm) {
                Some(s) => names.push(s.to_string_lossy()),
                None => return Err(vm.type_error("all elements in 'candidates' must be strings")),
            }
        }
        Ok(suggest(&item.to_string_lossy(), names.iter().map(String::as_str)).map(str::to_owned))
    }
}
