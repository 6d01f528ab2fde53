//! Arithmetic handlers: inline paths for immediates, then floats of either form, then the slots.

use krait_frontend::bytecode::{FLAG_INPLACE, Instr};
use krait_object::error::PyResult;
use krait_object::protocol::number::BinOp;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref, Value};

use super::regs::{Regs, consume_bc, finish, finish_b, get, put, put_obj, word};

/// Both immediate integers?
#[inline(always)]
pub fn both_int(x: Value, y: Value) -> bool {
    x.0 & y.0 & 1 != 0
}

/// Both immediate doubles?
#[inline(always)]
pub fn both_flonum(x: Value, y: Value) -> bool {
    x.0 & 3 == 2 && y.0 & 3 == 2
}

#[inline(always)]
pub fn fast_add(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) {
        let (r, o) = (x.0 as i64 - 1).overflowing_add(y.0 as i64);
        return if o { None } else { Some(Value(r as u64)) };
    }
    if both_flonum(x, y) { Value::flonum(x.flonum_unchecked() + y.flonum_unchecked()) } else { None }
}

#[inline(always)]
pub fn fast_sub(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) {
        let (r, o) = (x.0 as i64).overflowing_sub(y.0 as i64 - 1);
        return if o { None } else { Some(Value(r as u64)) };
    }
    if both_flonum(x, y) { Value::flonum(x.flonum_unchecked() - y.flonum_unchecked()) } else { None }
}

#[inline(always)]
pub fn fast_mul(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) {
        let (r, o) = (x.0 as i64 - 1).overflowing_mul(y.int_unchecked());
        return if o { None } else { Some(Value(r as u64 | 1)) };
    }
    if both_flonum(x, y) { Value::flonum(x.flonum_unchecked() * y.flonum_unchecked()) } else { None }
}

#[inline(always)]
pub fn fast_truediv(x: Value, y: Value) -> Option<Value> {
    if both_flonum(x, y) {
        let d = y.flonum_unchecked();
        return if d == 0.0 { None } else { Value::flonum(x.flonum_unchecked() / d) };
    }
    if both_int(x, y) {
        // Exact in a double below 2^53, so one rounding, as CPython's true division.
        let (a, b) = (x.int_unchecked(), y.int_unchecked());
        const LIMIT: u64 = 1 << 53;
        if b != 0 && a.unsigned_abs() <= LIMIT && b.unsigned_abs() <= LIMIT {
            return Value::flonum(a as f64 / b as f64);
        }
    }
    None
}

#[inline(always)]
pub fn fast_floordiv(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) {
        let (a, b) = (x.int_unchecked(), y.int_unchecked());
        if b > 0 {
            return Some(Value::int_fitting(a.div_euclid(b)));
        }
        if b < -1 {
            let q = a / b;
            return Some(Value::int_fitting(if a % b != 0 && (a ^ b) < 0 { q - 1 } else { q }));
        }
    }
    None
}

#[inline(always)]
pub fn fast_mod(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) {
        let (a, b) = (x.int_unchecked(), y.int_unchecked());
        if b > 0 {
            return Some(Value::int_fitting(if (a | b) >> 32 == 0 { i64::from(a as u32 % b as u32) } else { a.rem_euclid(b) }));
        }
        if b < -1 {
            let r = a % b;
            return Some(Value::int_fitting(if r > 0 { r + b } else { r }));
        }
    }
    None
}

#[inline(always)]
pub fn fast_and(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) { Some(Value(x.0 & y.0)) } else { None }
}

#[inline(always)]
pub fn fast_or(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) { Some(Value(x.0 | y.0)) } else { None }
}

#[inline(always)]
pub fn fast_xor(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) { Some(Value((x.0 ^ y.0) | 1)) } else { None }
}

#[inline(always)]
pub fn fast_lshift(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) {
        let (a, n) = (x.int_unchecked(), y.int_unchecked());
        if (0..62).contains(&n) {
            let r = a << n;
            if r >> n == a {
                return Value::small_int(r);
            }
        }
    }
    None
}

#[inline(always)]
pub fn fast_rshift(x: Value, y: Value) -> Option<Value> {
    if both_int(x, y) {
        let (a, n) = (x.int_unchecked(), y.int_unchecked());
        if n >= 0 {
            return Some(Value::int_fitting(a >> n.min(63)));
        }
    }
    None
}

#[inline(always)]
pub fn fast_none(_: Value, _: Value) -> Option<Value> {
    None
}

/// A number as a double if it is a float of either form, or a small int beside one.
#[inline]
fn as_double(vm: &Vm, v: Ref<'_>) -> Option<f64> {
    let w = v.value();
    if let Some(i) = w.as_int() {
        return if i.unsigned_abs() <= 1 << 53 { Some(i as f64) } else { None };
    }
    if let Some(f) = w.as_flonum() {
        return Some(f);
    }
    v.downcast_exact::<krait_object::float::PyFloat>(vm).map(|f| f.value())
}

