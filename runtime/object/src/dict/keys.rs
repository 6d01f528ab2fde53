//! The block behind a dict: index table, header, entries.
//!
//! ```text
//! | ... index 1 | index 0 | Keys | entry 0 | entry 1 | ...
//! ```
//!
//! The index table grows downwards from the header, so that both tables are addressed from one
//! pointer. Its slots have 1, 2, 4 or 8 bytes, whatever the number of entries needs, and hold the
//! number of an entry, [`FREE`] or [`DUMMY`] (deleted). Probing visits slots in CPython's order.
//!
//! Invariants: the number of slots is a power of two and at least one is `FREE`; an index slot
//! that is not negative names an entry that is bound; a deleted entry has unbound key and value; in
//! the str form every key is an exact str whose hash has been computed.

use std::alloc::{Layout as MemLayout, alloc, dealloc};
use std::cell::Cell;

use crate::gc::Visitor;
use crate::obj::Obj;
use crate::str::PyStr;
use crate::value::Value;

/// An index slot never used.
pub(super) const FREE: isize = -1;
/// An index slot whose entry was deleted.
pub(super) const DUMMY: isize = -2;
/// Slots of the smallest table.
pub(super) const MIN_SLOTS: usize = 8;
/// How fast the hash's upper bits enter the probe sequence.
const PERTURB_SHIFT: u32 = 5;

/// The middle of the block; see the module's picture.
#[repr(C, align(16))]
pub(super) struct Keys {
    /// Number of index slots minus one.
    pub mask: usize,
    /// Entries that may still be added.
    pub usable: Cell<usize>,
    /// Entries used so far, deleted ones included.
    pub nentries: Cell<usize>,
    /// Entries carry a hash; else all keys are exact strs.
    pub general: bool,
    /// Bytes of an index slot.
    pub width: u8,
}

/// An entry of the str form.
#[repr(C)]
pub(super) struct StrEntry {
    pub key: Cell<Value>,
    pub value: Cell<Value>,
}

/// An entry of the general form.
#[repr(C)]
pub(super) struct Entry {
    pub hash: Cell<i64>,
    pub key: Cell<Value>,
    pub value: Cell<Value>,
}

#[repr(C, align(16))]
struct EmptyBlock {
    index: [i8; 16],
    keys: Keys,
}
// SAFETY: the block has no usable entry, so nothing ever writes to it.
unsafe impl Sync for EmptyBlock {}

/// The table of every empty dict that never held anything.
static EMPTY: EmptyBlock = EmptyBlock {
    index: [FREE as i8; 16],
    keys: Keys { mask: MIN_SLOTS - 1, usable: Cell::new(0), nentries: Cell::new(0), general: false, width: 1 },
};

/// An index slot's type.
pub(super) trait Slot: Copy {
    fn get(self) -> isize;
    fn of(i: isize) -> Self;
}
macro_rules! slots {
    ($($t:ty),*) => {
        $(impl Slot for $t {
            #[inline(always)]
            fn get(self) -> isize {
                self as isize
            }
            #[inline(always)]
            fn of(i: isize) -> Self {
                i as $t
            }
        })*
    };
}
slots!(i8, i16, i32, i64);

/// Runs an expression with `$s` naming the type of the table's index slots.
macro_rules! with_slot {
    ($keys:expr, $s:ident => $body:expr) => {
        match $keys.width {
            1 => {
                type $s = i8;
                $body
            }
            2 => {
                type $s = i16;
                $body
            }
            4 => {
                type $s = i32;
                $body
            }
            _ => {
                type $s = i64;
                $body
            }
        }
    };
}

/// Entries a table with `slots` index slots may hold.
#[inline(always)]
pub(super) fn usable_fraction(slots: usize) -> usize {
    (slots << 1) / 3
}

/// The number of slots for `min` of them.
pub(super) fn slots_for(min: usize) -> usize {
    min.max(MIN_SLOTS).checked_next_power_of_two().unwrap_or(usize::MAX / 2 + 1)
}

