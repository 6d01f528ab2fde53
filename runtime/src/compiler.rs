//! The interface between the interpreter and a compiler of hot code.
//!
//! The interpreter counts the iterations of each loop in the unused operand `a` of its `JUMP_BACK`,
//! the calls of each function in that of its `RESUME`, and tells the compiler at
//! [`ExecState::hot_loop`](krait_object::exec::ExecState::hot_loop) of them (and `hot_call`). From then on the compiler owns the operand: it sets the count back, or to [`NEVER`], or
//! to [`COMPILED`] plus a number of its own choice.
//!
//! A recording sees every instruction of the frames it follows before it is executed. What they call
//! without being followed is not shown.

use krait_object::Obj;
use krait_object::error::Raised;
use krait_object::exec::Frame;
use krait_object::vm::Vm;

/// Added to the instruction word, counts one iteration.
pub const COUNT_ONE: u64 = 1 << 16;
/// Operand `a` of the `JUMP_BACK` of a loop that is not to be compiled.
pub const NEVER: u16 = u16::MAX;
/// First value of operand `a` that the compiler may use for compiled loops.
pub const COMPILED: u16 = 0x8000;
/// Replaces operand `a` of an instruction word.
pub fn with_mark(word: u64, mark: u16) -> u64 {
    (word & !(0xffff << 16)) | u64::from(mark) << 16
}

/// What the interpreter does about an instruction shown to a recording.
pub enum Seen {
    /// Execute it.
    Go,
    /// Execute it with all it calls, which is not recorded.
    Step,
    /// The recording is over.
    Ended,
}

/// What the interpreter does after asking about a loop header or function.
pub enum Reached {
    /// Go on interpreting.
    Go,
    /// Go on in the recording loop.
    Record,
    /// Compiled code ran; go on in this frame, in the recording loop.
    RecordFrom(*const Frame),
    /// Compiled code ran; go on in this frame.
    Left(*const Frame),
    /// Compiled code ran to the end of the frame's function, with this result.
    Returned(Obj),
    /// Compiled code ran into an exception: unwind from this frame.
    Raised(*const Frame, Raised),
}

/// A compiler of hot code.
pub trait Compiler: Send + Sync {
    /// A new thread's state starts; sets its thresholds.
    fn init_thread(&self, vm: &Vm);
    /// The running frame stands at a loop header, or behind the `RESUME` of a function, that is hot or
    /// compiled. `at` is the `JUMP_BACK` or `RESUME`.
    /// `may_record`: the interpreter can go on in the recording loop.
    ///
    /// # Safety
    /// `frame` is the running frame; `at` is an instruction of its code.
    unsafe fn reached(&self, vm: &Vm, frame: *const Frame, at: *mut u64, may_record: bool) -> Reached;
    /// The instruction `frame` stands at is about to be executed.
    ///
    /// # Safety
    /// `frame` is the running frame.
    unsafe fn record(&self, vm: &Vm, frame: *const Frame) -> Seen;
    /// The recording loop was left; a recording still under way is dropped.
    fn abandon(&self, vm: &Vm);
    /// Is the running frame executing compiled code, which called out?
    fn active(&self, vm: &Vm) -> bool;
}

/// The compiler plugged in, if any.
#[derive(Default)]
pub struct Plugged(std::sync::OnceLock<&'static dyn Compiler>);

/// Plugs a compiler into the interpreter, once, before the first thread runs.
pub fn plug(vm: &Vm, compiler: &'static dyn Compiler) {
    let _ = vm.interp.state::<Plugged>().0.set(compiler);
}

fn plugged(vm: &Vm) -> Option<&'static dyn Compiler> {
    vm.interp.state::<Plugged>().0.get().copied()
}

/// Is there a compiler?
pub fn enabled(vm: &Vm) -> bool {
    plugged(vm).is_some()
}

/// See [`Compiler::active`].
pub fn active(vm: &Vm) -> bool {
    plugged(vm).is_some_and(|c| c.active(vm))
}

/// Prepares a thread's state.
pub fn init_thread(vm: &Vm) {
    if let Some(c) = plugged(vm) {
        c.init_thread(vm);
    }
}

/// See [`Compiler::reached`].
///
/// # Safety
/// As there.
#[inline(never)]
pub(crate) unsafe fn reached(vm: &Vm, frame: *const Frame, at: *mut u64, may_record: bool) -> Reached {
    match plugged(vm) {
        // SAFETY: by contract.
        Some(c) => unsafe { c.reached(vm, frame, at, may_record) },
        None => Reached::Go,
    }
}

/// See [`Compiler::record`].
///
/// # Safety
/// As there.
#[inline(never)]
pub(crate) unsafe fn record(vm: &Vm, frame: *const Frame) -> Seen {
    match plugged(vm) {
        // SAFETY: by contract.
        Some(c) => unsafe { c.record(vm, frame) },
        None => Seen::Ended,
    }
}

/// See [`Compiler::abandon`].
#[cold]
pub(crate) fn abandon(vm: &Vm) {
    if let Some(c) = plugged(vm) {
        c.abandon(vm);
    }
}
