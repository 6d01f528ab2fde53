//! Padding, signs and digit grouping of formatted numbers and text.

use krait_object::error::PyResult;
use krait_object::memory;
use krait_object::obj::{Obj, Py};
use krait_object::str::{PyStr, StrBuilder, StrData};
use krait_object::vm::Vm;

use super::spec::{Separator, Spec};

/// Characters for the decimal point and between digit groups.
pub struct Locale {
    pub point: String,
    pub thousands: String,
    /// Sizes of groups from the right; the last one repeats unless a 127 ends the grouping.
    pub grouping: Vec<u8>,
    /// Goes between groups of the fraction.
    pub frac_thousands: Option<char>,
}

impl Locale {
    /// What a specification asks for.
    pub fn of(spec: &Spec) -> Locale {
        let (thousands, size) = match spec.thousands {
            Separator::None => ("", 127),
            Separator::Comma => (",", 3),
            Separator::Underscore => ("_", 3),
            Separator::UnderscoreFour => ("_", 4),
        };
        let frac_thousands = match spec.frac_thousands {
            Separator::None => None,
            Separator::Comma => Some(','),
            _ => Some('_'),
        };
        let point = ".".to_owned();
        let l = if spec.ty == 'n' as u32 {
            current()
        } else {
            Locale { point, thousands: thousands.into(), grouping: vec![size], frac_thousands: None }
        };
        Locale { frac_thousands, ..l }
    }
    /// Size of the `i`th group from the right; `None` if grouping has ended.
    fn group(&self, i: usize) -> Option<usize> {
        let g = self.grouping.get(i).or(self.grouping.last()).copied().unwrap_or(127);
        if g == 0 || g >= 127 { None } else { Some(g.into()) }
    }
}

/// The numeric conventions of the process's locale.
fn current() -> Locale {
    /// # Safety
    /// `p` is null or a NUL-terminated string.
    unsafe fn bytes(p: *const libc::c_char) -> Vec<u8> {
        // SAFETY: by contract.
        if p.is_null() { Vec::new() } else { unsafe { std::ffi::CStr::from_ptr(p) }.to_bytes().to_vec() }
    }
    // SAFETY: the GIL keeps other users of the C library's static buffer out.
    let (point, thousands, grouping) = unsafe {
        let l = libc::localeconv();
        (bytes((*l).decimal_point), bytes((*l).thousands_sep), bytes((*l).grouping))
    };
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    Locale {
        point: if point.is_empty() { ".".into() } else { text(&point) },
        thousands: text(&thousands),
        grouping: if grouping.is_empty() { vec![127] } else { grouping },
        frac_thousands: None,
    }
}

/// Groups digits and pads them with zeros to `min_width` characters, separators included. The
/// result never begins with a separator, so it may be one wider.
pub fn group_digits(digits: &str, locale: &Locale, min_width: usize) -> String {
    // Built from the right.
    let mut out = memory::text_of(min_width.max(digits.len() * 4 / 3) + 4);
    let mut rest = digits;
    let mut missing = min_width as isize;
    let sep = locale.thousands.chars().count() as isize;
    for i in 0.. {
        let longest = rest.len().max(missing.max(1) as usize);
        let n = locale.group(i).map_or(longest, |g| g.min(longest));
        let (head, tail) = rest.split_at(rest.len().saturating_sub(n));
        out.extend(tail.chars().rev());
        memory::push_n(&mut out, '0', n - tail.len());
        rest = head;
        missing -= n as isize;
        if rest.is_empty() && missing <= 0 {
            break;
        }
        missing -= sep;
        out.extend(locale.thousands.chars().rev());
    }
    let mut text = memory::text_of(out.len());
    text.extend(out.chars().rev());
    text
}

/// Puts `sep` after every third digit of a fraction.
fn group_fraction(digits: &str, sep: char) -> String {
    let mut out = memory::text_of(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && i % 3 == 0 {
            out.push(sep);
        }
        out.push(c);
    }
    out
}

/// A number taken apart.
pub struct Parts<'a> {
    pub negative: bool,
    /// `0x` and the like.
    pub prefix: &'a str,
    /// Digits before the point; none for `inf` and `nan`, which are tails.
    pub whole: &'a str,
    /// Digits behind the point; `None` if there is no point.
    pub fraction: Option<&'a str>,
    /// Exponent or percent sign.
    pub tail: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes the ASCII text of a number apart.
    pub fn of_number(text: &'a str) -> Parts<'a> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(t) => (true, t),
            None => (false, text),
        };
        let end = text.bytes().position(|c| !c.is_ascii_digit()).unwrap_or(text.len());
        let (whole, rest) = text.split_at(end);
        match rest.strip_prefix('.') {
            Some(f) => {
                let end = f.bytes().position(|c| !c.is_ascii_digit()).unwrap_or(f.len());
                let (fraction, tail) = f.split_at(end);
                Parts { negative, prefix: "", whole, fraction: Some(fraction), tail }
            }
            None => Parts { negative, prefix: "", whole, fraction: None, tail: rest },
        }
    }
}

