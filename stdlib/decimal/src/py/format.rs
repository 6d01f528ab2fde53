//! `Decimal.__format__`.

use krait_object::prelude::*;

use super::current::current;
use super::decimal::PyDecimal;
use crate::num::format::{FormatError, Spec, format, parse_spec};
use crate::num::text::to_sci;

/// `d.__format__(spec, override)`; `replaced` gives the locale's conventions for tests.
pub fn format_decimal(vm: &Vm, d: &PyDecimal, text: Ref<'_>, replaced: Option<Ref<'_>>) -> PyResult<Obj> {
    let c = current(vm)?;
    let Some(text) = text.downcast::<PyStr>(vm) else {
        return Err(vm.type_error("format arg must be str"));
    };
    let spec_text = text.to_utf8(vm)?;
    if spec_text.ends_with('N') {
        vm.warn(vm.types.deprecation_warning, "Format specifier 'N' is deprecated", 1)?;
    }
    let Some(mut spec) = parse_spec(spec_text, c.capitals.get()) else {
        return by_library(vm, d, text, c.r());
    };
    if spec.locale {
        use_locale(&mut spec);
    }
    if let Some(o) = replaced {
        let Some(dict) = o.downcast::<PyDict>(vm) else {
            return Err(vm.type_error("optional argument must be a dict"));
        };
        replace(vm, &mut spec, dict)?;
    }
    match format(&d.dec, &spec, &c.ctx.get()) {
        Ok(s) => Ok(vm.str(&s)),
        Err(FormatError::Limits) => Err(vm.value_error("format specification exceeds internal limits of _decimal")),
        Err(FormatError::NoMemory) => Err(vm.memory_error()),
    }
}

/// Specifications beyond what the arithmetic's own formatting knows are left to the library.
fn by_library(vm: &Vm, d: &PyDecimal, spec: &PyStr, context: Ref<'_>) -> PyResult<Obj> {
    let module = (vm.interp.hooks().import)(vm, "_pydecimal")?;
    let class = vm.getattr_str(module.r(), "Decimal")?;
    let value = vm.call1(class.r(), vm.str(&to_sci(&d.dec, true)).r())?;
    match vm.call_method_str(value.r(), "__format__", &[spec.r(), context]) {
        Ok(s) => Ok(s),
        Err(e) => {
            drop(vm.catch(e, vm.types.value_error)?);
            Err(vm.value_error("invalid format string"))
        }
    }
}

/// The numeric conventions of the process's locale.
fn use_locale(spec: &mut Spec) {
    /// # Safety
    /// `p` is null or a NUL-terminated string.
    unsafe fn bytes(p: *const libc::c_char) -> Vec<u8> {
        // SAFETY: by contract.
        if p.is_null() { Vec::new() } else { unsafe { std::ffi::CStr::from_ptr(p) }.to_bytes().to_vec() }
    }
    // SAFETY: the GIL keeps other users of the C library's static buffer out.
    let (point, separator, grouping) = unsafe {
        let l = libc::localeconv();
        (bytes((*l).decimal_point), bytes((*l).thousands_sep), bytes((*l).grouping))
    };
    spec.point = String::from_utf8_lossy(&point).into_owned();
    spec.separator = String::from_utf8_lossy(&separator).into_owned();
    spec.grouping = grouping;
}

fn replace(vm: &Vm, spec: &mut Spec, dict: &PyDict) -> PyResult<()> {
    let text = |key: &str| -> PyResult<Option<Vec<u32>>> {
        match dict.get_item_str(vm, key)? {
            None => Ok(None),
            Some(v) => match v.r().downcast::<PyStr>(vm) {
                Some(s) => Ok(Some(s.chars().collect())),
                None => Err(vm.value_error("invalid override dict")),
            },
        }
    };
    let string = |v: Vec<u32>| v.into_iter().filter_map(char::from_u32).collect::<String>();
    if let Some(v) = text("decimal_point")? {
        spec.point = string(v);
    }
    if let Some(v) = text("thousands_sep")? {
        spec.separator = string(v);
    }
    let mut valid = true;
    if let Some(v) = text("grouping")? {
        // A C string of small numbers: it ends at a zero, and 128 and above are negative.
        let v: Vec<u32> = v.into_iter().take_while(|c| *c != 0).collect();
        valid = v.iter().all(|c| *c <= 127);
        spec.grouping = v.into_iter().map(|c| c as u8).collect();
    }
    // A character each, at most.
    let long = |s: &str| s.len() > 4 || s.chars().count() > 1;
    if !valid || spec.point.is_empty() || long(&spec.point) || long(&spec.separator) {
        return Err(vm.value_error("invalid override dict"));
    }
    Ok(())
}
