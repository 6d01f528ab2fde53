//! How much time the compiler may take: a fixed amount, and a share of what the program has run.
//! Code it is of no use to is not slowed down much by it.

use crate::state::State;

/// Time that may always be spent on compiling, and the share of the program's time beyond it.
const FREE_NS: u64 = 20_000_000;
const SHARE: u64 = 8;
/// Thresholds below this are for testing: they compile at any cost.
const EAGER: u16 = 100;

/// CPU time of the process or the thread, in nanoseconds.
pub fn cpu_time(clock: libc::clockid_t) -> u64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a plain system call that fills the structure.
    unsafe { libc::clock_gettime(clock, &mut t) };
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

impl State {
    /// May the compiler take more time now?
    pub fn may_compile(&self) -> bool {
        self.options.hot_loop < EAGER || self.stats.compile_ns < FREE_NS + cpu_time(libc::CLOCK_PROCESS_CPUTIME_ID) / SHARE
    }
}
