//! Assignment, augmented assignment, deletion.

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, Operator, Stmt};

use super::ir::{Reg, is_temp};
use super::names::contains_named;
use super::{Compiler, R};
use crate::bytecode::{FLAG_LOCALS, MAX_UNPACK_LOCALS, Op};
use crate::parse::source::span;

/// Longest tuple assigned item by item without building the tuple.
const MAX_PAIRWISE: usize = 16;

impl<'a> Compiler<'a> {
    pub(super) fn assign(&mut self, a: &'a ast::StmtAssign) -> R {
        let mark = self.u.top;
        if let [target] = &a.targets[..] {
            if let Expr::Name(n) = target
                && let Some(r) = self.plain_local(&n.id)
            {
                return self.expr_into(&a.value, r);
            }
            if self.pairwise(target, &a.value)? {
                self.u.top = mark;
                return Ok(());
            }
            let v = self.expr(&a.value)?;
            let v = self.protect(v, [target]);
            self.store(target, v)?;
            self.u.top = mark;
            return Ok(());
        }
        // Each target but the last gets a copy.
        let v = self.expr(&a.value)?;
        let v = self.protect_targets(v, &a.targets);
        let inner = self.u.top;
        for (i, target) in a.targets.iter().enumerate() {
            let last = i + 1 == a.targets.len();
            if last || !is_temp(v) {
                self.store(target, v)?;
            } else {
                let copy = self.u.temp();
                self.u.span = span(target);
                self.u.emit_flags(Op::MOVE, 0, copy, v, 0);
                self.store(target, copy)?;
            }
            self.u.top = inner;
        }
        self.u.top = mark;
        Ok(())
    }

    /// `a = b = x` with `x` one of the targets must not read it after it was assigned.
    fn protect_targets(&mut self, v: Reg, targets: &'a [Expr]) -> Reg {
        if is_temp(v) {
            return v;
        }
        let (_, before) = match targets.split_last() {
            Some(x) => x,
            None => return v,
        };
        let rebound = before.iter().any(|t| !matches!(t, Expr::Name(n) if self.plain_local(&n.id) != Some(v)));
        if !rebound && !targets.iter().any(contains_named) {
            return v;
        }
        let t = self.u.temp();
        self.u.emit_flags(Op::MOVE, 0, t, v, 0);
        t
    }

    /// `a, b = x, y` without the tuple.
    fn pairwise(&mut self, target: &'a Expr, value: &'a Expr) -> R<bool> {
        let targets = match target {
            Expr::Tuple(t) => &t.elts,
            Expr::List(l) => &l.elts,
            _ => return Ok(false),
        };
        let values = match value {
            Expr::Tuple(t) => &t.elts,
            Expr::List(l) => &l.elts,
            _ => return Ok(false),
        };
        if targets.len() != values.len()
            || targets.is_empty()
            || targets.len() > MAX_PAIRWISE
            || targets.iter().chain(values).any(|e| matches!(e, Expr::Starred(_)))
        {
            return Ok(false);
        }
        // Constants need no register; locals are read in place unless something before rebinds them.
        let simple = targets.iter().all(|t| match t {
            Expr::Name(n) => self.plain_local(&n.id).is_some(),
            _ => false,
        });
        let walrus = targets.iter().chain(values).any(contains_named);
        let mut regs = Vec::with_capacity(values.len());
        for (i, v) in values.iter().enumerate() {
            if self.constant(v).is_some() {
                regs.push(None);
                continue;
            }
            let r = self.expr(v)?;
            let rebound = walrus
                || (!is_temp(r)
                    && (!simple || targets[..i].iter().any(|t| matches!(t, Expr::Name(n) if self.plain_local(&n.id) == Some(r)))));
            if !is_temp(r) && rebound {
                let t = self.u.temp();
                self.u.emit_flags(Op::MOVE, 0, t, r, 0);
                regs.push(Some(t));
            } else {
                regs.push(Some(r));
            }
        }
        for ((target, value), r) in targets.iter().zip(values).zip(regs) {
            let inner = self.u.top;
            let r = match r {
                Some(r) => r,
                None => match target {
                    Expr::Name(n) if self.plain_local(&n.id).is_some() => {
                        if let Some(d) = self.plain_local(&n.id) {
                            self.expr_into(value, d)?;
                        }
                        continue;
                    }
                    _ => self.expr(value)?,
                },
            };
            self.store(target, r)?;
            self.u.top = inner;
        }
        Ok(true)
    }