/// The number of slots of a table that takes `n` entries without growing.
pub(super) fn slots_for_entries(n: usize) -> usize {
    slots_for(n.saturating_mul(3).saturating_add(1) / 2)
}

fn slot_width(slots: usize) -> usize {
    match slots {
        0..=0x80 => 1,
        0x81..=0x8000 => 2,
        0x8001..=0x8000_0000 => 4,
        _ => 8,
    }
}

/// The sequence of slots a hash visits.
#[derive(Copy, Clone)]
pub(super) struct Probe {
    pub at: usize,
    perturb: usize,
    mask: usize,
}

impl Probe {
    #[inline(always)]
    pub fn new(hash: i64, mask: usize) -> Probe {
        Probe { at: hash as usize & mask, perturb: hash as usize, mask }
    }
    #[inline(always)]
    pub fn advance(&mut self) {
        self.perturb >>= PERTURB_SHIFT;
        self.at = self.at.wrapping_mul(5).wrapping_add(self.perturb).wrapping_add(1) & self.mask;
    }
}

impl Keys {
    /// The shared empty table.
    #[inline(always)]
    pub fn empty() -> *mut Keys {
        (&raw const EMPTY.keys).cast_mut()
    }
    #[inline(always)]
    pub fn is_empty_block(&self) -> bool {
        std::ptr::eq(self, &raw const EMPTY.keys)
    }
    pub fn slots(&self) -> usize {
        self.mask + 1
    }

    /// Bytes of the index table, of a whole block and its alignment.
    fn layout(slots: usize, general: bool) -> Option<(usize, MemLayout)> {
        let index = slots.checked_mul(slot_width(slots))?.checked_next_multiple_of(16)?;
        let entry = if general { size_of::<Entry>() } else { size_of::<StrEntry>() };
        let entries = usable_fraction(slots).checked_mul(entry)?;
        let total = index.checked_add(size_of::<Keys>())?.checked_add(entries)?;
        Some((index, MemLayout::from_size_align(total, 16).ok()?))
    }
    /// Bytes of the block.
    pub fn block_size(&self) -> usize {
        Keys::layout(self.slots(), self.general).map_or(0, |(_, l)| l.size())
    }
    /// A block with all slots free; entries are uninitialised. `None` if memory is exhausted.
    pub fn alloc(slots: usize, general: bool) -> Option<*mut Keys> {
        let (index, layout) = Keys::layout(slots, general)?;
        // SAFETY: the layout is not empty; the block has the parts computed there.
        unsafe {
            let base = alloc(layout);
            if base.is_null() {
                return None;
            }
            std::ptr::write_bytes(base, 0xff, index);
            let keys = base.add(index) as *mut Keys;
            keys.write(Keys {
                mask: slots - 1,
                usable: Cell::new(usable_fraction(slots)),
                nentries: Cell::new(0),
                general,
                width: slot_width(slots) as u8,
            });
            Some(keys)
        }
    }
    /// Returns the block's memory only.
    ///
    /// # Safety
    /// The block came from [`alloc`](Self::alloc) (or is the empty one) and is not used again; its
    /// entries were moved out.
    pub unsafe fn free_block(keys: *mut Keys) {
        // SAFETY: by contract.
        unsafe {
            if (*keys).is_empty_block() {
                return;
            }
            if let Some((index, layout)) = Keys::layout((*keys).slots(), (*keys).general) {
                dealloc((keys as *mut u8).sub(index), layout);
            }
        }
    }
    /// Drops the entries and frees the block.
    ///
    /// # Safety
    /// No dict refers to the block any more.
    pub unsafe fn free(keys: *mut Keys) {
        // SAFETY: by contract; dropping may run Python code, which cannot reach the block.
        unsafe {
            let k = &*keys;
            if k.is_empty_block() {
                return;
            }
            for i in 0..k.nentries.get() {
                let (key, value) = (k.key(i), k.value(i));
                drop(Obj::from_value_opt(key));
                drop(Obj::from_value_opt(value));
            }
            Keys::free_block(keys);
        }
    }
    /// A copy of the block with its own references; `None` if memory is exhausted.
    pub fn duplicate(&self) -> Option<*mut Keys> {
        if self.is_empty_block() {
            return Some(Keys::empty());
        }
        let new = Keys::alloc(self.slots(), self.general)?;
        let (index, _) = Keys::layout(self.slots(), self.general)?;
        let n = self.nentries.get();
        // SAFETY: both blocks have the same layout; `n` entries are initialised.
        unsafe {
            let entry = if self.general { size_of::<Entry>() } else { size_of::<StrEntry>() };
            let src = (self as *const Keys as *const u8).sub(index);
            let len = index + size_of::<Keys>() + n * entry;
            std::ptr::copy_nonoverlapping(src, (new as *mut u8).sub(index), len);
            for i in 0..n {
                for v in [self.key(i), self.value(i)] {
                    if v.is_heap() {
                        crate::header::incref(v.header_ptr());
                    }
                }
            }
        }
        Some(new)
    }

