//! Binding of call arguments to parameters, when the fast path of a plain positional call does
//! not apply.

use krait_object::code::PyCode;
use krait_object::dict::PyDict;
use krait_object::error::{PyResult, Raised};
use krait_object::function::PyFunction;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Py, Ref, Value};

/// Reads one of a function's replaceable fields.
///
/// # Safety
/// The field is not replaced while the borrow is used.
pub unsafe fn field<T>(cell: &std::cell::UnsafeCell<T>) -> &T {
    // SAFETY: by contract.
    unsafe { &*cell.get() }
}

/// Named arguments that [`bind_in_place`] handles; more are for [`bind`].
const MAX_NAMED: usize = 16;

/// Binds arguments that stand at the start of the callee's registers: `npos` positional ones, then
/// the values named by `names`. All other registers are written. False, with nothing changed, when
/// the call is not of the common kinds or wrong: then [`bind`] does it, or says what is wrong.
///
/// # Safety
/// `regs` has room for the code's registers and for the arguments, should those be more; what is
/// behind the arguments owns nothing. `names` are strs.
pub unsafe fn bind_in_place(vm: &Vm, func: &PyFunction, code: &PyCode, regs: *mut Value, npos: usize, names: &[Obj]) -> PyResult<bool> {
    let argcount = code.argcount as usize;
    let total = argcount + code.kwonlyargcount as usize;
    let nkw = names.len();
    let varargs = code.has(PyCode::CO_VARARGS);
    if nkw > MAX_NAMED || total > 64 || (npos > argcount && !varargs) {
        return Ok(false);
    }
    let filled = npos.min(argcount);
    // Where each named argument goes.
    let mut to = [u8::MAX; MAX_NAMED];
    let mut named = 0u64;
    let mut unmatched = false;
    for (i, name) in names.iter().enumerate() {
        // SAFETY: names of a call are strs.
        let name = unsafe { name.r().downcast_unchecked::<PyStr>() };
        match find_parameter(code, name, code.posonlyargcount as usize, total) {
            Some(p) if p < filled || named & (1 << p) != 0 => return Ok(false),
            Some(p) => {
                named |= 1 << p;
                to[i] = p as u8;
            }
            None => unmatched = true,
        }
    }
    let varkw = code.has(PyCode::CO_VARKEYWORDS);
    if unmatched && !varkw {
        return Ok(false);
    }
    // SAFETY: defaults are not replaced meanwhile: no Python code runs.
    let defaults = unsafe { field(&func.defaults) }.as_ref().map_or(&[][..], |d| d.as_slice());
    let Some(required) = argcount.checked_sub(defaults.len()) else { return Ok(false) };
    if (filled..required).any(|p| named & (1 << p) == 0) {
        return Ok(false);
    }
    let mut kwdefaults = None;
    if total > argcount && (argcount..total).any(|p| named & (1 << p) == 0) {
        // SAFETY: as above.
        let Some(d) = unsafe { field(&func.kwdefaults) }.as_ref().filter(|d| d.has_str_keys()) else { return Ok(false) };
        for p in (argcount..total).filter(|p| named & (1 << p) == 0) {
            if d.lookup_index_str(vm, &code.local_names[p]).is_none() {
                return Ok(false);
            }
        }
        kwdefaults = Some(d);
    }
    let extra_kw = if varkw { Some(PyDict::new(vm)) } else { None };
    // SAFETY: each argument's reference moves once; parameter registers are in range.
    unsafe {
        if let (true, Some(d)) = (unmatched, &extra_kw) {
            for (i, name) in names.iter().enumerate().filter(|(i, _)| to[*i] == u8::MAX) {
                let v = Ref::from_value_unchecked(*regs.add(npos + i)).to_obj();
                d.set_str(vm, name.r().downcast_unchecked::<PyStr>(), v)?;
            }
        }
        let mut kw = [Value::UNBOUND; MAX_NAMED];
        for (i, v) in kw.iter_mut().enumerate().take(nkw) {
            *v = *regs.add(npos + i);
        }
        let extra = if varargs { Some(PyTuple::from_moved(vm, regs.add(filled), npos - filled)) } else { None };
        for i in filled..(code.nregs as usize).max(npos + nkw) {
            regs.add(i).write(Value::UNBOUND);
        }
        for (v, p) in kw.into_iter().zip(to).take(nkw) {
            match p {
                // The dict holds it, so this runs no code.
                u8::MAX => drop(Obj::from_value(v)),
                p => regs.add(p as usize).write(v),
            }
        }
        for p in filled.max(required)..argcount {
            if named & (1 << p) == 0 {
                regs.add(p).write(defaults[p - required].clone().into_value());
            }
        }
        if let Some(d) = kwdefaults {
            for p in (argcount..total).filter(|p| named & (1 << p) == 0) {
                if let Some(v) = d.get_str(vm, &code.local_names[p])? {
                    regs.add(p).write(v.into_value());
                }
            }
        }
        if let Some(t) = extra {
            regs.add(total).write(t.into_obj().into_value());
        }
        if let Some(d) = extra_kw {
            regs.add(total + usize::from(varargs)).write(d.into_obj().into_value());
        }
    }
    Ok(true)
}

