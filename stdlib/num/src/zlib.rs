//! `zlib`: compression with the deflate format.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::memory;
use krait_object::prelude::*;
use libz_rs_sys as z;

use crate::binascii::masked;
use crate::util::{make, no_header};
use crate::zlib_decompressor::decompressor_class;

const DEF_BUF: usize = 16 * 1024;

#[derive(Default)]
struct State {
    error: Cell<Option<Obj>>,
}

/// Raises `zlib.error`.
#[cold]
pub(crate) fn error(vm: &Vm, msg: &str) -> Raised {
    let state = vm.interp.state::<State>();
    let cls = state.error.take();
    state.error.set(cls.clone());
    match cls.as_ref().and_then(|c| c.r().downcast::<PyType>(vm)) {
        Some(ty) => vm.raise_msg(ty, msg),
        None => vm.value_error(msg),
    }
}

/// A stream and which way it goes. It lives at a fixed address, as its state points back to it.
pub(crate) struct Stream {
    strm: Box<z::z_stream>,
    inflate: bool,
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream was initialised for this direction and ends once.
        unsafe {
            if self.inflate {
                z::inflateEnd(&mut *self.strm);
            } else {
                z::deflateEnd(&mut *self.strm);
            }
        }
    }
}

impl Stream {
    pub(crate) fn failed(&self, vm: &Vm, code: i32, what: &str) -> Raised {
        let msg = self.strm.msg;
        let detail = if code == z::Z_VERSION_ERROR {
            Some("library version mismatch".to_owned())
        } else if !msg.is_null() {
            // SAFETY: a message of the library is a static C string.
            Some(unsafe { std::ffi::CStr::from_ptr(msg) }.to_string_lossy().into_owned())
        } else {
            match code {
                z::Z_BUF_ERROR => Some("incomplete or truncated stream".to_owned()),
                z::Z_STREAM_ERROR => Some("inconsistent stream state".to_owned()),
                z::Z_DATA_ERROR => Some("invalid input data".to_owned()),
                _ => None,
            }
        };
        match detail {
            Some(d) => error(vm, &format!("Error {code} {what}: {d}")),
            None => error(vm, &format!("Error {code} {what}")),
        }
    }
    fn deflater(vm: &Vm, level: i32, method: i32, wbits: i32, mem: i32, strategy: i32) -> PyResult<Stream> {
        let mut strm = Box::<z::z_stream>::default();
        let size = size_of::<z::z_stream>() as i32;
        // SAFETY: a zeroed stream with the default allocator.
        let code = unsafe { z::deflateInit2_(&mut *strm, level, method, wbits, mem, strategy, z::zlibVersion(), size) };
        match code {
            z::Z_OK => Ok(Stream { strm, inflate: false }),
            z::Z_MEM_ERROR => Err(vm.memory_error()),
            z::Z_STREAM_ERROR => Err(vm.value_error("Invalid initialization option")),
            c => Err(error(vm, &format!("Error {c} while creating compression object"))),
        }
    }
    pub(crate) fn inflater(vm: &Vm, wbits: i32) -> PyResult<Stream> {
        let mut strm = Box::<z::z_stream>::default();
        let size = size_of::<z::z_stream>() as i32;
        // SAFETY: a zeroed stream with the default allocator.
        let code = unsafe { z::inflateInit2_(&mut *strm, wbits, z::zlibVersion(), size) };
        match code {
            z::Z_OK => Ok(Stream { strm, inflate: true }),
            z::Z_MEM_ERROR => Err(vm.memory_error()),
            z::Z_STREAM_ERROR => Err(vm.value_error("Invalid initialization option")),
            c => Err(error(vm, &format!("Error {c} while creating decompression object"))),
        }
    }
    /// Runs over `input`, adding to `out` until the input is used up and the library has no more
    /// to give, the stream ends, or `out` has `max` bytes. The library's code, and what was used.
    pub(crate) fn run(&mut self, input: &[u8], flush: i32, out: &mut Vec<u8>, max: usize) -> (i32, usize) {
        let mut used = 0;
        loop {
            let part = (input.len() - used).min(u32::MAX as usize >> 1);
            let room = (max - out.len()).min(DEF_BUF.max(out.len()).min(1 << 26));
            let old = out.len();
            memory::reserve(out, room);
            out.resize(old + room, 0);
            self.strm.next_in = input[used..].as_ptr() as _;
            self.strm.avail_in = part as _;
            self.strm.next_out = out[old..].as_mut_ptr() as _;
            self.strm.avail_out = room as _;
            let last = used + part == input.len();
            let flush = if last { flush } else { z::Z_NO_FLUSH };
            // SAFETY: the stream is live; input and output have the sizes given.
            let code = unsafe { if self.inflate { z::inflate(&mut *self.strm, flush) } else { z::deflate(&mut *self.strm, flush) } };
            let left = self.strm.avail_out as usize;
            used += part - self.strm.avail_in as usize;
            out.truncate(old + room - left);
            let more = left == 0 || (!last && code == z::Z_OK);
            if (code != z::Z_OK && code != z::Z_BUF_ERROR) || !more || out.len() >= max {
                return (code, used);
            }
        }
    }
    pub(crate) fn set_dictionary(&mut self, dict: &[u8]) -> i32 {
        // SAFETY: the stream is live and the dictionary has the size given.
        unsafe {
            if self.inflate {
                z::inflateSetDictionary(&mut *self.strm, dict.as_ptr(), dict.len() as _)
            } else {
                z::deflateSetDictionary(&mut *self.strm, dict.as_ptr(), dict.len() as _)
            }
        }
    }
    fn copy(&self, vm: &Vm) -> PyResult<Stream> {
        let mut strm = Box::<z::z_stream>::default();
        let from: *const z::z_stream = &*self.strm;
        // SAFETY: a live stream is copied into a fresh one.
        let code = unsafe { if self.inflate { z::inflateCopy(&mut *strm, from as _) } else { z::deflateCopy(&mut *strm, from as _) } };
        match code {
            z::Z_OK => Ok(Stream { strm, inflate: self.inflate }),
            z::Z_STREAM_ERROR => Err(vm.value_error("Inconsistent stream state")),
            z::Z_MEM_ERROR => Err(vm.memory_error()),
            c => Err(self.failed(vm, c, "while copying object")),
        }
    }
}

