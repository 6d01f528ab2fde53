//! The `TextIOWrapper` class.

use krait_macros::pyclass;
use krait_object::prelude::*;

use super::newline::NewlineMode;
use super::text::PyTextIOWrapper;
use crate::codecs::registry;
use crate::codecs::text::Direct;

/// What the constructor and `reconfigure` are told.
struct Settings {
    encoding: String,
    errors: String,
}

/// ValueError unless the newline argument is one of the five.
pub fn newline_mode(vm: &Vm, newline: Option<&str>) -> PyResult<NewlineMode> {
    match NewlineMode::of(newline) {
        Some(m) => Ok(m),
        None => Err(vm.value_error(format!("illegal newline value: {}", newline.unwrap_or_default()))),
    }
}

/// Checks that the encoding works between str and bytes. `None`: it is handled natively.
fn text_codec(vm: &Vm, encoding: &str) -> PyResult<Option<Obj>> {
    if Direct::of(encoding).is_some() {
        return Ok(None);
    }
    let codec = registry::lookup(vm, encoding)?;
    let name = vm.intern("_is_text_encoding");
    if let Some(flag) = vm.getattr_opt(codec.r(), &name)?
        && !vm.is_true(flag.r())?
    {
        return Err(vm.lookup_error(format!("'{encoding}' is not a text encoding")));
    }
    Ok(Some(codec))
}

/// Installs decoder and encoder as the buffer allows.
fn install(vm: &Vm, t: &PyTextIOWrapper, buffer: Ref<'_>, s: Settings, mode: NewlineMode) -> PyResult<()> {
    let codec = text_codec(vm, &s.encoding)?;
    let can = |method: &str| -> PyResult<bool> {
        let r = vm.call_method_str(buffer, method, &[])?;
        vm.is_true(r.r())
    };
    if can("readable")? {
        t.decoder.install(vm, &s.encoding, &s.errors, codec.as_ref(), mode)?;
    } else {
        t.decoder.clear();
    }
    if can("writable")? {
        t.encoder.install(vm, &s.encoding, &s.errors, codec.as_ref())?;
    } else {
        t.encoder.clear();
    }
    *t.encoding.borrow_mut() = s.encoding;
    *t.errors.borrow_mut() = s.errors;
    t.mode.set(mode);
    Ok(())
}

/// A stream opened elsewhere than at its start gets no byte order mark.
fn fix_encoder(vm: &Vm, t: &PyTextIOWrapper, buffer: Ref<'_>) -> PyResult<()> {
    if !t.seekable.get() || !t.encoder.is_present() {
        return Ok(());
    }
    let pos = vm.call_method_str(buffer, "tell", &[])?;
    let eq = vm.richcompare(pos.r(), Obj::small(0).r(), CmpOp::Eq)?;
    if vm.is_true(eq.r())? { Ok(()) } else { t.encoder.not_at_start(vm) }
}

/// `TextIOWrapper.__init__`.
pub fn init(
    vm: &Vm,
    t: &PyTextIOWrapper,
    buffer: Ref<'_>,
    encoding: Option<&str>,
    errors: Option<&str>,
    newline: Option<&str>,
    line_buffering: bool,
    write_through: bool,
) -> PyResult<()> {
    t.ok.set(false);
    t.detached.set(false);
    let mode = newline_mode(vm, newline)?;
    let encoding = match encoding {
        None => {
            super::open::warn_default_encoding(vm, 1)?;
            super::open::locale_encoding(vm)
        }
        Some("locale") => super::open::locale_encoding(vm),
        Some(e) => e.to_owned(),
    };
    let errors = errors.unwrap_or("strict").to_owned();
    super::open::check_errors(vm, &errors)?;
    t.clear_snapshot();
    t.set_decoded(None);
    t.pending.borrow_mut().clear();
    t.chunk_size.set(8192);
    t.ratio.set(0.0);
    t.line_buffering.set(line_buffering);
    t.write_through.set(write_through);
    let r = vm.call_method_str(buffer, "seekable", &[])?;
    let seekable = vm.is_true(r.r())?;
    install(vm, t, buffer, Settings { encoding, errors }, mode)?;
    t.seekable.set(seekable);
    t.telling.set(seekable);
    let read1 = vm.intern("read1");
    t.has_read1.set(vm.getattr_opt(buffer, &read1)?.is_some());
    drop(t.buffer.replace(Some(buffer.to_obj())));
    fix_encoder(vm, t, buffer)?;
    t.ok.set(true);
    Ok(())
}

