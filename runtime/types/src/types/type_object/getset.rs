//! The computed attributes of type objects.

use krait_object::error::{PyResult, Raised};
use krait_object::limbo::park;
use krait_object::lookup::type_modified;
use krait_object::obj::{Layout, Obj, Py, Ref};
use krait_object::str::PyStr;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::vm::Vm;

/// An entry of the type's own dict.
pub(super) fn own(vm: &Vm, ty: &PyType, name: &PyStr) -> PyResult<Option<Obj>> {
    match ty.dict_ref() {
        Some(d) => d.get_str(vm, name),
        None => Ok(None),
    }
}

/// Sets an entry of the type's own dict.
pub(super) fn set_own(vm: &Vm, ty: &PyType, name: &PyStr, value: Obj) -> PyResult<()> {
    type_modified(vm, ty);
    match ty.dict_ref().map(Layout::to_py) {
        Some(d) => d.set_str(vm, name, value),
        None => Err(vm.no_attribute(ty.r(), name)),
    }
}

/// Deletes an entry of the type's own dict; was there one?
pub(super) fn remove_own(vm: &Vm, ty: &PyType, name: &PyStr) -> PyResult<bool> {
    type_modified(vm, ty);
    match ty.dict_ref().map(Layout::to_py) {
        Some(d) => Ok(d.remove_str(vm, name)?.is_some()),
        None => Ok(false),
    }
}

pub(super) fn missing(vm: &Vm, name: &PyStr) -> Raised {
    vm.raise_with(vm.types.attribute_error, vec![name.to_obj()])
}

/// Fails for types that may not change, and for deletion; else returns the new value.
pub(super) fn check_set<'a>(vm: &Vm, ty: &PyType, value: Option<Ref<'a>>, name: &str) -> PyResult<Ref<'a>> {
    let class = ty.tp_name();
    if ty.has_flag(TypeFlags::IMMUTABLE) {
        return Err(vm.type_error(format!("cannot set '{name}' attribute of immutable type '{class}'")));
    }
    let Some(value) = value else {
        return Err(vm.type_error(format!("cannot delete '{name}' attribute of immutable type '{class}'")));
    };
    if vm.interp.auditing.get() {
        let name = vm.str(name);
        vm.audit("object.__setattr__", &[ty.r(), name.r(), value])?;
    }
    Ok(value)
}

/// Sets a plain entry under the rules of [`check_set`].
pub(super) fn set_special(vm: &Vm, ty: &PyType, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
    let value = check_set(vm, ty, value, &name.to_string_lossy())?;
    set_own(vm, ty, name, value.to_obj())
}

fn expect_str(vm: &Vm, ty: &PyType, value: Ref<'_>, attr: &str) -> PyResult<Py<PyStr>> {
    match value.downcast::<PyStr>(vm) {
        Some(s) => Ok(s.to_py()),
        None => {
            let (class, got) = (ty.tp_name(), value.ty(vm).tp_name());
            Err(vm.type_error(format!("can only assign string to {class}.{attr}, not '{got}'")))
        }
    }
}

pub(super) fn set_name(vm: &Vm, ty: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
    let value = check_set(vm, ty, value, "__name__")?;
    let name = expect_str(vm, ty, value, "__name__")?;
    super::new::check_name(vm, &name)?;
    type_modified(vm, ty);
    park(vm, ty.name.replace(Some(name)));
    Ok(())
}

pub(super) fn set_qualname(vm: &Vm, ty: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
    let value = check_set(vm, ty, value, "__qualname__")?;
    let name = expect_str(vm, ty, value, "__qualname__")?;
    park(vm, ty.qualname.replace(Some(name)));
    Ok(())
}

/// `__module__` of a type; `None` if the class lost it.
pub fn module_of(vm: &Vm, ty: &PyType) -> PyResult<Option<Obj>> {
    if !ty.has_flag(TypeFlags::HEAP)
        && let Some(def) = ty.def.get()
    {
        return Ok(Some(vm.intern(def.module).into_obj()));
    }
    own(vm, ty, vm.names().__module__)
}

pub(super) fn get_module(vm: &Vm, ty: &PyType) -> PyResult<Obj> {
    module_of(vm, ty)?.ok_or_else(|| missing(vm, vm.names().__module__))
}

pub(super) fn set_module(vm: &Vm, ty: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
    let n = vm.names();
    set_special(vm, ty, n.__module__, value)?;
    remove_own(vm, ty, n.__firstlineno__).map(drop)
}

pub(super) fn get_doc(vm: &Vm, ty: &PyType) -> PyResult<Obj> {
    if let (false, Some(def)) = (ty.has_flag(TypeFlags::HEAP), ty.def.get())
        && def.doc.is_some()
    {
        return Ok(crate::types::descriptors::doc_obj(vm, def.doc));
    }
    let Some(doc) = own(vm, ty, vm.names().__doc__)? else { return Ok(Obj::none()) };
    match doc.r().ty(vm).slots.descr_get.get() {
        Some(get) => get(vm, doc.r(), None, Some(ty.r())),
        None => Ok(doc),
    }
}

pub(super) fn abstract_methods(vm: &Vm, ty: &PyType) -> PyResult<Obj> {
    let name = vm.intern("__abstractmethods__");
    // `type` itself has the descriptor in its dict.
    let found = if std::ptr::eq(ty, vm.types.r#type) { None } else { own(vm, ty, &name)? };
    found.ok_or_else(|| missing(vm, &name))
}

pub(super) fn set_abstract_methods(vm: &Vm, ty: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
    let name = vm.intern("__abstractmethods__");
    let on = match value {
        Some(v) => {
            let on = vm.is_true(v)?;
            set_own(vm, ty, &name, v.to_obj())?;
            on
        }
        None if remove_own(vm, ty, &name)? => false,
        None => return Err(missing(vm, &name)),
    };
    if on {
        ty.set_flag(TypeFlags::ABSTRACT)
    } else {
        ty.clear_flag(TypeFlags::ABSTRACT)
    }
    Ok(())
}
