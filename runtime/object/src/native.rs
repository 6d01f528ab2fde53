//! Declarations of native functions, methods and attributes, as the derive macros write them.

use crate::args::Args;
use crate::error::PyResult;
use crate::obj::{Obj, Ref};
use crate::vm::Vm;

/// The ways native code is entered. `self` is the bound object of a method, or the module of a
/// function.
#[derive(Copy, Clone)]
pub enum NativeFn {
    /// No arguments besides self.
    NoArgs(fn(&Vm, Ref<'_>) -> PyResult<Obj>),
    /// Exactly one positional argument.
    One(fn(&Vm, Ref<'_>, Ref<'_>) -> PyResult<Obj>),
    /// Positional arguments only; the function checks their number.
    Fast(fn(&Vm, Ref<'_>, &[Ref<'_>]) -> PyResult<Obj>),
    /// Any arguments.
    Full(fn(&Vm, Ref<'_>, Args<'_>) -> PyResult<Obj>),
}

/// How a method binds.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Binding {
    /// Instance method, or module function.
    Normal,
    Class,
    Static,
}

/// Facts about a native function that compiled code uses. Default: assume the worst.
#[derive(Copy, Clone)]
pub struct NativeFacts {
    /// No side effects, result depends only on the arguments, never runs Python code.
    pub pure_: bool,
    /// Runs no Python code and lets nothing die that might, if the bound object and the arguments
    /// are plain values: numbers, strings and None of the built-in types, and built-in containers of
    /// these. An exception is raised before anything has been changed.
    pub quiet: bool,
    /// An entry on unboxed values.
    pub typed: Option<TypedEntry>,
    /// The entry speaks for the function only where its result is finite.
    pub finite: bool,
}

impl NativeFacts {
    pub const WORST: NativeFacts = NativeFacts { pure_: false, quiet: false, typed: None, finite: false };
}

/// An entry that takes and returns unboxed values. It raises nothing: where the function would,
/// the result is not finite (see [`NativeFacts::finite`]).
#[derive(Copy, Clone)]
pub enum TypedEntry {
    F64ToF64(extern "C" fn(f64) -> f64),
    F64F64ToF64(extern "C" fn(f64, f64) -> f64),
    F64ToBool(extern "C" fn(f64) -> bool),
    I64ToI64(extern "C" fn(i64) -> i64),
}

/// A native method or function.
pub struct MethodDef {
    pub name: &'static str,
    pub func: NativeFn,
    pub binding: Binding,
    /// CPython's convention: the signature line `name($self, /, ...)`, then `--`, a blank line,
    /// and the text.
    pub doc: Option<&'static str>,
    pub facts: NativeFacts,
    /// A subclass's overriding `__new__`-like classmethod flag: the method is `__class_getitem__`
    /// or otherwise coexists with a slot wrapper of the same name.
    pub coexist: bool,
}

/// A computed attribute.
pub struct GetSetDef {
    pub name: &'static str,
    pub get: Option<fn(&Vm, Ref<'_>) -> PyResult<Obj>>,
    /// `None` as value deletes.
    pub set: Option<fn(&Vm, Ref<'_>, Option<Ref<'_>>) -> PyResult<()>>,
    pub doc: Option<&'static str>,
}

/// A plain read-only field exposed as a member descriptor (`type(x).f` is a `member_descriptor`).
pub struct MemberDef {
    pub name: &'static str,
    pub get: fn(&Vm, Ref<'_>) -> PyResult<Obj>,
    /// `None`: read-only.
    pub set: Option<fn(&Vm, Ref<'_>, Option<Ref<'_>>) -> PyResult<()>>,
    pub doc: Option<&'static str>,
}

/// A native module.
pub struct ModuleDef {
    pub name: &'static str,
    pub doc: Option<&'static str>,
    pub functions: &'static [MethodDef],
    /// Classes to create and add, in order.
    pub classes: &'static [&'static crate::ty::TypeDef],
    /// Adds the rest: constants, exceptions, aliases.
    pub exec: Option<fn(&Vm, &crate::module::PyModule) -> PyResult<()>>,
}
