//! The `import` statement and `__import__`: finds what is already imported, and leaves the rest
//! to `importlib._bootstrap`.

pub mod finder;
pub mod frames;
pub mod from;
pub mod imp;
pub mod library;
pub mod resolve;

use std::cell::{Cell, OnceCell};

use krait_object::function::PyBuiltinFunction;
use krait_object::module::PyModule;
use krait_object::prelude::*;

pub use from::import_from;

/// What importing keeps per interpreter.
#[derive(Default)]
pub struct ImportState {
    /// `_frozen_importlib`.
    pub importlib: OnceCell<Py<PyModule>>,
    /// The embedded library.
    pub library: Cell<Option<&'static dyn library::Library>>,
    /// `-X importtime`: nesting depth and time spent in nested imports, in nanoseconds.
    pub time_depth: Cell<usize>,
    pub time_nested: Cell<u64>,
    pub time_header: Cell<bool>,
    /// `_imp._override_frozen_modules_for_tests`.
    pub frozen_override: Cell<i32>,
}

/// Is `f` the built-in `__import__`?
pub fn is_default_import(vm: &Vm, f: Ref<'_>) -> bool {
    f.downcast_exact::<PyBuiltinFunction>(vm).is_some_and(|f| f.def.name == "__import__")
}

/// `IMPORT_NAME` with the built-in `__import__`.
#[inline]
pub fn import_name(vm: &Vm, name: &PyStr, globals: Option<&PyDict>, fromlist: Ref<'_>, level: Ref<'_>) -> PyResult<Obj> {
    let level = match level.value().as_int() {
        Some(l) => l,
        None => i64::from(c_int(vm, level)?),
    };
    import_level(vm, name, globals.map(|g| g.r()), fromlist, level)
}

/// `__import__(name, globals, locals, fromlist, level)`.
pub fn import_level(vm: &Vm, name: &PyStr, globals: Option<Ref<'_>>, fromlist: Ref<'_>, level: i64) -> PyResult<Obj> {
    if level < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    if level > 0 {
        let abs = resolve::resolve_name(vm, name, globals, level)?;
        let module = import_absolute(vm, &abs)?;
        return relative_result(vm, name, &abs, module, fromlist);
    }
    if name.is_empty() {
        return Err(vm.value_error("Empty module name"));
    }
    let module = import_absolute(vm, name)?;
    if wants_submodules(vm, fromlist)? {
        return handle_fromlist(vm, module, fromlist);
    }
    match name.find_char(u32::from(b'.'), 0, name.len()) {
        // `import a.b` binds `a`.
        Some(dot) => import_absolute(vm, &name.substring(vm, 0, dot)),
        None => Ok(module),
    }
}

fn relative_result(vm: &Vm, name: &PyStr, abs: &PyStr, module: Obj, fromlist: Ref<'_>) -> PyResult<Obj> {
    if wants_submodules(vm, fromlist)? {
        return handle_fromlist(vm, module, fromlist);
    }
    match name.find_char(u32::from(b'.'), 0, name.len()) {
        Some(dot) => {
            let top = abs.substring(vm, 0, abs.len() - (name.len() - dot));
            match get_module(vm, &top)? {
                Some(m) => Ok(m),
                None => {
                    let text = format!("{} not in sys.modules as expected", vm.repr_text(top.r())?);
                    Err(vm.raise_msg(vm.types.key_error, &text))
                }
            }
        }
        None => Ok(module),
    }
}

fn wants_submodules(vm: &Vm, fromlist: Ref<'_>) -> PyResult<bool> {
    if fromlist.is_none() {
        return Ok(false);
    }
    vm.is_true(fromlist)
}

/// `from package import names`: imports the submodules among the names.
fn handle_fromlist(vm: &Vm, module: Obj, fromlist: Ref<'_>) -> PyResult<Obj> {
    let n = vm.names();
    let path = match module.r().downcast_exact::<PyModule>(vm) {
        Some(m) => m.dict(vm).get_str(vm, n.__path__)?,
        None => vm.getattr_opt(module.r(), n.__path__)?,
    };
    if path.is_none() || has_all(vm, module.r(), fromlist)? {
        return Ok(module);
    }
    let import = default_import(vm)?;
    let f = importlib_attr(vm, n._handle_fromlist)?;
    let args = [module.r(), fromlist, import.r()];
    frames::trimmed(vm, vm.call(f.r(), &args))
}

