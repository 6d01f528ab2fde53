//! Collections on hand-made graphs.

use std::cell::Cell;

use super::*;
use crate::dict::PyDict;
use crate::list::PyList;
use crate::obj::{Layout, Obj, Py};
use crate::testing::with_vm;
use crate::tuple::PyTuple;
use crate::ty::{PyType, TypeFlags};
use crate::weakref::new_weakref;

fn cycle(vm: &Vm) -> Py<PyList> {
    let (a, b) = (PyList::empty(vm), PyList::empty(vm));
    a.push(vm, b.to_obj()).expect("pushed");
    b.push(vm, a.to_obj()).expect("pushed");
    a
}

#[test]
fn cycles_die_and_roots_live() {
    with_vm(|vm| {
        collect(vm, 2);
        let keep = cycle(vm);
        let w = {
            let lost = cycle(vm);
            new_weakref(vm, vm.types.weakref, lost.r(), None).expect("made")
        };
        assert!(w.upgrade().is_some());
        assert_eq!(collect(vm, 2), 2);
        assert!(w.upgrade().is_none());
        assert_eq!(keep.len(), 1);
        drop(keep);
        assert_eq!(collect(vm, 2), 2);
        assert_eq!(collect(vm, 2), 0);
    });
}

#[test]
fn what_a_root_reaches_through_a_cycle_lives() {
    with_vm(|vm| {
        collect(vm, 2);
        let d = PyDict::new(vm);
        let inner = cycle(vm);
        d.set_item_str(vm, "inner", inner.to_obj()).expect("set");
        d.set_item_str(vm, "self", d.to_obj()).expect("set");
        drop(inner);
        assert_eq!(collect(vm, 2), 0);
        assert_eq!(d.len(), 2);
        let t = PyTuple::new(vm, vec![d.to_obj()]);
        d.set_item_str(vm, "tuple", t.into_obj()).expect("set");
        drop(d);
        assert_eq!(collect(vm, 2), 4);
    });
}

#[test]
fn generations_age() {
    with_vm(|vm| {
        collect(vm, 2);
        let young = PyList::empty(vm);
        let in_gen = |g| objects(vm, Some(g)).iter().any(|o| o.r().ptr_eq(young.r()));
        assert!(in_gen(0));
        collect(vm, 0);
        assert!(in_gen(1) && !in_gen(0));
        collect(vm, 1);
        assert!(in_gen(2) && !in_gen(1));
        assert_eq!(vm.interp.gc.counts()[0], 0);
        freeze(vm);
        assert!(frozen_count(vm) > 0 && !in_gen(2));
        unfreeze(vm);
        assert!(in_gen(2));
    });
}

#[test]
fn thresholds_set_the_breaker() {
    with_vm(|vm| {
        collect(vm, 2);
        vm.eval_breaker.store(0, Ordering::Relaxed);
        vm.interp.gc.set_threshold(0, 10);
        let lists: Vec<_> = (0..11).map(|_| PyList::empty(vm)).collect();
        assert!(vm.eval_breaker.load(Ordering::Relaxed) & breaker::GC != 0);
        collect_if_due(vm);
        assert_eq!(vm.eval_breaker.load(Ordering::Relaxed), 0);
        assert_eq!(vm.interp.gc.stats()[0].collections, 1);
        drop(lists);
        vm.interp.gc.set_threshold(0, 2000);
    });
}

#[test]
fn tuples_of_atoms_are_untracked() {
    with_vm(|vm| {
        let inner = PyList::empty(vm);
        let t = PyTuple::new(vm, vec![inner.to_obj()]);
        let plain = PyTuple::new(vm, vec![Obj::small(1), PyTuple::new(vm, vec![Obj::small(2)]).into_obj()]);
        collect(vm, 0);
        assert!(is_tracked(t.r()) && !is_tracked(plain.r()));
    });
}

#[test]
fn referrers_and_referents() {
    with_vm(|vm| {
        let inner = PyList::empty(vm);
        let outer = PyList::new(vm, vec![inner.to_obj(), Obj::small(1), inner.to_obj()]);
        assert_eq!(referents(outer.r()).len(), 2);
        let found = referrers(vm, &[inner.r()]);
        assert!(found.len() == 1 && found[0].r().ptr_eq(outer.r()));
    });
}

thread_local! {
    static FINALIZED: Cell<u32> = const { Cell::new(0) };
    static RESURRECT: Cell<bool> = const { Cell::new(false) };
    static SAVED: Cell<Option<Obj>> = const { Cell::new(None) };
    static CALLED: Cell<u32> = const { Cell::new(0) };
}

