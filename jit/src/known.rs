//! What is known at a point of a trace: the forward optimisations, applied as instructions are
//! emitted.
//!
//! One pass does folding, common subexpressions, guard removal and load forwarding, since each
//! feeds the others. [`Known::simplify`] says whether an instruction is worth emitting;
//! [`Known::learn`] takes note of one that was. For a bridge the knowledge at its guard is rebuilt by
//! learning the instructions on the path to it.
//!
//! Memory is split in alias classes: attributes by offset, cells, list items, list lengths, dict
//! entries, iterator fields by offset, registers. A store forgets its class, then remembers what it
//! wrote. Calls that may run Python code forget all of it, and every [`Effect::Check`].

use std::collections::HashMap;

use krait_object::Value;

use crate::helpers::Helper;
use crate::ir::ops::Effect;
use crate::ir::{Id, Inst, NONE, Op, Ty, cmp_of};

type Key = (Op, [Id; 3], u64, u32);

/// See the module.
#[derive(Clone, Default)]
pub struct Known {
    /// Values and guards that hold for the rest of the trace.
    pure: HashMap<Key, Id>,
    /// Conditions that later instructions may end.
    checks: HashMap<Key, Id>,
    loads: HashMap<Key, Id>,
}

/// What becomes of an instruction.
pub enum Simplified {
    /// Its value is this one's; a guard is known to hold.
    Same(Id),
    /// A constant takes its place.
    Const(Inst),
    /// It is known to fail: the recorder and reality disagree.
    Fails,
    Emit,
}

fn key(i: &Inst) -> Key {
    (i.op, i.args, i.imm, i.imm2)
}

impl Known {
    /// Must `i` be emitted, given the instructions so far?
    pub fn simplify(&self, insts: &[Inst], i: &Inst) -> Simplified {
        let folded = fold(insts, i);
        if !matches!(folded, Simplified::Emit) {
            return folded;
        }
        let found = match i.op.effect() {
            Effect::Pure | Effect::Guard => self.pure.get(&key(i)).or_else(|| self.checks.get(&key(i))),
            Effect::Check if !matches!(i.op, Op::GuardShared | Op::GuardUnique) => self.checks.get(&key(i)),
            Effect::Load => self.loads.get(&key(i)),
            _ => None,
        };
        if let Some(&id) = found {
            return Simplified::Same(id);
        }
        if matches!(i.op, Op::GuardImmediate | Op::GuardShared) && self.is_immediate(i.args[0]) {
            return Simplified::Same(i.args[0]);
        }
        Simplified::Emit
    }

    /// Has the word been seen to be no heap pointer?
    pub fn is_immediate(&self, v: Id) -> bool {
        let a = [v, NONE, NONE];
        [Op::GuardInt, Op::GuardFloat, Op::GuardImmediate].iter().any(|&op| self.pure.contains_key(&(op, a, 0, 0)))
    }

    /// Takes note of emitted instruction `id`.
    pub fn learn(&mut self, id: Id, i: &Inst) {
        match i.op.effect() {
            // The class of an instance of a Python class may be changed.
            Effect::Guard if i.op == Op::GuardType && i.imm2 != 0 => {
                self.checks.insert(key(i), id);
            }
            Effect::Pure | Effect::Guard => {
                self.pure.insert(key(i), id);
            }
            Effect::Check => {
                self.checks.insert(key(i), id);
            }
            Effect::Load => {
                self.loads.insert(key(i), id);
            }
            Effect::Call => {
                self.checks.clear();
                self.loads.clear();
            }
            Effect::Store => self.learn_store(i),
            Effect::End => {}
        }
    }

