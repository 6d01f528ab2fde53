//! Expressions: values into registers.

use ruff_python_ast as ast;
use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprContext, Operator, UnaryOp};

use super::ir::{Label, Reg, is_temp};
use super::{Compiler, R};
use crate::bytecode::{FLAG_INPLACE, FLAG_KA_FALL, FLAG_KC, Op};
use crate::code::Const;
use crate::parse::source::{Span, span};

impl<'a> Compiler<'a> {
    /// Evaluates an expression. The result is a local's register, or a temporary on top.
    pub(super) fn expr(&mut self, e: &'a Expr) -> R<Reg> {
        self.expr_want(e, None)
    }

    /// Evaluates an expression into a register. The last instruction on every path writes it, so it
    /// may be a local that the expression reads.
    pub(super) fn expr_into(&mut self, e: &'a Expr, dst: Reg) -> R {
        let r = self.expr_want(e, Some(dst))?;
        if r != dst {
            self.u.mov(dst, r);
        }
        Ok(())
    }

    /// Evaluates an expression into a fresh temporary.
    pub(super) fn expr_temp(&mut self, e: &'a Expr) -> R<Reg> {
        let t = self.u.temp();
        self.expr_into(e, t)?;
        Ok(t)
    }

    /// Evaluates an expression for its effects.
    pub(super) fn expr_discard(&mut self, e: &'a Expr) -> R {
        let mark = self.u.top;
        let r = self.expr(e)?;
        if is_temp(r) {
            self.u.clear(r);
        }
        self.u.top = mark;
        Ok(())
    }

    pub(super) fn expr_want(&mut self, e: &'a Expr, want: Option<Reg>) -> R<Reg> {
        match e {
            Expr::Name(n) if n.id.as_str() != "__debug__" => {
                self.u.span = span(e);
                self.load_name(&n.id, want)
            }
            _ => {
                if let Some(c) = self.constant(e) {
                    self.u.span = span(e);
                    let mark = self.u.top;
                    let d = self.dst(want, mark);
                    self.u.load_const(d, c);
                    return Ok(d);
                }
                self.deeper(|c| c.expr_compound(e, want))
            }
        }
    }

