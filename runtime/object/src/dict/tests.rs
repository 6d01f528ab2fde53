//! Dicts against a simple model, and under hostile comparisons.

use std::cell::RefCell;

use super::*;
use crate::slots::CmpOp;
use crate::testing::with_vm;

fn lcg(seed: u64) -> impl FnMut() -> u64 {
    let mut x = seed;
    move || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        x >> 33
    }
}

/// A key by number: an int or a str.
fn key(vm: &Vm, n: u64, ints: bool) -> Obj {
    if ints && n.is_multiple_of(3) { Obj::small(n as i64) } else { vm.str(&format!("key{n}")) }
}

fn check(vm: &Vm, d: &PyDict, model: &[(u64, i64)], ints: bool) {
    let items = d.items_vec();
    assert_eq!(items.len(), model.len());
    assert_eq!(d.len(), model.len());
    for ((k, v), (n, w)) in items.iter().zip(model) {
        assert!(vm.eq(k.r(), key(vm, *n, ints).r()).expect("comparable"));
        assert_eq!(v.value().int_unchecked(), *w);
    }
}

fn random_operations(vm: &Vm, seed: u64, steps: usize, span: u64, ints: bool) {
    let mut next = lcg(seed);
    let d = PyDict::new(vm);
    let mut model: Vec<(u64, i64)> = Vec::new();
    for step in 0..steps {
        let (op, n) = (next() % 20, next() % span);
        let (k, v) = (key(vm, n, ints), step as i64);
        let at = model.iter().position(|(m, _)| *m == n);
        match op {
            0..10 => {
                d.set(vm, k.r(), Obj::small(v).r()).expect("set");
                match at {
                    Some(i) => model[i].1 = v,
                    None => model.push((n, v)),
                }
            }
            10..16 => {
                let got = d.remove(vm, k.r()).expect("removed").map(|o| o.value().int_unchecked());
                assert_eq!(got, at.map(|i| model.remove(i).1));
            }
            16..18 => {
                let got = d.get(vm, k.r()).expect("looked up").map(|o| o.value().int_unchecked());
                assert_eq!(got, at.map(|i| model[i].1));
            }
            18 => {
                let got = d.popitem(vm).map(|(_, v)| v.value().int_unchecked());
                assert_eq!(got, model.pop().map(|(_, v)| v));
            }
            _ => {
                let got = d.setdefault(vm, k.r(), Obj::small(v).r()).expect("set").value().int_unchecked();
                let want = at.map_or(v, |i| model[i].1);
                if at.is_none() {
                    model.push((n, v));
                }
                assert_eq!(got, want);
            }
        }
    }
    check(vm, &d, &model, ints);
    let copy = d.copy(vm).expect("copied");
    d.clear(vm);
    assert!(d.is_empty());
    check(vm, &copy, &model, ints);
}

#[test]
fn random_operations_match_the_model() {
    with_vm(|vm| {
        for seed in 0..6 {
            random_operations(vm, seed, 3000, 40, seed % 2 == 0);
            random_operations(vm, seed + 100, 6000, 1000, seed % 2 == 0);
        }
    });
}

#[test]
fn large_dicts_keep_order() {
    with_vm(|vm| {
        let d = PyDict::new(vm);
        for i in 0..200_000u64 {
            d.set_owned(vm, vm.str(&i.to_string()), Obj::small(i as i64)).expect("set");
        }
        assert!(d.has_str_keys());
        for i in (0..200_000u64).step_by(997) {
            let got = d.get(vm, vm.str(&i.to_string()).r()).expect("looked up");
            assert_eq!(got.map(|o| o.value().int_unchecked()), Some(i as i64));
        }
        let mut pos = d.end_position();
        assert_eq!(d.prev_entry(&mut pos).map(|(_, v)| v.value().int_unchecked()), Some(199_999));
        assert_eq!(d.next_entry(&mut 0).map(|(_, v)| v.value().int_unchecked()), Some(0));
    });
}

