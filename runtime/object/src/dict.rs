//! `dict` objects: insertion-ordered hash tables.
//!
//! A dict is a small index table into an array of entries in insertion order, both in one block
//! ([`keys::Keys`]). While all keys are exact strs an entry is a key and a value (the hash is the
//! key's own); the first other key converts the table to entries that carry the hash.
//!
//! Lookups may run `__eq__` methods, which may change the dict. `epoch` counts replacements of the
//! block; after any such call the lookup checks it and the entry's key, and starts over if either
//! changed. References that leave the table are dropped only after the table is consistent.
//!
//! `version` stands for the layout of the keys: it is given out on demand, never twice, and reset
//! to zero by every insertion, deletion and resize. While a dict's version is the non-zero value
//! seen before, every key is at the index it had then.

mod entries;
mod keys;
mod lookup;
mod merge;
mod modify;
mod order;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use crate::error::PyResult;
use crate::gc::Visitor;
use crate::header::{Header, alloc_raw, free_raw};
use crate::obj::{Obj, Py, Ref};
use crate::str::PyStr;
use crate::table_layout;
use crate::ty::{PyType, TypeFlags};
use crate::vm::{Interp, Vm};
use keys::Keys;

/// Offset of the first entry value of a str-keyed table, from the table pointer.
pub const FIRST_VALUE: usize = size_of::<Keys>() + std::mem::offset_of!(keys::StrEntry, value);
/// Offset of the table pointer, from the dict.
pub const TABLE: usize = std::mem::offset_of!(PyDict, keys);
/// Bytes from one entry of a str-keyed table to the next.
pub const ENTRY_SIZE: usize = size_of::<keys::StrEntry>();

pub use lookup::Peek;
pub use merge::Merge;
pub use order::OrderHint;

/// A dict object.
#[repr(C)]
pub struct PyDict {
    header: Header,
    used: Cell<usize>,
    pub(crate) version: Cell<u32>,
    flags: Cell<u32>,
    keys: Cell<*mut Keys>,
    epoch: Cell<u32>,
}
table_layout!(PyDict => dict);

/// The dict's changes are reported to [`Interp::dict_watch`].
const WATCHED: u32 = 1;

