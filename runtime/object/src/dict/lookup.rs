//! Finding keys.

use super::keys::{FREE, Probe};
use super::{PyDict, hash_key};
use crate::error::PyResult;
use crate::obj::{Layout, Obj, Ref};
use crate::str::PyStr;
use crate::value::Value;
use crate::vm::Vm;

/// A reference out of the table, owned.
///
/// # Safety
/// `v` is bound and held by the table.
#[inline(always)]
pub(super) unsafe fn own(v: Value) -> Obj {
    // SAFETY: by contract.
    unsafe { Ref::from_value_unchecked(v) }.to_obj()
}

/// What [`PyDict::peek`] found.
pub enum Peek {
    /// The value, borrowed from the dict.
    Found(Value),
    Missing,
    /// Only a comparison that may run Python code could tell.
    Unknown,
}

impl PyDict {
    /// Looks up an exact str or an immediate int without running Python code, for compiled code.
    pub fn peek(&self, vm: &Vm, key: Ref<'_>) -> Peek {
        let Ok(hash) = hash_key(vm, key) else { return Peek::Unknown };
        let t = self.table();
        let str_key = key.as_exact_str(vm);
        if let (false, Some(s)) = (t.general, str_key) {
            // SAFETY: the str form; the hash is the key's; the entry found is bound.
            return unsafe {
                match t.find_str(s, hash) {
                    FREE => Peek::Missing,
                    ix => Peek::Found(t.value(ix as usize)),
                }
            };
        }
        let mut p = Probe::new(hash, t.mask);
        loop {
            // SAFETY: the probe is for this block, which nothing here replaces.
            unsafe {
                let ix = t.slot_at(p.at);
                if ix >= 0 {
                    let k = t.key(ix as usize);
                    if k == key.value() {
                        return Peek::Found(t.value(ix as usize));
                    }
                    if t.hash(ix as usize) == hash && !(k.is_int() && key.value().is_int()) {
                        match (Ref::from_value_unchecked(k).as_exact_str(vm), str_key) {
                            (Some(a), Some(b)) if a.eq_data(b) => return Peek::Found(t.value(ix as usize)),
                            // A str and an int are never equal.
                            (Some(_), _) => {}
                            (None, Some(_)) if k.is_int() => {}
                            _ => return Peek::Unknown,
                        }
                    }
                } else if ix == FREE {
                    return Peek::Missing;
                }
            }
            p.advance();
        }
    }
    /// As [`peek`](Self::peek) for any key: `Unknown` for one that is neither.
    pub fn peek_simple(&self, vm: &Vm, key: Ref<'_>) -> Peek {
        if key.value().is_int() || key.as_exact_str(vm).is_some() { self.peek(vm, key) } else { Peek::Unknown }
    }
    /// The entry of a key, or [`FREE`]. May run Python code; the result is good until anything
    /// else may.
    #[inline]
    pub(super) fn lookup(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<isize> {
        let t = self.table();
        if !t.general
            && let Some(s) = key.as_exact_str(vm)
        {
            // SAFETY: the str form; the hash is the key's.
            return Ok(unsafe { t.find_str(s, hash) });
        }
        self.lookup_general(vm, key, hash)
    }
    #[inline(never)]
    fn lookup_general(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<isize> {
        loop {
            if let Some(found) = self.try_lookup(vm, key, hash)? {
                return Ok(found);
            }
        }
    }
    /// One attempt at a lookup; `None` if a comparison changed the dict.
    fn try_lookup(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<Option<isize>> {
        let epoch = self.epoch.get();
        let is_str = key.as_exact_str(vm).is_some();
        let mut p = Probe::new(hash, self.table().mask);
        loop {
            let t = self.table();
            // SAFETY: the probe was made for this block, which has not been replaced since (the
            // epoch is checked after each comparison).
            let ix = unsafe { t.slot_at(p.at) };
            if ix >= 0 {
                let i = ix as usize;
                // SAFETY: slots that are not negative name bound entries.
                let (k, h) = unsafe { (t.key(i), t.hash(i)) };
                if k == key.value() {
                    return Ok(Some(ix));
                }
                // Different words of immediate ints are different keys.
                if h == hash && !(k.is_int() && key.value().is_int()) {
                    // SAFETY: held by the table until the comparison, then by `k`.
                    let k = unsafe { own(k) };
                    if is_str && let Some(s) = k.r().as_exact_str(vm) {
                        // SAFETY: `is_str` says the key is a str.
                        if s.eq_data(unsafe { key.downcast_unchecked::<PyStr>() }) {
                            return Ok(Some(ix));
                        }
                        p.advance();
                        continue;
                    }
                    let equal = vm.eq(k.r(), key)?;
                    if self.epoch.get() != epoch {
                        return Ok(None);
                    }
                    let t = self.table();
                    // SAFETY: same block; entries never go away within one.
                    if i >= t.nentries.get() || unsafe { t.key(i) } != k.value() {
                        return Ok(None);
                    }
                    if equal {
                        return Ok(Some(ix));
                    }
                }
            } else if ix == FREE {
                return Ok(Some(FREE));
            }
            p.advance();
        }
    }
    /// The entry of a string by text, or [`FREE`].
    #[inline(always)]
    pub(super) fn lookup_str(&self, vm: &Vm, key: &PyStr) -> PyResult<isize> {
        let hash = key.hash(vm);
        let t = self.table();
        if !t.general {
            // SAFETY: the str form; the hash is the key's.
            return Ok(unsafe { t.find_str(key, hash) });
        }
        self.lookup_general(vm, key.r(), hash)
    }
    /// The value of a found entry.
    ///
    /// # Safety
    /// `ix` came from a lookup and nothing happened since.
    #[inline(always)]
    pub(super) unsafe fn found(&self, ix: isize) -> Option<Obj> {
        // SAFETY: by contract.
        if ix < 0 { None } else { Some(unsafe { own(self.table().value(ix as usize)) }) }
    }

    /// The value under `key`. Unhashable keys raise TypeError.
    #[inline]
    pub fn get(&self, vm: &Vm, key: Ref<'_>) -> PyResult<Option<Obj>> {
        let hash = hash_key(vm, key)?;
        self.get_hashed(vm, key, hash)
    }
    /// As [`get`](Self::get) with the key's hash at hand.
    #[inline]
    pub fn get_hashed(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<Option<Obj>> {
        let ix = self.lookup(vm, key, hash)?;
        // SAFETY: just looked up.
        Ok(unsafe { self.found(ix) })
    }
    /// The value under a string. Runs no Python code while all keys are exact strs.
    #[inline]
    pub fn get_str(&self, vm: &Vm, key: &PyStr) -> PyResult<Option<Obj>> {
        let ix = self.lookup_str(vm, key)?;
        // SAFETY: just looked up.
        Ok(unsafe { self.found(ix) })
    }
    /// The value under a string, never running Python code: keys that are not exact strs are
    /// passed over.
    pub fn get_str_infallible(&self, vm: &Vm, key: &PyStr) -> Option<Obj> {
        let ix = self.index_of_str(vm, key);
        // SAFETY: just looked up.
        unsafe { self.found(ix) }
    }
    fn index_of_str(&self, vm: &Vm, key: &PyStr) -> isize {
        let hash = key.hash(vm);
        let t = self.table();
        // SAFETY: the str form; the hash is the key's. In the general form, probes stay in the
        // table and slots name bound entries.
        unsafe {
            if !t.general {
                return t.find_str(key, hash);
            }
            let mut p = Probe::new(hash, t.mask);
            loop {
                let ix = t.slot_at(p.at);
                if ix >= 0 && t.hash(ix as usize) == hash {
                    let k = Ref::from_value_unchecked(t.key(ix as usize));
                    if k.as_exact_str(vm).is_some_and(|s| s.eq(key)) {
                        return ix;
                    }
                } else if ix == FREE {
                    return FREE;
                }
                p.advance();
            }
        }
    }
    /// The index of the entry under a string if all keys are exact strs: what an inline cache
    /// keeps beside [`keys_version`](Self::keys_version).
    #[inline]
    pub fn lookup_index_str(&self, vm: &Vm, key: &PyStr) -> Option<usize> {
        if self.table().general {
            return None;
        }
        usize::try_from(self.index_of_str(vm, key)).ok()
    }
    /// The value at an index an inline cache kept.
    ///
    /// # Safety
    /// The dict's version is the non-zero version it had when the index was looked up.
    #[inline(always)]
    pub unsafe fn entry_value(&self, index: usize) -> Value {
        // SAFETY: the layout is unchanged, so the entry is bound.
        unsafe { self.table().value(index) }
    }
    /// Is the key present?
    #[inline]
    pub fn contains(&self, vm: &Vm, key: Ref<'_>) -> PyResult<bool> {
        let hash = hash_key(vm, key)?;
        self.contains_hashed(vm, key, hash)
    }
    #[inline]
    pub fn contains_hashed(&self, vm: &Vm, key: Ref<'_>, hash: i64) -> PyResult<bool> {
        Ok(self.lookup(vm, key, hash)? >= 0)
    }
    #[inline]
    pub fn contains_str(&self, vm: &Vm, key: &PyStr) -> PyResult<bool> {
        Ok(self.lookup_str(vm, key)? >= 0)
    }
}
