//! `MultibyteCodec` and the incremental encoder and decoder.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::codec::{Kind, Step};
use crate::codecs::errors::{Decoder, Encoder, Replacement};

/// A codec object.
#[repr(C)]
#[derive(Trace)]
pub struct PyMultibyteCodec {
    pub header: Header,
    #[trace(skip)]
    pub kind: Kind,
    #[trace(skip)]
    pub name: &'static str,
}

const ILLEGAL: &str = "illegal multibyte sequence";
const INCOMPLETE: &str = "incomplete multibyte sequence";

impl PyMultibyteCodec {
    /// Decodes; stops before an unfinished sequence unless `last`. Gives the bytes consumed.
    pub fn decode(&self, vm: &Vm, data: &[u8], errors: &str, state: &mut u8, last: bool) -> PyResult<(Py<PyStr>, usize)> {
        let mut d = Decoder::new(vm, self.name, data, errors);
        let mut pos = 0;
        while pos < d.data().len() {
            match self.kind.decode(state, &d.data()[pos..]) {
                Step::Char(c, n) => {
                    d.out.push(c);
                    pos += n;
                }
                Step::Pair(a, b, n) => {
                    d.out.push(a);
                    d.out.push(b);
                    pos += n;
                }
                Step::Skip(n) => pos += n,
                Step::Incomplete if !last => break,
                Step::Incomplete => {
                    let end = d.data().len();
                    pos = d.error(pos, end, INCOMPLETE)?;
                }
                Step::Invalid(n) => pos = d.error(pos, pos + n, ILLEGAL)?,
            }
        }
        Ok((d.finish(), pos))
    }
    pub fn encode(&self, vm: &Vm, s: &PyStr, errors: &str, state: &mut u8, last: bool) -> PyResult<Vec<u8>> {
        let mut e = Encoder::new(vm, self.name, s, errors);
        let mut pos = 0;
        while pos < s.len() {
            if self.kind.encode(state, s.char_at(pos), &mut e.out) {
                pos += 1;
                continue;
            }
            let (rep, next) = e.error(pos, pos + 1, ILLEGAL)?;
            match rep {
                Replacement::Bytes(b) => e.out.extend(b),
                Replacement::Text(t) => {
                    for c in t.chars() {
                        if !self.kind.encode(state, c, &mut e.out) {
                            return Err(e.raise(pos, pos + 1, ILLEGAL));
                        }
                    }
                }
            }
            pos = next;
        }
        if last {
            self.kind.reset(state, &mut e.out);
        }
        Ok(e.out)
    }
}

/// The `codec` attribute of a class, as the incremental and stream classes have it.
pub fn codec_of(vm: &Vm, cls: &PyType) -> PyResult<Py<PyMultibyteCodec>> {
    let c = vm.getattr_str(cls.r(), "codec")?;
    c.downcast::<PyMultibyteCodec>(vm).map_err(|_| vm.type_error("codec is unexpected type"))
}

/// What the incremental classes and the stream classes keep.
#[derive(Trace)]
pub struct Coder {
    pub codec: Py<PyMultibyteCodec>,
    #[trace(skip)]
    pub errors: RefCell<String>,
    #[trace(skip)]
    pub state: Cell<u8>,
    /// Undecoded bytes.
    #[trace(skip)]
    pub pending: RefCell<Vec<u8>>,
}

impl Coder {
    pub fn new(codec: Py<PyMultibyteCodec>, errors: &str) -> Coder {
        Coder { codec, errors: RefCell::new(errors.to_owned()), state: Cell::new(0), pending: RefCell::default() }
    }
    pub fn encode(&self, vm: &Vm, o: Ref<'_>, last: bool) -> PyResult<Vec<u8>> {
        let Some(s) = o.downcast::<PyStr>(vm) else {
            return Err(vm.type_error("couldn't convert the object to str."));
        };
        let errors = self.errors.borrow().clone();
        let mut state = self.state.get();
        let out = self.codec.encode(vm, s, &errors, &mut state, last)?;
        self.state.set(state);
        Ok(out)
    }
    pub fn decode(&self, vm: &Vm, data: &[u8], last: bool) -> PyResult<Py<PyStr>> {
        let errors = self.errors.borrow().clone();
        let before = std::mem::take(&mut *self.pending.borrow_mut());
        let all = [&before[..], data].concat();
        let mut state = self.state.get();
        match self.codec.decode(vm, &all, &errors, &mut state, last) {
            Ok((s, n)) => {
                self.state.set(state);
                *self.pending.borrow_mut() = all[n..].to_vec();
                Ok(s)
            }
            Err(e) => {
                *self.pending.borrow_mut() = before;
                Err(e)
            }
        }
    }
    pub fn reset(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut state = self.state.get();
        self.codec.kind.reset(&mut state, &mut out);
        self.state.set(0);
        self.pending.borrow_mut().clear();
        out
    }
    pub fn set_errors(&self, vm: &Vm, value: Option<Ref<'_>>) -> PyResult<()> {
        match value.and_then(|v| v.downcast::<PyStr>(vm)) {
            Some(s) => {
                *self.errors.borrow_mut() = s.to_string_lossy();
                Ok(())
            }
            None if value.is_none() => Err(vm.attribute_error_msg("cannot delete attribute")),
            None => Err(vm.type_error("errors must be a string")),
        }
    }
}

#[pyclass("MultibyteCodec", module = "_multibytecodec", layout = PyMultibyteCodec, own, flags(DISALLOW_INSTANTIATION))]
pub mod multibyte_codec {
    use super::PyMultibyteCodec;
    use krait_object::convert::BufferArg;
    use krait_object::prelude::*;

