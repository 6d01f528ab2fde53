//! `_sysconfig`.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// A helper for the sysconfig module.
#[pymodule(name = "_sysconfig")]
pub mod sysconfig {
    use super::*;

    /// Returns a dictionary containing build variables intended to be exposed by sysconfig.
    #[pyfunction("config_vars()")]
    fn config_vars(vm: &Vm) -> PyResult<Obj> {
        let d = PyDict::new(vm);
        d.set_item_str(vm, "Py_GIL_DISABLED", Obj::small(0))?;
        Ok(d.into_obj())
    }
}
