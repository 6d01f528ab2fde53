//! Which rule records which bytecode instruction.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KA_FALL, FLAG_KB, FLAG_KC, Instr, Kind, Op as Bc};
use krait_object::protocol::number::BinOp;
use krait_object::slots::CmpOp;
use krait_object::vm::Vm;
use krait_object::{Value, singletons};

use std::rc::Rc;

use super::state::Slot;
use super::{Abort, Recorded, Recorder, Verdict};
use crate::ir::snapshot::Snapshot;
use crate::ir::{Id, Inst, Op, Ty};

impl Recorder {
    /// Records the instruction `w` at `pc`.
    ///
    /// # Safety
    /// `pc` is an instruction of the running frame.
    pub(super) unsafe fn instruction(&mut self, vm: &Vm, w: Instr, pc: *const u64) -> Result<Verdict, Abort> {
        // SAFETY: by contract.
        let recorded = unsafe { self.rule(vm, w, pc) }?;
        if !recorded && matches!(w.op(), Bc::RETURN | Bc::RETURN_CONST) && self.return_from_root(vm, w)? {
            return Ok(Verdict::Done);
        }
        if !recorded {
            if Self::unsteppable(w.op()) {
                if self.has_use() && self.dying.is_empty() {
                    self.finish_leaving();
                    return Ok(Verdict::Done);
                }
                return Err(match w.op() {
                    Bc::RETURN | Bc::RETURN_CONST | Bc::YIELD => Abort::LeavesLoop,
                    _ => Abort::Unsupported,
                });
            }
            self.step(vm, w, pc);
            return Ok(Verdict::Step);
        }
        Ok(Verdict::Continue)
    }

