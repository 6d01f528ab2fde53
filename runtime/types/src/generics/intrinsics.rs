//! What the instructions for type parameter lists and `type` statements call.

use krait_object::prelude::*;

use super::generic::generic_of;
use super::typevartuple::unpack_all;
use super::{PyParamSpec, PyTypeAlias, PyTypeVar, PyTypeVarTuple};

/// `[T]`.
pub fn make_typevar(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    PyTypeVar::declared(vm, name, None, None).map(Py::into_obj)
}

/// `[T: bound]`; `evaluator` gives the bound.
pub fn make_typevar_with_bound(vm: &Vm, name: &PyStr, evaluator: Obj) -> PyResult<Obj> {
    PyTypeVar::declared(vm, name, Some(evaluator), None).map(Py::into_obj)
}

/// `[T: (a, b)]`; `evaluator` gives the tuple of constraints.
pub fn make_typevar_with_constraints(vm: &Vm, name: &PyStr, evaluator: Obj) -> PyResult<Obj> {
    PyTypeVar::declared(vm, name, None, Some(evaluator)).map(Py::into_obj)
}

/// `[**P]`.
pub fn make_paramspec(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    PyParamSpec::declared(vm, name).map(Py::into_obj)
}

/// `[*Ts]`.
pub fn make_typevartuple(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    PyTypeVarTuple::declared(vm, name).map(Py::into_obj)
}

/// `[T = default]`: `evaluator` gives the default of an existing type parameter.
pub fn set_typeparam_default(vm: &Vm, param: Ref<'_>, evaluator: Obj) -> PyResult<Obj> {
    let default = if let Some(t) = param.downcast::<PyTypeVar>(vm) {
        &t.default
    } else if let Some(t) = param.downcast::<PyParamSpec>(vm) {
        &t.default
    } else if let Some(t) = param.downcast::<PyTypeVarTuple>(vm) {
        &t.default
    } else {
        let shown = vm.repr_text(param)?;
        return Err(vm.type_error(format!("Expected a type param, got {shown}")));
    };
    default.set_evaluator(evaluator);
    Ok(param.to_obj())
}

/// `type name[params] = value`; `type_params` is a tuple or None, `evaluator` gives the value.
pub fn make_typealias(vm: &Vm, name: &PyStr, type_params: Ref<'_>, evaluator: Obj) -> PyResult<Obj> {
    let params = type_params.downcast::<PyTuple>(vm).map(Layout::to_py);
    Ok(PyTypeAlias::declared(vm, name, params, evaluator).into_obj())
}

/// `Generic[params]`, the implicit base of `class C[T]`.
pub fn subscript_generic(vm: &Vm, params: Ref<'_>) -> PyResult<Obj> {
    let Some(params) = params.downcast::<PyTuple>(vm) else {
        return Err(vm.type_error("type parameters must be a tuple"));
    };
    let params = unpack_all(vm, params)?;
    generic_of(vm, params.r())
}
