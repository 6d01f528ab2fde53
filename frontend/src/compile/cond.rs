//! Conditions: expressions evaluated for a jump.

use ruff_python_ast as ast;
use ruff_python_ast::{BoolOp, CmpOp, Expr, UnaryOp};

use super::ir::{Label, Reg, is_temp};
use super::{Compiler, R};
use crate::bytecode::{FLAG_KB, Op};
use crate::parse::source::span;

impl<'a> Compiler<'a> {
    /// Jumps to `target` if the truth of `e` is `jump_if`, else falls through.
    pub(super) fn cond(&mut self, e: &'a Expr, target: Label, jump_if: bool) -> R {
        match e {
            Expr::UnaryOp(u) if u.op == UnaryOp::Not => {
                return self.deeper(|c| c.cond(&u.operand, target, !jump_if));
            }
            Expr::BoolOp(b) => return self.deeper(|c| c.cond_bool(b, target, jump_if)),
            Expr::Compare(c) => return self.deeper(|s| s.cond_compare(e, c, target, jump_if)),
            Expr::If(i) => return self.deeper(|c| c.cond_if(i, target, jump_if)),
            _ => {}
        }
        if let Some(truth) = self.constant_truth(e) {
            if truth == jump_if {
                self.u.jump(target);
            }
            return Ok(());
        }
        let mark = self.u.top;
        let r = self.expr(e)?;
        self.u.top = mark;
        self.u.span = span(e);
        self.u.emit_jump(truth_jump(jump_if), r, 0, target);
        Ok(())
    }

    fn cond_bool(&mut self, b: &'a ast::ExprBoolOp, target: Label, jump_if: bool) -> R {
        let decides = b.op == BoolOp::Or;
        let Some((last, rest)) = b.values.split_last() else {
            return Ok(());
        };
        if decides == jump_if {
            for v in rest {
                self.cond(v, target, jump_if)?;
            }
            return self.cond(last, target, jump_if);
        }
        let fall = self.u.label();
        for v in rest {
            self.cond(v, fall, decides)?;
        }
        self.cond(last, target, jump_if)?;
        self.u.bind(fall);
        Ok(())
    }

    fn cond_if(&mut self, i: &'a ast::ExprIf, target: Label, jump_if: bool) -> R {
        let orelse = self.u.label();
        let end = self.u.label();
        self.cond(&i.test, orelse, false)?;
        self.cond(&i.body, target, jump_if)?;
        self.u.jump(end);
        self.u.bind(orelse);
        self.cond(&i.orelse, target, jump_if)?;
        self.u.bind(end);
        Ok(())
    }

    fn cond_compare(&mut self, e: &'a Expr, c: &'a ast::ExprCompare, target: Label, jump_if: bool) -> R {
        self.check_compare(e, c)?;
        let mark = self.u.top;
        let n = c.ops.len();
        let mut left = self.expr(&c.left)?;
        if n == 1 {
            self.compare_jump(e, c, 0, left, target, jump_if)?;
            self.u.top = mark;
            return Ok(());
        }
        // The links of a chain fail to `fail`; a middle operand in a temporary is released first.
        let fall = self.u.label();
        let fail = if jump_if { fall } else { target };
        for i in 0..n - 1 {
            left = self.protect(left, &c.comparators[i..]);
            let right = self.comparand(c.ops[i], &c.comparators[i])?;
            let right = self.protect(right, &c.comparators[i + 1..]);
            self.u.span = span(e);
            let op = jump_op(c.ops[i], false);
            let flags = super::unit::consume_flags(op, left, right, 0) & !FLAG_KB;
            if is_temp(right) {
                let cleanup = self.u.label();
                self.u.emit_jump_flags(op, flags, left, right, cleanup);
                let saved = self.u.begin_cold();
                self.u.bind(cleanup);
                self.u.clear(right);
                self.u.jump(fail);
                self.u.end_cold(saved);
            } else {
                self.u.emit_jump_flags(op, flags, left, right, fail);
            }
            left = right;
        }
        self.compare_jump(e, c, n - 1, left, target, jump_if)?;
        self.u.bind(fall);
        self.u.top = mark;
        Ok(())
    }

