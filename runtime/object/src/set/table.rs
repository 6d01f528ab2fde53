//! The hash table of sets: lookup, insertion, deletion, resizing.

use std::alloc::{Layout as MemLayout, dealloc};
use std::cell::Cell;

use super::PySet;
use crate::error::PyResult;
use crate::obj::{Obj, Ref};
use crate::str::PyStr;
use crate::value::Value;
use crate::vm::Vm;

/// Slots inside the object.
pub(super) const MIN_SLOTS: usize = 8;
/// Neighbours looked at before each jump.
const LINEAR_PROBES: usize = 9;
/// How fast the hash's upper bits enter the probe sequence.
const PERTURB_SHIFT: u32 = 5;

/// The key of a deleted element: no object's word.
const DUMMY: Value = Value(4);

/// A place for an element.
#[repr(C)]
pub(super) struct Slot {
    pub key: Cell<Value>,
    pub hash: Cell<i64>,
}

impl Slot {
    pub fn free() -> Slot {
        Slot { key: Cell::new(Value::UNBOUND), hash: Cell::new(0) }
    }
    #[inline(always)]
    pub fn is_free(&self) -> bool {
        self.key.get().is_unbound()
    }
    #[inline(always)]
    pub fn is_element(&self) -> bool {
        // Unbound is 0.
        self.key.get().0 & !DUMMY.0 != 0
    }
}

/// Where a lookup ended.
enum Place {
    Found(usize),
    /// Not there; where it would be added: the last dummy passed, else the free slot.
    Absent(usize),
    /// A comparison changed the set.
    Changed,
}

impl PySet {
    /// The slot at `i`, which must be at most `mask`.
    #[inline(always)]
    pub(super) fn slot(&self, i: usize) -> &Slot {
        debug_assert!(i <= self.mask.get());
        // SAFETY: all callers keep `i` at or below `mask`; the table has `mask + 1` slots. No
        // caller uses the borrow after something that may replace the table.
        unsafe { &*self.table.get().add(i) }
    }
    #[inline(always)]
    fn small_table(&self) -> *mut Slot {
        self.small.as_ptr().cast_mut()
    }
    #[inline(always)]
    pub(super) fn is_small(&self) -> bool {
        std::ptr::eq(self.table.get(), self.small_table())
    }

