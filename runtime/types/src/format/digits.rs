//! Decimal text of doubles: shortest, and exact to any precision.
//!
//! All results are ASCII and carry a minus sign for negative numbers (NaN never has a sign).

use krait_object::memory;

/// The layouts of C's `printf`, and Python's `repr`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Style {
    /// `1.5e+10`.
    Exponent,
    /// `15.00`.
    Fixed,
    /// The shorter of the two, without trailing zeros.
    General,
    /// The fewest digits that read back as the same number.
    Repr,
}

/// More digits than any double has; further ones are zeros.
const MAX_DIGITS: usize = 1200;

/// How to write a double.
#[derive(Copy, Clone, Debug)]
pub struct Request {
    pub style: Style,
    pub precision: usize,
    /// Keep trailing zeros and the point (`#`).
    pub alternate: bool,
    /// Append `.0` to what looks like an integer.
    pub add_dot_0: bool,
    pub upper: bool,
}

impl Request {
    pub fn new(style: Style, precision: usize) -> Request {
        Request { style, precision, alternate: false, add_dot_0: false, upper: false }
    }
}

/// `repr(x)`.
pub fn repr(x: f64) -> String {
    let mut out = String::with_capacity(24);
    push_repr(&mut out, x, true);
    out
}

/// Appends `repr(x)`, with `.0` after integers only if asked.
pub fn push_repr(out: &mut String, x: f64, add_dot_0: bool) {
    if !x.is_finite() {
        out.push_str(special(x, false));
        return;
    }
    if x.is_sign_negative() {
        out.push('-');
    }
    if x == 0.0 {
        out.push_str(if add_dot_0 { "0.0" } else { "0" });
        return;
    }
    let mut buf = ryu::Buffer::new();
    let (digits, point) = Digits::of_ryu(buf.format_finite(x.abs()));
    if (-3..=16).contains(&point) {
        digits.push_fixed(out, point);
        if add_dot_0 && point >= digits.len as i32 {
            out.push_str(".0");
        }
    } else {
        digits.push_exponent(out, point - 1);
    }
}

/// Up to 17 digits without leading or trailing zeros.
struct Digits {
    text: [u8; 24],
    len: usize,
}

impl Digits {
    /// The digits of ryu's text, and where the point stands after them.
    fn of_ryu(s: &str) -> (Digits, i32) {
        let mut d = Digits { text: [0; 24], len: 0 };
        let (mantissa, exp) = match s.split_once('e') {
            Some((m, e)) => (m, e.parse::<i32>().unwrap_or(0)),
            None => (s, 0),
        };
        let mut point = None;
        let mut leading = 0;
        for c in mantissa.bytes() {
            if c == b'.' {
                point = Some(d.len as i32 - leading);
            } else if c == b'0' && d.len == 0 {
                // Zeros before the point do not count, those behind it move it left.
                leading += i32::from(point.is_some());
            } else {
                d.text[d.len] = c;
                d.len += 1;
            }
        }
        let point = match point {
            Some(p) => p - leading,
            None => d.len as i32,
        };
        while d.len > 1 && d.text[d.len - 1] == b'0' {
            d.len -= 1;
        }
        (d, point + exp)
    }
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.len]).unwrap_or("")
    }
    fn push_fixed(&self, out: &mut String, point: i32) {
        let s = self.as_str();
        if point <= 0 {
            out.push_str("0.");
            (point..0).for_each(|_| out.push('0'));
            out.push_str(s);
        } else if point as usize >= s.len() {
            out.push_str(s);
            (s.len()..point as usize).for_each(|_| out.push('0'));
        } else {
            out.push_str(&s[..point as usize]);
            out.push('.');
            out.push_str(&s[point as usize..]);
        }
    }
    fn push_exponent(&self, out: &mut String, exp: i32) {
        let s = self.as_str();
        out.push_str(&s[..1]);
        if s.len() > 1 {
            out.push('.');
            out.push_str(&s[1..]);
        }
        push_exp(out, exp);
    }
}

/// Appends `e+05` and the like.
fn push_exp(out: &mut String, exp: i32) {
    use std::fmt::Write;
    out.push('e');
    out.push(if exp < 0 { '-' } else { '+' });
    let _ = write!(out, "{:02}", exp.unsigned_abs());
}

fn special(x: f64, upper: bool) -> &'static str {
    match (x.is_nan(), x < 0.0, upper) {
        (true, _, false) => "nan",
        (true, _, true) => "NAN",
        (_, false, false) => "inf",
        (_, true, false) => "-inf",
        (_, false, true) => "INF",
        (_, true, true) => "-INF",
    }
}

/// Writes a double as requested.
pub fn format_double(x: f64, req: Request) -> String {
    if !x.is_finite() {
        return special(x, req.upper).to_owned();
    }
    let mut out = match req.style {
        Style::Repr => {
            let mut s = String::with_capacity(24);
            push_repr(&mut s, x, req.add_dot_0);
            s
        }
        Style::Fixed => fixed(x, req),
        Style::Exponent => exponent(x, req),
        Style::General => general(x, req),
    };
    if req.upper {
        out.make_ascii_uppercase();
    }
    out
}

fn fixed(x: f64, req: Request) -> String {
    let shown = req.precision.min(MAX_DIGITS);
    let mut s = format!("{x:.shown$}");
    push_zeros(&mut s, req.precision - shown);
    if req.precision == 0 && req.alternate {
        s.push('.');
    }
    s
}

