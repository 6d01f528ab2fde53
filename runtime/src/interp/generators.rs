//! Suspension and resumption of generators, coroutines and async generators.
//!
//! A running generator's frame is linked into the frame chain like any other, but runs on the
//! registers the generator owns. While it runs, `PyGenerator::outer` keeps what the resuming side
//! was handling, so that `sys.exception()` inside sees it beneath the generator's own.

use std::cell::{Cell, UnsafeCell};

use krait_frontend::bytecode::{FLAG_DISCARD, Instr};
use krait_object::code::PyCode;
use krait_object::error::PyResult;
use krait_object::exception::PyBaseException;
use krait_object::exec::{Frame, HandledItem};
use krait_object::function::{PyFunction, alloc_exact, no_header};
use krait_object::generator::{GenState, PyGenerator};
use krait_object::slots::SendResult;
use krait_object::ty::PyType;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Py, Ref, Value};

use super::bind::field;
use super::frames::{FrameKind, detach_frame_object, release_registers};
use super::regs::{Regs, clear, get, put_obj, take};

/// The frame is suspended in `YIELD_FROM` (its pc is at the instruction).
pub const FRAME_DELEGATING: u8 = 1;
/// The last value came out of an async generator's own `yield`.
pub const FRAME_ASYNC_YIELD: u8 = 2;

fn generator_type(vm: &Vm, code: &PyCode) -> &'static PyType {
    if code.has(PyCode::CO_COROUTINE) {
        vm.types.coroutine
    } else if code.has(PyCode::CO_ASYNC_GENERATOR) {
        vm.types.async_generator
    } else {
        vm.types.generator
    }
}

/// `RETURN_GENERATOR`: moves the running frame's registers into a new generator. The caller pops
/// the frame.
///
/// # Safety
/// `f` is the running frame.
pub unsafe fn make_generator(vm: &Vm, f: &Frame) -> Py<PyGenerator> {
    // SAFETY: a running frame's code and function are alive.
    let (code, func): (&PyCode, &PyFunction) = unsafe { (&*f.code.get(), &*f.func.get()) };
    let n = code.nregs as usize;
    let base = f.base.get();
    // SAFETY: registers of the frame; their references move over.
    let mut regs: Box<[Value]> = unsafe {
        let moved = std::slice::from_raw_parts(base, n).into();
        std::ptr::write_bytes(base, 0, n);
        moved
    };
    let frame = Frame {
        pc: Cell::new(f.pc.get()),
        base: Cell::new(regs.as_mut_ptr()),
        code: Cell::new(code),
        func: Cell::new(func),
        globals: Cell::new(f.globals.get()),
        locals: Cell::new(f.locals.replace(Value::UNBOUND)),
        frame_obj: Cell::new(Value::UNBOUND),
        generator: Cell::new(std::ptr::null()),
        back: Cell::new(std::ptr::null()),
        saved_sp: Cell::new(std::ptr::null_mut()),
        ret: Cell::new(0),
        window: Cell::new(0),
        kind: Cell::new(0),
        flags: Cell::new(0),
        traced_line: Cell::new(0),
        traced_at: Cell::new(0),
    };
    // SAFETY: names are not replaced while they are copied.
    let (name, qualname) = unsafe { (field(&func.name).clone(), field(&func.qualname).clone()) };
    let payload = PyGenerator {
        header: no_header(),
        frame,
        func: func.to_py(),
        regs: UnsafeCell::new(regs),
        state: Cell::new(GenState::Created),
        outer: HandledItem { value: Cell::new(None), outer: Cell::new(std::ptr::null()) },
        handled: Cell::new(None),
        name: UnsafeCell::new(name),
        qualname: UnsafeCell::new(qualname),
        origin: Cell::new(None),
        ag_hooks_inited: Cell::new(false),
        ag_closed: Cell::new(false),
        ag_running: Cell::new(false),
    };
    // SAFETY: the three types have this layout.
    let g = unsafe { alloc_exact(vm, generator_type(vm, code), payload) };
    g.frame.generator.set(g.as_ptr());
    g
}

