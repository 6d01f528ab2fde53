//! `from m import name`.

use krait_object::module::PyModule;
use krait_object::prelude::*;
use krait_object::set::as_any_set;

use super::{get_module, is_initializing};

/// `IMPORT_FROM`.
pub fn import_from(vm: &Vm, module: Ref<'_>, name: &PyStr) -> PyResult<Obj> {
    if let Some(v) = vm.getattr_opt(module, name)? {
        return Ok(v);
    }
    // A circular import may have put the submodule into sys.modules without binding it yet.
    let mod_name = vm.getattr_opt(module, vm.names().__name__)?.and_then(|n| n.downcast::<PyStr>(vm).ok());
    if let Some(n) = &mod_name {
        let full = vm.str(&format!("{}.{}", n.to_string_lossy(), name.to_string_lossy()));
        let full = vm.expect_str(full.r(), "module name")?.to_py();
        if let Some(v) = get_module(vm, &full)? {
            return Ok(v);
        }
    }
    Err(missing(vm, module, mod_name, name).unwrap_or_else(|e| e))
}

/// Raises ImportError for a missing name.
fn missing(vm: &Vm, module: Ref<'_>, mod_name: Option<Py<PyStr>>, name: &PyStr) -> PyResult<Raised> {
    let n = vm.names();
    let shown = match &mod_name {
        Some(m) => vm.repr_text(m.r())?,
        None => "'<unknown module name>'".to_owned(),
    };
    let what = format!("cannot import name {}", vm.repr_text(name.r())?);
    let spec = vm.getattr_opt(module, n.__spec__)?;
    let Some(spec) = spec else {
        let text = format!("{what} from {shown} (unknown location)");
        return Ok(raise(vm, &text, mod_name, None, name));
    };
    let mut origin = file_origin(vm, spec.r())?;
    let shadowing = match &origin {
        Some(o) => possibly_shadowing(vm, o),
        None => false,
    };
    let shadows_stdlib = shadowing && mod_name.as_ref().is_some_and(|m| is_stdlib_name(vm, m));
    if origin.is_none() {
        origin = module_file(vm, module)?;
    }
    let place = match &origin {
        Some(o) => o.to_string_lossy(),
        None => "unknown location".to_owned(),
    };
    let quoted = match &origin {
        Some(o) => vm.repr_text(o.r())?,
        None => String::new(),
    };
    let text = if shadows_stdlib {
        format!(
            "{what} from {shown} (consider renaming {quoted} since it has the same name as the standard library module named {shown} and prevents importing that standard library module)"
        )
    } else if is_initializing(vm, spec.r())? {
        if shadowing {
            format!("{what} from {shown} (consider renaming {quoted} if it has the same name as a library you intended to import)")
        } else {
            format!("{what} from partially initialized module {shown} (most likely due to a circular import) ({place})")
        }
    } else {
        format!("{what} from {shown} ({place})")
    };
    Ok(raise(vm, &text, mod_name, origin, name))
}

fn raise(vm: &Vm, text: &str, mod_name: Option<Py<PyStr>>, path: Option<Py<PyStr>>, name: &PyStr) -> Raised {
    let opt = |s: Option<Py<PyStr>>| s.map_or_else(Obj::none, Py::into_obj);
    let (msg, mod_name, path) = (vm.str(text), opt(mod_name), opt(path));
    raise_import_error(vm, vm.types.import_error, msg, mod_name, path, Some(name.to_obj()))
}

/// Raises an ImportError with `name`, `path` and `name_from`.
pub fn raise_import_error(vm: &Vm, ty: &PyType, msg: Obj, name: Obj, path: Obj, name_from: Option<Obj>) -> Raised {
    let mut kw = vec![("name", name.r()), ("path", path.r())];
    if let Some(f) = &name_from {
        kw.push(("name_from", f.r()));
    }
    match vm.call_kw(ty.r(), &[msg.r()], &kw) {
        Ok(e) => match e.downcast(vm) {
            Ok(e) => vm.raise(e),
            Err(_) => vm.system_error("ImportError is not an exception"),
        },
        Err(r) => r,
    }
}

/// The spec's origin if it is a place in the file system.
pub fn file_origin(vm: &Vm, spec: Ref<'_>) -> PyResult<Option<Py<PyStr>>> {
    if spec.is_none() {
        return Ok(None);
    }
    let n = vm.names();
    let Some(has) = vm.getattr_opt(spec, n.has_location)? else { return Ok(None) };
    if !vm.is_true(has.r())? {
        return Ok(None);
    }
    Ok(vm.getattr_opt(spec, n.origin)?.and_then(|o| o.downcast::<PyStr>(vm).ok()))
}

fn module_file(vm: &Vm, module: Ref<'_>) -> PyResult<Option<Py<PyStr>>> {
    let Some(m) = module.downcast::<PyModule>(vm) else { return Ok(None) };
    Ok(m.get(vm, vm.names().__file__)?.and_then(|f| f.downcast::<PyStr>(vm).ok()))
}

/// Does a module of that file stand in the folder Python puts first on the path, so that it may
/// hide one meant by the same name?
pub fn possibly_shadowing(vm: &Vm, origin: &PyStr) -> bool {
    let config = crate::lifecycle::config(vm);
    if config.safe_path {
        return false;
    }
    let Some(first) = config.path0.borrow().clone() else { return false };
    let file = origin.to_string_lossy();
    let Some((mut root, last)) = file.rsplit_once('/') else { return false };
    if last == "__init__.py" {
        let Some((up, _)) = root.rsplit_once('/') else { return false };
        root = up;
    }
    let first = if first.is_empty() {
        match std::env::current_dir() {
            Ok(d) => d.to_string_lossy().into_owned(),
            Err(_) => return false,
        }
    } else {
        first
    };
    root == first
}

/// Is the name in `sys.stdlib_module_names`?
pub fn is_stdlib_name(vm: &Vm, name: &PyStr) -> bool {
    let Some(names) = crate::sys::sys_attr(vm, "stdlib_module_names") else { return false };
    match as_any_set(vm, names.r()) {
        Some(s) => match s.contains(vm, name.r()) {
            Ok(found) => found,
            Err(e) => {
                drop(vm.take_raised(e));
                false
            }
        },
        None => false,
    }
}
