//! Native modules that need nothing of the operating system: functions and classes behind
//! `functools`, `collections`, `itertools`, `operator`, `random`, `struct` and the like.
//!
//! Each module is a file or folder named as Python names it, less the leading underscore.

pub mod abc;
pub mod array;
pub mod asyncio;
pub mod bisect;
pub mod collections;
pub mod contextvars;
pub mod functools;
pub mod gc;
pub mod heapq;
pub mod itertools;
pub mod opcode;
pub mod operator;
pub mod pickle_buffer;
pub mod queue;
pub mod random;
pub mod string;
pub mod structs;
pub mod suggestions;
pub mod sysconfig;
pub mod thread;
pub mod tokenize;
pub mod tracemalloc;
pub mod types;
pub mod util;
pub mod weakref;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![
        &abc::abc::DEF,
        &array::array::DEF,
        &asyncio::asyncio::DEF,
        &bisect::bisect::DEF,
        &collections::collections::DEF,
        &contextvars::contextvars::DEF,
        &functools::functools::DEF,
        &gc::gc::DEF,
        &heapq::heapq::DEF,
        &itertools::itertools::DEF,
        &opcode::opcode::DEF,
        &opcode::opcode_metadata::DEF,
        &operator::operator::DEF,
        &pickle_buffer::pickle_buffer_module::DEF,
        &queue::queue::DEF,
        &random::random::DEF,
        &string::string::DEF,
        &structs::structs::DEF,
        &suggestions::suggestions::DEF,
        &sysconfig::sysconfig::DEF,
        &thread::thread::DEF,
        &tokenize::tokenize::DEF,
        &tracemalloc::tracemalloc::DEF,
        &types::types::DEF,
        &weakref::weakref::DEF,
    ]
}