#[test]
fn versions_follow_the_key_layout() {
    with_vm(|vm| {
        let d = PyDict::new(vm);
        d.set_item_str(vm, "alpha", Obj::small(1)).expect("set");
        let v = d.keys_version(vm.interp);
        assert!(v != 0 && v == d.keys_version(vm.interp));
        let i = d.lookup_index_str(vm, &vm.intern("alpha")).expect("present");
        d.set_item_str(vm, "alpha", Obj::small(2)).expect("set");
        assert_eq!(d.current_version(), v);
        // SAFETY: the version is unchanged.
        assert_eq!(unsafe { d.entry_value(i) }.as_int(), Some(2));
        d.set_item_str(vm, "beta", Obj::small(3)).expect("set");
        assert_eq!(d.current_version(), 0);
        let w = d.keys_version(vm.interp);
        assert!(w != v);
        d.remove_str(vm, &vm.intern("alpha")).expect("removed");
        assert_eq!(d.current_version(), 0);
        assert!(d.lookup_index_str(vm, &vm.intern("alpha")).is_none());
    });
}

#[test]
fn merging() {
    with_vm(|vm| {
        let make = |items: &[(&str, i64)]| {
            let d = PyDict::new(vm);
            for (k, v) in items {
                d.set_item_str(vm, k, Obj::small(*v)).expect("set");
            }
            d
        };
        let values = |d: &PyDict| d.values_vec().iter().map(|o| o.value().int_unchecked()).collect::<Vec<_>>();
        let a = make(&[("x", 1), ("y", 2)]);
        a.merge(vm, &make(&[("y", 3), ("z", 4)]), Merge::Override).expect("merged");
        assert_eq!(values(&a), [1, 3, 4]);
        a.merge(vm, &make(&[("y", 5), ("w", 6)]), Merge::Keep).expect("merged");
        assert_eq!(values(&a), [1, 3, 4, 6]);
        let b = PyDict::new(vm);
        b.update(vm, &a).expect("merged");
        assert_eq!(values(&b), [1, 3, 4, 6]);
    });
}

thread_local! {
    static VICTIM: RefCell<Option<Py<PyDict>>> = const { RefCell::new(None) };
}

/// Keys whose comparison clears and refills the dict being searched.
#[test]
fn comparisons_may_change_the_dict() {
    with_vm(|vm| {
        let ty = PyType::blank(vm.types.r#type);
        ty.basicsize.set(size_of::<Header>());
        ty.dealloc.set(crate::instance::dealloc_instance);
        ty.slots.hash.set(Some(|_, _| Ok(1)));
        ty.slots.richcompare.set(Some(|vm, a, b, op| {
            if let Some(d) = VICTIM.with_borrow(|v| v.clone()) {
                VICTIM.set(None);
                d.clear(vm);
                for i in 0..50 {
                    d.set(vm, Obj::small(i).r(), Obj::small(i).r())?;
                }
            }
            Ok(Obj::bool(op == CmpOp::Eq && a.ptr_eq(b)))
        }));
        let hostile = || crate::instance::alloc_instance(vm, ty, 0).expect("made");
        for _ in 0..3 {
            let d = PyDict::new(vm);
            let k = hostile();
            d.set_owned(vm, hostile(), Obj::small(-1)).expect("set");
            VICTIM.set(Some(d.clone()));
            assert!(d.get(vm, k.r()).expect("looked up").is_none());
            assert_eq!(d.len(), 50);
            d.set(vm, k.r(), Obj::small(7).r()).expect("set");
            VICTIM.set(Some(d.clone()));
            d.set_owned(vm, hostile(), Obj::small(8)).expect("set");
            assert_eq!(d.len(), 51);
            assert!(d.get(vm, Obj::small(1).r()).expect("looked up").is_some());
        }
    });
}
