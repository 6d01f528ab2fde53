//! Waiting for children, and what their statuses mean.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

/// `os.waitid_result`.
pub static WAITID_RESULT: StructSeqDef = StructSeqDef {
    module: "posix",
    name: "waitid_result",
    doc: Some(
        "waitid_result: Result from waitid.\n\n\
         This object may be accessed either as a tuple of\n  \
         (si_pid, si_uid, si_signo, si_status, si_code),\n\
         or via the attributes si_pid, si_uid, and so on.\n\n\
         See os.waitid for more information.",
    ),
    fields: &[("si_pid", ""), ("si_uid", ""), ("si_signo", ""), ("si_status", ""), ("si_code", "")],
    n_in_sequence: 5,
    complete: None,
};

/// `resource.struct_rusage` of what a child used.
fn rusage(vm: &Vm, r: &libc::rusage) -> PyResult<Obj> {
    crate::resource::rusage_to_python(vm, r)
}

fn wait4(vm: &Vm, pid: i32, options: i32) -> PyResult<Obj> {
    let mut status = 0;
    // SAFETY: all-zero is a valid `rusage`.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let (s, u) = (&raw mut status as usize, &raw mut usage as usize);
    // SAFETY: both results have room and outlive the call.
    let r = crate::util::syscall(vm, || unsafe { libc::wait4(pid, s as *mut i32, options, u as *mut libc::rusage) })?;
    Ok(vm.tuple(vec![vm.int(r), vm.int(status), rusage(vm, &usage)?]))
}

fn waitpid(vm: &Vm, pid: i32, options: i32) -> PyResult<(i32, i32)> {
    let mut status = 0;
    let s = &raw mut status as usize;
    // SAFETY: the result has room and outlives the call.
    let r = crate::util::syscall(vm, || unsafe { libc::waitpid(pid, s as *mut i32, options) })?;
    Ok((r, status))
}

fn waitid(vm: &Vm, idtype: i32, id: i64, options: i32) -> PyResult<Obj> {
    // SAFETY: all-zero is a valid `siginfo_t`.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let p = &raw mut info as usize;
    // SAFETY: the result has room and outlives the call.
    crate::util::syscall(vm, || unsafe { libc::waitid(idtype as libc::idtype_t, id as libc::id_t, p as *mut libc::siginfo_t, options) })?;
    // SAFETY: the fields of a SIGCHLD record, all zero if nothing was reported.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    if pid == 0 {
        return Ok(Obj::none());
    }
    let v = vec![vm.int(pid), vm.int(uid), vm.int(info.si_signo), vm.int(status), vm.int(info.si_code)];
    make(vm, &WAITID_RESULT, v)
}

#[pymodule("posix")]
pub mod part {
    use super::WAITID_RESULT;
    use krait_object::prelude::*;

