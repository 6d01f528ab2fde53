//! Attributes, namespaces and type tests.

use krait_macros::pymodule;
use krait_object::prelude::*;

use crate::frames::{current_globals, current_locals};

/// The attribute name an argument must be.
fn name<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<&'a PyStr> {
    let text = || format!("attribute name must be string, not '{}'", o.ty(vm).tp_name());
    o.downcast::<PyStr>(vm).ok_or_else(|| vm.type_error(text()))
}

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// Get a named attribute from an object.
    ///
    /// getattr(x, 'y') is equivalent to ``x.y``.
    ///
    /// When a default argument is given, it is returned when the attribute doesn't
    /// exist; without it, an exception is raised in that case.
    #[pyfunction("getattr(object, name, default=<unrepresentable>, /)", nosig)]
    fn getattr(vm: &Vm, object: Ref<'_>, name: Ref<'_>, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let name = super::name(vm, name)?;
        match default.given() {
            None => vm.getattr(object, name),
            Some(d) => Ok(vm.getattr_opt(object, name)?.unwrap_or_else(|| d.to_obj())),
        }
    }
    /// Return whether the object has an attribute with the given name.
    ///
    /// This is done by calling getattr(obj, name) and catching AttributeError.
    #[pyfunction("hasattr(obj, name, /)")]
    fn hasattr(vm: &Vm, obj: Ref<'_>, name: Ref<'_>) -> PyResult<bool> {
        Ok(vm.getattr_opt(obj, super::name(vm, name)?)?.is_some())
    }
    /// Sets the named attribute on the given object to the specified value.
    ///
    /// setattr(x, 'y', v) is equivalent to ``x.y = v``
    #[pyfunction("setattr(obj, name, value, /)")]
    fn setattr(vm: &Vm, obj: Ref<'_>, name: Ref<'_>, value: Ref<'_>) -> PyResult<()> {
        let name = vm.intern_str(super::name(vm, name)?.to_py());
        vm.setattr(obj, &name, value)
    }
    /// Deletes the named attribute from the given object.
    ///
    /// delattr(x, 'y') is equivalent to ``del x.y``
    #[pyfunction("delattr(obj, name, /)")]
    fn delattr(vm: &Vm, obj: Ref<'_>, name: Ref<'_>) -> PyResult<()> {
        let name = vm.intern_str(super::name(vm, name)?.to_py());
        vm.delattr(obj, &name)
    }
    /// Return whether an object is an instance of a class or of a subclass thereof.
    ///
    /// A tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the target to
    /// check against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)
    /// or ...`` etc.
    #[pyfunction("isinstance(obj, class_or_tuple, /)")]
    fn isinstance(vm: &Vm, obj: Ref<'_>, class_or_tuple: Ref<'_>) -> PyResult<bool> {
        vm.isinstance(obj, class_or_tuple)
    }
    /// Return whether 'cls' is derived from another class or is the same class.
    ///
    /// A tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the target to
    /// check against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)
    /// or ...``.
    #[pyfunction("issubclass(cls, class_or_tuple, /)")]
    fn issubclass(vm: &Vm, cls: Ref<'_>, class_or_tuple: Ref<'_>) -> PyResult<bool> {
        vm.issubclass(cls, class_or_tuple)
    }
    /// Return whether the object is callable (i.e., some kind of function).
    ///
    /// Note that classes are callable, as are instances of classes with a
    /// __call__() method.
    #[pyfunction("callable(obj, /)")]
    fn callable(vm: &Vm, obj: Ref<'_>) -> bool {
        vm.is_callable(obj)
    }
    /// Return the identity of an object.
    ///
    /// This is guaranteed to be unique among simultaneously existing objects.
    /// (CPython uses the object's memory address.)
    #[pyfunction("id(obj, /)")]
    fn id(obj: Ref<'_>) -> u64 {
        obj.value().0
    }
    /// Return the dictionary containing the current scope's global variables.
    ///
    /// NOTE: Updates to this dictionary *will* affect name lookups in the current
    /// global scope and vice-versa.
    #[pyfunction]
    fn globals(vm: &Vm) -> PyResult<Obj> {
        match current_globals(vm) {
            Some(g) => Ok(g.into_obj()),
            None => Err(vm.system_error("frame does not exist")),
        }
    }
    /// Return a dictionary containing the current scope's local variables.
    ///
    /// NOTE: Whether or not updates to this dictionary will affect name lookups in
    /// the local scope and vice-versa is *implementation dependent* and not
    /// covered by any backwards compatibility guarantees.
    #[pyfunction]
    fn locals(vm: &Vm) -> PyResult<Obj> {
        current_locals(vm)
    }
    /// vars([object]) -> dictionary
    ///
    /// Without arguments, equivalent to locals().
    /// With an argument, equivalent to object.__dict__.
    #[pyfunction("vars([object])")]
    fn vars(vm: &Vm, object: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let Some(o) = object.given() else { return current_locals(vm) };
        let d = vm.getattr_opt(o, vm.names().__dict__)?;
        d.ok_or_else(|| vm.type_error("vars() argument must have __dict__ attribute"))
    }
    /// dir([object]) -> list of strings
    ///
    /// If called without an argument, return the names in the current scope.
    /// Else, return an alphabetized list of names comprising (some of) the attributes
    /// of the given object, and of attributes reachable from it.
    /// If the object supplies a method named __dir__, it will be used; otherwise
    /// the default dir() logic is used and returns:
    ///   for a module object: the module's attributes.
    ///   for a class object:  its attributes, and recursively the attributes
    ///     of its bases.
    ///   for any other object: its attributes, its class's attributes, and
    ///     recursively the attributes of its class's base classes.
    #[pyfunction("dir([object])")]
    fn dir(vm: &Vm, object: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let mut names = match object.given() {
            None => {
                let locals = current_locals(vm)?;
                vm.mapping_list(locals.r(), "keys")?
            }
            Some(o) => {
                let Some(list) = vm.call_special(o, vm.names().__dir__, &[])? else {
                    return Err(vm.type_error("object does not provide __dir__"));
                };
                vm.collect(list.r())?
            }
        };
        krait_types::list::sort_items(vm, &mut names, None, false)?;
        Ok(vm.list(names))
    }
}
