//! Lowering of numbers and comparisons, and the dispatch of all instructions.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value as Cl, types};
use krait_object::slots::CmpOp;

use super::Lower;
use crate::ir::{Id, Inst, Op, cmp_of};

/// Integers up to this magnitude are exact doubles.
const EXACT: i64 = 1 << 53;

fn int_cc(code: u32) -> IntCC {
    match cmp_of(code) {
        CmpOp::Lt => IntCC::SignedLessThan,
        CmpOp::Le => IntCC::SignedLessThanOrEqual,
        CmpOp::Eq => IntCC::Equal,
        CmpOp::Ne => IntCC::NotEqual,
        CmpOp::Gt => IntCC::SignedGreaterThan,
        CmpOp::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

fn float_cc(code: u32) -> FloatCC {
    match cmp_of(code) {
        CmpOp::Lt => FloatCC::LessThan,
        CmpOp::Le => FloatCC::LessThanOrEqual,
        CmpOp::Eq => FloatCC::Equal,
        CmpOp::Ne => FloatCC::NotEqual,
        CmpOp::Gt => FloatCC::GreaterThan,
        CmpOp::Ge => FloatCC::GreaterThanOrEqual,
    }
}

impl Lower<'_> {
    /// Lowers an instruction; its value, if it has one.
    pub(super) fn inst(&mut self, id: Id, i: &Inst) -> Result<Option<Cl>, String> {
        Ok(match i.op {
            Op::ConstInt | Op::ConstBool | Op::ConstFloat | Op::ConstVal | Op::Param => None,
            Op::GuardInt
            | Op::GuardFloat
            | Op::GuardBool
            | Op::GuardType
            | Op::GuardShape
            | Op::GuardRaw
            | Op::GuardIs
            | Op::GuardIsNot
            | Op::GuardTrue
            | Op::GuardFalse
            | Op::GuardImmediate
            | Op::GuardShared
            | Op::GuardUnique
            | Op::GuardIntIs
            | Op::GuardKeys => self.guard_value(id, i),
            Op::GuardIndex => {
                let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
                let out = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, a, b);
                self.fail_if(out, id, i);
                None
            }
            Op::Add | Op::And | Op::Or | Op::Xor => {
                let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
                Some(match i.op {
                    Op::Add => self.b.ins().iadd(a, b),
                    Op::And => self.b.ins().band(a, b),
                    Op::Or => self.b.ins().bor(a, b),
                    _ => self.b.ins().bxor(a, b),
                })
            }
            Op::AddOvf | Op::SubOvf | Op::MulOvf => Some(self.checked(id, i)),
            Op::FloorDiv | Op::Mod => Some(self.floor_div(id, i)),
            Op::TrueDiv => {
                let (a, b) = (self.exact_float(id, i, i.args[0]), self.exact_float(id, i, i.args[1]));
                let zero = self.b.ins().f64const(0.0);
                let by_zero = self.b.ins().fcmp(FloatCC::Equal, b, zero);
                self.fail_if(by_zero, id, i);
                Some(self.b.ins().fdiv(a, b))
            }
            Op::Shl | Op::Shr => Some(self.shift(id, i)),
            Op::IntCmp => {
                let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
                Some(self.b.ins().icmp(int_cc(i.imm2), a, b))
            }
            Op::IntToFloat => Some(self.exact_float(id, i, i.args[0])),
            Op::Small => {
                let a = self.value(i.args[0]);
                let twice = self.b.ins().ishl_imm_u(a, 1);
                let back = self.b.ins().sshr_imm_s(twice, 1);
                let big = self.b.ins().icmp(IntCC::NotEqual, back, a);
                self.fail_if(big, id, i);
                Some(a)
            }
            Op::FAdd | Op::FSub | Op::FMul => {
                let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
                Some(match i.op {
                    Op::FAdd => self.b.ins().fadd(a, b),
                    Op::FSub => self.b.ins().fsub(a, b),
                    _ => self.b.ins().fmul(a, b),
                })
            }
            Op::FDiv => {
                let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
                let zero = self.b.ins().f64const(0.0);
                let by_zero = self.b.ins().fcmp(FloatCC::Equal, b, zero);
                self.fail_if(by_zero, id, i);
                Some(self.b.ins().fdiv(a, b))
            }
            Op::GuardFinite | Op::ToInt | Op::CallFloat | Op::CallTest | Op::CallInt | Op::Select | Op::Immediate => {
                return self.native(id, i);
            }
            Op::FNeg => {
                let a = self.value(i.args[0]);
                Some(self.b.ins().fneg(a))
            }
            Op::FAbs => {
                let a = self.value(i.args[0]);
                Some(self.b.ins().fabs(a))
            }
            Op::FSqrt => {
                let a = self.value(i.args[0]);
                let zero = self.b.ins().f64const(0.0);
                let ok = self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, a, zero);
                self.fail_unless(ok, id, i);
                Some(self.b.ins().sqrt(a))
            }
            Op::FCmp => {
                let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
                Some(self.b.ins().fcmp(float_cc(i.imm2), a, b))
            }
            Op::Same => {
                let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
                Some(self.b.ins().icmp(IntCC::Equal, a, b))
            }
            Op::BoolNot => {
                let a = self.value(i.args[0]);
                Some(self.b.ins().bxor_imm_s(a, 1))
            }
            Op::BoolInt => {
                let a = self.value(i.args[0]);
                Some(self.b.ins().uextend(types::I64, a))
            }
            Op::BoxInt | Op::BoxFloat | Op::BoxBool => Some(self.word(i.args[0])),
            _ => return self.memory(id, i),
        })
    }

    fn checked(&mut self, id: Id, i: &Inst) -> Cl {
        let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
        let (r, o) = match i.op {
            Op::AddOvf => self.b.ins().sadd_overflow(a, b),
            Op::SubOvf => self.b.ins().ssub_overflow(a, b),
            _ => self.b.ins().smul_overflow(a, b),
        };
        self.fail_if(o, id, i);
        r
    }

    /// A constant operand.
    fn constant(&self, id: Id) -> Option<i64> {
        let i = &self.tree.insts[id as usize];
        (i.op == Op::ConstInt).then_some(i.imm as i64)
    }

    /// Floored division or its remainder.
    fn floor_div(&mut self, id: Id, i: &Inst) -> Cl {
        let a = self.value(i.args[0]);
        let div = i.op == Op::FloorDiv;
        if let Some(n) = self.constant(i.args[1])
            && n > 0
            && (n & (n - 1)) == 0
        {
            // Powers of two: shifting and masking round down as they should.
            return if div { self.b.ins().sshr_imm_s(a, i64::from(n.trailing_zeros())) } else { self.b.ins().band_imm_s(a, n - 1) };
        }
        let b = self.value(i.args[1]);
        if self.constant(i.args[1]).is_none_or(|n| n == 0 || n == -1) {
            let next = self.b.ins().iadd_imm_s(b, 1);
            let bad = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, next, 2);
            self.fail_if(bad, id, i);
        }
        let q = self.b.ins().sdiv(a, b);
        let back = self.b.ins().imul(q, b);
        let r = self.b.ins().isub(a, back);
        let inexact = self.b.ins().icmp_imm_s(IntCC::NotEqual, r, 0);
        let signs = self.b.ins().bxor(r, b);
        let differ = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let fix = self.b.ins().band(inexact, differ);
        if div {
            let one = self.b.ins().uextend(types::I64, fix);
            return self.b.ins().isub(q, one);
        }
        let zero = self.b.ins().iconst(types::I64, 0);
        let add = self.b.ins().select(fix, b, zero);
        self.b.ins().iadd(r, add)
    }

    fn shift(&mut self, id: Id, i: &Inst) -> Cl {
        let (a, b) = (self.value(i.args[0]), self.value(i.args[1]));
        let count = self.constant(i.args[1]);
        if i.op == Op::Shl {
            if count.is_none_or(|n| !(0..62).contains(&n)) {
                let bad = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, b, 62);
                self.fail_if(bad, id, i);
            }
            let r = self.b.ins().ishl(a, b);
            let back = self.b.ins().sshr(r, b);
            let lost = self.b.ins().icmp(IntCC::NotEqual, back, a);
            self.fail_if(lost, id, i);
            return r;
        }
        if count.is_none_or(|n| n < 0) {
            let bad = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, b, 0);
            self.fail_if(bad, id, i);
        }
        let most = self.b.ins().iconst(types::I64, 63);
        let n = self.b.ins().smin(b, most);
        self.b.ins().sshr(a, n)
    }

    /// The double of an integer that has one.
    fn exact_float(&mut self, id: Id, i: &Inst, a: Id) -> Cl {
        let v = self.value(a);
        let up = self.b.ins().iadd_imm_s(v, EXACT);
        let far = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, up, 2 * EXACT);
        self.fail_if(far, id, i);
        self.b.ins().fcvt_from_sint(types::F64, v)
    }
}
