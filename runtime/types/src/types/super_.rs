//! `super`, and attribute lookup through it for the interpreter.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::exception::peek;
use krait_object::function::{PyCell, PyFunction};
use krait_object::instance::alloc_instance;
use krait_object::lookup::generic_getattr;
use krait_object::prelude::*;
use krait_object::table_layout;

/// A `super` object.
#[repr(C)]
#[derive(Trace)]
pub struct PySuper {
    header: Header,
    /// The class whose successors in the MRO are searched.
    class: Cell<Option<Obj>>,
    obj: Cell<Option<Obj>>,
    /// The class whose MRO is searched.
    obj_type: Cell<Option<Obj>>,
}
table_layout!(PySuper => super_);

/// The class whose MRO serves `super(class, obj)`.
fn check(vm: &Vm, class: &PyType, obj: Ref<'_>) -> PyResult<Py<PyType>> {
    if let Some(t) = obj.downcast::<PyType>(vm)
        && t.is_subtype(class)
    {
        return Ok(t.to_py());
    }
    let ty = obj.ty(vm);
    if ty.is_subtype(class) {
        return Ok(ty.to_py());
    }
    let claimed = vm.getattr_opt(obj, vm.names().__class__)?;
    if let Some(Ok(t)) = claimed.map(|c| c.downcast::<PyType>(vm))
        && !std::ptr::eq(t.as_ptr(), ty)
        && t.is_subtype(class)
    {
        return Ok(t);
    }
    let (kind, name) = match obj.downcast::<PyType>(vm) {
        Some(t) => ("type", t.tp_name()),
        None => ("instance of", ty.tp_name()),
    };
    Err(vm.type_error(format!("super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({}).", class.tp_name())))
}

/// What the MRO after `class` has under `name`, not bound.
fn search(vm: &Vm, class: Ref<'_>, mro_of: &PyType, name: &PyStr) -> PyResult<Option<Obj>> {
    let Some(mro) = mro_of.mro_ref().map(Layout::to_py) else { return Ok(None) };
    let types = mro.as_slice();
    let Some(at) = types.iter().position(|t| t.r().ptr_eq(class)) else { return Ok(None) };
    let name = vm.intern_str(name.to_py());
    for t in &types[at + 1..] {
        let Some(dict) = t.r().downcast::<PyType>(vm).and_then(|t| t.dict_ref()) else { continue };
        if let Some(v) = dict.get_str(vm, &name)? {
            return Ok(Some(v));
        }
    }
    Ok(None)
}

fn bind(vm: &Vm, found: Obj, obj: Ref<'_>, obj_type: &PyType) -> PyResult<Obj> {
    match found.r().ty(vm).slots.descr_get.get() {
        Some(get) => {
            let instance = if obj.ptr_eq(obj_type.r()) { None } else { Some(obj) };
            get(vm, found.r(), instance, Some(obj_type.r()))
        }
        None => Ok(found),
    }
}

/// `super(class, obj).name`.
pub fn super_getattr(vm: &Vm, class: Ref<'_>, obj: Ref<'_>, name: &PyStr) -> PyResult<Obj> {
    match super_lookup(vm, class, obj, name)? {
        Some((found, obj_type)) => bind(vm, found, obj, &obj_type),
        None => {
            let su = vm.call(vm.types.super_.r(), &[class, obj])?;
            generic_getattr(vm, su.r(), name)
        }
    }
}

/// `super(class, obj).name` about to be called: the callable, and whether `obj` must be passed as
/// its first argument.
pub fn super_getmethod(vm: &Vm, class: Ref<'_>, obj: Ref<'_>, name: &PyStr) -> PyResult<(Obj, bool)> {
    match super_lookup(vm, class, obj, name)? {
        Some((found, obj_type)) => {
            let plain = found.r().ty(vm).has_flag(TypeFlags::METHOD_DESCRIPTOR) && !obj.ptr_eq(obj_type.r());
            if plain { Ok((found, true)) } else { Ok((bind(vm, found, obj, &obj_type)?, false)) }
        }
        None => Ok((super_getattr(vm, class, obj, name)?, false)),
    }
}

fn super_lookup(vm: &Vm, class: Ref<'_>, obj: Ref<'_>, name: &PyStr) -> PyResult<Option<(Obj, Py<PyType>)>> {
    let Some(t) = class.downcast::<PyType>(vm) else {
        let got = class.ty(vm).tp_name();
        return Err(vm.type_error(format!("super() argument 1 must be a type, not {got}")));
    };
    let obj_type = check(vm, t, obj)?;
    if name.eq_str("__class__") {
        return Ok(None);
    }
    Ok(search(vm, class, &obj_type, name)?.map(|f| (f, obj_type)))
}

