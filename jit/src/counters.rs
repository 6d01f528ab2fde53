//! What the compiler did, as data: for `krait.jit_stats()`, for `-X jit-stats`, and for tests that
//! assert what compiled loops do not do.

use std::collections::HashMap;

use krait_frontend::bytecode::Instr;
use krait_object::code::PyCode;

use crate::ir::Op;
use crate::record::Abort;
use crate::tree::{Exit, Tree};

/// A loop in the source.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    pub file: String,
    pub function: String,
    /// The line of its header.
    pub line: u32,
}

/// Where and why a recording was given up.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Refusal {
    pub place: Place,
    pub why: Abort,
    /// The instruction that could not be recorded and its line, if known.
    pub at: Option<(String, u32)>,
}

/// The place of an instruction in `code`; none for the stub that code not made yet begins with.
fn offset(code: &PyCode, pc: *const u64) -> Option<usize> {
    let at = (pc as usize).checked_sub(code.entry() as usize)? / 8;
    (at < code.line_table().len()).then_some(at)
}

/// The source line of an instruction; 0 if it has none.
pub fn line_of(code: &PyCode, pc: *const u64) -> u32 {
    offset(code, pc).map_or(0, |at| code.line_table()[at])
}

/// Where a loop of `code` is.
pub fn place(code: &PyCode, header: *const u64) -> Place {
    Place { file: code.filename().to_string_lossy(), function: code.qualname.to_string_lossy(), line: line_of(code, header) }
}

/// The instruction at `pc`, if it is one of `code`.
pub fn instruction(code: &PyCode, pc: *const u64) -> Option<(String, u32)> {
    offset(code, pc)?;
    // SAFETY: just found to be inside the code.
    let op = unsafe { Instr(*pc) }.op();
    Some((format!("{op:?}"), line_of(code, pc)))
}

/// What the traces of a tree do, counted in their instructions.
#[derive(Default, Clone, Debug)]
pub struct Work {
    /// Conditions that may leave.
    pub guards: u64,
    /// Instructions the interpreter executes.
    pub steps: u64,
    /// Calls of runtime functions.
    pub calls: u64,
    /// Objects made.
    pub allocations: u64,
    /// Numbers made words; those without a word of their own become objects.
    pub boxes: u64,
    /// Reference counts changed.
    pub counts: u64,
    pub loads: u64,
    pub stores: u64,
}

impl Work {
    /// The work of one trace.
    pub fn of_trace(tree: &Tree, n: usize) -> Work {
        let mut w = Work::default();
        let Some(t) = tree.traces.get(n) else { return w };
        for i in &tree.insts[t.first as usize..t.end as usize] {
            w.add(i.op, i.imm);
        }
        w
    }

    fn add(&mut self, op: Op, imm: u64) {
        use crate::helpers::Helper;
        use crate::ir::ops::Effect;
        match op {
            Op::Step | Op::Exec | Op::ExecJump => self.steps += 1,
            Op::BoxInt | Op::BoxFloat => self.boxes += 1,
            Op::Make | Op::Call | Op::CallBool => {
                self.calls += 1;
                self.allocations += u64::from(Helper::of(imm).allocates());
            }
            Op::Incref | Op::Decref | Op::Release => self.counts += 1,
            _ => match op.effect() {
                Effect::Guard | Effect::Check => self.guards += 1,
                Effect::Load => self.loads += 1,
                Effect::Store => self.stores += 1,
                _ => {}
            },
        }
    }

    /// Names and counts.
    pub fn list(&self) -> [(&'static str, u64); 8] {
        [
            ("guards", self.guards),
            ("steps", self.steps),
            ("calls", self.calls),
            ("allocations", self.allocations),
            ("boxes", self.boxes),
            ("counts", self.counts),
            ("loads", self.loads),
            ("stores", self.stores),
        ]
    }
}

/// A compiled loop, as it is now.
pub struct LoopReport {
    pub place: Place,
    pub traces: usize,
    pub instructions: usize,
    pub entered: u64,
    pub code_bytes: usize,
    pub invalid: bool,
    /// The root trace's work.
    pub work: Work,
    /// Kind, operation, line, times.
    pub exits: Vec<(&'static str, &'static str, u32, u32)>,
}

/// A tree's report.
pub fn report(tree: &Tree) -> LoopReport {
    let exits: &[Exit] = tree.compiled.as_ref().map_or(&[], |c| &c.exits);
    let mut merged: HashMap<(&'static str, &'static str, u32), u32> = HashMap::new();
    for e in exits.iter().filter(|e| e.count.get() > 0) {
        let op = tree.insts.get(e.at as usize).map_or("-", |i| i.op.name());
        *merged.entry((e.kind.name(), op, tree.exit_line(e))).or_default() += e.count.get();
    }
    let mut exits: Vec<_> = merged.into_iter().map(|((kind, op, line), n)| (kind, op, line, n)).collect();
    exits.sort_by_key(|&(kind, op, line, n)| (std::cmp::Reverse(n), line, kind, op));
    LoopReport {
        place: place(&tree.code, tree.header),
        traces: tree.traces.len(),
        instructions: tree.insts.len(),
        entered: tree.entered.get(),
        code_bytes: tree.compiled.as_ref().map_or(0, |c| c.size),
        invalid: tree.invalid.get(),
        work: Work::of_trace(tree, 0),
        exits,
    }
}
