//! Events of `sys.monitoring`: which tools want one at a place, and the call of their callbacks.
//!
//! The observed loop asks here only for events that some tool wants somewhere. A callback that
//! returns `DISABLE` is not called again for that event at that instruction, until
//! `restart_events`.

use krait_frontend::bytecode::{Instr, Op};
use krait_object::code::PyCode;
use krait_object::error::PyResult;
use krait_object::exec::Frame;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref};

use super::events::unobserved;
use crate::sys::monitoring::{self, EVENTS, LOCAL_EVENTS, TOOLS};

/// Numbers of the events, as bits of `sys.monitoring.events`.
pub mod event {
    pub const PY_START: u32 = 0;
    pub const PY_RESUME: u32 = 1;
    pub const PY_RETURN: u32 = 2;
    pub const PY_YIELD: u32 = 3;
    pub const CALL: u32 = 4;
    pub const LINE: u32 = 5;
    pub const INSTRUCTION: u32 = 6;
    pub const JUMP: u32 = 7;
    pub const BRANCH_LEFT: u32 = 8;
    pub const BRANCH_RIGHT: u32 = 9;
    pub const STOP_ITERATION: u32 = 10;
    pub const RAISE: u32 = 11;
    pub const EXCEPTION_HANDLED: u32 = 12;
    pub const PY_UNWIND: u32 = 13;
    pub const PY_THROW: u32 = 14;
    pub const RERAISE: u32 = 15;
    pub const C_RETURN: u32 = 16;
    pub const C_RAISE: u32 = 17;
}

/// Whether some tool wants one of the events somewhere.
pub fn wanted(vm: &Vm, mask: u32) -> bool {
    monitoring::state(vm).wanted.get() & mask != 0
}

/// The code of a running frame and the offset in words of its current instruction.
fn place(f: &Frame) -> (&PyCode, u32) {
    // SAFETY: a running frame's code is alive.
    let code = unsafe { &*f.code.get() };
    (code, code.offset_of(f.pc.get()).saturating_sub(1))
}

/// Offsets shown to Python count units of two.
fn shown(offset: u32) -> Obj {
    Obj::small(i64::from(offset) * 2)
}

/// Calls the tools that want event `number` at word `at` of `code`. `args` follow the code object.
pub fn fire(vm: &Vm, number: u32, code: &PyCode, at: u32, args: &[Ref<'_>]) -> PyResult<()> {
    if !wanted(vm, 1 << number) {
        return Ok(());
    }
    let state = monitoring::state(vm);
    for tool in (0..TOOLS).rev() {
        let Some(callback) = state.callback(tool, number, code, at) else { continue };
        let mut all = Vec::with_capacity(args.len() + 1);
        all.push(code.r());
        all.extend_from_slice(args);
        let result = unobserved(vm, number, || vm.call(callback.r(), &all))?;
        if !state.is_disable(result.r()) {
            continue;
        }
        if 1 << number & LOCAL_EVENTS == 0 {
            drop(state.remove_callback(tool, number));
            return Err(vm.value_error(format!("Cannot disable {} events. Callback removed.", EVENTS[number as usize])));
        }
        state.disable(tool, number, code, at);
    }
    Ok(())
}

/// As [`fire`], at the current instruction of a frame, with its offset and one more argument.
pub fn fire_at(vm: &Vm, number: u32, f: &Frame, arg: Option<Ref<'_>>) -> PyResult<()> {
    if !wanted(vm, 1 << number) {
        return Ok(());
    }
    let (code, at) = place(f);
    let offset = shown(at);
    match arg {
        Some(arg) => fire(vm, number, code, at, &[offset.r(), arg]),
        None => fire(vm, number, code, at, &[offset.r()]),
    }
}

/// The code of a frame starts, or a generator's frame resumes.
pub fn on_entry(vm: &Vm, f: &Frame) -> PyResult<()> {
    use event::{PY_RESUME, PY_START};
    if !wanted(vm, 1 << PY_START | 1 << PY_RESUME) {
        return Ok(());
    }
    // SAFETY: a running frame's code is alive.
    let code = unsafe { &*f.code.get() };
    let at = code.offset_of(f.pc.get());
    let (number, at) = if super::events::at_start(f) { (PY_START, at) } else { (PY_RESUME, at.saturating_sub(1)) };
    fire(vm, number, code, at, &[shown(at).r()])
}

/// An instruction is about to run: tells of the line it begins, of itself, and of the jump that led
/// to it. `line` is the line, if it begins one.
pub fn before_instruction(vm: &Vm, f: &Frame, line: Option<u32>) -> PyResult<()> {
    use event::{INSTRUCTION, LINE};
    let (code, at) = place(f);
    let before = f.traced_at.replace(at + 1);
    if let Some(from) = before.checked_sub(1) {
        on_jump(vm, code, from, at)?;
    }
    if let Some(line) = line {
        fire(vm, LINE, code, at, &[Obj::small(i64::from(line)).r()])?;
    }
    fire(vm, INSTRUCTION, code, at, &[shown(at).r()])
}

/// The instruction at `from` ran before the one at `to`.
fn on_jump(vm: &Vm, code: &PyCode, from: u32, to: u32) -> PyResult<()> {
    use event::{BRANCH_LEFT, BRANCH_RIGHT, JUMP};
    if !wanted(vm, 1 << JUMP | 1 << BRANCH_LEFT | 1 << BRANCH_RIGHT) {
        return Ok(());
    }
    // SAFETY: `from` is the offset of an instruction that this frame has run; the check against its
    // successors below only reads.
    let w = Instr(unsafe { *code.entry().add(from as usize) });
    let next = from + w.op().words() as u32;
    let Some(target) = w.jump_target(next) else { return Ok(()) };
    let number = match w.op() {
        Op::JUMP | Op::JUMP_BACK if to == target => JUMP,
        Op::JUMP | Op::JUMP_BACK => return Ok(()),
        _ if to == next => BRANCH_LEFT,
        _ if to == target => BRANCH_RIGHT,
        _ => return Ok(()),
    };
    fire(vm, number, code, from, &[shown(from).r(), shown(to).r()])
}

/// A call's callable and first argument, as the events about it have them.
pub struct Call {
    /// What is called: the function, for a bound method.
    pub callable: Obj,
    /// The first positional argument, `self` included.
    pub arg0: Option<Obj>,
}

/// Reports an event about a call.
pub fn on_call(vm: &Vm, number: u32, f: &Frame, call: &Call) -> PyResult<()> {
    if !wanted(vm, 1 << event::CALL) {
        return Ok(());
    }
    let (code, at) = place(f);
    let missing = monitoring::state(vm).missing();
    let arg0 = call.arg0.clone().unwrap_or(missing);
    fire(vm, number, code, at, &[shown(at).r(), call.callable.r(), arg0.r()])
}
