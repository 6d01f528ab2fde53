//! Bytes out of any object: `bytes(...)`, `__bytes__`, buffers and iterables of integers.

use krait_object::buffer::{Buffer, flags, has_buffer};
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

/// What `__bytes__` gives, if the type has it.
pub fn call_dunder_bytes(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Py<PyBytes>>> {
    let Some(r) = vm.call_special(o, vm.names().__bytes__, &[])? else { return Ok(None) };
    match r.downcast::<PyBytes>(vm) {
        Ok(b) => Ok(Some(b)),
        Err(r) => Err(vm.type_error(format!("__bytes__ returned non-bytes (type {})", r.r().ty(vm).tp_name()))),
    }
}

/// The bytes `bytes(o)` holds, for an object that is neither str nor a count.
pub fn object_bytes(vm: &Vm, o: Ref<'_>) -> PyResult<Vec<u8>> {
    if let Some(b) = o.downcast_exact::<PyBytes>(vm) {
        return Ok(b.as_slice().to_vec());
    }
    if let Some(b) = call_dunder_bytes(vm, o)? {
        return Ok(b.as_slice().to_vec());
    }
    bytes_from_object(vm, o)
}

/// The contents of a buffer, laid out contiguously, or the bytes an iterable gives.
pub fn bytes_from_object(vm: &Vm, o: Ref<'_>) -> PyResult<Vec<u8>> {
    if has_buffer(vm, o) {
        return buffer_bytes(vm, o);
    }
    if !o.is_instance_of::<PyStr>(vm)
        && let Some(bytes) = iterable_bytes(vm, o, "bytes", true)?
    {
        return Ok(bytes);
    }
    Err(vm.type_error(format!("cannot convert '{}' object to bytes", o.ty(vm).tp_name())))
}

/// A copy of what a buffer holds.
pub fn buffer_bytes(vm: &Vm, o: Ref<'_>) -> PyResult<Vec<u8>> {
    let b = Buffer::get(vm, o, flags::FULL_RO)?;
    Ok(crate::memoryview::contiguous_bytes(b.info()))
}

/// The integers of an iterable as bytes; `None` if the object is not iterable. `what` names the
/// result in errors. Only where `hinted`, the object is asked for its length, which may fail.
pub fn iterable_bytes(vm: &Vm, o: Ref<'_>, what: &str, hinted: bool) -> PyResult<Option<Vec<u8>>> {
    let it = match vm.iter(o) {
        Ok(it) => it,
        Err(e) => {
            drop(vm.catch(e, vm.types.type_error)?);
            return Ok(None);
        }
    };
    let hint = if hinted { vm.length_hint(o, 64)? } else { 0 };
    let mut out = Vec::with_capacity(hint.min(1 << 16));
    while let Some(item) = vm.iter_next(it.r())? {
        out.push(byte_value(vm, item.r(), what)?);
    }
    Ok(Some(out))
}

/// An integer in range(256); `what` names the container in errors.
pub fn byte_value(vm: &Vm, o: Ref<'_>, what: &str) -> PyResult<u8> {
    let i = vm.index(o)?;
    let v = i.r().as_int(vm).and_then(IntRef::to_i64).and_then(|i| u8::try_from(i).ok());
    v.ok_or_else(|| vm.value_error(format!("{what} must be in range(0, 256)")))
}
