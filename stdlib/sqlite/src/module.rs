//! The module's functions.

use std::cell::Cell;
use std::ffi::CString;

use krait_macros::pymodule;
use krait_object::prelude::*;
use libsqlite3_sys as ffi;

use crate::connection::PyConnection;
use crate::{adapt, consts, errors};

#[derive(Default)]
struct Tracebacks(Cell<bool>);

/// Are errors of callbacks to be shown?
pub fn tracebacks_enabled(vm: &Vm) -> bool {
    vm.interp.state::<Tracebacks>().0.get()
}

#[pymodule(name = "_sqlite3")]
pub mod sqlite3_module {
    #[pyclass_ref]
    use super::super::{adapt::prepare_protocol, blob::blob_class, connection_class::connection_class, cursor::cursor, row::row};
    use super::*;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        errors::add(vm, module)?;
        for (name, value) in consts::ERRORS.iter().chain(consts::OTHERS) {
            module.add(vm, name, Obj::small((*value).into()))?;
        }
        // SAFETY: the version is a static text.
        let version = errors::text(unsafe { ffi::sqlite3_libversion() });
        module.add(vm, "sqlite_version", vm.str(&version))?;
        module.add(vm, "adapters", adapt::adapters(vm))?;
        module.add(vm, "converters", adapt::converters(vm))
    }
    /// Open a connection to the SQLite database file 'database'.
    ///
    /// You can use ":memory:" to open a database connection to a database that
    /// resides in RAM instead of on disk.
    #[pyfunction(
        "connect(database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, factory=ConnectionType, cached_statements=128, uri=False, *, autocommit=sqlite3.LEGACY_TRANSACTION_CONTROL)",
        raw
    )]
    fn connect(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        if (2..=8).contains(&args.npos()) {
            let msg = "Passing more than 1 positional argument to sqlite3.connect() is deprecated. Parameters 'timeout', \
                       'detect_types', 'isolation_level', 'check_same_thread', 'factory', 'cached_statements' and 'uri' will \
                       become keyword-only parameters in Python 3.15.";
            vm.warn(vm.types.deprecation_warning, msg, 1)?;
        }
        let factory = args.kw(vm, "factory").or_else(|| args.pos().get(5).copied());
        let factory = factory.map_or_else(|| vm.type_obj::<PyConnection>(), Ref::to_obj);
        vm.call_args(factory.r(), args)
    }
    /// Checks if a string contains a complete SQL statement.
    #[pyfunction("complete_statement(statement)")]
    fn complete_statement(vm: &Vm, statement: &str) -> PyResult<bool> {
        let Ok(text) = CString::new(statement) else { return Err(vm.value_error("embedded null character")) };
        // SAFETY: the text lives through the call.
        Ok(unsafe { ffi::sqlite3_complete(text.as_ptr()) } != 0)
    }
    /// Register a function to adapt Python objects to SQLite values.
    #[pyfunction("register_adapter(type, adapter, /)")]
    fn register_adapter(vm: &Vm, r#type: &PyType, adapter: Ref<'_>) -> PyResult<()> {
        adapt::register(vm, r#type.r(), adapter)
    }
    /// Register a function to convert SQLite values to Python objects.
    #[pyfunction("register_converter(typename, converter, /)")]
    fn register_converter(vm: &Vm, typename: &PyStr, converter: Ref<'_>) -> PyResult<()> {
        let name = typename.to_utf8(vm)?.to_uppercase();
        vm.setitem(adapt::converters(vm).r(), vm.str(&name).r(), converter)
    }
    /// Enable or disable callback functions throwing errors to stderr.
    #[pyfunction("enable_callback_tracebacks(enable, /)")]
    fn enable_callback_tracebacks(vm: &Vm, enable: bool) {
        vm.interp.state::<Tracebacks>().0.set(enable);
    }
    /// Adapt given object to given protocol.
    #[pyfunction("adapt(obj, proto=<unrepresentable>, alt=<unrepresentable>, /)", name = "adapt")]
    fn adapt_function(vm: &Vm, obj: Ref<'_>, proto: OptArg<Ref<'_>>, alt: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let default = vm.type_obj::<adapt::PyPrepareProtocol>();
        crate::adapt::adapt(vm, obj, proto.given().unwrap_or(default.r()), alt.given())
    }
}
