//! A binary semaphore of the operating system, whose waits signals interrupt.

use std::cell::UnsafeCell;
use std::time::{Duration, Instant};

/// How a wait ended.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Wait {
    Taken,
    TimedOut,
    /// A signal arrived; handlers may have to run.
    Interrupted,
}

/// The semaphore, boxed because it must not move.
pub struct Semaphore(Box<UnsafeCell<libc::sem_t>>);

// SAFETY: POSIX semaphores are made for concurrent use.
unsafe impl Send for Semaphore {}
// SAFETY: as above.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    pub fn new(value: u32) -> Semaphore {
        // SAFETY: the zeroed memory is initialised by `sem_init`, which cannot fail for values
        // this small.
        unsafe {
            let s = Semaphore(Box::new(UnsafeCell::new(std::mem::zeroed())));
            libc::sem_init(s.0.get(), 0, value);
            s
        }
    }
    /// Starts afresh with a value. Only where no other thread can be waiting (after `fork`).
    pub fn reset(&self, value: u32) {
        // SAFETY: nobody else uses the semaphore, by contract.
        unsafe {
            libc::sem_init(self.0.get(), 0, value);
        }
    }
    pub fn value(&self) -> i32 {
        let mut v = 0;
        // SAFETY: an initialised semaphore.
        unsafe { libc::sem_getvalue(self.0.get(), &raw mut v) };
        v
    }
    pub fn post(&self) {
        // SAFETY: an initialised semaphore.
        unsafe { libc::sem_post(self.0.get()) };
    }
    /// Takes it if that needs no waiting.
    pub fn try_wait(&self) -> bool {
        // SAFETY: an initialised semaphore.
        unsafe { libc::sem_trywait(self.0.get()) == 0 }
    }
    /// Waits until the deadline, or forever.
    pub fn wait(&self, deadline: Option<Instant>) -> Wait {
        let r = match deadline {
            // SAFETY: an initialised semaphore.
            None => unsafe { libc::sem_wait(self.0.get()) },
            Some(d) => {
                let ts = absolute(d.saturating_duration_since(Instant::now()));
                // SAFETY: an initialised semaphore and a valid time.
                unsafe { libc::sem_timedwait(self.0.get(), &raw const ts) }
            }
        };
        if r == 0 {
            return Wait::Taken;
        }
        match std::io::Error::last_os_error().raw_os_error() {
            Some(libc::ETIMEDOUT) => Wait::TimedOut,
            _ => Wait::Interrupted,
        }
    }
}

/// The time of day that is `left` from now, as `sem_timedwait` wants it.
fn absolute(left: Duration) -> libc::timespec {
    // SAFETY: fills in the structure.
    let now = unsafe {
        let mut ts: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_REALTIME, &raw mut ts);
        ts
    };
    let nanos = now.tv_nsec as u64 + u64::from(left.subsec_nanos());
    let secs = (now.tv_sec as u64).saturating_add(left.as_secs()).saturating_add(nanos / 1_000_000_000);
    libc::timespec { tv_sec: secs.min(i64::MAX as u64 / 2) as libc::time_t, tv_nsec: (nanos % 1_000_000_000) as _ }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: an initialised semaphore nobody waits on: waiters keep its owner alive.
        unsafe {
            libc::sem_destroy(self.0.get());
        }
    }
}
