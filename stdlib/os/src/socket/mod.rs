//! The `_socket` module.

mod addr;
mod class;
mod core;
mod errors;
mod messages;
mod module;
mod resolve;

pub use module::socket_module;
