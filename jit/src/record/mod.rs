//! The trace recorder.
//!
//! The interpreter shows the recorder every instruction before it runs it. The recorder keeps a
//! symbolic copy of the registers of the frames involved (see [`state`]), looks at the actual
//! operands, and emits instructions of the trace IR that do the same under guards. What it has no
//! rule for becomes a *step*: the state is written to memory, and the interpreter runs that one
//! instruction. So every instruction but a few can be recorded, and rules make it fast.
//!
//! Order within one bytecode instruction: guards first (they restore the state before it), then
//! effects, then the registers it writes, then the release of what they held. An object that dies
//! there may run code, so its release waits for the next instruction, where the state is written
//! to memory first ([`Recorder::dying`]).
//!
//! Inlined calls: the callee's registers follow the caller's in the one symbolic register file,
//! exactly as in the interpreter's.

mod arith;
mod attrs;
mod calls;
mod closures;
mod compare;
mod containers;
mod death;
mod emit;
mod items;
mod iterate;
mod names;
mod natives;
mod numbers;
mod ops;
mod state;

use std::rc::Rc;

use krait_frontend::bytecode::{Instr, Op as Bc};
use krait_object::code::PyCode;
use krait_object::exec::Frame;
use krait_object::vm::Vm;
use krait_object::{Obj, Value};

use crate::ir::snapshot::FrameState;
use crate::ir::{Id, Inst, NONE, Op, Ty};
use crate::known::Known;
use crate::tree::{Trace, Tree};
use crate::watch::Watch;
pub use state::{Content, Mem, Slot};

/// Why a recording was given up: the table of abort reasons.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Abort {
    TooLong,
    LeavesLoop,
    InnerLoop,
    Raised,
    Unsupported,
    TypeUnstable,
    Contradiction,
    Invalidated,
    LeftLoop,
}

/// What the recorder says about an instruction.
pub enum Verdict {
    Continue,
    /// The trace is complete.
    Done,
    Abort(Abort),
}

/// An instruction's recording: `Err` gives up.
pub type Recorded = Result<(), Abort>;

/// A frame being followed.
pub struct SymFrame {
    pub frame: *const Frame,
    pub state: FrameState,
    pub nregs: u32,
}

/// See the module.
pub struct Recorder {
    pub tree: Box<Tree>,
    /// The trace and guard this bridge hangs on.
    parent: Option<(usize, Id)>,
    first: Id,
    known: Known,
    frames: Vec<SymFrame>,
    slots: Vec<Slot>,
    synced: bool,
    /// Cached snapshot of the current instruction.
    snap: Option<u32>,
    /// References that end with the instruction just recorded, of objects that die.
    dying: Vec<Id>,
    /// One of them may run code when it does.
    loud: bool,
    /// The `Step` whose next position is to be filled in.
    open_step: Option<(Id, *const u64)>,
    /// The frame a recorded call enters.
    entering: Option<calls::Entering>,
    /// Instructions seen.
    seen: u32,
    back_jumps: u32,
    pub watches: Vec<Watch>,
    /// Where the recorder stands, for messages.
    pub at: (*const PyCode, *const u64),
}

/// Limits of a recording.
const MAX_INSTS: u32 = 4000;
const MAX_SEEN: u32 = 20_000;
const MAX_DEPTH: usize = 8;
const MAX_BACK_JUMPS: u32 = 6;

impl Recorder {
    /// A recorder for the loop whose header `frame` stands at.
    ///
    /// # Safety
    /// `frame` is the running frame.
    pub unsafe fn root(tree: Box<Tree>, frame: *const Frame) -> Recorder {
        // SAFETY: a running frame's code is alive.
        let (code, nregs) = unsafe { ((*frame).code.get(), (*(*frame).code.get()).nregs) };
        let state = FrameState { code, base: 0, pc: tree.header, ret: 0, window: 0, kind: 0, instance: None, pushed: true };
        let first = tree.insts.len() as Id;
        Recorder {
            tree,
            parent: None,
            first,
            known: Known::default(),
            frames: vec![SymFrame { frame, state, nregs }],
            slots: vec![Slot::UNTOUCHED; nregs as usize],
            synced: false,
            snap: None,
            dying: Vec::new(),
            loud: false,
            open_step: None,
            entering: None,
            seen: 0,
            back_jumps: 0,
            watches: Vec::new(),
            at: (code, std::ptr::null()),
        }
    }

