//! Leaving compiled code: restoring the interpreter's state from a snapshot, and what compiled code
//! does to frames on the way.

use std::cell::Cell;

use krait_object::exec::Frame;
use krait_object::vm::Vm;
use krait_object::{Obj, Ref, Value};
use krait_runtime::interp::frames::{detach_frame_object, push_inlined};

use crate::ir::Ty;
use crate::ir::snapshot::{FrameState, Restore};
use crate::tree::{Exit, Tree};

/// A raw value of compiled code as an owned word; words of type `Val` keep whatever ownership they
/// have.
fn tagged(vm: &Vm, raw: u64, ty: Ty) -> Value {
    match ty {
        Ty::Int => vm.int_i64(raw as i64).into_value(),
        Ty::Float => vm.float(f64::from_bits(raw)).into_value(),
        Ty::Bool => Obj::bool(raw & 1 != 0).into_value(),
        Ty::Val | Ty::Void => Value(raw),
    }
}

/// Values of an exit: those in the scratch area, and constants.
struct Values<'a> {
    tree: &'a Tree,
    exit: &'a Exit,
    scratch: *const u64,
}

impl Values<'_> {
    /// # Safety
    /// The scratch area has what the exit wrote.
    unsafe fn get(&self, vm: &Vm, id: u32, incref: bool) -> Value {
        let inst = &self.tree.insts[id as usize];
        let (raw, ty) = match self.exit.values.iter().position(|&(v, _)| v == id) {
            // SAFETY: by contract.
            Some(k) => (unsafe { *self.scratch.add(k) }, inst.ty),
            None => (inst.imm, inst.ty),
        };
        let v = tagged(vm, raw, ty);
        // Immediates made here are owned already.
        if incref && ty == Ty::Val {
            // SAFETY: the trace keeps the object alive until here.
            return unsafe { Ref::from_value_opt(v) }.map_or(v, |r| r.to_obj().into_value());
        }
        v
    }
}

/// Restores the state of a snapshot; gives the frame to go on in.
///
/// # Safety
/// `root` is the frame the tree was entered in; the scratch area has what the exit wrote.
pub unsafe fn restore(vm: &Vm, tree: &Tree, exit: &Exit, root: *const Frame, scratch: *const u64) -> *const Frame {
    let values = Values { tree, exit, scratch };
    // SAFETY: registers named by the snapshot are inside the root's window or in that of a frame
    // pushed below; what they held is not owned by memory.
    unsafe {
        let base = (*root).base.get();
        let mut restored = Vec::with_capacity(exit.regs.len());
        for &(reg, r) in exit.regs.iter() {
            restored.push(match r {
                Restore::Unbound => (reg, Value::UNBOUND),
                Restore::Value { id, incref } => (reg, values.get(vm, id, incref)),
            });
        }
        for (reg, v) in restored {
            base.add(reg as usize).write(v);
        }
        let top = push_frames(vm, root, &exit.frames);
        let mut f = top;
        for state in exit.frames.iter().skip(1).rev() {
            if !state.pushed
                && let Some((id, owned)) = state.instance
            {
                (*f).locals.set(values.get(vm, id, !owned));
            }
            f = (*f).back.get();
        }
        let dying: Vec<Obj> =
            tree.dying.get(&exit.snapshot).into_iter().flatten().map(|&id| Obj::from_value(values.get(vm, id, false))).collect();
        // The tree may go with them.
        drop(dying);
        top
    }
}

/// Pushes the frames that are not on the stack yet, and sets the positions of all.
///
/// # Safety
/// `root` is the frame the tree was entered in, with the frames the list says are pushed above it.
pub unsafe fn push_frames(vm: &Vm, root: *const Frame, frames: &[FrameState]) -> *const Frame {
    // SAFETY: by contract; the callable of an inlined call is in its caller's window.
    unsafe {
        let base = (*root).base.get();
        let mut chain = Vec::with_capacity(frames.len());
        let mut f = vm.exec.top.get();
        let pushed = frames.iter().filter(|s| s.pushed).count();
        for _ in 0..pushed {
            chain.push(f);
            f = (*f).back.get();
        }
        chain.reverse();
        let mut caller: *const Frame = root;
        let mut caller_base = 0;
        for (i, s) in frames.iter().enumerate() {
            let f = match chain.get(i) {
                Some(&f) => f,
                None => {
                    let func = *base.add(caller_base as usize + s.window as usize);
                    push_inlined(vm, caller, func, s.code, base.add(s.base as usize), s.kind, s.ret, s.window)
                }
            };
            (*f).pc.set(s.pc);
            caller = f;
            caller_base = s.base;
        }
        caller
    }
}

