//! Errors about a token that does not continue what is before it.

use ruff_python_ast::Expr;
use ruff_python_ast::token::TokenKind;
use ruff_text_size::Ranged;

use super::super::source::Span;
use super::{E, Translator};

impl<'a> Translator<'a> {
    /// A token that does not continue what is before it.
    pub(super) fn unexpected(&self, i: usize) -> E {
        if self.kind(i) == TokenKind::Equal
            && let Some(e) = self.stray_equal(i)
        {
            return e;
        }
        let before = i.checked_sub(1).map_or(TokenKind::EndOfFile, |b| self.kind(b));
        if self.kind(i) == TokenKind::If
            && matches!(before, TokenKind::Pass | TokenKind::Break | TokenKind::Continue)
            && (i..self.toks.len()).take_while(|n| self.kind(*n) != TokenKind::Newline).any(|n| self.kind(n) == TokenKind::Else)
        {
            return self.err(self.tok_span(i - 1), "expected expression before 'if', but statement is given");
        }
        match (before, self.kind(i)) {
            (TokenKind::Slash, TokenKind::Star) if self.in_parameters(i) => {
                return self.err(self.tok_span(i), "expected comma between / and *");
            }
            (_, TokenKind::Lpar) if self.parameter_start(i) => return self.grouped_parameter(i),
            (TokenKind::Star, _) if self.depth(i) > 0 => {
                return self.err(self.tok_span(i), "Invalid star expression");
            }
            (_, TokenKind::Elif) if self.line_first(i) == i => {
                return self.err(self.tok_span(i), "'elif' block follows an 'else' block");
            }
            _ => {}
        }
        if self.kind(i) == TokenKind::For && self.depth(i) > 0 {
            return self.comprehension_target(i);
        }
        if self.kind(i) == TokenKind::As || self.kind(i) == TokenKind::From {
            return self.invalid(i);
        }
        if self.augmented(i) {
            let first = self.line_first(i);
            let s = self.tok_span(first).to(self.tok_span(i - 1));
            return self.err(s, "'tuple' is an illegal expression for augmented assignment");
        }
        if let Some(e) = self.forgot_comma(i).or_else(|| self.open_display(i)) {
            return e;
        }
        self.invalid(i)
    }

    /// A display after an expression that nothing closes: looking for a missing comma, the parser has
    /// come to the end of the text.
    fn open_display(&self, i: usize) -> Option<E> {
        if self.kind(i) != TokenKind::Lbrace {
            return None;
        }
        self.expr_before(i)?;
        let depth = self.depth(i);
        let closed = (i + 1..self.toks.len()).any(|n| self.kind(n) == TokenKind::Rbrace && self.depth(n) == depth + 1);
        if closed {
            return None;
        }
        let open = *self.open_brackets(self.toks.len()).last()?;
        let s = self.tok_span(open);
        let mut e = self.err(Span { start: s.start, end: s.start }, format!("'{}' was never closed", self.text(open)));
        e.end_col = 0;
        Some(e)
    }

    /// Whether a parameter would start here.
    pub(super) fn parameter_start(&self, i: usize) -> bool {
        i > 0 && matches!(self.kind(i - 1), TokenKind::Comma | TokenKind::Lpar | TokenKind::Lambda) && self.in_parameters(i)
    }

    /// Parameters in parentheses of their own.
    pub(super) fn grouped_parameter(&self, i: usize) -> E {
        let depth = self.depth(i);
        let close = (i + 1..self.toks.len()).find(|n| self.kind(*n) == TokenKind::Rpar && self.depth(*n) == depth + 1).unwrap_or(i);
        let names = (i + 1..close).all(|n| matches!(self.kind(n), TokenKind::Name | TokenKind::Comma));
        if !names {
            return self.invalid(i);
        }
        let what = if self.in_lambda(i) {
            "Lambda expression parameters cannot be parenthesized"
        } else {
            "Function parameters cannot be parenthesized"
        };
        self.err(self.tok_span(i).to(self.tok_span(close)), what)
    }

    pub(super) fn augmented(&self, i: usize) -> bool {
        let text = self.text(i);
        self.depth(i) == 0
            && i > 0
            && text.len() >= 2
            && text.ends_with('=')
            && !matches!(text, "==" | "!=" | "<=" | ">=" | ":=")
            && (self.line_first(i)..i).any(|n| self.kind(n) == TokenKind::Comma && self.depth(n) == 0)
    }

