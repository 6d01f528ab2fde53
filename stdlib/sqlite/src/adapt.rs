//! Adapters from Python objects to values of the database, and converters the other way.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, no_header, peek_obj};

use crate::errors::{self, Kind};

/// The registries of the module, which are plain dicts that programs may look into.
#[derive(Default)]
struct Registries {
    adapters: Cell<Option<Obj>>,
    converters: Cell<Option<Obj>>,
    /// A type that the database knows has an adapter too.
    basic: Cell<bool>,
}

fn registry(vm: &Vm, pick: fn(&Registries) -> &Cell<Option<Obj>>) -> Obj {
    let cell = pick(vm.interp.state::<Registries>());
    if let Some(d) = peek_obj(cell) {
        return d;
    }
    let d = PyDict::new(vm).into_obj();
    cell.set(Some(d.clone()));
    d
}

pub fn adapters(vm: &Vm) -> Obj {
    registry(vm, |r| &r.adapters)
}

pub fn converters(vm: &Vm) -> Obj {
    registry(vm, |r| &r.converters)
}

/// The protocol that objects are adapted to.
#[repr(C)]
#[derive(Trace)]
pub struct PyPrepareProtocol {
    header: Header,
}

/// PEP 246 style object adaption protocol type.
#[pyclass(layout = PyPrepareProtocol, name = "PrepareProtocol", module = "sqlite3", own, no_gc, flags(BASETYPE))]
pub mod prepare_protocol {
    use super::*;

    #[pynew("PrepareProtocol(*args, **kwargs)", raw, nosig)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        instance(vm, cls, PyPrepareProtocol { header: no_header() })
    }
}

/// Must values of the database's own types be adapted?
pub fn adapts_basic(vm: &Vm) -> bool {
    vm.interp.state::<Registries>().basic.get()
}

/// Registers an adapter for a type.
pub fn register(vm: &Vm, ty: Ref<'_>, caster: Ref<'_>) -> PyResult<()> {
    let t = vm.types;
    if [t.int, t.float, t.str, t.bytearray].iter().any(|b| ty.is(b.r())) {
        vm.interp.state::<Registries>().basic.set(true);
    }
    let key = vm.tuple(vec![ty.to_obj(), PyPrepareProtocol::type_of(vm).to_obj()]);
    vm.setitem(adapters(vm).r(), key.r(), caster)
}

/// Adapts an object; without adapter it is `alt`, or an error.
pub fn adapt(vm: &Vm, obj: Ref<'_>, proto: Ref<'_>, alt: Option<Ref<'_>>) -> PyResult<Obj> {
    let key = vm.tuple(vec![obj.ty(vm).to_obj(), proto.to_obj()]);
    let dict = adapters(vm);
    if let Some(d) = dict.r().downcast::<PyDict>(vm)
        && let Some(adapter) = d.get(vm, key.r())?
    {
        return vm.call1(adapter.r(), obj);
    }
    for (subject, method, arg) in [(proto, "__adapt__", obj), (obj, "__conform__", proto)] {
        if let Some(f) = vm.getattr_opt(subject, &vm.intern(method))? {
            match vm.call1(f.r(), arg) {
                Ok(v) if !v.r().is_none() => return Ok(v),
                Ok(_) => {}
                Err(e) => drop(vm.catch(e, vm.types.type_error)?),
            }
        }
    }
    match alt {
        Some(alt) => Ok(alt.to_obj()),
        None => Err(errors::raise(vm, Kind::Programming, "can't adapt")),
    }
}

/// The converter for a type name of the database.
pub fn converter(vm: &Vm, name: &str) -> PyResult<Option<Obj>> {
    let dict = converters(vm);
    match dict.r().downcast::<PyDict>(vm) {
        Some(d) => d.get(vm, vm.str(&name.to_uppercase()).r()),
        None => Ok(None),
    }
}
