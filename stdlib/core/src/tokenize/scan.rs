//! The tokenizer: lines of source to tokens with positions, comments and blank lines included.

/// Numbers of token types, as `token` has them.
pub mod kind {
    pub const ENDMARKER: u8 = 0;
    pub const NAME: u8 = 1;
    pub const NUMBER: u8 = 2;
    pub const STRING: u8 = 3;
    pub const NEWLINE: u8 = 4;
    pub const INDENT: u8 = 5;
    pub const DEDENT: u8 = 6;
    pub const FSTRING_START: u8 = 59;
    pub const TSTRING_START: u8 = 62;
    pub const COMMENT: u8 = 65;
    pub const NL: u8 = 66;
}

/// Operators by length, longest first, with their exact types.
const OPERATORS: &[(&str, u8)] = &[
    ("**=", 46),
    ("//=", 48),
    (">>=", 45),
    ("<<=", 44),
    ("...", 52),
    ("!=", 28),
    ("%=", 40),
    ("&=", 41),
    ("**", 35),
    ("*=", 38),
    ("+=", 36),
    ("-=", 37),
    ("->", 51),
    ("//", 47),
    ("/=", 39),
    (":=", 53),
    ("<<", 33),
    ("<=", 29),
    ("==", 27),
    (">=", 30),
    (">>", 34),
    ("@=", 50),
    ("^=", 43),
    ("|=", 42),
    ("%", 24),
    ("&", 19),
    ("(", 7),
    (")", 8),
    ("*", 16),
    ("+", 14),
    (",", 12),
    ("-", 15),
    (".", 23),
    ("/", 17),
    (":", 11),
    (";", 13),
    ("<", 20),
    ("=", 22),
    (">", 21),
    ("@", 49),
    ("[", 9),
    ("]", 10),
    ("^", 32),
    ("{", 25),
    ("|", 18),
    ("}", 26),
    ("~", 31),
    ("!", 54),
];

/// A position: line from 1, column in characters.
pub type Pos = (usize, usize);

/// A token.
pub struct Token {
    pub kind: u8,
    pub text: String,
    pub start: Pos,
    pub end: Pos,
}

/// The exceptions of the tokenizer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Error {
    Syntax,
    Indentation,
    Tab,
}

/// What is wrong with the source.
pub struct Failure {
    pub msg: String,
    /// Which exception says so.
    pub error: Error,
    pub at: Pos,
}

/// An f-string or t-string being read.
struct Template {
    quote: char,
    triple: bool,
    raw: bool,
    /// Type of its start token; the middle and end follow it.
    start: u8,
    /// Bracket depth outside, for each replacement field that is open.
    fields: Vec<usize>,
    /// The innermost field is at its format specification.
    spec: bool,
    /// Where it began.
    at: Pos,
}

/// The tokenizer's state.
pub struct Scanner {
    pub lines: Vec<Vec<char>>,
    line: usize,
    col: usize,
    /// Columns with tabs eight wide, and with tabs one wide: both must agree about every indent.
    indents: Vec<(usize, usize)>,
    brackets: Vec<(char, Pos)>,
    templates: Vec<Template>,
    at_line_start: bool,
    pub out: std::collections::VecDeque<Token>,
    done: bool,
    extra: bool,
    /// The newline that the last line lacks has been given out.
    closed_line: bool,
}

type Step = Result<(), Failure>;

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphabetic() || (c as u32 >= 128 && !c.is_whitespace() && c.is_alphanumeric())
}
fn is_name(c: char) -> bool {
    c == '_'
        || c.is_alphanumeric()
        || (c as u32 >= 128 && !c.is_whitespace() && !c.is_ascii_punctuation() && c.is_alphanumeric())
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{b7}' | '\u{387}' | '\u{203f}' | '\u{2040}')
}

impl Scanner {
    pub fn new(lines: Vec<Vec<char>>, extra: bool) -> Scanner {
        Scanner {
            lines,
            line: 0,
            col: 0,
            indents: vec![(0, 0)],
            brackets: Vec::new(),
            templates: Vec::new(),
            at_line_start: true,
            out: std::collections::VecDeque::new(),
            done: false,
            extra,
            closed_line: false,
        }
    }
    /// The next token; `None` behind the last.
    pub fn next(&mut self) -> Result<Option<Token>, Failure> {
        while self.out.is_empty() && !self.done {
            self.step()?;
        }
        Ok(self.out.pop_front())
    }

