//! Frame objects: what `sys._getframe()` and tracebacks show of an activation.
//!
//! A frame object points at its live [`Frame`] until that ends; then it takes over the registers,
//! so that locals stay visible as they were.

use std::cell::{Cell, RefCell};

use crate::code::PyCode;
use crate::exec::Frame;
use crate::function::PyFunction;
use crate::gc::{Trace, Visitor};
use crate::header::Header;
use crate::obj::{Obj, Py, Ref};
use crate::table_layout;
use crate::value::Value;
use crate::vm::Vm;

/// A frame object.
#[repr(C)]
pub struct PyFrame {
    pub header: Header,
    /// The live frame; null once it ended.
    pub frame: Cell<*const Frame>,
    pub code: Py<PyCode>,
    pub func: Option<Py<PyFunction>>,
    /// Registers of the ended frame.
    pub regs: RefCell<Vec<Option<Obj>>>,
    /// `f_locals` of module and class bodies, once ended.
    pub locals: Cell<Option<Obj>>,
    /// Instruction offset (words) once ended.
    pub last: Cell<u32>,
    /// `f_back` once ended.
    pub back: Cell<Option<Obj>>,
    pub trace: Cell<Option<Obj>>,
    pub trace_lines: Cell<bool>,
    pub trace_opcodes: Cell<bool>,
    /// Line set by a trace function jump, else 0.
    pub lineno: Cell<u32>,
    /// Values overwritten through `f_locals` while the frame runs: something may still borrow
    /// them.
    pub overwritten: RefCell<Vec<Obj>>,
    /// Extra names set through `f_locals`.
    pub extra_locals: Cell<Option<Obj>>,
    /// The frame was cleared.
    pub cleared: Cell<bool>,
}
table_layout!(PyFrame => frame);

impl PyFrame {
    /// A frame object for a live frame.
    pub fn new(vm: &Vm, f: &Frame) -> Py<PyFrame> {
        use crate::obj::Layout;
        // SAFETY: a live frame's code and function outlive it.
        let (code, func) = unsafe { ((*f.code.get()).to_py(), f.func.get().as_ref().map(|f| f.to_py())) };
        let payload = PyFrame {
            header: crate::function::no_header(),
            frame: Cell::new(f),
            code,
            func,
            regs: RefCell::default(),
            locals: Cell::new(None),
            last: Cell::new(0),
            back: Cell::new(None),
            trace: Cell::new(None),
            trace_lines: Cell::new(true),
            trace_opcodes: Cell::new(false),
            lineno: Cell::new(0),
            overwritten: RefCell::default(),
            extra_locals: Cell::new(None),
            cleared: Cell::new(false),
        };
        // SAFETY: `frame` has this layout.
        unsafe { crate::function::alloc_exact(vm, vm.types.frame, payload) }
    }
    /// The live frame, if it has not ended.
    pub fn live(&self) -> Option<&Frame> {
        // SAFETY: the pointer is cleared when the frame ends.
        unsafe { self.frame.get().as_ref() }
    }
    /// Offset in words of the current instruction.
    pub fn offset(&self) -> u32 {
        match self.live() {
            Some(f) => {
                let pc = f.pc.get();
                self.code.offset_of(pc).saturating_sub(1)
            }
            None => self.last.get(),
        }
    }
    /// The frame ended and nobody can see this object any more.
    pub fn forget_frame(&self) {
        self.frame.set(std::ptr::null());
    }
    /// The frame ends: takes over registers and locals.
    pub fn detach(&self, _vm: &Vm, f: &Frame, back: Option<Obj>) {
        self.last.set(self.offset());
        self.frame.set(std::ptr::null());
        let n = self.code.nregs as usize;
        let base = f.base.get();
        let mut regs = Vec::with_capacity(n);
        for i in 0..n {
            // SAFETY: registers of the ending frame; their references move over.
            unsafe {
                let p = base.add(i);
                regs.push(Obj::from_value_opt(p.read()));
                p.write(Value::UNBOUND);
            }
        }
        *self.regs.borrow_mut() = regs;
        let locals = f.locals.get();
        // SAFETY: the frame still owns its locals; this is a new reference.
        self.locals.set(unsafe { Ref::from_value_opt(locals) }.map(Ref::to_obj));
        self.back.set(back);
    }
}

impl Trace for PyFrame {
    fn trace(&self, v: &mut Visitor<'_>) {
        v.visit(Value::from_ptr(self.code.as_ptr()));
        self.func.trace(v);
        if let Ok(regs) = self.regs.try_borrow() {
            for r in regs.iter().flatten() {
                v.visit(r.value());
            }
        }
        self.locals.trace(v);
        self.back.trace(v);
        self.trace.trace(v);
        self.extra_locals.trace(v);
        if let Ok(o) = self.overwritten.try_borrow() {
            for r in o.iter() {
                v.visit(r.value());
            }
        }
    }
    fn unlink(&self) {
        let regs = std::mem::take(&mut *self.regs.borrow_mut());
        drop(regs);
        drop(self.locals.take());
        drop(self.back.take());
        drop(self.trace.take());
        drop(self.extra_locals.take());
    }
}
