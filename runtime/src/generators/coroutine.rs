//! The `coroutine` type and the iterator that `coroutine.__await__()` returns.

use krait_macros::{Trace, pyclass};
use krait_object::exception::peek;
use krait_object::exec::Frame;
use krait_object::generator::{GenState, PyGenerator};
use krait_object::prelude::*;
use krait_object::table_layout;

use super::{close as close_gen, deliver, send as send_gen, throw as throw_gen, throw_argument};

#[pyclass(layout = PyGenerator, name = "coroutine", table = coroutine, weakref, flags(DISALLOW_INSTANTIATION), nosig)]
pub mod coroutine_class {
    use super::*;

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyGenerator) -> String {
        super::super::repr(vm, zelf)
    }
    #[slot(am_await)]
    fn am_await(vm: &Vm, zelf: &PyGenerator) -> Obj {
        let payload = CoroWrapper { header: krait_object::function::no_header(), coro: zelf.to_py() };
        // SAFETY: `coroutine_wrapper` has this layout.
        unsafe { krait_object::function::alloc_exact(vm, vm.types.coroutine_wrapper, payload) }.into_obj()
    }
    #[slot(am_send)]
    fn am_send(vm: &Vm, zelf: &PyGenerator, value: Ref<'_>) -> PyResult<SendResult> {
        send_gen(vm, zelf, value)
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: Ref<'_>) -> PyResult<()> {
        super::super::finalize(vm, zelf)
    }
    /// send(value) -> send 'value' into coroutine,
    /// return next yielded value or raise StopIteration.
    #[pymethod("send(self, value, /)", nosig)]
    fn send(vm: &Vm, zelf: &PyGenerator, value: Ref<'_>) -> PyResult {
        let r = send_gen(vm, zelf, value)?;
        deliver(vm, zelf, r)
    }
    /// throw(value)
    /// throw(type[,value[,traceback]])
    ///
    /// Raise exception in coroutine, return next yielded value or raise
    /// StopIteration.
    #[pymethod("throw(self, type, val=<unrepresentable>, tb=<unrepresentable>, /)", nosig)]
    fn throw(vm: &Vm, zelf: &PyGenerator, typ: Ref<'_>, val: OptArg<Ref<'_>>, tb: OptArg<Ref<'_>>) -> PyResult {
        super::super::warn_old_throw(vm, val.0, tb.0)?;
        let exc = throw_argument(vm, typ, val.0, tb.0)?;
        let r = throw_gen(vm, zelf, exc)?;
        deliver(vm, zelf, r)
    }
    /// close() -> raise GeneratorExit inside coroutine.
    #[pymethod("close(self)", nosig)]
    fn close(vm: &Vm, zelf: &PyGenerator) -> PyResult {
        close_gen(vm, zelf)
    }
    #[pyclassmethod("__class_getitem__(cls, item, /)", nosig)]
    fn class_getitem(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult {
        krait_object::protocol::generic_alias(vm, cls.r(), item)
    }
    /// name of the coroutine
    #[getter("__name__")]
    fn name(zelf: &PyGenerator) -> Obj {
        // SAFETY: the name is not replaced while it is copied.
        unsafe { (*zelf.name.get()).to_obj() }
    }
    #[setter("__name__")]
    fn set_name(vm: &Vm, zelf: &PyGenerator, value: Option<Ref<'_>>) -> PyResult<()> {
        super::super::set_name(vm, &zelf.name, value, "__name__")
    }
    /// qualified name of the coroutine
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
    fn cr_await(zelf: &PyGenerator) -> Obj {
        super::super::delegate_of(zelf)
    }
    #[getter]
    fn cr_running(zelf: &PyGenerator) -> bool {
        zelf.state.get() == GenState::Running
    }
    #[getter]
    fn cr_suspended(zelf: &PyGenerator) -> bool {
        zelf.state.get() == GenState::Suspended
    }
    #[getter]
    fn cr_frame(vm: &Vm, zelf: &PyGenerator) -> Obj {
        super::super::frame_of(vm, zelf)
    }
    #[getter]
    fn cr_code(zelf: &PyGenerator) -> Obj {
        super::super::code_of(zelf)
    }
    #[member]
    fn cr_origin(zelf: &PyGenerator) -> Obj {
        peek(&zelf.origin).unwrap_or_else(Obj::none)
    }
}

