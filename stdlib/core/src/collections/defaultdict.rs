//! `defaultdict`.

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::dict::{clear_dict, dealloc_dict, traverse_dict};
use krait_object::gc::{Trace, Visitor};
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;

use crate::util::{class_getitem, peek_obj, short_name};

/// A dict with a factory. Memory of all zeros after the dict part stands for "no factory".
#[repr(C)]
pub struct PyDefaultDict {
    dict: PyDict,
    factory: Cell<Option<Obj>>,
}

impl PyDefaultDict {
    fn factory(&self) -> Option<Obj> {
        peek_obj(&self.factory)
    }
    fn factory_or_none(&self) -> Obj {
        self.factory().unwrap_or_else(Obj::none)
    }
}

/// The value for a key that is not there, which is added.
fn make_missing(vm: &Vm, d: &PyDefaultDict, key: Ref<'_>) -> PyResult<Obj> {
    let Some(factory) = d.factory().filter(|f| !f.r().is_none()) else {
        return Err(vm.key_error(key));
    };
    let value = vm.call0(factory.r())?;
    // The factory may have added the key; what it added stays.
    d.dict.setdefault(vm, key, value.r())
}

/// `type(d)(d.default_factory, items)`.
fn make_like(vm: &Vm, d: &PyDefaultDict, items: Ref<'_>) -> PyResult<Obj> {
    let factory = d.factory_or_none();
    vm.call(d.r().ty(vm).r(), &[factory.r(), items])
}

/// defaultdict(default_factory=None, /, [...]) --> dict with default factory
///
/// The default factory is called without arguments to produce
/// a new value when a key is not present, in __getitem__ only.
/// A defaultdict compares equal to a dict with the same items.
/// All remaining arguments are treated the same as if they were
/// passed to the dict constructor, including keyword arguments.
#[pyclass(
    layout = PyDefaultDict, name = "defaultdict", module = "collections", own, nosig, base = dict,
    dealloc = super::dealloc, flags(BASETYPE)
)]
pub mod defaultdict {
    use super::*;

    #[pyinit("defaultdict(default_factory=None, /, *args, **kwargs)", raw)]
    fn init(vm: &Vm, zelf: &PyDefaultDict, args: Args<'_>) -> PyResult<()> {
        let mut rest = args;
        let mut factory = None;
        if let [f, ..] = args.pos() {
            if !vm.is_callable(*f) && !f.is_none() {
                return Err(vm.type_error("first argument must be callable or None"));
            }
            factory = Some(f.to_obj());
            rest = args.skip_first();
        }
        drop(zelf.factory.replace(factory));
        match vm.types.dict.slots.init.get() {
            Some(f) => f(vm, zelf.r(), rest),
            None => Ok(()),
        }
    }
    /// __missing__(key) # Called by __getitem__ for missing key; pseudo-code:
    ///   if self.default_factory is None: raise KeyError((key,))
    ///   self[key] = value = self.default_factory()
    ///   return value
    ///
    #[pymethod("__missing__(self, object, /)")]
    fn __missing__(vm: &Vm, zelf: &PyDefaultDict, object: Ref<'_>) -> PyResult<Obj> {
        make_missing(vm, zelf, object)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyDefaultDict, key: Ref<'_>) -> PyResult<Obj> {
        if let Some(v) = zelf.dict.get(vm, key)? {
            return Ok(v);
        }
        if zelf.r().is_exact::<PyDefaultDict>(vm) {
            return make_missing(vm, zelf, key);
        }
        match vm.call_special(zelf.r(), vm.names().__missing__, &[key])? {
            Some(v) => Ok(v),
            None => Err(vm.key_error(key)),
        }
    }
    /// D.copy() -> a shallow copy of D.
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PyDefaultDict) -> PyResult<Obj> {
        make_like(vm, zelf, zelf.r())
    }
    /// D.copy() -> a shallow copy of D.
    #[pymethod]
    fn __copy__(vm: &Vm, zelf: &PyDefaultDict) -> PyResult<Obj> {
        make_like(vm, zelf, zelf.r())
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyDefaultDict) -> PyResult<Obj> {
        let args = match zelf.factory().filter(|f| !f.r().is_none()) {
            Some(f) => vm.tuple(vec![f]),
            None => vm.tuple(vec![]),
        };
        let items = vm.call_method(zelf.r(), vm.names().items, &[])?;
        let it = vm.iter(items.r())?;
        Ok(vm.tuple(vec![zelf.r().ty(vm).to_obj(), args, Obj::none(), Obj::none(), it]))
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, object)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDefaultDict) -> PyResult<Obj> {
        let base = match vm.types.dict.slots.repr.get() {
            Some(f) => f(vm, zelf.r())?,
            None => return Err(vm.type_error("dict has no repr")),
        };
        let factory = match (zelf.factory(), zelf.factory().and_then(|f| repr_enter(vm, f.r()))) {
            (None, _) => vm.str("None"),
            (Some(f), Some(_guard)) => vm.repr(f.r())?.into_obj(),
            (Some(_), None) => vm.str("..."),
        };
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str(&short_name(vm, zelf.r()));
        out.push_str("(");
        out.push_pystr(&*vm.str_of(factory.r())?);
        out.push_str(", ");
        out.push_pystr(&*vm.str_of(base.r())?);
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let (d, other) = match a.downcast::<PyDefaultDict>(vm) {
            Some(d) => (d, b),
            None => match b.downcast::<PyDefaultDict>(vm) {
                Some(d) => (d, a),
                None => return Ok(vm.not_implemented()),
            },
        };
        if other.downcast::<PyDict>(vm).is_none() {
            return Ok(vm.not_implemented());
        }
        let new = make_like(vm, d, a)?;
        match new.r().downcast::<PyDict>(vm) {
            Some(n) => krait_types::dict::update(vm, n, b)?,
            None => return Err(vm.type_error(format!("{}() must return a dict", d.r().ty(vm).tp_name()))),
        }
        Ok(new)
    }
    /// Factory for default value called by __missing__().
    #[member]
    fn default_factory(zelf: &PyDefaultDict) -> Obj {
        zelf.factory_or_none()
    }
    #[member_setter]
    fn set_default_factory(zelf: &PyDefaultDict, value: Option<Ref<'_>>) {
        drop(zelf.factory.replace(value.map(|v| v.to_obj())));
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes a defaultdict.
        unsafe {
            (*(p as *const PyDefaultDict)).factory.trace(v);
            traverse_dict(p, v);
        }
    }
    #[slot(clear)]
    unsafe fn clear(vm: &Vm, p: *const Header) {
        // SAFETY: the collector passes a defaultdict.
        unsafe {
            drop((*(p as *const PyDefaultDict)).factory.take());
            clear_dict(vm, p);
        }
    }
}

/// # Safety
/// `p` is a dead defaultdict.
unsafe fn dealloc(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract.
    unsafe {
        drop((*(p as *const PyDefaultDict)).factory.take());
        dealloc_dict(vm, p);
    }
}
