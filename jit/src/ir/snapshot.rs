//! Snapshots: how to rebuild the interpreter's state when a trace is left.
//!
//! Registers are numbered from register 0 of the frame the trace was entered in (the root frame):
//! frames of inlined calls lie above it at fixed distances. A register the snapshot does not name
//! is in memory already.
//!
//! Ownership: a register named with `incref` gets a new reference, one without takes over the
//! reference the trace owns.

use std::rc::Rc;

use krait_object::code::PyCode;

use super::Id;

/// What a register gets.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Restore {
    Unbound,
    Value { id: Id, incref: bool },
}

/// A frame of the state: the root frame first, then those of inlined calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameState {
    pub code: *const PyCode,
    /// Register 0, counted from the root's.
    pub base: u32,
    /// The instruction to go on with (of frames that called: the one after the call).
    pub pc: *const u64,
    pub ret: u16,
    pub window: u16,
    /// [`krait_runtime::interp::frames::FrameKind`].
    pub kind: u8,
    /// The instance under construction, a reference of its own.
    pub instance: Option<(Id, bool)>,
    /// The frame is on the frame stack already.
    pub pushed: bool,
}

/// The state before a bytecode instruction.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub frames: Rc<Vec<FrameState>>,
    pub regs: Rc<Vec<(u32, Restore)>>,
    /// Since the loop header, everything has been written to memory once: registers not named here
    /// hold what they should even if they are loop parameters.
    pub synced: bool,
    /// The instruction that came next when it was taken.
    pub at: Id,
}
