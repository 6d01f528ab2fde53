//! Making classes: `type.__new__`.

use krait_object::args::Args;
use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::exception::PyBaseException;
use krait_object::function::{PyCell, PyFunction};
use krait_object::gc;
use krait_object::header::alloc_raw;
use krait_object::instance::{clear_subtype, traverse_any};
use krait_object::limbo::park;
use krait_object::obj::{Layout, Obj, Py, Ref};
use krait_object::shape::{MAX_INLINE, Shape};
use krait_object::slots::NewFn;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::typedef::descr::{PyClassMethod, PyGetSet, PyMember, PyStaticMethod};
use krait_object::typedef::{add_subclass, inherited_flags};
use krait_object::vm::Vm;

use super::bases::{best_base, calculate_metaclass, compute_mro};
use super::declared_slots::{self, Added};
use crate::types::object::dict_getset;
use crate::types::slots::fixup_slots;
use crate::types::super_::super_getattr;

/// Keyword arguments of a class statement, for `__init_subclass__`.
#[derive(Copy, Clone)]
pub struct ClassKwargs<'a> {
    pub values: &'a [Ref<'a>],
    pub names: Option<&'a PyTuple>,
}

impl ClassKwargs<'static> {
    pub const NONE: ClassKwargs<'static> = ClassKwargs { values: &[], names: None };
}

/// `type.__new__(metatype, name, bases, dict, **kwds)`.
pub(super) fn new_from_args(vm: &Vm, metatype: &PyType, args: Args<'_>) -> PyResult<Obj> {
    let &[name, bases, dict] = args.pos() else {
        return Err(vm.type_error(format!("type.__new__() takes exactly 3 arguments ({} given)", args.npos())));
    };
    let wrong = |i: usize, want: &str, got: Ref<'_>| {
        vm.type_error(format!("type.__new__() argument {i} must be {want}, not {}", got.ty(vm).tp_name()))
    };
    let Some(name) = name.downcast::<PyStr>(vm) else { return Err(wrong(1, "str", name)) };
    let Some(bases) = bases.downcast::<PyTuple>(vm) else { return Err(wrong(2, "tuple", bases)) };
    let Some(dict) = dict.downcast::<PyDict>(vm) else { return Err(wrong(3, "dict", dict)) };
    let bases = bases.to_py();
    for b in bases.as_slice() {
        if b.r().downcast::<PyType>(vm).is_none() && vm.getattr_opt(b.r(), vm.names().__mro_entries__)?.is_some() {
            return Err(vm.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
        }
    }
    let winner = calculate_metaclass(vm, metatype, bases.as_slice())?;
    if !std::ptr::eq(winner, metatype) {
        // A base's metatype with a constructor of its own takes over.
        if let Some(new) = winner.slots.new.get().filter(|f| !is_type_new(vm, *f)) {
            return new(vm, winner, args);
        }
    }
    let kwds = ClassKwargs { values: args.kw_values(), names: args.names() };
    type_new(vm, winner, name, bases.clone(), dict, kwds)
}

fn is_type_new(vm: &Vm, f: NewFn) -> bool {
    vm.types.r#type.slots.new.get().is_some_and(|g| std::ptr::fn_addr_eq(f, g))
}

/// Makes a class. `metatype` must be the winner of [`calculate_metaclass`]; `dict` is copied.
pub fn type_new(vm: &Vm, metatype: &PyType, name: &PyStr, bases: Py<PyTuple>, dict: &PyDict, kwds: ClassKwargs<'_>) -> PyResult<Obj> {
    let bases = if bases.is_empty() { PyTuple::new(vm, vec![vm.types.object.to_obj()]) } else { bases };
    let base = best_base(vm, bases.as_slice())?;
    let dict = dict.copy(vm)?;
    let added = declared_slots::read(vm, name, bases.as_slice(), base, &dict)?;
    check_name(vm, name)?;
    let ty = alloc_type(vm, metatype)?;
    ty.name.set(Some(name.to_exact(vm)));
    ty.qualname.set(Some(name.to_exact(vm)));
    ty.base.set(base);
    ty.bases.set(Some(bases.clone()));
    ty.dict.set(Some(dict.clone()));
    ty.def.set(base.def.get());
    const PATTERNS: u64 = TypeFlags::SEQUENCE.0 | TypeFlags::MAPPING.0;
    set_layout(&ty, base, &added);
    // The first base that matches as a sequence or mapping decides, not the one with the layout.
    ty.flags.set(ty.flags.get() & !PATTERNS);
    for b in bases.as_slice() {
        if let Some(b) = b.r().downcast::<PyType>(vm)
            && ty.flags.get() & PATTERNS == 0
        {
            ty.flags.set(ty.flags.get() | b.flags.get() & PATTERNS);
        }
    }
    // SAFETY: the object is complete as far as the collector looks, and in no list yet.
    gc::track(vm, ty.header());
    fill_cells(vm, &ty, &dict)?;
    if let Some(doc) = dict.get_str(vm, vm.names().__doc__)?
        && let Some(doc) = doc.r().downcast::<PyStr>(vm)
        && doc.chars().any(|c| (0xd800..=0xdfff).contains(&c))
    {
        // The text is kept as UTF-8.
        vm.call_method_str(doc.r(), "encode", &[])?;
    }
    warn_of_other_keys(vm, name, &dict)?;
    fill_dict(vm, &ty, &dict, &added)?;
    let mro = compute_mro(vm, &ty)?;
    park(vm, ty.mro.replace(Some(mro)));
    finish_dict(vm, &dict)?;
    if ty.has_flag(TypeFlags::ATTRS) {
        Shape::install_root(&ty, inline_capacity(vm, &ty));
    }
    fixup_slots(vm, &ty)?;
    ty.set_flag(TypeFlags::READY);
    for b in bases.as_slice() {
        if let Some(b) = b.r().downcast::<PyType>(vm) {
            add_subclass(b, &ty);
        }
    }
    set_names(vm, &ty, &dict)?;
    init_subclass(vm, &ty, kwds)?;
    Ok(ty.into_obj())
}

