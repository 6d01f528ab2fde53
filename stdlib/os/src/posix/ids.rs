//! Users, groups, sessions and priorities.

use krait_macros::pymodule;
use krait_object::prelude::*;

fn group_list(vm: &Vm, groups: &[libc::gid_t]) -> Obj {
    vm.list(groups.iter().map(|g| vm.int(*g)).collect())
}

#[pymodule("posix")]
pub mod part {
    use super::super::args::{Gid, Uid};
    use super::group_list;
    use crate::util::{check, errno};
    use krait_object::convert::{FromArg, FsPathArg};
    use krait_object::prelude::*;

    /// Return the current process's user id.
    #[pyfunction]
    fn getuid() -> u32 {
        // SAFETY: a plain system call that cannot fail.
        unsafe { libc::getuid() }
    }
    /// Return the current process's effective user id.
    #[pyfunction]
    fn geteuid() -> u32 {
        // SAFETY: a plain system call that cannot fail.
        unsafe { libc::geteuid() }
    }
    /// Return the current process's group id.
    #[pyfunction]
    fn getgid() -> u32 {
        // SAFETY: a plain system call that cannot fail.
        unsafe { libc::getgid() }
    }
    /// Return the current process's effective group id.
    #[pyfunction]
    fn getegid() -> u32 {
        // SAFETY: a plain system call that cannot fail.
        unsafe { libc::getegid() }
    }
    /// Return the current process id.
    #[pyfunction]
    fn getpid() -> i32 {
        std::process::id() as i32
    }
    /// Return the parent's process id.
    ///
    /// If the parent process has already exited, Windows machines will still
    /// return its id; others systems will return the id of the 'init' process (1).
    #[pyfunction]
    fn getppid() -> i32 {
        std::os::unix::process::parent_id() as i32
    }
    /// Return the current process group id.
    #[pyfunction]
    fn getpgrp() -> i32 {
        // SAFETY: a plain system call that cannot fail.
        unsafe { libc::getpgrp() }
    }
    /// Call the system call getpgid(), and return the result.
    #[pyfunction("getpgid(pid)")]
    fn getpgid(vm: &Vm, pid: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::getpgid(pid) })
    }
    /// Call the system call setpgid(pid, pgrp).
    #[pyfunction("setpgid(pid, pgrp, /)")]
    fn setpgid(vm: &Vm, pid: i32, pgrp: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setpgid(pid, pgrp) }).map(drop)
    }
    /// Make the current process the leader of its process group.
    #[pyfunction]
    fn setpgrp(vm: &Vm) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setpgid(0, 0) }).map(drop)
    }
    /// Call the system call getsid(pid) and return the result.
    #[pyfunction("getsid(pid, /)")]
    fn getsid(vm: &Vm, pid: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::getsid(pid) })
    }
    /// Call the system call setsid().
    #[pyfunction]
    fn setsid(vm: &Vm) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setsid() }).map(drop)
    }
    /// Set the current process's user id.
    #[pyfunction("setuid(uid, /)")]
    fn setuid(vm: &Vm, uid: Uid) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setuid(uid.0) }).map(drop)
    }
    /// Set the current process's effective user id.
    #[pyfunction("seteuid(euid, /)")]
    fn seteuid(vm: &Vm, euid: Uid) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::seteuid(euid.0) }).map(drop)
    }
    /// Set the current process's group id.
    #[pyfunction("setgid(gid, /)")]
    fn setgid(vm: &Vm, gid: Gid) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setgid(gid.0) }).map(drop)
    }
    /// Set the current process's effective group id.
    #[pyfunction("setegid(egid, /)")]
    fn setegid(vm: &Vm, egid: Gid) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setegid(egid.0) }).map(drop)
    }
    /// Set the current process's real and effective user ids.
    #[pyfunction("setreuid(ruid, euid, /)")]
    fn setreuid(vm: &Vm, ruid: Uid, euid: Uid) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setreuid(ruid.0, euid.0) }).map(drop)
    }
    /// Set the current process's real and effective group ids.
    #[pyfunction("setregid(rgid, egid, /)")]
    fn setregid(vm: &Vm, rgid: Gid, egid: Gid) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setregid(rgid.0, egid.0) }).map(drop)
    }
    /// Set the current process's real, effective, and saved user ids.
    #[pyfunction("setresuid(ruid, euid, suid, /)")]
    fn setresuid(vm: &Vm, ruid: Uid, euid: Uid, suid: Uid) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setresuid(ruid.0, euid.0, suid.0) }).map(drop)
    }
    /// Set the current process's real, effective, and saved group ids.
    #[pyfunction("setresgid(rgid, egid, sgid, /)")]
    fn setresgid(vm: &Vm, rgid: Gid, egid: Gid, sgid: Gid) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setresgid(rgid.0, egid.0, sgid.0) }).map(drop)
    }
    /// Return a tuple of the current process's real, effective, and saved user ids.
    #[pyfunction]
    fn getresuid(vm: &Vm) -> PyResult<(u32, u32, u32)> {
        let (mut r, mut e, mut s) = (0, 0, 0);
        // SAFETY: room for three ids.
        check(vm, unsafe { libc::getresuid(&mut r, &mut e, &mut s) })?;
        Ok((r, e, s))
    }
    /// Return a tuple of the current process's real, effective, and saved group ids.
    #[pyfunction]
    fn getresgid(vm: &Vm) -> PyResult<(u32, u32, u32)> {
        let (mut r, mut e, mut s) = (0, 0, 0);
        // SAFETY: room for three ids.
        check(vm, unsafe { libc::getresgid(&mut r, &mut e, &mut s) })?;
        Ok((r, e, s))
    }
    /// Return list of supplemental group IDs for the process.
    #[pyfunction]
    fn getgroups(vm: &Vm) -> PyResult<Obj> {
        // SAFETY: with no room the call only counts.
        let n = check(vm, unsafe { libc::getgroups(0, std::ptr::null_mut()) })?;
        let mut groups = vec![0; n as usize];
        // SAFETY: room for `n` ids.
        let n = check(vm, unsafe { libc::getgroups(n, groups.as_mut_ptr()) })?;
        groups.truncate(n as usize);
        Ok(group_list(vm, &groups))
    }
    /// Set the groups of the current process to list.
    #[pyfunction("setgroups(groups, /)")]
    fn setgroups(vm: &Vm, groups: Ref<'_>) -> PyResult<()> {
        if !vm.is_sequence(groups) {
            return Err(vm.type_error("setgroups argument must be a sequence"));
        }
        let items = vm.collect(groups)?;
        if items.len() > 65536 {
            return Err(vm.value_error("too many groups"));
        }
        let mut ids = Vec::with_capacity(items.len());
        for i in items {
            if i.r().as_int(vm).is_none() {
                return Err(vm.type_error("groups must be integers"));
            }
            let cx = krait_object::convert::ArgCx { func: "setgroups", param: "groups", which: krait_object::convert::ArgName::Only };
            ids.push(Gid::from_arg(vm, i.r(), &cx)?.0);
        }
        // SAFETY: the ids live through the call.
        check(vm, unsafe { libc::setgroups(ids.len(), ids.as_ptr()) }).map(drop)
    }
    /// Initialize the group access list.
    ///
    /// Call the system initgroups() to initialize the group access list with all of
    /// the groups of which the specified username is a member, plus the specified
    /// group id.
    #[pyfunction("initgroups(username, gid, /)")]
    fn initgroups(vm: &Vm, username: FsPathArg, gid: Gid) -> PyResult<()> {
        let c = username.to_cstring();
        // SAFETY: the name is null-terminated.
        if unsafe { libc::initgroups(c.as_ptr(), gid.0) } < 0 {
            return Err(vm.os_error_path(errno(), username.obj.r()));
        }
        Ok(())
    }
    /// Returns a list of groups to which a user belongs.
    ///
    ///   user
    ///     username to lookup
    ///   group
    ///     base group id of the user
    #[pyfunction("getgrouplist(user, group, /)")]
    fn getgrouplist(vm: &Vm, user: &str, group: Gid) -> PyResult<Obj> {
        let c = std::ffi::CString::new(user).unwrap_or_default();
        let mut n = 16i32;
        loop {
            let mut groups = vec![0; n as usize];
            let before = n;
            // SAFETY: room for `n` ids; the name is null-terminated.
            let r = unsafe { libc::getgrouplist(c.as_ptr(), group.0, groups.as_mut_ptr(), &mut n) };
            if r >= 0 {
                groups.truncate(n as usize);
                return Ok(group_list(vm, &groups));
            }
            if n <= before {
                n = before * 2;
            }
            if n > 1 << 20 {
                return Err(vm.os_error(libc::EINVAL));
            }
        }
    }
    /// Return the actual login name.
    #[pyfunction]
    fn getlogin(vm: &Vm) -> PyResult<Obj> {
        // SAFETY: the result is null-terminated and copied at once; the GIL keeps other users out.
        unsafe {
            *libc::__errno_location() = 0;
            let p = libc::getlogin();
            if p.is_null() {
                let e = errno();
                return Err(if e == 0 { vm.os_error_msg("unable to determine login name") } else { vm.os_error(e) });
            }
            crate::util::fs_str(vm, std::ffi::CStr::from_ptr(p).to_bytes())
        }
    }
    /// Add increment to the priority of process and return the new priority.
    #[pyfunction("nice(increment, /)")]
    fn nice(vm: &Vm, increment: i32) -> PyResult<i32> {
        // SAFETY: plain system calls; -1 is a legal result, so errno decides.
        unsafe {
            *libc::__errno_location() = 0;
            let r = libc::nice(increment);
            if r == -1 && errno() != 0 { Err(vm.os_error(errno())) } else { Ok(r) }
        }
    }
    /// Return program scheduling priority.
    #[pyfunction("getpriority(which, who)")]
    fn getpriority(vm: &Vm, which: i32, who: i32) -> PyResult<i32> {
        // SAFETY: as for `nice`.
        unsafe {
            *libc::__errno_location() = 0;
            let r = libc::getpriority(which as _, who as libc::id_t);
            if errno() != 0 { Err(vm.os_error(errno())) } else { Ok(r) }
        }
    }
    /// Set program scheduling priority.
    #[pyfunction("setpriority(which, who, priority)")]
    fn setpriority(vm: &Vm, which: i32, who: i32, priority: i32) -> PyResult<()> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::setpriority(which as _, who as libc::id_t, priority) }).map(drop)
    }
    /// Kill a process with a signal.
    #[pyfunction("kill(pid, signal, /)")]
    fn kill(vm: &Vm, pid: i32, signal: isize) -> PyResult<()> {
        vm.audit("os.kill", &[vm.int(pid).r(), vm.int(signal as i64).r()])?;
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::kill(pid, signal as i32) })?;
        // A signal to this very process is handled before the function returns.
        vm.poll()
    }
    /// Kill a process group with a signal.
    #[pyfunction("killpg(pgid, signal, /)")]
    fn killpg(vm: &Vm, pgid: i32, signal: i32) -> PyResult<()> {
        vm.audit("os.killpg", &[vm.int(pgid).r(), vm.int(signal).r()])?;
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::killpg(pgid, signal) })?;
        vm.poll()
    }
}
