//! The types of the interpreter's own objects: functions, code, frames.

pub mod code;
pub mod frame;
pub mod frame_locals;
pub mod function;

use krait_object::ty::TypeDef;

/// The type table's types that this crate declares.
pub static TYPES: &[&TypeDef] = &[
    &function::function_class::DEF,
    &code::code_class::DEF,
    &frame::frame_class::DEF,
    &frame_locals::frame_locals_proxy::DEF,
    &crate::generators::generator::generator_class::DEF,
    &crate::generators::coroutine::coroutine_class::DEF,
    &crate::generators::coroutine::coroutine_wrapper::DEF,
    &crate::generators::async_generator::async_generator_class::DEF,
    &crate::generators::async_generator::async_generator_asend::DEF,
    &crate::generators::async_generator::async_generator_athrow::DEF,
    &crate::generators::async_generator::anext_awaitable::DEF,
];
