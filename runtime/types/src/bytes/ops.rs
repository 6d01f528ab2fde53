//! What the methods of bytes and bytearray compute, on plain slices.

use memchr::memmem;

/// Whitespace of bytes methods.
#[inline]
pub fn is_space(c: u8) -> bool {
    matches!(c, 9..=13 | 32)
}

/// The part of `d` between positions that may lie apart or outside.
fn part(d: &[u8], (start, end): (usize, usize)) -> Option<&[u8]> {
    d.get(start..end.min(d.len()))
}

pub fn find(d: &[u8], needle: &[u8], range: (usize, usize)) -> Option<usize> {
    let p = part(d, range)?;
    match needle {
        [c] => memchr::memchr(*c, p),
        _ => memmem::find(p, needle),
    }
    .map(|i| i + range.0)
}

pub fn rfind(d: &[u8], needle: &[u8], range: (usize, usize)) -> Option<usize> {
    let p = part(d, range)?;
    match needle {
        [] => Some(p.len()),
        [c] => memchr::memrchr(*c, p),
        _ => memmem::rfind(p, needle),
    }
    .map(|i| i + range.0)
}

pub fn count(d: &[u8], needle: &[u8], range: (usize, usize)) -> usize {
    let Some(p) = part(d, range) else { return 0 };
    match needle {
        [] => p.len() + 1,
        [c] => memchr::memchr_iter(*c, p).count(),
        _ => memmem::find_iter(p, needle).count(),
    }
}

/// Does the part of `d` begin (or end) with `p`?
pub fn has_affix(d: &[u8], p: &[u8], range: (usize, usize), at_end: bool) -> bool {
    part(d, range).is_some_and(|d| if at_end { d.ends_with(p) } else { d.starts_with(p) })
}

fn limit(maxsplit: isize) -> usize {
    usize::try_from(maxsplit).unwrap_or(usize::MAX)
}

/// Pieces between separators; no separator means whitespace.
pub fn split<'a>(d: &'a [u8], sep: Option<&[u8]>, maxsplit: isize) -> Vec<&'a [u8]> {
    let max = limit(maxsplit);
    let mut out = Vec::new();
    let mut rest = d;
    let Some(sep) = sep else {
        loop {
            let start = rest.iter().position(|c| !is_space(*c)).unwrap_or(rest.len());
            rest = &rest[start..];
            if rest.is_empty() {
                return out;
            }
            if out.len() == max {
                out.push(rest);
                return out;
            }
            let end = rest.iter().position(|c| is_space(*c)).unwrap_or(rest.len());
            out.push(&rest[..end]);
            rest = &rest[end..];
        }
    };
    while out.len() < max
        && let Some(i) = find(rest, sep, (0, rest.len()))
    {
        out.push(&rest[..i]);
        rest = &rest[i + sep.len()..];
    }
    out.push(rest);
    out
}

/// As [`split`] from the right, in order.
pub fn rsplit<'a>(d: &'a [u8], sep: Option<&[u8]>, maxsplit: isize) -> Vec<&'a [u8]> {
    let max = limit(maxsplit);
    let mut out = Vec::new();
    let mut rest = d;
    match sep {
        None => loop {
            let end = rest.iter().rposition(|c| !is_space(*c)).map_or(0, |i| i + 1);
            rest = &rest[..end];
            if rest.is_empty() {
                break;
            }
            if out.len() == max {
                out.push(rest);
                break;
            }
            let start = rest.iter().rposition(|c| is_space(*c)).map_or(0, |i| i + 1);
            out.push(&rest[start..]);
            rest = &rest[..start];
        },
        Some(sep) => {
            while out.len() < max
                && let Some(i) = rfind(rest, sep, (0, rest.len()))
            {
                out.push(&rest[i + sep.len()..]);
                rest = &rest[..i];
            }
            out.push(rest);
        }
    }
    out.reverse();
    out
}

/// Lines, which end with `\n`, `\r` or `\r\n`.
pub fn splitlines(d: &[u8], keepends: bool) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut start = 0;
    while let Some(i) = memchr::memchr2(b'\n', b'\r', &d[start..]) {
        let end = start + i;
        let next = end + if d[end..].starts_with(b"\r\n") { 2 } else { 1 };
        out.push(&d[start..if keepends { next } else { end }]);
        start = next;
    }
    if start < d.len() {
        out.push(&d[start..]);
    }
    out
}

/// Cuts bytes of the set (whitespace by default) off the ends.
pub fn strip<'a>(d: &'a [u8], set: Option<&[u8]>, left: bool, right: bool) -> &'a [u8] {
    let drop = |c: &u8| set.map_or_else(|| is_space(*c), |s| s.contains(c));
    let mut d = d;
    while left && d.first().is_some_and(drop) {
        d = &d[1..];
    }
    while right && d.last().is_some_and(drop) {
        d = &d[..d.len() - 1];
    }
    d
}

