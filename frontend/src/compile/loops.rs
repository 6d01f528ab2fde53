//! `for` and `while`.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;

use super::blocks::BlockKind;
use super::ir::{Label, Reg};
use super::{Compiler, R};
use crate::bytecode::Op;
use crate::code::{Const, flags};
use crate::parse::source::{Span, span};

impl<'a> Compiler<'a> {
    pub(super) fn while_stmt(&mut self, w: &'a ast::StmtWhile) -> R {
        let exit = self.u.label();
        let orelse = self.u.label();
        let header = self.u.here();
        self.push_block(BlockKind::Loop { header, exit, iter: None }, span(w))?;
        self.cond(&w.test, orelse, false)?;
        self.stmts(&w.body)?;
        self.u.span = Span::NONE;
        self.u.emit_jump_flags(Op::JUMP_BACK, 0, 0, 0, header);
        self.pop_block();
        self.u.bind(orelse);
        self.stmts(&w.orelse)?;
        self.u.bind(exit);
        Ok(())
    }

    pub(super) fn for_stmt(&mut self, f: &'a ast::StmtFor) -> R {
        if f.is_async {
            return self.async_for(f);
        }
        let mark = self.u.top;
        let it = self.iterator(&f.iter)?;
        let exit = self.u.label();
        let orelse = self.u.label();
        let header = self.u.here();
        self.push_block(BlockKind::Loop { header, exit, iter: Some(it) }, span(f))?;
        self.for_iter(it, &f.target, span(&*f.iter), orelse)?;
        self.stmts(&f.body)?;
        self.u.span = Span::NONE;
        self.u.emit_jump_flags(Op::JUMP_BACK, 0, 0, 0, header);
        self.pop_block();
        self.u.bind(orelse);
        self.u.top = mark;
        self.stmts(&f.orelse)?;
        self.u.bind(exit);
        Ok(())
    }

    /// An iterator over an expression in a fresh temporary.
    pub(super) fn iterator(&mut self, e: &'a Expr) -> R<Reg> {
        let mark = self.u.top;
        let r = match self.constant_display(e) {
            Some(c) => {
                self.u.span = span(e);
                let t = self.u.temp();
                self.u.load_const(t, c);
                t
            }
            None => self.expr(e)?,
        };
        self.u.top = mark;
        let it = self.u.temp();
        self.u.span = span(e);
        self.u.emit(Op::GET_ITER, it, r, 0);
        Ok(it)
    }

    /// Fetches the next item into a target.
    pub(super) fn for_iter(&mut self, it: Reg, target: &'a Expr, s: Span, exhausted: Label) -> R {
        self.u.span = s;
        if let Expr::Name(n) = target
            && let Some(r) = self.plain_local(&n.id)
        {
            self.u.emit_jump_flags(Op::FOR_ITER, 0, it, r, exhausted);
            return Ok(());
        }
        let mark = self.u.top;
        let t = self.u.temp();
        self.u.emit_jump_flags(Op::FOR_ITER, 0, it, t, exhausted);
        self.store(target, t)?;
        self.u.top = mark;
        Ok(())
    }

    fn async_for(&mut self, f: &'a ast::StmtFor) -> R {
        if !self.allows_async() {
            return self.err(span(f), "'async for' outside async function");
        }
        let mark = self.u.top;
        let it = self.async_iterator(&f.iter)?;
        let exit = self.u.label();
        let orelse = self.u.label();
        let header = self.u.here();
        self.push_block(BlockKind::Loop { header, exit, iter: Some(it) }, span(f))?;
        self.async_next(it, &f.target, span(&*f.iter), orelse)?;
        self.stmts(&f.body)?;
        self.u.span = Span::NONE;
        self.u.emit_jump_flags(Op::JUMP_BACK, 0, 0, 0, header);
        self.pop_block();
        self.u.bind(orelse);
        self.u.top = mark;
        self.stmts(&f.orelse)?;
        self.u.bind(exit);
        Ok(())
    }

    /// Whether `async for` and `async with` may stand here.
    pub(super) fn allows_async(&self) -> bool {
        self.u.flags & (flags::COROUTINE | flags::ASYNC_GENERATOR) != 0 || (self.u.scope == 0 && self.options.allow_top_level_await)
    }

    /// An asynchronous iterator over an expression in a fresh temporary.
    pub(super) fn async_iterator(&mut self, e: &'a Expr) -> R<Reg> {
        let mark = self.u.top;
        let r = self.expr(e)?;
        self.u.top = mark;
        let it = self.u.temp();
        self.u.span = span(e);
        self.u.emit(Op::GET_AITER, it, r, 0);
        Ok(it)
    }

    /// Awaits the next item into a target.
    pub(super) fn async_next(&mut self, it: Reg, target: &'a Expr, s: Span, exhausted: Label) -> R {
        let mark = self.u.top;
        let end = self.u.label();
        let outer = self.u.handler;
        let handler = self.u.new_handler(end, mark, false);
        self.u.span = s;
        self.u.handler = handler;
        let v = self.u.temps(2);
        self.u.emit_flags(Op::GET_ANEXT, 0, v, it, 0);
        self.u.load_const(v + 1, Const::None);
        self.u.emit(Op::YIELD_FROM, v, v, v + 1);
        self.u.handler = outer;
        self.u.top = v + 1;
        let saved = self.u.begin_cold();
        self.u.bind(end);
        self.u.emit(Op::END_ASYNC_FOR, mark, it, 0);
        self.u.jump(exhausted);
        self.u.end_cold(saved);
        self.store(target, v)?;
        self.u.top = mark;
        Ok(())
    }
}
