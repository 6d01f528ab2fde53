//! The module's functions.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::{encode, scan};

/// json speedups
#[pymodule(name = "_json")]
pub mod json_module {
    #[pyclass_ref]
    use super::super::{encoder::encoder, scanner::scanner};
    use super::*;

    /// encode_basestring_ascii(string) -> string
    ///
    /// Return an ASCII-only JSON representation of a Python string
    #[pyfunction("encode_basestring_ascii(string, /)", nosig)]
    fn encode_basestring_ascii(vm: &Vm, string: Ref<'_>) -> PyResult<Py<PyStr>> {
        encoded(vm, string, encode::ascii)
    }
    /// encode_basestring(string) -> string
    ///
    /// Return a JSON representation of a Python string
    #[pyfunction("encode_basestring(string, /)", nosig)]
    fn encode_basestring(vm: &Vm, string: Ref<'_>) -> PyResult<Py<PyStr>> {
        encoded(vm, string, encode::plain)
    }
    /// scanstring(string, end, strict=True) -> (string, end)
    ///
    /// Scan the string s for a JSON string. End is the index of the
    /// character in s after the quote that started the JSON string.
    /// Unescapes all valid JSON string escape sequences and raises ValueError
    /// on attempt to decode an invalid string. If strict is False then literal
    /// control characters are allowed in the string.
    ///
    /// Returns a tuple of the decoded string and the index of the character in s
    /// after the end quote.
    #[pyfunction("scanstring(string, end, strict=True, /)", nosig)]
    fn scanstring(vm: &Vm, string: Ref<'_>, end: isize, strict: bool) -> PyResult<(Py<PyStr>, usize)> {
        let s = expect_str(vm, string)?;
        if end < 0 || end as usize > s.len() {
            return Err(vm.value_error("end is out of bounds"));
        }
        scan::string(vm, s, end as usize, strict)
    }
}

fn expect_str<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<&'a PyStr> {
    o.downcast::<PyStr>(vm).ok_or_else(|| vm.type_error(format!("first argument must be a string, not {}", o.ty(vm).tp_name())))
}

fn encoded(vm: &Vm, o: Ref<'_>, f: fn(&mut StrBuilder, &PyStr)) -> PyResult<Py<PyStr>> {
    let s = expect_str(vm, o)?;
    let mut out = StrBuilder::with_capacity(s.len() + 2);
    f(&mut out, s);
    Ok(out.finish(vm))
}