    /// `[x, y for ...]`: the target needs parentheses.
    pub(super) fn comprehension_target(&self, i: usize) -> E {
        let open = self.open_brackets(i);
        let Some(&o) = open.last() else {
            return self.invalid(i);
        };
        let equal = (o + 1..i).rev().find(|n| self.kind(*n) == TokenKind::Equal && self.open_brackets(*n).len() == open.len());
        if let Some(eq) = equal
            && self.kind(eq - 1) == TokenKind::Name
        {
            return self.err(self.tok_span(eq - 1).to(self.tok_span(eq)), "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
        }
        let commas = (o + 1..i).any(|n| self.kind(n) == TokenKind::Comma && self.open_brackets(n).len() == open.len());
        let colons = (o + 1..i).any(|n| self.kind(n) == TokenKind::Colon);
        if commas && !colons && matches!(self.kind(o), TokenKind::Lsqb | TokenKind::Lbrace) {
            return self.err(self.tok_span(o + 1).to(self.tok_span(i - 1)), "did you forget parentheses around the comprehension target?");
        }
        self.invalid(i)
    }

    /// An expression that starts at an offset and ends before token `i`, where another starts.
    pub(super) fn forgot_comma_after(&self, i: usize, start: usize) -> Option<E> {
        let first = self.kind(i);
        if !Self::starts_expression(first) || first.is_soft_keyword() && self.kind(i - 1).is_soft_keyword() {
            return None;
        }
        let b = self.parse_one_expr_at(self.toks.get(i)?.range.start())?;
        Some(self.err(Span { start: start as u32, end: b.end().to_u32() }, "invalid syntax. Perhaps you forgot a comma?"))
    }

    /// Two expressions in a row within brackets.
    pub(super) fn forgot_comma(&self, i: usize) -> Option<E> {
        if i == 0 || self.depth(i) == 0 || !Self::starts_expression(self.kind(i)) {
            return None;
        }
        let a = self.expr_before(i)?;
        // A prefix that is none, or a soft keyword, before a string.
        let string = matches!(self.kind(i), TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart);
        if (matches!(a, Expr::Name(_)) && string) || self.kind(i - 1).is_soft_keyword() {
            return None;
        }
        if matches!(a, Expr::Name(n) if matches!(n.id.as_str(), "print" | "exec")) {
            return None;
        }
        if matches!(a, Expr::Lambda(_) | Expr::If(_) | Expr::Named(_) | Expr::Yield(_)) {
            return None;
        }
        let b = self.parse_expr_at(self.toks.get(i)?.range.start())?;
        Some(self.err(Span::from(a.range()).to(b.into()), "invalid syntax. Perhaps you forgot a comma?"))
    }

    pub(super) fn expected_expression(&self, i: usize) -> E {
        let Some(before) = i.checked_sub(1) else {
            return self.invalid(i);
        };
        let word = self.text(i);
        if self.kind(before) == TokenKind::Else && self.in_if_exp(before) {
            return self.err(self.tok_span(i), "expected expression after 'else', but statement is given");
        }
        if matches!(word, "pass" | "break" | "continue") && self.kind(i + 1) == TokenKind::If {
            return self.err(self.tok_span(i), "expected expression before 'if', but statement is given");
        }
        if let Some(kind) = self.string_kind(before) {
            return self.empty_field(kind, i);
        }
        if self.kind(before) == TokenKind::Equal {
            if self.in_parameters(before) {
                return self.err(self.tok_span(before), "expected default value expression");
            }
            if self.depth(i) > 0
                && before > 0
                && self.kind(before - 1) == TokenKind::Name
                && matches!(self.kind(i), TokenKind::Comma | TokenKind::Rpar)
            {
                return self.err(self.tok_span(before - 1).to(self.tok_span(before)), "expected argument value expression");
            }
        }
        if let Some(e) = self.dict_value(i) {
            return e;
        }
        self.unexpected(i)
    }

    pub(super) fn in_if_exp(&self, i: usize) -> bool {
        (self.line_first(i)..i).any(|n| self.kind(n) == TokenKind::If) && self.kind(self.line_first(i)) != TokenKind::Else
    }

    /// Whether the token is in the parameter list of a `def` or lambda.
    pub(super) fn in_parameters(&self, i: usize) -> bool {
        let first = self.line_first(i);
        let open = self.open_brackets(i);
        let def = (first..i).find(|n| self.kind(*n) == TokenKind::Def);
        if let (Some(def), [outer]) = (def, &open[..]) {
            return *outer > def && self.kind(*outer) == TokenKind::Lpar;
        }
        self.in_lambda(i)
    }

    /// The kind of f-string whose replacement field token `open` starts.
    pub(super) fn string_kind(&self, open: usize) -> Option<&'static str> {
        if self.kind(open) != TokenKind::Lbrace {
            return None;
        }
        let before = open.checked_sub(1)?;
        match self.kind(before) {
            TokenKind::FStringStart | TokenKind::FStringMiddle => Some("f"),
            TokenKind::TStringStart | TokenKind::TStringMiddle => Some("t"),
            TokenKind::Rbrace => {
                let start = (0..before).rev().find(|n| {
                    matches!(
                        self.kind(*n),
                        TokenKind::FStringStart | TokenKind::TStringStart | TokenKind::FStringEnd | TokenKind::TStringEnd
                    )
                })?;
                match self.kind(start) {
                    TokenKind::FStringStart => Some("f"),
                    TokenKind::TStringStart => Some("t"),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    pub(super) fn empty_field(&self, kind: &str, i: usize) -> E {
        let before = match self.kind(i) {
            TokenKind::Rbrace => "'}'",
            TokenKind::Exclamation => "'!'",
            TokenKind::Colon => "':'",
            TokenKind::Equal => "'='",
            _ => {
                return self.err(self.tok_span(i), format!("{kind}-string: expecting a valid expression after '{{'"));
            }
        };
        self.err(self.tok_span(i), format!("{kind}-string: valid expression required before {before}"))
    }

    /// Mistakes in dict displays.
    pub(super) fn dict_value(&self, i: usize) -> Option<E> {
        let open = *self.open_brackets(i).last()?;
        if self.kind(open) != TokenKind::Lbrace || self.string_kind(open).is_some() {
            return None;
        }
        let before = i.checked_sub(1)?;
        if self.kind(before) == TokenKind::Colon {
            if self.kind(i) == TokenKind::Star {
                let depth = self.depth(i);
                let end = |n: &usize| matches!(self.kind(*n), TokenKind::Comma | TokenKind::Rbrace) && self.depth(*n) == depth;
                let last = (i..self.toks.len()).find(end).unwrap_or(i);
                return Some(self.err_up_to(i, last, "cannot use a starred expression in a dictionary value"));
            }
            if matches!(self.kind(i), TokenKind::Comma | TokenKind::Rbrace) {
                return Some(self.err(self.tok_span(before), "expression expected after dictionary key and ':'"));
            }
        }
        None
    }
}
