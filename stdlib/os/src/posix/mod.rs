//! `posix`: the operating system's interface.

pub mod fdops;
