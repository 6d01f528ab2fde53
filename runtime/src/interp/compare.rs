//! Comparison, containment and truth handlers.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, Instr};
use krait_object::error::PyResult;
use krait_object::singletons;
use krait_object::slots::CmpOp;
use krait_object::str::PyStr;
use krait_object::vm::Vm;
use krait_object::{Obj, Ref, Value};

use super::arith::{both_flonum, both_int};
use super::regs::{Regs, clear, finish, finish_b, get, word};

/// Comparison of immediates.
#[inline(always)]
pub fn fast_cmp(op: CmpOp, x: Value, y: Value) -> Option<bool> {
    if both_int(x, y) {
        let (a, b) = (x.0 as i64, y.0 as i64);
        return Some(match op {
            CmpOp::Lt => a < b,
            CmpOp::Le => a <= b,
            CmpOp::Eq => a == b,
            CmpOp::Ne => a != b,
            CmpOp::Gt => a > b,
            CmpOp::Ge => a >= b,
        });
    }
    if both_flonum(x, y) {
        let (a, b) = (x.flonum_unchecked(), y.flonum_unchecked());
        return Some(float_cmp(op, a, b));
    }
    None
}

#[inline(always)]
fn float_cmp(op: CmpOp, a: f64, b: f64) -> bool {
    match op {
        CmpOp::Lt => a < b,
        CmpOp::Le => a <= b,
        CmpOp::Eq => a == b,
        CmpOp::Ne => a != b,
        CmpOp::Gt => a > b,
        CmpOp::Ge => a >= b,
    }
}

/// The result of a comparison that is certainly a bool: exact strs, floats of either form.
fn cmp_known(vm: &Vm, op: CmpOp, a: Ref<'_>, b: Ref<'_>) -> Option<bool> {
    if let (Some(x), Some(y)) = (a.downcast_exact::<PyStr>(vm), b.downcast_exact::<PyStr>(vm)) {
        return Some(match op {
            CmpOp::Eq => x.eq(y),
            CmpOp::Ne => !x.eq(y),
            _ => op.eval(x.cmp(y)),
        });
    }
    let num = |v: Ref<'_>| -> Option<f64> {
        if let Some(i) = v.value().as_int() {
            return if i.unsigned_abs() <= 1 << 53 { Some(i as f64) } else { None };
        }
        if v.is_exact_float(vm) { v.as_float(vm) } else { None }
    };
    Some(float_cmp(op, num(a)?, num(b)?))
}

/// `a = b op c` when the inline path does not apply.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs` (here and below).
#[inline(never)]
pub unsafe fn compare_slow(vm: &Vm, regs: Regs, w: Instr, op: CmpOp) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let (a, b) = (get(regs, w.b()), get(regs, w.c()));
        let r = match cmp_known(vm, op, a, b) {
            Some(r) => Obj::bool(r),
            None => vm.richcompare(a, b, op)?,
        };
        finish(regs, w, r);
        Ok(())
    }
}

/// The truth of `a op b` for a fused compare and jump; consumes the operands.
///
/// # Safety
/// See [`compare_slow`].
#[inline(never)]
pub unsafe fn compare_jump_slow(vm: &Vm, regs: Regs, w: Instr, op: CmpOp) -> PyResult<bool> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let (a, b) = (get(regs, w.a()), get(regs, w.b()));
        let r = match cmp_known(vm, op, a, b) {
            Some(r) => r,
            None => {
                let r = vm.richcompare(a, b, op)?;
                vm.is_true(r.r())?
            }
        };
        consume_ab(regs, w);
        Ok(r)
    }
}

/// As [`compare_jump_slow`] with an immediate right operand.
///
/// # Safety
/// See [`compare_slow`].
#[inline(never)]
pub unsafe fn compare_imm_slow(vm: &Vm, regs: Regs, w: Instr, op: CmpOp) -> PyResult<bool> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let a = get(regs, w.a());
        let imm = Obj::small(i64::from(w.b() as i16));
        let r = match cmp_known(vm, op, a, imm.r()) {
            Some(r) => r,
            None => {
                let r = vm.richcompare(a, imm.r(), op)?;
                vm.is_true(r.r())?
            }
        };
        if w.flags() & FLAG_KA != 0 {
            clear(regs, w.a());
        }
        Ok(r)
    }
}

/// Consumes `a` and `b` as flagged.
///
/// # Safety
/// See [`compare_slow`].
#[inline(always)]
pub unsafe fn consume_ab(regs: Regs, w: Instr) {
    // SAFETY: by contract.
    unsafe {
        let f = w.flags();
        if f & (FLAG_KA | FLAG_KB) != 0 {
            if f & FLAG_KA != 0 {
                clear(regs, w.a());
            }
            if f & FLAG_KB != 0 {
                clear(regs, w.b());
            }
        }
    }
}

/// Inline truth of the common constants and ints; `None` when a slot must decide.
#[inline(always)]
pub fn fast_truth(v: Value) -> Option<bool> {
    if v.is_int() {
        return Some(v.0 != 1);
    }
    if v == singletons::true_().value() {
        return Some(true);
    }
    if v == singletons::false_().value() || v == singletons::none().value() {
        return Some(false);
    }
    None
}

/// The truth of register `a`.
///
/// # Safety
/// See [`compare_slow`].
#[inline(always)]
pub unsafe fn truth(vm: &Vm, regs: Regs, a: u16) -> PyResult<bool> {
    // SAFETY: a bound register of the frame.
    unsafe {
        match fast_truth(word(regs, a)) {
            Some(b) => Ok(b),
            None => truth_slow(vm, get(regs, a)),
        }
    }
}

#[inline(never)]
fn truth_slow(vm: &Vm, v: Ref<'_>) -> PyResult<bool> {
    vm.is_true(v)
}

/// `b in c`.
///
/// # Safety
/// See [`compare_slow`].
#[inline(never)]
pub unsafe fn contains(vm: &Vm, regs: Regs, item: u16, container: u16) -> PyResult<bool> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let (x, c) = (get(regs, item), get(regs, container));
        if let Some(d) = c.downcast_exact::<krait_object::dict::PyDict>(vm) {
            return d.contains(vm, x);
        }
        vm.contains(c, x)
    }
}

/// `a = b in c` (or not in).
///
/// # Safety
/// See [`compare_slow`].
pub unsafe fn op_in(vm: &Vm, regs: Regs, w: Instr, negate: bool) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let r = contains(vm, regs, w.b(), w.c())? != negate;
        finish(regs, w, Obj::bool(r));
        Ok(())
    }
}

/// `a = b is c` (or is not).
///
/// # Safety
/// See [`compare_slow`].
pub unsafe fn op_is(regs: Regs, w: Instr, negate: bool) {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let r = get(regs, w.b()).is(get(regs, w.c())) != negate;
        finish(regs, w, Obj::bool(r));
    }
}

/// `a = b` is a mapping / sequence (pattern matching).
///
/// # Safety
/// See [`compare_slow`].
pub unsafe fn match_flag(vm: &Vm, regs: Regs, w: Instr, flag: krait_object::ty::TypeFlags) {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let r = get(regs, w.b()).ty(vm).has_flag(flag);
        finish_b(regs, w, Obj::bool(r));
    }
}

/// Does exception `exc` match the type or tuple of types `ty` in an except clause?
pub fn exception_matches(vm: &Vm, exc: Ref<'_>, ty: Ref<'_>) -> PyResult<bool> {
    krait_types::exceptions::check_except_type(vm, ty)?;
    Ok(krait_types::exceptions::given_exception_matches(vm, exc, ty))
}
