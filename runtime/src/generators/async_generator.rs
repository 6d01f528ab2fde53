//! The `async_generator` type, and the awaitables its methods return (PEP 525).
//!
//! `asend(v)`, `athrow(e)` and `aclose()` return an object that drives the generator when awaited:
//! a value of the generator's own `yield` ends the await (as StopIteration's value); whatever an
//! inner `await` yields passes through.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::exception::PyBaseException;
use krait_object::function::{alloc_exact, no_header};
use krait_object::generator::{GenState, PyGenerator};
use krait_object::prelude::*;
use krait_object::table_layout;

use super::{send as send_gen, throw as throw_gen, throw_argument};
use crate::interp::generators::FRAME_ASYNC_YIELD;

/// A thread's hooks of `sys.set_asyncgen_hooks`.
#[derive(Default, Clone)]
pub struct AsyncGenHooks {
    pub firstiter: Option<Obj>,
    pub finalizer: Option<Obj>,
}

/// The hooks of all threads, by thread id.
#[derive(Default)]
struct AllHooks(std::cell::RefCell<std::collections::HashMap<u64, AsyncGenHooks>>);

impl AsyncGenHooks {
    /// The hooks of the running thread.
    pub fn of(vm: &Vm) -> AsyncGenHooks {
        vm.interp.state::<AllHooks>().0.borrow().get(&vm.thread_id.get()).cloned().unwrap_or_default()
    }

    /// Makes these the hooks of the running thread; returns the old ones.
    #[must_use = "dropping the old hooks may run Python code"]
    pub fn install(self, vm: &Vm) -> Option<AsyncGenHooks> {
        vm.interp.state::<AllHooks>().0.borrow_mut().insert(vm.thread_id.get(), self)
    }

    /// Forgets a thread that ended.
    pub fn forget(vm: &Vm) {
        let old = vm.interp.state::<AllHooks>().0.borrow_mut().remove(&vm.thread_id.get());
        drop(old);
    }
}

fn init_hooks(vm: &Vm, g: &PyGenerator) -> PyResult<()> {
    if g.ag_hooks_inited.replace(true) {
        return Ok(());
    }
    let hooks = AsyncGenHooks::of(vm);
    if let Some(f) = hooks.finalizer {
        g.origin.set(Some(f));
    }
    match hooks.firstiter {
        Some(f) => vm.call1(f.r(), g.r()).map(drop),
        None => Ok(()),
    }
}

