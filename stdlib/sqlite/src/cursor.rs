//! Cursors: executing statements and fetching their rows.

use std::cell::{Cell, RefCell};

use std::rc::Rc;

use krait_macros::pyclass;
use krait_object::bytearray::PyByteArray;
use krait_object::bytes::PyBytes;
use krait_object::gc::{Trace, Visitor};
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, no_header, peek_obj};
use libsqlite3_sys as ffi;

use crate::adapt;
use crate::connection::{LEGACY, PARSE_COLNAMES, PARSE_DECLTYPES, PyConnection};
use crate::errors::{self, Kind};
use crate::statement::Statement;

/// A cursor.
#[repr(C)]
pub struct PyCursor {
    header: Header,
    connection: Cell<Option<Obj>>,
    description: Cell<Option<Obj>>,
    row_factory: Cell<Option<Obj>>,
    lastrowid: Cell<Option<Obj>>,
    /// Converters by column, for the statement being run.
    converters: RefCell<Vec<Option<Obj>>>,
    statement: RefCell<Option<Rc<Statement>>>,
    arraysize: Cell<u32>,
    rowcount: Cell<i64>,
    initialised: Cell<bool>,
    closed: Cell<bool>,
    locked: Cell<bool>,
}

impl Trace for PyCursor {
    fn trace(&self, v: &mut Visitor<'_>) {
        for o in [&self.connection, &self.description, &self.row_factory, &self.lastrowid].iter().filter_map(|c| peek_obj(c)) {
            v.visit(o.value());
        }
        if let Ok(list) = self.converters.try_borrow() {
            for o in list.iter().flatten() {
                v.visit(o.value());
            }
        }
    }
}

impl Drop for PyCursor {
    fn drop(&mut self) {
        self.reset();
    }
}

