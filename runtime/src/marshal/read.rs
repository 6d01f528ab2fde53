//! Bytes to values. Whatever the bytes are, reading them ends in a value, or in EOFError,
//! ValueError or TypeError.

use dashu_int::IBig;
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;
use krait_object::set::PySet;
use krait_object::slice::PySlice;

use super::{MAX_DEPTH, tag};

enum Source<'s> {
    Bytes(&'s [u8]),
    File(Ref<'s>),
}

struct Reader<'s> {
    vm: &'s Vm,
    source: Source<'s>,
    allow_code: bool,
    depth: usize,
    /// What can be referred back to; `None` while it is being read.
    refs: Vec<Option<Obj>>,
}

/// `marshal.loads`.
pub fn loads(vm: &Vm, bytes: &[u8], allow_code: bool) -> PyResult<Obj> {
    Reader { vm, source: Source::Bytes(bytes), allow_code, depth: 0, refs: Vec::new() }.value()
}

/// `marshal.load`.
pub fn load(vm: &Vm, file: Ref<'_>, allow_code: bool) -> PyResult<Obj> {
    // Finds out early whether the file is a binary one.
    let probe = vm.call_method(file, vm.names().read, &[vm.int_i64(0).r()])?;
    if !probe.r().is_instance_of::<PyBytes>(vm) {
        let text = format!("file.read() returned not bytes but {}", probe.r().ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    Reader { vm, source: Source::File(file), allow_code, depth: 0, refs: Vec::new() }.value()
}

fn too_short(vm: &Vm) -> Raised {
    vm.eof_error("marshal data too short")
}

impl Reader<'_> {
    fn bad(&self, what: &str) -> Raised {
        self.vm.value_error(format!("bad marshal data ({what})"))
    }

    fn take(&mut self, n: usize) -> PyResult<Vec<u8>> {
        let vm = self.vm;
        match &mut self.source {
            Source::Bytes(rest) => {
                if n > rest.len() {
                    return Err(too_short(vm));
                }
                let (head, tail) = rest.split_at(n);
                *rest = tail;
                Ok(head.to_vec())
            }
            Source::File(file) => {
                let file = *file;
                let buffer = vm.call1(vm.types.bytearray.r(), vm.int_usize(n).r())?;
                let got = vm.call_method(file, &vm.intern("readinto"), &[buffer.r()])?;
                let got = vm.index_isize(got.r(), vm.types.value_error)?;
                if got < 0 || got as usize > n {
                    let text = format!("read() returned too much data: {n} bytes requested, {got} returned");
                    return Err(vm.value_error(text));
                }
                if (got as usize) < n {
                    return Err(too_short(vm));
                }
                krait_object::buffer::with_bytes(vm, buffer.r(), <[u8]>::to_vec)
            }
        }
    }

    fn byte(&mut self) -> PyResult<u8> {
        Ok(self.take(1)?[0])
    }

    fn array<const N: usize>(&mut self) -> PyResult<[u8; N]> {
        let v = self.take(N)?;
        v.try_into().map_err(|_| too_short(self.vm))
    }

    fn i32(&mut self) -> PyResult<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn len(&mut self, what: &str) -> PyResult<usize> {
        let n = self.i32()?;
        usize::try_from(n).map_err(|_| self.bad(&format!("{what} size out of range")))
    }

    /// How many items may be allocated for at once: bytes say little about a hostile length.
    fn room(&self, n: usize) -> usize {
        match &self.source {
            Source::Bytes(rest) => n.min(rest.len()),
            Source::File(_) => n.min(1024),
        }
    }

    /// The one value of the input.
    fn value(&mut self) -> PyResult<Obj> {
        match self.object()? {
            Some(v) => Ok(v),
            None => Err(self.vm.type_error("NULL object in marshal data for object")),
        }
    }

    fn item(&mut self, what: &str) -> PyResult<Obj> {
        match self.object()? {
            Some(v) => Ok(v),
            None => Err(self.vm.type_error(format!("NULL object in marshal data for {what}"))),
        }
    }

    /// One object; `None` for the end marker of dicts.
    fn object(&mut self) -> PyResult<Option<Obj>> {
        let code = match self.byte() {
            Ok(b) => b,
            Err(e) => {
                drop(self.vm.catch(e, self.vm.types.eof_error)?);
                return Err(self.vm.eof_error("EOF read where object expected"));
            }
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.bad("recursion limit exceeded"));
        }
        self.vm.check_stack(" while unmarshalling an object")?;
        let flag = code & tag::FLAG_REF != 0;
        let v = self.tagged(code & !tag::FLAG_REF, flag)?;
        self.depth -= 1;
        Ok(v)
    }

    /// Reserves a place for an object that is yet to be made.
    fn reserve(&mut self, flag: bool) -> Option<usize> {
        flag.then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        })
    }

    fn fill(&mut self, place: Option<usize>, v: Obj) -> Obj {
        if let Some(i) = place {
            self.refs[i] = Some(v.clone());
        }
        v
    }

    fn tagged(&mut self, code: u8, flag: bool) -> PyResult<Option<Obj>> {
        let vm = self.vm;
        Ok(Some(match code {
            tag::NULL => return Ok(None),
            tag::NONE => Obj::none(),
            tag::STOP_ITERATION => vm.types.stop_iteration.to_obj(),
            tag::ELLIPSIS => krait_object::singletons::ellipsis().to_obj(),
            tag::FALSE => Obj::bool(false),
            tag::TRUE => Obj::bool(true),
            tag::REF => self.back_reference()?,
            tag::TUPLE | tag::SMALL_TUPLE => self.tuple(code, flag)?,
            tag::LIST => self.list(flag)?,
            tag::DICT => self.dict(flag)?,
            tag::SET | tag::FROZENSET => self.set(code, flag)?,
            tag::CODE => {
                let place = self.reserve(flag);
                let v = self.code()?;
                self.fill(place, v)
            }
            tag::SLICE => {
                let place = self.reserve(flag);
                let (a, b, c) = (self.item("slice")?, self.item("slice")?, self.item("slice")?);
                let v = PySlice::new(vm, a, b, c).into_obj();
                self.fill(place, v)
            }
            _ => {
                let v = self.scalar(code)?;
                let place = self.reserve(flag);
                self.fill(place, v)
            }
        }))
    }

    fn scalar(&mut self, code: u8) -> PyResult<Obj> {
        let vm = self.vm;
        Ok(match code {
            tag::INT => vm.int_i64(i64::from(self.i32()?)),
            tag::INT64 => vm.int_i64(i64::from_le_bytes(self.array()?)),
            tag::LONG => self.long()?,
            tag::FLOAT => vm.float(self.text_float()?),
            tag::BINARY_FLOAT => vm.float(self.binary_float()?),
            tag::COMPLEX => {
                let (re, im) = (self.text_float()?, self.text_float()?);
                self.complex(re, im)?
            }
            tag::BINARY_COMPLEX => {
                let (re, im) = (self.binary_float()?, self.binary_float()?);
                self.complex(re, im)?
            }
            tag::BYTES => {
                let n = self.len("bytes object")?;
                vm.bytes(&self.take(n)?)
            }
            tag::ASCII | tag::ASCII_INTERNED => {
                let n = self.len("string")?;
                self.latin(n, code == tag::ASCII_INTERNED)?
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let n = usize::from(self.byte()?);
                self.latin(n, code == tag::SHORT_ASCII_INTERNED)?
            }
            tag::UNICODE | tag::INTERNED => {
                let n = self.len("string")?;
                let data = self.take(n)?;
                let s = match PyStr::from_wtf8(vm, &data) {
                    Some(s) => s,
                    // The codec words the error.
                    None => match (vm.interp.hooks().decode)(vm, &data, "utf-8", "surrogatepass")?.downcast::<PyStr>(vm) {
                        Ok(s) => s,
                        Err(_) => return Err(self.bad("string is not text")),
                    },
                };
                self.interned(s, code == tag::INTERNED)
            }
            _ => return Err(self.bad("unknown type code")),
        })
    }

    fn interned(&self, s: Py<PyStr>, intern: bool) -> Obj {
        if intern { self.vm.intern_str(s).into_obj() } else { s.into_obj() }
    }

    fn latin(&mut self, n: usize, intern: bool) -> PyResult<Obj> {
        let data = self.take(n)?;
        Ok(self.interned(PyStr::from_latin1(self.vm, &data), intern))
    }

    fn back_reference(&mut self) -> PyResult<Obj> {
        let n = self.i32()?;
        match usize::try_from(n).ok().and_then(|n| self.refs.get(n).cloned()).flatten() {
            Some(v) => Ok(v),
            None => Err(self.bad("invalid reference")),
        }
    }

    fn long(&mut self) -> PyResult<Obj> {
        let n = self.i32()?;
        if n == i32::MIN {
            return Err(self.bad("long size out of range"));
        }
        let count = n.unsigned_abs() as usize;
        let mut bytes = Vec::with_capacity(self.room(count) * 2 + 1);
        let (mut acc, mut bits, mut last) = (0u32, 0, 0);
        for _ in 0..count {
            last = u16::from_le_bytes(self.array()?);
            if last >= 1 << 15 {
                return Err(self.bad("digit out of range in long"));
            }
            acc |= u32::from(last) << bits;
            bits += 15;
            while bits >= 8 {
                bytes.push(acc as u8);
                acc >>= 8;
                bits -= 8;
            }
        }
        if count > 0 && last == 0 {
            return Err(self.bad("unnormalized long data"));
        }
        bytes.extend([acc as u8, 0]);
        let value = IBig::from_le_bytes(&bytes);
        Ok(self.vm.int_big(if n < 0 { -value } else { value }))
    }

    fn text_float(&mut self) -> PyResult<f64> {
        let n = usize::from(self.byte()?);
        let data = self.take(n)?;
        let s = PyStr::from_latin1(self.vm, &data);
        let f = self.vm.call1(self.vm.types.float.r(), s.r())?;
        self.vm.to_f64(f.r())
    }

    fn binary_float(&mut self) -> PyResult<f64> {
        Ok(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    fn complex(&mut self, re: f64, im: f64) -> PyResult<Obj> {
        let (re, im) = (self.vm.float(re), self.vm.float(im));
        self.vm.call(self.vm.types.complex.r(), &[re.r(), im.r()])
    }

    fn tuple(&mut self, code: u8, flag: bool) -> PyResult<Obj> {
        let n = if code == tag::SMALL_TUPLE { usize::from(self.byte()?) } else { self.len("tuple")? };
        let place = self.reserve(flag);
        let mut items = Vec::with_capacity(self.room(n));
        for _ in 0..n {
            items.push(self.item("tuple")?);
        }
        let t = self.vm.tuple(items);
        Ok(self.fill(place, t))
    }

    fn list(&mut self, flag: bool) -> PyResult<Obj> {
        let n = self.len("list")?;
        let list = PyList::new(self.vm, Vec::with_capacity(self.room(n)));
        let place = self.reserve(flag);
        self.fill(place, list.to_obj());
        for _ in 0..n {
            let v = self.item("list")?;
            list.push(self.vm, v)?;
        }
        Ok(list.into_obj())
    }

    fn dict(&mut self, flag: bool) -> PyResult<Obj> {
        let dict = PyDict::new(self.vm);
        let place = self.reserve(flag);
        self.fill(place, dict.to_obj());
        while let Some(k) = self.object()? {
            let Some(v) = self.object()? else { break };
            dict.set_owned(self.vm, k, v)?;
        }
        Ok(dict.into_obj())
    }

    fn set(&mut self, code: u8, flag: bool) -> PyResult<Obj> {
        let vm = self.vm;
        let n = self.len("set")?;
        if code == tag::FROZENSET {
            let place = self.reserve(flag);
            let s = PySet::new_frozen(vm);
            for _ in 0..n {
                let v = self.item("set")?;
                s.add(vm, v.r())?;
            }
            return Ok(self.fill(place, s.into_obj()));
        }
        let s = PySet::new(vm);
        let place = self.reserve(flag);
        self.fill(place, s.to_obj());
        for _ in 0..n {
            let v = self.item("set")?;
            s.add(vm, v.r())?;
        }
        Ok(s.into_obj())
    }

    fn code(&mut self) -> PyResult<Obj> {
        if !self.allow_code {
            return Err(self.vm.value_error("unmarshalling code objects is disallowed"));
        }
        let n = self.len("string")?;
        let name = String::from_utf8(self.take(n)?).map_err(|_| self.bad("file name is not text"))?;
        let n = self.len("code")?;
        let unit = self.take(n)?;
        let name = (!name.is_empty()).then_some(name.as_str());
        Ok(crate::import::library::code_from_bytes(self.vm, &unit, name)?.into_obj())
    }
}
