//! Numbers as text: scientific and engineering notation.

use super::decimal::{Dec, Kind};

/// Scientific notation.
pub fn to_sci(d: &Dec, capitals: bool) -> String {
    to_text(d, capitals, false)
}

/// Engineering notation: exponents are multiples of three.
pub fn to_eng(d: &Dec, capitals: bool) -> String {
    to_text(d, capitals, true)
}

fn to_text(d: &Dec, capitals: bool, eng: bool) -> String {
    let mut out = Vec::with_capacity(48);
    if d.neg {
        out.push(b'-');
    }
    if !d.is_finite() {
        push_special(&mut out, d);
        return into_string(out);
    }
    if d.exp == 0 {
        d.coeff.push_ascii(&mut out);
        return into_string(out);
    }
    let mut digits = Vec::with_capacity(40);
    d.coeff.push_ascii(&mut digits);
    let left = d.exp + digits.len() as i64;
    let point = if d.exp <= 0 && left > -6 {
        left
    } else if !eng {
        1
    } else if d.coeff.is_zero() {
        (left + 1).rem_euclid(3) - 1
    } else {
        (left - 1).rem_euclid(3) + 1
    };
    push_point(&mut out, &digits, point);
    push_exponent(&mut out, left - point, capitals);
    into_string(out)
}

/// The name of an infinity or NaN, with the payload.
pub fn push_special(out: &mut Vec<u8>, d: &Dec) {
    match d.kind {
        Kind::Infinite => out.extend_from_slice(b"Infinity"),
        Kind::QuietNan => out.extend_from_slice(b"NaN"),
        _ => out.extend_from_slice(b"sNaN"),
    }
    if !d.coeff.is_zero() {
        d.coeff.push_ascii(out);
    }
}

/// Digits with a point after the first `point` of them.
fn push_point(out: &mut Vec<u8>, digits: &[u8], point: i64) {
    if point <= 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-point) as usize, b'0');
        out.extend_from_slice(digits);
    } else if point as usize >= digits.len() {
        out.extend_from_slice(digits);
        out.resize(out.len() + point as usize - digits.len(), b'0');
    } else {
        out.extend_from_slice(&digits[..point as usize]);
        out.push(b'.');
        out.extend_from_slice(&digits[point as usize..]);
    }
}

/// `E+7`; nothing for zero.
pub fn push_exponent(out: &mut Vec<u8>, e: i64, capitals: bool) {
    if e != 0 {
        out.push(if capitals { b'E' } else { b'e' });
        out.push(if e < 0 { b'-' } else { b'+' });
        super::limbs::push_word(out, e.unsigned_abs());
    }
}

pub fn into_string(ascii: Vec<u8>) -> String {
    match String::from_utf8(ascii) {
        Ok(s) => s,
        Err(_) => unreachable!("only ASCII is written"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::Ctx;
    use super::super::parse::parse;
    use super::*;

    fn both(text: &str) -> (String, String) {
        let d = parse(text.as_bytes(), &Ctx::MAX, &mut 0);
        (to_sci(&d, true), to_eng(&d, true))
    }

    #[test]
    fn notations() {
        for (text, sci, eng) in [
            ("123", "123", "123"),
            ("-1.50", "-1.50", "-1.50"),
            ("123e1", "1.23E+3", "1.23E+3"),
            ("1e-7", "1E-7", "100E-9"),
            ("0e5", "0E+5", "0.0E+6"),
            ("0.00001", "0.00001", "0.00001"),
            ("7e10", "7E+10", "70E+9"),
            ("snan012", "sNaN12", "sNaN12"),
            ("-inf", "-Infinity", "-Infinity"),
            (
                "12345678901234567890123456789012345678901234567890.5",
                "12345678901234567890123456789012345678901234567890.5",
                "12345678901234567890123456789012345678901234567890.5",
            ),
        ] {
            assert_eq!(both(text), (sci.to_owned(), eng.to_owned()), "{text}");
        }
    }
}
