//! Exceptions as native code sees them: made directly, made by calling their class, split into
//! groups.

use krait_object::prelude::*;
use krait_object::vm::{Interp, current_vm};
use krait_types::exceptions::{exception_group_match, make_group, prep_reraise_star, put_cause};

fn with_vm(f: impl FnOnce(&Vm)) {
    let vm = current_vm().unwrap_or_else(|| {
        let vm: &'static Vm = Box::leak(Box::new(Vm::new(Interp::new())));
        vm.install();
        krait_types::init(vm, &[]).expect("types are made");
        vm
    });
    f(vm);
}

fn call(vm: &Vm, ty: &PyType, args: &[Obj]) -> Obj {
    match vm.call(ty.r(), krait_object::obj::refs(args)) {
        Ok(o) => o,
        Err(e) => panic!("{}", vm.repr_text(vm.take_raised(e).r()).expect("repr")),
    }
}

/// The text of the error that the call raises, with its class.
fn fails(vm: &Vm, r: PyResult<Obj>) -> String {
    match r {
        Ok(o) => panic!("no error but {}", vm.repr_text(o.r()).expect("repr")),
        Err(e) => {
            let e = vm.take_raised(e);
            format!("{}: {}", e.r().ty(vm).name_lossy(), vm.str_text(e.r()).expect("str"))
        }
    }
}

fn repr(vm: &Vm, o: &Obj) -> String {
    vm.repr_text(o.r()).expect("repr")
}

fn str(vm: &Vm, o: &Obj) -> String {
    vm.str_text(o.r()).expect("str")
}

fn attr(vm: &Vm, o: &Obj, name: &str) -> Obj {
    match vm.getattr_str(o.r(), name) {
        Ok(v) => v,
        Err(e) => panic!("{name}: {}", vm.repr_text(vm.take_raised(e).r()).expect("repr")),
    }
}

fn raise(vm: &Vm, e: krait_object::error::Raised) -> Obj {
    vm.take_raised(e).into_obj()
}

#[test]
fn direct_and_called_exceptions_are_alike() {
    with_vm(|vm| {
        let t = vm.types;
        let all = [t.value_error, t.attribute_error, t.import_error, t.name_error, t.key_error, t.os_error, t.syntax_error];
        for ty in all {
            let direct = raise(vm, vm.raise_msg(ty, "it"));
            let called = call(vm, ty, &[vm.str("it")]);
            assert_eq!(repr(vm, &direct), repr(vm, &called));
            assert_eq!(str(vm, &direct), str(vm, &called));
        }
        let e = raise(vm, vm.raise_msg(t.import_error, "it"));
        assert_eq!(repr(vm, &attr(vm, &e, "msg")), "'it'");
        let stop = raise(vm, vm.stop_iteration(Obj::small(3)));
        assert_eq!(repr(vm, &attr(vm, &stop, "value")), "3");
        assert_eq!(repr(vm, &stop), "StopIteration(3)");
        let e = raise(vm, vm.no_attribute(Obj::small(1).r(), &vm.intern("x")));
        assert_eq!(str(vm, &e), "'int' object has no attribute 'x'");
        assert_eq!(repr(vm, &attr(vm, &e, "name")), "'x'");
    });
}

#[test]
fn text_and_repr() {
    with_vm(|vm| {
        let t = vm.types;
        let s = |x: &str| vm.str(x);
        assert_eq!(repr(vm, &call(vm, t.value_error, &[])), "ValueError()");
        assert_eq!(repr(vm, &call(vm, t.value_error, &[s("a"), Obj::small(2)])), "ValueError('a', 2)");
        assert_eq!(str(vm, &call(vm, t.value_error, &[s("a"), Obj::small(2)])), "('a', 2)");
        assert_eq!(str(vm, &call(vm, t.key_error, &[s("a")])), "'a'");
        assert_eq!(repr(vm, &attr(vm, &call(vm, t.system_exit, &[Obj::small(2)]), "code")), "2");
        let info = vm.tuple(vec![s("/d/f.py"), Obj::small(3), Obj::small(1), s("x")]);
        assert_eq!(str(vm, &call(vm, t.syntax_error, &[s("bad"), info])), "bad (f.py, line 3)");
        let e = call(vm, t.unicode_decode_error, &[s("utf-8"), vm.bytes(b"a\xff"), Obj::small(1), Obj::small(2), s("why")]);
        assert_eq!(str(vm, &e), "'utf-8' codec can't decode byte 0xff in position 1: why");
        let e = call(vm, t.unicode_encode_error, &[s("ascii"), s("a\u{e9}\u{20ac}"), Obj::small(1), Obj::small(3), s("why")]);
        assert_eq!(str(vm, &e), "'ascii' codec can't encode characters in position 1-2: why");
        let bad = vm.call(t.unicode_encode_error.r(), &[]);
        assert_eq!(fails(vm, bad), "TypeError: function takes exactly 5 arguments (0 given)");
    });
}

