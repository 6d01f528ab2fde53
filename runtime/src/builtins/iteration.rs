//! Iteration, lengths, sorting.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_types::iters::PyCallIter;
use krait_types::list::sort_items;

/// Does any item (`want`) or every item (`!want`) of an iterable have the truth value `want`?
fn search(vm: &Vm, iterable: Ref<'_>, want: bool) -> PyResult<bool> {
    if let Some(l) = iterable.downcast_exact::<PyList>(vm) {
        let mut i = 0;
        while let Some(v) = l.get(i) {
            if vm.is_true(v.r())? == want {
                return Ok(true);
            }
            i += 1;
        }
        return Ok(false);
    }
    let it = vm.iter(iterable)?;
    while let Some(v) = vm.iter_next(it.r())? {
        if vm.is_true(v.r())? == want {
            return Ok(true);
        }
    }
    Ok(false)
}

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// Return True if bool(x) is True for all values x in the iterable.
    ///
    /// If the iterable is empty, return True.
    #[pyfunction("all(iterable, /)", quiet)]
    fn all(vm: &Vm, iterable: Ref<'_>) -> PyResult<bool> {
        Ok(!search(vm, iterable, false)?)
    }
    /// Return True if bool(x) is True for any x in the iterable.
    ///
    /// If the iterable is empty, return False.
    #[pyfunction("any(iterable, /)", quiet)]
    fn any(vm: &Vm, iterable: Ref<'_>) -> PyResult<bool> {
        search(vm, iterable, true)
    }
    /// iter(iterable) -> iterator
    /// iter(callable, sentinel) -> iterator
    ///
    /// Get an iterator from an object.
    /// In the first form, the argument must supply its own iterator, or be a sequence.
    /// In the second form, the callable is called until it returns the sentinel.
    #[pyfunction("iter(object, sentinel=<unrepresentable>, /)", nosig)]
    fn iter(vm: &Vm, object: Ref<'_>, sentinel: OptArg<Ref<'_>>) -> PyResult<Obj> {
        match sentinel.given() {
            None => vm.iter(object),
            Some(s) if vm.is_callable(object) => Ok(PyCallIter::create(vm, object.to_obj(), s.to_obj())),
            Some(_) => Err(vm.type_error("iter(v, w): v must be callable")),
        }
    }
    /// next(iterator[, default])
    ///
    /// Return the next item from the iterator. If default is given and the iterator
    /// is exhausted, it is returned instead of raising StopIteration.
    #[pyfunction("next(iterator, default=<unrepresentable>, /)", nosig)]
    fn next(vm: &Vm, iterator: Ref<'_>, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let Some(f) = iterator.ty(vm).slots.iternext.get() else {
            return Err(vm.type_error(format!("'{}' object is not an iterator", iterator.ty(vm).tp_name())));
        };
        match (f(vm, iterator), default.given()) {
            (Ok(Some(v)), _) => Ok(v),
            (Ok(None), Some(d)) => Ok(d.to_obj()),
            (Ok(None), None) => Err(vm.stop_iteration(Obj::none())),
            (Err(e), Some(d)) => {
                drop(vm.catch(e, vm.types.stop_iteration)?);
                Ok(d.to_obj())
            }
            (Err(e), None) => Err(e),
        }
    }
    /// Return the number of items in a container.
    #[pyfunction("len(obj, /)")]
    fn len(vm: &Vm, obj: Ref<'_>) -> PyResult<usize> {
        vm.len(obj)
    }
    /// Return a new list containing all items from the iterable in ascending order.
    ///
    /// A custom key function can be supplied to customize the sort order, and the
    /// reverse flag can be set to request the result in descending order.
    #[pyfunction("sorted(iterable, /, *, key=None, reverse=False)", raw, quiet)]
    fn sorted(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        krait_object::unpack::check_positional(vm, "sorted", args.npos(), 1, 1)?;
        let (mut key, mut reverse) = (None, false);
        for (k, v) in args.kwargs() {
            if k.eq_str("key") {
                key = Some(v).filter(|v| !v.is_none());
            } else if k.eq_str("reverse") {
                reverse = vm.is_true(v)?;
            } else {
                return Err(krait_object::unpack::unexpected_keyword(vm, "sort", k, &["key", "reverse"]));
            }
        }
        let mut items = vm.collect(args.pos()[0])?;
        sort_items(vm, &mut items, key, reverse)?;
        Ok(vm.list(items))
    }
}
