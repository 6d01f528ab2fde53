//! Raising, handler entry and exit, and unwinding.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, Instr};
use krait_object::error::{PyResult, Raised};
use krait_object::exception::{PyBaseException, is_exception, is_exception_class, peek};
use krait_object::exec::Frame;
use krait_object::generator::GenState;
use krait_object::traceback::PyTraceback;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Py, Ref, Value};

use super::frames::{FrameKind, frame_object, pop_frame, release_registers};
use super::generators::leave_generator;
use super::regs::{Regs, clear, consume_b, finish, get, own, put, put_obj, take, take_opt};

/// Adds the running frame to the pending exception's traceback.
#[cold]
pub fn add_traceback(vm: &Vm, f: &Frame) {
    let Some(exc) = vm.pending.take() else { return };
    // SAFETY: a running frame's code is alive.
    let code = unsafe { &*f.code.get() };
    let offset = code.offset_of(f.pc.get()).saturating_sub(1);
    let next = exc.traceback.take();
    let frame = frame_object(vm, f);
    let tb = PyTraceback::new(vm, next, frame, offset as i32 * 2, -1);
    exc.traceback.set(Some(tb.into_obj()));
    // Making the traceback raises nothing, so nothing else became pending.
    vm.pending.set(Some(exc));
}

/// A traceback of the innermost Python frame alone.
#[cold]
pub fn traceback_here(vm: &Vm) -> Option<Obj> {
    // SAFETY: the innermost frame is valid while native code runs above it.
    let f = unsafe { vm.exec.top.get().as_ref() }?;
    // SAFETY: a running frame's code is alive.
    let code = unsafe { &*f.code.get() };
    let offset = code.offset_of(f.pc.get()).saturating_sub(1);
    Some(PyTraceback::new(vm, None, frame_object(vm, f), offset as i32 * 2, -1).into_obj())
}

/// Where unwinding ended.
pub enum Unwound {
    /// A handler in this frame; registers and pc are set up.
    Handler(*const Frame),
    /// The exception leaves the interpreter; the entry frame is gone.
    Propagate(Raised),
    /// The exception reached the frame that is being stepped ([`super::dispatch::step`]).
    Floor(Raised),
}

/// Unwinds from frame `f` with an exception pending. `quiet`: the innermost frame is already in
/// the traceback (`RERAISE`, which also says where it stands itself).
///
/// # Safety
/// `f` is the running frame.
#[cold]
#[inline(never)]
pub unsafe fn unwind(vm: &Vm, mut f: *const Frame, raised: Raised, mut quiet: bool, mut reraised_at: Option<u32>) -> Unwound {
    // SAFETY: frames are linked and alive until popped here.
    unsafe {
        loop {
            let fr = &*f;
            if !quiet {
                add_traceback(vm, fr);
            }
            if vm.exec.tracing.get() != 0 {
                super::events::on_exception(vm, fr, quiet);
            }
            quiet = false;
            let code = &*fr.code.get();
            let at = code.offset_of(fr.pc.get()).saturating_sub(1);
            // `RERAISE` pretends to stand where the exception came from; its handler does not.
            if let Some(entry) = code.unit.handler(reraised_at.take().unwrap_or(at)) {
                let base = fr.base.get();
                let depth = entry.depth as usize;
                // The exception must not be pending while registers are released.
                let exc = vm.pending.take();
                release_registers(base, depth, code.nregs as usize);
                for i in depth..code.nregs as usize {
                    base.add(i).write(Value::UNBOUND);
                }
                let shown = if vm.exec.tracing.get() != 0 { exc.clone() } else { None };
                if let Some(exc) = exc {
                    put_obj(base, entry.depth, exc.into_obj());
                }
                if entry.lasti {
                    put(base, entry.depth + 1, Value::int_fitting(i64::from(at)));
                }
                fr.pc.set(code.entry().add(entry.handler as usize));
                if let Some(exc) = shown
                    && super::events::on_handled(vm, fr, exc.r()).is_err()
                {
                    // The observer's exception goes on from the handler.
                    fr.pc.set(fr.pc.get().add(1));
                    continue;
                }
                let _ = raised;
                return Unwound::Handler(f);
            }
            if vm.exec.tracing.get() != 0 {
                super::events::on_unwind(vm, fr);
            }
            let kind = FrameKind::of(fr);
            let back = fr.back.get();
            // Registers may run code when released: the exception is put aside meanwhile.
            let exc = vm.pending.take();
            if fr.generator.get().is_null() {
                pop_frame(vm, f);
            } else {
                leave_generator(vm, fr, GenState::Finished);
            }
            drop(vm.pending.replace(exc));
            if kind == FrameKind::Entry {
                return Unwound::Propagate(raised);
            }
            f = back;
            if f == vm.exec.step_floor.get() {
                return Unwound::Floor(raised);
            }
        }
    }
}

