//! Futures: the state a `Future` and a `Task` share, and what happens to it.

use std::cell::Cell;

use krait_macros::Trace;
use krait_object::exception::{PyBaseException, is_exception_class, new_exception, peek};
use krait_object::prelude::*;
use krait_object::set::PySet;

use super::state::{Library, event_loop};
use crate::contextvars::PyContext;
use crate::util::no_header;

#[derive(Copy, Clone, PartialEq, Eq)]
pub enum State {
    Pending,
    Cancelled,
    Finished,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "PENDING",
            State::Cancelled => "CANCELLED",
            State::Finished => "FINISHED",
        }
    }
}

/// A future; tasks begin with one.
#[repr(C)]
#[derive(Trace)]
pub struct PyFuture {
    header: Header,
    /// Unset until `__init__`.
    pub event_loop: Cell<Option<Obj>>,
    /// The first callback and its context; most futures have no other.
    callback: Cell<Option<Obj>>,
    callback_context: Cell<Option<Obj>>,
    /// A list of further `(callback, context)`.
    callbacks: Cell<Option<Py<PyList>>>,
    pub exception: Cell<Option<Obj>>,
    exception_traceback: Cell<Option<Obj>>,
    pub result: Cell<Option<Obj>>,
    pub source_traceback: Cell<Option<Obj>>,
    pub cancel_message: Cell<Option<Obj>>,
    pub cancelled_exc: Cell<Option<Obj>>,
    /// The future that waits for this one, or a set of several.
    awaited_by: Cell<Option<Obj>>,
    #[trace(skip)]
    pub awaited_by_set: Cell<bool>,
    #[trace(skip)]
    pub state: Cell<State>,
    /// Is an exception still to be reported when nobody asked for it?
    #[trace(skip)]
    pub log_traceback: Cell<bool>,
    /// Was it yielded by `await`?
    #[trace(skip)]
    pub blocking: Cell<bool>,
}

