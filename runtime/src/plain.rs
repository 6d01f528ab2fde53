//! Plain values: those that native code compares, hashes, formats and copies without running
//! Python code.

use krait_object::dict::PyDict;
use krait_object::header::FLAG_WEAKREFS;
use krait_object::list::PyList;
use krait_object::native::MethodDef;
use krait_object::protocol::number::BinOp;
use krait_object::slots::CmpOp;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::ty::PyType;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Py, Ref, Value};

/// Is it a number, str, bytes, bytearray, range or None of the built-in type?
pub fn is_scalar(vm: &Vm, v: Value) -> bool {
    if !v.is_heap() {
        return !v.is_unbound();
    }
    // SAFETY: a heap word of the caller's is a live object.
    let h = unsafe { &*v.header_ptr() };
    let t = &vm.types;
    let ty = h.ty();
    [t.str, t.int, t.float, t.bool, t.none_type, t.bytes, t.bytearray, t.range, t.complex].iter().any(|s| std::ptr::eq(*s, ty))
        && h.flags() & FLAG_WEAKREFS == 0
}

/// Is it a scalar, or a built-in container of scalars?
pub fn is_plain(vm: &Vm, r: Ref<'_>) -> bool {
    if is_scalar(vm, r.value()) {
        return true;
    }
    if let Some(t) = r.downcast_exact::<PyTuple>(vm) {
        return t.as_slice().iter().all(|o| is_scalar(vm, o.value()));
    }
    if let Some(l) = r.downcast_exact::<PyList>(vm) {
        // SAFETY: nothing runs while the items are looked at.
        return unsafe { (0..l.len()).all(|i| is_scalar(vm, *l.items_ptr().add(i))) };
    }
    if let Some(d) = r.downcast_exact::<PyDict>(vm) {
        let mut pos = 0;
        while let Some((k, v)) = d.next_entry(&mut pos) {
            if !is_scalar(vm, k.value()) || !is_scalar(vm, v.value()) {
                return false;
            }
        }
        return true;
    }
    false
}

/// Is it an object of a built-in type that iterating over runs no Python code?
pub fn is_quiet_iterable(vm: &Vm, r: Ref<'_>) -> bool {
    let t = &vm.types;
    let ty = r.ty(vm);
    [t.list, t.tuple, t.str, t.bytes, t.bytearray, t.range, t.dict, t.set, t.frozenset, t.dict_keys, t.dict_values, t.dict_items]
        .iter()
        .any(|q| std::ptr::eq(*q, ty))
}

