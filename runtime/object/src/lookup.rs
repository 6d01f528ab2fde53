//! Attribute lookup: the MRO search with its cache, and the generic get and set.

use std::cell::UnsafeCell;

use crate::error::PyResult;
use crate::instance::attrs_of;
use crate::module::PyModule;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::str::PyStr;
use crate::ty::{PyType, TypeFlags};
use crate::value::Value;
use crate::vm::Vm;

const CACHE_SIZE: usize = 4096;

/// What an MRO search found. Values are borrowed: a type whose version is unchanged still holds
/// what it held, so an entry that matches is alive. Names are owned: an address must go on meaning
/// the same name.
#[derive(Copy, Clone)]
struct Entry {
    version: u32,
    name: *const PyStr,
    value: Value,
}

/// Cache of MRO searches, keyed by type version and interned name.
pub struct MethodCache(UnsafeCell<Box<[Entry]>>);

impl Default for MethodCache {
    fn default() -> Self {
        let empty = Entry { version: 0, name: std::ptr::null(), value: Value::UNBOUND };
        MethodCache(UnsafeCell::new(vec![empty; CACHE_SIZE].into_boxed_slice()))
    }
}

impl MethodCache {
    /// Forgets everything (`sys._clear_type_cache`).
    pub fn clear(&self) {
        // SAFETY: no reference into the cache outlives a statement.
        for e in unsafe { (*self.0.get()).iter_mut() } {
            e.version = 0;
        }
    }
    #[inline(always)]
    fn slot(version: u32, name: *const PyStr) -> usize {
        (version as usize ^ (name as usize >> 4)) & (CACHE_SIZE - 1)
    }
}

/// The version of `ty`, assigned now if it has none; 0 if versions ran out.
pub fn type_version(vm: &Vm, ty: &PyType) -> u32 {
    let v = ty.version.get();
    if v != 0 {
        return v;
    }
    if ty.has_flag(TypeFlags::UNVERSIONED) {
        return 0;
    }
    // A subtype's version is only good while its bases' are: modification walks down from a
    // base through types that have versions.
    if let Some(bases) = ty.bases_ref() {
        for b in bases.as_slice() {
            if let Some(b) = b.r().downcast::<PyType>(vm)
                && type_version(vm, b) == 0
            {
                return 0;
            }
        }
    }
    let v = vm.interp.new_type_version();
    ty.version.set(v);
    v
}

/// Must be called before a type's attributes, bases or MRO change.
pub fn type_modified(vm: &Vm, ty: &PyType) {
    if ty.version.get() == 0 {
        return;
    }
    ty.version.set(0);
    ty.ctor_cache.set(0);
    if let Some(f) = vm.interp.type_watch.get() {
        f(vm, ty);
    }
    // SAFETY: the vector is only changed by type creation and destruction, which this loop does
    // not run.
    let subs = unsafe { &*ty.subclasses.get() };
    for &s in subs {
        // SAFETY: dead subclasses remove themselves.
        type_modified(vm, unsafe { &*s });
    }
}

/// A name looked up along the MRO without binding.
#[inline]
pub fn type_lookup(vm: &Vm, ty: &PyType, name: &PyStr) -> Option<Obj> {
    let version = ty.version.get();
    if version != 0 {
        // SAFETY: no reference into the cache outlives this block.
        let e = unsafe { (&(*vm.interp.method_cache.0.get()))[MethodCache::slot(version, name)] };
        if e.version == version && std::ptr::eq(e.name, name) {
            // SAFETY: a matching entry's value is still held by the type.
            return unsafe { Ref::from_value_opt(e.value) }.map(Ref::to_obj);
        }
    }
    lookup_slow(vm, ty, name)
}

#[inline(never)]
fn lookup_slow(vm: &Vm, ty: &PyType, name: &PyStr) -> Option<Obj> {
    // Only exact strings can be interned, and only interned ones may be remembered by address.
    let interned = if name.is_interned() { None } else { Some(vm.intern_str(name.to_exact(vm))) };
    let name = interned.as_deref().unwrap_or(name);
    let version = type_version(vm, ty);
    let found = mro_search(vm, ty, name);
    if version != 0 && ty.version.get() == version {
        let value = found.as_ref().map_or(Value::UNBOUND, |o| o.value());
        let entry = Entry { version, name: name.to_py().into_ptr(), value };
        // SAFETY: no reference into the cache outlives this statement.
        let old = unsafe { std::mem::replace(&mut (&mut (*vm.interp.method_cache.0.get()))[MethodCache::slot(version, name)], entry) };
        if !old.name.is_null() {
            // SAFETY: the entry owned its name.
            drop(unsafe { Py::<PyStr>::from_ptr(old.name) });
        }
    }
    found
}

