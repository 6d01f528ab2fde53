//! Errors of the parser, reported as CPython's parser would.
//!
//! The parser says what it expected where. CPython first tries rules for common mistakes, then
//! reports "invalid syntax" at the token it could not use; errors of the tokenizer anywhere in the
//! text take precedence.

use ruff_python_ast as ast;
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, Mode, ParseError, ParseErrorType, ParseOptions,
    Parsed, UnsupportedSyntaxError, UnsupportedSyntaxErrorKind, parse_unchecked,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::escapes;
use super::names::{expr_name, find, statement_at};
use super::scan::{self, Scanned};
use super::source::{Source, Span};
use crate::errors::{ErrorKind, SyntaxError};

type E = Box<SyntaxError>;

/// A token that counts: no comments, no newlines within brackets.
#[derive(Clone, Copy, Debug)]
struct Tok {
    kind: TokenKind,
    range: TextRange,
}

struct Translator<'a> {
    source: &'a Source,
    tree: &'a ast::Mod,
    toks: Vec<Tok>,
}

/// The error for a text that did not parse.
pub fn translate(source: &Source, parsed: &Parsed<ast::Mod>, first: &ParseError) -> E {
    let scanned = match scan::scan(source) {
        Ok(s) => s,
        Err(e) => return e,
    };
    let toks = parsed
        .tokens()
        .iter()
        .filter(|t| !matches!(t.kind(), TokenKind::Comment | TokenKind::NonLogicalNewline))
        .map(|t| Tok {
            kind: t.kind(),
            range: t.range(),
        })
        .collect();
    let t = Translator {
        source,
        tree: parsed.syntax(),
        toks,
    };
    let e = t.error(first);
    t.never_closed(&scanned, e)
}

/// The error to report: the first one, but a target that cannot be assigned to matters less than
/// what is wrong inside it.
pub fn first_error(errors: &[ParseError]) -> Option<&ParseError> {
    let first = errors.iter().min_by_key(|e| e.location.start())?;
    let target = matches!(
        first.error,
        ParseErrorType::InvalidAnnotatedAssignmentTarget | ParseErrorType::InvalidAssignmentTarget
    ) || matches!(&first.error, ParseErrorType::OtherError(m) if m.starts_with("Only single target"));
    if target {
        let inner = errors
            .iter()
            .filter(|e| {
                e.location != first.location
                    && first.location.contains(e.location.start())
            })
            .min_by_key(|e| e.location.start());
        return Some(inner.unwrap_or(first));
    }
    Some(first)
}

/// The error for syntax of a later version.
pub fn unsupported(source: &Source, e: &UnsupportedSyntaxError) -> E {
    let msg = match &e.kind {
        UnsupportedSyntaxErrorKind::ParenthesizedKeywordArgumentName => {
            "expression cannot contain assignment, perhaps you meant \"==\"?"
        }
        UnsupportedSyntaxErrorKind::UnpackingInComprehension(_) => {
            if source.slice(e.range.into()).starts_with("**") {
                "dict unpacking cannot be used in dict comprehension"
            } else {
                "iterable unpacking cannot be used in comprehension"
            }
        }
        _ => "invalid syntax",
    };
    source.error(ErrorKind::SyntaxError, e.range.into(), msg)
}

/// The last bracket open at the end of the text.
pub fn unclosed(source: &Source, scanned: &Scanned) -> Option<E> {
    let b = scanned.open.last()?;
    let s = Span {
        start: b.at as u32,
        end: b.at as u32,
    };
    Some(source.error(
        ErrorKind::SyntaxError,
        s,
        format!("'{}' was never closed", b.ch),
    ))
}

impl<'a> Translator<'a> {
    fn never_closed(&self, scanned: &Scanned, e: E) -> E {
        let Some(b) = scanned.open.last() else {
            return e;
        };
        let line = self.source.line(b.at as u32);
        let at_end = e.line >= self.source.line(self.source.text().trim_end().len() as u32);
        let generic = e.msg == "invalid syntax";
        if e.line.max(e.end_line) > line || (at_end && generic && self.at_end(&e)) {
            unclosed(self.source, scanned).unwrap_or(e)
        } else {
            e
        }
    }

    fn at_end(&self, e: &SyntaxError) -> bool {
        let text = self.source.text().trim_end();
        let (line, col) = self.source.char_pos(text.len() as u32);
        e.line > line || (e.line == line && e.col >= col)
    }

    // --- Helpers -----------------------------------------------------------------------------------

    fn err(&self, r: impl Into<Span>, msg: impl Into<String>) -> E {
        self.source.error(ErrorKind::SyntaxError, r.into(), msg)
    }

    fn indent(&self, r: impl Into<Span>, msg: impl Into<String>) -> E {
        self.source.error(ErrorKind::IndentationError, r.into(), msg)
    }

