//! Indexing, slicing and assignment of memoryviews.

use krait_object::buffer::{Buffer, flags};
use krait_object::prelude::*;
use krait_object::protocol::SliceIndices;
use krait_object::singletons;
use krait_object::slice::PySlice;

use super::item::{native_code, pack, unpack};
use super::object::{Facts, PyMemoryView};
use super::strided::View;

/// The native code of the view's format; NotImplementedError for others.
pub fn code(vm: &Vm, f: &Facts) -> PyResult<u8> {
    match native_code(&f.format) {
        Some(c) => Ok(c),
        None => Err(vm.not_implemented_error(format!("memoryview: unsupported format {}", f.format))),
    }
}

/// The bytes of the item at `p`.
///
/// # Safety
/// `p` is the address of an item of the view, whose buffer is held.
unsafe fn item_bytes(v: &View, p: *const u8) -> &[u8] {
    // SAFETY: by contract.
    unsafe { std::slice::from_raw_parts(p, v.itemsize) }
}

/// The item at `p`.
///
/// # Safety
/// As for [`item_bytes`].
pub unsafe fn load(vm: &Vm, f: &Facts, code: u8, p: *const u8) -> Obj {
    // SAFETY: by contract.
    unpack(vm, code, unsafe { item_bytes(&f.view, p) })
}

/// Goes to position `i` (which may count from the end) of dimension `dim`.
fn step(vm: &Vm, v: &View, p: *mut u8, dim: usize, i: isize) -> PyResult<*mut u8> {
    let n = v.shape[dim];
    let at = if i < 0 { i.saturating_add(n) } else { i };
    if at < 0 || at >= n {
        return Err(vm.index_error(format!("index out of bounds on dimension {}", dim + 1)));
    }
    // SAFETY: `p` starts dimension `dim`, and the position was just checked.
    Ok(unsafe { v.step(p, dim, at) })
}

/// What a key means.
enum Key<'a> {
    Index(isize),
    Slice(&'a PySlice),
    Multi(Vec<isize>),
    MultiSlice,
}

/// Reads a key; `__index__` may run.
fn read_key<'a>(vm: &Vm, key: Ref<'a>) -> PyResult<Key<'a>> {
    if let Some(s) = key.downcast_exact::<PySlice>(vm) {
        return Ok(Key::Slice(s));
    }
    if vm.has_index(key) {
        return vm.index_isize(key, vm.types.index_error).map(Key::Index);
    }
    if let Some(t) = key.downcast::<PyTuple>(vm) {
        if t.as_slice().iter().all(|k| vm.has_index(k.r())) {
            let all = t.as_slice().iter().map(|k| vm.index_isize(k.r(), vm.types.index_error));
            return all.collect::<PyResult<Vec<isize>>>().map(Key::Multi);
        }
        if t.as_slice().iter().all(|k| k.r().is_exact::<PySlice>(vm)) {
            return Ok(Key::MultiSlice);
        }
    }
    Err(vm.type_error("memoryview: invalid slice key"))
}

/// The address that a full set of indices leads to.
fn locate(vm: &Vm, v: &View, at: &[isize]) -> PyResult<*mut u8> {
    if at.len() < v.ndim() {
        return Err(vm.not_implemented_error("sub-views are not implemented"));
    }
    if at.len() > v.ndim() {
        let text = format!("cannot index {}-dimension view with {}-element tuple", v.ndim(), at.len());
        return Err(vm.type_error(text));
    }
    let mut p = v.ptr;
    for (dim, i) in at.iter().enumerate() {
        p = step(vm, v, p, dim, *i)?;
    }
    Ok(p)
}

/// The part of the first dimension that a slice selects.
fn sliced(f: &Facts, (start, stop, stride): (isize, isize, isize)) -> Facts {
    let mut out = f.clone();
    let at = SliceIndices::adjust(start, stop, stride, f.view.shape[0] as usize);
    let v = &mut out.view;
    let offset = v.strides[0].wrapping_mul(at.start);
    if at.count > 0 {
        // With pointers to follow, the offset applies to the array of pointers: the start moves
        // the same way in both cases.
        v.ptr = v.ptr.wrapping_offset(offset);
    }
    v.shape[0] = at.count as isize;
    v.strides[0] = v.strides[0].wrapping_mul(at.step);
    out
}

fn is_ellipsis(key: Ref<'_>) -> bool {
    key.ptr_eq(singletons::ellipsis())
}

fn is_empty_tuple(vm: &Vm, key: Ref<'_>) -> bool {
    key.downcast::<PyTuple>(vm).is_some_and(PyTuple::is_empty)
}