/// A compression object.
#[repr(C)]
#[derive(Trace)]
pub struct PyCompress {
    header: Header,
    #[trace(skip)]
    stream: RefCell<Option<Stream>>,
}

#[pyclass(layout = PyCompress, name = "Compress", module = "zlib", flags(DISALLOW_INSTANTIATION), own, no_gc, mutable)]
pub mod compress_class {
    use super::*;

    /// Returns a bytes object containing compressed data.
    ///
    /// After calling this function, some of the input data may still
    /// be stored in internal buffers for later processing.
    /// Call the flush() method to clear these buffers.
    #[pymethod("compress(self, data, /)")]
    fn compress(vm: &Vm, zelf: &PyCompress, data: BufferArg) -> PyResult<Vec<u8>> {
        let mut out = Vec::new();
        let mut stream = zelf.stream.borrow_mut();
        let Some(s) = stream.as_mut() else { return Err(error(vm, "Error -2 while compressing data: inconsistent stream state")) };
        match s.run(data.as_slice(), z::Z_NO_FLUSH, &mut out, usize::MAX).0 {
            z::Z_OK | z::Z_BUF_ERROR => Ok(out),
            c => Err(s.failed(vm, c, "while compressing data")),
        }
    }
    /// Return a bytes object containing any remaining compressed data.
    #[pymethod("flush(self, mode=4, /)")]
    fn flush(vm: &Vm, zelf: &PyCompress, mode: i32) -> PyResult<Vec<u8>> {
        let mut out = Vec::new();
        if mode == z::Z_NO_FLUSH {
            return Ok(out);
        }
        let mut stream = zelf.stream.borrow_mut();
        let Some(s) = stream.as_mut() else { return Err(error(vm, "Error -2 while flushing: inconsistent stream state")) };
        match s.run(&[], mode, &mut out, usize::MAX).0 {
            z::Z_STREAM_END if mode == z::Z_FINISH => {
                *stream = None;
                Ok(out)
            }
            z::Z_OK | z::Z_BUF_ERROR => Ok(out),
            c => Err(s.failed(vm, c, "while flushing")),
        }
    }
    /// Return a copy of the compression object.
    #[pymethod("copy(self, /)")]
    fn copy(vm: &Vm, zelf: &PyCompress) -> PyResult<Py<PyCompress>> {
        let stream = zelf.stream.borrow();
        let Some(s) = stream.as_ref() else { return Err(vm.value_error("Inconsistent stream state")) };
        let stream = RefCell::new(Some(s.copy(vm)?));
        Ok(make(vm, PyCompress { header: no_header(), stream }))
    }
    #[pymethod("__copy__(self, /)")]
    fn __copy__(vm: &Vm, zelf: &PyCompress) -> PyResult<Py<PyCompress>> {
        copy(vm, zelf)
    }
    #[pymethod("__deepcopy__(self, memo, /)")]
    fn __deepcopy__(vm: &Vm, zelf: &PyCompress, _memo: Ref<'_>) -> PyResult<Py<PyCompress>> {
        copy(vm, zelf)
    }
}

