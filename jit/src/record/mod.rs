//! The trace recorder.
//!
//! The interpreter shows the recorder every instruction before it runs it. The recorder keeps a
//! symbolic copy of the registers of the frames involved (see [`state`]), looks at the actual
//! operands, and emits instructions of the trace IR that do the same under guards. What it has no
//! rule for becomes a *step*: the state is written to memory, and the interpreter runs that one
//! instruction. So every instruction but a few can be recorded, and rules make it fast.
//!
//! Order within one bytecode instruction: guards first (they restore the state before it), then
//! effects, then the registers it writes, then the release of what they held
//! ([`Recorder::settle`]). An object that dies
//! there may run code, so its release waits for the next instruction, where the state is written
//! to memory first ([`Recorder::dying`]).
//!
//! Loop headers end a trace, with an edge to the header; if the tree does not have it yet, the
//! recording goes on with the header's own trace (see [`headers`]).
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
mod headers;
mod items;
mod iterate;
mod names;
mod natives;
mod numbers;
mod ops;
mod returns;
mod state;

use std::collections::HashMap;
use std::rc::Rc;

use krait_frontend::bytecode::{Instr, Op as Bc};
use krait_object::code::PyCode;
use krait_object::exec::Frame;
use krait_object::vm::Vm;
use krait_object::{Obj, Value};

use crate::ir::snapshot::FrameState;
use crate::ir::{Id, Inst, Op};
use crate::known::Known;
use crate::tree::{HeaderKind, Tree};
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
    /// It is to be executed with all it calls.
    Step,
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
    /// The trace and guard the trace being recorded hangs on.
    parent: Option<(usize, Id)>,
    /// The header whose parameters it uses.
    header: usize,
    first: Id,
    /// How the tree was before.
    before: Before,
    /// Nothing has been recorded since the header.
    fresh: bool,
    /// Loop headers of the code objects met.
    loops: HashMap<*const PyCode, headers::Loops>,
    known: Known,
    frames: Vec<SymFrame>,
    slots: Vec<Slot>,
    synced: bool,
    /// The snapshot guards leave with: the state before this instruction, or before an earlier one if
    /// nothing has had an effect since, which is then executed again.
    snap: Option<u32>,
    /// What `effects` was when it was taken, and what `seen`.
    snap_at: (u32, u32),
    /// Instructions with effects emitted.
    effects: u32,
    /// References that end with the instruction just recorded, of objects that die.
    dying: Vec<Id>,
    /// One of them may run code when it does.
    loud: bool,
    /// References given up by the current instruction, with their words: they may be to one object.
    released: Vec<(Id, Value)>,
    /// References that end with the current instruction, without running code.
    ends: Vec<(Op, Id)>,
    /// Registers that hold a number the trace has taken out of memory (see `drop_boxed`).
    boxes: Vec<u32>,
    /// The `Step` whose next position is to be filled in.
    open_step: Option<(Id, *const u64)>,
    /// The frame a recorded call enters.
    entering: Option<calls::Entering>,
    /// Instructions seen.
    seen: u32,
    back_jumps: u32,
    pub watches: Vec<Watch>,
    /// A followed call has just returned.
    returned: bool,
    /// Where the recorder stands.
    pub at: (*const PyCode, *const u64),
}

/// How much a tree held before a recording.
struct Before {
    insts: u32,
    traces: usize,
    headers: usize,
}

impl Before {
    fn of(tree: &Tree) -> Before {
        Before { insts: tree.insts.len() as u32, traces: tree.traces.len(), headers: tree.headers.len() }
    }
    /// Takes out what has come since.
    fn restore(&self, tree: &mut Tree) {
        tree.insts.truncate(self.insts as usize);
        tree.traces.truncate(self.traces);
        tree.headers.truncate(self.headers);
        for h in &mut tree.headers {
            h.params.retain(|p| p.id < self.insts);
        }
        tree.bridges.retain(|_, t| *t < self.traces);
    }
}

/// Limits of a recording.
const MAX_INSTS: u32 = 4000;
const MAX_SEEN: u32 = 20_000;
const MAX_DEPTH: usize = 8;
const MAX_BACK_JUMPS: u32 = 6;

