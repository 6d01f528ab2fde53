//! Connections: opening, closing, transactions, and the statements they keep.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::{CString, c_int};
use std::rc::Rc;

use krait_object::gc::{Trace, Visitor};
use krait_object::prelude::*;
use krait_stdlib_core::util::peek_obj;
use libsqlite3_sys as ffi;

use crate::errors::{self, Kind};
use crate::statement::Statement;

unsafe extern "C" {
    // The bindings leave it out. A database closed so waits for its statements to be finalised.
    fn sqlite3_close_v2(db: *mut ffi::sqlite3) -> c_int;
}

pub const LEGACY: i32 = -1;
pub const PARSE_DECLTYPES: i32 = 1;
pub const PARSE_COLNAMES: i32 = 2;

/// A connection to a database.
#[repr(C)]
pub struct PyConnection {
    pub header: Header,
    pub db: Cell<*mut ffi::sqlite3>,
    pub initialised: Cell<bool>,
    pub detect_types: Cell<i32>,
    pub isolation: Cell<Option<&'static str>>,
    pub autocommit: Cell<i32>,
    pub check_thread: Cell<bool>,
    pub thread: Cell<u64>,
    pub cache_size: Cell<usize>,
    pub cache: RefCell<VecDeque<Rc<Statement>>>,
    pub row_factory: Cell<Option<Obj>>,
    pub text_factory: Cell<Option<Obj>>,
    /// What the library calls back; each is also kept alive here.
    pub hooks: [Cell<Option<Obj>>; 3],
    /// Python functions may be called by statements, which then run with the GIL held.
    pub calls_python: Cell<bool>,
}

impl Trace for PyConnection {
    fn trace(&self, v: &mut Visitor<'_>) {
        let cells = [&self.row_factory, &self.text_factory, &self.hooks[0], &self.hooks[1], &self.hooks[2]];
        for o in cells.iter().filter_map(|c| peek_obj(c)) {
            v.visit(o.value());
        }
    }
}

impl Drop for PyConnection {
    fn drop(&mut self) {
        self.cache.borrow_mut().clear();
        let db = self.db.replace(std::ptr::null_mut());
        // SAFETY: the database is ours; this way of closing waits for statements still in use.
        unsafe { sqlite3_close_v2(db) };
    }
}

/// The number of the current thread.
pub fn thread_id() -> u64 {
    // SAFETY: a plain call.
    unsafe { libc::pthread_self() as u64 }
}

