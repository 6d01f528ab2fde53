//! Traces as text, one instruction a line.

use std::fmt::Write;

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

/// A whole tree.
pub fn tree(t: &Tree) -> String {
    let mut s = String::new();
    for (n, trace) in t.traces.iter().enumerate() {
        let _ = writeln!(s, "trace {n}{}", trace.parent.map_or(String::new(), |(p, i)| format!(" from guard v{i} of trace {p}")));
        for id in trace.first..trace.end {
            let _ = writeln!(s, "  {}", inst(id, &t.insts[id as usize]));
        }
        if !trace.back.is_empty() {
            let _ = writeln!(s, "  back {:?}", trace.back);
        }
    }
    s
}