/// A decompression object.
#[repr(C)]
#[derive(Trace)]
pub struct PyDecompress {
    header: Header,
    #[trace(skip)]
    stream: RefCell<Stream>,
    #[trace(skip)]
    unused: RefCell<Vec<u8>>,
    #[trace(skip)]
    tail: RefCell<Vec<u8>>,
    #[trace(skip)]
    zdict: Option<Vec<u8>>,
    #[trace(skip)]
    eof: Cell<bool>,
}

impl PyDecompress {
    fn step(&self, vm: &Vm, data: &[u8], flush: i32, max: usize) -> PyResult<Vec<u8>> {
        let mut out = Vec::new();
        let mut stream = self.stream.borrow_mut();
        let mut used = 0;
        let code = loop {
            let (code, n) = stream.run(&data[used..], flush, &mut out, max);
            used += n;
            if code != z::Z_NEED_DICT {
                break code;
            }
            let Some(d) = &self.zdict else { return Err(stream.failed(vm, code, "while decompressing data")) };
            let set = stream.set_dictionary(d);
            if set != z::Z_OK {
                return Err(stream.failed(vm, set, "while setting zdict"));
            }
        };
        let rest = &data[used..];
        if code == z::Z_STREAM_END {
            self.unused.borrow_mut().extend_from_slice(rest);
            self.tail.borrow_mut().clear();
            self.eof.set(true);
            return Ok(out);
        }
        if code != z::Z_OK && code != z::Z_BUF_ERROR {
            return Err(stream.failed(vm, code, "while decompressing data"));
        }
        *self.tail.borrow_mut() = rest.to_vec();
        Ok(out)
    }
}

#[pyclass(layout = PyDecompress, name = "Decompress", module = "zlib", flags(DISALLOW_INSTANTIATION), own, no_gc, mutable)]
pub mod decompress_class {
    use super::*;

