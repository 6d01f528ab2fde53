//! `__dict__` and `__weakref__` of instances with attribute storage.

use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::instance::attrs_of;
use krait_object::native::GetSetDef;
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::ty::TypeFlags;
use krait_object::vm::Vm;

/// `obj.__dict__`. The instance keeps its attributes in that dict from now on.
pub fn get(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    match attrs_of(obj) {
        Some(a) => Ok(a.materialize(vm)?.into_obj()),
        None => Err(vm.attribute_error_msg("This object has no __dict__")),
    }
}

fn assign(vm: &Vm, obj: Ref<'_>, value: Ref<'_>) -> PyResult<()> {
    let Some(attrs) = attrs_of(obj) else { return Err(vm.attribute_error_msg("This object has no __dict__")) };
    match value.downcast::<PyDict>(vm) {
        Some(d) => attrs.set_dict(vm, d.to_py()),
        None => {
            let got = value.ty(vm).tp_name();
            Err(vm.type_error(format!("__dict__ must be set to a dictionary, not a '{got}'")))
        }
    }
}

/// The `__dict__` descriptor of the built-in type a class's instances are at heart, if that has one.
fn of_builtin_base(vm: &Vm, obj: Ref<'_>) -> Option<Obj> {
    let mut ty = obj.ty(vm);
    while ty.has_flag(TypeFlags::HEAP) {
        ty = ty.base_type()?;
    }
    ty.lookup(vm, &vm.intern("__dict__"))
}

/// `obj.__dict__` for classes.
fn get_of_class(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    if let Some(d) = of_builtin_base(vm, obj) {
        let ty = obj.ty(vm);
        return match d.r().ty(vm).slots.descr_get.get() {
            Some(f) => f(vm, d.r(), Some(obj), Some(ty.r())),
            None => Err(refused(vm, obj)),
        };
    }
    get(vm, obj)
}

fn refused(vm: &Vm, obj: Ref<'_>) -> krait_object::error::Raised {
    vm.type_error(format!("this __dict__ descriptor does not support '{}' objects", obj.ty(vm).tp_name()))
}

/// `obj.__dict__ = value` of native types, which refuse deletion.
pub fn set(vm: &Vm, obj: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    match value {
        Some(v) => assign(vm, obj, v),
        None => Err(vm.type_error("cannot delete __dict__")),
    }
}

/// As [`set`] for classes: deletion empties.
fn set_or_empty(vm: &Vm, obj: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    if let Some(d) = of_builtin_base(vm, obj) {
        return match d.r().ty(vm).slots.descr_set.get() {
            Some(f) => f(vm, d.r(), obj, value),
            None => Err(refused(vm, obj)),
        };
    }
    match value {
        Some(v) => assign(vm, obj, v),
        None => {
            let empty = PyDict::new(vm);
            assign(vm, obj, empty.r())
        }
    }
}

fn weakref(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    Ok(krait_object::weakref::all(vm, obj).into_iter().next().unwrap_or_else(Obj::none))
}

/// What a class that adds a `__dict__` gets.
pub static DICT: GetSetDef =
    GetSetDef { name: "__dict__", get: Some(get_of_class), set: Some(set_or_empty), doc: Some("dictionary for instance variables") };

/// What a native type whose instances have a `__dict__` gets.
pub static NATIVE_DICT: GetSetDef = GetSetDef { name: "__dict__", get: Some(get), set: Some(set), doc: None };

/// What a class that makes its instances weakly referenceable gets.
pub static WEAKREF: GetSetDef =
    GetSetDef { name: "__weakref__", get: Some(weakref), set: None, doc: Some("list of weak references to the object") };
