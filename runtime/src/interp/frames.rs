//! Frames and registers of a thread: reservation, entry, exit.
//!
//! The register region and the frame region are reserved once per thread, far larger than any
//! recursion needs, and backed by memory only where used. A callee's registers start at its first
//! argument in the caller's window, so arguments are not copied; a caller that runs on a
//! generator's own registers has its arguments moved to the region first.
//!
//! Invariants: `sp` is the end of the topmost stacked register window; all registers of a frame
//! are bound or zero; a frame that ended left no reference behind.

use krait_object::code::PyCode;
use krait_object::error::PyResult;
use krait_object::exec::{Frame, KIND_ENTRY};
use krait_object::frame_obj::PyFrame;
use krait_object::function::PyFunction;
use krait_object::vm::Vm;
use krait_object::{Obj, Value};

/// What happens when a frame ends.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum FrameKind {
    /// Return to the native code that entered the interpreter.
    Entry = KIND_ENTRY,
    /// Store the result in the caller's register and go on.
    Call = 1,
    /// `__init__`: check for None, the result is the instance in `locals`.
    Init = 2,
    /// A generator resumed by `FOR_ITER`.
    GenIter = 3,
    /// A generator resumed by `YIELD_FROM`.
    GenSend = 4,
    /// A property getter or `__getattr__`-like hook: nothing in the caller's window to release.
    Hook = 5,
}

impl FrameKind {
    #[inline(always)]
    pub fn of(f: &Frame) -> FrameKind {
        match f.kind.get() {
            1 => FrameKind::Call,
            2 => FrameKind::Init,
            3 => FrameKind::GenIter,
            4 => FrameKind::GenSend,
            5 => FrameKind::Hook,
            _ => FrameKind::Entry,
        }
    }
}

/// Bytes reserved for the registers of a thread.
const REGISTER_BYTES: usize = 1 << 29;
/// With less no program starts.
const LEAST_REGISTER_BYTES: usize = 1 << 20;
/// The register region is this many times the frame region.
const FRAME_SHARE: usize = 4;

/// Bytes of registers to try for: a small part of a limited address space (`ulimit -v`).
fn wanted() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is written to.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) } == 0 && limit.rlim_cur != libc::RLIM_INFINITY;
    if !known {
        return REGISTER_BYTES;
    }
    let part = usize::try_from(limit.rlim_cur / 32).unwrap_or(REGISTER_BYTES);
    (part & !0xffff).clamp(LEAST_REGISTER_BYTES, REGISTER_BYTES)
}

fn reserve(bytes: usize) -> *mut u8 {
    // SAFETY: an anonymous private mapping at an address of the kernel's choice.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if p == libc::MAP_FAILED {
        return std::ptr::null_mut();
    }
    // Most programs touch a few small pages only.
    // SAFETY: advice on the mapping just made.
    unsafe { libc::madvise(p, bytes, libc::MADV_NOHUGEPAGE) };
    p as *mut u8
}

/// Gives a reserved region back.
///
/// # Safety
/// `p` came from [`reserve`] with this size, or is null, and nobody uses it any more.
unsafe fn give_back(p: *mut u8, bytes: usize) {
    if !p.is_null() {
        // SAFETY: by contract.
        unsafe { libc::munmap(p as *mut libc::c_void, bytes) };
    }
}

/// Reserves a thread's stacks. False if the address space is exhausted.
pub fn init_thread(vm: &Vm) -> bool {
    let mut bytes = wanted();
    let (regs, frames) = loop {
        let (regs, frames) = (reserve(bytes), reserve(bytes / FRAME_SHARE));
        if !regs.is_null() && !frames.is_null() {
            break (regs, frames);
        }
        // SAFETY: just made, and unused.
        unsafe {
            give_back(regs, bytes);
            give_back(frames, bytes / FRAME_SHARE);
        }
        if bytes <= LEAST_REGISTER_BYTES {
            return false;
        }
        bytes /= 2;
    };
    let e = &vm.exec;
    e.start.set(regs as *mut Value);
    e.sp.set(regs as *mut Value);
    // SAFETY: both ends are inside or just past the mappings.
    unsafe {
        e.limit.set(regs.add(bytes) as *mut Value);
        e.next_frame.set(frames as *mut Frame);
        e.frame_limit.set((frames as *mut Frame).add(bytes / FRAME_SHARE / size_of::<Frame>()));
    }
    true
}

