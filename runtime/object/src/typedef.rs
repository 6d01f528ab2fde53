//! Native types: from a [`TypeDef`] to a type object.
//!
//! A type is made in two steps, so that the types that describe types can be made from
//! themselves: [`prepare_native_type`] sets everything that allocating an instance needs,
//! [`fill_native_type`] makes the names, bases, MRO and dict.

pub mod descr;
pub mod mro;

use crate::dict::PyDict;
use crate::error::PyResult;
use crate::function::{PyBuiltinFunction, PyMethodDescr};
use crate::instance::{clear_instance, traverse_instance};
use crate::lookup::{generic_getattr, generic_setattr};
use crate::native::{Binding, MethodDef};
use crate::obj::{Layout, Obj, Py, Ref};
use crate::shape::Shape;
use crate::slots::{GetAttrFn, SetAttrFn};
use crate::str::PyStr;
use crate::tuple::PyTuple;
use crate::ty::{PyType, TypeDef, TypeFlags};
use crate::vm::Vm;
use descr::{PyGetSet, PyMember, PyStaticMethod};

/// What the crate with the slot tables plugs in.
pub struct TypeHooks {
    /// Adds `__new__` and a wrapper for each slot of the type's declaration to its dict.
    pub add_slot_wrappers: std::cell::Cell<fn(&Vm, &'static PyType, &'static TypeDef, &PyDict) -> PyResult<()>>,
}

impl Default for TypeHooks {
    fn default() -> Self {
        TypeHooks { add_slot_wrappers: std::cell::Cell::new(|_, _, _, _| Ok(())) }
    }
}

/// Flags a type has because the type whose layout it extends has them.
const INHERITED: u64 = TypeFlags::GC.0
    | TypeFlags::ATTRS.0
    | TypeFlags::WEAKREF.0
    | TypeFlags::MATCH_SELF.0
    | TypeFlags::SEQUENCE.0
    | TypeFlags::MAPPING.0
    | SUBCLASS_BITS;

const SUBCLASS_BITS: u64 = TypeFlags::INT_SUBCLASS.0
    | TypeFlags::LIST_SUBCLASS.0
    | TypeFlags::TUPLE_SUBCLASS.0
    | TypeFlags::BYTES_SUBCLASS.0
    | TypeFlags::STR_SUBCLASS.0
    | TypeFlags::DICT_SUBCLASS.0
    | TypeFlags::EXC_SUBCLASS.0
    | TypeFlags::TYPE_SUBCLASS.0;

/// The flags of a type derived from `base`.
pub fn inherited_flags(base: &PyType) -> u64 {
    base.flags.get() & INHERITED
}

