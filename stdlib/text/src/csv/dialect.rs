//! Dialects: how fields are separated and quoted.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::module::{csv_error, registry};
use crate::util::{make, no_header};

/// When to quote.
pub const QUOTE_MINIMAL: i64 = 0;
pub const QUOTE_ALL: i64 = 1;
pub const QUOTE_NONNUMERIC: i64 = 2;
pub const QUOTE_NONE: i64 = 3;
pub const QUOTE_STRINGS: i64 = 4;
pub const QUOTE_NOTNULL: i64 = 5;

/// A checked dialect.
#[repr(C)]
#[derive(Trace)]
pub struct PyDialect {
    header: Header,
    #[trace(skip)]
    pub delimiter: u32,
    #[trace(skip)]
    pub quotechar: Option<u32>,
    #[trace(skip)]
    pub escapechar: Option<u32>,
    #[trace(skip)]
    pub doublequote: bool,
    #[trace(skip)]
    pub skipinitialspace: bool,
    #[trace(skip)]
    pub strict: bool,
    #[trace(skip)]
    pub quoting: i64,
    pub lineterminator: Py<PyStr>,
}

/// The parameters of a dialect, as given.
#[derive(Default)]
pub struct Given<'a> {
    pub dialect: Option<Ref<'a>>,
    /// `delimiter, doublequote, escapechar, lineterminator, quotechar, quoting, skipinitialspace, strict`.
    pub values: [Option<Ref<'a>>; 8],
}

const NAMES: [&str; 8] = ["delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict"];

impl<'a> Given<'a> {
    /// The keyword arguments of a call.
    pub fn from_args(vm: &Vm, args: &Args<'a>, dialect: Option<Ref<'a>>) -> PyResult<Given<'a>> {
        let mut g = Given { dialect, ..Given::default() };
        for (name, value) in args.kwargs() {
            match NAMES.iter().position(|n| name.eq_str(n)) {
                Some(i) => g.values[i] = Some(value),
                None if name.eq_str("dialect") && g.dialect.is_none() => g.dialect = Some(value),
                None => {
                    let text = name.to_string_lossy();
                    return Err(vm.type_error(format!("this function got an unexpected keyword argument '{text}'")));
                }
            }
        }
        Ok(g)
    }
}

fn flag(vm: &Vm, v: &Option<Obj>, default: bool) -> PyResult<bool> {
    v.as_ref().map_or(Ok(default), |v| vm.is_true(v.r()))
}

fn character(vm: &Vm, name: &str, v: &Option<Obj>, default: Option<u32>, none_ok: bool) -> PyResult<Option<u32>> {
    let Some(v) = v else { return Ok(default) };
    let what = if none_ok { "a unicode character or None" } else { "a unicode character" };
    if none_ok && v.r().is_none() {
        return Ok(None);
    }
    let Some(s) = v.r().downcast::<PyStr>(vm) else {
        return Err(vm.type_error(format!("\"{name}\" must be {what}, not {}", v.r().ty(vm).tp_name())));
    };
    if s.len() != 1 {
        return Err(vm.type_error(format!("\"{name}\" must be {what}, not a string of length {}", s.len())));
    }
    Ok(Some(s.char_at(0)))
}

