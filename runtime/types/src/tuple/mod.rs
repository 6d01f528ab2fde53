//! `tuple` and its iterator.

use krait_macros::pyclass;
use krait_object::gc::Visitor;
use krait_object::hash::TupleHasher;
use krait_object::header::Header;
use krait_object::iterators::{PyTupleIter, peek_py};
use krait_object::prelude::*;
use krait_object::protocol::SliceIndices;
use krait_object::protocol::repr_guard::repr_enter;
use krait_object::slice::PySlice;
use krait_object::tuple::{dealloc_tuple, traverse_tuple};

use crate::common::{ReprJoiner, fast_eq, not_implemented, reduce_iter, repeated_len, state_index, vec_for};

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&tuple::DEF, &tuple_iterator::DEF];

/// `tuple[key]`.
#[inline]
pub fn subscript(vm: &Vm, t: &PyTuple, key: Ref<'_>) -> PyResult<Obj> {
    if let Some(i) = key.value().as_int() {
        let at = if i < 0 { i.wrapping_add(t.len() as i64) } else { i };
        return t.get(at as usize).cloned().ok_or_else(|| vm.index_error("tuple index out of range"));
    }
    if let Some(s) = key.downcast_exact::<PySlice>(vm) {
        let (start, stop, step) = s.unpack(vm)?;
        return slice(vm, t, SliceIndices::adjust(start, stop, step, t.len()));
    }
    if !vm.has_index(key) {
        let text = format!("tuple indices must be integers or slices, not {}", key.ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    let i = vm.index_isize(key, vm.types.index_error)?;
    let i = if i < 0 { i + t.len() as isize } else { i };
    let found = usize::try_from(i).ok().and_then(|i| t.get(i)).cloned();
    found.ok_or_else(|| vm.index_error("tuple index out of range"))
}

/// The selected items as a new tuple; all of an exact tuple is the tuple itself.
pub fn slice(vm: &Vm, t: &PyTuple, at: SliceIndices) -> PyResult<Obj> {
    if at.step == 1 && at.count == t.len() && t.r().is_exact::<PyTuple>(vm) {
        return Ok(t.to_obj());
    }
    let items = t.as_slice();
    if at.step == 1 {
        let from = at.start as usize;
        return Ok(PyTuple::from_iter_exact(vm, at.count, items[from..from + at.count].iter().cloned()).into_obj());
    }
    Ok(PyTuple::from_iter_exact(vm, at.count, at.iter().map(|i| items[i].clone())).into_obj())
}

/// `hash(tuple)`, computed once.
pub fn hash_tuple(vm: &Vm, t: &PyTuple) -> PyResult<i64> {
    let cached = t.hash.get();
    if cached != -1 {
        return Ok(cached as i64);
    }
    vm.check_stack(" while hashing a tuple")?;
    let mut h = TupleHasher::new();
    for item in t.as_slice() {
        h.push(vm.hash(item.r())?);
    }
    let h = h.finish();
    t.hash.set(h as isize);
    Ok(h)
}

/// `a op b` of two tuples, given as their items.
pub fn compare_items(vm: &Vm, a: &[Obj], b: &[Obj], op: CmpOp) -> PyResult<Obj> {
    for (x, y) in a.iter().zip(b) {
        if !fast_eq(vm, x.r(), y.r())? {
            return match op {
                CmpOp::Eq => Ok(Obj::bool(false)),
                CmpOp::Ne => Ok(Obj::bool(true)),
                _ => vm.richcompare(x.r(), y.r(), op),
            };
        }
    }
    Ok(Obj::bool(op.eval(a.len().cmp(&b.len()))))
}

/// Built-in immutable sequence.
///
/// If no argument is given, the constructor returns an empty tuple.
/// If iterable is specified the tuple is initialized from iterable's items.
///
/// If the argument is a tuple, the return value is the same object.
#[pyclass(
    "tuple", layout = PyTuple, table = tuple, itemsize = 8, dealloc = dealloc_tuple,
    flags(BASETYPE, TUPLE_SUBCLASS, SEQUENCE, MATCH_SELF)
)]
pub mod tuple {
    use super::*;

