//! `StringIO`: a text stream in memory.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::str::StrData;

use super::newline::{NewlineMode, NewlineState};

/// The text of a stream, in the narrowest width it has needed so far.
enum Text {
    Narrow(Vec<u8>),
    Wide(Vec<u32>),
}

impl Text {
    fn len(&self) -> usize {
        match self {
            Text::Narrow(v) => v.len(),
            Text::Wide(v) => v.len(),
        }
    }
    fn data(&self) -> StrData<'_> {
        match self {
            Text::Narrow(v) => StrData::Latin1(v),
            Text::Wide(v) => StrData::Ucs4(v),
        }
    }
    fn slice(&self, vm: &Vm, start: usize, end: usize) -> Py<PyStr> {
        match self {
            Text::Narrow(v) => PyStr::from_units(vm, &v[start..end]),
            Text::Wide(v) => PyStr::from_units(vm, &v[start..end]),
        }
    }
    fn truncate(&mut self, n: usize) {
        match self {
            Text::Narrow(v) => v.truncate(n),
            Text::Wide(v) => v.truncate(n),
        }
    }
    /// Overwrites from `pos` on, filling a gap with zeros. False if memory is exhausted.
    fn put(&mut self, pos: usize, s: &PyStr) -> bool {
        fn into<T: Copy + Default, S: Copy>(v: &mut Vec<T>, pos: usize, d: &[S], f: impl Fn(S) -> T) -> bool {
            let end = pos + d.len();
            if end > v.len() {
                if v.try_reserve(end - v.len()).is_err() {
                    return false;
                }
                if pos > v.len() {
                    v.resize(pos, T::default());
                }
            }
            let overlap = (v.len() - pos).min(d.len());
            for (dst, c) in v[pos..pos + overlap].iter_mut().zip(d) {
                *dst = f(*c);
            }
            v.extend(d[overlap..].iter().map(|c| f(*c)));
            true
        }
        if s.kind() > 1
            && let Text::Narrow(v) = self
        {
            *self = Text::Wide(v.iter().map(|c| u32::from(*c)).collect());
        }
        match (self, s.data()) {
            (Text::Narrow(v), StrData::Ascii(d) | StrData::Latin1(d)) => into(v, pos, d, |c| c),
            (Text::Wide(v), StrData::Ascii(d) | StrData::Latin1(d)) => into(v, pos, d, u32::from),
            (Text::Wide(v), StrData::Ucs2(d)) => into(v, pos, d, u32::from),
            (Text::Wide(v), StrData::Ucs4(d)) => into(v, pos, d, |c| c),
            (Text::Narrow(_), _) => false,
        }
    }
}

/// A text stream in memory.
#[repr(C)]
#[derive(Trace)]
pub struct PyStringIO {
    pub header: Header,
    #[trace(skip)]
    text: RefCell<Text>,
    #[trace(skip)]
    pos: Cell<usize>,
    #[trace(skip)]
    ok: Cell<bool>,
    #[trace(skip)]
    closed: Cell<bool>,
    #[trace(skip)]
    mode: Cell<NewlineMode>,
    #[trace(skip)]
    newlines: RefCell<NewlineState>,
}

