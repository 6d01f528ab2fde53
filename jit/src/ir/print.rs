//! Traces as text, one instruction a line.

use std::fmt::Write;

use super::snapshot::Restore;
use super::{Inst, Op, Ty};
use crate::tree::Tree;

/// Type suffix of a value.
fn ty_name(ty: Ty) -> &'static str {
    match ty {
        Ty::Void => "",
        Ty::Int => ":int",
        Ty::Float => ":float",
        Ty::Bool => ":bool",
        Ty::Val => ":val",
    }
}

/// One instruction.
pub fn inst(id: u32, i: &Inst) -> String {
    let mut s = String::new();
    if i.ty != Ty::Void {
        let _ = write!(s, "v{id}{} = ", ty_name(i.ty));
    }
    s.push_str(i.op.name());
    for a in i.operands() {
        let _ = write!(s, " v{a}");
    }
    match i.op {
        Op::ConstFloat => {
            let _ = write!(s, " {:?}", f64::from_bits(i.imm));
        }
        Op::ConstInt => {
            let _ = write!(s, " {}", i.imm as i64);
        }
        _ if i.imm != 0 => {
            let _ = write!(s, " #{:x}", i.imm);
        }
        _ => {}
    }
    if i.imm2 != 0 {
        let _ = write!(s, " /{}", i.imm2);
    }
    if i.snap != super::NONE {
        let _ = write!(s, " @{}", i.snap);
    }
    s
}

/// A snapshot: the positions of its frames, then its registers (`+`: with a new reference).
fn snapshot(t: &Tree, n: u32) -> String {
    let snap = &t.snapshots[n as usize];
    let mut s = format!("@{n}:{}", if snap.synced { " synced" } else { "" });
    for f in snap.frames.iter() {
        // SAFETY: the tree keeps the code objects of its frames alive.
        let code = unsafe { &*f.code };
        let _ = write!(s, " {}+{}", code.name.to_string_lossy(), code.offset_of(f.pc));
    }
    for (reg, r) in snap.regs.iter() {
        let _ = match r {
            Restore::Unbound => write!(s, " r{reg}=0"),
            Restore::Value { id, incref } => write!(s, " r{reg}=v{id}{}", if *incref { "+" } else { "" }),
        };
    }
    s
}

/// A whole tree.
pub fn tree(t: &Tree) -> String {
    let mut s = String::new();
    let line = t.code.line_table().get(t.code.offset_of(t.header) as usize).copied().unwrap_or(0);
    let _ = writeln!(s, "tree {} {:?} {}:{line}", t.id, t.kind(), t.code.qualname.to_string_lossy());
    for (n, trace) in t.traces.iter().enumerate() {
        let _ = writeln!(
            s,
            "trace {n} of header {}{}",
            trace.header,
            trace.parent.map_or(String::new(), |(p, i)| format!(" from guard v{i} of trace {p}"))
        );
        for id in trace.first..trace.end {
            let _ = writeln!(s, "  {}", inst(id, &t.insts[id as usize]));
        }
        let mut shown = std::collections::BTreeSet::new();
        for id in trace.first..trace.end {
            let n = t.insts[id as usize].snap;
            if n != super::NONE && shown.insert(n) {
                let _ = writeln!(s, "  {}", snapshot(t, n));
            }
        }
        if let Some(e) = &trace.edge {
            let _ = writeln!(s, "  to header {}", e.to);
        }
    }
    s
}