/// Makes the generator's frame the running one, with `value` as the result of its `yield`.
///
/// # Safety
/// The generator is created or suspended, and the caller keeps it alive until the frame is left.
#[inline]
pub unsafe fn enter_generator(vm: &Vm, caller: &Frame, g: &PyGenerator, value: Obj, kind: FrameKind, ret: u16) -> PyResult<*const Frame> {
    let _ = caller;
    let e = &vm.exec;
    let depth = e.depth.get();
    if depth >= vm.interp.recursion_limit.get() {
        return Err(vm.recursion_error("maximum recursion depth exceeded"));
    }
    e.depth.set(depth + 1);
    let f = &g.frame;
    if g.state.get() == GenState::Suspended {
        // SAFETY: a suspended frame's pc is behind its YIELD, or at its YIELD_FROM.
        unsafe {
            if f.flags.get() & FRAME_DELEGATING != 0 {
                let w = Instr(*f.pc.get());
                put_obj(f.base.get(), w.c(), value);
            } else {
                let w = Instr(*f.pc.get().sub(1));
                if w.flags() & FLAG_DISCARD == 0 {
                    put_obj(f.base.get(), w.a(), value);
                }
            }
        }
    }
    f.flags.set(0);
    g.state.set(GenState::Running);
    f.back.set(e.top.get());
    f.saved_sp.set(e.sp.get());
    f.kind.set(kind as u8);
    f.ret.set(ret);
    g.outer.value.set(vm.handled.take());
    g.outer.outer.set(e.handled_outer.get());
    e.handled_outer.set(&g.outer);
    vm.handled.set(g.handled.take());
    e.top.set(f);
    Ok(f)
}

/// Unlinks a running generator's frame. With `finished`, its registers are released for good.
///
/// # Safety
/// `f` is the running frame of a generator.
#[inline]
pub unsafe fn leave_generator(vm: &Vm, f: &Frame, state: GenState) {
    // SAFETY: by contract; generators outlive their running frame.
    let g = unsafe { &*f.generator.get() };
    let e = &vm.exec;
    if state == GenState::Finished {
        if f.frame_obj.get().0 != 0 {
            detach_frame_object(vm, f);
        }
        // SAFETY: the generator owns its registers.
        unsafe {
            let code = &*f.code.get();
            release_registers(f.base.get(), code.nlocals as usize, code.nregs as usize);
            release_registers(f.base.get(), 0, code.nlocals as usize);
        }
        g.release_locals();
        drop(vm.handled.take());
    } else {
        g.handled.set(vm.handled.take());
    }
    vm.handled.set(g.outer.value.take());
    e.handled_outer.set(g.outer.outer.get());
    e.top.set(f.back.get());
    e.sp.set(f.saved_sp.get());
    e.depth.set(e.depth.get() - 1);
    f.back.set(std::ptr::null());
    g.state.set(state);
}

/// What `YIELD_FROM` did.
pub enum Delegation {
    /// The sub-iterator yielded: suspend with this value.
    Yield(Obj),
    /// The sub-iterator is done; its result is in place.
    Done,
    /// A sub-generator's frame was entered.
    Entered(*const Frame),
}

/// `YIELD_FROM`.
///
/// # Safety
/// `w` is the instruction at hand in the frame owning `regs`.
pub unsafe fn yield_from(vm: &Vm, caller: &Frame, regs: Regs, w: Instr) -> PyResult<Delegation> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let it = get(regs, w.b());
        let ty = it.ty(vm);
        let value = take(regs, w.c());
        if std::ptr::eq(ty, vm.types.generator) || std::ptr::eq(ty, vm.types.coroutine) {
            let g = it.downcast_unchecked::<PyGenerator>();
            if matches!(g.state.get(), GenState::Suspended) || (g.state.get() == GenState::Created && value.r().is_none()) {
                return enter_generator(vm, caller, g, value, FrameKind::GenSend, w.a()).map(Delegation::Entered);
            }
        }
        match send(vm, it, value.r())? {
            SendResult::Yield(v) => Ok(Delegation::Yield(v)),
            SendResult::Return(v) => {
                finish_delegation(regs, w, v);
                Ok(Delegation::Done)
            }
        }
    }
}

/// Ends a `YIELD_FROM`: releases iterator and value, stores the result.
///
/// # Safety
/// As [`yield_from`].
pub unsafe fn finish_delegation(regs: Regs, w: Instr, v: Obj) {
    // SAFETY: by contract.
    unsafe {
        clear(regs, w.b());
        clear(regs, w.c());
        put_obj(regs, w.a(), v);
    }
}

/// Sends a value into any iterator (`PyIter_Send`).
pub fn send(vm: &Vm, it: Ref<'_>, value: Ref<'_>) -> PyResult<SendResult> {
    let slots = &it.ty(vm).slots;
    if let Some(f) = slots.am_send.get() {
        return f(vm, it, value);
    }
    let r = match slots.iternext.get() {
        Some(f) if value.is_none() => f(vm, it),
        _ => vm.call_method(it, vm.names().send, &[value]).map(Some),
    };
    match r {
        Ok(Some(v)) => Ok(SendResult::Yield(v)),
        Ok(None) => Ok(SendResult::Return(Obj::none())),
        Err(e) => {
            let exc = vm.catch(e, vm.types.stop_iteration)?;
            Ok(SendResult::Return(stop_iteration_value(vm, &exc)?))
        }
    }
}

