//! `-X jit-stats`: what was compiled, and where compiled code is left.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::ir::Op;
use crate::state::State;
use crate::tree::HeaderKind;
use crate::tree::Tree;

/// The instructions of a tree that have no rule, with their number.
fn steps(tree: &Tree) -> Option<String> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for i in tree.insts.iter().filter(|i| matches!(i.op, Op::Exec | Op::ExecJump | Op::Step)) {
        // SAFETY: the address of an instruction of code the tree keeps alive.
        let op = unsafe { krait_frontend::bytecode::Instr(*(i.imm as *const u64)).op() };
        *counts.entry(format!("{op:?}")).or_default() += 1;
    }
    let list: Vec<_> = counts.iter().map(|(op, n)| if *n == 1 { op.clone() } else { format!("{op} x{n}") }).collect();
    (!list.is_empty()).then(|| list.join(", "))
}

/// The statistics as text, if they were asked for.
pub fn report() -> Option<String> {
    State::with(|s| {
        if !s.options.stats {
            return None;
        }
        let mut t = String::new();
        let _ = writeln!(
            t,
            "jit: {} loops and functions, {} bridges, {} invalidated, {:.1} ms compiling, {} bytes of code",
            s.stats.traces,
            s.stats.bridges,
            s.stats.invalidated,
            s.stats.compile_ns as f64 / 1e6,
            s.code.used()
        );
        let mut aborts: Vec<_> = s.stats.aborts.iter().collect();
        aborts.sort_by_key(|(why, _)| format!("{why:?}"));
        for (why, n) in aborts {
            let _ = writeln!(t, "jit: abort {why:?}: {n}");
        }
        for f in &s.stats.failures {
            let _ = writeln!(t, "jit: not compiled: {f}");
        }
        for tree in s.trees.iter().flatten() {
            let line = tree.code.line_table().get(tree.code.offset_of(tree.header) as usize).copied().unwrap_or(0);
            let _ = writeln!(
                t,
                "jit: {} at {}:{line}: {} traces, {} instructions, entered {}{}",
                if tree.kind() == HeaderKind::Function { "function" } else { "loop" },
                tree.code.name.to_string_lossy(),
                tree.traces.len(),
                tree.insts.len(),
                tree.entered.get(),
                if tree.invalid.get() { ", invalid" } else { "" }
            );
            if let Some(steps) = steps(tree) {
                let _ = writeln!(t, "jit:   by handler: {steps}");
            }
            let Some(c) = &tree.compiled else { continue };
            let mut exits: Vec<_> = c.exits.iter().filter(|e| e.count.get() > 0).collect();
            exits.sort_by_key(|e| std::cmp::Reverse(e.count.get()));
            for e in exits.iter().take(12) {
                let op = tree.insts.get(e.at as usize).map_or("-", |i| i.op.name());
                let _ = writeln!(t, "jit:   exit {} {op} line {}: {}", e.kind.name(), tree.exit_line(e), e.count.get());
            }
        }
        Some(t)
    })
}
