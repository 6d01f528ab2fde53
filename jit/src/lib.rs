//! The tracing compiler.
//!
//! A hot loop or function is recorded as it runs ([`record`]) into typed instructions ([`ir`]),
//! simplified on the way ([`known`]); a tree of such traces ([`tree`]) learns what each of its loop
//! headers takes ([`flow`]) and is lowered to machine code ([`lower`]). Compiled code is entered at
//! loop headers and function starts and left through exits, which restore the
//! interpreter's state ([`leave`]); exits that get hot grow bridges. What is taken for granted
//! instead of being checked is watched ([`watch`]).

mod budget;
mod code_memory;
mod compile;
mod counters;
mod flow;
mod helpers;
mod ir;
mod known;
mod leave;
mod lower;
pub mod module;
mod options;
mod perf;
mod record;
mod report;
mod state;
#[cfg(test)]
mod testing;
mod tree;
mod watch;

pub use compile::{JIT, Jit};
pub use options::{Mode, Options};
pub use report::report;
