//! Calls and returns: Python functions are followed into their frames, some native ones have
//! rules of their own.

use std::mem::offset_of;

use krait_frontend::bytecode::{FLAG_METHOD, Instr};
use krait_object::code::PyCode;
use krait_object::dict::PyDict;
use krait_object::exec::Frame;
use krait_object::function::{PyBoundMethod, PyBuiltinFunction, PyFunction, PyMethodDescr};
use krait_object::layouts::{FUNCTION_CODE, FUNCTION_DEFAULTS};
use krait_object::list::PyList;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::vm::Vm;
use krait_object::{Layout, Ref, Value};
use krait_runtime::interp::calls::code_of;
use krait_runtime::interp::frames::FrameKind;

use super::arith::is_exact;
use super::state::{Content, Slot};
use super::{Abort, MAX_DEPTH, Recorded, Recorder, SymFrame};
use crate::helpers::Helper;
use crate::ir::snapshot::FrameState;
use crate::ir::{Id, Inst, Op, Ty};
use crate::watch::Watch;

/// A call recorded; the next instruction is expected in this frame.
pub struct Entering {
    state: FrameState,
    nregs: u32,
    caller: *const Frame,
}

/// How many of the parameters get their defaults if `n` arguments are given.
fn missing_defaults(func: &PyFunction, code: &PyCode, n: usize) -> Option<usize> {
    let missing = (code.argcount as usize).checked_sub(n)?;
    // SAFETY: looked at, nothing runs meanwhile.
    let have = unsafe { (*func.defaults.get()).as_ref().map_or(0, |d| d.len()) };
    (missing <= have).then_some(missing)
}

impl Recorder {
    /// # Safety
    /// `pc` is the instruction, of the running frame (here and below).
    pub(super) unsafe fn call(&mut self, vm: &Vm, w: Instr, pc: *const u64) -> Result<bool, Abort> {
        let a = w.a();
        let (f, v) = self.read(vm, a);
        if !v.is_heap() {
            return Ok(false);
        }
        let has_self = w.flags() & FLAG_METHOD != 0 && !self.read(vm, a + 1).1.is_unbound();
        if has_self {
            let (s, _) = self.read(vm, a + 1);
            if self.ty(s) == Ty::Val && !self.known.is_immediate(s) {
                self.guard(vm, Inst::new(Op::GuardIsNot, &[s]))?;
            }
        } else if w.flags() & FLAG_METHOD != 0 {
            let (s, _) = self.read(vm, a + 1);
            self.guard(vm, Inst::new(Op::GuardIs, &[s]))?;
        }
        // SAFETY: by contract.
        unsafe {
            if is_exact::<PyFunction>(vm, v) {
                let (first, n) = if has_self { (a + 1, w.b() as usize + 1) } else { (a + 2, w.b() as usize) };
                return self.call_function(vm, w, pc, (f, v), first, n);
            }
            if is_exact::<PyMethodDescr>(vm, v) && has_self {
                return self.call_method(vm, w, (f, v));
            }
            if is_exact::<PyBuiltinFunction>(vm, v) && !has_self {
                return self.call_builtin(vm, w, (f, v));
            }
            if is_exact::<PyBoundMethod>(vm, v) && !has_self {
                return self.call_bound(vm, w, pc, (f, v));
            }
            if std::ptr::eq(super::arith::heap_type(v), vm.types.r#type) && !has_self {
                return Ok(self.number_class(vm, w, (f, v))? || self.call_class(vm, w, pc, (f, v))? || self.quiet_class(vm, w, (f, v))?);
            }
        }
        Ok(false)
    }

    /// Can the code be followed when called with `n` arguments?
    fn followable(&self, code: &PyCode, n: usize) -> bool {
        // Code of the library is read when it is first called.
        code.ensure_body();
        let generator = PyCode::CO_GENERATOR | PyCode::CO_COROUTINE | PyCode::CO_ASYNC_GENERATOR;
        // SAFETY: the root frame is alive.
        let in_generator = unsafe { !(*self.frames[0].frame).generator.get().is_null() };
        let depth = self.frames.iter().filter(|f| std::ptr::eq(f.state.code, code)).count();
        code.simple_args
            && n <= code.argcount as usize
            && code.flags & generator == 0
            && !in_generator
            && self.frames.len() <= MAX_DEPTH
            && depth < 2
            && code.nregs < 200
    }

