//! Passes over a unit's instructions: jump threading, dead code, definite assignment, moves.

use rustc_hash::FxHashMap;

use super::ir::{Code, Ins, Label, NO_HANDLER, Reg, is_temp};
use crate::bytecode::{FLAG_KA, FLAG_KB, FLAG_KC, Kind, Op};

/// Longest chain of jumps followed.
const MAX_CHAIN: usize = 64;

/// Runs all passes. Registers below `params` are bound at entry.
pub fn optimise(code: &mut Code, params: u32) {
    thread_jumps(code);
    let live = reachable(code);
    retain(code, |i, _| live[i]);
    let keep = needed_checks(code, params);
    if let Some(keep) = keep {
        retain(code, |i, _| keep[i]);
    }
    forward_moves(code);
    remove_empty_jumps(code);
    merge_nops(code);
    inherit_positions(code);
}

/// A place of its own that is followed by an instruction without one gives it its place.
fn merge_nops(code: &mut Code) {
    let mut keep = vec![true; code.ins.len()];
    for (i, kept) in keep.iter_mut().enumerate().take(code.ins.len().saturating_sub(1)) {
        if code.ins[i].op == Op::NOP && code.ins[i + 1].span.is_none() && code.ins[i + 1].op != Op::NOP {
            code.ins[i + 1].span = code.ins[i].span;
            *kept = false;
        }
    }
    if keep.contains(&false) {
        retain(code, |i, _| keep[i]);
    }
}

/// An instruction without a position has that of the one before it, or of a jump to it.
fn inherit_positions(code: &mut Code) {
    let mut from: FxHashMap<usize, usize> = FxHashMap::default();
    for (i, ins) in code.ins.iter().enumerate() {
        if let Some(t) = target(code, ins.target) {
            from.entry(t).or_insert(i);
        }
    }
    for i in 1..code.ins.len() {
        if !code.ins[i].span.is_none() {
            continue;
        }
        let before = code.ins[i - 1];
        let span = if !before.op.is_terminator() {
            before.span
        } else {
            match from.get(&i) {
                Some(j) => code.ins[*j].span,
                None => continue,
            }
        };
        code.ins[i].span = span;
    }
}

fn target(code: &Code, l: Label) -> Option<usize> {
    let i = *code.labels.get(l.0 as usize)?;
    (i < code.ins.len()).then_some(i)
}

/// Jumps to jumps go to their final target; a jump to a jump back or to
/// `return constant` does that itself.
fn thread_jumps(code: &mut Code) {
    for i in 0..code.ins.len() {
        let mut l = code.ins[i].target;
        if l == Label::NONE {
            continue;
        }
        for _ in 0..MAX_CHAIN {
            match target(code, l) {
                Some(t) if code.ins[t].op == Op::JUMP && code.ins[t].target != l => {
                    l = code.ins[t].target;
                }
                _ => break,
            }
        }
        code.ins[i].target = l;
        if code.ins[i].op == Op::JUMP
            && let Some(t) = target(code, l)
        {
            let there = code.ins[t];
            let back = there.op == Op::JUMP_BACK;
            if back || (there.op == Op::RETURN_CONST && there.span.is_none()) {
                code.ins[i] = Ins { handler: code.ins[i].handler, span: code.ins[i].span, ..there };
            }
        }
    }
}

/// Whether an instruction can raise, and so reach its handler.
fn can_raise(op: Op) -> bool {
    !matches!(
        op,
        Op::NOP
            | Op::MOVE
            | Op::LOAD_CONST
            | Op::LOAD_INT
            | Op::LOAD_COMMON
            | Op::CLEAR
            | Op::JUMP
            | Op::RETURN_CONST
            | Op::PUSH_EXC
            | Op::POP_EXC
            | Op::JUMP_IF_NONE
            | Op::JUMP_IF_NOT_NONE
            | Op::JUMP_IF_IS
            | Op::JUMP_IF_IS_NOT
    )
}

