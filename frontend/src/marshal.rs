//! Constants as bytes: keys for deduplication, and the serialised form of code units.

use std::sync::Arc;

use dashu_int::IBig;

use crate::bytecode::Op;
use crate::code::{CodeUnit, Const, ExceptionEntry, LazyUnit, LocalKind, LocalVar, SiteInfo};
use crate::positions::{PositionTable, put, take};
use crate::pystring::PyString;
use crate::verify::verify;

/// A key under which equal constants of one type are the same; `None` for code.
pub fn const_key(c: &Const) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    write_key(c, &mut key).then_some(key)
}

fn write_key(c: &Const, out: &mut Vec<u8>) -> bool {
    let items = |tag: u8, items: &[Const], out: &mut Vec<u8>| {
        out.push(tag);
        put(out, items.len() as u64);
        items.iter().all(|c| write_key(c, out))
    };
    match c {
        Const::None => out.push(b'N'),
        Const::True => out.push(b'T'),
        Const::False => out.push(b'F'),
        Const::Ellipsis => out.push(b'.'),
        Const::Int(i) => {
            out.push(b'i');
            out.extend_from_slice(&i.to_le_bytes());
        }
        Const::BigInt(i) => {
            out.push(b'l');
            let bytes = i.to_le_bytes();
            put(out, bytes.len() as u64);
            out.extend_from_slice(&bytes);
        }
        Const::Float(f) => {
            out.push(b'g');
            out.extend_from_slice(&f.to_bits().to_le_bytes());
        }
        Const::Complex(r, i) => {
            out.push(b'y');
            out.extend_from_slice(&r.to_bits().to_le_bytes());
            out.extend_from_slice(&i.to_bits().to_le_bytes());
        }
        Const::Str(s) => {
            out.push(b'u');
            put(out, s.as_bytes().len() as u64);
            out.extend_from_slice(s.as_bytes());
        }
        Const::Bytes(b) => {
            out.push(b's');
            put(out, b.len() as u64);
            out.extend_from_slice(b);
        }
        Const::Tuple(t) => return items(b'(', t, out),
        Const::FrozenSet(t) => return items(b'>', t, out),
        Const::Slice(s) => return items(b':', &s[..], out),
        Const::Code(_) | Const::Lazy(_) => return false,
    }
    true
}

// --- Serialised code units ------------------------------------------------------------------------

/// First bytes of a serialised code unit; the last one is the version of the format.
pub const MAGIC: [u8; 4] = *b"KRC\x02";

/// Deepest nesting of constants and units read.
const MAX_DEPTH: u32 = 1000;

/// Serialises a code unit.
pub fn write(code: &CodeUnit) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    put_ops_tag(&mut out);
    let at = out.len();
    out.extend_from_slice(&[0; 8]);
    unit(code, None, &mut out);
    let sum = checksum(&out[at + 8..]);
    out[at..at + 8].copy_from_slice(&sum.to_le_bytes());
    out
}

