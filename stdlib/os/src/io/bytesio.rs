//! `BytesIO`: a binary stream in memory.
//!
//! The bytes live in a `Vec`, or still in the bytes object the stream was made from. While a
//! `getbuffer()` view exists the vector neither grows nor shrinks.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::buffer::BufferInfo;
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

/// Where the bytes are.
enum Store {
    Own(Vec<u8>),
    Shared(Py<PyBytes>),
    Closed,
}

/// A binary stream in memory.
#[repr(C)]
#[derive(Trace)]
pub struct PyBytesIO {
    pub header: Header,
    #[trace(skip)]
    store: RefCell<Store>,
    #[trace(skip)]
    pos: Cell<usize>,
    /// Views handed out and not released.
    #[trace(skip)]
    exports: Cell<usize>,
}

impl PyBytesIO {
    fn fresh() -> PyBytesIO {
        PyBytesIO {
            header: crate::util::no_header(),
            store: RefCell::new(Store::Own(Vec::new())),
            pos: Cell::new(0),
            exports: Cell::new(0),
        }
    }
    fn is_closed(&self) -> bool {
        matches!(*self.store.borrow(), Store::Closed)
    }
    fn check_open(&self, vm: &Vm) -> PyResult<()> {
        if self.is_closed() { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(()) }
    }
    fn check_exports(&self, vm: &Vm) -> PyResult<()> {
        if self.exports.get() > 0 {
            return Err(vm.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }
    /// Runs `f` with all bytes; `f` must not run Python code.
    fn with<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T {
        match &*self.store.borrow() {
            Store::Own(v) => f(v),
            Store::Shared(b) => f(b.as_slice()),
            Store::Closed => f(&[]),
        }
    }
    /// Runs `f` with the bytes as a vector of our own.
    fn with_own<T>(&self, f: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut store = self.store.borrow_mut();
        if !matches!(*store, Store::Own(_)) {
            let copy = match &*store {
                Store::Shared(b) => b.as_slice().to_vec(),
                _ => Vec::new(),
            };
            *store = Store::Own(copy);
        }
        match &mut *store {
            Store::Own(v) => f(v),
            _ => f(&mut Vec::new()),
        }
    }
    fn len(&self) -> usize {
        self.with(<[u8]>::len)
    }
    /// The next at most `n` bytes, consumed.
    fn read(&self, vm: &Vm, n: isize) -> Obj {
        let (len, pos) = (self.len(), self.pos.get());
        let have = len.saturating_sub(pos);
        let n = if n < 0 { have } else { have.min(n as usize) };
        if n == 0 {
            return vm.bytes(b"");
        }
        if let (Store::Shared(b), true) = (&*self.store.borrow(), pos == 0 && n == len) {
            self.pos.set(len);
            return b.clone().into_obj();
        }
        self.pos.set(pos + n);
        self.with(|d| vm.bytes(&d[pos..pos + n]))
    }
    /// Length of the next line, at most `limit`.
    fn line_length(&self, limit: isize) -> usize {
        let pos = self.pos.get();
        self.with(|d| {
            let rest = d.get(pos..).unwrap_or(&[]);
            let rest = if limit >= 0 { &rest[..rest.len().min(limit as usize)] } else { rest };
            memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1)
        })
    }
    fn readline(&self, vm: &Vm, limit: isize) -> Obj {
        self.read(vm, self.line_length(limit) as isize)
    }
    fn write(&self, vm: &Vm, data: Ref<'_>) -> PyResult<usize> {
        self.check_open(vm)?;
        self.check_exports(vm)?;
        if let Some(b) = data.downcast_exact::<PyBytes>(vm) {
            return self.put(vm, b.as_slice());
        }
        let view = krait_object::buffer::Buffer::simple(vm, data)?;
        // Getting the buffer may have run Python code.
        self.check_open(vm)?;
        self.check_exports(vm)?;
        self.put(vm, view.as_slice())
    }
    /// Writes at the position.
    fn put(&self, vm: &Vm, d: &[u8]) -> PyResult<usize> {
        let n = d.len();
        if n == 0 {
            return Ok(0);
        }
        let pos = self.pos.get();
        let Some(end) = pos.checked_add(n).filter(|e| *e <= isize::MAX as usize) else {
            return Err(vm.overflow_error("new position too large"));
        };
        let ok = self.with_own(|v| {
            if end > v.len() {
                let more = end - v.len();
                if v.try_reserve(more).is_err() {
                    return false;
                }
                if pos > v.len() {
                    v.resize(pos, 0);
                }
                v.truncate(v.len().max(pos));
            }
            let overlap = v.len().saturating_sub(pos).min(n);
            v[pos..pos + overlap].copy_from_slice(&d[..overlap]);
            v.extend_from_slice(&d[overlap..]);
            true
        });
        if !ok {
            return Err(vm.memory_error());
        }
        self.pos.set(end);
        Ok(n)
    }
}

/// What a `getbuffer()` view refers to.
#[repr(C)]
#[derive(Trace)]
pub struct PyBytesIOBuffer {
    pub header: Header,
    source: Py<PyBytesIO>,
}

#[pyclass("_BytesIOBuffer", module = "_io", layout = PyBytesIOBuffer, own, flags(DISALLOW_INSTANTIATION))]
pub mod bytes_io_buffer {
    use super::{BufferInfo, PyBytesIOBuffer};
    use krait_object::prelude::*;

