//! `lock` and `RLock`.

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_object::threads::current_thread_id;

use super::sem::Semaphore;
use super::wait::{Timeout, acquire_timeout, take};
use crate::util::{instance, make, no_header};

/// A lock: its semaphore has the value 1 while it is free.
#[repr(C)]
pub struct PyLock {
    header: Header,
    sem: Semaphore,
}

impl PyLock {
    pub fn create(vm: &Vm) -> Obj {
        make(vm, PyLock { header: no_header(), sem: Semaphore::new(1) }).into_obj()
    }
    fn is_locked(&self) -> bool {
        self.sem.value() <= 0
    }
    fn acquire_forever(&self, vm: &Vm) -> PyResult<bool> {
        take(vm, &self.sem, Timeout::Forever)
    }
    /// Checks and posts without letting another thread in between.
    fn free(&self, vm: &Vm) -> PyResult<()> {
        if !self.is_locked() {
            return Err(vm.runtime_error("release unlocked lock"));
        }
        self.sem.post();
        Ok(())
    }
}

/// A lock object is a synchronization primitive.  To create a lock,
/// call threading.Lock().  Methods are:
///
/// acquire() -- lock the lock, possibly blocking until it can be obtained
/// release() -- unlock of the lock
/// locked() -- test whether the lock is currently locked
///
/// A lock is not owned by the thread that locked it; another thread may
/// unlock it.  A thread attempting to lock a lock that it has already locked
/// will block until another thread unlocks it.  Deadlocks may ensue.
#[pyclass(layout = PyLock, name = "lock", module = "_thread", own, no_gc, weakref)]
pub mod lock {
    use super::*;

    #[pynew("lock()")]
    fn new(vm: &Vm, cls: &PyType) -> PyResult<Obj> {
        instance(vm, cls, PyLock { header: no_header(), sem: Semaphore::new(1) })
    }
    /// Lock the lock.  Without argument, this blocks if the lock is already
    /// locked (even by the same thread), waiting for another thread to release
    /// the lock, and return True once the lock is acquired.
    /// With an argument, this will only block if the argument is true,
    /// and the return value reflects whether the lock is acquired.
    /// The blocking operation is interruptible.
    #[pymethod("acquire(self, blocking=True, timeout=-1)")]
    fn acquire(vm: &Vm, zelf: &PyLock, blocking: bool, timeout: Obj) -> PyResult<bool> {
        let timeout = acquire_timeout(vm, blocking, Some(timeout.r()))?;
        take(vm, &zelf.sem, timeout)
    }
    /// An obsolete synonym of acquire().
    #[pymethod("acquire_lock(self, blocking=True, timeout=-1)")]
    fn acquire_lock(vm: &Vm, zelf: &PyLock, blocking: bool, timeout: Obj) -> PyResult<bool> {
        acquire(vm, zelf, blocking, timeout)
    }
    /// Release the lock, allowing another thread that is blocked waiting for
    /// the lock to acquire the lock.  The lock must be in the locked state,
    /// but it needn't be locked by the same thread that unlocks it.
    #[pymethod]
    fn release(vm: &Vm, zelf: &PyLock) -> PyResult<()> {
        zelf.free(vm)
    }
    /// An obsolete synonym of release().
    #[pymethod]
    fn release_lock(vm: &Vm, zelf: &PyLock) -> PyResult<()> {
        zelf.free(vm)
    }
    /// Return whether the lock is in the locked state.
    #[pymethod]
    fn locked(zelf: &PyLock) -> bool {
        zelf.is_locked()
    }
    /// An obsolete synonym of locked().
    #[pymethod]
    fn locked_lock(zelf: &PyLock) -> bool {
        zelf.is_locked()
    }
    /// Lock the lock.
    #[pymethod]
    fn __enter__(vm: &Vm, zelf: &PyLock) -> PyResult<bool> {
        zelf.acquire_forever(vm)
    }
    /// Release the lock.
    #[pymethod("__exit__(self, /, *exc_info)")]
    fn __exit__(vm: &Vm, zelf: &PyLock, _exc_info: &[Ref<'_>]) -> PyResult<()> {
        zelf.free(vm)
    }
    #[pymethod]
    fn _at_fork_reinit(zelf: &PyLock) {
        zelf.sem.reset(1);
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyLock) -> String {
        let state = if zelf.is_locked() { "locked" } else { "unlocked" };
        format!("<{state} {} object at {:#x}>", zelf.r().ty(vm).tp_name(), zelf.r().value().0)
    }
}

/// A lock that its owner may take again.
#[repr(C)]
pub struct PyRLock {
    header: Header,
    sem: Semaphore,
    /// 0: nobody.
    owner: Cell<u64>,
    count: Cell<u64>,
}

impl PyRLock {
    fn is_mine(&self) -> bool {
        self.count.get() > 0 && self.owner.get() == current_thread_id()
    }
    fn lock(&self, vm: &Vm, timeout: Timeout) -> PyResult<bool> {
        let me = current_thread_id();
        if self.count.get() > 0 && self.owner.get() == me {
            self.count.set(self.count.get() + 1);
            return Ok(true);
        }
        let taken = take(vm, &self.sem, timeout)?;
        if taken {
            self.owner.set(me);
            self.count.set(1);
        }
        Ok(taken)
    }
    fn unlock(&self, vm: &Vm) -> PyResult<()> {
        if !self.is_mine() {
            return Err(vm.runtime_error("cannot release un-acquired lock"));
        }
        let n = self.count.get() - 1;
        self.count.set(n);
        if n == 0 {
            self.owner.set(0);
            self.sem.post();
        }
        Ok(())
    }
}

#[pyclass(layout = PyRLock, name = "RLock", module = "_thread", own, no_gc, weakref, flags(BASETYPE))]
pub mod rlock {
    use super::*;