    /// Records by rule; false if there is none for what the instruction does this time.
    unsafe fn rule(&mut self, vm: &Vm, w: Instr, pc: *const u64) -> Result<bool, Abort> {
        // SAFETY: `pc` is an instruction of the running frame (here and in the rules).
        unsafe {
            match w.op() {
                Bc::NOP | Bc::RESUME | Bc::JUMP => Ok(true),
                Bc::JUMP_BACK => self.jump_back(w),
                Bc::MOVE => self.copy(vm, w),
                Bc::LOAD_CONST => self.load_const(vm, w),
                Bc::LOAD_INT => {
                    let id = self.int_const(i64::from(w.imm32()));
                    self.write(vm, w.a(), id, false)?;
                    Ok(true)
                }
                Bc::CHECK_BOUND => self.check_bound(vm, w.a()),
                Bc::CLEAR => {
                    self.consume(vm, w.a(), true)?;
                    Ok(true)
                }
                Bc::LOAD_CELL | Bc::LOAD_FREE => self.load_cell(vm, w),
                Bc::STORE_CELL | Bc::STORE_FREE => self.store_cell(vm, w),
                Bc::LOAD_GLOBAL | Bc::LOAD_NAME => self.load_global(vm, w, pc),
                Bc::STORE_GLOBAL | Bc::STORE_NAME => self.store_global(vm, w, pc),

                Bc::ADD => self.binary(vm, w, BinOp::Add),
                Bc::SUB => self.binary(vm, w, BinOp::Sub),
                Bc::MUL => self.binary(vm, w, BinOp::Mul),
                Bc::TRUEDIV => self.binary(vm, w, BinOp::TrueDiv),
                Bc::FLOORDIV => self.binary(vm, w, BinOp::FloorDiv),
                Bc::MOD => self.binary(vm, w, BinOp::Mod),
                Bc::POW => self.binary(vm, w, BinOp::Pow),
                Bc::LSHIFT => self.binary(vm, w, BinOp::LShift),
                Bc::RSHIFT => self.binary(vm, w, BinOp::RShift),
                Bc::AND => self.binary(vm, w, BinOp::And),
                Bc::OR => self.binary(vm, w, BinOp::Or),
                Bc::XOR => self.binary(vm, w, BinOp::Xor),
                Bc::ADD_IMM => self.binary_imm(vm, w, BinOp::Add),
                Bc::SUB_IMM => self.binary_imm(vm, w, BinOp::Sub),
                Bc::MUL_IMM => self.binary_imm(vm, w, BinOp::Mul),
                Bc::FLOORDIV_IMM => self.binary_imm(vm, w, BinOp::FloorDiv),
                Bc::MOD_IMM => self.binary_imm(vm, w, BinOp::Mod),
                Bc::LSHIFT_IMM => self.binary_imm(vm, w, BinOp::LShift),
                Bc::RSHIFT_IMM => self.binary_imm(vm, w, BinOp::RShift),
                Bc::AND_IMM => self.binary_imm(vm, w, BinOp::And),
                Bc::NEG => self.negate(vm, w),
                Bc::INVERT => self.invert(vm, w),
                Bc::NOT => self.not(vm, w, true),
                Bc::TO_BOOL => self.not(vm, w, false),

                Bc::LT => self.compare(vm, w, CmpOp::Lt),
                Bc::LE => self.compare(vm, w, CmpOp::Le),
                Bc::EQ => self.compare(vm, w, CmpOp::Eq),
                Bc::NE => self.compare(vm, w, CmpOp::Ne),
                Bc::GT => self.compare(vm, w, CmpOp::Gt),
                Bc::GE => self.compare(vm, w, CmpOp::Ge),
                Bc::IS => self.identity(vm, w, false),
                Bc::IS_NOT => self.identity(vm, w, true),
                Bc::IN => self.contains(vm, w, false),
                Bc::NOT_IN => self.contains(vm, w, true),

                Bc::JUMP_IF_TRUE => self.jump_truth(vm, w, true),
                Bc::JUMP_IF_FALSE => self.jump_truth(vm, w, false),
                Bc::JUMP_IF_NONE => self.jump_none(vm, w),
                Bc::JUMP_IF_NOT_NONE => self.jump_none(vm, w),
                Bc::JUMP_IF_LT => self.jump_cmp(vm, w, CmpOp::Lt),
                Bc::JUMP_IF_LE => self.jump_cmp(vm, w, CmpOp::Le),
                Bc::JUMP_IF_EQ => self.jump_cmp(vm, w, CmpOp::Eq),
                Bc::JUMP_IF_NE => self.jump_cmp(vm, w, CmpOp::Ne),
                Bc::JUMP_IF_GT => self.jump_cmp(vm, w, CmpOp::Gt),
                Bc::JUMP_IF_GE => self.jump_cmp(vm, w, CmpOp::Ge),
                Bc::JUMP_UNLESS_LT => self.jump_cmp(vm, w, CmpOp::Lt),
                Bc::JUMP_UNLESS_LE => self.jump_cmp(vm, w, CmpOp::Le),
                Bc::JUMP_UNLESS_EQ => self.jump_cmp(vm, w, CmpOp::Eq),
                Bc::JUMP_UNLESS_NE => self.jump_cmp(vm, w, CmpOp::Ne),
                Bc::JUMP_UNLESS_GT => self.jump_cmp(vm, w, CmpOp::Gt),
                Bc::JUMP_UNLESS_GE => self.jump_cmp(vm, w, CmpOp::Ge),
                Bc::JUMP_IF_LT_IMM => self.jump_cmp_imm(vm, w, CmpOp::Lt),
                Bc::JUMP_IF_LE_IMM => self.jump_cmp_imm(vm, w, CmpOp::Le),
                Bc::JUMP_IF_EQ_IMM => self.jump_cmp_imm(vm, w, CmpOp::Eq),
                Bc::JUMP_IF_NE_IMM => self.jump_cmp_imm(vm, w, CmpOp::Ne),
                Bc::JUMP_IF_GT_IMM => self.jump_cmp_imm(vm, w, CmpOp::Gt),
                Bc::JUMP_IF_GE_IMM => self.jump_cmp_imm(vm, w, CmpOp::Ge),
                Bc::JUMP_UNLESS_LT_IMM => self.jump_cmp_imm(vm, w, CmpOp::Lt),
                Bc::JUMP_UNLESS_LE_IMM => self.jump_cmp_imm(vm, w, CmpOp::Le),
                Bc::JUMP_UNLESS_EQ_IMM => self.jump_cmp_imm(vm, w, CmpOp::Eq),
                Bc::JUMP_UNLESS_NE_IMM => self.jump_cmp_imm(vm, w, CmpOp::Ne),
                Bc::JUMP_UNLESS_GT_IMM => self.jump_cmp_imm(vm, w, CmpOp::Gt),
                Bc::JUMP_UNLESS_GE_IMM => self.jump_cmp_imm(vm, w, CmpOp::Ge),
                Bc::JUMP_IF_IS => self.jump_is(vm, w),
                Bc::JUMP_IF_IS_NOT => self.jump_is(vm, w),
                Bc::JUMP_IF_IN => self.jump_in(vm, w),
                Bc::JUMP_IF_NOT_IN => self.jump_in(vm, w),

                Bc::LOAD_ATTR => self.load_attr(vm, w, pc),
                Bc::STORE_ATTR => self.store_attr(vm, w, pc),
                Bc::LOAD_METHOD => self.load_method(vm, w, pc),
                Bc::GETITEM => self.getitem(vm, w),
                Bc::GETITEM_IMM => self.getitem_imm(vm, w),
                Bc::SETITEM => self.setitem(vm, w),
                Bc::MAKE_CELL => self.make_cell(vm, w),
                Bc::LOAD_CLOSURE => self.load_closure(vm, w),
                Bc::MAKE_FUNCTION => self.make_function(vm, w),
                Bc::SET_FUNC_ATTR => self.set_func_attr(vm, w),
                Bc::BUILD_MAP => self.build_map(vm, w),
                Bc::FORMAT_SIMPLE => self.format(vm, w),
                Bc::BUILD_STRING => self.build_string(vm, w),
                Bc::LOAD_COMMON => {
                    let id = self.constant_obj(krait_runtime::interp::intrinsics::common(vm, w.b()));
                    self.write(vm, w.a(), id, false)?;
                    Ok(true)
                }
                Bc::GETSLICE => self.getslice(vm, w),

                Bc::CALL => self.call(vm, w, pc),
                Bc::RETURN => self.ret(vm, w, pc),
                Bc::RETURN_CONST => self.ret_const(vm, w, pc),

                Bc::GET_ITER => self.get_iter(vm, w),
                Bc::FOR_ITER => self.for_iter(vm, w, pc),
                Bc::UNPACK_SEQ => self.unpack(vm, w),
                Bc::BUILD_TUPLE => self.build(vm, w, crate::helpers::Helper::BuildTuple),
                Bc::BUILD_LIST => self.build(vm, w, crate::helpers::Helper::BuildList),
                Bc::LIST_APPEND => self.list_append(vm, w),
                _ => Ok(false),
            }
        }
    }

