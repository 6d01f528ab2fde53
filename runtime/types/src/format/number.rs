//! `__format__` of int, float and complex.

use krait_object::float::PyFloat;
use krait_object::prelude::*;

use super::digits::{Request, Style, format_double};
use super::layout::{Locale, Parts, number, number_body, pad};
use super::spec::{Separator, Spec, unknown_type};
use crate::int::magnitude_digits;

/// `int.__format__`.
pub fn format_int(vm: &Vm, obj: Ref<'_>, text: &PyStr) -> PyResult<Obj> {
    if text.is_empty() {
        return Ok(vm.str_of(obj)?.into_obj());
    }
    let spec = Spec::parse(vm, obj, text, b'd', b'>')?;
    let Some(i) = obj.as_int(vm) else { return Err(unknown_type(vm, obj, spec.ty)) };
    match spec.type_byte() {
        b'd' | b'n' | b'b' | b'o' | b'x' | b'X' => int_digits(vm, i, &spec),
        b'c' => int_char(vm, i, &spec),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%' => double(vm, obj, vm.int_to_f64(i)?, &spec),
        _ => Err(unknown_type(vm, obj, spec.ty)),
    }
}

fn check_int(vm: &Vm, spec: &Spec) -> PyResult<()> {
    if spec.precision.is_some() || spec.frac_thousands != Separator::None {
        return Err(vm.value_error("Precision not allowed in integer format specifier"));
    }
    if spec.no_neg_0 {
        return Err(vm.value_error("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    Ok(())
}

fn int_digits(vm: &Vm, i: IntRef<'_>, spec: &Spec) -> PyResult<Obj> {
    check_int(vm, spec)?;
    let (radix, prefix) = match spec.type_byte() {
        b'b' => (2, "0b"),
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = magnitude_digits(vm, i, radix)?;
    if spec.ty == 'X' as u32 {
        digits.make_ascii_uppercase();
    }
    let parts =
        Parts { negative: i.is_negative(), prefix: if spec.alternate { prefix } else { "" }, whole: &digits, fraction: None, tail: "" };
    number(vm, spec, &parts)
}

fn int_char(vm: &Vm, i: IntRef<'_>, spec: &Spec) -> PyResult<Obj> {
    check_int(vm, spec)?;
    if spec.sign != 0 {
        return Err(vm.value_error("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(vm.value_error("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let Some(code) = i.to_i64() else {
        return Err(vm.overflow_error("Python int too large to convert to C long"));
    };
    let Some(c) = u32::try_from(code).ok().filter(|c| *c < 0x11_0000) else {
        return Err(vm.overflow_error("%c arg not in range(0x110000)"));
    };
    let text = PyStr::from_char(vm, c);
    // Numbers pad behind the (absent) sign, which is to the left.
    let spec = if spec.align == b'=' { &Spec { align: b'>', ..spec.clone() } } else { spec };
    Ok(super::layout::pad_text(vm, spec, &text, 1)?.into_obj())
}

/// `float.__format__`.
pub fn format_float(vm: &Vm, obj: Ref<'_>, text: &PyStr) -> PyResult<Obj> {
    if text.is_empty() {
        return Ok(vm.str_of(obj)?.into_obj());
    }
    let spec = Spec::parse(vm, obj, text, 0, b'>')?;
    let x = obj.downcast::<PyFloat>(vm).map(PyFloat::value).or(obj.as_float(vm)).unwrap_or(0.0);
    match spec.type_byte() {
        0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'%' => double(vm, obj, x, &spec),
        _ => Err(unknown_type(vm, obj, spec.ty)),
    }
}

/// The digits a specification asks of a double. `repr_like` is the style without type.
fn request(vm: &Vm, spec: &Spec, add_dot_0: bool) -> PyResult<Request> {
    if spec.precision.is_some_and(|p| p > i32::MAX as usize) {
        return Err(vm.value_error("precision too big"));
    }
    let style = match spec.type_byte() {
        b'e' | b'E' => Style::Exponent,
        b'f' | b'F' | b'%' => Style::Fixed,
        0 if spec.precision.is_none() => Style::Repr,
        _ => Style::General,
    };
    Ok(Request {
        style,
        precision: spec.precision.unwrap_or(6),
        alternate: spec.alternate,
        add_dot_0: add_dot_0 && spec.ty == 0,
        upper: matches!(spec.type_byte(), b'E' | b'F' | b'G'),
    })
}

/// The digits of `x`, without the minus sign of a rounded zero if the specification says so.
fn double_text(x: f64, spec: &Spec, req: Request) -> String {
    let mut s = format_double(x, req);
    if req.style == Style::Repr && req.alternate && x.is_finite() && !s.contains('.') {
        let at = s.find('e').unwrap_or(s.len());
        s.insert(at, '.');
    }
    let is_zero = |s: &str| s.bytes().take_while(|c| *c != b'e' && *c != b'E').all(|c| !matches!(c, b'1'..=b'9'));
    if spec.no_neg_0 && s.starts_with('-') && x.is_finite() && is_zero(&s) {
        s.remove(0);
    }
    s
}

fn double(vm: &Vm, _obj: Ref<'_>, x: f64, spec: &Spec) -> PyResult<Obj> {
    let req = request(vm, spec, true)?;
    let percent = spec.ty == '%' as u32;
    let mut text = double_text(if percent { x * 100.0 } else { x }, spec, req);
    if percent {
        text.push('%');
    }
    number(vm, spec, &Parts::of_number(&text))
}

/// `complex.__format__`.
pub fn format_complex(vm: &Vm, obj: Ref<'_>, (re, im): (f64, f64), text: &PyStr) -> PyResult<Obj> {
    if text.is_empty() {
        return Ok(vm.str_of(obj)?.into_obj());
    }
    let spec = Spec::parse(vm, obj, text, 0, b'>')?;
    if !matches!(spec.type_byte(), 0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n') {
        return Err(unknown_type(vm, obj, spec.ty));
    }
    if spec.fill == '0' as u32 {
        return Err(vm.value_error("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == b'=' {
        return Err(vm.value_error("'=' alignment flag is not allowed in complex format specifier"));
    }
    let req = request(vm, &spec, false)?;
    let like_repr = spec.ty == 0;
    let skip_real = like_repr && re == 0.0 && re.is_sign_positive();
    let locale = Locale::of(&spec);
    let one = |x: f64, sign: u8| {
        let spec = Spec { sign, width: 0, ..spec.clone() };
        let text = double_text(x, &spec, req);
        let (lead, body) = number_body(&spec, &locale, &Parts::of_number(&text));
        lead + &body
    };
    let mut body = String::new();
    if !skip_real {
        body.push_str(&one(re, spec.sign));
    }
    body.push_str(&one(im, if skip_real { spec.sign } else { b'+' }));
    body.push('j');
    if like_repr && !skip_real {
        body = format!("({body})");
    }
    pad(vm, &spec, "", &body)
}
