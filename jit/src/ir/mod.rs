//! The trace IR: linear, typed, in SSA form.
//!
//! A tree of traces shares one arena of instructions. A trace is a run of instruction numbers: each
//! header of the tree has one that begins there, every other one (a *bridge*) begins where a guard of
//! its parent failed. A trace ends by going to a header, by returning from the root frame's
//! function, or by leaving.
//!
//! An instruction's value is named by its number. A trace may use the parameters of its header, the
//! values of its own earlier instructions, and those its ancestors computed before the guard it hangs
//! on.
//!
//! Guards and other instructions that may leave name a [`Snapshot`](snapshot::Snapshot): the
//! interpreter state that leaving restores, always that before the bytecode instruction.

#[cfg(test)]
mod eval;
pub mod ops;
pub mod print;
pub mod snapshot;
pub mod verify;

use krait_object::slots::CmpOp;

pub use ops::Op;

/// Number of an instruction, and name of its value.
pub type Id = u32;
/// No operand.
pub const NONE: Id = u32::MAX;

/// How a value is represented in compiled code.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Ty {
    /// No value.
    Void,
    /// A machine integer, beyond 63 bits too.
    Int,
    /// A double.
    Float,
    /// 0 or 1.
    Bool,
    /// A tagged word.
    Val,
}

/// An instruction.
#[derive(Copy, Clone, Debug)]
pub struct Inst {
    pub op: Op,
    pub ty: Ty,
    pub args: [Id; 3],
    /// Meaning by opcode: a constant, an offset, an address.
    pub imm: u64,
    /// A second one.
    pub imm2: u32,
    /// The snapshot of an instruction that may leave, else [`NONE`].
    pub snap: u32,
}

impl Inst {
    pub fn new(op: Op, args: &[Id]) -> Inst {
        let mut a = [NONE; 3];
        a[..args.len()].copy_from_slice(args);
        Inst { op, ty: op.ty(), args: a, imm: 0, imm2: 0, snap: NONE }
    }
    pub fn imm(mut self, imm: u64) -> Inst {
        self.imm = imm;
        self
    }
    pub fn imm2(mut self, imm2: u32) -> Inst {
        self.imm2 = imm2;
        self
    }
    pub fn ty(mut self, ty: Ty) -> Inst {
        self.ty = ty;
        self
    }
    pub fn snap(mut self, snap: u32) -> Inst {
        self.snap = snap;
        self
    }
    /// The operands.
    pub fn operands(&self) -> impl Iterator<Item = Id> + '_ {
        self.args.iter().copied().filter(|&a| a != NONE)
    }
}

/// A comparison as an immediate.
pub fn cmp_code(op: CmpOp) -> u32 {
    match op {
        CmpOp::Lt => 0,
        CmpOp::Le => 1,
        CmpOp::Eq => 2,
        CmpOp::Ne => 3,
        CmpOp::Gt => 4,
        CmpOp::Ge => 5,
    }
}

/// The comparison of an immediate.
pub fn cmp_of(code: u32) -> CmpOp {
    match code {
        0 => CmpOp::Lt,
        1 => CmpOp::Le,
        2 => CmpOp::Eq,
        3 => CmpOp::Ne,
        4 => CmpOp::Gt,
        _ => CmpOp::Ge,
    }
}