    /// Stores a register (consumed if a temporary) in a target.
    pub(super) fn store(&mut self, target: &'a Expr, v: Reg) -> R {
        let mark = self.u.top;
        match target {
            Expr::Name(n) => {
                self.u.span = span(target);
                self.store_name(&n.id, v)?;
            }
            Expr::Attribute(a) => {
                let o = self.expr(&a.value)?;
                self.u.span = self.attribute_span(span(target), a);
                self.note_static_attribute(a);
                let name = self.mangle(a.attr.as_str());
                self.u.emit_name(Op::STORE_ATTR, o, v, &name);
            }
            Expr::Subscript(s) => {
                let o = self.expr(&s.value)?;
                let o = self.protect(o, [&*s.slice]);
                if let Some(window) = self.slice_window(&s.slice)? {
                    self.u.span = span(target);
                    self.u.emit(Op::SETSLICE, o, v, window);
                } else {
                    let i = self.expr(&s.slice)?;
                    self.u.span = span(target);
                    self.u.emit(Op::SETITEM, o, i, v);
                }
            }
            Expr::Tuple(t) => self.deeper(|c| c.unpack(target, &t.elts, v))?,
            Expr::List(l) => self.deeper(|c| c.unpack(target, &l.elts, v))?,
            Expr::Starred(_) => {
                return self.err(span(target), "starred assignment target must be in a list or tuple");
            }
            _ => return self.err(span(target), "cannot assign to expression"),
        }
        self.u.top = mark;
        Ok(())
    }

    fn unpack(&mut self, target: &'a Expr, elts: &'a [Expr], v: Reg) -> R {
        self.u.span = span(target);
        let star = elts.iter().position(|e| matches!(e, Expr::Starred(_)));
        if let Some(first) = self.adjacent_locals(elts, v) {
            self.u.emit_ext(Op::UNPACK_SEQ, FLAG_LOCALS, first, v, elts.len() as u32, 0);
            return Ok(());
        }
        let base = self.u.temps(elts.len() as u32);
        match star {
            None => self.u.emit(Op::UNPACK_SEQ, base, v, elts.len() as u32),
            Some(i) => {
                let after = elts.len() - i - 1;
                if elts[i + 1..].iter().any(|e| matches!(e, Expr::Starred(_))) {
                    return self.err(span(target), "multiple starred expressions in assignment");
                }
                if i >= 1 << 8 || after >= 1 << 8 {
                    return self.err(span(target), "too many expressions in star-unpacking assignment");
                }
                self.u.emit(Op::UNPACK_EX, base, v, (i | after << 8) as u32);
            }
        }
        for (i, e) in elts.iter().enumerate() {
            let e = match e {
                Expr::Starred(s) => &*s.value,
                e => e,
            };
            self.store(e, base + i as u32)?;
        }
        Ok(())
    }

    /// The first of the registers of `elts` if they are locals side by side, in order and on one
    /// line, none of them `source`: a sequence can be unpacked right into them.
    fn adjacent_locals(&mut self, elts: &'a [Expr], source: Reg) -> Option<Reg> {
        let (head, last) = (elts.first()?, elts.last()?);
        let n = u32::try_from(elts.len()).ok().filter(|n| (2..=MAX_UNPACK_LOCALS).contains(n))?;
        let mut registers = (0..n).zip(elts).map(|(i, e)| match e {
            Expr::Name(name) => self.plain_local(&name.id).map(|r| (i, r)),
            _ => None,
        });
        let (_, first) = registers.next()??;
        let adjacent = registers.all(|r| r.is_some_and(|(i, r)| r == first + i));
        if !adjacent || is_temp(first) || (first..first + n).contains(&source) {
            return None;
        }
        // Each line has its own event.
        (self.source.line(span(head).start) == self.source.line(span(last).end)).then_some(first)
    }

