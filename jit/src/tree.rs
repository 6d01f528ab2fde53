//! Trees of traces, and what the compiled form of one needs.
//!
//! A tree hangs on a loop header. All its traces are compiled into one native function, so that
//! values stay in machine registers from a guard into its bridge; a new bridge means compiling the
//! tree again.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use krait_object::code::PyCode;
use krait_object::exec::Frame;
use krait_object::{Obj, Py};

use crate::ir::snapshot::{FrameState, Restore, Snapshot};
use crate::ir::{Id, Inst, Ty};

/// A trace: instructions `first..end` of its tree.
pub struct Trace {
    /// The trace and the guard this one hangs on; none for the root.
    pub parent: Option<(usize, Id)>,
    pub first: Id,
    pub end: Id,
    /// Of a trace that goes back to the header: new values of the parameters that changed.
    pub back: Vec<(u32, Id)>,
}

/// A value the header takes: a register of the root frame.
#[derive(Copy, Clone, Debug)]
pub struct Param {
    pub reg: u32,
    pub ty: Ty,
    /// Its `Param` instruction.
    pub id: Id,
}

/// The native code of a tree, with what is needed where it is left. An activation keeps its own
/// hold of it, since the tree may be compiled anew meanwhile.
pub struct Compiled {
    pub entry: Entry,
    pub exits: Vec<Exit>,
    /// Bytes of machine code.
    pub size: usize,
}

/// A place where compiled code is left. All guards of one snapshot share it.
pub struct Exit {
    pub kind: ExitKind,
    /// The first instruction that leaves here.
    pub at: Id,
    pub trace: usize,
    pub snapshot: u32,
    /// What the registers get: the snapshot's, and the loop parameters it takes for granted.
    pub regs: Vec<(u32, Restore)>,
    pub frames: Rc<Vec<FrameState>>,
    /// The values the exit wrote to the scratch area, in order.
    pub values: Vec<(Id, Ty)>,
    /// Times taken.
    pub count: Cell<u32>,
    /// Next count at which a bridge is tried; 0: never.
    pub next_try: Cell<u32>,
}

/// Why compiled code is left: the table of exit reasons.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ExitKind {
    /// The values at the header are not of the types the tree was compiled for.
    Entry,
    /// A guard failed: the snapshot is to be restored.
    Guard,
    /// The trace ends here: the snapshot is to be restored.
    End,
    /// The eval breaker wants something, at the header.
    Poll,
    /// An instruction run by the interpreter raised; the state is in memory.
    Raised,
    /// After an instruction run by the interpreter, something else than expected is next; the
    /// state is in memory.
    Elsewhere,
}

impl ExitKind {
    pub fn name(self) -> &'static str {
        match self {
            ExitKind::Entry => "entry",
            ExitKind::Guard => "guard",
            ExitKind::End => "end",
            ExitKind::Poll => "poll",
            ExitKind::Raised => "raised",
            ExitKind::Elsewhere => "elsewhere",
        }
    }
}

/// See the module.
pub struct Tree {
    pub id: u16,
    pub code: Py<PyCode>,
    /// The header's instruction.
    pub header: *const u64,
    pub insts: Vec<Inst>,
    pub snapshots: Vec<Snapshot>,
    pub traces: Vec<Trace>,
    pub params: Vec<Param>,
    /// Registers of the root frame that traces leave in memory: never parameters.
    pub in_memory: std::collections::BTreeSet<u32>,
    /// Temporaries of the root frame that traces use and leave unbound.
    pub dead: std::collections::BTreeSet<u32>,
    /// Bridges by the snapshot of the guards they hang on.
    pub bridges: HashMap<u32, usize>,
    /// References that end where a snapshot restores the state, after it has been restored.
    pub dying: HashMap<u32, Vec<Id>>,
    /// Objects the instructions refer to.
    pub keep: Vec<Obj>,
    /// An assumption was broken: not to be entered, left at the next chance.
    pub invalid: Cell<bool>,
    /// Activations of the compiled code.
    pub active: Cell<u32>,
    /// The frame of the innermost one.
    pub active_in: Cell<*const Frame>,
    pub compiled: Option<Rc<Compiled>>,
    pub entered: Cell<u64>,
    /// Depth of the deepest inlined call.
    pub depth: u32,
    /// Highest register used, from the root's register 0.
    pub top: u32,
}

/// The compiled form of a tree: takes the thread state, the root frame, its registers and the
/// scratch area; gives the number of the exit taken.
pub type Entry = unsafe extern "C" fn(vm: u64, frame: u64, regs: u64, scratch: u64) -> u64;

impl Tree {
    pub fn new(id: u16, code: Py<PyCode>, header: *const u64) -> Tree {
        Tree {
            id,
            code,
            header,
            insts: Vec::new(),
            snapshots: Vec::new(),
            traces: Vec::new(),
            params: Vec::new(),
            dead: Default::default(),
            in_memory: Default::default(),
            bridges: HashMap::new(),
            dying: HashMap::new(),
            keep: Vec::new(),
            invalid: Cell::new(false),
            active: Cell::new(0),
            active_in: Cell::new(std::ptr::null()),
            compiled: None,
            entered: Cell::new(0),
            depth: 0,
            top: 0,
        }
    }
    /// Does a trace give the parameter a new value?
    pub fn varies(&self, reg: u32) -> bool {
        self.traces.iter().any(|t| t.back.iter().any(|&(r, _)| r == reg))
    }
    /// The source line of an exit.
    pub fn exit_line(&self, e: &Exit) -> u32 {
        let Some(f) = e.frames.last() else { return 0 };
        // SAFETY: the tree keeps the code objects of its frames alive.
        let code = unsafe { &*f.code };
        code.line_table().get(code.offset_of(f.pc) as usize).copied().unwrap_or(0)
    }
}