    #[pynew("RLock()", raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        let payload = PyRLock { header: no_header(), sem: Semaphore::new(1), owner: Cell::new(0), count: Cell::new(0) };
        instance(vm, cls, payload)
    }
    /// Lock the lock.  `blocking` indicates whether we should wait
    /// for the lock to be available or not.  If `blocking` is False
    /// and another thread holds the lock, the method will return False
    /// immediately.  If `blocking` is True and another thread holds
    /// the lock, the method will wait for the lock to be released,
    /// take it and then return True.
    /// (note: the blocking operation is interruptible.)
    ///
    /// In all other cases, the method will return True immediately.
    /// Precisely, if the current thread already holds the lock, its
    /// internal counter is simply incremented. If nobody holds the lock,
    /// the lock is taken and its internal counter initialized to 1.
    #[pymethod("acquire(self, blocking=True, timeout=-1)")]
    fn acquire(vm: &Vm, zelf: &PyRLock, blocking: bool, timeout: Obj) -> PyResult<bool> {
        let timeout = acquire_timeout(vm, blocking, Some(timeout.r()))?;
        zelf.lock(vm, timeout)
    }
    /// Release the lock, allowing another thread that is blocked waiting for
    /// the lock to acquire the lock.  The lock must be in the locked state,
    /// and must be locked by the same thread that unlocks it; otherwise a
    /// `RuntimeError` is raised.
    ///
    /// Do note that if the lock was acquire()d several times in a row by the
    /// current thread, release() needs to be called as many times for the lock
    /// to be available for other threads.
    #[pymethod]
    fn release(vm: &Vm, zelf: &PyRLock) -> PyResult<()> {
        zelf.unlock(vm)
    }
    /// Lock the lock.
    #[pymethod]
    fn __enter__(vm: &Vm, zelf: &PyRLock) -> PyResult<bool> {
        zelf.lock(vm, Timeout::Forever)
    }
    /// Release the lock.
    #[pymethod("__exit__(self, /, *exc_info)")]
    fn __exit__(vm: &Vm, zelf: &PyRLock, _exc_info: &[Ref<'_>]) -> PyResult<()> {
        zelf.unlock(vm)
    }
    /// Return a boolean indicating whether this object is locked right now.
    #[pymethod]
    fn locked(zelf: &PyRLock) -> bool {
        zelf.count.get() > 0
    }
    /// For internal use by `threading.Condition`.
    #[pymethod]
    fn _is_owned(zelf: &PyRLock) -> bool {
        zelf.is_mine()
    }
    /// For internal use by reentrancy checks.
    #[pymethod]
    fn _recursion_count(zelf: &PyRLock) -> u64 {
        if zelf.is_mine() { zelf.count.get() } else { 0 }
    }
    /// For internal use by `threading.Condition`.
    #[pymethod("_acquire_restore(self, state, /)")]
    fn _acquire_restore(vm: &Vm, zelf: &PyRLock, state: &PyTuple) -> PyResult<()> {
        let [count, owner] = state.as_slice() else {
            return Err(vm.type_error("_acquire_restore() argument 1 must be a 2-item tuple"));
        };
        let number = |o: &Obj| o.r().as_int(vm).and_then(IntRef::to_i64).map(|i| i as u64);
        let (Some(count), Some(owner)) = (number(count), number(owner)) else {
            return Err(vm.type_error("_acquire_restore() argument 1 must be a tuple of two ints"));
        };
        take(vm, &zelf.sem, Timeout::Forever)?;
        zelf.count.set(count);
        zelf.owner.set(owner);
        Ok(())
    }
    /// For internal use by `threading.Condition`.
    #[pymethod]
    fn _release_save(vm: &Vm, zelf: &PyRLock) -> PyResult<(u64, i64)> {
        if zelf.count.get() == 0 {
            return Err(vm.runtime_error("cannot release un-acquired lock"));
        }
        let (count, owner) = (zelf.count.replace(0), zelf.owner.replace(0));
        zelf.sem.post();
        Ok((count, owner as i64))
    }
    #[pymethod]
    fn _at_fork_reinit(zelf: &PyRLock) {
        zelf.sem.reset(1);
        zelf.owner.set(0);
        zelf.count.set(0);
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyRLock) -> String {
        let state = if zelf.count.get() > 0 { "locked" } else { "unlocked" };
        format!(
            "<{state} {} object owner={} count={} at {:#x}>",
            zelf.r().ty(vm).tp_name(),
            zelf.owner.get(),
            zelf.count.get(),
            zelf.r().value().0
        )
    }
}
