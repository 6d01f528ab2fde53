//! `TextIOWrapper`: text over a binary stream. State, reading and writing.
//!
//! Decoded text waits in `decoded`, of which `used` characters have been handed out. `snapshot`
//! remembers the decoder's state and the bytes that gave the waiting text, from which `tell`
//! works out a position. Encoded bytes wait in `pending` until there are enough of them.

use std::cell::{Cell, RefCell};

use krait_macros::Trace;
use krait_object::bytes::PyBytes;
use krait_object::exception::peek;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::args::{attr_true, call_retry, unsupported};
use super::buffered_classes::{PyBufferedReader, PyBufferedWriter};
use super::newline::{NewlineMode, find_char};
use super::text_codec::{TextDecoder, TextEncoder};

/// A text stream.
#[repr(C)]
#[derive(Trace)]
pub struct PyTextIOWrapper {
    pub header: Header,
    pub buffer: Cell<Option<Obj>>,
    #[trace(skip)]
    pub ok: Cell<bool>,
    #[trace(skip)]
    pub detached: Cell<bool>,
    #[trace(skip)]
    pub chunk_size: Cell<usize>,
    #[trace(skip)]
    pub encoding: RefCell<String>,
    #[trace(skip)]
    pub errors: RefCell<String>,
    #[trace(skip)]
    pub mode: Cell<NewlineMode>,
    #[trace(skip)]
    pub line_buffering: Cell<bool>,
    #[trace(skip)]
    pub write_through: Cell<bool>,
    #[trace(skip)]
    pub seekable: Cell<bool>,
    #[trace(skip)]
    pub telling: Cell<bool>,
    #[trace(skip)]
    pub has_read1: Cell<bool>,
    #[trace(skip)]
    pub finalizing: Cell<bool>,
    pub decoder: TextDecoder,
    pub encoder: TextEncoder,
    #[trace(skip)]
    pub pending: RefCell<Vec<u8>>,
    pub decoded: Cell<Option<Py<PyStr>>>,
    #[trace(skip)]
    pub used: Cell<usize>,
    /// Decoder flags, and the bytes read since.
    pub snapshot: RefCell<Option<(i64, Obj)>>,
    /// Bytes per character, roughly.
    #[trace(skip)]
    pub ratio: Cell<f64>,
}

/// Replaces line feeds.
pub fn replace_newlines(vm: &Vm, text: Py<PyStr>, with: &str) -> Py<PyStr> {
    let mut at = match find_char(text.data(), 10) {
        Some(i) => i,
        None => return text,
    };
    let mut out = StrBuilder::with_capacity(text.len() + 16);
    let mut from = 0;
    loop {
        out.push_range(&text, from, at);
        out.push_str(with);
        from = at + 1;
        match find_char(text.data().slice(from, text.len()), 10) {
            Some(i) => at = from + i,
            None => break,
        }
    }
    out.push_range(&text, from, text.len());
    out.finish(vm)
}

impl PyTextIOWrapper {
    pub fn fresh() -> PyTextIOWrapper {
        PyTextIOWrapper {
            header: crate::util::no_header(),
            buffer: Cell::new(None),
            ok: Cell::new(false),
            detached: Cell::new(false),
            chunk_size: Cell::new(8192),
            encoding: RefCell::default(),
            errors: RefCell::default(),
            mode: Cell::new(NewlineMode { given: None }),
            line_buffering: Cell::new(false),
            write_through: Cell::new(false),
            seekable: Cell::new(false),
            telling: Cell::new(false),
            has_read1: Cell::new(false),
            finalizing: Cell::new(false),
            decoder: TextDecoder::default(),
            encoder: TextEncoder::default(),
            pending: RefCell::default(),
            decoded: Cell::new(None),
            used: Cell::new(0),
            snapshot: RefCell::default(),
            ratio: Cell::new(0.0),
        }
    }
    /// The underlying stream, or an error if there is none.
    #[inline]
    pub fn attached(&self, vm: &Vm) -> PyResult<Obj> {
        match (self.ok.get(), peek(&self.buffer)) {
            (true, Some(b)) => Ok(b),
            _ if self.detached.get() => Err(vm.value_error("underlying buffer has been detached")),
            _ => Err(vm.value_error("I/O operation on uninitialized object")),
        }
    }
    pub fn is_closed(&self, vm: &Vm, buffer: &Obj) -> PyResult<bool> {
        if let Some(w) = buffer.r().downcast_exact::<PyBufferedWriter>(vm) {
            return w.b.is_closed(vm);
        }
        if let Some(r) = buffer.r().downcast_exact::<PyBufferedReader>(vm) {
            return r.b.is_closed(vm);
        }
        attr_true(vm, buffer.r(), "closed")
    }
    /// The underlying stream, which must be open.
    #[inline]
    pub fn open_buffer(&self, vm: &Vm) -> PyResult<Obj> {
        let buffer = self.attached(vm)?;
        let closed =
            if self.r().is_exact::<PyTextIOWrapper>(vm) { self.is_closed(vm, &buffer)? } else { attr_true(vm, self.r(), "closed")? };
        if closed {
            return Err(vm.value_error("I/O operation on closed file."));
        }
        Ok(buffer)
    }
    pub fn errors_text(&self) -> String {
        self.errors.borrow().clone()
    }
    /// Replaces the text that waits to be read.
    pub fn set_decoded(&self, text: Option<Py<PyStr>>) {
        self.used.set(0);
        drop(self.decoded.replace(text));
    }
    pub fn clear_snapshot(&self) {
        let old = self.snapshot.borrow_mut().take();
        drop(old);
    }
    /// Waiting text without taking it.
    fn waiting(&self) -> Option<Py<PyStr>> {
        let t = self.decoded.take();
        let r = t.clone();
        self.decoded.set(t);
        r
    }
    /// At most `n` waiting characters, consumed.
    fn take_decoded(&self, vm: &Vm, n: usize) -> Py<PyStr> {
        let Some(t) = self.waiting() else { return PyStr::empty(vm).to_py() };
        let from = self.used.get().min(t.len());
        let to = from.saturating_add(n).min(t.len());
        self.used.set(to);
        if from == 0 && to == t.len() { t } else { t.substring(vm, from, to) }
    }

