//! Per-thread execution state: the register stack and the stack of frames.
//!
//! Registers of running frames live in one large reserved region, so their addresses never
//! change; a generator's registers live in its own block. A [`Frame`] is the control part of an
//! activation. Frames of plain calls are stacked in `ExecState::frames`' region; the interpreter
//! crate manages them (see `krait-runtime`, `interp/frames.rs`).

use std::cell::Cell;

use crate::code::PyCode;
use crate::value::Value;

/// One activation of a code object.
#[repr(C)]
pub struct Frame {
    pub code: *const PyCode,
    /// The instruction being executed, or to resume at.
    pub pc: Cell<*const u64>,
    /// Register 0.
    pub base: *mut Value,
    /// The function being run (borrowed from the caller's window, the generator, or the entry
    /// frame); unbound for module and class bodies run from a bare code object.
    pub func: Value,
    /// Globals dict (borrowed from `func` or owned by the entry that runs bare code).
    pub globals: Value,
    /// Builtins dict, likewise.
    pub builtins: Value,
    /// Locals mapping of module and class bodies (owned); unbound for functions.
    pub locals: Cell<Value>,
    /// The materialised frame object (owned), if any.
    pub frame_obj: Cell<Value>,
    /// The generator that owns this frame (borrowed), if any.
    pub generator: Value,
    /// The calling frame.
    pub back: *const Frame,
    /// Register of the caller that receives the result.
    pub ret: u16,
    /// How the caller's window is laid out and what happens on return (`krait-runtime`).
    pub kind: u8,
    pub flags: Cell<u8>,
    /// The caller's window register of the call.
    pub window: u16,
    pub _pad: u16,
}

/// A thread's stacks.
pub struct ExecState {
    /// The running frame; null outside Python code.
    pub top: Cell<*const Frame>,
    /// First free register.
    pub sp: Cell<*mut Value>,
    /// End of the register region.
    pub limit: Cell<*mut Value>,
    /// Start of the register region.
    pub start: Cell<*mut Value>,
    /// Frames active, against the recursion limit.
    pub depth: Cell<u32>,
    /// `sys.settrace` / `sys.setprofile` / `sys.monitoring` are in use on this thread.
    pub tracing: Cell<u32>,
}

impl Default for ExecState {
    fn default() -> Self {
        ExecState {
            top: Cell::new(std::ptr::null()),
            sp: Cell::new(std::ptr::null_mut()),
            limit: Cell::new(std::ptr::null_mut()),
            start: Cell::new(std::ptr::null_mut()),
            depth: Cell::new(0),
            tracing: Cell::new(0),
        }
    }
}
