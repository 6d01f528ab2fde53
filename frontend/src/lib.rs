//! Source text to register bytecode: parser, symbol table, compiler, marshal format.
#![forbid(unsafe_code)]

pub mod bytecode;
