//! From hot loops to compiled trees, and from there back to the interpreter: the
//! [`Compiler`] the interpreter knows.

use std::rc::Rc;

use cranelift_codegen::isa::OwnedTargetIsa;
use krait_frontend::bytecode::{Instr, Op as Bc};
use krait_object::exec::Frame;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Value};
use krait_runtime::compiler::{COMPILED, Compiler, NEVER, Reached, Seen, with_mark};
use krait_runtime::interp::frames::room_for;

use crate::budget::cpu_time;
use crate::counters::{self, Refusal};
use crate::leave::restore;
use crate::lower::{self, Stress};
use crate::options::{Mode, Options};
use crate::record::{Abort, Recorder, Verdict};
use crate::state::{State, scratch};
use crate::tree::{Compiled, Entry, ExitKind, HeaderKind, Tree, attempts_key};

/// Exits taken to a bridge that is recorded but not compiled before it is.
const MAX_WAITS: u32 = 200;
/// Native stack the code generator may need.
const COMPILER_STACK: usize = 1 << 20;
/// Attempts to record a loop before it is given up.
const MAX_ATTEMPTS: u32 = 8;
/// Bridges of one tree.
const MAX_BRIDGES: usize = 100;
/// Instructions of a tree that still grows: the code generator takes more than linear time.
const MAX_TREE_INSTS: usize = 6000;
/// Places where recordings were given up that are kept in mind.
const MAX_REFUSALS: usize = 2000;
/// Numbers of trees: what fits beside [`COMPILED`] in an operand, less [`NEVER`].
const MAX_TREES: usize = 0x7ffe;

/// The tracing compiler, to be plugged into the interpreter.
pub struct Jit;

/// The one instance.
pub static JIT: Jit = Jit;

impl Jit {
    /// Sets the options, and listens to changes of what compiled code relies on.
    pub fn configure(&self, vm: &Vm, options: Options) {
        if options.mode == Mode::Off {
            return;
        }
        State::with(|s| {
            s.fail_counter.set(options.fail_every);
            s.options = options;
        });
        vm.interp.before_collection.set(Some(flush));
        vm.interp.type_watch.set(Some(crate::watch::type_changed));
        vm.interp.dict_watch.set(Some(crate::watch::dict_changed));
        krait_runtime::compiler::plug(vm, &JIT);
        self.init_thread(vm);
    }
}

impl Compiler for Jit {
    fn init_thread(&self, vm: &Vm) {
        let (hot_loop, hot_call) = State::with(|s| (s.options.hot_loop, s.options.hot_call));
        vm.exec.hot_loop.set(hot_loop);
        vm.exec.hot_call.set(hot_call);
    }

    unsafe fn reached(&self, vm: &Vm, frame: *const Frame, at: *mut u64, may_record: bool) -> Reached {
        // SAFETY: `at` is an instruction of the frame's code.
        let mark = unsafe { Instr(*at).a() };
        if mark >= COMPILED {
            // SAFETY: by contract.
            return unsafe { enter(vm, frame, at, mark - COMPILED, may_record) };
        }
        // SAFETY: by contract.
        unsafe { start(vm, frame, at, may_record) }
    }

    unsafe fn record(&self, vm: &Vm, frame: *const Frame) -> Seen {
        let Some(mut r) = State::with(|s| if std::ptr::eq(s.recording.get(), vm) { s.recorder.take() } else { None }) else {
            return Seen::Ended;
        };
        // SAFETY: by contract.
        let seen = match unsafe { r.see(vm, frame) } {
            Verdict::Continue => Seen::Go,
            Verdict::Step => Seen::Step,
            Verdict::Done => {
                finish(*r);
                return Seen::Ended;
            }
            Verdict::Abort(why) => {
                // SAFETY: by contract, the running frame's code is alive.
                let code = unsafe { &*(*frame).code.get() };
                let at = if std::ptr::eq(r.at.0, code) { counters::instruction(code, r.at.1) } else { None };
                abort(*r, why, at);
                return Seen::Ended;
            }
        };
        State::with(|s| s.recorder = Some(r));
        seen
    }

