//! Format specifications.

use super::context::{Ctx, MAX_PREC};
use super::decimal::Dec;
use super::limbs::NoMemory;
use super::quantize::rescale;
use super::round::goes_up;
use super::text::push_special;

/// A parsed format specification.
pub struct Spec {
    pub fill: char,
    /// `<`, `>`, `^`, `=`, or `z` for zero padding.
    pub align: u8,
    /// `-`, `+` or a space.
    pub sign: u8,
    pub width: i64,
    pub precision: Option<i64>,
    /// `e`, `f`, `g` or `%`.
    pub kind: u8,
    pub upper: bool,
    pub point: String,
    pub separator: String,
    /// Sizes of digit groups from the right; the last repeats, 127 ends grouping.
    pub grouping: Vec<u8>,
    /// The locale's conventions are asked for.
    pub locale: bool,
}

/// Why a number cannot be formatted.
pub enum FormatError {
    Limits,
    NoMemory,
}

/// Parses a specification; `None` if it is none of this form.
pub fn parse_spec(text: &str, capitals: bool) -> Option<Spec> {
    let mut spec = Spec {
        fill: ' ',
        align: b'>',
        sign: b'-',
        width: 0,
        precision: None,
        kind: b'g',
        upper: capitals,
        point: String::new(),
        separator: String::new(),
        grouping: Vec::new(),
        locale: false,
    };
    let is_align = |c: Option<char>| c.filter(|c| matches!(c, '<' | '>' | '=' | '^')).map(|c| c as u8);
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    let mut rest = text.as_bytes();
    let mut aligned = false;
    if let (Some(fill), Some(align)) = (first, is_align(second)) {
        (spec.fill, spec.align, aligned) = (fill, align, true);
        rest = &rest[fill.len_utf8() + 1..];
    } else if let Some(align) = is_align(first) {
        (spec.align, aligned) = (align, true);
        rest = &rest[1..];
    }
    if let [c @ (b'+' | b'-' | b' '), after @ ..] = rest {
        spec.sign = *c;
        rest = after;
    }
    if let [b'0', after @ ..] = rest {
        if aligned {
            return None;
        }
        (spec.align, spec.fill) = (b'z', '0');
        rest = after;
    }
    if let [b'0'..=b'9', ..] = rest {
        if rest[0] == b'0' {
            return None;
        }
        (spec.width, rest) = integer(rest)?;
    }
    if let [b',', after @ ..] = rest {
        spec.point = ".".into();
        spec.separator = ",".into();
        spec.grouping = vec![3, 3];
        rest = after;
    }
    if let [b'.', after @ ..] = rest {
        if !after.first()?.is_ascii_digit() {
            return None;
        }
        let (n, after) = integer(after)?;
        spec.precision = Some(n);
        rest = after;
    }
    if let [c, after @ ..] = rest {
        match c.to_ascii_lowercase() {
            b'e' | b'f' | b'g' | b'%' => spec.kind = c.to_ascii_lowercase(),
            b'n' if spec.separator.is_empty() => spec.locale = true,
            _ => return None,
        }
        spec.upper = c.is_ascii_uppercase();
        rest = after;
    }
    rest.is_empty().then_some(spec)
}

/// A number and what follows it.
fn integer(text: &[u8]) -> Option<(i64, &[u8])> {
    let n = text.iter().take_while(|c| c.is_ascii_digit()).count();
    let value = text[..n].iter().try_fold(0i64, |x, c| x.checked_mul(10)?.checked_add(i64::from(c - b'0')))?;
    Some((value, &text[n..]))
}

/// Rounds to `prec` digits.
fn round_to(d: &Dec, prec: i64, ctx: &Ctx) -> Dec {
    let shift = d.digits() - prec;
    if shift <= 0 {
        return d.clone();
    }
    let (c, tail) = d.coeff.shift_right(shift);
    let up = goes_up(ctx.round, d.neg, &c, tail);
    let c = if up { c.increment() } else { c };
    if c.digits() > prec {
        return Dec::finite(d.neg, c.shift_right(1).0, d.exp + shift + 1);
    }
    Dec::finite(d.neg, c, d.exp + shift)
}

