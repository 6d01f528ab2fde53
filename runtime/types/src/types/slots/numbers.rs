//! Slot functions of numbers: call `__add__` and the like.

use krait_object::error::PyResult;
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::singletons;
use krait_object::slots::{BinaryFn, CmpOp, TernaryFn};
use krait_object::str::PyStr;
use krait_object::vm::Vm;

use super::lookup::{Method, call_maybe, call_method};

/// Does the right operand's type override the reflected method of the left one's?
fn is_overloaded(vm: &Vm, left: Ref<'_>, right: Ref<'_>, name: &PyStr) -> PyResult<bool> {
    let Some(b) = vm.getattr_opt(right.ty(vm).r(), name)? else { return Ok(false) };
    let Some(a) = vm.getattr_opt(left.ty(vm).r(), name)? else { return Ok(true) };
    vm.compare_bool(b.r(), a.r(), CmpOp::Ne)
}

fn or_not_implemented(vm: &Vm, r: Option<Obj>) -> Obj {
    r.unwrap_or_else(|| vm.not_implemented())
}

/// The operation on two operands of which at least one's slot leads here. `mine` and `theirs`
/// say whether the left and right operand's slot is this function.
fn binary(vm: &Vm, a: Ref<'_>, b: Ref<'_>, third: Option<Ref<'_>>, op: &PyStr, rop: &PyStr, mine: bool, theirs: bool) -> PyResult<Obj> {
    let (ta, tb) = (a.ty(vm), b.ty(vm));
    let same = std::ptr::eq(ta, tb);
    let mut do_other = !same && theirs;
    let ni = singletons::not_implemented();
    let call = |obj: Ref<'_>, name: &PyStr, other: Ref<'_>| -> PyResult<Obj> {
        let r = match third {
            Some(c) => call_maybe(vm, obj, name, &[other, c]),
            None => call_maybe(vm, obj, name, &[other]),
        };
        Ok(or_not_implemented(vm, r?))
    };
    if mine {
        if do_other && tb.is_subtype(ta) && is_overloaded(vm, a, b, rop)? {
            let r = call(b, rop, a)?;
            if !r.is(ni) {
                return Ok(r);
            }
            do_other = false;
        }
        let r = call(a, op, b)?;
        if same || !r.is(ni) {
            return Ok(r);
        }
    }
    if do_other { call(b, rop, a) } else { Ok(vm.not_implemented()) }
}

macro_rules! binary_slots {
    ($($f:ident $slot:ident $op:ident $rop:ident;)*) => {
        $(
            pub(super) fn $f(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                let here = |o: Ref<'_>| o.ty(vm).slots.$slot.get().is_some_and(|g| std::ptr::fn_addr_eq(g, $f as BinaryFn));
                let n = vm.names();
                binary(vm, a, b, None, n.$op, n.$rop, here(a), here(b))
            }
        )*
    };
}
binary_slots! {
    slot_nb_add nb_add __add__ __radd__;
    slot_nb_subtract nb_subtract __sub__ __rsub__;
    slot_nb_multiply nb_multiply __mul__ __rmul__;
    slot_nb_remainder nb_remainder __mod__ __rmod__;
    slot_nb_divmod nb_divmod __divmod__ __rdivmod__;
    slot_nb_lshift nb_lshift __lshift__ __rlshift__;
    slot_nb_rshift nb_rshift __rshift__ __rrshift__;
    slot_nb_and nb_and __and__ __rand__;
    slot_nb_xor nb_xor __xor__ __rxor__;
    slot_nb_or nb_or __or__ __ror__;
    slot_nb_floor_divide nb_floor_divide __floordiv__ __rfloordiv__;
    slot_nb_true_divide nb_true_divide __truediv__ __rtruediv__;
    slot_nb_matrix_multiply nb_matrix_multiply __matmul__ __rmatmul__;
}

pub(super) fn slot_nb_power(vm: &Vm, a: Ref<'_>, b: Ref<'_>, c: Ref<'_>) -> PyResult<Obj> {
    let here = |o: Ref<'_>| o.ty(vm).slots.nb_power.get().is_some_and(|g| std::ptr::fn_addr_eq(g, slot_nb_power as TernaryFn));
    let n = vm.names();
    let third = if c.is_none() { None } else { Some(c) };
    binary(vm, a, b, third, n.__pow__, n.__rpow__, here(a), here(b))
}

macro_rules! inplace_slots {
    ($($f:ident $op:ident;)*) => {
        $(
            pub(super) fn $f(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                call_method(vm, a, vm.names().$op, &[b])
            }
        )*
    };
}
inplace_slots! {
    slot_nb_inplace_add __iadd__;
    slot_nb_inplace_subtract __isub__;
    slot_nb_inplace_multiply __imul__;
    slot_nb_inplace_remainder __imod__;
    slot_nb_inplace_lshift __ilshift__;
    slot_nb_inplace_rshift __irshift__;
    slot_nb_inplace_and __iand__;
    slot_nb_inplace_xor __ixor__;
    slot_nb_inplace_or __ior__;
    slot_nb_inplace_floor_divide __ifloordiv__;
    slot_nb_inplace_true_divide __itruediv__;
    slot_nb_inplace_matrix_multiply __imatmul__;
}

pub(super) fn slot_nb_inplace_power(vm: &Vm, a: Ref<'_>, b: Ref<'_>, _c: Ref<'_>) -> PyResult<Obj> {
    call_method(vm, a, vm.names().__ipow__, &[b])
}

macro_rules! unary_slots {
    ($($f:ident $op:ident;)*) => {
        $(
            pub(super) fn $f(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
                call_method(vm, a, vm.names().$op, &[])
            }
        )*
    };
}
unary_slots! {
    slot_nb_negative __neg__;
    slot_nb_positive __pos__;
    slot_nb_absolute __abs__;
    slot_nb_invert __invert__;
    slot_nb_int __int__;
    slot_nb_float __float__;
    slot_nb_index __index__;
}

pub(super) fn slot_nb_bool(vm: &Vm, a: Ref<'_>) -> PyResult<bool> {
    let n = vm.names();
    if let Some(m) = Method::find(vm, a, n.__bool__)? {
        let r = m.call(vm, a, &[])?;
        if r.is(singletons::true_()) {
            return Ok(true);
        }
        if r.is(singletons::false_()) {
            return Ok(false);
        }
        return Err(vm.type_error(format!("__bool__ should return bool, returned {}", r.r().ty(vm).tp_name())));
    }
    match call_maybe(vm, a, n.__len__, &[])? {
        Some(r) => vm.is_true(r.r()),
        None => Ok(true),
    }
}
