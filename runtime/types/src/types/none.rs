//! The types of `None`, `Ellipsis` and `NotImplemented`.

use krait_macros::pyclass;
use krait_object::header::Header;
use krait_object::prelude::*;

/// Singletons are static: they never die.
unsafe fn immortal(_: &Vm, _: *mut Header) {}

fn no_arguments(vm: &Vm, args: &Args<'_>, name: &str) -> PyResult<()> {
    if args.is_empty() { Ok(()) } else { Err(vm.type_error(format!("{name} takes no arguments"))) }
}

/// The type of the None singleton.
#[pyclass("NoneType", layout = Header, table = none_type, no_gc, dealloc = super::immortal)]
pub mod none_type {
    use super::*;

    #[pynew("NoneType()", raw)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        no_arguments(vm, &args, "NoneType")?;
        Ok(Obj::none())
    }

    #[slot(repr)]
    fn repr(_zelf: Ref<'_>) -> &'static str {
        "None"
    }

    #[slot(hash)]
    fn hash(_zelf: Ref<'_>) -> i64 {
        0xfca8_6420
    }

    #[slot(nb_bool)]
    fn bool(_zelf: Ref<'_>) -> bool {
        false
    }
}

/// The type of the Ellipsis singleton.
#[pyclass("ellipsis", layout = Header, table = ellipsis_type, no_gc, dealloc = super::immortal)]
pub mod ellipsis_type {
    use super::*;

    #[pynew("ellipsis()", raw)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        no_arguments(vm, &args, "EllipsisType")?;
        Ok(krait_object::singletons::ellipsis().to_obj())
    }

    #[slot(repr)]
    fn repr(_zelf: Ref<'_>) -> &'static str {
        "Ellipsis"
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(_zelf: Ref<'_>) -> &'static str {
        "Ellipsis"
    }
}

/// The type of the NotImplemented singleton.
#[pyclass("NotImplementedType", layout = Header, table = not_implemented_type, no_gc, dealloc = super::immortal)]
pub mod not_implemented_type {
    use super::*;

    #[pynew("NotImplementedType()", raw)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        no_arguments(vm, &args, "NotImplementedType")?;
        Ok(vm.not_implemented())
    }

    #[slot(repr)]
    fn repr(_zelf: Ref<'_>) -> &'static str {
        "NotImplemented"
    }

    #[slot(nb_bool)]
    fn bool(vm: &Vm, _zelf: Ref<'_>) -> PyResult<bool> {
        Err(vm.type_error("NotImplemented should not be used in a boolean context"))
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(_zelf: Ref<'_>) -> &'static str {
        "NotImplemented"
    }
}
