//! `array.array`.
//!
//! Items are stored as bytes. While buffers are exported (`exports` is not 0) the storage must
//! not move, so every operation that changes the length asks [`PyArray::check_resize`] first. No
//! borrow of the storage is held across code that may run Python.

use std::cell::{Cell, UnsafeCell};

use krait_macros::pyclass;
use krait_object::buffer::{Buffer, BufferInfo, flags};
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;
use krait_object::protocol::SliceIndices;
use krait_object::slice::PySlice;

use krait_types::codecs_prim::{Builtin, ByteOrder, decode_utf32};

use super::iter::PyArrayIter;
use super::kind::{Kind, Stored, load, store};
use crate::util::{class_getitem, instance, no_header};

#[repr(C)]
pub struct PyArray {
    header: Header,
    pub kind: Kind,
    exports: Cell<usize>,
    data: UnsafeCell<Vec<u8>>,
}

impl PyArray {
    /// An instance of `cls` that owns `data`.
    pub fn create(vm: &Vm, cls: &PyType, kind: Kind, data: Vec<u8>) -> PyResult<Obj> {
        instance(vm, cls, PyArray { header: no_header(), kind, exports: Cell::new(0), data: UnsafeCell::new(data) })
    }
    /// The bytes; not to be held across anything that may run Python code.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: writers take their borrow in `bytes_mut` and run no other code meanwhile.
        unsafe { &*self.data.get() }
    }
    #[expect(clippy::mut_from_ref, reason = "one short borrow at a time")]
    #[inline(always)]
    pub fn bytes_mut(&self) -> &mut Vec<u8> {
        // SAFETY: as for `bytes`.
        unsafe { &mut *self.data.get() }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.bytes().len() / self.kind.size()
    }
    /// The item at `i`.
    #[inline(always)]
    pub fn get(&self, vm: &Vm, i: usize) -> Option<Obj> {
        let size = self.kind.size();
        self.bytes().get(i * size..i * size + size).map(|b| load(vm, self.kind, b))
    }
    /// Stores at `i`; false if there is no such item (any more).
    fn put(&self, i: usize, (w, n): Stored) -> bool {
        match self.bytes_mut().get_mut(i * n..i * n + n) {
            Some(b) => {
                b.copy_from_slice(&w[..n]);
                true
            }
            None => false,
        }
    }
    pub fn check_resize(&self, vm: &Vm) -> PyResult<()> {
        if self.exports.get() > 0 {
            return Err(vm.buffer_error("cannot resize an array that is exporting buffers"));
        }
        Ok(())
    }
    fn reserve(&self, vm: &Vm, n: usize) -> PyResult<()> {
        let d = self.bytes_mut();
        if d.len().checked_add(n).is_none_or(|t| t > isize::MAX as usize / 2) || d.try_reserve(n).is_err() {
            return Err(vm.memory_error());
        }
        Ok(())
    }
    pub fn push(&self, vm: &Vm, v: Ref<'_>) -> PyResult<()> {
        let (w, n) = store(vm, self.kind, v)?;
        self.check_resize(vm)?;
        self.reserve(vm, n)?;
        self.bytes_mut().extend_from_slice(&w[..n]);
        Ok(())
    }
    pub fn push_bytes(&self, vm: &Vm, b: &[u8]) -> PyResult<()> {
        if !b.len().is_multiple_of(self.kind.size()) {
            return Err(vm.value_error("bytes length not a multiple of item size"));
        }
        self.check_resize(vm)?;
        self.reserve(vm, b.len())?;
        self.bytes_mut().extend_from_slice(b);
        Ok(())
    }
    fn extend_from(&self, vm: &Vm, other: Ref<'_>) -> PyResult<()> {
        if let Some(o) = other.downcast::<PyArray>(vm) {
            if o.kind != self.kind {
                return Err(vm.type_error("can only extend with array of same kind"));
            }
            let copy = o.bytes().to_vec();
            if copy.is_empty() {
                return Ok(());
            }
            return self.push_bytes(vm, &copy);
        }
        vm.for_each(other, |v| self.push(vm, v.r()))
    }
    pub fn push_text(&self, vm: &Vm, s: &PyStr) -> PyResult<()> {
        if s.is_empty() {
            return Ok(());
        }
        self.check_resize(vm)?;
        self.reserve(vm, s.len() * 4)?;
        self.bytes_mut().extend(s.chars().flat_map(u32::to_ne_bytes));
        Ok(())
    }
    fn remove_range(&self, start: usize, end: usize) {
        let size = self.kind.size();
        self.bytes_mut().drain(start * size..end * size);
    }
    /// Position of the first item equal to `v` in a range.
    fn find(&self, vm: &Vm, v: Ref<'_>, start: usize, stop: usize) -> PyResult<Option<usize>> {
        for i in start..stop {
            let Some(x) = self.get(vm, i) else { break };
            if vm.eq(x.r(), v)? {
                return Ok(Some(i));
            }
        }
        Ok(None)
    }
    /// The index an int argument stands for.
    fn index_arg(&self, vm: &Vm, i: isize, msg: &str) -> PyResult<usize> {
        let n = self.len() as isize;
        let i = if i < 0 { i + n } else { i };
        if (0..n).contains(&i) { Ok(i as usize) } else { Err(vm.index_error(msg)) }
    }
    fn slice(&self, vm: &Vm, s: SliceIndices) -> PyResult<Obj> {
        let size = self.kind.size();
        let b = self.bytes();
        let mut out = Vec::new();
        if out.try_reserve_exact(s.count * size).is_err() {
            return Err(vm.memory_error());
        }
        if s.step == 1 {
            let start = s.start as usize * size;
            out.extend_from_slice(&b[start..start + s.count * size]);
        } else {
            s.iter().for_each(|i| out.extend_from_slice(&b[i * size..i * size + size]));
        }
        Self::create(vm, PyArray::type_of(vm), self.kind, out)
    }
    fn delete_slice(&self, vm: &Vm, s: SliceIndices) -> PyResult<()> {
        if s.count == 0 {
            return Ok(());
        }
        self.check_resize(vm)?;
        let size = self.kind.size();
        if s.step == 1 {
            self.remove_range(s.start as usize, s.start as usize + s.count);
            return Ok(());
        }
        let (first, step) = if s.step > 0 {
            (s.start as usize, s.step as usize)
        } else {
            ((s.start + (s.count as isize - 1) * s.step) as usize, s.step.unsigned_abs())
        };
        let d = self.bytes_mut();
        let gone = |i: usize| i >= first && (i - first).is_multiple_of(step) && (i - first) / step < s.count;
        let mut to = 0;
        for i in 0..d.len() / size {
            if !gone(i) {
                d.copy_within(i * size..i * size + size, to * size);
                to += 1;
            }
        }
        d.truncate(to * size);
        Ok(())
    }
    fn assign_slice(&self, vm: &Vm, s: SliceIndices, value: Ref<'_>) -> PyResult<()> {
        let Some(o) = value.downcast::<PyArray>(vm) else {
            let got = value.ty(vm).tp_name();
            return Err(vm.type_error(format!("can only assign array (not \"{got}\") to array slice")));
        };
        if o.kind != self.kind {
            return Err(vm.type_error("bad argument type for built-in operation"));
        }
        let size = self.kind.size();
        let new = o.bytes().to_vec();
        let n = new.len() / size;
        if s.step == 1 {
            if n != s.count {
                self.check_resize(vm)?;
                self.reserve(vm, new.len())?;
            }
            // `a[5:2] = x` inserts at 5.
            let start = s.start as usize * size;
            self.bytes_mut().splice(start..start + s.count * size, new);
            return Ok(());
        }
        if n != s.count {
            let text = format!("attempt to assign array of size {n} to extended slice of size {}", s.count);
            return Err(vm.value_error(text));
        }
        let d = self.bytes_mut();
        for (k, i) in s.iter().enumerate() {
            d[i * size..i * size + size].copy_from_slice(&new[k * size..k * size + size]);
        }
        Ok(())
    }
    fn repeat(&self, vm: &Vm, n: isize) -> PyResult<Vec<u8>> {
        let n = n.max(0) as usize;
        let total = self.bytes().len().checked_mul(n).filter(|t| *t <= isize::MAX as usize / 2);
        let mut out = Vec::new();
        match total {
            Some(t) if out.try_reserve_exact(t).is_ok() => {}
            _ => return Err(vm.memory_error()),
        }
        for _ in 0..n {
            out.extend_from_slice(self.bytes());
        }
        Ok(out)
    }
    fn copied(&self, vm: &Vm) -> PyResult<Obj> {
        Self::create(vm, PyArray::type_of(vm), self.kind, self.bytes().to_vec())
    }
    fn text(&self, vm: &Vm) -> PyResult<Py<PyStr>> {
        if self.kind == Kind::Char(b'w') {
            return Ok(decode_utf32(vm, self.bytes(), ByteOrder::Native, &mut Builtin::Strict, true)?.text);
        }
        let chars: Vec<u32> = self.bytes().chunks_exact(4).map(|c| u32::from_ne_bytes([c[0], c[1], c[2], c[3]])).collect();
        match chars.iter().find(|c| **c > 0x10_ffff) {
            Some(c) => Err(vm.value_error(format!("character U+{c:x} is not in range [U+0000; U+10ffff]"))),
            None => Ok(PyStr::from_code_points(vm, &chars)),
        }
    }
    fn list(&self, vm: &Vm) -> PyResult<Obj> {
        let n = self.len();
        let mut out = krait_types::common::vec_for(vm, n)?;
        out.extend((0..n).filter_map(|i| self.get(vm, i)));
        Ok(vm.list(out))
    }
}

