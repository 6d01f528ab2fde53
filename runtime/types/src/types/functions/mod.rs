//! Callables that native code makes: built-in functions and methods, bound methods.

pub mod builtin;
pub mod instancemethod;
pub mod method;
