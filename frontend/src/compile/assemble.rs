//! Final form: register numbers, jump offsets, cache sites, position and exception tables.

use std::sync::Arc;

use super::flow;
use super::ir::{Code, Ins, Label, NO_HANDLER, TEMP};
use super::unit::Unit;
use crate::bytecode::{Ext, Instr, Kind, Op};
use crate::code::{CodeUnit, ExceptionEntry, LocalKind, LocalVar, SiteInfo};
use crate::parse::source::Source;
use crate::positions::{Position, PositionTable};

/// Most registers of a frame.
const MAX_REGS: u32 = u16::MAX as u32;

/// Assembles a unit; the error is a message.
pub fn assemble(mut u: Unit<'_>, source: &Source, filename: &Arc<str>, future: u32) -> Result<CodeUnit, String> {
    let params = u.params;
    let flags = u.flags | future;
    let (name, qualname) = (u.name.clone(), std::mem::take(&mut u.qualname));
    let (argcount, posonly, kwonly) = (u.argcount, u.posonly, u.kwonly);
    let first_line = u.first_line;
    let locals = std::mem::take(&mut u.locals);
    let freevars = u.freevars.iter().map(|n| (&**n).into()).collect();
    let mut done = u.finish();
    flow::optimise(&mut done.code, params);

    let (locals, map) = order_locals(locals, params as usize);
    let nlocals = locals.len() as u32;
    let nregs = nlocals + done.temps;
    if nregs > MAX_REGS {
        return Err("too many local variables".into());
    }
    for ins in &mut done.code.ins {
        renumber(ins, &map, nlocals);
    }
    let layout = Layout::new(&done.code);
    let mut out = Writer { code: &done.code, layout, instrs: Vec::new(), positions: Vec::new(), sites: Vec::new(), source, last: None };
    for i in 0..done.code.ins.len() {
        out.write(i);
    }
    let (instrs, sites) = (out.instrs, out.sites);
    let positions = PositionTable::encode(first_line, &out.positions);
    let exceptions = exception_table(&done.code, &out.layout, &map, nlocals);
    Ok(CodeUnit {
        name: (&*name).into(),
        qualname: qualname.into(),
        filename: filename.clone(),
        flags,
        argcount,
        posonlyargcount: posonly,
        kwonlyargcount: kwonly,
        nregs,
        nlocals,
        locals,
        freevars,
        names: done.names.iter().map(|n| (&**n).into()).collect(),
        consts: done.consts,
        instrs,
        sites,
        positions,
        exceptions,
        first_line,
    })
}

/// Parameters, other locals, other cells, variables of comprehensions; and where each one went.
fn order_locals(locals: Vec<LocalVar>, params: usize) -> (Vec<LocalVar>, Vec<u32>) {
    let class = |i: usize, l: &LocalVar| match l.kind {
        _ if i < params => 0,
        LocalKind::Local => 1,
        LocalKind::Cell => 2,
        LocalKind::Hidden | LocalKind::HiddenCell => 3,
    };
    let mut order: Vec<usize> = (0..locals.len()).collect();
    order.sort_by_key(|i| class(*i, &locals[*i]));
    let mut map = vec![0; locals.len()];
    for (new, old) in order.iter().enumerate() {
        map[*old] = new as u32;
    }
    let sorted = order.iter().map(|i| locals[*i].clone()).collect();
    (sorted, map)
}

fn register(r: u32, map: &[u32], nlocals: u32) -> u32 {
    if r >= TEMP { r - TEMP + nlocals } else { map.get(r as usize).copied().unwrap_or(0) }
}

fn is_register(k: Kind) -> bool {
    matches!(k, Kind::Write | Kind::Read | Kind::Update | Kind::Window)
}

