//! The symbolic registers of a recording.
//!
//! A slot says what a register holds and whether memory says the same. `Clean`: memory holds it
//! and owns it. `Dirty`: memory holds nothing of worth; the trace owns a reference (`owned`), or
//! borrows what something else keeps alive.
//!
//! A borrowed value is *fragile* when only the heap keeps it alive: it came from an attribute, an
//! item, a cell. Before anything may drop what is in the heap, fragile values are made owned
//! ([`Recorder::promote_fragile`]). A value also held by an owning or clean slot is not fragile: if
//! that slot is overwritten, ownership moves to a borrowing slot instead of ending.

use std::rc::Rc;

use krait_object::vm::Vm;
use krait_object::{Value, singletons};

use super::{Abort, Recorded, Recorder};
use crate::ir::snapshot::{Restore, Snapshot};
use crate::ir::{Id, Inst, NONE, Op, Ty};
use crate::tree::Param;

/// What a register holds.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// What it held at the loop header, not looked at so far.
    Untouched,
    /// Whatever memory says.
    Unknown,
    Unbound,
    Value(Id),
}

/// Who holds it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Mem {
    Clean,
    Dirty { owned: bool },
}

/// A register.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    pub content: Content,
    pub mem: Mem,
}

impl Slot {
    pub const UNTOUCHED: Slot = Slot { content: Content::Untouched, mem: Mem::Clean };
    pub const UNKNOWN: Slot = Slot { content: Content::Unknown, mem: Mem::Clean };
    pub const UNBOUND: Slot = Slot { content: Content::Unbound, mem: Mem::Dirty { owned: false } };

    pub fn dirty(id: Id, owned: bool) -> Slot {
        Slot { content: Content::Value(id), mem: Mem::Dirty { owned } }
    }
}

/// What is to be done about a reference a register gave up.
pub enum Gone {
    Nothing,
    Decref(Id),
    /// Of an object whose death runs no code.
    Leaf(Id),
    /// The object dies.
    Dies(Id),
}

impl Recorder {
    /// The actual word in register `abs`.
    pub(super) fn actual(&self, abs: u32) -> Value {
        let f = &self.frames[0];
        // SAFETY: registers of the frames being followed lie at fixed distances from the root's.
        unsafe { *(*f.frame).base.get().add(abs as usize) }
    }

    pub(super) fn abs(&self, r: u16) -> u32 {
        self.top().state.base + u32::from(r)
    }

    /// The value of register `r` of the running frame, with its actual word.
    pub(super) fn read(&mut self, vm: &Vm, r: u16) -> (Id, Value) {
        let abs = self.abs(r);
        (self.read_abs(vm, abs), self.actual(abs))
    }

    pub(super) fn read_abs(&mut self, vm: &Vm, abs: u32) -> Id {
        let id = match self.slots[abs as usize].content {
            Content::Value(id) => return id,
            Content::Unbound => return self.constant(Value::UNBOUND),
            Content::Untouched if !self.synced => self.param(abs),
            Content::Untouched | Content::Unknown => self.emit(vm, Inst::new(Op::LoadReg, &[]).imm(u64::from(abs))),
        };
        self.slots[abs as usize].content = Content::Value(id);
        id
    }

    /// The header's parameter for register `abs`.
    fn param(&mut self, abs: u32) -> Id {
        if let Some(p) = self.tree.headers[self.header].param(abs) {
            return p.id;
        }
        let v = self.actual(abs);
        let ty = if v.is_int() {
            Ty::Int
        } else if v.is_flonum() {
            Ty::Float
        } else {
            Ty::Val
        };
        let id = self.push(Inst::new(Op::Param, &[]).imm(u64::from(abs)).ty(ty));
        self.tree.headers[self.header].params.push(Param { reg: abs, ty, id });
        id
    }

    /// Is it a temporary of its frame?
    pub(super) fn is_temporary(&self, abs: u32) -> bool {
        let holds = |f: &&super::SymFrame| (f.state.base..f.state.base + f.nregs).contains(&abs);
        // SAFETY: the code of a frame being followed is alive.
        self.frames.iter().rev().find(holds).is_some_and(|f| abs - f.state.base >= unsafe { (*f.state.code).nlocals })
    }

    /// A temporary about to be written holds nothing that counts.
    fn is_dead(&self, abs: u32) -> bool {
        self.is_temporary(abs) && !self.actual(abs).is_heap()
    }

    pub(super) fn ty(&self, id: Id) -> Ty {
        crate::known::ty_of(&self.tree.insts, id)
    }