/// `RAISE`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs` (here and below).
#[cold]
#[inline(never)]
pub unsafe fn raise(vm: &Vm, regs: Regs, w: Instr) -> (Raised, bool) {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        match w.c() {
            0 => match krait_object::exception::handled(vm).and_then(|h| h.downcast::<PyBaseException>(vm).ok()) {
                // Its traceback has what it needs: this frame is not added again.
                Some(exc) => (vm.raise_as_is(exc), true),
                None => (vm.runtime_error("No active exception to reraise"), false),
            },
            n => {
                let exc = own(regs, w.a(), w.flags() & FLAG_KA != 0);
                let cause = if n == 2 { Some(own(regs, w.b(), w.flags() & FLAG_KB != 0)) } else { None };
                (do_raise(vm, exc, cause), false)
            }
        }
    }
}

fn instantiate(vm: &Vm, o: Obj) -> PyResult<Py<PyBaseException>> {
    let made = vm.call0(o.r())?;
    if !is_exception(made.r()) {
        let text = format!(
            "calling {} should have returned an instance of BaseException, not {}",
            vm.repr_text(o.r())?,
            vm.repr_text(made.r().ty(vm).r())?
        );
        return Err(vm.type_error(text));
    }
    // SAFETY: just checked.
    Ok(unsafe { made.downcast_unchecked() })
}

/// `raise exc from cause`.
pub fn do_raise(vm: &Vm, exc: Obj, cause: Option<Obj>) -> Raised {
    let exc = if is_exception_class(vm, exc.r()) {
        match instantiate(vm, exc) {
            Ok(e) => e,
            Err(r) => return r,
        }
    } else {
        match exc.downcast::<PyBaseException>(vm) {
            Ok(e) => e,
            Err(_) => return vm.type_error("exceptions must derive from BaseException"),
        }
    };
    if let Some(cause) = cause {
        let cause = if is_exception_class(vm, cause.r()) {
            match instantiate(vm, cause) {
                Ok(c) => Some(c.into_obj()),
                Err(r) => return r,
            }
        } else if cause.r().is_none() {
            None
        } else if is_exception(cause.r()) {
            Some(cause)
        } else {
            return vm.type_error("exception causes must derive from BaseException");
        };
        drop(exc.cause.replace(cause));
        exc.suppress_context.set(true);
    }
    vm.raise(exc)
}

/// `RERAISE`.
///
/// # Safety
/// See [`raise`].
pub unsafe fn reraise(vm: &Vm, f: &Frame, regs: Regs, w: Instr) -> Raised {
    // SAFETY: register `a` holds an exception; with b = 1, `a + 1` holds a word offset that
    // unwinding stored.
    unsafe {
        let exc = take(regs, w.a());
        if w.b() == 1
            && let Some(at) = super::regs::word(regs, w.a() + 1).as_int()
        {
            let code = &*f.code.get();
            f.pc.set(code.entry().add(at as usize + 1));
        }
        match exc.downcast::<PyBaseException>(vm) {
            Ok(e) => vm.raise_as_is(e),
            Err(_) => vm.type_error("exceptions must derive from BaseException"),
        }
    }
}

/// `PUSH_EXC`.
///
/// # Safety
/// See [`raise`].
pub unsafe fn push_exc(vm: &Vm, regs: Regs, a: u16) {
    // SAFETY: register `a` holds the exception.
    unsafe {
        let exc = get(regs, a).to_obj();
        let before = vm.handled.replace(Some(exc));
        put_obj(regs, a + 1, before.unwrap_or_else(Obj::none));
    }
}

/// `POP_EXC`.
///
/// # Safety
/// See [`raise`].
pub unsafe fn pop_exc(vm: &Vm, regs: Regs, a: u16) {
    // SAFETY: registers `a` and `a + 1` as `PUSH_EXC` left them.
    unsafe {
        let before = take_opt(regs, a + 1).filter(|b| !b.r().is_none());
        let old = vm.handled.replace(before);
        drop(old);
        clear(regs, a);
    }
}

