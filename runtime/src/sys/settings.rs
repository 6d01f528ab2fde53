//! Settings of the interpreter that Python code reads and changes.

use std::cell::Cell;

use krait_macros::pymodule;
use krait_object::module::PyModule;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

use crate::generators::async_generator::AsyncGenHooks;
use crate::generators::coroutine::OriginTracking;
use crate::lifecycle::Config;

use super::text::fs_decode;

/// Smallest limit of int-str conversions, but for 0 (none).
const MIN_STR_DIGITS: usize = 640;

static FLAGS: StructSeqDef = StructSeqDef {
    module: "sys",
    name: "flags",
    doc: Some("sys.flags\n\nFlags provided through command line arguments or environment vars."),
    fields: &[
        ("debug", "-d"),
        ("inspect", "-i"),
        ("interactive", "-i"),
        ("optimize", "-O or -OO"),
        ("dont_write_bytecode", "-B"),
        ("no_user_site", "-s"),
        ("no_site", "-S"),
        ("ignore_environment", "-E"),
        ("verbose", "-v"),
        ("bytes_warning", "-b"),
        ("quiet", "-q"),
        ("hash_randomization", "-R"),
        ("isolated", "-I"),
        ("dev_mode", "-X dev"),
        ("utf8_mode", "-X utf8"),
        ("warn_default_encoding", "-X warn_default_encoding"),
        ("safe_path", "-P"),
        ("int_max_str_digits", "-X int_max_str_digits"),
        ("gil", "-X gil"),
        ("thread_inherit_context", "-X thread_inherit_context"),
        ("context_aware_warnings", "-X context_aware_warnings"),
    ],
    n_in_sequence: 18,
    complete: None,
};

static ASYNCGEN_HOOKS: StructSeqDef = StructSeqDef {
    module: "sys",
    name: "asyncgen_hooks",
    doc: Some("asyncgen_hooks\n\nNamed tuple containing information about asynchronous\ngenerators hooks.\nThis type is not instantiable."),
    fields: &[("firstiter", "Hook to intercept first iteration"), ("finalizer", "Hook to intercept finalization")],
    n_in_sequence: 2,
    complete: None,
};

/// Flags for loading shared libraries; kept for programs that read them back.
struct DlopenFlags(Cell<i32>);
impl Default for DlopenFlags {
    fn default() -> Self {
        DlopenFlags(Cell::new(libc::RTLD_NOW))
    }
}

/// `sys.flags`.
pub fn flags(vm: &Vm, c: &Config) -> PyResult<Obj> {
    let i = |n: i32| vm.int_i64(i64::from(n));
    let b = |on: bool| i(i32::from(on));
    let values = vec![
        i(c.debug),
        b(c.inspect),
        b(c.interactive),
        i(c.optimize),
        b(c.dont_write_bytecode),
        b(c.no_user_site),
        b(c.no_site),
        b(c.ignore_environment),
        i(c.verbose),
        i(c.bytes_warning),
        b(c.quiet),
        b(c.hash_seed != Some(0)),
        b(c.isolated),
        Obj::bool(c.dev_mode),
        b(c.utf8_mode),
        b(c.warn_default_encoding),
        Obj::bool(c.safe_path),
        vm.int_usize(vm.interp.int_max_str_digits.get()),
        i(1),
        b(c.thread_inherit_context),
        b(c.context_aware_warnings),
    ];
    make(vm, &FLAGS, values)
}

