//! `float.hex` and `float.fromhex`.

use crate::int::compose;

/// Why a text is no hexadecimal float.
#[derive(Debug, PartialEq, Eq)]
pub enum HexError {
    Malformed,
    TooLarge,
}

/// `x.hex()`.
pub fn to_hex(x: f64) -> String {
    if !x.is_finite() {
        return crate::format::digits::repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.to_bits();
    let (biased, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let (lead, exp) = if biased == 0 { (0, -1022) } else { (1, biased - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{exp:+}")
}

/// Reads a hexadecimal float; surrounding space is allowed.
pub fn from_hex(text: &[u8]) -> Result<f64, HexError> {
    let mut s = crate::int::trim(text);
    let mut negative = false;
    if let [c @ (b'+' | b'-'), rest @ ..] = s {
        negative = *c == b'-';
        s = rest;
    }
    let lower = s.to_ascii_lowercase();
    let magnitude = match lower.as_slice() {
        b"inf" | b"infinity" => f64::INFINITY,
        b"nan" => f64::NAN,
        t => finite(t)?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

/// A number of lower-case text without sign.
fn finite(t: &[u8]) -> Result<f64, HexError> {
    let t = t.strip_prefix(b"0x").unwrap_or(t);
    let (mantissa, exp) = match t.iter().position(|c| *c == b'p') {
        Some(i) => (&t[..i], exponent(&t[i + 1..])?),
        None => (t, 0),
    };
    let mut m: u128 = 0;
    // Power of two of the mantissa's last digit, and digits dropped for want of room.
    let (mut shift, mut digits, mut point) = (0i64, 0usize, false);
    for &c in mantissa {
        if c == b'.' && !point {
            point = true;
            continue;
        }
        let d = (c as char).to_digit(16).ok_or(HexError::Malformed)?;
        digits += 1;
        if m >> 120 == 0 {
            m = m << 4 | u128::from(d);
            shift -= 4 * i64::from(point);
        } else {
            m |= u128::from(d != 0);
            shift += 4 * i64::from(!point);
        }
    }
    if digits == 0 {
        return Err(HexError::Malformed);
    }
    if m == 0 {
        return Ok(0.0);
    }
    let f = compose(m, shift.saturating_add(exp));
    if f.is_infinite() { Err(HexError::TooLarge) } else { Ok(f) }
}

/// The decimal exponent, saturating far beyond the range of doubles.
fn exponent(s: &[u8]) -> Result<i64, HexError> {
    let (negative, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(HexError::Malformed);
    }
    let e = digits.iter().fold(0i64, |e, d| e.saturating_mul(10).saturating_add(i64::from(d - b'0'))).min(1 << 60);
    Ok(if negative { -e } else { e })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing() {
        for (x, s) in [
            (1.5, "0x1.8000000000000p+0"),
            (-0.1, "-0x1.999999999999ap-4"),
            (5e-324, "0x0.0000000000001p-1022"),
            (0.0, "0x0.0p+0"),
            (f64::INFINITY, "inf"),
            (f64::MAX, "0x1.fffffffffffffp+1023"),
        ] {
            assert_eq!(to_hex(x), s);
            assert_eq!(from_hex(s.as_bytes()), Ok(x));
        }
    }

    #[test]
    fn reading() {
        for (s, x) in [
            ("0x1.8p1", 3.0),
            (" 1P2 ", 4.0),
            ("0x.8", 0.5),
            ("8.", 8.0),
            ("-0x0p99999999999999999999", -0.0),
            ("0x1p-1075", 0.0),
            ("0x1.00001p-1075", 5e-324),
            ("0x1.fffffffffffff7p1023", f64::MAX),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.000000000000080000000000000000000000000001p0", 1.0000000000000002),
            ("ffffffffffffffffffffffffffffffffffffffp-152", 1.0),
        ] {
            assert_eq!(from_hex(s.as_bytes()), Ok(x), "{s}");
        }
        for bad in ["", "0x", ".", "0x.p1", "0x1p", "1p+", "1..0", "g", "0x1 p1", "x1"] {
            assert_eq!(from_hex(bad.as_bytes()), Err(HexError::Malformed), "{bad}");
        }
        assert_eq!(from_hex(b"1p5000"), Err(HexError::TooLarge));
        assert_eq!(from_hex(b"0x1.fffffffffffff8p1023"), Err(HexError::TooLarge));
    }
}
