//! The `function` type.

use std::cell::UnsafeCell;

use krait_macros::pyclass;
use krait_object::code::PyCode;
use krait_object::function::{PyCell, PyFunction};
use krait_object::prelude::*;

use crate::interp::bind::field;
use crate::interp::calls::call_function;
use crate::interp::functions::{builtins_of, new_function_with};

/// Replaces a field; the old value is dropped once the field is consistent.
fn replace<T>(f: &PyFunction, cell: &UnsafeCell<T>, v: T) {
    f.version.set(0);
    // SAFETY: no borrow of the field is live: readers copy it at once.
    drop(unsafe { std::mem::replace(&mut *cell.get(), v) });
}

/// The docstring a function of this code begins with.
fn docstring(code: &PyCode) -> Obj {
    match code.unit.docstring() {
        Some(_) => code.consts.first().cloned().unwrap_or_else(Obj::none),
        None => Obj::none(),
    }
}

fn option(o: Option<&Obj>) -> Obj {
    o.cloned().unwrap_or_else(Obj::none)
}

/// Create a function object.
///
///   code
///     a code object
///   globals
///     the globals dictionary
///   name
///     a string that overrides the name from the code object
///   argdefs
///     a tuple that specifies the default argument values
///   closure
///     a tuple that supplies the bindings for free variables
///   kwdefaults
///     a dictionary that specifies the default keyword argument values
#[pyclass(layout = PyFunction, name = "function", table = function, attrs, weakref, flags(METHOD_DESCRIPTOR))]
pub mod function_class {
    use super::*;

