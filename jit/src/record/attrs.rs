//! Attributes. What a class holds is a constant under a watch; where an instance keeps an
//! attribute is known from its shape.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, Instr};
use krait_object::function::{PyFunction, PyMethodDescr};
use krait_object::instance::{attrs_of, attrs_offset};
use krait_object::layouts::{ATTRS_OVERFLOW, ATTRS_SHAPE, ATTRS_SLOTS};
use krait_object::lookup::{generic_getattr, generic_setattr, type_lookup, type_version};
use krait_object::module::PyModule;
use krait_object::shape::Shape;
use krait_object::slots::{GetAttrFn, SetAttrFn};
use krait_object::str::PyStr;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::typedef::descr::{MemberKind, PyMember};
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref, Value};

use super::{Abort, Recorded, Recorder};
use crate::ir::{Id, Inst, Op, Ty};
use crate::watch::Watch;

/// Where an attribute was found.
enum Found {
    /// In the object, this many bytes from its start.
    Slot(u32),
    /// In the overflow block whose pointer is this many bytes from the object's start, and this
    /// many from the block's.
    Overflow(u32, u32),
    /// In the object, maybe unbound.
    Member(u32),
    /// The value itself: it is a class's or a module's.
    Constant(Obj),
    /// A method-like value of the class, to be bound.
    Method(Obj),
}

impl Recorder {
    /// The site operand's name.
    ///
    /// # Safety
    /// `pc` is an instruction with a site, of the running frame.
    pub(super) unsafe fn site_name(&self, pc: *const u64) -> *const PyStr {
        // SAFETY: by contract.
        unsafe { (*self.top().state.code).body_unchecked().sites.get_unchecked(*pc.add(1) as usize).name.get() }
    }

    /// Looks the attribute up as the interpreter would, and guards what the answer depends on.
    /// `None`: no rule.
    fn find(&mut self, vm: &Vm, id: Id, v: Value, name: &PyStr) -> Result<Option<Found>, Abort> {
        // SAFETY: the word is in a register.
        let Some(obj) = (unsafe { Ref::from_value_opt(v) }) else { return Ok(None) };
        let ty = obj.ty(vm);
        if let Some(m) = obj.downcast_exact::<PyModule>(vm) {
            return self.find_in_module(vm, id, m, name);
        }
        if let Some(cls) = obj.downcast::<PyType>(vm) {
            return self.find_in_class(vm, id, cls, name);
        }
        let generic = ty.slots.getattro.get().is_some_and(|f| std::ptr::fn_addr_eq(f, generic_getattr as GetAttrFn));
        if !generic || type_version(vm, ty) == 0 {
            return Ok(None);
        }
        let descr = type_lookup(vm, ty, name);
        let (mut has_get, mut has_set, mut member) = (false, false, None);
        if let Some(d) = &descr {
            let s = &d.r().ty(vm).slots;
            has_get = s.descr_get.get().is_some();
            has_set = s.descr_set.get().is_some();
            member = member_offset(vm, d.r(), ty);
        }
        if member.is_none() && has_get && has_set {
            return Ok(None);
        }
        self.guard_class(vm, id, v, ty)?;
        if let Some(off) = member {
            return Ok(Some(Found::Member(off)));
        }
        if let Some(head) = attrs_of(obj) {
            let shape = head.shape();
            if ty.itemsize.get() != 0 || shape.is_dict {
                return Ok(None);
            }
            let off = attrs_offset(ty, 0) as u32;
            let slot = shape.find(name);
            if slot.is_none() && descr.is_none() {
                return Ok(None);
            }
            self.guard_shape(vm, id, shape, off)?;
            if let Some(i) = slot {
                if i >= shape.inline_cap {
                    return Ok(Some(Found::Overflow(off + ATTRS_OVERFLOW as u32, (i - shape.inline_cap) * 8)));
                }
                return Ok(Some(Found::Slot(off + ATTRS_SLOTS as u32 + i * 8)));
            }
        }
        let Some(d) = descr else { return Ok(None) };
        if !has_get {
            return Ok(Some(Found::Constant(d)));
        }
        let method = d.r().is_exact::<PyFunction>(vm) || d.r().is_exact::<PyMethodDescr>(vm);
        Ok(method.then_some(Found::Method(d)))
    }

