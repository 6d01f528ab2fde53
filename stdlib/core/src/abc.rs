//! `_abc`: abstract base classes' registries and caches.
//!
//! As in CPython, the caches are sets of weak references. In front of them stands a small table
//! keyed by the class's type version, which answers repeated checks without making a weakref. A
//! version is given out once, so an entry can only match the class it was made for, as it was.

use std::cell::{Cell, OnceCell};

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::lookup::type_version;
use krait_object::prelude::*;
use krait_object::set::PySet;
use krait_object::singletons;
use krait_object::weakref::{PyWeakref, new_weakref};

use crate::util::{make, method_def, native, no_header};

/// Entries of the front table.
const FRONT: usize = 16;

/// Counts registrations; negative caches made before the last one are void.
#[derive(Default)]
struct AbcState {
    counter: Cell<u64>,
}

fn counter(vm: &Vm) -> &'static Cell<u64> {
    &vm.interp.state::<AbcState>().counter
}

/// The registry and caches of one class.
#[repr(C)]
#[derive(Trace)]
pub struct PyAbcData {
    header: Header,
    registry: OnceCell<Py<PySet>>,
    cache: OnceCell<Py<PySet>>,
    negative: OnceCell<Py<PySet>>,
    #[trace(skip)]
    negative_version: Cell<u64>,
    /// Type version and answer: 1 subclass, 2 no subclass.
    #[trace(skip)]
    front: [Cell<(u32, u8)>; FRONT],
}

/// Internal state held by ABC machinery.
#[pyclass(layout = PyAbcData, name = "_abc_data", module = "_abc", own)]
mod abc_data {
    use super::*;

    #[pynew("_abc_data()", raw)]
    fn new(vm: &Vm, _cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        Ok(PyAbcData::fresh(vm).into_obj())
    }
}

impl PyAbcData {
    fn fresh(vm: &Vm) -> Py<PyAbcData> {
        make(
            vm,
            PyAbcData {
                header: no_header(),
                registry: OnceCell::new(),
                cache: OnceCell::new(),
                negative: OnceCell::new(),
                negative_version: Cell::new(counter(vm).get()),
                front: [const { Cell::new((0, 0)) }; FRONT],
            },
        )
    }
    fn clear_front(&self) {
        for e in &self.front {
            e.set((0, 0));
        }
    }
    /// The remembered answer for a class of this version.
    #[inline]
    fn quick(&self, vm: &Vm, version: u32) -> Option<bool> {
        let (v, answer) = self.front[version as usize % FRONT].get();
        if version == 0 || v != version {
            return None;
        }
        match answer {
            1 => Some(true),
            2 if self.negative_version.get() == counter(vm).get() => Some(false),
            _ => None,
        }
    }
    fn remember(&self, version: u32, answer: bool) {
        if version != 0 {
            self.front[version as usize % FRONT].set((version, if answer { 1 } else { 2 }));
        }
    }
    /// Drops the negative cache if a class was registered since it was filled.
    fn refresh_negative(&self, vm: &Vm) {
        let now = counter(vm).get();
        if self.negative_version.get() < now {
            if let Some(s) = self.negative.get() {
                (**s).clear();
            }
            self.negative_version.set(now);
            self.clear_front();
        }
    }
}

/// Is a weak reference to `obj` in the set?
fn in_weak_set(vm: &Vm, set: &OnceCell<Py<PySet>>, obj: Ref<'_>) -> PyResult<bool> {
    let Some(set) = set.get().filter(|s| !s.is_empty()) else { return Ok(false) };
    let r = match new_weakref(vm, vm.types.weakref, obj, None) {
        Ok(r) => r,
        // What cannot be weakly referenced is in no set.
        Err(e) => return vm.catch(e, vm.types.type_error).map(|_| false),
    };
    set.contains(vm, r.r())
}

static DESTROY: MethodDef = method_def("_destroy", NativeFn::One(destroy));

/// Removes a dead weakref from the set that `set_ref` refers to.
fn destroy(vm: &Vm, set_ref: Ref<'_>, dead: Ref<'_>) -> PyResult<Obj> {
    if let Some(set) = set_ref.downcast::<PyWeakref>(vm).and_then(PyWeakref::upgrade)
        && let Some(set) = set.r().downcast::<PySet>(vm)
    {
        set.discard(vm, dead)?;
    }
    Ok(Obj::none())
}

