//! What the declarations of exception types share: a template for `TypeDef`s, member descriptors
//! over object fields, and the behaviour inherited from `BaseException`.

use std::cell::Cell;

use krait_object::exception::{PyBaseException, peek};
use krait_object::instance::{attrs_of, clear_attrs, traverse_attrs};
use krait_object::native::{Binding, GetSetDef, NativeFacts, NativeFn};
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;
use krait_object::str::StrBuilder;
use krait_object::ty::{TypeIndex, dealloc_fixed};
use krait_object::vm::TypeTable;

/// Flags of every native exception type.
pub const FLAGS: TypeFlags =
    TypeFlags::BASETYPE.or(TypeFlags::EXC_SUBCLASS).or(TypeFlags::GC).or(TypeFlags::ATTRS).or(TypeFlags::IMMUTABLE);

/// Shows an exception's fields to the collector.
///
/// # Safety
/// `p` is an object laid out as `T`.
unsafe fn traverse<T: Layout + Trace>(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: by contract.
    unsafe {
        (*(p as *const T)).trace(v);
        traverse_attrs(p, 0, v);
    }
}

/// Drops an exception's references.
///
/// # Safety
/// `p` is an object laid out as `T`.
unsafe fn clear<T: Layout + Trace>(_vm: &Vm, p: *const Header) {
    // SAFETY: by contract.
    unsafe {
        (*(p as *const T)).unlink();
        clear_attrs(p, 0);
    }
}

/// The template of an exception type: everything but slots, methods and members.
pub const fn def<T: Layout + Trace>(
    name: &'static str,
    doc: &'static str,
    table: fn(&TypeTable) -> &'static PyType,
    base: fn(&Vm) -> &'static PyType,
) -> TypeDef {
    TypeDef {
        name,
        module: "builtins",
        doc: Some(doc),
        base: Some(base),
        basicsize: size_of::<T>(),
        itemsize: 0,
        flags: FLAGS,
        dealloc: dealloc_fixed::<T>,
        traverse: Some(traverse::<T>),
        clear: Some(clear::<T>),
        slots: SlotDefs { new: Some(base_new), init: Some(base_init), ..SlotDefs::EMPTY },
        methods: &[],
        getset: &[],
        members: &[],
        attrs: None,
        table: Some(table),
        index: TypeIndex::new(),
    }
}

/// A method declaration.
pub const fn method(name: &'static str, func: NativeFn, doc: Option<&'static str>) -> MethodDef {
    MethodDef { name, func, binding: Binding::Normal, doc, facts: NativeFacts::WORST, coexist: false }
}

