//! Helpers that several container types share.

use krait_object::iterators::pair;
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;
use krait_object::{singletons, str::StrBuilder};

/// `a == b` with identity first and no call for two machine integers.
#[inline(always)]
pub fn fast_eq(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
    if a.ptr_eq(b) {
        return Ok(true);
    }
    if a.value().is_int() && b.value().is_int() {
        return Ok(false);
    }
    vm.eq(a, b)
}

/// A function of the `builtins` module.
pub fn builtin(vm: &Vm, name: &str) -> PyResult<Obj> {
    let found = match vm.interp.builtins.get() {
        Some(d) => d.get_str(vm, &vm.intern(name))?,
        None => None,
    };
    found.ok_or_else(|| vm.name_error_msg(format!("name '{name}' is not defined")))
}

/// What `__reduce__` of iterators gives: `(iter, (seq,))` or `(iter, (seq,), index)`. Finding `iter`
/// may run Python code that moves the iterator, so `state` is asked after that.
pub fn reduce_iter(vm: &Vm, state: impl FnOnce() -> (Obj, Option<usize>)) -> PyResult<Obj> {
    let f = builtin(vm, "iter")?;
    let (seq, index) = state();
    let args = vm.tuple(vec![seq]);
    Ok(match index {
        Some(i) => vm.tuple(vec![f, args, vm.int_usize(i)]),
        None => pair(vm, f, args).into_obj(),
    })
}

/// A machine integer argument of `__setstate__`.
pub fn state_index(vm: &Vm, state: Ref<'_>) -> PyResult<isize> {
    if state.as_int(vm).is_none() {
        return Err(vm.type_error("an integer is required"));
    }
    krait_object::convert::c_ssize_t(vm, state)
}

/// The items of an iterable as `PySequence_Fast` gives them: a TypeError from `iter()` is
/// reworded.
pub fn sequence_fast(vm: &Vm, o: Ref<'_>, msg: &str) -> PyResult<Vec<Obj>> {
    if let Some(l) = o.downcast_exact::<PyList>(vm) {
        return Ok(l.to_vec());
    }
    if let Some(t) = o.downcast_exact::<PyTuple>(vm) {
        return Ok(t.as_slice().to_vec());
    }
    match vm.iter(o) {
        Ok(it) => vm.collect(it.r()),
        Err(e) => {
            drop(vm.catch(e, vm.types.type_error)?);
            Err(vm.type_error(msg))
        }
    }
}

/// Joins `repr`s with commas into `open...close`.
pub struct ReprJoiner {
    out: StrBuilder,
    first: bool,
}

impl ReprJoiner {
    pub fn new(open: &str) -> ReprJoiner {
        let mut out = StrBuilder::new();
        out.push_str(open);
        ReprJoiner { out, first: true }
    }
    #[inline]
    fn separate(&mut self) {
        if !self.first {
            self.out.push_str(", ");
        }
        self.first = false;
    }
    /// Adds one item.
    pub fn item(&mut self, vm: &Vm, o: Ref<'_>) -> PyResult<()> {
        let r = vm.repr(o)?;
        self.separate();
        self.out.push_pystr(&r);
        self.check(vm)
    }
    /// Adds `key: value`.
    pub fn entry(&mut self, vm: &Vm, k: Ref<'_>, v: Ref<'_>) -> PyResult<()> {
        let rk = vm.repr(k)?;
        let rv = vm.repr(v)?;
        self.separate();
        self.out.push_pystr(&rk);
        self.out.push_str(": ");
        self.out.push_pystr(&rv);
        self.check(vm)
    }
    /// Huge texts are a MemoryError, not an abort.
    fn check(&mut self, vm: &Vm) -> PyResult<()> {
        self.out.try_reserve(vm, 16)
    }
    pub fn finish(mut self, vm: &Vm, close: &str) -> Obj {
        self.out.push_str(close);
        self.out.finish(vm).into_obj()
    }
}

/// A sequence's length times `n` as a number of items, `MemoryError` if absurd.
pub fn repeated_len(vm: &Vm, len: usize, n: isize) -> PyResult<usize> {
    let n = n.max(0) as usize;
    match len.checked_mul(n) {
        Some(total) if total <= isize::MAX as usize / 8 => Ok(total),
        _ => Err(vm.memory_error()),
    }
}

/// `NotImplemented` as a slot's answer.
#[inline]
pub fn not_implemented() -> PyResult<Obj> {
    Ok(singletons::not_implemented().to_obj())
}

/// `a + b` for running totals.
#[inline]
pub fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    vm.binary(BinOp::Add, a, b)
}

/// The content of a cell, borrowed for the time of a call that may run anything: a new reference.
#[inline(always)]
pub fn peek_obj(cell: &std::cell::Cell<Option<Obj>>) -> Option<Obj> {
    // SAFETY: the cell is only read, and making a reference runs no other code.
    unsafe { (*cell.as_ptr()).clone() }
}

/// A vector with room for `n` items, or MemoryError.
pub fn vec_for(vm: &Vm, n: usize) -> PyResult<Vec<Obj>> {
    let mut v = Vec::new();
    match v.try_reserve_exact(n) {
        Ok(()) => Ok(v),
        Err(_) => Err(vm.memory_error()),
    }
}

/// A new instance of `cls`, which is `T`'s type or derives from it.
///
/// # Safety
/// `T` is the layout of the native type that `cls` is or derives from; `payload` owns whatever it
/// should (its header is replaced).
pub unsafe fn new_instance<T: Layout>(vm: &Vm, cls: &PyType, payload: T) -> PyResult<Obj> {
    if std::ptr::eq(cls, T::type_of(vm)) {
        // SAFETY: by contract.
        return Ok(unsafe { krait_object::function::alloc_exact(vm, cls, payload) }.into_obj());
    }
    krait_object::instance::alloc_var_instance(vm, cls, 0, |p| {
        // SAFETY: a fresh object with room for `T`; the header already there is kept.
        unsafe {
            let h = std::ptr::read(p);
            let t = p as *mut T;
            t.write(payload);
            p.write(h);
        }
    })
}

/// The arguments of a constructor whose only keyword is `strict`.
pub fn only_strict(vm: &Vm, name: &str, args: &Args<'_>) -> PyResult<bool> {
    let mut strict = false;
    for (k, v) in args.kwargs() {
        if !k.eq_str("strict") {
            return Err(krait_object::unpack::unexpected_keyword(vm, name, k, &["strict"]));
        }
        strict = vm.is_true(v)?;
    }
    Ok(strict)
}
