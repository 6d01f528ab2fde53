//! `_tracemalloc`.
//!
//! Memory blocks are not traced back to the code that asked for them: the module keeps the state
//! that `start` and `stop` set and answers with empty traces.

use std::cell::Cell;

use krait_macros::pymodule;
use krait_object::prelude::*;

#[derive(Default)]
struct State {
    /// Frames to keep of each trace; 0 when stopped.
    limit: Cell<usize>,
}

fn state(vm: &Vm) -> &'static State {
    vm.interp.state::<State>()
}

/// Debug module to trace memory blocks allocated by Python.
#[pymodule(name = "_tracemalloc")]
pub mod tracemalloc {
    use super::*;

    /// Return True if the tracemalloc module is tracing Python memory allocations.
    #[pyfunction("is_tracing()")]
    fn is_tracing(vm: &Vm) -> bool {
        state(vm).limit.get() > 0
    }
    /// Clear traces of memory blocks allocated by Python.
    #[pyfunction("clear_traces()")]
    fn clear_traces() {}
    /// Get traces of all memory blocks allocated by Python.
    ///
    /// Return a list of (size: int, traceback: tuple) tuples.
    /// traceback is a tuple of (filename: str, lineno: int) tuples.
    ///
    /// Return an empty list if the tracemalloc module is disabled.
    #[pyfunction("_get_traces()", name = "_get_traces")]
    fn get_traces() -> Vec<Obj> {
        Vec::new()
    }
    /// Get the traceback where the Python object obj was allocated.
    ///
    /// Return a tuple of (filename: str, lineno: int) tuples.
    /// Return None if the tracemalloc module is disabled or did not
    /// trace the allocation of the object.
    #[pyfunction("_get_object_traceback(obj, /)", name = "_get_object_traceback")]
    fn get_object_traceback(_obj: Ref<'_>) {}
    /// Start tracing Python memory allocations.
    ///
    /// Also set the maximum number of frames stored in the traceback of a
    /// trace to nframe.
    #[pyfunction("start(nframe=1, /)")]
    fn start(vm: &Vm, nframe: i32) -> PyResult<()> {
        if !(1..=65535).contains(&nframe) {
            return Err(vm.value_error("the number of frames must be in range [1; 65535]"));
        }
        state(vm).limit.set(nframe as usize);
        Ok(())
    }
    /// Stop tracing Python memory allocations.
    ///
    /// Also clear traces of memory blocks allocated by Python.
    #[pyfunction("stop()")]
    fn stop(vm: &Vm) {
        state(vm).limit.set(0);
    }
    /// Get the maximum number of frames stored in the traceback of a trace.
    ///
    /// By default, a trace of an allocated memory block only stores
    /// the most recent frame: the limit is 1.
    #[pyfunction("get_traceback_limit()")]
    fn get_traceback_limit(vm: &Vm) -> usize {
        state(vm).limit.get().max(1)
    }
    /// Get the memory usage in bytes of the tracemalloc module.
    ///
    /// This memory is used internally to trace memory allocations.
    #[pyfunction("get_tracemalloc_memory()")]
    fn get_tracemalloc_memory() -> usize {
        0
    }
    /// Get the current size and peak size of memory blocks traced by tracemalloc.
    ///
    /// Returns a tuple: (current: int, peak: int).
    #[pyfunction("get_traced_memory()")]
    fn get_traced_memory() -> (usize, usize) {
        (0, 0)
    }
    /// Set the peak size of memory blocks traced by tracemalloc to the current size.
    ///
    /// Do nothing if the tracemalloc module is not tracing memory allocations.
    #[pyfunction("reset_peak()")]
    fn reset_peak() {}
}
