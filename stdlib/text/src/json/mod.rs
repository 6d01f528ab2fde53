//! `_json`: the accelerated parts of `json`.

mod encode;
mod encoder;
mod module;
mod scan;
mod scanner;

pub use module::json_module;
