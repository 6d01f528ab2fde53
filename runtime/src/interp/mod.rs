//! The interpreter: frames, the dispatch loop, and the instruction handlers by family.

pub mod arith;
pub mod attrs;
pub mod bind;
pub mod build;
pub mod calls;
pub mod compare;
pub mod dispatch;
pub mod events;
pub mod exceptions;
pub mod frames;
pub mod functions;
pub mod generators;
pub mod imports;
pub mod intrinsics;
pub mod items;
pub mod iterate;
pub mod jump;
pub mod monitor;
pub mod names;
pub mod panics;
pub mod pattern;
pub mod regs;
pub mod single;
