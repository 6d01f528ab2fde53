//! Scheduling.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make, struct_type_with};

/// `os.sched_param`.
pub static SCHED_PARAM: StructSeqDef = StructSeqDef {
    module: "posix",
    name: "sched_param",
    doc: Some("Currently has only one field: sched_priority\n\n  sched_priority\n    A scheduling parameter."),
    fields: &[("sched_priority", "the scheduling priority")],
    n_in_sequence: 1,
    complete: None,
};

/// `sched_param(sched_priority)`.
fn new_param(vm: &Vm, _: &PyType, args: Args<'_>) -> PyResult<Obj> {
    static SPEC: krait_object::unpack::ParamSpec = krait_object::unpack::ParamSpec {
        func: "sched_param",
        names: &["sched_priority"],
        posonly: 0,
        npos: 1,
        minpos: 1,
        required: 1,
        varargs: false,
        varkw: false,
    };
    let mut out = [None];
    SPEC.unpack(vm, &args, &mut out)?;
    param_type(vm)?;
    make(vm, &SCHED_PARAM, vec![krait_object::unpack::required(out[0]).to_obj()])
}

fn param_type(vm: &Vm) -> PyResult<&'static PyType> {
    struct_type_with(vm, &SCHED_PARAM, new_param)
}

/// The priority in a `sched_param`.
pub fn priority_of(vm: &Vm, o: Ref<'_>) -> PyResult<libc::sched_param> {
    let ty = param_type(vm)?;
    if !std::ptr::eq(o.ty(vm), ty) {
        return Err(vm.type_error("must have a sched_param object"));
    }
    let p = vm.getitem(o, Obj::small(0).r())?;
    let p = krait_object::convert::c_long(vm, p.r())?;
    let Ok(p) = i32::try_from(p) else { return Err(vm.overflow_error("sched_priority out of range")) };
    Ok(libc::sched_param { sched_priority: p })
}

fn to_python(vm: &Vm, p: i32) -> PyResult<Obj> {
    param_type(vm)?;
    make(vm, &SCHED_PARAM, vec![vm.int(p)])
}

#[pymodule("posix")]
pub mod part {
    use super::{priority_of, to_python};
    use crate::util::{check, errno};
    use krait_object::prelude::*;

