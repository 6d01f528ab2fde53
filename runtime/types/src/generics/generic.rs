//! `typing.Generic` and `typing.NoDefault`.

use std::cell::OnceCell;

use krait_macros::pyclass;
use krait_object::prelude::*;

use super::call_typing;

/// An object without payload.
#[repr(C)]
pub struct PyGeneric {
    header: Header,
}
krait_object::table_layout!(PyGeneric => generic);

/// The layout of `NoDefault`.
#[repr(C)]
pub struct PyNoDefault {
    header: Header,
}
krait_object::table_layout!(PyNoDefault => no_default_type);

/// `Generic` is made like `object`.
pub fn finish(vm: &Vm) {
    let ty = vm.types.generic;
    ty.slots.new.set(vm.types.object.slots.new.get());
    ty.clear_flag(TypeFlags::DISALLOW_INSTANTIATION);
}

/// `typing.NoDefault`.
pub fn no_default(vm: &Vm) -> Obj {
    #[derive(Default)]
    struct Shared(OnceCell<Obj>);
    let make = || {
        let payload = PyNoDefault { header: krait_object::function::no_header() };
        // SAFETY: the type has this layout and no attributes.
        let o = unsafe { krait_object::function::alloc_exact(vm, vm.types.no_default_type, payload) };
        Layout::header(&*o).make_immortal();
        o.into_obj()
    };
    vm.interp.state::<Shared>().0.get_or_init(make).clone()
}

/// `typing._name(cls, *args, **kwargs)`.
fn typing_method(vm: &Vm, name: &str, cls: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    let typing = (vm.interp.hooks().import)(vm, "typing")?;
    let f = vm.getattr_str(typing.r(), name)?;
    vm.call_prepend(f.r(), cls, args)
}

/// Abstract base class for generic types.
///
/// On Python 3.12 and newer, generic classes implicitly inherit from
/// Generic when they declare a parameter list after the class's name::
///
///     class Mapping[KT, VT]:
///         def __getitem__(self, key: KT) -> VT:
///             ...
///         # Etc.
///
/// On older versions of Python, however, generic classes have to
/// explicitly inherit from Generic.
///
/// After a class has been declared to be generic, it can then be used as
/// follows::
///
///     def lookup_name[KT, VT](mapping: Mapping[KT, VT], key: KT, default: VT) -> VT:
///         try:
///             return mapping[key]
///         except KeyError:
///             return default
#[pyclass("Generic", layout = PyGeneric, table = generic, module = "typing", flags(BASETYPE), mutable, no_gc)]
pub mod generic {
    use super::*;

    #[classattr("__module__")]
    const MODULE: &str = "typing";

    /// Parameterizes a generic class.
    ///
    /// At least, parameterizing a generic class is the *main* thing this
    /// method does. For example, for some generic class `Foo`, this is called
    /// when we do `Foo[int]` - there, with `cls=Foo` and `params=int`.
    ///
    /// However, note that this method is also called when defining generic
    /// classes in the first place with `class Foo[T]: ...`.
    #[pyclassmethod(raw)]
    fn __class_getitem__(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        typing_method(vm, "_generic_class_getitem", cls.r(), args)
    }
    /// Function to initialize subclasses.
    #[pyclassmethod(raw)]
    fn __init_subclass__(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        typing_method(vm, "_generic_init_subclass", cls.r(), args)
    }
}

/// The type of the NoDefault singleton.
#[pyclass("NoDefaultType", layout = PyNoDefault, table = no_default_type, no_gc, nosig)]
pub mod no_default_type {
    use super::*;

    #[slot(new)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if !args.is_empty() {
            return Err(vm.type_error("NoDefaultType takes no arguments"));
        }
        Ok(no_default(vm))
    }
    #[slot(repr)]
    fn repr(_zelf: &PyNoDefault) -> &'static str {
        "typing.NoDefault"
    }
    #[pymethod]
    fn __reduce__(_zelf: &PyNoDefault) -> &'static str {
        "NoDefault"
    }
}

/// `typing._GenericAlias(Generic, params)`.
pub fn generic_of(vm: &Vm, params: Ref<'_>) -> PyResult<Obj> {
    call_typing(vm, "_GenericAlias", Args::positional(&[vm.types.generic.r(), params]))
}
