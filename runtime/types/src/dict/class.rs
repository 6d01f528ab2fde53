//! The `dict` type.

use krait_macros::pyclass;
use krait_object::dict::{clear_dict, dealloc_dict, traverse_dict};
use krait_object::gc::Visitor;
use krait_object::iterators::{PyDictIter, pair};
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;

use super::update::{equal, from_keys, update, update_from_args};
use super::views::PyDictView;
use crate::common::{ReprJoiner, not_implemented};

/// `dict[key]`, with `__missing__` of subclasses.
#[inline]
pub fn subscript(vm: &Vm, d: &PyDict, key: Ref<'_>) -> PyResult<Obj> {
    match d.get(vm, key)? {
        Some(v) => Ok(v),
        None => missing(vm, d, key),
    }
}

#[cold]
#[inline(never)]
fn missing(vm: &Vm, d: &PyDict, key: Ref<'_>) -> PyResult<Obj> {
    if !d.r().is_exact::<PyDict>(vm)
        && let Some(m) = vm.lookup_special(d.r(), vm.names().__missing__)?
    {
        return vm.call1(m.r(), key);
    }
    Err(vm.key_error(key))
}

/// dict() -> new empty dictionary
/// dict(mapping) -> new dictionary initialized from a mapping object's
///     (key, value) pairs
/// dict(iterable) -> new dictionary initialized as if via:
///     d = {}
///     for k, v in iterable:
///         d[k] = v
/// dict(**kwargs) -> new dictionary initialized with the name=value pairs
///     in the keyword argument list.  For example:  dict(one=1, two=2)
#[pyclass(
    "dict", layout = PyDict, table = dict, dealloc = dealloc_dict, nosig, unhashable,
    flags(BASETYPE, DICT_SUBCLASS, MAPPING, MATCH_SELF)
)]
pub mod dict {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        PyDict::new_subtype(vm, cls)
    }
    #[pyinit(raw)]
    fn init(vm: &Vm, zelf: &PyDict, args: Args<'_>) -> PyResult<()> {
        update_from_args(vm, "dict", zelf, args)
    }

    /// Return the value for key if key is in the dictionary, else default.
    #[pymethod("get(key, default=None, /)")]
    fn get(vm: &Vm, zelf: &PyDict, key: Ref<'_>, default: Option<Ref<'_>>) -> PyResult<Option<Obj>> {
        Ok(match zelf.get(vm, key)? {
            Some(v) => Some(v),
            None => default.map(Ref::to_obj),
        })
    }
    /// Insert key with a value of default if key is not in the dictionary.
    ///
    /// Return the value for key if key is in the dictionary, else default.
    #[pymethod("setdefault(key, default=None, /)")]
    fn setdefault(vm: &Vm, zelf: &PyDict, key: Ref<'_>, default: Ref<'_>) -> PyResult<Obj> {
        zelf.setdefault(vm, key, default)
    }
    /// D.pop(k[,d]) -> v, remove specified key and return the corresponding value.
    ///
    /// If the key is not found, return the default if given; otherwise,
    /// raise a KeyError.
    #[pymethod("pop(key, default=<unrepresentable>, /)")]
    fn pop(vm: &Vm, zelf: &PyDict, key: Ref<'_>, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        // An empty dict does not even look at the key.
        let found = if zelf.is_empty() { None } else { zelf.pop(vm, key)? };
        match (found, default.given()) {
            (Some(v), _) => Ok(v),
            (None, Some(d)) => Ok(d.to_obj()),
            (None, None) => Err(vm.key_error(key)),
        }
    }
    /// Remove and return a (key, value) pair as a 2-tuple.
    ///
    /// Pairs are returned in LIFO (last-in, first-out) order.
    /// Raises KeyError if the dict is empty.
    #[pymethod]
    fn popitem(vm: &Vm, zelf: &PyDict) -> PyResult<Obj> {
        match zelf.popitem(vm) {
            Some((k, v)) => Ok(pair(vm, k, v).into_obj()),
            None => Err(vm.key_error(vm.str("popitem(): dictionary is empty").r())),
        }
    }
    /// Return a set-like object providing a view on the dict's keys.
    #[pymethod]
    fn keys(vm: &Vm, zelf: &PyDict) -> Obj {
        PyDictView::create(vm, vm.types.dict_keys, zelf)
    }
    /// Return a set-like object providing a view on the dict's items.
    #[pymethod]
    fn items(vm: &Vm, zelf: &PyDict) -> Obj {
        PyDictView::create(vm, vm.types.dict_items, zelf)
    }
    /// Return an object providing a view on the dict's values.
    #[pymethod]
    fn values(vm: &Vm, zelf: &PyDict) -> Obj {
        PyDictView::create(vm, vm.types.dict_values, zelf)
    }
    /// D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.
    /// If E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]
    /// If E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v
    /// In either case, this is followed by: for k in F:  D[k] = F[k]
    #[pymethod(raw)]
    fn update(vm: &Vm, zelf: &PyDict, args: Args<'_>) -> PyResult<()> {
        update_from_args(vm, "update", zelf, args)
    }
    /// Create a new dictionary with keys from iterable and values set to value.
    #[pyclassmethod("fromkeys(iterable, value=None, /)")]
    fn fromkeys(vm: &Vm, cls: &PyType, iterable: Ref<'_>, value: Ref<'_>) -> PyResult<Obj> {
        from_keys(vm, cls, iterable, value)
    }
    /// Remove all items from the dict.
    #[pymethod]
    fn clear(vm: &Vm, zelf: &PyDict) {
        zelf.clear(vm);
    }
    /// Return a shallow copy of the dict.
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PyDict) -> PyResult<Obj> {
        Ok(zelf.copy(vm)?.into_obj())
    }
    /// Return a reverse iterator over the dict keys.
    #[pymethod]
    fn __reversed__(vm: &Vm, zelf: &PyDict) -> Obj {
        PyDictIter::new(vm, vm.types.dict_reversekeyiterator, zelf.to_py(), true).into_obj()
    }
    /// True if the dictionary has the specified key, else False.
    #[pymethod(coexist)]
    fn __contains__(vm: &Vm, zelf: &PyDict, key: Ref<'_>) -> PyResult<bool> {
        zelf.contains(vm, key)
    }
    /// Return self[key].
    #[pymethod(coexist)]
    fn __getitem__(vm: &Vm, zelf: &PyDict, key: Ref<'_>) -> PyResult<Obj> {
        subscript(vm, zelf, key)
    }
    /// Return the size of the dict in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyDict) -> usize {
        zelf.size_in_bytes()
    }
    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(vm: &Vm, cls: Ref<'_>, object: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls, object)
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDict) -> PyResult<Obj> {
        let Some(_guard) = repr_enter(vm, zelf.r()) else { return Ok(vm.str("{...}")) };
        let mut out = ReprJoiner::new("{");
        let mut pos = 0;
        while let Some((k, v)) = zelf.next_entry(&mut pos) {
            out.entry(vm, k.r(), v.r())?;
        }
        Ok(out.finish(vm, "}"))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyDict, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(other) = other.downcast::<PyDict>(vm) else { return not_implemented() };
        match op {
            CmpOp::Eq => Ok(Obj::bool(equal(vm, zelf, other)?)),
            CmpOp::Ne => Ok(Obj::bool(!equal(vm, zelf, other)?)),
            _ => not_implemented(),
        }
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyDict) -> Obj {
        PyDictIter::new(vm, vm.types.dict_keyiterator, zelf.to_py(), false).into_obj()
    }
    #[slot(mp_length)]
    fn len(zelf: &PyDict) -> usize {
        zelf.len()
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PyDict, key: Ref<'_>) -> PyResult<bool> {
        zelf.contains(vm, key)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyDict, key: Ref<'_>) -> PyResult<Obj> {
        subscript(vm, zelf, key)
    }
    #[slot(mp_ass_subscript)]
    fn setitem(vm: &Vm, zelf: &PyDict, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        match value {
            Some(v) => zelf.set(vm, key, v),
            None => match zelf.remove(vm, key)? {
                Some(_) => Ok(()),
                None => Err(vm.key_error(key)),
            },
        }
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let (Some(a), Some(_)) = (a.downcast::<PyDict>(vm), b.downcast::<PyDict>(vm)) else { return not_implemented() };
        let new = a.copy(vm)?;
        super::update(vm, &new, b)?;
        Ok(new.into_obj())
    }
    #[slot(nb_inplace_or)]
    fn ior(vm: &Vm, zelf: &PyDict, other: Ref<'_>) -> PyResult<Obj> {
        super::update(vm, zelf, other)?;
        Ok(zelf.to_obj())
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes dicts.
        unsafe { traverse_dict(p, v) }
    }
    #[slot(clear)]
    unsafe fn clear_refs(vm: &Vm, p: *const Header) {
        // SAFETY: the collector passes dicts.
        unsafe { clear_dict(vm, p) }
    }
}
