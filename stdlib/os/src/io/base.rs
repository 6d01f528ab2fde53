//! The abstract stream classes: `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`.

use krait_macros::pyclass;
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use super::args::{attr_true, call_retry};

/// `_IOBase`.
#[repr(C)]
pub struct PyIOBase {
    pub header: Header,
}
/// `_RawIOBase`.
#[repr(C)]
pub struct PyRawIOBase {
    pub header: Header,
}
/// `_BufferedIOBase`.
#[repr(C)]
pub struct PyBufferedIOBase {
    pub header: Header,
}
/// `_TextIOBase`.
#[repr(C)]
pub struct PyTextIOBase {
    pub header: Header,
}

macro_rules! nothing_to_trace {
    ($($t:ty),*) => {
        $(impl Trace for $t {
            fn trace(&self, _: &mut Visitor<'_>) {}
        })*
    };
}
nothing_to_trace!(PyIOBase, PyRawIOBase, PyBufferedIOBase, PyTextIOBase);

/// ValueError unless the stream is open, as its `closed` attribute tells.
pub fn check_closed(vm: &Vm, zelf: Ref<'_>) -> PyResult<()> {
    if attr_true(vm, zelf, "closed")? {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    Ok(())
}

fn check_can(vm: &Vm, zelf: Ref<'_>, method: &str, msg: &str) -> PyResult<Obj> {
    let r = vm.call_method_str(zelf, method, &[])?;
    if !r.r().ptr_eq(krait_object::singletons::true_()) {
        return Err(super::args::unsupported(vm, msg));
    }
    Ok(r)
}

pub fn check_seekable(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    check_can(vm, zelf, "seekable", "File or stream is not seekable.")
}
pub fn check_readable(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    check_can(vm, zelf, "readable", "File or stream is not readable.")
}
pub fn check_writable(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    check_can(vm, zelf, "writable", "File or stream is not writable.")
}

/// Was the inherited `close` called?
fn base_closed(vm: &Vm, zelf: Ref<'_>) -> PyResult<bool> {
    let name = vm.intern("__IOBase_closed");
    Ok(vm.getattr_opt(zelf, &name)?.is_some())
}

/// The inherited `close`: flushes, once.
pub fn base_close(vm: &Vm, zelf: Ref<'_>) -> PyResult<()> {
    if base_closed(vm, zelf)? {
        return Ok(());
    }
    let flushed = vm.call_method(zelf, vm.names().flush, &[]).map(drop);
    super::args::also(vm, flushed, || {
        let name = vm.intern("__IOBase_closed");
        vm.setattr(zelf, &name, krait_object::singletons::true_())
    })
}

/// `__del__` of every stream: closes it.
pub fn finalize(vm: &Vm, zelf: Ref<'_>) {
    let pending = vm.pending.take();
    let names = vm.names();
    let closed = match vm.getattr_opt(zelf, names.closed) {
        Ok(Some(c)) => vm.is_true(c.r()),
        Ok(None) => Ok(true),
        Err(e) => Err(e),
    };
    let closed = closed.unwrap_or_else(|e| {
        drop(vm.take_raised(e));
        true
    });
    if !closed {
        let name = vm.intern("_finalizing");
        if let Err(e) = vm.setattr(zelf, &name, krait_object::singletons::true_()) {
            drop(vm.take_raised(e));
        }
        if let Err(e) = vm.call_method_str(zelf, "close", &[]) {
            // The repr may raise: the exception is out of its way meanwhile.
            let exc = vm.take_raised(e);
            let what = match vm.repr_text(zelf) {
                Ok(t) => t,
                Err(e) => {
                    drop(vm.take_raised(e));
                    "<object>".to_owned()
                }
            };
            let e = vm.raise_as_is(exc);
            vm.unraisable(e, &format!("Exception ignored while finalizing file {what}"), None);
        }
    }
    vm.pending.set(pending);
}

/// Reads a line with `read` and, if there is one, `peek`.
fn slow_readline(vm: &Vm, zelf: Ref<'_>, limit: isize) -> PyResult<Obj> {
    let peek_name = vm.intern("peek");
    let peek = vm.getattr_opt(zelf, &peek_name)?;
    let mut out: Vec<u8> = Vec::new();
    while limit < 0 || (out.len() as isize) < limit {
        let mut want = 1;
        if let Some(p) = &peek {
            let ahead = vm.call(p.r(), &[Obj::small(1).r()])?;
            let Some(b) = ahead.r().downcast::<PyBytes>(vm) else {
                return Err(vm.os_error_msg(format!("peek() should have returned a bytes object, not '{}'", ahead.r().ty(vm).tp_name())));
            };
            let d = b.as_slice();
            if !d.is_empty() {
                let most = if limit < 0 { d.len() } else { d.len().min(limit as usize - out.len()) };
                want = memchr::memchr(b'\n', &d[..most]).map_or(most, |i| i + 1);
            }
        }
        let got = call_retry(vm, zelf, "read", &[vm.int_usize(want).r()])?;
        let Some(b) = got.r().downcast::<PyBytes>(vm) else {
            return Err(vm.os_error_msg(format!("read() should have returned a bytes object, not '{}'", got.r().ty(vm).tp_name())));
        };
        if b.is_empty() {
            break;
        }
        out.extend_from_slice(b.as_slice());
        if out.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(vm.bytes(&out))
}

/// All lines, or those up to about `hint` bytes or characters.
pub fn readlines(vm: &Vm, zelf: Ref<'_>, hint: isize) -> PyResult<Obj> {
    let list = PyList::empty(vm);
    let it = vm.iter(zelf)?;
    let mut total = 0usize;
    while let Some(line) = vm.iter_next(it.r())? {
        if hint > 0 {
            total += vm.len(line.r())?;
        }
        list.push(vm, line)?;
        if hint > 0 && total > hint as usize {
            break;
        }
    }
    Ok(list.into_obj())
}

/// The abstract base class for all I/O classes.
///
/// This class provides dummy implementations for many methods that
/// derived classes can override selectively; the default implementations
/// represent a file that cannot be read, written or seeked.
///
/// Even though IOBase does not declare read, readinto, or write because
/// their signatures will vary, implementations and clients should
/// consider those methods part of the interface. Also, implementations
/// may raise UnsupportedOperation when operations they do not support are
/// called.
///
/// The basic type used for binary data read from or written to a file is
/// bytes. Other bytes-like objects are accepted as method arguments too.
/// In some cases (such as readinto), a writable object is required. Text
/// I/O classes work with str data.
///
/// Note that calling any method (except additional calls to close(),
/// which are ignored) on a closed stream should raise a ValueError.
///
/// IOBase (and its subclasses) support the iterator protocol, meaning
/// that an IOBase object can be iterated over yielding the lines in a
/// stream.
///
/// IOBase also supports the :keyword:`with` statement. In this example,
/// fp is closed after the suite of the with statement is complete:
///
/// with open('spam.txt', 'r') as fp:
///     fp.write('Spam and eggs!')
#[pyclass("_IOBase", module = "_io", layout = PyIOBase, own, attrs, weakref, flags(BASETYPE))]
pub mod io_base {
    use super::super::args::{Size, call_retry, unsupported};
    use super::PyIOBase;
    use krait_object::prelude::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let object = vm.types.object;
        let own_init = cls.slots.init.get().map(|f| f as usize) != object.slots.init.get().map(|f| f as usize);
        if !args.is_empty() && !own_init {
            return Err(vm.type_error(format!("{}() takes no arguments", cls.name_lossy())));
        }
        match object.slots.new.get() {
            Some(f) => f(vm, cls, Args::EMPTY),
            None => krait_object::instance::alloc_instance(vm, cls, 0),
        }
    }
    /// Change the stream position to the given byte offset.
    ///
    ///   offset
    ///     The stream position, relative to 'whence'.
    ///   whence
    ///     The relative position to seek from.
    ///
    /// The offset is interpreted relative to the position indicated by whence.
    /// Values for whence are:
    ///
    /// * os.SEEK_SET or 0 -- start of stream (the default); offset should be zero or positive
    /// * os.SEEK_CUR or 1 -- current stream position; offset may be negative
    /// * os.SEEK_END or 2 -- end of stream; offset is usually negative
    ///
    /// Return the new absolute position.
    #[pymethod("seek(offset, whence=0, /)")]
    fn seek(vm: &Vm, _zelf: Ref<'_>, _offset: Ref<'_>, _whence: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "seek"))
    }
    /// Return current stream position.
    #[pymethod]
    fn tell(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        vm.call_method_str(zelf, "seek", &[Obj::small(0).r(), Obj::small(1).r()])
    }
    /// Truncate file to size bytes.
    ///
    /// File pointer is left unchanged. Size defaults to the current IO position
    /// as reported by tell(). Return the new size.
    #[pymethod("truncate(size=None, /)")]
    fn truncate(vm: &Vm, _zelf: Ref<'_>, _size: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "truncate"))
    }
    /// Flush write buffers, if applicable.
    ///
    /// This is not implemented for read-only and non-blocking streams.
    #[pymethod]
    fn flush(vm: &Vm, zelf: Ref<'_>) -> PyResult<()> {
        if super::base_closed(vm, zelf)? {
            return Err(vm.value_error("I/O operation on closed file."));
        }
        Ok(())
    }
    /// Flush and close the IO object.
    ///
    /// This method has no effect if the file is already closed.
    #[pymethod]
    fn close(vm: &Vm, zelf: Ref<'_>) -> PyResult<()> {
        super::base_close(vm, zelf)
    }
    /// Return whether object supports random access.
    ///
    /// If False, seek(), tell() and truncate() will raise OSError.
    /// This method may need to do a test seek().
    #[pymethod]
    fn seekable(_vm: &Vm, _zelf: Ref<'_>) -> bool {
        false
    }
    /// Return whether object was opened for reading.
    ///
    /// If False, read() will raise OSError.
    #[pymethod]
    fn readable(_vm: &Vm, _zelf: Ref<'_>) -> bool {
        false
    }
    /// Return whether object was opened for writing.
    ///
    /// If False, write() will raise OSError.
    #[pymethod]
    fn writable(_vm: &Vm, _zelf: Ref<'_>) -> bool {
        false
    }
    #[pymethod("_checkClosed(msg=None, /)", nosig)]
    fn _check_closed(vm: &Vm, zelf: Ref<'_>, _msg: Ref<'_>) -> PyResult<()> {
        super::check_closed(vm, zelf)
    }
    #[pymethod("_checkSeekable(msg=None, /)", nosig)]
    fn _check_seekable(vm: &Vm, zelf: Ref<'_>, _msg: Ref<'_>) -> PyResult<Obj> {
        super::check_seekable(vm, zelf)
    }
    #[pymethod("_checkReadable(msg=None, /)", nosig)]
    fn _check_readable(vm: &Vm, zelf: Ref<'_>, _msg: Ref<'_>) -> PyResult<Obj> {
        super::check_readable(vm, zelf)
    }
    #[pymethod("_checkWritable(msg=None, /)", nosig)]
    fn _check_writable(vm: &Vm, zelf: Ref<'_>, _msg: Ref<'_>) -> PyResult<Obj> {
        super::check_writable(vm, zelf)
    }
    /// Return underlying file descriptor if one exists.
    ///
    /// Raise OSError if the IO object does not use a file descriptor.
    #[pymethod]
    fn fileno(vm: &Vm, _zelf: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "fileno"))
    }
    /// Return whether this is an 'interactive' stream.
    ///
    /// Return False if it can't be determined.
    #[pymethod]
    fn isatty(vm: &Vm, zelf: Ref<'_>) -> PyResult<bool> {
        super::check_closed(vm, zelf)?;
        Ok(false)
    }
    #[pymethod("__enter__()", nosig)]
    fn enter(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        super::check_closed(vm, zelf)?;
        Ok(zelf.to_obj())
    }
    #[pymethod("__exit__(*args)", nosig)]
    fn exit(vm: &Vm, zelf: Ref<'_>, _args: &[Ref<'_>]) -> PyResult<Obj> {
        vm.call_method_str(zelf, "close", &[])
    }
    /// Read and return a line from the stream.
    ///
    /// If size is specified, at most size bytes will be read.
    ///
    /// The line terminator is always b'\n' for binary files; for text
    /// files, the newlines argument to open can be used to select the line
    /// terminator(s) recognized.
    #[pymethod("readline(size=-1, /)")]
    fn readline(vm: &Vm, zelf: Ref<'_>, size: Size) -> PyResult<Obj> {
        super::slow_readline(vm, zelf, size.0)
    }
    /// Return a list of lines from the stream.
    ///
    /// hint can be specified to control the number of lines read: no more
    /// lines will be read if the total size (in bytes/characters) of all
    /// lines so far exceeds hint.
    #[pymethod("readlines(hint=-1, /)")]
    fn readlines(vm: &Vm, zelf: Ref<'_>, hint: Size) -> PyResult<Obj> {
        super::readlines(vm, zelf, hint.0)
    }
    /// Write a list of lines to stream.
    ///
    /// Line separators are not added, so it is usual for each of the
    /// lines provided to have a line separator at the end.
    #[pymethod("writelines(lines, /)")]
    fn writelines(vm: &Vm, zelf: Ref<'_>, lines: Ref<'_>) -> PyResult<()> {
        super::check_closed(vm, zelf)?;
        let it = vm.iter(lines)?;
        while let Some(line) = vm.iter_next(it.r())? {
            call_retry(vm, zelf, "write", &[line.r()])?;
        }
        Ok(())
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        super::check_closed(vm, zelf)?;
        Ok(zelf.to_obj())
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: Ref<'_>) -> PyResult<Option<Obj>> {
        let line = vm.call_method(zelf, vm.names().readline, &[])?;
        Ok(if vm.len(line.r())? == 0 { None } else { Some(line) })
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: Ref<'_>) {
        super::finalize(vm, zelf);
    }
    #[getter]
    fn closed(vm: &Vm, zelf: Ref<'_>) -> PyResult<bool> {
        super::base_closed(vm, zelf)
    }
}

