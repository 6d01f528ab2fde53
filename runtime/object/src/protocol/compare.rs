//! Rich comparison, truth, hashing.

use crate::error::PyResult;
use crate::obj::{Obj, Ref};
use crate::singletons;
use crate::slots::CmpOp;
use crate::str::PyStr;
use crate::vm::Vm;

impl Vm {
    /// `a op b` as an object.
    pub fn richcompare(&self, a: Ref<'_>, b: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        self.check_stack(" in comparison")?;
        let (ta, tb) = (a.ty(self), b.ty(self));
        let ni = singletons::not_implemented();
        let mut tried_reflected = false;
        if !std::ptr::eq(ta, tb)
            && tb.is_subtype(ta)
            && let Some(f) = tb.slots.richcompare.get()
        {
            tried_reflected = true;
            let r = f(self, b, a, op.swapped())?;
            if !r.is(ni) {
                return Ok(r);
            }
        }
        if let Some(f) = ta.slots.richcompare.get() {
            let r = f(self, a, b, op)?;
            if !r.is(ni) {
                return Ok(r);
            }
        }
        if !tried_reflected && let Some(f) = tb.slots.richcompare.get() {
            let r = f(self, b, a, op.swapped())?;
            if !r.is(ni) {
                return Ok(r);
            }
        }
        match op {
            CmpOp::Eq => Ok(Obj::bool(a.is(b))),
            CmpOp::Ne => Ok(Obj::bool(!a.is(b))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                ta.tp_name(),
                tb.tp_name()
            ))),
        }
    }
    /// The truth of `a op b`. Identity implies equality, as in `PyObject_RichCompareBool`.
    pub fn compare_bool(&self, a: Ref<'_>, b: Ref<'_>, op: CmpOp) -> PyResult<bool> {
        if a.is(b) {
            match op {
                CmpOp::Eq => return Ok(true),
                CmpOp::Ne => return Ok(false),
                _ => {}
            }
        }
        if let (Some(x), Some(y)) = (a.value().as_int(), b.value().as_int()) {
            return Ok(op.eval(x.cmp(&y)));
        }
        let r = self.richcompare(a, b, op)?;
        self.is_true(r.r())
    }
    /// `a == b`, identity first.
    #[inline]
    pub fn eq(&self, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
        if a.ptr_eq(b) {
            return Ok(true);
        }
        if let (Some(x), Some(y)) = (a.downcast_exact::<PyStr>(self), b.downcast_exact::<PyStr>(self)) {
            return Ok(x.eq(y));
        }
        self.compare_bool(a, b, CmpOp::Eq)
    }
    /// `a < b`.
    pub fn lt(&self, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
        self.compare_bool(a, b, CmpOp::Lt)
    }
    /// `bool(o)`.
    #[inline]
    pub fn is_true(&self, o: Ref<'_>) -> PyResult<bool> {
        if o.ptr_eq(singletons::true_()) {
            return Ok(true);
        }
        if o.ptr_eq(singletons::false_()) || o.is_none() {
            return Ok(false);
        }
        if let Some(i) = o.value().as_int() {
            return Ok(i != 0);
        }
        let ty = o.ty(self);
        if let Some(f) = ty.slots.nb_bool.get() {
            return f(self, o);
        }
        if let Some(f) = ty.slots.mp_length.get().or(ty.slots.sq_length.get()) {
            return Ok(f(self, o)? != 0);
        }
        Ok(true)
    }
    /// `hash(o)`.
    #[inline]
    pub fn hash(&self, o: Ref<'_>) -> PyResult<i64> {
        if let Some(s) = o.downcast_exact::<PyStr>(self) {
            return Ok(s.hash(self));
        }
        if let Some(i) = o.value().as_int() {
            return Ok(crate::hash::hash_i64(i));
        }
        match o.ty(self).slots.hash.get() {
            Some(f) => f(self, o),
            None => Err(self.type_error(format!("unhashable type: '{}'", o.ty(self).tp_name()))),
        }
    }
}
