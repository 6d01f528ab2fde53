//! `object`.

mod class;
pub mod dict_getset;
mod dir;
mod reduce;

pub use class::compatible_for_assignment;
pub use dir::class_dict_keys;

use krait_object::args::Args;
use krait_object::error::{PyResult, Raised};
use krait_object::hash;
use krait_object::header::Header;
use krait_object::instance::{alloc_instance, clear_instance, dealloc_instance, instance_size, traverse_instance};
use krait_object::lookup::{generic_getattr, generic_setattr};
use krait_object::native::{Binding, GetSetDef, MethodDef, NativeFacts, NativeFn};
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::slots::{CmpOp, InitFn, NewFn, SlotDefs};
use krait_object::str::PyStr;
use krait_object::ty::{PyType, TypeDef, TypeFlags, TypeIndex};
use krait_object::vm::Vm;

use crate::types::type_object::getset::module_of;

/// Is the constructor the one of `object`?
pub fn is_object_new(f: Option<NewFn>) -> bool {
    f.is_some_and(|f| std::ptr::fn_addr_eq(f, object_new as NewFn))
}

/// Is the initialiser the one of `object`?
pub fn is_object_init(f: Option<InitFn>) -> bool {
    f.is_some_and(|f| std::ptr::fn_addr_eq(f, object_init as InitFn))
}

/// `object.__new__`.
pub fn object_new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
    if !args.is_empty() {
        if !is_object_new(cls.slots.new.get()) {
            return Err(vm.type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
        }
        if is_object_init(cls.slots.init.get()) {
            return Err(vm.type_error(format!("{}() takes no arguments", cls.tp_name())));
        }
    }
    if cls.has_flag(TypeFlags::ABSTRACT) {
        return Err(abstract_error(vm, cls));
    }
    alloc_instance(vm, cls, 0)
}

#[cold]
fn abstract_error(vm: &Vm, cls: &PyType) -> Raised {
    let text = || -> PyResult<String> {
        let methods = vm.getattr_str(cls.r(), "__abstractmethods__")?;
        let mut names = Vec::new();
        for m in vm.collect(methods.r())? {
            names.push(vm.expect_str(m.r(), "abstract method name")?.to_string_lossy());
        }
        names.sort();
        let s = if names.len() > 1 { "s" } else { "" };
        Ok(format!(
            "Can't instantiate abstract class {} without an implementation for abstract method{s} '{}'",
            cls.tp_name(),
            names.join("', '")
        ))
    };
    match text() {
        Ok(t) => vm.type_error(t),
        Err(e) => e,
    }
}

/// `object.__init__`.
pub fn object_init(vm: &Vm, obj: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    if args.is_empty() {
        return Ok(());
    }
    let ty = obj.ty(vm);
    if !is_object_init(ty.slots.init.get()) {
        return Err(vm.type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
    }
    if is_object_new(ty.slots.new.get()) {
        let name = ty.tp_name();
        return Err(vm.type_error(format!("{name}.__init__() takes exactly one argument (the instance to initialize)")));
    }
    Ok(())
}

/// `object.__repr__`.
pub fn object_repr(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    let ty = obj.ty(vm);
    let at = obj.value().0;
    let module = module_of(vm, ty)?.and_then(|m| m.downcast::<PyStr>(vm).ok());
    Ok(vm.text(match module {
        Some(m) if !m.eq_str("builtins") => {
            let q = ty.qualname_ref().map_or_else(|| ty.name_lossy(), |q| q.to_string_lossy());
            format!("<{m}.{q} object at {at:#x}>")
        }
        _ => format!("<{} object at {at:#x}>", ty.name_lossy()),
    }))
}

fn object_str(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    match obj.ty(vm).slots.repr.get() {
        Some(f) => f(vm, obj),
        None => object_repr(vm, obj),
    }
}

fn object_hash(_vm: &Vm, obj: Ref<'_>) -> PyResult<i64> {
    Ok(hash::hash_pointer(obj.value().0 as *const u8))
}

/// `object.__eq__` and its kin: identity.
pub fn object_richcompare(vm: &Vm, a: Ref<'_>, b: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
    match op {
        CmpOp::Eq if a.is(b) => Ok(Obj::bool(true)),
        CmpOp::Ne => {
            let f = a.ty(vm).slots.richcompare.get().unwrap_or(object_richcompare);
            let eq = f(vm, a, b, CmpOp::Eq)?;
            if eq.is(krait_object::singletons::not_implemented()) {
                return Ok(eq);
            }
            Ok(Obj::bool(!vm.is_true(eq.r())?))
        }
        _ => Ok(vm.not_implemented()),
    }
}

fn format(vm: &Vm, obj: Ref<'_>, spec: Ref<'_>) -> PyResult<Obj> {
    let Some(spec) = spec.downcast::<PyStr>(vm) else {
        return Err(vm.type_error(format!("__format__() argument must be str, not {}", krait_object::convert::type_word(vm, spec))));
    };
    if !spec.is_empty() {
        let name = obj.ty(vm).tp_name();
        return Err(vm.type_error(format!("unsupported format string passed to {name}.__format__")));
    }
    Ok(vm.str_of(obj)?.into_obj())
}

fn size_of_object(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    let Some(h) = obj.header() else { return Ok(vm.int_usize(size_of::<u64>())) };
    let ty = h.ty();
    let items = match ty.itemsize.get() {
        0 => 0,
        _ => vm.length_hint(obj, 0)?,
    };
    if ty.itemsize.get() != 0 {
        return Ok(vm.int_usize(ty.basicsize.get() + ty.itemsize.get() * items));
    }
    // SAFETY: a live object of fixed size.
    Ok(vm.int_usize(unsafe { instance_size(ty, h, 0) }))
}

fn init_subclass(_vm: &Vm, _cls: Ref<'_>) -> PyResult<Obj> {
    Ok(Obj::none())
}

fn subclasshook(vm: &Vm, _cls: Ref<'_>, _args: &[Ref<'_>]) -> PyResult<Obj> {
    Ok(vm.not_implemented())
}