/// Base class for raw binary I/O.
#[pyclass("_RawIOBase", module = "_io", layout = PyRawIOBase, own, base = super::io_base, flags(BASETYPE))]
pub mod raw_io_base {
    use super::super::args::{Size, call_retry};
    use super::PyRawIOBase;
    use krait_object::bytes::PyBytes;
    use krait_object::prelude::*;

    #[pymethod("read(size=-1, /)")]
    fn read(vm: &Vm, zelf: Ref<'_>, size: Size) -> PyResult<Obj> {
        if size.0 < 0 {
            return vm.call_method_str(zelf, "readall", &[]);
        }
        let b = vm.call1(vm.types.bytearray.r(), vm.int_i64(size.0 as i64).r())?;
        let n = vm.call_method_str(zelf, "readinto", &[b.r()])?;
        if n.r().is_none() {
            return Ok(n);
        }
        let n = vm.index_isize(n.r(), vm.types.value_error)?;
        let len = krait_object::buffer::with_bytes(vm, b.r(), <[u8]>::len)?;
        if n < 0 || n as usize > len {
            return Err(vm.value_error(format!("readinto returned {n} outside buffer size {len}")));
        }
        krait_object::buffer::with_bytes(vm, b.r(), |d| vm.bytes(&d[..n as usize]))
    }
    /// Read until EOF, using multiple read() call.
    #[pymethod]
    fn readall(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        let mut out: Vec<u8> = Vec::new();
        let size = vm.int_usize(super::super::DEFAULT_BUFFER_SIZE);
        let mut first = true;
        loop {
            let data = call_retry(vm, zelf, "read", &[size.r()])?;
            if data.r().is_none() {
                return Ok(if first { data } else { vm.bytes(&out) });
            }
            let Some(b) = data.r().downcast::<PyBytes>(vm) else {
                return Err(vm.type_error("read() should return bytes"));
            };
            if b.is_empty() {
                return Ok(vm.bytes(&out));
            }
            first = false;
            out.extend_from_slice(b.as_slice());
        }
    }
    #[pymethod("readinto(buffer, /)")]
    fn readinto(vm: &Vm, _zelf: Ref<'_>, _buffer: Ref<'_>) -> PyResult<Obj> {
        Err(vm.not_implemented_error(""))
    }
    #[pymethod("write(b, /)")]
    fn write(vm: &Vm, _zelf: Ref<'_>, _b: Ref<'_>) -> PyResult<Obj> {
        Err(vm.not_implemented_error(""))
    }
}