/// Item-by-item comparison.
fn compare(vm: &Vm, a: &PyArray, b: &PyArray, op: CmpOp) -> PyResult<bool> {
    let (n, m) = (a.len(), b.len());
    if n != m && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(op == CmpOp::Ne);
    }
    let plain = a.kind.same_storage(b.kind) && !matches!(a.kind, Kind::F32 | Kind::F64);
    if plain && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok((a.bytes() == b.bytes()) == (op == CmpOp::Eq));
    }
    let mut i = 0;
    while let (Some(x), Some(y)) = (a.get(vm, i), b.get(vm, i)) {
        let equal = vm.richcompare(x.r(), y.r(), CmpOp::Eq)?;
        if !vm.is_true(equal.r())? {
            return match op {
                CmpOp::Eq => Ok(false),
                CmpOp::Ne => Ok(true),
                _ => {
                    let r = vm.richcompare(x.r(), y.r(), op)?;
                    vm.is_true(r.r())
                }
            };
        }
        i += 1;
    }
    Ok(op.eval(n.cmp(&m)))
}

/// The items a slice selects. Its bounds are evaluated before the length is looked at, since
/// `__index__` methods may change the array.
fn indices(vm: &Vm, s: &PySlice, a: &PyArray) -> PyResult<SliceIndices> {
    let (start, stop, step) = s.unpack(vm)?;
    Ok(SliceIndices::adjust(start, stop, step, a.len()))
}