    #[pyattr("waitid_result")]
    fn waitid_result(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &WAITID_RESULT)?.to_obj())
    }
    /// Wait for completion of a child process.
    ///
    /// Returns a tuple of information about the child process:
    ///     (pid, status)
    #[pyfunction]
    fn wait(vm: &Vm) -> PyResult<(i32, i32)> {
        super::waitpid(vm, -1, 0)
    }
    /// Wait for completion of a given child process.
    ///
    /// Returns a tuple of information regarding the child process:
    ///     (pid, status)
    ///
    /// The options argument is ignored on Windows.
    #[pyfunction("waitpid(pid, options, /)")]
    fn waitpid(vm: &Vm, pid: i32, options: i32) -> PyResult<(i32, i32)> {
        super::waitpid(vm, pid, options)
    }
    /// Wait for completion of a child process.
    ///
    /// Returns a tuple of information about the child process:
    ///   (pid, status, rusage)
    #[pyfunction("wait3(options)")]
    fn wait3(vm: &Vm, options: i32) -> PyResult<Obj> {
        super::wait4(vm, -1, options)
    }
    /// Wait for completion of a specific child process.
    ///
    /// Returns a tuple of information about the child process:
    ///   (pid, status, rusage)
    #[pyfunction("wait4(pid, options)")]
    fn wait4(vm: &Vm, pid: i32, options: i32) -> PyResult<Obj> {
        super::wait4(vm, pid, options)
    }
    /// Returns the result of waiting for a process or processes.
    ///
    ///   idtype
    ///     Must be one of be P_PID, P_PGID or P_ALL.
    ///   id
    ///     The id to wait on.
    ///   options
    ///     Constructed from the ORing of one or more of WEXITED, WSTOPPED
    ///     or WCONTINUED and additionally may be ORed with WNOHANG or WNOWAIT.
    ///
    /// Returns either waitid_result or None if WNOHANG is specified and there are
    /// no children in a waitable state.
    #[pyfunction("waitid(idtype, id, options, /)")]
    fn waitid(vm: &Vm, idtype: i32, id: i64, options: i32) -> PyResult<Obj> {
        super::waitid(vm, idtype, id, options)
    }
    /// Return True if the process returning status was dumped to a core file.
    #[pyfunction("WCOREDUMP(status, /)")]
    fn wcoredump(status: i32) -> bool {
        libc::WCOREDUMP(status)
    }
    /// Return True if a particular process was continued from a job control stop.
    ///
    /// Return True if the process returning status was continued from a
    /// job control stop.
    #[pyfunction("WIFCONTINUED(status)")]
    fn wifcontinued(status: i32) -> bool {
        libc::WIFCONTINUED(status)
    }
    /// Return True if the process returning status was stopped.
    #[pyfunction("WIFSTOPPED(status)")]
    fn wifstopped(status: i32) -> bool {
        libc::WIFSTOPPED(status)
    }
    /// Return True if the process returning status was terminated by a signal.
    #[pyfunction("WIFSIGNALED(status)")]
    fn wifsignaled(status: i32) -> bool {
        libc::WIFSIGNALED(status)
    }
    /// Return True if the process returning status exited via the exit() system call.
    #[pyfunction("WIFEXITED(status)")]
    fn wifexited(status: i32) -> bool {
        libc::WIFEXITED(status)
    }
    /// Return the process return code from status.
    #[pyfunction("WEXITSTATUS(status)")]
    fn wexitstatus(status: i32) -> i32 {
        libc::WEXITSTATUS(status)
    }
    /// Return the signal that terminated the process that provided the status value.
    #[pyfunction("WTERMSIG(status)")]
    fn wtermsig(status: i32) -> i32 {
        libc::WTERMSIG(status)
    }
    /// Return the signal that stopped the process that provided the status value.
    #[pyfunction("WSTOPSIG(status)")]
    fn wstopsig(status: i32) -> i32 {
        libc::WSTOPSIG(status)
    }
    /// Convert a wait status to an exit code.
    ///
    /// On Unix:
    ///
    /// * If WIFEXITED(status) is true, return WEXITSTATUS(status).
    /// * If WIFSIGNALED(status) is true, return -WTERMSIG(status).
    /// * Otherwise, raise a ValueError.
    ///
    /// On Windows, return status shifted right by 8 bits.
    ///
    /// On Unix, if the process is being traced or if waitpid() was called with
    /// WUNTRACED option, the caller must first check if WIFSTOPPED(status) is true.
    /// This function must not be called if WIFSTOPPED(status) is true.
    #[pyfunction("waitstatus_to_exitcode(status)")]
    fn waitstatus_to_exitcode(vm: &Vm, status: i32) -> PyResult<i32> {
        if libc::WIFEXITED(status) {
            return Ok(libc::WEXITSTATUS(status));
        }
        if libc::WIFSIGNALED(status) {
            return Ok(-libc::WTERMSIG(status));
        }
        if libc::WIFSTOPPED(status) {
            let sig = libc::WSTOPSIG(status);
            return Err(vm.value_error(format!("process stopped by delivery of signal {sig}")));
        }
        Err(vm.value_error(format!("invalid wait status: {status}")))
    }
}
