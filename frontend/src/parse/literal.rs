//! Values of string, bytes and integer literals.

use dashu_int::IBig;
use ruff_python_ast as ast;
use ruff_python_ast::str_prefix::StringLiteralPrefix;

use super::source::{Source, Span, span};
use crate::pystring::PyString;

/// The value of a (possibly implicitly concatenated) string literal.
pub fn string(source: &Source, e: &ast::ExprStringLiteral) -> PyString {
    let mut out = PyString::new();
    for part in e.value.iter() {
        string_part(source, part, &mut out);
    }
    out
}

/// Appends the value of one string literal.
pub fn string_part(source: &Source, part: &ast::StringLiteral, out: &mut PyString) {
    let text = source.slice(part.content_range().into());
    if matches!(part.flags.prefix(), StringLiteralPrefix::Raw { .. }) || !text.contains('\\') {
        out.push_str(&part.value);
    } else {
        unescape(text, out);
    }
}

/// Appends the value of a literal element of an f-string or t-string.
pub fn interpolated_part(source: &Source, e: &ast::InterpolatedStringLiteralElement, raw: bool, out: &mut PyString) {
    let s: Span = span(e);
    let text = source.slice(s);
    if raw || !text.contains('\\') {
        out.push_str(&e.value);
    } else {
        // Doubled braces stand for one, except within `\N{...}`.
        unescape(&undouble(text), out);
    }
}

/// The expression of an interpolation as written, without surrounding blanks.
pub fn interpolation_text(source: &Source, i: &ast::InterpolatedElement) -> PyString {
    if let Some(debug) = &i.debug_text {
        let whole = debug_text(source, i, debug);
        return PyString::from(whole.trim_end().trim_end_matches('=').trim());
    }
    let whole = span(i);
    let e = span(&*i.expression);
    // Up to the expression: blanks and parentheses. After it: the same, then `}`, `!` or `:`.
    let head = source.slice(Span { start: whole.start + 1, end: e.start });
    let tail = source.slice(Span { start: e.end, end: whole.end });
    let stop = tail.find(['}', '!', ':', '=']).unwrap_or(tail.len());
    PyString::from(format!("{head}{}{}", source.slice(e), &tail[..stop]).trim())
}

/// The text of `{expr = }` up to the conversion or format, as written.
pub fn debug_text(source: &Source, i: &ast::InterpolatedElement, debug: &ast::DebugText) -> String {
    let e = span(&*i.expression);
    let text = format!("{}{}{}", debug.leading(), source.slice(e), debug.trailing());
    // Parentheses around the expression belong to neither its range nor, always, the debug text.
    let text = if debug.as_str().len() >= text.len() { debug.as_str() } else { &text };
    without_comments(text)
}

/// Expression text without its comments; their newlines stay.
fn without_comments(text: &str) -> String {
    if !text.contains('#') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match quote {
            None if c == '#' => {
                if chars.by_ref().any(|c| c == '\n') {
                    out.push('\n');
                }
                continue;
            }
            None if matches!(c, '"' | '\'') => quote = Some(c),
            Some(_) if c == '\\' => {
                out.push(c);
                out.extend(chars.next());
                continue;
            }
            Some(q) if q == c => quote = None,
            _ => {}
        }
        out.push(c);
    }
    out
}

fn undouble(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut len = c.len_utf8();
        if c == '\\' {
            let next = rest[1..].chars().next();
            if rest.starts_with("\\N{") {
                len = rest.find('}').map_or(rest.len(), |i| i + 1);
            } else if !matches!(next, Some('{' | '}')) {
                len = 1 + next.map_or(0, char::len_utf8);
            }
            out.push_str(&rest[..len]);
        } else {
            out.push(c);
            if rest.starts_with("{{") || rest.starts_with("}}") {
                len = 2;
            }
        }
        rest = &rest[len..];
    }
    out
}

/// Appends text with its backslash escapes replaced. The parser has refused malformed ones.
pub fn unescape(text: &str, out: &mut PyString) {
    let mut rest = text;
    while let Some(i) = rest.find('\\') {
        out.push_str(&rest[..i]);
        rest = &rest[i + 1..];
        let Some(c) = rest.chars().next() else {
            out.push_str("\\");
            return;
        };
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' => {}
            '\\' | '\'' | '"' => out.push(c as u32),
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'n' => out.push(10),
            'r' => out.push(13),
            't' => out.push(9),
            'v' => out.push(11),
            '0'..='7' => {
                let more = rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let digits = format!("{c}{}", &rest[..more]);
                out.push(u32::from_str_radix(&digits, 8).unwrap_or(0));
                rest = &rest[more..];
            }
            'x' | 'u' | 'U' => {
                let want = match c {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits = rest.get(..want).unwrap_or(rest);
                out.push(u32::from_str_radix(digits, 16).unwrap_or(0xFFFD));
                rest = &rest[digits.len()..];
            }
            'N' => {
                let end = rest.find('}').unwrap_or(rest.len());
                let name = rest.get(1..end).unwrap_or("");
                match krait_ucd::names::character(name) {
                    Some(c) => out.push(c),
                    None => out.push(0xFFFD),
                }
                rest = rest.get(end + 1..).unwrap_or("");
            }
            c => {
                out.push_str("\\");
                out.push(c as u32);
            }
        }
    }
    out.push_str(rest);
}

/// The value of a (possibly implicitly concatenated) bytes literal.
pub fn bytes(e: &ast::ExprBytesLiteral) -> Box<[u8]> {
    e.value.bytes().collect()
}

/// An integer literal in any base, underscores allowed.
pub fn parse_int(text: &str) -> Option<IBig> {
    let text = text.replace('_', "");
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (&lower[2..], 16),
        Some("0o") => (&lower[2..], 8),
        Some("0b") => (&lower[2..], 2),
        _ => (&lower[..], 10),
    };
    IBig::from_str_radix(digits, radix).ok()
}