/// Base class for buffered IO objects.
///
/// The main difference with RawIOBase is that the read() method
/// supports omitting the size argument, and does not have a default
/// implementation that defers to readinto().
///
/// In addition, read(), readinto() and write() may raise
/// BlockingIOError if the underlying raw stream is in non-blocking
/// mode and not ready; unlike their raw counterparts, they will never
/// return None.
///
/// A typical implementation should not inherit from a RawIOBase
/// implementation, but wrap one.
#[pyclass("_BufferedIOBase", module = "_io", layout = PyBufferedIOBase, own, base = super::io_base, flags(BASETYPE))]
pub mod buffered_io_base {
    use super::super::args::unsupported;
    use super::PyBufferedIOBase;
    use krait_object::bytes::PyBytes;
    use krait_object::convert::WritableBufferArg;
    use krait_object::prelude::*;

    fn read_into(vm: &Vm, zelf: Ref<'_>, mut buffer: WritableBufferArg, method: &str) -> PyResult<usize> {
        let len = buffer.0.len();
        let data = vm.call_method_str(zelf, method, &[vm.int_usize(len).r()])?;
        let Some(b) = data.r().downcast::<PyBytes>(vm) else {
            return Err(vm.type_error("read() should return bytes"));
        };
        if b.len() > len {
            return Err(vm.value_error(format!("read() returned too much data: {len} bytes requested, {} returned", b.len())));
        }
        buffer.0.as_mut_slice()[..b.len()].copy_from_slice(b.as_slice());
        Ok(b.len())
    }

