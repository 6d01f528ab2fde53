//! The buffer shared by `BufferedReader`, `BufferedWriter` and `BufferedRandom`.
//!
//! One block serves reading and writing. `pos` is the logical position in it, `raw_pos` where the
//! raw stream stands relative to its start. Bytes `..read_end` hold data of the file (none if
//! `read_end` is `None`); bytes `write.0..write.1` wait to be written.
//!
//! Invariants: the block is only touched by the holder of `lock`, or in steps that run no other
//! code; all offsets are within the block.

use std::cell::{Cell, RefCell};

use krait_macros::Trace;
use krait_object::bytes::PyBytes;
use krait_object::exception::peek;
use krait_object::prelude::*;

use super::args::{attr_true, call_retry, would_block};
use super::buffer_lock::{BufferLock, Guard};
use super::fileio::PyFileIO;

/// The state behind the three classes; begins with the object header.
#[repr(C)]
#[derive(Trace)]
pub struct Buffered {
    pub header: Header,
    pub raw: Cell<Option<Obj>>,
    #[trace(skip)]
    pub ok: Cell<bool>,
    #[trace(skip)]
    pub detached: Cell<bool>,
    #[trace(skip)]
    pub readable: Cell<bool>,
    #[trace(skip)]
    pub writable: Cell<bool>,
    #[trace(skip)]
    pub finalizing: Cell<bool>,
    /// Empty once closed.
    #[trace(skip)]
    block: RefCell<Vec<u8>>,
    #[trace(skip)]
    pub size: Cell<usize>,
    #[trace(skip)]
    pos: Cell<usize>,
    #[trace(skip)]
    raw_pos: Cell<i64>,
    #[trace(skip)]
    read_end: Cell<Option<usize>>,
    #[trace(skip)]
    write: Cell<Option<(usize, usize)>>,
    /// Position of the raw stream in the file, if known.
    #[trace(skip)]
    abs_pos: Cell<Option<i64>>,
    pub lock: BufferLock,
}

/// What one raw read or write did.
enum Raw {
    Done(usize),
    WouldBlock,
}

