//! Waiting with the GIL released, and timeouts as Python gives them.

use std::time::{Duration, Instant};

use krait_object::prelude::*;

use super::sem::{Semaphore, Wait};

/// Longest timeout in seconds, `_thread.TIMEOUT_MAX`.
pub const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// How long to wait.
#[derive(Copy, Clone)]
pub enum Timeout {
    /// Not at all.
    Now,
    For(Duration),
    Forever,
}

/// The arguments `blocking` and `timeout` of `acquire`.
pub fn acquire_timeout(vm: &Vm, blocking: bool, timeout: Option<Ref<'_>>) -> PyResult<Timeout> {
    let seconds = match timeout {
        Some(t) => seconds_arg(vm, t)?,
        None => -1.0,
    };
    if !blocking && seconds != -1.0 {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if seconds < 0.0 && seconds != -1.0 {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if !blocking {
        return Ok(Timeout::Now);
    }
    if seconds == -1.0 {
        return Ok(Timeout::Forever);
    }
    duration(vm, seconds).map(Timeout::For)
}

/// A number of seconds.
pub fn seconds_arg(vm: &Vm, o: Ref<'_>) -> PyResult<f64> {
    let s = match o.as_float(vm) {
        Some(f) => f,
        None => match o.as_int(vm) {
            Some(i) => vm.int_to_f64(i)?,
            None => {
                return Err(vm.type_error(format!("'{}' object cannot be interpreted as an integer", o.ty(vm).tp_name())));
            }
        },
    };
    if s.is_nan() { Err(vm.value_error("Invalid value NaN (not a number)")) } else { Ok(s) }
}

/// Seconds as a duration. OverflowError beyond [`TIMEOUT_MAX`].
pub fn duration(vm: &Vm, seconds: f64) -> PyResult<Duration> {
    if seconds > TIMEOUT_MAX {
        return Err(vm.overflow_error("timeout value is too large"));
    }
    Ok(Duration::from_secs_f64(seconds.max(0.0)))
}

/// Takes a semaphore. Signal handlers run meanwhile; if one raises, so does this.
pub fn take(vm: &Vm, sem: &Semaphore, timeout: Timeout) -> PyResult<bool> {
    if sem.try_wait() {
        return Ok(true);
    }
    let deadline = match timeout {
        Timeout::Now => return Ok(false),
        Timeout::For(d) => Instant::now().checked_add(d),
        Timeout::Forever => None,
    };
    loop {
        match vm.allow_threads(|| sem.wait(deadline)) {
            Wait::Taken => return Ok(true),
            Wait::TimedOut => return Ok(false),
            Wait::Interrupted => vm.poll()?,
        }
    }
}
