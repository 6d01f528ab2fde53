//! The `_imp` module.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use krait_macros::pymodule;
use krait_object::code::PyCode;
use krait_object::module::PyModule;
use krait_object::prelude::*;

use super::library::{Frozen, find_frozen};

/// The global import lock: owner (0: free) and depth.
static LOCK: Mutex<(u64, u32)> = Mutex::new((0, 0));
static FREED: Condvar = Condvar::new();

fn lock_state() -> MutexGuard<'static, (u64, u32)> {
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the import lock, waiting without the GIL.
pub fn acquire(vm: &Vm) {
    // The numbering of threads starts at 0 for the main one.
    let me = vm.thread_id.get() + 1;
    {
        let mut lock = lock_state();
        if lock.0 == 0 || lock.0 == me {
            *lock = (me, lock.1 + 1);
            return;
        }
    }
    vm.allow_threads(|| {
        let mut lock = lock_state();
        while lock.0 != 0 {
            lock = FREED.wait(lock).unwrap_or_else(PoisonError::into_inner);
        }
        *lock = (me, 1);
    });
}

/// Gives the import lock back; false if this thread does not hold it.
pub fn release(vm: &Vm) -> bool {
    let mut lock = lock_state();
    if lock.0 != vm.thread_id.get() + 1 {
        return false;
    }
    lock.1 -= 1;
    if lock.1 == 0 {
        lock.0 = 0;
        FREED.notify_one();
    }
    true
}

/// After a fork only the forking thread is left: the lock is its own or nobody's.
pub fn reset_after_fork(vm: &Vm) {
    let mut lock = lock_state();
    if lock.0 != vm.thread_id.get() + 1 {
        *lock = (0, 0);
    }
}

fn no_frozen(vm: &Vm, name: &PyStr) -> PyResult<Raised> {
    let text = format!("No such frozen object named {}", name.to_string_lossy());
    Ok(super::from::raise_import_error(vm, vm.types.import_error, vm.str(&text), name.to_obj(), Obj::none(), None))
}

fn frozen(vm: &Vm, name: &PyStr) -> PyResult<Frozen> {
    match find_frozen(vm, name.to_utf8(vm)?) {
        Some(f) => Ok(f),
        None => Err(no_frozen(vm, name)?),
    }
}

/// Names of the modules implemented natively.
pub fn builtin_names(vm: &Vm) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = vm.interp.native_modules.borrow().keys().copied().collect();
    names.sort_unstable();
    names
}

/// Creates a native module, or returns the one that exists where there can be only one.
pub fn create_builtin(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    let text = name.to_utf8(vm)?;
    let Some(def) = vm.interp.native_modules.borrow().get(text).copied() else { return Ok(Obj::none()) };
    if ["sys", "builtins"].contains(&text)
        && let Some(m) = super::get_module(vm, name)?
    {
        return Ok(m);
    }
    Ok(PyModule::from_def(vm, def)?.into_obj())
}

/// Fills a native module, once.
pub fn exec_builtin(vm: &Vm, module: Ref<'_>) -> PyResult<()> {
    let Some(m) = module.downcast::<PyModule>(vm) else { return Ok(()) };
    if m.def.get().is_none() || m.filled.replace(true) {
        return Ok(());
    }
    m.exec_def(vm)
}

/// Replaces the file name of a code object and of those nested in it.
fn fix_filename(vm: &Vm, code: &PyCode, old: &PyStr, new: &Py<PyStr>) {
    if !code.filename().eq(old) {
        return;
    }
    code.set_filename(new.clone());
    for c in &code.consts {
        if let Some(nested) = c.r().downcast_exact::<PyCode>(vm) {
            fix_filename(vm, nested, old, new);
        }
    }
}

/// (Extremely) low-level import machinery bits as used by importlib.
#[pymodule(name = "_imp")]
pub mod module {
    use super::*;

