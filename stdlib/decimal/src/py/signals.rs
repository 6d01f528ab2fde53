//! Raising signals, and the dicts through which flags and traps are seen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, no_header};

use super::state::{State, state};
use crate::num::context::{ANY_INVALID, MALLOC_ERROR, Status};

/// Flags or traps, shared by a context and its signal dict.
pub type Flags = Rc<Cell<Status>>;

/// Raises what a status word calls for. The first signal is raised; its argument lists all.
#[cold]
#[inline(never)]
pub fn raise(vm: &Vm, status: Status) -> Raised {
    if status & MALLOC_ERROR != 0 {
        return vm.memory_error();
    }
    let s = match state(vm) {
        Ok(s) => s,
        Err(e) => return e,
    };
    let hit = |status: Status| move |x: &&super::state::Signal| x.status & status != 0;
    let mut list: Vec<Obj> = s.conditions.iter().filter(hit(status)).map(|x| x.class.clone()).collect();
    list.extend(s.signals[1..].iter().filter(hit(status)).map(|x| x.class.clone()));
    let list = PyList::new(vm, list).into_obj();
    match s.signals.iter().find(hit(status)).and_then(|x| x.class.r().downcast::<PyType>(vm)) {
        Some(class) => vm.raise_with(class, vec![list]),
        None => vm.runtime_error("internal error in flags_as_exception"),
    }
}

const INVALID_SIGNALS: &str = "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]";

fn unknown_signal(vm: &Vm) -> Raised {
    vm.raise_with(vm.types.key_error, vec![vm.str(INVALID_SIGNALS)])
}

fn invalid_dict(vm: &Vm) -> Raised {
    vm.raise_with(vm.types.key_error, vec![vm.str("invalid signal dict")])
}

/// The conditions of a key of a signal dict.
fn key_status(vm: &Vm, key: Ref<'_>) -> PyResult<Status> {
    match state(vm)?.status_of(key) {
        Some(s) => Ok(s),
        None => Err(unknown_signal(vm)),
    }
}

/// A status word from a list of signals.
fn from_list(vm: &Vm, list: &PyList) -> PyResult<Status> {
    let mut status = 0;
    for item in list.to_vec() {
        status |= key_status(vm, item.r())?;
    }
    Ok(status)
}

/// A status word from a dict with every signal as key. `Ok(None)`: the keys are not the signals.
fn from_dict(vm: &Vm, dict: &PyDict) -> PyResult<Option<Status>> {
    let s = state(vm)?;
    if dict.len() != s.signals.len() {
        return Err(invalid_dict(vm));
    }
    let mut status = 0;
    for (key, value) in dict.items_vec() {
        let Some(bits) = s.status_of(key.r()) else { return Ok(None) };
        if vm.is_true(value.r())? {
            status |= bits;
        }
    }
    Ok(Some(status))
}

/// A status word from a value assigned to `flags` or `traps`. Constructors take lists, too.
pub fn from_object(vm: &Vm, value: Ref<'_>, list_ok: bool) -> PyResult<Status> {
    if let Some(l) = value.downcast::<PyList>(vm).filter(|_| list_ok) {
        return from_list(vm, l);
    }
    if let Some(d) = value.downcast::<PySignalMixin>(vm) {
        return Ok(d.flags(vm)?.get());
    }
    match value.downcast::<PyDict>(vm) {
        Some(d) => match from_dict(vm, d)? {
            Some(s) => Ok(s),
            None => Err(unknown_signal(vm)),
        },
        None => Err(vm.type_error("argument must be a signal dict")),
    }
}

/// The signals of a status word, as a list.
pub fn to_list(vm: &Vm, status: Status) -> PyResult<Obj> {
    let all = &state(vm)?.signals;
    let set = all.iter().filter(|s| s.status & status != 0).map(|s| s.class.clone());
    Ok(PyList::new(vm, set.collect()).into_obj())
}

