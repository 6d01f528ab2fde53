//! `sqlite3.Connection`: the class.

use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_int};

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, no_header, peek_obj};
use libsqlite3_sys as ffi;

use crate::blob::{self, PyBlob};
use crate::connection::{LEGACY, PyConnection, autocommit, isolation_level, thread_id};
use crate::cursor::PyCursor;
use crate::errors::{self, Kind};
use crate::functions::{self, Hook, Role};

/// A cursor of the connection, made by a factory.
fn new_cursor(vm: &Vm, c: &PyConnection, factory: Option<Ref<'_>>) -> PyResult<Obj> {
    c.check(vm)?;
    let made = match factory {
        Some(f) => vm.call1(f, c.r())?,
        None => vm.call1(PyCursor::type_of(vm).r(), c.r())?,
    };
    if !made.r().is_instance_of::<PyCursor>(vm) {
        let name = made.r().ty(vm).tp_name();
        return Err(vm.type_error(format!("factory must return a cursor, not {name}")));
    }
    if let Some(f) = peek_obj(&c.row_factory).filter(|f| !f.r().is_none()) {
        vm.setattr(made.r(), &vm.intern("row_factory"), f.r())?;
    }
    Ok(made)
}

/// Required arguments by position or, which is deprecated for the first `tight`, by name.
fn loose<'a, const N: usize>(vm: &Vm, args: &Args<'a>, method: &str, names: [&str; N], tight: usize) -> PyResult<[Ref<'a>; N]> {
    let mut found = [None; N];
    if args.npos() > N {
        let s = if N == 1 { "" } else { "s" };
        return Err(vm.type_error(format!("{method}() takes exactly {N} positional argument{s} ({} given)", args.npos())));
    }
    for (slot, arg) in found.iter_mut().zip(args.pos()) {
        *slot = Some(*arg);
    }
    let quoted: Vec<String> = names[..tight].iter().map(|n| format!("'{n}'")).collect();
    if names[..tight].iter().any(|n| args.kw(vm, n).is_some()) {
        let (s, list) = match quoted.split_last() {
            Some((last, rest)) if !rest.is_empty() => ("s", format!("{} and {last}", rest.join(", "))),
            _ => ("", quoted.concat()),
        };
        let msg = format!(
            "Passing keyword argument{s} {list} to _sqlite3.Connection.{method}() is deprecated. Parameter{s} {list} will become positional-only in Python 3.15."
        );
        vm.warn(vm.types.deprecation_warning, &msg, 1)?;
    }
    for (slot, name) in found.iter_mut().zip(names) {
        *slot = slot.or_else(|| args.kw(vm, name));
    }
    for (i, slot) in found.iter().enumerate() {
        if slot.is_none() {
            return Err(vm.type_error(format!("{method}() missing required argument '{}' (pos {})", names[i], i + 1)));
        }
    }
    Ok(found.map(|f| f.unwrap_or(vm.none())))
}

/// The name of a database of the connection.
fn schema(vm: &Vm, name: &str) -> PyResult<CString> {
    CString::new(name).map_err(|_| vm.value_error("embedded null character"))
}