    fn peek(&self, ahead: usize) -> char {
        self.lines.get(self.line).and_then(|l| l.get(self.col + ahead)).copied().unwrap_or('\0')
    }
    fn here(&self) -> Pos {
        (self.line + 1, self.col)
    }
    fn fail<T>(&self, msg: impl Into<String>, at: Pos) -> Result<T, Failure> {
        Err(Failure { msg: msg.into(), error: Error::Syntax, at })
    }
    fn slice(&self, from: usize) -> String {
        self.lines[self.line][from..self.col].iter().collect()
    }
    fn emit(&mut self, kind: u8, from: usize) {
        let text = self.slice(from);
        let (start, end) = ((self.line + 1, from), self.here());
        self.out.push_back(Token { kind, text, start, end });
    }
    fn emit_extra(&mut self, kind: u8, from: usize) {
        if self.extra {
            self.emit(kind, from);
        }
    }

    fn step(&mut self) -> Step {
        if self.line >= self.lines.len() {
            return self.finish();
        }
        if self.templates.last().is_some_and(|t| t.fields.is_empty() || t.spec) {
            return self.template_text();
        }
        if self.at_line_start && self.brackets.is_empty() && self.templates.is_empty() {
            return self.line_start();
        }
        self.token()
    }

    fn finish(&mut self) -> Step {
        self.done = true;
        let end = (self.lines.len() + 1, 0);
        if let Some(t) = self.templates.last() {
            let what = if t.start == kind::TSTRING_START { "t" } else { "f" };
            let n = self.lines.len();
            let text = if t.triple {
                format!("unterminated triple-quoted {what}-string literal (detected at line {n})")
            } else {
                format!("unterminated {what}-string literal (detected at line {n})")
            };
            return self.fail(text, (t.at.0, t.at.1 + 1));
        }
        if !self.brackets.is_empty() {
            let n = self.lines.len();
            let last = self.lines.last().map_or(0, Vec::len);
            let open = self.lines.last().is_some_and(|l| l.last() != Some(&'\n'));
            if open && self.extra && !std::mem::replace(&mut self.closed_line, true) {
                // The line that lacks its newline gets one; the failure follows.
                self.done = false;
                self.out.push_back(Token { kind: kind::NL, text: String::new(), start: (n, last), end: (n, last + 1) });
                return Ok(());
            }
            return self.fail("unexpected EOF in multi-line statement", (n, 0));
        }
        if !self.at_line_start {
            // The last line has no newline of its own.
            let at = (self.lines.len(), self.lines.last().map_or(0, Vec::len));
            self.out.push_back(Token { kind: kind::NEWLINE, text: String::new(), start: at, end: (at.0, at.1 + 1) });
        }
        for _ in 1..self.indents.len() {
            self.out.push_back(Token { kind: kind::DEDENT, text: String::new(), start: end, end });
        }
        self.out.push_back(Token { kind: kind::ENDMARKER, text: String::new(), start: end, end });
        Ok(())
    }

    fn next_line(&mut self) {
        self.line += 1;
        self.col = 0;
    }

    /// Indentation, and lines with nothing but a comment.
    fn line_start(&mut self) -> Step {
        let (mut width, mut alt) = (0, 0);
        loop {
            match self.peek(0) {
                ' ' => (width, alt) = (width + 1, alt + 1),
                '\t' => (width, alt) = ((width / 8 + 1) * 8, alt + 1),
                '\x0c' => (width, alt) = (0, 0),
                '\\' if self.peek(1) == '\n' => {
                    self.next_line();
                    continue;
                }
                _ => break,
            }
            self.col += 1;
        }
        let len = self.lines[self.line].len();
        if self.col >= len {
            // Blanks at the end of the text.
            self.next_line();
            return Ok(());
        }
        match self.peek(0) {
            '#' => {
                let from = self.col;
                while self.col < len && !matches!(self.peek(0), '\n' | '\r') {
                    self.col += 1;
                }
                self.emit_extra(kind::COMMENT, from);
                self.blank_end();
                return Ok(());
            }
            '\n' | '\r' => {
                self.blank_end();
                return Ok(());
            }
            _ => {}
        }
        self.at_line_start = false;
        let at = (self.line + 1, len);
        let fail = |error, msg: &str| Err(Failure { msg: msg.to_owned(), error, at });
        let mixed = "inconsistent use of tabs and spaces in indentation";
        let (top, top_alt) = self.indents.last().copied().unwrap_or_default();
        if width > top {
            if alt <= top_alt {
                return fail(Error::Tab, mixed);
            }
            self.indents.push((width, alt));
            self.emit(kind::INDENT, 0);
            return Ok(());
        }
        let mut dedents = 0;
        while width < self.indents.last().map_or(0, |i| i.0) {
            self.indents.pop();
            dedents += 1;
        }
        let (top, top_alt) = self.indents.last().copied().unwrap_or_default();
        if width != top {
            return fail(Error::Indentation, "unindent does not match any outer indentation level");
        }
        if alt != top_alt {
            return fail(Error::Tab, mixed);
        }
        for _ in 0..dedents {
            let at = self.here();
            self.out.push_back(Token { kind: kind::DEDENT, text: String::new(), start: at, end: at });
        }
        Ok(())
    }

