//! What the temporaries of a code unit hold at each of its instructions, found by data flow.
//!
//! `frame.f_lineno = n` asks which of them a place needs; tests check that consume flags are right:
//! that temporaries are bound when read and not overwritten while they hold a value.

use std::collections::HashMap;

use crate::bytecode::{FLAG_DISCARD, FLAG_KA, FLAG_KA_FALL, FLAG_KB, FLAG_KC, Instr, Kind, Op};
use crate::code::{CodeUnit, Const};

/// The temporary may hold a value.
pub const HELD: u8 = 1;
/// It may be unbound.
pub const UNBOUND: u8 = 2;
/// It may hold the iterator of a loop.
pub const ITERATOR: u8 = 4;
/// It may hold the exception of a handler.
pub const EXCEPTION: u8 = 8;
/// It may hold what was being handled before that.
pub const HANDLED_BEFORE: u8 = 16;

/// What each temporary may hold: a set of the bits above.
pub type State = Vec<u8>;

/// The state before every instruction that can be reached, by offset.
pub fn states(code: &CodeUnit) -> HashMap<usize, State> {
    let mut f = Flow { code, entry: HashMap::new(), work: Vec::new(), found: Vec::new() };
    let temps = (code.nregs - code.nlocals) as usize;
    f.merge(0, &vec![UNBOUND; temps]);
    while let Some(at) = f.work.pop() {
        f.step(at, false);
    }
    f.entry
}

struct Flow<'c> {
    code: &'c CodeUnit,
    entry: HashMap<usize, State>,
    work: Vec<usize>,
    found: Vec<String>,
}

/// Misused temporaries of a unit and the ones nested in it.
pub fn problems(code: &CodeUnit) -> Vec<String> {
    let mut f = Flow { code, entry: states(code), work: Vec::new(), found: Vec::new() };
    let mut starts: Vec<usize> = f.entry.keys().copied().collect();
    starts.sort_unstable();
    for at in starts {
        f.step(at, true);
    }
    let mut found = f.found;
    for c in &code.consts {
        if let Const::Code(c) = c {
            found.extend(problems(c));
        }
    }
    found
}