    /// Guards that the object's class is `ty`, and watches what it holds.
    pub(super) fn guard_class(&mut self, vm: &Vm, id: Id, v: Value, ty: &PyType) -> Recorded {
        match self.ty(id) {
            Ty::Val if v.is_int() => self.guard(vm, Inst::new(Op::GuardInt, &[id])).map(drop)?,
            Ty::Val if v.is_flonum() => self.guard(vm, Inst::new(Op::GuardFloat, &[id])).map(drop)?,
            Ty::Val => self.guard_type(vm, id, ty)?,
            _ => {}
        }
        self.watch(vm, Watch::Type(ty));
        Ok(())
    }

    fn guard_shape(&mut self, vm: &Vm, id: Id, shape: &Shape, off: u32) -> Recorded {
        let i = Inst::new(Op::GuardShape, &[id]).imm(shape as *const Shape as u64).imm2(off + ATTRS_SHAPE as u32);
        self.guard(vm, i).map(drop)
    }

    fn find_in_module(&mut self, vm: &Vm, id: Id, m: &PyModule, name: &PyStr) -> Result<Option<Found>, Abort> {
        let Some(d) = m.dict.get() else { return Ok(None) };
        if type_lookup(vm, vm.types.module, name).is_some() {
            return Ok(None);
        }
        let Ok(Some(v)) = d.get_str(vm, name) else { return Ok(None) };
        self.guard_is(vm, id, Value::from_ptr(m as *const PyModule))?;
        if !self.watch(vm, Watch::Key(d.as_ptr(), name)) {
            return Ok(None);
        }
        Ok(Some(Found::Constant(v)))
    }

    fn find_in_class(&mut self, vm: &Vm, id: Id, cls: &PyType, name: &PyStr) -> Result<Option<Found>, Abort> {
        let meta = cls.r().ty(vm);
        let usual = match (meta.slots.getattro.get(), vm.types.r#type.slots.getattro.get()) {
            (Some(f), Some(g)) => std::ptr::fn_addr_eq(f, g),
            _ => false,
        };
        if !usual || type_version(vm, meta) == 0 || type_lookup(vm, meta, name).is_some() {
            return Ok(None);
        }
        if type_version(vm, cls) == 0 {
            return Ok(None);
        }
        let Some(d) = type_lookup(vm, cls, name) else { return Ok(None) };
        let plain = d.r().is_exact::<PyFunction>(vm) || d.r().ty(vm).slots.descr_get.get().is_none();
        if !plain {
            return Ok(None);
        }
        self.guard_is(vm, id, cls.r().value())?;
        if !std::ptr::eq(meta, vm.types.r#type) {
            self.guard_class(vm, id, cls.r().value(), meta)?;
        }
        self.watch(vm, Watch::Type(cls));
        Ok(Some(Found::Constant(d)))
    }

    /// The value of a found attribute, borrowed.
    fn load_found(&mut self, vm: &Vm, id: Id, found: Found) -> Result<Option<Id>, Abort> {
        Ok(match found {
            Found::Slot(off) => Some(self.emit(vm, Inst::new(Op::LoadAttr, &[id]).imm(u64::from(off)))),
            Found::Overflow(block, off) => {
                let block = self.emit(vm, Inst::new(Op::LoadBlock, &[id]).imm(u64::from(block)));
                Some(self.emit(vm, Inst::new(Op::LoadAttr, &[block]).imm(u64::from(off))))
            }
            Found::Member(off) => {
                let v = self.emit(vm, Inst::new(Op::LoadAttr, &[id]).imm(u64::from(off)));
                self.guard(vm, Inst::new(Op::GuardIsNot, &[v]))?;
                Some(v)
            }
            Found::Constant(o) => Some(self.constant_obj(o)),
            Found::Method(_) => None,
        })
    }

