//! Functions and cells made in loops.

use krait_frontend::bytecode::{FLAG_KB, Instr, Op as Bc};
use krait_object::vm::Vm;

use super::{Abort, Recorder};
use crate::helpers::Helper;
use crate::ir::{Inst, Op, Ty};

impl Recorder {
    pub(super) fn make_cell(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        self.read(vm, w.a());
        let (value, owned) = self.take(vm, w.a(), true);
        let word = self.owned_word(vm, value, owned);
        let r = self.push(Inst::new(Op::Make, &[word]).imm(Helper::NewCell as u64));
        self.put(w.a(), r, true);
        Ok(true)
    }

    pub(super) fn load_closure(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (cell, _) = self.cell(vm, Bc::LOAD_FREE, w.b())?;
        self.write(vm, w.a(), cell, false)?;
        Ok(true)
    }

    pub(super) fn make_function(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let maker = self.function(vm)?;
        let code = self.constant(self.code_const(w).value());
        let gone = self.displace_all(vm, &[], Some(w.a()))?;
        let r = self.guard(vm, Inst::new(Op::Call, &[maker, code]).imm(Helper::NewFunction as u64))?;
        self.put(w.a(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    pub(super) fn set_func_attr(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (f, _) = self.read(vm, w.a());
        self.read(vm, w.b());
        let (value, owned) = self.take(vm, w.b(), w.flags() & FLAG_KB != 0);
        let word = self.owned_word(vm, value, owned);
        let which = self.int_const(i64::from(w.c()));
        self.push(Inst::new(Op::Make, &[f, word, which]).imm(Helper::SetFuncAttr as u64).ty(Ty::Void));
        Ok(true)
    }
}
