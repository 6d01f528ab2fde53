//! Generators, coroutines and async generators as Python sees them: resuming, throwing, closing,
//! finalising. Suspension itself is the interpreter's (`interp/generators.rs`).

use krait_frontend::bytecode::{Instr, Intrinsic1, Op};
use krait_object::error::PyResult;
use krait_object::exception::{PyBaseException, is_exception, is_exception_class, peek};
use krait_object::generator::{GenState, PyGenerator};
use krait_object::prelude::*;

use crate::interp::generators::{delegate, resume, resume_after_delegation, resume_throw, stop_iteration_value};

pub mod async_generator;
pub mod coroutine;
pub mod generator;

/// What the three kinds are called in messages.
pub fn kind_name(vm: &Vm, g: &PyGenerator) -> &'static str {
    let ty = g.r().ty(vm);
    if std::ptr::eq(ty, vm.types.coroutine) {
        "coroutine"
    } else if std::ptr::eq(ty, vm.types.async_generator) {
        "async generator"
    } else {
        "generator"
    }
}

fn already_executing(vm: &Vm, g: &PyGenerator) -> Raised {
    vm.value_error(format!("{} already executing", kind_name(vm, g)))
}

/// Resumes with a value, as `gen.send` does.
pub fn send(vm: &Vm, g: &PyGenerator, value: Ref<'_>) -> PyResult<SendResult> {
    match g.state.get() {
        GenState::Running => Err(already_executing(vm, g)),
        GenState::Finished => {
            if std::ptr::eq(g.r().ty(vm), vm.types.coroutine) {
                return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
            }
            Ok(SendResult::Return(Obj::none()))
        }
        GenState::Created if !value.is_none() => {
            Err(vm.type_error(format!("can't send non-None value to a just-started {}", kind_name(vm, g))))
        }
        _ => resume(vm, g, value.to_obj()),
    }
}

/// The result of a resumption at Python level: the yielded value, or StopIteration (or
/// StopAsyncIteration for async generators).
pub fn deliver(vm: &Vm, g: &PyGenerator, r: SendResult) -> PyResult<Obj> {
    match r {
        SendResult::Yield(v) => Ok(v),
        SendResult::Return(v) => {
            if std::ptr::eq(g.r().ty(vm), vm.types.async_generator) {
                return Err(vm.raise_with(vm.types.stop_async_iteration, vec![]));
            }
            Err(vm.stop_iteration(v))
        }
    }
}

/// `__next__`.
pub fn next(vm: &Vm, g: &PyGenerator) -> PyResult<Option<Obj>> {
    match send(vm, g, vm.none())? {
        SendResult::Yield(v) => Ok(Some(v)),
        SendResult::Return(v) if v.r().is_none() => Ok(None),
        SendResult::Return(v) => Err(vm.stop_iteration(v)),
    }
}

/// The exception that `throw(typ, val, tb)` means.
pub fn throw_argument(vm: &Vm, typ: Ref<'_>, val: Option<Ref<'_>>, tb: Option<Ref<'_>>) -> PyResult<Py<PyBaseException>> {
    let tb = tb.filter(|t| !t.is_none());
    if let Some(t) = tb
        && !t.is_instance_of::<krait_object::traceback::PyTraceback>(vm)
    {
        return Err(vm.type_error("throw() third argument must be a traceback object"));
    }
    let exc = if is_exception_class(vm, typ) {
        let made = match val {
            None => vm.call0(typ)?,
            Some(v) if v.is_none() => vm.call0(typ)?,
            Some(v) if is_exception(v) && vm.isinstance(v, typ)? => v.to_obj(),
            Some(v) => match v.downcast::<PyTuple>(vm) {
                Some(t) => vm.call(typ, t.as_refs())?,
                None => vm.call1(typ, v)?,
            },
        };
        match made.downcast::<PyBaseException>(vm) {
            Ok(e) => e,
            Err(o) => {
                return Err(vm.type_error(format!(
                    "calling {} should have returned an instance of BaseException, not {}",
                    vm.repr_text(typ)?,
                    o.r().ty(vm).tp_name()
                )));
            }
        }
    } else if let Some(e) = typ.downcast::<PyBaseException>(vm) {
        if val.is_some_and(|v| !v.is_none()) {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        e.to_py()
    } else {
        return Err(
            vm.type_error(format!("exceptions must be classes or instances deriving from BaseException, not {}", typ.ty(vm).tp_name()))
        );
    };
    if let Some(t) = tb {
        exc.traceback.set(Some(t.to_obj()));
    }
    Ok(exc)
}

/// Marks the generator as running while its sub-iterator is dealt with. Its frame is among the
/// running ones, so that whoever looks at the stack sees it.
struct Busy<'a> {
    vm: &'a Vm,
    generator: &'a PyGenerator,
}

