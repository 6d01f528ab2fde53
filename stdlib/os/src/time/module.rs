//! Functions and constants of `time`.

use krait_macros::pymodule;

/// This module provides various functions to manipulate time values.
///
/// There are two standard representations of time.  One is the number
/// of seconds since the Epoch, in UTC (a.k.a. GMT).  It may be an integer
/// or a floating-point number (to represent fractions of seconds).
/// The epoch is the point where the time starts, the return value of time.gmtime(0).
/// It is January 1, 1970, 00:00:00 (UTC) on all platforms.
///
/// The other representation is a tuple of 9 integers giving local time.
/// The tuple items are:
///   year (including century, e.g. 1998)
///   month (1-12)
///   day (1-31)
///   hours (0-23)
///   minutes (0-59)
///   seconds (0-59)
///   weekday (0-6, Monday is 0)
///   Julian day (day in the year, 1-366)
///   DST (Daylight Savings Time) flag (-1, 0 or 1)
/// If the DST flag is 0, the time is given in the regular time zone;
/// if it is 1, the time is given in the DST time zone;
/// if it is -1, mktime() should guess based on the date and time.
#[pymodule("time")]
pub mod time_module {
    use super::super::{calendar, clocks};
    use crate::timeval::{Round, nanos_from};
    use krait_object::prelude::*;

    #[pyattr("_STRUCT_TM_ITEMS")]
    const STRUCT_TM_ITEMS: i32 = 11;

