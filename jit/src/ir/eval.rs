//! An interpreter of the trace IR: the oracle for what [`crate::known`] does to instructions.
//!
//! Values are compared as Python would see them: a boxed number is its number. Objects are
//! numbers of a small heap, in which two parameters may well be the same object.

use std::collections::HashMap;

use krait_object::Value;

use super::{Id, Inst, NONE, Op, cmp_of};
use crate::helpers::Helper;
use crate::testing::{INT_BINARY, bool_word};

/// A value.
#[derive(Copy, Clone, Debug)]
pub enum V {
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A boxed integer, float, bool.
    BoxedInt(i64),
    BoxedFloat(f64),
    BoxedBool(bool),
    Object(u32),
    Void,
}

impl PartialEq for V {
    fn eq(&self, other: &V) -> bool {
        match (*self, *other) {
            (V::Int(a), V::Int(b)) | (V::BoxedInt(a), V::BoxedInt(b)) => a == b,
            (V::Float(a), V::Float(b)) | (V::BoxedFloat(a), V::BoxedFloat(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (V::Bool(a), V::Bool(b)) | (V::BoxedBool(a), V::BoxedBool(b)) => a == b,
            (V::Object(a), V::Object(b)) => a == b,
            (V::Void, V::Void) => true,
            _ => false,
        }
    }
}

/// What an instruction does.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Outcome {
    Value(V),
    Leaves,
}

/// Places of the heap: object, alias class, index.
type Place = (u32, Op, i64);

/// The state of a run.
#[derive(Clone, Default)]
pub struct Run {
    pub values: HashMap<Id, V>,
    pub heap: HashMap<Place, V>,
    pub lists: HashMap<u32, Vec<V>>,
    pub params: HashMap<u64, V>,
}

impl Run {
    fn int(&self, id: Id) -> i64 {
        match self.values.get(&id) {
            Some(&V::Int(i)) => i,
            v => panic!("v{id} is {v:?}, not an integer"),
        }
    }
    fn float(&self, id: Id) -> f64 {
        match self.values.get(&id) {
            Some(&V::Float(f)) => f,
            v => panic!("v{id} is {v:?}, not a double"),
        }
    }
    fn bool(&self, id: Id) -> bool {
        match self.values.get(&id) {
            Some(&V::Bool(b)) => b,
            v => panic!("v{id} is {v:?}, not a bool"),
        }
    }
    pub fn value(&self, id: Id) -> V {
        self.values.get(&id).copied().unwrap_or(V::Void)
    }
    fn object(&self, id: Id) -> u32 {
        match self.values.get(&id) {
            Some(&V::Object(o)) => o,
            v => panic!("v{id} is {v:?}, not an object"),
        }
    }
    fn list(&mut self, id: Id) -> &mut Vec<V> {
        let o = self.object(id);
        self.lists.entry(o).or_default()
    }

