//! `OSError`: picks its subclass by errno.
//!
//! `__new__` does all the work, since it must know the errno to choose the class. A subclass that
//! overrides `__init__` but not `__new__` has its arguments parsed by `__init__` instead, which it
//! is expected to call with what it wants parsed.

use krait_object::exception::{alloc_exception, peek};
use krait_object::exception_layouts::PyOSError;
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;
use krait_object::str::StrBuilder;

use super::support::{base_str, def, dict_if_any, getset, method, no_keywords, object_members, reduced, this};

/// `OSError`.
pub static DEF: TypeDef = TypeDef {
    slots: SlotDefs { new: Some(new), init: Some(init), str: Some(str), ..SlotDefs::EMPTY },
    methods: &[method("__reduce__", NativeFn::NoArgs(reduce), None)],
    members: object_members![PyOSError;
        errno as "errno": "POSIX exception code", strerror as "strerror": "exception strerror",
        filename as "filename": "exception filename", filename2 as "filename2": "second exception filename",
    ],
    getset: &[getset("characters_written", written, set_written, None)],
    ..def::<PyOSError>("OSError", "Base class for I/O related errors.", |t| t.os_error, |vm| vm.types.exception)
};

/// The subclass of `OSError` for an errno.
pub fn class_for_errno(vm: &Vm, errno: i32) -> Option<&'static PyType> {
    let t = vm.types;
    // EWOULDBLOCK equals EAGAIN on the systems we build for.
    Some(match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => t.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => t.broken_pipe_error,
        libc::ECHILD => t.child_process_error,
        libc::ECONNABORTED => t.connection_aborted_error,
        libc::ECONNREFUSED => t.connection_refused_error,
        libc::ECONNRESET => t.connection_reset_error,
        libc::EEXIST => t.file_exists_error,
        libc::ENOENT => t.file_not_found_error,
        libc::EISDIR => t.is_a_directory_error,
        libc::ENOTDIR => t.not_a_directory_error,
        libc::EINTR => t.interrupted_error,
        libc::EACCES | libc::EPERM => t.permission_error,
        libc::ESRCH => t.process_lookup_error,
        libc::ETIMEDOUT => t.timeout_error,
        _ => return None,
    })
}

/// Is the work left to `__init__`?
fn leaves_work_to_init(ty: &PyType) -> bool {
    let own_init = ty.slots.init.get().is_some_and(|f| std::ptr::fn_addr_eq(f, init as krait_object::slots::InitFn));
    let own_new = ty.slots.new.get().is_some_and(|f| std::ptr::fn_addr_eq(f, new as krait_object::slots::NewFn));
    !own_init && own_new
}

/// The arguments by role; only two to five of them have one.
#[derive(Default)]
struct Parts<'a> {
    errno: Option<Ref<'a>>,
    strerror: Option<Ref<'a>>,
    filename: Option<Ref<'a>>,
    filename2: Option<Ref<'a>>,
}

fn parse<'a>(pos: &[Ref<'a>]) -> Parts<'a> {
    if !(2..=5).contains(&pos.len()) {
        return Parts::default();
    }
    let get = |i: usize| pos.get(i).copied();
    // The fourth is Windows' error code.
    Parts { errno: get(0), strerror: get(1), filename: get(2), filename2: get(4) }
}

fn new(vm: &Vm, ty: &PyType, args: Args<'_>) -> PyResult<Obj> {
    if leaves_work_to_init(ty) {
        return Ok(alloc_exception(vm, ty, PyTuple::new(vm, vec![]))?.into_obj());
    }
    no_keywords(vm, ty, &args)?;
    let parts = parse(args.pos());
    let mut class = ty;
    if std::ptr::eq(ty, vm.types.os_error) {
        let errno = parts.errno.and_then(|e| e.as_int(vm)).and_then(|i| i.to_i64());
        if let Some(c) = errno.and_then(|e| i32::try_from(e).ok()).and_then(|e| class_for_errno(vm, e)) {
            class = c;
        }
    }
    let exc = alloc_exception(vm, class, PyTuple::new(vm, vec![]))?;
    fill(vm, exc.r(), args.pos(), &parts)?;
    Ok(exc.into_obj())
}

