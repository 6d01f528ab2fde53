//! Reading directories: `listdir`, `scandir`, `DirEntry`.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::CString;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::convert::PathOrFd;
use krait_object::prelude::*;

use super::args::target_error;
use crate::util::errno;

/// An open directory stream.
struct Dir {
    p: *mut libc::DIR,
    /// Opened from a caller's descriptor, which is rewound at the end.
    shared: bool,
}

/// One entry: name, type and inode.
struct Entry {
    name: Vec<u8>,
    kind: u8,
    ino: u64,
}

impl Dir {
    fn open(vm: &Vm, target: &PathOrFd) -> PyResult<Dir> {
        let (p, e, shared) = match target {
            PathOrFd::Path(path) => {
                let c = path.to_cstring();
                let (p, e) = vm.allow_threads(|| {
                    // SAFETY: the path is null-terminated.
                    (unsafe { libc::opendir(c.as_ptr()) } as usize, errno())
                });
                (p as *mut libc::DIR, e, false)
            }
            PathOrFd::Fd(fd) => {
                // SAFETY: plain system calls; closedir closes the duplicate.
                let dup = unsafe { libc::fcntl(*fd, libc::F_DUPFD_CLOEXEC, 0) };
                if dup < 0 {
                    return Err(target_error(vm, errno(), target));
                }
                // SAFETY: as above.
                let p = unsafe { libc::fdopendir(dup) };
                let e = errno();
                if p.is_null() {
                    // SAFETY: the descriptor is ours.
                    unsafe { libc::close(dup) };
                }
                (p, e, true)
            }
        };
        if p.is_null() { Err(target_error(vm, e, target)) } else { Ok(Dir { p, shared }) }
    }
    /// The next entry, `.` and `..` left out. `Err` holds the error number.
    fn next(&mut self, vm: &Vm) -> Result<Option<Entry>, i32> {
        let p = self.p as usize;
        vm.allow_threads(|| {
            loop {
                // SAFETY: the stream is open; the entry is copied before the next call.
                unsafe {
                    *libc::__errno_location() = 0;
                    let e = libc::readdir(p as *mut libc::DIR);
                    if e.is_null() {
                        return match errno() {
                            0 => Ok(None),
                            n => Err(n),
                        };
                    }
                    let name = std::ffi::CStr::from_ptr((*e).d_name.as_ptr()).to_bytes();
                    if name != b"." && name != b".." {
                        return Ok(Some(Entry { name: name.to_vec(), kind: (*e).d_type, ino: (*e).d_ino }));
                    }
                }
            }
        })
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        // SAFETY: the stream is open and used no more.
        unsafe {
            if self.shared {
                libc::rewinddir(self.p);
            }
            libc::closedir(self.p);
        }
    }
}

fn name_object(vm: &Vm, target: &PathOrFd, name: &[u8]) -> PyResult<Obj> {
    match target {
        PathOrFd::Path(p) if p.is_bytes => Ok(vm.bytes(name)),
        _ => crate::util::fs_str(vm, name),
    }
}

fn current_dir(vm: &Vm) -> PyResult<PathOrFd> {
    let dot = vm.intern(".");
    match krait_object::convert::FsPathArg::get(vm, dot.r(), "scandir", "path")? {
        Some(p) => Ok(PathOrFd::Path(p)),
        None => Err(vm.type_error("no path")),
    }
}

fn listdir(vm: &Vm, target: Option<PathOrFd>) -> PyResult<Obj> {
    let target = match target {
        Some(t) => t,
        None => current_dir(vm)?,
    };
    let shown = match &target {
        PathOrFd::Path(p) => p.obj.clone(),
        PathOrFd::Fd(fd) => vm.int(*fd),
    };
    vm.audit("os.listdir", &[shown.r()])?;
    let mut dir = Dir::open(vm, &target)?;
    let mut out = Vec::new();
    loop {
        match dir.next(vm) {
            Ok(Some(e)) => out.push(name_object(vm, &target, &e.name)?),
            Ok(None) => return Ok(vm.list(out)),
            Err(e) => return Err(target_error(vm, e, &target)),
        }
    }
}