impl<'a> Busy<'a> {
    fn new(vm: &'a Vm, generator: &'a PyGenerator) -> Busy<'a> {
        generator.state.set(GenState::Running);
        generator.frame.back.set(vm.exec.top.replace(&generator.frame));
        Busy { vm, generator }
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.vm.exec.top.set(self.generator.frame.back.replace(std::ptr::null()));
        self.generator.state.set(GenState::Suspended);
    }
}

/// Resumes by raising `exc` at the suspended `yield`, delegating to the sub-iterator first.
pub fn throw(vm: &Vm, g: &PyGenerator, exc: Py<PyBaseException>) -> PyResult<SendResult> {
    match g.state.get() {
        GenState::Running => return Err(already_executing(vm, g)),
        GenState::Finished => {
            if std::ptr::eq(g.r().ty(vm), vm.types.coroutine) {
                return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
            }
            return Err(vm.raise(exc));
        }
        GenState::Created => {
            // Never started: the frame ends at once, with the exception raised in it.
            return resume_throw(vm, g, exc);
        }
        GenState::Suspended => {}
    }
    vm.check_stack("")?;
    if let Some(sub) = delegate(g) {
        if exc.r().ty(vm).is_subtype(vm.types.generator_exit) {
            let closed = {
                let _busy = Busy::new(vm, g);
                close_iterator(vm, sub.r())
            };
            if let Err(e) = closed {
                let e = vm.take_raised(e);
                return resume_throw(vm, g, e);
            }
            return resume_throw(vm, g, exc);
        }
        let r = {
            let _busy = Busy::new(vm, g);
            throw_into(vm, sub.r(), &exc)
        };
        return match r {
            Ok(None) => resume_throw(vm, g, exc),
            Ok(Some(SendResult::Yield(v))) => Ok(SendResult::Yield(v)),
            Ok(Some(SendResult::Return(v))) => resume_after_delegation(vm, g, v),
            Err(e) => {
                let e = vm.take_raised(e);
                resume_throw(vm, g, e)
            }
        };
    }
    resume_throw(vm, g, exc)
}

/// Throws into a sub-iterator; `None` if it has no `throw`.
fn throw_into(vm: &Vm, sub: Ref<'_>, exc: &Py<PyBaseException>) -> PyResult<Option<SendResult>> {
    if let Some(g) = as_generator(vm, sub) {
        return throw(vm, g, exc.clone()).map(Some);
    }
    let Some(method) = vm.getattr_opt(sub, vm.names().throw)? else { return Ok(None) };
    match vm.call1(method.r(), exc.r()) {
        Ok(v) => Ok(Some(SendResult::Yield(v))),
        Err(e) => {
            let stop = vm.catch(e, vm.types.stop_iteration)?;
            Ok(Some(SendResult::Return(stop_iteration_value(vm, &stop)?)))
        }
    }
}

/// The object as a generator or coroutine.
pub fn as_generator<'a>(vm: &Vm, o: Ref<'a>) -> Option<&'a PyGenerator> {
    let ty = o.ty(vm);
    if std::ptr::eq(ty, vm.types.generator) || std::ptr::eq(ty, vm.types.coroutine) {
        // SAFETY: both types have this layout.
        return Some(unsafe { o.downcast_unchecked() });
    }
    None
}

