//! File descriptors: opening, duplicating, positioning, flags.

use krait_macros::pymodule;
use krait_object::prelude::*;

use crate::util::check;

/// Sets or clears close-on-exec.
pub fn set_inheritable_fd(vm: &Vm, fd: i32, inheritable: bool) -> PyResult<()> {
    // SAFETY: plain system calls.
    let flags = check(vm, unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    let new = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    if new != flags {
        // SAFETY: as above.
        check(vm, unsafe { libc::fcntl(fd, libc::F_SETFD, new) })?;
    }
    Ok(())
}

#[pymodule("posix")]
pub mod part {
    use super::super::args::{DirFd, Offset};
    use super::set_inheritable_fd;
    use crate::util::{check, errno, retry, syscall};
    use krait_object::convert::{FdArg, FsPathArg};
    use krait_object::prelude::*;

    /// Open a file for low level IO.  Returns a file descriptor (integer).
    ///
    /// If dir_fd is not None, it should be a file descriptor open to a directory,
    ///   and path should be relative; path will then be relative to that directory.
    /// dir_fd may not be implemented on your platform.
    ///   If it is unavailable, using it will raise a NotImplementedError.
    #[pyfunction("open(path, flags, mode=511, *, dir_fd=None)")]
    fn open(vm: &Vm, path: FsPathArg, flags: i32, mode: i32, dir_fd: DirFd) -> PyResult<i32> {
        vm.audit("open", &[path.obj.r(), vm.none(), vm.int(flags).r()])?;
        let c = path.to_cstring();
        let flags = flags | libc::O_CLOEXEC;
        // SAFETY: the path is null-terminated.
        match retry(vm, || unsafe { libc::openat(dir_fd.0, c.as_ptr(), flags, mode as libc::c_uint) })? {
            Ok(fd) => Ok(fd),
            Err(e) => Err(vm.os_error_path(e, path.obj.r())),
        }
    }
    /// Close a file descriptor.
    #[pyfunction("close(fd)")]
    fn close(vm: &Vm, fd: FdArg) -> PyResult<()> {
        // SAFETY: a plain system call. An interrupted close has closed the descriptor.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::close(fd.0) }, errno()));
        if r < 0 && e != libc::EINTR { Err(vm.os_error(e)) } else { Ok(()) }
    }
    /// Closes all file descriptors in [fd_low, fd_high), ignoring errors.
    #[pyfunction("closerange(fd_low, fd_high, /)")]
    fn closerange(vm: &Vm, fd_low: i32, fd_high: i32) {
        vm.allow_threads(|| super::close_range(fd_low, fd_high.saturating_sub(1)));
    }
    /// Return a duplicate of a file descriptor.
    #[pyfunction("dup(fd, /)")]
    fn dup(vm: &Vm, fd: FdArg) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::fcntl(fd.0, libc::F_DUPFD_CLOEXEC, 0) })
    }
    /// Duplicate file descriptor.
    #[pyfunction("dup2(fd, fd2, inheritable=True)")]
    fn dup2(vm: &Vm, fd: i32, fd2: i32, inheritable: bool) -> PyResult<i32> {
        // SAFETY: plain system calls.
        let (r, e) = vm.allow_threads(|| unsafe {
            let r = if inheritable || fd == fd2 { libc::dup2(fd, fd2) } else { libc::dup3(fd, fd2, libc::O_CLOEXEC) };
            (r, errno())
        });
        if r < 0 {
            return Err(vm.os_error(e));
        }
        if fd == fd2 && !inheritable {
            set_inheritable_fd(vm, r, false)?;
        }
        Ok(r)
    }
    /// Create a pipe.
    ///
    /// Returns a tuple of two file descriptors:
    ///   (read_fd, write_fd)
    #[pyfunction]
    fn pipe(vm: &Vm) -> PyResult<(i32, i32)> {
        pipe2(vm, libc::O_CLOEXEC)
    }
    /// Create a pipe with flags set atomically.
    ///
    /// Returns a tuple of two file descriptors:
    ///   (read_fd, write_fd)
    ///
    /// flags can be constructed by ORing together one or more of these values:
    /// O_NONBLOCK, O_CLOEXEC.
    #[pyfunction("pipe2(flags, /)")]
    fn pipe2(vm: &Vm, flags: i32) -> PyResult<(i32, i32)> {
        let mut fds = [0i32; 2];
        // SAFETY: room for two descriptors.
        check(vm, unsafe { libc::pipe2(fds.as_mut_ptr(), flags) })?;
        Ok((fds[0], fds[1]))
    }
    /// Set the position of a file descriptor.  Return the new position.
    ///
    ///   fd
    ///     An open file descriptor, as returned by os.open().
    ///   position
    ///     Position, interpreted relative to 'whence'.
    ///   whence
    ///     The relative position to seek from. Valid values are:
    ///     - SEEK_SET: seek from the start of the file.
    ///     - SEEK_CUR: seek from the current file position.
    ///     - SEEK_END: seek from the end of the file.
    ///
    /// The return value is the number of bytes relative to the beginning of the file.
    #[pyfunction("lseek(fd, position, whence, /)")]
    fn lseek(vm: &Vm, fd: FdArg, position: Offset, whence: i32) -> PyResult<i64> {
        // SAFETY: a plain system call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::lseek(fd.0, position.0, whence) }, errno()));
        if r < 0 { Err(vm.os_error(e)) } else { Ok(r) }
    }
    /// Return True if the fd is connected to a terminal.
    ///
    /// Return True if the file descriptor is an open file descriptor
    /// connected to the slave end of a terminal.
    #[pyfunction("isatty(fd, /)")]
    fn isatty(vm: &Vm, fd: i32) -> bool {
        // SAFETY: a plain system call.
        vm.allow_threads(|| unsafe { libc::isatty(fd) }) == 1
    }
    /// Force write of fd to disk.
    #[pyfunction("fsync(fd)")]
    fn fsync(vm: &Vm, fd: FdArg) -> PyResult<()> {
        // SAFETY: a plain system call.
        syscall(vm, || unsafe { libc::fsync(fd.0) }).map(drop)
    }
    /// Force write of fd to disk without forcing update of metadata.
    #[pyfunction("fdatasync(fd)")]
    fn fdatasync(vm: &Vm, fd: FdArg) -> PyResult<()> {
        // SAFETY: a plain system call.
        syscall(vm, || unsafe { libc::fdatasync(fd.0) }).map(drop)
    }
    /// Truncate a file, specified by file descriptor, to a specific length.
    #[pyfunction("ftruncate(fd, length, /)")]
    fn ftruncate(vm: &Vm, fd: i32, length: Offset) -> PyResult<()> {
        vm.audit("os.truncate", &[vm.int(fd).r(), vm.int_i64(length.0).r()])?;
        // SAFETY: a plain system call.
        syscall(vm, || unsafe { libc::ftruncate(fd, length.0) }).map(drop)
    }
    /// Get the close-on-exe flag of the specified file descriptor.
    #[pyfunction("get_inheritable(fd, /)")]
    fn get_inheritable(vm: &Vm, fd: i32) -> PyResult<bool> {
        // SAFETY: a plain system call.
        let flags = check(vm, unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
        Ok(flags & libc::FD_CLOEXEC == 0)
    }
    /// Set the inheritable flag of the specified file descriptor.
    #[pyfunction("set_inheritable(fd, inheritable, /)")]
    fn set_inheritable(vm: &Vm, fd: i32, inheritable: i32) -> PyResult<()> {
        set_inheritable_fd(vm, fd, inheritable != 0)
    }
    /// Get the blocking mode of the file descriptor.
    ///
    /// Return False if the O_NONBLOCK flag is set, True if the flag is cleared.
    #[pyfunction("get_blocking(fd, /)")]
    fn get_blocking(vm: &Vm, fd: i32) -> PyResult<bool> {
        // SAFETY: a plain system call.
        let flags = check(vm, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
        Ok(flags & libc::O_NONBLOCK == 0)
    }
    /// Set the blocking mode of the specified file descriptor.
    ///
    /// Set the O_NONBLOCK flag if blocking is False,
    /// clear the O_NONBLOCK flag otherwise.
    #[pyfunction("set_blocking(fd, blocking, /)")]
    fn set_blocking(vm: &Vm, fd: i32, blocking: bool) -> PyResult<()> {
        // SAFETY: plain system calls.
        let flags = check(vm, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
        let new = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
        // SAFETY: as above.
        check(vm, unsafe { libc::fcntl(fd, libc::F_SETFL, new) }).map(drop)
    }
    /// Apply, test or remove a POSIX lock on an open file descriptor.
    ///
    ///   fd
    ///     An open file descriptor.
    ///   command
    ///     One of F_LOCK, F_TLOCK, F_ULOCK or F_TEST.
    ///   length
    ///     The number of bytes to lock, starting at the current position.
    #[pyfunction("lockf(fd, command, length, /)")]
    fn lockf(vm: &Vm, fd: i32, command: i32, length: Offset) -> PyResult<()> {
        let args = [vm.int(fd), vm.int(command), vm.int_i64(length.0)];
        vm.audit("os.lockf", krait_object::obj::refs(&args))?;
        // SAFETY: a plain system call.
        syscall(vm, || unsafe { libc::lockf(fd, command, length.0) }).map(drop)
    }
    /// Ensure a file has allocated at least a particular number of bytes on disk.
    ///
    /// Ensure that the file specified by fd encompasses a range of bytes
    /// starting at offset bytes from the beginning and continuing for length bytes.
    #[pyfunction("posix_fallocate(fd, offset, length, /)")]
    fn posix_fallocate(vm: &Vm, fd: i32, offset: Offset, length: Offset) -> PyResult<()> {
        // SAFETY: a plain system call; it returns its error number.
        super::numbered(vm, || unsafe { libc::posix_fallocate(fd, offset.0, length.0) })
    }
    /// Announce an intention to access data in a specific pattern.
    ///
    /// Announce an intention to access data in a specific pattern, thus allowing
    /// the kernel to make optimizations.
    /// The advice applies to the region of the file specified by fd starting at
    /// offset and continuing for length bytes.
    /// advice is one of POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL,
    /// POSIX_FADV_RANDOM, POSIX_FADV_NOREUSE, POSIX_FADV_WILLNEED, or
    /// POSIX_FADV_DONTNEED.
    #[pyfunction("posix_fadvise(fd, offset, length, advice, /)")]
    fn posix_fadvise(vm: &Vm, fd: i32, offset: Offset, length: Offset, advice: i32) -> PyResult<()> {
        // SAFETY: a plain system call; it returns its error number.
        super::numbered(vm, || unsafe { libc::posix_fadvise(fd, offset.0, length.0, advice) })
    }
    /// Return the encoding if the fd is a terminal, else None.
    #[pyfunction("device_encoding(fd)")]
    fn device_encoding(vm: &Vm, fd: i32) -> Obj {
        // SAFETY: a plain system call.
        if vm.allow_threads(|| unsafe { libc::isatty(fd) }) != 1 {
            return Obj::none();
        }
        vm.str(&crate::io::open::locale_encoding(vm))
    }
}

/// Closes a range of descriptors, both ends included.
pub fn close_range(low: i32, high: i32) {
    let low = low.max(0);
    if low > high {
        return;
    }
    // SAFETY: plain system calls on descriptors the caller gives up.
    unsafe {
        if libc::syscall(libc::SYS_close_range, low as libc::c_uint, high as libc::c_uint, 0) == 0 {
            return;
        }
        let most = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 1 << 20) as i32;
        for fd in low..=high.min(most) {
            libc::close(fd);
        }
    }
}

/// A call that returns its error number, again if interrupted.
fn numbered(vm: &Vm, f: impl Fn() -> i32) -> PyResult<()> {
    loop {
        match vm.allow_threads(&f) {
            0 => return Ok(()),
            libc::EINTR => vm.poll()?,
            e => return Err(vm.os_error(e)),
        }
    }
}
