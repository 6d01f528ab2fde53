//! Python values to bytes and back.

use dashu_int::IBig;
use krait_object::bytes::PyBytes;
use krait_object::error::Raised;
use krait_object::prelude::*;

use super::error::struct_error;
use super::format::{Field, Format, Kind};
use super::half::{from_half, to_half};

#[inline(always)]
fn store(out: &mut [u8], v: u64, little: bool) {
    let n = out.len();
    if little {
        out.copy_from_slice(&v.to_le_bytes()[..n]);
    } else {
        out.copy_from_slice(&v.to_be_bytes()[8 - n..]);
    }
}

#[inline(always)]
fn load(b: &[u8], little: bool) -> u64 {
    let mut w = [0u8; 8];
    if little {
        w[..b.len()].copy_from_slice(b);
        u64::from_le_bytes(w)
    } else {
        w[8 - b.len()..].copy_from_slice(b);
        u64::from_be_bytes(w)
    }
}

#[cold]
fn range_error(vm: &Vm, f: &Field, signed: bool) -> Raised {
    let bits = f.size as u32 * 8;
    let code = f.code as char;
    if signed {
        let max = i64::MAX >> (64 - bits);
        return struct_error(vm, format!("'{code}' format requires {} <= number <= {max}", -1 - max));
    }
    struct_error(vm, format!("'{code}' format requires 0 <= number <= {}", u64::MAX >> (64 - bits)))
}

/// The value as an int object.
fn to_int(vm: &Vm, v: Ref<'_>) -> PyResult<Obj> {
    if v.as_int(vm).is_some() {
        return Ok(v.to_obj());
    }
    if !vm.has_index(v) {
        return Err(struct_error(vm, "required argument is not an integer"));
    }
    vm.index(v)
}

fn pack_int(vm: &Vm, f: &Field, signed: bool, v: Ref<'_>, out: &mut [u8], little: bool) -> PyResult<()> {
    let bits = f.size as u32 * 8;
    let held;
    let small = match v.value().as_int() {
        Some(i) => Some(i),
        None => {
            held = to_int(vm, v)?;
            match held.r().as_int(vm) {
                Some(IntRef::Small(i)) => Some(i),
                Some(IntRef::Big(b)) if !signed && bits == 64 => match u64::try_from(b) {
                    Ok(u) => {
                        store(out, u, little);
                        return Ok(());
                    }
                    Err(_) => None,
                },
                _ => None,
            }
        }
    };
    let fits = |i: i64| {
        if signed { bits == 64 || (i >> (bits - 1) == 0) || (i >> (bits - 1) == -1) } else { i >= 0 && (bits == 64 || i >> bits == 0) }
    };
    match small.filter(|i| fits(*i)) {
        Some(i) => {
            store(out, i as u64, little);
            Ok(())
        }
        None => Err(range_error(vm, f, signed)),
    }
}

fn pack_pointer(vm: &Vm, v: Ref<'_>, out: &mut [u8], little: bool) -> PyResult<()> {
    let i = to_int(vm, v)?;
    let word = match i.r().as_int(vm) {
        Some(IntRef::Small(i)) => Some(i as u64),
        Some(IntRef::Big(b)) => u64::try_from(b).ok(),
        None => None,
    };
    match word {
        Some(w) => {
            store(out, w, little);
            Ok(())
        }
        None => Err(struct_error(vm, "int too large to convert")),
    }
}

/// A double in 2, 4 or 8 bytes.
fn pack_float(vm: &Vm, x: f64, out: &mut [u8], little: bool) -> PyResult<()> {
    match out.len() {
        2 => match to_half(x) {
            Some(h) => store(out, u64::from(h), little),
            None => return Err(vm.overflow_error("float too large to pack with e format")),
        },
        4 => {
            let y = x as f32;
            if y.is_infinite() && !x.is_infinite() {
                return Err(vm.overflow_error("float too large to pack with f format"));
            }
            store(out, u64::from(y.to_bits()), little);
        }
        _ => store(out, x.to_bits(), little),
    }
    Ok(())
}

fn unpack_float(b: &[u8], little: bool) -> f64 {
    let w = load(b, little);
    match b.len() {
        2 => from_half(w as u16),
        4 => f64::from(f32::from_bits(w as u32)),
        _ => f64::from_bits(w),
    }
}

fn to_float(vm: &Vm, v: Ref<'_>) -> PyResult<f64> {
    if let Some(f) = v.value().as_flonum() {
        return Ok(f);
    }
    vm.to_f64(v).map_err(|e| {
        drop(vm.take_raised(e));
        struct_error(vm, "required argument is not a float")
    })
}