    /// Executes an instruction. Operations it does not know give `None`.
    pub fn eval(&mut self, i: &Inst) -> Option<Outcome> {
        let o = match numbers(self, i) {
            Some(o) => o,
            None => memory(self, i)?,
        };
        Some(o)
    }
}

fn value(v: V) -> Option<Outcome> {
    Some(Outcome::Value(v))
}

fn unless(leaves: bool, v: V) -> Option<Outcome> {
    Some(if leaves { Outcome::Leaves } else { Outcome::Value(v) })
}

fn checked(v: Option<i64>) -> Option<Outcome> {
    Some(v.map_or(Outcome::Leaves, |v| Outcome::Value(V::Int(v))))
}

/// A word as what it stands for.
fn of_word(w: u64) -> V {
    let v = Value(w);
    match (v.as_int(), v.as_flonum()) {
        (Some(i), _) => V::BoxedInt(i),
        (_, Some(f)) => V::BoxedFloat(f),
        _ if w == bool_word(true) => V::BoxedBool(true),
        _ if w == bool_word(false) => V::BoxedBool(false),
        _ => V::Object(w as u32),
    }
}

const EXACT: i64 = 1 << 53;

fn numbers(r: &Run, i: &Inst) -> Option<Outcome> {
    let [a, b, _] = i.args;
    match i.op {
        Op::ConstInt => value(V::Int(i.imm as i64)),
        Op::ConstFloat => value(V::Float(f64::from_bits(i.imm))),
        Op::ConstBool => value(V::Bool(i.imm != 0)),
        Op::ConstVal => value(of_word(i.imm)),
        Op::Param => value(r.params.get(&i.imm).copied()?),
        Op::Add => value(V::Int(r.int(a).wrapping_add(r.int(b)))),
        Op::AddOvf => checked(r.int(a).checked_add(r.int(b))),
        Op::SubOvf => checked(r.int(a).checked_sub(r.int(b))),
        Op::MulOvf => checked(r.int(a).checked_mul(r.int(b))),
        Op::FloorDiv | Op::Mod => {
            let (x, y) = (i128::from(r.int(a)), i128::from(r.int(b)));
            if y == 0 || y == -1 {
                return Some(Outcome::Leaves);
            }
            let rem = ((x % y) + y) % y;
            value(V::Int(if i.op == Op::Mod { rem } else { (x - rem) / y } as i64))
        }
        Op::TrueDiv => {
            let (x, y) = (r.int(a), r.int(b));
            let far = x.unsigned_abs() > EXACT as u64 || y.unsigned_abs() > EXACT as u64;
            unless(far || y == 0, V::Float(x as f64 / y as f64))
        }
        Op::And => value(V::Int(r.int(a) & r.int(b))),
        Op::Or => value(V::Int(r.int(a) | r.int(b))),
        Op::Xor => value(V::Int(r.int(a) ^ r.int(b))),
        Op::Shl => {
            let (x, n) = (r.int(a), r.int(b));
            if !(0..62).contains(&n) {
                return Some(Outcome::Leaves);
            }
            let wide = i128::from(x) << n;
            unless(i64::try_from(wide).is_err(), V::Int(wide as i64))
        }
        Op::Shr => {
            let (x, n) = (r.int(a), r.int(b));
            unless(n < 0, V::Int(x >> n.clamp(0, 63)))
        }
        Op::IntCmp => value(V::Bool(cmp_of(i.imm2).eval(r.int(a).cmp(&r.int(b))))),
        Op::IntToFloat => unless(r.int(a).unsigned_abs() > EXACT as u64, V::Float(r.int(a) as f64)),
        Op::Small => unless(Value::small_int(r.int(a)).is_none(), V::Int(r.int(a))),
        // `b` is a length, which is not negative: one unsigned comparison does.
        Op::GuardIndex => unless(r.int(a) as u64 >= r.int(b) as u64, V::Void),
        Op::GuardIntIs => unless(r.int(a) as u64 != i.imm, V::Void),
        _ => floats(r, i),
    }
}

fn floats(r: &Run, i: &Inst) -> Option<Outcome> {
    let [a, b, _] = i.args;
    match i.op {
        Op::FAdd => value(V::Float(r.float(a) + r.float(b))),
        Op::FSub => value(V::Float(r.float(a) - r.float(b))),
        Op::FMul => value(V::Float(r.float(a) * r.float(b))),
        Op::FDiv => unless(r.float(b) == 0.0, V::Float(r.float(a) / r.float(b))),
        Op::FNeg => value(V::Float(-r.float(a))),
        Op::FAbs => value(V::Float(r.float(a).abs())),
        Op::FSqrt => unless(r.float(a).is_nan() || r.float(a) < 0.0, V::Float(r.float(a).sqrt())),
        Op::FCmp => {
            let (x, y) = (r.float(a), r.float(b));
            value(V::Bool(match x.partial_cmp(&y) {
                Some(o) => cmp_of(i.imm2).eval(o),
                None => cmp_of(i.imm2) == krait_object::slots::CmpOp::Ne,
            }))
        }
        _ => words(r, i),
    }
}

fn words(r: &Run, i: &Inst) -> Option<Outcome> {
    let a = i.args[0];
    match i.op {
        Op::BoolNot => value(V::Bool(!r.bool(a))),
        Op::BoolInt => value(V::Int(i64::from(r.bool(a)))),
        Op::GuardTrue => unless(!r.bool(a), V::Void),
        Op::GuardFalse => unless(r.bool(a), V::Void),
        Op::BoxInt => value(V::BoxedInt(r.int(a))),
        Op::BoxFloat => value(V::BoxedFloat(r.float(a))),
        Op::BoxBool => value(V::BoxedBool(r.bool(a))),
        Op::GuardInt => match r.value(a) {
            V::BoxedInt(x) if Value::small_int(x).is_some() => value(V::Int(x)),
            _ => Some(Outcome::Leaves),
        },
        Op::GuardFloat => match r.value(a) {
            V::BoxedFloat(x) if Value::flonum(x).is_some() => value(V::Float(x)),
            _ => Some(Outcome::Leaves),
        },
        Op::GuardBool => match r.value(a) {
            V::BoxedBool(x) => value(V::Bool(x)),
            _ => Some(Outcome::Leaves),
        },
        Op::GuardIs => unless(r.value(a) != of_word(i.imm), V::Void),
        Op::GuardIsNot => unless(r.value(a) == of_word(i.imm), V::Void),
        Op::GuardImmediate => match r.value(a) {
            V::BoxedInt(x) => unless(Value::small_int(x).is_none(), V::Void),
            V::BoxedFloat(x) => unless(Value::flonum(x).is_none(), V::Void),
            _ => Some(Outcome::Leaves),
        },
        Op::Same => value(V::Bool(r.value(a) == r.value(i.args[1]))),
        _ => None,
    }
}

fn memory(r: &mut Run, i: &Inst) -> Option<Outcome> {
    let [a, b, c] = i.args;
    let zero = V::BoxedInt(0);
    let index = |op: Op| if matches!(op, Op::LoadCell | Op::StoreCell) { 0 } else { i.imm as i64 };
    match i.op {
        Op::LoadAttr | Op::LoadCell | Op::DictEntry => value(r.heap.get(&(r.object(a), i.op, index(i.op))).copied().unwrap_or(zero)),
        Op::LoadIter => value(r.heap.get(&(r.object(a), i.op, index(i.op))).copied().unwrap_or(V::Int(0))),
        Op::StoreAttr | Op::StoreCell | Op::StoreDictEntry | Op::StoreIter => {
            let class = match i.op {
                Op::StoreAttr => Op::LoadAttr,
                Op::StoreCell => Op::LoadCell,
                Op::StoreDictEntry => Op::DictEntry,
                _ => Op::LoadIter,
            };
            let v = r.value(b);
            r.heap.insert((r.object(a), class, index(i.op)), v);
            value(V::Void)
        }
        Op::ListLen => value(V::Int(r.list(a).len() as i64)),
        Op::ListItem => {
            let n = r.int(b);
            value(r.list(a).get(n as usize).copied().unwrap_or(zero))
        }
        Op::SetListItem => {
            let (n, v) = (r.int(b), r.value(c));
            if let Some(slot) = r.list(a).get_mut(n as usize) {
                *slot = v;
            }
            value(V::Void)
        }
        Op::Make if i.imm == Helper::ListAppend as u64 => {
            let v = r.value(b);
            r.list(a).push(v);
            value(V::Void)
        }
        Op::Call if i.imm == Helper::ListPop as u64 => Some(r.list(a).pop().map_or(Outcome::Leaves, Outcome::Value)),
        _ => None,
    }
}

mod tests {
    use super::*;
    use crate::ir::{Ty, cmp_code};
    use crate::known::{Known, Simplified};
    use krait_object::slots::CmpOp;

