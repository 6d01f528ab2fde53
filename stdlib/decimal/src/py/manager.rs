//! The context manager of `localcontext`.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_stdlib_core::util::{make, no_header};

use super::context::{PyDecContext, Settings};
use super::current;

#[repr(C)]
#[derive(Trace)]
pub struct PyManager {
    header: Header,
    local: Py<PyDecContext>,
    global: Py<PyDecContext>,
}

/// `localcontext(ctx, **kwargs)`.
pub fn local(vm: &Vm, ctx: Option<Ref<'_>>, kwargs: KwArgs<'_>) -> PyResult<Obj> {
    let mut settings = Settings::default();
    for (name, value) in kwargs.iter() {
        let value = Some(value).filter(|v| !v.is_none());
        let place = match &*name.to_string_lossy() {
            "prec" => &mut settings.prec,
            "rounding" => &mut settings.rounding,
            "Emin" => &mut settings.emin,
            "Emax" => &mut settings.emax,
            "capitals" => &mut settings.capitals,
            "clamp" => &mut settings.clamp,
            "flags" => &mut settings.flags,
            "traps" => &mut settings.traps,
            other => return Err(vm.type_error(format!("this function got an unexpected keyword argument '{other}'"))),
        };
        *place = value;
    }
    let global = current::current(vm)?;
    let local = match ctx {
        None => global.duplicate(vm),
        Some(c) => match c.downcast::<PyDecContext>(vm) {
            Some(c) => c.duplicate(vm),
            None => return Err(vm.type_error("optional argument must be a context")),
        },
    };
    local.set_all(vm, &settings)?;
    Ok(make(vm, PyManager { header: no_header(), local, global }).into_obj())
}

#[pyclass(layout = PyManager, name = "ContextManager", module = "decimal", own, flags(DISALLOW_INSTANTIATION))]
pub mod manager {
    use super::*;

    #[pymethod]
    fn __enter__(vm: &Vm, zelf: &PyManager) -> PyResult<Obj> {
        current::set(vm, &zelf.local)?;
        Ok(zelf.local.to_obj())
    }
    #[pymethod("__exit__(self, *args)", nosig)]
    fn __exit__(vm: &Vm, zelf: &PyManager, _args: &[Ref<'_>]) -> PyResult<bool> {
        current::set(vm, &zelf.global)?;
        Ok(false)
    }
}
