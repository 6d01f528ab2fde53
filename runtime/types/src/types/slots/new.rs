//! `__new__`: the slot function that calls one written in Python, and the built-in method that
//! shows a native one.

use krait_object::args::Args;
use krait_object::error::PyResult;
use krait_object::native::{Binding, MethodDef, NativeFacts, NativeFn};
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::slots::NewFn;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::vm::Vm;

/// Calls `cls.__new__(cls, ...)`.
pub(super) fn slot_new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
    let f = vm.getattr(cls.r(), vm.names().__new__)?;
    vm.call_prepend(f.r(), cls.r(), args)
}

/// Is the slot the one that calls Python code?
pub fn is_slot_new(f: NewFn) -> bool {
    std::ptr::fn_addr_eq(f, slot_new as NewFn)
}

/// The declaration of every native `__new__`; the bound object is the type.
pub static NEW_DEF: MethodDef = MethodDef {
    name: "__new__",
    func: NativeFn::Full(new_wrapper),
    binding: Binding::Normal,
    doc: Some("__new__($type, *args, **kwargs)\n--\n\nCreate and return a new object.  See help(type) for accurate signature."),
    facts: NativeFacts::WORST,
    coexist: false,
};

/// `T.__new__(cls, ...)` for a native `T`. Refuses to make an object whose layout would be wrong.
fn new_wrapper(vm: &Vm, ty: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    let Some(ty) = ty.downcast::<PyType>(vm) else {
        return Err(vm.system_error("__new__() called with non-type 'self'"));
    };
    let name = ty.tp_name();
    let Some(&first) = args.pos().first() else {
        return Err(vm.type_error(format!("{name}.__new__(): not enough arguments")));
    };
    let Some(sub) = first.downcast::<PyType>(vm) else {
        let got = first.ty(vm).tp_name();
        return Err(vm.type_error(format!("{name}.__new__(X): X is not a type object ({got})")));
    };
    if !sub.is_subtype(ty) {
        let s = sub.tp_name();
        return Err(vm.type_error(format!("{name}.__new__({s}): {s} is not a subtype of {name}")));
    }
    if sub.has_flag(TypeFlags::DISALLOW_INSTANTIATION) {
        return Err(vm.type_error(format!("cannot create '{}' instances", sub.tp_name())));
    }
    let mut stat = Some(sub);
    while let Some(t) = stat.filter(|t| t.slots.new.get().is_some_and(is_slot_new)) {
        stat = t.base_type();
    }
    let (want, own) = (stat.and_then(|t| t.slots.new.get()), ty.slots.new.get());
    let safe = match (want, own) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        (a, b) => stat.is_none() || (a.is_none() && b.is_none()),
    };
    if !safe {
        let (s, t) = (sub.tp_name(), stat.map_or_else(String::new, |t| t.tp_name()));
        return Err(vm.type_error(format!("{name}.__new__({s}) is not safe, use {t}.__new__()")));
    }
    match own {
        Some(f) => f(vm, sub, args.skip_first()),
        None => Err(vm.type_error(format!("cannot create '{}' instances", sub.tp_name()))),
    }
}
