//! Statement blocks and how control leaves them: `break`, `continue`, `return` run what is due.

use ruff_python_ast as ast;

use super::ir::{HandlerId, Label, Reg};
use super::{Compiler, R};
use crate::bytecode::Op;
use crate::code::Const;
use crate::parse::source::Span;

/// Nesting of blocks CPython allows.
const MAX_BLOCKS: usize = 21;

/// What a statement block must have done when control leaves it early.
#[derive(Clone)]
pub struct Block<'a> {
    /// What it is.
    pub kind: BlockKind<'a>,
    /// Handler in force outside it.
    pub outer: HandlerId,
}

/// Kinds of statement blocks.
#[derive(Clone)]
pub enum BlockKind<'a> {
    /// A loop: where to continue and where to break to. `iter` is the iterator to release.
    Loop {
        /// Target of `continue`.
        header: Label,
        /// Target of `break`.
        exit: Label,
        /// The iterator of a `for` loop.
        iter: Option<Reg>,
    },
    /// The body of `try` without `finally`: nothing to do.
    Try,
    /// The body of `try` with `finally`: its statements are due.
    Finally(&'a [ast::Stmt]),
    /// The exceptional copy of a `finally` block, or an `except` clause, handling the exception in
    /// this register.
    Handler(Reg),
    /// An `except ... as name` clause: the name is to be deleted.
    Named(&'a ast::Identifier),
    /// An `except*` clause: leaving it early is an error.
    StarHandler,
    /// A value to be released: what a `return` in progress would return.
    Value(Reg),
    /// The body of `with`: the exit function in this register is to be called.
    With {
        /// The exit function.
        exit: Reg,
        /// `async with`.
        is_async: bool,
        /// The context expression.
        span: Span,
    },
}

impl<'a> Compiler<'a> {
    /// Enters a block; the handler in force now is the one outside it.
    pub fn push_block(&mut self, kind: BlockKind<'a>, span: Span) -> R {
        if self.u.blocks.len() >= MAX_BLOCKS {
            return self.err(span, "too many statically nested blocks");
        }
        let outer = self.u.handler;
        self.u.blocks.push(Block { kind, outer });
        Ok(())
    }

    /// Leaves a block, restoring the handler outside it.
    pub fn pop_block(&mut self) {
        if let Some(b) = self.u.blocks.pop() {
            self.u.handler = b.outer;
        }
    }

    /// Emits what is due when control leaves all blocks above (not including) index `keep`.
    /// `value` is a temporary to be kept, unless what is due leaves on its own.
    pub fn unwind_to(&mut self, keep: usize, value: Option<Reg>) -> R {
        let handler = self.u.handler;
        let blocks = self.u.blocks.split_off(keep);
        for (i, block) in blocks.iter().enumerate().rev() {
            // What is due runs as if in the blocks around this one.
            self.u.blocks.extend(blocks[..i].iter().cloned());
            self.u.handler = block.outer;
            if let Some(v) = value {
                self.u.blocks.push(Block { kind: BlockKind::Value(v), outer: block.outer });
            }
            let r = self.leave(block);
            self.u.blocks.truncate(keep);
            r?;
        }
        self.u.blocks.extend(blocks);
        self.u.handler = handler;
        Ok(())
    }

    /// Handler in force after unwinding down to `keep` blocks.
    pub fn handler_outside(&self, keep: usize) -> HandlerId {
        self.u.blocks.get(keep).map_or(self.u.handler, |b| b.outer)
    }

    fn leave(&mut self, block: &Block<'a>) -> R {
        match &block.kind {
            BlockKind::Loop { iter, .. } => {
                if let Some(iter) = iter {
                    self.u.clear(*iter);
                }
            }
            BlockKind::Try | BlockKind::StarHandler => {}
            BlockKind::Value(v) => self.u.clear(*v),
            BlockKind::Finally(body) => {
                let span = self.u.span;
                self.stmts(body)?;
                self.u.span = span;
            }
            BlockKind::Handler(exc) => {
                self.u.emit_flags(Op::POP_EXC, 0, *exc, 0, 0);
            }
            BlockKind::Named(name) => self.unbind_exception(name)?,
            BlockKind::With { exit, is_async, span } => {
                let saved = std::mem::replace(&mut self.u.span, *span);
                self.call_exit(*exit, *is_async);
                self.u.span = saved;
            }
        }
        Ok(())
    }

    /// Calls a `with` block's exit function with three Nones.
    pub fn call_exit(&mut self, exit: Reg, is_async: bool) {
        let mark = self.u.top;
        let none = self.u.temp();
        self.u.load_const(none, Const::None);
        self.u.emit(Op::WITH_EXIT, none, exit, none);
        if is_async {
            self.await_reg(none, none, 2);
        }
        self.u.clear(none);
        self.u.top = mark;
    }

    /// `break` and `continue`.
    pub fn loop_jump(&mut self, is_break: bool, s: Span) -> R {
        let star = self.u.blocks.iter().rposition(|b| matches!(b.kind, BlockKind::Loop { .. } | BlockKind::StarHandler));
        if let Some(i) = star
            && matches!(self.u.blocks[i].kind, BlockKind::StarHandler)
        {
            return self.err(s, "'break', 'continue' and 'return' cannot appear in an except* block");
        }
        let Some(i) = star else {
            return self.err(s, if is_break { "'break' outside loop" } else { "'continue' not properly in loop" });
        };
        let BlockKind::Loop { header, exit, .. } = self.u.blocks[i].kind else {
            return Ok(());
        };
        let saved = self.u.handler;
        if is_break {
            self.unwind_to(i, None)?;
            self.u.handler = self.handler_outside(i);
            self.u.jump(exit);
        } else {
            self.unwind_to(i + 1, None)?;
            self.u.handler = self.handler_outside(i + 1);
            self.u.emit_jump_flags(Op::JUMP_BACK, 0, 0, 0, header);
        }
        self.u.handler = saved;
        Ok(())
    }
}