/// The iterator of `scandir`.
#[repr(C)]
#[derive(Trace)]
pub struct PyScandirIterator {
    pub header: Header,
    #[trace(skip)]
    dir: RefCell<Option<Dir>>,
    #[trace(skip)]
    target: PathOrFd,
    /// What entry names are joined to.
    #[trace(skip)]
    prefix: Vec<u8>,
    #[trace(skip)]
    warned: Cell<bool>,
}

/// An entry of a directory.
#[repr(C)]
#[derive(Trace)]
pub struct PyDirEntry {
    pub header: Header,
    name: Obj,
    path: Obj,
    /// The directory's descriptor, if it was scanned through one; else `AT_FDCWD`.
    #[trace(skip)]
    dir_fd: i32,
    #[trace(skip)]
    c_path: CString,
    #[trace(skip)]
    kind: u8,
    #[trace(skip)]
    ino: u64,
    stat: OnceCell<Obj>,
    lstat: OnceCell<Obj>,
}

impl PyDirEntry {
    fn fetch(&self, vm: &Vm, follow: bool) -> PyResult<Obj> {
        match super::stat::stat_at(vm, self.dir_fd, &self.c_path, follow) {
            Ok(st) => super::stat::to_python(vm, &st),
            Err(e) => Err(vm.os_error_path(e, self.path.r())),
        }
    }
    fn get_lstat(&self, vm: &Vm) -> PyResult<Obj> {
        if let Some(s) = self.lstat.get() {
            return Ok(s.clone());
        }
        let s = self.fetch(vm, false)?;
        Ok(self.lstat.get_or_init(|| s).clone())
    }
    fn get_stat(&self, vm: &Vm, follow: bool) -> PyResult<Obj> {
        if !follow {
            return self.get_lstat(vm);
        }
        if let Some(s) = self.stat.get() {
            return Ok(s.clone());
        }
        let s = if self.is_link(vm)? { self.fetch(vm, true)? } else { self.get_lstat(vm)? };
        Ok(self.stat.get_or_init(|| s).clone())
    }
    fn is_link(&self, vm: &Vm) -> PyResult<bool> {
        match self.kind {
            libc::DT_UNKNOWN => self.test_mode(vm, false, libc::S_IFLNK),
            k => Ok(k == libc::DT_LNK),
        }
    }
    /// Is the file of the given kind? A file that is gone is of none.
    fn test_mode(&self, vm: &Vm, follow: bool, kind: u32) -> PyResult<bool> {
        let is_link = self.kind == libc::DT_LNK;
        if self.kind == libc::DT_UNKNOWN || (follow && is_link) {
            let st = match self.get_stat(vm, follow) {
                Ok(s) => s,
                Err(e) => {
                    drop(vm.catch(e, vm.types.file_not_found_error)?);
                    return Ok(false);
                }
            };
            let mode = vm.getitem(st.r(), Obj::small(0).r())?;
            let mode = krait_object::convert::c_long(vm, mode.r())? as u32;
            return Ok(mode & libc::S_IFMT == kind);
        }
        if is_link {
            return Ok(kind == libc::S_IFLNK);
        }
        Ok(match kind {
            libc::S_IFDIR => self.kind == libc::DT_DIR,
            libc::S_IFREG => self.kind == libc::DT_REG,
            _ => false,
        })
    }
}

#[pyclass("DirEntry", module = "posix", layout = PyDirEntry, own, mutable, flags(DISALLOW_INSTANTIATION))]
pub mod dir_entry {
    use super::PyDirEntry;
    use krait_object::prelude::*;

