//! `OrderedDict`.
//!
//! Dicts keep insertion order, so an ordered dict is a dict with operations on that order
//! (`krait_object::dict`, `order.rs`).

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::dict::{OrderHint, clear_dict, dealloc_dict, hash_key, traverse_dict};
use krait_object::iterators::pair;
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;

use super::odict_iter::{PyODictIter, What};
use super::odict_views::{PyODictItems, PyODictKeys, PyODictValues};
use crate::util::{short_name, state_of};

/// A dict that knows its first entry. Memory of all zeros after the dict part is valid.
#[repr(C)]
pub struct PyODict {
    pub dict: PyDict,
    pub hint: Cell<OrderHint>,
}

impl PyODict {
    fn is_exact(&self, vm: &Vm) -> bool {
        self.r().is_exact::<PyODict>(vm)
    }
    /// `self[key] = value`, through `__setitem__` of subclasses.
    fn set_item(&self, vm: &Vm, key: Ref<'_>, value: Ref<'_>) -> PyResult<()> {
        if self.is_exact(vm) { self.dict.set(vm, key, value) } else { vm.setitem(self.r(), key, value) }
    }
    /// Adds pairs.
    fn add_pairs(&self, vm: &Vm, pairs: Ref<'_>) -> PyResult<()> {
        let it = vm.iter(pairs)?;
        while let Some(item) = vm.iter_next(it.r())? {
            if let Some([k, v]) = item.r().downcast_exact::<PyTuple>(vm).map(PyTuple::as_slice) {
                self.set_item(vm, k.r(), v.r())?;
                continue;
            }
            let parts = vm.iter(item.r())?;
            let Some(key) = vm.iter_next(parts.r())? else {
                return Err(vm.value_error("need more than 0 values to unpack"));
            };
            let Some(value) = vm.iter_next(parts.r())? else {
                return Err(vm.value_error("need more than 1 value to unpack"));
            };
            if vm.iter_next(parts.r())?.is_some() {
                return Err(vm.value_error("too many values to unpack (expected 2)"));
            }
            self.set_item(vm, key.r(), value.r())?;
        }
        Ok(())
    }
    /// Adds the items of a mapping or an iterable of pairs.
    fn update_from(&self, vm: &Vm, other: Ref<'_>) -> PyResult<()> {
        if let Some(d) = other.downcast_exact::<PyDict>(vm) {
            let items = d.items_vec();
            for (k, v) in items {
                self.set_item(vm, k.r(), v.r())?;
            }
            return Ok(());
        }
        let names = vm.names();
        if let Some(keys) = vm.getattr_opt(other, names.keys)? {
            let keys = vm.call0(keys.r())?;
            let it = vm.iter(keys.r())?;
            while let Some(key) = vm.iter_next(it.r())? {
                let value = vm.getitem(other, key.r())?;
                self.set_item(vm, key.r(), value.r())?;
            }
            return Ok(());
        }
        if let Some(items) = vm.getattr_opt(other, names.items)? {
            let items = vm.call0(items.r())?;
            return self.add_pairs(vm, items.r());
        }
        self.add_pairs(vm, other)
    }
    fn update_args(&self, vm: &Vm, args: &Args<'_>) -> PyResult<()> {
        if let [other, ..] = args.pos() {
            self.update_from(vm, *other)?;
        }
        for (k, v) in args.kwargs() {
            self.set_item(vm, k.r(), v)?;
        }
        Ok(())
    }
    fn new_plain(vm: &Vm) -> PyResult<Obj> {
        PyDict::new_subtype(vm, PyODict::type_of(vm))
    }
}

/// Do two ordered dicts have equal keys in the same order?
fn same_order(vm: &Vm, a: &PyODict, b: &PyODict) -> PyResult<bool> {
    let interp = vm.interp;
    let (va, vb) = (a.dict.keys_version(interp), b.dict.keys_version(interp));
    let (mut i, mut j) = (a.dict.first_position(&a.hint), b.dict.first_position(&b.hint));
    loop {
        match (a.dict.next_key(&mut i), b.dict.next_key(&mut j)) {
            (None, None) => return Ok(true),
            (Some(x), Some(y)) => {
                if !vm.eq(x.r(), y.r())? {
                    return Ok(false);
                }
                if a.dict.current_version() != va || b.dict.current_version() != vb {
                    return Err(vm.runtime_error("OrderedDict mutated during iteration"));
                }
            }
            _ => return Ok(false),
        }
    }
}