    /// Has the interpreter run the instruction: by its handler, or in its loop.
    pub(super) fn step(&mut self, vm: &Vm, w: Instr, pc: *const u64) {
        self.sync(vm);
        let snap = self.take_snapshot();
        let op = match krait_runtime::interp::single::handler(w.op()) {
            Some(_) if jump_offset(w).is_some() => Op::ExecJump,
            Some(_) => Op::Exec,
            None => Op::Step,
        };
        let id = self.push(Inst::new(op, &[]).imm(pc as u64).snap(snap));
        // SAFETY: `pc` is an instruction.
        self.open_step = Some((id, unsafe { Self::after(pc) }));
        self.forget_operands(w);
        self.snap = None;
    }

    /// After a step: memory alone knows what the registers it may have written hold.
    fn forget_operands(&mut self, w: Instr) {
        let base = self.top().state.base;
        let end = (base + self.top().nregs) as usize;
        let info = w.op().info();
        for (kind, r, consumed) in [(info.a, w.a(), FLAG_KA), (info.b, w.b(), FLAG_KB), (info.c, w.c(), FLAG_KC)] {
            let first = (base + u32::from(r)) as usize;
            match kind {
                // (Two jumps have a flag of their own for the register they test.)
                Kind::Read if w.flags() & consumed == 0 && !matches!(w.op(), Bc::JUMP_IF_TRUE | Bc::JUMP_IF_FALSE) => {}
                // These change the object, not the register.
                Kind::Update if !matches!(w.op(), Bc::MAKE_CELL | Bc::CLEAR | Bc::DELETE_LOCAL | Bc::PUSH_EXC | Bc::POP_EXC) => {}
                Kind::Window => {
                    for s in &mut self.slots[first..end] {
                        *s = Slot::UNKNOWN;
                    }
                }
                Kind::Write | Kind::Read | Kind::Update => {
                    if first < end {
                        self.slots[first] = Slot::UNKNOWN;
                    }
                    // `LOAD_METHOD` writes two.
                    if kind == Kind::Write && first + 1 < end {
                        self.slots[first + 1] = Slot::UNKNOWN;
                    }
                }
                _ => {}
            }
        }
        // An exception handler's entry or an inner loop's code may have touched anything.
        if matches!(w.op(), Bc::JUMP_BACK) {
            for s in &mut self.slots[base as usize..end] {
                *s = Slot::UNKNOWN;
            }
        }
    }

