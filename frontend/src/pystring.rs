//! Python string constants: text that may hold lone surrogates.

use std::fmt;

/// A Python string: a sequence of code points, surrogates allowed.
///
/// Stored as *generalised UTF-8*: every code point is encoded as UTF-8 encodes it, surrogates too
/// (three bytes each, as Python's "surrogatepass" does). Unlike WTF-8, a high surrogate followed by
/// a low one stays two code points, as in Python.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PyString {
    bytes: Vec<u8>,
}

impl PyString {
    /// The empty string.
    pub fn new() -> PyString {
        PyString::default()
    }

    /// Takes generalised UTF-8 over, if it is well-formed.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<PyString> {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (_, len) = decode(rest)?;
            rest = &rest[len..];
        }
        Some(PyString { bytes })
    }

    /// The generalised UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text, if there is no surrogate in it.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// Appends a code point (a surrogate, perhaps; above U+10FFFF becomes U+FFFD).
    pub fn push(&mut self, cp: u32) {
        match char::from_u32(cp) {
            Some(c) => self.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None if cp < 0x10000 => {
                self.bytes.extend_from_slice(&[0xE0 | (cp >> 12) as u8, 0x80 | (cp >> 6 & 0x3F) as u8, 0x80 | (cp & 0x3F) as u8])
            }
            None => self.push_str("\u{FFFD}"),
        }
    }

    /// Appends text.
    pub fn push_str(&mut self, s: &str) {
        self.bytes.extend_from_slice(s.as_bytes());
    }

    /// Appends another string.
    pub fn push_py(&mut self, s: &PyString) {
        self.bytes.extend_from_slice(&s.bytes);
    }

    /// Whether there are no code points.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Number of code points.
    pub fn char_len(&self) -> usize {
        self.bytes.iter().filter(|b| **b & 0xC0 != 0x80).count()
    }

    /// The code points.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + '_ {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            let (cp, len) = decode(rest)?;
            rest = &rest[len..];
            Some(cp)
        })
    }
}

/// Decodes the first code point of generalised UTF-8; `None` if empty or malformed.
fn decode(bytes: &[u8]) -> Option<(u32, usize)> {
    let first = *bytes.first()?;
    let (len, mut cp, min) = match first {
        0..=0x7F => return Some((u32::from(first), 1)),
        0xC2..=0xDF => (2, u32::from(first & 0x1F), 0x80),
        0xE0..=0xEF => (3, u32::from(first & 0x0F), 0x800),
        0xF0..=0xF4 => (4, u32::from(first & 0x07), 0x1_0000),
        _ => return None,
    };
    for &b in bytes.get(1..len)? {
        if b & 0xC0 != 0x80 {
            return None;
        }
        cp = cp << 6 | u32::from(b & 0x3F);
    }
    (cp >= min && cp <= 0x10_FFFF).then_some((cp, len))
}

impl From<&str> for PyString {
    fn from(s: &str) -> PyString {
        PyString { bytes: s.as_bytes().to_vec() }
    }
}

impl From<String> for PyString {
    fn from(s: String) -> PyString {
        PyString { bytes: s.into_bytes() }
    }
}

impl fmt::Display for PyString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for cp in self.code_points() {
            match char::from_u32(cp) {
                Some(c) => write!(f, "{c}")?,
                None => write!(f, "\\u{cp:04x}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for PyString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("'")?;
        for cp in self.code_points() {
            match char::from_u32(cp) {
                Some('\'') => f.write_str("\\'")?,
                Some('"') => f.write_str("\"")?,
                Some(c) => write!(f, "{}", c.escape_debug())?,
                None => write!(f, "\\u{cp:04x}")?,
            }
        }
        f.write_str("'")
    }
}