    fn active(&self, vm: &Vm) -> bool {
        std::ptr::eq(crate::leave::stepping(), vm.exec.top.get())
    }

    fn abandon(&self, vm: &Vm) {
        let r = State::with(|s| if std::ptr::eq(s.recording.get(), vm) { s.recorder.take() } else { None });
        if let Some(r) = r {
            abort(*r, Abort::LeftLoop, None);
        }
    }
}

/// Drops the compiled code that is not running, and what it keeps alive.
fn flush(_: &Vm) {
    let gone: Vec<_> = State::with(|s| (0..s.trees.len()).filter_map(|id| s.remove_tree(id)).collect());
    // What the trees kept alive may run code as it dies: not while the state is held.
    drop(gone);
}

fn set_mark(at: *mut u64, mark: u16) {
    // SAFETY: the callers have an instruction of live code; the operand is the compiler's.
    unsafe { *at = with_mark(*at, mark) }
}

/// The kind of header that the instruction at `at` counts.
unsafe fn kind_at(at: *const u64) -> HeaderKind {
    // SAFETY: an instruction of live code.
    match unsafe { Instr(*at) }.op() {
        Bc::RESUME => HeaderKind::Function,
        _ => HeaderKind::Loop,
    }
}

/// Drops the trees of a place whose assumptions were broken. What is broken again and again is not
/// worth compiling: it counts as a failed attempt.
fn retire(header: *const u64, kind: HeaderKind) {
    let broken = State::with(|s| {
        let is_broken = |t: &Tree| t.header == header && t.kind() == kind && t.invalid.get();
        let ids: Vec<usize> = (0..s.trees.len()).filter(|&i| s.trees[i].as_deref().is_some_and(is_broken)).collect();
        if !ids.is_empty() {
            *s.attempts.entry(attempts_key(kind, header)).or_default() += ids.len() as u32;
        }
        ids.into_iter().filter_map(|id| s.remove_tree(id)).collect::<Vec<_>>()
    });
    // What the trees kept alive may run code as it dies: not while the state is held.
    drop(broken);
}

/// A loop or function got hot: starts a recording.
unsafe fn start(vm: &Vm, frame: *const Frame, at: *mut u64, may_record: bool) -> Reached {
    // SAFETY: by contract of `reached`.
    let (header, code, kind) = unsafe { ((*frame).pc.get(), &*(*frame).code.get(), kind_at(at)) };
    // SAFETY: as above.
    let resumable = unsafe { !(*frame).generator.get().is_null() };
    retire(header, kind);
    State::with(|s| {
        set_mark(at, 0);
        if !may_record || s.recorder.is_some() || !s.may_compile() || vm.stack_left() < COMPILER_STACK {
            return Reached::Go;
        }
        if kind == HeaderKind::Function && resumable {
            set_mark(at, NEVER);
            return Reached::Go;
        }
        let fits = |t: &&Tree| t.header == header && t.kind() == kind && !t.invalid.get() && t.compiled.is_some();
        let compiled = s.trees.iter().flatten().map(|t| &**t).find(fits);
        if let Some(t) = compiled {
            set_mark(at, COMPILED + t.id);
            return Reached::Go;
        }
        if s.trees.len() >= MAX_TREES || s.attempts.get(&attempts_key(kind, header)).is_some_and(|&n| n >= MAX_ATTEMPTS) {
            set_mark(at, NEVER);
            return Reached::Go;
        }
        let id = s.free.pop().unwrap_or_else(|| {
            s.trees.push(None);
            s.trees.len() as u16 - 1
        });
        let tree = Box::new(Tree::new(id, code.to_py(), header));
        s.recording.set(vm);
        // SAFETY: by contract.
        s.recorder = Some(Box::new(unsafe { Recorder::root(tree, frame, kind) }));
        Reached::Record
    })
}

