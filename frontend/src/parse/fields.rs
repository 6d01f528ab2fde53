//! Mistakes in the replacement fields of f-strings and t-strings.
//!
//! The tokenizer has told the fields apart; here each is read as the grammar has it: an expression,
//! then `=`, a conversion, a format specifier, the closing brace. The first that does not fit is the
//! error, unless a field within it has one.

use ruff_python_ast as ast;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

use super::scan::{Field, Scanned};
use super::source::{Source, Span};

/// A field that does not fit the grammar.
pub struct BadField {
    /// Offset of the token that does not fit.
    pub at: usize,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with a field.
pub enum Why {
    /// Described by a message without the string's prefix.
    Message(char, String),
    /// A lambda whose colon starts the format specifier.
    Lambda(char, Span),
    /// Something within the expression.
    Expression(char),
    /// Something other than the end of the expression follows it; where its last item starts.
    After(char, usize),
}

struct Fields<'a> {
    text: &'a str,
    scanned: &'a Scanned,
}

/// The first bad field of the text, and the offset of the string it is in.
pub fn first_bad(source: &Source, scanned: &Scanned) -> Option<(usize, BadField)> {
    let f = Fields { text: source.text(), scanned };
    let roots = scanned.fields.iter().enumerate().filter(|(_, x)| x.parent.is_none());
    roots.into_iter().find_map(|(i, field)| Some((field.string, f.check(i)?)))
}

/// What parsing a piece of text as an expression gives: whether its start is one, and where the
/// first token is that does not belong.
enum Parsed {
    Whole,
    Prefix(usize),
    Fails(usize),
}

