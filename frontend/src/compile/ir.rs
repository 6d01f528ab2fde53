//! What the compiler emits: instructions with virtual registers, labels and handlers.

use crate::bytecode::Op;
use crate::parse::source::Span;

/// A virtual register: below [`TEMP`] a local's number, from there on a temporary.
pub type Reg = u32;

/// The first temporary.
pub const TEMP: Reg = 1 << 24;

/// Whether a register is a temporary.
pub const fn is_temp(r: Reg) -> bool {
    r >= TEMP
}

/// A place in the code, bound at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(pub u32);

impl Label {
    /// No label.
    pub const NONE: Label = Label(u32::MAX);
}

/// Index of an exception handler of the unit.
pub type HandlerId = u32;

/// No handler.
pub const NO_HANDLER: HandlerId = u32::MAX;

/// An exception handler.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// Where it starts.
    pub label: Label,
    /// The register that receives the exception.
    pub depth: Reg,
    /// Whether the register after it receives the failing position.
    pub lasti: bool,
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub struct Ins {
    /// Opcode.
    pub op: Op,
    /// Flags.
    pub flags: u8,
    /// Operand `a`: a virtual register or a number, as the table says.
    pub a: u32,
    /// Operand `b`; also a 32-bit operand.
    pub b: u32,
    /// Operand `c`.
    pub c: u32,
    /// Extension: name index for `site`, constant index for `k`.
    pub ext: u32,
    /// Jump target.
    pub target: Label,
    /// Source range.
    pub span: Span,
    /// The handler in force.
    pub handler: HandlerId,
}

/// Instructions of a unit in final order, with labels resolved to indices in it.
#[derive(Debug, Default)]
pub struct Code {
    /// The instructions.
    pub ins: Vec<Ins>,
    /// Position of every label; `usize::MAX` if it was never bound.
    pub labels: Vec<usize>,
    /// The handlers.
    pub handlers: Vec<Handler>,
}
