//! The `generator` type.

use krait_macros::pyclass;
use krait_object::generator::{GenState, PyGenerator};
use krait_object::prelude::*;

use super::{close as close_gen, deliver, send as send_gen, throw as throw_gen, throw_argument};

#[pyclass(layout = PyGenerator, name = "generator", table = generator, weakref, flags(DISALLOW_INSTANTIATION), nosig)]
pub mod generator_class {
    use super::*;

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyGenerator) -> String {
        super::super::repr(vm, zelf)
    }
    #[slot(iter)]
    fn iter(zelf: &PyGenerator) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyGenerator) -> PyResult<Option<Obj>> {
        super::super::next(vm, zelf)
    }
    #[slot(am_send)]
    fn am_send(vm: &Vm, zelf: &PyGenerator, value: Ref<'_>) -> PyResult<SendResult> {
        send_gen(vm, zelf, value)
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: Ref<'_>) -> PyResult<()> {
        super::super::finalize(vm, zelf)
    }
    /// send(value) -> send 'value' into generator,
    /// return next yielded value or raise StopIteration.
    #[pymethod("send(self, value, /)", nosig)]
    fn send(vm: &Vm, zelf: &PyGenerator, value: Ref<'_>) -> PyResult {
        let r = send_gen(vm, zelf, value)?;
        deliver(vm, zelf, r)
    }
    /// throw(value)
    /// throw(type[,value[,tb]])
    ///
    /// Raise exception in generator, return next yielded value or raise
    /// StopIteration.
    #[pymethod("throw(self, type, val=<unrepresentable>, tb=<unrepresentable>, /)", nosig)]
    fn throw(vm: &Vm, zelf: &PyGenerator, typ: Ref<'_>, val: OptArg<Ref<'_>>, tb: OptArg<Ref<'_>>) -> PyResult {
        super::super::warn_old_throw(vm, val.0, tb.0)?;
        let exc = throw_argument(vm, typ, val.0, tb.0)?;
        let r = throw_gen(vm, zelf, exc)?;
        deliver(vm, zelf, r)
    }
    /// close() -> raise GeneratorExit inside generator.
    #[pymethod("close(self)", nosig)]
    fn close(vm: &Vm, zelf: &PyGenerator) -> PyResult {
        close_gen(vm, zelf)
    }
    #[pymethod("__sizeof__(self)", nosig)]
    fn sizeof(zelf: &PyGenerator) -> usize {
        // SAFETY: the box is never replaced.
        size_of::<PyGenerator>() + unsafe { (&*zelf.regs.get()).len() } * 8
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, item, /)", nosig)]
    fn class_getitem(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult {
        krait_object::protocol::generic_alias(vm, cls.r(), item)
    }
    /// name of the generator
    #[getter("__name__")]
    fn name(zelf: &PyGenerator) -> Obj {
        // SAFETY: the name is not replaced while it is copied.
        unsafe { (*zelf.name.get()).to_obj() }
    }
    #[setter("__name__")]
    fn set_name(vm: &Vm, zelf: &PyGenerator, value: Option<Ref<'_>>) -> PyResult<()> {
        super::super::set_name(vm, &zelf.name, value, "__name__")
    }
    /// qualified name of the generator
    #[getter("__qualname__")]
    fn qualname(zelf: &PyGenerator) -> Obj {
        // SAFETY: the name is not replaced while it is copied.
        unsafe { (*zelf.qualname.get()).to_obj() }
    }
    #[setter("__qualname__")]
    fn set_qualname(vm: &Vm, zelf: &PyGenerator, value: Option<Ref<'_>>) -> PyResult<()> {
        super::super::set_name(vm, &zelf.qualname, value, "__qualname__")
    }
    /// object being iterated by yield from, or None
    #[getter]
    fn gi_yieldfrom(zelf: &PyGenerator) -> Obj {
        super::super::delegate_of(zelf)
    }
    #[getter]
    fn gi_running(zelf: &PyGenerator) -> bool {
        zelf.state.get() == GenState::Running
    }
    #[getter]
    fn gi_suspended(zelf: &PyGenerator) -> bool {
        zelf.state.get() == GenState::Suspended
    }
    #[getter]
    fn gi_frame(vm: &Vm, zelf: &PyGenerator) -> Obj {
        super::super::frame_of(vm, zelf)
    }
    #[getter]
    fn gi_code(zelf: &PyGenerator) -> Obj {
        super::super::code_of(zelf)
    }
}
