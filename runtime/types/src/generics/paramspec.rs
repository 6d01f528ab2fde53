//! `typing.ParamSpec` and its `args` and `kwargs`.

use krait_macros::{Trace, pyclass};
use krait_object::function::{alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::str::StrBuilder;
use krait_object::table_layout;

use super::{Lazy, alloc, call_typing, check_variance, set_module, type_check, variance_repr};
use crate::common::not_implemented;

/// A parameter specification variable.
#[repr(C)]
#[derive(Trace)]
pub struct PyParamSpec {
    header: Header,
    pub name: Py<PyStr>,
    bound: Option<Obj>,
    pub default: Lazy,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}
table_layout!(PyParamSpec => paramspec);

/// `P.args`.
#[repr(C)]
#[derive(Trace)]
pub struct PyParamSpecArgs {
    header: Header,
    origin: Obj,
}
table_layout!(PyParamSpecArgs => paramspec_args);

/// `P.kwargs`.
#[repr(C)]
#[derive(Trace)]
pub struct PyParamSpecKwargs {
    header: Header,
    origin: Obj,
}
table_layout!(PyParamSpecKwargs => paramspec_kwargs);

impl PyParamSpec {
    /// A parameter specification of the `[**P]` syntax.
    pub fn declared(vm: &Vm, name: &PyStr) -> PyResult<Py<PyParamSpec>> {
        let payload = PyParamSpec {
            header: no_header(),
            name: name.to_py(),
            bound: None,
            default: Lazy::of(None),
            covariant: false,
            contravariant: false,
            infer_variance: true,
        };
        alloc(vm, payload)
    }
}

/// Parameter specification variable.
///
/// The preferred way to construct a parameter specification is via the
/// dedicated syntax for generic functions, classes, and type aliases,
/// where the use of '**' creates a parameter specification::
///
///     type IntFunc[**P] = Callable[P, int]
///
/// ParamSpec objects can also be created by a call::
///
///     P = ParamSpec('P')
///     DefaultP = ParamSpec('DefaultP', default=(int, str))
///
/// They forward the parameter types of one callable to another callable,
/// and are only valid when used in ``Concatenate``, as the first argument
/// to ``Callable``, or as parameters for user-defined generics.
#[pyclass("ParamSpec", layout = PyParamSpec, table = paramspec, module = "typing", attrs, weakref, nosig)]
pub mod paramspec {
    use super::*;

    #[classattr("__module__")]
    const MODULE: &str = "typing";

    #[pynew("paramspec(name, *, bound=None, default=..., covariant=False, contravariant=False, infer_variance=False)", nosig)]
    fn new(
        vm: &Vm,
        _cls: &PyType,
        name: &PyStr,
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
        let default = default.given().map_or_else(|| crate::generics::no_default(vm), Ref::to_obj);
        let payload = PyParamSpec {
            header: no_header(),
            name: name.to_py(),
            bound,
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
    fn clear(zelf: &PyParamSpec) {
        zelf.default.unlink();
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyParamSpec) -> Obj {
        variance_repr(vm, &zelf.name, zelf.covariant, zelf.contravariant, zelf.infer_variance)
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        crate::generics::union::union_of_two(vm, a, b)
    }
    #[pymethod]
    fn __typing_subst__(vm: &Vm, zelf: Ref<'_>, arg: Ref<'_>) -> PyResult<Obj> {
        call_typing(vm, "_paramspec_subst", Args::positional(&[zelf, arg]))
    }
    #[pymethod]
    fn __typing_prepare_subst__(vm: &Vm, zelf: Ref<'_>, alias: Ref<'_>, args: Ref<'_>) -> PyResult<Obj> {
        call_typing(vm, "_paramspec_prepare_subst", Args::positional(&[zelf, alias, args]))
    }
    #[pymethod]
    fn __reduce__(zelf: &PyParamSpec) -> Obj {
        zelf.name.to_obj()
    }
    #[pymethod]
    fn has_default(vm: &Vm, zelf: &PyParamSpec) -> bool {
        zelf.default.is_given(vm)
    }
    #[pymethod(raw)]
    fn __mro_entries__(vm: &Vm, _zelf: &PyParamSpec, _bases: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error("Cannot subclass an instance of ParamSpec"))
    }
    #[member]
    fn __name__(zelf: &PyParamSpec) -> Obj {
        zelf.name.to_obj()
    }
    #[member]
    fn __bound__(zelf: &PyParamSpec) -> Option<Obj> {
        zelf.bound.clone()
    }
    #[member]
    fn __covariant__(zelf: &PyParamSpec) -> bool {
        zelf.covariant
    }
    #[member]
    fn __contravariant__(zelf: &PyParamSpec) -> bool {
        zelf.contravariant
    }
    #[member]
    fn __infer_variance__(zelf: &PyParamSpec) -> bool {
        zelf.infer_variance
    }
    /// Represents positional arguments.
    #[getter]
    fn args(vm: &Vm, zelf: &PyParamSpec) -> Obj {
        let payload = PyParamSpecArgs { header: no_header(), origin: zelf.to_obj() };
        // SAFETY: the type has this layout and no attributes.
        unsafe { alloc_exact(vm, vm.types.paramspec_args, payload) }.into_obj()
    }
    /// Represents keyword arguments.
    #[getter]
    fn kwargs(vm: &Vm, zelf: &PyParamSpec) -> Obj {
        let payload = PyParamSpecKwargs { header: no_header(), origin: zelf.to_obj() };
        // SAFETY: the type has this layout and no attributes.
        unsafe { alloc_exact(vm, vm.types.paramspec_kwargs, payload) }.into_obj()
    }
    /// The default value for this ParamSpec.
    #[getter]
    fn __default__(vm: &Vm, zelf: &PyParamSpec) -> PyResult<Obj> {
        zelf.default.or_no_default(vm)
    }
    #[getter]
    fn evaluate_default(vm: &Vm, zelf: &PyParamSpec) -> PyResult<Obj> {
        zelf.default.evaluate_function(vm)
    }
}

/// `P.args` or `P.kwargs`; other origins by repr.
fn part_repr(vm: &Vm, origin: Ref<'_>, part: &str) -> PyResult<Obj> {
    let mut out = StrBuilder::new();
    match origin.downcast::<PyParamSpec>(vm) {
        Some(p) => out.push_pystr(&p.name),
        None => out.push_pystr(&*vm.repr(origin)?),
    }
    out.push_str(part);
    Ok(out.finish(vm).into_obj())
}

fn part_compare(vm: &Vm, same_type: bool, a: Ref<'_>, b: Option<Ref<'_>>, op: CmpOp) -> PyResult<Obj> {
    match b {
        Some(b) if same_type && matches!(op, CmpOp::Eq | CmpOp::Ne) => vm.richcompare(a, b, op),
        _ => not_implemented(),
    }
}

/// The args for a ParamSpec object.
///
/// Given a ParamSpec object P, P.args is an instance of ParamSpecArgs.
///
/// ParamSpecArgs objects have a reference back to their ParamSpec::
///
///     >>> P = ParamSpec("P")
///     >>> P.args.__origin__ is P
///     True
///
/// This type is meant for runtime introspection and has no special meaning
/// to static type checkers.
#[pyclass("ParamSpecArgs", layout = PyParamSpecArgs, table = paramspec_args, module = "typing", weakref, unhashable, nosig)]
pub mod paramspec_args {
    use super::*;

    #[classattr("__module__")]
    const MODULE: &str = "typing";

    #[pynew("paramspecargs(origin)", nosig)]
    fn new(vm: &Vm, _cls: &PyType, origin: Ref<'_>) -> Obj {
        let payload = PyParamSpecArgs { header: no_header(), origin: origin.to_obj() };
        // SAFETY: the type has this layout and no attributes, and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.paramspec_args, payload) }.into_obj()
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyParamSpecArgs) -> PyResult<Obj> {
        part_repr(vm, zelf.origin.r(), ".args")
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyParamSpecArgs, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let b = other.downcast_exact::<PyParamSpecArgs>(vm);
        part_compare(vm, b.is_some(), zelf.origin.r(), b.map(|b| b.origin.r()), op)
    }
    #[pymethod(raw)]
    fn __mro_entries__(vm: &Vm, _zelf: &PyParamSpecArgs, _bases: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error("Cannot subclass an instance of ParamSpecArgs"))
    }
    #[member]
    fn __origin__(zelf: &PyParamSpecArgs) -> Obj {
        zelf.origin.clone()
    }
}

/// The kwargs for a ParamSpec object.
///
/// Given a ParamSpec object P, P.kwargs is an instance of ParamSpecKwargs.
///
/// ParamSpecKwargs objects have a reference back to their ParamSpec::
///
///     >>> P = ParamSpec("P")
///     >>> P.kwargs.__origin__ is P
///     True
///
/// This type is meant for runtime introspection and has no special meaning
/// to static type checkers.
#[pyclass("ParamSpecKwargs", layout = PyParamSpecKwargs, table = paramspec_kwargs, module = "typing", weakref, unhashable, nosig)]
pub mod paramspec_kwargs {
    use super::*;

    #[classattr("__module__")]
    const MODULE: &str = "typing";

    #[pynew("paramspeckwargs(origin)", nosig)]
    fn new(vm: &Vm, _cls: &PyType, origin: Ref<'_>) -> Obj {
        let payload = PyParamSpecKwargs { header: no_header(), origin: origin.to_obj() };
        // SAFETY: the type has this layout and no attributes, and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.paramspec_kwargs, payload) }.into_obj()
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyParamSpecKwargs) -> PyResult<Obj> {
        part_repr(vm, zelf.origin.r(), ".kwargs")
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyParamSpecKwargs, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let b = other.downcast_exact::<PyParamSpecKwargs>(vm);
        part_compare(vm, b.is_some(), zelf.origin.r(), b.map(|b| b.origin.r()), op)
    }
    #[pymethod(raw)]
    fn __mro_entries__(vm: &Vm, _zelf: &PyParamSpecKwargs, _bases: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error("Cannot subclass an instance of ParamSpecKwargs"))
    }
    #[member]
    fn __origin__(zelf: &PyParamSpecKwargs) -> Obj {
        zelf.origin.clone()
    }
}