fn add_to_weak_set(vm: &Vm, cell: &OnceCell<Py<PySet>>, obj: Ref<'_>) -> PyResult<()> {
    let set = cell.get_or_init(|| PySet::new(vm)).clone();
    let set_ref = new_weakref(vm, vm.types.weakref, set.r(), None)?;
    let callback = native(vm, &DESTROY, set_ref.into_obj());
    let r = new_weakref(vm, vm.types.weakref, obj, Some(callback))?;
    set.add(vm, r.r())?;
    Ok(())
}

/// `cls._abc_impl`.
fn get_impl(vm: &Vm, cls: Ref<'_>) -> PyResult<Py<PyAbcData>> {
    let name = vm.names()._abc_impl;
    if let Some(d) = cls.downcast::<PyType>(vm).and_then(|t| t.lookup(vm, name))
        && let Ok(d) = d.downcast::<PyAbcData>(vm)
    {
        return Ok(d);
    }
    match vm.getattr(cls, name)?.downcast::<PyAbcData>(vm) {
        Ok(d) => Ok(d),
        Err(_) => Err(vm.type_error("_abc_impl is set to a wrong type")),
    }
}

const COLLECTION: u64 = TypeFlags::SEQUENCE.0 | TypeFlags::MAPPING.0;

fn is_abstract(vm: &Vm, value: Ref<'_>) -> PyResult<bool> {
    match vm.getattr_opt(value, vm.names().__isabstractmethod__)? {
        Some(v) => vm.is_true(v.r()),
        None => Ok(false),
    }
}

fn compute_abstract_methods(vm: &Vm, cls: Ref<'_>) -> PyResult<()> {
    let names = vm.names();
    let abstracts = PySet::new(vm);
    let ns = vm.getattr(cls, names.__dict__)?;
    for item in vm.mapping_list(ns.r(), "items")? {
        let pair = vm.to_tuple(item.r())?;
        let [key, value] = pair.as_slice() else {
            return Err(vm.type_error(format!("Iteration over '{}' items should return pairs", ns.r().ty(vm).tp_name())));
        };
        if is_abstract(vm, value.r())? {
            abstracts.add(vm, key.r())?;
        }
    }
    let bases = vm.getattr(cls, names.__bases__)?;
    let Some(bases) = bases.r().downcast::<PyTuple>(vm) else {
        return Err(vm.type_error("__bases__ is not tuple"));
    };
    let attr = vm.intern("__abstractmethods__");
    for base in bases.as_slice() {
        let Some(inherited) = vm.getattr_opt(base.r(), &attr)? else { continue };
        let it = vm.iter(inherited.r())?;
        while let Some(key) = vm.iter_next(it.r())? {
            let Some(name) = key.r().downcast::<PyStr>(vm) else {
                return Err(vm.type_error(format!("attribute name must be string, not '{}'", key.r().ty(vm).tp_name())));
            };
            if let Some(value) = vm.getattr_opt(cls, name)?
                && is_abstract(vm, value.r())?
            {
                abstracts.add(vm, key.r())?;
            }
        }
    }
    let frozen = vm.call1(vm.types.frozenset.r(), abstracts.r())?;
    vm.setattr(cls, &attr, frozen.r())
}

fn inherit_collection_flag(child: &PyType, flag: u64) {
    if child.has_flag(TypeFlags::IMMUTABLE) || child.flags.get() & COLLECTION == flag {
        return;
    }
    child.flags.set(child.flags.get() & !COLLECTION | flag);
    // SAFETY: subclasses are removed from the list before they die; nothing here runs Python code.
    let subs: Vec<&PyType> = unsafe { (*child.subclasses.get()).iter().map(|p| &**p).collect() };
    for s in subs {
        inherit_collection_flag(s, flag);
    }
}

/// The class an instance claims to be, and whether that is its real one.
fn class_of(vm: &Vm, instance: Ref<'_>) -> PyResult<(Obj, bool)> {
    let ty = instance.ty(vm);
    let name = vm.names().__class__;
    if ty.has_flag(TypeFlags::GENERIC_GETATTR) {
        let plain = vm.types.object.lookup(vm, name);
        if let (Some(a), Some(b)) = (ty.lookup(vm, name), plain)
            && a.is(b.r())
        {
            return Ok((ty.to_obj(), true));
        }
    }
    let claimed = vm.getattr(instance, name)?;
    let same = claimed.r().ptr_eq(ty.r());
    Ok((claimed, same))
}

