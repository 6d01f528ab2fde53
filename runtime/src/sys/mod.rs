//! The `sys` module.
//!
//! Its functions are declared in the submodules by subject; [`create`] puts them together with the
//! constants and what the configuration decides.

pub mod audit;
pub mod display;
pub mod hooks;
mod info;
mod inspect;
pub mod monitoring;
mod names;
mod settings;
pub mod text;
pub mod trace;

use krait_object::function::PyBuiltinFunction;
use krait_object::module::PyModule;
use krait_object::native::ModuleDef;
use krait_object::prelude::*;

use crate::lifecycle::Config;

pub use info::{VERSION, version_line};

const DOC: &str = "This module provides access to some objects used or maintained by the
interpreter and to functions that interact strongly with the interpreter.

Dynamic objects:

argv -- command line arguments; argv[0] is the script pathname if known
path -- module search path; path[0] is the script directory, else ''
modules -- dictionary of loaded modules

displayhook -- called to show results in an interactive session
excepthook -- called to handle any uncaught exception other than SystemExit
  To customize printing in an interactive session or to install a custom
  top-level exception handler, assign other functions to replace these.

stdin -- standard input file object; used by input()
stdout -- standard output file object; used by print()
stderr -- standard error object; used for error messages
  By assigning other file objects (or objects that behave like files)
  to these, it is possible to redirect all of the interpreter's I/O.

last_exc - the last uncaught exception
  Only available in an interactive session after a
  traceback has been printed.

last_type -- type of last uncaught exception
last_value -- value of last uncaught exception
last_traceback -- traceback of last uncaught exception
  These three are the (deprecated) legacy representation of last_exc.
";

static DEF: ModuleDef = ModuleDef { name: "sys", doc: Some(DOC), functions: &[], classes: &[], exec: None };

static PARTS: &[&ModuleDef] = &[&audit::part::DEF, &hooks::part::DEF, &inspect::part::DEF, &settings::part::DEF, &trace::part::DEF];

/// An attribute of `sys`, if it is there.
pub fn sys_attr(vm: &Vm, name: &str) -> Option<Obj> {
    let dict = vm.interp.sysdict.get()?;
    dict.get_str_infallible(vm, &vm.intern(name))
}

/// Sets an attribute of `sys`.
pub fn set_sys_attr(vm: &Vm, name: &str, value: impl Into<Obj>) -> PyResult<()> {
    match vm.interp.sysdict.get() {
        Some(d) => d.set_str(vm, &vm.intern(name), value.into()),
        None => Ok(()),
    }
}

/// Declares the module, so that importlib finds it among the native ones.
pub fn def() -> &'static ModuleDef {
    &DEF
}

/// Makes the module, all but the standard streams and the import settings.
pub fn create(vm: &Vm, config: &Config) -> PyResult<Py<PyModule>> {
    let m = PyModule::from_def(vm, &DEF)?;
    m.filled.set(true);
    let dict = m.dict(vm);
    let _ = vm.interp.sysdict.set(dict.clone());
    for part in PARTS {
        for f in part.functions {
            let func = PyBuiltinFunction::new(vm, f, Some(m.to_obj()), Some(vm.intern("sys").into_obj()));
            m.add(vm, f.name, func)?;
        }
    }
    for hook in ["displayhook", "excepthook", "breakpointhook", "unraisablehook"] {
        if let Some(f) = m.get(vm, &vm.intern(hook))? {
            m.add(vm, &format!("__{hook}__"), f)?;
        }
    }
    info::add(vm, &m)?;
    settings::add(vm, &m, config)?;
    m.add(vm, "stdlib_module_names", names::stdlib(vm)?)?;
    m.add(vm, "monitoring", monitoring::create(vm)?)?;
    m.add(vm, "_jit", PyModule::from_def(vm, &settings::jit::DEF).and_then(|j| j.exec_def(vm).map(|()| j))?)?;
    Ok(m)
}
