//! The `time` module.

mod calendar;
mod clocks;
mod module;

pub use calendar::STRUCT_TIME;
pub use module::time_module;