/// Copies a database, page by page.
fn backup(vm: &Vm, c: &PyConnection, target: &PyConnection, pages: i32, progress: Ref<'_>, name: &str, sleep: f64) -> PyResult<()> {
    let from = c.check(vm)?;
    target.check_thread(vm)?;
    if std::ptr::eq(c, target) {
        return Err(vm.value_error("target cannot be the same connection instance"));
    }
    let to = target.check_open(vm)?;
    if !progress.is_none() && !vm.is_callable(progress) {
        return Err(vm.type_error("progress argument must be a callable"));
    }
    let pages = if pages == 0 { -1 } else { pages };
    let name = schema(vm, name)?;
    // SAFETY: both databases are open.
    let handle = unsafe { ffi::sqlite3_backup_init(to, c"main".as_ptr(), from, name.as_ptr()) };
    if handle.is_null() {
        return Err(errors::from_db(vm, to));
    }
    let mut error = None;
    let mut rc;
    loop {
        let h = handle as usize;
        // SAFETY: the handle is live until it is finished below.
        rc = c.run(vm, || unsafe { ffi::sqlite3_backup_step(h as *mut _, pages) });
        if !progress.is_none() {
            // SAFETY: as above.
            let (left, all) = unsafe { (ffi::sqlite3_backup_remaining(handle), ffi::sqlite3_backup_pagecount(handle)) };
            let args = [rc, left, all].map(|v| Obj::small(v.into()));
            if let Err(e) = vm.call(progress, krait_object::obj::refs(&args)) {
                error = Some(e);
                break;
            }
        }
        match rc {
            ffi::SQLITE_OK => {}
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => {
                vm.allow_threads(|| std::thread::sleep(std::time::Duration::from_secs_f64(sleep.clamp(0.0, 3600.0))));
            }
            _ => break,
        }
    }
    // SAFETY: the handle is finished once.
    let end = unsafe { ffi::sqlite3_backup_finish(handle) };
    if let Some(e) = error {
        return Err(e);
    }
    if rc == ffi::SQLITE_DONE && end == ffi::SQLITE_OK { Ok(()) } else { Err(errors::from_db(vm, to)) }
}

#[pyclass(
    layout = PyConnection, name = "Connection", module = "sqlite3", own, weakref, doc = "SQLite database connection object.",
    nosig, flags(BASETYPE)
)]
pub mod connection_class {
    use super::*;

