//! Codecs given by a table: `charmap_decode`, `charmap_encode`, `charmap_build`.

use std::collections::HashMap;

use krait_macros::pyclass;
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use super::errors::{Decoder, Encoder, Replacement};

const UNDEFINED: &str = "character maps to <undefined>";

/// Decodes through a mapping of byte values: a str, or anything subscriptable.
pub fn decode(vm: &Vm, data: &[u8], errors: &str, mapping: Ref<'_>) -> PyResult<Py<PyStr>> {
    let mut d = Decoder::new(vm, "charmap", data, errors);
    let table = mapping.downcast_exact::<PyStr>(vm);
    let mut pos = 0;
    while let Some(&b) = d.data().get(pos) {
        let found = match table {
            Some(t) => {
                let c = if (b as usize) < t.len() { t.char_at(b as usize) } else { 0xfffe };
                if c != 0xfffe {
                    d.out.push(c);
                }
                c != 0xfffe
            }
            None => decode_one(vm, &mut d, mapping, b)?,
        };
        pos = if found { pos + 1 } else { d.error(pos, pos + 1, UNDEFINED)? };
    }
    Ok(d.finish())
}

fn decode_one(vm: &Vm, d: &mut Decoder<'_, '_>, mapping: Ref<'_>, b: u8) -> PyResult<bool> {
    let item = match vm.getitem(mapping, vm.int(b).r()) {
        Ok(v) => v,
        Err(e) => {
            drop(vm.catch(e, vm.types.lookup_error)?);
            return Ok(false);
        }
    };
    if item.r().is_none() {
        return Ok(false);
    }
    if let Some(i) = item.r().as_int(vm) {
        let c = match i.to_i64() {
            Some(c @ 0..=0x10_ffff) => c as u32,
            _ => return Err(vm.type_error("character mapping must be in range(0x110000)")),
        };
        if c == 0xfffe {
            return Ok(false);
        }
        d.out.push(c);
        return Ok(true);
    }
    match item.r().downcast::<PyStr>(vm) {
        Some(s) if s.len() == 1 && s.char_at(0) == 0xfffe => Ok(false),
        Some(s) => {
            d.out.push_pystr(s);
            Ok(true)
        }
        None => Err(vm.type_error("character mapping must return integer, None or str")),
    }
}

/// A fast table made by `charmap_build`.
#[repr(C)]
pub struct PyEncodingMap {
    header: Header,
    map: HashMap<u32, u8>,
}

/// `EncodingMap`
#[pyclass("EncodingMap", module = "builtins", layout = PyEncodingMap, own, no_gc, flags(DISALLOW_INSTANTIATION))]
pub mod encoding_map {
    use super::PyEncodingMap;
    use krait_object::prelude::*;

    /// Return the size (in bytes) of this object.
    #[pymethod]
    fn size(_vm: &Vm, zelf: &PyEncodingMap) -> usize {
        size_of::<PyEncodingMap>() + zelf.map.capacity() * 8
    }
}

/// The inverse of a decoding string.
pub fn build(vm: &Vm, s: &PyStr) -> PyResult<Obj> {
    let mut map = HashMap::with_capacity(s.len());
    let fits = s.len() <= 256;
    if !fits {
        let dict = PyDict::new(vm);
        for (i, c) in s.chars().enumerate() {
            dict.set(vm, vm.int(c).r(), vm.int_usize(i).r())?;
        }
        return Ok(dict.into_obj());
    }
    for (i, c) in s.chars().enumerate() {
        if c != 0xfffe {
            map.insert(c, i as u8);
        }
    }
    crate::util::alloc_native(vm, PyEncodingMap { header: crate::util::no_header(), map })
}

enum Mapped {
    Byte(u8),
    Bytes(Vec<u8>),
    Undefined,
}

fn encode_one(vm: &Vm, mapping: Ref<'_>, c: u32) -> PyResult<Mapped> {
    if let Some(m) = mapping.downcast::<PyEncodingMap>(vm) {
        return Ok(m.map.get(&c).map_or(Mapped::Undefined, |b| Mapped::Byte(*b)));
    }
    let item = match vm.getitem(mapping, vm.int(c).r()) {
        Ok(v) => v,
        Err(e) => {
            drop(vm.catch(e, vm.types.lookup_error)?);
            return Ok(Mapped::Undefined);
        }
    };
    if item.r().is_none() {
        return Ok(Mapped::Undefined);
    }
    if let Some(i) = item.r().as_int(vm) {
        return match i.to_i64().and_then(|i| u8::try_from(i).ok()) {
            Some(b) => Ok(Mapped::Byte(b)),
            None => Err(vm.type_error("character mapping must be in range(256)")),
        };
    }
    match item.r().downcast::<PyBytes>(vm) {
        Some(b) => Ok(Mapped::Bytes(b.as_slice().to_vec())),
        None => Err(vm.type_error(format!("character mapping must return integer, bytes or None, not {}", item.r().ty(vm).tp_name()))),
    }
}

/// Encodes through a mapping of code points.
pub fn encode(vm: &Vm, s: &PyStr, errors: &str, mapping: Ref<'_>) -> PyResult<Vec<u8>> {
    let mut e = Encoder::new(vm, "charmap", s, errors);
    let n = s.len();
    let mut pos = 0;
    while pos < n {
        match encode_one(vm, mapping, s.char_at(pos))? {
            Mapped::Byte(b) => {
                e.out.push(b);
                pos += 1;
                continue;
            }
            Mapped::Bytes(b) => {
                e.out.extend(b);
                pos += 1;
                continue;
            }
            Mapped::Undefined => {}
        }
        let mut end = pos + 1;
        while end < n && matches!(encode_one(vm, mapping, s.char_at(end))?, Mapped::Undefined) {
            end += 1;
        }
        let (rep, next) = e.error(pos, end, UNDEFINED)?;
        match rep {
            Replacement::Bytes(b) => e.out.extend(b),
            Replacement::Text(t) => {
                for c in t.chars() {
                    match encode_one(vm, mapping, c)? {
                        Mapped::Byte(b) => e.out.push(b),
                        Mapped::Bytes(b) => e.out.extend(b),
                        Mapped::Undefined => return Err(e.raise(pos, end, UNDEFINED)),
                    }
                }
            }
        }
        pos = next;
    }
    Ok(e.out)
}
