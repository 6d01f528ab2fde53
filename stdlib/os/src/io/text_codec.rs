//! How a text stream decodes and encodes: natively for the usual encodings, else through the
//! codec's incremental objects.

use std::cell::{Cell, RefCell};

use krait_macros::Trace;
use krait_object::bytes::PyBytes;
use krait_object::exception::peek;
use krait_object::prelude::*;

use super::newline::{NewlineMode, NewlineState};
use crate::codecs::text::Direct;
use crate::codecs::{registry, utf8};

/// The decoding side of a stream.
#[derive(Trace, Default)]
pub struct TextDecoder {
    /// Decodes natively.
    #[trace(skip)]
    direct: Cell<Option<Direct>>,
    /// The codec's incremental decoder.
    object: Cell<Option<Obj>>,
    /// The start of a character whose rest is still to come.
    #[trace(skip)]
    carry: RefCell<Vec<u8>>,
    #[trace(skip)]
    newlines: RefCell<Option<NewlineState>>,
    #[trace(skip)]
    present: Cell<bool>,
}

impl TextDecoder {
    pub fn is_present(&self) -> bool {
        self.present.get()
    }
    pub fn clear(&self) {
        self.present.set(false);
        self.direct.set(None);
        self.carry.borrow_mut().clear();
        drop(self.object.take());
    }
    /// Chooses a decoder for the encoding.
    pub fn install(&self, vm: &Vm, encoding: &str, errors: &str, codec: Option<&Obj>, mode: NewlineMode) -> PyResult<()> {
        let direct = match (codec, Direct::of(encoding)) {
            (None, Some(d @ (Direct::Utf8 | Direct::Ascii | Direct::Latin1))) => Some(d),
            _ => None,
        };
        let object = match direct {
            Some(_) => None,
            None => {
                let codec = match codec {
                    Some(c) => c.clone(),
                    None => registry::lookup(vm, encoding)?,
                };
                let make = vm.getattr_str(codec.r(), "incrementaldecoder")?;
                Some(vm.call1(make.r(), vm.str(errors).r())?)
            }
        };
        self.direct.set(direct);
        self.carry.borrow_mut().clear();
        *self.newlines.borrow_mut() = mode.universal().then(|| NewlineState::new(mode.translates()));
        self.present.set(true);
        drop(self.object.replace(object));
        Ok(())
    }
    /// Decodes the next bytes.
    pub fn decode(&self, vm: &Vm, data: Ref<'_>, errors: &str, last: bool) -> PyResult<Py<PyStr>> {
        let text = match self.direct.get() {
            Some(d) => match data.downcast::<PyBytes>(vm) {
                Some(b) => {
                    let keep = b.to_py();
                    self.decode_direct(vm, d, keep.as_slice(), errors, last)?
                }
                None => {
                    let copy = krait_object::buffer::with_bytes(vm, data, <[u8]>::to_vec)?;
                    self.decode_direct(vm, d, &copy, errors, last)?
                }
            },
            None => {
                let object = peek(&self.object).unwrap_or_else(Obj::none);
                let out = vm.call_method(object.r(), vm.names().decode, &[data, Obj::bool(last).r()])?;
                match out.downcast::<PyStr>(vm) {
                    Ok(s) => s,
                    Err(o) => {
                        let got = o.r().ty(vm).tp_name();
                        return Err(vm.type_error(format!("decoder should return a string result, not '{got}'")));
                    }
                }
            }
        };
        // The text outlives the borrow: a subtype's finaliser may be anyone's code.
        let keep = text.clone();
        let out = match &mut *self.newlines.borrow_mut() {
            Some(n) => n.feed(vm, text, last),
            None => text,
        };
        drop(keep);
        Ok(out)
    }
    fn decode_direct(&self, vm: &Vm, d: Direct, data: &[u8], errors: &str, last: bool) -> PyResult<Py<PyStr>> {
        if d != Direct::Utf8 {
            return d.decode(vm, data, errors);
        }
        let carry = std::mem::take(&mut *self.carry.borrow_mut());
        if carry.is_empty() {
            let (s, n) = utf8::decode(vm, data, errors, last)?;
            if n < data.len() {
                *self.carry.borrow_mut() = data[n..].to_vec();
            }
            return Ok(s);
        }
        let all = [&carry[..], data].concat();
        match utf8::decode(vm, &all, errors, last) {
            Ok((s, n)) => {
                *self.carry.borrow_mut() = all[n..].to_vec();
                Ok(s)
            }
            Err(e) => {
                *self.carry.borrow_mut() = carry;
                Err(e)
            }
        }
    }
    /// Undecoded bytes and flags.
    pub fn get_state(&self, vm: &Vm) -> PyResult<(Obj, i64)> {
        let (buffer, flag) = if self.direct.get().is_some() {
            (vm.bytes(&self.carry.borrow()), 0)
        } else {
            let object = peek(&self.object).unwrap_or_else(Obj::none);
            let state = vm.call_method_str(object.r(), "getstate", &[])?;
            match state.r().downcast::<PyTuple>(vm).map(|t| t.as_slice()) {
                Some([b, f]) => {
                    if !b.r().is_instance_of::<PyBytes>(vm) {
                        return Err(vm.type_error(format!(
                            "illegal decoder state: the first item should be a bytes object, not '{}'",
                            b.r().ty(vm).tp_name()
                        )));
                    }
                    (b.clone(), krait_object::convert::c_long(vm, f.r())?)
                }
                _ => return Err(vm.type_error("illegal decoder state")),
            }
        };
        Ok(match &*self.newlines.borrow() {
            Some(n) => (buffer, flag.wrapping_shl(1) | i64::from(n.pending_cr)),
            None => (buffer, flag),
        })
    }
    /// Restores what [`get_state`](Self::get_state) gave.
    pub fn set_state(&self, vm: &Vm, buffer: &[u8], flag: i64) -> PyResult<()> {
        let flag = match &mut *self.newlines.borrow_mut() {
            Some(n) => {
                n.pending_cr = flag & 1 != 0;
                flag >> 1
            }
            None => flag,
        };
        if self.direct.get().is_some() {
            *self.carry.borrow_mut() = buffer.to_vec();
            return Ok(());
        }
        let object = peek(&self.object).unwrap_or_else(Obj::none);
        let state = vm.tuple(vec![vm.bytes(buffer), vm.int_i64(flag)]);
        vm.call_method_str(object.r(), "setstate", &[state.r()]).map(drop)
    }
    pub fn reset(&self, vm: &Vm) -> PyResult<()> {
        if let Some(n) = &mut *self.newlines.borrow_mut() {
            n.reset();
        }
        if self.direct.get().is_some() {
            self.carry.borrow_mut().clear();
            return Ok(());
        }
        match peek(&self.object) {
            Some(o) => vm.call_method(o.r(), vm.names().reset, &[]).map(drop),
            None => Ok(()),
        }
    }
    pub fn newlines(&self, vm: &Vm) -> PyResult<Obj> {
        match &*self.newlines.borrow() {
            Some(n) => Ok(n.newlines(vm)),
            None => Ok(Obj::none()),
        }
    }
}