/// Replaces virtual registers by real ones. Operands that mean nothing (a `RAISE` without cause, an
/// empty window) become zero or an existing register.
fn renumber(ins: &mut Ins, map: &[u32], nlocals: u32) {
    let info = ins.op.info();
    if is_register(info.a) {
        ins.a = register(ins.a, map, nlocals);
    }
    if is_register(info.b) {
        ins.b = register(ins.b, map, nlocals);
    }
    if is_register(info.c) {
        ins.c = register(ins.c, map, nlocals);
    }
    if ins.op == Op::RAISE {
        if ins.c < 2 {
            ins.b = 0;
        }
        if ins.c < 1 {
            ins.a = 0;
        }
    }
    // DICT_MERGE names the callable's register in a numeric operand.
    if ins.op == Op::DICT_MERGE {
        ins.c = register(ins.c, map, nlocals);
    }
}

/// Word offsets of instructions, and which short jumps had to be made long.
struct Layout {
    offsets: Vec<u32>,
    long: Vec<bool>,
}

impl Layout {
    fn new(code: &Code) -> Layout {
        let mut long = vec![false; code.ins.len()];
        loop {
            let mut offsets = Vec::with_capacity(code.ins.len() + 1);
            let mut at = 0;
            for (ins, long) in code.ins.iter().zip(&long) {
                offsets.push(at);
                at += words(ins, *long);
            }
            offsets.push(at);
            let layout = Layout { offsets, long };
            let mut changed = Vec::new();
            for (i, ins) in code.ins.iter().enumerate() {
                if ins.op.info().c == Kind::Jump && !layout.long[i] && i16::try_from(layout.distance(code, i, ins.target)).is_err() {
                    changed.push(i);
                }
            }
            if changed.is_empty() {
                return layout;
            }
            long = layout.long;
            for i in changed {
                long[i] = true;
            }
        }
    }

    fn at(&self, code: &Code, l: Label) -> u32 {
        let i = code.labels.get(l.0 as usize).copied().unwrap_or(0);
        self.offsets[i.min(code.ins.len())]
    }

    /// Offset of a jump's target from the word after instruction `i`.
    fn distance(&self, code: &Code, i: usize, l: Label) -> i64 {
        i64::from(self.at(code, l)) - i64::from(self.offsets[i + 1])
    }
}

fn words(ins: &Ins, long: bool) -> u32 {
    let base = ins.op.words() as u32;
    match (long, inverted(ins.op)) {
        (false, _) => base,
        (true, Some(_)) => base + 1,
        (true, None) => base + 2,
    }
}

struct Writer<'c> {
    code: &'c Code,
    layout: Layout,
    instrs: Vec<u64>,
    positions: Vec<Option<Position>>,
    sites: Vec<SiteInfo>,
    source: &'c Source,
    last: Option<(crate::parse::source::Span, Option<Position>)>,
}

impl Writer<'_> {
    fn word(&mut self, w: u64, p: Option<Position>) {
        self.instrs.push(w);
        self.positions.push(p);
    }

    fn write(&mut self, i: usize) {
        let ins = self.code.ins[i];
        let info = ins.op.info();
        let pos = match self.last {
            Some((s, p)) if s == ins.span => p,
            _ => self.source.position(ins.span),
        };
        self.last = Some((ins.span, pos));
        if self.layout.long[i] {
            return self.write_long(i, pos);
        }
        let word = match (info.b, info.c) {
            (Kind::Const32 | Kind::Imm32, _) => Instr::imm(ins.op, ins.flags, ins.a as u16, ins.b as i32),
            (Kind::Jump32, _) => {
                let d = self.layout.distance(self.code, i, ins.target);
                Instr::imm(ins.op, ins.flags, ins.a as u16, d as i32)
            }
            (_, Kind::Jump) => {
                let d = self.layout.distance(self.code, i, ins.target);
                Instr::abc(ins.op, ins.flags, ins.a as u16, ins.b as u16, d as i16 as u16)
            }
            _ => Instr::abc(ins.op, ins.flags, ins.a as u16, ins.b as u16, ins.c as u16),
        };
        self.word(word.0, pos);
        match info.ext {
            Ext::None => {}
            Ext::Site => {
                self.sites.push(SiteInfo { name: ins.ext });
                self.word(self.sites.len() as u64 - 1, pos);
            }
            Ext::Const | Ext::Num => self.word(u64::from(ins.ext), pos),
        }
    }

    /// A short jump over a long distance: around a long one.
    fn write_long(&mut self, i: usize, pos: Option<Position>) {
        let ins = self.code.ins[i];
        let d = self.layout.distance(self.code, i, ins.target) as i32;
        let (a, b) = (ins.a as u16, ins.b as u16);
        match inverted(ins.op) {
            Some(op) => self.word(Instr::abc(op, ins.flags, a, b, 1).0, pos),
            None => {
                self.word(Instr::abc(ins.op, ins.flags, a, b, 1).0, pos);
                self.word(Instr::imm(Op::JUMP, 0, 0, 1).0, pos);
            }
        }
        self.word(Instr::imm(Op::JUMP, 0, 0, d).0, pos);
    }
}