fn mro_search(vm: &Vm, ty: &PyType, name: &PyStr) -> Option<Obj> {
    let Some(mro) = ty.mro_ref().map(|m| m.to_py()) else {
        return ty.dict_ref().and_then(|d| d.get_str(vm, name).ok().flatten());
    };
    for t in mro.as_slice() {
        let Some(t) = t.r().downcast::<PyType>(vm) else { continue };
        let Some(dict) = t.dict_ref() else { continue };
        match dict.get_str(vm, name) {
            Ok(Some(v)) => return Some(v),
            Ok(None) => {}
            // A type dict with non-str keys whose `__eq__` raises: CPython drops the error too.
            Err(e) => drop(vm.take_raised(e)),
        }
    }
    None
}

/// `object.__getattribute__`. Never inlined: types are classified by its address.
#[inline(never)]
pub fn generic_getattr(vm: &Vm, obj: Ref<'_>, name: &PyStr) -> PyResult<Obj> {
    match generic_getattr_opt(vm, obj, name)? {
        Some(v) => Ok(v),
        None => Err(vm.no_attribute(obj, name)),
    }
}

/// `object.__getattribute__`, with `None` instead of AttributeError when nothing is found.
pub fn generic_getattr_opt(vm: &Vm, obj: Ref<'_>, name: &PyStr) -> PyResult<Option<Obj>> {
    let ty = obj.ty(vm);
    let descr = type_lookup(vm, ty, name);
    let mut get = None;
    if let Some(d) = &descr {
        let dt = d.r().ty(vm);
        get = dt.slots.descr_get.get();
        if let Some(get) = get
            && dt.slots.descr_set.get().is_some()
        {
            return get(vm, d.r(), Some(obj), Some(ty.r())).map(Some);
        }
    }
    if let Some(attrs) = attrs_of(obj)
        && let Some(v) = attrs.get(vm, name)?
    {
        return Ok(Some(v));
    }
    if std::ptr::eq(ty, vm.types.module)
        && let Some(m) = obj.downcast::<PyModule>(vm)
        && let Some(v) = m.dict(vm).get_str(vm, name)?
    {
        return Ok(Some(v));
    }
    match (descr, get) {
        (Some(d), Some(get)) => get(vm, d.r(), Some(obj), Some(ty.r())).map(Some),
        (d, _) => Ok(d),
    }
}

/// `object.__setattr__` and `__delattr__`. Never inlined: types are classified by its address.
#[inline(never)]
pub fn generic_setattr(vm: &Vm, obj: Ref<'_>, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
    let ty = obj.ty(vm);
    let descr = type_lookup(vm, ty, name);
    if let Some(d) = &descr
        && let Some(set) = d.r().ty(vm).slots.descr_set.get()
    {
        return set(vm, d.r(), obj, value);
    }
    if let Some(attrs) = attrs_of(obj) {
        let done = match value {
            Some(v) => {
                attrs.set(vm, name, v.to_obj())?;
                true
            }
            None => attrs.delete(vm, name)?,
        };
        return if done { Ok(()) } else { Err(vm.no_attribute(obj, name)) };
    }
    if descr.is_some() {
        let text = format!("'{}' object attribute '{}' is read-only", ty.tp_name(), name.to_string_lossy());
        return Err(crate::exception::raise_attribute_error(vm, obj, name, &text));
    }
    let has_generic = ty.slots.setattro.get().is_some_and(|f| std::ptr::fn_addr_eq(f, generic_setattr as crate::slots::SetAttrFn));
    if has_generic && !ty.has_flag(TypeFlags::ATTRS) {
        let text =
            format!("'{}' object has no attribute '{}' and no __dict__ for setting new attributes", ty.tp_name(), name.to_string_lossy());
        return Err(crate::exception::raise_attribute_error(vm, obj, name, &text));
    }
    Err(vm.no_attribute(obj, name))
}
