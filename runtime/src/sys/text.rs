//! Text from the operating system.

use krait_object::prelude::*;

/// Bytes of a path, argument or environment variable as text: UTF-8, other bytes as lone
/// surrogates.
pub fn fs_decode(vm: &Vm, bytes: &[u8]) -> Py<PyStr> {
    if let Ok(s) = std::str::from_utf8(bytes) {
        return PyStr::new(vm, s);
    }
    let mut points: Vec<u32> = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        points.extend(chunk.valid().chars().map(u32::from));
        points.extend(chunk.invalid().iter().map(|b| 0xDC00 + u32::from(*b)));
    }
    PyStr::from_code_points(vm, &points)
}

/// The bytes text was decoded from by [`fs_decode`]; other lone surrogates become `?`.
pub fn fs_encode(s: &PyStr) -> Vec<u8> {
    if let Some(t) = s.as_utf8() {
        return t.as_bytes().to_vec();
    }
    let mut out = Vec::with_capacity(s.len());
    for c in s.chars() {
        match char::from_u32(c) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None if (0xDC80..0xDD00).contains(&c) => out.push((c - 0xDC00) as u8),
            None => out.push(b'?'),
        }
    }
    out
}
