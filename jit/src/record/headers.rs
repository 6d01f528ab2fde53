//! Loop headers: where traces end, begin, and go on.
//!
//! A header is told by its frames: the code objects, windows and positions of the root frame and of
//! the calls inlined into it. All of them are on the frame stack there (a trace that comes without
//! having pushed them does so), so that the header's traces need not know how they were called.
//!
//! Values of the trace that led to a header mean nothing behind it: others come from elsewhere. What
//! is needed becomes a parameter, with the type its value has now. A trace whose values do not suit
//! a header's parameters makes another header for the same place, up to a limit.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use krait_frontend::bytecode::{Instr, Op as Bc};
use krait_object::code::PyCode;
use krait_object::vm::Vm;

use super::{Abort, Content, MAX_BACK_JUMPS, Mem, Recorded, Recorder, Slot};
use crate::ir::snapshot::{FrameState, Restore};
use crate::ir::{Id, Inst, Op, Ty};
use crate::known::Known;
use crate::tree::{Edge, Header, HeaderKind, Trace};

/// Positions of the loop headers of a code object.
pub type Loops = Rc<HashSet<*const u64>>;

/// Headers of one tree for the same place.
const MAX_VERSIONS: usize = 3;
/// Headers of one tree.
const MAX_HEADERS: usize = 24;
/// Instructions of a tree beyond which it gets no more headers.
const MAX_TREE: usize = 5000;

/// The targets of the code's backward jumps.
fn loops_of(code: &PyCode) -> HashSet<*const u64> {
    let mut found = HashSet::new();
    // SAFETY: the code runs, so it has a body; the interpreter only rewrites operands in place.
    let words: &[u64] = unsafe { &*code.body_unchecked().instrs.get() };
    let mut i = 0;
    while i < words.len() {
        let w = Instr(words[i]);
        let after = i + w.op().words();
        if w.op() == Bc::JUMP_BACK {
            let target = after as isize + w.imm32() as isize;
            found.insert(words.as_ptr().wrapping_offset(target));
        }
        i = after;
    }
    found
}

/// Do traces that come with frames `now` fit a header with frames `there`?
fn same_place(there: &[FrameState], now: &[FrameState]) -> bool {
    let place = |f: &FrameState| (f.code, f.base, f.pc, f.ret, f.window, f.kind);
    there.len() == now.len() && there.iter().zip(now).all(|(a, b)| place(a) == place(b))
}

impl Recorder {
    /// Is `pc` of the running frame a loop header?
    fn is_loop_header(&mut self, pc: *const u64) -> bool {
        let code = self.top().state.code;
        // SAFETY: the code of a frame being followed is alive.
        let loops = self.loops.entry(code).or_insert_with(|| Rc::new(loops_of(unsafe { &*code })));
        loops.contains(&pc)
    }

    /// The recording stands at `pc`: if that is a loop header, the trace ends. True if the recording
    /// ends with it.
    pub(super) fn at_header(&mut self, vm: &Vm, pc: *const u64) -> Result<bool, Abort> {
        // SAFETY: `pc` is an instruction of the running frame.
        if unsafe { Instr(*pc) }.op() == Bc::LOAD_BODY {
            return Ok(false);
        }
        if !self.is_loop_header(pc) || self.frames.iter().any(|f| f.state.instance.is_some()) {
            return Ok(false);
        }
        let now = self.frame_states();
        let here = |h: &Header| h.kind == HeaderKind::Loop && same_place(&h.frames, &now);
        let versions: Vec<usize> = (0..self.tree.headers.len()).filter(|&h| here(&self.tree.headers[h])).collect();
        let suited = versions.iter().copied().find(|&h| self.suits(h));
        let full = self.tree.headers.len() >= MAX_HEADERS || self.tree.insts.len() >= MAX_TREE;
        if suited.is_none() && (versions.len() >= MAX_VERSIONS || full) {
            if versions.is_empty() {
                // Followed as straight code, as long as that is bearable.
                self.unroll()?;
                return Ok(false);
            }
            if !self.has_use() {
                return Err(Abort::TypeUnstable);
            }
            self.finish_leaving();
            return Ok(true);
        }
        if self.frames.iter().any(|f| !f.state.pushed) {
            self.sync(vm);
        }
        match suited {
            Some(h) => {
                self.refute(h);
                self.finish_jump(h);
                Ok(true)
            }
            None => {
                let h = self.new_header(HeaderKind::Loop);
                self.finish_jump(h);
                self.begin(h);
                self.fresh = false;
                Ok(false)
            }
        }
    }

    /// One more iteration of a loop that is followed as straight code.
    pub(super) fn unroll(&mut self) -> Recorded {
        self.back_jumps += 1;
        if self.back_jumps > MAX_BACK_JUMPS { Err(Abort::InnerLoop) } else { Ok(()) }
    }