/// As [`push_frames`] for compiled code that goes on: the instances under construction are in the
/// scratch area, by frame.
///
/// # Safety
/// As [`push_frames`].
pub unsafe fn sync_frames(vm: &Vm, root: *const Frame, frames: &[FrameState]) {
    // SAFETY: by contract.
    unsafe {
        let mut f = push_frames(vm, root, frames);
        for (i, state) in frames.iter().enumerate().skip(1).rev() {
            if !state.pushed && state.instance.is_some() {
                (*f).locals.set(Value(*crate::state::scratch().add(i)));
            }
            f = (*f).back.get();
        }
    }
}

/// Pops the innermost frame. What its registers held is the trace's business; their words do not stay
/// behind, where registers of other frames may come to lie.
///
/// # Safety
/// It was pushed by [`push_frames`].
pub unsafe fn pop_synced(vm: &Vm) {
    // SAFETY: by contract.
    unsafe {
        let f = &*vm.exec.top.get();
        if f.frame_obj.get().0 != 0 {
            detach_frame_object(vm, f);
        }
        std::ptr::write_bytes(f.base.get(), 0, (*f.code.get()).nregs as usize);
        let e = &vm.exec;
        e.top.set(f.back.get());
        e.sp.set(f.saved_sp.get());
        e.next_frame.set(f as *const Frame as *mut Frame);
        e.depth.set(e.depth.get() - 1);
    }
}

thread_local! {
    /// The frame whose instruction compiled code has the interpreter execute.
    static STEPPING: Cell<*const Frame> = const { Cell::new(std::ptr::null()) };
}

/// The innermost frame compiled code runs in while it has the interpreter execute an instruction.
pub fn stepping() -> *const Frame {
    STEPPING.get()
}

/// Runs the instruction at `pc` of the running frame: 0 if it then stands at `next`, 1 if not or if
/// the trace must be left, 2 if an exception was raised.
///
/// # Safety
/// The running frame is the innermost of the synced state.
pub unsafe fn step(vm: &Vm, tree: &Tree, pc: *const u64, next: *const u64) -> u64 {
    // SAFETY: by contract.
    unsafe {
        let f = vm.exec.top.get();
        (*f).pc.set(pc);
        if !vm.stack_has_room() {
            // The interpreter goes on without recursing.
            return 1;
        }
        let outer = STEPPING.replace(f);
        let stepped = krait_runtime::interp::dispatch::step(vm, f);
        STEPPING.set(outer);
        match stepped {
            Ok(()) if (*f).pc.get() == next && !tree.invalid.get() && vm.exec.tracing.get() == 0 => 0,
            Ok(()) => 1,
            Err(_) => 2,
        }
    }
}

/// Runs handler `h` of the instruction at `pc` of the running frame: 0 or 1 as it goes on or jumps,
/// 2 if the trace must be left, 3 if an exception was raised.
///
/// # Safety
/// As [`step`]; `h` is the instruction's handler.
pub unsafe fn exec(vm: &Vm, tree: &Tree, h: krait_runtime::interp::single::Handler, pc: *const u64) -> u64 {
    let f = vm.exec.top.get();
    let outer = STEPPING.replace(f);
    // SAFETY: by contract.
    let done = unsafe { krait_runtime::interp::single::exec(vm, f, h, pc) };
    STEPPING.set(outer);
    match done {
        Ok(jumped) if !tree.invalid.get() && vm.exec.tracing.get() == 0 => u64::from(jumped),
        Ok(_) => 2,
        Err(_) => 3,
    }
}
