//! `builtin_function_or_method`.

use krait_macros::pyclass;
use krait_object::function::{PyBuiltinFunction, call_native};
use krait_object::hash;
use krait_object::prelude::*;

use crate::types::descriptors::{doc_obj, reduce_getattr, signature_obj};

/// The bound object, unless the function belongs to a module.
fn receiver<'a>(vm: &Vm, f: &'a PyBuiltinFunction) -> Option<Ref<'a>> {
    f.self_.as_ref().map(Obj::r).filter(|s| !s.is_none() && s.downcast::<PyModule>(vm).is_none())
}

fn qualified(vm: &Vm, f: &PyBuiltinFunction) -> PyResult<String> {
    let Some(obj) = receiver(vm, f) else { return Ok(f.def.name.to_owned()) };
    let class = obj.downcast::<PyType>(vm).unwrap_or_else(|| obj.ty(vm));
    let q = vm.getattr(class.r(), vm.names().__qualname__)?;
    match q.r().downcast::<PyStr>(vm) {
        Some(q) => Ok(format!("{q}.{}", f.def.name)),
        None => Err(vm.type_error("<method>.__class__.__qualname__ is not a unicode object")),
    }
}

/// The name that messages about calls use: qualified, with the module unless `builtins`.
fn message_name(vm: &Vm, f: &PyBuiltinFunction) -> String {
    let q = match qualified(vm, f) {
        Ok(q) => q,
        Err(e) => {
            drop(vm.take_raised(e));
            f.def.name.to_owned()
        }
    };
    match f.module.as_ref().and_then(|m| m.r().downcast::<PyStr>(vm)) {
        Some(m) if !m.eq_str("builtins") => format!("{m}.{q}"),
        _ => q,
    }
}

#[pyclass("builtin_function_or_method", layout = PyBuiltinFunction, table = builtin_function, weakref, flags(DISALLOW_INSTANTIATION))]
pub mod builtin_function {
    use super::*;

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyBuiltinFunction) -> String {
        match receiver(vm, zelf) {
            None => format!("<built-in function {}>", zelf.def.name),
            Some(s) => format!("<built-in method {} of {} object at {:#x}>", zelf.def.name, s.ty(vm).tp_name(), s.value().0),
        }
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyBuiltinFunction, args: Args<'_>) -> PyResult<Obj> {
        let self_ = zelf.self_.as_ref().map_or(vm.none(), Obj::r);
        call_native(vm, zelf.def, self_, args, || message_name(vm, zelf))
    }

    #[slot(hash)]
    fn hash(zelf: &PyBuiltinFunction) -> i64 {
        let self_ = zelf.self_.as_ref().map_or(0, |s| s.value().0);
        hash::fix(hash::hash_pointer(self_ as *const u8) ^ hash::hash_pointer(std::ptr::from_ref(zelf.def)))
    }

    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyBuiltinFunction, other: Ref<'_>, op: CmpOp) -> Obj {
        let Some(o) = other.downcast_exact::<PyBuiltinFunction>(vm) else { return vm.not_implemented() };
        let same_self = match (&zelf.self_, &o.self_) {
            (Some(a), Some(b)) => a.is(b.r()),
            (None, None) => true,
            _ => false,
        };
        let same = same_self && std::ptr::eq(zelf.def, o.def);
        match op {
            CmpOp::Eq => Obj::bool(same),
            CmpOp::Ne => Obj::bool(!same),
            _ => vm.not_implemented(),
        }
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(vm: &Vm, zelf: &PyBuiltinFunction) -> PyResult<Obj> {
        match receiver(vm, zelf) {
            None => Ok(vm.str(zelf.def.name)),
            Some(s) => reduce_getattr(vm, s, vm.str(zelf.def.name)),
        }
    }

    #[member("__module__")]
    fn module(zelf: &PyBuiltinFunction) -> Obj {
        zelf.module.clone().unwrap_or_else(Obj::none)
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyBuiltinFunction) -> Obj {
        doc_obj(vm, zelf.def.doc)
    }

    #[getter("__name__")]
    fn name(zelf: &PyBuiltinFunction) -> &'static str {
        zelf.def.name
    }

    #[getter("__qualname__")]
    fn qualname(vm: &Vm, zelf: &PyBuiltinFunction) -> PyResult<String> {
        qualified(vm, zelf)
    }

    #[getter("__self__")]
    fn self_(zelf: &PyBuiltinFunction) -> Obj {
        zelf.self_.clone().unwrap_or_else(Obj::none)
    }

    #[getter("__text_signature__")]
    fn text_signature(vm: &Vm, zelf: &PyBuiltinFunction) -> Obj {
        signature_obj(vm, zelf.def.doc)
    }
}