    const INTS: &[i64] = &[
        0,
        1,
        -1,
        2,
        -2,
        3,
        7,
        8,
        61,
        62,
        63,
        64,
        -8,
        EXACT,
        EXACT + 1,
        -EXACT,
        -EXACT - 1,
        (1 << 62) - 1,
        1 << 62,
        -(1 << 62),
        -(1 << 62) - 1,
        i64::MAX,
        i64::MIN,
        i64::MIN + 1,
    ];
    const FLOATS: &[f64] = &[
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        2.0,
        1e-310,
        5e-324,
        1e308,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        9007199254740993.0,
        -4.0,
        1e200,
    ];
    const COMPARISONS: &[CmpOp] = &[CmpOp::Lt, CmpOp::Le, CmpOp::Eq, CmpOp::Ne, CmpOp::Gt, CmpOp::Ge];

    /// The number of a parameter in a test.
    fn param(n: u64, ty: Ty) -> Inst {
        Inst::new(Op::Param, &[]).imm(n).ty(ty)
    }

    fn const_of(v: V) -> Inst {
        match v {
            V::Int(i) => Inst::new(Op::ConstInt, &[]).imm(i as u64),
            V::Float(f) => Inst::new(Op::ConstFloat, &[]).imm(f.to_bits()),
            V::Bool(b) => Inst::new(Op::ConstBool, &[]).imm(u64::from(b)),
            _ => unreachable!("numbers only"),
        }
    }