/// Gives a thread's stacks back.
pub fn free_thread(vm: &Vm) {
    let e = &vm.exec;
    let regs = e.start.get();
    if regs.is_null() {
        return;
    }
    let bytes = e.limit.get() as usize - regs as usize;
    // SAFETY: the mappings made by `init_thread`; no frame is active.
    unsafe {
        let frames = (e.frame_limit.get()).sub(bytes / FRAME_SHARE / size_of::<Frame>());
        give_back(regs as *mut u8, bytes);
        give_back(frames as *mut u8, bytes / FRAME_SHARE);
    }
    e.start.set(std::ptr::null_mut());
}

/// Takes a frame off the free region, with its control fields set. The registers at `base` are
/// the caller's job.
///
/// # Safety
/// `func` and `code` outlive the frame; `base` has room for the code's registers.
#[inline(always)]
pub unsafe fn push_frame(vm: &Vm, func: &PyFunction, code: &PyCode, base: *mut Value, kind: FrameKind) -> PyResult<*const Frame> {
    let e = &vm.exec;
    let f = e.next_frame.get();
    let depth = e.depth.get();
    // SAFETY: stays inside the reserved region, checked below.
    let end = unsafe { base.add(code.nregs as usize) };
    if depth >= vm.interp.recursion_limit.get() || end > e.limit.get() || f >= e.frame_limit.get() {
        return Err(too_deep(vm));
    }
    e.depth.set(depth + 1);
    // SAFETY: `f` is inside the frame region.
    unsafe {
        e.next_frame.set(f.add(1));
        let fr = &*f;
        fr.pc.set(code.entry());
        fr.base.set(base);
        fr.code.set(code);
        fr.func.set(func);
        fr.globals.set(func.globals.as_ptr());
        fr.locals.set(Value::UNBOUND);
        fr.frame_obj.set(Value::UNBOUND);
        fr.generator.set(std::ptr::null());
        fr.back.set(e.top.get());
        fr.saved_sp.set(e.sp.get());
        fr.kind.set(kind as u8);
        fr.flags.set(0);
        fr.traced_line.set(0);
    }
    e.sp.set(end);
    e.top.set(f);
    Ok(f)
}

/// Pushes the frame of a call that compiled code inlined. The recursion limit has been seen to.
///
/// # Safety
/// `func` is a function, alive in the caller's window; `base` has room for the registers of `code`,
/// which are in memory.
pub unsafe fn push_inlined(
    vm: &Vm,
    caller: *const Frame,
    func: Value,
    code: *const PyCode,
    base: *mut Value,
    kind: u8,
    ret: u16,
    window: u16,
) -> *const Frame {
    let e = &vm.exec;
    let f = e.next_frame.get();
    // SAFETY: by contract; the frame region was checked when the compiled code was entered.
    unsafe {
        let func = &*(func.header_ptr() as *const PyFunction);
        e.depth.set(e.depth.get() + 1);
        e.next_frame.set(f.add(1));
        let fr = &*f;
        fr.base.set(base);
        fr.code.set(code);
        fr.func.set(func);
        fr.globals.set(func.globals.as_ptr());
        fr.locals.set(Value::UNBOUND);
        fr.frame_obj.set(Value::UNBOUND);
        fr.generator.set(std::ptr::null());
        fr.back.set(caller);
        fr.saved_sp.set(e.sp.get());
        fr.kind.set(kind);
        fr.flags.set(0);
        fr.traced_line.set(0);
        fr.ret.set(ret);
        fr.window.set(window);
        e.sp.set(base.add((*code).nregs as usize));
        e.top.set(f);
    }
    f
}

