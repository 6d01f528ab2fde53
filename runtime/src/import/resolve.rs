//! Relative import names.

use krait_object::prelude::*;

/// The absolute name of a relative import.
pub fn resolve_name(vm: &Vm, name: &PyStr, globals: Option<Ref<'_>>, level: i64) -> PyResult<Py<PyStr>> {
    let Some(globals) = globals.filter(|g| !g.is_none()) else {
        return Err(vm.raise_msg(vm.types.key_error, "'__name__' not in globals"));
    };
    let Some(globals) = globals.downcast::<PyDict>(vm) else {
        return Err(vm.type_error("globals must be a dict"));
    };
    let package = package_of(vm, globals)?;
    let mut end = package.len();
    if end == 0 {
        return Err(no_parent(vm));
    }
    for _ in 1..level {
        match package.rfind_char(u32::from(b'.'), 0, end) {
            Some(dot) => end = dot,
            None => return Err(vm.import_error_msg("attempted relative import beyond top-level package")),
        }
    }
    let base = package.substring(vm, 0, end);
    if name.is_empty() {
        return Ok(base);
    }
    Ok(vm.intern(&format!("{}.{}", base.to_utf8(vm)?, name.to_utf8(vm)?)))
}

fn no_parent(vm: &Vm) -> Raised {
    vm.import_error_msg("attempted relative import with no known parent package")
}

/// The package relative names start from.
fn package_of(vm: &Vm, globals: &PyDict) -> PyResult<Py<PyStr>> {
    let n = vm.names();
    let given = |key: &PyStr| -> PyResult<Option<Obj>> { Ok(globals.get_str(vm, key)?.filter(|v| !v.r().is_none())) };
    let text = |v: Obj, what: &str| v.downcast::<PyStr>(vm).map_err(|_| vm.type_error(format!("{what} must be a string")));
    let spec = given(n.__spec__)?;
    if let Some(package) = given(n.__package__)? {
        let package = text(package, "__package__")?;
        if let Some(spec) = spec {
            let parent = vm.getattr(spec.r(), n.parent)?;
            if !vm.eq(package.r(), parent.r())? {
                vm.warn(vm.types.deprecation_warning, "__package__ != __spec__.parent", 1)?;
            }
        }
        return Ok(package);
    }
    if let Some(spec) = spec {
        return text(vm.getattr(spec.r(), n.parent)?, "__spec__.parent");
    }
    let msg = "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
    vm.warn(vm.types.import_warning, msg, 1)?;
    let Some(name) = globals.get_str(vm, n.__name__)? else {
        return Err(vm.raise_msg(vm.types.key_error, "'__name__' not in globals"));
    };
    let name = text(name, "__name__")?;
    if globals.contains_str(vm, n.__path__)? {
        return Ok(name);
    }
    match name.rfind_char(u32::from(b'.'), 0, name.len()) {
        Some(dot) => Ok(name.substring(vm, 0, dot)),
        None => Err(no_parent(vm)),
    }
}
