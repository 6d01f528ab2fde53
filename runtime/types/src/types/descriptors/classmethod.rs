//! `classmethod`.

use krait_macros::pyclass;
use krait_object::exception::peek;
use krait_object::instance::alloc_instance;
use krait_object::prelude::*;
use krait_object::typedef::descr::PyClassMethod;

use super::is_abstract;
use super::wrapped::{copy_names, forwarded, set_forwarded};
use crate::types::object::dict_getset;

/// Convert a function to be a class method.
///
/// A class method receives the class as implicit first argument,
/// just like an instance method receives the instance.
/// To declare a class method, use this idiom:
///
///   class C:
///       @classmethod
///       def f(cls, arg1, arg2, argN):
///           ...
///
/// It can be called either on the class (e.g. C.f()) or on an instance
/// (e.g. C().f()).  The instance is ignored except for its class.
/// If a class method is called for a derived class, the derived class
/// object is passed as the implied first argument.
///
/// Class methods are different than C++ or Java static methods.
/// If you want those, see the staticmethod builtin.
#[pyclass("classmethod", layout = PyClassMethod, table = classmethod, flags(BASETYPE), weakref, attrs, nosig)]
pub mod classmethod {
    use super::*;

    #[slot(new)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        alloc_instance(vm, cls, 0)
    }

    #[slot(init)]
    fn init(vm: &Vm, zelf: &PyClassMethod, args: Args<'_>) -> PyResult<()> {
        if args.has_kw() {
            return Err(vm.type_error("classmethod() takes no keyword arguments"));
        }
        let [callable] = args.pos() else {
            return Err(vm.type_error(format!("classmethod expected 1 argument, got {}", args.npos())));
        };
        drop(zelf.callable.replace(Some(callable.to_obj())));
        copy_names(vm, zelf.r(), *callable)
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyClassMethod) -> PyResult<String> {
        let callable = peek(&zelf.callable).unwrap_or_else(Obj::none);
        Ok(format!("<classmethod({})>", vm.repr_text(callable.r())?))
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyClassMethod, obj: Option<Ref<'_>>, owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(callable) = peek(&zelf.callable) else {
            return Err(vm.runtime_error("uninitialized classmethod object"));
        };
        let owner = owner.or(obj.map(|o| o.ty(vm).r())).unwrap_or(vm.none());
        Ok(vm.bound_method(callable.r(), owner))
    }

    #[member("__func__")]
    fn func(zelf: &PyClassMethod) -> Obj {
        peek(&zelf.callable).unwrap_or_else(Obj::none)
    }

    #[member("__wrapped__")]
    fn wrapped(zelf: &PyClassMethod) -> Obj {
        peek(&zelf.callable).unwrap_or_else(Obj::none)
    }

    #[getter("__isabstractmethod__")]
    fn isabstract(vm: &Vm, zelf: &PyClassMethod) -> PyResult<bool> {
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
    fn annotations(vm: &Vm, zelf: &PyClassMethod) -> PyResult<Obj> {
        forwarded(vm, zelf.r(), peek(&zelf.callable), vm.names().__annotations__)
    }

    #[setter("__annotations__")]
    fn set_annotations(vm: &Vm, zelf: &PyClassMethod, value: Option<Ref<'_>>) -> PyResult<()> {
        set_forwarded(vm, zelf.r(), vm.names().__annotations__, value)
    }

    #[getter("__annotate__")]
    fn annotate(vm: &Vm, zelf: &PyClassMethod) -> PyResult<Obj> {
        forwarded(vm, zelf.r(), peek(&zelf.callable), vm.names().__annotate__)
    }

    #[setter("__annotate__")]
    fn set_annotate(vm: &Vm, zelf: &PyClassMethod, value: Option<Ref<'_>>) -> PyResult<()> {
        set_forwarded(vm, zelf.r(), vm.names().__annotate__, value)
    }

    /// See PEP 585
    #[pyclassmethod("__class_getitem__(object, /)", nosig)]
    fn class_getitem(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls.r(), item)
    }
}
