//! The compiler's own state, one for the process, touched with the GIL held.

use std::cell::{Cell, UnsafeCell};
use std::collections::HashMap;

use cranelift_codegen::isa::OwnedTargetIsa;
use krait_object::vm::Vm;

use crate::code_memory::CodeMemory;
use crate::counters::Refusal;
use crate::helpers::SCRATCH;
use crate::options::Options;
use crate::perf::PerfMap;
use crate::record::{Abort, Recorder};
use crate::tree::Tree;
use crate::watch::Watches;

/// Counts for `-X jit-stats`.
#[derive(Default)]
pub struct Stats {
    pub traces: u64,
    pub bridges: u64,
    pub aborts: HashMap<Abort, u64>,
    /// Where recordings were given up.
    pub refused: HashMap<Refusal, u64>,
    pub invalidated: u64,
    pub compile_ns: u64,
    pub code_bytes: u64,
    /// Failed compilations, with their messages.
    pub failures: Vec<String>,
}

/// See the module.
#[derive(Default)]
pub struct State {
    pub options: Options,
    pub trees: Vec<Option<Box<Tree>>>,
    /// Numbers of trees that are gone.
    pub free: Vec<u16>,
    pub watches: Watches,
    pub recorder: Option<Box<Recorder>>,
    /// The thread whose frames are recorded.
    pub recording: Cell<*const Vm>,
    /// Failed attempts, by what [`crate::tree::attempts_key`] says of a header.
    pub attempts: HashMap<*const u64, u32>,
    pub code: CodeMemory,
    pub isa: Option<OwnedTargetIsa>,
    /// The code generator of `-X jit-also`.
    pub other_isa: Option<OwnedTargetIsa>,
    pub perf: PerfMap,
    pub stats: Stats,
    /// Guards to pass before one fails on purpose.
    pub fail_counter: Box<Cell<u64>>,
}

struct Shared(UnsafeCell<Option<State>>);
// SAFETY: only touched with the GIL held.
unsafe impl Sync for Shared {}

static STATE: Shared = Shared(UnsafeCell::new(None));

thread_local! {
    static AREA: Box<[u64]> = vec![0; SCRATCH].into_boxed_slice();
}

/// The calling thread's scratch area: exits and argument lists of compiled code.
pub fn scratch() -> *mut u64 {
    AREA.with(|a| a.as_ptr() as *mut u64)
}

impl State {
    /// Takes a tree out that is not running. The caller drops it when it has let go of the state.
    pub fn remove_tree(&mut self, id: usize) -> Option<Box<Tree>> {
        let tree = self.trees.get_mut(id)?.take_if(|t| t.active.get() == 0)?;
        self.watches.forget(tree.id);
        self.free.push(tree.id);
        Some(tree)
    }

    /// Runs `f` with the state. `f` must not run Python code.
    pub fn with<T>(f: impl FnOnce(&mut State) -> T) -> T {
        // SAFETY: the GIL is held and `f` neither runs Python code nor calls this again.
        unsafe { f((*STATE.0.get()).get_or_insert_with(State::default)) }
    }
}
