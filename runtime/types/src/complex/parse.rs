//! Reading complex numbers from text.

use crate::float::parse_float;
use crate::int::trim;

/// Length of the longest float at the start of `s`, underscores included; 0 if there is none.
fn float_len(s: &[u8]) -> usize {
    let sign = usize::from(matches!(s.first(), Some(b'+' | b'-')));
    let body = &s[sign..];
    let lower = body.iter().take(8).map(u8::to_ascii_lowercase).collect::<Vec<u8>>();
    for word in [&b"infinity"[..], b"inf", b"nan"] {
        if lower.starts_with(word) {
            return sign + word.len();
        }
    }
    let digits = |from: usize| body[from..].iter().take_while(|c| c.is_ascii_digit() || **c == b'_').count();
    let whole = digits(0);
    let mut n = whole;
    let mut any = whole > 0;
    if body.get(n) == Some(&b'.') {
        let frac = digits(n + 1);
        any |= frac > 0;
        n += 1 + frac;
    }
    if !any {
        return 0;
    }
    if matches!(body.get(n), Some(b'e' | b'E')) {
        let exp_sign = usize::from(matches!(body.get(n + 1), Some(b'+' | b'-')));
        let exp = digits(n + 1 + exp_sign);
        if exp > 0 {
            n += 1 + exp_sign + exp;
        }
    }
    sign + n
}

/// Real and imaginary part of a complex literal, in parentheses or not.
pub fn parse_complex(text: &[u8]) -> Option<(f64, f64)> {
    let mut s = trim(text);
    if let [b'(', rest @ ..] = s {
        s = trim(rest.strip_suffix(b")")?);
    }
    let is_j = |c: Option<&u8>| matches!(c, Some(b'j' | b'J'));
    // Without digits, "j" alone may have a sign.
    let unit = |s: &[u8]| match s {
        [b'+', ..] => (1.0, 1),
        [b'-', ..] => (-1.0, 1),
        _ => (1.0, 0),
    };
    let n = float_len(s);
    if n == 0 {
        let (im, skip) = unit(s);
        return (is_j(s.get(skip)) && s.len() == skip + 1).then_some((0.0, im));
    }
    let first = parse_float(&s[..n])?;
    let rest = &s[n..];
    match rest {
        [] => return Some((first, 0.0)),
        [b'j' | b'J'] => return Some((0.0, first)),
        [b'+' | b'-', ..] => {}
        _ => return None,
    }
    let m = float_len(rest);
    if m == 0 {
        let (im, skip) = unit(rest);
        return (is_j(rest.get(skip)) && rest.len() == skip + 1).then_some((first, im));
    }
    let im = parse_float(&rest[..m])?;
    (is_j(rest.get(m)) && rest.len() == m + 1).then_some((first, im))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (s, v) in [
            ("1+2j", (1.0, 2.0)),
            ("j", (0.0, 1.0)),
            ("-J", (0.0, -1.0)),
            ("1e5j", (0.0, 1e5)),
            ("(1-2j)", (1.0, -2.0)),
            (" ( 1 ) ", (1.0, 0.0)),
            ("1_0+2_0j", (10.0, 20.0)),
            ("1-j", (1.0, -1.0)),
            ("infj", (0.0, f64::INFINITY)),
            ("1e-3-4E2j", (1e-3, -400.0)),
            (".5", (0.5, 0.0)),
            ("1.j", (0.0, 1.0)),
        ] {
            assert_eq!(parse_complex(s.as_bytes()), Some(v), "{s}");
        }
        for bad in ["", "1 + 2j", "1+2", "(1", "1)", "()", "1jj", "1+2jx", "e5", "1__0", "j1", "+-j", "1+-2j", "1e+j", "1j+2"] {
            assert_eq!(parse_complex(bad.as_bytes()), None, "{bad}");
        }
    }
}