    /// Returns the list of file suffixes used to identify extension modules.
    #[pyfunction("extension_suffixes()")]
    fn extension_suffixes(vm: &Vm) -> Obj {
        vm.list(vec![])
    }
    /// Return True if the import lock is currently held, else False.
    ///
    /// On platforms without threads, return False.
    #[pyfunction("lock_held()")]
    fn lock_held() -> bool {
        lock_state().0 != 0
    }
    /// Acquires the interpreter's import lock for the current thread.
    ///
    /// This lock should be used by import hooks to ensure thread-safety when importing
    /// modules. On platforms without threads, this function does nothing.
    #[pyfunction("acquire_lock()")]
    fn acquire_lock(vm: &Vm) {
        acquire(vm);
    }
    /// Release the interpreter's import lock.
    ///
    /// On platforms without threads, this function does nothing.
    #[pyfunction("release_lock()")]
    fn release_lock(vm: &Vm) -> PyResult<()> {
        if release(vm) { Ok(()) } else { Err(vm.runtime_error("not holding the import lock")) }
    }
    /// Return info about the corresponding frozen module (if there is one) or None.
    ///
    /// The returned info (a 3-tuple):
    ///
    ///  * data         the raw marshalled bytes
    ///  * is_package   whether or not it is a package
    ///  * origname     the originally frozen module's name, or None if not
    ///                 a stdlib module (this will usually be the same as
    ///                 the module's current name)
    #[pyfunction("find_frozen(name, /, *, withdata=False)")]
    fn py_find_frozen(vm: &Vm, name: &PyStr, withdata: bool) -> PyResult<Obj> {
        let Some(f) = find_frozen(vm, name.to_utf8(vm)?) else { return Ok(Obj::none()) };
        let data = if withdata {
            let data = crate::marshal::wrap_unit(f.bytes());
            vm.call1(vm.types.memoryview.r(), vm.bytes(&data).r())?
        } else {
            Obj::none()
        };
        let origname = if f.origname.is_empty() { Obj::none() } else { vm.str(f.origname) };
        Ok(vm.tuple(vec![data, Obj::bool(f.is_package), origname]))
    }
    /// Create a code object for a frozen module.
    #[pyfunction("get_frozen_object(name, data=None, /)")]
    fn get_frozen_object(vm: &Vm, name: &PyStr, data: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(data) = data else { return Ok(frozen(vm, name)?.load(vm)?.into_obj()) };
        let bytes = krait_object::buffer::with_bytes(vm, data, <[u8]>::to_vec)?;
        let invalid = |e: Raised| {
            drop(vm.take_raised(e));
            let text = format!("Frozen object named {} is invalid", vm.repr_text(name.r())?);
            Ok(super::super::from::raise_import_error(vm, vm.types.import_error, vm.str(&text), name.to_obj(), Obj::none(), None))
        };
        let code = match crate::marshal::loads(vm, &bytes, true) {
            Ok(c) => c,
            Err(e) => return Err(invalid(e)?),
        };
        if code.r().is_exact::<PyCode>(vm) {
            return Ok(code);
        }
        Err(vm.type_error(format!("frozen object {} is not a code object", vm.repr_text(name.r())?)))
    }
    /// Returns True if the module name is of a frozen package.
    #[pyfunction("is_frozen_package(name, /)")]
    fn is_frozen_package(vm: &Vm, name: &PyStr) -> PyResult<bool> {
        Ok(frozen(vm, name)?.is_package)
    }
    /// Returns True if the module name corresponds to a built-in module.
    #[pyfunction("is_builtin(name, /)")]
    fn is_builtin(vm: &Vm, name: &PyStr) -> PyResult<i32> {
        let text = name.to_string_lossy();
        let known = vm.interp.native_modules.borrow().contains_key(text.as_str());
        Ok(match (known, text.as_str()) {
            (true, "sys" | "builtins") => -1,
            (known, _) => i32::from(known),
        })
    }
    /// Returns True if the module name corresponds to a frozen module.
    #[pyfunction("is_frozen(name, /)")]
    fn is_frozen(vm: &Vm, name: &PyStr) -> bool {
        find_frozen(vm, &name.to_string_lossy()).is_some()
    }
    /// Returns the list of available frozen modules.
    #[pyfunction("_frozen_module_names()")]
    fn frozen_module_names(vm: &Vm) -> Vec<Obj> {
        super::super::library::frozen_names().map(|n| vm.str(n)).collect()
    }
    /// Initializes a frozen module.
    #[pyfunction("init_frozen(name, /)")]
    fn init_frozen(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
        let Some(f) = find_frozen(vm, name.to_utf8(vm)?) else { return Ok(Obj::none()) };
        Ok(super::super::library::import_frozen(vm, &f)?.into_obj())
    }
    /// Create an extension module.
    #[pyfunction("create_builtin(spec, /)")]
    fn py_create_builtin(vm: &Vm, spec: Ref<'_>) -> PyResult<Obj> {
        let name = vm.getattr(spec, vm.names().name)?;
        let Some(name) = name.r().downcast::<PyStr>(vm) else {
            return Err(vm.type_error(format!("name must be string, not {}", name.r().ty(vm).tp_name())));
        };
        create_builtin(vm, name)
    }
    /// Initialize a built-in module.
    #[pyfunction("exec_builtin(mod, /)")]
    fn py_exec_builtin(vm: &Vm, module: Ref<'_>) -> PyResult<i32> {
        exec_builtin(vm, module)?;
        Ok(0)
    }
    /// Changes code.co_filename to specify the passed-in file path.
    ///
    ///   code
    ///     Code object to change.
    ///   path
    ///     File path to use.
    #[pyfunction("_fix_co_filename(code, path, /)")]
    fn fix_co_filename(vm: &Vm, code: &PyCode, path: Py<PyStr>) {
        let old = code.filename();
        if !old.eq(&path) {
            fix_filename(vm, code, &old, &path);
        }
    }
    #[pyfunction("source_hash(key, source)")]
    fn source_hash(vm: &Vm, key: i64, source: BufferArg) -> Obj {
        let h = krait_object::hash::siphash13(key as u64, 0, source.as_slice());
        vm.bytes(&h.to_le_bytes())
    }
    /// (internal-only) Override PyConfig.use_frozen_modules.
    ///
    /// (-1: "off", 1: "on", 0: no override)
    /// See frozen_modules() in Lib/test/support/import_helper.py.
    #[pyfunction("_override_frozen_modules_for_tests(override, /)")]
    fn override_frozen_modules(vm: &Vm, value: i32) {
        vm.interp.state::<super::super::ImportState>().frozen_override.set(value);
    }
    /// (internal-only) Override PyInterpreterConfig.check_multi_interp_extensions.
    ///
    /// (-1: "never", 1: "always", 0: no override)
    #[pyfunction("_override_multi_interp_extensions_check(override, /)")]
    fn override_multi_interp(_override: i32) -> i32 {
        0
    }
    #[pyexec]
    fn exec(vm: &Vm, m: &PyModule) -> PyResult<()> {
        m.add(vm, "check_hash_based_pycs", vm.str(&crate::lifecycle::config(vm).check_hash_pycs))?;
        m.add(vm, "pyc_magic_number_token", vm.int_i64(i64::from(crate::marshal::pyc_magic())))
    }
}

/// A native module by name, made and put into `sys.modules` if it is not there yet.
pub fn native(vm: &Vm, name: &str) -> PyResult<Obj> {
    let key = vm.intern(name);
    if let Some(m) = super::get_module(vm, &key)?.filter(|m| !m.r().is_none()) {
        return Ok(m);
    }
    let m = create_builtin(vm, &key)?;
    if m.r().is_none() {
        return Err(vm.import_error_msg(format!("no built-in module named '{name}'")));
    }
    if let Some(modules) = vm.interp.modules.get() {
        modules.set_str(vm, &key, m.clone())?;
    }
    exec_builtin(vm, m.r())?;
    Ok(m)
}
