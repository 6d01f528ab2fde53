//! The `bytearray` type and its iterator.

use krait_macros::pyclass;
use krait_object::buffer::{Buffer, BufferInfo, has_buffer};
use krait_object::bytearray::{PyByteArray, PyByteArrayIter};
use krait_object::prelude::*;
use krait_object::protocol::SliceIndices;
use krait_object::slice::PySlice;

use crate::bytes::args::{self, ByteArg, FillByte, Needle};
use crate::bytes::methods::{self, BytesLike, bytes_class, decode_held};
use crate::bytes::new::{Source, source};
use crate::bytes::{buffer_bytes, iterable_bytes, ops};
use crate::common::{reduce_iter, state_index};
use crate::str::bounds;

fn item_at(vm: &Vm, b: &PyByteArray, i: isize) -> PyResult<Obj> {
    match usize::try_from(i).ok().and_then(|i| b.get(i)) {
        Some(c) => Ok(Obj::small(c.into())),
        None => Err(vm.index_error("bytearray index out of range")),
    }
}

/// An index that may count from the end. The length is looked at after `__index__` has run.
fn index(vm: &Vm, b: &PyByteArray, key: Ref<'_>) -> PyResult<isize> {
    let i = vm.index_isize(key, vm.types.index_error)?;
    Ok(if i < 0 { i.wrapping_add(b.len() as isize) } else { i })
}

fn bad_index(vm: &Vm, key: Ref<'_>) -> krait_object::error::Raised {
    vm.type_error(format!("bytearray indices must be integers or slices, not {}", key.ty(vm).tp_name()))
}

/// `b[key]`.
fn subscript_of(vm: &Vm, b: &PyByteArray, key: Ref<'_>) -> PyResult<Obj> {
    if let Some(s) = key.downcast_exact::<PySlice>(vm) {
        let (start, stop, step) = s.unpack(vm)?;
        let at = SliceIndices::adjust(start, stop, step, b.len());
        let d = b.as_slice();
        let part =
            if at.step == 1 { d[at.start as usize..at.start as usize + at.count].to_vec() } else { at.iter().map(|i| d[i]).collect() };
        return PyByteArray::make(vm, part);
    }
    if !vm.has_index(key) {
        return Err(bad_index(vm, key));
    }
    let i = index(vm, b, key)?;
    item_at(vm, b, i)
}

/// The bytes assigned to a slice.
fn slice_value(vm: &Vm, value: Ref<'_>) -> PyResult<Vec<u8>> {
    let wrong = || vm.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    if has_buffer(vm, value) {
        return buffer_bytes(vm, value);
    }
    if value.as_int(vm).is_some() || value.is_instance_of::<PyStr>(vm) {
        return Err(wrong());
    }
    match iterable_bytes(vm, value, "byte", false)? {
        Some(d) => Ok(d),
        None => Err(vm.type_error(format!("cannot convert '{}' object to bytearray", value.ty(vm).tp_name()))),
    }
}

/// `b[start:stop:step] = data`. No data at all deletes, for extended slices too.
fn assign_slice(vm: &Vm, b: &PyByteArray, (start, stop, step): (isize, isize, isize), data: &[u8]) -> PyResult<()> {
    let at = SliceIndices::adjust(start, stop, step, b.len());
    if at.step == 1 {
        let from = at.start as usize;
        return b.splice(vm, from, from + at.count, data);
    }
    if data.is_empty() {
        if at.count == 0 {
            return Ok(());
        }
        b.check_resizable(vm)?;
        let mut gone = vec![false; b.len()];
        at.iter().for_each(|i| gone[i] = true);
        let kept = b.as_slice().iter().zip(&gone).filter(|(_, g)| !**g).map(|(c, _)| *c).collect();
        return b.replace_all(vm, kept);
    }
    if data.len() != at.count {
        let text = format!("attempt to assign bytes of size {} to extended slice of size {}", data.len(), at.count);
        return Err(vm.value_error(text));
    }
    b.with_mut(|d| at.iter().zip(data).for_each(|(i, c)| d[i] = *c));
    Ok(())
}

/// `b[key] = value` or `del b[key]`.
fn assign(vm: &Vm, b: &PyByteArray, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    if let Some(s) = key.downcast_exact::<PySlice>(vm) {
        let bounds = s.unpack(vm)?;
        let data = match value {
            Some(v) => slice_value(vm, v)?,
            None => Vec::new(),
        };
        return assign_slice(vm, b, bounds, &data);
    }
    if !vm.has_index(key) {
        return Err(bad_index(vm, key));
    }
    let i = vm.index_isize(key, vm.types.index_error)?;
    set_item(vm, b, i, value)
}

