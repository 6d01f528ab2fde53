//! Standard streams that are closed when the program starts stay closed.
//!
//! Rust's start-up opens `/dev/null` in their place; Python has `None` for such a stream. What was
//! closed is noted before Rust's start-up runs, and closed again at the beginning of `main`.

use std::sync::atomic::{AtomicU8, Ordering};

/// One bit for each of the descriptors 0 to 2 that was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);

extern "C" fn note() {
    for fd in 0..3 {
        // SAFETY: asks about a descriptor, no memory involved.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            CLOSED.fetch_or(1 << fd, Ordering::Relaxed);
        }
    }
}

// SAFETY: the loader calls the functions of this section before `main`; `note` makes a system call
// and touches an atomic, for which nothing needs to be set up.
#[unsafe(link_section = ".init_array")]
#[used]
static NOTE: extern "C" fn() = note;

/// Closes the streams that were closed to begin with.
pub fn close_again() {
    let closed = CLOSED.load(Ordering::Relaxed);
    for fd in 0..3 {
        if closed & (1 << fd) != 0 {
            // SAFETY: the descriptor is `/dev/null`, opened by Rust's start-up; nobody else knows it.
            unsafe { libc::close(fd) };
        }
    }
}