/// Character and line based layer over a BufferedIOBase object, buffer.
///
/// encoding gives the name of the encoding that the stream will be
/// decoded or encoded with. It defaults to locale.getencoding().
///
/// errors determines the strictness of encoding and decoding (see
/// help(codecs.Codec) or the documentation for codecs.register) and
/// defaults to "strict".
///
/// newline controls how line endings are handled. It can be None, '',
/// '\n', '\r', and '\r\n'.  It works as follows:
///
/// * On input, if newline is None, universal newlines mode is
///   enabled. Lines in the input can end in '\n', '\r', or '\r\n', and
///   these are translated into '\n' before being returned to the
///   caller. If it is '', universal newline mode is enabled, but line
///   endings are returned to the caller untranslated. If it has any of
///   the other legal values, input lines are only terminated by the given
///   string, and the line ending is returned to the caller untranslated.
///
/// * On output, if newline is None, any '\n' characters written are
///   translated to the system default line separator, os.linesep. If
///   newline is '' or '\n', no translation takes place. If newline is any
///   of the other legal values, any '\n' characters written are translated
///   to the given string.
///
/// If line_buffering is True, a call to flush is implied when a call to
/// write contains a newline character.
#[pyclass("TextIOWrapper", module = "_io", layout = PyTextIOWrapper, own, base = crate::io::base::text_io_base, flags(BASETYPE))]
pub mod text_io_wrapper {
    use super::super::args::{Size, cannot_pickle, unsupported};
    use super::super::text::PyTextIOWrapper;
    use super::{Settings, fix_encoder, install, newline_mode};
    use krait_object::exception::peek;
    use krait_object::prelude::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Py<PyTextIOWrapper>> {
        crate::util::alloc_sub(vm, cls, PyTextIOWrapper::fresh())
    }
    #[pyinit("TextIOWrapper(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)")]
    fn init(
        vm: &Vm,
        zelf: &PyTextIOWrapper,
        buffer: Ref<'_>,
        encoding: Option<&str>,
        errors: Option<&str>,
        newline: Option<&str>,
        line_buffering: bool,
        write_through: bool,
    ) -> PyResult<()> {
        super::init(vm, zelf, buffer, encoding, errors, newline, line_buffering, write_through)
    }
    #[slot(clear)]
    fn clear(_vm: &Vm, zelf: &PyTextIOWrapper) {
        zelf.ok.set(false);
        drop(zelf.buffer.take());
        zelf.decoder.clear();
        zelf.encoder.clear();
        zelf.set_decoded(None);
        zelf.clear_snapshot();
    }
    /// Reconfigure the text stream with new parameters.
    ///
    /// This also does an implicit stream flush.
    #[pymethod("reconfigure(*, encoding=None, errors=None, newline=..., line_buffering=None, write_through=None)")]
    fn reconfigure(
        vm: &Vm,
        zelf: &PyTextIOWrapper,
        encoding: Option<&PyStr>,
        errors: Option<&PyStr>,
        newline: OptArg<Ref<'_>>,
        line_buffering: Option<Ref<'_>>,
        write_through: Option<Ref<'_>>,
    ) -> PyResult<()> {
        let encoding = encoding.map(|e| e.to_utf8(vm)).transpose()?;
        let errors = errors.map(|e| e.to_utf8(vm)).transpose()?;
        if let Some(e) = encoding.filter(|e| e.contains('\0')) {
            return Err(vm.lookup_error(format!("unknown encoding: {}", e.split('\0').next().unwrap_or_default())));
        }
        let newline = newline.0.filter(|n| !n.ptr_eq(krait_object::singletons::ellipsis()));
        let reads = zelf.used.get() > 0 || {
            let d = zelf.decoded.take();
            let some = d.is_some();
            zelf.decoded.set(d);
            some
        };
        if reads && (encoding.is_some() || errors.is_some() || newline.is_some()) {
            return Err(unsupported(vm, "It is not possible to set the encoding or newline of stream after the first read"));
        }
        let mode = match newline {
            None => zelf.mode.get(),
            Some(n) if n.is_none() => newline_mode(vm, None)?,
            Some(n) => match n.downcast::<PyStr>(vm) {
                Some(s) => newline_mode(vm, Some(&s.to_string_lossy()))?,
                None => {
                    let got = n.ty(vm).tp_name();
                    return Err(vm.type_error(format!("reconfigure() argument 'newline' must be str or None, not {got}")));
                }
            },
        };
        let flag = |o: Option<Ref<'_>>, old: bool| -> PyResult<bool> {
            match o {
                None => Ok(old),
                Some(o) => Ok(krait_object::convert::c_long(vm, o)? != 0),
            }
        };
        let line_buffering = flag(line_buffering, zelf.line_buffering.get())?;
        let write_through = flag(write_through, zelf.write_through.get())?;
        vm.call_method(zelf.r(), vm.names().flush, &[])?;
        let buffer = zelf.attached(vm)?;
        if encoding.is_some() || errors.is_some() || newline.is_some() {
            let new_errors = match (errors, encoding) {
                (Some(e), _) => e.to_owned(),
                (None, Some(_)) => "strict".to_owned(),
                (None, None) => zelf.errors_text(),
            };
            let new_encoding = match encoding {
                Some("locale") => super::super::open::locale_encoding(vm),
                Some(e) => e.to_owned(),
                None => zelf.encoding.borrow().clone(),
            };
            super::super::open::check_errors(vm, &new_errors)?;
            install(vm, zelf, buffer.r(), Settings { encoding: new_encoding, errors: new_errors }, mode)?;
            fix_encoder(vm, zelf, buffer.r())?;
        }
        zelf.line_buffering.set(line_buffering);
        zelf.write_through.set(write_through);
        Ok(())
    }
    #[pymethod]
    fn detach(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        let buffer = zelf.attached(vm)?;
        vm.call_method(zelf.r(), vm.names().flush, &[])?;
        drop(zelf.buffer.take());
        zelf.detached.set(true);
        Ok(buffer)
    }
    #[pymethod("write(text, /)")]
    fn write(vm: &Vm, zelf: &PyTextIOWrapper, text: &PyStr) -> PyResult<usize> {
        zelf.write(vm, text)
    }
    #[pymethod("read(size=-1, /)")]
    fn read(vm: &Vm, zelf: &PyTextIOWrapper, size: Size) -> PyResult<Py<PyStr>> {
        zelf.read(vm, size.0)
    }
    #[pymethod("readline(size=-1, /)")]
    fn readline(vm: &Vm, zelf: &PyTextIOWrapper, size: isize) -> PyResult<Py<PyStr>> {
        zelf.readline(vm, size)
    }
    #[pymethod]
    fn flush(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        let buffer = zelf.open_buffer(vm)?;
        zelf.telling.set(zelf.seekable.get());
        zelf.write_flush(vm, &buffer)?;
        vm.call_method(buffer.r(), vm.names().flush, &[])
    }
    #[pymethod]
    fn close(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<()> {
        zelf.close(vm)
    }
    #[pymethod]
    fn fileno(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        vm.call_method_str(zelf.attached(vm)?.r(), "fileno", &[])
    }
    #[pymethod]
    fn seekable(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        vm.call_method_str(zelf.attached(vm)?.r(), "seekable", &[])
    }
    #[pymethod]
    fn readable(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        vm.call_method_str(zelf.attached(vm)?.r(), "readable", &[])
    }
    #[pymethod]
    fn writable(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        vm.call_method_str(zelf.attached(vm)?.r(), "writable", &[])
    }
    #[pymethod]
    fn isatty(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        vm.call_method_str(zelf.attached(vm)?.r(), "isatty", &[])
    }
    /// Set the stream position, and return the new stream position.
    ///
    ///   cookie
    ///     Zero or an opaque number returned by tell().
    ///   whence
    ///     The relative position to seek from.
    ///
    /// Four operations are supported, given by the following argument
    /// combinations:
    ///
    /// - seek(0, SEEK_SET): Rewind to the start of the stream.
    /// - seek(cookie, SEEK_SET): Restore a previous position;
    ///   'cookie' must be a number returned by tell().
    /// - seek(0, SEEK_END): Fast-forward to the end of the stream.
    /// - seek(0, SEEK_CUR): Leave the current stream position unchanged.
    ///
    /// Any other argument combinations are invalid,
    /// and may raise exceptions.
    #[pymethod("seek(cookie, whence=0, /)")]
    fn seek(vm: &Vm, zelf: &PyTextIOWrapper, cookie: Ref<'_>, whence: i32) -> PyResult<Obj> {
        super::super::text_seek::seek(vm, zelf, cookie, whence)
    }
    /// Return the stream position as an opaque number.
    ///
    /// The return value of tell() can be given as input to seek(), to restore a
    /// previous stream position.
    #[pymethod]
    fn tell(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        super::super::text_seek::tell(vm, zelf)
    }
    #[pymethod("truncate(pos=None, /)")]
    fn truncate(vm: &Vm, zelf: &PyTextIOWrapper, pos: Ref<'_>) -> PyResult<Obj> {
        let buffer = zelf.attached(vm)?;
        vm.call_method(zelf.r(), vm.names().flush, &[])?;
        vm.call_method_str(buffer.r(), "truncate", &[pos])
    }
    #[pymethod("__getstate__()", nosig)]
    fn getstate(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        Err(cannot_pickle(vm, zelf.r()))
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        let ty = zelf.r().ty(vm).tp_name();
        if !zelf.ok.get() {
            zelf.attached(vm)?;
        }
        let Some(_guard) = krait_object::protocol::repr_guard::repr_enter(vm, zelf.r()) else {
            return Err(vm.runtime_error(format!("reentrant call inside {ty}.__repr__")));
        };
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str(&format!("<{ty}"));
        for name in [vm.names().name, vm.names().mode] {
            let value = match vm.getattr_opt(zelf.r(), name) {
                Ok(v) => v,
                Err(e) => {
                    drop(vm.catch(e, vm.types.value_error)?);
                    None
                }
            };
            if let Some(v) = value {
                out.push_str(&format!(" {name}="));
                out.push_pystr(&*vm.repr(v.r())?);
            }
        }
        let encoding = vm.str(&zelf.encoding.borrow());
        out.push_str(" encoding=");
        out.push_pystr(&*vm.repr(encoding.r())?);
        out.push_char('>');
        Ok(out.finish(vm).into_obj())
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Option<Obj>> {
        zelf.attached(vm)?;
        zelf.telling.set(false);
        let line = if zelf.r().is_exact::<PyTextIOWrapper>(vm) {
            zelf.readline(vm, -1)?
        } else {
            let line = vm.call_method(zelf.r(), vm.names().readline, &[])?;
            match line.downcast::<PyStr>(vm) {
                Ok(s) => s,
                Err(o) => {
                    let got = o.r().ty(vm).tp_name();
                    return Err(vm.os_error_msg(format!("readline() should have returned a str object, not '{got}'")));
                }
            }
        };
        if line.is_empty() {
            zelf.clear_snapshot();
            zelf.telling.set(zelf.seekable.get());
            return Ok(None);
        }
        Ok(Some(line.into_obj()))
    }
    #[member]
    fn encoding(vm: &Vm, zelf: &PyTextIOWrapper) -> Obj {
        if zelf.encoding.borrow().is_empty() { Obj::none() } else { vm.str(&zelf.encoding.borrow()) }
    }
    #[member]
    fn buffer(_vm: &Vm, zelf: &PyTextIOWrapper) -> Option<Obj> {
        peek(&zelf.buffer)
    }
    #[member]
    fn line_buffering(_vm: &Vm, zelf: &PyTextIOWrapper) -> bool {
        zelf.line_buffering.get()
    }
    #[member]
    fn write_through(_vm: &Vm, zelf: &PyTextIOWrapper) -> bool {
        zelf.write_through.get()
    }
    #[member("_finalizing")]
    fn finalizing(_vm: &Vm, zelf: &PyTextIOWrapper) -> bool {
        zelf.finalizing.get()
    }
    #[member_setter("_finalizing")]
    fn set_finalizing(vm: &Vm, zelf: &PyTextIOWrapper, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.finalizing.set(match value {
            Some(v) => vm.is_true(v)?,
            None => return Err(vm.type_error("can't delete numeric/char attribute")),
        });
        Ok(())
    }
    #[getter]
    fn name(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        vm.getattr(zelf.attached(vm)?.r(), vm.names().name)
    }
    #[getter]
    fn closed(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        vm.getattr(zelf.attached(vm)?.r(), vm.names().closed)
    }
    #[getter]
    fn newlines(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        zelf.attached(vm)?;
        if zelf.decoder.is_present() { zelf.decoder.newlines(vm) } else { Ok(Obj::none()) }
    }
    #[getter]
    fn errors(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<Obj> {
        if !zelf.ok.get() {
            zelf.attached(vm)?;
        }
        Ok(vm.str(&zelf.errors.borrow()))
    }
    #[getter("_CHUNK_SIZE")]
    fn chunk_size(vm: &Vm, zelf: &PyTextIOWrapper) -> PyResult<usize> {
        zelf.attached(vm)?;
        Ok(zelf.chunk_size.get())
    }
    #[setter("_CHUNK_SIZE")]
    fn set_chunk_size(vm: &Vm, zelf: &PyTextIOWrapper, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.attached(vm)?;
        let Some(v) = value else { return Err(vm.attribute_error_msg("cannot delete attribute")) };
        let n = vm.index_isize(v, vm.types.value_error)?;
        if n <= 0 {
            return Err(vm.value_error("a strictly positive integer is required"));
        }
        zelf.chunk_size.set(n as usize);
        Ok(())
    }
}
