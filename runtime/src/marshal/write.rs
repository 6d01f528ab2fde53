//! Values to bytes.

use std::collections::HashMap;
use std::sync::Arc;

use dashu_int::IBig;
use dashu_int::ops::{Abs, BitTest};
use krait_frontend::marshal as units;
use krait_object::bytes::PyBytes;
use krait_object::code::PyCode;
use krait_object::prelude::*;
use krait_object::set::{PySet, as_any_set};
use krait_object::slice::PySlice;

use super::{MAX_DEPTH, tag};

struct Writer<'v> {
    vm: &'v Vm,
    out: Vec<u8>,
    version: i32,
    allow_code: bool,
    depth: usize,
    /// Objects written, by address, with their number; they are kept alive by what is written.
    seen: HashMap<u64, u32>,
}

/// `marshal.dumps`.
pub fn dumps(vm: &Vm, value: Ref<'_>, version: i32, allow_code: bool) -> PyResult<Vec<u8>> {
    let mut w = Writer { vm, out: Vec::new(), version, allow_code, depth: 0, seen: HashMap::new() };
    w.object(value)?;
    Ok(w.out)
}

fn unmarshallable(vm: &Vm) -> Raised {
    vm.value_error("unmarshallable object")
}

impl Writer<'_> {
    fn len(&mut self, n: usize) -> PyResult<()> {
        match i32::try_from(n) {
            Ok(n) => {
                self.out.extend_from_slice(&n.to_le_bytes());
                Ok(())
            }
            Err(_) => Err(unmarshallable(self.vm)),
        }
    }

    fn block(&mut self, data: &[u8]) -> PyResult<()> {
        self.len(data.len())?;
        self.out.extend_from_slice(data);
        Ok(())
    }

    fn object(&mut self, v: Ref<'_>) -> PyResult<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.vm.value_error("object too deeply nested to marshal"));
        }
        self.vm.check_stack(" while marshalling an object")?;
        self.any(v)?;
        self.depth -= 1;
        Ok(())
    }

    fn any(&mut self, v: Ref<'_>) -> PyResult<()> {
        let vm = self.vm;
        if v.is_none() {
            self.out.push(tag::NONE);
        } else if v.ptr_eq(krait_object::singletons::true_()) {
            self.out.push(tag::TRUE);
        } else if v.ptr_eq(krait_object::singletons::false_()) {
            self.out.push(tag::FALSE);
        } else if v.ptr_eq(krait_object::singletons::ellipsis()) {
            self.out.push(tag::ELLIPSIS);
        } else if v.ptr_eq(vm.types.stop_iteration.r()) {
            self.out.push(tag::STOP_ITERATION);
        } else if let Some(flag) = self.reference(v)? {
            self.complex_object(v, flag)?;
        }
        Ok(())
    }

    /// Writes a back reference if the object was written before (`None`); else the flag its type
    /// byte gets.
    fn reference(&mut self, v: Ref<'_>) -> PyResult<Option<u8>> {
        let Some(h) = v.header().filter(|_| self.version >= 3) else { return Ok(Some(0)) };
        // A sole reference cannot be shared; interned strings always count as shared, so that
        // bytecode files come out the same every time.
        let interned = v.downcast_exact::<PyStr>(self.vm).is_some_and(PyStr::is_interned);
        if h.refcount() <= 1 && !interned {
            return Ok(Some(0));
        }
        if let Some(n) = self.seen.get(&v.value().0) {
            self.out.push(tag::REF);
            self.out.extend_from_slice(&n.to_le_bytes());
            return Ok(None);
        }
        let n = self.seen.len() as u32;
        self.seen.insert(v.value().0, n);
        Ok(Some(tag::FLAG_REF))
    }

    fn complex_object(&mut self, v: Ref<'_>, flag: u8) -> PyResult<()> {
        let vm = self.vm;
        if v.is_exact_int(vm) {
            return self.int(v, flag);
        }
        if v.is_exact_float(vm) {
            return self.float(v, flag);
        }
        if let Some(s) = v.downcast_exact::<PyStr>(vm) {
            return self.text(s, flag);
        }
        if let Some(b) = v.downcast_exact::<PyBytes>(vm) {
            self.out.push(tag::BYTES | flag);
            return self.block(b.as_slice());
        }
        if let Some(t) = v.downcast_exact::<PyTuple>(vm) {
            return self.tuple(t, flag);
        }
        if let Some(l) = v.downcast_exact::<PyList>(vm) {
            self.out.push(tag::LIST | flag);
            let items = l.to_vec();
            self.len(items.len())?;
            return items.iter().try_for_each(|i| self.object(i.r()));
        }
        if let Some(d) = v.downcast_exact::<PyDict>(vm) {
            self.out.push(tag::DICT | flag);
            for (k, v) in d.items_vec() {
                self.object(k.r())?;
                self.object(v.r())?;
            }
            self.out.push(tag::NULL);
            return Ok(());
        }
        let ty = v.ty(vm);
        if std::ptr::eq(ty, vm.types.set) || std::ptr::eq(ty, vm.types.frozenset) {
            let Some(s) = as_any_set(vm, v) else { return Err(unmarshallable(vm)) };
            let tag = if std::ptr::eq(ty, vm.types.set) { tag::SET } else { tag::FROZENSET };
            return self.set(s, tag | flag);
        }
        if std::ptr::eq(ty, vm.types.complex) {
            return self.complex(v, flag);
        }
        if let Some(c) = v.downcast_exact::<PyCode>(vm) {
            return self.code(c, flag);
        }
        if let Some(s) = v.downcast_exact::<PySlice>(vm).filter(|_| self.version >= 5) {
            self.out.push(tag::SLICE | flag);
            return [&s.start, &s.stop, &s.step].into_iter().try_for_each(|p| self.object(p.r()));
        }
        if krait_object::buffer::has_buffer(vm, v) {
            let data = krait_object::buffer::with_bytes(vm, v, <[u8]>::to_vec)?;
            self.out.push(tag::BYTES | flag);
            return self.block(&data);
        }
        self.out.push(tag::UNKNOWN);
        Err(unmarshallable(vm))
    }

    fn int(&mut self, v: Ref<'_>, flag: u8) -> PyResult<()> {
        let Some(i) = v.as_int(self.vm) else { return Err(unmarshallable(self.vm)) };
        if let Some(n) = i.to_i64().and_then(|n| i32::try_from(n).ok()) {
            self.out.push(tag::INT | flag);
            self.out.extend_from_slice(&n.to_le_bytes());
            return Ok(());
        }
        let negative = i.is_negative();
        let big: IBig = i.to_big().abs();
        self.out.push(tag::LONG | flag);
        // Digits of 15 bits, the least significant first.
        let digits = big.bit_len().div_ceil(15);
        let Ok(n) = i32::try_from(digits) else { return Err(unmarshallable(self.vm)) };
        self.out.extend_from_slice(&(if negative { -n } else { n }).to_le_bytes());
        let bytes = big.to_le_bytes();
        let bit = |i: usize| bytes.get(i / 8).map_or(0, |b| u16::from(b >> (i % 8) & 1));
        for d in 0..digits {
            let digit = (0..15).fold(0u16, |acc, i| acc | bit(d * 15 + i) << i);
            self.out.extend_from_slice(&digit.to_le_bytes());
        }
        Ok(())
    }

    fn number(&mut self, f: f64) -> PyResult<()> {
        if self.version > 1 {
            self.out.extend_from_slice(&f.to_bits().to_le_bytes());
            return Ok(());
        }
        let text = self.vm.repr_text(self.vm.float(f).r())?;
        self.out.push(text.len() as u8);
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn float(&mut self, v: Ref<'_>, flag: u8) -> PyResult<()> {
        let f = self.vm.to_f64(v)?;
        self.out.push(if self.version > 1 { tag::BINARY_FLOAT } else { tag::FLOAT } | flag);
        self.number(f)
    }

    fn complex(&mut self, v: Ref<'_>, flag: u8) -> PyResult<()> {
        self.out.push(if self.version > 1 { tag::BINARY_COMPLEX } else { tag::COMPLEX } | flag);
        for part in ["real", "imag"] {
            let f = self.vm.getattr_str(v, part)?;
            let f = self.vm.to_f64(f.r())?;
            self.number(f)?;
        }
        Ok(())
    }

    fn text(&mut self, s: &PyStr, flag: u8) -> PyResult<()> {
        let interned = self.version >= 3 && s.is_interned();
        if let Some(a) = s.as_ascii().filter(|_| self.version >= 4) {
            let short = a.len() < 256;
            let kind = match (short, interned) {
                (true, true) => tag::SHORT_ASCII_INTERNED,
                (true, false) => tag::SHORT_ASCII,
                (false, true) => tag::ASCII_INTERNED,
                (false, false) => tag::ASCII,
            };
            self.out.push(kind | flag);
            if short {
                self.out.push(a.len() as u8);
                self.out.extend_from_slice(a.as_bytes());
                return Ok(());
            }
            return self.block(a.as_bytes());
        }
        self.out.push(if interned { tag::INTERNED } else { tag::UNICODE } | flag);
        self.block(&s.to_wtf8())
    }

    fn tuple(&mut self, t: &PyTuple, flag: u8) -> PyResult<()> {
        if self.version >= 4 && t.len() < 256 {
            self.out.push(tag::SMALL_TUPLE | flag);
            self.out.push(t.len() as u8);
        } else {
            self.out.push(tag::TUPLE | flag);
            self.len(t.len())?;
        }
        t.as_slice().iter().try_for_each(|i| self.object(i.r()))
    }

    /// Elements are ordered by their serialised form: the table's order depends on addresses and
    /// hash seeds.
    fn set(&mut self, s: &PySet, kind: u8) -> PyResult<()> {
        self.out.push(kind);
        let items = s.to_vec();
        self.len(items.len())?;
        let mut pairs = Vec::with_capacity(items.len());
        for i in items {
            pairs.push((dumps(self.vm, i.r(), self.version, self.allow_code)?, i));
        }
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.iter().try_for_each(|(_, i)| self.object(i.r()))
    }

    fn code(&mut self, c: &PyCode, flag: u8) -> PyResult<()> {
        if !self.allow_code {
            return Err(self.vm.value_error("marshalling code objects is disallowed"));
        }
        self.out.push(tag::CODE | flag);
        let name = c.filename().to_string_lossy();
        // The file name may have been replaced since the unit was made.
        let name = if *name == *c.unit.filename { String::new() } else { name };
        self.block(name.as_bytes())?;
        let unit = Arc::clone(&c.unit);
        self.block(&units::write(&unit))
    }
}
