//! Errors of the tokenizer, found by scanning the text as CPython's tokenizer does: strings, numbers,
//! brackets, indentation, stray characters.
//!
//! The parser proper has a tokenizer of its own; this one runs when parsing failed (to report what
//! CPython would) and, as [`check_nesting`], before it (so that hostile nesting never reaches it).

use std::cell::Cell;

use unicode_ident::{is_xid_continue, is_xid_start};

use super::source::{Source, Span};
use crate::errors::{ErrorKind, SyntaxError};

/// Deepest nesting of brackets, of indentation, of f-strings.
const MAX_BRACKETS: usize = 200;
const MAX_INDENT: usize = 100;
pub const MAX_FSTRINGS: usize = 150;
/// Deepest nesting of replacement fields in the format specifiers of one string.
pub const MAX_FIELDS: usize = 3;
const TAB: usize = 8;

type R<T = ()> = Result<T, Box<SyntaxError>>;

/// An open bracket.
#[derive(Clone, Copy, Debug)]
pub struct Bracket {
    /// Which.
    pub ch: char,
    /// Where.
    pub at: usize,
}

/// A replacement field of an f-string or t-string.
#[derive(Clone, Debug)]
pub struct Field {
    /// `'f'` or `'t'`.
    pub kind: char,
    /// Offset of the string it is in, prefix included.
    pub string: usize,
    /// Offset of its brace.
    pub open: usize,
    /// The field it is within, by index.
    pub parent: Option<usize>,
    /// Offset of what ends its expression: `!`, `:` or the closing brace.
    pub stop: Option<usize>,
    /// Offset of the quote that ended the string within its format specifier.
    pub cut: Option<usize>,
}

/// What the scan found.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Brackets still open at the end.
    pub open: Vec<Bracket>,
    /// Replacement fields, in order.
    pub fields: Vec<Field>,
    /// The first error of the tokenizer.
    pub error: Option<Box<SyntaxError>>,
    /// Offset of the token with that error.
    pub error_at: usize,
    /// Whether that token is in an f-string: then an error of the parser before it counts.
    pub in_string: bool,
    /// Whether the error counts only if the parser comes as far as that token.
    pub soft: bool,
}

/// An f-string (or t-string) being scanned.
struct Interpolated {
    kind: char,
    quote: u8,
    triple: bool,
    raw: bool,
    start: usize,
    /// Its open replacement fields, innermost last.
    field: Vec<OpenField>,
    /// In the name of a `\N{...}` escape.
    named: bool,
}

struct OpenField {
    /// Number of open brackets when it began.
    depth: usize,
    /// Offset of its brace.
    at: usize,
    /// Index among all fields.
    index: usize,
    /// In its format specifier.
    spec: bool,
}

struct Scan<'s> {
    source: &'s Source,
    text: &'s str,
    bytes: &'s [u8],
    pos: usize,
    brackets: Vec<Bracket>,
    indents: Vec<(usize, usize)>,
    strings: Vec<Interpolated>,
    fields: Vec<Field>,
    token_start: usize,
    line_start: bool,
    soft: Cell<bool>,
}

/// Scans the whole text; the first error of the tokenizer, if any.
pub fn scan(source: &Source) -> R<Scanned> {
    let mut found = scan_all(source);
    found.error.take().map_or(Ok(found), Err)
}

/// Scans the text up to the first error of the tokenizer.
pub fn scan_all(source: &Source) -> Scanned {
    let mut s = Scan {
        source,
        text: source.text(),
        bytes: source.text().as_bytes(),
        pos: 0,
        brackets: Vec::new(),
        indents: vec![(0, 0)],
        strings: Vec::new(),
        fields: Vec::new(),
        token_start: 0,
        line_start: true,
        soft: Cell::new(false),
    };
    let error = s.run().err();
    let in_string = !s.strings.is_empty();
    Scanned { open: s.brackets, fields: s.fields, error, error_at: s.token_start, in_string, soft: s.soft.get() }
}

