//! `property`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::error::Raised;
use krait_object::exception::peek;
use krait_object::instance::alloc_instance;
use krait_object::prelude::*;
use krait_object::table_layout;

use super::is_abstract;

/// A managed attribute.
#[repr(C)]
#[derive(Trace)]
pub struct PyProperty {
    header: Header,
    pub fget: Cell<Option<Obj>>,
    pub fset: Cell<Option<Obj>>,
    pub fdel: Cell<Option<Obj>>,
    doc: Cell<Option<Obj>>,
    /// Set by `__set_name__`.
    name: Cell<Option<Obj>>,
    /// The docstring came from the getter.
    #[trace(skip)]
    getter_doc: Cell<bool>,
}
table_layout!(PyProperty => property);

fn or_none(cell: &Cell<Option<Obj>>) -> Obj {
    peek(cell).unwrap_or_else(Obj::none)
}

fn given(o: Option<Ref<'_>>) -> Option<Obj> {
    o.filter(|o| !o.is_none()).map(Ref::to_obj)
}

/// The attribute's name: as `__set_name__` told, else the getter's.
fn name_of(vm: &Vm, p: &PyProperty) -> PyResult<Option<Obj>> {
    if let Some(n) = peek(&p.name) {
        return Ok(Some(n));
    }
    match peek(&p.fget) {
        Some(f) => vm.getattr_opt(f.r(), vm.names().__name__),
        None => Ok(None),
    }
}

#[cold]
fn lacks(vm: &Vm, p: &PyProperty, obj: Ref<'_>, what: &str) -> Raised {
    let text = || -> PyResult<String> {
        let name = name_of(vm, p)?;
        let class = vm.getattr_opt(obj.ty(vm).r(), vm.names().__qualname__)?;
        Ok(match (name, class) {
            (Some(n), Some(c)) => {
                format!("property {} of {} object has no {what}", vm.repr_text(n.r())?, vm.repr_text(c.r())?)
            }
            (None, Some(c)) => format!("property of {} object has no {what}", vm.repr_text(c.r())?),
            _ => format!("property has no {what}"),
        })
    };
    match text() {
        Ok(t) => vm.attribute_error_msg(t),
        Err(e) => e,
    }
}

/// A property of the same class with some functions replaced.
fn copy(vm: &Vm, old: &PyProperty, get: Option<Ref<'_>>, set: Option<Ref<'_>>, del: Option<Ref<'_>>) -> PyResult<Obj> {
    let pick = |new: Option<Ref<'_>>, old: &Cell<Option<Obj>>| match given(new) {
        Some(f) => f,
        None => or_none(old),
    };
    let (get, set, del) = (pick(get, &old.fget), pick(set, &old.fset), pick(del, &old.fdel));
    // A docstring from the getter is looked up anew.
    let doc = if old.getter_doc.get() && !get.r().is_none() { Obj::none() } else { or_none(&old.doc) };
    let ty = old.r().ty(vm).to_py();
    let new = vm.call(ty.r(), &[get.r(), set.r(), del.r(), doc.r()])?;
    if let Some(p) = new.r().downcast::<PyProperty>(vm) {
        drop(p.name.replace(peek(&old.name)));
    }
    Ok(new)
}

/// Property attribute.
///
///   fget
///     function to be used for getting an attribute value
///   fset
///     function to be used for setting an attribute value
///   fdel
///     function to be used for del'ing an attribute
///   doc
///     docstring
///
/// Typical use is to define a managed attribute x:
///
/// class C(object):
///     def getx(self): return self._x
///     def setx(self, value): self._x = value
///     def delx(self): del self._x
///     x = property(getx, setx, delx, "I'm the 'x' property.")
///
/// Decorators make defining new properties or modifying existing ones easy:
///
/// class C(object):
///     @property
///     def x(self):
///         "I am the 'x' property."
///         return self._x
///     @x.setter
///     def x(self, value):
///         self._x = value
///     @x.deleter
///     def x(self):
///         del self._x
#[pyclass("property", layout = PyProperty, table = property, flags(BASETYPE))]
pub mod property {
    use super::*;

