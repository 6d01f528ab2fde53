//! Every form in which native modules, classes and functions can be declared.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::prelude::*;

#[repr(C)]
#[derive(Trace)]
pub struct PyBag {
    header: Header,
    items: RefCell<Vec<Obj>>,
    key: Cell<Option<Obj>>,
    #[trace(skip)]
    size: Cell<usize>,
}

/// A bag of things.
///
/// Second paragraph.
#[pyclass(layout = PyBag, name = "Bag", module = "forms", flags(BASETYPE, SEQUENCE), own, weakref, unhashable)]
mod bag {
    use super::*;

    #[pynew("Bag(iterable=None, *, limit=-1)")]
    fn new(vm: &Vm, cls: &PyType, _iterable: Option<Ref<'_>>, limit: isize) -> PyResult<Obj> {
        if limit == 0 {
            return Err(vm.value_error("no room"));
        }
        Ok(cls.to_obj())
    }
    #[pyinit("Bag(x=0, /)")]
    fn init(_zelf: &PyBag, _x: i64) {}
    #[pycall("Bag(a, /, *rest)")]
    fn call(_zelf: &PyBag, a: Ref<'_>, rest: &[Ref<'_>]) -> (Obj, usize) {
        (a.to_obj(), rest.len())
    }
    /// Add an item.
    #[pymethod("add(self, item, /)")]
    fn add(_vm: &Vm, zelf: &PyBag, item: Ref<'_>) -> PyResult<()> {
        zelf.items.borrow_mut().push(item.to_obj());
        Ok(())
    }
    #[pymethod]
    fn copy(zelf: &PyBag) -> Py<PyBag> {
        zelf.to_py()
    }
    #[pymethod("find(self, text, start=None, end=None, /)")]
    fn find(_zelf: Ref<'_>, text: &PyStr, start: Option<IndexClamped>, end: Option<IndexClamped>) -> isize {
        start.or(end).map_or(-1, |_| text.len() as isize)
    }
    #[pymethod("split(self, sep=None, maxsplit=-1)")]
    fn split(_zelf: &PyBag, _sep: Option<&PyStr>, maxsplit: isize) -> isize {
        maxsplit
    }
    #[pymethod("pop(self, key, default=<unrepresentable>, /)")]
    fn pop(_zelf: &PyBag, key: Ref<'_>, default: OptArg<Ref<'_>>) -> Obj {
        default.unwrap_or(key).to_obj()
    }
    #[pymethod("__class_getitem__(self, item, /)", coexist)]
    fn coexisting(_zelf: &PyBag, item: Obj) -> Obj {
        item
    }
    #[pyclassmethod("fromkeys(cls, iterable, value=None, /)")]
    fn fromkeys(cls: &PyType, _iterable: Ref<'_>, _value: Option<Ref<'_>>) -> Obj {
        cls.to_obj()
    }
    #[pystaticmethod("join(*parts, sep=' ', **extra)")]
    fn join(parts: &[Ref<'_>], sep: &str, extra: KwArgs<'_>) -> String {
        format!("{}{sep}{}", parts.len(), extra.len())
    }
    #[getter]
    fn size(zelf: &PyBag) -> usize {
        zelf.size.get()
    }
    #[setter]
    fn set_size(vm: &Vm, zelf: &PyBag, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(v) = value else { return Err(vm.type_error("cannot delete size")) };
        zelf.size.set(vm.index_clamped(v)? as usize);
        Ok(())
    }
    /// The key.
    #[member("key")]
    fn key_member(zelf: &PyBag) -> Option<Obj> {
        let k = zelf.key.take();
        zelf.key.set(k.clone());
        k
    }
    #[slot(repr, str)]
    fn repr(_zelf: &PyBag) -> String {
        "Bag()".to_owned()
    }
    #[slot(sq_length)]
    fn len(zelf: &PyBag) -> usize {
        zelf.items.borrow().len()
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyBag, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        if op == CmpOp::Eq { Ok(Obj::bool(zelf.r().ptr_eq(other))) } else { Ok(vm.not_implemented()) }
    }
    #[slot(iternext)]
    fn next(zelf: &PyBag) -> Option<Obj> {
        zelf.items.borrow_mut().pop()
    }
    #[slot(nb_add)]
    fn nb_add(vm: &Vm, _a: Ref<'_>, _b: Ref<'_>) -> PyResult {
        Ok(vm.not_implemented())
    }
    #[slot(mp_ass_subscript)]
    fn set_item(_zelf: &PyBag, _key: Ref<'_>, _value: Option<Ref<'_>>) -> PyResult<()> {
        Ok(())
    }
    #[classattr]
    const LIMIT: i32 = 7;
    #[classattr("__version__")]
    fn version(vm: &Vm) -> Obj {
        vm.str("1")
    }
}

fn raw_half(x: f64) -> f64 {
    x / 2.0
}

/// Forms of functions.
#[pymodule(name = "_forms", classes = [bag])]
mod forms {
    use super::*;