/// The number as the specification says.
pub fn format(d: &Dec, spec: &Spec, ctx: &Ctx) -> Result<String, FormatError> {
    if spec.width > MAX_PREC || spec.precision.is_some_and(|p| p > MAX_PREC) {
        return Err(FormatError::Limits);
    }
    if !d.is_finite() {
        let mut body = Vec::new();
        push_special(&mut body, d);
        if spec.kind == b'%' {
            body.push(b'%');
        }
        return pad(spec, sign_text(d.neg, spec), &super::text::into_string(body), true);
    }
    let mut d = d.clone();
    if spec.kind == b'%' {
        d.exp += 2;
    }
    let was_zero = d.coeff.is_zero();
    if let Some(p) = spec.precision {
        match spec.kind {
            b'g' => d = round_to(&d, p.max(1), ctx),
            b'e' if !was_zero => d = extend(round_to(&d, p + 1, ctx), p + 1)?,
            b'e' => {}
            _ => d = checked_rescale(&d, -p, ctx)?,
        }
    }
    let fixed = matches!(spec.kind, b'f' | b'%');
    if fixed && d.coeff.is_zero() && d.exp > 0 {
        d.exp = 0;
    }
    let mut digits = Vec::new();
    d.coeff.push_ascii(&mut digits);
    let left = d.exp + digits.len() as i64;
    let point = match spec.kind {
        b'e' if was_zero => spec.precision.map_or(1, |p| 1 - p),
        b'e' => 1,
        b'g' if d.exp <= 0 && left > -6 => left,
        b'g' => 1,
        _ => left,
    };
    let (whole, fraction) = place_point(&digits, point)?;
    let mut tail = Vec::new();
    if left != point || spec.kind == b'e' {
        let e = left - point;
        tail.push(if spec.upper { b'E' } else { b'e' });
        tail.push(if e < 0 { b'-' } else { b'+' });
        super::limbs::push_word(&mut tail, e.unsigned_abs());
    }
    if spec.kind == b'%' {
        tail.push(b'%');
    }
    let mut end = String::new();
    if !fraction.is_empty() {
        end.push_str(if spec.point.is_empty() { "." } else { &spec.point });
        end.push_str(&fraction);
    }
    end.push_str(&super::text::into_string(tail));
    let sign = sign_text(d.neg, spec);
    let whole = group(&whole, spec, sign.len() + end.chars().count());
    pad(spec, sign, &(whole + &end), false)
}

/// Exactly `digits` digits, with zeros appended.
fn extend(d: Dec, digits: i64) -> Result<Dec, FormatError> {
    let missing = digits - d.digits();
    if missing <= 0 {
        return Ok(d);
    }
    match d.coeff.shift_left(missing) {
        Ok(c) => Ok(Dec::finite(d.neg, c, d.exp - missing)),
        Err(NoMemory) => Err(FormatError::NoMemory),
    }
}

fn checked_rescale(d: &Dec, exp: i64, ctx: &Ctx) -> Result<Dec, FormatError> {
    let mut st = 0;
    let r = rescale(d, exp, ctx, &mut st);
    if st & super::context::MALLOC_ERROR != 0 {
        return Err(FormatError::NoMemory);
    }
    if r.is_nan() { Err(FormatError::Limits) } else { Ok(r) }
}

/// Digits before and behind a point after the first `point` digits.
fn place_point(digits: &[u8], point: i64) -> Result<(String, String), FormatError> {
    let text = |v: &[u8]| String::from_utf8_lossy(v).into_owned();
    let zeros = |n: i64| -> Result<String, FormatError> {
        let n = usize::try_from(n).map_err(|_| FormatError::NoMemory)?;
        let mut s = String::new();
        s.try_reserve_exact(n + digits.len()).map_err(|_| FormatError::NoMemory)?;
        s.extend(std::iter::repeat_n('0', n));
        Ok(s)
    };
    Ok(if point <= 0 {
        ("0".into(), zeros(-point)? + &text(digits))
    } else if point as usize >= digits.len() {
        (text(digits) + &zeros(point - digits.len() as i64)?, String::new())
    } else {
        (text(&digits[..point as usize]), text(&digits[point as usize..]))
    })
}

fn sign_text(neg: bool, spec: &Spec) -> &'static str {
    match (neg, spec.sign) {
        (true, _) => "-",
        (false, b'+') => "+",
        (false, b' ') => " ",
        _ => "",
    }
}

/// Separates groups of digits; zero padding is grouped, too.
fn group(whole: &str, spec: &Spec, others: usize) -> String {
    if spec.separator.is_empty() || spec.grouping.is_empty() {
        return whole.to_owned();
    }
    let sep: Vec<char> = spec.separator.chars().rev().collect();
    let min = if spec.align == b'z' { (spec.width as usize).saturating_sub(others) } else { 0 };
    let mut out: Vec<char> = Vec::new();
    let mut sizes = spec.grouping.iter();
    let mut size = sizes.next().copied().unwrap_or(127);
    let mut in_group = 0;
    let mut digits = whole.chars().rev();
    loop {
        let digit = match digits.next() {
            Some(c) => c,
            None if out.len() < min => '0',
            None => break,
        };
        if size < 127 && size > 0 && in_group == size {
            out.extend(&sep);
            in_group = 0;
            size = sizes.next().copied().filter(|s| *s > 0).unwrap_or(size);
        }
        out.push(digit);
        in_group += 1;
    }
    out.iter().rev().collect()
}

/// Pads to the width.
fn pad(spec: &Spec, sign: &str, body: &str, special: bool) -> Result<String, FormatError> {
    let len = sign.len() + body.chars().count();
    let missing = (spec.width as usize).saturating_sub(len);
    if missing == 0 {
        return Ok(format!("{sign}{body}"));
    }
    let (fill, align) = if special && spec.align == b'z' { (' ', b'>') } else { (spec.fill, spec.align) };
    let (left, middle) = match align {
        b'<' => (0, 0),
        b'^' => (missing / 2, 0),
        b'>' => (missing, 0),
        _ => (0, missing),
    };
    let mut out = String::new();
    out.try_reserve_exact(sign.len() + body.len() + missing * fill.len_utf8()).map_err(|_| FormatError::NoMemory)?;
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(sign);
    out.extend(std::iter::repeat_n(fill, middle));
    out.push_str(body);
    out.extend(std::iter::repeat_n(fill, missing - left - middle));
    Ok(out)
}