impl PyStringIO {
    fn fresh() -> PyStringIO {
        PyStringIO {
            header: crate::util::no_header(),
            text: RefCell::new(Text::Narrow(Vec::new())),
            pos: Cell::new(0),
            ok: Cell::new(false),
            closed: Cell::new(false),
            mode: Cell::new(NewlineMode { given: Some("\n") }),
            newlines: RefCell::default(),
        }
    }
    fn check(&self, vm: &Vm) -> PyResult<()> {
        if !self.ok.get() {
            return Err(vm.value_error("I/O operation on uninitialized object"));
        }
        if self.closed.get() {
            return Err(vm.value_error("I/O operation on closed file"));
        }
        Ok(())
    }
    fn init(&self, vm: &Vm, value: Option<Py<PyStr>>, mode: NewlineMode) -> PyResult<()> {
        self.ok.set(false);
        *self.text.borrow_mut() = Text::Narrow(Vec::new());
        self.pos.set(0);
        self.mode.set(mode);
        *self.newlines.borrow_mut() = NewlineState::new(mode.translates());
        self.closed.set(false);
        self.ok.set(true);
        if let Some(v) = value.filter(|v| !v.is_empty()) {
            self.write(vm, &v)?;
        }
        self.pos.set(0);
        Ok(())
    }
    /// Writes text at the position, translating newlines.
    fn write(&self, vm: &Vm, s: &PyStr) -> PyResult<()> {
        let mode = self.mode.get();
        let exact = s.to_exact(vm);
        let mut text = exact.clone();
        if mode.universal() {
            text = self.newlines.borrow_mut().feed(vm, text, true);
        }
        if let Some(nl) = mode.written() {
            text = super::text::replace_newlines(vm, text, nl);
        }
        let pos = self.pos.get();
        if pos.checked_add(text.len()).is_none_or(|e| e > krait_object::str::MAX_LEN) {
            return Err(vm.overflow_error("new position too large"));
        }
        if !self.text.borrow_mut().put(pos, &text) {
            return Err(vm.memory_error());
        }
        self.pos.set(pos + text.len());
        Ok(())
    }
    fn read(&self, vm: &Vm, n: isize) -> Py<PyStr> {
        let text = self.text.borrow();
        let (len, pos) = (text.len(), self.pos.get());
        let have = len.saturating_sub(pos);
        let n = if n < 0 { have } else { have.min(n as usize) };
        if n == 0 {
            return PyStr::empty(vm).to_py();
        }
        self.pos.set(pos + n);
        text.slice(vm, pos, pos + n)
    }
    fn readline(&self, vm: &Vm, limit: isize) -> Py<PyStr> {
        let text = self.text.borrow();
        let (len, pos) = (text.len(), self.pos.get());
        if pos >= len {
            return PyStr::empty(vm).to_py();
        }
        let end = if limit >= 0 { len.min(pos.saturating_add(limit as usize)) } else { len };
        let rest = text.data().slice(pos, end);
        let n = self.mode.get().line_end().find(rest).unwrap_or(rest.len());
        self.pos.set(pos + n);
        text.slice(vm, pos, pos + n)
    }
}

