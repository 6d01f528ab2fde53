//! Between `sys`'s trace and profile functions and the interpreter loop that calls them
//! (`interp/events.rs`).

use krait_object::error::PyResult;
use krait_object::exec::tracing;
use krait_object::frame_obj::PyFrame;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Ref, prelude::Obj};

use crate::interp::events;

/// `frame.f_lineno = line` from a trace function.
pub fn jump_to_line(vm: &Vm, f: &PyFrame, line: isize) -> PyResult<()> {
    crate::interp::jump::to_line(vm, f, line)
}

/// The trace or profile function of a thread was set or removed.
pub fn functions_changed(of: &Vm, now: &crate::sys::trace::ThreadTracing) {
    events::set_functions(of, now.trace.clone(), now.profile.clone());
}

/// `sys.call_tracing`: calls with observation on, even from inside an observer.
pub fn call_traced(vm: &Vm, func: Ref<'_>, args: &PyTuple) -> PyResult<Obj> {
    let e = &vm.exec;
    let inside = e.in_observer.replace(false);
    let before = e.tracing.get();
    let now = crate::sys::trace::of_thread(vm, vm.thread_id.get());
    let mut bits = before & tracing::MONITOR;
    if now.trace.is_some() {
        bits |= tracing::TRACE;
    }
    if now.profile.is_some() {
        bits |= tracing::PROFILE;
    }
    e.tracing.set(bits);
    let r = vm.call_ex(func, args, None);
    e.tracing.set(before);
    e.in_observer.set(inside);
    r
}

/// The events that `sys.monitoring` tools want have changed.
pub fn monitoring_changed(vm: &Vm) {
    let monitor = monitor_bit(vm);
    vm.interp.threads.for_each(|t| {
        let bits = t.exec.tracing.get() & !tracing::MONITOR | monitor;
        events::set_bits(t, bits);
    });
}

/// What a thread that starts observes: tools watch all threads.
pub fn monitor_bit(vm: &Vm) -> u32 {
    if crate::interp::monitor::wanted(vm, u32::MAX) { tracing::MONITOR } else { 0 }
}
