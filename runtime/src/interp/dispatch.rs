//! The interpreter loop.
//!
//! `pc` (the next word), `regs` (register 0) and `frame` live in machine registers; `frame.pc` is
//! written before anything that can raise, call, or look at frames. The loop only dispatches: an
//! arm either runs a short inline path or calls a handler in the file of its family.
//!
//! Calls of Python functions and resumptions of generators switch `frame` and go on in the same
//! loop. `run` returns when the frame it was given ends (or, for a generator's, suspends).

use krait_frontend::bytecode::{FLAG_ASYNC_GEN, FLAG_KA, FLAG_KA_FALL, FLAG_KB, Instr, Op};
use krait_object::code::{PyCode, Site};
use krait_object::error::{PyResult, Raised};
use krait_object::exec::Frame;
use krait_object::function::PyCell;
use krait_object::generator::GenState;
use krait_object::protocol::number::BinOp;
use krait_object::slots::CmpOp;
use krait_object::tuple::PyTuple;
use krait_object::ty::TypeFlags;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref, Value};

use crate::gil::loop_safepoint;

use super::arith::{self, UnaryOp};
use super::frames::{FrameKind, pop_frame};
use super::generators::{Delegation, FRAME_ASYNC_YIELD, FRAME_DELEGATING, leave_generator};
use super::iterate::Step;
use super::panics::{Guarded, guarded};
use super::regs::{clear, clear_range, consume_a, consume_b, get, own, put, put_obj, take, word};
use super::{attrs, build, calls, compare, events, exceptions, functions, generators, imports, intrinsics, items, iterate, names, pattern};
use crate::compiler::{self, COUNT_ONE, NEVER, Reached, Seen};

/// Runs frame `f` to its end.
///
/// # Safety
/// `f` is the running frame, with kind `Entry`; its code is verified.
pub unsafe fn run(vm: &Vm, f: *const Frame) -> PyResult<Obj> {
    // SAFETY: by contract.
    unsafe { run_either(vm, f, None) }
}

/// Runs frame `f`, starting by raising the pending exception at its current instruction.
///
/// # Safety
/// As [`run`].
pub unsafe fn run_raising(vm: &Vm, f: *const Frame, raised: Raised) -> PyResult<Obj> {
    // SAFETY: by contract.
    unsafe { run_either(vm, f, Some(raised)) }
}

/// How a loop was left.
enum LoopEnd {
    Done(Obj),
    /// Observers came or went, or a recording ended: another loop goes on with this frame.
    Switch(*const Frame),
    /// The compiler wants to see what comes next.
    Record(*const Frame),
}

/// How the loop runs: nobody watches.
const PLAIN: u8 = 0;
/// With calls of trace, profile and monitoring functions.
const OBSERVED: u8 = 1;
/// The trace recorder is shown every instruction before it runs.
const RECORDING: u8 = 2;
/// One instruction of the entry frame, with all it calls.
const STEP: u8 = 3;

/// Runs the one instruction frame `f` stands at, and the Python code it calls. If it raises, the
/// frame stays as it is, for the caller to unwind.
///
/// # Safety
/// `f` is the running frame; its code is verified.
pub unsafe fn step(vm: &Vm, f: *const Frame) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe { step_from(vm, f, f) }
}

/// Runs the rest of an instruction of frame `f`, which has entered frame `start`; as [`step`] if
/// that is `f` itself.
///
/// # Safety
/// `start` is the running frame, `f` itself or above it; their code is verified.
pub unsafe fn step_from(vm: &Vm, f: *const Frame, start: *const Frame) -> PyResult<()> {
    let outer = vm.exec.step_floor.replace(f);
    // SAFETY: by contract.
    let ended = match unsafe { guarded(vm, f, || run_loop::<STEP>(vm, f, start, None)) } {
        Guarded::Ended(end) => end.map(drop),
        Guarded::Panicked(top, e) => {
            // SAFETY: frames above `f` belong to the loop that panicked.
            unsafe { pop_above(vm, f, top) };
            Err(e)
        }
    };
    vm.exec.step_floor.set(outer);
    ended
}

/// Pops the frames above `f` after a panic; `top` is the running one.
///
/// # Safety
/// The frames are linked, and nobody runs those above `f`.
pub(crate) unsafe fn pop_above(vm: &Vm, f: *const Frame, top: *const Frame) {
    let mut at = top;
    // SAFETY: by contract.
    unsafe {
        while at != f && !at.is_null() {
            let back = (*at).back.get();
            pop_frame(vm, at);
            at = back;
        }
    }
}

/// Runs the loop that fits the thread's observers, switching when they change.
unsafe fn run_either(vm: &Vm, mut f: *const Frame, mut raised: Option<Raised>) -> PyResult<Obj> {
    // SAFETY: by contract of `run`.
    unsafe {
        if vm.exec.tracing.get() != 0 {
            if raised.is_some() {
                events::on_throw(vm, &*f);
            } else if let Err(e) = events::on_entry(vm, &*f) {
                raised = Some(e);
            }
        }
        let entry = f;
        let mut recording = false;
        loop {
            let observed = vm.exec.tracing.get() != 0;
            let start = raised.take();
            let ended = guarded(vm, entry, || match (observed, recording) {
                (true, _) => run_loop::<OBSERVED>(vm, f, f, start),
                (false, true) => run_loop::<RECORDING>(vm, f, f, start),
                (false, false) => run_loop::<PLAIN>(vm, f, f, start),
            });
            // Whatever ends the recording loop ends a recording that has not ended by itself.
            if std::mem::take(&mut recording) {
                compiler::abandon(vm);
            }
            match ended {
                Guarded::Ended(end) => match end? {
                    LoopEnd::Done(v) => return Ok(v),
                    LoopEnd::Switch(next) => f = next,
                    LoopEnd::Record(next) => {
                        f = next;
                        recording = true;
                    }
                },
                Guarded::Panicked(top, e) => {
                    f = top;
                    raised = Some(e);
                }
            }
        }
    }
}

