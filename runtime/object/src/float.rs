//! Floats: immediate where the encoding allows, else heap objects laid out as CPython's.

use crate::error::PyResult;
use crate::header::{Header, alloc_raw};
use crate::obj::{Obj, Ref};
use crate::table_layout;
use crate::ty::PyType;
use crate::value::Value;
use crate::vm::Vm;

/// A heap float.
#[repr(C)]
pub struct PyFloat {
    header: Header,
    value: f64,
}
table_layout!(PyFloat => float);

impl PyFloat {
    pub fn value(&self) -> f64 {
        self.value
    }
    /// A heap float of a subtype of `float`.
    pub fn new_subtype(vm: &Vm, ty: &PyType, value: f64) -> PyResult<Obj> {
        let obj = crate::instance::alloc_instance(vm, ty, 0)?;
        // SAFETY: a fresh object laid out as `PyFloat`.
        unsafe { (*(obj.value().header_ptr() as *mut PyFloat)).value = value };
        Ok(obj)
    }
}

impl<'a> Ref<'a> {
    /// The value if the object is a float (subtypes included); ints do not count.
    #[inline]
    pub fn as_float(self, vm: &Vm) -> Option<f64> {
        if let Some(f) = self.value().as_flonum() {
            return Some(f);
        }
        self.downcast::<PyFloat>(vm).map(|f| f.value)
    }
    /// Is the type exactly `float`?
    #[inline]
    pub fn is_exact_float(self, vm: &Vm) -> bool {
        self.value().is_flonum() || (self.header().is_some_and(|h| std::ptr::eq(h.ty(), vm.types.float)))
    }
}

impl Vm {
    /// A float object.
    #[inline(always)]
    pub fn float(&self, f: f64) -> Obj {
        match Value::flonum(f) {
            // SAFETY: immediates own nothing.
            Some(v) => unsafe { Obj::from_value(v) },
            None => self.float_heap(f),
        }
    }
    #[inline(never)]
    fn float_heap(&self, value: f64) -> Obj {
        let Some(p) = alloc_raw(self.types.float, size_of::<PyFloat>()) else { crate::memory::out_of_memory() };
        // SAFETY: fresh memory of the right size.
        unsafe {
            (*(p.as_ptr() as *mut PyFloat)).value = value;
            Obj::from_value(Value::from_ptr(p.as_ptr()))
        }
    }
}