    #[pymethod("readinto(buffer, /)")]
    fn readinto(vm: &Vm, zelf: Ref<'_>, buffer: WritableBufferArg) -> PyResult<usize> {
        read_into(vm, zelf, buffer, "read")
    }
    #[pymethod("readinto1(buffer, /)")]
    fn readinto1(vm: &Vm, zelf: Ref<'_>, buffer: WritableBufferArg) -> PyResult<usize> {
        read_into(vm, zelf, buffer, "read1")
    }
    /// Disconnect this buffer from its underlying raw stream and return it.
    ///
    /// After the raw stream has been detached, the buffer is in an unusable
    /// state.
    #[pymethod]
    fn detach(vm: &Vm, _zelf: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "detach"))
    }
    /// Read and return up to n bytes.
    ///
    /// If the size argument is omitted, None, or negative, read and
    /// return all data until EOF.
    ///
    /// If the size argument is positive, and the underlying raw stream is
    /// not 'interactive', multiple raw reads may be issued to satisfy
    /// the byte count (unless EOF is reached first).
    /// However, for interactive raw streams (as well as sockets and pipes),
    /// at most one raw read will be issued, and a short result does not
    /// imply that EOF is imminent.
    ///
    /// Return an empty bytes object on EOF.
    ///
    /// Return None if the underlying raw stream was open in non-blocking
    /// mode and no data is available at the moment.
    #[pymethod("read(size=-1, /)")]
    fn read(vm: &Vm, _zelf: Ref<'_>, _size: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "read"))
    }
    /// Read and return up to size bytes, with at most one read() call to the underlying raw stream.
    ///
    /// Return an empty bytes object on EOF.
    /// A short result does not imply that EOF is imminent.
    #[pymethod("read1(size=-1, /)")]
    fn read1(vm: &Vm, _zelf: Ref<'_>, _size: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "read1"))
    }
    /// Write buffer b to the IO stream.
    ///
    /// Return the number of bytes written, which is always
    /// the length of b in bytes.
    ///
    /// Raise BlockingIOError if the buffer is full and the
    /// underlying raw stream cannot accept more data at the moment.
    #[pymethod("write(b, /)")]
    fn write(vm: &Vm, _zelf: Ref<'_>, _b: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "write"))
    }
}

