//! Statements.

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, Stmt};

use super::blocks::BlockKind;
use super::ir::is_temp;
use super::{Compiler, R, ir};
use crate::bytecode::{CommonConst, FLAG_DISCARD, Op};
use crate::code::{Const, flags};
use crate::parse::literal;
use crate::parse::source::{Span, span};
use crate::pystring::PyString;
use crate::symtable::ScopeKind;

impl<'a> Compiler<'a> {
    pub(super) fn stmts(&mut self, body: &'a [Stmt]) -> R {
        for s in body {
            self.stmt(s)?;
        }
        Ok(())
    }

    fn stmt(&mut self, s: &'a Stmt) -> R {
        self.u.span = span(s);
        match s {
            Stmt::Expr(e) => self.expr_stmt(e),
            Stmt::Assign(a) => self.assign(a),
            Stmt::AugAssign(a) => self.aug_assign(s, a),
            Stmt::AnnAssign(a) => self.ann_assign(a),
            Stmt::Return(r) => self.return_stmt(r),
            Stmt::Delete(d) => d.targets.iter().try_for_each(|t| self.delete(t)),
            Stmt::Raise(r) => self.raise(r),
            Stmt::Assert(a) => self.assert(a),
            Stmt::Import(i) => self.import(i),
            Stmt::ImportFrom(i) => self.import_from(i),
            Stmt::Break(_) => self.loop_jump(true, span(s)),
            Stmt::Continue(_) => self.loop_jump(false, span(s)),
            Stmt::Pass(_) => {
                self.place();
                Ok(())
            }
            Stmt::Global(_) | Stmt::Nonlocal(_) => Ok(()),
            Stmt::TypeAlias(t) => self.type_alias(t),
            Stmt::IpyEscapeCommand(_) => self.err(span(s), "invalid syntax"),
            _ => self.deeper(|c| c.compound_stmt(s)),
        }
    }

    /// A place in the source that tracing sees although nothing happens there.
    pub(super) fn place(&mut self) {
        self.u.emit_flags(Op::NOP, 0, 0, 0, 0);
    }

    fn compound_stmt(&mut self, s: &'a Stmt) -> R {
        match s {
            Stmt::FunctionDef(f) => self.function_def(f),
            Stmt::ClassDef(c) => self.class_def(c),
            Stmt::For(f) => self.for_stmt(f),
            Stmt::While(w) => self.while_stmt(w),
            Stmt::If(i) => self.if_stmt(i),
            Stmt::With(w) => self.with_stmt(w),
            Stmt::Match(m) => self.match_stmt(m),
            Stmt::Try(t) => {
                self.place();
                self.try_stmt(t)
            }
            _ => Ok(()),
        }
    }

    fn expr_stmt(&mut self, e: &'a ast::StmtExpr) -> R {
        if self.interactive && self.u.scope == 0 {
            let mark = self.u.top;
            let r = self.expr(&e.value)?;
            self.u.span = span(e);
            self.u.emit(Op::PRINT_EXPR, r, 0, 0);
            self.u.top = mark;
            return Ok(());
        }
        if self.constant(&e.value).is_some() {
            return Ok(());
        }
        // The value sent to a `yield` statement is dropped.
        if let Expr::Yield(y) = &*e.value {
            let mark = self.u.top;
            let r = self.yield_expr(&e.value, y, None)?;
            self.u.discard_sent(r, FLAG_DISCARD);
            self.u.top = mark;
            return Ok(());
        }
        self.expr_discard(&e.value)
    }

    fn if_stmt(&mut self, i: &'a ast::StmtIf) -> R {
        let end = self.u.label();
        let mut next = self.u.label();
        self.cond(&i.test, next, false)?;
        self.stmts(&i.body)?;
        for clause in &i.elif_else_clauses {
            self.u.span = Span::NONE;
            self.u.jump(end);
            self.u.bind(next);
            next = self.u.label();
            if let Some(test) = &clause.test {
                self.u.span = span(test);
                self.cond(test, next, false)?;
            }
            self.stmts(&clause.body)?;
        }
        self.u.bind(next);
        self.u.bind(end);
        Ok(())
    }