    /// the entry's base filename, relative to scandir() "path" argument
    #[member]
    fn name(_vm: &Vm, zelf: &PyDirEntry) -> Obj {
        zelf.name.clone()
    }
    /// the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)
    #[member]
    fn path(_vm: &Vm, zelf: &PyDirEntry) -> Obj {
        zelf.path.clone()
    }
    /// Return True if the entry is a directory; cached per entry.
    #[pymethod("is_dir(*, follow_symlinks=True)")]
    fn is_dir(vm: &Vm, zelf: &PyDirEntry, follow_symlinks: bool) -> PyResult<bool> {
        zelf.test_mode(vm, follow_symlinks, libc::S_IFDIR)
    }
    /// Return True if the entry is a file; cached per entry.
    #[pymethod("is_file(*, follow_symlinks=True)")]
    fn is_file(vm: &Vm, zelf: &PyDirEntry, follow_symlinks: bool) -> PyResult<bool> {
        zelf.test_mode(vm, follow_symlinks, libc::S_IFREG)
    }
    /// Return True if the entry is a symbolic link; cached per entry.
    #[pymethod]
    fn is_symlink(vm: &Vm, zelf: &PyDirEntry) -> PyResult<bool> {
        zelf.is_link(vm)
    }
    /// Return True if the entry is a junction; cached per entry.
    #[pymethod]
    fn is_junction(_vm: &Vm, _zelf: &PyDirEntry) -> bool {
        false
    }
    /// Return stat_result object for the entry; cached per entry.
    #[pymethod("stat(*, follow_symlinks=True)")]
    fn stat(vm: &Vm, zelf: &PyDirEntry, follow_symlinks: bool) -> PyResult<Obj> {
        zelf.get_stat(vm, follow_symlinks)
    }
    /// Return inode of the entry; cached per entry.
    #[pymethod]
    fn inode(_vm: &Vm, zelf: &PyDirEntry) -> u64 {
        zelf.ino
    }
    /// Returns the path for the entry.
    #[pymethod("__fspath__()")]
    fn fspath(_vm: &Vm, zelf: &PyDirEntry) -> Obj {
        zelf.path.clone()
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(item, /)", nosig)]
    fn class_getitem(vm: &Vm, cls: Ref<'_>, item: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls, item)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDirEntry) -> PyResult<Obj> {
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str("<DirEntry ");
        out.push_pystr(&*vm.repr(zelf.name.r())?);
        out.push_char('>');
        Ok(out.finish(vm).into_obj())
    }
}

#[pyclass("ScandirIterator", module = "posix", layout = PyScandirIterator, own, flags(DISALLOW_INSTANTIATION))]
pub mod scandir_iterator {
    use super::{Entry, PyDirEntry, PyScandirIterator, name_object};
    use krait_object::convert::PathOrFd;
    use krait_object::prelude::*;
    use std::cell::OnceCell;

