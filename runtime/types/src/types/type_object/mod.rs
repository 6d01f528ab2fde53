//! `type`.

mod annotations;
mod attrs;
pub mod bases;
mod declared_slots;
pub mod getset;
mod memory;
mod new;

pub use bases::{best_base, calculate_metaclass};
pub use new::{ClassKwargs, type_new};

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_object::typedef;

use super::object::class_dict_keys;

/// Is a native type one that CPython makes at run time? `copyreg` and others look at that flag.
fn made_at_run_time(ty: &PyType) -> bool {
    const STATIC_MODULES: &[&str] = &["builtins", "sys", "types", "weakref", "_contextvars", "datetime"];
    const STATIC: &[&str] = &["OrderedDict", "TypeAliasType"];
    ty.def.get().is_some_and(|d| !STATIC_MODULES.contains(&d.module) && !STATIC.contains(&d.name))
}

/// Calls a type: makes and initialises an instance.
pub fn type_call(vm: &Vm, ty: &PyType, args: Args<'_>) -> PyResult<Obj> {
    if std::ptr::eq(ty, vm.types.r#type) {
        if let ([obj], false) = (args.pos(), args.has_kw()) {
            return Ok(obj.ty(vm).to_obj());
        }
        if args.npos() != 3 {
            return Err(vm.type_error("type() takes 1 or 3 arguments"));
        }
    }
    let Some(new) = ty.slots.new.get() else {
        return Err(vm.type_error(format!("cannot create '{}' instances", ty.tp_name())));
    };
    let obj = new(vm, ty, args)?;
    let made = obj.r().ty(vm);
    if !std::ptr::eq(made, ty) && !made.is_subtype(ty) {
        return Ok(obj);
    }
    if let Some(init) = made.slots.init.get() {
        init(vm, obj.r(), args)?;
    }
    Ok(obj)
}

/// type(object) -> the object's type
/// type(name, bases, dict, **kwds) -> a new type
#[pyclass("type", layout = PyType, table = r#type, flags(BASETYPE), weakref, nosig, dealloc = super::memory::dealloc_type)]
pub mod type_ {
    use super::*;

    #[slot(traverse)]
    unsafe fn traverse(p: *const krait_object::header::Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes live type objects.
        unsafe { memory::traverse_type(p, v) }
    }

    #[slot(clear)]
    unsafe fn clear(vm: &Vm, p: *const krait_object::header::Header) {
        // SAFETY: the collector passes live type objects.
        unsafe { memory::clear_type(vm, p) }
    }

    #[slot(new)]
    fn new(vm: &Vm, metatype: &PyType, args: Args<'_>) -> PyResult<Obj> {
        super::new::new_from_args(vm, metatype, args)
    }

