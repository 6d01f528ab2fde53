//! `typing.TypeVar`.

use krait_macros::{Trace, pyclass};
use krait_object::function::no_header;
use krait_object::prelude::*;
use krait_object::table_layout;

use super::{Lazy, alloc, call_typing, check_variance, set_module, type_check, variance_repr};

/// A type variable.
#[repr(C)]
#[derive(Trace)]
pub struct PyTypeVar {
    header: Header,
    pub name: Py<PyStr>,
    pub bound: Lazy,
    /// A tuple.
    pub constraints: Lazy,
    pub default: Lazy,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}
table_layout!(PyTypeVar => typevar);

impl PyTypeVar {
    /// A type variable of the `[T]` syntax: the variance is inferred, bound or constraints are
    /// evaluated when asked for.
    pub fn declared(vm: &Vm, name: &PyStr, bound: Option<Obj>, constraints: Option<Obj>) -> PyResult<Py<PyTypeVar>> {
        let payload = PyTypeVar {
            header: no_header(),
            name: name.to_py(),
            bound: Lazy::by(bound),
            constraints: Lazy::by(constraints),
            default: Lazy::of(None),
            covariant: false,
            contravariant: false,
            infer_variance: true,
        };
        alloc(vm, payload)
    }
}

/// The arguments of a subscription, with the default of the type parameter `param` appended if
/// they end right before it.
pub fn append_default(vm: &Vm, param: Ref<'_>, alias: Ref<'_>, args: Ref<'_>) -> PyResult<Obj> {
    let params = vm.getattr(alias, vm.names().__parameters__)?;
    let given = vm.len(args)?;
    let mut index = None;
    for (i, p) in vm.collect(params.r())?.iter().enumerate() {
        if vm.eq(p.r(), param)? {
            index = Some(i);
            break;
        }
    }
    let Some(index) = index else { return Err(vm.value_error("tuple.index(x): x not in tuple")) };
    if index < given {
        return Ok(args.to_obj());
    }
    if index == given {
        let default = vm.getattr(param, vm.names().__default__)?;
        if !default.is(super::no_default(vm).r()) {
            let mut all = vm.collect(args)?;
            all.push(default);
            return Ok(vm.tuple(all));
        }
    }
    let shown = vm.str_text(alias)?;
    let text = format!("Too few arguments for {shown}; actual {given}, expected at least {}", index + 1);
    Err(vm.type_error(text))
}

/// Type variable.
///
/// The preferred way to construct a type variable is via the dedicated
/// syntax for generic functions, classes, and type aliases::
///
///     class Sequence[T]:  # T is a TypeVar
///         ...
///
/// Bounds, constraints and defaults are written in the same place::
///
///     class StrSequence[S: str]: ...
///     class StrOrBytesSequence[A: (str, bytes)]: ...
///     class IntDefault[T = int]: ...
///
/// Reusable type variables can also be constructed manually::
///
///    T = TypeVar('T')  # Can be anything
///    S = TypeVar('S', bound=str)  # Can be any subtype of str
///    A = TypeVar('A', str, bytes)  # Must be exactly str or bytes
///    D = TypeVar('D', default=int)  # Defaults to int
///
/// Manually created type variables are invariant unless covariant=True,
/// contravariant=True or infer_variance=True is passed.
#[pyclass("TypeVar", layout = PyTypeVar, table = typevar, module = "typing", attrs, weakref, nosig)]
pub mod typevar {
    use super::*;

    #[classattr("__module__")]
    const MODULE: &str = "typing";