/// Is there room for `depth` more frames and registers up to `end`?
pub fn room_for(vm: &Vm, depth: u32, end: *mut Value) -> bool {
    let e = &vm.exec;
    let frames = (e.frame_limit.get() as usize).saturating_sub(e.next_frame.get() as usize) / size_of::<Frame>();
    e.depth.get().saturating_add(depth) < vm.interp.recursion_limit.get() && end <= e.limit.get() && depth as usize <= frames
}

#[cold]
#[inline(never)]
fn too_deep(vm: &Vm) -> krait_object::error::Raised {
    // Room for the exception's own construction, which may run Python code.
    let depth = vm.exec.depth.get();
    vm.exec.depth.set(depth.saturating_sub(50));
    let r = vm.recursion_error("maximum recursion depth exceeded");
    vm.exec.depth.set(depth);
    r
}

/// Releases the registers from `from` up, the temporaries (highest first is not needed: CPython
/// pops its stack top-down, so do we), then leaves them unbound.
///
/// # Safety
/// `base..base+n` are registers.
#[inline(always)]
pub unsafe fn release_registers(base: *mut Value, from: usize, n: usize) {
    // SAFETY: registers own what they hold.
    unsafe {
        for i in from..n {
            let p = base.add(i);
            let v = *p;
            if v.is_heap_or_unbound() && v.0 != 0 {
                *p = Value::UNBOUND;
                krait_object::header::decref(v.header_ptr());
            }
        }
    }
}

/// Ends the running stacked frame: hands the registers to its frame object if someone still has
/// it, else releases them; pops it.
///
/// # Safety
/// `f` is the running frame, not a generator's.
#[inline(always)]
pub unsafe fn pop_frame(vm: &Vm, f: *const Frame) {
    // SAFETY: by contract; `code` outlives the frame.
    unsafe {
        let fr = &*f;
        let e = &vm.exec;
        if fr.frame_obj.get().0 != 0 {
            detach_frame_object(vm, fr);
        }
        let code = &*fr.code.get();
        let base = fr.base.get();
        let nlocals = code.nlocals as usize;
        let n = code.nregs as usize;
        release_registers(base, nlocals, n);
        release_registers(base, 0, nlocals);
        e.top.set(fr.back.get());
        e.sp.set(fr.saved_sp.get());
        e.next_frame.set(f as *mut Frame);
        e.depth.set(e.depth.get() - 1);
        let locals = fr.locals.replace(Value::UNBOUND);
        if locals.0 != 0 {
            drop(Obj::from_value(locals));
        }
    }
}

/// Takes back a frame just pushed, whose registers are not the frame's yet.
///
/// # Safety
/// `f` is the topmost frame; nothing has seen it.
pub unsafe fn unpush_frame(vm: &Vm, f: *const Frame) {
    // SAFETY: by contract.
    let fr = unsafe { &*f };
    let e = &vm.exec;
    e.top.set(fr.back.get());
    e.sp.set(fr.saved_sp.get());
    e.next_frame.set(f as *mut Frame);
    e.depth.set(e.depth.get() - 1);
}

/// The frame object of a live frame, made on demand.
pub fn frame_object(vm: &Vm, f: &Frame) -> Obj {
    let v = f.frame_obj.get();
    if v.0 != 0 {
        // SAFETY: the frame owns its frame object.
        return unsafe { krait_object::Ref::from_value_unchecked(v) }.to_obj();
    }
    let obj = PyFrame::new(vm, f).into_obj();
    f.frame_obj.set(obj.clone().into_value());
    obj
}

/// Cuts a frame object loose from its ending frame.
#[cold]
#[inline(never)]
pub fn detach_frame_object(vm: &Vm, f: &Frame) {
    let v = f.frame_obj.replace(Value::UNBOUND);
    // SAFETY: the frame owned its frame object.
    let obj = unsafe { Obj::from_value(v) };
    let Some(fo) = obj.r().downcast::<PyFrame>(vm) else { return };
    if fo.header.refcount() == 1 {
        // Nobody else can see it any more.
        fo.forget_frame();
        return;
    }
    let back = f.back.get();
    // SAFETY: the caller's frame is alive while the callee ends.
    let back = unsafe { back.as_ref() }.filter(|_| f.generator.get().is_null()).map(|b| frame_object(vm, b));
    fo.detach(vm, f, back);
}
