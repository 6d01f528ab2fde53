//! `module`.

use krait_macros::pyclass;
use krait_object::error::Raised;
use krait_object::exception::raise_attribute_error;
use krait_object::instance::alloc_instance;
use krait_object::lookup::type_lookup;
use krait_object::prelude::*;

/// Is the import of the module that has this spec still running?
fn is_initializing(vm: &Vm, spec: Option<&Obj>) -> PyResult<bool> {
    let Some(spec) = spec else { return Ok(false) };
    match vm.getattr_opt(spec.r(), vm.names()._initializing)? {
        Some(v) => vm.is_true(v.r()),
        None => Ok(false),
    }
}

/// The file the module's spec names, if the module comes from one.
fn file_origin(vm: &Vm, spec: &Obj) -> PyResult<Option<String>> {
    let n = vm.names();
    match vm.getattr_opt(spec.r(), n.has_location)? {
        Some(v) if vm.is_true(v.r())? => {}
        _ => return Ok(None),
    }
    let origin = vm.getattr_opt(spec.r(), n.origin)?;
    Ok(origin.and_then(|o| o.r().downcast::<PyStr>(vm).map(|s| s.to_string_lossy())))
}

/// Does the file lie in the directory of the running script, where it may hide another module?
fn may_shadow(vm: &Vm, origin: &str) -> PyResult<bool> {
    let Some(sys) = vm.interp.sysdict.get() else { return Ok(false) };
    if let Some(flags) = sys.get_item_str(vm, "flags")?
        && let Some(safe) = vm.getattr_opt(flags.r(), &vm.intern("safe_path"))?
        && vm.is_true(safe.r())?
    {
        return Ok(false);
    }
    let path = std::path::Path::new(origin);
    let mut dir = path.parent();
    if path.file_name().is_some_and(|f| f == "__init__.py") {
        dir = dir.and_then(std::path::Path::parent);
    }
    let first = sys.get_item_str(vm, "path")?.and_then(|p| p.downcast::<PyList>(vm).ok()).and_then(|p| p.get(0));
    let Some(first) = first.and_then(|f| f.r().downcast::<PyStr>(vm).map(|s| s.to_string_lossy())) else { return Ok(false) };
    let first = if first.is_empty() {
        match std::env::current_dir() {
            Ok(d) => d.to_string_lossy().into_owned(),
            Err(_) => return Ok(false),
        }
    } else {
        first
    };
    Ok(dir.is_some_and(|d| d.as_os_str() == first.as_str()))
}

fn in_collection(vm: &Vm, owner: Option<Obj>, item: Ref<'_>) -> PyResult<bool> {
    match owner {
        Some(o) => vm.contains(o.r(), item),
        None => Ok(false),
    }
}

/// Says why a module has no such attribute.
#[cold]
fn no_attribute(vm: &Vm, m: &PyModule, name: &PyStr) -> Raised {
    match explain(vm, m, name) {
        Ok(text) => raise_attribute_error(vm, m.r(), name, &text),
        Err(e) => e,
    }
}

fn explain(vm: &Vm, m: &PyModule, name: &PyStr) -> PyResult<String> {
    let n = vm.names();
    let dict = m.dict(vm);
    let Some(mod_name) = dict.get_str(vm, n.__name__)?.filter(|s| s.r().downcast::<PyStr>(vm).is_some()) else {
        return Ok(format!("module has no attribute '{name}'"));
    };
    let mod_text = vm.str_text(mod_name.r())?;
    let plain = format!("module '{mod_text}' has no attribute '{name}'");
    let Some(spec) = dict.get_str(vm, n.__spec__)? else { return Ok(plain) };
    let origin = file_origin(vm, &spec)?;
    let shadowing = match &origin {
        Some(o) => may_shadow(vm, o)?,
        None => false,
    };
    if let (true, Some(o)) = (shadowing, &origin) {
        let std_names = match vm.interp.sysdict.get() {
            Some(sys) => sys.get_item_str(vm, "stdlib_module_names")?,
            None => None,
        };
        if in_collection(vm, std_names, mod_name.r())? {
            return Ok(format!(
                "{plain} (consider renaming '{o}' since it has the same name as the standard library module named '{mod_text}' and prevents importing that standard library module)"
            ));
        }
    }
    if is_initializing(vm, Some(&spec))? {
        return Ok(match origin {
            Some(o) if shadowing => {
                format!("{plain} (consider renaming '{o}' if it has the same name as a library you intended to import)")
            }
            Some(o) => format!(
                "partially initialized module '{mod_text}' from '{o}' has no attribute '{name}' (most likely due to a circular import)"
            ),
            None => {
                format!("partially initialized module '{mod_text}' has no attribute '{name}' (most likely due to a circular import)")
            }
        });
    }
    let pending = vm.getattr_opt(spec.r(), n._uninitialized_submodules)?;
    if in_collection(vm, pending, name.r())? {
        return Ok(format!("cannot access submodule '{name}' of module '{mod_text}' (most likely due to a circular import)"));
    }
    Ok(plain)
}

