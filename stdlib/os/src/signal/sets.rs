//! Signal sets and `struct_siginfo`.

use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

/// `signal.struct_siginfo`.
pub static STRUCT_SIGINFO: StructSeqDef = StructSeqDef {
    module: "signal",
    name: "struct_siginfo",
    doc: Some(
        "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\n\
         This object may be accessed either as a tuple of\n\
         (si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\n\
         or via the attributes si_signo, si_code, and so on.",
    ),
    fields: &[
        ("si_signo", "signal number"),
        ("si_code", "signal code"),
        ("si_errno", "errno associated with this signal"),
        ("si_pid", "sending process ID"),
        ("si_uid", "real user ID of sending process"),
        ("si_status", "exit value or signal"),
        ("si_band", "band event for SIGPOLL"),
    ],
    n_in_sequence: 7,
    complete: None,
};

pub fn info_to_python(vm: &Vm, i: &libc::siginfo_t) -> PyResult<Obj> {
    // SAFETY: reads of plain integer fields; what a signal does not set is some number.
    let (pid, uid, status) = unsafe { (i.si_pid(), i.si_uid(), i.si_status()) };
    let v = vec![
        vm.int(i.si_signo),
        vm.int(i.si_code),
        vm.int(i.si_errno),
        vm.int(pid),
        vm.int(uid),
        vm.int(status),
        // The band shares its place with the sender's ids.
        vm.int_i64(i64::from(uid) << 32 | i64::from(pid as u32)),
    ];
    make(vm, &STRUCT_SIGINFO, v)
}

/// A C set as a Python set of numbers.
pub fn to_python(vm: &Vm, set: &libc::sigset_t) -> PyResult<Obj> {
    // SAFETY: the set is filled.
    let members = (1..65).filter(|n| unsafe { libc::sigismember(set, *n) } == 1);
    let list = vm.list(members.map(|n| vm.int(n)).collect());
    vm.call1(vm.types.set.r(), list.r())
}

/// A set with no member.
pub fn empty() -> libc::sigset_t {
    // SAFETY: `sigemptyset` fills the set.
    unsafe {
        let mut s: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut s);
        s
    }
}
