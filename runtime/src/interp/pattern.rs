//! Pattern matching handlers (PEP 634).

use krait_frontend::bytecode::Instr;
use krait_object::error::PyResult;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref};

use super::regs::{Regs, clear_range, consume_b, finish, get, put_obj};

/// `MATCH_KEYS`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs` (here and below).
pub unsafe fn match_keys(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame; `c` holds a tuple.
    unsafe {
        let keys = get(regs, w.c()).downcast_unchecked::<PyTuple>().to_py();
        let v = mapping_values(vm, get(regs, w.b()), &keys)?;
        finish(regs, w, v.unwrap_or_else(Obj::none));
        Ok(())
    }
}

fn mapping_values(vm: &Vm, subject: Ref<'_>, keys: &PyTuple) -> PyResult<Option<Obj>> {
    if keys.is_empty() {
        return Ok(Some(vm.tuple(vec![])));
    }
    let get = vm.getattr_str(subject, "get")?;
    let dummy = vm.call0(vm.types.object.r())?;
    let seen = krait_object::set::PySet::new(vm);
    let mut values = Vec::with_capacity(keys.len());
    for k in keys.as_slice() {
        if seen.contains(vm, k.r())? {
            let text = vm.repr_text(k.r())?;
            return Err(vm.value_error(format!("mapping pattern checks duplicate key ({text})")));
        }
        seen.add(vm, k.r())?;
        let v = vm.call(get.r(), &[k.r(), dummy.r()])?;
        if v.r().ptr_eq(dummy.r()) {
            return Ok(None);
        }
        values.push(v);
    }
    Ok(Some(vm.tuple(values)))
}

/// `MATCH_CLASS`: window `c` is class and keyword names; `npos` positional patterns.
///
/// # Safety
/// See [`match_keys`].
pub unsafe fn match_class(vm: &Vm, regs: Regs, w: Instr, npos: usize) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let names = get(regs, w.c() + 1).downcast_unchecked::<PyTuple>().to_py();
        let v = class_attributes(vm, get(regs, w.b()), get(regs, w.c()), npos, &names)?;
        clear_range(regs, w.c(), 2);
        consume_b(regs, w);
        put_obj(regs, w.a(), v.unwrap_or_else(Obj::none));
        Ok(())
    }
}

fn class_attributes(vm: &Vm, subject: Ref<'_>, cls: Ref<'_>, npos: usize, names: &PyTuple) -> PyResult<Option<Obj>> {
    let Some(ty) = cls.downcast::<PyType>(vm) else {
        return Err(vm.type_error("called match pattern must be a class"));
    };
    if !vm.isinstance(subject, cls)? {
        return Ok(None);
    }
    let mut seen: Vec<String> = Vec::new();
    let mut attrs = Vec::new();
    let attr = |name: Ref<'_>, seen: &mut Vec<String>| -> PyResult<Option<Obj>> {
        let Some(n) = name.downcast::<PyStr>(vm) else { return Ok(None) };
        let text = n.to_string_lossy();
        if seen.contains(&text) {
            return Err(vm.type_error(format!("{}() got multiple sub-patterns for attribute '{text}'", ty.name_lossy())));
        }
        seen.push(text);
        vm.getattr_opt(subject, n)
    };
    if npos > 0 {
        let mut match_self = false;
        let match_args = match vm.getattr_opt(cls, vm.names().__match_args__)? {
            Some(m) => match m.downcast::<PyTuple>(vm) {
                Ok(t) => t,
                Err(m) => {
                    return Err(vm.type_error(format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        ty.name_lossy(),
                        m.r().ty(vm).tp_name()
                    )));
                }
            },
            None => {
                match_self = ty.has_flag(TypeFlags::MATCH_SELF);
                PyTuple::new(vm, vec![])
            }
        };
        let allowed = if match_self { 1 } else { match_args.len() };
        if npos > allowed {
            let plural = if allowed == 1 { "" } else { "s" };
            return Err(vm.type_error(format!("{}() accepts {allowed} positional sub-pattern{plural} ({npos} given)", ty.name_lossy())));
        }
        if match_self {
            attrs.push(subject.to_obj());
        } else {
            for name in &match_args.as_slice()[..npos] {
                if !name.r().is_instance_of::<PyStr>(vm) {
                    return Err(vm.type_error(format!("__match_args__ elements must be strings (got {})", name.r().ty(vm).tp_name())));
                }
                match attr(name.r(), &mut seen)? {
                    Some(v) => attrs.push(v),
                    None => return Ok(None),
                }
            }
        }
    }
    for name in names.as_slice() {
        match attr(name.r(), &mut seen)? {
            Some(v) => attrs.push(v),
            None => return Ok(None),
        }
    }
    Ok(Some(vm.tuple(attrs)))
}