    /// May the value be a heap object whose count matters?
    pub(super) fn counted(&self, id: Id) -> bool {
        let i = &self.tree.insts[id as usize];
        match i.op {
            Op::ConstVal => {
                let v = Value(i.imm);
                // SAFETY: the tree keeps its constants alive.
                v.is_heap() && unsafe { !(*v.header_ptr()).is_immortal() }
            }
            Op::BoxBool | Op::Immediate => false,
            _ => i.ty == Ty::Val && !self.known.is_immediate(id),
        }
    }

    /// Is it a loop parameter? Memory has its box only if it is an immediate (see `Sync`).
    pub(super) fn is_param(&self, id: Id) -> bool {
        self.tree.insts[id as usize].op == Op::Param
    }

    fn is_const(&self, id: Id) -> bool {
        self.tree.insts[id as usize].op == Op::ConstVal
    }

    /// The snapshot of the state before this instruction; taken before any change.
    pub(super) fn take_snapshot(&mut self) -> u32 {
        if let Some(s) = self.snap {
            return s;
        }
        let mut regs = Vec::new();
        let mut given: Vec<Id> = Vec::new();
        for (i, s) in self.slots.iter().enumerate() {
            let Mem::Dirty { owned } = s.mem else { continue };
            match s.content {
                Content::Unbound => regs.push((i as u32, Restore::Unbound)),
                Content::Value(id) => {
                    let incref = self.counted_quiet(id) && (!owned || given.contains(&id));
                    if owned {
                        given.push(id);
                    }
                    regs.push((i as u32, Restore::Value { id, incref }));
                }
                Content::Untouched | Content::Unknown => {}
            }
        }
        let n = self.add_snapshot(regs);
        self.snap = Some(n);
        self.snap_at = (self.effects, self.seen);
        n
    }

    /// A snapshot of the frames as they are, with these registers.
    pub(super) fn add_snapshot(&mut self, regs: Vec<(u32, Restore)>) -> u32 {
        let snap = Snapshot { frames: self.frame_states(), regs: Rc::new(regs), synced: self.synced, at: self.tree.insts.len() as Id };
        self.tree.snapshots.push(snap);
        self.tree.snapshots.len() as u32 - 1
    }

    /// The state before this very instruction, for a guard that tells one path from another: its
    /// bridge is not to do again what comes before. To be called before registers change.
    pub(super) fn branch_snapshot(&mut self) -> u32 {
        if self.snap_at.1 != self.seen {
            self.snap = None;
        }
        self.take_snapshot()
    }

    fn counted_quiet(&self, id: Id) -> bool {
        self.ty(id) == Ty::Val
    }

    /// The slots a snapshot describes, for a bridge.
    pub(super) fn restore_slots(&mut self, snap: &Snapshot) {
        let n = self.frames.iter().map(|f| f.state.base + f.nregs).max().unwrap_or(0) as usize;
        self.slots = vec![if self.synced { Slot::UNKNOWN } else { Slot::UNTOUCHED }; n];
        for &(reg, r) in snap.regs.iter() {
            if reg as usize >= n {
                continue;
            }
            self.slots[reg as usize] = match r {
                Restore::Unbound => Slot::UNBOUND,
                Restore::Value { id, incref } => Slot::dirty(id, !incref && self.ty(id) == Ty::Val),
            };
        }
    }

    pub(super) fn has_owner(&self, id: Id, but: usize) -> bool {
        self.slots
            .iter()
            .enumerate()
            .any(|(i, s)| i != but && s.content == Content::Value(id) && matches!(s.mem, Mem::Clean | Mem::Dirty { owned: true }))
            || self.frames.iter().any(|f| matches!(f.state.instance, Some((i, true)) if i == id))
    }

    /// Makes the trace own every value that only the heap keeps alive.
    pub(super) fn promote_fragile(&mut self, vm: &Vm) {
        let mut promoted = false;
        for i in 0..self.slots.len() {
            let s = self.slots[i];
            if let (Content::Value(id), Mem::Dirty { owned: false }) = (s.content, s.mem)
                && self.counted(id)
                && !self.is_const(id)
                && !self.has_owner(id, i)
            {
                self.emit(vm, Inst::new(Op::Incref, &[id]));
                self.slots[i].mem = Mem::Dirty { owned: true };
                promoted = true;
            }
        }
        if promoted {
            // Leaving from here on must not count them again.
            self.snap = None;
            self.take_snapshot();
        }
    }

    /// Gives every dirty register its own reference, as the header expects.
    pub(super) fn own_registers(&mut self) {
        for i in 0..self.slots.len() {
            let s = self.slots[i];
            if let (Content::Value(id), Mem::Dirty { owned: false }) = (s.content, s.mem)
                && self.counted(id)
            {
                self.push(Inst::new(Op::Incref, &[id]));
                self.slots[i].mem = Mem::Dirty { owned: true };
            }
        }
    }

