//! Arithmetic on integers and floats.

use krait_frontend::bytecode::{FLAG_KB, FLAG_KC, Instr};
use krait_object::protocol::number::BinOp;
use krait_object::vm::Vm;
use krait_object::{Layout, Value};

use super::{Abort, Recorder};
use crate::helpers::Helper;
use crate::ir::{Id, Inst, Op, Ty};

impl Recorder {
    pub(super) fn binary(&mut self, vm: &Vm, w: Instr, op: BinOp) -> Result<bool, Abort> {
        let ((a, x), (b, y)) = (self.read(vm, w.b()), self.read(vm, w.c()));
        let release = [(w.b(), w.flags() & FLAG_KB != 0), (w.c(), w.flags() & FLAG_KC != 0)];
        if let Some(id) = self.arith(vm, op, (a, x), (b, y))? {
            return self.result(vm, w.a(), id, &release);
        }
        if op == BinOp::Add && x.is_heap() && y.is_heap() && self.concat(vm, w, (a, x), (b, y), &release)? {
            return Ok(true);
        }
        self.quiet_binary(vm, w, op, (a, x), (b, y), &release)
    }

    pub(super) fn binary_imm(&mut self, vm: &Vm, w: Instr, op: BinOp) -> Result<bool, Abort> {
        let (a, x) = self.read(vm, w.b());
        let imm = i64::from(w.c_imm());
        let b = self.int_const(imm);
        match self.arith(vm, op, (a, x), (b, Value::int_fitting(imm)))? {
            Some(id) => self.result(vm, w.a(), id, &[(w.b(), w.flags() & FLAG_KB != 0)]),
            None => self.quiet_binary(vm, w, op, (a, x), (b, Value::int_fitting(imm)), &[(w.b(), w.flags() & FLAG_KB != 0)]),
        }
    }

    /// Consumes operands and writes an unboxed result.
    pub(super) fn result(&mut self, vm: &Vm, to: u16, id: Id, release: &[(u16, bool)]) -> Result<bool, Abort> {
        let gone = self.displace_all(vm, release, Some(to))?;
        self.put(to, id, false);
        self.finish_all(vm, gone);
        Ok(true)
    }

    fn arith(&mut self, vm: &Vm, op: BinOp, (a, x): (Id, Value), (b, y): (Id, Value)) -> Result<Option<Id>, Abort> {
        if self.is_int(a, x) && self.is_int(b, y) {
            let (Some(a), Some(b)) = (self.as_int(vm, a, x)?, self.as_int(vm, b, y)?) else { return Ok(None) };
            return self.int_arith(vm, op, (a, x), (b, y));
        }
        if !(self.is_float(a, x) || self.is_float(b, y)) {
            return Ok(None);
        }
        let fop = match op {
            BinOp::Add => Op::FAdd,
            BinOp::Sub => Op::FSub,
            BinOp::Mul => Op::FMul,
            BinOp::TrueDiv => Op::FDiv,
            BinOp::Pow => return self.float_pow(vm, (a, x), (b, y)),
            _ => return Ok(None),
        };
        if !(self.is_number(a, x) && self.is_number(b, y)) {
            return Ok(None);
        }
        if fop == Op::FDiv && self.number_of(vm, y) == Some(0.0) {
            return Ok(None);
        }
        let (Some(a), Some(b)) = (self.as_number(vm, a, x)?, self.as_number(vm, b, y)?) else { return Ok(None) };
        let i = Inst::new(fop, &[a, b]);
        Ok(Some(if fop == Op::FDiv { self.guard(vm, i)? } else { self.emit(vm, i) }))
    }

    /// `x ** y` where neither complains nor leaves the reals: positive base, or a small whole
    /// exponent.
    fn float_pow(&mut self, vm: &Vm, (a, x): (Id, Value), (b, y): (Id, Value)) -> Result<Option<Id>, Abort> {
        if !(self.is_float(a, x) && y.as_int() == Some(2) && self.is_number(b, y)) {
            return Ok(None);
        }
        let (Some(a), Some(n)) = (self.as_float(vm, a, x)?, self.as_int(vm, b, y)?) else { return Ok(None) };
        self.guard(vm, Inst::new(Op::GuardIntIs, &[n]).imm(2))?;
        // The square is correctly rounded by `pow` too; overflow raises, so it leaves.
        let sq = self.emit(vm, Inst::new(Op::FMul, &[a, a]));
        let inf = self.float_const(f64::INFINITY);
        let finite = self.emit(vm, Inst::new(Op::FCmp, &[sq, inf]).imm2(0));
        self.guard(vm, Inst::new(Op::GuardTrue, &[finite]))?;
        Ok(Some(sq))
    }

