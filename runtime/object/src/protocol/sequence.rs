//! The sequence protocol.

use crate::error::PyResult;
use crate::list::PyList;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::tuple::PyTuple;
use crate::ty::TypeFlags;
use crate::vm::Vm;

impl Vm {
    /// `PySequence_Check`: has `__getitem__` by position and is no dict.
    pub fn is_sequence(&self, o: Ref<'_>) -> bool {
        let ty = o.ty(self);
        ty.slots.sq_item.get().is_some() && !ty.has_flag(TypeFlags::DICT_SUBCLASS)
    }
    /// `o[i]` through the sequence slot; negative positions count from the end.
    pub fn sequence_item(&self, o: Ref<'_>, mut i: isize) -> PyResult<Obj> {
        let ty = o.ty(self);
        let Some(f) = ty.slots.sq_item.get() else {
            return Err(self.type_error(format!("'{}' object does not support indexing", ty.tp_name())));
        };
        if i < 0
            && let Some(len) = ty.slots.sq_length.get()
        {
            i += len(self, o)? as isize;
        }
        f(self, o, i)
    }
    /// `item in o`.
    pub fn contains(&self, o: Ref<'_>, item: Ref<'_>) -> PyResult<bool> {
        if let Some(f) = o.ty(self).slots.sq_contains.get() {
            return f(self, o, item);
        }
        let it = match self.iter(o) {
            Ok(it) => it,
            Err(e) => {
                if o.ty(self).slots.iter.get().is_none() {
                    drop(self.catch(e, self.types.type_error)?);
                    return Err(self.type_error(format!("argument of type '{}' is not a container or iterable", o.ty(self).tp_name())));
                }
                return Err(e);
            }
        };
        while let Some(x) = self.iter_next(it.r())? {
            if self.eq(x.r(), item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    /// `list(o)`.
    pub fn to_list(&self, o: Ref<'_>) -> PyResult<Py<PyList>> {
        Ok(PyList::new(self, self.collect(o)?))
    }
    /// `tuple(o)`.
    pub fn to_tuple(&self, o: Ref<'_>) -> PyResult<Py<PyTuple>> {
        if let Some(t) = o.downcast_exact::<PyTuple>(self) {
            return Ok(t.to_py());
        }
        Ok(PyTuple::new(self, self.collect(o)?))
    }
}
