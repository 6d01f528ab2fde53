//! Universal newlines: the translation itself, and `IncrementalNewlineDecoder`.

use std::cell::{Cell, RefCell};

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::str::{StrBuilder, StrData, Unit};

/// Which line ends have been seen.
pub const SEEN_CR: u8 = 1;
pub const SEEN_LF: u8 = 2;
pub const SEEN_CRLF: u8 = 4;

/// A newline translation in progress.
#[derive(Clone, Default)]
pub struct NewlineState {
    pub translate: bool,
    /// The last input ended in a carriage return whose kind is not yet known.
    pub pending_cr: bool,
    pub seen: u8,
}

impl NewlineState {
    pub fn new(translate: bool) -> NewlineState {
        NewlineState { translate, ..NewlineState::default() }
    }
    /// Takes decoded text in; gives the text to hand out now.
    pub fn feed(&mut self, vm: &Vm, text: Py<PyStr>, last: bool) -> Py<PyStr> {
        let mut text = text;
        if self.pending_cr && (last || !text.is_empty()) {
            let mut b = StrBuilder::with_capacity(text.len() + 1);
            b.push(13);
            b.push_pystr(&text);
            text = b.finish(vm);
            self.pending_cr = false;
        }
        let n = text.len();
        if !last && n > 0 && text.char_at(n - 1) == 13 {
            text = text.substring(vm, 0, n - 1);
            self.pending_cr = true;
        }
        if text.is_empty() {
            return text;
        }
        let has_cr = find_char(text.data(), 13).is_some();
        if !has_cr {
            if self.seen & SEEN_LF == 0 && find_char(text.data(), 10).is_some() {
                self.seen |= SEEN_LF;
            }
            return text;
        }
        match text.data() {
            StrData::Ascii(d) | StrData::Latin1(d) => self.scan(vm, &text, d),
            StrData::Ucs2(d) => self.scan(vm, &text, d),
            StrData::Ucs4(d) => self.scan(vm, &text, d),
        }
    }
    fn scan<T: Unit>(&mut self, vm: &Vm, text: &PyStr, d: &[T]) -> Py<PyStr> {
        let mut out: Vec<T> = Vec::with_capacity(if self.translate { d.len() } else { 0 });
        let lf = T::try_from(10).unwrap_or_default();
        let mut i = 0;
        while i < d.len() {
            let rest = &d[i..];
            let stop = rest.iter().position(|c| matches!((*c).into(), 10 | 13)).unwrap_or(rest.len());
            if self.translate {
                out.extend_from_slice(&rest[..stop]);
            }
            let Some(c) = rest.get(stop) else { break };
            i += stop + 1;
            if (*c).into() == 10 {
                self.seen |= SEEN_LF;
            } else if d.get(i).is_some_and(|c| (*c).into() == 10) {
                self.seen |= SEEN_CRLF;
                i += 1;
            } else {
                self.seen |= SEEN_CR;
            }
            if self.translate {
                out.push(lf);
            }
        }
        if self.translate { PyStr::from_units(vm, &out) } else { text.to_py() }
    }
    /// The `newlines` attribute.
    pub fn newlines(&self, vm: &Vm) -> Obj {
        let kinds: Vec<Obj> = [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")]
            .iter()
            .filter(|(bit, _)| self.seen & bit != 0)
            .map(|(_, s)| vm.intern(s).into_obj())
            .collect();
        match kinds.len() {
            0 => Obj::none(),
            1 => kinds[0].clone(),
            _ => vm.tuple(kinds),
        }
    }
    /// Back to the start.
    pub fn reset(&mut self) {
        self.seen = 0;
        self.pending_cr = false;
    }
}

/// First place of a code point below 128.
pub fn find_char(d: StrData<'_>, c: u8) -> Option<usize> {
    match d {
        StrData::Ascii(d) | StrData::Latin1(d) => memchr::memchr(c, d),
        StrData::Ucs2(d) => u16::find_unit(d, c.into()),
        StrData::Ucs4(d) => u32::find_unit(d, c.into()),
    }
}

/// Where lines end when reading.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum LineEnd {
    /// Only at line feeds (newlines are translated, or nothing else counts).
    Lf,
    /// At any of the three.
    Universal,
    /// At carriage returns.
    Cr,
    /// At the pair.
    CrLf,
}

