//! Errors where one particular token was expected.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::super::names::{expr_name, find};
use super::super::source::Span;
use super::{E, Translator};

impl<'a> Translator<'a> {
    pub(super) fn legacy_print(&self, i: usize) -> Option<E> {
        let before = i.checked_sub(1)?;
        if self.kind(before) != TokenKind::Name || !matches!(self.text(before), "print" | "exec") {
            return None;
        }
        if self.kind(i) == TokenKind::Lpar || self.depth(i) > 0 {
            return None;
        }
        if self.line_first(before) != before {
            // Only where a statement starts, or after the colon of one.
            if self.kind(before.checked_sub(1)?) != TokenKind::Colon {
                return None;
            }
        }
        let value = self.parse_expr_at(self.toks.get(i)?.range.start())?;
        let name = self.text(before);
        Some(
            self.err(self.tok_span(before).to(value.into()), format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?")),
        )
    }

    pub(super) fn expected(&self, expected: TokenKind, found: TokenKind, i: usize) -> E {
        if found == TokenKind::Equal
            && let Some(e) = self.stray_equal(i)
        {
            return e;
        }
        if let Some(e) = self.bad_name_target(i).or_else(|| self.bound_of_star(i)) {
            return e;
        }
        match expected {
            TokenKind::Lpar if matches!(self.kind(self.line_first(i)), TokenKind::Def | TokenKind::Async) && self.depth(i) == 0 => {
                let mut s = self.tok_span(i);
                if self.kind(i) == TokenKind::Newline {
                    s.end = s.start + 1;
                }
                self.err(s, "expected '('")
            }
            TokenKind::Else => self.expected_else(i),
            TokenKind::Colon => self.expected_colon(i),
            TokenKind::In => self.expected_in(i),
            TokenKind::Import if self.kind(i) == TokenKind::Newline => self.invalid(i),
            _ => self.unexpected(i),
        }
    }

    /// `def f[*T: int]`: only plain type variables have bounds.
    fn bound_of_star(&self, i: usize) -> Option<E> {
        let name = i.checked_sub(2)?;
        if self.kind(i) != TokenKind::Colon || self.kind(name + 1) != TokenKind::Name {
            return None;
        }
        let kind = match self.kind(name) {
            TokenKind::Star => "TypeVarTuple",
            TokenKind::DoubleStar => "ParamSpec",
            _ => return None,
        };
        let open = *self.open_brackets(i).last()?;
        let definition = matches!(self.kind(self.line_first(i)), TokenKind::Def | TokenKind::Class | TokenKind::Type | TokenKind::Async);
        if self.kind(open) != TokenKind::Lsqb || !definition {
            return None;
        }
        let value = self.parse_one_expr_at(self.toks.get(i + 1)?.range.start())?;
        let last = self.at(value.end());
        let what = if self.kind(i + 1) == TokenKind::Lpar && self.text(last.saturating_sub(1)) == ")" { "constraints" } else { "bound" };
        Some(self.err_up_to(i, last, &format!("cannot use {what} with {kind}")))
    }

    /// `=` where an expression ended.
    pub(super) fn stray_equal(&self, i: usize) -> Option<E> {
        let before = self.expr_before(i)?;
        let open = self.open_brackets(i);
        let call = open.last().is_some_and(|o| {
            self.kind(*o) == TokenKind::Lpar
                && o.checked_sub(1)
                    .is_some_and(|p| matches!(self.kind(p), TokenKind::Name | TokenKind::Rpar | TokenKind::Rsqb | TokenKind::String))
        });
        if call {
            let first = self.at(before.range().start());
            match first.checked_sub(1).map(|n| self.kind(n)) {
                Some(TokenKind::DoubleStar) => {
                    return Some(self.err(self.tok_span(first - 1).to(self.value_end(i)), "cannot assign to keyword argument unpacking"));
                }
                Some(TokenKind::Star) => {
                    return Some(self.err(self.tok_span(first - 1).to(self.value_end(i)), "cannot assign to iterable argument unpacking"));
                }
                _ => {}
            }
            return Some(self.bad_keyword(before, i));
        }
        self.meant_equality(before, i)
    }

    pub(super) fn bad_keyword(&self, before: &Expr, equal: usize) -> E {
        let s = Span::from(before.range());
        match before {
            Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) => {
                self.err(s.to(self.tok_span(equal)), format!("cannot assign to {}", expr_name(before)))
            }
            _ => self.err(s.to(self.tok_span(equal)), "expression cannot contain assignment, perhaps you meant \"==\"?"),
        }
    }

    /// `as` followed by something that is not just a name.
    pub(super) fn bad_name_target(&self, i: usize) -> Option<E> {
        let first = self.line_first(i);
        let as_at = (first..=i).rev().find(|n| self.kind(*n) == TokenKind::As)?;
        if (as_at + 1..i).any(|n| matches!(self.kind(n), TokenKind::Comma | TokenKind::Colon)) {
            return None;
        }
        let start = self.toks.get(as_at + 1)?.range.start();
        let (name, range) = self.target_name(start)?;
        let what = match self.kind(first) {
            TokenKind::Except if self.kind(first + 1) == TokenKind::Star => {
                format!("cannot use except* statement with {name}")
            }
            TokenKind::Except => format!("cannot use except statement with {name}"),
            TokenKind::Import | TokenKind::From => format!("cannot use {name} as import target"),
            TokenKind::Case => format!("cannot use {name} as pattern target"),
            _ => return None,
        };
        Some(self.err(range, what))
    }

