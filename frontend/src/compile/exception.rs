//! `try`: `except`, `except*`, `else`, `finally`.

use ruff_python_ast as ast;
use ruff_python_ast::Stmt;

use super::blocks::BlockKind;
use super::ir::{HandlerId, Reg};
use super::names::Ref;
use super::{Compiler, R};
use crate::bytecode::{FLAG_KB, Op};
use crate::parse::source::{Span, span};

impl<'a> Compiler<'a> {
    pub(super) fn try_stmt(&mut self, t: &'a ast::StmtTry) -> R {
        self.check_finally(&t.finalbody);

        if t.finalbody.is_empty() { self.try_except(t) } else { self.try_finally(t) }
    }

    fn try_except(&mut self, t: &'a ast::StmtTry) -> R {
        if t.handlers.is_empty() {
            return self.stmts(&t.body);
        }
        let depth = self.u.top;
        let except = self.u.label();
        let end = self.u.label();
        let handler = self.u.new_handler(except, depth, false);
        self.push_block(BlockKind::Try, span(t))?;
        self.u.handler = handler;
        self.stmts(&t.body)?;
        self.pop_block();
        self.stmts(&t.orelse)?;
        let saved = self.u.begin_cold();
        self.u.bind(except);
        self.u.span = Span::NONE;
        let cleanup = self.begin_handler(depth);
        self.push_block(BlockKind::Handler(depth), span(t))?;
        self.u.handler = cleanup;
        if t.is_star {
            self.star_handlers(&t.handlers, depth)?;
        } else {
            self.handlers(&t.handlers, depth, end)?;
        }
        self.pop_block();
        if t.is_star {
            self.finish_star(depth, end);
        }
        self.u.end_cold(saved);
        self.u.top = depth;
        self.u.bind(end);
        Ok(())
    }

    /// Starts handling the exception in `exc`: returns the handler that ends the handling should
    /// another exception be raised meanwhile.
    fn begin_handler(&mut self, exc: Reg) -> HandlerId {
        self.u.top = exc;
        self.u.temps(2);
        self.u.emit_flags(Op::PUSH_EXC, 0, exc, 0, 0);
        let cleanup = self.u.label();
        let handler = self.u.new_handler(cleanup, exc + 2, true);
        let saved = self.u.begin_cold();
        self.u.bind(cleanup);
        self.u.emit_flags(Op::POP_EXC, 0, exc, 0, 0);
        self.u.emit(Op::RERAISE, exc + 2, 1, 0);
        self.u.end_cold(saved);
        handler
    }

    fn handlers(&mut self, handlers: &'a [ast::ExceptHandler], exc: Reg, end: super::ir::Label) -> R {
        for (i, ast::ExceptHandler::ExceptHandler(h)) in handlers.iter().enumerate() {
            if h.type_.is_none() && i + 1 < handlers.len() {
                return self.err(span(h), "default 'except:' must be last");
            }
            let next = self.u.label();
            if let Some(ty) = &h.type_ {
                let mark = self.u.top;
                let r = self.expr(ty)?;
                self.u.top = mark;
                self.u.span = span(&**ty);
                let flags = super::unit::consume_flags(Op::JUMP_UNLESS_EXC_MATCH, exc, r, 0) & FLAG_KB;
                self.u.emit_jump_flags(Op::JUMP_UNLESS_EXC_MATCH, flags, exc, r, next);
            }
            self.u.span = span(h);
            if let Some(name) = &h.name {
                self.copy_to_name(name, exc)?;
                self.named_body(name, &h.body, exc + 2)?;
            } else {
                self.stmts(&h.body)?;
            }
            // Out of the handling: what follows is not protected by its cleanup.
            let inner = self.u.handler;
            self.u.handler = self.handler_outside(self.u.blocks.len() - 1);
            self.u.span = Span::NONE;
            self.u.emit_flags(Op::POP_EXC, 0, exc, 0, 0);
            if let Some(name) = &h.name {
                self.unbind_exception(name)?;
            }
            self.u.jump(end);
            self.u.handler = inner;
            self.u.bind(next);
        }
        self.u.span = Span::NONE;
        self.u.emit_flags(Op::RERAISE, 0, exc, 0, 0);
        Ok(())
    }

    /// Binds a name to the exception in a register, which keeps it.
    fn copy_to_name(&mut self, name: &str, exc: Reg) -> R {
        let mark = self.u.top;
        let mangled = self.mangle(name);
        if let Ref::Local(r) = self.resolve(&mangled) {
            self.u.emit_flags(Op::MOVE, 0, r, exc, 0);
            return Ok(());
        }
        let t = self.u.temp();
        self.u.emit_flags(Op::MOVE, 0, t, exc, 0);
        self.store_name(name, t)?;
        self.u.top = mark;
        Ok(())
    }

