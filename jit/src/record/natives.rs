//! Calls of native functions by what their definitions say of them: typed entries take machine
//! numbers, quiet functions are called with the registers left as they are.

use krait_frontend::bytecode::Instr;
use krait_object::native::{MethodDef, TypedEntry};
use krait_object::vm::Vm;
use krait_object::{Ref, Value};

use super::{Abort, Recorder};
use crate::helpers::Helper;
use crate::ir::{Id, Inst, Op, Ty};

impl Recorder {
    /// A native function with arguments from register `first`: a callee `f` known by its word `v`,
    /// and `this`, the bound object.
    pub(super) fn call_native(
        &mut self,
        vm: &Vm,
        w: Instr,
        (f, v): (Id, Value),
        def: &'static MethodDef,
        this: Option<Value>,
    ) -> Result<bool, Abort> {
        let a = w.a();
        let args: Vec<(Id, Value)> = (0..w.b()).map(|i| self.read(vm, a + 2 + i)).collect();
        if let Some(entry) = def.facts.typed
            && let Some(r) = self.typed_call(vm, (f, v), entry, def.facts.finite, &args)?
        {
            return self.native_result(vm, w, r, false);
        }
        if !def.facts.quiet {
            return Ok(false);
        }
        // SAFETY: the words are in registers or held by the callee.
        let plain = |v: &Value| unsafe { Ref::from_value_opt(*v) }.is_some_and(|r| krait_runtime::plain::is_plain(vm, r));
        if !args.iter().all(|a| plain(&a.1)) || this.is_some_and(|v| !plain(&v)) {
            return Ok(false);
        }
        let mut words = Vec::new();
        if let Some(ov) = this {
            let o = self.read(vm, a + 1);
            debug_assert!(o.1 == ov);
            words.push(self.plain_word(vm, o)?);
        }
        for arg in args {
            words.push(self.plain_word(vm, arg)?);
        }
        let Some(words) = words.into_iter().collect::<Option<Vec<Id>>>() else { return Ok(false) };
        self.guard_is(vm, f, v)?;
        let release = self.call_window(w);
        let gone = self.displace_all(vm, &release, Some(w.c()))?;
        if this.is_none() {
            let module = self.native_self(vm, v);
            self.emit(vm, Inst::new(Op::Arg, &[module]));
        }
        for (i, word) in words.iter().enumerate() {
            let at = i + usize::from(this.is_none());
            self.emit(vm, Inst::new(Op::Arg, &[*word]).imm(at as u64));
        }
        let def = self.int_const(def as *const MethodDef as i64);
        let n = self.int_const(words.len() as i64 + i64::from(this.is_none()));
        let r = self.guard(vm, Inst::new(Op::Call, &[def, n]).imm(Helper::CallQuiet as u64))?;
        self.put(w.c(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// A native method without arguments that runs no Python code on whatever object `o` of its class.
    pub(super) fn call_leaf(
        &mut self,
        vm: &Vm,
        w: Instr,
        (f, v): (Id, Value),
        def: &'static MethodDef,
        (o, ov): (Id, Value),
    ) -> Result<bool, Abort> {
        let Some(o) = self.plain_word(vm, (o, ov))? else { return Ok(false) };
        self.guard_is(vm, f, v)?;
        let release = self.call_window(w);
        let gone = self.displace_all(vm, &release, Some(w.c()))?;
        self.emit(vm, Inst::new(Op::Arg, &[o]));
        let (def, one) = (self.int_const(def as *const MethodDef as i64), self.int_const(1));
        let r = self.guard(vm, Inst::new(Op::Call, &[def, one]).imm(Helper::CallLeaf as u64))?;
        self.put(w.c(), r, true);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// The bound object of a native function.
    fn native_self(&mut self, vm: &Vm, v: Value) -> Id {
        // SAFETY: the caller has a native function, which the tree keeps.
        let f = unsafe { &*(v.header_ptr() as *const krait_object::function::PyBuiltinFunction) };
        let this = f.self_.as_ref().map_or(vm.none().value(), |s| s.value());
        self.constant(this)
    }

    /// The registers of a call's window, callee last.
    pub(super) fn call_window(&self, w: Instr) -> Vec<(u16, bool)> {
        (0..w.b() + 2).rev().map(|i| (w.a() + i, true)).filter(|&(r, _)| r != w.a() + 1 || self.has_receiver(w)).collect()
    }

    /// Does the window hold a receiver?
    fn has_receiver(&self, w: Instr) -> bool {
        w.flags() & krait_frontend::bytecode::FLAG_METHOD != 0
    }

    /// Ends the call of a native function whose value is `r`.
    pub(super) fn native_result(&mut self, vm: &Vm, w: Instr, r: Id, owned: bool) -> Result<bool, Abort> {
        let release = self.call_window(w);
        let gone = self.displace_all(vm, &release, Some(w.c()))?;
        self.put(w.c(), r, owned);
        self.finish_all(vm, gone);
        Ok(true)
    }

    /// A plain value as a word that nobody has to free, for the duration of a call.
    pub(super) fn plain_word(&mut self, vm: &Vm, (id, v): (Id, Value)) -> Result<Option<Id>, Abort> {
        match self.ty(id) {
            Ty::Int if v.is_int() => self.guard(vm, Inst::new(Op::Immediate, &[id])).map(Some),
            Ty::Float if v.is_flonum() => self.guard(vm, Inst::new(Op::Immediate, &[id])).map(Some),
            Ty::Bool => Ok(Some(self.boxed(vm, id))),
            Ty::Val if v.is_int() => {
                self.guard(vm, Inst::new(Op::GuardInt, &[id]))?;
                Ok(Some(id))
            }
            Ty::Val if v.is_flonum() => {
                self.guard(vm, Inst::new(Op::GuardFloat, &[id]))?;
                Ok(Some(id))
            }
            Ty::Val if v == krait_object::singletons::none().value() => {
                self.guard_is(vm, id, v)?;
                Ok(Some(id))
            }
            Ty::Val if v.is_heap() => {
                // SAFETY: a word in a register.
                let ty = unsafe { (*v.header_ptr()).ty() };
                self.guard_type(vm, id, ty)?;
                Ok(Some(id))
            }
            _ => Ok(None),
        }
    }

    /// A call of the entry on machine numbers, if the arguments are such.
    fn typed_call(
        &mut self,
        vm: &Vm,
        (f, v): (Id, Value),
        entry: TypedEntry,
        finite: bool,
        args: &[(Id, Value)],
    ) -> Result<Option<Id>, Abort> {
        let is_float = |r: &Self, (id, v): (Id, Value)| {
            r.ty(id) != Ty::Bool && (v.is_flonum() || v.as_int().is_some_and(|i| i.unsigned_abs() <= 1 << 53) || r.ty(id) == Ty::Float)
        };
        let (op, address, result) = match (entry, args) {
            (TypedEntry::F64ToF64(g), &[x]) if is_float(self, x) => {
                (Op::CallFloat, g as *const () as u64, self.number_of(vm, x.1).map(|x| g(x)))
            }
            (TypedEntry::F64F64ToF64(g), &[x, y]) if is_float(self, x) && is_float(self, y) => {
                let r = self.number_of(vm, x.1).zip(self.number_of(vm, y.1)).map(|(x, y)| g(x, y));
                (Op::CallFloat, g as *const () as u64, r)
            }
            (TypedEntry::F64ToBool(g), &[x]) if is_float(self, x) => (Op::CallTest, g as *const () as u64, Some(0.0)),
            (TypedEntry::I64ToI64(g), &[x]) if x.1.is_int() && self.ty(x.0) != Ty::Bool => {
                self.guard_is(vm, f, v)?;
                let Some(i) = self.as_int(vm, x.0, x.1)? else { return Ok(None) };
                return Ok(Some(self.emit(vm, Inst::new(Op::CallInt, &[i]).imm(g as *const () as u64))));
            }
            _ => return Ok(None),
        };
        // What is an exception now is the interpreter's business.
        if result.is_none_or(|r| finite && !r.is_finite()) {
            return Ok(None);
        }
        self.guard_is(vm, f, v)?;
        let mut ids = Vec::new();
        for &(id, v) in args {
            let Some(x) = self.as_number(vm, id, v)? else { return Ok(None) };
            ids.push(x);
        }
        let r = self.emit(vm, Inst::new(op, &ids).imm(address));
        if finite {
            self.guard(vm, Inst::new(Op::GuardFinite, &[r]))?;
        }
        Ok(Some(r))
    }
}
