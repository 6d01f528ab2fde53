//! The `_warnings` module: issuing warnings, and the filters in force before and beside
//! `warnings.py`.

mod context;
mod emit;
mod filters;

use std::cell::{Cell, OnceCell};

use krait_macros::pymodule;
use krait_object::module::PyModule;
use krait_object::prelude::*;

pub use emit::{Warning, emit};

/// State of the warnings machinery.
#[derive(Default)]
pub struct WarningsState {
    filters: OnceCell<Py<PyList>>,
    once: OnceCell<Py<PyDict>>,
    /// The `ContextVar` that holds context-local filters.
    context: OnceCell<Obj>,
    /// Counts changes of the filters: registries of older versions are cleared.
    version: Cell<i64>,
    lock: Cell<u32>,
}

pub(crate) fn state(vm: &Vm) -> &'static WarningsState {
    vm.interp.state()
}

/// [`Hooks::warn`](krait_object::vm::Hooks).
pub fn warn(vm: &Vm, category: &PyType, msg: &str, stacklevel: usize) -> PyResult<()> {
    warn_at(vm, category, vm.str(msg).r(), stacklevel as isize, None, &[])
}

/// `warnings.warn` for native code.
pub fn warn_at(vm: &Vm, category: &PyType, message: Ref<'_>, stacklevel: isize, source: Option<Ref<'_>>, skip: &[Obj]) -> PyResult<()> {
    let place = context::find(vm, stacklevel, skip)?;
    let w = Warning {
        category: category.r(),
        message,
        filename: &place.filename,
        lineno: place.lineno,
        module: place.module.r(),
        registry: Some(place.registry.r()),
        sourceline: None,
        source,
    };
    emit(vm, &w)
}

/// The category of a warning from the arguments of `warn`.
fn category_of(vm: &Vm, message: Ref<'_>, category: Option<Ref<'_>>) -> PyResult<Obj> {
    let warning = vm.types.warning;
    let category = if vm.isinstance(message, warning.r())? {
        message.ty(vm).to_obj()
    } else {
        match category {
            Some(c) => c.to_obj(),
            None => vm.types.user_warning.to_obj(),
        }
    };
    let is_class = category.r().is_instance_of::<PyType>(vm);
    if !is_class || !vm.issubclass(category.r(), warning.r())? {
        let name = match category.r().downcast::<PyType>(vm) {
            Some(t) => format!("class '{}'", t.tp_name()),
            None => format!("'{}'", category.r().ty(vm).tp_name()),
        };
        return Err(vm.type_error(format!("category must be a Warning subclass, not {name}")));
    }
    Ok(category)
}

/// Line `lineno` of a module's source, asked of its loader.
fn source_line(vm: &Vm, globals: &PyDict, lineno: i64) -> PyResult<Option<Obj>> {
    let n = vm.names();
    let spec = globals.get_str(vm, n.__spec__)?;
    let loader = match globals.get_str(vm, n.__loader__)? {
        Some(l) if !l.r().is_none() => Some(l),
        _ => match spec.filter(|s| !s.r().is_none()) {
            Some(s) => vm.getattr_opt(s.r(), &vm.intern("loader"))?,
            None => None,
        },
    };
    let name = globals.get_str(vm, n.__name__)?;
    let (Some(loader), Some(name)) = (loader, name) else { return Ok(None) };
    let Some(get) = vm.getattr_opt(loader.r(), &vm.intern("get_source"))? else { return Ok(None) };
    let source = vm.call1(get.r(), name.r())?;
    let Some(text) = source.r().downcast::<PyStr>(vm) else { return Ok(None) };
    let text = text.to_string_lossy();
    let line = usize::try_from(lineno).ok().and_then(|l| l.checked_sub(1)).and_then(|l| text.lines().nth(l));
    match line {
        Some(l) => Ok(Some(vm.str(l))),
        None => Err(vm.index_error("list index out of range")),
    }
}

/// _warnings provides basic warning filtering support.
/// It is a helper module to speed up interpreter start-up.
#[pymodule(name = "_warnings")]
pub mod module {
    use super::*;

