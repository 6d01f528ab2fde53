//! Decimals from Python objects: exactly, or rounded to a context.

use krait_object::prelude::*;
use krait_stdlib_core::util::instance;
use krait_types::unicode::{decimal_value, is_space};

use super::context::PyDecContext;
use super::decimal::PyDecimal;
use super::operand::{from_float, from_int, unsupported};
use crate::num::context::{CLAMPED, CONVERSION_SYNTAX, Ctx, ERRORS, FLOAT_OPERATION, INEXACT, INVALID_OPERATION, ROUNDED, Status};
use crate::num::decimal::{Dec, Kind};
use crate::num::parse::parse;

/// `Decimal(value)` of class `cls`.
pub fn exact(vm: &Vm, cls: &PyType, value: Ref<'_>, c: &PyDecContext) -> PyResult<Obj> {
    if let Some(d) = value.downcast::<PyDecimal>(vm) {
        if std::ptr::eq(cls, PyDecimal::type_of(vm)) && value.is_exact::<PyDecimal>(vm) {
            return Ok(value.to_obj());
        }
        return of_class(vm, cls, d.dec.clone());
    }
    let dec = if let Some(s) = value.downcast::<PyStr>(vm) {
        exact_text(vm, &ascii(s, true), c)?
    } else if let Some(i) = value.as_int(vm) {
        from_int(i)
    } else if let Some(items) = sequence(vm, value) {
        exact_text(vm, &tuple_text(vm, &items)?, c)?
    } else if let Some(f) = value.as_float(vm) {
        c.signal(vm, FLOAT_OPERATION)?;
        from_float(f)
    } else {
        return Err(unsupported(vm, value));
    };
    of_class(vm, cls, dec)
}

/// `context.create_decimal(value)`.
pub fn rounded(vm: &Vm, value: Ref<'_>, c: &PyDecContext) -> PyResult<Dec> {
    let ctx = c.ctx.get();
    let mut st = 0;
    let dec = if let Some(d) = value.downcast::<PyDecimal>(vm) {
        if d.dec.is_nan() && !d.dec.coeff.is_zero() && d.dec.digits() > ctx.prec - ctx.clamp as i64 {
            // Payloads are cut in operations, but not here.
            Ctx::invalid(&mut st, CONVERSION_SYNTAX)
        } else {
            d.dec.clone().finalize(&ctx, &mut st)
        }
    } else if let Some(s) = value.downcast::<PyStr>(vm) {
        parse(&ascii(s, false), &ctx, &mut st)
    } else if let Some(i) = value.as_int(vm) {
        from_int(i).finalize(&ctx, &mut st)
    } else if let Some(items) = sequence(vm, value) {
        parse(&tuple_text(vm, &items)?, &ctx, &mut st)
    } else if let Some(f) = value.as_float(vm) {
        c.signal(vm, FLOAT_OPERATION)?;
        from_float(f).finalize(&ctx, &mut st)
    } else {
        return Err(unsupported(vm, value));
    };
    c.signal(vm, st)?;
    Ok(dec)
}

/// An int or float as a number, for the constructors that take nothing else.
pub fn int_or_float(vm: &Vm, value: Ref<'_>) -> Option<Dec> {
    value.as_int(vm).map(from_int).or_else(|| value.as_float(vm).map(from_float))
}

/// A Decimal of a class, made by calling it unless it is `Decimal` itself.
pub fn by_calling(vm: &Vm, cls: &PyType, dec: Dec) -> PyResult<Obj> {
    let d = of_class(vm, PyDecimal::type_of(vm), dec)?;
    if std::ptr::eq(cls, PyDecimal::type_of(vm)) { Ok(d) } else { vm.call1(cls.r(), d.r()) }
}

fn of_class(vm: &Vm, cls: &PyType, dec: Dec) -> PyResult<Obj> {
    instance(vm, cls, PyDecimal::payload(dec))
}

/// Reads a number that must be representable.
fn exact_text(vm: &Vm, text: &[u8], c: &PyDecContext) -> PyResult<Dec> {
    let mut st: Status = 0;
    let mut dec = parse(text, &Ctx::MAX, &mut st);
    if st & (INEXACT | ROUNDED | CLAMPED) != 0 {
        dec = Ctx::invalid(&mut st, INVALID_OPERATION);
    }
    c.signal(vm, st & ERRORS)?;
    Ok(dec)
}