/// Did the generator's last suspension come from its own `yield`?
fn own_yield(g: &PyGenerator) -> bool {
    g.frame.flags.get() & FRAME_ASYNC_YIELD != 0
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum AwaitState {
    Init,
    Iter,
    Closed,
}

/// What `asend()` and `__anext__()` return.
#[repr(C)]
#[derive(Trace)]
pub struct AsyncSend {
    header: Header,
    generator: Py<PyGenerator>,
    value: Obj,
    #[trace(skip)]
    state: Cell<AwaitState>,
}
table_layout!(AsyncSend => async_generator_asend);

/// What `athrow()` and `aclose()` return.
#[repr(C)]
#[derive(Trace)]
pub struct AsyncThrow {
    header: Header,
    generator: Py<PyGenerator>,
    /// The arguments of `throw`; `None` for `aclose`.
    args: Option<Obj>,
    #[trace(skip)]
    state: Cell<AwaitState>,
}
table_layout!(AsyncThrow => async_generator_athrow);

fn new_asend(vm: &Vm, g: &PyGenerator, value: Obj) -> Obj {
    let payload = AsyncSend { header: no_header(), generator: g.to_py(), value, state: Cell::new(AwaitState::Init) };
    // SAFETY: the type has this layout.
    unsafe { alloc_exact(vm, vm.types.async_generator_asend, payload) }.into_obj()
}

fn new_athrow(vm: &Vm, g: &PyGenerator, args: Option<Obj>) -> Obj {
    let payload = AsyncThrow { header: no_header(), generator: g.to_py(), args, state: Cell::new(AwaitState::Init) };
    // SAFETY: the type has this layout.
    unsafe { alloc_exact(vm, vm.types.async_generator_athrow, payload) }.into_obj()
}

/// Ends or continues an await after the generator was resumed: its own yields become
/// StopIteration, its end StopAsyncIteration.
fn unwrap(vm: &Vm, g: &PyGenerator, r: PyResult<SendResult>) -> PyResult<Obj> {
    match r {
        Ok(SendResult::Yield(v)) => {
            if own_yield(g) {
                g.ag_running.set(false);
                return Err(vm.stop_iteration(v));
            }
            Ok(v)
        }
        Ok(SendResult::Return(_)) => {
            g.ag_closed.set(true);
            g.ag_running.set(false);
            Err(vm.raise_with(vm.types.stop_async_iteration, vec![]))
        }
        Err(e) => {
            if vm.raised_is(vm.types.stop_async_iteration) || vm.raised_is(vm.types.generator_exit) {
                g.ag_closed.set(true);
            }
            g.ag_running.set(false);
            Err(e)
        }
    }
}

#[pyclass(layout = PyGenerator, name = "async_generator", table = async_generator, weakref, flags(DISALLOW_INSTANTIATION), nosig)]
pub mod async_generator_class {
    use super::*;

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyGenerator) -> String {
        super::super::repr(vm, zelf)
    }
    #[slot(am_aiter)]
    fn aiter(zelf: &PyGenerator) -> Obj {
        zelf.to_obj()
    }
    #[slot(am_anext)]
    fn anext(vm: &Vm, zelf: &PyGenerator) -> PyResult<Obj> {
        init_hooks(vm, zelf)?;
        Ok(new_asend(vm, zelf, Obj::none()))
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: Ref<'_>) -> PyResult<()> {
        super::super::finalize(vm, zelf)
    }
    /// asend(v) -> send 'v' in generator.
    #[pymethod("asend(self, value, /)", nosig)]
    fn asend(vm: &Vm, zelf: &PyGenerator, value: Ref<'_>) -> PyResult {
        init_hooks(vm, zelf)?;
        Ok(new_asend(vm, zelf, value.to_obj()))
    }
    /// athrow(value)
    /// athrow(type[,value[,tb]])
    ///
    /// raise exception in generator.
    #[pymethod("athrow(self, type, val=<unrepresentable>, tb=<unrepresentable>, /)", nosig)]
    fn athrow(vm: &Vm, zelf: &PyGenerator, typ: Ref<'_>, val: OptArg<Ref<'_>>, tb: OptArg<Ref<'_>>) -> PyResult {
        if val.0.is_some() || tb.0.is_some() {
            vm.warn(
                vm.types.deprecation_warning,
                "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg signature instead.",
                1,
            )?;
        }
        init_hooks(vm, zelf)?;
        let args = [Some(typ), val.0, tb.0].into_iter().map_while(|a| a.map(Ref::to_obj)).collect();
        Ok(new_athrow(vm, zelf, Some(vm.tuple(args))))
    }
    /// aclose() -> raise GeneratorExit inside generator.
    #[pymethod("aclose(self)", nosig)]
    fn aclose(vm: &Vm, zelf: &PyGenerator) -> PyResult {
        init_hooks(vm, zelf)?;
        Ok(new_athrow(vm, zelf, None))
    }
    #[pyclassmethod("__class_getitem__(cls, item, /)", nosig)]
    fn class_getitem(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult {
        krait_object::protocol::generic_alias(vm, cls.r(), item)
    }
    /// name of the async generator
    #[getter("__name__")]
    fn name(zelf: &PyGenerator) -> Obj {
        // SAFETY: the name is not replaced while it is copied.
        unsafe { (*zelf.name.get()).to_obj() }
    }
    #[setter("__name__")]
    fn set_name(vm: &Vm, zelf: &PyGenerator, value: Option<Ref<'_>>) -> PyResult<()> {
        super::super::set_name(vm, &zelf.name, value, "__name__")
    }
    /// qualified name of the async generator
    #[getter("__qualname__")]
    fn qualname(zelf: &PyGenerator) -> Obj {
        // SAFETY: the name is not replaced while it is copied.
        unsafe { (*zelf.qualname.get()).to_obj() }
    }
    #[setter("__qualname__")]
    fn set_qualname(vm: &Vm, zelf: &PyGenerator, value: Option<Ref<'_>>) -> PyResult<()> {
        super::super::set_name(vm, &zelf.qualname, value, "__qualname__")
    }
    /// object being awaited on, or None
    #[getter]
    fn ag_await(zelf: &PyGenerator) -> Obj {
        super::super::delegate_of(zelf)
    }
    #[member]
    fn ag_running(zelf: &PyGenerator) -> bool {
        zelf.ag_running.get()
    }
    #[getter]
    fn ag_suspended(zelf: &PyGenerator) -> bool {
        zelf.state.get() == GenState::Suspended
    }
    #[getter]
    fn ag_frame(vm: &Vm, zelf: &PyGenerator) -> Obj {
        super::super::frame_of(vm, zelf)
    }
    #[getter]
    fn ag_code(zelf: &PyGenerator) -> Obj {
        super::super::code_of(zelf)
    }
}

fn asend_send(vm: &Vm, o: &AsyncSend, arg: Ref<'_>) -> PyResult<Obj> {
    let g = &o.generator;
    let mut arg = arg.to_obj();
    match o.state.get() {
        AwaitState::Closed => return Err(vm.runtime_error("cannot reuse already awaited __anext__()/asend()")),
        AwaitState::Init => {
            if g.ag_running.get() {
                o.state.set(AwaitState::Closed);
                return Err(vm.runtime_error("anext(): asynchronous generator is already running"));
            }
            if arg.r().is_none() {
                arg = o.value.clone();
            }
            o.state.set(AwaitState::Iter);
        }
        AwaitState::Iter => {}
    }
    g.ag_running.set(true);
    let r = send_gen(vm, g, arg.r());
    let r = unwrap(vm, g, r);
    if r.is_err() {
        o.state.set(AwaitState::Closed);
    }
    r
}

#[pyclass(layout = AsyncSend, name = "async_generator_asend", table = async_generator_asend, weakref, flags(DISALLOW_INSTANTIATION), nosig)]
pub mod async_generator_asend {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &AsyncSend) -> Obj {
        zelf.to_obj()
    }
    #[slot(am_await)]
    fn am_await(zelf: &AsyncSend) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &AsyncSend) -> PyResult<Option<Obj>> {
        asend_send(vm, zelf, vm.none()).map(Some)
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: &AsyncSend) -> PyResult<()> {
        if zelf.state.get() == AwaitState::Init {
            super::warn_unawaited(vm, &zelf.generator, "asend");
        }
        Ok(())
    }
    #[pymethod("send(self, value, /)", nosig)]
    fn send(vm: &Vm, zelf: &AsyncSend, value: Ref<'_>) -> PyResult {
        asend_send(vm, zelf, value)
    }
    #[pymethod("throw(self, type, val=<unrepresentable>, tb=<unrepresentable>, /)", nosig)]
    fn throw(vm: &Vm, zelf: &AsyncSend, typ: Ref<'_>, val: OptArg<Ref<'_>>, tb: OptArg<Ref<'_>>) -> PyResult {
        let g = &zelf.generator;
        match zelf.state.get() {
            AwaitState::Closed => return Err(vm.runtime_error("cannot reuse already awaited __anext__()/asend()")),
            AwaitState::Init => {
                if g.ag_running.get() {
                    zelf.state.set(AwaitState::Closed);
                    return Err(vm.runtime_error("anext(): asynchronous generator is already running"));
                }
                zelf.state.set(AwaitState::Iter);
                g.ag_running.set(true);
            }
            AwaitState::Iter => {}
        }
        let exc = throw_argument(vm, typ, val.0, tb.0)?;
        let r = throw_gen(vm, g, exc);
        let r = unwrap(vm, g, r);
        if r.is_err() {
            zelf.state.set(AwaitState::Closed);
        }
        r
    }
    #[pymethod("close(self)", nosig)]
    fn close(vm: &Vm, zelf: &AsyncSend) -> PyResult<()> {
        if zelf.state.get() == AwaitState::Closed {
            return Ok(());
        }
        if zelf.state.get() == AwaitState::Init {
            zelf.state.set(AwaitState::Closed);
            return Ok(());
        }
        let exc = krait_object::exception::new_exception(vm, vm.types.generator_exit, vec![])?;
        let r = throw_gen(vm, &zelf.generator, exc);
        let r = unwrap(vm, &zelf.generator, r);
        zelf.state.set(AwaitState::Closed);
        match r {
            Ok(_) => Err(vm.runtime_error("coroutine ignored GeneratorExit")),
            Err(e) => super::swallow_end(vm, e),
        }
    }
}

