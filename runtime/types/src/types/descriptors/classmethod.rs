//! `classmethod`.

use krait_object::exception::peek;
use krait_object::prelude::*;
use krait_object::typedef::descr::PyClassMethod;

use super::wrapped::wrapper_class;

wrapper_class! {
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
    classmethod, "classmethod", PyClassMethod, {
    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyClassMethod, obj: Option<Ref<'_>>, owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(callable) = peek(&zelf.callable) else {
            return Err(vm.runtime_error("uninitialized classmethod object"));
        };
        let owner = owner.or(obj.map(|o| o.ty(vm).r())).unwrap_or(vm.none());
        Ok(vm.bound_method(callable.r(), owner))
    }
    }
}