    /// # Safety
    /// `i` is an index slot and `S` the table's slot type.
    #[inline(always)]
    pub unsafe fn slot<S: Slot>(&self, i: usize) -> isize {
        // SAFETY: by contract.
        unsafe { (*(self as *const Keys as *const S).sub(1 + i)).get() }
    }
    /// # Safety
    /// As [`slot`](Self::slot); the block is not the empty one.
    #[inline(always)]
    unsafe fn set_slot<S: Slot>(&self, i: usize, to: isize) {
        // SAFETY: by contract. The block is only reached through raw pointers and cells.
        unsafe { (self as *const Keys as *mut S).sub(1 + i).write(S::of(to)) }
    }
    /// # Safety
    /// `i` is below the capacity, the form is the str form.
    #[inline(always)]
    pub unsafe fn str_entry(&self, i: usize) -> &StrEntry {
        // SAFETY: by contract.
        unsafe { &*((self as *const Keys).add(1) as *const StrEntry).add(i) }
    }
    /// # Safety
    /// `i` is below the capacity, the form is the general form.
    #[inline(always)]
    pub unsafe fn entry(&self, i: usize) -> &Entry {
        // SAFETY: by contract.
        unsafe { &*((self as *const Keys).add(1) as *const Entry).add(i) }
    }
    /// The key of an entry; unbound if deleted.
    ///
    /// # Safety
    /// `i < nentries`.
    #[inline(always)]
    pub unsafe fn key(&self, i: usize) -> Value {
        // SAFETY: by contract.
        unsafe { if self.general { self.entry(i).key.get() } else { self.str_entry(i).key.get() } }
    }
    /// Where an entry's value is kept.
    ///
    /// # Safety
    /// `i` is below the capacity.
    #[inline(always)]
    pub unsafe fn value_cell(&self, i: usize) -> &Cell<Value> {
        // SAFETY: by contract.
        unsafe { if self.general { &self.entry(i).value } else { &self.str_entry(i).value } }
    }
    /// The value of an entry; unbound if deleted.
    ///
    /// # Safety
    /// `i < nentries`.
    #[inline(always)]
    pub unsafe fn value(&self, i: usize) -> Value {
        // SAFETY: by contract.
        unsafe { self.value_cell(i).get() }
    }
    /// The hash of a bound entry's key.
    ///
    /// # Safety
    /// `i < nentries` and the entry is not deleted.
    #[inline(always)]
    pub unsafe fn hash(&self, i: usize) -> i64 {
        // SAFETY: by contract; keys of the str form are exact strs.
        unsafe {
            if self.general {
                self.entry(i).hash.get()
            } else {
                (*(self.str_entry(i).key.get().header_ptr() as *const PyStr)).cached_hash()
            }
        }
    }
    /// Writes an entry that holds nothing yet.
    ///
    /// # Safety
    /// `i` is below the capacity; the references move in. In the str form the key is an exact str
    /// with computed hash.
    #[inline(always)]
    pub unsafe fn write(&self, i: usize, hash: i64, key: Value, value: Value) {
        // SAFETY: by contract.
        unsafe {
            if self.general {
                let e = self.entry(i);
                e.hash.set(hash);
                e.key.set(key);
                e.value.set(value);
            } else {
                let e = self.str_entry(i);
                e.key.set(key);
                e.value.set(value);
            }
        }
    }