    #[slot(getbuffer)]
    fn getbuffer(vm: &Vm, zelf: &PyBytesIOBuffer, _flags: u32) -> PyResult<BufferInfo> {
        let b = &*zelf.source;
        b.check_open(vm)?;
        let (p, n) = b.with_own(|v| (v.as_mut_ptr(), v.len()));
        b.exports.set(b.exports.get() + 1);
        Ok(BufferInfo::bytes(p, n, false))
    }
    #[slot(releasebuffer)]
    fn releasebuffer(_vm: &Vm, zelf: &PyBytesIOBuffer, _info: &BufferInfo) {
        let e = &zelf.source.exports;
        e.set(e.get().saturating_sub(1));
    }
}

/// Buffered I/O implementation using an in-memory bytes buffer.
#[pyclass("BytesIO", module = "_io", layout = PyBytesIO, own, base = crate::io::base::buffered_io_base, flags(BASETYPE))]
pub mod bytes_io {
    use super::super::args::{Size, call_retry, size_or_none};
    use super::{PyBytesIO, PyBytesIOBuffer, Store};
    use krait_object::bytes::PyBytes;
    use krait_object::convert::WritableBufferArg;
    use krait_object::prelude::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Py<PyBytesIO>> {
        crate::util::alloc_sub(vm, cls, PyBytesIO::fresh())
    }
    #[pyinit("BytesIO(initial_bytes=b'')")]
    fn init(vm: &Vm, zelf: &PyBytesIO, initial_bytes: Option<Ref<'_>>) -> PyResult<()> {
        zelf.check_exports(vm)?;
        let store = match initial_bytes {
            None => Store::Own(Vec::new()),
            Some(o) => match o.downcast_exact::<PyBytes>(vm) {
                Some(b) => Store::Shared(b.to_py()),
                None => Store::Own(krait_object::buffer::with_bytes(vm, o, <[u8]>::to_vec)?),
            },
        };
        zelf.check_exports(vm)?;
        let old = zelf.store.replace(store);
        drop(old);
        zelf.pos.set(0);
        Ok(())
    }
    fn always(vm: &Vm, zelf: &PyBytesIO, answer: bool) -> PyResult<bool> {
        zelf.check_open(vm)?;
        Ok(answer)
    }
    /// Returns True if the IO object can be read.
    #[pymethod]
    fn readable(vm: &Vm, zelf: &PyBytesIO) -> PyResult<bool> {
        always(vm, zelf, true)
    }
    /// Returns True if the IO object can be seeked.
    #[pymethod]
    fn seekable(vm: &Vm, zelf: &PyBytesIO) -> PyResult<bool> {
        always(vm, zelf, true)
    }
    /// Returns True if the IO object can be written.
    #[pymethod]
    fn writable(vm: &Vm, zelf: &PyBytesIO) -> PyResult<bool> {
        always(vm, zelf, true)
    }
    /// Always returns False.
    ///
    /// BytesIO objects are not connected to a TTY-like device.
    #[pymethod]
    fn isatty(vm: &Vm, zelf: &PyBytesIO) -> PyResult<bool> {
        always(vm, zelf, false)
    }
    /// Does nothing.
    #[pymethod]
    fn flush(vm: &Vm, zelf: &PyBytesIO) -> PyResult<()> {
        zelf.check_open(vm)
    }
    /// Disable all I/O operations.
    #[pymethod]
    fn close(vm: &Vm, zelf: &PyBytesIO) -> PyResult<()> {
        zelf.check_exports(vm)?;
        let old = zelf.store.replace(Store::Closed);
        drop(old);
        Ok(())
    }
    /// Current file position, an integer.
    #[pymethod]
    fn tell(vm: &Vm, zelf: &PyBytesIO) -> PyResult<usize> {
        zelf.check_open(vm)?;
        Ok(zelf.pos.get())
    }
    /// Write bytes to file.
    ///
    /// Return the number of bytes written.
    #[pymethod("write(b, /)")]
    fn write(vm: &Vm, zelf: &PyBytesIO, b: Ref<'_>) -> PyResult<usize> {
        zelf.write(vm, b)
    }
    /// Write lines to the file.
    ///
    /// Note that newlines are not added.  lines can be any iterable object
    /// producing bytes-like objects. This is equivalent to calling write() for
    /// each element.
    #[pymethod("writelines(lines, /)")]
    fn writelines(vm: &Vm, zelf: &PyBytesIO, lines: Ref<'_>) -> PyResult<()> {
        zelf.check_open(vm)?;
        let it = vm.iter(lines)?;
        while let Some(line) = vm.iter_next(it.r())? {
            if zelf.r().is_exact::<PyBytesIO>(vm) {
                zelf.write(vm, line.r())?;
            } else {
                call_retry(vm, zelf.r(), "write", &[line.r()])?;
            }
        }
        Ok(())
    }
    /// Read at most size bytes, returned as a bytes object.
    ///
    /// If the size argument is negative, read until EOF is reached.
    /// Return an empty bytes object at EOF.
    #[pymethod("read(size=-1, /)")]
    fn read(vm: &Vm, zelf: &PyBytesIO, size: Size) -> PyResult<Obj> {
        zelf.check_open(vm)?;
        Ok(zelf.read(vm, size.0))
    }
    /// Read at most size bytes, returned as a bytes object.
    ///
    /// If the size argument is negative or omitted, read until EOF is reached.
    /// Return an empty bytes object at EOF.
    #[pymethod("read1(size=-1, /)")]
    fn read1(vm: &Vm, zelf: &PyBytesIO, size: Size) -> PyResult<Obj> {
        zelf.check_open(vm)?;
        Ok(zelf.read(vm, size.0))
    }
    /// Read bytes into buffer.
    ///
    /// Returns number of bytes read (0 for EOF), or None if the object
    /// is set not to block and has no data to read.
    #[pymethod("readinto(buffer, /)")]
    fn readinto(vm: &Vm, zelf: &PyBytesIO, mut buffer: WritableBufferArg) -> PyResult<usize> {
        zelf.check_open(vm)?;
        let pos = zelf.pos.get();
        // The target may be a view of this very stream: bytes are copied out first.
        let want = buffer.0.len();
        let data = zelf.with(|d| {
            let rest = d.get(pos..).unwrap_or(&[]);
            rest[..rest.len().min(want)].to_vec()
        });
        buffer.0.as_mut_slice()[..data.len()].copy_from_slice(&data);
        zelf.pos.set(pos + data.len());
        Ok(data.len())
    }
    /// Next line from the file, as a bytes object.
    ///
    /// Retain newline.  A non-negative size argument limits the maximum
    /// number of bytes to return (an incomplete line may be returned then).
    /// Return an empty bytes object at EOF.
    #[pymethod("readline(size=-1, /)")]
    fn readline(vm: &Vm, zelf: &PyBytesIO, size: Size) -> PyResult<Obj> {
        zelf.check_open(vm)?;
        Ok(zelf.readline(vm, size.0))
    }
    /// List of bytes objects, each a line from the file.
    ///
    /// Call readline() repeatedly and return a list of the lines so read.
    /// The optional size argument, if given, is an approximate bound on the
    /// total number of bytes in the lines returned.
    #[pymethod("readlines(size=None, /)")]
    fn readlines(vm: &Vm, zelf: &PyBytesIO, size: Ref<'_>) -> PyResult<Obj> {
        zelf.check_open(vm)?;
        let max = size_or_none(vm, size)?.unwrap_or(0);
        let mut out = Vec::new();
        let mut total = 0;
        loop {
            let n = zelf.line_length(-1);
            if n == 0 {
                break;
            }
            out.push(zelf.read(vm, n as isize));
            total += n;
            if max > 0 && total >= max as usize {
                break;
            }
        }
        Ok(vm.list(out))
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyBytesIO) -> PyResult<Obj> {
        zelf.check_open(vm)?;
        Ok(zelf.to_obj())
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyBytesIO) -> PyResult<Option<Obj>> {
        zelf.check_open(vm)?;
        let n = zelf.line_length(-1);
        Ok(if n == 0 { None } else { Some(zelf.read(vm, n as isize)) })
    }
    /// Get a read-write view over the contents of the BytesIO object.
    #[pymethod]
    fn getbuffer(vm: &Vm, zelf: &PyBytesIO) -> PyResult<Obj> {
        zelf.check_open(vm)?;
        let source = PyBytesIOBuffer { header: crate::util::no_header(), source: zelf.to_py() };
        let b = crate::util::alloc_native(vm, source)?;
        vm.call1(vm.types.memoryview.r(), b.r())
    }
    /// Retrieve the entire contents of the BytesIO object.
    #[pymethod]
    fn getvalue(vm: &Vm, zelf: &PyBytesIO) -> PyResult<Obj> {
        zelf.check_open(vm)?;
        if let Store::Shared(b) = &*zelf.store.borrow() {
            return Ok(b.clone().into_obj());
        }
        let b = zelf.with(|d| PyBytes::new(vm, d));
        if zelf.exports.get() == 0 {
            let old = zelf.store.replace(Store::Shared(b.clone()));
            drop(old);
        }
        Ok(b.into_obj())
    }
    /// Change stream position.
    ///
    /// Seek to byte offset pos relative to position indicated by whence:
    ///      0  Start of stream (the default).  pos should be >= 0;
    ///      1  Current position - pos may be negative;
    ///      2  End of stream - pos usually negative.
    /// Returns the new absolute position.
    #[pymethod("seek(pos, whence=0, /)")]
    fn seek(vm: &Vm, zelf: &PyBytesIO, pos: isize, whence: i32) -> PyResult<usize> {
        zelf.check_open(vm)?;
        let base = match whence {
            0 if pos < 0 => return Err(vm.value_error(format!("negative seek value {pos}"))),
            0 => 0,
            1 => zelf.pos.get(),
            2 => zelf.len(),
            _ => return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
        };
        let Some(new) = (base as isize).checked_add(pos) else {
            return Err(vm.overflow_error("new position too large"));
        };
        zelf.pos.set(new.max(0) as usize);
        Ok(zelf.pos.get())
    }
    /// Truncate the file to at most size bytes.
    ///
    /// Size defaults to the current file position, as returned by tell().
    /// The current file position is unchanged.  Returns the new size.
    #[pymethod("truncate(size=None, /)")]
    fn truncate(vm: &Vm, zelf: &PyBytesIO, size: Ref<'_>) -> PyResult<isize> {
        zelf.check_open(vm)?;
        zelf.check_exports(vm)?;
        let n = size_or_none(vm, size)?.unwrap_or(zelf.pos.get() as isize);
        if n < 0 {
            return Err(vm.value_error(format!("negative size value {n}")));
        }
        zelf.check_exports(vm)?;
        zelf.check_open(vm)?;
        if (n as usize) < zelf.len() {
            zelf.with_own(|v| v.truncate(n as usize));
        }
        Ok(n)
    }
    #[pymethod("__getstate__()", nosig)]
    fn getstate(vm: &Vm, zelf: &PyBytesIO) -> PyResult<Obj> {
        let value = getvalue(vm, zelf)?;
        let dict = match krait_object::instance::attrs_of(zelf.r()) {
            Some(a) => {
                let items = a.items(vm);
                if items.is_empty() {
                    Obj::none()
                } else {
                    let d = PyDict::new(vm);
                    for (k, v) in items {
                        d.set(vm, k.r(), v.r())?;
                    }
                    d.into_obj()
                }
            }
            None => Obj::none(),
        };
        Ok(vm.tuple(vec![value, vm.int_usize(zelf.pos.get()), dict]))
    }
    #[pymethod("__setstate__(state, /)", nosig)]
    fn setstate(vm: &Vm, zelf: &PyBytesIO, state: Ref<'_>) -> PyResult<()> {
        let ty = zelf.r().ty(vm).tp_name();
        let Some([value, pos, dict]) = state.downcast::<PyTuple>(vm).map(|t| t.as_slice()).and_then(<[Obj]>::first_chunk::<3>) else {
            return Err(vm.type_error(format!("{ty}.__setstate__ argument should be 3-tuple, got {}", state.ty(vm).tp_name())));
        };
        zelf.check_exports(vm)?;
        init(vm, zelf, Some(value.r()))?;
        if pos.r().as_int(vm).is_none() {
            return Err(vm.type_error(format!("second item of state must be an integer, not {}", pos.r().ty(vm).tp_name())));
        }
        let pos = krait_object::convert::c_ssize_t(vm, pos.r())?;
        if pos < 0 {
            return Err(vm.value_error("position value cannot be negative"));
        }
        zelf.pos.set(pos as usize);
        restore_dict(vm, zelf.r(), dict.r(), "third item of state should be a dict, got a")
    }
    /// Sets instance attributes from a state's dict.
    pub fn restore_dict(vm: &Vm, zelf: Ref<'_>, dict: Ref<'_>, bad: &str) -> PyResult<()> {
        if dict.is_none() {
            return Ok(());
        }
        let Some(d) = dict.downcast::<PyDict>(vm) else {
            return Err(vm.type_error(format!("{bad} {}", dict.ty(vm).tp_name())));
        };
        let mut at = 0;
        while let Some((k, v)) = d.next_entry(&mut at) {
            let Some(k) = k.r().downcast::<PyStr>(vm) else { return Err(vm.type_error("attribute name must be string")) };
            vm.setattr(zelf, k, v.r())?;
        }
        Ok(())
    }
    #[pymethod("__sizeof__()")]
    fn sizeof(_vm: &Vm, zelf: &PyBytesIO) -> usize {
        size_of::<PyBytesIO>() + zelf.len()
    }
    /// True if the file is closed.
    #[getter]
    fn closed(_vm: &Vm, zelf: &PyBytesIO) -> bool {
        zelf.is_closed()
    }
}
