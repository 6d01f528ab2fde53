//! `typing.TypeAliasType`: what the `type` statement makes.

use krait_macros::{Trace, pyclass};
use krait_object::function::{PyFunction, alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::table_layout;

use super::typevartuple::{unpack, unpack_all};
use super::{Lazy, PyParamSpec, PyTypeVar, PyTypeVarTuple, caller_module, new_alias};

/// A type alias.
#[repr(C)]
#[derive(Trace)]
pub struct PyTypeAlias {
    header: Header,
    pub name: Py<PyStr>,
    /// `None` for an alias without type parameters.
    type_params: Option<Py<PyTuple>>,
    value: Lazy,
    /// Of aliases made by a call; others are in their evaluator's module.
    module: Option<Obj>,
}
table_layout!(PyTypeAlias => type_alias);

fn alloc(vm: &Vm, name: Py<PyStr>, params: Option<Py<PyTuple>>, value: Lazy, module: Option<Obj>) -> Py<PyTypeAlias> {
    let type_params = params.filter(|p| !p.is_empty());
    let payload = PyTypeAlias { header: no_header(), name, type_params, value, module };
    // SAFETY: the type has this layout and no attributes, and cannot be subclassed.
    unsafe { alloc_exact(vm, vm.types.type_alias, payload) }
}

impl PyTypeAlias {
    /// The alias of a `type` statement; `evaluator` gives its value.
    pub fn declared(vm: &Vm, name: &PyStr, type_params: Option<Py<PyTuple>>, evaluator: Obj) -> Py<PyTypeAlias> {
        alloc(vm, name.to_py(), type_params, Lazy::by(Some(evaluator)), None)
    }
}

/// The default of a type parameter; `None` if the object is no type parameter.
fn default_of(vm: &Vm, p: Ref<'_>) -> PyResult<Option<Obj>> {
    let default = if let Some(t) = p.downcast::<PyTypeVar>(vm) {
        &t.default
    } else if let Some(t) = p.downcast::<PyParamSpec>(vm) {
        &t.default
    } else if let Some(t) = p.downcast::<PyTypeVarTuple>(vm) {
        &t.default
    } else {
        return Ok(None);
    };
    default.or_no_default(vm).map(Some)
}

/// Checks the type parameters of an alias made by a call.
fn check_params(vm: &Vm, params: &PyTuple) -> PyResult<()> {
    let mut default_seen = false;
    for p in params.as_slice() {
        let Some(default) = default_of(vm, p.r())? else {
            let shown = vm.repr_text(p.r())?;
            return Err(vm.type_error(format!("Expected a type param, got {shown}")));
        };
        if !default.is(super::no_default(vm).r()) {
            default_seen = true;
        } else if default_seen {
            let shown = vm.repr_text(p.r())?;
            return Err(vm.type_error(format!("non-default type parameter '{shown}' follows default type parameter")));
        }
    }
    Ok(())
}

/// Type alias.
///
/// Type aliases are created through the type statement::
///
///     type Alias = int
///
/// In this example, Alias and int will be treated equivalently by static
/// type checkers.
///
/// At runtime, Alias is an instance of TypeAliasType. The __name__
/// attribute holds the name of the type alias. The value of the type alias
/// is stored in the __value__ attribute. It is evaluated lazily, so the
/// value is computed only if the attribute is accessed.
///
/// Type aliases can also be generic::
///
///     type ListOrSet[T] = list[T] | set[T]
///
/// In this case, the type parameters of the alias are stored in the
/// __type_params__ attribute.
///
/// See PEP 695 for more information.
#[pyclass("TypeAliasType", layout = PyTypeAlias, table = type_alias, module = "typing", nosig)]
pub mod typealias {
    use super::*;

    #[pynew("typealias(name, value, *, type_params=...)", nosig)]
    fn new(vm: &Vm, _cls: &PyType, name: &PyStr, value: Ref<'_>, type_params: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let params = match type_params.given() {
            Some(p) => match p.downcast::<PyTuple>(vm) {
                Some(t) => Some(t.to_py()),
                None => return Err(vm.type_error("type_params must be a tuple")),
            },
            None => None,
        };
        if let Some(p) = &params {
            check_params(vm, p)?;
        }
        let module = caller_module(vm)?;
        Ok(alloc(vm, name.to_py(), params, Lazy::of(Some(value.to_obj())), module).into_obj())
    }
    #[slot(clear)]
    fn clear(zelf: &PyTypeAlias) {
        zelf.value.unlink();
    }
    #[slot(repr)]
    fn repr(zelf: &PyTypeAlias) -> Obj {
        zelf.name.to_obj()
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyTypeAlias) -> PyResult<Obj> {
        let one = vm.tuple(vec![unpack(vm, zelf.r())?]);
        vm.iter(one.r())
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        crate::generics::type_or(vm, a, b)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyTypeAlias, args: Ref<'_>) -> PyResult<Obj> {
        if zelf.type_params.is_none() {
            return Err(vm.type_error("Only generic type aliases are subscriptable"));
        }
        new_alias(vm, zelf.r(), args)
    }
    #[pymethod]
    fn __reduce__(zelf: &PyTypeAlias) -> Obj {
        zelf.name.to_obj()
    }
    #[member]
    fn __name__(zelf: &PyTypeAlias) -> Obj {
        zelf.name.to_obj()
    }
    #[getter]
    fn __parameters__(vm: &Vm, zelf: &PyTypeAlias) -> PyResult<Obj> {
        match &zelf.type_params {
            Some(p) => Ok(unpack_all(vm, p)?.into_obj()),
            None => Ok(vm.tuple(vec![])),
        }
    }
    #[getter]
    fn __type_params__(vm: &Vm, zelf: &PyTypeAlias) -> Obj {
        zelf.type_params.as_ref().map_or_else(|| vm.tuple(vec![]), |p| p.to_obj())
    }
    #[getter]
    fn __value__(vm: &Vm, zelf: &PyTypeAlias) -> PyResult<Option<Obj>> {
        zelf.value.get(vm)
    }
    #[getter]
    fn evaluate_value(vm: &Vm, zelf: &PyTypeAlias) -> PyResult<Obj> {
        zelf.value.evaluate_function(vm)
    }
    #[getter]
    fn __module__(vm: &Vm, zelf: &PyTypeAlias) -> PyResult<Option<Obj>> {
        if let Some(m) = &zelf.module {
            return Ok(Some(m.clone()));
        }
        match zelf.value.evaluator() {
            // Evaluators that are no functions have no module to speak of.
            Some(f) if f.r().is_exact::<PyFunction>(vm) => vm.getattr(f.r(), vm.names().__module__).map(Some),
            _ => Ok(None),
        }
    }
}
