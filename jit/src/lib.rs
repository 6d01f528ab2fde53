//! The tracing compiler.
//!
//! A loop that is hot is recorded as it runs ([`record`]) into typed instructions ([`ir`]),
//! simplified on the way ([`known`]); a tree of such traces ([`tree`]) is lowered to machine code
//! ([`lower`]). Compiled code is entered at loop headers and left through exits, which restore the
//! interpreter's state ([`leave`]); exits that get hot grow bridges. What is taken for granted
//! instead of being checked is watched ([`watch`]).

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
