//! `pickle.PickleBuffer`. The library's pickle module is the pure-Python one, so this class has a
//! module of its own instead of `_pickle`.

use std::cell::RefCell;
use std::rc::Rc;

use krait_macros::{pyclass, pymodule};
use krait_object::buffer::{Buffer, BufferInfo, flags};
use krait_object::gc::{Trace, Visitor};
use krait_object::prelude::*;
use krait_types::memoryview::{Facts, PyMemoryView, View};

use crate::util::{instance, no_header};

/// A wrapper that marks a buffer for out-of-band pickling.
#[repr(C)]
pub struct PyPickleBuffer {
    header: Header,
    /// Stays after `release`: views that others hold go on using it.
    base: Obj,
    held: RefCell<Option<Buffer>>,
}

impl Trace for PyPickleBuffer {
    fn trace(&self, v: &mut Visitor<'_>) {
        // The buffer's own reference to the base is not shown, so cycles through it stay.
        self.base.trace(v);
    }
}

impl PyPickleBuffer {
    fn check(&self, vm: &Vm) -> PyResult<()> {
        if self.held.borrow().is_some() {
            return Ok(());
        }
        Err(vm.value_error("operation forbidden on released PickleBuffer object"))
    }
}

/// Wrapper for potentially out-of-band buffers
#[pyclass(layout = PyPickleBuffer, name = "PickleBuffer", module = "pickle", own, weakref, flags(BASETYPE))]
pub mod pickle_buffer {
    use super::*;

    #[pynew("PickleBuffer(object, /)")]
    fn new(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        let held = Buffer::get(vm, object, flags::FULL_RO)?;
        instance(vm, cls, PyPickleBuffer { header: no_header(), base: object.to_obj(), held: RefCell::new(Some(held)) })
    }
    /// Return a memoryview of the raw memory underlying this buffer.
    ///
    /// Will raise BufferError is the buffer isn't contiguous.
    #[pymethod(nosig)]
    fn raw(vm: &Vm, zelf: &PyPickleBuffer) -> PyResult<Py<PyMemoryView>> {
        zelf.check(vm)?;
        let whole = PyMemoryView::of(vm, zelf.base.r(), flags::FULL_RO)?;
        let facts = whole.facts(vm)?;
        if !facts.view.is_c_contiguous() && !facts.view.is_f_contiguous() {
            return Err(vm.buffer_error("cannot extract raw buffer from non-contiguous buffer"));
        }
        let view = View { ptr: facts.view.ptr, itemsize: 1, shape: vec![facts.nbytes() as isize], strides: vec![1], suboffsets: vec![] };
        whole.derive(vm, Facts { view, format: Rc::from("B"), readonly: facts.readonly })
    }
    /// Release the underlying buffer controlled by the PickleBuffer object.
    #[pymethod(nosig)]
    fn release(zelf: &PyPickleBuffer) {
        let held = zelf.held.take();
        drop(held);
    }
    #[slot(getbuffer)]
    fn getbuffer(vm: &Vm, zelf: &PyPickleBuffer, flags: u32) -> PyResult<BufferInfo> {
        zelf.check(vm)?;
        match zelf.base.r().ty(vm).slots.getbuffer.get() {
            Some(f) => f(vm, zelf.base.r(), flags),
            None => Err(vm.buffer_error("the object no longer has a buffer")),
        }
    }
    #[slot(releasebuffer)]
    fn releasebuffer(vm: &Vm, zelf: &PyPickleBuffer, info: &BufferInfo) {
        if let Some(f) = zelf.base.r().ty(vm).slots.releasebuffer.get() {
            f(vm, zelf.base.r(), info);
        }
    }
}

/// The class that lets pickle hand buffers over instead of copying them.
#[pymodule(name = "_picklebuffer", classes = [pickle_buffer])]
pub mod pickle_buffer_module {
    use super::*;
}
