//! The module's functions and its registry of dialects.

use std::cell::Cell;

use krait_macros::pymodule;
use krait_object::prelude::*;

use super::dialect::{self as d, Given, PyDialect, lookup};
use super::reader::PyReader;
use super::writer::PyWriter;

/// What the module keeps.
pub struct State {
    error: Cell<Option<Obj>>,
    dialects: Cell<Option<Py<PyDict>>>,
    pub limit: Cell<i64>,
}

impl Default for State {
    fn default() -> State {
        State { error: Cell::new(None), dialects: Cell::new(None), limit: Cell::new(128 * 1024) }
    }
}

fn peek<T: Clone>(cell: &Cell<Option<T>>) -> Option<T> {
    let v = cell.take();
    cell.set(v.clone());
    v
}

/// Registered dialects by name.
pub fn registry(vm: &Vm) -> Py<PyDict> {
    let state = vm.interp.state::<State>();
    match peek(&state.dialects) {
        Some(d) => d,
        None => {
            let d = vm.dict();
            state.dialects.set(Some(d.clone()));
            d
        }
    }
}

/// Raises `_csv.Error`.
#[cold]
pub fn csv_error(vm: &Vm, msg: &str) -> Raised {
    match peek(&vm.interp.state::<State>().error).as_ref().and_then(|c| c.r().downcast::<PyType>(vm)) {
        Some(ty) => vm.raise_msg(ty, msg),
        None => vm.value_error(msg),
    }
}

/// CSV parsing and writing.
#[pymodule(name = "_csv")]
pub mod csv_module {
    #[pyclass_ref]
    use super::super::{dialect::dialect, reader::reader, writer::writer};
    use super::*;

    #[pyattr]
    const QUOTE_MINIMAL: i64 = d::QUOTE_MINIMAL;
    #[pyattr]
    const QUOTE_ALL: i64 = d::QUOTE_ALL;
    #[pyattr]
    const QUOTE_NONNUMERIC: i64 = d::QUOTE_NONNUMERIC;
    #[pyattr]
    const QUOTE_NONE: i64 = d::QUOTE_NONE;
    #[pyattr]
    const QUOTE_STRINGS: i64 = d::QUOTE_STRINGS;
    #[pyattr]
    const QUOTE_NOTNULL: i64 = d::QUOTE_NOTNULL;
    #[pyattr(name = "__version__")]
    const VERSION: &str = "1.0";

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let dict = vm.dict();
        dict.set_item_str(vm, "__module__", vm.str("_csv"))?;
        let bases = vm.tuple(vec![vm.types.exception.to_obj()]);
        let error = vm.call(vm.types.r#type.r(), &[vm.str("Error").r(), bases.r(), dict.r()])?;
        vm.interp.state::<State>().error.set(Some(error.clone()));
        module.add(vm, "Error", error)?;
        module.add(vm, "_dialects", registry(vm))
    }
    /// Return a reader object that will process lines from the given iterable.
    #[pyfunction("reader(iterable, /, dialect='excel', **fmtparams)", raw, nosig)]
    fn reader(vm: &Vm, args: Args<'_>) -> PyResult<Py<PyReader>> {
        let (input, given) = stream(vm, "reader", &args)?;
        PyReader::create(vm, vm.iter(input)?, PyDialect::build(vm, &given)?)
    }
    /// Return a writer object that will write user data on the given file object.
    #[pyfunction("writer(fileobj, /, dialect='excel', **fmtparams)", raw, nosig)]
    fn writer(vm: &Vm, args: Args<'_>) -> PyResult<Py<PyWriter>> {
        let (output, given) = stream(vm, "writer", &args)?;
        let dialect = PyDialect::build(vm, &given)?;
        let write = vm.getattr_opt(output, vm.names().write)?;
        match write.filter(|w| vm.is_callable(w.r())) {
            Some(w) => PyWriter::create(vm, w, dialect),
            None => Err(vm.type_error("argument 1 must have a \"write\" method")),
        }
    }
    /// Create a mapping from a string name to a dialect class.
    #[pyfunction("register_dialect(name, dialect=None, /, **fmtparams)", raw, nosig)]
    fn register_dialect(vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let (name, given) = stream(vm, "register_dialect", &args)?;
        if !name.is_instance_of::<PyStr>(vm) {
            return Err(vm.type_error("dialect name must be a string"));
        }
        let dialect = PyDialect::build(vm, &given)?;
        registry(vm).set(vm, name, dialect.r())
    }
    /// Delete the name/dialect mapping associated with a string name.
    #[pyfunction("unregister_dialect(name)")]
    fn unregister_dialect(vm: &Vm, name: Ref<'_>) -> PyResult<()> {
        match registry(vm).remove(vm, name)? {
            Some(_) => Ok(()),
            None => Err(csv_error(vm, "unknown dialect")),
        }
    }
    /// Return the dialect instance associated with name.
    #[pyfunction("get_dialect(name)")]
    fn get_dialect(vm: &Vm, name: Ref<'_>) -> PyResult<Obj> {
        lookup(vm, name)
    }
    /// Return a list of all known dialect names.
    #[pyfunction("list_dialects()")]
    fn list_dialects(vm: &Vm) -> PyResult<Obj> {
        Ok(vm.to_list(registry(vm).r())?.into_obj())
    }
    /// Sets an upper limit on parsed fields.
    ///
    /// Returns old limit. If limit is not given, no new limit is set and
    /// the old limit is returned
    #[pyfunction("field_size_limit(new_limit=<unrepresentable>)")]
    fn field_size_limit(vm: &Vm, new_limit: OptArg<Ref<'_>>) -> PyResult<i64> {
        let state = vm.interp.state::<State>();
        let old = state.limit.get();
        if let Some(n) = new_limit.given() {
            if n.as_int(vm).is_none() {
                return Err(vm.type_error("limit must be an integer"));
            }
            state.limit.set(c_long(vm, n)?);
        }
        Ok(old)
    }
}

/// The first argument, and the dialect the others describe.
fn stream<'a>(vm: &Vm, name: &str, args: &Args<'a>) -> PyResult<(Ref<'a>, Given<'a>)> {
    let n = args.npos();
    if n == 0 || n > 2 {
        let (word, bound) = if n == 0 { ("least", 1) } else { ("most", 2) };
        let s = if bound == 1 { "" } else { "s" };
        return Err(vm.type_error(format!("{name} expected at {word} {bound} argument{s}, got {n}")));
    }
    let given = Given::from_args(vm, args, args.pos().get(1).copied())?;
    Ok((args.pos()[0], given))
}
