//! The differential fuzzer of the compiler.
//!
//! A seed makes a program ([`generate`]); the program is run with the compiler off and in every
//! mode of [`modes`], and must behave the same in all: output, error output, exit status. What
//! disagrees is made smaller ([`shrink`]) and saved. No other Python is needed: the interpreter is
//! the reference, and the recorded tests hold the interpreter to CPython.

pub mod generate;
pub mod modes;
pub mod program;
pub mod rng;
pub mod shrink;