    fn learn_store(&mut self, i: &Inst) {
        let [a, b, c] = i.args;
        match i.op {
            Op::StoreAttr => {
                self.loads.retain(|k, _| k.0 != Op::LoadAttr || k.2 != i.imm);
                self.loads.insert((Op::LoadAttr, [a, NONE, NONE], i.imm, 0), b);
            }
            Op::SetShape => {
                self.checks.retain(|k, _| k.0 != Op::GuardShape || k.3 != i.imm2);
                self.checks.insert((Op::GuardShape, [a, NONE, NONE], i.imm, i.imm2), NONE);
            }
            Op::StoreCell => {
                self.loads.retain(|k, _| k.0 != Op::LoadCell);
                self.loads.insert((Op::LoadCell, [a, NONE, NONE], 0, 0), b);
            }
            Op::SetListItem => {
                self.loads.retain(|k, _| k.0 != Op::ListItem);
                self.loads.insert((Op::ListItem, [a, b, NONE], 0, 0), c);
            }
            Op::StoreDictEntry => {
                self.loads.retain(|k, _| k.0 != Op::DictEntry || k.2 != i.imm);
                self.loads.insert((Op::DictEntry, [a, NONE, NONE], i.imm, 0), b);
            }
            Op::StoreIter => {
                self.loads.retain(|k, _| k.0 != Op::LoadIter || k.2 != i.imm);
                self.loads.insert((Op::LoadIter, [a, NONE, NONE], i.imm, 0), b);
            }
            Op::Sync => self.loads.retain(|k, _| k.0 != Op::LoadReg),
            Op::Call | Op::CallBool | Op::Make => {
                let h = Helper::of(i.imm);
                if h.writes_lists() {
                    self.loads.retain(|k, _| !matches!(k.0, Op::ListItem | Op::ListLen));
                }
                if h.writes_dicts() {
                    self.loads.retain(|k, _| k.0 != Op::DictEntry);
                    self.checks.retain(|k, _| k.0 != Op::GuardKeys);
                }
            }
            _ => {}
        }
    }
}

/// A constant word.
fn word(insts: &[Inst], id: Id) -> Option<Value> {
    let i = insts.get(id as usize)?;
    (i.op == Op::ConstVal).then_some(Value(i.imm))
}

fn int(insts: &[Inst], id: Id) -> Option<i64> {
    let i = insts.get(id as usize)?;
    (i.op == Op::ConstInt).then_some(i.imm as i64)
}

fn const_int(v: i64) -> Simplified {
    Simplified::Const(Inst::new(Op::ConstInt, &[]).imm(v as u64))
}

fn const_bool(v: bool) -> Simplified {
    Simplified::Const(Inst::new(Op::ConstBool, &[]).imm(u64::from(v)))
}

fn holds(v: bool) -> Simplified {
    if v { Simplified::Same(NONE) } else { Simplified::Fails }
}

