//! The verifier: what must hold of a tree of traces before it is lowered. Debug builds verify
//! after every recording.
//!
//! * Operands, snapshots and loop arguments name values computed earlier on the path.
//! * Operands have the types their operation takes.
//! * What may leave names a snapshot; its frames lie above one another.
//! * No instruction between a snapshot and a guard that restores it has an effect the interpreter
//!   would repeat, or drops what the guard restores.
//! * A trace ends once, at its end; a bridge hangs on a guard of its parent.

use super::ops::Effect;
use super::snapshot::Restore;
use super::{Id, Inst, NONE, Op, Ty};
use crate::flow::Passed;
use crate::helpers::Helper;
use crate::tree::Tree;

/// What an operand may be.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Takes {
    /// No operand.
    No,
    Int,
    Float,
    Bool,
    Val,
    /// Any value.
    Any,
    /// Any value, or none.
    Maybe,
}

/// The operands of an operation.
fn takes(op: Op) -> [Takes; 3] {
    use Takes::*;
    match op {
        Op::ConstInt | Op::ConstBool | Op::ConstFloat | Op::ConstVal | Op::Param | Op::LoadReg | Op::RootFunction => [No, No, No],
        Op::DropReg | Op::Sync | Op::Step | Op::PopFrame | Op::Jump | Op::Leave | Op::GuardNoFrameObject => [No, No, No],
        Op::GuardInt | Op::GuardFloat | Op::GuardBool | Op::GuardType | Op::GuardShape | Op::GuardIs | Op::GuardIsNot => [Val, No, No],
        Op::GuardImmediate | Op::GuardRaw | Op::GuardKeys | Op::Return => [Val, No, No],
        Op::GuardShared => [Val, Maybe, No],
        Op::GuardTrue | Op::GuardFalse | Op::BoolNot | Op::BoolInt | Op::BoxBool | Op::Jumped => [Bool, No, No],
        Op::GuardUnique | Op::DropLeaf | Op::DropQuiet | Op::LoadBlock => [Val, No, No],
        Op::GuardFinite | Op::ToInt | Op::CallTest => [Float, No, No],
        Op::CallInt => [Int, No, No],
        Op::Immediate => [Any, No, No],
        Op::Select => [Bool, Any, Any],
        Op::GuardIndex => [Int, Int, No],
        Op::GuardIntIs | Op::IntToFloat | Op::Small | Op::BoxInt => [Int, No, No],
        Op::Add | Op::AddOvf | Op::SubOvf | Op::MulOvf | Op::FloorDiv | Op::Mod | Op::TrueDiv | Op::And | Op::Or | Op::Xor => {
            [Int, Int, No]
        }
        Op::Shl | Op::Shr | Op::IntCmp => [Int, Int, No],
        Op::FAdd | Op::FSub | Op::FMul | Op::FDiv | Op::FCmp => [Float, Float, No],
        Op::FNeg | Op::FAbs | Op::FSqrt | Op::BoxFloat => [Float, No, No],
        Op::Same => [Val, Val, No],
        Op::LoadAttr | Op::LoadCell | Op::ListLen | Op::TupleLen | Op::StrLen | Op::DictEntry | Op::LoadConstField => [Val, No, No],
        Op::LoadIter | Op::LoadIterVal | Op::IterStep | Op::SetShape | Op::Incref | Op::Decref | Op::Release => [Val, No, No],
        Op::StoreAttr | Op::StoreCell | Op::StoreDictEntry => [Val, Val, No],
        Op::ListItem | Op::TupleItem | Op::StoreIter => [Val, Int, No],
        Op::SetListItem => [Val, Int, Val],
        Op::Arg => [Any, No, No],
        _ => [Maybe, Maybe, Maybe],
    }
}

/// Would the interpreter, doing the instruction again, do this a second time?
fn repeats(i: &Inst) -> bool {
    match i.op {
        Op::StoreAttr | Op::StoreCell | Op::SetListItem | Op::StoreDictEntry | Op::StoreIter | Op::Step | Op::Exec | Op::ExecJump => true,
        Op::Call | Op::Make | Op::CallBool => {
            let h = Helper::of(i.imm);
            h.writes_lists() || h.writes_dicts()
        }
        _ => false,
    }
}

/// May the instruction restore its snapshot?
fn may_restore(op: Op) -> bool {
    matches!(op.effect(), Effect::Guard | Effect::Check) || matches!(op, Op::Call | Op::Jumped | Op::DropQuiet)
}

