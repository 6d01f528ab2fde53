//! The `time` module.

pub mod calendar;
pub mod clocks;
mod module;

pub use calendar::STRUCT_TIME;
pub use module::time_module;