    #[pyattr]
    const ANSWER: i32 = 42;
    #[pyattr(name = "tau")]
    fn tau_value() -> f64 {
        std::f64::consts::TAU
    }
    /// Halve x.
    #[pyfunction("half(x, /)", pure, typed = raw_half)]
    fn half(_vm: &Vm, x: f64) -> PyResult<f64> {
        Ok(raw_half(x))
    }
    #[pyfunction("double(x, /)", pure, typed)]
    fn double(x: f64) -> f64 {
        x * 2.0
    }
    #[pyfunction("gcd(*integers)")]
    fn gcd(integers: &[Ref<'_>]) -> usize {
        integers.len()
    }
    #[pyfunction("sorted(iterable, /, *, key=None, reverse=False)")]
    fn sorted(iterable: Ref<'_>, key: Option<Ref<'_>>, reverse: bool) -> Obj {
        if reverse { iterable.to_obj() } else { key.unwrap_or(iterable).to_obj() }
    }
    #[pyfunction("window(start, stop[, step])")]
    fn window(start: i64, stop: i64, step: Option<i64>) -> (i64, i64, Option<i64>) {
        (start, stop, step)
    }
    #[pyfunction("anything(*args, **kwargs)", raw)]
    fn anything(args: Args<'_>) -> usize {
        args.all().len()
    }
    #[pyfunction("where(path, *, follow=True)")]
    fn r#where(module: &PyModule, path: PathOrFd, follow: bool) -> PyResult<(Obj, bool)> {
        let _ = path;
        Ok((module.to_obj(), follow))
    }
    #[pyfunction]
    fn nothing() {}
    #[pyfunction("ints(a, b=1, c=0xff, d=1.5, e='x', f=())")]
    fn ints(a: u8, b: u32, c: usize, d: f64, e: Obj, f: Option<Ref<'_>>) -> PyResult<Vec<Obj>> {
        let _ = (a, b, c, d, f);
        Ok(vec![e])
    }
    #[pyfunction("data(a, b, /)")]
    fn data(a: BufferArg, b: BigIntArg) -> usize {
        let _ = b;
        a.len()
    }
    #[cfg(any())]
    #[pyfunction]
    fn never() {}
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        module.add(vm, "made", Obj::none())
    }

    #[pyclass(layout = super::PyPlain, module = "_forms", no_gc, own, base = exception)]
    pub mod plain {
        use super::*;

        #[slot(hash)]
        fn hash(zelf: &PyPlain) -> i64 {
            zelf.x
        }
    }
}

#[repr(C)]
pub struct PyPlain {
    header: Header,
    x: i64,
}

fn method<'a>(methods: &'a [MethodDef], name: &str) -> &'a MethodDef {
    methods.iter().find(|m| m.name == name).expect(name)
}

fn kind(m: &MethodDef) -> &'static str {
    match m.func {
        NativeFn::NoArgs(_) => "NoArgs",
        NativeFn::One(_) => "One",
        NativeFn::Fast(_) => "Fast",
        NativeFn::Full(_) => "Full",
    }
}

#[test]
fn modules_are_declared() {
    assert_eq!(forms::DEF.name, "_forms");
    assert_eq!(forms::DEF.doc, Some("Forms of functions."));
    assert_eq!(forms::DEF.classes.len(), 2);
    assert!(forms::DEF.exec.is_some());
    let kinds: Vec<(&str, &str)> = forms::DEF.functions.iter().map(|f| (f.name, kind(f))).collect();
    let want = [
        ("half", "One"),
        ("double", "One"),
        ("gcd", "Fast"),
        ("sorted", "Full"),
        ("window", "Fast"),
        ("anything", "Full"),
        ("where", "Full"),
        ("nothing", "NoArgs"),
        ("ints", "Full"),
        ("data", "Fast"),
    ];
    assert_eq!(kinds, want);
    let half = method(forms::DEF.functions, "half");
    assert_eq!(half.doc, Some("half($module, x, /)\n--\n\nHalve x."));
    assert!(half.facts.pure_);
    match half.facts.typed {
        Some(krait_object::native::TypedEntry::F64ToF64(f)) => assert_eq!(f(3.0), 1.5),
        _ => panic!("no typed entry"),
    }
    assert_eq!(method(forms::DEF.functions, "window").doc, None);
}

#[test]
fn classes_are_declared() {
    let def = &bag::DEF;
    assert_eq!((def.name, def.module), ("Bag", "forms"));
    assert_eq!(def.doc, Some("Bag(x=0, /)\n--\n\nA bag of things.\n\nSecond paragraph."));
    assert!(def.flags.has(TypeFlags::GC) && def.flags.has(TypeFlags::WEAKREF) && def.traverse.is_some());
    assert!(def.slots.repr.is_some() && def.slots.str.is_some() && def.slots.new.is_some() && def.slots.call.is_some());
    assert!(def.slots.hash.is_some() && def.attrs.is_some());
    assert_eq!(def.getset.len(), 1);
    assert!(def.getset[0].set.is_some());
    assert_eq!((def.members[0].name, def.members[0].doc), ("key", Some("The key.")));
    assert_eq!(method(def.methods, "add").doc, Some("add($self, item, /)\n--\n\nAdd an item."));
    assert_eq!(method(def.methods, "split").doc, Some("split($self, /, sep=None, maxsplit=-1)\n--\n\n"));
    assert_eq!(kind(method(def.methods, "copy")), "NoArgs");
    assert_eq!(kind(method(def.methods, "find")), "Fast");
    assert!(method(def.methods, "fromkeys").binding == Binding::Class);
    assert!(method(def.methods, "join").binding == Binding::Static);
    assert!(method(def.methods, "__class_getitem__").coexist);
    assert!(!forms::plain::DEF.flags.has(TypeFlags::GC) && forms::plain::DEF.base.is_some());
}
