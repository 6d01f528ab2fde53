//! Names: locals mappings, globals, builtins, closure cells.

use krait_frontend::bytecode::Instr;
use krait_object::code::{PyCode, Site};
use krait_object::dict::PyDict;
use krait_object::error::{PyResult, Raised};
use krait_object::exec::Frame;
use krait_object::function::{PyCell, PyFunction};
use krait_object::str::PyStr;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Py, Ref, Value};

use super::regs::{Regs, finish_b, get, own, put_obj, word};

/// Kinds of a `LOAD_GLOBAL` site.
const GLOBAL: u8 = 1;
const BUILTIN: u8 = 2;

/// The name operand of a site.
///
/// # Safety
/// The site belongs to a live code object, which owns its names.
#[inline(always)]
pub unsafe fn site_name(site: &Site) -> &PyStr {
    // SAFETY: by contract.
    unsafe { &*site.name.get() }
}

fn globals(f: &Frame) -> &PyDict {
    // SAFETY: the frame's function owns its globals.
    unsafe { &*f.globals.get() }
}

fn function(f: &Frame) -> &PyFunction {
    // SAFETY: a frame's function outlives it.
    unsafe { &*f.func.get() }
}

/// `LOAD_GLOBAL` through its cache; `None` when the cache misses.
///
/// # Safety
/// The site belongs to the frame's code.
#[inline(always)]
pub unsafe fn cached_global(vm: &Vm, f: &Frame, site: &Site) -> Option<Value> {
    let g = globals(f);
    let kind = site.kind.get();
    if kind == 0 || g.current_version() != site.version.get() {
        return None;
    }
    if kind == GLOBAL {
        // SAFETY: the version says the key layout is the one the index was found in.
        return Some(unsafe { g.entry_value(site.index.get() as usize) });
    }
    let b = function(f).builtins.r().downcast_exact::<PyDict>(vm)?;
    if b.current_version() != site.key2.get() {
        return None;
    }
    // SAFETY: as above.
    Some(unsafe { b.entry_value(site.index.get() as usize) })
}

/// `LOAD_GLOBAL` by lookup; fills the cache.
///
/// # Safety
/// The site belongs to the frame's code.
#[inline(never)]
pub unsafe fn load_global_slow(vm: &Vm, f: &Frame, site: &Site) -> PyResult<Obj> {
    // SAFETY: by contract.
    let name = unsafe { site_name(site) };
    let g = globals(f);
    if g.r().downcast_exact::<PyDict>(vm).is_none() {
        return globals_or_builtins(vm, f, name);
    }
    if let Some(v) = g.get_str(vm, name)? {
        fill(vm, site, g, name, GLOBAL, 0);
        return Ok(v);
    }
    let builtins = &function(f).builtins;
    if let Some(b) = builtins.r().downcast_exact::<PyDict>(vm) {
        if let Some(v) = b.get_str(vm, name)? {
            let bv = b.keys_version(vm.interp);
            if let (Some(i), true) = (b.lookup_index_str(vm, name), bv != 0) {
                let gv = g.keys_version(vm.interp);
                if gv != 0 {
                    site.version.set(gv);
                    site.key2.set(bv);
                    site.index.set(i as u32);
                    site.kind.set(BUILTIN);
                }
            }
            return Ok(v);
        }
        return Err(undefined(vm, name));
    }
    load_from_builtins(vm, builtins.r(), name)
}

fn fill(vm: &Vm, site: &Site, d: &PyDict, name: &PyStr, kind: u8, key2: u32) {
    let v = d.keys_version(vm.interp);
    if let (Some(i), true) = (d.lookup_index_str(vm, name), v != 0) {
        site.version.set(v);
        site.key2.set(key2);
        site.index.set(i as u32);
        site.kind.set(kind);
    }
}

fn load_from_builtins(vm: &Vm, builtins: Ref<'_>, name: &PyStr) -> PyResult<Obj> {
    match vm.getitem(builtins, name.r()) {
        Ok(v) => Ok(v),
        Err(e) => {
            drop(vm.catch(e, vm.types.key_error)?);
            Err(undefined(vm, name))
        }
    }
}

/// NameError for an undefined global name.
#[cold]
fn undefined(vm: &Vm, name: &PyStr) -> Raised {
    name_error(vm, name, &format!("name '{}' is not defined", name.to_string_lossy()))
}

/// NameError with `name` set.
#[cold]
pub fn name_error(vm: &Vm, name: &PyStr, text: &str) -> Raised {
    let exc = krait_object::exception::new_exception_msg(vm, vm.types.name_error, text);
    if let Err(e) = vm.setattr(exc.r(), vm.names().name, name.r()) {
        drop(vm.take_raised(e));
    }
    vm.raise(exc)
}