/// The encoding side of a stream.
#[derive(Trace, Default)]
pub struct TextEncoder {
    #[trace(skip)]
    direct: Cell<Option<Direct>>,
    object: Cell<Option<Obj>>,
    /// A byte order mark is due.
    #[trace(skip)]
    at_start: Cell<bool>,
    #[trace(skip)]
    present: Cell<bool>,
}

impl TextEncoder {
    pub fn is_present(&self) -> bool {
        self.present.get()
    }
    pub fn clear(&self) {
        self.present.set(false);
        self.direct.set(None);
        drop(self.object.take());
    }
    pub fn install(&self, vm: &Vm, encoding: &str, errors: &str, codec: Option<&Obj>) -> PyResult<()> {
        let direct = if codec.is_some() { None } else { Direct::of(encoding) };
        let object = match direct {
            Some(_) => None,
            None => {
                let codec = match codec {
                    Some(c) => c.clone(),
                    None => registry::lookup(vm, encoding)?,
                };
                let make = vm.getattr_str(codec.r(), "incrementalencoder")?;
                Some(vm.call1(make.r(), vm.str(errors).r())?)
            }
        };
        self.direct.set(direct);
        self.at_start.set(true);
        self.present.set(true);
        drop(self.object.replace(object));
        Ok(())
    }
    /// Encodes ASCII text as itself?
    #[inline]
    pub fn is_ascii_superset(&self) -> bool {
        matches!(self.direct.get(), Some(Direct::Utf8 | Direct::Ascii | Direct::Latin1))
    }
    pub fn encode(&self, vm: &Vm, s: &PyStr, errors: &str) -> PyResult<Vec<u8>> {
        if let Some(d) = self.direct.get() {
            let native = if cfg!(target_endian = "little") { -1 } else { 1 };
            let d = match d {
                Direct::Utf16(0) if !self.at_start.get() => Direct::Utf16(native),
                Direct::Utf32(0) if !self.at_start.get() => Direct::Utf32(native),
                d => d,
            };
            let out = d.encode(vm, s, errors)?;
            self.at_start.set(false);
            return Ok(out);
        }
        let object = peek(&self.object).unwrap_or_else(Obj::none);
        let out = vm.call_method(object.r(), vm.names().encode, &[s.r()])?;
        match out.r().downcast::<PyBytes>(vm) {
            Some(b) => Ok(b.as_slice().to_vec()),
            None => {
                let got = out.r().ty(vm).tp_name();
                Err(vm.type_error(format!("encoder should return a bytes object, not '{got}'")))
            }
        }
    }
    /// The stream was repositioned, to its start or elsewhere.
    pub fn reset(&self, vm: &Vm, start: bool) -> PyResult<()> {
        if !self.present.get() {
            return Ok(());
        }
        self.at_start.set(start);
        let Some(o) = peek(&self.object) else { return Ok(()) };
        if start {
            vm.call_method(o.r(), vm.names().reset, &[]).map(drop)
        } else {
            vm.call_method_str(o.r(), "setstate", &[Obj::small(0).r()]).map(drop)
        }
    }
    /// No mark is written: the stream does not begin here.
    pub fn not_at_start(&self, vm: &Vm) -> PyResult<()> {
        self.at_start.set(false);
        match peek(&self.object) {
            Some(o) => vm.call_method_str(o.r(), "setstate", &[Obj::small(0).r()]).map(drop),
            None => Ok(()),
        }
    }
}