/// Runs a compiled loop or function.
unsafe fn enter(vm: &Vm, frame: *const Frame, at: *mut u64, id: u16, may_record: bool) -> Reached {
    // SAFETY: by contract of `reached`.
    let header = unsafe { (*frame).pc.get() };
    let found = State::with(|s| {
        let t = s.trees.get(id as usize).and_then(Option::as_deref);
        match t {
            // Being recorded on, or gone.
            None => {
                if s.recorder.as_ref().is_none_or(|r| r.tree.id != id) {
                    set_mark(at, 0);
                }
                None
            }
            Some(t) if t.header != header || t.invalid.get() || t.compiled.is_none() => {
                set_mark(at, 0);
                None
            }
            Some(t) => t.compiled.clone().map(|c| (t as *const Tree, c)),
        }
    });
    let Some((tree, compiled)) = found else {
        // SAFETY: by contract of `reached`.
        retire(header, unsafe { kind_at(at) });
        return Reached::Go;
    };
    // SAFETY: trees are boxed and not freed while code of theirs runs; the frame is the running one.
    unsafe {
        let regs = (*frame).base.get();
        let room = room_for(vm, (*tree).depth + 1, regs.add((*tree).top as usize));
        if vm.exec.tracing.get() != 0 || !room || !vm.stack_has_room() {
            return Reached::Go;
        }
        // An inner loop's code that comes back to the outer loop leaves: the outer loop's code, which
        // runs it, goes on. Entering it again would nest without end.
        let outer = (*tree).active_in.get();
        if std::ptr::eq(outer, frame) {
            return Reached::Go;
        }
        (*tree).entered.set((*tree).entered.get() + 1);
        (*tree).active.set((*tree).active.get() + 1);
        (*tree).active_in.set(frame);
        let n = (compiled.entry)(vm as *const Vm as u64, frame as u64, regs as u64, scratch() as u64);
        (*tree).active.set((*tree).active.get() - 1);
        (*tree).active_in.set(outer);
        left(vm, &*tree, compiled, n as usize, frame, may_record)
    }
}

/// Compiled code was left through exit `n`.
unsafe fn left(vm: &Vm, tree: &Tree, compiled: Rc<Compiled>, n: usize, frame: *const Frame, may_record: bool) -> Reached {
    let exit = &compiled.exits[n];
    exit.count.set(exit.count.get() + 1);
    State::with(|s| {
        if s.fail_counter.get() == 0 {
            s.fail_counter.set(s.options.fail_every);
        }
    });
    // SAFETY: by contract of `reached`; the exit has just been taken.
    unsafe {
        match exit.kind {
            ExitKind::Entry => {
                // Types that keep differing: the loop is recorded again for those it meets now.
                if exit.count.get() > 500 && u64::from(exit.count.get()) * 2 > tree.entered.get() {
                    tree.invalid.set(true);
                }
                Reached::Go
            }
            ExitKind::Raised => {
                let top = vm.exec.top.get();
                Reached::Raised(top, vm.raised_pending())
            }
            ExitKind::Elsewhere => Reached::Left(vm.exec.top.get()),
            ExitKind::Return => Reached::Returned(Obj::from_value(Value(*scratch()))),
            ExitKind::Poll => Reached::Left(restore(vm, tree, exit, frame, scratch())),
            ExitKind::Guard | ExitKind::End => {
                let last_words = tree.dying.contains_key(&exit.snapshot);
                let top = restore(vm, tree, exit, frame, scratch());
                // What has run meanwhile may have ended the tree.
                if last_words {
                    return Reached::Left(top);
                }
                if exit.kind == ExitKind::Guard && tree.uncompiled.get() > 0 && vm.stack_left() >= COMPILER_STACK {
                    wait(tree, &compiled, exit.snapshot);
                }
                if exit.kind == ExitKind::Guard
                    && may_record
                    && vm.stack_left() >= COMPILER_STACK
                    && wants_bridge(tree, &compiled, n)
                    && start_bridge(vm, tree, &compiled, n, frame, top)
                {
                    return Reached::RecordFrom(top);
                }
                Reached::Left(top)
            }
        }
    }
}

/// An exit was taken while bridges wait to be compiled: if it is one of theirs too often, they are.
fn wait(tree: &Tree, compiled: &Rc<Compiled>, snapshot: u32) {
    let newest = tree.compiled.as_ref().is_some_and(|c| Rc::ptr_eq(c, compiled));
    if !newest || !tree.bridges.contains_key(&snapshot) {
        return;
    }
    tree.waits.set(tree.waits.get() + 1);
    if tree.waits.get() >= MAX_WAITS {
        tree.waits.set(0);
        State::with(|s| {
            if !s.may_compile() {
                return;
            }
            if let Some(mut t) = s.trees.get_mut(tree.id as usize).and_then(Option::take) {
                compile_tree(s, &mut t);
                let id = t.id as usize;
                s.trees[id] = Some(t);
            }
        });
    }
}

