//! `complex(...)` and conversions to complex.

use krait_object::complex::PyComplex;
use krait_object::prelude::*;

use super::arith::Complex;
use super::parse::parse_complex;
use crate::int::{ascii_number, trim};

/// What `__complex__` gives, if the type has it.
fn call_dunder(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Complex>> {
    let Some(r) = vm.call_special(o, vm.names().__complex__, &[])? else { return Ok(None) };
    let Some(value) = r.r().as_complex(vm) else {
        let text = format!("{}.__complex__() must return a complex, not {}", o.ty(vm).tp_name(), r.r().ty(vm).tp_name());
        return Err(vm.type_error(text));
    };
    if !r.r().is_exact::<PyComplex>(vm) {
        let text = format!(
            "{}.__complex__() must return a complex, not {}.  The ability to return an instance of a strict subclass of complex is deprecated, and may not be supported in a future version of Python.",
            o.ty(vm).tp_name(),
            r.r().ty(vm).tp_name()
        );
        vm.warn(vm.types.deprecation_warning, &text, 1)?;
    }
    Ok(Some(value))
}

/// Has the object `__float__` or `__index__`?
fn is_real(vm: &Vm, o: Ref<'_>) -> bool {
    let s = &o.ty(vm).slots;
    s.nb_float.get().is_some() || s.nb_index.get().is_some()
}

/// Any number as a complex value (`cmath` functions): `__complex__`, then `__float__`, `__index__`.
pub fn to_complex(vm: &Vm, o: Ref<'_>) -> PyResult<Complex> {
    if let Some(c) = o.as_complex(vm) {
        return Ok(c);
    }
    if !o.is_exact_float(vm)
        && !o.is_exact_int(vm)
        && let Some(c) = call_dunder(vm, o)?
    {
        return Ok(c);
    }
    Ok((vm.to_f64(o)?, 0.0))
}

/// `complex(o)` for an object that is no str, as an instance of `cls`.
pub fn number_complex(vm: &Vm, cls: &PyType, o: Ref<'_>) -> PyResult<Obj> {
    let exact = std::ptr::eq(cls, vm.types.complex);
    if exact && o.is_exact::<PyComplex>(vm) {
        return Ok(o.to_obj());
    }
    if !o.is_exact::<PyComplex>(vm)
        && let Some(c) = call_dunder(vm, o)?
    {
        return PyComplex::new_subtype(vm, cls, c);
    }
    if let Some(c) = o.as_complex(vm) {
        return PyComplex::new_subtype(vm, cls, c);
    }
    if is_real(vm, o) {
        return PyComplex::new_subtype(vm, cls, (vm.to_f64(o)?, 0.0));
    }
    Err(vm.type_error(format!("complex() argument must be a string or a number, not {}", o.ty(vm).tp_name())))
}

fn from_str(vm: &Vm, cls: &PyType, s: &PyStr) -> PyResult<Obj> {
    let text = ascii_number(s);
    match parse_complex(&text) {
        Some(c) => PyComplex::new_subtype(vm, cls, c),
        None if misplaced_underscore(trim(&text)) => {
            let shown = vm.repr_text(s.r())?;
            Err(vm.value_error(format!("could not convert string to complex: {shown}")))
        }
        None => Err(vm.value_error("complex() arg is a malformed string")),
    }
}

/// Is there an underscore that does not stand between digits?
fn misplaced_underscore(s: &[u8]) -> bool {
    let digit = |i: Option<usize>| i.and_then(|i| s.get(i)).is_some_and(u8::is_ascii_digit);
    (0..s.len()).any(|i| s[i] == b'_' && !(digit(i.checked_sub(1)) && digit(Some(i + 1))))
}

/// A part given separately: a real number, or (deprecated) a complex one.
fn part(vm: &Vm, o: Ref<'_>, name: &str) -> PyResult<(Complex, bool)> {
    let wrong = || format!("complex() argument '{name}' must be a real number, not {}", o.ty(vm).tp_name());
    let dunder = if name == "real" && !o.is_exact_float(vm) && !o.is_exact_int(vm) && !o.is_exact::<PyComplex>(vm) {
        call_dunder(vm, o)?
    } else {
        None
    };
    if let Some(c) = dunder.or(o.as_complex(vm)) {
        vm.warn(vm.types.deprecation_warning, &wrong(), 1)?;
        return Ok((c, true));
    }
    if !is_real(vm, o) {
        return Err(vm.type_error(wrong()));
    }
    Ok(((vm.to_f64(o)?, 0.0), false))
}

/// `complex.__new__`. `positional` tells a single positional argument.
pub fn construct(vm: &Vm, cls: &PyType, real: Option<Ref<'_>>, imag: Option<Ref<'_>>, positional: bool) -> PyResult<Obj> {
    if let (Some(x), None, true) = (real, imag, positional) {
        return match x.downcast::<PyStr>(vm) {
            Some(s) => from_str(vm, cls, s),
            None => number_complex(vm, cls, x),
        };
    }
    let (mut c, real_complex) = match real {
        Some(x) => part(vm, x, "real")?,
        None => ((0.0, 0.0), false),
    };
    if let Some(y) = imag {
        let ((re, im), complex) = part(vm, y, "imag")?;
        // The imaginary part's own imaginary part counts against the real one.
        if complex {
            c.0 -= im;
        }
        c.1 = if real_complex { c.1 + re } else { re };
    }
    PyComplex::new_subtype(vm, cls, c)
}
