//! Subscription and slices.

use crate::error::PyResult;
use crate::obj::{Obj, Ref};
use crate::ty::PyType;
use crate::vm::Vm;

/// `slice.indices(len)`: `count` positions `start`, `start + step`, ...
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct SliceIndices {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    pub count: usize,
}

impl SliceIndices {
    /// Clamps `start..stop` with `step` (not zero) to a sequence of `len` items, as CPython's
    /// `PySlice_AdjustIndices`.
    pub fn adjust(mut start: isize, mut stop: isize, step: isize, len: usize) -> SliceIndices {
        let len = len as isize;
        let clamp = |i: &mut isize| {
            if *i < 0 {
                *i = i.saturating_add(len);
                if *i < 0 {
                    *i = if step < 0 { -1 } else { 0 };
                }
            } else if *i >= len {
                *i = if step < 0 { len - 1 } else { len };
            }
        };
        clamp(&mut start);
        clamp(&mut stop);
        let count = if step < 0 {
            if stop < start { ((start - stop - 1) / (-step) + 1) as usize } else { 0 }
        } else if start < stop {
            ((stop - start - 1) / step + 1) as usize
        } else {
            0
        };
        SliceIndices { start, stop, step, count }
    }
    /// The selected positions.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.count as isize).map(move |i| (self.start + i * self.step) as usize)
    }
}

impl Vm {
    /// `o[key]`.
    #[inline]
    pub fn getitem(&self, o: Ref<'_>, key: Ref<'_>) -> PyResult<Obj> {
        let ty = o.ty(self);
        if let Some(f) = ty.slots.mp_subscript.get() {
            return f(self, o, key);
        }
        self.getitem_slow(o, key)
    }
    fn getitem_slow(&self, o: Ref<'_>, key: Ref<'_>) -> PyResult<Obj> {
        let ty = o.ty(self);
        if ty.slots.sq_item.get().is_some() {
            if self.has_index(key) {
                let i = self.index_isize(key, self.types.index_error)?;
                return self.sequence_item(o, i);
            }
            return Err(self.type_error(format!("sequence index must be integer, not '{}'", key.ty(self).tp_name())));
        }
        if let Some(t) = o.downcast::<PyType>(self) {
            if std::ptr::eq(t, self.types.r#type) {
                return crate::protocol::generic_alias(self, o, key);
            }
            if let Some(m) = self.getattr_opt(o, self.names().__class_getitem__)?
                && !m.r().is_none()
            {
                return self.call1(m.r(), key);
            }
            return Err(self.type_error(format!("type '{}' is not subscriptable", t.tp_name())));
        }
        Err(self.type_error(format!("'{}' object is not subscriptable", ty.tp_name())))
    }
    /// `o[key] = value`.
    pub fn setitem(&self, o: Ref<'_>, key: Ref<'_>, value: Ref<'_>) -> PyResult<()> {
        self.set_or_del_item(o, key, Some(value))
    }
    /// `del o[key]`.
    pub fn delitem(&self, o: Ref<'_>, key: Ref<'_>) -> PyResult<()> {
        self.set_or_del_item(o, key, None)
    }
    fn set_or_del_item(&self, o: Ref<'_>, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        let ty = o.ty(self);
        if let Some(f) = ty.slots.mp_ass_subscript.get() {
            return f(self, o, key, value);
        }
        let verb = if value.is_some() { "assignment" } else { "deletion" };
        if let Some(f) = ty.slots.sq_ass_item.get() {
            if !self.has_index(key) {
                return Err(self.type_error(format!("sequence index must be integer, not '{}'", key.ty(self).tp_name())));
            }
            let mut i = self.index_isize(key, self.types.index_error)?;
            if i < 0
                && let Some(len) = ty.slots.sq_length.get()
            {
                i += len(self, o)? as isize;
            }
            return f(self, o, i, value);
        }
        let does = if value.is_some() { "does not" } else { "doesn't" };
        Err(self.type_error(format!("'{}' object {does} support item {verb}", ty.tp_name())))
    }
    /// `len(o)`.
    pub fn len(&self, o: Ref<'_>) -> PyResult<usize> {
        let s = &o.ty(self).slots;
        match s.sq_length.get().or(s.mp_length.get()) {
            Some(f) => f(self, o),
            None => Err(self.type_error(format!("object of type '{}' has no len()", o.ty(self).tp_name()))),
        }
    }
    /// A mapping's `keys()` (or the like) as a list of objects.
    pub fn mapping_list(&self, o: Ref<'_>, method: &str) -> PyResult<Vec<Obj>> {
        let v = self.call_method_str(o, method, &[])?;
        match self.iter(v.r()) {
            Ok(it) => self.collect(it.r()),
            Err(e) => {
                drop(self.catch(e, self.types.type_error)?);
                Err(self.type_error(format!(
                    "{}.{method}() returned a non-iterable (type {})",
                    o.ty(self).tp_name(),
                    v.r().ty(self).tp_name()
                )))
            }
        }
    }
}
