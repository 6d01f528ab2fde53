//! Files and directories by name.

use krait_macros::pymodule;
use krait_object::convert::{FsPathArg, PathOrFd};
use krait_object::prelude::*;

use super::args::{DirFd, target_error};
use crate::util::errno;

/// Runs a system call on a path with the GIL released.
fn on_path(vm: &Vm, path: &FsPathArg, f: impl Fn(*const libc::c_char) -> i32) -> PyResult<()> {
    let c = path.to_cstring();
    let (r, e) = vm.allow_threads(|| (f(c.as_ptr()), errno()));
    if r < 0 { Err(vm.os_error_path(e, path.obj.r())) } else { Ok(()) }
}

/// As [`on_path`] with two paths.
fn on_paths(vm: &Vm, a: &FsPathArg, b: &FsPathArg, f: impl Fn(*const libc::c_char, *const libc::c_char) -> i32) -> PyResult<()> {
    let (p, q) = (a.to_cstring(), b.to_cstring());
    let (r, e) = vm.allow_threads(|| (f(p.as_ptr(), q.as_ptr()), errno()));
    if r < 0 { Err(vm.os_error_path2(e, a.obj.r(), b.obj.r())) } else { Ok(()) }
}

/// Runs one of two system calls on a path or descriptor.
fn on_target(vm: &Vm, target: &PathOrFd, by_path: impl Fn(*const libc::c_char) -> i32, by_fd: impl Fn(i32) -> i32) -> PyResult<()> {
    let (r, e) = match target {
        PathOrFd::Path(p) => {
            let c = p.to_cstring();
            vm.allow_threads(|| (by_path(c.as_ptr()), errno()))
        }
        PathOrFd::Fd(fd) => vm.allow_threads(|| (by_fd(*fd), errno())),
    };
    if r < 0 { Err(target_error(vm, e, target)) } else { Ok(()) }
}

fn reject_fd(vm: &Vm, func: &str, target: &PathOrFd, dir: DirFd, follow: bool) -> PyResult<()> {
    if let PathOrFd::Fd(_) = target {
        if dir.is_given() {
            return Err(vm.value_error(format!("{func}: can't specify dir_fd without matching path")));
        }
        if !follow {
            return Err(vm.value_error(format!("{func}: cannot use fd and follow_symlinks together")));
        }
    }
    Ok(())
}

fn nofollow(follow: bool) -> i32 {
    if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }
}

/// The object audit hooks are told of a target.
fn shown(vm: &Vm, target: &PathOrFd) -> Obj {
    match target {
        PathOrFd::Path(p) => p.obj.clone(),
        PathOrFd::Fd(fd) => vm.int(*fd),
    }
}

/// The working directory as bytes.
fn cwd(vm: &Vm) -> PyResult<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    match vm.allow_threads(std::env::current_dir) {
        Ok(p) => Ok(p.into_os_string().into_vec()),
        Err(e) => Err(vm.os_error(e.raw_os_error().unwrap_or(0))),
    }
}

#[pymodule("posix")]
pub mod part {
    use super::super::args::{Device, DirFd, Gid, Uid, audit_fd};
    use super::{nofollow, on_path, on_paths, on_target, reject_fd, shown};
    use crate::util::errno;
    use krait_object::convert::{FsPathArg, PathOrFd};
    use krait_object::prelude::*;

