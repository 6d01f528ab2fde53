//! What the `gc` module asks about objects.

use super::collect::traverse;
use super::list::{for_each, len, merge, object};
use super::{GENERATIONS, Visitor};
use crate::header::{FLAG_FINALIZED, FLAG_TRACKED, GcHead, Header};
use crate::obj::{Obj, Ref};
use crate::value::Value;
use crate::vm::Vm;

/// The live members of a list, owned.
fn members(head: &GcHead, out: &mut Vec<Obj>) {
    // SAFETY: the lists are well formed; objects with a count of zero are about to be freed and
    // must not be handed out.
    unsafe {
        for_each(head, |n| {
            let h = object(n);
            if h.refcount() != 0 {
                out.push(Ref::from_value_unchecked(Value::from_ptr(h)).to_obj());
            }
        });
    }
}

/// `gc.get_objects(generation)`; `None` is all generations.
pub fn objects(vm: &Vm, generation: Option<usize>) -> Vec<Obj> {
    let mut out = Vec::new();
    let lists = vm.interp.gc.lists();
    match generation {
        Some(g) => members(lists[g.min(GENERATIONS - 1)], &mut out),
        None => lists.iter().for_each(|l| members(l, &mut out)),
    }
    out
}

/// Objects an object refers to directly, with repetitions.
pub fn referents(o: Ref<'_>) -> Vec<Obj> {
    unsafe fn push(data: *mut (), h: *const Header) {
        // SAFETY: `data` is the vector below; the object is live while its referrer is.
        unsafe { (*(data as *mut Vec<Obj>)).push(Ref::from_value_unchecked(Value::from_ptr(h)).to_obj()) }
    }
    let mut out: Vec<Obj> = Vec::new();
    if let Some(h) = o.header()
        && h.ty().has_flag(crate::ty::TypeFlags::GC)
    {
        // SAFETY: a live object.
        unsafe { traverse(h, &mut Visitor::new(0, push, &mut out)) };
    }
    out
}

/// Tracked objects that refer directly to any of `targets`.
pub fn referrers(vm: &Vm, targets: &[Ref<'_>]) -> Vec<Obj> {
    struct Search<'a> {
        targets: &'a [*const Header],
        hit: bool,
    }
    unsafe fn look(data: *mut (), h: *const Header) {
        // SAFETY: `data` is the search below.
        let s = unsafe { &mut *(data as *mut Search<'_>) };
        s.hit |= s.targets.contains(&h);
    }
    let targets: Vec<*const Header> = targets.iter().filter_map(|t| t.header()).map(|h| h as *const Header).collect();
    let mut out = Vec::new();
    for head in vm.interp.gc.lists() {
        // SAFETY: the lists are well formed; dying objects are passed over.
        unsafe {
            for_each(head, |n| {
                let h = object(n);
                if h.refcount() == 0 {
                    return;
                }
                let mut s = Search { targets: &targets, hit: false };
                traverse(h, &mut Visitor::new(0, look, &mut s));
                if s.hit {
                    out.push(Ref::from_value_unchecked(Value::from_ptr(h)).to_obj());
                }
            });
        }
    }
    out
}

pub fn is_tracked(o: Ref<'_>) -> bool {
    o.header().is_some_and(|h| h.flags() & FLAG_TRACKED != 0)
}

pub fn is_finalized(o: Ref<'_>) -> bool {
    o.header().is_some_and(|h| h.flags() & FLAG_FINALIZED != 0)
}

/// Moves all tracked objects to where no collection looks.
pub fn freeze(vm: &Vm) {
    let gc = &vm.interp.gc;
    for g in &gc.gens {
        // SAFETY: the lists are well formed and different.
        unsafe { merge(g.head, gc.permanent) };
        g.count.set(0);
    }
}

/// Moves frozen objects to the oldest generation.
pub fn unfreeze(vm: &Vm) {
    let gc = &vm.interp.gc;
    // SAFETY: the lists are well formed and different.
    unsafe { merge(gc.permanent, gc.gens[GENERATIONS - 1].head) };
}

/// Number of frozen objects.
pub fn frozen_count(vm: &Vm) -> usize {
    // SAFETY: the list is well formed.
    unsafe { len(vm.interp.gc.permanent) }
}