/// `StopIteration.value`.
pub fn stop_iteration_value(vm: &Vm, exc: &Py<PyBaseException>) -> PyResult<Obj> {
    vm.getattr(exc.r(), vm.names().value)
}

/// Resumes a generator from native code with a value.
pub fn resume(vm: &Vm, g: &PyGenerator, value: Obj) -> PyResult<SendResult> {
    let keep = g.to_py();
    vm.check_stack("")?;
    // SAFETY: `keep` holds the generator while it runs.
    let r = unsafe {
        let f = enter_generator(vm, &keep.frame, &keep, value, FrameKind::Entry, 0)?;
        super::dispatch::run(vm, f)
    };
    finish_resume(&keep, r)
}

/// Resumes a generator from native code by raising the pending exception at its `yield`.
pub fn resume_throw(vm: &Vm, g: &PyGenerator, exc: Py<PyBaseException>) -> PyResult<SendResult> {
    let keep = g.to_py();
    vm.check_stack("")?;
    // SAFETY: as for `resume`. A delegating frame's YIELD_FROM is over: its pc moves behind it.
    let r = unsafe {
        let delegating = keep.frame.flags.get() & FRAME_DELEGATING != 0;
        let f = enter_generator(vm, &keep.frame, &keep, Obj::none(), FrameKind::Entry, 0)?;
        if delegating {
            (*f).pc.set((*f).pc.get().add(1));
        }
        let raised = vm.raise(exc);
        super::dispatch::run_raising(vm, f, raised)
    };
    finish_resume(&keep, r)
}

/// Resumes a delegating generator whose sub-iterator ended with `value`.
pub fn resume_after_delegation(vm: &Vm, g: &PyGenerator, value: Obj) -> PyResult<SendResult> {
    let keep = g.to_py();
    vm.check_stack("")?;
    // SAFETY: the frame is suspended at its YIELD_FROM, which ends here.
    let r = unsafe {
        let f = enter_generator(vm, &keep.frame, &keep, Obj::none(), FrameKind::Entry, 0)?;
        let w = Instr(*(*f).pc.get());
        finish_delegation((*f).base.get(), w, value);
        (*f).pc.set((*f).pc.get().add(1));
        super::dispatch::run(vm, f)
    };
    finish_resume(&keep, r)
}

fn finish_resume(g: &PyGenerator, r: PyResult<Obj>) -> PyResult<SendResult> {
    let v = r?;
    Ok(if g.state.get() == GenState::Finished { SendResult::Return(v) } else { SendResult::Yield(v) })
}

/// The iterator a suspended generator delegates to.
pub fn delegate(g: &PyGenerator) -> Option<Obj> {
    if g.state.get() != GenState::Suspended || g.frame.flags.get() & FRAME_DELEGATING == 0 {
        return None;
    }
    // SAFETY: the frame is suspended at its YIELD_FROM, whose operand `b` is the iterator.
    unsafe {
        let w = Instr(*g.frame.pc.get());
        Ref::from_value_opt(*g.frame.base.get().add(w.b() as usize)).map(Ref::to_obj)
    }
}

/// Releases the variables of a suspended generator, which is finished by that.
pub fn release_variables(g: &PyGenerator) {
    g.state.set(GenState::Finished);
    // SAFETY: the generator owns its registers and is not running.
    unsafe { release_registers(g.frame.base.get(), 0, (*g.frame.code.get()).nregs as usize) };
}

/// Releases everything a generator's frame holds (it will never run again).
pub fn clear_generator(vm: &Vm, g: &PyGenerator) {
    if g.state.get() == GenState::Running {
        return;
    }
    g.state.set(GenState::Finished);
    if g.frame.frame_obj.get().0 != 0 {
        detach_frame_object(vm, &g.frame);
    }
    // SAFETY: the generator owns its registers and is not running.
    unsafe { release_registers(g.frame.base.get(), 0, (*g.frame.code.get()).nregs as usize) };
    g.release_locals();
    drop(g.handled.take());
}

/// `GET_YIELD_FROM_ITER`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
pub unsafe fn get_yield_from_iter(vm: &Vm, code: &PyCode, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let v = get(regs, w.b());
        let it = if v.is_exact::<PyGenerator>(vm) {
            v.to_obj()
        } else if std::ptr::eq(v.ty(vm), vm.types.coroutine) {
            if !code.has(PyCode::CO_COROUTINE | PyCode::CO_ITERABLE_COROUTINE) {
                return Err(vm.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
            }
            v.to_obj()
        } else {
            vm.iter(v)?
        };
        super::regs::finish_b(regs, w, it);
        Ok(())
    }
}

