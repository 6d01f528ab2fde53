//! Argument types and helpers of the stream classes.

use std::cell::OnceCell;

use krait_object::convert::{ArgCx, FromArg, FromDefault};
use krait_object::error::Raised;
use krait_object::exception::{PyBaseException, peek};
use krait_object::prelude::*;

/// A size: an integer, or -1 for None.
#[derive(Copy, Clone)]
pub struct Size(pub isize);

impl<'a> FromArg<'a> for Size {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        size_or_none(vm, arg).map(|s| Size(s.unwrap_or(-1)))
    }
}
impl FromDefault<i128> for Size {
    fn from_default(_: &Vm, i: i128) -> Self {
        Size(i as isize)
    }
}

/// An integer or None.
pub fn size_or_none(vm: &Vm, arg: Ref<'_>) -> PyResult<Option<isize>> {
    if arg.is_none() {
        return Ok(None);
    }
    if !vm.has_index(arg) {
        return Err(vm.type_error(format!("argument should be integer or None, not '{}'", arg.ty(vm).tp_name())));
    }
    vm.index_isize(arg, vm.types.overflow_error).map(Some)
}

#[derive(Default)]
struct IoTypes {
    unsupported: OnceCell<Obj>,
}

/// `io.UnsupportedOperation`, made on first use.
pub fn unsupported_type(vm: &Vm) -> PyResult<Obj> {
    let state = vm.interp.state::<IoTypes>();
    if let Some(t) = state.unsupported.get() {
        return Ok(t.clone());
    }
    let dict = PyDict::new(vm);
    dict.set_str(vm, vm.names().__module__, vm.str("io"))?;
    let bases = vm.tuple(vec![vm.types.os_error.to_obj(), vm.types.value_error.to_obj()]);
    let t = vm.call(vm.types.r#type.r(), &[vm.str("UnsupportedOperation").r(), bases.r(), dict.r()])?;
    let _ = state.unsupported.set(t.clone());
    Ok(t)
}

/// Raises `io.UnsupportedOperation(msg)`.
#[cold]
pub fn unsupported(vm: &Vm, msg: &str) -> Raised {
    match unsupported_type(vm) {
        Ok(t) => match t.r().downcast::<PyType>(vm) {
            Some(t) => vm.raise_with(t, vec![vm.str(msg)]),
            None => vm.os_error_msg(msg),
        },
        Err(r) => r,
    }
}

/// Raises `BlockingIOError(errno, msg, written)`.
#[cold]
pub fn would_block(vm: &Vm, errno: i32, msg: &str, written: usize) -> Raised {
    vm.raise_with(vm.types.blocking_io_error, vec![vm.int(errno), vm.str(msg), vm.int_usize(written)])
}

/// Is the pending exception an OSError for an interrupted call? Then it is dropped.
fn swallow_eintr(vm: &Vm, token: Raised) -> PyResult<()> {
    if !vm.raised_is(vm.types.os_error) {
        return Err(token);
    }
    let exc = vm.take_raised(token);
    let errno = vm.getattr_opt(exc.r(), vm.names().errno);
    let interrupted = match &errno {
        Ok(Some(n)) => n.r().as_int(vm).and_then(|i| i.to_i64()) == Some(libc::EINTR.into()),
        _ => false,
    };
    if let Err(e) = errno {
        drop(vm.take_raised(e));
    }
    if interrupted { vm.poll() } else { Err(vm.raise_as_is(exc)) }
}

/// `obj.name(*args)`, again if it was interrupted by a signal.
pub fn call_retry(vm: &Vm, obj: Ref<'_>, name: &str, args: &[Ref<'_>]) -> PyResult<Obj> {
    let name = vm.intern(name);
    loop {
        match vm.call_method(obj, &name, args) {
            Ok(v) => return Ok(v),
            Err(e) => swallow_eintr(vm, e)?,
        }
    }
}

/// Is `obj.name` true?
pub fn attr_true(vm: &Vm, obj: Ref<'_>, name: &str) -> PyResult<bool> {
    let v = vm.getattr_str(obj, name)?;
    vm.is_true(v.r())
}

/// Runs `second` whatever became of `first`. If both fail, the first error becomes the context
/// of the second.
pub fn also<T>(vm: &Vm, first: PyResult<T>, second: impl FnOnce() -> PyResult<()>) -> PyResult<T> {
    match first {
        Ok(v) => second().map(|()| v),
        Err(e) => {
            let exc = vm.take_raised(e);
            match second() {
                Ok(()) => Err(vm.raise_as_is(exc)),
                Err(e2) => Err(chain(vm, e2, exc)),
            }
        }
    }
}

/// Makes `earlier` the context of the pending exception, at the end of its chain.
pub fn chain(vm: &Vm, pending: Raised, earlier: Py<PyBaseException>) -> Raised {
    let exc = vm.take_raised(pending);
    if !exc.r().ptr_eq(earlier.r()) {
        let mut last = exc.clone();
        for _ in 0..64 {
            match peek(&last.context).map(|c| c.downcast::<PyBaseException>(vm)) {
                Some(Ok(next)) if !next.r().ptr_eq(earlier.r()) => last = next,
                Some(_) => return vm.raise_as_is(exc),
                None => break,
            }
        }
        drop(last.context.replace(Some(earlier.into_obj())));
    }
    vm.raise_as_is(exc)
}

/// `repr` of a stream: `<type name=...>`.
pub fn stream_repr(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let ty = zelf.ty(vm).tp_name();
    let name = match vm.getattr_opt(zelf, vm.names().name) {
        Ok(n) => n,
        Err(e) => {
            drop(vm.catch(e, vm.types.value_error)?);
            None
        }
    };
    let Some(name) = name else { return Ok(vm.str(&format!("<{ty}>"))) };
    let guard = krait_object::protocol::repr_guard::repr_enter(vm, zelf);
    let Some(_guard) = guard else {
        return Err(vm.runtime_error(format!("reentrant call inside {ty}.__repr__")));
    };
    let name = vm.repr(name.r())?;
    let mut out = krait_object::str::StrBuilder::new();
    out.push_str(&format!("<{ty} name="));
    out.push_pystr(&name);
    out.push_char('>');
    Ok(out.finish(vm).into_obj())
}

/// The `__getstate__` of classes that cannot be pickled.
#[cold]
pub fn cannot_pickle(vm: &Vm, zelf: Ref<'_>) -> Raised {
    vm.type_error(format!("cannot pickle '{}' instances", zelf.ty(vm).name_lossy()))
}
