//! The `stat` family.

use krait_macros::pymodule;
use krait_object::convert::{FsPathArg, PathOrFd};
use krait_object::error::Raised;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, UNNAMED, make};

use super::args::DirFd;
use crate::util::errno;

/// `os.stat_result`.
pub static STAT_RESULT: StructSeqDef = StructSeqDef {
    module: "os",
    name: "stat_result",
    doc: Some(
        "stat_result: Result from stat, fstat, or lstat.\n\n\
         This object may be accessed either as a tuple of\n  \
         (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\n\
         or via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.\n\n\
         Posix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\n\
         or st_flags, they are available as attributes only.\n\n\
         See os.stat for more information.",
    ),
    fields: &[
        ("st_mode", "protection bits"),
        ("st_ino", "inode"),
        ("st_dev", "device"),
        ("st_nlink", "number of hard links"),
        ("st_uid", "user ID of owner"),
        ("st_gid", "group ID of owner"),
        ("st_size", "total size, in bytes"),
        (UNNAMED, "integer time of last access"),
        (UNNAMED, "integer time of last modification"),
        (UNNAMED, "integer time of last change"),
        ("st_atime", "time of last access"),
        ("st_mtime", "time of last modification"),
        ("st_ctime", "time of last change"),
        ("st_atime_ns", "time of last access in nanoseconds"),
        ("st_mtime_ns", "time of last modification in nanoseconds"),
        ("st_ctime_ns", "time of last change in nanoseconds"),
        ("st_blksize", "blocksize for filesystem I/O"),
        ("st_blocks", "number of blocks allocated"),
        ("st_rdev", "device type (if inode device)"),
    ],
    n_in_sequence: 10,
    complete: Some(|v| {
        // Made from a tuple, the float times repeat the integer ones.
        for i in 7..10 {
            if v[i + 3].r().is_none() {
                v[i + 3] = v[i].clone();
            }
        }
    }),
};

/// `os.statvfs_result`.
pub static STATVFS_RESULT: StructSeqDef = StructSeqDef {
    module: "os",
    name: "statvfs_result",
    doc: Some(
        "statvfs_result: Result from statvfs or fstatvfs.\n\n\
         This object may be accessed either as a tuple of\n  \
         (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),\n\
         or via the attributes f_bsize, f_frsize, f_blocks, f_bfree, and so on.\n\n\
         See os.statvfs for more information.",
    ),
    fields: &[
        ("f_bsize", ""),
        ("f_frsize", ""),
        ("f_blocks", ""),
        ("f_bfree", ""),
        ("f_bavail", ""),
        ("f_files", ""),
        ("f_ffree", ""),
        ("f_favail", ""),
        ("f_flag", ""),
        ("f_namemax", ""),
        ("f_fsid", ""),
    ],
    n_in_sequence: 10,
    complete: None,
};

/// A `stat` structure as a Python object.
pub fn to_python(vm: &Vm, st: &libc::stat) -> PyResult<Obj> {
    let times = [(st.st_atime, st.st_atime_nsec), (st.st_mtime, st.st_mtime_nsec), (st.st_ctime, st.st_ctime_nsec)];
    let mut v = vec![
        vm.int(st.st_mode),
        vm.int(st.st_ino),
        vm.int(st.st_dev),
        vm.int(st.st_nlink),
        vm.int(st.st_uid),
        vm.int(st.st_gid),
        vm.int_i64(st.st_size),
    ];
    v.extend(times.iter().map(|t| vm.int_i64(t.0)));
    v.extend(times.iter().map(|t| vm.float(t.0 as f64 + 1e-9 * t.1 as f64)));
    v.extend(times.iter().map(|t| vm.int(i128::from(t.0) * 1_000_000_000 + i128::from(t.1))));
    v.extend([vm.int(st.st_blksize), vm.int_i64(st.st_blocks), vm.int(st.st_rdev)]);
    make(vm, &STAT_RESULT, v)
}

/// `fstatat`; `Err` holds the error number.
pub fn stat_at(vm: &Vm, dir: i32, path: &std::ffi::CStr, follow: bool) -> Result<libc::stat, i32> {
    vm.allow_threads(|| {
        // SAFETY: all-zero is a valid `stat`; the path is null-terminated.
        unsafe {
            let mut st: libc::stat = std::mem::zeroed();
            let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            if libc::fstatat(dir, path.as_ptr(), &mut st, flags) < 0 { Err(errno()) } else { Ok(st) }
        }
    })
}

fn fstat_fd(vm: &Vm, fd: i32) -> PyResult<Result<libc::stat, i32>> {
    // SAFETY: all-zero is a valid `stat`.
    let mut st: libc::stat = unsafe { std::mem::zeroed() };
    let p = &raw mut st as usize;
    // SAFETY: the result has room; it outlives the call.
    Ok(crate::util::retry(vm, || unsafe { libc::fstat(fd, p as *mut libc::stat) })?.map(|_| st))
}

/// `stat` of a path or descriptor.
fn stat_target(vm: &Vm, func: &str, target: &PathOrFd, dir: DirFd, follow: bool) -> PyResult<Obj> {
    let st = match target {
        PathOrFd::Fd(fd) => {
            if dir.is_given() {
                return Err(vm.value_error(format!("{func}: can't specify dir_fd without matching path")));
            }
            if !follow {
                return Err(vm.value_error(format!("{func}: cannot use fd and follow_symlinks together")));
            }
            fstat_fd(vm, *fd)?
        }
        PathOrFd::Path(p) => stat_at(vm, dir.0, &p.to_cstring(), follow),
    };
    match st {
        Ok(st) => to_python(vm, &st),
        Err(e) => Err(super::args::target_error(vm, e, target)),
    }
}

