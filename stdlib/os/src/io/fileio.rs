//! `FileIO`: unbuffered files.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::args::unsupported;
use crate::util::{errno, retry};

/// A raw file.
#[repr(C)]
#[derive(Trace)]
pub struct PyFileIO {
    pub header: Header,
    /// -1 when closed.
    #[trace(skip)]
    pub fd: Cell<i32>,
    #[trace(skip)]
    created: Cell<bool>,
    #[trace(skip)]
    pub readable: Cell<bool>,
    #[trace(skip)]
    pub writable: Cell<bool>,
    #[trace(skip)]
    appending: Cell<bool>,
    /// Unknown until asked.
    #[trace(skip)]
    seekable: Cell<Option<bool>>,
    #[trace(skip)]
    closefd: Cell<bool>,
    #[trace(skip)]
    pub finalizing: Cell<bool>,
    #[trace(skip)]
    pub blksize: Cell<usize>,
    /// From fstat at opening: mode bits and size, if regular.
    #[trace(skip)]
    estimated_size: Cell<i64>,
    #[trace(skip)]
    is_char_device: Cell<bool>,
}

/// What one read or write moved at most, as CPython does.
const MAX_TRANSFER: usize = isize::MAX as usize;
const SMALLCHUNK: usize = super::DEFAULT_BUFFER_SIZE;

impl PyFileIO {
    fn fresh() -> PyFileIO {
        PyFileIO {
            header: crate::util::no_header(),
            fd: Cell::new(-1),
            created: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            appending: Cell::new(false),
            seekable: Cell::new(None),
            closefd: Cell::new(true),
            finalizing: Cell::new(false),
            blksize: Cell::new(super::DEFAULT_BUFFER_SIZE),
            estimated_size: Cell::new(-1),
            is_char_device: Cell::new(false),
        }
    }
    pub fn is_closed(&self) -> bool {
        self.fd.get() < 0
    }
    fn open_fd(&self, vm: &Vm) -> PyResult<i32> {
        match self.fd.get() {
            fd if fd >= 0 => Ok(fd),
            _ => Err(vm.value_error("I/O operation on closed file")),
        }
    }
    fn for_reading(&self, vm: &Vm) -> PyResult<i32> {
        let fd = self.open_fd(vm)?;
        if self.readable.get() { Ok(fd) } else { Err(unsupported(vm, "File not open for reading")) }
    }
    fn for_writing(&self, vm: &Vm) -> PyResult<i32> {
        let fd = self.open_fd(vm)?;
        if self.writable.get() { Ok(fd) } else { Err(unsupported(vm, "File not open for writing")) }
    }
    /// One read into memory; `None` if it would block.
    ///
    /// # Safety
    /// `p..p+n` stays writable memory while the GIL is released.
    pub unsafe fn read_raw(&self, vm: &Vm, p: *mut u8, n: usize) -> PyResult<Option<usize>> {
        let fd = self.for_reading(vm)?;
        // SAFETY: by contract.
        unsafe { read_fd(vm, fd, p, n) }
    }
    /// One write from memory; `None` if it would block.
    ///
    /// # Safety
    /// `p..p+n` stays readable memory while the GIL is released.
    pub unsafe fn write_raw(&self, vm: &Vm, p: *const u8, n: usize) -> PyResult<Option<usize>> {
        let fd = self.for_writing(vm)?;
        let p = p as usize;
        // SAFETY: by contract.
        let r = retry(vm, || unsafe { libc::write(fd, p as *const libc::c_void, n.min(MAX_TRANSFER)) })?;
        blocking(vm, r)
    }
    pub fn seek(&self, vm: &Vm, offset: i64, whence: i32) -> PyResult<i64> {
        let fd = self.open_fd(vm)?;
        // SAFETY: a plain system call.
        let r = vm.allow_threads(|| unsafe { libc::lseek(fd, offset, whence) });
        if self.seekable.get().is_none() {
            self.seekable.set(Some(r >= 0));
        }
        if r < 0 { Err(vm.os_error(errno())) } else { Ok(r) }
    }
    pub fn is_seekable(&self, vm: &Vm) -> PyResult<bool> {
        let fd = self.open_fd(vm)?;
        if self.seekable.get().is_none() {
            // SAFETY: a plain system call.
            let r = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) };
            self.seekable.set(Some(r >= 0));
        }
        Ok(self.seekable.get() == Some(true))
    }
    /// Closes the descriptor, unless it is not ours.
    fn close_fd(&self, vm: &Vm) -> PyResult<()> {
        let fd = self.fd.replace(-1);
        if fd < 0 || !self.closefd.get() {
            return Ok(());
        }
        // SAFETY: the descriptor is ours and forgotten from here on.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::close(fd) }, errno()));
        if r < 0 && e != libc::EINTR { Err(vm.os_error(e)) } else { Ok(()) }
    }
    fn mode_text(&self) -> &'static str {
        let (r, w) = (self.readable.get(), self.writable.get());
        if self.created.get() {
            if r { "xb+" } else { "xb" }
        } else if self.appending.get() {
            if r { "ab+" } else { "ab" }
        } else if r && w {
            "rb+"
        } else if r {
            "rb"
        } else {
            "wb"
        }
    }
    /// Can the file only be a terminal? Regular files and directories are not.
    pub fn maybe_tty(&self, vm: &Vm) -> PyResult<bool> {
        let fd = self.open_fd(vm)?;
        if !self.is_char_device.get() {
            return Ok(false);
        }
        // SAFETY: a plain system call.
        Ok(vm.allow_threads(|| unsafe { libc::isatty(fd) }) == 1)
    }
    /// Reads to the end; `None` if nothing is there yet.
    pub fn read_all(&self, vm: &Vm) -> PyResult<Option<Vec<u8>>> {
        let fd = self.for_reading(vm)?;
        let mut size = SMALLCHUNK;
        if self.estimated_size.get() >= 0 {
            // SAFETY: a plain system call.
            let pos = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) };
            let end = self.estimated_size.get();
            size = if pos >= 0 && pos <= end { (end - pos) as usize + 1 } else { end as usize + 1 };
        }
        let mut buf: Vec<u8> = Vec::new();
        loop {
            let free = buf.capacity() - buf.len();
            let more = if buf.capacity() == 0 {
                size
            } else if free == 0 {
                next_size(buf.len())
            } else {
                0
            };
            if more > 0 && buf.try_reserve_exact(more).is_err() {
                return Err(vm.memory_error());
            }
            let room = buf.capacity() - buf.len();
            // SAFETY: the spare capacity is ours; the vector does not move during the call.
            let n = unsafe { read_fd(vm, fd, buf.as_mut_ptr().add(buf.len()), room)? };
            match n {
                None if buf.is_empty() => return Ok(None),
                None | Some(0) => break,
                // SAFETY: the kernel filled `n` bytes of the spare capacity.
                Some(n) => unsafe { buf.set_len(buf.len() + n) },
            }
        }
        Ok(Some(buf))
    }
}