/// Attribute access on a module, without AttributeError: `None` if neither the type, the dict nor
/// the module's `__getattr__` function know it.
fn find(vm: &Vm, m: &PyModule, name: &PyStr) -> PyResult<Option<Obj>> {
    let ty = m.r().ty(vm);
    let descr = type_lookup(vm, ty, name);
    let get = descr.as_ref().and_then(|d| d.r().ty(vm).slots.descr_get.get());
    if let (Some(d), Some(get)) = (&descr, get)
        && d.r().ty(vm).slots.descr_set.get().is_some()
    {
        return get(vm, d.r(), Some(m.r()), Some(ty.r())).map(Some);
    }
    if let Some(v) = m.dict(vm).get_str(vm, name)? {
        return Ok(Some(v));
    }
    match (descr, get) {
        (Some(d), Some(get)) => get(vm, d.r(), Some(m.r()), Some(ty.r())).map(Some),
        (d, _) => Ok(d),
    }
}

/// `module.name`.
pub fn module_getattr(vm: &Vm, m: &PyModule, name: &PyStr) -> PyResult<Obj> {
    match find(vm, m, name) {
        Ok(Some(v)) => return Ok(v),
        Ok(None) => {}
        Err(e) => drop(vm.catch(e, vm.types.attribute_error)?),
    }
    match m.dict(vm).get_str(vm, vm.names().__getattr__)? {
        Some(hook) => vm.call1(hook.r(), name.r()),
        None => Err(no_attribute(vm, m, name)),
    }
}

/// `module.__dict__` as subclasses may override it.
fn visible_dict(vm: &Vm, m: &PyModule) -> PyResult<Py<PyDict>> {
    let d = vm.getattr(m.r(), vm.names().__dict__)?;
    d.downcast::<PyDict>(vm).map_err(|_| vm.type_error("<module>.__dict__ is not a dictionary"))
}

/// Create a module object.
///
/// The name must be a string; the optional doc argument can have any type.
#[pyclass("module", layout = PyModule, table = module, flags(BASETYPE), weakref)]
pub mod module {
    use super::*;

