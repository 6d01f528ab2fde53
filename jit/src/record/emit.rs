//! Emission of instructions, through what is known.

use krait_object::Value;
use krait_object::vm::Vm;

use super::{Abort, Recorder};
use crate::ir::ops::Effect;
use crate::ir::{Id, Inst, NONE, Op, Ty};
use crate::known::Simplified;

impl Recorder {
    /// Appends an instruction as it is.
    pub(super) fn push(&mut self, i: Inst) -> Id {
        let id = self.tree.insts.len() as Id;
        let effect = matches!(i.op.effect(), Effect::Store | Effect::Call | Effect::End);
        // A box that is made twice does no harm.
        if effect && !matches!(i.op, Op::BoxInt | Op::BoxFloat) {
            self.effects += 1;
        }
        self.tree.insts.push(i);
        self.known.learn(id, &i);
        id
    }

    /// An instruction without side conditions, unless its value is at hand.
    pub(super) fn cse(&mut self, i: Inst) -> Id {
        match self.known.simplify(&self.tree.insts, &i) {
            Simplified::Same(id) if id != NONE => id,
            Simplified::Const(c) => self.cse(c),
            _ => self.push(i),
        }
    }

    /// Emits an instruction that cannot fail.
    pub(super) fn emit(&mut self, _vm: &Vm, i: Inst) -> Id {
        self.cse(i)
    }

    /// Emits an instruction that may leave, restoring the state before the current one.
    pub(super) fn guard(&mut self, _vm: &Vm, i: Inst) -> Result<Id, Abort> {
        let i = if i.snap == NONE { i.snap(self.take_snapshot()) } else { i };
        match self.known.simplify(&self.tree.insts, &i) {
            Simplified::Same(id) => Ok(id),
            Simplified::Const(c) => Ok(self.cse(c)),
            Simplified::Fails => Err(Abort::Contradiction),
            Simplified::Emit => Ok(self.push(i)),
        }
    }

    pub(super) fn int_const(&mut self, v: i64) -> Id {
        self.cse(Inst::new(Op::ConstInt, &[]).imm(v as u64))
    }

    /// A word constant a borrowed reference of the frame's code, say.
    pub(super) fn float_const(&mut self, v: f64) -> Id {
        self.cse(Inst::new(Op::ConstFloat, &[]).imm(v.to_bits()))
    }

    /// The value as a word; if it was not one, the word is the caller's to own.
    pub(super) fn boxed(&mut self, vm: &Vm, id: Id) -> Id {
        let op = match self.ty(id) {
            Ty::Int => Op::BoxInt,
            Ty::Float => Op::BoxFloat,
            Ty::Bool => Op::BoxBool,
            Ty::Val | Ty::Void => return id,
        };
        self.emit(vm, Inst::new(op, &[id]))
    }

    /// The value as an owned word, given who owns it now: for a store into the heap.
    pub(super) fn owned_word(&mut self, vm: &Vm, id: Id, owned: bool) -> Id {
        if self.ty(id) != Ty::Val {
            return self.boxed(vm, id);
        }
        if !owned && self.counted(id) {
            self.emit(vm, Inst::new(Op::Incref, &[id]));
        }
        id
    }

    /// The value as a machine integer, if it is one.
    pub(super) fn as_int(&mut self, vm: &Vm, id: Id, actual: Value) -> Result<Option<Id>, Abort> {
        match self.ty(id) {
            Ty::Int => Ok(Some(id)),
            Ty::Val if actual.is_int() => self.guard(vm, Inst::new(Op::GuardInt, &[id])).map(Some),
            _ => Ok(None),
        }
    }

    /// The value as a double, if it is a float.
    pub(super) fn as_float(&mut self, vm: &Vm, id: Id, actual: Value) -> Result<Option<Id>, Abort> {
        match self.ty(id) {
            Ty::Float => Ok(Some(id)),
            Ty::Val if actual.is_flonum() => self.guard(vm, Inst::new(Op::GuardFloat, &[id])).map(Some),
            _ => Ok(None),
        }
    }

    /// The value as a double, if it is a float or an integer.
    pub(super) fn as_number(&mut self, vm: &Vm, id: Id, actual: Value) -> Result<Option<Id>, Abort> {
        if let Some(f) = self.as_float(vm, id, actual)? {
            return Ok(Some(f));
        }
        match self.as_int(vm, id, actual)? {
            Some(i) => self.guard(vm, Inst::new(Op::IntToFloat, &[i])).map(Some),
            None => Ok(None),
        }
    }

    /// Guards that a heap object has exactly type `ty`.
    pub(super) fn guard_type(&mut self, vm: &Vm, id: Id, ty: &krait_object::ty::PyType) -> Result<(), Abort> {
        let heap = ty.has_flag(krait_object::ty::TypeFlags::HEAP);
        if self.tree.insts[id as usize].op == Op::ConstVal && !heap {
            return Ok(());
        }
        let i = Inst::new(Op::GuardType, &[id]).imm(ty as *const _ as u64).imm2(u32::from(heap));
        self.guard(vm, i).map(drop)
    }

    /// Knowledge at guard `at` of `trace`: everything on the path to it.
    pub(super) fn relearn(&mut self, trace: usize, at: Id) {
        let mut path = Vec::new();
        let (mut trace, mut end) = (trace, at);
        loop {
            let t = &self.tree.traces[trace];
            path.push((t.first, end));
            match t.parent {
                Some((p, g)) => (trace, end) = (p, g),
                None => break,
            }
        }
        for (first, end) in path.into_iter().rev() {
            for id in first..end {
                let i = self.tree.insts[id as usize];
                self.known.learn(id, &i);
            }
        }
    }
}
