//! Comparison that takes as long for equal as for unequal digests.

use std::hint::black_box;

use krait_object::buffer::{Buffer, has_buffer};
use krait_object::prelude::*;

/// Equality of all bytes without an early exit.
fn same(a: &[u8], b: &[u8]) -> bool {
    // With unequal lengths `b` is compared with itself, so that the time depends on it alone.
    let mut diff = u8::from(a.len() != b.len());
    let left = if a.len() == b.len() { a } else { b };
    for (x, y) in left.iter().zip(b) {
        diff |= black_box(x ^ y);
    }
    black_box(diff) == 0
}

/// `hmac.compare_digest`.
pub fn compare_digest(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
    if let (Some(x), Some(y)) = (a.downcast::<PyStr>(vm), b.downcast::<PyStr>(vm)) {
        return match (x.as_ascii(), y.as_ascii()) {
            (Some(x), Some(y)) => Ok(same(x.as_bytes(), y.as_bytes())),
            _ => Err(vm.type_error("comparing strings with non-ASCII characters is not supported")),
        };
    }
    if !has_buffer(vm, a) && !has_buffer(vm, b) {
        let (ta, tb) = (a.ty(vm).tp_name(), b.ty(vm).tp_name());
        return Err(vm.type_error(format!("unsupported operand types(s) or combination of types: '{ta}' and '{tb}'")));
    }
    let (x, y) = (one_dimensional(vm, a)?, one_dimensional(vm, b)?);
    Ok(same(x.as_slice(), y.as_slice()))
}

fn one_dimensional(vm: &Vm, o: Ref<'_>) -> PyResult<Buffer> {
    let b = Buffer::simple(vm, o)?;
    if b.info().shape.len() > 1 { Err(vm.buffer_error("Buffer must be single dimension")) } else { Ok(b) }
}
