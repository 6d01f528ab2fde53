//! What native code may ask about the running Python frames.

use krait_object::code::PyCode;
use krait_object::exec::Frame;
use krait_object::frame_obj::PyFrame;
use krait_object::function::PyCell;
use krait_object::prelude::*;

use crate::interp::functions::is_cell;

/// The innermost running Python frame.
pub fn current(vm: &Vm) -> Option<&Frame> {
    // SAFETY: the top frame is alive while native code it called runs.
    unsafe { vm.exec.top.get().as_ref() }
}

/// The frame `depth` levels above the innermost.
pub fn at_depth(vm: &Vm, depth: usize) -> Option<&Frame> {
    let mut f = current(vm)?;
    for _ in 0..depth {
        // SAFETY: callers outlive their callees.
        f = unsafe { f.back.get().as_ref() }?;
    }
    Some(f)
}

/// The globals of the innermost frame.
pub fn current_globals(vm: &Vm) -> Option<Py<PyDict>> {
    // SAFETY: a running frame's function owns its globals.
    current(vm).map(|f| unsafe { (*f.globals.get()).to_py() })
}

/// The builtins of the innermost frame, else the interpreter's.
pub fn current_builtins(vm: &Vm) -> Option<Obj> {
    match current(vm) {
        // SAFETY: a running frame's function is alive.
        Some(f) => Some(unsafe { (*f.func.get()).builtins.clone() }),
        None => vm.interp.builtins.get().map(|b| b.to_obj()),
    }
}

/// `locals()` of the innermost frame: the namespace of a module or class body, a fresh snapshot of
/// a function's variables.
pub fn current_locals(vm: &Vm) -> PyResult<Obj> {
    match current(vm) {
        Some(f) => locals_of(vm, f),
        None => Err(vm.system_error("frame does not exist")),
    }
}

/// See [`current_locals`].
pub fn locals_of(vm: &Vm, f: &Frame) -> PyResult<Obj> {
    // SAFETY: a running frame's code is alive; the frame owns its locals.
    let code = unsafe { &*f.code.get() };
    if !code.has(PyCode::CO_OPTIMIZED) {
        // SAFETY: as above.
        if let Some(l) = unsafe { Ref::from_value_opt(f.locals.get()) } {
            // Variables of an inlined comprehension in a module or class body shadow names.
            return with_hidden(vm, code, f, l);
        }
    }
    let d = PyDict::new(vm);
    for (name, value) in variables(vm, code, |i| register(f, i), |i| free_cell(f, i)) {
        if let Some(v) = value {
            d.set_str(vm, &name, v)?;
        }
    }
    Ok(d.into_obj())
}

fn with_hidden(vm: &Vm, code: &PyCode, f: &Frame, locals: Ref<'_>) -> PyResult<Obj> {
    let bound: Vec<(Py<PyStr>, Obj)> = code
        .unit
        .locals
        .iter()
        .enumerate()
        .filter(|(_, l)| l.kind.is_hidden())
        .filter_map(|(i, _)| content(vm, code, i, register(f, i)).map(|v| (code.local_names[i].clone(), v)))
        .collect();
    if bound.is_empty() || !locals.is_exact::<PyDict>(vm) {
        return Ok(locals.to_obj());
    }
    let d = match locals.downcast::<PyDict>(vm) {
        Some(d) => d.copy(vm)?,
        None => return Ok(locals.to_obj()),
    };
    for (n, v) in bound {
        d.set_str(vm, &n, v)?;
    }
    Ok(d.into_obj())
}

/// The word in register `i` of a live frame.
pub fn register(f: &Frame, i: usize) -> Option<Obj> {
    // SAFETY: `i` is below the code's register count; the register owns its content.
    unsafe { Ref::from_value_opt(*f.base.get().add(i)) }.map(Ref::to_obj)
}

/// Closure cell `i` of a live frame's function.
pub fn free_cell(f: &Frame, i: usize) -> Option<Obj> {
    // SAFETY: a running frame's function is alive.
    unsafe { (*f.func.get()).closure.as_ref() }.and_then(|c| c.get(i).cloned())
}

/// What local `i` holds, given its register's content: cells are looked into.
pub fn content(vm: &Vm, code: &PyCode, i: usize, reg: Option<Obj>) -> Option<Obj> {
    let v = reg?;
    if is_cell(code, i)
        && let Some(c) = v.r().downcast_exact::<PyCell>(vm)
    {
        return c.get();
    }
    Some(v)
}

/// Names and values of all variables: locals in register order, then free variables. A name may
/// come up twice (a comprehension's own variable): the bound one wins.
pub fn variables(
    vm: &Vm,
    code: &PyCode,
    reg: impl Fn(usize) -> Option<Obj>,
    free: impl Fn(usize) -> Option<Obj>,
) -> Vec<(Py<PyStr>, Option<Obj>)> {
    let mut out: Vec<(Py<PyStr>, Option<Obj>)> = Vec::with_capacity(code.local_names.len() + code.freevars.len());
    for (i, name) in code.local_names.iter().enumerate() {
        let v = content(vm, code, i, reg(i));
        match out.iter_mut().find(|(n, _)| std::ptr::eq::<PyStr>(&**n, &**name)) {
            Some(slot) => {
                if v.is_some() {
                    slot.1 = v;
                }
            }
            None => out.push((name.clone(), v)),
        }
    }
    for (i, name) in code.freevars.iter().enumerate() {
        let v = free(i).and_then(|c| c.r().downcast_exact::<PyCell>(vm).and_then(|c| c.get()));
        out.push((name.clone(), v));
    }
    out
}

/// The frame object `depth` levels up (`sys._getframe`).
pub fn frame_object_at(vm: &Vm, depth: usize) -> Option<Obj> {
    at_depth(vm, depth).map(|f| crate::interp::frames::frame_object(vm, f))
}

/// Line of a frame object.
pub fn line_of(f: &PyFrame) -> Option<u32> {
    match f.lineno.get() {
        0 => f.code.unit.line(f.offset() as usize),
        n => Some(n),
    }
}
