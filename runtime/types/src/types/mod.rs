//! The type system itself: `object`, `type`, slots, descriptors, native function objects, modules.

use krait_object::error::PyResult;
use krait_object::ty::TypeDef;
use krait_object::vm::Vm;

/// This module's types, bases before subtypes.
pub static TYPES: &[&TypeDef] = &[];

/// Connects the object model to the slot tables.
pub fn install(_vm: &Vm) {}

/// Runs once all types exist.
pub fn finish(_vm: &Vm) -> PyResult<()> {
    Ok(())
}
