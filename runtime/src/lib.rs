//! The interpreter crate: bytecode execution, functions, frames, generators, import, `sys`,
//! `builtins`, and the life cycle of an interpreter.

pub mod atexit;
pub mod builtins;
pub mod frames;
pub mod compile_api;
pub mod generators;
pub mod gil;
pub mod interp;
pub mod import;
pub mod lifecycle;
pub mod marshal;
pub mod objects;
pub mod sys;
pub mod tracing;
pub mod warnings;