    #[inline]
    fn lookup(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<Place> {
        loop {
            match self.try_lookup(vm, key, hash)? {
                Place::Changed => {}
                place => return Ok(place),
            }
        }
    }
    fn try_lookup(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<Place> {
        let epoch = self.epoch.get();
        let mask = self.mask.get();
        let key_str = key.as_exact_str(vm);
        let mut perturb = hash as usize;
        let mut i = hash as usize & mask;
        let mut dummy = None;
        loop {
            let run = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for at in i..=i + run {
                let s = self.slot(at);
                if s.hash.get() == 0 && s.is_free() {
                    return Ok(Place::Absent(dummy.unwrap_or(at)));
                }
                if s.hash.get() != hash {
                    // Dummies have the hash -1, which no key has.
                    if s.hash.get() == -1 {
                        dummy = Some(at);
                    }
                    continue;
                }
                let k = s.key.get();
                if k == key.value() {
                    return Ok(Place::Found(at));
                }
                if k.is_int() && key.value().is_int() {
                    continue;
                }
                // SAFETY: elements are bound; held by the table, during the comparison by `k`.
                let k = unsafe { Ref::from_value_unchecked(k) };
                if let (Some(a), Some(b)) = (key_str, k.as_exact_str(vm)) {
                    if PyStr::eq_data(a, b) {
                        return Ok(Place::Found(at));
                    }
                    continue;
                }
                let k = k.to_obj();
                let equal = vm.eq(k.r(), key)?;
                if self.epoch.get() != epoch || self.slot(at).key.get() != k.value() {
                    return Ok(Place::Changed);
                }
                if equal {
                    return Ok(Place::Found(at));
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
    }
    /// As [`add`](PySet::add) with the element's hash at hand.
    pub fn add_hashed(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<bool> {
        let at = loop {
            match self.lookup(vm, key, hash)? {
                // A comparison further along the probe may have filled the dummy.
                Place::Absent(at) if self.slot(at).is_element() => {}
                Place::Absent(at) => break at,
                _ => return Ok(false),
            }
        };
        let s = self.slot(at);
        let was_free = s.is_free();
        s.key.set(key.to_obj().into_value());
        s.hash.set(hash);
        self.used.set(self.used.get() + 1);
        if was_free {
            self.fill.set(self.fill.get() + 1);
            if self.fill.get() * 5 >= self.mask.get() * 3 {
                let used = self.used.get();
                self.resize(vm, if used > 50_000 { used * 2 } else { used * 4 })?;
            }
        }
        Ok(true)
    }
    /// As [`contains`](PySet::contains) with the element's hash at hand.
    #[inline]
    pub fn contains_hashed(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<bool> {
        Ok(matches!(self.lookup(vm, key, hash)?, Place::Found(_)))
    }
    /// As [`discard`](PySet::discard) with the element's hash at hand.
    pub fn discard_hashed(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<bool> {
        let Place::Found(at) = self.lookup(vm, key, hash)? else { return Ok(false) };
        drop(self.take(at));
        Ok(true)
    }
    /// Takes an element out.
    fn take(&self, at: usize) -> Obj {
        let s = self.slot(at);
        let key = s.key.replace(DUMMY);
        s.hash.set(-1);
        self.used.set(self.used.get() - 1);
        // SAFETY: the slot held an element, whose reference moves out.
        unsafe { Obj::from_value(key) }
    }
    /// Takes out an arbitrary element; `None` if there is none.
    pub fn pop(&self) -> Option<Obj> {
        if self.is_empty() {
            return None;
        }
        let mut at = self.finger.get() & self.mask.get();
        while !self.slot(at).is_element() {
            at = if at == self.mask.get() { 0 } else { at + 1 };
        }
        let key = self.take(at);
        self.finger.set(at + 1);
        Some(key)
    }
    /// Removes everything.
    pub fn clear(&self) {
        if self.fill.get() != 0 || !self.is_small() {
            self.release_table();
        }
    }

    /// Puts a hash known to be new into a table without dummies.
    ///
    /// # Safety
    /// `table` has `mask + 1` slots, one of them free; the reference moves in.
    #[inline]
    pub(super) unsafe fn insert_clean(table: *mut Slot, mask: usize, hash: i64, key: Value) {
        let mut perturb = hash as usize;
        let mut i = hash as usize & mask;
        loop {
            let run = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for at in i..=i + run {
                // SAFETY: in range.
                let s = unsafe { &*table.add(at) };
                if s.is_free() {
                    s.key.set(key);
                    s.hash.set(hash);
                    return;
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
    }
    /// Makes the table smaller if many elements were discarded.
    pub fn compact_after_discards(&self, vm: &Vm) -> PyResult<()> {
        let used = self.used.get();
        if self.fill.get() - used > self.mask.get() / 5 {
            self.resize(vm, if used > 50_000 { used * 2 } else { used * 4 })?;
        }
        Ok(())
    }
    /// Moves the elements to a table of more than `min` slots. Dummies vanish.
    pub(super) fn resize(&self, vm: &Vm, min: usize) -> PyResult<()> {
        let mut slots = MIN_SLOTS;
        while slots <= min {
            let Some(next) = slots.checked_mul(2) else { return Err(vm.memory_error()) };
            slots = next;
        }
        let (old, old_slots, was_small) = (self.table.get(), self.mask.get() + 1, self.is_small());
        // The inline slots when they are to be refilled.
        let mut moved: [(Value, i64); MIN_SLOTS] = [(Value::UNBOUND, 0); MIN_SLOTS];
        if was_small {
            for (i, m) in moved.iter_mut().enumerate() {
                *m = (self.slot(i).key.get(), self.slot(i).hash.get());
            }
        }
        let new = if slots == MIN_SLOTS {
            if was_small && self.fill.get() == self.used.get() {
                return Ok(());
            }
            for i in 0..MIN_SLOTS {
                self.small[i].key.set(Value::UNBOUND);
                self.small[i].hash.set(0);
            }
            self.small_table()
        } else {
            alloc_table(vm, slots)?
        };
        let is_element = |k: Value| !k.is_unbound() && k != DUMMY;
        // SAFETY: the new table has a free slot for each element; references move over. The old
        // table is read before it is freed.
        unsafe {
            if was_small {
                for (k, h) in moved {
                    if is_element(k) {
                        Self::insert_clean(new, slots - 1, h, k);
                    }
                }
            } else {
                for i in 0..old_slots {
                    let s = &*old.add(i);
                    if is_element(s.key.get()) {
                        Self::insert_clean(new, slots - 1, s.hash.get(), s.key.get());
                    }
                }
                free_table(old, old_slots);
            }
        }
        if was_small && slots != MIN_SLOTS {
            for s in &self.small {
                s.key.set(Value::UNBOUND);
                s.hash.set(0);
            }
        }
        self.table.set(new);
        self.mask.set(slots - 1);
        self.fill.set(self.used.get());
        self.epoch.set(self.epoch.get().wrapping_add(1));
        Ok(())
    }
    /// Empties the set, then drops what it held.
    pub(super) fn release_table(&self) {
        let (old, slots, small) = (self.table.get(), self.mask.get() + 1, self.is_small());
        let mut left = [Value::UNBOUND; MIN_SLOTS];
        if small {
            for (s, l) in self.small.iter().zip(&mut left) {
                if s.is_element() {
                    *l = s.key.get();
                }
                s.key.set(Value::UNBOUND);
                s.hash.set(0);
            }
        }
        self.table.set(self.small_table());
        self.mask.set(MIN_SLOTS - 1);
        self.fill.set(0);
        self.used.set(0);
        self.hash.set(-1);
        self.finger.set(0);
        self.epoch.set(self.epoch.get().wrapping_add(1));
        for k in left {
            // SAFETY: the element's reference moves out.
            drop(unsafe { Obj::from_value_opt(k) });
        }
        if !small {
            // SAFETY: the set no longer refers to the table; each element's reference moves out.
            // Dropping may run Python code, which cannot reach the table.
            unsafe {
                for i in 0..slots {
                    let s = &*old.add(i);
                    if s.is_element() {
                        drop(Obj::from_value(s.key.get()));
                    }
                }
                free_table(old, slots);
            }
        }
    }
    /// Exchanges the contents of two sets.
    pub fn swap_contents(&self, other: &PySet) {
        if std::ptr::eq(self, other) {
            return;
        }
        let (a_small, b_small) = (self.is_small(), other.is_small());
        for (a, b) in self.small.iter().zip(&other.small) {
            a.key.swap(&b.key);
            a.hash.swap(&b.hash);
        }
        self.table.swap(&other.table);
        if b_small {
            self.table.set(self.small_table());
        }
        if a_small {
            other.table.set(other.small_table());
        }
        self.fill.swap(&other.fill);
        self.used.swap(&other.used);
        self.mask.swap(&other.mask);
        self.hash.set(-1);
        other.hash.set(-1);
        for s in [self, other] {
            s.epoch.set(s.epoch.get().wrapping_add(1));
        }
    }
}

fn table_layout(slots: usize) -> Option<MemLayout> {
    MemLayout::array::<Slot>(slots).ok()
}

/// A table of free slots.
fn alloc_table(vm: &Vm, slots: usize) -> PyResult<*mut Slot> {
    let Some(layout) = table_layout(slots) else { return Err(vm.memory_error()) };
    // SAFETY: the layout is not empty. A free slot is all zero bytes.
    let p = unsafe { std::alloc::alloc_zeroed(layout) } as *mut Slot;
    if p.is_null() { Err(vm.memory_error()) } else { Ok(p) }
}

/// # Safety
/// `p` came from [`alloc_table`] with the same number of slots.
unsafe fn free_table(p: *mut Slot, slots: usize) {
    if let Some(layout) = table_layout(slots) {
        // SAFETY: by contract.
        unsafe { dealloc(p as *mut u8, layout) }
    }
}