fn subclass_check(vm: &Vm, cls: Ref<'_>, subclass: Ref<'_>) -> PyResult<bool> {
    let Some(sub) = subclass.downcast::<PyType>(vm) else {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    };
    let data = get_impl(vm, cls)?;
    let version = type_version(vm, sub);
    if let Some(answer) = data.quick(vm, version) {
        return Ok(answer);
    }
    if in_weak_set(vm, &data.cache, subclass)? {
        data.remember(version, true);
        return Ok(true);
    }
    data.refresh_negative(vm);
    if in_weak_set(vm, &data.negative, subclass)? {
        data.remember(version, false);
        return Ok(false);
    }
    let (answer, cached) = decide(vm, cls, subclass, sub, &data)?;
    if cached {
        add_to_weak_set(vm, if answer { &data.cache } else { &data.negative }, subclass)?;
    }
    Ok(answer)
}

/// The answer, and whether it is to be remembered.
fn decide(vm: &Vm, cls: Ref<'_>, subclass: Ref<'_>, sub: &PyType, data: &PyAbcData) -> PyResult<(bool, bool)> {
    let hook = vm.call_method(cls, vm.names().__subclasshook__, &[subclass])?;
    if hook.is(singletons::true_()) {
        return Ok((true, true));
    }
    if hook.is(singletons::false_()) {
        return Ok((false, true));
    }
    if !hook.is(singletons::not_implemented()) {
        return Err(vm.assertion_error("__subclasshook__ must return either False, True, or NotImplemented"));
    }
    if cls.downcast::<PyType>(vm).is_some_and(|c| sub.is_subtype(c)) {
        return Ok((true, true));
    }
    if in_weak_set(vm, &data.registry, subclass)? {
        return Ok((true, false));
    }
    for r in data.registry.get().map_or_else(Vec::new, |s| s.to_vec()) {
        if let Some(rcls) = r.r().downcast::<PyWeakref>(vm).and_then(PyWeakref::upgrade)
            && vm.issubclass(subclass, rcls.r())?
        {
            return Ok((true, true));
        }
    }
    let subs = vm.call_method_str(cls, "__subclasses__", &[])?;
    let Some(subs) = subs.r().downcast::<PyList>(vm) else {
        return Err(vm.type_error("__subclasses__() must return a list"));
    };
    let mut i = 0;
    while let Some(s) = subs.get(i) {
        i += 1;
        if vm.issubclass(subclass, s.r())? {
            return Ok((true, true));
        }
    }
    Ok((false, true))
}

/// Module contains faster C implementation of abc.ABCMeta
#[pymodule(name = "_abc")]
pub mod abc {
    use super::*;

    /// Returns the current ABC cache token.
    ///
    /// The token is an opaque object (supporting equality testing) identifying the
    /// current version of the ABC cache for virtual subclasses. The token changes
    /// with every call to register() on any ABC.
    #[pyfunction("get_cache_token()")]
    fn get_cache_token(vm: &Vm) -> u64 {
        counter(vm).get()
    }

