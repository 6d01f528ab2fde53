//! Looking into the interpreter: frames, references, sizes, interned strings.

use krait_macros::pymodule;
use krait_object::exception::peek;
use krait_object::exec::Frame;
use krait_object::prelude::*;

use crate::interp::frames::frame_object;

/// What `getrefcount` says of objects that are not counted.
const UNCOUNTED: i64 = 0xC000_0000;

/// Bytes the collector's links add to an object.
const GC_HEAD: i64 = 16;

fn missing_frame(vm: &Vm) -> Raised {
    vm.value_error("call stack is not deep enough")
}

/// `sys.getsizeof` without a default.
pub fn size_of(vm: &Vm, o: Ref<'_>) -> PyResult<i64> {
    let ty = o.ty(vm);
    let Some(method) = vm.lookup_special(o, vm.names().__sizeof__)? else {
        return Err(vm.type_error(format!("Type {} doesn't define __sizeof__", ty.tp_name())));
    };
    let size = vm.call0(method.r())?;
    let Some(size) = size.r().as_int(vm) else {
        return Err(vm.type_error("an integer is required"));
    };
    let Some(size) = size.to_i64() else {
        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
    };
    if size < 0 {
        return Err(vm.value_error("__sizeof__() should return >= 0"));
    }
    Ok(if ty.has_flag(TypeFlags::GC) { size + GC_HEAD } else { size })
}

/// Frames of all threads: thread id and frame object.
fn frames_of_threads(vm: &Vm) -> Vec<(u64, Obj)> {
    let mut found = Vec::new();
    vm.interp.threads.for_each(|t| {
        let top: *const Frame = t.exec.top.get();
        // SAFETY: the GIL is held, so the thread's frames stand still.
        if let Some(f) = unsafe { top.as_ref() } {
            found.push((t.thread_id.get(), frame_object(vm, f)));
        }
    });
    found
}

#[pymodule(name = "sys")]
pub mod part {
    use super::*;

    /// Return a frame object from the call stack.
    ///
    /// If optional integer depth is given, return the frame object that many
    /// calls below the top of the stack.  If that is deeper than the call
    /// stack, ValueError is raised.  The default for depth is zero, returning
    /// the frame at the top of the call stack.
    ///
    /// This function should be used for internal and specialized purposes
    /// only.
    #[pyfunction("_getframe(depth=0, /)")]
    fn getframe(vm: &Vm, depth: i32) -> PyResult<Obj> {
        let depth = depth.max(0) as usize;
        let frame = crate::frames::frame_object_at(vm, depth).ok_or_else(|| missing_frame(vm))?;
        vm.audit("sys._getframe", &[frame.r()])?;
        Ok(frame)
    }
    /// Return the name of the module for a calling frame.
    ///
    /// The default depth returns the module containing the call to this API.
    /// A more typical use in a library will pass a depth of 1 to get the user's
    /// module rather than the library module.
    ///
    /// If no frame, module, or name can be found, returns None.
    #[pyfunction("_getframemodulename(depth=0)")]
    fn getframemodulename(vm: &Vm, depth: i32) -> PyResult<Option<Obj>> {
        vm.audit("sys._getframemodulename", &[vm.int_i64(depth.into()).r()])?;
        let Some(f) = crate::frames::at_depth(vm, depth.max(0) as usize) else { return Ok(None) };
        // SAFETY: a running frame's function is alive and keeps its module while it is copied.
        let module = unsafe { (*(*f.func.get()).module.get()).clone() };
        Ok(module)
    }
    /// Return a dict mapping each thread's thread id to its current stack frame.
    ///
    /// This function should be used for specialized purposes only.
    #[pyfunction("_current_frames()")]
    fn current_frames(vm: &Vm) -> PyResult<Obj> {
        vm.audit("sys._current_frames", &[])?;
        let dict = PyDict::new(vm);
        for (id, frame) in frames_of_threads(vm) {
            dict.set_owned(vm, vm.int(id), frame)?;
        }
        Ok(dict.into_obj())
    }
    /// Return a dict mapping each thread's identifier to its current raised exception.
    ///
    /// This function should be used for specialized purposes only.
    #[pyfunction("_current_exceptions()")]
    fn current_exceptions(vm: &Vm) -> PyResult<Obj> {
        vm.audit("sys._current_exceptions", &[])?;
        let mut found = Vec::new();
        vm.interp.threads.for_each(|t| {
            found.push((t.thread_id.get(), peek(&t.handled).unwrap_or_else(Obj::none)));
        });
        let dict = PyDict::new(vm);
        for (id, exc) in found {
            dict.set_owned(vm, vm.int(id), exc)?;
        }
        Ok(dict.into_obj())
    }
    /// Return the reference count of object.
    ///
    /// The count returned is generally one higher than you might expect,
    /// because it includes the (temporary) reference as an argument to
    /// getrefcount().
    #[pyfunction("getrefcount(object, /)")]
    fn getrefcount(object: Ref<'_>) -> i64 {
        match object.header() {
            Some(h) if !h.is_immortal() => i64::from(h.refcount()),
            _ => UNCOUNTED,
        }
    }
    /// getsizeof(object [, default]) -> int
    ///
    /// Return the size of object in bytes.
    #[pyfunction("getsizeof(object, default=<unrepresentable>)", nosig)]
    fn getsizeof(vm: &Vm, object: Ref<'_>, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        match (size_of(vm, object), default.given()) {
            (Ok(n), _) => Ok(vm.int_i64(n)),
            (Err(e), Some(d)) => {
                drop(vm.catch(e, vm.types.type_error)?);
                Ok(d.to_obj())
            }
            (Err(e), None) => Err(e),
        }
    }
    /// ``Intern'' the given string.
    ///
    /// This enters the string in the (global) table of interned strings whose
    /// purpose is to speed up dictionary lookups. Return the string itself or
    /// the previously interned string object with the same value.
    #[pyfunction("intern(string, /)")]
    fn intern(vm: &Vm, string: &PyStr) -> PyResult<Obj> {
        if !string.r().is_exact::<PyStr>(vm) {
            return Err(vm.type_error(format!("can't intern {}", string.r().ty(vm).tp_name())));
        }
        Ok(vm.intern_str(string.to_py()).into_obj())
    }
    /// Return True if the given string is "interned".
    #[pyfunction("_is_interned(string, /)")]
    fn is_interned(string: &PyStr) -> bool {
        string.is_interned()
    }
    /// Return True if the given object is "immortal" per PEP 683.
    ///
    /// This function should be used for specialized purposes only.
    #[pyfunction("_is_immortal(op, /)")]
    fn is_immortal(op: Ref<'_>) -> bool {
        op.header().is_none_or(Header::is_immortal)
    }
    /// Return the number of elements of the unicode interned dictionary
    #[pyfunction("getunicodeinternedsize(*, _only_immortal=False)")]
    fn getunicodeinternedsize(vm: &Vm, _only_immortal: bool) -> usize {
        vm.interp.interned.len()
    }
    /// Return the number of memory blocks currently allocated.
    #[pyfunction("getallocatedblocks()")]
    fn getallocatedblocks(vm: &Vm) -> usize {
        vm.interp.gc.sizes().iter().sum()
    }
    /// Print summary info to stderr about the state of pymalloc's structures.
    ///
    /// In Py_DEBUG mode, also perform some expensive internal consistency
    /// checks.
    #[pyfunction("_debugmallocstats()")]
    fn debugmallocstats(vm: &Vm) {
        krait_object::stderr_line!("Tracked objects by generation: {:?}", vm.interp.gc.sizes());
    }
}