    /// Writes out pending bytes.
    pub fn write_flush(&self, vm: &Vm, buffer: &Obj) -> PyResult<()> {
        let data = std::mem::take(&mut *self.pending.borrow_mut());
        if data.is_empty() {
            return Ok(());
        }
        if let Some(w) = buffer.r().downcast_exact::<PyBufferedWriter>(vm) {
            return w.b.write(vm, &data).map(drop);
        }
        let b = vm.bytes(&data);
        call_retry(vm, buffer.r(), "write", &[b.r()]).map(drop)
    }
    pub fn write(&self, vm: &Vm, text: &PyStr) -> PyResult<usize> {
        let buffer = self.open_buffer(vm)?;
        if !self.encoder.is_present() {
            return Err(unsupported(vm, "not writable"));
        }
        let n = text.len();
        let newline = self.mode.get().written();
        let line_buffering = self.line_buffering.get();
        let mut has_lf = false;
        if newline.is_some() || line_buffering {
            has_lf = find_char(text.data(), 10).is_some();
        }
        let translated;
        let text = match newline {
            Some(nl) if has_lf => {
                translated = replace_newlines(vm, text.to_exact(vm), nl);
                &*translated
            }
            _ => text,
        };
        let flush_text = self.write_through.get();
        let flush_all = line_buffering && (has_lf || find_char(text.data(), 13).is_some());
        let chunk = self.chunk_size.get();
        let owned;
        let bytes: &[u8] = match text.as_ascii() {
            Some(a) if self.encoder.is_ascii_superset() => a.as_bytes(),
            _ => {
                owned = self.encoder.encode(vm, text, &self.errors_text())?;
                &owned
            }
        };
        // Writing out may bring in more: the buffer's `write` may be anyone's code.
        loop {
            let waiting = self.pending.borrow().len();
            if waiting == 0 || waiting + bytes.len() <= chunk {
                break;
            }
            self.write_flush(vm, &buffer)?;
        }
        self.pending.borrow_mut().extend_from_slice(bytes);
        if self.pending.borrow().len() >= chunk || flush_all || flush_text {
            self.write_flush(vm, &buffer)?;
        }
        if flush_all {
            vm.call_method(buffer.r(), vm.names().flush, &[])?;
        }
        if self.snapshot.borrow().is_some() {
            self.set_decoded(None);
            self.clear_snapshot();
        }
        if self.decoder.is_present() {
            self.decoder.reset(vm)?;
        }
        Ok(n)
    }