    /// The constant an instruction of the running frame names.
    pub(super) fn code_const(&self, w: Instr) -> Obj {
        // SAFETY: the running frame's code has been entered; the index is verified.
        unsafe { (*self.top().state.code).body_unchecked().consts.get_unchecked(w.index32() as usize).clone() }
    }

    /// A constant, unboxed if it is a number.
    pub(super) fn constant_obj(&mut self, o: Obj) -> Id {
        let v = o.value();
        match (v.as_int(), v.as_flonum()) {
            (Some(i), _) => self.int_const(i),
            (_, Some(f)) => self.float_const(f),
            _ => self.constant(v),
        }
    }

    /// # Safety
    /// `pc` is the instruction, of the running frame (here and below).
    pub(super) unsafe fn load_attr(&mut self, vm: &Vm, w: Instr, pc: *const u64) -> Result<bool, Abort> {
        // SAFETY: by contract; names live as long as their code.
        let name = unsafe { &*self.site_name(pc) };
        let (id, v) = self.read(vm, w.b());
        let Some(found) = self.find(vm, id, v, name)? else { return Ok(false) };
        let Some(value) = self.load_found(vm, id, found)? else { return Ok(false) };
        let gone = self.displace_all(vm, &[(w.b(), w.flags() & FLAG_KB != 0)], Some(w.a()))?;
        self.put(w.a(), value, false);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// # Safety
    /// See [`load_attr`](Self::load_attr).
    pub(super) unsafe fn load_method(&mut self, vm: &Vm, w: Instr, pc: *const u64) -> Result<bool, Abort> {
        // SAFETY: by contract.
        let name = unsafe { &*self.site_name(pc) };
        let (id, v) = self.read(vm, w.b());
        let Some(found) = self.find(vm, id, v, name)? else { return Ok(false) };
        let consume = w.flags() & FLAG_KB != 0;
        if let Found::Method(f) = found {
            let f = self.constant(f.value());
            let (obj, owned) = self.take(vm, w.b(), consume);
            self.write(vm, w.a(), f, false)?;
            self.write(vm, w.a() + 1, obj, owned)?;
            return Ok(true);
        }
        let Some(value) = self.load_found(vm, id, found)? else { return Ok(false) };
        let mut gone = self.displace_all(vm, &[(w.b(), consume)], Some(w.a()))?;
        let abs = self.abs(w.a() + 1);
        gone.push(self.displace(vm, abs)?);
        self.put(w.a(), value, false);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// # Safety
    /// See [`load_attr`](Self::load_attr).
    pub(super) unsafe fn store_attr(&mut self, vm: &Vm, w: Instr, pc: *const u64) -> Result<bool, Abort> {
        // SAFETY: by contract.
        let name = unsafe { &*self.site_name(pc) };
        let (id, v) = self.read(vm, w.a());
        if !v.is_heap() {
            return Ok(false);
        }
        // SAFETY: the word is in a register.
        let obj = unsafe { Ref::from_value_unchecked(v) };
        let ty = obj.ty(vm);
        let generic = ty.slots.setattro.get().is_some_and(|f| std::ptr::fn_addr_eq(f, generic_setattr as SetAttrFn));
        if !generic || ty.itemsize.get() != 0 || type_version(vm, ty) == 0 {
            return Ok(false);
        }
        let descr = type_lookup(vm, ty, name);
        let member = descr.as_ref().and_then(|d| member_offset(vm, d.r(), ty));
        if member.is_none() && descr.is_some_and(|d| d.r().ty(vm).slots.descr_set.get().is_some()) {
            return Ok(false);
        }
        let (mut adds, mut block, mut start) = (None, None, v.0);
        let slot = match member {
            Some(off) => off,
            None => {
                let Some(head) = attrs_of(obj) else { return Ok(false) };
                let shape = head.shape();
                if shape.is_dict || !ty.has_flag(TypeFlags::ATTRS) {
                    return Ok(false);
                }
                let off = attrs_offset(ty, 0) as u32;
                let i = match shape.find(name) {
                    Some(i) => i,
                    None => {
                        let Some(next) = shape.with(name) else { return Ok(false) };
                        adds = Some((next as *const Shape, off));
                        shape.count
                    }
                };
                if i >= shape.inline_cap && adds.is_some() {
                    return Ok(false);
                }
                self.guard_class(vm, id, v, ty)?;
                self.guard_shape(vm, id, shape, off)?;
                if i >= shape.inline_cap {
                    block = Some(self.emit(vm, Inst::new(Op::LoadBlock, &[id]).imm(u64::from(off) + ATTRS_OVERFLOW as u64)));
                    // SAFETY: the shape says that the block is there.
                    start = unsafe { *((v.0 + u64::from(off) + ATTRS_OVERFLOW as u64) as *const u64) };
                    (i - shape.inline_cap) * 8
                } else {
                    off + ATTRS_SLOTS as u32 + i * 8
                }
            }
        };
        let at = block.unwrap_or(id);
        if member.is_some() {
            self.guard_class(vm, id, v, ty)?;
        }
        // What is replaced must not die here: that may run code before the registers are right.
        let mut old_gone = super::state::Gone::Nothing;
        if adds.is_none() {
            let old = self.emit(vm, Inst::new(Op::LoadAttr, &[at]).imm(u64::from(slot)));
            // SAFETY: the slot is inside the object or its block.
            let actual = unsafe { *((start + u64::from(slot)) as *const Value) };
            old_gone = self.replaced(vm, old, actual)?;
        }
        self.read(vm, w.b());
        let (value, owned) = self.take(vm, w.b(), w.flags() & FLAG_KB != 0);
        let gone = self.displace_all(vm, &[(w.a(), w.flags() & FLAG_KA != 0)], None)?;
        let word = self.owned_word(vm, value, owned);
        self.emit(vm, Inst::new(Op::StoreAttr, &[at, word]).imm(u64::from(slot)));
        if let Some((next, off)) = adds {
            self.emit(vm, Inst::new(Op::SetShape, &[id]).imm(next as u64).imm2(off + ATTRS_SHAPE as u32));
        }
        self.finish(vm, old_gone);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// A word in the heap is about to be replaced: what becomes of its reference.
    pub(super) fn replaced(&mut self, vm: &Vm, old: Id, actual: Value) -> Result<super::state::Gone, Abort> {
        if !self.counted(old) {
            return Ok(super::state::Gone::Nothing);
        }
        if !actual.is_heap() {
            let snap = self.take_snapshot();
            self.guard(vm, Inst::new(Op::GuardImmediate, &[old]).snap(snap))?;
            return Ok(super::state::Gone::Nothing);
        }
        // Values loaded from the heap may have nothing else that keeps them alive.
        self.promote_fragile(vm);
        let earlier = self.released.iter().filter(|&&(_, v)| v == actual).count() as u32;
        // SAFETY: the heap holds the word.
        let h = unsafe { &*actual.header_ptr() };
        if !h.is_immortal() && krait_object::gc::is_leaf_type(vm, h.ty()) {
            self.guard_type(vm, old, h.ty())?;
            return Ok(super::state::Gone::Leaf(old));
        }
        if h.refcount() == 1 + earlier {
            self.note_death(vm, old, h);
            return Ok(super::state::Gone::Dies(old));
        }
        let snap = self.take_snapshot();
        self.guard_shared(vm, old, actual, snap)?;
        Ok(super::state::Gone::Decref(old))
    }
}

/// The offset of a `__slots__` member that belongs to (a base of) `ty`.
fn member_offset(vm: &Vm, d: Ref<'_>, ty: &PyType) -> Option<u32> {
    let m = d.downcast_exact::<PyMember>(vm)?;
    match m.kind {
        MemberKind::Slot { offset } if ty.is_subtype(&m.objclass) => u32::try_from(offset).ok(),
        _ => None,
    }
}