const fn method(name: &'static str, func: NativeFn, binding: Binding, doc: &'static str) -> MethodDef {
    MethodDef { name, func, binding, doc: Some(doc), facts: NativeFacts::WORST, coexist: false }
}

static METHODS: &[MethodDef] = &[
    method(
        "__reduce_ex__",
        NativeFn::One(reduce::reduce_ex),
        Binding::Normal,
        "__reduce_ex__($self, protocol, /)\n--\n\nHelper for pickle.",
    ),
    method("__reduce__", NativeFn::NoArgs(reduce::reduce), Binding::Normal, "__reduce__($self, /)\n--\n\nHelper for pickle."),
    reduce::GETSTATE,
    method(
        "__subclasshook__",
        NativeFn::Fast(subclasshook),
        Binding::Class,
        "__subclasshook__($type, object, /)\n--\n\nAbstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached).\n",
    ),
    method(
        "__init_subclass__",
        NativeFn::NoArgs(init_subclass),
        Binding::Class,
        "__init_subclass__($type, /)\n--\n\nThis method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses.\n",
    ),
    method(
        "__format__",
        NativeFn::One(format),
        Binding::Normal,
        "__format__($self, format_spec, /)\n--\n\nDefault object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.",
    ),
    method(
        "__sizeof__",
        NativeFn::NoArgs(size_of_object),
        Binding::Normal,
        "__sizeof__($self, /)\n--\n\nSize of object in memory, in bytes.",
    ),
    method("__dir__", NativeFn::NoArgs(dir::object_dir), Binding::Normal, "__dir__($self, /)\n--\n\nDefault dir() implementation."),
];

static GETSET: &[GetSetDef] =
    &[GetSetDef { name: "__class__", get: Some(class::get_class), set: Some(class::set_class), doc: Some("the object's class") }];

/// The declaration of `object`. Written out because its slot functions are compared by address.
pub static DEF: TypeDef = TypeDef {
    name: "object",
    module: "builtins",
    doc: Some(
        "object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    ),
    base: None,
    basicsize: size_of::<Header>(),
    itemsize: 0,
    flags: TypeFlags::BASETYPE.or(TypeFlags::IMMUTABLE),
    dealloc: dealloc_instance,
    traverse: Some(traverse_instance),
    clear: Some(clear_instance),
    slots: SlotDefs {
        repr: Some(object_repr),
        str: Some(object_str),
        hash: Some(object_hash),
        getattro: Some(generic_getattr),
        setattro: Some(generic_setattr),
        richcompare: Some(object_richcompare),
        init: Some(object_init),
        new: Some(object_new),
        ..SlotDefs::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    members: &[],
    attrs: None,
    table: Some(|t| t.object),
    index: TypeIndex::new(),
};