/// Text I/O implementation using an in-memory buffer.
///
/// The initial_value argument sets the value of object.  The newline
/// argument is like the one of TextIOWrapper's constructor.
#[pyclass("StringIO", module = "_io", layout = PyStringIO, own, base = crate::io::base::text_io_base, flags(BASETYPE))]
pub mod string_io {
    use super::super::args::{Size, size_or_none};
    use super::{NewlineMode, PyStringIO};
    use krait_object::prelude::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Py<PyStringIO>> {
        crate::util::alloc_sub(vm, cls, PyStringIO::fresh())
    }
    #[pyinit("StringIO(initial_value='', newline='\\n')")]
    fn init(vm: &Vm, zelf: &PyStringIO, initial_value: Option<Ref<'_>>, newline: Option<Ref<'_>>) -> PyResult<()> {
        let text = |o: Ref<'_>| o.downcast::<PyStr>(vm).map(|s| s.to_py());
        let mode = match newline {
            None => NewlineMode::of(None),
            Some(o) => match text(o) {
                Some(s) => NewlineMode::of(Some(&s.to_string_lossy())),
                None => {
                    return Err(vm.type_error(format!("newline must be str or None, not {}", o.ty(vm).tp_name())));
                }
            },
        };
        let Some(mode) = mode else {
            let shown = vm.repr_text(newline.unwrap_or(vm.none()))?;
            return Err(vm.value_error(format!("illegal newline value: {shown}")));
        };
        let value = match initial_value {
            None => None,
            Some(o) => match text(o) {
                Some(s) => Some(s),
                None => {
                    let got = o.ty(vm).tp_name();
                    return Err(vm.type_error(format!("initial_value must be str or None, not {got}")));
                }
            },
        };
        zelf.init(vm, value, mode)
    }
    /// Retrieve the entire contents of the object.
    #[pymethod]
    fn getvalue(vm: &Vm, zelf: &PyStringIO) -> PyResult<Py<PyStr>> {
        zelf.check(vm)?;
        let text = zelf.text.borrow();
        Ok(text.slice(vm, 0, text.len()))
    }
    /// Tell the current file position.
    #[pymethod]
    fn tell(vm: &Vm, zelf: &PyStringIO) -> PyResult<usize> {
        zelf.check(vm)?;
        Ok(zelf.pos.get())
    }
    /// Read at most size characters, returned as a string.
    ///
    /// If the argument is negative or omitted, read until EOF
    /// is reached. Return an empty string at EOF.
    #[pymethod("read(size=-1, /)")]
    fn read(vm: &Vm, zelf: &PyStringIO, size: Size) -> PyResult<Py<PyStr>> {
        zelf.check(vm)?;
        Ok(zelf.read(vm, size.0))
    }
    /// Read until newline or EOF.
    ///
    /// Returns an empty string if EOF is hit immediately.
    #[pymethod("readline(size=-1, /)")]
    fn readline(vm: &Vm, zelf: &PyStringIO, size: Size) -> PyResult<Py<PyStr>> {
        zelf.check(vm)?;
        Ok(zelf.readline(vm, size.0))
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyStringIO) -> PyResult<Option<Obj>> {
        zelf.check(vm)?;
        let line = if zelf.r().is_exact::<PyStringIO>(vm) {
            zelf.readline(vm, -1).into_obj()
        } else {
            let line = vm.call_method(zelf.r(), vm.names().readline, &[])?;
            if !line.r().is_instance_of::<PyStr>(vm) {
                return Err(vm.os_error_msg(format!("readline() should have returned an str object, not '{}'", line.r().ty(vm).tp_name())));
            }
            line
        };
        Ok(if vm.len(line.r())? == 0 { None } else { Some(line) })
    }
    /// Truncate size to pos.
    ///
    /// The pos argument defaults to the current file position, as
    /// returned by tell().  The current file position is unchanged.
    /// Returns the new absolute position.
    #[pymethod("truncate(pos=None, /)")]
    fn truncate(vm: &Vm, zelf: &PyStringIO, pos: Ref<'_>) -> PyResult<isize> {
        zelf.check(vm)?;
        let n = size_or_none(vm, pos)?.unwrap_or(zelf.pos.get() as isize);
        if n < 0 {
            return Err(vm.value_error(format!("Negative size value {n}")));
        }
        zelf.text.borrow_mut().truncate(n as usize);
        Ok(n)
    }
    /// Change stream position.
    ///
    /// Seek to character offset pos relative to position indicated by whence:
    ///     0  Start of stream (the default).  pos should be >= 0;
    ///     1  Current position - pos must be 0;
    ///     2  End of stream - pos must be 0.
    /// Returns the new absolute position.
    #[pymethod("seek(pos, whence=0, /)")]
    fn seek(vm: &Vm, zelf: &PyStringIO, pos: isize, whence: i32) -> PyResult<usize> {
        zelf.check(vm)?;
        match whence {
            0 if pos < 0 => return Err(vm.value_error(format!("Negative seek position {pos}"))),
            0 => zelf.pos.set(pos as usize),
            1 | 2 if pos != 0 => return Err(vm.os_error_msg("Can't do nonzero cur-relative seeks")),
            1 => {}
            2 => zelf.pos.set(zelf.text.borrow().len()),
            _ => return Err(vm.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)"))),
        }
        Ok(zelf.pos.get())
    }
    /// Write string to file.
    ///
    /// Returns the number of characters written, which is always equal to
    /// the length of the string.
    #[pymethod("write(s, /)")]
    fn write(vm: &Vm, zelf: &PyStringIO, s: Ref<'_>) -> PyResult<usize> {
        if !zelf.ok.get() {
            zelf.check(vm)?;
        }
        let Some(s) = s.downcast::<PyStr>(vm) else {
            return Err(vm.type_error(format!("string argument expected, got '{}'", s.ty(vm).tp_name())));
        };
        zelf.check(vm)?;
        if !s.is_empty() {
            zelf.write(vm, s)?;
        }
        Ok(s.len())
    }
    /// Close the IO object.
    ///
    /// Attempting any further operation after the object is closed
    /// will raise a ValueError.
    ///
    /// This method has no effect if the file is already closed.
    #[pymethod]
    fn close(_vm: &Vm, zelf: &PyStringIO) {
        zelf.closed.set(true);
        zelf.text.borrow_mut().truncate(0);
    }
    /// Returns True if the IO object can be read.
    #[pymethod]
    fn readable(vm: &Vm, zelf: &PyStringIO) -> PyResult<bool> {
        zelf.check(vm)?;
        Ok(true)
    }
    /// Returns True if the IO object can be written.
    #[pymethod]
    fn writable(vm: &Vm, zelf: &PyStringIO) -> PyResult<bool> {
        zelf.check(vm)?;
        Ok(true)
    }
    /// Returns True if the IO object can be seeked.
    #[pymethod]
    fn seekable(vm: &Vm, zelf: &PyStringIO) -> PyResult<bool> {
        zelf.check(vm)?;
        Ok(true)
    }
    #[pymethod("__getstate__()", nosig)]
    fn getstate(vm: &Vm, zelf: &PyStringIO) -> PyResult<Obj> {
        let value = getvalue(vm, zelf)?;
        let newline = zelf.mode.get().given.map_or_else(Obj::none, |g| vm.str(g));
        let mut dict = Obj::none();
        if let Some(a) = krait_object::instance::attrs_of(zelf.r()) {
            let items = a.items(vm);
            if !items.is_empty() {
                let d = PyDict::new(vm);
                for (k, v) in items {
                    d.set(vm, k.r(), v.r())?;
                }
                dict = d.into_obj();
            }
        }
        Ok(vm.tuple(vec![value.into_obj(), newline, vm.int_usize(zelf.pos.get()), dict]))
    }
    #[pymethod("__setstate__(state, /)", nosig)]
    fn setstate(vm: &Vm, zelf: &PyStringIO, state: Ref<'_>) -> PyResult<()> {
        if zelf.closed.get() {
            zelf.check(vm)?;
        }
        let ty = zelf.r().ty(vm).tp_name();
        let Some([value, newline, pos, dict]) = state.downcast::<PyTuple>(vm).map(|t| t.as_slice()).and_then(<[Obj]>::first_chunk::<4>)
        else {
            let got = state.ty(vm).tp_name();
            return Err(vm.type_error(format!("{ty}.__setstate__ argument should be 4-tuple, got {got}")));
        };
        let some = |o: &Obj| !o.r().is_none();
        init(vm, zelf, some(value).then(|| value.r()), some(newline).then(|| newline.r()))?;
        if let Some(s) = value.r().downcast::<PyStr>(vm) {
            // The value was translated when it was written first.
            let mut text = zelf.text.borrow_mut();
            text.truncate(0);
            text.put(0, s);
        }
        if pos.r().as_int(vm).is_none() {
            let got = pos.r().ty(vm).tp_name();
            return Err(vm.type_error(format!("third item of state must be an integer, got {got}")));
        }
        let pos = krait_object::convert::c_ssize_t(vm, pos.r())?;
        if pos < 0 {
            return Err(vm.value_error("position value cannot be negative"));
        }
        zelf.pos.set(pos as usize);
        super::super::bytesio::bytes_io::restore_dict(vm, zelf.r(), dict.r(), "fourth item of state should be a dict, got a")
    }
    #[getter]
    fn closed(vm: &Vm, zelf: &PyStringIO) -> PyResult<bool> {
        if !zelf.ok.get() {
            zelf.check(vm)?;
        }
        Ok(zelf.closed.get())
    }
    #[getter]
    fn line_buffering(vm: &Vm, zelf: &PyStringIO) -> PyResult<bool> {
        zelf.check(vm)?;
        Ok(false)
    }
    #[getter]
    fn newlines(vm: &Vm, zelf: &PyStringIO) -> PyResult<Obj> {
        zelf.check(vm)?;
        Ok(if zelf.mode.get().universal() { zelf.newlines.borrow().newlines(vm) } else { Obj::none() })
    }
}