/// array(typecode [, initializer]) -> array
///
/// Return a new array whose items are restricted by typecode, and
/// initialized from the optional initializer value, which must be a list,
/// string or iterable over elements of the appropriate type.
///
/// Arrays represent basic values and behave very much like lists, except
/// the type of objects stored in them is constrained. The type is specified
/// at object creation time by using a type code, which is a single character.
/// The following type codes are defined:
///
///     Type code   C Type             Minimum size in bytes
///     'b'         signed integer     1
///     'B'         unsigned integer   1
///     'u'         Unicode character  2 (see note)
///     'h'         signed integer     2
///     'H'         unsigned integer   2
///     'i'         signed integer     2
///     'I'         unsigned integer   2
///     'l'         signed integer     4
///     'L'         unsigned integer   4
///     'q'         signed integer     8 (see note)
///     'Q'         unsigned integer   8 (see note)
///     'f'         floating-point     4
///     'd'         floating-point     8
///
/// NOTE: The 'u' typecode corresponds to Python's unicode character. On
/// narrow builds this is 2-bytes on wide builds this is 4-bytes.
///
/// NOTE: The 'q' and 'Q' type codes are only available if the platform
/// C compiler used to build Python supports 'long long', or, on Windows,
/// '__int64'.
///
/// Methods:
///
/// append() -- append a new item to the end of the array
/// buffer_info() -- return information giving the current memory info
/// byteswap() -- byteswap all the items of the array
/// count() -- return number of occurrences of an object
/// extend() -- extend array by appending multiple elements from an iterable
/// fromfile() -- read items from a file object
/// fromlist() -- append items from the list
/// frombytes() -- append items from the string
/// index() -- return index of first occurrence of an object
/// insert() -- insert a new item into the array at a provided position
/// pop() -- remove and return item (default last)
/// remove() -- remove first occurrence of an object
/// reverse() -- reverse the order of the items in the array
/// tofile() -- write all items to a file object
/// tolist() -- return the array converted to an ordinary list
/// tobytes() -- return the array converted to a string
///
/// Attributes:
///
/// typecode -- the typecode character used to create the array
/// itemsize -- the length in bytes of one array item
///
#[pyclass(layout = PyArray, name = "array", module = "array", own, no_gc, weakref, nosig, unhashable, flags(BASETYPE, SEQUENCE))]
pub mod array_class {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if std::ptr::eq(cls, PyArray::type_of(vm)) {
            krait_object::unpack::no_keywords(vm, "array.array", &args)?;
        }
        let a = args.pos();
        if a.is_empty() {
            return Err(vm.type_error("array() takes at least 1 argument (0 given)"));
        }
        if a.len() > 2 {
            return Err(vm.type_error(format!("array() takes at most 2 arguments ({} given)", a.len())));
        }
        let code = match a[0].downcast::<PyStr>(vm) {
            Some(s) if s.len() == 1 => s.char_at(0),
            Some(s) => {
                let text = format!("array() argument 1 must be a unicode character, not a string of length {}", s.len());
                return Err(vm.type_error(text));
            }
            None => {
                let got = a[0].ty(vm).tp_name();
                return Err(vm.type_error(format!("array() argument 1 must be a unicode character, not {got}")));
            }
        };
        vm.audit("array.__new__", &[a[0], a.get(1).copied().unwrap_or(vm.none())])?;
        let Some(kind) = Kind::from_code(code) else {
            return Err(vm.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"));
        };
        if code == u32::from(b'u') {
            let text = "The 'u' type code is deprecated and will be removed in Python 3.16";
            vm.warn(vm.types.deprecation_warning, text, 1)?;
        }
        let init = a.get(1).copied();
        if let Some(i) = init {
            check_initial(vm, kind, code, i)?;
        }
        let new = PyArray::create(vm, cls, kind, Vec::new())?;
        if let (Some(i), Some(arr)) = (init, new.r().downcast::<PyArray>(vm)) {
            fill(vm, arr, i)?;
        }
        Ok(new)
    }
    fn check_initial(vm: &Vm, kind: Kind, code: u32, init: Ref<'_>) -> PyResult<()> {
        if kind.is_char() {
            return Ok(());
        }
        let shown = char::from_u32(code).unwrap_or('?');
        if init.downcast::<PyStr>(vm).is_some() {
            return Err(vm.type_error(format!("cannot use a str to initialize an array with typecode '{shown}'")));
        }
        if init.downcast::<PyArray>(vm).is_some_and(|a| a.kind.is_char()) {
            let text = format!("cannot use a unicode array to initialize an array with typecode '{shown}'");
            return Err(vm.type_error(text));
        }
        Ok(())
    }
    fn fill(vm: &Vm, arr: &PyArray, init: Ref<'_>) -> PyResult<()> {
        if let Some(b) = init.downcast::<PyBytes>(vm) {
            return arr.push_bytes(vm, b.as_slice());
        }
        if init.ty(vm).is_subtype(vm.types.bytearray) {
            let copy = krait_object::buffer::with_bytes(vm, init, <[u8]>::to_vec)?;
            return arr.push_bytes(vm, &copy);
        }
        if let (Some(s), true) = (init.downcast::<PyStr>(vm), arr.kind.is_char()) {
            return arr.push_text(vm, s);
        }
        if let Some(o) = init.downcast::<PyArray>(vm).filter(|o| o.kind == arr.kind) {
            return arr.push_bytes(vm, o.bytes());
        }
        vm.for_each(init, |v| arr.push(vm, v.r()))
    }

