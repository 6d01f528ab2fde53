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

/// Declares a type that wraps a callable (the field `callable` of its layout), with the further
/// items given.
macro_rules! wrapper_class {
    ($(#[$doc:meta])* $module:ident, $text:literal, $layout:ident, { $($more:tt)* }) => {
        $(#[$doc])*
        #[krait_macros::pyclass($text, layout = $layout, table = $module, flags(BASETYPE), weakref, attrs, nosig)]
        pub mod $module {
            use krait_object::instance::alloc_instance;

            use super::*;
            use crate::types::descriptors::{is_abstract, wrapped};
            use crate::types::object::dict_getset;
            $($more)*

            #[slot(new)]
            fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
                alloc_instance(vm, cls, 0)
            }

            #[slot(init)]
            fn init(vm: &Vm, zelf: &$layout, args: Args<'_>) -> PyResult<()> {
                if args.has_kw() {
                    return Err(vm.type_error(concat!($text, "() takes no keyword arguments")));
                }
                let [callable] = args.pos() else {
                    return Err(vm.type_error(format!("{} expected 1 argument, got {}", $text, args.npos())));
                };
                drop(zelf.callable.replace(Some(callable.to_obj())));
                wrapped::copy_names(vm, zelf.r(), *callable)
            }

            #[slot(repr)]
            fn repr(vm: &Vm, zelf: &$layout) -> PyResult<String> {
                let callable = peek(&zelf.callable).unwrap_or_else(Obj::none);
                Ok(format!("<{}({})>", $text, vm.repr_text(callable.r())?))
            }

            #[member("__func__")]
            fn func(zelf: &$layout) -> Obj {
                peek(&zelf.callable).unwrap_or_else(Obj::none)
            }

            #[member("__wrapped__")]
            fn wrapped(zelf: &$layout) -> Obj {
                peek(&zelf.callable).unwrap_or_else(Obj::none)
            }

            #[getter("__isabstractmethod__")]
            fn isabstract(vm: &Vm, zelf: &$layout) -> PyResult<bool> {
                is_abstract(vm, peek(&zelf.callable).as_ref().map(Obj::r))
            }

            #[getter("__dict__")]
            fn dict(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
                dict_getset::get(vm, zelf)
            }

            #[setter("__dict__")]
            fn set_dict(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
                dict_getset::set(vm, zelf, value)
            }

            #[getter("__annotations__")]
            fn annotations(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                wrapped::forwarded(vm, zelf.r(), peek(&zelf.callable), vm.names().__annotations__)
            }

            #[setter("__annotations__")]
            fn set_annotations(vm: &Vm, zelf: &$layout, value: Option<Ref<'_>>) -> PyResult<()> {
                wrapped::set_forwarded(vm, zelf.r(), vm.names().__annotations__, value)
            }

            #[getter("__annotate__")]
            fn annotate(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                wrapped::forwarded(vm, zelf.r(), peek(&zelf.callable), vm.names().__annotate__)
            }

            #[setter("__annotate__")]
            fn set_annotate(vm: &Vm, zelf: &$layout, value: Option<Ref<'_>>) -> PyResult<()> {
                wrapped::set_forwarded(vm, zelf.r(), vm.names().__annotate__, value)
            }

            /// See PEP 585
            #[pyclassmethod("__class_getitem__(object, /)", nosig)]
            fn class_getitem(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult<Obj> {
                krait_object::protocol::generic_alias(vm, cls.r(), item)
            }
        }
    };
}
pub(super) use wrapper_class;