fn push_zeros(s: &mut String, n: usize) {
    memory::push_n(s, '0', n);
}

/// Sign, digits (`precision + 1` of them, without point) and decimal exponent.
fn scientific(x: f64, precision: usize) -> (bool, String, i32) {
    let shown = precision.min(MAX_DIGITS);
    let s = format!("{:.shown$e}", x.abs());
    let (mantissa, exp) = s.split_once('e').unwrap_or((&s, "0"));
    let mut digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    push_zeros(&mut digits, precision - shown);
    (x.is_sign_negative(), digits, exp.parse().unwrap_or(0))
}

fn exponent(x: f64, req: Request) -> String {
    let (negative, digits, exp) = scientific(x, req.precision);
    let mut out = memory::text_of(digits.len() + 8);
    if negative {
        out.push('-');
    }
    out.push_str(&digits[..1]);
    if digits.len() > 1 || req.alternate {
        out.push('.');
    }
    out.push_str(&digits[1..]);
    push_exp(&mut out, exp);
    out
}

fn general(x: f64, req: Request) -> String {
    let precision = req.precision.max(1);
    let (negative, mut digits, exp) = scientific(x, precision - 1);
    let exp = if x == 0.0 { 0 } else { exp };
    if !req.alternate {
        digits.truncate(digits.trim_end_matches('0').len().max(1));
    }
    let mut out = memory::text_of(digits.len() + 8);
    if negative {
        out.push('-');
    }
    // With a point to come, the digits must leave room for one behind it.
    let limit = precision as i64 - i64::from(req.add_dot_0);
    if (-4..limit).contains(&i64::from(exp)) {
        if exp < 0 {
            out.push_str("0.");
            push_zeros(&mut out, (-exp - 1) as usize);
            out.push_str(&digits);
        } else {
            let whole = exp as usize + 1;
            if digits.len() < whole {
                let missing = whole - digits.len();
                push_zeros(&mut digits, missing);
            }
            out.push_str(&digits[..whole]);
            if digits.len() > whole || req.alternate {
                out.push('.');
                out.push_str(&digits[whole..]);
            } else if req.add_dot_0 {
                out.push_str(".0");
            }
        }
    } else {
        out.push_str(&digits[..1]);
        if digits.len() > 1 || req.alternate {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        push_exp(&mut out, exp);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected texts were printed by CPython 3.13.

    #[test]
    fn reprs() {
        for (x, s) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e22, "1e+22"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123456789012345678.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (1.5e-7, "1.5e-07"),
            (-123.456, "-123.456"),
            (9007199254740993.0, "9007199254740992.0"),
            (1e100, "1e+100"),
            (100.0, "100.0"),
            (0.00012345, "0.00012345"),
            (12345678.9, "12345678.9"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
            (2e-3, "0.002"),
            (1234567890123456.7, "1234567890123456.8"),
            (4.35, "4.35"),
            (1e23, "1e+23"),
            (9.5e-10, "9.5e-10"),
        ] {
            assert_eq!(repr(x), s);
        }
    }

    #[test]
    fn styles() {
        use Style::*;
        for (x, style, precision, s) in [
            (2.5, Fixed, 0, "2"),
            (3.5, Fixed, 0, "4"),
            (0.25, Fixed, 1, "0.2"),
            (0.35, Fixed, 1, "0.3"),
            (0.1, General, 17, "0.10000000000000001"),
            (1e10, General, 6, "1e+10"),
            (123456.0, General, 6, "123456"),
            (1234567.0, General, 6, "1.23457e+06"),
            (0.0001, General, 6, "0.0001"),
            (0.00001, General, 6, "1e-05"),
            (0.0, General, 6, "0"),
            (-0.0, General, 6, "-0"),
            (1.5, Exponent, 0, "2e+00"),
            (2.5, Exponent, 0, "2e+00"),
            (1e-320, Exponent, 3, "1.000e-320"),
            (1e300, Exponent, 2, "1.00e+300"),
            (0.0, Exponent, 2, "0.00e+00"),
            (9.9999999, General, 3, "10"),
            (999999.5, General, 6, "1e+06"),
            (0.5, Fixed, 0, "0"),
            (1.5, Fixed, 0, "2"),
            (1e22, Fixed, 1, "10000000000000000000000.0"),
            (5e-324, Fixed, 5, "0.00000"),
            (100.0, General, 0, "1e+02"),
        ] {
            assert_eq!(format_double(x, Request::new(style, precision)), s, "{x} {style:?} {precision}");
        }
        assert_eq!(format_double(1.0, Request::new(Fixed, 70_000)).len(), 70_002);
        assert_eq!(format_double(1.0, Request { alternate: true, ..Request::new(General, 4) }), "1.000");
        assert_eq!(format_double(1.0, Request { alternate: true, ..Request::new(Fixed, 0) }), "1.");
        let dotted = |p| Request { add_dot_0: true, ..Request::new(General, p) };
        assert_eq!(format_double(1.0, dotted(4)), "1.0");
        assert_eq!(format_double(941.0, dotted(3)), "9.41e+02");
        assert_eq!(format_double(941.0, dotted(4)), "941.0");
        assert_eq!(format_double(f64::NEG_INFINITY, Request { upper: true, ..Request::new(General, 4) }), "-INF");
    }
}
