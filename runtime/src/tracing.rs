//! `sys.settrace`, `sys.setprofile` and `sys.monitoring` events.

use krait_object::exec::Frame;
use krait_object::vm::Vm;

/// An exception passes through frame `f`.
pub fn on_exception(_vm: &Vm, _f: &Frame) {}
