//! Compiling and running source text as the main program.

use std::cell::{Cell, RefCell};

use krait_frontend::{CompileOptions, Mode};
use krait_object::code::PyCode;
use krait_object::module::PyModule;
use krait_object::prelude::*;

use super::config;
use crate::source::{self, Origin};

/// Sources without a file (`-c`, the REPL), waiting until somebody imports `linecache`: it shows
/// their lines in tracebacks.
#[derive(Default)]
pub struct PendingSources {
    sources: RefCell<Vec<(Py<PyCode>, Py<PyStr>, Py<PyStr>)>>,
    handing_over: Cell<bool>,
}

/// The compiler options the command line asks for.
pub fn options(vm: &Vm) -> CompileOptions {
    let c = config(vm);
    CompileOptions { optimize: c.optimize.clamp(0, 2) as u8, no_debug_ranges: c.no_debug_ranges, ..CompileOptions::default() }
}

/// The code of a source file.
pub fn compile_file(vm: &Vm, bytes: &[u8], path: &str) -> PyResult<Py<PyCode>> {
    let name = vm.intern(path);
    let text = source::decode(vm, bytes, &name, Origin::File)?;
    crate::compile_api::compile(vm, &text, &name, Mode::Exec, &options(vm))
}

/// The code of text that is not in a file. Its lines are kept for tracebacks.
pub fn compile_text(vm: &Vm, text: &str, name: &str, mode: Mode, options: &CompileOptions) -> PyResult<Py<PyCode>> {
    let filename = vm.intern(name);
    let code = crate::compile_api::compile(vm, text, &filename, mode, options)?;
    remember(vm, &code, text, &filename)?;
    Ok(code)
}

fn remember(vm: &Vm, code: &Py<PyCode>, text: &str, name: &Py<PyStr>) -> PyResult<()> {
    let pending = vm.interp.state::<PendingSources>();
    pending.sources.borrow_mut().push((code.clone(), PyStr::new(vm, text), name.clone()));
    if crate::import::get_module(vm, &vm.intern("linecache"))?.is_some() { hand_over(vm) } else { Ok(()) }
}

/// Tells `linecache`, which has just been imported, about the sources.
pub fn hand_over(vm: &Vm) -> PyResult<()> {
    let pending = vm.interp.state::<PendingSources>();
    if pending.sources.borrow().is_empty() || pending.handing_over.replace(true) {
        return Ok(());
    }
    let result = give_sources(vm, pending);
    pending.handing_over.set(false);
    result
}

fn give_sources(vm: &Vm, pending: &PendingSources) -> PyResult<()> {
    let Some(m) = crate::import::get_module(vm, &vm.intern("linecache"))? else { return Ok(()) };
    let register = vm.getattr_str(m.r(), "_register_code")?;
    let sources = std::mem::take(&mut *pending.sources.borrow_mut());
    for (code, text, name) in sources {
        vm.call(register.r(), &[code.r(), text.r(), name.r()])?;
    }
    Ok(())
}

/// The dict of `__main__`.
pub fn main_dict(vm: &Vm) -> PyResult<Py<PyDict>> {
    let m = crate::import::get_module(vm, vm.names().__main__)?;
    match m.and_then(|m| m.downcast::<PyModule>(vm).ok()) {
        Some(m) => Ok(m.dict(vm)),
        None => Err(vm.runtime_error("can't add __main__ module")),
    }
}

/// Runs code in `__main__`.
pub fn run_in_main(vm: &Vm, code: Py<PyCode>) -> PyResult<Obj> {
    let dict = main_dict(vm)?;
    crate::import::library::run_in(vm, code, &dict)
}
