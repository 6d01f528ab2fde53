//! Argument errors of native functions, word for word as CPython's Argument Clinic gives them.
//!
//! Only the object model is here, so the few types needed are set up by hand.

use krait_macros::pymodule;
use krait_object::exception::PyBaseException;
use krait_object::instance::alloc_instance;
use krait_object::prelude::*;
use krait_object::vm::Interp;

#[pymodule]
mod funcs {
    use super::*;

    #[pyfunction("pop(index=-1, /)")]
    fn pop(index: isize) -> isize {
        index
    }
    #[pyfunction("insert(index, object, /)")]
    fn insert(_index: isize, _object: Ref<'_>) {}
    #[pyfunction("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(_value: Ref<'_>, start: IndexClamped, stop: IndexClamped) -> (isize, isize) {
        (start.0, stop.0)
    }
    #[pyfunction("split(sep=None, maxsplit=-1)")]
    fn split(sep: Option<&PyStr>, maxsplit: isize) -> (Option<Obj>, isize) {
        (sep.map(|s| s.to_obj()), maxsplit)
    }
    #[pyfunction("replace(old, new, /, count=-1)")]
    fn replace(_old: &PyStr, _new: &PyStr, count: isize) -> isize {
        count
    }
    #[pyfunction("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(a: f64, b: f64, rel_tol: f64, abs_tol: f64) -> (f64, f64, f64, f64) {
        (a, b, rel_tol, abs_tol)
    }
    #[pyfunction("prod(iterable, /, *, start=1)")]
    fn prod(_iterable: Ref<'_>, start: Ref<'_>) -> Obj {
        start.to_obj()
    }
    #[pyfunction("exec(source, /, globals=None, locals=None, *, closure=None)")]
    fn exec(source: Ref<'_>, _g: Option<Ref<'_>>, _l: Option<Ref<'_>>, _c: Option<Ref<'_>>) -> Obj {
        source.to_obj()
    }
    #[pyfunction("sort(*, key=None, reverse=False)")]
    fn sort(_key: Option<Ref<'_>>, _reverse: Ref<'_>) {}
    #[pyfunction("only(*, a)")]
    fn only(_a: Ref<'_>) {}
    #[pyfunction("posonly_vararg(a, /, b, *args)")]
    fn posonly_vararg(_a: Ref<'_>, _b: Ref<'_>, args: &[Ref<'_>]) -> usize {
        args.len()
    }
    #[pyfunction("memoryview(object)")]
    fn memoryview(_object: Ref<'_>) {}
    #[pyfunction("print(*args, sep=' ', end='\\n')")]
    fn print(_args: &[Ref<'_>], sep: Option<&PyStr>, _end: Option<&PyStr>) -> Option<Obj> {
        sep.map(|s| s.to_obj())
    }
    #[pyfunction("update(x, /, **kwargs)")]
    fn update(_x: Ref<'_>, kwargs: KwArgs<'_>) -> usize {
        kwargs.len()
    }
    #[pyfunction("encode(encoding='utf-8', errors='strict')")]
    fn encode(encoding: &str, errors: &str) -> String {
        format!("{encoding}/{errors}")
    }
    #[pyfunction("fromhex(string, /)")]
    fn fromhex(_string: &PyStr) {}
    #[pyfunction("fill(char=' ', /)")]
    fn fill(_char: Option<CharArg>) {}
    #[pyfunction("byte(b, /)")]
    fn byte(b: u8) -> u8 {
        b
    }
    #[pyfunction("window(a[, b, c])")]
    fn window(_a: Ref<'_>, b: Option<Ref<'_>>, _c: Option<Ref<'_>>) -> bool {
        b.is_some()
    }
    #[pyfunction("fsync(fd)")]
    fn fsync(_fd: u32) {}
}

fn make_exception(vm: &Vm, ty: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    let ty = ty.downcast::<PyType>(vm).expect("a type");
    let e = alloc_instance(vm, ty, 0)?.downcast::<PyBaseException>(vm).ok().expect("an exception");
    e.args.set(Some(PyTuple::from_refs(vm, args.pos()).into_obj()));
    Ok(e.into_obj())
}

fn vm() -> &'static Vm {
    let interp = Interp::new();
    let vm: &'static Vm = Box::leak(Box::new(Vm::new(interp)));
    vm.install();
    let t = vm.types;
    for (name, ty) in t.all() {
        ty.name.set(Some(vm.intern(name)));
        ty.base.set(if std::ptr::eq(ty, t.object) { std::ptr::null() } else { t.object });
    }
    t.tuple.basicsize.set(size_of::<PyTuple>());
    t.tuple.itemsize.set(8);
    t.int.set_flag(TypeFlags::INT_SUBCLASS);
    for ty in [t.base_exception, t.type_error, t.value_error, t.overflow_error] {
        ty.basicsize.set(size_of::<PyBaseException>());
        ty.base.set(t.base_exception);
    }
    t.base_exception.base.set(t.object);
    t.r#type.slots.call.set(Some(make_exception));
    vm
}

/// The message of the exception that a call raises, or "ok".
fn message(vm: &Vm, func: &str, pos: &[Ref<'_>], kw: &[(&str, Ref<'_>)]) -> String {
    let def = funcs::DEF.functions.iter().find(|f| f.name == func).expect(func);
    let names = PyTuple::new(vm, kw.iter().map(|(n, _)| vm.intern(n).into_obj()).collect());
    let all: Vec<Ref<'_>> = pos.iter().copied().chain(kw.iter().map(|(_, v)| *v)).collect();
    let zelf = vm.none();
    let r = match def.func {
        NativeFn::NoArgs(f) => f(vm, zelf),
        NativeFn::One(f) => f(vm, zelf, pos[0]),
        NativeFn::Fast(f) => f(vm, zelf, pos),
        NativeFn::Full(f) => f(vm, zelf, Args::new(&all, Some(&names))),
    };
    match r {
        Ok(_) => "ok".to_owned(),
        Err(e) => {
            let exc = vm.take_raised(e);
            exc.args_tuple(vm).get(0).and_then(|m| m.r().downcast::<PyStr>(vm)).expect("a message").to_string_lossy()
        }
    }
}

#[test]
fn messages() {
    let vm = vm();
    let (one, text, big, ab) = (Obj::small(1), vm.str("x"), vm.int(1i128 << 70), vm.str("ab"));
    let (i, s, b, ab) = (one.r(), text.r(), big.r(), ab.r());
    let n = vm.none();
    let check = |func: &str, pos: &[Ref<'_>], kw: &[(&str, Ref<'_>)], want: &str| {
        assert_eq!(message(vm, func, pos, kw), want, "{func}");
    };
    check("pop", &[], &[], "ok");
    check("pop", &[i, i], &[], "pop expected at most 1 argument, got 2");
    check("pop", &[s], &[], "'str' object cannot be interpreted as an integer");
    check("pop", &[b], &[], "Python int too large to convert to C ssize_t");
    check("insert", &[i], &[], "insert expected 2 arguments, got 1");
    check("index", &[], &[], "index expected at least 1 argument, got 0");
    check("index", &[i, i, i, i], &[], "index expected at most 3 arguments, got 4");
    check("index", &[i, s], &[], "slice indices must be integers or have an __index__ method");
    check("split", &[], &[], "ok");
    check("split", &[i, i, i], &[], "split() takes at most 2 arguments (3 given)");
    check("split", &[s], &[("sep", i)], "argument for split() given by name ('sep') and position (1)");
    check("split", &[], &[("maxsplitt", i)], "split() got an unexpected keyword argument 'maxsplitt'. Did you mean 'maxsplit'?");
    check("split", &[], &[("foo", i)], "split() got an unexpected keyword argument 'foo'");
    check("split", &[i], &[], "split() argument 'sep' must be str or None, not int");
    check("replace", &[s], &[], "replace() takes at least 2 positional arguments (1 given)");
    check("replace", &[i, i], &[], "replace() argument 1 must be str, not int");
    check("replace", &[s, i], &[], "replace() argument 2 must be str, not int");
    check("replace", &[s, n], &[], "replace() argument 2 must be str, not None");
    check("replace", &[s, s, i, i], &[], "replace() takes at most 3 arguments (4 given)");
    check("isclose", &[i], &[], "isclose() missing required argument 'b' (pos 2)");
    check("isclose", &[i, i, i], &[], "isclose() takes exactly 2 positional arguments (3 given)");
    check("isclose", &[i, i], &[("rel_tol", s)], "must be real number, not str");
    check("isclose", &[i], &[("b", i), ("a", i)], "argument for isclose() given by name ('a') and position (1)");
    check("isclose", &[i], &[("b", i), ("abs_tol", i)], "ok");
    check("prod", &[], &[], "prod() takes exactly 1 positional argument (0 given)");
    check("prod", &[i, i], &[], "prod() takes exactly 1 positional argument (2 given)");
    check("prod", &[i], &[("start", i), ("foo", i)], "prod() takes at most 2 arguments (3 given)");
    check("exec", &[], &[], "exec() takes at least 1 positional argument (0 given)");
    check("exec", &[i; 4], &[], "exec() takes at most 3 positional arguments (4 given)");
    check("sort", &[i], &[], "sort() takes no positional arguments");
    check("only", &[], &[], "only() missing required argument 'a' (pos 1)");
    check("posonly_vararg", &[i], &[], "posonly_vararg() missing required argument 'b' (pos 2)");
    check("posonly_vararg", &[i, i, i], &[("c", i)], "posonly_vararg() got an unexpected keyword argument 'c'");
    check("memoryview", &[i, i], &[], "memoryview() takes at most 1 argument (2 given)");
    check("memoryview", &[], &[("a", i), ("b", i)], "memoryview() takes at most 1 keyword argument (2 given)");
    check("print", &[i; 5], &[], "ok");
    check("print", &[i; 5], &[("sepp", i)], "print() got an unexpected keyword argument 'sepp'. Did you mean 'sep'?");
    check("update", &[i], &[("x", i), ("y", i)], "ok");
    check("encode", &[i], &[], "encode() argument 'encoding' must be str, not int");
    check("encode", &[i; 3], &[], "encode() takes at most 2 arguments (3 given)");
    check("fromhex", &[i], &[], "fromhex() argument must be str, not int");
    check("fill", &[ab], &[], "fill(): argument 1 must be a unicode character, not a string of length 2");
    check("byte", &[Obj::small(256).r()], &[], "unsigned byte integer is greater than maximum");
    check("byte", &[Obj::small(-1).r()], &[], "unsigned byte integer is less than minimum");
    check("byte", &[b], &[], "Python int too large to convert to C long");
    check("fsync", &[Obj::small(-1).r()], &[], "value must be positive");
    check("fsync", &[b], &[], "Python int too large to convert to C unsigned long");
    check("fsync", &[Obj::small(1 << 40).r()], &[], "Python int too large for C unsigned int");
    check("window", &[i], &[], "ok");
    check("window", &[i, i], &[], "window requires 1 to 3 arguments");
    check("window", &[i; 4], &[], "window expected at most 3 arguments, got 4");
}