/// `m[i]` of a one-dimensional view.
pub fn item(vm: &Vm, m: &PyMemoryView, i: isize) -> PyResult<Obj> {
    let f = m.facts(vm)?;
    let code = code(vm, f)?;
    match f.view.ndim() {
        0 => Err(vm.type_error("invalid indexing of 0-dim memory")),
        1 => {
            let p = step(vm, &f.view, f.view.ptr, 0, i)?;
            // SAFETY: a position of the view, which is not released.
            Ok(unsafe { load(vm, f, code, p) })
        }
        _ => Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
}

/// `m[key]`.
pub fn subscript(vm: &Vm, m: &PyMemoryView, key: Ref<'_>) -> PyResult<Obj> {
    let f = m.facts(vm)?;
    if f.view.ndim() == 0 {
        if is_empty_tuple(vm, key) {
            let code = code(vm, f)?;
            // SAFETY: a view without dimensions is one item.
            return Ok(unsafe { load(vm, f, code, f.view.ptr) });
        }
        return if is_ellipsis(key) { Ok(m.to_obj()) } else { Err(vm.type_error("invalid indexing of 0-dim memory")) };
    }
    match read_key(vm, key)? {
        Key::Index(i) => item(vm, m, i),
        Key::Slice(s) => {
            // The slice holds the memory already while its bounds are evaluated.
            let (shared, f) = (m.shared(vm)?, m.facts(vm)?.clone());
            let bounds = s.unpack(vm)?;
            Ok(PyMemoryView::over(vm, shared, sliced(&f, bounds)).into_obj())
        }
        Key::Multi(at) => {
            let f = m.facts(vm)?;
            let p = locate(vm, &f.view, &at)?;
            let code = code(vm, f)?;
            // SAFETY: a position of the view, which is not released.
            Ok(unsafe { load(vm, f, code, p) })
        }
        Key::MultiSlice => Err(vm.not_implemented_error("multi-dimensional slicing is not implemented")),
    }
}

/// `m[key] = value`.
pub fn assign(vm: &Vm, m: &PyMemoryView, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let f = m.facts(vm)?;
    let code = code(vm, f)?;
    if f.readonly {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else { return Err(vm.type_error("cannot delete memory")) };
    if f.view.ndim() == 0 {
        if is_ellipsis(key) || is_empty_tuple(vm, key) {
            return store(vm, m, code, value, &[]);
        }
        return Err(vm.type_error("invalid indexing of 0-dim memory"));
    }
    match read_key(vm, key)? {
        Key::Index(i) if f.view.ndim() == 1 => store(vm, m, code, value, &[i]),
        Key::Index(_) => Err(vm.not_implemented_error("sub-views are not implemented")),
        Key::Slice(s) if f.view.ndim() == 1 => {
            let bounds = s.unpack(vm)?;
            assign_slice(vm, m, bounds, value)
        }
        Key::Multi(at) => store(vm, m, code, value, &at),
        Key::Slice(_) | Key::MultiSlice => {
            Err(vm.not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1"))
        }
    }
}

/// Stores one item. The value is converted first, since that may run Python code.
fn store(vm: &Vm, m: &PyMemoryView, code: u8, value: Ref<'_>, at: &[isize]) -> PyResult<()> {
    // Wrong positions are complained about before wrong values.
    locate(vm, &m.facts(vm)?.view, at)?;
    let data = pack(vm, code, value)?;
    let f = m.facts(vm)?;
    let p = locate(vm, &f.view, at)?;
    let n = data.len().min(f.view.itemsize);
    // SAFETY: `p` is an item of a writable view that is not released.
    unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), p, n) };
    Ok(())
}

fn assign_slice(vm: &Vm, m: &PyMemoryView, bounds: (isize, isize, isize), value: Ref<'_>) -> PyResult<()> {
    let source = Buffer::get(vm, value, flags::FULL_RO)?;
    let f = sliced(m.facts(vm)?, bounds);
    let plain = |s: &str| s.strip_prefix('@').unwrap_or(s).to_owned();
    let info = source.info();
    if plain(&info.format) != plain(&f.format) || info.itemsize != f.view.itemsize || info.shape != f.view.shape {
        return Err(vm.value_error("memoryview assignment: lvalue and rvalue have different structures"));
    }
    // Copied out first: the memories may overlap.
    let data = View::of(info).to_bytes();
    let mut from = data.chunks_exact(f.view.itemsize);
    f.view.for_each(&mut |p| {
        if let Some(item) = from.next() {
            // SAFETY: `p` is an item of a writable view that is not released.
            unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), p, item.len()) };
        }
    });
    Ok(())
}

/// All items as nested lists.
pub fn to_list(vm: &Vm, m: &PyMemoryView) -> PyResult<Obj> {
    fn walk(vm: &Vm, f: &Facts, code: u8, p: *mut u8, dim: usize) -> Obj {
        if dim == f.view.ndim() {
            // SAFETY: the indices that led here are in range; the view is not released.
            return unsafe { load(vm, f, code, p) };
        }
        // SAFETY: `p` starts dimension `dim`, and `i` is in range.
        let items = (0..f.view.shape[dim]).map(|i| walk(vm, f, code, unsafe { f.view.step(p, dim, i) }, dim + 1));
        let items = items.collect();
        vm.list(items)
    }
    let f = m.facts(vm)?;
    let code = code(vm, f)?;
    Ok(walk(vm, f, code, f.view.ptr, 0))
}
