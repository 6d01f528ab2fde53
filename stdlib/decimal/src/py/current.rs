//! The current context, which a context variable holds.

use std::cell::Cell;

use krait_object::prelude::*;
use krait_stdlib_core::contextvars::generation;
use krait_stdlib_core::util::with_cell;

use super::context::PyDecContext;
use super::state::state;

thread_local! {
    /// The current context as of a generation of context variables, and of a context of these.
    static CACHE: Cell<(u64, u64, *const PyDecContext)> = const { Cell::new((0, 0, std::ptr::null())) };
}

/// Identifies the thread's `contextvars.Context`; 0 if there is none.
#[inline(always)]
fn variables(vm: &Vm) -> u64 {
    with_cell(&vm.context, |c| c.as_ref().map_or(0, |o| o.value().0))
}

/// The current context.
#[inline]
pub fn current(vm: &Vm) -> PyResult<Py<PyDecContext>> {
    let (of, vars, p) = CACHE.get();
    if !p.is_null() && of == generation() && vars == variables(vm) {
        // SAFETY: the thread's context variables have not changed since it was found among them,
        // so they still own it.
        return Ok(unsafe { &*p }.to_py());
    }
    lookup(vm)
}

#[cold]
#[inline(never)]
fn lookup(vm: &Vm) -> PyResult<Py<PyDecContext>> {
    let s = state(vm)?;
    let found = match s.variable.value(vm)? {
        Some(c) => match c.downcast::<PyDecContext>(vm) {
            Ok(c) => c,
            Err(_) => return Err(vm.type_error("the value of decimal_context is not a context")),
        },
        None => {
            let c = s.default.duplicate(vm);
            c.flags.set(0);
            s.variable.assign(vm, c.to_obj())?;
            c
        }
    };
    // Borrows what the context variable owns; looked up again when that may have changed.
    CACHE.set((generation(), variables(vm), &raw const *found));
    Ok(found)
}

/// Makes a context current. Templates are copied.
pub fn set(vm: &Vm, c: &PyDecContext) -> PyResult<()> {
    let s = state(vm)?;
    let template = [&s.default, &s.basic, &s.extended].into_iter().any(|t| t.r().ptr_eq(c.r()));
    if template {
        let copy = c.duplicate(vm);
        copy.flags.set(0);
        return s.variable.assign(vm, copy.into_obj());
    }
    s.variable.assign(vm, c.to_obj())
}
