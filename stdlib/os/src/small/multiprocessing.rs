//! The `_multiprocessing` module: semaphores shared by processes.

use std::cell::Cell;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::prelude::*;

use crate::util::errno;

const RECURSIVE_MUTEX: i32 = 0;
const SEM_VALUE_MAX: u32 = i32::MAX as u32;

/// A semaphore, possibly a recursive mutex.
#[repr(C)]
#[derive(Trace)]
pub struct PySemLock {
    pub header: Header,
    #[trace(skip)]
    handle: Cell<*mut libc::sem_t>,
    #[trace(skip)]
    last_thread: Cell<u64>,
    #[trace(skip)]
    count: Cell<i32>,
    #[trace(skip)]
    maxvalue: i32,
    #[trace(skip)]
    kind: i32,
    #[trace(skip)]
    name: Option<String>,
}

impl Drop for PySemLock {
    fn drop(&mut self) {
        let h = self.handle.replace(std::ptr::null_mut());
        if !h.is_null() {
            // SAFETY: opened by us and used no more.
            unsafe { libc::sem_close(h) };
        }
    }
}

impl PySemLock {
    fn is_mine(&self, vm: &Vm) -> bool {
        self.count.get() > 0 && self.last_thread.get() == vm.thread_id.get()
    }
    fn value(&self, vm: &Vm) -> PyResult<i32> {
        let mut v = 0;
        // SAFETY: the semaphore is open; the result has room.
        if unsafe { libc::sem_getvalue(self.handle.get(), &mut v) } < 0 {
            return Err(vm.os_error(errno()));
        }
        Ok(v)
    }
    fn acquire(&self, vm: &Vm, block: bool, timeout: Option<Ref<'_>>) -> PyResult<bool> {
        if self.kind == RECURSIVE_MUTEX && self.is_mine(vm) {
            self.count.set(self.count.get() + 1);
            return Ok(true);
        }
        let deadline = match timeout.filter(|t| !t.is_none()) {
            Some(t) if block => {
                let ns = crate::timeval::nanos_from(vm, t, crate::timeval::Round::Ceiling)?.max(0);
                let now = crate::timeval::clock_ns(libc::CLOCK_REALTIME).unwrap_or(0);
                Some(crate::timeval::to_timespec(now.saturating_add(ns)))
            }
            _ => None,
        };
        let h = self.handle.get() as usize;
        // SAFETY: the semaphore is open, and the object is kept by its caller; so it is for the calls below.
        let mut r = unsafe { libc::sem_trywait(h as *mut libc::sem_t) };
        let mut e = errno();
        while r != 0 && block {
            if e != libc::EAGAIN && e != libc::EINTR {
                break;
            }
            (r, e) = vm.allow_threads(|| {
                // SAFETY: as above.
                let r = unsafe {
                    match &deadline {
                        Some(d) => libc::sem_timedwait(h as *mut libc::sem_t, d),
                        None => libc::sem_wait(h as *mut libc::sem_t),
                    }
                };
                (r, errno())
            });
            if r != 0 && e == libc::EINTR {
                vm.poll()?;
            }
        }
        if r != 0 {
            return match e {
                libc::EAGAIN | libc::ETIMEDOUT => Ok(false),
                e => Err(vm.os_error(e)),
            };
        }
        self.count.set(self.count.get() + 1);
        self.last_thread.set(vm.thread_id.get());
        Ok(true)
    }
    fn release(&self, vm: &Vm) -> PyResult<()> {
        if self.kind == RECURSIVE_MUTEX {
            if !self.is_mine(vm) {
                return Err(vm.assertion_error("attempt to release recursive lock not owned by thread"));
            }
            if self.count.get() > 1 {
                self.count.set(self.count.get() - 1);
                return Ok(());
            }
        } else if self.value(vm)? >= self.maxvalue {
            return Err(vm.value_error("semaphore or lock released too many times"));
        }
        // SAFETY: the semaphore is open.
        if unsafe { libc::sem_post(self.handle.get()) } < 0 {
            return Err(vm.os_error(errno()));
        }
        self.count.set(self.count.get() - 1);
        Ok(())
    }
}

/// Semaphore/Mutex type
#[pyclass("SemLock", module = "_multiprocessing", layout = PySemLock, own, flags(BASETYPE))]
pub mod sem_lock {
    use std::cell::Cell;

    use super::{PySemLock, SEM_VALUE_MAX};
    use crate::util::errno;
    use krait_object::prelude::*;

    #[classattr("SEM_VALUE_MAX")]
    const MAX: u32 = SEM_VALUE_MAX;

