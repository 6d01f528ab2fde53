//! Operators, slices and containment on built-in objects, by helpers that run no Python code.

use krait_frontend::bytecode::{FLAG_INPLACE, FLAG_KB, Instr};
use krait_object::dict::{Peek, PyDict};
use krait_object::protocol::number::BinOp;
use krait_object::slice::PySlice;
use krait_object::slots::CmpOp;
use krait_object::str::PyStr;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::vm::Vm;
use krait_object::{Obj, Ref, Value, singletons};
use krait_runtime::plain;

use super::{Abort, Recorder};
use crate::helpers::{Helper, operator_number};
use crate::ir::{Id, Inst, Op, Ty, cmp_code};

impl Recorder {
    /// An operator on big integers, numbers that need a box, sequences.
    pub(super) fn quiet_binary(
        &mut self,
        vm: &Vm,
        w: Instr,
        op: BinOp,
        (a, x): (Id, Value),
        (b, y): (Id, Value),
        release: &[(u16, bool)],
    ) -> Result<bool, Abort> {
        let Some(number) = operator_number(op) else { return Ok(false) };
        if !plain::is_quiet_pair(vm, op, x, y) || x.is_unbound() || y.is_unbound() {
            return Ok(false);
        }
        // A list changes in place, and a str may.
        let in_place = |v: Value| [vm.types.list, vm.types.str].iter().any(|t| std::ptr::eq(super::arith::heap_type(v), *t));
        if w.flags() & FLAG_INPLACE != 0 && in_place(x) {
            return Ok(false);
        }
        // What raises is the interpreter's business.
        let zero = |v: Value| v.as_int() == Some(0) || self.number_of(vm, v) == Some(0.0);
        if matches!(op, BinOp::TrueDiv | BinOp::FloorDiv | BinOp::Mod) && zero(y) {
            return Ok(false);
        }
        let (Some(a), Some(b)) = (self.plain_word(vm, (a, x))?, self.plain_word(vm, (b, y))?) else { return Ok(false) };
        let gone = self.displace_all(vm, release, Some(w.a()))?;
        let op = self.int_const(number as i64);
        let r = self.guard(vm, Inst::new(Op::Call, &[a, b, op]).imm(Helper::Binary as u64))?;
        self.put(w.a(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// `GETSLICE` of a list, tuple or str with bounds that are small ints or None.
    pub(super) fn getslice(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (o, v) = self.read(vm, w.b());
        let ty = super::arith::heap_type(v);
        let t = &vm.types;
        let Some(ty) = [t.list, t.tuple, t.str].into_iter().find(|s| std::ptr::eq(*s, ty)) else { return Ok(false) };
        if self.ty(o) != Ty::Val {
            return Ok(false);
        }
        let mut bounds = Vec::new();
        for (i, default) in [(0, 0), (1, i64::MAX)] {
            let (id, x) = self.read(vm, w.c() + i);
            bounds.push(if x.is_int() {
                let Some(i) = self.as_int(vm, id, x)? else { return Ok(false) };
                i
            } else if x == singletons::none().value() && self.ty(id) == Ty::Val {
                self.guard_is(vm, id, x)?;
                self.int_const(default)
            } else {
                return Ok(false);
            });
        }
        self.guard_type(vm, o, ty)?;
        let release = [(w.c(), true), (w.c() + 1, true), (w.b(), w.flags() & FLAG_KB != 0)];
        let gone = self.displace_all(vm, &release, Some(w.a()))?;
        let r = self.guard(vm, Inst::new(Op::Call, &[o, bounds[0], bounds[1]]).imm(Helper::Slice as u64))?;
        self.put(w.a(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// `x in c` of a scalar and a list, tuple, str or small set; how it comes out this time.
    pub(super) fn quiet_contains(&mut self, vm: &Vm, item: (Id, Value), (c, cv): (Id, Value)) -> Result<Option<(Id, bool)>, Abort> {
        if self.ty(c) != Ty::Val || !cv.is_heap() {
            return Ok(None);
        }
        // SAFETY: the words are in registers.
        let (Some(x), container) = (unsafe { Ref::from_value_opt(item.1) }, unsafe { Ref::from_value_unchecked(cv) }) else {
            return Ok(None);
        };
        let Some(found) = plain::contains(vm, x, container) else {
            drop(vm.pending.take());
            return Ok(None);
        };
        let Some(word) = self.plain_word(vm, item)? else { return Ok(None) };
        self.guard_type(vm, c, container.ty(vm))?;
        let r = self.guard(vm, Inst::new(Op::Call, &[word, c]).imm(Helper::Contains as u64).ty(Ty::Int))?;
        let two = self.int_const(2);
        let is = self.emit(vm, Inst::new(Op::IntCmp, &[r, two]).imm2(cmp_code(CmpOp::Eq)));
        Ok(Some((is, found)))
    }

    /// A built-in class called with built-in objects.
    pub(super) fn quiet_class(&mut self, vm: &Vm, w: Instr, (f, v): (Id, Value)) -> Result<bool, Abort> {
        // SAFETY: the caller checked that it is a class.
        let cls = unsafe { &*(v.header_ptr() as *const PyType) };
        let args: Vec<(Id, Value)> = (0..w.b()).map(|i| self.read(vm, w.a() + 2 + i)).collect();
        // SAFETY: the words are in registers.
        let refs: Option<Vec<Ref<'_>>> = args.iter().map(|a| unsafe { Ref::from_value_opt(a.1) }).collect();
        if !refs.is_some_and(|r| plain::is_quiet_class_call(vm, cls, &r)) {
            return Ok(false);
        }
        let mut words = Vec::new();
        for arg in args {
            let Some(word) = self.plain_word(vm, arg)? else { return Ok(false) };
            words.push(word);
        }
        self.guard_is(vm, f, v)?;
        let release = self.call_window(w);
        let gone = self.displace_all(vm, &release, Some(w.c()))?;
        for (i, word) in words.iter().enumerate() {
            self.emit(vm, Inst::new(Op::Arg, &[*word]).imm(i as u64));
        }
        let cls = self.constant(v);
        let n = self.int_const(words.len() as i64);
        let r = self.guard(vm, Inst::new(Op::Call, &[cls, n]).imm(Helper::CallClass as u64))?;
        self.put(w.c(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// A comparison of scalars or tuples of them, and how it comes out.
    pub(super) fn quiet_compare(
        &mut self,
        vm: &Vm,
        op: CmpOp,
        (a, x): (Id, Value),
        (b, y): (Id, Value),
    ) -> Result<Option<(Id, bool)>, Abort> {
        // SAFETY: the words are in registers.
        let (Some(p), Some(q)) = (unsafe { Ref::from_value_opt(x) }, unsafe { Ref::from_value_opt(y) }) else { return Ok(None) };
        let Some(found) = plain::compare(vm, op, p, q) else {
            drop(vm.pending.take());
            return self.identity_compare(vm, op, (a, x), (b, y));
        };
        let (Some(a), Some(b)) = (self.plain_word(vm, (a, x))?, self.plain_word(vm, (b, y))?) else { return Ok(None) };
        let op = self.int_const(i64::from(cmp_code(op)));
        let r = self.guard(vm, Inst::new(Op::Call, &[a, b, op]).imm(Helper::Compare as u64).ty(Ty::Int))?;
        let two = self.int_const(2);
        Ok(Some((self.emit(vm, Inst::new(Op::IntCmp, &[r, two]).imm2(cmp_code(CmpOp::Eq))), found)))
    }

    /// `==` and `!=` of objects that know no equality but identity.
    fn identity_compare(&mut self, vm: &Vm, op: CmpOp, (a, x): (Id, Value), (b, y): (Id, Value)) -> Result<Option<(Id, bool)>, Abort> {
        let (p, q) = (super::arith::heap_type(x), super::arith::heap_type(y));
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) || p.is_null() || q.is_null() || self.ty(a) != Ty::Val || self.ty(b) != Ty::Val {
            return Ok(None);
        }
        // SAFETY: types of live objects.
        let (p, q) = unsafe { (&*p, &*q) };
        let plain = |t: &PyType| match (t.slots.richcompare.get(), vm.types.object.slots.richcompare.get()) {
            (Some(f), Some(g)) => std::ptr::fn_addr_eq(f, g),
            (f, _) => f.is_none(),
        };
        let watched = |t: &PyType| !t.has_flag(TypeFlags::HEAP) || krait_object::lookup::type_version(vm, t) != 0;
        if !plain(p) || !plain(q) || !watched(p) || !watched(q) {
            return Ok(None);
        }
        for (id, v, ty) in [(a, x, p), (b, y, q)] {
            if v == singletons::none().value() {
                self.guard_is(vm, id, v)?;
            } else {
                self.guard_class(vm, id, v, ty)?;
            }
        }
        let mut c = self.emit(vm, Inst::new(Op::Same, &[a, b]));
        if op == CmpOp::Ne {
            c = self.emit(vm, Inst::new(Op::BoolNot, &[c]));
        }
        Ok(Some((c, (x == y) == (op == CmpOp::Eq))))
    }

    /// The length of a built-in object by a helper, and its actual value.
    pub(super) fn quiet_len(&mut self, vm: &Vm, id: Id, v: Value) -> Result<Option<(Id, usize)>, Abort> {
        // SAFETY: the word is in a register.
        let Some(o) = (unsafe { Ref::from_value_opt(v) }) else { return Ok(None) };
        if self.ty(id) != Ty::Val || !v.is_heap() {
            return Ok(None);
        }
        let Some(n) = plain::len(vm, o) else {
            drop(vm.pending.take());
            return Ok(None);
        };
        self.guard_type(vm, id, o.ty(vm))?;
        let more = self.guard(vm, Inst::new(Op::Call, &[id]).imm(Helper::Len as u64).ty(Ty::Int))?;
        let minus = self.int_const(-1);
        Ok(Some((self.emit(vm, Inst::new(Op::Add, &[more, minus])), n)))
    }

    /// A subscription by a constant slice without a step.
    pub(super) fn getitem_slice(&mut self, vm: &Vm, w: Instr, (k, key): (Id, Value), release: &[(u16, bool)]) -> Result<bool, Abort> {
        if self.tree.insts[k as usize].op != Op::ConstVal || !super::arith::is_exact::<PySlice>(vm, key) {
            return Ok(false);
        }
        let (o, v) = self.read(vm, w.b());
        let ty = super::arith::heap_type(v);
        let t = &vm.types;
        let Some(ty) = [t.list, t.tuple, t.str].into_iter().find(|s| std::ptr::eq(*s, ty)) else { return Ok(false) };
        // SAFETY: just checked.
        let s = unsafe { &*(key.header_ptr() as *const PySlice) };
        let bound = |b: &Obj, default: i64| if b.r().is_none() { Some(default) } else { b.value().as_int() };
        let (Some(lo), Some(hi), true) = (bound(&s.start, 0), bound(&s.stop, i64::MAX), s.step.r().is_none()) else {
            return Ok(false);
        };
        self.guard_type(vm, o, ty)?;
        let gone = self.displace_all(vm, release, Some(w.a()))?;
        let (lo, hi) = (self.int_const(lo), self.int_const(hi));
        let r = self.guard(vm, Inst::new(Op::Call, &[o, lo, hi]).imm(Helper::Slice as u64))?;
        self.put(w.a(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// `d.get(key)`, `d.get(key, default)`.
    pub(super) fn dict_get(&mut self, vm: &Vm, w: Instr, (f, v): (Id, Value)) -> Result<bool, Abort> {
        let a = w.a();
        let (d, dv) = self.read(vm, a + 1);
        let (k, key) = self.read(vm, a + 2);
        if w.b() == 2 {
            self.read(vm, a + 3);
        }
        // SAFETY: the caller checked that it is a dict; the key is in a register.
        let peek = unsafe { Ref::from_value_opt(key).map(|key| (*(dv.header_ptr() as *const PyDict)).peek_simple(vm, key)) };
        let found = match peek {
            Some(Peek::Found(_)) => true,
            Some(Peek::Missing) => false,
            _ => return Ok(false),
        };
        let Some(k) = self.simple_key(vm, k, key)? else { return Ok(false) };
        self.guard_is(vm, f, v)?;
        self.guard_type(vm, d, vm.types.dict)?;
        let r = self.guard(vm, Inst::new(Op::Call, &[d, k]).imm(Helper::DictFind as u64))?;
        let missing = singletons::not_implemented().value().0;
        let op = if found { Op::GuardIsNot } else { Op::GuardIs };
        self.guard(vm, Inst::new(op, &[r]).imm(missing))?;
        if found {
            return self.native_result(vm, w, r, false);
        }
        if w.b() == 1 {
            let none = self.constant(singletons::none().value());
            return self.native_result(vm, w, none, false);
        }
        let gone = self.displace_all(vm, &[(a + 2, true), (a + 1, true), (a, true)], Some(w.c()))?;
        let (default, owned) = self.take(vm, a + 3, true);
        self.put(w.c(), default, owned);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// An empty dict display.
    pub(super) fn build_map(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        if w.c() != 0 {
            return Ok(false);
        }
        let gone = self.displace_all(vm, &[], Some(w.a()))?;
        let r = self.push(Inst::new(Op::Make, &[]).imm(Helper::NewDict as u64));
        self.put(w.a(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// `FORMAT_SIMPLE` of a scalar: a str is itself.
    pub(super) fn format(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (id, v) = self.read(vm, w.b());
        let consume = w.flags() & FLAG_KB != 0;
        if self.ty(id) == Ty::Val && super::arith::is_exact::<PyStr>(vm, v) {
            self.guard_type(vm, id, vm.types.str)?;
            let (id, owned) = self.take(vm, w.b(), consume);
            self.write(vm, w.a(), id, owned)?;
            return Ok(true);
        }
        if !plain::is_scalar(vm, v) {
            return Ok(false);
        }
        let Some(word) = self.plain_word(vm, (id, v))? else { return Ok(false) };
        let gone = self.displace_all(vm, &[(w.b(), consume)], Some(w.a()))?;
        let r = self.guard(vm, Inst::new(Op::Call, &[word]).imm(Helper::Format as u64))?;
        self.put(w.a(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// `BUILD_STRING`.
    pub(super) fn build_string(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let n = w.c();
        if usize::from(n) >= crate::helpers::SCRATCH {
            return Ok(false);
        }
        let mut words = Vec::new();
        for i in 0..n {
            let (id, v) = self.read(vm, w.b() + i);
            if self.ty(id) != Ty::Val || !super::arith::is_exact::<PyStr>(vm, v) {
                return Ok(false);
            }
            self.guard_type(vm, id, vm.types.str)?;
            words.push(id);
        }
        let release: Vec<(u16, bool)> = (0..n).map(|i| (w.b() + i, true)).collect();
        let gone = self.displace_all(vm, &release, Some(w.a()))?;
        for (i, &word) in words.iter().enumerate() {
            self.emit(vm, Inst::new(Op::Arg, &[word]).imm(i as u64));
        }
        let count = self.int_const(i64::from(n));
        let r = self.guard(vm, Inst::new(Op::Call, &[count]).imm(Helper::Join as u64))?;
        self.put(w.a(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }
}
