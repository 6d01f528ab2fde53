//! `Struct` and the iterator of `iter_unpack`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use krait_macros::pyclass;
use krait_object::buffer::{Buffer, flags};
use krait_object::bytes::PyBytes;
use krait_object::gc::{Trace, Visitor};
use krait_object::prelude::*;

use super::error::struct_error;
use super::format::Format;
use super::pack;
use crate::util::{instance, make, no_header};

/// The format argument: str or bytes.
pub fn format_arg(vm: &Vm, o: Ref<'_>) -> PyResult<Rc<Format>> {
    if let Some(s) = o.downcast::<PyStr>(vm) {
        return match s.as_ascii() {
            Some(text) => Format::parse(vm, text.as_bytes()).map(Rc::new),
            None => {
                // The codec words the error.
                (vm.interp.hooks().encode)(vm, s, "ascii", "strict")?;
                Err(struct_error(vm, "bad char in struct format"))
            }
        };
    }
    match o.downcast::<PyBytes>(vm) {
        Some(b) => Format::parse(vm, b.as_slice()).map(Rc::new),
        None => {
            let got = o.ty(vm).tp_name();
            Err(vm.type_error(format!("Struct() argument 1 must be a str or bytes object, not {got}")))
        }
    }
}

/// `pack(...)`.
pub fn pack_values(vm: &Vm, fmt: &Format, values: &[Ref<'_>]) -> PyResult<Obj> {
    check_count(vm, fmt, "pack", values.len())?;
    let mut small = [0u8; 64];
    if fmt.size <= small.len() {
        pack::pack_into(vm, fmt, values, &mut small[..fmt.size])?;
        return Ok(vm.bytes(&small[..fmt.size]));
    }
    let out = packed(vm, fmt, values)?;
    Ok(vm.bytes(&out))
}

fn packed(vm: &Vm, fmt: &Format, values: &[Ref<'_>]) -> PyResult<Vec<u8>> {
    let mut out = Vec::new();
    if out.try_reserve_exact(fmt.size).is_err() {
        return Err(vm.memory_error());
    }
    out.resize(fmt.size, 0);
    pack::pack_into(vm, fmt, values, &mut out)?;
    Ok(out)
}

fn check_count(vm: &Vm, fmt: &Format, func: &str, n: usize) -> PyResult<()> {
    if n == fmt.values {
        return Ok(());
    }
    Err(struct_error(vm, format!("{func} expected {} items for packing (got {n})", fmt.values)))
}

/// `pack_into(buffer, offset, ...)`; `args` starts with the buffer.
pub fn pack_into_buffer(vm: &Vm, fmt: &Format, args: &[Ref<'_>]) -> PyResult<()> {
    let [buffer, offset, values @ ..] = args else {
        let what = if args.is_empty() { "buffer" } else { "offset" };
        return Err(struct_error(vm, format!("pack_into expected {what} argument")));
    };
    check_count(vm, fmt, "pack_into", values.len())?;
    let mut b = match Buffer::get(vm, *buffer, flags::WRITABLE) {
        Ok(b) if !b.info().readonly => b,
        r => {
            if let Err(e) = r {
                drop(vm.take_raised(e));
            }
            let got = buffer.ty(vm).tp_name();
            return Err(vm.type_error(format!("argument must be read-write bytes-like object, not {got}")));
        }
    };
    let offset = vm.index_isize(*offset, vm.types.index_error)?;
    let (len, size) = (b.len() as isize, fmt.size as isize);
    let mut at = offset;
    if at < 0 {
        if at.saturating_add(size) > 0 {
            return Err(struct_error(vm, format!("no space to pack {size} bytes at offset {offset}")));
        }
        if at.saturating_add(len) < 0 {
            return Err(struct_error(vm, format!("offset {offset} out of range for {len}-byte buffer")));
        }
        at += len;
    }
    if len - at < size {
        let need = (size as usize).saturating_add(at as usize);
        return Err(struct_error(
            vm,
            format!(
                "pack_into requires a buffer of at least {need} bytes for packing {size} bytes at offset {at} (actual buffer size is {len})"
            ),
        ));
    }
    let out = packed(vm, fmt, values)?;
    if let Some(to) = b.as_mut_slice().get_mut(at as usize..(at + size) as usize) {
        to.copy_from_slice(&out);
    }
    Ok(())
}

/// `unpack(buffer)`.
pub fn unpack_buffer(vm: &Vm, fmt: &Format, buffer: Ref<'_>) -> PyResult<Obj> {
    let wrong = || struct_error(vm, format!("unpack requires a buffer of {} bytes", fmt.size));
    if let Some(b) = buffer.downcast_exact::<PyBytes>(vm) {
        return if b.len() == fmt.size { Ok(pack::unpack(vm, fmt, b.as_slice())) } else { Err(wrong()) };
    }
    let b = Buffer::simple(vm, buffer)?;
    if b.len() == fmt.size { Ok(pack::unpack(vm, fmt, b.as_slice())) } else { Err(wrong()) }
}

/// `unpack_from(buffer, offset)`.
pub fn unpack_from_buffer(vm: &Vm, fmt: &Format, buffer: Ref<'_>, offset: isize) -> PyResult<Obj> {
    let b = Buffer::simple(vm, buffer)?;
    let (len, size) = (b.len() as isize, fmt.size as isize);
    let mut at = offset;
    if at < 0 {
        if at.saturating_add(size) > 0 {
            return Err(struct_error(vm, format!("not enough data to unpack {size} bytes at offset {offset}")));
        }
        if at.saturating_add(len) < 0 {
            return Err(struct_error(vm, format!("offset {offset} out of range for {len}-byte buffer")));
        }
        at += len;
    }
    if len - at < size {
        let need = (size as usize).saturating_add(at as usize);
        return Err(struct_error(
            vm,
            format!(
                "unpack_from requires a buffer of at least {need} bytes for unpacking {size} bytes at offset {at} (actual buffer size is {len})"
            ),
        ));
    }
    Ok(pack::unpack(vm, fmt, &b.as_slice()[at as usize..(at + size) as usize]))
}

/// `iter_unpack(buffer)`.
pub fn iter_unpack_buffer(vm: &Vm, fmt: Rc<Format>, buffer: Ref<'_>) -> PyResult<Obj> {
    if fmt.size == 0 {
        return Err(struct_error(vm, "cannot iteratively unpack with a struct of length 0"));
    }
    let b = Buffer::simple(vm, buffer)?;
    if b.len() % fmt.size != 0 {
        let text = format!("iterative unpacking requires a buffer of a multiple of {} bytes", fmt.size);
        return Err(struct_error(vm, text));
    }
    let payload = PyUnpackIter { header: no_header(), format: fmt, buffer: RefCell::new(Some(b)), index: Cell::new(0) };
    Ok(make(vm, payload).into_obj())
}

/// A compiled format.
#[repr(C)]
pub struct PyStruct {
    header: Header,
    /// `None` until `__init__` has run.
    format: RefCell<Option<Rc<Format>>>,
}

impl PyStruct {
    fn format(&self, vm: &Vm) -> PyResult<Rc<Format>> {
        match &*self.format.borrow() {
            Some(f) => Ok(f.clone()),
            None => Err(vm.runtime_error("Struct object is not initialized")),
        }
    }
}

/// Struct(fmt) --> compiled struct object
///
///
#[pyclass(layout = PyStruct, name = "Struct", module = "_struct", own, no_gc, weakref, nosig, flags(BASETYPE))]
pub mod struct_class {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        instance(vm, cls, PyStruct { header: no_header(), format: RefCell::new(None) })
    }
    #[pyinit("Struct(format)")]
    fn init(vm: &Vm, zelf: &PyStruct, format: Ref<'_>) -> PyResult<()> {
        let f = format_arg(vm, format)?;
        *zelf.format.borrow_mut() = Some(f);
        Ok(())
    }
    /// S.pack(v1, v2, ...) -> bytes
    ///
    /// Return a bytes object containing values v1, v2, ... packed according
    /// to the format string S.format.  See help(struct) for more on format
    /// strings.
    #[pymethod("pack(self, *values)", nosig)]
    fn pack(vm: &Vm, zelf: &PyStruct, values: &[Ref<'_>]) -> PyResult<Obj> {
        pack_values(vm, &*zelf.format(vm)?, values)
    }
    /// S.pack_into(buffer, offset, v1, v2, ...)
    ///
    /// Pack the values v1, v2, ... according to the format string S.format
    /// and write the packed bytes into the writable buffer buf starting at
    /// offset.  Note that the offset is a required argument.  See
    /// help(struct) for more on format strings.
    #[pymethod("pack_into(self, *args)", nosig)]
    fn pack_into(vm: &Vm, zelf: &PyStruct, args: &[Ref<'_>]) -> PyResult<()> {
        pack_into_buffer(vm, &*zelf.format(vm)?, args)
    }
    /// Return a tuple containing unpacked values.
    ///
    /// Unpack according to the format string Struct.format. The buffer's size
    /// in bytes must be Struct.size.
    ///
    /// See help(struct) for more on format strings.
    #[pymethod("unpack(self, buffer, /)")]
    fn unpack(vm: &Vm, zelf: &PyStruct, buffer: Ref<'_>) -> PyResult<Obj> {
        unpack_buffer(vm, &*zelf.format(vm)?, buffer)
    }
    /// Return a tuple containing unpacked values.
    ///
    /// Values are unpacked according to the format string Struct.format.
    ///
    /// The buffer's size in bytes, starting at position offset, must be
    /// at least Struct.size.
    ///
    /// See help(struct) for more on format strings.
    #[pymethod("unpack_from(self, buffer, offset=0)")]
    fn unpack_from(vm: &Vm, zelf: &PyStruct, buffer: Ref<'_>, offset: isize) -> PyResult<Obj> {
        unpack_from_buffer(vm, &*zelf.format(vm)?, buffer, offset)
    }
    /// Return an iterator yielding tuples.
    ///
    /// Tuples are unpacked from the given bytes source, like a repeated
    /// invocation of unpack_from().
    ///
    /// Requires that the bytes length be a multiple of the struct size.
    #[pymethod("iter_unpack(self, buffer, /)")]
    fn iter_unpack(vm: &Vm, zelf: &PyStruct, buffer: Ref<'_>) -> PyResult<Obj> {
        iter_unpack_buffer(vm, zelf.format(vm)?, buffer)
    }
    /// S.__sizeof__() -> size of S in memory, in bytes
    #[pymethod]
    fn __sizeof__(vm: &Vm, zelf: &PyStruct) -> PyResult<usize> {
        let f = zelf.format(vm)?;
        Ok(size_of::<PyStruct>() + f.fields.len() * size_of::<super::super::format::Field>())
    }
    /// struct format string
    #[getter]
    fn format(vm: &Vm, zelf: &PyStruct) -> PyResult<String> {
        Ok(String::from_utf8_lossy(&zelf.format(vm)?.text).into_owned())
    }
    /// struct size in bytes
    #[getter]
    fn size(zelf: &PyStruct) -> isize {
        zelf.format.borrow().as_ref().map_or(-1, |f| f.size as isize)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyStruct) -> PyResult<String> {
        let text = vm.text(String::from_utf8_lossy(&zelf.format(vm)?.text));
        Ok(format!("{}({})", zelf.r().ty(vm).name_lossy(), vm.repr_text(text.r())?))
    }
}

#[repr(C)]
pub struct PyUnpackIter {
    header: Header,
    format: Rc<Format>,
    /// Released at the end.
    buffer: RefCell<Option<Buffer>>,
    index: Cell<usize>,
}

impl Trace for PyUnpackIter {
    fn trace(&self, v: &mut Visitor<'_>) {
        if let Ok(b) = self.buffer.try_borrow()
            && let Some(o) = b.as_ref().and_then(Buffer::owner)
        {
            v.visit(o.value());
        }
    }
}

#[pyclass(layout = PyUnpackIter, name = "unpack_iterator", module = "_struct", own, flags(DISALLOW_INSTANTIATION))]
pub mod unpack_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyUnpackIter) -> Option<Obj> {
        let (at, size) = (zelf.index.get(), zelf.format.size);
        let item = match &*zelf.buffer.borrow() {
            Some(b) => b.as_slice().get(at..at + size).map(|d| pack::unpack(vm, &zelf.format, d)),
            None => return None,
        };
        match item {
            Some(v) => {
                zelf.index.set(at + size);
                Some(v)
            }
            None => {
                let done = zelf.buffer.borrow_mut().take();
                drop(done);
                None
            }
        }
    }
    #[pymethod]
    fn __length_hint__(zelf: &PyUnpackIter) -> usize {
        let left = zelf.buffer.borrow().as_ref().map_or(0, |b| b.len().saturating_sub(zelf.index.get()));
        left / zelf.format.size
    }
}
