//! Classes, slots and descriptors, driven from Rust without bytecode.

use krait_object::native::{Binding, NativeFacts, NativeFn};
use krait_object::obj::refs;
use krait_object::prelude::*;
use krait_object::vm::{Interp, current_vm};
use krait_object::{gc, typedef};
use krait_types::types::{ClassKwargs, super_getattr, type_new};

fn with_vm(f: impl FnOnce(&Vm)) {
    let vm = current_vm().unwrap_or_else(|| {
        let vm: &'static Vm = Box::leak(Box::new(Vm::new(Interp::new())));
        vm.install();
        if let Err(e) = krait_types::init(vm, &[]) {
            let exc = vm.take_raised(e);
            panic!("{}", exc.r().ty(vm).tp_name());
        }
        vm
    });
    f(vm);
}

/// The text of an error: type name and first argument.
fn error<T>(vm: &Vm, r: PyResult<T>) -> String {
    let Err(e) = r else { panic!("no error") };
    let exc = vm.take_raised(e);
    let args = exc.args_tuple(vm);
    let text = args.get(0).and_then(|a| a.r().downcast::<PyStr>(vm).map(|s| s.to_string_lossy()));
    format!("{}: {}", exc.r().ty(vm).tp_name(), text.unwrap_or_default())
}

fn ok<T>(vm: &Vm, r: PyResult<T>) -> T {
    match r {
        Ok(v) => v,
        Err(e) => panic!("{}", error::<()>(vm, Err(e))),
    }
}

fn class_with(vm: &Vm, name: &str, bases: &[&PyType], dict: &[(&str, Obj)]) -> PyResult<Py<PyType>> {
    let d = PyDict::new(vm);
    for (k, v) in dict {
        ok(vm, d.set_item_str(vm, k, v.clone()));
    }
    let bases = PyTuple::new(vm, bases.iter().map(|b| b.to_obj()).collect());
    let name = vm.intern(name);
    let t = type_new(vm, vm.types.r#type, &name, bases, &d, ClassKwargs::NONE)?;
    match t.downcast::<PyType>(vm) {
        Ok(t) => Ok(t),
        Err(_) => panic!("not a type"),
    }
}

fn class(vm: &Vm, name: &str, bases: &[&PyType]) -> Py<PyType> {
    ok(vm, class_with(vm, name, bases, &[("__module__", vm.str("m"))]))
}

fn native(vm: &Vm, f: fn(&Vm, Ref<'_>, &[Ref<'_>]) -> PyResult<Obj>) -> Obj {
    let def = Box::leak(Box::new(MethodDef {
        name: "f",
        func: NativeFn::Fast(f),
        binding: Binding::Normal,
        doc: None,
        facts: NativeFacts::WORST,
        coexist: false,
    }));
    krait_object::function::PyBuiltinFunction::new(vm, def, None, None).into_obj()
}

fn three(vm: &Vm, _: Ref<'_>, _: &[Ref<'_>]) -> PyResult<Obj> {
    Ok(vm.int_i64(3))
}

fn attr(vm: &Vm, o: Ref<'_>, name: &str) -> PyResult<Obj> {
    vm.getattr_str(o, name)
}

fn text(vm: &Vm, o: &Obj) -> String {
    ok(vm, vm.str_text(o.r()))
}

