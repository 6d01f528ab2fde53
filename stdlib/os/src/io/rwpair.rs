//! `BufferedRWPair`: a reader and a writer as one stream.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

/// The pair; both parts are absent until `__init__` has run.
#[repr(C)]
#[derive(Trace)]
pub struct PyBufferedRWPair {
    pub header: Header,
    reader: Cell<Option<Obj>>,
    writer: Cell<Option<Obj>>,
}

/// A buffered reader and writer object together.
///
/// A buffered reader object and buffered writer object put together to
/// form a sequential IO object that can read and write. This is typically
/// used with a socket or two-way pipe.
///
/// reader and writer are RawIOBase objects that are readable and
/// writeable respectively. If the buffer_size is omitted it defaults to
/// DEFAULT_BUFFER_SIZE.
#[pyclass("BufferedRWPair", module = "_io", layout = PyBufferedRWPair, own, base = crate::io::base::buffered_io_base, flags(BASETYPE))]
pub mod buffered_rw_pair {
    use std::cell::Cell;

    use super::super::args::{also, attr_true};
    use super::super::base::{check_readable, check_writable};
    use super::super::buffered_classes::{PyBufferedReader, PyBufferedWriter};
    use super::PyBufferedRWPair;
    use krait_object::exception::peek;
    use krait_object::prelude::*;

    fn part(vm: &Vm, cell: &Cell<Option<Obj>>) -> PyResult<Obj> {
        peek(cell).ok_or_else(|| vm.value_error("I/O operation on uninitialized object"))
    }
    fn forward(vm: &Vm, cell: &Cell<Option<Obj>>, name: &str, args: &[Ref<'_>]) -> PyResult<Obj> {
        vm.call_method_str(part(vm, cell)?.r(), name, args)
    }

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Py<PyBufferedRWPair>> {
        let pair = PyBufferedRWPair { header: crate::util::no_header(), reader: Cell::new(None), writer: Cell::new(None) };
        crate::util::alloc_sub(vm, cls, pair)
    }
    #[pyinit("BufferedRWPair(reader, writer, buffer_size=131072, /)")]
    fn init(vm: &Vm, zelf: &PyBufferedRWPair, reader: Ref<'_>, writer: Ref<'_>, buffer_size: isize) -> PyResult<()> {
        check_readable(vm, reader)?;
        check_writable(vm, writer)?;
        let size = vm.int_i64(buffer_size as i64);
        let r = vm.call(vm.type_obj::<PyBufferedReader>().r(), &[reader, size.r()])?;
        let w = vm.call(vm.type_obj::<PyBufferedWriter>().r(), &[writer, size.r()])?;
        drop(zelf.reader.replace(Some(r)));
        drop(zelf.writer.replace(Some(w)));
        Ok(())
    }
    #[slot(clear)]
    fn clear(_vm: &Vm, zelf: &PyBufferedRWPair) {
        drop(zelf.reader.take());
        drop(zelf.writer.take());
    }
    #[pymethod("read(size=-1, /)", nosig)]
    fn read(vm: &Vm, zelf: &PyBufferedRWPair, size: Ref<'_>) -> PyResult<Obj> {
        forward(vm, &zelf.reader, "read", &[size])
    }
    #[pymethod("peek(size=0, /)", nosig)]
    fn peek_bytes(vm: &Vm, zelf: &PyBufferedRWPair, size: Ref<'_>) -> PyResult<Obj> {
        forward(vm, &zelf.reader, "peek", &[size])
    }
    #[pymethod("read1(size=-1, /)", nosig)]
    fn read1(vm: &Vm, zelf: &PyBufferedRWPair, size: Ref<'_>) -> PyResult<Obj> {
        forward(vm, &zelf.reader, "read1", &[size])
    }
    #[pymethod("readinto(buffer, /)", nosig)]
    fn readinto(vm: &Vm, zelf: &PyBufferedRWPair, buffer: Ref<'_>) -> PyResult<Obj> {
        forward(vm, &zelf.reader, "readinto", &[buffer])
    }
    #[pymethod("readinto1(buffer, /)", nosig)]
    fn readinto1(vm: &Vm, zelf: &PyBufferedRWPair, buffer: Ref<'_>) -> PyResult<Obj> {
        forward(vm, &zelf.reader, "readinto1", &[buffer])
    }
    #[pymethod("write(buffer, /)", nosig)]
    fn write(vm: &Vm, zelf: &PyBufferedRWPair, buffer: Ref<'_>) -> PyResult<Obj> {
        forward(vm, &zelf.writer, "write", &[buffer])
    }
    #[pymethod(nosig)]
    fn flush(vm: &Vm, zelf: &PyBufferedRWPair) -> PyResult<Obj> {
        forward(vm, &zelf.writer, "flush", &[])
    }
    #[pymethod(nosig)]
    fn readable(vm: &Vm, zelf: &PyBufferedRWPair) -> PyResult<Obj> {
        forward(vm, &zelf.reader, "readable", &[])
    }
    #[pymethod(nosig)]
    fn writable(vm: &Vm, zelf: &PyBufferedRWPair) -> PyResult<Obj> {
        forward(vm, &zelf.writer, "writable", &[])
    }
    #[pymethod(nosig)]
    fn close(vm: &Vm, zelf: &PyBufferedRWPair) -> PyResult<()> {
        let first = forward(vm, &zelf.writer, "close", &[]).map(drop);
        also(vm, first, || forward(vm, &zelf.reader, "close", &[]).map(drop))
    }
    #[pymethod(nosig)]
    fn isatty(vm: &Vm, zelf: &PyBufferedRWPair) -> PyResult<Obj> {
        let w = forward(vm, &zelf.writer, "isatty", &[])?;
        if vm.is_true(w.r())? { Ok(w) } else { forward(vm, &zelf.reader, "isatty", &[]) }
    }
    #[getter]
    fn closed(vm: &Vm, zelf: &PyBufferedRWPair) -> PyResult<bool> {
        match peek(&zelf.writer) {
            Some(w) => attr_true(vm, w.r(), "closed"),
            None => Err(vm.runtime_error("the BufferedRWPair object is being garbage-collected")),
        }
    }
}