    /// Reads and decodes more; false at the end of the file.
    pub fn read_chunk(&self, vm: &Vm, hint: usize) -> PyResult<bool> {
        let buffer = self.attached(vm)?;
        if !self.decoder.is_present() {
            return Err(unsupported(vm, "not readable"));
        }
        let before = if self.telling.get() { Some(self.decoder.get_state(vm)?) } else { None };
        let hint = if hint > 0 { (self.ratio.get().max(1.0) * hint as f64) as usize } else { 0 };
        let size = self.chunk_size.get().max(hint);
        let input = match buffer.r().downcast_exact::<PyBufferedReader>(vm) {
            Some(r) => r.b.read1(vm, size as isize)?,
            None => {
                let method = if self.has_read1.get() { "read1" } else { "read" };
                let got = vm.call_method_str(buffer.r(), method, &[vm.int_usize(size).r()])?;
                if !krait_object::buffer::has_buffer(vm, got.r()) {
                    return Err(vm.type_error(format!(
                        "underlying {method}() should have returned a bytes-like object, not '{}'",
                        got.r().ty(vm).tp_name()
                    )));
                }
                got
            }
        };
        let nbytes = krait_object::buffer::with_bytes(vm, input.r(), <[u8]>::len)?;
        let eof = nbytes == 0;
        let text = self.decoder.decode(vm, input.r(), &self.errors_text(), eof)?;
        let nchars = text.len();
        self.ratio.set(if nchars > 0 { nbytes as f64 / nchars as f64 } else { 0.0 });
        self.set_decoded(Some(text));
        if let Some((carry, flags)) = before {
            let next = match carry.r().downcast::<PyBytes>(vm) {
                Some(c) if !c.is_empty() => krait_object::buffer::with_bytes(vm, input.r(), |d| vm.bytes(&[c.as_slice(), d].concat()))?,
                _ if input.r().is_exact::<PyBytes>(vm) => input,
                _ => krait_object::buffer::with_bytes(vm, input.r(), |d| vm.bytes(d))?,
            };
            let old = self.snapshot.borrow_mut().replace((flags, next));
            drop(old);
        }
        Ok(!eof || nchars > 0)
    }
    pub fn read(&self, vm: &Vm, n: isize) -> PyResult<Py<PyStr>> {
        let buffer = self.open_buffer(vm)?;
        if !self.decoder.is_present() {
            return Err(unsupported(vm, "not readable"));
        }
        self.write_flush(vm, &buffer)?;
        if n < 0 {
            let data = vm.call_method(buffer.r(), vm.names().read, &[])?;
            if data.r().is_none() {
                return Err(vm.raise_msg(vm.types.blocking_io_error, "Read returned None."));
            }
            let text = self.decoder.decode(vm, data.r(), &self.errors_text(), true)?;
            let head = self.take_decoded(vm, usize::MAX);
            let all = if head.is_empty() { text } else { head.concat(vm, &text)? };
            if self.snapshot.borrow().is_some() {
                self.set_decoded(None);
                self.clear_snapshot();
            }
            return Ok(all);
        }
        let n = n as usize;
        let first = self.take_decoded(vm, n);
        if first.len() == n {
            return Ok(first);
        }
        let mut out = StrBuilder::with_capacity(n.min(1 << 20));
        out.push_pystr(&first);
        while out.len() < n {
            if !self.read_chunk(vm, n - out.len())? {
                break;
            }
            out.push_pystr(&self.take_decoded(vm, n - out.len()));
        }
        Ok(out.finish(vm))
    }
    /// A line of at most `limit` characters, if not negative.
    pub fn readline(&self, vm: &Vm, limit: isize) -> PyResult<Py<PyStr>> {
        let buffer = self.open_buffer(vm)?;
        if !self.pending.borrow().is_empty() {
            self.write_flush(vm, &buffer)?;
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let ends = self.mode.get().line_end();
        if let Some(t) = self.waiting() {
            let from = self.used.get().min(t.len());
            let rest = t.data().slice(from, t.len());
            if let Ok(n) = ends.find(rest) {
                let n = n.min(limit);
                self.used.set(from + n);
                return Ok(if n == t.len() { t } else { t.substring(vm, from, from + n) });
            }
        }
        self.long_line(vm, limit)
    }
    /// A line that the waiting text does not end.
    fn long_line(&self, vm: &Vm, limit: usize) -> PyResult<Py<PyStr>> {
        let ends = self.mode.get().line_end();
        let mut out = StrBuilder::new();
        // A carriage return that may be half of a terminator.
        let mut held: Option<Py<PyStr>> = None;
        loop {
            let mut text = self.take_decoded(vm, usize::MAX);
            if text.is_empty() {
                if !self.read_chunk(vm, 0)? {
                    break;
                }
                continue;
            }
            if let Some(h) = held.take() {
                text = h.concat(vm, &text)?;
            }
            let room = limit - out.len();
            let (n, done) = match ends.find(text.data()) {
                Ok(n) => (n, true),
                Err(n) => (n, false),
            };
            if done || n >= room {
                let n = n.min(room);
                out.push_range(&text, 0, n);
                let rest = text.substring(vm, n, text.len());
                self.put_back(vm, rest);
                return Ok(out.finish(vm));
            }
            out.push_range(&text, 0, n);
            if n < text.len() {
                held = Some(text.substring(vm, n, text.len()));
            }
        }
        // The end of the file ends the line.
        self.set_decoded(None);
        self.clear_snapshot();
        if let Some(h) = held {
            let n = h.len().min(limit - out.len());
            out.push_range(&h, 0, n);
        }
        Ok(out.finish(vm))
    }
    /// Puts the unread rest of a line's chunk back. The chunk is kept whole where possible, so
    /// that `tell` can count its characters.
    fn put_back(&self, _vm: &Vm, rest: Py<PyStr>) {
        if let Some(t) = self.waiting()
            && t.len() >= rest.len()
        {
            self.used.set(t.len() - rest.len());
            return;
        }
        self.set_decoded(Some(rest));
    }
    pub fn close(&self, vm: &Vm) -> PyResult<()> {
        let buffer = self.attached(vm)?;
        if attr_true(vm, self.r(), "closed")? || self.detached.get() {
            return Ok(());
        }
        if self.finalizing.get()
            && let Err(e) = vm.call_method_str(buffer.r(), "_dealloc_warn", &[self.r()])
        {
            drop(vm.take_raised(e));
        }
        let flushed = vm.call_method(self.r(), vm.names().flush, &[]).map(drop);
        super::args::also(vm, flushed, || vm.call_method(buffer.r(), vm.names().close, &[]).map(drop))
    }
}
