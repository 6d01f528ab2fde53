//! `method_descriptor` and `classmethod_descriptor`: native methods in type dicts.

use krait_macros::pyclass;
use krait_object::function::{PyBuiltinFunction, PyMethodDescr, call_native};
use krait_object::prelude::*;

use super::{check, doc_obj, qualname as class_qualname, reduce_getattr, signature_obj};

fn repr_text(d: &PyMethodDescr) -> String {
    format!("<method '{}' of '{}' objects>", d.def.name, d.objclass.tp_name())
}

#[pyclass("method_descriptor", layout = PyMethodDescr, table = method_descriptor, no_gc, flags(METHOD_DESCRIPTOR, DISALLOW_INSTANTIATION))]
pub mod method_descriptor {
    use super::*;

    #[slot(repr)]
    fn repr(zelf: &PyMethodDescr) -> String {
        repr_text(zelf)
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyMethodDescr, args: Args<'_>) -> PyResult<Obj> {
        let full = || format!("{}.{}", zelf.objclass.name_lossy(), zelf.def.name);
        let Some(&obj) = args.pos().first() else {
            return Err(vm.type_error(format!("unbound method {}() needs an argument", full())));
        };
        check(vm, zelf.def.name, zelf.objclass, obj)?;
        call_native(vm, zelf.def, obj, args.skip_first(), full)
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyMethodDescr, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(obj) = obj else { return Ok(zelf.to_obj()) };
        check(vm, zelf.def.name, zelf.objclass, obj)?;
        Ok(PyBuiltinFunction::new(vm, zelf.def, Some(obj.to_obj()), None).into_obj())
    }

    #[member("__objclass__")]
    fn objclass(zelf: &PyMethodDescr) -> Obj {
        zelf.objclass.to_obj()
    }

    #[member("__name__")]
    fn name(zelf: &PyMethodDescr) -> &'static str {
        zelf.def.name
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyMethodDescr) -> Obj {
        doc_obj(vm, zelf.def.doc)
    }

    #[getter("__qualname__")]
    fn qualname(vm: &Vm, zelf: &PyMethodDescr) -> PyResult<String> {
        class_qualname(vm, zelf.objclass, zelf.def.name)
    }

    #[getter("__text_signature__")]
    fn text_signature(vm: &Vm, zelf: &PyMethodDescr) -> Obj {
        signature_obj(vm, zelf.def.doc)
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(vm: &Vm, zelf: &PyMethodDescr) -> PyResult<Obj> {
        reduce_getattr(vm, zelf.objclass.r(), vm.str(zelf.def.name))
    }
}

/// Binds a class method to `owner`, or to the type of `obj`.
fn bind_class(vm: &Vm, d: &PyMethodDescr, obj: Option<Ref<'_>>, owner: Option<Ref<'_>>) -> PyResult<Obj> {
    let (name, class) = (d.def.name, d.objclass);
    let owner = match (owner, obj) {
        (Some(o), _) => o,
        (None, Some(obj)) => obj.ty(vm).r(),
        (None, None) => {
            let class = class.tp_name();
            return Err(vm.type_error(format!("descriptor '{name}' for type '{class}' needs either an object or a type")));
        }
    };
    let Some(ty) = owner.downcast::<PyType>(vm) else {
        let (class, got) = (class.tp_name(), owner.ty(vm).tp_name());
        return Err(vm.type_error(format!("descriptor '{name}' for type '{class}' needs a type, not a '{got}' as arg 2")));
    };
    if !ty.is_subtype(class) {
        let (class, got) = (class.tp_name(), ty.tp_name());
        return Err(vm.type_error(format!("descriptor '{name}' requires a subtype of '{class}' but received '{got}'")));
    }
    Ok(PyBuiltinFunction::new(vm, d.def, Some(ty.to_obj()), None).into_obj())
}

#[pyclass("classmethod_descriptor", layout = PyMethodDescr, table = classmethod_descriptor, no_gc, flags(DISALLOW_INSTANTIATION))]
pub mod classmethod_descriptor {
    use super::*;

    #[slot(repr)]
    fn repr(zelf: &PyMethodDescr) -> String {
        repr_text(zelf)
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyMethodDescr, args: Args<'_>) -> PyResult<Obj> {
        let Some(&owner) = args.pos().first() else {
            let (name, class) = (zelf.def.name, zelf.objclass.tp_name());
            return Err(vm.type_error(format!("descriptor '{name}' of '{class}' object needs an argument")));
        };
        let f = bind_class(vm, zelf, None, Some(owner))?;
        vm.call_args(f.r(), args.skip_first())
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyMethodDescr, obj: Option<Ref<'_>>, owner: Option<Ref<'_>>) -> PyResult<Obj> {
        bind_class(vm, zelf, obj, owner)
    }

    #[member("__objclass__")]
    fn objclass(zelf: &PyMethodDescr) -> Obj {
        zelf.objclass.to_obj()
    }

    #[member("__name__")]
    fn name(zelf: &PyMethodDescr) -> &'static str {
        zelf.def.name
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyMethodDescr) -> Obj {
        doc_obj(vm, zelf.def.doc)
    }

    #[getter("__qualname__")]
    fn qualname(vm: &Vm, zelf: &PyMethodDescr) -> PyResult<String> {
        class_qualname(vm, zelf.objclass, zelf.def.name)
    }

    #[getter("__text_signature__")]
    fn text_signature(vm: &Vm, zelf: &PyMethodDescr) -> Obj {
        signature_obj(vm, zelf.def.doc)
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(vm: &Vm, zelf: &PyMethodDescr) -> PyResult<Obj> {
        reduce_getattr(vm, zelf.objclass.r(), vm.str(zelf.def.name))
    }
}
