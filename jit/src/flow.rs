//! What each header of a tree takes, worked out from the edges that lead to it.
//!
//! A register is *stale* at a header if on some edge its word in memory is not what it holds: then it
//! has to be a parameter, so that exits can restore it (or it is unbound on every such edge). A
//! register that traces of the header read is a parameter already. Either may ask for parameters of
//! the header an edge comes from, so this is a fixed point. Parameters are only ever added: compiled
//! code of the tree is made anew afterwards.

use krait_object::Value;

use crate::ir::{Id, Inst, Op, Ty};
use crate::record::{Content, Mem, Slot};
use crate::tree::{Edge, Param, Tree};

/// What an edge passes for a register.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Passed {
    Value(Id),
    /// The register is unbound.
    Unbound,
    /// The word in memory.
    Memory,
}

/// The state of a register on an edge.
struct Flow {
    passed: Option<Passed>,
    stale: bool,
}

/// A register an edge says nothing of is out of its frames' reach.
fn slot(e: &Edge, reg: u32) -> Slot {
    e.slots.get(reg as usize).copied().unwrap_or(Slot::UNBOUND)
}

fn flow(tree: &Tree, trace: usize, e: &Edge, reg: u32) -> Flow {
    let s = slot(e, reg);
    let from = &tree.headers[tree.traces[trace].header];
    // What was not written since the header is in memory if it was there.
    let stale = matches!(s.mem, Mem::Dirty { .. }) || (!e.synced && from.stale.contains(&reg));
    match s.content {
        Content::Value(id) => Flow { passed: Some(Passed::Value(id)), stale },
        Content::Unbound => Flow { passed: Some(Passed::Unbound), stale },
        Content::Unknown => Flow { passed: Some(Passed::Memory), stale: false },
        Content::Untouched if e.synced => Flow { passed: Some(Passed::Memory), stale: false },
        Content::Untouched => {
            let passed = match from.param(reg) {
                Some(p) => Some(Passed::Value(p.id)),
                None if stale => Some(Passed::Unbound),
                None => None,
            };
            Flow { passed, stale }
        }
    }
}

/// What the edge of `trace` passes for a register that is a parameter of its target. Valid once the
/// tree is [`complete`].
pub fn passed(tree: &Tree, trace: usize, e: &Edge, reg: u32) -> Passed {
    flow(tree, trace, e, reg).passed.unwrap_or(Passed::Memory)
}

/// Adds the parameters that are missing.
pub fn complete(tree: &mut Tree) {
    loop {
        let mut changed = false;
        for t in 0..tree.traces.len() {
            let Some(e) = &tree.traces[t].edge else { continue };
            let (to, n) = (e.to, e.slots.len() as u32);
            for reg in 0..n {
                let Some(e) = &tree.traces[t].edge else { continue };
                let f = flow(tree, t, e, reg);
                let has = tree.headers[to].param(reg);
                if f.stale && tree.headers[to].stale.insert(reg) {
                    changed = true;
                }
                match has {
                    None if tree.headers[to].stale.contains(&reg) && may_be_bound(tree, to, reg, f.passed) => {
                        let ty = type_of_edges(tree, to, reg);
                        add(tree, to, reg, ty);
                        changed = true;
                    }
                    // The source has to take it to pass it on.
                    Some(p) if f.passed.is_none() => {
                        let from = tree.traces[t].header;
                        add(tree, from, reg, p.ty);
                        changed = true;
                    }
                    _ => {}
                }
            }
        }
        if !changed {
            break;
        }
    }
    for h in 0..tree.headers.len() {
        let body = &tree.traces[tree.headers[h].body];
        tree.headers[h].facts = facts(tree, h, body.first, body.end);
    }
}

/// Can the register hold something at the header, given what one edge passes?
fn may_be_bound(tree: &Tree, to: usize, reg: u32, passed: Option<Passed>) -> bool {
    match passed {
        Some(Passed::Value(_)) => true,
        // What temporaries hold where they are dead does not matter.
        _ if tree.is_temporary(to, reg) => false,
        // The interpreter enters with whatever it holds.
        Some(Passed::Unbound) => to == 0,
        _ => true,
    }
}

fn add(tree: &mut Tree, header: usize, reg: u32, ty: Ty) {
    let id = tree.insts.len() as Id;
    tree.insts.push(Inst::new(Op::Param, &[]).imm(u64::from(reg)).ty(ty));
    tree.headers[header].params.push(Param { reg, ty, id });
}

/// The type all edges to a header can pass a register as.
fn type_of_edges(tree: &Tree, to: usize, reg: u32) -> Ty {
    // The interpreter may enter with anything.
    let mut ty = None;
    for (t, trace) in tree.traces.iter().enumerate() {
        let Some(e) = trace.edge.as_ref().filter(|e| e.to == to) else { continue };
        let this = match flow(tree, t, e, reg).passed {
            Some(Passed::Value(id)) => match tree.insts[id as usize].ty {
                number @ (Ty::Int | Ty::Float) => number,
                _ => Ty::Val,
            },
            Some(_) => Ty::Val,
            None => continue,
        };
        if *ty.get_or_insert(this) != this {
            return Ty::Val;
        }
    }
    ty.unwrap_or(Ty::Val)
}

/// Types that the header's own trace, instructions `first..end`, asks of its parameters, so that
/// the edges to it can see to them once.
pub fn facts(tree: &Tree, header: usize, first: Id, end: Id) -> Vec<(Id, u64)> {
    let h = &tree.headers[header];
    let asked = |i: &&Inst| i.op == Op::GuardType && i.imm2 == 0;
    let of_param = |id: Id| h.params.iter().any(|p| p.id == id) && !h.refuted.contains(&id);
    (first..end).map(|id| &tree.insts[id as usize]).filter(asked).filter(|i| of_param(i.args[0])).map(|i| (i.args[0], i.imm)).collect()
}

/// Is it known where `trace` ends that the value has the exact type?
pub fn has_type(tree: &Tree, trace: usize, id: Id, ty: u64) -> bool {
    let mut at = trace;
    let mut end = tree.traces[at].end;
    loop {
        let t = &tree.traces[at];
        if (t.first..end).any(|i| {
            let i = &tree.insts[i as usize];
            i.op == Op::GuardType && i.imm2 == 0 && i.args[0] == id && i.imm == ty
        }) {
            return true;
        }
        match t.parent {
            Some((p, guard)) => (at, end) = (p, guard),
            None => break,
        }
    }
    let i = &tree.insts[id as usize];
    match i.op {
        Op::Param => tree.headers[tree.traces[at].header].facts.contains(&(id, ty)),
        // SAFETY: the tree keeps constants alive.
        Op::ConstVal => Value(i.imm).is_heap() && unsafe { (*Value(i.imm).header_ptr()).ty() as *const _ as u64 == ty },
        _ => false,
    }
}