/// StopIteration, StopAsyncIteration and GeneratorExit end a `close()` well.
fn swallow_end(vm: &Vm, e: Raised) -> PyResult<()> {
    let t = vm.types;
    if [t.stop_iteration, t.stop_async_iteration, t.generator_exit].iter().any(|ty| vm.raised_is(ty)) {
        drop(vm.take_raised(e));
        return Ok(());
    }
    Err(e)
}

fn warn_unawaited(vm: &Vm, g: &PyGenerator, method: &str) {
    // SAFETY: the name is not replaced while it is copied.
    let name = unsafe { (*g.qualname.get()).to_string_lossy() };
    let text = format!("coroutine method '{method}' of '{name}' was never awaited");
    if let Err(e) = vm.warn_source(vm.types.runtime_warning, &text, g.r()) {
        super::unraisable_at_end(vm, e, g);
    }
}

fn athrow_exception(vm: &Vm, o: &AsyncThrow) -> PyResult<Py<PyBaseException>> {
    match o.args.as_ref().and_then(|a| a.r().downcast::<PyTuple>(vm)) {
        Some(a) => {
            let a = a.as_refs();
            throw_argument(vm, a[0], a.get(1).copied(), a.get(2).copied())
        }
        None => krait_object::exception::new_exception(vm, vm.types.generator_exit, vec![]),
    }
}