    /// The end of a line without a statement.
    fn blank_end(&mut self) {
        let from = self.col;
        self.col = self.lines[self.line].len();
        if self.extra {
            let text = self.slice(from);
            let end = (self.line + 1, from + 1);
            self.out.push_back(Token { kind: kind::NL, text, start: (self.line + 1, from), end });
        }
        self.next_line();
    }

    fn token(&mut self) -> Step {
        while matches!(self.peek(0), ' ' | '\t' | '\x0c') {
            self.col += 1;
        }
        if self.col >= self.lines[self.line].len() {
            self.next_line();
            return Ok(());
        }
        let (c, from) = (self.peek(0), self.col);
        match c {
            '\n' | '\r' => {
                self.col = self.lines[self.line].len();
                let nested = !self.brackets.is_empty() || !self.templates.is_empty();
                let text = self.slice(from);
                let (start, end) = ((self.line + 1, from), (self.line + 1, from + 1));
                if !nested {
                    self.out.push_back(Token { kind: kind::NEWLINE, text, start, end });
                    self.at_line_start = true;
                } else if self.extra {
                    self.out.push_back(Token { kind: kind::NL, text, start, end });
                }
                self.next_line();
                Ok(())
            }
            '#' => {
                while self.col < self.lines[self.line].len() && !matches!(self.peek(0), '\n' | '\r') {
                    self.col += 1;
                }
                self.emit_extra(kind::COMMENT, from);
                Ok(())
            }
            '\\' => {
                if !matches!(self.peek(1), '\n' | '\r') {
                    if self.col + 1 >= self.lines[self.line].len() {
                        return self.fail("unexpected EOF while parsing", (self.line + 1, self.col + 1));
                    }
                    return self.fail("unexpected character after line continuation character", (self.line + 1, self.col + 2));
                }
                self.next_line();
                if self.line >= self.lines.len() {
                    return self.fail("unexpected EOF while parsing", (self.line, 1));
                }
                Ok(())
            }
            '\'' | '"' => self.string(from),
            _ if c.is_ascii_digit() || (c == '.' && self.peek(1).is_ascii_digit()) => self.number(from),
            _ if is_name_start(c) => self.name(from),
            _ => self.operator(from),
        }
    }

    fn name(&mut self, from: usize) -> Step {
        while is_name(self.peek(0)) {
            self.col += 1;
        }
        if matches!(self.peek(0), '\'' | '"') {
            let prefix = self.slice(from).to_ascii_lowercase();
            match prefix.as_str() {
                "f" | "fr" | "rf" => return self.template_start(from, kind::FSTRING_START, prefix.contains('r')),
                "t" | "tr" | "rt" => return self.template_start(from, kind::TSTRING_START, prefix.contains('r')),
                "r" | "b" | "u" | "br" | "rb" => return self.string(from),
                _ => {}
            }
        }
        self.emit(kind::NAME, from);
        Ok(())
    }

    fn digits(&mut self, ok: impl Fn(char) -> bool) {
        while ok(self.peek(0)) || (self.peek(0) == '_' && ok(self.peek(1))) {
            self.col += 1;
        }
    }