    #[slot(new)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        alloc_instance(vm, cls, 0)
    }

    #[pyinit("property(fget=None, fset=None, fdel=None, doc=None)")]
    fn init(
        vm: &Vm,
        zelf: &PyProperty,
        fget: Option<Ref<'_>>,
        fset: Option<Ref<'_>>,
        fdel: Option<Ref<'_>>,
        doc: Option<Ref<'_>>,
    ) -> PyResult<()> {
        let n = vm.names();
        drop(zelf.fget.replace(given(fget)));
        drop(zelf.fset.replace(given(fset)));
        drop(zelf.fdel.replace(given(fdel)));
        drop(zelf.doc.take());
        drop(zelf.name.take());
        zelf.getter_doc.set(false);
        let mut text = given(doc);
        if text.is_none()
            && let Some(get) = given(fget)
        {
            text = vm.getattr_opt(get.r(), n.__doc__)?.filter(|d| !d.r().is_none());
            zelf.getter_doc.set(text.is_some());
        }
        if zelf.r().is_exact::<PyProperty>(vm) {
            drop(zelf.doc.replace(text));
            return Ok(());
        }
        // The class's own `__doc__` hides the member, so a subclass keeps it in the instance.
        let value = text.unwrap_or_else(Obj::none);
        match vm.setattr(zelf.r(), n.__doc__, value.r()) {
            Err(e) if !zelf.getter_doc.get() => vm.catch(e, vm.types.attribute_error).map(drop),
            r => r,
        }
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyProperty, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(obj) = obj.filter(|o| !o.is_none()) else { return Ok(zelf.to_obj()) };
        match peek(&zelf.fget) {
            Some(f) => vm.call1(f.r(), obj),
            None => Err(lacks(vm, zelf, obj, "getter")),
        }
    }

    #[slot(descr_set)]
    fn set(vm: &Vm, zelf: &PyProperty, obj: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        match value {
            Some(v) => match peek(&zelf.fset) {
                Some(f) => vm.call(f.r(), &[obj, v]).map(drop),
                None => Err(lacks(vm, zelf, obj, "setter")),
            },
            None => match peek(&zelf.fdel) {
                Some(f) => vm.call1(f.r(), obj).map(drop),
                None => Err(lacks(vm, zelf, obj, "deleter")),
            },
        }
    }

    /// Descriptor to obtain a copy of the property with a different getter.
    #[pymethod("getter(object, /)")]
    fn getter(vm: &Vm, zelf: &PyProperty, object: Ref<'_>) -> PyResult<Obj> {
        copy(vm, zelf, Some(object), None, None)
    }

    /// Descriptor to obtain a copy of the property with a different setter.
    #[pymethod("setter(object, /)")]
    fn setter(vm: &Vm, zelf: &PyProperty, object: Ref<'_>) -> PyResult<Obj> {
        copy(vm, zelf, None, Some(object), None)
    }

    /// Descriptor to obtain a copy of the property with a different deleter.
    #[pymethod("deleter(object, /)")]
    fn deleter(vm: &Vm, zelf: &PyProperty, object: Ref<'_>) -> PyResult<Obj> {
        copy(vm, zelf, None, None, Some(object))
    }

    /// Method to set name of a property.
    #[pymethod("__set_name__(owner, name, /)", raw)]
    fn set_name(vm: &Vm, zelf: &PyProperty, args: &[Ref<'_>]) -> PyResult<()> {
        let [_, name] = args else {
            return Err(vm.type_error(format!("__set_name__() takes 2 positional arguments but {} were given", args.len())));
        };
        drop(zelf.name.replace(Some(name.to_obj())));
        Ok(())
    }

    #[member]
    fn fget(zelf: &PyProperty) -> Obj {
        or_none(&zelf.fget)
    }

    #[member]
    fn fset(zelf: &PyProperty) -> Obj {
        or_none(&zelf.fset)
    }

    #[member]
    fn fdel(zelf: &PyProperty) -> Obj {
        or_none(&zelf.fdel)
    }

    #[member("__doc__")]
    fn doc(zelf: &PyProperty) -> Obj {
        or_none(&zelf.doc)
    }

    #[member_setter("__doc__")]
    fn set_doc(zelf: &PyProperty, value: Option<Ref<'_>>) {
        drop(zelf.doc.replace(value.map(Ref::to_obj)));
    }

    #[getter("__name__")]
    fn name(vm: &Vm, zelf: &PyProperty) -> PyResult<Obj> {
        match name_of(vm, zelf)? {
            Some(n) => Ok(n),
            None => Err(vm.attribute_error_msg(format!("'{}' object has no attribute '__name__'", zelf.r().ty(vm).tp_name()))),
        }
    }

    #[setter("__name__")]
    fn set_name_attr(zelf: &PyProperty, value: Option<Ref<'_>>) {
        drop(zelf.name.replace(value.map(Ref::to_obj)));
    }

    #[getter("__isabstractmethod__")]
    fn isabstract(vm: &Vm, zelf: &PyProperty) -> PyResult<bool> {
        for cell in [&zelf.fget, &zelf.fset, &zelf.fdel] {
            if is_abstract(vm, peek(cell).as_ref().map(Obj::r))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
