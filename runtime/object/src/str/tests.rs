//! Forms, searches and hashes of strings.

use super::*;
use crate::obj::Layout;
use crate::testing::with_vm;

const HASH_UCS2: i64 = 3740723405599701215;
const HASH_UCS4: i64 = -8926728262118538918;

fn all(s: &PyStr) -> Vec<u32> {
    s.chars().collect()
}

#[test]
fn the_narrowest_form_is_chosen() {
    with_vm(|vm| {
        for (text, kind, ascii) in
            [("", 1, true), ("abc", 1, true), ("caf\u{e9}", 1, false), ("\u{3b1}b", 2, false), ("x\u{1f600}", 4, false)]
        {
            let s = PyStr::new(vm, text);
            assert_eq!((s.kind(), s.is_ascii(), s.len()), (kind, ascii, text.chars().count()));
            assert_eq!(s.as_utf8(), Some(text));
            assert_eq!(s.as_utf8(), Some(text));
            assert!(s.eq_str(text) && !s.eq_str("other"));
            let wide: Vec<u32> = text.chars().map(u32::from).collect();
            let t = PyStr::from_code_points(vm, &wide);
            assert!(t.eq(&s) && t.kind() == kind);
            assert_eq!(all(&t), wide);
            assert_eq!(s.chars().rev().collect::<Vec<_>>(), wide.iter().rev().copied().collect::<Vec<_>>());
        }
        assert_eq!(size_of::<PyStr>(), 40);
        assert_eq!(PyStr::new(vm, "ab").size_in_bytes(), 43);
        assert_eq!(PyStr::new(vm, "\u{e9}a").size_in_bytes(), 56 + 3);
    });
}

#[test]
fn parts_narrow_and_share() {
    with_vm(|vm| {
        let s = PyStr::new(vm, "ab\u{1f600}cd");
        assert!(s.substring(vm, 0, 2).is_ascii());
        assert!(std::ptr::eq(&*s.substring(vm, 0, 99), &*s));
        assert!(std::ptr::eq(&*s.substring(vm, 0, 1), PyStr::latin1_char(vm, b'a')));
        assert!(std::ptr::eq(&*s.substring(vm, 3, 3), PyStr::empty(vm)));
        assert_eq!(all(&s.step_slice(vm, 4, -2, 3)), [100, 0x1f600, 97]);
    });
}

#[test]
fn surrogates_are_kept() {
    with_vm(|vm| {
        let s = PyStr::from_ucs2(vm, &[0x61, 0xdc80, 0xd800]);
        assert!(s.as_utf8().is_none());
        assert_eq!(s.to_string_lossy(), "a\u{fffd}\u{fffd}");
        let back = PyStr::from_wtf8(vm, &s.to_wtf8()).expect("well formed");
        assert!(back.eq(&s));
        assert!(PyStr::from_wtf8(vm, b"\xed\xa0").is_none());
    });
}

#[test]
fn searches_agree_with_a_naive_one() {
    with_vm(|vm| {
        let alphabets: [&[u32]; 3] = [&[97, 98], &[97, 0x3b1], &[97, 0x3b1, 0x1f600]];
        let mut x = 7u64;
        let mut next = |n: usize| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 33) as usize % n
        };
        for round in 0..3000 {
            let abc = alphabets[round % 3];
            let (hn, nn) = (next(40), next(6));
            let hay: Vec<u32> = (0..hn).map(|_| abc[next(abc.len())]).collect();
            let needle: Vec<u32> = (0..nn).map(|_| abc[next(abc.len())]).collect();
            let (h, n) = (PyStr::from_code_points(vm, &hay), PyStr::from_code_points(vm, &needle));
            let hits: Vec<usize> = (0..=hn).filter(|i| hay[*i..].starts_with(&needle)).collect();
            assert_eq!(h.find(&n, 0, hn), hits.first().copied());
            assert_eq!(h.rfind(&n, 0, hn), hits.last().copied());
            let mut count = 0;
            let mut from = 0;
            for i in &hits {
                if *i >= from {
                    count += 1;
                    from = i + nn.max(1);
                }
            }
            assert_eq!(h.count(&n, 0, hn), count, "{hay:?} {needle:?}");
            assert_eq!(h.ends_with(&n), hay.ends_with(&needle));
            assert_eq!(h.starts_with(&n), hay.starts_with(&needle));
            assert_eq!(h.cmp(&n), hay.cmp(&needle));
            assert_eq!(h.eq(&n), hay == needle);
        }
    });
}

#[test]
fn concatenation_and_repetition() {
    with_vm(|vm| {
        let (a, b) = (PyStr::new(vm, "ab"), PyStr::new(vm, "\u{3b1}"));
        assert!(a.concat(vm, &b).expect("fits").eq_str("ab\u{3b1}"));
        assert!(a.repeat(vm, 5).expect("fits").eq_str("ababababab"));
        assert!(b.repeat(vm, 3).expect("fits").eq_str("\u{3b1}\u{3b1}\u{3b1}"));
        assert!(a.repeat(vm, -1).expect("fits").is_empty());
        let mut owner = vm.str("start");
        let mut want = String::from("start");
        for i in 0..1000 {
            let piece = PyStr::new(vm, if i % 100 == 99 { "\u{e9}x" } else { "yz" });
            owner = PyStr::append_in_place(vm, owner, &piece).expect("fits");
            want.push_str(&piece.to_string_lossy());
        }
        // SAFETY: a str.
        assert!(unsafe { owner.r().downcast_unchecked::<PyStr>() }.eq_str(&want));
    });
}

#[test]
fn builders_widen() {
    with_vm(|vm| {
        let mut b = StrBuilder::with_capacity(4);
        b.push_str("ab");
        b.push(0xe9);
        b.push_pystr(&PyStr::new(vm, "\u{3b1}\u{3b2}"));
        b.push_n(0x1f600, 2);
        b.push_char('!');
        assert!(b.finish(vm).eq_str("ab\u{e9}\u{3b1}\u{3b2}\u{1f600}\u{1f600}!"));
        let mut b = StrBuilder::new();
        b.push(0x1f600);
        b.pop();
        b.push_str("ab");
        assert!(b.finish(vm).is_ascii());
    });
}

#[test]
fn interning() {
    with_vm(|vm| {
        let before = vm.interp.interned.len();
        let a = vm.intern("some_name");
        let b = vm.intern_str(PyStr::new(vm, "some_name"));
        assert!(std::ptr::eq(&*a, &*b) && a.is_interned());
        let c = vm.intern("stra\u{df}e");
        assert!(std::ptr::eq(&*c, &*vm.intern("stra\u{df}e")));
        assert_eq!(vm.interp.interned.len(), before + 2);
        drop((a, b, c));
        assert_eq!(vm.interp.interned.len(), before);
        let s = vm.intern_static("immortal_name");
        assert!(s.header().is_immortal());
        assert!(std::ptr::eq(s, &*vm.intern("immortal_name")));
        assert!(std::ptr::eq(&*vm.intern("a"), PyStr::latin1_char(vm, b'a')));
    });
}

#[test]
fn hashes_are_cpythons() {
    with_vm(|vm| {
        // hash() of CPython 3.13 with PYTHONHASHSEED=0.
        assert_eq!(PyStr::new(vm, "abc").hash(vm), -4_594_863_902_769_663_758);
        assert_eq!(PyStr::new(vm, "\u{3b1}\u{3b2}").hash(vm), HASH_UCS2);
        assert_eq!(PyStr::new(vm, "\u{1f600}x").hash(vm), HASH_UCS4);
        assert_eq!(PyStr::empty(vm).hash(vm), 0);
    });
}
