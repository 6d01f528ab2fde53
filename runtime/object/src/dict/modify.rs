//! Inserting, replacing, deleting, resizing.

use super::keys::{Entry, FREE, Keys, MIN_SLOTS, StrEntry, slots_for, slots_for_entries, usable_fraction};
use super::lookup::own;
use super::{DictEvent, PyDict, hash_key};
use crate::error::PyResult;
use crate::obj::{Layout, Obj, Ref};
use crate::str::PyStr;
use crate::value::Value;
use crate::vm::Vm;

impl PyDict {
    /// `self[key] = value`.
    #[inline]
    pub fn set(&self, vm: &Vm, key: Ref<'_>, value: Ref<'_>) -> PyResult<()> {
        let hash = hash_key(vm, key)?;
        self.set_hashed(vm, key, hash, value.to_obj())
    }
    /// As [`set`](Self::set), taking over the references.
    #[inline]
    pub fn set_owned(&self, vm: &Vm, key: Obj, value: Obj) -> PyResult<()> {
        let hash = hash_key(vm, key.r())?;
        self.set_hashed(vm, key.r(), hash, value)
    }
    /// As [`set`](Self::set) with the key's hash at hand.
    #[inline]
    pub fn set_hashed(&self, vm: &Vm, key: Ref<'_>, hash: i64, value: Obj) -> PyResult<()> {
        let ix = self.lookup(vm, key, hash)?;
        if ix >= 0 {
            // SAFETY: just looked up.
            drop(unsafe { self.replace(vm, ix as usize, value) });
            return Ok(());
        }
        self.insert_new(vm, key, hash, value)
    }
    /// Sets the value under a string. A key of a subtype of str is stored as an exact str.
    #[inline]
    pub fn set_str(&self, vm: &Vm, key: &PyStr, value: Obj) -> PyResult<()> {
        let ix = self.lookup_str(vm, key)?;
        if ix >= 0 {
            // SAFETY: just looked up.
            drop(unsafe { self.replace(vm, ix as usize, value) });
            return Ok(());
        }
        let hash = key.hash(vm);
        if key.r().as_exact_str(vm).is_some() {
            return self.insert_new(vm, key.r(), hash, value);
        }
        let exact = key.to_exact(vm);
        exact.hash(vm);
        self.insert_new(vm, exact.r(), hash, value)
    }
    /// Puts a value in place of an entry's; the old one comes back.
    ///
    /// # Safety
    /// The entry is bound.
    #[inline(always)]
    unsafe fn replace(&self, vm: &Vm, i: usize, value: Obj) -> Obj {
        // SAFETY: by contract; the old reference moves out, ours moves in.
        unsafe {
            let t = self.table();
            self.notify(vm, DictEvent::Replace(Ref::from_value_unchecked(t.key(i))));
            Obj::from_value(t.value_cell(i).replace(value.into_value()))
        }
    }
    /// Replaces the value at an index an inline cache kept; the old one comes back and should be
    /// dropped last, since that may run Python code.
    ///
    /// # Safety
    /// As for [`entry_value`](Self::entry_value).
    #[inline(always)]
    pub unsafe fn replace_entry_value(&self, vm: &Vm, index: usize, value: Obj) -> Obj {
        // SAFETY: the layout is unchanged, so the entry is bound.
        unsafe { self.replace(vm, index, value) }
    }
    /// Adds a key known to be absent. Runs no Python code.
    #[inline]
    pub(super) fn insert_new(&self, vm: &Vm, key: Ref<'_>, hash: i64, value: Obj) -> PyResult<()> {
        self.notify(vm, DictEvent::Insert(key));
        let t = self.table();
        let exact = key.as_exact_str(vm);
        if let Some(s) = exact {
            // The str form reads the hash from the key.
            s.hash(vm);
        }
        if t.usable.get() == 0 || (!t.general && exact.is_none()) {
            self.grow(vm, key)?;
        }
        let t = self.table();
        let n = t.nentries.get();
        // SAFETY: a usable entry is left, so `n` is below the capacity; the form fits the key, and
        // an exact str has its hash.
        unsafe {
            t.link(hash, n);
            t.write(n, hash, key.to_obj().into_value(), value.into_value());
        }
        t.nentries.set(n + 1);
        t.usable.set(t.usable.get() - 1);
        self.used.set(self.used.get() + 1);
        self.version.set(0);
        Ok(())
    }
    /// Makes room for one more entry, in a form that takes `key`.
    #[cold]
    #[inline(never)]
    fn grow(&self, vm: &Vm, key: Ref<'_>) -> PyResult<()> {
        let t = self.table();
        let general = (t.general && !t.is_empty_block()) || key.as_exact_str(vm).is_none();
        let slots = if t.is_empty_block() { MIN_SLOTS } else { slots_for(self.used.get().saturating_mul(3)) };
        self.resize(vm, slots, general)
    }
    /// Makes room for `n` entries in all.
    pub(super) fn reserve(&self, vm: &Vm, n: usize, str_keys: bool) -> PyResult<()> {
        let t = self.table();
        if n <= usable_fraction(MIN_SLOTS) || n <= usable_fraction(t.slots()) && !t.is_empty_block() {
            return Ok(());
        }
        let general = if t.is_empty_block() { !str_keys } else { t.general || !str_keys };
        self.resize(vm, slots_for_entries(n), general)
    }
    /// Moves the entries to a block with `slots` index slots, which must suffice.
    #[inline(never)]
    fn resize(&self, vm: &Vm, slots: usize, general: bool) -> PyResult<()> {
        let Some(new) = Keys::alloc(slots, general) else { return Err(vm.memory_error()) };
        let old = self.keys.get();
        let used = self.used.get();
        // SAFETY: the new block has room for all bound entries; references move over, then the
        // old block is freed without dropping them.
        unsafe {
            let (o, n) = (&*old, &*new);
            let count = o.nentries.get();
            if o.general == general && count == used {
                let (src, dst) = (old.add(1) as *const u8, new.add(1) as *mut u8);
                let entry = if general { size_of::<Entry>() } else { size_of::<StrEntry>() };
                std::ptr::copy_nonoverlapping(src, dst, used * entry);
            } else {
                let mut k = 0;
                for i in 0..count {
                    let key = o.key(i);
                    if !key.is_unbound() {
                        n.write(k, o.hash(i), key, o.value(i));
                        k += 1;
                    }
                }
            }
            n.nentries.set(used);
            n.usable.set(n.usable.get() - used);
            n.link_all();
            Keys::free_block(old);
        }
        self.install(new);
        Ok(())
    }
    /// Puts another block in place; `used` and the old block are the caller's business.
    pub(super) fn install(&self, keys: *mut Keys) {
        self.keys.set(keys);
        self.epoch.set(self.epoch.get().wrapping_add(1));
        self.version.set(0);
    }

