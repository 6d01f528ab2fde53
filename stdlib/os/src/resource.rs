//! The `resource` module: limits and usage.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

/// `resource.struct_rusage`.
pub static STRUCT_RUSAGE: StructSeqDef = StructSeqDef {
    module: "resource",
    name: "struct_rusage",
    doc: Some(
        "struct_rusage: Result from getrusage.\n\n\
         This object may be accessed either as a tuple of\n    \
         (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    \
         nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\n\
         or via the attributes ru_utime, ru_stime, ru_maxrss, and so on.",
    ),
    fields: &[
        ("ru_utime", "user time used"),
        ("ru_stime", "system time used"),
        ("ru_maxrss", "max. resident set size"),
        ("ru_ixrss", "shared memory size"),
        ("ru_idrss", "unshared data size"),
        ("ru_isrss", "unshared stack size"),
        ("ru_minflt", "page faults not requiring I/O"),
        ("ru_majflt", "page faults requiring I/O"),
        ("ru_nswap", "number of swap outs"),
        ("ru_inblock", "block input operations"),
        ("ru_oublock", "block output operations"),
        ("ru_msgsnd", "IPC messages sent"),
        ("ru_msgrcv", "IPC messages received"),
        ("ru_nsignals", "signals received"),
        ("ru_nvcsw", "voluntary context switches"),
        ("ru_nivcsw", "involuntary context switches"),
    ],
    n_in_sequence: 16,
    complete: None,
};

