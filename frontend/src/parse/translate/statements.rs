//! Errors about the parts of statements.

use ruff_python_ast::token::TokenKind;
use ruff_text_size::TextRange;

use super::super::source::Span;
use super::{E, Translator};

impl<'a> Translator<'a> {
    pub(super) fn same_line(&self, i: usize) -> E {
        let first = self.line_first(i);
        if self.kind(first) == TokenKind::Import && self.kind(i) == TokenKind::From {
            let dotted = |n: &usize| !matches!(self.kind(*n), TokenKind::Name | TokenKind::Dot);
            let next = (i + 1..self.toks.len()).find(dotted).unwrap_or(i);
            return self.err_up_to(first, next, "Did you mean to use 'from ... import ...' instead?");
        }
        if let Some(e) = self.inside_string(i).or_else(|| self.bad_name_target(i)) {
            return e;
        }
        self.unexpected(i)
    }

    /// `"a "b" c"`: quotes within a string.
    pub(super) fn inside_string(&self, i: usize) -> Option<E> {
        if i == 0 || self.kind(i - 1) != TokenKind::String {
            return None;
        }
        let mut n = i;
        while self.kind(n) == TokenKind::Name || self.kind(n).is_keyword() {
            n += 1;
        }
        (n > i && self.kind(n) == TokenKind::String)
            .then(|| self.err(self.tok_span(i).to(self.tok_span(n - 1)), "invalid syntax. Is this intended to be part of the string?"))
    }

    pub(super) fn other(&self, msg: &str, r: TextRange, i: usize) -> E {
        if let Some(clause) = msg.strip_prefix("Expected an indented block after ") {
            return self.no_block(clause, r);
        }
        let fixed = match msg {
            "Only one '*' parameter allowed" | "Only one '*' separator allowed" => {
                return self.err(self.tok_span(i), "* argument may appear only once");
            }
            "Only one '**' parameter allowed" => "arguments cannot follow var-keyword argument",
            "Only one '/' separator allowed" => "/ may appear only once",
            "'/' parameter must appear before '*' parameter" => "/ must be ahead of *",
            "Position-only parameter separator not allowed as first parameter" => "at least one argument must precede /",
            "Cannot have both 'except' and 'except*' on the same 'try'" => {
                let s = self.except_at(i);
                return self.err(s, "cannot have both 'except' and 'except*' on the same 'try'");
            }
            "Expected `except` or `finally` after `try` block" => {
                return self.err_or_end(i, self.err(self.tok_span(i), "expected 'except' or 'finally' block"));
            }
            "Multiple exception types must be parenthesized when using `as`" => {
                let colon = (i..self.toks.len()).find(|n| self.kind(*n) == TokenKind::Colon).unwrap_or(i);
                return self.err_up_to(i, colon, "multiple exception types must be parenthesized when using 'as'");
            }
            "Expected one or more exception types" => "expected one or more exception types",
            "Only single target (not tuple) can be annotated" => "only single target (not tuple) can be annotated",
            "Only single target (not list) can be annotated" => "only single target (not list) can be annotated",
            "Positional patterns cannot follow keyword patterns" => "positional patterns follow keyword patterns",
            "Bytes literal cannot be mixed with non-bytes literals" => {
                let n = self.strings_end(i);
                let mut s = self.tok_span(n);
                if self.kind(n) == TokenKind::Newline {
                    s.end = s.start + 1;
                }
                return self.err(s, "cannot mix bytes and nonbytes literals");
            }
            _ if msg.starts_with("Cannot mix t-string literals") => return self.mixed_template(i),
            "Trailing comma not allowed" => {
                let first = self.line_first(i);
                if self.kind(first) == TokenKind::From {
                    let s = self.tok_span(i + 1);
                    let newline = Span { start: s.start, end: s.start + 1 };
                    return self.err(newline, "trailing comma not allowed without surrounding parentheses");
                }
                return self.invalid(i + 1);
            }
            "Expected symbol after `as`" | "Expected name after `as`" => {
                return self.import_target(i);
            }
            "Expected a parameter or the end of the parameter list" | "Expected a parameter name" => {
                return self.parameter(r, i);
            }
            "Boolean 'not' expression cannot be used here" => {
                let value = self.toks.get(i).and_then(|t| self.parse_one_expr_at(t.range.start()));
                return self.err(value.map_or(self.tok_span(i), Span::from), "'not' after an operator must be parenthesized");
            }
            _ if msg.starts_with("Expected an identifier, but found a keyword") => {
                return self.expected_expression(i);
            }
            _ if msg.starts_with("Expected an expression or") => return self.unexpected(i),
            _ if self.kind(i) == TokenKind::Elif => {
                return self.err(self.tok_span(i), "'elif' block follows an 'else' block");
            }
            _ => {
                return self.bad_name_target(i).unwrap_or_else(|| self.invalid(i));
            }
        };
        self.err(r, fixed)
    }

