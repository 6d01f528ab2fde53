//! Changing the order of a dict's entries, for `OrderedDict`. None of this runs Python code once
//! the key has been looked up.

use std::cell::Cell;

use super::PyDict;
use super::keys::Keys;
use crate::error::PyResult;
use crate::obj::{Obj, Ref};
use crate::vm::Vm;

/// Where a dict's first entry was seen last. Deleting from the front leaves holes; with the hint
/// they are not walked again. All zeros is a valid hint.
#[derive(Copy, Clone, Default)]
pub struct OrderHint {
    epoch: u32,
    pos: usize,
}

impl PyDict {
    /// The position of the first entry; the end if there is none.
    pub fn first_position(&self, hint: &Cell<OrderHint>) -> usize {
        let t = self.table();
        let h = hint.get();
        // Entries before the hint are holes for as long as the block is the same: new entries go
        // behind all others.
        let mut i = if h.epoch == self.epoch.get() { h.pos.min(t.nentries.get()) } else { 0 };
        // SAFETY: in range.
        while i < t.nentries.get() && unsafe { t.key(i).is_unbound() } {
            i += 1;
        }
        hint.set(OrderHint { epoch: self.epoch.get(), pos: i });
        i
    }
    /// Takes out the first entry.
    pub fn popitem_first(&self, vm: &Vm, hint: &Cell<OrderHint>) -> Option<(Obj, Obj)> {
        if self.is_empty() {
            return None;
        }
        let i = self.first_position(hint);
        // SAFETY: the dict is not empty, so the position is that of a bound entry.
        Some(unsafe { self.take_entry(vm, i) })
    }
    /// Makes an entry the last one. False if there is no such key.
    pub fn move_to_end(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<bool> {
        let ix = self.lookup(vm, key, hash)?;
        if ix < 0 {
            return Ok(false);
        }
        if ix as usize + 1 != self.table().nentries.get() {
            // SAFETY: just looked up.
            let (k, v) = unsafe { self.take_entry(vm, ix as usize) };
            self.insert_new(vm, k.r(), hash, v)?;
        }
        Ok(true)
    }
    /// Makes an entry the first one, which takes time for each entry. False if there is no such
    /// key.
    pub fn move_to_front(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<bool> {
        let ix = self.lookup(vm, key, hash)?;
        if ix < 0 {
            return Ok(false);
        }
        let old = self.keys.get();
        let slots = self.table().slots();
        let Some(new) = Keys::alloc(slots, self.table().general) else { return Err(vm.memory_error()) };
        // SAFETY: the new block has the old one's capacity; references move over entry by entry,
        // then the old block is freed without dropping them.
        unsafe {
            let (o, n) = (&*old, &*new);
            let first = ix as usize;
            n.write(0, o.hash(first), o.key(first), o.value(first));
            let mut k = 1;
            for i in (0..o.nentries.get()).filter(|i| *i != first) {
                let key = o.key(i);
                if !key.is_unbound() {
                    n.write(k, o.hash(i), key, o.value(i));
                    k += 1;
                }
            }
            n.nentries.set(k);
            n.usable.set(n.usable.get() - k);
            n.link_all();
            Keys::free_block(old);
        }
        self.install(new);
        Ok(true)
    }
}