    /// Return a bytes object containing the decompressed version of the data.
    ///
    /// After calling this function, some of the input data may still be stored in
    /// internal buffers for later processing.
    /// Call the flush() method to clear these buffers.
    #[pymethod("decompress(self, data, /, max_length=0)")]
    fn decompress(vm: &Vm, zelf: &PyDecompress, data: BufferArg, max_length: isize) -> PyResult<Vec<u8>> {
        if max_length < 0 {
            return Err(vm.value_error("max_length must be non-negative"));
        }
        if zelf.eof.get() {
            zelf.unused.borrow_mut().extend_from_slice(data.as_slice());
            return Ok(vec![]);
        }
        let max = if max_length == 0 { usize::MAX } else { max_length as usize };
        zelf.step(vm, data.as_slice(), z::Z_SYNC_FLUSH, max)
    }
    /// Return a bytes object containing any remaining decompressed data.
    #[pymethod("flush(self, length=16384, /)")]
    fn flush(vm: &Vm, zelf: &PyDecompress, length: isize) -> PyResult<Vec<u8>> {
        if length <= 0 {
            return Err(vm.value_error("length must be greater than zero"));
        }
        if zelf.eof.get() {
            return Ok(vec![]);
        }
        let data = zelf.tail.take();
        zelf.step(vm, &data, z::Z_FINISH, usize::MAX)
    }
    /// Return a copy of the decompression object.
    #[pymethod("copy(self, /)")]
    fn copy(vm: &Vm, zelf: &PyDecompress) -> PyResult<Py<PyDecompress>> {
        let stream = RefCell::new(zelf.stream.borrow().copy(vm)?);
        let d = PyDecompress {
            header: no_header(),
            stream,
            unused: zelf.unused.clone(),
            tail: zelf.tail.clone(),
            zdict: zelf.zdict.clone(),
            eof: zelf.eof.clone(),
        };
        Ok(make(vm, d))
    }
    #[pymethod("__copy__(self, /)")]
    fn __copy__(vm: &Vm, zelf: &PyDecompress) -> PyResult<Py<PyDecompress>> {
        copy(vm, zelf)
    }
    #[pymethod("__deepcopy__(self, memo, /)")]
    fn __deepcopy__(vm: &Vm, zelf: &PyDecompress, _memo: Ref<'_>) -> PyResult<Py<PyDecompress>> {
        copy(vm, zelf)
    }
    #[member("unused_data")]
    fn unused_data(zelf: &PyDecompress) -> Vec<u8> {
        zelf.unused.borrow().clone()
    }
    #[member("unconsumed_tail")]
    fn unconsumed_tail(zelf: &PyDecompress) -> Vec<u8> {
        zelf.tail.borrow().clone()
    }
    #[member("eof")]
    fn get_eof(zelf: &PyDecompress) -> bool {
        zelf.eof.get()
    }
}

/// The functions in this module allow compression and decompression using the
/// zlib library, which is based on GNU zip.
#[pymodule(name = "zlib", classes = [decompressor_class])]
pub mod zlib_module {
    use super::*;