    #[pyattr("sched_param")]
    fn sched_param(vm: &Vm) -> PyResult<Obj> {
        Ok(super::param_type(vm)?.to_obj())
    }
    /// Get the maximum scheduling priority for policy.
    #[pyfunction("sched_get_priority_max(policy)")]
    fn sched_get_priority_max(vm: &Vm, policy: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::sched_get_priority_max(policy) })
    }
    /// Get the minimum scheduling priority for policy.
    #[pyfunction("sched_get_priority_min(policy)")]
    fn sched_get_priority_min(vm: &Vm, policy: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::sched_get_priority_min(policy) })
    }
    /// Get the scheduling policy for the process identified by pid.
    ///
    /// Passing 0 for pid returns the scheduling policy for the calling process.
    #[pyfunction("sched_getscheduler(pid, /)")]
    fn sched_getscheduler(vm: &Vm, pid: i32) -> PyResult<i32> {
        // SAFETY: a plain system call.
        check(vm, unsafe { libc::sched_getscheduler(pid) })
    }
    /// Set the scheduling policy for the process identified by pid.
    ///
    /// If pid is 0, the calling process is changed.
    /// param is an instance of sched_param.
    #[pyfunction("sched_setscheduler(pid, policy, param, /)")]
    fn sched_setscheduler(vm: &Vm, pid: i32, policy: i32, param: Ref<'_>) -> PyResult<()> {
        let p = priority_of(vm, param)?;
        // SAFETY: the parameters live through the call.
        check(vm, unsafe { libc::sched_setscheduler(pid, policy, &p) }).map(drop)
    }
    /// Returns scheduling parameters for the process identified by pid.
    ///
    /// If pid is 0, returns parameters for the calling process.
    /// Return value is an instance of sched_param.
    #[pyfunction("sched_getparam(pid, /)")]
    fn sched_getparam(vm: &Vm, pid: i32) -> PyResult<Obj> {
        let mut p = libc::sched_param { sched_priority: 0 };
        // SAFETY: the result has room.
        check(vm, unsafe { libc::sched_getparam(pid, &mut p) })?;
        to_python(vm, p.sched_priority)
    }
    /// Set scheduling parameters for the process identified by pid.
    ///
    /// If pid is 0, sets parameters for the calling process.
    /// param should be an instance of sched_param.
    #[pyfunction("sched_setparam(pid, param, /)")]
    fn sched_setparam(vm: &Vm, pid: i32, param: Ref<'_>) -> PyResult<()> {
        let p = priority_of(vm, param)?;
        // SAFETY: the parameters live through the call.
        check(vm, unsafe { libc::sched_setparam(pid, &p) }).map(drop)
    }
    /// Return the round-robin quantum for the process identified by pid, in seconds.
    ///
    /// Value returned is a float.
    #[pyfunction("sched_rr_get_interval(pid, /)")]
    fn sched_rr_get_interval(vm: &Vm, pid: i32) -> PyResult<f64> {
        let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the result has room.
        check(vm, unsafe { libc::sched_rr_get_interval(pid, &mut ts) })?;
        Ok(ts.tv_sec as f64 + 1e-9 * ts.tv_nsec as f64)
    }
    /// Voluntarily relinquish the CPU.
    #[pyfunction]
    fn sched_yield(vm: &Vm) -> PyResult<()> {
        // SAFETY: a plain system call.
        let (r, e) = vm.allow_threads(|| (unsafe { libc::sched_yield() }, errno()));
        if r < 0 { Err(vm.os_error(e)) } else { Ok(()) }
    }
    /// Return the affinity of the process identified by pid (or the current process if zero).
    ///
    /// The affinity is returned as a set of CPU identifiers.
    #[pyfunction("sched_getaffinity(pid, /)")]
    fn sched_getaffinity(vm: &Vm, pid: i32) -> PyResult<Obj> {
        let mut words = 16usize;
        loop {
            let mut mask = vec![0u64; words];
            // SAFETY: room for `words * 8` bytes.
            let r = unsafe { libc::sched_getaffinity(pid, words * 8, mask.as_mut_ptr() as *mut libc::cpu_set_t) };
            if r < 0 {
                let e = errno();
                if e != libc::EINVAL || words > 1 << 16 {
                    return Err(vm.os_error(e));
                }
                words *= 2;
                continue;
            }
            let cpus = (0..words * 64).filter(|i| mask[i / 64] >> (i % 64) & 1 == 1).map(|i| vm.int_usize(i)).collect();
            let list = vm.list(cpus);
            return vm.call1(vm.types.set.r(), list.r());
        }
    }
    /// Set the CPU affinity of the process identified by pid to mask.
    ///
    ///   pid
    ///     The process ID to set affinity on; 0 means the calling process.
    ///   mask
    ///     An iterable of integers identifying CPUs.
    #[pyfunction("sched_setaffinity(pid, mask, /)")]
    fn sched_setaffinity(vm: &Vm, pid: i32, mask: Ref<'_>) -> PyResult<()> {
        let mut words = vec![0u64; 16];
        vm.for_each(mask, |o| {
            if o.r().as_int(vm).is_none() {
                let got = o.r().ty(vm).tp_name();
                return Err(vm.type_error(format!("expected an iterator of ints, but iterator yielded {got}")));
            }
            let cpu = krait_object::convert::c_long(vm, o.r())?;
            if cpu < 0 {
                return Err(vm.value_error("negative CPU number"));
            }
            if cpu > i64::from(i32::MAX) - 1 {
                return Err(vm.overflow_error("CPU number too large"));
            }
            let cpu = cpu as usize;
            if cpu / 64 >= words.len() {
                words.resize((cpu / 64 + 1).next_power_of_two(), 0);
            }
            words[cpu / 64] |= 1 << (cpu % 64);
            Ok(())
        })?;
        // SAFETY: the mask lives through the call.
        check(vm, unsafe { libc::sched_setaffinity(pid, words.len() * 8, words.as_ptr() as *const libc::cpu_set_t) }).map(drop)
    }
    /// Return the number of logical CPUs in the system.
    ///
    /// Return None if indeterminable.
    #[pyfunction]
    fn cpu_count(vm: &Vm) -> Option<i64> {
        let configured = vm.interp.cpu_count.get();
        if configured > 0 {
            return Some(configured.into());
        }
        // SAFETY: a plain system call.
        let n = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
        (n > 0).then_some(n)
    }
}
