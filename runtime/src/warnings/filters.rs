//! Filters: what to do with a warning.

use krait_object::prelude::*;

use super::{context, state};

/// `_warnings.filters`, with the defaults of a release build.
pub fn global(vm: &Vm) -> &'static Py<PyList> {
    state(vm).filters.get_or_init(|| {
        let t = vm.types;
        let row = |action: &str, category: &PyType, module: Obj| {
            vm.tuple(vec![vm.intern(action).into_obj(), Obj::none(), category.to_obj(), module, Obj::small(0)])
        };
        let main = vm.names().__main__.to_obj();
        PyList::new(
            vm,
            vec![
                row("default", t.deprecation_warning, main),
                row("ignore", t.deprecation_warning, Obj::none()),
                row("ignore", t.pending_deprecation_warning, Obj::none()),
                row("ignore", t.import_warning, Obj::none()),
                row("ignore", t.resource_warning, Obj::none()),
            ],
        )
    })
}

/// `_warnings._onceregistry`.
pub fn once_registry(vm: &Vm) -> &'static Py<PyDict> {
    state(vm).once.get_or_init(|| PyDict::new(vm))
}

/// An attribute of `warnings.py`. Unless `import`, only if it has been imported.
pub fn warnings_attr(vm: &Vm, name: &str, import: bool) -> PyResult<Option<Obj>> {
    let key = vm.names().warnings;
    let module = if import && !vm.interp.finalizing.get() {
        match crate::import::import_absolute(vm, key) {
            Ok(m) => Some(m),
            Err(e) => {
                drop(vm.catch(e, vm.types.import_error)?);
                None
            }
        }
    } else {
        crate::import::get_module(vm, key)?
    };
    match module {
        Some(m) => vm.getattr_opt(m.r(), &vm.intern(name)),
        None => Ok(None),
    }
}

/// The registry of `once`.
pub fn current_once_registry(vm: &Vm) -> PyResult<Obj> {
    match warnings_attr(vm, "onceregistry", false)? {
        Some(r) if r.r().is_instance_of::<PyDict>(vm) => Ok(r),
        Some(r) => Err(vm.type_error(format!("_warnings.onceregistry must be a dict, not '{}'", r.r().ty(vm).tp_name()))),
        None => Ok(once_registry(vm).to_obj()),
    }
}

fn matches(vm: &Vm, pattern: Ref<'_>, text: Ref<'_>) -> PyResult<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    // Filters of the built-in list compare plain strings.
    if pattern.is_exact::<PyStr>(vm) {
        return vm.eq(pattern, text);
    }
    let found = vm.call_method_str(pattern, "match", &[text])?;
    vm.is_true(found.r())
}

/// Looks through a list of filters: the action and the filter that decided.
fn search(vm: &Vm, filters: Ref<'_>, category: Ref<'_>, text: Ref<'_>, lineno: i64, module: Ref<'_>) -> PyResult<Option<(Obj, Obj)>> {
    let Some(list) = filters.downcast::<PyList>(vm) else {
        return Err(vm.value_error("warnings.filters must be a list"));
    };
    let mut i = 0;
    // A pattern's `match` may change the list.
    while let Some(item) = list.get(i) {
        let parts = item.r().downcast::<PyTuple>(vm).map(PyTuple::as_slice);
        let Some([action, msg, class, wanted, line]) = parts else {
            return Err(vm.value_error(format!("warnings.filters item {i} isn't a 5-tuple")));
        };
        if !action.r().is_instance_of::<PyStr>(vm) {
            let text = format!("action must be a string, not '{}'", action.r().ty(vm).tp_name());
            return Err(vm.type_error(text));
        }
        if matches(vm, msg.r(), text)? && matches(vm, wanted.r(), module)? && vm.issubclass(category, class.r())? {
            let line = vm.index_isize(line.r(), vm.types.overflow_error)? as i64;
            if line == 0 || line == lineno {
                let action = action.clone();
                return Ok(Some((action, item)));
            }
        }
        i += 1;
    }
    Ok(None)
}

/// What to do with a warning: the action and the filter that decided.
pub fn action(vm: &Vm, category: Ref<'_>, text: Ref<'_>, lineno: i64, module: Ref<'_>) -> PyResult<(Obj, Obj)> {
    if let Some(filters) = context::context_filters(vm)?
        && let Some(found) = search(vm, filters.r(), category, text, lineno, module)?
    {
        return Ok(found);
    }
    let filters = match warnings_attr(vm, "filters", false)? {
        Some(f) => f,
        None => global(vm).to_obj(),
    };
    if let Some(found) = search(vm, filters.r(), category, text, lineno, module)? {
        return Ok(found);
    }
    let default = match warnings_attr(vm, "defaultaction", false)? {
        Some(d) if d.r().is_instance_of::<PyStr>(vm) => d,
        Some(d) => {
            let text = format!("warnings.defaultaction must be a string, not '{}'", d.r().ty(vm).tp_name());
            return Err(vm.type_error(text));
        }
        None => vm.str("default"),
    };
    Ok((default, Obj::none()))
}

/// Was the key warned about since the filters last changed? With `set`, it is from now on.
pub fn already_warned(vm: &Vm, registry: &PyDict, key: Ref<'_>, set: bool) -> PyResult<bool> {
    let version = vm.names().version;
    let current = state(vm).version.get();
    let known = registry.get_str(vm, version)?.and_then(|v| v.r().as_int(vm).and_then(|i| i.to_i64()));
    if known != Some(current) {
        registry.clear(vm);
        registry.set_str(vm, version, vm.int_i64(current))?;
    } else if let Some(v) = registry.get(vm, key)?
        && vm.is_true(v.r())?
    {
        return Ok(true);
    }
    if set {
        registry.set(vm, key, krait_object::singletons::true_())?;
    }
    Ok(false)
}