/// UnboundLocalError for a local variable.
#[cold]
pub fn unbound_local(vm: &Vm, code: &PyCode, i: u16) -> Raised {
    let name = &code.local_names[i as usize];
    let text = format!("cannot access local variable '{}' where it is not associated with a value", name.to_string_lossy());
    let exc = krait_object::exception::new_exception_msg(vm, vm.types.unbound_local_error, &text);
    if let Err(e) = vm.setattr(exc.r(), vm.names().name, name.r()) {
        drop(vm.take_raised(e));
    }
    vm.raise(exc)
}

/// NameError for an empty closure cell.
#[cold]
pub fn unbound_free(vm: &Vm, code: &PyCode, i: u16) -> Raised {
    let name = &code.freevars[i as usize];
    let text =
        format!("cannot access free variable '{}' where it is not associated with a value in enclosing scope", name.to_string_lossy());
    name_error(vm, name, &text)
}

/// A name by lookup, through `__getitem__` of globals that are a subclass of `dict`.
fn globals_or_builtins(vm: &Vm, f: &Frame, name: &PyStr) -> PyResult<Obj> {
    if let Some(v) = mapping_get(vm, globals(f).r(), name)? {
        return Ok(v);
    }
    let builtins = &function(f).builtins;
    match builtins.r().downcast_exact::<PyDict>(vm) {
        Some(b) => match b.get_str(vm, name)? {
            Some(v) => Ok(v),
            None => Err(undefined(vm, name)),
        },
        None => load_from_builtins(vm, builtins.r(), name),
    }
}

/// `mapping[name]`, `None` for KeyError.
fn mapping_get(vm: &Vm, mapping: Ref<'_>, name: &PyStr) -> PyResult<Option<Obj>> {
    if let Some(d) = mapping.downcast_exact::<PyDict>(vm) {
        return d.get_str(vm, name);
    }
    match vm.getitem(mapping, name.r()) {
        Ok(v) => Ok(Some(v)),
        Err(e) => vm.catch(e, vm.types.key_error).map(|_| None),
    }
}

/// The frame's locals mapping.
pub fn locals_mapping(vm: &Vm, f: &Frame) -> PyResult<Obj> {
    // SAFETY: the frame owns its locals.
    match unsafe { Ref::from_value_opt(f.locals.get()) } {
        Some(l) => Ok(l.to_obj()),
        // Module code run as a function has its globals for locals.
        // SAFETY: a frame's code and globals are alive.
        None if unsafe { !(*f.code.get()).has(PyCode::CO_OPTIMIZED) } => Ok(unsafe { (*f.globals.get()).to_obj() }),
        None => Err(vm.system_error("no locals")),
    }
}

/// `LOAD_NAME`.
///
/// # Safety
/// The site belongs to the frame's code (here and below).
#[inline(never)]
pub unsafe fn load_name(vm: &Vm, f: &Frame, site: &Site) -> PyResult<Obj> {
    // SAFETY: by contract.
    let name = unsafe { site_name(site) };
    let locals = locals_mapping(vm, f)?;
    if std::ptr::eq(locals.value().header_ptr() as *const PyDict, f.globals.get()) {
        // Module level: locals are the globals, so the cache applies.
        // SAFETY: by contract.
        return unsafe {
            match cached_global(vm, f, site) {
                Some(v) => Ok(Ref::from_value_unchecked(v).to_obj()),
                None => load_global_slow(vm, f, site),
            }
        };
    }
    match mapping_get(vm, locals.r(), name)? {
        Some(v) => Ok(v),
        None => globals_or_builtins(vm, f, name),
    }
}

/// `STORE_NAME`.
///
/// # Safety
/// See [`load_name`].
pub unsafe fn store_name(vm: &Vm, f: &Frame, site: &Site, value: Obj) -> PyResult<()> {
    // SAFETY: by contract.
    let name = unsafe { site_name(site) };
    let locals = locals_mapping(vm, f)?;
    match locals.r().downcast_exact::<PyDict>(vm) {
        Some(d) => d.set_str(vm, name, value),
        None => vm.setitem(locals.r(), name.r(), value.r()),
    }
}

/// `DELETE_NAME`.
///
/// # Safety
/// See [`load_name`].
pub unsafe fn delete_name(vm: &Vm, f: &Frame, site: &Site) -> PyResult<()> {
    // SAFETY: by contract.
    let name = unsafe { site_name(site) };
    let locals = locals_mapping(vm, f)?;
    match vm.delitem(locals.r(), name.r()) {
        Ok(()) => Ok(()),
        Err(e) => {
            drop(vm.catch(e, vm.types.key_error)?);
            Err(undefined(vm, name))
        }
    }
}