/// Adds what the configuration decides.
pub fn add(vm: &Vm, m: &PyModule, c: &Config) -> PyResult<()> {
    let path = |p: &[u8]| fs_decode(vm, p).into_obj();
    let list = |items: &[Vec<u8>]| vm.list(items.iter().map(|a| path(a)).collect());
    m.add(vm, "flags", flags(vm, c)?)?;
    m.add(vm, "argv", list(&c.argv))?;
    m.add(vm, "orig_argv", list(&c.orig_argv))?;
    m.add(vm, "executable", path(&c.executable))?;
    m.add(vm, "_base_executable", path(&c.base_executable))?;
    m.add(vm, "prefix", path(&c.prefix))?;
    m.add(vm, "exec_prefix", path(&c.prefix))?;
    m.add(vm, "base_prefix", path(&c.base_prefix))?;
    m.add(vm, "base_exec_prefix", path(&c.base_prefix))?;
    m.add(vm, "_stdlib_dir", path(&c.stdlib_dir))?;
    m.add(vm, "platlibdir", vm.str("lib"))?;
    m.add(vm, "_home", c.home.as_ref().map_or_else(Obj::none, |h| path(h)))?;
    m.add(vm, "path", list(&c.path))?;
    let strings = |items: &[String]| vm.list(items.iter().map(|a| vm.str(a)).collect());
    m.add(vm, "warnoptions", strings(&c.warnoptions))?;
    let options = PyDict::new(vm);
    for (k, v) in &c.xoptions {
        let v = v.as_ref().map_or_else(|| Obj::bool(true), |v| vm.str(v));
        options.set_str(vm, &vm.intern(k), v)?;
    }
    m.add(vm, "_xoptions", options)?;
    m.add(vm, "dont_write_bytecode", Obj::bool(c.dont_write_bytecode))?;
    m.add(vm, "pycache_prefix", c.pycache_prefix.as_ref().map_or_else(Obj::none, |p| path(p)))
}

fn hook(vm: &Vm, arg: OptArg<Ref<'_>>, what: &str) -> PyResult<Option<Option<Obj>>> {
    match arg.given() {
        None => Ok(None),
        Some(f) if f.is_none() => Ok(Some(None)),
        Some(f) if vm.is_callable(f) => Ok(Some(Some(f.to_obj()))),
        Some(f) => Err(vm.type_error(format!("callable {what} expected, got {}", f.ty(vm).tp_name()))),
    }
}

#[pymodule(name = "sys")]
pub mod part {
    use super::*;

