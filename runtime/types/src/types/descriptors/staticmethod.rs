//! `staticmethod`.

use krait_object::exception::peek;
use krait_object::prelude::*;
use krait_object::typedef::descr::PyStaticMethod;

use super::wrapped::wrapper_class;

wrapper_class! {
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
    staticmethod, "staticmethod", PyStaticMethod, {
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
    }
}