    fn number(&mut self, from: usize) -> Step {
        let decimal = |c: char| c.is_ascii_digit();
        let base = self.peek(1).to_ascii_lowercase();
        if self.peek(0) == '0' && matches!(base, 'x' | 'o' | 'b') {
            self.col += 2;
            match base {
                'x' => self.digits(|c| c.is_ascii_hexdigit()),
                'o' => self.digits(|c| ('0'..='7').contains(&c)),
                _ => self.digits(|c| c == '0' || c == '1'),
            }
            if self.col == from + 2 {
                let name = match base {
                    'x' => "hexadecimal",
                    'o' => "octal",
                    _ => "binary",
                };
                return self.fail(format!("invalid {name} literal"), (self.line + 1, self.col));
            }
        } else {
            self.digits(decimal);
            if self.peek(0) == '.' {
                self.col += 1;
                self.digits(decimal);
            }
            let signed = matches!(self.peek(1), '+' | '-') && self.peek(2).is_ascii_digit();
            if matches!(self.peek(0), 'e' | 'E') && (signed || self.peek(1).is_ascii_digit()) {
                self.col += if signed { 2 } else { 1 };
                self.digits(decimal);
            }
            if matches!(self.peek(0), 'j' | 'J') {
                self.col += 1;
            }
        }
        if is_name_start(self.peek(0)) && !self.keyword_follows() {
            return self.fail("invalid decimal literal", (self.line + 1, self.col));
        }
        self.emit(kind::NUMBER, from);
        Ok(())
    }

    /// Does a keyword that may stand right behind a number follow?
    fn keyword_follows(&self) -> bool {
        let rest: String = self.lines[self.line][self.col..].iter().take(4).collect();
        ["and", "else", "for", "if", "in", "is", "not", "or"].iter().any(|k| rest.starts_with(k))
    }