    /// The stepped instruction is done, and `pc` is next.
    pub(super) fn close_step(&mut self, step: Id, after: *const u64, pc: *const u64) -> Recorded {
        self.open_step = None;
        // SAFETY: the stepped instruction is in the tree's code.
        let w = unsafe { Instr(*(self.tree.insts[step as usize].imm as *const u64)) };
        let known_next = pc == after || jump_offset(w).is_some_and(|off| after.wrapping_offset(off) == pc) || w.op() == Bc::JUMP_BACK;
        if !known_next {
            return Err(Abort::Raised);
        }
        match self.tree.insts[step as usize].op {
            Op::Exec => return Ok(()),
            Op::ExecJump => {
                self.jumped(step, after, w, pc != after);
                return Ok(());
            }
            _ => {}
        }
        let from = self.tree.insts[step as usize].imm as i64;
        self.tree.insts[step as usize].imm2 = ((pc as i64 - from) / 8) as i32 as u32;
        Ok(())
    }

    /// A conditional jump has been executed: leaves where it goes the other way. Everything is in
    /// memory, so that way a bridge can begin.
    fn jumped(&mut self, exec: Id, after: *const u64, w: Instr, taken: bool) {
        let target = after.wrapping_offset(jump_offset(w).unwrap_or(0));
        let mut frames: Vec<_> = self.frames.iter().map(|f| f.state.clone()).collect();
        if let Some(f) = frames.last_mut() {
            f.pc = if taken { after } else { target };
        }
        let snap = self.tree.snapshots.len() as u32;
        if w.op() == Bc::FOR_ITER && taken {
            let abs = self.abs(w.a()) as usize;
            self.slots[abs] = Slot::UNKNOWN;
        }
        self.tree.snapshots.push(Snapshot { frames: Rc::new(frames), regs: Rc::default(), synced: true, at: self.tree.insts.len() as Id });
        self.push(Inst::new(Op::Jumped, &[exec]).imm(u64::from(taken)).snap(snap));
    }

    fn jump_back(&mut self, w: Instr) -> Result<bool, Abort> {
        if self.frames.iter().all(|f| f.state.instance.is_none()) {
            // The header comes next.
            return Ok(true);
        }
        self.unroll()?;
        // A compiled inner loop runs as one step.
        let mark = w.a();
        Ok(mark < krait_runtime::compiler::COMPILED || mark == krait_runtime::compiler::NEVER)
    }