/// Unlocks the cursor at the end of an operation.
struct Lock<'a>(&'a Cell<bool>);

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl PyCursor {
    pub fn description(&self) -> Obj {
        peek_obj(&self.description).unwrap_or_else(Obj::none)
    }
    fn connection(&self, vm: &Vm) -> PyResult<Obj> {
        match peek_obj(&self.connection) {
            Some(c) if self.initialised.get() => Ok(c),
            _ => Err(errors::raise(vm, Kind::Programming, "Base Cursor.__init__ not called.")),
        }
    }
    fn reset(&self) {
        let old = self.statement.borrow_mut().take();
        if let Some(s) = old {
            s.reset();
        }
    }
    /// The connection of a cursor that may be used.
    fn check(&self, vm: &Vm) -> PyResult<Obj> {
        let c = self.connection(vm)?;
        if self.closed.get() {
            return Err(errors::raise(vm, Kind::Programming, "Cannot operate on a closed cursor."));
        }
        if self.locked.get() {
            return Err(errors::raise(vm, Kind::Programming, "Recursive use of cursors not allowed."));
        }
        connection_of(vm, &c)?.check(vm)?;
        Ok(c)
    }
    fn step(&self, vm: &Vm, c: &PyConnection, s: &Statement) -> i32 {
        let ptr = s.ptr as usize;
        // SAFETY: the statement lives through the call.
        c.run(vm, || unsafe { ffi::sqlite3_step(ptr as *mut _) })
    }
    /// Runs a statement once, or for each set of parameters.
    fn execute(&self, vm: &Vm, sql: &str, params: Option<Ref<'_>>, many: bool) -> PyResult<()> {
        let owner = self.check(vm)?;
        let c = connection_of(vm, &owner)?;
        self.locked.set(true);
        let _lock = Lock(&self.locked);
        self.reset();
        drop(self.description.replace(Some(Obj::none())));
        self.rowcount.set(-1);
        let Some(s) = c.statement(vm, sql)? else { return Ok(()) };
        let result = self.run(vm, c, &s, params, many);
        if result.is_err() {
            let old = self.statement.borrow_mut().take();
            drop(old);
            s.reset();
            self.rowcount.set(-1);
        }
        result
    }
    fn run(&self, vm: &Vm, c: &PyConnection, s: &Rc<Statement>, params: Option<Ref<'_>>, many: bool) -> PyResult<()> {
        if many && !s.is_dml {
            return Err(errors::raise(vm, Kind::Programming, "executemany() can only execute DML statements."));
        }
        s.reset();
        s.in_use.set(true);
        self.rowcount.set(if s.is_dml { 0 } else { -1 });
        if c.autocommit.get() == LEGACY && s.is_dml && c.is_idle() {
            c.begin(vm)?;
        }
        let sets = match params {
            Some(p) if many => Some(vm.iter(p)?),
            _ => None,
        };
        let mut first = true;
        loop {
            let set = match &sets {
                Some(it) => match vm.iter_next(it.r())? {
                    Some(p) => Some(p),
                    None => break,
                },
                None if first => params.map(Ref::to_obj),
                None => break,
            };
            let db = c.check_open(vm)?;
            match &set {
                Some(p) => s.bind_all(vm, db, p.r())?,
                None => s.bind_all(vm, db, vm.tuple(vec![]).r())?,
            }
            let mut rc = self.step(vm, c, s);
            if vm.has_pending() {
                return Err(vm.raised_pending());
            }
            if rc != ffi::SQLITE_DONE && rc != ffi::SQLITE_ROW {
                return Err(errors::from_db(vm, db));
            }
            if first {
                self.describe(vm, c, s)?;
            }
            first = false;
            while many && rc == ffi::SQLITE_ROW {
                rc = self.step(vm, c, s);
            }
            if rc == ffi::SQLITE_DONE {
                self.count_changes(c, s);
                s.reset();
                s.in_use.set(many);
            }
            if !many {
                // SAFETY: the database is open.
                let id = unsafe { ffi::sqlite3_last_insert_rowid(db) };
                drop(self.lastrowid.replace(Some(vm.int_i64(id))));
                if rc == ffi::SQLITE_ROW {
                    *self.statement.borrow_mut() = Some(s.clone());
                }
            }
        }
        if many {
            s.reset();
        }
        Ok(())
    }
    fn count_changes(&self, c: &PyConnection, s: &Statement) {
        if s.is_dml && !c.db.get().is_null() {
            // SAFETY: the database is open.
            let n = unsafe { ffi::sqlite3_changes(c.db.get()) };
            self.rowcount.set(self.rowcount.get() + i64::from(n));
        }
    }
    /// Sets the description, and finds converters for the columns.
    fn describe(&self, vm: &Vm, c: &PyConnection, s: &Statement) -> PyResult<()> {
        let n = s.column_count();
        let detect = c.detect_types.get();
        let mut columns = Vec::new();
        let mut found = Vec::new();
        for i in 0..n {
            let full = s.column_name(i);
            let bracket = full.find('[').filter(|_| detect & PARSE_COLNAMES != 0);
            let name = match bracket {
                Some(b) => full[..b].strip_suffix(' ').unwrap_or(&full[..b]),
                None => &full,
            };
            let mut column = vec![vm.str(name)];
            column.resize(7, Obj::none());
            columns.push(vm.tuple(column));
            let mut converter = None;
            if let Some(b) = bracket
                && let Some(end) = full[b..].find(']')
            {
                converter = adapt::converter(vm, &full[b + 1..b + end])?;
            }
            if converter.is_none() && detect & PARSE_DECLTYPES != 0 {
                let declared = s.column_type_name(i);
                let word = declared.split([' ', '(']).next().unwrap_or("");
                if !word.is_empty() {
                    converter = adapt::converter(vm, word)?;
                }
            }
            found.push(converter);
        }
        let old = self.converters.replace(found);
        drop(old);
        drop(self.description.replace(Some(if n > 0 { vm.tuple(columns) } else { Obj::none() })));
        Ok(())
    }
    /// A column of the current row as an object.
    fn column(&self, vm: &Vm, c: &PyConnection, s: &Statement, i: i32) -> PyResult<Obj> {
        // SAFETY: the statement has a current row and the column is in range, here and below.
        let kind = unsafe { ffi::sqlite3_column_type(s.ptr, i) };
        let converter = self.converters.borrow().get(i as usize).cloned().flatten();
        if let Some(f) = converter {
            // The library has nothing to point to for a blob without bytes.
            let data = s.column_bytes(i);
            if kind == ffi::SQLITE_NULL || (kind == ffi::SQLITE_BLOB && data.is_empty()) {
                return Ok(Obj::none());
            }
            return vm.call1(f.r(), vm.bytes(&data).r());
        }
        match kind {
            ffi::SQLITE_NULL => Ok(Obj::none()),
            // SAFETY: see above.
            ffi::SQLITE_INTEGER => Ok(vm.int_i64(unsafe { ffi::sqlite3_column_int64(s.ptr, i) })),
            // SAFETY: see above.
            ffi::SQLITE_FLOAT => Ok(vm.float(unsafe { ffi::sqlite3_column_double(s.ptr, i) })),
            ffi::SQLITE_TEXT => text_value(vm, c, s, i),
            _ => Ok(vm.bytes(&s.column_bytes(i))),
        }
    }
    /// The next row, made with the row factory.
    fn next_row(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        let owner = self.check(vm)?;
        let c = connection_of(vm, &owner)?;
        let Some(s) = self.statement.borrow().clone() else { return Ok(None) };
        let row = {
            self.locked.set(true);
            let _lock = Lock(&self.locked);
            let mut items = Vec::new();
            for i in 0..s.column_count() {
                items.push(self.column(vm, c, &s, i)?);
            }
            vm.tuple(items)
        };
        let db = c.check_open(vm)?;
        let rc = self.step(vm, c, &s);
        if rc != ffi::SQLITE_ROW {
            let failed = rc != ffi::SQLITE_DONE;
            let pending = vm.has_pending();
            let error = (failed && !pending).then(|| errors::from_db(vm, db));
            if !failed {
                self.count_changes(c, &s);
            }
            self.reset();
            if pending {
                return Err(vm.raised_pending());
            }
            if let Some(e) = error {
                return Err(e);
            }
        }
        match peek_obj(&self.row_factory).filter(|f| !f.r().is_none()) {
            Some(f) => vm.call(f.r(), &[self.r(), row.r()]).map(Some),
            None => Ok(Some(row)),
        }
    }
    fn fetch(&self, vm: &Vm, limit: usize) -> PyResult<Vec<Obj>> {
        let mut out = Vec::new();
        while out.len() < limit
            && let Some(row) = self.next_row(vm)?
        {
            out.push(row);
        }
        Ok(out)
    }
}