/// The class and first argument that `super()` without arguments means.
fn implied(vm: &Vm) -> PyResult<(Obj, Obj)> {
    let frame = vm.exec.top.get();
    if frame.is_null() {
        return Err(vm.runtime_error("super(): no current frame"));
    }
    // SAFETY: the running frame and its code, registers and function are alive; registers of
    // parameters are bound or zero.
    let (code, first, func) = unsafe {
        let f = &*frame;
        (&*f.code.get(), Ref::from_value_opt(*f.base.get()), f.func.get().as_ref())
    };
    if code.argcount == 0 {
        return Err(vm.runtime_error("super(): no arguments"));
    }
    let in_cell = code.unit.locals.first().is_some_and(|l| l.kind.is_cell());
    let first = match first {
        Some(v) if in_cell => match v.downcast_exact::<PyCell>(vm) {
            Some(c) => c.get(),
            None => Some(v.to_obj()),
        },
        v => v.map(Ref::to_obj),
    };
    let Some(first) = first else { return Err(vm.runtime_error("super(): arg[0] deleted")) };
    let Some(i) = code.freevars.iter().position(|n| n.eq_str("__class__")) else {
        return Err(vm.runtime_error("super(): __class__ cell not found"));
    };
    let closure = func.and_then(|f: &PyFunction| f.closure.as_ref());
    let Some(cell) = closure.and_then(|c| c.get(i)).and_then(|c| c.r().downcast_exact::<PyCell>(vm)) else {
        return Err(vm.runtime_error("super(): bad __class__ cell"));
    };
    let Some(class) = cell.get() else { return Err(vm.runtime_error("super(): empty __class__ cell")) };
    if class.r().downcast::<PyType>(vm).is_none() {
        let got = class.r().ty(vm).tp_name();
        return Err(vm.runtime_error(format!("super(): __class__ is not a type ({got})")));
    }
    Ok((class, first))
}

fn set(su: &PySuper, class: Obj, obj: Option<Obj>, obj_type: Option<Obj>) {
    drop(su.class.replace(Some(class)));
    drop(su.obj.replace(obj));
    drop(su.obj_type.replace(obj_type));
}

/// super() -> same as super(__class__, <first argument>)
/// super(type) -> unbound super object
/// super(type, obj) -> bound super object; requires isinstance(obj, type)
/// super(type, type2) -> bound super object; requires issubclass(type2, type)
/// Typical use to call a cooperative superclass method:
/// class C(B):
///     def meth(self, arg):
///         super().meth(arg)
/// This works for class methods too:
/// class C(B):
///     @classmethod
///     def cmeth(cls, arg):
///         super().cmeth(arg)
#[pyclass("super", layout = PySuper, table = super_, flags(BASETYPE), nosig)]
pub mod super_ {
    use super::*;

    #[slot(new)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        alloc_instance(vm, cls, 0)
    }

    #[slot(init)]
    fn init(vm: &Vm, zelf: &PySuper, args: Args<'_>) -> PyResult<()> {
        if args.has_kw() {
            return Err(vm.type_error("super() takes no keyword arguments"));
        }
        let (class, obj) = match args.pos() {
            [] => {
                let (c, o) = implied(vm)?;
                (c, Some(o))
            }
            [c] => (c.to_obj(), None),
            [c, o] => (c.to_obj(), Some(o.to_obj())),
            more => return Err(vm.type_error(format!("super() expected at most 2 arguments, got {}", more.len()))),
        };
        let Some(t) = class.r().downcast::<PyType>(vm) else {
            let got = class.r().ty(vm).tp_name();
            return Err(vm.type_error(format!("super() argument 1 must be a type, not {got}")));
        };
        let obj = obj.filter(|o| !o.r().is_none());
        let obj_type = match &obj {
            Some(o) => Some(check(vm, t, o.r())?.into_obj()),
            None => None,
        };
        set(zelf, class, obj, obj_type);
        Ok(())
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PySuper) -> String {
        let name = |o: Option<Obj>| o.and_then(|o| o.r().downcast::<PyType>(vm).map(|t| t.tp_name()));
        let class = name(peek(&zelf.class)).unwrap_or_else(|| "NULL".to_owned());
        match name(peek(&zelf.obj_type)) {
            Some(t) => format!("<super: <class '{class}'>, <{t} object>>"),
            None => format!("<super: <class '{class}'>, NULL>"),
        }
    }

    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PySuper, name: &PyStr) -> PyResult<Obj> {
        let parts = (peek(&zelf.class), peek(&zelf.obj), peek(&zelf.obj_type));
        if let (Some(class), Some(obj), Some(obj_type)) = parts
            && let (Some(t), false) = (obj_type.r().downcast::<PyType>(vm), name.eq_str("__class__"))
            && let Some(found) = search(vm, class.r(), t, name)?
        {
            return bind(vm, found, obj.r(), t);
        }
        generic_getattr(vm, zelf.r(), name)
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PySuper, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let bound = peek(&zelf.obj).is_some();
        let (Some(obj), Some(class), false) = (obj.filter(|o| !o.is_none()), peek(&zelf.class), bound) else {
            return Ok(zelf.to_obj());
        };
        let ty = zelf.r().ty(vm);
        vm.call(ty.r(), &[class.r(), obj])
    }

    /// the class invoking super()
    #[member("__thisclass__")]
    fn thisclass(zelf: &PySuper) -> Obj {
        peek(&zelf.class).unwrap_or_else(Obj::none)
    }

    /// the instance invoking super(); may be None
    #[member("__self__")]
    fn self_(zelf: &PySuper) -> Obj {
        peek(&zelf.obj).unwrap_or_else(Obj::none)
    }

    /// the type of the instance invoking super(); may be None
    #[member("__self_class__")]
    fn self_class(zelf: &PySuper) -> Obj {
        peek(&zelf.obj_type).unwrap_or_else(Obj::none)
    }
}
