//! The native module `_sqlite3`, on the SQLite library, which is built along.
//!
//! `connection` and `cursor` are the objects programs use; `statement` binds parameters;
//! `functions` lets the database call Python.

mod adapt;
mod blob;
mod connection;
mod connection_class;
mod consts;
mod cursor;
mod errors;
mod functions;
mod module;
mod row;
mod statement;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&module::sqlite3_module::DEF]
}
