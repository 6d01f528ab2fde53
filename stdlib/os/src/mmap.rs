//! The `mmap` module.

use std::cell::Cell;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::error::Raised;
use krait_object::prelude::*;

use crate::util::errno;

const ACCESS_DEFAULT: i32 = 0;
const ACCESS_READ: i32 = 1;
const ACCESS_WRITE: i32 = 2;
const ACCESS_COPY: i32 = 3;

/// Mapped memory; the address is null once closed.
#[repr(C)]
#[derive(Trace)]
pub struct PyMmap {
    pub header: Header,
    #[trace(skip)]
    data: Cell<*mut u8>,
    #[trace(skip)]
    size: Cell<usize>,
    #[trace(skip)]
    pos: Cell<usize>,
    #[trace(skip)]
    offset: i64,
    /// A duplicate of the file's descriptor, or -1.
    #[trace(skip)]
    fd: Cell<i32>,
    #[trace(skip)]
    access: i32,
    #[trace(skip)]
    trackfd: bool,
    #[trace(skip)]
    shared: bool,
    /// Buffers handed out and not released.
    #[trace(skip)]
    exports: Cell<usize>,
}

impl Drop for PyMmap {
    fn drop(&mut self) {
        self.unmap();
    }
}

impl PyMmap {
    fn unmap(&self) {
        let fd = self.fd.replace(-1);
        let p = self.data.replace(std::ptr::null_mut());
        // SAFETY: descriptor and mapping are ours, and nobody else uses them.
        unsafe {
            if fd >= 0 {
                libc::close(fd);
            }
            if !p.is_null() {
                libc::munmap(p.cast(), self.size.get());
            }
        }
    }
    fn is_closed(&self) -> bool {
        self.data.get().is_null()
    }
    fn check(&self, vm: &Vm) -> PyResult<()> {
        if self.is_closed() { Err(vm.value_error("mmap closed or invalid")) } else { Ok(()) }
    }
    fn check_writable(&self, vm: &Vm) -> PyResult<()> {
        if self.access == ACCESS_READ {
            return Err(vm.type_error("mmap can't modify a readonly memory map."));
        }
        Ok(())
    }
    /// The mapped bytes. Valid until something may close or resize the map.
    fn bytes(&self) -> &[u8] {
        if self.is_closed() {
            return &[];
        }
        // SAFETY: the mapping has `size` bytes; callers run no Python code while they borrow.
        unsafe { std::slice::from_raw_parts(self.data.get(), self.size.get()) }
    }
    /// Overwrites bytes at `at`, which must be in range.
    fn put(&self, at: usize, src: &[u8]) {
        if src.is_empty() {
            return;
        }
        assert!(at + src.len() <= self.size.get() && !self.is_closed());
        // SAFETY: in range; source and mapping may overlap.
        unsafe { std::ptr::copy(src.as_ptr(), self.data.get().add(at), src.len()) };
    }
    fn index(&self, vm: &Vm, o: Ref<'_>, msg: &str) -> PyResult<usize> {
        let mut i = vm.index_isize(o, vm.types.index_error)?;
        self.check(vm)?;
        if i < 0 {
            i += self.size.get() as isize;
        }
        if i < 0 || i as usize >= self.size.get() {
            return Err(vm.index_error(msg));
        }
        Ok(i as usize)
    }
    fn read(&self, vm: &Vm, n: isize) -> Obj {
        let have = self.size.get().saturating_sub(self.pos.get());
        let n = if n < 0 { have } else { have.min(n as usize) };
        let at = self.pos.get();
        self.pos.set(at + n);
        vm.bytes(self.bytes().get(at..at + n).unwrap_or(&[]))
    }
    fn find(&self, vm: &Vm, what: Ref<'_>, start: Option<Ref<'_>>, end: Option<Ref<'_>>, backwards: bool) -> PyResult<isize> {
        let needle = krait_object::buffer::with_bytes(vm, what, <[u8]>::to_vec)?;
        self.check(vm)?;
        let size = self.size.get() as isize;
        let bound = |o: Option<Ref<'_>>, default: isize| -> PyResult<isize> {
            match o.filter(|o| !o.is_none()) {
                Some(o) => vm.index_isize(o, vm.types.overflow_error),
                None => Ok(default),
            }
        };
        let start = bound(start, self.pos.get() as isize)?;
        let end = bound(end, size)?;
        self.check(vm)?;
        let clamp = |i: isize| (if i < 0 { i + size } else { i }).clamp(0, size) as usize;
        let (a, b) = (clamp(start), clamp(end));
        if a > b {
            return Ok(-1);
        }
        let hay = &self.bytes()[a..b];
        let found = if backwards { memchr::memmem::rfind(hay, &needle) } else { memchr::memmem::find(hay, &needle) };
        Ok(found.map_or(-1, |i| (a + i) as isize))
    }
    fn resize(&self, vm: &Vm, new: isize) -> PyResult<()> {
        if self.exports.get() > 0 {
            return Err(vm.buffer_error("mmap can't resize with extant buffers exported."));
        }
        if !(self.access == ACCESS_WRITE || self.access == ACCESS_DEFAULT) {
            return Err(vm.type_error("mmap can't resize a readonly or copy-on-write memory map."));
        }
        if !self.trackfd {
            return Err(vm.value_error("mmap can't resize with trackfd=False."));
        }
        if new < 0 || (i64::MAX - new as i64) < self.offset {
            return Err(vm.value_error("new size out of range"));
        }
        let fd = self.fd.get();
        if fd < 0 && self.shared && new as usize > self.size.get() {
            return Err(vm.value_error("mmap: can't expand a shared anonymous mapping on Linux"));
        }
        // SAFETY: the mapping is ours and nothing borrows it.
        unsafe {
            if fd >= 0 && libc::ftruncate(fd, self.offset + new as i64) < 0 {
                return Err(vm.os_error(errno()));
            }
            let p = libc::mremap(self.data.get().cast(), self.size.get(), new as usize, libc::MREMAP_MAYMOVE);
            if p == libc::MAP_FAILED {
                return Err(vm.os_error(errno()));
            }
            self.data.set(p.cast());
        }
        self.size.set(new as usize);
        Ok(())
    }
}