    fn expr_compound(&mut self, e: &'a Expr, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        match e {
            Expr::BoolOp(b) => self.bool_op(b, want),
            Expr::Named(n) => self.named(n, want),
            Expr::BinOp(b) => self.bin_op(e, b, want),
            Expr::UnaryOp(u) => {
                let r = self.expr(&u.operand)?;
                let op = match u.op {
                    UnaryOp::Not => Op::NOT,
                    UnaryOp::USub => Op::NEG,
                    UnaryOp::UAdd => Op::POS,
                    UnaryOp::Invert => Op::INVERT,
                };
                let d = self.dst(want, mark);
                self.u.span = span(e);
                self.u.emit(op, d, r, 0);
                Ok(d)
            }
            Expr::Lambda(l) => self.lambda(l, want),
            Expr::If(i) => self.if_exp(i, want),
            Expr::Dict(d) => self.dict(d, span(e), want),
            Expr::Set(s) => self.set(s, want),
            Expr::List(l) => self.list(&l.elts, span(e), want),
            Expr::Tuple(t) => self.tuple(&t.elts, span(e), want),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => self.comprehension(e, want),
            Expr::Await(a) => self.await_expr(e, a, want),
            Expr::Yield(y) => self.yield_expr(e, y, want),
            Expr::YieldFrom(y) => self.yield_from(e, y, want),
            Expr::Compare(c) => self.compare(e, c, want),
            Expr::Call(c) => self.call(e, c, want),
            Expr::FString(f) => self.fstring(f, want),
            Expr::TString(t) => self.tstring(t, want),
            Expr::Attribute(a) => self.attribute(e, a, want),
            Expr::Subscript(s) => self.subscript(e, s, want),
            Expr::Slice(s) => self.slice_object(s, want),
            Expr::Starred(_) => self.err(span(e), "can't use starred expression here"),
            _ => self.err(span(e), "invalid syntax"),
        }
    }

    // --- Operators ---------------------------------------------------------------------------

    fn bin_op(&mut self, e: &'a Expr, b: &'a ast::ExprBinOp, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        if b.op == Operator::Mod
            && let Some(r) = self.percent_format(e, b, want)?
        {
            return Ok(r);
        }
        let left = self.expr(&b.left)?;
        if let Some(op) = immediate_op(b.op)
            && let Some(i) = self.small_int(&b.right)
        {
            let d = self.dst(want, mark);
            self.u.span = span(e);
            self.u.emit(op, d, left, i as u16 as u32);
            return Ok(d);
        }
        let left = self.protect(left, [&*b.right]);
        let right = self.expr(&b.right)?;
        let d = self.dst(want, mark);
        self.u.span = span(e);
        self.u.emit(binary_op(b.op), d, left, right);
        Ok(d)
    }

    /// The in-place operation `dst = left op= right`.
    pub(super) fn in_place(&mut self, op: Operator, dst: Reg, left: Reg, right: &'a Expr, s: Span) -> R {
        if let Some(imm) = immediate_op(op)
            && let Some(i) = self.small_int(right)
        {
            self.u.span = s;
            self.u.emit_ext(imm, FLAG_INPLACE, dst, left, i as u16 as u32, 0);
            return Ok(());
        }
        let left = self.protect(left, [right]);
        let r = self.expr(right)?;
        self.u.span = s;
        self.u.emit_ext(binary_op(op), FLAG_INPLACE, dst, left, r, 0);
        Ok(())
    }

    /// A constant integer that fits an immediate operand.
    pub(super) fn small_int(&mut self, e: &Expr) -> Option<i16> {
        match self.constant(e)? {
            Const::Int(i) => i16::try_from(i).ok(),
            _ => None,
        }
    }

    fn named(&mut self, n: &'a ast::ExprNamed, want: Option<Reg>) -> R<Reg> {
        let Expr::Name(target) = &*n.target else {
            return self.err(span(&*n.target), "invalid syntax");
        };
        if let Some(r) = self.plain_local(&target.id) {
            self.expr_into(&n.value, r)?;
            if let Some(d) = want {
                self.u.emit_flags(Op::MOVE, 0, d, r, 0);
                return Ok(d);
            }
            return Ok(r);
        }
        let mark = self.u.top;
        let d = self.dst(want, mark);
        // The value is needed twice: store a copy.
        let v = if is_temp(d) { d } else { self.u.temp() };
        self.expr_into(&n.value, v)?;
        let copy = self.u.temp();
        self.u.emit_flags(Op::MOVE, 0, copy, v, 0);
        self.u.span = span(target);
        self.store_name(&target.id, copy)?;
        if v != d {
            self.u.mov(d, v);
        }
        self.u.top = if want.is_none() { d + 1 } else { mark };
        Ok(d)
    }

    // --- and, or, if, comparisons ----------------------------------------------------------------

    fn bool_op(&mut self, b: &'a ast::ExprBoolOp, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        let t = match want {
            Some(d) if is_temp(d) => d,
            _ => self.u.temp(),
        };
        let end = self.u.label();
        self.bool_values(b.op, &b.values, t, end, true)?;
        self.u.bind(end);
        match want {
            Some(d) => {
                self.u.mov(d, t);
                self.u.top = mark;
                Ok(d)
            }
            None => {
                self.u.top = t + 1;
                Ok(t)
            }
        }
    }

    /// Evaluates the operands of `and`/`or` into `t`. Jumps to `end` with the value when it decides;
    /// the last operand's value falls through (`last`), or is tested as well.
    fn bool_values(&mut self, op: BoolOp, values: &'a [Expr], t: Reg, end: Label, last: bool) -> R {
        let jump_if = op == BoolOp::Or;
        for (i, v) in values.iter().enumerate() {
            let is_last = i + 1 == values.len();
            if is_last && last {
                return self.expr_into(v, t);
            }
            if let Some(truth) = self.constant_truth(v) {
                if truth == jump_if {
                    self.expr_into(v, t)?;
                    self.u.jump(end);
                    return Ok(());
                }
                continue;
            }
            match v {
                // `a and b or c`: when `a` is false its value is not needed.
                Expr::BoolOp(inner) if inner.op != op => {
                    let fall = self.u.label();
                    let (rest, tail) = inner.values.split_at(inner.values.len() - 1);
                    for v in rest {
                        self.cond(v, fall, !jump_if)?;
                    }
                    self.bool_values(op, tail, t, end, false)?;
                    self.u.bind(fall);
                }
                Expr::BoolOp(inner) => self.bool_values(op, &inner.values, t, end, false)?,
                _ => {
                    self.expr_into(v, t)?;
                    self.u.span = span(v);
                    let jump = if jump_if { Op::JUMP_IF_TRUE } else { Op::JUMP_IF_FALSE };
                    self.u.emit_jump_flags(jump, FLAG_KA_FALL, t, 0, end);
                }
            }
        }
        Ok(())
    }

    fn if_exp(&mut self, i: &'a ast::ExprIf, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        if let Some(truth) = self.constant_truth(&i.test) {
            let branch = if truth { &i.body } else { &i.orelse };
            return self.expr_want(branch, want);
        }
        let d = self.dst(want, mark);
        let orelse = self.u.label();
        let end = self.u.label();
        self.cond(&i.test, orelse, false)?;
        self.expr_into(&i.body, d)?;
        self.u.jump(end);
        self.u.bind(orelse);
        self.expr_into(&i.orelse, d)?;
        self.u.bind(end);
        Ok(d)
    }

    fn compare(&mut self, e: &'a Expr, c: &'a ast::ExprCompare, want: Option<Reg>) -> R<Reg> {
        self.check_compare(e, c)?;
        let mark = self.u.top;
        let n = c.ops.len();
        if n == 1 {
            let left = self.expr(&c.left)?;
            let left = self.protect(left, &*c.comparators);
            let right = self.comparand(c.ops[0], &c.comparators[0])?;
            let d = self.dst(want, mark);
            self.u.span = span(e);
            self.u.emit(compare_op(c.ops[0]), d, left, right);
            return Ok(d);
        }
        // A chain: each middle operand is used twice; the result is in `t` at `end`.
        let t = match want {
            Some(d) if is_temp(d) => d,
            _ => self.u.temp(),
        };
        let end = self.u.label();
        let inner = self.u.top;
        let mut left = self.expr(&c.left)?;
        for i in 0..n {
            left = self.protect(left, &c.comparators[i..]);
            let right = self.comparand(c.ops[i], &c.comparators[i])?;
            self.u.span = span(e);
            let op = compare_op(c.ops[i]);
            if i + 1 == n {
                self.u.emit(op, t, left, right);
                break;
            }
            let right = self.protect(right, &c.comparators[i + 1..]);
            let flags = super::unit::consume_flags(op, t, left, right) & !FLAG_KC;
            self.u.emit_flags(op, flags, t, left, right);
            if is_temp(right) {
                let cleanup = self.u.label();
                self.u.emit_jump_flags(Op::JUMP_IF_FALSE, FLAG_KA_FALL, t, 0, cleanup);
                let saved = self.u.begin_cold();
                self.u.bind(cleanup);
                self.u.clear(right);
                self.u.jump(end);
                self.u.end_cold(saved);
            } else {
                self.u.emit_jump_flags(Op::JUMP_IF_FALSE, FLAG_KA_FALL, t, 0, end);
            }
            left = right;
        }
        self.u.bind(end);
        self.u.top = inner;
        match want {
            Some(d) => {
                self.u.mov(d, t);
                self.u.top = mark;
                Ok(d)
            }
            None => {
                self.u.top = t + 1;
                Ok(t)
            }
        }
    }

    /// The right operand of a comparison: displays of constants after `in` become constants.
    pub(super) fn comparand(&mut self, op: CmpOp, e: &'a Expr) -> R<Reg> {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let Some(c) = self.constant_display(e)
        {
            self.u.span = span(e);
            let t = self.u.temp();
            self.u.load_const(t, c);
            return Ok(t);
        }
        self.expr(e)
    }

    // --- Attributes and items ----------------------------------------------------------------------

    /// Position of an attribute access: when it spans lines, that of the name alone.
    pub(super) fn attribute_span(&self, whole: Span, a: &ast::ExprAttribute) -> Span {
        let attr = span(&a.attr);
        if self.source.line(whole.start) == self.source.line(attr.end) {
            return whole;
        }
        Span { start: attr.start, end: whole.end.max(attr.end) }
    }

    fn attribute(&mut self, e: &'a Expr, a: &'a ast::ExprAttribute, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        if let Some(window) = self.super_window(a)? {
            let d = self.dst(want, mark);
            self.u.span = self.attribute_span(span(e), a);
            let name = self.mangle(a.attr.as_str());
            let k = self.u.name_index(&name);
            self.u.emit_ext(Op::LOAD_SUPER_ATTR, 0, d, window.base, window.zero, k);
            return Ok(d);
        }
        let v = self.expr(&a.value)?;
        let d = self.dst(want, mark);
        self.u.span = self.attribute_span(span(e), a);
        let name = self.mangle(a.attr.as_str());
        self.u.emit_name(Op::LOAD_ATTR, d, v, &name);
        Ok(d)
    }

    fn subscript(&mut self, e: &'a Expr, s: &'a ast::ExprSubscript, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        debug_assert!(matches!(s.ctx, ExprContext::Load));
        self.check_subscript(s);
        let v = self.expr(&s.value)?;
        if let Some(i) = self.small_int(&s.slice) {
            let d = self.dst(want, mark);
            self.u.span = span(e);
            self.u.emit(Op::GETITEM_IMM, d, v, i as u16 as u32);
            return Ok(d);
        }
        let v = self.protect(v, [&*s.slice]);
        if let Some(window) = self.slice_window(&s.slice)? {
            let d = self.dst(want, mark);
            self.u.span = span(e);
            self.u.emit(Op::GETSLICE, d, v, window);
            return Ok(d);
        }
        let i = self.expr(&s.slice)?;
        let d = self.dst(want, mark);
        self.u.span = span(e);
        self.u.emit(Op::GETITEM, d, v, i);
        Ok(d)
    }

    /// The two ends of a slice without step, if it is not constant.
    pub(super) fn slice_window(&mut self, e: &'a Expr) -> R<Option<Reg>> {
        let Expr::Slice(s) = e else {
            return Ok(None);
        };
        if s.step.is_some() || self.constant(e).is_some() {
            return Ok(None);
        }
        let base = self.u.temps(2);
        self.slice_part(s.lower.as_deref(), base, span(e))?;
        self.slice_part(s.upper.as_deref(), base + 1, span(e))?;
        Ok(Some(base))
    }

    fn slice_part(&mut self, e: Option<&'a Expr>, dst: Reg, s: Span) -> R {
        match e {
            Some(e) => self.expr_into(e, dst),
            None => {
                self.u.span = s;
                self.u.load_const(dst, Const::None);
                Ok(())
            }
        }
    }

    fn slice_object(&mut self, s: &'a ast::ExprSlice, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        let n = 2 + u32::from(s.step.is_some());
        let base = self.u.temps(n);
        self.slice_part(s.lower.as_deref(), base, span(s))?;
        self.slice_part(s.upper.as_deref(), base + 1, span(s))?;
        if let Some(step) = &s.step {
            self.expr_into(step, base + 2)?;
        }
        let d = self.dst(want, mark);
        self.u.span = span(s);
        self.u.emit(Op::BUILD_SLICE, d, base, n);
        Ok(d)
    }
}

