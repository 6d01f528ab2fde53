//! `instancemethod`: makes any callable bind like a function. Only reachable from native code.

use krait_macros::{Trace, pyclass};
use krait_object::function::{alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::table_layout;

/// A callable that binds to instances.
#[repr(C)]
#[derive(Trace)]
pub struct PyInstanceMethod {
    header: Header,
    func: Obj,
}
table_layout!(PyInstanceMethod => instancemethod);

/// instancemethod(function)
///
/// Bind a function to a class.
#[pyclass("instancemethod", layout = PyInstanceMethod, table = instancemethod, nosig)]
pub mod instancemethod {
    use super::*;

    #[pynew("instancemethod(function, /)")]
    fn new(vm: &Vm, _cls: &PyType, function: Ref<'_>) -> PyResult<Obj> {
        if !vm.is_callable(function) {
            return Err(vm.type_error("first argument must be callable"));
        }
        let payload = PyInstanceMethod { header: no_header(), func: function.to_obj() };
        // SAFETY: `instancemethod` has this layout.
        Ok(unsafe { alloc_exact(vm, vm.types.instancemethod, payload) }.into_obj())
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyInstanceMethod) -> PyResult<String> {
        let name = vm.getattr_opt(zelf.func.r(), vm.names().__name__)?;
        let name = name.and_then(|n| n.downcast::<PyStr>(vm).ok()).map_or_else(|| "?".to_owned(), |s| s.to_string_lossy());
        Ok(format!("<instancemethod {name} at {:#x}>", zelf.r().value().0))
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyInstanceMethod, args: Args<'_>) -> PyResult<Obj> {
        vm.call_args(zelf.func.r(), args)
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyInstanceMethod, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> Obj {
        match obj {
            Some(o) => vm.bound_method(zelf.func.r(), o),
            None => zelf.func.clone(),
        }
    }

    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PyInstanceMethod, name: &PyStr) -> PyResult<Obj> {
        if vm.types.instancemethod.lookup(vm, name).is_some() {
            return krait_object::lookup::generic_getattr(vm, zelf.r(), name);
        }
        vm.getattr(zelf.func.r(), name)
    }

    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyInstanceMethod, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        match (other.downcast_exact::<PyInstanceMethod>(vm), op) {
            (Some(o), CmpOp::Eq | CmpOp::Ne) => Ok(Obj::bool(vm.eq(zelf.func.r(), o.func.r())? == (op == CmpOp::Eq))),
            _ => Ok(vm.not_implemented()),
        }
    }

    /// the function (or other callable) implementing a method
    #[member("__func__")]
    fn func(zelf: &PyInstanceMethod) -> Obj {
        zelf.func.clone()
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyInstanceMethod) -> PyResult<Obj> {
        vm.getattr(zelf.func.r(), vm.names().__doc__)
    }
}