/// May class `cls` be called with these arguments without running Python code?
pub fn is_quiet_class_call(vm: &Vm, cls: &PyType, args: &[Ref<'_>]) -> bool {
    let t = &vm.types;
    let is = |list: &[&PyType]| list.iter().any(|c| std::ptr::eq(*c, cls));
    if is(&[t.list, t.tuple]) {
        return args.iter().all(|a| is_quiet_iterable(vm, *a));
    }
    if is(&[t.enumerate, t.zip, t.reversed]) {
        return !args.is_empty() && args.iter().all(|a| is_quiet_iterable(vm, *a) || a.value().is_int());
    }
    let plain = [t.range, t.str, t.int, t.float, t.bytes, t.bytearray, t.complex, t.set, t.frozenset, t.dict, t.bool];
    is(&plain) && args.iter().all(|a| is_plain(vm, *a))
}

/// Does the operator run no Python code on these? Objects of these types always give the same answer.
pub fn is_quiet_pair(vm: &Vm, op: BinOp, a: Value, b: Value) -> bool {
    let t = &vm.types;
    let ty = |v: Value| -> *const PyType {
        if v.is_int() {
            t.int
        } else if v.is_flonum() {
            t.float
        } else if v.is_heap() {
            // SAFETY: a heap word of the caller's is a live object.
            unsafe { (*v.header_ptr()).ty() }
        } else {
            std::ptr::null()
        }
    };
    let (x, y) = (ty(a), ty(b));
    let number = |p: *const PyType| std::ptr::eq(p, t.int) || std::ptr::eq(p, t.float);
    let sequence = |p: *const PyType| [t.list, t.tuple, t.str, t.bytes].iter().any(|s| std::ptr::eq(*s, p));
    match op {
        BinOp::MatMul => false,
        _ if number(x) && number(y) => true,
        BinOp::Add => sequence(x) && std::ptr::eq(x, y),
        BinOp::Mul => (sequence(x) && std::ptr::eq(y, t.int)) || (sequence(y) && std::ptr::eq(x, t.int)),
        _ => false,
    }
}

/// `item in container` as far as it can be told without running Python code.
pub fn contains(vm: &Vm, item: Ref<'_>, container: Ref<'_>) -> Option<bool> {
    /// Elements of a set looked at beforehand.
    const FEW: usize = 12;
    if !is_scalar(vm, item.value()) {
        return None;
    }
    let equal = |o: &Obj| -> Option<bool> {
        if o.r().is(item) {
            return Some(true);
        }
        if !is_scalar(vm, o.value()) {
            return None;
        }
        vm.eq(o.r(), item).ok()
    };
    if let Some(l) = container.downcast_exact::<PyList>(vm) {
        for i in 0..l.len() {
            match equal(&l.get(i)?) {
                Some(false) => {}
                found => return found,
            }
        }
        return Some(false);
    }
    if let Some(t) = container.downcast_exact::<PyTuple>(vm) {
        for o in t.as_slice() {
            match equal(o) {
                Some(false) => {}
                found => return found,
            }
        }
        return Some(false);
    }
    if container.downcast_exact::<PyStr>(vm).is_some() {
        return vm.contains(container, item).ok();
    }
    let set = krait_object::set::as_any_set(vm, container)?;
    let exact = [vm.types.set, vm.types.frozenset].iter().any(|t| std::ptr::eq(*t, container.ty(vm)));
    if !exact || set.len() > FEW {
        return None;
    }
    let mut pos = 0;
    while let Some((o, _)) = set.next_entry(&mut pos) {
        if !is_scalar(vm, o.value()) {
            return None;
        }
    }
    set.contains(vm, item).ok()
}

/// `a op b` as far as it can be told without running Python code: of scalars and of tuples and
/// lists of them.
pub fn compare(vm: &Vm, op: CmpOp, a: Ref<'_>, b: Ref<'_>) -> Option<bool> {
    let t = &vm.types;
    // Bytes beside other things may warn.
    let bytes = |r: Ref<'_>| [t.bytes, t.bytearray].iter().any(|s| std::ptr::eq(*s, r.ty(vm)));
    let fine = |r: Ref<'_>| match r.downcast_exact::<PyTuple>(vm) {
        Some(t) => t.as_slice().iter().all(|o| is_scalar(vm, o.value()) && !bytes(o.r())),
        None => is_scalar(vm, r.value()),
    };
    if !fine(a) || !fine(b) || bytes(a) != bytes(b) {
        return None;
    }
    let r = vm.richcompare(a, b, op).ok()?;
    vm.is_true(r.r()).ok()
}

/// As [`contains_word`] for a comparison.
pub fn compare_word(vm: &Vm, op: CmpOp, a: Ref<'_>, b: Ref<'_>) -> u64 {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| compare(vm, op, a, b))) {
        Ok(Some(found)) => 1 + u64::from(found),
        _ => {
            drop(vm.pending.take());
            0
        }
    }
}

/// The length of an object of a built-in type, if that takes no Python code.
pub fn len(vm: &Vm, o: Ref<'_>) -> Option<usize> {
    if is_quiet_iterable(vm, o) { vm.len(o).ok() } else { None }
}

/// `format(o)` of a scalar as an owned word, or 0.
pub fn format(vm: &Vm, o: Ref<'_>) -> u64 {
    quietly(vm, || if is_scalar(vm, o.value()) { vm.format(o, None).ok().map(Py::into_obj) } else { None })
}

