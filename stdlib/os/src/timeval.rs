//! Python numbers as points and spans of time.

use krait_object::error::Raised;
use krait_object::prelude::*;

/// How fractions of the smallest unit are rounded.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Round {
    Floor,
    Ceiling,
    HalfEven,
    /// Away from zero.
    Up,
}

impl Round {
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Round::Floor => x.floor(),
            Round::Ceiling => x.ceil(),
            Round::HalfEven => x.round_ties_even(),
            Round::Up => {
                if x >= 0.0 {
                    x.ceil()
                } else {
                    x.floor()
                }
            }
        }
    }
}

#[cold]
fn too_large(vm: &Vm) -> Raised {
    vm.overflow_error("timestamp out of range for platform time_t")
}

#[cold]
fn nan(vm: &Vm) -> Raised {
    vm.value_error("Invalid value NaN (not a number)")
}

/// Seconds as whole seconds and nanoseconds.
pub fn timespec_from(vm: &Vm, o: Ref<'_>, round: Round) -> PyResult<libc::timespec> {
    if let Some(f) = o.as_float(vm) {
        if f.is_nan() {
            return Err(nan(vm));
        }
        let mut whole = f.trunc();
        let mut part = round.apply((f - whole) * 1e9);
        if part >= 1e9 {
            part -= 1e9;
            whole += 1.0;
        } else if part < 0.0 {
            part += 1e9;
            whole -= 1.0;
        }
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&whole) {
            return Err(too_large(vm));
        }
        return Ok(libc::timespec { tv_sec: whole as i64, tv_nsec: part as i64 });
    }
    Ok(libc::timespec { tv_sec: seconds_from_int(vm, o)?, tv_nsec: 0 })
}

fn seconds_from_int(vm: &Vm, o: Ref<'_>) -> PyResult<i64> {
    let i = vm.index(o)?;
    i.r().as_int(vm).and_then(|i| i.to_i64()).ok_or_else(|| too_large(vm))
}

/// Whole seconds.
pub fn time_t_from(vm: &Vm, o: Ref<'_>, round: Round) -> PyResult<i64> {
    if let Some(f) = o.as_float(vm) {
        if f.is_nan() {
            return Err(nan(vm));
        }
        let whole = round.apply(f);
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&whole) {
            return Err(too_large(vm));
        }
        return Ok(whole as i64);
    }
    seconds_from_int(vm, o)
}

/// A span in seconds as nanoseconds.
pub fn nanos_from(vm: &Vm, o: Ref<'_>, round: Round) -> PyResult<i64> {
    let range = || vm.overflow_error("timestamp too large to convert to C PyTime_t");
    if let Some(f) = o.as_float(vm) {
        if f.is_nan() {
            return Err(nan(vm));
        }
        let ns = round.apply(f * 1e9);
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&ns) {
            return Err(range());
        }
        return Ok(ns as i64);
    }
    if !vm.has_index(o) {
        return Err(vm.type_error(format!("'{}' object cannot be interpreted as an integer or float", o.ty(vm).tp_name())));
    }
    let i = vm.index(o)?;
    let Some(i) = i.r().as_int(vm).and_then(|i| i.to_i64()) else { return Err(range()) };
    i.checked_mul(1_000_000_000).ok_or_else(range)
}

/// Nanoseconds of a clock.
pub fn clock_ns(id: libc::clockid_t) -> Result<i64, i32> {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the result has room.
    if unsafe { libc::clock_gettime(id, &mut ts) } < 0 {
        return Err(crate::util::errno());
    }
    Ok(ts.tv_sec * 1_000_000_000 + ts.tv_nsec)
}

/// Nanoseconds of the monotonic clock.
pub fn monotonic_ns() -> i64 {
    clock_ns(libc::CLOCK_MONOTONIC).unwrap_or(0)
}

/// Waits in steps: `wait` gets what is left in nanoseconds (`None`: forever) and says whether it
/// was interrupted; then handlers run and the wait goes on. False when time ran out.
pub struct Deadline(Option<i64>);

impl Deadline {
    pub fn after(timeout_ns: Option<i64>) -> Deadline {
        Deadline(timeout_ns.map(|t| monotonic_ns().saturating_add(t)))
    }
    /// What is left, never negative.
    pub fn left(&self) -> Option<i64> {
        self.0.map(|d| (d - monotonic_ns()).max(0))
    }
    pub fn passed(&self) -> bool {
        self.0.is_some_and(|d| d <= monotonic_ns())
    }
}

/// Nanoseconds as a timespec.
pub fn to_timespec(ns: i64) -> libc::timespec {
    libc::timespec { tv_sec: ns.div_euclid(1_000_000_000), tv_nsec: ns.rem_euclid(1_000_000_000) }
}

/// Nanoseconds as a timeval, rounded up.
pub fn to_timeval(ns: i64) -> libc::timeval {
    let us = ns.div_euclid(1000) + i64::from(ns.rem_euclid(1000) != 0);
    libc::timeval { tv_sec: us.div_euclid(1_000_000), tv_usec: us.rem_euclid(1_000_000) }
}

/// Nanoseconds as milliseconds for `poll`, rounded away from zero.
pub fn to_millis(ns: i64) -> i64 {
    if ns >= 0 { ns / 1_000_000 + i64::from(ns % 1_000_000 != 0) } else { -1 }
}