/// What `mmap()` was asked for.
struct Request {
    fd: i32,
    length: isize,
    flags: i32,
    prot: i32,
    access: i32,
    offset: i64,
    trackfd: bool,
}

fn map(vm: &Vm, cls: &PyType, r: Request, custom: bool) -> PyResult<Py<PyMmap>> {
    let (mut flags, mut prot) = (r.flags, r.prot);
    if r.length < 0 {
        return Err(vm.overflow_error("memory mapped length must be positive"));
    }
    if r.offset < 0 {
        return Err(vm.overflow_error("memory mapped offset must be positive"));
    }
    if r.access != ACCESS_DEFAULT && custom {
        return Err(vm.value_error("mmap can't specify both access and flags, prot."));
    }
    let mut access = r.access;
    match access {
        ACCESS_READ => (flags, prot) = (libc::MAP_SHARED, libc::PROT_READ),
        ACCESS_WRITE => (flags, prot) = (libc::MAP_SHARED, libc::PROT_READ | libc::PROT_WRITE),
        ACCESS_COPY => (flags, prot) = (libc::MAP_PRIVATE, libc::PROT_READ | libc::PROT_WRITE),
        ACCESS_DEFAULT => {
            if prot & libc::PROT_READ != 0 && prot & libc::PROT_WRITE == 0 {
                access = ACCESS_READ;
            } else if prot & libc::PROT_WRITE != 0 && prot & libc::PROT_READ == 0 {
                access = ACCESS_WRITE;
            }
        }
        _ => return Err(vm.value_error("mmap invalid access parameter.")),
    }
    let args = [vm.int(r.fd), vm.int(r.length as i64), vm.int(access), vm.int_i64(r.offset)];
    vm.audit("mmap.__new__", krait_object::obj::refs(&args))?;
    let mut size = r.length as u64;
    let mut dup = -1;
    if r.fd != -1 {
        // SAFETY: all-zero is a valid `stat`; plain system calls.
        let st = unsafe {
            let mut st: libc::stat = std::mem::zeroed();
            (libc::fstat(r.fd, &mut st), st)
        };
        if st.0 == 0 && st.1.st_mode & libc::S_IFMT == libc::S_IFREG {
            let file = st.1.st_size;
            if size == 0 {
                if file == 0 {
                    return Err(vm.value_error("cannot mmap an empty file"));
                }
                if r.offset >= file {
                    return Err(vm.value_error("mmap offset is greater than file size"));
                }
                size = (file - r.offset) as u64;
            } else if r.offset > file || (file - r.offset) < size as i64 {
                return Err(vm.value_error("mmap length is greater than file size"));
            }
        }
        if r.trackfd {
            // SAFETY: a plain system call.
            dup = unsafe { libc::fcntl(r.fd, libc::F_DUPFD_CLOEXEC, 0) };
            if dup < 0 {
                return Err(vm.os_error(errno()));
            }
        }
    } else {
        flags |= libc::MAP_ANONYMOUS;
    }
    // SAFETY: a fresh mapping at an address the kernel picks.
    let (p, e) =
        vm.allow_threads(|| unsafe { (libc::mmap(std::ptr::null_mut(), size as usize, prot, flags, r.fd, r.offset) as usize, errno()) });
    if p == libc::MAP_FAILED as usize {
        if dup >= 0 {
            // SAFETY: duplicated just now.
            unsafe { libc::close(dup) };
        }
        return Err(vm.os_error(e));
    }
    let m = PyMmap {
        header: crate::util::no_header(),
        data: Cell::new(p as *mut u8),
        size: Cell::new(size as usize),
        pos: Cell::new(0),
        offset: r.offset,
        fd: Cell::new(dup),
        access,
        trackfd: r.trackfd,
        shared: flags & libc::MAP_PRIVATE == 0,
        exports: Cell::new(0),
    };
    crate::util::alloc_sub(vm, cls, m)
}

