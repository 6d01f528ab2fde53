//! The `bytes` type and its iterator.

use krait_macros::pyclass;
use krait_object::buffer::{Buffer, BufferInfo, flags};
use krait_object::bytes::{PyBytes, dealloc_bytes};
use krait_object::hash::hash_bytes;
use krait_object::instance::traverse_instance;
use krait_object::prelude::*;
use krait_object::protocol::SliceIndices;
use krait_object::slice::PySlice;
use krait_object::text_iters::PyBytesIter;

use super::args::{self, FillByte, Needle};
use super::methods::{self, BytesLike, bytes_class, decode_held};
use super::new::{Source, source};
use super::ops;
use crate::common::{reduce_iter, state_index};
use crate::str::bounds;

/// `b[key]`.
pub fn bytes_subscript(vm: &Vm, b: &PyBytes, key: Ref<'_>) -> PyResult<Obj> {
    if let Some(s) = key.downcast_exact::<PySlice>(vm) {
        let (start, stop, step) = s.unpack(vm)?;
        let at = SliceIndices::adjust(start, stop, step, b.len());
        let d = b.as_slice();
        if at.step == 1 {
            return methods::piece(vm, b, &d[at.start as usize..at.start as usize + at.count]);
        }
        return Ok(vm.bytes(&at.iter().map(|i| d[i]).collect::<Vec<u8>>()));
    }
    if !vm.has_index(key) {
        return Err(vm.type_error(format!("byte indices must be integers or slices, not {}", key.ty(vm).tp_name())));
    }
    let i = vm.index_isize(key, vm.types.index_error)?;
    item_at(vm, b, if i < 0 { i.wrapping_add(b.len() as isize) } else { i })
}

fn item_at(vm: &Vm, b: &PyBytes, i: isize) -> PyResult<Obj> {
    match usize::try_from(i).ok().and_then(|i| b.as_slice().get(i)) {
        Some(c) => Ok(Obj::small((*c).into())),
        None => Err(vm.index_error("index out of range")),
    }
}

bytes_class! {
    /// bytes(iterable_of_ints) -> bytes
    /// bytes(string, encoding[, errors]) -> bytes
    /// bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer
    /// bytes(int) -> bytes object of size given by the parameter initialized with null bytes
    /// bytes() -> empty bytes object
    ///
    /// Construct an immutable array of bytes from:
    ///   - an iterable yielding integers in range(256)
    ///   - a text string encoded using the specified encoding
    ///   - any object implementing the buffer API.
    ///   - an integer
    bytes, PyBytes, ("bytes", layout = PyBytes, table = bytes, no_gc, nosig, itemsize = 1, dealloc = dealloc_bytes,
        flags(BASETYPE, BYTES_SUBCLASS, MATCH_SELF)), {
    #[pynew("bytes(source=b'', encoding='utf-8', errors='strict')", raw, nosig)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let exact = std::ptr::eq(cls, vm.types.bytes);
        match source(vm, &args, false)? {
            Source::Object(o) if exact => Ok(o),
            Source::Object(o) => match o.r().downcast::<PyBytes>(vm) {
                Some(b) => PyBytes::new_subtype(vm, cls, b.as_slice()),
                None => Ok(o),
            },
            Source::Data(d) => PyBytes::new_subtype(vm, cls, &d),
        }
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const krait_object::header::Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes bytes objects.
        unsafe { traverse_instance(p, v) }
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyBytes) -> Py<PyStr> {
        PyStr::from_ascii(vm, &ops::repr(zelf.as_slice()))
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyBytes) -> PyResult<Py<PyStr>> {
        crate::bytes::warn_of_text(vm, "str() on a bytes instance")?;
        Ok(repr(vm, zelf))
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyBytes) -> i64 {
        let cached = zelf.hash.get();
        if cached != -1 {
            return cached as i64;
        }
        let h = hash_bytes(vm.interp.hash_secret.get(), zelf.as_slice());
        zelf.hash.set(h as isize);
        h
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyBytes, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        match other.downcast::<PyBytes>(vm) {
            Some(b) => Ok(Obj::bool(op.eval(zelf.as_slice().cmp(b.as_slice())))),
            None => {
                if matches!(op, CmpOp::Eq | CmpOp::Ne) {
                    if other.downcast::<PyStr>(vm).is_some() {
                        crate::bytes::warn_of_text(vm, "Comparison between bytes and string")?;
                    } else if other.ty(vm).is_subtype(vm.types.int) {
                        crate::bytes::warn_of_text(vm, "Comparison between bytes and int")?;
                    }
                }
                Ok(vm.not_implemented())
            }
        }
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyBytes) -> Obj {
        PyBytesIter::new(vm, zelf)
    }
    #[slot(nb_remainder)]
    fn remainder(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        match a.downcast::<PyBytes>(vm) {
            Some(t) => Ok(vm.bytes(&crate::format::format_bytes_percent(vm, t.as_slice(), b)?)),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(sq_repeat)]
    fn repeat(vm: &Vm, zelf: &PyBytes, n: isize) -> PyResult<Obj> {
        if n == 1 { zelf.itself(vm) } else { Ok(vm.bytes(&methods::repeated(vm, zelf.as_slice(), n)?)) }
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyBytes, i: isize) -> PyResult<Obj> {
        item_at(vm, zelf, i)
    }
    #[slot(mp_subscript)]
    fn subscript(vm: &Vm, zelf: &PyBytes, key: Ref<'_>) -> PyResult<Obj> {
        bytes_subscript(vm, zelf, key)
    }
    #[slot(getbuffer)]
    fn getbuffer(vm: &Vm, zelf: &PyBytes, request: u32) -> PyResult<BufferInfo> {
        if request & flags::WRITABLE != 0 {
            return Err(vm.buffer_error("Object is not writable."));
        }
        Ok(BufferInfo::bytes(zelf.as_slice().as_ptr().cast_mut(), zelf.len(), true))
    }
    #[pymethod]
    fn __getnewargs__(vm: &Vm, zelf: &PyBytes) -> PyResult<Obj> {
        Ok(vm.tuple(vec![zelf.itself(vm)?]))
    }
    /// Convert this value to exact type bytes.
    #[pymethod]
    fn __bytes__(vm: &Vm, zelf: &PyBytes) -> PyResult<Obj> {
        zelf.itself(vm)
    }
    /// Size of object in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyBytes) -> usize {
        33 + zelf.len()
    }
    }
}

/// The bytes, still held while the iterator is not exhausted.
fn held(it: &PyBytesIter) -> Option<Py<PyBytes>> {
    let b = it.data.take();
    it.data.set(b.clone());
    b
}

#[pyclass("bytes_iterator", layout = PyBytesIter, table = bytes_iterator, no_gc)]
pub mod bytes_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &PyBytesIter) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(zelf: &PyBytesIter) -> Option<Obj> {
        zelf.step()
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(zelf: &PyBytesIter) -> usize {
        held(zelf).map_or(0, |b| b.len().saturating_sub(zelf.index.get()))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyBytesIter) -> PyResult<Obj> {
        reduce_iter(vm, || match held(zelf) {
            Some(b) => (b.into_obj(), Some(zelf.index.get())),
            None => (vm.tuple(vec![]), None),
        })
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyBytesIter, state: Ref<'_>) -> PyResult<()> {
        let i = state_index(vm, state)?;
        if let Some(b) = held(zelf) {
            zelf.index.set((i.max(0) as usize).min(b.len()));
        }
        Ok(())
    }
}
