//! `int(...)`.

use krait_object::args::Args;
use krait_object::buffer::{Buffer, has_buffer};
use krait_object::bytes::PyBytes;
use krait_object::int::PyInt;
use krait_object::prelude::*;
use krait_object::unpack;

use super::arith::int_plain;
use super::parse::{int_from_str, int_from_text};

/// `int(o)`: an exact int.
pub fn number_long(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    if o.is_exact_int(vm) {
        return Ok(o.to_obj());
    }
    let ty = o.ty(vm);
    if let Some(f) = ty.slots.nb_int.get() {
        let r = f(vm, o)?;
        return exact_result(vm, r, "__int__");
    }
    if ty.slots.nb_index.get().is_some() {
        let i = vm.index(o)?;
        return Ok(i.r().as_int(vm).map_or_else(|| i.clone(), |v| int_plain(vm, v)));
    }
    if let Some(s) = o.downcast::<PyStr>(vm) {
        return int_from_str(vm, s, 10);
    }
    match bytes_text(vm, o)? {
        Some(text) => int_from_text(vm, &text, 10, quoted(vm, o, &text).r()),
        None => {
            Err(vm.type_error(format!("int() argument must be a string, a bytes-like object or a real number, not '{}'", ty.tp_name())))
        }
    }
}

/// The contents of a bytes-like object.
fn bytes_text(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Vec<u8>>> {
    if !has_buffer(vm, o) {
        return Ok(None);
    }
    Ok(Some(Buffer::simple(vm, o)?.as_slice().to_vec()))
}

/// What errors show for a bytes-like source: bytes.
fn quoted(vm: &Vm, o: Ref<'_>, text: &[u8]) -> Obj {
    if o.is_instance_of::<PyBytes>(vm) { o.to_obj() } else { vm.bytes(text) }
}

/// Checks what `__int__` gave and makes it exact.
fn exact_result(vm: &Vm, r: Obj, method: &str) -> PyResult<Obj> {
    if r.r().is_exact_int(vm) {
        return Ok(r);
    }
    let Some(v) = r.r().as_int(vm) else {
        return Err(vm.type_error(format!("{method} returned non-int (type {})", r.r().ty(vm).tp_name())));
    };
    let text = format!(
        "{method} returned non-int (type {}).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python.",
        r.r().ty(vm).tp_name()
    );
    vm.warn(vm.types.deprecation_warning, &text, 1)?;
    Ok(int_plain(vm, v))
}

/// The base argument.
fn base_of(vm: &Vm, base: Ref<'_>) -> PyResult<u32> {
    match vm.index_clamped(base)? {
        b @ (0 | 2..=36) => Ok(b as u32),
        _ => Err(vm.value_error("int() base must be >= 2 and <= 36, or 0")),
    }
}

/// `int(x, base)` as an exact int.
fn value_of(vm: &Vm, x: Option<Ref<'_>>, base: Option<Ref<'_>>) -> PyResult<Obj> {
    let Some(x) = x else {
        return match base {
            Some(_) => Err(vm.type_error("int() missing string argument")),
            None => Ok(Obj::small(0)),
        };
    };
    let Some(base) = base else { return number_long(vm, x) };
    let base = base_of(vm, base)?;
    if let Some(s) = x.downcast::<PyStr>(vm) {
        return int_from_str(vm, s, base);
    }
    if (x.is_instance_of::<PyBytes>(vm) || x.ty(vm).is_subtype(vm.types.bytearray))
        && let Some(text) = bytes_text(vm, x)?
    {
        return int_from_text(vm, &text, base, quoted(vm, x, &text).r());
    }
    Err(vm.type_error("int() can't convert non-string with explicit base"))
}

/// `int.__new__`.
pub fn construct(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
    unpack::check_positional(vm, "int", args.npos(), 0, 2)?;
    let x = args.pos().first().copied();
    let mut base = args.pos().get(1).copied();
    for (name, value) in args.kwargs() {
        if !name.eq_str("base") {
            return Err(unpack::unexpected_keyword(vm, "int", name, &["base"]));
        }
        if base.replace(value).is_some() {
            return Err(vm.type_error("argument for int() given by name ('base') and position (2)"));
        }
    }
    let value = value_of(vm, x, base)?;
    if std::ptr::eq(cls, vm.types.int) {
        return Ok(value);
    }
    match value.r().as_int(vm) {
        Some(v) => PyInt::new_subtype(vm, cls, v.to_big()),
        None => Ok(value),
    }
}
