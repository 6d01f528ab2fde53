//! The end of an interpreter.

use krait_object::module::PyModule;
use krait_object::prelude::*;
use krait_object::weakref::new_weakref;

use super::run::Outcome;
use crate::sys::{set_sys_attr, sys_attr};

/// Exit status of a process that could not write its last output.
const FLUSH_FAILED: i32 = 120;

/// Ends the interpreter; returns the status the process is to exit with.
pub fn finish(vm: &Vm, outcome: Outcome) -> i32 {
    let flushed = finalize(vm);
    match outcome {
        Outcome::Interrupted => interrupted(),
        Outcome::Status(_) if !flushed => FLUSH_FAILED,
        Outcome::Status(s) => s,
    }
}

/// Ends the process from within: the interpreter is torn down first.
pub fn exit_now(vm: &Vm, outcome: Outcome) -> ! {
    let status = finish(vm, outcome);
    std::process::exit(status)
}

/// Dies of SIGINT, so that the parent sees what happened.
fn interrupted() -> i32 {
    // SAFETY: plain system calls on this process.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::kill(libc::getpid(), libc::SIGINT);
    }
    libc::SIGINT + 128
}

/// Reports and forgets.
fn ignore<T>(vm: &Vm, r: PyResult<T>, context: &str) {
    if let Err(e) = r {
        vm.unraisable(e, context, None);
    }
}

/// Waits for the threads that are not daemons.
fn wait_for_threads(vm: &Vm) {
    let threading = match crate::import::get_module(vm, &vm.intern("threading")) {
        Ok(t) => t,
        Err(e) => {
            drop(vm.take_raised(e));
            None
        }
    };
    if let Some(t) = threading {
        let r = vm.call_method_str(t.r(), "_shutdown", &[]);
        ignore(vm, r, "Exception ignored on threading shutdown");
    }
}

/// Flushes one standard stream; false if that failed.
fn flush(vm: &Vm, name: &str, report: bool) -> bool {
    let Some(s) = sys_attr(vm, name).filter(|s| !s.r().is_none()) else { return true };
    let closed = vm.getattr_opt(s.r(), vm.names().closed).and_then(|c| match c {
        Some(c) => vm.is_true(c.r()),
        None => Ok(false),
    });
    match closed {
        Ok(true) => return true,
        Ok(false) => {}
        Err(e) => drop(vm.take_raised(e)),
    }
    match vm.call_method(s.r(), vm.names().flush, &[]) {
        Ok(_) => true,
        Err(e) => {
            if report {
                vm.unraisable(e, "Exception ignored on flushing sys.stdout", None);
            } else {
                drop(vm.take_raised(e));
            }
            false
        }
    }
}

fn flush_streams(vm: &Vm) -> bool {
    let out = flush(vm, "stdout", true);
    let err = flush(vm, "stderr", false);
    out && err
}

/// Tears the interpreter down in CPython's order. False if the standard streams could not be
/// flushed.
fn finalize(vm: &Vm) -> bool {
    wait_for_threads(vm);
    if let Err(e) = vm.interp.threads.run_pending_calls(vm) {
        drop(vm.take_raised(e));
    }
    crate::atexit::run(vm);
    let mut ok = flush_streams(vm);
    vm.interp.finalizing.set(true);
    crate::gil::stop_other_threads(vm);
    let_go(vm);
    krait_object::gc::collect_silently(vm);
    clear_modules(vm);
    // What could not be written before is reported once.
    ok = ok && flush_streams(vm);
    ok
}

/// Compiled code keeps namespaces alive, whose objects are to die now.
fn let_go(vm: &Vm) {
    if let Some(f) = vm.interp.before_collection.get() {
        f(vm);
    }
}

/// Attributes of `sys` that are set to None before the modules go, so that what they refer to
/// is freed while much still works.
const SYS_DELETES: &[&str] = &[
    "path",
    "argv",
    "ps1",
    "ps2",
    "last_exc",
    "last_type",
    "last_value",
    "last_traceback",
    "path_importer_cache",
    "meta_path",
    "path_hooks",
    "__interactivehook__",
];

fn clear_modules(vm: &Vm) {
    if let Err(e) = try_clear_modules(vm) {
        drop(vm.take_raised(e));
    }
}

fn try_clear_modules(vm: &Vm) -> PyResult<()> {
    let (Some(modules), Some(builtins)) = (vm.interp.modules.get(), vm.interp.builtins.get()) else { return Ok(()) };
    let verbose = super::config(vm).verbose > 0;
    let say = |what: &str| {
        if verbose {
            krait_object::stderr_line!("# {what}");
        }
    };
    say("clear builtins._");
    builtins.set_str(vm, vm.names().underscore, Obj::none())?;
    for name in SYS_DELETES {
        say(&format!("clear sys.{name}"));
        set_sys_attr(vm, name, Obj::none())?;
    }
    for name in ["stdin", "stdout", "stderr"] {
        say(&format!("restore sys.{name}"));
        let original = sys_attr(vm, &format!("__{name}__")).unwrap_or_else(Obj::none);
        set_sys_attr(vm, name, original)?;
    }
    // Modules leave `sys.modules` and die if nothing else holds them. The survivors are cleared
    // in the reverse order of their import.
    let mut left = Vec::new();
    for (name, module) in modules.items_vec() {
        if let Some(m) = module.r().downcast::<PyModule>(vm) {
            let text = vm.str_text(name.r())?;
            say(&format!("cleanup[2] removing {text}"));
            if text != "sys" && text != "builtins" {
                left.push(new_weakref(vm, vm.types.weakref, m.r(), None)?);
            }
        }
        modules.set(vm, name.r(), vm.none())?;
    }
    (**modules).clear(vm);
    let_go(vm);
    krait_object::gc::collect_silently(vm);
    for w in left.iter().rev() {
        if let Some(m) = w.upgrade() {
            clear_module(vm, m.r())?;
        }
    }
    krait_object::gc::collect_silently(vm);
    Ok(())
}

/// Sets a module's names to None, those with one underscore first.
fn clear_module(vm: &Vm, module: Ref<'_>) -> PyResult<()> {
    let Some(m) = module.downcast::<PyModule>(vm) else { return Ok(()) };
    let dict = m.dict(vm);
    for first in [true, false] {
        for (key, value) in dict.items_vec() {
            if value.r().is_none() {
                continue;
            }
            drop(value);
            let Some(name) = key.r().downcast::<PyStr>(vm) else { continue };
            let at = |i: usize| if i < name.len() { name.char_at(i) } else { 0 };
            let underscore = u32::from(b'_');
            let single = at(0) == underscore && at(1) != underscore;
            let due = if first { single } else { at(0) != underscore || !name.eq_str("__builtins__") };
            if due {
                dict.set(vm, key.r(), vm.none())?;
            }
        }
    }
    Ok(())
}