/// Strs joined, as an owned word, or 0.
///
/// # Safety
/// `words` are live strs.
pub unsafe fn join(vm: &Vm, words: &[Value]) -> u64 {
    quietly(vm, || {
        // SAFETY: by contract.
        let strs = || words.iter().map(|w| unsafe { &*(w.header_ptr() as *const PyStr) });
        let mut b = krait_object::str::StrBuilder::new();
        b.try_reserve(vm, strs().map(|s| s.len()).sum()).ok()?;
        strs().for_each(|s| b.push_pystr(s));
        Some(b.finish(vm).into_obj())
    })
}

/// Runs `f`, which runs no Python code: an owned word, or 0 if it raises, gives nothing or panics.
fn quietly(vm: &Vm, f: impl FnOnce() -> Option<Obj>) -> u64 {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) {
        Ok(Some(r)) => r.into_value().0,
        _ => {
            drop(vm.pending.take());
            0
        }
    }
}

/// `a op b`, or 0.
pub fn binary(vm: &Vm, op: BinOp, a: Ref<'_>, b: Ref<'_>) -> u64 {
    quietly(vm, || vm.binary(op, a, b).ok())
}

/// `o[lo:hi]` of a list, tuple or str, or 0.
pub fn slice(vm: &Vm, o: Ref<'_>, lo: isize, hi: isize) -> u64 {
    quietly(vm, || crate::interp::items::simple_slice(vm, o, lo, hi).ok().flatten())
}

/// The next item of an iterator whose iteration runs no Python code, or 0 at its end.
pub fn next(vm: &Vm, it: Ref<'_>) -> u64 {
    quietly(vm, || vm.iter_next(it).ok().flatten())
}

/// 1 or 2 for false and true of [`contains`], 0 if in doubt.
pub fn contains_word(vm: &Vm, item: Ref<'_>, container: Ref<'_>) -> u64 {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| contains(vm, item, container))) {
        Ok(Some(found)) => 1 + u64::from(found),
        _ => {
            drop(vm.pending.take());
            0
        }
    }
}

/// Calls a class as [`is_quiet_class_call`] allows; an owned word, or 0.
///
/// # Safety
/// `words` are live.
pub unsafe fn call_class(vm: &Vm, cls: &PyType, words: &[Value]) -> u64 {
    // SAFETY: by contract; `Ref` is one word.
    let args: &[Ref<'_>] = unsafe { std::slice::from_raw_parts(words.as_ptr() as *const Ref<'_>, words.len()) };
    quietly(vm, || if is_quiet_class_call(vm, cls, args) { vm.call(cls.r(), args).ok() } else { None })
}

/// As [`call_quiet`] for a function that runs no Python code whatever it is called on.
///
/// # Safety
/// As there.
pub unsafe fn call_leaf(vm: &Vm, def: &'static MethodDef, words: &[Value]) -> u64 {
    // SAFETY: by contract; `Ref` is one word.
    let words: &[Ref<'_>] = unsafe { std::slice::from_raw_parts(words.as_ptr() as *const Ref<'_>, words.len()) };
    quietly(vm, || {
        let [this, args @ ..] = words else { return None };
        krait_object::function::call_native(vm, def, *this, krait_object::args::Args::positional(args), || def.name.to_owned()).ok()
    })
}

/// Calls a quiet native function on the bound object and arguments of `words`: its result as an
/// owned word, or 0 if it raises, is not to be called on these, or panics.
///
/// # Safety
/// `words` are live, the first the bound object that `def` wants.
pub unsafe fn call_quiet(vm: &Vm, def: &'static MethodDef, words: &[Value]) -> u64 {
    // SAFETY: by contract; `Ref` is one word.
    let words: &[Ref<'_>] = unsafe { std::slice::from_raw_parts(words.as_ptr() as *const Ref<'_>, words.len()) };
    quietly(vm, || {
        let [this, args @ ..] = words else { return None };
        if !args.iter().all(|a| is_plain(vm, *a)) {
            return None;
        }
        krait_object::function::call_native(vm, def, *this, krait_object::args::Args::positional(args), || def.name.to_owned()).ok()
    })
}
