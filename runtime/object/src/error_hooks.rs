//! The hooks in force before the interpreter crate has installed its own.

use crate::vm::Hooks;

/// Hooks of an interpreter that was never fully started (unit tests of this crate).
pub(crate) fn missing() -> &'static Hooks {
    static NONE: Hooks = Hooks {
        warn: |_, _, _, _| Ok(()),
        import: |vm, name| Err(vm.import_error_msg(format!("No module named '{name}'"))),
        unraisable: |_, _, _, _| (),
        current_globals: |_| None,
        safepoint: |_| Ok(()),
        gil_release: |_| (),
        gil_acquire: |_| (),
        audit: |_, _, _| Ok(()),
        encode: |vm, _, name, _| Err(vm.lookup_error(format!("unknown encoding: {name}"))),
        decode: |vm, _, name, _| Err(vm.lookup_error(format!("unknown encoding: {name}"))),
        lookup_error: |vm, name| Err(vm.lookup_error(format!("unknown error handler name '{name}'"))),
    };
    &NONE
}
