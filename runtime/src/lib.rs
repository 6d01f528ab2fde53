//! The interpreter crate: bytecode execution, functions, frames, generators, import, `sys`,
//! `builtins`, and the life cycle of an interpreter.

pub mod atexit;
pub mod builtins;
pub mod compile_api;
pub mod compiler;
pub mod frames;
pub mod generators;
pub mod gil;
pub mod import;
pub mod interp;
pub mod lifecycle;
pub mod marshal;
pub mod objects;
pub mod plain;
pub mod source;
pub mod sys;
pub mod tracing;
pub mod warnings;
