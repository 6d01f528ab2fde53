//! Collections on hand-made graphs.

use super::*;
use crate::dict::PyDict;
use crate::list::PyList;
use crate::obj::{Layout, Obj, Py};
use crate::testing::with_vm;
use crate::tuple::PyTuple;
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
