//! `weakref.ReferenceType`, `weakref.ProxyType` and `weakref.CallableProxyType`.

use krait_object::dict::qualified_type_name;
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;
use krait_object::slots::SlotDefs;
use krait_object::str::StrBuilder;
use krait_object::ty::TypeIndex;
use krait_object::vm::TypeTable;
use krait_object::weakref::{PyWeakref, as_any_weakref, clear_weakref, dealloc_weakref, new_weakref, traverse_weakref};

use crate::common::not_implemented;
use crate::exceptions::support::method;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&REF, &PROXY, &CALLABLE_PROXY];

const fn def(name: &'static str, flags: TypeFlags, slots: SlotDefs, table: fn(&TypeTable) -> &'static PyType) -> TypeDef {
    TypeDef {
        name,
        module: "weakref",
        doc: None,
        base: None,
        basicsize: size_of::<PyWeakref>(),
        itemsize: 0,
        flags: flags.or(TypeFlags::GC).or(TypeFlags::IMMUTABLE),
        dealloc: dealloc_weakref,
        traverse: Some(traverse_weakref),
        clear: Some(clear_weakref),
        slots,
        methods: &[],
        getset: &[],
        members: &[],
        attrs: None,
        table: Some(table),
        index: TypeIndex::new(),
    }
}

/// `weakref.ref`.
pub static REF: TypeDef = TypeDef {
    methods: &[MethodDef {
        binding: krait_object::native::Binding::Class,
        ..method("__class_getitem__", NativeFn::One(krait_object::protocol::generic_alias), Some("See PEP 585"))
    }],
    members: &[MemberDef { name: "__callback__", get: |_, o| Ok(this(o).callback().unwrap_or_else(Obj::none)), set: None, doc: None }],
    ..def(
        "ReferenceType",
        TypeFlags::BASETYPE,
        SlotDefs {
            new: Some(ref_new),
            init: Some(ref_init),
            call: Some(ref_call),
            hash: Some(ref_hash),
            repr: Some(ref_repr),
            richcompare: Some(ref_compare),
            ..SlotDefs::EMPTY
        },
        |t| t.weakref,
    )
};

/// `weakref.ProxyType`.
pub static PROXY: TypeDef = TypeDef {
    methods: &[
        method("__bytes__", NativeFn::NoArgs(|vm, o| call_name(vm, o, "__bytes__")), None),
        method("__reversed__", NativeFn::NoArgs(|vm, o| call_name(vm, o, "__reversed__")), None),
    ],
    ..def("ProxyType", TypeFlags::DISALLOW_INSTANTIATION, PROXY_SLOTS, |t| t.weakproxy)
};

/// `weakref.CallableProxyType`.
pub static CALLABLE_PROXY: TypeDef =
    def("CallableProxyType", TypeFlags::DISALLOW_INSTANTIATION, SlotDefs { call: Some(proxy_call), ..PROXY_SLOTS }, |t| {
        t.weakcallableproxy
    });

/// The weak reference that a slot of one of these types was entered with.
fn this(o: Ref<'_>) -> &PyWeakref {
    // SAFETY: slots and members are only entered with instances of their type.
    unsafe { o.downcast_unchecked::<PyWeakref>() }
}

/// `weakref.proxy(obj, callback)`.
pub fn new_proxy(vm: &Vm, obj: Ref<'_>, callback: Option<Obj>) -> PyResult<Obj> {
    let ty = if vm.is_callable(obj) { vm.types.weakcallableproxy } else { vm.types.weakproxy };
    Ok(new_weakref(vm, ty, obj, callback)?.into_obj())
}

/// The arguments of `ref.__new__` and `__init__`. Keywords are refused only by `ref` itself.
fn ref_args<'a>(vm: &Vm, ty: &PyType, name: &str, args: &Args<'a>) -> PyResult<(Ref<'a>, Option<Ref<'a>>)> {
    if args.has_kw() && std::ptr::eq(ty, vm.types.weakref) {
        return Err(vm.type_error("ref() takes no keyword arguments"));
    }
    krait_object::unpack::check_positional(vm, name, args.npos(), 1, 2)?;
    Ok((args.pos()[0], args.pos().get(1).copied()))
}

