//! Errors about what is assigned to, deleted, starred; and about parameters.

use ruff_python_ast as ast;
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::super::names::{expr_name, statement_at};
use super::super::source::Span;
use super::{E, Translator};

impl<'a> Translator<'a> {
    pub(super) fn bad_target(&self, r: TextRange, i: usize) -> E {
        let Some(e) = self.expr_at(r) else {
            return self.invalid(i);
        };
        let name = expr_name(e);
        if matches!(e, Expr::If(_)) && self.depth(i) > 0 && i > 0 {
            let end = self.at(r.end());
            if self.in_for_target(end) {
                return self.err(self.tok_span(self.for_if(end)), "'in' expected after for-loop variables");
            }
        }
        if let Some(Stmt::For(f)) = statement_at(self.tree, r)
            && f.target.range() == r
            && matches!(e, Expr::Compare(_))
        {
            return self.invalid(self.at(f.target.range().start()) + 1);
        }
        // The last token of the target, and what follows it.
        let next = self.toks.partition_point(|t| t.range.start() < r.end());
        let assigned = self.kind(next) == TokenKind::Equal && self.depth(next) == self.depth(i);
        let grouped = i > 0 && self.kind(i - 1) == TokenKind::Lpar && self.kind(next) == TokenKind::Rpar;
        if grouped && self.kind(next + 1) == TokenKind::Equal && matches!(e, Expr::Yield(_) | Expr::YieldFrom(_)) {
            return self.err(r, format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?"));
        }
        if assigned && matches!(e, Expr::Yield(_) | Expr::YieldFrom(_)) {
            return self.err(r, "assignment to yield expression not possible");
        }
        if assigned && let Some(e) = self.meant_equality(e, next) {
            return e;
        }
        self.err(r, format!("cannot assign to {name}"))
    }

    /// `f() = 1`: perhaps a comparison was meant.
    pub(super) fn meant_equality(&self, target: &Expr, equal: usize) -> Option<E> {
        let refused = match target {
            Expr::List(_)
            | Expr::ListComp(_)
            | Expr::Tuple(_)
            | Expr::Generator(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::Compare(_)
            | Expr::BoolOp(_)
            | Expr::If(_)
            | Expr::Lambda(_)
            | Expr::Named(_)
            | Expr::Yield(_)
            | Expr::YieldFrom(_)
            | Expr::Starred(_) => true,
            Expr::UnaryOp(u) => u.op == ast::UnaryOp::Not,
            _ => false,
        };
        if refused {
            return None;
        }
        let value = self.parse_bitwise_or(self.toks.get(equal + 1)?.range.start())?;
        let after = self.toks.partition_point(|t| t.range.start() < value.end());
        if matches!(self.kind(after), TokenKind::Equal | TokenKind::ColonEqual) {
            return None;
        }
        if let Expr::Name(_) = target {
            return Some(
                self.err(Span::from(target.range()).to(value.into()), "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"),
            );
        }
        Some(self.err(target.range(), format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", expr_name(target))))
    }

    /// The range of an operand (no comparison, no boolean operator) starting at an offset.
    pub(super) fn parse_bitwise_or(&self, offset: TextSize) -> Option<TextRange> {
        let rest = &self.source.text()[offset.to_usize()..];
        let end = rest.find('\n').unwrap_or(rest.len());
        let parsed = parse_unchecked(&rest[..end], ParseOptions::from(Mode::Expression));
        let ast::Mod::Expression(e) = parsed.syntax() else {
            return None;
        };
        let mut e = &*e.body;
        loop {
            e = match e {
                Expr::Compare(c) => &c.left,
                Expr::BoolOp(b) => b.values.first()?,
                Expr::If(i) => &i.body,
                Expr::Tuple(t) if !t.parenthesized => t.elts.first()?,
                Expr::Lambda(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Starred(_) => {
                    return None;
                }
                Expr::UnaryOp(u) if u.op == ast::UnaryOp::Not => return None,
                _ => break,
            };
        }
        let r = e.range();
        let bad = parsed.errors().iter().any(|err| err.location.start() < r.end());
        (!bad && !r.is_empty()).then(|| r + offset)
    }

    pub(super) fn starred(&self, r: TextRange, i: usize) -> E {
        let after = self.toks.partition_point(|t| t.range.start() < r.end());
        let before = i.checked_sub(1).map_or(TokenKind::EndOfFile, |b| self.kind(b));
        if before == TokenKind::Colon {
            if let Some(e) = self.dict_value(i) {
                return e;
            }
            return self.invalid(i);
        }
        if self.kind(after) == TokenKind::Colon && self.depth(i) > 0 {
            return self.invalid(after);
        }
        if self.kind(after) == TokenKind::For && self.depth(i) > 0 {
            return self.err(r, "iterable unpacking cannot be used in comprehension");
        }
        let grouped = i > 0
            && self.kind(i - 1) == TokenKind::Lpar
            && (i < 2 || !matches!(self.kind(i - 2), TokenKind::Name | TokenKind::Rpar | TokenKind::Rsqb));
        if grouped { self.err(r, "cannot use starred expression here") } else { self.err(r, "can't use starred expression here") }
    }

    pub(super) fn var_default(&self, i: usize) -> E {
        let star = (0..=i).rev().map(|n| self.kind(n)).find(|k| matches!(k, TokenKind::Star | TokenKind::DoubleStar));
        let what = if star == Some(TokenKind::DoubleStar) { "var-keyword" } else { "var-positional" };
        let s = self.tok_span(i);
        // An unpacked annotation takes part in no rule for mistakes.
        let colon = (0..i).rev().find(|n| matches!(self.kind(*n), TokenKind::Colon | TokenKind::Comma | TokenKind::Lpar));
        if colon.is_some_and(|c| self.kind(c) == TokenKind::Colon && self.kind(c + 1) == TokenKind::Star) {
            return self.err(s, "invalid syntax");
        }
        self.err(s, format!("{what} argument cannot have default value"))
    }

    pub(super) fn bare_star(&self, i: usize) -> E {
        let mut star = i;
        while star > 0 && self.kind(star) != TokenKind::Star {
            star -= 1;
        }
        let mut n = star + 1;
        if self.kind(n) == TokenKind::Comma {
            n += 1;
        }
        match self.kind(n) {
            TokenKind::Rpar | TokenKind::Colon | TokenKind::DoubleStar => {
                if self.in_lambda(star) {
                    return self.err(self.tok_span(n), "named arguments must follow bare *");
                }
                self.err(self.tok_span(star), "named parameters must follow bare *")
            }
            TokenKind::Equal => self.err(self.tok_span(n), "var-positional argument cannot have default value"),
            TokenKind::Star if self.kind(star + 1) == TokenKind::Comma => self.err(self.tok_span(n), "* argument may appear only once"),
            _ => self.invalid(n),
        }
    }
}