    /// Index of the token at or after an offset.
    fn at(&self, offset: TextSize) -> usize {
        let i = self.toks.partition_point(|t| t.range.end() <= offset);
        // Empty tokens (dedents, the end) sit between others.
        i.min(self.toks.len().saturating_sub(1))
    }

    fn kind(&self, i: usize) -> TokenKind {
        self.toks.get(i).map_or(TokenKind::EndOfFile, |t| t.kind)
    }

    fn text(&self, i: usize) -> &'a str {
        self.toks
            .get(i)
            .map_or("", |t| self.source.slice(t.range.into()))
    }

    fn tok_span(&self, i: usize) -> Span {
        self.toks.get(i).map_or(Span::NONE, |t| t.range.into())
    }

    /// "invalid syntax" at a token.
    fn invalid(&self, i: usize) -> E {
        match self.kind(i) {
            TokenKind::Indent => return self.indent(self.tok_span(i), "unexpected indent"),
            TokenKind::Newline => {
                let s = self.tok_span(i);
                return self.err(
                    Span {
                        start: s.start,
                        end: s.start + 1,
                    },
                    "invalid syntax",
                );
            }
            _ => {}
        }
        let mut s = self.tok_span(i);
        if self.kind(i) == TokenKind::EndOfFile {
            s.end = s.start;
        }
        self.err(s, "invalid syntax")
    }

    /// Number of brackets open before a token.
    fn depth(&self, i: usize) -> usize {
        self.open_brackets(i).len()
    }

    /// The brackets open before a token.
    fn open_brackets(&self, i: usize) -> Vec<usize> {
        let mut open = Vec::new();
        for (n, t) in self.toks.iter().enumerate().take(i) {
            match t.kind {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => open.push(n),
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                    open.pop();
                }
                _ => {}
            }
        }
        open
    }

    /// First token of the logical line a token is on.
    fn line_first(&self, i: usize) -> usize {
        (0..i)
            .rev()
            .find(|n| {
                matches!(
                    self.kind(*n),
                    TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::Semi
                )
            })
            .map_or(0, |n| n + 1)
    }

    /// Parses the expression starting at an offset, whatever follows it.
    fn parse_expr_at(&self, offset: TextSize) -> Option<TextRange> {
        let rest = &self.source.text()[offset.to_usize()..];
        let line_end = rest.find('\n').unwrap_or(rest.len());
        let parsed = parse_unchecked(&rest[..line_end], ParseOptions::from(Mode::Expression));
        let ast::Mod::Expression(e) = parsed.syntax() else {
            return None;
        };
        let r = e.body.range();
        let bad = parsed
            .errors()
            .iter()
            .any(|err| err.location.end() <= r.end() && err.location.start() < r.end());
        (!bad && !r.is_empty() && r.start() == TextSize::from(0)).then(|| r + offset)
    }

    /// The widest expression ending exactly where the token before `i` ends.
    fn expr_before(&self, i: usize) -> Option<&'a Expr> {
        let end = self.toks.get(i.checked_sub(1)?)?.range.end();
        let whole = TextRange::up_to(TextSize::of(self.source.text()));
        find(self.tree, whole, |e| {
            e.range().end() == end
                && !e.range().is_empty()
                && !matches!(e, Expr::Starred(_))
                && !matches!(e, Expr::Tuple(t) if !t.parenthesized)
                && !matches!(e, Expr::Generator(g) if !g.parenthesized)
        })
    }

    fn expr_at(&self, r: TextRange) -> Option<&'a Expr> {
        let whole = TextRange::up_to(TextSize::of(self.source.text()));
        find(self.tree, whole, |e| e.range() == r)
    }

    // --- The error ---------------------------------------------------------------------------------

    fn error(&self, e: &ParseError) -> E {
        let r = e.location;
        let i = self.at(r.start());
        if let Some(e) = self.legacy_print(i) {
            return e;
        }
        match &e.error {
            ParseErrorType::Lexical(l) => self.lexical(l, r, i),
            ParseErrorType::FStringError(f) => self.interpolated("f", f, r, i),
            ParseErrorType::TStringError(f) => self.interpolated("t", f, r, i),
            ParseErrorType::InvalidAssignmentTarget => self.bad_target(r, i),
            ParseErrorType::InvalidAnnotatedAssignmentTarget => {
                self.err(r, "illegal target for annotation")
            }
            ParseErrorType::InvalidNamedAssignmentTarget => match self.expr_at(r) {
                Some(e) => self.err(
                    r,
                    format!("cannot use assignment expressions with {}", expr_name(e)),
                ),
                None => self.invalid(i),
            },
            ParseErrorType::InvalidAugmentedAssignmentTarget => match self.expr_at(r) {
                Some(e) => self.err(
                    r,
                    format!(
                        "'{}' is an illegal expression for augmented assignment",
                        expr_name(e)
                    ),
                ),
                None => self.invalid(i),
            },
            ParseErrorType::InvalidDeleteTarget => match self.expr_at(r) {
                Some(e) => self.err(r, format!("cannot delete {}", expr_name(e))),
                None => self.invalid(i),
            },
            ParseErrorType::PositionalAfterKeywordArgument => {
                self.err(r, "positional argument follows keyword argument")
            }
            ParseErrorType::PositionalAfterKeywordUnpacking => {
                self.err(r, "positional argument follows keyword argument unpacking")
            }
            ParseErrorType::InvalidArgumentUnpackingOrder => self.err(
                r,
                "iterable argument unpacking follows keyword argument unpacking",
            ),
            ParseErrorType::UnparenthesizedGeneratorExpression
                if self.kind(self.line_first(i)) == TokenKind::Class =>
            {
                let f = (i..self.toks.len())
                    .find(|n| self.kind(*n) == TokenKind::For)
                    .unwrap_or(i);
                self.invalid(f)
            }
            ParseErrorType::UnparenthesizedGeneratorExpression => {
                self.err(r, "Generator expression must be parenthesized")
            }
            ParseErrorType::InvalidStarredExpressionUsage => self.starred(r, i),
            ParseErrorType::ParamAfterVarKeywordParam => {
                self.err(r, "arguments cannot follow var-keyword argument")
            }
            ParseErrorType::NonDefaultParamAfterDefaultParam => {
                if self.source.slice(r.into()).ends_with('=') {
                    let s = Span::from(r);
                    return self.err(
                        Span {
                            start: s.end - 1,
                            end: s.end,
                        },
                        "expected default value expression",
                    );
                }
                self.err(
                    r,
                    "parameter without a default follows parameter with a default",
                )
            }
            ParseErrorType::VarParameterWithDefault => self.var_default(i),
            ParseErrorType::ExpectedKeywordParam => self.bare_star(i),
            ParseErrorType::ExpectedRealNumber => {
                self.err(r, "real number required in complex literal")
            }
            ParseErrorType::ExpectedImaginaryNumber => {
                self.err(r, "imaginary number required in complex literal")
            }
            ParseErrorType::InvalidMatchPatternTarget => {
                if i > 0 && self.kind(i - 1) == TokenKind::DoubleStar {
                    self.invalid(i)
                } else {
                    self.err(r, "cannot use '_' as a target")
                }
            }
            ParseErrorType::EmptyTypeParams => {
                self.err(r, "Type parameter list cannot be empty")
            }
            ParseErrorType::EmptyImportNames => {
                if self.kind(i) == TokenKind::Newline || self.kind(i) == TokenKind::EndOfFile {
                    let s = self.tok_span(i);
                    return self.err(
                        Span {
                            start: s.start,
                            end: s.start + 1,
                        },
                        "Expected one or more names after 'import'",
                    );
                }
                self.invalid(i)
            }
            ParseErrorType::IterableUnpackingInComprehension => {
                self.err(r, "iterable unpacking cannot be used in comprehension")
            }
            ParseErrorType::UnexpectedIndentation => {
                let at = self.source.line_col(r.start().to_u32()).0;
                let end = self.first_of_line(at);
                self.indent(end, "unexpected indent")
            }
            ParseErrorType::ExpectedToken { expected, found } => {
                self.expected(*expected, *found, i)
            }
            ParseErrorType::ExpectedExpression => self.expected_expression(i),
            ParseErrorType::SimpleStatementsOnSameLine => self.same_line(i),
            ParseErrorType::OtherError(msg) => self.other(msg, r, i),
            _ => self.invalid(i),
        }
    }

    fn first_of_line(&self, line: u32) -> Span {
        let start = self.source.line_start(line);
        let text = self.source.line_text(line);
        let indent = text.len() - text.trim_start().len();
        Span {
            start: start + indent as u32,
            end: start + indent as u32,
        }
    }

    fn lexical(&self, l: &LexicalErrorType, r: TextRange, i: usize) -> E {
        match l {
            LexicalErrorType::InvalidByteLiteral => {
                let s = self.string_around(r);
                self.err(s, "bytes can only contain ASCII literal characters")
            }
            LexicalErrorType::UnicodeError
            | LexicalErrorType::MissingUnicodeLbrace
            | LexicalErrorType::MissingUnicodeRbrace
            | LexicalErrorType::StringError => {
                let s = self.string_around(r);
                match escapes::bad_escape(self.source.slice(s)) {
                    Some(msg) => self.err(s, msg),
                    None => self.err(s, "invalid syntax"),
                }
            }
            LexicalErrorType::FStringError(f) => self.interpolated("f", f, r, i),
            LexicalErrorType::TStringError(f) => self.interpolated("t", f, r, i),
            LexicalErrorType::IndentationError => {
                let mut e = self.indent(
                    r,
                    "unindent does not match any outer indentation level",
                );
                e.end_line = e.line;
                e
            }
            LexicalErrorType::Eof => self.err(r, "unexpected EOF while parsing"),
            _ => self.err(r, "invalid syntax"),
        }
    }

    /// The whole string token around a range.
    fn string_around(&self, r: TextRange) -> Span {
        self.toks
            .iter()
            .find(|t| t.range.contains_range(r) && t.kind == TokenKind::String)
            .map_or(r.into(), |t| t.range.into())
    }

    fn interpolated(
        &self,
        kind: &str,
        f: &InterpolatedStringErrorType,
        r: TextRange,
        i: usize,
    ) -> E {
        match f {
            InterpolatedStringErrorType::UnclosedLbrace => {
                self.err(r, format!("{kind}-string: expecting '}}'"))
            }
            InterpolatedStringErrorType::SingleRbrace => {
                self.err(r, format!("{kind}-string: single '}}' is not allowed"))
            }
            InterpolatedStringErrorType::InvalidConversionFlag => {
                let name = self.text(i);
                if self.kind(i) == TokenKind::Name {
                    self.err(
                        r,
                        format!(
                            "{kind}-string: invalid conversion character '{name}': expected 's', 'r', or 'a'"
                        ),
                    )
                } else if matches!(self.kind(i), TokenKind::Rbrace | TokenKind::Colon) {
                    self.err(r, format!("{kind}-string: missing conversion character"))
                } else {
                    self.err(r, format!("{kind}-string: invalid conversion character"))
                }
            }
            InterpolatedStringErrorType::LambdaWithoutParentheses => self.err(
                r,
                format!("{kind}-string: lambda expressions are not allowed without parentheses"),
            ),
            InterpolatedStringErrorType::ConversionFlagNotImmediatelyAfterExclamation => self.err(
                r,
                format!("{kind}-string: conversion type must come right after the exclamation mark"),
            ),
            InterpolatedStringErrorType::NewlineInFormatSpec => self.err(
                r,
                format!(
                    "{kind}-string: newlines are not allowed in format specifiers for single quoted {kind}-strings"
                ),
            ),
            InterpolatedStringErrorType::UnterminatedString
            | InterpolatedStringErrorType::UnterminatedTripleQuotedString => {
                self.err(r, format!("unterminated {kind}-string literal"))
            }
        }
    }

    // --- Targets -----------------------------------------------------------------------------------

    fn bad_target(&self, r: TextRange, i: usize) -> E {
        let Some(e) = self.expr_at(r) else {
            return self.invalid(i);
        };
        let name = expr_name(e);
        if matches!(e, Expr::If(_)) && self.depth(i) > 0 && i > 0 {
            let end = self.at(r.end());
            if self.in_for_target(end) {
                return self.err(
                    self.tok_span(self.for_if(end)),
                    "'in' expected after for-loop variables",
                );
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
        let grouped = i > 0
            && self.kind(i - 1) == TokenKind::Lpar
            && self.kind(next) == TokenKind::Rpar;
        if grouped
            && self.kind(next + 1) == TokenKind::Equal
            && matches!(e, Expr::Yield(_) | Expr::YieldFrom(_))
        {
            return self.err(
                r,
                format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?"),
            );
        }
        if assigned && matches!(e, Expr::Yield(_) | Expr::YieldFrom(_)) {
            return self.err(r, "assignment to yield expression not possible");
        }
        if assigned
            && let Some(e) = self.meant_equality(e, next)
        {
            return e;
        }
        self.err(r, format!("cannot assign to {name}"))
    }

    /// `f() = 1`: perhaps a comparison was meant.
    fn meant_equality(&self, target: &Expr, equal: usize) -> Option<E> {
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
            return Some(self.err(
                Span::from(target.range()).to(value.into()),
                "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
            ));
        }
        Some(self.err(
            target.range(),
            format!(
                "cannot assign to {} here. Maybe you meant '==' instead of '='?",
                expr_name(target)
            ),
        ))
    }

    /// The range of an operand (no comparison, no boolean operator) starting at an offset.
    fn parse_bitwise_or(&self, offset: TextSize) -> Option<TextRange> {
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
        let bad = parsed
            .errors()
            .iter()
            .any(|err| err.location.start() < r.end());
        (!bad && !r.is_empty()).then(|| r + offset)
    }

    fn starred(&self, r: TextRange, i: usize) -> E {
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
        if grouped {
            self.err(r, "cannot use starred expression here")
        } else {
            self.err(r, "can't use starred expression here")
        }
    }

    // --- Parameters ----------------------------------------------------------------------------------

    fn var_default(&self, i: usize) -> E {
        let star = (0..=i)
            .rev()
            .map(|n| self.kind(n))
            .find(|k| matches!(k, TokenKind::Star | TokenKind::DoubleStar));
        let what = if star == Some(TokenKind::DoubleStar) {
            "var-keyword"
        } else {
            "var-positional"
        };
        let s = self.tok_span(i);
        self.err(
            s,
            format!("{what} argument cannot have default value"),
        )
    }

    fn bare_star(&self, i: usize) -> E {
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
                let what = if self.in_lambda(star) {
                    "named arguments must follow bare *"
                } else {
                    "named parameters must follow bare *"
                };
                self.err(self.tok_span(star), what)
            }
            TokenKind::Equal => self.err(
                self.tok_span(n),
                "var-positional argument cannot have default value",
            ),
            TokenKind::Star if self.kind(star + 1) == TokenKind::Comma => {
                self.err(self.tok_span(n), "* argument may appear only once")
            }
            _ => self.invalid(n),
        }
    }

    // --- Expected this, found that ---------------------------------------------------------------------

    fn legacy_print(&self, i: usize) -> Option<E> {
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
        Some(self.err(
            self.tok_span(before).to(value.into()),
            format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?"),
        ))
    }

    fn expected(&self, expected: TokenKind, found: TokenKind, i: usize) -> E {
        if found == TokenKind::Equal
            && let Some(e) = self.stray_equal(i)
        {
            return e;
        }
        if let Some(e) = self.bad_name_target(i) {
            return e;
        }
        match expected {
            TokenKind::Lpar if matches!(self.kind(self.line_first(i)), TokenKind::Def | TokenKind::Async)
                && self.depth(i) == 0 =>
            {
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

    /// `=` where an expression ended.
    fn stray_equal(&self, i: usize) -> Option<E> {
        let before = self.expr_before(i)?;
        let open = self.open_brackets(i);
        let call = open.last().is_some_and(|o| {
            self.kind(*o) == TokenKind::Lpar
                && o.checked_sub(1).is_some_and(|p| {
                    matches!(
                        self.kind(p),
                        TokenKind::Name | TokenKind::Rpar | TokenKind::Rsqb | TokenKind::String
                    )
                })
        });
        if call {
            let first = self.at(before.range().start());
            match first.checked_sub(1).map(|n| self.kind(n)) {
                Some(TokenKind::DoubleStar) => {
                    return Some(self.err(
                        self.tok_span(first - 1).to(self.tok_span(i)),
                        "cannot assign to keyword argument unpacking",
                    ));
                }
                Some(TokenKind::Star) => {
                    return Some(self.err(
                        self.tok_span(first - 1).to(self.tok_span(i)),
                        "cannot assign to iterable argument unpacking",
                    ));
                }
                _ => {}
            }
            return Some(self.bad_keyword(before, i));
        }
        self.meant_equality(before, i)
    }

    fn bad_keyword(&self, before: &Expr, equal: usize) -> E {
        let s = Span::from(before.range());
        match before {
            Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) => self.err(
                s.to(self.tok_span(equal)),
                format!("cannot assign to {}", expr_name(before)),
            ),
            _ => self.err(
                s.to(self.tok_span(equal)),
                "expression cannot contain assignment, perhaps you meant \"==\"?",
            ),
        }
    }

    /// `as` followed by something that is not just a name.
    fn bad_name_target(&self, i: usize) -> Option<E> {
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
    fn target_name(&self, start: TextSize) -> Option<(&'static str, TextRange)> {
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

    fn expected_else(&self, i: usize) -> E {
        if self.in_for_target(i) {
            return self.err(
                self.tok_span(self.for_if(i)),
                "'in' expected after for-loop variables",
            );
        }
        if self.kind(i) == TokenKind::Colon && self.depth(i) > 0 {
            return self.unexpected(i);
        }
        if matches!(self.kind(i), TokenKind::Equal | TokenKind::ColonEqual) {
            return self.invalid(i);
        }
        let whole = TextRange::up_to(TextSize::of(self.source.text()));
        let end = self
            .toks
            .get(i.saturating_sub(1))
            .map_or(TextSize::from(0), |t| t.range.end());
        let body = find(self.tree, whole, |e| {
            matches!(e, Expr::If(x) if x.test.range().end() == end)
        });
        match body {
            Some(e) => self.err(
                Span {
                    start: e.range().start().to_u32(),
                    end: end.to_u32(),
                },
                "expected 'else' after 'if' expression",
            ),
            None => self.err(self.tok_span(i), "expected 'else' after 'if' expression"),
        }
    }

    /// Whether the token is in what should be the target of a comprehension's `for`.
    fn in_for_target(&self, i: usize) -> bool {
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
    fn for_if(&self, i: usize) -> usize {
        let start = (0..i)
            .rev()
            .find(|n| self.kind(*n) == TokenKind::For)
            .unwrap_or(i);
        (start..i)
            .find(|n| self.kind(*n) == TokenKind::If)
            .unwrap_or(i)
    }

    fn expected_in(&self, i: usize) -> E {
        if self.depth(i) > 0 {
            let s = self.tok_span(i);
            return self.err(s, "'in' expected after for-loop variables");
        }
        self.invalid(i)
    }

    fn expected_colon(&self, i: usize) -> E {
        if self.depth(i) > 0 && !self.in_lambda(i) {
            let open = self.open_brackets(i);
            let dict = open.last().is_some_and(|o| {
                self.kind(*o) == TokenKind::Lbrace
                    && (*o..i).any(|n| {
                        self.kind(n) == TokenKind::Colon
                            && self.open_brackets(n).len() == open.len()
                    })
            });
            if dict && matches!(self.kind(i), TokenKind::Comma | TokenKind::Rbrace) {
                return self.err(
                    self.tok_span(i - 1),
                    "':' expected after dictionary key",
                );
            }
            return self.unexpected(i);
        }
        let forced = matches!(
            self.kind(self.line_first(i)),
            TokenKind::Def | TokenKind::Try | TokenKind::Else | TokenKind::Finally
        ) || (self.kind(self.line_first(i)) == TokenKind::Async
            && self.kind(self.line_first(i) + 1) == TokenKind::Def)
            || self.in_lambda(i);
        match self.kind(i) {
            TokenKind::Newline => {
                let s = self.tok_span(i);
                self.err(
                    Span {
                        start: s.start,
                        end: s.start + 1,
                    },
                    "expected ':'",
                )
            }
            TokenKind::Lpar if self.parameter_start(i) => self.grouped_parameter(i),
            _ if forced => self.err(self.tok_span(i), "expected ':'"),
            _ => self.unexpected(i),
        }
    }

    fn in_lambda(&self, i: usize) -> bool {
        (self.line_first(i)..i)
            .rev()
            .take_while(|n| self.kind(*n) != TokenKind::Colon)
            .any(|n| self.kind(n) == TokenKind::Lambda)
    }

    fn starts_expression(k: TokenKind) -> bool {
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

    /// A token that does not continue what is before it.
    fn unexpected(&self, i: usize) -> E {
        if self.kind(i) == TokenKind::Equal
            && let Some(e) = self.stray_equal(i)
        {
            return e;
        }
        let before = i.checked_sub(1).map_or(TokenKind::EndOfFile, |b| self.kind(b));
        match (before, self.kind(i)) {
            (TokenKind::Slash, TokenKind::Star) if self.in_parameters(i) => {
                return self.err(self.tok_span(i), "expected comma between / and *");
            }
            (_, TokenKind::Lpar) if self.parameter_start(i) => return self.grouped_parameter(i),
            (TokenKind::Star, _) if self.depth(i) > 0 => {
                return self.err(self.tok_span(i - 1), "Invalid star expression");
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
        if let Some(e) = self.forgot_comma(i) {
            return e;
        }
        self.invalid(i)
    }

    /// Whether a parameter would start here.
    fn parameter_start(&self, i: usize) -> bool {
        i > 0
            && matches!(
                self.kind(i - 1),
                TokenKind::Comma | TokenKind::Lpar | TokenKind::Lambda
            )
            && self.in_parameters(i)
    }

    /// Parameters in parentheses of their own.
    fn grouped_parameter(&self, i: usize) -> E {
        let depth = self.depth(i);
        let close = (i + 1..self.toks.len())
            .find(|n| self.kind(*n) == TokenKind::Rpar && self.depth(*n) == depth + 1)
            .unwrap_or(i);
        let names = (i + 1..close)
            .all(|n| matches!(self.kind(n), TokenKind::Name | TokenKind::Comma));
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

    fn augmented(&self, i: usize) -> bool {
        let text = self.text(i);
        self.depth(i) == 0
            && i > 0
            && text.len() >= 2
            && text.ends_with('=')
            && !matches!(text, "==" | "!=" | "<=" | ">=" | ":=")
            && (self.line_first(i)..i).any(|n| self.kind(n) == TokenKind::Comma && self.depth(n) == 0)
    }

    /// `[x, y for ...]`: the target needs parentheses.
    fn comprehension_target(&self, i: usize) -> E {
        let open = self.open_brackets(i);
        let Some(&o) = open.last() else {
            return self.invalid(i);
        };
        let equal = (o + 1..i).rev().find(|n| {
            self.kind(*n) == TokenKind::Equal && self.open_brackets(*n).len() == open.len()
        });
        if let Some(eq) = equal
            && self.kind(eq - 1) == TokenKind::Name
        {
            return self.err(
                self.tok_span(eq - 1).to(self.tok_span(eq)),
                "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
            );
        }
        let commas = (o + 1..i).any(|n| {
            self.kind(n) == TokenKind::Comma && self.open_brackets(n).len() == open.len()
        });
        let colons = (o + 1..i).any(|n| self.kind(n) == TokenKind::Colon);
        if commas && !colons && matches!(self.kind(o), TokenKind::Lsqb | TokenKind::Lbrace) {
            return self.err(
                self.tok_span(o + 1).to(self.tok_span(i - 1)),
                "did you forget parentheses around the comprehension target?",
            );
        }
        self.invalid(i)
    }

    /// Two expressions in a row within brackets.
    fn forgot_comma(&self, i: usize) -> Option<E> {
        if i == 0 || self.depth(i) == 0 || !Self::starts_expression(self.kind(i)) {
            return None;
        }
        let a = self.expr_before(i)?;
        // A prefix that is none, or a soft keyword, before a string.
        let string = matches!(
            self.kind(i),
            TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart
        );
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
        Some(self.err(
            Span::from(a.range()).to(b.into()),
            "invalid syntax. Perhaps you forgot a comma?",
        ))
    }

    fn expected_expression(&self, i: usize) -> E {
        let Some(before) = i.checked_sub(1) else {
            return self.invalid(i);
        };
        let word = self.text(i);
        let statement = matches!(word, "pass" | "break" | "continue");
        if statement {
            if self.kind(before) == TokenKind::Else && self.in_if_exp(before) {
                return self.err(
                    self.tok_span(i),
                    "expected expression after 'else', but statement is given",
                );
            }
            if self.kind(i + 1) == TokenKind::If {
                return self.err(
                    self.tok_span(i),
                    "expected expression before 'if', but statement is given",
                );
            }
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
                return self.err(
                    self.tok_span(before - 1).to(self.tok_span(before)),
                    "expected argument value expression",
                );
            }
        }
        if let Some(e) = self.dict_value(i) {
            return e;
        }
        self.unexpected(i)
    }

    fn in_if_exp(&self, i: usize) -> bool {
        (self.line_first(i)..i).any(|n| self.kind(n) == TokenKind::If)
            && self.kind(self.line_first(i)) != TokenKind::Else
    }

    /// Whether the token is in the parameter list of a `def` or lambda.
    fn in_parameters(&self, i: usize) -> bool {
        let first = self.line_first(i);
        let open = self.open_brackets(i);
        let def = (first..i).find(|n| self.kind(*n) == TokenKind::Def);
        if let (Some(def), [outer]) = (def, &open[..]) {
            return *outer > def && self.kind(*outer) == TokenKind::Lpar;
        }
        self.in_lambda(i)
    }

    /// The kind of f-string whose replacement field token `open` starts.
    fn string_kind(&self, open: usize) -> Option<&'static str> {
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
                        TokenKind::FStringStart
                            | TokenKind::TStringStart
                            | TokenKind::FStringEnd
                            | TokenKind::TStringEnd
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

    fn empty_field(&self, kind: &str, i: usize) -> E {
        let before = match self.kind(i) {
            TokenKind::Rbrace => "'}'",
            TokenKind::Exclamation => "'!'",
            TokenKind::Colon => "':'",
            TokenKind::Equal => "'='",
            _ => {
                return self.err(
                    self.tok_span(i),
                    format!("{kind}-string: expecting a valid expression after '{{'"),
                );
            }
        };
        self.err(
            self.tok_span(i),
            format!("{kind}-string: valid expression required before {before}"),
        )
    }

    /// Mistakes in dict displays.
    fn dict_value(&self, i: usize) -> Option<E> {
        let open = *self.open_brackets(i).last()?;
        if self.kind(open) != TokenKind::Lbrace || self.string_kind(open).is_some() {
            return None;
        }
        let before = i.checked_sub(1)?;
        if self.kind(before) == TokenKind::Colon {
            if self.kind(i) == TokenKind::Star {
                return Some(self.err(
                    self.tok_span(i),
                    "cannot use a starred expression in a dictionary value",
                ));
            }
            if matches!(self.kind(i), TokenKind::Comma | TokenKind::Rbrace) {
                return Some(self.err(
                    self.tok_span(before),
                    "expression expected after dictionary key and ':'",
                ));
            }
        }
        None
    }

    // --- Statements ------------------------------------------------------------------------------------

    fn same_line(&self, i: usize) -> E {
        let first = self.line_first(i);
        if self.kind(first) == TokenKind::Import && self.kind(i) == TokenKind::From {
            let end = (i..self.toks.len())
                .find(|n| matches!(self.kind(*n), TokenKind::Newline | TokenKind::Semi | TokenKind::EndOfFile))
                .map_or(i, |n| n - 1);
            return self.err(
                self.tok_span(first).to(self.tok_span(end)),
                "Did you mean to use 'from ... import ...' instead?",
            );
        }
        if let Some(e) = self.inside_string(i).or_else(|| self.bad_name_target(i)) {
            return e;
        }
        self.unexpected(i)
    }

    /// `"a "b" c"`: quotes within a string.
    fn inside_string(&self, i: usize) -> Option<E> {
        if i == 0 || self.kind(i - 1) != TokenKind::String {
            return None;
        }
        let mut n = i;
        while self.kind(n) == TokenKind::Name || self.kind(n).is_keyword() {
            n += 1;
        }
        (n > i && self.kind(n) == TokenKind::String).then(|| {
            self.err(
                self.tok_span(i - 1).to(self.tok_span(n)),
                "invalid syntax. Is this intended to be part of the string?",
            )
        })
    }

    fn other(&self, msg: &str, r: TextRange, i: usize) -> E {
        if let Some(clause) = msg.strip_prefix("Expected an indented block after ") {
            return self.no_block(clause, r);
        }
        let fixed = match msg {
            "Only one '*' parameter allowed" | "Only one '*' separator allowed" => {
                "* argument may appear only once"
            }
            "Only one '**' parameter allowed" => "arguments cannot follow var-keyword argument",
            "Only one '/' separator allowed" => "/ may appear only once",
            "'/' parameter must appear before '*' parameter" => "/ must be ahead of *",
            "Position-only parameter separator not allowed as first parameter" => {
                "at least one argument must precede /"
            }
            "Cannot have both 'except' and 'except*' on the same 'try'" => {
                let s = self.except_at(i);
                return self.err(
                    s,
                    "cannot have both 'except' and 'except*' on the same 'try'",
                );
            }
            "Expected `except` or `finally` after `try` block" => {
                return self.err(
                    self.tok_span(i),
                    "expected 'except' or 'finally' block",
                );
            }
            "Multiple exception types must be parenthesized when using `as`" => {
                "multiple exception types must be parenthesized when using 'as'"
            }
            "Expected one or more exception types" => "expected one or more exception types",
            "Only single target (not tuple) can be annotated" => {
                "only single target (not tuple) can be annotated"
            }
            "Only single target (not list) can be annotated" => {
                "only single target (not list) can be annotated"
            }
            "Positional patterns cannot follow keyword patterns" => {
                "positional patterns follow keyword patterns"
            }
            "Trailing comma not allowed" => {
                let first = self.line_first(i);
                if self.kind(first) == TokenKind::From {
                    return self.err(
                        self.tok_span(i),
                        "trailing comma not allowed without surrounding parentheses",
                    );
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
                return self.err(
                    self.tok_span(i),
                    "'not' after an operator must be parenthesized",
                );
            }
            _ if msg.starts_with("Expected an identifier, but found a keyword") => {
                return self.expected_expression(i);
            }
            _ if msg.starts_with("Expected an expression or") => return self.unexpected(i),
            _ if self.kind(i) == TokenKind::Elif => {
                return self.err(self.tok_span(i), "'elif' block follows an 'else' block");
            }
            _ => {
                return self
                    .bad_name_target(i)
                    .unwrap_or_else(|| self.invalid(i));
            }
        };
        self.err(r, fixed)
    }

    fn except_at(&self, i: usize) -> Span {
        let first = self.line_first(i);
        let s = self.tok_span(first);
        if self.kind(first) == TokenKind::Except {
            s
        } else {
            self.tok_span(i)
        }
    }

    fn parameter(&self, r: TextRange, i: usize) -> E {
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
    fn argument_name(&self, r: TextRange, equal: usize) -> E {
        let i = self.at(r.start());
        let s = Span::from(r).to(self.tok_span(equal));
        let text = self.source.slice(r.into());
        match self.kind(i) {
            TokenKind::Star => {
                return self.err(s, "cannot assign to iterable argument unpacking");
            }
            TokenKind::DoubleStar => {
                return self.err(s, "cannot assign to keyword argument unpacking");
            }
            _ => {}
        }
        if matches!(text, "True" | "False" | "None") {
            return self.err(s, format!("cannot assign to {text}"));
        }
        self.err(
            s,
            "expression cannot contain assignment, perhaps you meant \"==\"?",
        )
    }

    /// `import a as b.c`
    fn import_target(&self, i: usize) -> E {
        self.bad_name_target(i).unwrap_or_else(|| self.invalid(i))
    }

    /// A compound statement without its block.
    fn no_block(&self, clause: &str, r: TextRange) -> E {
        // The token that should have been indented, and the header before it.
        let mut i = self.toks.partition_point(|t| t.range.start() < r.start());
        while matches!(self.kind(i), TokenKind::Newline | TokenKind::Dedent) {
            i += 1;
        }
        let newline = (0..i)
            .rev()
            .find(|n| self.kind(*n) == TokenKind::Newline)
            .unwrap_or(0);
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
        self.indent(
            s,
            format!("expected an indented block after {what} on line {line}"),
        )
    }
}