fn vfs(vm: &Vm, st: &libc::statvfs) -> PyResult<Obj> {
    let v = vec![
        vm.int(st.f_bsize),
        vm.int(st.f_frsize),
        vm.int(st.f_blocks),
        vm.int(st.f_bfree),
        vm.int(st.f_bavail),
        vm.int(st.f_files),
        vm.int(st.f_ffree),
        vm.int(st.f_favail),
        vm.int(st.f_flag),
        vm.int(st.f_namemax),
        vm.int(st.f_fsid),
    ];
    make(vm, &STATVFS_RESULT, v)
}

fn statvfs_target(vm: &Vm, target: &PathOrFd) -> PyResult<Obj> {
    // SAFETY: all-zero is a valid `statvfs`.
    let mut st: libc::statvfs = unsafe { std::mem::zeroed() };
    let p = &raw mut st as usize;
    let r = match target {
        // SAFETY: the result has room; it outlives the call.
        PathOrFd::Fd(fd) => crate::util::retry(vm, || unsafe { libc::fstatvfs(*fd, p as *mut libc::statvfs) })?,
        PathOrFd::Path(path) => {
            let c = path.to_cstring();
            // SAFETY: as above; the path is null-terminated.
            crate::util::retry(vm, || unsafe { libc::statvfs(c.as_ptr(), p as *mut libc::statvfs) })?
        }
    };
    match r {
        Ok(_) => vfs(vm, &st),
        Err(e) => Err(super::args::target_error(vm, e, target)),
    }
}

fn lstat_path(vm: &Vm, p: &FsPathArg, dir: DirFd) -> PyResult<Obj> {
    match stat_at(vm, dir.0, &p.to_cstring(), false) {
        Ok(st) => to_python(vm, &st),
        Err(e) => Err(vm.os_error_path(e, p.obj.r())),
    }
}

fn fd_error(vm: &Vm, e: i32) -> Raised {
    vm.os_error(e)
}

#[pymodule("posix")]
pub mod part {
    use super::super::args::DirFd;
    use krait_object::convert::{FdArg, FsPathArg, PathOrFd};
    use krait_object::prelude::*;

    /// Perform a stat system call on the given path.
    ///
    ///   path
    ///     Path to be examined; can be string, bytes, a path-like object or
    ///     open-file-descriptor int.
    ///   dir_fd
    ///     If not None, it should be a file descriptor open to a directory,
    ///     and path should be a relative string; path will then be relative to
    ///     that directory.
    ///   follow_symlinks
    ///     If False, and the last element of the path is a symbolic link,
    ///     stat will examine the symbolic link itself instead of the file
    ///     the link points to.
    ///
    /// dir_fd and follow_symlinks may not be implemented
    ///   on your platform.  If they are unavailable, using them will raise a
    ///   NotImplementedError.
    ///
    /// It's an error to use dir_fd or follow_symlinks when specifying path as
    ///   an open file descriptor.
    #[pyfunction("stat(path, *, dir_fd=None, follow_symlinks=True)")]
    fn stat(vm: &Vm, path: PathOrFd, dir_fd: DirFd, follow_symlinks: bool) -> PyResult<Obj> {
        super::stat_target(vm, "stat", &path, dir_fd, follow_symlinks)
    }
    /// Perform a stat system call on the given path, without following symbolic links.
    ///
    /// Like stat(), but do not follow symbolic links.
    /// Equivalent to stat(path, follow_symlinks=False).
    #[pyfunction("lstat(path, *, dir_fd=None)")]
    fn lstat(vm: &Vm, path: FsPathArg, dir_fd: DirFd) -> PyResult<Obj> {
        super::lstat_path(vm, &path, dir_fd)
    }
    /// Perform a stat system call on the given file descriptor.
    ///
    /// Like stat(), but for an open file descriptor.
    /// Equivalent to os.stat(fd).
    #[pyfunction("fstat(fd)")]
    fn fstat(vm: &Vm, fd: i32) -> PyResult<Obj> {
        match super::fstat_fd(vm, fd)? {
            Ok(st) => super::to_python(vm, &st),
            Err(e) => Err(super::fd_error(vm, e)),
        }
    }
    /// Perform a statvfs system call on the given path.
    ///
    /// path may always be specified as a string.
    /// On some platforms, path may also be specified as an open file descriptor.
    ///   If this functionality is unavailable, using it raises an exception.
    #[pyfunction("statvfs(path)")]
    fn statvfs(vm: &Vm, path: PathOrFd) -> PyResult<Obj> {
        super::statvfs_target(vm, &path)
    }
    /// Perform an fstatvfs system call on the given fd.
    ///
    /// Equivalent to statvfs(fd).
    #[pyfunction("fstatvfs(fd, /)")]
    fn fstatvfs(vm: &Vm, fd: FdArg) -> PyResult<Obj> {
        super::statvfs_target(vm, &PathOrFd::Fd(fd.0))
    }
    #[pyattr("stat_result")]
    fn stat_result(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &super::STAT_RESULT)?.to_obj())
    }
    #[pyattr("statvfs_result")]
    fn statvfs_result(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &super::STATVFS_RESULT)?.to_obj())
    }
}