#[test]
fn native_types_are_complete() {
    with_vm(|vm| {
        let t = vm.types;
        assert_eq!(ok(vm, vm.repr_text(t.object.r())), "<class 'object'>");
        assert_eq!(ok(vm, vm.repr_text(t.r#type.r())), "<class 'type'>");
        let names = ok(vm, vm.collect(ok(vm, attr(vm, t.object.r(), "__dict__")).r()));
        let names: Vec<String> = names.iter().map(|n| text(vm, n)).collect();
        assert_eq!(
            names.join(" "),
            "__new__ __repr__ __hash__ __str__ __getattribute__ __setattr__ __delattr__ __lt__ __le__ __eq__ __ne__ __gt__ __ge__ __init__ __reduce_ex__ __reduce__ __getstate__ __subclasshook__ __init_subclass__ __format__ __sizeof__ __dir__ __class__ __doc__"
        );
        assert_eq!(ok(vm, vm.repr_text(ok(vm, attr(vm, t.object.r(), "__repr__")).r())), "<slot wrapper '__repr__' of 'object' objects>");
        let init_doc = ok(vm, attr(vm, ok(vm, attr(vm, t.object.r(), "__init__")).r(), "__text_signature__"));
        assert_eq!(text(vm, &init_doc), "($self, /, *args, **kwargs)");
        let mro = ok(vm, attr(vm, t.method.r(), "__mro__"));
        assert!(mro.r().downcast::<PyTuple>(vm).is_some_and(|m| m.len() == 2));
        let e = error(vm, vm.setattr(t.list.r(), &vm.intern("x"), vm.none()));
        assert_eq!(e, "TypeError: cannot set 'x' attribute of immutable type 'list'");
    });
}

#[test]
fn plain_classes() {
    with_vm(|vm| {
        let c = class(vm, "C", &[]);
        assert_eq!(ok(vm, vm.repr_text(c.r())), "<class 'm.C'>");
        let o = ok(vm, vm.call0(c.r()));
        assert!(ok(vm, vm.repr_text(o.r())).starts_with("<m.C object at 0x"));
        for i in 0..10 {
            let name = vm.intern(&format!("a{i}"));
            let v = vm.int_i64(i);
            ok(vm, vm.setattr(o.r(), &name, v.r()));
        }
        assert!(ok(vm, attr(vm, o.r(), "a7")).is(vm.int_i64(7).r()));
        assert_eq!(error(vm, attr(vm, o.r(), "zz")), "AttributeError: 'C' object has no attribute 'zz'");
        let d = ok(vm, attr(vm, o.r(), "__dict__"));
        assert!(d.r().downcast::<PyDict>(vm).is_some_and(|d| d.len() == 10));
        assert!(ok(vm, attr(vm, o.r(), "a7")).is(vm.int_i64(7).r()));
        assert_eq!(error(vm, vm.call1(c.r(), vm.none())), "TypeError: C() takes no arguments");
        let doc = ok(vm, attr(vm, c.r(), "__doc__"));
        assert!(doc.r().is_none());
        assert!(ok(vm, vm.isinstance(o.r(), c.r())));
        let d = class(vm, "D", &[&c]);
        assert!(ok(vm, vm.issubclass(d.r(), c.r())));
        assert_eq!(typedef::subclasses(&c).len(), 1);
    });
}

#[test]
fn slots_follow_class_attributes() {
    with_vm(|vm| {
        let c = class(vm, "C", &[]);
        let d = class(vm, "D", &[&c]);
        let o = ok(vm, vm.call0(d.r()));
        assert_eq!(error(vm, vm.len(o.r())), "TypeError: object of type 'D' has no len()");
        let f = native(vm, three);
        ok(vm, vm.setattr(c.r(), &vm.intern("__len__"), f.r()));
        assert_eq!(ok(vm, vm.len(o.r())), 3);
        ok(vm, vm.delattr(c.r(), &vm.intern("__len__")));
        assert!(vm.len(o.r()).map_err(|e| vm.take_raised(e)).is_err());
        ok(vm, vm.setattr(c.r(), &vm.intern("__getattr__"), f.r()));
        assert!(!d.has_flag(TypeFlags::GENERIC_GETATTR));
        assert!(ok(vm, attr(vm, o.r(), "anything")).is(vm.int_i64(3).r()));
        ok(vm, vm.delattr(c.r(), &vm.intern("__getattr__")));
        assert!(d.has_flag(TypeFlags::GENERIC_GETATTR));
        let l = class(vm, "L", &[vm.types.list]);
        let same = |a: Option<krait_object::slots::BinaryFn>, b: Option<krait_object::slots::BinaryFn>| {
            a.map(|f| f as usize) == b.map(|f| f as usize)
        };
        assert!(same(l.slots.mp_subscript.get(), vm.types.list.slots.mp_subscript.get()));
        let m = class(vm, "M", &[&c, &l]);
        assert!(same(m.slots.mp_subscript.get(), vm.types.list.slots.mp_subscript.get()));
        assert_eq!(ok(vm, vm.len(ok(vm, vm.call0(m.r())).r())), 0);
        assert!(same(m.slots.nb_add.get(), None));
        assert!(m.slots.repr.get().map(|f| f as usize) == vm.types.list.slots.repr.get().map(|f| f as usize));
    });
}

#[test]
fn bases_must_fit() {
    with_vm(|vm| {
        let t = vm.types;
        let c = class(vm, "C", &[]);
        let d = class(vm, "D", &[&c]);
        assert_eq!(
            error(vm, class_with(vm, "E", &[&c, &d], &[])),
            "TypeError: Cannot create a consistent method resolution order (MRO) for bases C, D"
        );
        assert_eq!(error(vm, class_with(vm, "E", &[&c, &c], &[])), "TypeError: duplicate base class C");
        assert_eq!(error(vm, class_with(vm, "E", &[t.list, t.dict], &[])), "TypeError: multiple bases have instance lay-out conflict");
        assert_eq!(error(vm, class_with(vm, "E", &[t.slice], &[])), "TypeError: type 'slice' is not an acceptable base type");
        let bases = vm.tuple(vec![d.to_obj()]);
        assert_eq!(
            error(vm, vm.setattr(c.r(), vm.names().__bases__, bases.r())),
            "TypeError: a __bases__ item causes an inheritance cycle"
        );
        let x = class(vm, "X", &[]);
        let bases = vm.tuple(vec![x.to_obj()]);
        ok(vm, vm.setattr(d.r(), vm.names().__bases__, bases.r()));
        assert!(d.is_subtype(&x) && !d.is_subtype(&c));
        assert!(typedef::subclasses(&c).is_empty());
    });
}

#[test]
fn declared_slots() {
    with_vm(|vm| {
        let names = vm.tuple(vec![vm.str("x"), vm.str("__y")]);
        let c = ok(vm, class_with(vm, "C", &[], &[("__slots__", names)]));
        assert_eq!((c.nslots.get(), c.basicsize.get()), (2, 32));
        let o = ok(vm, vm.call0(c.r()));
        let x = vm.intern("x");
        assert_eq!(error(vm, vm.getattr(o.r(), &x)), "AttributeError: 'C' object has no attribute 'x'");
        ok(vm, vm.setattr(o.r(), &x, o.r()));
        assert!(ok(vm, vm.getattr(o.r(), &x)).is(o.r()));
        ok(vm, vm.setattr(o.r(), &vm.intern("_C__y"), vm.none()));
        assert_eq!(
            error(vm, vm.setattr(o.r(), &vm.intern("z"), o.r())),
            "AttributeError: 'C' object has no attribute 'z' and no __dict__ for setting new attributes"
        );
        let bad = |slots: Obj, bases: &[&PyType]| error(vm, class_with(vm, "B", bases, &[("__slots__", slots)]));
        assert_eq!(bad(vm.tuple(vec![vm.int_i64(1)]), &[]), "TypeError: __slots__ items must be strings, not 'int'");
        assert_eq!(bad(vm.str("1a"), &[]), "TypeError: __slots__ must be identifiers");
        let twice = vm.tuple(vec![vm.str("__dict__"), vm.str("__dict__")]);
        assert_eq!(bad(twice, &[]), "TypeError: __dict__ slot disallowed: we already got one");
        assert_eq!(bad(vm.str("x"), &[vm.types.tuple]), "TypeError: nonempty __slots__ not supported for subtype of 'tuple'");
        drop(o);
        gc::collect(vm, 2);
    });
}

#[test]
fn class_assignment() {
    with_vm(|vm| {
        let (c, d) = (class(vm, "C", &[]), class(vm, "D", &[]));
        let o = ok(vm, vm.call0(c.r()));
        for i in 0..6 {
            ok(vm, vm.setattr(o.r(), &vm.intern(&format!("b{i}")), vm.none()));
        }
        ok(vm, vm.setattr(o.r(), vm.names().__class__, d.r()));
        assert_eq!(o.r().ty(vm).tp_name(), "D");
        assert!(ok(vm, attr(vm, o.r(), "b5")).r().is_none());
        ok(vm, vm.setattr(o.r(), &vm.intern("b6"), vm.none()));
        let s = ok(vm, class_with(vm, "S", &[], &[("__slots__", vm.str("x"))]));
        assert_eq!(
            error(vm, vm.setattr(o.r(), vm.names().__class__, s.r())),
            "TypeError: __class__ assignment: 'S' object layout differs from 'D'"
        );
        assert_eq!(
            error(vm, vm.setattr(o.r(), vm.names().__class__, vm.types.list.r())),
            "TypeError: __class__ assignment only supported for mutable types or ModuleType subclasses"
        );
    });
}

#[test]
fn descriptors() {
    with_vm(|vm| {
        let f = native(vm, three);
        let p = ok(vm, vm.call1(vm.types.property.r(), f.r()));
        let sm = ok(vm, vm.call1(vm.types.staticmethod.r(), f.r()));
        let c = ok(vm, class_with(vm, "C", &[], &[("x", p), ("s", sm)]));
        let o = ok(vm, vm.call0(c.r()));
        assert!(ok(vm, attr(vm, o.r(), "x")).is(vm.int_i64(3).r()));
        assert!(ok(vm, attr(vm, o.r(), "s")).is(f.r()));
        let x = vm.intern("x");
        assert_eq!(error(vm, vm.setattr(o.r(), &x, o.r())), "AttributeError: property 'x' of 'C' object has no setter");
        assert_eq!(error(vm, vm.delattr(o.r(), &x)), "AttributeError: property 'x' of 'C' object has no deleter");
        let append = ok(vm, attr(vm, vm.types.list.r(), "append"));
        assert_eq!(error(vm, vm.call0(append.r())), "TypeError: unbound method list.append() needs an argument");
        assert_eq!(
            error(vm, vm.call(append.r(), refs(&[o.clone(), o.clone()]))),
            "TypeError: descriptor 'append' for 'list' objects doesn't apply to a 'C' object"
        );
        let l = vm.list(vec![]);
        let bound = ok(vm, attr(vm, l.r(), "append"));
        assert_eq!(error(vm, vm.call0(bound.r())), "TypeError: list.append() takes exactly one argument (0 given)");
        let d = class(vm, "D", &[&c]);
        let od = ok(vm, vm.call0(d.r()));
        assert!(ok(vm, super_getattr(vm, d.r(), od.r(), &x)).is(vm.int_i64(3).r()));
        assert_eq!(
            error(vm, super_getattr(vm, d.r(), o.r(), &x)),
            "TypeError: super(type, obj): obj (instance of C) is not an instance or subtype of type (D)."
        );
        let new = ok(vm, attr(vm, vm.types.object.r(), "__new__"));
        assert_eq!(error(vm, vm.call1(new.r(), vm.types.list.r())), "TypeError: object.__new__(list) is not safe, use list.__new__()");
    });
}

#[test]
fn classes_die() {
    with_vm(|vm| {
        gc::collect(vm, 2);
        let before = typedef::subclasses(vm.types.object).len();
        for i in 0..50 {
            let c = class(vm, "Temp", &[]);
            let o = ok(vm, vm.call0(c.r()));
            for j in 0..=i % 7 {
                ok(vm, vm.setattr(o.r(), &vm.intern(&format!("t{j}")), o.r()));
            }
            ok(vm, vm.setattr(c.r(), &vm.intern("me"), o.r()));
            let l = class(vm, "TempList", &[vm.types.list]);
            let lo = ok(vm, vm.call0(l.r()));
            ok(vm, vm.setattr(lo.r(), &vm.intern("self"), lo.r()));
            ok(vm, vm.setattr(l.r(), &vm.intern("other"), c.r()));
        }
        assert_eq!(typedef::subclasses(vm.types.object).len(), before + 50);
        assert!(gc::collect(vm, 2) > 100);
        gc::collect(vm, 2);
        assert_eq!(typedef::subclasses(vm.types.object).len(), before);
        krait_object::limbo::release(vm);
    });
}
