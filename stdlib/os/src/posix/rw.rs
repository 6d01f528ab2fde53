//! Reading and writing descriptors.

use krait_macros::pymodule;
use krait_object::buffer::{Buffer, flags};
use krait_object::prelude::*;

use crate::util::syscall;

/// Buffers of a sequence, for vectored calls.
struct Vectors {
    _held: Vec<Buffer>,
    iov: Vec<libc::iovec>,
}

impl Vectors {
    fn get(vm: &Vm, func: &str, seq: Ref<'_>, writable: bool) -> PyResult<Vectors> {
        if !vm.is_sequence(seq) {
            return Err(vm.type_error(format!("{func}() arg 2 must be a sequence")));
        }
        let mut held = Vec::new();
        for o in vm.collect(seq)? {
            held.push(Buffer::get(vm, o.r(), if writable { flags::WRITABLE } else { flags::SIMPLE })?);
        }
        let iov = held.iter().map(|b| libc::iovec { iov_base: b.info().ptr as *mut libc::c_void, iov_len: b.len() }).collect();
        Ok(Vectors { _held: held, iov })
    }
    /// Runs a vectored call; the buffers stay in place while it runs.
    fn run(&self, vm: &Vm, f: impl Fn(*const libc::iovec, i32) -> isize) -> PyResult<isize> {
        let (p, n) = (self.iov.as_ptr() as usize, self.iov.len() as i32);
        syscall(vm, || f(p as *const libc::iovec, n))
    }
}

/// Reads into fresh bytes.
fn read_bytes(vm: &Vm, n: usize, f: impl Fn(*mut libc::c_void, usize) -> isize) -> PyResult<Obj> {
    let mut buf: Vec<u8> = Vec::new();
    if buf.try_reserve_exact(n).is_err() {
        return Err(vm.memory_error());
    }
    let p = buf.as_mut_ptr() as usize;
    let got = syscall(vm, || f(p as *mut libc::c_void, n))?;
    // SAFETY: the kernel filled `got` bytes of the capacity.
    unsafe { buf.set_len(got as usize) };
    Ok(vm.bytes(&buf))
}

fn length(vm: &Vm, n: isize) -> PyResult<usize> {
    usize::try_from(n).map_err(|_| vm.os_error(libc::EINVAL))
}

#[pymodule("posix")]
pub mod part {
    use super::super::args::Offset;
    use super::{Vectors, length, read_bytes};
    use crate::util::syscall;
    use krait_object::convert::{BufferArg, WritableBufferArg};
    use krait_object::prelude::*;

