//! What tests of the compiler share: trees made by hand.

use std::collections::BTreeSet;
use std::rc::Rc;

use krait_object::code::PyCode;
use krait_object::header::Header as ObjectHeader;
use krait_object::{Obj, Py};

use crate::ir::snapshot::{FrameState, Snapshot};
use crate::ir::{Id, Inst, Op};
use crate::record::Slot;
use crate::tree::{Edge, Header, HeaderKind, Param, Trace, Tree};

/// The operations on two integers.
pub const INT_BINARY: [Op; 13] = [
    Op::Add,
    Op::AddOvf,
    Op::SubOvf,
    Op::MulOvf,
    Op::FloorDiv,
    Op::Mod,
    Op::TrueDiv,
    Op::And,
    Op::Or,
    Op::Xor,
    Op::Shl,
    Op::Shr,
    Op::GuardIndex,
];

/// A tree of one trace, with one empty snapshot that all guards may name. Its code object is
/// memory nobody looks at.
pub fn tree(insts: &[Inst]) -> Tree {
    let size = size_of::<PyCode>().div_ceil(8);
    let memory: &'static mut [u64] = vec![0u64; size].leak();
    let p = memory.as_mut_ptr();
    // SAFETY: the memory is never freed; a header of an immortal object is all that dropping the
    // owner looks at.
    let code = unsafe {
        p.cast::<ObjectHeader>().write(ObjectHeader::immortal());
        Py::<PyCode>::from_ptr(p.cast::<PyCode>())
    };
    let mut t = Tree::new(0, code, std::ptr::null());
    t.insts = insts.to_vec();
    let params = insts
        .iter()
        .enumerate()
        .filter(|(_, i)| i.op == Op::Param)
        .map(|(id, i)| Param { reg: i.imm as u32, ty: i.ty, id: id as Id })
        .collect();
    let code: *const PyCode = &*t.code;
    t.headers = vec![Header {
        kind: HeaderKind::Loop,
        frames: Rc::new(vec![FrameState { code, ..root_frame() }]),
        params,
        body: 0,
        stale: BTreeSet::new(),
        facts: Vec::new(),
        refuted: BTreeSet::new(),
    }];
    t.snapshots = vec![Snapshot { frames: Rc::new(vec![root_frame()]), regs: Rc::new(Vec::new()), synced: false, at: 0 }];
    t.traces = vec![Trace { parent: None, header: 0, first: 0, end: insts.len() as Id, edge: None }];
    t
}

/// An edge back to the only header, with new values for registers; register 30 is unbound.
pub fn edge(values: &[(u32, Id)]) -> Edge {
    let mut slots = vec![Slot::UNTOUCHED; 31];
    slots[30] = Slot::UNBOUND;
    for &(reg, id) in values {
        slots[reg as usize] = Slot::dirty(id, true);
    }
    Edge { to: 0, slots, synced: false }
}

/// The root frame of a snapshot.
pub fn root_frame() -> FrameState {
    FrameState { code: std::ptr::null(), base: 0, pc: std::ptr::null(), ret: 0, window: 0, kind: 0, instance: None, pushed: true }
}

/// `True` or `False` as a word.
pub fn bool_word(b: bool) -> u64 {
    Obj::bool(b).into_value().0
}
