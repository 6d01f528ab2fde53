//! Copying dicts and merging one into another.

use super::keys::{MIN_SLOTS, usable_fraction};
use super::{DictEvent, PyDict};
use crate::error::PyResult;
use crate::obj::{Obj, Py, Ref};
use crate::vm::Vm;

/// What a merge does with keys both dicts have.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Merge {
    /// The other dict's value wins.
    Override,
    /// The present value stays.
    Keep,
    /// KeyError with the key.
    Unique,
}

impl PyDict {
    /// A new plain dict with the same entries.
    pub fn copy(&self, vm: &Vm) -> PyResult<Py<PyDict>> {
        let new = PyDict::new(vm);
        let t = self.table();
        if self.is_empty() {
            return Ok(new);
        }
        if self.used.get() >= t.nentries.get() * 2 / 3 {
            new.adopt_copy(vm, self)?;
        } else {
            new.merge(vm, self, Merge::Override)?;
        }
        Ok(new)
    }
    /// Replaces the contents of an empty dict by a copy of `other`'s table.
    fn adopt_copy(&self, vm: &Vm, other: &PyDict) -> PyResult<()> {
        let Some(keys) = other.table().duplicate() else { return Err(vm.memory_error()) };
        self.notify(vm, DictEvent::Clear);
        let old = self.keys.get();
        self.install(keys);
        self.used.set(other.used.get());
        // SAFETY: the dict no longer refers to the block.
        unsafe { super::Keys::free(old) };
        Ok(())
    }
    /// `self.update(other)` for a dict.
    pub fn update(&self, vm: &Vm, other: &PyDict) -> PyResult<()> {
        self.merge(vm, other, Merge::Override)
    }
    /// Adds the entries of `other`. Fails with RuntimeError if a comparison adds to `other`.
    pub fn merge(&self, vm: &Vm, other: &PyDict, mode: Merge) -> PyResult<()> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        let (slots, count, full) = {
            let o = other.table();
            (o.slots(), o.nentries.get(), other.used.get() == o.nentries.get())
        };
        if self.is_empty() && full && (slots == MIN_SLOTS || usable_fraction(slots / 2) < other.len()) {
            return self.adopt_copy(vm, other);
        }
        if usable_fraction(self.table().slots()) < other.len() {
            self.reserve(vm, self.len() + other.len(), other.has_str_keys())?;
        }
        let mut pos = 0;
        while let Some((key, hash, value)) = other.next_hashed(&mut pos) {
            self.merge_entry(vm, key.r(), hash, value, mode)?;
            if other.table().nentries.get() != count {
                return Err(vm.runtime_error("dict mutated during update"));
            }
        }
        Ok(())
    }
    fn merge_entry(&self, vm: &Vm, key: Ref<'_>, hash: i64, value: Obj, mode: Merge) -> PyResult<()> {
        if mode == Merge::Override {
            return self.set_hashed(vm, key, hash, value);
        }
        let found = self.lookup(vm, key, hash)? >= 0;
        match (found, mode) {
            (false, _) => self.insert_new(vm, key, hash, value),
            (true, Merge::Unique) => Err(vm.key_error(key)),
            (true, _) => Ok(()),
        }
    }
}
