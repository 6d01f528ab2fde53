//! Hides importlib's own frames in the tracebacks of failed imports.

use krait_object::code::PyCode;
use krait_object::exception::peek;
use krait_object::frame_obj::PyFrame;
use krait_object::prelude::*;
use krait_object::traceback::PyTraceback;

/// Passes a result through; an exception loses the entries importlib added to its traceback.
pub fn trimmed<T>(vm: &Vm, result: PyResult<T>) -> PyResult<T> {
    if result.is_err() && crate::lifecycle::config(vm).verbose == 0 {
        trim(vm);
    }
    result
}

fn code_of<'a>(vm: &Vm, tb: &'a PyTraceback) -> Option<&'a PyCode> {
    tb.frame.r().downcast::<PyFrame>(vm).map(|f| &*f.code)
}

fn is_importlib(code: &PyCode) -> bool {
    let file = code.filename();
    file.eq_str("<frozen importlib._bootstrap>") || file.eq_str("<frozen importlib._bootstrap_external>")
}

/// A run of importlib frames goes if the exception is an ImportError, or if the run ends by
/// running module code: in `_call_with_frames_removed`, or in the embedded library's loader, which
/// is native and enters the module from `_load_unlocked` or `_exec`.
fn trim(vm: &Vm) {
    let Some(exc) = vm.pending.take() else { return };
    let always = exc.r().ty(vm).is_subtype(vm.types.import_error);
    let mut entries = Vec::new();
    let mut at = peek(&exc.traceback);
    while let Some(tb) = at.take().and_then(|o| o.downcast::<PyTraceback>(vm).ok()) {
        at = tb.next();
        entries.push(tb);
    }
    let ours: Vec<bool> = entries.iter().map(|tb| code_of(vm, tb).is_some_and(is_importlib)).collect();
    let mut keep = vec![true; entries.len()];
    let mut i = 0;
    while i < entries.len() {
        if !ours[i] {
            i += 1;
            continue;
        }
        let start = i;
        while i < entries.len() && ours[i] {
            let name = code_of(vm, &entries[i]).map(|c| c.name.to_string_lossy()).unwrap_or_default();
            let enters_module = match name.as_str() {
                "_call_with_frames_removed" => true,
                "_load_unlocked" | "_exec" => {
                    let next = entries.get(i + 1).and_then(|tb| code_of(vm, tb));
                    next.is_some_and(|c| !is_importlib(c) && c.name.eq_str("<module>"))
                }
                _ => false,
            };
            if always || enters_module {
                keep[start..=i].fill(false);
            }
            i += 1;
        }
    }
    let mut next: Option<Obj> = None;
    for (tb, keep) in entries.into_iter().zip(keep).rev() {
        if keep {
            drop(tb.next.replace(next.take()));
            next = Some(tb.into_obj());
        }
    }
    drop(exc.traceback.replace(next));
    vm.pending.set(Some(exc));
}
