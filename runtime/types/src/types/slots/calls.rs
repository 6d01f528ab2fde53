//! Slot functions of calls, initialisation and finalisation.

use krait_object::args::Args;
use krait_object::error::PyResult;
use krait_object::obj::{Obj, Ref};
use krait_object::vm::Vm;

use super::lookup::{Method, missing};

pub(super) fn slot_call(vm: &Vm, a: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    let name = vm.names().__call__;
    match Method::find(vm, a, name)? {
        Some(m) => m.call_args(vm, a, args),
        None => Err(missing(vm, name)),
    }
}

pub(super) fn slot_init(vm: &Vm, a: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    let name = vm.names().__init__;
    let Some(m) = Method::find(vm, a, name)? else { return Err(missing(vm, name)) };
    let r = m.call_args(vm, a, args)?;
    if r.r().is_none() {
        return Ok(());
    }
    Err(vm.type_error(format!("__init__() should return None, not '{}'", r.r().ty(vm).tp_name())))
}

pub(super) fn slot_finalize(vm: &Vm, a: Ref<'_>) -> PyResult<()> {
    if let Some(m) = Method::find(vm, a, vm.names().__del__)? {
        m.call(vm, a, &[])?;
    }
    Ok(())
}