/// `STORE_GLOBAL`.
///
/// # Safety
/// See [`load_name`].
pub unsafe fn store_global(vm: &Vm, f: &Frame, site: &Site, value: Obj) -> PyResult<()> {
    // SAFETY: by contract.
    globals(f).set_str(vm, unsafe { site_name(site) }, value)
}

/// `DELETE_GLOBAL`.
///
/// # Safety
/// See [`load_name`].
pub unsafe fn delete_global(vm: &Vm, f: &Frame, site: &Site) -> PyResult<()> {
    // SAFETY: by contract.
    let name = unsafe { site_name(site) };
    match globals(f).remove(vm, name.r())? {
        Some(_) => Ok(()),
        None => Err(undefined(vm, name)),
    }
}

/// `LOAD_DICT_OR_GLOBAL`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
pub unsafe fn load_dict_or_global(vm: &Vm, f: &Frame, regs: Regs, w: Instr, site: &Site) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let name = site_name(site);
        let v = match mapping_get(vm, get(regs, w.b()), name)? {
            Some(v) => v,
            None => globals_or_builtins(vm, f, name)?,
        };
        finish_b(regs, w, v);
        Ok(())
    }
}

/// Closure cell number `i` of the running function.
#[inline(always)]
pub fn closure_cell(f: &Frame, i: u16) -> &PyCell {
    // SAFETY: the verifier checked `i` against the free variables, function creation checked the
    // closure's length and that it holds cells.
    unsafe {
        let closure = function(f).closure.as_ref().unwrap_unchecked();
        closure.as_slice().get_unchecked(i as usize).r().downcast_unchecked::<PyCell>()
    }
}

/// `LOAD_DICT_OR_FREE`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
pub unsafe fn load_dict_or_free(vm: &Vm, f: &Frame, code: &PyCode, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let name: &Py<PyStr> = &code.freevars[w.c() as usize];
        let v = match mapping_get(vm, get(regs, w.b()), name)? {
            Some(v) => v,
            None => closure_cell(f, w.c()).get().ok_or_else(|| unbound_free(vm, code, w.c()))?,
        };
        finish_b(regs, w, v);
        Ok(())
    }
}

/// `LOAD_DICT_OR_CELL`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
pub unsafe fn load_dict_or_cell(vm: &Vm, code: &PyCode, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract; the register of a cell variable holds a cell.
    unsafe {
        let name: &Py<PyStr> = &code.local_names[w.c() as usize];
        let v = match mapping_get(vm, get(regs, w.b()), name)? {
            Some(v) => v,
            None => get(regs, w.c()).downcast_unchecked::<PyCell>().get().ok_or_else(|| unbound_local(vm, code, w.c()))?,
        };
        finish_b(regs, w, v);
        Ok(())
    }
}

/// The cell in register `i`.
///
/// # Safety
/// The verifier checked that the register is a cell variable's, after its `MAKE_CELL`.
#[inline(always)]
pub unsafe fn cell<'a>(regs: Regs, i: u16) -> &'a PyCell {
    // SAFETY: by contract.
    unsafe { get(regs, i).downcast_unchecked::<PyCell>() }
}

/// `MAKE_CELL`.
///
/// # Safety
/// `a` is a register of the frame.
pub unsafe fn make_cell(vm: &Vm, regs: Regs, a: u16) {
    // SAFETY: by contract.
    unsafe {
        let v = super::regs::take_opt(regs, a);
        put_obj(regs, a, PyCell::new(vm, v).into_obj());
    }
}

/// `STORE_CELL` / `STORE_FREE` value operand.
///
/// # Safety
/// `b` is a bound register.
pub unsafe fn stored(regs: Regs, b: u16, consume: bool) -> Obj {
    // SAFETY: by contract.
    unsafe { own(regs, b, consume) }
}

/// How call errors name a callable: `module.qualname()`.
pub fn callable_text(vm: &Vm, f: Ref<'_>) -> PyResult<String> {
    let n = vm.names();
    let Some(q) = vm.getattr_opt(f, n.__qualname__)? else { return vm.str_text(f) };
    let q = vm.str_text(q.r())?;
    match vm.getattr_opt(f, n.__module__)? {
        Some(m) if !m.r().is_none() => {
            let m = vm.str_text(m.r())?;
            Ok(if m == "builtins" { format!("{q}()") } else { format!("{m}.{q}()") })
        }
        _ => Ok(format!("{q}()")),
    }
}

/// Is register `i` bound?
///
/// # Safety
/// `i` is a register of the frame.
#[inline(always)]
pub unsafe fn is_bound(regs: Regs, i: u16) -> bool {
    // SAFETY: by contract.
    unsafe { !word(regs, i).is_unbound() }
}