    /// Empties register `abs`, to be written or cleared; says what becomes of its reference.
    /// Guards are emitted here: call it before the instruction's effects.
    pub(super) fn displace(&mut self, vm: &Vm, abs: u32) -> Result<Gone, Abort> {
        let s = self.slots[abs as usize];
        let id = match s.content {
            Content::Unbound => return Ok(Gone::Nothing),
            Content::Value(id) => id,
            Content::Untouched | Content::Unknown if self.is_dead(abs) => {
                self.slots[abs as usize] = Slot::UNBOUND;
                return Ok(Gone::Nothing);
            }
            Content::Untouched | Content::Unknown => self.read_abs(vm, abs),
        };
        self.slots[abs as usize] = Slot::UNBOUND;
        self.drop_boxed(abs, s, id);
        if s.mem == (Mem::Dirty { owned: false }) || !self.counted(id) {
            return Ok(Gone::Nothing);
        }
        self.give_up(vm, id, self.actual(abs))
    }

    /// Memory may own a heap number where the trace has it in a machine register: it is freed when
    /// the instruction is done, since leaving at a guard of it still wants the number.
    pub(super) fn drop_boxed(&mut self, abs: u32, s: Slot, id: Id) {
        if s.mem == Mem::Clean && self.ty(id) != Ty::Val && !self.is_param(id) {
            self.boxes.push(abs);
        }
    }

    /// Does what was put off to the end of the instruction, behind all its guards: gives up
    /// references that are not the last, frees the heap numbers that registers written since hold in
    /// memory.
    pub(super) fn settle(&mut self) {
        for (op, id) in std::mem::take(&mut self.ends) {
            self.push(Inst::new(op, &[id]));
        }
        for abs in std::mem::take(&mut self.boxes) {
            self.push(Inst::new(Op::DropReg, &[]).imm(u64::from(abs)));
        }
    }

    /// Ends an owned reference.
    pub(super) fn give_up(&mut self, vm: &Vm, id: Id, actual: Value) -> Result<Gone, Abort> {
        if !self.counted(id) {
            return Ok(Gone::Nothing);
        }
        let heir = self.slots.iter().position(|s| s.content == Content::Value(id) && s.mem == Mem::Dirty { owned: false });
        if let Some(i) = heir {
            self.slots[i].mem = Mem::Dirty { owned: true };
            return Ok(Gone::Nothing);
        }
        for f in &mut self.frames {
            if let Some((i, owned @ false)) = &mut f.state.instance
                && *i == id
            {
                *owned = true;
                return Ok(Gone::Nothing);
            }
        }
        let snap = self.snap.unwrap_or(NONE);
        if !actual.is_heap() {
            self.guard(vm, Inst::new(Op::GuardImmediate, &[id]).snap(snap))?;
            return Ok(Gone::Nothing);
        }
        // The instruction may give up several references to one object: only the last ends it.
        let earlier = self.released.iter().filter(|&&(_, v)| v == actual).count() as u32;
        // SAFETY: the word is in a register of the running frames.
        let h = unsafe { &*actual.header_ptr() };
        if !h.is_immortal() && krait_object::gc::is_leaf_type(vm, h.ty()) {
            self.guard_type(vm, id, h.ty())?;
            return Ok(Gone::Leaf(id));
        }
        if h.refcount() == 1 + earlier {
            self.note_death(vm, id, h);
            return Ok(Gone::Dies(id));
        }
        self.guard_shared(vm, id, actual, snap)?;
        Ok(Gone::Decref(id))
    }

    /// Guards that giving up a reference, after those this instruction has given up already, leaves
    /// one.
    pub(super) fn guard_shared(&mut self, vm: &Vm, id: Id, actual: Value, snap: u32) -> Recorded {
        let mut same = NONE;
        for (other, _) in self.released.clone() {
            let one = if other == id {
                self.int_const(1)
            } else {
                let eq = self.emit(vm, Inst::new(Op::Same, &[id, other]));
                self.emit(vm, Inst::new(Op::BoolInt, &[eq]))
            };
            same = if same == NONE { one } else { self.emit(vm, Inst::new(Op::Add, &[same, one])) };
        }
        let args: &[Id] = if same == NONE { &[id] } else { &[id, same] };
        self.guard(vm, Inst::new(Op::GuardShared, args).snap(snap))?;
        self.released.push((id, actual));
        Ok(())
    }

    /// Carries out what [`displace`](Self::displace) said, after the instruction's effects.
    pub(super) fn finish(&mut self, _vm: &Vm, gone: Gone) {
        match gone {
            Gone::Nothing => {}
            Gone::Decref(id) => self.ends.push((Op::Decref, id)),
            Gone::Leaf(id) => self.ends.push((Op::DropLeaf, id)),
            Gone::Dies(id) => self.dying.push(id),
        }
    }

