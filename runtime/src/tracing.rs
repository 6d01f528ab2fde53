//! `sys.settrace`, `sys.setprofile` and `sys.monitoring` events.

use krait_object::exec::Frame;
use krait_object::vm::Vm;

/// An exception passes through frame `f`.
pub fn on_exception(_vm: &Vm, _f: &Frame) {}

/// `frame.f_lineno = line` from a trace function.
pub fn jump_to_line(vm: &Vm, _f: &krait_object::frame_obj::PyFrame, line: isize) -> krait_object::error::PyResult<()> {
    Err(vm.value_error(format!("can't jump to line {line}")))
}
