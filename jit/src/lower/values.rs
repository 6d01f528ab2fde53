//! Words: tests, boxing, unboxing, reference counts.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value as Cl, types};
use krait_object::layouts::{HEADER_REFCOUNT, HEADER_TYPE};
use krait_object::singletons;

use super::{Lower, mem, mem_bits};
use crate::helpers::Helper;
use crate::ir::{Id, Inst, Op, Ty};

/// The flonum of 0.0.
const FLONUM_ZERO: u64 = 0x8000_0000_0000_0002;
/// The one double whose flonum would be that of 0.0.
const COLLIDES: u64 = 0x3000_0000_0000_0000;

impl Lower<'_> {
    /// 1 if the word is a heap pointer.
    pub(super) fn is_heap(&mut self, w: Cl) -> Cl {
        // Pointers have the low bits 00; 0 is unbound. One test: rotating makes both one range.
        let low = self.b.ins().band_imm_s(w, 3);
        let pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 0);
        let bound = self.b.ins().icmp_imm_s(IntCC::NotEqual, w, 0);
        self.b.ins().band(pointer, bound)
    }

    pub(super) fn is_flonum(&mut self, w: Cl) -> Cl {
        let low = self.b.ins().band_imm_s(w, 3);
        self.b.ins().icmp_imm_s(IntCC::Equal, low, 2)
    }

    /// The double of a flonum.
    pub(super) fn decode_flonum(&mut self, w: Cl) -> Cl {
        let top = self.b.ins().ushr_imm_u(w, 63);
        let two = self.b.ins().iconst(types::I64, 2);
        let exp = self.b.ins().isub(two, top);
        let rest = self.b.ins().band_imm_s(w, !3);
        let bits = self.b.ins().bor(exp, rest);
        let bits = self.b.ins().rotr_imm_u(bits, 3);
        let is_zero = self.b.ins().icmp_imm_s(IntCC::Equal, w, FLONUM_ZERO as i64);
        let zero = self.b.ins().iconst(types::I64, 0);
        let bits = self.b.ins().select(is_zero, zero, bits);
        self.b.ins().bitcast(types::F64, mem_bits(), bits)
    }

    /// The number of type `ty` in a word, if `check` has not left because there is none.
    pub(super) fn unbox_or(&mut self, w: Cl, ty: Ty, check: impl FnOnce(&mut Self, Cl)) -> Cl {
        match ty {
            Ty::Int => {
                let tag = self.b.ins().band_imm_s(w, 1);
                check(self, tag);
                self.b.ins().sshr_imm_s(w, 1)
            }
            Ty::Float => {
                let ok = self.is_flonum(w);
                check(self, ok);
                self.decode_flonum(w)
            }
            _ => w,
        }
    }

    /// The number in a word; leaves at instruction `at` if there is none of the type.
    pub(super) fn unboxed(&mut self, at: Id, w: Cl, ty: Ty) -> Cl {
        let i = self.tree.insts[at as usize];
        self.unbox_or(w, ty, |l, ok| l.fail_unless(ok, at, &i))
    }

    /// The word of an integer; beyond 63 bits a new object.
    pub(super) fn box_int(&mut self, v: Cl) -> Cl {
        let twice = self.b.ins().ishl_imm_u(v, 1);
        let w = self.b.ins().bor_imm_s(twice, 1);
        let back = self.b.ins().sshr_imm_s(twice, 1);
        let big = self.b.ins().icmp(IntCC::NotEqual, back, v);
        self.word_or_call(big, w, Helper::BoxInt, v)
    }

    /// The word of a double; outside the flonum range a new object.
    pub(super) fn box_float(&mut self, v: Cl) -> Cl {
        let (w, out, bits) = self.encode_flonum(v);
        self.word_or_call(out, w, Helper::BoxFloat, bits)
    }

    /// The flonum of a double, whether it has none (or is 0.0), its bits.
    fn encode_flonum(&mut self, v: Cl) -> (Cl, Cl, Cl) {
        let bits = self.b.ins().bitcast(types::I64, mem_bits(), v);
        let turned = self.b.ins().rotl_imm_u(bits, 3);
        let cut = self.b.ins().band_imm_s(turned, !3);
        let w = self.b.ins().bor_imm_s(cut, 2);
        let top = self.b.ins().ushr_imm_u(bits, 60);
        let top = self.b.ins().band_imm_s(top, 7);
        let top = self.b.ins().iadd_imm_s(top, -3);
        let out = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, top, 1);
        let collides = self.b.ins().icmp_imm_s(IntCC::Equal, bits, COLLIDES as i64);
        let out = self.b.ins().bor(out, collides);
        (w, out, bits)
    }

    /// `w`, or what the helper makes of `raw` if `slow`.
    fn word_or_call(&mut self, slow: Cl, w: Cl, helper: Helper, raw: Cl) -> Cl {
        let (cold, join) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(join, types::I64);
        self.b.ins().brif(slow, cold, &[], join, &[BlockArg::Value(w)]);
        self.b.set_cold_block(cold);
        self.b.switch_to_block(cold);
        let made = self.call(helper, &[raw]);
        self.b.ins().jump(join, &[BlockArg::Value(made)]);
        self.b.switch_to_block(join);
        result
    }

    /// The word of a parameter, which is an immediate if it is a number; else leaves.
    pub(super) fn immediate(&mut self, at: Id, i: &Inst, id: Id) -> Cl {
        let v = self.value(id);
        match self.tree.insts[id as usize].ty {
            Ty::Int => {
                let twice = self.b.ins().ishl_imm_u(v, 1);
                let back = self.b.ins().sshr_imm_s(twice, 1);
                let big = self.b.ins().icmp(IntCC::NotEqual, back, v);
                self.fail_if(big, at, i);
                self.b.ins().bor_imm_s(twice, 1)
            }
            Ty::Float => {
                let (w, out, bits) = self.encode_flonum(v);
                // 0.0 has a flonum of its own.
                let zero = self.b.ins().icmp_imm_s(IntCC::Equal, bits, 0);
                let other = self.b.ins().bxor_imm_s(zero, 1);
                let bad = self.b.ins().band(out, other);
                self.fail_if(bad, at, i);
                let z = self.b.ins().iconst(types::I64, FLONUM_ZERO as i64);
                self.b.ins().select(zero, z, w)
            }
            _ => v,
        }
    }

    /// Any value as a word.
    pub(super) fn word(&mut self, id: Id) -> Cl {
        let i = &self.tree.insts[id as usize];
        match (i.op, i.ty) {
            (Op::ConstInt, _) if krait_object::Value::small_int(i.imm as i64).is_some() => {
                self.b.ins().iconst(types::I64, (i.imm << 1 | 1) as i64)
            }
            (_, Ty::Int) => {
                let v = self.value(id);
                self.box_int(v)
            }
            (_, Ty::Float) => {
                let v = self.value(id);
                self.box_float(v)
            }
            (_, Ty::Bool) => {
                let v = self.value(id);
                self.box_bool(v)
            }
            _ => self.value(id),
        }
    }

    pub(super) fn box_bool(&mut self, v: Cl) -> Cl {
        let (t, f) = (singletons::true_().value().0, singletons::false_().value().0);
        let (t, f) = (self.b.ins().iconst(types::I64, t as i64), self.b.ins().iconst(types::I64, f as i64));
        self.b.ins().select(v, t, f)
    }

    /// One more reference to what may be any word.
    pub(super) fn incref(&mut self, id: Id, w: Cl) {
        let i = &self.tree.insts[id as usize];
        let known_heap = i.op == Op::ConstVal && krait_object::Value(i.imm).is_heap();
        if i.op == Op::ConstVal && !known_heap {
            return;
        }
        let join = self.b.create_block();
        if !known_heap {
            let heap = self.is_heap(w);
            let count = self.b.create_block();
            self.b.ins().brif(heap, count, &[], join, &[]);
            self.b.switch_to_block(count);
        }
        let rc = self.b.ins().load(types::I32, mem(), w, HEADER_REFCOUNT as i32);
        self.check_count(id, rc, 1);
        let mortal = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, rc, 0);
        let one = self.b.ins().uextend(types::I32, mortal);
        let rc = self.b.ins().iadd(rc, one);
        self.b.ins().store(mem(), rc, w, HEADER_REFCOUNT as i32);
        self.b.ins().jump(join, &[]);
        self.b.switch_to_block(join);
    }

    /// Debug builds: a count that cannot be right means that the object is gone.
    fn check_count(&mut self, id: Id, rc: Cl, least: i64) {
        if !cfg!(debug_assertions) {
            return;
        }
        let low = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, rc, least);
        let high = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, rc, 1 << 26);
        let mortal = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, rc, 0);
        let low = self.b.ins().band(low, mortal);
        let bad = self.b.ins().bor(low, high);
        let (report, join) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(bad, report, &[], join, &[]);
        self.b.switch_to_block(report);
        let tree = self.pointer(self.tree as *const crate::tree::Tree);
        let id = self.b.ins().iconst(types::I64, i64::from(id));
        self.call(Helper::BadCount, &[tree, id]);
        self.b.ins().jump(join, &[]);
        self.b.switch_to_block(join);
    }

    /// One reference less to a heap object that has others.
    pub(super) fn decref(&mut self, id: Id, w: Cl) {
        let rc = self.b.ins().load(types::I32, mem(), w, HEADER_REFCOUNT as i32);
        self.check_count(id, rc, 2);
        let mortal = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, rc, 0);
        let one = self.b.ins().uextend(types::I32, mortal);
        let rc = self.b.ins().isub(rc, one);
        self.b.ins().store(mem(), rc, w, HEADER_REFCOUNT as i32);
    }

    /// One reference less to an object whose death runs no code.
    pub(super) fn drop_leaf(&mut self, w: Cl) {
        let rc = self.b.ins().load(types::I32, mem(), w, HEADER_REFCOUNT as i32);
        let (free, keep, join) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let last = self.b.ins().icmp_imm_s(IntCC::Equal, rc, 1);
        self.b.ins().brif(last, free, &[], keep, &[]);
        self.b.switch_to_block(keep);
        let mortal = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, rc, 0);
        let one = self.b.ins().uextend(types::I32, mortal);
        let rc = self.b.ins().isub(rc, one);
        self.b.ins().store(mem(), rc, w, HEADER_REFCOUNT as i32);
        self.b.ins().jump(join, &[]);
        self.b.switch_to_block(free);
        self.call(Helper::ReleaseLeaf, &[w]);
        self.b.ins().jump(join, &[]);
        self.b.switch_to_block(join);
    }

    /// Frees the heap number a register may hold in memory.
    pub(super) fn drop_reg(&mut self, reg: u64) {
        let w = self.b.ins().load(types::I64, mem(), self.regs, reg as i32 * 8);
        let heap = self.is_heap(w);
        let (free, join) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(heap, free, &[], join, &[]);
        self.b.set_cold_block(free);
        self.b.switch_to_block(free);
        self.call(Helper::ReleaseLeaf, &[w]);
        self.b.ins().jump(join, &[]);
        self.b.switch_to_block(join);
    }

    pub(super) fn guard_value(&mut self, id: Id, i: &Inst) -> Option<Cl> {
        let v = self.value(i.args[0]);
        match i.op {
            Op::GuardInt | Op::GuardFloat => Some(self.unboxed(id, v, i.ty)),
            Op::GuardBool => {
                let is_true = self.b.ins().icmp_imm_s(IntCC::Equal, v, singletons::true_().value().0 as i64);
                let is_false = self.b.ins().icmp_imm_s(IntCC::Equal, v, singletons::false_().value().0 as i64);
                let ok = self.b.ins().bor(is_true, is_false);
                self.fail_unless(ok, id, i);
                Some(is_true)
            }
            Op::GuardType => {
                let heap = self.is_heap(v);
                self.fail_unless(heap, id, i);
                let ty = self.b.ins().load(types::I64, mem(), v, HEADER_TYPE as i32);
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, ty, i.imm as i64);
                self.fail_if(other, id, i);
                None
            }
            Op::GuardShape | Op::GuardRaw => {
                let s = self.b.ins().load(types::I64, mem(), v, i.imm2 as i32);
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, s, i.imm as i64);
                self.fail_if(other, id, i);
                None
            }
            Op::GuardIs | Op::GuardIntIs => {
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, v, i.imm as i64);
                self.fail_if(other, id, i);
                None
            }
            Op::GuardIsNot => {
                let same = self.b.ins().icmp_imm_s(IntCC::Equal, v, i.imm as i64);
                self.fail_if(same, id, i);
                None
            }
            Op::GuardTrue => {
                self.fail_unless(v, id, i);
                None
            }
            Op::GuardFalse => {
                self.fail_if(v, id, i);
                None
            }
            Op::GuardImmediate => {
                let heap = self.is_heap(v);
                self.fail_if(heap, id, i);
                None
            }
            Op::GuardShared => {
                let heap = self.is_heap(v);
                self.fail_unless(heap, id, i);
                let rc = self.b.ins().load(types::I32, mem(), v, HEADER_REFCOUNT as i32);
                let last = if i.args[1] == crate::ir::NONE {
                    self.b.ins().icmp_imm_s(IntCC::Equal, rc, 1)
                } else {
                    let earlier = self.value(i.args[1]);
                    let earlier = self.b.ins().ireduce(types::I32, earlier);
                    let most = self.b.ins().iadd_imm_s(earlier, 1);
                    self.b.ins().icmp(IntCC::Equal, rc, most)
                };
                self.fail_if(last, id, i);
                None
            }
            Op::GuardUnique => {
                let rc = self.b.ins().load(types::I32, mem(), v, HEADER_REFCOUNT as i32);
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, rc, 1);
                self.fail_if(other, id, i);
                None
            }
            Op::GuardKeys => {
                let version = self.b.ins().load(types::I32, mem(), v, krait_object::layouts::DICT_VERSION as i32);
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, version, i.imm as i64);
                self.fail_if(other, id, i);
                None
            }
            _ => unreachable!("not a guard on one value"),
        }
    }
}