/// The isolation levels by name.
pub fn isolation_level(vm: &Vm, o: Ref<'_>) -> PyResult<Option<&'static str>> {
    if o.is_none() {
        return Ok(None);
    }
    let Some(s) = o.downcast::<PyStr>(vm) else { return Err(vm.type_error("isolation_level must be str or None")) };
    for level in ["", "DEFERRED", "IMMEDIATE", "EXCLUSIVE"] {
        if s.to_utf8(vm)?.eq_ignore_ascii_case(level) {
            return Ok(Some(level));
        }
    }
    Err(vm.value_error("isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'"))
}

/// The value of an `autocommit` argument or attribute.
pub fn autocommit(vm: &Vm, o: Ref<'_>) -> PyResult<i32> {
    if o.is(Obj::bool(true).r()) {
        return Ok(1);
    }
    if o.is(Obj::bool(false).r()) {
        return Ok(0);
    }
    match o.as_int(vm).and_then(IntRef::to_i64) {
        Some(-1) => Ok(LEGACY),
        _ => Err(vm.value_error("autocommit must be True, False, or sqlite3.LEGACY_TRANSACTION_CONTROL")),
    }
}

impl PyConnection {
    /// The connection must be used in the thread it was made in.
    pub fn check_thread(&self, vm: &Vm) -> PyResult<()> {
        if !self.initialised.get() {
            return Err(errors::raise(vm, Kind::Programming, "Base Connection.__init__ not called."));
        }
        let (made, now) = (self.thread.get(), thread_id());
        if !self.check_thread.get() || made == now {
            return Ok(());
        }
        let msg = format!(
            "SQLite objects created in a thread can only be used in that same thread. The object was created in thread id {made} and this is thread id {now}."
        );
        Err(errors::raise(vm, Kind::Programming, &msg))
    }
    /// The open database, in the right thread.
    pub fn check(&self, vm: &Vm) -> PyResult<*mut ffi::sqlite3> {
        self.check_thread(vm)?;
        self.check_open(vm)
    }
    pub fn check_open(&self, vm: &Vm) -> PyResult<*mut ffi::sqlite3> {
        if !self.initialised.get() {
            return Err(errors::raise(vm, Kind::Programming, "Base Connection.__init__ not called."));
        }
        match self.db.get() {
            db if db.is_null() => Err(errors::raise(vm, Kind::Programming, "Cannot operate on a closed database.")),
            db => Ok(db),
        }
    }
    /// Runs a call of the library's that may take long. The GIL is released unless statements may
    /// call Python functions.
    pub fn run<T>(&self, vm: &Vm, f: impl FnOnce() -> T) -> T {
        if self.calls_python.get() { f() } else { vm.allow_threads(f) }
    }
    /// A statement for the text, kept for the next time.
    pub fn statement(&self, vm: &Vm, sql: &str) -> PyResult<Option<Rc<Statement>>> {
        let db = self.check_open(vm)?;
        let found = {
            let mut cache = self.cache.borrow_mut();
            match cache.iter().position(|s| s.sql == sql && !s.in_use.get()) {
                Some(i) => cache.remove(i),
                None => None,
            }
        };
        let statement = match found {
            Some(s) => s,
            None => match Statement::prepare(vm, db, sql)? {
                Some(s) => Rc::new(s),
                None => return Ok(None),
            },
        };
        let old = {
            let mut cache = self.cache.borrow_mut();
            cache.push_front(statement.clone());
            let keep = self.cache_size.get().min(cache.len());
            cache.split_off(keep)
        };
        drop(old);
        Ok(Some(statement))
    }
    /// Executes a statement that returns nothing.
    pub fn exec(&self, vm: &Vm, sql: &str) -> PyResult<()> {
        let db = self.check_open(vm)?;
        let Some(s) = Statement::prepare(vm, db, sql)? else { return Ok(()) };
        let ptr = s.ptr as usize;
        // SAFETY: the statement lives through the call.
        let rc = self.run(vm, || unsafe { ffi::sqlite3_step(ptr as *mut _) });
        if rc == ffi::SQLITE_DONE || rc == ffi::SQLITE_ROW { Ok(()) } else { Err(errors::from_db(vm, db)) }
    }
    /// Is no transaction open?
    pub fn is_idle(&self) -> bool {
        // SAFETY: callers have checked that the database is open.
        unsafe { ffi::sqlite3_get_autocommit(self.db.get()) != 0 }
    }
    /// Opens the transaction that a changing statement needs.
    pub fn begin(&self, vm: &Vm) -> PyResult<()> {
        match self.isolation.get() {
            Some(level) => self.exec(vm, &format!("BEGIN {level}")),
            None => Ok(()),
        }
    }
    pub fn commit(&self, vm: &Vm) -> PyResult<()> {
        match self.autocommit.get() {
            LEGACY if self.is_idle() => Ok(()),
            LEGACY => self.exec(vm, "COMMIT"),
            0 => {
                self.exec(vm, "COMMIT")?;
                self.exec(vm, "BEGIN")
            }
            _ => Ok(()),
        }
    }
    pub fn rollback(&self, vm: &Vm) -> PyResult<()> {
        match self.autocommit.get() {
            LEGACY if self.is_idle() => Ok(()),
            LEGACY => self.exec(vm, "ROLLBACK"),
            0 => {
                self.exec(vm, "ROLLBACK")?;
                self.exec(vm, "BEGIN")
            }
            _ => Ok(()),
        }
    }
    /// Closes the database.
    pub fn close(&self, vm: &Vm) -> PyResult<()> {
        if self.autocommit.get() == 0 && !self.db.get().is_null() && !self.is_idle() {
            self.exec(vm, "ROLLBACK")?;
        }
        let old = self.cache.take();
        drop(old);
        let db = self.db.replace(std::ptr::null_mut()) as usize;
        // SAFETY: the database is ours; this way of closing waits for statements still in use.
        self.run(vm, || unsafe { sqlite3_close_v2(db as *mut _) });
        Ok(())
    }
    /// Opens a database file.
    pub fn open(&self, vm: &Vm, path: &[u8], uri: bool, timeout: f64) -> PyResult<()> {
        let Ok(name) = CString::new(path) else { return Err(vm.value_error("embedded null byte")) };
        let mut db = std::ptr::null_mut();
        let mut flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
        if uri {
            flags |= ffi::SQLITE_OPEN_URI;
        }
        // SAFETY: name and result live through the call.
        let rc = unsafe { ffi::sqlite3_open_v2(name.as_ptr(), &mut db, flags, std::ptr::null()) };
        if db.is_null() {
            return Err(vm.memory_error());
        }
        if rc != ffi::SQLITE_OK {
            let e = errors::from_db(vm, db);
            // SAFETY: a database that failed to open must still be closed.
            unsafe { sqlite3_close_v2(db) };
            return Err(e);
        }
        // SAFETY: the database is open.
        unsafe {
            ffi::sqlite3_busy_timeout(db, (timeout * 1000.0) as c_int);
            ffi::sqlite3_extended_result_codes(db, 0);
        }
        self.db.set(db);
        Ok(())
    }
}