    /// Guards which function it is: the object itself if it is a constant, else its code.
    fn guard_function(&mut self, vm: &Vm, f: Id, func: &PyFunction) -> Recorded {
        // SAFETY: the function is alive and its code is not replaced while it is looked at.
        let code = unsafe { code_of(func) };
        self.keep(code.r().to_obj());
        self.guard_type(vm, f, vm.types.function)?;
        self.guard(vm, Inst::new(Op::GuardRaw, &[f]).imm(code as *const PyCode as u64).imm2(FUNCTION_CODE as u32))?;
        Ok(())
    }

    unsafe fn call_function(
        &mut self,
        vm: &Vm,
        w: Instr,
        pc: *const u64,
        (f, v): (Id, Value),
        first: u16,
        n: usize,
    ) -> Result<bool, Abort> {
        // SAFETY: the caller checked the type.
        let func = unsafe { &*(v.header_ptr() as *const PyFunction) };
        // SAFETY: as in `guard_function`.
        let code = unsafe { code_of(func) };
        if !self.followable(code, n) {
            return Ok(false);
        }
        let Some(missing) = missing_defaults(func, code, n) else { return Ok(false) };
        self.guard_function(vm, f, func)?;
        let defaults = self.defaults(vm, f, func, missing)?;
        // SAFETY: by contract.
        unsafe { self.enter(w, pc, code, first, n, &defaults, FrameKind::Call, None) };
        Ok(true)
    }

    /// The last `missing` defaults of function `f`, as constants.
    fn defaults(&mut self, vm: &Vm, f: Id, func: &PyFunction, missing: usize) -> Result<Vec<Id>, Abort> {
        if missing == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: nothing replaces the defaults meanwhile.
        let Some(tuple) = (unsafe { &*func.defaults.get() }) else { return Err(Abort::Contradiction) };
        let tuple: &PyTuple = tuple;
        self.keep(tuple.r().to_obj());
        self.guard(vm, Inst::new(Op::GuardRaw, &[f]).imm(tuple as *const PyTuple as u64).imm2(FUNCTION_DEFAULTS as u32))?;
        Ok(tuple.as_slice()[tuple.len() - missing..].iter().map(|o| self.constant_obj(o.clone())).collect())
    }

    /// A bound method of a Python function: its parts take its place in the window.
    unsafe fn call_bound(&mut self, vm: &Vm, w: Instr, pc: *const u64, (f, v): (Id, Value)) -> Result<bool, Abort> {
        // SAFETY: the caller checked the type.
        let m = unsafe { &*(v.header_ptr() as *const PyBoundMethod) };
        let Some(func) = m.func.r().downcast_exact::<PyFunction>(vm) else { return Ok(false) };
        // SAFETY: nothing replaces the code meanwhile.
        let code = unsafe { code_of(func) };
        let n = w.b() as usize + 1;
        if !self.followable(code, n) {
            return Ok(false);
        }
        let Some(missing) = missing_defaults(func, code, n) else { return Ok(false) };
        self.guard_type(vm, f, vm.types.method)?;
        let part = |r: &mut Self, at: usize| r.emit(vm, Inst::new(Op::LoadConstField, &[f]).imm(at as u64));
        let (callee, this) = (part(self, offset_of!(PyBoundMethod, func)), part(self, offset_of!(PyBoundMethod, self_)));
        self.guard_function(vm, callee, func)?;
        let defaults = self.defaults(vm, callee, func, missing)?;
        let gone = self.displace_all(vm, &[(w.a() + 1, true), (w.a(), true)], None)?;
        self.put(w.a(), callee, false);
        self.put(w.a() + 1, this, false);
        self.finish_all(vm, gone);
        // SAFETY: by contract.
        unsafe { self.enter(w, pc, code, w.a() + 1, n, &defaults, FrameKind::Call, None) };
        Ok(true)
    }

