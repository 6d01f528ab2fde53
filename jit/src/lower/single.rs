//! Lowering of instructions run by their handlers.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value as Cl, types};
use krait_frontend::bytecode::Instr;

use super::Lower;
use crate::helpers::Helper;
use crate::ir::{Id, Inst, Op};
use crate::tree::Tree;

impl Lower<'_> {
    /// `Exec` and `ExecJump`.
    pub(super) fn exec(&mut self, id: Id, i: &Inst) -> Option<Cl> {
        // SAFETY: the address of an instruction of code the tree keeps alive.
        let op = unsafe { Instr(*(i.imm as *const u64)).op() };
        let handler = krait_runtime::interp::single::handler(op)?;
        let handler = self.pointer(handler as *const u8);
        let pc = self.pointer(i.imm as *const u64);
        let tree = self.pointer(self.tree as *const Tree);
        let r = self.call(Helper::Exec, &[handler, pc, tree]);
        let out = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, r, 1);
        self.leave_after(out, r, 3, id, i);
        (i.op == Op::ExecJump).then(|| self.b.ins().ireduce(types::I8, r))
    }
}
