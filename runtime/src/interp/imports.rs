//! Import handlers.

use krait_frontend::bytecode::Instr;
use krait_object::code::{PyCode, Site};
use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::exec::Frame;
use krait_object::module::PyModule;
use krait_object::str::PyStr;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref};

use super::names::{locals_mapping, site_name};
use super::regs::{Regs, clear_range, finish_b, get, own, put_obj};

/// A name of the frame's builtins; NameError-like ImportError/NameError as CPython words them.
pub fn builtin(vm: &Vm, f: &Frame, name: &PyStr) -> PyResult<Obj> {
    // SAFETY: a frame's function outlives it.
    let builtins = unsafe { &(*f.func.get()).builtins };
    let found = match builtins.r().downcast_exact::<PyDict>(vm) {
        Some(d) => d.get_str(vm, name)?,
        None => match vm.getitem(builtins.r(), name.r()) {
            Ok(v) => Some(v),
            Err(e) => {
                drop(vm.catch(e, vm.types.key_error)?);
                None
            }
        },
    };
    match found {
        Some(v) => Ok(v),
        None if name.eq_str("__import__") => Err(vm.import_error_msg("__import__ not found")),
        None => Err(vm.name_error_msg(format!("{} not found", name.to_string_lossy()))),
    }
}

/// `IMPORT_NAME`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs` (here and below).
pub unsafe fn import_name(vm: &Vm, f: &Frame, regs: Regs, w: Instr, site: &Site) -> PyResult<()> {
    // SAFETY: the window is bound.
    unsafe {
        let b = w.b();
        let name = site_name(site);
        let import = builtin(vm, f, vm.names().__import__)?;
        let (level, fromlist) = (get(regs, b), get(regs, b + 1));
        let globals = &*f.globals.get();
        let m = if crate::import::is_default_import(vm, import.r()) {
            crate::import::import_name(vm, name, Some(globals), fromlist, level)?
        } else {
            // In a function's frame the word serves other ends.
            let namespace = !(*f.code.get()).has(PyCode::CO_OPTIMIZED);
            let locals = Ref::from_value_opt(f.locals.get()).filter(|_| namespace).unwrap_or(vm.none());
            vm.call(import.r(), &[name.r(), globals.r(), locals, fromlist, level])?
        };
        clear_range(regs, b, 2);
        put_obj(regs, w.a(), m);
        Ok(())
    }
}

/// `IMPORT_FROM`.
///
/// # Safety
/// See [`import_name`].
pub unsafe fn import_from(vm: &Vm, regs: Regs, w: Instr, site: &Site) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let v = crate::import::import_from(vm, get(regs, w.b()), site_name(site))?;
        finish_b(regs, w, v);
        Ok(())
    }
}

/// `IMPORT_STAR`.
///
/// # Safety
/// See [`import_name`].
pub unsafe fn import_star(vm: &Vm, f: &Frame, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let m = own(regs, w.a(), w.flags() & krait_frontend::bytecode::FLAG_KA != 0);
        let locals = locals_mapping(vm, f)?;
        copy_public_names(vm, m.r(), locals.r())
    }
}

fn copy_public_names(vm: &Vm, m: Ref<'_>, locals: Ref<'_>) -> PyResult<()> {
    let n = vm.names();
    let (names, skip_private) = match vm.getattr_opt(m, n.__all__)? {
        Some(all) => (vm.collect(all.r())?, false),
        None => {
            let Some(d) = vm.getattr_opt(m, n.__dict__)? else {
                return Err(vm.import_error_msg("from-import-* object has no __dict__ and no __all__"));
            };
            (vm.mapping_list(d.r(), "keys")?, true)
        }
    };
    for name in names {
        let Some(key) = name.r().downcast::<PyStr>(vm) else {
            let module = match m.downcast::<PyModule>(vm) {
                Some(m) => match m.get(vm, n.__name__)? {
                    Some(s) => vm.str_text(s.r())?,
                    None => String::from("?"),
                },
                None => String::from("?"),
            };
            let (what, part) = if skip_private { ("Key", "__dict__") } else { ("Item", "__all__") };
            return Err(vm.type_error(format!("{what} in {module}.{part} must be str, not {}", name.r().ty(vm).tp_name())));
        };
        if skip_private && !key.is_empty() && key.char_at(0) == u32::from(b'_') {
            continue;
        }
        let v = vm.getattr(m, key)?;
        match locals.downcast_exact::<PyDict>(vm) {
            Some(d) => d.set(vm, name.r(), v.r())?,
            None => vm.setitem(locals, name.r(), v.r())?,
        }
    }
    Ok(())
}
