//! Exits: what leaving compiled code must restore, and the code that does.

use std::rc::Rc;

use cranelift_codegen::ir::{BlockArg, InstBuilder, types};

use super::{Lower, mem};
use crate::ir::snapshot::Restore;
use crate::ir::{Id, Inst, Op, Ty};
use crate::tree::{Exit, ExitKind, HeaderKind};

impl Lower<'_> {
    /// What an exit in the traces of header `h` must restore beyond what its snapshot says: the
    /// registers whose words in memory are stale.
    pub(super) fn completed(&self, h: usize, named: &[(u32, Restore)]) -> Vec<(u32, Restore)> {
        let header = &self.tree.headers[h];
        let mut regs = named.to_vec();
        let mut is_named = vec![false; named.iter().map(|&(r, _)| r as usize + 1).max().unwrap_or(0)];
        for &(r, _) in named {
            is_named[r as usize] = true;
        }
        for &r in &header.stale {
            if is_named.get(r as usize).is_some_and(|&n| n) {
                continue;
            }
            let restore = header.param(r).map_or(Restore::Unbound, |p| Restore::Value { id: p.id, incref: false });
            regs.push((r, restore));
        }
        regs
    }

    pub(super) fn restored(&self, snap: u32, trace: usize) -> Vec<(u32, Restore)> {
        let s = &self.tree.snapshots[snap as usize];
        if s.synced { s.regs.to_vec() } else { self.completed(self.tree.traces[trace].header, &s.regs) }
    }

    /// The root frame's function ends: its result goes to the scratch area.
    pub(super) fn return_from_root(&mut self, trace: usize, id: Id, i: &Inst) {
        let w = self.value(i.args[0]);
        self.b.ins().store(mem(), w, self.scratch, 0);
        let zero = self.b.ins().iconst(types::I64, 0);
        let header = &self.tree.headers[self.tree.traces[trace].header];
        let untouched = header.kind == HeaderKind::Function && !self.tree.snapshots[i.snap as usize].synced;
        for (reg, _) in self.restored(i.snap, trace) {
            // Registers that were never written to memory hold nothing there, unless they came with it.
            if untouched && header.param(reg).is_none_or(|p| p.ty != Ty::Val) {
                continue;
            }
            self.b.ins().store(mem(), zero, self.regs, reg as i32 * 8);
        }
        let n = self.new_exit(ExitKind::Return, i.snap, trace, id, Vec::new(), Rc::new(Vec::new()), Vec::new());
        self.return_number(n);
    }

    pub(super) fn leave_with(&mut self, kind: ExitKind, snap: u32, trace: usize, at: Id) {
        let regs = self.restored(snap, trace);
        let frames = self.tree.snapshots[snap as usize].frames.clone();
        self.leave_full(kind, snap, trace, at, regs, frames);
    }

    /// Writes the values an exit needs to the scratch area, and returns its number.
    pub(super) fn leave_full(
        &mut self,
        kind: ExitKind,
        snap: u32,
        trace: usize,
        at: Id,
        regs: Vec<(u32, Restore)>,
        frames: Rc<Vec<crate::ir::snapshot::FrameState>>,
    ) {
        let instances = frames.iter().filter(|f| !f.pushed).filter_map(|f| f.instance.map(|(id, _)| id));
        let ids = regs.iter().filter_map(|&(_, r)| match r {
            Restore::Value { id, .. } => Some(id),
            Restore::Unbound => None,
        });
        let synced = self.tree.snapshots.get(snap as usize).is_some_and(|s| s.synced);
        let h = self.tree.traces[trace].header;
        let shared = if synced { Vec::new() } else { self.stale_values(h) };
        let first = shared.len();
        let mut values = shared;
        let dying = self.tree.dying.get(&snap).into_iter().flatten().copied();
        for id in ids.chain(instances).chain(dying) {
            let i = &self.tree.insts[id as usize];
            let constant = matches!(i.op, Op::ConstVal | Op::ConstInt | Op::ConstFloat | Op::ConstBool);
            if !constant && !values.iter().any(|&(v, _)| v == id) {
                values.push((id, i.ty));
            }
        }
        self.store_values(first, &values);
        let n = self.new_exit(kind, snap, trace, at, regs, frames, values);
        if first == 0 {
            self.return_number(n);
            return;
        }
        // The rest is the same for all exits under this header.
        let tail = match self.tails[h] {
            Some(b) => b,
            None => {
                let b = self.b.create_block();
                self.b.append_block_param(b, types::I64);
                self.tails[h] = Some(b);
                b
            }
        };
        let n = self.b.ins().iconst(types::I64, n as i64);
        self.b.ins().jump(tail, &[BlockArg::Value(n)]);
    }

    /// Writes values to the scratch area, from number `first` on.
    fn store_values(&mut self, first: usize, values: &[(Id, Ty)]) {
        for (k, &(id, ty)) in values.iter().enumerate().skip(first) {
            let mut v = self.value(id);
            if ty == Ty::Bool {
                v = self.b.ins().uextend(types::I64, v);
            }
            self.b.ins().store(mem(), v, self.scratch, k as i32 * 8);
        }
    }

    /// The parameters of a header that its exits restore unless they know better.
    fn stale_values(&self, h: usize) -> Vec<(Id, Ty)> {
        let header = &self.tree.headers[h];
        header.params.iter().filter(|p| header.stale.contains(&p.reg)).map(|p| (p.id, p.ty)).collect()
    }

    /// The common ends of exits.
    pub(super) fn lower_tails(&mut self) {
        for h in 0..self.tails.len() {
            let Some(block) = self.tails[h] else { continue };
            self.b.switch_to_block(block);
            self.b.set_cold_block(block);
            let values = self.stale_values(h);
            self.store_values(0, &values);
            let n = self.b.block_params(block)[0];
            self.b.ins().return_(&[n]);
        }
    }

    pub(super) fn new_exit(
        &mut self,
        kind: ExitKind,
        snapshot: u32,
        trace: usize,
        at: Id,
        regs: Vec<(u32, Restore)>,
        frames: Rc<Vec<crate::ir::snapshot::FrameState>>,
        values: Vec<(Id, Ty)>,
    ) -> usize {
        self.exits.push(Exit { kind, at, trace, snapshot, regs, frames, values, count: Default::default(), next_try: Default::default() });
        self.exits.len() - 1
    }

    pub(super) fn return_number(&mut self, n: usize) {
        let n = self.b.ins().iconst(types::I64, n as i64);
        self.b.ins().return_(&[n]);
    }
}