    /// A native method bound to an object (`append = items.append`), by the rules of methods.
    fn call_bound_native(&mut self, vm: &Vm, w: Instr, f: Id, d: &PyBuiltinFunction, this: Value) -> Result<Option<bool>, Abort> {
        if !is_exact::<PyList>(vm, this) || d.def.name != "append" || w.b() != 1 {
            return Ok(None);
        }
        self.guard_type(vm, f, vm.types.builtin_function)?;
        let def = d.def as *const krait_object::native::MethodDef as u64;
        self.guard(vm, Inst::new(Op::GuardRaw, &[f]).imm(def).imm2(offset_of!(PyBuiltinFunction, def) as u32))?;
        let o = self.emit(vm, Inst::new(Op::LoadConstField, &[f]).imm(offset_of!(PyBuiltinFunction, self_) as u64));
        self.guard_type(vm, o, vm.types.list)?;
        self.read(vm, w.a() + 2);
        let gone = self.displace_all(vm, &[(w.a(), true)], Some(w.c()))?;
        let (value, owned) = self.take(vm, w.a() + 2, true);
        let word = self.owned_word(vm, value, owned);
        self.push(Inst::new(Op::Make, &[o, word]).imm(Helper::ListAppend as u64).ty(Ty::Void));
        let none = self.constant(krait_object::singletons::none().value());
        self.put(w.c(), none, false);
        self.finish_all(vm, gone);
        Ok(Some(true))
    }

    /// Follows a call into `code`, whose `n` arguments are in registers from `first`.
    unsafe fn enter(
        &mut self,
        w: Instr,
        pc: *const u64,
        code: &PyCode,
        first: u16,
        n: usize,
        defaults: &[Id],
        kind: FrameKind,
        instance: Option<(Id, bool)>,
    ) {
        let base = self.abs(first);
        // SAFETY: by contract.
        let after = unsafe { Self::after(pc) };
        let end = (base + code.nregs) as usize;
        if self.slots.len() < end {
            self.slots.resize(end, Slot::UNBOUND);
        }
        // The caller's registers above the arguments are dead.
        self.slots[base as usize + n..end].fill(Slot::UNBOUND);
        for (i, &d) in defaults.iter().enumerate() {
            self.slots[base as usize + n + i] = Slot::dirty(d, false);
        }
        let caller = match self.frames.last_mut() {
            Some(f) => {
                f.state.pc = after;
                f.frame
            }
            None => return,
        };
        let state = FrameState { code, base, pc: code.entry(), ret: w.c(), window: w.a(), kind: kind as u8, instance, pushed: false };
        self.tree.depth = self.tree.depth.max(self.frames.len() as u32);
        self.tree.top = self.tree.top.max(end as u32);
        self.entering = Some(Entering { state, nregs: code.nregs, caller });
    }

    /// The call recorded last has been made: `frame` runs.
    pub(super) unsafe fn entered(&mut self, vm: &Vm, e: Entering, frame: *const Frame) -> Recorded {
        // SAFETY: `frame` is the running frame.
        unsafe {
            if (*frame).back.get() != e.caller || (*frame).code.get() != e.state.code {
                return Err(Abort::Raised);
            }
            let root = (*self.frames[0].frame).base.get();
            if (*frame).base.get() != root.add(e.state.base as usize) {
                return Err(Abort::Unsupported);
            }
        }
        let _ = vm;
        self.frames.push(SymFrame { frame, state: e.state, nregs: e.nregs });
        Ok(())
    }

