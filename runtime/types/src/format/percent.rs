//! The `%` operator of str and bytes: directives, arguments, and numeric conversions.

use krait_object::memory;
use krait_object::prelude::*;

use super::digits::{Request, Style, format_double};
use crate::int::{magnitude_digits, number_long};

/// A parsed directive.
pub struct Directive {
    pub left: bool,
    pub plus: bool,
    pub blank: bool,
    pub alternate: bool,
    pub zero: bool,
    pub width: usize,
    pub precision: Option<usize>,
    pub conv: u32,
    /// Position of the conversion character, for errors.
    pub at: usize,
}

/// The template and the result being built.
pub trait Target {
    const NAME: &'static str;
    fn len(&self) -> usize;
    fn char_at(&self, i: usize) -> u32;
    /// First `%` at or after `from`.
    fn find_percent(&self, from: usize) -> Option<usize>;
    /// Appends a part of the template.
    fn push_literal(&mut self, start: usize, end: usize);
    fn push_ascii(&mut self, s: &str);
    fn push_fill(&mut self, vm: &Vm, c: u8, n: usize) -> PyResult<()>;
    /// The part of the template as a mapping key.
    fn key(&self, vm: &Vm, start: usize, end: usize) -> Obj;
    /// Is this right operand a mapping of keys? (It is subscriptable.)
    fn is_mapping(&self, vm: &Vm, args: Ref<'_>) -> bool;
    /// A conversion that is not of numbers; false if there is no such conversion.
    fn convert(&mut self, vm: &Vm, d: &Directive, next: &mut dyn FnMut() -> PyResult<Obj>) -> PyResult<bool>;
}

/// The right operand, handed out piece by piece.
struct Arguments {
    args: Obj,
    tuple: Option<Py<PyTuple>>,
    used: usize,
    mapping: Option<Obj>,
}

impl Arguments {
    fn next(&mut self, vm: &Vm) -> PyResult<Obj> {
        let item = match &self.tuple {
            Some(t) => t.get(self.used).cloned(),
            None if self.used == 0 => Some(self.args.clone()),
            None => None,
        };
        self.used += 1;
        item.ok_or_else(|| vm.type_error("not enough arguments for format string"))
    }
    /// Switches to the value of a mapping key.
    fn select(&mut self, vm: &Vm, key: &dyn Fn() -> Obj) -> PyResult<()> {
        let Some(m) = &self.mapping else { return Err(vm.type_error("format requires a mapping")) };
        self.args = vm.getitem(m.r(), key().r())?;
        self.tuple = None;
        self.used = 0;
        Ok(())
    }
    fn all_used(&self) -> bool {
        match &self.tuple {
            Some(t) => self.used >= t.len(),
            None => self.used > 0,
        }
    }
}

/// Runs the template.
pub fn run<T: Target>(vm: &Vm, target: &mut T, args: Ref<'_>) -> PyResult<()> {
    let tuple = args.downcast::<PyTuple>(vm).map(Layout::to_py);
    let mapping = if tuple.is_none() && target.is_mapping(vm, args) { Some(args.to_obj()) } else { None };
    let mut arguments = Arguments { args: args.to_obj(), tuple, used: 0, mapping };
    let mut at = 0;
    while let Some(p) = target.find_percent(at) {
        target.push_literal(at, p);
        at = p + 1;
        if at < target.len() && target.char_at(at) == '%' as u32 {
            target.push_ascii("%");
            at += 1;
            continue;
        }
        let d = parse(vm, target, &mut at, &mut arguments)?;
        apply(vm, target, &d, &mut || arguments.next(vm))?;
    }
    target.push_literal(at, target.len());
    if !arguments.all_used() && arguments.mapping.is_none() {
        return Err(vm.type_error(format!("not all arguments converted during {} formatting", T::NAME)));
    }
    Ok(())
}

/// Parses a directive; `at` is behind its `%`.
fn parse<T: Target>(vm: &Vm, t: &T, at: &mut usize, args: &mut Arguments) -> PyResult<Directive> {
    let peek = |at: usize| if at < t.len() { Some(t.char_at(at)) } else { None };
    let mut d =
        Directive { left: false, plus: false, blank: false, alternate: false, zero: false, width: 0, precision: None, conv: 0, at: 0 };
    if peek(*at) == Some('(' as u32) {
        let start = *at + 1;
        let mut depth = 1;
        *at += 1;
        while depth > 0 {
            match peek(*at) {
                None => return Err(vm.value_error("incomplete format key")),
                Some(c) if c == '(' as u32 => depth += 1,
                Some(c) if c == ')' as u32 => depth -= 1,
                _ => {}
            }
            *at += 1;
        }
        let end = *at - 1;
        args.select(vm, &|| t.key(vm, start, end))?;
    }
    loop {
        match peek(*at).and_then(char::from_u32) {
            Some('-') => d.left = true,
            Some('+') => d.plus = true,
            Some(' ') => d.blank = true,
            Some('#') => d.alternate = true,
            Some('0') => d.zero = true,
            _ => break,
        }
        *at += 1;
    }
    if peek(*at) == Some('*' as u32) {
        *at += 1;
        let w = star(vm, args)?;
        d.left |= w < 0;
        d.width = w.unsigned_abs();
    } else {
        d.width = digits(t, at, isize::MAX as usize).ok_or_else(|| vm.value_error("width too big"))?;
    }
    if peek(*at) == Some('.' as u32) {
        *at += 1;
        d.precision = Some(if peek(*at) == Some('*' as u32) {
            *at += 1;
            let p = star(vm, args)?;
            if i32::try_from(p).is_err() {
                return Err(vm.overflow_error("Python int too large to convert to C int"));
            }
            p.max(0) as usize
        } else {
            digits(t, at, i32::MAX as usize).ok_or_else(|| vm.value_error("precision too big"))?
        });
    }
    if matches!(peek(*at).and_then(char::from_u32), Some('h' | 'l' | 'L')) {
        *at += 1;
    }
    let Some(conv) = peek(*at) else { return Err(vm.value_error("incomplete format")) };
    (d.conv, d.at) = (conv, *at);
    *at += 1;
    Ok(d)
}

/// A number in the template; `None` if above `max`.
fn digits<T: Target>(t: &T, at: &mut usize, max: usize) -> Option<usize> {
    let mut n = 0usize;
    while *at < t.len() {
        let Some(digit) = char::from_u32(t.char_at(*at)).and_then(|c| c.to_digit(10)) else { break };
        n = n.checked_mul(10)?.checked_add(digit as usize).filter(|n| *n <= max)?;
        *at += 1;
    }
    Some(n)
}

/// The argument of a `*`.
fn star(vm: &Vm, args: &mut Arguments) -> PyResult<isize> {
    let v = args.next(vm)?;
    match v.r().as_int(vm) {
        None => Err(vm.type_error("* wants int")),
        Some(i) => match i.to_i64() {
            Some(i) if i != i64::MIN => Ok(i as isize),
            _ => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        },
    }
}

/// Converts one argument and appends it.
fn apply<T: Target>(vm: &Vm, t: &mut T, d: &Directive, next: &mut dyn FnMut() -> PyResult<Obj>) -> PyResult<()> {
    let conv = u8::try_from(d.conv).unwrap_or(0);
    match conv {
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => {
            let v = next()?;
            integer(vm, t, d, conv, v.r())
        }
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let v = next()?;
            double(vm, t, d, conv, v.r())
        }
        _ => {
            if t.convert(vm, d, next)? {
                return Ok(());
            }
            let _ = next()?;
            let shown = char::from_u32(d.conv).filter(|c| (' '..='~').contains(c)).unwrap_or('?');
            Err(vm.value_error(format!("unsupported format character '{shown}' ({:#x}) at index {}", d.conv, d.at)))
        }
    }
}

