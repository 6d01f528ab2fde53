//! Copying sets and adding all of one container to a set.

use super::PySet;
use super::table::MIN_SLOTS;
use crate::dict::PyDict;
use crate::error::PyResult;
use crate::obj::{Obj, Ref};
use crate::ty::PyType;
use crate::vm::Vm;

impl PySet {
    /// A new instance of `ty` (`set`, `frozenset` or a subtype) with the same elements.
    pub fn copy(&self, vm: &Vm, ty: &PyType) -> PyResult<Obj> {
        let new = PySet::new_subtype(vm, ty)?;
        // SAFETY: just made with this layout.
        unsafe { new.r().downcast_unchecked::<PySet>() }.merge(vm, self)?;
        Ok(new)
    }
    /// Adds the elements of another set.
    pub fn merge(&self, vm: &Vm, other: &PySet) -> PyResult<()> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        // One resize up front serves better than many on the way.
        if (self.fill.get() + other.used.get()) * 5 >= self.mask.get() * 3 {
            self.resize(vm, (self.used.get() + other.used.get()) * 2)?;
        }
        if self.fill.get() == 0 {
            self.copy_into_empty(other);
            return Ok(());
        }
        let mut pos = 0;
        while let Some((key, hash)) = other.next_entry(&mut pos) {
            self.add_hashed(vm, key.r(), hash)?;
        }
        Ok(())
    }
    /// Copies another set's elements into a table with no used slot and enough room. An equal
    /// table without dummies is copied as it is.
    fn copy_into_empty(&self, other: &PySet) {
        debug_assert!(self.mask.get() + 1 >= MIN_SLOTS && self.fill.get() == 0);
        let same = self.mask.get() == other.mask.get() && other.fill.get() == other.used.get();
        for i in 0..=other.mask.get() {
            let s = other.slot(i);
            if !s.is_element() {
                continue;
            }
            // SAFETY: elements are bound; there is room for all of them; no Python code runs.
            unsafe {
                let key = Ref::from_value_unchecked(s.key.get()).to_obj().into_value();
                if same {
                    self.slot(i).key.set(key);
                    self.slot(i).hash.set(s.hash.get());
                } else {
                    PySet::insert_clean(self.table.get(), self.mask.get(), s.hash.get(), key);
                }
            }
        }
        self.fill.set(other.used.get());
        self.used.set(other.used.get());
    }
    /// Adds the keys of a dict.
    pub fn merge_dict(&self, vm: &Vm, other: &PyDict) -> PyResult<()> {
        let n = other.len();
        if (self.fill.get() + n) * 5 >= self.mask.get() * 3 {
            self.resize(vm, (self.used.get() + n) * 2)?;
        }
        let mut pos = 0;
        while let Some((key, hash, _)) = other.next_hashed(&mut pos) {
            self.add_hashed(vm, key.r(), hash)?;
        }
        Ok(())
    }
}