fn athrow_send(vm: &Vm, o: &AsyncThrow, arg: Ref<'_>) -> PyResult<Obj> {
    let g = &o.generator;
    let closing = o.args.is_none();
    if o.state.get() != AwaitState::Closed && g.state.get() == GenState::Finished {
        o.state.set(AwaitState::Closed);
        return Err(vm.stop_iteration(Obj::none()));
    }
    match o.state.get() {
        AwaitState::Closed => return Err(vm.runtime_error("cannot reuse already awaited aclose()/athrow()")),
        AwaitState::Init => {
            if g.ag_running.get() {
                o.state.set(AwaitState::Closed);
                let what = if closing { "aclose" } else { "athrow" };
                return Err(vm.runtime_error(format!("{what}(): asynchronous generator is already running")));
            }
            if g.ag_closed.get() {
                o.state.set(AwaitState::Closed);
                return Err(vm.raise_with(vm.types.stop_async_iteration, vec![]));
            }
            if !arg.is_none() {
                return Err(vm.runtime_error("can't send non-None value to a just-started coroutine"));
            }
            o.state.set(AwaitState::Iter);
            g.ag_running.set(true);
            if closing {
                g.ag_closed.set(true);
            }
            let exc = athrow_exception(vm, o)?;
            let r = throw_gen(vm, g, exc);
            return athrow_result(vm, o, r);
        }
        AwaitState::Iter => {}
    }
    let r = send_gen(vm, g, arg);
    athrow_result(vm, o, r)
}

fn athrow_result(vm: &Vm, o: &AsyncThrow, r: PyResult<SendResult>) -> PyResult<Obj> {
    let g = &o.generator;
    if o.args.is_some() {
        let r = unwrap(vm, g, r);
        if r.is_err() {
            o.state.set(AwaitState::Closed);
        }
        return r;
    }
    match r {
        Ok(SendResult::Yield(_)) if own_yield(g) => {
            g.ag_running.set(false);
            o.state.set(AwaitState::Closed);
            Err(vm.runtime_error("async generator ignored GeneratorExit"))
        }
        Ok(SendResult::Yield(v)) => Ok(v),
        Ok(SendResult::Return(_)) => {
            g.ag_running.set(false);
            o.state.set(AwaitState::Closed);
            Err(vm.stop_iteration(Obj::none()))
        }
        Err(e) => {
            g.ag_running.set(false);
            o.state.set(AwaitState::Closed);
            if vm.raised_is(vm.types.stop_async_iteration) || vm.raised_is(vm.types.generator_exit) {
                drop(vm.take_raised(e));
                return Err(vm.stop_iteration(Obj::none()));
            }
            Err(e)
        }
    }
}

#[pyclass(layout = AsyncThrow, name = "async_generator_athrow", table = async_generator_athrow, weakref, flags(DISALLOW_INSTANTIATION), nosig)]
pub mod async_generator_athrow {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &AsyncThrow) -> Obj {
        zelf.to_obj()
    }
    #[slot(am_await)]
    fn am_await(zelf: &AsyncThrow) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &AsyncThrow) -> PyResult<Option<Obj>> {
        athrow_send(vm, zelf, vm.none()).map(Some)
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: &AsyncThrow) -> PyResult<()> {
        if zelf.state.get() == AwaitState::Init {
            super::warn_unawaited(vm, &zelf.generator, if zelf.args.is_none() { "aclose" } else { "athrow" });
        }
        Ok(())
    }
    #[pymethod("send(self, value, /)", nosig)]
    fn send(vm: &Vm, zelf: &AsyncThrow, value: Ref<'_>) -> PyResult {
        athrow_send(vm, zelf, value)
    }
    #[pymethod("throw(self, type, val=<unrepresentable>, tb=<unrepresentable>, /)", nosig)]
    fn throw(vm: &Vm, zelf: &AsyncThrow, typ: Ref<'_>, val: OptArg<Ref<'_>>, tb: OptArg<Ref<'_>>) -> PyResult {
        let g = &zelf.generator;
        match zelf.state.get() {
            AwaitState::Closed => return Err(vm.runtime_error("cannot reuse already awaited aclose()/athrow()")),
            AwaitState::Init => {
                if g.ag_running.get() {
                    zelf.state.set(AwaitState::Closed);
                    let what = if zelf.args.is_none() { "aclose" } else { "athrow" };
                    return Err(vm.runtime_error(format!("{what}(): asynchronous generator is already running")));
                }
                zelf.state.set(AwaitState::Iter);
                g.ag_running.set(true);
            }
            AwaitState::Iter => {}
        }
        let exc = throw_argument(vm, typ, val.0, tb.0)?;
        let r = throw_gen(vm, g, exc);
        athrow_result(vm, zelf, r)
    }
    #[pymethod("close(self)", nosig)]
    fn close(vm: &Vm, zelf: &AsyncThrow) -> PyResult<()> {
        if zelf.state.get() != AwaitState::Iter {
            zelf.state.set(AwaitState::Closed);
            return Ok(());
        }
        let exc = krait_object::exception::new_exception(vm, vm.types.generator_exit, vec![])?;
        let r = throw_gen(vm, &zelf.generator, exc);
        match athrow_result(vm, zelf, r) {
            Ok(_) => Err(vm.runtime_error("coroutine ignored GeneratorExit")),
            Err(e) => super::swallow_end(vm, e),
        }
    }
}

