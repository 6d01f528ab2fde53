//! Errors of the parser, reported as CPython's parser would.
//!
//! The parser says what it expected where. CPython first tries rules for common mistakes, then
//! reports "invalid syntax" at the token it could not use; errors of the tokenizer anywhere in the
//! text take precedence.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, Mode, ParseError, ParseErrorType, ParseOptions, Parsed, UnsupportedSyntaxError,
    UnsupportedSyntaxErrorKind, parse_unchecked,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::escapes;
use super::fields::{self, Why};
use super::names::{expr_name, find};
use super::scan::{self, Scanned};
use super::source::{Source, Span};
use crate::errors::{ErrorKind, SyntaxError};
use crate::options::Mode as CompileMode;

mod expected;
mod statements;
mod targets;
mod unexpected;

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
    mode: CompileMode,
}

/// The error for a text that did not parse.
pub fn translate(source: &Source, parsed: &Parsed<ast::Mod>, first: &ParseError, mode: CompileMode) -> E {
    let scanned = scan::scan_all(source);
    let indented_before =
        matches!(first.error, ParseErrorType::UnexpectedIndentation) && first.location.start().to_usize() < scanned.error_at;
    if let Some(e) = &scanned.error
        && !scanned.in_string
        && !scanned.soft
        && !indented_before
    {
        return e.clone();
    }
    let toks = parsed
        .tokens()
        .iter()
        .filter(|t| !matches!(t.kind(), TokenKind::Comment | TokenKind::NonLogicalNewline))
        .map(|t| Tok { kind: t.kind(), range: t.range() })
        .collect();
    let t = Translator { source, tree: parsed.syntax(), toks, mode };
    if let Some(e) = t.bad_field(&scanned, first) {
        return t.never_closed(&scanned, e);
    }
    if let Some(e) = &scanned.error
        && (!scanned.soft || first.location.start().to_usize() >= scanned.error_at)
        && !indented_before
    {
        let mut e = e.clone();
        if mode == CompileMode::Eval && e.msg == "unexpected EOF while parsing" {
            // Only whole files are read as if they ended in a newline.
            e.msg = "unexpected character after line continuation character".into();
        }
        return e;
    }
    let e = t.error(first);
    t.never_closed(&scanned, e)
}

/// The error to report: the first one, but a target that cannot be assigned to matters less than
/// what is wrong inside it.
pub fn first_error(errors: &[ParseError]) -> Option<&ParseError> {
    let first = errors.iter().min_by_key(|e| e.location.start())?;
    let target = matches!(first.error, ParseErrorType::InvalidAnnotatedAssignmentTarget | ParseErrorType::InvalidAssignmentTarget)
        || matches!(&first.error, ParseErrorType::OtherError(m) if m.starts_with("Only single target"));
    if target {
        let inner = errors
            .iter()
            .filter(|e| e.location != first.location && first.location.contains(e.location.start()))
            .min_by_key(|e| e.location.start());
        return Some(inner.unwrap_or(first));
    }
    Some(first)
}

