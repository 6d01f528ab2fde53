//! Exception objects and how native code makes them.

use std::cell::Cell;

use crate::error::{PyResult, Raised};
use crate::exception_layouts::{PyAttributeError, PyStopIteration};
use crate::gc::{Trace, Visitor};
use crate::header::Header;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::str::PyStr;
use crate::table_layout;
use crate::tuple::PyTuple;
use crate::ty::{PyType, TypeFlags};
use crate::vm::Vm;

/// What every exception begins with. Types with more fields put them after.
#[repr(C)]
pub struct PyBaseException {
    pub header: Header,
    /// A tuple; unset only while the object is being made.
    pub args: Cell<Option<Obj>>,
    pub traceback: Cell<Option<Obj>>,
    pub context: Cell<Option<Obj>>,
    pub cause: Cell<Option<Obj>>,
    pub suppress_context: Cell<bool>,
}
table_layout!(PyBaseException => base_exception);

/// Reads an `Option<Obj>` cell without taking it.
#[inline]
pub fn peek(cell: &Cell<Option<Obj>>) -> Option<Obj> {
    let v = cell.take();
    let r = v.clone();
    cell.set(v);
    r
}

impl PyBaseException {
    /// `exc.args`.
    pub fn args_tuple(&self, vm: &Vm) -> Py<PyTuple> {
        match peek(&self.args).map(|a| a.downcast::<PyTuple>(vm)) {
            Some(Ok(t)) => t,
            _ => PyTuple::new(vm, vec![]),
        }
    }
    /// Shows the common fields to the collector.
    pub fn trace_base(&self, v: &mut Visitor<'_>) {
        self.args.trace(v);
        self.traceback.trace(v);
        self.context.trace(v);
        self.cause.trace(v);
    }
    /// Drops the common fields.
    pub fn clear_base(&self) {
        drop(self.args.take());
        drop(self.traceback.take());
        drop(self.context.take());
        drop(self.cause.take());
    }
}

/// An exception of type `ty` with everything but `args` unset. Does what `BaseException.__new__`
/// does.
pub fn alloc_exception(vm: &Vm, ty: &PyType, args: Py<PyTuple>) -> PyResult<Py<PyBaseException>> {
    let obj = crate::instance::alloc_instance(vm, ty, 0)?;
    // SAFETY: exception types are laid out as `PyBaseException` first, and zeros are a valid one.
    let exc = unsafe { obj.downcast_unchecked::<PyBaseException>() };
    exc.args.set(Some(args.into_obj()));
    Ok(exc)
}

