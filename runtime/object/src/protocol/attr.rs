//! Attribute access and type tests.

use crate::error::PyResult;
use crate::lookup;
use crate::obj::{Layout, Obj, Ref};
use crate::str::PyStr;
use crate::tuple::PyTuple;
use crate::ty::{PyType, TypeFlags};
use crate::union_type::PyUnion;
use crate::vm::Vm;

impl Vm {
    /// `getattr(obj, name)`.
    #[inline]
    pub fn getattr(&self, obj: Ref<'_>, name: &PyStr) -> PyResult<Obj> {
        match obj.ty(self).slots.getattro.get() {
            Some(f) => f(self, obj, name).map_err(|e| crate::exception::note_attribute(self, obj, name, e)),
            None => Err(self.no_attribute(obj, name)),
        }
    }
    /// `getattr(obj, name)` with a Rust name.
    pub fn getattr_str(&self, obj: Ref<'_>, name: &str) -> PyResult<Obj> {
        let name = self.intern(name);
        self.getattr(obj, &name)
    }
    /// As [`getattr`](Self::getattr), with `None` instead of AttributeError.
    pub fn getattr_opt(&self, obj: Ref<'_>, name: &PyStr) -> PyResult<Option<Obj>> {
        if obj.ty(self).has_flag(TypeFlags::GENERIC_GETATTR) {
            match lookup::generic_getattr_opt(self, obj, name) {
                Ok(v) => return Ok(v),
                // A descriptor raised: AttributeError still means "none".
                Err(e) => return self.catch(e, self.types.attribute_error).map(|_| None),
            }
        }
        match self.getattr(obj, name) {
            Ok(v) => Ok(Some(v)),
            Err(e) => self.catch(e, self.types.attribute_error).map(|_| None),
        }
    }
    /// `setattr(obj, name, value)`.
    #[inline]
    pub fn setattr(&self, obj: Ref<'_>, name: &PyStr, value: Ref<'_>) -> PyResult<()> {
        self.set_or_del_attr(obj, name, Some(value))
    }
    /// `delattr(obj, name)`.
    pub fn delattr(&self, obj: Ref<'_>, name: &PyStr) -> PyResult<()> {
        self.set_or_del_attr(obj, name, None)
    }
    fn set_or_del_attr(&self, obj: Ref<'_>, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
        let ty = obj.ty(self);
        match ty.slots.setattro.get() {
            Some(f) => f(self, obj, name, value),
            None => {
                let verb = if value.is_some() { "assign to" } else { "del" };
                let kind = if ty.slots.getattro.get().is_some() { "only read-only" } else { "no" };
                Err(self.type_error(format!("'{}' object has {kind} attributes ({verb} .{})", ty.tp_name(), name.to_string_lossy())))
            }
        }
    }
    /// A special method looked up on the type and bound to `obj`; instance attributes do not count.
    pub fn lookup_special(&self, obj: Ref<'_>, name: &PyStr) -> PyResult<Option<Obj>> {
        let ty = obj.ty(self);
        let Some(d) = ty.lookup(self, name) else { return Ok(None) };
        match d.r().ty(self).slots.descr_get.get() {
            Some(get) => get(self, d.r(), Some(obj), Some(ty.r())).map(Some),
            None => Ok(Some(d)),
        }
    }
    /// `isinstance(obj, cls)`, with `__instancecheck__`, tuples and unions.
    pub fn isinstance(&self, obj: Ref<'_>, cls: Ref<'_>) -> PyResult<bool> {
        if std::ptr::eq(obj.ty(self).header(), cls.header().map_or(std::ptr::null(), |h| h)) {
            return Ok(true);
        }
        if cls.is_exact::<PyType>(self) {
            return self.recursive_isinstance(obj, cls);
        }
        let members = cls.downcast_exact::<PyUnion>(self).map(|u| u.args.clone());
        if let Some(t) = members.as_deref().or_else(|| cls.downcast::<PyTuple>(self)) {
            self.check_stack(" in __instancecheck__")?;
            for c in t.as_slice() {
                if self.isinstance(obj, c.r())? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(check) = self.lookup_special(cls, self.names().__instancecheck__)? {
            self.check_stack(" in __instancecheck__")?;
            let r = self.call(check.r(), &[obj])?;
            return self.is_true(r.r());
        }
        self.recursive_isinstance(obj, cls)
    }
    /// `type.__instancecheck__`: the plain test, honouring a lying `__class__`.
    pub fn recursive_isinstance(&self, obj: Ref<'_>, cls: Ref<'_>) -> PyResult<bool> {
        let names = self.names();
        if let Some(cls) = cls.downcast::<PyType>(self) {
            if obj.ty(self).is_subtype(cls) {
                return Ok(true);
            }
            if obj.ty(self).has_flag(TypeFlags::GENERIC_GETATTR) && !obj.ty(self).has_flag(TypeFlags::HEAP) {
                return Ok(false);
            }
            let claimed = self.getattr_opt(obj, names.__class__)?;
            return Ok(match claimed.as_ref().and_then(|c| c.r().downcast::<PyType>(self)) {
                Some(c) if !std::ptr::eq(c, obj.ty(self)) => c.is_subtype(cls),
                _ => false,
            });
        }
        self.check_class(cls, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
        match self.getattr_opt(obj, names.__class__)? {
            Some(c) => self.abstract_issubclass(c.r(), cls),
            None => Ok(false),
        }
    }
    /// `issubclass(derived, cls)`.
    pub fn issubclass(&self, derived: Ref<'_>, cls: Ref<'_>) -> PyResult<bool> {
        if cls.is_exact::<PyType>(self) {
            if derived.ptr_eq(cls) {
                return Ok(true);
            }
            return self.recursive_issubclass(derived, cls);
        }
        let members = cls.downcast_exact::<PyUnion>(self).map(|u| u.args.clone());
        if let Some(t) = members.as_deref().or_else(|| cls.downcast::<PyTuple>(self)) {
            self.check_stack(" in __subclasscheck__")?;
            for c in t.as_slice() {
                if self.issubclass(derived, c.r())? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(check) = self.lookup_special(cls, self.names().__subclasscheck__)? {
            self.check_stack(" in __subclasscheck__")?;
            let r = self.call(check.r(), &[derived])?;
            return self.is_true(r.r());
        }
        self.recursive_issubclass(derived, cls)
    }
    /// `type.__subclasscheck__`.
    pub fn recursive_issubclass(&self, derived: Ref<'_>, cls: Ref<'_>) -> PyResult<bool> {
        if let (Some(d), Some(c)) = (derived.downcast::<PyType>(self), cls.downcast::<PyType>(self)) {
            return Ok(d.is_subtype(c));
        }
        self.check_class(derived, "issubclass() arg 1 must be a class")?;
        self.check_class(cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
        self.abstract_issubclass(derived, cls)
    }
    fn abstract_bases(&self, cls: Ref<'_>) -> PyResult<Option<crate::obj::Py<PyTuple>>> {
        let b = self.getattr_opt(cls, self.names().__bases__)?;
        Ok(b.and_then(|b| b.downcast::<PyTuple>(self).ok()))
    }
    fn check_class(&self, cls: Ref<'_>, msg: &str) -> PyResult<()> {
        if self.abstract_bases(cls)?.is_none() { Err(self.type_error(msg)) } else { Ok(()) }
    }
    fn abstract_issubclass(&self, derived: Ref<'_>, cls: Ref<'_>) -> PyResult<bool> {
        self.check_stack(" in __issubclass__")?;
        if derived.ptr_eq(cls) {
            return Ok(true);
        }
        let Some(bases) = self.abstract_bases(derived)? else { return Ok(false) };
        for b in bases.as_slice() {
            if self.abstract_issubclass(b.r(), cls)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