fn ref_new(vm: &Vm, ty: &PyType, args: Args<'_>) -> PyResult<Obj> {
    let (obj, callback) = ref_args(vm, ty, "__new__", &args)?;
    Ok(new_weakref(vm, ty, obj, callback.map(Ref::to_obj))?.into_obj())
}

fn ref_init(vm: &Vm, _zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    ref_args(vm, vm.types.weakref, "__init__", &args).map(|_| ())
}

fn ref_call(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    krait_object::unpack::no_keywords(vm, "weakref", &args)?;
    krait_object::unpack::check_positional(vm, "weakref", args.npos(), 0, 0)?;
    Ok(this(zelf).upgrade().unwrap_or_else(Obj::none))
}

fn ref_hash(vm: &Vm, zelf: Ref<'_>) -> PyResult<i64> {
    let w = this(zelf);
    let known = w.hash.get();
    if known != -1 {
        return Ok(known);
    }
    let Some(o) = w.upgrade() else { return Err(vm.type_error("weak object has gone away")) };
    let h = vm.hash(o.r())?;
    w.hash.set(h);
    Ok(h)
}

/// `at 0x..; to 'module.Class' at 0x..`, or `dead`.
fn push_referent(vm: &Vm, out: &mut StrBuilder, zelf: Ref<'_>, name: Option<&PyStr>) {
    out.push_str(&format!(" at {:#x}; ", zelf.value().0));
    match this(zelf).upgrade() {
        None => out.push_str("dead"),
        Some(o) => {
            out.push_str(&format!("to '{}' at {:#x}", qualified_type_name(vm, o.r().ty(vm)), o.value().0));
            if let Some(n) = name {
                out.push_str(" (");
                out.push_pystr(n);
                out.push_str(")");
            }
        }
    }
    out.push_str(">");
}

fn ref_repr(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let name = match this(zelf).upgrade() {
        Some(o) => vm.lookup_special(o.r(), vm.names().__name__)?.and_then(|n| n.downcast::<PyStr>(vm).ok()),
        None => None,
    };
    let mut out = StrBuilder::new();
    out.push_str("<weakref");
    push_referent(vm, &mut out, zelf, name.as_deref());
    Ok(out.finish(vm).into_obj())
}

/// Live references compare as their referents do, dead ones by identity.
fn ref_compare(vm: &Vm, zelf: Ref<'_>, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
    let Some(b) = other.downcast::<PyWeakref>(vm).filter(|_| matches!(op, CmpOp::Eq | CmpOp::Ne)) else {
        return not_implemented();
    };
    match (this(zelf).upgrade(), b.upgrade()) {
        (Some(x), Some(y)) => vm.richcompare(x.r(), y.r(), op),
        _ => Ok(Obj::bool(zelf.ptr_eq(other) == (op == CmpOp::Eq))),
    }
}

/// The referent of a proxy, or the object itself if it is none.
fn unwrap(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let ty = o.ty(vm);
    if !std::ptr::eq(ty, vm.types.weakproxy) && !std::ptr::eq(ty, vm.types.weakcallableproxy) {
        return Ok(o.to_obj());
    }
    match as_any_weakref(vm, o).and_then(PyWeakref::upgrade) {
        Some(o) => Ok(o),
        None => Err(vm.reference_error("weakly-referenced object no longer exists")),
    }
}

fn call_name(vm: &Vm, zelf: Ref<'_>, name: &str) -> PyResult<Obj> {
    let o = unwrap(vm, zelf)?;
    vm.call_method_str(o.r(), name, &[])
}

fn proxy_repr(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let mut out = StrBuilder::new();
    out.push_str("<weakproxy");
    push_referent(vm, &mut out, zelf, None);
    Ok(out.finish(vm).into_obj())
}

fn proxy_call(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    vm.call_args(unwrap(vm, zelf)?.r(), args)
}