    /// Read from a file descriptor.  Returns a bytes object.
    #[pyfunction("read(fd, length, /)")]
    fn read(vm: &Vm, fd: i32, length: isize) -> PyResult<Obj> {
        let n = super::length(vm, length)?;
        // SAFETY: the memory holds `n` bytes.
        read_bytes(vm, n, |p, n| unsafe { libc::read(fd, p, n) })
    }
    /// Read into a buffer object from a file descriptor.
    ///
    /// The buffer should be mutable and bytes-like. On success, returns the number of
    /// bytes read. Less bytes may be read than the size of the buffer. The underlying
    /// system call will be retried when interrupted by a signal, unless the signal
    /// handler raises an exception. Other errors will not be retried and an error will
    /// be raised.
    ///
    /// Returns 0 if *fd* is at end of file or if the provided *buffer* has length 0
    /// (which can be used to check for errors without reading data). Never returns
    /// negative.
    #[pyfunction("readinto(fd, buffer, /)")]
    fn readinto(vm: &Vm, fd: i32, buffer: WritableBufferArg) -> PyResult<isize> {
        let (p, n) = (buffer.0.info().ptr as usize, buffer.0.len());
        // SAFETY: the buffer is held.
        syscall(vm, || unsafe { libc::read(fd, p as *mut libc::c_void, n) })
    }
    /// Write a bytes object to a file descriptor.
    #[pyfunction("write(fd, data, /)")]
    fn write(vm: &Vm, fd: i32, data: BufferArg) -> PyResult<isize> {
        let (p, n) = (data.info().ptr as usize, data.len());
        // SAFETY: the buffer is held.
        syscall(vm, || unsafe { libc::write(fd, p as *const libc::c_void, n) })
    }
    /// Read a number of bytes from a file descriptor starting at a particular offset.
    ///
    /// Read length bytes from file descriptor fd, starting at offset bytes from
    /// the beginning of the file.  The file offset remains unchanged.
    #[pyfunction("pread(fd, length, offset, /)")]
    fn pread(vm: &Vm, fd: i32, length: i32, offset: Offset) -> PyResult<Obj> {
        let n = super::length(vm, length as isize)?;
        // SAFETY: the memory holds `n` bytes.
        read_bytes(vm, n, |p, n| unsafe { libc::pread(fd, p, n, offset.0) })
    }
    /// Write bytes to a file descriptor starting at a particular offset.
    ///
    /// Write buffer to fd, starting at offset bytes from the beginning of
    /// the file.  Returns the number of bytes written.  Does not change the
    /// current file offset.
    #[pyfunction("pwrite(fd, buffer, offset, /)")]
    fn pwrite(vm: &Vm, fd: i32, buffer: BufferArg, offset: Offset) -> PyResult<isize> {
        let (p, n) = (buffer.info().ptr as usize, buffer.len());
        // SAFETY: the buffer is held.
        syscall(vm, || unsafe { libc::pwrite(fd, p as *const libc::c_void, n, offset.0) })
    }
    /// Read from a file descriptor fd into an iterable of buffers.
    ///
    /// The buffers should be mutable buffers accepting bytes.
    /// readv will transfer data into each buffer until it is full
    /// and then move on to the next buffer in the sequence to hold
    /// the rest of the data.
    ///
    /// readv returns the total number of bytes read,
    /// which may be less than the total capacity of all the buffers.
    #[pyfunction("readv(fd, buffers, /)")]
    fn readv(vm: &Vm, fd: i32, buffers: Ref<'_>) -> PyResult<isize> {
        // SAFETY: the buffers are held.
        Vectors::get(vm, "readv", buffers, true)?.run(vm, |v, n| unsafe { libc::readv(fd, v, n) })
    }
    /// Iterate over buffers, and write the contents of each to a file descriptor.
    ///
    /// Returns the total number of bytes written.
    /// buffers must be a sequence of bytes-like objects.
    #[pyfunction("writev(fd, buffers, /)")]
    fn writev(vm: &Vm, fd: i32, buffers: Ref<'_>) -> PyResult<isize> {
        // SAFETY: the buffers are held.
        Vectors::get(vm, "writev", buffers, false)?.run(vm, |v, n| unsafe { libc::writev(fd, v, n) })
    }
    /// Reads from a file descriptor into a number of mutable bytes-like objects.
    #[pyfunction("preadv(fd, buffers, offset, flags=0, /)")]
    fn preadv(vm: &Vm, fd: i32, buffers: Ref<'_>, offset: Offset, flags: i32) -> PyResult<isize> {
        let v = Vectors::get(vm, "preadv2", buffers, true)?;
        // SAFETY: the buffers are held.
        v.run(vm, |p, n| unsafe { libc::preadv2(fd, p, n, offset.0, flags) })
    }
    /// Writes the contents of bytes-like objects to a file descriptor at a given offset.
    #[pyfunction("pwritev(fd, buffers, offset, flags=0, /)")]
    fn pwritev(vm: &Vm, fd: i32, buffers: Ref<'_>, offset: Offset, flags: i32) -> PyResult<isize> {
        let v = Vectors::get(vm, "pwritev2", buffers, false)?;
        // SAFETY: the buffers are held.
        v.run(vm, |p, n| unsafe { libc::pwritev2(fd, p, n, offset.0, flags) })
    }
    /// Copy count bytes from file descriptor in_fd to file descriptor out_fd.
    #[pyfunction("sendfile(out_fd, in_fd, offset, count)")]
    fn sendfile(vm: &Vm, out_fd: i32, in_fd: i32, offset: Option<Offset>, count: isize) -> PyResult<isize> {
        let n = length(vm, count)?;
        syscall(vm, || {
            let mut off = offset.map_or(0, |o| o.0);
            let p = if offset.is_some() { &raw mut off } else { std::ptr::null_mut() };
            // SAFETY: the offset lives through the call.
            unsafe { libc::sendfile(out_fd, in_fd, p, n) }
        })
    }
    /// Copy count bytes from one file descriptor to another.
    ///
    ///   src
    ///     Source file descriptor.
    ///   dst
    ///     Destination file descriptor.
    ///   count
    ///     Number of bytes to copy.
    ///   offset_src
    ///     Starting offset in src.
    ///   offset_dst
    ///     Starting offset in dst.
    ///
    /// If offset_src is None, then src is read from the current position;
    /// respectively for offset_dst.
    #[pyfunction("copy_file_range(src, dst, count, offset_src=None, offset_dst=None)")]
    fn copy_file_range(
        vm: &Vm,
        src: i32,
        dst: i32,
        count: isize,
        offset_src: Option<Offset>,
        offset_dst: Option<Offset>,
    ) -> PyResult<isize> {
        if count < 0 {
            return Err(vm.value_error("negative value for 'count' not allowed"));
        }
        syscall(vm, || {
            let (mut a, mut b) = (offset_src.map_or(0, |o| o.0), offset_dst.map_or(0, |o| o.0));
            let p = if offset_src.is_some() { &raw mut a } else { std::ptr::null_mut() };
            let q = if offset_dst.is_some() { &raw mut b } else { std::ptr::null_mut() };
            // SAFETY: the offsets live through the call.
            unsafe { libc::copy_file_range(src, p, dst, q, count as usize, 0) }
        })
    }
    /// Transfer count bytes from one pipe to a descriptor or vice versa.
    #[pyfunction("splice(src, dst, count, offset_src=None, offset_dst=None, flags=0)")]
    fn splice(
        vm: &Vm,
        src: i32,
        dst: i32,
        count: isize,
        offset_src: Option<Offset>,
        offset_dst: Option<Offset>,
        flags: u32,
    ) -> PyResult<isize> {
        if count < 0 {
            return Err(vm.value_error("negative value for 'count' not allowed"));
        }
        syscall(vm, || {
            let (mut a, mut b) = (offset_src.map_or(0, |o| o.0), offset_dst.map_or(0, |o| o.0));
            let p = if offset_src.is_some() { &raw mut a } else { std::ptr::null_mut() };
            let q = if offset_dst.is_some() { &raw mut b } else { std::ptr::null_mut() };
            // SAFETY: the offsets live through the call.
            unsafe { libc::splice(src, p, dst, q, count as usize, flags) }
        })
    }
}