/// A number of rows.
fn count(vm: &Vm, o: Ref<'_>) -> PyResult<u32> {
    let n = krait_object::convert::c_long(vm, o)?;
    if n < 0 {
        return Err(vm.value_error("value must be non-negative"));
    }
    u32::try_from(n).map_err(|_| vm.overflow_error("Python int too large to convert to C uint32_t"))
}

/// The connection object of a cursor.
fn connection_of<'a>(vm: &Vm, o: &'a Obj) -> PyResult<&'a PyConnection> {
    o.r().downcast::<PyConnection>(vm).ok_or_else(|| vm.type_error("a connection is required"))
}

fn text_value(vm: &Vm, c: &PyConnection, s: &Statement, i: i32) -> PyResult<Obj> {
    let data = s.column_bytes(i);
    let factory = peek_obj(&c.text_factory).unwrap_or_else(|| vm.types.str.to_obj());
    if factory.r().is(vm.types.str.r()) {
        return match String::from_utf8(data) {
            Ok(text) => Ok(vm.str(&text)),
            Err(e) => {
                let text = String::from_utf8_lossy(e.as_bytes()).into_owned();
                let msg = format!("Could not decode to UTF-8 column '{}' with text '{text}'", s.column_name(i));
                Err(errors::raise(vm, Kind::Operational, &msg))
            }
        };
    }
    let bytes = vm.bytes(&data);
    if factory.r().is(PyBytes::type_of(vm).r()) {
        return Ok(bytes);
    }
    if factory.r().is(PyByteArray::type_of(vm).r()) {
        return vm.call1(vm.types.bytearray.r(), bytes.r());
    }
    vm.call1(factory.r(), bytes.r())
}

