//! Per-thread execution state: the register stack and the stack of frames.
//!
//! Registers of plain calls live in one large reserved region, so their addresses never change;
//! so do the [`Frame`]s, the control part of each activation. A generator owns its frame and its
//! registers. The interpreter crate manages both (`krait-runtime`, `interp/frames.rs`).

use std::cell::Cell;

use crate::code::PyCode;
use crate::dict::PyDict;
use crate::function::PyFunction;
use crate::generator::PyGenerator;
use crate::obj::Obj;
use crate::value::Value;

/// One activation of a code object.
#[repr(C)]
pub struct Frame {
    /// The instruction after the one being executed, or the one to resume at.
    pub pc: Cell<*const u64>,
    /// Register 0.
    pub base: Cell<*mut Value>,
    pub code: Cell<*const PyCode>,
    /// The function being run: borrowed from the caller's window, the generator, or the native
    /// caller.
    pub func: Cell<*const PyFunction>,
    /// Borrowed from the function.
    pub globals: Cell<*const PyDict>,
    /// Owned: the locals mapping of module and class bodies, or the instance under construction
    /// of an `__init__` call.
    pub locals: Cell<Value>,
    /// Owned: the frame object, once somebody asked for it.
    pub frame_obj: Cell<Value>,
    /// The generator that owns this frame, or null.
    pub generator: Cell<*const PyGenerator>,
    /// The calling frame.
    pub back: Cell<*const Frame>,
    /// `ExecState::sp` to restore when the frame ends.
    pub saved_sp: Cell<*mut Value>,
    /// Register of the caller that receives the result.
    pub ret: Cell<u16>,
    /// The caller's register that holds the callable.
    pub window: Cell<u16>,
    /// What to do when the frame ends (`krait-runtime`, `FrameKind`).
    pub kind: Cell<u8>,
    pub flags: Cell<u8>,
    /// Line last reported to a trace function.
    pub traced_line: Cell<u32>,
    /// One more than the word offset of the instruction last reported to a monitoring tool.
    pub traced_at: Cell<u32>,
}

/// An exception being handled, with the ones below it (`sys.exc_info` stack).
pub struct HandledItem {
    pub value: Cell<Option<Obj>>,
    pub outer: Cell<*const HandledItem>,
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
    /// First free frame.
    pub next_frame: Cell<*mut Frame>,
    /// End of the frame region.
    pub frame_limit: Cell<*mut Frame>,
    /// Frames that may still be entered before the recursion limit.
    pub depth: Cell<u32>,
    /// The exceptions being handled by the frames below the running generator.
    pub handled_outer: Cell<*const HandledItem>,
    /// Which of [`tracing`]'s kinds of observers this thread has; not zero: run the slow loop.
    pub tracing: Cell<u32>,
    /// `sys.settrace` and `sys.setprofile` functions.
    pub trace_func: Cell<Option<Obj>>,
    pub profile_func: Cell<Option<Obj>>,
    /// An observer is being called: nothing is observed meanwhile.
    pub in_observer: Cell<bool>,
    /// One more than the number of the monitoring event that observer is told of, else 0.
    pub what_event: Cell<u32>,
    /// Iterations a loop runs before the compiler is told.
    pub hot_loop: Cell<u16>,
    /// Calls of a function before a compiler is asked about it.
    pub hot_call: Cell<u16>,
    /// The frame of which compiled code has the interpreter run a single instruction: unwinding
    /// stops there.
    pub step_floor: Cell<*const Frame>,
}

/// Bits of [`ExecState::tracing`].
pub mod tracing {
    pub const TRACE: u32 = 1;
    pub const PROFILE: u32 = 2;
    pub const MONITOR: u32 = 4;
}

/// The [`Frame::kind`] of frames that native code entered.
pub const KIND_ENTRY: u8 = 0;

impl ExecState {
    /// Has native code entered the interpreter just once on this thread?
    pub fn entered_once(&self) -> bool {
        let mut entries = 0;
        let mut f = self.top.get();
        while !f.is_null() && entries < 2 {
            // SAFETY: frames from the running one back are alive.
            let frame = unsafe { &*f };
            entries += usize::from(frame.kind.get() == KIND_ENTRY);
            f = frame.back.get();
        }
        entries == 1
    }
}

impl Default for ExecState {
    fn default() -> Self {
        ExecState {
            top: Cell::new(std::ptr::null()),
            sp: Cell::new(std::ptr::null_mut()),
            limit: Cell::new(std::ptr::null_mut()),
            start: Cell::new(std::ptr::null_mut()),
            next_frame: Cell::new(std::ptr::null_mut()),
            frame_limit: Cell::new(std::ptr::null_mut()),
            depth: Cell::new(0),
            handled_outer: Cell::new(std::ptr::null()),
            tracing: Cell::new(0),
            trace_func: Cell::new(None),
            profile_func: Cell::new(None),
            in_observer: Cell::new(false),
            what_event: Cell::new(0),
            hot_loop: Cell::new(u16::MAX),
            hot_call: Cell::new(u16::MAX),
            step_floor: Cell::new(std::ptr::null()),
        }
    }
}