/// A list type whose finaliser counts, and keeps the object if told to.
fn node_type(vm: &Vm) -> &'static PyType {
    let ty = PyType::blank(vm.types.r#type);
    ty.basicsize.set(size_of::<PyList>());
    ty.set_flag(TypeFlags::GC.or(TypeFlags::WEAKREF).or(TypeFlags::FINALIZE));
    ty.base.set(vm.types.list);
    ty.dealloc.set(crate::ty::dealloc_fixed::<PyList>);
    ty.traverse.set(Some(crate::list::traverse_list));
    ty.clear.set(Some(crate::list::clear_list));
    ty.slots.finalize.set(Some(|_, o| {
        FINALIZED.set(FINALIZED.get() + 1);
        if RESURRECT.get() {
            SAVED.set(Some(o.to_obj()));
        }
        Ok(())
    }));
    ty
}

fn node(vm: &Vm, ty: &PyType) -> Py<PyList> {
    match PyList::new_subtype(vm, ty).expect("made").downcast(vm) {
        Ok(l) => l,
        Err(_) => unreachable!("a list type"),
    }
}

/// An object whose calls are counted.
fn callback(vm: &Vm) -> Obj {
    let ty = PyType::blank(vm.types.r#type);
    ty.basicsize.set(size_of::<Header>());
    ty.dealloc.set(crate::instance::dealloc_instance);
    ty.slots.call.set(Some(|vm, _, args| {
        let dead = crate::weakref::as_any_weakref(vm, args.pos()[0]).is_some_and(|w| w.upgrade().is_none());
        CALLED.set(CALLED.get() + u32::from(dead));
        Ok(Obj::none())
    }));
    crate::instance::alloc_instance(vm, ty, 0).expect("made")
}

fn self_cycle(vm: &Vm, ty: &PyType) -> Py<PyList> {
    let n = node(vm, ty);
    n.push(vm, n.to_obj()).expect("pushed");
    n
}

#[test]
fn finalisers_run_once() {
    with_vm(|vm| {
        collect(vm, 2);
        let ty = node_type(vm);
        drop(node(vm, ty));
        assert_eq!(FINALIZED.replace(0), 1);
        drop(self_cycle(vm, ty));
        assert_eq!(collect(vm, 2), 1);
        assert_eq!(FINALIZED.replace(0), 1);

        RESURRECT.set(true);
        let n = self_cycle(vm, ty);
        n.push(vm, cycle(vm).into_obj()).expect("pushed");
        drop(n);
        assert_eq!(collect(vm, 2), 0);
        assert_eq!(FINALIZED.replace(0), 1);
        let back = SAVED.take().expect("resurrected").downcast::<PyList>(vm).ok().expect("a list");
        assert_eq!(back.len(), 2);
        assert!(is_finalized(back.r()) && is_tracked(back.r()));
        drop(back);
        assert_eq!(collect(vm, 2), 3);
        assert_eq!(FINALIZED.replace(0), 0);

        drop(node(vm, ty));
        let back = SAVED.take().expect("resurrected");
        assert_eq!(back.r().header().map(Header::refcount), Some(1));
        drop(back);
        assert_eq!(FINALIZED.replace(0), 1);
        RESURRECT.set(false);
    });
}

#[test]
fn weakref_callbacks() {
    with_vm(|vm| {
        collect(vm, 2);
        let ty = vm.types.weakref;
        let made = |o: &PyList| new_weakref(vm, ty, o.r(), Some(callback(vm))).expect("made");
        // Prompt death: all callbacks, the youngest weakref's first.
        let l = PyList::empty(vm);
        let (a, b) = (made(&l), made(&l));
        let order = crate::weakref::all(vm, l.r());
        assert!(order[0].r().ptr_eq(b.r()) && order[1].r().ptr_eq(a.r()));
        drop((order, l));
        assert_eq!(CALLED.replace(0), 2);
        // Death in a cycle: callbacks of living weakrefs only.
        let l = cycle(vm);
        let outside = made(&l);
        let inside = made(&l);
        l.push(vm, inside.into_obj()).expect("pushed");
        drop(l);
        assert_eq!(collect(vm, 2), 3);
        assert_eq!(CALLED.replace(0), 1);
        assert!(outside.upgrade().is_none() && outside.callback().is_none());
        // A finaliser can still use a weakref without callback; then it is dead.
        let n = self_cycle(vm, node_type(vm));
        let w = new_weakref(vm, ty, n.r(), None).expect("made");
        drop(n);
        assert_eq!(collect(vm, 2), 1);
        assert!(w.is_dead());
        assert_eq!(FINALIZED.replace(0), 1);
    });
}

#[test]
fn deep_structures_are_freed_without_recursion() {
    with_vm(|vm| {
        let mut top = PyList::empty(vm);
        for _ in 0..200_000 {
            top = PyList::new(vm, vec![top.into_obj()]);
        }
        drop(top);
        assert_eq!(vm.dealloc_depth.get(), 0);
    });
}