/// The jump on the opposite condition.
fn inverted(op: Op) -> Option<Op> {
    const PAIRS: &[(Op, Op)] = &[
        (Op::JUMP_IF_LT, Op::JUMP_UNLESS_LT),
        (Op::JUMP_IF_LE, Op::JUMP_UNLESS_LE),
        (Op::JUMP_IF_EQ, Op::JUMP_UNLESS_EQ),
        (Op::JUMP_IF_NE, Op::JUMP_UNLESS_NE),
        (Op::JUMP_IF_GT, Op::JUMP_UNLESS_GT),
        (Op::JUMP_IF_GE, Op::JUMP_UNLESS_GE),
        (Op::JUMP_IF_LT_IMM, Op::JUMP_UNLESS_LT_IMM),
        (Op::JUMP_IF_LE_IMM, Op::JUMP_UNLESS_LE_IMM),
        (Op::JUMP_IF_EQ_IMM, Op::JUMP_UNLESS_EQ_IMM),
        (Op::JUMP_IF_NE_IMM, Op::JUMP_UNLESS_NE_IMM),
        (Op::JUMP_IF_GT_IMM, Op::JUMP_UNLESS_GT_IMM),
        (Op::JUMP_IF_GE_IMM, Op::JUMP_UNLESS_GE_IMM),
        (Op::JUMP_IF_IS, Op::JUMP_IF_IS_NOT),
        (Op::JUMP_IF_IN, Op::JUMP_IF_NOT_IN),
    ];
    PAIRS.iter().find_map(|(x, y)| {
        if op == *x {
            Some(*y)
        } else if op == *y {
            Some(*x)
        } else {
            None
        }
    })
}

fn exception_table(code: &Code, layout: &Layout, map: &[u32], nlocals: u32) -> Vec<ExceptionEntry> {
    let mut table: Vec<ExceptionEntry> = Vec::new();
    let mut last = NO_HANDLER;
    for (i, ins) in code.ins.iter().enumerate() {
        let (start, end) = (layout.offsets[i], layout.offsets[i + 1]);
        if ins.handler == last {
            if last != NO_HANDLER
                && let Some(e) = table.last_mut()
            {
                e.end = end;
            }
            continue;
        }
        last = NO_HANDLER;
        if ins.handler == NO_HANDLER {
            continue;
        }
        let h = code.handlers[ins.handler as usize];
        let Some(&at) = code.labels.get(h.label.0 as usize) else {
            continue;
        };
        if at >= code.ins.len() {
            continue;
        }
        last = ins.handler;
        table.push(ExceptionEntry {
            start,
            end,
            handler: layout.offsets[at],
            depth: register(h.depth, map, nlocals) as u16,
            lasti: h.lasti,
        });
    }
    table
}
