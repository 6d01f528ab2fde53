//! Lowering of calls of plain Rust functions on machine numbers, and of conversions.

use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, Type, Value as Cl, types};
use cranelift_codegen::isa::CallConv;

use super::{Lower, cl_type};
use crate::ir::{Id, Inst, Op};

impl Lower<'_> {
    pub(super) fn native(&mut self, id: Id, i: &Inst) -> Result<Option<Cl>, String> {
        let a = self.value(i.args[0]);
        Ok(match i.op {
            Op::CallFloat | Op::CallTest | Op::CallInt => {
                let args: Vec<Cl> = i.operands().collect::<Vec<_>>().into_iter().map(|a| self.value(a)).collect();
                Some(self.call_plain(i.imm, &args, cl_type(i.ty)))
            }
            Op::GuardFinite => {
                let abs = self.b.ins().fabs(a);
                let inf = self.b.ins().f64const(f64::INFINITY);
                let finite = self.b.ins().fcmp(FloatCC::LessThan, abs, inf);
                self.fail_unless(finite, id, i);
                None
            }
            Op::ToInt => {
                let whole = match i.imm2 {
                    0 => self.b.ins().trunc(a),
                    1 => self.b.ins().floor(a),
                    2 => self.b.ins().ceil(a),
                    _ => self.b.ins().nearest(a),
                };
                let abs = self.b.ins().fabs(whole);
                let limit = self.b.ins().f64const((1u64 << 62) as f64);
                let fits = self.b.ins().fcmp(FloatCC::LessThan, abs, limit);
                self.fail_unless(fits, id, i);
                Some(self.b.ins().fcvt_to_sint_sat(types::I64, whole))
            }
            Op::Select => {
                let (x, y) = (self.value(i.args[1]), self.value(i.args[2]));
                Some(self.b.ins().select(a, x, y))
            }
            _ => Some(self.immediate(id, i, i.args[0])),
        })
    }

    /// Calls the function at an address with the C convention.
    fn call_plain(&mut self, address: u64, args: &[Cl], ret: Type) -> Cl {
        let mut sig = Signature::new(CallConv::triple_default(self.isa.triple()));
        for &a in args {
            let ty = self.b.func.dfg.value_type(a);
            sig.params.push(AbiParam::new(ty));
        }
        sig.returns.push(AbiParam::new(ret));
        let sig = self.b.import_signature(sig);
        let f = self.b.ins().iconst(types::I64, address as i64);
        let call = self.b.ins().call_indirect(sig, f, args);
        self.b.inst_results(call)[0]
    }
}