/// Is the exit hot?
fn wants_bridge(tree: &Tree, compiled: &Rc<Compiled>, n: usize) -> bool {
    let exit = &compiled.exits[n];
    let hot = State::with(|s| s.options.hot_exit);
    let due = if exit.next_try.get() == 0 { hot } else { exit.next_try.get() };
    let wanted = exit.count.get() >= due
        && !tree.invalid.get()
        && tree.bridges.len() < MAX_BRIDGES
        && tree.insts.len() < MAX_TREE_INSTS
        && tree.compiled.as_ref().is_some_and(|c| Rc::ptr_eq(c, compiled))
        && !tree.bridges.contains_key(&exit.snapshot);
    if wanted && !State::with(|s| s.may_compile()) {
        exit.next_try.set(exit.count.get().saturating_mul(2));
        return false;
    }
    wanted
}

unsafe fn start_bridge(vm: &Vm, tree: &Tree, compiled: &Rc<Compiled>, n: usize, root: *const Frame, top: *const Frame) -> bool {
    let exit = &compiled.exits[n];
    exit.next_try.set(exit.count.get().saturating_mul(3));
    let mut frames = Vec::new();
    let mut f = top;
    // SAFETY: the frames between the innermost and the root were just restored.
    unsafe {
        loop {
            frames.push(f);
            if f == root {
                break;
            }
            f = (*f).back.get();
        }
    }
    frames.reverse();
    State::with(|s| {
        if s.recorder.is_some() {
            return false;
        }
        let Some(tree) = s.trees.get_mut(tree.id as usize).and_then(Option::take) else { return false };
        s.recording.set(vm);
        // SAFETY: by contract.
        s.recorder = Some(Box::new(unsafe { Recorder::bridge(tree, exit.trace, exit.at, exit.snapshot, &frames) }));
        true
    })
}

/// A trace is complete: compiles its tree.
fn finish(r: Recorder) {
    let bridge = r.is_bridge();
    let mut tree = r.tree;
    State::with(|s| {
        s.recording.set(std::ptr::null());
        *(if bridge { &mut s.stats.bridges } else { &mut s.stats.traces }) += 1;
        tree.uncompiled.set(tree.uncompiled.get() + 1);
        // Compiling the tree anew for each of many bridges would take time quadratic in their number.
        if tree.compiled.is_none()
            || s.options.mode == Mode::Stress
            || s.may_compile() && tree.uncompiled.get() as usize * 2 >= tree.traces.len()
        {
            compile_tree(s, &mut tree);
        }
        let id = tree.id as usize;
        s.trees[id] = Some(tree);
    });
}

/// Compiles a tree with all its bridges.
fn compile_tree(s: &mut State, tree: &mut Tree) {
    let start = cpu_time(libc::CLOCK_THREAD_CPUTIME_ID);
    tree.uncompiled.set(0);
    tree.waits.set(0);
    crate::flow::complete(tree);
    if s.options.limit == 0 {
        s.attempts.insert(attempts_key(tree.kind(), tree.header), MAX_ATTEMPTS);
        return;
    }
    s.options.limit -= 1;
    let name = tree.code.name.to_string_lossy();
    if s.options.dumps("trace", &name) || (s.options.limit == 0 && s.options.dumps("last", &name)) {
        krait_object::stderr_line!("{}", crate::ir::print::tree(tree));
    }
    if cfg!(debug_assertions)
        && let Err(e) = crate::ir::verify::verify(tree)
    {
        krait_object::stderr_line!("jit: verifier: {e}\n{}", crate::ir::print::tree(tree));
        std::process::abort();
    }
    match compile(s, tree) {
        Ok(c) => {
            s.stats.code_bytes += c.size as u64;
            tree.compiled = Some(Rc::new(c));
        }
        Err(e) => {
            s.stats.failures.push(e);
            tree.invalid.set(true);
            s.attempts.insert(attempts_key(tree.kind(), tree.header), MAX_ATTEMPTS);
        }
    }
    s.stats.compile_ns += cpu_time(libc::CLOCK_THREAD_CPUTIME_ID).saturating_sub(start);
}

