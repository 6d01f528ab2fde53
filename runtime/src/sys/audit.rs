//! Audit hooks.

use std::cell::RefCell;

use krait_macros::pymodule;
use krait_object::prelude::*;

/// The hooks of an interpreter.
#[derive(Default)]
pub struct AuditHooks(RefCell<Vec<Obj>>);

/// [`Hooks::audit`](krait_object::vm::Hooks): calls the hooks in order.
pub fn run(vm: &Vm, event: &str, args: &[Ref<'_>]) -> PyResult<()> {
    let event = vm.intern(event);
    run_str(vm, &event, args)
}

fn run_str(vm: &Vm, event: &PyStr, args: &[Ref<'_>]) -> PyResult<()> {
    let args = PyTuple::from_refs(vm, args);
    let hooks = &vm.interp.state::<AuditHooks>().0;
    let mut i = 0;
    loop {
        let hook = hooks.borrow().get(i).cloned();
        let Some(hook) = hook else { return Ok(()) };
        vm.call(hook.r(), &[event.r(), args.r()])?;
        i += 1;
    }
}

/// Drops the hooks when the interpreter ends.
pub fn clear(vm: &Vm) {
    vm.interp.auditing.set(false);
    let hooks = std::mem::take(&mut *vm.interp.state::<AuditHooks>().0.borrow_mut());
    drop(hooks);
}

#[pymodule(name = "sys")]
pub mod part {
    use super::*;

    /// Passes the event to any hooks that are attached.
    #[pyfunction("audit(event, /, *args)", raw)]
    fn audit(vm: &Vm, args: Args<'_>) -> PyResult<()> {
        if args.has_kw() {
            return Err(vm.type_error("sys.audit() takes no keyword arguments"));
        }
        let Some((event, rest)) = args.pos().split_first() else {
            return Err(vm.type_error("audit expected at least 1 argument, got 0"));
        };
        let Some(event) = event.downcast::<PyStr>(vm) else {
            return Err(vm.type_error(format!("expected str for argument 'event', not {}", event.ty(vm).tp_name())));
        };
        if vm.interp.auditing.get() { run_str(vm, event, rest) } else { Ok(()) }
    }
    /// Adds a new audit hook callback.
    #[pyfunction("addaudithook(hook)")]
    fn addaudithook(vm: &Vm, hook: Ref<'_>) -> PyResult<()> {
        // Hooks in place may refuse another one, silently if they raise RuntimeError.
        if let Err(e) = vm.audit("sys.addaudithook", &[]) {
            drop(vm.catch(e, vm.types.exception)?);
            return Ok(());
        }
        vm.interp.state::<AuditHooks>().0.borrow_mut().push(hook.to_obj());
        vm.interp.auditing.set(true);
        Ok(())
    }
}
