//! `str.__format__`.

use krait_object::prelude::*;

use super::layout::pad_text;
use super::spec::{Spec, unknown_type};

/// `str.__format__`.
pub fn format_str(vm: &Vm, obj: Ref<'_>, s: &PyStr, text: &PyStr) -> PyResult<Obj> {
    if text.is_empty() {
        return Ok(s.to_exact(vm).into_obj());
    }
    let spec = Spec::parse(vm, obj, text, b's', b'<')?;
    if spec.ty != 's' as u32 {
        return Err(unknown_type(vm, obj, spec.ty));
    }
    if spec.sign != 0 {
        let what = if spec.sign == b' ' { "Space" } else { "Sign" };
        return Err(vm.value_error(format!("{what} not allowed in string format specifier")));
    }
    if spec.no_neg_0 {
        return Err(vm.value_error("Negative zero coercion (z) not allowed in string format specifier"));
    }
    if spec.alternate {
        return Err(vm.value_error("Alternate form (#) not allowed in string format specifier"));
    }
    if spec.align == b'=' {
        return Err(vm.value_error("'=' alignment not allowed in string format specifier"));
    }
    let shown = spec.precision.map_or(s.len(), |p| p.min(s.len()));
    if shown == s.len() && spec.width <= shown {
        return Ok(s.to_exact(vm).into_obj());
    }
    Ok(pad_text(vm, &spec, s, shown)?.into_obj())
}