impl PyFuture {
    pub fn blank() -> PyFuture {
        PyFuture {
            header: no_header(),
            event_loop: Cell::new(None),
            callback: Cell::new(None),
            callback_context: Cell::new(None),
            callbacks: Cell::new(None),
            exception: Cell::new(None),
            exception_traceback: Cell::new(None),
            result: Cell::new(None),
            source_traceback: Cell::new(None),
            cancel_message: Cell::new(None),
            cancelled_exc: Cell::new(None),
            awaited_by: Cell::new(None),
            awaited_by_set: Cell::new(false),
            state: Cell::new(State::Pending),
            log_traceback: Cell::new(false),
            blocking: Cell::new(false),
        }
    }
    /// `__init__`, also of one that was used before.
    pub fn init(&self, vm: &Vm, given: Option<Ref<'_>>) -> PyResult<()> {
        let old = [
            &self.event_loop,
            &self.callback,
            &self.callback_context,
            &self.exception,
            &self.exception_traceback,
            &self.result,
            &self.source_traceback,
            &self.cancel_message,
            &self.cancelled_exc,
            &self.awaited_by,
        ]
        .map(Cell::take);
        let old_callbacks = self.callbacks.take();
        self.awaited_by_set.set(false);
        self.state.set(State::Pending);
        self.log_traceback.set(false);
        self.blocking.set(false);
        drop((old, old_callbacks));
        let loop_ = match given {
            Some(l) => l.to_obj(),
            None => event_loop(vm)?,
        };
        drop(self.event_loop.replace(Some(loop_.clone())));
        let debug = vm.call_method(loop_.r(), Library::of(vm).names(vm).get_debug, &[])?;
        if vm.is_true(debug.r())? {
            let stack = vm.call0(Library::of(vm).extract_stack(vm)?.r())?;
            drop(self.source_traceback.replace(Some(stack)));
        }
        Ok(())
    }
    pub fn is_pending(&self) -> bool {
        self.state.get() == State::Pending
    }
    /// The loop; RuntimeError before `__init__`.
    pub fn loop_or_error(&self, vm: &Vm) -> PyResult<Obj> {
        peek(&self.event_loop).ok_or_else(|| vm.runtime_error("Future object is not initialized."))
    }
    /// Has the loop call all callbacks, as soon as it can.
    fn schedule_callbacks(&self, vm: &Vm) -> PyResult<()> {
        let loop_ = self.loop_or_error(vm)?;
        if let Some(f) = self.callback.take() {
            let context = self.callback_context.take();
            call_soon(vm, loop_.r(), f.r(), Some(self.r()), context.as_ref().map(Obj::r))?;
        }
        let Some(list) = self.callbacks.take() else { return Ok(()) };
        for pair in list.to_vec() {
            let Ok(pair) = pair.downcast::<PyTuple>(vm) else { continue };
            if let [f, context] = pair.as_refs() {
                call_soon(vm, loop_.r(), *f, Some(self.r()), Some(*context))?;
            }
        }
        Ok(())
    }
    fn finish(&self, vm: &Vm, state: State) -> PyResult<()> {
        self.state.set(state);
        if let Some(task) = self.r().downcast::<super::task::PyTask>(vm) {
            task.link.remove();
        }
        self.schedule_callbacks(vm)
    }
    pub fn set_result(&self, vm: &Vm, value: Ref<'_>) -> PyResult<()> {
        drop(self.loop_or_error(vm)?);
        if !self.is_pending() {
            return Err(Library::of(vm).invalid_state(vm, "invalid state"));
        }
        drop(self.result.replace(Some(value.to_obj())));
        self.finish(vm, State::Finished)
    }
    pub fn set_exception(&self, vm: &Vm, value: Ref<'_>) -> PyResult<()> {
        drop(self.loop_or_error(vm)?);
        let made = if is_exception_class(vm, value) { vm.call0(value)? } else { value.to_obj() };
        // Python code ran.
        if !self.is_pending() {
            return Err(Library::of(vm).invalid_state(vm, "invalid state"));
        }
        let Ok(mut exc) = made.downcast::<PyBaseException>(vm) else { return Err(vm.type_error("invalid exception object")) };
        if exc.r().ty(vm).is_subtype(vm.types.stop_iteration) {
            let text = "StopIteration interacts badly with generators and cannot be raised into a Future";
            let new = new_exception(vm, vm.types.runtime_error, vec![vm.str(text)])?;
            drop(new.cause.replace(Some(exc.to_obj())));
            drop(new.context.replace(Some(exc.into_obj())));
            new.suppress_context.set(true);
            exc = new;
        }
        drop(self.exception_traceback.replace(peek(&exc.traceback)));
        drop(self.exception.replace(Some(exc.into_obj())));
        self.finish(vm, State::Finished)?;
        self.log_traceback.set(true);
        Ok(())
    }
    /// The CancelledError to raise for a cancelled future. The one saved serves once.
    pub fn cancelled_error(&self, vm: &Vm) -> PyResult<Py<PyBaseException>> {
        if let Some(e) = self.cancelled_exc.take()
            && let Ok(e) = e.downcast::<PyBaseException>(vm)
        {
            return Ok(e);
        }
        let class = Library::of(vm).cancelled_error(vm)?;
        let args = peek(&self.cancel_message).filter(|m| !m.r().is_none()).into_iter().collect();
        new_exception(vm, class, args)
    }
    /// `result()`.
    pub fn take_result(&self, vm: &Vm) -> PyResult<Obj> {
        match self.state.get() {
            State::Cancelled => {
                let e = self.cancelled_error(vm)?;
                return Err(vm.raise(e));
            }
            State::Pending => return Err(Library::of(vm).invalid_state(vm, "Result is not set.")),
            State::Finished => {}
        }
        self.log_traceback.set(false);
        match peek(&self.exception).map(|e| e.downcast::<PyBaseException>(vm)) {
            Some(Ok(e)) => {
                drop(e.traceback.replace(self.exception_traceback.take()));
                Err(vm.raise(e))
            }
            _ => Ok(peek(&self.result).unwrap_or_else(Obj::none)),
        }
    }
    /// `exception()`.
    pub fn get_exception(&self, vm: &Vm) -> PyResult<Obj> {
        match self.state.get() {
            State::Cancelled => {
                let e = self.cancelled_error(vm)?;
                return Err(vm.raise(e));
            }
            State::Pending => return Err(Library::of(vm).invalid_state(vm, "Exception is not set.")),
            State::Finished => {}
        }
        self.log_traceback.set(false);
        Ok(peek(&self.exception).unwrap_or_else(Obj::none))
    }
    /// Cancels a future (of a task: what its coroutine ended with).
    pub fn cancel(&self, vm: &Vm, message: Option<Obj>) -> PyResult<bool> {
        self.log_traceback.set(false);
        if !self.is_pending() {
            return Ok(false);
        }
        drop(self.cancel_message.replace(message));
        self.finish(vm, State::Cancelled)?;
        Ok(true)
    }
    pub fn add_callback(&self, vm: &Vm, f: Ref<'_>, context: Option<Ref<'_>>) -> PyResult<()> {
        let Some(loop_) = peek(&self.event_loop) else { return Err(vm.runtime_error("uninitialized Future object")) };
        let context = match context {
            Some(c) => c.to_obj(),
            None => PyContext::current(vm).copy(vm).into_obj(),
        };
        if !self.is_pending() {
            return call_soon(vm, loop_.r(), f, Some(self.r()), Some(context.r()));
        }
        let first = peek(&self.callback).is_none() && crate::util::peek_py(&self.callbacks).is_none();
        if first {
            self.callback.set(Some(f.to_obj()));
            self.callback_context.set(Some(context));
            return Ok(());
        }
        let pair = vm.tuple(vec![f.to_obj(), context]);
        match crate::util::peek_py(&self.callbacks) {
            Some(list) => list.push(vm, pair),
            None => {
                self.callbacks.set(Some(PyList::new(vm, vec![pair])));
                Ok(())
            }
        }
    }
    /// Removes the callbacks equal to `f`; how many they were.
    pub fn remove_callbacks(&self, vm: &Vm, f: Ref<'_>) -> PyResult<usize> {
        drop(self.loop_or_error(vm)?);
        let mut removed = 0;
        if let Some(first) = peek(&self.callback)
            && vm.eq(first.r(), f)?
        {
            // The comparison may have scheduled it.
            if peek(&self.callback).is_some_and(|now| now.r().ptr_eq(first.r())) {
                drop((self.callback.take(), self.callback_context.take()));
            }
            removed = 1;
        }
        let Some(list) = crate::util::peek_py(&self.callbacks) else { return Ok(removed) };
        let mut kept = Vec::new();
        let before = list.len();
        let mut i = 0;
        while let Some(pair) = list.get(i) {
            let same = match pair.r().downcast::<PyTuple>(vm).map(PyTuple::as_refs) {
                Some([g, _]) => vm.eq(*g, f)?,
                _ => false,
            };
            if !same {
                kept.push(pair);
            }
            i += 1;
        }
        removed += before.saturating_sub(kept.len());
        // Unless the callbacks were called meanwhile.
        if crate::util::peek_py(&self.callbacks).is_some_and(|now| now.r().ptr_eq(list.r())) {
            let new = if kept.is_empty() { None } else { Some(PyList::new(vm, kept)) };
            drop(self.callbacks.replace(new));
        }
        Ok(removed)
    }
    /// `_callbacks`: None, or a new list of pairs.
    pub fn callback_list(&self, vm: &Vm) -> Obj {
        let rest = crate::util::peek_py(&self.callbacks);
        match (peek(&self.callback), rest) {
            (None, None) => Obj::none(),
            (None, Some(list)) => vm.list(list.to_vec()),
            (Some(f), rest) => {
                let context = peek(&self.callback_context).unwrap_or_else(Obj::none);
                let mut all = vec![vm.tuple(vec![f, context])];
                all.extend(rest.map(|l| l.to_vec()).unwrap_or_default());
                vm.list(all)
            }
        }
    }
    /// `waiter` waits for this future.
    pub fn add_awaited_by(&self, vm: &Vm, waiter: Ref<'_>) -> PyResult<()> {
        match peek(&self.awaited_by) {
            None => self.awaited_by.set(Some(waiter.to_obj())),
            Some(set) if self.awaited_by_set.get() => {
                if let Some(set) = set.r().downcast::<PySet>(vm) {
                    set.add(vm, waiter)?;
                }
            }
            Some(one) if one.r().ptr_eq(waiter) => {}
            Some(one) => {
                let set = PySet::new(vm);
                set.add(vm, one.r())?;
                set.add(vm, waiter)?;
                self.awaited_by_set.set(true);
                drop(self.awaited_by.replace(Some(set.into_obj())));
            }
        }
        Ok(())
    }
    pub fn discard_awaited_by(&self, vm: &Vm, waiter: Ref<'_>) -> PyResult<()> {
        match peek(&self.awaited_by) {
            Some(set) if self.awaited_by_set.get() => {
                if let Some(set) = set.r().downcast::<PySet>(vm) {
                    set.discard(vm, waiter)?;
                }
            }
            Some(one) if one.r().ptr_eq(waiter) => drop(self.awaited_by.take()),
            _ => {}
        }
        Ok(())
    }
    /// `_asyncio_awaited_by`: None, or a frozenset.
    pub fn awaited_by_frozen(&self, vm: &Vm) -> PyResult<Obj> {
        let Some(held) = peek(&self.awaited_by) else { return Ok(Obj::none()) };
        let items = if self.awaited_by_set.get() { held } else { vm.tuple(vec![held]) };
        vm.call1(vm.types.frozenset.r(), items.r())
    }
    /// Reports an exception nobody asked for, when the future dies.
    pub fn report_unretrieved(&self, vm: &Vm) {
        if !self.log_traceback.get() {
            return;
        }
        self.log_traceback.set(false);
        let name = self.r().ty(vm).name_lossy();
        let exc = peek(&self.exception).unwrap_or_else(Obj::none);
        let context =
            [("message", vm.str(&format!("{name} exception was never retrieved"))), ("exception", exc), ("future", self.to_obj())];
        self.report(vm, &context);
    }
    /// Calls the loop's exception handler with a dict of `items`.
    pub fn report(&self, vm: &Vm, items: &[(&str, Obj)]) {
        let pending = vm.pending.take();
        let run = || -> PyResult<()> {
            let Some(loop_) = peek(&self.event_loop) else { return Ok(()) };
            let context = PyDict::new(vm);
            for (k, v) in items {
                context.set_item_str(vm, k, v.clone())?;
            }
            if let Some(stack) = peek(&self.source_traceback) {
                context.set_item_str(vm, "source_traceback", stack)?;
            }
            vm.call_method(loop_.r(), Library::of(vm).names(vm).call_exception_handler, &[context.r()]).map(drop)
        };
        if let Err(e) = run() {
            vm.unraisable(e, "", Some(self.r()));
        }
        drop(vm.pending.replace(pending));
    }
}

