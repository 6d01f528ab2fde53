//! Helpers that the modules of this crate share.

use std::cell::Cell;

use krait_object::function::{PyBuiltinFunction, alloc_exact};
use krait_object::instance::alloc_var_instance;
use krait_object::native::Binding;
use krait_object::prelude::*;

pub use krait_object::function::no_header;
pub use krait_types::common::{builtin, peek_obj};

/// A new object of `T`'s own type.
#[inline]
pub fn make<T: Layout>(vm: &Vm, payload: T) -> Py<T> {
    let ty = T::type_of(vm);
    if ty.has_flag(TypeFlags::ATTRS) {
        match instance(vm, ty, payload) {
            // SAFETY: made with this layout.
            Ok(o) => return unsafe { o.downcast_unchecked() },
            // Like `alloc_exact`: no memory for a small object.
            Err(_) => krait_object::memory::out_of_memory(),
        }
    }
    // SAFETY: `Layout` says that objects of the type are laid out as `T`; it adds no attributes.
    unsafe { alloc_exact(vm, ty, payload) }
}

/// A new instance of `cls`, which must be `T`'s type or derive from it.
#[inline]
pub fn instance<T: Layout>(vm: &Vm, cls: &PyType, payload: T) -> PyResult<Obj> {
    debug_assert!(cls.is_subtype(T::type_of(vm)));
    if !cls.has_flag(TypeFlags(TypeFlags::ATTRS.0 | TypeFlags::HEAP.0)) {
        // SAFETY: a native type without attributes, of this layout.
        return Ok(unsafe { alloc_exact(vm, cls, payload) }.into_obj());
    }
    alloc_var_instance(vm, cls, 0, |p| {
        // SAFETY: a fresh object with room for `T`; the header already there is kept.
        unsafe {
            let h = std::ptr::read(p);
            let t = p as *mut T;
            t.write(payload);
            p.write(h);
        }
    })
}

/// A native function object bound to `self_`, from a declaration.
pub fn native(vm: &Vm, def: &'static MethodDef, self_: Obj) -> Obj {
    PyBuiltinFunction::new(vm, def, Some(self_), None).into_obj()
}

/// The declaration of a function that is only reachable as an object.
pub const fn method_def(name: &'static str, func: NativeFn) -> MethodDef {
    MethodDef { name, func, binding: Binding::Normal, doc: None, facts: NativeFacts::WORST, coexist: false }
}

/// A borrow of a cell's content for a moment in which nothing else runs.
#[inline(always)]
pub fn with_cell<T, R>(cell: &Cell<T>, f: impl FnOnce(&T) -> R) -> R {
    // SAFETY: callers only pass closures that read; nothing writes to the cell meanwhile.
    f(unsafe { &*cell.as_ptr() })
}

/// A new reference to what an optional cell holds.
#[inline(always)]
pub fn peek_py<T: Layout>(cell: &Cell<Option<Py<T>>>) -> Option<Py<T>> {
    with_cell(cell, |c| c.clone())
}

/// A new reference to what a cell holds.
#[inline(always)]
pub fn get_obj(cell: &Cell<Obj>) -> Obj {
    with_cell(cell, |c| c.clone())
}

/// The text of the class of an object as reprs print it: `tp_name`'s last part.
pub fn short_name(vm: &Vm, o: Ref<'_>) -> String {
    let name = o.ty(vm).tp_name();
    match name.rfind('.') {
        Some(i) => name[i + 1..].to_owned(),
        None => name,
    }
}

/// A `PyResult` as the value of a class attribute `__class_getitem__`.
pub fn class_getitem(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult<Obj> {
    krait_object::protocol::generic_alias(vm, cls.r(), item)
}

/// What `copy` and `__reduce__` put as an instance's state: its `__dict__`, or None if it has no
/// attributes.
pub fn state_of(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let names = vm.names();
    match vm.getattr_opt(o, names.__getstate__)? {
        Some(f) => vm.call0(f.r()),
        None => Ok(Obj::none()),
    }
}

/// A new exception class.
pub fn new_exception_type(vm: &Vm, module: &str, name: &str, base: &PyType, doc: Option<&str>) -> PyResult<Obj> {
    let dict = PyDict::new(vm);
    dict.set_item_str(vm, "__module__", vm.str(module))?;
    if let Some(d) = doc {
        dict.set_item_str(vm, "__doc__", vm.str(d))?;
    }
    let bases = vm.tuple(vec![base.to_obj()]);
    vm.call(vm.types.r#type.r(), &[vm.str(name).r(), bases.r(), dict.r()])
}