    fn entry(vm: &Vm, zelf: &PyScandirIterator, e: Entry) -> PyResult<Obj> {
        let name = name_object(vm, &zelf.target, &e.name)?;
        let full = [&zelf.prefix[..], &e.name].concat();
        let (path, dir_fd) = match &zelf.target {
            PathOrFd::Fd(fd) => (name.clone(), *fd),
            PathOrFd::Path(_) => (name_object(vm, &zelf.target, &full)?, libc::AT_FDCWD),
        };
        let entry = PyDirEntry {
            header: crate::util::no_header(),
            name,
            path,
            dir_fd,
            c_path: std::ffi::CString::new(full).unwrap_or_default(),
            kind: e.kind,
            ino: e.ino,
            stat: OnceCell::new(),
            lstat: OnceCell::new(),
        };
        crate::util::alloc_native(vm, entry)
    }
    #[slot(iter)]
    fn iter(_vm: &Vm, zelf: &PyScandirIterator) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyScandirIterator) -> PyResult<Option<Obj>> {
        // The stream leaves the cell, so that another thread finds it closed rather than in use.
        let Some(mut dir) = zelf.dir.take() else { return Ok(None) };
        match dir.next(vm) {
            Ok(Some(e)) => {
                zelf.dir.replace(Some(dir));
                entry(vm, zelf, e).map(Some)
            }
            Ok(None) => Ok(None),
            Err(e) => Err(super::target_error(vm, e, &zelf.target)),
        }
    }
    #[pymethod]
    fn close(_vm: &Vm, zelf: &PyScandirIterator) {
        drop(zelf.dir.take());
    }
    #[pymethod("__enter__()", nosig)]
    fn enter(_vm: &Vm, zelf: &PyScandirIterator) -> Obj {
        zelf.to_obj()
    }
    #[pymethod("__exit__(*args)", nosig)]
    fn exit(_vm: &Vm, zelf: &PyScandirIterator, _args: &[Ref<'_>]) {
        drop(zelf.dir.take());
    }
    #[slot(finalize)]
    fn finalize(vm: &Vm, zelf: &PyScandirIterator) {
        if zelf.dir.borrow().is_none() || zelf.warned.replace(true) {
            return;
        }
        let pending = vm.pending.take();
        let warned = vm
            .repr_text(zelf.r())
            .and_then(|r| vm.warn_source(vm.types.resource_warning, &format!("unclosed scandir iterator {r}"), zelf.r()));
        if let Err(e) = warned {
            vm.unraisable(e, "", Some(zelf.r()));
        }
        drop(zelf.dir.take());
        vm.pending.set(pending);
    }
}

fn scandir(vm: &Vm, target: Option<PathOrFd>) -> PyResult<Obj> {
    let target = match target {
        Some(t) => t,
        None => current_dir(vm)?,
    };
    let (shown, mut prefix) = match &target {
        PathOrFd::Path(p) => (p.obj.clone(), p.bytes.clone()),
        PathOrFd::Fd(fd) => (vm.int(*fd), Vec::new()),
    };
    vm.audit("os.scandir", &[shown.r()])?;
    let dir = Dir::open(vm, &target)?;
    if !prefix.is_empty() && prefix.last() != Some(&b'/') {
        prefix.push(b'/');
    }
    let it = PyScandirIterator { header: crate::util::no_header(), dir: RefCell::new(Some(dir)), target, prefix, warned: Cell::new(false) };
    crate::util::alloc_native(vm, it)
}

#[pymodule("posix", classes(crate::posix::dir::dir_entry))]
pub mod part {
    use krait_object::convert::PathOrFd;
    use krait_object::prelude::*;

    /// Return a list containing the names of the files in the directory.
    ///
    /// path can be specified as either str, bytes, or a path-like object.  If path is bytes,
    ///   the filenames returned will also be bytes; in all other circumstances
    ///   the filenames returned will be str.
    /// If path is None, uses the path='.'.
    /// On some platforms, path may also be specified as an open file descriptor;\
    ///   the file descriptor must refer to a directory.
    ///   If this functionality is unavailable, using it raises NotImplementedError.
    ///
    /// The list is in arbitrary order.  It does not include the special
    /// entries '.' and '..' even if they are present in the directory.
    #[pyfunction("listdir(path=None)")]
    fn listdir(vm: &Vm, path: Option<PathOrFd>) -> PyResult<Obj> {
        super::listdir(vm, path)
    }
    /// Return an iterator of DirEntry objects for given path.
    ///
    /// path can be specified as either str, bytes, or a path-like object.  If path
    /// is bytes, the names of yielded DirEntry objects will also be bytes; in
    /// all other circumstances they will be str.
    ///
    /// If path is None, uses the path='.'.
    #[pyfunction("scandir(path=None)")]
    fn scandir(vm: &Vm, path: Option<PathOrFd>) -> PyResult<Obj> {
        super::scandir(vm, path)
    }
}