    #[pynew("tuple(iterable=(), /)")]
    fn new(vm: &Vm, cls: &PyType, iterable: OptArg<Ref<'_>>) -> PyResult<Obj> {
        if std::ptr::eq(cls, vm.types.tuple) {
            return match iterable.given() {
                Some(it) => Ok(vm.to_tuple(it)?.into_obj()),
                None => Ok(vm.tuple(vec![])),
            };
        }
        let items = match iterable.given() {
            Some(it) => vm.collect(it)?,
            None => vec![],
        };
        PyTuple::new_subtype(vm, cls, items)
    }
    #[pymethod]
    fn __getnewargs__(vm: &Vm, zelf: &PyTuple) -> Obj {
        let copy = PyTuple::from_refs(vm, zelf.as_refs()).into_obj();
        vm.tuple(vec![copy])
    }
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(vm: &Vm, zelf: &PyTuple, value: Ref<'_>, start: OptArg<IndexClamped>, stop: OptArg<IndexClamped>) -> PyResult<usize> {
        let n = zelf.len();
        let start = start.given().map_or(0, |s| s.in_len(n));
        let stop = stop.given().map_or(n, |s| s.in_len(n));
        for i in start..stop {
            if fast_eq(vm, zelf.as_slice()[i].r(), value)? {
                return Ok(i);
            }
        }
        Err(vm.value_error("tuple.index(x): x not in tuple"))
    }
    /// Return number of occurrences of value.
    #[pymethod]
    fn count(vm: &Vm, zelf: &PyTuple, value: Ref<'_>) -> PyResult<usize> {
        let mut n = 0;
        for item in zelf.as_slice() {
            n += usize::from(fast_eq(vm, item.r(), value)?);
        }
        Ok(n)
    }
    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(vm: &Vm, cls: Ref<'_>, object: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls, object)
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTuple) -> PyResult<Obj> {
        if zelf.is_empty() {
            return Ok(vm.str("()"));
        }
        let Some(_guard) = repr_enter(vm, zelf.r()) else { return Ok(vm.str("(...)")) };
        let mut out = ReprJoiner::new("(");
        for item in zelf.as_slice() {
            out.item(vm, item.r())?;
        }
        Ok(out.finish(vm, if zelf.len() == 1 { ",)" } else { ")" }))
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyTuple) -> PyResult<i64> {
        hash_tuple(vm, zelf)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyTuple, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        match other.downcast::<PyTuple>(vm) {
            Some(other) => compare_items(vm, zelf.as_slice(), other.as_slice(), op),
            None => not_implemented(),
        }
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyTuple) -> Obj {
        PyTupleIter::new(vm, zelf.to_py()).into_obj()
    }
    #[slot(sq_length, mp_length)]
    fn len(zelf: &PyTuple) -> usize {
        zelf.len()
    }
    #[slot(sq_concat)]
    fn concat(vm: &Vm, zelf: &PyTuple, other: Ref<'_>) -> PyResult<Obj> {
        if zelf.is_empty() && other.is_exact::<PyTuple>(vm) {
            return Ok(other.to_obj());
        }
        let Some(other) = other.downcast::<PyTuple>(vm) else {
            let text = format!("can only concatenate tuple (not \"{}\") to tuple", other.ty(vm).tp_name());
            return Err(vm.type_error(text));
        };
        if other.is_empty() && zelf.r().is_exact::<PyTuple>(vm) {
            return Ok(zelf.to_obj());
        }
        let all = zelf.as_slice().iter().chain(other.as_slice()).cloned();
        Ok(PyTuple::from_iter_exact(vm, zelf.len() + other.len(), all).into_obj())
    }
    #[slot(sq_repeat)]
    fn repeat(vm: &Vm, zelf: &PyTuple, n: isize) -> PyResult<Obj> {
        if (zelf.is_empty() || n == 1) && zelf.r().is_exact::<PyTuple>(vm) {
            return Ok(zelf.to_obj());
        }
        let total = repeated_len(vm, zelf.len(), n)?;
        // Fails here rather than aborting where memory is short.
        drop(vec_for(vm, total)?);
        Ok(PyTuple::from_iter_exact(vm, total, zelf.as_slice().iter().cycle().cloned()).into_obj())
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyTuple, i: isize) -> PyResult<Obj> {
        let v = usize::try_from(i).ok().and_then(|i| zelf.get(i));
        v.cloned().ok_or_else(|| vm.index_error("tuple index out of range"))
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PyTuple, value: Ref<'_>) -> PyResult<bool> {
        for item in zelf.as_slice() {
            if fast_eq(vm, item.r(), value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyTuple, key: Ref<'_>) -> PyResult<Obj> {
        subscript(vm, zelf, key)
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes tuples.
        unsafe { traverse_tuple(p, v) }
    }
}

#[pyclass("tuple_iterator", layout = PyTupleIter, table = tuple_iterator, flags(DISALLOW_INSTANTIATION))]
pub mod tuple_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(zelf: &PyTupleIter) -> Option<Obj> {
        zelf.next()
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(zelf: &PyTupleIter) -> usize {
        peek_py(&zelf.tuple).map_or(0, |t| t.len().saturating_sub(zelf.index.get()))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyTupleIter) -> PyResult<Obj> {
        reduce_iter(vm, || match peek_py(&zelf.tuple) {
            Some(t) => (t.into_obj(), Some(zelf.index.get())),
            None => (vm.tuple(vec![]), None),
        })
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyTupleIter, object: Ref<'_>) -> PyResult<()> {
        let i = state_index(vm, object)?;
        if let Some(t) = peek_py(&zelf.tuple) {
            zelf.index.set((i.max(0) as usize).min(t.len()));
        }
        Ok(())
    }
}
