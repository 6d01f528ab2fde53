//! `_ThreadHandle`: waiting for a thread to end.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_object::threads::current_thread_id;

use super::sem::Semaphore;
use super::wait::{Timeout, duration, seconds_arg, take};
use crate::util::{instance, make, no_header};

/// What a handle and its thread share.
pub struct Shared {
    /// 0 until started.
    pub ident: AtomicU64,
    pub started: AtomicBool,
    pub done: AtomicBool,
    /// Posted when the thread is done; every waiter posts it again for the next.
    ended: Semaphore,
}

impl Shared {
    pub fn new() -> Arc<Shared> {
        Arc::new(Shared {
            ident: AtomicU64::new(0),
            started: AtomicBool::new(false),
            done: AtomicBool::new(false),
            ended: Semaphore::new(0),
        })
    }
    /// Says that the thread has ended. Needs no GIL.
    pub fn finish(&self) {
        if !self.done.swap(true, Ordering::AcqRel) {
            self.ended.post();
        }
    }
    pub fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }
    /// Waits for the end. False if it did not come in time.
    pub fn wait(&self, vm: &Vm, timeout: Timeout) -> PyResult<bool> {
        if self.is_done() {
            return Ok(true);
        }
        let taken = take(vm, &self.ended, timeout)?;
        if taken {
            self.ended.post();
        }
        Ok(taken)
    }
}

/// Threads that must end before the interpreter does.
#[derive(Default)]
pub struct NonDaemons(pub RefCell<Vec<Arc<Shared>>>);

#[repr(C)]
pub struct PyThreadHandle {
    header: Header,
    pub shared: Arc<Shared>,
    /// A started handle cannot be started again.
    pub used: Cell<bool>,
}

impl PyThreadHandle {
    pub fn create(vm: &Vm, shared: Arc<Shared>) -> Obj {
        make(vm, PyThreadHandle { header: no_header(), shared, used: Cell::new(true) }).into_obj()
    }
}

#[pyclass(layout = PyThreadHandle, name = "_ThreadHandle", module = "_thread", own, no_gc, weakref)]
pub mod thread_handle {
    use super::*;

    #[pynew("_ThreadHandle()", raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        instance(vm, cls, PyThreadHandle { header: no_header(), shared: Shared::new(), used: Cell::new(false) })
    }
    #[pymethod("join(self, timeout=None, /)")]
    fn join(vm: &Vm, zelf: &PyThreadHandle, timeout: Option<Ref<'_>>) -> PyResult<()> {
        let timeout = match timeout {
            None => Timeout::Forever,
            Some(t) => match seconds_arg(vm, t)? {
                s if s < 0.0 => Timeout::Forever,
                s => Timeout::For(duration(vm, s)?),
            },
        };
        let s = zelf.shared.clone();
        if !s.started.load(Ordering::Acquire) {
            return Err(vm.runtime_error("thread not started"));
        }
        if !s.is_done() {
            if s.ident.load(Ordering::Acquire) == current_thread_id() {
                return Err(vm.runtime_error("Cannot join current thread"));
            }
            if vm.interp.gil.is_stopping() {
                let ty = vm.types.python_finalization_error;
                return Err(vm.raise_msg(ty, "cannot join thread at interpreter shutdown"));
            }
        }
        s.wait(vm, timeout).map(|_| ())
    }
    #[pymethod]
    fn _set_done(vm: &Vm, zelf: &PyThreadHandle) -> PyResult<()> {
        if !zelf.shared.started.load(Ordering::Acquire) {
            return Err(vm.runtime_error("thread not started"));
        }
        zelf.shared.finish();
        Ok(())
    }
    #[pymethod]
    fn is_done(zelf: &PyThreadHandle) -> bool {
        zelf.shared.is_done()
    }
    #[getter]
    fn ident(zelf: &PyThreadHandle) -> u64 {
        zelf.shared.ident.load(Ordering::Acquire)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyThreadHandle) -> String {
        format!("<{} object: ident={}>", zelf.r().ty(vm).name_lossy(), zelf.shared.ident.load(Ordering::Acquire))
    }
}
