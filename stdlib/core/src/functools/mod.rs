//! `_functools`.

mod cmp_key;
mod lru;
mod partial;

use krait_macros::pymodule;
use krait_object::prelude::*;

pub use cmp_key::PyKeyObject;
pub use lru::PyLruCache;
pub use partial::PyPartial;

/// Tools that operate on functions.
#[pymodule(name = "_functools", classes = [partial::partial, lru::lru_cache_wrapper])]
pub mod functools {
    use super::*;

    /// Apply a function of two arguments cumulatively to an iterable, from left to right.
    ///
    /// This effectively reduces the iterable to a single value.  If initial is present,
    /// it is placed before the items of the iterable in the calculation, and serves as
    /// a default when the iterable is empty.
    ///
    /// For example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])
    /// calculates ((((1 + 2) + 3) + 4) + 5).
    #[pyfunction("reduce(function, iterable, /, initial=<functools initial missing>)")]
    fn reduce(vm: &Vm, function: Ref<'_>, iterable: Ref<'_>, initial: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let it = match vm.iter(iterable) {
            Ok(it) => it,
            Err(e) => {
                drop(vm.catch(e, vm.types.type_error)?);
                return Err(vm.type_error("reduce() arg 2 must support iteration"));
            }
        };
        let mut acc = match initial.given() {
            Some(v) => v.to_obj(),
            None => match vm.iter_next(it.r())? {
                Some(v) => v,
                None => return Err(vm.type_error("reduce() of empty iterable with no initial value")),
            },
        };
        while let Some(v) = vm.iter_next(it.r())? {
            acc = vm.call(function, &[acc.r(), v.r()])?;
        }
        Ok(acc)
    }

    /// Convert a cmp= function into a key= function.
    ///
    ///   mycmp
    ///     Function that compares two objects.
    #[pyfunction("cmp_to_key(mycmp)")]
    fn cmp_to_key(vm: &Vm, mycmp: Ref<'_>) -> Obj {
        PyKeyObject::new(vm, mycmp.to_obj(), None)
    }

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        module.add(vm, "Placeholder", partial::placeholder(vm))
    }
}
