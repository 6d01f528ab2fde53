//! Type parameters of aliases and unions: finding them and putting arguments in their place.

use krait_object::prelude::*;

fn is_type(vm: &Vm, o: Ref<'_>) -> bool {
    o.downcast::<PyType>(vm).is_some()
}

/// The items of a tuple or list.
fn items_of(vm: &Vm, o: Ref<'_>) -> Option<Vec<Obj>> {
    match o.downcast::<PyTuple>(vm) {
        Some(t) => Some(t.as_slice().to_vec()),
        None => o.downcast::<PyList>(vm).map(PyList::to_vec),
    }
}

fn add_once(found: &mut Vec<Obj>, o: &Obj) {
    if !found.iter().any(|f| f.r().ptr_eq(o.r())) {
        found.push(o.clone());
    }
}

/// The type parameters that occur in `args` (a tuple or list), in order of first occurrence.
pub fn make_parameters(vm: &Vm, args: Ref<'_>) -> PyResult<Py<PyTuple>> {
    vm.check_stack("")?;
    let names = vm.names();
    let mut found = Vec::new();
    for t in items_of(vm, args).unwrap_or_default() {
        // A bare class may have a `__parameters__` descriptor that is not about itself.
        if is_type(vm, t.r()) {
            continue;
        }
        if vm.getattr_opt(t.r(), names.__typing_subst__)?.is_some() {
            add_once(&mut found, &t);
            continue;
        }
        let nested = match vm.getattr_opt(t.r(), names.__parameters__)? {
            Some(p) => p.downcast::<PyTuple>(vm).ok(),
            None if items_of(vm, t.r()).is_some() => Some(make_parameters(vm, t.r())?),
            None => None,
        };
        for p in nested.iter().flat_map(|n| n.as_slice()) {
            add_once(&mut found, p);
        }
    }
    Ok(PyTuple::new(vm, found))
}

/// The arguments of a subscription as a tuple, with `*tuple[int, str]` spread.
fn unpack_args(vm: &Vm, item: Ref<'_>) -> PyResult<Obj> {
    let given: Vec<Obj> = match item.downcast::<PyTuple>(vm) {
        Some(t) => t.as_slice().to_vec(),
        None => vec![item.to_obj()],
    };
    let mut out = Vec::with_capacity(given.len());
    for a in given {
        if !is_type(vm, a.r())
            && let Some(parts) = vm.getattr_opt(a.r(), vm.names().__typing_unpacked_tuple_args__)?
            && let Some(parts) = parts.r().downcast::<PyTuple>(vm)
            && !parts.as_slice().last().is_some_and(|l| l.is(krait_object::singletons::ellipsis()))
        {
            out.extend_from_slice(parts.as_slice());
            continue;
        }
        out.push(a);
    }
    Ok(vm.tuple(out))
}

/// `alias[item]`: `args` with the parameters replaced by what `item` gives for them.
pub fn substitute(vm: &Vm, alias: Ref<'_>, args: &PyTuple, parameters: &PyTuple, item: Ref<'_>) -> PyResult<Py<PyTuple>> {
    if parameters.is_empty() {
        let shown = vm.repr_text(alias)?;
        return Err(vm.type_error(format!("{shown} is not a generic class")));
    }
    let mut item = unpack_args(vm, item)?;
    for p in parameters.as_slice() {
        let prepare = vm.getattr_opt(p.r(), vm.names().__typing_prepare_subst__)?;
        if let Some(f) = prepare.filter(|f| !f.r().is_none()) {
            let packed = match item.r().downcast::<PyTuple>(vm) {
                Some(_) => item,
                None => vm.tuple(vec![item]),
            };
            item = vm.call(f.r(), &[alias, packed.r()])?;
        }
    }
    let given: Vec<Obj> = match item.r().downcast::<PyTuple>(vm) {
        Some(t) => t.as_slice().to_vec(),
        None => vec![item],
    };
    if given.len() != parameters.len() {
        let how = if given.len() > parameters.len() { "many" } else { "few" };
        let shown = vm.repr_text(alias)?;
        let text = format!("Too {how} arguments for {shown}; actual {}, expected {}", given.len(), parameters.len());
        return Err(vm.type_error(text));
    }
    replace(vm, args.as_slice(), parameters, &given).map(|v| PyTuple::new(vm, v))
}

fn position(parameters: &PyTuple, o: Ref<'_>) -> Option<usize> {
    parameters.as_slice().iter().position(|p| p.r().ptr_eq(o))
}

/// `args` with each parameter replaced, in nested tuples and lists too.
fn replace(vm: &Vm, args: &[Obj], parameters: &PyTuple, given: &[Obj]) -> PyResult<Vec<Obj>> {
    vm.check_stack("")?;
    let names = vm.names();
    let mut out = Vec::with_capacity(args.len());
    for arg in args {
        if is_type(vm, arg.r()) {
            out.push(arg.clone());
            continue;
        }
        if let Some(nested) = items_of(vm, arg.r()) {
            let new = replace(vm, &nested, parameters, given)?;
            out.push(if arg.r().downcast::<PyTuple>(vm).is_some() { vm.tuple(new) } else { vm.list(new) });
            continue;
        }
        let spread = match vm.getattr_opt(arg.r(), names.__typing_is_unpacked_typevartuple__)? {
            Some(f) => vm.is_true(f.r())?,
            None => false,
        };
        let new = match vm.getattr_opt(arg.r(), names.__typing_subst__)? {
            Some(f) => match position(parameters, arg.r()) {
                Some(i) => vm.call1(f.r(), given[i].r())?,
                None => arg.clone(),
            },
            None => replace_in_alias(vm, arg.r(), parameters, given)?,
        };
        if !spread {
            out.push(new);
            continue;
        }
        match new.r().downcast::<PyTuple>(vm) {
            Some(t) => out.extend_from_slice(t.as_slice()),
            None => {
                let (want, got) = (arg.r().ty(vm).tp_name(), new.r().ty(vm).tp_name());
                return Err(vm.type_error(format!("expected __typing_subst__ of {want} objects to return a tuple, not {got}")));
            }
        }
    }
    Ok(out)
}

/// Another alias among the arguments, subscribed with what stands for its own parameters.
fn replace_in_alias(vm: &Vm, o: Ref<'_>, parameters: &PyTuple, given: &[Obj]) -> PyResult<Obj> {
    let own = vm.getattr_opt(o, vm.names().__parameters__)?.and_then(|p| p.downcast::<PyTuple>(vm).ok());
    let Some(own) = own.filter(|p| !p.is_empty()) else { return Ok(o.to_obj()) };
    let mut args = Vec::with_capacity(own.len());
    for p in own.as_slice() {
        let Some(i) = position(parameters, p.r()) else {
            args.push(p.clone());
            continue;
        };
        // Only a TypeVarTuple can be iterated over; it stands for several arguments.
        let several = p.r().ty(vm).slots.iter.get().is_some();
        match given[i].r().downcast::<PyTuple>(vm).filter(|_| several) {
            Some(t) => args.extend_from_slice(t.as_slice()),
            None => args.push(given[i].clone()),
        }
    }
    let args = vm.tuple(args);
    vm.getitem(o, args.r())
}