    /// The entry of an exact str in the str form, or [`FREE`].
    ///
    /// # Safety
    /// The table has the str form; `hash` is the key's.
    #[inline]
    pub unsafe fn find_str(&self, key: &PyStr, hash: i64) -> isize {
        // SAFETY: by contract.
        with_slot!(self, S => unsafe { self.find_str_in::<S>(key, hash) })
    }
    #[inline(always)]
    unsafe fn find_str_in<S: Slot>(&self, key: &PyStr, hash: i64) -> isize {
        let mut p = Probe::new(hash, self.mask);
        loop {
            // SAFETY: probes stay below the number of slots; slots name bound entries, whose keys
            // are exact strs kept alive by the table.
            unsafe {
                let ix = self.slot::<S>(p.at);
                if ix >= 0 {
                    let k = self.str_entry(ix as usize).key.get().header_ptr() as *const PyStr;
                    if std::ptr::eq(k, key) || ((*k).cached_hash() == hash && (*k).eq_data(key)) {
                        return ix;
                    }
                } else if ix == FREE {
                    return FREE;
                }
            }
            p.advance();
        }
    }
    /// What the slot at `i` holds.
    ///
    /// # Safety
    /// `i <= mask`.
    #[inline(always)]
    pub unsafe fn slot_at(&self, i: usize) -> isize {
        // SAFETY: by contract.
        with_slot!(self, S => unsafe { self.slot::<S>(i) })
    }
    /// Files entry `n` under the first slot that names none.
    ///
    /// # Safety
    /// The block is not the empty one and `n` is below the capacity.
    #[inline(always)]
    pub unsafe fn link(&self, hash: i64, n: usize) {
        let mut p = Probe::new(hash, self.mask);
        // SAFETY: probes stay below the number of slots.
        with_slot!(self, S => unsafe {
            while self.slot::<S>(p.at) >= 0 {
                p.advance();
            }
            self.set_slot::<S>(p.at, n as isize);
        });
    }
    /// Marks the slot that names entry `n` as deleted.
    ///
    /// # Safety
    /// The entry is linked under `hash`.
    pub unsafe fn unlink(&self, hash: i64, n: usize) {
        let mut p = Probe::new(hash, self.mask);
        // SAFETY: probes stay below the number of slots and reach the entry's slot.
        with_slot!(self, S => unsafe {
            while self.slot::<S>(p.at) != n as isize {
                p.advance();
            }
            self.set_slot::<S>(p.at, DUMMY);
        });
    }
    /// Links all entries of a table whose slots are free and whose entries are all bound.
    ///
    /// # Safety
    /// As said.
    pub unsafe fn link_all(&self) {
        // SAFETY: by contract.
        unsafe {
            for i in 0..self.nentries.get() {
                self.link(self.hash(i), i);
            }
        }
    }
    /// Shows the entries to the collector.
    pub fn traverse(&self, v: &mut Visitor<'_>) {
        for i in 0..self.nentries.get() {
            // SAFETY: in range.
            unsafe {
                // Strs have no references, so the keys of the str form need no visit.
                if self.general {
                    v.visit(self.entry(i).key.get());
                }
                v.visit(self.value(i));
            }
        }
    }
}

#[cfg(test)]
#[test]
fn layout_is_as_planned() {
    assert_eq!(size_of::<Keys>(), 32);
    assert_eq!(size_of::<super::PyDict>(), 48);
    assert_eq!(size_of::<StrEntry>(), 16);
    assert_eq!(size_of::<Entry>(), 24);
    // A million strs: not above CPython's 41943128 - 64 bytes for the table.
    let (_, l) = Keys::layout(1 << 21, false).expect("fits");
    assert!(l.size() <= (1 << 21) * 4 + 32 + usable_fraction(1 << 21) * 16);
}