/// Makes the type object of a declaration.
pub fn create_native_type(vm: &Vm, def: &'static TypeDef) -> &'static PyType {
    let ty = PyType::blank(vm.types.r#type);
    prepare_native_type(vm, ty, def);
    if let Err(e) = fill_native_type(vm, ty, def) {
        vm.unraisable(e, "Exception ignored while creating a native type", Some(ty.r()));
    }
    ty
}

fn native_base(vm: &Vm, ty: &PyType, def: &'static TypeDef) -> Option<&'static PyType> {
    match def.base {
        Some(f) => Some(f(vm)),
        None if std::ptr::eq(ty, vm.types.object) => None,
        None => Some(vm.types.object),
    }
}

/// The flag that marks the subtypes of one of the types with a flag of its own.
fn own_bits(vm: &Vm, ty: &PyType) -> u64 {
    let t = vm.types;
    let marks = [
        (t.int, TypeFlags::INT_SUBCLASS),
        (t.list, TypeFlags::LIST_SUBCLASS),
        (t.tuple, TypeFlags::TUPLE_SUBCLASS),
        (t.bytes, TypeFlags::BYTES_SUBCLASS),
        (t.str, TypeFlags::STR_SUBCLASS),
        (t.dict, TypeFlags::DICT_SUBCLASS),
        (t.base_exception, TypeFlags::EXC_SUBCLASS),
        (t.r#type, TypeFlags::TYPE_SUBCLASS),
    ];
    marks.iter().find(|(m, _)| std::ptr::eq(*m, ty)).map_or(0, |(_, f)| f.0)
}

/// Sets what making instances needs: layout, flags, slots, memory functions, root shape. The
/// base must have been prepared.
pub fn prepare_native_type(vm: &Vm, ty: &'static PyType, def: &'static TypeDef) {
    let base = native_base(vm, ty, def);
    let mut flags = def.flags.0 | TypeFlags::READY.0 | own_bits(vm, ty);
    ty.def.set(Some(def));
    ty.basicsize.set(def.basicsize);
    ty.itemsize.set(def.itemsize);
    ty.dealloc.set(def.dealloc);
    ty.traverse.set(def.traverse);
    ty.clear.set(def.clear);
    ty.slots.apply(&def.slots);
    if let Some(base) = base {
        ty.base.set(base);
        // A native type made from one with a metatype of its own shares that metatype.
        ty.header().ty.set(base.header().ty.get());
        flags |= inherited_flags(base);
        if def.itemsize == 0 {
            ty.itemsize.set(base.itemsize.get());
        }
        ty.basicsize.set(def.basicsize.max(base.basicsize.get()));
        inherit_native_slots(ty, base);
        let bare_new = def.slots.new.is_none() && std::ptr::eq(base, vm.types.object);
        if bare_new || flags & TypeFlags::DISALLOW_INSTANTIATION.0 != 0 {
            flags |= TypeFlags::DISALLOW_INSTANTIATION.0;
            ty.slots.new.set(None);
        }
        if flags & TypeFlags::GC.0 != 0 && def.traverse.is_none() {
            ty.traverse.set(base.traverse.get().or(Some(traverse_instance)));
            ty.clear.set(def.clear.or(base.clear.get()).or(Some(clear_instance)));
        }
    }
    ty.flags.set(flags);
    update_slot_flags(ty);
    if ty.has_flag(TypeFlags::ATTRS) {
        Shape::install_root(ty, 0);
    }
}

/// Takes missing slots from the base. Comparison and hash are inherited together or not at all.
fn inherit_native_slots(ty: &PyType, base: &PyType) {
    let (compares, hashes) = (ty.slots.richcompare.get().is_some(), ty.slots.hash.get().is_some());
    ty.slots.inherit(&base.slots);
    if compares && !hashes {
        ty.slots.hash.set(Some(crate::unpack::hash_not_implemented));
    } else if hashes && !compares {
        ty.slots.richcompare.set(None);
    }
}

/// Recomputes the flags that restate what slots say.
pub fn update_slot_flags(ty: &PyType) {
    let put = |flag: TypeFlags, on: bool| if on { ty.set_flag(flag) } else { ty.clear_flag(flag) };
    let get = ty.slots.getattro.get();
    let set = ty.slots.setattro.get();
    put(TypeFlags::GENERIC_GETATTR, get.is_some_and(|f| std::ptr::fn_addr_eq(f, generic_getattr as GetAttrFn)));
    put(TypeFlags::GENERIC_SETATTR, set.is_some_and(|f| std::ptr::fn_addr_eq(f, generic_setattr as SetAttrFn)));
    put(TypeFlags::FINALIZE, ty.slots.finalize.get().is_some());
}

/// Gives a prepared type its names, bases, MRO and dict.
pub fn fill_native_type(vm: &Vm, ty: &'static PyType, def: &'static TypeDef) -> PyResult<()> {
    let name = vm.intern(def.name);
    ty.qualname.set(Some(name.clone()));
    ty.name.set(Some(name));
    let base = native_base(vm, ty, def);
    let bases: &[&'static PyType] = match &base {
        Some(b) => std::slice::from_ref(b),
        None => &[],
    };
    set_native_bases(vm, ty, bases)?;
    let dict = PyDict::new(vm);
    ty.dict.set(Some(dict.clone()));
    let hooks = vm.interp.state::<TypeHooks>();
    (hooks.add_slot_wrappers.get())(vm, ty, def, &dict)?;
    for m in def.methods {
        add_method(vm, ty, &dict, m)?;
    }
    for m in def.members {
        add_new(vm, &dict, m.name, PyMember::native(vm, m, ty).into_obj())?;
    }
    for g in def.getset {
        add_new(vm, &dict, g.name, PyGetSet::new(vm, g, ty).into_obj())?;
    }
    let names = vm.names();
    if dict.get_str(vm, names.__doc__)?.is_none() {
        let doc = def.doc.map_or_else(Obj::none, |d| vm.str(doc_body(d)));
        dict.set_str(vm, names.__doc__, doc)?;
    }
    let unhashable = def.slots.richcompare.is_some() && def.slots.hash.is_none();
    if unhashable && dict.get_str(vm, names.__hash__)?.is_none() {
        dict.set_str(vm, names.__hash__, Obj::none())?;
    }
    match def.attrs {
        Some(f) => f(vm, &dict),
        None => Ok(()),
    }
}

/// Sets the bases of a native type and computes its MRO; the first determines the layout.
pub fn set_native_bases(vm: &Vm, ty: &'static PyType, bases: &[&'static PyType]) -> PyResult<()> {
    if let Some(old) = ty.bases_ref() {
        for b in old.as_slice() {
            if let Some(b) = b.r().downcast::<PyType>(vm) {
                remove_subclass(b, ty);
            }
        }
        crate::lookup::type_modified(vm, ty);
    }
    let tuple = PyTuple::from_iter_exact(vm, bases.len(), bases.iter().map(|b| b.to_obj()));
    let mro = match bases {
        [base] if base.mro_ref().is_some() => {
            let rest = base.mro_ref().map_or(&[][..], |m| m.as_slice());
            std::iter::once(ty.to_obj()).chain(rest.iter().cloned()).collect()
        }
        _ => mro::c3(vm, ty, &tuple)?,
    };
    crate::limbo::park(vm, ty.bases.replace(Some(tuple)));
    crate::limbo::park(vm, ty.mro.replace(Some(PyTuple::new(vm, mro))));
    for b in bases {
        add_subclass(b, ty);
    }
    Ok(())
}

/// Adds an attribute unless the dict has it.
fn add_new(vm: &Vm, dict: &PyDict, name: &'static str, value: Obj) -> PyResult<()> {
    let name = vm.intern(name);
    if dict.get_str(vm, &name)?.is_some() { Ok(()) } else { dict.set_str(vm, &name, value) }
}

fn add_method(vm: &Vm, ty: &'static PyType, dict: &PyDict, def: &'static MethodDef) -> PyResult<()> {
    let name: Py<PyStr> = vm.intern(def.name);
    if !def.coexist && dict.get_str(vm, &name)?.is_some() {
        return Ok(());
    }
    dict.set_str(vm, &name, method_object(vm, ty, def)?)
}

/// What a native method is in its type's dict.
pub fn method_object(vm: &Vm, ty: &'static PyType, def: &'static MethodDef) -> PyResult<Obj> {
    Ok(match def.binding {
        Binding::Normal => PyMethodDescr::new(vm, vm.types.method_descriptor, def, ty).into_obj(),
        Binding::Class => PyMethodDescr::new(vm, vm.types.classmethod_descriptor, def, ty).into_obj(),
        Binding::Static => {
            let f = PyBuiltinFunction::new(vm, def, Some(ty.to_obj()), None);
            PyStaticMethod::new(vm, f.into_obj())?
        }
    })
}

/// Records `sub` among the direct subclasses of `base`.
pub fn add_subclass(base: &PyType, sub: &PyType) {
    // SAFETY: no borrow of the vector outlives a statement.
    unsafe { (*base.subclasses.get()).push(sub) }
}

/// Forgets a direct subclass.
pub fn remove_subclass(base: &PyType, sub: &PyType) {
    // SAFETY: no borrow of the vector outlives a statement.
    unsafe { (*base.subclasses.get()).retain(|s| !std::ptr::eq(*s, sub)) }
}

/// The direct subclasses that are alive.
pub fn subclasses(ty: &PyType) -> Vec<Py<PyType>> {
    // SAFETY: dying subclasses remove themselves before they are freed; the collector leaves
    // nothing in the list whose count is zero while Python code runs, except types queued for
    // deallocation, which are skipped.
    unsafe { (*ty.subclasses.get()).iter().filter(|s| (***s).header().refcount() != 0).map(|s| (**s).to_py()).collect() }
}

/// The text of a docstring without its signature line.
pub fn doc_body(doc: &'static str) -> &'static str {
    match split_signature(doc) {
        Some((_, body)) => body,
        None => doc,
    }
}

/// The `(...)` of a docstring's signature line.
pub fn text_signature(doc: &'static str) -> Option<&'static str> {
    split_signature(doc).map(|(sig, _)| sig)
}

fn split_signature(doc: &'static str) -> Option<(&'static str, &'static str)> {
    let open = doc.find('(')?;
    let name_ok = doc[..open].bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'.') && open > 0;
    let end = doc.find(")\n--\n\n")?;
    // The signature line ends the first line.
    let clean = name_ok && !doc[..end].contains("\n\n");
    clean.then(|| (&doc[open..=end], &doc[end + 6..]))
}

/// The nearest native type on the chain of layout bases.
pub fn native_ancestor(ty: &PyType) -> &PyType {
    let mut t = ty;
    while t.has_flag(TypeFlags::HEAP) {
        match t.base_type() {
            Some(b) => t = b,
            None => break,
        }
    }
    t
}

/// Does the object hold its own `__dict__` in its layout instead of attribute slots?
pub fn has_own_dict(vm: &Vm, ty: &PyType) -> bool {
    ty.has_flag(TypeFlags::TYPE_SUBCLASS) || std::ptr::eq(ty, vm.types.module) || ty.derives_from_base(vm.types.module)
}

/// The type behind a reference, for errors about it.
pub fn expect_type<'a>(vm: &Vm, o: Ref<'a>) -> Option<&'a PyType> {
    o.downcast::<PyType>(vm)
}