fn reachable(code: &Code) -> Vec<bool> {
    let mut live = vec![false; code.ins.len()];
    let mut work = vec![0];
    while let Some(mut i) = work.pop() {
        while i < live.len() && !live[i] {
            live[i] = true;
            let ins = &code.ins[i];
            if ins.handler != NO_HANDLER
                && can_raise(ins.op)
                && let Some(h) = target(code, code.handlers[ins.handler as usize].label)
                && !live[h]
            {
                work.push(h);
            }
            if let Some(t) = target(code, ins.target)
                && !live[t]
            {
                work.push(t);
            }
            if ins.op.is_terminator() {
                break;
            }
            i += 1;
        }
    }
    live
}

/// Keeps the instructions `f` accepts; labels move to the next one kept.
fn retain(code: &mut Code, f: impl Fn(usize, &Ins) -> bool) {
    let mut moved = Vec::with_capacity(code.ins.len() + 1);
    let mut kept = Vec::with_capacity(code.ins.len());
    for (i, ins) in code.ins.iter().enumerate() {
        moved.push(kept.len());
        if f(i, ins) {
            kept.push(*ins);
        }
    }
    moved.push(kept.len());
    for l in &mut code.labels {
        if *l != usize::MAX {
            *l = moved[*l];
        }
    }
    code.ins = kept;
}

fn remove_empty_jumps(code: &mut Code) {
    loop {
        let empty: Vec<bool> = code
            .ins
            .iter()
            .enumerate()
            .map(|(i, ins)| (ins.op == Op::JUMP && code.labels[ins.target.0 as usize] == i + 1) || (ins.op == Op::MOVE && ins.a == ins.b))
            .collect();
        if !empty.contains(&true) {
            return;
        }
        retain(code, |i, _| !empty[i]);
    }
}

// --- Definite assignment --------------------------------------------------------------------------

type Bits = Vec<u64>;

struct Bound<'c> {
    code: &'c Code,
    tracked: FxHashMap<Reg, usize>,
    entry: FxHashMap<usize, Bits>,
    work: Vec<usize>,
    leaders: Vec<bool>,
}

/// Which instructions stay: checks of locals that are bound on every path go. `None` if there are no
/// checks at all.
fn needed_checks(code: &Code, params: u32) -> Option<Vec<bool>> {
    let mut tracked = FxHashMap::default();
    for ins in &code.ins {
        if ins.op == Op::CHECK_BOUND {
            let n = tracked.len();
            tracked.entry(ins.a).or_insert(n);
        }
    }
    if tracked.is_empty() {
        return None;
    }
    let mut leaders = vec![false; code.ins.len()];
    for ins in &code.ins {
        if let Some(t) = target(code, ins.target) {
            leaders[t] = true;
        }
    }
    for h in &code.handlers {
        if let Some(t) = target(code, h.label) {
            leaders[t] = true;
        }
    }
    let mut start = vec![0u64; tracked.len().div_ceil(64)];
    for (r, n) in &tracked {
        if *r < params {
            start[n / 64] |= 1 << (n % 64);
        }
    }
    let mut b = Bound { code, tracked, entry: FxHashMap::default(), work: Vec::new(), leaders };
    b.flow_to(0, &start);
    while let Some(i) = b.work.pop() {
        b.run_block(i, None);
    }
    let mut keep = vec![true; code.ins.len()];
    let starts: Vec<usize> = b.entry.keys().copied().collect();
    for i in starts {
        b.run_block(i, Some(&mut keep));
    }
    Some(keep)
}

