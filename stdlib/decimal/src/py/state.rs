//! What the module keeps for its interpreter: exception classes, imported classes, the templates
//! of contexts, the context variable.

use std::cell::OnceCell;

use krait_object::prelude::*;
use krait_stdlib_core::contextvars::PyContextVar;

use super::context::PyDecContext;
use super::decimal::PyDecimal;
use super::signals::PySignalMixin;
use crate::num::context::*;

/// An exception class and the conditions it stands for.
pub struct Signal {
    pub class: Obj,
    pub status: Status,
}

/// The state.
pub struct State {
    pub base: Obj,
    /// The nine signals, in the order of `SignalDict`.
    pub signals: Vec<Signal>,
    /// What `InvalidOperation` covers.
    pub conditions: Vec<Signal>,
    pub tuple: Obj,
    pub signal_dict: Obj,
    /// `numbers.Rational`.
    pub rational: Obj,
    /// Names of rounding modes, in the order of [`ROUNDINGS`].
    pub roundings: Vec<&'static PyStr>,
    pub default: Py<PyDecContext>,
    pub basic: Py<PyDecContext>,
    pub extended: Py<PyDecContext>,
    pub variable: Py<PyContextVar>,
}

#[derive(Default)]
struct Cell(OnceCell<State>);

/// The state; the module has been initialised.
pub fn state(vm: &Vm) -> PyResult<&'static State> {
    let cell = &vm.interp.state::<Cell>().0;
    if let Some(s) = cell.get() {
        return Ok(s);
    }
    let s = State::new(vm)?;
    Ok(cell.get_or_init(|| s))
}

/// Signals in the order of `SignalDict`.
const SIGNALS: [(&str, Status); 9] = [
    ("InvalidOperation", ANY_INVALID),
    ("FloatOperation", FLOAT_OPERATION),
    ("DivisionByZero", DIVISION_BY_ZERO),
    ("Overflow", OVERFLOW),
    ("Underflow", UNDERFLOW),
    ("Subnormal", SUBNORMAL),
    ("Inexact", INEXACT),
    ("Rounded", ROUNDED),
    ("Clamped", CLAMPED),
];

const CONDITIONS: [(&str, Status); 4] = [
    ("DivisionImpossible", DIVISION_IMPOSSIBLE),
    ("DivisionUndefined", DIVISION_UNDEFINED),
    ("ConversionSyntax", CONVERSION_SYNTAX),
    ("InvalidContext", INVALID_CONTEXT),
];

fn new_class(vm: &Vm, name: &str, bases: Vec<Obj>) -> PyResult<Obj> {
    let dict = PyDict::new(vm);
    dict.set_item_str(vm, "__module__", vm.str("decimal"))?;
    vm.call(vm.types.r#type.r(), &[vm.str(name).r(), vm.tuple(bases).r(), dict.r()])
}

/// The signals' classes. Overflow and Underflow derive from other signals.
fn signal_classes(vm: &Vm, base: &Obj) -> PyResult<Vec<Signal>> {
    let mut made: Vec<(&str, Obj)> = Vec::new();
    for (name, _) in SIGNALS.iter().rev() {
        let found = |n: &str| made.iter().find(|(m, _)| *m == n).map_or_else(|| base.clone(), |(_, c)| c.clone());
        let bases = match *name {
            "FloatOperation" => vec![base.clone(), vm.types.type_error.to_obj()],
            "DivisionByZero" => vec![base.clone(), vm.types.zero_division_error.to_obj()],
            "Overflow" => vec![found("Inexact"), found("Rounded")],
            "Underflow" => vec![found("Inexact"), found("Rounded"), found("Subnormal")],
            _ => vec![base.clone()],
        };
        made.push((name, new_class(vm, name, bases)?));
    }
    made.reverse();
    Ok(made.into_iter().zip(SIGNALS).map(|((_, class), (_, status))| Signal { class, status }).collect())
}

impl State {
    fn new(vm: &Vm) -> PyResult<State> {
        let import = |module: &str, name: &str| -> PyResult<Obj> {
            let m = (vm.interp.hooks().import)(vm, module)?;
            vm.getattr_str(m.r(), name)
        };
        let base = new_class(vm, "DecimalException", vec![vm.types.arithmetic_error.to_obj()])?;
        let signals = signal_classes(vm, &base)?;
        let invalid = signals[0].class.clone();
        let mut conditions = vec![Signal { class: invalid.clone(), status: INVALID_OPERATION }];
        for (name, status) in CONDITIONS {
            let bases = match name {
                "DivisionUndefined" => vec![invalid.clone(), vm.types.zero_division_error.to_obj()],
                _ => vec![invalid.clone()],
            };
            conditions.push(Signal { class: new_class(vm, name, bases)?, status });
        }
        let namedtuple = import("collections", "namedtuple")?;
        let tuple = vm.call_kw(
            namedtuple.r(),
            &[vm.str("DecimalTuple").r(), vm.str("sign digits exponent").r()],
            &[("module", vm.str("decimal").r())],
        )?;
        let mapping = import("collections.abc", "MutableMapping")?;
        let bases = vm.tuple(vec![PySignalMixin::type_of(vm).to_obj(), mapping]);
        let signal_dict = vm.call(vm.types.r#type.r(), &[vm.str("SignalDict").r(), bases.r(), PyDict::new(vm).r()])?;
        let traps = ANY_INVALID | DIVISION_BY_ZERO | OVERFLOW;
        let normal = Ctx { prec: 28, emax: 999_999, emin: -999_999, round: Round::HalfEven, clamp: false };
        let basic = Ctx { prec: 9, round: Round::HalfUp, ..normal };
        Ok(State {
            base,
            signals,
            conditions,
            tuple,
            signal_dict,
            rational: import("numbers", "Rational")?,
            roundings: ROUNDINGS.iter().map(|(_, name)| vm.intern_static(name)).collect(),
            default: PyDecContext::create(vm, normal, traps),
            basic: PyDecContext::create(vm, basic, traps | UNDERFLOW | CLAMPED),
            extended: PyDecContext::create(vm, Ctx { prec: 9, ..normal }, 0),
            variable: PyContextVar::create(vm, vm.intern("decimal_context"), None),
        })
    }
    /// The conditions of a signal's class.
    pub fn status_of(&self, class: Ref<'_>) -> Option<Status> {
        self.signals.iter().find(|s| s.class.r().ptr_eq(class)).map(|s| s.status)
    }
}

/// Adds what the module's declaration does not say.
pub fn fill_module(vm: &Vm, module: &PyModule) -> PyResult<()> {
    let s = state(vm)?;
    module.add(vm, "DecimalException", s.base.clone())?;
    for ((name, _), signal) in SIGNALS.iter().zip(&s.signals) {
        module.add(vm, name, signal.class.clone())?;
    }
    for ((name, _), condition) in CONDITIONS.iter().zip(&s.conditions[1..]) {
        module.add(vm, name, condition.class.clone())?;
    }
    for name in &s.roundings {
        module.add(vm, &name.to_string_lossy(), name.to_obj())?;
    }
    module.add(vm, "DecimalTuple", s.tuple.clone())?;
    module.add(vm, "DefaultContext", s.default.to_obj())?;
    module.add(vm, "BasicContext", s.basic.to_obj())?;
    module.add(vm, "ExtendedContext", s.extended.to_obj())?;
    let numbers = (vm.interp.hooks().import)(vm, "numbers")?;
    let number = vm.getattr_str(numbers.r(), "Number")?;
    vm.call_method_str(number.r(), "register", &[PyDecimal::type_of(vm).r()])?;
    Ok(())
}