    fn ty(v: V) -> Ty {
        match v {
            V::Int(_) => Ty::Int,
            V::Float(_) => Ty::Float,
            V::Bool(_) => Ty::Bool,
            _ => Ty::Val,
        }
    }

    /// Emits instructions through [`Known`], as the recorder does, and runs them as they come, next
    /// to the same ones not simplified.
    #[derive(Default)]
    struct Emitter {
        insts: Vec<Inst>,
        known: Known,
        run: Run,
        /// Values of what was asked for, and the plain run.
        plain: Run,
        plain_of: HashMap<Id, Id>,
        next_plain: Id,
    }

    impl Emitter {
        fn push(&mut self, i: Inst) -> (Id, Outcome) {
            let id = self.insts.len() as Id;
            self.insts.push(i);
            self.known.learn(id, &i);
            let o = match self.run.eval(&i) {
                Some(o) => o,
                None => panic!("no evaluation of {i:?}"),
            };
            if let Outcome::Value(v) = o {
                self.run.values.insert(id, v);
            }
            (id, o)
        }

        /// Asks for an instruction whose operands were given by earlier calls. `None` if it leaves.
        fn ask(&mut self, i: Inst) -> Option<Id> {
            let mut plain = i;
            for a in plain.args.iter_mut().filter(|a| **a != NONE) {
                *a = self.plain_of[a];
            }
            let expected = match self.plain.eval(&plain) {
                Some(o) => o,
                None => panic!("no evaluation of {i:?}"),
            };
            let (id, got) = match self.known.simplify(&self.insts, &i) {
                Simplified::Same(NONE) => (NONE, Outcome::Value(V::Void)),
                Simplified::Same(id) => {
                    let v = if crate::ir::Op::ty(i.op) == Ty::Void { V::Void } else { self.run.value(id) };
                    (id, Outcome::Value(v))
                }
                Simplified::Const(c) => self.push(c),
                Simplified::Fails => (NONE, Outcome::Leaves),
                Simplified::Emit => self.push(i),
            };
            assert_eq!(got, expected, "{i:?} after {:?}, parameters {:?}", self.insts, self.run.params);
            if expected == Outcome::Leaves {
                return None;
            }
            if let Outcome::Value(v) = expected {
                self.plain.values.insert(self.next_plain, v);
            }
            if id != NONE {
                self.plain_of.insert(id, self.next_plain);
            }
            self.next_plain += 1;
            Some(id)
        }
    }

    /// All ways of giving operands: as constants, as parameters, the same one twice.
    fn all_ways(op: Op, imm2: u32, values: &[V]) {
        for ways in 0..1 << values.len() {
            let mut e = Emitter::default();
            let mut args = Vec::new();
            for (k, &v) in values.iter().enumerate() {
                e.run.params.insert(k as u64, v);
                e.plain.params.insert(k as u64, v);
                let i = if ways >> k & 1 == 0 { const_of(v) } else { param(k as u64, ty(v)) };
                args.extend(e.ask(i));
            }
            let i = Inst::new(op, &args).imm2(imm2).snap(0);
            if e.ask(i).is_some() {
                // Asked for again, it is the same.
                e.ask(i);
            }
        }
        if values.len() == 2 && values[0] == values[1] {
            let mut e = Emitter::default();
            e.run.params.insert(0, values[0]);
            e.plain.params.insert(0, values[0]);
            if let Some(a) = e.ask(param(0, ty(values[0]))) {
                e.ask(Inst::new(op, &[a, a]).imm2(imm2).snap(0));
            }
        }
    }

