//! Python functions that the database calls: functions, aggregates, collations and hooks.
//!
//! They run inside the library, while a connection holds the GIL for them. A callback must not
//! unwind into the library; errors become results that it understands.

use std::ffi::{CString, c_char, c_int, c_void};

use krait_object::buffer::{Buffer, has_buffer};
use krait_object::prelude::*;
use krait_object::vm::current_vm;
use libsqlite3_sys as ffi;

use crate::connection::PyConnection;
use crate::errors;
use crate::module::tracebacks_enabled;

/// A Python object that the library keeps a pointer to.
pub struct Callback(pub Obj);

/// Frees a callback that the library no longer needs.
unsafe extern "C" fn free_callback(p: *mut c_void) {
    // SAFETY: the library passes what `into_raw` made, once.
    unsafe { drop(Box::from_raw(p.cast::<Callback>())) };
}

/// How a callback failed.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Failure {
    Memory,
    TooBig,
    /// A method that is not there.
    Missing,
    Other,
}

/// Runs a callback; a panic counts as an error.
fn guarded<R>(vm: &Vm, callback: &Obj, f: impl FnOnce(&Vm) -> PyResult<R>) -> Result<R, Failure> {
    let e = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f(vm))) {
        Ok(Ok(r)) => return Ok(r),
        Ok(Err(e)) => e,
        Err(_) => return Err(Failure::Other),
    };
    let t = vm.types;
    let kinds = [(t.memory_error, Failure::Memory), (t.overflow_error, Failure::TooBig), (t.attribute_error, Failure::Missing)];
    let failure = kinds.iter().find(|(ty, _)| vm.raised_is(ty)).map_or(Failure::Other, |k| k.1);
    let error = vm.take_raised(e);
    if tracebacks_enabled(vm) {
        let shown = vm.repr_text(callback.r()).map(|r| r.to_string()).unwrap_or_else(|e| {
            drop(vm.take_raised(e));
            String::new()
        });
        let e = vm.raise_as_is(error);
        vm.unraisable(e, &format!("Exception ignored on sqlite3 callback {shown}"), None);
    }
    Err(failure)
}

/// A value of the database as an object.
fn to_object(vm: &Vm, v: *mut ffi::sqlite3_value) -> Obj {
    // SAFETY: the library passes live values; text and blobs are copied at once.
    unsafe {
        match ffi::sqlite3_value_type(v) {
            ffi::SQLITE_INTEGER => vm.int_i64(ffi::sqlite3_value_int64(v)),
            ffi::SQLITE_FLOAT => vm.float(ffi::sqlite3_value_double(v)),
            kind @ (ffi::SQLITE_TEXT | ffi::SQLITE_BLOB) => {
                let p = ffi::sqlite3_value_blob(v).cast::<u8>();
                let n = ffi::sqlite3_value_bytes(v);
                let data = if p.is_null() { &[] } else { std::slice::from_raw_parts(p, n as usize) };
                if kind == ffi::SQLITE_TEXT { vm.str(&String::from_utf8_lossy(data)) } else { vm.bytes(data) }
            }
            _ => Obj::none(),
        }
    }
}

fn arguments(vm: &Vm, n: c_int, values: *mut *mut ffi::sqlite3_value) -> Vec<Obj> {
    // SAFETY: the library passes `n` values.
    (0..n as usize).map(|i| to_object(vm, unsafe { *values.add(i) })).collect()
}

