//! `for` loops over ranges, lists and tuples.

use krait_frontend::bytecode::{FLAG_KB, Instr};
use krait_object::Value;
use krait_object::iterators::{PyDictIter, PyListIter, PySetIter, PyTupleIter};
use krait_object::layouts::{
    LIST_ITER_INDEX, LIST_ITER_LIST, RANGE_ITER_LEN, RANGE_ITER_NEXT, RANGE_ITER_STEP, TUPLE_ITER_INDEX, TUPLE_ITER_TUPLE,
};
use krait_object::list::PyList;
use krait_object::range::{PyRange, PyRangeIter};
use krait_object::slots::CmpOp;
use krait_object::vm::Vm;

use super::arith::is_exact;
use super::{Abort, Recorder};
use crate::helpers::Helper;
use crate::ir::{Id, Inst, Op, Ty, cmp_code};

impl Recorder {
    pub(super) fn get_iter(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (o, v) = self.read(vm, w.b());
        let (helper, ty) = if is_exact::<PyRange>(vm, v) {
            // SAFETY: just checked.
            if unsafe { (*(v.header_ptr() as *const PyRange)).big.is_some() } {
                return Ok(false);
            }
            (Helper::RangeIter, vm.types.range)
        } else if is_exact::<PyList>(vm, v) {
            (Helper::ListIter, vm.types.list)
        } else {
            // SAFETY: the word is in a register.
            let Some(r) = (unsafe { krait_object::Ref::from_value_opt(v) }) else { return Ok(false) };
            let t = &vm.types;
            let ty = r.ty(vm);
            if v.is_heap() && self.ty(o) == Ty::Val && [t.enumerate, t.zip, t.reversed, t.generator].iter().any(|i| std::ptr::eq(*i, ty)) {
                // It is its own iterator.
                self.guard_type(vm, o, ty)?;
                let (id, owned) = self.take(vm, w.b(), w.flags() & FLAG_KB != 0);
                self.write(vm, w.a(), id, owned)?;
                return Ok(true);
            }
            if !v.is_heap() || !krait_runtime::plain::is_quiet_iterable(vm, r) {
                return Ok(false);
            }
            (Helper::ListIter, ty)
        };
        self.guard_type(vm, o, ty)?;
        let gone = self.displace_all(vm, &[(w.b(), w.flags() & FLAG_KB != 0)], Some(w.a()))?;
        let it = self.guard(vm, Inst::new(Op::Call, &[o]).imm(helper as u64))?;
        self.put(w.a(), it, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// # Safety
    /// `pc` is the instruction, of the running frame.
    pub(super) unsafe fn for_iter(&mut self, vm: &Vm, w: Instr, _pc: *const u64) -> Result<bool, Abort> {
        let (it, v) = self.read(vm, w.a());
        if self.ty(it) != Ty::Val {
            return Ok(false);
        }
        if is_exact::<PyRangeIter>(vm, v) {
            // SAFETY: just checked.
            let left = unsafe { (*(v.header_ptr() as *const PyRangeIter)).len.get() };
            return self.next_of_range(vm, w, it, left);
        }
        if is_exact::<PyListIter>(vm, v) {
            // SAFETY: just checked; the cell is peeked at.
            let (len, index) = unsafe {
                let li = &*(v.header_ptr() as *const PyListIter);
                match &*li.list.as_ptr() {
                    Some(l) => (l.len(), li.index.get()),
                    None => return Ok(false),
                }
            };
            if index >= len {
                return self.exhausted(vm, w, (it, v), (vm.types.list_iterator, LIST_ITER_LIST, LIST_ITER_INDEX, Op::ListLen));
            }
            self.guard_type(vm, it, vm.types.list_iterator)?;
            let list = self.emit(vm, Inst::new(Op::LoadIterVal, &[it]).imm(LIST_ITER_LIST as u64));
            self.guard(vm, Inst::new(Op::GuardIsNot, &[list]))?;
            let n = self.emit(vm, Inst::new(Op::ListLen, &[list]));
            let i = self.emit(vm, Inst::new(Op::LoadIter, &[it]).imm(LIST_ITER_INDEX as u64));
            let snap = self.branch_snapshot();
            self.guard(vm, Inst::new(Op::GuardIndex, &[i, n]).snap(snap))?;
            let item = self.emit(vm, Inst::new(Op::ListItem, &[list, i]));
            return self.advance(vm, w, it, i, item, LIST_ITER_INDEX);
        }
        if is_exact::<PyTupleIter>(vm, v) {
            // SAFETY: just checked; the cell is peeked at.
            let (len, index) = unsafe {
                let ti = &*(v.header_ptr() as *const PyTupleIter);
                match &*ti.tuple.as_ptr() {
                    Some(t) => (t.len(), ti.index.get()),
                    None => return Ok(false),
                }
            };
            if index >= len {
                return self.exhausted(vm, w, (it, v), (vm.types.tuple_iterator, TUPLE_ITER_TUPLE, TUPLE_ITER_INDEX, Op::TupleLen));
            }
            self.guard_type(vm, it, vm.types.tuple_iterator)?;
            let t = self.emit(vm, Inst::new(Op::LoadIterVal, &[it]).imm(TUPLE_ITER_TUPLE as u64));
            self.guard(vm, Inst::new(Op::GuardIsNot, &[t]))?;
            let n = self.emit(vm, Inst::new(Op::TupleLen, &[t]));
            let i = self.emit(vm, Inst::new(Op::LoadIter, &[it]).imm(TUPLE_ITER_INDEX as u64));
            let snap = self.branch_snapshot();
            self.guard(vm, Inst::new(Op::GuardIndex, &[i, n]).snap(snap))?;
            let item = self.emit(vm, Inst::new(Op::TupleItem, &[t, i]));
            return self.advance(vm, w, it, i, item, TUPLE_ITER_INDEX);
        }
        self.next_of_native(vm, w, (it, v))
    }

    /// The end of a list or tuple. The iterator dies with it: nobody else can tell whether it has
    /// been marked as exhausted.
    fn exhausted(
        &mut self,
        vm: &Vm,
        w: Instr,
        (it, v): (Id, Value),
        (ty, container, index, len): (&krait_object::ty::PyType, usize, usize, Op),
    ) -> Result<bool, Abort> {
        // SAFETY: the word is in a register.
        if unsafe { (*v.header_ptr()).refcount() } != 1 {
            return Ok(false);
        }
        self.guard_type(vm, it, ty)?;
        let c = self.emit(vm, Inst::new(Op::LoadIterVal, &[it]).imm(container as u64));
        self.guard(vm, Inst::new(Op::GuardIsNot, &[c]))?;
        let n = self.emit(vm, Inst::new(len, &[c]));
        let i = self.emit(vm, Inst::new(Op::LoadIter, &[it]).imm(index as u64));
        let more = self.emit(vm, Inst::new(Op::IntCmp, &[i, n]).imm2(cmp_code(CmpOp::Lt)));
        self.guard(vm, Inst::new(Op::GuardFalse, &[more]))?;
        self.guard(vm, Inst::new(Op::GuardUnique, &[it]))?;
        self.consume(vm, w.a(), true)?;
        Ok(true)
    }

    /// An item of a dict's or set's iterator. Where there is none, the helper gives nothing, and the
    /// interpreter ends the loop.
    fn next_of_native(&mut self, vm: &Vm, w: Instr, (it, v): (Id, Value)) -> Result<bool, Abort> {
        let t = &vm.types;
        let ty = super::arith::heap_type(v);
        // SAFETY: the exact types have the layouts.
        let ty = unsafe {
            if let Some(d) = [t.dict_keyiterator, t.dict_valueiterator, t.dict_itemiterator].into_iter().find(|d| std::ptr::eq(*d, ty)) {
                ((*(v.header_ptr() as *const PyDictIter)).len.get() > 0).then_some(d)
            } else if std::ptr::eq(ty, t.set_iterator) {
                ((*(v.header_ptr() as *const PySetIter)).len.get() > 0).then_some(t.set_iterator)
            } else {
                None
            }
        };
        let Some(ty) = ty else { return Ok(false) };
        self.guard_type(vm, it, ty)?;
        // A pair handed out before may be filled anew.
        self.promote_fragile(vm);
        let gone = self.displace_all(vm, &[], Some(w.b()))?;
        let item = self.guard(vm, Inst::new(Op::Call, &[it]).imm(Helper::Next as u64))?;
        self.put(w.b(), item, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// Moves an indexed iterator on and delivers its item, which the container keeps alive.
    fn advance(&mut self, vm: &Vm, w: Instr, it: Id, i: Id, item: Id, field: usize) -> Result<bool, Abort> {
        let gone = self.displace_all(vm, &[], Some(w.b()))?;
        let one = self.int_const(1);
        let next = self.emit(vm, Inst::new(Op::Add, &[i, one]));
        self.emit(vm, Inst::new(Op::StoreIter, &[it, next]).imm(field as u64));
        self.put(w.b(), item, false);
        self.finish_all(vm, gone);
        Ok(true)
    }

    fn next_of_range(&mut self, vm: &Vm, w: Instr, it: Id, left: i64) -> Result<bool, Abort> {
        self.guard_type(vm, it, vm.types.range_iterator)?;
        let n = self.emit(vm, Inst::new(Op::LoadIter, &[it]).imm(RANGE_ITER_LEN as u64));
        let zero = self.int_const(0);
        let more = self.emit(vm, Inst::new(Op::IntCmp, &[n, zero]).imm2(cmp_code(CmpOp::Gt)));
        let op = if left > 0 { Op::GuardTrue } else { Op::GuardFalse };
        let snap = self.branch_snapshot();
        self.guard(vm, Inst::new(op, &[more]).snap(snap))?;
        if left <= 0 {
            self.consume(vm, w.a(), true)?;
            return Ok(true);
        }
        let gone = self.displace_all(vm, &[], Some(w.b()))?;
        let i = self.emit(vm, Inst::new(Op::LoadIter, &[it]).imm(RANGE_ITER_NEXT as u64));
        let step = self.emit(vm, Inst::new(Op::IterStep, &[it]).imm(RANGE_ITER_STEP as u64));
        let next = self.emit(vm, Inst::new(Op::Add, &[i, step]));
        let minus = self.int_const(-1);
        let rest = self.emit(vm, Inst::new(Op::Add, &[n, minus]));
        self.emit(vm, Inst::new(Op::StoreIter, &[it, rest]).imm(RANGE_ITER_LEN as u64));
        self.emit(vm, Inst::new(Op::StoreIter, &[it, next]).imm(RANGE_ITER_NEXT as u64));
        self.put(w.b(), i, false);
        self.finish_all(vm, gone);
        Ok(true)
    }
}