impl LineEnd {
    /// The end of the first line in `d` (its terminator included), or how much of `d` can be put
    /// aside without missing a terminator that continues in later text.
    pub fn find(self, d: StrData<'_>) -> Result<usize, usize> {
        let n = d.len();
        match self {
            LineEnd::Lf => find_char(d, 10).map(|i| i + 1).ok_or(n),
            LineEnd::Cr => find_char(d, 13).map(|i| i + 1).ok_or(n),
            LineEnd::CrLf => {
                let mut at = 0;
                while let Some(i) = find_char(d.slice(at, n), 13) {
                    let i = at + i;
                    if i + 1 == n {
                        return Err(i);
                    }
                    if d.at(i + 1) == 10 {
                        return Ok(i + 2);
                    }
                    at = i + 1;
                }
                Err(n)
            }
            LineEnd::Universal => {
                let lf = find_char(d, 10);
                let most = lf.unwrap_or(n);
                match find_char(d.slice(0, most), 13) {
                    Some(i) if i + 1 == most && lf.is_some() => Ok(i + 2),
                    Some(i) => Ok(i + 1),
                    None => lf.map(|i| i + 1).ok_or(n),
                }
            }
        }
    }
}

/// A stream's `newline` argument, understood.
#[derive(Copy, Clone, PartialEq, Eq)]
pub struct NewlineMode {
    /// As given; `None` for None.
    pub given: Option<&'static str>,
}

impl NewlineMode {
    /// `None` if the value is illegal.
    pub fn of(newline: Option<&str>) -> Option<NewlineMode> {
        let given = match newline {
            None => None,
            Some("") => Some(""),
            Some("\n") => Some("\n"),
            Some("\r") => Some("\r"),
            Some("\r\n") => Some("\r\n"),
            Some(_) => return None,
        };
        Some(NewlineMode { given })
    }
    /// All three line ends are recognised when reading.
    pub fn universal(self) -> bool {
        matches!(self.given, None | Some(""))
    }
    /// They are translated to line feeds.
    pub fn translates(self) -> bool {
        self.given.is_none()
    }
    pub fn line_end(self) -> LineEnd {
        match self.given {
            None | Some("\n") => LineEnd::Lf,
            Some("\r") => LineEnd::Cr,
            Some("\r\n") => LineEnd::CrLf,
            Some(_) => LineEnd::Universal,
        }
    }
    /// What line feeds become when writing; `None`: they stay.
    pub fn written(self) -> Option<&'static str> {
        self.given.filter(|g| g.starts_with('\r'))
    }
}

/// A decoder that translates newlines, around another decoder or None.
#[repr(C)]
#[derive(Trace)]
pub struct PyIncrementalNewlineDecoder {
    pub header: Header,
    decoder: Cell<Option<Obj>>,
    #[trace(skip)]
    ready: Cell<bool>,
    #[trace(skip)]
    state: RefCell<NewlineState>,
}

