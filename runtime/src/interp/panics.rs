//! The last net: a panic in native code becomes a SystemError at the instruction that entered it,
//! and one for want of memory a MemoryError.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use krait_object::error::{PyResult, Raised};
use krait_object::exec::Frame;
use krait_object::memory::OutOfMemory;
use krait_object::vm::{Vm, current_vm};

use super::frames::{FrameKind, pop_frame};

thread_local! {
    /// Message and place of the panic under way.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics under running Python code quiet: they are reported as exceptions.
pub fn install_hook() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let in_python = current_vm().is_some_and(|vm| !vm.exec.top.get().is_null());
        if !in_python {
            return default(info);
        }
        let place = info.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
        let text = format!("{}{place}", message(info.payload()));
        LAST.with(|l| *l.borrow_mut() = Some(text));
    }));
}

fn message(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(s), _) => s,
        (_, Some(s)) => s,
        _ => "no message",
    }
}

/// What a guarded piece of the interpreter loop ended with.
pub enum Guarded<T> {
    Ended(PyResult<T>),
    /// It panicked: SystemError or MemoryError is to be raised in the frame.
    Panicked(*const Frame, Raised),
}

/// Runs the loop for entry frame `entry`.
///
/// # Safety
/// `entry` is an active frame, and all frames above it belong to this run of the loop.
#[inline(always)]
pub unsafe fn guarded<T>(vm: &Vm, entry: *const Frame, body: impl FnOnce() -> PyResult<T>) -> Guarded<T> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(r) => Guarded::Ended(r),
        Err(payload) => {
            // SAFETY: by contract.
            unsafe { recover(vm, entry, &*payload) }
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn recover<T>(vm: &Vm, entry: *const Frame, payload: &(dyn Any + Send)) -> Guarded<T> {
    let text = LAST.with(|l| l.borrow_mut().take()).unwrap_or_else(|| message(payload).to_owned());
    // SAFETY: frames above `entry` are alive. One that native code entered without getting to
    // run it ends here, with all above it.
    unsafe {
        let mut last_entered: *const Frame = std::ptr::null();
        let mut f = vm.exec.top.get();
        while !f.is_null() && f != entry {
            if FrameKind::of(&*f) == FrameKind::Entry {
                last_entered = f;
            }
            f = (*f).back.get();
        }
        while !last_entered.is_null() && (*last_entered).generator.get().is_null() {
            let top = vm.exec.top.get();
            pop_frame(vm, top);
            if top == last_entered {
                break;
            }
        }
    }
    drop(vm.pending.take());
    let raised = if payload.is::<OutOfMemory>() || message(payload) == "capacity overflow" {
        vm.memory_error()
    } else {
        vm.system_error(format!("native code panicked: {text}"))
    };
    Guarded::Panicked(vm.exec.top.get(), raised)
}
