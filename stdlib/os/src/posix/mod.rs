//! `posix`: the operating system's interface. One file a subject; [`module`] puts them together.

pub mod args;
pub mod consts;
pub mod dir;
pub mod env;
pub mod fdops;
pub mod fs;
pub mod ids;
pub mod linux;
pub mod module;
pub mod process;
pub mod rw;
pub mod sched;
pub mod spawn;
pub mod stat;
pub mod system;
pub mod times;
pub mod tty;
pub mod wait;
