//! Walking a dict.
//!
//! A position is the number of the next entry to look at. It stays meaningful when the dict
//! changes: no entry is reported twice unless the dict was resized, and nothing is out of bounds.

use super::PyDict;
use super::lookup::own;
use crate::obj::Obj;

impl PyDict {
    /// The next entry from `pos` on, which is moved behind it.
    #[inline]
    pub fn next_entry(&self, pos: &mut usize) -> Option<(Obj, Obj)> {
        let i = self.next_index(pos)?;
        let t = self.table();
        // SAFETY: the entry is bound.
        Some(unsafe { (own(t.key(i)), own(t.value(i))) })
    }
    /// As [`next_entry`](Self::next_entry), the key only.
    #[inline]
    pub fn next_key(&self, pos: &mut usize) -> Option<Obj> {
        let i = self.next_index(pos)?;
        // SAFETY: the entry is bound.
        Some(unsafe { own(self.table().key(i)) })
    }
    /// As [`next_entry`](Self::next_entry), the value only.
    #[inline]
    pub fn next_value(&self, pos: &mut usize) -> Option<Obj> {
        let i = self.next_index(pos)?;
        // SAFETY: the entry is bound.
        Some(unsafe { own(self.table().value(i)) })
    }
    /// As [`next_entry`](Self::next_entry), with the key's hash between key and value.
    #[inline]
    pub fn next_hashed(&self, pos: &mut usize) -> Option<(Obj, i64, Obj)> {
        let i = self.next_index(pos)?;
        let t = self.table();
        // SAFETY: the entry is bound.
        Some(unsafe { (own(t.key(i)), t.hash(i), own(t.value(i))) })
    }
    /// Number of the next bound entry.
    #[inline(always)]
    fn next_index(&self, pos: &mut usize) -> Option<usize> {
        let t = self.table();
        let n = t.nentries.get();
        let mut i = *pos;
        while i < n {
            // SAFETY: in range.
            if unsafe { !t.key(i).is_unbound() } {
                *pos = i + 1;
                return Some(i);
            }
            i += 1;
        }
        *pos = i;
        None
    }
    /// The position behind the last entry, where [`prev_entry`](Self::prev_entry) starts.
    #[inline]
    pub fn end_position(&self) -> usize {
        self.table().nentries.get()
    }
    /// The nearest entry before `pos`, which is moved onto it.
    pub fn prev_entry(&self, pos: &mut usize) -> Option<(Obj, Obj)> {
        let t = self.table();
        // Beyond the end after `clear`: nothing of what was walked is left.
        let mut i = if *pos > t.nentries.get() { 0 } else { *pos };
        while i > 0 {
            i -= 1;
            // SAFETY: in range.
            unsafe {
                if !t.key(i).is_unbound() {
                    *pos = i;
                    return Some((own(t.key(i)), own(t.value(i))));
                }
            }
        }
        *pos = 0;
        None
    }
    /// All keys in order.
    pub fn keys_vec(&self) -> Vec<Obj> {
        let (mut pos, mut out) = (0, Vec::with_capacity(self.len()));
        while let Some(k) = self.next_key(&mut pos) {
            out.push(k);
        }
        out
    }
    /// All values in order.
    pub fn values_vec(&self) -> Vec<Obj> {
        let (mut pos, mut out) = (0, Vec::with_capacity(self.len()));
        while let Some(v) = self.next_value(&mut pos) {
            out.push(v);
        }
        out
    }
    /// All entries in order.
    pub fn items_vec(&self) -> Vec<(Obj, Obj)> {
        let (mut pos, mut out) = (0, Vec::with_capacity(self.len()));
        while let Some(e) = self.next_entry(&mut pos) {
            out.push(e);
        }
        out
    }
}