/// Dictionary that remembers insertion order
#[pyclass(
    layout = PyODict, name = "OrderedDict", module = "collections", own, nosig, base = dict, attrs, weakref,
    unhashable, dealloc = dealloc_dict, flags(BASETYPE)
)]
pub mod odict {
    use super::*;

    #[pyinit(raw)]
    fn init(vm: &Vm, zelf: &PyODict, args: Args<'_>) -> PyResult<()> {
        if args.npos() > 1 {
            return Err(vm.type_error(format!("expected at most 1 arguments, got {}", args.npos())));
        }
        zelf.update_args(vm, &args)
    }
    /// Create a new ordered dictionary with keys from iterable and values set to value.
    #[pyclassmethod("fromkeys(cls, iterable, value=None)")]
    fn fromkeys(vm: &Vm, cls: &PyType, iterable: Ref<'_>, value: Obj) -> PyResult<Obj> {
        let new = vm.call0(cls.r())?;
        let it = vm.iter(iterable)?;
        let exact = new.r().downcast_exact::<PyODict>(vm);
        while let Some(key) = vm.iter_next(it.r())? {
            match exact {
                Some(d) => d.dict.set(vm, key.r(), value.r())?,
                None => vm.setitem(new.r(), key.r(), value.r())?,
            }
        }
        Ok(new)
    }
    #[pymethod]
    fn __sizeof__(zelf: &PyODict) -> usize {
        zelf.dict.size_in_bytes() + size_of::<OrderHint>()
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyODict) -> PyResult<Obj> {
        let state = state_of(vm, zelf.r())?;
        let items = vm.call_method(zelf.r(), vm.names().items, &[])?;
        let it = vm.iter(items.r())?;
        Ok(vm.tuple(vec![zelf.r().ty(vm).to_obj(), vm.tuple(vec![]), state, Obj::none(), it]))
    }
    /// Insert key with a value of default if key is not in the dictionary.
    ///
    /// Return the value for key if key is in the dictionary, else default.
    #[pymethod("setdefault(self, key, default=None)")]
    fn setdefault(vm: &Vm, zelf: &PyODict, key: Ref<'_>, default: Obj) -> PyResult<Obj> {
        if zelf.is_exact(vm) {
            return zelf.dict.setdefault(vm, key, default.r());
        }
        if vm.contains(zelf.r(), key)? {
            return vm.getitem(zelf.r(), key);
        }
        vm.setitem(zelf.r(), key, default.r())?;
        Ok(default)
    }
    /// od.pop(key[,default]) -> v, remove specified key and return the corresponding value.
    ///
    /// If the key is not found, return the default if given; otherwise,
    /// raise a KeyError.
    #[pymethod("pop(self, key, default=<unrepresentable>)")]
    fn pop(vm: &Vm, zelf: &PyODict, key: Ref<'_>, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        match (zelf.dict.remove(vm, key)?, default.given()) {
            (Some(v), _) => Ok(v),
            (None, Some(d)) => Ok(d.to_obj()),
            (None, None) => Err(vm.key_error(key)),
        }
    }
    /// Remove and return a (key, value) pair from the dictionary.
    ///
    /// Pairs are returned in LIFO order if last is true or FIFO order if false.
    #[pymethod("popitem(self, last=True)")]
    fn popitem(vm: &Vm, zelf: &PyODict, last: bool) -> PyResult<Obj> {
        let item = if last { zelf.dict.popitem(vm) } else { zelf.dict.popitem_first(vm, &zelf.hint) };
        match item {
            Some((k, v)) => Ok(pair(vm, k, v).into_obj()),
            None => Err(vm.key_error(vm.str("dictionary is empty").r())),
        }
    }
    #[pymethod]
    fn keys(vm: &Vm, zelf: &PyODict) -> Obj {
        PyODictKeys::create(vm, &zelf.dict)
    }
    #[pymethod]
    fn values(vm: &Vm, zelf: &PyODict) -> Obj {
        PyODictValues::create(vm, &zelf.dict)
    }
    #[pymethod]
    fn items(vm: &Vm, zelf: &PyODict) -> Obj {
        PyODictItems::create(vm, &zelf.dict)
    }
    #[pymethod(raw)]
    fn update(vm: &Vm, zelf: &PyODict, args: Args<'_>) -> PyResult<()> {
        if args.npos() > 1 {
            let text = format!("update() takes at most 1 positional argument ({} given)", args.npos());
            return Err(vm.type_error(text));
        }
        zelf.update_args(vm, &args)
    }
    /// od.clear() -> None.  Remove all items from od.
    #[pymethod]
    fn clear(vm: &Vm, zelf: &PyODict) {
        zelf.dict.clear(vm);
    }
    /// od.copy() -> a shallow copy of od
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PyODict) -> PyResult<Obj> {
        if zelf.is_exact(vm) {
            let new = PyODict::new_plain(vm)?;
            if let Some(n) = new.r().downcast::<PyODict>(vm) {
                n.dict.update(vm, &zelf.dict)?;
            }
            return Ok(new);
        }
        let new = vm.call0(zelf.r().ty(vm).r())?;
        for key in zelf.dict.keys_vec() {
            let value = vm.getitem(zelf.r(), key.r())?;
            vm.setitem(new.r(), key.r(), value.r())?;
        }
        Ok(new)
    }
    /// od.__reversed__() <==> reversed(od)
    #[pymethod]
    fn __reversed__(vm: &Vm, zelf: &PyODict) -> Obj {
        PyODictIter::create(vm, zelf, What::Keys, true)
    }
    /// Move an existing element to the end (or beginning if last is false).
    ///
    /// Raise KeyError if the element does not exist.
    #[pymethod("move_to_end(self, key, last=True)")]
    fn move_to_end(vm: &Vm, zelf: &PyODict, key: Ref<'_>, last: bool) -> PyResult<()> {
        let hash = hash_key(vm, key)?;
        let found = if last { zelf.dict.move_to_end(vm, key, hash)? } else { zelf.dict.move_to_front(vm, key, hash)? };
        if found { Ok(()) } else { Err(vm.key_error(key)) }
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyODict) -> PyResult<Obj> {
        let name = short_name(vm, zelf.r());
        if zelf.dict.is_empty() {
            return Ok(vm.text(format!("{name}()")));
        }
        let Some(_guard) = repr_enter(vm, zelf.r()) else { return Ok(vm.str("...")) };
        let plain = if zelf.is_exact(vm) { zelf.dict.copy(vm)?.into_obj() } else { vm.call1(vm.types.dict.r(), zelf.r())? };
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str(&name);
        out.push_str("(");
        out.push_pystr(&*vm.repr(plain.r())?);
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyODict, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(d) = other.downcast::<PyDict>(vm).filter(|_| matches!(op, CmpOp::Eq | CmpOp::Ne)) else {
            return Ok(vm.not_implemented());
        };
        let mut equal = krait_types::dict::equal(vm, &zelf.dict, d)?;
        if equal && let Some(o) = other.downcast::<PyODict>(vm) {
            equal = same_order(vm, zelf, o)?;
        }
        Ok(Obj::bool(equal == (op == CmpOp::Eq)))
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyODict) -> Obj {
        PyODictIter::create(vm, zelf, What::Keys, false)
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if a.downcast::<PyDict>(vm).is_none() || b.downcast::<PyDict>(vm).is_none() {
            return Ok(vm.not_implemented());
        }
        let ty = if a.downcast::<PyODict>(vm).is_some() { a.ty(vm) } else { b.ty(vm) };
        let new = vm.call1(ty.r(), a)?;
        match new.r().downcast::<PyODict>(vm) {
            Some(n) => n.update_from(vm, b)?,
            None => drop(vm.call_method(new.r(), vm.names().update, &[b])?),
        }
        Ok(new)
    }
    #[slot(nb_inplace_or)]
    fn inplace_or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if let Some(d) = a.downcast::<PyODict>(vm) {
            d.update_from(vm, b)?;
        }
        Ok(a.to_obj())
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes an ordered dict; the hint holds no references.
        unsafe { traverse_dict(p, v) }
    }
    #[slot(clear)]
    unsafe fn clear_refs(vm: &Vm, p: *const Header) {
        // SAFETY: the collector passes an ordered dict.
        unsafe { clear_dict(vm, p) }
    }
}
