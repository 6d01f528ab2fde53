//! Reading integers from text, as `int()` does.

use dashu_int::IBig;
use krait_object::error::{PyResult, Raised};
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::str::PyStr;
use krait_object::value::Value;
use krait_object::vm::Vm;

use crate::unicode;

/// Why a text is no integer.
#[derive(Debug, PartialEq, Eq)]
pub enum ParseError {
    Malformed,
    /// More digits than the limit allows.
    TooLong(usize),
}

/// A text that may hold a number, with Unicode digits and spaces made ASCII. At any other
/// character outside ASCII it ends with one that no number contains.
pub fn ascii_number(s: &PyStr) -> std::borrow::Cow<'_, [u8]> {
    if let Some(t) = s.as_ascii() {
        return t.as_bytes().into();
    }
    let mut out = Vec::with_capacity(s.len());
    for c in s.chars() {
        match c {
            0..=0x7f => out.push(c as u8),
            _ if unicode::is_space(c) => out.push(b' '),
            _ => match unicode::decimal_value(c) {
                Some(d) => out.push(b'0' + d),
                None => {
                    out.push(b'?');
                    break;
                }
            },
        }
    }
    out.into()
}

/// Cuts the whitespace that `int()` and `float()` allow around a number.
pub fn trim(mut s: &[u8]) -> &[u8] {
    let space = |c: &u8| matches!(c, 9..=13 | 28..=32);
    while let [first, rest @ ..] = s
        && space(first)
    {
        s = rest;
    }
    while let [rest @ .., last] = s
        && space(last)
    {
        s = rest;
    }
    s
}

/// Parses a literal in the given base (0: by prefix). `limit` bounds the digits of bases that are
/// no power of two; 0 is no bound.
pub fn parse_int(text: &[u8], base: u32, limit: usize) -> Result<IBig, ParseError> {
    let mut s = trim(text);
    let negative = match s {
        [b'-', rest @ ..] => {
            s = rest;
            true
        }
        [b'+', rest @ ..] => {
            s = rest;
            false
        }
        _ => false,
    };
    let (mut radix, mut strict_zero) = (base, false);
    let prefixed = match s {
        [b'0', c, ..] => match c | 0x20 {
            b'x' => 16,
            b'o' => 8,
            b'b' => 2,
            _ => 0,
        },
        _ => 0,
    };
    if base == 0 {
        radix = if prefixed != 0 { prefixed } else { 10 };
        strict_zero = prefixed == 0 && s.first() == Some(&b'0');
    }
    if prefixed == radix {
        s = &s[2..];
        if let [b'_', rest @ ..] = s {
            s = rest;
        }
    }
    let digits = plain_digits(s, radix)?;
    if strict_zero && digits.iter().any(|d| *d != b'0') {
        return Err(ParseError::Malformed);
    }
    if limit > 0 && digits.len() > limit && !radix.is_power_of_two() {
        return Err(ParseError::TooLong(digits.len()));
    }
    let value = match small(&digits, radix) {
        Some(v) => IBig::from(v),
        None => {
            let text = std::str::from_utf8(&digits).map_err(|_| ParseError::Malformed)?;
            IBig::from_str_radix(text, radix).map_err(|_| ParseError::Malformed)?
        }
    };
    Ok(if negative { -value } else { value })
}

/// Checks the digits and takes single underscores between them out.
fn plain_digits(s: &[u8], radix: u32) -> Result<std::borrow::Cow<'_, [u8]>, ParseError> {
    let (mut last_digit, mut underscores) = (false, false);
    for &c in s {
        if c == b'_' {
            if !last_digit {
                return Err(ParseError::Malformed);
            }
            (last_digit, underscores) = (false, true);
        } else if (c as char).is_digit(radix) {
            last_digit = true;
        } else {
            return Err(ParseError::Malformed);
        }
    }
    if !last_digit {
        return Err(ParseError::Malformed);
    }
    Ok(if underscores { s.iter().copied().filter(|c| *c != b'_').collect::<Vec<u8>>().into() } else { s.into() })
}

