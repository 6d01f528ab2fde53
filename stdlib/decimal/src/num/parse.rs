//! Numbers from ASCII text.

use super::coeff::Coeff;
use super::context::{CONVERSION_SYNTAX, Ctx, MAX_PREC, Status};
use super::decimal::{Dec, Kind};

/// What larger exponents are taken for.
const EXP_LIMIT: i64 = 2_000_000_000_000_000_001;

/// The number written in `text`, rounded to the context.
pub fn parse(text: &[u8], ctx: &Ctx, st: &mut Status) -> Dec {
    match scan(text, ctx) {
        Some(d) => d.finalize(ctx, st),
        None => Ctx::invalid(st, CONVERSION_SYNTAX),
    }
}

fn scan(text: &[u8], ctx: &Ctx) -> Option<Dec> {
    let (neg, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    match body.first()? {
        b'0'..=b'9' | b'.' => number(neg, body),
        b'i' | b'I' => (body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity")).then(|| Dec::inf(neg)),
        _ => nan(neg, body, ctx),
    }
}

fn number(neg: bool, body: &[u8]) -> Option<Dec> {
    let whole = body.iter().take_while(|c| c.is_ascii_digit()).count();
    let mut rest = &body[whole..];
    let mut fraction: &[u8] = &[];
    if let [b'.', after @ ..] = rest {
        let n = after.iter().take_while(|c| c.is_ascii_digit()).count();
        fraction = &after[..n];
        rest = &after[n..];
    }
    if whole + fraction.len() == 0 || (whole + fraction.len()) as i64 > MAX_PREC {
        return None;
    }
    let exp = match rest {
        [] => 0,
        [b'e' | b'E', digits @ ..] => exponent(digits)?,
        _ => return None,
    };
    let exp = exp.saturating_sub(fraction.len() as i64).clamp(-4 * EXP_LIMIT, EXP_LIMIT);
    let whole = &body[..whole];
    let coeff = if fraction.is_empty() {
        digits(whole)
    } else if whole.len() + fraction.len() <= 19 {
        Coeff::from_u64(fraction.iter().fold(word(whole), |x, c| x * 10 + u64::from(c - b'0')))
    } else {
        digits(&[whole, fraction].concat())
    };
    Some(Dec::finite(neg, coeff, exp))
}

fn word(text: &[u8]) -> u64 {
    text.iter().fold(0, |x, c| x * 10 + u64::from(c - b'0'))
}

fn digits(text: &[u8]) -> Coeff {
    Coeff::from_ascii(text)
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (neg, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let e = digits.iter().fold(0i64, |x, c| x.saturating_mul(10).saturating_add(i64::from(c - b'0')));
    Some(if neg { -e } else { e })
}

fn nan(neg: bool, body: &[u8], ctx: &Ctx) -> Option<Dec> {
    let (kind, rest) = match body {
        [b's' | b'S', rest @ ..] => (Kind::SignalingNan, rest),
        _ => (Kind::QuietNan, body),
    };
    let (name, payload) = rest.split_at_checked(3)?;
    if !name.eq_ignore_ascii_case(b"nan") || !payload.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let start = payload.iter().position(|c| *c != b'0').unwrap_or(payload.len());
    let payload = &payload[start..];
    if payload.len() as i64 > ctx.prec - ctx.clamp as i64 {
        return None;
    }
    Some(Dec { neg, kind, exp: 0, coeff: digits(payload) })
}