impl PyDialect {
    /// A dialect from an object, a registered name or nothing, with overriding parameters.
    pub fn build(vm: &Vm, given: &Given<'_>) -> PyResult<Py<PyDialect>> {
        let mut base = given.dialect.filter(|d| !d.is_none()).map(Ref::to_obj);
        if let Some(name) = base.clone().filter(|d| d.r().is_instance_of::<PyStr>(vm)) {
            base = Some(lookup(vm, name.r())?);
        }
        if let Some(b) = &base
            && let Some(d) = b.r().downcast::<PyDialect>(vm)
            && given.values.iter().all(Option::is_none)
        {
            return Ok(d.to_py());
        }
        let mut v: [Option<Obj>; 8] = Default::default();
        for (i, name) in NAMES.iter().enumerate() {
            v[i] = match (given.values[i], &base) {
                (Some(x), _) => Some(x.to_obj()),
                (None, Some(b)) => vm.getattr_opt(b.r(), &vm.intern(name))?,
                _ => None,
            };
        }
        Self::checked(vm, &v)
    }
    fn checked(vm: &Vm, v: &[Option<Obj>; 8]) -> PyResult<Py<PyDialect>> {
        let delimiter = character(vm, "delimiter", &v[0], Some(0x2c), false)?;
        let doublequote = flag(vm, &v[1], true)?;
        let escapechar = character(vm, "escapechar", &v[2], None, true)?;
        let lineterminator = match &v[3] {
            None => PyStr::from_ascii(vm, "\r\n"),
            Some(t) => match t.r().downcast::<PyStr>(vm) {
                Some(s) => s.to_py(),
                None => {
                    let got = t.r().ty(vm).tp_name();
                    return Err(vm.type_error(format!("\"lineterminator\" must be a string, not {got}")));
                }
            },
        };
        let quotechar = character(vm, "quotechar", &v[4], Some(0x22), true)?;
        let mut quoting = match &v[5] {
            None => QUOTE_MINIMAL,
            Some(q) => {
                if !q.r().is_exact_int(vm) {
                    let got = q.r().ty(vm).tp_name();
                    return Err(vm.type_error(format!("\"quoting\" must be an integer, not {got}")));
                }
                q.r().as_int(vm).and_then(IntRef::to_i64).unwrap_or(-1)
            }
        };
        let skipinitialspace = flag(vm, &v[6], false)?;
        let strict = flag(vm, &v[7], false)?;
        if !(QUOTE_MINIMAL..=QUOTE_NOTNULL).contains(&quoting) {
            return Err(vm.type_error("bad \"quoting\" value"));
        }
        if v[4].as_ref().is_some_and(|q| q.r().is_none()) && v[5].is_none() {
            quoting = QUOTE_NONE;
        }
        if quoting != QUOTE_NONE && quotechar.is_none() {
            return Err(vm.type_error("quotechar must be set if quoting enabled"));
        }
        let Some(delimiter) = delimiter else { return Err(vm.type_error("\"delimiter\" must be a unicode character")) };
        let mut seen: Vec<(&str, u32)> = Vec::new();
        for (name, c) in [("delimiter", Some(delimiter)), ("escapechar", escapechar), ("quotechar", quotechar)] {
            let Some(c) = c else { continue };
            let space_ok = name == "delimiter" || !skipinitialspace;
            if c == 10 || c == 13 || (c == 0x20 && !space_ok) {
                return Err(vm.value_error(format!("bad {name} value")));
            }
            if lineterminator.chars().any(|t| t == c) {
                return Err(vm.value_error(format!("bad {name} or lineterminator value")));
            }
            if let Some((other, _)) = seen.iter().find(|(_, o)| *o == c) {
                return Err(vm.value_error(format!("bad {other} or {name} value")));
            }
            seen.push((name, c));
        }
        let d = PyDialect {
            header: no_header(),
            delimiter,
            quotechar,
            escapechar,
            doublequote,
            skipinitialspace,
            strict,
            quoting,
            lineterminator,
        };
        Ok(make(vm, d))
    }
}

/// The dialect registered under a name.
pub fn lookup(vm: &Vm, name: Ref<'_>) -> PyResult<Obj> {
    match registry(vm).get(vm, name)? {
        Some(d) => Ok(d),
        None => Err(csv_error(vm, "unknown dialect")),
    }
}

fn char_obj(vm: &Vm, c: Option<u32>) -> Option<Obj> {
    c.map(|c| PyStr::from_char(vm, c).into_obj())
}

/// CSV dialect
///
/// The Dialect type records CSV dialect options.
#[pyclass(layout = PyDialect, name = "Dialect", module = "_csv", own)]
pub mod dialect {
    use super::*;

    #[pynew(
        "Dialect(dialect=None, delimiter=',', doublequote=True, escapechar=None, lineterminator='\\r\\n', quotechar='\"', quoting=0, skipinitialspace=False, strict=False)",
        raw
    )]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let mut given = Given::from_args(vm, &args, args.pos().first().copied())?;
        for (i, v) in args.pos().iter().skip(1).enumerate() {
            if let Some(slot) = given.values.get_mut(i) {
                *slot = Some(*v);
            }
        }
        Ok(PyDialect::build(vm, &given)?.into_obj())
    }
    #[pymethod("__reduce__(self, /)")]
    fn __reduce__(vm: &Vm, zelf: &PyDialect) -> PyResult<Obj> {
        Err(vm.type_error(format!("cannot pickle '{}' instances", zelf.r().ty(vm).tp_name())))
    }
    #[pymethod("__reduce_ex__(self, protocol, /)")]
    fn __reduce_ex__(vm: &Vm, zelf: &PyDialect, _protocol: Ref<'_>) -> PyResult<Obj> {
        __reduce__(vm, zelf)
    }
    #[getter("delimiter")]
    fn get_delimiter(vm: &Vm, zelf: &PyDialect) -> Option<Obj> {
        char_obj(vm, Some(zelf.delimiter))
    }
    #[getter("escapechar")]
    fn get_escapechar(vm: &Vm, zelf: &PyDialect) -> Option<Obj> {
        char_obj(vm, zelf.escapechar)
    }
    #[getter("quotechar")]
    fn get_quotechar(vm: &Vm, zelf: &PyDialect) -> Option<Obj> {
        char_obj(vm, zelf.quotechar)
    }
    #[getter("lineterminator")]
    fn get_lineterminator(zelf: &PyDialect) -> Obj {
        zelf.lineterminator.r().to_obj()
    }
    #[getter("quoting")]
    fn get_quoting(zelf: &PyDialect) -> i64 {
        zelf.quoting
    }
    #[member("doublequote")]
    fn get_doublequote(zelf: &PyDialect) -> bool {
        zelf.doublequote
    }
    #[member("skipinitialspace")]
    fn get_skipinitialspace(zelf: &PyDialect) -> bool {
        zelf.skipinitialspace
    }
    #[member("strict")]
    fn get_strict(zelf: &PyDialect) -> bool {
        zelf.strict
    }
}
