//! Building an interpreter, step by step.

use krait_object::exception::PyBaseException;
use krait_object::hash::{secret_from_bytes, secret_from_seed};
use krait_object::module::PyModule;
use krait_object::native::ModuleDef;
use krait_object::prelude::*;
use krait_object::vm::{Hooks, Interp};

use crate::import::finder::{LibraryFolder, PyLibraryFinder};
use crate::import::library::{find_frozen, import_frozen};
use crate::import::{ImportState, imp};

use super::stderr_printer::PyStderrPrinter;
use super::{Config, Plugins, RuntimeState, config, stdio};

/// The native modules of this crate.
static MODULES: &[&ModuleDef] = &[
    &imp::module::DEF,
    &crate::import::finder::module::DEF,
    &crate::marshal::module::DEF,
    &crate::warnings::module::DEF,
    &crate::atexit::module::DEF,
];

fn fatal(what: &str) -> i32 {
    krait_object::stderr_line!("Fatal Python error: {what}");
    1
}

/// Makes an interpreter that is ready to run a program. On failure the exit status.
pub fn start(config: Config, plugins: &Plugins) -> Result<&'static Vm, i32> {
    crate::interp::panics::install_hook();
    let interp = Interp::new();
    interp.hash_secret.set(hash_secret(&config));
    interp.int_max_str_digits.set(config.int_max_str_digits);
    interp.bytes_warning.set(config.bytes_warning > 0);
    interp.cpu_count.set(config.cpu_count);
    interp.dev_mode.set(config.dev_mode);
    interp.set_hooks(hooks(plugins));
    let vm: &'static Vm = Box::leak(Box::new(Vm::new(interp)));
    if !crate::gil::init_main(vm) {
        return Err(fatal("out of memory while reserving the stack"));
    }
    let _ = interp.state::<RuntimeState>().config.set(config);
    interp.state::<ImportState>().library.set(Some(plugins.library));
    interp.add_native_modules(MODULES);
    interp.add_native_modules(&[crate::sys::def(), crate::builtins::def()]);
    (plugins.native_modules)(interp);
    if stdio::stdin_is_directory() {
        fatal("init_sys_streams: <stdin> is a directory, cannot continue");
        no_frame("core initialized", None);
        return Err(1);
    }
    if let Err(message) = (plugins.compiler)(vm, &self::config(vm).xoptions) {
        krait_object::stderr_line!("{message}");
        return Err(2);
    }
    match build(vm, plugins) {
        Ok(()) => Ok(vm),
        Err(e) => {
            let exc = vm.take_raised(e);
            Err(failed(vm, &exc))
        }
    }
}

/// The rest of a fatal error's report, from a thread that runs no Python code.
pub fn no_frame(state: &str, error: Option<&str>) {
    // SAFETY: no memory is involved.
    let thread = unsafe { libc::pthread_self() };
    let error = error.map_or_else(String::new, |e| format!("{e}\n"));
    krait_object::stderr_line!(
        "Python runtime state: {state}\n{error}\nCurrent thread 0x{thread:016x} [krait] (most recent call first):\n  <no Python frame>"
    );
}

/// Reports an exception of start-up.
fn failed(vm: &Vm, exc: &Py<PyBaseException>) -> i32 {
    if let Some(text) = vm.interp.state::<stdio::Failure>().0.take() {
        let status = fatal(text);
        no_frame("core initialized", Some(crate::sys::display::text_of(vm, exc).trim_end()));
        return status;
    }
    let status = fatal("init_import_site: Failed to start");
    let mut shown = crate::sys::display::text_of(vm, exc);
    if shown.is_empty() {
        shown = exc.r().ty(vm).name_lossy();
    }
    krait_object::stderr_line!("{shown}");
    status
}

fn hash_secret(config: &Config) -> (u64, u64) {
    match config.hash_seed {
        Some(0) => (0, 0),
        Some(seed) => secret_from_seed(seed),
        None => {
            let mut buf = [0u8; 16];
            // SAFETY: the buffer is as long as said.
            let n = unsafe { libc::getrandom(buf.as_mut_ptr().cast(), buf.len(), 0) };
            if n != buf.len() as isize {
                // Without entropy the clock must do.
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                buf = now.map_or(0, |d| d.as_nanos()).to_le_bytes();
            }
            secret_from_bytes(buf)
        }
    }
}