/// Class names are text that UTF-8 can hold, without null characters.
pub(super) fn check_name(vm: &Vm, name: &PyStr) -> PyResult<()> {
    if name.is_ascii() {
        if name.chars().any(|c| c == 0) {
            return Err(vm.value_error("type name must not contain null characters"));
        }
        return Ok(());
    }
    if name.chars().any(|c| (0xd800..=0xdfff).contains(&c)) {
        vm.call_method_str(name.r(), "encode", &[])?;
    }
    if name.chars().any(|c| c == 0) { Err(vm.value_error("type name must not contain null characters")) } else { Ok(()) }
}

fn alloc_type(vm: &Vm, metatype: &PyType) -> PyResult<Py<PyType>> {
    let size = metatype.basicsize.get().max(size_of::<PyType>());
    let Some(p) = alloc_raw(metatype, size) else { return Err(vm.memory_error()) };
    // SAFETY: fresh memory of the right size; we own the one reference. What a native subtype of
    // `type` adds starts out as zeros.
    unsafe {
        let at = p.as_ptr() as *mut u8;
        std::ptr::write_bytes(at.add(size_of::<PyType>()), 0, size - size_of::<PyType>());
        PyType::init_payload(p.as_ptr());
        Ok(Py::from_ptr(p.as_ptr() as *const PyType))
    }
}

fn set_layout(ty: &PyType, base: &PyType, added: &Added) {
    let mut flags = inherited_flags(base) | TypeFlags::HEAP.0 | TypeFlags::BASETYPE.0;
    if added.dict {
        flags |= TypeFlags::ATTRS.0;
    }
    if added.weakref {
        flags |= TypeFlags::WEAKREF.0;
    }
    if added.dict || !added.members.is_empty() {
        flags |= TypeFlags::GC.0;
    }
    ty.flags.set(flags);
    ty.nslots.set(added.members.len() as u32);
    ty.basicsize.set(base.basicsize.get() + added.members.len() * 8);
    ty.itemsize.set(base.itemsize.get());
    ty.dealloc.set(base.dealloc.get());
    ty.traverse.set(base.traverse.get().or(Some(traverse_any)));
    ty.clear.set(Some(clear_subtype));
    ty.slots.am_send.set(base.slots.am_send.get());
}

/// Names that are no strings cannot be looked up.
fn warn_of_other_keys(vm: &Vm, name: &PyStr, dict: &PyDict) -> PyResult<()> {
    if dict.has_str_keys() || dict.keys_vec().iter().all(|k| k.r().downcast::<PyStr>(vm).is_some()) {
        return Ok(());
    }
    let text = format!("non-string key in the __dict__ of class {}", name.to_string_lossy());
    vm.warn(vm.types.runtime_warning, &text, 1)
}

/// Puts what every class has into its dict, and turns special functions into what they must be.
fn fill_dict(vm: &Vm, ty: &Py<PyType>, dict: &PyDict, added: &Added) -> PyResult<()> {
    let n = vm.names();
    if dict.get_str(vm, n.__module__)?.is_none()
        && let Some(globals) = (vm.interp.hooks().current_globals)(vm)
        && let Some(m) = globals.get_str(vm, n.__name__)?
    {
        dict.set_str(vm, n.__module__, m)?;
    }
    if let Some(q) = dict.get_str(vm, n.__qualname__)? {
        let Some(s) = q.r().downcast::<PyStr>(vm) else {
            return Err(vm.type_error(format!("type __qualname__ must be a str, not {}", q.r().ty(vm).tp_name())));
        };
        ty.qualname.set(Some(s.to_exact(vm)));
        dict.remove_str(vm, n.__qualname__)?;
    }
    for (name, is_static) in [(n.__new__, true), (n.__init_subclass__, false), (n.__class_getitem__, false)] {
        if let Some(f) = dict.get_str(vm, name)?.filter(|f| f.r().downcast_exact::<PyFunction>(vm).is_some()) {
            let wrapped = if is_static { PyStaticMethod::new(vm, f)? } else { PyClassMethod::new(vm, f)? };
            dict.set_str(vm, name, wrapped)?;
        }
    }
    let first = ty.basicsize.get() - added.members.len() * 8;
    for (i, name) in added.members.iter().enumerate() {
        let d = PyMember::slot(vm, name.clone(), first + i * 8, ty);
        dict.set_str(vm, name, d.into_obj())?;
    }
    for (add, def) in [(added.dict, &dict_getset::DICT), (added.weakref, &dict_getset::WEAKREF)] {
        let name = vm.intern(def.name);
        if add && dict.get_str(vm, &name)?.is_none() {
            dict.set_str(vm, &name, PyGetSet::new(vm, def, ty).into_obj())?;
        }
    }
    Ok(())
}