    #[slot(init)]
    fn init(vm: &Vm, _zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
        match args.npos() {
            1 if args.has_kw() => Err(vm.type_error("type.__init__() takes no keyword arguments")),
            1 | 3 => Ok(()),
            _ => Err(vm.type_error("type.__init__() takes 1 or 3 arguments")),
        }
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyType) -> PyResult<String> {
        let module = getset::module_of(vm, zelf)?;
        Ok(match module.as_ref().and_then(|m| m.r().downcast::<PyStr>(vm)) {
            Some(m) if !m.eq_str("builtins") => {
                let q = zelf.qualname_ref().map_or_else(|| zelf.name_lossy(), |q| q.to_string_lossy());
                format!("<class '{m}.{q}'>")
            }
            _ => format!("<class '{}'>", zelf.name_lossy()),
        })
    }

    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyType, args: Args<'_>) -> PyResult<Obj> {
        type_call(vm, zelf, args)
    }

    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PyType, name: &PyStr) -> PyResult<Obj> {
        attrs::getattro(vm, zelf, name)
    }

    #[slot(setattro)]
    fn setattro(vm: &Vm, zelf: &PyType, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
        attrs::setattro(vm, zelf, name, value)
    }

    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        crate::generics::type_or(vm, a, b)
    }

    /// Return a type's method resolution order.
    #[pymethod("mro(self, /)")]
    fn mro(vm: &Vm, zelf: &PyType) -> PyResult<Vec<Obj>> {
        match zelf.bases_ref().map(Layout::to_py) {
            Some(b) => typedef::mro::c3(vm, zelf, &b),
            None => Ok(vec![zelf.to_obj()]),
        }
    }

    /// Return a list of immediate subclasses.
    #[pymethod("__subclasses__(self, /)")]
    fn subclasses(zelf: &PyType) -> Vec<Obj> {
        typedef::subclasses(zelf).into_iter().map(Py::into_obj).collect()
    }

    #[pyclassmethod(
        "__prepare__($cls, name, bases, /, **kwds)",
        raw,
        doc = "__prepare__($cls, name, bases, /, **kwds)\n--\n\nCreate the namespace for the class statement",
        nosig
    )]
    fn prepare(vm: &Vm, _cls: &PyType, _args: Args<'_>) -> Obj {
        PyDict::new(vm).into_obj()
    }

    /// Check if an object is an instance.
    #[pymethod("__instancecheck__(self, instance, /)")]
    fn instancecheck(vm: &Vm, zelf: &PyType, instance: Ref<'_>) -> PyResult<bool> {
        vm.recursive_isinstance(instance, zelf.r())
    }

    /// Check if a class is a subclass.
    #[pymethod("__subclasscheck__(self, subclass, /)")]
    fn subclasscheck(vm: &Vm, zelf: &PyType, subclass: Ref<'_>) -> PyResult<bool> {
        vm.recursive_issubclass(subclass, zelf.r())
    }

    /// Specialized __dir__ implementation for types.
    #[pymethod("__dir__(self, /)")]
    fn dir(vm: &Vm, zelf: &PyType) -> PyResult<Obj> {
        class_dict_keys(vm, zelf.r())
    }

    /// Return memory consumption of the type object.
    #[pymethod("__sizeof__(self, /)")]
    fn type_size(zelf: &PyType) -> usize {
        let dict = zelf.dict_ref().map_or(0, |d| d.size_in_bytes());
        size_of::<PyType>() + if zelf.has_flag(TypeFlags::HEAP) { dict } else { 0 }
    }

    #[member("__basicsize__")]
    fn basicsize(zelf: &PyType) -> usize {
        // Ints are shown with CPython's layout, which `int.__sizeof__` goes by.
        if zelf.has_flag(TypeFlags::INT_SUBCLASS) { 24 } else { zelf.basicsize.get() }
    }

    #[member("__itemsize__")]
    fn itemsize(zelf: &PyType) -> usize {
        if zelf.has_flag(TypeFlags::INT_SUBCLASS) { 4 } else { zelf.itemsize.get() }
    }

    #[member("__flags__")]
    fn flags(zelf: &PyType) -> u32 {
        const HEAP: u32 = 1 << 9;
        const INLINE_VALUES: u32 = 1 << 2;
        const MANAGED_DICT: u32 = 1 << 4;
        let mut flags = zelf.flags.get() as u32;
        if zelf.has_flag(TypeFlags::HEAP) && zelf.has_flag(TypeFlags::ATTRS) {
            flags |= MANAGED_DICT;
            if zelf.def.get().is_some_and(|d| std::ptr::eq(d, &crate::types::object::DEF)) {
                flags |= INLINE_VALUES;
            }
        }
        // Classes of modules are made when these are imported, as far as anybody can see.
        if made_at_run_time(zelf) {
            flags |= HEAP;
        }
        flags
    }

    #[member("__weakrefoffset__")]
    fn weakrefoffset(zelf: &PyType) -> i64 {
        if !zelf.has_flag(TypeFlags::WEAKREF) {
            0
        } else if zelf.has_flag(TypeFlags::HEAP) {
            -32
        } else {
            zelf.basicsize.get() as i64
        }
    }

    #[member("__base__")]
    fn base(zelf: &PyType) -> Obj {
        zelf.base_type().map_or_else(Obj::none, |b| b.to_obj())
    }

    #[member("__dictoffset__")]
    fn dictoffset(vm: &Vm, zelf: &PyType) -> i64 {
        if zelf.has_flag(TypeFlags::ATTRS) {
            -1
        } else if typedef::has_own_dict(vm, zelf) {
            size_of::<krait_object::header::Header>() as i64
        } else {
            0
        }
    }

    #[getter("__name__")]
    fn name(zelf: &PyType) -> Obj {
        zelf.name_ref().map_or_else(Obj::none, |n| n.to_obj())
    }

    #[setter("__name__")]
    fn set_name(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        getset::set_name(vm, zelf, value)
    }

    #[getter("__qualname__")]
    fn qualname(zelf: &PyType) -> Obj {
        zelf.qualname_ref().map_or_else(Obj::none, |n| n.to_obj())
    }

    #[setter("__qualname__")]
    fn set_qualname(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        getset::set_qualname(vm, zelf, value)
    }

    #[getter("__bases__")]
    fn bases(zelf: &PyType) -> Obj {
        zelf.bases_ref().map_or_else(Obj::none, |n| n.to_obj())
    }

    #[setter("__bases__")]
    fn set_bases(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        bases::set_bases(vm, zelf, value)
    }

    #[getter("__mro__")]
    fn get_mro(zelf: &PyType) -> Obj {
        zelf.mro_ref().map_or_else(Obj::none, |n| n.to_obj())
    }

    #[getter("__module__")]
    fn module(vm: &Vm, zelf: &PyType) -> PyResult<Obj> {
        getset::get_module(vm, zelf)
    }

    #[setter("__module__")]
    fn set_module(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        getset::set_module(vm, zelf, value)
    }

    #[getter("__abstractmethods__")]
    fn abstractmethods(vm: &Vm, zelf: &PyType) -> PyResult<Obj> {
        getset::abstract_methods(vm, zelf)
    }

    #[setter("__abstractmethods__")]
    fn set_abstractmethods(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        getset::set_abstract_methods(vm, zelf, value)
    }

    #[getter("__dict__")]
    fn dict(vm: &Vm, zelf: &PyType) -> PyResult<Obj> {
        match zelf.dict_ref() {
            Some(d) => vm.call1(vm.types.mapping_proxy.r(), d.r()),
            None => Ok(Obj::none()),
        }
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyType) -> PyResult<Obj> {
        getset::get_doc(vm, zelf)
    }

    #[setter("__doc__")]
    fn set_doc(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        getset::set_special(vm, zelf, vm.names().__doc__, value)
    }

    #[getter("__text_signature__")]
    fn text_signature(vm: &Vm, zelf: &PyType) -> Obj {
        let doc = if zelf.has_flag(TypeFlags::HEAP) { None } else { zelf.def.get().and_then(|d| d.doc) };
        crate::types::descriptors::signature_obj(vm, doc)
    }

    #[getter("__annotations__")]
    fn annotations(vm: &Vm, zelf: &PyType) -> PyResult<Obj> {
        annotations::get(vm, zelf)
    }

    #[setter("__annotations__")]
    fn set_annotations(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        annotations::set(vm, zelf, value)
    }

    #[getter("__annotate__")]
    fn annotate(vm: &Vm, zelf: &PyType) -> PyResult<Obj> {
        annotations::get_annotate(vm, zelf)
    }

    #[setter("__annotate__")]
    fn set_annotate(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        annotations::set_annotate(vm, zelf, value)
    }

    #[getter("__type_params__")]
    fn type_params(vm: &Vm, zelf: &PyType) -> PyResult<Obj> {
        let own = match zelf.dict_ref() {
            Some(d) => d.get_str(vm, vm.names().__type_params__)?,
            None => None,
        };
        Ok(own.filter(|_| !std::ptr::eq(zelf, vm.types.r#type)).unwrap_or_else(|| vm.tuple(vec![])))
    }

    #[setter("__type_params__")]
    fn set_type_params(vm: &Vm, zelf: &PyType, value: Option<Ref<'_>>) -> PyResult<()> {
        getset::set_special(vm, zelf, vm.names().__type_params__, value)
    }
}