    /// Index of the token after the adjacent string literals token `i` begins.
    fn strings_end(&self, mut i: usize) -> usize {
        loop {
            i = match self.kind(i) {
                TokenKind::String => i + 1,
                TokenKind::FStringStart | TokenKind::TStringStart => self.string_end(i) + 1,
                _ => return i,
            };
        }
    }

    /// Index of the last token of the literal token `i` begins.
    fn string_end(&self, i: usize) -> usize {
        let mut open = 0;
        for n in i..self.toks.len() {
            match self.kind(n) {
                TokenKind::FStringStart | TokenKind::TStringStart => open += 1,
                TokenKind::FStringEnd | TokenKind::TStringEnd => open -= 1,
                _ => {}
            }
            if open == 0 {
                return n;
            }
        }
        i
    }

    /// A t-string next to a literal of another kind: the error spans the two that meet.
    fn mixed_template(&self, i: usize) -> E {
        let mut before = i;
        loop {
            let next = self.string_end(before) + 1;
            let template = |n| self.kind(n) == TokenKind::TStringStart;
            if !matches!(self.kind(next), TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart) {
                return self.invalid(next);
            }
            if template(before) != template(next) {
                let s = self.tok_span(before).to(self.tok_span(self.string_end(next)));
                return self.err(s, "cannot mix t-string literals with string or bytes literals");
            }
            before = next;
        }
    }

    pub(super) fn except_at(&self, i: usize) -> Span {
        let first = self.line_first(i);
        let s = self.tok_span(first);
        if self.kind(first) != TokenKind::Except {
            return self.tok_span(i);
        }
        if self.kind(first + 1) == TokenKind::Star { s.to(self.tok_span(first + 1)) } else { s }
    }

    pub(super) fn parameter(&self, r: TextRange, i: usize) -> E {
        let after = self.toks.partition_point(|t| t.range.start() < r.end());
        if self.kind(after) == TokenKind::Equal {
            return self.argument_name(r, after);
        }
        if self.kind(i) == TokenKind::Equal
            && let Some(e) = self.stray_equal(i)
        {
            return e;
        }
        self.unexpected(i)
    }

    /// `f(x.y=1)`: what stands before the `=` is no name.
    pub(super) fn argument_name(&self, r: TextRange, equal: usize) -> E {
        let i = self.at(r.start());
        let s = Span::from(r).to(self.tok_span(equal));
        let text = self.source.slice(r.into());
        match self.kind(i) {
            TokenKind::Star => {
                return self.err(s.to(self.value_end(equal)), "cannot assign to iterable argument unpacking");
            }
            TokenKind::DoubleStar => {
                return self.err(s.to(self.value_end(equal)), "cannot assign to keyword argument unpacking");
            }
            _ => {}
        }
        if matches!(text, "True" | "False" | "None") {
            return self.err(s, format!("cannot assign to {text}"));
        }
        self.err(s, "expression cannot contain assignment, perhaps you meant \"==\"?")
    }

    /// The value after an equal sign, if there is one.
    pub(super) fn value_end(&self, equal: usize) -> Span {
        let value = self.toks.get(equal + 1).and_then(|t| self.parse_one_expr_at(t.range.start()));
        value.map_or(self.tok_span(equal), Span::from)
    }

    /// `import a as b.c`
    pub(super) fn import_target(&self, i: usize) -> E {
        self.bad_name_target(i).unwrap_or_else(|| self.invalid(i))
    }

    /// A compound statement without its block.
    pub(super) fn no_block(&self, clause: &str, r: TextRange) -> E {
        // The token that should have been indented, and the header before it.
        let mut i = self.toks.partition_point(|t| t.range.start() < r.start());
        while matches!(self.kind(i), TokenKind::Newline | TokenKind::Dedent) {
            i += 1;
        }
        let newline = (0..i).rev().find(|n| self.kind(*n) == TokenKind::Newline).unwrap_or(0);
        let mut first = self.line_first(newline);
        if self.kind(first) == TokenKind::Async {
            first += 1;
        }
        let line = self.source.line(self.tok_span(first).start);
        let word = self.text(first);
        let what = if clause.contains("function") {
            "function definition".to_owned()
        } else if clause.contains("class") {
            "class definition".to_owned()
        } else if word == "except" && self.kind(first + 1) == TokenKind::Star {
            "'except*' statement".to_owned()
        } else {
            format!("'{word}' statement")
        };
        let s = self.tok_span(i);
        self.err_or_end(i, self.indent(s, format!("expected an indented block after {what} on line {line}")))
    }
}
