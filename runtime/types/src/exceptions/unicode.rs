//! `UnicodeError` and its three kinds, and how native code makes them.

use krait_object::bytes::PyBytes;
use krait_object::error::Raised;
use krait_object::exception::{PyBaseException, alloc_exception, peek};
use krait_object::exception_layouts::PyUnicodeError;
use krait_object::prelude::*;
use krait_object::slots::{InitFn, SlotDefs, UnaryFn};
use krait_object::str::StrBuilder;
use krait_object::vm::TypeTable;

use super::support::{base_init, base_new, check_count, def, field, set_field, this};

/// `UnicodeError`.
pub static DEF: TypeDef = def::<PyUnicodeError>("UnicodeError", "Unicode related error.", |t| t.unicode_error, |vm| vm.types.value_error);

/// `UnicodeEncodeError`.
pub static ENCODE: TypeDef = kind("UnicodeEncodeError", "Unicode encoding error.", |t| t.unicode_encode_error, encode_init, encode_str);
/// `UnicodeDecodeError`.
pub static DECODE: TypeDef = kind("UnicodeDecodeError", "Unicode decoding error.", |t| t.unicode_decode_error, decode_init, decode_str);
/// `UnicodeTranslateError`.
pub static TRANSLATE: TypeDef =
    kind("UnicodeTranslateError", "Unicode translation error.", |t| t.unicode_translate_error, translate_init, translate_str);

const fn kind(name: &'static str, doc: &'static str, table: fn(&TypeTable) -> &'static PyType, init: InitFn, str: UnaryFn) -> TypeDef {
    TypeDef {
        slots: SlotDefs { new: Some(base_new), init: Some(init), str: Some(str), ..SlotDefs::EMPTY },
        members: MEMBERS,
        ..def::<PyUnicodeError>(name, doc, table, |vm| vm.types.unicode_error)
    }
}

fn exc(o: Ref<'_>) -> &PyUnicodeError {
    this::<PyUnicodeError>(o)
}

static MEMBERS: &[MemberDef] = &[
    MemberDef {
        name: "encoding",
        get: |_, o| field(&exc(o).encoding),
        set: Some(|_, o, v| set_field(&exc(o).encoding, v)),
        doc: Some("exception encoding"),
    },
    MemberDef {
        name: "object",
        get: |_, o| field(&exc(o).object),
        set: Some(|_, o, v| set_field(&exc(o).object, v)),
        doc: Some("exception object"),
    },
    MemberDef {
        name: "start",
        get: |vm, o| Ok(vm.int_i64(exc(o).start.get() as i64)),
        set: Some(|vm, o, v| set_position(vm, &exc(o).start, v)),
        doc: Some("exception start"),
    },
    MemberDef {
        name: "end",
        get: |vm, o| Ok(vm.int_i64(exc(o).end.get() as i64)),
        set: Some(|vm, o, v| set_position(vm, &exc(o).end, v)),
        doc: Some("exception end"),
    },
    MemberDef {
        name: "reason",
        get: |_, o| field(&exc(o).reason),
        set: Some(|_, o, v| set_field(&exc(o).reason, v)),
        doc: Some("exception reason"),
    },
];

fn set_position(vm: &Vm, cell: &std::cell::Cell<isize>, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(v) = value else { return Err(vm.type_error("can't delete numeric/char attribute")) };
    let Some(i) = v.as_int(vm) else { return Err(vm.type_error("an integer is required")) };
    cell.set(fit(vm, i.to_i64())?);
    Ok(())
}