impl Fields<'_> {
    fn check(&self, index: usize) -> Option<BadField> {
        let field = &self.scanned.fields[index];
        let own = self.check_expression(index, field);
        match own {
            Some(bad @ BadField { why: Why::After(..) | Why::Message(..) | Why::Lambda(..), .. }) if self.is_first(index, bad.at) => {
                Some(bad)
            }
            Some(bad) => Some(self.children(index).unwrap_or(bad)),
            None => self.children(index),
        }
    }

    /// Whether nothing within the field stands before an offset.
    fn is_first(&self, index: usize, at: usize) -> bool {
        !self.scanned.fields.iter().any(|f| f.parent == Some(index) && f.open < at)
    }

    fn children(&self, index: usize) -> Option<BadField> {
        let within = self.scanned.fields.iter().enumerate().filter(|(_, f)| f.parent == Some(index));
        within.into_iter().find_map(|(i, _)| self.check(i))
    }

    /// Offset of the next token from an offset on, blanks and comments skipped.
    fn token(&self, mut at: usize) -> usize {
        loop {
            let rest = &self.text[at..];
            at += rest.len() - rest.trim_start().len();
            if !self.text[at..].starts_with('#') {
                return at;
            }
            at = self.text[at..].find('\n').map_or(self.text.len(), |n| at + n);
        }
    }

    fn limit(&self) -> usize {
        if self.scanned.error.is_some() { self.scanned.error_at } else { self.text.len() }
    }

    fn check_expression(&self, index: usize, field: &Field) -> Option<BadField> {
        let kind = field.kind;
        let first = self.token(field.open + 1);
        let limit = self.limit();
        if first >= limit && self.scanned.error.is_some() {
            return None;
        }
        let message = |at, m: &str| Some(BadField { at, why: Why::Message(kind, m.to_owned()) });
        let rest = &self.text[first..];
        let comparison = rest.starts_with("==") || rest.starts_with("!=");
        if let Some(c) = rest.chars().next().filter(|c| matches!(c, '=' | '!' | ':' | '}') && !comparison) {
            return message(first, &format!("valid expression required before '{c}'"));
        }
        let end = field.stop.unwrap_or(limit).min(limit);
        let expression = &self.text[field.open + 1..end];
        let after = match parse_prefix(expression) {
            Parsed::Whole => end,
            Parsed::Prefix(n) => field.open + 1 + n,
            Parsed::Fails(n) => {
                let at = field.open + 1 + n;
                if let Some(s) = self.lambda(field, end) {
                    return Some(BadField { at: s.start as usize, why: Why::Lambda(kind, s) });
                }
                if at >= limit && self.scanned.error.is_some() && self.children(index).is_none() {
                    return None;
                }
                return Some(BadField { at: first, why: Why::Expression(kind) });
            }
        };
        self.check_tail(field, after, limit)
    }

    /// What follows the expression.
    fn check_tail(&self, field: &Field, after: usize, limit: usize) -> Option<BadField> {
        let message = |at, m: &str| Some(BadField { at, why: Why::Message(field.kind, m.to_owned()) });
        // The tokenizer's own error comes first where there is no token to look at.
        let known = |at: usize| at < limit && !self.text[at..].is_empty();
        let char_at = |at: usize| self.text[at..].chars().next().unwrap_or('\0');
        let mut at = self.token(after);
        if !known(at) {
            return None;
        }
        if char_at(at) == '=' {
            at = self.token(at + 1);
            if known(at) && !matches!(char_at(at), '!' | ':' | '}') {
                return message(at, "expecting '!', or ':', or '}'");
            }
        } else if !matches!(char_at(at), '!' | ':' | '}') {
            if let Some(s) = self.lambda(field, field.stop.unwrap_or(limit)) {
                return Some(BadField { at: s.start as usize, why: Why::Lambda(field.kind, s) });
            }
            return Some(BadField { at, why: Why::After(field.kind, self.last_item(field.open + 1, after)) });
        }
        if !known(at) {
            return None;
        }
        if char_at(at) == '!' {
            at = self.token(at + 1);
            if !known(at) {
                return None;
            }
            let c = char_at(at);
            if matches!(c, ':' | '}') {
                return message(at, "missing conversion character");
            }
            if !(c == '_' || c.is_alphabetic()) {
                return message(at, "invalid conversion character");
            }
            let name: usize = self.text[at..].chars().take_while(|c| *c == '_' || c.is_alphanumeric()).map(char::len_utf8).sum();
            at = self.token(at + name);
            if known(at) && !matches!(char_at(at), ':' | '}') {
                return message(at, "expecting ':' or '}'");
            }
        }
        if let Some(cut) = field.cut {
            return message(cut, "expecting '}', or format specs");
        }
        None
    }

    /// Where the last of the comma-separated expressions in a piece of text starts.
    fn last_item(&self, from: usize, to: usize) -> usize {
        let mut depth = 0;
        let mut start = from;
        for (n, c) in self.text[from..to].char_indices() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => start = from + n + 1,
                _ => {}
            }
        }
        self.token(start)
    }

    /// The lambda the field ends in, when its colon is taken for the start of the format specifier.
    fn lambda(&self, field: &Field, end: usize) -> Option<Span> {
        let stop = field.stop.filter(|s| *s == end && self.text[*s..].starts_with(':'))?;
        let expression = &self.text[field.open + 1..stop];
        let at = expression.rmatch_indices("lambda").map(|(i, _)| i).find(|i| {
            let before = expression[..*i].chars().next_back();
            let after = expression[i + 6..].chars().next();
            let word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_alphanumeric());
            let starts = matches!(expression[..*i].trim_end().chars().next_back(), None | Some(','));
            starts && !word(before) && !word(after) && !expression[*i..].contains([':', '}', ')'])
        })?;
        Some(Span { start: (field.open + 1 + at) as u32, end: stop as u32 + 1 })
    }
}

/// Parses text as CPython's grammar has the expression of a field.
fn parse_prefix(text: &str) -> Parsed {
    let first = |text: &str| -> Option<usize> {
        let wrapped = format!("({text}\n)");
        let parsed = parse_unchecked(&wrapped, ParseOptions::from(Mode::Expression));
        let at = parsed.errors().iter().map(|e| e.location.start().to_usize()).min();
        let ast::Mod::Expression(e) = parsed.syntax() else {
            return Some(0);
        };
        let whole = e.body.range().end().to_usize() + 1 >= wrapped.len() || at.is_none();
        at.map(|n| n.saturating_sub(1)).or((!whole).then_some(0))
    };
    if text.trim().is_empty() {
        return Parsed::Fails(text.len());
    }
    let Some(at) = first(text) else {
        return Parsed::Whole;
    };
    let at = at.min(text.len());
    let at = (0..=at).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    let prefix = &text[..at];
    if !prefix.trim().is_empty() && first(prefix).is_none() { Parsed::Prefix(at) } else { Parsed::Fails(at) }
}
