//! Argument types of the `posix` functions.

use krait_object::convert::{ArgCx, FromArg, FromDefault, FsPathArg, NoneDefault, PathOrFd};
use krait_object::error::Raised;
use krait_object::prelude::*;

use crate::util::errno;

/// `dir_fd`: a directory descriptor, or the current directory for None.
#[derive(Copy, Clone)]
pub struct DirFd(pub i32);

impl DirFd {
    pub fn is_given(self) -> bool {
        self.0 != libc::AT_FDCWD
    }
}

impl<'a> FromArg<'a> for DirFd {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        if arg.is_none() {
            return Ok(DirFd(libc::AT_FDCWD));
        }
        if !vm.has_index(arg) {
            return Err(vm.type_error(format!("argument should be integer or None, not {}", arg.ty(vm).tp_name())));
        }
        if std::ptr::eq(arg.ty(vm), vm.types.bool) {
            vm.warn(vm.types.runtime_warning, "bool is used as a file descriptor", 1)?;
        }
        let i = vm.index(arg)?;
        fd_range(vm, i.r(), "fd").map(DirFd)
    }
}
impl FromDefault<NoneDefault> for DirFd {
    fn from_default(_: &Vm, _: NoneDefault) -> Self {
        DirFd(libc::AT_FDCWD)
    }
}

/// A C int, with the range errors of descriptors.
fn fd_range(vm: &Vm, i: Ref<'_>, what: &str) -> PyResult<i32> {
    let Some(v) = i.as_int(vm) else { return Err(vm.type_error("an integer is required")) };
    match v.to_i64().and_then(|i| i32::try_from(i).ok()) {
        Some(fd) => Ok(fd),
        None if v.is_negative() => Err(vm.overflow_error(format!("{what} is less than minimum"))),
        None => Err(vm.overflow_error(format!("{what} is greater than maximum"))),
    }
}

/// A user or group id; -1 stands for "unchanged".
fn id(vm: &Vm, arg: Ref<'_>, what: &str) -> PyResult<u32> {
    if !vm.has_index(arg) {
        return Err(vm.type_error(format!("{what} should be integer, not {}", arg.ty(vm).tp_name())));
    }
    let i = vm.index(arg)?;
    let Some(v) = i.r().as_int(vm) else { return Err(vm.type_error("an integer is required")) };
    match v.to_i64() {
        Some(-1) => Ok(u32::MAX),
        Some(i @ 0..=0xffff_ffff) => Ok(i as u32),
        _ if v.is_negative() => Err(vm.overflow_error(format!("{what} is less than minimum"))),
        _ => Err(vm.overflow_error(format!("{what} is greater than maximum"))),
    }
}

/// A user id.
#[derive(Copy, Clone)]
pub struct Uid(pub u32);
/// A group id.
#[derive(Copy, Clone)]
pub struct Gid(pub u32);

impl<'a> FromArg<'a> for Uid {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        id(vm, arg, "uid").map(Uid)
    }
}
impl<'a> FromArg<'a> for Gid {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        id(vm, arg, "gid").map(Gid)
    }
}

/// A device number; -1 is the one that means none.
#[derive(Copy, Clone)]
pub struct Device(pub u64);

impl<'a> FromArg<'a> for Device {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        let i = vm.index(arg)?;
        if i.r().as_int(vm).and_then(|i| i.to_i64()) == Some(-1) {
            return Ok(Device(u64::MAX));
        }
        u64::from_arg(vm, i.r(), cx).map(Device)
    }
}
impl FromDefault<i128> for Device {
    fn from_default(_: &Vm, i: i128) -> Self {
        Device(i as u64)
    }
}

/// A file offset; None is not one.
#[derive(Copy, Clone)]
pub struct Offset(pub i64);

impl<'a> FromArg<'a> for Offset {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        krait_object::convert::c_long(vm, arg).map(Offset)
    }
}

/// OSError for the last error, about a path.
#[cold]
pub fn path_error(vm: &Vm, path: &FsPathArg) -> Raised {
    vm.os_error_path(errno(), path.obj.r())
}

/// OSError for the last error, about a path or nothing.
#[cold]
pub fn target_error(vm: &Vm, e: i32, target: &PathOrFd) -> Raised {
    match target {
        PathOrFd::Path(p) => vm.os_error_path(e, p.obj.r()),
        PathOrFd::Fd(fd) => vm.os_error_path(e, vm.int(*fd).r()),
    }
}

/// OSError for the last error, about two paths.
#[cold]
pub fn paths_error(vm: &Vm, a: &FsPathArg, b: &FsPathArg) -> Raised {
    vm.os_error_path2(errno(), a.obj.r(), b.obj.r())
}

/// The result of a call about a path.
pub fn check_path(vm: &Vm, r: i32, path: &FsPathArg) -> PyResult<()> {
    if r < 0 { Err(path_error(vm, path)) } else { Ok(()) }
}

/// What audit hooks are told of a `dir_fd`.
pub fn audit_fd(vm: &Vm, d: DirFd) -> Obj {
    vm.int(if d.is_given() { d.0 } else { -1 })
}