/// The sign to show.
fn sign_text(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (false, b'+') => "+",
        (false, b' ') => " ",
        _ => "",
    }
}

/// The number's text without padding other than zeros between sign and digits.
pub fn number_body(spec: &Spec, locale: &Locale, parts: &Parts<'_>) -> (String, String) {
    let lead = format!("{}{}", sign_text(spec, parts.negative), parts.prefix);
    let mut rest = memory::text_of(parts.fraction.map_or(0, str::len) + parts.tail.len());
    if let Some(f) = parts.fraction {
        rest.push_str(&locale.point);
        match locale.frac_thousands {
            Some(sep) => {
                let f = group_fraction(f, sep);
                memory::reserve_text(&mut rest, f.len());
                rest.push_str(&f);
            }
            None => rest.push_str(f),
        }
    }
    rest.push_str(parts.tail);
    let zero_padded = spec.fill == '0' as u32 && spec.align == b'=';
    let min = if zero_padded { spec.width.saturating_sub(lead.len() + rest.chars().count()) } else { 0 };
    let mut body = memory::text_of(parts.whole.len() + rest.len());
    if parts.whole.is_empty() || locale.thousands.is_empty() {
        body.push_str(parts.whole);
    } else {
        body = group_digits(parts.whole, locale, min);
        memory::reserve_text(&mut body, rest.len());
    }
    body.push_str(&rest);
    (lead, body)
}

/// Pads `lead + body` as the specification says; `=` pads between the two.
pub fn pad(vm: &Vm, spec: &Spec, lead: &str, body: &str) -> PyResult<Obj> {
    let len = lead.chars().count() + body.chars().count();
    if spec.width <= len {
        let mut s = memory::text_of(lead.len() + body.len());
        s.push_str(lead);
        s.push_str(body);
        return Ok(vm.str(&s));
    }
    let total = spec.width - len;
    let (left, inner, right) = match spec.align {
        b'>' => (total, 0, 0),
        b'^' => (total / 2, 0, total - total / 2),
        b'=' => (0, total, 0),
        _ => (0, 0, total),
    };
    let mut out = StrBuilder::new();
    reserve(vm, &mut out, spec.width)?;
    out.push_n(spec.fill, left);
    out.push_str(lead);
    out.push_n(spec.fill, inner);
    out.push_str(body);
    out.push_n(spec.fill, right);
    Ok(out.finish(vm).into_obj())
}

/// As [`pad`] for a Python string.
pub fn pad_text(vm: &Vm, spec: &Spec, text: &PyStr, shown: usize) -> PyResult<Py<PyStr>> {
    if spec.width <= shown {
        return Ok(text.substring(vm, 0, shown));
    }
    let total = spec.width - shown;
    let (left, right) = match spec.align {
        b'>' => (total, 0),
        b'^' => (total / 2, total - total / 2),
        _ => (0, total),
    };
    let mut out = StrBuilder::new();
    reserve(vm, &mut out, spec.width)?;
    out.push_n(spec.fill, left);
    let data: StrData<'_> = text.data().slice(0, shown);
    out.push_data(data);
    out.push_n(spec.fill, right);
    Ok(out.finish(vm))
}

/// Room for `n` characters of any width, or MemoryError.
fn reserve(vm: &Vm, out: &mut StrBuilder, n: usize) -> PyResult<()> {
    if n > krait_object::str::MAX_LEN {
        return Err(vm.memory_error());
    }
    out.try_reserve(vm, n)
}

/// Lays a number out: sign, prefix, grouping, padding.
pub fn number(vm: &Vm, spec: &Spec, parts: &Parts<'_>) -> PyResult<Obj> {
    if spec.width > krait_object::str::MAX_LEN {
        return Err(vm.memory_error());
    }
    let locale = Locale::of(spec);
    let (lead, body) = number_body(spec, &locale, parts);
    pad(vm, spec, &lead, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(digits: &str, size: u8, min: usize) -> String {
        let l = Locale { point: ".".into(), thousands: ",".into(), grouping: vec![size], frac_thousands: None };
        group_digits(digits, &l, min)
    }

    #[test]
    fn grouping() {
        assert_eq!(group("1234567", 3, 0), "1,234,567");
        assert_eq!(group("123", 3, 0), "123");
        assert_eq!(group("123", 3, 6), "00,123");
        assert_eq!(group("123", 3, 7), "000,123");
        assert_eq!(group("123", 3, 8), "0,000,123");
        assert_eq!(group("12345", 4, 0), "1,2345");
        assert_eq!(group("1", 3, 4), "0,001");
        assert_eq!(group_fraction("1234567", '_'), "123_456_7");
    }

    #[test]
    fn taking_apart() {
        let p = Parts::of_number("-12.50e+10");
        assert_eq!((p.negative, p.whole, p.fraction, p.tail), (true, "12", Some("50"), "e+10"));
        let p = Parts::of_number("inf");
        assert_eq!((p.whole, p.fraction, p.tail), ("", None, "inf"));
        let p = Parts::of_number("1e+20");
        assert_eq!((p.whole, p.fraction, p.tail), ("1", None, "e+20"));
    }
}