/// Binds `pos` and `kw` to the parameters of `func` and writes them to `regs`, whose parameter
/// registers are all unbound. On error the registers written so far stay owned by the frame.
///
/// # Safety
/// `regs` has room for the code's registers.
pub unsafe fn bind(vm: &Vm, func: &PyFunction, code: &PyCode, regs: *mut Value, pos: Vec<Obj>, kw: &[(Py<PyStr>, Obj)]) -> PyResult<()> {
    let argcount = code.argcount as usize;
    let kwonly = code.kwonlyargcount as usize;
    let total = argcount + kwonly;
    let npos = pos.len();
    // SAFETY: registers below `total_args` are parameters.
    let set = |i: usize, v: Obj| unsafe { regs.add(i).write(v.into_value()) };
    // SAFETY: as above.
    let is_set = |i: usize| unsafe { !(*regs.add(i)).is_unbound() };

    let kwdict = if code.has(PyCode::CO_VARKEYWORDS) {
        let d = PyDict::new(vm);
        let i = total + usize::from(code.has(PyCode::CO_VARARGS));
        set(i, d.clone().into_obj());
        Some(d)
    } else {
        None
    };
    let mut pos = pos.into_iter();
    for i in 0..npos.min(argcount) {
        if let Some(v) = pos.next() {
            set(i, v);
        }
    }
    let extra: Vec<Obj> = pos.collect();
    let too_many = !extra.is_empty() && !code.has(PyCode::CO_VARARGS);
    if code.has(PyCode::CO_VARARGS) {
        set(total, PyTuple::new(vm, extra).into_obj());
    }
    let posonly = code.posonlyargcount as usize;
    for (name, value) in kw {
        let found = find_parameter(code, name, posonly, total);
        match (found, &kwdict) {
            (Some(i), _) if is_set(i) => {
                return Err(vm.type_error(format!("{}() got multiple values for argument '{}'", qualname(func), name.to_string_lossy())));
            }
            (Some(i), _) => set(i, value.clone()),
            (None, Some(d)) => d.set_str(vm, name, value.clone())?,
            (None, None) => return Err(unexpected_keyword(vm, func, code, name, kw)),
        }
    }
    if too_many {
        // SAFETY: parameter registers.
        return Err(unsafe { too_many_positional(vm, func, code, npos, regs) });
    }
    if npos < argcount {
        // SAFETY: defaults are not replaced during binding, which runs no Python code.
        let defaults = unsafe { field(&func.defaults) }.as_ref();
        let ndef = defaults.map_or(0, |d| d.len());
        let required = argcount.saturating_sub(ndef);
        let missing: Vec<usize> = (npos..required).filter(|&i| !is_set(i)).collect();
        if !missing.is_empty() {
            return Err(missing_arguments(vm, func, code, &missing, true));
        }
        if let Some(d) = defaults {
            // More defaults than parameters (set by hand): the last ones count.
            let skip = ndef.saturating_sub(argcount);
            for i in npos.max(required)..argcount {
                if !is_set(i)
                    && let Some(v) = d.get(i - required + skip)
                {
                    set(i, v.clone());
                }
            }
        }
    }
    if kwonly > 0 {
        // SAFETY: as above.
        let kwdefaults = unsafe { field(&func.kwdefaults) }.clone();
        let mut missing = Vec::new();
        for i in argcount..total {
            if is_set(i) {
                continue;
            }
            let default = match &kwdefaults {
                Some(d) => d.get_str(vm, &code.local_names[i])?,
                None => None,
            };
            match default {
                Some(v) => set(i, v),
                None => missing.push(i),
            }
        }
        if !missing.is_empty() {
            return Err(missing_arguments(vm, func, code, &missing, false));
        }
    }
    Ok(())
}

