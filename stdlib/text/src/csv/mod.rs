//! `_csv`: readers and writers of comma-separated values.

mod dialect;
mod module;
mod reader;
mod writer;

pub use module::csv_module;
