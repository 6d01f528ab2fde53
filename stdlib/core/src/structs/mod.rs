//! `_struct`.

mod error;
mod format;
mod half;
mod object;
mod pack;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use krait_macros::pymodule;
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use format::Format;

/// Formats the cache holds before it starts afresh, as in CPython.
const CACHE_SIZE: usize = 100;

/// Parsed formats of the module's functions.
#[derive(Default)]
struct Cache(RefCell<HashMap<Vec<u8>, Rc<Format>>>);

fn cached(vm: &Vm, o: Ref<'_>) -> PyResult<Rc<Format>> {
    let text = match o.downcast::<PyStr>(vm) {
        Some(s) => s.as_ascii().map(str::as_bytes),
        None => o.downcast::<PyBytes>(vm).map(PyBytes::as_slice),
    };
    let Some(text) = text else { return object::format_arg(vm, o) };
    let cache = &vm.interp.state::<Cache>().0;
    if let Some(f) = cache.borrow().get(text) {
        return Ok(f.clone());
    }
    let f = object::format_arg(vm, o)?;
    let mut map = cache.borrow_mut();
    if map.len() >= CACHE_SIZE {
        map.clear();
    }
    map.insert(text.to_vec(), f.clone());
    Ok(f)
}

/// Functions to convert between Python values and C structs.
/// Python bytes objects are used to hold the data representing the C struct
/// and also as format strings (explained below) to describe the layout of data
/// in the C struct.
///
/// The optional first format char indicates byte order, size and alignment:
///   @: native order, size & alignment (default)
///   =: native order, std. size & alignment
///   <: little-endian, std. size & alignment
///   >: big-endian, std. size & alignment
///   !: same as >
///
/// The remaining chars indicate types of args and must match exactly;
/// these can be preceded by a decimal repeat count:
///   x: pad byte (no data); c:char; b:signed byte; B:unsigned byte;
///   ?: _Bool (requires C99; if not available, char is used instead)
///   h:short; H:unsigned short; i:int; I:unsigned int;
///   l:long; L:unsigned long; f:float; d:double; e:half-float.
///   F:float complex; D:double complex.
/// Special cases (preceding decimal count indicates length):
///   s:string (array of char); p: pascal string (with count byte).
/// Special cases (only available in native format):
///   n:ssize_t; N:size_t;
///   P:an integer type that is wide enough to hold a pointer.
/// Special case (not in native mode unless 'long long' in platform C):
///   q:long long; Q:unsigned long long
/// Whitespace between formats is ignored.
///
/// The variable struct.error is an exception raised on errors.
///
#[pymodule(name = "_struct", classes = [object::struct_class])]
pub mod structs {
    use super::*;

    /// Clear the internal cache.
    #[pyfunction("_clearcache()", name = "_clearcache")]
    fn clearcache(vm: &Vm) {
        vm.interp.state::<Cache>().0.borrow_mut().clear();
    }
    /// Return size in bytes of the struct described by the format string.
    #[pyfunction("calcsize(format, /)")]
    fn calcsize(vm: &Vm, format: Ref<'_>) -> PyResult<usize> {
        Ok(cached(vm, format)?.size)
    }
    /// pack(format, v1, v2, ...) -> bytes
    ///
    /// Return a bytes object containing the values v1, v2, ... packed according
    /// to the format string.  See help(struct) for more on format strings.
    #[pyfunction("pack(*args)", nosig)]
    fn pack(vm: &Vm, args: &[Ref<'_>]) -> PyResult<Obj> {
        let [format, values @ ..] = args else { return Err(vm.type_error("missing format argument")) };
        object::pack_values(vm, &*cached(vm, *format)?, values)
    }
    /// pack_into(format, buffer, offset, v1, v2, ...)
    ///
    /// Pack the values v1, v2, ... according to the format string and write
    /// the packed bytes into the writable buffer buf starting at offset.  Note
    /// that the offset is a required argument.  See help(struct) for more
    /// on format strings.
    #[pyfunction("pack_into(*args)", nosig)]
    fn pack_into(vm: &Vm, args: &[Ref<'_>]) -> PyResult<()> {
        let [format, rest @ ..] = args else { return Err(vm.type_error("missing format argument")) };
        object::pack_into_buffer(vm, &*cached(vm, *format)?, rest)
    }
    /// Return a tuple containing values unpacked according to the format string.
    ///
    /// The buffer's size in bytes must be calcsize(format).
    ///
    /// See help(struct) for more on format strings.
    #[pyfunction("unpack(format, buffer, /)")]
    fn unpack(vm: &Vm, format: Ref<'_>, buffer: Ref<'_>) -> PyResult<Obj> {
        object::unpack_buffer(vm, &*cached(vm, format)?, buffer)
    }
    /// Return a tuple containing values unpacked according to the format string.
    ///
    /// The buffer's size, minus offset, must be at least calcsize(format).
    ///
    /// See help(struct) for more on format strings.
    #[pyfunction("unpack_from(format, /, buffer, offset=0)")]
    fn unpack_from(vm: &Vm, format: Ref<'_>, buffer: Ref<'_>, offset: isize) -> PyResult<Obj> {
        object::unpack_from_buffer(vm, &*cached(vm, format)?, buffer, offset)
    }
    /// Return an iterator yielding tuples unpacked from the given bytes.
    ///
    /// The bytes are unpacked according to the format string, like
    /// a repeated invocation of unpack_from().
    ///
    /// Requires that the bytes length be a multiple of the format struct size.
    #[pyfunction("iter_unpack(format, buffer, /)")]
    fn iter_unpack(vm: &Vm, format: Ref<'_>, buffer: Ref<'_>) -> PyResult<Obj> {
        object::iter_unpack_buffer(vm, cached(vm, format)?, buffer)
    }

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        module.add(vm, "error", error::error_type(vm)?)
    }
}
