//! The global interpreter lock.
//!
//! One thread at a time runs Python. A thread that wants the lock waits; when nobody has given
//! way for a switch interval, it sets [`breaker::GIL_DROP`] on the holder's eval breaker and the
//! holder gives way at its next safepoint. A holder that was asked to leave does not take the
//! lock back before somebody else has had it, so that no thread starves.
//!
//! The lock is the only part of [`Interp`](crate::vm::Interp) that threads touch without holding
//! it, together with [`crate::threads`].

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::vm::{Vm, breaker};

/// CPython's default switch interval.
const DEFAULT_INTERVAL_US: u64 = 5000;

struct State {
    /// The thread that runs Python, or null.
    holder: *const Vm,
    /// Waiting threads.
    waiting: usize,
    /// Counts changes of the holder.
    switches: u64,
    /// Who held the lock last.
    last: *const Vm,
}

// SAFETY: the pointers are compared, and followed only to the atomic eval breaker of a thread
// that holds the lock, whose state is therefore alive.
unsafe impl Send for State {}

/// The lock.
pub struct Gil {
    state: Mutex<State>,
    /// The lock became free.
    freed: Condvar,
    /// Somebody took the lock.
    taken: Condvar,
    interval_us: AtomicU64,
    /// The interpreter shuts down: threads other than the one that does stop at the lock.
    stopping: AtomicBool,
}

impl Default for Gil {
    fn default() -> Gil {
        Gil {
            state: Mutex::new(State { holder: std::ptr::null(), waiting: 0, switches: 0, last: std::ptr::null() }),
            freed: Condvar::new(),
            taken: Condvar::new(),
            interval_us: AtomicU64::new(DEFAULT_INTERVAL_US),
            stopping: AtomicBool::new(false),
        }
    }
}

impl Gil {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock for the calling thread. Returns never once the interpreter is shutting down
    /// on another thread.
    pub fn acquire(&self, vm: &Vm) {
        let mut s = self.lock();
        while !s.holder.is_null() {
            let seen = s.switches;
            s.waiting += 1;
            let interval = Duration::from_micros(self.interval_us.load(Ordering::Relaxed).max(1));
            let (mut again, timeout) = self.freed.wait_timeout(s, interval).unwrap_or_else(PoisonError::into_inner);
            again.waiting -= 1;
            if timeout.timed_out() && again.switches == seen && !again.holder.is_null() {
                // SAFETY: the holder's state lives while it holds the lock.
                unsafe { &*again.holder }.eval_breaker.fetch_or(breaker::GIL_DROP, Ordering::Relaxed);
            }
            s = again;
        }
        if self.stopping.load(Ordering::Acquire) && !vm.is_main.get() {
            drop(s);
            hang();
        }
        s.holder = vm;
        if !std::ptr::eq(s.last, vm) {
            s.last = vm;
        }
        s.switches = s.switches.wrapping_add(1);
        vm.eval_breaker.fetch_and(!breaker::GIL_DROP, Ordering::Relaxed);
        drop(s);
        self.taken.notify_all();
    }

    /// Gives the lock up.
    pub fn release(&self, vm: &Vm) {
        let mut s = self.lock();
        debug_assert!(std::ptr::eq(s.holder, vm), "the lock is released by its holder");
        s.holder = std::ptr::null();
        let wanted = s.waiting > 0;
        drop(s);
        if wanted {
            self.freed.notify_one();
        }
    }

    /// Lets another thread that waits have the lock, then takes it back.
    #[cold]
    pub fn yield_to_others(&self, vm: &Vm) {
        vm.eval_breaker.fetch_and(!breaker::GIL_DROP, Ordering::Relaxed);
        let mut s = self.lock();
        if s.waiting == 0 {
            return;
        }
        let seen = s.switches;
        s.holder = std::ptr::null();
        self.freed.notify_one();
        // Waiters may have gone away, so the wait is bounded.
        while s.switches == seen && s.waiting > 0 {
            let wait = self.taken.wait_timeout(s, Duration::from_millis(50));
            let (again, timeout) = wait.unwrap_or_else(PoisonError::into_inner);
            s = again;
            if timeout.timed_out() {
                break;
            }
        }
        drop(s);
        self.acquire(vm);
    }

    /// Does the thread hold the lock?
    pub fn is_held_by(&self, vm: &Vm) -> bool {
        std::ptr::eq(self.lock().holder, vm)
    }
    /// Makes all threads but the main one stop when they next ask for the lock.
    pub fn stop_others(&self) {
        self.stopping.store(true, Ordering::Release);
    }
    /// Is the interpreter shutting down?
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
    /// `sys.getswitchinterval()` in microseconds.
    pub fn interval_us(&self) -> u64 {
        self.interval_us.load(Ordering::Relaxed)
    }
    /// `sys.setswitchinterval()`.
    pub fn set_interval_us(&self, us: u64) {
        self.interval_us.store(us.max(1), Ordering::Relaxed);
    }
    /// Holds the lock's own mutex over a `fork`, so that the child finds it in order.
    pub(crate) fn freeze(&self) -> GilFreeze<'_> {
        GilFreeze { state: self.lock() }
    }
}

/// The lock's inner state, frozen for a `fork`.
pub(crate) struct GilFreeze<'a> {
    state: MutexGuard<'a, State>,
}

impl GilFreeze<'_> {
    /// In the child: the forking thread is the only one left.
    pub(crate) fn keep_only(&mut self, vm: &Vm) {
        self.state.holder = vm;
        self.state.last = vm;
        self.state.waiting = 0;
    }
}

/// Stops the calling thread for good without unwinding: its frames may refer to objects that
/// are being destroyed.
fn hang() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}
