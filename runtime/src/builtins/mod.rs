//! The `builtins` module.
//!
//! Its functions are declared in the submodules by subject; [`create`] puts them together with
//! the built-in types, exceptions and constants.

mod attributes;
mod awaiting;
mod build_class;
mod code;
mod console;
mod extrema;
mod iteration;
mod names;
mod numbers;
mod sum;
mod text;

use krait_object::function::PyBuiltinFunction;
use krait_object::native::ModuleDef;
use krait_object::prelude::*;

const DOC: &str = "Built-in functions, types, exceptions, and other objects.

This module provides direct access to all 'built-in'
identifiers of Python; for example, builtins.len is
the full name for the built-in function len().

This module is not normally accessed explicitly by most
applications, but can be useful in modules that provide
objects with the same name as a builtin and need that name.";

static DEF: ModuleDef = ModuleDef { name: "builtins", doc: Some(DOC), functions: &[], classes: &[], exec: None };

static PARTS: &[&ModuleDef] = &[
    &build_class::part::DEF,
    &attributes::part::DEF,
    &awaiting::part::DEF,
    &code::part::DEF,
    &console::part::DEF,
    &extrema::part::DEF,
    &iteration::part::DEF,
    &numbers::part::DEF,
    &sum::part::DEF,
    &text::part::DEF,
];

/// The module's declaration, which the list of native modules needs.
pub fn def() -> &'static ModuleDef {
    &DEF
}

/// Makes the module and installs its dict as the interpreter's builtins. `open` is left to
/// whoever initialises `io`, `__debug__` says whether assertions are on.
pub fn create(vm: &Vm, debug: bool) -> PyResult<Py<PyModule>> {
    let m = PyModule::from_def(vm, &DEF)?;
    for part in PARTS {
        for f in part.functions {
            let func = PyBuiltinFunction::new(vm, f, Some(m.to_obj()), Some(vm.intern("builtins").into_obj()));
            m.add(vm, f.name, func)?;
        }
    }
    names::add(vm, &m)?;
    m.add(vm, "__debug__", Obj::bool(debug))?;
    let _ = vm.interp.builtins.set(m.dict(vm));
    vm.interp.state::<crate::interp::intrinsics::Consumers>().remember(vm);
    Ok(m)
}