/// Gives the library a result.
fn set_result(vm: &Vm, context: *mut ffi::sqlite3_context, r: Ref<'_>) -> PyResult<bool> {
    let transient = ffi::SQLITE_TRANSIENT();
    if r.is_none() {
        // SAFETY: the context is the one of the running call; data is copied, here and below.
        unsafe { ffi::sqlite3_result_null(context) };
    } else if let Some(i) = r.as_int(vm) {
        let Some(i) = i.to_i64() else { return Err(vm.overflow_error("Python int too large to convert to SQLite INTEGER")) };
        // SAFETY: see above.
        unsafe { ffi::sqlite3_result_int64(context, i) };
    } else if let Some(f) = r.as_float(vm) {
        // SAFETY: see above.
        unsafe { ffi::sqlite3_result_double(context, f) };
    } else if let Some(s) = r.downcast::<PyStr>(vm) {
        let s = s.to_utf8(vm)?;
        let Ok(n) = c_int::try_from(s.len()) else { return Err(vm.overflow_error("string is longer than INT_MAX bytes")) };
        // SAFETY: see above.
        unsafe { ffi::sqlite3_result_text(context, s.as_ptr().cast(), n, transient) };
    } else if has_buffer(vm, r) {
        let b = Buffer::simple(vm, r)?;
        let Ok(n) = c_int::try_from(b.len()) else { return Err(vm.overflow_error("BLOB longer than INT_MAX bytes")) };
        // SAFETY: see above.
        unsafe { ffi::sqlite3_result_blob(context, b.as_slice().as_ptr().cast(), n, transient) };
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn set_error(context: *mut ffi::sqlite3_context, msg: &str) {
    // SAFETY: the context is the one of the running call; the message is copied.
    unsafe { ffi::sqlite3_result_error(context, msg.as_ptr().cast(), msg.len() as c_int) };
}

/// Tells the library of a failure.
fn report(context: *mut ffi::sqlite3_context, done: Result<bool, Failure>, msg: &str) {
    match done {
        Ok(true) => {}
        // SAFETY: the context is the one of the running call.
        Err(Failure::Memory) => unsafe { ffi::sqlite3_result_error_nomem(context) },
        // SAFETY: see above.
        Err(Failure::TooBig) => unsafe { ffi::sqlite3_result_error_toobig(context) },
        _ => set_error(context, msg),
    }
}

/// The object behind a function's user data.
fn user_data(context: *mut ffi::sqlite3_context) -> Obj {
    // SAFETY: functions are registered with a callback, which lives as long as they do.
    unsafe { (*ffi::sqlite3_user_data(context).cast::<Callback>()).0.clone() }
}

unsafe extern "C" fn call_function(context: *mut ffi::sqlite3_context, n: c_int, values: *mut *mut ffi::sqlite3_value) {
    let Some(vm) = current_vm() else { return };
    let f = user_data(context);
    let done = guarded(vm, &f, |vm| {
        let args = arguments(vm, n, values);
        let r = vm.call(f.r(), krait_object::obj::refs(&args))?;
        set_result(vm, context, r.r())
    });
    report(context, done, "user-defined function raised exception");
}

/// Where the instance of an aggregate is kept between its steps.
fn instance_slot(context: *mut ffi::sqlite3_context, make: bool) -> *mut *mut Callback {
    let size = if make { size_of::<*mut Callback>() as c_int } else { 0 };
    // SAFETY: the context is the one of the running call; fresh memory is zeroed.
    unsafe { ffi::sqlite3_aggregate_context(context, size).cast() }
}

/// The instance of the running aggregate, made at its first step.
fn aggregate(vm: &Vm, context: *mut ffi::sqlite3_context) -> PyResult<Option<Obj>> {
    let slot = instance_slot(context, true);
    if slot.is_null() {
        return Ok(None);
    }
    // SAFETY: the slot holds null or a box of ours.
    unsafe {
        if (*slot).is_null() {
            let made = vm.call0(user_data(context).r())?;
            *slot = Box::into_raw(Box::new(Callback(made)));
        }
        Ok(Some((**slot).0.clone()))
    }
}

fn method_message(method: &str, done: &Result<bool, Failure>, has: bool) -> String {
    let missing = !has && *done == Err(Failure::Missing);
    let what = if missing { "method not defined" } else { "method raised error" };
    format!("user-defined aggregate's '{method}' {what}")
}

fn aggregate_call(context: *mut ffi::sqlite3_context, n: c_int, values: *mut *mut ffi::sqlite3_value, method: &str) {
    let Some(vm) = current_vm() else { return };
    let (mut made, mut has) = (false, false);
    let class = user_data(context);
    let done = guarded(vm, &class, |vm| {
        let Some(object) = aggregate(vm, context)? else { return Ok(false) };
        made = true;
        let f = vm.getattr_str(object.r(), method)?;
        has = true;
        let args = arguments(vm, n, values);
        vm.call(f.r(), krait_object::obj::refs(&args)).map(|_| true)
    });
    let msg = if made { method_message(method, &done, has) } else { "user-defined aggregate's '__init__' method raised error".to_owned() };
    report(context, done, &msg);
}

unsafe extern "C" fn call_step(context: *mut ffi::sqlite3_context, n: c_int, values: *mut *mut ffi::sqlite3_value) {
    aggregate_call(context, n, values, "step");
}

unsafe extern "C" fn call_inverse(context: *mut ffi::sqlite3_context, n: c_int, values: *mut *mut ffi::sqlite3_value) {
    aggregate_call(context, n, values, "inverse");
}

/// The result of an aggregate by one of its methods.
fn aggregate_result(vm: &Vm, context: *mut ffi::sqlite3_context, object: &Obj, method: &str) {
    let mut has = false;
    let class = user_data(context);
    let done = guarded(vm, &class, |vm| {
        let f = vm.getattr_str(object.r(), method)?;
        has = true;
        let r = vm.call0(f.r())?;
        set_result(vm, context, r.r())
    });
    let msg = method_message(method, &done, has);
    report(context, done, &msg);
}

unsafe extern "C" fn call_value(context: *mut ffi::sqlite3_context) {
    let (Some(vm), slot) = (current_vm(), instance_slot(context, false)) else { return };
    // SAFETY: the slot holds null or a box of ours.
    let object = unsafe { if slot.is_null() || (*slot).is_null() { None } else { Some((**slot).0.clone()) } };
    if let Some(object) = object {
        aggregate_result(vm, context, &object, "value");
    }
}

unsafe extern "C" fn call_finalize(context: *mut ffi::sqlite3_context) {
    let (Some(vm), slot) = (current_vm(), instance_slot(context, false)) else { return };
    // SAFETY: the slot holds null or a box of ours, which is taken out for good.
    let object = unsafe {
        if slot.is_null() || (*slot).is_null() {
            return;
        }
        Box::from_raw(std::mem::replace(&mut *slot, std::ptr::null_mut()))
    };
    aggregate_result(vm, context, &object.0, "finalize");
}

unsafe extern "C" fn call_collation(p: *mut c_void, n: c_int, a: *const c_void, m: c_int, b: *const c_void) -> c_int {
    let Some(vm) = current_vm() else { return 0 };
    // SAFETY: the library passes two texts with their lengths, and the callback registered.
    let (a, b, f) = unsafe {
        let text = |p: *const c_void, n: c_int| if n == 0 { &[][..] } else { std::slice::from_raw_parts(p.cast::<u8>(), n as usize) };
        (text(a, n), text(b, m), (*p.cast::<Callback>()).0.clone())
    };
    let order = guarded(vm, &f, |vm| {
        let text = |t: &[u8]| vm.str(&String::from_utf8_lossy(t));
        let r = vm.call(f.r(), &[text(a).r(), text(b).r()])?;
        let r = krait_object::convert::c_long(vm, r.r())?;
        Ok(r.signum() as c_int)
    });
    order.unwrap_or(0)
}

unsafe extern "C" fn call_authorizer(
    p: *mut c_void,
    action: c_int,
    a: *const c_char,
    b: *const c_char,
    c: *const c_char,
    d: *const c_char,
) -> c_int {
    let Some(vm) = current_vm() else { return ffi::SQLITE_DENY };
    // SAFETY: the callback registered, which the connection keeps.
    let f = unsafe { (*p.cast::<Callback>()).0.clone() };
    let answer = guarded(vm, &f, |vm| {
        let text = |p: *const c_char| if p.is_null() { Obj::none() } else { vm.str(&errors::text(p)) };
        let r = vm.call(f.r(), &[Obj::small(action.into()).r(), text(a).r(), text(b).r(), text(c).r(), text(d).r()])?;
        match r.r().as_int(vm) {
            Some(_) => krait_object::convert::c_int(vm, r.r()),
            None => Ok(ffi::SQLITE_DENY),
        }
    });
    answer.unwrap_or(ffi::SQLITE_DENY)
}

unsafe extern "C" fn call_progress(p: *mut c_void) -> c_int {
    let Some(vm) = current_vm() else { return 1 };
    // SAFETY: the callback registered, which the connection keeps.
    let f = unsafe { (*p.cast::<Callback>()).0.clone() };
    let stop = guarded(vm, &f, |vm| {
        let r = vm.call0(f.r())?;
        Ok(c_int::from(vm.is_true(r.r())?))
    });
    stop.unwrap_or(1)
}

unsafe extern "C" fn call_trace(_: u32, p: *mut c_void, statement: *mut c_void, sql: *mut c_void) -> c_int {
    let Some(vm) = current_vm() else { return 0 };
    // SAFETY: the callback registered; the statement runs; the expanded text is freed here.
    let (f, text) = unsafe {
        let expanded = ffi::sqlite3_expanded_sql(statement.cast());
        let text = if expanded.is_null() { errors::text(sql.cast()) } else { errors::text(expanded) };
        ffi::sqlite3_free(expanded.cast());
        ((*p.cast::<Callback>()).0.clone(), text)
    };
    let _ = guarded(vm, &f, |vm| vm.call1(f.r(), vm.str(&text).r()));
    0
}

/// What a Python class or function is registered as.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Role {
    Function,
    Aggregate,
    Window,
}

/// Registers a function; None removes it.
pub fn register(vm: &Vm, c: &PyConnection, name: &str, narg: i32, f: Ref<'_>, role: Role, deterministic: bool) -> PyResult<()> {
    let db = c.check(vm)?;
    // SAFETY: the database is open.
    let most = unsafe { ffi::sqlite3_limit(db, ffi::SQLITE_LIMIT_FUNCTION_ARG, -1) };
    if !(-1..=most).contains(&narg) {
        let param = match role {
            Role::Function => "narg",
            Role::Aggregate => "n_arg",
            Role::Window => "num_params",
        };
        let msg = format!("'{param}' must be between -1 and {most}, not {narg}");
        return Err(errors::raise(vm, errors::Kind::Programming, &msg));
    }
    let what = if role == Role::Function { "Error creating function" } else { "Error creating aggregate" };
    let failed = || errors::raise(vm, errors::Kind::Operational, what);
    let Ok(name) = CString::new(name) else { return Err(vm.value_error("embedded null character")) };
    let flags = ffi::SQLITE_UTF8 | if deterministic { ffi::SQLITE_DETERMINISTIC } else { 0 };
    let data = if f.is_none() { std::ptr::null_mut() } else { Box::into_raw(Box::new(Callback(f.to_obj()))).cast::<c_void>() };
    let on = !f.is_none();
    c.calls_python.set(c.calls_python.get() || on);
    // SAFETY: the database is open; the library owns the user data from here on, even on failure.
    let rc = unsafe {
        if role == Role::Window {
            ffi::sqlite3_create_window_function(
                db,
                name.as_ptr(),
                narg,
                flags,
                data,
                on.then_some(call_step as _),
                on.then_some(call_finalize as _),
                on.then_some(call_value as _),
                on.then_some(call_inverse as _),
                on.then_some(free_callback as _),
            )
        } else {
            let plain = on && role == Role::Function;
            let steps = on && role == Role::Aggregate;
            ffi::sqlite3_create_function_v2(
                db,
                name.as_ptr(),
                narg,
                flags,
                data,
                plain.then_some(call_function as _),
                steps.then_some(call_step as _),
                steps.then_some(call_finalize as _),
                on.then_some(free_callback as _),
            )
        }
    };
    match (rc, role) {
        (ffi::SQLITE_OK, _) => Ok(()),
        (_, Role::Window) => Err(errors::from_db(vm, db)),
        _ => Err(failed()),
    }
}

/// Registers a collation; None removes it.
pub fn register_collation(vm: &Vm, c: &PyConnection, name: &str, f: Ref<'_>) -> PyResult<()> {
    let db = c.check(vm)?;
    let Ok(name) = CString::new(name) else { return Err(vm.value_error("embedded null character")) };
    if !f.is_none() && !vm.is_callable(f) {
        return Err(vm.type_error("parameter must be callable"));
    }
    c.calls_python.set(c.calls_python.get() || !f.is_none());
    let data = if f.is_none() { std::ptr::null_mut() } else { Box::into_raw(Box::new(Callback(f.to_obj()))) };
    let compare = (!f.is_none()).then_some(call_collation as _);
    // SAFETY: the database is open and takes over the data, unless it fails.
    let rc = unsafe {
        ffi::sqlite3_create_collation_v2(
            db,
            name.as_ptr(),
            ffi::SQLITE_UTF8,
            data.cast(),
            compare,
            (!f.is_none()).then_some(free_callback as _),
        )
    };
    if rc == ffi::SQLITE_OK {
        return Ok(());
    }
    if !data.is_null() {
        // SAFETY: a failed registration leaves the data to us.
        unsafe { drop(Box::from_raw(data)) };
    }
    Err(errors::from_db(vm, db))
}

/// Which hook of a connection.
#[derive(Copy, Clone)]
pub enum Hook {
    Authorizer = 0,
    /// With the number of instructions between calls.
    Progress = 1,
    Trace = 2,
}

/// A capsule keeps the callback as long as the connection refers to it.
fn capsule(vm: &Vm, f: Ref<'_>) -> (Obj, *mut c_void) {
    let p = Box::into_raw(Box::new(Callback(f.to_obj())));
    fn free(p: *mut ()) {
        // SAFETY: the pointer comes from the box above and is freed once.
        unsafe { drop(Box::from_raw(p.cast::<Callback>())) };
    }
    (krait_types::capsule::PyCapsule::new(vm, None, p.cast(), Some(free)).into_obj(), p.cast())
}

/// Sets a hook; None removes it.
pub fn set_hook(vm: &Vm, c: &PyConnection, hook: Hook, f: Ref<'_>, every: i32) -> PyResult<()> {
    let db = c.check(vm)?;
    let (keep, p) = if f.is_none() { (Obj::none(), std::ptr::null_mut()) } else { capsule(vm, f) };
    let on = !f.is_none();
    c.calls_python.set(c.calls_python.get() || on);
    // SAFETY: the database is open; the connection keeps the callback until it is replaced.
    let rc = unsafe {
        match hook {
            Hook::Authorizer => ffi::sqlite3_set_authorizer(db, on.then_some(call_authorizer as _), p),
            Hook::Progress => {
                ffi::sqlite3_progress_handler(db, every, on.then_some(call_progress as _), p);
                ffi::SQLITE_OK
            }
            Hook::Trace => ffi::sqlite3_trace_v2(db, if on { ffi::SQLITE_TRACE_STMT } else { 0 }, on.then_some(call_trace as _), p),
        }
    };
    drop(c.hooks[hook as usize].replace(Some(keep)));
    if rc == ffi::SQLITE_OK { Ok(()) } else { Err(errors::from_db(vm, db)) }
}
