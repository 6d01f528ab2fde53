//! Function objects: Python functions, native functions and their descriptors, bound methods,
//! cells.

use std::cell::{Cell, UnsafeCell};

use crate::args::Args;
use crate::code::PyCode;
use crate::dict::PyDict;
use crate::error::PyResult;
use crate::header::{Header, alloc_raw};
use crate::native::{MethodDef, NativeFn};
use crate::obj::{Layout, Obj, Py, Ref};
use crate::str::PyStr;
use crate::table_layout;
use crate::tuple::PyTuple;
use crate::ty::PyType;
use crate::value::Value;
use crate::vm::Vm;

/// Allocates an object of a fixed-size native type and moves `payload` in (its header is
/// replaced).
///
/// # Safety
/// `T` is the layout of `ty`.
#[inline]
pub unsafe fn alloc_exact<T: Layout>(vm: &Vm, ty: &PyType, payload: T) -> Py<T> {
    if ty.has_flag(crate::ty::TypeFlags::ATTRS) {
        // SAFETY: by contract.
        return unsafe { alloc_with_attrs(vm, ty, payload) };
    }
    // SAFETY: by contract.
    unsafe {
        let t = alloc_untracked(ty, payload);
        if ty.has_flag(crate::ty::TypeFlags::GC) {
            crate::gc::track(vm, &*(t.as_ptr() as *const Header));
        }
        t
    }
}

/// As [`alloc_exact`], for a type without attributes of its own; the collector is not told.
///
/// # Safety
/// As [`alloc_exact`].
#[inline]
pub unsafe fn alloc_untracked<T: Layout>(ty: &PyType, payload: T) -> Py<T> {
    let Some(p) = alloc_raw(ty, size_of::<T>()) else { crate::memory::out_of_memory() };
    // SAFETY: fresh memory of the right size; the header `alloc_raw` wrote is kept.
    unsafe { Py::from_ptr(write_payload(p.as_ptr(), payload)) }
}

/// Writes everything but the header.
unsafe fn write_payload<T: Layout>(p: *mut Header, payload: T) -> *mut T {
    // SAFETY: the caller allocated room for a `T` with a valid header.
    unsafe {
        let h = std::ptr::read(p);
        let t = p as *mut T;
        t.write(payload);
        (t as *mut Header).write(h);
        t
    }
}

unsafe fn alloc_with_attrs<T: Layout>(vm: &Vm, ty: &PyType, payload: T) -> Py<T> {
    let obj = crate::instance::alloc_var_instance(vm, ty, 0, |p| {
        // SAFETY: fresh memory for an object of type `ty`, whose layout is `T`.
        unsafe { write_payload(p, payload) };
    });
    match obj {
        // SAFETY: by contract.
        Ok(o) => unsafe { o.downcast_unchecked() },
        Err(_) => crate::memory::out_of_memory(),
    }
}

/// A header to put into a payload for [`alloc_exact`], which overwrites it.
pub const fn no_header() -> Header {
    Header::immortal()
}

/// A cell shared by a function and its closures.
#[repr(C)]
pub struct PyCell {
    pub header: Header,
    pub(crate) value: Cell<Value>,
}
table_layout!(PyCell => cell);

impl PyCell {
    #[inline]
    pub fn new(vm: &Vm, value: Option<Obj>) -> Py<PyCell> {
        let value = Cell::new(value.map_or(Value::UNBOUND, Obj::into_value));
        // SAFETY: `cell` has this layout.
        unsafe { alloc_exact(vm, vm.types.cell, PyCell { header: no_header(), value }) }
    }
    #[inline(always)]
    pub fn get(&self) -> Option<Obj> {
        // SAFETY: the cell owns its content, which cannot change while it is cloned.
        unsafe { Ref::from_value_opt(self.value.get()) }.map(Ref::to_obj)
    }
    /// The content without a new reference, for the interpreter.
    #[inline(always)]
    pub fn value(&self) -> Value {
        self.value.get()
    }
    #[inline(always)]
    pub fn set(&self, v: Option<Obj>) {
        let old = self.value.replace(v.map_or(Value::UNBOUND, Obj::into_value));
        // SAFETY: the old content's reference moves out.
        drop(unsafe { Obj::from_value_opt(old) });
    }
}

impl Drop for PyCell {
    fn drop(&mut self) {
        self.set(None);
    }
}

impl crate::gc::Trace for PyCell {
    fn trace(&self, v: &mut crate::gc::Visitor<'_>) {
        v.visit(self.value.get());
    }
    fn unlink(&self) {
        self.set(None);
    }
}

/// A Python function.
#[repr(C)]
pub struct PyFunction {
    pub header: Header,
    /// Replaced only by `f.__code__ = ...`.
    pub code: UnsafeCell<Py<PyCode>>,
    pub globals: Py<PyDict>,
    /// A dict in all but perverse cases.
    pub builtins: Obj,
    pub name: UnsafeCell<Py<PyStr>>,
    pub qualname: UnsafeCell<Py<PyStr>>,
    /// Tuple of positional defaults.
    pub defaults: UnsafeCell<Option<Py<PyTuple>>>,
    /// Dict of keyword-only defaults.
    pub kwdefaults: UnsafeCell<Option<Py<PyDict>>>,
    /// Tuple of cells.
    pub closure: Option<Py<PyTuple>>,
    /// `None` until it is set: then it is the code's docstring.
    pub doc: UnsafeCell<Option<Obj>>,
    pub module: UnsafeCell<Option<Obj>>,
    pub annotations: UnsafeCell<Option<Obj>>,
    pub annotate: UnsafeCell<Option<Obj>>,
    pub type_params: UnsafeCell<Option<Obj>>,
    /// Changes when code, defaults or keyword defaults do; 0 means "look again".
    pub version: Cell<u32>,
}
table_layout!(PyFunction => function);