    fn copy(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        if w.a() == w.b() {
            return Ok(true);
        }
        let consume = w.flags() & FLAG_KB != 0;
        // The old value of the target goes after the new one is in place.
        let (id, owned) = self.take(vm, w.b(), consume);
        self.write(vm, w.a(), id, owned)?;
        Ok(true)
    }

    fn load_const(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let id = self.constant_obj(self.code_const(w));
        self.write(vm, w.a(), id, false)?;
        Ok(true)
    }

    fn check_bound(&mut self, vm: &Vm, r: u16) -> Result<bool, Abort> {
        let (id, v) = self.read(vm, r);
        if v.is_unbound() {
            return Ok(false);
        }
        if self.ty(id) == Ty::Val && !self.known.is_immediate(id) {
            self.guard(vm, Inst::new(Op::GuardIsNot, &[id]))?;
        }
        Ok(true)
    }

    /// A conditional jump whose condition `cond` is `actual` this time: a guard, then the operands of
    /// `release` are consumed.
    pub(super) fn branch_on(&mut self, vm: &Vm, cond: Id, actual: bool, release: &[(u16, bool)]) -> Result<bool, Abort> {
        let op = if actual { Op::GuardTrue } else { Op::GuardFalse };
        let snap = self.branch_snapshot();
        self.guard(vm, Inst::new(op, &[cond]).snap(snap))?;
        let gone = self.displace_all(vm, release, None)?;
        self.finish_all(vm, gone);
        Ok(true)
    }

    fn jump_truth(&mut self, vm: &Vm, w: Instr, sense: bool) -> Result<bool, Abort> {
        let (id, v) = self.read(vm, w.a());
        let Some((cond, actual)) = self.truth(vm, id, v)? else { return Ok(false) };
        let f = w.flags();
        let consumed = f & FLAG_KA != 0 || (actual != sense && f & FLAG_KA_FALL != 0);
        self.branch_on(vm, cond, actual, &[(w.a(), consumed)])
    }

    fn jump_none(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (id, v) = self.read(vm, w.a());
        let none = singletons::none().value();
        let is_none = v == none;
        if self.ty(id) == Ty::Val {
            let op = if is_none { Op::GuardIs } else { Op::GuardIsNot };
            let snap = self.branch_snapshot();
            self.guard(vm, Inst::new(op, &[id]).imm(none.0).snap(snap))?;
        }
        self.consume(vm, w.a(), w.flags() & FLAG_KA != 0)?;
        Ok(true)
    }

    fn jump_is(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let ((a, x), (b, y)) = (self.read(vm, w.a()), self.read(vm, w.b()));
        if self.ty(a) != Ty::Val || self.ty(b) != Ty::Val {
            return Ok(false);
        }
        let cond = self.emit(vm, Inst::new(Op::Same, &[a, b]));
        let f = w.flags();
        self.branch_on(vm, cond, x == y, &[(w.a(), f & FLAG_KA != 0), (w.b(), f & FLAG_KB != 0)])
    }
}

impl Recorder {
    /// Guards that the value is the word `v`.
    pub(super) fn guard_is(&mut self, vm: &Vm, id: Id, v: Value) -> Recorded {
        if self.ty(id) != Ty::Val {
            return Err(Abort::Contradiction);
        }
        if v.is_heap() {
            // The word stands for this very object as long as the tree keeps it.
            self.constant(v);
        }
        self.guard(vm, Inst::new(Op::GuardIs, &[id]).imm(v.0)).map(drop)
    }
}

/// The relative jump of an instruction, from the word after it.
pub(super) fn jump_offset(w: Instr) -> Option<isize> {
    let info = w.op().info();
    if [info.a, info.b, info.c].contains(&Kind::Jump32) {
        return Some(w.imm32() as isize);
    }
    (info.c == Kind::Jump).then(|| w.c_imm() as isize)
}