impl Flow<'_> {
    fn merge(&mut self, at: usize, s: &State) {
        match self.entry.get_mut(&at) {
            None => {
                self.entry.insert(at, s.clone());
                self.work.push(at);
            }
            Some(old) => {
                let mut changed = false;
                for (o, n) in old.iter_mut().zip(s) {
                    changed |= *o | n != *o;
                    *o |= n;
                }
                if changed {
                    self.work.push(at);
                }
            }
        }
    }

    fn index(&self, r: u32) -> Option<usize> {
        r.checked_sub(self.code.nlocals).map(|i| i as usize)
    }

    fn note(&mut self, report: bool, at: usize, what: &str, r: u32) {
        if report {
            self.found.push(format!("{} at {at} ({:?}): {what} r{r}", self.code.qualname, Instr(self.code.instrs[at]).op()));
        }
    }

    fn read(&mut self, s: &State, at: usize, r: u32, report: bool) {
        if let Some(i) = self.index(r)
            && s[i] & UNBOUND != 0
        {
            self.note(report, at, "reads unbound", r);
        }
    }

    fn write(&mut self, s: &mut State, at: usize, r: u32, report: bool) {
        if let Some(i) = self.index(r) {
            if s[i] & HELD != 0 {
                self.note(report, at, "overwrites", r);
            }
            s[i] = HELD;
        }
    }

    fn mark(&self, s: &mut State, r: u32, kind: u8) {
        if let Some(i) = self.index(r) {
            s[i] |= kind;
        }
    }

    fn drop(&self, s: &mut State, r: u32) {
        if let Some(i) = self.index(r) {
            s[i] = UNBOUND;
        }
    }

    fn take(&mut self, s: &mut State, at: usize, r: u32, report: bool) {
        self.read(s, at, r, report);
        self.drop(s, r);
    }

    fn step(&mut self, at: usize, report: bool) {
        let ins = Instr(self.code.instrs[at]);
        let op = ins.op();
        let info = op.info();
        let mut s = self.entry[&at].clone();
        let before = s.clone();
        let (a, b, c) = (u32::from(ins.a()), u32::from(ins.b()), u32::from(ins.c()));
        for (kind, r) in [(info.a, a), (info.b, b), (info.c, c)] {
            if kind == Kind::Read && !(op == Op::RAISE && (c == 0 || (c == 1 && r == b && r != a))) {
                self.read(&s, at, r, report);
            }
        }
        for (flag, r) in [(FLAG_KA, a), (FLAG_KB, b), (FLAG_KC, c)] {
            if ins.has(flag) {
                self.drop(&mut s, r);
            }
        }
        let window: Vec<u32> = match op {
            Op::CALL | Op::CALL_KW => {
                let mut w: Vec<u32> = vec![a];
                w.extend(a + 2..a + 2 + b);
                self.drop(&mut s, a + 1);
                w
            }
            Op::CALL_EX => (0..3 + b).filter(|i| *i != 1).map(|i| a + i).collect(),
            Op::BUILD_TUPLE | Op::BUILD_LIST | Op::BUILD_SET | Op::BUILD_STRING | Op::BUILD_SLICE => (b..b + c).collect(),
            Op::BUILD_MAP => (b..b + 2 * c).collect(),
            Op::BUILD_INTERPOLATION => (b..b + 2 + (c >> 2)).collect(),
            Op::GETSLICE | Op::SETSLICE | Op::MATCH_CLASS => vec![c, c + 1],
            Op::IMPORT_NAME | Op::INTRINSIC_2 => vec![b, b + 1],
            Op::LOAD_SUPER_ATTR | Op::LOAD_SUPER_METHOD => vec![b, b + 1, b + 2],
            Op::YIELD_FROM => vec![b, c],
            _ => Vec::new(),
        };
        for r in window {
            self.take(&mut s, at, r, report);
        }
        let updated = info.a == Kind::Update && !matches!(op, Op::CLEAR | Op::DELETE_LOCAL | Op::POP_EXC | Op::MAKE_CELL);
        if updated {
            self.read(&s, at, a, report);
        }
        if op == Op::GET_ANEXT {
            self.read(&s, at, b, report);
        }
        // The other side of a jump sees the state so far.
        let mut jumped = s.clone();
        match op {
            Op::CLEAR | Op::DELETE_LOCAL => self.drop(&mut s, a),
            Op::POP_EXC => {
                self.drop(&mut s, a);
                self.drop(&mut s, a + 1);
            }
            Op::PUSH_EXC => {
                self.write(&mut s, at, a + 1, report);
                self.mark(&mut s, a, EXCEPTION);
                self.mark(&mut s, a + 1, HANDLED_BEFORE);
            }
            Op::FOR_ITER => {
                self.drop(&mut jumped, a);
                self.write(&mut s, at, b, report);
            }
            Op::JUMP_IF_TRUE | Op::JUMP_IF_FALSE if ins.has(FLAG_KA_FALL) => self.drop(&mut s, a),
            Op::LOAD_METHOD | Op::LOAD_SUPER_METHOD => {
                self.write(&mut s, at, a, report);
                if let Some(i) = self.index(a + 1) {
                    s[i] = HELD | UNBOUND;
                }
            }
            Op::WITH_ENTER | Op::ASYNC_WITH_ENTER | Op::EG_MATCH => {
                self.write(&mut s, at, a, report);
                self.write(&mut s, at, a + 1, report);
            }
            Op::UNPACK_SEQ => (a..a + c).for_each(|r| self.write(&mut s, at, r, report)),
            Op::UNPACK_EX => (a..a + 1 + (c & 255) + (c >> 8)).for_each(|r| self.write(&mut s, at, r, report)),
            Op::YIELD if ins.has(FLAG_DISCARD) => {}
            _ => {
                for (kind, r) in [(info.a, a), (info.b, b), (info.c, c)] {
                    if kind == Kind::Write {
                        self.write(&mut s, at, r, report);
                        if matches!(op, Op::GET_ITER | Op::GET_AITER) {
                            self.mark(&mut s, r, ITERATOR);
                        }
                    }
                }
            }
        }
        if report {
            return;
        }
        let next = at + info.words();
        if let Some(e) = self.code.handler(at as u32).copied() {
            for state in [&before, &s] {
                let mut h = state.clone();
                let d = self.index(u32::from(e.depth)).unwrap_or(0);
                h[d..].fill(UNBOUND);
                h[d] = HELD;
                if e.lasti {
                    h[d + 1] = HELD;
                }
                self.merge(e.handler as usize, &h);
            }
        }
        if info.b == Kind::Jump32 {
            self.merge((next as i64 + i64::from(ins.imm32())) as usize, &jumped);
        } else if info.c == Kind::Jump {
            self.merge((next as i64 + i64::from(ins.c_imm())) as usize, &jumped);
        }
        if !op.is_terminator() {
            self.merge(next, &s);
        }
    }
}
