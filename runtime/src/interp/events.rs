//! What the observed interpreter loop reports: calls, lines, returns and exceptions, to the
//! functions of `sys.settrace` and `sys.setprofile` and to the tools of `sys.monitoring`.
//!
//! An observer runs with observation off. A failing trace or profile function is removed, and its
//! exception goes on in the observed code, as in CPython.

use krait_frontend::bytecode::{FLAG_METHOD, Instr, Op};
use krait_object::code::PyCode;
use krait_object::error::{PyResult, Raised};
use krait_object::exception::{PyBaseException, peek};
use krait_object::exec::{Frame, tracing};
use krait_object::frame_obj::PyFrame;
use krait_object::function::{PyBuiltinFunction, PyMethodDescr};
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref};

use super::frames::frame_object;
use super::regs::{Regs, get, word};

/// Runs `f` with observation off.
fn unobserved<T>(vm: &Vm, f: impl FnOnce() -> T) -> T {
    let (e, bits) = (&vm.exec, vm.exec.tracing.replace(0));
    e.in_observer.set(true);
    let r = f();
    e.in_observer.set(false);
    // The observer may itself have changed the observers: what it set wins.
    if e.tracing.get() == 0 {
        let mut now = bits & tracing::MONITOR;
        // SAFETY: the cells are only peeked at.
        unsafe {
            if (*e.trace_func.as_ptr()).is_some() {
                now |= tracing::TRACE;
            }
            if (*e.profile_func.as_ptr()).is_some() {
                now |= tracing::PROFILE;
            }
        }
        e.tracing.set(now);
    }
    r
}

fn active(vm: &Vm, bit: u32) -> bool {
    vm.exec.tracing.get() & bit != 0
}

/// Sets or removes the trace and profile functions of a thread.
pub fn set_functions(of: &Vm, trace: Option<Obj>, profile: Option<Obj>) {
    let e = &of.exec;
    let mut bits = e.tracing.get() & tracing::MONITOR;
    if trace.is_some() {
        bits |= tracing::TRACE;
    }
    if profile.is_some() {
        bits |= tracing::PROFILE;
    }
    let old = (e.trace_func.replace(trace), e.profile_func.replace(profile));
    set_bits(of, bits);
    drop(old);
}

/// Changes which observers there are.
pub fn set_bits(of: &Vm, bits: u32) {
    use krait_object::vm::breaker::OBSERVERS;
    use std::sync::atomic::Ordering;
    if !of.exec.in_observer.get() {
        of.exec.tracing.set(bits);
    }
    if bits != 0 {
        of.eval_breaker.fetch_or(OBSERVERS, Ordering::Relaxed);
    } else {
        of.eval_breaker.fetch_and(!OBSERVERS, Ordering::Relaxed);
    }
}

fn py_frame(vm: &Vm, f: &Frame) -> Obj {
    frame_object(vm, f)
}

/// Calls the frame's trace function; what it returns becomes the frame's trace function.
fn call_trace(vm: &Vm, f: &Frame, global: bool, event: &str, arg: Ref<'_>) -> PyResult<()> {
    let fo = py_frame(vm, f);
    let Some(frame) = fo.r().downcast::<PyFrame>(vm) else { return Ok(()) };
    let func = if global { peek(&vm.exec.trace_func) } else { peek(&frame.trace) };
    let Some(func) = func else { return Ok(()) };
    let r = unobserved(vm, || vm.call(func.r(), &[fo.r(), vm.intern(event).r(), arg]));
    match r {
        Ok(v) => {
            if !v.r().is_none() {
                drop(frame.trace.replace(Some(v)));
            } else if global {
                drop(frame.trace.take());
            }
            Ok(())
        }
        Err(e) => {
            drop(frame.trace.take());
            remove(vm, true);
            Err(e)
        }
    }
}

/// Removes the failing trace or profile function.
fn remove(vm: &Vm, trace: bool) {
    let exc = vm.pending.take();
    let old = if trace { crate::sys::trace::set_trace(vm, vm, None) } else { crate::sys::trace::set_profile(vm, vm, None) };
    drop(old);
    vm.pending.set(exc);
}

fn call_profile(vm: &Vm, f: &Frame, event: &str, arg: Ref<'_>) -> PyResult<()> {
    let Some(func) = peek(&vm.exec.profile_func) else { return Ok(()) };
    let fo = py_frame(vm, f);
    match unobserved(vm, || vm.call(func.r(), &[fo.r(), vm.intern(event).r(), arg])) {
        Ok(_) => Ok(()),
        Err(e) => {
            remove(vm, false);
            Err(e)
        }
    }
}

/// A frame starts or a generator's frame resumes.
pub fn on_entry(vm: &Vm, f: &Frame) -> PyResult<()> {
    // SAFETY: a running frame's code is alive.
    let code = unsafe { &*f.code.get() };
    if f.pc.get() == code.entry() {
        // Positions are about the instructions, which may not have been read yet.
        code.ensure_body();
        f.pc.set(code.entry());
    }
    let makes_generator = PyCode::CO_GENERATOR | PyCode::CO_COROUTINE | PyCode::CO_ASYNC_GENERATOR;
    if f.generator.get().is_null() && code.has(makes_generator) {
        // The call only makes the generator; its first resumption is what starts the code.
        return Ok(());
    }
    if active(vm, tracing::TRACE) {
        call_trace(vm, f, true, "call", vm.none())?;
    }
    if active(vm, tracing::PROFILE) {
        call_profile(vm, f, "call", vm.none())?;
    }
    Ok(())
}

