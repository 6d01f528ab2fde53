//! Prepared statements: parameters in, columns out.

use std::cell::Cell;
use std::ffi::c_int;

use krait_object::buffer::{Buffer, has_buffer};
use krait_object::bytearray::PyByteArray;
use krait_object::prelude::*;
use libsqlite3_sys as ffi;

use crate::adapt::{self, PyPrepareProtocol};
use crate::errors::{self, Kind, text};

/// A prepared statement. It is finalised when dropped.
pub struct Statement {
    pub ptr: *mut ffi::sqlite3_stmt,
    pub sql: String,
    /// Does it change rows?
    pub is_dml: bool,
    pub in_use: Cell<bool>,
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the statement is ours and finalised once; the database outlives it, as it is
        // closed in the way that waits for its statements.
        unsafe { ffi::sqlite3_finalize(self.ptr) };
    }
}

/// The text without leading white space and comments.
pub fn strip(sql: &str) -> &str {
    let mut s = sql;
    loop {
        s = s.trim_start_matches([' ', '\t', '\r', '\n', '\x0c']);
        if let Some(rest) = s.strip_prefix("--") {
            s = rest.find('\n').map_or("", |i| &rest[i + 1..]);
        } else if let Some(rest) = s.strip_prefix("/*") {
            s = rest.find("*/").map_or("", |i| &rest[i + 2..]);
        } else {
            return s;
        }
    }
}

