//! `MultibyteStreamReader` and `MultibyteStreamWriter`.

use krait_macros::{Trace, pyclass};
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use super::classes::Coder;

/// Decodes what it reads from a stream.
#[repr(C)]
#[derive(Trace)]
pub struct PyStreamReader {
    pub header: Header,
    coder: Coder,
    stream: Obj,
}

/// Encodes what it writes to a stream.
#[repr(C)]
#[derive(Trace)]
pub struct PyStreamWriter {
    pub header: Header,
    coder: Coder,
    stream: Obj,
}

impl PyStreamReader {
    /// Calls the stream's `method` until something decodes or the stream ends.
    fn read(&self, vm: &Vm, method: &str, size: isize) -> PyResult<Py<PyStr>> {
        if size == 0 {
            return Ok(PyStr::empty(vm).to_py());
        }
        loop {
            let data = if size < 0 {
                vm.call_method_str(self.stream.r(), method, &[])?
            } else {
                vm.call_method_str(self.stream.r(), method, &[vm.int_i64(size as i64).r()])?
            };
            let Some(b) = data.r().downcast::<PyBytes>(vm) else {
                let got = data.r().ty(vm).tp_name();
                return Err(vm.type_error(format!("stream function returned a non-bytes object ({got})")));
            };
            let last = size < 0 || b.is_empty();
            let s = self.coder.decode(vm, b.as_slice(), last)?;
            if last || !s.is_empty() {
                return Ok(s);
            }
        }
    }
}

fn size_arg(vm: &Vm, o: Option<Ref<'_>>) -> PyResult<isize> {
    match o {
        None => Ok(-1),
        Some(o) if o.as_int(vm).is_some() => krait_object::convert::c_ssize_t(vm, o),
        Some(_) => Err(vm.type_error("arg 1 must be an integer")),
    }
}

#[pyclass("MultibyteStreamReader", module = "_multibytecodec", layout = PyStreamReader, own, flags(BASETYPE))]
pub mod stream_reader {
    use super::super::classes::{Coder, codec_of};
    use super::{PyStreamReader, size_arg};
    use krait_object::prelude::*;

    #[pynew("MultibyteStreamReader(stream, errors='strict')")]
    fn new(vm: &Vm, cls: &PyType, stream: Ref<'_>, errors: &str) -> PyResult<Py<PyStreamReader>> {
        let coder = Coder::new(codec_of(vm, cls)?, errors);
        let r = PyStreamReader { header: crate::util::no_header(), coder, stream: stream.to_obj() };
        crate::util::alloc_sub(vm, cls, r)
    }
    #[pyinit(raw)]
    fn init(_vm: &Vm, _zelf: &PyStreamReader, _args: Args<'_>) {}
    #[pymethod("read(sizeobj=None, /)")]
    fn read(vm: &Vm, zelf: &PyStreamReader, sizeobj: Option<Ref<'_>>) -> PyResult<Py<PyStr>> {
        zelf.read(vm, "read", size_arg(vm, sizeobj)?)
    }
    #[pymethod("readline(sizeobj=None, /)")]
    fn readline(vm: &Vm, zelf: &PyStreamReader, sizeobj: Option<Ref<'_>>) -> PyResult<Py<PyStr>> {
        zelf.read(vm, "readline", size_arg(vm, sizeobj)?)
    }
    #[pymethod("readlines(sizehintobj=None, /)")]
    fn readlines(vm: &Vm, zelf: &PyStreamReader, sizehintobj: Option<Ref<'_>>) -> PyResult<Obj> {
        let s = zelf.read(vm, "read", size_arg(vm, sizehintobj)?)?;
        vm.call_method_str(s.r(), "splitlines", &[Obj::bool(true).r()])
    }
    #[pymethod]
    fn reset(zelf: &PyStreamReader) {
        zelf.coder.reset();
    }
    /// how to treat errors
    #[getter]
    fn errors(vm: &Vm, zelf: &PyStreamReader) -> Obj {
        vm.str(&zelf.coder.errors.borrow())
    }
    #[setter]
    fn set_errors(vm: &Vm, zelf: &PyStreamReader, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.coder.set_errors(vm, value)
    }
    #[member]
    fn stream(zelf: &PyStreamReader) -> Obj {
        zelf.stream.clone()
    }
}

#[pyclass("MultibyteStreamWriter", module = "_multibytecodec", layout = PyStreamWriter, own, flags(BASETYPE))]
pub mod stream_writer {
    use super::super::classes::{Coder, codec_of};
    use super::PyStreamWriter;
    use krait_object::prelude::*;

    #[pynew("MultibyteStreamWriter(stream, errors='strict')")]
    fn new(vm: &Vm, cls: &PyType, stream: Ref<'_>, errors: &str) -> PyResult<Py<PyStreamWriter>> {
        let coder = Coder::new(codec_of(vm, cls)?, errors);
        let w = PyStreamWriter { header: crate::util::no_header(), coder, stream: stream.to_obj() };
        crate::util::alloc_sub(vm, cls, w)
    }
    #[pyinit(raw)]
    fn init(_vm: &Vm, _zelf: &PyStreamWriter, _args: Args<'_>) {}
    #[pymethod("write(strobj, /)")]
    fn write(vm: &Vm, zelf: &PyStreamWriter, strobj: Ref<'_>) -> PyResult<()> {
        let out = zelf.coder.encode(vm, strobj, false)?;
        vm.call_method(zelf.stream.r(), vm.names().write, &[vm.bytes(&out).r()]).map(drop)
    }
    #[pymethod("writelines(lines, /)")]
    fn writelines(vm: &Vm, zelf: &PyStreamWriter, lines: Ref<'_>) -> PyResult<()> {
        if !vm.is_sequence(lines) {
            return Err(vm.type_error("arg must be a sequence object"));
        }
        for line in vm.collect(lines)? {
            write(vm, zelf, line.r())?;
        }
        Ok(())
    }
    #[pymethod]
    fn reset(vm: &Vm, zelf: &PyStreamWriter) -> PyResult<()> {
        let out = zelf.coder.reset();
        if !out.is_empty() {
            vm.call_method(zelf.stream.r(), vm.names().write, &[vm.bytes(&out).r()])?;
        }
        Ok(())
    }
    /// how to treat errors
    #[getter]
    fn errors(vm: &Vm, zelf: &PyStreamWriter) -> Obj {
        vm.str(&zelf.coder.errors.borrow())
    }
    #[setter]
    fn set_errors(vm: &Vm, zelf: &PyStreamWriter, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.coder.set_errors(vm, value)
    }
    #[member]
    fn stream(zelf: &PyStreamWriter) -> Obj {
        zelf.stream.clone()
    }
}