/// The parameter called `name` that may be given by keyword.
fn find_parameter(code: &PyCode, name: &PyStr, posonly: usize, total: usize) -> Option<usize> {
    let names = &code.local_names[posonly..total];
    names.iter().position(|n| std::ptr::eq::<PyStr>(&**n, name)).or_else(|| names.iter().position(|n| n.eq(name))).map(|i| i + posonly)
}

fn qualname(func: &PyFunction) -> String {
    // SAFETY: the name is not replaced while it is copied.
    unsafe { field(&func.qualname) }.to_string_lossy()
}

#[cold]
fn unexpected_keyword(vm: &Vm, func: &PyFunction, code: &PyCode, name: &PyStr, kw: &[(Py<PyStr>, Obj)]) -> Raised {
    let posonly = code.posonlyargcount as usize;
    let wrong: Vec<String> =
        code.local_names[..posonly].iter().filter(|p| kw.iter().any(|(k, _)| k.eq(p))).map(|p| p.to_string_lossy()).collect();
    let q = qualname(func);
    if !wrong.is_empty() {
        return vm.type_error(format!("{q}() got some positional-only arguments passed as keyword arguments: '{}'", wrong.join(", ")));
    }
    let text = name.to_string_lossy();
    let total = (code.argcount + code.kwonlyargcount) as usize;
    let candidates: Vec<String> = code.local_names[posonly..total].iter().map(|n| n.to_string_lossy()).collect();
    match krait_object::suggest::suggest(&text, candidates.iter().map(String::as_str)) {
        Some(s) => vm.type_error(format!("{q}() got an unexpected keyword argument '{text}'. Did you mean '{s}'?")),
        None => vm.type_error(format!("{q}() got an unexpected keyword argument '{text}'")),
    }
}

#[cold]
unsafe fn too_many_positional(vm: &Vm, func: &PyFunction, code: &PyCode, given: usize, regs: *mut Value) -> Raised {
    let argcount = code.argcount as usize;
    let total = argcount + code.kwonlyargcount as usize;
    // SAFETY: parameter registers.
    let kwonly_given = (argcount..total).filter(|&i| unsafe { !(*regs.add(i)).is_unbound() }).count();
    // SAFETY: defaults are not replaced meanwhile.
    let ndef = unsafe { field(&func.defaults) }.as_ref().map_or(0, |d| d.len());
    let (plural, takes) = if ndef > 0 {
        (true, format!("from {} to {argcount}", argcount.saturating_sub(ndef)))
    } else {
        (argcount != 1, argcount.to_string())
    };
    let kwonly_text = if kwonly_given > 0 {
        format!(
            " positional argument{} (and {kwonly_given} keyword-only argument{})",
            if given != 1 { "s" } else { "" },
            if kwonly_given != 1 { "s" } else { "" }
        )
    } else {
        String::new()
    };
    vm.type_error(format!(
        "{}() takes {takes} positional argument{} but {given}{kwonly_text} {} given",
        qualname(func),
        if plural { "s" } else { "" },
        if given == 1 && kwonly_given == 0 { "was" } else { "were" }
    ))
}

#[cold]
fn missing_arguments(vm: &Vm, func: &PyFunction, code: &PyCode, missing: &[usize], positional: bool) -> Raised {
    let names: Vec<String> = missing.iter().map(|&i| format!("'{}'", code.local_names[i].to_string_lossy())).collect();
    let list = match names.as_slice() {
        [a] => a.clone(),
        [a, b] => format!("{a} and {b}"),
        [head @ .., last] => format!("{}, and {last}", head.join(", ")),
        [] => String::new(),
    };
    vm.type_error(format!(
        "{}() missing {} required {} argument{}: {list}",
        qualname(func),
        names.len(),
        if positional { "positional" } else { "keyword-only" },
        if names.len() == 1 { "" } else { "s" }
    ))
}

/// Keyword arguments of a call window as owned pairs.
pub fn keyword_pairs(vm: &Vm, names: &PyTuple, values: &[Ref<'_>]) -> Vec<(Py<PyStr>, Obj)> {
    names.as_slice().iter().zip(values).filter_map(|(n, v)| n.r().downcast::<PyStr>(vm).map(|n| (n.to_py(), v.to_obj()))).collect()
}
