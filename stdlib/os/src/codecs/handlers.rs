//! The built-in error handlers as Python functions of an exception object.

use krait_object::bytes::PyBytes;
use krait_object::error::Raised;
use krait_object::exception::PyBaseException;
use krait_object::native::NativeFacts;
use krait_object::prelude::*;

use super::errors::{StandardUtf, backslash, is_surrogate, push_surrogate, surrogate_bytes};

/// What a Unicode exception is about.
enum Case {
    Encode(Py<PyStr>),
    Decode(Py<PyBytes>),
    Translate(Py<PyStr>),
}

struct Info {
    case: Case,
    start: usize,
    end: usize,
}

impl Info {
    fn read(vm: &Vm, exc: Ref<'_>) -> PyResult<Info> {
        let t = vm.types;
        let ty = exc.ty(vm);
        let n = vm.names();
        let object = |text: bool| -> PyResult<Obj> {
            let o = vm.getattr(exc, n.object)?;
            let ok = if text { o.r().is_instance_of::<PyStr>(vm) } else { o.r().is_instance_of::<PyBytes>(vm) };
            if ok { Ok(o) } else { Err(vm.type_error(format!("object attribute must be {}", if text { "unicode" } else { "bytes" }))) }
        };
        let str_of = |o: Obj| o.downcast::<PyStr>(vm).map_err(|_| vm.type_error("object attribute must be unicode"));
        let case = if ty.is_subtype(t.unicode_encode_error) {
            Case::Encode(str_of(object(true)?)?)
        } else if ty.is_subtype(t.unicode_decode_error) {
            match object(false)?.downcast::<PyBytes>(vm) {
                Ok(b) => Case::Decode(b),
                Err(_) => return Err(vm.type_error("object attribute must be bytes")),
            }
        } else if ty.is_subtype(t.unicode_translate_error) {
            Case::Translate(str_of(object(true)?)?)
        } else {
            return Err(wrong_type(vm, exc));
        };
        let len = match &case {
            Case::Encode(s) | Case::Translate(s) => s.len(),
            Case::Decode(b) => b.len(),
        };
        let pos = |name: &PyStr| -> PyResult<i64> {
            let v = vm.getattr(exc, name)?;
            Ok(v.r().as_int(vm).and_then(|i| i.to_i64()).unwrap_or(0))
        };
        let start = pos(n.start)?.clamp(0, len.saturating_sub(1) as i64) as usize;
        let end = pos(n.end)?.clamp((len > 0).into(), len as i64) as usize;
        Ok(Info { case, start: start.min(end), end })
    }
}

#[cold]
fn wrong_type(vm: &Vm, exc: Ref<'_>) -> Raised {
    vm.type_error(format!("don't know how to handle {} in error callback", exc.ty(vm).tp_name()))
}

fn raise_it(vm: &Vm, exc: Ref<'_>) -> Raised {
    match exc.to_obj().downcast::<PyBaseException>(vm) {
        Ok(e) => vm.raise(e),
        Err(_) => vm.type_error("codec must pass exception instance"),
    }
}

fn answer(vm: &Vm, text: Obj, pos: usize) -> PyResult<Obj> {
    Ok(vm.tuple(vec![text, vm.int_usize(pos)]))
}

fn strict(vm: &Vm, _: Ref<'_>, exc: Ref<'_>) -> PyResult<Obj> {
    Err(raise_it(vm, exc))
}

fn ignore(vm: &Vm, _: Ref<'_>, exc: Ref<'_>) -> PyResult<Obj> {
    let i = Info::read(vm, exc)?;
    answer(vm, vm.str(""), i.end)
}

fn replace(vm: &Vm, _: Ref<'_>, exc: Ref<'_>) -> PyResult<Obj> {
    let i = Info::read(vm, exc)?;
    let text = match i.case {
        Case::Encode(_) => "?".repeat(i.end - i.start),
        Case::Decode(_) => "\u{fffd}".to_owned(),
        Case::Translate(_) => "\u{fffd}".repeat(i.end - i.start),
    };
    answer(vm, vm.str(&text), i.end)
}

fn xmlcharref(vm: &Vm, _: Ref<'_>, exc: Ref<'_>) -> PyResult<Obj> {
    let i = Info::read(vm, exc)?;
    let Case::Encode(s) = i.case else { return Err(wrong_type(vm, exc)) };
    let text: String = s.data().slice(i.start, i.end).chars().map(|c| format!("&#{c};")).collect();
    answer(vm, vm.str(&text), i.end)
}

fn backslashreplace(vm: &Vm, _: Ref<'_>, exc: Ref<'_>) -> PyResult<Obj> {
    let i = Info::read(vm, exc)?;
    let text: String = match i.case {
        Case::Encode(s) | Case::Translate(s) => s.data().slice(i.start, i.end).chars().map(backslash).collect(),
        Case::Decode(b) => b.as_slice()[i.start..i.end].iter().map(|b| format!("\\x{b:02x}")).collect(),
    };
    answer(vm, vm.str(&text), i.end)
}

