//! The arguments of `bytes(...)` and `bytearray(...)`.

use krait_object::prelude::*;
use krait_object::unpack;

use super::construct::{buffer_bytes, bytes_from_object, call_dunder_bytes, iterable_bytes};

/// What to fill a new object with.
pub enum Source {
    /// This object as it is (an exact bytes for an exact bytes).
    Object(Obj),
    Data(Vec<u8>),
}

/// The count of zero bytes an argument asks for; `None` if it is no integer.
fn count(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Vec<u8>>> {
    if !vm.has_index(o) {
        return Ok(None);
    }
    let n = match vm.index_isize(o, vm.types.overflow_error) {
        Ok(n) => n,
        // An object that only claims to be an integer may still be iterable.
        Err(e) => {
            drop(vm.catch(e, vm.types.type_error)?);
            return Ok(None);
        }
    };
    let Ok(n) = usize::try_from(n) else { return Err(vm.value_error("negative count")) };
    let mut v = Vec::new();
    if v.try_reserve_exact(n).is_err() {
        return Err(vm.memory_error());
    }
    v.resize(n, 0);
    Ok(Some(v))
}

fn name_arg<'a>(vm: &Vm, func: &str, param: &str, arg: Option<Ref<'a>>) -> PyResult<Option<&'a str>> {
    let Some(arg) = arg else { return Ok(None) };
    let Some(s) = arg.downcast::<PyStr>(vm) else {
        let got = krait_object::convert::type_word(vm, arg);
        return Err(vm.type_error(format!("{func}() argument '{param}' must be str, not {got}")));
    };
    let s = s.to_utf8(vm)?;
    if s.contains('\0') { Err(vm.value_error("embedded null character")) } else { Ok(Some(s)) }
}

/// Takes the arguments of a constructor apart. `mutable` is bytearray.
pub fn source(vm: &Vm, args: &Args<'_>, mutable: bool) -> PyResult<Source> {
    static BYTES: unpack::ParamSpec = unpack::ParamSpec {
        func: "bytes",
        names: &["source", "encoding", "errors"],
        posonly: 0,
        npos: 3,
        minpos: 0,
        required: 0,
        varargs: false,
        varkw: false,
    };
    static BYTEARRAY: unpack::ParamSpec = unpack::ParamSpec {
        func: "bytearray",
        names: &["source", "encoding", "errors"],
        posonly: 0,
        npos: 3,
        minpos: 0,
        required: 0,
        varargs: false,
        varkw: false,
    };
    let spec = if mutable { &BYTEARRAY } else { &BYTES };
    let mut found = [None; 3];
    spec.unpack(vm, args, &mut found)?;
    let encoding = name_arg(vm, spec.func, "encoding", found[1])?;
    let errors = name_arg(vm, spec.func, "errors", found[2])?;
    let no_string =
        || vm.type_error(if encoding.is_some() { "encoding without a string argument" } else { "errors without a string argument" });
    let given = encoding.is_some() || errors.is_some();
    let Some(x) = found[0] else {
        return if given { Err(no_string()) } else { Ok(Source::Data(Vec::new())) };
    };
    let text = x.downcast::<PyStr>(vm);
    let no_encoding = || vm.type_error("string argument without an encoding");
    match (text, encoding) {
        (Some(s), Some(encoding)) => {
            return crate::codecs_prim::encode_checked(vm, s, encoding, errors.unwrap_or("strict")).map(Source::Data);
        }
        (Some(_), None) if given || mutable => return Err(no_encoding()),
        _ if given => return Err(no_string()),
        _ => {}
    }
    if !mutable {
        if x.is_exact::<krait_object::bytes::PyBytes>(vm) {
            return Ok(Source::Object(x.to_obj()));
        }
        if let Some(b) = call_dunder_bytes(vm, x)? {
            return Ok(Source::Object(b.into_obj()));
        }
    }
    if text.is_some() {
        return Err(no_encoding());
    }
    if let Some(zeros) = count(vm, x)? {
        return Ok(Source::Data(zeros));
    }
    if !mutable {
        return bytes_from_object(vm, x).map(Source::Data);
    }
    if krait_object::buffer::has_buffer(vm, x) {
        return buffer_bytes(vm, x).map(Source::Data);
    }
    match iterable_bytes(vm, x, "byte", false)? {
        Some(d) => Ok(Source::Data(d)),
        None => Err(vm.type_error(format!("cannot convert '{}' object to bytearray", x.ty(vm).tp_name()))),
    }
}
