//! The `memoryview` type and its iterator.

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::buffer::{BufferInfo, flags};
use krait_object::function::{alloc_exact, no_header};
use krait_object::header::Header;
use krait_object::prelude::*;
use krait_object::table_layout;

use super::object::{Facts, PyMemoryView, released};
use super::strided::{View, f_strides};
use super::{compare, index};

/// A tuple of lengths.
fn sizes(vm: &Vm, of: &[isize]) -> Obj {
    vm.tuple(of.iter().map(|n| vm.int_i64(*n as i64)).collect())
}

/// The items with the first index fastest.
fn fortran_bytes(f: &Facts) -> Vec<u8> {
    let v = &f.view;
    let target = f_strides(&v.shape, v.itemsize);
    let mut out = vec![0; f.nbytes()];
    if out.is_empty() {
        return out;
    }
    // Same walk over source and destination.
    let dest = View { ptr: out.as_mut_ptr(), itemsize: v.itemsize, shape: v.shape.clone(), strides: target, suboffsets: vec![] };
    let mut to = Vec::with_capacity(v.items());
    dest.for_each(&mut |p| to.push(p));
    let mut to = to.into_iter();
    v.for_each(&mut |p| {
        if let Some(q) = to.next() {
            // SAFETY: `p` is an item of the source, `q` one of the destination, which is ours.
            unsafe { std::ptr::copy_nonoverlapping(p, q, v.itemsize) };
        }
    });
    out
}

/// The number of items of the first dimension.
fn length(vm: &Vm, m: &PyMemoryView) -> PyResult<usize> {
    match m.facts(vm)?.view.shape.first() {
        Some(n) => Ok(*n as usize),
        None => Err(vm.type_error("0-dim memory has no length")),
    }
}

/// Fails unless the view has one dimension.
fn one_dimensional(vm: &Vm, m: &PyMemoryView, none: &str, many: &str) -> PyResult<()> {
    match m.facts(vm)?.view.ndim() {
        0 => Err(vm.type_error(none)),
        1 => Ok(()),
        _ => Err(vm.not_implemented_error(many)),
    }
}

/// Create a new memoryview object which references the given object.
#[pyclass("memoryview", layout = PyMemoryView, table = memoryview, flags(SEQUENCE), weakref)]
pub mod memoryview {
    use super::*;