/// `GET_AWAITABLE`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
pub unsafe fn get_awaitable(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let v = get(regs, w.b());
        let it = match awaitable_iter(vm, v) {
            Ok(it) => it,
            Err(e) => {
                if w.c() != 0 && v.ty(vm).slots.am_await.get().is_none() && vm.raised_is(vm.types.type_error) {
                    drop(vm.take_raised(e));
                    let method = if w.c() == 1 { "__aenter__" } else { "__aexit__" };
                    return Err(vm.type_error(format!(
                        "'async with' received an object from {method} that does not implement __await__: {}",
                        v.ty(vm).tp_name()
                    )));
                }
                return Err(e);
            }
        };
        if std::ptr::eq(it.r().ty(vm), vm.types.coroutine) {
            let g = it.r().downcast_unchecked::<PyGenerator>();
            if delegate(g).is_some() {
                return Err(vm.runtime_error("coroutine is being awaited already"));
            }
        }
        super::regs::finish_b(regs, w, it);
        Ok(())
    }
}

/// The iterator behind `await o`.
pub fn awaitable_iter(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let ty = o.ty(vm);
    if std::ptr::eq(ty, vm.types.coroutine) {
        return Ok(o.to_obj());
    }
    if std::ptr::eq(ty, vm.types.generator) {
        // SAFETY: an exact generator.
        let g = unsafe { o.downcast_unchecked::<PyGenerator>() };
        // SAFETY: a generator's code outlives it.
        if unsafe { (*g.frame.code.get()).has(PyCode::CO_ITERABLE_COROUTINE) } {
            return Ok(o.to_obj());
        }
    }
    let Some(f) = ty.slots.am_await.get() else {
        return Err(vm.type_error(format!("'{}' object can't be awaited", ty.tp_name())));
    };
    let it = f(vm, o)?;
    let it_ty = it.r().ty(vm);
    let coro = std::ptr::eq(it_ty, vm.types.coroutine)
        || it.r().downcast_exact::<PyGenerator>(vm).is_some_and(|g| {
            // SAFETY: a generator's code outlives it.
            unsafe { (*g.frame.code.get()).has(PyCode::CO_ITERABLE_COROUTINE) }
        });
    if coro {
        return Err(vm.type_error("__await__() returned a coroutine"));
    }
    if it_ty.slots.iternext.get().is_none() {
        return Err(vm.type_error(format!("__await__() returned non-iterator of type '{}'", it_ty.tp_name())));
    }
    Ok(it)
}

/// `GET_AITER`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
pub unsafe fn get_aiter(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let o = get(regs, w.b());
        let Some(f) = o.ty(vm).slots.am_aiter.get() else {
            return Err(vm.type_error(format!("'async for' requires an object with __aiter__ method, got {}", o.ty(vm).tp_name())));
        };
        let it = f(vm, o)?;
        if it.r().ty(vm).slots.am_anext.get().is_none() {
            return Err(vm.type_error(format!(
                "'async for' received an object from __aiter__ that does not implement __anext__: {}",
                it.r().ty(vm).tp_name()
            )));
        }
        super::regs::finish_b(regs, w, it);
        Ok(())
    }
}

/// `GET_ANEXT`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
pub unsafe fn get_anext(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let it = get(regs, w.b());
        let Some(f) = it.ty(vm).slots.am_anext.get() else {
            return Err(vm.type_error(format!("'async for' requires an iterator with __anext__ method, got {}", it.ty(vm).tp_name())));
        };
        let next = f(vm, it)?;
        if std::ptr::eq(it.ty(vm), vm.types.async_generator) {
            put_obj(regs, w.a(), next);
            return Ok(());
        }
        match awaitable_iter(vm, next.r()) {
            Ok(a) => {
                put_obj(regs, w.a(), a);
                Ok(())
            }
            Err(e) => {
                let cause = vm.take_raised(e);
                let text = format!("'async for' received an invalid object from __anext__: {}", next.r().ty(vm).tp_name());
                let exc = krait_object::exception::new_exception_msg(vm, vm.types.type_error, &text);
                exc.cause.set(Some(cause.clone().into_obj()));
                exc.suppress_context.set(true);
                exc.context.set(Some(cause.into_obj()));
                Err(vm.raise_as_is(exc))
            }
        }
    }
}
