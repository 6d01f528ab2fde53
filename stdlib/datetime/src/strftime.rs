//! `strftime` of dates and times: what the C library does not know is replaced, the rest is left to
//! `time.strftime`. Also the names of days and months, and texts of times.

use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use crate::date::PyDate;
use crate::datetime::PyDateTime;
use crate::time::PyTime;
use crate::tz;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The text of `ctime`.
pub fn ctime(d: &PyDate, hour: u8, minute: u8, second: u8) -> String {
    let (year, month, day) = d.ymd();
    let weekday = crate::calendar::weekday(year, month, day) as usize;
    let month = MONTHS[(month.clamp(1, 12) - 1) as usize];
    format!("{} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}", DAYS[weekday])
}

/// How much of a time `isoformat` shows.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum TimeSpec {
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
    Microseconds,
}

impl TimeSpec {
    /// The value of a `timespec` argument.
    pub fn of(vm: &Vm, text: Option<&PyStr>, us: u32) -> PyResult<TimeSpec> {
        let auto = if us == 0 { TimeSpec::Seconds } else { TimeSpec::Microseconds };
        Ok(match text.map(PyStr::to_string_lossy).as_deref() {
            None | Some("auto") => auto,
            Some("hours") => TimeSpec::Hours,
            Some("minutes") => TimeSpec::Minutes,
            Some("seconds") => TimeSpec::Seconds,
            Some("milliseconds") => TimeSpec::Milliseconds,
            Some("microseconds") => TimeSpec::Microseconds,
            _ => return Err(vm.value_error("Unknown timespec value")),
        })
    }
    /// A time of day.
    pub fn show(self, hour: u8, minute: u8, second: u8, us: u32) -> String {
        match self {
            TimeSpec::Hours => format!("{hour:02}"),
            TimeSpec::Minutes => format!("{hour:02}:{minute:02}"),
            TimeSpec::Seconds => format!("{hour:02}:{minute:02}:{second:02}"),
            TimeSpec::Milliseconds => format!("{hour:02}:{minute:02}:{second:02}.{:03}", us / 1000),
            TimeSpec::Microseconds => format!("{hour:02}:{minute:02}:{second:02}.{us:06}"),
        }
    }
}

/// The `tzinfo` of a date or time.
fn zone_of(vm: &Vm, o: Ref<'_>) -> Option<Obj> {
    match (o.downcast::<PyDateTime>(vm), o.downcast::<PyTime>(vm)) {
        (Some(d), _) => d.tz(),
        (None, Some(t)) => t.tz.clone(),
        (None, None) => None,
    }
}

fn microseconds(vm: &Vm, o: Ref<'_>) -> u32 {
    match (o.downcast::<PyDateTime>(vm), o.downcast::<PyTime>(vm)) {
        (Some(d), _) => d.us,
        (None, Some(t)) => t.us,
        (None, None) => 0,
    }
}

/// The offset for `%z` and `%:z`.
fn offset(vm: &Vm, o: Ref<'_>, arg: Ref<'_>, sep: &str) -> PyResult<String> {
    let zone = zone_of(vm, o);
    Ok(tz::utcoffset(vm, zone.as_ref().map(Obj::r), arg)?.map_or_else(String::new, |d| tz::offset_text(&d, sep)))
}

/// The zone's name for `%Z`, its percent signs doubled.
fn zone_name(vm: &Vm, o: Ref<'_>, arg: Ref<'_>, out: &mut StrBuilder) -> PyResult<()> {
    let zone = zone_of(vm, o);
    let name = tz::tzname(vm, zone.as_ref().map(Obj::r), arg)?;
    if name.r().is_none() {
        return Ok(());
    }
    let name = vm.call_method_str(name.r(), "replace", &[vm.str("%").r(), vm.str("%%").r()])?;
    match name.r().downcast::<PyStr>(vm) {
        Some(name) => {
            out.push_pystr(name);
            Ok(())
        }
        None => Err(vm.type_error("tzname.replace() did not return a string")),
    }
}

/// Years before 1000 with four digits, which the C library does not pad.
fn short_year(vm: &Vm, code: u8, tuple: Ref<'_>, strftime: Ref<'_>) -> PyResult<Option<String>> {
    let year = vm.sequence_item(tuple, 0)?;
    let mut year = c_long(vm, year.r())?;
    if year >= 1000 {
        return Ok(None);
    }
    if code == b'G' {
        let text = vm.call(strftime, &[vm.str("%G").r(), tuple])?;
        let number = vm.call1(vm.types.int.r(), text.r())?;
        year = c_long(vm, number.r())?;
    }
    let mut text = format!("{year:04}");
    match code {
        b'F' => text += "-%m-%d",
        b'C' => text.truncate(text.len() - 2),
        _ => {}
    }
    Ok(Some(text))
}

/// Formats `o`, whose fields `tuple` has; `arg` is what its zone is asked with.
pub fn format(vm: &Vm, o: Ref<'_>, format: &PyStr, tuple: Ref<'_>, arg: Ref<'_>) -> PyResult<Obj> {
    let time = (vm.interp.hooks().import)(vm, "time")?;
    let strftime = vm.getattr_str(time.r(), "strftime")?;
    let mut out = StrBuilder::with_capacity(format.len());
    let mut i = 0;
    let at = |i: usize| if i < format.len() { u8::try_from(format.char_at(i)).unwrap_or(0) } else { 0 };
    while i < format.len() {
        let c = format.char_at(i);
        i += 1;
        if c != u32::from(b'%') || i == format.len() {
            out.push(c);
            continue;
        }
        let code = at(i);
        i += 1;
        match code {
            b'z' => out.push_str(&offset(vm, o, arg, "")?),
            b':' if at(i) == b'z' => {
                i += 1;
                out.push_str(&offset(vm, o, arg, ":")?);
            }
            b'Z' => zone_name(vm, o, arg, &mut out)?,
            b'f' => out.push_str(&format!("{:06}", microseconds(vm, o))),
            _ => {
                let year = if matches!(code, b'Y' | b'G' | b'F' | b'C') { short_year(vm, code, tuple, strftime.r())? } else { None };
                match year {
                    Some(text) => out.push_str(&text),
                    None => {
                        out.push_str("%");
                        out.push(format.char_at(i - 1));
                    }
                }
            }
        }
    }
    let text = out.finish(vm);
    vm.call(strftime.r(), &[text.r(), tuple])
}

/// A `time.struct_time`.
pub fn struct_time(vm: &Vm, date: (i32, i32, i32), hour: u8, minute: u8, second: u8, dst: i64) -> PyResult<Obj> {
    let (year, month, day) = date;
    let weekday = crate::calendar::weekday(year, month, day);
    let yday = crate::calendar::days_before_month(year, month) + day;
    let fields = [year, month, day, hour.into(), minute.into(), second.into(), weekday, yday];
    let mut items: Vec<Obj> = fields.iter().map(|f| Obj::small((*f).into())).collect();
    items.push(Obj::small(dst));
    let time = (vm.interp.hooks().import)(vm, "time")?;
    let class = vm.getattr_str(time.r(), "struct_time")?;
    vm.call1(class.r(), vm.tuple(items).r())
}
