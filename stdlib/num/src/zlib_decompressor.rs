//! `zlib._ZlibDecompressor`: a decompressor that keeps input it could not use yet.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use libz_rs_sys as z;

use crate::util::no_header;
use crate::zlib::{Stream, error};

/// A decompressor.
#[repr(C)]
#[derive(Trace)]
pub struct PyZlibDecompressor {
    header: Header,
    #[trace(skip)]
    stream: RefCell<Stream>,
    /// Input that waits for room in the output.
    #[trace(skip)]
    pending: RefCell<Vec<u8>>,
    #[trace(skip)]
    unused: RefCell<Vec<u8>>,
    #[trace(skip)]
    zdict: Option<Vec<u8>>,
    #[trace(skip)]
    eof: Cell<bool>,
    #[trace(skip)]
    needs_input: Cell<bool>,
}

impl PyZlibDecompressor {
    fn step(&self, vm: &Vm, data: &[u8], max: usize) -> PyResult<Vec<u8>> {
        let mut input = self.pending.take();
        input.extend_from_slice(data);
        let mut out = Vec::new();
        let mut stream = self.stream.borrow_mut();
        let mut used = 0;
        let code = loop {
            let (code, n) = stream.run(&input[used..], z::Z_SYNC_FLUSH, &mut out, max);
            used += n;
            match (&self.zdict, code) {
                (Some(d), z::Z_NEED_DICT) if stream.set_dictionary(d) == z::Z_OK => {}
                _ => break code,
            }
        };
        let rest = input.split_off(used);
        match code {
            z::Z_STREAM_END => {
                self.eof.set(true);
                self.needs_input.set(false);
                *self.unused.borrow_mut() = rest;
            }
            z::Z_OK | z::Z_BUF_ERROR => {
                self.needs_input.set(rest.is_empty());
                *self.pending.borrow_mut() = rest;
            }
            code => return Err(stream.failed(vm, code, "while decompressing data")),
        }
        Ok(out)
    }
}

/// Create a decompressor object for decompressing data incrementally.
#[pyclass(layout = PyZlibDecompressor, name = "_ZlibDecompressor", module = "zlib", own, no_gc)]
pub mod decompressor_class {
    use super::*;

    #[pynew("_ZlibDecompressor(wbits=15, zdict=b'')")]
    fn new(vm: &Vm, _cls: &PyType, wbits: i32, zdict: OptArg<BufferArg>) -> PyResult<Obj> {
        let mut stream = Stream::inflater(vm, wbits)?;
        let zdict = zdict.given().map(|d| d.as_slice().to_vec());
        // Raw streams do not say when they need it.
        if let Some(d) = zdict.as_ref().filter(|_| wbits < 0)
            && stream.set_dictionary(d) != z::Z_OK
        {
            return Err(error(vm, "Error while setting zdict"));
        }
        let d = PyZlibDecompressor {
            header: no_header(),
            stream: RefCell::new(stream),
            pending: RefCell::default(),
            unused: RefCell::default(),
            zdict,
            eof: Cell::new(false),
            needs_input: Cell::new(true),
        };
        Ok(crate::util::make(vm, d).into_obj())
    }
    /// Decompress *data*, returning uncompressed data as bytes.
    ///
    /// If *max_length* is nonnegative, returns at most *max_length* bytes of
    /// decompressed data. If this limit is reached and further output can be
    /// produced, *self.needs_input* will be set to ``False``. In this case, the next
    /// call to *decompress()* may provide *data* as b'' to obtain more of the output.
    ///
    /// If all of the input data was decompressed and returned (either because this
    /// was less than *max_length* bytes, or because *max_length* was negative),
    /// *self.needs_input* will be set to True.
    ///
    /// Attempting to decompress data after the end of stream is reached raises an
    /// EOFError.  Any data found after the end of the stream is ignored and saved in
    /// the unused_data attribute.
    #[pymethod("decompress(self, /, data, max_length=-1)")]
    fn decompress(vm: &Vm, zelf: &PyZlibDecompressor, data: BufferArg, max_length: isize) -> PyResult<Vec<u8>> {
        if zelf.eof.get() {
            return Err(vm.raise_msg(vm.types.eof_error, "End of stream already reached"));
        }
        zelf.step(vm, data.as_slice(), usize::try_from(max_length).unwrap_or(usize::MAX))
    }
    /// True if the end-of-stream marker has been reached.
    #[member]
    fn eof(zelf: &PyZlibDecompressor) -> bool {
        zelf.eof.get()
    }
    /// Data found after the end of the compressed stream.
    #[getter]
    fn unused_data(zelf: &PyZlibDecompressor) -> Vec<u8> {
        zelf.unused.borrow().clone()
    }
    /// True if more input is needed before more decompressed data can be produced.
    #[member]
    fn needs_input(zelf: &PyZlibDecompressor) -> bool {
        zelf.needs_input.get()
    }
}
