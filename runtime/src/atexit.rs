//! The `atexit` module.

use std::cell::RefCell;

use krait_macros::pymodule;
use krait_object::prelude::*;

struct Callback {
    func: Obj,
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
}

/// Callbacks in the order of registration; unregistered ones leave a gap while others run.
#[derive(Default)]
pub struct AtExit {
    callbacks: RefCell<Vec<Option<Callback>>>,
}

fn state(vm: &Vm) -> &'static AtExit {
    vm.interp.state()
}

/// Runs the callbacks, last registered first. What they raise is reported.
pub fn run(vm: &Vm) {
    loop {
        let next = state(vm).callbacks.borrow_mut().pop();
        let Some(callback) = next else { return };
        let Some(c) = callback else { continue };
        if let Err(e) = vm.call_ex(c.func.r(), &c.args, c.kwargs.as_deref()) {
            let exc = vm.take_raised(e);
            let text = match vm.repr_text(c.func.r()) {
                Ok(r) => format!("Exception ignored in atexit callback {r}"),
                Err(e) => {
                    drop(vm.take_raised(e));
                    "Exception ignored in atexit callback".to_owned()
                }
            };
            crate::sys::hooks::unraisable(vm, exc, &text, None);
        }
    }
}

/// allow programmer to define multiple exit functions to be executed
/// upon normal program termination.
///
/// Two public functions, register and unregister, are defined.
#[pymodule(name = "atexit")]
pub mod module {
    use super::*;

    /// Register a function to be executed upon normal program termination
    ///
    ///     func - function to be called at exit
    ///     args - optional arguments to pass to func
    ///     kwargs - optional keyword arguments to pass to func
    ///
    ///     func is returned to facilitate usage as a decorator.
    #[pyfunction("register(func, /, *args, **kwargs)", raw)]
    fn register(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        let Some((func, rest)) = args.pos().split_first() else {
            return Err(vm.type_error("register() takes at least 1 argument (0 given)"));
        };
        if !vm.is_callable(*func) {
            return Err(vm.type_error("the first argument must be callable"));
        }
        let kwargs = if args.has_kw() {
            let d = PyDict::new(vm);
            for (k, v) in args.kwargs() {
                d.set_str(vm, k, v.to_obj())?;
            }
            Some(d)
        } else {
            None
        };
        let callback = Callback { func: func.to_obj(), args: PyTuple::from_refs(vm, rest), kwargs };
        state(vm).callbacks.borrow_mut().push(Some(callback));
        Ok(func.to_obj())
    }
    /// Unregister an exit function which was previously registered using
    /// atexit.register
    ///
    ///     func - function to be unregistered
    #[pyfunction("unregister(func, /)")]
    fn unregister(vm: &Vm, func: Ref<'_>) -> PyResult<()> {
        let mut i = state(vm).callbacks.borrow().len();
        // Comparing may run code that registers and unregisters.
        while i > 0 {
            i -= 1;
            let candidate = state(vm).callbacks.borrow().get(i).and_then(|c| c.as_ref().map(|c| c.func.clone()));
            let Some(candidate) = candidate else { continue };
            if vm.eq(func, candidate.r())? {
                let mut callbacks = state(vm).callbacks.borrow_mut();
                let same = callbacks.get(i).and_then(Option::as_ref).is_some_and(|c| c.func.r().ptr_eq(candidate.r()));
                let old = if same { callbacks[i].take() } else { None };
                drop(callbacks);
                drop(old);
            }
        }
        state(vm).callbacks.borrow_mut().retain(Option::is_some);
        Ok(())
    }
    /// Clear the list of previously registered exit functions.
    #[pyfunction("_clear()")]
    fn clear(vm: &Vm) {
        let old = std::mem::take(&mut *state(vm).callbacks.borrow_mut());
        drop(old);
    }
    /// Run all registered exit functions.
    ///
    /// If a callback raises an exception, it is logged with sys.unraisablehook.
    #[pyfunction("_run_exitfuncs()")]
    fn run_exitfuncs(vm: &Vm) {
        run(vm);
    }
    /// Return the number of registered exit functions.
    #[pyfunction("_ncallbacks()")]
    fn ncallbacks(vm: &Vm) -> usize {
        state(vm).callbacks.borrow().iter().flatten().count()
    }
}
