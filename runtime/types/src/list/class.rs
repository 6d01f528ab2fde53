//! The `list` type.

use krait_macros::pyclass;
use krait_object::gc::Visitor;
use krait_object::header::Header;
use krait_object::iterators::{PyListIter, PyListRevIter};
use krait_object::list::{clear_list, traverse_list};
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;

use super::index::{ass_item, ass_subscript, subscript};
use super::sort::sort_list;
use crate::common::{ReprJoiner, fast_eq, not_implemented, repeated_len, vec_for};

/// Built-in mutable sequence.
///
/// If no argument is given, the constructor creates a new empty list.
/// The argument must be an iterable if specified.
#[pyclass("list", layout = PyList, table = list, flags(BASETYPE, LIST_SUBCLASS, SEQUENCE, MATCH_SELF), unhashable)]
pub mod list {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        if std::ptr::eq(cls, vm.types.list) { Ok(PyList::empty(vm).into_obj()) } else { PyList::new_subtype(vm, cls) }
    }
    #[pyinit("list(iterable=(), /)")]
    fn init(vm: &Vm, zelf: &PyList, iterable: OptArg<Ref<'_>>) -> PyResult<()> {
        zelf.clear();
        match iterable.given() {
            Some(it) => super::super::extend(vm, zelf, it),
            None => Ok(()),
        }
    }

    /// Append object to the end of the list.
    #[pymethod]
    fn append(vm: &Vm, zelf: &PyList, object: Ref<'_>) -> PyResult<()> {
        zelf.push(vm, object.to_obj())
    }
    /// Insert object before index.
    #[pymethod]
    fn insert(vm: &Vm, zelf: &PyList, index: isize, object: Ref<'_>) -> PyResult<()> {
        let at = if index < 0 { zelf.len().saturating_sub(index.unsigned_abs()) } else { index as usize };
        zelf.insert(vm, at, object.to_obj())
    }
    /// Extend list by appending elements from the iterable.
    #[pymethod]
    fn extend(vm: &Vm, zelf: &PyList, iterable: Ref<'_>) -> PyResult<()> {
        super::super::extend(vm, zelf, iterable)
    }
    /// Remove and return item at index (default last).
    ///
    /// Raises IndexError if list is empty or index is out of range.
    #[pymethod("pop(index=-1, /)")]
    fn pop(vm: &Vm, zelf: &PyList, index: isize) -> PyResult<Obj> {
        let n = zelf.len();
        if n == 0 {
            return Err(vm.index_error("pop from empty list"));
        }
        if index == -1
            && let Some(v) = zelf.pop()
        {
            zelf.shrink(vm)?;
            return Ok(v);
        }
        let i = if index < 0 { index + n as isize } else { index };
        let Some(v) = usize::try_from(i).ok().and_then(|i| zelf.remove(i)) else {
            return Err(vm.index_error("pop index out of range"));
        };
        zelf.shrink(vm)?;
        Ok(v)
    }
    /// Remove all items from list.
    #[pymethod]
    fn clear(zelf: &PyList) {
        zelf.clear();
    }
    /// Return a shallow copy of the list.
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PyList) -> Obj {
        vm.list(zelf.to_vec())
    }
    /// Remove first occurrence of value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod]
    fn remove(vm: &Vm, zelf: &PyList, value: Ref<'_>) -> PyResult<()> {
        let mut i = 0;
        while let Some(item) = zelf.get(i) {
            if fast_eq(vm, item.r(), value)? {
                drop(zelf.remove(i));
                return zelf.shrink(vm);
            }
            i += 1;
        }
        Err(vm.value_error("list.remove(x): x not in list"))
    }
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(vm: &Vm, zelf: &PyList, value: Ref<'_>, start: OptArg<IndexClamped>, stop: OptArg<IndexClamped>) -> PyResult<usize> {
        let n = zelf.len();
        let mut i = start.given().map_or(0, |s| s.in_len(n));
        let stop = stop.given().map_or(usize::MAX, |s| if s.0 < 0 { s.in_len(n) } else { s.0 as usize });
        while i < stop {
            let Some(item) = zelf.get(i) else { break };
            if fast_eq(vm, item.r(), value)? {
                return Ok(i);
            }
            i += 1;
        }
        Err(vm.value_error("list.index(x): x not in list"))
    }
    /// Return number of occurrences of value.
    #[pymethod]
    fn count(vm: &Vm, zelf: &PyList, value: Ref<'_>) -> PyResult<usize> {
        let (mut i, mut n) = (0, 0);
        while let Some(item) = zelf.get(i) {
            n += usize::from(fast_eq(vm, item.r(), value)?);
            i += 1;
        }
        Ok(n)
    }
    /// Reverse *IN PLACE*.
    #[pymethod]
    fn reverse(zelf: &PyList) {
        let n = zelf.len();
        // SAFETY: the first `n` words are the items; permuting them moves references around.
        unsafe { std::slice::from_raw_parts_mut(zelf.items_ptr(), n) }.reverse();
    }
    /// Sort the list in ascending order and return None.
    ///
    /// The sort is in-place (i.e. the list itself is modified) and stable (i.e. the
    /// order of two equal elements is maintained).
    ///
    /// If a key function is given, apply it once to each list item and sort them,
    /// ascending or descending, according to their function values.
    ///
    /// The reverse flag can be set to sort in descending order.
    #[pymethod("sort(*, key=None, reverse=False)")]
    fn sort(vm: &Vm, zelf: &PyList, key: Option<Ref<'_>>, reverse: bool) -> PyResult<()> {
        sort_list(vm, zelf, key, reverse)
    }
    /// Return a reverse iterator over the list.
    #[pymethod]
    fn __reversed__(vm: &Vm, zelf: &PyList) -> Obj {
        PyListRevIter::new(vm, zelf.to_py()).into_obj()
    }
    /// Return the size of the list in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyList) -> usize {
        zelf.header().ty().basicsize.get() + zelf.capacity() * 8
    }
    /// Return self[index].
    #[pymethod(coexist)]
    fn __getitem__(vm: &Vm, zelf: &PyList, index: Ref<'_>) -> PyResult<Obj> {
        subscript(vm, zelf, index)
    }
    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(vm: &Vm, cls: Ref<'_>, object: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls, object)
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyList) -> PyResult<Obj> {
        if zelf.is_empty() {
            return Ok(vm.str("[]"));
        }
        let Some(_guard) = repr_enter(vm, zelf.r()) else { return Ok(vm.str("[...]")) };
        let mut out = ReprJoiner::new("[");
        let mut i = 0;
        while let Some(item) = zelf.get(i) {
            out.item(vm, item.r())?;
            i += 1;
        }
        Ok(out.finish(vm, "]"))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyList, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(other) = other.downcast::<PyList>(vm) else { return not_implemented() };
        if zelf.len() != other.len() && matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return Ok(Obj::bool(op == CmpOp::Ne));
        }
        let mut i = 0;
        while let (Some(a), Some(b)) = (zelf.get(i), other.get(i)) {
            if !fast_eq(vm, a.r(), b.r())? {
                // The comparison may have shortened a list.
                let (Some(a), Some(b)) = (zelf.get(i), other.get(i)) else { break };
                return match op {
                    CmpOp::Eq => Ok(Obj::bool(false)),
                    CmpOp::Ne => Ok(Obj::bool(true)),
                    _ => vm.richcompare(a.r(), b.r(), op),
                };
            }
            i += 1;
        }
        Ok(Obj::bool(op.eval(zelf.len().cmp(&other.len()))))
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyList) -> Obj {
        PyListIter::new(vm, zelf.to_py()).into_obj()
    }
    #[slot(sq_length, mp_length)]
    fn len(zelf: &PyList) -> usize {
        zelf.len()
    }
    #[slot(sq_concat)]
    fn concat(vm: &Vm, zelf: &PyList, other: Ref<'_>) -> PyResult<Obj> {
        let Some(other) = other.downcast::<PyList>(vm) else {
            let text = format!("can only concatenate list (not \"{}\") to list", other.ty(vm).tp_name());
            return Err(vm.type_error(text));
        };
        let mut out = vec_for(vm, zelf.len() + other.len())?;
        // SAFETY: cloning items runs no Python code.
        unsafe {
            out.extend_from_slice(zelf.as_slice());
            out.extend_from_slice(other.as_slice());
        }
        Ok(vm.list(out))
    }
    #[slot(sq_repeat)]
    fn repeat(vm: &Vm, zelf: &PyList, n: isize) -> PyResult<Obj> {
        Ok(vm.list(repeated(vm, zelf, n)?))
    }
    fn repeated(vm: &Vm, zelf: &PyList, n: isize) -> PyResult<Vec<Obj>> {
        let total = repeated_len(vm, zelf.len(), n)?;
        let mut out = vec_for(vm, total)?;
        // SAFETY: cloning items runs no Python code.
        let items = unsafe { zelf.as_slice() };
        if let [one] = items {
            out.resize(total, one.clone());
        } else if !items.is_empty() {
            for _ in 0..total / items.len() {
                out.extend_from_slice(items);
            }
        }
        Ok(out)
    }
    #[slot(sq_inplace_concat)]
    fn iconcat(vm: &Vm, zelf: &PyList, other: Ref<'_>) -> PyResult<Obj> {
        super::super::extend(vm, zelf, other)?;
        Ok(zelf.to_obj())
    }
    #[slot(sq_inplace_repeat)]
    fn irepeat(vm: &Vm, zelf: &PyList, n: isize) -> PyResult<Obj> {
        if n != 1 {
            let all = repeated(vm, zelf, n)?;
            drop(zelf.install(all));
        }
        Ok(zelf.to_obj())
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyList, i: isize) -> PyResult<Obj> {
        let v = usize::try_from(i).ok().and_then(|i| zelf.get(i));
        v.ok_or_else(|| vm.index_error("list index out of range"))
    }
    #[slot(sq_ass_item)]
    fn set_item(vm: &Vm, zelf: &PyList, i: isize, value: Option<Ref<'_>>) -> PyResult<()> {
        ass_item(vm, zelf, usize::try_from(i).ok(), value)
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PyList, value: Ref<'_>) -> PyResult<bool> {
        let mut i = 0;
        while let Some(item) = zelf.get(i) {
            if fast_eq(vm, item.r(), value)? {
                return Ok(true);
            }
            i += 1;
        }
        Ok(false)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyList, key: Ref<'_>) -> PyResult<Obj> {
        subscript(vm, zelf, key)
    }
    #[slot(mp_ass_subscript)]
    fn setitem(vm: &Vm, zelf: &PyList, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        ass_subscript(vm, zelf, key, value)
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes lists.
        unsafe { traverse_list(p, v) }
    }
    #[slot(clear)]
    unsafe fn clear_refs(vm: &Vm, p: *const Header) {
        // SAFETY: the collector passes lists.
        unsafe { clear_list(vm, p) }
    }
}
