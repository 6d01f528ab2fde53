//! Where a warning is attributed to, and the context-local state.

use krait_object::code::PyCode;
use krait_object::exec::Frame;
use krait_object::prelude::*;

use super::state;

/// What a warning is attributed to.
pub struct Place {
    pub filename: Py<PyStr>,
    pub lineno: i64,
    pub module: Obj,
    pub registry: Obj,
}

fn code(f: &Frame) -> &PyCode {
    // SAFETY: a running frame's code is alive.
    unsafe { &*f.code.get() }
}

fn back(f: &Frame) -> Option<&Frame> {
    // SAFETY: callers outlive their callees.
    unsafe { f.back.get().as_ref() }
}

/// Frames of importlib itself do not count.
fn is_internal(vm: &Vm, f: &Frame) -> bool {
    let name = code(f).filename();
    let has = |s: &str| name.contains(&vm.intern(s));
    has("importlib") && has("_bootstrap")
}

fn is_skipped(vm: &Vm, f: &Frame, skip: &[Obj]) -> bool {
    let name = code(f).filename();
    skip.iter().any(|p| p.r().downcast::<PyStr>(vm).is_some_and(|p| name.starts_with(p)))
}

/// The line a frame is at.
pub fn line(f: &Frame) -> i64 {
    let code = code(f);
    let at = code.offset_of(f.pc.get()).saturating_sub(1);
    code.unit.line(at as usize).map_or(0, i64::from)
}

/// Finds the frame `stacklevel` levels up.
pub fn find(vm: &Vm, mut level: isize, skip: &[Obj]) -> PyResult<Place> {
    let mut f = crate::frames::current(vm);
    let plain = level <= 0 || f.is_some_and(|f| is_internal(vm, f));
    level -= 1;
    while level > 0 {
        let Some(at) = f else { break };
        f = back(at);
        while !plain && let Some(g) = f.filter(|g| is_internal(vm, g) || is_skipped(vm, g, skip)) {
            f = back(g);
        }
        level -= 1;
    }
    let (globals, filename, lineno) = match f {
        // SAFETY: a running frame's function owns its globals.
        Some(f) => (Some(unsafe { (*f.globals.get()).to_py() }), code(f).filename(), line(f)),
        None => (vm.interp.sysdict.get().cloned(), PyStr::new(vm, "<sys>"), 0),
    };
    let globals = globals.unwrap_or_else(|| PyDict::new(vm));
    let n = vm.names();
    let registry = match globals.get_str(vm, n.__warningregistry__)? {
        Some(r) => r,
        None => {
            let new = PyDict::new(vm).into_obj();
            globals.set_str(vm, n.__warningregistry__, new.clone())?;
            new
        }
    };
    let module = match globals.get_str(vm, n.__name__)? {
        Some(m) if m.r().is_none() || m.r().is_instance_of::<PyStr>(vm) => m,
        _ => n.string_.to_obj(),
    };
    Ok(Place { filename, lineno, module, registry })
}

/// The module name `warn_explicit` makes up from a file name.
pub fn module_of_file(vm: &Vm, filename: &PyStr) -> Obj {
    let n = filename.len();
    if n == 0 {
        return vm.str("<unknown>");
    }
    let py = vm.intern(".py");
    if filename.ends_with(&py) { filename.substring(vm, 0, n - 3).into_obj() } else { filename.to_obj() }
}

/// The `ContextVar` of context-local filters, made on first use.
pub fn context_var(vm: &Vm) -> PyResult<Option<Obj>> {
    if let Some(v) = state(vm).context.get() {
        return Ok(Some(v.clone()));
    }
    if !vm.interp.native_modules.borrow().contains_key("_contextvars") {
        return Ok(None);
    }
    let module = crate::import::imp::native(vm, "_contextvars")?;
    let class = vm.getattr_str(module.r(), "ContextVar")?;
    let var = vm.call1(class.r(), vm.str("warnings_context").r())?;
    Ok(Some(state(vm).context.get_or_init(|| var).clone()))
}

/// The filters of the running context, if it has its own.
pub fn context_filters(vm: &Vm) -> PyResult<Option<Obj>> {
    let Some(var) = state(vm).context.get() else { return Ok(None) };
    let context = vm.call_method(var.r(), vm.names().get, &[vm.none()])?;
    if context.r().is_none() {
        return Ok(None);
    }
    vm.getattr_str(context.r(), "_filters").map(Some)
}
