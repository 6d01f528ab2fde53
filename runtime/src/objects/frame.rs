//! The `frame` type.

use krait_macros::pyclass;
use krait_object::code::PyCode;
use krait_object::exception::peek;
use krait_object::frame_obj::PyFrame;
use krait_object::prelude::*;

use crate::frames;
use crate::interp::frames::frame_object;

#[pyclass(layout = PyFrame, name = "frame", table = frame, weakref, flags(DISALLOW_INSTANTIATION), nosig)]
pub mod frame_class {
    use super::*;

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyFrame) -> PyResult<String> {
        let file = vm.repr_text(zelf.code.filename().r())?;
        let line = frames::line_of(zelf).map_or_else(|| String::from("None"), |l| l.to_string());
        Ok(format!("<frame at {:#x}, file {file}, line {line}, code {}>", zelf.r().value().0, zelf.code.name.to_string_lossy()))
    }
    #[getter]
    fn f_back(vm: &Vm, zelf: &PyFrame) -> Obj {
        match zelf.live() {
            // SAFETY: callers outlive their callees.
            Some(f) => unsafe { f.back.get().as_ref() }.map_or_else(Obj::none, |b| frame_object(vm, b)),
            None => peek(&zelf.back).unwrap_or_else(Obj::none),
        }
    }
    #[getter]
    fn f_code(zelf: &PyFrame) -> Obj {
        zelf.code.to_obj()
    }
    #[getter]
    fn f_globals(zelf: &PyFrame) -> Obj {
        zelf.func.as_ref().map_or_else(Obj::none, |f| f.globals.to_obj())
    }
    #[getter]
    fn f_builtins(zelf: &PyFrame) -> Obj {
        zelf.func.as_ref().map_or_else(Obj::none, |f| f.builtins.clone())
    }
    #[getter]
    fn f_locals(vm: &Vm, zelf: &PyFrame) -> PyResult {
        if zelf.code.has(PyCode::CO_OPTIMIZED) {
            return Ok(super::super::frame_locals::new(vm, zelf.to_py()));
        }
        match zelf.live() {
            Some(f) => frames::locals_of(vm, f),
            None => Ok(peek(&zelf.locals).unwrap_or_else(|| PyDict::new(vm).into_obj())),
        }
    }
    #[getter]
    fn f_lasti(zelf: &PyFrame) -> i64 {
        i64::from(zelf.offset()) * 2
    }
    #[getter]
    fn f_lineno(vm: &Vm, zelf: &PyFrame) -> Obj {
        frames::line_of(zelf).map_or_else(Obj::none, |l| vm.int_i64(i64::from(l)))
    }
    #[setter]
    fn set_f_lineno(vm: &Vm, zelf: &PyFrame, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(v) = value else { return Err(vm.attribute_error_msg("cannot delete attribute")) };
        if !v.is_exact_int(vm) {
            return Err(vm.value_error("lineno must be an integer"));
        }
        crate::tracing::jump_to_line(vm, zelf, vm.index_isize(v, vm.types.overflow_error)?)
    }
    #[getter]
    fn f_trace(zelf: &PyFrame) -> Obj {
        peek(&zelf.trace).unwrap_or_else(Obj::none)
    }
    #[setter]
    fn set_f_trace(zelf: &PyFrame, value: Option<Ref<'_>>) -> PyResult<()> {
        drop(zelf.trace.replace(value.filter(|v| !v.is_none()).map(Ref::to_obj)));
        Ok(())
    }
    #[member]
    fn f_trace_lines(zelf: &PyFrame) -> bool {
        zelf.trace_lines.get()
    }
    #[member_setter]
    fn set_f_trace_lines(vm: &Vm, zelf: &PyFrame, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.trace_lines.set(flag(vm, value)?);
        Ok(())
    }
    #[getter]
    fn f_trace_opcodes(zelf: &PyFrame) -> bool {
        zelf.trace_opcodes.get()
    }
    #[setter]
    fn set_f_trace_opcodes(vm: &Vm, zelf: &PyFrame, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.trace_opcodes.set(flag(vm, value)?);
        Ok(())
    }
    #[getter]
    fn f_generator(zelf: &PyFrame) -> Obj {
        // SAFETY: a live generator frame's generator is alive.
        zelf.live().and_then(|f| unsafe { f.generator.get().as_ref() }).map_or_else(Obj::none, |g| g.to_obj())
    }
    /// Clear all references held by the frame.
    #[pymethod("clear(self)")]
    fn clear(vm: &Vm, zelf: &PyFrame) -> PyResult<()> {
        use krait_object::generator::GenState;
        if let Some(f) = zelf.live() {
            // SAFETY: a live generator frame's generator is alive.
            let g = unsafe { f.generator.get().as_ref() };
            return match g.map(|g| (g, g.state.get())) {
                Some((g, GenState::Created)) => {
                    // What happens to a generator that is not wanted any more.
                    crate::generators::finalize(vm, g.r())?;
                    crate::interp::generators::clear_generator(vm, g);
                    Ok(())
                }
                Some((_, GenState::Suspended)) => Err(vm.runtime_error("cannot clear a suspended frame")),
                _ => Err(vm.runtime_error("cannot clear an executing frame")),
            };
        }
        let regs = std::mem::take(&mut *zelf.regs.borrow_mut());
        drop(regs);
        drop(zelf.locals.take());
        drop(zelf.extra_locals.take());
        zelf.cleared.set(true);
        Ok(())
    }
    #[pymethod("__sizeof__(self)")]
    fn sizeof(zelf: &PyFrame) -> usize {
        size_of::<PyFrame>() + zelf.code.nregs as usize * 8
    }
}

fn flag(vm: &Vm, value: Option<Ref<'_>>) -> PyResult<bool> {
    use krait_object::singletons::{false_, true_};
    match value {
        Some(v) if v.ptr_eq(true_()) => Ok(true),
        Some(v) if v.ptr_eq(false_()) => Ok(false),
        _ => Err(vm.type_error("attribute value type must be bool")),
    }
}