/// `loop.call_soon(f[, arg], context=context)`.
pub fn call_soon(vm: &Vm, loop_: Ref<'_>, f: Ref<'_>, arg: Option<Ref<'_>>, context: Option<Ref<'_>>) -> PyResult<()> {
    let names = Library::of(vm).names(vm);
    let method = vm.getattr(loop_, names.call_soon)?;
    let mut all = [f; 3];
    let mut n = 1;
    for a in [arg, context].into_iter().flatten() {
        all[n] = a;
        n += 1;
    }
    let keywords = context.is_some().then_some(&*names.context);
    drop(vm.call_args(method.r(), Args::new(&all[..n], keywords))?);
    Ok(())
}

/// `future.cancel(msg=message)`, true if it did.
pub fn cancel_other(vm: &Vm, future: Ref<'_>, message: Option<Obj>) -> PyResult<bool> {
    let names = Library::of(vm).names(vm);
    let method = vm.getattr(future, names.cancel)?;
    let message = message.unwrap_or_else(Obj::none);
    let done = vm.call_args(method.r(), Args::new(&[message.r()], Some(&names.msg)))?;
    vm.is_true(done.r())
}

/// The loop of any object that works as a future.
pub fn loop_of(vm: &Vm, future: Ref<'_>) -> PyResult<Obj> {
    let names = Library::of(vm).names(vm);
    match vm.getattr_opt(future, names.get_loop)? {
        Some(get) => vm.call0(get.r()),
        None => vm.getattr(future, names.loop_),
    }
}