/// Base class for text I/O.
///
/// This class provides a character and line based interface to stream
/// I/O. There is no readinto method because Python's character strings
/// are immutable.
#[pyclass("_TextIOBase", module = "_io", layout = PyTextIOBase, own, base = super::io_base, flags(BASETYPE))]
pub mod text_io_base {
    use super::super::args::unsupported;
    use super::PyTextIOBase;
    use krait_object::prelude::*;

    /// Separate the underlying buffer from the TextIOBase and return it.
    ///
    /// After the underlying buffer has been detached, the TextIO is in an unusable state.
    #[pymethod]
    fn detach(vm: &Vm, _zelf: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "detach"))
    }
    /// Read at most size characters from stream.
    ///
    /// Read from underlying buffer until we have size characters or we hit EOF.
    /// If size is negative or omitted, read until EOF.
    #[pymethod("read(size=-1, /)")]
    fn read(vm: &Vm, _zelf: Ref<'_>, _size: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "read"))
    }
    /// Read until newline or EOF.
    ///
    /// Return an empty string if EOF is hit immediately.
    /// If size is specified, at most size characters will be read.
    #[pymethod("readline(size=-1, /)")]
    fn readline(vm: &Vm, _zelf: Ref<'_>, _size: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "readline"))
    }
    /// Write string s to stream.
    ///
    /// Return the number of characters written
    /// (which is always equal to the length of the string).
    #[pymethod("write(s, /)")]
    fn write(vm: &Vm, _zelf: Ref<'_>, _s: Ref<'_>) -> PyResult<Obj> {
        Err(unsupported(vm, "write"))
    }
    /// Encoding of the text stream.
    ///
    /// Subclasses should override.
    #[getter]
    fn encoding(_vm: &Vm, _zelf: Ref<'_>) {}
    /// Line endings translated so far.
    ///
    /// Only line endings translated during reading are considered.
    ///
    /// Subclasses should override.
    #[getter]
    fn newlines(_vm: &Vm, _zelf: Ref<'_>) {}
    /// The error setting of the decoder or encoder.
    ///
    /// Subclasses should override.
    #[getter]
    fn errors(_vm: &Vm, _zelf: Ref<'_>) {}
}
