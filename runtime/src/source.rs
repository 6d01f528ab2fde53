//! Bytes of source code to text: byte order mark, encoding declaration, decoding, and the errors of
//! each as CPython words and places them.

use krait_object::error::Raised;
use krait_object::prelude::*;

/// Where source bytes come from. CPython reads files line by line and decodes bytes given to
/// `compile` at once, and reports the same mistakes differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The script, or standard input.
    File,
    /// `compile`, `exec`, imports.
    Bytes,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text of source bytes: UTF-8 unless a coding cookie in the first two lines says otherwise.
pub fn decode(vm: &Vm, bytes: &[u8], filename: &PyStr, origin: Origin) -> PyResult<String> {
    let (bom, body) = match bytes.strip_prefix(BOM) {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let reader = Reader { vm, body, filename, origin };
    let cookie = cookie(body);
    let text = match &cookie {
        Some((name, line)) if bom && name != "utf-8" => {
            let end = line_at(body, *line).len() as i64;
            return Err(reader.error(&format!("encoding problem: {name} with BOM"), Place { line: *line, col: 0, end }));
        }
        Some((name, line)) if name != "utf-8" => reader.recode(name, *line)?,
        _ => reader.utf8()?,
    };
    match text.find('\0') {
        None => Ok(text),
        Some(at) => Err(reader.null_byte(&text[..at])),
    }
}

/// Line `n`, from 1, without its end.
fn line_at(body: &[u8], n: usize) -> &[u8] {
    let line = body.split(|b| *b == b'\n').nth(n - 1).unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A place in a line of the source, columns from 1.
struct Place {
    line: usize,
    col: i64,
    end: i64,
}

struct Reader<'a> {
    vm: &'a Vm,
    body: &'a [u8],
    filename: &'a PyStr,
    origin: Origin,
}

impl Reader<'_> {
    fn utf8(&self) -> PyResult<String> {
        let e = match std::str::from_utf8(self.body) {
            Ok(text) => return Ok(text.to_owned()),
            Err(e) => e,
        };
        let at = e.valid_up_to();
        let line = self.body[..at].iter().filter(|b| **b == b'\n').count() + 1;
        let start = self.body[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let col = String::from_utf8_lossy(&self.body[start..at]).chars().count() as i64 + 1;
        let file = match self.origin {
            Origin::File => format!(" in file {}", self.filename.to_string_lossy()),
            Origin::Bytes => String::new(),
        };
        let text = format!(
            "Non-UTF-8 code starting with '\\x{:02x}'{file} on line {line}, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details",
            self.body[at]
        );
        Err(self.error(&text, Place { line, col, end: col }))
    }

    fn recode(&self, name: &str, line: usize) -> PyResult<String> {
        let vm = self.vm;
        let decoded = (vm.interp.hooks().decode)(vm, self.body, name, "strict");
        let e = match decoded {
            Ok(text) => match text.r().downcast::<PyStr>(vm) {
                Some(s) => return Ok(s.to_utf8(vm)?.to_owned()),
                None => vm.type_error(format!("decoder should return a string result, not '{}'", text.r().ty(vm).tp_name())),
            },
            Err(e) => e,
        };
        if !vm.raised_is(vm.types.exception) || vm.raised_is(vm.types.memory_error) {
            return Err(e);
        }
        let exc = vm.take_raised(e);
        if self.origin == Origin::File {
            let end = line_at(self.body, line).len() as i64;
            return Err(self.error(&format!("encoding problem: {name}"), Place { line, col: 0, end }));
        }
        let text = vm.str_text(exc.r())?;
        let place = vm.tuple(vec![self.filename.to_obj(), Obj::small(0), Obj::small(-1), Obj::none()]);
        Err(vm.raise_with(vm.types.syntax_error, vec![vm.str(&text), place]))
    }

    /// A null byte after `before`.
    fn null_byte(&self, before: &str) -> Raised {
        let vm = self.vm;
        if self.origin == Origin::Bytes {
            return vm.raise_msg(vm.types.syntax_error, "source code string cannot contain null bytes");
        }
        let line = before.matches('\n').count() as i64 + 1;
        let shown = vm.str(before.rsplit('\n').next().unwrap_or_default());
        let line = vm.int_i64(line);
        let place = vm.tuple(vec![self.filename.to_obj(), line.clone(), Obj::small(0), shown, line, Obj::small(0)]);
        vm.raise_with(vm.types.syntax_error, vec![vm.str("source code cannot contain null bytes"), place])
    }

    fn error(&self, msg: &str, at: Place) -> Raised {
        let vm = self.vm;
        // CPython has no name for source that is not in a file.
        let file = match self.origin {
            Origin::File => self.filename.to_obj(),
            Origin::Bytes => Obj::none(),
        };
        let text = vm.str(&String::from_utf8_lossy(line_at(self.body, at.line)));
        let line = vm.int_usize(at.line);
        let place = vm.tuple(vec![file, line.clone(), vm.int_i64(at.col), text, line, vm.int_i64(at.end)]);
        vm.raise_with(vm.types.syntax_error, vec![vm.str(msg), place])
    }
}

/// The encoding a comment in the first two lines names, and the line. The second line counts only
/// if the first is blank or a comment.
fn cookie(bytes: &[u8]) -> Option<(String, usize)> {
    for (i, line) in bytes.split(|b| matches!(b, b'\n' | b'\r')).take(2).enumerate() {
        let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | 0x0c));
        let Some(text) = start.map(|s| &line[s..]) else { continue };
        let comment = text.strip_prefix(b"#")?;
        if let Some(name) = cookie_in(comment) {
            return Some((normal_name(&name), i + 1));
        }
    }
    None
}

fn cookie_in(comment: &[u8]) -> Option<String> {
    let at = comment.windows(6).position(|w| w == b"coding").map(|i| i + 6)?;
    let rest = &comment[at..];
    let (b':' | b'=') = rest.first()? else { return cookie_in(rest) };
    let name: Vec<u8> = rest[1..]
        .iter()
        .skip_while(|b| matches!(b, b' ' | b'\t'))
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        .copied()
        .collect();
    if name.is_empty() { None } else { String::from_utf8(name).ok() }
}

/// The spellings of UTF-8 and Latin-1 that are recognised without looking further.
fn normal_name(name: &str) -> String {
    let short: String = name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    if short == "utf-8" || short.starts_with("utf-8-") {
        return "utf-8".into();
    }
    for latin in ["latin-1", "iso-8859-1", "iso-latin-1"] {
        if short == latin || short.starts_with(&format!("{latin}-")) {
            return "iso-8859-1".into();
        }
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::cookie;

    #[test]
    fn cookies() {
        let find = |s: &str| cookie(s.as_bytes());
        assert_eq!(find("# -*- coding: latin-1 -*-\nx"), Some(("iso-8859-1".into(), 1)));
        assert_eq!(find("#!/usr/bin/python\n# vim: set fileencoding=utf-8 :\n"), Some(("utf-8".into(), 2)));
        assert_eq!(find("\n#coding=ascii"), Some(("ascii".into(), 2)));
        assert_eq!(find("# coding: UTF_8-sig"), Some(("utf-8".into(), 1)));
        assert_eq!(find("x = 1\n# coding: ascii"), None);
        assert_eq!(find("\n\n# coding: ascii"), None);
        assert_eq!(find("# coding, coding: a.b"), Some(("a.b".into(), 1)));
        assert_eq!(find(""), None);
    }
}
