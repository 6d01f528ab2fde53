//! The scanner that turns a document into objects.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::str::StrData;

use super::scan::{self, decode_error};
use crate::util::{make, no_header};

/// A scanner with the settings of a `JSONDecoder`.
#[repr(C)]
#[derive(Trace)]
pub struct PyScanner {
    header: Header,
    #[trace(skip)]
    strict: bool,
    object_hook: Obj,
    object_pairs_hook: Obj,
    parse_float: Obj,
    parse_int: Obj,
    parse_constant: Obj,
}

/// JSON scanner object
#[pyclass(layout = PyScanner, name = "make_scanner", module = "_json", own)]
pub mod scanner {
    use super::*;

    #[pynew("make_scanner(context)")]
    fn new(vm: &Vm, _cls: &PyType, context: Ref<'_>) -> PyResult<Obj> {
        let strict = vm.getattr_str(context, "strict")?;
        let strict = vm.is_true(strict.r())?;
        let get = |name: &str| vm.getattr_str(context, name);
        let scanner = PyScanner {
            header: no_header(),
            strict,
            object_hook: get("object_hook")?,
            object_pairs_hook: get("object_pairs_hook")?,
            parse_float: get("parse_float")?,
            parse_int: get("parse_int")?,
            parse_constant: get("parse_constant")?,
        };
        Ok(make(vm, scanner).into_obj())
    }
    #[pycall("make_scanner(string, idx)")]
    fn call(vm: &Vm, zelf: &PyScanner, string: Ref<'_>, idx: isize) -> PyResult<(Obj, usize)> {
        let Some(s) = string.downcast::<PyStr>(vm) else {
            return Err(vm.type_error(format!("first argument must be a string, not {}", string.ty(vm).tp_name())));
        };
        if idx < 0 {
            return Err(vm.value_error("idx cannot be negative"));
        }
        let memo = vm.dict();
        Scan { vm, zelf, s, d: s.data(), memo: &memo }.value(idx as usize)
    }
    #[member("strict")]
    fn get_strict(zelf: &PyScanner) -> bool {
        zelf.strict
    }
    #[member("object_hook")]
    fn get_object_hook(zelf: &PyScanner) -> Obj {
        zelf.object_hook.clone()
    }
    #[member("object_pairs_hook")]
    fn get_object_pairs_hook(zelf: &PyScanner) -> Obj {
        zelf.object_pairs_hook.clone()
    }
    #[member("parse_float")]
    fn get_parse_float(zelf: &PyScanner) -> Obj {
        zelf.parse_float.clone()
    }
    #[member("parse_int")]
    fn get_parse_int(zelf: &PyScanner) -> Obj {
        zelf.parse_int.clone()
    }
    #[member("parse_constant")]
    fn get_parse_constant(zelf: &PyScanner) -> Obj {
        zelf.parse_constant.clone()
    }
}

/// One run over a document.
struct Scan<'a> {
    vm: &'a Vm,
    zelf: &'a PyScanner,
    s: &'a PyStr,
    d: StrData<'a>,
    /// Equal keys become one object.
    memo: &'a PyDict,
}