/// The signals of a status word as a context's `repr` shows them: in the order of the conditions'
/// bits, so that `InvalidOperation` comes where the first of its conditions is.
pub fn names(status: Status) -> String {
    use crate::num::context::*;
    let mut names: Vec<&str> = Vec::new();
    for bit in (0..16).map(|i| 1 << i).filter(|bit| status & bit != 0) {
        let name = match bit {
            CLAMPED => "Clamped",
            DIVISION_BY_ZERO => "DivisionByZero",
            INEXACT => "Inexact",
            FLOAT_OPERATION => "FloatOperation",
            OVERFLOW => "Overflow",
            ROUNDED => "Rounded",
            SUBNORMAL => "Subnormal",
            UNDERFLOW => "Underflow",
            _ => "InvalidOperation",
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    format!("[{}]", names.join(", "))
}

/// A signal dict; `SignalDict` derives from it and from `MutableMapping`.
#[repr(C)]
pub struct PySignalMixin {
    header: Header,
    flags: RefCell<Option<Flags>>,
}

impl PySignalMixin {
    /// The `SignalDict` of some flags.
    pub fn create(vm: &Vm, flags: Flags) -> PyResult<Obj> {
        let class = &state(vm)?.signal_dict;
        let Some(class) = class.r().downcast::<PyType>(vm) else {
            return Err(vm.system_error("SignalDict is not a class"));
        };
        instance(vm, class, PySignalMixin { header: no_header(), flags: RefCell::new(Some(flags)) })
    }
    fn flags(&self, vm: &Vm) -> PyResult<Flags> {
        match &*self.flags.borrow() {
            Some(f) => Ok(f.clone()),
            None => Err(vm.value_error("invalid signal dict")),
        }
    }
    fn entries(&self, vm: &Vm) -> PyResult<Vec<(Obj, bool)>> {
        let status = self.flags(vm)?.get();
        let s: &State = state(vm)?;
        Ok(s.signals.iter().map(|x| (x.class.clone(), x.status & status != 0)).collect())
    }
}

#[pyclass(layout = PySignalMixin, name = "SignalDictMixin", module = "decimal", own, no_gc, flags(BASETYPE), unhashable)]
pub mod signal_mixin {
    use super::*;

    #[pynew("SignalDictMixin()", raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        instance(vm, cls, PySignalMixin { header: no_header(), flags: RefCell::new(None) })
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PySignalMixin) -> PyResult<String> {
        let mut parts = Vec::new();
        for (class, set) in zelf.entries(vm)? {
            parts.push(format!("{}:{}", vm.repr_text(class.r())?, if set { "True" } else { "False" }));
        }
        Ok(format!("{{{}}}", parts.join(", ")))
    }
    #[slot(mp_length)]
    fn len(vm: &Vm, zelf: &PySignalMixin) -> PyResult<usize> {
        zelf.flags(vm)?;
        Ok(state(vm)?.signals.len())
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PySignalMixin) -> PyResult<Obj> {
        let keys: Vec<Obj> = zelf.entries(vm)?.into_iter().map(|(class, _)| class).collect();
        vm.iter(vm.tuple(keys).r())
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PySignalMixin, key: Ref<'_>) -> PyResult<bool> {
        let flags = zelf.flags(vm)?;
        Ok(flags.get() & key_status(vm, key)? != 0)
    }
    #[slot(mp_ass_subscript)]
    fn setitem(vm: &Vm, zelf: &PySignalMixin, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        let flags = zelf.flags(vm)?;
        let Some(value) = value else {
            return Err(vm.value_error("signal keys cannot be deleted"));
        };
        let bits = key_status(vm, key)?;
        let set = vm.is_true(value)?;
        flags.set(if set { flags.get() | bits } else { flags.get() & !bits });
        Ok(())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PySignalMixin, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let mine = zelf.flags(vm)?.get();
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return Ok(vm.not_implemented());
        }
        let theirs = if let Some(d) = other.downcast::<PySignalMixin>(vm) {
            Some(d.flags(vm)?.get())
        } else if let Some(d) = other.downcast::<PyDict>(vm) {
            if d.is_empty() {
                return Err(vm.value_error("invalid signal dict"));
            }
            if d.len() == state(vm)?.signals.len() { from_dict(vm, d)? } else { None }
        } else {
            None
        };
        // Which condition made an operation invalid does not show in a dict.
        let whole = |s: Status| if s & ANY_INVALID != 0 { s | ANY_INVALID } else { s };
        Ok(match theirs {
            Some(t) => Obj::bool((whole(t) == whole(mine)) == (op == CmpOp::Eq)),
            None => vm.not_implemented(),
        })
    }
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PySignalMixin) -> PyResult<Py<PyDict>> {
        let dict = PyDict::new(vm);
        for (class, set) in zelf.entries(vm)? {
            dict.set_owned(vm, class, Obj::bool(set))?;
        }
        Ok(dict)
    }
}