    #[pynew("memoryview(object)")]
    fn new(vm: &Vm, _cls: &PyType, object: Ref<'_>) -> PyResult<Py<PyMemoryView>> {
        PyMemoryView::of(vm, object, flags::FULL_RO)
    }
    /// Create a new memoryview object which references the given object.
    #[pyclassmethod("_from_flags(cls, object, flags)")]
    fn _from_flags(vm: &Vm, _cls: &PyType, object: Ref<'_>, flags: i32) -> PyResult<Py<PyMemoryView>> {
        PyMemoryView::of(vm, object, flags as u32)
    }
    #[slot(repr)]
    fn repr(zelf: &PyMemoryView) -> String {
        let what = if zelf.is_released() { "released memory" } else { "memory" };
        format!("<{what} at {:#x}>", zelf.r().value().0)
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyMemoryView) -> PyResult<i64> {
        compare::hash(vm, zelf)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyMemoryView, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return Ok(vm.not_implemented());
        }
        Ok(match compare::equals(vm, zelf, other)? {
            Some(same) => Obj::bool(same == (op == CmpOp::Eq)),
            None => vm.not_implemented(),
        })
    }
    #[slot(sq_length, mp_length)]
    fn len(vm: &Vm, zelf: &PyMemoryView) -> PyResult<usize> {
        length(vm, zelf)
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyMemoryView, i: isize) -> PyResult<Obj> {
        index::item(vm, zelf, i)
    }
    #[slot(mp_subscript)]
    fn subscript(vm: &Vm, zelf: &PyMemoryView, key: Ref<'_>) -> PyResult<Obj> {
        index::subscript(vm, zelf, key)
    }
    #[slot(mp_ass_subscript)]
    fn ass_subscript(vm: &Vm, zelf: &PyMemoryView, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        index::assign(vm, zelf, key, value)
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyMemoryView) -> PyResult<Obj> {
        let many = "multi-dimensional sub-views are not implemented";
        one_dimensional(vm, zelf, "invalid indexing of 0-dim memory", many)?;
        index::code(vm, zelf.facts(vm)?)?;
        let len = length(vm, zelf)?;
        let it = PyMemoryIter { header: no_header(), view: Cell::new(Some(zelf.to_py())), index: Cell::new(0), len };
        // SAFETY: the type has this layout and cannot be subclassed.
        Ok(unsafe { alloc_exact(vm, vm.types.memoryview_iterator, it) }.into_obj())
    }
    #[slot(getbuffer)]
    fn getbuffer(vm: &Vm, zelf: &PyMemoryView, request: u32) -> PyResult<BufferInfo> {
        zelf.export(vm, request)
    }
    #[slot(releasebuffer)]
    fn releasebuffer(zelf: &PyMemoryView, _info: &BufferInfo) {
        zelf.exports.set(zelf.exports.get() - 1);
    }

    /// Release the underlying buffer exposed by the memoryview object.
    #[pymethod]
    fn release(vm: &Vm, zelf: &PyMemoryView) -> PyResult<()> {
        zelf.release(vm)
    }
    /// Return the data in the buffer as a byte string.
    ///
    /// Order can be {'C', 'F', 'A'}. When order is 'C' or 'F', the data of the
    /// original array is converted to C or Fortran order. For contiguous views,
    /// 'A' returns an exact copy of the physical memory. In particular, in-memory
    /// Fortran order is preserved. For non-contiguous views, the data is converted
    /// to C first. order=None is the same as order='C'.
    #[pymethod("tobytes(self, order='C')")]
    fn tobytes(vm: &Vm, zelf: &PyMemoryView, order: Option<&str>) -> PyResult<Vec<u8>> {
        let f = zelf.facts(vm)?;
        match order.unwrap_or("C") {
            "C" => Ok(f.view.to_bytes()),
            "F" => Ok(fortran_bytes(f)),
            "A" if f.view.is_f_contiguous() && !f.view.is_c_contiguous() => Ok(fortran_bytes(f)),
            "A" => Ok(f.view.to_bytes()),
            _ => Err(vm.value_error("order must be 'C', 'F' or 'A'")),
        }
    }
    /// Return the data in the buffer as a str of hexadecimal numbers.
    ///
    ///   sep
    ///     An optional single character or byte to separate hex bytes.
    ///   bytes_per_sep
    ///     How many bytes between separators.  Positive values count from the
    ///     right, negative values count from the left.
    ///
    /// Example:
    /// >>> value = memoryview(b'\xb9\x01\xef')
    /// >>> value.hex()
    /// 'b901ef'
    /// >>> value.hex(':')
    /// 'b9:01:ef'
    /// >>> value.hex(':', 2)
    /// 'b9:01ef'
    /// >>> value.hex(':', -2)
    /// 'b901:ef'
    #[pymethod("hex(self, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hex(vm: &Vm, zelf: &PyMemoryView, sep: OptArg<Ref<'_>>, bytes_per_sep: i32) -> PyResult<String> {
        zelf.facts(vm)?;
        let _held = zelf.hold();
        let sep = crate::bytes::args::hex_separator(vm, sep.given())?;
        Ok(crate::bytes::hex(&zelf.facts(vm)?.view.to_bytes(), sep, bytes_per_sep))
    }
    /// Return the data in the buffer as a list of elements.
    #[pymethod]
    fn tolist(vm: &Vm, zelf: &PyMemoryView) -> PyResult<Obj> {
        index::to_list(vm, zelf)
    }
    /// Cast a memoryview to a new format or shape.
    #[pymethod("cast(self, format, shape=<unrepresentable>)")]
    fn cast(vm: &Vm, zelf: &PyMemoryView, format: &PyStr, shape: OptArg<Ref<'_>>) -> PyResult<Obj> {
        super::super::cast::cast(vm, zelf, format, shape.given())
    }
    /// Return a readonly version of the memoryview.
    #[pymethod]
    fn toreadonly(vm: &Vm, zelf: &PyMemoryView) -> PyResult<Py<PyMemoryView>> {
        let f = Facts { readonly: true, ..zelf.facts(vm)?.clone() };
        zelf.derive(vm, f)
    }
    /// Count the number of occurrences of a value.
    #[pymethod("count(self, value, /)")]
    fn count(vm: &Vm, zelf: &PyMemoryView, value: Ref<'_>) -> PyResult<usize> {
        let it = vm.iter(zelf.r())?;
        let mut n = 0;
        while let Some(item) = vm.iter_next(it.r())? {
            n += usize::from(vm.eq(item.r(), value)?);
        }
        Ok(n)
    }
    /// Return the index of the first occurrence of a value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod("index(self, value, start=0, stop=sys.maxsize, /)")]
    fn index(vm: &Vm, zelf: &PyMemoryView, value: Ref<'_>, start: OptArg<IndexClamped>, stop: OptArg<IndexClamped>) -> PyResult<usize> {
        one_dimensional(vm, zelf, "invalid lookup on 0-dim memory", "multi-dimensional lookup is not implemented")?;
        let n = length(vm, zelf)?;
        let start = start.given().map_or(0, |i| i.in_len(n));
        let stop = stop.given().map_or(n, |i| i.in_len(n));
        for i in start..stop {
            let item = super::index::item(vm, zelf, i as isize)?;
            if vm.eq(item.r(), value)? {
                return Ok(i);
            }
        }
        Err(vm.value_error("memoryview.index(x): x not found"))
    }
    #[pymethod]
    fn __enter__(vm: &Vm, zelf: &PyMemoryView) -> PyResult<Obj> {
        zelf.facts(vm)?;
        Ok(zelf.to_obj())
    }
    #[pymethod("__exit__(self, /, *exc_info)")]
    fn __exit__(vm: &Vm, zelf: &PyMemoryView, _exc_info: &[Ref<'_>]) -> PyResult<()> {
        zelf.release(vm)
    }
    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(vm: &Vm, cls: Ref<'_>, object: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls, object)
    }

    /// The underlying object of the memoryview.
    #[getter]
    fn obj(vm: &Vm, zelf: &PyMemoryView) -> PyResult<Obj> {
        zelf.facts(vm)?;
        zelf.owner().ok_or_else(|| released(vm))
    }
    /// The amount of space in bytes that the array would use in
    ///  a contiguous representation.
    #[getter]
    fn nbytes(vm: &Vm, zelf: &PyMemoryView) -> PyResult<usize> {
        Ok(zelf.facts(vm)?.nbytes())
    }
    /// A bool indicating whether the memory is read only.
    #[getter]
    fn readonly(vm: &Vm, zelf: &PyMemoryView) -> PyResult<bool> {
        Ok(zelf.facts(vm)?.readonly)
    }
    /// The size in bytes of each element of the memoryview.
    #[getter]
    fn itemsize(vm: &Vm, zelf: &PyMemoryView) -> PyResult<usize> {
        Ok(zelf.facts(vm)?.view.itemsize)
    }
    /// A string containing the format (in struct module style)
    ///  for each element in the view.
    #[getter]
    fn format(vm: &Vm, zelf: &PyMemoryView) -> PyResult<String> {
        Ok(zelf.facts(vm)?.format.to_string())
    }
    /// An integer indicating how many dimensions of a multi-dimensional
    ///  array the memory represents.
    #[getter]
    fn ndim(vm: &Vm, zelf: &PyMemoryView) -> PyResult<usize> {
        Ok(zelf.facts(vm)?.view.ndim())
    }
    /// A tuple of ndim integers giving the shape of the memory
    ///  as an N-dimensional array.
    #[getter]
    fn shape(vm: &Vm, zelf: &PyMemoryView) -> PyResult<Obj> {
        Ok(sizes(vm, &zelf.facts(vm)?.view.shape))
    }
    /// A tuple of ndim integers giving the size in bytes to access
    ///  each element for each dimension of the array.
    #[getter]
    fn strides(vm: &Vm, zelf: &PyMemoryView) -> PyResult<Obj> {
        Ok(sizes(vm, &zelf.facts(vm)?.view.strides))
    }
    /// A tuple of integers used internally for PIL-style arrays.
    #[getter]
    fn suboffsets(vm: &Vm, zelf: &PyMemoryView) -> PyResult<Obj> {
        Ok(sizes(vm, &zelf.facts(vm)?.view.suboffsets))
    }
    /// A bool indicating whether the memory is C contiguous.
    #[getter]
    fn c_contiguous(vm: &Vm, zelf: &PyMemoryView) -> PyResult<bool> {
        Ok(zelf.facts(vm)?.view.is_c_contiguous())
    }
    /// A bool indicating whether the memory is Fortran contiguous.
    #[getter]
    fn f_contiguous(vm: &Vm, zelf: &PyMemoryView) -> PyResult<bool> {
        Ok(zelf.facts(vm)?.view.is_f_contiguous())
    }
    /// A bool indicating whether the memory is contiguous.
    #[getter]
    fn contiguous(vm: &Vm, zelf: &PyMemoryView) -> PyResult<bool> {
        let v = &zelf.facts(vm)?.view;
        Ok(v.is_c_contiguous() || v.is_f_contiguous())
    }
}

/// The iterator over a one-dimensional view.
#[repr(C)]
pub struct PyMemoryIter {
    header: Header,
    /// Taken when exhausted.
    view: Cell<Option<Py<PyMemoryView>>>,
    index: Cell<usize>,
    len: usize,
}
table_layout!(PyMemoryIter => memoryview_iterator);

impl Trace for PyMemoryIter {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.view.trace(v);
    }
}

#[pyclass("memory_iterator", layout = PyMemoryIter, table = memoryview_iterator)]
pub mod memory_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &PyMemoryIter) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyMemoryIter) -> PyResult<Option<Obj>> {
        let Some(m) = zelf.view.take() else { return Ok(None) };
        let i = zelf.index.get();
        if i >= zelf.len {
            return Ok(None);
        }
        let item = index::item(vm, &m, i as isize);
        zelf.index.set(i + 1);
        zelf.view.set(Some(m));
        item.map(Some)
    }
}