/// The opcode with an immediate right operand.
fn immediate_op(op: Operator) -> Option<Op> {
    Some(match op {
        Operator::Add => Op::ADD_IMM,
        Operator::Sub => Op::SUB_IMM,
        Operator::Mult => Op::MUL_IMM,
        Operator::FloorDiv => Op::FLOORDIV_IMM,
        Operator::Mod => Op::MOD_IMM,
        Operator::LShift => Op::LSHIFT_IMM,
        Operator::RShift => Op::RSHIFT_IMM,
        Operator::BitAnd => Op::AND_IMM,
        _ => return None,
    })
}

fn binary_op(op: Operator) -> Op {
    match op {
        Operator::Add => Op::ADD,
        Operator::Sub => Op::SUB,
        Operator::Mult => Op::MUL,
        Operator::MatMult => Op::MATMUL,
        Operator::Div => Op::TRUEDIV,
        Operator::Mod => Op::MOD,
        Operator::Pow => Op::POW,
        Operator::LShift => Op::LSHIFT,
        Operator::RShift => Op::RSHIFT,
        Operator::BitOr => Op::OR,
        Operator::BitXor => Op::XOR,
        Operator::BitAnd => Op::AND,
        Operator::FloorDiv => Op::FLOORDIV,
    }
}

fn compare_op(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::EQ,
        CmpOp::NotEq => Op::NE,
        CmpOp::Lt => Op::LT,
        CmpOp::LtE => Op::LE,
        CmpOp::Gt => Op::GT,
        CmpOp::GtE => Op::GE,
        CmpOp::Is => Op::IS,
        CmpOp::IsNot => Op::IS_NOT,
        CmpOp::In => Op::IN,
        CmpOp::NotIn => Op::NOT_IN,
    }
}
