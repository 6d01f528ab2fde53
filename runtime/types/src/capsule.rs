//! Capsules: Python objects around a native pointer or value.

use std::any::Any;
use std::cell::{Cell, RefCell};

use krait_macros::pyclass;
use krait_object::function::{alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::table_layout;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&capsule::DEF];

/// An opaque native pointer, with a name that says what it points to, or an owned native value.
#[repr(C)]
pub struct PyCapsule {
    header: Header,
    pub name: Option<String>,
    pub pointer: Cell<*mut ()>,
    pub context: Cell<*mut ()>,
    /// Called with the pointer when the capsule dies.
    pub destructor: Cell<Option<fn(*mut ())>>,
    value: RefCell<Option<Box<dyn Any>>>,
}
table_layout!(PyCapsule => capsule);

impl Trace for PyCapsule {
    fn trace(&self, _: &mut krait_object::gc::Visitor<'_>) {}
}

impl Drop for PyCapsule {
    fn drop(&mut self) {
        if let Some(f) = self.destructor.take() {
            f(self.pointer.get());
        }
    }
}

impl PyCapsule {
    /// A capsule around a pointer.
    pub fn new(vm: &Vm, name: Option<&str>, pointer: *mut (), destructor: Option<fn(*mut ())>) -> Py<PyCapsule> {
        Self::make(vm, name, pointer, destructor, None)
    }
    /// A capsule that owns a Rust value.
    pub fn owning(vm: &Vm, name: Option<&str>, value: Box<dyn Any>) -> Py<PyCapsule> {
        Self::make(vm, name, std::ptr::null_mut(), None, Some(value))
    }
    fn make(vm: &Vm, name: Option<&str>, pointer: *mut (), destructor: Option<fn(*mut ())>, value: Option<Box<dyn Any>>) -> Py<PyCapsule> {
        let payload = PyCapsule {
            header: no_header(),
            name: name.map(str::to_owned),
            pointer: Cell::new(pointer),
            context: Cell::new(std::ptr::null_mut()),
            destructor: Cell::new(destructor),
            value: RefCell::new(value),
        };
        // SAFETY: the type has this layout and no attributes, and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.capsule, payload) }
    }
    /// The pointer, if the capsule has the expected name.
    pub fn get(&self, vm: &Vm, name: Option<&str>) -> PyResult<*mut ()> {
        if self.name.as_deref() != name {
            return Err(vm.value_error("PyCapsule_GetPointer called with incorrect name"));
        }
        Ok(self.pointer.get())
    }
    /// Calls `f` with the owned value, if there is one of type `T`.
    pub fn with_value<T: 'static, R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        self.value.borrow().as_ref().and_then(|v| v.downcast_ref::<T>()).map(f)
    }
}

/// Capsule objects let you wrap a native pointer in a Python
/// object.  They're a way of passing pointers through the Python interpreter
/// without creating your own Python type.
///
/// Capsules are used for communication between extension modules.
/// They provide a way for an extension module to export an interface
/// to other extension modules, so that extension modules can use the
/// Python import mechanism to link to one another.
#[pyclass("PyCapsule", layout = PyCapsule, table = capsule, no_gc, weakref, flags(DISALLOW_INSTANTIATION))]
pub mod capsule {
    use super::*;

    #[slot(repr)]
    fn repr(zelf: &PyCapsule) -> String {
        let at = zelf as *const PyCapsule as usize;
        match &zelf.name {
            Some(n) => format!("<capsule object \"{n}\" at {at:#x}>"),
            None => format!("<capsule object NULL at {at:#x}>"),
        }
    }
}