fn integer<T: Target>(vm: &Vm, t: &mut T, d: &Directive, conv: u8, v: Ref<'_>) -> PyResult<()> {
    let converted = if v.as_int(vm).is_some() { v.to_obj() } else { to_integer(vm, conv, v)? };
    let Some(i) = converted.r().as_int(vm) else { return Err(wrong_type(vm, conv, v)) };
    let (radix, prefix) = match conv {
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    if radix == 10 && d.width == 0 && d.precision.is_none() && !d.plus && !d.blank {
        t.push_ascii(&crate::int::decimal(vm, i)?);
        return Ok(());
    }
    let mut text = magnitude_digits(vm, i, radix)?;
    if conv == b'X' {
        text.make_ascii_uppercase();
    }
    if let Some(p) = d.precision.filter(|p| *p > text.len()) {
        if p > i32::MAX as usize - 3 {
            return Err(vm.overflow_error("precision too large"));
        }
        let mut padded = memory::text_of(p);
        memory::push_n(&mut padded, '0', p - text.len());
        padded.push_str(&text);
        text = padded;
    }
    number(vm, t, d, i.is_negative(), if d.alternate { prefix } else { "" }, &text)
}

/// The int a number stands for, with the directive's complaint for other objects.
fn to_integer(vm: &Vm, conv: u8, v: Ref<'_>) -> PyResult<Obj> {
    let slots = &v.ty(vm).slots;
    let numeric = slots.nb_index.get().is_some() || slots.nb_int.get().is_some() || slots.nb_float.get().is_some();
    if !numeric {
        return Err(wrong_type(vm, conv, v));
    }
    let r = if matches!(conv, b'o' | b'x' | b'X') { vm.index(v) } else { number_long(vm, v) };
    r.or_else(|e| {
        drop(vm.catch(e, vm.types.type_error)?);
        Err(wrong_type(vm, conv, v))
    })
}

fn wrong_type(vm: &Vm, conv: u8, v: Ref<'_>) -> krait_object::error::Raised {
    let want = if matches!(conv, b'o' | b'x' | b'X') { "an integer" } else { "a real number" };
    vm.type_error(format!("%{} format: {want} is required, not {}", conv as char, v.ty(vm).tp_name()))
}

fn double<T: Target>(vm: &Vm, t: &mut T, d: &Directive, conv: u8, v: Ref<'_>) -> PyResult<()> {
    let x = vm.to_f64(v)?;
    let style = match conv | 0x20 {
        b'e' => Style::Exponent,
        b'f' => Style::Fixed,
        _ => Style::General,
    };
    let upper = conv.is_ascii_uppercase();
    let req = Request { alternate: d.alternate, upper, ..Request::new(style, d.precision.unwrap_or(6)) };
    let text = format_double(x, req);
    match text.strip_prefix('-') {
        Some(digits) => number(vm, t, d, true, "", digits),
        None => number(vm, t, d, false, "", &text),
    }
}

/// Appends sign, prefix and digits, padded.
fn number<T: Target>(vm: &Vm, t: &mut T, d: &Directive, negative: bool, prefix: &str, digits: &str) -> PyResult<()> {
    let sign = match (negative, d.plus, d.blank) {
        (true, _, _) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let padding = d.width.saturating_sub(sign.len() + prefix.len() + digits.len());
    if !d.left && !d.zero {
        t.push_fill(vm, b' ', padding)?;
    }
    t.push_ascii(sign);
    t.push_ascii(prefix);
    if !d.left && d.zero {
        t.push_fill(vm, b'0', padding)?;
    }
    t.push_ascii(digits);
    if d.left { t.push_fill(vm, b' ', padding) } else { Ok(()) }
}
