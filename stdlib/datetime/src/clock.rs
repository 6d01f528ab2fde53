//! Points in time, and what the machine's time zone makes of them.

use krait_object::prelude::*;
use krait_stdlib_os::time::calendar as system;

use crate::calendar;

/// Seconds from the start of year 1 to the epoch.
pub const EPOCH: i64 = 62_135_596_800 + 86_400;
/// Zones do not jump farther than this.
const MAX_FOLD: i64 = 24 * 3600;

/// Seconds of a date and time, counted as if each day had 86400.
pub fn to_seconds(vm: &Vm, year: i32, month: i32, day: i32, hour: i32, minute: i32, second: i32) -> PyResult<i64> {
    if !(calendar::MIN_YEAR..=calendar::MAX_YEAR).contains(&year) {
        return Err(vm.value_error(format!("year {year} is out of range")));
    }
    let days = i64::from(calendar::ordinal(year, month, day));
    Ok(((days * 24 + i64::from(hour)) * 60 + i64::from(minute)) * 60 + i64::from(second))
}

fn seconds_of(vm: &Vm, t: &libc::tm) -> PyResult<i64> {
    to_seconds(vm, t.tm_year.saturating_add(1900), t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec)
}

/// Local seconds at a moment.
fn local(vm: &Vm, u: i64) -> PyResult<i64> {
    let Some(t) = u.checked_sub(EPOCH) else {
        return Err(vm.overflow_error("timestamp out of range for platform time_t"));
    };
    seconds_of(vm, &system::local(vm, t)?)
}

/// The moment of a local time; `fold` picks one of two.
pub fn from_local(vm: &Vm, t: i64, fold: bool) -> PyResult<i64> {
    let a = local(vm, t)? - t;
    let u1 = t - a;
    let t1 = local(vm, u1)?;
    let b = if t1 == t {
        // One solution; there may be an earlier or later one beyond a change of offset.
        let u2 = if fold { u1 + MAX_FOLD } else { u1 - MAX_FOLD };
        let b = local(vm, u2)? - u2;
        if a == b {
            return Ok(u1);
        }
        b
    } else {
        t1 - u1
    };
    let u2 = t - b;
    if local(vm, u2)? == t {
        return Ok(u2);
    }
    if t1 == t {
        return Ok(u1);
    }
    // The time is in a gap.
    Ok(if fold { u1.min(u2) } else { u1.max(u2) })
}

/// A broken-down moment, in local time with its fold or in UTC.
pub fn broken_down(vm: &Vm, t: i64, utc: bool, want_fold: bool) -> PyResult<(libc::tm, bool)> {
    let tm = if utc { system::utc(vm, t)? } else { system::local(vm, t)? };
    if utc || !want_fold {
        return Ok((tm, false));
    }
    let result = seconds_of(vm, &tm)?;
    let probe = local(vm, EPOCH + t - MAX_FOLD)?;
    let transition = result - probe - MAX_FOLD;
    if transition >= 0 {
        return Ok((tm, false));
    }
    Ok((tm, local(vm, EPOCH + t + transition)? == result))
}

/// Seconds and microseconds of a number, ties to even.
pub fn timestamp(vm: &Vm, o: Ref<'_>) -> PyResult<(i64, i32)> {
    let Some(f) = o.as_float(vm) else {
        if !vm.has_index(o) {
            return Err(vm.type_error(format!("argument must be int or float, not {}", o.ty(vm).tp_name())));
        }
        return Ok((krait_stdlib_os::timeval::time_t_from(vm, o, krait_stdlib_os::timeval::Round::Floor)?, 0));
    };
    if f.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    let mut whole = f.trunc();
    let mut us = ((f - whole) * 1e6).round_ties_even();
    if us >= 1e6 {
        us -= 1e6;
        whole += 1.0;
    } else if us < 0.0 {
        us += 1e6;
        whole -= 1.0;
    }
    if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&whole) {
        return Err(vm.overflow_error("timestamp out of range for platform time_t"));
    }
    Ok((whole as i64, us as i32))
}

/// Now: seconds and microseconds.
pub fn now(vm: &Vm) -> PyResult<(i64, i32)> {
    let ns = krait_stdlib_os::time::clocks::read(vm, libc::CLOCK_REALTIME)?;
    Ok((ns.div_euclid(1_000_000_000), (ns.rem_euclid(1_000_000_000) / 1000) as i32))
}

/// Offset and name of the local zone at a moment.
pub fn local_zone(vm: &Vm, t: i64) -> PyResult<(i64, String)> {
    let tm = system::local(vm, t)?;
    Ok((tm.tm_gmtoff, system::zone_name(&tm)))
}