    #[slot(new)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        let obj = alloc_instance(vm, cls, 0)?;
        // SAFETY: a fresh object laid out as `PyModule`; the fields are uninitialised.
        unsafe {
            let p = obj.value().header_ptr() as *mut PyModule;
            (&raw mut (*p).dict).write(std::cell::OnceCell::new());
            (&raw mut (*p).def).write(std::cell::Cell::new(None));
            let _ = (*p).dict.set(PyDict::new(vm));
        }
        Ok(obj)
    }

    #[pyinit("module(name, doc=None)")]
    fn init(vm: &Vm, zelf: &PyModule, name: &PyStr, doc: Option<Ref<'_>>) -> PyResult<()> {
        let n = vm.names();
        let dict = zelf.dict(vm);
        dict.set_str(vm, n.__name__, name.to_obj())?;
        dict.set_str(vm, n.__doc__, doc.map_or_else(Obj::none, Ref::to_obj))?;
        for key in [n.__package__, n.__loader__, n.__spec__] {
            dict.set_str(vm, key, Obj::none())?;
        }
        Ok(())
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyModule) -> PyResult<Obj> {
        let bootstrap = match vm.interp.modules.get() {
            Some(m) => m.get_item_str(vm, "_frozen_importlib")?,
            None => None,
        };
        match bootstrap {
            Some(b) => vm.call_method_str(b.r(), "_module_repr", &[zelf.r()]),
            None => {
                let name = zelf.get(vm, vm.names().__name__)?.unwrap_or_else(|| vm.str("?"));
                Ok(vm.text(format!("<module {}>", vm.repr_text(name.r())?)))
            }
        }
    }

    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PyModule, name: &PyStr) -> PyResult<Obj> {
        module_getattr(vm, zelf, name)
    }

    #[slot(setattro)]
    fn setattro(vm: &Vm, zelf: &PyModule, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
        let ty = zelf.r().ty(vm);
        if let Some(d) = type_lookup(vm, ty, name)
            && let Some(set) = d.r().ty(vm).slots.descr_set.get()
        {
            return set(vm, d.r(), zelf.r(), value);
        }
        let name = vm.intern_str(name.to_py());
        match value {
            Some(v) => zelf.dict(vm).set_str(vm, &name, v.to_obj()),
            None => match zelf.dict(vm).remove_str(vm, &name)? {
                Some(_) => Ok(()),
                None => {
                    let text = format!("'{}' object has no attribute '{name}'", ty.tp_name());
                    Err(raise_attribute_error(vm, zelf.r(), &name, &text))
                }
            },
        }
    }

    #[pymethod("__dir__()", nosig, doc = "__dir__() -> list\nspecialized dir() implementation")]
    fn dir(vm: &Vm, zelf: &PyModule) -> PyResult<Obj> {
        let dict = visible_dict(vm, zelf)?;
        match dict.get_item_str(vm, "__dir__")? {
            Some(f) => vm.call0(f.r()),
            None => Ok(vm.list(dict.keys_vec())),
        }
    }

    #[member("__dict__")]
    fn dict(vm: &Vm, zelf: &PyModule) -> Obj {
        zelf.dict(vm).into_obj()
    }

    #[getter("__annotations__")]
    fn annotations(vm: &Vm, zelf: &PyModule) -> PyResult<Obj> {
        let n = vm.names();
        let dict = visible_dict(vm, zelf)?;
        if let Some(a) = dict.get_str(vm, n.__annotations__)? {
            return Ok(a);
        }
        let spec = zelf.get(vm, n.__spec__)?;
        let initializing = is_initializing(vm, spec.as_ref())?;
        let annotate = dict.get_str(vm, n.__annotate__)?.filter(|f| vm.is_callable(f.r()));
        let annotations = match annotate {
            Some(f) => {
                let format = vm.int_i64(1);
                let a = vm.call1(f.r(), format.r())?;
                if a.r().downcast::<PyDict>(vm).is_none() {
                    return Err(vm.type_error(format!("__annotate__ returned non-dict of type '{}'", a.r().ty(vm).tp_name())));
                }
                a
            }
            None => PyDict::new(vm).into_obj(),
        };
        // A module that is still being executed will have more annotations later.
        if !initializing {
            dict.set_str(vm, n.__annotations__, annotations.clone())?;
        }
        Ok(annotations)
    }

    #[setter("__annotations__")]
    fn set_annotations(vm: &Vm, zelf: &PyModule, value: Option<Ref<'_>>) -> PyResult<()> {
        let n = vm.names();
        let dict = visible_dict(vm, zelf)?;
        match value {
            Some(v) => dict.set_str(vm, n.__annotations__, v.to_obj())?,
            None if dict.remove_str(vm, n.__annotations__)?.is_none() => {
                return Err(vm.raise_with(vm.types.attribute_error, vec![n.__annotations__.to_obj()]));
            }
            None => {}
        }
        dict.remove_str(vm, n.__annotate__).map(drop)
    }

    #[getter("__annotate__")]
    fn annotate(vm: &Vm, zelf: &PyModule) -> PyResult<Obj> {
        let n = vm.names();
        let dict = visible_dict(vm, zelf)?;
        if let Some(a) = dict.get_str(vm, n.__annotate__)? {
            return Ok(a);
        }
        dict.set_str(vm, n.__annotate__, Obj::none())?;
        Ok(Obj::none())
    }

    #[setter("__annotate__")]
    fn set_annotate(vm: &Vm, zelf: &PyModule, value: Option<Ref<'_>>) -> PyResult<()> {
        let n = vm.names();
        let Some(value) = value else { return Err(vm.type_error("cannot delete __annotate__ attribute")) };
        let dict = visible_dict(vm, zelf)?;
        if !value.is_none() && !vm.is_callable(value) {
            return Err(vm.type_error("__annotate__ must be callable or None"));
        }
        dict.set_str(vm, n.__annotate__, value.to_obj())?;
        if !value.is_none() {
            dict.remove_str(vm, n.__annotations__)?;
        }
        Ok(())
    }
}