/// Tells damaged bytes from what was written. The verifier proves operands, jumps and tables in
/// range; that registers hold what instructions expect follows from the compiler having written them.
fn checksum(bytes: &[u8]) -> u64 {
    let mix = |h: u64, word: u64| (h ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let h = words.iter().fold(bytes.len() as u64, |h, w| mix(h, u64::from_le_bytes(*w)));
    rest.iter().fold(h, |h, b| mix(h, u64::from(*b)))
}

/// The opcode table is part of the format: a changed table makes old code unreadable.
fn put_ops_tag(out: &mut Vec<u8>) {
    out.extend_from_slice(&ops_tag().to_le_bytes());
}

/// A number that changes with the format of serialised units.
pub fn format_tag() -> u32 {
    ops_tag() ^ u32::from(MAGIC[3])
}

fn ops_tag() -> u32 {
    let mut h = 0x811c_9dc5u32;
    for info in Op::INFO {
        for b in info.name.bytes().chain([info.a as u8, info.b as u8, info.c as u8, info.ext as u8]) {
            h = (h ^ u32::from(b)).wrapping_mul(0x0100_0193);
        }
    }
    h
}

fn text(s: &str, out: &mut Vec<u8>) {
    put(out, s.len() as u64);
    out.extend_from_slice(s.as_bytes());
}

fn unit(c: &CodeUnit, outer: Option<&CodeUnit>, out: &mut Vec<u8>) {
    text(&c.name, out);
    text(&c.qualname, out);
    // Nested units nearly always have the file name of the one around them.
    let same = outer.is_some_and(|o| o.filename == c.filename);
    out.push(u8::from(!same));
    if !same {
        text(&c.filename, out);
    }
    for n in [c.flags, c.argcount, c.posonlyargcount, c.kwonlyargcount, c.nregs, c.first_line] {
        put(out, u64::from(n));
    }
    put(out, c.locals.len() as u64);
    for l in &c.locals {
        out.push(l.kind as u8);
        text(&l.name, out);
    }
    for list in [&c.freevars, &c.names] {
        put(out, list.len() as u64);
        list.iter().for_each(|n| text(n, out));
    }
    put(out, c.consts.len() as u64);
    for k in &c.consts {
        constant(k, c, out);
    }
    put(out, c.instrs.len() as u64);
    for w in &c.instrs {
        out.extend_from_slice(&w.to_le_bytes());
    }
    put(out, c.sites.len() as u64);
    c.sites.iter().for_each(|s| put(out, u64::from(s.name)));
    put(out, c.positions.as_bytes().len() as u64);
    out.extend_from_slice(c.positions.as_bytes());
    put(out, c.exceptions.len() as u64);
    for e in &c.exceptions {
        put(out, u64::from(e.start));
        put(out, u64::from(e.end));
        put(out, u64::from(e.handler));
        put(out, u64::from(e.depth) << 1 | u64::from(e.lasti));
    }
}

fn constant(c: &Const, outer: &CodeUnit, out: &mut Vec<u8>) {
    let items = |tag: u8, items: &[Const], out: &mut Vec<u8>| {
        out.push(tag);
        put(out, items.len() as u64);
        items.iter().for_each(|c| constant(c, outer, out));
    };
    match c {
        Const::Code(c) => {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || nested(c, outer, out));
        }
        Const::Lazy(l) => match l.load() {
            Ok(c) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || nested(&c, outer, out)),
            // Embedded code is well-formed.
            Err(_) => out.push(b'N'),
        },
        Const::Tuple(t) => items(b'(', t, out),
        Const::FrozenSet(t) => items(b'>', t, out),
        Const::Slice(s) => items(b':', &s[..], out),
        // Everything else is its own key.
        c => {
            write_key(c, out);
        }
    }
}

/// A nested unit is preceded by its length, so that it can be skipped.
fn nested(c: &CodeUnit, outer: &CodeUnit, out: &mut Vec<u8>) {
    out.push(b'c');
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    unit(c, Some(outer), out);
    let len = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&len.to_le_bytes());
}

/// Reads a serialised code unit that is part of the program and known to be good: it is not
/// verified, and the units nested in it are read when they are needed.
pub fn read_embedded(bytes: &'static [u8], filename: &str) -> Result<CodeUnit, String> {
    let mut r = Reader { rest: bytes, depth: 0, filename: Some(filename.into()), lazy: Some(|b| b) };
    r.header()?;
    r.unit(None)
}

/// The rest of a unit read by [`read_embedded`].
pub(crate) fn read_lazy(l: &LazyUnit) -> Result<CodeUnit, String> {
    Reader { rest: l.bytes, depth: 0, filename: Some(l.filename.clone()), lazy: Some(|b| b) }.unit(None)
}

/// Reads and verifies a serialised code unit. `filename`, if given, replaces the one recorded.
pub fn read(bytes: &[u8], filename: Option<&str>) -> Result<CodeUnit, String> {
    let mut r = Reader { rest: bytes, depth: 0, filename: filename.map(Arc::from), lazy: None };
    if r.header()? != checksum(r.rest) {
        return Err("damaged code unit".into());
    }
    let code = r.unit(None)?;
    if !r.rest.is_empty() {
        return Err("bytes after the code unit".into());
    }
    verify(&code)?;
    Ok(code)
}

struct Reader<'b> {
    rest: &'b [u8],
    depth: u32,
    filename: Option<Arc<str>>,
    /// Nested units are left unread; the function says how long their bytes live.
    lazy: Option<fn(&'b [u8]) -> &'static [u8]>,
}

