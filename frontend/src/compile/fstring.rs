//! f-strings, t-strings, and `%` formatting of constant formats.

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, InterpolatedStringElement};

use super::ir::{Reg, is_temp};
use super::{Compiler, R};
use crate::bytecode::{FLAG_KB, FLAG_KC, Op};
use crate::code::Const;
use crate::parse::literal;
use crate::parse::source::{Span, span};
use crate::pystring::PyString;

/// A piece of a formatted string.
enum Piece<'a> {
    Text(PyString),
    Value(&'a ast::InterpolatedElement, bool),
}

/// Most pieces joined by one instruction.
const MAX_JOIN: usize = 60;

fn conversion(c: ast::ConversionFlag) -> u32 {
    match c {
        ast::ConversionFlag::None => 0,
        ast::ConversionFlag::Str => 1,
        ast::ConversionFlag::Repr => 2,
        ast::ConversionFlag::Ascii => 3,
    }
}

impl<'a> Compiler<'a> {
    fn add_text(pieces: &mut Vec<Piece<'a>>, f: impl FnOnce(&mut PyString)) {
        if let Some(Piece::Text(t)) = pieces.last_mut() {
            f(t);
            return;
        }
        let mut t = PyString::new();
        f(&mut t);
        if !t.is_empty() {
            pieces.push(Piece::Text(t));
        }
    }

