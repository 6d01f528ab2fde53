//! Slot functions of representation, hashing and comparison.

use krait_object::error::PyResult;
use krait_object::hash;
use krait_object::int::IntRef;
use krait_object::obj::{Obj, Ref};
use krait_object::slots::CmpOp;
use krait_object::str::PyStr;
use krait_object::vm::Vm;

use super::lookup::{Method, call_maybe, call_method};

pub(super) fn slot_repr(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
    match call_maybe(vm, a, vm.names().__repr__, &[])? {
        Some(r) => Ok(r),
        None => Ok(vm.text(format!("<{} object at {:#x}>", a.ty(vm).tp_name(), a.value().0))),
    }
}

pub(super) fn slot_str(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
    call_method(vm, a, vm.names().__str__, &[])
}

pub(super) fn slot_hash(vm: &Vm, a: Ref<'_>) -> PyResult<i64> {
    match Method::find(vm, a, vm.names().__hash__)? {
        Some(m) if !m.is_none() => {
            let r = m.call(vm, a, &[])?;
            match r.r().as_int(vm) {
                Some(IntRef::Small(i)) => Ok(hash::fix(i)),
                Some(IntRef::Big(b)) => Ok(hash::hash_bigint(b)),
                None => Err(vm.type_error("__hash__ method should return an integer")),
            }
        }
        _ => krait_object::unpack::hash_not_implemented(vm, a),
    }
}

/// The special method of a comparison.
pub fn compare_name(vm: &Vm, op: CmpOp) -> &'static PyStr {
    let n = vm.names();
    match op {
        CmpOp::Lt => n.__lt__,
        CmpOp::Le => n.__le__,
        CmpOp::Eq => n.__eq__,
        CmpOp::Ne => n.__ne__,
        CmpOp::Gt => n.__gt__,
        CmpOp::Ge => n.__ge__,
    }
}

pub(super) fn slot_richcompare(vm: &Vm, a: Ref<'_>, b: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
    match Method::find(vm, a, compare_name(vm, op)) {
        Ok(Some(m)) => m.call(vm, a, &[b]),
        Ok(None) => Ok(vm.not_implemented()),
        Err(e) => {
            // A comparison that cannot be had is one that is not implemented.
            drop(vm.take_raised(e));
            Ok(vm.not_implemented())
        }
    }
}