impl Bound<'_> {
    /// Merges a state into a block's entry.
    fn flow_to(&mut self, i: usize, bits: &Bits) {
        match self.entry.get_mut(&i) {
            None => {
                self.entry.insert(i, bits.clone());
                self.work.push(i);
            }
            Some(old) => {
                let mut changed = false;
                for (o, n) in old.iter_mut().zip(bits) {
                    changed |= *o & !n != 0;
                    *o &= n;
                }
                if changed {
                    self.work.push(i);
                }
            }
        }
    }

    fn set(&self, bits: &mut Bits, r: u32, on: bool) {
        if let Some(n) = self.tracked.get(&r) {
            if on {
                bits[n / 64] |= 1 << (n % 64);
            } else {
                bits[n / 64] &= !(1 << (n % 64));
            }
        }
    }

    /// Runs a block. With `keep`, notes the checks that always pass instead of propagating.
    fn run_block(&mut self, start: usize, mut keep: Option<&mut Vec<bool>>) {
        let Some(mut bits) = self.entry.get(&start).cloned() else {
            return;
        };
        let mut i = start;
        let code = self.code;
        let mut sent: Option<(u32, Bits)> = None;
        while let Some(ins) = code.ins.get(i) {
            if i != start && self.leaders[i] {
                if keep.is_none() {
                    self.flow_to(i, &bits);
                }
                return;
            }
            if keep.is_none()
                && ins.handler != NO_HANDLER
                && can_raise(ins.op)
                && sent.as_ref().is_none_or(|s| s.0 != ins.handler || s.1 != bits)
            {
                if let Some(h) = target(code, code.handlers[ins.handler as usize].label) {
                    self.flow_to(h, &bits);
                }
                sent = Some((ins.handler, bits.clone()));
            }
            if let Some(keep) = keep.as_deref_mut()
                && ins.op == Op::CHECK_BOUND
                && let Some(n) = self.tracked.get(&ins.a)
                && bits[n / 64] & 1 << (n % 64) != 0
            {
                keep[i] = false;
            }
            if keep.is_none()
                && let Some(t) = target(code, ins.target)
            {
                self.flow_to(t, &bits);
            }
            self.transfer(ins, &mut bits);
            if ins.op.is_terminator() {
                return;
            }
            i += 1;
        }
    }

    fn transfer(&self, ins: &Ins, bits: &mut Bits) {
        let info = ins.op.info();
        match ins.op {
            Op::CHECK_BOUND => self.set(bits, ins.a, true),
            Op::CLEAR | Op::DELETE_LOCAL => self.set(bits, ins.a, false),
            _ => {
                for (kind, flag, r) in [(info.a, FLAG_KA, ins.a), (info.b, FLAG_KB, ins.b), (info.c, FLAG_KC, ins.c)] {
                    if kind == Kind::Read && ins.flags & flag != 0 {
                        self.set(bits, r, false);
                    }
                }
                for (kind, r) in [(info.a, ins.a), (info.b, ins.b), (info.c, ins.c)] {
                    if kind == Kind::Write {
                        self.set(bits, r, true);
                    }
                }
            }
        }
    }
}

// --- Moves ----------------------------------------------------------------------------------------

/// `t = ...; x = t` with `t` consumed becomes `x = ...`.
fn forward_moves(code: &mut Code) {
    let mut labelled = vec![false; code.ins.len() + 1];
    for l in &code.labels {
        if *l != usize::MAX {
            labelled[*l] = true;
        }
    }
    for (i, &is_target) in labelled.iter().enumerate().take(code.ins.len()).skip(1) {
        let ins = code.ins[i];
        if ins.op != Op::MOVE || ins.flags & FLAG_KB == 0 || !is_temp(ins.b) || is_temp(ins.a) || is_target {
            continue;
        }
        let before = &mut code.ins[i - 1];
        if before.handler != ins.handler {
            continue;
        }
        let info = before.op.info();
        let multiple = matches!(
            before.op,
            Op::LOAD_METHOD | Op::LOAD_SUPER_METHOD | Op::WITH_ENTER | Op::ASYNC_WITH_ENTER | Op::EG_MATCH | Op::FOR_ITER | Op::MOVE
        );
        if multiple {
            continue;
        }
        if info.a == Kind::Write && before.a == ins.b {
            before.a = ins.a;
        } else if info.c == Kind::Write && before.c == ins.b {
            before.c = ins.a;
        } else {
            continue;
        }
        // Now a move onto itself, to be removed.
        code.ins[i].b = ins.a;
    }
}