    /// Takes an entry out.
    ///
    /// # Safety
    /// The entry is bound.
    pub(super) unsafe fn take_entry(&self, vm: &Vm, i: usize) -> (Obj, Obj) {
        let t = self.table();
        // SAFETY: by contract; both references move out.
        unsafe {
            self.notify(vm, DictEvent::Delete(Ref::from_value_unchecked(t.key(i))));
            let hash = t.hash(i);
            t.unlink(hash, i);
            let (k, v) = (t.key(i), t.value(i));
            t.write(i, hash, Value::UNBOUND, Value::UNBOUND);
            self.used.set(self.used.get() - 1);
            self.version.set(0);
            (Obj::from_value(k), Obj::from_value(v))
        }
    }
    /// Deletes a key; its value comes back if it was there.
    #[inline]
    pub fn remove(&self, vm: &Vm, key: Ref<'_>) -> PyResult<Option<Obj>> {
        let hash = hash_key(vm, key)?;
        self.remove_hashed(vm, key, hash)
    }
    /// As [`remove`](Self::remove) with the key's hash at hand.
    pub fn remove_hashed(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<Option<Obj>> {
        let ix = self.lookup(vm, key, hash)?;
        Ok(self.remove_at(vm, ix))
    }
    /// As [`remove`](Self::remove) for a string.
    pub fn remove_str(&self, vm: &Vm, key: &PyStr) -> PyResult<Option<Obj>> {
        let ix = self.lookup_str(vm, key)?;
        Ok(self.remove_at(vm, ix))
    }
    fn remove_at(&self, vm: &Vm, ix: isize) -> Option<Obj> {
        if ix < 0 {
            return None;
        }
        // SAFETY: just looked up.
        let (key, value) = unsafe { self.take_entry(vm, ix as usize) };
        drop(key);
        Some(value)
    }
    /// Deletes a key; its value comes back. The same as [`remove`](Self::remove).
    #[inline]
    pub fn pop(&self, vm: &Vm, key: Ref<'_>) -> PyResult<Option<Obj>> {
        // An empty dict does not need the hash, but an unhashable key still raises.
        self.remove(vm, key)
    }
    /// Takes out the entry added last.
    pub fn popitem(&self, vm: &Vm) -> Option<(Obj, Obj)> {
        let t = self.table();
        let mut n = t.nentries.get();
        while n > 0 {
            n -= 1;
            // SAFETY: in range.
            if unsafe { !t.key(n).is_unbound() } {
                // SAFETY: the entry is bound.
                let item = unsafe { self.take_entry(vm, n) };
                self.table().nentries.set(n);
                return Some(item);
            }
        }
        None
    }
    /// The value under `key`, which becomes `default` if the key is new.
    pub fn setdefault(&self, vm: &Vm, key: Ref<'_>, default: Ref<'_>) -> PyResult<Obj> {
        let hash = hash_key(vm, key)?;
        let ix = self.lookup(vm, key, hash)?;
        if ix != FREE {
            // SAFETY: just looked up.
            return Ok(unsafe { own(self.table().value(ix as usize)) });
        }
        self.insert_new(vm, key, hash, default.to_obj())?;
        Ok(default.to_obj())
    }
    /// Removes everything.
    pub fn clear(&self, vm: &Vm) {
        if self.table().is_empty_block() {
            return;
        }
        self.notify(vm, DictEvent::Clear);
        let old = self.keys.get();
        self.install(Keys::empty());
        self.used.set(0);
        // SAFETY: the dict no longer refers to the block.
        unsafe { Keys::free(old) };
    }
}