    /// Internal ABC helper for class set-up. Should be never used outside abc module.
    #[pyfunction("_abc_init(self, /)", name = "_abc_init")]
    fn abc_init(vm: &Vm, cls: Ref<'_>) -> PyResult<()> {
        compute_abstract_methods(vm, cls)?;
        let data = PyAbcData::fresh(vm);
        vm.setattr(cls, vm.names()._abc_impl, data.r())?;
        let Some(ty) = cls.downcast::<PyType>(vm) else { return Ok(()) };
        let name = vm.intern("__abc_tpflags__");
        let given = match ty.dict_ref() {
            Some(d) => d.get_str(vm, &name)?,
            None => None,
        };
        let Some(flags) = given else { return Ok(()) };
        if flags.r().is_exact_int(vm) {
            let bits = flags.r().as_int(vm).and_then(IntRef::to_i64).unwrap_or(0) as u64 & COLLECTION;
            if bits == COLLECTION {
                return Err(vm.type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"));
            }
            ty.flags.set(ty.flags.get() & !COLLECTION | bits);
        }
        vm.delattr(cls, &name)
    }

    /// Internal ABC helper for subclasss registration. Should be never used outside abc module.
    #[pyfunction("_abc_register(self, subclass, /)", name = "_abc_register")]
    fn abc_register(vm: &Vm, cls: Ref<'_>, subclass: Ref<'_>) -> PyResult<Obj> {
        let Some(sub) = subclass.downcast::<PyType>(vm) else {
            return Err(vm.type_error("Can only register classes"));
        };
        if vm.issubclass(subclass, cls)? {
            return Ok(subclass.to_obj());
        }
        if vm.issubclass(cls, subclass)? {
            return Err(vm.runtime_error("Refusing to create an inheritance cycle"));
        }
        let data = get_impl(vm, cls)?;
        add_to_weak_set(vm, &data.registry, subclass)?;
        let c = counter(vm);
        c.set(c.get() + 1);
        if let Some(ty) = cls.downcast::<PyType>(vm) {
            let flag = ty.flags.get() & COLLECTION;
            if flag != 0 {
                inherit_collection_flag(sub, flag);
            }
        }
        Ok(subclass.to_obj())
    }

    /// Internal ABC helper for instance checks. Should be never used outside abc module.
    #[pyfunction("_abc_instancecheck(self, instance, /)", name = "_abc_instancecheck")]
    fn abc_instancecheck(vm: &Vm, cls: Ref<'_>, instance: Ref<'_>) -> PyResult<Obj> {
        let data = get_impl(vm, cls)?;
        let (subclass, real) = class_of(vm, instance)?;
        let version = subclass.r().downcast::<PyType>(vm).map_or(0, |t| type_version(vm, t));
        match data.quick(vm, version) {
            Some(true) => return Ok(Obj::bool(true)),
            Some(false) if real => return Ok(Obj::bool(false)),
            _ => {}
        }
        if in_weak_set(vm, &data.cache, subclass.r())? {
            data.remember(version, true);
            return Ok(Obj::bool(true));
        }
        let name = vm.names().__subclasscheck__;
        if real {
            if data.negative_version.get() == counter(vm).get() && in_weak_set(vm, &data.negative, subclass.r())? {
                data.remember(version, false);
                return Ok(Obj::bool(false));
            }
            return vm.call_method(cls, name, &[subclass.r()]);
        }
        let claimed = vm.call_method(cls, name, &[subclass.r()])?;
        if vm.is_true(claimed.r())? {
            return Ok(claimed);
        }
        vm.call_method(cls, name, &[instance.ty(vm).r()])
    }

    /// Internal ABC helper for subclasss checks. Should be never used outside abc module.
    #[pyfunction("_abc_subclasscheck(self, subclass, /)", name = "_abc_subclasscheck")]
    fn abc_subclasscheck(vm: &Vm, cls: Ref<'_>, subclass: Ref<'_>) -> PyResult<bool> {
        vm.check_stack(" in __subclasscheck__")?;
        subclass_check(vm, cls, subclass)
    }

    /// Internal ABC helper for cache and registry debugging.
    ///
    /// Return shallow copies of registry, of both caches, and
    /// negative cache version. Don't call this function directly,
    /// instead use ABC._dump_registry() for a nice repr.
    #[pyfunction("_get_dump(self, /)", name = "_get_dump")]
    fn get_dump(vm: &Vm, cls: Ref<'_>) -> PyResult<(Obj, Obj, Obj, u64)> {
        let data = get_impl(vm, cls)?;
        let copy = |cell: &OnceCell<Py<PySet>>| match cell.get() {
            Some(s) => s.copy(vm, vm.types.set),
            None => Ok(PySet::new(vm).into_obj()),
        };
        Ok((copy(&data.registry)?, copy(&data.cache)?, copy(&data.negative)?, data.negative_version.get()))
    }

    /// Internal ABC helper to reset registry of a given class.
    ///
    /// Should be only used by refleak.py
    #[pyfunction("_reset_registry(self, /)", name = "_reset_registry")]
    fn reset_registry(vm: &Vm, cls: Ref<'_>) -> PyResult<()> {
        let data = get_impl(vm, cls)?;
        if let Some(s) = data.registry.get() {
            (**s).clear();
        }
        Ok(())
    }

    /// Internal ABC helper to reset both caches of a given class.
    ///
    /// Should be only used by refleak.py
    #[pyfunction("_reset_caches(self, /)", name = "_reset_caches")]
    fn reset_caches(vm: &Vm, cls: Ref<'_>) -> PyResult<()> {
        let data = get_impl(vm, cls)?;
        data.clear_front();
        for cell in [&data.cache, &data.negative] {
            if let Some(s) = cell.get() {
                (**s).clear();
            }
        }
        Ok(())
    }
}