/// What a frame's end means for the loop.
enum Ended {
    /// The frame was entered from native code: its result is the loop's.
    Exit(Obj),
    /// Go on in this frame.
    Resume(*const Frame),
}

/// Ends the running frame with a result.
///
/// # Safety
/// `f` is the running frame.
#[inline(always)]
unsafe fn end_frame(vm: &Vm, f: *const Frame, result: Obj) -> PyResult<Ended> {
    // SAFETY: frames are linked and alive until popped here.
    unsafe {
        let fr = &*f;
        if fr.kind.get() == FrameKind::Call as u8 && fr.generator.get().is_null() {
            let back = fr.back.get();
            let (ret, window) = (fr.ret.get(), fr.window.get());
            pop_frame(vm, f);
            let regs = (*back).base.get();
            clear(regs, window);
            put_obj(regs, ret, result);
            return Ok(Ended::Resume(back));
        }
        end_frame_rare(vm, f, result)
    }
}

#[inline(never)]
unsafe fn end_frame_rare(vm: &Vm, f: *const Frame, mut result: Obj) -> PyResult<Ended> {
    // SAFETY: as for `end_frame`.
    unsafe {
        let fr = &*f;
        let kind = FrameKind::of(fr);
        let back = fr.back.get();
        let (ret, window) = (fr.ret.get(), fr.window.get());
        if kind == FrameKind::Init {
            let ok = result.r().is_none();
            let instance = Obj::from_value(fr.locals.replace(Value::UNBOUND));
            pop_frame(vm, f);
            if !ok {
                let e = exceptions::init_returned(vm, result.r());
                return Err(e);
            }
            result = instance;
            let regs = (*back).base.get();
            clear(regs, window);
            put_obj(regs, ret, result);
            return Ok(Ended::Resume(back));
        }
        if fr.generator.get().is_null() {
            pop_frame(vm, f);
        } else {
            leave_generator(vm, fr, GenState::Finished);
        }
        match kind {
            FrameKind::GenIter => {
                // The caller stands behind its FOR_ITER: release the iterator, leave the loop.
                let b = &*back;
                let w = Instr(*b.pc.get().sub(1));
                clear(b.base.get(), w.a());
                b.pc.set(b.pc.get().offset(w.c_imm() as isize));
                drop(result);
                Ok(Ended::Resume(back))
            }
            FrameKind::GenSend => {
                let b = &*back;
                let w = Instr(*b.pc.get().sub(1));
                generators::finish_delegation(b.base.get(), w, result);
                Ok(Ended::Resume(back))
            }
            FrameKind::Hook => {
                put_obj((*back).base.get(), ret, result);
                Ok(Ended::Resume(back))
            }
            _ => Ok(Ended::Exit(result)),
        }
    }
}

/// Suspends the running generator frame with a yielded value. Delegating outer generators run by
/// the same loop suspend with it.
///
/// # Safety
/// `f` is the running frame of a generator.
unsafe fn suspend(vm: &Vm, mut f: *const Frame, value: Obj) -> Ended {
    // SAFETY: frames are linked and alive; each is left exactly once.
    unsafe {
        loop {
            let fr = &*f;
            let kind = FrameKind::of(fr);
            let (back, ret) = (fr.back.get(), fr.ret.get());
            leave_generator(vm, fr, GenState::Suspended);
            match kind {
                FrameKind::GenIter => {
                    put_obj((*back).base.get(), ret, value);
                    return Ended::Resume(back);
                }
                FrameKind::GenSend => {
                    let b = &*back;
                    b.pc.set(b.pc.get().sub(1));
                    b.flags.set(FRAME_DELEGATING);
                    f = back;
                }
                _ => return Ended::Exit(value),
            }
        }
    }
}

/// The extension word at `pc` as a site of `code`.
#[inline(always)]
unsafe fn site_at<'a>(code: *const PyCode, pc: *const u64) -> &'a Site {
    // SAFETY: verified code; sites live as long as the code.
    unsafe { (*code).body_unchecked().sites.get_unchecked(*pc as usize) }
}

/// The opcode of a verified instruction, which names one.
#[inline(always)]
unsafe fn opcode(w: Instr) -> Op {
    // SAFETY: `Op` is a byte, and the verifier let no other byte pass.
    unsafe { std::mem::transmute::<u8, Op>(w.0 as u8) }
}