/// The bytes of a bytes or bytearray.
fn string_bytes(vm: &Vm, v: Ref<'_>, code: char) -> PyResult<Vec<u8>> {
    if let Some(b) = v.downcast::<PyBytes>(vm) {
        return Ok(b.as_slice().to_vec());
    }
    if v.ty(vm).is_subtype(vm.types.bytearray) {
        return krait_object::buffer::with_bytes(vm, v, <[u8]>::to_vec);
    }
    Err(struct_error(vm, format!("argument for '{code}' must be a bytes object")))
}

fn pack_field(vm: &Vm, f: &Field, fmt: &Format, v: Ref<'_>, out: &mut [u8]) -> PyResult<()> {
    match f.kind {
        Kind::Int(signed) => pack_int(vm, f, signed, v, out, fmt.little),
        Kind::Pointer => pack_pointer(vm, v, out, fmt.little),
        Kind::Float => pack_float(vm, to_float(vm, v)?, out, fmt.little),
        Kind::Complex => {
            let (re, im) = krait_types::complex::to_complex(vm, v).map_err(|e| {
                drop(vm.take_raised(e));
                struct_error(vm, "required argument is not a complex")
            })?;
            let (a, b) = out.split_at_mut(f.size / 2);
            pack_float(vm, re, a, fmt.little)?;
            pack_float(vm, im, b, fmt.little)
        }
        Kind::Bool => {
            out[0] = u8::from(vm.is_true(v)?);
            Ok(())
        }
        Kind::Char => match v.downcast::<PyBytes>(vm).map(PyBytes::as_slice) {
            Some([c]) => {
                out[0] = *c;
                Ok(())
            }
            _ => Err(struct_error(vm, "char format requires a bytes object of length 1")),
        },
        Kind::Bytes => {
            let b = string_bytes(vm, v, 's')?;
            let n = b.len().min(out.len());
            out[..n].copy_from_slice(&b[..n]);
            Ok(())
        }
        Kind::Pascal => {
            let b = string_bytes(vm, v, 'p')?;
            if let Some((len, room)) = out.split_first_mut() {
                let n = b.len().min(room.len());
                room[..n].copy_from_slice(&b[..n]);
                *len = n.min(255) as u8;
            }
            Ok(())
        }
        Kind::Pad => Ok(()),
    }
}

/// Packs all values into `out`, which has the format's size and is all zeros.
pub fn pack_into(vm: &Vm, fmt: &Format, values: &[Ref<'_>], out: &mut [u8]) -> PyResult<()> {
    let mut values = values.iter();
    for f in &fmt.fields {
        for i in 0..f.count {
            let Some(v) = values.next() else { return Ok(()) };
            let at = f.offset + i * f.size;
            pack_field(vm, f, fmt, *v, &mut out[at..at + f.size])?;
        }
    }
    Ok(())
}

fn unpack_field(vm: &Vm, f: &Field, fmt: &Format, b: &[u8]) -> Obj {
    match f.kind {
        Kind::Int(true) => {
            let shift = 64 - f.size as u32 * 8;
            vm.int_i64((load(b, fmt.little) << shift) as i64 >> shift)
        }
        Kind::Int(false) | Kind::Pointer => {
            let w = load(b, fmt.little);
            match i64::try_from(w) {
                Ok(i) => vm.int_i64(i),
                Err(_) => vm.int_big(IBig::from(w)),
            }
        }
        Kind::Float => vm.float(unpack_float(b, fmt.little)),
        Kind::Complex => {
            let (re, im) = b.split_at(f.size / 2);
            vm.complex(unpack_float(re, fmt.little), unpack_float(im, fmt.little))
        }
        Kind::Bool => Obj::bool(b[0] != 0),
        Kind::Char | Kind::Bytes => vm.bytes(b),
        Kind::Pascal => match b.split_first() {
            Some((n, rest)) => vm.bytes(&rest[..usize::from(*n).min(rest.len())]),
            None => vm.bytes(&[]),
        },
        Kind::Pad => Obj::none(),
    }
}

/// All values in `data`, which has the format's size. Runs no Python code.
pub fn unpack(vm: &Vm, fmt: &Format, data: &[u8]) -> Obj {
    let mut out = Vec::with_capacity(fmt.values);
    for f in &fmt.fields {
        for i in 0..f.count {
            let at = f.offset + i * f.size;
            out.push(unpack_field(vm, f, fmt, &data[at..at + f.size]));
        }
    }
    vm.tuple(out)
}