    /// Use the real uid/gid to test for access to a path.
    ///
    ///   path
    ///     Path to be tested; can be string, bytes, or a path-like object.
    ///   mode
    ///     Operating-system mode bitfield.  Can be F_OK to test existence,
    ///     or the inclusive-OR of R_OK, W_OK, and X_OK.
    #[pyfunction("access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)")]
    fn access(vm: &Vm, path: FsPathArg, mode: i32, dir_fd: DirFd, effective_ids: bool, follow_symlinks: bool) -> bool {
        let c = path.to_cstring();
        let flags = nofollow(follow_symlinks) | if effective_ids { libc::AT_EACCESS } else { 0 };
        // SAFETY: the path is null-terminated.
        vm.allow_threads(|| unsafe { libc::faccessat(dir_fd.0, c.as_ptr(), mode, flags) }) == 0
    }
    /// Change the current working directory to the specified path.
    ///
    /// path may always be specified as a string.
    /// On some platforms, path may also be specified as an open file descriptor.
    /// If this functionality is unavailable, using it raises an exception.
    #[pyfunction("chdir(path)")]
    fn chdir(vm: &Vm, path: PathOrFd) -> PyResult<()> {
        vm.audit("os.chdir", &[shown(vm, &path).r()])?;
        // SAFETY: the path is null-terminated.
        on_target(vm, &path, |p| unsafe { libc::chdir(p) }, |fd| unsafe { libc::fchdir(fd) })
    }
    /// Change to the directory of the given file descriptor.
    ///
    /// fd must be opened on a directory, not a file.
    /// Equivalent to os.chdir(fd).
    #[pyfunction("fchdir(fd)")]
    fn fchdir(vm: &Vm, fd: krait_object::convert::FdArg) -> PyResult<()> {
        vm.audit("os.chdir", &[vm.int(fd.0).r()])?;
        // SAFETY: a plain system call.
        crate::util::syscall(vm, || unsafe { libc::fchdir(fd.0) }).map(drop)
    }
    /// Change the access permissions of a file.
    #[pyfunction("chmod(path, mode, *, dir_fd=None, follow_symlinks=True)")]
    fn chmod(vm: &Vm, path: PathOrFd, mode: i32, dir_fd: DirFd, follow_symlinks: bool) -> PyResult<()> {
        vm.audit("os.chmod", &[shown(vm, &path).r(), vm.int(mode).r(), audit_fd(vm, dir_fd).r()])?;
        reject_fd(vm, "chmod", &path, dir_fd, follow_symlinks)?;
        let mode = mode as libc::mode_t;
        if !follow_symlinks {
            // Old kernels know no flags; the C library then reports it.
            let PathOrFd::Path(p) = &path else { return Ok(()) };
            let c = p.to_cstring();
            // SAFETY: the path is null-terminated.
            let (r, e) = vm.allow_threads(|| unsafe { (libc::fchmodat(dir_fd.0, c.as_ptr(), mode, libc::AT_SYMLINK_NOFOLLOW), errno()) });
            if r == 0 {
                return Ok(());
            }
            if e == libc::ENOTSUP || e == libc::EOPNOTSUPP {
                let what = if dir_fd.is_given() { "dir_fd and follow_symlinks together" } else { "follow_symlinks" };
                let msg = if dir_fd.is_given() {
                    format!("chmod: cannot use {what}")
                } else {
                    format!("chmod: {what} unavailable on this platform")
                };
                return if dir_fd.is_given() { Err(vm.value_error(msg)) } else { Err(vm.not_implemented_error(msg)) };
            }
            return Err(vm.os_error_path(e, p.obj.r()));
        }
        // SAFETY: the path is null-terminated.
        on_target(vm, &path, |p| unsafe { libc::fchmodat(dir_fd.0, p, mode, 0) }, |fd| unsafe { libc::fchmod(fd, mode) })
    }
    /// Change the access permissions of the file given by file descriptor fd.
    ///
    ///   fd
    ///     The file descriptor of the file to be modified.
    ///   mode
    ///     Operating-system mode bitfield.
    ///     Be careful when using number literals for *mode*. The conventional UNIX notation for
    ///     numeric modes uses an octal base, which needs to be indicated with a ``0o`` prefix in
    ///     Python.
    ///
    /// Equivalent to os.chmod(fd, mode).
    #[pyfunction("fchmod(fd, mode)")]
    fn fchmod(vm: &Vm, fd: i32, mode: i32) -> PyResult<()> {
        vm.audit("os.chmod", &[vm.int(fd).r(), vm.int(mode).r(), vm.int(-1).r()])?;
        // SAFETY: a plain system call.
        crate::util::syscall(vm, || unsafe { libc::fchmod(fd, mode as libc::mode_t) }).map(drop)
    }
    /// Change the owner and group id of path to the numeric uid and gid.
    #[pyfunction("chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True)")]
    fn chown(vm: &Vm, path: PathOrFd, uid: Uid, gid: Gid, dir_fd: DirFd, follow_symlinks: bool) -> PyResult<()> {
        reject_fd(vm, "chown", &path, dir_fd, follow_symlinks)?;
        let args = [shown(vm, &path), vm.int(uid.0), vm.int(gid.0), audit_fd(vm, dir_fd)];
        vm.audit("os.chown", krait_object::obj::refs(&args))?;
        // SAFETY: the path is null-terminated.
        on_target(
            vm,
            &path,
            |p| unsafe { libc::fchownat(dir_fd.0, p, uid.0, gid.0, nofollow(follow_symlinks)) },
            |fd| unsafe { libc::fchown(fd, uid.0, gid.0) },
        )
    }
    /// Change the owner and group id of the file specified by file descriptor.
    ///
    /// Equivalent to os.chown(fd, uid, gid).
    #[pyfunction("fchown(fd, uid, gid)")]
    fn fchown(vm: &Vm, fd: i32, uid: Uid, gid: Gid) -> PyResult<()> {
        let args = [vm.int(fd), vm.int(uid.0), vm.int(gid.0), vm.int(-1)];
        vm.audit("os.chown", krait_object::obj::refs(&args))?;
        // SAFETY: a plain system call.
        crate::util::syscall(vm, || unsafe { libc::fchown(fd, uid.0, gid.0) }).map(drop)
    }
    /// Change the owner and group id of path to the numeric uid and gid.
    ///
    /// This function will not follow symbolic links.
    /// Equivalent to os.chown(path, uid, gid, follow_symlinks=False).
    #[pyfunction("lchown(path, uid, gid)")]
    fn lchown(vm: &Vm, path: FsPathArg, uid: Uid, gid: Gid) -> PyResult<()> {
        let args = [path.obj.clone(), vm.int(uid.0), vm.int(gid.0), vm.int(-1)];
        vm.audit("os.chown", krait_object::obj::refs(&args))?;
        // SAFETY: the path is null-terminated.
        on_path(vm, &path, |p| unsafe { libc::lchown(p, uid.0, gid.0) })
    }
    /// Change root directory to path.
    #[pyfunction("chroot(path)")]
    fn chroot(vm: &Vm, path: FsPathArg) -> PyResult<()> {
        // SAFETY: the path is null-terminated.
        on_path(vm, &path, |p| unsafe { libc::chroot(p) })
    }
    /// Return a unicode string representing the current working directory.
    #[pyfunction]
    fn getcwd(vm: &Vm) -> PyResult<Obj> {
        crate::util::fs_str(vm, &super::cwd(vm)?)
    }
    /// Return a bytes string representing the current working directory.
    #[pyfunction]
    fn getcwdb(vm: &Vm) -> PyResult<Obj> {
        Ok(vm.bytes(&super::cwd(vm)?))
    }
    /// Create a hard link to a file.
    #[pyfunction("link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)")]
    fn link(vm: &Vm, src: FsPathArg, dst: FsPathArg, src_dir_fd: DirFd, dst_dir_fd: DirFd, follow_symlinks: bool) -> PyResult<()> {
        let args = [src.obj.clone(), dst.obj.clone(), audit_fd(vm, src_dir_fd), audit_fd(vm, dst_dir_fd)];
        vm.audit("os.link", krait_object::obj::refs(&args))?;
        let flags = if follow_symlinks { libc::AT_SYMLINK_FOLLOW } else { 0 };
        // SAFETY: the paths are null-terminated.
        on_paths(vm, &src, &dst, |a, b| unsafe { libc::linkat(src_dir_fd.0, a, dst_dir_fd.0, b, flags) })
    }
    /// Create a symbolic link pointing to src named dst.
    ///
    /// target_is_directory is required on Windows if the target is to be
    ///   interpreted as a directory.  (On Windows, symlink requires
    ///   Windows 6.0 or greater, and raises a NotImplementedError otherwise.)
    ///   target_is_directory is ignored on non-Windows platforms.
    ///
    /// If dir_fd is not None, it should be a file descriptor open to a directory,
    ///   and path should be relative; path will then be relative to that directory.
    /// dir_fd may not be implemented on your platform.
    ///   If it is unavailable, using it will raise a NotImplementedError.
    #[pyfunction("symlink(src, dst, target_is_directory=False, *, dir_fd=None)")]
    fn symlink(vm: &Vm, src: FsPathArg, dst: FsPathArg, _target_is_directory: bool, dir_fd: DirFd) -> PyResult<()> {
        vm.audit("os.symlink", &[src.obj.r(), dst.obj.r(), audit_fd(vm, dir_fd).r()])?;
        // SAFETY: the paths are null-terminated.
        on_paths(vm, &src, &dst, |a, b| unsafe { libc::symlinkat(a, dir_fd.0, b) })
    }
    /// Return a string representing the path to which the symbolic link points.
    ///
    /// If dir_fd is not None, it should be a file descriptor open to a directory,
    /// and path should be relative; path will then be relative to that directory.
    ///
    /// dir_fd may not be implemented on your platform.  If it is unavailable,
    /// using it will raise a NotImplementedError.
    #[pyfunction("readlink(path, *, dir_fd=None)")]
    fn readlink(vm: &Vm, path: FsPathArg, dir_fd: DirFd) -> PyResult<Obj> {
        let c = path.to_cstring();
        let mut buf = vec![0u8; 4097];
        let (p, n) = (buf.as_mut_ptr() as usize, buf.len());
        let (r, e) = vm.allow_threads(|| {
            // SAFETY: the buffer has room for `n` bytes; the path is null-terminated.
            (unsafe { libc::readlinkat(dir_fd.0, c.as_ptr(), p as *mut libc::c_char, n) }, errno())
        });
        if r < 0 {
            return Err(vm.os_error_path(e, path.obj.r()));
        }
        path.decode(vm, &buf[..r as usize])
    }
    /// Create a directory.
    ///
    /// If dir_fd is not None, it should be a file descriptor open to a directory,
    ///   and path should be relative; path will then be relative to that directory.
    /// dir_fd may not be implemented on your platform.
    ///   If it is unavailable, using it will raise a NotImplementedError.
    ///
    /// The mode argument is ignored on Windows. Where it is used, the current umask
    /// value is first masked out.
    #[pyfunction("mkdir(path, mode=511, *, dir_fd=None)")]
    fn mkdir(vm: &Vm, path: FsPathArg, mode: i32, dir_fd: DirFd) -> PyResult<()> {
        vm.audit("os.mkdir", &[path.obj.r(), vm.int(mode).r(), audit_fd(vm, dir_fd).r()])?;
        // SAFETY: the path is null-terminated.
        on_path(vm, &path, |p| unsafe { libc::mkdirat(dir_fd.0, p, mode as libc::mode_t) })
    }
    /// Create a "fifo" (a POSIX named pipe).
    ///
    /// If dir_fd is not None, it should be a file descriptor open to a directory,
    ///   and path should be relative; path will then be relative to that directory.
    /// dir_fd may not be implemented on your platform.
    ///   If it is unavailable, using it will raise a NotImplementedError.
    #[pyfunction("mkfifo(path, mode=438, *, dir_fd=None)")]
    fn mkfifo(vm: &Vm, path: FsPathArg, mode: i32, dir_fd: DirFd) -> PyResult<()> {
        // SAFETY: the path is null-terminated.
        on_path(vm, &path, |p| unsafe { libc::mkfifoat(dir_fd.0, p, mode as libc::mode_t) })
    }
    /// Create a node in the file system.
    #[pyfunction("mknod(path, mode=384, device=0, *, dir_fd=None)")]
    fn mknod(vm: &Vm, path: FsPathArg, mode: i32, device: Device, dir_fd: DirFd) -> PyResult<()> {
        // SAFETY: the path is null-terminated.
        on_path(vm, &path, |p| unsafe { libc::mknodat(dir_fd.0, p, mode as libc::mode_t, device.0 as libc::dev_t) })
    }
    fn remove_path(vm: &Vm, path: &FsPathArg, dir: DirFd, flags: i32, event: &str) -> PyResult<()> {
        vm.audit(event, &[path.obj.r(), audit_fd(vm, dir).r()])?;
        // SAFETY: the path is null-terminated.
        on_path(vm, path, |p| unsafe { libc::unlinkat(dir.0, p, flags) })
    }
    /// Remove a file (same as unlink()).
    ///
    /// If dir_fd is not None, it should be a file descriptor open to a directory,
    ///   and path should be relative; path will then be relative to that directory.
    /// dir_fd may not be implemented on your platform.
    ///   If it is unavailable, using it will raise a NotImplementedError.
    #[pyfunction("remove(path, *, dir_fd=None)")]
    fn remove(vm: &Vm, path: FsPathArg, dir_fd: DirFd) -> PyResult<()> {
        remove_path(vm, &path, dir_fd, 0, "os.remove")
    }
    /// Remove a file (same as remove()).
    ///
    /// If dir_fd is not None, it should be a file descriptor open to a directory,
    ///   and path should be relative; path will then be relative to that directory.
    /// dir_fd may not be implemented on your platform.
    ///   If it is unavailable, using it will raise a NotImplementedError.
    #[pyfunction("unlink(path, *, dir_fd=None)")]
    fn unlink(vm: &Vm, path: FsPathArg, dir_fd: DirFd) -> PyResult<()> {
        remove_path(vm, &path, dir_fd, 0, "os.remove")
    }
    /// Remove a directory.
    ///
    /// If dir_fd is not None, it should be a file descriptor open to a directory,
    ///   and path should be relative; path will then be relative to that directory.
    /// dir_fd may not be implemented on your platform.
    ///   If it is unavailable, using it will raise a NotImplementedError.
    #[pyfunction("rmdir(path, *, dir_fd=None)")]
    fn rmdir(vm: &Vm, path: FsPathArg, dir_fd: DirFd) -> PyResult<()> {
        remove_path(vm, &path, dir_fd, libc::AT_REMOVEDIR, "os.rmdir")
    }
    fn move_path(vm: &Vm, src: FsPathArg, dst: FsPathArg, a: DirFd, b: DirFd) -> PyResult<()> {
        let args = [src.obj.clone(), dst.obj.clone(), audit_fd(vm, a), audit_fd(vm, b)];
        vm.audit("os.rename", krait_object::obj::refs(&args))?;
        // SAFETY: the paths are null-terminated.
        on_paths(vm, &src, &dst, |p, q| unsafe { libc::renameat(a.0, p, b.0, q) })
    }
    /// Rename a file or directory.
    ///
    /// If either src_dir_fd or dst_dir_fd is not None, it should be a file
    ///   descriptor open to a directory, and the respective path string (src or dst)
    ///   should be relative; the path will then be relative to that directory.
    /// src_dir_fd and dst_dir_fd, may not be implemented on your platform.
    ///   If they are unavailable, using them will raise a NotImplementedError.
    #[pyfunction("rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn rename(vm: &Vm, src: FsPathArg, dst: FsPathArg, src_dir_fd: DirFd, dst_dir_fd: DirFd) -> PyResult<()> {
        move_path(vm, src, dst, src_dir_fd, dst_dir_fd)
    }
    /// Rename a file or directory, overwriting the destination.
    ///
    /// If either src_dir_fd or dst_dir_fd is not None, it should be a file
    ///   descriptor open to a directory, and the respective path string (src or dst)
    ///   should be relative; the path will then be relative to that directory.
    /// src_dir_fd and dst_dir_fd, may not be implemented on your platform.
    ///   If they are unavailable, using them will raise a NotImplementedError.
    #[pyfunction("replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn replace(vm: &Vm, src: FsPathArg, dst: FsPathArg, src_dir_fd: DirFd, dst_dir_fd: DirFd) -> PyResult<()> {
        move_path(vm, src, dst, src_dir_fd, dst_dir_fd)
    }
    /// Truncate a file, specified by path, to a specific length.
    ///
    /// On some platforms, path may also be specified as an open file descriptor.
    /// If this functionality is unavailable, using it raises an exception.
    #[pyfunction("truncate(path, length)")]
    fn truncate(vm: &Vm, path: PathOrFd, length: i64) -> PyResult<()> {
        vm.audit("os.truncate", &[shown(vm, &path).r(), vm.int_i64(length).r()])?;
        // SAFETY: the path is null-terminated.
        on_target(vm, &path, |p| unsafe { libc::truncate(p, length) }, |fd| unsafe { libc::ftruncate(fd, length) })
    }
    /// Force write of everything to disk.
    #[pyfunction]
    fn sync(vm: &Vm) {
        // SAFETY: a plain system call.
        vm.allow_threads(|| unsafe { libc::sync() });
    }
    /// Return the file system path representation of the object.
    ///
    /// If the object is str or bytes, then allow it to pass through as-is. If the
    /// object defines __fspath__(), then return the result of that method. All other
    /// types raise a TypeError.
    #[pyfunction("fspath(path)")]
    fn fspath(vm: &Vm, path: Ref<'_>) -> PyResult<Obj> {
        krait_object::convert::fs_path(vm, path)
    }

    fn text_or_bytes<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<(Vec<u32>, bool)> {
        let p = krait_object::convert::fs_path(vm, o)?;
        Ok(match p.r().downcast::<PyStr>(vm) {
            Some(s) => (s.chars().collect(), false),
            None => (krait_object::buffer::with_bytes(vm, p.r(), |d| d.iter().map(|b| u32::from(*b)).collect())?, true),
        })
    }
    fn rebuild(vm: &Vm, c: &[u32], bytes: bool) -> Obj {
        if bytes {
            let b: Vec<u8> = c.iter().map(|c| *c as u8).collect();
            vm.bytes(&b)
        } else {
            PyStr::from_code_points(vm, c).into_obj()
        }
    }
    const SLASH: u32 = b'/' as u32;
    /// How many slashes begin the path: none, one, or exactly two.
    fn root_len(c: &[u32]) -> usize {
        match c.iter().take(3).take_while(|c| **c == SLASH).count() {
            2 => 2,
            0 => 0,
            _ => 1,
        }
    }
    /// Split a pathname into drive, root and tail.
    ///
    /// The tail contains anything after the root.
    #[pyfunction("_path_splitroot_ex(path)")]
    fn _path_splitroot_ex(vm: &Vm, path: Ref<'_>) -> PyResult<Obj> {
        let (c, bytes) = text_or_bytes(vm, path)?;
        let n = root_len(&c);
        Ok(vm.tuple(vec![rebuild(vm, &[], bytes), rebuild(vm, &c[..n], bytes), rebuild(vm, &c[n..], bytes)]))
    }
    /// Normalize path, eliminating double slashes, etc.
    #[pyfunction("_path_normpath(path)")]
    fn _path_normpath(vm: &Vm, path: Ref<'_>) -> PyResult<Obj> {
        let (c, bytes) = text_or_bytes(vm, path)?;
        let root = root_len(&c);
        let dot = [u32::from(b'.')];
        let dots = [u32::from(b'.'); 2];
        let mut parts: Vec<&[u32]> = Vec::new();
        for part in c.split(|c| *c == SLASH) {
            if part.is_empty() || part == dot {
                continue;
            }
            if part != dots || (root == 0 && parts.last().is_none_or(|p| **p == dots)) {
                parts.push(part);
            } else if !parts.is_empty() {
                parts.pop();
            }
        }
        let mut out = vec![SLASH; root];
        out.extend(parts.join(&SLASH));
        if out.is_empty() {
            out.extend(dot);
        }
        Ok(rebuild(vm, &out, bytes))
    }
}
