//! Trees of traces, and what the compiled form of one needs.
//!
//! A tree is entered at its first header: a loop header, or a function after its `RESUME`. Traces
//! that come by other loop headers make them headers of the same tree, so that a nest of loops,
//! loops of inlined functions included, is one native function that keeps values in machine
//! registers from a guard into its bridge and from one loop into the next. A new bridge means
//! compiling the tree again.
//!
//! What a header takes: the registers its traces use are *parameters*. A trace that goes to a header
//! leaves an [`Edge`] that says what every register holds then; [`crate::flow`] works out which
//! parameters each header needs.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use krait_object::code::PyCode;
use krait_object::exec::Frame;
use krait_object::{Obj, Py};

use crate::code_memory::Block;
use crate::ir::snapshot::{FrameState, Restore, Snapshot};
use crate::ir::{Id, Inst, Ty};
use crate::record::Slot;

/// A trace: instructions `first..end` of its tree.
pub struct Trace {
    /// The trace and the guard this one hangs on; none for one that starts at its header.
    pub parent: Option<(usize, Id)>,
    /// The header whose parameters it uses.
    pub header: usize,
    pub first: Id,
    pub end: Id,
    /// Of a trace that goes on at a header.
    pub edge: Option<Edge>,
}

/// The state in which a trace goes to a header. Registers own what they hold.
pub struct Edge {
    pub to: usize,
    pub slots: Vec<Slot>,
    /// Memory holds what registers not written since hold.
    pub synced: bool,
}

/// A value a header takes: a register, counted from the root frame's first.
#[derive(Copy, Clone, Debug)]
pub struct Param {
    pub reg: u32,
    pub ty: Ty,
    /// Its `Param` instruction.
    pub id: Id,
}

/// What a header is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum HeaderKind {
    Loop,
    /// The start of the root frame's function: nothing goes back there.
    Function,
}

/// What attempts to record a tree are counted by.
pub fn attempts_key(kind: HeaderKind, header: *const u64) -> *const u64 {
    match kind {
        HeaderKind::Loop => header,
        // A loop may begin where the function does.
        HeaderKind::Function => header.wrapping_sub(1),
    }
}

/// A place traces start from and go to.
pub struct Header {
    pub kind: HeaderKind,
    /// The frames, all on the frame stack; the innermost stands at the header's instruction.
    pub frames: Rc<Vec<FrameState>>,
    pub params: Vec<Param>,
    /// The trace that starts here.
    pub body: usize,
    /// Registers whose words in memory are not valid: exits restore them.
    pub stale: BTreeSet<u32>,
    /// Parameters known to be of an exact built-in type.
    pub facts: Vec<(Id, u64)>,
    /// Parameters that came with other types than the header's trace asks for.
    pub refuted: BTreeSet<Id>,
}

impl Header {
    pub fn param(&self, reg: u32) -> Option<Param> {
        self.params.iter().find(|p| p.reg == reg).copied()
    }
}

/// The native code of a tree, with what is needed where it is left. An activation keeps its own
/// hold of it, since the tree may be compiled anew meanwhile.
pub struct Compiled {
    pub entry: Entry,
    pub exits: Vec<Exit>,
    /// Bytes of machine code.
    pub size: usize,
    /// Its memory, freed with it.
    #[expect(dead_code, reason = "held so that the memory is given back with the code")]
    pub block: Block,
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
    /// The function's result is in the first word of the scratch area; its registers are unbound.
    Return,
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
            ExitKind::Return => "return",
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
    /// The first header's instruction.
    pub header: *const u64,
    /// Globals and builtins of the root frame's function, if it matters which they are.
    pub namespaces: Option<(u64, u64)>,
    pub headers: Vec<Header>,
    pub insts: Vec<Inst>,
    pub snapshots: Vec<Snapshot>,
    pub traces: Vec<Trace>,
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
    /// Bridges recorded since it was compiled.
    pub uncompiled: Cell<u32>,
    /// Exits taken since that a recorded bridge would have saved.
    pub waits: Cell<u32>,
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
            namespaces: None,
            headers: Vec::new(),
            insts: Vec::new(),
            snapshots: Vec::new(),
            traces: Vec::new(),
            bridges: HashMap::new(),
            dying: HashMap::new(),
            keep: Vec::new(),
            invalid: Cell::new(false),
            active: Cell::new(0),
            active_in: Cell::new(std::ptr::null()),
            compiled: None,
            uncompiled: Cell::new(0),
            waits: Cell::new(0),
            entered: Cell::new(0),
            depth: 0,
            top: 0,
        }
    }
    /// What the tree is entered at.
    pub fn kind(&self) -> HeaderKind {
        self.headers.first().map_or(HeaderKind::Loop, |h| h.kind)
    }
    /// Is the register a temporary of its frame at a header?
    pub fn is_temporary(&self, header: usize, reg: u32) -> bool {
        // SAFETY: the tree keeps the code objects of its frames alive.
        let holds = |f: &&FrameState| unsafe { (f.base..f.base + (*f.code).nregs).contains(&reg) };
        let frame = self.headers[header].frames.iter().rev().find(holds);
        // SAFETY: as above.
        frame.is_none_or(|f| reg - f.base >= unsafe { (*f.code).nlocals })
    }
    /// The source line of an exit.
    pub fn exit_line(&self, e: &Exit) -> u32 {
        let Some(f) = e.frames.last() else { return 0 };
        // SAFETY: the tree keeps the code objects of its frames alive.
        let code = unsafe { &*f.code };
        code.line_table().get(code.offset_of(f.pc) as usize).copied().unwrap_or(0)
    }
}