/// The instruction before `f.pc` is about to run.
pub fn before_instruction(vm: &Vm, f: &Frame) -> PyResult<()> {
    if !active(vm, tracing::TRACE) || f.frame_obj.get().is_unbound() {
        return Ok(());
    }
    let fo = py_frame(vm, f);
    let Some(frame) = fo.r().downcast::<PyFrame>(vm) else { return Ok(()) };
    if peek(&frame.trace).is_none() {
        return Ok(());
    }
    let at = frame.code.offset_of(f.pc.get()) as usize - 1;
    // SAFETY: `at` is the offset of the instruction at hand.
    let op = Instr(unsafe { *frame.code.entry().add(at) }).op();
    if matches!(op, Op::RESUME | Op::MAKE_CELL | Op::RETURN_GENERATOR | Op::NOP) {
        return Ok(());
    }
    let lines = frame.code.line_table();
    let line = lines.get(at).copied().unwrap_or(0);
    let starts = at == 0 || lines[at - 1] != line || f.traced_line.get() == 0;
    if line != 0 && starts && line != f.traced_line.get() {
        f.traced_line.set(line);
        if frame.trace_lines.get() {
            call_trace(vm, f, false, "line", vm.none())?;
        }
    }
    if frame.trace_opcodes.get() {
        call_trace(vm, f, false, "opcode", vm.none())?;
    }
    Ok(())
}

/// A frame returns or yields a value.
pub fn on_return(vm: &Vm, f: &Frame, value: Ref<'_>) -> PyResult<()> {
    if active(vm, tracing::TRACE) && !f.frame_obj.get().is_unbound() {
        call_trace(vm, f, false, "return", value)?;
    }
    if active(vm, tracing::PROFILE) {
        call_profile(vm, f, "return", value)?;
    }
    Ok(())
}

/// The pending exception passes through a frame.
pub fn on_exception(vm: &Vm, f: &Frame) {
    if !active(vm, tracing::TRACE) || f.frame_obj.get().is_unbound() {
        return;
    }
    let Some(exc) = vm.pending.take() else { return };
    let tb = peek(&exc.traceback).unwrap_or_else(Obj::none);
    let arg = vm.tuple(vec![exc.r().ty(vm).to_obj(), exc.to_obj(), tb]);
    finish_with(vm, exc, call_trace(vm, f, false, "exception", arg.r()));
}

/// A frame ends by an exception.
pub fn on_unwind(vm: &Vm, f: &Frame) {
    let Some(exc) = vm.pending.take() else { return };
    finish_with(vm, exc, on_return(vm, f, vm.none()));
}

/// Puts the observed exception back, unless the observer raised another.
fn finish_with(vm: &Vm, exc: krait_object::Py<PyBaseException>, r: PyResult<()>) {
    match r {
        Ok(()) => vm.pending.set(Some(exc)),
        // The observer's exception is pending now and goes on instead.
        Err(_) => drop(exc),
    }
}

/// The native callable of a call window, if it is one.
fn native_callee(vm: &Vm, regs: Regs, w: Instr) -> Option<Obj> {
    // SAFETY: the window of a verified call is bound.
    unsafe {
        let c = get(regs, w.a());
        if c.is_exact::<PyBuiltinFunction>(vm) {
            return Some(c.to_obj());
        }
        if c.is_exact::<PyMethodDescr>(vm) && w.flags() & FLAG_METHOD != 0 && !word(regs, w.a() + 1).is_unbound() {
            let d = c.downcast_unchecked::<PyMethodDescr>();
            let b = PyBuiltinFunction::new(vm, d.def, Some(get(regs, w.a() + 1).to_obj()), None);
            return Some(b.into_obj());
        }
        None
    }
}

/// A call is about to happen: reports calls of native code to the profile function.
pub fn before_call(vm: &Vm, f: &Frame, regs: Regs, w: Instr) -> PyResult<()> {
    if active(vm, tracing::PROFILE)
        && let Some(c) = native_callee(vm, regs, w)
    {
        vm.interp.state::<NativeCalls>().0.borrow_mut().push(c.clone());
        return call_profile(vm, f, "c_call", c.r());
    }
    Ok(())
}

/// Native callables being profiled, innermost last.
#[derive(Default)]
struct NativeCalls(std::cell::RefCell<Vec<Obj>>);

/// A call that entered no Python frame returned.
pub fn after_call(vm: &Vm, f: &Frame, ok: bool) -> PyResult<()> {
    if !active(vm, tracing::PROFILE) {
        return Ok(());
    }
    let c = vm.interp.state::<NativeCalls>().0.borrow_mut().pop();
    match c {
        Some(c) => call_profile(vm, f, if ok { "c_return" } else { "c_exception" }, c.r()),
        None => Ok(()),
    }
}

/// A call failed; returns the exception to go on with.
pub fn call_failed(vm: &Vm, f: &Frame, e: Raised) -> Raised {
    if !active(vm, tracing::PROFILE) {
        return e;
    }
    let Some(exc) = vm.pending.take() else { return e };
    finish_with(vm, exc, after_call(vm, f, false));
    e
}