    fn return_stmt(&mut self, r: &'a ast::StmtReturn) -> R {
        let s = span(r);
        let scope = self.scope();
        if scope.kind != ScopeKind::Function {
            return self.err(s, "'return' outside function");
        }
        if self.u.blocks.iter().any(|b| matches!(b.kind, BlockKind::StarHandler)) {
            return self.err(s, "'break', 'continue' and 'return' cannot appear in an except* block");
        }
        if r.value.is_some() && self.u.flags & flags::ASYNC_GENERATOR != 0 {
            return self.err(s, "'return' with value in async generator");
        }
        let constant = match &r.value {
            None => Some(Const::None),
            Some(v) => self.constant(v),
        };
        let mark = self.u.top;
        let saved = self.u.handler;
        if let Some(c) = constant {
            self.unwind_to(0, None)?;
            self.u.span = s;
            self.u.handler = self.handler_outside(0);
            let k = self.u.constant(c);
            self.u.emit_flags(Op::RETURN_CONST, 0, 0, k, 0);
        } else if let Some(v) = &r.value {
            let mut v = self.expr(v)?;
            // What is due on the way out may rebind a local.
            let due = self.u.blocks.iter().any(|b| matches!(b.kind, BlockKind::Finally(_) | BlockKind::With { .. } | BlockKind::Named(_)));
            if due && !is_temp(v) {
                let t = self.u.temp();
                self.u.emit_flags(Op::MOVE, 0, t, v, 0);
                v = t;
            }
            self.u.span = s;
            self.unwind_to(0, is_temp(v).then_some(v))?;
            self.u.span = s;
            self.u.handler = self.handler_outside(0);
            self.u.emit(Op::RETURN, v, 0, 0);
        }
        self.u.handler = saved;
        self.u.top = mark;
        Ok(())
    }

    fn raise(&mut self, r: &'a ast::StmtRaise) -> R {
        let mark = self.u.top;
        let (mut a, mut b, mut n) = (ir::TEMP, ir::TEMP, 0);
        if let Some(exc) = &r.exc {
            a = self.expr(exc)?;
            n = 1;
            if let Some(cause) = &r.cause {
                a = self.protect(a, [&**cause]);
                b = self.expr(cause)?;
                n = 2;
            }
        }
        self.u.span = span(r);
        match n {
            0 => self.u.emit_flags(Op::RAISE, 0, 0, 0, 0),
            1 => {
                let flags = super::unit::consume_flags(Op::RAISE, a, 0, 0);
                self.u.emit_flags(Op::RAISE, flags, a, 0, 1);
            }
            _ => {
                let flags = super::unit::consume_flags(Op::RAISE, a, b, 0);
                self.u.emit_flags(Op::RAISE, flags, a, b, 2);
            }
        }
        self.u.top = mark;
        Ok(())
    }

    fn assert(&mut self, a: &'a ast::StmtAssert) -> R {
        self.check_assert(a);
        if self.options.optimize > 0 {
            return Ok(());
        }
        let end = self.u.label();
        self.cond(&a.test, end, true)?;
        let mark = self.u.top;
        let base = self.u.temps(2);
        self.u.span = span(&*a.test);
        self.u.emit_flags(Op::LOAD_COMMON, 0, base, CommonConst::AssertionError as u32, 0);
        if let Some(msg) = &a.msg {
            let t = self.u.temp();
            self.expr_into(msg, t)?;
            self.u.span = span(a);
            self.u.emit_ext(Op::CALL, 0, base, 1, base, 0);
        }
        self.u.span = span(&*a.test);
        let flags = super::unit::consume_flags(Op::RAISE, base, 0, 0);
        self.u.emit_flags(Op::RAISE, flags, base, 0, 1);
        self.u.top = mark;
        self.u.bind(end);
        Ok(())
    }

    /// The docstring at the start of a body (None if stripped), the rest of the body, its position.
    pub(super) fn docstring(&self, body: &'a [Stmt]) -> Option<(Option<PyString>, &'a [Stmt], Span)> {
        let (Stmt::Expr(first), rest) = body.split_first()? else {
            return None;
        };
        let Expr::StringLiteral(s) = &*first.value else {
            return None;
        };
        if self.options.optimize >= 2 {
            return Some((None, rest, span(first)));
        }
        let doc = clean_doc(&literal::string(self.source, s));
        Some((Some(doc), rest, span(first)))
    }
}

/// Removes the common indentation of a docstring's lines, as the compiler of CPython does.
fn clean_doc(doc: &PyString) -> PyString {
    let expanded = expand_tabs(doc);
    let lines: Vec<&[u32]> = expanded.split(|c| *c == 10).collect();
    let indent = |l: &[u32]| l.iter().take_while(|c| **c == 32).count();
    let margin = lines[1..].iter().filter(|l| indent(l) < l.len()).map(|l| indent(l)).min().unwrap_or(0);
    let mut out = PyString::new();
    for (i, l) in lines.iter().enumerate() {
        if i > 0 {
            out.push(10);
        }
        let cut = if i == 0 { indent(l) } else { margin.min(indent(l)) };
        l[cut..].iter().for_each(|c| out.push(*c));
    }
    out
}

fn expand_tabs(doc: &PyString) -> Vec<u32> {
    let mut out = Vec::new();
    let mut col = 0usize;
    for c in doc.code_points() {
        match c {
            9 => {
                let n = 8 - col % 8;
                out.extend(std::iter::repeat_n(32, n));
                col += n;
            }
            10 | 13 => {
                out.push(c);
                col = 0;
            }
            c => {
                out.push(c);
                col += 1;
            }
        }
    }
    out
}
