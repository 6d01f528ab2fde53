//! Comparison, truth, containment.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, FLAG_KC, Instr};
use krait_object::dict::{Peek, PyDict};
use krait_object::list::PyList;
use krait_object::slots::CmpOp;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Ref, Value, singletons};

use super::arith::is_exact;
use super::{Abort, Recorder};
use crate::helpers::Helper;
use crate::ir::{Id, Inst, Op, Ty, cmp_code};

impl Recorder {
    pub(super) fn compare(&mut self, vm: &Vm, w: Instr, op: CmpOp) -> Result<bool, Abort> {
        let (x, y) = (self.read(vm, w.b()), self.read(vm, w.c()));
        match self.cmp(vm, op, x, y)? {
            Some((id, _)) => self.result(vm, w.a(), id, &[(w.b(), w.flags() & FLAG_KB != 0), (w.c(), w.flags() & FLAG_KC != 0)]),
            None => Ok(false),
        }
    }

    pub(super) fn jump_cmp(&mut self, vm: &Vm, w: Instr, op: CmpOp) -> Result<bool, Abort> {
        let (x, y) = (self.read(vm, w.a()), self.read(vm, w.b()));
        match self.cmp(vm, op, x, y)? {
            Some((id, actual)) => {
                let f = w.flags();
                self.branch_on(vm, id, actual, &[(w.a(), f & FLAG_KA != 0), (w.b(), f & FLAG_KB != 0)])
            }
            None => Ok(false),
        }
    }

    pub(super) fn jump_cmp_imm(&mut self, vm: &Vm, w: Instr, op: CmpOp) -> Result<bool, Abort> {
        let x = self.read(vm, w.a());
        let imm = i64::from(w.b_imm());
        let b = self.int_const(imm);
        match self.cmp(vm, op, x, (b, Value::int_fitting(imm)))? {
            Some((id, actual)) => self.branch_on(vm, id, actual, &[(w.a(), w.flags() & FLAG_KA != 0)]),
            None => Ok(false),
        }
    }

    /// The comparison as a bool, and how it comes out this time.
    fn cmp(&mut self, vm: &Vm, op: CmpOp, (a, x): (Id, Value), (b, y): (Id, Value)) -> Result<Option<(Id, bool)>, Abort> {
        if self.is_int(a, x) && self.is_int(b, y) {
            let (Some(a), Some(b)) = (self.as_int(vm, a, x)?, self.as_int(vm, b, y)?) else { return Ok(None) };
            let id = self.emit(vm, Inst::new(Op::IntCmp, &[a, b]).imm2(cmp_code(op)));
            return Ok(Some((id, op.eval(x.int_unchecked().cmp(&y.int_unchecked())))));
        }
        if self.is_float(a, x) || self.is_float(b, y) {
            let (Some(p), Some(q)) = (self.number_of(vm, x), self.number_of(vm, y)) else { return Ok(None) };
            let (Some(a), Some(b)) = (self.as_number(vm, a, x)?, self.as_number(vm, b, y)?) else { return Ok(None) };
            let id = self.emit(vm, Inst::new(Op::FCmp, &[a, b]).imm2(cmp_code(op)));
            let actual = match op {
                CmpOp::Lt => p < q,
                CmpOp::Le => p <= q,
                CmpOp::Eq => p == q,
                CmpOp::Ne => p != q,
                CmpOp::Gt => p > q,
                CmpOp::Ge => p >= q,
            };
            return Ok(Some((id, actual)));
        }
        if matches!(op, CmpOp::Eq | CmpOp::Ne) && is_exact::<PyStr>(vm, x) && is_exact::<PyStr>(vm, y) {
            if self.ty(a) != Ty::Val || self.ty(b) != Ty::Val {
                return Ok(None);
            }
            self.guard_type(vm, a, vm.types.str)?;
            self.guard_type(vm, b, vm.types.str)?;
            let mut id = self.push(Inst::new(Op::CallBool, &[a, b]).imm(Helper::StrEq as u64));
            // SAFETY: both words are exact strs in registers.
            let eq = unsafe { (*(x.header_ptr() as *const PyStr)).eq(&*(y.header_ptr() as *const PyStr)) };
            if op == CmpOp::Ne {
                id = self.emit(vm, Inst::new(Op::BoolNot, &[id]));
            }
            return Ok(Some((id, eq == (op == CmpOp::Eq))));
        }
        self.quiet_compare(vm, op, (a, x), (b, y))
    }

