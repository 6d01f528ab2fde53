//! What `classmethod` and `staticmethod` share: they show the attributes of what they wrap.

use krait_object::instance::attrs_of;
use krait_object::prelude::*;

/// Copies the names and the docstring of the callable to the wrapper.
pub(super) fn copy_names(vm: &Vm, wrapper: Ref<'_>, callable: Ref<'_>) -> PyResult<()> {
    let n = vm.names();
    for name in [n.__module__, n.__name__, n.__qualname__, n.__doc__] {
        if let Some(v) = vm.getattr_opt(callable, name)? {
            vm.setattr(wrapper, name, v.r())?;
        }
    }
    Ok(())
}

/// An attribute of the callable that is cached in the wrapper's own dict.
pub(super) fn forwarded(vm: &Vm, wrapper: Ref<'_>, callable: Option<Obj>, name: &PyStr) -> PyResult<Obj> {
    if let Some(attrs) = attrs_of(wrapper)
        && let Some(v) = attrs.get(vm, name)?
    {
        return Ok(v);
    }
    let v = vm.getattr(callable.as_ref().map_or(vm.none(), |c| c.r()), name)?;
    if let Some(attrs) = attrs_of(wrapper) {
        attrs.set(vm, name, v.clone())?;
    }
    Ok(v)
}

/// Sets or deletes such an attribute.
pub(super) fn set_forwarded(vm: &Vm, wrapper: Ref<'_>, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(attrs) = attrs_of(wrapper) else { return Err(vm.no_attribute(wrapper, name)) };
    match value {
        Some(v) => attrs.set(vm, name, v.to_obj()),
        None if attrs.delete(vm, name)? => Ok(()),
        None => Err(vm.raise_with(vm.types.attribute_error, vec![name.to_obj()])),
    }
}
