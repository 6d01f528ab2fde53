//! Plain values: those that native code compares, hashes, formats and copies without running
//! Python code.

use krait_object::dict::PyDict;
use krait_object::header::FLAG_WEAKREFS;
use krait_object::list::PyList;
use krait_object::native::MethodDef;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Ref, Value};

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

/// Calls a quiet native function on the bound object and arguments of `words`: its result as an
/// owned word, or 0 if it raises, is not to be called on these, or panics.
///
/// # Safety
/// `words` are live, the first the bound object that `def` wants.
pub unsafe fn call_quiet(vm: &Vm, def: &'static MethodDef, words: &[Value]) -> u64 {
    let call = || {
        // SAFETY: by contract; `Ref` is one word.
        let words: &[Ref<'_>] = unsafe { std::slice::from_raw_parts(words.as_ptr() as *const Ref<'_>, words.len()) };
        let [this, args @ ..] = words else { return None };
        if !args.iter().all(|a| is_plain(vm, *a)) {
            return None;
        }
        krait_object::function::call_native(vm, def, *this, krait_object::args::Args::positional(args), || def.name.to_owned()).ok()
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)) {
        Ok(Some(r)) => r.into_value().0,
        _ => {
            drop(vm.pending.take());
            0
        }
    }
}
