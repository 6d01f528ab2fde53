//! Generator, coroutine and async generator objects: a suspended activation.
//!
//! All three share one layout. The object owns its frame and its registers; while it runs, the
//! frame is linked into the thread's frame chain.
//!
//! Invariants: `regs` holds `code.nregs` words; in state `Finished` they are all unbound.

use std::cell::{Cell, UnsafeCell};

use crate::exec::{Frame, HandledItem};
use crate::function::PyFunction;
use crate::header::Header;
use crate::obj::{Obj, Py};
use crate::str::PyStr;
use crate::table_layout;
use crate::value::Value;

/// Where a generator is in its life.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GenState {
    Created,
    Suspended,
    Running,
    Finished,
}

/// A generator, coroutine or async generator.
#[repr(C)]
pub struct PyGenerator {
    pub header: Header,
    pub frame: Frame,
    pub func: Py<PyFunction>,
    pub regs: UnsafeCell<Box<[Value]>>,
    pub state: Cell<GenState>,
    /// While running: what the resuming side was handling. While suspended: unused.
    pub outer: HandledItem,
    /// While suspended: what the generator itself is handling.
    pub handled: Cell<Option<Obj>>,
    pub name: UnsafeCell<Py<PyStr>>,
    pub qualname: UnsafeCell<Py<PyStr>>,
    /// Coroutines: where they were created (`cr_origin`). Async generators: the finaliser hook.
    pub origin: Cell<Option<Obj>>,
    /// Async generators: hooks were called, closed, running `asend`.
    pub ag_hooks_inited: Cell<bool>,
    pub ag_closed: Cell<bool>,
    pub ag_running: Cell<bool>,
}
table_layout!(PyGenerator => generator);

impl PyGenerator {
    /// Releases the locals mapping of module code.
    pub fn release_locals(&self) {
        let locals = self.frame.locals.replace(Value::UNBOUND);
        // SAFETY: the frame owned its locals.
        drop(unsafe { Obj::from_value_opt(locals) });
    }
    /// Releases the registers and cuts the frame object loose. The generator is not running.
    fn release(&self) {
        let n = self.frame.base.get();
        let fo = self.frame.frame_obj.replace(Value::UNBOUND);
        // SAFETY: the frame owned its frame object.
        if let (Some(fo), Some(vm)) = (unsafe { Obj::from_value_opt(fo) }, crate::vm::current_vm())
            && let Some(f) = fo.r().downcast::<crate::frame_obj::PyFrame>(vm)
        {
            if f.header.refcount() > 1 {
                f.detach(vm, &self.frame, None);
            } else {
                f.forget_frame();
            }
        }
        // SAFETY: the generator owns its registers; `base` is their start.
        unsafe {
            for i in 0..(&*self.regs.get()).len() {
                drop(Obj::from_value_opt(n.add(i).replace(Value::UNBOUND)));
            }
        }
        self.release_locals();
    }
}

impl crate::gc::Trace for PyGenerator {
    fn trace(&self, v: &mut crate::gc::Visitor<'_>) {
        v.visit(Value::from_ptr(self.func.as_ptr()));
        // SAFETY: the visitor runs no Python code.
        for r in unsafe { (&*self.regs.get()).iter() } {
            v.visit(*r);
        }
        v.visit(self.frame.frame_obj.get());
        v.visit(self.frame.locals.get());
        self.handled.trace(v);
        self.origin.trace(v);
    }
    fn unlink(&self) {
        if self.state.get() != GenState::Running {
            self.state.set(GenState::Finished);
            self.release();
            drop(self.handled.take());
            drop(self.origin.take());
        }
    }
}

impl Drop for PyGenerator {
    fn drop(&mut self) {
        self.release();
    }
}