    fn int_arith(&mut self, vm: &Vm, op: BinOp, (a, x): (Id, Value), (b, y): (Id, Value)) -> Result<Option<Id>, Abort> {
        let (p, q) = (x.int_unchecked(), y.int_unchecked());
        // What overflows now is recorded as a step: a guard would contradict what is happening.
        let ovf = |r: Option<i64>| r.is_some_and(|r| Value::small_int(r).is_some());
        let (iop, fine) = match op {
            BinOp::Add => (Op::AddOvf, ovf(p.checked_add(q))),
            BinOp::Sub => (Op::SubOvf, ovf(p.checked_sub(q))),
            BinOp::Mul => (Op::MulOvf, ovf(p.checked_mul(q))),
            BinOp::FloorDiv => (Op::FloorDiv, q != 0 && q != -1),
            BinOp::Mod => (Op::Mod, q != 0 && q != -1),
            BinOp::TrueDiv => (Op::TrueDiv, q != 0 && p.unsigned_abs() <= 1 << 53 && q.unsigned_abs() <= 1 << 53),
            BinOp::LShift => (Op::Shl, (0..62).contains(&q) && (p << q) >> q == p && Value::small_int(p << q).is_some()),
            BinOp::RShift => (Op::Shr, q >= 0),
            BinOp::And => (Op::And, true),
            BinOp::Or => (Op::Or, true),
            BinOp::Xor => (Op::Xor, true),
            _ => return Ok(None),
        };
        if !fine {
            return Ok(None);
        }
        self.guard(vm, Inst::new(iop, &[a, b])).map(Some)
    }

    /// String concatenation.
    fn concat(&mut self, vm: &Vm, w: Instr, (a, x): (Id, Value), (b, y): (Id, Value), release: &[(u16, bool)]) -> Result<bool, Abort> {
        let is_str = |v: Value| std::ptr::eq(heap_type(v), vm.types.str);
        // `s += t` grows a string in place: the interpreter does that.
        if !(is_str(x) && is_str(y)) || w.a() == w.b() || self.ty(a) != Ty::Val || self.ty(b) != Ty::Val {
            return Ok(false);
        }
        self.guard_type(vm, a, vm.types.str)?;
        self.guard_type(vm, b, vm.types.str)?;
        let gone = self.displace_all(vm, release, Some(w.a()))?;
        let r = self.guard(vm, Inst::new(Op::Call, &[a, b]).imm(Helper::StrConcat as u64))?;
        self.put(w.a(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    pub(super) fn negate(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (a, x) = self.read(vm, w.b());
        let release = [(w.b(), w.flags() & FLAG_KB != 0)];
        if self.is_int(a, x) {
            let Some(a) = self.as_int(vm, a, x)? else { return Ok(false) };
            let zero = self.int_const(0);
            let r = self.guard(vm, Inst::new(Op::SubOvf, &[zero, a]))?;
            return self.result(vm, w.a(), r, &release);
        }
        if self.is_float(a, x) {
            let Some(a) = self.as_float(vm, a, x)? else { return Ok(false) };
            let r = self.emit(vm, Inst::new(Op::FNeg, &[a]));
            return self.result(vm, w.a(), r, &release);
        }
        Ok(false)
    }

    pub(super) fn invert(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (a, x) = self.read(vm, w.b());
        if !self.is_int(a, x) {
            return Ok(false);
        }
        let Some(a) = self.as_int(vm, a, x)? else { return Ok(false) };
        let ones = self.int_const(-1);
        let r = self.emit(vm, Inst::new(Op::Xor, &[a, ones]));
        self.result(vm, w.a(), r, &[(w.b(), w.flags() & FLAG_KB != 0)])
    }

    pub(super) fn is_int(&self, id: Id, v: Value) -> bool {
        match self.ty(id) {
            Ty::Int => v.is_int(),
            Ty::Val => v.is_int(),
            _ => false,
        }
    }

    pub(super) fn is_float(&self, id: Id, v: Value) -> bool {
        match self.ty(id) {
            Ty::Float => true,
            Ty::Val => v.is_flonum(),
            _ => false,
        }
    }

    fn is_number(&self, id: Id, v: Value) -> bool {
        self.is_float(id, v) || (self.is_int(id, v) && v.int_unchecked().unsigned_abs() <= 1 << 53)
    }

    /// The double an actual word stands for.
    pub(super) fn number_of(&self, vm: &Vm, v: Value) -> Option<f64> {
        if let Some(i) = v.as_int() {
            return Some(i as f64);
        }
        if let Some(f) = v.as_flonum() {
            return Some(f);
        }
        // SAFETY: the word is in a register of a running frame.
        let r = unsafe { krait_object::Ref::from_value_opt(v) }?;
        r.downcast_exact::<krait_object::float::PyFloat>(vm).map(|f| f.value())
    }
}

/// The type of a heap object; null for other words.
pub fn heap_type(v: Value) -> *const krait_object::ty::PyType {
    if !v.is_heap() {
        return std::ptr::null();
    }
    // SAFETY: the word comes from a live place.
    unsafe { (*v.header_ptr()).ty() }
}

/// Is it an instance of exactly `T`?
pub fn is_exact<T: Layout>(vm: &Vm, v: Value) -> bool {
    std::ptr::eq(heap_type(v), T::type_of(vm))
}