fn byte(vm: &Vm, o: Ref<'_>) -> PyResult<u8> {
    if !vm.has_index(o) {
        return Err(vm.type_error("mmap item value must be an int"));
    }
    let v = vm.index_isize(o, vm.types.type_error)?;
    u8::try_from(v).map_err(|_| vm.value_error("mmap item value must be in range(0, 256)"))
}

fn slice_of(vm: &Vm, zelf: &PyMmap, key: Ref<'_>) -> PyResult<Vec<usize>> {
    let list = vm.call_method_str(key, "indices", &[vm.int_usize(zelf.size.get()).r()])?;
    let mut n = [0i64; 3];
    for (slot, o) in n.iter_mut().zip(vm.collect(list.r())?) {
        *slot = krait_object::convert::c_long(vm, o.r())?;
    }
    let [start, stop, step] = n;
    let mut out = Vec::new();
    let mut i = start;
    while (step > 0 && i < stop) || (step < 0 && i > stop) {
        out.push(i as usize);
        let Some(next) = i.checked_add(step) else { break };
        i = next;
    }
    Ok(out)
}

fn out_of(vm: &Vm, what: &str) -> Raised {
    vm.value_error(what)
}

/// mmap(fileno, length[, flags[, prot[, access[, offset[, trackfd]]]]])
///
/// Maps length bytes from the file specified by the file descriptor fileno,
/// and returns a mmap object.  If length is larger than the current size
/// of the file, the file is extended to contain length bytes.  If length is
/// 0, the maximum length of the map is the current size of the file, except
/// that if the file is empty Windows raises an exception (you cannot create
/// an empty mapping on Windows).
#[pyclass("mmap", module = "mmap", layout = PyMmap, own, weakref, flags(BASETYPE))]
pub mod mmap_class {
    use super::{PyMmap, Request, byte, out_of, slice_of};
    use crate::io::args::Size;
    use crate::util::errno;
    use krait_object::buffer::BufferInfo;
    use krait_object::convert::BufferArg;
    use krait_object::prelude::*;