/// What `anext(it, default)` returns: awaits `__anext__()`, giving the default at the end.
#[repr(C)]
#[derive(Trace)]
pub struct AnextAwaitable {
    header: Header,
    wrapped: Obj,
    default: Obj,
}
table_layout!(AnextAwaitable => anext_awaitable);

/// `anext(it, default)` around the awaitable of `it.__anext__()`.
pub fn new_anext(vm: &Vm, wrapped: Obj, default: Obj) -> Obj {
    let payload = AnextAwaitable { header: no_header(), wrapped, default };
    // SAFETY: the type has this layout.
    unsafe { alloc_exact(vm, vm.types.anext_awaitable, payload) }.into_obj()
}

/// The iterator that drives the wrapped awaitable.
fn anext_iter(vm: &Vm, o: &AnextAwaitable) -> PyResult<Obj> {
    let it = crate::interp::generators::awaitable_iter(vm, o.wrapped.r())?;
    if std::ptr::eq(it.r().ty(vm), vm.types.coroutine)
        && let Some(f) = it.r().ty(vm).slots.am_await.get()
    {
        return f(vm, it.r());
    }
    Ok(it)
}

/// StopAsyncIteration becomes StopIteration(default).
fn anext_end(vm: &Vm, o: &AnextAwaitable, r: PyResult<Obj>) -> PyResult<Obj> {
    match r {
        Ok(v) => Ok(v),
        Err(e) => {
            drop(vm.catch(e, vm.types.stop_async_iteration)?);
            Err(vm.stop_iteration(o.default.clone()))
        }
    }
}

#[pyclass(layout = AnextAwaitable, name = "anext_awaitable", table = anext_awaitable, flags(DISALLOW_INSTANTIATION), nosig)]
pub mod anext_awaitable {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &AnextAwaitable) -> Obj {
        zelf.to_obj()
    }
    #[slot(am_await)]
    fn am_await(zelf: &AnextAwaitable) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &AnextAwaitable) -> PyResult<Option<Obj>> {
        let it = anext_iter(vm, zelf)?;
        let r = match it.r().ty(vm).slots.iternext.get() {
            Some(f) => f(vm, it.r()),
            None => Ok(None),
        };
        match r {
            Ok(Some(v)) => Ok(Some(v)),
            Ok(None) => Ok(None),
            Err(e) => anext_end(vm, zelf, Err(e)).map(Some),
        }
    }
    #[pymethod("send(self, value, /)", nosig)]
    fn send(vm: &Vm, zelf: &AnextAwaitable, value: Ref<'_>) -> PyResult {
        let it = anext_iter(vm, zelf)?;
        let r = vm.call_method_str(it.r(), "send", &[value]);
        anext_end(vm, zelf, r)
    }
    #[pymethod("throw(self, *args)", nosig)]
    fn throw(vm: &Vm, zelf: &AnextAwaitable, args: &[Ref<'_>]) -> PyResult {
        let it = anext_iter(vm, zelf)?;
        let r = vm.call_method_str(it.r(), "throw", args);
        anext_end(vm, zelf, r)
    }
    #[pymethod("close(self)", nosig)]
    fn close(vm: &Vm, zelf: &AnextAwaitable) -> PyResult {
        let it = anext_iter(vm, zelf)?;
        let r = vm.call_method_str(it.r(), "close", &[]);
        anext_end(vm, zelf, r)
    }
}