/// The first fields of a unit.
struct Head<'b> {
    name: &'b str,
    qualname: &'b str,
    filename: Arc<str>,
    flags: u32,
    argcount: u32,
    posonlyargcount: u32,
    kwonlyargcount: u32,
    nregs: u32,
    first_line: u32,
    nlocals: u32,
}

fn truncated() -> String {
    "truncated code unit".into()
}

impl<'b> Reader<'b> {
    fn take(&mut self, n: usize) -> Result<&'b [u8], String> {
        if n > self.rest.len() {
            return Err(truncated());
        }
        let (head, rest) = self.rest.split_at(n);
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| truncated())
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.array::<1>()?[0])
    }

    fn number(&mut self) -> Result<u64, String> {
        take(&mut self.rest).ok_or_else(truncated)
    }

    fn u32(&mut self) -> Result<u32, String> {
        u32::try_from(self.number()?).map_err(|_| "number out of range".to_owned())
    }

    /// The length of something whose items take at least `size` bytes each.
    fn len(&mut self, size: usize) -> Result<usize, String> {
        let n = usize::try_from(self.number()?).map_err(|_| truncated())?;
        match n.checked_mul(size) {
            Some(bytes) if bytes <= self.rest.len() => Ok(n),
            _ => Err(truncated()),
        }
    }

    fn text(&mut self) -> Result<&'b str, String> {
        let n = self.len(1)?;
        std::str::from_utf8(self.take(n)?).map_err(|_| "malformed text".to_owned())
    }

    fn list<T>(&mut self, size: usize, mut f: impl FnMut(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let n = self.len(size)?;
        (0..n).map(|_| f(self)).collect()
    }

    /// Checks the first bytes; the checksum of the rest.
    fn header(&mut self) -> Result<u64, String> {
        if self.take(4)? != MAGIC {
            return Err("not a code unit of this version".into());
        }
        if self.array::<4>()? != ops_tag().to_le_bytes() {
            return Err("code unit of another instruction set".into());
        }
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn head(&mut self, outer: Option<&Arc<str>>) -> Result<Head<'b>, String> {
        let name = self.text()?;
        let qualname = self.text()?;
        let own = match self.byte()? {
            0 => None,
            _ => Some(self.text()?),
        };
        let filename = match (&self.filename, own, outer) {
            (Some(f), _, _) => f.clone(),
            (None, Some(f), _) => f.into(),
            (None, None, Some(f)) => f.clone(),
            (None, None, None) => return Err("no file name".into()),
        };
        let flags = self.u32()?;
        let argcount = self.u32()?;
        let posonlyargcount = self.u32()?;
        let kwonlyargcount = self.u32()?;
        let nregs = self.u32()?;
        let first_line = self.u32()?;
        let nlocals = self.u32()?;
        let limit = u32::from(u16::MAX);
        if argcount > limit || kwonlyargcount > limit || nregs > limit || nlocals > limit {
            return Err("count out of range".into());
        }
        Ok(Head { name, qualname, filename, flags, argcount, posonlyargcount, kwonlyargcount, nregs, first_line, nlocals })
    }

    fn unit(&mut self, outer: Option<&Arc<str>>) -> Result<CodeUnit, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("code units nested too deeply".into());
        }
        let head = self.head(outer)?;
        let filename = head.filename;
        let first_line = head.first_line;
        let locals = (0..head.nlocals).map(|_| {
            let kind = match self.byte()? {
                0 => LocalKind::Local,
                1 => LocalKind::Cell,
                2 => LocalKind::Hidden,
                3 => LocalKind::HiddenCell,
                _ => return Err("unknown kind of local".into()),
            };
            Ok(LocalVar { name: self.text()?.into(), kind })
        });
        let locals: Vec<LocalVar> = locals.collect::<Result<_, String>>()?;
        let freevars = self.list(1, |r| Ok(r.text()?.into()))?;
        let names = self.list(1, |r| Ok(r.text()?.into()))?;
        let consts = self.list(1, |r| r.constant(&filename))?;
        let n = self.len(8)?;
        let (words, _) = self.take(n * 8)?.as_chunks::<8>();
        let instrs: Vec<u64> = words.iter().map(|w| u64::from_le_bytes(*w)).collect();
        let sites = self.list(1, |r| Ok(SiteInfo { name: r.u32()? }))?;
        let n = self.len(1)?;
        let positions = self.take(n)?.into();
        let positions = match self.lazy {
            Some(_) => PositionTable::from_embedded(positions),
            None => PositionTable::from_bytes(positions, first_line, instrs.len()).ok_or_else(|| "malformed position table".to_owned())?,
        };
        let exceptions = self.list(4, |r| {
            let (start, end, handler, last) = (r.u32()?, r.u32()?, r.u32()?, r.u32()?);
            Ok(ExceptionEntry {
                start,
                end,
                handler,
                depth: u16::try_from(last >> 1).map_err(|_| "register out of range".to_owned())?,
                lasti: last & 1 != 0,
            })
        })?;
        self.depth -= 1;
        Ok(CodeUnit {
            name: head.name.into(),
            qualname: head.qualname.into(),
            filename,
            flags: head.flags,
            argcount: head.argcount,
            posonlyargcount: head.posonlyargcount,
            kwonlyargcount: head.kwonlyargcount,
            nregs: head.nregs,
            nlocals: locals.len() as u32,
            locals,
            freevars,
            names,
            consts,
            instrs,
            sites,
            positions,
            exceptions,
            first_line,
        })
    }

    fn items(&mut self, filename: &Arc<str>) -> Result<Box<[Const]>, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("constants nested too deeply".into());
        }
        let items = self.list(1, |r| r.constant(filename))?;
        self.depth -= 1;
        Ok(items.into())
    }

    fn float(&mut self) -> Result<f64, String> {
        Ok(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    fn constant(&mut self, filename: &Arc<str>) -> Result<Const, String> {
        Ok(match self.byte()? {
            b'N' => Const::None,
            b'T' => Const::True,
            b'F' => Const::False,
            b'.' => Const::Ellipsis,
            b'i' => Const::Int(i64::from_le_bytes(self.array()?)),
            b'l' => {
                let n = self.len(1)?;
                Const::BigInt(IBig::from_le_bytes(self.take(n)?))
            }
            b'g' => Const::Float(self.float()?),
            b'y' => Const::Complex(self.float()?, self.float()?),
            b'u' => {
                let n = self.len(1)?;
                let s = PyString::from_bytes(self.take(n)?.to_vec());
                Const::Str(s.ok_or_else(|| "malformed string".to_owned())?)
            }
            b's' => {
                let n = self.len(1)?;
                Const::Bytes(self.take(n)?.into())
            }
            b'(' => Const::Tuple(self.nested(|r| r.items(filename))?),
            b'>' => {
                let items = self.nested(|r| r.items(filename))?;
                if items.iter().any(|c| matches!(c, Const::Slice(_))) {
                    return Err("unhashable constant in a frozenset".into());
                }
                Const::FrozenSet(items)
            }
            b':' => {
                let items = self.nested(|r| r.items(filename))?;
                let items: Box<[Const; 3]> = items.try_into().map_err(|_| "malformed slice".to_owned())?;
                Const::Slice(items)
            }
            b'c' => self.nested(|r| r.nested_unit(filename))?,
            _ => return Err("unknown constant".into()),
        })
    }

    fn nested_unit(&mut self, filename: &Arc<str>) -> Result<Const, String> {
        let len = u32::from_le_bytes(self.array()?) as usize;
        let Some(lazy) = self.lazy else {
            let before = self.rest.len();
            let unit = self.unit(Some(filename))?;
            if before - self.rest.len() != len {
                return Err("malformed nested unit".into());
            }
            return Ok(Const::Code(Arc::new(unit)));
        };
        let bytes = lazy(self.take(len)?);
        let mut r = Reader { rest: bytes, depth: 0, filename: Some(filename.clone()), lazy: None };
        let h = r.head(None)?;
        Ok(Const::Lazy(Arc::new(LazyUnit {
            name: h.name,
            qualname: h.qualname,
            filename: h.filename,
            flags: h.flags,
            argcount: h.argcount,
            posonlyargcount: h.posonlyargcount,
            kwonlyargcount: h.kwonlyargcount,
            nregs: h.nregs,
            nlocals: h.nlocals,
            first_line: h.first_line,
            bytes,
        })))
    }

    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || f(self))
    }
}
