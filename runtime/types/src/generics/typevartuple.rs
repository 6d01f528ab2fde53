//! `typing.TypeVarTuple`.

use krait_macros::{Trace, pyclass};
use krait_object::function::no_header;
use krait_object::prelude::*;
use krait_object::table_layout;

use super::{Lazy, alloc, call_typing, set_module};

/// A type variable that stands for any number of types.
#[repr(C)]
#[derive(Trace)]
pub struct PyTypeVarTuple {
    header: Header,
    pub name: Py<PyStr>,
    pub default: Lazy,
}
table_layout!(PyTypeVarTuple => typevartuple);

impl PyTypeVarTuple {
    /// A type variable tuple of the `[*Ts]` syntax.
    pub fn declared(vm: &Vm, name: &PyStr) -> PyResult<Py<PyTypeVarTuple>> {
        alloc(vm, PyTypeVarTuple { header: no_header(), name: name.to_py(), default: Lazy::of(None) })
    }
}

/// `typing.Unpack[ts]`.
pub fn unpack(vm: &Vm, ts: Ref<'_>) -> PyResult<Obj> {
    let typing = (vm.interp.hooks().import)(vm, "typing")?;
    let unpack = vm.getattr_str(typing.r(), "Unpack")?;
    vm.getitem(unpack.r(), ts)
}

/// Type parameters with each type variable tuple unpacked.
pub fn unpack_all(vm: &Vm, params: &PyTuple) -> PyResult<Py<PyTuple>> {
    let mut out = Vec::with_capacity(params.len());
    for p in params.as_slice() {
        out.push(if p.r().is_exact::<PyTypeVarTuple>(vm) { unpack(vm, p.r())? } else { p.clone() });
    }
    Ok(PyTuple::new(vm, out))
}

/// Type variable tuple. A specialized form of type variable that enables
/// variadic generics.
///
/// The preferred way to construct a type variable tuple is via the
/// dedicated syntax for generic functions, classes, and type aliases,
/// where a single '*' indicates a type variable tuple::
///
///     def move_first_element_to_last[T, *Ts](tup: tuple[T, *Ts]) -> tuple[*Ts, T]:
///         return (*tup[1:], tup[0])
///
/// TypeVarTuple objects can also be created by a call::
///
///     Ts = TypeVarTuple('Ts')  # Can be given any name
///     DefaultTs = TypeVarTuple('Ts', default=(str, int))
///
/// Just as a TypeVar (type variable) is a placeholder for a single type,
/// a TypeVarTuple is a placeholder for an *arbitrary* number of types.
#[pyclass("TypeVarTuple", layout = PyTypeVarTuple, table = typevartuple, module = "typing", attrs, weakref, nosig)]
pub mod typevartuple {
    use super::*;

    #[classattr("__module__")]
    const MODULE: &str = "typing";

    #[pynew("typevartuple(name, *, default=...)", nosig)]
    fn new(vm: &Vm, _cls: &PyType, name: &PyStr, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let default = default.given().map_or_else(|| crate::generics::no_default(vm), Ref::to_obj);
        let new = alloc(vm, PyTypeVarTuple { header: no_header(), name: name.to_py(), default: Lazy::of(Some(default)) })?;
        set_module(vm, new.r())?;
        Ok(new.into_obj())
    }
    #[slot(clear)]
    fn clear(zelf: &PyTypeVarTuple) {
        zelf.default.unlink();
    }
    #[slot(repr)]
    fn repr(zelf: &PyTypeVarTuple) -> Obj {
        zelf.name.to_obj()
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyTypeVarTuple) -> PyResult<Obj> {
        let one = vm.tuple(vec![unpack(vm, zelf.r())?]);
        vm.iter(one.r())
    }
    #[pymethod(raw)]
    fn __typing_subst__(vm: &Vm, _zelf: &PyTypeVarTuple, _arg: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error("Substitution of bare TypeVarTuple is not supported"))
    }
    #[pymethod]
    fn __typing_prepare_subst__(vm: &Vm, zelf: Ref<'_>, alias: Ref<'_>, args: Ref<'_>) -> PyResult<Obj> {
        call_typing(vm, "_typevartuple_prepare_subst", Args::positional(&[zelf, alias, args]))
    }
    #[pymethod]
    fn __reduce__(zelf: &PyTypeVarTuple) -> Obj {
        zelf.name.to_obj()
    }
    #[pymethod]
    fn has_default(vm: &Vm, zelf: &PyTypeVarTuple) -> bool {
        zelf.default.is_given(vm)
    }
    #[pymethod(raw)]
    fn __mro_entries__(vm: &Vm, _zelf: &PyTypeVarTuple, _bases: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error("Cannot subclass an instance of TypeVarTuple"))
    }
    #[member]
    fn __name__(zelf: &PyTypeVarTuple) -> Obj {
        zelf.name.to_obj()
    }
    /// The default value for this TypeVarTuple.
    #[getter]
    fn __default__(vm: &Vm, zelf: &PyTypeVarTuple) -> PyResult<Obj> {
        zelf.default.or_no_default(vm)
    }
    #[getter]
    fn evaluate_default(vm: &Vm, zelf: &PyTypeVarTuple) -> PyResult<Obj> {
        zelf.default.evaluate_function(vm)
    }
}