/// The loop, in one of its modes.
#[inline(never)]
unsafe fn run_loop<const MODE: u8>(vm: &Vm, entry: *const Frame, start: *const Frame, mut raised: Option<Raised>) -> PyResult<LoopEnd> {
    let mut frame = start;
    let mut stepped = start != entry;
    // SAFETY: verified code keeps every register, constant, site and jump target in range; frames
    // stay alive while they run; registers own what they hold.
    unsafe {
        'outer: loop {
            if let Some(r) = raised.take() {
                match exceptions::unwind(vm, frame, r, false, None) {
                    exceptions::Unwound::Handler(f) => frame = f,
                    exceptions::Unwound::Propagate(r) | exceptions::Unwound::Floor(r) => return Err(r),
                }
            }
            let mut pc = (*frame).pc.get();
            let mut regs = (*frame).base.get();
            let mut code = (*frame).code.get();
            let quiet;
            let mut reraised_at = None;
            let error: Raised = 'run: loop {
                if MODE == RECORDING {
                    (*frame).pc.set(pc);
                    match compiler::record(vm, frame) {
                        Seen::Go => {}
                        Seen::Ended => return Ok(LoopEnd::Switch(frame)),
                        Seen::Step => {
                            if let Err(e) = step(vm, frame) {
                                quiet = false;
                                break 'run e;
                            }
                            if vm.exec.tracing.get() != 0 {
                                return Ok(LoopEnd::Switch(frame));
                            }
                            pc = (*frame).pc.get();
                            continue;
                        }
                    }
                }
                if MODE == STEP && frame == entry {
                    if stepped {
                        (*frame).pc.set(pc);
                        return Ok(LoopEnd::Switch(frame));
                    }
                    stepped = true;
                }
                let w = Instr(*pc);
                pc = pc.add(1);
                if MODE == OBSERVED {
                    (*frame).pc.set(pc);
                    if let Err(e) = events::before_instruction(vm, &*frame) {
                        quiet = false;
                        break 'run e;
                    }
                    if (*frame).traced_at.get() == events::JUMPED {
                        // The observer has set another line.
                        (*frame).traced_at.set(0);
                        pc = (*frame).pc.get();
                        continue;
                    }
                }

                macro_rules! save {
                    () => {
                        (*frame).pc.set(pc)
                    };
                }
                macro_rules! reload {
                    () => {
                        pc = (*frame).pc.get();
                        regs = (*frame).base.get();
                        code = (*frame).code.get();
                    };
                }
                macro_rules! try_ {
                    ($e:expr) => {
                        match $e {
                            Ok(v) => v,
                            Err(e) => {
                                quiet = false;
                                break 'run e;
                            }
                        }
                    };
                }
                macro_rules! jump {
                    ($off:expr) => {
                        pc = pc.offset($off as isize)
                    };
                }
                // After anything that may have changed the observers.
                macro_rules! observers_may_change {
                    () => {
                        if (MODE == OBSERVED) != (vm.exec.tracing.get() != 0) {
                            save!();
                            return Ok(LoopEnd::Switch(frame));
                        }
                    };
                }
                macro_rules! resume {
                    ($f:expr) => {{
                        frame = $f;
                        reload!();
                        continue;
                    }};
                }
                macro_rules! enter {
                    ($f:expr) => {{
                        frame = $f;
                        if MODE == OBSERVED {
                            if let Err(e) = events::on_entry(vm, &*frame) {
                                quiet = false;
                                break 'run e;
                            }
                        }
                        reload!();
                        continue;
                    }};
                }
                macro_rules! ended {
                    ($e:expr) => {
                        match $e {
                            Ended::Resume(f) => resume!(f),
                            Ended::Exit(v) => return Ok(LoopEnd::Done(v)),
                        }
                    };
                }
                // The running frame ends with this value.
                macro_rules! end {
                    ($v:expr) => {{
                        let back = (*frame).back.get();
                        match end_frame(vm, frame, $v) {
                            Ok(e) => ended!(e),
                            Err(e) => {
                                frame = back;
                                quiet = false;
                                break 'run e;
                            }
                        }
                    }};
                }
                // A frame is about to end or suspend with this value.
                macro_rules! leaving {
                    ($v:expr, $yielded:expr) => {
                        if MODE == OBSERVED {
                            if let Err(e) = events::on_return(vm, &*frame, $v.r(), $yielded) {
                                quiet = false;
                                break 'run e;
                            }
                        }
                    };
                }
                // A call has entered a Python frame, returned or failed.
                macro_rules! called {
                    ($call:expr, $observed:ident) => {
                        match $call {
                            Ok(Some(f)) => enter!(f),
                            Ok(None) => {
                                if MODE == OBSERVED {
                                    try_!(events::after_call(vm, &*frame, $observed))
                                }
                            }
                            Err(e) => {
                                quiet = false;
                                break 'run if MODE == OBSERVED { events::call_failed(vm, &*frame, $observed, e) } else { e };
                            }
                        }
                        observers_may_change!();
                    };
                }
                macro_rules! binary {
                    ($fast:path, $op:expr) => {{
                        let (x, y) = arith::operands(regs, w);
                        match $fast(x, y) {
                            Some(v) => put(regs, w.a(), v),
                            None => {
                                save!();
                                try_!(arith::binary_slow(vm, regs, w, $op))
                            }
                        }
                    }};
                }
                macro_rules! binary_imm {
                    ($fast:path, $op:expr) => {{
                        let x = word(regs, w.b());
                        match $fast(x, Value::int_fitting(w.c_imm() as i64)) {
                            Some(v) => put(regs, w.a(), v),
                            None => {
                                save!();
                                try_!(arith::binary_imm_slow(vm, regs, w, $op))
                            }
                        }
                    }};
                }
                macro_rules! compare {
                    ($op:expr) => {{
                        let (x, y) = arith::operands(regs, w);
                        match compare::fast_cmp($op, x, y) {
                            Some(b) => put_obj(regs, w.a(), Obj::bool(b)),
                            None => {
                                save!();
                                try_!(compare::compare_slow(vm, regs, w, $op))
                            }
                        }
                    }};
                }
                macro_rules! jump_cmp {
                    ($op:expr, $sense:expr) => {{
                        let r = match compare::fast_cmp($op, word(regs, w.a()), word(regs, w.b())) {
                            Some(b) => b,
                            None => {
                                save!();
                                try_!(compare::compare_jump_slow(vm, regs, w, $op))
                            }
                        };
                        if r == $sense {
                            jump!(w.c_imm())
                        }
                    }};
                }
                macro_rules! jump_imm {
                    ($op:expr, $sense:expr) => {{
                        let r = match compare::fast_cmp($op, word(regs, w.a()), Value::int_fitting(w.b_imm() as i64)) {
                            Some(b) => b,
                            None => {
                                save!();
                                try_!(compare::compare_imm_slow(vm, regs, w, $op))
                            }
                        };
                        if r == $sense {
                            jump!(w.c_imm())
                        }
                    }};
                }
                macro_rules! unary {
                    ($op:expr) => {{
                        save!();
                        try_!(arith::unary_slow(vm, regs, w, $op))
                    }};
                }
                macro_rules! site {
                    () => {{
                        let s = site_at(code, pc);
                        pc = pc.add(1);
                        s
                    }};
                }
                macro_rules! handler {
                    ($e:expr) => {{
                        save!();
                        try_!($e)
                    }};
                }

                // Compiled code has run, or not.
                macro_rules! reached {
                    ($at:expr) => {{
                        (*frame).pc.set(pc);
                        match compiler::reached(vm, frame, $at, MODE == PLAIN) {
                            Reached::Go => {}
                            Reached::Record => return Ok(LoopEnd::Record(frame)),
                            Reached::RecordFrom(f) => return Ok(LoopEnd::Record(f)),
                            Reached::Left(f) => {
                                frame = f;
                                reload!();
                                observers_may_change!();
                            }
                            Reached::Returned(v) => {
                                end!(v)
                            }
                            Reached::Raised(f, e) => {
                                frame = f;
                                quiet = false;
                                break 'run e;
                            }
                        }
                    }};
                }

                match opcode(w) {
                    Op::NOP => {}
                    Op::LOAD_BODY => {
                        (*code).ensure_body();
                        pc = (*code).entry();
                    }
                    Op::RESUME => {
                        if vm.eval_breaker.load(std::sync::atomic::Ordering::Relaxed) != 0 {
                            handler!(loop_safepoint(vm));
                            if MODE != OBSERVED && vm.exec.tracing.get() != 0 {
                                // The other loop reports the call and starts with this instruction.
                                (*frame).pc.set(pc.sub(1));
                                try_!(events::on_entry(vm, &*frame));
                                return Ok(LoopEnd::Switch(frame));
                            }
                        }
                        if MODE == PLAIN || MODE == STEP {
                            let at = pc.sub(1) as *mut u64;
                            if w.a() < vm.exec.hot_call.get() {
                                *at = w.0 + COUNT_ONE;
                            } else if w.a() != NEVER {
                                reached!(at)
                            }
                        }
                    }
                    Op::MOVE => {
                        let v = own(regs, w.b(), w.flags() & FLAG_KB != 0);
                        put_obj(regs, w.a(), v);
                        // Moves come in runs: of unpacked items, of arguments.
                        loop {
                            let w = Instr(*pc);
                            if MODE != PLAIN || w.0 as u8 != Op::MOVE as u8 {
                                break;
                            }
                            pc = pc.add(1);
                            let v = own(regs, w.b(), w.flags() & FLAG_KB != 0);
                            put_obj(regs, w.a(), v);
                        }
                    }
                    Op::LOAD_CONST => {
                        let v = (*code).body_unchecked().consts.get_unchecked(w.index32() as usize).clone();
                        put_obj(regs, w.a(), v);
                    }
                    Op::LOAD_INT => put(regs, w.a(), Value::int_fitting(w.imm32() as i64)),
                    Op::LOAD_COMMON => put_obj(regs, w.a(), intrinsics::common(vm, w.b())),
                    Op::CHECK_BOUND => {
                        if word(regs, w.a()).is_unbound() {
                            save!();
                            quiet = false;
                            break 'run names::unbound_local(vm, &*code, w.a());
                        }
                    }
                    Op::CLEAR => {
                        save!();
                        clear(regs, w.a())
                    }
                    Op::DELETE_LOCAL => {
                        save!();
                        if word(regs, w.a()).is_unbound() {
                            quiet = false;
                            break 'run names::unbound_local(vm, &*code, w.a());
                        }
                        clear(regs, w.a());
                    }
                    Op::MAKE_CELL => names::make_cell(vm, regs, w.a()),
                    Op::LOAD_CELL => match names::cell(regs, w.b()).get() {
                        Some(v) => put_obj(regs, w.a(), v),
                        None => {
                            save!();
                            quiet = false;
                            break 'run names::unbound_local(vm, &*code, w.b());
                        }
                    },
                    Op::STORE_CELL => {
                        save!();
                        let v = own(regs, w.b(), w.flags() & FLAG_KB != 0);
                        names::cell(regs, w.a()).set(Some(v));
                    }
                    Op::DELETE_CELL => {
                        save!();
                        let c: &PyCell = names::cell(regs, w.a());
                        if c.value().is_unbound() {
                            quiet = false;
                            break 'run names::unbound_local(vm, &*code, w.a());
                        }
                        c.set(None);
                    }
                    Op::LOAD_FREE => match names::closure_cell(&*frame, w.b()).get() {
                        Some(v) => put_obj(regs, w.a(), v),
                        None => {
                            save!();
                            quiet = false;
                            break 'run names::unbound_free(vm, &*code, w.b());
                        }
                    },
                    Op::STORE_FREE => {
                        save!();
                        let v = own(regs, w.b(), w.flags() & FLAG_KB != 0);
                        names::closure_cell(&*frame, w.a()).set(Some(v));
                    }
                    Op::DELETE_FREE => {
                        save!();
                        let c = names::closure_cell(&*frame, w.a());
                        if c.value().is_unbound() {
                            quiet = false;
                            break 'run names::unbound_free(vm, &*code, w.a());
                        }
                        c.set(None);
                    }
                    Op::LOAD_CLOSURE => put_obj(regs, w.a(), names::closure_cell(&*frame, w.b()).to_obj()),
                    Op::LOAD_DICT_OR_FREE => handler!(names::load_dict_or_free(vm, &*frame, &*code, regs, w)),
                    Op::LOAD_DICT_OR_CELL => handler!(names::load_dict_or_cell(vm, &*code, regs, w)),

                    Op::LOAD_NAME => {
                        let s = site!();
                        save!();
                        let v = try_!(names::load_name(vm, &*frame, s));
                        put_obj(regs, w.a(), v)
                    }
                    Op::STORE_NAME => {
                        let s = site!();
                        save!();
                        let v = own(regs, w.a(), w.flags() & FLAG_KA != 0);
                        try_!(names::store_name(vm, &*frame, s, v));
                    }
                    Op::DELETE_NAME => {
                        let s = site!();
                        handler!(names::delete_name(vm, &*frame, s))
                    }
                    Op::LOAD_GLOBAL => {
                        let s = site!();
                        let v = match names::cached_global(vm, &*frame, s) {
                            Some(v) => Ref::from_value_unchecked(v).to_obj(),
                            None => {
                                save!();
                                try_!(names::load_global_slow(vm, &*frame, s))
                            }
                        };
                        put_obj(regs, w.a(), v);
                    }
                    Op::STORE_GLOBAL => {
                        let s = site!();
                        save!();
                        let v = own(regs, w.a(), w.flags() & FLAG_KA != 0);
                        try_!(names::store_global(vm, &*frame, s, v));
                    }
                    Op::DELETE_GLOBAL => {
                        let s = site!();
                        handler!(names::delete_global(vm, &*frame, s))
                    }
                    Op::LOAD_DICT_OR_GLOBAL => {
                        let s = site!();
                        handler!(names::load_dict_or_global(vm, &*frame, regs, w, s))
                    }
                    Op::LOAD_LOCALS => {
                        save!();
                        let v = try_!(names::locals_mapping(vm, &*frame));
                        put_obj(regs, w.a(), v)
                    }

                    Op::ADD => binary!(arith::fast_add, BinOp::Add),
                    Op::SUB => binary!(arith::fast_sub, BinOp::Sub),
                    Op::MUL => binary!(arith::fast_mul, BinOp::Mul),
                    Op::TRUEDIV => binary!(arith::fast_truediv, BinOp::TrueDiv),
                    Op::FLOORDIV => binary!(arith::fast_floordiv, BinOp::FloorDiv),
                    Op::MOD => binary!(arith::fast_mod, BinOp::Mod),
                    Op::POW => binary!(arith::fast_none, BinOp::Pow),
                    Op::MATMUL => binary!(arith::fast_none, BinOp::MatMul),
                    Op::LSHIFT => binary!(arith::fast_lshift, BinOp::LShift),
                    Op::RSHIFT => binary!(arith::fast_rshift, BinOp::RShift),
                    Op::AND => binary!(arith::fast_and, BinOp::And),
                    Op::OR => binary!(arith::fast_or, BinOp::Or),
                    Op::XOR => binary!(arith::fast_xor, BinOp::Xor),
                    Op::ADD_IMM => binary_imm!(arith::fast_add, BinOp::Add),
                    Op::SUB_IMM => binary_imm!(arith::fast_sub, BinOp::Sub),
                    Op::MUL_IMM => binary_imm!(arith::fast_mul, BinOp::Mul),
                    Op::FLOORDIV_IMM => binary_imm!(arith::fast_floordiv, BinOp::FloorDiv),
                    Op::MOD_IMM => binary_imm!(arith::fast_mod, BinOp::Mod),
                    Op::LSHIFT_IMM => binary_imm!(arith::fast_lshift, BinOp::LShift),
                    Op::RSHIFT_IMM => binary_imm!(arith::fast_rshift, BinOp::RShift),
                    Op::AND_IMM => binary_imm!(arith::fast_and, BinOp::And),
                    Op::NEG => match arith::fast_neg(word(regs, w.b())) {
                        Some(v) => put(regs, w.a(), v),
                        None => unary!(UnaryOp::Neg),
                    },
                    Op::POS => unary!(UnaryOp::Pos),
                    Op::INVERT => unary!(UnaryOp::Invert),
                    Op::NOT => match compare::fast_truth(word(regs, w.b())) {
                        Some(b) => {
                            consume_b(regs, w);
                            put_obj(regs, w.a(), Obj::bool(!b))
                        }
                        None => unary!(UnaryOp::Not),
                    },
                    Op::TO_BOOL => match compare::fast_truth(word(regs, w.b())) {
                        Some(b) => {
                            consume_b(regs, w);
                            put_obj(regs, w.a(), Obj::bool(b))
                        }
                        None => unary!(UnaryOp::Bool),
                    },

                    Op::LT => compare!(CmpOp::Lt),
                    Op::LE => compare!(CmpOp::Le),
                    Op::EQ => compare!(CmpOp::Eq),
                    Op::NE => compare!(CmpOp::Ne),
                    Op::GT => compare!(CmpOp::Gt),
                    Op::GE => compare!(CmpOp::Ge),
                    Op::IS => {
                        save!();
                        compare::op_is(regs, w, false)
                    }
                    Op::IS_NOT => {
                        save!();
                        compare::op_is(regs, w, true)
                    }
                    Op::IN => handler!(compare::op_in(vm, regs, w, false)),
                    Op::NOT_IN => handler!(compare::op_in(vm, regs, w, true)),

                    Op::JUMP => jump!(w.imm32()),
                    Op::JUMP_BACK => {
                        let at = pc.sub(1) as *mut u64;
                        jump!(w.imm32());
                        if vm.eval_breaker.load(std::sync::atomic::Ordering::Relaxed) != 0 {
                            // The position reported is the loop header's.
                            (*frame).pc.set(pc.add(1));
                            try_!(loop_safepoint(vm));
                            if (MODE == OBSERVED) != (vm.exec.tracing.get() != 0) {
                                (*frame).pc.set(pc);
                                return Ok(LoopEnd::Switch(frame));
                            }
                        }
                        if MODE == OBSERVED {
                            // Coming back to a line is a line event again.
                            (*frame).traced_line.set(events::ANY_LINE);
                        } else if w.a() < vm.exec.hot_loop.get() {
                            // The operand `a` is unused: it counts iterations.
                            *at = w.0 + COUNT_ONE;
                        } else if w.a() != NEVER && MODE != RECORDING {
                            reached!(at)
                        }
                    }
                    Op::JUMP_IF_TRUE => {
                        save!();
                        if try_!(compare::truth(vm, regs, w.a())) {
                            if w.flags() & FLAG_KA != 0 {
                                clear(regs, w.a())
                            }
                            jump!(w.imm32());
                        } else if w.flags() & (FLAG_KA | FLAG_KA_FALL) != 0 {
                            clear(regs, w.a());
                        }
                    }
                    Op::JUMP_IF_FALSE => {
                        save!();
                        if !try_!(compare::truth(vm, regs, w.a())) {
                            if w.flags() & FLAG_KA != 0 {
                                clear(regs, w.a())
                            }
                            jump!(w.imm32());
                        } else if w.flags() & (FLAG_KA | FLAG_KA_FALL) != 0 {
                            clear(regs, w.a());
                        }
                    }
                    Op::JUMP_IF_NONE => {
                        let none = get(regs, w.a()).is_none();
                        consume_a(regs, w);
                        if none {
                            jump!(w.imm32())
                        }
                    }
                    Op::JUMP_IF_NOT_NONE => {
                        let none = get(regs, w.a()).is_none();
                        consume_a(regs, w);
                        if !none {
                            jump!(w.imm32())
                        }
                    }
                    Op::JUMP_IF_LT => jump_cmp!(CmpOp::Lt, true),
                    Op::JUMP_IF_LE => jump_cmp!(CmpOp::Le, true),
                    Op::JUMP_IF_EQ => jump_cmp!(CmpOp::Eq, true),
                    Op::JUMP_IF_NE => jump_cmp!(CmpOp::Ne, true),
                    Op::JUMP_IF_GT => jump_cmp!(CmpOp::Gt, true),
                    Op::JUMP_IF_GE => jump_cmp!(CmpOp::Ge, true),
                    Op::JUMP_UNLESS_LT => jump_cmp!(CmpOp::Lt, false),
                    Op::JUMP_UNLESS_LE => jump_cmp!(CmpOp::Le, false),
                    Op::JUMP_UNLESS_EQ => jump_cmp!(CmpOp::Eq, false),
                    Op::JUMP_UNLESS_NE => jump_cmp!(CmpOp::Ne, false),
                    Op::JUMP_UNLESS_GT => jump_cmp!(CmpOp::Gt, false),
                    Op::JUMP_UNLESS_GE => jump_cmp!(CmpOp::Ge, false),
                    Op::JUMP_IF_LT_IMM => jump_imm!(CmpOp::Lt, true),
                    Op::JUMP_IF_LE_IMM => jump_imm!(CmpOp::Le, true),
                    Op::JUMP_IF_EQ_IMM => jump_imm!(CmpOp::Eq, true),
                    Op::JUMP_IF_NE_IMM => jump_imm!(CmpOp::Ne, true),
                    Op::JUMP_IF_GT_IMM => jump_imm!(CmpOp::Gt, true),
                    Op::JUMP_IF_GE_IMM => jump_imm!(CmpOp::Ge, true),
                    Op::JUMP_UNLESS_LT_IMM => jump_imm!(CmpOp::Lt, false),
                    Op::JUMP_UNLESS_LE_IMM => jump_imm!(CmpOp::Le, false),
                    Op::JUMP_UNLESS_EQ_IMM => jump_imm!(CmpOp::Eq, false),
                    Op::JUMP_UNLESS_NE_IMM => jump_imm!(CmpOp::Ne, false),
                    Op::JUMP_UNLESS_GT_IMM => jump_imm!(CmpOp::Gt, false),
                    Op::JUMP_UNLESS_GE_IMM => jump_imm!(CmpOp::Ge, false),
                    Op::JUMP_IF_IS => {
                        let r = get(regs, w.a()).is(get(regs, w.b()));
                        save!();
                        compare::consume_ab(regs, w);
                        if r {
                            jump!(w.c_imm())
                        }
                    }
                    Op::JUMP_IF_IS_NOT => {
                        let r = get(regs, w.a()).is(get(regs, w.b()));
                        save!();
                        compare::consume_ab(regs, w);
                        if !r {
                            jump!(w.c_imm())
                        }
                    }
                    Op::JUMP_IF_IN => {
                        save!();
                        let r = try_!(compare::contains(vm, regs, w.a(), w.b()));
                        compare::consume_ab(regs, w);
                        if r {
                            jump!(w.c_imm())
                        }
                    }
                    Op::JUMP_IF_NOT_IN => {
                        save!();
                        let r = try_!(compare::contains(vm, regs, w.a(), w.b()));
                        compare::consume_ab(regs, w);
                        if !r {
                            jump!(w.c_imm())
                        }
                    }

                    Op::LOAD_ATTR => {
                        let s = site!();
                        match attrs::cached_attr(word(regs, w.b()), s) {
                            Some(v) => {
                                let v = Ref::from_value_unchecked(v).to_obj();
                                save!();
                                consume_b(regs, w);
                                put_obj(regs, w.a(), v);
                            }
                            None => {
                                save!();
                                if let Some(f) = try_!(attrs::load_attr_slow(vm, &*frame, regs, w, s)) {
                                    enter!(f)
                                }
                            }
                        }
                    }
                    Op::STORE_ATTR => {
                        let s = site!();
                        save!();
                        if attrs::store_attr_cached(regs, w, s) {
                            consume_a(regs, w);
                        } else {
                            try_!(attrs::store_attr_slow(vm, regs, w, s));
                        }
                    }
                    Op::DELETE_ATTR => {
                        let s = site!();
                        handler!(attrs::delete_attr(vm, regs, w, s))
                    }
                    Op::LOAD_METHOD => {
                        let s = site!();
                        match attrs::cached_method(vm, word(regs, w.b()), s) {
                            Some((f, is_method)) => {
                                let f = Ref::from_value_unchecked(f).to_obj();
                                if is_method {
                                    let o = own(regs, w.b(), w.flags() & FLAG_KB != 0);
                                    put_obj(regs, w.a(), f);
                                    put_obj(regs, w.a() + 1, o);
                                } else {
                                    save!();
                                    consume_b(regs, w);
                                    put_obj(regs, w.a(), f);
                                    put(regs, w.a() + 1, Value::UNBOUND);
                                }
                            }
                            None => handler!(attrs::load_method_slow(vm, regs, w, s)),
                        }
                    }
                    Op::LOAD_SUPER_ATTR => {
                        let s = site!();
                        handler!(attrs::load_super(vm, regs, w, s, false))
                    }
                    Op::LOAD_SUPER_METHOD => {
                        let s = site!();
                        handler!(attrs::load_super(vm, regs, w, s, true))
                    }
                    Op::GETITEM => {
                        let (o, k) = arith::operands(regs, w);
                        match items::fast_item(vm, o, k) {
                            Some(v) => {
                                let v = Ref::from_value_unchecked(v).to_obj();
                                save!();
                                super::regs::finish(regs, w, v);
                            }
                            None => handler!(items::getitem_slow(vm, regs, w)),
                        }
                    }
                    Op::GETITEM_IMM => match items::fast_item(vm, word(regs, w.b()), Value::int_fitting(w.c_imm() as i64)) {
                        Some(v) => {
                            let v = Ref::from_value_unchecked(v).to_obj();
                            save!();
                            super::regs::finish_b(regs, w, v);
                        }
                        None => handler!(items::getitem_imm_slow(vm, regs, w)),
                    },
                    Op::SETITEM => {
                        save!();
                        if !items::fast_setitem(vm, regs, w) {
                            try_!(items::setitem_slow(vm, regs, w));
                        }
                    }
                    Op::DELITEM => handler!(items::delitem(vm, regs, w)),
                    Op::GETSLICE => handler!(items::getslice(vm, regs, w)),
                    Op::SETSLICE => handler!(items::setslice(vm, regs, w)),
                    Op::BUILD_SLICE => {
                        save!();
                        items::build_slice(vm, regs, w)
                    }

                    Op::CALL => {
                        save!();
                        let observed = if MODE == OBSERVED { try_!(events::before_call(vm, &*frame, regs, w)) } else { None };
                        called!(calls::op_call(vm, &*frame, regs, w), observed);
                    }
                    Op::CALL_KW => {
                        let k = *pc as usize;
                        pc = pc.add(1);
                        save!();
                        let names = (*code).body_unchecked().consts.get_unchecked(k).r().downcast_unchecked::<PyTuple>();
                        let observed = if MODE == OBSERVED { try_!(events::before_call(vm, &*frame, regs, w)) } else { None };
                        called!(calls::op_call_kw(vm, &*frame, regs, w, names), observed);
                    }
                    Op::CALL_EX => {
                        save!();
                        let observed = if MODE == OBSERVED { try_!(events::before_call(vm, &*frame, regs, w)) } else { None };
                        called!(calls::op_call_ex(vm, &*frame, regs, w), observed);
                    }
                    Op::RETURN => {
                        save!();
                        let v = take(regs, w.a());
                        leaving!(v, false);
                        end!(v)
                    }
                    Op::RETURN_CONST => {
                        save!();
                        let v = (*code).body_unchecked().consts.get_unchecked(w.index32() as usize).clone();
                        leaving!(v, false);
                        end!(v)
                    }

                    Op::GET_ITER => handler!(iterate::get_iter(vm, regs, w)),
                    Op::FOR_ITER => {
                        save!();
                        match try_!(iterate::for_iter(vm, &*frame, regs, w)) {
                            Step::Item => {}
                            Step::Done => jump!(w.c_imm()),
                            Step::Entered(f) => enter!(f),
                        }
                    }
                    Op::UNPACK_SEQ => handler!(iterate::unpack_seq(vm, regs, w)),
                    Op::UNPACK_EX => handler!(iterate::unpack_ex(vm, regs, w)),

                    Op::BUILD_TUPLE => build::build_tuple(vm, regs, w),
                    Op::BUILD_LIST => handler!(build::build_list(vm, regs, w)),
                    Op::BUILD_SET => handler!(build::build_set(vm, regs, w)),
                    Op::BUILD_MAP => handler!(build::build_map(vm, regs, w)),
                    Op::BUILD_STRING => handler!(build::build_string(vm, regs, w)),
                    Op::LIST_APPEND => handler!(build::list_append(vm, regs, w)),
                    Op::SET_ADD => handler!(build::set_add(vm, regs, w)),
                    Op::MAP_ADD => handler!(build::map_add(vm, regs, w)),
                    Op::LIST_EXTEND => handler!(build::list_extend(vm, regs, w)),
                    Op::SET_UPDATE => handler!(build::set_update(vm, regs, w)),
                    Op::DICT_UPDATE => handler!(build::dict_update(vm, regs, w)),
                    Op::DICT_MERGE => handler!(build::dict_merge(vm, regs, w)),
                    Op::LIST_TO_TUPLE => {
                        save!();
                        build::list_to_tuple(vm, regs, w)
                    }
                    Op::CONVERT => handler!(build::convert(vm, regs, w)),
                    Op::FORMAT_SIMPLE => handler!(build::format(vm, regs, w, false)),
                    Op::FORMAT_SPEC => handler!(build::format(vm, regs, w, true)),
                    Op::BUILD_INTERPOLATION => handler!(build::build_interpolation(vm, regs, w)),
                    Op::BUILD_TEMPLATE => handler!(build::build_template(vm, regs, w)),

                    Op::MAKE_FUNCTION => {
                        save!();
                        let k = (*code).body_unchecked().consts.get_unchecked(w.index32() as usize).clone();
                        let f = try_!(intrinsics::make_function(vm, &*frame, k));
                        put_obj(regs, w.a(), f);
                    }
                    Op::SET_FUNC_ATTR => functions::set_func_attr(vm, regs, w),
                    Op::LOAD_BUILD_CLASS => {
                        save!();
                        let v = try_!(imports::builtin(vm, &*frame, vm.names().__build_class__));
                        put_obj(regs, w.a(), v)
                    }

                    Op::IMPORT_NAME => {
                        let s = site!();
                        handler!(imports::import_name(vm, &*frame, regs, w, s))
                    }
                    Op::IMPORT_FROM => {
                        let s = site!();
                        handler!(imports::import_from(vm, regs, w, s))
                    }
                    Op::IMPORT_STAR => handler!(imports::import_star(vm, &*frame, regs, w)),

                    Op::RAISE => {
                        save!();
                        let (e, q) = exceptions::raise(vm, regs, w);
                        quiet = q;
                        break 'run e;
                    }
                    Op::RERAISE => {
                        save!();
                        quiet = true;
                        reraised_at = Some((*code).offset_of(pc) - 1);
                        break 'run exceptions::reraise(vm, &*frame, regs, w);
                    }
                    Op::PUSH_EXC => exceptions::push_exc(vm, regs, w.a()),
                    Op::POP_EXC => {
                        save!();
                        exceptions::pop_exc(vm, regs, w.a())
                    }
                    Op::JUMP_UNLESS_EXC_MATCH => {
                        save!();
                        let m = try_!(compare::exception_matches(vm, get(regs, w.a()), get(regs, w.b())));
                        compare::consume_ab(regs, w);
                        if !m {
                            jump!(w.c_imm())
                        }
                    }
                    Op::EG_MATCH => handler!(exceptions::eg_match(vm, regs, w)),
                    Op::EG_PREP_RERAISE => handler!(exceptions::eg_prep_reraise(vm, regs, w)),
                    Op::WITH_ENTER => handler!(exceptions::with_enter(vm, regs, w, false)),
                    Op::ASYNC_WITH_ENTER => handler!(exceptions::with_enter(vm, regs, w, true)),
                    Op::WITH_EXIT => handler!(exceptions::with_exit(vm, regs, w)),

                    Op::RETURN_GENERATOR => {
                        save!();
                        let g = generators::make_generator(vm, &*frame);
                        if (*code).has(PyCode::CO_COROUTINE) {
                            crate::generators::note_coroutine_origin(vm, &g);
                        }
                        end!(g.into_obj())
                    }
                    Op::YIELD => {
                        save!();
                        let v = own(regs, w.b(), w.flags() & FLAG_KB != 0);
                        leaving!(v, true);
                        if w.flags() & FLAG_ASYNC_GEN != 0 {
                            (*frame).flags.set(FRAME_ASYNC_YIELD)
                        }
                        ended!(suspend(vm, frame, v))
                    }
                    Op::GET_YIELD_FROM_ITER => handler!(generators::get_yield_from_iter(vm, &*code, regs, w)),
                    Op::GET_AWAITABLE => handler!(generators::get_awaitable(vm, regs, w)),
                    Op::YIELD_FROM => {
                        save!();
                        match try_!(generators::yield_from(vm, &*frame, regs, w)) {
                            Delegation::Done => {}
                            Delegation::Entered(f) => enter!(f),
                            Delegation::Yield(v) => {
                                leaving!(v, true);
                                (*frame).pc.set(pc.sub(1));
                                (*frame).flags.set(FRAME_DELEGATING);
                                ended!(suspend(vm, frame, v))
                            }
                        }
                    }
                    Op::GET_AITER => handler!(generators::get_aiter(vm, regs, w)),
                    Op::GET_ANEXT => handler!(generators::get_anext(vm, regs, w)),
                    Op::END_ASYNC_FOR => {
                        save!();
                        if let Some(e) = exceptions::end_async_for(vm, regs, w) {
                            quiet = true;
                            break 'run e;
                        }
                    }

                    Op::MATCH_MAPPING => {
                        save!();
                        compare::match_flag(vm, regs, w, TypeFlags::MAPPING)
                    }
                    Op::MATCH_SEQUENCE => {
                        save!();
                        compare::match_flag(vm, regs, w, TypeFlags::SEQUENCE)
                    }
                    Op::MATCH_KEYS => handler!(pattern::match_keys(vm, regs, w)),
                    Op::MATCH_CLASS => {
                        let n = *pc as usize;
                        pc = pc.add(1);
                        handler!(pattern::match_class(vm, regs, w, n));
                    }
                    Op::GET_LEN => handler!(iterate::get_len(vm, regs, w)),
                    Op::DICT_REST => handler!(build::dict_rest(vm, regs, w)),

                    Op::PRINT_EXPR => {
                        save!();
                        let v = own(regs, w.a(), w.flags() & FLAG_KA != 0);
                        try_!(intrinsics::print_expr(vm, v));
                    }
                    Op::SETUP_ANNOTATIONS => handler!(intrinsics::setup_annotations(vm, &*frame)),
                    Op::INTRINSIC_1 => handler!(intrinsics::intrinsic1(vm, regs, w)),
                    Op::INTRINSIC_2 => {
                        save!();
                        let v = try_!(intrinsics::intrinsic2(vm, get(regs, w.b()), get(regs, w.b() + 1), w.c()));
                        clear_range(regs, w.b(), 2);
                        put_obj(regs, w.a(), v);
                    }
                }
            };
            if MODE == STEP && frame == entry {
                return Err(error);
            }
            match exceptions::unwind(vm, frame, error, quiet, reraised_at) {
                exceptions::Unwound::Handler(f) => {
                    frame = f;
                    continue 'outer;
                }
                exceptions::Unwound::Propagate(r) | exceptions::Unwound::Floor(r) => return Err(r),
            }
        }
    }
}