/// Fills the cells through which the body's functions see the class and its dict, and takes them
/// out of the namespace.
fn fill_cells(vm: &Vm, ty: &PyType, dict: &Py<PyDict>) -> PyResult<()> {
    let n = vm.names();
    if let Some(c) = dict.get_str(vm, n.__classcell__)? {
        let Some(cell) = c.r().downcast_exact::<PyCell>(vm) else {
            let got = vm.repr_text(c.r().ty(vm).r())?;
            return Err(vm.type_error(format!("type.__new__ __classcell__ must be a nonlocal cell, not {got}")));
        };
        cell.set(Some(ty.to_obj()));
        dict.remove_str(vm, n.__classcell__)?;
    }
    if let Some(c) = dict.get_str(vm, n.__classdictcell__)? {
        let Some(cell) = c.r().downcast_exact::<PyCell>(vm) else {
            let got = vm.repr_text(c.r().ty(vm).r())?;
            return Err(vm.type_error(format!("type.__new__ __classdictcell__ must be a nonlocal cell, not {got}")));
        };
        cell.set(Some(dict.to_obj()));
        dict.remove_str(vm, n.__classdictcell__)?;
    }
    Ok(())
}

fn finish_dict(vm: &Vm, dict: &PyDict) -> PyResult<()> {
    let n = vm.names();
    if dict.get_str(vm, n.__doc__)?.is_none() {
        dict.set_str(vm, n.__doc__, Obj::none())?;
    }
    if dict.get_str(vm, n.__eq__)?.is_some() && dict.get_str(vm, n.__hash__)?.is_none() {
        dict.set_str(vm, n.__hash__, Obj::none())?;
    }
    Ok(())
}

/// Attribute slots for new instances: as many as the methods of the class and its bases assign
/// to `self`, and at least what instances of the base turned out to need.
fn inline_capacity(vm: &Vm, ty: &PyType) -> u32 {
    let name = vm.names().__static_attributes__;
    let mut seen: Vec<u64> = Vec::new();
    let Some(mro) = ty.mro_ref() else { return 0 };
    for t in mro.as_slice() {
        let Some(t) = t.r().downcast::<PyType>(vm).filter(|t| t.has_flag(TypeFlags::HEAP)) else { continue };
        let Some(attrs) = t.dict_ref().and_then(|d| d.get_str_infallible(vm, name)) else { continue };
        let Ok(attrs) = attrs.downcast::<PyTuple>(vm) else { continue };
        for a in attrs.as_slice() {
            if !seen.contains(&a.value().0) {
                seen.push(a.value().0);
            }
        }
    }
    let base = ty.base_type().map_or(std::ptr::null(), |b| b.root_shape.get());
    // SAFETY: root shapes live as long as their type.
    let inherited = if base.is_null() { 0 } else { unsafe { (*base).inline_cap } };
    inherited.max(seen.len() as u32).min(MAX_INLINE)
}

/// Tells the values of the namespace under which name they are known.
fn set_names(vm: &Vm, ty: &PyType, dict: &PyDict) -> PyResult<()> {
    let n = vm.names();
    // Plain functions and constants have no `__set_name__`; most namespaces hold nothing else.
    let due: Vec<(Obj, Obj)> = dict.items_vec().into_iter().filter(|(_, v)| v.r().ty(vm).lookup(vm, n.__set_name__).is_some()).collect();
    for (key, value) in due {
        let Some(f) = vm.lookup_special(value.r(), n.__set_name__)? else { continue };
        if let Err(e) = vm.call(f.r(), &[ty.r(), key.r()]) {
            let exc = vm.take_raised(e);
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                value.r().ty(vm).tp_name(),
                vm.repr_text(key.r())?,
                ty.tp_name()
            );
            add_note(vm, &exc, &note)?;
            return Err(vm.raise_as_is(exc));
        }
    }
    Ok(())
}

fn add_note(vm: &Vm, exc: &PyBaseException, note: &str) -> PyResult<()> {
    let note = vm.str(note);
    vm.call_method(exc.r(), vm.names().add_note, &[note.r()]).map(drop)
}

/// `super(cls, cls).__init_subclass__(**kwds)`.
fn init_subclass(vm: &Vm, ty: &PyType, kwds: ClassKwargs<'_>) -> PyResult<()> {
    let f = super_getattr(vm, ty.r(), ty.r(), vm.names().__init_subclass__)?;
    vm.call_args(f.r(), Args::new(kwds.values, kwds.names)).map(drop)
}
