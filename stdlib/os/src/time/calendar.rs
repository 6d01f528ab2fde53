//! Broken-down time: `struct_time`, `tm`, formatting, the time zone.

use krait_object::error::Raised;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make, struct_type};

use crate::timeval::{Round, time_t_from};
use crate::util::errno;

/// `time.struct_time`.
pub static STRUCT_TIME: StructSeqDef = StructSeqDef {
    module: "time",
    name: "struct_time",
    doc: Some(
        "The time value as returned by gmtime(), localtime(), and strptime(), and\n \
         accepted by asctime(), mktime() and strftime().  May be considered as a\n \
         sequence of 9 integers.\n\n \
         Note that several fields' values are not the same as those defined by\n \
         the C language standard for struct tm.  For example, the value of the\n \
         field tm_year is the actual year, not year - 1900.  See individual\n \
         fields' descriptions for details.",
    ),
    fields: &[
        ("tm_year", "year, for example, 1993"),
        ("tm_mon", "month of year, range [1, 12]"),
        ("tm_mday", "day of month, range [1, 31]"),
        ("tm_hour", "hours, range [0, 23]"),
        ("tm_min", "minutes, range [0, 59]"),
        ("tm_sec", "seconds, range [0, 61])"),
        ("tm_wday", "day of week, range [0, 6], Monday is 0"),
        ("tm_yday", "day of year, range [1, 366]"),
        ("tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"),
        ("tm_zone", "abbreviation of timezone name"),
        ("tm_gmtoff", "offset from UTC in seconds"),
    ],
    n_in_sequence: 9,
    complete: None,
};

/// An all-zero `tm`.
pub fn zero_tm() -> libc::tm {
    // SAFETY: all-zero is a valid `tm`; its zone pointer may be null.
    unsafe { std::mem::zeroed() }
}

/// A `tm` as a `struct_time`.
pub fn to_python(vm: &Vm, t: &libc::tm, zone: &str, gmtoff: i64) -> PyResult<Obj> {
    let fields = [
        i64::from(t.tm_year) + 1900,
        i64::from(t.tm_mon) + 1,
        t.tm_mday.into(),
        t.tm_hour.into(),
        t.tm_min.into(),
        t.tm_sec.into(),
        i64::from((t.tm_wday + 6) % 7),
        i64::from(t.tm_yday) + 1,
        t.tm_isdst.into(),
    ];
    let mut v: Vec<Obj> = fields.iter().map(|f| vm.int_i64(*f)).collect();
    v.push(vm.str(zone));
    v.push(vm.int_i64(gmtoff));
    make(vm, &STRUCT_TIME, v)
}

/// The zone name a `tm` refers to.
pub fn zone_name(t: &libc::tm) -> String {
    if t.tm_zone.is_null() {
        return String::new();
    }
    // SAFETY: the C library's strings live on.
    unsafe { std::ffi::CStr::from_ptr(t.tm_zone) }.to_string_lossy().into_owned()
}

/// The point in time an optional argument means.
pub fn when(vm: &Vm, o: Option<Ref<'_>>) -> PyResult<i64> {
    match o.filter(|o| !o.is_none()) {
        Some(o) => time_t_from(vm, o, Round::Floor),
        // SAFETY: a plain system call.
        None => Ok(unsafe { libc::time(std::ptr::null_mut()) }),
    }
}

pub fn local(vm: &Vm, t: i64) -> PyResult<libc::tm> {
    let mut out = zero_tm();
    // SAFETY: argument and result live through the call.
    if unsafe { libc::localtime_r(&t, &mut out) }.is_null() { Err(vm.os_error(overflow_errno())) } else { Ok(out) }
}

pub fn utc(vm: &Vm, t: i64) -> PyResult<libc::tm> {
    let mut out = zero_tm();
    // SAFETY: argument and result live through the call.
    if unsafe { libc::gmtime_r(&t, &mut out) }.is_null() { Err(vm.os_error(overflow_errno())) } else { Ok(out) }
}

fn overflow_errno() -> i32 {
    match errno() {
        0 => libc::EOVERFLOW,
        e => e,
    }
}

/// A `tm` from a 9-tuple or `struct_time`, and the zone name that must outlive it.
pub fn from_python(vm: &Vm, o: Ref<'_>, func: &str) -> PyResult<(libc::tm, Option<std::ffi::CString>)> {
    let Some(tuple) = o.downcast::<PyTuple>(vm) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    let items = tuple.as_slice();
    if items.len() != 9 {
        return Err(vm.type_error(format!("{func}(): illegal time tuple argument")));
    }
    let mut f = [0i32; 9];
    for (slot, item) in f.iter_mut().zip(items) {
        if item.r().as_float(vm).is_some() || !vm.has_index(item.r()) {
            return Err(vm.type_error(format!("'{}' object cannot be interpreted as an integer", item.r().ty(vm).tp_name())));
        }
        let i = vm.index(item.r())?;
        let v = i.r().as_int(vm).and_then(|i| i.to_i64());
        *slot = match v {
            Some(v) => match i32::try_from(v) {
                Ok(v) => v,
                Err(_) if v > 0 => return Err(vm.overflow_error("signed integer is greater than maximum")),
                Err(_) => return Err(vm.overflow_error("signed integer is less than minimum")),
            },
            None => return Err(vm.overflow_error("Python int too large to convert to C long")),
        };
    }
    if f[0] < i32::MIN + 1900 {
        return Err(vm.overflow_error("year out of range"));
    }
    let mut t = zero_tm();
    t.tm_year = f[0] - 1900;
    t.tm_mon = f[1].wrapping_sub(1);
    t.tm_mday = f[2];
    t.tm_hour = f[3];
    t.tm_min = f[4];
    t.tm_sec = f[5];
    t.tm_wday = f[6].wrapping_add(1) % 7;
    t.tm_yday = f[7].wrapping_sub(1);
    t.tm_isdst = f[8];
    let mut zone = None;
    if std::ptr::eq(o.ty(vm), struct_type(vm, &STRUCT_TIME)?) {
        let z = vm.getattr_str(o, "tm_zone")?;
        if let Some(s) = z.r().downcast::<PyStr>(vm) {
            let c = std::ffi::CString::new(s.to_string_lossy()).unwrap_or_default();
            t.tm_zone = c.as_ptr();
            zone = Some(c);
        }
        let off = vm.getattr_str(o, "tm_gmtoff")?;
        if let Some(i) = off.r().as_int(vm).and_then(|i| i.to_i64()) {
            t.tm_gmtoff = i;
        }
    }
    Ok((t, zone))
}