/// Float arithmetic on mixed operands; `None` when the slots must decide.
fn mixed_float(vm: &Vm, op: BinOp, a: Ref<'_>, b: Ref<'_>) -> Option<f64> {
    if a.value().is_int() && b.value().is_int() {
        return None;
    }
    let (x, y) = (as_double(vm, a)?, as_double(vm, b)?);
    match op {
        BinOp::Add => Some(x + y),
        BinOp::Sub => Some(x - y),
        BinOp::Mul => Some(x * y),
        BinOp::TrueDiv if y != 0.0 => Some(x / y),
        _ => None,
    }
}

/// `a = b op c` when the inline path does not apply.
///
/// # Safety
/// `w` is a verified binary instruction of the frame owning `regs`.
#[inline(never)]
pub unsafe fn binary_slow(vm: &Vm, regs: Regs, w: Instr, op: BinOp) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let (a, b) = (get(regs, w.b()), get(regs, w.c()));
        if let Some(f) = mixed_float(vm, op, a, b) {
            finish(regs, w, vm.float(f));
            return Ok(());
        }
        let r = if w.flags() & FLAG_INPLACE != 0 {
            if op == BinOp::Add
                && let Some(r) = append_str(vm, regs, w)?
            {
                put_obj(regs, w.a(), r);
                return Ok(());
            }
            vm.binary_inplace(op, a, b)?
        } else {
            vm.binary(op, a, b)?
        };
        finish(regs, w, r);
        Ok(())
    }
}

/// `s += t` on strings: when the register holds the only reference, the string grows in place.
unsafe fn append_str(vm: &Vm, regs: Regs, w: Instr) -> PyResult<Option<Obj>> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let (a, b) = (get(regs, w.b()), get(regs, w.c()));
        if w.a() != w.b() || a.downcast_exact::<krait_object::str::PyStr>(vm).is_none() {
            return Ok(None);
        }
        let Some(t) = b.downcast_exact::<krait_object::str::PyStr>(vm).map(|t| t.to_py()) else { return Ok(None) };
        if a.header().is_none_or(|h| h.refcount() != 1) || a.ptr_eq(b) {
            return Ok(None);
        }
        // As in CPython, the register is unbound if memory runs out.
        let s = super::regs::take(regs, w.b());
        let r = krait_object::str::PyStr::append_in_place(vm, s, &t)?;
        if w.flags() & krait_frontend::bytecode::FLAG_KC != 0 {
            super::regs::clear(regs, w.c());
        }
        Ok(Some(r))
    }
}

/// `a = b op immediate` when the inline path does not apply.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
#[inline(never)]
pub unsafe fn binary_imm_slow(vm: &Vm, regs: Regs, w: Instr, op: BinOp) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let a = get(regs, w.b());
        let imm = Obj::small(i64::from(w.c() as i16));
        let r = match mixed_float(vm, op, a, imm.r()) {
            Some(f) => vm.float(f),
            None if w.flags() & FLAG_INPLACE != 0 => vm.binary_inplace(op, a, imm.r())?,
            None => vm.binary(op, a, imm.r())?,
        };
        finish_b(regs, w, r);
        Ok(())
    }
}

/// Unary operators.
#[derive(Copy, Clone)]
pub enum UnaryOp {
    Neg,
    Pos,
    Invert,
    Not,
    Bool,
}

/// `a = op b`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
#[inline(never)]
pub unsafe fn unary_slow(vm: &Vm, regs: Regs, w: Instr, op: UnaryOp) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let x = get(regs, w.b());
        let r = match op {
            UnaryOp::Neg => vm.negative(x)?,
            UnaryOp::Pos => vm.positive(x)?,
            UnaryOp::Invert => vm.invert(x)?,
            UnaryOp::Not => Obj::bool(!vm.is_true(x)?),
            UnaryOp::Bool => Obj::bool(vm.is_true(x)?),
        };
        finish_b(regs, w, r);
        Ok(())
    }
}

/// Inline negation.
#[inline(always)]
pub fn fast_neg(x: Value) -> Option<Value> {
    if x.is_int() {
        return Value::small_int(-x.int_unchecked());
    }
    if x.is_flonum() { Value::flonum(-x.flonum_unchecked()) } else { None }
}

/// Writes an immediate result over operands that need no release.
///
/// # Safety
/// The consumed operands hold immediates.
#[inline(always)]
pub unsafe fn put_fast(regs: Regs, w: Instr, v: Value) {
    // SAFETY: by contract.
    unsafe { put(regs, w.a(), v) }
}

/// Consumes operands and writes a bool.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
#[inline(always)]
pub unsafe fn finish_bool(regs: Regs, w: Instr, v: bool) {
    // SAFETY: by contract.
    unsafe {
        consume_bc(regs, w);
        put_obj(regs, w.a(), Obj::bool(v));
    }
}

/// The operand words of a binary instruction.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
#[inline(always)]
pub unsafe fn operands(regs: Regs, w: Instr) -> (Value, Value) {
    // SAFETY: by contract.
    unsafe { (word(regs, w.b()), word(regs, w.c())) }
}
