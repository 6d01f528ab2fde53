//! `import` statements.
use krait_object::prelude::*;
pub fn is_default_import(_vm: &Vm, _o: Ref<'_>) -> bool { false }
pub fn import_name(_vm: &Vm, _n: &PyStr, _g: Option<&PyDict>, _f: Ref<'_>, _l: Ref<'_>) -> PyResult { loop {} }
pub fn import_from(_vm: &Vm, _m: Ref<'_>, _n: &PyStr) -> PyResult { loop {} }
