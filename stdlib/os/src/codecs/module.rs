//! The `_codecs` module.

use krait_macros::pymodule;
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

/// Runs `f` with the bytes of a bytes-like object that no callback can change.
fn with_input<T>(vm: &Vm, data: Ref<'_>, text_too: bool, f: impl FnOnce(&[u8]) -> PyResult<T>) -> PyResult<T> {
    if let Some(b) = data.downcast::<PyBytes>(vm) {
        let keep = b.to_py();
        return f(keep.as_slice());
    }
    if text_too && let Some(s) = data.downcast::<PyStr>(vm) {
        let utf8 = s.to_utf8(vm)?.to_owned();
        return f(utf8.as_bytes());
    }
    let copy = krait_object::buffer::with_bytes(vm, data, <[u8]>::to_vec)?;
    f(&copy)
}

fn decoded(vm: &Vm, r: (Py<PyStr>, usize)) -> Obj {
    vm.tuple(vec![r.0.into_obj(), vm.int_usize(r.1)])
}

fn encoded(vm: &Vm, out: Vec<u8>, s: &PyStr) -> Obj {
    vm.tuple(vec![vm.bytes(&out), vm.int_usize(s.len())])
}

#[pymodule("_codecs", classes(crate::codecs::charmap::encoding_map))]
pub mod codecs_module {
    use krait_object::prelude::*;

    use super::super::{charmap, escape, registry, single, text, unicode_escape, utf7, utf8, utf16, utf32};
    use super::{decoded, encoded, with_input};

    /// Register a codec search function.
    ///
    /// Search functions are expected to take one argument, the encoding name in
    /// all lower case letters, and either return None, or a tuple of functions
    /// (encoder, decoder, stream_reader, stream_writer) (or a CodecInfo object).
    #[pyfunction("register(search_function, /)")]
    fn register(vm: &Vm, search_function: Ref<'_>) -> PyResult<()> {
        registry::register(vm, search_function)
    }

    /// Unregister a codec search function and clear the registry's cache.
    ///
    /// If the search function is not registered, do nothing.
    #[pyfunction("unregister(search_function, /)")]
    fn unregister(vm: &Vm, search_function: Ref<'_>) {
        registry::unregister(vm, search_function);
    }

    /// Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.
    #[pyfunction("lookup(encoding, /)")]
    fn lookup(vm: &Vm, encoding: &str) -> PyResult<Obj> {
        registry::lookup(vm, encoding)
    }

    /// Encodes obj using the codec registered for encoding.
    ///
    /// The default encoding is 'utf-8'.  errors may be given to set a
    /// different error handling scheme.  Default is 'strict' meaning that encoding
    /// errors raise a ValueError.  Other possible values are 'ignore', 'replace'
    /// and 'backslashreplace' as well as any other name registered with
    /// codecs.register_error that can handle ValueErrors.
    #[pyfunction("encode(obj, encoding='utf-8', errors='strict')")]
    fn encode(vm: &Vm, obj: Ref<'_>, encoding: &str, errors: Option<&str>) -> PyResult<Obj> {
        text::encode_object(vm, obj, encoding, errors)
    }

    /// Decodes obj using the codec registered for encoding.
    ///
    /// Default encoding is 'utf-8'.  errors may be given to set a
    /// different error handling scheme.  Default is 'strict' meaning that encoding
    /// errors raise a ValueError.  Other possible values are 'ignore', 'replace'
    /// and 'backslashreplace' as well as any other name registered with
    /// codecs.register_error that can handle ValueErrors.
    #[pyfunction("decode(obj, encoding='utf-8', errors='strict')")]
    fn decode(vm: &Vm, obj: Ref<'_>, encoding: &str, errors: Option<&str>) -> PyResult<Obj> {
        text::decode_object(vm, obj, encoding, errors)
    }

    #[pyfunction("_forget_codec(encoding, /)")]
    fn _forget_codec(vm: &Vm, encoding: &str) -> PyResult<()> {
        registry::forget(vm, encoding)
    }

    /// Register the specified error handler under the name errors.
    ///
    /// handler must be a callable object, that
    /// will be called with an exception instance containing
    /// information about the location of the encoding/decoding
    /// error and must return a (replacement, new position) tuple.
    #[pyfunction("register_error(errors, handler, /)")]
    fn register_error(vm: &Vm, errors: &str, handler: Ref<'_>) -> PyResult<()> {
        registry::register_error(vm, errors, handler)
    }

    /// Un-register the specified error handler for the error handling `errors'.
    ///
    /// Only custom error handlers can be un-registered. An exception is raised
    /// if the error handling is a built-in one (e.g., 'strict'), or if an error
    /// occurs.
    ///
    /// Otherwise, this returns True if a custom handler has been successfully
    /// un-registered, and False if no custom handler for the specified error
    /// handling exists.
    #[pyfunction("_unregister_error(errors, /)")]
    fn _unregister_error(vm: &Vm, errors: &str) -> PyResult<bool> {
        registry::unregister_error(vm, errors)
    }

