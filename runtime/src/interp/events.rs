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
use krait_object::function::{PyBoundMethod, PyBuiltinFunction, PyFunction, PyMethodDescr};
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref};

use super::frames::{FrameKind, frame_object};
use super::monitor::{self, Call, event};
use super::regs::{Regs, get, word};

/// Runs `f`, which tells an observer of a monitoring event, with observation off.
pub fn unobserved<T>(vm: &Vm, number: u32, f: impl FnOnce() -> T) -> T {
    let e = &vm.exec;
    e.tracing.set(0);
    e.in_observer.set(true);
    let outer = e.what_event.replace(number + 1);
    let r = f();
    e.what_event.set(outer);
    e.in_observer.set(false);
    // The observer may itself have changed the observers: what it set wins.
    if e.tracing.get() == 0 {
        let mut now = crate::tracing::monitor_bit(vm);
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

/// Monitoring events that any instruction may bring about.
const PER_INSTRUCTION: u32 =
    1 << event::LINE | 1 << event::INSTRUCTION | 1 << event::JUMP | 1 << event::BRANCH_LEFT | 1 << event::BRANCH_RIGHT;

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

/// The monitoring event that an event of trace and profile functions stands for.
fn number_of(what: &str, f: &Frame) -> u32 {
    match what {
        "call" if at_start(f) => event::PY_START,
        "call" => event::PY_RESUME,
        "line" => event::LINE,
        "opcode" => event::INSTRUCTION,
        "return" if f.generator.get().is_null() => event::PY_RETURN,
        "return" => event::PY_YIELD,
        "c_call" => event::CALL,
        "c_return" => event::C_RETURN,
        "c_exception" => event::C_RAISE,
        _ => event::RAISE,
    }
}

/// Calls the frame's trace function; what it returns becomes the frame's trace function.
fn call_trace(vm: &Vm, f: &Frame, global: bool, event: &str, arg: Ref<'_>) -> PyResult<()> {
    let fo = py_frame(vm, f);
    let Some(frame) = fo.r().downcast::<PyFrame>(vm) else { return Ok(()) };
    let func = if global { peek(&vm.exec.trace_func) } else { peek(&frame.trace) };
    let Some(func) = func else { return Ok(()) };
    let r = unobserved(vm, number_of(event, f), || vm.call(func.r(), &[fo.r(), vm.intern(event).r(), arg]));
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
    match unobserved(vm, number_of(event, f), || vm.call(func.r(), &[fo.r(), vm.intern(event).r(), arg])) {
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
    f.traced_at.set(0);
    if at_start(f) {
        f.traced_line.set(ANY_LINE);
    }
    if active(vm, tracing::MONITOR) {
        monitor::on_entry(vm, f)?;
    }
    Ok(())
}

/// Whether a frame that is about to run starts its code, rather than goes on after a suspension.
pub fn at_start(f: &Frame) -> bool {
    // SAFETY: a running frame's code is alive; the instruction before is one of its own.
    unsafe {
        let at = (*f.code.get()).offset_of(f.pc.get());
        at == 0 || Instr(*f.pc.get().sub(1)).op() == Op::RETURN_GENERATOR
    }
}

/// A suspended frame is resumed by raising the pending exception in it.
pub fn on_throw(vm: &Vm, f: &Frame) {
    f.traced_at.set(0);
    if active(vm, tracing::MONITOR) {
        with_pending(vm, |exc| monitor::fire_at(vm, event::PY_THROW, f, Some(exc)));
    }
}

/// The instruction before `f.pc` is about to run.
pub fn before_instruction(vm: &Vm, f: &Frame) -> PyResult<()> {
    let traced = active(vm, tracing::TRACE) && !f.frame_obj.get().is_unbound();
    let monitored = active(vm, tracing::MONITOR) && monitor::wanted(vm, PER_INSTRUCTION);
    if !traced && !monitored {
        return Ok(());
    }
    // SAFETY: a running frame's code is alive; the instruction at hand is one of its own.
    let (code, op) = unsafe { (&*f.code.get(), Instr(*f.pc.get().sub(1)).op()) };
    if matches!(op, Op::LOAD_BODY) {
        return Ok(());
    }
    let at = code.offset_of(f.pc.get()) as usize - 1;
    if matches!(op, Op::RESUME | Op::MAKE_CELL | Op::RETURN_GENERATOR) {
        return Ok(());
    }
    let line = new_line(code, f, at);
    if monitored {
        monitor::before_instruction(vm, f, line)?;
    }
    if !traced {
        return Ok(());
    }
    let fo = py_frame(vm, f);
    let Some(frame) = fo.r().downcast::<PyFrame>(vm) else { return Ok(()) };
    if peek(&frame.trace).is_none() {
        return Ok(());
    }
    if line.is_some() && frame.trace_lines.get() {
        call_trace(vm, f, false, "line", vm.none())?;
    }
    if frame.trace_opcodes.get() {
        call_trace(vm, f, false, "opcode", vm.none())?;
    }
    Ok(())
}

/// In place of the instruction last reported: an observer has set another line.
pub const JUMPED: u32 = u32::MAX;

/// In place of the line last reported: whatever comes is a new line.
pub const ANY_LINE: u32 = u32::MAX;

/// The line the instruction at `at` begins, if it begins one and that was not reported yet.
fn new_line(code: &PyCode, f: &Frame, at: usize) -> Option<u32> {
    let lines = code.line_table();
    let line = lines.get(at).copied().unwrap_or(0);
    let last = f.traced_line.get();
    let starts = last == ANY_LINE || at == 0 || lines[at - 1] != line;
    if line == 0 || !starts || line == last {
        return None;
    }
    f.traced_line.set(line);
    Some(line)
}

/// A frame returns or, if `yielded`, yields a value.
pub fn on_return(vm: &Vm, f: &Frame, value: Ref<'_>, yielded: bool) -> PyResult<()> {
    told_of_return(vm, f, value)?;
    if !active(vm, tracing::MONITOR) {
        return Ok(());
    }
    let number = if yielded { event::PY_YIELD } else { event::PY_RETURN };
    monitor::fire_at(vm, number, f, Some(value))?;
    let delegated = matches!(FrameKind::of(f), FrameKind::GenIter | FrameKind::GenSend);
    if delegated && !yielded && monitor::wanted(vm, 1 << event::STOP_ITERATION) {
        // The loop or delegation that runs the generator sees no exception; tools are shown one.
        // SAFETY: callers outlive their callees.
        let Some(back) = (unsafe { f.back.get().as_ref() }) else { return Ok(()) };
        let args: &[Ref<'_>] = if value.is_none() { &[] } else { &[value] };
        let exc = vm.call(vm.types.stop_iteration.r(), args)?;
        monitor::fire_at(vm, event::STOP_ITERATION, back, Some(exc.r()))?;
    }
    Ok(())
}

/// The trace and profile functions' share of [`on_return`].
fn told_of_return(vm: &Vm, f: &Frame, value: Ref<'_>) -> PyResult<()> {
    if active(vm, tracing::TRACE) && !f.frame_obj.get().is_unbound() {
        call_trace(vm, f, false, "return", value)?;
    }
    if active(vm, tracing::PROFILE) {
        call_profile(vm, f, "return", value)?;
    }
    Ok(())
}

/// The pending exception passes through a frame, raised anew by its instruction unless `again`.
pub fn on_exception(vm: &Vm, f: &Frame, again: bool) {
    if active(vm, tracing::TRACE) && !again && !f.frame_obj.get().is_unbound() {
        with_pending(vm, |exc| {
            let tb = exc.downcast::<PyBaseException>(vm).and_then(|e| peek(&e.traceback)).unwrap_or_else(Obj::none);
            let arg = vm.tuple(vec![exc.ty(vm).to_obj(), exc.to_obj(), tb]);
            call_trace(vm, f, false, "exception", arg.r())
        });
    }
    if active(vm, tracing::MONITOR) {
        let number = if again { event::RERAISE } else { event::RAISE };
        with_pending(vm, |exc| monitor::fire_at(vm, number, f, Some(exc)));
    }
}

/// A handler of the frame gets an exception; its first instruction is the next.
pub fn on_handled(vm: &Vm, f: &Frame, exc: Ref<'_>) -> PyResult<()> {
    f.traced_at.set(0);
    if !active(vm, tracing::MONITOR) || !monitor::wanted(vm, 1 << event::EXCEPTION_HANDLED) {
        return Ok(());
    }
    // SAFETY: a running frame's code is alive.
    let code = unsafe { &*f.code.get() };
    let at = code.offset_of(f.pc.get());
    monitor::fire(vm, event::EXCEPTION_HANDLED, code, at, &[Obj::small(i64::from(at) * 2).r(), exc])
}

/// A frame ends by an exception.
pub fn on_unwind(vm: &Vm, f: &Frame) {
    with_pending(vm, |_| told_of_return(vm, f, vm.none()));
    if active(vm, tracing::MONITOR) {
        with_pending(vm, |exc| monitor::fire_at(vm, event::PY_UNWIND, f, Some(exc)));
    }
}

/// Tells an observer of the pending exception, which is put aside meanwhile.
fn with_pending(vm: &Vm, tell: impl FnOnce(Ref<'_>) -> PyResult<()>) {
    let Some(exc) = vm.pending.take() else { return };
    let r = tell(exc.r());
    finish_with(vm, exc, r);
}

/// Puts the observed exception back, unless the observer raised another.
fn finish_with(vm: &Vm, exc: krait_object::Py<PyBaseException>, r: PyResult<()>) {
    match r {
        Ok(()) => vm.pending.set(Some(exc)),
        // The observer's exception is pending now and goes on instead.
        Err(_) => drop(exc),
    }
}

/// The callable of a call window and its first argument.
///
/// # Safety
/// `w` is a verified call instruction of the frame owning `regs`, its window bound.
unsafe fn called(vm: &Vm, regs: Regs, w: Instr) -> Call {
    // SAFETY: by contract.
    unsafe {
        let callee = get(regs, w.a());
        if w.op() == Op::CALL_EX {
            let first = get(regs, w.a() + 2).downcast_exact::<PyTuple>(vm).and_then(|t| t.as_slice().first().cloned());
            return unbound(vm, callee, first);
        }
        if w.flags() & FLAG_METHOD != 0 && !word(regs, w.a() + 1).is_unbound() {
            return Call { callable: callee.to_obj(), arg0: Some(get(regs, w.a() + 1).to_obj()) };
        }
        let keywords = if w.op() == Op::CALL_KW { keyword_count(vm, w) } else { 0 };
        let arg0 = (w.b() as usize > keywords).then(|| get(regs, w.a() + 2).to_obj());
        unbound(vm, callee, arg0)
    }
}

/// Number of keyword arguments of the running frame's `CALL_KW`.
///
/// # Safety
/// The instruction and its extension are before the frame's `pc`.
unsafe fn keyword_count(vm: &Vm, _w: Instr) -> usize {
    // SAFETY: by contract; the extension is a constant index of verified code.
    unsafe {
        let f = &*vm.exec.top.get();
        let k = *f.pc.get().sub(1) as usize;
        (*f.code.get()).body_unchecked().consts.get(k).and_then(|c| c.r().downcast::<PyTuple>(vm)).map_or(0, PyTuple::len)
    }
}

/// A bound method is shown as its function and its object.
fn unbound(vm: &Vm, callee: Ref<'_>, arg0: Option<Obj>) -> Call {
    match callee.downcast_exact::<PyBoundMethod>(vm) {
        Some(m) => Call { callable: m.func.clone(), arg0: Some(m.self_.clone()) },
        None => Call { callable: callee.to_obj(), arg0 },
    }
}

/// What profile functions are shown of a call, if it is one of native code.
fn native_callee(vm: &Vm, call: &Call) -> Option<Obj> {
    let c = call.callable.r();
    if c.is_exact::<PyBuiltinFunction>(vm) {
        return Some(c.to_obj());
    }
    let d = c.downcast_exact::<PyMethodDescr>(vm)?;
    let owner = call.arg0.clone()?;
    Some(PyBuiltinFunction::new(vm, d.def, Some(owner), None).into_obj())
}

/// A call that observers have been told of.
pub struct Observed {
    call: Call,
    native: Option<Obj>,
}

/// A call is about to happen.
///
/// # Safety
/// `w` is a verified call instruction of the running frame `f`, which owns `regs`.
pub unsafe fn before_call(vm: &Vm, f: &Frame, regs: Regs, w: Instr) -> PyResult<Option<Observed>> {
    let (profiled, monitored) = (active(vm, tracing::PROFILE), active(vm, tracing::MONITOR) && monitor::wanted(vm, 1 << event::CALL));
    if !profiled && !monitored {
        return Ok(None);
    }
    // SAFETY: by contract.
    let call = unsafe { called(vm, regs, w) };
    if monitored {
        monitor::on_call(vm, event::CALL, f, &call)?;
    }
    let native = if profiled { native_callee(vm, &call) } else { None };
    if let Some(c) = &native {
        call_profile(vm, f, "c_call", c.r())?;
    }
    Ok(Some(Observed { call, native }))
}

/// A call that entered no Python frame returned, or failed.
fn call_ended(vm: &Vm, f: &Frame, o: &Observed, ok: bool) -> PyResult<()> {
    if active(vm, tracing::PROFILE)
        && let Some(c) = &o.native
    {
        call_profile(vm, f, if ok { "c_return" } else { "c_exception" }, c.r())?;
    }
    if active(vm, tracing::MONITOR) && !o.call.callable.r().is_exact::<PyFunction>(vm) {
        monitor::on_call(vm, if ok { event::C_RETURN } else { event::C_RAISE }, f, &o.call)?;
    }
    Ok(())
}

/// A call that entered no Python frame returned.
pub fn after_call(vm: &Vm, f: &Frame, o: Option<Observed>) -> PyResult<()> {
    o.map_or(Ok(()), |o| call_ended(vm, f, &o, true))
}

/// A call failed; returns the exception to go on with.
pub fn call_failed(vm: &Vm, f: &Frame, o: Option<Observed>, e: Raised) -> Raised {
    let Some(o) = o else { return e };
    with_pending(vm, |_| call_ended(vm, f, &o, false));
    e
}