/// Stores or deletes the item at `i`, which may count from the end.
fn set_item(vm: &Vm, b: &PyByteArray, i: isize, value: Option<Ref<'_>>) -> PyResult<()> {
    let at = |n: usize| usize::try_from(if i < 0 { i.wrapping_add(n as isize) } else { i }).ok().filter(|i| *i < n);
    let wrong = || vm.index_error("bytearray index out of range");
    if at(b.len()).is_none() {
        return Err(wrong());
    }
    match value {
        Some(v) => {
            let byte = crate::bytes::byte_value(vm, v, "byte")?;
            // `__index__` may have changed the length.
            if at(b.len()).is_some_and(|i| b.set(i, byte)) { Ok(()) } else { Err(wrong()) }
        }
        None => match at(b.len()) {
            Some(i) => b.splice(vm, i, i + 1, &[]),
            None => Err(wrong()),
        },
    }
}

/// `b += other`.
fn extend_buffer(vm: &Vm, b: &PyByteArray, other: Ref<'_>) -> PyResult<()> {
    if !has_buffer(vm, other) {
        let text = format!("can't concat {} to {}", other.ty(vm).tp_name(), b.r().ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    // The buffer is held meanwhile: adding a bytearray to itself is refused as in CPython.
    let data = Buffer::simple(vm, other)?;
    b.splice(vm, b.len(), b.len(), data.as_slice())
}

/// How two objects with buffers compare.
fn compare(vm: &Vm, a: Ref<'_>, b: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
    if !has_buffer(vm, b) {
        return Ok(vm.not_implemented());
    }
    let (a, b) = (Buffer::simple(vm, a)?, Buffer::simple(vm, b)?);
    Ok(Obj::bool(op.eval(a.as_slice().cmp(b.as_slice()))))
}

/// The pair `__reduce__` is made of: text and encoding, or nothing.
fn reduced(vm: &Vm, b: &PyByteArray, proto: i32) -> PyResult<Obj> {
    let args = if b.is_empty() {
        vec![]
    } else if proto < 3 {
        vec![PyStr::from_latin1(vm, b.as_slice()).into_obj(), vm.str("latin-1")]
    } else {
        vec![vm.bytes(b.as_slice())]
    };
    let state = vm.call_method_str(b.r(), "__getstate__", &[])?;
    Ok(vm.tuple(vec![b.r().ty(vm).to_obj(), vm.tuple(args), state]))
}

bytes_class! {
    /// bytearray(iterable_of_ints) -> bytearray
    /// bytearray(string, encoding[, errors]) -> bytearray
    /// bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer
    /// bytearray(int) -> bytes array of size given by the parameter initialized with null bytes
    /// bytearray() -> empty bytes array
    ///
    /// Construct a mutable bytearray object from:
    ///   - an iterable yielding integers in range(256)
    ///   - a text string encoded using the specified encoding
    ///   - a bytes or a buffer object
    ///   - any object implementing the buffer API.
    ///   - an integer
    bytearray, PyByteArray, ("bytearray", layout = PyByteArray, table = bytearray, no_gc, nosig, unhashable, flags(BASETYPE, MATCH_SELF)), {
    #[pynew("bytearray(*args, **kwargs)", raw, nosig)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        PyByteArray::new(vm, cls, Vec::new())
    }
    #[pyinit("bytearray(source=b'', encoding='utf-8', errors='strict')", raw, nosig)]
    fn init(vm: &Vm, zelf: &PyByteArray, args: Args<'_>) -> PyResult<()> {
        if !zelf.is_empty() {
            zelf.resize(vm, 0)?;
        }
        if let Source::Data(d) = source(vm, &args, true)? {
            zelf.replace_all(vm, d)?;
        }
        Ok(())
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyByteArray) -> Obj {
        let name = zelf.r().ty(vm).name_lossy();
        vm.str(&format!("{name}({})", ops::repr_with(zelf.as_slice(), true)))
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyByteArray) -> PyResult<Obj> {
        crate::bytes::warn_of_text(vm, "str() on a bytearray instance")?;
        Ok(repr(vm, zelf))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyByteArray, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        if matches!(op, CmpOp::Eq | CmpOp::Ne) && other.downcast::<PyStr>(vm).is_some() {
            crate::bytes::warn_of_text(vm, "Comparison between bytearray and string")?;
        }
        compare(vm, zelf.r(), other, op)
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyByteArray) -> Obj {
        PyByteArrayIter::new(vm, zelf)
    }
    #[slot(nb_remainder)]
    fn remainder(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        match a.downcast::<PyByteArray>(vm) {
            Some(t) => {
                let _held = t.hold();
                let template = t.as_slice().to_vec();
                PyByteArray::make(vm, crate::format::format_bytes_percent(vm, &template, b)?)
            }
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(sq_repeat)]
    fn repeat(vm: &Vm, zelf: &PyByteArray, n: isize) -> PyResult<Obj> {
        PyByteArray::make(vm, methods::repeated(vm, zelf.as_slice(), n)?)
    }
    #[slot(sq_inplace_repeat)]
    fn inplace_repeat(vm: &Vm, zelf: &PyByteArray, n: isize) -> PyResult<Obj> {
        if n != 1 {
            let d = methods::repeated(vm, zelf.as_slice(), n)?;
            if d.len() != zelf.len() {
                zelf.replace_all(vm, d)?;
            }
        }
        Ok(zelf.to_obj())
    }
    #[slot(sq_inplace_concat)]
    fn inplace_concat(vm: &Vm, zelf: &PyByteArray, other: Ref<'_>) -> PyResult<Obj> {
        extend_buffer(vm, zelf, other)?;
        Ok(zelf.to_obj())
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyByteArray, i: isize) -> PyResult<Obj> {
        item_at(vm, zelf, i)
    }
    #[slot(sq_ass_item)]
    fn ass_item(vm: &Vm, zelf: &PyByteArray, i: isize, value: Option<Ref<'_>>) -> PyResult<()> {
        if i < 0 {
            return Err(vm.index_error("bytearray index out of range"));
        }
        set_item(vm, zelf, i, value)
    }
    #[slot(mp_subscript)]
    fn subscript(vm: &Vm, zelf: &PyByteArray, key: Ref<'_>) -> PyResult<Obj> {
        subscript_of(vm, zelf, key)
    }
    #[slot(mp_ass_subscript)]
    fn ass_subscript(vm: &Vm, zelf: &PyByteArray, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        assign(vm, zelf, key, value)
    }
    #[slot(getbuffer)]
    fn getbuffer(zelf: &PyByteArray, _request: u32) -> PyResult<BufferInfo> {
        zelf.add_export();
        Ok(BufferInfo::bytes(zelf.data_ptr(), zelf.len(), false))
    }
    #[slot(releasebuffer)]
    fn releasebuffer(zelf: &PyByteArray, _info: &BufferInfo) {
        zelf.drop_export();
    }

    /// Append a single item to the end of the bytearray.
    ///
    ///   item
    ///     The item to be appended.
    #[pymethod("append(self, item, /)", quiet)]
    fn append(vm: &Vm, zelf: &PyByteArray, item: ByteArg) -> PyResult<()> {
        zelf.push(vm, item.0)
    }
    /// Remove all items from the bytearray.
    #[pymethod(quiet)]
    fn clear(vm: &Vm, zelf: &PyByteArray) -> PyResult<()> {
        zelf.resize(vm, 0)
    }
    /// Return a copy of B.
    #[pymethod(quiet)]
    fn copy(vm: &Vm, zelf: &PyByteArray) -> PyResult<Obj> {
        zelf.itself(vm)
    }
    /// Append all the items from the iterator or sequence to the end of the bytearray.
    ///
    ///   iterable_of_ints
    ///     The iterable of items to append.
    #[pymethod("extend(self, iterable_of_ints, /)", quiet)]
    fn extend(vm: &Vm, zelf: &PyByteArray, iterable_of_ints: Ref<'_>) -> PyResult<()> {
        let it = iterable_of_ints;
        if has_buffer(vm, it) {
            let data = buffer_bytes(vm, it)?;
            return zelf.splice(vm, zelf.len(), zelf.len(), &data);
        }
        if it.is_instance_of::<PyStr>(vm) && vm.is_true(it)? {
            return Err(vm.type_error(format!("expected iterable of integers; got: '{}'", it.ty(vm).tp_name())));
        }
        match iterable_bytes(vm, it, "byte", true)? {
            Some(d) => zelf.splice(vm, zelf.len(), zelf.len(), &d),
            None => Err(vm.type_error(format!("can't extend bytearray with {}", it.ty(vm).tp_name()))),
        }
    }
    /// Insert a single item into the bytearray before the given index.
    ///
    ///   index
    ///     The index where the value is to be inserted.
    ///   item
    ///     The item to be inserted.
    #[pymethod("insert(self, index, item, /)", quiet)]
    fn insert(vm: &Vm, zelf: &PyByteArray, index: isize, item: ByteArg) -> PyResult<()> {
        let n = zelf.len() as isize;
        let at = if index < 0 { (index + n).max(0) } else { index.min(n) } as usize;
        zelf.splice(vm, at, at, &[item.0])
    }
    /// Remove and return a single item from B.
    ///
    ///   index
    ///     The index from where to remove the item.
    ///     -1 (the default value) means remove the last item.
    ///
    /// If no index argument is given, will pop the last item.
    #[pymethod("pop(self, index=-1, /)", quiet)]
    fn pop(vm: &Vm, zelf: &PyByteArray, index: isize) -> PyResult<i64> {
        let n = zelf.len() as isize;
        if n == 0 {
            return Err(vm.index_error("pop from empty bytearray"));
        }
        let at = if index < 0 { index + n } else { index };
        let Some(b) = usize::try_from(at).ok().and_then(|i| zelf.get(i)) else {
            return Err(vm.index_error("pop index out of range"));
        };
        zelf.splice(vm, at as usize, at as usize + 1, &[])?;
        Ok(b.into())
    }
    /// Remove the first occurrence of a value in the bytearray.
    ///
    ///   value
    ///     The value to remove.
    #[pymethod("remove(self, value, /)", quiet)]
    fn remove(vm: &Vm, zelf: &PyByteArray, value: ByteArg) -> PyResult<()> {
        match memchr::memchr(value.0, zelf.as_slice()) {
            Some(i) => zelf.splice(vm, i, i + 1, &[]),
            None => Err(vm.value_error("value not found in bytearray")),
        }
    }
    /// Resize the internal buffer of bytearray to len.
    ///
    ///   size
    ///     New size to resize to.
    #[pymethod("resize(self, size, /)")]
    fn resize(vm: &Vm, zelf: &PyByteArray, size: isize) -> PyResult<()> {
        match usize::try_from(size) {
            Ok(n) => zelf.resize(vm, n),
            Err(_) => Err(vm.value_error(format!("bytearray.resize(): new size must be >= 0, got {size}"))),
        }
    }
    /// Reverse the order of the values in B in place.
    #[pymethod(quiet)]
    fn reverse(zelf: &PyByteArray) {
        zelf.with_mut(<[u8]>::reverse);
    }
    /// B.__alloc__() -> int
    ///
    /// Return the number of bytes actually allocated.
    #[pymethod]
    fn __alloc__(zelf: &PyByteArray) -> usize {
        zelf.capacity()
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyByteArray) -> PyResult<Obj> {
        reduced(vm, zelf, 2)
    }
    /// Return state information for pickling.
    #[pymethod("__reduce_ex__(self, proto=0, /)")]
    fn __reduce_ex__(vm: &Vm, zelf: &PyByteArray, proto: i32) -> PyResult<Obj> {
        reduced(vm, zelf, proto)
    }
    /// Returns the size of the bytearray object in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyByteArray) -> usize {
        size_of::<PyByteArray>() + zelf.capacity()
    }
    }
}

/// The bytearray, still held while the iterator is not exhausted.
fn held(it: &PyByteArrayIter) -> Option<Py<PyByteArray>> {
    let b = it.data.take();
    it.data.set(b.clone());
    b
}

#[pyclass("bytearray_iterator", layout = PyByteArrayIter, table = bytearray_iterator, no_gc)]
pub mod bytearray_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &PyByteArrayIter) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(zelf: &PyByteArrayIter) -> Option<Obj> {
        zelf.step()
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(zelf: &PyByteArrayIter) -> usize {
        held(zelf).map_or(0, |b| b.len().saturating_sub(zelf.index.get()))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyByteArrayIter) -> PyResult<Obj> {
        reduce_iter(vm, || match held(zelf) {
            Some(b) => (b.into_obj(), Some(zelf.index.get())),
            None => (vm.tuple(vec![]), None),
        })
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyByteArrayIter, state: Ref<'_>) -> PyResult<()> {
        let i = state_index(vm, state)?;
        if let Some(b) = held(zelf) {
            zelf.index.set((i.max(0) as usize).min(b.len()));
        }
        Ok(())
    }
}
