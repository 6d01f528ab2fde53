//! Exceptions and the hooks that show results and errors.

use krait_macros::pymodule;
use krait_object::exception::{PyBaseException, handled, peek};
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

use super::{display, sys_attr};

static UNRAISABLE_ARGS: StructSeqDef = StructSeqDef {
    module: "sys",
    name: "UnraisableHookArgs",
    doc: Some("UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook."),
    fields: &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("err_msg", "Error message"),
        ("object", "Object causing the exception"),
    ],
    n_in_sequence: 5,
    complete: None,
};

/// [`Hooks::unraisable`](krait_object::vm::Hooks): hands the exception to `sys.unraisablehook`.
pub fn unraisable(vm: &Vm, exc: Py<PyBaseException>, context: &str, obj: Option<Ref<'_>>) {
    if peek(&exc.traceback).is_none() {
        // Native code raised it: the running frame says where.
        exc.traceback.set(crate::interp::exceptions::traceback_here(vm));
    }
    if let Err(e) = report_unraisable(vm, &exc, context, obj) {
        let failed = vm.take_raised(e);
        let msg = vm.str("Exception ignored in sys.unraisablehook");
        let hook = sys_attr(vm, "unraisablehook").unwrap_or_else(Obj::none);
        if let Err(e) = display::unraisable(vm, failed.r(), msg.r(), hook.r()) {
            drop(vm.take_raised(e));
        }
    }
}

fn report_unraisable(vm: &Vm, exc: &Py<PyBaseException>, context: &str, obj: Option<Ref<'_>>) -> PyResult<()> {
    let msg = if context.is_empty() { Obj::none() } else { vm.str(context) };
    let obj = obj.map_or_else(Obj::none, Ref::to_obj);
    let hook = sys_attr(vm, "unraisablehook");
    let Some(hook) = hook.filter(|h| !is_native_hook(vm, h.r(), "unraisablehook")) else {
        return display::unraisable(vm, exc.r(), msg.r(), obj.r());
    };
    if hook.r().is_none() {
        return display::unraisable(vm, exc.r(), msg.r(), obj.r());
    }
    let tb = peek(&exc.traceback).unwrap_or_else(Obj::none);
    let values = vec![exc.r().ty(vm).to_obj(), exc.to_obj(), tb, msg, obj];
    let args = make(vm, &UNRAISABLE_ARGS, values)?;
    vm.audit("sys.unraisablehook", &[hook.r(), args.r()])?;
    vm.call1(hook.r(), args.r()).map(drop)
}

/// Is `hook` the function `sys` was made with?
pub fn is_native_hook(vm: &Vm, hook: Ref<'_>, name: &str) -> bool {
    let f = hook.downcast_exact::<krait_object::function::PyBuiltinFunction>(vm);
    f.is_some_and(|f| f.def.name == name && f.def.func_is(name))
}

trait NamedDef {
    fn func_is(&self, name: &str) -> bool;
}

impl NamedDef for krait_object::native::MethodDef {
    fn func_is(&self, name: &str) -> bool {
        part::DEF.functions.iter().any(|f| f.name == name && std::ptr::eq(f, self))
    }
}

/// `(type, value, traceback)` of an exception, or three `None`.
pub fn exc_triple(vm: &Vm, exc: Option<Obj>) -> Obj {
    match exc.and_then(|e| e.downcast::<PyBaseException>(vm).ok()) {
        Some(e) => {
            let tb = peek(&e.traceback).unwrap_or_else(Obj::none);
            vm.tuple(vec![e.r().ty(vm).to_obj(), e.into_obj(), tb])
        }
        None => vm.tuple(vec![Obj::none(), Obj::none(), Obj::none()]),
    }
}

/// `sys.exit(status)`.
pub fn exit(vm: &Vm, status: Ref<'_>) -> Raised {
    let args = match status.downcast::<PyTuple>(vm) {
        Some(t) => t.as_slice().to_vec(),
        None if status.is_none() => vec![],
        None => vec![status.to_obj()],
    };
    vm.raise_with(vm.types.system_exit, args)
}

/// Writes text to `sys.stdout`; what its encoding lacks is written escaped.
fn write_escaped(vm: &Vm, file: Ref<'_>, text: &PyStr) -> PyResult<()> {
    let Err(e) = vm.call_method(file, vm.names().write, &[text.r()]) else { return Ok(()) };
    drop(vm.catch(e, vm.types.unicode_encode_error)?);
    let encoding = vm.getattr_str(file, "encoding")?;
    let encoding = vm.str_text(encoding.r())?;
    let bytes = (vm.interp.hooks().encode)(vm, text, &encoding, "backslashreplace")?;
    if let Some(buffer) = vm.getattr_opt(file, &vm.intern("buffer"))? {
        return vm.call_method(buffer.r(), vm.names().write, &[vm.bytes(&bytes).r()]).map(drop);
    }
    let escaped = (vm.interp.hooks().decode)(vm, &bytes, &encoding, "strict")?;
    vm.call_method(file, vm.names().write, &[escaped.r()]).map(drop)
}

