//! Subscription, unpacking, displays.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, FLAG_KC, Instr};
use krait_object::dict::{Peek, PyDict};
use krait_object::list::PyList;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Ref, Value};

use super::arith::is_exact;
use super::{Abort, Recorder};
use crate::helpers::Helper;
use crate::ir::{Id, Inst, Op, Ty, cmp_code};

impl Recorder {
    pub(super) fn getitem(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let key = self.read(vm, w.c());
        self.item(vm, w, key, &[(w.b(), w.flags() & FLAG_KB != 0), (w.c(), w.flags() & FLAG_KC != 0)])
    }

    pub(super) fn getitem_imm(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let imm = i64::from(w.c_imm());
        let key = (self.int_const(imm), Value::int_fitting(imm));
        self.item(vm, w, key, &[(w.b(), w.flags() & FLAG_KB != 0)])
    }

    fn item(&mut self, vm: &Vm, w: Instr, (k, key): (Id, Value), release: &[(u16, bool)]) -> Result<bool, Abort> {
        let (o, v) = self.read(vm, w.b());
        if self.ty(o) != Ty::Val || !v.is_heap() {
            return Ok(false);
        }
        if !key.is_int() && self.getitem_slice(vm, w, (k, key), release)? {
            return Ok(true);
        }
        let (value, owned) = if is_exact::<PyList>(vm, v) && key.is_int() {
            // SAFETY: just checked.
            let len = unsafe { (*(v.header_ptr() as *const PyList)).len() };
            self.guard_type(vm, o, vm.types.list)?;
            let n = self.emit(vm, Inst::new(Op::ListLen, &[o]));
            let Some(i) = self.index(vm, (k, key), n, len)? else { return Ok(false) };
            (self.emit(vm, Inst::new(Op::ListItem, &[o, i])), false)
        } else if is_exact::<PyTuple>(vm, v) && key.is_int() {
            // SAFETY: just checked.
            let len = unsafe { (*(v.header_ptr() as *const PyTuple)).len() };
            self.guard_type(vm, o, vm.types.tuple)?;
            let n = self.emit(vm, Inst::new(Op::TupleLen, &[o]));
            let Some(i) = self.index(vm, (k, key), n, len)? else { return Ok(false) };
            (self.emit(vm, Inst::new(Op::TupleItem, &[o, i])), false)
        } else if is_exact::<PyStr>(vm, v) && key.is_int() {
            // SAFETY: just checked.
            let len = unsafe { (*(v.header_ptr() as *const PyStr)).len() };
            self.guard_type(vm, o, vm.types.str)?;
            let n = self.emit(vm, Inst::new(Op::StrLen, &[o]));
            let Some(i) = self.index(vm, (k, key), n, len)? else { return Ok(false) };
            let gone = self.displace_all(vm, release, Some(w.a()))?;
            let c = self.guard(vm, Inst::new(Op::Call, &[o, i]).imm(Helper::StrIndex as u64))?;
            self.put(w.a(), c, true);
            self.finish_all(vm, gone);
            return Ok(true);
        } else if is_exact::<PyDict>(vm, v) {
            // SAFETY: just checked; the key is in a register or immediate.
            let found = unsafe { Ref::from_value_opt(key).map(|key| (*(v.header_ptr() as *const PyDict)).peek_simple(vm, key)) };
            let Some(Peek::Found(_)) = found else { return Ok(false) };
            let Some(k) = self.simple_key(vm, k, key)? else { return Ok(false) };
            self.guard_type(vm, o, vm.types.dict)?;
            (self.guard(vm, Inst::new(Op::Call, &[o, k]).imm(Helper::DictGet as u64))?, false)
        } else {
            return Ok(false);
        };
        let gone = self.displace_all(vm, release, Some(w.a()))?;
        self.put(w.a(), value, owned);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// An index of a sequence of length `n` (now `len`), in bounds.
    fn index(&mut self, vm: &Vm, (k, key): (Id, Value), n: Id, len: usize) -> Result<Option<Id>, Abort> {
        let i = key.int_unchecked();
        let at = if i < 0 { i + len as i64 } else { i };
        if at < 0 || at >= len as i64 {
            return Ok(None);
        }
        let Some(k) = self.as_int(vm, k, key)? else { return Ok(None) };
        let k = if i < 0 {
            let zero = self.int_const(0);
            let neg = self.emit(vm, Inst::new(Op::IntCmp, &[k, zero]).imm2(cmp_code(krait_object::slots::CmpOp::Lt)));
            self.guard(vm, Inst::new(Op::GuardTrue, &[neg]))?;
            self.emit(vm, Inst::new(Op::Add, &[k, n]))
        } else {
            k
        };
        self.guard(vm, Inst::new(Op::GuardIndex, &[k, n]))?;
        Ok(Some(k))
    }

    pub(super) fn setitem(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let ((o, v), (k, key)) = (self.read(vm, w.a()), self.read(vm, w.b()));
        if self.ty(o) != Ty::Val || !v.is_heap() {
            return Ok(false);
        }
        let f = w.flags();
        let release = [(w.a(), f & FLAG_KA != 0), (w.b(), f & FLAG_KB != 0)];
        if is_exact::<PyList>(vm, v) && key.is_int() {
            // SAFETY: just checked.
            let list = unsafe { &*(v.header_ptr() as *const PyList) };
            self.guard_type(vm, o, vm.types.list)?;
            let n = self.emit(vm, Inst::new(Op::ListLen, &[o]));
            let Some(i) = self.index(vm, (k, key), n, list.len())? else { return Ok(false) };
            let old = self.emit(vm, Inst::new(Op::ListItem, &[o, i]));
            let at = key.int_unchecked();
            let at = if at < 0 { at + list.len() as i64 } else { at };
            // SAFETY: the index is in bounds.
            let actual = unsafe { *list.items_ptr().add(at as usize) };
            let old_gone = self.replaced(vm, old, actual)?;
            let (value, owned) = self.take(vm, w.c(), f & FLAG_KC != 0);
            let gone = self.displace_all(vm, &release, None)?;
            let word = self.owned_word(vm, value, owned);
            self.emit(vm, Inst::new(Op::SetListItem, &[o, i, word]));
            self.finish(vm, old_gone);
            self.finish_all(vm, gone);
            return Ok(true);
        }
        if is_exact::<PyDict>(vm, v) {
            return self.set_dict_item(vm, w, (o, v), (k, key), &release);
        }
        Ok(false)
    }

    fn set_dict_item(
        &mut self,
        vm: &Vm,
        w: Instr,
        (o, v): (Id, Value),
        (k, key): (Id, Value),
        release: &[(u16, bool)],
    ) -> Result<bool, Abort> {
        // SAFETY: the type was checked; the key is in a register.
        let peek = unsafe { Ref::from_value_opt(key).map(|key| (*(v.header_ptr() as *const PyDict)).peek_simple(vm, key)) };
        match peek {
            // SAFETY: the dict holds the value.
            Some(Peek::Found(old)) if old.is_heap() && unsafe { (*old.header_ptr()).refcount() } == 1 => return Ok(false),
            Some(Peek::Found(_) | Peek::Missing) => {}
            _ => return Ok(false),
        }
        let Some(k) = self.simple_key(vm, k, key)? else { return Ok(false) };
        self.guard_type(vm, o, vm.types.dict)?;
        self.promote_fragile(vm);
        let (value, _) = self.read(vm, w.c());
        // The helper may refuse: the reference it takes is only made for it, and dropped then.
        let consume = w.flags() & FLAG_KC != 0;
        if self.ty(value) == Ty::Val && self.counted(value) {
            let mut all = release.to_vec();
            all.push((w.c(), consume));
            let gone = self.displace_all(vm, &all, None)?;
            self.guard(vm, Inst::new(Op::Call, &[o, k, value]).imm(Helper::DictSetRef as u64))?;
            self.finish_all(vm, gone);
            return Ok(true);
        }
        let word = match self.ty(value) {
            Ty::Int => {
                let small = self.guard(vm, Inst::new(Op::Small, &[value]))?;
                self.boxed(vm, small)
            }
            Ty::Float => return Ok(false),
            _ => self.boxed(vm, value),
        };
        let mut all = release.to_vec();
        all.push((w.c(), consume));
        let gone = self.displace_all(vm, &all, None)?;
        self.guard(vm, Inst::new(Op::Call, &[o, k, word]).imm(Helper::DictSetRef as u64))?;
        self.finish_all(vm, gone);
        Ok(true)
    }

    pub(super) fn unpack(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (o, v) = self.read(vm, w.b());
        let n = w.c() as usize;
        let items: Vec<Id>;
        if is_exact::<PyTuple>(vm, v) {
            // SAFETY: just checked.
            if unsafe { (*(v.header_ptr() as *const PyTuple)).len() } != n {
                return Ok(false);
            }
            self.guard_type(vm, o, vm.types.tuple)?;
            let len = self.emit(vm, Inst::new(Op::TupleLen, &[o]));
            self.guard(vm, Inst::new(Op::GuardIntIs, &[len]).imm(n as u64))?;
            items = (0..n)
                .map(|i| {
                    let i = self.int_const(i as i64);
                    self.emit(vm, Inst::new(Op::TupleItem, &[o, i]))
                })
                .collect();
        } else if is_exact::<PyList>(vm, v) {
            // SAFETY: just checked.
            if unsafe { (*(v.header_ptr() as *const PyList)).len() } != n {
                return Ok(false);
            }
            self.guard_type(vm, o, vm.types.list)?;
            let len = self.emit(vm, Inst::new(Op::ListLen, &[o]));
            self.guard(vm, Inst::new(Op::GuardIntIs, &[len]).imm(n as u64))?;
            items = (0..n)
                .map(|i| {
                    let i = self.int_const(i as i64);
                    self.emit(vm, Inst::new(Op::ListItem, &[o, i]))
                })
                .collect();
        } else {
            return Ok(false);
        }
        let mut gone = self.displace_all(vm, &[(w.b(), w.flags() & FLAG_KB != 0)], None)?;
        for i in 0..n as u16 {
            let abs = self.abs(w.a() + i);
            gone.push(self.displace(vm, abs)?);
        }
        for (i, id) in items.into_iter().enumerate() {
            self.put(w.a() + i as u16, id, false);
        }
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// `BUILD_TUPLE`, `BUILD_LIST`: the window's references move into the new object.
    pub(super) fn build(&mut self, vm: &Vm, w: Instr, helper: Helper) -> Result<bool, Abort> {
        let n = w.c();
        if usize::from(n) >= crate::helpers::SCRATCH {
            return Ok(false);
        }
        let abs = self.abs(w.a());
        let inside = w.a() >= w.b() && w.a() < w.b() + n;
        for i in 0..n {
            if self.read(vm, w.b() + i).1.is_unbound() {
                return Ok(false);
            }
        }
        let gone = if inside { super::state::Gone::Nothing } else { self.displace(vm, abs)? };
        for i in 0..n {
            let (id, owned) = self.take(vm, w.b() + i, true);
            let word = self.owned_word(vm, id, owned);
            self.emit(vm, Inst::new(Op::Arg, &[word]).imm(u64::from(i)));
        }
        let count = self.int_const(i64::from(n));
        let r = self.push(Inst::new(Op::Make, &[count]).imm(helper as u64));
        self.put(w.a(), r, true);
        self.finish(vm, gone);
        Ok(true)
    }

    pub(super) fn list_append(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (o, v) = self.read(vm, w.a());
        if !is_exact::<PyList>(vm, v) || self.ty(o) != Ty::Val {
            return Ok(false);
        }
        self.guard_type(vm, o, vm.types.list)?;
        let (value, owned) = self.take(vm, w.b(), w.flags() & FLAG_KB != 0);
        let word = self.owned_word(vm, value, owned);
        self.push(Inst::new(Op::Make, &[o, word]).imm(Helper::ListAppend as u64).ty(Ty::Void));
        Ok(true)
    }
}
