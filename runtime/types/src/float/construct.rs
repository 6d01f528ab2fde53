//! `float(...)`.

use krait_object::buffer::{Buffer, has_buffer};
use krait_object::float::PyFloat;
use krait_object::prelude::*;

use super::parse::parse_float;
use crate::int::{ascii_number, trim};

/// `float(o)`: an exact float.
pub fn number_float(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    if o.is_exact_float(vm) {
        return Ok(o.to_obj());
    }
    let slots = &o.ty(vm).slots;
    if slots.nb_float.get().is_some() || slots.nb_index.get().is_some() {
        return Ok(vm.float(number_value(vm, o)?));
    }
    if let Some(f) = o.as_float(vm) {
        return Ok(vm.float(f));
    }
    from_text(vm, o)
}

/// The float of an object with `__float__` or `__index__`. Unlike [`Vm::to_f64`], `__float__` of
/// subtypes of float counts.
fn number_value(vm: &Vm, o: Ref<'_>) -> PyResult<f64> {
    let ty = o.ty(vm);
    let Some(f) = ty.slots.nb_float.get() else { return vm.to_f64(o) };
    let r = f(vm, o)?;
    let Some(v) = r.r().as_float(vm) else {
        let text = format!("{}.__float__ returned non-float (type {})", ty.tp_name(), r.r().ty(vm).tp_name());
        return Err(vm.type_error(text));
    };
    if !r.r().is_exact_float(vm) {
        let text = format!(
            "{}.__float__ returned non-float (type {}).  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported in a future version of Python.",
            ty.tp_name(),
            r.r().ty(vm).tp_name()
        );
        vm.warn(vm.types.deprecation_warning, &text, 1)?;
    }
    Ok(v)
}

/// The float a str or bytes-like object spells.
fn from_text(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let parsed = if let Some(s) = o.downcast::<PyStr>(vm) {
        parse_float(trim(&ascii_number(s)))
    } else if has_buffer(vm, o) {
        let b = Buffer::simple(vm, o)?;
        parse_float(trim(b.as_slice()))
    } else {
        return Err(vm.type_error(format!("float() argument must be a string or a real number, not '{}'", o.ty(vm).tp_name())));
    };
    match parsed {
        Some(f) => Ok(vm.float(f)),
        None => {
            let shown = PyStr::from_ascii(vm, "could not convert string to float: ").concat(vm, &*vm.repr(o)?)?;
            Err(vm.raise_with(vm.types.value_error, vec![shown.into_obj()]))
        }
    }
}

/// `float.__new__`.
pub fn construct(vm: &Vm, cls: &PyType, x: Option<Ref<'_>>) -> PyResult<Obj> {
    let value = match x {
        Some(x) => number_float(vm, x)?,
        None => vm.float(0.0),
    };
    of_class(vm, cls, value)
}

/// The float as an instance of `cls`, bypassing its `__init__`.
fn of_class(vm: &Vm, cls: &PyType, value: Obj) -> PyResult<Obj> {
    if std::ptr::eq(cls, vm.types.float) {
        return Ok(value);
    }
    PyFloat::new_subtype(vm, cls, value.r().as_float(vm).unwrap_or(0.0))
}