    /// The truth of a value as a bool, and how it comes out.
    pub(super) fn truth(&mut self, vm: &Vm, id: Id, v: Value) -> Result<Option<(Id, bool)>, Abort> {
        let zero = |r: &mut Self| r.int_const(0);
        match self.ty(id) {
            Ty::Bool => return Ok(Some((id, v == singletons::true_().value()))),
            Ty::Int => {
                let z = zero(self);
                let c = self.emit(vm, Inst::new(Op::IntCmp, &[id, z]).imm2(cmp_code(CmpOp::Ne)));
                return Ok(Some((c, v.as_int() != Some(0))));
            }
            Ty::Float => {
                let z = self.float_const(0.0);
                let c = self.emit(vm, Inst::new(Op::FCmp, &[id, z]).imm2(cmp_code(CmpOp::Ne)));
                return Ok(self.number_of(vm, v).map(|f| (c, f != 0.0)));
            }
            _ => {}
        }
        if v.is_int() {
            let i = self.guard(vm, Inst::new(Op::GuardInt, &[id]))?;
            return self.truth(vm, i, v);
        }
        if v == singletons::true_().value() || v == singletons::false_().value() {
            let b = self.guard(vm, Inst::new(Op::GuardBool, &[id]))?;
            return Ok(Some((b, v == singletons::true_().value())));
        }
        if v == singletons::none().value() {
            self.guard(vm, Inst::new(Op::GuardIs, &[id]).imm(v.0))?;
            let f = self.cse(Inst::new(Op::ConstBool, &[]));
            return Ok(Some((f, false)));
        }
        let (op, ty, len) = if is_exact::<PyList>(vm, v) {
            // SAFETY: just checked.
            (Op::ListLen, vm.types.list, unsafe { (*(v.header_ptr() as *const PyList)).len() })
        } else if is_exact::<PyTuple>(vm, v) {
            // SAFETY: just checked.
            (Op::TupleLen, vm.types.tuple, unsafe { (*(v.header_ptr() as *const PyTuple)).len() })
        } else if is_exact::<PyStr>(vm, v) {
            // SAFETY: just checked.
            (Op::StrLen, vm.types.str, unsafe { (*(v.header_ptr() as *const PyStr)).len() })
        } else {
            let Some((n, len)) = self.quiet_len(vm, id, v)? else { return Ok(None) };
            let z = zero(self);
            let c = self.emit(vm, Inst::new(Op::IntCmp, &[n, z]).imm2(cmp_code(CmpOp::Ne)));
            return Ok(Some((c, len != 0)));
        };
        self.guard_type(vm, id, ty)?;
        let n = self.emit(vm, Inst::new(op, &[id]));
        let z = zero(self);
        let c = self.emit(vm, Inst::new(Op::IntCmp, &[n, z]).imm2(cmp_code(CmpOp::Ne)));
        Ok(Some((c, len != 0)))
    }

    pub(super) fn not(&mut self, vm: &Vm, w: Instr, negate: bool) -> Result<bool, Abort> {
        let (id, v) = self.read(vm, w.b());
        let Some((mut c, _)) = self.truth(vm, id, v)? else { return Ok(false) };
        if negate {
            c = self.emit(vm, Inst::new(Op::BoolNot, &[c]));
        }
        self.result(vm, w.a(), c, &[(w.b(), w.flags() & FLAG_KB != 0)])
    }

    pub(super) fn identity(&mut self, vm: &Vm, w: Instr, negate: bool) -> Result<bool, Abort> {
        let ((a, _), (b, _)) = (self.read(vm, w.b()), self.read(vm, w.c()));
        if self.ty(a) != Ty::Val || self.ty(b) != Ty::Val {
            return Ok(false);
        }
        let mut c = self.emit(vm, Inst::new(Op::Same, &[a, b]));
        if negate {
            c = self.emit(vm, Inst::new(Op::BoolNot, &[c]));
        }
        self.result(vm, w.a(), c, &[(w.b(), w.flags() & FLAG_KB != 0), (w.c(), w.flags() & FLAG_KC != 0)])
    }

    /// `x in d` for an exact dict and a simple key.
    fn dict_contains(&mut self, vm: &Vm, item: u16, container: u16) -> Result<Option<(Id, bool)>, Abort> {
        let ((k, x), (d, c)) = (self.read(vm, item), self.read(vm, container));
        if !is_exact::<PyDict>(vm, c) || self.ty(d) != Ty::Val {
            return self.quiet_contains(vm, (k, x), (d, c));
        }
        let Some(k) = self.simple_key(vm, k, x)? else { return Ok(None) };
        // SAFETY: both words are in registers; the dict's type was checked.
        let found = match unsafe { (*(c.header_ptr() as *const PyDict)).peek(vm, Ref::from_value_unchecked(x)) } {
            Peek::Found(_) => true,
            Peek::Missing => false,
            Peek::Unknown => return Ok(None),
        };
        self.guard_type(vm, d, vm.types.dict)?;
        let r = self.guard(vm, Inst::new(Op::Call, &[d, k]).imm(Helper::DictContains as u64).ty(Ty::Int))?;
        let two = self.int_const(2);
        let c = self.emit(vm, Inst::new(Op::IntCmp, &[r, two]).imm2(cmp_code(CmpOp::Eq)));
        Ok(Some((c, found)))
    }

    /// A dict key that hashes and compares without Python code, as a word.
    pub(super) fn simple_key(&mut self, vm: &Vm, id: Id, v: Value) -> Result<Option<Id>, Abort> {
        if v.is_int() {
            return match self.ty(id) {
                // An integer beyond 63 bits would need a box of its own.
                Ty::Int => {
                    let i = self.guard(vm, Inst::new(Op::Small, &[id]))?;
                    Ok(Some(self.boxed(vm, i)))
                }
                Ty::Val => {
                    self.guard(vm, Inst::new(Op::GuardInt, &[id]))?;
                    Ok(Some(id))
                }
                _ => Ok(None),
            };
        }
        if self.ty(id) == Ty::Val && is_exact::<PyStr>(vm, v) {
            self.guard_type(vm, id, vm.types.str)?;
            return Ok(Some(id));
        }
        Ok(None)
    }

    pub(super) fn contains(&mut self, vm: &Vm, w: Instr, negate: bool) -> Result<bool, Abort> {
        let Some((mut c, _)) = self.dict_contains(vm, w.b(), w.c())? else { return Ok(false) };
        if negate {
            c = self.emit(vm, Inst::new(Op::BoolNot, &[c]));
        }
        self.result(vm, w.a(), c, &[(w.b(), w.flags() & FLAG_KB != 0), (w.c(), w.flags() & FLAG_KC != 0)])
    }

    pub(super) fn jump_in(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let Some((c, actual)) = self.dict_contains(vm, w.a(), w.b())? else { return Ok(false) };
        let f = w.flags();
        self.branch_on(vm, c, actual, &[(w.a(), f & FLAG_KA != 0), (w.b(), f & FLAG_KB != 0)])
    }
}
