//! Native modules that need nothing of the operating system: functions and classes behind
//! `functools`, `collections`, `itertools`, `operator`, `random`, `struct` and the like.
//!
//! Each module is a file or folder named as Python names it, less the leading underscore.

pub mod abc;
pub mod collections;
pub mod functools;
pub mod itertools;
pub mod operator;
pub mod thread;
pub mod util;
pub mod weakref;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![
        &abc::abc::DEF,
        &collections::collections::DEF,
        &functools::functools::DEF,
        &itertools::itertools::DEF,
        &operator::operator::DEF,
        &thread::thread::DEF,
        &weakref::weakref::DEF,
    ]
}
