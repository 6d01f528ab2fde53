//! Complex numbers.

use crate::error::PyResult;
use crate::header::{Header, alloc_raw};
use crate::obj::{Obj, Ref};
use crate::table_layout;
use crate::ty::PyType;
use crate::value::Value;
use crate::vm::Vm;

/// A complex number: real and imaginary part.
#[repr(C)]
pub struct PyComplex {
    header: Header,
    re: f64,
    im: f64,
}
table_layout!(PyComplex => complex);

impl PyComplex {
    /// Real and imaginary part.
    #[inline]
    pub fn value(&self) -> (f64, f64) {
        (self.re, self.im)
    }
    /// An instance of `complex` or a subtype.
    pub fn new_subtype(vm: &Vm, ty: &PyType, (re, im): (f64, f64)) -> PyResult<Obj> {
        if std::ptr::eq(ty, vm.types.complex) {
            return Ok(vm.complex(re, im));
        }
        let obj = crate::instance::alloc_instance(vm, ty, 0)?;
        // SAFETY: a fresh object laid out as `PyComplex`.
        unsafe {
            let c = obj.value().header_ptr() as *mut PyComplex;
            (*c).re = re;
            (*c).im = im;
        }
        Ok(obj)
    }
}

impl Ref<'_> {
    /// The value if the object is a complex number (subtypes included).
    pub fn as_complex(self, vm: &Vm) -> Option<(f64, f64)> {
        self.downcast::<PyComplex>(vm).map(PyComplex::value)
    }
}

impl Vm {
    /// A complex object.
    pub fn complex(&self, re: f64, im: f64) -> Obj {
        let Some(p) = alloc_raw(self.types.complex, size_of::<PyComplex>()) else { crate::memory::out_of_memory() };
        // SAFETY: fresh memory of the right size.
        unsafe {
            let c = p.as_ptr() as *mut PyComplex;
            (*c).re = re;
            (*c).im = im;
            Obj::from_value(Value::from_ptr(p.as_ptr()))
        }
    }
}
