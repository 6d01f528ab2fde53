//! `StopIteration`, `SystemExit` and `KeyError`: exceptions that give `args` a meaning.

use krait_object::exception::PyBaseException;
use krait_object::exception_layouts::{PyStopIteration, PySystemExit};
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;

use super::support::{base_init, base_str, def, object_members, set_field, this};

/// `StopIteration`.
pub static STOP_ITERATION: TypeDef = TypeDef {
    slots: SlotDefs { init: Some(stop_iteration_init), ..SlotDefs::EMPTY },
    members: object_members![PyStopIteration; value as "value": "generator return value"],
    ..def::<PyStopIteration>("StopIteration", "Signal the end from iterator.__next__().", |t| t.stop_iteration, |vm| vm.types.exception)
};

fn stop_iteration_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    base_init(vm, zelf, args)?;
    set_field(&this::<PyStopIteration>(zelf).value, args.pos().first().copied())
}

/// `SystemExit`.
pub static SYSTEM_EXIT: TypeDef = TypeDef {
    slots: SlotDefs { init: Some(system_exit_init), ..SlotDefs::EMPTY },
    members: object_members![PySystemExit; code as "code": "exception code"],
    ..def::<PySystemExit>("SystemExit", "Request to exit from the interpreter.", |t| t.system_exit, |vm| vm.types.base_exception)
};

fn system_exit_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    base_init(vm, zelf, args)?;
    let exc = this::<PySystemExit>(zelf);
    match args.pos() {
        [] => Ok(()),
        [one] => set_field(&exc.code, Some(*one)),
        _ => set_field(&exc.code, Some(exc.base.args_tuple(vm).r())),
    }
}

/// `KeyError`.
pub static KEY_ERROR: TypeDef = TypeDef {
    slots: SlotDefs { init: Some(base_init), str: Some(key_error_str), ..SlotDefs::EMPTY },
    ..def::<PyBaseException>("KeyError", "Mapping key not found.", |t| t.key_error, |vm| vm.types.lookup_error)
};

/// A lone argument shows as its repr: a bare empty or blank message would be confusing.
fn key_error_str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let args = this::<PyBaseException>(zelf).args_tuple(vm);
    match args.as_slice() {
        [one] => Ok(vm.repr(one.r())?.into_obj()),
        _ => base_str(vm, zelf),
    }
}