/// `WITH_ENTER` / `ASYNC_WITH_ENTER`.
///
/// # Safety
/// See [`raise`].
pub unsafe fn with_enter(vm: &Vm, regs: Regs, w: Instr, is_async: bool) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let mgr = get(regs, w.b());
        let n = vm.names();
        let (enter_name, exit_name, what) = if is_async {
            (n.__aenter__, n.__aexit__, "asynchronous context manager")
        } else {
            (n.__enter__, n.__exit__, "context manager")
        };
        let missing = |name: &str| {
            let ty = mgr.ty(vm);
            let missed = if name == "exit" { exit_name } else { enter_name };
            let mut text =
                format!("'{}' object does not support the {what} protocol (missed {} method)", ty.tp_name(), missed.to_string_lossy());
            let (other_enter, other_exit, hint) = if is_async {
                (n.__enter__, n.__exit__, "context manager")
            } else {
                (n.__aenter__, n.__aexit__, "asynchronous context manager")
            };
            if ty.lookup(vm, other_enter).is_some() && ty.lookup(vm, other_exit).is_some() {
                let kw = if is_async { "with" } else { "async with" };
                text.push_str(&format!(" but it supports the {hint} protocol. Did you mean to use '{kw}'?"));
            }
            vm.type_error(text)
        };
        let Some(exit) = vm.lookup_special(mgr, exit_name)? else { return Err(missing("exit")) };
        let Some(enter) = vm.lookup_special(mgr, enter_name)? else { return Err(missing("enter")) };
        let entered = vm.call0(enter.r())?;
        consume_b(regs, w);
        put_obj(regs, w.a(), exit);
        put_obj(regs, w.a() + 1, entered);
        Ok(())
    }
}

/// `WITH_EXIT`.
///
/// # Safety
/// See [`raise`].
pub unsafe fn with_exit(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let exit = get(regs, w.b());
        let exc = get(regs, w.c());
        let r = match exc.downcast::<PyBaseException>(vm) {
            Some(e) => {
                let tb = peek(&e.traceback).unwrap_or_else(Obj::none);
                vm.call(exit, &[exc.ty(vm).r(), exc, tb.r()])?
            }
            None => vm.call(exit, &[vm.none(), vm.none(), vm.none()])?,
        };
        finish(regs, w, r);
        Ok(())
    }
}

/// `EG_MATCH`.
///
/// # Safety
/// See [`raise`].
pub unsafe fn eg_match(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let (exc, ty) = (get(regs, w.b()), get(regs, w.c()));
        krait_types::exceptions::check_except_star_type(vm, ty)?;
        let m = krait_types::exceptions::exception_group_match(vm, exc, ty)?;
        if let Some(matched) = &m.matched {
            if m.wrapped
                && let Some(e) = matched.r().downcast::<PyBaseException>(vm)
            {
                let top = &*vm.exec.top.get();
                let at = (*top.code.get()).offset_of(top.pc.get()).saturating_sub(1);
                let tb = PyTraceback::new(vm, None, frame_object(vm, top), at as i32 * 2, -1);
                e.traceback.set(Some(tb.into_obj()));
            }
            // The matched part is what `sys.exception()` shows in the clause.
            drop(vm.handled.replace(Some(matched.clone())));
        }
        super::regs::consume_bc(regs, w);
        put_obj(regs, w.a(), m.matched.unwrap_or_else(Obj::none));
        put_obj(regs, w.a() + 1, m.rest.unwrap_or_else(Obj::none));
        Ok(())
    }
}

/// `EG_PREP_RERAISE`.
///
/// # Safety
/// See [`raise`].
pub unsafe fn eg_prep_reraise(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame; `c` holds a list.
    unsafe {
        let raised = get(regs, w.c()).downcast_unchecked::<krait_object::list::PyList>().to_vec();
        let r = krait_types::exceptions::prep_reraise_star(vm, get(regs, w.b()), &raised)?;
        finish(regs, w, r);
        Ok(())
    }
}

/// `END_ASYNC_FOR`: `None` if the loop ended normally.
///
/// # Safety
/// See [`raise`].
pub unsafe fn end_async_for(vm: &Vm, regs: Regs, w: Instr) -> Option<Raised> {
    // SAFETY: register `a` holds an exception, `b` the async iterator.
    unsafe {
        let exc = take(regs, w.a());
        if exc.r().ty(vm).is_subtype(vm.types.stop_async_iteration) {
            drop(exc);
            clear(regs, w.b());
            return None;
        }
        match exc.downcast::<PyBaseException>(vm) {
            Ok(e) => Some(vm.raise_as_is(e)),
            Err(_) => Some(vm.system_error("bad exception in async for")),
        }
    }
}

/// The result of `__init__` must be None.
#[cold]
pub fn init_returned(vm: &Vm, v: Ref<'_>) -> Raised {
    vm.type_error(format!("__init__() should return None, not '{}'", v.ty(vm).tp_name()))
}