fn hooks(plugins: &Plugins) -> Hooks {
    Hooks {
        warn: crate::warnings::warn,
        import: crate::import::import,
        unraisable: crate::sys::hooks::unraisable,
        current_globals: crate::frames::current_globals,
        safepoint: crate::gil::safepoint,
        gil_release: crate::gil::release,
        gil_acquire: crate::gil::acquire,
        audit: crate::sys::audit::run,
        encode: plugins.encode,
        decode: plugins.decode,
        lookup_error: plugins.lookup_error,
    }
}

fn build(vm: &'static Vm, plugins: &Plugins) -> PyResult<()> {
    let config = config(vm);
    krait_types::init(vm, crate::objects::TYPES)?;
    let modules = PyDict::new(vm);
    let _ = vm.interp.modules.set(modules.clone());
    let sys = crate::sys::create(vm, config)?;
    let builtins = crate::builtins::create(vm, config.optimize == 0)?;
    builtins.filled.set(true);
    modules.set_str(vm, &vm.intern("sys"), sys.to_obj())?;
    modules.set_str(vm, vm.names().builtins, builtins.to_obj())?;
    sys.add(vm, "modules", modules.to_obj())?;
    let names = imp::builtin_names(vm).into_iter().map(|n| vm.intern(n).into_obj()).collect();
    sys.add(vm, "builtin_module_names", vm.tuple(names))?;
    sys.add(vm, "stderr", PyStderrPrinter::new(vm))?;
    import_system(vm, &sys)?;
    stdio::install(vm, &sys)?;
    (plugins.signals)(vm);
    add_main(vm)?;
    if !config.warnoptions.is_empty() {
        crate::import::import(vm, "warnings")?;
    }
    if config.faulthandler && vm.interp.native_modules.borrow().contains_key("faulthandler") {
        let enable = crate::import::import_attr(vm, "faulthandler", "enable")?;
        vm.call0(enable.r())?;
    }
    if !config.no_site {
        crate::import::import(vm, "site")?;
    }
    Ok(())
}

/// Starts importlib from the embedded library.
fn import_system(vm: &Vm, sys: &PyModule) -> PyResult<()> {
    for key in ["meta_path", "path_hooks"] {
        sys.add(vm, key, vm.list(vec![]))?;
    }
    sys.add(vm, "path_importer_cache", PyDict::new(vm))?;
    let Some(frozen) = find_frozen(vm, "_frozen_importlib") else {
        return Err(vm.import_error_msg("the library lacks importlib"));
    };
    let importlib = import_frozen(vm, &frozen)?;
    let _ = vm.interp.state::<ImportState>().importlib.set(importlib.clone());
    let imp = imp::native(vm, "_imp")?;
    vm.call_method_str(importlib.r(), "_install", &[sys.r(), imp.r()])?;
    vm.call_method_str(importlib.r(), "_install_external_importers", &[])?;
    // Files of the library come out of the binary, so their finder is asked first.
    let folder = String::from_utf8_lossy(&config(vm).stdlib_dir).into_owned();
    let _ = vm.interp.state::<LibraryFolder>().0.set(folder);
    imp::native(vm, "_library")?;
    let hooks = sys.get(vm, vm.names().path_hooks)?;
    if let Some(list) = hooks.as_ref().and_then(|h| h.r().downcast::<PyList>(vm)) {
        list.insert(vm, 0, PyLibraryFinder::type_of(vm).to_obj())?;
        let zipimporter = crate::import::import_attr(vm, "zipimport", "zipimporter")?;
        list.insert(vm, 1, zipimporter)?;
    }
    Ok(())
}

/// The `__main__` module.
fn add_main(vm: &Vm) -> PyResult<()> {
    let n = vm.names();
    let m = PyModule::new(vm, "__main__", None)?;
    if let Some(b) = crate::import::get_module(vm, n.builtins)? {
        m.dict(vm).set_str(vm, n.__builtins__, b)?;
    }
    let loader = crate::import::importlib_attr(vm, &vm.intern("BuiltinImporter"))?;
    m.dict(vm).set_str(vm, n.__loader__, loader)?;
    match vm.interp.modules.get() {
        Some(modules) => modules.set_str(vm, n.__main__, m.into_obj()),
        None => Ok(()),
    }
}