/// Makes sure that the C library cannot be led astray.
pub fn check_fields(vm: &Vm, t: &mut libc::tm) -> PyResult<()> {
    fn fix(v: &mut i32, lowest: i32, least: i32, most: i32) -> bool {
        if *v == lowest {
            *v = least;
        }
        (least..=most).contains(v)
    }
    let bad = |what: &str| -> Result<(), Raised> { Err(vm.value_error(format!("{what} out of range"))) };
    if !fix(&mut t.tm_mon, -1, 0, 11) {
        bad("month")?;
    }
    if !fix(&mut t.tm_mday, 0, 1, 31) {
        bad("day of month")?;
    }
    if !(0..=23).contains(&t.tm_hour) {
        bad("hour")?;
    }
    if !(0..=59).contains(&t.tm_min) {
        bad("minute")?;
    }
    if !(0..=61).contains(&t.tm_sec) {
        bad("seconds")?;
    }
    if t.tm_wday < 0 {
        bad("day of week")?;
    }
    if !fix(&mut t.tm_yday, -1, 0, 365) {
        bad("day of year")?;
    }
    Ok(())
}

/// As C's `asctime`, with English names and without the line feed.
pub fn asctime(vm: &Vm, t: &libc::tm) -> Obj {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = DAYS[t.tm_wday.rem_euclid(7) as usize];
    let month = MONTHS[t.tm_mon.rem_euclid(12) as usize];
    vm.str(&format!("{day} {month}{:3} {:02}:{:02}:{:02} {}", t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, i64::from(t.tm_year) + 1900))
}

/// C's `strftime` on text without nulls.
fn format_part(vm: &Vm, format: &[u8], t: &libc::tm) -> PyResult<Vec<u8>> {
    let c = std::ffi::CString::new(format).unwrap_or_default();
    let mut size = 1024;
    loop {
        let mut buf = vec![0u8; size];
        // SAFETY: the buffer has room for its length; format and time live through the call, and
        // the fields were checked.
        let n = unsafe { libc::strftime(buf.as_mut_ptr() as *mut libc::c_char, size, c.as_ptr(), t) };
        if n > 0 || size >= 256 * format.len().max(4) {
            buf.truncate(n);
            return Ok(buf);
        }
        if size > 1 << 28 {
            return Err(vm.memory_error());
        }
        size *= 2;
    }
}

/// Formats; nulls and lone surrogates of the format pass through.
pub fn strftime(vm: &Vm, format: &PyStr, t: &libc::tm) -> PyResult<Obj> {
    let bytes = format.to_wtf8();
    let mut out = Vec::with_capacity(bytes.len() * 2);
    for (i, part) in bytes.split(|b| *b == 0).enumerate() {
        if i > 0 {
            out.push(0);
        }
        if !part.is_empty() {
            out.extend(format_part(vm, part, t)?);
        }
    }
    match PyStr::from_wtf8(vm, &out) {
        Some(s) => Ok(s.into_obj()),
        None => crate::util::fs_str(vm, &out),
    }
}

/// `timezone`, `altzone`, `daylight`, `tzname`.
pub fn install_zone(vm: &Vm, module: &PyModule) -> PyResult<()> {
    unsafe extern "C" {
        fn tzset();
    }
    // SAFETY: reads the environment, under the GIL.
    unsafe { tzset() };
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let now = when(vm, None)?;
    let start = now / YEAR * YEAR;
    let (jan, jul) = (local(vm, start)?, local(vm, start + YEAR / 2)?);
    let (jan_zone, jul_zone) = (-jan.tm_gmtoff, -jul.tm_gmtoff);
    let (a, b) = if jan_zone < jul_zone { (&jul, &jan) } else { (&jan, &jul) };
    module.add(vm, "timezone", vm.int_i64(-a.tm_gmtoff))?;
    module.add(vm, "altzone", vm.int_i64(-b.tm_gmtoff))?;
    module.add(vm, "daylight", vm.int_i64((jan_zone != jul_zone).into()))?;
    let names = vm.tuple(vec![vm.str(&zone_name(a)), vm.str(&zone_name(b))]);
    module.add(vm, "tzname", names)
}