    fn make(vm: &Vm, cls: &PyType, handle: *mut libc::sem_t, kind: i32, maxvalue: i32, name: Option<String>) -> PyResult<Py<PySemLock>> {
        let s = PySemLock {
            header: crate::util::no_header(),
            handle: Cell::new(handle),
            last_thread: Cell::new(0),
            count: Cell::new(0),
            maxvalue,
            kind,
            name,
        };
        crate::util::alloc_sub(vm, cls, s)
    }
    #[pynew("SemLock(kind, value, maxvalue, name, unlink)")]
    fn new(vm: &Vm, cls: &PyType, kind: i32, value: i32, maxvalue: i32, name: &str, unlink: bool) -> PyResult<Py<PySemLock>> {
        if kind != 0 && kind != 1 {
            return Err(vm.value_error("unrecognized kind"));
        }
        let c = std::ffi::CString::new(name).map_err(|_| vm.value_error("embedded null character"))?;
        // SAFETY: the name is null-terminated.
        let h = unsafe { libc::sem_open(c.as_ptr(), libc::O_CREAT | libc::O_EXCL, 0o600 as libc::c_uint, value as libc::c_uint) };
        if h == libc::SEM_FAILED {
            return Err(vm.os_error(errno()));
        }
        // SAFETY: the name is null-terminated.
        if unlink && unsafe { libc::sem_unlink(c.as_ptr()) } < 0 {
            let e = errno();
            // SAFETY: opened just now.
            unsafe { libc::sem_close(h) };
            return Err(vm.os_error(e));
        }
        make(vm, cls, h, kind, maxvalue, Some(name.to_owned()).filter(|_| !unlink))
    }
    #[pyclassmethod("_rebuild(handle, kind, maxvalue, name, /)")]
    fn _rebuild(vm: &Vm, cls: &PyType, handle: isize, kind: i32, maxvalue: i32, name: Option<&str>) -> PyResult<Py<PySemLock>> {
        let Some(name) = name else {
            // Without a name the handle of this very process is meant; it cannot be verified.
            let _ = handle;
            return Err(vm.value_error("cannot rebuild an unnamed semaphore"));
        };
        let c = std::ffi::CString::new(name).map_err(|_| vm.value_error("embedded null character"))?;
        // SAFETY: the name is null-terminated.
        let h = unsafe { libc::sem_open(c.as_ptr(), 0) };
        if h == libc::SEM_FAILED {
            return Err(vm.os_error(errno()));
        }
        make(vm, cls, h, kind, maxvalue, Some(name.to_owned()))
    }
    /// Acquire the semaphore/lock.
    #[pymethod("acquire(block=True, timeout=None)")]
    fn acquire(vm: &Vm, zelf: &PySemLock, block: bool, timeout: Option<Ref<'_>>) -> PyResult<bool> {
        zelf.acquire(vm, block, timeout)
    }
    /// Release the semaphore/lock.
    #[pymethod]
    fn release(vm: &Vm, zelf: &PySemLock) -> PyResult<()> {
        zelf.release(vm)
    }
    /// Enter the semaphore/lock.
    #[pymethod("__enter__()")]
    fn enter(vm: &Vm, zelf: &PySemLock) -> PyResult<bool> {
        zelf.acquire(vm, true, None)
    }
    /// Exit the semaphore/lock.
    #[pymethod("__exit__(exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn exit(vm: &Vm, zelf: &PySemLock, _t: Ref<'_>, _v: Ref<'_>, _tb: Ref<'_>) -> PyResult<()> {
        zelf.release(vm)
    }
    /// Num of `acquire()`s minus num of `release()`s for this process.
    #[pymethod]
    fn _count(zelf: &PySemLock) -> i32 {
        zelf.count.get()
    }
    /// Whether the lock is owned by this thread.
    #[pymethod]
    fn _is_mine(vm: &Vm, zelf: &PySemLock) -> bool {
        zelf.is_mine(vm)
    }
    /// Get the value of the semaphore.
    #[pymethod]
    fn _get_value(vm: &Vm, zelf: &PySemLock) -> PyResult<i32> {
        zelf.value(vm)
    }
    /// Return whether semaphore has value zero.
    #[pymethod]
    fn _is_zero(vm: &Vm, zelf: &PySemLock) -> PyResult<bool> {
        Ok(zelf.value(vm)? == 0)
    }
    /// Rezero the net acquisition count after fork().
    #[pymethod]
    fn _after_fork(zelf: &PySemLock) {
        zelf.count.set(0);
    }
    #[member]
    fn handle(zelf: &PySemLock) -> isize {
        zelf.handle.get() as isize
    }
    #[member]
    fn kind(zelf: &PySemLock) -> i32 {
        zelf.kind
    }
    #[member]
    fn maxvalue(zelf: &PySemLock) -> i32 {
        zelf.maxvalue
    }
    #[member]
    fn name(zelf: &PySemLock) -> Option<String> {
        zelf.name.clone()
    }
}

#[pymodule("_multiprocessing", classes(crate::small::multiprocessing::sem_lock))]
pub mod multiprocessing_module {
    use krait_object::prelude::*;

    #[pyfunction("sem_unlink(name, /)")]
    fn sem_unlink(vm: &Vm, name: &str) -> PyResult<()> {
        let c = std::ffi::CString::new(name).map_err(|_| vm.value_error("embedded null character"))?;
        // SAFETY: the name is null-terminated.
        crate::util::check(vm, unsafe { libc::sem_unlink(c.as_ptr()) }).map(drop)
    }
    #[pyattr("flags")]
    fn flags(vm: &Vm) -> PyResult<Obj> {
        let d = PyDict::new(vm);
        d.set_str(vm, &vm.intern("HAVE_SEM_OPEN"), vm.int(1))?;
        d.set_str(vm, &vm.intern("HAVE_SEM_TIMEDWAIT"), vm.int(1))?;
        Ok(d.into_obj())
    }
}