    /// The `i`th comparison of a chain, as a jump.
    fn compare_jump(&mut self, e: &'a Expr, c: &'a ast::ExprCompare, i: usize, left: Reg, target: Label, jump_if: bool) -> R {
        let (op, right) = (c.ops[i], &c.comparators[i]);
        if matches!(op, CmpOp::Is | CmpOp::IsNot) && matches!(right, Expr::NoneLiteral(_)) {
            let none = (op == CmpOp::Is) == jump_if;
            let jump = if none { Op::JUMP_IF_NONE } else { Op::JUMP_IF_NOT_NONE };
            self.u.span = span(e);
            self.u.emit_jump(jump, left, 0, target);
            return Ok(());
        }
        if let Some(imm) = jump_imm_op(op, jump_if)
            && let Some(n) = self.small_int(right)
        {
            self.u.span = span(e);
            self.u.emit_jump(imm, left, n as u16 as u32, target);
            return Ok(());
        }
        let left = self.protect(left, [right]);
        let r = self.comparand(op, right)?;
        self.u.span = span(e);
        self.u.emit_jump(jump_op(op, jump_if), left, r, target);
        Ok(())
    }
}

/// The jump on the truth of a value.
pub fn truth_jump(jump_if: bool) -> Op {
    if jump_if { Op::JUMP_IF_TRUE } else { Op::JUMP_IF_FALSE }
}

fn jump_op(op: CmpOp, jump_if: bool) -> Op {
    match (op, jump_if) {
        (CmpOp::Lt, true) => Op::JUMP_IF_LT,
        (CmpOp::Lt, false) => Op::JUMP_UNLESS_LT,
        (CmpOp::LtE, true) => Op::JUMP_IF_LE,
        (CmpOp::LtE, false) => Op::JUMP_UNLESS_LE,
        (CmpOp::Eq, true) => Op::JUMP_IF_EQ,
        (CmpOp::Eq, false) => Op::JUMP_UNLESS_EQ,
        (CmpOp::NotEq, true) => Op::JUMP_IF_NE,
        (CmpOp::NotEq, false) => Op::JUMP_UNLESS_NE,
        (CmpOp::Gt, true) => Op::JUMP_IF_GT,
        (CmpOp::Gt, false) => Op::JUMP_UNLESS_GT,
        (CmpOp::GtE, true) => Op::JUMP_IF_GE,
        (CmpOp::GtE, false) => Op::JUMP_UNLESS_GE,
        (CmpOp::Is, true) | (CmpOp::IsNot, false) => Op::JUMP_IF_IS,
        (CmpOp::Is, false) | (CmpOp::IsNot, true) => Op::JUMP_IF_IS_NOT,
        (CmpOp::In, true) | (CmpOp::NotIn, false) => Op::JUMP_IF_IN,
        (CmpOp::In, false) | (CmpOp::NotIn, true) => Op::JUMP_IF_NOT_IN,
    }
}

fn jump_imm_op(op: CmpOp, jump_if: bool) -> Option<Op> {
    Some(match (op, jump_if) {
        (CmpOp::Lt, true) => Op::JUMP_IF_LT_IMM,
        (CmpOp::Lt, false) => Op::JUMP_UNLESS_LT_IMM,
        (CmpOp::LtE, true) => Op::JUMP_IF_LE_IMM,
        (CmpOp::LtE, false) => Op::JUMP_UNLESS_LE_IMM,
        (CmpOp::Eq, true) => Op::JUMP_IF_EQ_IMM,
        (CmpOp::Eq, false) => Op::JUMP_UNLESS_EQ_IMM,
        (CmpOp::NotEq, true) => Op::JUMP_IF_NE_IMM,
        (CmpOp::NotEq, false) => Op::JUMP_UNLESS_NE_IMM,
        (CmpOp::Gt, true) => Op::JUMP_IF_GT_IMM,
        (CmpOp::Gt, false) => Op::JUMP_UNLESS_GT_IMM,
        (CmpOp::GtE, true) => Op::JUMP_IF_GE_IMM,
        (CmpOp::GtE, false) => Op::JUMP_UNLESS_GE_IMM,
        _ => return None,
    })
}