    #[pyattr("struct_time")]
    fn struct_time(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &super::super::STRUCT_TIME)?.to_obj())
    }
    /// time() -> floating-point number
    ///
    /// Return the current time in seconds since the Epoch.
    /// Fractions of a second may be present if the system clock provides them.
    #[pyfunction(nosig)]
    fn time(vm: &Vm) -> PyResult<f64> {
        clocks::read(vm, libc::CLOCK_REALTIME).map(clocks::seconds)
    }
    /// time_ns() -> int
    ///
    /// Return the current time in nanoseconds since the Epoch.
    #[pyfunction(nosig)]
    fn time_ns(vm: &Vm) -> PyResult<i64> {
        clocks::read(vm, libc::CLOCK_REALTIME)
    }
    /// monotonic() -> float
    ///
    /// Monotonic clock, cannot go backward.
    #[pyfunction(nosig)]
    fn monotonic(vm: &Vm) -> PyResult<f64> {
        clocks::read(vm, libc::CLOCK_MONOTONIC).map(clocks::seconds)
    }
    /// monotonic_ns() -> int
    ///
    /// Monotonic clock, cannot go backward, as nanoseconds.
    #[pyfunction(nosig)]
    fn monotonic_ns(vm: &Vm) -> PyResult<i64> {
        clocks::read(vm, libc::CLOCK_MONOTONIC)
    }
    /// perf_counter() -> float
    ///
    /// Performance counter for benchmarking.
    #[pyfunction(nosig)]
    fn perf_counter(vm: &Vm) -> PyResult<f64> {
        clocks::read(vm, libc::CLOCK_MONOTONIC).map(clocks::seconds)
    }
    /// perf_counter_ns() -> int
    ///
    /// Performance counter for benchmarking as nanoseconds.
    #[pyfunction(nosig)]
    fn perf_counter_ns(vm: &Vm) -> PyResult<i64> {
        clocks::read(vm, libc::CLOCK_MONOTONIC)
    }
    /// process_time() -> float
    ///
    /// Process time for profiling: sum of the kernel and user-space CPU time.
    #[pyfunction(nosig)]
    fn process_time(vm: &Vm) -> PyResult<f64> {
        clocks::read(vm, libc::CLOCK_PROCESS_CPUTIME_ID).map(clocks::seconds)
    }
    /// process_time() -> int
    ///
    /// Process time for profiling as nanoseconds:
    /// sum of the kernel and user-space CPU time.
    #[pyfunction(nosig)]
    fn process_time_ns(vm: &Vm) -> PyResult<i64> {
        clocks::read(vm, libc::CLOCK_PROCESS_CPUTIME_ID)
    }
    /// thread_time() -> float
    ///
    /// Thread time for profiling: sum of the kernel and user-space CPU time.
    #[pyfunction(nosig)]
    fn thread_time(vm: &Vm) -> PyResult<f64> {
        clocks::read(vm, libc::CLOCK_THREAD_CPUTIME_ID).map(clocks::seconds)
    }
    /// thread_time() -> int
    ///
    /// Thread time for profiling as nanoseconds:
    /// sum of the kernel and user-space CPU time.
    #[pyfunction(nosig)]
    fn thread_time_ns(vm: &Vm) -> PyResult<i64> {
        clocks::read(vm, libc::CLOCK_THREAD_CPUTIME_ID)
    }
    /// clock_gettime(clk_id) -> float
    ///
    /// Return the time of the specified clock clk_id as a float.
    #[pyfunction("clock_gettime(clk_id, /)", nosig)]
    fn clock_gettime(vm: &Vm, clk_id: i32) -> PyResult<f64> {
        clocks::read(vm, clk_id).map(clocks::seconds)
    }
    /// clock_gettime_ns(clk_id) -> int
    ///
    /// Return the time of the specified clock clk_id as nanoseconds (int).
    #[pyfunction("clock_gettime_ns(clk_id, /)", nosig)]
    fn clock_gettime_ns(vm: &Vm, clk_id: i32) -> PyResult<i64> {
        clocks::read(vm, clk_id)
    }
    /// clock_settime(clk_id, time)
    ///
    /// Set the time of the specified clock clk_id.
    #[pyfunction("clock_settime(clk_id, time, /)", nosig)]
    fn clock_settime(vm: &Vm, clk_id: i32, time: Ref<'_>) -> PyResult<()> {
        clocks::set(vm, clk_id, nanos_from(vm, time, Round::Floor)?)
    }
    /// clock_settime_ns(clk_id, time)
    ///
    /// Set the time of the specified clock clk_id with nanoseconds.
    #[pyfunction("clock_settime_ns(clk_id, time, /)", nosig)]
    fn clock_settime_ns(vm: &Vm, clk_id: i32, time: i64) -> PyResult<()> {
        clocks::set(vm, clk_id, time)
    }
    /// clock_getres(clk_id) -> floating-point number
    ///
    /// Return the resolution (precision) of the specified clock clk_id.
    #[pyfunction("clock_getres(clk_id, /)", nosig)]
    fn clock_getres(vm: &Vm, clk_id: i32) -> PyResult<f64> {
        clocks::resolution(vm, clk_id)
    }
    /// pthread_getcpuclockid(thread_id) -> int
    ///
    /// Return the clk_id of a thread's CPU time clock.
    #[pyfunction("pthread_getcpuclockid(thread_id, /)", nosig)]
    fn pthread_getcpuclockid(vm: &Vm, thread_id: u64) -> PyResult<i32> {
        let mut id = 0;
        // SAFETY: as in CPython, the caller vouches for the thread id; the result has room.
        let r = unsafe { libc::pthread_getcpuclockid(thread_id as libc::pthread_t, &mut id) };
        if r != 0 { Err(vm.os_error(r)) } else { Ok(id) }
    }
    /// get_clock_info(name: str) -> dict
    ///
    /// Get information of the specified clock.
    #[pyfunction("get_clock_info(name, /)", nosig)]
    fn get_clock_info(vm: &Vm, name: &str) -> PyResult<Obj> {
        clocks::info(vm, name)
    }
    /// sleep(seconds)
    ///
    /// Delay execution for a given number of seconds.  The argument may be
    /// a floating-point number for subsecond precision.
    #[pyfunction("sleep(seconds, /)", nosig)]
    fn sleep(vm: &Vm, seconds: Ref<'_>) -> PyResult<()> {
        vm.audit("time.sleep", &[seconds])?;
        let ns = nanos_from(vm, seconds, Round::Up)?;
        if ns < 0 {
            return Err(vm.value_error("sleep length must be non-negative"));
        }
        clocks::sleep(vm, ns)
    }
    /// gmtime([seconds]) -> (tm_year, tm_mon, tm_mday, tm_hour, tm_min,
    ///                        tm_sec, tm_wday, tm_yday, tm_isdst)
    ///
    /// Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a.
    /// GMT).  When 'seconds' is not passed in, convert the current time instead.
    ///
    /// If the platform supports the tm_gmtoff and tm_zone, they are available as
    /// attributes only.
    #[pyfunction("gmtime(seconds=None, /)", nosig)]
    fn gmtime(vm: &Vm, seconds: Option<Ref<'_>>) -> PyResult<Obj> {
        let t = calendar::utc(vm, calendar::when(vm, seconds)?)?;
        calendar::to_python(vm, &t, "UTC", 0)
    }
    /// localtime([seconds]) -> (tm_year,tm_mon,tm_mday,tm_hour,tm_min,
    ///                           tm_sec,tm_wday,tm_yday,tm_isdst)
    ///
    /// Convert seconds since the Epoch to a time tuple expressing local time.
    /// When 'seconds' is not passed in, convert the current time instead.
    #[pyfunction("localtime(seconds=None, /)", nosig)]
    fn localtime(vm: &Vm, seconds: Option<Ref<'_>>) -> PyResult<Obj> {
        let t = calendar::local(vm, calendar::when(vm, seconds)?)?;
        calendar::to_python(vm, &t, &calendar::zone_name(&t), t.tm_gmtoff)
    }
    /// asctime([tuple]) -> string
    ///
    /// Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.
    /// When the time tuple is not present, current time as returned by localtime()
    /// is used.
    #[pyfunction("asctime(tuple=..., /)", nosig)]
    fn asctime(vm: &Vm, tuple: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let t = match tuple.0 {
            Some(o) => {
                let (mut t, _) = calendar::from_python(vm, o, "asctime")?;
                calendar::check_fields(vm, &mut t)?;
                t
            }
            None => calendar::local(vm, calendar::when(vm, None)?)?,
        };
        Ok(calendar::asctime(vm, &t))
    }
    /// ctime(seconds) -> string
    ///
    /// Convert a time in seconds since the Epoch to a string in local time.
    /// This is equivalent to asctime(localtime(seconds)). When the time tuple is
    /// not present, current time as returned by localtime() is used.
    #[pyfunction("ctime(seconds=None, /)", nosig)]
    fn ctime(vm: &Vm, seconds: Option<Ref<'_>>) -> PyResult<Obj> {
        let t = calendar::local(vm, calendar::when(vm, seconds)?)?;
        Ok(calendar::asctime(vm, &t))
    }
    /// mktime(tuple) -> floating-point number
    ///
    /// Convert a time tuple in local time to seconds since the Epoch.
    /// Note that mktime(gmtime(0)) will not generally return zero for most
    /// time zones; instead the returned value will either be equal to that
    /// of the timezone or altzone attributes on the time module.
    #[pyfunction("mktime(tuple, /)", nosig)]
    fn mktime(vm: &Vm, tuple: Ref<'_>) -> PyResult<f64> {
        let (mut t, _) = calendar::from_python(vm, tuple, "mktime")?;
        // The call sets the weekday when it succeeds.
        t.tm_wday = -1;
        // SAFETY: the argument lives through the call.
        let r = unsafe { libc::mktime(&mut t) };
        if r == -1 && t.tm_wday == -1 {
            return Err(vm.overflow_error("mktime argument out of range"));
        }
        Ok(r as f64)
    }
    /// strftime(format[, tuple]) -> string
    ///
    /// Convert a time tuple to a string according to a format specification.
    /// See the library reference manual for formatting codes. When the time tuple
    /// is not present, current time as returned by localtime() is used.
    #[pyfunction("strftime(format, tuple=..., /)", nosig)]
    fn strftime(vm: &Vm, format: &PyStr, tuple: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let (mut t, _zone) = match tuple.0 {
            Some(o) => calendar::from_python(vm, o, "strftime")?,
            None => (calendar::local(vm, calendar::when(vm, None)?)?, None),
        };
        calendar::check_fields(vm, &mut t)?;
        t.tm_isdst = t.tm_isdst.signum();
        calendar::strftime(vm, format, &t)
    }
    /// strptime(string, format) -> struct_time
    ///
    /// Parse a string to a time tuple according to a format specification.
    /// See the library reference manual for formatting codes (same as
    /// strftime()).
    #[pyfunction("strptime(*args)", nosig)]
    fn strptime(vm: &Vm, args: &[Ref<'_>]) -> PyResult<Obj> {
        let module = (vm.interp.hooks().import)(vm, "_strptime")?;
        let f = vm.getattr_str(module.r(), "_strptime_time")?;
        vm.call(f.r(), args)
    }
    /// tzset()
    ///
    /// Initialize, or reinitialize, the local timezone to the value stored in
    /// os.environ['TZ']. The TZ environment variable should be specified in
    /// standard Unix timezone format as documented in the tzset man page
    /// (eg. 'US/Eastern', 'Europe/Amsterdam'). Unknown timezones will silently
    /// fall back to UTC. If the TZ environment variable is not set, the local
    /// timezone is set to the systems best guess of wallclock time.
    /// Changing the TZ environment variable without calling tzset *may* change
    /// the local timezone used by methods such as localtime, but this behaviour
    /// should not be relied on.
    #[pyfunction(nosig)]
    fn tzset(vm: &Vm, module: &PyModule) -> PyResult<()> {
        calendar::install_zone(vm, module)
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(
            vm,
            module,
            crate::libc_consts! {
                CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_PROCESS_CPUTIME_ID
                CLOCK_THREAD_CPUTIME_ID CLOCK_BOOTTIME CLOCK_TAI
            },
        )?;
        calendar::install_zone(vm, module)
    }
}
