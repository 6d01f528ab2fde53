//! The exceptions, and what becomes of the library's result codes.

use std::cell::Cell;
use std::ffi::CStr;

use krait_object::prelude::*;
use krait_stdlib_core::util::peek_obj;
use libsqlite3_sys as ffi;

use crate::consts::error_name;

/// Exception classes of the database interface.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Kind {
    Error,
    Warning,
    Interface,
    Database,
    Data,
    Operational,
    Integrity,
    Internal,
    Programming,
    NotSupported,
}

/// Class, name, and the class it derives from.
const KINDS: [(Kind, &str, Kind); 10] = [
    (Kind::Error, "Error", Kind::Error),
    (Kind::Warning, "Warning", Kind::Error),
    (Kind::Interface, "InterfaceError", Kind::Error),
    (Kind::Database, "DatabaseError", Kind::Error),
    (Kind::Data, "DataError", Kind::Database),
    (Kind::Operational, "OperationalError", Kind::Database),
    (Kind::Integrity, "IntegrityError", Kind::Database),
    (Kind::Internal, "InternalError", Kind::Database),
    (Kind::Programming, "ProgrammingError", Kind::Database),
    (Kind::NotSupported, "NotSupportedError", Kind::Database),
];

#[derive(Default)]
struct Classes([Cell<Option<Obj>>; 10]);

/// The class of a kind, made when it is first needed.
pub fn class(vm: &Vm, kind: Kind) -> Obj {
    let i = KINDS.iter().position(|k| k.0 == kind).unwrap_or(0);
    let cell = &vm.interp.state::<Classes>().0[i];
    if let Some(made) = peek_obj(cell) {
        return made;
    }
    match make(vm, KINDS[i]) {
        Ok(made) => {
            cell.set(Some(made.clone()));
            made
        }
        Err(e) => {
            drop(vm.take_raised(e));
            vm.types.exception.to_obj()
        }
    }
}

fn make(vm: &Vm, (kind, name, base): (Kind, &str, Kind)) -> PyResult<Obj> {
    let base = if matches!(kind, Kind::Error | Kind::Warning) { vm.types.exception.to_obj() } else { class(vm, base) };
    let dict = PyDict::new(vm);
    dict.set_item_str(vm, "__module__", vm.str("sqlite3"))?;
    vm.call(vm.types.r#type.r(), &[vm.str(name).r(), vm.tuple(vec![base]).r(), dict.r()])
}

/// Puts the classes into the module.
pub fn add(vm: &Vm, module: &PyModule) -> PyResult<()> {
    for (name, class) in all(vm) {
        module.add(vm, name, class)?;
    }
    Ok(())
}

/// All classes by name, for the attributes of connections.
pub fn all(vm: &Vm) -> Vec<(&'static str, Obj)> {
    KINDS.iter().map(|k| (k.1, class(vm, k.0))).collect()
}

/// Raises an error of a kind.
pub fn raise(vm: &Vm, kind: Kind, msg: &str) -> Raised {
    match class(vm, kind).r().downcast::<PyType>(vm) {
        Some(c) => vm.raise_msg(c, msg),
        None => vm.runtime_error(msg),
    }
}

fn kind_of(code: i32) -> Option<Kind> {
    Some(match code & 0xff {
        ffi::SQLITE_INTERNAL | ffi::SQLITE_NOTFOUND => Kind::Internal,
        ffi::SQLITE_NOMEM => return None,
        ffi::SQLITE_ERROR
        | ffi::SQLITE_PERM
        | ffi::SQLITE_ABORT
        | ffi::SQLITE_BUSY
        | ffi::SQLITE_LOCKED
        | ffi::SQLITE_READONLY
        | ffi::SQLITE_INTERRUPT
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_FULL
        | ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_PROTOCOL
        | ffi::SQLITE_EMPTY
        | ffi::SQLITE_SCHEMA => Kind::Operational,
        ffi::SQLITE_TOOBIG => Kind::Data,
        ffi::SQLITE_CONSTRAINT | ffi::SQLITE_MISMATCH => Kind::Integrity,
        ffi::SQLITE_MISUSE | ffi::SQLITE_RANGE => Kind::Interface,
        _ => Kind::Database,
    })
}

/// Text of the library's.
pub fn text(p: *const std::ffi::c_char) -> String {
    if p.is_null() {
        return String::new();
    }
    // SAFETY: the library's messages and names are C strings.
    unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned()
}

/// Raises what the last operation on a database failed with. An exception that a callback left
/// behind goes before it.
pub fn from_db(vm: &Vm, db: *mut ffi::sqlite3) -> Raised {
    // SAFETY: both functions take any open database, or null.
    let (code, msg) = unsafe { (ffi::sqlite3_extended_errcode(db), text(ffi::sqlite3_errmsg(db))) };
    from_code(vm, code, &msg)
}

/// Raises what a result code stands for.
pub fn from_code(vm: &Vm, code: i32, msg: &str) -> Raised {
    let Some(kind) = kind_of(code) else { return vm.memory_error() };
    let made = vm.call1(class(vm, kind).r(), vm.str(msg).r()).and_then(|e| {
        vm.setattr(e.r(), &vm.intern("sqlite_errorcode"), Obj::small(code.into()).r())?;
        vm.setattr(e.r(), &vm.intern("sqlite_errorname"), vm.str(error_name(code)).r())?;
        Ok(e)
    });
    match made.map(|e| e.downcast(vm)) {
        Ok(Ok(e)) => vm.raise(e),
        Ok(Err(_)) => vm.runtime_error(msg),
        Err(e) => e,
    }
}