    /// Empties the operands of an instruction whose flags say so, and the register it writes,
    /// before its effects.
    pub(super) fn displace_all(&mut self, vm: &Vm, release: &[(u16, bool)], to: Option<u16>) -> Result<Vec<Gone>, Abort> {
        let mut gone = Vec::new();
        let regs = release.iter().filter(|r| r.1).map(|r| r.0).chain(to);
        for r in regs {
            let abs = self.abs(r);
            gone.push(self.displace(vm, abs)?);
        }
        Ok(gone)
    }

    pub(super) fn finish_all(&mut self, vm: &Vm, gone: Vec<Gone>) {
        for g in gone {
            self.finish(vm, g);
        }
    }

    /// Fills a register emptied by [`displace`](Self::displace).
    pub(super) fn put(&mut self, r: u16, id: Id, owned: bool) {
        let abs = self.abs(r) as usize;
        self.slots[abs] = Slot::dirty(id, owned && self.ty(id) == Ty::Val);
    }

    /// Writes register `r` of the running frame, over whatever it held.
    pub(super) fn write(&mut self, vm: &Vm, r: u16, id: Id, owned: bool) -> Recorded {
        let abs = self.abs(r);
        self.write_abs(vm, abs, id, owned)
    }

    pub(super) fn write_abs(&mut self, vm: &Vm, abs: u32, id: Id, owned: bool) -> Recorded {
        let owned = owned && self.ty(id) == Ty::Val;
        // The new value is in place first: it may inherit what the old one's slot owned.
        let before = self.slots[abs as usize];
        if let Content::Value(old) = before.content
            && old == id
        {
            // Rewritten with itself: one reference goes, one comes.
            let has = matches!(before.mem, Mem::Clean | Mem::Dirty { owned: true });
            if has && owned {
                let gone = self.give_up(vm, id, self.actual(abs))?;
                self.finish(vm, gone);
            }
            if !has {
                self.slots[abs as usize] = Slot::dirty(id, owned);
            }
            return Ok(());
        }
        let gone = self.displace(vm, abs)?;
        self.slots[abs as usize] = Slot::dirty(id, owned);
        self.finish(vm, gone);
        Ok(())
    }

    /// Takes the operand in register `r` if `consume`, giving its ownership: whether the caller now
    /// owns a reference. Without `consume` the caller borrows.
    pub(super) fn take(&mut self, vm: &Vm, r: u16, consume: bool) -> (Id, bool) {
        let abs = self.abs(r);
        let id = self.read_abs(vm, abs);
        if !consume {
            return (id, false);
        }
        let s = self.slots[abs as usize];
        let owned = matches!(s.mem, Mem::Clean | Mem::Dirty { owned: true });
        self.drop_boxed(abs, s, id);
        self.slots[abs as usize] = Slot::UNBOUND;
        (id, owned && self.counted(id))
    }

    /// Releases the operand in register `r` if its flag is set.
    pub(super) fn consume(&mut self, vm: &Vm, r: u16, flag: bool) -> Recorded {
        if flag {
            let abs = self.abs(r);
            let gone = self.displace(vm, abs)?;
            self.finish(vm, gone);
        }
        Ok(())
    }

    /// Writes the state to memory.
    pub(super) fn sync(&mut self, vm: &Vm) {
        self.settle();
        self.snap = None;
        let snap = self.take_snapshot();
        self.emit(vm, Inst::new(Op::Sync, &[]).snap(snap));
        for s in &mut self.slots {
            s.mem = Mem::Clean;
        }
        for f in &mut self.frames {
            f.state.pushed = true;
            if let Some((_, owned)) = &mut f.state.instance {
                *owned = true;
            }
        }
        self.synced = true;
        self.snap = None;
    }

    /// Lets the objects die that the last instruction gave up.
    pub(super) fn bury(&mut self, vm: &Vm) -> Recorded {
        if self.dying.is_empty() {
            return Ok(());
        }
        if self.bury_quietly(vm) {
            return Ok(());
        }
        self.sync(vm);
        let snap = self.take_snapshot();
        for id in std::mem::take(&mut self.dying) {
            self.emit(vm, Inst::new(Op::Release, &[id]).snap(snap));
        }
        Ok(())
    }

    /// An immortal constant, or one the tree keeps alive.
    pub(super) fn constant(&mut self, v: Value) -> Id {
        // SAFETY: the caller has the word from a live place.
        if let Some(o) = unsafe { krait_object::Ref::from_value_opt(v) }
            && v.is_heap()
            && v != singletons::none().value()
        {
            self.keep(o.to_obj());
        }
        self.cse(Inst::new(Op::ConstVal, &[]).imm(v.0))
    }
}