/// Folds by the operands alone.
fn fold(insts: &[Inst], i: &Inst) -> Simplified {
    let [a, b, _] = i.args;
    let of = |id: Id| insts.get(id as usize);
    match i.op {
        Op::GuardInt => match (word(insts, a), of(a)) {
            (Some(v), _) => v.as_int().map_or(Simplified::Fails, const_int),
            (_, Some(x)) if x.op == Op::BoxInt => Simplified::Same(x.args[0]),
            (_, Some(x)) if matches!(x.op, Op::BoxFloat | Op::BoxBool) => Simplified::Fails,
            _ => Simplified::Emit,
        },
        Op::GuardFloat => match (word(insts, a), of(a)) {
            (Some(v), _) => match v.as_flonum() {
                Some(f) => Simplified::Const(Inst::new(Op::ConstFloat, &[]).imm(f.to_bits())),
                None => Simplified::Fails,
            },
            (_, Some(x)) if x.op == Op::BoxFloat => Simplified::Same(x.args[0]),
            (_, Some(x)) if matches!(x.op, Op::BoxInt | Op::BoxBool) => Simplified::Fails,
            _ => Simplified::Emit,
        },
        Op::GuardBool => match (word(insts, a), of(a)) {
            (Some(v), _) if v == krait_object::singletons::true_().value() => const_bool(true),
            (Some(v), _) if v == krait_object::singletons::false_().value() => const_bool(false),
            (Some(_), _) => Simplified::Fails,
            (_, Some(x)) if x.op == Op::BoxBool => Simplified::Same(x.args[0]),
            _ => Simplified::Emit,
        },
        // An integer that came from an immediate fits one: the word itself is its box.
        Op::BoxInt => match (int(insts, a).and_then(Value::small_int), of(a)) {
            (Some(v), _) => Simplified::Const(Inst::new(Op::ConstVal, &[]).imm(v.0)),
            (_, Some(x)) if x.op == Op::GuardInt => Simplified::Same(x.args[0]),
            _ => Simplified::Emit,
        },
        Op::BoxFloat => match of(a) {
            Some(x) if x.op == Op::GuardFloat => Simplified::Same(x.args[0]),
            Some(x) if x.op == Op::ConstFloat => match Value::flonum(f64::from_bits(x.imm)) {
                Some(v) => Simplified::Const(Inst::new(Op::ConstVal, &[]).imm(v.0)),
                None => Simplified::Emit,
            },
            _ => Simplified::Emit,
        },
        Op::BoxBool => match of(a) {
            Some(x) if x.op == Op::GuardBool => Simplified::Same(x.args[0]),
            Some(x) if x.op == Op::ConstBool => {
                let v = if x.imm != 0 { krait_object::singletons::true_() } else { krait_object::singletons::false_() };
                Simplified::Const(Inst::new(Op::ConstVal, &[]).imm(v.value().0))
            }
            _ => Simplified::Emit,
        },
        Op::GuardIs => match (word(insts, a), of(a)) {
            (Some(v), _) => holds(v.0 == i.imm),
            _ => Simplified::Emit,
        },
        Op::GuardIsNot => match (word(insts, a), of(a)) {
            (Some(v), _) => holds(v.0 != i.imm),
            _ => Simplified::Emit,
        },
        Op::GuardType => match word(insts, a) {
            // The class of an instance of a Python class may be changed: that stays a guard.
            Some(v) if i.imm2 != 0 => {
                if v.is_heap() {
                    Simplified::Emit
                } else {
                    Simplified::Fails
                }
            }
            // SAFETY: the tree keeps constants alive.
            Some(v) => holds(v.is_heap() && unsafe { (*v.header_ptr()).ty() as *const _ as u64 } == i.imm),
            None => Simplified::Emit,
        },
        Op::GuardImmediate => match word(insts, a) {
            Some(v) if !v.is_heap() => Simplified::Same(a),
            _ => Simplified::Emit,
        },
        Op::GuardShared => match word(insts, a) {
            // The tree holds a reference of its own.
            Some(_) => Simplified::Same(a),
            None => Simplified::Emit,
        },
        Op::GuardTrue | Op::GuardFalse => match of(a) {
            Some(x) if x.op == Op::ConstBool => holds((x.imm != 0) == (i.op == Op::GuardTrue)),
            _ => Simplified::Emit,
        },
        Op::BoolNot => match of(a) {
            Some(x) if x.op == Op::ConstBool => const_bool(x.imm == 0),
            _ => Simplified::Emit,
        },
        Op::IntCmp => match (int(insts, a), int(insts, b)) {
            (Some(x), Some(y)) => const_bool(cmp_of(i.imm2).eval(x.cmp(&y))),
            _ => Simplified::Emit,
        },
        Op::GuardIntIs => match int(insts, a) {
            Some(x) => holds(x as u64 == i.imm),
            None => Simplified::Emit,
        },
        Op::GuardIndex => match (int(insts, a), int(insts, b)) {
            (Some(x), Some(y)) => holds((x as u64) < y as u64),
            _ => Simplified::Emit,
        },
        Op::AddOvf | Op::SubOvf | Op::MulOvf | Op::Add => fold_int(insts, i),
        Op::IntToFloat => match int(insts, a) {
            Some(x) if x.unsigned_abs() <= 1 << 53 => Simplified::Const(Inst::new(Op::ConstFloat, &[]).imm((x as f64).to_bits())),
            _ => Simplified::Emit,
        },
        _ => Simplified::Emit,
    }
}

fn fold_int(insts: &[Inst], i: &Inst) -> Simplified {
    let (a, b) = (i.args[0], i.args[1]);
    let (x, y) = (int(insts, a), int(insts, b));
    match (i.op, x, y) {
        (Op::Add, Some(x), Some(y)) => const_int(x.wrapping_add(y)),
        (Op::AddOvf, Some(x), Some(y)) => x.checked_add(y).map_or(Simplified::Emit, const_int),
        (Op::SubOvf, Some(x), Some(y)) => x.checked_sub(y).map_or(Simplified::Emit, const_int),
        (Op::MulOvf, Some(x), Some(y)) => x.checked_mul(y).map_or(Simplified::Emit, const_int),
        (Op::Add | Op::AddOvf | Op::SubOvf, _, Some(0)) | (Op::MulOvf, _, Some(1)) => Simplified::Same(a),
        (Op::Add | Op::AddOvf, Some(0), _) | (Op::MulOvf, Some(1), _) => Simplified::Same(b),
        _ => Simplified::Emit,
    }
}

/// The type of a value, [`Ty::Void`] for none.
pub fn ty_of(insts: &[Inst], id: Id) -> Ty {
    insts.get(id as usize).map_or(Ty::Void, |i| i.ty)
}