/// A computed attribute.
pub const fn getset(
    name: &'static str,
    get: fn(&Vm, Ref<'_>) -> PyResult<Obj>,
    set: fn(&Vm, Ref<'_>, Option<Ref<'_>>) -> PyResult<()>,
    doc: Option<&'static str>,
) -> GetSetDef {
    GetSetDef { name, get: Some(get), set: Some(set), doc }
}

/// Reads an object field; unset shows as None.
pub fn field(cell: &Cell<Option<Obj>>) -> PyResult<Obj> {
    Ok(peek(cell).unwrap_or_else(Obj::none))
}

/// Assigns or unsets an object field.
pub fn set_field(cell: &Cell<Option<Obj>>, v: Option<Ref<'_>>) -> PyResult<()> {
    drop(cell.replace(v.map(Ref::to_obj)));
    Ok(())
}

/// `object_members![Layout; field as "name": "doc", ...]`: member descriptors over object fields
/// that may be assigned and deleted.
macro_rules! object_members {
    ($layout:ty; $($field:ident as $name:literal : $doc:literal),* $(,)?) => {
        &[$(krait_object::native::MemberDef {
            name: $name,
            // SAFETY: descriptors are only called with instances of their class.
            get: |_, o| $crate::exceptions::support::field(unsafe { &o.downcast_unchecked::<$layout>().$field }),
            set: Some(|_, o, v| {
                // SAFETY: as above.
                $crate::exceptions::support::set_field(unsafe { &o.downcast_unchecked::<$layout>().$field }, v)
            }),
            doc: Some($doc),
        }),*]
    };
}
pub(crate) use object_members;

/// A native exception instance as its layout.
///
/// The caller has been called as a slot or method of the class `T` is the layout of.
pub(super) fn this<T: Layout>(o: Ref<'_>) -> &T {
    // SAFETY: slots and methods are only entered with instances of their class.
    unsafe { o.downcast_unchecked::<T>() }
}

/// Fails if there are keyword arguments.
pub fn no_keywords(vm: &Vm, ty: &PyType, args: &Args<'_>) -> PyResult<()> {
    if args.has_kw() { Err(vm.type_error(format!("{}() takes no keyword arguments", ty.tp_name()))) } else { Ok(()) }
}

/// Replaces `exc.args` by a tuple of `pos`, unless it is one already.
pub fn set_args(vm: &Vm, exc: &PyBaseException, pos: &[Ref<'_>]) {
    if let Some(old) = peek(&exc.args).and_then(|a| a.downcast::<PyTuple>(vm).ok()) {
        let same = old.len() == pos.len() && old.as_refs().iter().zip(pos).all(|(a, b)| a.ptr_eq(*b));
        if same {
            return;
        }
    }
    drop(exc.args.replace(Some(PyTuple::from_refs(vm, pos).into_obj())));
}

/// `BaseException.__new__`: keywords are left for `__init__` to judge.
pub fn base_new(vm: &Vm, ty: &PyType, args: Args<'_>) -> PyResult<Obj> {
    let args = PyTuple::from_refs(vm, args.pos());
    Ok(krait_object::exception::alloc_exception(vm, ty, args)?.into_obj())
}

/// `BaseException.__init__`.
pub fn base_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    no_keywords(vm, zelf.ty(vm), &args)?;
    set_args(vm, this::<PyBaseException>(zelf), args.pos());
    Ok(())
}

/// `BaseException.__str__`.
pub fn base_str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let args = this::<PyBaseException>(zelf).args_tuple(vm);
    match args.as_slice() {
        [] => Ok(vm.names().empty.to_obj()),
        [one] => Ok(vm.str_of(one.r())?.into_obj()),
        _ => Ok(vm.str_of(args.r())?.into_obj()),
    }
}

/// `BaseException.__repr__`.
pub fn base_repr(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let args = this::<PyBaseException>(zelf).args_tuple(vm);
    let mut out = StrBuilder::new();
    out.push_str(&zelf.ty(vm).name_lossy());
    if let [one] = args.as_slice() {
        out.push_str("(");
        out.push_pystr(&*vm.repr(one.r())?);
        out.push_str(")");
    } else {
        out.push_pystr(&*vm.repr(args.r())?);
    }
    Ok(out.finish(vm).into_obj())
}

/// The instance's `__dict__`, if it has any attributes.
pub fn dict_if_any(vm: &Vm, zelf: Ref<'_>) -> PyResult<Option<Py<PyDict>>> {
    let Some(attrs) = attrs_of(zelf) else { return Ok(None) };
    let shape = attrs.shape();
    if !shape.is_dict && shape.count == 0 {
        return Ok(None);
    }
    attrs.materialize(vm).map(Some)
}

/// `(type(exc), args)`, with the state as a third item if there is any.
pub fn reduced(vm: &Vm, zelf: Ref<'_>, args: Obj, state: Option<Obj>) -> Obj {
    let mut items = vec![zelf.ty(vm).to_obj(), args];
    items.extend(state);
    vm.tuple(items)
}

/// `BaseException.__reduce__`.
pub fn base_reduce(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let args = this::<PyBaseException>(zelf).args_tuple(vm).into_obj();
    let state = dict_if_any(vm, zelf)?.map(Py::into_obj);
    Ok(reduced(vm, zelf, args, state))
}

/// `functions takes exactly ... arguments`, as format-string parsing words it.
pub fn check_count(vm: &Vm, name: &str, n: usize, min: usize, max: usize) -> PyResult<()> {
    if n >= min && n <= max {
        return Ok(());
    }
    let how = if min == max {
        "exactly"
    } else if n < min {
        "at least"
    } else {
        "at most"
    };
    let want = if n < min { min } else { max };
    let s = if want == 1 { "" } else { "s" };
    Err(vm.type_error(format!("{name} takes {how} {want} argument{s} ({n} given)")))
}

/// The keyword arguments of `args` alone, for types that parse only those.
pub fn keywords_only<'a>(args: Args<'a>) -> Args<'a> {
    Args::new(args.kw_values(), args.names())
}