/// The error for syntax of a later version.
pub fn unsupported(source: &Source, e: &UnsupportedSyntaxError) -> E {
    let msg = match &e.kind {
        UnsupportedSyntaxErrorKind::ParenthesizedKeywordArgumentName => "expression cannot contain assignment, perhaps you meant \"==\"?",
        UnsupportedSyntaxErrorKind::UnpackingInComprehension(_) => {
            if source.slice(e.range.into()).starts_with("**") {
                let mut s = Span::from(e.range);
                s.end = s.start + 2;
                return source.error(ErrorKind::SyntaxError, s, "dict unpacking cannot be used in dict comprehension");
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
    let s = Span { start: b.at as u32, end: b.at as u32 };
    let mut e = source.error(ErrorKind::SyntaxError, s, format!("'{}' was never closed", b.ch));
    e.end_col = 0;
    if let Some(text) = &mut e.text {
        text.truncate(text.trim_end_matches('\n').len());
    }
    Some(e)
}

impl<'a> Translator<'a> {
    fn never_closed(&self, scanned: &Scanned, e: E) -> E {
        let Some(b) = scanned.open.last() else {
            return e;
        };
        let line = self.source.line(b.at as u32);
        let at_end = e.line >= self.source.line(self.source.text().trim_end().len() as u32);
        if e.msg == "positional patterns follow keyword patterns" {
            // The rule for this mistake reads on to the closing bracket.
            return unclosed(self.source, scanned).map_or(e, |e| self.with_newline(e));
        }
        let generic = matches!(e.msg.as_str(), "invalid syntax" | "unexpected EOF while parsing");
        if e.line.max(e.end_line) > line || (at_end && generic && self.at_end(&e)) {
            let last = self.source.line(self.source.text().trim_end_matches('\n').len() as u32) == line;
            match unclosed(self.source, scanned) {
                Some(e) if last => self.with_newline(e),
                Some(e) => e,
                None => e,
            }
        } else {
            e
        }
    }

    /// The error in a replacement field, if the parser got as far as its string and fails before the
    /// tokenizer does.
    fn bad_field(&self, scanned: &Scanned, first: &ParseError) -> Option<E> {
        let (string, bad) = fields::first_bad(self.source, scanned)?;
        if first.location.start().to_usize() < string || (scanned.error.is_some() && bad.at >= scanned.error_at) {
            return None;
        }
        let i = self.at(TextSize::new(bad.at as u32));
        let at = |n: usize| {
            let len = self.source.text()[n..].chars().next().map_or(0, char::len_utf8);
            let tok = self.toks.get(i).map(|t| Span::from(t.range)).filter(|s| s.start as usize == n);
            tok.unwrap_or(Span { start: n as u32, end: (n + len) as u32 })
        };
        Some(match bad.why {
            Why::Message(kind, m) => self.err(at(bad.at), format!("{kind}-string: {m}")),
            Why::Lambda(kind, s) => self.err(s, format!("{kind}-string: lambda expressions are not allowed without parentheses")),
            Why::After(kind, start) => match self.forgot_comma_after(i, start) {
                Some(e) => e,
                None => self.err(at(bad.at), format!("{kind}-string: expecting '=', or '!', or ':', or '}}'")),
            },
            Why::Expression(kind) => {
                let e = self.error(first);
                let generic = e.msg == "invalid syntax" || e.msg.starts_with(['f', 't']) && e.msg[1..].starts_with("-string: ");
                if !generic && scanned.error.is_none() {
                    return Some(e);
                }
                self.err(at(bad.at), format!("{kind}-string: expecting a valid expression after '{{'"))
            }
        })
    }

    fn at_end(&self, e: &SyntaxError) -> bool {
        let text = self.source.text().trim_end();
        let (line, col) = self.source.char_pos(text.len() as u32);
        e.line > line || (e.line == line && e.col >= col)
    }

    // --- Helpers ---

    fn err(&self, r: impl Into<Span>, msg: impl Into<String>) -> E {
        self.with_newline(self.source.error(ErrorKind::SyntaxError, r.into(), msg))
    }

    fn indent(&self, r: impl Into<Span>, msg: impl Into<String>) -> E {
        self.with_newline(self.source.error(ErrorKind::IndentationError, r.into(), msg))
    }

    /// The parser reads a last line as if it ended in a newline.
    fn with_newline(&self, mut e: E) -> E {
        if self.mode != CompileMode::Eval
            && let Some(text) = e.text.as_mut().filter(|t| !t.ends_with('\n'))
        {
            text.push('\n');
        }
        e
    }

    /// An error from token `i` to wherever the parser has read, which is up to token `last`.
    fn err_up_to(&self, i: usize, last: usize, msg: &str) -> E {
        let (start, mut end) = (self.tok_span(i), self.tok_span(last));
        if self.kind(last) == TokenKind::Newline {
            end.end = end.start + 1;
        }
        let mut e = self.err(start.to(end), msg);
        e.end_col = (e.end_col - 1).max(1);
        e
    }

    /// Where there is a token, the error at it; at the end of the text, after the last line.
    fn err_or_end(&self, i: usize, e: E) -> E {
        if (i..self.toks.len()).any(|n| !matches!(self.kind(n), TokenKind::Dedent | TokenKind::Newline | TokenKind::EndOfFile)) {
            return e;
        }
        let text = self.source.text();
        let end = text.trim_end_matches('\n').len() + usize::from(text.trim_end_matches('\n').len() < text.len());
        let blank = text[end.min(text.len())..].len();
        let at = text.len().saturating_sub(usize::from(text.ends_with('\n'))) as u32;
        let mut e = SyntaxError { line: self.source.line(at), ..*e };
        let line = self.source.line_text(e.line);
        e.col = if blank > 0 { 1 } else { line.trim_end_matches('\n').chars().count() as u32 + 1 };
        e.end_line = e.line;
        e.end_col = -1;
        e.text = Some(line.to_owned());
        self.with_newline(Box::new(e))
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
        self.toks.get(i).map_or("", |t| self.source.slice(t.range.into()))
    }

    fn tok_span(&self, i: usize) -> Span {
        self.toks.get(i).map_or(Span::NONE, |t| t.range.into())
    }

    /// "invalid syntax" at a token.
    fn invalid(&self, i: usize) -> E {
        match self.kind(i) {
            TokenKind::Indent => return self.unexpected_indent(self.tok_span(i).end),
            TokenKind::Newline => {
                let s = self.tok_span(i);
                return self.err(Span { start: s.start, end: s.start + 1 }, "invalid syntax");
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
            .find(|n| matches!(self.kind(*n), TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::Semi))
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
        let bad = parsed.errors().iter().any(|err| err.location.end() <= r.end() && err.location.start() < r.end());
        (!bad && !r.is_empty() && r.start() == TextSize::from(0)).then(|| r + offset)
    }

    /// Parses one expression, not a tuple of several, starting at an offset.
    fn parse_one_expr_at(&self, offset: TextSize) -> Option<TextRange> {
        let rest = &self.source.text()[offset.to_usize()..];
        let parsed = parse_unchecked(&rest[..rest.find('\n').unwrap_or(rest.len())], ParseOptions::from(Mode::Expression));
        let ast::Mod::Expression(e) = parsed.syntax() else {
            return None;
        };
        let r = match &*e.body {
            Expr::Tuple(t) if !t.parenthesized => t.elts.first()?.range(),
            e => e.range(),
        };
        (!r.is_empty() && r.start() == TextSize::from(0)).then(|| r + offset)
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

    // --- The error ---

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
            ParseErrorType::InvalidAnnotatedAssignmentTarget => self.err(r, "illegal target for annotation"),
            ParseErrorType::InvalidNamedAssignmentTarget => match self.expr_at(r) {
                Some(e) => self.err(r, format!("cannot use assignment expressions with {}", expr_name(e))),
                None => self.invalid(i),
            },
            ParseErrorType::InvalidAugmentedAssignmentTarget => match self.expr_at(r) {
                Some(e) => self.err(r, format!("'{}' is an illegal expression for augmented assignment", expr_name(e))),
                None => self.invalid(i),
            },
            ParseErrorType::InvalidDeleteTarget => match self.expr_at(r) {
                Some(e) => self.err(r, format!("cannot delete {}", expr_name(e))),
                None => self.invalid(i),
            },
            ParseErrorType::InvalidYieldExpressionUsage => self.expected_expression(i),
            ParseErrorType::PositionalAfterKeywordArgument => self.err(self.call_end(i), "positional argument follows keyword argument"),
            ParseErrorType::PositionalAfterKeywordUnpacking => {
                self.err(self.call_end(i), "positional argument follows keyword argument unpacking")
            }
            ParseErrorType::InvalidArgumentUnpackingOrder => {
                let comma = self.tok_span(i.saturating_sub(1));
                self.err(comma.to(r.into()), "iterable argument unpacking follows keyword argument unpacking")
            }
            ParseErrorType::UnparenthesizedGeneratorExpression if self.kind(self.line_first(i)) == TokenKind::Class => {
                let f = (i..self.toks.len()).find(|n| self.kind(*n) == TokenKind::For).unwrap_or(i);
                self.invalid(f)
            }
            ParseErrorType::UnparenthesizedGeneratorExpression => self.err(r, "Generator expression must be parenthesized"),
            ParseErrorType::InvalidStarredExpressionUsage => self.starred(r, i),
            ParseErrorType::ParamAfterVarKeywordParam => self.err(r, "arguments cannot follow var-keyword argument"),
            ParseErrorType::NonDefaultParamAfterDefaultParam => {
                if self.source.slice(r.into()).ends_with('=') {
                    let s = Span::from(r);
                    return self.err(Span { start: s.end - 1, end: s.end }, "expected default value expression");
                }
                self.err(r, "parameter without a default follows parameter with a default")
            }
            ParseErrorType::VarParameterWithDefault => self.var_default(i),
            ParseErrorType::ExpectedKeywordParam => self.bare_star(i),
            ParseErrorType::ExpectedRealNumber => self.err(r, "real number required in complex literal"),
            ParseErrorType::ExpectedImaginaryNumber => self.err(r, "imaginary number required in complex literal"),
            ParseErrorType::InvalidMatchPatternTarget => {
                if i > 0 && self.kind(i - 1) == TokenKind::DoubleStar {
                    self.invalid(i)
                } else {
                    self.err(r, "cannot use '_' as a target")
                }
            }
            ParseErrorType::UnparenthesizedTupleExpression => {
                let comma = (i..self.toks.len()).find(|n| self.kind(*n) == TokenKind::Comma && self.depth(*n) == self.depth(i));
                self.invalid(comma.unwrap_or(i))
            }
            ParseErrorType::EmptyTypeParams => {
                let close = (i..self.toks.len()).find(|n| self.kind(*n) == TokenKind::Rsqb).unwrap_or(i);
                let alias = usize::from(self.kind(self.line_first(i)) == TokenKind::Type);
                self.err_up_to(close, close + alias, "Type parameter list cannot be empty")
            }
            ParseErrorType::EmptyImportNames => {
                if self.kind(i) == TokenKind::Newline || self.kind(i) == TokenKind::EndOfFile {
                    let s = self.tok_span(i);
                    return self.err(Span { start: s.start, end: s.start }, "Expected one or more names after 'import'");
                }
                self.invalid(i)
            }
            ParseErrorType::IterableUnpackingInComprehension => self.err(r, "iterable unpacking cannot be used in comprehension"),
            ParseErrorType::UnexpectedIndentation => {
                let at = self.source.line_col(r.start().to_u32()).0;
                self.unexpected_indent(self.first_of_line(at).start)
            }
            ParseErrorType::ExpectedToken { expected, found } => self.expected(*expected, *found, i),
            ParseErrorType::ExpectedExpression => self.expected_expression(i),
            ParseErrorType::SimpleStatementsOnSameLine => self.same_line(i),
            ParseErrorType::OtherError(msg) => self.other(msg, r, i),
            _ => self.invalid(i),
        }
    }

    /// CPython points before the first character, and knows no end.
    fn unexpected_indent(&self, at: u32) -> E {
        let mut e = self.indent(Span { start: at, end: at }, "unexpected indent");
        e.col = e.col.saturating_sub(1);
        e.end_col = -1;
        e
    }

    /// The bracket that closes the call token `i` is in.
    fn call_end(&self, i: usize) -> Span {
        let depth = self.depth(i);
        let close = (i..self.toks.len()).find(|n| self.kind(*n) == TokenKind::Rpar && self.depth(*n) == depth);
        self.tok_span(close.unwrap_or(i))
    }

    fn first_of_line(&self, line: u32) -> Span {
        let start = self.source.line_start(line);
        let text = self.source.line_text(line);
        let indent = text.len() - text.trim_start().len();
        Span { start: start + indent as u32, end: start + indent as u32 }
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
                let text = self.source.slice(s);
                let middle = self
                    .toks
                    .iter()
                    .any(|t| Span::from(t.range) == s && matches!(t.kind, TokenKind::FStringMiddle | TokenKind::TStringMiddle));
                match if middle { escapes::bad_text(text) } else { escapes::bad_escape(text) } {
                    // The text of an f-string is only looked into at its end.
                    Some(msg) if middle => self.err(self.tok_span(self.at(TextSize::new(s.start)) + 1), msg),
                    Some(msg) => self.err(s, msg),
                    None => self.err(s, "invalid syntax"),
                }
            }
            LexicalErrorType::FStringError(f) => self.interpolated("f", f, r, i),
            LexicalErrorType::TStringError(f) => self.interpolated("t", f, r, i),
            LexicalErrorType::IndentationError => {
                let mut e = self.indent(r, "unindent does not match any outer indentation level");
                e.end_line = e.line;
                e.end_col = -1;
                e
            }
            LexicalErrorType::Eof => self.err(r, "unexpected EOF while parsing"),
            _ => self.err(r, "invalid syntax"),
        }
    }

    /// The whole string token around a range.
    fn string_around(&self, r: TextRange) -> Span {
        let string = |k| matches!(k, TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle);
        self.toks.iter().find(|t| t.range.contains_range(r) && string(t.kind)).map_or(r.into(), |t| t.range.into())
    }

    fn interpolated(&self, kind: &str, f: &InterpolatedStringErrorType, r: TextRange, i: usize) -> E {
        match f {
            InterpolatedStringErrorType::UnclosedLbrace => self.err(r, format!("{kind}-string: expecting '}}'")),
            InterpolatedStringErrorType::SingleRbrace => self.err(r, format!("{kind}-string: single '}}' is not allowed")),
            InterpolatedStringErrorType::InvalidConversionFlag => {
                let name = self.text(i);
                if self.kind(i) == TokenKind::Name {
                    self.err(r, format!("{kind}-string: invalid conversion character '{name}': expected 's', 'r', or 'a'"))
                } else if matches!(self.kind(i), TokenKind::Rbrace | TokenKind::Colon) {
                    self.err(r, format!("{kind}-string: missing conversion character"))
                } else {
                    self.err(r, format!("{kind}-string: invalid conversion character"))
                }
            }
            InterpolatedStringErrorType::LambdaWithoutParentheses => {
                self.err(r, format!("{kind}-string: lambda expressions are not allowed without parentheses"))
            }
            InterpolatedStringErrorType::ConversionFlagNotImmediatelyAfterExclamation => {
                self.err(r, format!("{kind}-string: conversion type must come right after the exclamation mark"))
            }
            InterpolatedStringErrorType::NewlineInFormatSpec => {
                self.err(r, format!("{kind}-string: newlines are not allowed in format specifiers for single quoted {kind}-strings"))
            }
            InterpolatedStringErrorType::UnterminatedString | InterpolatedStringErrorType::UnterminatedTripleQuotedString => {
                self.err(r, format!("unterminated {kind}-string literal"))
            }
        }
    }
}