    /// Return an encoded string version of 'input'.
    #[pymethod("encode(input, errors=None)")]
    fn encode(vm: &Vm, zelf: &PyMultibyteCodec, input: &PyStr, errors: Option<&str>) -> PyResult<Obj> {
        let out = zelf.encode(vm, input, errors.unwrap_or("strict"), &mut 0, true)?;
        Ok(vm.tuple(vec![vm.bytes(&out), vm.int_usize(input.len())]))
    }
    /// Decodes 'input'.
    #[pymethod("decode(input, errors=None)")]
    fn decode(vm: &Vm, zelf: &PyMultibyteCodec, input: BufferArg, errors: Option<&str>) -> PyResult<Obj> {
        let data = input.as_slice().to_vec();
        let (s, _) = zelf.decode(vm, &data, errors.unwrap_or("strict"), &mut 0, true)?;
        Ok(vm.tuple(vec![s.into_obj(), vm.int_usize(data.len())]))
    }
}

/// An incremental encoder.
#[repr(C)]
#[derive(Trace)]
pub struct PyIncrementalEncoder {
    pub header: Header,
    coder: Coder,
}

#[pyclass("MultibyteIncrementalEncoder", module = "_multibytecodec", layout = PyIncrementalEncoder, own, flags(BASETYPE))]
pub mod incremental_encoder {
    use super::{Coder, PyIncrementalEncoder, codec_of};
    use krait_object::prelude::*;

    #[pynew("MultibyteIncrementalEncoder(errors='strict')")]
    fn new(vm: &Vm, cls: &PyType, errors: &str) -> PyResult<Py<PyIncrementalEncoder>> {
        let coder = Coder::new(codec_of(vm, cls)?, errors);
        crate::util::alloc_sub(vm, cls, PyIncrementalEncoder { header: crate::util::no_header(), coder })
    }
    #[pyinit(raw)]
    fn init(_vm: &Vm, _zelf: &PyIncrementalEncoder, _args: Args<'_>) {}
    #[pymethod("encode(input, final=False)")]
    fn encode(vm: &Vm, zelf: &PyIncrementalEncoder, input: Ref<'_>, last: bool) -> PyResult<Vec<u8>> {
        zelf.coder.encode(vm, input, last)
    }
    #[pymethod]
    fn getstate(zelf: &PyIncrementalEncoder) -> u32 {
        u32::from(zelf.coder.state.get()) << 8
    }
    #[pymethod("setstate(state, /)")]
    fn setstate(zelf: &PyIncrementalEncoder, state: u64) {
        zelf.coder.state.set((state >> 8) as u8);
    }
    #[pymethod]
    fn reset(zelf: &PyIncrementalEncoder) {
        zelf.coder.reset();
    }
    /// how to treat errors
    #[getter]
    fn errors(vm: &Vm, zelf: &PyIncrementalEncoder) -> Obj {
        vm.str(&zelf.coder.errors.borrow())
    }
    #[setter]
    fn set_errors(vm: &Vm, zelf: &PyIncrementalEncoder, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.coder.set_errors(vm, value)
    }
}

/// An incremental decoder.
#[repr(C)]
#[derive(Trace)]
pub struct PyIncrementalDecoder {
    pub header: Header,
    coder: Coder,
}

#[pyclass("MultibyteIncrementalDecoder", module = "_multibytecodec", layout = PyIncrementalDecoder, own, flags(BASETYPE))]
pub mod incremental_decoder {
    use super::{Coder, PyIncrementalDecoder, codec_of};
    use krait_object::bytes::PyBytes;
    use krait_object::convert::BufferArg;
    use krait_object::prelude::*;

    #[pynew("MultibyteIncrementalDecoder(errors='strict')")]
    fn new(vm: &Vm, cls: &PyType, errors: &str) -> PyResult<Py<PyIncrementalDecoder>> {
        let coder = Coder::new(codec_of(vm, cls)?, errors);
        crate::util::alloc_sub(vm, cls, PyIncrementalDecoder { header: crate::util::no_header(), coder })
    }
    #[pyinit(raw)]
    fn init(_vm: &Vm, _zelf: &PyIncrementalDecoder, _args: Args<'_>) {}
    #[pymethod("decode(input, final=False)")]
    fn decode(vm: &Vm, zelf: &PyIncrementalDecoder, input: BufferArg, last: bool) -> PyResult<Py<PyStr>> {
        let data = input.as_slice().to_vec();
        zelf.coder.decode(vm, &data, last)
    }
    #[pymethod]
    fn getstate(zelf: &PyIncrementalDecoder) -> (Vec<u8>, u32) {
        (zelf.coder.pending.borrow().clone(), u32::from(zelf.coder.state.get()))
    }
    #[pymethod("setstate(state, /)")]
    fn setstate(vm: &Vm, zelf: &PyIncrementalDecoder, state: &PyTuple) -> PyResult<()> {
        let [buffer, flags] = state.as_slice() else {
            return Err(vm.type_error("setstate(): illegal state argument"));
        };
        let Some(b) = buffer.r().downcast::<PyBytes>(vm) else {
            return Err(vm.type_error("setstate(): illegal state argument"));
        };
        let flags = krait_object::convert::c_long(vm, flags.r())?;
        *zelf.coder.pending.borrow_mut() = b.as_slice().to_vec();
        zelf.coder.state.set(flags as u8);
        Ok(())
    }
    #[pymethod]
    fn reset(zelf: &PyIncrementalDecoder) {
        zelf.coder.reset();
    }
    /// how to treat errors
    #[getter]
    fn errors(vm: &Vm, zelf: &PyIncrementalDecoder) -> Obj {
        vm.str(&zelf.coder.errors.borrow())
    }
    #[setter]
    fn set_errors(vm: &Vm, zelf: &PyIncrementalDecoder, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.coder.set_errors(vm, value)
    }
}