impl Scan<'_> {
    #[inline]
    fn is(&self, i: usize, c: u8) -> bool {
        i < self.d.len() && self.d.at(i) == u32::from(c)
    }
    fn skip_space(&self, mut i: usize) -> usize {
        while i < self.d.len() && matches!(self.d.at(i), 0x20 | 9 | 10 | 13) {
            i += 1;
        }
        i
    }
    fn starts(&self, at: usize, word: &str) -> bool {
        self.d.len() - at >= word.len() && word.bytes().enumerate().all(|(i, c)| self.d.at(at + i) == u32::from(c))
    }
    fn error(&self, msg: &str, at: usize) -> Raised {
        decode_error(self.vm, msg, self.s, at)
    }
    fn stop(&self, at: usize) -> Raised {
        self.vm.stop_iteration(self.vm.int_usize(at))
    }

    /// The value at `at`, and where the text after it begins.
    fn value(&self, at: usize) -> PyResult<(Obj, usize)> {
        let vm = self.vm;
        if at >= self.d.len() {
            return Err(self.stop(at));
        }
        let constant =
            |word: &str| -> PyResult<(Obj, usize)> { Ok((vm.call1(self.zelf.parse_constant.r(), vm.str(word).r())?, at + word.len())) };
        match char::from_u32(self.d.at(at)) {
            Some('"') => {
                let (s, end) = scan::string(vm, self.s, at + 1, self.zelf.strict)?;
                Ok((s.into_obj(), end))
            }
            Some('{') => {
                vm.check_stack(" while decoding a JSON object from a unicode string")?;
                self.object(at + 1)
            }
            Some('[') => {
                vm.check_stack(" while decoding a JSON array from a unicode string")?;
                self.array(at + 1)
            }
            Some('n') if self.starts(at, "null") => Ok((Obj::none(), at + 4)),
            Some('t') if self.starts(at, "true") => Ok((Obj::bool(true), at + 4)),
            Some('f') if self.starts(at, "false") => Ok((Obj::bool(false), at + 5)),
            Some('N') if self.starts(at, "NaN") => constant("NaN"),
            Some('I') if self.starts(at, "Infinity") => constant("Infinity"),
            Some('-') if self.starts(at, "-Infinity") => constant("-Infinity"),
            _ => self.number(at),
        }
    }
    fn number(&self, at: usize) -> PyResult<(Obj, usize)> {
        let vm = self.vm;
        let Some((end, is_float)) = scan::number(self.d, at) else { return Err(self.stop(at)) };
        let (hook, own) = if is_float { (&self.zelf.parse_float, vm.types.float) } else { (&self.zelf.parse_int, vm.types.int) };
        if !hook.is(own.r()) {
            let text = self.s.substring(vm, at, end);
            return Ok((vm.call1(hook.r(), text.r())?, end));
        }
        if !is_float && end - at <= 18 {
            let negative = self.is(at, b'-');
            let v = (at + usize::from(negative)..end).fold(0, |v: i64, i| v * 10 + i64::from(self.d.at(i) - 0x30));
            return Ok((vm.int_i64(if negative { -v } else { v }), end));
        }
        let text: String = (at..end).filter_map(|i| char::from_u32(self.d.at(i))).collect();
        if is_float {
            // The grammar of JSON is part of Rust's, which rounds correctly.
            return Ok((vm.float(text.parse().unwrap_or(f64::NAN)), end));
        }
        let source = self.s.substring(vm, at, end);
        Ok((krait_types::int::int_from_text(vm, text.as_bytes(), 10, source.r())?, end))
    }
    fn array(&self, at: usize) -> PyResult<(Obj, usize)> {
        let mut items = Vec::new();
        let mut i = self.skip_space(at);
        if !self.is(i, b']') {
            loop {
                let (v, end) = self.value(i)?;
                items.push(v);
                i = self.skip_space(end);
                if self.is(i, b']') {
                    break;
                }
                if !self.is(i, b',') {
                    return Err(self.error("Expecting ',' delimiter", i));
                }
                let comma = i;
                i = self.skip_space(i + 1);
                if self.is(i, b']') {
                    return Err(self.error("Illegal trailing comma before end of array", comma));
                }
            }
        }
        Ok((self.vm.list(items), i + 1))
    }
    fn object(&self, at: usize) -> PyResult<(Obj, usize)> {
        let vm = self.vm;
        let pairs = !self.zelf.object_pairs_hook.r().is_none();
        let dict = vm.dict();
        let mut list = Vec::new();
        let mut i = self.skip_space(at);
        if !self.is(i, b'}') {
            loop {
                if !self.is(i, b'"') {
                    return Err(self.error("Expecting property name enclosed in double quotes", i));
                }
                let (key, end) = scan::string(vm, self.s, i + 1, self.zelf.strict)?;
                let key = self.memo.setdefault(vm, key.r(), key.r())?;
                i = self.skip_space(end);
                if !self.is(i, b':') {
                    return Err(self.error("Expecting ':' delimiter", i));
                }
                i = self.skip_space(i + 1);
                let (value, end) = self.value(i)?;
                if pairs {
                    list.push(vm.tuple(vec![key, value]));
                } else {
                    dict.set_owned(vm, key, value)?;
                }
                i = self.skip_space(end);
                if self.is(i, b'}') {
                    break;
                }
                if !self.is(i, b',') {
                    return Err(self.error("Expecting ',' delimiter", i));
                }
                let comma = i;
                i = self.skip_space(i + 1);
                if self.is(i, b'}') {
                    return Err(self.error("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let i = i + 1;
        if pairs {
            return Ok((vm.call1(self.zelf.object_pairs_hook.r(), vm.list(list).r())?, i));
        }
        let dict = dict.into_obj();
        if self.zelf.object_hook.r().is_none() {
            return Ok((dict, i));
        }
        Ok((vm.call1(self.zelf.object_hook.r(), dict.r())?, i))
    }
}