#[test]
fn os_errors_choose_their_class() {
    with_vm(|vm| {
        let e = call(vm, vm.types.os_error, &[Obj::small(2), vm.str("none"), vm.str("f")]);
        assert_eq!(repr(vm, &e), "FileNotFoundError(2, 'none')");
        assert_eq!(str(vm, &e), "[Errno 2] none: 'f'");
        let e = call(vm, vm.types.blocking_io_error, &[Obj::small(11), vm.str("x"), Obj::small(7)]);
        assert_eq!(repr(vm, &attr(vm, &e, "characters_written")), "7");
        let e = raise(vm, vm.os_error(libc::EPERM));
        assert_eq!(repr(vm, &e), "PermissionError(1, 'Operation not permitted')");
    });
}

#[test]
fn setters_check() {
    with_vm(|vm| {
        let e = call(vm, vm.types.value_error, &[]);
        let three = Obj::small(3);
        let set = |name: &str| vm.setattr(e.r(), &vm.intern(name), three.r()).map(|_| Obj::none());
        assert_eq!(fails(vm, set("__traceback__")), "TypeError: __traceback__ must be a traceback or None");
        assert_eq!(fails(vm, set("__cause__")), "TypeError: exception cause must be None or derive from BaseException");
        assert_eq!(fails(vm, set("__suppress_context__")), "TypeError: attribute value type must be bool");
        let del = vm.delattr(e.r(), &vm.intern("args")).map(|_| Obj::none());
        assert_eq!(fails(vm, del), "TypeError: args may not be deleted");
        let note = vm.call_method_str(e.r(), "add_note", &[three.r()]);
        assert_eq!(fails(vm, note), "TypeError: add_note() argument must be str, not int");
        vm.call_method_str(e.r(), "add_note", &[vm.str("n").r()]).expect("noted");
        assert_eq!(repr(vm, &attr(vm, &e, "__notes__")), "['n']");
        assert_eq!(repr(vm, &attr(vm, &e, "__dict__")), "{'__notes__': ['n']}");
    });
}

#[test]
fn groups_choose_their_class_and_split() {
    with_vm(|vm| {
        let t = vm.types;
        let (v, k) = (call(vm, t.value_error, &[Obj::small(1)]), call(vm, t.keyboard_interrupt, &[]));
        let g = make_group(vm, "m", vec![v.clone()]).expect("made");
        assert_eq!(repr(vm, &g), "ExceptionGroup('m', [ValueError(1)])");
        assert_eq!(str(vm, &g), "m (1 sub-exception)");
        assert!(vm.isinstance(g.r(), t.exception.r()).expect("checked"));
        let b = make_group(vm, "m", vec![v.clone(), k.clone()]).expect("made");
        assert_eq!(repr(vm, &b), "BaseExceptionGroup('m', [ValueError(1), KeyboardInterrupt()])");
        let nested = vm.call(t.exception_group.r(), &[vm.str("m").r(), vm.list(vec![k]).r()]);
        assert_eq!(fails(vm, nested), "TypeError: Cannot nest BaseExceptions in an ExceptionGroup");
        let empty = make_group(vm, "m", vec![]);
        assert_eq!(fails(vm, empty), "ValueError: second argument (exceptions) must be a non-empty sequence");
        let pair = vm.call_method_str(b.r(), "split", &[t.value_error.r()]).expect("split");
        assert_eq!(repr(vm, &pair), "(ExceptionGroup('m', [ValueError(1)]), BaseExceptionGroup('m', [KeyboardInterrupt()]))");
    });
}

#[test]
fn except_star() {
    with_vm(|vm| {
        let t = vm.types;
        let v = call(vm, t.value_error, &[Obj::small(1)]);
        let m = exception_group_match(vm, v.r(), t.value_error.r()).expect("matched");
        assert!(m.wrapped && m.rest.is_none());
        assert_eq!(repr(vm, &m.matched.expect("some")), "ExceptionGroup('', (ValueError(1),))");
        let orig = make_group(vm, "m", vec![v, call(vm, t.type_error, &[])]).expect("made");
        let m = exception_group_match(vm, orig.r(), t.value_error.r()).expect("matched");
        let (matched, rest) = (m.matched.expect("some"), m.rest.expect("some"));
        // Both parts raised again as they were: one group of the same structure.
        let again = prep_reraise_star(vm, orig.r(), &[matched.clone(), Obj::none(), rest.clone()]).expect("joined");
        assert_eq!(repr(vm, &again), "ExceptionGroup('m', [ValueError(1), TypeError()])");
        // A new exception goes beside what was left over.
        let new = call(vm, t.key_error, &[]);
        vm.setattr(new.r(), &vm.intern("__context__"), orig.r()).expect("set");
        let both = prep_reraise_star(vm, orig.r(), &[new, rest]).expect("joined");
        assert_eq!(repr(vm, &both), "ExceptionGroup('', [KeyError(), ExceptionGroup('m', [TypeError()])])");
        let nothing = prep_reraise_star(vm, orig.r(), &[Obj::none()]).expect("joined");
        assert!(nothing.r().is_none());
        if let Some(e) = matched.r().downcast::<krait_object::exception::PyBaseException>(vm) {
            put_cause(e, None);
            assert!(e.suppress_context.get());
        }
    });
}