    #[pynew("function(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)")]
    fn new(
        vm: &Vm,
        _cls: &PyType,
        code: &PyCode,
        globals: &PyDict,
        name: Ref<'_>,
        argdefs: Ref<'_>,
        closure: Ref<'_>,
        kwdefaults: Ref<'_>,
    ) -> PyResult<Obj> {
        let name = if name.is_none() {
            None
        } else {
            Some(name.downcast::<PyStr>(vm).ok_or_else(|| vm.type_error("arg 3 (name) must be None or string"))?.to_py())
        };
        let defaults = if argdefs.is_none() {
            None
        } else {
            Some(argdefs.downcast::<PyTuple>(vm).ok_or_else(|| vm.type_error("arg 4 (defaults) must be None or tuple"))?.to_py())
        };
        let nfree = code.freevars.len();
        let cells = match closure.downcast::<PyTuple>(vm) {
            Some(t) => Some(t.to_py()),
            None if nfree > 0 => return Err(vm.type_error("arg 5 (closure) must be tuple")),
            None if !closure.is_none() => return Err(vm.type_error("arg 5 (closure) must be None or tuple")),
            None => None,
        };
        let given = cells.as_ref().map_or(0, |c| c.len());
        if given != nfree {
            return Err(vm.value_error(format!("{} requires closure of length {nfree}, not {given}", code.name.to_string_lossy())));
        }
        for c in cells.iter().flat_map(|c| c.as_slice()) {
            if !c.r().is_instance_of::<PyCell>(vm) {
                return Err(vm.type_error(format!("arg 5 (closure) expected cell, found {}", c.r().ty(vm).tp_name())));
            }
        }
        let kwdefaults = if kwdefaults.is_none() {
            None
        } else {
            Some(kwdefaults.downcast::<PyDict>(vm).ok_or_else(|| vm.type_error("arg 6 (kwdefaults) must be None or dict"))?.to_py())
        };
        vm.audit("function.__new__", &[code.r()])?;
        let builtins = builtins_of(vm, globals)?;
        let f = new_function_with(vm, code.to_py(), globals.to_py(), builtins, cells.filter(|c| !c.is_empty()))?;
        if let Some(n) = name {
            replace(&f, &f.qualname, n.clone());
            replace(&f, &f.name, n);
        }
        replace(&f, &f.defaults, defaults);
        replace(&f, &f.kwdefaults, kwdefaults);
        Ok(f.into_obj())
    }
    #[slot(call)]
    fn call(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
        call_function(vm, zelf, args)
    }
    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: Ref<'_>, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        match obj {
            Some(o) if !o.is_none() => Ok(vm.bound_method(zelf, o)),
            _ => Ok(zelf.to_obj()),
        }
    }
    #[slot(repr)]
    fn repr(zelf: &PyFunction) -> String {
        // SAFETY: the name is not replaced while it is copied.
        let name = unsafe { field(&zelf.qualname) }.to_string_lossy();
        format!("<function {name} at {:#x}>", zelf.r().value().0)
    }
    #[getter("__code__")]
    fn code(zelf: &PyFunction) -> Obj {
        // SAFETY: the field is copied at once (here and in the getters below).
        unsafe { field(&zelf.code) }.to_obj()
    }
    #[setter("__code__")]
    fn set_code(vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(code) = value.and_then(|v| v.downcast::<PyCode>(vm)) else {
            return Err(vm.type_error("__code__ must be set to a code object"));
        };
        let have = zelf.closure.as_ref().map_or(0, |c| c.len());
        let want = code.freevars.len();
        if have != want {
            // SAFETY: as above.
            let name = unsafe { field(&zelf.name) }.to_string_lossy();
            return Err(vm.value_error(format!("{name}() requires a code object with {have} free vars, not {want}")));
        }
        // SAFETY: as above.
        let old = unsafe { field(&zelf.code) }.flags;
        let kind = PyCode::CO_GENERATOR | PyCode::CO_COROUTINE | PyCode::CO_ASYNC_GENERATOR;
        if old & kind != code.flags & kind {
            vm.warn(
                vm.types.deprecation_warning,
                "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)",
                1,
            )?;
        }
        zelf.version.set(0);
        // SAFETY: as above.
        unsafe {
            if field(&zelf.doc).is_none() {
                *zelf.doc.get() = Some(docstring(&*zelf.code.get()));
            }
        }
        // SAFETY: running frames keep a pointer to the old code, so it is kept for good.
        let old = unsafe { std::mem::replace(&mut *zelf.code.get(), code.to_py()) };
        crate::interp::functions::keep_code(vm, old);
        Ok(())
    }
    #[getter("__defaults__")]
    fn defaults(zelf: &PyFunction) -> Obj {
        // SAFETY: as above.
        unsafe { field(&zelf.defaults) }.as_ref().map_or_else(Obj::none, |d| d.to_obj())
    }
    #[setter("__defaults__")]
    fn set_defaults(vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        let v = match value.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => Some(v.downcast::<PyTuple>(vm).ok_or_else(|| vm.type_error("__defaults__ must be set to a tuple object"))?.to_py()),
        };
        replace(zelf, &zelf.defaults, v);
        Ok(())
    }
    #[getter("__kwdefaults__")]
    fn kwdefaults(zelf: &PyFunction) -> Obj {
        // SAFETY: as above.
        unsafe { field(&zelf.kwdefaults) }.as_ref().map_or_else(Obj::none, |d| d.to_obj())
    }
    #[setter("__kwdefaults__")]
    fn set_kwdefaults(vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        let v = match value.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => Some(v.downcast::<PyDict>(vm).ok_or_else(|| vm.type_error("__kwdefaults__ must be set to a dict object"))?.to_py()),
        };
        replace(zelf, &zelf.kwdefaults, v);
        Ok(())
    }
    #[member("__closure__")]
    fn closure(zelf: &PyFunction) -> Obj {
        zelf.closure.as_ref().map_or_else(Obj::none, |c| c.to_obj())
    }
    #[member("__globals__")]
    fn globals(zelf: &PyFunction) -> Obj {
        zelf.globals.to_obj()
    }
    #[member("__builtins__")]
    fn builtins(zelf: &PyFunction) -> Obj {
        zelf.builtins.clone()
    }
    #[getter("__name__")]
    fn name(zelf: &PyFunction) -> Obj {
        // SAFETY: as above.
        unsafe { field(&zelf.name) }.to_obj()
    }
    #[setter("__name__")]
    fn set_name(vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        crate::generators::set_name(vm, &zelf.name, value, "__name__")
    }
    #[getter("__qualname__")]
    fn qualname(zelf: &PyFunction) -> Obj {
        // SAFETY: as above.
        unsafe { field(&zelf.qualname) }.to_obj()
    }
    #[setter("__qualname__")]
    fn set_qualname(vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        crate::generators::set_name(vm, &zelf.qualname, value, "__qualname__")
    }
    #[member("__doc__")]
    fn doc(zelf: &PyFunction) -> Obj {
        // SAFETY: as above.
        match unsafe { field(&zelf.doc) } {
            Some(d) => d.clone(),
            // SAFETY: as above.
            None => docstring(unsafe { &*zelf.code.get() }),
        }
    }
    #[member_setter("__doc__")]
    fn set_doc(_vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        replace(zelf, &zelf.doc, Some(value.map_or_else(Obj::none, Ref::to_obj)));
        Ok(())
    }
    #[member("__module__")]
    fn module(zelf: &PyFunction) -> Obj {
        // SAFETY: as above.
        option(unsafe { field(&zelf.module) }.as_ref())
    }
    #[member_setter("__module__")]
    fn set_module(_vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        replace(zelf, &zelf.module, value.map(Ref::to_obj));
        Ok(())
    }
    #[getter("__annotations__")]
    fn annotations(vm: &Vm, zelf: &PyFunction) -> PyResult {
        // SAFETY: as above.
        if let Some(a) = unsafe { field(&zelf.annotations) } {
            return Ok(a.clone());
        }
        // SAFETY: as above.
        let annotate = unsafe { field(&zelf.annotate) }.clone().filter(|a| vm.is_callable(a.r()));
        let d = match annotate {
            Some(f) => {
                let d = vm.call1(f.r(), Obj::small(1).r())?;
                if !d.r().is_instance_of::<PyDict>(vm) {
                    return Err(vm.type_error(format!("__annotate__ returned non-dict of type '{}'", d.r().ty(vm).tp_name())));
                }
                d
            }
            None => PyDict::new(vm).into_obj(),
        };
        replace(zelf, &zelf.annotations, Some(d.clone()));
        Ok(d)
    }
    #[setter("__annotations__")]
    fn set_annotations(vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        let v = match value.filter(|v| !v.is_none()) {
            None => None,
            Some(v) if v.is_instance_of::<PyDict>(vm) => Some(v.to_obj()),
            Some(_) => return Err(vm.type_error("__annotations__ must be set to a dict object")),
        };
        replace(zelf, &zelf.annotations, v);
        replace(zelf, &zelf.annotate, None);
        Ok(())
    }
    #[getter("__annotate__")]
    fn annotate(zelf: &PyFunction) -> Obj {
        // SAFETY: as above.
        option(unsafe { field(&zelf.annotate) }.as_ref())
    }
    #[setter("__annotate__")]
    fn set_annotate(vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        match value {
            None => Err(vm.type_error("__annotate__ cannot be deleted")),
            Some(v) if v.is_none() => {
                replace(zelf, &zelf.annotate, Some(v.to_obj()));
                Ok(())
            }
            Some(v) if vm.is_callable(v) => {
                replace(zelf, &zelf.annotate, Some(v.to_obj()));
                replace(zelf, &zelf.annotations, None);
                Ok(())
            }
            Some(_) => Err(vm.type_error("__annotate__ must be callable or None")),
        }
    }
    #[getter("__type_params__")]
    fn type_params(vm: &Vm, zelf: &PyFunction) -> Obj {
        // SAFETY: as above.
        unsafe { field(&zelf.type_params) }.clone().unwrap_or_else(|| vm.tuple(vec![]))
    }
    #[setter("__type_params__")]
    fn set_type_params(vm: &Vm, zelf: &PyFunction, value: Option<Ref<'_>>) -> PyResult<()> {
        match value {
            Some(v) if v.is_instance_of::<PyTuple>(vm) => {
                replace(zelf, &zelf.type_params, Some(v.to_obj()));
                Ok(())
            }
            _ => Err(vm.type_error("__type_params__ must be set to a tuple")),
        }
    }
    #[getter("__dict__")]
    fn dict(vm: &Vm, zelf: Ref<'_>) -> PyResult {
        match krait_object::instance::attrs_of(zelf) {
            Some(a) => Ok(a.materialize(vm)?.into_obj()),
            None => Err(vm.system_error("function without attributes")),
        }
    }
    #[setter("__dict__")]
    fn set_dict(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(v) = value else { return Err(vm.type_error("cannot delete __dict__")) };
        let Some(d) = v.downcast::<PyDict>(vm) else {
            return Err(vm.type_error(format!("__dict__ must be set to a dictionary, not a '{}'", v.ty(vm).tp_name())));
        };
        match krait_object::instance::attrs_of(zelf) {
            Some(a) => a.set_dict(vm, d.to_py()),
            None => Ok(()),
        }
    }
}