    /// Return the current value of the recursion limit.
    ///
    /// The recursion limit is the maximum depth of the Python interpreter
    /// stack.  This limit prevents infinite recursion from causing an overflow
    /// of the C stack and crashing Python.
    #[pyfunction("getrecursionlimit()")]
    fn getrecursionlimit(vm: &Vm) -> u32 {
        vm.interp.recursion_limit.get()
    }
    /// Set the maximum depth of the Python interpreter stack to n.
    ///
    /// This limit prevents infinite recursion from causing an overflow of the C
    /// stack and crashing Python.  The highest possible limit is platform-
    /// dependent.
    #[pyfunction("setrecursionlimit(limit, /)")]
    fn setrecursionlimit(vm: &Vm, limit: i32) -> PyResult<()> {
        if limit < 1 {
            return Err(vm.value_error("recursion limit must be greater or equal than 1"));
        }
        let depth = vm.exec.depth.get();
        if depth >= limit as u32 {
            let text = format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low");
            return Err(vm.recursion_error(text));
        }
        vm.interp.recursion_limit.set(limit as u32);
        Ok(())
    }
    /// Set the ideal thread switching delay inside the Python interpreter.
    ///
    /// The actual frequency of switching threads can be lower if the
    /// interpreter executes long sequences of uninterruptible code
    /// (this is implementation-specific and workload-dependent).
    ///
    /// The parameter must represent the desired switching delay in seconds
    /// A typical value is 0.005 (5 milliseconds).
    #[pyfunction("setswitchinterval(interval, /)")]
    fn setswitchinterval(vm: &Vm, interval: f64) -> PyResult<()> {
        if interval <= 0.0 || interval.is_nan() {
            return Err(vm.value_error("switch interval must be strictly positive"));
        }
        vm.interp.gil.set_interval_us((interval * 1e6).max(1.0) as u64);
        Ok(())
    }
    /// Return the current thread switch interval; see sys.setswitchinterval().
    #[pyfunction("getswitchinterval()")]
    fn getswitchinterval(vm: &Vm) -> f64 {
        vm.interp.gil.interval_us() as f64 * 1e-6
    }
    /// Return the maximum string digits limit for non-binary int<->str conversions.
    #[pyfunction("get_int_max_str_digits()")]
    fn get_int_max_str_digits(vm: &Vm) -> usize {
        vm.interp.int_max_str_digits.get()
    }
    /// Set the maximum string digits limit for non-binary int<->str conversions.
    #[pyfunction("set_int_max_str_digits(maxdigits)")]
    fn set_int_max_str_digits(vm: &Vm, maxdigits: i32) -> PyResult<()> {
        match usize::try_from(maxdigits) {
            Ok(n) if n == 0 || n >= MIN_STR_DIGITS => {
                vm.interp.int_max_str_digits.set(n);
                Ok(())
            }
            _ => Err(vm.value_error(format!("maxdigits must be 0 or larger than {MIN_STR_DIGITS}"))),
        }
    }
    /// Enable or disable origin tracking for coroutine objects in this thread.
    ///
    /// Coroutine objects will track 'depth' frames of traceback information
    /// about where they came from, available in their cr_origin attribute.
    ///
    /// Set a depth of 0 to disable.
    #[pyfunction("set_coroutine_origin_tracking_depth(depth)")]
    fn set_coroutine_origin_tracking_depth(vm: &Vm, depth: i32) -> PyResult<()> {
        match usize::try_from(depth) {
            Ok(n) => {
                vm.interp.state::<OriginTracking>().depth.set(n);
                Ok(())
            }
            Err(_) => Err(vm.value_error("depth must be >= 0")),
        }
    }
    /// Check status of origin tracking for coroutine objects in this thread.
    #[pyfunction("get_coroutine_origin_tracking_depth()")]
    fn get_coroutine_origin_tracking_depth(vm: &Vm) -> usize {
        vm.interp.state::<OriginTracking>().depth.get()
    }
    /// set_asyncgen_hooks([firstiter] [, finalizer])
    ///
    /// Set a finalizer for async generators objects.
    #[pyfunction("set_asyncgen_hooks(firstiter=<unrepresentable>, finalizer=<unrepresentable>)", nosig)]
    fn set_asyncgen_hooks(vm: &Vm, firstiter: OptArg<Ref<'_>>, finalizer: OptArg<Ref<'_>>) -> PyResult<()> {
        let finalizer = hook(vm, finalizer, "finalizer")?;
        let firstiter = hook(vm, firstiter, "firstiter")?;
        if finalizer.is_some() {
            vm.audit("sys.set_asyncgen_hooks_finalizer", &[])?;
        }
        if firstiter.is_some() {
            vm.audit("sys.set_asyncgen_hooks_firstiter", &[])?;
        }
        let mut hooks = AsyncGenHooks::of(vm);
        if let Some(f) = finalizer {
            hooks.finalizer = f;
        }
        if let Some(f) = firstiter {
            hooks.firstiter = f;
        }
        drop(hooks.install(vm));
        Ok(())
    }
    /// Return the installed asynchronous generators hooks.
    ///
    /// This returns a namedtuple of the form (firstiter, finalizer).
    #[pyfunction("get_asyncgen_hooks()")]
    fn get_asyncgen_hooks(vm: &Vm) -> PyResult<Obj> {
        let hooks = AsyncGenHooks::of(vm);
        let get = |c: Option<Obj>| c.unwrap_or_else(Obj::none);
        make(vm, &ASYNCGEN_HOOKS, vec![get(hooks.firstiter), get(hooks.finalizer)])
    }
    /// Return True if Python is exiting.
    #[pyfunction("is_finalizing()")]
    fn is_finalizing(vm: &Vm) -> bool {
        vm.interp.finalizing.get()
    }
    /// Return the current default encoding used by the Unicode implementation.
    #[pyfunction("getdefaultencoding()")]
    fn getdefaultencoding() -> &'static str {
        "utf-8"
    }
    /// Return the encoding used to convert Unicode filenames to OS filenames.
    #[pyfunction("getfilesystemencoding()")]
    fn getfilesystemencoding() -> &'static str {
        "utf-8"
    }
    /// Return the error mode used Unicode to OS filename conversion.
    #[pyfunction("getfilesystemencodeerrors()")]
    fn getfilesystemencodeerrors() -> &'static str {
        "surrogateescape"
    }
    /// Return the current value of the flags that are used for dlopen calls.
    ///
    /// The flag constants are defined in the os module.
    #[pyfunction("getdlopenflags()")]
    fn getdlopenflags(vm: &Vm) -> i32 {
        vm.interp.state::<DlopenFlags>().0.get()
    }
    /// Set the flags used by the interpreter for dlopen calls.
    ///
    /// This is used, for example, when the interpreter loads extension
    /// modules. Among other things, this will enable a lazy resolving of
    /// symbols when importing a module, if called as sys.setdlopenflags(0).
    /// To share symbols across extension modules, call as
    /// sys.setdlopenflags(os.RTLD_GLOBAL).  Symbolic names for the flag
    /// modules can be found in the os module (RTLD_xxx constants, e.g.
    /// os.RTLD_LAZY).
    #[pyfunction("setdlopenflags(flags, /)")]
    fn setdlopenflags(vm: &Vm, flags: i32) {
        vm.interp.state::<DlopenFlags>().0.set(flags);
    }
    /// Clear the internal type lookup cache.
    #[pyfunction("_clear_type_cache()")]
    fn clear_type_cache(vm: &Vm) -> PyResult<()> {
        let text = "sys._clear_type_cache() is deprecated and may be removed in a future version of Python.  Use sys._clear_internal_caches() instead.";
        vm.warn(vm.types.deprecation_warning, text, 1)?;
        vm.interp.method_cache.clear();
        Ok(())
    }
    /// Clear all internal performance-related caches.
    #[pyfunction("_clear_internal_caches()")]
    fn clear_internal_caches(vm: &Vm) {
        vm.interp.method_cache.clear();
    }
    /// Private function for clearing certain descriptors from a type's dictionary.
    ///
    /// See gh-135228 for context.
    #[pyfunction("_clear_type_descriptors(type, /)")]
    fn clear_type_descriptors(vm: &Vm, ty: &PyType) -> PyResult<()> {
        if ty.has_flag(TypeFlags::IMMUTABLE) {
            return Err(vm.type_error("argument is immutable"));
        }
        let Some(dict) = ty.dict_ref() else { return Ok(()) };
        krait_object::lookup::type_modified(vm, ty);
        for name in ["__dict__", "__weakref__"] {
            dict.remove_str(vm, &vm.intern(name))?;
        }
        Ok(())
    }
    /// Return True if the GIL is currently enabled and False if the GIL is disabled.
    #[pyfunction("_is_gil_enabled()")]
    fn is_gil_enabled() -> bool {
        true
    }
    /// Activate stack profiler trampoline *backend*.
    #[pyfunction("activate_stack_trampoline(backend, /)")]
    fn activate_stack_trampoline(vm: &Vm, _backend: &PyStr) -> PyResult<()> {
        Err(vm.value_error("perf trampoline not available"))
    }
    /// Deactivate the current stack profiler trampoline backend.
    ///
    /// If no stack profiler is activated, this function has no effect.
    #[pyfunction("deactivate_stack_trampoline()")]
    fn deactivate_stack_trampoline() {}
    /// Return *True* if a stack profiler trampoline is active.
    #[pyfunction("is_stack_trampoline_active()")]
    fn is_stack_trampoline_active() -> bool {
        false
    }
    /// Return True if remote debugging is enabled, False otherwise.
    #[pyfunction("is_remote_debug_enabled()")]
    fn is_remote_debug_enabled() -> bool {
        false
    }
    /// Executes a file containing Python code in a given remote Python process.
    #[pyfunction("remote_exec(pid, script)")]
    fn remote_exec(vm: &Vm, _pid: i32, _script: Ref<'_>) -> PyResult<()> {
        Err(vm.runtime_error("Remote debugging is not enabled"))
    }
    /// Private function for getting PyConfig.cpu_count
    #[pyfunction("_get_cpu_count_config()")]
    fn get_cpu_count_config(vm: &Vm) -> i32 {
        crate::lifecycle::config(vm).cpu_count
    }
    /// Private function for getting the base REPL
    #[pyfunction("_baserepl()")]
    fn baserepl(vm: &Vm) -> PyResult<()> {
        crate::lifecycle::repl::plain(vm).map(drop)
    }
}

/// Utilities for observing just-in-time compilation.
#[pymodule(name = "sys._jit")]
pub mod jit {
    use super::*;

    /// Return True if the current Python executable supports JIT compilation, and
    /// False otherwise.
    #[pyfunction("is_available()")]
    fn is_available() -> bool {
        true
    }
    /// Return True if JIT compilation is enabled for the current Python process
    /// (implies sys._jit.is_available()), and False otherwise.
    #[pyfunction("is_enabled()")]
    fn is_enabled(vm: &Vm) -> bool {
        crate::compiler::enabled(vm)
    }
    /// Return True if the topmost Python frame is currently executing JIT code
    /// (implies sys._jit.is_enabled()), and False otherwise.
    #[pyfunction("is_active()")]
    fn is_active(vm: &Vm) -> bool {
        crate::compiler::active(vm)
    }
    #[pyexec]
    fn exec(_vm: &Vm, _m: &PyModule) -> PyResult<()> {
        Ok(())
    }
}