    #[pynew("mmap(fileno, length, flags=1, prot=3, access=0, offset=0, *, trackfd=True)", nosig)]
    fn new(
        vm: &Vm,
        cls: &PyType,
        fileno: i32,
        length: isize,
        flags: OptArg<i32>,
        prot: OptArg<i32>,
        access: i32,
        offset: i64,
        trackfd: bool,
    ) -> PyResult<Py<PyMmap>> {
        let (f, p) = (libc::MAP_SHARED, libc::PROT_READ | libc::PROT_WRITE);
        let (flags, prot) = (flags.0.unwrap_or(f), prot.0.unwrap_or(p));
        let custom = flags != f || prot != p;
        super::map(vm, cls, Request { fd: fileno, length, flags, prot, access, offset, trackfd }, custom)
    }
    #[slot(getbuffer)]
    fn getbuffer(vm: &Vm, zelf: &PyMmap, flags: u32) -> PyResult<BufferInfo> {
        zelf.check(vm)?;
        let readonly = zelf.access == super::ACCESS_READ;
        if readonly && flags & krait_object::buffer::flags::WRITABLE != 0 {
            return Err(vm.buffer_error("Object is not writable."));
        }
        zelf.exports.set(zelf.exports.get() + 1);
        Ok(BufferInfo::bytes(zelf.data.get(), zelf.size.get(), readonly))
    }
    #[slot(releasebuffer)]
    fn releasebuffer(_vm: &Vm, zelf: &PyMmap, _info: &BufferInfo) {
        zelf.exports.set(zelf.exports.get().saturating_sub(1));
    }
    #[slot(mp_length, sq_length)]
    fn len(vm: &Vm, zelf: &PyMmap) -> PyResult<usize> {
        zelf.check(vm)?;
        Ok(zelf.size.get())
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyMmap, key: Ref<'_>) -> PyResult<Obj> {
        zelf.check(vm)?;
        if vm.has_index(key) {
            let i = zelf.index(vm, key, "mmap index out of range")?;
            return Ok(vm.int(zelf.bytes()[i]));
        }
        if std::ptr::eq(key.ty(vm), vm.types.slice) {
            let at = slice_of(vm, zelf, key)?;
            zelf.check(vm)?;
            let b = zelf.bytes();
            let out: Vec<u8> = at.iter().filter_map(|i| b.get(*i).copied()).collect();
            return Ok(vm.bytes(&out));
        }
        Err(vm.type_error("mmap indices must be integers"))
    }
    #[slot(mp_ass_subscript)]
    fn setitem(vm: &Vm, zelf: &PyMmap, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.check(vm)?;
        zelf.check_writable(vm)?;
        if vm.has_index(key) {
            let i = zelf.index(vm, key, "mmap index out of range")?;
            let Some(v) = value else { return Err(vm.type_error("mmap doesn't support item deletion")) };
            let b = byte(vm, v)?;
            zelf.check(vm)?;
            if i >= zelf.size.get() {
                return Err(vm.index_error("mmap index out of range"));
            }
            zelf.put(i, &[b]);
            return Ok(());
        }
        if std::ptr::eq(key.ty(vm), vm.types.slice) {
            let at = slice_of(vm, zelf, key)?;
            let Some(v) = value else { return Err(vm.type_error("mmap object doesn't support slice deletion")) };
            let data = krait_object::buffer::with_bytes(vm, v, <[u8]>::to_vec)?;
            zelf.check(vm)?;
            if data.len() != at.len() || at.iter().any(|i| *i >= zelf.size.get()) {
                return Err(vm.index_error("mmap slice assignment is wrong size"));
            }
            for (i, b) in at.iter().zip(&data) {
                zelf.put(*i, &[*b]);
            }
            return Ok(());
        }
        Err(vm.type_error("mmap indices must be integers"))
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyMmap, i: isize) -> PyResult<Obj> {
        zelf.check(vm)?;
        match usize::try_from(i).ok().and_then(|i| zelf.bytes().get(i)) {
            Some(b) => Ok(vm.bytes(&[*b])),
            None => Err(vm.index_error("mmap index out of range")),
        }
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyMmap) -> Obj {
        let ty = zelf.r().ty(vm).tp_name();
        if zelf.is_closed() {
            return vm.str(&format!("<{ty} closed=True>"));
        }
        let access = match zelf.access {
            super::ACCESS_READ => "ACCESS_READ",
            super::ACCESS_WRITE => "ACCESS_WRITE",
            super::ACCESS_COPY => "ACCESS_COPY",
            _ => "ACCESS_DEFAULT",
        };
        vm.str(&format!("<{ty} closed=False, access={access}, length={}, pos={}, offset={}>", zelf.size.get(), zelf.pos.get(), zelf.offset))
    }
    #[pymethod(nosig)]
    fn close(vm: &Vm, zelf: &PyMmap) -> PyResult<()> {
        if zelf.exports.get() > 0 {
            return Err(vm.buffer_error("cannot close exported pointers exist"));
        }
        zelf.unmap();
        Ok(())
    }
    #[getter]
    fn closed(zelf: &PyMmap) -> bool {
        zelf.is_closed()
    }
    #[pymethod("find(view, start=None, end=None, /)", nosig)]
    fn find(vm: &Vm, zelf: &PyMmap, view: Ref<'_>, start: Option<Ref<'_>>, end: Option<Ref<'_>>) -> PyResult<isize> {
        zelf.check(vm)?;
        zelf.find(vm, view, start, end, false)
    }
    #[pymethod("rfind(view, start=None, end=None, /)", nosig)]
    fn rfind(vm: &Vm, zelf: &PyMmap, view: Ref<'_>, start: Option<Ref<'_>>, end: Option<Ref<'_>>) -> PyResult<isize> {
        zelf.check(vm)?;
        zelf.find(vm, view, start, end, true)
    }
    #[pymethod("flush(offset=0, size=-1, /)", nosig)]
    fn flush(vm: &Vm, zelf: &PyMmap, offset: isize, size: OptArg<isize>) -> PyResult<()> {
        zelf.check(vm)?;
        let total = zelf.size.get() as isize;
        let size = size.0.unwrap_or(total - offset);
        if size < 0 || offset < 0 || total - offset < size {
            return Err(out_of(vm, "flush values out of range"));
        }
        if zelf.access == super::ACCESS_READ || zelf.access == super::ACCESS_COPY {
            return Ok(());
        }
        let p = zelf.data.get() as usize + offset as usize;
        zelf.exports.set(zelf.exports.get() + 1);
        // SAFETY: the range is mapped; the export keeps it so while the GIL is released.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::msync(p as *mut libc::c_void, size as usize, libc::MS_SYNC) }, errno()));
        zelf.exports.set(zelf.exports.get() - 1);
        if r < 0 { Err(vm.os_error(e)) } else { Ok(()) }
    }
    #[pymethod("madvise(option, start=0, length=None, /)", nosig)]
    fn madvise(vm: &Vm, zelf: &PyMmap, option: i32, start: isize, length: Option<isize>) -> PyResult<()> {
        zelf.check(vm)?;
        let total = zelf.size.get() as isize;
        let mut length = length.unwrap_or(total);
        if start < 0 || start >= total {
            return Err(vm.value_error("madvise start out of bounds"));
        }
        if length < 0 {
            return Err(vm.value_error("madvise length invalid"));
        }
        if isize::MAX - start < length {
            return Err(vm.overflow_error("madvise length too large"));
        }
        length = length.min(total - start);
        // SAFETY: the range is mapped.
        let r = unsafe { libc::madvise(zelf.data.get().add(start as usize).cast(), length as usize, option) };
        if r < 0 { Err(vm.os_error(errno())) } else { Ok(()) }
    }
    #[pymethod("move(dest, src, count, /)", nosig)]
    fn r#move(vm: &Vm, zelf: &PyMmap, dest: isize, src: isize, count: isize) -> PyResult<()> {
        zelf.check(vm)?;
        zelf.check_writable(vm)?;
        let size = zelf.size.get() as isize;
        if dest < 0 || src < 0 || count < 0 || size - dest < count || size - src < count {
            return Err(out_of(vm, "source, destination, or count out of range"));
        }
        let (d, s, n) = (dest as usize, src as usize, count as usize);
        // SAFETY: both ranges are mapped; they may overlap.
        unsafe { std::ptr::copy(zelf.data.get().add(s), zelf.data.get().add(d), n) };
        Ok(())
    }
    #[pymethod("read(n=-1, /)", nosig)]
    fn read(vm: &Vm, zelf: &PyMmap, n: Size) -> PyResult<Obj> {
        zelf.check(vm)?;
        Ok(zelf.read(vm, n.0))
    }
    #[pymethod(nosig)]
    fn read_byte(vm: &Vm, zelf: &PyMmap) -> PyResult<u8> {
        zelf.check(vm)?;
        match zelf.bytes().get(zelf.pos.get()) {
            Some(b) => {
                zelf.pos.set(zelf.pos.get() + 1);
                Ok(*b)
            }
            None => Err(out_of(vm, "read byte out of range")),
        }
    }
    #[pymethod(nosig)]
    fn readline(vm: &Vm, zelf: &PyMmap) -> PyResult<Obj> {
        zelf.check(vm)?;
        let rest = zelf.bytes().get(zelf.pos.get()..).unwrap_or(&[]);
        let n = memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1);
        Ok(zelf.read(vm, n as isize))
    }
    #[pymethod("resize(newsize, /)", nosig)]
    fn resize(vm: &Vm, zelf: &PyMmap, newsize: isize) -> PyResult<()> {
        zelf.check(vm)?;
        zelf.resize(vm, newsize)
    }
    #[pymethod("seek(pos, whence=0, /)", nosig)]
    fn seek(vm: &Vm, zelf: &PyMmap, pos: isize, whence: i32) -> PyResult<usize> {
        zelf.check(vm)?;
        let base = match whence {
            0 => 0,
            1 => zelf.pos.get() as isize,
            2 => zelf.size.get() as isize,
            _ => return Err(vm.value_error("unknown seek type")),
        };
        match base.checked_add(pos) {
            Some(p) if p >= 0 && p as usize <= zelf.size.get() => {
                zelf.pos.set(p as usize);
                Ok(p as usize)
            }
            _ => Err(out_of(vm, "seek out of range")),
        }
    }
    #[pymethod(nosig)]
    fn seekable(_zelf: &PyMmap) -> bool {
        true
    }
    #[pymethod(nosig)]
    fn size(vm: &Vm, zelf: &PyMmap) -> PyResult<i64> {
        zelf.check(vm)?;
        let fd = zelf.fd.get();
        if fd < 0 {
            if !zelf.trackfd {
                return Err(vm.value_error("can't get size with trackfd=False"));
            }
            return Err(vm.os_error(libc::EBADF));
        }
        // SAFETY: the result has room.
        unsafe {
            let mut st: libc::stat = std::mem::zeroed();
            if libc::fstat(fd, &mut st) < 0 { Err(vm.os_error(errno())) } else { Ok(st.st_size) }
        }
    }
    #[pymethod(nosig)]
    fn tell(vm: &Vm, zelf: &PyMmap) -> PyResult<usize> {
        zelf.check(vm)?;
        Ok(zelf.pos.get())
    }
    #[pymethod("write(bytes, /)", nosig)]
    fn write(vm: &Vm, zelf: &PyMmap, bytes: BufferArg) -> PyResult<usize> {
        zelf.check(vm)?;
        zelf.check_writable(vm)?;
        let (at, n) = (zelf.pos.get(), bytes.len());
        if n > zelf.size.get().saturating_sub(at) {
            return Err(out_of(vm, "data out of range"));
        }
        zelf.put(at, bytes.as_slice());
        zelf.pos.set(at + n);
        Ok(n)
    }
    #[pymethod("write_byte(byte, /)", nosig)]
    fn write_byte(vm: &Vm, zelf: &PyMmap, byte: u8) -> PyResult<()> {
        zelf.check(vm)?;
        zelf.check_writable(vm)?;
        let at = zelf.pos.get();
        if at >= zelf.size.get() {
            return Err(out_of(vm, "write byte out of range"));
        }
        zelf.put(at, &[byte]);
        zelf.pos.set(at + 1);
        Ok(())
    }
    #[pymethod("__enter__()", nosig)]
    fn enter(vm: &Vm, zelf: &PyMmap) -> PyResult<Obj> {
        zelf.check(vm)?;
        Ok(zelf.to_obj())
    }
    #[pymethod("__exit__(*args)", nosig)]
    fn exit(vm: &Vm, zelf: &PyMmap, _args: &[Ref<'_>]) -> PyResult<Obj> {
        vm.call_method(zelf.r(), vm.names().close, &[])
    }
    #[pymethod("__sizeof__()")]
    fn sizeof(_zelf: &PyMmap) -> usize {
        size_of::<PyMmap>()
    }
}

#[pymodule("mmap", classes(crate::mmap::mmap_class))]
pub mod mmap_module {
    use krait_object::prelude::*;

    #[pyattr("error")]
    fn error(vm: &Vm) -> Obj {
        vm.types.os_error.to_obj()
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(vm, module, crate::small::tables::MMAP)?;
        // SAFETY: a plain system call.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        module.add(vm, "PAGESIZE", vm.int_i64(page))?;
        module.add(vm, "ALLOCATIONGRANULARITY", vm.int_i64(page))
    }
}
