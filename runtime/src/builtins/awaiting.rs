//! `aiter` and `anext`.

use krait_macros::pymodule;
use krait_object::prelude::*;

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// Return an AsyncIterator for an AsyncIterable object.
    #[pyfunction("aiter(async_iterable, /)")]
    fn aiter(vm: &Vm, async_iterable: Ref<'_>) -> PyResult<Obj> {
        let ty = async_iterable.ty(vm);
        let Some(f) = ty.slots.am_aiter.get() else {
            return Err(vm.type_error(format!("'{}' object is not an async iterable", ty.tp_name())));
        };
        let it = f(vm, async_iterable)?;
        if it.r().ty(vm).slots.am_anext.get().is_none() {
            let text = format!("aiter() returned not an async iterator of type '{}'", it.r().ty(vm).tp_name());
            return Err(vm.type_error(text));
        }
        Ok(it)
    }
    /// Return the next item from the async iterator.
    ///
    /// If default is given and the async iterator is exhausted,
    /// it is returned instead of raising StopAsyncIteration.
    #[pyfunction("anext(aiterator, default=<unrepresentable>, /)", nosig)]
    fn anext(vm: &Vm, aiterator: Ref<'_>, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let ty = aiterator.ty(vm);
        let Some(f) = ty.slots.am_anext.get() else {
            return Err(vm.type_error(format!("'{}' object is not an async iterator", ty.tp_name())));
        };
        let awaitable = f(vm, aiterator)?;
        match default.given() {
            None => Ok(awaitable),
            Some(d) => Ok(crate::generators::async_generator::new_anext(vm, awaitable, d.to_obj())),
        }
    }
}