/// Does calling `ty` with positional arguments do no more than [`alloc_exception`]? True of the
/// types that inherit their construction, or whose `__init__` looks at keywords only.
fn is_plain(vm: &Vm, ty: &PyType) -> bool {
    let same_new = |b: &PyType| match (ty.slots.new.get(), b.slots.new.get()) {
        (Some(f), Some(g)) => std::ptr::fn_addr_eq(f, g),
        _ => false,
    };
    let same_init = |b: &&PyType| match (ty.slots.init.get(), b.slots.init.get()) {
        (Some(f), Some(g)) => std::ptr::fn_addr_eq(f, g),
        _ => false,
    };
    let t = vm.types;
    let ready = ty.basicsize.get() >= size_of::<PyBaseException>();
    ready
        && std::ptr::eq(ty.header().ty(), t.r#type)
        && same_new(t.base_exception)
        && [t.base_exception, t.attribute_error, t.name_error].iter().any(same_init)
}

/// `ty(*args)`.
pub fn new_exception(vm: &Vm, ty: &PyType, args: Vec<Obj>) -> PyResult<Py<PyBaseException>> {
    if is_plain(vm, ty) {
        return alloc_exception(vm, ty, PyTuple::new(vm, args));
    }
    if std::ptr::eq(ty, vm.types.stop_iteration) && ty.basicsize.get() > 0 {
        let value = args.first().cloned();
        let exc = alloc_exception(vm, ty, PyTuple::new(vm, args))?;
        if let Some(e) = exc.as_layout::<PyStopIteration>(vm) {
            e.value.set(value);
        }
        return Ok(exc);
    }
    let refs = crate::obj::refs(&args);
    let obj = vm.call(ty.r(), refs)?;
    match obj.downcast::<PyBaseException>(vm) {
        Ok(e) => Ok(e),
        Err(o) => Err(vm.type_error(format!(
            "calling {} should have returned an instance of BaseException, not {}",
            ty.name_lossy(),
            o.r().ty(vm).name_lossy()
        ))),
    }
}

/// `ty(msg)` for a native exception type; never fails.
pub fn new_exception_msg(vm: &Vm, ty: &PyType, msg: &str) -> Py<PyBaseException> {
    let args = vec![vm.str(msg)];
    match new_exception(vm, ty, args) {
        Ok(e) => e,
        // Making it raised another exception (out of memory, recursion): that one stands in.
        Err(r) => vm.take_raised(r),
    }
}

/// The exception being handled (`sys.exception()`), looking through running generators.
pub fn handled(vm: &Vm) -> Option<Obj> {
    if let Some(e) = peek(&vm.handled) {
        return Some(e);
    }
    let mut item = vm.exec.handled_outer.get();
    // SAFETY: items belong to running generators, which outlive this walk.
    while let Some(i) = unsafe { item.as_ref() } {
        if let Some(e) = peek(&i.value) {
            return Some(e);
        }
        item = i.outer.get();
    }
    None
}

/// Sets `__context__` to the exception being handled, breaking cycles as CPython does.
pub fn set_context(vm: &Vm, exc: &Py<PyBaseException>) {
    let Some(handled) = handled(vm) else { return };
    if handled.r().ptr_eq(exc.r()) {
        return;
    }
    // Cut the chain where it would come back to `exc` (Floyd's cycle check guards old cycles).
    let mut o = handled.clone();
    let mut slow = handled.clone();
    let mut toggle = false;
    loop {
        let Ok(e) = o.clone().downcast::<PyBaseException>(vm) else { break };
        let Some(ctx) = peek(&e.context) else { break };
        if ctx.r().ptr_eq(exc.r()) {
            drop(e.context.take());
            break;
        }
        o = ctx;
        if slow.r().ptr_eq(o.r()) {
            break;
        }
        if toggle {
            let next = slow.r().downcast::<PyBaseException>(vm).and_then(|e| peek(&e.context));
            if let Some(next) = next {
                slow = next;
            }
        }
        toggle = !toggle;
    }
    drop(exc.context.replace(Some(handled)));
}

/// Raises AttributeError for a missing attribute, in CPython's words.
pub fn raise_no_attribute(vm: &Vm, obj: Ref<'_>, name: &PyStr) -> Raised {
    let n = name.to_string_lossy();
    let text = match obj.downcast::<PyType>(vm) {
        Some(t) => format!("type object '{}' has no attribute '{n}'", t.tp_name()),
        None => format!("'{}' object has no attribute '{n}'", obj.ty(vm).tp_name()),
    };
    raise_attribute_error(vm, obj, name, &text)
}

/// Notes on a pending AttributeError that knows nothing of it which attribute of what was asked for.
#[cold]
pub fn note_attribute(vm: &Vm, obj: Ref<'_>, name: &PyStr, e: Raised) -> Raised {
    if vm.raised_is(vm.types.attribute_error)
        && let Some(exc) = vm.pending.take()
    {
        if let Some(a) = exc.r().downcast::<PyBaseException>(vm).and_then(|x| x.as_layout::<PyAttributeError>(vm))
            && peek(&a.name).is_none()
            && peek(&a.obj).is_none()
        {
            a.name.set(Some(name.to_obj()));
            a.obj.set(Some(obj.to_obj()));
        }
        vm.pending.set(Some(exc));
    }
    e
}

/// Raises AttributeError with `name` and `obj` set.
pub fn raise_attribute_error(vm: &Vm, obj: Ref<'_>, name: &PyStr, text: &str) -> Raised {
    let exc = new_exception_msg(vm, vm.types.attribute_error, text);
    if let Some(e) = exc.as_layout::<PyAttributeError>(vm) {
        e.obj.set(Some(obj.to_obj()));
        e.name.set(Some(name.to_obj()));
    }
    vm.raise(exc)
}

/// Raises OSError or the subclass that fits the errno.
pub fn raise_errno(vm: &Vm, errno: i32, path: Option<Ref<'_>>, path2: Option<Ref<'_>>) -> Raised {
    // SAFETY: strerror returns a NUL-terminated string; the GIL keeps other users out.
    let text = unsafe { std::ffi::CStr::from_ptr(libc::strerror(errno)) }.to_string_lossy().into_owned();
    let mut args = vec![vm.int_i64(i64::from(errno)), vm.str(&text)];
    if let Some(p) = path {
        args.push(p.to_obj());
        if let Some(q) = path2 {
            args.push(Obj::none());
            args.push(q.to_obj());
        }
    }
    vm.raise_with(vm.types.os_error, args)
}

/// Is the object an exception instance?
#[inline]
pub fn is_exception(o: Ref<'_>) -> bool {
    o.header().is_some_and(|h| h.ty().has_flag(TypeFlags::EXC_SUBCLASS))
}

/// Is the object an exception class?
#[inline]
pub fn is_exception_class(vm: &Vm, o: Ref<'_>) -> bool {
    o.downcast::<PyType>(vm).is_some_and(|t| t.has_flag(TypeFlags::EXC_SUBCLASS))
}
