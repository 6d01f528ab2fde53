//! Lowering of memory accesses, calls and reference counts.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value as Cl, types};
use krait_object::layouts::*;

use super::{Lower, mem};
use crate::helpers::Helper;
use crate::ir::{Id, Inst, Op, Ty};

impl Lower<'_> {
    fn load(&mut self, p: Cl, offset: usize) -> Cl {
        self.b.ins().load(types::I64, mem(), p, offset as i32)
    }

    fn store(&mut self, v: Cl, p: Cl, offset: usize) {
        self.b.ins().store(mem(), v, p, offset as i32);
    }

    /// Address of item `i` of an array.
    fn item(&mut self, items: Cl, i: Id) -> Cl {
        let i = self.value(i);
        let off = self.b.ins().ishl_imm_u(i, 3);
        self.b.ins().iadd(items, off)
    }

    /// Address and offset of a dict entry's value.
    fn dict_entry(&mut self, i: &Inst) -> (Cl, usize) {
        let d = self.value(i.args[0]);
        let keys = self.load(d, DICT_KEYS);
        (keys, DICT_FIRST_VALUE + i.imm as usize * DICT_ENTRY_SIZE)
    }

    pub(super) fn memory(&mut self, id: Id, i: &Inst) -> Result<Option<Cl>, String> {
        let [a, b, c] = i.args;
        Ok(match i.op {
            Op::LoadReg => {
                let regs = self.regs;
                Some(self.load(regs, i.imm as usize * 8))
            }
            Op::GuardNoFrameObject => {
                let frame = self.frame;
                let o = self.load(frame, FRAME_OBJECT);
                let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, o, 0);
                self.fail_if(some, id, i);
                None
            }
            Op::RootFunction => {
                let frame = self.frame;
                Some(self.load(frame, FRAME_FUNCTION))
            }
            Op::LoadAttr | Op::LoadBlock | Op::LoadConstField | Op::LoadIter | Op::LoadIterVal | Op::IterStep => {
                let p = self.value(a);
                Some(self.load(p, i.imm as usize))
            }
            Op::StoreAttr | Op::StoreIter => {
                let (p, v) = (self.value(a), self.value(b));
                self.store(v, p, i.imm as usize);
                None
            }
            Op::SetShape => {
                let p = self.value(a);
                let s = self.b.ins().iconst(types::I64, i.imm as i64);
                self.store(s, p, i.imm2 as usize);
                None
            }
            Op::LoadCell => {
                let p = self.value(a);
                Some(self.load(p, CELL_VALUE))
            }
            Op::StoreCell => {
                let (p, v) = (self.value(a), self.value(b));
                self.store(v, p, CELL_VALUE);
                None
            }
            Op::ListLen | Op::TupleLen | Op::StrLen => {
                let p = self.value(a);
                let off = match i.op {
                    Op::ListLen => LIST_LEN,
                    Op::TupleLen => TUPLE_LEN,
                    _ => STR_LEN,
                };
                Some(self.load(p, off))
            }
            Op::ListItem => {
                let p = self.value(a);
                let items = self.load(p, LIST_ITEMS);
                let at = self.item(items, b);
                Some(self.load(at, 0))
            }
            Op::SetListItem => {
                let (p, v) = (self.value(a), self.value(c));
                let items = self.load(p, LIST_ITEMS);
                let at = self.item(items, b);
                self.store(v, at, 0);
                None
            }
            Op::TupleItem => {
                let p = self.value(a);
                let at = self.item(p, b);
                Some(self.load(at, TUPLE_ITEMS))
            }
            Op::DictEntry => {
                let (p, off) = self.dict_entry(i);
                Some(self.load(p, off))
            }
            Op::StoreDictEntry => {
                let (p, off) = self.dict_entry(i);
                let v = self.value(b);
                self.store(v, p, off);
                None
            }
            Op::DropReg => {
                self.drop_reg(i.imm);
                None
            }
            Op::Incref => {
                let v = self.value(a);
                self.incref(a, v);
                None
            }
            Op::Decref => {
                let v = self.value(a);
                self.decref(id, v);
                None
            }
            Op::DropLeaf => {
                let v = self.value(a);
                self.drop_leaf(v);
                None
            }
            Op::DropQuiet => {
                let v = self.value(a);
                let done = self.call(Helper::DropQuiet, &[v]);
                self.fail_unless(done, id, i);
                None
            }
            Op::Arg => {
                let (v, scratch) = (self.value(a), self.scratch);
                self.store(v, scratch, i.imm as usize * 8);
                None
            }
            Op::Call | Op::CallBool | Op::Make => self.helper(id, i),
            Op::Sync => {
                self.sync(id, i);
                None
            }
            Op::Step => {
                self.step(id, i);
                None
            }
            Op::Exec | Op::ExecJump => self.exec(id, i),
            Op::Jumped => {
                let v = self.value(a);
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, v, i.imm as i64);
                self.fail_if(other, id, i);
                None
            }
            Op::Release => {
                self.release(id, i);
                None
            }
            Op::PopFrame => {
                self.call(Helper::PopFrame, &[]);
                None
            }
            _ => return Err(format!("no lowering for {}", i.op.name())),
        })
    }

    fn helper(&mut self, id: Id, i: &Inst) -> Option<Cl> {
        let args: Vec<Cl> = i.operands().collect::<Vec<_>>().into_iter().map(|a| self.arg(a)).collect();
        let r = self.call(Helper::of(i.imm), &args);
        if i.op == Op::Call {
            let none = self.b.ins().icmp_imm_s(IntCC::Equal, r, 0);
            self.fail_if(none, id, i);
        }
        if i.ty == Ty::Bool {
            return Some(self.b.ins().ireduce(types::I8, r));
        }
        Some(r)
    }
}