    fn add_elements(&self, pieces: &mut Vec<Piece<'a>>, elements: impl IntoIterator<Item = &'a InterpolatedStringElement>, raw: bool) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(l) => Self::add_text(pieces, |t| {
                    literal::interpolated_part(self.source, l, raw, t);
                }),
                InterpolatedStringElement::Interpolation(i) => {
                    if let Some(debug) = &i.debug_text {
                        let text = literal::debug_text(self.source, i, debug);
                        Self::add_text(pieces, |t| t.push_str(&text));
                    }
                    pieces.push(Piece::Value(i, raw));
                }
            }
        }
    }

    pub(super) fn fstring(&mut self, f: &'a ast::ExprFString, want: Option<Reg>) -> R<Reg> {
        let mut pieces = Vec::new();
        for part in f.value.iter() {
            match part {
                ast::FStringPart::Literal(l) => {
                    let source = self.source;
                    Self::add_text(&mut pieces, |t| literal::string_part(source, l, t));
                }
                ast::FStringPart::FString(f) => {
                    let raw = matches!(f.flags.prefix(), p if is_raw_f(p));
                    self.add_elements(&mut pieces, &f.elements, raw);
                }
            }
        }
        self.join(pieces, span(f), want)
    }

    fn join(&mut self, pieces: Vec<Piece<'a>>, s: Span, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        if pieces.is_empty() {
            let d = self.dst(want, mark);
            self.u.span = s;
            self.u.load_const(d, Const::Str(PyString::new()));
            return Ok(d);
        }
        if let [_] = &pieces[..] {
            let d = self.dst(want, mark);
            for p in pieces {
                self.piece(p, d, s)?;
            }
            return Ok(d);
        }
        let base = self.u.top;
        let mut n = 0;
        for p in pieces {
            if n == MAX_JOIN {
                self.u.span = s;
                self.u.emit(Op::BUILD_STRING, base, base, n as u32);
                self.u.top = base + 1;
                n = 1;
            }
            let t = self.u.temp();
            self.piece(p, t, s)?;
            n += 1;
        }
        let d = self.dst(want, mark);
        self.u.span = s;
        self.u.emit(Op::BUILD_STRING, d, base, n as u32);
        Ok(d)
    }

    fn piece(&mut self, p: Piece<'a>, d: Reg, s: Span) -> R {
        match p {
            Piece::Text(t) => {
                self.u.span = s;
                self.u.load_const(d, Const::Str(t));
                Ok(())
            }
            Piece::Value(i, raw) => self.formatted(i, raw, d),
        }
    }

    fn formatted(&mut self, i: &'a ast::InterpolatedElement, raw: bool, d: Reg) -> R {
        let mark = self.u.top;
        let mut v = self.expr(&i.expression)?;
        self.u.span = span(i);
        let mut conv = conversion(i.conversion);
        // `{x=}` shows the repr unless told otherwise.
        if conv == 0 && i.debug_text.is_some() && i.format_spec.is_none() {
            conv = 2;
        }
        if conv != 0 {
            let t = if is_temp(v) { v } else { self.u.temp() };
            self.u.emit(Op::CONVERT, t, v, conv);
            v = t;
        }
        match &i.format_spec {
            None => self.u.emit(Op::FORMAT_SIMPLE, d, v, 0),
            Some(spec) => {
                let s = self.format_spec(spec, raw)?;
                self.u.span = span(i);
                self.u.emit(Op::FORMAT_SPEC, d, v, s);
            }
        }
        self.u.top = mark;
        Ok(())
    }

    fn format_spec(&mut self, spec: &'a ast::InterpolatedStringFormatSpec, raw: bool) -> R<Reg> {
        let mut pieces = Vec::new();
        self.add_elements(&mut pieces, &spec.elements, raw);
        self.join(pieces, span(spec), None)
    }

    // --- t-strings -----------------------------------------------------------------------------

    pub(super) fn tstring(&mut self, t: &'a ast::ExprTString, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        let s = span(t);
        let mut pieces = Vec::new();
        for part in t.value.iter() {
            let raw = matches!(part.flags.prefix(), p if is_raw_t(p));
            self.add_elements(&mut pieces, &part.elements, raw);
        }
        let mut strings = vec![PyString::new()];
        let mut values = Vec::new();
        for p in pieces {
            match p {
                Piece::Text(t) => {
                    if let Some(last) = strings.last_mut() {
                        last.push_py(&t);
                    }
                }
                Piece::Value(i, raw) => {
                    values.push((i, raw));
                    strings.push(PyString::new());
                }
            }
        }
        let strings: Vec<Const> = strings.into_iter().map(Const::Str).collect();
        let all = self.u.temps(2);
        self.u.span = s;
        self.u.load_const(all, Const::Tuple(strings.into()));
        let base = self.u.top;
        let n = values.len();
        for (i, raw) in values {
            let t = self.u.temp();
            self.interpolation(i, raw, t)?;
        }
        self.u.span = s;
        self.u.emit(Op::BUILD_TUPLE, all + 1, base, n as u32);
        let d = self.dst(want, mark);
        self.u.emit_flags(Op::BUILD_TEMPLATE, FLAG_KB | FLAG_KC, d, all, all + 1);
        Ok(d)
    }

    fn interpolation(&mut self, i: &'a ast::InterpolatedElement, raw: bool, d: Reg) -> R {
        let mark = self.u.top;
        let base = self.u.temps(2);
        self.expr_into(&i.expression, base)?;
        let text = literal::interpolation_text(self.source, i);
        self.u.span = span(i);
        self.u.load_const(base + 1, Const::Str(text));
        let mut conv = conversion(i.conversion);
        if conv == 0 && i.debug_text.is_some() && i.format_spec.is_none() {
            conv = 2;
        }
        if let Some(spec) = &i.format_spec {
            let t = self.u.temp();
            let r = self.format_spec(spec, raw)?;
            self.u.mov(t, r);
            conv |= 4;
        }
        self.u.top = mark;
        self.u.span = span(i);
        self.u.emit(Op::BUILD_INTERPOLATION, d, base, conv);
        Ok(())
    }

    // --- percent formatting ------------------------------------------------------------------------

    /// `"..." % (a, b)` with plain `%s`, `%r`, `%a` only is compiled as an f-string.
    pub(super) fn percent_format(&mut self, e: &'a Expr, b: &'a ast::ExprBinOp, want: Option<Reg>) -> R<Option<Reg>> {
        let (Expr::StringLiteral(format), Expr::Tuple(args)) = (&*b.left, &*b.right) else {
            return Ok(None);
        };
        if args.elts.iter().any(|a| matches!(a, Expr::Starred(_))) {
            return Ok(None);
        }
        let format = literal::string(self.source, format);
        let Some(parts) = format.as_str().and_then(parse_percent) else {
            return Ok(None);
        };
        let holes = parts.iter().filter(|p| p.1 != 0).count();
        if holes != args.elts.len() || holes == 0 {
            return Ok(None);
        }
        let mark = self.u.top;
        let mut args = args.elts.iter();
        let mut n = 0;
        for (text, conv) in parts {
            if !text.is_empty() {
                let t = self.u.temp();
                self.u.span = span(e);
                self.u.load_const(t, Const::Str(text.into()));
                n += 1;
            }
            if conv != 0
                && let Some(arg) = args.next()
            {
                let t = self.u.temp();
                let r = self.expr(arg)?;
                self.u.span = span(arg);
                self.u.emit(Op::CONVERT, t, r, conv);
                self.u.top = t + 1;
                n += 1;
            }
            if n >= MAX_JOIN as u32 {
                self.u.emit(Op::BUILD_STRING, mark, mark, n);
                self.u.top = mark + 1;
                n = 1;
            }
        }
        let d = self.dst(want, mark);
        self.u.span = span(e);
        self.u.emit(Op::BUILD_STRING, d, mark, n);
        Ok(Some(d))
    }
}

/// Splits a format into texts, each followed by a conversion (0 at the end).
fn parse_percent(format: &str) -> Option<Vec<(String, u32)>> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let conv = match chars.next()? {
            '%' => {
                text.push('%');
                continue;
            }
            's' => 1,
            'r' => 2,
            'a' => 3,
            _ => return None,
        };
        parts.push((std::mem::take(&mut text), conv));
    }
    parts.push((text, 0));
    Some(parts)
}

fn is_raw_f(p: ast::str_prefix::FStringPrefix) -> bool {
    matches!(p, ast::str_prefix::FStringPrefix::Raw { .. })
}

fn is_raw_t(p: ast::str_prefix::TStringPrefix) -> bool {
    matches!(p, ast::str_prefix::TStringPrefix::Raw { .. })
}
