//! Warnings about code that is legal but surely not meant.

use ruff_python_ast as ast;
use ruff_python_ast::{CmpOp, Expr, Stmt};

use super::{Compiler, R};
use crate::errors::{CompileWarning, WarningCategory};
use crate::parse::source::{Span, span};

impl<'a> Compiler<'a> {
    /// Issues a SyntaxWarning, once for code compiled twice.
    pub(super) fn warn(&mut self, s: Span, msg: String) {
        let (line, col) = self.source.char_pos(s.start);
        let (end_line, end_col) = self.source.char_pos(s.end);
        let w = CompileWarning { category: WarningCategory::SyntaxWarning, msg, error: None, line, col, end_line, end_col };
        if !self.warnings.contains(&w) {
            self.warnings.push(w);
        }
    }

    /// `assert (test, message)` always passes.
    pub(super) fn check_assert(&mut self, a: &ast::StmtAssert) {
        if matches!(&*a.test, Expr::Tuple(t) if !t.elts.is_empty()) {
            self.warn(span(a), "assertion is always true, perhaps remove parentheses?".into());
        }
    }

    /// `is` with a literal.
    pub(super) fn check_compare(&mut self, e: &Expr, c: &'a ast::ExprCompare) -> R {
        let mut left = &*c.left;
        for (op, right) in c.ops.iter().zip(&*c.comparators) {
            if matches!(op, CmpOp::Is | CmpOp::IsNot)
                && let Some(kind) = literal_kind(left).or_else(|| literal_kind(right))
            {
                let (op, meant) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                self.warn(span(e), format!("\"{op}\" with '{kind}' literal. Did you mean \"{meant}\"?"));
            }
            left = right;
        }
        Ok(())
    }

    /// Calls of what cannot be called.
    pub(super) fn check_caller(&mut self, f: &Expr) {
        if let Some(ty) = self.never_callable(f) {
            self.warn(span(f), format!("'{ty}' object is not callable; perhaps you missed a comma?"));
        }
    }

    fn never_callable(&self, e: &Expr) -> Option<&'static str> {
        Some(match e {
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Generator(_) => "generator",
            Expr::FString(_) => "str",
            Expr::TString(_) => "string.templatelib.Template",
            _ => return constant_type(e),
        })
    }

    /// Items of what has none, and wrong indices of what has.
    pub(super) fn check_subscript(&mut self, s: &ast::ExprSubscript) {
        let ty = match &*s.value {
            Expr::Set(_) | Expr::SetComp(_) => Some("set"),
            Expr::Generator(_) => Some("generator"),
            Expr::Lambda(_) => Some("function"),
            Expr::TString(_) => Some("string.templatelib.Template"),
            Expr::StringLiteral(_) | Expr::BytesLiteral(_) => None,
            e => constant_type(e),
        };
        if let Some(ty) = ty {
            self.warn(span(&*s.value), format!("'{ty}' object is not subscriptable; perhaps you missed a comma?"));
            return;
        }
        let sequence = match &*s.value {
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            _ => return,
        };
        let index = match &*s.slice {
            Expr::NumberLiteral(n) if n.value.is_int() => return,
            Expr::BooleanLiteral(_) => return,
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Generator(_) => "generator",
            Expr::Lambda(_) => "function",
            Expr::FString(_) => "str",
            Expr::TString(_) => "string.templatelib.Template",
            e => match constant_type(e) {
                Some(t) => t,
                None => return,
            },
        };
        self.warn(span(&*s.value), format!("{sequence} indices must be integers or slices, not {index}; perhaps you missed a comma?"));
    }

    /// `return`, `break` and `continue` that leave a `finally` block.
    pub(super) fn check_finally(&mut self, body: &'a [Stmt]) {
        self.leaving_finally(body, false);
    }

    fn leaving_finally(&mut self, body: &'a [Stmt], in_loop: bool) {
        for s in body {
            match s {
                Stmt::Return(_) => self.warn(span(s), "'return' in a 'finally' block".into()),
                Stmt::Break(_) if !in_loop => {
                    self.warn(span(s), "'break' in a 'finally' block".into());
                }
                Stmt::Continue(_) if !in_loop => {
                    self.warn(span(s), "'continue' in a 'finally' block".into());
                }
                Stmt::For(f) => {
                    self.leaving_finally(&f.body, true);
                    self.leaving_finally(&f.orelse, in_loop);
                }
                Stmt::While(w) => {
                    self.leaving_finally(&w.body, true);
                    self.leaving_finally(&w.orelse, in_loop);
                }
                Stmt::If(i) => {
                    self.leaving_finally(&i.body, in_loop);
                    for c in &i.elif_else_clauses {
                        self.leaving_finally(&c.body, in_loop);
                    }
                }
                Stmt::With(w) => self.leaving_finally(&w.body, in_loop),
                Stmt::Match(m) => {
                    for c in &m.cases {
                        self.leaving_finally(&c.body, in_loop);
                    }
                }
                Stmt::Try(t) => {
                    self.leaving_finally(&t.body, in_loop);
                    for ast::ExceptHandler::ExceptHandler(h) in &t.handlers {
                        self.leaving_finally(&h.body, in_loop);
                    }
                    self.leaving_finally(&t.orelse, in_loop);
                    // Its own `finally` is warned about when it is compiled.
                }
                _ => {}
            }
        }
    }
}

/// Type name of a literal that `is` should not be used with.
fn literal_kind(e: &Expr) -> Option<&'static str> {
    match e {
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::BytesLiteral(_) => constant_type(e),
        Expr::Tuple(t) if t.elts.iter().all(|e| literal_kind(e).is_some() || is_singleton(e)) => Some("tuple"),
        Expr::UnaryOp(u) if matches!(*u.operand, Expr::NumberLiteral(_)) => constant_type(&u.operand),
        _ => None,
    }
}

fn is_singleton(e: &Expr) -> bool {
    matches!(e, Expr::NoneLiteral(_) | Expr::BooleanLiteral(_) | Expr::EllipsisLiteral(_))
}

fn constant_type(e: &Expr) -> Option<&'static str> {
    Some(match e {
        Expr::NumberLiteral(n) => match n.value {
            ast::Number::Int(_) => "int",
            ast::Number::Float(_) => "float",
            ast::Number::Complex { .. } => "complex",
        },
        Expr::StringLiteral(_) => "str",
        Expr::BytesLiteral(_) => "bytes",
        Expr::NoneLiteral(_) => "NoneType",
        Expr::BooleanLiteral(_) => "bool",
        Expr::EllipsisLiteral(_) => "ellipsis",
        _ => return None,
    })
}