impl Recorder {
    /// A recorder for the loop header or function start that `frame` stands at.
    ///
    /// # Safety
    /// `frame` is the running frame.
    pub unsafe fn root(tree: Box<Tree>, frame: *const Frame, kind: HeaderKind) -> Recorder {
        // SAFETY: a running frame's code is alive.
        let (code, nregs) = unsafe { ((*frame).code.get(), (*(*frame).code.get()).nregs) };
        let state = FrameState { code, base: 0, pc: tree.header, ret: 0, window: 0, kind: 0, instance: None, pushed: true };
        let before = Before::of(&tree);
        let mut r = Recorder {
            first: tree.insts.len() as Id,
            tree,
            parent: None,
            header: 0,
            before,
            fresh: false,
            loops: HashMap::new(),
            known: Known::default(),
            frames: vec![SymFrame { frame, state, nregs }],
            slots: vec![Slot::UNTOUCHED; nregs as usize],
            synced: false,
            snap: None,
            snap_at: (0, 0),
            effects: 0,
            dying: Vec::new(),
            loud: false,
            released: Vec::new(),
            ends: Vec::new(),
            boxes: Vec::new(),
            open_step: None,
            entering: None,
            seen: 0,
            back_jumps: 0,
            watches: Vec::new(),
            returned: false,
            at: (code, std::ptr::null()),
        };
        if r.tree.headers.is_empty() {
            let header = r.new_header(kind);
            r.begin(header);
        }
        r
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
        let mut r = unsafe { Recorder::root(tree, frames[0], HeaderKind::Loop) };
        r.parent = Some((trace, at));
        r.header = r.tree.traces[trace].header;
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
        // Where it starts counts as behind the header.
        r.fresh = true;
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
        if self.tree.invalid.get() {
            return Err(Abort::Invalidated);
        }
        // SAFETY: by contract.
        let pc = unsafe { (*frame).pc.get() };
        let mut expected = true;
        if let Some((step, after)) = self.open_step {
            expected = false;
            if frame != self.top().frame {
                return Err(Abort::Raised);
            }
            self.close_step(step, after, pc)?;
        }
        if let Some(entering) = self.entering.take() {
            // SAFETY: by contract.
            unsafe { self.entered(vm, entering, frame) }?;
            expected = false;
        }
        // SAFETY: by contract.
        if frame != self.top().frame || unsafe { (*frame).code.get() } != self.top().state.code {
            return Err(Abort::Raised);
        }
        // What raises goes on somewhere else.
        // SAFETY: the instruction seen before.
        if expected && !unsafe { self.follows(pc) } {
            return Err(Abort::Raised);
        }
        self.returned = false;
        self.at = (self.top().state.code, pc);
        if let Some(f) = self.frames.last_mut() {
            f.state.pc = pc;
        }
        self.released.clear();
        self.settle();
        self.bury(vm)?;
        if self.seen > MAX_SEEN || self.tree.insts.len() as u32 - self.before.insts > MAX_INSTS {
            return self.cut_short();
        }
        if !std::mem::take(&mut self.fresh) && self.at_header(vm, pc)? {
            return Ok(Verdict::Done);
        }
        if self.snap_at.0 != self.effects {
            self.snap = None;
        }
        self.take_snapshot();
        // SAFETY: `pc` is an instruction of the running frame.
        let w = unsafe { Instr(*pc) };
        // SAFETY: as above.
        unsafe { self.instruction(vm, w, pc) }
    }

    /// Is `pc` where the instruction seen last leads?
    ///
    /// # Safety
    /// That instruction is still there.
    unsafe fn follows(&self, pc: *const u64) -> bool {
        if self.returned {
            return pc == self.top().state.pc;
        }
        let last = self.at.1;
        if last.is_null() {
            return true;
        }
        // SAFETY: by contract.
        let (w, after) = unsafe { (Instr(*last), Self::after(last)) };
        pc == after || ops::jump_offset(w).is_some_and(|off| after.wrapping_offset(off) == pc)
    }

    /// Too long: what there is leaves here, unless it is of no use.
    fn cut_short(&mut self) -> Result<Verdict, Abort> {
        if !self.has_use() {
            return Err(Abort::TooLong);
        }
        self.finish_leaving();
        Ok(Verdict::Done)
    }

    /// Is a trace that leaves here worth having? One that starts at a loop header and never comes
    /// back to one is not.
    fn has_use(&self) -> bool {
        self.parent.is_some() || self.header != 0 || self.tree.kind() == HeaderKind::Function
    }

    /// Ends a trace where the interpreter has to go on.
    pub fn finish_leaving(&mut self) {
        self.settle();
        self.snap = None;
        let snap = self.take_snapshot();
        self.push(Inst::new(Op::Leave, &[]).snap(snap));
        self.close(None);
    }

    /// Takes the half-made trace out of the tree again.
    pub fn discard(mut self) -> Box<Tree> {
        self.before.restore(&mut self.tree);
        self.tree
    }

    pub fn is_bridge(&self) -> bool {
        self.before.traces > 0
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