/// `\N{...}` where a character has a name, else a backslash escape.
pub fn names_of(vm: &Vm, chars: impl Iterator<Item = u32>) -> PyResult<String> {
    let module = (vm.interp.hooks().import)(vm, "unicodedata")?;
    let name = vm.getattr_str(module.r(), "name")?;
    let mut out = String::new();
    for c in chars {
        let found = vm.call(name.r(), &[PyStr::from_char(vm, c).r(), vm.none()])?;
        match found.r().downcast::<PyStr>(vm) {
            Some(n) => out += &format!("\\N{{{n}}}"),
            None => out += &backslash(c),
        }
    }
    Ok(out)
}

fn namereplace(vm: &Vm, _: Ref<'_>, exc: Ref<'_>) -> PyResult<Obj> {
    let i = Info::read(vm, exc)?;
    let Case::Encode(s) = i.case else { return Err(wrong_type(vm, exc)) };
    let text = names_of(vm, s.data().slice(i.start, i.end).chars())?;
    answer(vm, vm.str(&text), i.end)
}

fn encoding_of(vm: &Vm, exc: Ref<'_>) -> PyResult<Option<StandardUtf>> {
    let e = vm.getattr(exc, vm.names().encoding)?;
    Ok(StandardUtf::of(&vm.str_text(e.r())?))
}

fn surrogatepass(vm: &Vm, _: Ref<'_>, exc: Ref<'_>) -> PyResult<Obj> {
    let i = Info::read(vm, exc)?;
    let utf = match i.case {
        Case::Translate(_) => return Err(wrong_type(vm, exc)),
        _ => encoding_of(vm, exc)?,
    };
    let Some(utf) = utf else { return Err(raise_it(vm, exc)) };
    match i.case {
        Case::Encode(s) => {
            let mut out = Vec::new();
            for c in s.data().slice(i.start, i.end).chars() {
                if !is_surrogate(c) {
                    return Err(raise_it(vm, exc));
                }
                push_surrogate(utf, c, &mut out);
            }
            answer(vm, vm.bytes(&out), i.end)
        }
        Case::Decode(b) => {
            let name = match utf {
                StandardUtf::Utf8 => "utf-8",
                StandardUtf::Utf16Le => "utf-16-le",
                StandardUtf::Utf16Be => "utf-16-be",
                StandardUtf::Utf32Le => "utf-32-le",
                StandardUtf::Utf32Be => "utf-32-be",
            };
            match surrogate_bytes(name, &b.as_slice()[i.start..]) {
                Some((c, n)) => answer(vm, PyStr::from_char(vm, c).into_obj(), i.start + n),
                None => Err(raise_it(vm, exc)),
            }
        }
        Case::Translate(_) => Err(wrong_type(vm, exc)),
    }
}

fn surrogateescape(vm: &Vm, _: Ref<'_>, exc: Ref<'_>) -> PyResult<Obj> {
    let i = Info::read(vm, exc)?;
    match i.case {
        Case::Encode(s) => {
            let mut out = Vec::new();
            for c in s.data().slice(i.start, i.end).chars() {
                if !(0xdc80..=0xdcff).contains(&c) {
                    return Err(raise_it(vm, exc));
                }
                out.push((c - 0xdc00) as u8);
            }
            answer(vm, vm.bytes(&out), i.end)
        }
        Case::Decode(b) => {
            let run: Vec<u32> =
                b.as_slice()[i.start..i.end].iter().take(4).take_while(|b| **b >= 128).map(|b| 0xdc00 + u32::from(*b)).collect();
            if run.is_empty() {
                return Err(raise_it(vm, exc));
            }
            answer(vm, PyStr::from_code_points(vm, &run).into_obj(), i.start + run.len())
        }
        Case::Translate(_) => Err(wrong_type(vm, exc)),
    }
}

type Handler = fn(&Vm, Ref<'_>, Ref<'_>) -> PyResult<Obj>;

const fn def(name: &'static str, f: Handler, doc: &'static str) -> MethodDef {
    MethodDef { name, func: NativeFn::One(f), binding: Binding::Normal, doc: Some(doc), facts: NativeFacts::WORST, coexist: false }
}

static DEFS: [(&str, MethodDef); 8] = [
    ("strict", def("strict_errors", strict, "Implements the 'strict' error handling, which raises a UnicodeError on coding errors.")),
    ("ignore", def("ignore_errors", ignore, "Implements the 'ignore' error handling, which ignores malformed data and continues.")),
    (
        "replace",
        def("replace_errors", replace, "Implements the 'replace' error handling, which replaces malformed data with a replacement marker."),
    ),
    (
        "xmlcharrefreplace",
        def(
            "xmlcharrefreplace_errors",
            xmlcharref,
            "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.",
        ),
    ),
    (
        "backslashreplace",
        def(
            "backslashreplace_errors",
            backslashreplace,
            "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.",
        ),
    ),
    (
        "namereplace",
        def(
            "namereplace_errors",
            namereplace,
            "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.",
        ),
    ),
    ("surrogatepass", def("surrogatepass", surrogatepass, "")),
    ("surrogateescape", def("surrogateescape", surrogateescape, "")),
];

/// The built-in handler of that name.
pub fn builtin(name: &str) -> Option<&'static MethodDef> {
    DEFS.iter().find(|d| d.0 == name).map(|d| &d.1)
}