    #[pynew("Connection(*args, **kwargs)", raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        let c = PyConnection {
            header: no_header(),
            db: Cell::new(std::ptr::null_mut()),
            initialised: Cell::new(false),
            detect_types: Cell::new(0),
            isolation: Cell::new(Some("")),
            autocommit: Cell::new(LEGACY),
            check_thread: Cell::new(true),
            thread: Cell::new(0),
            cache_size: Cell::new(128),
            cache: RefCell::default(),
            row_factory: Cell::default(),
            text_factory: Cell::default(),
            hooks: Default::default(),
            calls_python: Cell::new(false),
        };
        instance(vm, cls, c)
    }
    #[pyinit(
        "Connection(database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, factory=<unrepresentable>, cached_statements=128, uri=False, *, autocommit=-1)"
    )]
    fn init(
        vm: &Vm,
        zelf: &PyConnection,
        database: Ref<'_>,
        timeout: f64,
        detect_types: i32,
        isolation_level: OptArg<Ref<'_>>,
        check_same_thread: bool,
        _factory: OptArg<Ref<'_>>,
        cached_statements: i32,
        uri: bool,
        autocommit: OptArg<Ref<'_>>,
    ) -> PyResult<()> {
        vm.audit("sqlite3.connect", &[database])?;
        let Some(path) = FsPathArg::get(vm, database, "connect", "database")? else {
            return Err(vm.type_error("expected str, bytes or os.PathLike object, not NoneType"));
        };
        if zelf.initialised.get() {
            zelf.initialised.set(false);
            zelf.close(vm).or_else(|e| {
                drop(vm.take_raised(e));
                Ok(())
            })?;
        }
        let level = isolation_level.given().map_or(Ok(Some("")), |l| super::isolation_level(vm, l))?;
        let auto = autocommit.given().map_or(Ok(LEGACY), |a| super::autocommit(vm, a))?;
        zelf.open(vm, &path.bytes, uri, timeout)?;
        zelf.detect_types.set(detect_types);
        zelf.isolation.set(level);
        zelf.autocommit.set(auto);
        zelf.check_thread.set(check_same_thread);
        zelf.thread.set(thread_id());
        zelf.cache_size.set(usize::try_from(cached_statements).unwrap_or(0));
        drop(zelf.row_factory.replace(Some(Obj::none())));
        drop(zelf.text_factory.replace(Some(vm.types.str.to_obj())));
        zelf.initialised.set(true);
        vm.audit("sqlite3.connect/handle", &[zelf.r()])?;
        if auto == 0 { zelf.exec(vm, "BEGIN") } else { Ok(()) }
    }
    #[pycall("Connection(sql, /)", raw)]
    fn call(vm: &Vm, zelf: &PyConnection, args: Args<'_>) -> PyResult<Obj> {
        zelf.check(vm)?;
        let [sql] = args.pos() else {
            return Err(vm.type_error(format!("Connection expected 1 argument, got {}", args.npos())));
        };
        let sql = vm.expect_str(*sql, "str")?;
        // Programs use this to have a statement checked; the statement itself is not shown.
        zelf.statement(vm, sql.to_utf8(vm)?)?;
        Ok(Obj::none())
    }
    /// Return a cursor for the connection.
    #[pymethod("cursor(self, /, factory=<unrepresentable>)")]
    fn cursor(vm: &Vm, zelf: &PyConnection, factory: OptArg<Ref<'_>>) -> PyResult<Obj> {
        new_cursor(vm, zelf, factory.given())
    }
    /// Executes an SQL statement.
    #[pymethod("execute(self, sql, parameters=<unrepresentable>, /)")]
    fn execute(vm: &Vm, zelf: &PyConnection, sql: Ref<'_>, parameters: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let cursor = vm.call_method_str(zelf.r(), "cursor", &[])?;
        let args: Vec<Ref<'_>> = std::iter::once(sql).chain(parameters.given()).collect();
        vm.call_method_str(cursor.r(), "execute", &args)
    }
    /// Repeatedly executes an SQL statement.
    #[pymethod("executemany(self, sql, parameters, /)")]
    fn executemany(vm: &Vm, zelf: &PyConnection, sql: Ref<'_>, parameters: Ref<'_>) -> PyResult<Obj> {
        let cursor = vm.call_method_str(zelf.r(), "cursor", &[])?;
        vm.call_method_str(cursor.r(), "executemany", &[sql, parameters])
    }
    /// Executes multiple SQL statements at once.
    #[pymethod("executescript(self, sql_script, /)")]
    fn executescript(vm: &Vm, zelf: &PyConnection, sql_script: Ref<'_>) -> PyResult<Obj> {
        let cursor = vm.call_method_str(zelf.r(), "cursor", &[])?;
        vm.call_method_str(cursor.r(), "executescript", &[sql_script])
    }
    /// Commit any pending transaction to the database.
    ///
    /// If there is no open transaction, this method is a no-op.
    #[pymethod("commit(self, /)")]
    fn commit(vm: &Vm, zelf: &PyConnection) -> PyResult<()> {
        zelf.check(vm)?;
        zelf.commit(vm)
    }
    /// Roll back to the start of any pending transaction.
    ///
    /// If there is no open transaction, this method is a no-op.
    #[pymethod("rollback(self, /)")]
    fn rollback(vm: &Vm, zelf: &PyConnection) -> PyResult<()> {
        zelf.check(vm)?;
        zelf.rollback(vm)
    }
    /// Close the database connection.
    ///
    /// Any pending transaction is not committed implicitly.
    #[pymethod("close(self, /)")]
    fn close(vm: &Vm, zelf: &PyConnection) -> PyResult<()> {
        zelf.check_thread(vm)?;
        zelf.close(vm)
    }
    /// Called when the connection is used as a context manager.
    ///
    /// Returns itself as a convenience to the caller.
    #[pymethod("__enter__(self, /)")]
    fn __enter__(vm: &Vm, zelf: &PyConnection) -> PyResult<Obj> {
        zelf.check(vm)?;
        Ok(zelf.to_obj())
    }
    /// Called when the connection is used as a context manager.
    ///
    /// If there was any exception, a rollback takes place; otherwise we commit.
    #[pymethod("__exit__(self, type, value, traceback, /)")]
    fn __exit__(vm: &Vm, zelf: &PyConnection, r#type: Ref<'_>, _value: Ref<'_>, _traceback: Ref<'_>) -> PyResult<bool> {
        if !r#type.is_none() {
            rollback(vm, zelf)?;
            return Ok(false);
        }
        if let Err(e) = commit(vm, zelf) {
            // The transaction must not stay open; the first error is the one that counts.
            let first = vm.take_raised(e);
            if let Err(e) = rollback(vm, zelf) {
                drop(vm.take_raised(e));
            }
            return Err(vm.raise_as_is(first));
        }
        Ok(false)
    }
    /// Creates a new function.
    #[pymethod("create_function(self, name, narg, func, /, *, deterministic=False)", raw)]
    fn create_function(vm: &Vm, zelf: &PyConnection, args: Args<'_>) -> PyResult<()> {
        let [name, narg, func] = loose(vm, &args, "create_function", ["name", "narg", "func"], 3)?;
        let deterministic = args.kw(vm, "deterministic").map_or(Ok(false), |d| vm.is_true(d))?;
        let (name, narg) = (vm.expect_str(name, "str")?.to_utf8(vm)?, krait_object::convert::c_int(vm, narg)?);
        functions::register(vm, zelf, name, narg, func, Role::Function, deterministic)
    }
    /// Creates a new aggregate.
    #[pymethod("create_aggregate(self, name, n_arg, aggregate_class, /)", raw)]
    fn create_aggregate(vm: &Vm, zelf: &PyConnection, args: Args<'_>) -> PyResult<()> {
        let names = ["name", "n_arg", "aggregate_class"];
        let [name, n_arg, aggregate_class] = loose(vm, &args, "create_aggregate", names, 3)?;
        let (name, n_arg) = (vm.expect_str(name, "str")?.to_utf8(vm)?, krait_object::convert::c_int(vm, n_arg)?);
        functions::register(vm, zelf, name, n_arg, aggregate_class, Role::Aggregate, false)
    }
    /// Creates or redefines an aggregate window function. Non-standard.
    ///
    ///   name
    ///     The name of the SQL aggregate window function to be created or
    ///     redefined.
    ///   num_params
    ///     The number of arguments the step and inverse methods takes.
    ///   aggregate_class
    ///     A class with step(), finalize(), value(), and inverse() methods.
    ///     Set to None to clear the window function.
    #[pymethod("create_window_function(self, name, num_params, aggregate_class, /)")]
    fn create_window_function(vm: &Vm, zelf: &PyConnection, name: &str, num_params: i32, aggregate_class: Ref<'_>) -> PyResult<()> {
        functions::register(vm, zelf, name, num_params, aggregate_class, Role::Window, false)
    }
    /// Creates a collation function.
    #[pymethod("create_collation(self, name, callback, /)")]
    fn create_collation(vm: &Vm, zelf: &PyConnection, name: &str, callback: Ref<'_>) -> PyResult<()> {
        functions::register_collation(vm, zelf, name, callback)
    }
    /// Set authorizer callback.
    #[pymethod("set_authorizer(self, authorizer_callback, /)", raw)]
    fn set_authorizer(vm: &Vm, zelf: &PyConnection, args: Args<'_>) -> PyResult<()> {
        let [authorizer_callback] = loose(vm, &args, "set_authorizer", ["authorizer_callback"], 1)?;
        functions::set_hook(vm, zelf, Hook::Authorizer, authorizer_callback, 0)
    }
    /// Set progress handler callback.
    ///
    ///   progress_handler
    ///     A callable that takes no arguments.
    ///     If the callable returns non-zero, the current query is terminated,
    ///     and an exception is raised.
    ///   n
    ///     The number of SQLite virtual machine instructions that are
    ///     executed between invocations of 'progress_handler'.
    ///
    /// If 'progress_handler' is None or 'n' is 0, the progress handler is disabled.
    #[pymethod("set_progress_handler(self, progress_handler, /, n)", raw)]
    fn set_progress_handler(vm: &Vm, zelf: &PyConnection, args: Args<'_>) -> PyResult<()> {
        let [progress_handler, n] = loose(vm, &args, "set_progress_handler", ["progress_handler", "n"], 1)?;
        let n = krait_object::convert::c_int(vm, n)?;
        functions::set_hook(vm, zelf, Hook::Progress, progress_handler, n)
    }
    /// Set a trace callback called for each SQL statement (passed as unicode).
    #[pymethod("set_trace_callback(self, trace_callback, /)", raw)]
    fn set_trace_callback(vm: &Vm, zelf: &PyConnection, args: Args<'_>) -> PyResult<()> {
        let [trace_callback] = loose(vm, &args, "set_trace_callback", ["trace_callback"], 1)?;
        functions::set_hook(vm, zelf, Hook::Trace, trace_callback, 0)
    }
    /// Abort any pending database operation.
    #[pymethod("interrupt(self, /)")]
    fn interrupt(vm: &Vm, zelf: &PyConnection) -> PyResult<()> {
        let db = zelf.check_open(vm)?;
        // SAFETY: the database is open; this may be called from any thread.
        unsafe { ffi::sqlite3_interrupt(db) };
        Ok(())
    }
    /// Returns iterator to the dump of the database in an SQL text format.
    ///
    ///   filter
    ///     An optional LIKE pattern for database objects to dump
    #[pymethod("iterdump(self, /, *, filter=None)")]
    fn iterdump(vm: &Vm, zelf: &PyConnection, filter: Ref<'_>) -> PyResult<Obj> {
        zelf.check_open(vm)?;
        let package = (vm.interp.hooks().import)(vm, "sqlite3.dump")?;
        // The import of a module in a package may give the package.
        let module = vm.getattr_opt(package.r(), &vm.intern("dump"))?.unwrap_or(package);
        let f = vm.getattr_str(module.r(), "_iterdump")?;
        vm.call_kw(f.r(), &[zelf.r()], &[("filter", filter)])
    }
    /// Makes a backup of the database.
    #[pymethod("backup(self, /, target, *, pages=-1, progress=None, name='main', sleep=0.250)")]
    fn backup_method(
        vm: &Vm,
        zelf: &PyConnection,
        target: &PyConnection,
        pages: i32,
        progress: Ref<'_>,
        name: OptArg<&str>,
        sleep: OptArg<f64>,
    ) -> PyResult<()> {
        backup(vm, zelf, target, pages, progress, name.given().unwrap_or("main"), sleep.given().unwrap_or(0.25))
    }
    /// Open and return a BLOB object.
    ///
    ///   table
    ///     Table name.
    ///   column
    ///     Column name.
    ///   row
    ///     Row index.
    ///   readonly
    ///     Open the BLOB without write permissions.
    ///   name
    ///     Database name.
    #[pymethod("blobopen(self, table, column, rowid, /, *, readonly=False, name='main')")]
    fn blobopen(
        vm: &Vm,
        zelf: &PyConnection,
        table: &str,
        column: &str,
        rowid: Ref<'_>,
        readonly: bool,
        name: OptArg<&str>,
    ) -> PyResult<Py<PyBlob>> {
        blob::open(vm, zelf, name.given().unwrap_or("main"), table, column, rowid, readonly)
    }
    /// Serialize a database into a byte string.
    ///
    ///   name
    ///     Which database to serialize.
    ///
    /// For an ordinary on-disk database file, the serialization is just a copy of the
    /// disk file. For an in-memory database or a "temp" database, the serialization is
    /// the same sequence of bytes which would be written to disk if that database
    /// were backed up to disk.
    #[pymethod("serialize(self, /, *, name='main')")]
    fn serialize(vm: &Vm, zelf: &PyConnection, name: OptArg<&str>) -> PyResult<Obj> {
        let db = zelf.check(vm)?;
        let name = name.given().unwrap_or("main");
        let schema = schema(vm, name)?;
        let mut size = 0;
        // SAFETY: the database is open; the copy is freed here.
        unsafe {
            let p = ffi::sqlite3_serialize(db, schema.as_ptr(), &mut size, 0);
            if p.is_null() {
                return Err(errors::raise(vm, Kind::Operational, &format!("unable to serialize '{name}'")));
            }
            let data = vm.bytes(std::slice::from_raw_parts(p, size as usize));
            ffi::sqlite3_free(p.cast());
            Ok(data)
        }
    }
    /// Load a serialized database.
    ///
    ///   data
    ///     The serialized database content.
    ///   name
    ///     Which database to reopen with the deserialization.
    ///
    /// The deserialize interface causes the database connection to disconnect from the
    /// target database, and then reopen it as an in-memory database based on the given
    /// serialized data.
    #[pymethod("deserialize(self, data, /, *, name='main')")]
    fn deserialize(vm: &Vm, zelf: &PyConnection, data: BufferArg, name: OptArg<&str>) -> PyResult<()> {
        let db = zelf.check(vm)?;
        let schema = schema(vm, name.given().unwrap_or("main"))?;
        let data = data.as_slice();
        // SAFETY: the library owns the copy from here on, even if it fails.
        let rc = unsafe {
            let p = ffi::sqlite3_malloc64(data.len() as u64).cast::<u8>();
            if p.is_null() && !data.is_empty() {
                return Err(vm.memory_error());
            }
            std::ptr::copy_nonoverlapping(data.as_ptr(), p, data.len());
            let flags = ffi::SQLITE_DESERIALIZE_FREEONCLOSE | ffi::SQLITE_DESERIALIZE_RESIZEABLE;
            ffi::sqlite3_deserialize(db, schema.as_ptr(), p, data.len() as i64, data.len() as i64, flags)
        };
        if rc == ffi::SQLITE_OK { Ok(()) } else { Err(errors::from_db(vm, db)) }
    }
    /// Set connection run-time limits.
    #[pymethod("setlimit(self, category, limit, /)")]
    fn setlimit(vm: &Vm, zelf: &PyConnection, category: i32, limit: i32) -> PyResult<i32> {
        let db = zelf.check(vm)?;
        // SAFETY: the database is open.
        match unsafe { ffi::sqlite3_limit(db, category, limit) } {
            ..0 => Err(errors::raise(vm, Kind::Programming, "'category' is out of bounds")),
            old => Ok(old),
        }
    }
    /// Get connection run-time limits.
    #[pymethod("getlimit(self, category, /)")]
    fn getlimit(vm: &Vm, zelf: &PyConnection, category: i32) -> PyResult<i32> {
        setlimit(vm, zelf, category, -1)
    }
    /// Set a boolean connection configuration option.
    #[pymethod("setconfig(self, op, enable=True, /)")]
    fn setconfig(vm: &Vm, zelf: &PyConnection, op: i32, enable: bool) -> PyResult<()> {
        let db = zelf.check(vm)?;
        if !(1002..=1017).contains(&op) {
            return Err(vm.value_error(format!("unknown config 'op': {op}")));
        }
        let mut actual: c_int = 0;
        // SAFETY: the options in range take a flag and a result.
        let rc = unsafe { ffi::sqlite3_db_config(db, op, c_int::from(enable), &mut actual as *mut c_int) };
        if rc != ffi::SQLITE_OK {
            return Err(errors::from_db(vm, db));
        }
        if (actual != 0) != enable {
            return Err(errors::raise(vm, Kind::Operational, "Unable to set config"));
        }
        Ok(())
    }
    /// Query a boolean connection configuration option.
    #[pymethod("getconfig(self, op, /)")]
    fn getconfig(vm: &Vm, zelf: &PyConnection, op: i32) -> PyResult<bool> {
        let db = zelf.check(vm)?;
        if !(1002..=1017).contains(&op) {
            return Err(vm.value_error(format!("unknown config 'op': {op}")));
        }
        let mut actual: c_int = 0;
        // SAFETY: the options in range take a flag and a result.
        let rc = unsafe { ffi::sqlite3_db_config(db, op, -1 as c_int, &mut actual as *mut c_int) };
        if rc == ffi::SQLITE_OK { Ok(actual != 0) } else { Err(errors::from_db(vm, db)) }
    }
    #[getter]
    fn isolation_level(vm: &Vm, zelf: &PyConnection) -> PyResult<Option<&'static str>> {
        zelf.check_open(vm)?;
        Ok(zelf.isolation.get())
    }
    #[setter]
    fn set_isolation_level(vm: &Vm, zelf: &PyConnection, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.attribute_error_msg("cannot delete attribute")) };
        zelf.check(vm)?;
        let level = super::isolation_level(vm, value)?;
        zelf.isolation.set(level);
        // Without a level the library commits by itself again.
        if level.is_none() && !zelf.is_idle() { zelf.exec(vm, "COMMIT") } else { Ok(()) }
    }
    #[getter]
    fn autocommit(vm: &Vm, zelf: &PyConnection) -> PyResult<Obj> {
        zelf.check(vm)?;
        Ok(match zelf.autocommit.get() {
            LEGACY => Obj::small(LEGACY.into()),
            v => Obj::bool(v != 0),
        })
    }
    #[setter]
    fn set_autocommit(vm: &Vm, zelf: &PyConnection, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.attribute_error_msg("cannot delete attribute")) };
        zelf.check(vm)?;
        let new = super::autocommit(vm, value)?;
        match new {
            0 if zelf.is_idle() => zelf.exec(vm, "BEGIN")?,
            1 if !zelf.is_idle() => zelf.exec(vm, "COMMIT")?,
            _ => {}
        }
        zelf.autocommit.set(new);
        Ok(())
    }
    #[getter]
    fn in_transaction(vm: &Vm, zelf: &PyConnection) -> PyResult<bool> {
        zelf.check_open(vm)?;
        Ok(!zelf.is_idle())
    }
    #[getter]
    fn total_changes(vm: &Vm, zelf: &PyConnection) -> PyResult<i32> {
        let db = zelf.check_open(vm)?;
        // SAFETY: the database is open.
        Ok(unsafe { ffi::sqlite3_total_changes(db) })
    }
    #[getter]
    fn row_factory(zelf: &PyConnection) -> Option<Obj> {
        peek_obj(&zelf.row_factory)
    }
    #[setter]
    fn set_row_factory(vm: &Vm, zelf: &PyConnection, value: Option<Ref<'_>>) -> PyResult<()> {
        if value.is_none() {
            return Err(vm.attribute_error_msg("cannot delete row_factory attribute"));
        }
        drop(zelf.row_factory.replace(value.map(Ref::to_obj)));
        Ok(())
    }
    #[getter]
    fn text_factory(zelf: &PyConnection) -> Option<Obj> {
        peek_obj(&zelf.text_factory)
    }
    #[setter]
    fn set_text_factory(vm: &Vm, zelf: &PyConnection, value: Option<Ref<'_>>) -> PyResult<()> {
        if value.is_none() {
            return Err(vm.attribute_error_msg("cannot delete text_factory attribute"));
        }
        drop(zelf.text_factory.replace(value.map(Ref::to_obj)));
        Ok(())
    }
    #[classexec]
    fn more(vm: &Vm, dict: &PyDict) -> PyResult<()> {
        for (name, class) in errors::all(vm) {
            dict.set_item_str(vm, name, class)?;
        }
        Ok(())
    }
}