impl<'s> Scan<'s> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.pos).copied().unwrap_or(0)
    }

    fn peek_at(&self, n: usize) -> u8 {
        self.bytes.get(self.pos + n).copied().unwrap_or(0)
    }

    fn done(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    /// An error at a place; CPython's tokenizer knows no end of it.
    fn fail<T>(&self, start: usize, _end: usize, msg: impl Into<String>) -> R<T> {
        self.fail_range(start, start, msg)
    }

    /// An error of the parser rather than the tokenizer, about the end of the tokens.
    fn fail_parser<T>(&self, at: usize, msg: impl Into<String>) -> R<T> {
        let mut e = self.source.error(ErrorKind::SyntaxError, Span { start: at as u32, end: at as u32 }, msg);
        e.end_col = 0;
        self.end_line(&mut e);
        Err(e)
    }

    fn fail_eof<T>(&self, at: usize) -> R<T> {
        let mut failed = self.fail_parser(at, "unexpected EOF while parsing");
        if let Err(e) = &mut failed {
            e.end_col = -1;
        }
        failed
    }

    fn fail_range<T>(&self, start: usize, end: usize, msg: impl Into<String>) -> R<T> {
        let mut e = self.source.error(ErrorKind::SyntaxError, Span { start: start as u32, end: end as u32 }, msg);
        if let Some(text) = &mut e.text {
            text.truncate(text.trim_end_matches('\n').len());
        }
        Err(e)
    }

    fn run(&mut self) -> R {
        while !self.done() {
            self.token_start = self.pos;
            if self.in_literal() {
                self.literal_text()?;
                continue;
            }
            if self.line_start && self.brackets.is_empty() && self.strings.is_empty() {
                self.line_start = false;
                if self.indentation()? {
                    continue;
                }
            }
            self.token()?;
        }
        self.token_start = self.pos;
        if let Some(f) = self.strings.last() {
            if !self.in_literal() {
                return self.never_closed();
            }
            return self.unterminated_interpolated(f.start, f.kind, f.triple);
        }
        Ok(())
    }

    /// The innermost bracket, of a replacement field or not, is still open.
    fn never_closed(&self) -> R {
        let bracket = self.brackets.last().map(|b| (b.at, b.ch));
        let field = self.strings.iter().filter_map(|f| f.field.last()).map(|f| (f.at, '{')).next_back();
        let Some((at, ch)) = bracket.max(field) else {
            return self.fail(self.pos, self.pos, "unexpected EOF while parsing");
        };
        self.fail_parser(at, format!("'{ch}' was never closed"))
    }

    // --- Lines -----------------------------------------------------------------------------------

    /// Measures a line's indentation. True if the line is blank and was skipped.
    fn indentation(&mut self) -> R<bool> {
        let start = self.pos;
        let (mut col, mut alt) = (0, 0);
        loop {
            match self.peek() {
                b' ' => {
                    col += 1;
                    alt += 1;
                }
                b'\t' => {
                    col = (col / TAB + 1) * TAB;
                    alt += 1;
                }
                0x0c => {
                    col = 0;
                    alt = 0;
                }
                b'\\' if self.peek_at(1) == b'\n' => {
                    self.pos += 1;
                }
                _ => break,
            }
            self.pos += 1;
        }
        if matches!(self.peek(), b'#' | b'\n') || self.done() {
            self.pos += self.text[self.pos..].find('\n').map_or(self.bytes.len() - self.pos, |i| i + 1);
            self.line_start = true;
            return Ok(true);
        }
        let (last, last_alt) = self.indents.last().copied().unwrap_or((0, 0));
        if col == last {
            if alt != last_alt {
                return self.tab_error(start);
            }
        } else if col > last {
            if self.indents.len() >= MAX_INDENT {
                return self.indent_error(start, "too many levels of indentation");
            }
            if alt <= last_alt {
                return self.tab_error(start);
            }
            self.indents.push((col, alt));
        } else {
            while self.indents.last().is_some_and(|i| i.0 > col) {
                self.indents.pop();
            }
            let (last, last_alt) = self.indents.last().copied().unwrap_or((0, 0));
            if col != last {
                return self.indent_error(start, "unindent does not match any outer indentation level");
            }
            if alt != last_alt {
                return self.tab_error(start);
            }
        }
        Ok(false)
    }

    fn line_end(&self, from: usize) -> usize {
        self.text[from..].find('\n').map_or(self.bytes.len(), |i| from + i)
    }

    fn indent_error<T>(&self, start: usize, msg: &str) -> R<T> {
        let end = self.line_end(start) as u32;
        let mut e = self.source.error(ErrorKind::IndentationError, Span { start: end, end }, msg);
        e.end_line = e.line;
        e.end_col = -1;
        self.end_line(&mut e);
        Err(e)
    }

    fn tab_error<T>(&self, start: usize) -> R<T> {
        let at = self.line_end(start) as u32;
        let msg = "inconsistent use of tabs and spaces in indentation";
        let mut e = self.source.error(ErrorKind::TabError, Span { start: at, end: at }, msg);
        e.end_col = -1;
        self.end_line(&mut e);
        Err(e)
    }

    /// What the tokenizer reports only when the parser asks for the token.
    fn end_line(&self, e: &mut SyntaxError) {
        self.soft.set(true);
        if let Some(text) = e.text.as_mut().filter(|t| !t.ends_with('\n')) {
            text.push('\n');
        }
    }

    // --- Tokens ------------------------------------------------------------------------------------

    fn token(&mut self) -> R {
        let c = self.peek();
        match c {
            b' ' | b'\t' | 0x0c => self.pos += 1,
            b'\n' => {
                self.pos += 1;
                self.line_start = self.brackets.is_empty();
            }
            b'#' => self.pos = self.line_end(self.pos),
            b'\\' => self.continuation()?,
            b'"' | b'\'' => self.string("", self.pos)?,
            b'0'..=b'9' => self.number()?,
            b'.' if self.peek_at(1).is_ascii_digit() => self.number()?,
            b'(' | b'[' | b'{' => self.open(c as char)?,
            b')' | b']' | b'}' => self.close(c as char)?,
            b':' if self.starts_spec() => {
                self.stop_expression();
                self.pos += 1;
                if let Some(field) = self.strings.last_mut().and_then(|f| f.field.last_mut()) {
                    field.spec = true;
                }
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.identifier()?,
            b'!' if self.peek_at(1) == b'=' => self.pos += 2,
            b':' if self.peek_at(1) == b'=' => self.pos += 2,
            b'!' if !self.strings.is_empty() => {
                if self.starts_spec() {
                    self.stop_expression();
                }
                self.pos += 1;
            }
            b'$' | b'?' | b'`' | b'!' => {
                // The tokenizer lets these through; the parser refuses them.
                self.pos += 1;
            }
            0..=0x1f | 0x7f => {
                let msg = format!("invalid non-printable character U+{:04X}", c);
                return self.fail(self.pos, self.pos + 1, msg);
            }
            _ => self.pos += 1,
        }
        Ok(())
    }

    fn continuation(&mut self) -> R {
        if self.peek_at(1) == b'\n' {
            self.pos += 2;
            if self.done() {
                if !self.brackets.is_empty() {
                    return self.never_closed();
                }
                let at = self.pos - 1;
                return self.fail_eof(at);
            }
            return Ok(());
        }
        if self.pos + 1 >= self.bytes.len() {
            if !self.brackets.is_empty() {
                return self.never_closed();
            }
            return self.fail_eof(self.pos + 1);
        }
        let at = self.pos + 1;
        self.fail_parser(at, "unexpected character after line continuation character")
    }

    fn open(&mut self, ch: char) -> R {
        if self.brackets.len() >= MAX_BRACKETS {
            return self.fail(self.pos, self.pos + 1, "too many nested parentheses");
        }
        self.brackets.push(Bracket { ch, at: self.pos });
        self.pos += 1;
        Ok(())
    }

    fn close(&mut self, ch: char) -> R {
        let at = self.pos;
        // The end of a replacement field.
        if let Some(f) = self.strings.last_mut()
            && ch == '}'
            && f.field.last().is_some_and(|open| open.depth == self.brackets.len())
        {
            if let Some(open) = f.field.pop() {
                self.fields[open.index].stop.get_or_insert(at);
            }
            self.pos += 1;
            return Ok(());
        }
        let floor = self.strings.last().and_then(|f| f.field.last().map(|open| open.depth)).unwrap_or(0);
        if self.brackets.len() <= floor {
            if let Some(f) = self.strings.last() {
                let kind = f.kind;
                if ch != '}' {
                    return self.fail(at, at + 1, format!("{kind}-string: unmatched '{ch}'"));
                }
            }
            return self.fail(at, at + 1, format!("unmatched '{ch}'"));
        }
        let Some(open) = self.brackets.pop() else {
            return Ok(());
        };
        let fits = matches!((open.ch, ch), ('(', ')') | ('[', ']') | ('{', '}'));
        if !fits {
            let (line, open_line) = (self.source.line(at as u32), self.source.line(open.at as u32));
            let on = if line == open_line { String::new() } else { format!(" on line {open_line}") };
            return self.fail(at, at + 1, format!("closing parenthesis '{ch}' does not match opening parenthesis '{}'{on}", open.ch));
        }
        self.pos += 1;
        Ok(())
    }

    fn identifier(&mut self) -> R {
        let start = self.pos;
        let rest = &self.text[start..];
        // A prefix of a string, perhaps.
        let letters = rest.bytes().take_while(|b| b.is_ascii_alphabetic()).count();
        if letters <= 5 && matches!(rest.as_bytes().get(letters), Some(b'"' | b'\'')) {
            let prefix = rest[..letters].to_ascii_lowercase();
            if prefix.chars().all(|c| "rbuft".contains(c)) {
                self.check_prefix(&prefix, start)?;
                let mut seen: Vec<char> = prefix.chars().collect();
                seen.sort_unstable();
                seen.dedup();
                if seen.len() == prefix.len() && prefix.len() <= 2 {
                    self.pos += letters;
                    return self.string(&prefix, start);
                }
            }
        }
        let mut end = start;
        for c in rest.chars() {
            let ok = if end == start { c == '_' || is_xid_start(c) } else { is_xid_continue(c) };
            if !ok {
                break;
            }
            end += c.len_utf8();
        }
        let next = self.text[end..].chars().next();
        if let Some(c) = next
            && !c.is_ascii()
        {
            let hex = format!("U+{:04X}", c as u32);
            let msg =
                if is_printable(c) { format!("invalid character '{c}' ({hex})") } else { format!("invalid non-printable character {hex}") };
            return self.fail(end, end + c.len_utf8(), msg);
        }
        self.pos = end.max(start + 1);
        Ok(())
    }

    fn check_prefix(&self, prefix: &str, start: usize) -> R {
        let has = |c| prefix.contains(c);
        for (a, b) in [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')] {
            if has(a) && has(b) {
                return self.fail_range(start, start + prefix.len(), format!("'{a}' and '{b}' prefixes are incompatible"));
            }
        }
        Ok(())
    }

    // --- Numbers -----------------------------------------------------------------------------------

    fn digits(&mut self, ok: impl Fn(u8) -> bool, kind: &str) -> R {
        loop {
            while ok(self.peek()) {
                self.pos += 1;
            }
            if self.peek() != b'_' {
                return Ok(());
            }
            self.pos += 1;
            if !ok(self.peek()) {
                if self.peek().is_ascii_digit() {
                    return self.bad_digit(kind);
                }
                let at = self.pos - 1;
                return self.fail(at, at + 1, format!("invalid {kind} literal"));
            }
        }
    }

    fn number(&mut self) -> R {
        let start = self.pos;
        if self.peek() == b'0' {
            let radix = self.peek_at(1) | 0x20;
            let kind = match radix {
                b'x' => "hexadecimal",
                b'o' => "octal",
                b'b' => "binary",
                _ => "",
            };
            if !kind.is_empty() {
                self.pos += 2;
                return self.radix(radix, kind);
            }
        }
        if self.peek() != b'.' {
            self.digits(|b| b.is_ascii_digit(), "decimal")?;
        }
        let integer_end = self.pos;
        let mut integer = true;
        if self.peek() == b'.' {
            integer = false;
            self.pos += 1;
            if self.peek().is_ascii_digit() {
                self.digits(|b| b.is_ascii_digit(), "decimal")?;
            }
        }
        if self.peek() | 0x20 == b'e' {
            let sign = usize::from(matches!(self.peek_at(1), b'+' | b'-'));
            if self.peek_at(1 + sign).is_ascii_digit() {
                integer = false;
                self.pos += 1 + sign;
                self.digits(|b| b.is_ascii_digit(), "decimal")?;
            } else if sign == 1 {
                let at = self.pos + 1;
                return self.fail(at, at + 1, "invalid decimal literal");
            }
        }
        let imaginary = self.peek() | 0x20 == b'j';
        if imaginary {
            self.pos += 1;
        } else if integer {
            self.leading_zeros(start, integer_end)?;
        }
        self.after_number(if imaginary { "imaginary" } else { "decimal" })
    }

    fn leading_zeros(&self, start: usize, end: usize) -> R {
        let digits = &self.text[start..end];
        let zeros = digits.bytes().take_while(|b| matches!(b, b'0' | b'_')).count();
        if digits.starts_with('0') && zeros < digits.len() {
            return self.fail_range(
                start,
                start + zeros,
                "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
            );
        }
        Ok(())
    }

    fn radix(&mut self, radix: u8, kind: &str) -> R {
        let ok = move |b: u8| match radix {
            b'x' => b.is_ascii_hexdigit(),
            b'o' => (b'0'..=b'7').contains(&b),
            _ => matches!(b, b'0' | b'1'),
        };
        if self.peek() == b'_' {
            self.pos += 1;
        }
        if !ok(self.peek()) {
            if self.peek().is_ascii_digit() {
                return self.bad_digit(kind);
            }
            let at = self.pos.saturating_sub(1);
            return self.fail(at, at + 1, format!("invalid {kind} literal"));
        }
        self.digits(ok, kind)?;
        if self.peek().is_ascii_digit() {
            return self.bad_digit(kind);
        }
        self.after_number(kind)
    }

    fn bad_digit<T>(&self, kind: &str) -> R<T> {
        let at = self.pos;
        self.fail(at, at + 1, format!("invalid digit '{}' in {kind} literal", self.peek() as char))
    }

    /// A number must not run into a name, keywords that may follow one aside.
    fn after_number(&mut self, kind: &str) -> R {
        let rest = &self.text[self.pos..];
        let Some(c) = rest.chars().next() else {
            return Ok(());
        };
        if ["and", "else", "for", "if", "in", "is", "or", "not"].iter().any(|k| rest.starts_with(k)) {
            return Ok(());
        }
        if c == '_' || c.is_ascii_alphabetic() {
            let at = self.pos - 1;
            return self.fail(at, at + 1, format!("invalid {kind} literal"));
        }
        Ok(())
    }

    // --- Strings -----------------------------------------------------------------------------------

    fn string(&mut self, prefix: &str, start: usize) -> R {
        let quote = self.peek();
        let triple = self.peek_at(1) == quote && self.peek_at(2) == quote;
        let raw = prefix.contains('r');
        self.pos += if triple { 3 } else { 1 };
        if let Some(kind) = prefix.chars().find(|c| matches!(c, 'f' | 't')) {
            if self.strings.len() >= MAX_FSTRINGS {
                return self.fail(start, start + 1, "too many nested f-strings or t-strings");
            }
            self.strings.push(Interpolated { kind, quote, triple, raw, start, field: Vec::new(), named: false });
            return Ok(());
        }
        let mut escaped = false;
        loop {
            if self.done() || (!triple && self.peek() == b'\n') {
                if let Some(f) = self.strings.last()
                    && f.quote == quote
                    && f.triple == triple
                {
                    let msg = format!("{}-string: expecting '}}'", f.kind);
                    return self.fail(start, start + 1, msg);
                }
                return self.unterminated(start, triple, escaped);
            }
            let c = self.peek();
            if c == b'\\' {
                escaped |= self.peek_at(1) == quote;
                self.pos += 1;
                if !self.done() {
                    self.pos += 1;
                }
                continue;
            }
            if c == quote && (!triple || (self.peek_at(1) == quote && self.peek_at(2) == quote)) {
                self.pos += if triple { 3 } else { 1 };
                return Ok(());
            }
            self.pos += 1;
        }
    }

    fn unterminated<T>(&self, start: usize, triple: bool, escaped: bool) -> R<T> {
        let at = self.pos.min(self.bytes.len());
        let mut line = self.source.line(at as u32);
        // The text after a last newline is no line.
        if at == self.bytes.len() && triple && self.text.ends_with('\n') {
            line -= 1;
        }
        let what = if triple {
            format!("unterminated triple-quoted string literal (detected at line {line})")
        } else if escaped {
            format!("unterminated string literal (detected at line {line}); perhaps you escaped the end quote?")
        } else {
            format!("unterminated string literal (detected at line {line})")
        };
        self.fail(start, start, what)
    }

    fn unterminated_interpolated<T>(&self, start: usize, kind: char, triple: bool) -> R<T> {
        let at = self.pos.min(self.bytes.len());
        let mut line = self.source.line(at as u32);
        if at == self.bytes.len() && self.text.ends_with('\n') && at > start {
            line -= 1;
        }
        let triple = if triple { "triple-quoted " } else { "" };
        self.fail(start, start, format!("unterminated {triple}{kind}-string literal (detected at line {line})"))
    }

    /// Whether the position is in the text of an f-string (or of a format specifier).
    fn in_literal(&self) -> bool {
        self.strings.last().is_some_and(|f| f.field.last().is_none_or(|open| open.spec))
    }

    /// Whether the position is in a replacement field but in no bracket within it.
    fn starts_spec(&self) -> bool {
        self.strings.last().is_some_and(|f| f.field.last().is_some_and(|open| open.depth == self.brackets.len()))
    }

    fn stop_expression(&mut self) {
        if let Some(open) = self.strings.last().and_then(|f| f.field.last()) {
            self.fields[open.index].stop.get_or_insert(self.pos);
        }
    }

    /// Opens a replacement field at the position.
    fn open_field(&mut self) -> R {
        let (at, depth, index) = (self.pos, self.brackets.len(), self.fields.len());
        let parent = self.strings.iter().filter_map(|f| f.field.last()).map(|open| open.index).next_back();
        let Some(f) = self.strings.last_mut() else {
            return Ok(());
        };
        let kind = f.kind;
        f.field.push(OpenField { depth, at, index, spec: false });
        let too_deep = f.field.len() > MAX_FIELDS;
        self.fields.push(Field { kind, string: f.start, open: at, parent, stop: None, cut: None });
        if too_deep {
            return self.fail(at - 1, at, format!("{kind}-string: expressions nested too deeply"));
        }
        self.pos += 1;
        Ok(())
    }

    fn literal_text(&mut self) -> R {
        let Some(f) = self.strings.last_mut() else {
            return Ok(());
        };
        let (quote, triple, raw, kind, start) = (f.quote, f.triple, f.raw, f.kind, f.start);
        let in_spec = !f.field.is_empty();
        let c = self.bytes[self.pos];
        let at = |i: usize| self.bytes.get(self.pos + i).copied().unwrap_or(0);
        let ends = c == quote && (!triple || (at(1) == quote && at(2) == quote));
        if ends {
            for open in f.field.drain(..) {
                self.fields[open.index].cut = Some(self.pos);
            }
            self.strings.pop();
            self.pos += if triple { 3 } else { 1 };
            return Ok(());
        }
        match c {
            b'\n' if !triple => {
                if in_spec {
                    // The field goes on as an expression, which will not do either.
                    return self.fail(
                        self.pos,
                        self.pos,
                        format!("{kind}-string: newlines are not allowed in format specifiers for single quoted {kind}-strings"),
                    );
                }
                return self.unterminated_interpolated(start, kind, triple);
            }
            b'\\' => {
                let next = at(1);
                if !raw && next == b'N' && at(2) == b'{' {
                    f.named = true;
                    self.pos += 3;
                } else if matches!(next, b'{' | b'}') {
                    self.pos += 1;
                } else {
                    self.pos += 1 + self.text[self.pos + 1..].chars().next().map_or(0, char::len_utf8);
                }
            }
            b'{' if at(1) == b'{' && !in_spec => self.pos += 2,
            b'{' => return self.open_field(),
            b'}' if f.named => {
                f.named = false;
                self.pos += 1;
            }
            b'}' if in_spec => {
                f.field.pop();
                self.pos += 1;
            }
            b'}' if at(1) == b'}' => self.pos += 2,
            b'}' => {
                return self.fail(self.pos, self.pos + 1, format!("{kind}-string: single '}}' is not allowed"));
            }
            _ => {
                self.pos += 1;
                while !self.text.is_char_boundary(self.pos) {
                    self.pos += 1;
                }
            }
        }
        Ok(())
    }
}

/// Whether a character is printable in the sense of `str.isprintable`, as far as it can stray into
/// source text.
fn is_printable(c: char) -> bool {
    if c.is_control() {
        return false;
    }
    !matches!(c as u32,
        0xA0 | 0xAD | 0x600..=0x605 | 0x61C | 0x1680 | 0x180E | 0x2000..=0x200F | 0x2028..=0x202F
        | 0x205F..=0x206F | 0x3000 | 0xD800..=0xF8FF | 0xFEFF | 0xFFF0..=0xFFFB | 0xFFFE..=0xFFFF
        | 0xE0000..=0x10FFFF)
}

/// Whether brackets, prefix operators or other nesting constructs go deeper than the parser is
/// allowed to follow; the error CPython gives.
pub fn check_nesting(source: &Source) -> R {
    const MAX_PREFIXES: u32 = 5000;
    let bytes = source.text().as_bytes();
    // Cheap upper bounds first: hardly any file needs the real scan.
    let brackets = bytes.iter().filter(|b| matches!(b, b'(' | b'[' | b'{')).count();
    let mut run = 0u32;
    let mut worst = 0u32;
    let mut word = 0usize;
    let mut operand = false;
    let mut indent = 0usize;
    let mut deepest = 0usize;
    let mut at_start = true;
    for (i, b) in bytes.iter().enumerate() {
        if at_start && matches!(b, b' ' | b'\t') {
            indent += 1;
            deepest = deepest.max(indent);
        } else {
            at_start = *b == b'\n';
            indent = 0;
        }
        match b {
            b',' | b'\n' | b';' => {
                run = 0;
                word = i + 1;
                operand = false;
            }
            b'*' if bytes.get(i + 1) == Some(&b'*') => run += 1,
            b'-' | b'+' | b'~' | b'*' => {
                let w = &bytes[word..i];
                let keyword = matches!(w, b"not" | b"and" | b"or" | b"in" | b"is" | b"else" | b"if" | b"lambda" | b"await" | b"yield");
                run += u32::from(!operand && (w.is_empty() || keyword));
                operand = false;
                word = i + 1;
            }
            b' ' | b'(' | b')' | b':' => {
                let w = &bytes[word..i];
                let prefix = match w {
                    b"not" => !operand,
                    b"lambda" | b"else" | b"await" | b"if" | b"yield" => true,
                    _ => false,
                };
                run += u32::from(prefix);
                operand = match w {
                    [] => operand || *b == b')',
                    b"not" | b"and" | b"or" | b"in" | b"is" => false,
                    _ => !prefix,
                };
                word = i + 1;
            }
            b'<' | b'>' | b'=' | b'/' | b'%' | b'&' | b'|' | b'^' | b'@' | b'[' | b'{' => {
                operand = false;
                word = i + 1;
            }
            _ => {}
        }
        worst = worst.max(run);
    }
    if deepest >= MAX_INDENT
        && let Err(e) = scan(source)
        && e.msg == "too many levels of indentation"
    {
        return Err(e);
    }
    if brackets > MAX_BRACKETS || worst > MAX_PREFIXES {
        let deep = match scan(source) {
            Ok(_) => false,
            Err(e) => e.msg == "too many nested parentheses",
        };
        if deep {
            return scan(source).map(|_| ());
        }
        if worst > MAX_PREFIXES {
            return Err(source.error(ErrorKind::MemoryError, Span::NONE, "Parser stack overflowed - Python source too complex to parse"));
        }
    }
    Ok(())
}