fn close_iterator(vm: &Vm, sub: Ref<'_>) -> PyResult<()> {
    if let Some(g) = as_generator(vm, sub) {
        return close(vm, g).map(drop);
    }
    match vm.getattr_opt(sub, vm.names().close) {
        Ok(Some(m)) => vm.call0(m.r()).map(drop),
        Ok(None) => Ok(()),
        Err(e) => {
            vm.unraisable(e, "Exception ignored in", Some(sub));
            Ok(())
        }
    }
}

/// Is a suspended generator outside all exception handlers but the one that every generator's body
/// has, which turns StopIteration into RuntimeError?
fn nothing_catches(g: &PyGenerator) -> bool {
    // SAFETY: a generator's code outlives it.
    let code = unsafe { &*g.frame.code.get() };
    let at = code.offset_of(g.frame.pc.get()).saturating_sub(1);
    code.unit.handler(at).is_none_or(|h| {
        // SAFETY: handlers of verified code are inside it.
        let w = Instr(unsafe { *code.entry().add(h.handler as usize) });
        w.op() == Op::INTRINSIC_1 && w.c() == Intrinsic1::StopIterationError as u16
    })
}

/// `close()`: the value of a `return` that GeneratorExit provoked, else None.
pub fn close(vm: &Vm, g: &PyGenerator) -> PyResult<Obj> {
    match g.state.get() {
        GenState::Running => return Err(already_executing(vm, g)),
        GenState::Finished => return Ok(Obj::none()),
        GenState::Created => {
            crate::interp::generators::clear_generator(vm, g);
            return Ok(Obj::none());
        }
        GenState::Suspended => {}
    }
    let keep = g.to_py();
    if vm.exec.tracing.get() == 0 && delegate(g).is_none() && nothing_catches(g) {
        // GeneratorExit would only release what the frame holds. A frame object that someone has
        // does not get the variables.
        crate::interp::generators::release_variables(g);
        crate::interp::generators::clear_generator(vm, g);
        return Ok(Obj::none());
    }
    let mut failure = None;
    if let Some(sub) = delegate(&keep) {
        let _busy = Busy::new(vm, &keep);
        if let Err(e) = close_iterator(vm, sub.r()) {
            failure = Some(vm.take_raised(e));
        }
    }
    let exc = match failure {
        Some(e) => e,
        None => krait_object::exception::new_exception(vm, vm.types.generator_exit, vec![])?,
    };
    match resume_throw(vm, &keep, exc) {
        Ok(SendResult::Yield(_)) => Err(vm.runtime_error(format!("{} ignored GeneratorExit", kind_name(vm, g)))),
        Ok(SendResult::Return(v)) => Ok(v),
        Err(e) => {
            if vm.raised_is(vm.types.generator_exit) || vm.raised_is(vm.types.stop_iteration) {
                drop(vm.take_raised(e));
                return Ok(Obj::none());
            }
            Err(e)
        }
    }
}

/// The `finalize` slot of all three kinds.
pub fn finalize(vm: &Vm, o: Ref<'_>) -> PyResult<()> {
    // SAFETY: only the three kinds have this slot.
    let g: &PyGenerator = unsafe { o.downcast_unchecked() };
    if g.state.get() == GenState::Finished {
        return Ok(());
    }
    if std::ptr::eq(o.ty(vm), vm.types.async_generator)
        && let Some(hook) = peek(&g.origin)
        && !g.ag_closed.get()
        && !hook.r().is_none()
    {
        return vm.call1(hook.r(), o).map(drop);
    }
    if std::ptr::eq(o.ty(vm), vm.types.coroutine) && g.state.get() == GenState::Created {
        coroutine::warn_never_awaited(vm, g);
        return Ok(());
    }
    if let Err(e) = close(vm, g) {
        let (context, e) = krait_object::finalize::context_with(vm, e, o, "Exception ignored while closing generator");
        vm.unraisable(e, &context, None);
    }
    Ok(())
}

