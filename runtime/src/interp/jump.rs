//! `frame.f_lineno = line`: going on at another line, from a trace function or a monitoring callback.
//!
//! What the temporaries hold decides where one may go: the loops, handlers and `with` blocks around
//! the target must be ones the frame is in already. Those it leaves are released.

use krait_frontend::bytecode::{Instr, Op};
use krait_frontend::code::LocalKind;
use krait_frontend::temps::{self, EXCEPTION, HANDLED_BEFORE, HELD, ITERATOR, State};
use krait_object::code::PyCode;
use krait_object::error::{PyResult, Raised};
use krait_object::exec::Frame;
use krait_object::frame_obj::PyFrame;
use krait_object::vm::Vm;
use krait_object::{Obj, Value};

use super::events::{ANY_LINE, JUMPED};
use super::exceptions::pop_exc;
use super::monitor::event;
use super::regs::{clear, put_obj, word};

/// Refuses what the event at hand does not allow.
fn check_event(vm: &Vm) -> PyResult<()> {
    let Some(number) = vm.exec.what_event.get().checked_sub(1) else {
        return Err(vm.value_error("f_lineno can only be set in a trace function"));
    };
    let text = match number {
        event::PY_START => "can't jump from the 'call' trace event of a new frame",
        event::CALL | event::C_RETURN => "can't jump during a call",
        event::PY_RETURN
        | event::PY_THROW
        | event::PY_UNWIND
        | event::RAISE
        | event::RERAISE
        | event::C_RAISE
        | event::INSTRUCTION
        | event::EXCEPTION_HANDLED => "can only jump from a 'line' trace event",
        _ => return Ok(()),
    };
    Err(vm.value_error(text))
}

/// Makes the frame go on at a line.
pub fn to_line(vm: &Vm, frame: &PyFrame, line: isize) -> PyResult<()> {
    check_event(vm)?;
    let Some(f) = frame.live() else { return Err(vm.value_error("f_lineno can only be set in a trace function")) };
    let code = &*frame.code;
    let first = code.unit.first_line as isize;
    if line < first {
        return Err(vm.value_error(format!("line {line} comes before the current code block")));
    }
    code.ensure_body();
    let lines = code.line_table();
    let Some(target_line) = lines.iter().map(|l| *l as isize).filter(|l| *l >= line && *l != 0).min() else {
        return Err(vm.value_error(format!("line {line} comes after the current code block")));
    };
    let states = temps::states(&code.unit);
    let at = code.offset_of(f.pc.get()).saturating_sub(1) as usize;
    let now = match states.get(&at) {
        Some(s) => s,
        None => return Err(vm.value_error("can't jump from unreachable code")),
    };
    let target = find(code, lines, target_line as u32, now, &states).map_err(|why| vm.value_error(why))?;
    let wanted = states.get(&target).cloned().unwrap_or_default();
    fill_locals(vm, f, code)?;
    leave(vm, f, code, now, &wanted);
    // SAFETY: `target` is the offset of an instruction of this code.
    f.pc.set(unsafe { code.entry().add(target) });
    f.traced_line.set(ANY_LINE);
    f.traced_at.set(JUMPED);
    Ok(())
}

/// The best instruction that begins the line: the one in most of the blocks the frame is in.
fn find(
    code: &PyCode,
    lines: &[u32],
    line: u32,
    now: &State,
    states: &std::collections::HashMap<usize, State>,
) -> Result<usize, &'static str> {
    let mut best: Option<(usize, usize)> = None;
    let mut why = "cannot find bytecode for specified line";
    for (at, l) in lines.iter().enumerate() {
        if *l != line || (at > 0 && lines[at - 1] == line) {
            continue;
        }
        let op = Instr(code.unit.instrs[at]).op();
        if matches!(op, Op::RESUME | Op::MAKE_CELL | Op::RETURN_GENERATOR | Op::LOAD_BODY) {
            continue;
        }
        let Some(there) = states.get(&at) else {
            why = "can't jump into an exception handler, or code may be unreachable";
            continue;
        };
        match compatible(now, there) {
            Ok(depth) => {
                if best.is_none_or(|(_, d)| depth > d) {
                    best = Some((at, depth));
                }
            }
            Err(text) => why = text,
        }
    }
    best.map(|(at, _)| at).ok_or(why)
}

/// Whether what the target needs is there now; how much that is.
fn compatible(now: &State, there: &State) -> Result<usize, &'static str> {
    const KINDS: u8 = ITERATOR | EXCEPTION | HANDLED_BEFORE;
    let mut depth = 0;
    for (have, need) in now.iter().zip(there) {
        if need & HELD == 0 {
            continue;
        }
        if have & HELD == 0 || have & KINDS != need & KINDS {
            return Err(match need & KINDS {
                ITERATOR => "can't jump into the body of a for loop",
                0 => "incompatible stacks",
                _ => "can't jump into an 'except' block as there's no exception",
            });
        }
        depth += 1;
    }
    Ok(depth)
}

/// Compiled code does not look again whether a local it has seen bound still is: unbound ones become
/// None.
fn fill_locals(vm: &Vm, f: &Frame, code: &PyCode) -> Result<(), Raised> {
    let plain = |i: &usize| matches!(code.unit.locals[*i].kind, LocalKind::Local | LocalKind::Hidden);
    let regs = f.base.get();
    // SAFETY: locals are registers of the live frame.
    let unbound: Vec<usize> = (0..code.unit.locals.len()).filter(plain).filter(|i| unsafe { word(regs, *i as u16) }.is_unbound()).collect();
    let named = unbound.iter().filter(|i| code.unit.locals[**i].kind == LocalKind::Local).count();
    if named > 0 {
        let s = if named == 1 { "" } else { "s" };
        vm.warn(vm.types.runtime_warning, &format!("assigning None to {named} unbound local{s}"), 0)?;
    }
    for i in unbound {
        // SAFETY: as above.
        unsafe { put_obj(regs, i as u16, Obj::none()) };
    }
    Ok(())
}

/// Releases what the target does not need, innermost first; leaving a handler ends the handling.
fn leave(vm: &Vm, f: &Frame, code: &PyCode, now: &State, wanted: &State) {
    let regs = f.base.get();
    for i in (0..now.len()).rev() {
        let keep = wanted.get(i).is_some_and(|w| w & HELD != 0);
        if keep || now[i] & HELD == 0 {
            continue;
        }
        let r = code.nlocals as u16 + i as u16;
        // SAFETY: temporaries are registers of the live frame; the state says what they hold.
        unsafe {
            if now[i] & HANDLED_BEFORE != 0 && i > 0 && now[i - 1] & EXCEPTION != 0 {
                pop_exc(vm, regs, r - 1);
            } else if !word(regs, r).is_unbound() {
                clear(regs, r);
            }
            if word(regs, r) != Value::UNBOUND {
                regs.add(r as usize).write(Value::UNBOUND);
            }
        }
    }
}
