//! `sys.settrace`, `sys.setprofile` and `sys.monitoring` events.

use krait_object::exec::Frame;
use krait_object::vm::Vm;

/// An exception passes through frame `f`.
pub fn on_exception(_vm: &Vm, _f: &Frame) {}

/// `frame.f_lineno = line` from a trace function.
pub fn jump_to_line(vm: &Vm, _f: &krait_object::frame_obj::PyFrame, line: isize) -> krait_object::error::PyResult<()> {
    Err(vm.value_error(format!("can't jump to line {line}")))
}

/// The trace or profile function of a thread was set or removed.
pub fn functions_changed(_of: &Vm, _now: &crate::sys::trace::ThreadTracing) {}

/// `sys.call_tracing`.
pub fn call_traced(vm: &Vm, func: krait_object::Ref<'_>, args: &krait_object::tuple::PyTuple) -> krait_object::error::PyResult {
    vm.call_ex(func, args, None)
}

/// The events that `sys.monitoring` tools want have changed.
pub fn monitoring_changed(_vm: &Vm) {}
