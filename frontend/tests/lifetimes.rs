//! Checks by data flow that temporaries are bound when read and not overwritten while they hold a
//! value: the two ways in which consume flags can be wrong.

use std::collections::HashMap;

use krait_frontend::bytecode::{FLAG_DISCARD, FLAG_KA, FLAG_KA_FALL, FLAG_KB, FLAG_KC, FLAG_METHOD, Instr, Kind, Op};
use krait_frontend::{CodeUnit, CompileOptions, Const, Mode, compile};

/// Per temporary: bit 0, it may hold a value; bit 1, it may be unbound.
type State = Vec<u8>;
const HELD: u8 = 1;
const UNBOUND: u8 = 2;

struct Flow<'c> {
    code: &'c CodeUnit,
    entry: HashMap<usize, State>,
    work: Vec<usize>,
    found: Vec<String>,
}

/// Problems of a unit and the ones nested in it.
fn check(code: &CodeUnit) -> Vec<String> {
    let mut f = Flow { code, entry: HashMap::new(), work: Vec::new(), found: Vec::new() };
    let temps = (code.nregs - code.nlocals) as usize;
    f.merge(0, &vec![UNBOUND; temps]);
    while let Some(at) = f.work.pop() {
        f.step(at, false);
    }
    let mut starts: Vec<usize> = f.entry.keys().copied().collect();
    starts.sort_unstable();
    for at in starts {
        f.step(at, true);
    }
    let mut found = f.found;
    for c in &code.consts {
        if let Const::Code(c) = c {
            found.extend(check(c));
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
                let _ = FLAG_METHOD;
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
            Op::PUSH_EXC => self.write(&mut s, at, a + 1, report),
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

fn problems(path: &std::path::Path) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    match compile(&text, &path.to_string_lossy(), Mode::Exec, &CompileOptions::default()) {
        Ok(c) => check(&c.code).into_iter().map(|p| format!("{}: {p}", path.display())).collect(),
        Err(_) => Vec::new(),
    }
}

fn python_files(dir: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            python_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
}

/// The golden programs; with `KRAIT_PY_DIR` set, every program in that folder too.
#[test]
fn temporaries_are_used_well() {
    let mut files = Vec::new();
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    python_files(&golden, &mut files);
    if let Some(dir) = std::env::var_os("KRAIT_PY_DIR") {
        python_files(std::path::Path::new(&dir), &mut files);
    }
    let found: Vec<String> = files.iter().flat_map(|f| problems(f)).collect();
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found[..found.len().min(60)].join("\n"));
}
