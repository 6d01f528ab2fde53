//! Aliases, unions, template strings, weak references and the other small types.

use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;
use krait_object::vm::{Interp, current_vm};
use krait_types::generics::{make_typevar, new_alias, union_of};

fn with_vm(f: impl FnOnce(&Vm)) {
    let vm = current_vm().unwrap_or_else(|| {
        let vm: &'static Vm = Box::leak(Box::new(Vm::new(Interp::new())));
        vm.install();
        krait_types::init(vm, &[]).expect("types are made");
        vm
    });
    f(vm);
}

fn ok(vm: &Vm, r: PyResult<Obj>) -> Obj {
    match r {
        Ok(o) => o,
        Err(e) => panic!("{}", vm.repr_text(vm.take_raised(e).r()).expect("repr")),
    }
}

fn repr(vm: &Vm, r: PyResult<Obj>) -> String {
    match r {
        Ok(o) => vm.repr_text(o.r()).expect("repr"),
        Err(e) => {
            let e = vm.take_raised(e);
            format!("{}: {}", e.r().ty(vm).name_lossy(), vm.str_text(e.r()).expect("str"))
        }
    }
}

#[test]
fn aliases() {
    with_vm(|vm| {
        let t = vm.types;
        let int = t.int.to_obj();
        let a = ok(vm, new_alias(vm, t.list.r(), int.r()));
        assert_eq!(repr(vm, Ok(a.clone())), "list[int]");
        let b = ok(vm, new_alias(vm, t.list.r(), int.r()));
        assert!(vm.eq(a.r(), b.r()).expect("compared"));
        assert_eq!(vm.hash(a.r()).expect("hashed"), vm.hash(b.r()).expect("hashed"));
        let any = vm.tuple(vec![int.clone(), krait_object::singletons::ellipsis().to_obj()]);
        assert_eq!(repr(vm, new_alias(vm, t.tuple.r(), any.r())), "tuple[int, ...]");
        assert_eq!(repr(vm, vm.getitem(a.r(), int.r())), "TypeError: list[int] is not a generic class");
        let check = vm.isinstance(int.r(), a.r()).map(Obj::bool);
        assert_eq!(repr(vm, check), "TypeError: isinstance() argument 2 cannot be a parameterized generic");
        let starred = vm.iter(a.r()).and_then(|it| vm.iter_next(it.r())).map(|o| o.expect("one"));
        assert_eq!(repr(vm, starred), "*list[int]");
        // The origin's attributes show through.
        assert_eq!(repr(vm, vm.getattr_str(a.r(), "__name__")), "'list'");
        assert_eq!(repr(vm, vm.getattr_str(a.r(), "__origin__")), "<class 'list'>");
        let none = ok(vm, vm.call0(a.r()));
        assert_eq!(repr(vm, Ok(none)), "[]");
    });
}

#[test]
fn unions() {
    with_vm(|vm| {
        let t = vm.types;
        let u = ok(vm, vm.binary(BinOp::Or, t.int.r(), t.str.r()));
        assert_eq!(repr(vm, Ok(u.clone())), "int | str");
        let v = ok(vm, union_of(vm, vm.tuple(vec![t.str.to_obj(), t.int.to_obj(), t.str.to_obj()]).r()));
        assert_eq!(repr(vm, Ok(v.clone())), "str | int");
        assert!(vm.eq(u.r(), v.r()).expect("compared"));
        assert_eq!(vm.hash(u.r()).expect("hashed"), vm.hash(v.r()).expect("hashed"));
        assert_eq!(repr(vm, vm.binary(BinOp::Or, u.r(), vm.none())), "int | str | None");
        assert!(vm.isinstance(Obj::small(1).r(), u.r()).expect("checked"));
        assert!(!vm.isinstance(vm.none(), u.r()).expect("checked"));
        assert!(vm.issubclass(t.bool.r(), u.r()).expect("checked"));
        assert_eq!(repr(vm, union_of(vm, vm.tuple(vec![]).r())), "TypeError: Cannot take a Union of no types.");
        assert_eq!(repr(vm, vm.call0(t.union.r())), "TypeError: cannot create 'typing.Union' instances");
    });
}

