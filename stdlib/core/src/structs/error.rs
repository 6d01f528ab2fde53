//! `struct.error`.

use std::cell::OnceCell;

use krait_object::error::Raised;
use krait_object::prelude::*;

#[derive(Default)]
struct ErrorCell(OnceCell<Obj>);

/// The exception type.
pub fn error_type(vm: &Vm) -> PyResult<Obj> {
    let cell = &vm.interp.state::<ErrorCell>().0;
    if let Some(t) = cell.get() {
        return Ok(t.clone());
    }
    let t = crate::util::new_exception_type(vm, "struct", "error", vm.types.exception, None)?;
    Ok(cell.get_or_init(|| t).clone())
}

/// Raises `struct.error(msg)`.
#[cold]
pub fn struct_error(vm: &Vm, msg: impl AsRef<str>) -> Raised {
    match error_type(vm) {
        Ok(t) => match t.r().downcast::<PyType>(vm) {
            Some(t) => vm.raise_msg(t, msg.as_ref()),
            None => vm.system_error("struct.error is no type"),
        },
        Err(e) => e,
    }
}