    #[pynew("typevar(name, *constraints, bound=None, default=..., covariant=False, contravariant=False, infer_variance=False)", nosig)]
    fn new(
        vm: &Vm,
        _cls: &PyType,
        name: &PyStr,
        constraints: &[Ref<'_>],
        bound: Option<Ref<'_>>,
        default: OptArg<Ref<'_>>,
        covariant: bool,
        contravariant: bool,
        infer_variance: bool,
    ) -> PyResult<Obj> {
        check_variance(vm, covariant, contravariant, infer_variance)?;
        let bound = match bound.filter(|b| !b.is_none()) {
            Some(b) => Some(type_check(vm, b, "Bound must be a type.")?),
            None => None,
        };
        match constraints.len() {
            0 => {}
            1 => return Err(vm.type_error("A single constraint is not allowed")),
            _ if bound.is_some() => return Err(vm.type_error("Constraints cannot be combined with bound=...")),
            _ => {}
        }
        let constraints = if constraints.is_empty() { None } else { Some(PyTuple::from_refs(vm, constraints).into_obj()) };
        let default = default.given().map_or_else(|| crate::generics::no_default(vm), Ref::to_obj);
        let payload = PyTypeVar {
            header: no_header(),
            name: name.to_py(),
            bound: Lazy::of(bound),
            constraints: Lazy::of(constraints),
            default: Lazy::of(Some(default)),
            covariant,
            contravariant,
            infer_variance,
        };
        let new = alloc(vm, payload)?;
        set_module(vm, new.r())?;
        Ok(new.into_obj())
    }
    #[slot(clear)]
    fn clear(zelf: &PyTypeVar) {
        zelf.bound.unlink();
        zelf.constraints.unlink();
        zelf.default.unlink();
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTypeVar) -> Obj {
        variance_repr(vm, &zelf.name, zelf.covariant, zelf.contravariant, zelf.infer_variance)
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        crate::generics::union::union_of_two(vm, a, b)
    }
    #[pymethod]
    fn __typing_subst__(vm: &Vm, zelf: Ref<'_>, arg: Ref<'_>) -> PyResult<Obj> {
        call_typing(vm, "_typevar_subst", Args::positional(&[zelf, arg]))
    }
    #[pymethod]
    fn __typing_prepare_subst__(vm: &Vm, zelf: Ref<'_>, alias: Ref<'_>, args: Ref<'_>) -> PyResult<Obj> {
        append_default(vm, zelf, alias, args)
    }
    #[pymethod]
    fn __reduce__(zelf: &PyTypeVar) -> Obj {
        zelf.name.to_obj()
    }
    #[pymethod]
    fn has_default(vm: &Vm, zelf: &PyTypeVar) -> bool {
        zelf.default.is_given(vm)
    }
    #[pymethod(raw)]
    fn __mro_entries__(vm: &Vm, _zelf: &PyTypeVar, _bases: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error("Cannot subclass an instance of TypeVar"))
    }
    #[member]
    fn __name__(zelf: &PyTypeVar) -> Obj {
        zelf.name.to_obj()
    }
    #[member]
    fn __covariant__(zelf: &PyTypeVar) -> bool {
        zelf.covariant
    }
    #[member]
    fn __contravariant__(zelf: &PyTypeVar) -> bool {
        zelf.contravariant
    }
    #[member]
    fn __infer_variance__(zelf: &PyTypeVar) -> bool {
        zelf.infer_variance
    }
    #[getter]
    fn __bound__(vm: &Vm, zelf: &PyTypeVar) -> PyResult<Option<Obj>> {
        zelf.bound.get(vm)
    }
    #[getter]
    fn __constraints__(vm: &Vm, zelf: &PyTypeVar) -> PyResult<Obj> {
        Ok(zelf.constraints.get(vm)?.unwrap_or_else(|| vm.tuple(vec![])))
    }
    #[getter]
    fn __default__(vm: &Vm, zelf: &PyTypeVar) -> PyResult<Obj> {
        zelf.default.or_no_default(vm)
    }
    #[getter]
    fn evaluate_bound(vm: &Vm, zelf: &PyTypeVar) -> PyResult<Obj> {
        zelf.bound.evaluate_function(vm)
    }
    #[getter]
    fn evaluate_constraints(vm: &Vm, zelf: &PyTypeVar) -> PyResult<Obj> {
        zelf.constraints.evaluate_function(vm)
    }
    #[getter]
    fn evaluate_default(vm: &Vm, zelf: &PyTypeVar) -> PyResult<Obj> {
        zelf.default.evaluate_function(vm)
    }
}