/// Does the module's dict hold all the names already? Then there is nothing to import.
fn has_all(vm: &Vm, module: Ref<'_>, fromlist: Ref<'_>) -> PyResult<bool> {
    let (Some(m), Some(names)) = (module.downcast_exact::<PyModule>(vm), fromlist.downcast_exact::<PyTuple>(vm)) else {
        return Ok(false);
    };
    let dict = m.dict(vm);
    for name in names.as_slice() {
        match name.r().downcast_exact::<PyStr>(vm) {
            Some(name) if !name.eq_str("*") && dict.contains_str(vm, name)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// `builtins.__import__`, which importlib calls back.
fn default_import(vm: &Vm) -> PyResult<Obj> {
    let found = match vm.interp.builtins.get() {
        Some(b) => b.get_str(vm, vm.names().__import__)?,
        None => None,
    };
    found.ok_or_else(|| vm.import_error_msg("__import__ not found"))
}

/// An attribute of `_frozen_importlib`.
pub fn importlib_attr(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    match vm.interp.state::<ImportState>().importlib.get() {
        Some(m) => vm.getattr(m.r(), name),
        None => Err(vm.import_error_msg("the import system is not running")),
    }
}

/// The entry of `sys.modules`, if there is one.
pub fn get_module(vm: &Vm, name: &PyStr) -> PyResult<Option<Obj>> {
    match vm.interp.modules.get() {
        Some(m) => m.get_str(vm, name),
        None => Err(vm.runtime_error("unable to get sys.modules")),
    }
}

/// Imports a module by its absolute name and returns it.
pub fn import_absolute(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    if let Some(m) = get_module(vm, name)?.filter(|m| !m.r().is_none()) {
        ensure_initialized(vm, m.r(), name)?;
        return Ok(m);
    }
    find_and_load(vm, name)
}

/// Waits for a module that another thread is importing.
fn ensure_initialized(vm: &Vm, module: Ref<'_>, name: &PyStr) -> PyResult<()> {
    let n = vm.names();
    let spec = match module.downcast_exact::<PyModule>(vm) {
        Some(m) => m.dict(vm).get_str(vm, n.__spec__)?,
        None => vm.getattr_opt(module, n.__spec__)?,
    };
    let Some(spec) = spec else { return Ok(()) };
    if is_initializing(vm, spec.r())? {
        let f = importlib_attr(vm, &vm.intern("_lock_unlock_module"))?;
        vm.call1(f.r(), name.r())?;
    }
    Ok(())
}

/// `spec._initializing`.
pub fn is_initializing(vm: &Vm, spec: Ref<'_>) -> PyResult<bool> {
    if spec.is_none() {
        return Ok(false);
    }
    match vm.getattr_opt(spec, vm.names()._initializing)? {
        Some(v) => vm.is_true(v.r()),
        None => Ok(false),
    }
}

fn find_and_load(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    vm.check_stack(" while importing a module")?;
    if vm.interp.auditing.get() {
        let get = |key: &str| crate::sys::sys_attr(vm, key).unwrap_or_else(Obj::none);
        let (path, meta, hooks) = (get("path"), get("meta_path"), get("path_hooks"));
        vm.audit("import", &[name.r(), vm.none(), path.r(), meta.r(), hooks.r()])?;
    }
    let load = importlib_attr(vm, vm.names()._find_and_load)?;
    let import = default_import(vm)?;
    let call = || frames::trimmed(vm, vm.call(load.r(), &[name.r(), import.r()]));
    let module = if crate::lifecycle::config(vm).import_time > 0 { timed(vm, name, call) } else { call() }?;
    if name.eq_str("linecache") {
        crate::lifecycle::main_code::hand_over(vm)?;
    }
    Ok(module)
}

/// `-X importtime`.
fn timed(vm: &Vm, name: &PyStr, call: impl FnOnce() -> PyResult<Obj>) -> PyResult<Obj> {
    let state = vm.interp.state::<ImportState>();
    if !state.time_header.replace(true) {
        krait_object::stderr_line!("import time: self [us] | cumulative | imported package");
    }
    let outer = state.time_nested.replace(0);
    state.time_depth.set(state.time_depth.get() + 1);
    let start = std::time::Instant::now();
    let result = call();
    let total = start.elapsed().as_nanos() as u64;
    let nested = state.time_nested.get();
    state.time_depth.set(state.time_depth.get() - 1);
    state.time_nested.set(outer + total);
    let us = |ns: u64| ns.div_ceil(1000);
    let indent = state.time_depth.get() * 2;
    krait_object::stderr_line!(
        "import time: {:9} | {:10} | {:indent$}{}",
        us(total.saturating_sub(nested)),
        us(total),
        "",
        name.to_string_lossy()
    );
    result
}

/// `importlib.import_module(name)` for native code.
pub fn import(vm: &Vm, name: &str) -> PyResult<Obj> {
    import_absolute(vm, &vm.intern(name))
}

/// An attribute of a module, imported if need be.
pub fn import_attr(vm: &Vm, module: &str, name: &str) -> PyResult<Obj> {
    let m = import(vm, module)?;
    vm.getattr_str(m.r(), name)
}