    /// A plain string; the cursor is at its quote.
    fn string(&mut self, from: usize) -> Step {
        let (first, quote) = (self.line, self.peek(0));
        let start = (self.line + 1, from);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.col += if triple { 3 } else { 1 };
        let mut text: String = self.lines[first][from..self.col].iter().collect();
        loop {
            if self.line >= self.lines.len() {
                return self.unterminated(triple, start);
            }
            if self.col >= self.lines[self.line].len() {
                if !triple {
                    return self.unterminated(false, start);
                }
                self.next_line();
                continue;
            }
            let c = self.peek(0);
            if c == '\\' {
                text.push(c);
                self.col += 1;
                if self.col < self.lines[self.line].len() {
                    // An escaped newline ends no string; `\r\n` is one newline.
                    let e = self.peek(0);
                    text.push(e);
                    self.col += 1;
                    if e == '\r' && self.peek(0) == '\n' {
                        text.push('\n');
                        self.col += 1;
                    }
                    if matches!(e, '\n' | '\r') {
                        self.next_line();
                    }
                }
                continue;
            }
            if !triple && matches!(c, '\n' | '\r') {
                return self.unterminated(false, start);
            }
            let closes = c == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote));
            let n = if closes && triple { 3 } else { 1 };
            text.extend(&self.lines[self.line][self.col..self.col + n]);
            self.col += n;
            if closes {
                let end = self.here();
                self.out.push_back(Token { kind: kind::STRING, text, start, end });
                return Ok(());
            }
        }
    }

    fn unterminated(&self, triple: bool, start: Pos) -> Step {
        let n = self.line.min(self.lines.len().saturating_sub(1)) + 1;
        let what = if triple { "triple-quoted string" } else { "string" };
        self.fail(format!("unterminated {what} literal (detected at line {n})"), (start.0, start.1 + 1))
    }

    fn template_start(&mut self, from: usize, start: u8, raw: bool) -> Step {
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.col += if triple { 3 } else { 1 };
        self.emit(start, from);
        let at = (self.line + 1, from);
        self.templates.push(Template { quote, triple, raw, start, fields: Vec::new(), spec: false, at });
        Ok(())
    }

    /// Literal text of a template up to a brace or the closing quote.
    fn template_text(&mut self) -> Step {
        let Some(t) = self.templates.last() else { return Ok(()) };
        let (quote, triple, spec, start_kind, raw) = (t.quote, t.triple, t.spec, t.start, t.raw);
        let start = self.here();
        let mut text = String::new();
        let middle = |text: String, end: Pos| Token { kind: start_kind + 1, text, start, end };
        loop {
            if self.line >= self.lines.len() {
                return Ok(());
            }
            if self.col >= self.lines[self.line].len() {
                self.next_line();
                continue;
            }
            let c = self.peek(0);
            if c == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) {
                if !text.is_empty() {
                    let end = self.here();
                    self.out.push_back(middle(text, end));
                }
                let from = self.col;
                self.col += if triple { 3 } else { 1 };
                self.emit(start_kind + 2, from);
                self.templates.pop();
                return Ok(());
            }
            match c {
                '\n' | '\r' if !triple => {
                    let n = self.line + 1;
                    let what = if start_kind == kind::TSTRING_START { "t" } else { "f" };
                    let at = self.templates.last().map_or(start, |t| t.at);
                    return self.fail(format!("unterminated {what}-string literal (detected at line {n})"), (at.0, at.1 + 1));
                }
                '{' | '}' if !spec && self.peek(1) == c => {
                    text.push(c);
                    let end = (self.line + 1, self.col + 1);
                    self.col += 2;
                    self.out.push_back(middle(text, end));
                    return Ok(());
                }
                '{' => {
                    if !text.is_empty() {
                        let end = self.here();
                        self.out.push_back(middle(text, end));
                    }
                    let (from, depth) = (self.col, self.brackets.len());
                    self.brackets.push(('{', self.here()));
                    self.col += 1;
                    self.emit(25, from);
                    if let Some(t) = self.templates.last_mut() {
                        t.fields.push(depth);
                        t.spec = false;
                    }
                    return Ok(());
                }
                '}' if spec => {
                    if !text.is_empty() {
                        let end = self.here();
                        self.out.push_back(middle(text, end));
                    }
                    return self.close_field();
                }
                '}' => {
                    let what = if start_kind == kind::TSTRING_START { "t" } else { "f" };
                    return self.fail(format!("{what}-string: single '}}' is not allowed"), (self.line + 1, self.col + 1));
                }
                '\\' if !raw && self.peek(1) == 'N' && self.peek(2) == '{' => {
                    while self.col < self.lines[self.line].len() && self.peek(0) != '}' {
                        text.push(self.peek(0));
                        self.col += 1;
                    }
                }
                '\\' if !matches!(self.peek(1), '{' | '}') && self.col + 1 < self.lines[self.line].len() => {
                    text.push(c);
                    text.push(self.peek(1));
                    self.col += 2;
                }
                _ => {
                    text.push(c);
                    self.col += 1;
                }
            }
        }
    }

    /// The `}` that ends a replacement field.
    fn close_field(&mut self) -> Step {
        let from = self.col;
        self.col += 1;
        self.emit(26, from);
        self.brackets.pop();
        if let Some(t) = self.templates.last_mut() {
            t.fields.pop();
            // A field within a format specification goes back to it.
            t.spec = !t.fields.is_empty();
        }
        Ok(())
    }

    fn operator(&mut self, from: usize) -> Step {
        let rest: String = self.lines[self.line][self.col..].iter().take(3).collect();
        let field = self.templates.last().and_then(|t| t.fields.last().copied());
        let outermost = field.is_some_and(|d| self.brackets.len() == d + 1);
        let c = self.peek(0);
        if outermost && c == '}' {
            return self.close_field();
        }
        if outermost && c == ':' {
            self.col += 1;
            self.emit(11, from);
            if let Some(t) = self.templates.last_mut() {
                t.spec = true;
            }
            return Ok(());
        }
        let found = OPERATORS.iter().find(|(o, _)| rest.starts_with(o) && (*o != "!" || field.is_some()));
        let Some((op, code)) = found else {
            let text = match c {
                '$' | '?' | '`' | '!' => {
                    // Left to the caller as a token of its own in the extended form.
                    if self.extra {
                        self.col += 1;
                        self.emit(if c == '!' { 54 } else { 55 }, from);
                        return Ok(());
                    }
                    "invalid syntax".to_owned()
                }
                _ if c.is_ascii_graphic() => "invalid syntax".to_owned(),
                _ if (c as u32) < 128 => format!("invalid non-printable character U+{:04X}", c as u32),
                _ => format!("invalid character '{c}' (U+{:04X})", c as u32),
            };
            return self.fail(text, (self.line + 1, from + 1));
        };
        match c {
            '(' | '[' | '{' => self.brackets.push((c, self.here())),
            ')' | ']' | '}' => self.close_bracket(c)?,
            _ => {}
        }
        self.col += op.len();
        self.emit(*code, from);
        Ok(())
    }

    fn close_bracket(&mut self, c: char) -> Step {
        let at = (self.line + 1, self.col + 1);
        let Some((open, place)) = self.brackets.pop() else { return self.fail(format!("unmatched '{c}'"), at) };
        if matches!((open, c), ('(', ')') | ('[', ']') | ('{', '}')) {
            return Ok(());
        }
        if place.0 != self.line + 1 {
            let text = format!("closing parenthesis '{c}' does not match opening parenthesis '{open}' on line {}", place.0);
            return self.fail(text, at);
        }
        self.fail(format!("closing parenthesis '{c}' does not match opening parenthesis '{open}'"), at)
    }
}