impl Buffered {
    pub fn fresh() -> Buffered {
        Buffered {
            header: crate::util::no_header(),
            raw: Cell::new(None),
            ok: Cell::new(false),
            detached: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            finalizing: Cell::new(false),
            block: RefCell::default(),
            size: Cell::new(0),
            pos: Cell::new(0),
            raw_pos: Cell::new(0),
            read_end: Cell::new(None),
            write: Cell::new(None),
            abs_pos: Cell::new(None),
            lock: BufferLock::default(),
        }
    }
    /// The stream object this is the state of.
    fn me(&self) -> Ref<'_> {
        // SAFETY: the state begins with the header of a live object.
        unsafe { Ref::from_value_unchecked(krait_object::Value::from_ptr(self)) }
    }
    pub fn init(&self, vm: &Vm, raw: Ref<'_>, size: isize, readable: bool, writable: bool) -> PyResult<()> {
        self.ok.set(false);
        self.detached.set(false);
        if readable {
            super::base::check_readable(vm, raw)?;
        }
        if writable {
            super::base::check_writable(vm, raw)?;
        }
        if readable && writable {
            super::base::check_seekable(vm, raw)?;
        }
        let _guard = self.lock.enter(vm, self.me())?;
        drop(self.raw.replace(Some(raw.to_obj())));
        self.readable.set(readable);
        self.writable.set(writable);
        if size <= 0 {
            return Err(vm.value_error("buffer size must be strictly positive"));
        }
        let mut block = Vec::new();
        if block.try_reserve_exact(size as usize).is_err() {
            return Err(vm.memory_error());
        }
        block.resize(size as usize, 0);
        *self.block.borrow_mut() = block;
        self.size.set(size as usize);
        self.pos.set(0);
        self.raw_pos.set(0);
        self.read_end.set(None);
        self.write.set(None);
        self.abs_pos.set(None);
        if let Err(e) = self.raw_tell(vm) {
            drop(vm.take_raised(e));
        }
        self.ok.set(true);
        Ok(())
    }
    /// The raw stream, or an error if there is none.
    #[inline]
    pub fn raw(&self, vm: &Vm) -> PyResult<Obj> {
        match (self.ok.get(), peek(&self.raw)) {
            (true, Some(r)) => Ok(r),
            _ => Err(self.not_ready(vm)),
        }
    }
    #[cold]
    fn not_ready(&self, vm: &Vm) -> krait_object::error::Raised {
        vm.value_error(if self.detached.get() { "raw stream has been detached" } else { "I/O operation on uninitialized object" })
    }
    /// The raw stream as a plain `FileIO` that can be driven without calling its methods.
    fn file(&self, vm: &Vm) -> Option<Py<PyFileIO>> {
        let raw = peek(&self.raw)?;
        let f = raw.r().downcast_exact::<PyFileIO>(vm)?;
        // An instance attribute besides `name` may shadow a method.
        let plain = krait_object::instance::attrs_of(raw.r()).is_none_or(|a| !a.shape().is_dict && a.shape().count <= 1);
        plain.then(|| f.to_py())
    }
    pub fn is_closed(&self, vm: &Vm) -> PyResult<bool> {
        if self.block.borrow().is_empty() {
            return Ok(true);
        }
        match self.file(vm) {
            Some(f) => Ok(f.is_closed()),
            None => {
                let raw = self.raw(vm)?;
                attr_true(vm, raw.r(), "closed")
            }
        }
    }
    /// ValueError if the stream is closed and nothing is left to read.
    #[inline]
    pub fn check_open(&self, vm: &Vm, msg: &str) -> PyResult<()> {
        if !self.ok.get() {
            return Err(self.not_ready(vm));
        }
        if self.is_closed(vm)? && self.readahead() == 0 {
            return Err(vm.value_error(msg));
        }
        Ok(())
    }
    pub fn enter(&self, vm: &Vm) -> PyResult<Guard<'_>> {
        self.lock.enter(vm, self.me())
    }
    fn block_alive(&self, vm: &Vm) -> PyResult<()> {
        if self.block.borrow().is_empty() { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(()) }
    }

    /// Unread bytes in the block.
    #[inline]
    fn readahead(&self) -> usize {
        match self.read_end.get() {
            Some(end) if self.readable.get() => end.saturating_sub(self.pos.get()),
            _ => 0,
        }
    }
    /// How far the raw stream is ahead of the logical position.
    fn raw_offset(&self) -> i64 {
        let valid = (self.readable.get() && self.read_end.get().is_some()) || (self.writable.get() && self.write.get().is_some());
        if valid && self.raw_pos.get() >= 0 { self.raw_pos.get() - self.pos.get() as i64 } else { 0 }
    }
    fn adjust_position(&self, pos: usize) {
        self.pos.set(pos);
        if self.readable.get() && self.read_end.get().is_some_and(|e| e < pos) {
            self.read_end.set(Some(pos));
        }
    }
    fn drop_readahead(&self) {
        self.read_end.set(None);
    }
    /// The next `n` unread bytes, which are read now.
    fn take(&self, n: usize) -> Vec<u8> {
        let block = self.block.borrow();
        let at = self.pos.get();
        let end = (at + n).min(block.len());
        self.pos.set(end);
        block[at..end].to_vec()
    }
    fn take_bytes(&self, vm: &Vm, n: usize) -> Obj {
        let block = self.block.borrow();
        let at = self.pos.get();
        let end = (at + n).min(block.len());
        self.pos.set(end);
        PyBytes::new(vm, &block[at..end]).into_obj()
    }

    fn raw_tell(&self, vm: &Vm) -> PyResult<i64> {
        let n = match self.file(vm) {
            Some(f) => f.seek(vm, 0, libc::SEEK_CUR)?,
            None => {
                let raw = peek(&self.raw).unwrap_or_else(Obj::none);
                let r = vm.call_method_str(raw.r(), "tell", &[])?;
                vm.index_isize(r.r(), vm.types.value_error)? as i64
            }
        };
        if n < 0 {
            return Err(vm.os_error_msg(format!("Raw stream returned invalid position {n}")));
        }
        self.abs_pos.set(Some(n));
        Ok(n)
    }
    fn raw_seek(&self, vm: &Vm, target: i64, whence: i32) -> PyResult<i64> {
        let n = match self.file(vm) {
            Some(f) => f.seek(vm, target, whence)?,
            None => {
                let raw = peek(&self.raw).unwrap_or_else(Obj::none);
                let r = vm.call_method(raw.r(), vm.names().seek, &[vm.int_i64(target).r(), vm.int(whence).r()])?;
                vm.index_isize(r.r(), vm.types.value_error)? as i64
            }
        };
        if n < 0 {
            return Err(vm.os_error_msg(format!("Raw stream returned invalid position {n}")));
        }
        self.abs_pos.set(Some(n));
        Ok(n)
    }
    fn advance_abs(&self, n: usize) {
        if let Some(a) = self.abs_pos.get() {
            self.abs_pos.set(Some(a + n as i64));
        }
    }
    /// One raw read of at most `n` bytes into a fresh vector.
    fn raw_read(&self, vm: &Vm, n: usize) -> PyResult<Option<Vec<u8>>> {
        if let Some(f) = self.file(vm) {
            let mut buf: Vec<u8> = Vec::new();
            if buf.try_reserve_exact(n).is_err() {
                return Err(vm.memory_error());
            }
            // SAFETY: the spare capacity is ours.
            let got = unsafe { f.read_raw(vm, buf.as_mut_ptr(), n)? };
            let Some(got) = got else { return Ok(None) };
            // SAFETY: the kernel filled `got` bytes.
            unsafe { buf.set_len(got) };
            self.advance_abs(got);
            return Ok(Some(buf));
        }
        let raw = peek(&self.raw).unwrap_or_else(Obj::none);
        let memory = vm.call1(vm.types.bytearray.r(), vm.int_usize(n).r())?;
        let view = vm.call1(vm.types.memoryview.r(), memory.r())?;
        let r = call_retry(vm, raw.r(), "readinto", &[view.r()])?;
        if r.r().is_none() {
            return Ok(None);
        }
        let got = match vm.index_isize(r.r(), vm.types.value_error) {
            Ok(g) => g,
            Err(e) => {
                let cause = vm.take_raised(e);
                let new = krait_object::exception::new_exception_msg(vm, vm.types.os_error, "raw readinto() failed");
                drop(new.cause.replace(Some(cause.clone().into_obj())));
                drop(new.context.replace(Some(cause.into_obj())));
                new.suppress_context.set(true);
                return Err(vm.raise_as_is(new));
            }
        };
        if got < 0 || got as usize > n {
            return Err(vm.os_error_msg(format!("raw readinto() returned invalid length {got} (should have been between 0 and {n})")));
        }
        let data = krait_object::buffer::with_bytes(vm, memory.r(), |d| d.get(..got as usize).map(<[u8]>::to_vec))?;
        let Some(data) = data else { return Err(vm.os_error_msg("raw readinto() changed the buffer's size")) };
        self.advance_abs(data.len());
        Ok(Some(data))
    }
    /// Reads more behind what the block holds; the bytes gained.
    fn fill(&self, vm: &Vm) -> PyResult<Raw> {
        let start = self.read_end.get().unwrap_or(0);
        let room = self.size.get().saturating_sub(start);
        let n = if let Some(f) = self.file(vm) {
            let p = {
                let mut block = self.block.borrow_mut();
                if block.len() < start + room {
                    return Err(vm.value_error("I/O operation on closed file."));
                }
                // SAFETY: `start` is within the block.
                unsafe { block.as_mut_ptr().add(start) }
            };
            // SAFETY: the lock is held, so nobody frees or moves the block meanwhile.
            let Some(n) = (unsafe { f.read_raw(vm, p, room)? }) else { return Ok(Raw::WouldBlock) };
            self.advance_abs(n);
            n
        } else {
            let Some(data) = self.raw_read(vm, room)? else { return Ok(Raw::WouldBlock) };
            let mut block = self.block.borrow_mut();
            let Some(dst) = block.get_mut(start..start + data.len()) else {
                drop(block);
                return Err(vm.value_error("I/O operation on closed file."));
            };
            dst.copy_from_slice(&data);
            data.len()
        };
        if n > 0 {
            self.read_end.set(Some(start + n));
            self.raw_pos.set((start + n) as i64);
        }
        Ok(Raw::Done(n))
    }
    fn raw_write(&self, vm: &Vm, data: &[u8]) -> PyResult<Raw> {
        let n = if let Some(f) = self.file(vm) {
            // SAFETY: the caller keeps the bytes in place (lock held, or an exported buffer).
            match unsafe { f.write_raw(vm, data.as_ptr(), data.len())? } {
                Some(n) => n,
                None => return Ok(Raw::WouldBlock),
            }
        } else {
            let raw = peek(&self.raw).unwrap_or_else(Obj::none);
            let copy = vm.bytes(data);
            let view = vm.call1(vm.types.memoryview.r(), copy.r())?;
            let len = data.len();
            let r = call_retry(vm, raw.r(), "write", &[view.r()])?;
            if r.r().is_none() {
                return Ok(Raw::WouldBlock);
            }
            let n = vm.index_isize(r.r(), vm.types.value_error)?;
            if n < 0 || n as usize > len {
                return Err(vm.os_error_msg(format!("raw write() returned invalid length {n} (should have been between 0 and {len})")));
            }
            n as usize
        };
        self.advance_abs(n);
        Ok(Raw::Done(n))
    }

    /// BlockingIOError after `written` bytes were taken. A raw stream written in Python leaves no
    /// error number.
    #[cold]
    fn blocked(&self, vm: &Vm, written: usize) -> krait_object::error::Raised {
        let errno = if self.file(vm).is_some() { libc::EAGAIN } else { 0 };
        would_block(vm, errno, "write could not complete without blocking", written)
    }
    /// Writes out what waits. The lock is held.
    fn flush_unlocked(&self, vm: &Vm) -> PyResult<()> {
        let Some((mut at, end)) = self.write.get().filter(|w| w.0 < w.1) else {
            self.write.set(None);
            return Ok(());
        };
        let rewind = self.raw_offset() + (self.pos.get() as i64 - at as i64);
        if rewind != 0 {
            self.raw_seek(vm, -rewind, libc::SEEK_CUR)?;
            self.raw_pos.set(self.raw_pos.get() - rewind);
        }
        // The bytes leave the block while foreign code runs, so nothing borrows it.
        let data = match self.block.borrow().get(at..end) {
            Some(d) => d.to_vec(),
            None => return Err(vm.value_error("I/O operation on closed file.")),
        };
        let base = at;
        while at < end {
            match self.raw_write(vm, &data[at - base..])? {
                Raw::WouldBlock => return Err(self.blocked(vm, 0)),
                Raw::Done(n) => {
                    at += n;
                    self.write.set(Some((at, end)));
                    self.raw_pos.set(at as i64);
                }
            }
            vm.poll()?;
        }
        self.write.set(None);
        Ok(())
    }
    /// Writes out what waits and puts the raw stream to the logical position.
    fn flush_and_rewind(&self, vm: &Vm) -> PyResult<()> {
        self.flush_unlocked(vm)?;
        if self.readable.get() {
            let offset = self.raw_offset();
            if offset != 0 || !self.writable.get() {
                self.raw_seek(vm, -offset, libc::SEEK_CUR)?;
            }
            self.drop_readahead();
        }
        Ok(())
    }
    pub fn flush(&self, vm: &Vm) -> PyResult<()> {
        if !self.writable.get() {
            // Nothing to write; what was read ahead stays, the file may not be seekable.
            return vm.call_method(self.raw(vm)?.r(), vm.names().flush, &[]).map(drop);
        }
        self.check_open(vm, "flush of closed file")?;
        let _guard = self.enter(vm)?;
        self.flush_and_rewind(vm)
    }
    fn before_reading(&self, vm: &Vm) -> PyResult<()> {
        if self.writable.get() { self.flush_and_rewind(vm) } else { Ok(()) }
    }

    pub fn read(&self, vm: &Vm, n: isize) -> PyResult<Obj> {
        if !self.ok.get() {
            return Err(self.not_ready(vm));
        }
        if n < -1 {
            return Err(vm.value_error("read length must be non-negative or -1"));
        }
        self.check_open(vm, "read of closed file")?;
        if n == -1 {
            let _guard = self.enter(vm)?;
            return self.read_all(vm);
        }
        let n = n as usize;
        if !self.lock.is_held() && n <= self.readahead() {
            return Ok(self.take_bytes(vm, n));
        }
        let _guard = self.enter(vm)?;
        self.read_generic(vm, n)
    }
    fn read_generic(&self, vm: &Vm, n: usize) -> PyResult<Obj> {
        let ahead = self.readahead();
        if n <= ahead {
            return Ok(self.take_bytes(vm, n));
        }
        let mut out: Vec<u8> = Vec::new();
        if out.try_reserve(n.min(1 << 30)).is_err() || n > isize::MAX as usize {
            return Err(vm.memory_error());
        }
        if ahead > 0 {
            out.extend(self.take(ahead));
        }
        self.before_reading(vm)?;
        self.drop_readahead();
        let size = self.size.get();
        let done = |out: Vec<u8>, eof: bool| if eof || !out.is_empty() { Ok(vm.bytes(&out)) } else { Ok(Obj::none()) };
        while out.len() < n {
            // Whole blocks bypass the buffer.
            let whole = (n - out.len()) / size * size;
            if whole == 0 {
                break;
            }
            match self.raw_read(vm, whole)? {
                None => return done(out, false),
                Some(d) if d.is_empty() => return done(out, true),
                Some(d) => out.extend(d),
            }
        }
        self.pos.set(0);
        self.raw_pos.set(0);
        self.read_end.set(Some(0));
        while out.len() < n && self.read_end.get().is_some_and(|e| e < size) {
            match self.fill(vm)? {
                Raw::WouldBlock => return done(out, false),
                Raw::Done(0) => return done(out, true),
                Raw::Done(_) => out.extend(self.take((n - out.len()).min(self.readahead()))),
            }
        }
        Ok(vm.bytes(&out))
    }
    fn read_all(&self, vm: &Vm) -> PyResult<Obj> {
        let ahead = self.readahead();
        let head = self.take(ahead);
        self.before_reading(vm)?;
        self.drop_readahead();
        if let Some(f) = self.file(vm) {
            return match f.read_all(vm)? {
                None if head.is_empty() => Ok(Obj::none()),
                None => Ok(vm.bytes(&head)),
                Some(rest) if head.is_empty() => Ok(vm.bytes(&rest)),
                Some(rest) => Ok(vm.bytes(&[head, rest].concat())),
            };
        }
        let raw = self.raw(vm)?;
        let name = vm.intern("readall");
        if let Some(readall) = vm.getattr_opt(raw.r(), &name)? {
            let rest = vm.call0(readall.r())?;
            if rest.r().is_none() {
                return Ok(if head.is_empty() { rest } else { vm.bytes(&head) });
            }
            let Some(b) = rest.r().downcast::<PyBytes>(vm) else {
                return Err(vm.type_error("readall() should return bytes"));
            };
            if head.is_empty() {
                return Ok(rest);
            }
            return Ok(vm.bytes(&[&head, b.as_slice()].concat()));
        }
        let mut out = head;
        loop {
            let data = call_retry(vm, raw.r(), "read", &[])?;
            let bytes = data.r().downcast::<PyBytes>(vm);
            if bytes.is_none() && !data.r().is_none() {
                return Err(vm.type_error("read() should return bytes"));
            }
            match bytes {
                Some(b) if !b.is_empty() => {
                    out.extend_from_slice(b.as_slice());
                    self.advance_abs(b.len());
                }
                _ if out.is_empty() => return Ok(data),
                _ => return Ok(vm.bytes(&out)),
            }
        }
    }
    pub fn peek(&self, vm: &Vm) -> PyResult<Obj> {
        self.check_open(vm, "peek of closed file")?;
        let _guard = self.enter(vm)?;
        self.before_reading(vm)?;
        if self.readahead() == 0 {
            self.drop_readahead();
            self.fill(vm)?;
            self.pos.set(0);
        }
        let (at, n) = (self.pos.get(), self.readahead());
        Ok(PyBytes::new(vm, &self.block.borrow()[at..at + n]).into_obj())
    }
    pub fn read1(&self, vm: &Vm, n: isize) -> PyResult<Obj> {
        if !self.ok.get() {
            return Err(self.not_ready(vm));
        }
        let n = if n < 0 { self.size.get() } else { n as usize };
        self.check_open(vm, "read of closed file")?;
        if n == 0 {
            return Ok(vm.bytes(b""));
        }
        let ahead = self.readahead();
        if ahead > 0 && !self.lock.is_held() {
            return Ok(self.take_bytes(vm, n.min(ahead)));
        }
        let _guard = self.enter(vm)?;
        let ahead = self.readahead();
        if ahead > 0 {
            return Ok(self.take_bytes(vm, n.min(ahead)));
        }
        self.before_reading(vm)?;
        self.block_alive(vm)?;
        self.drop_readahead();
        Ok(vm.bytes(&self.raw_read(vm, n)?.unwrap_or_default()))
    }
    /// `readinto`, or `readinto1` with at most one raw read. `None` if it would block.
    pub fn readinto(&self, vm: &Vm, buffer: &mut krait_object::buffer::Buffer, once: bool) -> PyResult<Option<usize>> {
        self.check_open(vm, "readinto of closed file")?;
        let len = buffer.len();
        let ahead = self.readahead();
        let mut written = 0;
        if ahead > 0 && !self.lock.is_held() {
            let d = self.take(ahead.min(len));
            buffer.as_mut_slice()[..d.len()].copy_from_slice(&d);
            written = d.len();
            if written == len {
                return Ok(Some(written));
            }
        }
        let _guard = self.enter(vm)?;
        self.before_reading(vm)?;
        self.block_alive(vm)?;
        self.drop_readahead();
        self.pos.set(0);
        while written < len {
            let remaining = len - written;
            let n = if remaining > self.size.get() {
                match self.raw_read(vm, remaining)? {
                    None => Raw::WouldBlock,
                    Some(d) => {
                        buffer.as_mut_slice()[written..written + d.len()].copy_from_slice(&d);
                        Raw::Done(d.len())
                    }
                }
            } else if !(once && written > 0) {
                match self.fill(vm)? {
                    Raw::Done(n) if n > 0 => {
                        let d = self.take(self.readahead().min(remaining));
                        buffer.as_mut_slice()[written..written + d.len()].copy_from_slice(&d);
                        if !once {
                            written += d.len();
                            continue;
                        }
                        Raw::Done(d.len())
                    }
                    other => other,
                }
            } else {
                Raw::Done(0)
            };
            match n {
                Raw::Done(0) => break,
                Raw::WouldBlock if written > 0 => break,
                Raw::WouldBlock => return Ok(None),
                Raw::Done(n) => written += n,
            }
            if once {
                break;
            }
        }
        Ok(Some(written))
    }
    /// A line of at most `limit` bytes, if not negative.
    pub fn readline(&self, vm: &Vm, limit: isize) -> PyResult<Obj> {
        self.check_open(vm, "readline of closed file")?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if !self.lock.is_held() {
            let (at, ahead) = (self.pos.get(), self.readahead().min(limit));
            let block = self.block.borrow();
            let found = memchr::memchr(b'\n', &block[at..at + ahead]).map(|i| i + 1);
            if let Some(n) = found.or((ahead == limit).then_some(ahead)) {
                self.pos.set(at + n);
                return Ok(PyBytes::new(vm, &block[at..at + n]).into_obj());
            }
        }
        let _guard = self.enter(vm)?;
        let mut out = self.take(self.readahead().min(limit));
        self.before_reading(vm)?;
        loop {
            self.drop_readahead();
            self.pos.set(0);
            match self.fill(vm)? {
                Raw::Done(n) if n > 0 => {
                    let most = n.min(limit - out.len());
                    let found = memchr::memchr(b'\n', &self.block.borrow()[..most]).map(|i| i + 1);
                    out.extend(self.take(found.unwrap_or(most)));
                    if found.is_some() || out.len() >= limit {
                        return Ok(vm.bytes(&out));
                    }
                }
                _ => return Ok(vm.bytes(&out)),
            }
        }
    }

    pub fn write(&self, vm: &Vm, data: &[u8]) -> PyResult<usize> {
        if !self.ok.get() {
            return Err(self.not_ready(vm));
        }
        let _guard = self.enter(vm)?;
        if self.is_closed(vm)? {
            return Err(vm.value_error("write to closed file"));
        }
        let valid_read = self.readable.get() && self.read_end.get().is_some();
        if !valid_read && self.write.get().is_none() {
            self.pos.set(0);
            self.raw_pos.set(0);
        }
        let size = self.size.get();
        let at = self.pos.get();
        if data.len() <= size.saturating_sub(at) && data.len() < size {
            self.block.borrow_mut()[at..at + data.len()].copy_from_slice(data);
            let start = match self.write.get() {
                Some((s, _)) if s <= at => s,
                _ => at,
            };
            self.adjust_position(at + data.len());
            let end = self.write.get().map_or(0, |w| w.1).max(self.pos.get());
            self.write.set(Some((start, end)));
            return Ok(data.len());
        }
        if let Err(e) = self.flush_unlocked(vm) {
            return self.keep_blocked(vm, e, data);
        }
        let offset = self.raw_offset();
        if offset != 0 {
            self.raw_seek(vm, -offset, libc::SEEK_CUR)?;
            self.raw_pos.set(self.raw_pos.get() - offset);
        }
        let mut written = 0;
        while data.len() - written > size {
            match self.raw_write(vm, &data[written..])? {
                Raw::Done(n) => written += n,
                Raw::WouldBlock => {
                    let mut block = self.block.borrow_mut();
                    let Some(dst) = block.get_mut(..size) else { break };
                    dst.copy_from_slice(&data[written..written + size]);
                    drop(block);
                    self.raw_pos.set(0);
                    self.adjust_position(size);
                    self.write.set(Some((0, size)));
                    return Err(self.blocked(vm, written + size));
                }
            }
            vm.poll()?;
        }
        if self.readable.get() {
            self.drop_readahead();
        }
        let rest = &data[written..];
        match self.block.borrow_mut().get_mut(..rest.len()) {
            Some(dst) => dst.copy_from_slice(rest),
            None => return Err(vm.value_error("write to closed file")),
        }
        self.write.set(Some((0, rest.len())));
        self.adjust_position(rest.len());
        self.raw_pos.set(0);
        Ok(data.len())
    }
    /// The raw stream would block while the buffer was flushed: buffers what fits.
    #[cold]
    fn keep_blocked(&self, vm: &Vm, token: krait_object::error::Raised, data: &[u8]) -> PyResult<usize> {
        if !vm.raised_is(vm.types.blocking_io_error) {
            return Err(token);
        }
        if self.readable.get() {
            self.drop_readahead();
        }
        let Some((start, end)) = self.write.get() else { return Err(token) };
        let mut block = self.block.borrow_mut();
        if block.len() < end {
            return Err(token);
        }
        block.copy_within(start..end, 0);
        let kept = end - start;
        self.raw_pos.set(self.raw_pos.get() - start as i64);
        self.pos.set(self.pos.get().saturating_sub(start));
        let n = data.len().min(self.size.get() - kept);
        block[kept..kept + n].copy_from_slice(&data[..n]);
        drop(block);
        self.write.set(Some((0, kept + n)));
        self.pos.set(self.pos.get() + n);
        drop(vm.take_raised(token));
        if n == data.len() { Ok(n) } else { Err(self.blocked(vm, n)) }
    }

    pub fn tell(&self, vm: &Vm) -> PyResult<i64> {
        self.raw(vm)?;
        let _guard = self.enter(vm)?;
        let pos = self.raw_tell(vm)? - self.raw_offset();
        Ok(pos.max(0))
    }
    pub fn seek(&self, vm: &Vm, target: Ref<'_>, whence: i32) -> PyResult<i64> {
        let raw = self.raw(vm)?;
        if !matches!(whence, libc::SEEK_SET | libc::SEEK_CUR | libc::SEEK_END | libc::SEEK_DATA | libc::SEEK_HOLE) {
            return Err(vm.value_error(format!("whence value {whence} unsupported")));
        }
        self.check_open(vm, "seek of closed file")?;
        match self.file(vm) {
            Some(f) if f.is_seekable(vm)? => {}
            _ => drop(super::base::check_seekable(vm, raw.r())?),
        }
        let mut target = vm.index_isize(target, vm.types.value_error)? as i64;
        if matches!(whence, libc::SEEK_SET | libc::SEEK_CUR) && self.readable.get() && !self.lock.is_held() {
            // Stays within the block if it can.
            let current = match self.abs_pos.get() {
                Some(p) => p,
                None => self.raw_tell(vm)?,
            };
            let avail = self.readahead() as i64;
            if avail > 0 {
                let offset = if whence == libc::SEEK_SET { target.wrapping_sub(current - self.raw_offset()) } else { target };
                if offset >= -(self.pos.get() as i64) && offset <= avail && current - avail + offset >= 0 {
                    self.pos.set((self.pos.get() as i64 + offset) as usize);
                    return Ok(current - avail + offset);
                }
            }
        }
        let _guard = self.enter(vm)?;
        if self.writable.get() {
            self.flush_unlocked(vm)?;
        }
        if whence == libc::SEEK_CUR {
            target -= self.raw_offset();
        }
        let n = self.raw_seek(vm, target, whence)?;
        self.raw_pos.set(-1);
        if self.readable.get() {
            self.drop_readahead();
        }
        Ok(n)
    }
    pub fn truncate(&self, vm: &Vm, pos: Ref<'_>) -> PyResult<Obj> {
        let raw = self.raw(vm)?;
        self.check_open(vm, "truncate of closed file")?;
        if !self.writable.get() {
            return Err(super::args::unsupported(vm, "truncate"));
        }
        let _guard = self.enter(vm)?;
        self.flush_and_rewind(vm)?;
        let r = vm.call_method_str(raw.r(), "truncate", &[pos])?;
        if let Err(e) = self.raw_tell(vm) {
            drop(vm.take_raised(e));
        }
        Ok(r)
    }
    pub fn close(&self, vm: &Vm) -> PyResult<Obj> {
        let raw = self.raw(vm)?;
        {
            let _guard = self.enter(vm)?;
            if attr_true(vm, raw.r(), "closed")? {
                return Ok(Obj::none());
            }
            if self.finalizing.get() {
                self.dealloc_warn(vm, self.me());
            }
        }
        let flushed = vm.call_method(self.me(), vm.names().flush, &[]).map(drop);
        let mut result = Obj::none();
        super::args::also(vm, flushed, || {
            let _guard = self.enter(vm)?;
            let closed = vm.call_method(raw.r(), vm.names().close, &[]);
            drop(std::mem::take(&mut *self.block.borrow_mut()));
            self.read_end.set(None);
            self.write.set(None);
            self.pos.set(0);
            result = closed?;
            Ok(())
        })?;
        Ok(result)
    }
    pub fn detach(&self, vm: &Vm) -> PyResult<Obj> {
        let raw = self.raw(vm)?;
        vm.call_method(self.me(), vm.names().flush, &[])?;
        drop(self.raw.take());
        self.detached.set(true);
        self.ok.set(false);
        Ok(raw)
    }
    pub fn dealloc_warn(&self, vm: &Vm, source: Ref<'_>) {
        if !self.ok.get() {
            return;
        }
        if let Some(raw) = peek(&self.raw)
            && let Err(e) = vm.call_method_str(raw.r(), "_dealloc_warn", &[source])
        {
            drop(vm.take_raised(e));
        }
    }
}
