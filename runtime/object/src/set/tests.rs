//! Sets against orders and hashes recorded from CPython 3.13 (`PYTHONHASHSEED=0`).

use super::*;
use crate::dict::PyDict;
use crate::testing::with_vm;

/// (seed, steps, span, length, digest of the order), printed by CPython.
const RANDOM: [(u64, usize, u64, usize, u64); 6] = [
    (1, 10, 50, 6, 5124484301604439457),
    (2, 100, 40, 24, 6805538964843564119),
    (3, 1000, 300, 149, 7710052740036980177),
    (4, 5000, 100000, 2464, 7643721964156857022),
    (5, 20000, 1000, 549, 3925928187475721898),
    (6, 300000, 10000000, 147578, 16228614294345098134),
];
const MERGED: [u64; 5] = [4442555360838890588, 15136293538494695824, 6562100622222268530, 10724763835768132220, 4428609777973747288];
const FROZEN: [i64; 4] = [133146708735736, -558064481276695278, -272375401224217160, 4411996150312757951];
const WORDS: &str = "the quick brown fox jumps over the lazy dog and runs away from all of them";
const WORD_ORDER: &str = "runs and brown from fox all of the over them quick jumps lazy away dog";

fn lcg(seed: u64) -> impl FnMut() -> u64 {
    let mut x = seed;
    move || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        x >> 33
    }
}

fn int(i: u64) -> Obj {
    Obj::small(i as i64)
}

fn order(s: &PySet) -> Vec<u64> {
    s.to_vec().iter().map(|o| o.value().int_unchecked() as u64).collect()
}

fn digest(s: &PySet) -> u64 {
    order(s).iter().fold(0u64, |h, k| h.wrapping_mul(1_000_003).wrapping_add(k + 1))
}

fn set_of(vm: &Vm, items: impl IntoIterator<Item = u64>) -> Py<PySet> {
    let s = PySet::new(vm);
    for i in items {
        s.add(vm, int(i).r()).expect("ints are hashable");
    }
    s
}

#[test]
fn random_operations_give_the_recorded_order() {
    with_vm(|vm| {
        for (seed, steps, span, len, want) in RANDOM {
            let mut next = lcg(seed);
            let s = PySet::new(vm);
            for _ in 0..steps {
                let (op, k) = (next() % 10, int(next() % span));
                match op {
                    0..6 => drop(s.add(vm, k.r()).expect("hashable")),
                    6..9 => drop(s.discard(vm, k.r()).expect("hashable")),
                    _ => drop(s.pop()),
                }
            }
            assert_eq!((s.len(), digest(&s)), (len, want), "seed {seed}");
        }
    });
}

#[test]
fn merging_gives_the_recorded_order() {
    with_vm(|vm| {
        let a = set_of(vm, (0..1000).step_by(7));
        let b = set_of(vm, (0..500).step_by(3));
        let c = set_of(vm, 0..20);
        for i in (0..20).step_by(2) {
            c.discard(vm, int(i).r()).expect("hashable");
        }
        let copy = |s: &PySet| -> Py<PySet> {
            // SAFETY: a set.
            unsafe { s.copy(vm, vm.types.set).expect("copied").downcast_unchecked() }
        };
        let m = copy(&a);
        m.merge(vm, &b).expect("merged");
        let m2 = copy(&c);
        m2.merge(vm, &a).expect("merged");
        let m3 = copy(&c);
        let dict = |keys: &mut dyn Iterator<Item = u64>| {
            let d = PyDict::new(vm);
            for k in keys {
                d.set(vm, int(k).r(), int(0).r()).expect("set");
            }
            d
        };
        let d = PySet::new(vm);
        d.merge_dict(vm, &dict(&mut (1..=300).rev().step_by(5))).expect("merged");
        let e = set_of(vm, 1..4);
        e.merge_dict(vm, &dict(&mut (41..=90).rev())).expect("merged");
        assert_eq!([&m, &m2, &m3, &d, &e].map(|s| digest(s)), MERGED);
    });
}

#[test]
fn frozen_hashes() {
    with_vm(|vm| {
        let sets = [set_of(vm, []), set_of(vm, [1]), set_of(vm, [1, 2, 3]), set_of(vm, 0..100)];
        assert_eq!(sets.map(|s| s.frozen_hash()), FROZEN);
    });
}

#[test]
fn words_in_order() {
    with_vm(|vm| {
        let s = PySet::new(vm);
        for w in WORDS.split(' ') {
            s.add(vm, vm.str(w).r()).expect("hashable");
        }
        let words: Vec<String> =
            s.to_vec().iter().map(|o| o.r().downcast::<crate::str::PyStr>(vm).expect("str").to_string_lossy()).collect();
        assert_eq!(words.join(" "), WORD_ORDER);
    });
}

#[test]
fn swapping_keeps_elements() {
    with_vm(|vm| {
        let (a, b) = (set_of(vm, 0..3), set_of(vm, 100..200));
        a.swap_contents(&b);
        assert_eq!((a.len(), order(&b)), (100, vec![0, 1, 2]));
        assert!(a.contains(vm, int(150).r()).expect("hashable"));
        b.clear();
        assert!(b.is_empty() && b.pop().is_none());
    });
}