/// The function `$PYTHONBREAKPOINT` names; `None` with a warning if it cannot be imported.
fn breakpoint_function(vm: &Vm) -> PyResult<Option<Obj>> {
    let ignore = crate::lifecycle::config(vm).ignore_environment;
    let env = if ignore { None } else { std::env::var("PYTHONBREAKPOINT").ok() };
    let name = match env.as_deref() {
        None | Some("") => "pdb.set_trace".to_owned(),
        Some("0") => return Ok(None),
        Some(n) => n.to_owned(),
    };
    let (module, attr) = name.rsplit_once('.').unwrap_or(("builtins", &name));
    let ignored = |e: Raised, ty: &PyType| -> PyResult<Option<Obj>> {
        drop(vm.catch(e, ty)?);
        let text = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{name}\"");
        vm.warn(vm.types.runtime_warning, &text, 1)?;
        Ok(None)
    };
    if module.is_empty() || attr.is_empty() {
        let e = vm.raise_msg(vm.types.import_error, "empty name");
        return ignored(e, vm.types.import_error);
    }
    let m = match crate::import::import(vm, module) {
        Ok(m) => m,
        Err(e) => return ignored(e, vm.types.import_error),
    };
    match vm.getattr_str(m.r(), attr) {
        Ok(f) => Ok(Some(f)),
        Err(e) => ignored(e, vm.types.attribute_error),
    }
}

#[pymodule(name = "sys")]
pub mod part {
    use super::*;

    /// Print an object to sys.stdout and also save it in builtins._
    #[pyfunction("displayhook(object, /)")]
    fn displayhook(vm: &Vm, object: Ref<'_>) -> PyResult<()> {
        let Some(builtins) = vm.interp.builtins.get() else {
            return Err(vm.runtime_error("lost builtins module"));
        };
        if object.is_none() {
            return Ok(());
        }
        let underscore = vm.names().underscore;
        builtins.set_str(vm, underscore, Obj::none())?;
        let Some(out) = sys_attr(vm, "stdout").filter(|s| !s.r().is_none()) else {
            return Err(vm.runtime_error("lost sys.stdout"));
        };
        let text = vm.repr(object)?;
        write_escaped(vm, out.r(), &text)?;
        vm.call_method(out.r(), vm.names().write, &[vm.names().newline_char.r()])?;
        builtins.set_str(vm, underscore, object.to_obj())
    }
    /// Handle an exception by displaying it with a traceback on sys.stderr.
    #[pyfunction("excepthook(exctype, value, traceback, /)")]
    fn excepthook(vm: &Vm, _exctype: Ref<'_>, value: Ref<'_>, traceback: Ref<'_>) -> PyResult<()> {
        display::exception(vm, value, traceback)
    }
    /// Handle an unraisable exception.
    ///
    /// The unraisable argument has the following attributes:
    ///
    /// * exc_type: Exception type.
    /// * exc_value: Exception value, can be None.
    /// * exc_traceback: Exception traceback, can be None.
    /// * err_msg: Error message, can be None.
    /// * object: Object causing the exception, can be None.
    #[pyfunction("unraisablehook(unraisable, /)")]
    fn unraisablehook(vm: &Vm, unraisable: Ref<'_>) -> PyResult<()> {
        let t = unraisable.downcast::<PyTuple>(vm).filter(|_| unraisable.ty(vm).tp_name() == "sys.UnraisableHookArgs");
        let Some([_, value, _, msg, obj]) = t.map(PyTuple::as_slice) else {
            return Err(vm.type_error("sys.unraisablehook argument type must be UnraisableHookArgs"));
        };
        display::unraisable(vm, value.r(), msg.r(), obj.r())
    }
    /// This hook function is called by built-in breakpoint().
    #[pyfunction("breakpointhook(*args, **kws)", raw)]
    fn breakpointhook(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        match breakpoint_function(vm)? {
            Some(f) => vm.call_args(f.r(), args),
            None => Ok(Obj::none()),
        }
    }
    /// Return current exception information: (type, value, traceback).
    ///
    /// Return information about the most recent exception caught by an except
    /// clause in the current stack frame or in an older stack frame.
    #[pyfunction("exc_info()")]
    fn exc_info(vm: &Vm) -> Obj {
        exc_triple(vm, handled(vm))
    }
    /// Return the current exception.
    ///
    /// Return the most recent exception caught by an except clause
    /// in the current stack frame or in an older stack frame, or None
    /// if no such clause exists.
    #[pyfunction("exception()")]
    fn exception(vm: &Vm) -> Option<Obj> {
        handled(vm)
    }
    /// Exit the interpreter by raising SystemExit(status).
    ///
    /// If the status is omitted or None, it defaults to zero (i.e., success).
    /// If the status is an integer, it will be used as the system exit status.
    /// If it is another kind of object, it will be printed and the system
    /// exit status will be one (i.e., failure).
    #[pyfunction("exit(status=None, /)")]
    fn py_exit(vm: &Vm, status: Ref<'_>) -> PyResult<()> {
        Err(exit(vm, status))
    }
}