/// The text of a number in ASCII: digits of other scripts become ASCII ones, other characters
/// make it empty. If `lenient`, surrounding whitespace and underscores are dropped.
fn ascii(s: &PyStr, lenient: bool) -> Vec<u8> {
    if let Some(t) = s.as_ascii() {
        let t = t.as_bytes();
        if !lenient {
            return t.to_vec();
        }
        let space = |c: &u8| is_space(u32::from(*c));
        let start = t.iter().position(|c| !space(c)).unwrap_or(t.len());
        let end = t.iter().rposition(|c| !space(c)).map_or(start, |i| i + 1);
        return t[start..end].iter().copied().filter(|c| *c != b'_').collect();
    }
    let all: Vec<u32> = s.chars().collect();
    let mut chars = &all[..];
    if lenient {
        while let [c, rest @ ..] = chars {
            if !is_space(*c) {
                break;
            }
            chars = rest;
        }
        while let [rest @ .., c] = chars {
            if !is_space(*c) {
                break;
            }
            chars = rest;
        }
    }
    let mut out = Vec::with_capacity(chars.len());
    for &c in chars {
        match u8::try_from(c) {
            Ok(b'_') if lenient => {}
            Ok(b @ 1..=127) => out.push(b),
            _ if is_space(c) => out.push(b' '),
            _ => match decimal_value(c) {
                Some(d) => out.push(b'0' + d),
                None => return Vec::new(),
            },
        }
    }
    out
}

/// The items of a tuple or list.
fn sequence(vm: &Vm, value: Ref<'_>) -> Option<Vec<Obj>> {
    if let Some(t) = value.downcast::<PyTuple>(vm) {
        return Some(t.as_slice().to_vec());
    }
    value.downcast::<PyList>(vm).map(PyList::to_vec)
}

/// The number that sign, digits and exponent stand for, as text.
fn tuple_text(vm: &Vm, items: &[Obj]) -> PyResult<Vec<u8>> {
    let [sign, digits, exponent] = items else {
        return Err(vm.value_error("argument must be a sequence of length 3"));
    };
    let mut out = Vec::new();
    match sign.r().as_int(vm).map(|i| i.to_i64()) {
        Some(Some(0)) => {}
        Some(Some(1)) => out.push(b'-'),
        _ => return Err(vm.value_error("sign must be an integer with the value 0 or 1")),
    }
    let (kind, exp) = third(vm, exponent.r())?;
    out.extend_from_slice(match kind {
        Kind::Finite => b"",
        Kind::Infinite => b"Inf",
        Kind::QuietNan => b"NaN",
        Kind::SignalingNan => b"sNaN",
    });
    let bad_digits = || vm.value_error("coefficient must be a tuple of digits");
    let Some(digits) = sequence(vm, digits.r()) else { return Err(bad_digits()) };
    for d in &digits {
        match d.r().as_int(vm).and_then(|i| i.to_i64()) {
            Some(d @ 0..=9) if kind != Kind::Infinite => out.push(b'0' + d as u8),
            Some(0..=9) => {}
            _ => return Err(bad_digits()),
        }
    }
    if kind == Kind::Finite {
        if digits.is_empty() {
            out.push(b'0');
        }
        out.extend_from_slice(format!("E{exp}").as_bytes());
    }
    Ok(out)
}

/// The third item: an exponent, or the kind of a special value.
fn third(vm: &Vm, item: Ref<'_>) -> PyResult<(Kind, i64)> {
    if let Some(s) = item.downcast::<PyStr>(vm) {
        for (name, kind) in [("F", Kind::Infinite), ("n", Kind::QuietNan), ("N", Kind::SignalingNan)] {
            if s.eq_str(name) {
                return Ok((kind, 0));
            }
        }
        return Err(vm.value_error("string argument in the third position must be 'F', 'n' or 'N'"));
    }
    match item.as_int(vm) {
        None => Err(vm.value_error("exponent must be an integer")),
        Some(i) => match i.to_i64() {
            Some(e) => Ok((Kind::Finite, e)),
            None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        },
    }
}
