//! Unpickling arrays, from any machine's item format.

use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use super::kind::{Kind, int_from_bytes};
use super::object::PyArray;

/// Item formats by number: size, signed, big-endian.
const INTS: [(usize, bool, bool); 14] = [
    (1, false, false),
    (1, true, false),
    (2, false, false),
    (2, false, true),
    (2, true, false),
    (2, true, true),
    (4, false, false),
    (4, false, true),
    (4, true, false),
    (4, true, true),
    (8, false, false),
    (8, false, true),
    (8, true, false),
    (8, true, true),
];

fn floats(b: &[u8], size: usize, big: bool) -> impl Iterator<Item = f64> {
    b.chunks_exact(size).map(move |c| {
        let mut w = [0u8; 8];
        w[..size].copy_from_slice(c);
        if big {
            w[..size].reverse();
        }
        match size {
            4 => f64::from(f32::from_le_bytes([w[0], w[1], w[2], w[3]])),
            _ => f64::from_le_bytes(w),
        }
    })
}

/// `array._array_reconstructor`.
pub fn reconstruct(vm: &Vm, cls: &PyType, code: u32, format: i32, items: Ref<'_>) -> PyResult<Obj> {
    if !cls.is_subtype(PyArray::type_of(vm)) {
        return Err(vm.type_error(format!("{} is not a subtype of array.array", cls.tp_name())));
    }
    let Some(kind) = Kind::from_code(code) else {
        return Err(vm.value_error("second argument must be a valid type code"));
    };
    if !(0..=21).contains(&format) {
        return Err(vm.value_error("third argument must be a valid machine format code."));
    }
    let Some(b) = items.downcast::<PyBytes>(vm) else {
        return Err(vm.type_error(format!("fourth argument should be bytes, not {}", items.ty(vm).tp_name())));
    };
    let data = b.as_slice();
    if i64::from(format) == kind.machine_code() {
        let new = PyArray::create(vm, cls, kind, Vec::new())?;
        if let Some(a) = new.r().downcast::<PyArray>(vm) {
            a.push_bytes(vm, data)?;
        }
        return Ok(new);
    }
    let check = |size: usize| {
        if data.len() % size == 0 { Ok(()) } else { Err(vm.value_error("bytes length not a multiple of item size")) }
    };
    let mut kind = kind;
    let values: Vec<Obj> = match format {
        0..=13 => {
            let (size, signed, big) = INTS[format as usize];
            check(size)?;
            kind = fitting(kind, size, signed);
            data.chunks_exact(size).map(|c| int_from_bytes(vm, c, signed, big)).collect()
        }
        14..=17 => {
            let size = if format < 16 { 4 } else { 8 };
            check(size)?;
            floats(data, size, format % 2 == 1).map(|f| vm.float(f)).collect()
        }
        _ => {
            let (size, big) = (if format < 20 { 2 } else { 4 }, format % 2 == 1);
            check(size)?;
            let name = match (size, big) {
                (2, false) => "utf-16-le",
                (2, true) => "utf-16-be",
                (_, false) => "utf-32-le",
                (_, true) => "utf-32-be",
            };
            let text = (vm.interp.hooks().decode)(vm, data, name, "strict")?;
            vm.collect(text.r())?
        }
    };
    let new = PyArray::create(vm, cls, kind, Vec::new())?;
    if let Some(a) = new.r().downcast::<PyArray>(vm) {
        for v in &values {
            a.push(vm, v.r())?;
        }
    }
    Ok(new)
}

/// An integer kind that holds items of this size: the one asked for if it fits.
fn fitting(kind: Kind, size: usize, signed: bool) -> Kind {
    let is_signed = matches!(kind, Kind::I8 | Kind::I16 | Kind::I32 | Kind::I64(_));
    let is_int = is_signed || matches!(kind, Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64(_));
    if !is_int || (kind.size() == size && is_signed == signed) {
        return kind;
    }
    match (size, signed) {
        (1, true) => Kind::I8,
        (1, false) => Kind::U8,
        (2, true) => Kind::I16,
        (2, false) => Kind::U16,
        (4, true) => Kind::I32,
        (4, false) => Kind::U32,
        (_, true) => Kind::I64(b'l'),
        (_, false) => Kind::U64(b'L'),
    }
}