/// A coroutine was made: note where, if `sys.set_coroutine_origin_tracking_depth` asks for it.
pub fn note_coroutine_origin(vm: &Vm, g: &PyGenerator) {
    coroutine::note_origin(vm, g);
}

/// A StopIteration that leaves a generator becomes a RuntimeError (PEP 479).
pub fn stop_iteration_error(vm: &Vm, exc: Ref<'_>) -> PyResult<Obj> {
    let ty = exc.ty(vm);
    let top = vm.exec.top.get();
    // SAFETY: the running frame is alive.
    let g = unsafe { top.as_ref().and_then(|f| f.generator.get().as_ref()) };
    let kind = g.map_or("generator", |g| kind_name(vm, g));
    let text = if ty.is_subtype(vm.types.stop_iteration) {
        format!("{kind} raised StopIteration")
    } else if kind == "async generator" && ty.is_subtype(vm.types.stop_async_iteration) {
        String::from("async generator raised StopAsyncIteration")
    } else {
        return Ok(exc.to_obj());
    };
    let new = krait_object::exception::new_exception_msg(vm, vm.types.runtime_error, &text);
    new.cause.set(Some(exc.to_obj()));
    new.suppress_context.set(true);
    new.context.set(Some(exc.to_obj()));
    Ok(new.into_obj())
}

/// `<generator object f at 0x...>`.
pub fn repr(vm: &Vm, g: &PyGenerator) -> String {
    let kind = match kind_name(vm, g) {
        "async generator" => "async_generator",
        k => k,
    };
    // SAFETY: the name is not replaced while it is copied.
    let name = unsafe { (*g.qualname.get()).to_string_lossy() };
    format!("<{kind} object {name} at {:#x}>", g.r().value().0)
}

/// `__name__` / `__qualname__` setters.
pub fn set_name(vm: &Vm, cell: &std::cell::UnsafeCell<Py<PyStr>>, value: Option<Ref<'_>>, attr: &str) -> PyResult<()> {
    match value.and_then(|v| v.downcast::<PyStr>(vm)) {
        Some(s) => {
            // SAFETY: the old name is dropped after the field is consistent again.
            drop(unsafe { std::mem::replace(&mut *cell.get(), s.to_py()) });
            Ok(())
        }
        None => Err(vm.type_error(format!("{attr} must be set to a string object"))),
    }
}

/// `gi_frame` and the like: None once finished.
pub fn frame_of(vm: &Vm, g: &PyGenerator) -> Obj {
    if g.state.get() == GenState::Finished {
        return Obj::none();
    }
    crate::interp::frames::frame_object(vm, &g.frame)
}

/// `gi_code` and the like.
pub fn code_of(g: &PyGenerator) -> Obj {
    // SAFETY: a generator's code outlives it (its function holds it).
    unsafe { (*g.frame.code.get()).to_obj() }
}

/// `gi_yieldfrom` and the like.
pub fn delegate_of(g: &PyGenerator) -> Obj {
    delegate(g).unwrap_or_else(Obj::none)
}

/// Warns about the three-argument form of `throw`.
pub fn warn_old_throw(vm: &Vm, val: Option<Ref<'_>>, tb: Option<Ref<'_>>) -> PyResult<()> {
    if val.is_some() || tb.is_some() {
        vm.warn(
            vm.types.deprecation_warning,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
            1,
        )?;
    }
    Ok(())
}

/// Reports what goes wrong while an unawaited coroutine is finalised.
fn unraisable_at_end(vm: &Vm, e: krait_object::error::Raised, g: &PyGenerator) {
    let (context, e) = krait_object::finalize::context_with(vm, e, g.r(), "Exception ignored while finalizing coroutine");
    vm.unraisable(e, &context, None);
}
