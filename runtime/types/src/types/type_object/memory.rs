//! Memory of type objects made at run time.

use krait_object::gc::{Visitor, untrack};
use krait_object::header::Header;
use krait_object::limbo::bury;
use krait_object::lookup::type_modified;
use krait_object::obj::{Layout, Obj};
use krait_object::shape::Shape;
use krait_object::ty::PyType;
use krait_object::typedef::remove_subclass;
use krait_object::value::Value;
use krait_object::vm::Vm;

/// Takes a type out of its bases' lists.
pub(super) fn unlink(vm: &Vm, ty: &PyType) {
    let Some(bases) = ty.bases_ref().map(Layout::to_py) else { return };
    for b in bases.as_slice() {
        if let Some(b) = b.r().downcast::<PyType>(vm) {
            remove_subclass(b, ty);
        }
    }
}

/// # Safety
/// `p` is a dead type object without instances or subclasses.
pub(super) unsafe fn dealloc_type(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract; the memory stays readable until no native code runs.
    unsafe {
        let ty = &*(p as *const PyType);
        untrack(vm, &*p);
        type_modified(vm, ty);
        unlink(vm, ty);
        let meta = (*p).ty();
        // What is left must be harmless to read: no owned references, a base that lives on.
        ty.base.set(vm.types.object);
        drop(ty.dict.take());
        drop(ty.mro.take());
        drop(ty.bases.take());
        drop(ty.name.take());
        drop(ty.qualname.take());
        drop(ty.extra.take());
        Shape::free_all(ty);
        *ty.subclasses.get() = Vec::new();
        bury(vm, p, meta.basicsize.get().max(size_of::<PyType>()), true);
    }
}

/// # Safety
/// `p` is a type object.
pub(super) unsafe fn traverse_type(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: by contract; the visitor runs no Python code.
    unsafe {
        let ty = &*(p as *const PyType);
        for o in [
            ty.dict_ref().map(|d| Value::from_ptr(d)),
            ty.mro_ref().map(|d| Value::from_ptr(d)),
            ty.bases_ref().map(|d| Value::from_ptr(d)),
            (*ty.extra.as_ptr()).as_ref().map(Obj::value),
        ]
        .into_iter()
        .flatten()
        {
            v.visit(o);
        }
        // Metatypes made by `class` statements are owned by their instances.
        krait_object::instance::traverse_attrs(p, 0, v);
    }
}

/// # Safety
/// `p` is an unreachable type object.
pub(super) unsafe fn clear_type(vm: &Vm, p: *const Header) {
    // SAFETY: by contract.
    let ty = unsafe { &*(p as *const PyType) };
    type_modified(vm, ty);
    if let Some(d) = ty.dict_ref().map(Layout::to_py) {
        d.clear(vm);
    }
    drop(ty.extra.take());
    drop(ty.mro.take());
}