fn next_size(len: usize) -> usize {
    if len > 65536 { (len >> 3).max(262_144) } else { len.max(SMALLCHUNK) }
}

/// # Safety
/// `p..p+n` stays writable memory while the GIL is released.
unsafe fn read_fd(vm: &Vm, fd: i32, p: *mut u8, n: usize) -> PyResult<Option<usize>> {
    let p = p as usize;
    // SAFETY: by contract.
    let r = retry(vm, || unsafe { libc::read(fd, p as *mut libc::c_void, n.min(MAX_TRANSFER)) })?;
    blocking(vm, r)
}

fn blocking(vm: &Vm, r: Result<isize, i32>) -> PyResult<Option<usize>> {
    match r {
        Ok(n) => Ok(Some(n as usize)),
        Err(e) if e == libc::EAGAIN || e == libc::EWOULDBLOCK => Ok(None),
        Err(e) => Err(vm.os_error(e)),
    }
}

struct Mode {
    flags: i32,
    created: bool,
    readable: bool,
    writable: bool,
    appending: bool,
}

fn parse_mode(vm: &Vm, mode: &str) -> PyResult<Mode> {
    let mut m = Mode { flags: 0, created: false, readable: false, writable: false, appending: false };
    let (mut kind, mut plus) = (false, false);
    let bad = || vm.value_error("Must have exactly one of create/read/write/append mode and at most one plus");
    for c in mode.chars() {
        match c {
            'x' | 'r' | 'w' | 'a' => {
                if std::mem::replace(&mut kind, true) {
                    return Err(bad());
                }
                match c {
                    'x' => {
                        (m.created, m.writable) = (true, true);
                        m.flags |= libc::O_EXCL | libc::O_CREAT;
                    }
                    'r' => m.readable = true,
                    'w' => {
                        m.writable = true;
                        m.flags |= libc::O_CREAT | libc::O_TRUNC;
                    }
                    _ => {
                        (m.writable, m.appending) = (true, true);
                        m.flags |= libc::O_APPEND | libc::O_CREAT;
                    }
                }
            }
            'b' => {}
            '+' => {
                if std::mem::replace(&mut plus, true) {
                    return Err(bad());
                }
                (m.readable, m.writable) = (true, true);
            }
            _ => return Err(vm.value_error(format!("invalid mode: {mode}"))),
        }
    }
    if !kind {
        return Err(bad());
    }
    m.flags |= match (m.readable, m.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    m.flags |= libc::O_CLOEXEC;
    Ok(m)
}

/// `FileIO.__init__`.
fn init(vm: &Vm, zelf: &PyFileIO, file: Ref<'_>, mode: &str, closefd: bool, opener: Option<Ref<'_>>) -> PyResult<()> {
    if zelf.fd.get() >= 0 {
        if zelf.closefd.get() {
            zelf.close_fd(vm)?;
        } else {
            zelf.fd.set(-1);
        }
    }
    let mut fd = -1;
    if std::ptr::eq(file.ty(vm), vm.types.bool) {
        vm.warn(vm.types.runtime_warning, "bool is used as a file descriptor", 1)?;
    }
    if file.as_int(vm).is_some() {
        fd = krait_object::convert::c_int(vm, file)?;
        if fd < 0 {
            return Err(vm.value_error("negative file descriptor"));
        }
    }
    let path = if fd < 0 {
        let p = krait_object::convert::fs_path(vm, file)?;
        let bytes = krait_object::convert::fs_encode(vm, p.r())?;
        match std::ffi::CString::new(bytes) {
            Ok(c) => Some(c),
            Err(_) => return Err(vm.value_error("embedded null byte")),
        }
    } else {
        None
    };
    let m = parse_mode(vm, mode)?;
    zelf.created.set(m.created);
    zelf.readable.set(m.readable);
    zelf.writable.set(m.writable);
    zelf.appending.set(m.appending);
    zelf.seekable.set(None);
    vm.audit("open", &[file, vm.str(mode).r(), vm.int(m.flags).r()])?;
    let own = fd < 0;
    if let Some(path) = path {
        zelf.closefd.set(true);
        if !closefd {
            return Err(vm.value_error("Cannot use closefd=False with file name"));
        }
        fd = open_path(vm, file, &path, m.flags, opener)?;
    } else {
        zelf.closefd.set(closefd);
    }
    zelf.fd.set(fd);
    if let Err(e) = inspect(vm, zelf, file, &m) {
        // A descriptor that was handed in stays open.
        let exc = vm.take_raised(e);
        if own {
            if let Err(e) = zelf.close_fd(vm) {
                drop(vm.take_raised(e));
            }
        } else {
            zelf.fd.set(-1);
        }
        return Err(vm.raise_as_is(exc));
    }
    Ok(())
}

fn open_path(vm: &Vm, file: Ref<'_>, path: &std::ffi::CStr, flags: i32, opener: Option<Ref<'_>>) -> PyResult<i32> {
    if let Some(opener) = opener {
        let r = vm.call(opener, &[file, vm.int(flags).r()])?;
        if r.r().as_int(vm).is_none() {
            return Err(vm.type_error("expected integer from opener"));
        }
        let fd = krait_object::convert::c_int(vm, r.r())?;
        if fd < 0 {
            return Err(vm.value_error(format!("opener returned {fd}")));
        }
        crate::posix::fdops::set_inheritable_fd(vm, fd, false)?;
        return Ok(fd);
    }
    // SAFETY: the path is null-terminated.
    match retry(vm, || unsafe { libc::open(path.as_ptr(), flags, 0o666) })? {
        Ok(fd) => Ok(fd),
        Err(e) => Err(vm.os_error_path(e, file)),
    }
}

/// Refuses directories, notes sizes, sets the name and the position of an appending file.
fn inspect(vm: &Vm, zelf: &PyFileIO, name: Ref<'_>, m: &Mode) -> PyResult<()> {
    let fd = zelf.fd.get();
    zelf.blksize.set(super::DEFAULT_BUFFER_SIZE);
    // SAFETY: all-zero is a valid `stat`.
    let mut st: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: a plain system call with room for its result.
    if unsafe { libc::fstat(fd, &mut st) } < 0 {
        let e = errno();
        if e == libc::EBADF {
            return Err(vm.os_error(e));
        }
    } else {
        let kind = st.st_mode & libc::S_IFMT;
        if kind == libc::S_IFDIR {
            return Err(vm.os_error_path(libc::EISDIR, name));
        }
        if st.st_blksize > 1 {
            zelf.blksize.set(st.st_blksize as usize);
        }
        zelf.is_char_device.set(kind == libc::S_IFCHR);
        zelf.estimated_size.set(if kind == libc::S_IFREG { st.st_size } else { -1 });
    }
    vm.setattr(zelf.r(), vm.names().name, name)?;
    if m.appending {
        // SAFETY: a plain system call.
        let r = unsafe { libc::lseek(fd, 0, libc::SEEK_END) };
        zelf.seekable.set(Some(r >= 0));
    }
    Ok(())
}

/// The warning that a file was left to its finaliser.
pub fn dealloc_warn(vm: &Vm, zelf: &PyFileIO, source: Ref<'_>) {
    if zelf.fd.get() < 0 || !zelf.closefd.get() {
        return;
    }
    let pending = vm.pending.take();
    let warned = vm.repr_text(source).and_then(|r| vm.warn_source(vm.types.resource_warning, &format!("unclosed file {r}"), source));
    if let Err(e) = warned {
        if vm.raised_is(vm.types.warning) {
            vm.unraisable(e, "", Some(zelf.r()));
        } else {
            drop(vm.take_raised(e));
        }
    }
    vm.pending.set(pending);
}

fn offset_arg(vm: &Vm, o: Ref<'_>) -> PyResult<i64> {
    if o.as_float(vm).is_some() {
        return Err(vm.type_error("an integer is required"));
    }
    Ok(vm.index_isize(o, vm.types.overflow_error)? as i64)
}

/// Open a file.
///
/// The mode can be 'r' (default), 'w', 'x' or 'a' for reading,
/// writing, exclusive creation or appending.  The file will be created if it
/// doesn't exist when opened for writing or appending; it will be truncated
/// when opened for writing.  A FileExistsError will be raised if it already
/// exists when opened for creating. Opening a file for creating implies
/// writing so this mode behaves in a similar way to 'w'.Add a '+' to the mode
/// to allow simultaneous reading and writing. A custom opener can be used by
/// passing a callable as *opener*. The underlying file descriptor for the file
/// object is then obtained by calling opener with (*name*, *flags*).
/// *opener* must return an open file descriptor (passing os.open as *opener*
/// results in functionality similar to passing None).
#[pyclass("FileIO", module = "_io", layout = PyFileIO, own, base = crate::io::base::raw_io_base, flags(BASETYPE))]
pub mod file_io {
    use super::super::args::{Size, cannot_pickle};
    use super::PyFileIO;
    use krait_object::bytes::PyBytes;
    use krait_object::convert::{BufferArg, WritableBufferArg};
    use krait_object::prelude::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Py<PyFileIO>> {
        crate::util::alloc_sub(vm, cls, PyFileIO::fresh())
    }
    #[pyinit("FileIO(file, mode='r', closefd=True, opener=None)")]
    fn init(vm: &Vm, zelf: &PyFileIO, file: Ref<'_>, mode: &str, closefd: bool, opener: Option<Ref<'_>>) -> PyResult<()> {
        super::init(vm, zelf, file, mode, closefd, opener)
    }
    /// Read at most size bytes, returned as bytes.
    ///
    /// If size is less than 0, read all bytes in the file making
    /// multiple read calls. See ``FileIO.readall``.
    ///
    /// Attempts to make only one system call, retrying only per
    /// PEP 475 (EINTR). This means less data may be returned than
    /// requested.
    ///
    /// In non-blocking mode, returns None if no data is available.
    /// Return an empty bytes object at EOF.
    #[pymethod("read(size=-1, /)")]
    fn read(vm: &Vm, zelf: &PyFileIO, size: Size) -> PyResult<Obj> {
        zelf.for_reading(vm)?;
        if size.0 < 0 {
            return readall(vm, zelf);
        }
        let n = size.0 as usize;
        let mut buf: Vec<u8> = Vec::new();
        if buf.try_reserve_exact(n).is_err() {
            return Err(vm.memory_error());
        }
        // SAFETY: the spare capacity is ours.
        match unsafe { zelf.read_raw(vm, buf.as_mut_ptr(), n)? } {
            None => Ok(Obj::none()),
            Some(got) => {
                // SAFETY: the kernel filled `got` bytes.
                unsafe { buf.set_len(got) };
                Ok(vm.bytes(&buf))
            }
        }
    }
    /// Read all data from the file, returned as bytes.
    ///
    /// Reads until either there is an error or read with size 0
    /// (indicates EOF). If the file is already at EOF, returns an
    /// empty bytes object.
    ///
    /// In non-blocking mode, returns as much data as could be read
    /// before EAGAIN. If no data is available (EAGAIN is returned
    /// before bytes are read) returns None.
    #[pymethod]
    pub fn readall(vm: &Vm, zelf: &PyFileIO) -> PyResult<Obj> {
        Ok(match zelf.read_all(vm)? {
            None => Obj::none(),
            Some(v) => PyBytes::new(vm, &v).into_obj(),
        })
    }
    /// Same as RawIOBase.readinto().
    #[pymethod("readinto(buffer, /)")]
    fn readinto(vm: &Vm, zelf: &PyFileIO, buffer: WritableBufferArg) -> PyResult<Option<usize>> {
        let info = buffer.0.info();
        // SAFETY: the exporter keeps the memory in place while the buffer is held.
        let n = unsafe { zelf.read_raw(vm, info.ptr, info.len)? };
        vm.poll()?;
        Ok(n)
    }
    /// Write buffer b to file, return number of bytes written.
    ///
    /// Only makes one system call, so not all of the data may be written.
    /// The number of bytes actually written is returned.  In non-blocking mode,
    /// returns None if the write would block.
    #[pymethod("write(b, /)")]
    fn write(vm: &Vm, zelf: &PyFileIO, b: BufferArg) -> PyResult<Option<usize>> {
        let info = b.0.info();
        // SAFETY: the exporter keeps the memory in place while the buffer is held.
        let n = unsafe { zelf.write_raw(vm, info.ptr, info.len)? };
        // A signal may have cut the write short.
        vm.poll()?;
        Ok(n)
    }
    /// Move to new file position and return the file position.
    ///
    /// Argument offset is a byte count.  Optional argument whence defaults to
    /// SEEK_SET or 0 (offset from start of file, offset should be >= 0); other values
    /// are SEEK_CUR or 1 (move relative to current position, positive or negative),
    /// and SEEK_END or 2 (move relative to end of file, usually negative, although
    /// many platforms allow seeking beyond the end of a file).
    ///
    /// Note that not all file objects are seekable.
    #[pymethod("seek(pos, whence=0, /)")]
    fn seek(vm: &Vm, zelf: &PyFileIO, pos: Ref<'_>, whence: i32) -> PyResult<i64> {
        zelf.open_fd(vm)?;
        let pos = super::offset_arg(vm, pos)?;
        zelf.seek(vm, pos, whence)
    }
    /// Current file position.
    ///
    /// Can raise OSError for non seekable files.
    #[pymethod]
    fn tell(vm: &Vm, zelf: &PyFileIO) -> PyResult<i64> {
        zelf.seek(vm, 0, libc::SEEK_CUR)
    }
    /// Truncate the file to at most size bytes and return the truncated size.
    ///
    /// Size defaults to the current file position, as returned by tell().
    /// The current file position is changed to the value of size.
    #[pymethod("truncate(size=None, /)")]
    fn truncate(vm: &Vm, zelf: &PyFileIO, size: Option<Ref<'_>>) -> PyResult<Obj> {
        let fd = zelf.for_writing(vm)?;
        let size = match size {
            Some(s) => s.to_obj(),
            None => vm.int_i64(zelf.seek(vm, 0, libc::SEEK_CUR)?),
        };
        let n = super::offset_arg(vm, size.r())?;
        // SAFETY: a plain system call.
        crate::util::syscall(vm, || unsafe { libc::ftruncate(fd, n) })?;
        zelf.estimated_size.set(-1);
        Ok(size)
    }
    /// Close the file.
    ///
    /// A closed file cannot be used for further I/O operations.  close() may be
    /// called more than once without error.
    #[pymethod]
    fn close(vm: &Vm, zelf: &PyFileIO) -> PyResult<()> {
        let base = super::super::base::base_close(vm, zelf.r());
        if !zelf.closefd.get() {
            zelf.fd.set(-1);
            return base;
        }
        if zelf.finalizing.get() && base.is_ok() {
            super::dealloc_warn(vm, zelf, zelf.r());
        }
        super::super::args::also(vm, base, || zelf.close_fd(vm))
    }
    /// True if file supports random-access.
    #[pymethod]
    fn seekable(vm: &Vm, zelf: &PyFileIO) -> PyResult<bool> {
        zelf.is_seekable(vm)
    }
    /// True if file was opened in a read mode.
    #[pymethod]
    fn readable(vm: &Vm, zelf: &PyFileIO) -> PyResult<bool> {
        zelf.open_fd(vm)?;
        Ok(zelf.readable.get())
    }
    /// True if file was opened in a write mode.
    #[pymethod]
    fn writable(vm: &Vm, zelf: &PyFileIO) -> PyResult<bool> {
        zelf.open_fd(vm)?;
        Ok(zelf.writable.get())
    }
    /// Return the underlying file descriptor (an integer).
    #[pymethod]
    fn fileno(vm: &Vm, zelf: &PyFileIO) -> PyResult<i32> {
        zelf.open_fd(vm)
    }
    /// True if the file is connected to a TTY device.
    #[pymethod]
    fn isatty(vm: &Vm, zelf: &PyFileIO) -> PyResult<bool> {
        let fd = zelf.open_fd(vm)?;
        // SAFETY: a plain system call.
        Ok(vm.allow_threads(|| unsafe { libc::isatty(fd) }) == 1)
    }
    #[pymethod]
    fn _isatty_open_only(vm: &Vm, zelf: &PyFileIO) -> PyResult<bool> {
        zelf.maybe_tty(vm)
    }
    #[pymethod("_dealloc_warn(source, /)", nosig)]
    fn _dealloc_warn(vm: &Vm, zelf: &PyFileIO, source: Ref<'_>) {
        super::dealloc_warn(vm, zelf, source);
    }
    #[pymethod("__getstate__()", nosig)]
    fn getstate(vm: &Vm, zelf: &PyFileIO) -> PyResult<Obj> {
        Err(cannot_pickle(vm, zelf.r()))
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyFileIO) -> PyResult<Obj> {
        let ty = zelf.r().ty(vm).tp_name();
        if zelf.is_closed() {
            return Ok(vm.str(&format!("<{ty} [closed]>")));
        }
        let closefd = if zelf.closefd.get() { "True" } else { "False" };
        let mode = zelf.mode_text();
        let name = vm.getattr_opt(zelf.r(), vm.names().name)?;
        let Some(name) = name else {
            return Ok(vm.str(&format!("<{ty} fd={} mode='{mode}' closefd={closefd}>", zelf.fd.get())));
        };
        let Some(_guard) = krait_object::protocol::repr_guard::repr_enter(vm, zelf.r()) else {
            return Err(vm.runtime_error(format!("reentrant call inside {ty}.__repr__")));
        };
        let name = vm.repr(name.r())?;
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str(&format!("<{ty} name="));
        out.push_pystr(&name);
        out.push_str(&format!(" mode='{mode}' closefd={closefd}>"));
        Ok(out.finish(vm).into_obj())
    }
    /// True if the file is closed
    #[getter]
    fn closed(_vm: &Vm, zelf: &PyFileIO) -> bool {
        zelf.is_closed()
    }
    /// True if the file descriptor will be closed by close().
    #[getter]
    fn closefd(_vm: &Vm, zelf: &PyFileIO) -> bool {
        zelf.closefd.get()
    }
    /// String giving the file mode
    #[getter]
    fn mode(_vm: &Vm, zelf: &PyFileIO) -> &'static str {
        zelf.mode_text()
    }
    /// Stat st_blksize if available
    #[getter]
    fn _blksize(_vm: &Vm, zelf: &PyFileIO) -> usize {
        zelf.blksize.get()
    }
    #[member("_finalizing")]
    fn finalizing(_vm: &Vm, zelf: &PyFileIO) -> bool {
        zelf.finalizing.get()
    }
    #[member_setter("_finalizing")]
    fn set_finalizing(vm: &Vm, zelf: &PyFileIO, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.finalizing.set(match value {
            Some(v) => vm.is_true(v)?,
            None => return Err(vm.type_error("can't delete numeric/char attribute")),
        });
        Ok(())
    }
}
