//! `_thread._excepthook`.

use krait_object::prelude::*;
use krait_types::structseq::StructSeqDef;

/// Type used to pass arguments to threading.excepthook.
pub static EXCEPT_HOOK_ARGS: StructSeqDef = StructSeqDef {
    module: "_thread",
    name: "_ExceptHookArgs",
    doc: Some("ExceptHookArgs\n\nType used to pass arguments to threading.excepthook."),
    fields: &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("thread", "Thread"),
    ],
    n_in_sequence: 4,
    complete: None,
};

/// Prints the exception that ended a thread to `sys.stderr`.
pub fn excepthook(vm: &Vm, args: Ref<'_>) -> PyResult<()> {
    let want = krait_types::structseq::struct_type(vm, &EXCEPT_HOOK_ARGS)?;
    let fields = args.downcast::<PyTuple>(vm).filter(|_| std::ptr::eq(args.ty(vm), want));
    let Some([ty, value, tb, thread]) = fields.map(PyTuple::as_slice) else {
        return Err(vm.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    };
    if ty.r().ptr_eq(vm.types.system_exit.r()) {
        return Ok(());
    }
    let stderr = match vm.interp.sysdict.get() {
        Some(d) => d.get_str(vm, vm.names().stderr)?,
        None => None,
    };
    let file = match stderr.filter(|f| !f.r().is_none()) {
        Some(f) => f,
        None if thread.r().is_none() => return Ok(()),
        None => match vm.getattr_opt(thread.r(), &vm.intern("_stderr"))? {
            Some(f) if !f.r().is_none() => f,
            _ => return Ok(()),
        },
    };
    let name = match thread.r().is_none() {
        true => None,
        false => vm.getattr_opt(thread.r(), &vm.intern("_name"))?,
    };
    let name = match name {
        Some(n) => vm.str_of(n.r())?.to_string_lossy(),
        None => krait_object::threads::current_thread_id().to_string(),
    };
    let line = vm.text(format!("Exception in thread {name}:\n"));
    vm.call_method(file.r(), vm.names().write, &[line.r()])?;
    let traceback = (vm.interp.hooks().import)(vm, "traceback")?;
    let print = vm.getattr_str(traceback.r(), "print_exception")?;
    vm.call_kw(print.r(), &[ty.r(), value.r(), tb.r()], &[("file", file.r())])?;
    vm.call_method(file.r(), vm.names().flush, &[])?;
    Ok(())
}