impl Statement {
    /// Prepares a statement; `None` if the text holds none.
    pub fn prepare(vm: &Vm, db: *mut ffi::sqlite3, sql: &str) -> PyResult<Option<Statement>> {
        if sql.contains('\0') {
            return Err(errors::raise(vm, Kind::Programming, "the query contains a null character"));
        }
        // SAFETY: the database is open.
        let max = unsafe { ffi::sqlite3_limit(db, ffi::SQLITE_LIMIT_SQL_LENGTH, -1) };
        if sql.len() > max.max(0) as usize {
            return Err(errors::raise(vm, Kind::Data, "query string is too large"));
        }
        let mut ptr = std::ptr::null_mut();
        let mut tail = std::ptr::null();
        // SAFETY: the text has the length given and lives through the call.
        let rc = unsafe { ffi::sqlite3_prepare_v2(db, sql.as_ptr().cast(), sql.len() as c_int, &mut ptr, &mut tail) };
        if rc != ffi::SQLITE_OK {
            return Err(errors::from_db(vm, db));
        }
        let used = if tail.is_null() { sql.len() } else { (tail as usize).wrapping_sub(sql.as_ptr() as usize) };
        let rest = sql.get(used..).unwrap_or("");
        let word = strip(sql).get(..7).unwrap_or_else(|| strip(sql)).to_ascii_uppercase();
        let is_dml = ["INSERT", "UPDATE", "DELETE", "REPLACE"].iter().any(|w| word.starts_with(w));
        let statement = Statement { ptr, sql: sql.to_owned(), is_dml, in_use: Cell::new(false) };
        if !strip(rest).is_empty() {
            return Err(errors::raise(vm, Kind::Programming, "You can only execute one statement at a time."));
        }
        Ok(if ptr.is_null() { None } else { Some(statement) })
    }
    /// Makes the statement ready to run anew.
    pub fn reset(&self) -> i32 {
        self.in_use.set(false);
        // SAFETY: the statement is live.
        unsafe { ffi::sqlite3_reset(self.ptr) }
    }
    pub fn column_count(&self) -> c_int {
        // SAFETY: the statement is live.
        unsafe { ffi::sqlite3_column_count(self.ptr) }
    }
    pub fn column_name(&self, i: c_int) -> String {
        // SAFETY: the statement is live.
        text(unsafe { ffi::sqlite3_column_name(self.ptr, i) })
    }
    pub fn column_type_name(&self, i: c_int) -> String {
        // SAFETY: the statement is live.
        text(unsafe { ffi::sqlite3_column_decltype(self.ptr, i) })
    }
    fn parameter_name(&self, i: c_int) -> Option<String> {
        // SAFETY: the statement is live.
        let p = unsafe { ffi::sqlite3_bind_parameter_name(self.ptr, i) };
        if p.is_null() { None } else { Some(text(p)) }
    }
    /// Binds all parameters.
    pub fn bind_all(&self, vm: &Vm, db: *mut ffi::sqlite3, params: Ref<'_>) -> PyResult<()> {
        // SAFETY: the statement is live.
        let needed = unsafe { ffi::sqlite3_bind_parameter_count(self.ptr) };
        let exact = params.is_exact::<PyTuple>(vm) || params.is_exact::<PyList>(vm);
        let is_dict = params.is_instance_of::<PyDict>(vm);
        if exact || (!is_dict && vm.is_sequence(params)) {
            return self.bind_sequence(vm, db, params, needed);
        }
        if !is_dict && params.ty(vm).slots.mp_subscript.get().is_none() {
            return Err(errors::raise(vm, Kind::Programming, "parameters are of unsupported type"));
        }
        for i in 1..=needed {
            let Some(name) = self.parameter_name(i) else {
                let msg = format!("Binding {i} has no name, but you supplied a dictionary (which has only names).");
                return Err(errors::raise(vm, Kind::Programming, &msg));
            };
            let key = name.get(1..).unwrap_or("");
            let missing = || errors::raise(vm, Kind::Programming, &format!("You did not supply a value for binding parameter :{key}."));
            let value = if params.is_exact::<PyDict>(vm) {
                let dict = params.downcast::<PyDict>(vm).map(|d| d.get(vm, vm.str(key).r()));
                dict.transpose()?.flatten().ok_or_else(missing)?
            } else {
                match vm.getitem(params, vm.str(key).r()) {
                    Ok(v) => v,
                    Err(e) => {
                        drop(vm.catch(e, vm.types.lookup_error)?);
                        return Err(missing());
                    }
                }
            };
            self.bind(vm, db, i, value.r(), Some(key))?;
        }
        Ok(())
    }
    fn bind_sequence(&self, vm: &Vm, db: *mut ffi::sqlite3, params: Ref<'_>, needed: c_int) -> PyResult<()> {
        let given = vm.len(params)?;
        if given != needed as usize {
            let msg =
                format!("Incorrect number of bindings supplied. The current statement uses {needed}, and there are {given} supplied.");
            return Err(errors::raise(vm, Kind::Programming, &msg));
        }
        for i in 1..=needed {
            if let Some(name) = self.parameter_name(i).filter(|n| !n.starts_with('?')) {
                let msg = format!(
                    "Binding {i} ('{name}') is a named parameter, but you supplied a sequence which requires nameless (qmark) placeholders."
                );
                return Err(errors::raise(vm, Kind::Programming, &msg));
            }
            let value = vm.sequence_item(params, (i - 1) as isize)?;
            self.bind(vm, db, i, value.r(), None)?;
        }
        Ok(())
    }
    /// Binds one parameter, adapted if need be.
    fn bind(&self, vm: &Vm, db: *mut ffi::sqlite3, i: c_int, value: Ref<'_>, name: Option<&str>) -> PyResult<()> {
        let basic = value.is_none()
            || value.is_exact_int(vm)
            || value.is_exact_float(vm)
            || value.is_exact::<PyStr>(vm)
            || value.is_exact::<PyByteArray>(vm);
        let adapted = if value.is_none() || (basic && !adapt::adapts_basic(vm)) {
            value.to_obj()
        } else {
            adapt::adapt(vm, value, PyPrepareProtocol::type_of(vm).r(), Some(value))?
        };
        let v = adapted.r();
        let transient = ffi::SQLITE_TRANSIENT();
        let rc = if v.is_none() {
            // SAFETY: the statement is live, and the library copies the data, here and below.
            unsafe { ffi::sqlite3_bind_null(self.ptr, i) }
        } else if let Some(n) = v.as_int(vm) {
            let Some(n) = n.to_i64() else { return Err(vm.overflow_error("Python int too large to convert to SQLite INTEGER")) };
            // SAFETY: see above.
            unsafe { ffi::sqlite3_bind_int64(self.ptr, i, n) }
        } else if let Some(f) = v.as_float(vm) {
            // SAFETY: see above.
            unsafe { ffi::sqlite3_bind_double(self.ptr, i, f) }
        } else if let Some(s) = v.downcast::<PyStr>(vm) {
            let s = s.to_utf8(vm)?;
            let Ok(n) = c_int::try_from(s.len()) else { return Err(vm.overflow_error("string longer than INT_MAX bytes")) };
            // SAFETY: see above.
            unsafe { ffi::sqlite3_bind_text(self.ptr, i, s.as_ptr().cast(), n, transient) }
        } else if has_buffer(vm, v) {
            let b = Buffer::simple(vm, v)?;
            let Ok(n) = c_int::try_from(b.len()) else { return Err(vm.overflow_error("BLOB longer than INT_MAX bytes")) };
            // SAFETY: see above.
            unsafe { ffi::sqlite3_bind_blob(self.ptr, i, b.as_slice().as_ptr().cast(), n, transient) }
        } else {
            let which = name.map_or_else(|| i.to_string(), |n| format!("':{n}'"));
            let ty = v.ty(vm).tp_name();
            let msg = format!("Error binding parameter {which}: type '{ty}' is not supported");
            return Err(errors::raise(vm, Kind::Programming, &msg));
        };
        if rc == ffi::SQLITE_OK { Ok(()) } else { Err(errors::from_db(vm, db)) }
    }
    /// The bytes of a text or blob column.
    pub fn column_bytes(&self, i: c_int) -> Vec<u8> {
        // SAFETY: the statement has a current row; the data is copied before anything else runs.
        unsafe {
            let p = ffi::sqlite3_column_blob(self.ptr, i).cast::<u8>();
            let n = ffi::sqlite3_column_bytes(self.ptr, i);
            if p.is_null() { vec![] } else { std::slice::from_raw_parts(p, n as usize).to_vec() }
        }
    }
}
