//! Register access for instruction handlers.
//!
//! A handler gets the frame's register base and the instruction word. The verifier has checked
//! every operand against the code object's register count, so access is unchecked.
//!
//! Ownership: registers own what they hold. `get` borrows, `take` moves out, `put` moves in and
//! releases what was there. `finish` is the usual end of a handler: it consumes the operands
//! whose flags say so, then writes the result, in this order, since the destination may be the
//! register of a consumed operand.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, FLAG_KC, Instr};
use krait_object::header::decref;
use krait_object::{Obj, Ref, Value};

/// Base of a frame's registers.
pub type Regs = *mut Value;

/// The word in register `i`.
///
/// # Safety
/// `i` is below the frame's register count (here and in the functions below).
#[inline(always)]
pub unsafe fn word(regs: Regs, i: u16) -> Value {
    // SAFETY: by contract.
    unsafe { *regs.add(i as usize) }
}

/// The object in register `i`, borrowed.
///
/// # Safety
/// The register is bound and stays so while the borrow is used.
#[inline(always)]
pub unsafe fn get<'a>(regs: Regs, i: u16) -> Ref<'a> {
    // SAFETY: by contract.
    unsafe { Ref::from_value_unchecked(*regs.add(i as usize)) }
}

/// Moves the content of register `i` out, leaving it unbound.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn take_opt(regs: Regs, i: u16) -> Option<Obj> {
    // SAFETY: registers own what they hold.
    unsafe {
        let p = regs.add(i as usize);
        let v = *p;
        *p = Value::UNBOUND;
        Obj::from_value_opt(v)
    }
}

/// As [`take_opt`] for a register known to be bound.
///
/// # Safety
/// The register is bound.
#[inline(always)]
pub unsafe fn take(regs: Regs, i: u16) -> Obj {
    // SAFETY: by contract.
    unsafe {
        let p = regs.add(i as usize);
        let v = *p;
        *p = Value::UNBOUND;
        Obj::from_value(v)
    }
}

/// Releases register `i`.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn clear(regs: Regs, i: u16) {
    // SAFETY: registers own what they hold; the register is unbound before code can run.
    unsafe {
        let p = regs.add(i as usize);
        let v = *p;
        if v.is_heap() {
            *p = Value::UNBOUND;
            decref(v.header_ptr());
        } else {
            *p = Value::UNBOUND;
        }
    }
}

/// Writes a word whose reference moves in; releases what was there.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn put(regs: Regs, i: u16, v: Value) {
    // SAFETY: registers own what they hold; the new value is in place before code can run.
    unsafe {
        let p = regs.add(i as usize);
        let old = *p;
        *p = v;
        if old.is_heap() {
            decref(old.header_ptr());
        }
    }
}

/// As [`put`] for an owned object.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn put_obj(regs: Regs, i: u16, v: Obj) {
    // SAFETY: by contract.
    unsafe { put(regs, i, v.into_value()) }
}

/// The operand as an owned object: moved out if its flag says consume, else a new reference.
///
/// # Safety
/// The register is bound.
#[inline(always)]
pub unsafe fn own(regs: Regs, i: u16, consume: bool) -> Obj {
    // SAFETY: by contract.
    unsafe { if consume { take(regs, i) } else { get(regs, i).to_obj() } }
}

/// Consumes operands `b` and `c` as flagged.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn consume_bc(regs: Regs, w: Instr) {
    // SAFETY: by contract.
    unsafe {
        let f = w.flags();
        if f & (FLAG_KB | FLAG_KC) != 0 {
            if f & FLAG_KB != 0 {
                clear(regs, w.b());
            }
            if f & FLAG_KC != 0 {
                clear(regs, w.c());
            }
        }
    }
}

/// Consumes operand `b` as flagged.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn consume_b(regs: Regs, w: Instr) {
    // SAFETY: by contract.
    unsafe {
        if w.flags() & FLAG_KB != 0 {
            clear(regs, w.b());
        }
    }
}

/// Consumes operand `a` as flagged.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn consume_a(regs: Regs, w: Instr) {
    // SAFETY: by contract.
    unsafe {
        if w.flags() & FLAG_KA != 0 {
            clear(regs, w.a());
        }
    }
}

/// Consumes `b` and `c` as flagged and writes the result to `a`.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn finish(regs: Regs, w: Instr, result: Obj) {
    // SAFETY: by contract.
    unsafe {
        consume_bc(regs, w);
        put_obj(regs, w.a(), result);
    }
}

/// Consumes `b` as flagged and writes the result to `a`.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn finish_b(regs: Regs, w: Instr, result: Obj) {
    // SAFETY: by contract.
    unsafe {
        consume_b(regs, w);
        put_obj(regs, w.a(), result);
    }
}

/// Views `n` bound registers from `first` as borrowed references.
///
/// # Safety
/// The registers are bound and stay so while the slice is used.
#[inline(always)]
pub unsafe fn window<'a>(regs: Regs, first: u16, n: usize) -> &'a [Ref<'a>] {
    // SAFETY: `Ref` is a transparent word; by contract.
    unsafe { std::slice::from_raw_parts(regs.add(first as usize) as *const Ref<'a>, n) }
}

/// Releases `n` registers from `first`.
///
/// # Safety
/// See [`word`].
#[inline(always)]
pub unsafe fn clear_range(regs: Regs, first: u16, n: usize) {
    // SAFETY: by contract.
    unsafe {
        for i in 0..n {
            clear(regs, first + i as u16);
        }
    }
}