    #[test]
    fn rules_for_integers_hold() {
        let binary = INT_BINARY;
        let small: Vec<i64> = (-9..=9).collect();
        for set in [INTS, &small] {
            for &a in set {
                for &b in set {
                    for op in binary {
                        all_ways(op, 0, &[V::Int(a), V::Int(b)]);
                    }
                    for &c in COMPARISONS {
                        all_ways(Op::IntCmp, cmp_code(c), &[V::Int(a), V::Int(b)]);
                    }
                }
                for op in [Op::IntToFloat, Op::Small, Op::BoxInt] {
                    all_ways(op, 0, &[V::Int(a)]);
                }
            }
        }
    }

    #[test]
    fn rules_for_floats_and_bools_hold() {
        for &a in FLOATS {
            for &b in FLOATS {
                for op in [Op::FAdd, Op::FSub, Op::FMul, Op::FDiv] {
                    all_ways(op, 0, &[V::Float(a), V::Float(b)]);
                }
                for &c in COMPARISONS {
                    all_ways(Op::FCmp, cmp_code(c), &[V::Float(a), V::Float(b)]);
                }
            }
            for op in [Op::FNeg, Op::FAbs, Op::FSqrt, Op::BoxFloat] {
                all_ways(op, 0, &[V::Float(a)]);
            }
        }
        for b in [true, false] {
            for op in [Op::BoolNot, Op::BoolInt, Op::GuardTrue, Op::GuardFalse, Op::BoxBool] {
                all_ways(op, 0, &[V::Bool(b)]);
            }
        }
    }

    #[test]
    fn rules_for_boxes_hold() {
        let mut boxes: Vec<(Op, V)> = INTS.iter().map(|&i| (Op::BoxInt, V::Int(i))).collect();
        boxes.extend(FLOATS.iter().map(|&f| (Op::BoxFloat, V::Float(f))));
        boxes.extend([true, false].map(|b| (Op::BoxBool, V::Bool(b))));
        for (boxing, v) in boxes {
            for as_param in [false, true] {
                for unboxing in [Op::GuardInt, Op::GuardFloat, Op::GuardBool, Op::GuardImmediate] {
                    let mut e = Emitter::default();
                    e.run.params.insert(0, v);
                    e.plain.params.insert(0, v);
                    let Some(a) = e.ask(if as_param { param(0, ty(v)) } else { const_of(v) }) else { continue };
                    let Some(w) = e.ask(Inst::new(boxing, &[a])) else { continue };
                    // A box that is a parameter may be a heap object: nothing is known of it.
                    let foreseen = as_param && matches!(unboxing, Op::GuardInt | Op::GuardFloat);
                    let beyond = match v {
                        V::Int(i) => Value::small_int(i).is_none(),
                        V::Float(f) => Value::flonum(f).is_none(),
                        _ => false,
                    };
                    // Unboxing what was boxed gives the number whatever its size: leaving is not needed.
                    if beyond && (foreseen || !as_param) {
                        continue;
                    }
                    if let Some(x) = e.ask(Inst::new(unboxing, &[w]).snap(0))
                        && unboxing != Op::GuardImmediate
                    {
                        let back = match unboxing {
                            Op::GuardInt => Op::BoxInt,
                            Op::GuardFloat => Op::BoxFloat,
                            _ => Op::BoxBool,
                        };
                        e.ask(Inst::new(back, &[x]));
                    }
                }
            }
        }
    }

