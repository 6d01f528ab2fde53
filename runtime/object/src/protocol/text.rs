//! `repr`, `str`, `ascii`, `format`.

use crate::error::PyResult;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::str::PyStr;
use crate::vm::Vm;

impl Vm {
    /// `repr(o)`.
    pub fn repr(&self, o: Ref<'_>) -> PyResult<Py<PyStr>> {
        let ty = o.ty(self);
        let Some(f) = ty.slots.repr.get() else {
            return Ok(PyStr::new(self, &format!("<{} object at {:#x}>", ty.tp_name(), o.value().0)));
        };
        self.check_stack(" while getting the repr of an object")?;
        match f(self, o)?.downcast::<PyStr>(self) {
            Ok(s) => Ok(s),
            Err(r) => Err(self.type_error(format!("__repr__ returned non-string (type {})", r.r().ty(self).tp_name()))),
        }
    }
    /// `str(o)`.
    pub fn str_of(&self, o: Ref<'_>) -> PyResult<Py<PyStr>> {
        if let Some(s) = o.downcast_exact::<PyStr>(self) {
            return Ok(s.to_py());
        }
        let ty = o.ty(self);
        let Some(f) = ty.slots.str.get() else { return self.repr(o) };
        self.check_stack(" while getting the str of an object")?;
        match f(self, o)?.downcast::<PyStr>(self) {
            Ok(s) => Ok(s),
            Err(r) => Err(self.type_error(format!("__str__ returned non-string (type {})", r.r().ty(self).tp_name()))),
        }
    }
    /// `repr(o)` as Rust text, for messages.
    pub fn repr_text(&self, o: Ref<'_>) -> PyResult<String> {
        Ok(self.repr(o)?.to_string_lossy())
    }
    /// `str(o)` as Rust text, for messages.
    pub fn str_text(&self, o: Ref<'_>) -> PyResult<String> {
        Ok(self.str_of(o)?.to_string_lossy())
    }
    /// `ascii(o)`.
    pub fn ascii(&self, o: Ref<'_>) -> PyResult<Py<PyStr>> {
        let r = self.repr(o)?;
        if r.is_ascii() {
            return Ok(r);
        }
        let mut out = String::new();
        for c in r.chars() {
            match c {
                0..=0x7f => out.push(c as u8 as char),
                0x80..=0xff => out.push_str(&format!("\\x{c:02x}")),
                0x100..=0xffff => out.push_str(&format!("\\u{c:04x}")),
                _ => out.push_str(&format!("\\U{c:08x}")),
            }
        }
        Ok(PyStr::new(self, &out))
    }
    /// `format(o, spec)`.
    pub fn format(&self, o: Ref<'_>, spec: Option<Ref<'_>>) -> PyResult<Py<PyStr>> {
        let empty = self.names().empty;
        if spec.is_none_or(|s| s.downcast::<PyStr>(self).is_some_and(|s| s.is_empty())) {
            if let Some(s) = o.downcast_exact::<PyStr>(self) {
                return Ok(s.to_py());
            }
            if o.is_exact_int(self) {
                return self.str_of(o);
            }
        }
        let spec = spec.unwrap_or(empty.r());
        match self.call_special(o, self.names().__format__, &[spec])? {
            None => Err(self.type_error(format!("Type {} doesn't define __format__", o.ty(self).tp_name()))),
            Some(r) => match r.downcast::<PyStr>(self) {
                Ok(s) => Ok(s),
                Err(r) => Err(self.type_error(format!("__format__ must return a str, not {}", r.r().ty(self).tp_name()))),
            },
        }
    }
    /// The str an argument must be, else TypeError with CPython's usual words.
    pub fn expect_str<'a>(&self, o: Ref<'a>, what: &str) -> PyResult<&'a PyStr> {
        o.downcast::<PyStr>(self).ok_or_else(|| self.type_error(format!("{what} must be str, not {}", o.ty(self).tp_name())))
    }
    /// A str object from Rust text, as an `Obj`.
    pub fn text(&self, s: impl AsRef<str>) -> Obj {
        self.str(s.as_ref())
    }
}