    /// Issue a warning, or maybe ignore it or raise an exception.
    ///
    ///   message
    ///     Text of the warning message.
    ///   category
    ///     The Warning category subclass. Defaults to UserWarning.
    ///   stacklevel
    ///     How far up the call stack to make this warning appear. A value of 2 for
    ///     example attributes the warning to the caller of the code calling warn().
    ///   source
    ///     If supplied, the destroyed object which emitted a ResourceWarning
    ///   skip_file_prefixes
    ///     An optional tuple of module filename prefixes indicating frames to skip
    ///     during stacklevel computations for stack frame attribution.
    #[pyfunction("warn(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())")]
    fn warn(
        vm: &Vm,
        message: Ref<'_>,
        category: Option<Ref<'_>>,
        stacklevel: isize,
        source: Option<Ref<'_>>,
        skip_file_prefixes: Option<&PyTuple>,
    ) -> PyResult<()> {
        let category = category_of(vm, message, category)?;
        let skip = skip_file_prefixes.map_or(&[][..], PyTuple::as_slice);
        for p in skip {
            if p.r().downcast::<PyStr>(vm).is_none() {
                let text = format!("Found non-str '{}' in skip_file_prefixes.", p.r().ty(vm).tp_name());
                return Err(vm.type_error(text));
            }
        }
        let level = if skip.is_empty() { stacklevel } else { stacklevel.max(2) };
        let Some(class) = category.r().downcast::<PyType>(vm) else { return Ok(()) };
        warn_at(vm, class, message, level, source, skip)
    }
    /// Issue a warning, or maybe ignore it or raise an exception.
    #[pyfunction(
        "warn_explicit(message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)"
    )]
    fn warn_explicit(
        vm: &Vm,
        message: Ref<'_>,
        category: Ref<'_>,
        filename: &PyStr,
        lineno: i32,
        module: Option<Ref<'_>>,
        registry: Option<Ref<'_>>,
        module_globals: Option<Ref<'_>>,
        source: Option<Ref<'_>>,
    ) -> PyResult<()> {
        let globals = match module_globals.filter(|g| !g.is_none()) {
            Some(g) => match g.downcast::<PyDict>(vm) {
                Some(d) => Some(d),
                None => {
                    let text = format!("module_globals must be a dict, not '{}'", g.ty(vm).tp_name());
                    return Err(vm.type_error(text));
                }
            },
            None => None,
        };
        let line = match globals {
            Some(g) => source_line(vm, g, i64::from(lineno))?,
            None => None,
        };
        let normal;
        let module = match module {
            Some(m) => m,
            None => {
                normal = context::module_of_file(vm, filename);
                normal.r()
            }
        };
        let sourceline = line.as_ref().map(|l| l.r());
        let w = Warning { category, message, filename, lineno: i64::from(lineno), module, registry, sourceline, source };
        emit(vm, &w)
    }
    #[pyfunction("_filters_mutated_lock_held()")]
    fn filters_mutated(vm: &Vm) -> PyResult<()> {
        if state(vm).lock.get() == 0 {
            return Err(vm.runtime_error("warnings._filters_mutated_lock_held() called without holding the lock"));
        }
        state(vm).version.set(state(vm).version.get() + 1);
        Ok(())
    }
    #[pyfunction("_acquire_lock()")]
    fn acquire_lock(vm: &Vm) {
        state(vm).lock.set(state(vm).lock.get() + 1);
    }
    #[pyfunction("_release_lock()")]
    fn release_lock(vm: &Vm) -> PyResult<()> {
        match state(vm).lock.get().checked_sub(1) {
            Some(n) => {
                state(vm).lock.set(n);
                Ok(())
            }
            None => Err(vm.runtime_error("cannot release un-acquired lock")),
        }
    }
    #[pyexec]
    fn exec(vm: &Vm, m: &PyModule) -> PyResult<()> {
        m.add(vm, "filters", filters::global(vm).to_obj())?;
        m.add(vm, "_onceregistry", filters::once_registry(vm).to_obj())?;
        m.add(vm, "_defaultaction", vm.str("default"))?;
        if let Some(var) = context::context_var(vm)? {
            m.add(vm, "_warnings_context", var)?;
        }
        Ok(())
    }
}
