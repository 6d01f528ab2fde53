//! `types.MappingProxyType`: a read-only view of a mapping.

use krait_macros::{Trace, pyclass};
use krait_object::convert::type_word;
use krait_object::function::{alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::protocol::generic_alias;
use krait_object::protocol::number::BinOp;
use krait_object::str::StrBuilder;
use krait_object::table_layout;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&mappingproxy::DEF];

/// A read-only view of a mapping.
#[repr(C)]
#[derive(Trace)]
pub struct PyMappingProxy {
    header: Header,
    pub mapping: Obj,
}
table_layout!(PyMappingProxy => mapping_proxy);

impl PyMappingProxy {
    /// A view of `mapping`, which must be one.
    pub fn new(vm: &Vm, mapping: Obj) -> Py<PyMappingProxy> {
        // SAFETY: the type has this layout and no attributes, and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.mapping_proxy, PyMappingProxy { header: no_header(), mapping }) }
    }
    /// The mapping, for an operation on it. Views of views may be nested without end.
    fn inner(&self, vm: &Vm) -> PyResult<Ref<'_>> {
        vm.check_stack("")?;
        Ok(self.mapping.r())
    }
    /// Is the mapping a plain dict? Then no Python code stands between us and its items.
    fn dict<'a>(&'a self, vm: &Vm) -> Option<&'a PyDict> {
        self.mapping.r().downcast_exact::<PyDict>(vm)
    }
}

fn unwrap<'a>(vm: &Vm, o: Ref<'a>) -> Ref<'a> {
    match o.downcast::<PyMappingProxy>(vm) {
        Some(p) => p.mapping.r(),
        None => o,
    }
}

/// Read-only proxy of a mapping.
#[pyclass("mappingproxy", layout = PyMappingProxy, table = mapping_proxy, flags(MAPPING))]
pub mod mappingproxy {
    use super::*;

    #[pynew("mappingproxy(mapping)")]
    fn new(vm: &Vm, _cls: &PyType, mapping: Ref<'_>) -> PyResult<Obj> {
        let ty = mapping.ty(vm);
        let is_mapping =
            ty.slots.mp_subscript.get().is_some() && !ty.has_flag(TypeFlags::LIST_SUBCLASS) && !ty.has_flag(TypeFlags::TUPLE_SUBCLASS);
        if !is_mapping {
            let got = type_word(vm, mapping);
            return Err(vm.type_error(format!("mappingproxy() argument must be a mapping, not {got}")));
        }
        Ok(PyMappingProxy::new(vm, mapping.to_obj()).into_obj())
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<Obj> {
        let mut out = StrBuilder::new();
        out.push_str("mappingproxy(");
        out.push_pystr(&*vm.repr(zelf.inner(vm)?)?);
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<Py<PyStr>> {
        vm.str_of(zelf.inner(vm)?)
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<i64> {
        vm.hash(zelf.inner(vm)?)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyMappingProxy, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        vm.richcompare(zelf.inner(vm)?, other, op)
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<Obj> {
        vm.iter(zelf.inner(vm)?)
    }
    #[slot(mp_length)]
    fn len(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<usize> {
        vm.len(zelf.inner(vm)?)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyMappingProxy, key: Ref<'_>) -> PyResult<Obj> {
        vm.getitem(zelf.inner(vm)?, key)
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PyMappingProxy, key: Ref<'_>) -> PyResult<bool> {
        match zelf.dict(vm) {
            Some(d) => d.contains(vm, key),
            None => vm.contains(zelf.inner(vm)?, key),
        }
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.check_stack("")?;
        vm.binary(BinOp::Or, unwrap(vm, a), unwrap(vm, b))
    }
    #[slot(nb_inplace_or)]
    fn ior(vm: &Vm, zelf: Ref<'_>, _other: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error(format!("'|=' is not supported by {}; use '|' instead", zelf.ty(vm).tp_name())))
    }
    /// Return the value for key if key is in the mapping, else default.
    #[pymethod("get(self, key, default=None, /)")]
    fn get(vm: &Vm, zelf: &PyMappingProxy, key: Ref<'_>, default: Option<Ref<'_>>) -> PyResult<Obj> {
        let default = default.unwrap_or(vm.none());
        if let Some(d) = zelf.dict(vm) {
            return Ok(d.get(vm, key)?.unwrap_or_else(|| default.to_obj()));
        }
        vm.call_method(zelf.inner(vm)?, vm.names().get, &[key, default])
    }
    /// D.keys() -> a set-like object providing a view on D's keys
    #[pymethod]
    fn keys(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<Obj> {
        vm.call_method_str(zelf.inner(vm)?, "keys", &[])
    }
    /// D.values() -> an object providing a view on D's values
    #[pymethod]
    fn values(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<Obj> {
        vm.call_method_str(zelf.inner(vm)?, "values", &[])
    }
    /// D.items() -> a set-like object providing a view on D's items
    #[pymethod]
    fn items(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<Obj> {
        vm.call_method_str(zelf.inner(vm)?, "items", &[])
    }
    /// D.copy() -> a shallow copy of D
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<Obj> {
        vm.call_method_str(zelf.inner(vm)?, "copy", &[])
    }
    /// See PEP 585
    #[pyclassmethod(raw)]
    fn __class_getitem__(vm: &Vm, cls: Ref<'_>, item: Ref<'_>) -> PyResult<Obj> {
        generic_alias(vm, cls, item)
    }
    /// D.__reversed__() -> reverse iterator
    #[pymethod]
    fn __reversed__(vm: &Vm, zelf: &PyMappingProxy) -> PyResult<Obj> {
        vm.call_method_str(zelf.inner(vm)?, "__reversed__", &[])
    }
}