    /// A plain class: its instance is made here, `__init__` is followed.
    unsafe fn call_class(&mut self, vm: &Vm, w: Instr, pc: *const u64, (f, v): (Id, Value)) -> Result<bool, Abort> {
        // SAFETY: the caller checked the type.
        let cls = unsafe { &*(v.header_ptr() as *const PyType) };
        let plain_new = match (cls.slots.new.get(), vm.types.object.slots.new.get()) {
            (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
            _ => false,
        };
        if !cls.has_flag(TypeFlags::HEAP) || cls.has_flag(TypeFlags::ABSTRACT) || !plain_new || cls.itemsize.get() != 0 {
            return Ok(false);
        }
        if krait_object::lookup::type_version(vm, cls) == 0 {
            return Ok(false);
        }
        let Some(init) = cls.lookup(vm, vm.names().__init__) else { return Ok(false) };
        let Some(func) = init.r().downcast_exact::<PyFunction>(vm) else { return Ok(false) };
        // SAFETY: nothing replaces the code meanwhile.
        let code = unsafe { code_of(func) };
        let n = w.b() as usize;
        if !self.followable(code, n + 1) {
            return Ok(false);
        }
        let Some(missing) = missing_defaults(func, code, n + 1) else { return Ok(false) };
        self.guard_is(vm, f, v)?;
        self.watch(vm, Watch::Type(cls));
        let init_id = self.constant(init.value());
        self.guard_function(vm, init_id, func)?;
        let defaults = self.defaults(vm, init_id, func, missing)?;
        let a = w.a();
        let abs = self.abs(a);
        let gone = self.displace(vm, abs)?;
        let obj = self.guard(vm, Inst::new(Op::Call, &[f]).imm(Helper::AllocInstance as u64))?;
        self.put(a, init_id, false);
        self.put(a + 1, obj, true);
        self.finish(vm, gone);
        // SAFETY: by contract.
        unsafe { self.enter(w, pc, code, a + 1, n + 1, &defaults, FrameKind::Init, Some((obj, false))) };
        Ok(true)
    }

    /// # Safety
    /// See [`call`](Self::call).
    pub(super) unsafe fn ret(&mut self, vm: &Vm, w: Instr, _pc: *const u64) -> Result<bool, Abort> {
        if self.frames.len() == 1 {
            return Ok(false);
        }
        let abs = self.abs(w.a());
        let id = self.read_abs(vm, abs);
        self.leave_frame(vm, Some(abs), id)
    }

    /// # Safety
    /// See [`call`](Self::call).
    pub(super) unsafe fn ret_const(&mut self, vm: &Vm, w: Instr, _pc: *const u64) -> Result<bool, Abort> {
        if self.frames.len() == 1 {
            return Ok(false);
        }
        let id = self.constant_obj(self.code_const(w));
        self.leave_frame(vm, None, id)
    }

    /// Ends the innermost frame with value `id`, from register `from` if it came from one.
    fn leave_frame(&mut self, vm: &Vm, from: Option<u32>, id: Id) -> Result<bool, Abort> {
        let state = self.top().state.clone();
        let caller = self.frames[self.frames.len() - 2].state.clone();
        let init = state.kind == FrameKind::Init as u8;
        if init {
            let none = krait_object::singletons::none().value();
            if self.tree.insts[id as usize].op != Op::ConstVal || self.tree.insts[id as usize].imm != none.0 {
                let (ty, snap) = (self.ty(id), self.take_snapshot());
                if ty != Ty::Val {
                    return Ok(false);
                }
                self.guard(vm, Inst::new(Op::GuardIs, &[id]).imm(none.0).snap(snap))?;
            }
        }
        if state.pushed {
            // Somebody may hold the frame object, which gets the registers as they are now.
            self.sync(vm);
            self.take_snapshot();
        }
        let mut owned = false;
        let mut result = id;
        if let (Some(abs), false) = (from, init) {
            let s = self.slots[abs as usize];
            owned = !matches!(s.mem, super::state::Mem::Dirty { owned: false });
            if owned && self.ty(id) != Ty::Val {
                let gone = self.displace(vm, abs)?;
                self.finish(vm, gone);
                owned = false;
            } else {
                self.slots[abs as usize] = Slot::UNBOUND;
            }
        }
        if init {
            if let Some((obj, own)) = state.instance {
                result = obj;
                owned = own;
            }
            if let Some(f) = self.frames.last_mut() {
                f.state.instance = None;
            }
        }
        // The result's register comes first, so that it inherits references the frame gives up.
        let ret = (caller.base + u32::from(state.ret)) as usize;
        let window = (caller.base + u32::from(state.window)) as usize;
        let mut gone = Vec::new();
        // SAFETY: the code of a frame being followed is alive.
        let nlocals = unsafe { (*state.code).nlocals };
        let (locals, temps) = (state.base..state.base + nlocals, state.base + nlocals..state.base + self.top().nregs);
        let holder = self.slots.len();
        self.slots.push(Slot::dirty(result, owned && self.ty(result) == Ty::Val));
        for abs in temps.chain(locals) {
            gone.push(self.displace(vm, abs)?);
        }
        gone.push(self.displace(vm, window as u32)?);
        if self.slots[ret].content != Content::Unbound {
            gone.push(self.displace(vm, ret as u32)?);
        }
        let held = self.slots[holder];
        self.slots.truncate(holder);
        if state.pushed {
            self.settle();
            self.emit(vm, Inst::new(Op::PopFrame, &[]));
        }
        self.frames.pop();
        self.returned = true;
        let end = self.frames.iter().map(|f| f.state.base + f.nregs).max().unwrap_or(0);
        self.slots.truncate(end as usize);
        self.slots[ret] = held;
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// A native method with a rule of its own.
    unsafe fn call_method(&mut self, vm: &Vm, w: Instr, (f, v): (Id, Value)) -> Result<bool, Abort> {
        // SAFETY: the caller checked the type.
        let d = unsafe { &*(v.header_ptr() as *const PyMethodDescr) };
        let a = w.a();
        let (o, ov) = self.read(vm, a + 1);
        let class = super::arith::heap_type(ov);
        // Subclasses have the same storage.
        // SAFETY: the type of a live object.
        let is_list = !class.is_null() && unsafe { (*class).is_subtype(vm.types.list) };
        if !std::ptr::eq(d.objclass, vm.types.list) || !is_list {
            if std::ptr::eq(d.objclass, vm.types.dict) && d.def.name == "get" && is_exact::<PyDict>(vm, ov) && matches!(w.b(), 1 | 2) {
                return self.dict_get(vm, w, (f, v));
            }
            let copies = matches!(d.def.name, "items" | "keys" | "values" | "copy") && w.b() == 0;
            if copies && std::ptr::eq(d.objclass, vm.types.dict) && is_exact::<PyDict>(vm, ov) {
                return self.call_leaf(vm, w, (f, v), d.def, (o, ov));
            }
            let exact = ov.is_heap() && std::ptr::eq(super::arith::heap_type(ov), d.objclass);
            return if exact { self.call_native(vm, w, (f, v), d.def, Some(ov)) } else { Ok(false) };
        }
        // SAFETY: as above.
        let class = unsafe { &*class };
        match (d.def.name, w.b()) {
            ("append", 1) => {
                self.guard_is(vm, f, v)?;
                self.guard_type(vm, o, class)?;
                self.read(vm, a + 2);
                let gone = self.displace_all(vm, &[(a + 1, true), (a, true)], Some(w.c()))?;
                let (value, owned) = self.take(vm, a + 2, true);
                let word = self.owned_word(vm, value, owned);
                self.push(Inst::new(Op::Make, &[o, word]).imm(Helper::ListAppend as u64).ty(Ty::Void));
                let none = self.constant(krait_object::singletons::none().value());
                self.put(w.c(), none, false);
                self.finish_all(vm, gone);
                Ok(true)
            }
            ("pop", 0) => {
                // SAFETY: just checked.
                if unsafe { (*(ov.header_ptr() as *const PyList)).is_empty() } {
                    return Ok(false);
                }
                self.guard_is(vm, f, v)?;
                self.guard_type(vm, o, class)?;
                let gone = self.displace_all(vm, &[(a + 1, true), (a, true)], Some(w.c()))?;
                let r = self.guard(vm, Inst::new(Op::Call, &[o]).imm(Helper::ListPop as u64))?;
                self.put(w.c(), r, true);
                self.finish_all(vm, gone);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// A native function with a rule of its own.
    unsafe fn call_builtin(&mut self, vm: &Vm, w: Instr, (f, v): (Id, Value)) -> Result<bool, Abort> {
        // SAFETY: the caller checked the type.
        let d = unsafe { &*(v.header_ptr() as *const PyBuiltinFunction) };
        if let Some(this) = &d.self_
            && let Some(done) = self.call_bound_native(vm, w, f, d, this.value())?
        {
            return Ok(done);
        }
        let module = d.module.as_ref().and_then(|m| m.r().as_exact_str(vm));
        let from = |name: &str| module.is_some_and(|m| m.eq_str(name));
        let a = w.a();
        let arg = |r: &mut Self, i: u16| r.read(vm, a + 2 + i);
        let result = match (d.def.name, w.b()) {
            ("len", 1) if from("builtins") => {
                let (o, ov) = arg(self, 0);
                let (op, ty) = if is_exact::<PyList>(vm, ov) {
                    (Op::ListLen, vm.types.list)
                } else if is_exact::<PyTuple>(vm, ov) {
                    (Op::TupleLen, vm.types.tuple)
                } else if is_exact::<PyStr>(vm, ov) {
                    (Op::StrLen, vm.types.str)
                } else {
                    self.guard_is(vm, f, v)?;
                    return match self.quiet_len(vm, o, ov)? {
                        Some((n, _)) => self.native_result(vm, w, n, false),
                        None => Ok(false),
                    };
                };
                self.guard_is(vm, f, v)?;
                self.guard_type(vm, o, ty)?;
                self.emit(vm, Inst::new(op, &[o]))
            }
            ("abs", 1) if from("builtins") => {
                let (o, ov) = arg(self, 0);
                if !self.is_float(o, ov) {
                    return self.number_function(vm, w, (f, v), d.def, "builtins");
                }
                self.guard_is(vm, f, v)?;
                let Some(x) = self.as_float(vm, o, ov)? else { return Ok(false) };
                self.emit(vm, Inst::new(Op::FAbs, &[x]))
            }
            ("sqrt", 1) if from("math") => {
                let (o, ov) = arg(self, 0);
                if self.number_of(vm, ov).is_none_or(|x| x.is_nan() || x < 0.0) {
                    return Ok(false);
                }
                self.guard_is(vm, f, v)?;
                let Some(x) = self.as_number(vm, o, ov)? else { return Ok(false) };
                self.guard(vm, Inst::new(Op::FSqrt, &[x]))?
            }
            ("isinstance", 2) if from("builtins") => {
                let ((o, ov), (c, cv)) = (arg(self, 0), arg(self, 1));
                let Some(r) = self.instance_test(vm, (o, ov), (c, cv))? else { return Ok(false) };
                self.guard_is(vm, f, v)?;
                r
            }
            _ => {
                let module = module.map(|m| m.to_string_lossy()).unwrap_or_default();
                return Ok(self.number_function(vm, w, (f, v), d.def, &module)? || self.call_native(vm, w, (f, v), d.def, None)?);
            }
        };
        let mut release: Vec<(u16, bool)> = (0..w.b()).rev().map(|i| (a + 2 + i, true)).collect();
        release.push((a, true));
        let gone = self.displace_all(vm, &release, Some(w.c()))?;
        self.put(w.c(), result, false);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// `isinstance` with a tuple of plain classes, up to the first that fits.
    fn instance_of_any(&mut self, vm: &Vm, o: (Id, Value), (c, cv): (Id, Value)) -> Result<Option<Id>, Abort> {
        // SAFETY: the caller checked the type; the word is in a register.
        let items: Vec<Value> = unsafe { (*(cv.header_ptr() as *const PyTuple)).as_slice().iter().map(|i| i.value()).collect() };
        self.guard_type(vm, c, vm.types.tuple)?;
        let len = self.emit(vm, Inst::new(Op::TupleLen, &[c]));
        self.guard(vm, Inst::new(Op::GuardIntIs, &[len]).imm(items.len() as u64))?;
        let mut last = None;
        for (i, v) in items.into_iter().enumerate() {
            if is_exact::<PyTuple>(vm, v) {
                return Ok(None);
            }
            let i = self.int_const(i as i64);
            let item = self.emit(vm, Inst::new(Op::TupleItem, &[c, i]));
            let Some(is) = self.instance_test(vm, o, (item, v))? else { return Ok(None) };
            last = Some(is);
            if self.tree.insts[is as usize].imm != 0 {
                break;
            }
        }
        Ok(last)
    }

    /// `isinstance` of an object and a plain class: decided by the object's type.
    fn instance_test(&mut self, vm: &Vm, (o, ov): (Id, Value), (c, cv): (Id, Value)) -> Result<Option<Id>, Abort> {
        if is_exact::<PyTuple>(vm, cv) && self.ty(c) == Ty::Val {
            return self.instance_of_any(vm, (o, ov), (c, cv));
        }
        if !std::ptr::eq(super::arith::heap_type(cv), vm.types.r#type) || self.ty(c) != Ty::Val {
            return Ok(None);
        }
        // SAFETY: the words are in registers.
        let (Some(obj), cls) = (unsafe { Ref::from_value_opt(ov) }, unsafe { &*(cv.header_ptr() as *const PyType) }) else {
            return Ok(None);
        };
        let ty = obj.ty(vm);
        let is = ty.is_subtype(cls);
        // `__class__` may be a property that says otherwise.
        if !is && ty.has_flag(TypeFlags::HEAP) {
            return Ok(None);
        }
        self.guard_is(vm, c, cv)?;
        if self.ty(o) == Ty::Val {
            self.guard_class(vm, o, ov, ty)?;
        }
        self.watch(vm, Watch::Type(cls));
        Ok(Some(self.cse(Inst::new(Op::ConstBool, &[]).imm(u64::from(is)))))
    }
}
