//! Malformed backslash escapes in string literals, with CPython's wording; and the invalid ones that
//! only deserve a warning.

/// The message for the first malformed escape of a string token, prefix and quotes included.
pub fn bad_escape(token: &str) -> Option<String> {
    let quote = token.find(['"', '\''])?;
    let prefix = token[..quote].to_ascii_lowercase();
    if prefix.contains('r') {
        return None;
    }
    let triple = token[quote..].starts_with("\"\"\"") || token[quote..].starts_with("'''");
    let q = if triple { 3 } else { 1 };
    let body = token.get(quote + q..token.len().saturating_sub(q))?;
    if prefix.contains('b') {
        return bad_bytes(body);
    }
    bad_text(body)
}

fn bad_bytes(body: &str) -> Option<String> {
    let b = body.as_bytes();
    let mut i = 0;
    while i < b.len() {
        if b[i] == b'\\' {
            if b.get(i + 1) == Some(&b'x') {
                let hex = b[i + 2..].iter().take(2).take_while(|c| c.is_ascii_hexdigit()).count();
                if hex < 2 {
                    return Some(format!("(value error) invalid \\x escape at position {i}"));
                }
            }
            i += 1;
        }
        i += 1;
    }
    None
}

/// The message for the first malformed escape of a literal's text.
pub fn bad_text(body: &str) -> Option<String> {
    // Positions count bytes, every character beyond ASCII being written as a ten-byte escape.
    let mut at = 0;
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        if c != '\\' {
            at += if c.is_ascii() { 1 } else { 10 };
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let Some(next) = rest[1..].chars().next() else {
            return Some(unicode_error(at, at + 1, "\\ at end of string"));
        };
        let (want, what) = match next {
            'x' => (2, "truncated \\xXX escape"),
            'u' => (4, "truncated \\uXXXX escape"),
            'U' => (8, "truncated \\UXXXXXXXX escape"),
            'N' => {
                let name = &rest[2..];
                let close = name.find('}');
                if !name.starts_with('{') || close.is_none() || close == Some(1) {
                    let end = at + 2 + close.map_or(name.len(), |i| i + 1);
                    let end = if name.starts_with('{') { end } else { at + 2 };
                    return Some(unicode_error(at, end, "malformed \\N character escape"));
                }
                let close = close.unwrap_or(0);
                if krait_ucd::names::character(&name[1..close]).is_none() {
                    return Some(unicode_error(at, at + 2 + close + 1, "unknown Unicode character name"));
                }
                at += 2 + close + 1;
                rest = &name[close + 1..];
                continue;
            }
            c => {
                at += 1 + if c.is_ascii() { 1 } else { 10 };
                rest = &rest[1 + c.len_utf8()..];
                continue;
            }
        };
        let digits = rest[2..].bytes().take(want).take_while(u8::is_ascii_hexdigit).count();
        if digits < want {
            return Some(unicode_error(at, at + 2 + digits, what));
        }
        let value = u32::from_str_radix(&rest[2..2 + want], 16).unwrap_or(u32::MAX);
        if value > 0x10_FFFF {
            return Some(unicode_error(at, at + 2 + want, "illegal Unicode character"));
        }
        at += 2 + want;
        rest = &rest[2 + want..];
    }
    None
}

fn unicode_error(start: usize, end: usize, what: &str) -> String {
    if end <= start + 1 {
        format!("(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position {start}: {what}")
    } else {
        format!("(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{}: {what}", end - 1)
    }
}

/// An escape that means nothing: its offset in the text, and the warning's message.
pub struct InvalidEscape {
    /// Offset of the backslash.
    pub at: usize,
    /// Length of the escape.
    pub len: usize,
    /// The warning.
    pub msg: String,
    /// The error it becomes where warnings are errors.
    pub error: String,
}

fn invalid(at: usize, len: usize, escape: &str, octal: &str) -> InvalidEscape {
    let (is, meant) = (
        format!("\"\\{escape}\" is an invalid {octal}escape sequence."),
        format!("Did you mean \"\\\\{escape}\"? A raw string is also an option."),
    );
    InvalidEscape { at, len, msg: format!("{is} Such sequences will not work in the future. {meant}"), error: format!("{is} {meant}") }
}

/// Escapes in the body of a literal that are kept as they are, or are octal beyond a byte. `next` is
/// what follows the body, if the literal goes on there.
pub fn invalid_escapes(body: &str, bytes: bool, next: Option<char>) -> Vec<InvalidEscape> {
    let mut out = Vec::new();
    let mut i = 0;
    let b = body.as_bytes();
    while let Some(n) = body[i..].find('\\') {
        let at = i + n;
        let Some(c) = body[at + 1..].chars().next().or(next.filter(|c| matches!(c, '{' | '}'))) else {
            break;
        };
        i = (at + 1 + c.len_utf8()).min(body.len());
        let known = "\n\\'\"abfnrtv01234567x".contains(c) || (!bytes && "NuU".contains(c));
        if !known {
            out.push(invalid(at, 1 + c.len_utf8(), &c.to_string(), ""));
        } else if ('4'..='7').contains(&c)
            && b.get(at + 2).is_some_and(|c| (b'0'..=b'7').contains(c))
            && b.get(at + 3).is_some_and(|c| (b'0'..=b'7').contains(c))
        {
            out.push(invalid(at, 4, &body[at + 1..at + 4], "octal "));
        }
    }
    out
}