/// What `coroutine.__await__()` returns.
#[repr(C)]
#[derive(Trace)]
pub struct CoroWrapper {
    header: Header,
    coro: Py<PyGenerator>,
}
table_layout!(CoroWrapper => coroutine_wrapper);

/// A wrapper object implementing __await__ for coroutines.
#[pyclass(layout = CoroWrapper, name = "coroutine_wrapper", table = coroutine_wrapper, flags(DISALLOW_INSTANTIATION), nosig)]
pub mod coroutine_wrapper {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &CoroWrapper) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &CoroWrapper) -> PyResult<Option<Obj>> {
        super::super::next(vm, &zelf.coro)
    }
    #[pymethod("send(self, value, /)", nosig)]
    fn send(vm: &Vm, zelf: &CoroWrapper, value: Ref<'_>) -> PyResult {
        let r = send_gen(vm, &zelf.coro, value)?;
        deliver(vm, &zelf.coro, r)
    }
    #[pymethod("throw(self, type, val=<unrepresentable>, tb=<unrepresentable>, /)", nosig)]
    fn throw(vm: &Vm, zelf: &CoroWrapper, typ: Ref<'_>, val: OptArg<Ref<'_>>, tb: OptArg<Ref<'_>>) -> PyResult {
        super::super::warn_old_throw(vm, val.0, tb.0)?;
        let exc = throw_argument(vm, typ, val.0, tb.0)?;
        let r = throw_gen(vm, &zelf.coro, exc)?;
        deliver(vm, &zelf.coro, r)
    }
    #[pymethod("close(self)", nosig)]
    fn close(vm: &Vm, zelf: &CoroWrapper) -> PyResult {
        close_gen(vm, &zelf.coro)
    }
}

/// Per-thread settings of `sys.set_coroutine_origin_tracking_depth`.
#[derive(Default)]
pub struct OriginTracking {
    pub depth: std::cell::Cell<usize>,
}

/// Notes the call sites that led to a coroutine's creation.
pub fn note_origin(vm: &Vm, g: &PyGenerator) {
    let depth = vm.interp.state::<OriginTracking>().depth.get();
    if depth == 0 {
        return;
    }
    let mut sites = Vec::new();
    // The running frame is the coroutine's own entry; its callers are what matters.
    let mut f: *const Frame = vm.exec.top.get();
    // SAFETY: frames below the running one are alive.
    unsafe {
        if let Some(top) = f.as_ref() {
            f = top.back.get();
        }
        while let Some(fr) = f.as_ref() {
            if sites.len() >= depth {
                break;
            }
            let code = &*fr.code.get();
            let at = code.offset_of(fr.pc.get()).saturating_sub(1) as usize;
            let line = code.unit.line(at).map_or(Obj::none(), |l| vm.int_i64(i64::from(l)));
            sites.push(vm.tuple(vec![code.filename().into_obj(), line, code.name.to_obj()]));
            f = fr.back.get();
        }
    }
    g.origin.set(Some(vm.tuple(sites)));
}

/// "coroutine 'x' was never awaited".
pub fn warn_never_awaited(vm: &Vm, g: &PyGenerator) {
    let hook = || -> PyResult<bool> {
        let w = if vm.interp.finalizing.get() {
            let Some(modules) = vm.interp.modules.get() else { return Ok(false) };
            let Some(w) = modules.get_item_str(vm, "warnings")? else { return Ok(false) };
            w
        } else {
            crate::import::import(vm, "warnings")?
        };
        let Some(f) = vm.getattr_opt(w.r(), &vm.intern("_warn_unawaited_coroutine"))? else { return Ok(false) };
        vm.call1(f.r(), g.r())?;
        Ok(true)
    };
    match hook() {
        Ok(true) => return,
        Ok(false) => {}
        Err(e) => {
            let warned = vm.raised_is(vm.types.runtime_warning);
            super::unraisable_at_end(vm, e, g);
            if warned {
                return;
            }
        }
    }
    // SAFETY: the name is not replaced while it is copied.
    let name = unsafe { (*g.qualname.get()).to_string_lossy() };
    if let Err(e) = vm.warn(vm.types.runtime_warning, &format!("coroutine '{name}' was never awaited"), 1) {
        super::unraisable_at_end(vm, e, g);
    }
}