    /// lookup_error(errors) -> handler
    ///
    /// Return the error handler for the specified error handling name or raise a
    /// LookupError, if no handler exists under this name.
    #[pyfunction("lookup_error(name, /)")]
    fn lookup_error(vm: &Vm, name: &str) -> PyResult<Obj> {
        registry::lookup_error(vm, name)
    }

    #[pyfunction("escape_decode(data, errors=None, /)")]
    fn escape_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>) -> PyResult<Obj> {
        with_input(vm, data, true, |d| {
            let out = escape::decode(vm, d, errors.unwrap_or("strict"))?;
            Ok(vm.tuple(vec![vm.bytes(&out), vm.int_usize(d.len())]))
        })
    }
    #[pyfunction("escape_encode(data, errors=None, /)")]
    fn escape_encode(vm: &Vm, data: &krait_object::bytes::PyBytes, _errors: Option<&str>) -> PyResult<Obj> {
        let out = escape::encode(data.as_slice());
        Ok(vm.tuple(vec![vm.bytes(&out), vm.int_usize(data.len())]))
    }
    #[pyfunction("utf_8_decode(data, errors=None, final=False, /)")]
    fn utf_8_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        with_input(vm, data, false, |d| Ok(decoded(vm, utf8::decode(vm, d, errors.unwrap_or("strict"), last)?)))
    }
    #[pyfunction("utf_8_encode(str, errors=None, /)")]
    fn utf_8_encode(vm: &Vm, str: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
        Ok(encoded(vm, utf8::encode(vm, str, errors.unwrap_or("strict"))?, str))
    }
    #[pyfunction("utf_7_decode(data, errors=None, final=False, /)")]
    fn utf_7_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        with_input(vm, data, false, |d| Ok(decoded(vm, utf7::decode(vm, d, errors.unwrap_or("strict"), last)?)))
    }
    #[pyfunction("utf_7_encode(str, errors=None, /)")]
    fn utf_7_encode(vm: &Vm, str: &PyStr, _errors: Option<&str>) -> PyResult<Obj> {
        Ok(encoded(vm, utf7::encode(str), str))
    }

    macro_rules! utf_wide {
        ($($module:ident $order:literal $decode:ident $encode:ident;)*) => {
            $(
                fn $decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
                    with_input(vm, data, false, |d| {
                        let (s, n, _) = $module::decode(vm, d, errors.unwrap_or("strict"), $order, last)?;
                        Ok(decoded(vm, (s, n)))
                    })
                }
                fn $encode(vm: &Vm, s: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
                    Ok(encoded(vm, $module::encode(vm, s, errors.unwrap_or("strict"), $order)?, s))
                }
            )*
        };
    }
    utf_wide! {
        utf16 -1 dec16le enc16le;
        utf16 1 dec16be enc16be;
        utf16 0 dec16 _enc16;
        utf32 -1 dec32le enc32le;
        utf32 1 dec32be enc32be;
        utf32 0 dec32 _enc32;
    }

    #[pyfunction("utf_16_decode(data, errors=None, final=False, /)")]
    fn utf_16_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        dec16(vm, data, errors, last)
    }
    #[pyfunction("utf_16_le_decode(data, errors=None, final=False, /)")]
    fn utf_16_le_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        dec16le(vm, data, errors, last)
    }
    #[pyfunction("utf_16_be_decode(data, errors=None, final=False, /)")]
    fn utf_16_be_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        dec16be(vm, data, errors, last)
    }
    #[pyfunction("utf_32_decode(data, errors=None, final=False, /)")]
    fn utf_32_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        dec32(vm, data, errors, last)
    }
    #[pyfunction("utf_32_le_decode(data, errors=None, final=False, /)")]
    fn utf_32_le_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        dec32le(vm, data, errors, last)
    }
    #[pyfunction("utf_32_be_decode(data, errors=None, final=False, /)")]
    fn utf_32_be_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        dec32be(vm, data, errors, last)
    }
    #[pyfunction("utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
    fn utf_16_ex_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, byteorder: i32, last: bool) -> PyResult<Obj> {
        with_input(vm, data, false, |d| {
            let (s, n, order) = utf16::decode(vm, d, errors.unwrap_or("strict"), byteorder, last)?;
            Ok(vm.tuple(vec![s.into_obj(), vm.int_usize(n), vm.int(order)]))
        })
    }
    #[pyfunction("utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
    fn utf_32_ex_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, byteorder: i32, last: bool) -> PyResult<Obj> {
        with_input(vm, data, false, |d| {
            let (s, n, order) = utf32::decode(vm, d, errors.unwrap_or("strict"), byteorder, last)?;
            Ok(vm.tuple(vec![s.into_obj(), vm.int_usize(n), vm.int(order)]))
        })
    }
    #[pyfunction("utf_16_encode(str, errors=None, byteorder=0, /)")]
    fn utf_16_encode(vm: &Vm, str: &PyStr, errors: Option<&str>, byteorder: i32) -> PyResult<Obj> {
        Ok(encoded(vm, utf16::encode(vm, str, errors.unwrap_or("strict"), byteorder)?, str))
    }
    #[pyfunction("utf_16_le_encode(str, errors=None, /)")]
    fn utf_16_le_encode(vm: &Vm, str: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
        enc16le(vm, str, errors)
    }
    #[pyfunction("utf_16_be_encode(str, errors=None, /)")]
    fn utf_16_be_encode(vm: &Vm, str: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
        enc16be(vm, str, errors)
    }
    #[pyfunction("utf_32_encode(str, errors=None, byteorder=0, /)")]
    fn utf_32_encode(vm: &Vm, str: &PyStr, errors: Option<&str>, byteorder: i32) -> PyResult<Obj> {
        Ok(encoded(vm, utf32::encode(vm, str, errors.unwrap_or("strict"), byteorder)?, str))
    }
    #[pyfunction("utf_32_le_encode(str, errors=None, /)")]
    fn utf_32_le_encode(vm: &Vm, str: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
        enc32le(vm, str, errors)
    }
    #[pyfunction("utf_32_be_encode(str, errors=None, /)")]
    fn utf_32_be_encode(vm: &Vm, str: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
        enc32be(vm, str, errors)
    }
    #[pyfunction("unicode_escape_decode(data, errors=None, final=True, /)")]
    fn unicode_escape_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        with_input(vm, data, true, |d| Ok(decoded(vm, unicode_escape::decode(vm, d, errors.unwrap_or("strict"), last)?)))
    }
    #[pyfunction("unicode_escape_encode(str, errors=None, /)")]
    fn unicode_escape_encode(vm: &Vm, str: &PyStr, _errors: Option<&str>) -> PyResult<Obj> {
        Ok(encoded(vm, unicode_escape::encode(str), str))
    }
    #[pyfunction("raw_unicode_escape_decode(data, errors=None, final=True, /)")]
    fn raw_unicode_escape_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, last: bool) -> PyResult<Obj> {
        with_input(vm, data, true, |d| Ok(decoded(vm, unicode_escape::decode_raw(vm, d, errors.unwrap_or("strict"), last)?)))
    }
    #[pyfunction("raw_unicode_escape_encode(str, errors=None, /)")]
    fn raw_unicode_escape_encode(vm: &Vm, str: &PyStr, _errors: Option<&str>) -> PyResult<Obj> {
        Ok(encoded(vm, unicode_escape::encode_raw(str), str))
    }
    #[pyfunction("latin_1_decode(data, errors=None, /)")]
    fn latin_1_decode(vm: &Vm, data: Ref<'_>, _errors: Option<&str>) -> PyResult<Obj> {
        with_input(vm, data, false, |d| Ok(decoded(vm, (PyStr::from_latin1(vm, d), d.len()))))
    }
    #[pyfunction("latin_1_encode(str, errors=None, /)")]
    fn latin_1_encode(vm: &Vm, str: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
        Ok(encoded(vm, single::encode_latin1(vm, str, errors.unwrap_or("strict"))?, str))
    }
    #[pyfunction("ascii_decode(data, errors=None, /)")]
    fn ascii_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>) -> PyResult<Obj> {
        with_input(vm, data, false, |d| Ok(decoded(vm, (single::decode_ascii(vm, d, errors.unwrap_or("strict"))?, d.len()))))
    }
    #[pyfunction("ascii_encode(str, errors=None, /)")]
    fn ascii_encode(vm: &Vm, str: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
        Ok(encoded(vm, single::encode_ascii(vm, str, errors.unwrap_or("strict"))?, str))
    }
    #[pyfunction("charmap_decode(data, errors=None, mapping=None, /)")]
    fn charmap_decode(vm: &Vm, data: Ref<'_>, errors: Option<&str>, mapping: Option<Ref<'_>>) -> PyResult<Obj> {
        with_input(vm, data, false, |d| {
            let s = match mapping {
                None => PyStr::from_latin1(vm, d),
                Some(m) => charmap::decode(vm, d, errors.unwrap_or("strict"), m)?,
            };
            Ok(decoded(vm, (s, d.len())))
        })
    }
    #[pyfunction("charmap_encode(str, errors=None, mapping=None, /)")]
    fn charmap_encode(vm: &Vm, str: &PyStr, errors: Option<&str>, mapping: Option<Ref<'_>>) -> PyResult<Obj> {
        let errors = errors.unwrap_or("strict");
        let out = match mapping {
            None => single::encode_latin1(vm, str, errors)?,
            Some(m) => charmap::encode(vm, str, errors, m)?,
        };
        Ok(encoded(vm, out, str))
    }
    #[pyfunction("charmap_build(map, /)")]
    fn charmap_build(vm: &Vm, map: &PyStr) -> PyResult<Obj> {
        charmap::build(vm, map)
    }
    #[pyfunction("readbuffer_encode(data, errors=None, /)")]
    fn readbuffer_encode(vm: &Vm, data: Ref<'_>, _errors: Option<&str>) -> PyResult<Obj> {
        with_input(vm, data, true, |d| Ok(vm.tuple(vec![vm.bytes(d), vm.int_usize(d.len())])))
    }
}
