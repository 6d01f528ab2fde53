//! Iteration.

use crate::error::PyResult;
use crate::list::PyList;
use crate::obj::{Layout, Obj, Ref};
use crate::tuple::PyTuple;
use crate::vm::Vm;

impl Vm {
    /// `iter(o)`.
    pub fn iter(&self, o: Ref<'_>) -> PyResult<Obj> {
        let ty = o.ty(self);
        let Some(f) = ty.slots.iter.get() else {
            if self.is_sequence(o) {
                return crate::protocol::sequence_iterator(self, o);
            }
            return Err(self.type_error(format!("'{}' object is not iterable", ty.tp_name())));
        };
        let it = f(self, o)?;
        if it.r().ty(self).slots.iternext.get().is_none() {
            return Err(self.type_error(format!("iter() returned non-iterator of type '{}'", it.r().ty(self).tp_name())));
        }
        Ok(it)
    }
    /// The next item of an iterator; `None` at its end (a raised StopIteration counts as the end).
    #[inline]
    pub fn iter_next(&self, it: Ref<'_>) -> PyResult<Option<Obj>> {
        // Iterators over iterators nest without any other check.
        self.check_stack("")?;
        match it.ty(self).slots.iternext.get() {
            Some(f) => match f(self, it) {
                Ok(v) => Ok(v),
                Err(e) => self.catch(e, self.types.stop_iteration).map(|_| None),
            },
            None => Err(self.type_error(format!("'{}' object is not an iterator", it.ty(self).tp_name()))),
        }
    }
    /// Calls `f` with each item of an iterable.
    pub fn for_each(&self, iterable: Ref<'_>, mut f: impl FnMut(Obj) -> PyResult<()>) -> PyResult<()> {
        if let Some(l) = iterable.downcast_exact::<PyList>(self) {
            let mut i = 0;
            while let Some(v) = l.get(i) {
                i += 1;
                f(v)?;
            }
            return Ok(());
        }
        if let Some(t) = iterable.downcast_exact::<PyTuple>(self) {
            let t = t.to_py();
            return t.as_slice().iter().try_for_each(|v| f(v.clone()));
        }
        let it = self.iter(iterable)?;
        while let Some(v) = self.iter_next(it.r())? {
            f(v)?;
        }
        Ok(())
    }
    /// All items of an iterable.
    pub fn collect(&self, iterable: Ref<'_>) -> PyResult<Vec<Obj>> {
        if let Some(l) = iterable.downcast_exact::<PyList>(self) {
            return Ok(l.to_vec());
        }
        if let Some(t) = iterable.downcast_exact::<PyTuple>(self) {
            return Ok(t.as_slice().to_vec());
        }
        let it = self.iter(iterable)?;
        let hint = self.length_hint(iterable, 8)?;
        let mut v = Vec::new();
        // What claims to be too long for the memory is not even begun.
        if v.try_reserve_exact(hint).is_err() {
            return Err(self.memory_error());
        }
        while let Some(x) = self.iter_next(it.r())? {
            if v.len() == v.capacity() && v.try_reserve(1).is_err() {
                return Err(self.memory_error());
            }
            v.push(x);
        }
        Ok(v)
    }
    /// `operator.length_hint(o, default)`.
    pub fn length_hint(&self, o: Ref<'_>, default: usize) -> PyResult<usize> {
        let ty = o.ty(self);
        if ty.slots.sq_length.get().or(ty.slots.mp_length.get()).is_some() {
            match self.len(o) {
                Ok(n) => return Ok(n),
                Err(e) => drop(self.catch(e, self.types.type_error)?),
            }
        }
        let hint = match self.call_special(o, self.names().__length_hint__, &[]) {
            Ok(Some(h)) => h,
            Ok(None) => return Ok(default),
            Err(e) => {
                drop(self.catch(e, self.types.type_error)?);
                return Ok(default);
            }
        };
        if hint.is(crate::singletons::not_implemented()) {
            return Ok(default);
        }
        match hint.r().as_int(self) {
            None => Err(self.type_error(format!("__length_hint__ must be an integer, not {}", hint.r().ty(self).tp_name()))),
            Some(i) if i.is_negative() => Err(self.value_error("__length_hint__() should return >= 0")),
            Some(i) => match i.to_i64() {
                Some(n) => Ok(n as usize),
                None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
            },
        }
    }
    /// A Rust iterator over an iterable's items.
    pub fn iterate(&self, iterable: Ref<'_>) -> PyResult<VmIter<'_>> {
        Ok(VmIter { vm: self, it: self.iter(iterable)?, done: false })
    }
}

/// Items of a Python iterator; stops after the first error.
pub struct VmIter<'v> {
    vm: &'v Vm,
    it: Obj,
    done: bool,
}

impl Iterator for VmIter<'_> {
    type Item = PyResult<Obj>;
    fn next(&mut self) -> Option<PyResult<Obj>> {
        if self.done {
            return None;
        }
        match self.vm.iter_next(self.it.r()) {
            Ok(Some(v)) => Some(Ok(v)),
            Ok(None) => {
                self.done = true;
                None
            }
            Err(e) => {
                self.done = true;
                Some(Err(e))
            }
        }
    }
}