fn proxy_iternext(vm: &Vm, zelf: Ref<'_>) -> PyResult<Option<Obj>> {
    let o = unwrap(vm, zelf)?;
    if o.r().ty(vm).slots.iternext.get().is_none() {
        let text = format!("Weakref proxy referenced a non-iterator '{}' object", o.r().ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    vm.iter_next(o.r())
}

fn proxy_setattro(vm: &Vm, zelf: Ref<'_>, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
    let o = unwrap(vm, zelf)?;
    match value {
        Some(v) => vm.setattr(o.r(), name, v),
        None => vm.delattr(o.r(), name),
    }
}

fn proxy_ass_subscript(vm: &Vm, zelf: Ref<'_>, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let o = unwrap(vm, zelf)?;
    match value {
        Some(v) => vm.setitem(o.r(), key, v),
        None => vm.delitem(o.r(), key),
    }
}

macro_rules! binary {
    ($op:ident) => {
        Some(|vm, a, b| vm.binary(BinOp::$op, unwrap(vm, a)?.r(), unwrap(vm, b)?.r()))
    };
}
macro_rules! inplace {
    ($op:ident) => {
        Some(|vm, a, b| vm.binary_inplace(BinOp::$op, unwrap(vm, a)?.r(), unwrap(vm, b)?.r()))
    };
}
macro_rules! unary {
    ($method:ident) => {
        Some(|vm, a| vm.$method(unwrap(vm, a)?.r()))
    };
}

/// A proxy passes everything on to its referent.
const PROXY_SLOTS: SlotDefs = SlotDefs {
    repr: Some(proxy_repr),
    str: Some(|vm, o| Ok(vm.str_of(unwrap(vm, o)?.r())?.into_obj())),
    getattro: Some(|vm, o, name| vm.getattr(unwrap(vm, o)?.r(), name)),
    setattro: Some(proxy_setattro),
    richcompare: Some(|vm, a, b, op| vm.richcompare(unwrap(vm, a)?.r(), unwrap(vm, b)?.r(), op)),
    iter: unary!(iter),
    iternext: Some(proxy_iternext),
    nb_add: binary!(Add),
    nb_subtract: binary!(Sub),
    nb_multiply: binary!(Mul),
    nb_remainder: binary!(Mod),
    nb_divmod: binary!(DivMod),
    nb_power: Some(|vm, a, b, c| vm.power(unwrap(vm, a)?.r(), unwrap(vm, b)?.r(), unwrap(vm, c)?.r())),
    nb_negative: unary!(negative),
    nb_positive: unary!(positive),
    nb_absolute: unary!(absolute),
    nb_bool: unary!(is_true),
    nb_invert: unary!(invert),
    nb_lshift: binary!(LShift),
    nb_rshift: binary!(RShift),
    nb_and: binary!(And),
    nb_xor: binary!(Xor),
    nb_or: binary!(Or),
    nb_int: Some(|vm, o| vm.call1(vm.types.int.r(), unwrap(vm, o)?.r())),
    nb_float: Some(|vm, o| vm.call1(vm.types.float.r(), unwrap(vm, o)?.r())),
    nb_index: unary!(index),
    nb_floor_divide: binary!(FloorDiv),
    nb_true_divide: binary!(TrueDiv),
    nb_matrix_multiply: binary!(MatMul),
    nb_inplace_add: inplace!(Add),
    nb_inplace_subtract: inplace!(Sub),
    nb_inplace_multiply: inplace!(Mul),
    nb_inplace_remainder: inplace!(Mod),
    nb_inplace_power: Some(|vm, a, b, c| {
        let (a, b) = (unwrap(vm, a)?, unwrap(vm, b)?);
        if c.is_none() { vm.binary_inplace(BinOp::Pow, a.r(), b.r()) } else { vm.power(a.r(), b.r(), unwrap(vm, c)?.r()) }
    }),
    nb_inplace_lshift: inplace!(LShift),
    nb_inplace_rshift: inplace!(RShift),
    nb_inplace_and: inplace!(And),
    nb_inplace_xor: inplace!(Xor),
    nb_inplace_or: inplace!(Or),
    nb_inplace_floor_divide: inplace!(FloorDiv),
    nb_inplace_true_divide: inplace!(TrueDiv),
    nb_inplace_matrix_multiply: inplace!(MatMul),
    sq_contains: Some(|vm, o, item| vm.contains(unwrap(vm, o)?.r(), unwrap(vm, item)?.r())),
    mp_length: unary!(len),
    mp_subscript: Some(|vm, o, key| vm.getitem(unwrap(vm, o)?.r(), unwrap(vm, key)?.r())),
    mp_ass_subscript: Some(proxy_ass_subscript),
    ..SlotDefs::EMPTY
};
