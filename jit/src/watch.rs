//! Assumptions: what compiled code takes for granted instead of checking.
//!
//! A watch names a class, or a name in a namespace. When the class changes or the name is rebound,
//! every tree that relies on it is invalidated, and running compiled code leaves at its next
//! chance: after the instruction that made the change, or at the loop header. A name that was
//! rebound once is *volatile*: it is never again taken for constant.

use std::collections::{HashMap, HashSet};

use krait_object::dict::{DictEvent, PyDict};
use krait_object::str::PyStr;
use krait_object::ty::PyType;
use krait_object::vm::{Vm, breaker};
use krait_object::{Layout, Ref};

use crate::record::Recorder;
use crate::state::State;

/// Something relied upon.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Watch {
    Type(*const PyType),
    Key(*const PyDict, *const PyStr),
}

/// Who relies on what.
#[derive(Default)]
pub struct Watches {
    trees: HashMap<Watch, Vec<u16>>,
    volatile: HashSet<Watch>,
}

impl Watches {
    /// `tree` relies on `w`. False if it must not.
    pub fn add(&mut self, w: Watch, tree: u16) -> bool {
        if self.volatile.contains(&w) {
            return false;
        }
        let v = self.trees.entry(w).or_default();
        if !v.contains(&tree) {
            v.push(tree);
        }
        true
    }
    /// `tree` is gone.
    pub fn forget(&mut self, tree: u16) {
        self.trees.retain(|_, v| {
            v.retain(|&t| t != tree);
            !v.is_empty()
        });
    }
    /// The trees that relied on `w`, which no longer holds.
    pub fn broken(&mut self, w: Watch) -> Vec<u16> {
        if matches!(w, Watch::Key(..)) && self.trees.contains_key(&w) {
            self.volatile.insert(w);
        }
        self.trees.remove(&w).unwrap_or_default()
    }
    /// A name compiled code is going to rebind.
    pub fn make_volatile(&mut self, w: Watch) -> Vec<u16> {
        self.volatile.insert(w);
        self.trees.remove(&w).unwrap_or_default()
    }
    /// All trees relying on names of a namespace.
    fn broken_dict(&mut self, d: *const PyDict) -> Vec<u16> {
        let keys: Vec<Watch> = self.trees.keys().copied().filter(|w| matches!(w, Watch::Key(x, _) if *x == d)).collect();
        keys.into_iter().flat_map(|w| self.broken(w)).collect()
    }
}

/// Installed as [`krait_object::vm::Interp::type_watch`].
pub fn type_changed(vm: &Vm, ty: &PyType) {
    State::with(|s| {
        let trees = s.watches.broken(Watch::Type(ty));
        s.invalidate(vm, &trees);
    });
}

/// Installed as [`krait_object::vm::Interp::dict_watch`].
pub fn dict_changed(vm: &Vm, d: &PyDict, event: DictEvent<'_>) {
    State::with(|s| {
        let trees = match event {
            DictEvent::Insert(k) | DictEvent::Replace(k) | DictEvent::Delete(k) => match interned(vm, k) {
                Some(name) => s.watches.broken(Watch::Key(d, name)),
                None => Vec::new(),
            },
            DictEvent::Clear => s.watches.broken_dict(d),
        };
        s.invalidate(vm, &trees);
    });
}

/// The interned form of a key, which is what watches name.
fn interned(vm: &Vm, k: Ref<'_>) -> Option<*const PyStr> {
    let s = k.as_exact_str(vm)?;
    if s.is_interned() { Some(s) } else { Some(vm.intern_str(s.to_exact(vm)).as_ptr()) }
}

impl State {
    /// Trees that must not be entered any more.
    pub fn invalidate(&mut self, vm: &Vm, trees: &[u16]) {
        if trees.is_empty() {
            return;
        }
        for &id in trees {
            if let Some(Some(t)) = self.trees.get(id as usize) {
                t.invalid.set(true);
            }
            if let Some(r) = &self.recorder
                && r.tree.id == id
            {
                r.tree.invalid.set(true);
            }
        }
        self.stats.invalidated += trees.len() as u64;
        vm.interp.threads.request(breaker::INVALIDATED, false);
    }
}

impl Recorder {
    /// Relies on `w`; false if that is not allowed.
    pub(crate) fn watch(&mut self, vm: &Vm, w: Watch) -> bool {
        if self.watches.contains(&w) {
            return true;
        }
        if !State::with(|s| s.watches.add(w, self.tree.id)) {
            return false;
        }
        self.watches.push(w);
        let _ = vm;
        // SAFETY: the recorder has them from live objects; the tree keeps them alive.
        unsafe {
            match w {
                Watch::Type(t) => self.tree.keep.push((*t).r().to_obj()),
                Watch::Key(d, name) => {
                    (*d).watch();
                    self.tree.keep.push((*d).r().to_obj());
                    self.tree.keep.push((*name).r().to_obj());
                }
            }
        }
        true
    }
}