    /// Can the values at hand be what the header's parameters are?
    fn suits(&self, h: usize) -> bool {
        self.tree.headers[h].params.iter().all(|p| {
            let v = self.actual(p.reg);
            let ty = match self.slots.get(p.reg as usize).map(|s| s.content) {
                Some(Content::Value(id)) => self.ty(id),
                Some(Content::Unbound) => return p.ty == Ty::Val || self.is_temporary(p.reg),
                _ => Ty::Val,
            };
            match p.ty {
                Ty::Int => ty == Ty::Int || (ty == Ty::Val && v.is_int()),
                Ty::Float => ty == Ty::Float || (ty == Ty::Val && v.is_flonum()),
                _ => true,
            }
        })
    }

    /// Types the header takes for granted that the values at hand are not of.
    fn refute(&mut self, h: usize) {
        let body = self.tree.headers[h].body;
        let (first, end) = match self.tree.traces.get(body) {
            Some(t) => (t.first, t.end),
            // The header's own trace is the one that ends here.
            None => (self.first, self.tree.insts.len() as Id),
        };
        for (id, ty) in crate::flow::facts(&self.tree, h, first, end) {
            let Some(p) = self.tree.headers[h].params.iter().find(|p| p.id == id) else { continue };
            if super::arith::heap_type(self.actual(p.reg)) as u64 != ty {
                self.tree.headers[h].refuted.insert(id);
            }
        }
    }

    /// A header where the recording stands. Its own trace comes next.
    pub(super) fn new_header(&mut self, kind: HeaderKind) -> usize {
        let mut frames = self.frame_states();
        for f in Rc::make_mut(&mut frames) {
            f.pushed = true;
        }
        // The trace that leads here comes before the header's own.
        let body = self.tree.traces.len() + usize::from(!self.tree.headers.is_empty());
        let (params, stale, facts, refuted) = (Vec::new(), BTreeSet::new(), Vec::new(), BTreeSet::new());
        self.tree.headers.push(Header { kind, frames, params, body, stale, facts, refuted });
        self.tree.headers.len() - 1
    }

    /// Starts the trace of header `h`, where the recording stands.
    pub(super) fn begin(&mut self, h: usize) {
        self.parent = None;
        self.header = h;
        self.first = self.tree.insts.len() as Id;
        self.known = Known::default();
        self.synced = false;
        self.snap = None;
        self.fresh = true;
        let n = self.frames.iter().map(|f| f.state.base + f.nregs).max().unwrap_or(0);
        self.slots = (0..n)
            .map(|i| {
                // A function starts with unbound registers, but for its arguments and cells.
                let unbound = self.tree.headers[h].kind == HeaderKind::Function && self.actual(i).is_unbound();
                if unbound { Slot { content: Content::Unbound, mem: Mem::Clean } } else { Slot::UNTOUCHED }
            })
            .collect();
    }

    /// Ends the trace with an edge to a header.
    fn finish_jump(&mut self, to: usize) {
        for i in 0..self.slots.len() {
            let s = self.slots[i];
            if let (Content::Value(id), Mem::Clean) = (s.content, s.mem)
                && self.ty(id) != Ty::Val
                && !self.is_param(id)
            {
                self.drop_boxed(i as u32, s, id);
                self.slots[i] = Slot::dirty(id, false);
            }
        }
        self.settle();
        self.own_registers();
        let snap = self.edge_snapshot();
        self.push(Inst::new(Op::Jump, &[]).snap(snap));
        let edge = Edge { to, slots: self.slots.clone(), synced: self.synced };
        self.close(Some(edge));
    }

    /// The state at an edge, where every register owns what it holds.
    fn edge_snapshot(&mut self) -> u32 {
        let mut regs = Vec::new();
        for (i, s) in self.slots.iter().enumerate() {
            match (s.mem, s.content) {
                (Mem::Dirty { .. }, Content::Unbound) => regs.push((i as u32, Restore::Unbound)),
                (Mem::Dirty { .. }, Content::Value(id)) => regs.push((i as u32, Restore::Value { id, incref: false })),
                _ => {}
            }
        }
        self.add_snapshot(regs)
    }

    pub(super) fn close(&mut self, edge: Option<Edge>) {
        let end = self.tree.insts.len() as Id;
        let n = self.tree.traces.len();
        if let Some((_, at)) = self.parent {
            let snapshot = self.tree.insts[at as usize].snap;
            self.tree.bridges.insert(snapshot, n);
        }
        self.tree.traces.push(Trace { parent: self.parent, header: self.header, first: self.first, end, edge });
    }
}