#[test]
fn type_parameters_are_lazy() {
    with_vm(|vm| {
        let t = ok(vm, make_typevar(vm, &vm.intern("T")));
        assert_eq!(repr(vm, Ok(t.clone())), "T");
        assert_eq!(repr(vm, vm.getattr_str(t.r(), "__bound__")), "None");
        assert_eq!(repr(vm, vm.getattr_str(t.r(), "__constraints__")), "()");
        assert_eq!(repr(vm, vm.getattr_str(t.r(), "__default__")), "typing.NoDefault");
        let a = ok(vm, new_alias(vm, vm.types.list.r(), t.r()));
        assert_eq!(repr(vm, vm.getattr_str(a.r(), "__parameters__")), "(T,)");
    });
}

#[test]
fn templates() {
    with_vm(|vm| {
        let t = vm.types;
        let i = ok(vm, vm.call(t.interpolation.r(), &[Obj::small(1).r(), vm.str("x").r()]));
        assert_eq!(repr(vm, Ok(i.clone())), "Interpolation(1, 'x', None, '')");
        let a = ok(vm, vm.call(t.template.r(), &[vm.str("a").r(), vm.str("b").r(), i.r()]));
        assert_eq!(repr(vm, Ok(a.clone())), "Template(strings=('ab', ''), interpolations=(Interpolation(1, 'x', None, ''),))");
        let both = ok(vm, vm.binary(BinOp::Add, a.r(), a.r()));
        assert_eq!(repr(vm, vm.getattr_str(both.r(), "strings")), "('ab', 'ab', '')");
        let parts = vm.list(vm.collect(a.r()).expect("walked"));
        assert_eq!(repr(vm, Ok(parts)), "['ab', Interpolation(1, 'x', None, '')]");
        let text = "TypeError: can only concatenate string.templatelib.Template (not \"str\") to string.templatelib.Template";
        assert_eq!(repr(vm, vm.binary(BinOp::Add, a.r(), vm.str("x").r())), text);
    });
}

#[test]
fn weak_references() {
    with_vm(|vm| {
        let ns = ok(vm, vm.call0(vm.types.set.r()));
        let w = ok(vm, vm.call(vm.types.weakref.r(), &[ns.r()]));
        let p = ok(vm, krait_types::weakref_types::new_proxy(vm, ns.r(), None));
        assert_eq!(vm.len(p.r()).expect("length"), 0);
        assert!(ok(vm, vm.call0(w.r())).r().ptr_eq(ns.r()));
        drop(ns);
        assert!(ok(vm, vm.call0(w.r())).r().is_none());
        assert!(repr(vm, Ok(w)).ends_with("; dead>"));
        let gone = vm.len(p.r()).map(|n| vm.int_usize(n));
        assert_eq!(repr(vm, gone), "ReferenceError: weakly-referenced object no longer exists");
    });
}

#[test]
fn namespaces_and_proxies() {
    with_vm(|vm| {
        let t = vm.types;
        let ns = ok(vm, vm.call_kw(t.simple_namespace.r(), &[], &[("a", Obj::small(1).r())]));
        assert_eq!(repr(vm, Ok(ns.clone())), "namespace(a=1)");
        vm.setattr(ns.r(), &vm.intern("b"), ns.r()).expect("set");
        assert_eq!(repr(vm, Ok(ns.clone())), "namespace(a=1, b=namespace(...))");
        drop(vm.delattr(ns.r(), &vm.intern("b")));
        let d = PyDict::new(vm);
        d.set_str(vm, &vm.intern("k"), Obj::small(2)).expect("set");
        let p = ok(vm, vm.call(t.mapping_proxy.r(), &[d.r()]));
        assert_eq!(repr(vm, Ok(p.clone())), "mappingproxy({'k': 2})");
        assert_eq!(repr(vm, vm.getitem(p.r(), vm.str("k").r())), "2");
        let bad = vm.call(t.mapping_proxy.r(), &[vm.list(vec![]).r()]);
        assert_eq!(repr(vm, bad), "TypeError: mappingproxy() argument must be a mapping, not list");
    });
}