    /// A small generator of random numbers.
    struct Random(u64);
    impl Random {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((self.0 >> 33) as usize) % n
        }
        fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
            if from.is_empty() { None } else { Some(from[self.below(from.len())]) }
        }
    }

    /// Random sequences of arithmetic.
    #[test]
    fn sequences_of_arithmetic_hold() {
        let binary = [
            Op::Add,
            Op::AddOvf,
            Op::SubOvf,
            Op::MulOvf,
            Op::FloorDiv,
            Op::Mod,
            Op::And,
            Op::Or,
            Op::Xor,
            Op::Shl,
            Op::Shr,
            Op::IntCmp,
            Op::GuardIndex,
        ];
        for seed in 0..20_000 {
            let mut r = Random(seed);
            let mut e = Emitter::default();
            let (mut ints, mut bools) = (Vec::new(), Vec::new());
            for n in 0..3 {
                let v = V::Int(INTS[r.below(INTS.len())]);
                e.run.params.insert(n, v);
                e.plain.params.insert(n, v);
                ints.extend(e.ask(param(n, Ty::Int)));
            }
            for _ in 0..12 {
                if r.below(3) == 0 {
                    ints.extend(e.ask(const_of(V::Int(INTS[r.below(INTS.len())]))));
                    continue;
                }
                if r.below(6) == 0
                    && let Some(b) = r.pick(&bools)
                {
                    let op = [Op::BoolNot, Op::GuardTrue, Op::GuardFalse][r.below(3)];
                    match e.ask(Inst::new(op, &[b]).snap(0)) {
                        Some(id) if op == Op::BoolNot => bools.push(id),
                        Some(_) => {}
                        None => break,
                    }
                    continue;
                }
                let (Some(a), Some(b), Some(op)) = (r.pick(&ints), r.pick(&ints), r.pick(&binary)) else { break };
                let imm2 = if op == Op::IntCmp { r.below(6) as u32 } else { 0 };
                match e.ask(Inst::new(op, &[a, b]).imm2(imm2).snap(0)) {
                    Some(id) if op == Op::IntCmp => bools.push(id),
                    Some(id) if op != Op::GuardIndex => ints.push(id),
                    Some(_) => {}
                    // The trace is left here.
                    None => break,
                }
            }
        }
    }

    /// Random loads and stores, on parameters that are often the same object.
    #[test]
    fn sequences_of_memory_accesses_hold() {
        for seed in 0..30_000 {
            let mut r = Random(seed);
            let mut e = Emitter::default();
            let (mut objects, mut words, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
            for n in 0..3 {
                let v = V::Object(r.below(2) as u32);
                e.run.params.insert(n, v);
                e.plain.params.insert(n, v);
                objects.extend(e.ask(param(n, Ty::Val)));
            }
            for o in 0..2 {
                let items: Vec<V> = (0..3).map(V::BoxedInt).collect();
                e.run.lists.insert(o, items.clone());
                e.plain.lists.insert(o, items);
            }
            for n in 0..2 {
                numbers.extend(e.ask(const_of(V::Int(n))));
            }
            for n in 5..8 {
                words.extend(e.ask(Inst::new(Op::ConstVal, &[]).imm(n << 1 | 1)));
            }
            for _ in 0..14 {
                let (Some(o), Some(w), Some(n)) = (r.pick(&objects), r.pick(&words), r.pick(&numbers)) else { break };
                let imm = r.below(2) as u64;
                let len = e.run.lists.get(&e.run.object(o)).map_or(0, Vec::len);
                let in_bounds = e.run.int(n) < len as i64;
                let i = match r.below(13) {
                    0 => Inst::new(Op::LoadAttr, &[o]).imm(imm),
                    1 => Inst::new(Op::StoreAttr, &[o, w]).imm(imm),
                    2 => Inst::new(Op::LoadCell, &[o]),
                    3 => Inst::new(Op::StoreCell, &[o, w]),
                    4 => Inst::new(Op::DictEntry, &[o]).imm(imm),
                    5 => Inst::new(Op::StoreDictEntry, &[o, w]).imm(imm),
                    6 => Inst::new(Op::LoadIter, &[o]).imm(imm),
                    7 => Inst::new(Op::StoreIter, &[o, n]).imm(imm),
                    8 => Inst::new(Op::ListLen, &[o]),
                    9 | 10 if !in_bounds => continue,
                    9 => Inst::new(Op::ListItem, &[o, n]),
                    10 => Inst::new(Op::SetListItem, &[o, n, w]),
                    11 => Inst::new(Op::Make, &[o, w]).imm(Helper::ListAppend as u64).ty(Ty::Void),
                    _ => Inst::new(Op::Call, &[o]).imm(Helper::ListPop as u64).snap(0),
                };
                match e.ask(i) {
                    Some(id) if matches!(i.op, Op::LoadAttr | Op::LoadCell | Op::DictEntry | Op::ListItem) => words.push(id),
                    Some(id) if matches!(i.op, Op::LoadIter | Op::ListLen) => numbers.push(id),
                    Some(_) => {}
                    None => break,
                }
            }
        }
    }
}