struct Verifier<'a> {
    tree: &'a Tree,
    /// Values computed on the path.
    defined: Vec<bool>,
    /// The last instruction on the path so far whose effect must not be repeated.
    last_effect: Option<Id>,
    /// References dropped on the path so far: the instruction, and the value.
    released: Vec<(Id, Id)>,
}

/// Verifies a tree; the first violation is the error.
pub fn verify(tree: &Tree) -> Result<(), String> {
    for n in 0..tree.traces.len() {
        let mut v = Verifier { tree, defined: vec![false; tree.insts.len()], last_effect: None, released: Vec::new() };
        // Parameters are defined at the header, in whichever trace they were first needed.
        for p in &tree.headers[tree.traces[n].header].params {
            if let Some(d) = v.defined.get_mut(p.id as usize) {
                *d = true;
            }
        }
        v.trace(n).map_err(|e| format!("trace {n}: {e}"))?;
    }
    Ok(())
}

impl Verifier<'_> {
    fn trace(&mut self, n: usize) -> Result<(), String> {
        self.ancestors(n)?;
        let t = &self.tree.traces[n];
        for id in t.first..t.end {
            let i = &self.tree.insts[id as usize];
            self.instruction(id, i).map_err(|e| format!("{}: {e}", super::print::inst(id, i)))?;
            let ends = i.op.effect() == Effect::End;
            if ends != (id + 1 == t.end) {
                return Err(format!("v{id}: a trace ends at its end"));
            }
        }
        if let Some(e) = &t.edge {
            let Some(to) = self.tree.headers.get(e.to) else { return Err(format!("no header {}", e.to)) };
            for p in &to.params {
                if let Passed::Value(id) = crate::flow::passed(self.tree, n, e, p.reg) {
                    self.defined(id)?;
                }
            }
        }
        Ok(())
    }

    /// Defines what the ancestors computed before the guards on the path.
    fn ancestors(&mut self, n: usize) -> Result<(), String> {
        let mut path = Vec::new();
        let mut at = n;
        while let Some((parent, guard)) = self.tree.traces[at].parent {
            let Some(p) = self.tree.traces.get(parent) else { return Err(format!("no parent {parent}")) };
            if parent >= at || !(p.first..p.end).contains(&guard) {
                return Err(format!("hangs on v{guard}, which is not in trace {parent}"));
            }
            if self.tree.insts[guard as usize].snap == NONE {
                return Err(format!("hangs on v{guard}, which cannot leave"));
            }
            path.push((p.first, guard));
            at = parent;
        }
        for (first, end) in path.into_iter().rev() {
            for id in first..end {
                self.defined[id as usize] = true;
            }
        }
        Ok(())
    }

    fn defined(&self, id: Id) -> Result<(), String> {
        let Some(i) = self.tree.insts.get(id as usize) else { return Err(format!("no instruction v{id}")) };
        let constant = matches!(i.op, Op::ConstInt | Op::ConstBool | Op::ConstFloat | Op::ConstVal);
        if i.ty == Ty::Void {
            return Err(format!("v{id} has no value"));
        }
        // Constants are made where they are used.
        if constant || self.defined[id as usize] { Ok(()) } else { Err(format!("v{id} is not computed on this path")) }
    }

    fn instruction(&mut self, id: Id, i: &Inst) -> Result<(), String> {
        for (&a, want) in i.args.iter().zip(takes(i.op)) {
            self.operand(a, want)?;
        }
        let own = i.op.ty();
        let free = matches!(i.op, Op::Param | Op::Call | Op::Make | Op::Select);
        if i.ty != own && !free {
            return Err(format!("has type {:?}, not {own:?}", i.ty));
        }
        if may_restore(i.op) || matches!(i.op, Op::Sync | Op::Leave) {
            if i.snap == NONE {
                return Err("has no snapshot".into());
            }
            self.snapshot(id, i)?;
        }
        if repeats(i) {
            self.last_effect = Some(id);
        }
        if i.op == Op::Release {
            self.released.push((id, i.args[0]));
        }
        self.defined[id as usize] = true;
        Ok(())
    }

    fn operand(&self, a: Id, want: Takes) -> Result<(), String> {
        if a == NONE {
            return if matches!(want, Takes::No | Takes::Maybe) { Ok(()) } else { Err("lacks an operand".into()) };
        }
        if want == Takes::No {
            return Err("has too many operands".into());
        }
        self.defined(a)?;
        let have = self.tree.insts[a as usize].ty;
        let ok = match want {
            Takes::Int => have == Ty::Int,
            Takes::Float => have == Ty::Float,
            Takes::Bool => have == Ty::Bool,
            Takes::Val => have == Ty::Val,
            Takes::No | Takes::Any | Takes::Maybe => true,
        };
        if ok { Ok(()) } else { Err(format!("v{a} is of type {have:?}, not {want:?}")) }
    }

    fn snapshot(&self, id: Id, i: &Inst) -> Result<(), String> {
        let Some(s) = self.tree.snapshots.get(i.snap as usize) else { return Err(format!("no snapshot {}", i.snap)) };
        if may_restore(i.op)
            && let Some(effect) = self.last_effect
            && effect >= s.at
        {
            let what = super::print::inst(effect, &self.tree.insts[effect as usize]);
            return Err(format!("the snapshot is older than an effect it would repeat ({what})"));
        }
        if !s.frames.first().is_some_and(|f| f.pushed && f.base == 0) {
            return Err("the root frame is missing".into());
        }
        for pair in s.frames.windows(2) {
            if pair[1].base <= pair[0].base || (pair[1].pushed && !pair[0].pushed) {
                return Err("frames are out of order".into());
            }
        }
        let mut last = None;
        for &(reg, r) in s.regs.iter() {
            if last.is_some_and(|l| reg <= l) {
                return Err(format!("register {reg} is out of order"));
            }
            last = Some(reg);
            if let Restore::Value { id: v, incref } = r {
                self.defined(v).map_err(|e| format!("register {reg}: {e}"))?;
                if v >= id {
                    return Err(format!("register {reg} gets v{v}, which comes later"));
                }
                if self.released.iter().any(|&(at, gone)| gone == v && at >= s.at && may_restore(i.op)) {
                    return Err(format!("register {reg} gets v{v}, which was dropped"));
                }
                if incref && self.tree.insts[v as usize].ty != Ty::Val {
                    return Err(format!("register {reg} counts a number"));
                }
            }
        }
        for f in s.frames.iter() {
            if let Some((v, _)) = f.instance {
                self.defined(v)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::testing;
    use crate::tree::Trace;

    fn tree_of(insts: &[Inst]) -> Tree {
        testing::tree(insts)
    }

    #[test]
    fn accepts_a_loop() {
        let t = tree_of(&[Inst::new(Op::ConstInt, &[]).imm(1), Inst::new(Op::AddOvf, &[0, 0]).snap(0), Inst::new(Op::Leave, &[]).snap(0)]);
        assert_eq!(verify(&t), Ok(()));
    }

    #[test]
    fn refuses_what_is_wrong() {
        let one = Inst::new(Op::ConstInt, &[]).imm(1);
        let end = Inst::new(Op::Leave, &[]).snap(0);
        for (insts, message) in [
            (vec![one, Inst::new(Op::AddOvf, &[0, 1]).snap(0), end], "not computed"),
            (vec![one, Inst::new(Op::FAdd, &[0, 0]), end], "not Float"),
            (vec![one, Inst::new(Op::AddOvf, &[0, 0]), end], "no snapshot"),
            (vec![one, Inst::new(Op::AddOvf, &[0]).snap(0), end], "lacks an operand"),
            (vec![one, end, one], "ends at its end"),
            (vec![one, Inst::new(Op::Step, &[]), Inst::new(Op::AddOvf, &[0, 0]).snap(0), end], "repeat"),
        ] {
            let r = verify(&tree_of(&insts));
            assert!(r.as_ref().is_err_and(|e| e.contains(message)), "{message}: {r:?}");
        }
    }

    #[test]
    fn refuses_values_of_other_paths() {
        let one = Inst::new(Op::ConstInt, &[]).imm(1);
        let mut t = tree_of(&[
            one,
            Inst::new(Op::AddOvf, &[0, 0]).snap(0),
            Inst::new(Op::MulOvf, &[1, 1]).snap(0),
            Inst::new(Op::Leave, &[]).snap(0),
            Inst::new(Op::Add, &[2, 0]),
            Inst::new(Op::Leave, &[]).snap(0),
        ]);
        t.traces = vec![
            Trace { parent: None, header: 0, first: 0, end: 4, edge: None },
            Trace { parent: Some((0, 2)), header: 0, first: 4, end: 6, edge: None },
        ];
        assert!(verify(&t).is_err());
        t.snapshots[0].regs = Rc::new(vec![(0, Restore::Value { id: 5, incref: false })]);
        assert!(verify(&t).is_err());
    }
}