/// Replaces `old` by `new`; `None` if nothing changes, `Err` if the result is too large.
pub fn replace(d: &[u8], old: &[u8], new: &[u8], count_: isize) -> Result<Option<Vec<u8>>, ()> {
    let limit = limit(count_);
    let n = count(d, old, (0, d.len())).min(limit);
    if n == 0 {
        return Ok(None);
    }
    let size = (d.len() - n * old.len()) as u128 + n as u128 * new.len() as u128;
    let mut out = Vec::new();
    if size > isize::MAX as u128 || out.try_reserve_exact(size as usize).is_err() {
        return Err(());
    }
    let mut at = 0;
    for _ in 0..n {
        if old.is_empty() {
            out.extend_from_slice(new);
            if at < d.len() {
                out.push(d[at]);
                at += 1;
            }
            continue;
        }
        let Some(i) = find(d, old, (at, d.len())) else { break };
        out.extend_from_slice(&d[at..i]);
        out.extend_from_slice(new);
        at = i + old.len();
    }
    out.extend_from_slice(&d[at..]);
    Ok(Some(out))
}

/// Columns up to tab stops filled with spaces; `None` if the result is too large.
pub fn expandtabs(d: &[u8], tabsize: i32) -> Option<Vec<u8>> {
    let size = usize::try_from(tabsize).unwrap_or(0);
    let mut out = Vec::with_capacity(d.len());
    let mut column = 0;
    for &c in d {
        match c {
            b'\t' if size > 0 => {
                let n = size - column % size;
                out.try_reserve(n).ok()?;
                out.resize(out.len() + n, b' ');
                column += n;
            }
            b'\t' => {}
            _ => {
                out.push(c);
                column = if c == b'\n' || c == b'\r' { 0 } else { column + 1 };
            }
        }
    }
    Some(out)
}

/// `d` padded on both sides; `None` if too large.
pub fn pad(d: &[u8], left: usize, right: usize, fill: u8) -> Option<Vec<u8>> {
    let total = left.checked_add(right)?.checked_add(d.len())?;
    let mut out = Vec::new();
    out.try_reserve_exact(total).ok()?;
    out.resize(left, fill);
    out.extend_from_slice(d);
    out.resize(total, fill);
    Some(out)
}

fn missing(d: &[u8], width: isize) -> usize {
    usize::try_from(width).unwrap_or(0).saturating_sub(d.len())
}

pub fn center(d: &[u8], width: isize, fill: u8) -> Option<Vec<u8>> {
    let n = missing(d, width);
    let left = n / 2 + (n & width.max(0) as usize & 1);
    pad(d, left, n - left, fill)
}

pub fn ljust(d: &[u8], width: isize, fill: u8) -> Option<Vec<u8>> {
    pad(d, 0, missing(d, width), fill)
}

pub fn rjust(d: &[u8], width: isize, fill: u8) -> Option<Vec<u8>> {
    pad(d, missing(d, width), 0, fill)
}

pub fn zfill(d: &[u8], width: isize) -> Option<Vec<u8>> {
    let n = missing(d, width);
    let mut out = pad(d, n, 0, b'0')?;
    if n > 0 && matches!(d.first(), Some(b'+' | b'-')) {
        out[0] = d[0];
        out[n] = b'0';
    }
    Some(out)
}

pub fn swapcase(d: &[u8]) -> Vec<u8> {
    d.iter().map(|c| if c.is_ascii_alphabetic() { c ^ 0x20 } else { *c }).collect()
}

pub fn capitalize(d: &[u8]) -> Vec<u8> {
    let mut v = d.to_ascii_lowercase();
    if let Some(c) = v.first_mut() {
        c.make_ascii_uppercase();
    }
    v
}

