//! `with` and `async with`.

use ruff_python_ast as ast;

use super::blocks::BlockKind;
use super::{Compiler, R};
use crate::bytecode::{FLAG_KB, Op};
use crate::parse::source::{Span, span};

impl<'a> Compiler<'a> {
    pub(super) fn with_stmt(&mut self, w: &'a ast::StmtWith) -> R {
        if w.is_async && !self.allows_async() {
            return self.err(span(w), "'async with' outside async function");
        }

        self.with_items(w, &w.items)
    }

    fn with_items(&mut self, w: &'a ast::StmtWith, items: &'a [ast::WithItem]) -> R {
        let Some((item, rest)) = items.split_first() else {
            return self.stmts(&w.body);
        };
        let mark = self.u.top;
        let s = span(&item.context_expr);
        let manager = self.expr(&item.context_expr)?;
        self.u.top = mark;
        let exit = self.u.temps(2);
        self.u.span = s;
        if w.is_async {
            self.u.emit(Op::ASYNC_WITH_ENTER, exit, manager, 0);
            self.await_reg(exit + 1, exit + 1, 1);
        } else {
            self.u.emit(Op::WITH_ENTER, exit, manager, 0);
        }
        let raised = self.u.label();
        let end = self.u.label();
        let handler = self.u.new_handler(raised, exit + 1, false);
        self.push_block(BlockKind::With { exit, is_async: w.is_async, span: s }, span(w))?;
        self.u.handler = handler;
        match &item.optional_vars {
            Some(target) => self.store(target, exit + 1)?,
            None => self.u.clear(exit + 1),
        }
        self.u.top = exit + 1;
        self.deeper(|c| c.with_items(w, rest))?;
        self.pop_block();
        self.u.span = s;
        self.call_exit(exit, w.is_async);
        self.with_raised(exit, w.is_async, s, raised, end);
        self.u.top = mark;
        self.u.bind(end);
        Ok(())
    }

    /// The exceptional way out: the exit function sees the exception and may swallow it.
    fn with_raised(&mut self, exit: u32, is_async: bool, s: Span, raised: super::ir::Label, end: super::ir::Label) {
        let exc = exit + 1;
        let saved = self.u.begin_cold();
        self.u.bind(raised);
        self.u.span = s;
        self.u.top = exc;
        self.u.temps(2);
        self.u.emit_flags(Op::PUSH_EXC, 0, exc, 0, 0);
        let outer = self.u.handler;
        let cleanup = self.u.label();
        let handler = self.u.new_handler(cleanup, exc + 2, true);
        self.u.handler = handler;
        let r = self.u.temp();
        self.u.emit_flags(Op::WITH_EXIT, FLAG_KB, r, exit, exc);
        if is_async {
            self.await_reg(r, r, 2);
        }
        let swallowed = self.u.label();
        self.u.emit_jump(Op::JUMP_IF_TRUE, r, 0, swallowed);
        self.u.emit_flags(Op::RERAISE, 0, exc, 0, 0);
        self.u.bind(swallowed);
        self.u.handler = outer;
        self.u.span = Span::NONE;
        self.u.emit_flags(Op::POP_EXC, 0, exc, 0, 0);
        self.u.jump(end);
        self.u.bind(cleanup);
        self.u.emit_flags(Op::POP_EXC, 0, exc, 0, 0);
        self.u.emit(Op::RERAISE, exc + 2, 1, 0);
        self.u.end_cold(saved);
    }
}