fn fit(vm: &Vm, i: Option<i64>) -> PyResult<isize> {
    match i {
        Some(i) => Ok(i as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// The argument as a str; `n` is its number.
fn str_arg(vm: &Vm, n: usize, o: Ref<'_>) -> PyResult<Obj> {
    match o.downcast::<PyStr>(vm) {
        Some(_) => Ok(o.to_obj()),
        None => Err(vm.type_error(format!("argument {n} must be str, not {}", type_name(vm, o)))),
    }
}

fn type_name(vm: &Vm, o: Ref<'_>) -> String {
    if o.is_none() { "None".to_owned() } else { o.ty(vm).tp_name() }
}

fn position_arg(vm: &Vm, o: Ref<'_>) -> PyResult<isize> {
    let i = vm.index(o)?;
    fit(vm, i.r().as_int(vm).and_then(|i| i.to_i64()))
}

/// Assigns everything at once, after all arguments have been checked.
fn assign(zelf: Ref<'_>, encoding: Option<Obj>, object: Obj, start: isize, end: isize, reason: Obj) {
    let e = exc(zelf);
    drop(e.encoding.replace(encoding));
    drop(e.object.replace(Some(object)));
    e.start.set(start);
    e.end.set(end);
    drop(e.reason.replace(Some(reason)));
}

fn encode_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    base_init(vm, zelf, args)?;
    let a = args.pos();
    check_count(vm, "function", a.len(), 5, 5)?;
    let (encoding, object) = (str_arg(vm, 1, a[0])?, str_arg(vm, 2, a[1])?);
    let (start, end) = (position_arg(vm, a[2])?, position_arg(vm, a[3])?);
    let reason = str_arg(vm, 5, a[4])?;
    assign(zelf, Some(encoding), object, start, end, reason);
    Ok(())
}

fn decode_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    base_init(vm, zelf, args)?;
    let a = args.pos();
    check_count(vm, "function", a.len(), 5, 5)?;
    let encoding = str_arg(vm, 1, a[0])?;
    let (start, end) = (position_arg(vm, a[2])?, position_arg(vm, a[3])?);
    let reason = str_arg(vm, 5, a[4])?;
    let object = match a[1].downcast::<PyBytes>(vm) {
        Some(b) => b.to_obj(),
        None => {
            let copy = krait_object::buffer::with_bytes(vm, a[1], |b| b.to_vec())?;
            vm.bytes(&copy)
        }
    };
    assign(zelf, Some(encoding), object, start, end, reason);
    Ok(())
}

fn translate_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    base_init(vm, zelf, args)?;
    let a = args.pos();
    check_count(vm, "function", a.len(), 4, 4)?;
    let object = str_arg(vm, 1, a[0])?;
    let (start, end) = (position_arg(vm, a[1])?, position_arg(vm, a[2])?);
    let reason = str_arg(vm, 4, a[3])?;
    assign(zelf, None, object, start, end, reason);
    Ok(())
}

/// An attribute as text; `<NULL>` if it was deleted.
fn text(vm: &Vm, cell: &std::cell::Cell<Option<Obj>>) -> PyResult<Py<PyStr>> {
    match peek(cell) {
        Some(o) => vm.str_of(o.r()),
        None => Ok(PyStr::new(vm, "<NULL>")),
    }
}

/// The object attribute, re-read because printing the others may have run Python code.
fn object_as<T: Layout>(vm: &Vm, e: &PyUnicodeError, what: &str) -> PyResult<Py<T>> {
    match peek(&e.object) {
        None => Err(vm.type_error("object attribute not set")),
        Some(o) => o.downcast::<T>(vm).map_err(|_| vm.type_error(format!("object attribute must be {what}"))),
    }
}

/// The only position the error covers, if it covers one that exists.
fn single(e: &PyUnicodeError, len: usize) -> Option<usize> {
    let (start, end) = (e.start.get(), e.end.get());
    let inside = start >= 0 && (start as usize) < len && end >= 0 && end as usize <= len;
    if inside && end == start + 1 { Some(start as usize) } else { None }
}

fn escape(c: u32) -> String {
    match c {
        0..=0xff => format!("'\\x{c:02x}'"),
        0x100..=0xffff => format!("'\\u{c:04x}'"),
        _ => format!("'\\U{c:08x}'"),
    }
}

/// Appends ` in position 3: reason` or `s in position 3-5: reason`.
fn finish(vm: &Vm, mut out: StrBuilder, e: &PyUnicodeError, one: Option<(String, usize)>, reason: &PyStr) -> PyResult<Obj> {
    match one {
        Some((what, at)) => out.push_str(&format!(" {what} in position {at}: ")),
        None => out.push_str(&format!("s in position {}-{}: ", e.start.get(), e.end.get().wrapping_sub(1))),
    }
    out.push_pystr(reason);
    Ok(out.finish(vm).into_obj())
}

