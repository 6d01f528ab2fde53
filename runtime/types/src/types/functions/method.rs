//! `method`: a callable bound to an instance.

use krait_macros::pyclass;
use krait_object::function::PyBoundMethod;
use krait_object::hash;
use krait_object::lookup::generic_getattr;
use krait_object::prelude::*;

use crate::types::descriptors::reduce_getattr;

/// Create a bound instance method object.
#[pyclass("method", layout = PyBoundMethod, table = method, weakref)]
pub mod method {
    use super::*;

    #[pynew("method(function, instance, /)")]
    fn new(vm: &Vm, _cls: &PyType, function: Ref<'_>, instance: Ref<'_>) -> PyResult<Obj> {
        if !vm.is_callable(function) {
            return Err(vm.type_error("first argument must be callable"));
        }
        if instance.is_none() {
            return Err(vm.type_error("instance must not be None"));
        }
        Ok(vm.bound_method(function, instance))
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyBoundMethod) -> PyResult<String> {
        let n = vm.names();
        let mut name = vm.getattr_opt(zelf.func.r(), n.__qualname__)?;
        if name.is_none() {
            name = vm.getattr_opt(zelf.func.r(), n.__name__)?;
        }
        let name = match name.as_ref().and_then(|n| n.r().downcast::<PyStr>(vm)) {
            Some(s) => s.to_string_lossy(),
            None => "?".to_owned(),
        };
        Ok(format!("<bound method {name} of {}>", vm.repr_text(zelf.self_.r())?))
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyBoundMethod, args: Args<'_>) -> PyResult<Obj> {
        vm.call_prepend(zelf.func.r(), zelf.self_.r(), args)
    }

    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyBoundMethod) -> PyResult<i64> {
        let s = hash::hash_pointer(zelf.self_.value().0 as *const u8);
        Ok(hash::fix(s ^ vm.hash(zelf.func.r())?))
    }

    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyBoundMethod, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(o) = other.downcast_exact::<PyBoundMethod>(vm) else { return Ok(vm.not_implemented()) };
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return Ok(vm.not_implemented());
        }
        let same = vm.eq(zelf.func.r(), o.func.r())? && zelf.self_.is(o.self_.r());
        Ok(Obj::bool(same == (op == CmpOp::Eq)))
    }

    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PyBoundMethod, name: &PyStr) -> PyResult<Obj> {
        if vm.types.method.lookup(vm, name).is_some() {
            return generic_getattr(vm, zelf.r(), name);
        }
        vm.getattr(zelf.func.r(), name)
    }

    #[slot(descr_get)]
    fn get(zelf: &PyBoundMethod, _obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> Obj {
        zelf.to_obj()
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(vm: &Vm, zelf: &PyBoundMethod) -> PyResult<Obj> {
        let name = vm.getattr(zelf.func.r(), vm.names().__name__)?;
        reduce_getattr(vm, zelf.self_.r(), name)
    }

    /// the function (or other callable) implementing a method
    #[member("__func__")]
    fn func(zelf: &PyBoundMethod) -> Obj {
        zelf.func.clone()
    }

    /// the instance to which a method is bound
    #[member("__self__")]
    fn self_(zelf: &PyBoundMethod) -> Obj {
        zelf.self_.clone()
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyBoundMethod) -> PyResult<Obj> {
        vm.getattr(zelf.func.r(), vm.names().__doc__)
    }
}
