//! File descriptors.

use krait_object::prelude::*;

use crate::util::check;

/// Sets or clears close-on-exec.
pub fn set_inheritable_fd(vm: &Vm, fd: i32, inheritable: bool) -> PyResult<()> {
    // SAFETY: plain system calls.
    let flags = check(vm, unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    let new = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    if new != flags {
        // SAFETY: as above.
        check(vm, unsafe { libc::fcntl(fd, libc::F_SETFD, new) })?;
    }
    Ok(())
}