/// Codec used when reading a file in universal newlines mode.
///
/// It wraps another incremental decoder, translating \r\n and \r into \n.
/// It also records the types of newlines encountered.  When used with
/// translate=False, it ensures that the newline sequence is returned in
/// one piece. When used with decoder=None, it expects unicode strings as
/// decode input and translates newlines without first invoking an external
/// decoder.
#[pyclass("IncrementalNewlineDecoder", module = "_io", layout = PyIncrementalNewlineDecoder, own, flags(BASETYPE))]
pub mod incremental_newline_decoder {
    use super::{NewlineState, PyIncrementalNewlineDecoder};
    use krait_object::exception::peek;
    use krait_object::prelude::*;
    use std::cell::{Cell, RefCell};

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Py<PyIncrementalNewlineDecoder>> {
        let d = PyIncrementalNewlineDecoder {
            header: crate::util::no_header(),
            decoder: Cell::new(None),
            ready: Cell::new(false),
            state: RefCell::default(),
        };
        crate::util::alloc_sub(vm, cls, d)
    }
    #[pyinit("IncrementalNewlineDecoder(decoder, translate, errors='strict')")]
    fn init(_vm: &Vm, zelf: &PyIncrementalNewlineDecoder, decoder: Ref<'_>, translate: bool, _errors: Ref<'_>) {
        let old = zelf.decoder.replace(if decoder.is_none() { None } else { Some(decoder.to_obj()) });
        *zelf.state.borrow_mut() = NewlineState::new(translate);
        zelf.ready.set(true);
        drop(old);
    }
    #[slot(clear)]
    fn clear(_vm: &Vm, zelf: &PyIncrementalNewlineDecoder) {
        drop(zelf.decoder.take());
    }
    fn check(vm: &Vm, zelf: &PyIncrementalNewlineDecoder) -> PyResult<()> {
        if zelf.ready.get() {
            return Ok(());
        }
        Err(vm.value_error("IncrementalNewlineDecoder.__init__() not called"))
    }
    #[pymethod("decode(input, final=False)")]
    fn decode(vm: &Vm, zelf: &PyIncrementalNewlineDecoder, input: Ref<'_>, last: bool) -> PyResult<Obj> {
        check(vm, zelf)?;
        let text = match peek(&zelf.decoder) {
            Some(d) => {
                let flag = Obj::bool(last);
                vm.call_method_str(d.r(), "decode", &[input, flag.r()])?
            }
            None => input.to_obj(),
        };
        match text.downcast::<PyStr>(vm) {
            Ok(s) => {
                // The input outlives the borrow: its finaliser may be anyone's code.
                let keep = s.clone();
                let out = zelf.state.borrow_mut().feed(vm, s, last);
                drop(keep);
                Ok(out.into_obj())
            }
            Err(o) => Err(vm.type_error(format!("decoder should return a string result, not '{}'", o.r().ty(vm).tp_name()))),
        }
    }
    #[pymethod]
    fn getstate(vm: &Vm, zelf: &PyIncrementalNewlineDecoder) -> PyResult<Obj> {
        check(vm, zelf)?;
        let (buffer, flag) = match peek(&zelf.decoder) {
            Some(d) => {
                let s = vm.call_method_str(d.r(), "getstate", &[])?;
                match s.r().downcast::<PyTuple>(vm).map(|t| t.as_slice()) {
                    Some([b, f]) => (b.clone(), krait_object::convert::c_long(vm, f.r())?),
                    _ => return Err(vm.type_error("illegal decoder state")),
                }
            }
            None => (vm.bytes(b""), 0),
        };
        let cr = zelf.state.borrow().pending_cr;
        Ok(vm.tuple(vec![buffer, vm.int(i128::from(flag) << 1 | i128::from(cr))]))
    }
    #[pymethod("setstate(state, /)")]
    fn setstate(vm: &Vm, zelf: &PyIncrementalNewlineDecoder, state: Ref<'_>) -> PyResult<()> {
        check(vm, zelf)?;
        let Some(t) = state.downcast::<PyTuple>(vm) else {
            return Err(vm.type_error("state argument must be a tuple"));
        };
        let [buffer, flag] = t.as_slice() else {
            return Err(vm.type_error("illegal state argument"));
        };
        let flag = krait_object::convert::c_long(vm, flag.r())?;
        zelf.state.borrow_mut().pending_cr = flag & 1 != 0;
        if let Some(d) = peek(&zelf.decoder) {
            let inner = vm.tuple(vec![buffer.clone(), vm.int_i64(flag >> 1)]);
            vm.call_method_str(d.r(), "setstate", &[inner.r()])?;
        }
        Ok(())
    }
    #[pymethod]
    fn reset(vm: &Vm, zelf: &PyIncrementalNewlineDecoder) -> PyResult<()> {
        check(vm, zelf)?;
        zelf.state.borrow_mut().reset();
        if let Some(d) = peek(&zelf.decoder) {
            vm.call_method(d.r(), vm.names().reset, &[])?;
        }
        Ok(())
    }
    #[getter]
    fn newlines(vm: &Vm, zelf: &PyIncrementalNewlineDecoder) -> PyResult<Obj> {
        check(vm, zelf)?;
        Ok(zelf.state.borrow().newlines(vm))
    }
}