fn encode_str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let e = exc(zelf);
    if peek(&e.object).is_none() {
        // Made without `__init__`.
        return Ok(vm.names().empty.to_obj());
    }
    let (reason, encoding) = (text(vm, &e.reason)?, text(vm, &e.encoding)?);
    let object = object_as::<PyStr>(vm, e, "unicode")?;
    let one = single(e, object.len()).map(|i| (escape(object.char_at(i)), i));
    let mut out = StrBuilder::new();
    out.push_str("'");
    out.push_pystr(&encoding);
    out.push_str("' codec can't encode character");
    finish(vm, out, e, one, &reason)
}

fn decode_str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let e = exc(zelf);
    if peek(&e.object).is_none() {
        return Ok(vm.names().empty.to_obj());
    }
    let (reason, encoding) = (text(vm, &e.reason)?, text(vm, &e.encoding)?);
    let object = object_as::<PyBytes>(vm, e, "bytes")?;
    let one = single(e, object.len()).map(|i| (format!("0x{:02x}", object.as_slice()[i]), i));
    let mut out = StrBuilder::new();
    out.push_str("'");
    out.push_pystr(&encoding);
    out.push_str("' codec can't decode byte");
    finish(vm, out, e, one, &reason)
}

fn translate_str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let e = exc(zelf);
    if peek(&e.object).is_none() {
        return Ok(vm.names().empty.to_obj());
    }
    let reason = text(vm, &e.reason)?;
    let object = object_as::<PyStr>(vm, e, "unicode")?;
    let one = single(e, object.len()).map(|i| (escape(object.char_at(i)), i));
    let mut out = StrBuilder::new();
    out.push_str("can't translate character");
    finish(vm, out, e, one, &reason)
}

/// A filled-in error of one of the three kinds.
fn make(vm: &Vm, ty: &PyType, encoding: Option<Obj>, object: Obj, start: usize, end: usize, reason: &str) -> PyResult<Py<PyBaseException>> {
    let (start, end, reason) = (start as isize, end as isize, vm.str(reason));
    let mut args: Vec<Obj> = encoding.iter().cloned().collect();
    args.extend([object.clone(), vm.int_i64(start as i64), vm.int_i64(end as i64), reason.clone()]);
    let e = alloc_exception(vm, ty, PyTuple::new(vm, args))?;
    assign(e.r(), encoding, object, start, end, reason);
    Ok(e)
}

/// `UnicodeEncodeError(encoding, object, start, end, reason)`.
pub fn new_encode_error(vm: &Vm, encoding: &str, object: &PyStr, start: usize, end: usize, reason: &str) -> PyResult<Py<PyBaseException>> {
    make(vm, vm.types.unicode_encode_error, Some(vm.str(encoding)), object.to_obj(), start, end, reason)
}

/// `UnicodeDecodeError(encoding, object, start, end, reason)`.
pub fn new_decode_error(vm: &Vm, encoding: &str, object: &[u8], start: usize, end: usize, reason: &str) -> PyResult<Py<PyBaseException>> {
    make(vm, vm.types.unicode_decode_error, Some(vm.str(encoding)), vm.bytes(object), start, end, reason)
}

/// Raises UnicodeEncodeError.
#[cold]
pub fn raise_encode_error(vm: &Vm, encoding: &str, object: &PyStr, start: usize, end: usize, reason: &str) -> Raised {
    match new_encode_error(vm, encoding, object, start, end, reason) {
        Ok(e) => vm.raise(e),
        Err(r) => r,
    }
}

/// Raises UnicodeDecodeError.
#[cold]
pub fn raise_decode_error(vm: &Vm, encoding: &str, object: &[u8], start: usize, end: usize, reason: &str) -> Raised {
    match new_decode_error(vm, encoding, object, start, end, reason) {
        Ok(e) => vm.raise(e),
        Err(r) => r,
    }
}
