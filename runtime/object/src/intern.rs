//! The table of interned strings.
//!
//! The table owns no references: a mortal interned string leaves it when it dies. A dying string
//! may still be in the table while its deallocation is queued; it is recognised by its count of
//! zero and replaced.

use std::cell::RefCell;

use hashbrown::HashTable;

use crate::hash::hash_bytes;
use crate::obj::{Layout, Py};
use crate::str::{PyStr, interned};
use crate::vm::Vm;

/// Interned strings by content.
#[derive(Default)]
pub struct InternTable {
    table: RefCell<HashTable<*const PyStr>>,
}

/// The hash a table entry was filed under.
fn entry_hash(p: &*const PyStr) -> u64 {
    // SAFETY: entries leave the table before their memory is freed.
    unsafe { (**p).cached_hash() as u64 }
}

impl InternTable {
    /// Number of interned strings.
    pub fn len(&self) -> usize {
        self.table.borrow().len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The live interned string for which `same` holds. A dying one is dropped from the table.
    fn find(&self, hash: i64, same: impl Fn(&PyStr) -> bool) -> Option<Py<PyStr>> {
        let mut table = self.table.borrow_mut();
        // SAFETY: entries leave the table before their memory is freed.
        let entry = table.find_entry(hash as u64, |p| unsafe { same(&**p) }).ok()?;
        // SAFETY: as above.
        let s = unsafe { &**entry.get() };
        if Layout::header(s).refcount() == 0 {
            s.set_interned(interned::NO);
            entry.remove();
            return None;
        }
        Some(s.to_py())
    }
    fn insert(&self, s: &PyStr, hash: i64) {
        self.table.borrow_mut().insert_unique(hash as u64, s, entry_hash);
    }
}

/// Takes a dying mortal string out of the table.
pub(crate) fn forget(vm: &Vm, s: &PyStr) {
    let mut table = vm.interp.interned.table.borrow_mut();
    if let Ok(entry) = table.find_entry(s.cached_hash() as u64, |p| std::ptr::eq(*p, s)) {
        entry.remove();
    }
}

impl Vm {
    /// The interned string of the given text.
    pub fn intern(&self, text: &str) -> Py<PyStr> {
        if !text.is_ascii() {
            return self.intern_str(PyStr::new(self, text));
        }
        if text.len() < 2 {
            return PyStr::from_ascii(self, text);
        }
        let hash = hash_bytes(self.interp.hash_secret.get(), text.as_bytes());
        let found = self.interp.interned.find(hash, |s| s.as_ascii() == Some(text));
        found.unwrap_or_else(|| {
            let s = PyStr::from_ascii(self, text);
            s.set_interned(interned::MORTAL);
            self.interp.interned.insert(&s, s.hash(self));
            s
        })
    }
    /// The interned string equal to `s`, which becomes interned if there was none. Instances of
    /// subtypes are returned as they are.
    pub fn intern_str(&self, s: Py<PyStr>) -> Py<PyStr> {
        if s.is_interned() || !s.r().is_exact::<PyStr>(self) {
            return s;
        }
        if s.len() < 2 && s.kind() == 1 {
            let shared = if s.is_empty() { PyStr::empty(self) } else { PyStr::latin1_char(self, s.char_at(0) as u8) };
            return shared.to_py();
        }
        let hash = s.hash(self);
        let found = self.interp.interned.find(hash, |t| t.eq_data(&s));
        found.unwrap_or_else(|| {
            s.set_interned(interned::MORTAL);
            self.interp.interned.insert(&s, hash);
            s
        })
    }
    /// The interned string of a text known at compile time, made immortal.
    pub fn intern_static(&self, text: &'static str) -> &'static PyStr {
        self.intern_immortal(self.intern(text))
    }
    /// Makes an interned string immortal.
    pub fn intern_immortal(&self, s: Py<PyStr>) -> &'static PyStr {
        let s = self.intern_str(s);
        Layout::header(&*s).make_immortal();
        if s.interned_state() == interned::MORTAL {
            s.set_interned(interned::IMMORTAL);
        }
        // SAFETY: immortal objects are never freed.
        unsafe { &*s.into_ptr() }
    }
}