/// The value of few enough digits.
fn small(digits: &[u8], radix: u32) -> Option<i64> {
    if digits.len() > 12 && !(radix == 10 && digits.len() <= 18) {
        return None;
    }
    digits.iter().try_fold(0i64, |acc, d| acc.checked_mul(radix.into())?.checked_add((*d as char).to_digit(radix)?.into()))
}

/// `int(text, base)` for the characters of `source`, which errors quote.
pub fn int_from_text(vm: &Vm, text: &[u8], base: u32, source: Ref<'_>) -> PyResult<Obj> {
    if base == 10 && text.len() <= 18 && !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        let v = text.iter().fold(0i64, |acc, d| acc * 10 + i64::from(d - b'0'));
        // SAFETY: immediates own nothing; 18 digits fit.
        return Ok(unsafe { Obj::from_value(Value::int_fitting(v)) });
    }
    match parse_int(text, base, vm.interp.int_max_str_digits.get()) {
        Ok(v) => Ok(vm.int_big(v)),
        Err(ParseError::TooLong(n)) => Err(digit_limit(vm, Some(n))),
        Err(ParseError::Malformed) => Err(invalid_literal(vm, base, source)),
    }
}

/// `int(s, base)` for a str.
pub fn int_from_str(vm: &Vm, s: &PyStr, base: u32) -> PyResult<Obj> {
    int_from_text(vm, &ascii_number(s), base, s.r())
}

#[cold]
fn invalid_literal(vm: &Vm, base: u32, source: Ref<'_>) -> Raised {
    match vm.repr(source) {
        Ok(r) => {
            let shown: String = r.to_string_lossy().chars().take(200).collect();
            vm.value_error(format!("invalid literal for int() with base {base}: {shown}"))
        }
        Err(e) => e,
    }
}

/// The error for conversions beyond `sys.set_int_max_str_digits`; `n` digits are known when
/// parsing.
#[cold]
pub fn digit_limit(vm: &Vm, n: Option<usize>) -> Raised {
    let max = vm.interp.int_max_str_digits.get();
    let value = n.map(|n| format!(": value has {n} digits")).unwrap_or_default();
    vm.value_error(format!(
        "Exceeds the limit ({max} digits) for integer string conversion{value}; use sys.set_int_max_str_digits() to increase the limit"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(s: &str, base: u32) -> Option<i64> {
        parse_int(s.as_bytes(), base, 4300).ok().and_then(|v| i64::try_from(v).ok())
    }

    #[test]
    fn literals() {
        assert_eq!(int(" -12 ", 10), Some(-12));
        assert_eq!(int("1_000", 10), Some(1000));
        assert_eq!(int("0x_ff", 16), Some(255));
        assert_eq!(int("0x_ff", 0), Some(255));
        assert_eq!(int("0B101", 0), Some(5));
        assert_eq!(int("0b1", 16), Some(0xb1));
        assert_eq!(int("00", 0), Some(0));
        assert_eq!(int("0_0", 0), Some(0));
        assert_eq!(int("zZ", 36), Some(35 * 37));
        assert_eq!(int("123456789012345678", 10), Some(123456789012345678));
        assert_eq!(int("-9223372036854775808", 10), Some(i64::MIN));
        for (bad, base) in [
            ("", 10),
            ("_1", 10),
            ("1_", 10),
            ("1__0", 10),
            ("012", 0),
            ("0x", 16),
            ("0x", 0),
            ("- 1", 10),
            ("1 2", 10),
            ("+-1", 10),
            ("9", 8),
            ("0o8", 0),
            ("1\0", 10),
            ("0x1", 10),
            ("0x__1", 0),
            ("0_7", 0),
        ] {
            assert_eq!(int(bad, base), None, "{bad} {base}");
        }
    }

    #[test]
    fn limits() {
        let long = "1".repeat(5000);
        assert_eq!(parse_int(long.as_bytes(), 10, 4300), Err(ParseError::TooLong(5000)));
        assert!(parse_int(long.as_bytes(), 10, 0).is_ok());
        assert!(parse_int(long.as_bytes(), 16, 4300).is_ok());
    }
}
