//! `datetime`: the class.

use krait_macros::pyclass;
use krait_object::hash::hash_bytes;
use krait_object::prelude::*;
use krait_stdlib_core::util::instance;

use crate::args::{check_tz, int_or, parse, pickled};
use crate::calendar;
use crate::clock;
use crate::date::{self, PyDate, bad_iso, strptime};
use crate::datetime::{self, Fields, PyDateTime};
use crate::delta::{self, PyDelta};
use crate::strftime::{self, TimeSpec};
use crate::time::{self, Clock, MIDNIGHT, PyTime, iso_zone, replaced_tz};
use crate::{delta_class, isoparse, tz};

/// A sensible third byte of a pickled state: the month, with the fold as its high bit.
fn sane_month(b: u32) -> bool {
    (1..=12).contains(&(b & 0x7f))
}

fn from_pickle(vm: &Vm, cls: &PyType, b: &[u8], tz: Option<Ref<'_>>) -> PyResult<Obj> {
    let tz = match tz {
        None => None,
        Some(tz) => check_tz(vm, tz).map_err(|e| {
            drop(vm.take_raised(e));
            vm.type_error("bad tzinfo state arg")
        })?,
    };
    let f = Fields {
        hour: b[4].into(),
        minute: b[5].into(),
        second: b[6].into(),
        us: i32::from(b[7]) << 16 | i32::from(b[8]) << 8 | i32::from(b[9]),
        fold: (b[2] >> 7).into(),
        ..Fields::default()
    };
    let date = PyDate::unpickled([b[0], b[1], b[2] & 0x7f, b[3]]);
    instance(vm, cls, PyDateTime::with_date(date, f, tz))
}

/// Warns of a method that makes naive datetimes of UTC.
fn warn_utc(vm: &Vm, method: &str, instead: &str) -> PyResult<()> {
    let msg = format!(
        "datetime.datetime.{method}() is deprecated and scheduled for removal in a future version. \
         Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.{instead}."
    );
    vm.warn(vm.types.deprecation_warning, &msg, 1)
}

/// A moment as an instance of `cls`, in a zone or in local time.
fn in_zone(vm: &Vm, cls: &PyType, (t, us): (i64, i32), tz: Option<Obj>) -> PyResult<Obj> {
    let Some(zone) = tz.clone() else { return datetime::from_moment(vm, cls, t, us, false, None) };
    let utc = datetime::from_moment(vm, cls, t, us, true, tz)?;
    vm.call_method_str(zone.r(), "fromutc", &[utc.r()])
}

/// An ISO text with a lone surrogate as separator replaced, which has no UTF-8.
fn readable(s: &PyStr) -> Option<String> {
    if let Some(t) = s.as_utf8() {
        return Some(t.to_owned());
    }
    let mut out = String::new();
    for (i, c) in s.chars().enumerate() {
        match char::from_u32(c) {
            Some(c) => out.push(c),
            None if matches!(i, 7 | 8 | 10) => out.push('T'),
            None => return None,
        }
    }
    Some(out)
}

/// Date and time of an ISO text.
fn parse_iso(s: &str) -> Option<((i32, i32, i32), isoparse::Time)> {
    let b = s.as_bytes();
    if b.len() < 7 {
        return None;
    }
    let end = isoparse::date_end(b)?.min(b.len());
    let ymd = isoparse::date(&b[..end])?;
    if end == b.len() {
        return Some((ymd, isoparse::Time::default()));
    }
    let separator = s.get(end..)?.chars().next()?.len_utf8();
    Some((ymd, isoparse::time(&b[end + separator..])?))
}

/// The fields of a parsed text; 24:00 is the next day.
fn iso_fields(vm: &Vm, ymd: (i32, i32, i32), t: &isoparse::Time) -> PyResult<Fields> {
    let (year, month, day) = ymd;
    let mut f = Fields { year, month, day, hour: t.hour, minute: t.minute, second: t.second, us: t.us, fold: 0 };
    if f.hour != 24 || !(1..=12).contains(&month) || day > calendar::days_in_month(year, month) {
        return Ok(f);
    }
    if (f.minute, f.second, f.us) != (0, 0, 0) {
        return Err(vm.value_error(MIDNIGHT));
    }
    f.hour = 0;
    f.day += 1;
    if f.day > calendar::days_in_month(year, month) {
        f.day = 1;
        f.month += 1;
    }
    if f.month > 12 {
        f.month = 1;
        f.year += 1;
    }
    Ok(f)
}

/// datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])
///
/// The year, month and day arguments are required. tzinfo may be None, or an
/// instance of a tzinfo subclass. The remaining arguments may be ints.
///
#[pyclass(
    layout = PyDateTime, name = "datetime", module = "datetime", own, no_gc, nosig, base = crate::date::date, flags(BASETYPE)
)]
pub mod datetime_class {
    use super::*;

    #[pynew("datetime(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if let [state, rest @ ..] = args.pos()
            && rest.len() < 2
            && let Some(b) = pickled(vm, *state, 10, 2, sane_month, "datetime")?
        {
            return from_pickle(vm, cls, &b, rest.first().copied());
        }
        let names = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"];
        let [year, month, day, hour, minute, second, us, tz, fold] = parse(vm, args, names, 3, 8)?;
        let f = Fields {
            year: int_or(vm, year, 0)?,
            month: int_or(vm, month, 0)?,
            day: int_or(vm, day, 0)?,
            hour: int_or(vm, hour, 0)?,
            minute: int_or(vm, minute, 0)?,
            second: int_or(vm, second, 0)?,
            us: int_or(vm, us, 0)?,
            fold: int_or(vm, fold, 0)?,
        };
        f.check(vm)?;
        let tz = tz.map_or(Ok(None), |tz| check_tz(vm, tz))?;
        instance(vm, cls, PyDateTime::of(f, tz))
    }
    #[getter]
    fn hour(zelf: &PyDateTime) -> i32 {
        zelf.hour.into()
    }
    #[getter]
    fn minute(zelf: &PyDateTime) -> i32 {
        zelf.minute.into()
    }
    #[getter]
    fn second(zelf: &PyDateTime) -> i32 {
        zelf.second.into()
    }
    #[getter]
    fn microsecond(zelf: &PyDateTime) -> u32 {
        zelf.us
    }
    #[getter]
    fn tzinfo(zelf: &PyDateTime) -> Option<Obj> {
        zelf.tz()
    }
    #[getter]
    fn fold(zelf: &PyDateTime) -> u8 {
        zelf.fold.get()
    }
    /// Returns new datetime object representing current time local to tz.
    ///
    ///   tz
    ///     Timezone object.
    ///
    /// If no tz is specified, uses local timezone.
    #[pyclassmethod("now(cls, tz=None)")]
    fn now(vm: &Vm, cls: &PyType, tz: Ref<'_>) -> PyResult<Obj> {
        let tz = check_tz(vm, tz)?;
        in_zone(vm, cls, clock::now(vm)?, tz)
    }
    /// Return a new datetime representing UTC day and time.
    #[pyclassmethod(nosig)]
    fn utcnow(vm: &Vm, cls: &PyType) -> PyResult<Obj> {
        warn_utc(vm, "utcnow", "now(datetime.UTC)")?;
        let (t, us) = clock::now(vm)?;
        datetime::from_moment(vm, cls, t, us, true, None)
    }
    /// timestamp[, tz] -> tz's local time from POSIX timestamp.
    #[pyclassmethod("fromtimestamp(cls, timestamp, tz=None)", nosig)]
    fn fromtimestamp(vm: &Vm, cls: &PyType, timestamp: Ref<'_>, tz: Ref<'_>) -> PyResult<Obj> {
        let tz = check_tz(vm, tz)?;
        in_zone(vm, cls, clock::timestamp(vm, timestamp)?, tz)
    }
    /// Construct a naive UTC datetime from a POSIX timestamp.
    #[pyclassmethod("utcfromtimestamp(cls, timestamp, /)", nosig)]
    fn utcfromtimestamp(vm: &Vm, cls: &PyType, timestamp: Ref<'_>) -> PyResult<Obj> {
        warn_utc(vm, "utcfromtimestamp", "fromtimestamp(timestamp, datetime.UTC)")?;
        let (t, us) = clock::timestamp(vm, timestamp)?;
        datetime::from_moment(vm, cls, t, us, true, None)
    }
    /// string, format -> new datetime parsed from a string (like time.strptime()).
    #[pyclassmethod("strptime(cls, string, format, /)", nosig)]
    fn strptime_method(vm: &Vm, cls: &PyType, string: &PyStr, format: &PyStr) -> PyResult<Obj> {
        strptime(vm, "_strptime_datetime_datetime", cls, string, format)
    }
    /// date, time -> datetime with same date and time fields
    #[pyclassmethod("combine(cls, date, time, tzinfo=<unrepresentable>)", numbered, nosig)]
    fn combine(vm: &Vm, cls: &PyType, date: &PyDate, time: &PyTime, tzinfo: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let tz = replaced_tz(vm, tzinfo, time.tz.clone())?;
        let (year, month, day) = date.ymd();
        let f = Fields {
            year,
            month,
            day,
            hour: time.hour.into(),
            minute: time.minute.into(),
            second: time.second.into(),
            us: time.us as i32,
            fold: time.fold.get().into(),
        };
        datetime::new_of(vm, cls, f, tz)
    }
    /// string -> datetime from a string in most ISO 8601 formats
    #[pyclassmethod("fromisoformat(cls, string, /)", nosig)]
    fn fromisoformat(vm: &Vm, cls: &PyType, string: Ref<'_>) -> PyResult<Obj> {
        let Some(s) = string.downcast::<PyStr>(vm) else {
            return Err(vm.type_error("fromisoformat: argument must be str"));
        };
        let Some((ymd, t)) = readable(s).and_then(|t| parse_iso(&t)) else { return Err(bad_iso(vm, string)) };
        let zone = iso_zone(vm, &t)?;
        datetime::new_of(vm, cls, iso_fields(vm, ymd, &t)?, zone)
    }
    /// Return date object with same year, month and day.
    #[pymethod(nosig)]
    fn date(vm: &Vm, zelf: &PyDateTime) -> Obj {
        date::plain(vm, zelf.date.ymd())
    }
    fn time_of(zelf: &PyDateTime) -> Clock {
        let f = zelf.fields();
        Clock { hour: f.hour, minute: f.minute, second: f.second, us: f.us, fold: f.fold }
    }
    /// Return time object with same time but with tzinfo=None.
    #[pymethod(nosig)]
    fn time(vm: &Vm, zelf: &PyDateTime) -> Obj {
        time::plain(vm, time_of(zelf), None)
    }
    /// Return time object with same time and tzinfo.
    #[pymethod(nosig)]
    fn timetz(vm: &Vm, zelf: &PyDateTime) -> Obj {
        time::plain(vm, time_of(zelf), zelf.tz())
    }
    /// Return ctime() style string.
    #[pymethod(nosig)]
    fn ctime(zelf: &PyDateTime) -> String {
        strftime::ctime(&zelf.date, zelf.hour, zelf.minute, zelf.second)
    }
    /// Return time tuple, compatible with time.localtime().
    #[pymethod(nosig)]
    fn timetuple(vm: &Vm, zelf: &PyDateTime) -> PyResult<Obj> {
        let zone = zelf.tz();
        let dst = match tz::dst(vm, zone.as_ref().map(Obj::r), zelf.r())? {
            None => -1,
            Some(d) => i64::from(!d.is_zero()),
        };
        strftime::struct_time(vm, zelf.date.ymd(), zelf.hour, zelf.minute, zelf.second, dst)
    }
    /// Return POSIX timestamp as float.
    #[pymethod(nosig)]
    fn timestamp(vm: &Vm, zelf: &PyDateTime) -> PyResult<Obj> {
        if zelf.tz().is_some() {
            let epoch = Fields { year: 1970, month: 1, day: 1, ..Fields::default() };
            let epoch = datetime::new_of(vm, PyDateTime::type_of(vm), epoch, Some(tz::utc(vm)?))?;
            return match epoch.r().downcast::<PyDateTime>(vm) {
                Some(epoch) => datetime::difference(vm, zelf, epoch)?.total_seconds(vm),
                None => Ok(Obj::none()),
            };
        }
        let t = zelf.local_moment(vm)?;
        Ok(vm.float(t as f64 + f64::from(zelf.us) / 1e6))
    }
    /// Return UTC time tuple, compatible with time.localtime().
    #[pymethod(nosig)]
    fn utctimetuple(vm: &Vm, zelf: &PyDateTime) -> PyResult<Obj> {
        let mut dt = zelf.to_obj();
        if let Some(offset) = zelf.offset(vm)? {
            dt = datetime::add_delta(vm, zelf, &offset, -1)?;
        }
        let d = dt.r().downcast::<PyDateTime>(vm).unwrap_or(zelf);
        strftime::struct_time(vm, d.date.ymd(), d.hour, d.minute, d.second, 0)
    }
    /// [sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    /// sep is used to separate the year from the time, and defaults to 'T'.
    /// The optional argument timespec specifies the number of additional terms
    /// of the time to include. Valid options are 'auto', 'hours', 'minutes',
    /// 'seconds', 'milliseconds' and 'microseconds'.
    #[pymethod("isoformat(self, sep='T', timespec='auto')", numbered, nosig)]
    fn isoformat(vm: &Vm, zelf: &PyDateTime, sep: OptArg<CharArg>, timespec: OptArg<&PyStr>) -> PyResult<Obj> {
        let mut rest = TimeSpec::of(vm, timespec.given(), zelf.us)?.show(zelf.hour, zelf.minute, zelf.second, zelf.us);
        if let Some(d) = zelf.offset(vm)? {
            rest += &tz::offset_text(&d, ":");
        }
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str(&zelf.date.iso());
        out.push(sep.given().map_or(u32::from(b'T'), |c| c.0));
        out.push_str(&rest);
        Ok(out.finish(vm).into_obj())
    }
    /// Return self.tzinfo.utcoffset(self).
    #[pymethod(nosig)]
    fn utcoffset(vm: &Vm, zelf: &PyDateTime) -> PyResult<Option<Py<PyDelta>>> {
        zelf.offset(vm)
    }
    /// Return self.tzinfo.tzname(self).
    #[pymethod(nosig)]
    fn tzname(vm: &Vm, zelf: &PyDateTime) -> PyResult<Obj> {
        let zone = zelf.tz();
        tz::tzname(vm, zone.as_ref().map(Obj::r), zelf.r())
    }
    /// Return self.tzinfo.dst(self).
    #[pymethod(nosig)]
    fn dst(vm: &Vm, zelf: &PyDateTime) -> PyResult<Option<Py<PyDelta>>> {
        let zone = zelf.tz();
        tz::dst(vm, zone.as_ref().map(Obj::r), zelf.r())
    }
    /// Return datetime with new specified fields.
    #[pymethod(
        "replace(self, /, year=<unrepresentable>, month=<unrepresentable>, day=<unrepresentable>, hour=<unrepresentable>, minute=<unrepresentable>, second=<unrepresentable>, microsecond=<unrepresentable>, tzinfo=<unrepresentable>, *, fold=<unrepresentable>)"
    )]
    fn replace(
        vm: &Vm,
        zelf: &PyDateTime,
        year: OptArg<i32>,
        month: OptArg<i32>,
        day: OptArg<i32>,
        hour: OptArg<i32>,
        minute: OptArg<i32>,
        second: OptArg<i32>,
        microsecond: OptArg<i32>,
        tzinfo: OptArg<Ref<'_>>,
        fold: OptArg<i32>,
    ) -> PyResult<Obj> {
        let old = zelf.fields();
        let f = Fields {
            year: year.unwrap_or(old.year),
            month: month.unwrap_or(old.month),
            day: day.unwrap_or(old.day),
            hour: hour.unwrap_or(old.hour),
            minute: minute.unwrap_or(old.minute),
            second: second.unwrap_or(old.second),
            us: microsecond.unwrap_or(old.us),
            fold: fold.unwrap_or(old.fold),
        };
        let tz = replaced_tz(vm, tzinfo, zelf.tz())?;
        crate::args::check_time(vm, 0, 0, 0, 0, f.fold)?;
        datetime::new_of(vm, zelf.r().ty(vm), f, tz)
    }
    /// The same as replace().
    #[pymethod(
        "__replace__(self, /, year=<unrepresentable>, month=<unrepresentable>, day=<unrepresentable>, hour=<unrepresentable>, minute=<unrepresentable>, second=<unrepresentable>, microsecond=<unrepresentable>, tzinfo=<unrepresentable>, *, fold=<unrepresentable>)",
        nosig
    )]
    fn __replace__(
        vm: &Vm,
        zelf: &PyDateTime,
        year: OptArg<i32>,
        month: OptArg<i32>,
        day: OptArg<i32>,
        hour: OptArg<i32>,
        minute: OptArg<i32>,
        second: OptArg<i32>,
        microsecond: OptArg<i32>,
        tzinfo: OptArg<Ref<'_>>,
        fold: OptArg<i32>,
    ) -> PyResult<Obj> {
        replace(vm, zelf, year, month, day, hour, minute, second, microsecond, tzinfo, fold)
    }
    /// tz -> convert to local time in new timezone tz
    #[pymethod("astimezone(self, /, tz=None)", nosig)]
    fn astimezone(vm: &Vm, zelf: &PyDateTime, tz: Ref<'_>) -> PyResult<Obj> {
        datetime::to_zone(vm, zelf, check_tz(vm, tz)?)
    }
    /// __reduce_ex__(proto) -> (cls, state)
    #[pymethod("__reduce_ex__(self, proto, /)", nosig)]
    fn __reduce_ex__(vm: &Vm, zelf: &PyDateTime, proto: i32) -> Obj {
        let mut b = zelf.bytes();
        if proto > 3 && zelf.fold.get() != 0 {
            b[2] |= 0x80;
        }
        let mut state = vec![vm.bytes(&b)];
        state.extend(zelf.tz());
        let state = vm.tuple(state);
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), state])
    }
    /// __reduce__() -> (cls, state)
    #[pymethod(nosig)]
    fn __reduce__(vm: &Vm, zelf: &PyDateTime) -> Obj {
        __reduce_ex__(vm, zelf, 2)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDateTime) -> PyResult<String> {
        let f = zelf.fields();
        let mut out = format!("{}({}, {}, {}, {}, {}", zelf.r().ty(vm).tp_name(), f.year, f.month, f.day, f.hour, f.minute);
        if f.us != 0 {
            out += &format!(", {}, {}", f.second, f.us);
        } else if f.second != 0 {
            out += &format!(", {}", f.second);
        }
        if f.fold != 0 {
            out += ", fold=1";
        }
        if let Some(tz) = zelf.tz() {
            out += &format!(", tzinfo={}", &*vm.repr_text(tz.r())?);
        }
        out.push(')');
        Ok(out)
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyDateTime) -> PyResult<Obj> {
        vm.call_method_str(zelf.r(), "isoformat", &[vm.str(" ").r()])
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyDateTime) -> PyResult<i64> {
        let cache = &zelf.date.hash;
        if cache.get() == -1 {
            let offset = if zelf.fold.get() != 0 { zelf.with_fold(vm, 0).offset(vm)? } else { zelf.offset(vm)? };
            cache.set(match offset {
                None => hash_bytes(vm.interp.hash_secret.get(), &zelf.bytes()),
                Some(d) => {
                    let moment = delta::from_parts(vm, zelf.date.ordinal().into(), zelf.day_seconds(), zelf.us.into())?;
                    delta_class::hash(&*delta::add(vm, &moment, &d, -1)?)
                }
            });
        }
        Ok(cache.get())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyDateTime, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        match other.downcast::<PyDateTime>(vm) {
            Some(other) => datetime::compare(vm, zelf, other, op),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_add)]
    fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let (d, t) = match (a.downcast::<PyDateTime>(vm), b.downcast::<PyDateTime>(vm)) {
            (Some(d), None) => (d, b.downcast::<PyDelta>(vm)),
            (None, Some(d)) => (d, a.downcast::<PyDelta>(vm)),
            _ => return Ok(vm.not_implemented()),
        };
        match t {
            Some(t) => datetime::add_delta(vm, d, t, 1),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_subtract)]
    fn subtract(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let Some(a) = a.downcast::<PyDateTime>(vm) else { return Ok(vm.not_implemented()) };
        if let Some(b) = b.downcast::<PyDateTime>(vm) {
            return datetime::difference(vm, a, b).map(Py::into_obj);
        }
        match b.downcast::<PyDelta>(vm) {
            Some(t) => datetime::add_delta(vm, a, t, -1),
            None => Ok(vm.not_implemented()),
        }
    }
}
