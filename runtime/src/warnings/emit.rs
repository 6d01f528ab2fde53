//! Deciding about a warning and showing it.

use krait_object::exception::PyBaseException;
use krait_object::prelude::*;

use super::filters;

/// A warning with its place.
pub struct Warning<'w> {
    pub category: Ref<'w>,
    /// Text or an instance of a warning.
    pub message: Ref<'w>,
    pub filename: &'w PyStr,
    pub lineno: i64,
    pub module: Ref<'w>,
    pub registry: Option<Ref<'w>>,
    /// The line of source, if somebody has it at hand.
    pub sourceline: Option<Ref<'w>>,
    pub source: Option<Ref<'w>>,
}

/// `warnings.warn_explicit`.
pub fn emit(vm: &Vm, w: &Warning<'_>) -> PyResult<()> {
    // Late in shutdown a module has no name any more.
    if w.module.is_none() {
        return Ok(());
    }
    let registry = match w.registry.filter(|r| !r.is_none()) {
        Some(r) => match r.downcast::<PyDict>(vm) {
            Some(d) => Some(d),
            None => {
                let text = format!("'registry' must be a dict or None, not '{}'", r.ty(vm).tp_name());
                return Err(vm.type_error(text));
            }
        },
        None => None,
    };
    let (text, category, message) = if vm.isinstance(w.message, vm.types.warning.r())? {
        (vm.str_of(w.message)?.into_obj(), w.message.ty(vm).to_obj(), w.message.to_obj())
    } else {
        (w.message.to_obj(), w.category.to_obj(), vm.call1(w.category, w.message)?)
    };
    let key = vm.tuple(vec![text.clone(), category.clone(), vm.int_i64(w.lineno)]);
    if let Some(r) = registry
        && filters::already_warned(vm, r, key.r(), false)?
    {
        return Ok(());
    }
    let (action, item) = filters::action(vm, category.r(), text.r(), w.lineno, w.module)?;
    let name = vm.str_text(action.r())?;
    let seen = match name.as_str() {
        "error" => {
            return Err(match message.downcast::<PyBaseException>(vm) {
                Ok(e) => vm.raise(e),
                Err(_) => vm.type_error("exceptions must derive from BaseException"),
            });
        }
        "ignore" => return Ok(()),
        "always" | "all" => false,
        "once" | "module" | "default" => {
            if let Some(r) = registry {
                r.set(vm, key.r(), krait_object::singletons::true_())?;
            }
            remember(vm, &name, registry, &text, &category)?
        }
        _ => {
            let text = format!("Unrecognized action ({}) in warnings.filters:\n {}", vm.repr_text(action.r())?, vm.repr_text(item.r())?);
            return Err(vm.runtime_error(text));
        }
    };
    if seen { Ok(()) } else { show(vm, w, &text, &category, &message) }
}

/// Notes a warning of an action that reports once in a wider sense; true if it was noted before.
fn remember(vm: &Vm, action: &str, registry: Option<&PyDict>, text: &Obj, category: &Obj) -> PyResult<bool> {
    match action {
        "once" => {
            let own;
            let registry = match registry {
                Some(r) => r,
                None => {
                    own = filters::current_once_registry(vm)?;
                    match own.r().downcast::<PyDict>(vm) {
                        Some(d) => d,
                        None => return Ok(false),
                    }
                }
            };
            let key = vm.tuple(vec![text.clone(), category.clone()]);
            filters::already_warned(vm, registry, key.r(), true)
        }
        "module" => match registry {
            Some(r) => {
                let key = vm.tuple(vec![text.clone(), category.clone(), Obj::small(0)]);
                filters::already_warned(vm, r, key.r(), true)
            }
            None => Ok(false),
        },
        _ => Ok(false),
    }
}

/// Shows a warning through `warnings._showwarnmsg`, or plainly if `warnings` was never imported.
fn show(vm: &Vm, w: &Warning<'_>, text: &Obj, category: &Obj, message: &Obj) -> PyResult<()> {
    let import = w.source.is_some();
    let Some(f) = filters::warnings_attr(vm, "_showwarnmsg", import)? else {
        return show_plainly(vm, w, text, category);
    };
    if !vm.is_callable(f.r()) {
        return Err(vm.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = filters::warnings_attr(vm, "WarningMessage", false)? else {
        return Err(vm.runtime_error("unable to get warnings.WarningMessage"));
    };
    let (none, line) = (vm.none(), vm.int_i64(w.lineno));
    let source = w.source.unwrap_or(none);
    let args = [message.r(), category.r(), w.filename.r(), line.r(), none, none, source];
    let msg = vm.call(class.r(), &args)?;
    vm.call1(f.r(), msg.r()).map(drop)
}

fn show_plainly(vm: &Vm, w: &Warning<'_>, text: &Obj, category: &Obj) -> PyResult<()> {
    let Some(stderr) = crate::sys::sys_attr(vm, "stderr").filter(|s| !s.r().is_none()) else { return Ok(()) };
    let name = vm.getattr(category.r(), vm.names().__name__)?;
    let (file, text) = (w.filename.to_string_lossy(), vm.str_text(text.r())?);
    let mut out = format!("{file}:{}: {}: {text}\n", w.lineno, vm.str_text(name.r())?);
    let line = match w.sourceline {
        Some(l) => Some(vm.str_text(l)?),
        None => source_of(&file, w.lineno),
    };
    if let Some(line) = line.map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()) {
        out.push_str(&format!("  {line}\n"));
    }
    // A broken stderr loses the warning.
    if let Err(e) = vm.call_method(stderr.r(), vm.names().write, &[vm.str(&out).r()]) {
        drop(vm.take_raised(e));
    }
    Ok(())
}

fn source_of(file: &str, lineno: i64) -> Option<String> {
    let at = usize::try_from(lineno).ok()?.checked_sub(1)?;
    if file.starts_with('<') {
        return None;
    }
    let bytes = std::fs::read(file).ok()?;
    bytes.split(|b| *b == b'\n').nth(at).map(|l| String::from_utf8_lossy(l).into_owned())
}