    pub(super) fn aug_assign(&mut self, s: &'a Stmt, a: &'a ast::StmtAugAssign) -> R {
        let mark = self.u.top;
        match &*a.target {
            Expr::Name(n) => {
                self.u.span = span(&*a.target);
                if let Some(r) = self.plain_local(&n.id) {
                    self.check_bound(r);
                    self.in_place(a.op, r, r, &a.value, span(s))?;
                } else {
                    let t = self.u.temp();
                    self.load_name(&n.id, Some(t))?;
                    self.in_place(a.op, t, t, &a.value, span(s))?;
                    self.u.span = span(&*a.target);
                    self.store_name(&n.id, t)?;
                }
            }
            Expr::Attribute(attr) => self.aug_attribute(s, a.op, &a.target, attr, &a.value)?,
            Expr::Subscript(sub) => self.aug_subscript(s, a.op, &a.target, sub, &a.value)?,
            t => {
                return self.err(span(t), "illegal expression for augmented assignment");
            }
        }
        self.u.top = mark;
        Ok(())
    }

    fn aug_attribute(&mut self, s: &'a Stmt, op: Operator, target: &'a Expr, attr: &'a ast::ExprAttribute, value: &'a Expr) -> R {
        let o = self.expr(&attr.value)?;
        let o = self.protect(o, [value]);
        let t = self.u.temp();
        let name = self.mangle(attr.attr.as_str());
        self.u.span = self.attribute_span(span(target), attr);
        let k = self.u.name_index(&name);
        self.u.push_borrowing(Op::LOAD_ATTR, t, o, 0, Some(k));
        self.in_place(op, t, t, value, span(s))?;
        self.u.span = self.attribute_span(span(target), attr);
        self.note_static_attribute(attr);
        self.u.emit_name(Op::STORE_ATTR, o, t, &name);
        Ok(())
    }

    fn aug_subscript(&mut self, s: &'a Stmt, op: Operator, target: &'a Expr, sub: &'a ast::ExprSubscript, value: &'a Expr) -> R {
        let o = self.expr(&sub.value)?;
        let o = self.protect(o, [&*sub.slice, value]);
        let i = self.expr(&sub.slice)?;
        let i = self.protect(i, [value]);
        let t = self.u.temp();
        self.u.span = span(target);
        self.u.push_borrowing(Op::GETITEM, t, o, i, None);
        self.in_place(op, t, t, value, span(s))?;
        self.u.span = span(target);
        self.u.emit(Op::SETITEM, o, i, t);
        Ok(())
    }

    pub(super) fn delete(&mut self, target: &'a Expr) -> R {
        let mark = self.u.top;
        match target {
            Expr::Name(n) => {
                self.u.span = span(target);
                self.delete_name(&n.id)?;
            }
            Expr::Attribute(a) => {
                let o = self.expr(&a.value)?;
                self.u.span = self.attribute_span(span(target), a);
                let name = self.mangle(a.attr.as_str());
                self.u.emit_name(Op::DELETE_ATTR, o, 0, &name);
            }
            Expr::Subscript(s) => {
                let o = self.expr(&s.value)?;
                let o = self.protect(o, [&*s.slice]);
                let i = self.expr(&s.slice)?;
                self.u.span = span(target);
                self.u.emit(Op::DELITEM, o, i, 0);
            }
            Expr::Tuple(t) => self.deeper(|c| t.elts.iter().try_for_each(|e| c.delete(e)))?,
            Expr::List(l) => self.deeper(|c| l.elts.iter().try_for_each(|e| c.delete(e)))?,
            t => return self.err(span(t), "cannot delete expression"),
        }
        self.u.top = mark;
        Ok(())
    }
}
