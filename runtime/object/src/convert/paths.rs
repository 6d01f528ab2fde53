//! Parameters that name files: paths and file descriptors.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::{ArgCx, FromArg, c_int};
use crate::bytes::PyBytes;
use crate::error::{PyResult, Raised};
use crate::int::IntRef;
use crate::obj::{Layout, Obj, Ref};
use crate::str::PyStr;
use crate::vm::Vm;

/// `os.fspath(o)`: a str or bytes object.
pub fn fs_path(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    match fs_path_opt(vm, o)? {
        Some(p) => Ok(p),
        None => Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {}", o.ty(vm).tp_name()))),
    }
}

/// As [`fs_path`]; `None` if the object is no path.
fn fs_path_opt(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Obj>> {
    if o.is_instance_of::<PyStr>(vm) || o.is_instance_of::<PyBytes>(vm) {
        return Ok(Some(o.to_obj()));
    }
    let Some(method) = vm.lookup_special(o, vm.names().__fspath__)?.filter(|m| !m.r().is_none()) else { return Ok(None) };
    let p = vm.call0(method.r())?;
    if p.r().is_instance_of::<PyStr>(vm) || p.r().is_instance_of::<PyBytes>(vm) {
        return Ok(Some(p));
    }
    let (ty, got) = (o.ty(vm).tp_name(), p.r().ty(vm).tp_name());
    Err(vm.type_error(format!("expected {ty}.__fspath__() to return str or bytes, not {got}")))
}

/// The operating system's bytes of a str or bytes object: UTF-8 with `surrogateescape`.
pub fn fs_encode(vm: &Vm, o: Ref<'_>) -> PyResult<Vec<u8>> {
    if let Some(b) = o.downcast::<PyBytes>(vm) {
        return Ok(b.as_slice().to_vec());
    }
    let s = vm.expect_str(o, "path")?;
    if let Some(text) = s.as_utf8() {
        return Ok(text.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(s.len() * 2);
    for (i, c) in s.chars().enumerate() {
        match char::from_u32(c) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None if (0xdc80..=0xdcff).contains(&c) => out.push(c as u8),
            None => return Err(surrogate(vm, s, i)),
        }
    }
    Ok(out)
}

#[cold]
fn surrogate(vm: &Vm, s: &PyStr, i: usize) -> Raised {
    let at = |i: usize| vm.int_usize(i);
    let args = vec![vm.str("utf-8"), s.to_obj(), at(i), at(i + 1), vm.str("surrogates not allowed")];
    vm.raise_with(vm.types.unicode_encode_error, args)
}

/// A str, bytes or `os.PathLike`.
pub struct FsPathArg {
    /// The str or bytes, for error messages and results of the same kind.
    pub obj: Obj,
    /// For the operating system; without null bytes.
    pub bytes: Vec<u8>,
    /// The path is bytes, and so should results be.
    pub is_bytes: bool,
}

impl FsPathArg {
    /// The path called `param` of the function `func`; `None` if the object is no path.
    pub fn get(vm: &Vm, arg: Ref<'_>, func: &str, param: &str) -> PyResult<Option<FsPathArg>> {
        let Some(p) = fs_path_opt(vm, arg)? else { return Ok(None) };
        let bytes = fs_encode(vm, p.r())?;
        if bytes.contains(&0) {
            return Err(vm.value_error(format!("{func}: embedded null character in {param}")));
        }
        let is_bytes = p.r().is_instance_of::<PyBytes>(vm);
        Ok(Some(FsPathArg { obj: p, bytes, is_bytes }))
    }
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.bytes))
    }
    /// Null-terminated, for system calls.
    pub fn to_cstring(&self) -> std::ffi::CString {
        // The bytes hold no null.
        std::ffi::CString::new(self.bytes.clone()).unwrap_or_default()
    }
    /// A result of the same kind as the argument: bytes for bytes, else str.
    pub fn decode(&self, vm: &Vm, bytes: &[u8]) -> PyResult<Obj> {
        if self.is_bytes { Ok(vm.bytes(bytes)) } else { (vm.interp.hooks().decode)(vm, bytes, "utf-8", "surrogateescape") }
    }
}

#[cold]
fn no_path(vm: &Vm, cx: &ArgCx, kinds: &str, arg: Ref<'_>) -> Raised {
    vm.type_error(format!("{}: {} should be {kinds}, not {}", cx.func, cx.param, arg.ty(vm).tp_name()))
}

impl<'a> FromArg<'a> for FsPathArg {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        FsPathArg::get(vm, arg, cx.func, cx.param)?.ok_or_else(|| no_path(vm, cx, "string, bytes or os.PathLike", arg))
    }
    fn from_arg_or_none(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Option<Self>> {
        if arg.is_none() {
            return Ok(None);
        }
        let path = FsPathArg::get(vm, arg, cx.func, cx.param)?;
        path.ok_or_else(|| no_path(vm, cx, "string, bytes, os.PathLike or None", arg)).map(Some)
    }
}

/// A path or an open file descriptor.
pub enum PathOrFd {
    Path(FsPathArg),
    Fd(i32),
}

fn path_or_fd(vm: &Vm, arg: Ref<'_>, cx: &ArgCx, kinds: &str) -> PyResult<PathOrFd> {
    if let Some(p) = FsPathArg::get(vm, arg, cx.func, cx.param)? {
        return Ok(PathOrFd::Path(p));
    }
    if !vm.has_index(arg) {
        return Err(no_path(vm, cx, kinds, arg));
    }
    warn_bool_fd(vm, arg)?;
    let i = vm.index(arg)?;
    let i = i.r().as_int(vm).unwrap_or(IntRef::Small(0));
    match i.to_i64().and_then(|i| i32::try_from(i).ok()) {
        Some(fd) => Ok(PathOrFd::Fd(fd)),
        None if i.is_negative() => Err(vm.overflow_error("fd is less than minimum")),
        None => Err(vm.overflow_error("fd is greater than maximum")),
    }
}

fn warn_bool_fd(vm: &Vm, arg: Ref<'_>) -> PyResult<()> {
    if std::ptr::eq(arg.ty(vm), vm.types.bool) {
        vm.warn(vm.types.runtime_warning, "bool is used as a file descriptor", 1)?;
    }
    Ok(())
}

impl<'a> FromArg<'a> for PathOrFd {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        path_or_fd(vm, arg, cx, "string, bytes, os.PathLike or integer")
    }
    fn from_arg_or_none(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Option<Self>> {
        if arg.is_none() {
            return Ok(None);
        }
        path_or_fd(vm, arg, cx, "string, bytes, os.PathLike, integer or None").map(Some)
    }
}

/// A file descriptor, or an object with `fileno()`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct FdArg(pub i32);

impl<'a> FromArg<'a> for FdArg {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        let fd = if arg.as_int(vm).is_some() {
            warn_bool_fd(vm, arg)?;
            c_int(vm, arg)?
        } else {
            let name = vm.intern("fileno");
            let Some(m) = vm.getattr_opt(arg, &name)? else {
                return Err(vm.type_error("argument must be an int, or have a fileno() method."));
            };
            let r = vm.call0(m.r())?;
            if r.r().as_int(vm).is_none() {
                return Err(vm.type_error("fileno() returned a non-integer"));
            }
            c_int(vm, r.r())?
        };
        if fd < 0 {
            return Err(vm.value_error(format!("file descriptor cannot be a negative integer ({fd})")));
        }
        Ok(FdArg(fd))
    }
}
