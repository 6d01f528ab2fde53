//! The type system itself: `object`, `type`, slots, descriptors, native function objects, modules.

pub mod cell;
pub mod descriptors;
pub mod functions;
pub mod module;
pub mod none;
pub mod object;
pub mod slots;
pub mod super_;
pub mod type_object;

pub use module::module_getattr;
pub use super_::{super_getattr, super_getmethod};
pub use type_object::{ClassKwargs, calculate_metaclass, type_call, type_new};

use krait_object::error::PyResult;
use krait_object::shape::Shape;
use krait_object::ty::TypeDef;
use krait_object::typedef::TypeHooks;
use krait_object::vm::Vm;

/// This module's types, bases before subtypes.
pub static TYPES: &[&TypeDef] = &[
    &object::DEF,
    &type_object::type_::DEF,
    &none::none_type::DEF,
    &none::ellipsis_type::DEF,
    &none::not_implemented_type::DEF,
    &descriptors::wrapper::wrapper_descriptor::DEF,
    &descriptors::wrapper::method_wrapper::DEF,
    &descriptors::method::method_descriptor::DEF,
    &descriptors::method::classmethod_descriptor::DEF,
    &descriptors::getset::getset_descriptor::DEF,
    &descriptors::member::member_descriptor::DEF,
    &descriptors::classmethod::classmethod::DEF,
    &descriptors::staticmethod::staticmethod::DEF,
    &descriptors::property::property::DEF,
    &functions::builtin::builtin_function::DEF,
    &functions::method::method::DEF,
    &functions::instancemethod::instancemethod::DEF,
    &cell::cell::DEF,
    &module::module::DEF,
    &super_::super_::DEF,
];

/// Connects the object model to the slot tables.
pub fn install(vm: &Vm) {
    vm.interp.state::<TypeHooks>().add_slot_wrappers.set(slots::update::add_slot_wrappers);
}

/// Runs once all types exist.
pub fn finish(vm: &Vm) -> PyResult<()> {
    // These copy four names from what they wrap.
    Shape::install_root(vm.types.classmethod, 4);
    Shape::install_root(vm.types.staticmethod, 4);
    Ok(())
}
