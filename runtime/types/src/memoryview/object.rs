//! The layout of memoryviews, and what every operation on them starts with.
//!
//! Views made from one another share the exporter's buffer, which is given back when the last of
//! them is released or dies. A view from which others have taken buffers cannot be released.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use krait_object::buffer::{Buffer, BufferInfo, flags};
use krait_object::function::{alloc_exact, no_header};
use krait_object::header::Header;
use krait_object::prelude::*;
use krait_object::table_layout;

use super::strided::View;

/// What a view shows: immutable once made.
#[derive(Clone)]
pub struct Facts {
    pub view: View,
    pub format: Rc<str>,
    pub readonly: bool,
}

impl Facts {
    /// Bytes of all items.
    pub fn nbytes(&self) -> usize {
        self.view.items() * self.view.itemsize
    }
}

/// A memoryview.
#[repr(C)]
pub struct PyMemoryView {
    header: Header,
    /// The exporter's buffer; taken by `release`.
    buffer: RefCell<Option<Rc<Buffer>>>,
    facts: OnceCell<Facts>,
    /// Buffers others have taken from this view.
    pub exports: Cell<usize>,
    pub hash: Cell<i64>,
}
table_layout!(PyMemoryView => memoryview);

impl Trace for PyMemoryView {
    fn trace(&self, v: &mut Visitor<'_>) {
        // Views share one reference to the exporter: only a sole holder may show it.
        let Ok(b) = self.buffer.try_borrow() else { return };
        if let Some(b) = b.as_ref().filter(|b| Rc::strong_count(b) == 1)
            && let Some(owner) = b.owner()
        {
            v.visit(owner.value());
        }
    }
    fn unlink(&self) {
        if self.exports.get() == 0 {
            let b = self.buffer.take();
            drop(b);
        }
    }
}

impl PyMemoryView {
    fn make(vm: &Vm, buffer: Rc<Buffer>, facts: Facts) -> Py<PyMemoryView> {
        let payload = PyMemoryView {
            header: no_header(),
            buffer: RefCell::new(Some(buffer)),
            facts: OnceCell::from(facts),
            exports: Cell::new(0),
            hash: Cell::new(-1),
        };
        // SAFETY: `memoryview` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.memoryview, payload) }
    }
    /// A view of what an object exports; of a memoryview, a further view of the same buffer.
    pub fn of(vm: &Vm, o: Ref<'_>, request: u32) -> PyResult<Py<PyMemoryView>> {
        if let Some(m) = o.downcast::<PyMemoryView>(vm) {
            let facts = m.facts(vm)?.clone();
            return m.derive(vm, facts);
        }
        if !krait_object::buffer::has_buffer(vm, o) {
            let text = format!("memoryview: a bytes-like object is required, not '{}'", o.ty(vm).tp_name());
            return Err(vm.type_error(text));
        }
        let buffer = Buffer::get(vm, o, request)?;
        let info = buffer.info();
        let facts = Facts { view: View::of(info), format: Rc::from(&*info.format), readonly: info.readonly };
        if facts.view.ndim() > super::MAX_NDIM {
            return Err(vm.value_error("memoryview: number of dimensions must not exceed 64"));
        }
        Ok(Self::make(vm, Rc::new(buffer), facts))
    }
    /// The buffer, kept from the exporter for as long as the result lives.
    pub fn shared(&self, vm: &Vm) -> PyResult<Rc<Buffer>> {
        let shared = self.buffer.borrow().clone();
        shared.ok_or_else(|| released(vm))
    }
    /// A view of a buffer that shows something else of it.
    pub fn over(vm: &Vm, shared: Rc<Buffer>, facts: Facts) -> Py<PyMemoryView> {
        Self::make(vm, shared, facts)
    }
    /// A view of the same buffer that shows something else of it.
    pub fn derive(&self, vm: &Vm, facts: Facts) -> PyResult<Py<PyMemoryView>> {
        Ok(Self::make(vm, self.shared(vm)?, facts))
    }
    pub fn is_released(&self) -> bool {
        self.buffer.borrow().is_none()
    }
    /// What the view shows; ValueError once it is released. The memory may go away whenever
    /// Python code runs: check again before touching it.
    pub fn facts(&self, vm: &Vm) -> PyResult<&Facts> {
        match self.facts.get() {
            Some(f) if !self.is_released() => Ok(f),
            _ => Err(released(vm)),
        }
    }
    /// The object the buffer came from.
    pub fn owner(&self) -> Option<Obj> {
        self.buffer.borrow().as_ref().and_then(|b| b.owner().map(Ref::to_obj))
    }
    /// Keeps the view from being released, and so its memory in place, while the guard lives.
    pub fn hold(&self) -> Held<'_> {
        self.exports.set(self.exports.get() + 1);
        Held(self)
    }
    /// `m.release()`.
    pub fn release(&self, vm: &Vm) -> PyResult<()> {
        match self.exports.get() {
            0 => {
                let buffer = self.buffer.take();
                drop(buffer);
                Ok(())
            }
            n => {
                let s = if n == 1 { "" } else { "s" };
                Err(vm.buffer_error(format!("memoryview has {n} exported buffer{s}")))
            }
        }
    }
    /// The buffer protocol of memoryviews.
    pub fn export(&self, vm: &Vm, request: u32) -> PyResult<BufferInfo> {
        let f = self.facts(vm)?;
        let has = |flag: u32| request & flag == flag;
        let refuse = |why: &str| Err(vm.buffer_error(format!("memoryview: underlying buffer {why}")));
        let (c, fortran) = (f.view.is_c_contiguous(), f.view.is_f_contiguous());
        if has(flags::WRITABLE) && f.readonly {
            return refuse("is not writable");
        }
        if has(flags::C_CONTIGUOUS) && !c {
            return refuse("is not C-contiguous");
        }
        if has(flags::F_CONTIGUOUS) && !fortran {
            return refuse("is not Fortran contiguous");
        }
        if has(flags::ANY_CONTIGUOUS) && !c && !fortran {
            return refuse("is not contiguous");
        }
        if !has(flags::INDIRECT) && !f.view.suboffsets.is_empty() {
            return refuse("requires suboffsets");
        }
        if !has(flags::STRIDES) && !c {
            return refuse("is not C-contiguous");
        }
        if !has(flags::ND) && has(flags::FORMAT) {
            let text = "memoryview: cannot cast to unsigned bytes if the format flag is present";
            return Err(vm.buffer_error(text));
        }
        self.exports.set(self.exports.get() + 1);
        Ok(BufferInfo {
            ptr: f.view.ptr,
            len: f.nbytes(),
            readonly: f.readonly,
            itemsize: f.view.itemsize,
            format: if has(flags::FORMAT) { f.format.to_string().into() } else { "B".into() },
            shape: f.view.shape.clone(),
            strides: f.view.strides.clone(),
            suboffsets: f.view.suboffsets.clone(),
            internal: Cell::new(0),
        })
    }
}

/// A view that cannot be released now.
pub struct Held<'a>(&'a PyMemoryView);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.exports.set(self.0.exports.get() - 1);
    }
}

/// The error of operations on a released view.
#[cold]
pub fn released(vm: &Vm) -> krait_object::error::Raised {
    vm.value_error("operation forbidden on released memoryview object")
}
