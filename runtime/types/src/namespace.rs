//! `types.SimpleNamespace`.

use krait_macros::pyclass;
use krait_object::dict::qualified_type_name;
use krait_object::instance::{alloc_instance, attrs_of};
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;
use krait_object::str::StrBuilder;

use crate::common::not_implemented;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&simple_namespace::DEF];

/// A namespace: nothing but attributes.
#[repr(C)]
pub struct PySimpleNamespace {
    header: Header,
}
krait_object::table_layout!(PySimpleNamespace => simple_namespace);

impl Trace for PySimpleNamespace {
    fn trace(&self, _: &mut krait_object::gc::Visitor<'_>) {}
}

impl PySimpleNamespace {
    /// A namespace with the given attributes.
    pub fn new(vm: &Vm, items: Vec<(&str, Obj)>) -> PyResult<Obj> {
        let ns = alloc_instance(vm, vm.types.simple_namespace, 0)?;
        for (name, value) in items {
            set(vm, ns.r(), &vm.intern(name), value)?;
        }
        Ok(ns)
    }
}

fn set(vm: &Vm, ns: Ref<'_>, name: &PyStr, value: Obj) -> PyResult<()> {
    match attrs_of(ns) {
        Some(a) => a.set(vm, name, value),
        None => Err(vm.system_error("namespace without attributes")),
    }
}

fn dict(vm: &Vm, ns: Ref<'_>) -> PyResult<Py<PyDict>> {
    match attrs_of(ns) {
        Some(a) => a.materialize(vm),
        None => Err(vm.system_error("namespace without attributes")),
    }
}

/// Sets the attributes that a dict names.
fn update(vm: &Vm, ns: Ref<'_>, from: &PyDict) -> PyResult<()> {
    let items = from.items_vec();
    if items.iter().any(|(k, _)| k.r().downcast::<PyStr>(vm).is_none()) {
        return Err(vm.type_error("keywords must be strings"));
    }
    for (k, v) in items {
        if let Some(name) = k.r().downcast::<PyStr>(vm) {
            set(vm, ns, name, v)?;
        }
    }
    Ok(())
}

fn update_kwargs(vm: &Vm, ns: Ref<'_>, args: &Args<'_>) -> PyResult<()> {
    args.kwargs().try_for_each(|(k, v)| set(vm, ns, k, v.to_obj()))
}

/// A simple attribute-based namespace.
#[pyclass("SimpleNamespace", layout = PySimpleNamespace, table = simple_namespace, module = "types", flags(BASETYPE), attrs, unhashable)]
pub mod simple_namespace {
    use super::*;

    #[slot(new)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        alloc_instance(vm, cls, 0)
    }
    #[pyinit("SimpleNamespace(mapping_or_iterable=(), /, **kwargs)", raw)]
    fn init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
        krait_object::unpack::check_positional(vm, &zelf.ty(vm).name_lossy(), args.npos(), 0, 1)?;
        if let Some(given) = args.pos().first() {
            let made = match given.downcast_exact::<PyDict>(vm) {
                Some(d) => d.to_obj(),
                None => vm.call1(vm.types.dict.r(), *given)?,
            };
            if let Some(d) = made.r().downcast::<PyDict>(vm) {
                update(vm, zelf, d)?;
            }
        }
        update_kwargs(vm, zelf, &args)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        let ty = zelf.ty(vm);
        let exact = std::ptr::eq(ty, vm.types.simple_namespace);
        let name = if exact { "namespace".to_owned() } else { ty.tp_name() };
        let Some(_guard) = repr_enter(vm, zelf) else { return Ok(vm.str(&format!("{name}(...)"))) };
        let mut out = StrBuilder::new();
        out.push_str(&name);
        out.push_str("(");
        let mut first = true;
        for (k, v) in attrs_of(zelf).map(|a| a.items(vm)).unwrap_or_default() {
            let Some(key) = k.r().downcast::<PyStr>(vm).filter(|k| !k.is_empty()) else { continue };
            if !first {
                out.push_str(", ");
            }
            first = false;
            out.push_pystr(key);
            out.push_str("=");
            out.push_pystr(&*vm.repr(v.r())?);
        }
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: Ref<'_>, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        if other.downcast::<PySimpleNamespace>(vm).is_none() {
            return not_implemented();
        }
        let (a, b) = (dict(vm, zelf)?, dict(vm, other)?);
        vm.richcompare(a.r(), b.r(), op)
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        let state = dict(vm, zelf)?.into_obj();
        Ok(vm.tuple(vec![zelf.ty(vm).to_obj(), vm.tuple(vec![]), state]))
    }
    /// Return a copy of the namespace object with new values for the specified attributes.
    #[pymethod("__replace__(self, /, **changes)", raw)]
    fn __replace__(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
        if args.npos() > 0 {
            return Err(vm.type_error("__replace__() takes no positional arguments"));
        }
        let ty = zelf.ty(vm);
        let new = vm.call0(ty.r())?;
        if new.r().downcast::<PySimpleNamespace>(vm).is_none() {
            let (want, made) = (vm.types.simple_namespace.tp_name(), qualified_type_name(vm, ty));
            let got = new.r().ty(vm).tp_name();
            return Err(vm.type_error(format!("expect {want} type, but {made}() returned '{got}' object")));
        }
        for (k, v) in attrs_of(zelf).map(|a| a.items(vm)).unwrap_or_default() {
            if let Some(name) = k.r().downcast::<PyStr>(vm) {
                set(vm, new.r(), name, v)?;
            }
        }
        update_kwargs(vm, new.r(), &args)?;
        Ok(new)
    }
    #[member]
    fn __dict__(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        Ok(dict(vm, zelf)?.into_obj())
    }
}
