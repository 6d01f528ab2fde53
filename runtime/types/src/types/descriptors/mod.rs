//! Descriptors of native types: what their dicts hold, and `property`, `classmethod`,
//! `staticmethod`.

pub mod classmethod;
pub mod getset;
pub mod member;
pub mod method;
pub mod property;
pub mod staticmethod;
mod wrapped;
pub mod wrapper;

use krait_object::error::{PyResult, Raised};
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::ty::PyType;
use krait_object::vm::Vm;

/// Fails unless `obj` is an instance of the class the descriptor was made for.
#[inline]
pub(crate) fn check(vm: &Vm, name: &str, objclass: &PyType, obj: Ref<'_>) -> PyResult<()> {
    if obj.ty(vm).is_subtype(objclass) { Ok(()) } else { Err(does_not_apply(vm, name, objclass, obj)) }
}

#[cold]
fn does_not_apply(vm: &Vm, name: &str, objclass: &PyType, obj: Ref<'_>) -> Raised {
    vm.type_error(format!("descriptor '{name}' for '{}' objects doesn't apply to a '{}' object", objclass.tp_name(), obj.ty(vm).tp_name()))
}

/// `Class.name`.
pub(crate) fn qualname(vm: &Vm, objclass: &PyType, name: &str) -> PyResult<String> {
    let q = vm.getattr(objclass.r(), vm.names().__qualname__)?;
    if !q.r().ty(vm).is_subtype(vm.types.str) {
        return Err(vm.type_error("<descriptor>.__objclass__.__qualname__ is not a unicode object"));
    }
    Ok(format!("{}.{name}", vm.str_text(q.r())?))
}

/// `(getattr, (owner, name))`: how descriptors and bound methods are pickled.
pub(crate) fn reduce_getattr(vm: &Vm, owner: Ref<'_>, name: Obj) -> PyResult<Obj> {
    let getattr = builtin(vm, "getattr")?;
    let args = vm.tuple(vec![owner.to_obj(), name]);
    Ok(vm.tuple(vec![getattr, args]))
}

/// A function of the `builtins` module.
pub(crate) fn builtin(vm: &Vm, name: &str) -> PyResult<Obj> {
    let name = vm.intern(name);
    if let Some(b) = vm.interp.builtins.get()
        && let Some(f) = b.get_str(vm, &name)?
    {
        return Ok(f);
    }
    Err(vm.raise_with(vm.types.attribute_error, vec![name.into_obj()]))
}

/// `obj.__isabstractmethod__` as a truth value; false if there is none.
pub(crate) fn is_abstract(vm: &Vm, obj: Option<Ref<'_>>) -> PyResult<bool> {
    let Some(obj) = obj else { return Ok(false) };
    match vm.getattr_opt(obj, vm.names().__isabstractmethod__)? {
        Some(v) => vm.is_true(v.r()),
        None => Ok(false),
    }
}

/// The docstring of a native declaration as Python sees it.
pub(crate) fn doc_obj(vm: &Vm, doc: Option<&'static str>) -> Obj {
    doc.map_or_else(Obj::none, |d| vm.str(krait_object::typedef::doc_body(d)))
}

/// `__text_signature__` of a native declaration.
pub(crate) fn signature_obj(vm: &Vm, doc: Option<&'static str>) -> Obj {
    doc.and_then(krait_object::typedef::text_signature).map_or_else(Obj::none, |s| vm.str(s))
}
