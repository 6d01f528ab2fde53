//! How types print inside the repr of a generic alias or union.

use krait_object::prelude::*;
use krait_object::singletons;
use krait_object::str::StrBuilder;

/// Appends a type's short name: `int`, `module.Class`, `...`, `None`; other objects by repr.
pub fn push_type(vm: &Vm, out: &mut StrBuilder, o: Ref<'_>) -> PyResult<()> {
    if o.ptr_eq(singletons::ellipsis()) {
        out.push_str("...");
        return Ok(());
    }
    if o.ptr_eq(vm.types.none_type.r()) {
        out.push_str("None");
        return Ok(());
    }
    let names = vm.names();
    let is_alias = vm.getattr_opt(o, names.__origin__)?.is_some() && vm.getattr_opt(o, names.__args__)?.is_some();
    if !is_alias
        && let Some(qualname) = vm.getattr_opt(o, names.__qualname__)?
        && let Some(module) = vm.getattr_opt(o, names.__module__)?.filter(|m| !m.r().is_none())
    {
        let builtin = module.r().downcast::<PyStr>(vm).is_some_and(|m| m.eq_str("builtins"));
        if !builtin {
            out.push_pystr(&*vm.str_of(module.r())?);
            out.push_str(".");
        }
        out.push_pystr(&*vm.str_of(qualname.r())?);
        return Ok(());
    }
    out.push_pystr(&*vm.repr(o)?);
    Ok(())
}

/// A type's short name.
pub fn type_repr(vm: &Vm, o: Ref<'_>) -> PyResult<Py<PyStr>> {
    let mut out = StrBuilder::new();
    push_type(vm, &mut out, o)?;
    Ok(out.finish(vm))
}
