//! The verifier: what the interpreter may rely on without checking.
//!
//! A verified unit has, in every instruction: registers (windows included) below `nregs`, constants,
//! sites, names and free variables in range, jumps to the start of an instruction, no falling off the
//! end. Cell instructions name cell locals, nothing else overwrites these, and every `Cell` local gets
//! its cell before `RESUME` (a `HiddenCell` may be unbound). Exception table entries are sorted,
//! disjoint, and cover and lead to whole instructions. What registers hold is *not* verified:
//! instructions check the types of what they work on.

use crate::bytecode::{CommonConst, Ext, FuncAttr, Instr, Intrinsic1, Intrinsic2, Kind, Op};
use crate::code::{CodeUnit, Const, LocalKind};

/// Verifies a unit and the ones nested in it.
pub fn verify(code: &CodeUnit) -> Result<(), String> {
    one(code).map_err(|e| format!("{}: {e}", code.qualname))?;
    code.consts.iter().try_for_each(nested)
}

fn nested(c: &Const) -> Result<(), String> {
    match c {
        Const::Code(c) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || verify(c)),
        Const::Tuple(items) => items.iter().try_for_each(nested),
        _ => Ok(()),
    }
}

struct Checker<'c> {
    code: &'c CodeUnit,
    starts: Vec<bool>,
}

/// Verifies one unit, not the ones nested in it.
pub fn one(code: &CodeUnit) -> Result<(), String> {
    header(code)?;
    let starts = instruction_starts(code)?;
    let checker = Checker { code, starts };
    let mut at = 0;
    let mut last = Op::NOP;
    while at < code.instrs.len() {
        let ins = Instr(code.instrs[at]);
        checker.instruction(at, ins).map_err(|e| format!("at {at} ({:?}): {e}", ins.op()))?;
        last = ins.op();
        at += last.words();
    }
    if !last.is_terminator() {
        return Err("control falls off the end".into());
    }
    checker.cells()?;
    checker.exceptions()
}

fn header(code: &CodeUnit) -> Result<(), String> {
    let locals = code.locals.len() as u64;
    if code.nregs > u32::from(u16::MAX) {
        return Err("too many registers".into());
    }
    if u64::from(code.nlocals) != locals || code.nlocals > code.nregs {
        return Err("wrong number of locals".into());
    }
    let params = u64::from(code.argcount) + u64::from(code.kwonlyargcount) + 2;
    if params > u64::from(u32::MAX) || u64::from(code.param_count()) > locals {
        return Err("more parameters than locals".into());
    }
    if code.posonlyargcount > code.argcount {
        return Err("more positional-only parameters than parameters".into());
    }
    if code.locals.iter().take(code.param_count() as usize).any(|l| l.kind.is_hidden()) {
        return Err("hidden parameter".into());
    }
    if code.freevars.len() > usize::from(u16::MAX) {
        return Err("too many free variables".into());
    }
    if code.sites.iter().any(|s| s.name as usize >= code.names.len()) {
        return Err("site name out of range".into());
    }
    let words: usize = code.positions.runs(code.first_line).map(|r| r.0).sum();
    if words != code.instrs.len() {
        return Err("position table does not fit the instructions".into());
    }
    Ok(())
}

fn instruction_starts(code: &CodeUnit) -> Result<Vec<bool>, String> {
    if code.instrs.is_empty() || code.instrs.len() > i32::MAX as usize {
        return Err("no instructions, or too many".into());
    }
    let mut starts = vec![false; code.instrs.len()];
    let mut at = 0;
    while at < code.instrs.len() {
        starts[at] = true;
        let Some(op) = Op::from_u8(Instr(code.instrs[at]).opcode()) else {
            return Err(format!("unknown opcode at {at}"));
        };
        at += op.words();
    }
    if at != code.instrs.len() {
        return Err("extension word missing".into());
    }
    Ok(starts)
}

