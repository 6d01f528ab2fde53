//! The native module `_sqlite3`, on the SQLite library, which is built along.
//!
//! `connection` and `cursor` are the objects programs use; `statement` binds parameters;
//! `functions` lets the database call Python.

pub mod adapt;
pub mod blob;
pub mod connection;
pub mod connection_class;
pub mod consts;
pub mod cursor;
pub mod errors;
pub mod functions;
pub mod module;
pub mod row;
pub mod statement;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&module::sqlite3_module::DEF]
}