fn compile(s: &mut State, tree: &Tree) -> Result<Compiled, String> {
    if s.isa.is_none() {
        s.isa = Some(lower::isa(None)?);
    }
    let Some(isa) = &s.isa else { return Err("no code generator".into()) };
    let stress = Stress { fail_counter: (s.options.fail_every != 0).then_some(s.fail_counter.as_ptr()), helpers: None };
    let name = tree.code.name.to_string_lossy();
    let text = lower::Text { clif: s.options.dumps("clif", &name), asm: s.options.dumps("asm", &name) };
    let lowered = lower_guarded(tree, isa, stress, text)?;
    for text in [&lowered.clif, &lowered.asm].into_iter().flatten() {
        krait_object::stderr_line!("{text}");
    }
    let size = lowered.code.len();
    let Some((p, block)) = s.code.add(&lowered.code) else { return Err("code memory is full".into()) };
    if s.options.perf {
        s.perf.add(tree, p, size);
    }
    compile_also(s, tree, stress);
    // SAFETY: the code was just generated with this signature.
    let entry = unsafe { std::mem::transmute::<*const u8, Entry>(p) };
    Ok(Compiled { entry, exits: lowered.exits, size, block })
}

/// Lowers a tree. A code generator that gives up must not take the program with it.
fn lower_guarded(tree: &Tree, isa: &OwnedTargetIsa, stress: Stress, text: lower::Text) -> Result<lower::Lowered, String> {
    let lower = std::panic::AssertUnwindSafe(|| lower::lower(tree, isa, stress, text));
    std::panic::catch_unwind(lower).unwrap_or_else(|p| {
        let message = p.downcast_ref::<&str>().copied().or_else(|| p.downcast_ref::<String>().map(String::as_str));
        Err(format!("the code generator panicked: {}", message.unwrap_or("no message")))
    })
}

/// Testing: the tree must compile for the other machine asked for.
fn compile_also(s: &mut State, tree: &Tree, stress: Stress) {
    let Some(machine) = &s.options.also else { return };
    let triple = format!("{machine}-unknown-linux-gnu");
    let isa = match s.other_isa.take().map_or_else(|| lower::isa(Some(&triple)), Ok) {
        Ok(isa) => s.other_isa.insert(isa),
        Err(e) => {
            krait_object::stderr_line!("jit: no code generator for {machine}: {e}");
            std::process::abort();
        }
    };
    if let Err(error) = lower_guarded(tree, isa, stress, lower::Text::default()) {
        krait_object::stderr_line!("jit: not compiled for {machine}: {error}\n{}", crate::ir::print::tree(tree));
        std::process::abort();
    }
}

/// A recording was given up, at the instruction named.
fn abort(r: Recorder, why: Abort, instruction: Option<(String, u32)>) {
    let (bridge, at) = (r.is_bridge(), r.at);
    let kind = r.tree.kind();
    let tree = r.discard();
    // What the tree kept alive may run code as it dies: not while the state is held.
    let gone = State::with(|s| {
        s.recording.set(std::ptr::null());
        *s.stats.aborts.entry(why).or_default() += 1;
        if s.stats.refused.len() < MAX_REFUSALS {
            let refusal = Refusal { place: counters::place(&tree.code, tree.header), why, at: instruction };
            *s.stats.refused.entry(refusal).or_default() += 1;
        }
        if s.options.dumps("trace", &tree.code.name.to_string_lossy()) {
            krait_object::stderr_line!("abort: {why:?} at {at:?}");
        }
        let id = tree.id as usize;
        if bridge {
            s.trees[id] = Some(tree);
            return None;
        }
        *s.attempts.entry(attempts_key(kind, tree.header)).or_default() += 1;
        s.watches.forget(tree.id);
        s.free.push(tree.id);
        Some(tree)
    });
    drop(gone);
}
