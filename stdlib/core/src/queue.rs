//! `_queue`: `SimpleQueue`.

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::prelude::*;

use crate::thread::{Semaphore, Timeout, duration, seconds_arg, take};
use crate::util::{class_getitem, instance, no_header};

/// A queue. The semaphore counts the items that no `get` has claimed yet.
#[repr(C)]
#[derive(Trace)]
pub struct PySimpleQueue {
    header: Header,
    items: RefCell<VecDeque<Obj>>,
    #[trace(skip)]
    available: Semaphore,
}

#[derive(Default)]
struct EmptyCell(OnceCell<Obj>);

/// `_queue.Empty`.
fn empty_error(vm: &Vm) -> PyResult<Obj> {
    let cell = &vm.interp.state::<EmptyCell>().0;
    if let Some(t) = cell.get() {
        return Ok(t.clone());
    }
    let doc = "Exception raised by Queue.get(block=0)/get_nowait().";
    let t = crate::util::new_exception_type(vm, "_queue", "Empty", vm.types.exception, Some(doc))?;
    Ok(cell.get_or_init(|| t).clone())
}

impl PySimpleQueue {
    fn add(&self, item: Ref<'_>) {
        self.items.borrow_mut().push_back(item.to_obj());
        self.available.post();
    }
    fn take(&self, vm: &Vm, timeout: Timeout) -> PyResult<Obj> {
        if take(vm, &self.available, timeout)? {
            let item = self.items.borrow_mut().pop_front();
            if let Some(v) = item {
                return Ok(v);
            }
        }
        let exc = vm.call0(empty_error(vm)?.r())?;
        match exc.downcast(vm) {
            Ok(e) => Err(vm.raise(e)),
            Err(_) => Err(vm.runtime_error("_queue.Empty is no exception")),
        }
    }
}

/// Simple, unbounded, reentrant FIFO queue.
#[pyclass(layout = PySimpleQueue, name = "SimpleQueue", module = "_queue", own, weakref, flags(BASETYPE))]
pub mod simple_queue {
    use super::*;

    #[pynew("SimpleQueue()")]
    fn new(vm: &Vm, cls: &PyType) -> PyResult<Obj> {
        let payload = PySimpleQueue { header: no_header(), items: RefCell::default(), available: Semaphore::new(0) };
        instance(vm, cls, payload)
    }
    /// Put the item on the queue.
    ///
    /// The optional 'block' and 'timeout' arguments are ignored, as this method
    /// never blocks.  They are provided for compatibility with the Queue class.
    #[pymethod("put(self, item, block=True, timeout=None)")]
    fn put(zelf: &PySimpleQueue, item: Ref<'_>, _block: bool, _timeout: Option<Ref<'_>>) {
        zelf.add(item);
    }
    /// Put an item into the queue without blocking.
    ///
    /// This is exactly equivalent to `put(item)` and is only provided
    /// for compatibility with the Queue class.
    #[pymethod("put_nowait(self, item)")]
    fn put_nowait(zelf: &PySimpleQueue, item: Ref<'_>) {
        zelf.add(item);
    }
    /// Remove and return an item from the queue.
    ///
    /// If optional args 'block' is true and 'timeout' is None (the default),
    /// block if necessary until an item is available. If 'timeout' is
    /// a non-negative number, it blocks at most 'timeout' seconds and raises
    /// the Empty exception if no item was available within that time.
    /// Otherwise ('block' is false), return an item if one is immediately
    /// available, else raise the Empty exception ('timeout' is ignored
    /// in that case).
    #[pymethod("get(self, block=True, timeout=None)")]
    fn get(vm: &Vm, zelf: &PySimpleQueue, block: bool, timeout: Option<Ref<'_>>) -> PyResult<Obj> {
        let timeout = match timeout {
            _ if !block => Timeout::Now,
            None => Timeout::Forever,
            Some(t) => {
                let s = seconds_arg(vm, t)?;
                if s < 0.0 {
                    return Err(vm.value_error("'timeout' must be a non-negative number"));
                }
                Timeout::For(duration(vm, s)?)
            }
        };
        zelf.take(vm, timeout)
    }
    /// Remove and return an item from the queue without blocking.
    ///
    /// Only get an item if one is immediately available. Otherwise
    /// raise the Empty exception.
    #[pymethod("get_nowait(self)")]
    fn get_nowait(vm: &Vm, zelf: &PySimpleQueue) -> PyResult<Obj> {
        zelf.take(vm, Timeout::Now)
    }
    /// Return True if the queue is empty, False otherwise (not reliable!).
    #[pymethod]
    fn empty(zelf: &PySimpleQueue) -> bool {
        zelf.items.borrow().is_empty()
    }
    /// Return the approximate size of the queue (not reliable!).
    #[pymethod]
    fn qsize(zelf: &PySimpleQueue) -> usize {
        zelf.items.borrow().len()
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, object)
    }
}

/// C implementation of the Python queue module.
/// This module is an implementation detail, please do not use it directly.
#[pymodule(name = "_queue", classes = [simple_queue])]
pub mod queue {
    use super::*;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        module.add(vm, "Empty", empty_error(vm)?)
    }
}