impl Checker<'_> {
    fn reg(&self, r: u32) -> Result<(), String> {
        if r < self.code.nregs { Ok(()) } else { Err(format!("register {r} out of range")) }
    }

    /// `n` registers from `base`.
    fn window(&self, base: u16, n: u32) -> Result<(), String> {
        let end = u32::from(base).checked_add(n);
        if end.is_some_and(|e| e <= self.code.nregs) { Ok(()) } else { Err(format!("window of {n} at register {base} out of range")) }
    }

    fn constant(&self, k: u64) -> Result<&Const, String> {
        usize::try_from(k).ok().and_then(|k| self.code.consts.get(k)).ok_or_else(|| "constant out of range".to_owned())
    }

    fn target(&self, at: i64) -> Result<(), String> {
        let ok = usize::try_from(at).ok().and_then(|t| self.starts.get(t).copied()).unwrap_or(false);
        if ok { Ok(()) } else { Err(format!("jump to {at}")) }
    }

    fn free(&self, n: u16) -> Result<(), String> {
        if usize::from(n) < self.code.freevars.len() { Ok(()) } else { Err("free variable out of range".into()) }
    }

    fn is_cell(&self, r: u16) -> bool {
        self.code.locals.get(usize::from(r)).is_some_and(|l| l.kind.is_cell())
    }

    fn instruction(&self, at: usize, ins: Instr) -> Result<(), String> {
        let op = ins.op();
        let info = op.info();
        let next = at as i64 + info.words() as i64;
        // The operands a `RAISE` has depend on its count.
        let unused = match op {
            Op::RAISE => 2 - usize::from(ins.c()).min(2),
            _ => 0,
        };
        for (i, (kind, v)) in [(info.a, ins.a()), (info.b, ins.b()), (info.c, ins.c())].into_iter().enumerate() {
            if i < 2 && i + unused >= 2 {
                continue;
            }
            match kind {
                Kind::Write if self.is_cell(v) => return Err("a cell is overwritten".into()),
                Kind::Write | Kind::Read | Kind::Update => self.reg(u32::from(v))?,
                Kind::Window => {}
                Kind::Const32 => {
                    self.constant(u64::from(ins.index32()))?;
                }
                Kind::Jump => self.target(next + i64::from(v as i16))?,
                Kind::Jump32 => self.target(next + i64::from(ins.imm32()))?,
                Kind::None | Kind::Num | Kind::Imm | Kind::Imm32 => {}
            }
        }
        let ext = self.code.instrs.get(at + 1).copied().unwrap_or(0);
        match info.ext {
            Ext::None | Ext::Num => {}
            Ext::Site if ext >= self.code.sites.len() as u64 => {
                return Err("site out of range".into());
            }
            Ext::Site => {}
            Ext::Const => {
                self.constant(ext)?;
            }
        }
        self.flags(op, ins)?;
        self.windows(op, ins, ext)?;
        self.numbers(op, ins)
    }

    /// A consumed register must not be a cell, and only operands that are read are consumed.
    fn flags(&self, op: Op, ins: Instr) -> Result<(), String> {
        let info = op.info();
        for (i, (kind, v)) in [(info.a, ins.a()), (info.b, ins.b()), (info.c, ins.c())].into_iter().enumerate() {
            if ins.has(1 << i) {
                if kind != Kind::Read {
                    return Err("consume flag on an operand that is not read".into());
                }
                if self.is_cell(v) {
                    return Err("a cell is consumed".into());
                }
            }
        }
        Ok(())
    }

    fn windows(&self, op: Op, ins: Instr, ext: u64) -> Result<(), String> {
        let (a, b, c) = (ins.a(), ins.b(), ins.c());
        let n = u32::from(c);
        match op {
            Op::CALL => self.window(a, 2 + u32::from(b)),
            Op::CALL_KW => {
                self.window(a, 2 + u32::from(b))?;
                match self.constant(ext)? {
                    Const::Tuple(names) if names.len() <= usize::from(b) && names.iter().all(|n| matches!(n, Const::Str(_))) => Ok(()),
                    _ => Err("bad keyword names".into()),
                }
            }
            Op::CALL_EX => self.window(a, 4 - u32::from(b == 0)),
            Op::LOAD_METHOD | Op::WITH_ENTER | Op::ASYNC_WITH_ENTER | Op::EG_MATCH => self.pair(a),
            Op::LOAD_SUPER_ATTR => self.window(b, 3),
            Op::LOAD_SUPER_METHOD => {
                self.window(b, 3)?;
                self.pair(a)
            }
            Op::GETSLICE | Op::SETSLICE | Op::MATCH_CLASS => self.window(c, 2),
            Op::IMPORT_NAME | Op::INTRINSIC_2 => self.window(b, 2),
            Op::BUILD_SLICE => match n {
                2 | 3 => self.window(b, n),
                _ => Err("bad slice".into()),
            },
            Op::UNPACK_SEQ => self.targets(a, n),
            Op::UNPACK_EX => self.targets(a, (n & 0xFF) + (n >> 8) + 1),
            Op::BUILD_TUPLE | Op::BUILD_LIST | Op::BUILD_SET | Op::BUILD_STRING => self.window(b, n),
            Op::BUILD_MAP => self.window(b, 2 * n),
            Op::BUILD_INTERPOLATION => self.window(b, 2 + (n >> 2 & 1)),
            Op::PUSH_EXC | Op::POP_EXC => self.pair(a),
            Op::RERAISE => self.window(a, 1 + u32::from(b != 0)),
            Op::DICT_MERGE => self.reg(n),
            _ => Ok(()),
        }
    }

    /// Two registers written.
    fn pair(&self, a: u16) -> Result<(), String> {
        self.targets(a, 2)
    }

    fn targets(&self, a: u16, n: u32) -> Result<(), String> {
        self.window(a, n)?;
        let end = (u32::from(a) + n).min(self.code.nlocals);
        if (u32::from(a)..end).any(|r| self.is_cell(r as u16)) {
            return Err("a cell is overwritten".into());
        }
        Ok(())
    }

    fn numbers(&self, op: Op, ins: Instr) -> Result<(), String> {
        let (a, b, c) = (ins.a(), ins.b(), ins.c());
        let ok = match op {
            Op::LOAD_FREE | Op::LOAD_CLOSURE => return self.free(b),
            Op::STORE_FREE | Op::DELETE_FREE => return self.free(a),
            Op::LOAD_DICT_OR_FREE => return self.free(c),
            Op::LOAD_CELL => self.is_cell(b),
            Op::STORE_CELL | Op::DELETE_CELL | Op::MAKE_CELL => self.is_cell(a),
            Op::LOAD_DICT_OR_CELL => self.is_cell(c),
            Op::LOAD_COMMON => CommonConst::from_u16(b).is_some(),
            Op::SET_FUNC_ATTR => FuncAttr::from_u16(c).is_some(),
            Op::INTRINSIC_1 => Intrinsic1::from_u16(c).is_some(),
            Op::INTRINSIC_2 => Intrinsic2::from_u16(c).is_some(),
            Op::RAISE => c <= 2,
            Op::CONVERT => (1..=3).contains(&c),
            Op::BUILD_INTERPOLATION => c < 8,
            Op::GET_AWAITABLE => c <= 2,
            Op::MAKE_FUNCTION => {
                matches!(self.constant(u64::from(ins.index32()))?, Const::Code(_) | Const::Lazy(_))
            }
            Op::CLEAR | Op::DELETE_LOCAL => !self.is_cell(a) || self.code.locals[usize::from(a)].kind == LocalKind::HiddenCell,
            Op::JUMP_BACK => ins.imm32() < 0,
            Op::LOAD_BODY => false,
            _ => true,
        };
        if ok { Ok(()) } else { Err("operand out of range".into()) }
    }

    /// Every cell local is made one before `RESUME`, and never again.
    fn cells(&self) -> Result<(), String> {
        let mut made = vec![false; self.code.locals.len()];
        let mut entry = true;
        let mut at = 0;
        while at < self.code.instrs.len() {
            let ins = Instr(self.code.instrs[at]);
            let op = ins.op();
            if op == Op::MAKE_CELL {
                let r = usize::from(ins.a());
                let hidden = self.code.locals[r].kind == LocalKind::HiddenCell;
                if !hidden && (!entry || std::mem::replace(&mut made[r], true)) {
                    return Err("a cell is made twice".into());
                }
            } else {
                entry = false;
            }
            at += op.words();
        }
        for (l, made) in self.code.locals.iter().zip(made) {
            if l.kind == LocalKind::Cell && !made {
                return Err(format!("no cell is made for {}", l.name));
            }
        }
        // The entry sequence runs once: nothing jumps back into it.
        let prologue = self.code.instrs.iter().take_while(|w| Instr(**w).op() == Op::MAKE_CELL).count() as i64;
        let mut at = 0usize;
        while at < self.code.instrs.len() {
            let ins = Instr(self.code.instrs[at]);
            let info = ins.op().info();
            let next = (at + info.words()) as i64;
            let to = if info.b == Kind::Jump32 {
                next + i64::from(ins.imm32())
            } else if info.c == Kind::Jump {
                next + i64::from(ins.c_imm())
            } else {
                prologue
            };
            if to < prologue {
                return Err("jump into the entry sequence".into());
            }
            at += info.words();
        }
        if self.code.exceptions.iter().any(|e| i64::from(e.handler) < prologue) {
            return Err("handler in the entry sequence".into());
        }
        Ok(())
    }

    fn exceptions(&self) -> Result<(), String> {
        let len = self.code.instrs.len();
        let mut last = 0;
        for e in &self.code.exceptions {
            let boundary = |w: u32| {
                let w = w as usize;
                w == len || self.starts.get(w).copied().unwrap_or(false)
            };
            let handler = self.starts.get(e.handler as usize).copied().unwrap_or(false);
            if e.start < last || e.start >= e.end || !boundary(e.start) || !boundary(e.end) {
                return Err("bad exception table range".into());
            }
            if !handler || u32::from(e.depth) < self.code.nlocals {
                return Err("bad exception handler".into());
            }
            self.window(e.depth, 1 + u32::from(e.lasti))?;
            last = e.end;
        }
        Ok(())
    }
}
