//! Clocks and sleeping.

use krait_object::prelude::*;

use crate::timeval::{clock_ns, monotonic_ns, to_timespec};
use crate::util::errno;

/// Nanoseconds of a clock, or OSError.
pub fn read(vm: &Vm, id: libc::clockid_t) -> PyResult<i64> {
    clock_ns(id).map_err(|e| vm.os_error(e))
}

/// Nanoseconds as seconds, with the rounding of CPython.
pub fn seconds(ns: i64) -> f64 {
    if ns % 1_000_000_000 == 0 { (ns / 1_000_000_000) as f64 } else { ns as f64 / 1e9 }
}

/// Sleeps; signal handlers run meanwhile, and the sleep goes on if they return.
pub fn sleep(vm: &Vm, ns: i64) -> PyResult<()> {
    let until = to_timespec(monotonic_ns().saturating_add(ns));
    loop {
        // SAFETY: the time lives through the call.
        let r =
            vm.allow_threads(|| unsafe { libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &until, std::ptr::null_mut()) });
        match r {
            0 => return Ok(()),
            libc::EINTR => vm.poll()?,
            e => return Err(vm.os_error(e)),
        }
    }
}

/// `time.get_clock_info`.
pub fn info(vm: &Vm, name: &str) -> PyResult<Obj> {
    let (id, text, monotonic, adjustable) = match name {
        "time" => (libc::CLOCK_REALTIME, "CLOCK_REALTIME", false, true),
        "monotonic" | "perf_counter" => (libc::CLOCK_MONOTONIC, "CLOCK_MONOTONIC", true, false),
        "process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", true, false),
        "thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID", true, false),
        _ => return Err(vm.value_error("unknown clock")),
    };
    let resolution = vm.float(resolution(vm, id)?);
    let text = vm.str(&format!("clock_gettime({text})"));
    let (m, a) = (Obj::bool(monotonic), Obj::bool(adjustable));
    vm.call_kw(
        vm.types.simple_namespace.r(),
        &[],
        &[("implementation", text.r()), ("monotonic", m.r()), ("adjustable", a.r()), ("resolution", resolution.r())],
    )
}

pub fn resolution(vm: &Vm, id: libc::clockid_t) -> PyResult<f64> {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the result has room.
    if unsafe { libc::clock_getres(id, &mut ts) } < 0 {
        return Err(vm.os_error(errno()));
    }
    Ok(ts.tv_sec as f64 + ts.tv_nsec as f64 * 1e-9)
}

pub fn set(vm: &Vm, id: libc::clockid_t, ns: i64) -> PyResult<()> {
    let ts = to_timespec(ns);
    // SAFETY: the time lives through the call.
    if unsafe { libc::clock_settime(id, &ts) } < 0 { Err(vm.os_error(errno())) } else { Ok(()) }
}