    #[pyattr]
    const MAX_WBITS: i32 = 15;
    #[pyattr]
    const DEFLATED: i32 = 8;
    #[pyattr]
    const DEF_MEM_LEVEL: i32 = 8;
    #[pyattr]
    const DEF_BUF_SIZE: i32 = 16384;
    #[pyattr]
    const Z_BEST_SPEED: i32 = 1;
    #[pyattr]
    const Z_BEST_COMPRESSION: i32 = 9;
    #[pyattr]
    const Z_DEFAULT_COMPRESSION: i32 = -1;
    #[pyattr]
    const Z_NO_COMPRESSION: i32 = 0;
    #[pyattr]
    const Z_FILTERED: i32 = 1;
    #[pyattr]
    const Z_HUFFMAN_ONLY: i32 = 2;
    #[pyattr]
    const Z_RLE: i32 = 3;
    #[pyattr]
    const Z_FIXED: i32 = 4;
    #[pyattr]
    const Z_DEFAULT_STRATEGY: i32 = 0;
    #[pyattr]
    const Z_NO_FLUSH: i32 = 0;
    #[pyattr]
    const Z_PARTIAL_FLUSH: i32 = 1;
    #[pyattr]
    const Z_SYNC_FLUSH: i32 = 2;
    #[pyattr]
    const Z_FULL_FLUSH: i32 = 3;
    #[pyattr]
    const Z_FINISH: i32 = 4;
    #[pyattr]
    const Z_BLOCK: i32 = 5;
    #[pyattr]
    const Z_TREES: i32 = 6;
    #[pyattr]
    const ZLIB_VERSION: &str = "1.3.1";
    #[pyattr]
    const ZLIB_RUNTIME_VERSION: &str = "1.3.1";
    #[pyattr(name = "__version__")]
    const VERSION: &str = "1.0";

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let dict = vm.dict();
        dict.set_item_str(vm, "__module__", vm.str("zlib"))?;
        let bases = vm.tuple(vec![vm.types.exception.to_obj()]);
        let error = vm.call(vm.types.r#type.r(), &[vm.str("error").r(), bases.r(), dict.r()])?;
        vm.interp.state::<State>().error.set(Some(error.clone()));
        module.add(vm, "error", error)
    }
    /// Returns a bytes object containing compressed data.
    #[pyfunction("compress(data, /, level=-1, wbits=15)")]
    fn compress(vm: &Vm, data: BufferArg, level: i32, wbits: i32) -> PyResult<Vec<u8>> {
        let Ok(mut s) = Stream::deflater(vm, level, 8, wbits, 8, 0).map_err(|e| drop(vm.take_raised(e))) else {
            return Err(error(vm, "Bad compression level"));
        };
        let mut out = Vec::new();
        match s.run(data.as_slice(), z::Z_FINISH, &mut out, usize::MAX).0 {
            z::Z_STREAM_END => Ok(out),
            c => Err(s.failed(vm, c, "while compressing data")),
        }
    }
    /// Returns a bytes object containing the uncompressed data.
    #[pyfunction("decompress(data, /, wbits=15, bufsize=16384)")]
    fn decompress(vm: &Vm, data: BufferArg, wbits: i32, bufsize: isize) -> PyResult<Vec<u8>> {
        if bufsize < 0 {
            return Err(vm.value_error("bufsize must be non-negative"));
        }
        let mut s = Stream::inflater(vm, wbits)?;
        let mut out = Vec::new();
        match s.run(data.as_slice(), z::Z_SYNC_FLUSH, &mut out, usize::MAX).0 {
            z::Z_STREAM_END => Ok(out),
            z::Z_OK => Err(s.failed(vm, z::Z_BUF_ERROR, "while decompressing data")),
            c => Err(s.failed(vm, c, "while decompressing data")),
        }
    }
    /// Return a compressor object.
    #[pyfunction("compressobj(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=<unrepresentable>)")]
    fn compressobj(
        vm: &Vm,
        level: i32,
        method: i32,
        wbits: i32,
        mem_level: i32,
        strategy: i32,
        zdict: OptArg<BufferArg>,
    ) -> PyResult<Py<PyCompress>> {
        let mut s = Stream::deflater(vm, level, method, wbits, mem_level, strategy)?;
        if let Some(d) = zdict.given()
            && s.set_dictionary(d.as_slice()) != z::Z_OK
        {
            return Err(vm.value_error("Invalid dictionary"));
        }
        Ok(make(vm, PyCompress { header: no_header(), stream: RefCell::new(Some(s)) }))
    }
    /// Return a decompressor object.
    #[pyfunction("decompressobj(wbits=15, zdict=b'')")]
    fn decompressobj(vm: &Vm, wbits: i32, zdict: OptArg<BufferArg>) -> PyResult<Py<PyDecompress>> {
        let mut s = Stream::inflater(vm, wbits)?;
        let zdict = zdict.given().map(|d| d.as_slice().to_vec());
        // Raw streams do not say when they need it.
        if let Some(d) = zdict.as_ref().filter(|_| wbits < 0)
            && s.set_dictionary(d) != z::Z_OK
        {
            return Err(error(vm, "Error while setting zdict"));
        }
        let d = PyDecompress {
            header: no_header(),
            stream: RefCell::new(s),
            unused: RefCell::default(),
            tail: RefCell::default(),
            zdict,
            eof: Cell::new(false),
        };
        Ok(make(vm, d))
    }
    /// Compute a CRC-32 checksum of data.
    ///
    /// The returned checksum is an integer.
    #[pyfunction("crc32(data, value=0, /)")]
    fn crc32(vm: &Vm, data: BufferArg, value: Ref<'_>) -> PyResult<u32> {
        Ok(crate::binascii::crc_of(data.as_slice(), masked(vm, value)?))
    }
    /// Compute an Adler-32 checksum of data.
    ///
    /// The returned checksum is an integer.
    #[pyfunction("adler32(data, value=1, /)")]
    fn adler32(vm: &Vm, data: BufferArg, value: Ref<'_>) -> PyResult<u32> {
        let start = masked(vm, value)?;
        let (mut a, mut b) = (start & 0xffff, start >> 16);
        // As many sums as stay within 32 bits between reductions.
        for chunk in data.as_slice().chunks(5552) {
            for x in chunk {
                a += u32::from(*x);
                b += a;
            }
            a %= 65521;
            b %= 65521;
        }
        Ok(b << 16 | a)
    }
}
