//! Bytes of a source file to text: byte order mark, encoding declaration, decoding.

use crate::errors::{ErrorKind, SyntaxError};

type E = Box<SyntaxError>;

const BOM: &[u8] = b"\xef\xbb\xbf";

fn error(msg: String, line: u32) -> E {
    Box::new(SyntaxError { kind: ErrorKind::SyntaxError, msg, line, col: 0, end_line: 0, end_col: 0, text: None, warnings: Vec::new() })
}

/// Decodes a source file. `filename` is for messages.
pub fn decode_source(bytes: &[u8], filename: &str) -> Result<String, E> {
    let (body, bom) = match bytes.strip_prefix(BOM) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let declared = declaration(body);
    let text = match declared {
        None => utf8(body, filename, false)?,
        Some((name, _)) if is_utf8(&name) => utf8(body, filename, true)?,
        Some((name, _)) if bom => {
            return Err(error(format!("encoding problem: {name} with BOM"), 0));
        }
        Some((name, _)) => decode(body, &name)?,
    };
    if text.contains('\0') {
        return Err(error("source code cannot contain null bytes".into(), 0));
    }
    Ok(text)
}

/// The encoding a file declares in its first two lines, and the line that does.
pub fn declaration(bytes: &[u8]) -> Option<(String, u32)> {
    let mut lines = bytes.split(|b| matches!(b, b'\n' | b'\r'));
    for n in 1..=2 {
        let line = lines.next()?;
        if let Some(name) = cookie(line) {
            return Some((name, n));
        }
        // Only a comment or nothing may stand before a declaration on the second line.
        let first = line.iter().find(|b| !matches!(b, b' ' | b'\t' | 0x0c));
        if !matches!(first, None | Some(b'#')) {
            return None;
        }
    }
    None
}

fn cookie(line: &[u8]) -> Option<String> {
    let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | 0x0c))?;
    if line[start] != b'#' {
        return None;
    }
    let mut at = start;
    while let Some(i) = line[at..].windows(6).position(|w| w == b"coding") {
        let mut rest = &line[at + i + 6..];
        at += i + 6;
        let Some((b':' | b'=', tail)) = rest.split_first() else {
            continue;
        };
        rest = tail;
        while let Some((b' ' | b'\t', tail)) = rest.split_first() {
            rest = tail;
        }
        let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')).count();
        if len > 0 {
            return Some(normal_name(&String::from_utf8_lossy(&rest[..len])));
        }
    }
    None
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

fn is_utf8(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().replace('_', "-").as_str(),
        "utf-8" | "utf8" | "u8" | "utf" | "utf8-ucs2" | "utf8-ucs4" | "cp65001" | "utf-8-sig"
    )
}

fn utf8(bytes: &[u8], filename: &str, declared: bool) -> Result<String, E> {
    match std::str::from_utf8(bytes) {
        Ok(s) => Ok(s.to_owned()),
        Err(e) => {
            let at = e.valid_up_to();
            let line = bytes[..at].iter().filter(|b| **b == b'\n').count() as u32 + 1;
            let byte = bytes.get(at).copied().unwrap_or(0);
            let msg = if declared {
                let why = if matches!(byte, 0x80..=0xC1 | 0xF5..) {
                    "invalid start byte"
                } else if e.error_len().is_none() {
                    "unexpected end of data"
                } else {
                    "invalid continuation byte"
                };
                format!("(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {why}")
            } else {
                format!(
                    "Non-UTF-8 code starting with '\\x{byte:02x}' in file {filename} on line {line}, but no encoding declared; see https://peps.python.org/pep-0263/ for details"
                )
            };
            Err(error(msg, line))
        }
    }
}

fn decode(bytes: &[u8], name: &str) -> Result<String, E> {
    let label = name.to_ascii_lowercase().replace('_', "-");
    match label.as_str() {
        "iso-8859-1" | "latin-1" | "latin1" | "l1" | "8859" | "iso8859-1" | "cp819" => {
            return Ok(bytes.iter().map(|b| char::from(*b)).collect());
        }
        "ascii" | "us-ascii" | "646" => {
            return match bytes.iter().position(|b| !b.is_ascii()) {
                None => Ok(bytes.iter().map(|b| char::from(*b)).collect()),
                Some(at) => {
                    let line = bytes[..at].iter().filter(|b| **b == b'\n').count() as u32 + 1;
                    Err(error(
                        format!(
                            "(unicode error) 'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                            bytes[at]
                        ),
                        line,
                    ))
                }
            };
        }
        _ => {}
    }
    let alias = match label.strip_prefix("cp") {
        Some(page @ ("1250" | "1251" | "1252" | "1253" | "1254" | "1255" | "1256" | "1257" | "1258")) => format!("windows-{page}"),
        Some("932") => "shift_jis".into(),
        Some("936") => "gbk".into(),
        Some("949") => "euc-kr".into(),
        Some("950") => "big5".into(),
        Some("866") => "ibm866".into(),
        _ => match label.as_str() {
            "shift-jis" | "sjis" => "shift_jis".into(),
            "mac-roman" => "macintosh".into(),
            l => l.strip_prefix("iso8859-").map_or(l.to_owned(), |n| format!("iso-8859-{n}")),
        },
    };
    let encoding = encoding_rs::Encoding::for_label(alias.as_bytes()).filter(|e| *e != encoding_rs::REPLACEMENT && e.is_ascii_compatible());
    let Some(encoding) = encoding else {
        return Err(error(format!("unknown encoding: {name}"), 0));
    };
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(error(format!("encoding problem: {name}"), 0)),
    }
}