#[pyclass(layout = PyCursor, name = "Cursor", module = "sqlite3", own, weakref, doc = "", flags(BASETYPE))]
pub mod cursor {
    use super::*;

    #[pynew("Cursor(*args, **kwargs)", raw, nosig)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        let c = PyCursor {
            header: no_header(),
            connection: Cell::default(),
            description: Cell::default(),
            row_factory: Cell::default(),
            lastrowid: Cell::default(),
            converters: RefCell::default(),
            statement: RefCell::default(),
            arraysize: Cell::new(1),
            rowcount: Cell::new(-1),
            initialised: Cell::new(false),
            closed: Cell::new(false),
            locked: Cell::new(false),
        };
        instance(vm, cls, c)
    }
    #[pyinit("Cursor(connection, /)")]
    fn init(vm: &Vm, zelf: &PyCursor, connection: &PyConnection) -> PyResult<()> {
        if zelf.locked.get() {
            return Err(errors::raise(vm, Kind::Programming, "Recursive use of cursors not allowed."));
        }
        zelf.reset();
        drop(zelf.connection.replace(Some(connection.to_obj())));
        drop(zelf.row_factory.replace(peek_obj(&connection.row_factory)));
        zelf.arraysize.set(1);
        zelf.closed.set(false);
        zelf.rowcount.set(-1);
        connection.check_thread(vm)?;
        zelf.initialised.set(true);
        Ok(())
    }
    /// Executes an SQL statement.
    #[pymethod("execute(self, sql, parameters=(), /)")]
    fn execute(vm: &Vm, zelf: &PyCursor, sql: &PyStr, parameters: OptArg<Ref<'_>>) -> PyResult<Obj> {
        zelf.execute(vm, sql.to_utf8(vm)?, parameters.given(), false)?;
        Ok(zelf.to_obj())
    }
    /// Repeatedly executes an SQL statement.
    #[pymethod("executemany(self, sql, seq_of_parameters, /)")]
    fn executemany(vm: &Vm, zelf: &PyCursor, sql: &PyStr, seq_of_parameters: Ref<'_>) -> PyResult<Obj> {
        zelf.execute(vm, sql.to_utf8(vm)?, Some(seq_of_parameters), true)?;
        Ok(zelf.to_obj())
    }
    /// Executes multiple SQL statements at once.
    #[pymethod("executescript(self, sql_script, /)")]
    fn executescript(vm: &Vm, zelf: &PyCursor, sql_script: &PyStr) -> PyResult<Obj> {
        let owner = zelf.check(vm)?;
        let c = connection_of(vm, &owner)?;
        let sql = sql_script.to_utf8(vm)?;
        let db = c.check_open(vm)?;
        if sql.contains('\0') {
            return Err(vm.value_error("embedded null character"));
        }
        // SAFETY: the database is open.
        let max = unsafe { ffi::sqlite3_limit(db, ffi::SQLITE_LIMIT_SQL_LENGTH, -1) };
        if sql.len() > max.max(0) as usize {
            return Err(errors::raise(vm, Kind::Data, "query string is too large"));
        }
        if c.autocommit.get() == LEGACY && !c.is_idle() {
            c.exec(vm, "COMMIT")?;
        }
        let mut rest = sql;
        while !rest.is_empty() {
            let db = c.check_open(vm)?;
            let mut ptr = std::ptr::null_mut();
            let mut tail = std::ptr::null();
            // SAFETY: the text has the length given and lives through the call.
            let rc = unsafe { ffi::sqlite3_prepare_v2(db, rest.as_ptr().cast(), rest.len() as i32, &mut ptr, &mut tail) };
            if rc != ffi::SQLITE_OK {
                return Err(errors::from_db(vm, db));
            }
            let used = (tail as usize).wrapping_sub(rest.as_ptr() as usize);
            rest = rest.get(used..).unwrap_or("");
            if ptr.is_null() {
                continue;
            }
            let s = Statement { ptr, sql: String::new(), is_dml: false, in_use: Cell::new(true) };
            let mut rc = ffi::SQLITE_ROW;
            while rc == ffi::SQLITE_ROW {
                rc = zelf.step(vm, c, &s);
            }
            if vm.has_pending() {
                return Err(vm.raised_pending());
            }
            if rc != ffi::SQLITE_DONE {
                return Err(errors::from_db(vm, db));
            }
        }
        Ok(zelf.to_obj())
    }
    /// Fetches one row from the resultset.
    #[pymethod("fetchone(self, /)")]
    fn fetchone(vm: &Vm, zelf: &PyCursor) -> PyResult<Option<Obj>> {
        zelf.next_row(vm)
    }
    /// Fetches several rows from the resultset.
    ///
    ///   size
    ///     The default value is set by the Cursor.arraysize attribute.
    #[pymethod("fetchmany(self, /, size=1)")]
    fn fetchmany(vm: &Vm, zelf: &PyCursor, size: OptArg<Ref<'_>>) -> PyResult<Vec<Obj>> {
        let n = match size.given() {
            Some(n) => count(vm, n)?,
            None => zelf.arraysize.get(),
        };
        zelf.check(vm)?;
        zelf.fetch(vm, n as usize)
    }
    /// Fetches all rows from the resultset.
    #[pymethod("fetchall(self, /)")]
    fn fetchall(vm: &Vm, zelf: &PyCursor) -> PyResult<Vec<Obj>> {
        zelf.check(vm)?;
        zelf.fetch(vm, usize::MAX)
    }
    /// Closes the cursor.
    #[pymethod("close(self, /)")]
    fn close(vm: &Vm, zelf: &PyCursor) -> PyResult<()> {
        if zelf.locked.get() {
            return Err(errors::raise(vm, Kind::Programming, "Recursive use of cursors not allowed."));
        }
        let owner = zelf.connection(vm)?;
        connection_of(vm, &owner)?.check(vm)?;
        zelf.reset();
        zelf.closed.set(true);
        Ok(())
    }
    /// Required by DB-API. Does nothing in sqlite3.
    #[pymethod("setinputsizes(self, sizes, /)")]
    fn setinputsizes(_zelf: &PyCursor, _sizes: Ref<'_>) {}
    /// Required by DB-API. Does nothing in sqlite3.
    #[pymethod("setoutputsize(self, size, column=None, /)")]
    fn setoutputsize(_zelf: &PyCursor, _size: Ref<'_>, _column: Ref<'_>) {}
    #[slot(iter)]
    fn iter(zelf: &PyCursor) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyCursor) -> PyResult<Option<Obj>> {
        zelf.next_row(vm)
    }
    #[member]
    fn connection(zelf: &PyCursor) -> Option<Obj> {
        peek_obj(&zelf.connection)
    }
    #[member]
    fn description(zelf: &PyCursor) -> Obj {
        zelf.description()
    }
    #[member]
    fn lastrowid(zelf: &PyCursor) -> Option<Obj> {
        peek_obj(&zelf.lastrowid)
    }
    #[member]
    fn rowcount(zelf: &PyCursor) -> i64 {
        zelf.rowcount.get()
    }
    #[getter]
    fn arraysize(zelf: &PyCursor) -> u32 {
        zelf.arraysize.get()
    }
    #[setter]
    fn set_arraysize(vm: &Vm, zelf: &PyCursor, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.type_error("can't delete numeric/char attribute")) };
        zelf.arraysize.set(count(vm, value)?);
        Ok(())
    }
    #[getter]
    fn row_factory(zelf: &PyCursor) -> Option<Obj> {
        peek_obj(&zelf.row_factory)
    }
    #[setter]
    fn set_row_factory(zelf: &PyCursor, value: Option<Ref<'_>>) {
        drop(zelf.row_factory.replace(value.map(Ref::to_obj)));
    }
}