/// A change of a watched dict, reported before it happens.
#[derive(Copy, Clone)]
pub enum DictEvent<'a> {
    /// A new key.
    Insert(Ref<'a>),
    /// A new value for a present key.
    Replace(Ref<'a>),
    Delete(Ref<'a>),
    /// Everything goes, or is replaced at once.
    Clear,
}

/// Told about changes of watched dicts. Must not run Python code or touch the dict.
pub type DictWatch = fn(&Vm, &PyDict, DictEvent<'_>);

impl PyDict {
    /// An empty dict.
    #[inline]
    pub fn new(vm: &Vm) -> Py<PyDict> {
        let Some(p) = alloc_raw(vm.types.dict, size_of::<PyDict>()) else { crate::memory::out_of_memory() };
        // SAFETY: fresh memory of the right size; we own the one reference.
        unsafe {
            Self::init(p.as_ptr());
            crate::gc::track(vm, p.as_ref());
            Py::from_ptr(p.as_ptr() as *const PyDict)
        }
    }
    /// An empty dict with room for `n` entries. `str_keys`: they will be exact strs.
    pub fn with_capacity(vm: &Vm, n: usize, str_keys: bool) -> PyResult<Py<PyDict>> {
        let d = Self::new(vm);
        d.reserve(vm, n, str_keys)?;
        Ok(d)
    }
    /// A fresh, empty instance of `ty` (`dict` or a subtype).
    pub fn new_subtype(vm: &Vm, ty: &PyType) -> PyResult<Obj> {
        if std::ptr::eq(ty, vm.types.dict) {
            return Ok(Self::new(vm).into_obj());
        }
        // SAFETY: a fresh object laid out as `PyDict`.
        crate::instance::alloc_var_instance(vm, ty, 0, |p| unsafe { Self::init(p) })
    }
    /// # Safety
    /// `p` is fresh memory laid out as `PyDict` with a valid header.
    #[inline(always)]
    unsafe fn init(p: *mut Header) {
        // SAFETY: by contract.
        unsafe {
            let d = p as *mut PyDict;
            (*d).used = Cell::new(0);
            (*d).version = Cell::new(0);
            (*d).flags = Cell::new(0);
            (*d).keys = Cell::new(Keys::empty());
            (*d).epoch = Cell::new(0);
        }
    }
    /// The table. Valid until the dict changes.
    #[inline(always)]
    fn table(&self) -> &Keys {
        // SAFETY: `keys` always points to a live block. The callers inside this module do not use
        // the borrow after anything that may replace the block.
        unsafe { &*self.keys.get() }
    }

    /// Number of entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.used.get() == 0
    }
    /// Are all keys exact strs? Then lookups of exact strs run no Python code. (A dict that once
    /// held another key says no until it is cleared.)
    #[inline(always)]
    pub fn has_str_keys(&self) -> bool {
        !self.table().general
    }
    /// The version of the key layout; 0 if versions ran out.
    #[inline]
    pub fn keys_version(&self, interp: &Interp) -> u32 {
        let v = self.version.get();
        if v != 0 {
            return v;
        }
        let v = interp.new_dict_version();
        self.version.set(v);
        v
    }
    /// The version if one was given out, else 0.
    #[inline(always)]
    pub fn current_version(&self) -> u32 {
        self.version.get()
    }
    /// Has changes reported to [`Interp::dict_watch`] from now on.
    pub fn watch(&self) {
        self.flags.set(self.flags.get() | WATCHED);
    }
    pub fn unwatch(&self) {
        self.flags.set(self.flags.get() & !WATCHED);
    }
    pub fn is_watched(&self) -> bool {
        self.flags.get() & WATCHED != 0
    }
    #[inline(always)]
    fn notify(&self, vm: &Vm, event: DictEvent<'_>) {
        if self.flags.get() & WATCHED != 0 {
            self.notify_watcher(vm, event);
        }
    }
    #[cold]
    #[inline(never)]
    fn notify_watcher(&self, vm: &Vm, event: DictEvent<'_>) {
        if let Some(f) = vm.interp.dict_watch.get() {
            f(vm, self, event);
        }
    }
    /// Bytes of the dict and its table, for `sys.getsizeof`.
    pub fn size_in_bytes(&self) -> usize {
        let table = if self.table().is_empty_block() { 0 } else { self.table().block_size() };
        size_of::<PyDict>() + table
    }

    /// Sets an item under an interned name.
    pub fn set_item_str(&self, vm: &Vm, key: &str, value: impl Into<Obj>) -> PyResult<()> {
        let value = value.into();
        self.set_str(vm, &vm.intern(key), value)
    }
    /// The item under a name.
    pub fn get_item_str(&self, vm: &Vm, key: &str) -> PyResult<Option<Obj>> {
        self.get_str(vm, &vm.intern(key))
    }
}

/// The hash of a prospective key. An unhashable one raises TypeError in the words of dicts.
#[inline]
pub fn hash_key(vm: &Vm, key: Ref<'_>) -> PyResult<i64> {
    vm.hash(key).map_err(|e| unhashable(vm, e, key, "a dict key"))
}

/// Rewords the TypeError of an unhashable key or element.
#[cold]
#[inline(never)]
pub(crate) fn unhashable(vm: &Vm, e: crate::error::Raised, key: Ref<'_>, role: &str) -> crate::error::Raised {
    let exc = vm.take_raised(e);
    let exc_obj = crate::obj::Layout::to_obj(&*exc);
    if !std::ptr::eq(exc_obj.r().ty(vm), vm.types.type_error) {
        return vm.raise_as_is(exc);
    }
    match vm.str_of(exc_obj.r()) {
        Ok(text) => {
            let name = qualified_type_name(vm, key.ty(vm));
            vm.type_error(format!("cannot use '{name}' as {role} ({})", &*text))
        }
        Err(e) => e,
    }
}

/// A type's dotted name, without `builtins` and `__main__`.
pub fn qualified_type_name(vm: &Vm, ty: &PyType) -> String {
    let qualname = ty.qualname_ref().map_or_else(|| ty.name_lossy(), PyStr::to_string_lossy);
    let module = match ty.dict_ref().map(|d| d.get_str_infallible(vm, vm.names().__module__)) {
        Some(Some(m)) => m.r().downcast::<PyStr>(vm).map(PyStr::to_string_lossy),
        _ => ty.def.get().map(|d| d.module.to_owned()),
    };
    match module {
        Some(m) if m != "builtins" && m != "__main__" => format!("{m}.{qualname}"),
        _ => qualname,
    }
}

impl Drop for PyDict {
    fn drop(&mut self) {
        let keys = self.keys.replace(Keys::empty());
        self.used.set(0);
        // SAFETY: the block was ours alone.
        unsafe { Keys::free(keys) };
    }
}

/// The dealloc function of dicts and subtypes.
///
/// # Safety
/// `p` is a dead dict object.
pub unsafe fn dealloc_dict(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract; nothing reads the object afterwards.
    unsafe {
        let ty = (*p).ty.get();
        std::ptr::drop_in_place(p as *mut PyDict);
        if std::ptr::eq(ty, vm.types.dict) {
            free_raw(p, size_of::<PyDict>(), true);
        } else {
            let ty = &*ty;
            let size = crate::instance::instance_size(ty, p, 0);
            crate::instance::drop_attrs(vm, ty, p, 0);
            free_raw(p, size, ty.has_flag(TypeFlags::GC));
        }
    }
}

/// The traverse function of dicts and subtypes.
///
/// # Safety
/// `p` is a dict object.
pub unsafe fn traverse_dict(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: by contract; the visitor runs no Python code.
    unsafe {
        (*(p as *const PyDict)).table().traverse(v);
        crate::instance::traverse_attrs(p, 0, v);
    }
}

/// The clear function of dicts and subtypes.
///
/// # Safety
/// `p` is a dict object.
pub unsafe fn clear_dict(vm: &Vm, p: *const Header) {
    // SAFETY: by contract.
    unsafe {
        (*(p as *const PyDict)).clear(vm);
        crate::instance::clear_attrs(p, 0);
    }
}

impl Vm {
    /// An empty dict object.
    pub fn dict(&self) -> Py<PyDict> {
        PyDict::new(self)
    }
}
