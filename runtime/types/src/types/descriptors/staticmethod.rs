//! `staticmethod`.

use krait_macros::pyclass;
use krait_object::exception::peek;
use krait_object::instance::alloc_instance;
use krait_object::prelude::*;
use krait_object::typedef::descr::PyStaticMethod;

use super::is_abstract;
use super::wrapped::{copy_names, forwarded, set_forwarded};
use crate::types::object::dict_getset;

/// Convert a function to be a static method.
///
/// A static method does not receive an implicit first argument.
/// To declare a static method, use this idiom:
///
///      class C:
///          @staticmethod
///          def f(arg1, arg2, argN):
///              ...
///
/// It can be called either on the class (e.g. C.f()) or on an instance
/// (e.g. C().f()). Both the class and the instance are ignored, and
/// neither is passed implicitly as the first argument to the method.
///
/// Static methods in Python are similar to those found in Java or C++.
/// For a more advanced concept, see the classmethod builtin.
#[pyclass("staticmethod", layout = PyStaticMethod, table = staticmethod, flags(BASETYPE), weakref, attrs, nosig)]
pub mod staticmethod {
    use super::*;

    #[slot(new)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        alloc_instance(vm, cls, 0)
    }

    #[slot(init)]
    fn init(vm: &Vm, zelf: &PyStaticMethod, args: Args<'_>) -> PyResult<()> {
        if args.has_kw() {
            return Err(vm.type_error("staticmethod() takes no keyword arguments"));
        }
        let [callable] = args.pos() else {
            return Err(vm.type_error(format!("staticmethod expected 1 argument, got {}", args.npos())));
        };
        drop(zelf.callable.replace(Some(callable.to_obj())));
        copy_names(vm, zelf.r(), *callable)
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyStaticMethod) -> PyResult<String> {
        let callable = peek(&zelf.callable).unwrap_or_else(Obj::none);
        Ok(format!("<staticmethod({})>", vm.repr_text(callable.r())?))
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyStaticMethod, _obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        peek(&zelf.callable).ok_or_else(|| vm.runtime_error("uninitialized staticmethod object"))
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyStaticMethod, args: Args<'_>) -> PyResult<Obj> {
        match peek(&zelf.callable) {
            Some(f) => vm.call_args(f.r(), args),
            None => Err(vm.runtime_error("uninitialized staticmethod object")),
        }
    }

    #[member("__func__")]
    fn func(zelf: &PyStaticMethod) -> Obj {
        peek(&zelf.callable).unwrap_or_else(Obj::none)
    }

    #[member("__wrapped__")]
    fn wrapped(zelf: &PyStaticMethod) -> Obj {
        peek(&zelf.callable).unwrap_or_else(Obj::none)
    }

    #[getter("__isabstractmethod__")]
    fn isabstract(vm: &Vm, zelf: &PyStaticMethod) -> PyResult<bool> {
        is_abstract(vm, peek(&zelf.callable).as_ref().map(Obj::r))
    }

    #[getter("__dict__")]
    fn dict(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        dict_getset::get(vm, zelf)
    }

    #[setter("__dict__")]
    fn set_dict(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        dict_getset::set(vm, zelf, value)
    }

    #[getter("__annotations__")]
    fn annotations(vm: &Vm, zelf: &PyStaticMethod) -> PyResult<Obj> {
        forwarded(vm, zelf.r(), peek(&zelf.callable), vm.names().__annotations__)
    }

    #[setter("__annotations__")]
    fn set_annotations(vm: &Vm, zelf: &PyStaticMethod, value: Option<Ref<'_>>) -> PyResult<()> {
        set_forwarded(vm, zelf.r(), vm.names().__annotations__, value)
    }

    #[getter("__annotate__")]
    fn annotate(vm: &Vm, zelf: &PyStaticMethod) -> PyResult<Obj> {
        forwarded(vm, zelf.r(), peek(&zelf.callable), vm.names().__annotate__)
    }

    #[setter("__annotate__")]
    fn set_annotate(vm: &Vm, zelf: &PyStaticMethod, value: Option<Ref<'_>>) -> PyResult<()> {
        set_forwarded(vm, zelf.r(), vm.names().__annotate__, value)
    }

    /// See PEP 585
    #[pyclassmethod("__class_getitem__(object, /)", nosig)]
    fn class_getitem(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls.r(), item)
    }
}