pub fn title(d: &[u8]) -> Vec<u8> {
    let mut after_letter = false;
    d.iter()
        .map(|c| {
            let r = if after_letter { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
            after_letter = c.is_ascii_alphabetic();
            r
        })
        .collect()
}

/// Is there a letter, and do all letters pass?
pub fn all_letters(d: &[u8], ok: fn(&u8) -> bool) -> bool {
    d.iter().any(u8::is_ascii_alphabetic) && d.iter().filter(|c| c.is_ascii_alphabetic()).all(ok)
}

pub fn is_title(d: &[u8]) -> bool {
    let (mut seen, mut after_letter) = (false, false);
    for c in d {
        if c.is_ascii_alphabetic() {
            if c.is_ascii_uppercase() == after_letter {
                return false;
            }
            (seen, after_letter) = (true, true);
        } else {
            after_letter = false;
        }
    }
    seen
}

/// Maps bytes through a table after deleting some.
pub fn translate(d: &[u8], table: Option<&[u8]>, delete: &[u8]) -> Vec<u8> {
    let mut gone = [false; 256];
    delete.iter().for_each(|c| gone[*c as usize] = true);
    d.iter().filter(|c| !gone[**c as usize]).map(|c| table.map_or(*c, |t| t[*c as usize])).collect()
}

/// Hexadecimal digits, with a separator after every `group` bytes counted from the right (from
/// the left if negative).
pub fn hex(d: &[u8], sep: Option<u8>, group: i32) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let every = group.unsigned_abs() as usize;
    let sep = sep.filter(|_| every > 0);
    let mut out = String::with_capacity(d.len() * 3);
    for (i, b) in d.iter().enumerate() {
        let before = if group < 0 { i } else { d.len() - i };
        if let (Some(sep), true) = (sep, i > 0 && before.is_multiple_of(every.max(1))) {
            out.push(sep as char);
        }
        out.push(DIGITS[(b >> 4) as usize] as char);
        out.push(DIGITS[(b & 15) as usize] as char);
    }
    out
}

/// `repr` of bytes: `b'...'`.
pub fn repr(d: &[u8]) -> String {
    repr_with(d, false)
}

/// `repr` of bytes; bytearray escapes single quotes between double ones too.
pub fn repr_with(d: &[u8], single_escaped: bool) -> String {
    let quote = if d.contains(&b'\'') && !d.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = String::with_capacity(d.len() + 3);
    out.push('b');
    out.push(quote as char);
    for &c in d {
        match c {
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\\' => out.push_str("\\\\"),
            _ if c == quote || (c == b'\'' && single_escaped) => {
                out.push('\\');
                out.push(c as char);
            }
            b' '..=b'~' => out.push(c as char),
            _ => out.push_str(&format!("\\x{c:02x}")),
        }
    }
    out.push(quote as char);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting() {
        let s = |v: Vec<&[u8]>| v.into_iter().map(|p| String::from_utf8_lossy(p).into_owned()).collect::<Vec<_>>().join("|");
        assert_eq!(s(split(b" a b  c ", None, -1)), "a|b|c");
        assert_eq!(s(split(b" a b ", None, 1)), "a|b ");
        assert_eq!(s(rsplit(b"a b c ", None, 1)), "a b|c");
        assert_eq!(s(split(b"a,b,", Some(b","), -1)), "a|b|");
        assert_eq!(s(rsplit(b"a,b,c", Some(b","), 1)), "a,b|c");
        assert_eq!(s(splitlines(b"a\nb\r\nc\x0bd\r", false)), "a|b|c\x0bd");
        assert_eq!(s(splitlines(b"a\r\n", true)), "a\r\n");
        assert_eq!(split(b"", Some(b","), -1).len(), 1);
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(hex(b"abcde", Some(b':'), 2), "61:6263:6465");
        assert_eq!(hex(b"abcde", Some(b'_'), -2), "6162_6364_65");
        assert_eq!(hex(b"abcde", Some(b':'), 0), "6162636465");
        assert_eq!(hex(b"abc", Some(b':'), 1), "61:62:63");
        assert_eq!(hex(b"ab", Some(b':'), i32::MIN), "6162");
    }

    #[test]
    fn replacing() {
        let r = |d: &[u8], a: &[u8], b: &[u8], n| replace(d, a, b, n).expect("fits").map(|v| String::from_utf8_lossy(&v).into_owned());
        assert_eq!(r(b"abc", b"b", b"xx", -1).as_deref(), Some("axxc"));
        assert_eq!(r(b"abc", b"", b"-", -1).as_deref(), Some("-a-b-c-"));
        assert_eq!(r(b"abc", b"", b"-", 2).as_deref(), Some("-a-bc"));
        assert_eq!(r(b"aaa", b"a", b"b", 2).as_deref(), Some("bba"));
        assert_eq!(r(b"abc", b"x", b"y", -1), None);
    }

    #[test]
    fn texts() {
        assert_eq!(repr(b"a'\"\x00\xff\n\\"), "b'a\\'\"\\x00\\xff\\n\\\\'");
        assert_eq!(repr(b"it's"), "b\"it's\"");
        assert_eq!(zfill(b"-1", 4).as_deref(), Some(&b"-001"[..]));
        assert_eq!(center(b"abc", 6, b'*').as_deref(), Some(&b"*abc**"[..]));
        assert_eq!(title(b"aBc dE"), b"Abc De");
        assert!(is_title(b"Aa Bb") && !is_title(b"AA") && !is_title(b"1"));
    }
}
