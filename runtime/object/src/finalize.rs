//! Running finalisers (`__del__` and its native kin).

use crate::error::Raised;
use crate::generator::PyGenerator;
use crate::header::Header;
use crate::obj::{Obj, Ref};
use crate::value::Value;
use crate::vm::Vm;

/// Calls the type's `finalize` slot on an object whose count the caller holds up. A pending
/// exception survives; one that the finaliser raises is reported as unraisable.
pub(crate) fn run_finalizer(vm: &Vm, h: &Header) {
    let Some(f) = h.ty().slots.finalize.get() else { return };
    let pending = vm.pending.take();
    // SAFETY: the caller keeps the object alive.
    let o = unsafe { Ref::from_value_unchecked(Value::from_ptr(h)) };
    if let Err(e) = f(vm, o) {
        report(vm, e, o);
    }
    drop(vm.pending.replace(pending));
}

/// Names the `__del__` method at fault, as CPython 3.14 does.
#[cold]
fn report(vm: &Vm, e: Raised, o: Ref<'_>) {
    if o.is_instance_of::<PyGenerator>(vm) {
        let (context, e) = context_with(vm, e, o, "Exception ignored while closing generator");
        return vm.unraisable(e, &context, None);
    }
    match o.ty(vm).lookup(vm, vm.names().__del__) {
        Some(del) => {
            let (context, e) = context_with(vm, e, del.r(), "Exception ignored while calling deallocator");
            vm.unraisable(e, &context, None);
        }
        None => {
            let context = format!("Exception ignored while finalizing '{}' object", o.ty(vm).tp_name());
            vm.unraisable(e, &context, None);
        }
    }
}

/// `"{text} {repr(o)}"` while the exception of `e` is pending; an error of `repr` is dropped and
/// leaves a placeholder.
#[cold]
pub fn context_with(vm: &Vm, e: Raised, o: Ref<'_>, text: &str) -> (String, Raised) {
    let exc = vm.take_raised(e);
    let context = match vm.repr_text(o) {
        Ok(r) => format!("{text} {r}"),
        Err(inner) => {
            drop(vm.take_raised(inner));
            format!("{text} <{} object>", o.ty(vm).tp_name())
        }
    };
    (context, vm.raise_as_is(exc))
}

/// Runs an object's finaliser now unless it ran before, for `generator.close`-like callers that
/// own a reference.
pub fn finalize_now(vm: &Vm, o: &Obj) {
    if let Some(h) = o.r().header()
        && h.flags() & crate::header::FLAG_FINALIZED == 0
    {
        h.set_flag(crate::header::FLAG_FINALIZED);
        run_finalizer(vm, h);
    }
}