    /// Append new value v to the end of the array.
    #[pymethod("append(self, v, /)")]
    fn append(vm: &Vm, zelf: &PyArray, v: Ref<'_>) -> PyResult<()> {
        zelf.push(vm, v)
    }
    /// Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.
    ///
    /// The length should be multiplied by the itemsize attribute to calculate
    /// the buffer length in bytes.
    #[pymethod]
    fn buffer_info(zelf: &PyArray) -> (usize, usize) {
        (zelf.bytes().as_ptr() as usize, zelf.len())
    }
    /// Byteswap all items of the array.
    ///
    /// If the items in the array are not 1, 2, 4, or 8 bytes in size, RuntimeError is
    /// raised.
    #[pymethod]
    fn byteswap(zelf: &PyArray) {
        let size = zelf.kind.size();
        zelf.bytes_mut().chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    /// Remove all items from the array.
    #[pymethod]
    fn clear(vm: &Vm, zelf: &PyArray) -> PyResult<()> {
        if zelf.len() > 0 {
            zelf.check_resize(vm)?;
        }
        *zelf.bytes_mut() = Vec::new();
        Ok(())
    }
    /// Return a copy of the array.
    #[pymethod]
    fn __copy__(vm: &Vm, zelf: &PyArray) -> PyResult<Obj> {
        zelf.copied(vm)
    }
    /// Return a copy of the array.
    #[pymethod("__deepcopy__(self, unused, /)")]
    fn __deepcopy__(vm: &Vm, zelf: &PyArray, _unused: Ref<'_>) -> PyResult<Obj> {
        zelf.copied(vm)
    }
    /// Return number of occurrences of v in the array.
    #[pymethod("count(self, v, /)")]
    fn count(vm: &Vm, zelf: &PyArray, v: Ref<'_>) -> PyResult<usize> {
        let (mut i, mut n) = (0, 0);
        while let Some(x) = zelf.get(vm, i) {
            n += usize::from(vm.eq(x.r(), v)?);
            i += 1;
        }
        Ok(n)
    }
    /// Append items to the end of the array.
    #[pymethod("extend(self, bb, /)")]
    fn extend(vm: &Vm, zelf: &PyArray, bb: Ref<'_>) -> PyResult<()> {
        zelf.extend_from(vm, bb)
    }
    /// Read n objects from the file object f and append them to the end of the array.
    #[pymethod("fromfile(self, f, n, /)")]
    fn fromfile(vm: &Vm, zelf: &PyArray, f: Ref<'_>, n: isize) -> PyResult<()> {
        if n < 0 {
            return Err(vm.value_error("negative count"));
        }
        let Some(bytes) = (n as usize).checked_mul(zelf.kind.size()).filter(|b| *b <= isize::MAX as usize) else {
            return Err(vm.memory_error());
        };
        let data = vm.call_method(f, vm.names().read, &[vm.int_usize(bytes).r()])?;
        let Some(b) = data.r().downcast::<PyBytes>(vm) else {
            return Err(vm.type_error("read() didn't return bytes"));
        };
        zelf.push_bytes(vm, b.as_slice())?;
        if b.len() != bytes {
            return Err(vm.eof_error("read() didn't return enough bytes"));
        }
        Ok(())
    }
    /// Append items to array from list.
    #[pymethod("fromlist(self, list, /)")]
    fn fromlist(vm: &Vm, zelf: &PyArray, list: Ref<'_>) -> PyResult<()> {
        let Some(l) = list.downcast::<PyList>(vm) else { return Err(vm.type_error("arg must be list")) };
        let n = l.len();
        let mut new = Vec::new();
        for i in 0..n {
            let Some(v) = l.get(i) else { break };
            let (w, k) = store(vm, zelf.kind, v.r())?;
            new.extend_from_slice(&w[..k]);
            if l.len() != n {
                return Err(vm.runtime_error("list changed size during iteration"));
            }
        }
        if new.is_empty() { Ok(()) } else { zelf.push_bytes(vm, &new) }
    }
    /// Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method.
    #[pymethod("frombytes(self, buffer, /)")]
    fn frombytes(vm: &Vm, zelf: &PyArray, buffer: Ref<'_>) -> PyResult<()> {
        let copy = {
            let b = Buffer::simple(vm, buffer)?;
            if b.info().itemsize != 1 {
                return Err(vm.type_error("a bytes-like object is required"));
            }
            b.as_slice().to_vec()
        };
        zelf.push_bytes(vm, &copy)
    }
    /// Extends this array with data from the unicode string ustr.
    ///
    /// The array must be a unicode type array; otherwise a ValueError is raised.
    /// Use array.frombytes(ustr.encode(...)) to append Unicode data to an array of
    /// some other type.
    #[pymethod("fromunicode(self, ustr, /)")]
    fn fromunicode(vm: &Vm, zelf: &PyArray, ustr: &PyStr) -> PyResult<()> {
        if !zelf.kind.is_char() {
            let text = "fromunicode() may only be called on unicode type arrays ('u' or 'w')";
            return Err(vm.value_error(text));
        }
        zelf.push_text(vm, ustr)
    }
    /// Return index of first occurrence of v in the array.
    ///
    /// Raise ValueError if the value is not present.
    #[pymethod("index(self, v, start=0, stop=sys.maxsize, /)")]
    fn index(vm: &Vm, zelf: &PyArray, v: Ref<'_>, start: OptArg<IndexClamped>, stop: OptArg<IndexClamped>) -> PyResult<usize> {
        let n = zelf.len();
        let start = start.given().map_or(0, |i| i.in_len(n));
        let stop = stop.given().map_or(n, |i| i.in_len(n));
        match zelf.find(vm, v, start, stop)? {
            Some(i) => Ok(i),
            None => Err(vm.value_error("array.index(x): x not in array")),
        }
    }
    /// Insert a new item v into the array before position i.
    #[pymethod("insert(self, i, v, /)")]
    fn insert(vm: &Vm, zelf: &PyArray, i: isize, v: Ref<'_>) -> PyResult<()> {
        let (w, k) = store(vm, zelf.kind, v)?;
        let n = zelf.len();
        let at = if i < 0 { (i + n as isize).max(0) as usize } else { (i as usize).min(n) };
        zelf.check_resize(vm)?;
        zelf.reserve(vm, k)?;
        zelf.bytes_mut().splice(at * k..at * k, w[..k].iter().copied());
        Ok(())
    }
    /// Return the i-th element and delete it from the array.
    ///
    /// i defaults to -1.
    #[pymethod("pop(self, i=-1, /)")]
    fn pop(vm: &Vm, zelf: &PyArray, i: isize) -> PyResult<Obj> {
        if zelf.len() == 0 {
            return Err(vm.index_error("pop from empty array"));
        }
        let i = zelf.index_arg(vm, i, "pop index out of range")?;
        let Some(v) = zelf.get(vm, i) else { return Err(vm.index_error("pop index out of range")) };
        zelf.check_resize(vm)?;
        zelf.remove_range(i, i + 1);
        Ok(v)
    }
    /// Remove the first occurrence of v in the array.
    #[pymethod("remove(self, v, /)")]
    fn remove(vm: &Vm, zelf: &PyArray, v: Ref<'_>) -> PyResult<()> {
        match zelf.find(vm, v, 0, zelf.len())? {
            Some(i) if i < zelf.len() => {
                zelf.check_resize(vm)?;
                zelf.remove_range(i, i + 1);
                Ok(())
            }
            _ => Err(vm.value_error("array.remove(x): x not in array")),
        }
    }
    /// Reverse the order of the items in the array.
    #[pymethod]
    fn reverse(zelf: &PyArray) {
        let size = zelf.kind.size();
        let d = zelf.bytes_mut();
        d.reverse();
        d.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    /// Write all items (as machine values) to the file object f.
    #[pymethod("tofile(self, f, /)")]
    fn tofile(vm: &Vm, zelf: &PyArray, f: Ref<'_>) -> PyResult<()> {
        const BLOCK: usize = 64 << 10;
        let mut at = 0;
        while at < zelf.bytes().len() {
            let end = (at + BLOCK).min(zelf.bytes().len());
            let block = vm.bytes(&zelf.bytes()[at..end]);
            vm.call_method(f, vm.names().write, &[block.r()])?;
            at = end;
        }
        Ok(())
    }
    /// Convert array to an ordinary list with the same items.
    #[pymethod]
    fn tolist(vm: &Vm, zelf: &PyArray) -> PyResult<Obj> {
        zelf.list(vm)
    }
    /// Convert the array to an array of machine values and return the bytes representation.
    #[pymethod]
    fn tobytes(vm: &Vm, zelf: &PyArray) -> Obj {
        vm.bytes(zelf.bytes())
    }
    /// Extends this array with data from the unicode string ustr.
    ///
    /// Convert the array to a unicode string.  The array must be a unicode type array;
    /// otherwise a ValueError is raised.  Use array.tobytes().decode() to obtain a
    /// unicode string from an array of some other type.
    #[pymethod]
    fn tounicode(vm: &Vm, zelf: &PyArray) -> PyResult<Obj> {
        if !zelf.kind.is_char() {
            let text = "tounicode() may only be called on unicode type arrays ('u' or 'w')";
            return Err(vm.value_error(text));
        }
        Ok(zelf.text(vm)?.into_obj())
    }
    /// Return state information for pickling.
    #[pymethod("__reduce_ex__(self, value, /)")]
    fn __reduce_ex__(vm: &Vm, zelf: &PyArray, value: Ref<'_>) -> PyResult<Obj> {
        if value.as_int(vm).is_none() {
            return Err(vm.type_error("__reduce_ex__ argument should be an integer"));
        }
        let protocol = krait_object::convert::c_long(vm, value)?;
        let state = match vm.getattr_opt(zelf.r(), vm.names().__dict__)? {
            Some(d) => d,
            None => Obj::none(),
        };
        let (ty, code) = (zelf.r().ty(vm).to_obj(), vm.text(zelf.kind.code().to_string()));
        if protocol < 3 {
            let list = zelf.list(vm)?;
            return Ok(vm.tuple(vec![ty, vm.tuple(vec![code, list]), state]));
        }
        let module = (vm.interp.hooks().import)(vm, "array")?;
        let make = vm.getattr_str(module.r(), "_array_reconstructor")?;
        let args = vec![ty, code, vm.int_i64(zelf.kind.machine_code()), vm.bytes(zelf.bytes())];
        Ok(vm.tuple(vec![make, vm.tuple(args), state]))
    }
    /// Size of the array in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyArray) -> usize {
        size_of::<PyArray>() + zelf.bytes_mut().capacity()
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, object)
    }
    /// the typecode character used to create the array
    #[getter]
    fn typecode(zelf: &PyArray) -> String {
        zelf.kind.code().to_string()
    }
    /// the size, in bytes, of one array item
    #[getter]
    fn itemsize(zelf: &PyArray) -> usize {
        zelf.kind.size()
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyArray) -> PyResult<String> {
        let (name, code) = (zelf.r().ty(vm).name_lossy(), zelf.kind.code());
        if zelf.len() == 0 {
            return Ok(format!("{name}('{code}')"));
        }
        let items = if zelf.kind.is_char() { zelf.text(vm)?.into_obj() } else { zelf.list(vm)? };
        Ok(format!("{name}('{code}', {})", vm.repr_text(items.r())?))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyArray, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        match other.downcast::<PyArray>(vm) {
            Some(o) => Ok(Obj::bool(compare(vm, zelf, o, op)?)),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyArray) -> Obj {
        PyArrayIter::create(vm, zelf)
    }
    #[slot(sq_length, mp_length)]
    fn len(zelf: &PyArray) -> usize {
        zelf.len()
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyArray, i: isize) -> PyResult<Obj> {
        match usize::try_from(i).ok().and_then(|i| zelf.get(vm, i)) {
            Some(v) => Ok(v),
            None => Err(vm.index_error("array index out of range")),
        }
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PyArray, v: Ref<'_>) -> PyResult<bool> {
        Ok(zelf.find(vm, v, 0, zelf.len())?.is_some())
    }
    #[slot(sq_concat)]
    fn concat(vm: &Vm, zelf: &PyArray, other: Ref<'_>) -> PyResult<Obj> {
        let Some(o) = other.downcast::<PyArray>(vm) else {
            let got = other.ty(vm).tp_name();
            return Err(vm.type_error(format!("can only append array (not \"{got}\") to array")));
        };
        if o.kind != zelf.kind {
            return Err(vm.type_error("bad argument type for built-in operation"));
        }
        let mut data = zelf.bytes().to_vec();
        if data.try_reserve_exact(o.bytes().len()).is_err() {
            return Err(vm.memory_error());
        }
        data.extend_from_slice(o.bytes());
        PyArray::create(vm, PyArray::type_of(vm), zelf.kind, data)
    }
    #[slot(sq_inplace_concat)]
    fn inplace_concat(vm: &Vm, zelf: &PyArray, other: Ref<'_>) -> PyResult<Obj> {
        if other.downcast::<PyArray>(vm).is_none() {
            let got = other.ty(vm).tp_name();
            return Err(vm.type_error(format!("can only extend array with array (not \"{got}\")")));
        }
        zelf.extend_from(vm, other)?;
        Ok(zelf.to_obj())
    }
    #[slot(sq_repeat)]
    fn repeat(vm: &Vm, zelf: &PyArray, n: isize) -> PyResult<Obj> {
        let data = zelf.repeat(vm, n)?;
        PyArray::create(vm, PyArray::type_of(vm), zelf.kind, data)
    }
    #[slot(sq_inplace_repeat)]
    fn inplace_repeat(vm: &Vm, zelf: &PyArray, n: isize) -> PyResult<Obj> {
        if zelf.len() > 0 && n != 1 {
            zelf.check_resize(vm)?;
            *zelf.bytes_mut() = zelf.repeat(vm, n)?;
        }
        Ok(zelf.to_obj())
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyArray, key: Ref<'_>) -> PyResult<Obj> {
        if let Some(i) = key.value().as_int() {
            let i = if i < 0 { i + zelf.len() as i64 } else { i };
            if let Some(v) = usize::try_from(i).ok().and_then(|i| zelf.get(vm, i)) {
                return Ok(v);
            }
            return Err(vm.index_error("array index out of range"));
        }
        if vm.has_index(key) {
            let i = vm.index_isize(key, vm.types.index_error)?;
            let i = zelf.index_arg(vm, i, "array index out of range")?;
            return item(vm, zelf, i as isize);
        }
        match key.downcast::<PySlice>(vm) {
            Some(s) => {
                let s = indices(vm, s, zelf)?;
                zelf.slice(vm, s)
            }
            None => Err(vm.type_error("array indices must be integers")),
        }
    }
    #[slot(mp_ass_subscript)]
    fn setitem(vm: &Vm, zelf: &PyArray, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        if vm.has_index(key) {
            let i = vm.index_isize(key, vm.types.index_error)?;
            let out = "array assignment index out of range";
            let at = zelf.index_arg(vm, i, out)?;
            return match value {
                Some(v) => {
                    let s = store(vm, zelf.kind, v)?;
                    if zelf.put(at, s) { Ok(()) } else { Err(vm.index_error(out)) }
                }
                None => {
                    zelf.check_resize(vm)?;
                    zelf.remove_range(at, at + 1);
                    Ok(())
                }
            };
        }
        let Some(s) = key.downcast::<PySlice>(vm) else {
            return Err(vm.type_error("array indices must be integers"));
        };
        let s = indices(vm, s, zelf)?;
        match value {
            None => zelf.delete_slice(vm, s),
            Some(v) => zelf.assign_slice(vm, s, v),
        }
    }
    #[slot(getbuffer)]
    fn getbuffer(vm: &Vm, zelf: &PyArray, want: u32) -> PyResult<BufferInfo> {
        let d = zelf.bytes_mut();
        let (ptr, len) = (d.as_mut_ptr(), d.len());
        let mut info = BufferInfo::bytes(ptr, len, false);
        info.itemsize = zelf.kind.size();
        info.shape = vec![(len / info.itemsize) as isize];
        let _ = vm;
        if want & flags::FORMAT != 0 {
            info.format = zelf.kind.format().into();
        }
        zelf.exports.set(zelf.exports.get() + 1);
        Ok(info)
    }
    #[slot(releasebuffer)]
    fn releasebuffer(zelf: &PyArray, _info: &BufferInfo) {
        zelf.exports.set(zelf.exports.get() - 1);
    }
}