    /// The kind and range of the expression at an offset, unless it is a name.
    pub(super) fn target_name(&self, start: TextSize) -> Option<(&'static str, TextRange)> {
        let rest = &self.source.text()[start.to_usize()..];
        let end = rest.find('\n').unwrap_or(rest.len());
        let parsed = parse_unchecked(&rest[..end], ParseOptions::from(Mode::Expression));
        let ast::Mod::Expression(e) = parsed.syntax() else {
            return None;
        };
        let mut e = &*e.body;
        if let Expr::Tuple(t) = e
            && !t.parenthesized
        {
            e = t.elts.first()?;
        }
        if e.range().is_empty() || matches!(e, Expr::Name(_)) {
            return None;
        }
        Some((expr_name(e), e.range() + start))
    }

    pub(super) fn expected_else(&self, i: usize) -> E {
        if self.in_for_target(i) {
            return self.err(self.tok_span(self.for_if(i)), "'in' expected after for-loop variables");
        }
        if self.kind(i) == TokenKind::Colon && self.depth(i) > 0 {
            return self.unexpected(i);
        }
        if matches!(self.kind(i), TokenKind::Equal | TokenKind::ColonEqual) {
            return self.invalid(i);
        }
        let whole = TextRange::up_to(TextSize::of(self.source.text()));
        let end = self.toks.get(i.saturating_sub(1)).map_or(TextSize::from(0), |t| t.range.end());
        let body = find(self.tree, whole, |e| matches!(e, Expr::If(x) if x.test.range().end() == end));
        match body {
            Some(e) => self.err(Span { start: e.range().start().to_u32(), end: end.to_u32() }, "expected 'else' after 'if' expression"),
            None => self.err(self.tok_span(i), "expected 'else' after 'if' expression"),
        }
    }

    /// Whether the token is in what should be the target of a comprehension's `for`.
    pub(super) fn in_for_target(&self, i: usize) -> bool {
        let open = self.open_brackets(i);
        let Some(&open) = open.last() else {
            return false;
        };
        let mut depth = 0;
        for n in (open + 1..i).rev() {
            match self.kind(n) {
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth += 1,
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth -= 1,
                TokenKind::In if depth == 0 => return false,
                TokenKind::For if depth == 0 => return true,
                _ => {}
            }
        }
        false
    }

    /// The `if` after the `for` before token `i`.
    pub(super) fn for_if(&self, i: usize) -> usize {
        let start = (0..i).rev().find(|n| self.kind(*n) == TokenKind::For).unwrap_or(i);
        (start..i).find(|n| self.kind(*n) == TokenKind::If).unwrap_or(i)
    }

    pub(super) fn expected_in(&self, i: usize) -> E {
        if self.depth(i) > 0 {
            let s = self.tok_span(i);
            return self.err(s, "'in' expected after for-loop variables");
        }
        self.invalid(i)
    }

    pub(super) fn expected_colon(&self, i: usize) -> E {
        if self.depth(i) > 0 && !self.in_lambda(i) {
            let open = self.open_brackets(i);
            let dict = open.last().is_some_and(|o| {
                self.kind(*o) == TokenKind::Lbrace
                    && (*o..i).any(|n| self.kind(n) == TokenKind::Colon && self.open_brackets(n).len() == open.len())
            });
            if dict && matches!(self.kind(i), TokenKind::Comma | TokenKind::Rbrace) {
                let mut e = self.err(self.tok_span(i - 1), "':' expected after dictionary key");
                e.end_col = 0;
                return e;
            }
            return self.unexpected(i);
        }
        let forced = matches!(self.kind(self.line_first(i)), TokenKind::Def | TokenKind::Try | TokenKind::Else | TokenKind::Finally)
            || (self.kind(self.line_first(i)) == TokenKind::Async && self.kind(self.line_first(i) + 1) == TokenKind::Def)
            || self.in_lambda(i);
        match self.kind(i) {
            TokenKind::Newline => {
                let s = self.tok_span(i);
                self.err(Span { start: s.start, end: s.start + 1 }, "expected ':'")
            }
            TokenKind::Lpar if self.parameter_start(i) => self.grouped_parameter(i),
            _ if forced => self.err(self.tok_span(i), "expected ':'"),
            _ => self.unexpected(i),
        }
    }

    pub(super) fn in_lambda(&self, i: usize) -> bool {
        (self.line_first(i)..i).rev().take_while(|n| self.kind(*n) != TokenKind::Colon).any(|n| self.kind(n) == TokenKind::Lambda)
    }

    pub(super) fn starts_expression(k: TokenKind) -> bool {
        matches!(
            k,
            TokenKind::Name
                | TokenKind::Int
                | TokenKind::Float
                | TokenKind::Complex
                | TokenKind::String
                | TokenKind::FStringStart
                | TokenKind::TStringStart
                | TokenKind::Lpar
                | TokenKind::Lsqb
                | TokenKind::Lbrace
                | TokenKind::Tilde
                | TokenKind::Ellipsis
                | TokenKind::None
                | TokenKind::True
                | TokenKind::False
                | TokenKind::Not
                | TokenKind::Await
                | TokenKind::Lambda
        ) || k.is_soft_keyword()
    }
}