    /// The body of a handler with a name; on an exception the name is deleted. Unbinding it otherwise
    /// is the caller's.
    fn named_body(&mut self, name: &'a ast::Identifier, body: &'a [Stmt], depth: Reg) -> R {
        let outer = self.u.handler;
        let cleanup = self.u.label();
        let handler = self.u.new_handler(cleanup, depth, true);
        let saved = self.u.begin_cold();
        self.u.bind(cleanup);
        let s = std::mem::replace(&mut self.u.span, Span::NONE);
        let top = std::mem::replace(&mut self.u.top, depth);
        self.u.temps(2);
        self.unbind_exception(name)?;
        self.u.emit(Op::RERAISE, depth, 1, 0);
        self.u.top = top;
        self.u.span = s;
        self.u.end_cold(saved);
        self.push_block(BlockKind::Named(name), span(name))?;
        self.u.handler = handler;
        self.stmts(body)?;
        self.pop_block();
        self.u.handler = outer;
        Ok(())
    }

    // --- except* -----------------------------------------------------------------------------

    /// Registers of `except*`: the exception and the previous one, then the list of results, the
    /// rest not yet handled, the match, the new rest.
    fn star_handlers(&mut self, handlers: &'a [ast::ExceptHandler], exc: Reg) -> R {
        let results = self.u.temps(4);
        let (rest, found) = (results + 1, results + 2);
        self.u.emit(Op::BUILD_LIST, results, results, 0);
        self.u.emit_flags(Op::MOVE, 0, rest, exc, 0);
        for ast::ExceptHandler::ExceptHandler(h) in handlers {
            let next = self.u.label();
            let Some(ty) = &h.type_ else {
                return self.err(span(h), "expected one or more exception types");
            };
            let mark = self.u.top;
            let r = self.expr(ty)?;
            self.u.top = mark;
            self.u.span = span(&**ty);
            self.u.emit(Op::EG_MATCH, found, rest, r);
            self.u.emit(Op::MOVE, rest, found + 1, 0);
            self.u.emit_jump_flags(Op::JUMP_IF_NONE, 0, found, 0, next);
            self.u.span = span(h);
            if let Some(name) = &h.name {
                self.copy_to_name(name, found)?;
            }
            self.star_body(h, results, found, next)?;
            self.u.bind(next);
            self.u.span = Span::NONE;
            self.u.clear(found);
        }
        self.u.span = Span::NONE;
        self.u.emit(Op::LIST_APPEND, results, rest, 0);
        let flags = super::unit::consume_flags(Op::EG_PREP_RERAISE, rest, 0, results);
        self.u.emit_flags(Op::EG_PREP_RERAISE, flags, rest, exc, results);
        Ok(())
    }

    fn star_body(&mut self, h: &'a ast::ExceptHandlerExceptHandler, results: Reg, found: Reg, next: super::ir::Label) -> R {
        // An exception in the body joins the results.
        let depth = found + 1;
        let raised = self.u.label();
        let handler = self.u.new_handler(raised, depth, true);
        let saved = self.u.begin_cold();
        self.u.bind(raised);
        let top = std::mem::replace(&mut self.u.top, depth);
        self.u.temps(2);
        if let Some(name) = &h.name {
            self.unbind_exception(name)?;
        }
        self.u.emit(Op::LIST_APPEND, results, depth, 0);
        self.u.clear(depth + 1);
        self.u.jump(next);
        self.u.top = top;
        self.u.end_cold(saved);
        self.push_block(BlockKind::StarHandler, span(h))?;
        self.u.handler = handler;
        self.stmts(&h.body)?;
        self.pop_block();
        self.u.span = Span::NONE;
        if let Some(name) = &h.name {
            self.unbind_exception(name)?;
        }
        Ok(())
    }

    /// After all `except*` clauses: raise what is left, if anything.
    fn finish_star(&mut self, exc: Reg, end: super::ir::Label) {
        let left = exc + 3;
        let reraise = self.u.label();
        self.u.emit_jump_flags(Op::JUMP_IF_NOT_NONE, 0, left, 0, reraise);
        self.u.clear(left);
        self.u.emit_flags(Op::POP_EXC, 0, exc, 0, 0);
        self.u.jump(end);
        self.u.bind(reraise);
        self.u.emit_flags(Op::POP_EXC, 0, exc, 0, 0);
        self.u.emit(Op::RERAISE, left, 0, 0);
    }

    // --- finally -------------------------------------------------------------------------------

    fn try_finally(&mut self, t: &'a ast::StmtTry) -> R {
        let depth = self.u.top;
        let raised = self.u.label();
        let end = self.u.label();
        let handler = self.u.new_handler(raised, depth, false);
        self.push_block(BlockKind::Finally(&t.finalbody), span(t))?;
        self.u.handler = handler;
        if t.handlers.is_empty() {
            self.stmts(&t.body)?;
        } else {
            self.try_except(t)?;
        }
        self.pop_block();
        self.stmts(&t.finalbody)?;
        let saved = self.u.begin_cold();
        self.u.bind(raised);
        self.u.span = Span::NONE;
        let cleanup = self.begin_handler(depth);
        self.push_block(BlockKind::Handler(depth), span(t))?;
        self.u.handler = cleanup;
        self.stmts(&t.finalbody)?;
        if let Some(last) = t.finalbody.last() {
            self.u.span = span(last);
        }
        self.u.emit_flags(Op::RERAISE, 0, depth, 0, 0);
        self.pop_block();
        self.u.end_cold(saved);
        self.u.top = depth;
        self.u.bind(end);
        Ok(())
    }
}