/// What the kernel counted, as a Python object.
pub fn rusage_to_python(vm: &Vm, r: &libc::rusage) -> PyResult<Obj> {
    let seconds = |t: &libc::timeval| vm.float(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    let mut v = vec![seconds(&r.ru_utime), seconds(&r.ru_stime)];
    let counts = [
        r.ru_maxrss,
        r.ru_ixrss,
        r.ru_idrss,
        r.ru_isrss,
        r.ru_minflt,
        r.ru_majflt,
        r.ru_nswap,
        r.ru_inblock,
        r.ru_oublock,
        r.ru_msgsnd,
        r.ru_msgrcv,
        r.ru_nsignals,
        r.ru_nvcsw,
        r.ru_nivcsw,
    ];
    v.extend(counts.iter().map(|c| vm.int_i64(*c)));
    make(vm, &STRUCT_RUSAGE, v)
}

fn limit_from(vm: &Vm, o: Ref<'_>) -> PyResult<libc::rlim_t> {
    let i = vm.index(o)?;
    let Some(v) = i.r().as_int(vm) else { return Err(vm.type_error("an integer is required")) };
    match v.to_i64() {
        Some(-1) => Ok(libc::RLIM_INFINITY),
        Some(n) if n < 0 => Err(vm.value_error("Cannot convert negative int")),
        Some(n) => Ok(n as libc::rlim_t),
        None => match u64::try_from(&v.to_big()) {
            Ok(n) => Ok(n),
            Err(_) if v.is_negative() => Err(vm.value_error("Cannot convert negative int")),
            Err(_) => Err(vm.overflow_error("Python int too large to convert to C rlim_t")),
        },
    }
}

fn limits_from(vm: &Vm, o: Ref<'_>) -> PyResult<libc::rlimit> {
    let items = vm.collect(o)?;
    let [soft, hard] = items.as_slice() else { return Err(vm.value_error("expected a tuple of 2 integers")) };
    Ok(libc::rlimit { rlim_cur: limit_from(vm, soft.r())?, rlim_max: limit_from(vm, hard.r())? })
}

fn limits_to(vm: &Vm, l: &libc::rlimit) -> Obj {
    let one = |v: libc::rlim_t| if v == libc::RLIM_INFINITY { vm.int(-1) } else { vm.int(v) };
    vm.tuple(vec![one(l.rlim_cur), one(l.rlim_max)])
}

fn check_resource(vm: &Vm, resource: i32) -> PyResult<()> {
    if (0..16).contains(&resource) { Ok(()) } else { Err(vm.value_error("invalid resource specified")) }
}

fn failed(vm: &Vm, what: &str) -> krait_object::error::Raised {
    match crate::util::errno() {
        libc::EINVAL => vm.value_error("current limit exceeds maximum limit"),
        libc::EPERM => vm.value_error(what),
        e => vm.os_error(e),
    }
}

#[pymodule("resource")]
pub mod resource_module {
    use super::{STRUCT_RUSAGE, check_resource, failed, limits_from, limits_to, rusage_to_python};
    use crate::util::{check, errno};
    use krait_object::prelude::*;

    #[pyattr("error")]
    fn error(vm: &Vm) -> Obj {
        vm.types.os_error.to_obj()
    }
    #[pyattr("struct_rusage")]
    fn struct_rusage(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &STRUCT_RUSAGE)?.to_obj())
    }
    #[pyfunction("getrusage(who, /)")]
    fn getrusage(vm: &Vm, who: i32) -> PyResult<Obj> {
        // SAFETY: all-zero is a valid `rusage`; the result has room.
        unsafe {
            let mut r: libc::rusage = std::mem::zeroed();
            if libc::getrusage(who as _, &mut r) < 0 {
                let e = errno();
                return Err(if e == libc::EINVAL { vm.value_error("invalid who parameter") } else { vm.os_error(e) });
            }
            rusage_to_python(vm, &r)
        }
    }
    #[pyfunction("getrlimit(resource, /)")]
    fn getrlimit(vm: &Vm, resource: i32) -> PyResult<Obj> {
        check_resource(vm, resource)?;
        let mut l = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the result has room.
        check(vm, unsafe { libc::getrlimit(resource as _, &mut l) })?;
        Ok(limits_to(vm, &l))
    }
    #[pyfunction("setrlimit(resource, limits, /)")]
    fn setrlimit(vm: &Vm, resource: i32, limits: Ref<'_>) -> PyResult<()> {
        check_resource(vm, resource)?;
        vm.audit("resource.setrlimit", &[vm.int(resource).r(), limits])?;
        let l = limits_from(vm, limits)?;
        // SAFETY: the limits live through the call.
        if unsafe { libc::setrlimit(resource as _, &l) } < 0 {
            return Err(failed(vm, "not allowed to raise maximum limit"));
        }
        Ok(())
    }
    /// prlimit(pid, resource, [limits])
    #[pyfunction("prlimit(pid, resource, limits=None, /)")]
    fn prlimit(vm: &Vm, pid: i32, resource: i32, limits: Option<Ref<'_>>) -> PyResult<Obj> {
        check_resource(vm, resource)?;
        let shown = limits.unwrap_or(vm.none());
        vm.audit("resource.prlimit", &[vm.int(pid).r(), vm.int(resource).r(), shown])?;
        let new = match limits {
            Some(l) => Some(limits_from(vm, l)?),
            None => None,
        };
        let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        let p = new.as_ref().map_or(std::ptr::null(), |n| n as *const libc::rlimit);
        // SAFETY: both limits live through the call.
        if unsafe { libc::prlimit(pid, resource as _, p, &mut old) } < 0 {
            let e = errno();
            return Err(if e == libc::EINVAL { vm.value_error("current limit exceeds maximum limit") } else { vm.os_error(e) });
        }
        Ok(limits_to(vm, &old))
    }
    #[pyfunction]
    fn getpagesize() -> i64 {
        // SAFETY: a plain system call.
        unsafe { libc::sysconf(libc::_SC_PAGESIZE) }
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        module.add(vm, "RLIM_INFINITY", vm.int(-1))?;
        crate::util::add_ints(
            vm,
            module,
            crate::libc_consts! {
                RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_NOFILE RLIMIT_AS RLIMIT_RSS
                RLIMIT_NPROC RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME
                RLIMIT_SIGPENDING RUSAGE_SELF RUSAGE_CHILDREN RUSAGE_THREAD
            },
        )?;
        module.add(vm, "RLIMIT_OFILE", vm.int(libc::RLIMIT_NOFILE))
    }
}