/// A native function bound to its module or object (`builtin_function_or_method`).
#[repr(C)]
pub struct PyBuiltinFunction {
    pub header: Header,
    pub def: &'static MethodDef,
    pub self_: Option<Obj>,
    /// `__module__`.
    pub module: Option<Obj>,
}
table_layout!(PyBuiltinFunction => builtin_function);

impl PyBuiltinFunction {
    pub fn new(vm: &Vm, def: &'static MethodDef, self_: Option<Obj>, module: Option<Obj>) -> Py<PyBuiltinFunction> {
        // SAFETY: `builtin_function_or_method` has this layout.
        unsafe { alloc_exact(vm, vm.types.builtin_function, PyBuiltinFunction { header: no_header(), def, self_, module }) }
    }
}

/// An unbound native method in a type's dict (`method_descriptor`, `classmethod_descriptor`).
#[repr(C)]
pub struct PyMethodDescr {
    pub header: Header,
    pub def: &'static MethodDef,
    pub objclass: &'static PyType,
}
table_layout!(PyMethodDescr => method_descriptor);

impl PyMethodDescr {
    /// `ty` is `method_descriptor` or `classmethod_descriptor`.
    pub fn new(vm: &Vm, ty: &PyType, def: &'static MethodDef, objclass: &'static PyType) -> Py<PyMethodDescr> {
        // SAFETY: both types have this layout.
        unsafe { alloc_exact(vm, ty, PyMethodDescr { header: no_header(), def, objclass }) }
    }
}

/// A bound method.
#[repr(C)]
pub struct PyBoundMethod {
    pub header: Header,
    pub func: Obj,
    pub self_: Obj,
}
table_layout!(PyBoundMethod => method);

impl PyBoundMethod {
    pub fn new(vm: &Vm, func: Obj, self_: Obj) -> Py<PyBoundMethod> {
        // SAFETY: `method` has this layout.
        unsafe { alloc_exact(vm, vm.types.method, PyBoundMethod { header: no_header(), func, self_ }) }
    }
}

impl crate::gc::Trace for PyBuiltinFunction {
    fn trace(&self, v: &mut crate::gc::Visitor<'_>) {
        self.self_.trace(v);
        self.module.trace(v);
    }
}

impl crate::gc::Trace for PyBoundMethod {
    fn trace(&self, v: &mut crate::gc::Visitor<'_>) {
        self.func.trace(v);
        self.self_.trace(v);
    }
}

/// Enters native code, with CPython's complaints about wrong argument counts. `name` is the
/// qualified name for messages (made only when needed).
#[inline]
pub fn call_native(vm: &Vm, def: &'static MethodDef, self_: Ref<'_>, args: Args<'_>, name: impl Fn() -> String) -> PyResult<Obj> {
    match def.func {
        NativeFn::Full(f) => f(vm, self_, args),
        _ if args.has_kw() => Err(vm.type_error(format!("{}() takes no keyword arguments", name()))),
        NativeFn::Fast(f) => f(vm, self_, args.pos()),
        NativeFn::One(f) => match args.pos() {
            [a] => f(vm, self_, *a),
            _ => Err(vm.type_error(format!("{}() takes exactly one argument ({} given)", name(), args.npos()))),
        },
        NativeFn::NoArgs(f) if args.npos() == 0 => f(vm, self_),
        NativeFn::NoArgs(_) => Err(vm.type_error(format!("{}() takes no arguments ({} given)", name(), args.npos()))),
    }
}

impl crate::gc::Trace for PyFunction {
    fn trace(&self, v: &mut crate::gc::Visitor<'_>) {
        v.visit(Value::from_ptr(self.globals.as_ptr()));
        v.visit(self.builtins.value());
        self.closure.trace(v);
        // SAFETY: the visitor runs no Python code, so the fields stay as they are.
        unsafe {
            v.visit(Value::from_ptr((*self.code.get()).as_ptr()));
            (*self.defaults.get()).trace(v);
            (*self.kwdefaults.get()).trace(v);
            (*self.doc.get()).trace(v);
            (*self.module.get()).trace(v);
            (*self.annotations.get()).trace(v);
            (*self.annotate.get()).trace(v);
            (*self.type_params.get()).trace(v);
        }
    }
    fn unlink(&self) {
        // SAFETY: old values are dropped after their fields are consistent again. The closure
        // stays: running frames rely on it; its cells are cleared on their own.
        unsafe {
            drop(std::mem::take(&mut *self.defaults.get()));
            drop(std::mem::take(&mut *self.kwdefaults.get()));
            drop(std::mem::take(&mut *self.annotations.get()));
            drop(std::mem::take(&mut *self.annotate.get()));
            drop(std::mem::take(&mut *self.type_params.get()));
            drop(std::mem::take(&mut *self.module.get()));
        }
    }
}
