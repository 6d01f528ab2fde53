//! Built-in functions and types on numbers.

use krait_frontend::bytecode::Instr;
use krait_object::native::MethodDef;
use krait_object::slots::CmpOp;
use krait_object::ty::PyType;
use krait_object::vm::Vm;
use krait_object::{Ref, Value};

use super::{Abort, Recorder};
use crate::ir::{Id, Inst, Op, Ty, cmp_code};

impl Recorder {
    /// A function of `builtins` or `math` on numbers, if it has a rule.
    pub(super) fn number_function(
        &mut self,
        vm: &Vm,
        w: Instr,
        (f, v): (Id, Value),
        def: &'static MethodDef,
        module: &str,
    ) -> Result<bool, Abort> {
        let args: Vec<(Id, Value)> = (0..w.b()).map(|i| self.read(vm, w.a() + 2 + i)).collect();
        let found = match (module, def.name, &args[..]) {
            ("builtins", "min", [_, _, ..]) => self.extremum(vm, (f, v), &args, CmpOp::Lt)?,
            ("builtins", "max", [_, _, ..]) => self.extremum(vm, (f, v), &args, CmpOp::Gt)?,
            ("builtins", "abs", &[x]) if self.is_int(x.0, x.1) => self.abs_int(vm, (f, v), x)?,
            ("builtins", "round", &[x]) => self.rounded(vm, (f, v), x, 3)?,
            ("math", "floor", &[x]) => self.rounded(vm, (f, v), x, 1)?,
            ("math", "ceil", &[x]) => self.rounded(vm, (f, v), x, 2)?,
            ("math", "trunc", &[x]) => self.rounded(vm, (f, v), x, 0)?,
            _ => None,
        };
        match found {
            Some(r) => self.native_result(vm, w, r, false),
            None => Ok(false),
        }
    }

    /// `int(x)`, `float(x)`, `bool(x)` of a number.
    pub(super) fn number_class(&mut self, vm: &Vm, w: Instr, (f, v): (Id, Value)) -> Result<bool, Abort> {
        if w.b() != 1 {
            return Ok(false);
        }
        // SAFETY: the caller checked that it is a class.
        let cls = unsafe { &*(v.header_ptr() as *const PyType) };
        let (id, x) = self.read(vm, w.a() + 2);
        let found = if std::ptr::eq(cls, vm.types.int) {
            self.rounded(vm, (f, v), (id, x), 0)?
        } else if std::ptr::eq(cls, vm.types.float) && (self.is_int(id, x) || self.is_float(id, x)) {
            self.guard_is(vm, f, v)?;
            self.as_number(vm, id, x)?
        } else if std::ptr::eq(cls, vm.types.bool) {
            self.guard_is(vm, f, v)?;
            self.truth(vm, id, x)?.map(|t| t.0)
        } else {
            None
        };
        match found {
            Some(r) => self.native_result(vm, w, r, false),
            None => Ok(false),
        }
    }

    /// The least or greatest of numbers of one type; `op` says when a later one is taken.
    fn extremum(&mut self, vm: &Vm, (f, v): (Id, Value), args: &[(Id, Value)], op: CmpOp) -> Result<Option<Id>, Abort> {
        let ints = args.iter().all(|&(id, x)| self.is_int(id, x));
        let floats = args.iter().all(|&(id, x)| self.is_float(id, x));
        if !ints && !floats {
            return Ok(None);
        }
        self.guard_is(vm, f, v)?;
        let mut best = None;
        for &(id, x) in args {
            let next = if ints { self.as_int(vm, id, x)? } else { self.as_float(vm, id, x)? };
            let Some(next) = next else { return Ok(None) };
            best = Some(match best {
                None => next,
                Some(b) => {
                    let (cmp, ty) = if ints { (Op::IntCmp, Ty::Int) } else { (Op::FCmp, Ty::Float) };
                    let c = self.emit(vm, Inst::new(cmp, &[next, b]).imm2(cmp_code(op)));
                    self.emit(vm, Inst::new(Op::Select, &[c, next, b]).ty(ty))
                }
            });
        }
        Ok(best)
    }

    fn abs_int(&mut self, vm: &Vm, (f, v): (Id, Value), (id, x): (Id, Value)) -> Result<Option<Id>, Abort> {
        self.guard_is(vm, f, v)?;
        let Some(i) = self.as_int(vm, id, x)? else { return Ok(None) };
        let zero = self.int_const(0);
        let minus = self.guard(vm, Inst::new(Op::SubOvf, &[zero, i]))?;
        let c = self.emit(vm, Inst::new(Op::IntCmp, &[i, zero]).imm2(cmp_code(CmpOp::Lt)));
        Ok(Some(self.emit(vm, Inst::new(Op::Select, &[c, minus, i]).ty(Ty::Int))))
    }

    /// A float made an integer (see [`Op::ToInt`]), or an int as it is.
    fn rounded(&mut self, vm: &Vm, (f, v): (Id, Value), (id, x): (Id, Value), how: u32) -> Result<Option<Id>, Abort> {
        if self.is_int(id, x) {
            self.guard_is(vm, f, v)?;
            return self.as_int(vm, id, x);
        }
        // SAFETY: the word is in a register.
        let fits = unsafe { Ref::from_value_opt(x) }.is_some() && self.number_of(vm, x).is_some_and(|x| x.abs() < (1u64 << 61) as f64);
        if !self.is_float(id, x) || !fits {
            return Ok(None);
        }
        self.guard_is(vm, f, v)?;
        let Some(d) = self.as_float(vm, id, x)? else { return Ok(None) };
        self.guard(vm, Inst::new(Op::ToInt, &[d]).imm2(how)).map(Some)
    }
}
