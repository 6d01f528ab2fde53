//! Text forms of objects, and characters.

use krait_macros::pymodule;
use krait_object::prelude::*;

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// Return the canonical string representation of the object.
    ///
    /// For many object types, including most builtins, eval() will return the original.
    #[pyfunction("repr(obj, /)", quiet)]
    fn repr(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
        Ok(vm.repr(obj)?.into_obj())
    }
    /// Return an ASCII-only representation of an object.
    ///
    /// As repr(), return a string containing a printable representation of an
    /// object, but escape the non-ASCII characters in the string returned by
    /// repr() using \\x, \\u or \\U escapes. This generates a string similar
    /// to that returned by repr() in Python 2.
    #[pyfunction("ascii(obj, /)")]
    fn ascii(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
        Ok(vm.ascii(obj)?.into_obj())
    }
    /// Return type(value).__format__(value, format_spec)
    ///
    /// Many built-in types implement format_spec according to the
    /// Format Specification Mini-language. See help('FORMATTING')
    /// for details.
    #[pyfunction("format(value, format_spec='', /)", quiet)]
    fn format(vm: &Vm, value: Ref<'_>, format_spec: &PyStr) -> PyResult<Obj> {
        Ok(vm.format(value, Some(format_spec.r()))?.into_obj())
    }
    /// Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.
    #[pyfunction("chr(i, /)", quiet)]
    fn chr(vm: &Vm, i: Ref<'_>) -> PyResult<Obj> {
        let i = vm.index(i)?;
        let c = i.r().as_int(vm).and_then(IntRef::to_i64).and_then(|i| u32::try_from(i).ok());
        match c {
            Some(c) if c <= 0x10_ffff => Ok(PyStr::from_char(vm, c).into_obj()),
            _ => Err(vm.value_error("chr() arg not in range(0x110000)")),
        }
    }
    /// Return the ordinal value of a character.
    ///
    /// If the argument is a one-byte string, return the integer value of that
    /// byte.
    #[pyfunction("ord(character, /)", quiet)]
    fn ord(vm: &Vm, character: Ref<'_>) -> PyResult<u32> {
        let len = if let Some(s) = character.downcast::<PyStr>(vm) {
            if s.len() == 1 {
                return Ok(s.char_at(0));
            }
            s.len()
        } else if let Some(b) = character.downcast::<krait_object::bytes::PyBytes>(vm) {
            if let [b] = b.as_slice() {
                return Ok(u32::from(*b));
            }
            b.len()
        } else if character.ty(vm).is_subtype(vm.types.bytearray) {
            let (len, first) = krait_object::buffer::with_bytes(vm, character, |b| (b.len(), b.first().copied()))?;
            if let (1, Some(b)) = (len, first) {
                return Ok(u32::from(b));
            }
            len
        } else {
            let text = format!("ord() expected string of length 1, but {} found", character.ty(vm).tp_name());
            return Err(vm.type_error(text));
        };
        Err(vm.type_error(format!("ord() expected a character, but string of length {len} found")))
    }
}