    /// A recorder for the bridge of guard `at` of `trace`. The state has been restored, with the
    /// frames given, the root first.
    ///
    /// # Safety
    /// The frames are the running ones.
    pub unsafe fn bridge(tree: Box<Tree>, trace: usize, at: Id, snapshot: u32, frames: &[*const Frame]) -> Recorder {
        // The first of the guards that leave this way: others of them may come to be done elsewhere.
        let t = &tree.traces[trace];
        let at = (t.first..t.end).find(|&id| tree.insts[id as usize].snap == snapshot).unwrap_or(at);
        // SAFETY: by contract.
        let mut r = unsafe { Recorder::root(tree, frames[0]) };
        r.parent = Some((trace, at));
        r.relearn(trace, at);
        let snap = r.tree.snapshots[snapshot as usize].clone();
        r.synced = snap.synced;
        r.frames.clear();
        for (&frame, state) in frames.iter().zip(snap.frames.iter()) {
            // SAFETY: by contract.
            let nregs = unsafe { (*(*frame).code.get()).nregs };
            r.frames.push(SymFrame { frame, state: state.clone(), nregs });
        }
        r.restore_slots(&snap);
        r
    }

    fn top(&self) -> &SymFrame {
        match self.frames.last() {
            Some(f) => f,
            None => unreachable!("the root frame is always there"),
        }
    }

    /// Sees the instruction `frame` stands at.
    ///
    /// # Safety
    /// `frame` is the running frame.
    pub unsafe fn see(&mut self, vm: &Vm, frame: *const Frame) -> Verdict {
        // SAFETY: by contract.
        match unsafe { self.try_see(vm, frame) } {
            Ok(v) => v,
            Err(a) => Verdict::Abort(a),
        }
    }

    unsafe fn try_see(&mut self, vm: &Vm, frame: *const Frame) -> Result<Verdict, Abort> {
        self.seen += 1;
        if self.seen > MAX_SEEN || self.tree.insts.len() as u32 - self.first > MAX_INSTS {
            return Err(Abort::TooLong);
        }
        if self.tree.invalid.get() {
            return Err(Abort::Invalidated);
        }
        // SAFETY: by contract.
        let pc = unsafe { (*frame).pc.get() };
        if let Some((step, after)) = self.open_step {
            if frame != self.top().frame {
                // Inside what the stepped instruction called.
                return Ok(Verdict::Continue);
            }
            self.close_step(step, after, pc)?;
        }
        if let Some(entering) = self.entering.take() {
            // SAFETY: by contract.
            unsafe { self.entered(vm, entering, frame) }?;
        }
        // SAFETY: by contract.
        if frame != self.top().frame || unsafe { (*frame).code.get() } != self.top().state.code {
            return Err(Abort::Raised);
        }
        self.at = (self.top().state.code, pc);
        if let Some(f) = self.frames.last_mut() {
            f.state.pc = pc;
        }
        self.snap = None;
        self.bury(vm)?;
        if self.frames.len() == 1 && pc == self.tree.header && self.seen > 1 {
            self.finish_loop(vm)?;
            return Ok(Verdict::Done);
        }
        self.take_snapshot();
        // SAFETY: `pc` is an instruction of the running frame.
        let w = unsafe { Instr(*pc) };
        // SAFETY: as above.
        unsafe { self.instruction(vm, w, pc) }
    }