fn init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    let ty = zelf.ty(vm);
    if !leaves_work_to_init(ty) {
        return Ok(());
    }
    no_keywords(vm, ty, &args)?;
    fill(vm, zelf, args.pos(), &parse(args.pos()))
}

fn fill(vm: &Vm, zelf: Ref<'_>, pos: &[Ref<'_>], parts: &Parts<'_>) -> PyResult<()> {
    let exc = this::<PyOSError>(zelf);
    let mut kept = pos;
    if let Some(name) = parts.filename.filter(|f| !f.is_none()) {
        if std::ptr::eq(zelf.ty(vm), vm.types.blocking_io_error) && is_number(vm, name) {
            // The third argument of BlockingIOError may be the number of characters written.
            let n = vm.index_isize(name, vm.types.value_error)?;
            exc.written.set(n);
            exc.has_written.set(n != -1);
        } else {
            drop(exc.filename.replace(Some(name.to_obj())));
            if let Some(second) = parts.filename2.filter(|f| !f.is_none()) {
                drop(exc.filename2.replace(Some(second.to_obj())));
            }
            // File names are no part of `args`, so that unpacking two items keeps working.
            kept = &pos[..2];
        }
    }
    drop(exc.errno.replace(parts.errno.map(Ref::to_obj)));
    drop(exc.strerror.replace(parts.strerror.map(Ref::to_obj)));
    drop(exc.base.args.replace(Some(PyTuple::from_refs(vm, kept).into_obj())));
    Ok(())
}

/// `PyNumber_Check`.
fn is_number(vm: &Vm, o: Ref<'_>) -> bool {
    let s = &o.ty(vm).slots;
    s.nb_int.get().is_some() || s.nb_index.get().is_some() || s.nb_float.get().is_some() || std::ptr::eq(o.ty(vm), vm.types.complex)
}

fn str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let exc = this::<PyOSError>(zelf);
    let (errno, strerror) = (peek(&exc.errno), peek(&exc.strerror));
    let (filename, filename2) = (peek(&exc.filename), peek(&exc.filename2));
    if filename.is_none() && (errno.is_none() || strerror.is_none()) {
        return base_str(vm, zelf);
    }
    let mut out = StrBuilder::new();
    out.push_str("[Errno ");
    out.push_pystr(&*vm.str_of(errno.unwrap_or_else(Obj::none).r())?);
    out.push_str("] ");
    out.push_pystr(&*vm.str_of(strerror.unwrap_or_else(Obj::none).r())?);
    if let Some(f) = filename {
        out.push_str(": ");
        out.push_pystr(&*vm.repr(f.r())?);
        if let Some(g) = filename2 {
            out.push_str(" -> ");
            out.push_pystr(&*vm.repr(g.r())?);
        }
    }
    Ok(out.finish(vm).into_obj())
}

fn reduce(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let exc = this::<PyOSError>(zelf);
    let mut args = exc.base.args_tuple(vm);
    if let (2, Some(f)) = (args.len(), peek(&exc.filename)) {
        let mut all = args.as_slice().to_vec();
        all.push(f);
        if let Some(g) = peek(&exc.filename2) {
            all.push(Obj::none());
            all.push(g);
        }
        args = PyTuple::new(vm, all);
    }
    let state = dict_if_any(vm, zelf)?.map(Py::into_obj);
    Ok(reduced(vm, zelf, args.into_obj(), state))
}

fn written(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let exc = this::<PyOSError>(zelf);
    if !exc.has_written.get() {
        return Err(vm.attribute_error_msg("characters_written"));
    }
    Ok(vm.int_i64(exc.written.get() as i64))
}

fn set_written(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let exc = this::<PyOSError>(zelf);
    match value {
        None if !exc.has_written.get() => Err(vm.attribute_error_msg("characters_written")),
        None => {
            exc.has_written.set(false);
            Ok(())
        }
        Some(v) => {
            let n = vm.index_isize(v, vm.types.value_error)?;
            exc.written.set(n);
            exc.has_written.set(n != -1);
            Ok(())
        }
    }
}
