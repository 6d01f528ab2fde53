//! Generic types: aliases like `list[int]`, unions, type parameters and `type` statements.
//!
//! The parts of `typing` that must be native are here; what is written in Python there
//! (`_typevar_subst` and friends) is called through [`call_typing`].

mod alias;
mod consteval;
mod generic;
mod intrinsics;
mod module;
mod paramspec;
mod repr;
mod subst;
mod typealias;
mod typevar;
mod typevartuple;
mod union;

pub use alias::{PyGenericAlias, new_alias};
pub use generic::no_default;
pub use intrinsics::{
    make_paramspec, make_typealias, make_typevar, make_typevar_with_bound, make_typevar_with_constraints, make_typevartuple,
    set_typeparam_default, subscript_generic,
};
pub use paramspec::PyParamSpec;
pub use repr::type_repr;
pub use typealias::PyTypeAlias;
pub use typevar::PyTypeVar;
pub use typevartuple::PyTypeVarTuple;
pub use union::{type_or, union_of};

use std::cell::Cell;

use krait_object::exception::peek;
use krait_object::instance::alloc_var_instance;
use krait_object::prelude::*;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[
    &alias::generic_alias::DEF,
    &alias::alias_iterator::DEF,
    &union::union::DEF,
    &typevar::typevar::DEF,
    &paramspec::paramspec::DEF,
    &paramspec::paramspec_args::DEF,
    &paramspec::paramspec_kwargs::DEF,
    &typevartuple::typevartuple::DEF,
    &typealias::typealias::DEF,
    &generic::generic::DEF,
    &generic::no_default_type::DEF,
    &consteval::const_evaluator::DEF,
];

/// What is left to do once all types exist.
pub fn finish(vm: &Vm) -> PyResult<()> {
    generic::finish(vm);
    vm.interp.add_native_modules(&[&module::_typing::DEF]);
    Ok(())
}

/// An instance of a native type that may have attributes.
fn alloc<T: Layout>(vm: &Vm, payload: T) -> PyResult<Py<T>> {
    let obj = alloc_var_instance(vm, T::type_of(vm), 0, |p| {
        // SAFETY: a fresh object laid out as `T`; the header already there is kept.
        unsafe {
            let h = std::ptr::read(p);
            (p as *mut T).write(payload);
            p.write(h);
        }
    })?;
    // SAFETY: just made with this layout.
    Ok(unsafe { obj.downcast_unchecked() })
}

/// Calls a function of the `typing` module.
pub fn call_typing(vm: &Vm, name: &str, args: Args<'_>) -> PyResult<Obj> {
    let typing = (vm.interp.hooks().import)(vm, "typing")?;
    let f = vm.getattr_str(typing.r(), name)?;
    vm.call_args(f.r(), args)
}

/// A type argument that is checked by `typing._type_check`; None becomes its type.
fn type_check(vm: &Vm, arg: Ref<'_>, msg: &str) -> PyResult<Obj> {
    if arg.is_none() {
        return Ok(vm.types.none_type.to_obj());
    }
    let msg = vm.str(msg);
    call_typing(vm, "_type_check", Args::positional(&[arg, msg.r()]))
}

/// `__name__` of the module whose code is running, for `__module__`.
fn caller_module(vm: &Vm) -> PyResult<Option<Obj>> {
    match (vm.interp.hooks().current_globals)(vm) {
        Some(g) => g.get_str(vm, vm.names().__name__),
        None => Ok(None),
    }
}

/// Records the caller's module on a type parameter made by a call.
fn set_module(vm: &Vm, o: Ref<'_>) -> PyResult<()> {
    match caller_module(vm)? {
        Some(m) => vm.setattr(o, vm.names().__module__, m.r()),
        None => Ok(()),
    }
}

/// A value that may be computed by an evaluator function at first use.
pub struct Lazy {
    value: Cell<Option<Obj>>,
    evaluator: Cell<Option<Obj>>,
}

impl Lazy {
    /// A known value, or none at all.
    fn of(value: Option<Obj>) -> Lazy {
        Lazy { value: Cell::new(value), evaluator: Cell::new(None) }
    }
    /// The value that `evaluator(1)` will give.
    fn by(evaluator: Option<Obj>) -> Lazy {
        Lazy { value: Cell::new(None), evaluator: Cell::new(evaluator) }
    }
    /// The value, computed now if need be.
    fn get(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        if let Some(v) = peek(&self.value) {
            return Ok(Some(v));
        }
        let Some(f) = peek(&self.evaluator) else { return Ok(None) };
        let v = vm.call1(f.r(), Obj::small(1).r())?;
        drop(self.value.replace(Some(v.clone())));
        Ok(Some(v))
    }
    /// The value as far as it is known.
    fn known(&self) -> Option<Obj> {
        peek(&self.value)
    }
    fn evaluator(&self) -> Option<Obj> {
        peek(&self.evaluator)
    }
    fn set_evaluator(&self, f: Obj) {
        drop(self.evaluator.replace(Some(f)));
    }
    /// `evaluate_...`: the evaluator, or one that gives the known value; None if there is neither.
    fn evaluate_function(&self, vm: &Vm) -> PyResult<Obj> {
        match (self.evaluator(), self.known()) {
            (Some(f), _) => Ok(f),
            (None, Some(v)) => Ok(consteval::new(vm, v)),
            (None, None) => Ok(Obj::none()),
        }
    }
    /// `has_default`: is there a value, and is it not `NoDefault`?
    fn is_given(&self, vm: &Vm) -> bool {
        self.evaluator().is_some() || self.known().is_some_and(|v| !v.is(no_default(vm).r()))
    }
    /// As a default: `NoDefault` if there is none.
    fn or_no_default(&self, vm: &Vm) -> PyResult<Obj> {
        Ok(self.get(vm)?.unwrap_or_else(|| no_default(vm)))
    }
}

impl Trace for Lazy {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.value.trace(v);
        self.evaluator.trace(v);
    }
    fn unlink(&self) {
        self.value.unlink();
        self.evaluator.unlink();
    }
}

/// Checks the variance flags of a type parameter.
fn check_variance(vm: &Vm, covariant: bool, contravariant: bool, infer: bool) -> PyResult<()> {
    if covariant && contravariant {
        return Err(vm.value_error("Bivariant types are not supported."));
    }
    if infer && (covariant || contravariant) {
        return Err(vm.value_error("Variance cannot be specified with infer_variance."));
    }
    Ok(())
}

/// A type parameter's name with its variance sign.
fn variance_repr(vm: &Vm, name: &PyStr, covariant: bool, contravariant: bool, infer: bool) -> Obj {
    if infer {
        return name.to_obj();
    }
    let mut out = krait_object::str::StrBuilder::new();
    out.push_char(if covariant {
        '+'
    } else if contravariant {
        '-'
    } else {
        '~'
    });
    out.push_pystr(name);
    out.finish(vm).into_obj()
}
