//! `memoryview.cast`.

use std::rc::Rc;

use krait_object::prelude::*;

use super::item::{native_code, size_of_code};
use super::object::{Facts, PyMemoryView};
use super::strided::c_strides;

fn is_byte(code: u8) -> bool {
    matches!(code, b'B' | b'b' | b'c')
}

/// The dimensions asked for.
fn read_shape(vm: &Vm, shape: Ref<'_>) -> PyResult<Vec<isize>> {
    let items = if let Some(l) = shape.downcast::<PyList>(vm) {
        l.to_vec()
    } else if let Some(t) = shape.downcast::<PyTuple>(vm) {
        t.as_slice().to_vec()
    } else {
        return Err(vm.type_error("shape must be a list or a tuple"));
    };
    if items.len() > super::MAX_NDIM {
        return Err(vm.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    let mut out = Vec::with_capacity(items.len());
    for item in &items {
        let Some(i) = item.r().as_int(vm) else {
            return Err(vm.type_error("memoryview.cast(): elements of shape must be integers"));
        };
        match i.to_i64() {
            Some(n) if n > 0 => out.push(n as isize),
            Some(_) => return Err(vm.value_error("memoryview.cast(): elements of shape must be integers > 0")),
            None => return Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }
    Ok(out)
}

/// `m.cast(format, shape)`.
pub fn cast(vm: &Vm, m: &PyMemoryView, format: &PyStr, shape: Option<Ref<'_>>) -> PyResult<Obj> {
    let f = m.facts(vm)?;
    if !f.view.is_c_contiguous() {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let no_zeros = |f: &Facts| f.view.shape.iter().chain(&f.view.strides).all(|n| *n != 0);
    if (shape.is_some() || f.view.ndim() != 1) && !no_zeros(f) {
        return Err(vm.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let shape = shape.map(|s| read_shape(vm, s)).transpose()?;
    let f = m.facts(vm)?;
    if shape.as_ref().is_some_and(|s| s.len() != 1) && f.view.ndim() != 1 {
        return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let text = format.to_utf8(vm)?;
    let Some((to, size)) = native_code(text).and_then(|c| size_of_code(c).map(|n| (c, n))) else {
        let msg = "memoryview: destination format must be a native single character format prefixed with an optional '@'";
        return Err(vm.value_error(msg));
    };
    let Some(from) = native_code(&f.format) else {
        let msg = "memoryview: source format must be a native single character format prefixed with an optional '@'";
        return Err(vm.value_error(msg));
    };
    if !is_byte(from) && !is_byte(to) {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let bytes = f.nbytes();
    if bytes % size != 0 {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = shape.unwrap_or_else(|| vec![(bytes / size) as isize]);
    let mut product = Some(size as isize);
    for n in &shape {
        product = product.and_then(|p| p.checked_mul(*n));
    }
    match product {
        None => return Err(vm.value_error("memoryview.cast(): product(shape) > SSIZE_MAX")),
        Some(p) if p as usize != bytes => {
            return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
        }
        _ => {}
    }
    let mut out = f.clone();
    out.format = Rc::from(text);
    out.view.itemsize = size;
    out.view.strides = c_strides(&shape, size);
    out.view.shape = shape;
    Ok(m.derive(vm, out)?.into_obj())
}
