//! `__build_class__`: what a class statement calls.

use krait_macros::pymodule;
use krait_object::function::{PyCell, PyFunction};
use krait_object::prelude::*;

use crate::interp::calls::run_code;

/// The bases after `__mro_entries__`; `None` if they are unchanged.
fn resolve_bases(vm: &Vm, bases: &PyTuple) -> PyResult<Option<Vec<Obj>>> {
    let mut new: Option<Vec<Obj>> = None;
    for (i, base) in bases.as_slice().iter().enumerate() {
        let entries = if base.r().is_instance_of::<PyType>(vm) { None } else { vm.getattr_opt(base.r(), vm.names().__mro_entries__)? };
        let Some(entries) = entries else {
            if let Some(new) = &mut new {
                new.push(base.clone());
            }
            continue;
        };
        let list = vm.call1(entries.r(), bases.r())?;
        let Some(list) = list.r().downcast::<PyTuple>(vm) else {
            return Err(vm.type_error("__mro_entries__ must return a tuple"));
        };
        new.get_or_insert_with(|| bases.as_slice()[..i].to_vec()).extend_from_slice(list.as_slice());
    }
    Ok(new)
}

/// The most derived metatype of `meta` and the bases' types.
fn winner<'v>(vm: &'v Vm, meta: &'v PyType, bases: &'v PyTuple) -> PyResult<&'v PyType> {
    let mut best = meta;
    for base in bases.as_slice() {
        let t = base.r().ty(vm);
        if best.is_subtype(t) {
            continue;
        }
        if !t.is_subtype(best) {
            return Err(vm.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            ));
        }
        best = t;
    }
    Ok(best)
}

/// Checks that `type.__new__` put the class into the `__class__` cell.
fn check_cell(vm: &Vm, cls: Ref<'_>, cell: Ref<'_>, name: Ref<'_>) -> PyResult<()> {
    let Some(cell) = cell.downcast_exact::<PyCell>(vm) else { return Ok(()) };
    let content = cell.get();
    if content.as_ref().is_some_and(|c| c.r().ptr_eq(cls)) {
        return Ok(());
    }
    let (name, cls) = (vm.repr_text(name)?, vm.repr_text(cls)?);
    match content {
        None => Err(vm.runtime_error(format!("__class__ not set defining {name} as {cls}. Was __classcell__ propagated to type.__new__?"))),
        Some(c) => Err(vm.type_error(format!("__class__ set to {} defining {name} as {cls}", vm.repr_text(c.r())?))),
    }
}

fn build(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
    let [func, name, bases @ ..] = args.pos() else {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    };
    let Some(func) = func.downcast_exact::<PyFunction>(vm) else {
        return Err(vm.type_error("__build_class__: func must be a function"));
    };
    if !name.is_instance_of::<PyStr>(vm) {
        return Err(vm.type_error("__build_class__: name is not a string"));
    }
    let names = vm.names();
    let orig_bases = PyTuple::from_refs(vm, bases);
    let resolved = resolve_bases(vm, &orig_bases)?;
    let changed = resolved.is_some();
    let bases = resolved.map_or_else(|| orig_bases.clone(), |b| PyTuple::new(vm, b));
    // Keyword arguments other than the metaclass.
    let mut meta = None;
    let (mut kw_names, mut kw_values) = (Vec::new(), Vec::new());
    for (k, v) in args.kwargs() {
        if k.eq_str("metaclass") {
            meta = Some(v.to_obj());
        } else {
            kw_names.push(k.to_obj());
            kw_values.push(v);
        }
    }
    let mut meta = match meta {
        Some(m) => m,
        None => match bases.as_slice().first() {
            Some(b) => b.r().ty(vm).to_obj(),
            None => vm.types.r#type.to_obj(),
        },
    };
    let is_class = meta.r().is_instance_of::<PyType>(vm);
    if let Some(m) = meta.r().downcast::<PyType>(vm) {
        meta = winner(vm, m, &bases)?.to_obj();
    }
    let kw_names = if kw_names.is_empty() { None } else { Some(PyTuple::new(vm, kw_names)) };
    let with_kwargs = |callable: Ref<'_>, pos: &[Ref<'_>]| -> PyResult<Obj> {
        let all: Vec<Ref<'_>> = pos.iter().chain(&kw_values).copied().collect();
        vm.call_args(callable, Args::new(&all, kw_names.as_deref()))
    };
    let ns = match vm.getattr_opt(meta.r(), names.__prepare__)? {
        None => PyDict::new(vm).into_obj(),
        Some(prepare) => with_kwargs(prepare.r(), &[*name, bases.r()])?,
    };
    if ns.r().ty(vm).slots.mp_subscript.get().is_none() {
        let who = match meta.r().downcast::<PyType>(vm) {
            Some(m) if is_class => m.name_lossy(),
            _ => String::from("<metaclass>"),
        };
        let text = format!("{who}.__prepare__() must return a mapping, not {}", ns.r().ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    let cell = run_code(vm, &func.to_py(), Some(ns.clone()))?;
    if changed {
        vm.setitem(ns.r(), names.__orig_bases__.r(), orig_bases.r())?;
    }
    let cls = with_kwargs(meta.r(), &[*name, bases.r(), ns.r()])?;
    if cls.r().is_instance_of::<PyType>(vm) {
        check_cell(vm, cls.r(), cell.r(), *name)?;
    }
    Ok(cls)
}

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// __build_class__(func, name, /, *bases, [metaclass], **kwds) -> class
    ///
    /// Internal helper function used by the class statement.
    #[pyfunction(raw)]
    fn __build_class__(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        build(vm, args)
    }
}