    /// The trace is back at the header: arguments for the parameters.
    fn finish_loop(&mut self, vm: &Vm) -> Recorded {
        self.take_snapshot();
        // What other traces leave in memory, this one leaves there too.
        let strayed = |i: u32| {
            let s = self.slots[i as usize];
            s.mem != Mem::Clean && s.content != Content::Unbound && self.tree.in_memory.contains(&i) && !self.has_param(i)
        };
        if (0..self.top().nregs).any(strayed) {
            self.sync(vm);
            self.take_snapshot();
        }
        let mut back = Vec::new();
        for i in 0..self.top().nregs {
            let id = match self.slots[i as usize].content {
                Content::Untouched => continue,
                Content::Unbound if self.is_temporary(i) => {
                    self.tree.dead.insert(i);
                    continue;
                }
                _ if self.slots[i as usize].mem == Mem::Clean && !self.has_param(i) => {
                    self.tree.in_memory.insert(i);
                    continue;
                }
                Content::Unbound => self.constant(Value::UNBOUND),
                Content::Unknown => self.read_abs(vm, i),
                Content::Value(id) => id,
            };
            let p = match self.tree.params.iter().find(|p| p.reg == i).copied() {
                Some(p) => p,
                // First touched after the state was in memory: its type at entry is not known.
                None => self.any_param(i),
            };
            if self.slots[i as usize].mem == Mem::Clean && self.ty(id) != Ty::Val && !self.is_param(id) {
                self.emit(vm, Inst::new(Op::DropReg, &[]).imm(u64::from(i)));
            }
            if id == p.id {
                continue;
            }
            let id = self.convert(vm, id, p.ty, i)?;
            back.push((i, id));
        }
        self.own_registers();
        let end = self.snap.unwrap_or(NONE);
        self.push(Inst::new(Op::LoopBack, &[]).snap(end));
        self.close(back);
        Ok(())
    }

    /// Ends a bridge where the interpreter has to go on.
    pub fn finish_leaving(&mut self) {
        self.take_snapshot();
        let snap = self.snap.unwrap_or(NONE);
        self.push(Inst::new(Op::Leave, &[]).snap(snap));
        self.close(Vec::new());
    }

    fn close(&mut self, back: Vec<(u32, Id)>) {
        let end = self.tree.insts.len() as Id;
        let n = self.tree.traces.len();
        if let Some((_, at)) = self.parent {
            let snapshot = self.tree.insts[at as usize].snap;
            self.tree.bridges.insert(snapshot, n);
        }
        self.tree.traces.push(Trace { parent: self.parent, first: self.first, end, back });
    }

    /// Takes the half-made trace out of the tree again.
    pub fn discard(mut self) -> Box<Tree> {
        self.tree.insts.truncate(self.first as usize);
        let first = self.first;
        self.tree.params.retain(|p| p.id < first);
        self.tree
    }

    pub fn is_bridge(&self) -> bool {
        self.parent.is_some()
    }

    /// Keeps an object alive as long as the tree.
    fn keep(&mut self, o: Obj) {
        self.tree.keep.push(o);
    }

    fn frame_states(&self) -> Rc<Vec<FrameState>> {
        Rc::new(self.frames.iter().map(|f| f.state.clone()).collect())
    }

    /// The instruction after the one at `pc`.
    ///
    /// # Safety
    /// `pc` is an instruction.
    unsafe fn after(pc: *const u64) -> *const u64 {
        // SAFETY: by contract; verified code does not end within an instruction.
        unsafe { pc.add(Instr(*pc).op().words()) }
    }

    /// A jump's target.
    unsafe fn target(pc: *const u64, offset: isize) -> *const u64 {
        // SAFETY: jump targets of verified code are inside it.
        unsafe { Self::after(pc).offset(offset) }
    }

    /// May this instruction not be stepped?
    fn unsteppable(op: Bc) -> bool {
        matches!(
            op,
            Bc::RETURN
                | Bc::RETURN_CONST
                | Bc::YIELD
                | Bc::YIELD_FROM
                | Bc::RETURN_GENERATOR
                | Bc::RAISE
                | Bc::RERAISE
                | Bc::PUSH_EXC
                | Bc::POP_EXC
                | Bc::END_ASYNC_FOR
                | Bc::LOAD_BODY
        )
    }
}
