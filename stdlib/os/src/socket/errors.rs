//! The module's exceptions.

use std::cell::OnceCell;

use krait_object::error::Raised;
use krait_object::prelude::*;

#[derive(Default)]
struct Types {
    gaierror: OnceCell<Obj>,
    herror: OnceCell<Obj>,
}

fn make(vm: &Vm, cell: &OnceCell<Obj>, name: &str) -> PyResult<Obj> {
    if let Some(t) = cell.get() {
        return Ok(t.clone());
    }
    let dict = PyDict::new(vm);
    dict.set_str(vm, vm.names().__module__, vm.str("socket"))?;
    let bases = vm.tuple(vec![vm.types.os_error.to_obj()]);
    let t = vm.call(vm.types.r#type.r(), &[vm.str(name).r(), bases.r(), dict.r()])?;
    let _ = cell.set(t.clone());
    Ok(t)
}

pub fn gaierror(vm: &Vm) -> PyResult<Obj> {
    make(vm, &vm.interp.state::<Types>().gaierror, "gaierror")
}

pub fn herror(vm: &Vm) -> PyResult<Obj> {
    make(vm, &vm.interp.state::<Types>().herror, "herror")
}

fn raise(vm: &Vm, ty: PyResult<Obj>, code: i32, text: &str) -> Raised {
    match ty {
        Ok(t) => match t.r().downcast::<PyType>(vm) {
            Some(t) => vm.raise_with(t, vec![vm.int(code), vm.str(text)]),
            None => vm.os_error_msg(text),
        },
        Err(r) => r,
    }
}

/// Raises the failure of `getaddrinfo` or `getnameinfo`.
#[cold]
pub fn raise_gai(vm: &Vm, code: i32, e: i32) -> Raised {
    if code == libc::EAI_SYSTEM {
        return vm.os_error(e);
    }
    // SAFETY: a static null-terminated text.
    let text = unsafe { std::ffi::CStr::from_ptr(libc::gai_strerror(code)) }.to_string_lossy().into_owned();
    raise(vm, gaierror(vm), code, &text)
}

/// Raises the failure of a host database lookup.
#[cold]
pub fn raise_host(vm: &Vm, code: i32) -> Raised {
    let text = match code {
        1 => "Unknown host",
        2 => "Host name lookup failure",
        3 => "Unknown server error",
        4 => "No address associated with name",
        _ => "Resolver internal error",
    };
    raise(vm, herror(vm), code, text)
}
